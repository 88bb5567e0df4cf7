"""When a run saves and validates: the counts of a dry run are those of the trainer's own rule."""

import pytest

from oneshot_rlvr.config.schedule import last_step, num_saves, num_validations, saves, validates
from oneshot_rlvr.config.schema import RunConfig


def configuration(steps: int, every: int, early: bool = False) -> RunConfig:
    config = RunConfig()
    config.trainer.total_steps, config.trainer.eval_every, config.checkpoint.every = steps, every, every
    config.compat.stop_one_step_early = early
    return config


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("every", [0, 1, 3, 7, 20])
@pytest.mark.parametrize("steps", [2, 7, 20, 21])
def test_counts_are_those_of_the_steps(steps: int, every: int, early: bool) -> None:
    config = configuration(steps, every, early)
    trained = range(1, last_step(config) + 1)
    assert num_saves(config) == sum(saves(config, step) for step in trained)
    assert num_validations(config) == sum(validates(config, step) for step in (0, *trained))


def test_steps_that_are_saved_and_validated() -> None:
    config = configuration(30, 20)
    assert [step for step in range(1, 31) if saves(config, step)] == [20, 30]
    assert [step for step in range(31) if validates(config, step)] == [0, 20, 30]
    config.compat.stop_one_step_early = True
    assert [step for step in range(1, 31) if saves(config, step)] == [20, 29]
    config.trainer.eval_every = config.checkpoint.every = 0
    assert [step for step in range(1, 30) if saves(config, step)] == [29]
    assert [step for step in range(30) if validates(config, step)] == [0]
    config.trainer.eval_first = False
    assert num_validations(config) == 0
    config.trainer.eval_every, config.data.validation = 5, None
    assert num_validations(config) == 0 and not validates(config, 5)
