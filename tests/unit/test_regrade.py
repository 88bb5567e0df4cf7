"""`rlvr regrade` on stored evaluations that are damaged: one line with the file and the place, and nothing written."""

import json
import shutil
from pathlib import Path

import pytest
from fake_run import BENCHMARK, Story, write_run

from oneshot_rlvr.cli import main
from oneshot_rlvr.evaluation.records import EvalResult
from oneshot_rlvr.evaluation.store import sample_line, sample_of
from oneshot_rlvr.rollout.lines import UNKNOWN


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One stored benchmark of a run."""
    run = write_run(tmp_path / "run", Story(steps=1))
    return run / "eval" / "step_000000" / BENCHMARK


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("metrics.json", b"", "metrics.json: not an evaluation's metrics (empty); `rlvr eval --ckpt-dir "),
        ("metrics.json", b"[1]", "(a list: an object is needed)"),
        ("metrics.json", b"\xff", "(not UTF-8)"),
        ("samples.jsonl", b"garbage\n{}\n", "samples.jsonl:1: not a line of JSON"),
        ("samples.jsonl", b"{}\n", "samples.jsonl:1: 'id' is missing"),
        ("samples.jsonl", b"[]\n", "samples.jsonl:1: a list: an object is needed"),
        ("samples.jsonl", b"\xff\xfe", "samples.jsonl:1: not UTF-8"),
        ("samples.jsonl", b"", "samples.jsonl holds no complete sample"),
    ],
)
def test_damage_is_one_line(folder: Path, capsys, name: str, content: bytes, said: str) -> None:
    (folder / name).write_bytes(content)
    before = sorted(folder.parents[2].rglob("*"))
    assert main(["regrade", str(folder.parents[2])]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert sorted(folder.parents[2].rglob("*")) == before


def test_metrics_that_were_moved_away_are_not_needed(folder: Path, capsys) -> None:
    (folder / "metrics.json").unlink()
    assert main(["regrade", str(folder.parents[1])]) == 0
    assert f"step_000000/{BENCHMARK}: exact " in capsys.readouterr().out


def test_outside_a_run_no_run_is_named(folder: Path, tmp_path: Path, capsys) -> None:
    moved = shutil.copytree(folder, tmp_path / "eval" / "model" / BENCHMARK)
    (moved / "metrics.json").write_bytes(b"")
    assert main(["regrade", str(tmp_path / "eval")]) == 2
    assert "`rlvr eval` with the same options writes it again" in capsys.readouterr().err


def test_records_come_back_as_they_were_stored(folder: Path) -> None:
    result = EvalResult.read(folder / "metrics.json")
    assert EvalResult.from_json(json.dumps(result.to_json()).encode()) == result
    assert result.per_problem and all(isinstance(row, tuple) for row in result.per_problem.values())
    for line in (folder / "samples.jsonl").read_text().splitlines():
        # Written before tokens were stored: their number alone is known.
        sample, old = sample_of(line.encode()), json.loads(line)
        assert json.loads(sample_line(sample)) == old | {"prompt_ids": [], "token_ids": [UNKNOWN] * old["num_tokens"]}
        assert sample_of(sample_line(sample).encode()) == sample
