"""Numbers of processes that train and that sample."""

from oneshot_rlvr.config.schema import RunConfig


def worker_counts(config: RunConfig, num_gpus: int) -> tuple[int, int]:
    """Policy and rollout workers of a run on so many GPUs; one each with runtime=local.

    Counts that are 0 are taken from the number of GPUs: all of them where colocated, half each where split.
    """
    runtime, colocated = config.runtime, config.rollout.placement == "colocated"
    if runtime.name != "ray":
        return 1, 1
    policies = runtime.policy_workers or max(1, num_gpus if colocated else num_gpus // 2)
    parallel = engine_gpus(config)
    return policies, runtime.rollout_workers or (
        policies if colocated else max(1, (num_gpus - policies) // parallel)
    )


def engine_gpus(config: RunConfig) -> int:
    """GPUs that one sampler is cut over."""
    return config.rollout.vllm.tensor_parallel if config.rollout.name == "vllm" else 1
