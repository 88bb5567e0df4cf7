#!/usr/bin/env python3
"""Judges methods of choosing one example by a landscape: the held-out accuracy after training on each example alone.

    python scripts/selection_regret.py [e|d|FILE] [--seed 0] [--probe SAMPLES.jsonl --history NAME]

By default with the shipped landscape, probe (16 samples of a problem by the untrained base) and accuracy history of a
base, so that nothing has to be run. FILE is what scripts/landscape.py writes; it needs the samples of `rlvr select
--probe BASE --pool sandbox_pool`. A method's regret@k is the mean accuracy of the k best examples less that of the k
which the method puts first; examples with equal scores share the places. Intervals (95 %) are of a bootstrap over the
examples of the landscape. Where a part of the problems has several seeds, the last lines say how far one seed foretells
the others.
"""

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from pathlib import Path
from statistics import fmean

import numpy as np

from oneshot_rlvr.data.history import History, load_history
from oneshot_rlvr.data.selection import SCORES, score, spearman
from oneshot_rlvr.evaluation.checkpoints import model_source
from oneshot_rlvr.evaluation.pool_probe import PoolProbe, history_of
from oneshot_rlvr.evaluation.store import read_samples
from oneshot_rlvr.sandbox.landscape import STEPS, Landscape, load_landscape, load_probe, shipped_history
from oneshot_rlvr.sandbox.world import pool_problems

DRAWS = 2000
KS = (1, 16)
FROM_HISTORY = ("std", "variance", "lim", "mean_pass_rate")
OF_PROBE = ("mean_pass_rate", "diversity", "reachable_diversity")
SAMPLES = 16  # of a problem in a probe
TRIED = (32, 64)  # examples that are trained on, of which the best are kept


def regret(truth_N: np.ndarray, scores_N: np.ndarray, k: int) -> float:
    """Mean of the k largest values less the expected mean of the k with the highest scores, ties drawn at random."""
    cut = np.sort(scores_N)[-k]
    above, tied = scores_N > cut, scores_N == cut
    chosen = truth_N[above].sum() + (k - above.sum()) * truth_N[tied].mean()
    return float((np.sort(truth_N)[-k:].sum() - chosen) / k)


@lru_cache
def chances(size: int, drawn: int, kept: int) -> np.ndarray:
    """Chance [size] that the j-th best of all is among the `kept` best of those drawn, fewer than `kept` better ones
    being drawn with it.
    """
    ways = [sum(math.comb(j, better) * math.comb(size - 1 - j, drawn - 1 - better) for better in range(kept))
            for j in range(size)]  # fmt: skip
    return np.array([way / math.comb(size, drawn) for way in ways])


def regret_of_tried(truth_N: np.ndarray, trial_N: np.ndarray, drawn: int, kept: int) -> float:
    """Mean of the `kept` largest values less the expected mean of those that do best in trials of `drawn` examples."""
    chosen = truth_N[np.argsort(-trial_N, kind="stable")] @ chances(len(truth_N), drawn, kept)
    return float((np.sort(truth_N)[-kept:].sum() - chosen) / kept)


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
    """regret@1, regret@16 (of all, where they are fewer) and, where the scores differ, the rank correlation."""
    ks = [min(k, len(truth_N)) for k in KS]
    made = [figure(lambda rows, k=k: regret(truth_N[rows], scores_N[rows], k), len(truth_N)) for k in ks]
    if np.ptp(scores_N) == 0:
        return made
    return [*made, figure(lambda rows: spearman(scores_N[rows], truth_N[rows]), len(truth_N))]


def rare_scores(rates_N: np.ndarray) -> np.ndarray:
    """1 less the pass rate, and 0 where nothing was right: hard examples that can be learned from come first."""
    return np.where(rates_N > 0, 1 - rates_N, 0.0)


def length_gaps(marks: Sequence[Sequence[float]], lengths: Sequence[Sequence[int]]) -> np.ndarray:
    """Tokens by which the right responses to each problem are longer than its usual ones [problems].

    One more right response of the pool's mean length is added to each, so that few right ones say little.
    """
    right_PN, lengths_PN = np.array(marks), np.array(lengths, dtype=float)
    usual = (right_PN * lengths_PN).sum() / max(1.0, right_PN.sum())
    return ((right_PN * lengths_PN).sum(1) + usual) / (right_PN.sum(1) + 1) - lengths_PN.mean(1)


def probe_scores(probe: History) -> dict[str, np.ndarray]:
    """Scores [problems of the probe] that need only samples of the untrained model."""
    assert probe.answers is not None and probe.lengths is not None
    rates = np.array([fmean(marks) for marks in probe.accuracies])
    return {
        **{f"`{name}` of a probe": score(probe, name) for name in OF_PROBE},
        "pass rate": rates,
        "rarely right": rare_scores(rates),
        "length of responses": np.array([fmean(lengths) for lengths in probe.lengths]),
        "right responses longer than usual": length_gaps(probe.accuracies, probe.lengths),
        "diversity times spread of lengths": score(probe, "diversity") * np.array([np.std(n) for n in probe.lengths]),
    }


