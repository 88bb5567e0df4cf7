#!/usr/bin/env python3
"""Foretells the final held-out accuracy of runs from their first steps, and counts how often the interval holds.

    python scripts/forecast.py RUNS... [--shares 0.05 0.10 0.15] [--level 0.9]

RUNS: run folders of equal length and one held-out set, or folders of these. Each run is foretold from runs of all other
arms (an arm: equal settings but for the seed), by ridge regression on the training figures of its first steps. The
interval is conformal: the forecast plus and minus a quantile of the errors that the same method makes on those other
runs, each foretold without its own arm. Beside it stands the forecast that looks at no step at all, the mean of the
other runs: what the first steps add is the difference.
"""

import argparse
import math
from statistics import fmean

import numpy as np

from oneshot_rlvr.report import compare
from oneshot_rlvr.report.run_files import Run, find_runs, read_run

FIGURES = ("train/accuracy", "policy/entropy", "response/length_mean", "response/boxed_share", "policy/grad_norm")
RIDGE = 1.0  # penalty on the weights of standardised figures


def first_figures(run: Run, until: int) -> list[float]:
    """Level and change of every figure over steps 1 .. `until`; the change is the last third less the first."""
    found = []
    for name in FIGURES:
        series = run.metrics.series(name)
        values = [value for step, value in zip(series.steps, series.values) if step <= until]
        third = max(1, len(values) // 3)
        first, last = (fmean(part) if part else 0.0 for part in (values[:third], values[-third:]))
        found += [last, last - first]
    return found


def fitted(figures: np.ndarray, ends: np.ndarray, new: np.ndarray) -> float:
    """Forecast for the figures `new` [F] of a ridge regression on `figures` [N, F] and `ends` [N], within 0..1."""
    mean, spread = figures.mean(0), figures.std(0)
    spread[spread == 0] = 1.0
    scaled = (figures - mean) / spread
    weights = np.linalg.solve(scaled.T @ scaled + RIDGE * np.eye(scaled.shape[1]), scaled.T @ (ends - ends.mean()))
    return float(np.clip(ends.mean() + (new - mean) / spread @ weights, 0, 1))


def quantile(errors: list[float], level: float) -> float:
    """The conformal quantile: the ceil(level (n + 1))-th smallest of n errors; infinite where n is too small."""
    place = math.ceil(level * (len(errors) + 1))
    return sorted(errors)[place - 1] if place <= len(errors) else math.inf


def foretold(figures: np.ndarray, ends: np.ndarray, arms: list[int], level: float) -> list[tuple[float, float]]:
    """Forecast and half width of its interval for every run, from the runs of other arms alone."""
    known = np.array(arms)
    found = []
    for run in range(len(ends)):
        others = np.flatnonzero(known != known[run])
        errors = []
        for other in others:
            rest = others[known[others] != known[other]]
            errors.append(abs(fitted(figures[rest], ends[rest], figures[other]) - ends[other]))
        found.append((fitted(figures[others], ends[others], figures[run]), quantile(errors, level)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+")
    parser.add_argument("--shares", type=float, nargs="+", default=[0.05, 0.10, 0.15])
    parser.add_argument("--level", type=float, default=0.9)
    args = parser.parse_args()
    arms = compare.make_arms([read_run(folder) for folder in find_runs(args.runs)])
    runs = [(number, arm.label, run) for number, arm in enumerate(arms) for run in arm.runs]
    steps = {run.done for _, _, run in runs}
    if len(steps) != 1 or len(arms) < 3:
        raise SystemExit(f"forecast: three arms of one length are needed; given are {len(arms)} of {sorted(steps)}")
    benchmark = compare.benchmarks([run for *_, run in runs])[0]
    measured = [compare.final(run, benchmark) for *_, run in runs]
    bases = [m for *_, run in runs if (m := compare.base_of(run, benchmark))]
    if None in measured or not bases:
        raise SystemExit(f"forecast: every run must be evaluated on {benchmark} at its end, and one at step 0")
    ends, base = np.array([m.accuracy for m in measured]), bases[0].accuracy
    numbers, last = [number for number, *_ in runs], steps.pop()
    print(f"{len(runs)} runs of {len(arms)} arms, {last} steps, {benchmark}: {100 * ends.min():.1f} to "
          f"{100 * ends.max():.1f} %, base {100 * base:.1f} %\n")  # fmt: skip
    print(f"| steps seen | mean error | half width of the {args.level:.0%} interval | runs within it |")
    print("|---|---|---|---|")
    fallen = [place for place, end in enumerate(ends) if end < base]
    said = []
    for share in (0.0, *args.shares):
        until = math.ceil(share * last)
        figures = np.array([first_figures(run, until) for *_, run in runs])
        found = foretold(figures, ends, numbers, args.level)
        errors = [abs(centre - end) for (centre, _), end in zip(found, ends)]
        within = sum(error <= width for error, (_, width) in zip(errors, found))
        width = fmean(100 * width for _, width in found)
        print(f"| {until} | {100 * fmean(errors):.1f} | {width:.1f} | {within} of {len(runs)} |")
        said += [f"after {until} steps, {runs[i][1]}: foretold {100 * found[i][0]:.1f} +- {100 * found[i][1]:.1f}, "
                 f"came to {100 * ends[i]:.1f}" for i in fallen]  # fmt: skip
    print("\nruns that end below their base:\n" + ("\n".join(said) or "none"))


if __name__ == "__main__":
    main()
