"""By which way weights go: every placing, and the ranks that engines take in a group."""

from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from oneshot_rlvr.config.schema import ModelConfig, RolloutConfig, RunConfig, RuntimeConfig, VllmConfig
from oneshot_rlvr.errors import UserError

pytest.importorskip("ray")
from oneshot_rlvr.cluster import weight_link
from oneshot_rlvr.cluster.placement import layout, weight_route
from oneshot_rlvr.cluster.weight_link import RayClient, Receiver
from oneshot_rlvr.weights.routes import BACKENDS, Placing, choose_route

NEAR_CPU, FAR_CPU = ("shared_memory",), ("object_store",)
# (device, placement, one node, each engine beside a trainer) -> possible routes with vLLM, the best first
EXPECTED = {
    ("cpu", "colocated", True, True): NEAR_CPU,
    ("cpu", "colocated", True, False): NEAR_CPU,
    ("cpu", "colocated", False, True): FAR_CPU,
    ("cpu", "colocated", False, False): FAR_CPU,
    ("cpu", "split", True, True): NEAR_CPU,
    ("cpu", "split", True, False): NEAR_CPU,
    ("cpu", "split", False, True): FAR_CPU,
    ("cpu", "split", False, False): FAR_CPU,
    ("cuda", "colocated", True, True): ("ipc", "shared_memory"),
    ("cuda", "colocated", True, False): ("shared_memory",),
    ("cuda", "colocated", False, True): ("ipc",),
    ("cuda", "colocated", False, False): ("object_store",),
    ("cuda", "split", True, True): ("nccl", "shared_memory"),
    ("cuda", "split", True, False): ("nccl", "shared_memory"),
    ("cuda", "split", False, True): ("nccl",),
    ("cuda", "split", False, False): ("nccl",),
}
EVERY = (*BACKENDS, "object_store")


@pytest.mark.parametrize("place", list(product(("cpu", "cuda"), ("colocated", "split"), (True, False), (True, False))))
def test_every_placing_has_its_routes(place: tuple[str, str, bool, bool]) -> None:
    possible = EXPECTED[place]
    placing = Placing("vllm", *place)
    assert placing.possible == possible and choose_route(placing, "auto") == possible[0]
    for route in EVERY:
        if route in possible:
            assert choose_route(placing, route) == route
        else:
            with pytest.raises(UserError, match=f"weight_route={route}: .* possible: {', '.join(possible)}$"):
                choose_route(placing, route)
    assert Placing("transformers", *place).possible == ("object_store",)


@pytest.mark.parametrize(
    ("device", "placement", "gpus", "policies", "rollouts", "parallel", "nodes", "route"),
    [
        ("cuda", "colocated", 4, 0, 0, 1, "aaaa", "ipc"),
        ("cuda", "colocated", 4, 0, 0, 1, "aabb", "ipc"),
        ("cuda", "colocated", 4, 4, 2, 1, "aaaa", "ipc"),
        ("cuda", "colocated", 4, 2, 4, 1, "aaaa", "shared_memory"),  # two engines have no trainer on their GPU
        ("cuda", "split", 4, 0, 0, 1, "aaaa", "nccl"),
        ("cuda", "split", 8, 4, 2, 2, "aaaabb", "nccl"),
        ("cpu", "colocated", 0, 2, 2, 1, "aa", "shared_memory"),
        ("cpu", "split", 0, 1, 1, 1, "ab", "object_store"),
    ],
)
def test_routes_of_layouts(
    device: str, placement: str, gpus: int, policies: int, rollouts: int, parallel: int, nodes: str, route: str
) -> None:
    config = RunConfig(
        model=ModelConfig(path="x"), runtime=RuntimeConfig("ray", policy_workers=policies, rollout_workers=rollouts),
        rollout=RolloutConfig(name="vllm", placement=placement, vllm=VllmConfig(tensor_parallel=parallel)),
    )  # fmt: skip
    plan = layout(config, gpus)
    assert len(plan.bundles) == len(nodes)
    assert weight_route(config, device, plan, list(nodes)) == route


def test_engines_take_consecutive_ranks_behind_the_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two engines of two processes and one of one: ranks 1 2, 3 4, 5 in a group of 6."""
    asked: list[tuple[str, Any]] = []

    def engine(title: str, ranks: int) -> Receiver:
        remote = SimpleNamespace(remote=lambda method, *arguments: asked.append((title, method, *arguments)) or title)
        return Receiver(title, SimpleNamespace(weight_update=remote), ranks)

    monkeypatch.setattr(weight_link, "ray", SimpleNamespace(
        wait=lambda waiting, num_returns: (waiting[:1], waiting[1:]), get=lambda ref: None,
    ))  # fmt: skip
    receivers = (engine("a", 2), engine("b", 2), engine("c", 1))
    client = RayClient(receivers)
    client.init_weight_transfer_engine({"rank_offset": 1, "world_size": 6})
    assert asked == [
        (title, "init_weight_transfer_engine", {"rank_offset": offset, "world_size": 6})
        for title, offset in (("a", 1), ("b", 3), ("c", 5))
    ]
    asked.clear()
    client.init_weight_transfer_engine({"packed": True})  # CUDA IPC has no group
    client.update_weights({"names": []})
    assert [call[1:] for call in asked] == [("init_weight_transfer_engine", {"packed": True})] * 3 + [
        ("update_weights", {"names": []})
    ] * 3


@pytest.mark.parametrize("gpus", [0, 1, 2, 8])
def test_the_selftest_asks_for_routes_that_these_gpus_have(gpus: int) -> None:
    from oneshot_rlvr.config.load import load_run_config
    from oneshot_rlvr.trainer.selftest import RUN, vllm_routes

    found = vllm_routes(gpus)
    assert list(found) == (["ipc", "nccl"] if gpus else ["shared_memory"])
    for route, overrides in found.items():
        if overrides is None:
            assert (route, gpus) == ("nccl", 1)
            continue
        config = load_run_config([*RUN, "rollout=vllm", f"rollout.vllm.weight_route={route}", *overrides])
        plan = layout(config, gpus)
        assert sum(bundle.get("GPU", 0) for bundle in plan.bundles) <= gpus
        assert weight_route(config, "cuda" if gpus else "cpu", plan, ["a"] * len(plan.bundles)) == route
