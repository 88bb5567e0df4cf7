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
import stored
from runs import json_lines, train_here

from oneshot_rlvr.isolation.pool import GraderPool
from oneshot_rlvr.types import Grade

ROOT = Path(__file__).resolve().parents[2]
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


def test_accuracies_are_means_over_seeds() -> None:
    landscape = importlib.import_module("landscape")
    lines = [{"problem": "a", "right": {"20": "1100"}}, {"problem": "a", "right": {"20": "1110"}},
             {"problem": "b", "right": {"20": "0001"}}]  # fmt: skip
    assert landscape.mean_accuracies(lines, 20) == {"a": 0.625, "b": 0.25}
    assert len(set(landscape.shuffled_pool())) == 512 and landscape.shuffled_pool()[:2] != ["pool-0000", "pool-0001"]


def test_regret_by_hand() -> None:
    regret = importlib.import_module("selection_regret").regret
    truth, scores = np.array([0.9, 0.5, 0.7, 0.1]), np.array([1.0, 3.0, 2.0, 2.0])
    assert regret(truth, scores, 1) == pytest.approx(0.9 - 0.5)
    # of the two best places one is taken by 0.5, the other by 0.7 or 0.1
    assert regret(truth, scores, 2) == pytest.approx((0.9 + 0.7) / 2 - (0.5 + 0.4) / 2)
    assert regret(truth, np.zeros(4), 1) == pytest.approx(0.9 - 0.55)  # random
    assert regret(truth, truth, 2) == pytest.approx(0.0)


def test_an_interval_is_that_of_a_share() -> None:
    judge = importlib.import_module("selection_regret")
    values = np.repeat([0.0, 1.0], 50)
    found = judge.figure(lambda rows: float(values[rows].mean()), 100)
    assert found.value == 0.5  # and 1.96 standard errors of 0.05 on either side
    assert (found.low, found.high) == pytest.approx((0.402, 0.598), abs=0.02)


def test_scores_of_a_probe_by_hand() -> None:
    """Two answers, right once, of 10 and 20 tokens: a diversity of log 2, and a spread of 5."""
    # mean of the products 70/3, of the lengths 80/3, of right 2/3: 70/3 - 160/9
    judge = importlib.import_module("selection_regret")
    assert judge.rare_scores(np.array([0.0, 0.0625, 1.0])).tolist() == [0.0, 0.9375, 0.0]
    samples = [stored.sample("a", i, tokens=length, grades={"exact": Grade(right, said, "")})
               for i, (length, right, said) in enumerate([(10, True, "1"), (20, False, "2")])]  # fmt: skip
    scores = judge.probe_scores(samples, ["a"])
    assert scores["probe: pass rate"].tolist() == [0.5] and scores["probe: length of responses"].tolist() == [15.0]
    combined = scores["probe: diversity of answers, times spread of lengths"]
    assert combined == pytest.approx([5 * math.log(2)])
    assert judge.worked_gap([10, 30, 40], [0.0, 1.0, 1.0]) == pytest.approx(50 / 9)


def test_the_map_by_hand(tmp_path: Path) -> None:
    """Two examples, one right on all additions alone, one on every problem."""
    landscape, page = (importlib.import_module(name) for name in ("landscape", "landscape_page"))
    held_out, pool = landscape.shipped_held_out(), landscape.pool_problems()
    first, second = (next(p for p in pool if p.category == family) for family in ("add", "sub"))
    lines = [(first, [int(p.category == "add") for p in held_out]), (second, [1] * 240)]
    path = tmp_path / "landscape.jsonl"
    path.write_text("".join(
        json.dumps({"problem": p.id, "seed": 0, "right": {"20": "".join(map(str, marks))}}) + "\n"
        for p, marks in lines
    ))  # fmt: skip
    examples, matrix = page.read_matrix(path, 20)
    rows = page.transfer(examples, matrix).split("<tr>")
    cells = [re.findall("<td[^>]*>([^<]*)", row) for row in rows[2:]]
    assert cells == [["add (1)", "100", "0", "0", "0", "0", "0", "16.7"], ["sub (1)", *["100"] * 6, "100.0"]]
    whole = page.page(examples, matrix, 0.225)
    assert "between 16.7 and 100.0 %, mean 58.3 %" in whole and "1 at 80 % or more, 1 below the base" in whole
    assert page.lead_of(replace(first, prompt="Hi! What is 1+1?")) == "Hi!"
    assert page.lead_of(replace(first, prompt="What is 1+1?")) == "(none)"
