"""The landscape of a base: held-out verdicts after training on each problem of the pool alone.

Shipped for bases E and D, with samples of either base before training, so that ways of choosing an example can be
judged without a run. `scripts/landscape.py` makes such files, `sandbox_factory/landscape.py` packs them.
"""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from oneshot_rlvr.data.history import History, load_history
from oneshot_rlvr.paths import sandbox_dir

STEPS = {"e": 20, "d": 30}  # shipped base -> training step of its verdicts
HISTORIES = {"e": "history.json", "d": "history_d.json"}


@dataclass(frozen=True, slots=True)
class Landscape:
    """Runs on single problems. Example: two runs on pool-0002 with seeds 0 and 1 are two rows."""

    ids: tuple[str, ...]  # problem of each run
    seeds: tuple[int, ...]  # seed of each run
    right_RH: np.ndarray  # verdicts [runs, held-out problems], 1 for right, in the order of `shipped_held_out`

    def accuracies(self) -> dict[str, float]:
        """Held-out accuracy of each problem, 0..1, mean over its seeds."""
        found: dict[str, list[float]] = {}
        for name, mean in zip(self.ids, self.right_RH.mean(1)):
            found.setdefault(name, []).append(float(mean))
        return {name: fmean(means) for name, means in sorted(found.items())}

    def of_seed(self, seed: int) -> "Landscape":
        """The runs of one seed alone."""
        rows = [row for row, of in enumerate(self.seeds) if of == seed]
        return Landscape(tuple(self.ids[row] for row in rows), (seed,) * len(rows), self.right_RH[rows])


def read_runs(path: Path) -> list[dict[str, Any]]:
    """Lines of a landscape file, packed (.gz) or not; [] where there is none."""
    if not path.exists():
        return []
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def shipped(base: str) -> Path:
    """The packed landscape of base "e" or "d"."""
    return sandbox_dir() / f"landscape_{base}.jsonl.gz"


def shipped_probe(base: str) -> Path:
    """The packed samples of base "e" or "d" before training."""
    return sandbox_dir() / f"probe_{base}.jsonl.gz"


def load_landscape(name_or_path: str | Path, step: int | None = None) -> Landscape:
    """A shipped landscape ("e", "d") or a file, with the verdicts after `step` (default: the file's last)."""
    path = shipped(str(name_or_path)) if str(name_or_path) in STEPS else Path(name_or_path)
    lines = read_runs(path)
    at = str(step or max(map(int, lines[0]["right"])))
    right_RH = np.array([[int(mark) for mark in line["right"][at]] for line in lines], dtype=np.uint8)
    return Landscape(tuple(line["problem"] for line in lines), tuple(line["seed"] for line in lines), right_RH)


def load_probe(base: str) -> History:
    """The shipped samples of an untrained base (16 of each problem of the pool) as a history of single samples."""
    lines = read_runs(shipped_probe(base))
    return History(
        ids=tuple(line["problem"] for line in lines),
        accuracies=tuple(tuple(float(mark) for mark in line["right"]) for line in lines),
        origin=str(shipped_probe(base)),
        from_run=True,
        answers=tuple(tuple(line["answers"]) for line in lines),
        lengths=tuple(tuple(line["lengths"]) for line in lines),
    )


def shipped_history(base: str) -> History:
    """The accuracy history of a training run of base "e" or "d" over the whole pool."""
    return load_history(str(sandbox_dir() / HISTORIES[base]))
