"""`rlvr eval`: flags that say which models."""

from pathlib import Path

import pytest

from oneshot_rlvr.cli import main
from oneshot_rlvr.paths import sandbox_dir

MODEL = str(sandbox_dir() / "base_e")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of one checkpoint whose base is nowhere."""
    folder = tmp_path / "run"
    step = folder / "checkpoints" / "checkpoint-5"
    step.parent.mkdir(parents=True)
    step.symlink_to(MODEL)
    (folder / "config.yaml").write_text("model: {path: moved, revision: null, random_init: false}\n")
    return folder


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--model", MODEL, "--steps", "3"], "--steps 3: belongs to --ckpt-dir DIR"),
        (["--base", MODEL, "--steps", "last"], "--steps last: belongs to --ckpt-dir DIR"),
        (["--model", MODEL, "--base", MODEL], "--base and --model: give one of them"),
        (["--base", "nope"], "--base nope: neither a model folder nor a hub id"),
        (["--model", "nope"], "--model nope: neither a model folder nor a hub id"),
        (["--ckpt-dir", "RUN", "--base", "nope"], "--base nope: neither a model folder nor a hub id"),
        (["--ckpt-dir", "RUN", "--base", "sandbox:base_z"], "--base sandbox:base_z: no such sandbox model"),
        (["--ckpt-dir", "RUN"], "run/config.yaml: model.path moved: neither a model folder nor a hub id"),
    ],
)
def test_faults(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    monkeypatch.chdir(run.parent)
    words = [str(run) if word == "RUN" else word for word in words]
    assert main(["eval", "--protocol", "sandbox", "--benchmarks", "sandbox_heldout", *words]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1
