"""Tiny models and rollouts for tests: seconds on one core, no file from outside."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import torch

from oneshot_rlvr.config.schema import AlgorithmConfig, CompatConfig, CriticConfig, OptimizerConfig, ShapeConfig
from oneshot_rlvr.learner.critic import CriticWorker
from oneshot_rlvr.learner.estimate import Batch, sequences_of
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.models import load
from oneshot_rlvr.models.cpu import blockwise
from oneshot_rlvr.models.critic import ValueModel
from oneshot_rlvr.models.policy import PolicyModel
from oneshot_rlvr.types import Problem, Rollout, Task

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


def asked(prompt_ids: Sequence[int], seed: int = 0) -> Rollout:
    """A rollout of this prompt before it is sampled, in a group of its own."""
    return Rollout(Task(Problem("0", "", ""), tuple(prompt_ids)), f"0#{seed}", 0, seed)


def random_rollouts(num_groups: int = 4, group_size: int = 3, seed: int = 0) -> list[Rollout]:
    """Groups of made-up rollouts of unequal lengths (log-probabilities all 0)."""
    rng = random.Random(seed)
    rollouts = []
    for p in range(num_groups):
        prompt = tuple(rng.randrange(3, VOCAB) for _ in range(rng.randint(1, 9)))
        for index in range(group_size):
            ids = tuple(rng.randrange(3, VOCAB) for _ in range(rng.randint(1, 15)))
            task = Task(Problem(str(p), "", ""), prompt)
            rollouts.append(Rollout(task, f"{p}#0", index, 0, ids, (0.0,) * len(ids), finish_reason="stop"))
    return rollouts


def rewarded(rollouts: Sequence[Rollout], rewards: Sequence[float | None]) -> list[Rollout]:
    """The rollouts with these rewards."""
    return [replace(rollout, reward=reward) for rollout, reward in zip(rollouts, rewards, strict=True)]


def batch_of(rollouts: Sequence[Rollout], advantages: Sequence[float], policy: PolicyWorker | None = None) -> Batch:
    """A batch with the given advantages; with `policy`, also its log-probabilities before the update."""
    sequences = [replace(s, advantages=torch.full((len(s.response_ids),), a))
                 for s, a in zip(sequences_of(rollouts), advantages, strict=True)]  # fmt: skip
    if policy is not None:
        old = policy.logprobs(sequences, [[i] for i in range(len(sequences))])
        sequences = [replace(s, old_logprobs=old_T) for s, old_T in zip(sequences, old)]
    return Batch([replace(r, advantage=a) for r, a in zip(rollouts, advantages)], sequences)


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
