"""Which validations a run owes. Light: `rlvr train` asks before it imports torch whether a run is finished."""

from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.trainer.run_folder import RunFolder


def due(config: RunConfig, step: int, every: int) -> bool:
    """Something done every so many steps (0: never) and at the last one is done at `step`."""
    return step == last_step(config) or (every > 0 and step % every == 0)


def last_step(config: RunConfig) -> int:
    return config.trainer.total_steps - config.compat.stop_one_step_early


def set_names(config: RunConfig) -> list[str]:
    """Names of the validation sets under eval/step_N/: the greedy one, and the sampled one beside it."""
    if not config.data.validation:
        return []
    name = config.data.validation.rsplit("/", 1)[-1].split(".")[0]
    return [name, f"{name}_sampled"] if config.eval.sampled else [name]


def pending(config: RunConfig, folder: RunFolder, step: int) -> bool:
    """The validation of `step` is due, and metrics.jsonl does not have all of it: a signal or a kill cut it short."""
    names = set_names(config)
    wanted = due(config, step, config.trainer.eval_every) if step else config.trainer.eval_first
    if not names or not wanted:
        return False
    found = {key for line in folder.metric_lines() if line["step"] == step for key in line}
    return not {f"eval/{name}/accuracy" for name in names} <= found
