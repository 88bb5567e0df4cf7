"""Where `rlvr select` writes: never over what it reads, never where no folder is."""

import json
import os
import shutil
from pathlib import Path

import pytest

from oneshot_rlvr.cli import main
from oneshot_rlvr.data import registry

HISTORY = {"a": [0, 0], "b": [0, 1]}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pool, its history, a run's ledger, and other names of the pool."""
    pool = tmp_path / "pool.jsonl"
    pool.write_text("".join(json.dumps({"id": n, "problem": f"Q{n}", "answer": "1"}) + "\n" for n in HISTORY))
    (tmp_path / "history.json").write_text(json.dumps(HISTORY))
    (tmp_path / "run" / "ledger").mkdir(parents=True)
    groups = [{"step": 1, "group": g, "example": n, "n": 8, "correct": 4 * g} for g, n in enumerate(HISTORY)]
    (tmp_path / "run/ledger/ledger.jsonl").write_text("".join(json.dumps(group) + "\n" for group in groups))
    (tmp_path / "soft.jsonl").symlink_to(pool)
    os.link(pool, tmp_path / "hard.jsonl")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


@pytest.mark.parametrize(
    ("history", "output", "says"),
    [
        ("history.json", "pool.jsonl", "--output pool.jsonl: is the input pool.jsonl"),
        ("history.json", "run/../pool.jsonl", "is the input pool.jsonl"),
        ("history.json", "soft.jsonl", "is the input pool.jsonl"),
        ("history.json", "hard.jsonl", "is the input pool.jsonl"),
        ("run", "run/ledger/ledger.jsonl", "is the input run/ledger/ledger.jsonl"),
        ("history.json", "history.json/x.jsonl", "cannot write in history.json"),
        ("history.json", "x.csv", ".parquet or .jsonl is written"),
    ],
)
def test_refused(place: Path, capsys: pytest.CaptureFixture[str], history: str, output: str, says: str) -> None:
    before = contents(place)
    words = ["--history", history, "--pool", "pool.jsonl", "--top-index", "0", "--report", "page", "--output", output]
    assert main(["select", *words]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1
    assert contents(place) == before


def test_the_shipped_pool_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = tmp_path / "data"
    for source in registry.sources().values():
        if source.name.startswith("sandbox_") and source.shipped is not None:
            (shipped / source.path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source.shipped, shipped / source.path)
    monkeypatch.setattr(registry, "shipped_data_dir", lambda: shipped)
    monkeypatch.chdir(tmp_path)
    before = contents(tmp_path)
    words = ["--history", "sandbox_history", "--pool", "sandbox_pool", "--top-index", "0"]
    assert main(["select", *words, "--output", "data/sandbox/pool.jsonl"]) == 2
    assert "is the input" in capsys.readouterr().err
    assert contents(tmp_path) == before


def test_a_probe_refuses_its_pool_and_its_samples_before_the_model_is_read(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from oneshot_rlvr.evaluation import pool_probe

    monkeypatch.setattr(pool_probe, "probe_pool", lambda *_: pytest.fail("the model was read"))
    (place / "samples" / "pool").mkdir(parents=True)
    for output in ("pool.jsonl", "samples/pool/samples.jsonl"):
        words = ["--probe", "sandbox:base_e", "--pool", "pool.jsonl", "--probe-dir", "samples", "--top-index", "0"]
        assert main(["select", *words, "--output", output]) == 2
        assert f"--output {output}: is the input {output}" in capsys.readouterr().err


def test_an_earlier_output_is_replaced(place: Path) -> None:
    words = ["--history", "history.json", "--pool", "pool.jsonl", "--top-index", "0", "--output", "x.jsonl"]
    for copies in ("3", "2"):
        assert main(["select", *words, "--copies", copies]) == 0
        assert len((place / "x.jsonl").read_text().splitlines()) == int(copies)
