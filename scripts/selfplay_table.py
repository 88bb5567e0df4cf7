"""Held-out accuracy of the arms of scripts/selfplay_study.sh at an equal number of sampled tokens.

`python scripts/selfplay_table.py FOLDER [TOKENS [ARM]]`: of each run the last validation before TOKENS were sampled
(default: 90,000; those that fill the buffers count). Means over seeds with 95 % intervals of Student's t, and the
difference of ARM (default: self_play) to each other arm, paired by seed, with the p-value of a paired t-test, corrected
for the number of arms (Holm). Where the folder has the eight arms of FACTORIAL, a second table has the effect of each
factor and of each combination: the mean over the arms with it less that over those without, with Welch's t-test, for
arms may have different numbers of seeds.
"""

import argparse
import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from statistics import fmean, stdev

from mpmath import betainc

from oneshot_rlvr.evaluation.scores import holm

SETS = ("deduction", "deduction 1-2", "deduction 3-4", "deduction 5-6", "abduction",
        "induction", "induction 1-2", "induction 3-4", "induction 5-6")  # fmt: skip
FACTORS = ("agreement pays the proposer", "agreement pays the solver", "gate open")
# Arm -> which of FACTORS it has.
FACTORIAL = {
    "self_play": (), "proposer_majority": (0,), "solver_majority": (1,), "both_majority": (0, 1), "gate_open": (2,),
    "proposer_majority_open": (0, 2), "solver_majority_open": (1, 2), "both_majority_open": (0, 1, 2),
}  # fmt: skip
Table = dict[str, float]
Arms = Mapping[str, Mapping[str, Table]]  # arm -> seed -> figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("tokens", type=int, nargs="?", default=90_000)
    parser.add_argument("arm", nargs="?", default="self_play")
    args = parser.parse_args()
    arms: dict[str, dict[str, Table]] = defaultdict(dict)
    for run in sorted(args.folder.glob("*/seed*")):
        arms[run.parent.name][run.name] = figures(run, args.tokens)
    print("\n".join(compared(arms, args.arm)))
    if arms.keys() >= FACTORIAL.keys():
        print("\n" + "\n".join(factorial(arms)))


def compared(arms: Arms, name: str) -> Iterator[str]:
    """Lines of the table of all arms beside that of `name`."""
    first = arms.get(name, {})
    sets = [key for key in SETS if all(key in run for runs in arms.values() for run in runs.values())]
    gaps = {arm: [100 * (first[seed]["deduction"] - runs[seed]["deduction"]) for seed in runs if seed in first]
            for arm, runs in arms.items() if arm != name}  # fmt: skip
    tested = [arm for arm, found in gaps.items() if len(found) > 1]
    p_values = dict(zip(tested, holm([paired_p(gaps[arm]) for arm in tested])))
    yield "| arm | seeds | step | " + " | ".join(sets) + f" | {name} less it | p | valid | depth |"
    yield "|" + "---|" * (len(sets) + 7)
    for arm, runs in sorted(arms.items(), key=lambda item: item[0] != name):
        means = [interval([100 * run[key] for run in runs.values()]) for key in sets]
        steps = "/".join(str(int(run["step"])) for run in runs.values())
        ends = [f"{fmean(found):.2f}" if (found := [run[key] for run in runs.values() if key in run]) else ""
                for key in ("valid", "depth")]  # fmt: skip
        p_value = f"{p_values[arm]:.3f}" if arm in p_values else ""
        cells = [arm, str(len(runs)), steps, *means, interval(gaps.get(arm, []), sign="+"), p_value, *ends]
        yield f"| {' | '.join(cells)} |"


