"""From graded groups to optimizer steps: advantages, denominators, micro-batches, update."""

import math
from dataclasses import dataclass, field
from typing import Sequence

import torch
from torch import Tensor

from oneshot_rlvr.algorithms.aggregate import official_weights, response_weights
from oneshot_rlvr.algorithms.partition import official_split
from oneshot_rlvr.config.schema import AlgorithmConfig
from oneshot_rlvr.learner.critic import ValueSums
from oneshot_rlvr.learner.estimate import Estimate, Workers, micro_batches_of
from oneshot_rlvr.learner.mismatch import Mismatch, mismatch
from oneshot_rlvr.learner.policy import TokenSums, TrainSequence
from oneshot_rlvr.types import Grade, Group


@dataclass(frozen=True, slots=True)
class UpdateStats:
    """What one step's update did: means over response tokens, averaged over the step's optimizer steps."""

    loss: float
    policy_loss: float
    entropy: float  # nats a token
    kl: float  # to the reference, nats a token: k3 of the loss term, or of the reward's; else 0
    clip_share: float
    grad_norm: float  # largest of the step, before clipping
    lr: float
    mismatch: Mismatch | None  # of trainer and sampler before the update; None where no response was passed
    skipped_sequences: int  # left out of the passes because their gradient is exactly zero
    entropies_P_G: list[list[Tensor | None]]  # [T] each; None where skipped
    value_loss: float = 0.0  # of the critic, as the next two
    value_clip_share: float = 0.0
    critic_grad_norm: float = 0.0
    term_norms: dict[str, float] = field(default_factory=dict)  # gradient norm of each loss term, first update
    policy_waited: bool = False  # for the critic: no pass of the policy was made, its figures above are no measurements


@dataclass(frozen=True, slots=True)
class StepRecord:
    """Everything one step made, for the files and the metrics."""

    step: int
    groups_P: Sequence[Group]
    grades_P_G: Sequence[Sequence[Grade]]
    rewards_P_G: Sequence[Sequence[float | None]]
    estimate: Estimate
    stats: UpdateStats


def update(
    workers: Workers,
    groups_P: Sequence[Group],
    estimate: Estimate,
    config: AlgorithmConfig,
    micro_batch_tokens: int,
    constant: float,
    by_term: bool = False,
) -> UpdateStats:
    """The optimizer steps of one rollout batch: `config.updates_per_step`, each over its share of the groups.

    With `by_term` the gradient norm of each loss term is measured before the first of them.
    """
    share = len(groups_P) // config.updates_per_step
    collected: list[_PartStats] = []
    for first in range(0, len(groups_P), share):
        sequences = [s for group in estimate.sequences_P_G[first : first + share] for s in group]
        measure = by_term and first == 0
        collected.append(_one_update(workers, sequences, config, micro_batch_tokens, constant, measure))
    return _summarise(collected, groups_P, share, estimate)


@dataclass(frozen=True, slots=True)
class _PartStats:
    sums: TokenSums
    value_sums: ValueSums
    grad_norm: float
    critic_grad_norm: float
    lr: float
    num_sequences: int
    skipped: int
    term_norms: dict[str, float] = field(default_factory=dict)
    waited: bool = False


