"""A file where a folder is meant, at every option that takes one; pipes to `grade`; steps whose weights are gone."""

import json
import os
import re
import shutil
import threading
import time
from pathlib import Path

import pytest

from oneshot_rlvr.checkpoint import write_manifest
from oneshot_rlvr.cli import main
from oneshot_rlvr.paths import sandbox_dir

TRAIN = ("train", "+experiment=sandbox_oneshot")
PROBLEM = '{"id": "a", "problem": "1+1?", "answer": "2"}\n'
EVAL = ("eval", "--model", "sandbox:base_e", "--benchmarks", "p.jsonl")
LINE = '{"response": "so \\\\boxed{84}", "answer": "84"}\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a file `f`, a history, its pool, and a run with one line of metrics."""
    monkeypatch.chdir(tmp_path)
    Path("f").write_text("x")
    Path("p.jsonl").write_text(PROBLEM)
    Path("d.jsonl").write_text('{"prompt": "1+1?", "response": "2"}\n')
    Path("h.json").write_text('{"a": [0.0, 1.0]}')
    Path("run").mkdir()
    Path("run/config.yaml").write_text("experiment: x\n")
    Path("run/metrics.jsonl").write_text('{"step": 1, "reward/accuracy": 0.5}\n')
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        (*TRAIN, "trainer.output_dir=f"), (*TRAIN, "trainer.output_dir=f/x"), (*TRAIN, "model.path=f"),
        ("eval", "--ckpt-dir", "f"), ("eval", "--model", "f"), (*EVAL, "--output", "f"), (*EVAL, "--output", "f/x"),
        ("report", "f"), ("report", "run", "--output", "f"), ("report", "run", "--output", "f/x"),
        ("show", "f"), ("regrade", "f"), ("demo", "--output", "f"), ("demo", "--output", "f/x"),
        ("select", "--history", "h.json", "--pool", "p.jsonl", "--report", "f"),
        ("select", "--probe", "f", "--pool", "p.jsonl"),
        ("select", "--probe", "sandbox:base_e", "--pool", "p.jsonl", "--probe-dir", "f"),
        ("sft", "+experiment=sandbox_skill", "data.demonstrations=d.jsonl", "data.copies=24",
         "trainer.output_dir=f"),
        ("grade", "p.jsonl", "--output", "f/x.jsonl"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_file_where_a_folder_is_meant(
    here: Path, command: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    before, start = sorted(here.rglob("*")), time.process_time()
    assert main(list(command)) == 2
    out, err = capfd.readouterr()
    assert out == "" and err.startswith("rlvr: error: ") and err.count("\n") == 1
    assert re.search(r"\bf:? is a file, a folder is needed", err), err
    assert sorted(here.rglob("*")) == before
    assert time.process_time() - start < 2  # before any model is loaded


def test_pipes_are_graded_where_the_output_is_named(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", "/dev/stdin", "--grader", "exact"]) == 2
    assert capfd.readouterr().err == (
        "rlvr: error: /dev/stdin: is not a regular file; --output FILE says where the verdicts go\n"
    )
    assert not Path("/dev/stdin.exact.jsonl").exists()
    os.mkfifo("pipe")
    assert main(["grade", "pipe", "--grader", "exact"]) == 2  # refused before it is opened, which would wait
    assert "pipe: is not a regular file; --output" in capfd.readouterr().err
    writer = threading.Thread(target=Path("pipe").write_text, args=(LINE,))
    writer.start()
    assert main(["grade", "pipe", "--grader", "exact", "--output", "out.jsonl", "--workers", "1"]) == 0
    writer.join()
    assert [json.loads(line)["correct"] for line in Path("out.jsonl").read_text().splitlines()] == [True]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("step_00000{}", "step_000003: passed over: model.safetensors is missing"),
        ("global_step_{}/actor", "c/global_step_3/actor: no weights"),
    ],
)
def test_steps_whose_weights_are_gone(here: Path, names: str, said: str, capfd: pytest.CaptureFixture[str]) -> None:
    for step in (3, 4):
        folder = here / "c" / names.format(step)
        shutil.copytree(sandbox_dir() / "base_e", folder)
        if "actor" not in names:
            write_manifest(folder, step)
    (here / "c" / names.format(3) / "model.safetensors").unlink()
    common = ("--no-base", "--benchmarks", "p.jsonl", "--max-new-tokens", "2")
    assert main(["eval", "--ckpt-dir", "c", "--steps", "3", *common]) == 2
    err = capfd.readouterr().err
    assert err.count("\n") == 1 and said in err, err
    assert not list(here.rglob("samples.jsonl"))
    if "actor" not in names:
        assert main(["eval", "--ckpt-dir", "c", "--steps", "4", *common]) == 0
