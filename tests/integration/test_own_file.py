"""A file of one's own outside the package (docs/training.md): its estimator, term of the loss, reward and source make
the steps of a run, and the run goes on with them after an interruption."""

import importlib
import json
import re
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from docs_pages import ROOT
from runs import TINY, json_lines, train_here

from oneshot_rlvr.algorithms.registry import algorithm
from oneshot_rlvr.config.check import check_values
from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.rollout.sources import Source, own_maker

PARTS = (
    "+experiment=sandbox_oneshot", "algorithm.path=mine:near", "reward=custom", "reward.path=mine:shortest_right",
    "source.path=mine:OneByOne", "data.validation=null", "data.examples=[pool-0002,pool-0003]", "data.copies=4",
    "checkpoint.every=1", "trainer.keep_rollouts=all",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    page = (ROOT / "docs/training.md").read_text(encoding="utf-8")
    (tmp_path / "mine.py").write_text("\n".join(re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    return tmp_path


@pytest.mark.slow
def test_all_four_parts_of_one_file_are_at_work(folder: Path) -> None:
    run = train_here(*PARTS, "trainer.total_steps=2")
    first = (run / "metrics.jsonl").read_text()
    assert train_here(*PARTS, "trainer.total_steps=4") == run
    metrics, ledger = json_lines(run / "metrics.jsonl"), json_lines(run / "ledger/ledger.jsonl")
    assert (run / "metrics.jsonl").read_text().startswith(first) and [line["step"] for line in metrics] == [1, 2, 3, 4]
    # The term: its loss and its metric. The first pass is made with the weights that sampled, so that it is 0.
    assert all(0 <= line["policy/distance_loss"] < 1e-9 and "distance/far_share" in line for line in metrics)
    for path in sorted((run / "rollouts").glob("*.zst")):
        with pa.input_stream(str(path), compression="zstd") as stream:
            rollouts = [json.loads(line) for line in stream.read().decode().splitlines()]
        assert len(rollouts) == 8  # the source: one row of the set a step
        right = [len(r["token_ids"]) for r in rollouts if r["correct"]]
        due = [float(bool(r["correct"]) and len(r["token_ids"]) == min(right)) for r in rollouts]
        assert [r["reward"] for r in rollouts] == due  # the reward: 1 for the shortest right responses alone
        mean = sum(due) / 8  # the estimator: (r - mean) / mean
        assert [r["advantage"] for r in rollouts] == pytest.approx([(r - mean) / mean if mean else 0.0 for r in due])
    assert [(line["n"], line["example"]) for line in ledger] == [(8, "pool-0002")] * 4


def test_a_reward_of_ones_own_sees_certainties_where_it_asks(folder: Path) -> None:
    """Self-certainty once more, outside the package."""
    sure = "from statistics import fmean\n\ndef sure(rollouts):\n    return [fmean(r.certainties) for r in rollouts]\n"
    (folder / "mine.py").write_text(sure)
    common = (*TINY, "trainer.total_steps=2", "optimizer.lr=1e-3", "checkpoint.every=0")
    shipped = train_here(*common, "reward=self_certainty", "trainer.name=shipped")
    own = train_here(*common, "reward=custom", "reward.path=mine:sure", "reward.certainties=true", "trainer.name=own")
    ours, theirs = (json_lines(run / "metrics.jsonl") for run in (own, shipped))
    assert [line["reward/mean"] for line in ours] == pytest.approx([line["reward/mean"] for line in theirs])
    assert all(line["reward/mean"] > 0 for line in ours)


def test_the_study_of_old_rollouts_composes(monkeypatch: pytest.MonkeyPatch) -> None:
    """scripts/staleness.py: each objective has its measuring term, and its settings hold."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT / "scripts")])
    study = importlib.import_module("staleness")
    for row, (name, settings) in study.OBJECTIVES.items():
        config = load_run_config([*study.COMMON, *settings, f"algorithm.path=staleness:{name}"])
        check_values(config)
        found = algorithm(config.algorithm)
        assert found.name == name == config.algorithm.name and found.terms[-1] is study.weigh, row
    assert issubclass(own_maker("staleness:Late"), Source) and study.AGES["4"] == ("source.path=staleness:Late",)
