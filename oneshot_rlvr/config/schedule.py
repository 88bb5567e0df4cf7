"""What a run does at which of its steps. The trainer and `--dry-run` both go by it."""

from oneshot_rlvr.config.schema import RunConfig


def last_step(config: RunConfig) -> int:
    return config.trainer.total_steps - config.compat.stop_one_step_early


def saves(config: RunConfig, step: int) -> bool:
    """A checkpoint is written after `step`: the last, and every `checkpoint.every`-th (0: none of these)."""
    return step == last_step(config) or _falls_on(config.checkpoint.every, step)


def num_saves(config: RunConfig) -> int:
    return _times(config.checkpoint.every, last_step(config)) or 1


def validates(config: RunConfig, step: int) -> bool:
    """The weights after `step` (0: the untouched model) are validated; unless `eval_every` is 0, the last are too."""
    every = config.trainer.eval_every
    if config.data.validation is None:
        return False
    if step == 0:
        return config.trainer.eval_first
    return every > 0 and (step == last_step(config) or _falls_on(every, step))


def num_validations(config: RunConfig) -> int:
    """Steps that are validated, 0 among them."""
    if config.data.validation is None:
        return 0
    return config.trainer.eval_first + _times(config.trainer.eval_every, last_step(config))


def set_name(validation: str) -> str:
    """What the results of `data.validation` go by."""
    return validation.rsplit("/", 1)[-1].split(".")[0]


def _falls_on(every: int, step: int) -> bool:
    return every > 0 and step % every == 0


def _times(every: int, last: int) -> int:
    """How often in 1 to `last`, at `last` in any case; 0 for none."""
    return -(-last // every) if every else 0
