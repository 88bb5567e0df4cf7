"""Saturation, gain before and after it, seeds as a band, groups with a signal: against numbers worked out by hand."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.report.curves import (
    band,
    collapse_step,
    earned,
    saturation_step,
    signal_shares,
    split_gain,
    trailing_mean,
)
from oneshot_rlvr.report.figures import dropped_share, sampled_tokens
from oneshot_rlvr.report.run_files import LedgerRow, Metrics, Series


def series(*values: float, first: int = 1) -> Series:
    return Series("x", tuple(range(first, first + len(values))), values)


def test_trailing_mean_starts_where_the_window_is_full():
    smooth = trailing_mean(series(0, 0, 0, 1, 1, 1), window=3)
    assert smooth.steps == (3, 4, 5, 6)
    assert smooth.values == pytest.approx((0, 1 / 3, 2 / 3, 1))


@pytest.mark.parametrize(
    ("values", "threshold", "expected"),
    [
        ((0.5, 0.9, 1, 1, 1, 1, 1), 0.95, 6),  # means of five: .88 at step 5, .98 at step 6
        ((1, 1, 1, 1), 0.95, None),  # four steps are not five
        ((1, 1, 1, 1, 1), 1.0, 5),
        ((0.95, 0.95, 0.95, 0.95, 0.95), 0.95, 5),  # exactly the threshold, whatever rounding does to the mean
        ((1, 1, 1, 1, 0.7), 0.95, None),  # .94
        ((1, 1, 1, 1, 1, 0, 0, 0, 0, 0), 0.95, 5),  # a later fall does not take it back
    ],
)
def test_saturation_step(values, threshold, expected):
    assert saturation_step(series(*values), threshold, window=5) == expected


def test_gain_is_split_at_the_first_evaluation_from_saturation_on():
    held_out = Series("h", (0, 20, 40, 60, 100), (0.17, 0.37, 0.58, 0.69, 0.70))
    split = split_gain(held_out, saturation=33)
    assert split.middle_step == 40
    assert split.before == pytest.approx(0.41) and split.after == pytest.approx(0.12)
    # Saturation exactly at an evaluation: that one divides.
    assert split_gain(held_out, saturation=60).after == pytest.approx(0.01)


@pytest.mark.parametrize("saturation", [None, 101])
def test_no_split_without_saturation_or_a_later_evaluation(saturation):
    assert split_gain(Series("h", (0, 100), (0.1, 0.2)), saturation) is None


def test_no_split_if_the_first_evaluation_is_already_saturated():
    assert split_gain(Series("h", (50, 100), (0.1, 0.2)), 20) is None


def test_band_uses_the_steps_that_all_seeds_have():
    one, two = Series("x", (1, 2, 3), (0.0, 0.2, 0.9)), Series("x", (2, 3, 4), (0.4, 0.5, 1.0))
    both = band([one, two, Series("x", (), ())])
    assert (both.steps, both.seeds) == ((2, 3), 2)
    assert both.mean == pytest.approx((0.3, 0.7)) and both.low == (0.2, 0.5) and both.high == (0.4, 0.9)


def row(step: int, correct: int, reward_sum: float, n: int = 8) -> LedgerRow:
    flat = reward_sum in (0, n)
    return LedgerRow(step, 0, "a", 0, n, correct, reward_sum, 1, 10.0, 0, 0.1, flat)


def trained(reward: str = "format", algorithm: str = "grpo") -> RunConfig:
    config = RunConfig()
    config.reward.name, config.algorithm.name = reward, algorithm
    return config


def test_signal_goes_by_rewards_not_by_right_answers():
    shares = signal_shares([row(1, 8, 8), row(1, 0, 0), row(1, 3, 3), row(1, 2, 8), row(2, 0, 5)], trained())
    # Step 1: two groups all rewarded (one with 2 right answers only: a format reward), one mixed, one without reward.
    assert [(s.step, s.solved, s.mixed, s.unsolved) for s in shares] == [(1, 0.5, 0.25, 0.25), (2, 0.0, 1.0, 0.0)]


def group(n: int, reward_sum: float, ungraded: int = 0, zero: bool = False) -> LedgerRow:
    return LedgerRow(1, 0, "a", 0, n, 0, reward_sum, 1, 10.0, 0, 0.1, zero, ungraded)


@pytest.mark.parametrize(
    ("reward", "algorithm", "row", "expected"),
    [
        # Advantages of tokens are not 0, whatever the group earned.
        ("outcome", "ppo", group(8, 8.0), "all"),
        ("outcome", "reinforce_pp", group(8, 0.0), "none"),
        ("outcome", "ppo", group(8, 3.0), "mixed"),
        ("outcome", "grpo", group(8, 7.0, ungraded=1, zero=True), "all"),
        ("inverted", "ppo", group(8, 7.0, ungraded=1), "all"),
        ("majority", "ppo", group(8, 0.0, ungraded=8), "none"),
        # These need no verdict: what could not be graded has a reward as well.
        ("format", "ppo", group(8, 7.0, ungraded=1), "mixed"),
        ("random", "grpo", group(8, 8.0, ungraded=1, zero=True), "all"),
        ("constant", "ppo", group(8, 2.4), "all"),
        ("constant", "reinforce_pp", group(8, 0.0), "none"),
        ("custom", "rloo", group(8, 8.0), "mixed"),
        ("custom", "dr_grpo", group(8, 2.4, zero=True), "all"),
        ("custom", "grpo", group(8, 0.0, zero=True), "none"),
        ("custom", "ppo", group(8, 8.0), None),
    ],
)
def test_what_a_group_earned_is_no_matter_of_the_algorithm(reward, algorithm, row, expected):
    assert earned(row, trained(reward, algorithm)) == expected
    shares = signal_shares([row], trained(reward, algorithm))
    assert [(s.solved, s.mixed, s.unsolved) for s in shares] == (
        [tuple(float(expected == kind) for kind in ("all", "mixed", "none"))] if expected else []
    )


@given(st.lists(st.integers(0, 8), min_size=5, max_size=40), st.integers(1, 8))
def test_saturation_is_the_first_window_of_five_that_reaches_the_threshold(counts, needed):
    found = saturation_step(series(*[c / 8 for c in counts]), needed / 8, window=5)
    reached = [i + 5 for i in range(len(counts) - 4) if sum(counts[i : i + 5]) >= 5 * needed]
    assert found == (reached[0] if reached else None)


def test_sampled_tokens_are_added_up_with_what_was_dropped() -> None:
    """Steps 1 to 3 sample 10, 20 and 30 tokens, of which 0, 5 and 10 are dropped: 15 of 60."""
    mixed = Metrics({
        "tokens/response": Series("tokens/response", (1, 2, 3), (10, 15, 20)),
        "tokens/sampled": Series("tokens/sampled", (1, 2, 3), (10, 20, 30)),
        "sampling/dropped_tokens": Series("sampling/dropped_tokens", (1, 2, 3), (0, 5, 10)),
    })  # fmt: skip
    plain = Metrics({"tokens/response": Series("tokens/response", (1, 2), (7, 8))})
    runs = [SimpleNamespace(metrics=mixed), SimpleNamespace(metrics=plain)]
    assert sampled_tokens(runs[0]) == {0: 0, 1: 10, 2: 30, 3: 60}  # type: ignore[arg-type]
    assert sampled_tokens(runs[1]) == {0: 0, 1: 7, 2: 15}  # type: ignore[arg-type]
    assert dropped_share(runs[:1]) == 0.25  # type: ignore[arg-type]
    assert dropped_share(runs[1:]) == 0.0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shares", "step"),
    [((0.5, 0.0, 0.0, 0.0), 1), ((0.0, 0.0, 0.0, 0.0), None), ((0.5, 0.0, 0.0, 0.2, 0.0, 0.0, 0.0, 0.0), 4),
     ((0.5, 0.0, 0.0), None)],
)  # fmt: skip
def test_collapse_is_the_first_of_steps_below_after_one_above(shares, step):
    assert collapse_step(Series("v", tuple(range(len(shares))), shares), low=0.01, patience=3) == step
