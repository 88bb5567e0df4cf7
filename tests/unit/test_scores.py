"""Scores against numbers worked out by hand."""

import itertools
import math

import pytest

from oneshot_rlvr.evaluation import scores


def test_average_at_8_and_pass_at_8() -> None:
    # Problem a: 2 of 8 right, b: 0 of 8, c: 8 of 8, d: 1 of 8.
    correct, samples = [2, 0, 8, 1], [8, 8, 8, 8]
    assert scores.average_at_k(correct, samples) == pytest.approx((2 + 0 + 8 + 1) / 32)  # 0.34375
    assert scores.mean_pass_at_k(correct, samples, 8) == pytest.approx(3 / 4)
    # pass@2: a 1 - C(6,2)/C(8,2) = 1 - 15/28, b 0, c 1, d 1 - 21/28.
    assert scores.mean_pass_at_k(correct, samples, 2) == pytest.approx((13 / 28 + 0 + 1 + 7 / 28) / 4)
    assert scores.mean_pass_at_k(correct, samples, 1) == pytest.approx(scores.average_at_k(correct, samples))


def test_unequal_sample_counts_weigh_problems_equally() -> None:
    assert scores.average_at_k([1, 1], [1, 4]) == pytest.approx((1 + 0.25) / 2)


def test_pass_at_k_is_the_mean_over_all_subsets() -> None:
    verdicts = [1, 0, 0, 1, 0, 0]
    for k in range(1, 7):
        subsets = list(itertools.combinations(verdicts, k))
        expected = sum(any(s) for s in subsets) / len(subsets)
        assert scores.pass_at_k(2, 6, k) == pytest.approx(expected)


def test_pass_at_more_than_there_are_samples_is_refused() -> None:
    with pytest.raises(ValueError, match="pass@9"):
        scores.pass_at_k(1, 8, 9)


def test_reported_ks() -> None:
    assert scores.pass_ks(1) == (1,)
    assert scores.pass_ks(8) == (1, 2, 4, 8)
    assert scores.pass_ks(12) == (1, 2, 4, 8, 12)


def test_wilson_interval() -> None:
    low, high = scores.wilson(8, 10)
    # (0.8 + z^2/20 -+ z sqrt(0.016 + z^2/400)) / (1 + z^2/10), z = 1.96
    assert low == pytest.approx(0.49016, abs=1e-5)
    assert high == pytest.approx(0.94331, abs=1e-5)
    assert scores.wilson(0, 10) == (0.0, pytest.approx(0.27753, abs=1e-5))
    assert scores.wilson(10, 10)[1] == 1.0
    assert scores.wilson(0, 0) == (0.0, 1.0)
    # MATH500 at 73.6 %: about two standard deviations of 2.0 points either side.
    low, high = scores.wilson(368, 500)
    assert (low, high) == (pytest.approx(0.6957, abs=1e-3), pytest.approx(0.7727, abs=1e-3))


def test_bootstrap_interval_agrees_with_the_normal_one() -> None:
    values = [0.0] * 60 + [1.0] * 40
    low, high = scores.bootstrap_interval(values)
    half = 1.96 * math.sqrt(0.4 * 0.6 / 100)
    assert low == pytest.approx(0.4 - half, abs=0.015)
    assert high == pytest.approx(0.4 + half, abs=0.015)
    assert scores.bootstrap_interval(values) == (low, high), "seeded: the same every time"


def test_interval_resamples_problems_not_samples() -> None:
    # Two problems, one always and one never right: with problems as units the mean can be 0, 0.5 or 1.
    assert scores.accuracy_interval([8, 0], [8, 8]) == (0.0, 1.0)
    # Every problem at 4 of 8: nothing to resample, so as wide as 3 problems allow; never an interval of width 0.
    assert scores.accuracy_interval([4, 4, 4], [8, 8, 8]) == scores.wilson(1.5, 3)
    assert scores.accuracy_interval([0, 0, 0, 0], [8, 8, 8, 8]) == (0.0, pytest.approx(0.4899, abs=1e-4))
    assert scores.accuracy_interval([1, 0], [1, 1]) == scores.wilson(1, 2)


def test_mcnemar_exact() -> None:
    assert scores.mcnemar(0, 0) == 1.0
    assert scores.mcnemar(1, 6) == pytest.approx(2 * (1 + 7) / 128)
    assert scores.mcnemar(6, 1) == scores.mcnemar(1, 6)
    assert scores.mcnemar(3, 3) == 1.0
    assert scores.mcnemar(0, 10) == pytest.approx(2 / 1024)


