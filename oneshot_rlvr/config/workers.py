"""Numbers of processes that train and that sample."""

from oneshot_rlvr.config.schema import RolloutConfig, RuntimeConfig


def worker_counts(runtime: RuntimeConfig, rollout: RolloutConfig, num_gpus: int) -> tuple[int, int]:
    """Policy and rollout workers of a run on so many GPUs; one each with runtime=local.

    Counts that are 0 are taken from the number of GPUs: all of them where colocated, half each where split.
    """
    if runtime.name != "ray":
        return 1, 1
    colocated = rollout.placement == "colocated"
    policies = runtime.policy_workers or max(1, num_gpus if colocated else num_gpus // 2)
    parallel = engine_gpus(rollout)
    return policies, runtime.rollout_workers or (
        policies if colocated else max(1, (num_gpus - policies) // parallel)
    )


def engine_gpus(rollout: RolloutConfig) -> int:
    """GPUs that one sampler is cut over."""
    return rollout.vllm.tensor_parallel if rollout.name == "vllm" else 1
