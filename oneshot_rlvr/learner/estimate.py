"""Advantages of a step's rollouts, and the numbers per token that its update takes."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from oneshot_rlvr.algorithms.advantages import discounted_returns, gae, gpg_scale, whiten
from oneshot_rlvr.algorithms.covariance import covariances, marks
from oneshot_rlvr.algorithms.losses import k3_kl
from oneshot_rlvr.algorithms.registry import algorithm
from oneshot_rlvr.config.schema import AlgorithmConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.files import seed_of
from oneshot_rlvr.learner.sequences import TrainSequence
from oneshot_rlvr.learner.workers import Policy, Workers
from oneshot_rlvr.models.packing import split_micro_batches
from oneshot_rlvr.plugin import load_object, their_code
from oneshot_rlvr.types import Rollout, by_group


@dataclass(frozen=True, slots=True)
class Batch:
    """The rollouts of a step with their advantages, and in the same order the tensors that the passes take."""

    rollouts: list[Rollout]
    sequences: list[TrainSequence]
    per_token: bool = False  # each token has an advantage of its own
    kl_in_reward: float | None = None  # mean k3 to the reference, nats a token, where KL is part of the reward
    late: bool = False  # weights of an earlier step sampled some of them


def estimate(
    workers: Workers, rollouts: Sequence[Rollout], config: AlgorithmConfig, micro_batch_tokens: int, version: int
) -> Batch:
    """Advantages by the algorithm, and old log-probabilities where something needs them.

    Old log-probabilities are those of the policy that sampled. A rollout whose weights are of a step before `version`
    brings them from its sampler. With weights of `version` they are the trainer's current ones: a pass of their own
    where the update takes several steps, else the pass of the update itself, which is on policy.
    With `config.rollout_correction` they always are: its weights then account for the age of a rollout as well, and the
    ratio for the update alone (decoupled, arXiv 2110.00641).
    """
    row = algorithm(config)
    if config.overlong_filter:  # DAPO, arXiv 2503.14476, section 3.4
        rollouts = [replace(r, mask=(False,) * len(r.token_ids)) if r.finish_reason == "length" else r
                    for r in rollouts]  # fmt: skip
    sequences = sequences_of(rollouts)
    late = [0 <= rollout.version < version for rollout in rollouts]
    stale = [was and config.rollout_correction == "none" for was in late]
    old: list[Tensor] | None = None
    micro_batches = micro_batches_of(sequences, range(len(sequences)), micro_batch_tokens)
    if row.needs_old or config.updates_per_step > 1 or (any(stale) and not all(stale)):
        old = workers.policy.logprobs(sequences, micro_batches)
    if old is not None or any(stale):
        current = old or [s.sampler_logprobs for s in sequences]
        sequences = [replace(s, old_logprobs=s.sampler_logprobs if was else now)
                     for s, was, now in zip(sequences, stale, current)]  # fmt: skip
    if row.group_advantages:
        compared = group_advantages(rollouts, row.group_advantages, config, row.takes_lengths)
        scale = gpg_scale(compared, by_group(rollouts).values()) if row.rescaled else 1.0
        advantages = [scale * a * rollout.weight for a, rollout in zip(compared, rollouts)]
        sequences = [replace(s, advantages=torch.full((len(s.response_ids),), a))
                     for s, a in zip(sequences, advantages)]  # fmt: skip
        found = Batch([replace(r, advantage=a) for r, a in zip(rollouts, advantages)], sequences)
    elif row.self_taught:
        assert old is not None
        found = _self_taught(workers.policy, rollouts, sequences, old, micro_batch_tokens)
    else:
        assert old is not None
        found = _token_estimate(workers, rollouts, sequences, old, config, micro_batches)
    found = replace(found, late=any(late))
    return found if config.covariance == "none" else _marked(found, config)


def _marked(batch: Batch, config: AlgorithmConfig) -> Batch:
    """The batch with the tokens that `config.covariance` holds back, chosen from those of the whole step before it is
    cut in any way. Their log-probabilities are those of the policy that sampled."""
    sequences = batch.sequences
    trained = [torch.ones(len(s.response_ids)) if s.mask is None else s.mask for s in sequences]
    kept = torch.cat(trained) > 0
    logprobs = torch.cat([s.sampler_logprobs if s.old_logprobs is None else s.old_logprobs for s in sequences])
    advantages = torch.cat([s.advantages for s in sequences])
    marked = torch.zeros_like(advantages)
    if kept.any():
        seed = seed_of(f"covariance/{batch.rollouts[0].seed}")
        marked[kept] = marks(
            covariances(logprobs[kept], advantages[kept]), config.covariance, config.covariance_share,
            config.covariance_low, config.covariance_high, seed,
        )  # fmt: skip
    rows = marked.split([len(row) for row in trained])
    return replace(batch, sequences=[replace(s, marked=row) for s, row in zip(sequences, rows)])


def group_advantages(
    rollouts: Sequence[Rollout], rule: str | Callable[..., Any], config: AlgorithmConfig, takes_lengths: bool = False
) -> list[float]:
    """Advantages [B] by `rule` within each group. A rollout without a reward (its grading failed) is left out of its
    group, and has advantage 0."""
    what = f"algorithm.path={config.path}"
    function = load_object(rule, "algorithm: ") if isinstance(rule, str) else rule
    advantages = [0.0] * len(rollouts)
    for members in by_group(rollouts).values():
        known = [i for i in members if rollouts[i].reward is not None]
        if known:
            rewards = torch.tensor([rollouts[i].reward for i in known], dtype=torch.float32)
            lengths = [torch.tensor([len(rollouts[i].token_ids) for i in known])] if takes_lengths else []
            with their_code(what) if config.path else nullcontext():
                found = torch.as_tensor(function(rewards, config, *lengths))
            if found.shape != (len(known),):
                raise UserError(f"{what}: advantages of shape {list(found.shape)} for a group of {len(known)} rollouts")
            for i, advantage in zip(known, found.tolist()):
                advantages[i] = advantage
    return advantages


def sequences_of(rollouts: Sequence[Rollout]) -> list[TrainSequence]:
    """The tensors of each rollout, without advantages; a response that was given brings no log-probabilities."""
    masked = any(rollout.mask is not None for rollout in rollouts)
    found = []
    for rollout in rollouts:
        tokens = len(rollout.token_ids)
        # torch.tensor takes six times as long for these
        logprobs = np.array(rollout.logprobs or (0.0,) * tokens, dtype=np.float32)
        mask = torch.tensor(rollout.mask or (True,) * tokens, dtype=torch.float32) if masked else None
        found.append(TrainSequence(
            rollout.task.prompt_ids, rollout.token_ids, torch.empty(0), torch.from_numpy(logprobs), mask=mask
        ))  # fmt: skip
    return found


def micro_batches_of(sequences: Sequence[TrainSequence], members: Sequence[int], max_tokens: int) -> list[list[int]]:
    """The named sequences in micro-batches of at most `max_tokens` tokens, those with one prompt together."""
    lengths = [len(sequences[i]) for i in members]
    prompts = [sequences[i].prompt_ids for i in members]
    return [[members[i] for i in part] for part in split_micro_batches(lengths, max_tokens, prompts)]


def _token_estimate(
    workers: Workers, rollouts: Sequence[Rollout], sequences: list[TrainSequence], current: list[Tensor],
    config: AlgorithmConfig, micro_batches: list[list[int]],
) -> Batch:  # fmt: skip
    """Token advantages of reinforce_pp and ppo: the reward stands at the last token, and advantages are whitened over
    the step's tokens.

    A rollout without a reward (its grading failed) has advantages 0, no part in the whitening and no returns.
    """
    token_rewards, kl = _token_rewards(workers.policy, rollouts, sequences, current, config, micro_batches)
    if workers.critic is None:
        advantages = [discounted_returns(r, config.gamma) for r in token_rewards]
    else:
        values = workers.critic.values(sequences, micro_batches)
        pairs = [gae(r, v, config.gamma, config.lam) for r, v in zip(token_rewards, values)]
        advantages = [a for a, _ in pairs]
        sequences = [replace(s, returns=r, values=v) if rollout.reward is not None else s
                     for s, rollout, (_, r), v in zip(sequences, rollouts, pairs, values)]  # fmt: skip
    known = [i for i, rollout in enumerate(rollouts) if rollout.reward is not None]
    whitened = [torch.zeros_like(a) for a in advantages]
    if known:
        lengths = [len(advantages[i]) for i in known]
        for i, part in zip(known, whiten(torch.cat([advantages[i] for i in known])).split(lengths)):
            whitened[i] = part
    sequences = [replace(s, advantages=a) for s, a in zip(sequences, whitened)]
    found = [replace(rollout, advantage=a.mean().item()) for rollout, a in zip(rollouts, whitened)]
    return Batch(found, sequences, per_token=True, kl_in_reward=kl)


def _self_taught(
    policy: Policy, rollouts: Sequence[Rollout], sequences: list[TrainSequence], current: list[Tensor],
    micro_batch_tokens: int,
) -> Batch:  # fmt: skip
    """Token advantages log q - log p of self-distillation (SDPO, arXiv 2601.20802): q is the same policy with a right
    response to the problem before its prompt. Their gradient is, token by token, that of -KL(p || q).

    The right response is one of the group (the first with its highest reward, above 0), the next such one for that one
    itself. Where there is none, the advantages are 0.
    """
    taught = [(i, context) for i, context in enumerate(right_responses(rollouts)) if context is not None]
    advantages = [torch.zeros_like(logprobs) for logprobs in current]
    if taught:
        shown = [replace(sequences[i], prompt_ids=(*sequences[i].prompt_ids, *context, *sequences[i].prompt_ids))
                 for i, context in taught]  # fmt: skip
        known = policy.logprobs(shown, micro_batches_of(shown, range(len(shown)), micro_batch_tokens))
        for (i, _), logprobs in zip(taught, known):
            advantages[i] = logprobs - current[i]
    sequences = [replace(s, advantages=a) for s, a in zip(sequences, advantages)]
    found = [replace(rollout, advantage=a.mean().item()) for rollout, a in zip(rollouts, advantages)]
    return Batch(found, sequences, per_token=True)


def right_responses(rollouts: Sequence[Rollout]) -> list[tuple[int, ...] | None]:
    """The tokens of a right response of the same group, other than the rollout itself; None where there is none."""
    found: list[tuple[int, ...] | None] = [None] * len(rollouts)
    for members in by_group(rollouts).values():
        best = max((rollouts[i].reward or 0.0 for i in members), default=0.0)
        right = [i for i in members if best > 0 and rollouts[i].reward == best]
        for i in members:
            others = [j for j in right if j != i]
            found[i] = rollouts[others[0]].token_ids if others else None
    return found


def _token_rewards(
    policy: Policy, rollouts: Sequence[Rollout], sequences: list[TrainSequence], current: list[Tensor],
    config: AlgorithmConfig, micro_batches: list[list[int]],
) -> tuple[list[Tensor], float | None]:  # fmt: skip
    """Rewards [T] of each rollout's tokens and, where KL to the reference is taken off them, its mean."""
    token_rewards = [torch.zeros(len(s.response_ids)) for s in sequences]
    for rewards_T, rollout in zip(token_rewards, rollouts):
        rewards_T[-1] = rollout.reward or 0.0
    if not config.kl_in_reward:
        return token_rewards, None
    reference = policy.logprobs(sequences, micro_batches, reference=True)
    less = [r - config.kl_coef * (a - b) for r, a, b in zip(token_rewards, current, reference)]
    return less, k3_kl(torch.cat(current), torch.cat(reference), config.kl_clamp).mean().item()
