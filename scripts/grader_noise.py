#!/usr/bin/env python3
"""Sweeps the accuracy of the grader in the sandbox from 100 to 50 %, and each kind of error apart.

    python scripts/grader_noise.py [FOLDER] [--seeds 0 1 2] [--kinds both] [--settings key=value ...]

Every cell is a run of `rlvr train +experiment=sandbox_oneshot`, so that what is finished is not repeated. Prints
held-out accuracy at the last step, mean over seeds with the lowest and highest, and writes it to FOLDER/table.json.
"""

import argparse
import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import fmean

import torch

from oneshot_rlvr.cli import main as rlvr

RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
KINDS = {"both": (1, 1), "false positives": (1, 0), "false negatives": (0, 1)}  # share of the rate that each error has


def final_accuracy(folder: Path, settings: list[str], name: str) -> float:
    """Trains one cell, unless that is done; -> held-out accuracy at its last step, 0..1."""
    command = ["train", "+experiment=sandbox_oneshot", f"trainer.output_dir={folder}", f"trainer.name={name}",
               "checkpoint.every=0", "trainer.keep_rollouts=none", "trainer.eval_every=1000",
               "trainer.eval_first=false", "eval.sampled=0", "experiment=grader_noise", *settings]  # fmt: skip
    with redirect_stdout(StringIO()):
        if code := rlvr(command):
            raise SystemExit(code)
    lines = (folder / "grader_noise" / name / "metrics.jsonl").read_text().splitlines()
    return [line["eval/sandbox_heldout/accuracy"] for line in map(json.loads, lines)
            if "eval/sandbox_heldout/accuracy" in line][-1]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("runs/grader_noise"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), help="errors of which sides")
    parser.add_argument("--settings", nargs="*", default=[], help="key=value for every run")
    args = parser.parse_args()
    torch.set_num_threads(1)
    table: dict[str, dict[str, list[float]]] = {}
    for kind in args.kinds:
        positive, negative = KINDS[kind]
        for rate in RATES if kind == "both" else RATES[1:]:
            noise = [f"reward.false_positive={rate * positive}", f"reward.false_negative={rate * negative}"]
            found = [
                final_accuracy(args.folder, [*noise, f"trainer.seed={seed}", *args.settings],
                               f"{kind.replace(' ', '_')}_{rate:g}_seed{seed}")
                for seed in args.seeds
            ]  # fmt: skip
            table.setdefault(kind, {})[f"{rate:g}"] = found
            low, high = min(found), max(found)
            print(f"{kind:16} {rate:4.0%}  {fmean(found):6.1%}  [{low:.1%}, {high:.1%}]", flush=True)
    (args.folder / "table.json").write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
