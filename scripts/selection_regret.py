#!/usr/bin/env python3
"""Judges methods of choosing one example by a landscape: the held-out accuracy after training on each example alone.

    python scripts/selection_regret.py LANDSCAPE.jsonl --probe SAMPLES.jsonl [--step N] [--history NAME]

LANDSCAPE is what scripts/landscape.py writes; SAMPLES those of `rlvr select --probe BASE --pool sandbox_pool`. A
method's regret@k is the mean accuracy of the k best examples less that of the k which the method puts first; examples
with equal scores share the places. Intervals (95 %) are of a bootstrap over the examples of the landscape.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from landscape import mean_accuracies, read_lines

from oneshot_rlvr.data.history import load_history
from oneshot_rlvr.data.selection import SCORES, diversity_scores, pass_rate_scores, spearman
from oneshot_rlvr.evaluation.store import read_samples
from oneshot_rlvr.sandbox.world import pool_problems
from oneshot_rlvr.types import Rollout

DRAWS = 2000
KS = (1, 16)
FROM_HISTORY = ("std", "variance", "lim", "mean_pass_rate")
GRADER = "exact"


def regret(truth_N: np.ndarray, scores_N: np.ndarray, k: int) -> float:
    """Mean of the k largest values less the expected mean of the k with the highest scores, ties drawn at random."""
    cut = np.sort(scores_N)[-k]
    above, tied = scores_N > cut, scores_N == cut
    chosen = truth_N[above].sum() + (k - above.sum()) * truth_N[tied].mean()
    return float((np.sort(truth_N)[-k:].sum() - chosen) / k)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


def figure(statistic: Callable[[np.ndarray], float], size: int, seed: int = 0) -> Figure:
    """The statistic of examples 0 .. size - 1, and its percentile interval over draws of as many examples."""
    rng = np.random.default_rng(seed)
    drawn = [statistic(rng.integers(0, size, size)) for _ in range(DRAWS)]
    return Figure(statistic(np.arange(size)), *map(float, np.percentile(drawn, (2.5, 97.5))))


def judged(truth_N: np.ndarray, scores_N: np.ndarray) -> list[Figure]:
    """regret@1, regret@16 and, where the scores differ, the rank correlation of a method."""
    made = [figure(lambda rows, k=k: regret(truth_N[rows], scores_N[rows], k), len(truth_N)) for k in KS]
    if np.ptp(scores_N) == 0:
        return made
    return [*made, figure(lambda rows: spearman(scores_N[rows], truth_N[rows]), len(truth_N))]


def worked_gap(lengths: Sequence[int], right: Sequence[float]) -> float:
    """Covariance of a response's length and its being right, over the samples of a problem, tokens."""
    return float(np.cov(lengths, right, bias=True)[0, 1])


def rare_scores(rates_N: np.ndarray) -> np.ndarray:
    """1 less the pass rate, and 0 where nothing was right: hard examples that can be learned from come first."""
    return np.where(rates_N > 0, 1 - rates_N, 0.0)


def probe_scores(samples: Sequence[Rollout], ids: Sequence[str]) -> dict[str, np.ndarray]:
    """The scores that need only samples of the untrained model."""
    by_id: dict[str, list[Rollout]] = {name: [] for name in ids}
    for sample in samples:
        by_id.get(sample.task.problem.id, []).append(sample)
    right = [[float(sample.grades[GRADER].correct is True) for sample in by_id[name]] for name in ids]
    answers = [[sample.grades[GRADER].extracted for sample in by_id[name]] for name in ids]
    lengths = [[len(sample.token_ids) for sample in by_id[name]] for name in ids]
    rates, diversity = np.array([fmean(row) for row in right]), diversity_scores(answers)
    return {
        "probe: pass rate near 1/2": pass_rate_scores(right),
        "probe: pass rate": rates,
        "probe: rarely right": rare_scores(rates),
        "probe: diversity of answers": diversity,
        "probe: diversity of answers, times spread of lengths": diversity * np.array([np.std(row) for row in lengths]),
        "probe: length of responses": np.array([fmean(row) for row in lengths]),
        "probe: length and right together": np.array([worked_gap(n, r) for n, r in zip(lengths, right)]),
    }


def all_scores(ids: Sequence[str], samples: Sequence[Rollout], history: str) -> dict[str, np.ndarray]:
    """Scores [N] of every method for the examples `ids`."""
    scores = {}
    if history:
        known = load_history(history)
        places = [known.ids.index(name) for name in ids]
        visits = known.accuracies  # of the whole pool: lim compares with its mean
        scores |= {name: SCORES[name](visits)[places] for name in FROM_HISTORY}
    scores |= probe_scores(samples, ids)
    prompts = {problem.id: problem.prompt for problem in pool_problems()}
    scores["length of the question"] = np.array([float(len(prompts[name])) for name in ids])
    return scores | {"random": np.zeros(len(ids))}  # all tied: the expectation over all orders


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("landscape", type=Path)
    parser.add_argument("--probe", type=Path, required=True, metavar="SAMPLES.jsonl")
    parser.add_argument("--step", type=int, default=20)
    parser.add_argument("--history", default="", help="accuracy history of the same base, for the methods of it")
    args = parser.parse_args()
    accuracies = mean_accuracies(read_lines(args.landscape), args.step)
    ids = sorted(accuracies)
    truth = np.array([accuracies[name] for name in ids])
    samples, _ = read_samples(args.probe)
    print(f"{len(ids)} examples, step {args.step}: {100 * truth.min():.1f} to {100 * truth.max():.1f} %, mean "
          f"{100 * truth.mean():.1f} %\n")  # fmt: skip
    print("| method | regret@1 | regret@16 | rank correlation |\n|---|---|---|---|")
    for name, scores in all_scores(ids, samples, args.history).items():
        found = judged(truth, scores)
        told = [f"{100 * f.value:.1f} [{100 * f.low:.1f}, {100 * f.high:.1f}]" for f in found[:2]]
        told += [f"{f.value:.2f} [{f.low:.2f}, {f.high:.2f}]" for f in found[2:]] or ["0"]
        print(f"| {name} | {' | '.join(told)} |")


if __name__ == "__main__":
    main()
