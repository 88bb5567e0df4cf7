"""`rlvr study` in small: runs, goes on, asks the base with the example in the prompt, and writes verdicts."""

from pathlib import Path

import pytest
from runs import json_lines

from oneshot_rlvr.cli import main

FILE = """
experiment: sandbox_oneshot
example: pool-0084
arms: [one_shot, context, format]
ladder: []
seeds: [0]
settings: [trainer.total_steps=2, data.prompts_per_step=2, trainer.eval_every=2, checkpoint.every=0, eval.sampled=0,
  trainer.keep_rollouts=all, data.validation_limit=24]
"""


def test_a_study_is_run_continued_and_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.yaml").write_text(FILE)
    here = ("study", str(tmp_path / "mine.yaml"), "--output", str(tmp_path / "out"))
    assert main([*here, "--arm", "one_shot"]) == 0
    assert not (tmp_path / "out" / "report").exists() and not (tmp_path / "out" / "format").exists()
    assert main(list(here)) == 0
    said = capsys.readouterr().out
    assert said.count("finished before, nothing to do") == 1
    assert "more than format: " in said and "lasts after saturation: open" in said
    page = (tmp_path / "out" / "report" / "index.html").read_text()
    assert 'id="verdicts"' in page and "1 of 3 seeds" in page
    for arm in ("one_shot", "format"):
        steps = [line["step"] for line in json_lines(tmp_path / "out" / arm / "seed0" / "metrics.jsonl")]
        assert steps == ([0, 1, 2, 2] if arm == "one_shot" else [1, 2, 2])  # one run measures the base for all


def test_a_run_that_fails_leaves_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = FILE.replace("arms: [one_shot, context, format]", "arms: [one_shot]\nown: {bad: [reward=custom, "
                       "'reward.path=broken_reward:f']}")  # fmt: skip
    (tmp_path / "mine.yaml").write_text(bad.replace("settings: [", "settings: [data.validation=null, "))
    (tmp_path / "broken_reward.py").write_text("def f(problem, rollout, grade, seed):\n    raise ValueError('no')\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        assert main(["study", str(tmp_path / "mine.yaml"), "--output", str(tmp_path / "out")]) == 1
    assert "1 of 2 runs failed: bad seed0: reward.path=broken_reward:f" in capsys.readouterr().err
    assert (tmp_path / "out" / "one_shot" / "seed0" / "checkpoints").is_dir()


def test_a_study_makes_a_model_and_compares_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models = "models: [sandbox_e, tuned]\nmade: {tuned: [+experiment=sandbox_worked, trainer.total_steps=1]}"
    text = FILE.replace("arms: [one_shot, context, format]", f"arms: [one_shot]\n{models}")
    (tmp_path / "mine.yaml").write_text(text + "page: false\n")
    assert main(["study", str(tmp_path / "mine.yaml"), "--output", str(tmp_path / "out")]) == 0
    assert not (tmp_path / "out" / "report").exists()
    (tmp_path / "mine.yaml").write_text(text)
    assert main(["study", str(tmp_path / "mine.yaml"), "--output", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "tuned" / "seed0" / "checkpoints" / "step_000001").is_dir()
    page = (tmp_path / "out" / "report" / "index.html").read_text()
    assert "Models beside each other" in page and "Report: one_shot, tuned_one_shot" in page
    assert "tuned/seed0/checkpoints/step_000001" in page
