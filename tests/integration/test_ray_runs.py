"""Whole runs with `runtime=ray`: workers killed and started again, two nodes, a signal."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from processes import descendants
from runs import TINY, fingerprint, json_lines, train_here

pytest.importorskip("ray")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

RAY = ("runtime.name=ray", "runtime.policy_workers=2", "runtime.rollout_workers=2", "optimizer.lr=1e-3",
       "trainer.keep_rollouts=all", "checkpoint.dtype=float32")  # fmt: skip


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "oneshot_rlvr", "train", *TINY, *RAY, *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def wait_for(what: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def steps_done(run: Path) -> int:
    path = run / "metrics.jsonl"
    return max((line["step"] for line in json_lines(path)), default=0) if path.exists() else 0


def kill_one(process: subprocess.Popen[str], kind: str) -> int:
    """SIGKILL the last started worker of that class, whatever it is doing."""
    found = [pid for pid, line in descendants(process.pid).items() if line.startswith(f"ray::{kind}")]
    assert len(found) == 2
    os.kill(max(found), signal.SIGKILL)
    return max(found)


def test_killed_workers_are_started_again_and_the_run_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    """A rollout worker after step 3, a policy worker after step 5; checkpoints every 2 steps; files bit for bit."""
    common = ("trainer.total_steps=8", "checkpoint.every=2", "trainer.progress_seconds=0.01",
              "algorithm.entropy_target=9")  # a state of the learner, beside that of the workers
    whole = start(*common, f"trainer.output_dir={tmp_path}/whole")
    assert whole.wait(timeout=400) == 0, whole.communicate()
    process = start(*common, f"trainer.output_dir={tmp_path}/killed")
    run = tmp_path / "killed" / "pi1_r128" / "seed0"
    wait_for(lambda: steps_done(run) >= 3, process)
    sampler = kill_one(process, "SampleActor")
    wait_for(lambda: "workers are started again (1 of" in (run / "train.log").read_text(), process)
    wait_for(lambda: steps_done(run) >= 5, process)
    trainer = kill_one(process, "TrainActor")
    output, errors = process.communicate(timeout=400)
    assert process.returncode == 0, errors
    assert f"rollout worker 1 (process {sampler} on" in output
    assert f"(process {trainer} on" in output and "policy worker" in output
    assert "workers are started again (2 of runtime.restarts=3)" in output
    log = run / "logs" / "rollout_worker_1.log"
    assert f"; its log: {log.absolute()}; workers are started again (1 of" in output
    assert log.read_text().count(" rollout worker 1, process ") == 3  # its output of all three starts
    assert {path.name for path in log.parent.iterdir()} == {
        f"{kind}_worker_{n}.log" for kind in ("policy", "rollout") for n in (0, 1)
    }
    for line in json_lines(run / "metrics.jsonl"):  # a process with torch; the driver has loaded no model
        assert 0.2 < line["memory/policy_peak_gb"] < 2 and 0.2 < line["memory/rollout_peak_gb"] < 2
        assert 0 < line["time/tail"] < line["time/generate"]
    assert fingerprint(run, 8) == fingerprint(tmp_path / "whole" / "pi1_r128" / "seed0", 8)


def test_too_many_losses_end_the_run_with_one_line(tmp_path: Path) -> None:
    process = start(f"trainer.output_dir={tmp_path}", "trainer.total_steps=10000", "runtime.restarts=0")
    run = tmp_path / "pi1_r128" / "seed0"
    wait_for(lambda: steps_done(run) >= 1, process)
    pid = kill_one(process, "SampleActor")
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 1
    assert f"rollout worker 1 (process {pid} on" in errors.splitlines()[-1] and "died in" in errors.splitlines()[-1]


@pytest.mark.parametrize("whole_group", [False, True])
def test_a_signal_saves_and_leaves_no_process(tmp_path: Path, whole_group: bool) -> None:
    """To the process alone (kill) or to its group (a terminal's Ctrl-C, a scheduler)."""
    process = start(f"trainer.output_dir={tmp_path}", "trainer.total_steps=10000", "checkpoint.every=0",
                    "runtime.policy_workers=1", "runtime.rollout_workers=1")  # fmt: skip
    run = tmp_path / "pi1_r128" / "seed0"
    wait_for(lambda: steps_done(run) >= 2, process)
    others = descendants(process.pid)
    assert any("raylet" in line for line in others.values())
    session = next(found for line in others.values() if (found := re.search(r"/\S*/session_[\w.-]+", line))).group()
    assert Path(session).is_dir()
    if whole_group:
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=200)
    assert process.returncode == (130 if whole_group else 143), errors
    saved = sorted((run / "checkpoints").iterdir())
    assert len(saved) == 1 and saved[0].name == f"step_{steps_done(run):06d}"
    time.sleep(3)
    left = [line for pid, line in others.items() if Path(f"/proc/{pid}").exists()]
    assert left == [] and not Path(session).exists()


