"""Numbers from verdicts: avg@k, unbiased pass@k, intervals, paired tests. Pure functions of counts.

`correct_P[p]` of `samples_P[p]` responses to problem `p` are right; a problem is the unit that intervals resample.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Callable, Sequence

import numpy as np

Z95 = 1.959963984540054  # 97.5 % quantile of the normal distribution
RESAMPLES = 4000


@dataclass(frozen=True, slots=True)
class PairedTest:
    """Difference b - a on the same problems, with a 95 % interval and a two-sided p-value."""

    difference: float
    interval: tuple[float, float]
    p_value: float
    method: str  # name of the test: "mcnemar" or "paired bootstrap"
    num_problems: int


def average_at_k(correct_P: Sequence[int], samples_P: Sequence[int]) -> float:
    """Computes avg@k, the mean over problems of the share of right samples. Example: 3 of 8 and 8 of 8 give 0.6875."""
    return float(np.mean(np.asarray(correct_P) / np.asarray(samples_P)))


def pass_at_k(correct: int, samples: int, k: int) -> float:
    """Estimates P(at least one of k samples is right) without bias: 1 - C(n-c, k) / C(n, k), Chen et al. 2021.

    Example: 1 right of 4 gives 0.5 at k = 2. Raises ValueError if k exceeds the samples.
    """
    if not 1 <= k <= samples:
        raise ValueError(f"pass@{k} needs at least {k} samples, not {samples}")
    return 1.0 - math.comb(samples - correct, k) / math.comb(samples, k)


def mean_pass_at_k(correct_P: Sequence[int], samples_P: Sequence[int], k: int) -> float:
    return math.fsum(pass_at_k(c, n, k) for c, n in zip(correct_P, samples_P)) / len(correct_P)


def pass_ks(samples: int) -> tuple[int, ...]:
    """Lists the k that are reported: 1, 2, 4, ... and `samples` itself. Example: 12 gives (1, 2, 4, 8, 12)."""
    powers = {2**i for i in range(samples.bit_length()) if 2**i <= samples}
    return tuple(sorted(powers | {samples}))


def wilson(successes: float, trials: int, z: float = Z95) -> tuple[float, float]:
    """Computes Wilson's score interval of a share. Example: 8 of 10 gives (0.4902, 0.9433)."""
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    scale = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    # The bound is exact at 0 and at all of them, where rounding would leave 1e-17.
    return (0.0 if successes == 0 else centre - half), (1.0 if successes == trials else centre + half)


