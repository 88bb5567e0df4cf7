"""scripts/landscape.py trains as `rlvr train` does; scripts/selection_regret.py counts what methods of choice lose."""

import importlib
import json
import math
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from runs import json_lines, train_here

from oneshot_rlvr.data.history import History
from oneshot_rlvr.isolation.pool import GraderPool
from oneshot_rlvr.sandbox.landscape import STEPS, Landscape, load_landscape, load_probe, shipped_history
from oneshot_rlvr.sandbox.world import pool_problems

ROOT = Path(__file__).resolve().parents[2]
AS_SHIPPED = ("data.copies=2", "data.prompts_per_step=2", "optimizer.lr=3e-4")
SHORT = ("data.copies=2", "data.prompts_per_step=2", "optimizer.lr=1e-3")


@pytest.fixture(autouse=True)
def scripts_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT / "scripts")])


def test_a_run_of_the_landscape_is_that_of_train(tmp_path: Path) -> None:
    run = train_here(
        "+experiment=sandbox_oneshot", *SHORT, "data.examples=[pool-0084]", "trainer.total_steps=3",
        "trainer.seed=5", "trainer.eval_every=3", "trainer.eval_first=false", "eval.sampled=0", "checkpoint.every=0",
        "trainer.grad_terms_every=0", f"trainer.output_dir={tmp_path}",
    )  # fmt: skip
    landscape = importlib.import_module("landscape")
    with GraderPool(workers=1) as pool:
        line = landscape.trained_alone(landscape.make_bench("e", list(SHORT), pool), "pool-0084", 5, [3])
    logged = [row["train/accuracy"] for row in json_lines(run / "metrics.jsonl") if "train/accuracy" in row]
    assert line["train"] == pytest.approx(logged, abs=1e-4)
    samples = json_lines(run / "eval" / "step_000003" / "sandbox_heldout" / "samples.jsonl")
    right = {row["id"]: int(row["grades"]["exact"]["correct"]) for row in samples}
    asked = [problem.id for problem in landscape.shipped_held_out()]
    assert line["right"][3] == "".join(str(right[name]) for name in asked) and 0 < sum(right.values()) < 240


def test_the_shipped_landscape_is_whole_and_can_be_made_again() -> None:
    pool = {problem.id for problem in pool_problems()}
    for base in STEPS:
        found, probe = load_landscape(base), load_probe(base)
        assert set(found.of_seed(0).ids) == set(probe.ids) == set(shipped_history(base).ids) == pool
        assert found.right_RH.shape == (len(found.ids), 240)
        assert len(set(zip(found.ids, found.seeds))) == len(found.ids)  # each run once
        assert {len(marks) for marks in probe.accuracies} == {16} == {len(lengths) for lengths in probe.lengths or ()}
    found = load_landscape("e")
    landscape = importlib.import_module("landscape")
    with GraderPool(workers=1) as graders:
        bench = landscape.make_bench("e", list(AS_SHIPPED), graders)
        line = landscape.trained_alone(bench, "pool-0084", 0, [STEPS["e"]])
    again = np.array([int(mark) for mark in line["right"][STEPS["e"]]])
    shipped = found.right_RH[found.ids.index("pool-0084")]
    assert (again == shipped).mean() >= 0.97  # all of them on one machine: others round differently


def test_accuracies_are_means_over_seeds(tmp_path: Path) -> None:
    runs = [("a", 0, "0000", "1100"), ("a", 1, "0001", "1110"), ("b", 0, "0000", "0001")]
    lines = [{"problem": name, "seed": seed, "right": {"10": ten, "20": end}} for name, seed, ten, end in runs]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = load_landscape(tmp_path / "x.jsonl")
    assert found.accuracies() == {"a": 0.625, "b": 0.25}
    assert found.of_seed(0).accuracies() == {"a": 0.5, "b": 0.25}
    assert load_landscape(tmp_path / "x.jsonl", 10).accuracies() == {"a": 0.125, "b": 0.0}
    order = importlib.import_module("landscape").shuffled_pool()
    assert len(set(order)) == 512 and order[:2] != ["pool-0000", "pool-0001"]


def test_regret_by_hand() -> None:
    regret = importlib.import_module("selection_regret").regret
    truth, scores = np.array([0.9, 0.5, 0.7, 0.1]), np.array([1.0, 3.0, 2.0, 2.0])
    assert regret(truth, scores, 1) == pytest.approx(0.9 - 0.5)
    # of the two best places one is taken by 0.5, the other by 0.7 or 0.1
    assert regret(truth, scores, 2) == pytest.approx((0.9 + 0.7) / 2 - (0.5 + 0.4) / 2)
    assert regret(truth, np.zeros(4), 1) == pytest.approx(0.9 - 0.55)  # random
    assert regret(truth, truth, 2) == pytest.approx(0.0)


