"""Held-out accuracy of the arms of scripts/selfplay_study.sh at an equal number of sampled tokens.

`python scripts/selfplay_table.py FOLDER [TOKENS [ARM]]`: of each run the last validation before TOKENS were sampled
(default: 90,000; those that fill the buffers count). Means over seeds with 95 % intervals of Student's t, and the
difference of ARM (default: self_play) to each other arm, paired by seed.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path
from statistics import fmean, stdev

T_QUANTILES = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}  # 97.5 %
SETS = ("deduction", "deduction 1-2", "deduction 3-4", "deduction 5-6", "abduction")
Table = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("tokens", type=int, nargs="?", default=90_000)
    parser.add_argument("arm", nargs="?", default="self_play")
    args = parser.parse_args()
    arms: dict[str, dict[str, Table]] = defaultdict(dict)
    for run in sorted(args.folder.glob("*/seed*")):
        arms[run.parent.name][run.name] = figures(run, args.tokens)
    first = arms.get(args.arm, {})
    print("| arm | seeds | step | " + " | ".join(SETS) + f" | {args.arm} less it | valid | depth |")
    print("|" + "---|" * (len(SETS) + 6))
    for arm, runs in sorted(arms.items(), key=lambda item: item[0] != args.arm):
        both = [seed for seed in runs if seed in first and arm != args.arm]
        gaps = [100 * (first[seed]["deduction"] - runs[seed]["deduction"]) for seed in both]
        means = [interval([100 * run[name] for run in runs.values()]) for name in SETS]
        steps = "/".join(str(int(run["step"])) for run in runs.values())
        ends = [f"{fmean(run[name] for run in runs.values()):.2f}" for name in ("valid", "depth")]
        cells = [arm, str(len(runs)), steps, *means, interval(gaps, sign="+"), *ends]
        print(f"| {' | '.join(cells)} |")


def figures(run: Path, budget: int) -> Table:
    """Step, accuracies and the proposer's figures of the last validation within `budget` sampled tokens."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    tokens, chosen = 0.0, 0
    sampled: dict[int, Table] = {}
    for line in lines:
        tokens += line.get("tokens/sampled", 0) + line.get("selfplay/tokens_seed", 0)
        if "selfplay/valid_share" in line:
            sampled[line["step"]] = line
        if "eval/programs_heldout/accuracy" in line and tokens <= budget:
            chosen = line["step"]
    right: dict[str, list[bool]] = defaultdict(list)
    samples = run / "eval" / f"step_{chosen:06d}" / "programs_heldout" / "samples.jsonl"
    for sample in map(json.loads, samples.read_text().splitlines()):
        correct = next(iter(sample["grades"].values()))["correct"]
        right[sample["category"]].append(correct)
        first = (int(sample["level"]) - 1) // 2 * 2 + 1
        right[f"{sample['category']} {first}-{first + 1}"].append(correct)
    last = [line for step, line in sampled.items() if chosen - 10 < step <= chosen]
    means = {name: fmean(line[f"selfplay/{key}"] for line in last) if last else 0.0
             for name, key in (("valid", "valid_share"), ("depth", "depth"))}  # fmt: skip
    return {"step": chosen, **{name: fmean(right[name]) for name in SETS}, **means}


def interval(values: list[float], sign: str = "") -> str:
    """Mean and half of its 95 % interval, in points."""
    if not values:
        return ""
    half = T_QUANTILES[len(values) - 1] * stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    return f"{fmean(values):{sign}.1f} ± {half:.1f}"


if __name__ == "__main__":
    main()
