"""Checkpoints: seconds and MB/s of saving and loading by model size, against what anyone would write in five lines
(`save_pretrained` and `torch.save`, nothing synced, nothing checked) and against the same bytes written and synced raw.

A save here is whole or not there at all: model folder, float32 weights and optimizer, fsync, sha256 of every file. A
load reads every byte twice: for its checksum and for the tensors.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import common
import torch
from transformers import PreTrainedModel

from oneshot_rlvr import checkpoint
from oneshot_rlvr.config.schema import CompatConfig, OptimizerConfig, ShapeConfig
from oneshot_rlvr.learner.optimizer import Trained
from oneshot_rlvr.models import load

SHAPES = {  # parameters in millions -> hidden, layers, ffn
    1: (128, 4, 384), 3: (224, 5, 640), 30: (512, 10, 1408), 100: (768, 14, 2048),
}  # fmt: skip
HEADS = 4
VOCAB = 448


class Subject:
    """A model with an optimizer that has made a step, and where its files go."""

    def __init__(self, millions: int, folder: Path) -> None:
        hidden, layers, ffn = SHAPES[millions]
        shape = ShapeConfig(hidden, layers, HEADS, HEADS, ffn, VOCAB, 4096, True)
        self.tokenizer = load.load_tokenizer("sandbox:base_e")
        self.model: PreTrainedModel = load.random_model(shape, self.tokenizer, 0)
        self.trained = Trained(self.model, OptimizerConfig(), CompatConfig())
        self.trained.step()
        self.folder = folder / str(millions)
        self.parameters = sum(p.numel() for p in self.model.parameters())

    # ---- ours

    def save(self) -> None:
        shutil.rmtree(self.folder / "ours", ignore_errors=True)
        (self.folder / "ours").mkdir(parents=True)
        checkpoint.save(self.folder / "ours", 1, self._write_ours, {"updates": {}})

    def _write_ours(self, place: Path) -> None:
        checkpoint.export_model(self.model, self.tokenizer, place, torch.bfloat16)
        checkpoint.save_tensors(place, {"policy": self.trained.state()})

    def load(self) -> None:
        found, _ = checkpoint.newest_complete(self.folder / "ours")
        assert found is not None
        tensors = {"policy": self.trained.state()}
        checkpoint.load_tensors(found.folder, tensors)
        self.trained.load_state(tensors["policy"], 1)

    # ---- the plain way

    def save_plainly(self) -> None:
        place = self._fresh("plain")
        self.model.save_pretrained(place)
        self.tokenizer.save_pretrained(place)
        torch.save(self.trained.optimizers[0].state_dict(), place / "optimizer.pt")
        half = {name: tensor.to(torch.bfloat16) for name, tensor in self.model.state_dict().items()}
        self.model.save_pretrained(place / "bf16", state_dict=half)

    def load_plainly(self) -> None:
        from safetensors.torch import load_file

        place = self.folder / "plain"
        self.model.load_state_dict(load_file(place / "model.safetensors"), strict=False)  # tied head: stored once
        self.trained.optimizers[0].load_state_dict(torch.load(place / "optimizer.pt"))

    # ---- the disk alone

    def write_raw(self) -> None:
        self._write("raw", True)

    def write_unsynced(self) -> None:
        self._write("unsynced", False)

    def _write(self, name: str, synced: bool) -> None:
        place = self._fresh(name)
        for path in (p for p in (self.folder / "ours").rglob("*") if p.is_file()):
            with (place / path.name).open("wb") as file:
                file.write(self.bytes[path])
                if synced:
                    file.flush()
                    os.fsync(file.fileno())

    def read_raw(self) -> None:
        for path in (self.folder / "ours").rglob("*"):
            if path.is_file():
                path.read_bytes()

    def remember(self) -> None:
        self.bytes = {p: p.read_bytes() for p in (self.folder / "ours").rglob("*") if p.is_file()}

    @property
    def num_bytes(self) -> int:
        return sum(map(len, self.bytes.values()))

    def _fresh(self, name: str) -> Path:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / name).mkdir(parents=True)
        return self.folder / name


def main() -> None:
    args = common.arguments(__doc__)
    sizes = (1, 3, 30) if args.quick else (1, 3, 30, 100)
    rows: list[dict[str, common.Value]] = []
    ratios: dict[str, float] = {}
    seen: list[tuple[float, float, float]] = []
    with tempfile.TemporaryDirectory(dir=common.ROOT, prefix=".benchmark-") as folder:
        for millions in sizes:
            subject = Subject(millions, Path(folder))
            subject.save()
            subject.remember()
            found = measure(subject, args.rounds if millions < 100 else min(3, args.rounds))
            megabytes = subject.num_bytes / 1e6
            for name, timings in found.items():
                rows.append({"M parameters": subject.parameters / 1e6, "what": name, "MB": megabytes,
                             "wall s": timings.seconds, "CPU s": timings.cpu_seconds,
                             "MB/s": megabytes / timings.seconds})  # fmt: skip
            seen.append((megabytes, found["save"].seconds, found["load"].seconds))
            if millions == 30:
                ratios["save: plain over ours"] = found["save, plainly"].over(found["save"])
                ratios["save: raw synced write over ours"] = found["raw write, synced"].over(found["save"])
                ratios["load: plain over ours"] = found["load, plainly"].over(found["load"])
            shutil.rmtree(Path(folder) / str(millions))
    rows += growth(seen)
    common.finish(args, common.Result("checkpoint", rows, ratios))


def measure(subject: Subject, rounds: int) -> dict[str, common.Timings]:
    runs: dict[str, Callable[[], Any]] = {
        "save": subject.save, "save, plainly": subject.save_plainly, "raw write, synced": subject.write_raw,
        "raw write, not synced": subject.write_unsynced,
        "load": subject.load, "load, plainly": subject.load_plainly, "raw read": subject.read_raw,
    }  # fmt: skip
    return common.alternate(runs, rounds)


def growth(seen: list[tuple[float, float, float]]) -> list[dict[str, common.Value]]:
    """Seconds against bytes: a straight line."""
    sizes = [mb for mb, _, _ in seen]
    rows: list[dict[str, common.Value]] = []
    for name, seconds in (("save", [s for _, s, _ in seen]), ("load", [s for _, _, s in seen])):
        line = common.straight_line(sizes, seconds)
        rows.append({"straight line": name, "fixed s": line.offset, "s per GB": line.slope * 1000, "R2": line.r2})
    return rows


if __name__ == "__main__":
    main()
