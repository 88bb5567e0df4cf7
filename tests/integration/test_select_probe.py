"""`rlvr select --probe`: a small pool sampled with the sandbox base, and every fault before the model is read."""

import csv
import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stored import sample

from oneshot_rlvr.cli import main
from oneshot_rlvr.data import selection
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.data.history import History, load_history
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation import pool_probe
from oneshot_rlvr.evaluation.records import sample_key
from oneshot_rlvr.evaluation.store import read_samples
from oneshot_rlvr.paths import sandbox_dir
from oneshot_rlvr.types import Grade, Problem, Rollout

BASE = ("--probe", "sandbox:base_e", "--pool", "pool.jsonl")
SAMPLES = Path("runs/probe/sandbox--base_e/pool/samples.jsonl")


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve problems of the sandbox, and one whose answer is out of reach."""
    lines = (sandbox_dir() / "pool.jsonl").read_text().splitlines()[:12]
    lines.append(json.dumps(json.loads(lines[0]) | {"id": "out", "answer": "929725"}))
    (tmp_path / "pool.jsonl").write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def select(*words: str) -> int:
    return main(["select", *BASE, *words])


def stored() -> dict[tuple[str, int], Rollout]:
    return {sample_key(sample): sample for sample in read_samples(SAMPLES)[0]}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many samples each call of the sampler was asked for."""
    from oneshot_rlvr.rollout.transformers_engine import TransformersSampler

    seen: list[int] = []
    generate = TransformersSampler.generate

    def counted(self: TransformersSampler, requests: Sequence[Any], *rest: Any) -> list[Rollout]:
        seen.append(len(requests))
        return generate(self, requests, *rest)

    monkeypatch.setattr(TransformersSampler, "generate", counted)
    return seen


