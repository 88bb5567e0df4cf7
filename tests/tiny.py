"""Tiny models and rollouts for tests: seconds on one core, no file from outside."""

import random
from collections.abc import Callable, Sequence

import pytest
import torch

from oneshot_rlvr.config.schema import AlgorithmConfig, CompatConfig, CriticConfig, OptimizerConfig, ShapeConfig
from oneshot_rlvr.learner.critic import CriticWorker
from oneshot_rlvr.learner.estimate import Workers
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.models import load
from oneshot_rlvr.models.cpu import blockwise
from oneshot_rlvr.models.critic import ValueModel
from oneshot_rlvr.models.policy import PolicyModel
from oneshot_rlvr.types import Group, Problem, Rollout

VOCAB = 61
SHAPE = ShapeConfig(hidden=32, layers=2, heads=4, kv_heads=2, ffn=48, vocab=VOCAB, max_positions=256, tied=True)


class NumberTokenizer:
    """Token ids are their own text."""

    eos_token_id = 2
    pad_token_id = 0
    unk_token_id = None

    def __len__(self) -> int:
        return VOCAB

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str:
        return " ".join(map(str, ids))


def by_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training goes through transformers' modules, whatever the model."""
    monkeypatch.setattr(blockwise, "is_plain", lambda base: False)


def tiny_model(seed: int = 0, scale: float = 4.0) -> torch.nn.Module:
    """A random Qwen2 whose distributions are peaked enough to tell right from wrong."""
    model = load.random_model(SHAPE, NumberTokenizer(), seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter.mul_(scale)
    return model


def random_groups(num_groups: int = 4, group_size: int = 3, seed: int = 0) -> list[Group]:
    """Groups with made-up rollouts of unequal lengths (log-probabilities all 0)."""
    rng = random.Random(seed)
    groups = []
    for p in range(num_groups):
        prompt = tuple(rng.randrange(3, VOCAB) for _ in range(rng.randint(1, 9)))
        rollouts = []
        for _ in range(group_size):
            ids = tuple(rng.randrange(3, VOCAB) for _ in range(rng.randint(1, 15)))
            rollouts.append(Rollout(ids, (0.0,) * len(ids), "stop", ""))
        groups.append(Group(p, 0, Problem(str(p), "", ""), prompt, tuple(rollouts)))
    return groups


def _whole(module: torch.nn.Module, dtype: torch.dtype) -> None:
    """Not sharded."""


def worker(
    algorithm: AlgorithmConfig, seed: int = 0, temperature: float = 0.6, lr: float = 1e-3, reference_seed: int = 1,
    shard: Callable[[torch.nn.Module, torch.dtype], None] = _whole,
) -> PolicyWorker:
    """A policy worker on the tiny model, float32; the reference is another tiny model when KL is on."""
    policy = PolicyModel(tiny_model(seed), "packed_sdpa", torch.float32, chunk=7)
    shard(policy, torch.float32)
    reference = None
    if algorithm.kl_coef:
        frozen = tiny_model(reference_seed).eval().requires_grad_(False)
        reference = PolicyModel(frozen, "packed_sdpa", torch.float32, chunk=7)
        shard(reference, torch.float32)
    return PolicyWorker(policy, reference, algorithm, OptimizerConfig(lr=lr), CompatConfig(), temperature)


def workers(
    algorithm: AlgorithmConfig, lr: float = 1e-3, critic: CriticConfig | None = None,
    shard: Callable[[torch.nn.Module, torch.dtype], None] = _whole,
) -> Workers:
    """The policy worker, with a critic on another tiny model's backbone if one is asked for."""
    policy = worker(algorithm, lr=lr, shard=shard)
    if critic is None:
        return Workers(policy)
    model = ValueModel(tiny_model(3), "packed_sdpa", torch.float32)
    shard(model, torch.float32)
    return Workers(policy, CriticWorker(model, critic, OptimizerConfig(lr=critic.lr), CompatConfig()))
