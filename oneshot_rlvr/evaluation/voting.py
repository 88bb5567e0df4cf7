"""Uses of several responses to one problem: the vote of k, how sure it is of itself, how often a problem is solved.

Pure functions of counts; responses are drawn without replacement from those that are stored, so that nothing is left to
chance.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from oneshot_rlvr.types import Rollout

TAUS = (0.25, 0.5, 0.75, 1.0)  # shares of right responses from which a problem counts as covered
BINS = 4  # of the frequency of the commonest answer


@dataclass(frozen=True, slots=True)
class Votes:
    """Answers of one problem's responses: all right ones are one answer, wrong ones differ by their text.

    Example: answers 84, 84.0, 12, 12, 7 and a response without one, where 84 is right, are `Votes(2, (2, 1), 1)`.
    """

    right: int
    wrong: tuple[int, ...]
    silent: int = 0  # responses without an answer, which do not vote

    @property
    def samples(self) -> int:
        return self.right + sum(self.wrong) + self.silent


def votes_of(samples: Iterable[Rollout], grader: str) -> dict[str, Votes]:
    """Counts the answers that `grader` found, by problem id, in order of first appearance; a response that it has not
    graded yet is left out."""
    right: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    wrong: dict[str, Counter[str]] = {}
    for sample in samples:
        grade, name = sample.grades.get(grader), sample.task.problem.id
        if grade is None:
            continue
        answers = wrong.setdefault(name, Counter())
        if grade.correct:
            right[name] += 1
        elif not (grade.extracted or "").strip():
            silent[name] += 1
        else:
            answers["".join((grade.extracted or "").split())] += 1
    return {name: Votes(right[name], tuple(sorted(answers.values(), reverse=True)), silent[name])
            for name, answers in wrong.items()}  # fmt: skip


def majority_at_k(votes: Votes, k: int) -> float:
    """Computes P(the commonest answer of k responses is right), ties decided by chance (maj@k, arXiv 2203.11171).

    Of k responses, m are right in C(right, m) ways; `ways[t, s]` counts those to choose s others so that no wrong
    answer comes more than m times and t come m times. Example: `Votes(2, (1,))` gives 2/3 at k = 2: right and wrong tie
    in two of three pairs. Raises ValueError if k exceeds the samples.
    """
    if not 1 <= k <= votes.samples:
        raise ValueError(f"maj@{k} needs at least {k} samples, not {votes.samples}")
    total = 0.0
    for m in range(1, min(k, votes.right) + 1):
        others = k - m
        ways = np.zeros((others // m + 1, others + 1))
        ways[0, 0] = 1.0
        for size in votes.wrong:
            chosen = np.zeros_like(ways)
            for j in range(min(m, size, others) + 1):
                tie = int(j == m)
                chosen[tie:, j:] += math.comb(size, j) * ways[: len(ways) - tie, : others + 1 - j]
            ways = chosen
        silent = [float(math.comb(votes.silent, others - s)) for s in range(others + 1)]
        total += math.comb(votes.right, m) * float((1 / np.arange(1, len(ways) + 1)) @ ways @ np.array(silent))
    return total / math.comb(votes.samples, k)


def cover(shares_P: Sequence[float], tau: float) -> float:
    """Computes cover@tau, the share of problems of which at least the share `tau` of responses is right (arXiv
    2510.08325). Example: shares 1, 0.5, 0 give 2/3 at 0.5."""
    return fmean(share >= tau for share in shares_P)


@dataclass(frozen=True, slots=True)
class Bin:
    """Problems whose commonest answer has a frequency within a span."""

    low: float
    high: float
    problems: int
    frequency: float  # mean over them
    right: float  # share of them whose commonest answer is right; ties count by their chance


def calibration(votes_P: Sequence[Votes]) -> tuple[list[Bin], float]:
    """Compares the frequency of the commonest answer with how often it is right; -> bins that are not empty, and the
    expected calibration error, the mean over problems of |frequency - right| of their bin."""
    found: list[list[tuple[float, float]]] = [[] for _ in range(BINS)]
    for votes in votes_P:
        most = max(votes.right, *votes.wrong, 0)
        frequency = most / votes.samples
        place = min(BINS - 1, math.ceil(frequency * BINS) - 1) if most else 0
        found[place].append((frequency, majority_at_k(votes, votes.samples)))
    bins = [Bin(i / BINS, (i + 1) / BINS, len(part), fmean(f for f, _ in part), fmean(r for _, r in part))
            for i, part in enumerate(found) if part]  # fmt: skip
    error = math.fsum(b.problems * abs(b.frequency - b.right) for b in bins) / len(votes_P)
    return bins, error