def test_a_probe_samples_once_ranks_and_writes(
    pool: Path, asked: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    """First 5 problems 4 times, then all 13, then 6 times: only what is missing is sampled."""
    assert select("--n", "4", "--limit", "5") == 0
    assert "8 problems of the pool were not sampled" in capsys.readouterr().out
    first = stored()
    assert len(first) == 20
    assert select("--n", "4") == 0
    assert select("--n", "6", "--top-n", "2", "--copies", "3", "--report", "page") == 0
    second = stored()
    assert len(second) == 13 * 6
    assert asked == [5 * 4, 8 * 4, 13 * 2]
    assert all(second[key] == sample for key, sample in first.items())
    capsys.readouterr()
    assert select("--n", "4") == 0  # the first four of the six
    assert stored() == second and len(asked) == 3
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == str(SAMPLES)
    assert "odd against even samples" in out and "first against second half" not in out
    rows = list(csv.DictReader(open("page/selection.csv")))
    assert [row["rank"] for row in rows] == [str(n) for n in range(1, 14)]
    for row in rows:
        grades = [second[row["id"], n].grades["exact"] for n in range(6)]
        rate = np.mean([grade.correct is True for grade in grades])
        given = [grade.extracted for grade in grades if grade.extracted]
        shares = [given.count(answer) / len(given) for answer in set(given)]
        mixed = -sum(share * np.log(share) for share in shares) if 0 < rate < 1 else -1
        assert float(row["score"]) == pytest.approx(mixed, abs=1e-6)
        assert (float(row["pass_rate"]), row["samples"]) == (pytest.approx(rate, abs=1e-4), "6")
        assert int(row["answers"]) == len({grade.extracted for grade in grades} - {None})
    assert next(row["flags"] for row in rows if row["id"] == "out").startswith("never solved")
    page = Path("page/selection.html").read_text()
    assert "samples of a model before any training" in page and "<th>pass rate</th>" in page
    chosen = load_problems("pool_probe_reachable_diversity_top2_r3.parquet")
    assert {problem.id for problem in chosen} == {row["id"] for row in rows[:2]} and len(chosen) == 6


def test_other_settings_are_refused_and_other_methods_need_no_new_sample(
    pool: Path, asked: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert select("--n", "3", "--limit", "3") == 0
    for method in ("diversity", "mean_pass_rate", "std", "variance", "random"):
        assert select("--n", "3", "--limit", "3", "--method", method) == 0
    assert asked == [9]
    capsys.readouterr()
    assert select("--n", "3", "--temperature", "1.0") == 2
    error = capsys.readouterr().err
    assert "temperature=0.6 there, now 1.0; choose another --probe-dir" in error and error.count("\n") == 1
    assert select("--n", "3", "--limit", "1", "--temperature", "1.0", "--probe-dir", "hot") == 0
    assert len(read_samples(Path("hot/pool/samples.jsonl"))[0]) == 3


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--history", "x.json"), "--history and --probe: give one of them"),
        (("--n", "0"), "--n 0: at least 1 is needed"),
        (("--limit", "0"), "--limit 0: at least 1 is needed"),
        (("--temperature", "0"), "--temperature 0: above 0"),
        (("--method", "lim"), "--method lim: reads the order of visits"),
        (("--method", "diverse"), "did you mean 'diversity'"),
        (("--grader", "exakt"), "did you mean 'exact'"),
        (("--template", "own2"), "own2"),
        (("--top-index", "13"), "--top-index 13: the ranking has the indices 0 to 12"),
        (("--limit", "2", "--top-n", "3"), "--top-n 3: between 1 and 2"),
        (("--index", "nobody"), "--index nobody"),
        (("--top-index", "0", "--output", "x.csv"), "--output x.csv"),
        (("--probe", "sandbox:base_f"), "--probe sandbox:base_f: no such sandbox model"),
        (("--probe", "nowhere"), "--probe nowhere: neither a model folder nor a hub id"),
    ],
)
def test_faults_are_found_before_the_model_is_read(
    pool: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    flags: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.setattr(pool_probe, "probe_pool", lambda *_: pytest.fail("the model was read"))
    assert select(*flags) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not Path("runs").exists()


@pytest.mark.parametrize("flag", ["--n", "--limit", "--max-new-tokens", "--grader", "--probe-dir"])
def test_flags_of_a_probe_without_one(capsys: pytest.CaptureFixture[str], flag: str) -> None:
    assert main(["select", flag, "3"]) == 2
    assert f"{flag}: belongs to --probe MODEL" in capsys.readouterr().err


def test_a_fault_of_a_probe_imports_nothing_heavy(pool: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "oneshot_rlvr", "select", *BASE, "--top-index", "13"]
    done = subprocess.run(command, cwd=pool, capture_output=True, text=True)
    assert done.returncode == 2
    for heavy in ("torch", "transformers", "hydra", "matplotlib"):
        assert f"| {heavy}\n" not in done.stderr


# Scores by hand


def grade(answer: str | None, right: bool | None = False) -> Grade:
    return Grade(right, answer, "timeout" if right is None else "correct" if right else "wrong")


def test_scores_by_hand() -> None:
    """a: 7 7 8 none, 7 right. b: four different wrong ones. c: always right. d: nothing said, the grader failed."""
    given = {
        "a": [grade("7", True), grade(" 7", True), grade("8"), grade(None)],
        "b": [grade(text) for text in ("1", "2", "3", "4")],
        "c": [grade("5", True)] * 4,
        "d": [grade(None), grade(None), grade(""), grade(None, None)],
    }
    samples = [
        sample(name, n, grades={"exact": one})
        for name, grades in given.items() for n, one in enumerate([*grades, grade("beyond", True)])
    ]  # fmt: skip
    probe = pool_probe.PoolProbe(pool_probe.model_source("sandbox:base_e"), "p", 4, Path("x"), grader="exact")
    history = pool_probe.history_of([Problem(name, name, "") for name in given], samples, probe)
    assert history.accuracies == ((1, 1, 0, 0), (0, 0, 0, 0), (1, 1, 1, 1), (0, 0, 0, 0))
    assert history.lengths == ((1,) * 4,) * 4
    assert history.answers == (("7", "7", "8", None), ("1", "2", "3", "4"), ("5",) * 4, (None,) * 4)
    two_of_three = -(2 / 3) * math.log(2 / 3) - (1 / 3) * math.log(1 / 3)
    assert selection.score(history, "diversity") == pytest.approx([two_of_three, math.log(4), 0, 0])
    assert selection.score(history, "reachable_diversity") == pytest.approx([two_of_three, -1, -1, -1])
    assert selection.score(history, "std") == pytest.approx([0.5, 0, 0, 0])
    assert selection.score(history, "mean_pass_rate") == pytest.approx([1, 0, 0, 0])
    ranked = selection.ranking(history, "diversity")
    assert [(e.id, e.answers) for e in ranked] == [("b", 4), ("a", 2), ("c", 1), ("d", 0)]
    assert [e.flags for e in ranked] == [("never solved",), (), ("always solved",), ("never solved",)]
    assert selection.with_intervals(ranked, history, "diversity")[0].interval is None
    # Halves: a has 7, 8 against 7, none; b twice two answers; c one. Both halves rank a and b alike.
    half = selection.split_half(history, "diversity", top=1)
    assert half is not None and half.correlation == pytest.approx(selection.spearman(
        np.array([math.log(2), math.log(2), 0, 0]), np.array([0, math.log(2), 0, 0])
    ))  # fmt: skip


def test_a_recorded_history_has_no_answers() -> None:
    for method in ("diversity", "reachable_diversity"):
        with pytest.raises(UserError, match=f"--method {method}: an accuracy history knows no answers"):
            selection.score(History(("x",), ((0.5,),), "file", False), method)


@pytest.mark.slow
def test_figures_of_the_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/selection.md: a probe of the whole sandbox pool against the recorded history, Spearman -0.52 and +0.53."""
    monkeypatch.chdir(tmp_path)
    assert main(["select", "--probe", "sandbox:base_e", "--n", "16"]) == 0
    problems = load_problems("sandbox_pool")
    probe = pool_probe.PoolProbe(pool_probe.model_source("sandbox:base_e"), "pool", 16, Path("x"), grader="exact")
    history = load_history("sandbox_history")
    probed = pool_probe.history_of(problems, list(stored().values()), probe)
    place = {name: number for number, name in enumerate(probed.ids)}
    order = [place[name] for name in history.ids]
    spread = selection.score(history, "std")
    for method, documented in (("mean_pass_rate", -0.52), ("diversity", 0.53)):
        found = selection.spearman(selection.score(probed, method)[order], spread)
        assert found == pytest.approx(documented, abs=0.03)
    best = [order[number] for number in selection.order_of(spread)[:16]]
    assert sum(sum(probed.accuracies[number]) <= 3 for number in best) == pytest.approx(15, abs=1)


def test_figures_of_the_published_history(data_dir: Path) -> None:
    """docs/selection.md: the first visits as if they were a probe."""
    history = load_history("dsr_sub_history")
    spread = selection.score(history, "std")
    for visits, documented in ((1, 0.65), (2, 0.74), (4, 0.81)):
        first = selection.pass_rate_scores([values[:visits] for values in history.accuracies])
        assert selection.spearman(first, spread) == pytest.approx(documented, abs=0.006)
        assert not set(selection.order_of(first)[:16].tolist()) & set(selection.order_of(spread)[:16].tolist())
    start = {name: values[0] * 8 for name, values in zip(history.ids, history.accuracies)}
    assert [start[name] for name in ("124", "267", "682", "789")] == [0, 2, 5, 0]
