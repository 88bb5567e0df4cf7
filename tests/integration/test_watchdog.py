"""Runs that stand still are ended with one line, stacks and no process left; slow and suspended ones are not."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import family, survivors
from runs import TINY, json_lines
from zygote import Zygote, wait_until

from oneshot_rlvr.config.schema import RuntimeConfig
from oneshot_rlvr.trainer import watchdog as module
from oneshot_rlvr.trainer.run_folder import RunFolder
from oneshot_rlvr.trainer.watchdog import Watchdog

BOXED = ("data.examples=[]", r"data.problem=Is it \boxed{x+1} or not?", "data.answer=y+1",
         "compat.grade_with_prompt=true")  # so that the graders have work  # fmt: skip
RUN = ("train", *TINY, *BOXED, "trainer.total_steps=3", "checkpoint.every=1", "runtime.timeout_seconds=12")
# planted in, reported as, step, saved, a function that the stacks must show
HANGS = (
    ("generate", "generate", 1, 0, "train_step"),
    ("update", "update", 1, 0, "train_step"),
    ("manifest", "checkpoint", 1, 0, "save"),
)


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    running = Zygote()
    yield running
    running.close()


def test_a_hang_in_any_phase_is_ended_with_its_place_and_leaves_no_process(tmp_path: Path, zygote: Zygote) -> None:
    for planted, phase, step, saved, function in HANGS:  # one by one: each is looked at before its deadline
        life = zygote.start(tmp_path / planted, *RUN, f"trainer.output_dir={tmp_path}/runs",
                            f"trainer.name={planted}", slow=f"{planted}=600").until(planted)  # fmt: skip
        below = family(life.pid)
        assert planted == "generate" or below  # the graders, once there is something to grade
        code, errors = life.ended()
        run = tmp_path / "runs" / "pi1_r128" / planted
        place = run / "faults" / f"step_{step:06d}_hang"
        assert code == 1 and errors.count("\n") == 1
        assert errors.startswith(f"rlvr: failed: step {step}: nothing has moved in {phase} since ")
        said = f"step {saved} is saved" if saved else "no step is saved yet"
        assert f", for runtime.timeout_seconds=12; {said}; the same command goes on from there; " in errors
        assert errors.endswith(f"stacks of all threads: {place}/stacks.txt\n")
        stacks = (place / "stacks.txt").read_text()
        assert f"in {function}\n" in stacks and "most recent call first" in stacks
        fault = json.loads((place / "fault.json").read_text())
        assert (fault["rule"], fault["phase"], fault["step"]) == ("hang", phase, step)
        assert survivors(below, 5) == set()
    again = zygote.start(tmp_path / "again", *RUN, f"trainer.output_dir={tmp_path}/runs", "trainer.name=manifest")
    assert again.ended() == (0, "")
    assert [line["step"] for line in json_lines(run / "metrics.jsonl")] == [1, 2, 3]


def test_a_run_that_was_suspended_goes_on(tmp_path: Path, zygote: Zygote) -> None:
    """Stopped for longer than the deadline, as a scheduler does it."""
    life = zygote.start(tmp_path / "log", *RUN, f"trainer.output_dir={tmp_path}", slow="update=2")
    life.until("update").signal(signal.SIGSTOP)
    time.sleep(15)
    assert life.signal(signal.SIGCONT).ended() == (0, "")


def test_what_counts_as_moving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beats, phases and other signs put the end off; without any it comes after the deadline, not before."""
    ended: list[float] = []
    monkeypatch.setattr(Watchdog, "_end", lambda self, since: ended.append(time.time() - since))
    answers = [0]
    with Watchdog(RuntimeConfig(timeout_seconds=1.0), RunFolder(tmp_path / "run")) as watchdog:
        watchdog.sources.append(lambda: answers[0])
        for n in range(12):  # three times the deadline
            (watchdog.beat, lambda: watchdog.enter("generate", 7), lambda: answers.append(answers.pop() + 1))[n % 3]()
            time.sleep(0.25)
        assert ended == [] and (watchdog.phase, watchdog.step) == ("generate", 7)
        wait_until(lambda: bool(ended), 20)
    assert 1.0 <= ended[0] < 10


def test_bytes_count_while_loading_and_writing_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = [0]
    monkeypatch.setattr(module, "_bytes_moved", lambda: moved[0])
    watchdog = Watchdog(RuntimeConfig(), RunFolder(tmp_path / "run"))
    signs = {}
    for phase in ("checkpoint", "update"):
        watchdog.enter(phase)
        for moved[0] in (0, module.BYTES - 1, module.BYTES):
            signs[phase, moved[0]] = watchdog._signs()
    assert signs["checkpoint", 0] == signs["checkpoint", module.BYTES - 1] != signs["checkpoint", module.BYTES]
    assert signs["update", 0] == signs["update", module.BYTES]


def test_ray_s_own_deadline_speaks_first(tmp_path: Path) -> None:
    assert Watchdog(RuntimeConfig(name="ray", timeout_seconds=9), RunFolder(tmp_path / "a"))._patience == 69
    assert Watchdog(RuntimeConfig(timeout_seconds=9), RunFolder(tmp_path / "b"))._patience == 9