def test_regret_of_trials_by_hand() -> None:
    """Two of three are drawn: the best by the trial is among them in 2 of 3 draws, else the second is chosen."""
    judge = importlib.import_module("selection_regret")
    truth, trial = np.array([0.2, 0.9, 0.5]), np.array([0.1, 0.6, 0.8])
    assert judge.regret_of_tried(truth, trial, 2, 1) == pytest.approx(0.9 - (2 * 0.5 + 0.9) / 3)
    assert judge.regret_of_tried(truth, trial, 1, 1) == pytest.approx(0.9 - truth.mean())
    assert judge.regret_of_tried(truth, trial, 3, 1) == pytest.approx(0.9 - 0.5)
    assert judge.regret_of_tried(truth, trial, 2, 2) == pytest.approx(0.7 - truth.mean())  # each is in 2 of 3 draws
    assert judge.regret_of_tried(truth, trial, 3, 2) == pytest.approx(0.0)
    assert judge.chances(512, 64, 16).sum() == pytest.approx(16)


def test_an_interval_is_that_of_a_share() -> None:
    judge = importlib.import_module("selection_regret")
    values = np.repeat([0.0, 1.0], 50)
    found = judge.figure(lambda rows: float(values[rows].mean()), 100)
    assert found.value == 0.5  # and 1.96 standard errors of 0.05 on either side
    assert (found.low, found.high) == pytest.approx((0.402, 0.598), abs=0.02)


def test_scores_of_a_probe_by_hand(tmp_path: Path) -> None:
    """Two answers, right once, of 10 and 20 tokens: a diversity of log 2, and a spread of 5."""
    judge = importlib.import_module("selection_regret")
    assert judge.rare_scores(np.array([0.0, 0.0625, 1.0])).tolist() == [0.0, 0.9375, 0.0]
    probe = History(("a",), ((1.0, 0.0),), "", True, (("1", "2"),), ((10, 20),))
    scores = judge.probe_scores(probe)
    assert scores["pass rate"].tolist() == [0.5] and scores["length of responses"].tolist() == [15.0]
    assert scores["diversity times spread of lengths"] == pytest.approx([5 * math.log(2)])
    two = judge.length_gaps([(1.0, 0.0), (0.0, 0.0)], [(30, 10), (10, 14)])
    assert two.tolist() == [30 - 20, 30 - 12]  # the one right response of the pool has 30
    two = judge.length_gaps([(1.0, 0.0), (1.0, 0.0)], [(30, 10), (10, 14)])
    assert two.tolist() == [(30 + 20) / 2 - 20, (10 + 20) / 2 - 12]


def test_repeated_seeds_by_hand() -> None:
    """Two problems with two seeds that rank them alike, the first right twice as often; a third with one seed."""
    judge = importlib.import_module("selection_regret")
    rows = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1]])
    found = judge.repeated(Landscape(("a", "b", "a", "b", "c"), (0, 0, 1, 1, 0), rows))
    spread = 100 * (0.25 + 0.25) / math.sqrt(2) / 2  # of 0.5 and 0.75, and of 0.25 and 0
    assert found[0].strip() == f"2 problems with seeds 0, 1: mean standard deviation between seeds {spread:.1f} points"
    assert found[2].startswith("| 0, 1 | 0.0 [") and found[3].startswith("| 1, 0 | 0.0 [") and len(found) == 4
    assert judge.repeated(Landscape(("a",), (0,), rows[:1])) == []


def test_the_map_by_hand() -> None:
    """Two examples, one right on all additions alone, one on every problem."""
    landscape, page = (importlib.import_module(name) for name in ("landscape", "landscape_page"))
    held_out, pool = landscape.shipped_held_out(), landscape.pool_problems()
    first, second = (next(p for p in pool if p.category == family) for family in ("add", "sub"))
    lines = [(first, [int(p.category == "add") for p in held_out]), (second, [1] * 240)]
    ids, marks = zip(*((p.id, marks) for p, marks in lines))
    examples, matrix = page.rows_of(Landscape(ids, (0, 0), np.array(marks)))
    rows = page.transfer(examples, matrix).split("<tr>")
    cells = [re.findall("<td[^>]*>([^<]*)", row) for row in rows[2:]]
    assert cells == [["add (1)", "100", "0", "0", "0", "0", "0", "16.7"], ["sub (1)", *["100"] * 6, "100.0"]]
    whole = page.page(examples, matrix, 0.225)
    assert "between 16.7 and 100.0 %, mean 58.3 %" in whole and "1 at 80 % or more, 1 below the base" in whole
    assert page.lead_of(replace(first, prompt="Hi! What is 1+1?")) == "Hi!"
    assert page.lead_of(replace(first, prompt="What is 1+1?")) == "(none)"