def _resampled_means(values_P: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """Average `resamples` draws of len(values_P) problems with replacement, [resamples]."""
    return _weights(len(values_P), resamples, seed) @ values_P / len(values_P)


@lru_cache(maxsize=32)
def _weights(size: int, resamples: int, seed: int) -> np.ndarray:
    """Counts how often each of `size` problems is drawn, [resamples, size]; kept, as every checkpoint draws alike."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(size, np.full(size, 1 / size), size=resamples).astype(np.float32)


def bootstrap_interval(values_P: Sequence[float], resamples: int = RESAMPLES, seed: int = 0) -> tuple[float, float]:
    """Computes the 95 % percentile interval of the mean, resampling problems (samples of one are not independent)."""
    means = _resampled_means(np.asarray(values_P, dtype=float), resamples, seed)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def accuracy_interval(correct_P: Sequence[int], samples_P: Sequence[int]) -> tuple[float, float]:
    """Computes a 95 % interval: Wilson where every problem has one sample, else bootstrap over problems.

    Where all problems score the same (0 of 8 each, say) resampling them shows no spread at all, which is not the truth:
    then Wilson with as many trials as problems.
    """
    shares_P = [c / n for c, n in zip(correct_P, samples_P)]
    if all(n == 1 for n in samples_P) or len(set(shares_P)) == 1:
        return wilson(math.fsum(shares_P), len(shares_P))
    return bootstrap_interval(shares_P)


def mcnemar(only_a: int, only_b: int) -> float:
    """Computes the exact two-sided p-value that `only_a` problems won and `only_b` lost come from a fair coin.

    Example: 1 against 6 gives 2 * (1 + 7) / 2^7 = 0.125.
    """
    trials = only_a + only_b
    if trials == 0:
        return 1.0
    tail = sum(math.comb(trials, i) for i in range(min(only_a, only_b) + 1))
    return min(1.0, 2 * tail / 2**trials)


def paired_bootstrap(
    sets: Sequence[Sequence[float]], resamples: int = RESAMPLES, seed: int = 0
) -> tuple[tuple[float, float], float]:
    """Computes 95 % interval and two-sided p-value of the mean over sets of the mean difference per problem.

    `sets[s][p]` is the difference in accuracy on problem `p` of benchmark `s`; problems are resampled within each set.
    The p-value is twice the smaller share of resampled means on either side of 0 (with add-one smoothing, so never 0).
    """
    means, interval = _average(sets, _difference_bounds, resamples, seed)
    below, above = int(np.sum(means <= 0)), int(np.sum(means >= 0))
    return interval, min(1.0, 2 * (min(below, above) + 1) / (resamples + 1))


def _difference_bounds(difference: float, problems: int) -> tuple[float, float]:
    """Bound a difference that is the same on all problems: as many as Wilson's bound allows may lie at either end."""
    unseen = wilson(0, problems)[1]
    return difference - unseen * (1 + difference), difference + unseen * (1 - difference)


def _accuracy_bounds(accuracy: float, problems: int) -> tuple[float, float]:
    return wilson(accuracy * problems, problems)


def _average(
    sets: Sequence[Sequence[float]], bounds: Callable[[float, int], tuple[float, float]], resamples: int, seed: int
) -> tuple[np.ndarray, tuple[float, float]]:
    """Resample the average of the sets' means; -> the resampled averages, [resamples], and their 95 % interval.

    Resampling a set whose problems are all the same shows no spread, which is not the truth: it takes part with
    `bounds(value, problems)`, joined with the rest as intervals of a sum of independent estimates are (Zou and Donner,
    2008).
    """
    arrays = [np.asarray(values, dtype=float) for values in sets]
    means = np.mean([_resampled_means(a, resamples, seed + s) for s, a in enumerate(arrays)], axis=0)
    means = means.round(12)  # thirds that cancel are 0, and not 1e-17 on one side of it
    low, high = map(float, np.quantile(means, [0.025, 0.975]))
    constant = [(float(a[0]), bounds(float(a[0]), len(a))) for a in arrays if (a == a[0]).all()]
    if constant:
        centre, share = float(np.mean([a.mean() for a in arrays])), 1 / len(arrays)
        low = centre - math.hypot(centre - low, *(share * (value - bound) for value, (bound, _) in constant))
        high = centre + math.hypot(high - centre, *(share * (bound - value) for value, (_, bound) in constant))
    return means, (low, high)


def holm(p_values: Sequence[float]) -> list[float]:
    """Corrects p-values for their number (Holm, 1979), in their order. Example: .01, .04, .03 give .03, .06, .06."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        corrected[i] = highest
    return corrected


Verdicts = dict[str, tuple[int, int]]  # problem id -> (right, samples)


def compare(a: Verdicts, b: Verdicts) -> PairedTest | None:
    """Tests b against a, paired on the problems both have; None if there are none.

    McNemar's exact test where every problem has one sample on both sides, else the paired bootstrap; the interval of
    the difference is the paired bootstrap's in both cases.
    """
    shared = sorted(a.keys() & b.keys())
    if not shared:
        return None
    differences = [b[i][0] / b[i][1] - a[i][0] / a[i][1] for i in shared]
    interval, p_value = paired_bootstrap([differences])
    method = "paired bootstrap"
    if all(a[i][1] == 1 and b[i][1] == 1 for i in shared):
        method = "mcnemar"
        p_value = mcnemar(sum(d < 0 for d in differences), sum(d > 0 for d in differences))
    return PairedTest(float(np.mean(differences)), interval, p_value, method, len(shared))


def compare_average(a: dict[str, Verdicts], b: dict[str, Verdicts]) -> PairedTest | None:
    """Bootstrap the unweighted mean over the benchmarks both have, paired on problems; None if there are none."""
    sets: list[list[float]] = []
    for name in sorted(a.keys() & b.keys()):
        shared = sorted(a[name].keys() & b[name].keys())
        if shared:
            sets.append([b[name][i][0] / b[name][i][1] - a[name][i][0] / a[name][i][1] for i in shared])
    if not sets:
        return None
    interval, p_value = paired_bootstrap(sets)
    difference = float(np.mean([np.mean(values) for values in sets]))
    return PairedTest(difference, interval, p_value, "paired bootstrap", sum(map(len, sets)))


def average_interval(sets: Sequence[Verdicts], resamples: int = RESAMPLES, seed: int = 0) -> tuple[float, float]:
    """Computes the 95 % bootstrap interval of the unweighted mean of several accuracies, problems resampled in each."""
    shares = [[c / n for c, n in verdicts.values()] for verdicts in sets]
    return _average(shares, _accuracy_bounds, resamples, seed)[1]