def factorial(arms: Arms) -> Iterator[str]:
    """Lines of the table of effects on deduction in the arms of FACTORIAL."""
    samples = {arm: [100 * run["deduction"] for run in arms[arm].values()] for arm in FACTORIAL}
    chosen = [some for size in (1, 2, 3) for some in combinations(range(3), size)]
    effects = [effect(samples, some) for some in chosen]
    p_values = holm([student_tail(mean / error, freedom) for mean, error, freedom in effects])
    yield "| effect on deduction | points | p |"
    yield "|---|---|---|"
    for some, (mean, error, freedom), p_value in zip(chosen, effects, p_values):
        words = " x ".join(FACTORS[factor] for factor in some)
        yield f"| {words} | {mean:+.1f} ± {quantile(freedom) * error:.1f} | {p_value:.3f} |"


def effect(samples: Mapping[str, Sequence[float]], some: Sequence[int]) -> tuple[float, float, int]:
    """The contrast of the factors `some` in the arms of FACTORIAL, its standard error, Welch's degrees of freedom.

    Of one factor it is the mean with it less that without; of two half of the difference that one makes to the effect
    of the other. The degrees of freedom are rounded down.
    """
    half = len(FACTORIAL) / 2
    signs = {arm: math.prod(1 if factor in has else -1 for factor in some) for arm, has in FACTORIAL.items()}
    mean = sum(signs[arm] * fmean(values) for arm, values in samples.items()) / half
    parts = [(stdev(values) ** 2 / len(values) / half**2, len(values) - 1) for values in samples.values()]
    variance = sum(part for part, _ in parts)
    freedom = variance**2 / sum(part**2 / own for part, own in parts)
    return mean, variance**0.5, int(freedom + 1e-9)


def figures(run: Path, budget: int) -> Table:
    """Step, accuracies and the proposer's figures of the last validation within `budget` sampled tokens."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    tokens, chosen = 0.0, 0
    sampled: dict[int, Table] = {}
    for line in lines:
        tokens += line.get("tokens/sampled", 0) + line.get("selfplay/tokens_seed", 0)
        if "selfplay/valid_share" in line:
            sampled[line["step"]] = line
        if any(key.startswith("eval/") for key in line) and tokens <= budget:
            chosen = line["step"]
    right: dict[str, list[bool]] = defaultdict(list)
    (samples,) = (run / "eval" / f"step_{chosen:06d}").glob("*/samples.jsonl")
    for sample in map(json.loads, samples.read_text().splitlines()):
        correct = next(iter(sample["grades"].values()))["correct"]
        right[sample["category"]].append(correct)
        first = (int(sample["level"]) - 1) // 2 * 2 + 1
        right[f"{sample['category']} {first}-{first + 1}"].append(correct)
    last = [line for step, line in sampled.items() if chosen - 10 < step <= chosen]
    means = {}
    for name, key in (("valid", "selfplay/valid_share"), ("depth", "selfplay/depth")):
        if found := [line[key] for line in last if key in line]:
            means[name] = fmean(found)
    return {"step": chosen, **{name: fmean(found) for name, found in right.items()}, **means}


def interval(values: Sequence[float], sign: str = "") -> str:
    """Mean and half of its 95 % interval, in points."""
    if not values:
        return ""
    half = quantile(len(values) - 1) * stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    return f"{fmean(values):{sign}.1f} ± {half:.1f}"


def paired_p(differences: Sequence[float]) -> float:
    """Two-sided p-value of a t-test that the mean of two differences or more is 0."""
    mean, spread = fmean(differences), stdev(differences)
    if not spread:
        return 1.0 if not mean else 0.0
    return student_tail(mean / spread * len(differences) ** 0.5, len(differences) - 1)


def quantile(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, by bisection."""
    low, high = 1.9, 12.8  # of infinitely many degrees of freedom, and of one
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, freedom) > 0.05 else (low, middle)
    return high


def student_tail(t: float, freedom: int) -> float:
    """P(|T| > |t|) of Student's t, by the incomplete beta function (Abramowitz and Stegun, 26.7.1)."""
    return float(betainc(freedom / 2, 0.5, 0, freedom / (freedom + t * t), regularized=True))


if __name__ == "__main__":
    main()