def _one_update(
    workers: Workers,
    sequences: list[TrainSequence],
    config: AlgorithmConfig,
    micro_batch_tokens: int,
    constant: float,
    by_term: bool,
) -> _PartStats:
    """One optimizer step over `sequences`, with one denominator that is taken before anything is left out."""
    lengths = torch.tensor([len(s.response_ids) for s in sequences])
    every = list(range(len(sequences)))
    kept = [i for i in every if not may_skip(config) or bool((sequences[i].advantages != 0).any())]
    micro_batches = micro_batches_of(sequences, kept, micro_batch_tokens)
    if config.normalization == "official":
        whole = [len(s.prompt_ids) + len(s.response_ids) for s in sequences]
        weights = official_weights(lengths, official_split(whole, config.official_gpus, micro_batch_tokens))
    else:
        weights = response_weights(lengths, config.normalization, constant)
    value_sums, critic_grad_norm = ValueSums(), 0.0
    critic = workers.critic
    if critic is not None:  # it learns from every response that has a reward, also where the policy has no gradient
        taught = [i for i in every if sequences[i].returns is not None]
        value_batches = micro_batches_of(sequences, taught, micro_batch_tokens)
        value_sums = critic.forward_backward(sequences, response_weights(lengths, "token_mean", 0), value_batches)
        critic_grad_norm, _ = critic.trained.step()
        if critic.trained.updates <= critic.config.warmup_updates:
            # The policy waits for a critic that knows something; its learning rate is 0 meanwhile.
            return _PartStats(TokenSums(), value_sums, 0.0, critic_grad_norm, 0.0, len(sequences), 0, waited=True)
    norms = workers.policy.gradient_norms(sequences, weights, micro_batches) if by_term else {}
    sums = workers.policy.forward_backward(sequences, weights, micro_batches)
    grad_norm, lr = workers.policy.trained.step(_nonfinite(sums))
    return _PartStats(
        sums, value_sums, grad_norm, critic_grad_norm, lr, len(sequences), len(sequences) - len(kept), norms
    )


def _nonfinite(sums: TokenSums) -> str | None:
    """What of a pass is not finite, for a line; None where all is."""
    if not math.isfinite(sums.loss):
        return f"the loss is {sums.loss}"
    if any(not torch.isfinite(logprobs).all() for logprobs in sums.logprobs_B.values()):
        return "a log-probability of the trained model is not finite"
    return None


def may_skip(config: AlgorithmConfig) -> bool:
    """Advantage 0 means gradient 0 only where no entropy or KL term acts."""
    no_other_term = config.entropy_coef == 0 and (config.kl_coef == 0 or config.kl_in_reward)
    return config.skip_constant_groups and no_other_term


def _summarise(
    parts: list[_PartStats], groups_P: Sequence[Group], share: int, estimate: Estimate
) -> UpdateStats:
    made = [p for p in parts if not p.waited]
    tokens = max(1, sum(p.sums.tokens for p in parts))
    all_tokens = sum(len(r.token_ids) for g in groups_P for r in g.rollouts)
    entropies: list[Tensor | None] = []
    logprobs: list[Tensor | None] = []
    for part in parts:
        entropies += [part.sums.entropies_B.get(i) for i in range(part.num_sequences)]
        logprobs += [part.sums.logprobs_B.get(i) for i in range(part.num_sequences)]
    per_group = iter(entropies)
    return UpdateStats(
        loss=sum(p.sums.loss for p in made) / max(1, len(made)),
        policy_loss=sum(p.sums.policy_loss for p in made) / max(1, len(made)),
        entropy=sum(p.sums.entropy for p in parts) / tokens,
        kl=sum(p.sums.kl for p in parts) / tokens if estimate.kl_in_reward is None else estimate.kl_in_reward,
        clip_share=sum(p.sums.clipped for p in parts) / tokens,
        grad_norm=max(p.grad_norm for p in parts),
        lr=parts[-1].lr,
        mismatch=_mismatch(logprobs, [s for group in estimate.sequences_P_G for s in group]),
        skipped_sequences=sum(p.skipped for p in parts),
        entropies_P_G=[[next(per_group) for _ in g.rollouts] for g in groups_P],
        value_loss=sum(p.value_sums.loss for p in parts) / len(parts),
        value_clip_share=sum(p.value_sums.clipped for p in parts) / all_tokens,
        critic_grad_norm=max(p.critic_grad_norm for p in parts),
        term_norms=parts[0].term_norms,
        policy_waited=not made,
    )


def _mismatch(logprobs: list[Tensor | None], sequences: Sequence[TrainSequence]) -> Mismatch | None:
    """Between trainer and sampler before the update: by the log-probabilities taken then, where they were; else by
    those of the one pass (`logprobs`), which is made with the same weights."""
    before = [s.old_logprobs if s.old_logprobs is not None else now for s, now in zip(sequences, logprobs)]
    scored = [(ours, s.sampler_logprobs) for s, ours in zip(sequences, before) if ours is not None]
    if not scored:
        return None
    ours, theirs = zip(*scored)
    return mismatch(torch.cat(ours), torch.cat(theirs))
