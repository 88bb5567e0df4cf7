"""The update of a step: denominators, micro-batches, optimizer steps, and what they did."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from oneshot_rlvr.algorithms.aggregate import official_weights, response_weights
from oneshot_rlvr.algorithms.losses import OF_ADVANTAGES, coefficient
from oneshot_rlvr.algorithms.partition import official_split
from oneshot_rlvr.algorithms.registry import algorithm
from oneshot_rlvr.config.schema import AlgorithmConfig
from oneshot_rlvr.files import seed_of
from oneshot_rlvr.learner.estimate import Batch, micro_batches_of
from oneshot_rlvr.learner.mismatch import Mismatch, mismatch
from oneshot_rlvr.learner.sequences import TokenSums, TrainSequence, ValueSums
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.types import Rollout, by_group

# Metrics that are 0 where every rollout was left out of the passes: left out is what has loss 0. Others are missing.
NOTHING_PASSED = ("policy/loss", "policy/pg_loss")


@dataclass(frozen=True, slots=True)
class StepStats:
    """Figures of the update of one step."""

    values: dict[str, float]  # metrics by name: of losses their means, of counts their sums, over the optimizer steps
    entropies_B: list[Tensor | None]  # [T] of each rollout, nats; None where it was left out of the passes
    mismatch: Mismatch | None = None  # of trainer and sampler before the update; None where no response was passed
    stale: bool = False  # the sampler had the weights of an earlier step, so that a mismatch is no fault
    waited: bool = False  # for the critic: no pass of the policy was made, and nothing of it was measured


@dataclass(frozen=True, slots=True)
class _Part:
    """One optimizer step: its rollouts (indices into the batch), sums and norms."""

    members: list[int]
    sums: TokenSums
    value_sums: ValueSums = field(default_factory=ValueSums)
    grad_norm: float = 0.0
    critic_grad_norm: float = 0.0
    lr: float = 0.0
    skipped: int = 0  # rollouts left out because their gradient is exactly zero
    term_norms: dict[str, float] = field(default_factory=dict)
    scale: float | None = None  # of the loss, in float16
    overflowed: bool = False  # left out for that
    waited: bool = False


def update(
    workers: Workers, batch: Batch, config: AlgorithmConfig, micro_batch_tokens: int, constant: float,
    by_term: bool = False,
) -> StepStats:  # fmt: skip
    """The optimizer steps of one batch: `config.updates_per_step`, each over its share of the rollouts.

    `constant` is the denominator of a response with normalization=constant, in tokens. With `by_term` the gradient norm
    of each loss term is measured before the first of them.
    """
    parts: list[_Part] = []
    for members in minibatches(batch.rollouts, config):
        measure = by_term and not parts
        parts.append(_one_update(workers, batch, members, config, micro_batch_tokens, constant, measure))
    return _stats(parts, batch, workers.critic is not None)


def minibatches(rollouts: Sequence[Rollout], config: AlgorithmConfig) -> list[list[int]]:
    """The rollouts of each optimizer step: whole groups in the order in which they come, or any rollouts in an order
    drawn by their seeds."""
    updates = config.updates_per_step
    if config.minibatch_order == "shuffled":
        places = sorted(range(len(rollouts)), key=lambda i: seed_of(f"minibatch/{rollouts[i].seed}"))
        cuts = [len(places) * k // updates for k in range(updates + 1)]
        return [places[a:b] for a, b in itertools.pairwise(cuts) if a < b]
    groups = list(by_group(rollouts).values())
    share = max(1, len(groups) // updates)
    return [[i for group in groups[k : k + share] for i in group] for k in range(0, len(groups), share)]


def _one_update(
    workers: Workers, batch: Batch, members: list[int], config: AlgorithmConfig, micro_batch_tokens: int,
    constant: float, by_term: bool,
) -> _Part:  # fmt: skip
    """One optimizer step over `members`, with one denominator that is taken before anything is left out."""
    sequences = [batch.sequences[i] for i in members]
    lengths = torch.tensor([s.num_trained for s in sequences])
    every = range(len(sequences))
    skip = may_skip(config)
    kept = [i for i in every if not skip or bool((sequences[i].advantages != 0).any())]
    micro_batches = micro_batches_of(sequences, kept, micro_batch_tokens)
    value_sums, critic_grad_norm = ValueSums(), 0.0
    critic = workers.critic
    if critic is not None:  # it learns from every response that has a reward, also where the policy has no gradient
        taught = [i for i in every if sequences[i].returns is not None]
        value_batches = micro_batches_of(sequences, taught, micro_batch_tokens)
        value_sums = critic.forward_backward(sequences, response_weights(lengths, "token_mean", 0), value_batches)
        critic_grad_norm, _ = critic.trained.step()
        if critic.trained.updates <= critic.config.warmup_updates:
            # The policy waits for a critic that knows something; its learning rate is 0 meanwhile.
            return _Part(members, TokenSums(), value_sums, 0.0, critic_grad_norm, waited=True)
    weights = _weights(sequences, lengths, config, micro_batch_tokens, constant)
    norms = workers.policy.gradient_norms(sequences, weights, micro_batches) if by_term else {}
    sums = workers.policy.forward_backward(sequences, weights, micro_batches)
    grad_norm, lr = workers.policy.trained.step(_nonfinite(sums))
    skipped, scale = len(sequences) - len(kept), workers.policy.trained.scale
    return _Part(
        members, sums, value_sums, grad_norm, critic_grad_norm, lr, skipped, norms,
        None if scale is None else scale.factor, scale is not None and scale.overflowed,
    )  # fmt: skip


def _weights(
    sequences: Sequence[TrainSequence], lengths: Tensor, config: AlgorithmConfig, micro_batch_tokens: int,
    constant: float,
) -> Tensor:  # fmt: skip
    """Weight of every token of each response in the loss, by `config.normalization`."""
    if config.normalization != "official":
        return response_weights(lengths, config.normalization, constant)
    whole = [len(s.prompt_ids) + len(s.response_ids) for s in sequences]
    return official_weights(lengths, official_split(whole, config.official_gpus, micro_batch_tokens))


def _nonfinite(sums: TokenSums) -> str | None:
    """The words for what is not finite in a pass; None where everything is."""
    loss = sums.weighted.get("policy/loss", 0.0)
    if not math.isfinite(loss):
        return f"the loss is {loss}"
    if any(not torch.isfinite(logprobs).all() for logprobs in sums.logprobs_B.values()):
        return "a log-probability of the trained model is not finite"
    return None


def may_skip(config: AlgorithmConfig) -> bool:
    """Tells whether a rollout of advantage 0 has gradient 0: no term acts that is not multiplied by the advantage."""
    others = [term for term in algorithm(config).terms if term not in OF_ADVANTAGES]
    acting = any(callable(term) or coefficient(term, config) != 0 for term in others)
    steered = bool(config.entropy_target) or config.covariance == "kl"
    return config.skip_constant_groups and not acting and not steered


def _stats(parts: list[_Part], batch: Batch, with_critic: bool) -> StepStats:
    """The means over a step's optimizer steps, and of each rollout what its pass found."""
    made = [p for p in parts if not p.waited]
    tokens = sum(p.sums.tokens for p in made)
    entropies: list[Tensor | None] = [None] * len(batch.rollouts)
    logprobs: list[Tensor | None] = [None] * len(batch.rollouts)
    for part in made:
        for place, i in enumerate(part.members):
            entropies[i], logprobs[i] = part.sums.entropies_B.get(place), part.sums.logprobs_B.get(place)
    values: dict[str, float] = {}
    if made:
        for name in dict.fromkeys(name for p in made for name in p.sums.weighted):
            values[name] = sum(p.sums.weighted.get(name, 0.0) for p in made) / len(made)
        if tokens:
            for name in dict.fromkeys(name for p in made for name in p.sums.summed):
                values[name] = sum(p.sums.summed.get(name, 0.0) for p in made) / tokens
        else:  # every rollout was left out of the passes
            values |= dict.fromkeys(NOTHING_PASSED, 0.0)
        if norms := [p.grad_norm for p in made if not p.overflowed]:
            values["policy/grad_norm"] = max(norms)
        if (scale := made[-1].scale) is not None:
            values["policy/loss_scale"] = scale
            values["policy/overflows"] = sum(p.overflowed for p in made)
    if batch.kl_in_reward is not None:
        values["policy/kl"] = batch.kl_in_reward
    values |= {f"policy/grad_norm_{term}": norm for term, norm in parts[0].term_norms.items()}
    values["policy/lr"] = parts[-1].lr
    values["policy/skipped_rollouts"] = sum(p.skipped for p in parts)
    if with_critic:
        all_tokens = sum(s.num_trained for s in batch.sequences)
        values["critic/value_loss"] = sum(p.value_sums.loss for p in parts) / len(parts)
        values["critic/clip_share"] = sum(p.value_sums.clipped for p in parts) / all_tokens
        values["critic/grad_norm"] = max(p.critic_grad_norm for p in parts)
    return StepStats(values, entropies, _mismatch(logprobs, batch), batch.late, waited=not made)


def _mismatch(logprobs: list[Tensor | None], batch: Batch) -> Mismatch | None:
    """Trainer against sampler before the update: by the log-probabilities taken then, where they were; else by those of
    the update's own pass, which is made with the same weights."""
    scored = []
    for rollout, s, now in zip(batch.rollouts, batch.sequences, logprobs):
        before = now if s.old_logprobs is None or s.stale else s.old_logprobs
        if before is not None and rollout.logprobs:
            scored.append((before, s.sampler_logprobs))
    if not scored:
        return None
    ours, theirs = zip(*scored)
    return mismatch(torch.cat(ours), torch.cat(theirs))
