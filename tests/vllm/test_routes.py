"""Weights from policy workers to vLLM engines in Ray actors, on the routes that a CPU has.

gloo (gloo_twin.py) stands for NCCL: ranks, rendezvous, order of calls and metadata are those of vLLM's NCCL ends. CUDA
IPC is vLLM's own two ends with files in place of a GPU's memory: each engine opens the one of its GPU alone, in some
chunks.
"""

import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from oneshot_rlvr.config.schema import RuntimeConfig

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.timeout(900)
HERE = Path(__file__).resolve().parent
ENVIRONMENT = {"PYTHONPATH": f"{HERE}:{HERE.parent}:{os.environ.get('PYTHONPATH', '')}"}


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """While it exists, engines fail when tensors come."""
    return tmp_path_factory.mktemp("routes") / "failing"


@pytest.fixture(scope="module")
def path(failing: Path) -> Iterator[None]:
    """Workers import routes.py from here."""
    import routes

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(routes.FAILING, str(failing))
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def parts(path: None) -> Iterator[Any]:
    """(groups of one and two policy workers, two engines on gloo, one on shared memory, two on IPC), in one cluster."""
    import routes

    from oneshot_rlvr.cluster.cluster import Cluster
    from oneshot_rlvr.cluster.rollout_group import RaySampler
    from oneshot_rlvr.cluster.train_group import TrainGroup

    cluster = Cluster(RuntimeConfig(policy_workers=3, rollout_workers=5, timeout_seconds=300.0))
    try:
        room = cluster.reserve([{"CPU": 1}] * 8)
        takes = {"CPU": 1.0}
        groups = {
            count: TrainGroup.launch(cluster, "cpu", room, bundles, takes)
            for count, bundles in ((1, [0]), (2, [1, 2]))
        }
        samplers = {
            route: RaySampler.launch(cluster, partial(routes.engine, f"rlvr_{route}"), "cpu", room, bundles, takes,
                                     route=route)
            for route, bundles in (("gloo", [3, 4]), ("shared_memory", [5]))
        }  # fmt: skip
        beside = [
            RaySampler.launch(cluster, partial(routes.engine_with_ipc, f"GPU{n}"), "cpu", room, [6 + n], takes)
            for n in range(2)
        ]
        for group in groups.values():
            group.meet()
        for sampler in samplers.values():
            sampler.ready()
        for n, sampler in enumerate(beside):
            sampler.ready()
            sampler.workers[0].name = f"rollout worker {n}"
        samplers["ipc"] = RaySampler(cluster, [sampler.workers[0] for sampler in beside], route="ipc")
        yield groups, samplers
    finally:
        cluster.close()


@pytest.mark.parametrize(
    ("route", "policies", "engines"),
    [("gloo", 1, 1), ("gloo", 2, 2), ("gloo", 1, 2), ("gloo", 2, 1), ("shared_memory", 2, 1), ("ipc", 1, 1),
     ("ipc", 2, 2)],
)
def test_every_engine_gets_every_tensor(parts: Any, route: str, policies: int, engines: int) -> None:
    """Checksums, scores and versions on both sides, over three versions; the weights move in between."""
    import routes
    import torch

    from oneshot_rlvr.cluster.proxy import RayPolicy
    from oneshot_rlvr.cluster.rollout_group import RaySampler
    from oneshot_rlvr.learner.sequences import TrainSequence

    groups, samplers = parts
    group, every = groups[policies], samplers[route]
    sampler = RaySampler(every.cluster, every.workers[:engines], route=route)
    group.build(routes.policy_with_ipc if route == "ipc" else routes.policy)
    group.connect(route, torch.float32, [(worker, 1) for worker in sampler.workers], sampler.workers)
    policy, seen = RayPolicy(group, torch.float32), []
    prompt, response = (5, 6, 7), (8, 9, 10, 11)
    for version in (1, 2, 3):
        sampler.load_weights(version, policy.weights())
        assert sampler.version == version
        sent = policy.digest()
        found = sampler.digests()
        assert sent is not None and sent.tensors > 30 and len(found) == engines
        assert set(found.values()) == {sent}
        policy.store()
        assert policy.digest() == sent  # of the same weights on their way into the object store
        ours, every_engine = policy.score(prompt, response), sampler.scores(prompt, response)
        assert len(every_engine) == engines
        for theirs in every_engine.values():
            assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) < 1e-4
        seen.append((ours, sent))
        one = TrainSequence(prompt, response, torch.ones(4), torch.zeros(4))
        policy.forward_backward([one], torch.full((1,), 1e3), [[0]])
        policy.trained.step()
    assert len({digest.bits for _, digest in seen}) == 3
    assert max(abs(a - b) for a, b in zip(seen[0][0], seen[2][0], strict=True)) > 1e-6


def test_an_engine_that_fails_in_an_update_is_named_at_once(parts: Any, failing: Path) -> None:
    """It takes no more tensors: rank 0 waits in vain, the driver hears of it. Afterwards it says what is wrong."""
    import routes
    import torch

    from oneshot_rlvr.cluster.proxy import RayPolicy
    from oneshot_rlvr.cluster.rollout_group import RaySampler
    from oneshot_rlvr.errors import RunError, WorkerLost

    groups, samplers = parts
    group, every = groups[1], samplers["gloo"]
    sampler = RaySampler(every.cluster, every.workers[1:], route="gloo")
    group.build(routes.policy)
    group.connect("gloo", torch.float32, [(worker, 1) for worker in sampler.workers], sampler.workers)
    failing.touch()
    start = time.monotonic()
    with pytest.raises(WorkerLost) as lost:
        sampler.load_weights(4, RayPolicy(group, torch.float32).weights())
    assert "rollout worker 1 (process " in str(lost.value) and "ValueError: planted" in str(lost.value)
    assert time.monotonic() - start < 60  # of the 300 seconds that rank 0 would wait
    broken = "its weights are half of one version and half of another"
    with pytest.raises(RunError, match=f"the vLLM engine cannot be used: {broken}"):
        sampler.scores((5,), (6,))
