"""Checks of a configuration's values, each by itself: one line names the key and what is valid.

The bounds and names are those that `config/schema.py` gives to its fields.
"""

import math
import os
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any
from unicodedata import category

from oneshot_rlvr.algorithms.registry import TABLE, compares_groups
from oneshot_rlvr.config.names import GRADED_REWARDS
from oneshot_rlvr.config.schema import AlgorithmConfig, RunConfig
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.grading import own
from oneshot_rlvr.grading.graders import GRADERS
from oneshot_rlvr.plugin import load_function

LARGEST = 2**31 - 1  # largest whole number that is taken; a larger one is a slip of the keyboard
THREADS = 8  # most threads for each processor: more only wait for each other, and many more cannot be started


def check_values(config: RunConfig) -> None:
    """Checks names and numbers of a run, each by itself."""
    check_fields(config)
    steps, fewest = config.trainer.total_steps, 1 + config.compat.stop_one_step_early
    check_number("trainer.total_steps", steps, ge=fewest)
    if config.trainer.name is not None:
        check_name(config.trainer.name, "trainer.name", "trainer.output_dir")
    if compares_groups(config.algorithm) and config.algorithm.group_size < 2:
        raise UserError(
            f"algorithm.group_size={config.algorithm.group_size}: must be at least 2, as algorithm.name="
            f"{config.algorithm.name} compares the rollouts of a group; reinforce_pp and ppo take single ones"
        )
    _check_algorithm(config.algorithm)
    _check_loss(config)
    _check_noise(config)


def _check_algorithm(config: AlgorithmConfig) -> None:
    """UserError for numbers of an algorithm that do not go together."""
    if 0 < config.dual_clip <= 1:
        raise UserError(f"algorithm.dual_clip={config.dual_clip}: must be above 1, or 0 for none")
    if config.name == "pass_at_k" and not config.path and config.pass_k > config.group_size:
        raise UserError(f"algorithm.pass_k={config.pass_k}: a group has algorithm.group_size={config.group_size} "
                        "rollouts")  # fmt: skip
    if config.entropy_target and config.entropy_coef < 0:
        raise UserError(f"algorithm.entropy_coef={config.entropy_coef}: must be at least 0 to begin with, as "
                        "algorithm.entropy_target is set")  # fmt: skip
    if config.covariance_low >= config.covariance_high:
        raise UserError(f"algorithm.covariance_low={config.covariance_low}: must be below covariance_high="
                        f"{config.covariance_high}")  # fmt: skip


OF_RATIO = ("policy_loss", "clip_ratio_high", "dual_clip", "covariance", "rollout_correction")  # keys of `policy_term`


def _check_loss(config: RunConfig) -> None:
    """UserError for keys of a term that the algorithm lacks, and where weight decay alone would change the weights."""
    algorithm = config.algorithm
    if algorithm.path:
        return
    terms = TABLE[algorithm.name].terms
    idle = [key for key in OF_RATIO if getattr(algorithm, key) != getattr(AlgorithmConfig, key)]
    if idle and "policy" not in terms:
        raise UserError(f"algorithm.{idle[0]}={getattr(algorithm, idle[0])}: algorithm.name={algorithm.name} has no "
                        "ratio of probabilities, and does nothing with it; drop it")  # fmt: skip
    acting = algorithm.policy_coef, algorithm.entropy_coef, algorithm.entropy_target, algorithm.kl_coef
    if set(terms) == {"policy", "entropy", "kl"} and not any(acting) and config.optimizer.weight_decay:
        raise UserError(
            "algorithm.policy_coef, entropy_coef and kl_coef are all 0, so that nothing is learned; give one of them, "
            "such as algorithm.entropy_coef=-1 (what an +experiment sets goes before algorithm=NAME), or "
            "optimizer.weight_decay=0 for a run that is to change nothing"
        )


def _check_noise(config: RunConfig) -> None:
    """UserError for a noisy grader that no reward asks."""
    for name in ("false_positive", "false_negative"):
        key = f"reward.{name}={getattr(config.reward, name)}"
        if key.endswith("=0.0"):
            continue
        if config.reward.name not in GRADED_REWARDS:
            raise UserError(f"{key}: reward.name={config.reward.name} asks no grader; {', '.join(GRADED_REWARDS)} do")
        if config.selfplay.enabled or config.algorithm.name == "sft":
            raise UserError(f"{key}: only for training on problems; self-play and sft have rewards of their own")


def check_fields(section: Any, prefix: str = "") -> None:
    """Checks every field of a configuration against what the schema says of it; `prefix` begins its keys."""
    for item in fields(section):
        key, value = f"{prefix}{item.name}", getattr(section, item.name)
        if is_dataclass(value):
            check_fields(value, f"{key}.")
            continue
        if isinstance(value, int | float):
            check_number(key, value, **item.metadata)
            continue
        if isinstance(value, str) and "free_text" not in item.metadata:
            check_printable(value, key)
        if "names" in item.metadata and value is not None:
            check_names(key, value, item.metadata["names"])
        if "grader" in item.metadata and value is not None:
            check_grader(f"{key}=", value)


def check_number(
    key: str, value: float, gt: float | None = None, ge: float | None = None, le: float | None = None,
    inf: bool = False,
) -> None:  # fmt: skip
    """UserError unless a number is finite (or infinite, where `inf` allows it) and within bounds (`schema.bounded`)."""
    if isinstance(value, float) and (math.isnan(value) or (math.isinf(value) and not inf)):
        raise UserError(f"{key}={value}: must be a finite number")
    if isinstance(value, int) and value > LARGEST:
        raise UserError(f"{key}={value}: must be at most {LARGEST}")
    if gt is not None and not value > gt:
        raise UserError(f"{key}={value}: must be above {gt}")
    if le is not None and not (value if ge is None else ge) <= value <= le:
        raise UserError(f"{key}={value}: must be between {ge or 0} and {le}")
    if ge is not None and not value >= ge:
        raise UserError(f"{key}={value}: must be at least {ge}")


def check_names(key: str, given: str | Iterable[str], names: Iterable[str] | Callable[[], Iterable[str]]) -> None:
    """UserError, with the nearest valid name, for a name that is none of `names` (`schema.choice`)."""
    valid = list(names() if callable(names) else names)
    for name in [given] if isinstance(given, str) else given:
        if name not in valid:
            raise UserError(f"{key}={name}: not known; {nearest(name, valid)}")


def check_grader(option: str, grader: str) -> None:
    """UserError, beginning with the `option`, for a grader that is not known or a function of the user's own that
    cannot be one."""
    if own.is_own(grader):
        load_function(grader, option, own.FORM, "", "")
        own.folders[:] = [os.getcwd()]
    elif grader not in GRADERS:
        raise UserError(f"{option}{grader}: not known; {nearest(grader, GRADERS)}")


def check_printable(text: str, key: str) -> None:
    """UserError for a line break or another control character: the text is printed, and may name a folder."""
    if any(category(char) == "Cc" for char in text):
        raise UserError(f"{key}={text!r}: holds a control character, such as a line break")


def check_name(name: str, key: str, folder_key: str) -> None:
    """UserError for a text that is not the name of one folder; `folder_key` says where that folder is."""
    if not name.strip() or name == ".." or Path(name).name != name:
        raise UserError(f"{key}={name}: one folder's name, without a path ({folder_key} says where)")


def check_threads(threads: int, key: str) -> None:
    """UserError for more threads than this machine could start."""
    processors = os.cpu_count() or 1
    if threads > THREADS * processors:
        raise UserError(f"{key}={threads}: this machine has {processors} processors")
