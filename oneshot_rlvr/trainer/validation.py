"""The validations that a run owes. Light: `rlvr train` asks before it imports torch whether a run is finished."""

from oneshot_rlvr.config.schedule import set_name, validates
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.trainer.run_folder import RunFolder


def set_names(config: RunConfig) -> list[str]:
    """Names of the validation sets under eval/step_N/: the greedy one, and the sampled one beside it."""
    if not config.data.validation:
        return []
    name = set_name(config.data.validation)
    return [name, f"{name}_sampled"] if config.eval.sampled else [name]


def pending(config: RunConfig, folder: RunFolder, step: int) -> bool:
    """The validation of `step` is due, and metrics.jsonl does not have all of it: a signal or a kill cut it short."""
    if not validates(config, step):
        return False
    found = {key for line in folder.metric_lines() if line["step"] == step for key in line}
    return not {f"eval/{name}/accuracy" for name in set_names(config)} <= found
