"""GRPO in its plainest form, to be read from top to bottom. The package must agree with it (unit/test_reference.py).

One response at a time, full logits, gradients by autograd. It is given responses and their rewards.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Settings:
    temperature: float
    learning_rate: float
    betas: tuple[float, float]
    eps: float
    weight_decay: float
    entropy_coef: float
    kl_coef: float
    clip_ratio: float
    clip_norm: float
    updates_per_step: int


@dataclass(frozen=True)
class Response:
    prompt: list[int]
    tokens: list[int]  # T of them, the stop token included
    reward: float


@dataclass(frozen=True)
class Result:
    """What one step did: losses are means over its updates, entropy and kl over its tokens (nats)."""

    loss: float
    pg_loss: float
    entropy: float
    kl: float
    grad_norm: float  # the largest, before clipping
    advantages: list[list[float]]  # of each group


def group_advantages(rewards: Tensor) -> Tensor:
    """How much better than its group each response is, in standard deviations (n - 1); 0 where all are alike."""
    if (rewards == rewards[0]).all():
        return torch.zeros_like(rewards)
    return (rewards - rewards.mean()) / (rewards.std(correction=1) + 1e-6)


def logprobs_and_entropies(model: nn.Module, response: Response, temperature: float) -> tuple[Tensor, Tensor]:
    """log p of each response token and the entropy of what it was drawn from, [T] each."""
    ids = torch.tensor([response.prompt + response.tokens])
    logits = model(input_ids=ids, use_cache=False).logits[0]
    before = logits[len(response.prompt) - 1 : -1]  # the logits after token t - 1 predict token t
    log_p = torch.log_softmax(before / temperature, dim=-1)
    entropies = -(log_p.exp() * log_p).sum(-1)
    return log_p[range(len(response.tokens)), response.tokens], entropies


def adamw(model: nn.Module, settings: Settings) -> torch.optim.Optimizer:
    rates = {"lr": settings.learning_rate, "weight_decay": settings.weight_decay}
    return torch.optim.AdamW(model.parameters(), betas=settings.betas, eps=settings.eps, **rates)


def step(
    model: nn.Module, initial: nn.Module, optimizer: torch.optim.Optimizer, groups: list[list[Response]], s: Settings
) -> Result:
    """One step: advantages within each group, then an update of the weights for each equal share of the groups."""
    advantages = [group_advantages(torch.tensor([r.reward for r in group])) for group in groups]
    with torch.no_grad():  # the policy that sampled is the model as it is now
        old = [[logprobs_and_entropies(model, r, s.temperature)[0] for r in group] for group in groups]
        start = [[logprobs_and_entropies(initial, r, s.temperature)[0] for r in group] for group in groups]
    losses, pg_losses, norms, entropies, kls = [], [], [], [], []
    share = len(groups) // s.updates_per_step
    for first in range(0, len(groups), share):
        members = [(g, i) for g in range(first, first + share) for i in range(len(groups[g]))]
        num_tokens = sum(len(groups[g][i].tokens) for g, i in members)  # the one denominator of this update
        loss = pg_loss = 0.0
        for g, i in members:
            logprobs, entropy = logprobs_and_entropies(model, groups[g][i], s.temperature)
            ratio = torch.exp(logprobs - old[g][i])
            clipped = ratio.clamp(1 - s.clip_ratio, 1 + s.clip_ratio)
            policy = -torch.minimum(ratio * advantages[g][i], clipped * advantages[g][i])
            log_ratio = start[g][i] - logprobs
            kl = torch.exp(log_ratio) - log_ratio - 1  # "k3": unbiased, never negative
            part = (policy - s.entropy_coef * entropy + s.kl_coef * kl).sum() / num_tokens
            part.backward()  # gradients of all responses add up
            loss, pg_loss = loss + part.item(), pg_loss + policy.sum().item() / num_tokens
            entropies.append(entropy.detach())
            kls.append(kl.detach())
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), s.clip_norm).item())
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss)
        pg_losses.append(pg_loss)
    loss, pg_loss = sum(losses) / len(losses), sum(pg_losses) / len(losses)
    entropy, kl = torch.cat(entropies).mean().item(), torch.cat(kls).mean().item()
    return Result(loss, pg_loss, entropy, kl, max(norms), [a.tolist() for a in advantages])
