"""From a verdict to a reward. Every function has the signature of `RewardFunction`; a user's own one too."""

import importlib
from typing import Callable

import numpy as np

from oneshot_rlvr.config.schema import RewardConfig
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.rewards.graders import extract_boxed
from oneshot_rlvr.types import Grade, Problem, Rollout

# (problem, rollout, verdict, seed of the rollout) -> reward; None: there is no verdict, leave the rollout out.
RewardFunction = Callable[[Problem, Rollout, Grade, int], float | None]


def outcome(problem: Problem, rollout: Rollout, grade: Grade, seed: int) -> float | None:
    """1 for a right answer, 0 for a wrong one, nothing where the grader failed."""
    return None if grade.correct is None else float(grade.correct)


def inverted(problem: Problem, rollout: Rollout, grade: Grade, seed: int) -> float | None:
    """1 for a wrong answer."""
    return None if grade.correct is None else float(not grade.correct)


def format_only(problem: Problem, rollout: Rollout, grade: Grade, seed: int) -> float:
    """1 for a complete `\\boxed{...}` in the response, whatever stands in it (paper, table 5's format reward)."""
    return float(extract_boxed(rollout.text) is not None)


def reward_function(config: RewardConfig) -> RewardFunction:
    """The configured reward. `random` draws from the rollout's seed, so that it is the same after a resume."""
    if config.name == "outcome":
        return outcome
    if config.name == "inverted":
        return inverted
    if config.name == "format":
        return format_only
    if config.name == "random":
        return lambda problem, rollout, grade, seed: float(
            np.random.Generator(np.random.Philox(seed)).random() < config.probability
        )
    if config.name == "constant":
        return lambda problem, rollout, grade, seed: config.value
    return _custom(config.path)


def _custom(path: str | None) -> RewardFunction:
    """`package.module:function`, imported from the Python path or the current folder."""
    module_name, _, function_name = (path or "").partition(":")
    if not module_name or not function_name:
        raise UserError(f"reward.path={path}: write it as package.module:function")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not module_name.startswith(error.name):
            raise  # the module exists; something that it imports does not
        raise UserError(f"reward.path={path}: no module {error.name!r} on the Python path") from error
    function = getattr(module, function_name, None)
    if not callable(function):
        names = [name for name in vars(module) if callable(getattr(module, name)) and not name.startswith("_")]
        hint = nearest(function_name, names)
        raise UserError(f"reward.path={path}: {module_name} has no function {function_name!r}; {hint}")
    return function
