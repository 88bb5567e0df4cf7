"""Packs a landscape into `data/sandbox/`: `python -m sandbox_factory.landscape e RUNS.jsonl ... --probe SAMPLES.jsonl`.

RUNS are files of `scripts/landscape.py`, SAMPLES those of `rlvr select --probe sandbox:base_e --pool sandbox_pool`, the
history that of a run of `+experiment=sandbox_history`. The same input gives the same bytes.
"""

import argparse
import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from oneshot_rlvr.data.history import export_history
from oneshot_rlvr.evaluation.checkpoints import model_source
from oneshot_rlvr.evaluation.pool_probe import PoolProbe, history_of
from oneshot_rlvr.evaluation.store import read_samples
from oneshot_rlvr.paths import sandbox_dir
from oneshot_rlvr.sandbox.landscape import HISTORIES, STEPS, read_runs, shipped, shipped_probe
from oneshot_rlvr.sandbox.world import pool_problems
from sandbox_factory.ship import renew_files

SAMPLES = 16  # of a problem
GRADER = "exact"


def pack(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Writes lines of JSON, compressed, without the time of day."""
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def packed_runs(files: Iterable[Path], step: int) -> list[dict[str, Any]]:
    """The runs of several files, each once, in the order of seeds and problems, with the verdicts of one step."""
    runs = {(line["seed"], line["problem"]): line for path in files for line in read_runs(path)}
    return [
        {"problem": line["problem"], "seed": line["seed"], "train": line["train"][:step],
         "right": {str(step): line["right"][str(step)]}}
        for _, line in sorted(runs.items())
    ]  # fmt: skip


def packed_probe(samples: Path, base: str) -> list[dict[str, Any]]:
    """Verdicts, answers and lengths of the samples of each problem."""
    probe = PoolProbe(model_source(f"sandbox:base_{base}"), "pool", SAMPLES, samples.parent.parent, grader=GRADER)
    known = history_of(pool_problems(), read_samples(samples)[0], probe)
    assert known.answers is not None and known.lengths is not None
    return [
        {"problem": name, "right": "".join(str(int(mark)) for mark in marks), "answers": answers, "lengths": lengths}
        for name, marks, answers, lengths in zip(known.ids, known.accuracies, known.answers, known.lengths)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", choices=STEPS)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--probe", type=Path, required=True, metavar="SAMPLES.jsonl")
    parser.add_argument("--history", type=Path, metavar="RUN")
    args = parser.parse_args()
    runs = packed_runs(args.runs, STEPS[args.base])
    pack(shipped(args.base), runs)
    pack(shipped_probe(args.base), packed_probe(args.probe, args.base))
    if args.history is not None:
        export_history(args.history, sandbox_dir() / HISTORIES[args.base])
    print(f"{shipped(args.base)}: {len(runs)} runs, {shipped(args.base).stat().st_size} bytes")
    print(renew_files(sandbox_dir()))


if __name__ == "__main__":
    main()
