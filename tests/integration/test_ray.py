"""`runtime=ray` on the CPU: real Ray, real FSDP2 over gloo, and the same numbers as `runtime=local`."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import NumberTokenizer, random_groups, workers

from oneshot_rlvr.config.schema import AlgorithmConfig, CriticConfig, RuntimeConfig
from oneshot_rlvr.trainer.estimate import Workers, estimate
from oneshot_rlvr.trainer.step import UpdateStats, update

ray = pytest.importorskip("ray")
from oneshot_rlvr.workers.ray_cluster import Cluster  # noqa: E402
from oneshot_rlvr.workers.ray_policy import RayCritic, RayPolicy, TrainGroup  # noqa: E402

GRPO = AlgorithmConfig(entropy_coef=0.01, kl_coef=0.05)
PPO = AlgorithmConfig(name="ppo", kl_in_reward=True, kl_coef=0.05, entropy_coef=0.01, lam=0.9, gamma=0.97)
CRITIC = CriticConfig(lr=1e-3, value_clip=0.2)
ALGORITHMS = {"grpo": (GRPO, None), "ppo": (PPO, CRITIC)}
REWARDS = [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]]
HERE = Path(__file__).resolve().parent  # worker processes import the build functions from here


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Ray on this machine; its processes end with the module."""
    os.environ["PYTHONPATH"] = f"{HERE}:{HERE.parent}"
    ray.init(
        num_cpus=4, object_store_memory=200 << 20, include_dashboard=False, log_to_driver=False, logging_level="ERROR"
    )
    yield Cluster(RuntimeConfig(timeout_seconds=200.0))
    ray.shutdown()
    del os.environ["PYTHONPATH"]


def build_tiny(name: str, shard: Any) -> tuple[Workers, NumberTokenizer]:
    algorithm, critic = ALGORITHMS[name]
    return workers(algorithm, critic=critic, shard=shard), NumberTokenizer()


def sharded(cluster: Cluster, name: str, count: int) -> tuple[TrainGroup, Workers]:
    """The tiny workers over `count` processes."""
    room = cluster.reserve([{"CPU": 1}] * count)
    group = TrainGroup.start(cluster, partial(build_tiny, name), "cpu", room, list(range(count)), {"CPU": 1})
    critic = ALGORITHMS[name][1]
    found = Workers(RayPolicy(group, torch.float32), None if critic is None else RayCritic(group, critic))
    return group, found


def five_steps(found: Workers, name: str) -> list[UpdateStats]:
    """Five updates on given rollouts."""
    algorithm = ALGORITHMS[name][0]
    stats = []
    for step in range(5):
        groups = random_groups(seed=step)
        advantages = estimate(found, groups, REWARDS, algorithm, 25)
        stats.append(update(found, groups, advantages, algorithm, 25, constant=20.0))
    return stats


def weights_of(found: Workers) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in found.policy.weights()}


def relative(a: float, b: float) -> float:
    """Relative difference; means that are 0 but for rounding (whitened advantages) count as 0.01."""
    return abs(a - b) / max(abs(a), abs(b), 1e-2)


@pytest.mark.parametrize("name", ["grpo", "ppo"])
@pytest.mark.parametrize("count", [1, 2])
def test_five_steps_equal_those_of_one_process(cluster: Cluster, name: str, count: int) -> None:
    """Loss, gradient norm, metrics and weights, given the same rollouts."""
    local, _ = build_tiny(name, lambda module, dtype: None)
    expected = five_steps(local, name)
    _, distributed = sharded(cluster, name, count)
    found = five_steps(distributed, name)
    held, wanted = weights_of(distributed), weights_of(local)
    cluster.close()
    assert held.keys() == wanted.keys()
    scale = max(w.abs().max().item() for w in wanted.values())
    assert max((held[key] - w).abs().max().item() for key, w in wanted.items()) < 1e-5 * scale
    for ours, theirs in zip(found, expected, strict=True):
        for value in ("loss", "policy_loss", "entropy", "kl", "grad_norm", "lr", "value_loss", "critic_grad_norm"):
            print(name, count, value, getattr(ours, value), getattr(theirs, value))
            assert relative(getattr(ours, value), getattr(theirs, value)) < 1e-5, value
        assert ours.clip_share == pytest.approx(theirs.clip_share, abs=1e-9)
        for mine, others in zip(ours.entropies_P_G, theirs.entropies_P_G, strict=True):
            assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(mine, others, strict=True))