def test_compare_single_samples_uses_mcnemar() -> None:
    base = {str(i): (int(i == 0), 1) for i in range(10)}  # only problem 0
    other = {str(i): (int(1 <= i <= 6), 1) for i in range(10)}  # problems 1..6
    test = scores.compare(base, other)
    assert test is not None
    assert test.method == "mcnemar"
    assert test.difference == pytest.approx(0.5)
    assert test.p_value == pytest.approx(0.125)
    assert test.interval[0] < 0.5 < test.interval[1]
    assert test.num_problems == 10


def test_compare_several_samples_uses_the_paired_bootstrap() -> None:
    base = {str(i): (2, 8) for i in range(30)}
    same = scores.compare(base, base)
    better = scores.compare(base, {str(i): (4 + i % 2, 8) for i in range(30)})
    assert same is not None and better is not None
    assert (same.difference, same.p_value, same.method) == (0.0, 1.0, "paired bootstrap")
    assert better.difference == pytest.approx((2 / 8 + 3 / 8) / 2)
    assert 0.25 <= better.interval[0] <= better.interval[1] <= 0.375
    assert better.p_value == pytest.approx(2 / (scores.RESAMPLES + 1))


def test_compare_uses_only_shared_problems() -> None:
    test = scores.compare({"a": (0, 1), "b": (1, 1)}, {"a": (1, 1), "c": (0, 1)})
    assert test is not None and (test.num_problems, test.difference) == (1, 1.0)
    assert scores.compare({"a": (0, 1)}, {"b": (0, 1)}) is None


def test_average_over_benchmarks_is_unweighted() -> None:
    base = {"big": {str(i): (0, 1) for i in range(100)}, "small": {"x": (0, 1), "y": (0, 1)}}
    other = {"big": {str(i): (int(i < 10), 1) for i in range(100)}, "small": {"x": (1, 1), "y": (1, 1)}}
    test = scores.compare_average(base, other)
    assert test is not None
    assert test.difference == pytest.approx((0.1 + 1.0) / 2)
    assert scores.compare_average(base, {"other": {"x": (1, 1)}}) is None
    low, high = scores.average_interval([other["big"], {"x": (1, 1), "y": (1, 2), "z": (1, 1)}])
    assert 0.28 < low < 0.46 < high < 0.59


def test_no_interval_is_of_width_zero() -> None:
    """Problems that are all alike show no spread; none of 30 may still be one of 9 (Wilson)."""
    none, one = ({str(i): (right, 8) for i in range(30)} for right in (0, 1))
    unseen = scores.wilson(0, 30)[1]
    for test in (scores.compare(none, none), scores.compare_average({"a": none}, {"a": none})):
        assert test is not None and test.difference == 0 and test.p_value == 1
        assert test.interval == pytest.approx((-unseen, unseen))
    rise = scores.compare(none, one)
    assert rise is not None and rise.interval == pytest.approx((0.125 - 1.125 * unseen, 0.125 + 0.875 * unseen))
    assert scores.average_interval([none]) == pytest.approx((0.0, unseen))
    assert scores.average_interval([none, none]) == pytest.approx((0.0, unseen / math.sqrt(2)))
    mixed = {str(i): (i % 9, 8) for i in range(30)}
    alone, beside = scores.average_interval([mixed]), scores.average_interval([mixed, none])
    mean = scores.average_at_k(*zip(*mixed.values()))
    assert beside[1] - mean / 2 == pytest.approx(math.hypot((alone[1] - mean) / 2, unseen / 2), rel=0.03)
    assert beside[0] == pytest.approx(alone[0] / 2, rel=0.03)  # it cannot be lower than none


def test_resamples_that_cancel_count_on_both_sides() -> None:
    """One in three, pooled seeds: three problems rise by a third, two fall. The p-value is that of whole numbers."""
    sides = [1] * 3 + [-1] * 2 + [0] * 25
    exact = scores.paired_bootstrap([sides])[1]
    base = {str(i): (1, 3) for i in range(30)}
    other = {str(i): (1 + side, 3) for i, side in enumerate(sides)}
    test = scores.compare(dict(sorted(base.items())), {i: other[i] for i in sorted(other)})
    assert test is not None and test.method == "paired bootstrap"
    assert scores.paired_bootstrap([[side / 3 for side in sides]])[1] == exact
    assert test.p_value == pytest.approx(exact, abs=0.02)
