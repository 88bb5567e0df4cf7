"""`rlvr select` as users call it: the published files again, every fault in one line, and the time it takes."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fake_run import Story, write_run
from runs import json_lines

from oneshot_rlvr.cli import main
from oneshot_rlvr.config.schema import DataConfig
from oneshot_rlvr.data.datasets import load_problems, write_parquet
from oneshot_rlvr.data.training_set import training_problems
from oneshot_rlvr.report.trials import trial_history
from oneshot_rlvr.types import Problem

OFFICIAL = os.environ.get("RLVR_DATA_DIR", "")
needs_official = pytest.mark.skipif(not OFFICIAL, reason="RLVR_DATA_DIR with the published files is not set")
ACCURACY = "eval/sandbox_heldout/accuracy"
HISTORY = {"a": [0, 0], "b": [0, 1], "c": [0.5, 0.75], "d": [1, 1]}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a history of four examples and their pool, in another order, as jsonl and parquet."""
    problems = [Problem(name, f"Question {name}?", f"{n}") for n, name in enumerate("dcba")]
    write_parquet(problems, tmp_path / "pool.parquet")
    lines = [json.dumps({"id": p.id, "problem": p.prompt, "answer": p.answer}) + "\n" for p in problems]
    (tmp_path / "pool.jsonl").write_text("".join(lines), encoding="utf-8")
    (tmp_path / "history.json").write_text(json.dumps(HISTORY), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def select(*words: str) -> int:
    return main(["select", *words])


BOTH = ("--history", "history.json", "--pool", "pool.jsonl")


@needs_official
@pytest.mark.parametrize(("top_index", "published"), [(0, "pi1"), (1, "pi2"), (12, "pi13"), (1208, "pi1209")])
def test_published_training_sets_again(tmp_path: Path, top_index: int, published: str) -> None:
    output = tmp_path / "X.parquet"
    folder = f"{OFFICIAL}/train/one_shot_rlvr"
    sources = ["--history", f"{OFFICIAL}/acc_step_500.json", "--pool", f"{folder}/dsr_sub.parquet"]
    code = select("--top-index", str(top_index), *sources, "--output", str(output))
    ours, theirs = pq.read_table(output), pq.read_table(f"{folder}/{published}_r128.parquet")
    assert code == 0
    assert ours.num_rows == 128
    assert ours.schema.remove_metadata() == theirs.schema.remove_metadata()
    for column in theirs.column_names:
        assert ours[column].to_pylist() == theirs[column].to_pylist()


@needs_official
def test_defaults_are_the_published_files_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert select("--top-n", "2", "--copies", "64") == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == "dsr_sub_std_top2_r64.parquet"
    assert "Spearman 0.932" in out and "never solved 99, always solved 5, score zero 104" in out
    rows = training_problems(DataConfig(file="dsr_sub_std_top2_r64.parquet"))
    assert rows == training_problems(DataConfig(examples=["pi1", "pi2"], copies=64))
    assert select("--top-index", "0") == 0
    assert load_problems("pi1_r128.parquet") == load_problems("pi1") * 128


@needs_official
def test_a_call_and_a_fault_import_nothing_heavy_and_are_fast(tmp_path: Path) -> None:
    for arguments, code in ((["--top-index", "0"], 0), (["--top-index", "1209"], 2)):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-X", "importtime", "-m", "oneshot_rlvr", "select", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        # Processor time: what a stopwatch shows on a machine at rest, whatever else runs on this one.
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        assert done.returncode == code
        assert used < 2
        for heavy in ("torch", "transformers", "hydra", "matplotlib"):
            assert f"| {heavy}\n" not in done.stderr
    assert "rlvr: error: --top-index 1209: the ranking has the indices 0 to 1208" in done.stderr


@pytest.mark.parametrize(("pool", "output"), [("pool.jsonl", "x.parquet"), ("pool.parquet", "x.jsonl")])
def test_chosen_rows_stand_in_the_order_of_the_pool(small: Path, pool: str, output: str) -> None:
    arguments = ["--history", "history.json", "--pool", pool, "--output", output, "--copies", "2"]
    assert select(*arguments, "--top-n", "2") == 0  # b, then c
    assert [problem.id for problem in load_problems(output)] == ["c", "b", "c", "b"]
    assert select(*arguments, "--index", "a, d") == 0
    assert [(p.id, p.prompt, p.answer) for p in load_problems(output)] == [
        ("d", "Question d?", "0"),
        ("a", "Question a?", "3"),
    ] * 2


def test_the_table(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert select(*BOTH) == 0
    out = capsys.readouterr().out
    rows = [line.split("│")[1:-1] for line in out.splitlines() if line.startswith("│")]
    cells = [[cell.strip() for cell in row] for row in rows]
    assert [row[1] for row in cells] == ["b", "c", "a", "d"]
    assert cells[0][2:7] == ["0.500000", "0.0000 to 0.5000", "0.500", "2", "-"]
    assert cells[2][2:8] == ["0.000000", "0.0000 to 0.0000", "0.000", "2", "2", "never solved"]
    assert cells[3][7] == "always solved"
    assert not list(small.glob("*_r*"))


@pytest.mark.parametrize(
    ("method", "first"),
    [("variance", "b"), ("lim", "c"), ("mean_pass_rate", "b"), ("scores_for_select_test:backwards", "d")],
)
def test_methods(small: Path, capsys: pytest.CaptureFixture[str], method: str, first: str) -> None:
    (small / "scores_for_select_test.py").write_text("def backwards(history): return list(range(len(history)))\n")
    assert select(*BOTH, "--method", method, "--top-index", "0", "--output", "x.jsonl") == 0
    assert load_problems("x.jsonl")[0].id == first


def test_random_is_seeded(small: Path) -> None:
    chosen = []
    for seed in ("1", "1", *map(str, range(2, 22))):
        assert select(*BOTH, "--method", "random", "--seed", seed, "--top-index", "0", "--output", "x.jsonl") == 0
        chosen.append(load_problems("x.jsonl")[0].id)
    assert chosen[0] == chosen[1]
    assert set(chosen) == set("abcd")


def test_another_choice_has_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shipped = ("--history", "sandbox_history", "--pool", "sandbox_pool", "--copies", "1")
    ids = [f"pool-{number:04d}" for number in range(7)]
    choices = [("--index", ",".join(of)) for of in (ids[:4], ids[:5], [*ids[:4], ids[6]])]
    choices += [("--method", "random", "--seed", seed, "--top-n", "3") for seed in ("0", "1")]
    for choice in choices:
        assert select(*shipped, *choice) == 0
    assert len(list(tmp_path.glob("*_r1.parquet"))) == len(choices)


def test_copies_beyond_memory_are_refused(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert select(*BOTH, "--top-index", "0", "--copies", "100000000000000") == 2
    assert "at most 10,000,000" in capsys.readouterr().err


def test_a_run_is_ranked_by_its_ledger_with_the_pool_of_its_configuration(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = small / "runs" / "x"
    (run / "ledger").mkdir(parents=True)
    groups = [(1, 0, "a", 0), (1, 1, "b", 4), (2, 0, "b", 8), (2, 1, "a", 0)]
    records = [{"step": s, "group": g, "example": e, "copy": 0, "n": 8, "correct": c} for s, g, e, c in groups]
    (run / "ledger" / "ledger.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (run / "config.yaml").write_text(f"data:\n  file: {small / 'pool.jsonl'}\n  examples: []\n")
    assert select("--history", str(run), "--top-index", "0", "--copies", "1", "--output", "x.jsonl") == 0
    assert load_problems("x.jsonl")[0].id == "b"
    assert "2 problems of the pool have no history" in capsys.readouterr().out


def test_report_files(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert select(*BOTH, "--report", "page", "--top-index", "1", "--output", "x.jsonl") == 0
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "x.jsonl", "page/selection.html", "page/selection.png", "page/selection.csv",
    ]  # fmt: skip
    assert (small / "page/selection.png").read_bytes()[:4] == b"\x89PNG"
    lines = (small / "page/selection.csv").read_text().splitlines()
    assert lines[1].startswith("1,b,0.500000,0.000000,0.500000,0.5000,2,1,")
    page = (small / "page/selection.html").read_text()
    assert page.count("<tr") == 5 and page.count('class="chosen"') == 1
    assert "http:" not in page and "https:" not in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--history", "none.json", "--pool", "pool.jsonl"], "history: no file none.json"),
        (["--history", "history.json", "--pool", "none.parquet"], "pool: no file none.parquet"),
        (["--history", "other.json", "--pool", "pool.jsonl"],
         "history other.json does not match pool pool.jsonl: in the history only: id x, in the pool only: id d"),
        (["--history", "part.json", "--pool", "pool.jsonl"],
         "in the history only: none, in the pool only: id c; --partial ranks the others"),
        (["--history", "history.json", "--pool", "columns.parquet"], "column prompt and reward_model missing"),
        (["--history", "history.json", "--pool", "twice.jsonl"], "id a occurs twice (rows 1 and 2)"),
        (["--history", "history.json", "--pool", "empty.jsonl"], "holds no rows"),
        (["--history", "latin.json", "--pool", "pool.jsonl"], "not UTF-8"),
        (["--history", ".", "--pool", "pool.jsonl"], "no accuracy history: a run folder with ledger/ledger.jsonl"),
        ([*BOTH, "--top-index", "4"], "the ranking has the indices 0 to 3"),
        ([*BOTH, "--top-index", "-1"], "--top-index -1"),
        ([*BOTH, "--top-n", "9"], "between 1 and 4 examples"),
        ([*BOTH, "--index", "e"], "--index e: not an id of pool.jsonl; valid: a, b, c, d"),
        ([*BOTH, "--index", "a,a"], "id a is given twice"),
        ([*BOTH, "--index", "a", "--top-n", "1"], "not allowed with argument"),
        ([*BOTH, "--method", "sdt"], "--method sdt: not known; did you mean 'std'?"),
        ([*BOTH, "--top-index", "0", "--output", "x.csv"], ".parquet or .jsonl is written"),
        ([*BOTH, "--top-index", "0", "--output", "history.json/x.parquet"], "cannot write in history.json"),
        ([*BOTH, "--top-index", "0", "--report", "history.json"], "--report history.json: cannot write"),
        ([*BOTH, "--top-index", "0", "--copies", "0"], "--copies needs at least 1"),
        ([*BOTH, "--output", "x.parquet"], "--output needs a choice"),
        (["--history", "history.json", "--pool", "hollow.jsonl", "--index", "b"], "id b has an empty ground truth"),
    ],
)  # fmt: skip
def test_faults_are_one_line_and_exit_2(
    small: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    (small / "other.json").write_text('{"a": [0], "x": [1]}')
    (small / "part.json").write_text('{"a": [0], "b": [1], "d": [0]}')
    (small / "latin.json").write_bytes(b'{"\xe9": [0]}')
    (small / "twice.jsonl").write_text('{"id": "a", "problem": "Q", "answer": "1"}\n' * 2)
    (small / "empty.jsonl").write_text("\n")
    hollow = [{"id": name, "problem": "Q" + name, "answer": "" if name == "b" else "1"} for name in "abcd"]
    (small / "hollow.jsonl").write_text("".join(json.dumps(record) + "\n" for record in hollow))
    pq.write_table(pq.read_table("pool.parquet").select(["data_source"]), "columns.parquet")
    before = sorted(path.name for path in small.iterdir())
    assert select(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("rlvr: error: ") and captured.err.count("\n") == 1
    assert message in captured.err
    assert sorted(path.name for path in small.iterdir()) == before


def test_without_the_published_files_the_command_to_get_them_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("RLVR_DATA_DIR", raising=False)
    monkeypatch.setenv("RLVR_CACHE", str(tmp_path))
    assert select("--top-index", "0") == 2
    expected = "history: dsr_sub_history is not on this machine; get it with: rlvr data fetch dsr_sub_history\n"
    assert capsys.readouterr().err == f"rlvr: error: {expected}"


def test_partial_histories_rank_what_they_know(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small / "part.json").write_text('{"a": [0, 1], "b": [1]}')
    assert select("--history", "part.json", "--pool", "pool.jsonl", "--partial") == 0
    assert "2 problems of the pool have no history and are not ranked" in capsys.readouterr().out


def trial(folder: Path, example: str, lift: float, seed: int = 0, **story: object) -> Path:
    """A made-up run on one example, which goes the share `lift` of the way to its end."""
    run = write_run(folder, Story(seed=seed, eval_every=30, keep_every=60, lift=lift, **story))  # type: ignore[arg-type]
    config = run / "config.yaml"
    config.write_text(config.read_text().replace("pool-0002", example))
    return run


def test_trials_are_ranked_by_what_they_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = tmp_path / "runs"
    trial(runs / "low" / "seed0", "pool-0003", 0.2)
    trial(runs / "high" / "seed0", "pool-0007", 1.0)
    trial(runs / "both" / "seed0", "pool-0005", 0.4)
    trial(runs / "both" / "seed1", "pool-0005", 0.8, seed=1)
    trial(runs / "control" / "seed0", "pool-0009", 1.0, reward="format")
    written = tmp_path / "chosen.jsonl"
    assert select("--trials", str(runs), "--top-index", "0", "--copies", "3", "--output", str(written)) == 0
    said = " ".join(capsys.readouterr().out.split())  # the table wraps where its folder's name is long
    assert "3 examples by mean" in said and "509 problems of the pool have no history" in said
    assert [problem.id for problem in load_problems(str(written))] == ["pool-0007"] * 3
    history, pool = trial_history(runs)
    ends = dict(zip(history.ids, history.accuracies))
    assert pool == "sandbox_pool" and [len(ends[f"pool-000{n}"]) for n in (3, 5, 7)] == [1, 2, 1]
    assert ends["pool-0003"] < ends["pool-0005"] < ends["pool-0007"]
    last = json_lines(runs / "high" / "seed0" / "metrics.jsonl")
    assert ends["pool-0007"][0] == [row[ACCURACY] for row in last if ACCURACY in row][-1]


@pytest.mark.parametrize(("words", "said"), [
    (("--history", "x"), "--trials, --history and --probe: give one of them"),
    (("--n", "4"), "--n: belongs to --probe MODEL"),
    (("--method", "std"), "--method std: asks how accuracy moves"),
    ((), "b/seed0 is of sandbox:base_e, validated on sandbox_heldout at step 30, "),
])  # fmt: skip
def test_wrong_trials_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    trial(tmp_path / "runs" / "a" / "seed0", "pool-0003", 1.0)
    write_run(tmp_path / "runs" / "b" / "seed0", Story(steps=30, eval_every=30))
    assert select("--trials", str(tmp_path / "runs"), *words) == 2
    line = capsys.readouterr().err
    assert said in line and line.count("\n") == 1
    (tmp_path / "empty").mkdir()
    assert select("--trials", str(tmp_path / "empty")) == 2
