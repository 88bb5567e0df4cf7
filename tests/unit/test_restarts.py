"""How often workers are started again: for deaths as often as allowed, for an error that comes back once."""

from pathlib import Path
from typing import Any

import pytest
from runs import TINY

from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.errors import RunError, WorkerLost, worker_failed
from oneshot_rlvr.trainer import run


def attempts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, errors: list[WorkerLost]) -> tuple[int, str]:
    """Times that the workers were started, and the line with which the run ended, when they fail with these in turn."""
    given, started = iter(errors), []

    def lost(*_: Any) -> None:
        started.append(1)
        raise next(given)

    monkeypatch.setattr(run, "_train_once", lost)
    config = load_run_config([*TINY, f"trainer.output_dir={tmp_path}", "runtime.name=ray", "runtime.restarts=3"])
    with pytest.raises(RunError) as ended:
        run.train(config, None)
    return len(started), str(ended.value)


def failed(said: str, step: int, pid: int = 1) -> WorkerLost:
    error = worker_failed(f"policy worker 0 (process {pid}) failed in scoring: {said}", said)
    error.step = step
    return error


def test_an_error_that_comes_back_at_its_step_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = [failed("ValueError: no", 7), failed("ValueError: no", 7, pid=2)]
    count, line = attempts(tmp_path, monkeypatch, errors)
    assert count == 2
    assert line == ("policy worker 0 (process 2) failed in scoring: ValueError: no; the same error came at step 7 "
                    "again after the workers were started again, and would each time")  # fmt: skip


def test_it_is_remembered_over_a_death_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = [failed("ValueError: no", -1), WorkerLost("policy worker 1 died"), failed("ValueError: no", -1)]
    count, line = attempts(tmp_path, monkeypatch, errors)
    assert count == 3 and "came before the first step again" in line


@pytest.mark.parametrize("errors", [
    [WorkerLost("policy worker 0 (process 1) died in scoring: killed by signal 9") for _ in range(4)],
    [failed("ValueError: no", step) for step in (1, 2, 3, 4)],
    [failed(f"ValueError: {word}", 1) for word in "abcd"],
])  # fmt: skip
def test_deaths_other_steps_and_other_errors_use_all_restarts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, errors: list[WorkerLost]
) -> None:
    count, line = attempts(tmp_path, monkeypatch, errors)
    assert count == 4 and line == str(errors[-1])
