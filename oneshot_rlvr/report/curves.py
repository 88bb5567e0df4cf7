"""Numbers read off curves: saturation of training accuracy, gains before and after it, seeds side by side."""

from dataclasses import dataclass
from typing import Literal, Sequence

from oneshot_rlvr.algorithms.registry import compares_groups
from oneshot_rlvr.config.names import OTHER_REWARDS, VERDICT_REWARDS
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.report.run_files import LedgerRow, Series

SATURATION_WINDOW = 5  # steps whose mean decides
SATURATION_THRESHOLD = 0.95


@dataclass(frozen=True, slots=True)
class GainSplit:
    """Gain before and after the first evaluation from saturation on.

    Example: .17 at step 0, .58 at 40, .69 at 100, saturated at 33: +.41 up to step 40, +.11 after it.
    """

    middle_step: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Band:
    """Several seeds as one curve: mean, lowest and highest at the steps that all of them have."""

    steps: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    seeds: int


@dataclass(frozen=True, slots=True)
class SignalShares:
    """Shares of a step's groups (they add to 1): every rollout earned the same reward, or none earned any, or mixed."""

    step: int
    solved: float  # share in which all rollouts are rewarded
    mixed: float  # share in which rewards differ: a group algorithm learns from these alone
    unsolved: float  # share in which no rollout is rewarded


def trailing_mean(series: Series, window: int = SATURATION_WINDOW) -> Series:
    """Average the last `window` recorded points, from the first step that has that many."""
    sums = [sum(series.values[i + 1 - window : i + 1]) for i in range(window - 1, len(series.values))]
    return Series(series.name, series.steps[window - 1 :], tuple(total / window for total in sums))


def saturation_step(
    train_accuracy: Series, threshold: float = SATURATION_THRESHOLD, window: int = SATURATION_WINDOW
) -> int | None:
    """Finds the first step at which the mean training accuracy of the last `window` steps is at least `threshold`."""
    smooth = trailing_mean(train_accuracy, window)
    # Sums of eighths are exact; 1e-9 covers accuracies that are not.
    return next((s for s, value in zip(smooth.steps, smooth.values) if value >= threshold - 1e-9), None)


def collapse_step(label_accuracy: Series, low: float, patience: int) -> int | None:
    """Finds the first of `patience` steps in a row in which the votes' label accuracy is below `low`, after a step in
    which it was not (the model collapse step of arXiv 2603.08660); None where it never collapses."""
    risen, first, lasted = False, None, 0
    for step, share in zip(label_accuracy.steps, label_accuracy.values):
        if share >= low:
            risen, first, lasted = True, None, 0
        elif risen:
            first, lasted = (step if first is None else first), lasted + 1
            if lasted == patience:
                return first
    return None


def split_gain(held_out: Series, saturation: int | None) -> GainSplit | None:
    """Splits the gain at saturation; None if it was not reached or nothing was evaluated from there on.

    The evaluation that divides the two is the first at or after saturation, so that what was gained before
    saturation is never counted as gained after it.
    """
    later = [step for step in held_out.steps if saturation is not None and step >= saturation]
    if not later or held_out.steps[0] >= later[0]:
        return None
    first, middle, last = held_out.values[0], held_out.values[held_out.steps.index(later[0])], held_out.values[-1]
    return GainSplit(later[0], middle - first, last - middle)


def band(curves: Sequence[Series]) -> Band:
    """Joins seeds into mean and range. Empty curves are left out, and steps that not all of the others have."""
    points = [dict(zip(curve.steps, curve.values)) for curve in curves if curve]
    if not points:
        return Band((), (), (), (), 0)
    steps = sorted(set.intersection(*map(set, points)))
    values = [[curve[step] for curve in points] for step in steps]
    return Band(
        steps=tuple(steps),
        mean=tuple(sum(v) / len(v) for v in values),
        low=tuple(min(v) for v in values),
        high=tuple(max(v) for v in values),
        seeds=len(points),
    )


def earned(row: LedgerRow, config: RunConfig) -> Literal["all", "mixed", "none"] | None:
    """Says what a group's rollouts earned, whatever the algorithm makes of it. None where the ledger does not tell.

    Rewards of 0 and 1 are counted; the constant reward is equal; of others (a custom one, those of a source) a group
    algorithm's advantages are 0 where they are equal. Advantages of reinforce_pp, ppo and a user's own say nothing
    about that.
    """
    own = config.selfplay.enabled or config.source.path
    reward = "custom" if own else config.reward.name
    if config.reward.overlong_share and compares_groups(config.algorithm):  # rewards are then no counts
        equal = row.zero_advantage
    elif reward in VERDICT_REWARDS:
        equal = row.reward_sum in (0, row.n - row.ungraded)
    elif reward in OTHER_REWARDS:
        equal = row.reward_sum in (0, row.n)
    elif reward == "constant":
        equal = True
    elif compares_groups(config.algorithm):
        equal = row.zero_advantage
    else:
        return None
    return "mixed" if not equal else "all" if row.reward_sum > 0 else "none"


def signal_shares(ledger: Sequence[LedgerRow], config: RunConfig) -> tuple[SignalShares, ...]:
    """Counts per step the shares of groups in which all earned, rewards differ, none earned; empty where not known.

    By rewards, not by right answers: under a format reward the two differ.
    """
    by_step: dict[int, list[str | None]] = {}
    for row in ledger:
        by_step.setdefault(row.step, []).append(earned(row, config))
    if any(None in found for found in by_step.values()):
        return ()
    return tuple(
        SignalShares(step, *(found.count(kind) / len(found) for kind in ("all", "mixed", "none")))
        for step, found in sorted(by_step.items())
    )
