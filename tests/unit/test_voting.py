"""Votes of several responses, against counting by hand and against all draws."""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import pytest
from stored import sample

from oneshot_rlvr.evaluation.voting import Bin, Votes, calibration, cover, majority_at_k, votes_of
from oneshot_rlvr.types import Grade, Rollout


def by_all_draws(votes: Votes, k: int) -> Fraction:
    """Every set of k responses by itself."""
    answers = ["right"] * votes.right + [None] * votes.silent
    answers += [f"wrong {i}" for i, size in enumerate(votes.wrong) for _ in range(size)]
    total, draws = Fraction(0), list(combinations(answers, k))
    for draw in draws:
        counts = {answer: draw.count(answer) for answer in set(draw) if answer}
        best = [answer for answer, count in counts.items() if count == max(counts.values())]
        total += Fraction("right" in best, max(1, len(best)))
    return total / len(draws)


@pytest.mark.parametrize(
    "votes",
    [Votes(2, (1,)), Votes(3, (3, 2, 1), 1), Votes(4, (1, 1, 1, 1)), Votes(1, (), 5), Votes(2, (2, 2), 2),
     Votes(0, (3,))],
)
def test_the_vote_equals_all_draws(votes: Votes) -> None:
    for k in range(1, votes.samples + 1):
        assert majority_at_k(votes, k) == pytest.approx(float(by_all_draws(votes, k)), abs=1e-12)


def test_the_vote_by_hand() -> None:
    """Of three responses two are right: a pair is right and right once, a tie twice."""
    assert majority_at_k(Votes(2, (1,)), 2) == pytest.approx((1 + 2 / 2) / 3)
    assert majority_at_k(Votes(100, (90, 60), 6), 256) == 1.0  # all of them: nothing is left to chance
    assert majority_at_k(Votes(64, (64,)), 128) == pytest.approx(0.5)
    assert 0.5 < majority_at_k(Votes(130, (126,)), 64) < 0.7
    with pytest.raises(ValueError, match="maj@4 needs at least 4 samples, not 3"):
        majority_at_k(Votes(2, (1,)), 4)


def vote(name: str, index: int, correct: bool | None, extracted: str | None) -> Rollout:
    return sample(name, index, grades={"exact": Grade(correct, extracted, "")})


def test_answers_are_counted() -> None:
    given = [("84", True), ("84.0", True), ("1 2", False), ("12", False), ("7", False), ("", False), (None, None)]
    samples = [vote("a", i, correct, text) for i, (text, correct) in enumerate(given)]
    assert votes_of(samples, "exact") == {"a": Votes(2, (2, 1), 2)}


def test_a_response_that_is_not_graded_yet_is_left_out() -> None:
    """A larger evaluation that was interrupted leaves such lines beside the numbers of the smaller one."""
    samples = [vote("a", 0, True, "84"), replace(vote("a", 1, None, None), grades={})]
    assert votes_of(samples, "exact") == {"a": Votes(1, ())}


def test_cover() -> None:
    assert cover((1.0, 0.5, 0.0), 0.5) == pytest.approx(2 / 3) and cover((1.0, 0.5, 0.0), 1.0) == pytest.approx(1 / 3)


def test_calibration_by_hand() -> None:
    """Two sure problems, one of them wrong; one of which half the votes are right, in a tie."""
    bins, error = calibration([Votes(4, ()), Votes(0, (4,)), Votes(2, (2,)), Votes(0, (), 4)])
    assert bins == [Bin(0.0, 0.25, 1, 0.0, 0.0), Bin(0.25, 0.5, 1, 0.5, 0.5), Bin(0.75, 1.0, 2, 1.0, 0.5)]
    assert error == pytest.approx((0 + 0 + 2 * 0.5) / 4)
