"""Wrong input of every kind, as a user meets it: one line that says what and where, exit code 2, in under two seconds.

Time is counted in processor seconds: on a machine that does nothing else they are the seconds a user waits.
"""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

RLVR = str(Path(sys.executable).parent / "rlvr")
LIMIT_SECONDS = 2.0
SMALL = ["+experiment=sandbox_oneshot", "trainer.total_steps=1"]


def assert_refused(args: list[str], said: str, folder: Path, **variables: str) -> None:
    """Exit code 2, one line on stderr with `said`, nothing on stdout, nothing written, in time."""
    environment = {k: v for k, v in os.environ.items() if k != "RLVR_DATA_DIR"}
    environment |= {"CUDA_VISIBLE_DEVICES": "", "RLVR_CACHE": str(folder / "cache"), **variables}
    before = sorted(folder.rglob("*"))
    start = processor_seconds()
    done = subprocess.run([RLVR, *args], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    seconds = processor_seconds() - start
    assert done.returncode == 2, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert done.stdout == ""
    assert done.stderr.startswith("rlvr: error: ") and done.stderr.count("\n") == 1, done.stderr
    assert said in done.stderr, done.stderr
    assert seconds < LIMIT_SECONDS, f"{seconds:.2f} s"
    assert sorted(folder.rglob("*")) == before, "something was written"


def processor_seconds() -> float:
    """Of all child processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["algorithm.kl_coeff=0.1"], "no key 'algorithm.kl_coeff'; did you mean 'algorithm.kl_coef'?"),
        (["+experiment=pi1_r182"], "did you mean 'pi1_r128'?"),
        (["+experimnt=pi1_r128"], "did you mean 'experiment'?"),
        ([*SMALL, "algorithm.updates_per_step=3"], "does not divide"),
        ([*SMALL, "data.copies=5"], "5 training rows do not fill a step of data.prompts_per_step=8"),
        ([*SMALL, "data.examples=[]", "data.file=nowhere.parquet"], "no file nowhere.parquet"),
        ([*SMALL, "data.validation=nowhere.jsonl"], "no file nowhere.jsonl"),
        ([*SMALL, "data.examples=[pool-9999]"], "pool-9999 is not in data.pool=sandbox_pool"),
        ([*SMALL, "data.examples=[]"], "nothing to train on"),
        ([*SMALL, "data.examples=[]", "data.problem=1+1?"], "data.problem is given without data.answer"),
        ([*SMALL, "model.path=/nowhere"], "model.path=/nowhere: no such folder"),
        ([*SMALL, "trainer.output_dir=/dev/null/runs"], "/dev/null is a file, a folder is needed"),
        ([*SMALL, "trainer.output_dir=/proc/runs"], "trainer.output_dir=/proc/runs: cannot be written"),
        (["+experiment=pi1_r128"], "has 1.5 billion parameters and this machine has no GPU"),
        (["+experiment=pi1_r128", "model=tiny_random"], "get it with: rlvr data fetch math500"),
        (["+experiment=dsr_sub", "model=tiny_random"], "get it with: rlvr data fetch dsr_sub"),
    ],
)
def test_train(args: list[str], said: str, tmp_path: Path) -> None:
    if "/proc" in said and not Path("/proc").is_dir():
        pytest.skip("no /proc on this system")
    assert_refused(["train", *args], said, tmp_path)


def write_parquet(path: Path, rows: list[dict[str, object]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), path)


def test_parquet_without_the_needed_columns(tmp_path: Path) -> None:
    write_parquet(tmp_path / "x.parquet", [{"text": "1+1?", "label": "2"}] * 8)
    assert_refused(["train", *SMALL, "data.examples=[]", "data.file=x.parquet"], "x.parquet", tmp_path)


def test_empty_ground_truth(tmp_path: Path) -> None:
    prompt = [{"role": "user", "content": "1+1?"}]
    rows = [{"prompt": prompt, "reward_model": {"ground_truth": "", "style": "rule"}, "extra_info": {"index": 7}}]
    write_parquet(tmp_path / "x.parquet", rows)
    args = ["train", *SMALL, "data.examples=[]", "data.file=x.parquet"]
    assert_refused(args, "empty ground truth for id 7; data.empty_answers=drop leaves such rows out", tmp_path)


def test_a_file_that_is_not_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("not parquet")
    (tmp_path / "x.jsonl").write_text('{"problem": "1+1?", "answer": "2"}\nnot json\n')
    for name, said in (("x.parquet", "x.parquet"), ("x.jsonl", "line 2 is not JSON")):
        assert_refused(["train", *SMALL, "data.examples=[]", f"data.file={name}"], said, tmp_path)


def test_history_that_does_not_match_the_pool(tmp_path: Path) -> None:
    (tmp_path / "pool.jsonl").write_text('{"id": "a", "problem": "1+1?", "answer": "2"}\n')
    (tmp_path / "history.json").write_text(json.dumps({"a": [0.5, 0.75], "b": [0.25, 0.5]}))
    args = ["select", "--history", "history.json", "--pool", "pool.jsonl", "--top-index", "0", "--output", "x.parquet"]
    assert_refused(args, "b", tmp_path)


def test_checkpoint_folder_without_checkpoints(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert_refused(["eval", "--ckpt-dir", "empty"], "empty", tmp_path)


def test_model_that_is_not_cached_while_offline(tmp_path: Path) -> None:
    args = ["train", *SMALL, "model.path=some/model"]
    said = "model.path=some/model: not in the hub cache, and HF_HUB_OFFLINE is set"
    assert_refused(args, said, tmp_path, HF_HUB_OFFLINE="1", HF_HUB_CACHE=str(tmp_path))