def all_scores(ids: Sequence[str], probe: History, history: History | None) -> dict[str, np.ndarray]:
    """Scores [N] of every method for the examples `ids`."""
    scores = {}
    if history is not None:  # of the whole pool: lim compares with its mean
        places = [history.ids.index(name) for name in ids]
        scores |= {f"`{name}`": SCORES[name](history.accuracies)[places] for name in FROM_HISTORY}
    places = [probe.ids.index(name) for name in ids]
    scores |= {name: values[places] for name, values in probe_scores(probe).items()}
    prompts = {problem.id: problem.prompt for problem in pool_problems()}
    scores["length of the question"] = np.array([float(len(prompts[name])) for name in ids])
    return scores | {"random": np.zeros(len(ids))}  # all tied: the expectation over all orders


def repeated(landscape: Landscape) -> list[str]:
    """Lines on how well the accuracies of one seed tell those of another, for the problems that have all seeds."""
    seeds = sorted(set(landscape.seeds))
    if len(seeds) == 1:
        return []
    by_seed = [landscape.of_seed(seed).accuracies() for seed in seeds]
    ids = sorted(set.intersection(*map(set, by_seed)))
    values_SN = np.array([[found[name] for name in ids] for found in by_seed])
    spread = 100 * values_SN.std(axis=0, ddof=1).mean()
    told = ", ".join(map(str, seeds))
    return [
        f"\n{len(ids)} problems with seeds {told}: mean standard deviation between seeds {spread:.1f} points\n",
        "| truth, ranked by seed | regret@1 | regret@16 | rank correlation |\n|---|---|---|---|",
        *(f"| {seeds[a]}, {seeds[b]} | {row(judged(values_SN[a], values_SN[b]))} |"
          for a, b in permutations(range(len(seeds)), 2)),
    ]  # fmt: skip


def tried(landscape: Landscape, number: int) -> list[Figure]:
    """regret@1 and regret@16 of training on examples that are drawn at random and keeping the best: chosen by every
    second held-out problem, judged by the others."""
    trial_N, truth_N = landscape.right_RH[:, ::2].mean(1), landscape.right_RH[:, 1::2].mean(1)
    size, drawn = len(truth_N), min(number, len(truth_N))
    return [figure(lambda rows, k=k: regret_of_tried(truth_N[rows], trial_N[rows], drawn, k), size) for k in KS]


def row(found: Sequence[Figure]) -> str:
    """The cells of a method."""
    ranks = [f"{f.value:.2f} [{f.low:.2f}, {f.high:.2f}]" for f in found[2:]] or ["0"]
    return " | ".join([*map(cell, found[:2]), *ranks])


def cell(regret: Figure) -> str:
    """A regret in points with its interval."""
    return f"{100 * regret.value:.1f} [{100 * regret.low:.1f}, {100 * regret.high:.1f}]"


def probe_of_file(samples: Path) -> History:
    """Stored samples of the sandbox's pool as a history of single samples."""
    probe = PoolProbe(model_source("sandbox:base_e"), "pool", SAMPLES, samples.parent.parent, grader="exact")
    return history_of(pool_problems(), read_samples(samples)[0], probe)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("landscape", nargs="?", default="e", help="shipped: e, d; or a file (default: e)")
    parser.add_argument("--seed", type=int, default=0, help="of the runs that are the truth")
    parser.add_argument("--probe", type=Path, metavar="SAMPLES.jsonl", help="default: the shipped one")
    parser.add_argument("--history", help="accuracy history of the same base (default: the shipped one)")
    args = parser.parse_args()
    known = args.landscape in STEPS
    if not known and args.probe is None:
        parser.error("a landscape of your own needs --probe")
    probe = load_probe(args.landscape) if args.probe is None else probe_of_file(args.probe)
    history = load_history(args.history) if args.history else shipped_history(args.landscape) if known else None
    landscape = load_landscape(args.landscape)
    accuracies = landscape.of_seed(args.seed).accuracies()
    ids = sorted(accuracies)
    truth = np.array([accuracies[name] for name in ids])
    print(
        f"{len(ids)} examples: {100 * truth.min():.1f} to {100 * truth.max():.1f} %, mean {100 * truth.mean():.1f} %\n"
    )
    print("| method | regret@1 | regret@16 | rank correlation |\n|---|---|---|---|")
    for name, scores in all_scores(ids, probe, history).items():
        print(f"| {name} | {row(judged(truth, scores))} |")
    for number in TRIED:
        told = " | ".join(map(cell, tried(landscape.of_seed(args.seed), number)))
        print(f"| trials of {number} drawn at random | {told} | |")
    print("\n".join(repeated(landscape)))


if __name__ == "__main__":
    main()
