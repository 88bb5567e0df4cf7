"""Processes of an engine: who starts them, and that none is left however the one ends that asked for the engine.

The engine has four: its core, a worker below that, what Python starts beside them, and one in a session of its own.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import descendants, family, survivors

from oneshot_rlvr.config.schema import RuntimeConfig

pytestmark = pytest.mark.timeout(900)
HERE = Path(__file__).resolve().parent
ENVIRONMENT = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "1", "VLLM_ALLOW_INSECURE_SERIALIZATION": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "PYTHONPATH": f"{HERE}:{HERE.parent}:{os.environ.get('PYTHONPATH', '')}",
}  # fmt: skip


@pytest.mark.parametrize("ending", [
    "kill", *(pytest.param(slow, marks=pytest.mark.slow) for slow in ("kill group", "terminate", "exit"))
])  # fmt: skip
def test_an_engine_ends_with_the_program_that_runs_it(ending: str) -> None:
    program = subprocess.Popen(
        [sys.executable, str(HERE / "endings.py"), ending], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True, env=os.environ | ENVIRONMENT,
    )  # fmt: skip
    assert program.stdin is not None and program.stdout is not None
    try:
        assert program.stdout.readline() == "sampling\n"
        lines = descendants(program.pid)
        assert sum("sleep 600" in line for line in lines.values()) == 1 and len(lines) >= 4, lines
        seen = family(program.pid)
        if ending == "exit":
            program.stdin.write("\n")
            program.stdin.flush()
            program.wait(60)
        elif ending == "kill group":
            os.killpg(program.pid, signal.SIGKILL)
        else:
            program.send_signal(signal.SIGKILL if ending == "kill" else signal.SIGTERM)
        assert survivors(seen, 5) == set()
    finally:
        program.kill()
        program.wait()


@pytest.fixture(scope="module")
def actors() -> Iterator[tuple[Any, list[Any]]]:
    """A cluster and two rollout workers, each with an engine."""
    pytest.importorskip("ray")
    import endings

    from oneshot_rlvr.cluster.cluster import Cluster
    from oneshot_rlvr.cluster.rollout_group import RaySampler

    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        cluster = Cluster(RuntimeConfig(policy_workers=1, rollout_workers=2, timeout_seconds=300.0))
        try:
            room = cluster.reserve([{"CPU": 1}] * 2)
            sampler = RaySampler.launch(cluster, endings.engine, "cpu", room, [0, 1], {"CPU": 1.0})
            sampler.ready()
            yield cluster, sampler.workers
        finally:
            cluster.close()


def test_an_engine_over_two_gpus_has_its_processes_below_its_actor(actors: Any) -> None:
    """Left to itself vLLM would start actors, for which this one's room has no GPUs left."""
    import endings
    import ray
    from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

    room = PlacementGroupSchedulingStrategy(actors[0].reserve([{"CPU": 1}]), placement_group_bundle_index=0)
    actor = ray.remote(endings.Executors).options(num_cpus=1, scheduling_strategy=room).remote()
    assert ray.get(actor.chosen.remote(2)) == {"this package": "mp", "nobody": "ray"}
    assert ray.get(actor.chosen.remote(1))["this package"] == "uni"


@pytest.mark.parametrize(("worker", "ending"), [(0, "kill -9"), (1, "ray.kill")])
def test_an_engine_ends_with_its_actor(actors: Any, worker: int, ending: str) -> None:
    import endings
    import ray

    handle = actors[1][worker].handle
    pid = ray.get(handle.where.remote())[0]
    rollouts = handle.stream.options(num_returns="streaming").remote(endings.REQUESTS * 200, endings.SAMPLING)
    ray.get(next(rollouts))  # it samples
    seen = family(pid)
    assert any("sleep 600" in line for line in descendants(pid).values()) and len(seen) >= 4
    start = time.monotonic()
    if ending == "ray.kill":
        ray.kill(handle)
    else:
        os.kill(pid, signal.SIGKILL)
    assert survivors(seen, 5) == set()
    print(f"\n{ending}: {len(seen)} processes gone after {time.monotonic() - start:.1f} s")
