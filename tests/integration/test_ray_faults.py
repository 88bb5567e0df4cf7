"""Faults of a Ray run, as in docs/reliability.md: what is printed, the exit code, and that no process is left."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from processes import Process, descendants, family, survivors
from runs import TINY, fingerprint, json_lines, rlvr

pytest.importorskip("ray")
from oneshot_rlvr.isolation import keeper

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
TESTS = Path(__file__).resolve().parents[1]
RAY = ("train", *TINY, "runtime.name=ray", "runtime.policy_workers=1", "runtime.rollout_workers=1",
       "runtime.restarts=0", "checkpoint.every=1", "trainer.progress_seconds=0.01")  # fmt: skip
WORKER = r"\(process \d+ on [\w./]+\)"


class Life:
    """A Ray run as a command of its own; `seen` are its processes as they were when last looked at."""

    def __init__(self, folder: Path, *arguments: str, plant: str = "") -> None:
        self.run = folder / "pi1_r128" / "seed0"
        paths = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
        command = [sys.executable, str(TESTS / "planted.py")] if plant else [sys.executable, "-m", "oneshot_rlvr"]
        self.process = subprocess.Popen(
            [*command, *RAY, *arguments, f"trainer.output_dir={folder}"], stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
            env=os.environ | {"PYTHONPATH": paths, "PLANT": plant},
        )  # fmt: skip
        self.seen: set[Process] = set()

    def look(self) -> None:
        self.seen |= family(self.process.pid)

    def until(self, what: Callable[[], object], seconds: float = 300) -> "Life":
        end = time.monotonic() + seconds
        while not what():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end, "waited in vain"
            self.look()
            time.sleep(0.2)
        self.look()
        return self

    def steps(self) -> int:
        path = self.run / "metrics.jsonl"
        return len(json_lines(path)) if path.exists() and path.read_text().endswith("\n") else 0

    def find(self, text: str) -> int:
        return next(pid for pid, line in descendants(self.process.pid).items() if text in line)

    def ended(self) -> tuple[int, str, float]:
        """-> exit code, stderr, seconds that its end took from now; no process of it is left."""
        start = time.monotonic()
        while self.process.poll() is None and time.monotonic() < start + 300:
            self.look()
            time.sleep(0.2)
        errors = self.process.communicate(timeout=10)[1]
        seconds = time.monotonic() - start
        assert len(self.seen) >= 8
        assert survivors(self.seen, 5) == set() and keeper.members(self.process.pid) == []
        return self.process.returncode, errors, seconds


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        ("sampling kill", rf"rollout worker 0 {WORKER} died in sampling: "),
        ("update kill", rf"policy worker 0 {WORKER} died in the policy's pass: "),
        ("handover kill", rf"rollout worker 0 {WORKER} died in taking over weights: "),
        ("saving kill", rf"policy worker 0 {WORKER} died in saving: "),
        ("sampling stop", rf"rollout worker 0 {WORKER} has not answered in sampling within runtime.timeout_seconds=25"),
        ("update raise", rf"policy worker 0 {WORKER} failed in the policy's pass: ValueError: planted"),
        ("update memory", rf"policy worker 0 {WORKER} failed in the policy's pass: RuntimeError: .*allocate memory"),
    ],
)
def test_a_fault_of_a_worker_is_named_and_leaves_nothing(tmp_path: Path, plant: str, said: str) -> None:
    limit = ["runtime.timeout_seconds=25"] if "stop" in plant else []
    life = Life(tmp_path, "trainer.total_steps=5", *limit, plant=plant)
    code, errors, _ = life.ended()
    line = errors.splitlines()[-1]
    print(f"| {plant} | {line} |")
    assert code == 1 and re.match(f"rlvr: failed: {said}", line), errors
    assert not list((life.run / "checkpoints").glob("step_000002"))


@pytest.mark.parametrize(("daemon", "path"), [("gcs_server", "gcs/gcs_server"), ("raylet", "raylet/raylet ")])
def test_a_dead_part_of_ray_is_named_and_leaves_nothing(tmp_path: Path, daemon: str, path: str) -> None:
    life = Life(tmp_path, "trainer.total_steps=10000")
    life.until(lambda: life.steps() >= 1)
    pid = life.find(path)
    os.kill(pid, signal.SIGKILL)
    code, errors, seconds = life.ended()
    line = errors.splitlines()[-1]
    print(f"| {daemon} | {line} |")
    assert code == 1
    assert line.startswith(f"rlvr: failed: Ray's {daemon} (process {pid}) ended with signal 9 in "), errors
    assert seconds < 60  # Ray by itself gives up a lost server after that


def test_ray_is_started_again_when_its_raylet_dies(tmp_path: Path) -> None:
    life = Life(tmp_path, "trainer.total_steps=8", "runtime.restarts=1")
    life.until(lambda: life.steps() >= 1)
    os.kill(life.find("raylet/raylet "), signal.SIGKILL)
    assert life.ended()[0] == 0
    assert "workers are started again (1 of runtime.restarts=1)" in (life.run / "train.log").read_text()
    assert [line["step"] for line in json_lines(life.run / "metrics.jsonl")] == list(range(1, 9))


def test_killed_graders_do_not_stop_a_ray_run(tmp_path: Path) -> None:
    boxed = ("data.examples=[]", r"data.problem=Is it \boxed{x+1} or not?", "data.answer=y+1",
             "compat.grade_with_prompt=true")  # fmt: skip
    life = Life(tmp_path, "trainer.total_steps=12", *boxed)
    life.until(lambda: life.steps() >= 2)
    os.kill(life.find("oneshot_rlvr.isolation.server"), signal.SIGKILL)
    code, errors, _ = life.ended()
    assert (code, errors) == (0, "")
    lines = json_lines(life.run / "metrics.jsonl")
    assert len(lines) == 12 and all(line["grader/errors"] == 0 for line in lines)


def test_an_address_without_a_cluster(tmp_path: Path) -> None:
    start = time.monotonic()
    done = rlvr(*RAY, "runtime.ray_address=127.0.0.1:9", f"trainer.output_dir={tmp_path}")
    print(f"| unreachable | {done.stderr} |")
    assert done.returncode == 2 and time.monotonic() - start < 120  # Ray by itself goes on trying for over five minutes
    line = done.stderr.splitlines()[-1]
    assert line.startswith("rlvr: error: runtime.ray_address=127.0.0.1:9: no Ray cluster answers there: ")


@pytest.mark.parametrize("alone", [True, False])
def test_a_killed_trainer_takes_ray_with_it(tmp_path: Path, alone: bool) -> None:
    """Ray's own agents would stay for a minute when the trainer alone is killed."""
    life = Life(tmp_path, "trainer.total_steps=10000")
    life.until(lambda: life.steps() >= 1)
    (os.kill if alone else os.killpg)(life.process.pid, signal.SIGKILL)
    assert life.ended()[0] == -signal.SIGKILL


def test_two_ray_runs_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    """Each has a cluster of its own; a third one in a folder that is taken is refused; all equal one that ran alone."""
    common = ("trainer.total_steps=20", "trainer.keep_rollouts=all")
    lives = [Life(tmp_path / name, *common) for name in "ab"]
    lives[0].until(lambda: lives[1].look() or lives[0].steps() >= 1)
    refused = rlvr(*RAY, *common, f"trainer.output_dir={tmp_path}/a")
    assert refused.returncode == 2 and "another run is writing here" in refused.stderr
    assert [life.ended()[:2] for life in lives] == [(0, "")] * 2
    alone = Life(tmp_path / "c", *common)
    assert alone.ended()[0] == 0
    expected = fingerprint(alone.run, 20)
    assert [fingerprint(life.run, 20) for life in lives] == [expected] * 2


def test_soak_in_small() -> None:
    """Two SIGKILLs at random moments; `make soak` has twenty."""
    command = [sys.executable, str(TESTS / "soak" / "run.py"), "--runtime", "ray", "--kills", "2", "--steps", "4"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=580)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 kills" in done.stdout and "everything equal to the uninterrupted run" in done.stdout
