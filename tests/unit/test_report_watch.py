"""A report that follows its run: a page for every evaluation, which refreshes itself until the run is finished."""

import json
import shutil
from pathlib import Path

import pytest
from fake_run import BENCHMARK, Story, write_run

from oneshot_rlvr.cli import main
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.report import watch


def cut(whole: Path, run: Path, step: int, validated: bool = True) -> None:
    """Makes `run` what the run was when it had made this step, before or after its validation."""
    shutil.rmtree(run, ignore_errors=True)
    shutil.copytree(whole, run)
    lines = [json.loads(line) for line in (whole / "metrics.jsonl").read_text().splitlines()]
    last = step + 0.5 * validated  # lines of validations come half a step after those of training
    kept = [line for line in lines if line["step"] + 0.5 * any(key.startswith("eval/") for key in line) <= last]
    (run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in kept))
    for folder in (run / "eval").iterdir():
        number = int(folder.name.removeprefix("step_"))
        if number > step or (number == step and not validated):
            shutil.rmtree(folder)


def test_a_page_for_every_evaluation(tmp_path: Path) -> None:
    whole, run = write_run(tmp_path / "whole", Story(steps=10)), tmp_path / "run"
    states = iter([(5, True), (7, True), (10, False), (10, True)])
    cut(whole, run, *next(states))
    written: list[int | None] = []
    watch.follow([run], written.append, lambda _: cut(whole, run, *next(states)))
    # Steps between evaluations write nothing, nor does the last step before it is validated.
    assert written == [watch.REFRESH_SECONDS, None] and next(states, None) is None


def test_a_run_that_has_not_begun_is_waited_for(tmp_path: Path) -> None:
    whole, run = write_run(tmp_path / "whole", Story(steps=5)), tmp_path / "run"
    run.mkdir()
    shutil.copy(whole / "config.yaml", run)
    written: list[int | None] = []

    def begin(_: float) -> None:
        assert not written
        cut(whole, run, 5)

    watch.follow([run], written.append, begin)
    assert written == [None]
    with pytest.raises(UserError, match="no such folder"):
        watch.follow([tmp_path / "nowhere"], written.append)


def test_the_page_says_that_it_refreshes_itself(tmp_path: Path) -> None:
    from oneshot_rlvr.report.build import write_report

    run = write_run(tmp_path / "run", Story(steps=5))
    page = write_report([run], refresh=30).page
    assert '<meta http-equiv="refresh" content="30">' in page.read_text() and "loads itself again" in page.read_text()
    assert main(["report", str(run), "--watch"]) == 0  # a finished run: one page, which stays as it is
    assert "http-equiv=\"refresh\"" not in page.read_text() and BENCHMARK in page.read_text()
