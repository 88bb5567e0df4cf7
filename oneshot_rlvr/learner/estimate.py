"""Advantages of a step: from rewards within a group, or per token with discounting and a critic."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from oneshot_rlvr.algorithms.advantages import (
    discounted_returns,
    dr_grpo_advantages,
    gae,
    grpo_advantages,
    rloo_advantages,
    whiten,
)
from oneshot_rlvr.algorithms.losses import k3_kl
from oneshot_rlvr.algorithms.registry import GROUP_ALGORITHMS
from oneshot_rlvr.config.schema import AlgorithmConfig
from oneshot_rlvr.learner.critic import CriticWorker
from oneshot_rlvr.learner.policy import PolicyWorker, TrainSequence
from oneshot_rlvr.models.packing import split_micro_batches
from oneshot_rlvr.types import Group

if TYPE_CHECKING:
    from oneshot_rlvr.cluster.train_group import RayCritic, RayPolicy

@dataclass(frozen=True, slots=True)
class Workers:
    """What is trained; the critic for PPO alone."""

    policy: "PolicyWorker | RayPolicy"
    critic: "CriticWorker | RayCritic | None" = None
    notes: tuple[str, ...] = ()  # how they were made, to be said at the start


@dataclass(frozen=True, slots=True)
class Estimate:
    """The step's sequences with their advantages."""

    sequences_P_G: list[list[TrainSequence]]
    advantages_P_G: list[list[float]]  # of the rollout; its mean over tokens where each token has its own
    per_token: bool
    kl_in_reward: float | None = None  # mean k3 to the reference, nats a token, where KL is part of the reward


def estimate(
    workers: Workers,
    groups_P: Sequence[Group],
    rewards_P_G: Sequence[Sequence[float | None]],
    config: AlgorithmConfig,
    micro_batch_tokens: int,
) -> Estimate:
    """Advantages by `config.name`, with the log-probabilities before the update where something needs them.

    On-policy group algorithms need none: one update per rollout batch has old = current.
    """
    if config.name in GROUP_ALGORITHMS:
        advantages_P_G = group_advantages(rewards_P_G, config)
        sequences = [
            [_sequence(g, i, torch.full((len(g.rollouts[i].token_ids),), a)) for i, a in enumerate(advantages_G)]
            for g, advantages_G in zip(groups_P, advantages_P_G)
        ]
        if config.updates_per_step > 1:
            sequences = _with_old_logprobs(workers.policy, sequences, micro_batch_tokens)
        return Estimate(sequences, advantages_P_G, per_token=False)
    return _token_estimate(workers, groups_P, rewards_P_G, config, micro_batch_tokens)


def group_advantages(
    rewards_P_G: Sequence[Sequence[float | None]], config: AlgorithmConfig
) -> list[list[float]]:
    """Advantages of every rollout. A rollout without a reward (its grading failed) is left out of its group: 0."""
    rules: dict[str, Callable[[Tensor], Tensor]] = {
        "grpo": lambda rewards: grpo_advantages(rewards, config.advantage_eps),
        "dr_grpo": dr_grpo_advantages,
        "rloo": rloo_advantages,
    }
    advantages_P_G = []
    for rewards_G in rewards_P_G:
        known = [r for r in rewards_G if r is not None]
        values = iter(rules[config.name](torch.tensor(known)).tolist() if known else [])
        advantages_P_G.append([0.0 if r is None else next(values) for r in rewards_G])
    return advantages_P_G


def _sequence(group: Group, index: int, advantages: Tensor) -> TrainSequence:
    rollout = group.rollouts[index]
    logprobs = torch.from_numpy(np.array(rollout.logprobs, dtype=np.float32))  # torch.tensor takes six times as long
    return TrainSequence(group.prompt_ids, rollout.token_ids, advantages, logprobs)


def _with_old_logprobs(
    policy: "PolicyWorker | RayPolicy", sequences_P_G: list[list[TrainSequence]], micro_batch_tokens: int
) -> list[list[TrainSequence]]:
    flat = [s for group in sequences_P_G for s in group]
    old = iter(policy.logprobs(flat, micro_batches_of(flat, range(len(flat)), micro_batch_tokens)))
    return [[replace(s, old_logprobs=next(old)) for s in group] for group in sequences_P_G]




def micro_batches_of(sequences: Sequence[TrainSequence], members: Sequence[int], max_tokens: int) -> list[list[int]]:
    """The named sequences in micro-batches of at most `max_tokens` tokens, those with one prompt together."""
    lengths = [len(sequences[i]) for i in members]
    prompts = [sequences[i].prompt_ids for i in members]
    return [[members[i] for i in part] for part in split_micro_batches(lengths, max_tokens, prompts)]


def _token_estimate(
    workers: Workers,
    groups_P: Sequence[Group],
    rewards_P_G: Sequence[Sequence[float | None]],
    config: AlgorithmConfig,
    micro_batch_tokens: int,
) -> Estimate:
    """reinforce_pp and ppo: the reward stands at the last token, advantages are whitened over the step's tokens.

    A rollout without a reward (its grading failed) has advantages 0, no part in the whitening and no returns.
    """
    flat = [_sequence(g, i, torch.empty(0)) for g in groups_P for i in range(len(g.rollouts))]
    rewards = [r for group in rewards_P_G for r in group]
    known = [i for i, reward in enumerate(rewards) if reward is not None]
    micro_batches = micro_batches_of(flat, range(len(flat)), micro_batch_tokens)
    old = workers.policy.logprobs(flat, micro_batches)
    token_rewards = [torch.zeros(len(s.response_ids)) for s in flat]
    for rewards_T, reward in zip(token_rewards, rewards):
        rewards_T[-1] = reward or 0.0
    kl = None
    if config.kl_in_reward:
        reference = workers.policy.logprobs(flat, micro_batches, reference=True)
        gaps = [a - b for a, b in zip(old, reference)]
        token_rewards = [r - config.kl_coef * gap for r, gap in zip(token_rewards, gaps)]
        kl = k3_kl(torch.cat(old), torch.cat(reference), config.kl_clamp).mean().item()
    values: list[Tensor | None] = [None] * len(flat)
    returns: list[Tensor | None] = [None] * len(flat)
    if workers.critic is not None:
        values = list(workers.critic.values(flat, micro_batches))
        pairs = [gae(r, v, config.gamma, config.lam) for r, v in zip(token_rewards, values) if v is not None]
        advantages = [a for a, _ in pairs]
        returns = [r for _, r in pairs]
    else:
        advantages = [discounted_returns(r, config.gamma) for r in token_rewards]
    whitened = [torch.zeros_like(a) for a in advantages]
    if known:
        whitened_known = whiten(torch.cat([advantages[i] for i in known])).split([len(advantages[i]) for i in known])
        for i, advantages_T in zip(known, whitened_known):
            whitened[i] = advantages_T
    for i in set(range(len(flat))) - set(known):
        values[i] = returns[i] = None
    parts = zip(flat, whitened, old, returns, values)
    sequences = iter(
        [replace(s, advantages=a, old_logprobs=o, returns=r, values=v) for s, a, o, r, v in parts]
    )
    sequences_P_G = [[next(sequences) for _ in g.rollouts] for g in groups_P]
    means = [[s.advantages.mean().item() for s in group] for group in sequences_P_G]
    return Estimate(sequences_P_G, means, per_token=True, kl_in_reward=kl)
