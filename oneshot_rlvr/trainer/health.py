"""What stops a run: one line that says what, where, and what usually helps."""

import math
from typing import Sequence

from oneshot_rlvr.config.schema import RewardConfig, RunConfig
from oneshot_rlvr.errors import RunError
from oneshot_rlvr.trainer.step import UpdateStats
from oneshot_rlvr.types import Grade


def check_grades(step: int, grades_P_G: Sequence[Sequence[Grade]], config: RewardConfig) -> None:
    """Stop when the grader itself fails too often: such rollouts have no reward, and too many of them bias the rest."""
    grades = [grade for group in grades_P_G for grade in group]
    failed = [grade for grade in grades if grade.correct is None]
    if len(failed) > config.max_error_share * len(grades):
        raise RunError(
            f"step {step}: grading failed for {len(failed)} of {len(grades)} responses (first: {failed[0].reason}); "
            "reward.max_error_share is the bound, reward.timeout_seconds the time per response"
        )


def check_update(step: int, stats: UpdateStats, config: RunConfig) -> None:
    """Stop on numbers that are not finite, and on a sampler that does not hold the trainer's weights."""
    for name, value in (("loss", stats.loss), ("gradient norm", stats.grad_norm)):
        if not math.isfinite(value):
            raise RunError(f"step {step}: the {name} is {value}; a lower optimizer.lr or model.dtype=float32 may help")
    if stats.mismatch_max > config.rollout.max_mismatch:
        raise RunError(
            f"step {step}: log-probabilities of sampler and trainer differ by {stats.mismatch_max:.3g} nats "
            f"(mean {stats.mismatch_mean:.3g}), above rollout.max_mismatch={config.rollout.max_mismatch}: "
            "the sampler's weights are stale or its numbers too coarse"
        )
