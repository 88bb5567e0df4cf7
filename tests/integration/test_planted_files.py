"""A pickle, or YAML that names a function, in any file of a run's folder: no command that reads the run runs it."""

import io
import json
import os
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from runs import TINY, train_here

from oneshot_rlvr.checkpoint import MANIFEST
from oneshot_rlvr.cli import main
from oneshot_rlvr.files import sha256_of

STEPS = 2
RUN = (*TINY, "checkpoint.every=1", "trainer.eval_every=1", "data.validation=x.jsonl", "eval.max_new_tokens=4",
       "trainer.keep_rollouts=all", "reward.workers=1", "rollout.max_new_tokens=6", "trainer.output_dir=runs",
       "data.prompts_per_step=2", "algorithm.group_size=2", "data.examples=[]", "data.file=x.jsonl")  # fmt: skip
ROW = '{"id": "a", "problem": "1+1?", "answer": "2"}\n'
NEWEST = f"checkpoints/step_{STEPS:06d}"
# Of each kind one that a command reads, and one that is not there; all others: the slow test.
NAMES = (
    "config.yaml", "ledger/ledger.jsonl", "metrics.jsonl", f"rollouts/step_{STEPS:06d}.jsonl.zst",
    f"eval/step_{STEPS:06d}/x/samples.jsonl", f"{NEWEST}/{MANIFEST}", f"{NEWEST}/model.safetensors",
    f"{NEWEST}/generation_config.json", f"{NEWEST}/tokenizer.json", f"{NEWEST}/trainer/rank_0_of_1.safetensors",
    f"{NEWEST}/trainer/state.json", f"{NEWEST}/trainer/.metadata",
)  # fmt: skip


class Planted:
    """Makes a folder named `marker` where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("marker",)


def archive() -> bytes:
    """As torch.save writes it."""
    file = io.BytesIO()
    torch.save(Planted(), file)
    return file.getvalue()


PAYLOADS = {"pickle": pickle.dumps(Planted(), 2), "archive": archive(),
            "yaml": b"!!python/object/apply:os.mkdir [marker]\n"}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder in which the commands ran; with what each command writes into the run."""
    folder = tmp_path_factory.mktemp("planted")
    before = Path.cwd()
    os.chdir(folder)
    try:
        Path("x.jsonl").write_text(ROW)
        found = train_here(*RUN, f"trainer.total_steps={STEPS}")
        assert [main(command) for command in commands(found)[1:]] == [0] * 5
        Path("runs").rename("whole")
        yield folder / "whole" / Path(*found.parts[1:])
    finally:
        os.chdir(before)


def commands(run: Path) -> list[list[str]]:
    """Those that read a run's folder: its resume first."""
    return [
        ["train", *RUN, f"trainer.total_steps={STEPS + 1}"],
        ["eval", "--ckpt-dir", str(run), "--no-base", "--benchmarks", "x.jsonl", "--max-new-tokens", "2"],
        ["regrade", str(run / "eval"), "--grader", "exact"],
        ["show", str(run)],
        ["select", "--history", str(run), "--top-index", "0", "--copies", "1", "--output", "chosen.jsonl"],
        ["report", str(run)],
    ]


def plant(run: Path, name: str, payload: bytes) -> None:
    """In the file's place; the manifest says what stands there now, as whoever plants it would see to."""
    (run / name).write_bytes(payload)
    for manifest in run.glob(f"checkpoints/*/{MANIFEST}"):
        if (run / name).is_relative_to(manifest.parent) and manifest != run / name:
            said = json.loads(manifest.read_text())
            entry = {"bytes": len(payload), "sha256": sha256_of(run / name)}
            said["files"][(run / name).relative_to(manifest.parent).as_posix()] = entry
            manifest.write_text(json.dumps(said))


def nothing_runs(run: Path, name: str, payload: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """Each command, beginning with the same files."""
    Path("x.jsonl").write_text(ROW)
    for number in range(len(commands(run))):
        shutil.rmtree("runs", ignore_errors=True)
        copy = Path("runs", *run.parts[-2:])
        shutil.copytree(run, copy)
        plant(copy, name, payload)
        command = commands(copy)[number]
        capfd.readouterr()
        code = main(command)
        said = capfd.readouterr().err
        assert not Path("marker").exists(), (name, command)
        if code:
            assert code in (1, 2) and said.startswith("rlvr: ") and said.count("\n") == 1, (name, command, said)


def test_the_payloads_run_where_a_reader_lets_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: so that the tests below can fail."""
    monkeypatch.chdir(tmp_path)
    readers = {"pickle": pickle.loads, "archive": lambda data: torch.load(io.BytesIO(data), weights_only=False),
               "yaml": lambda data: yaml.load(data, yaml.UnsafeLoader)}  # fmt: skip
    for name, payload in PAYLOADS.items():
        readers[name](payload)
        Path("marker").rmdir()


def payload(name: str) -> bytes:
    """Of the kind that a careless reader of such a file would run."""
    binary = name.endswith((".safetensors", ".bin", ".zst"))
    return PAYLOADS["yaml" if name.endswith(".yaml") else "archive" if binary else "pickle"]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_planted_runs(run: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    nothing_runs(run, name, payload(name), capfd)


@pytest.mark.slow
def test_nothing_planted_in_any_file_runs(run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    names = sorted(path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file())
    assert len(names) > 60
    for name in [*names, f"{NEWEST}/pytorch_model.bin", f"{NEWEST}/training_args.bin"]:
        nothing_runs(run, name, payload(name), capfd)
