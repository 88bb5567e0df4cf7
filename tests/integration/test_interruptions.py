"""Signals in every phase, kills, two runs at once: what is saved and said, and that nothing is lost or left over."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from runs import TINY, fingerprint, json_lines
from zygote import Life, Zygote, wait_until

from oneshot_rlvr import checkpoint

# Graders have work: the prompt holds a box, and the graded text is prompt and response.
BOXED = ("data.examples=[]", r"data.problem=Is it \boxed{x+1} or not?", "data.answer=y+1",
         "compat.grade_with_prompt=true")  # fmt: skip
RUN = ("train", *TINY, *BOXED, "trainer.total_steps=4", "checkpoint.every=100", "trainer.eval_every=3",
       "trainer.keep_rollouts=all", "data.validation=sandbox_heldout", "data.validation_limit=4",
       "eval.max_new_tokens=8")  # fmt: skip


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    running = Zygote()
    yield running
    running.close()


def folder_of(output: Path) -> Path:
    return output / "pi1_r128" / "seed0"


def test_signals_in_every_phase_lose_nothing(tmp_path: Path, zygote: Zygote) -> None:
    """Loading, both kinds of validation, sampling, updating: afterwards all is as in a run never interrupted."""
    whole = zygote.start(tmp_path / "log_whole", *RUN, f"trainer.output_dir={tmp_path}/whole")
    lives = [
        # phase, occurrence, signal, last step in metrics.jsonl, newest checkpoint
        ("building", 1, signal.SIGTERM, None, 0),
        ("evaluate", 1, signal.SIGTERM, None, 0),
        ("generate", 2, signal.SIGUSR1, 1, 1),  # step 2 is dropped
        ("update", 1, signal.SIGTERM, 2, 2),  # step 2 is finished
        ("evaluate", 1, signal.SIGINT, 3, 3),  # the validation of step 3 is still to come
        ("evaluate", 1, signal.SIGTERM, 3, 3),  # and is dropped again
        ("evaluate", 2, signal.SIGTERM, 4, 4),  # that of the last step, too
    ]
    run = folder_of(tmp_path / "parts")
    for phase, occurrence, number, last_step, saved in lives:
        life = zygote.start(tmp_path / "log", *RUN, f"trainer.output_dir={tmp_path}/parts", slow=f"{phase}=0.4")
        code, stderr = life.until(phase, occurrence).signal(number).ended()
        assert code == 128 + number
        done = "training had not begun" if phase == "building" else "no step was complete yet"
        said = f"step {saved} is saved in {run}/checkpoints" if saved else done
        assert stderr == f"rlvr: stopped: {number.name} received; {said}; the same command goes on from there\n"
        newest, passed_over = checkpoint.newest_complete(run / "checkpoints")
        assert (newest.step if newest else 0) == saved and passed_over == []
        if last_step is not None:
            lines = [line for line in json_lines(run / "metrics.jsonl") if "policy/loss" in line]
            assert lines[-1]["step"] == last_step
    assert zygote.start(tmp_path / "log", *RUN, f"trainer.output_dir={tmp_path}/parts").ended() == (0, "")
    assert whole.ended() == (0, "")
    found, expected = fingerprint(run, 4), fingerprint(folder_of(tmp_path / "whole"), 4)
    assert len(expected["samples"]) == 3 and len(expected["rollouts"]) == 4
    assert found == expected
    assert zygote.start(tmp_path / "log", *RUN, f"trainer.output_dir={tmp_path}/parts").ended() == (0, "")
    assert "finished before" in (tmp_path / "log" / "out").read_text()


def test_a_signal_beside_sampling_ahead_loses_nothing(tmp_path: Path, zygote: Zygote) -> None:
    """The step that is updated is finished, and with it the sampling for the next one. (Where the update has not begun
    on a busy machine, the step is dropped.)"""
    arguments = (*RUN, "source.prefetch=true", "trainer.eval_every=0", "trainer.eval_first=false")
    whole = zygote.start(tmp_path / "log_whole", *arguments, f"trainer.output_dir={tmp_path}/whole")
    parts = (*arguments, f"trainer.output_dir={tmp_path}/parts")
    life = zygote.start(tmp_path / "log", *parts, slow="generate=1.5").until("generate", 3)
    time.sleep(0.7)
    assert life.signal(signal.SIGTERM).ended()[0] == 143
    run = folder_of(tmp_path / "parts")
    newest, passed_over = checkpoint.newest_complete(run / "checkpoints")
    assert newest is not None and newest.step in (1, 2) and passed_over == []
    assert zygote.start(tmp_path / "log", *parts).ended() == (0, "") and whole.ended() == (0, "")
    assert fingerprint(run, 4) == fingerprint(folder_of(tmp_path / "whole"), 4)


def test_a_second_sigint_stops_at_once(tmp_path: Path, zygote: Zygote) -> None:
    arguments = (*RUN, f"trainer.output_dir={tmp_path}/runs", "checkpoint.every=1")
    life = zygote.start(tmp_path / "log", *arguments, slow="update=60")
    life.until("update").signal(signal.SIGINT)
    with pytest.raises(AssertionError, match="in vain"):  # it means to finish the update
        wait_until(lambda: not Path(f"/proc/{life.pid}/cmdline").read_bytes(), seconds=0.5)
    assert life.signal(signal.SIGINT).ended() == (130, "rlvr: interrupted\n")
    assert checkpoint.newest_complete(folder_of(tmp_path / "runs") / "checkpoints") == (None, [])


def test_signals_while_a_checkpoint_is_written(tmp_path: Path, zygote: Zygote) -> None:
    """The first drops the step beside it and waits for the checkpoint; a second SIGINT waits for nothing."""
    arguments = (*RUN, f"trainer.output_dir={tmp_path}", "checkpoint.every=1")
    checkpoints = folder_of(tmp_path) / "checkpoints"
    life = zygote.start(tmp_path / "log", *arguments, slow="checkpoint=60").until("checkpoint").signal(signal.SIGINT)
    with pytest.raises(AssertionError, match="in vain"):
        wait_until(lambda: not Path(f"/proc/{life.pid}/cmdline").read_bytes(), seconds=0.5)
    assert life.signal(signal.SIGINT).ended() == (130, "rlvr: interrupted\n")
    assert checkpoint.newest_complete(checkpoints) == (None, [])
    life = zygote.start(tmp_path / "log", *arguments, slow="checkpoint=1").until("checkpoint").signal(signal.SIGTERM)
    code, said = life.ended()
    assert code == 143 and f"SIGTERM received; step 1 is saved in {checkpoints}; the same command" in said
    newest, passed_over = checkpoint.newest_complete(checkpoints)
    assert newest is not None and newest.step == 1 and passed_over == []
    assert {line["step"] for line in json_lines(folder_of(tmp_path) / "metrics.jsonl")} == {0, 1}


def graders_of(life: Life) -> list[int]:
    """Live grading processes of a run: the server and its workers have the run's environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        mark = f"LIFE_IN={life.folder}".encode()
        if b"oneshot_rlvr.isolation.server" in command and mark in environment.split(b"\0"):
            found.append(int(process.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_is_left_over(tmp_path: Path, zygote: Zygote, number: int) -> None:
    """The trainer is killed alone (not its group) while its graders live."""
    life = zygote.start(tmp_path / "log", *RUN, f"trainer.output_dir={tmp_path}", "trainer.total_steps=9999")
    wait_until(lambda: len(graders_of(life)) >= 2)  # the server and at least one worker
    assert life.signal(number).ended()[0] == (-9 if number == signal.SIGKILL else 143)
    wait_until(lambda: graders_of(life) == [], seconds=15)


def test_two_runs_at_once_do_not_disturb_each_other(tmp_path: Path, zygote: Zygote) -> None:
    common = ("train", *TINY, *BOXED, "trainer.total_steps=3", "checkpoint.every=2", "trainer.keep_rollouts=all",
              f"trainer.output_dir={tmp_path}/runs")  # fmt: skip
    names = ("a", "b")
    lives = [zygote.start(tmp_path / name, *common, f"trainer.name={name}") for name in names]
    assert [life.ended() for life in lives] == [(0, ""), (0, "")]
    assert zygote.start(tmp_path / "c", *common, "trainer.name=alone").ended() == (0, "")
    alone, *others = (fingerprint(tmp_path / "runs" / "pi1_r128" / name, 3) for name in ("alone", *names))
    assert others == [alone, alone]


@pytest.mark.parametrize(("source", "kills"), [("problems", 2), ("self_play", 1)])
def test_soak_in_small(source: str, kills: int) -> None:
    """SIGKILLs at random moments; `make soak` has twenty on the sandbox's model, and ten of self-play."""
    script = Path(__file__).resolve().parents[1] / "soak" / "run.py"
    command = [sys.executable, str(script), "--warm", "--kills", str(kills), "--steps", "4", "--seed", "3"]
    done = subprocess.run([*command, "--source", source], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{kills} of {kills} kills" in done.stdout and "everything equal to the uninterrupted run" in done.stdout