def test_two_nodes(tmp_path: Path) -> None:
    """Policy workers on one node and rollout workers on the other; the same numbers as without Ray."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    args = {"num_cpus": 2, "object_store_memory": 200 << 20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=args)
    try:
        cluster.add_node(num_cpus=2, object_store_memory=200 << 20)
        process = start(f"trainer.output_dir={tmp_path}/nodes", "trainer.total_steps=4",
                        f"runtime.ray_address={cluster.address}", "rollout.placement=split")  # fmt: skip
        output, errors = process.communicate(timeout=400)
        assert process.returncode == 0, errors
    finally:
        cluster.shutdown()
    places = [line.split("/")[-1] for line in output.splitlines() if "worker" in line and ": process" in line]
    assert len(places) == 4 and len(set(places)) == 2
    local = train_here(*TINY, *RAY[3:], f"trainer.output_dir={tmp_path}/local", "trainer.total_steps=4")
    found = json_lines(tmp_path / "nodes" / "pi1_r128" / "seed0" / "metrics.jsonl")
    for ours, theirs in zip(found, json_lines(local / "metrics.jsonl"), strict=True):
        for key in ("policy/loss", "policy/grad_norm", "policy/entropy", "reward/mean", "tokens/response"):
            assert ours[key] == pytest.approx(theirs[key], rel=1e-5)


def test_the_selftest_runs_every_engine_that_is_here(tmp_path: Path) -> None:
    from oneshot_rlvr.trainer.selftest import selftest

    lines: list[str] = []
    report = tmp_path / "selftest.json"
    assert selftest(lines.append, report, ["torch==1"])
    said = {line[10:].split(":")[0]: line[:8].strip() for line in lines}
    ran = ("two steps in one process", "sum over 2 processes by gloo", "two steps with Ray, policy_workers=2",
           "a rollout worker killed (kill -9)")  # fmt: skip
    assert [said[name] for name in ran] == ["ok"] * 4 and "FAILED" not in said.values()
    assert said["three steps of a random model of 1.5B"] == said["an engine over two GPUs"] == "not here"
    assert "relative" in next(line for line in lines if "with Ray" in line)
    written = json.loads(report.read_text())
    assert [finding["name"] for finding in written["findings"]] == list(said) and written["versions"] == ["torch==1"]


def test_the_selftest_names_what_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from oneshot_rlvr.trainer import selftest

    monkeypatch.setattr(selftest, "RUN", (*selftest.RUN, "optimizer.lr=-1"))
    monkeypatch.setattr(selftest, "_collective", lambda num_gpus: selftest.Finding("sum", None, "left out"))
    lines: list[str] = []
    assert not selftest.selftest(lines.append)
    failed = lines[1]
    assert failed.startswith("FAILED") and "optimizer.lr" in failed and "what to do: nothing else can work" in failed
