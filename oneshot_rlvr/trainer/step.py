"""From graded groups to optimizer steps: advantages, denominators, micro-batches, update."""

from dataclasses import dataclass, replace
from typing import Sequence

import torch
from torch import Tensor

from oneshot_rlvr.algorithms.advantages import grpo_advantages
from oneshot_rlvr.algorithms.aggregate import official_weights, response_weights
from oneshot_rlvr.config.schema import AlgorithmConfig
from oneshot_rlvr.models.packing import split_micro_batches
from oneshot_rlvr.types import Grade, Group
from oneshot_rlvr.workers.policy import PolicyWorker, TokenSums, TrainSequence


@dataclass(frozen=True, slots=True)
class UpdateStats:
    """What one step's update did: means over response tokens, summed over the step's optimizer steps."""

    loss: float
    policy_loss: float
    entropy: float  # nats a token
    kl: float  # k3 to the reference, nats a token; 0 without a reference
    clip_share: float
    grad_norm: float  # largest of the step, before clipping
    lr: float
    mismatch_mean: float  # |trainer - sampler| log-probability of sampled tokens, nats
    mismatch_max: float
    skipped_sequences: int  # left out of the passes because their gradient is exactly zero
    entropies_P_G: list[list[Tensor | None]]  # [T] each; None where skipped


@dataclass(frozen=True, slots=True)
class StepRecord:
    """Everything one step made, for the files and the metrics."""

    step: int
    groups_P: Sequence[Group]
    grades_P_G: Sequence[Sequence[Grade]]
    rewards_P_G: Sequence[Sequence[float | None]]
    advantages_P_G: Sequence[Sequence[float]]
    stats: UpdateStats


def advantages(rewards_P_G: Sequence[Sequence[float | None]], config: AlgorithmConfig) -> list[list[float]]:
    """Advantages of every rollout. A rollout without a reward (its grading failed) is left out of its group: 0."""
    advantages_P_G = []
    for rewards_G in rewards_P_G:
        known = [r for r in rewards_G if r is not None]
        values = iter(grpo_advantages(torch.tensor(known), config.advantage_eps).tolist() if known else [])
        advantages_P_G.append([0.0 if r is None else next(values) for r in rewards_G])
    return advantages_P_G


def update(
    policy: PolicyWorker,
    groups_P: Sequence[Group],
    advantages_P_G: Sequence[Sequence[float]],
    config: AlgorithmConfig,
    micro_batch_tokens: int,
    constant: float,
) -> UpdateStats:
    """The optimizer steps of one rollout batch: `config.updates_per_step`, each over its share of the groups."""
    sequences_P_G = [
        [TrainSequence(g.prompt_ids, r.token_ids, a) for r, a in zip(g.rollouts, advantages_G)]
        for g, advantages_G in zip(groups_P, advantages_P_G)
    ]
    if config.updates_per_step > 1:
        sequences_P_G = _with_old_logprobs(policy, sequences_P_G, micro_batch_tokens)
    share = len(sequences_P_G) // config.updates_per_step
    collected: list[_PartStats] = []
    for first in range(0, len(sequences_P_G), share):
        sequences = [s for group in sequences_P_G[first : first + share] for s in group]
        collected.append(_one_update(policy, sequences, config, micro_batch_tokens, constant))
    return _summarise(collected, groups_P, share)


@dataclass(frozen=True, slots=True)
class _PartStats:
    sums: TokenSums
    grad_norm: float
    lr: float
    num_sequences: int
    skipped: int


def _one_update(
    policy: PolicyWorker,
    sequences: list[TrainSequence],
    config: AlgorithmConfig,
    micro_batch_tokens: int,
    constant: float,
) -> _PartStats:
    """One optimizer step over `sequences`, with one denominator that is taken before anything is left out."""
    lengths = torch.tensor([len(s.response_ids) for s in sequences])
    kept = [i for i, s in enumerate(sequences) if s.advantage != 0 or not _may_skip(config)]
    packed_lengths = [len(sequences[i].prompt_ids) + len(sequences[i].response_ids) - 1 for i in kept]
    micro_batches = [[kept[i] for i in part] for part in split_micro_batches(packed_lengths, micro_batch_tokens)]
    if config.normalization == "official":
        weights = official_weights(lengths, micro_batches)
    else:
        weights = response_weights(lengths, config.normalization, constant)
    sums = policy.forward_backward(sequences, weights, micro_batches)
    grad_norm, lr = policy.optim_step()
    return _PartStats(sums, grad_norm, lr, len(sequences), len(sequences) - len(kept))


def _may_skip(config: AlgorithmConfig) -> bool:
    """Advantage 0 means gradient 0 only where no entropy or KL term acts; `official` weighs by what is packed."""
    no_other_term = config.entropy_coef == 0 and config.kl_coef == 0
    return config.skip_constant_groups and no_other_term and config.normalization != "official"


def _with_old_logprobs(
    policy: PolicyWorker, sequences_P_G: list[list[TrainSequence]], micro_batch_tokens: int
) -> list[list[TrainSequence]]:
    flat = [s for group in sequences_P_G for s in group]
    lengths = [len(s.prompt_ids) + len(s.response_ids) - 1 for s in flat]
    old = iter(policy.logprobs(flat, split_micro_batches(lengths, micro_batch_tokens)))
    return [[replace(s, old_logprobs=next(old)) for s in group] for group in sequences_P_G]


def _summarise(parts: list[_PartStats], groups_P: Sequence[Group], share: int) -> UpdateStats:
    tokens = max(1, sum(p.sums.tokens for p in parts))
    entropies: list[Tensor | None] = []
    logprobs: list[Tensor | None] = []
    for part in parts:
        entropies += [part.sums.entropies_B.get(i) for i in range(part.num_sequences)]
        logprobs += [part.sums.logprobs_B.get(i) for i in range(part.num_sequences)]
    mean, largest = _mismatch(logprobs, groups_P, share if len(parts) > 1 else len(groups_P))
    per_group = iter(entropies)
    return UpdateStats(
        loss=sum(p.sums.loss for p in parts) / len(parts),
        policy_loss=sum(p.sums.policy_loss for p in parts) / len(parts),
        entropy=sum(p.sums.entropy for p in parts) / tokens,
        kl=sum(p.sums.kl for p in parts) / tokens,
        clip_share=sum(p.sums.clipped for p in parts) / tokens,
        grad_norm=max(p.grad_norm for p in parts),
        lr=parts[-1].lr,
        mismatch_mean=mean,
        mismatch_max=largest,
        skipped_sequences=sum(p.skipped for p in parts),
        entropies_P_G=[[next(per_group) for _ in g.rollouts] for g in groups_P],
    )


def _mismatch(logprobs: list[Tensor | None], groups_P: Sequence[Group], num_groups: int) -> tuple[float, float]:
    """Mean and largest |trainer - sampler| over the groups of the first optimizer step (later ones have moved on)."""
    rollouts = [r for g in groups_P[:num_groups] for r in g.rollouts]
    gaps = [(ours - torch.tensor(r.logprobs)).abs() for ours, r in zip(logprobs, rollouts) if ours is not None]
    if not gaps:
        return 0.0, 0.0
    every = torch.cat(gaps)
    return every.mean().item(), every.max().item()
