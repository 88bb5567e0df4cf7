"""Loss terms per token. Nothing here is averaged: `aggregate.py` holds the weights, so there is one denominator.

A term of the loss is a function (TokenBatch, AlgorithmConfig) -> loss [T], metrics {name: [T]}; `TERMS` names them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float
from torch import Tensor

if TYPE_CHECKING:
    from oneshot_rlvr.config.schema import AlgorithmConfig

MAX_LOG_RATIO = 20.0  # nats: exp of it is 5e8, where every clip has long acted


def clipped_policy_loss(
    logprobs: Float[Tensor, "T"],
    old_logprobs: Float[Tensor, "T"],
    advantages: Float[Tensor, "T"],
    clip_ratio: float,
) -> tuple[Float[Tensor, "T"], Bool[Tensor, "T"]]:
    """max(-A rho, -A clip(rho, 1 - c, 1 + c)) with rho = exp(logp - old) (PPO, arXiv 1707.06347, eq. 7).

    Returns the loss and where the clipped term was the larger. On policy, `old_logprobs` is `logprobs.detach()`:
    rho is 1 and the gradient is that of -A log p.
    The exponent is clamped as in `k3_kl`: an infinite rho times an advantage of 0 would be nan.
    """
    ratio = (logprobs - old_logprobs).clamp(max=MAX_LOG_RATIO).exp()
    unclipped = -advantages * ratio
    clipped = -advantages * ratio.clamp(1.0 - clip_ratio, 1.0 + clip_ratio)
    return torch.maximum(unclipped, clipped), clipped > unclipped


def clipped_value_loss(
    values: Float[Tensor, "T"], old_values: Float[Tensor, "T"], returns: Float[Tensor, "T"], clip: float
) -> tuple[Float[Tensor, "T"], Bool[Tensor, "T"]]:
    """0.5 max((V - R)^2, (clip(V, V_old - c, V_old + c) - R)^2), and where the clipped term was the larger.

    The value clipping of OpenAI's PPO baseline; the maximum makes a large move pay, not a small one.
    """
    unclipped = (values - returns).square()
    clipped = (values.clamp(old_values - clip, old_values + clip) - returns).square()
    return 0.5 * torch.maximum(unclipped, clipped), clipped > unclipped


def importance_weights(
    logprobs: Float[Tensor, "T"], sampler_logprobs: Float[Tensor, "T"], cap: float
) -> Float[Tensor, "T"]:
    """min(p_trainer / p_sampler, cap), without gradient: truncated importance sampling for a sampler whose numbers
    differ from the trainer's (arXiv 2510.18855 discusses it; the truncation is that of IMPALA, arXiv 1802.01561)."""
    return (logprobs.detach() - sampler_logprobs).clamp(max=MAX_LOG_RATIO).exp().clamp(max=cap)


def k3_kl(
    logprobs: Float[Tensor, "T"], ref_logprobs: Float[Tensor, "T"], clamp: float
) -> Float[Tensor, "T"]:
    """k3 = e^d - d - 1 with d = ref - logp, an unbiased estimate of KL(policy || ref) (Schulman, 2020).

    Clamped to +-`clamp` after the exponential, as in the official code. The exponent is clamped as well, at a value
    where k3 is far above the clamp and the gradient is zero already, so that it cannot overflow.
    """
    log_ratio = (ref_logprobs - logprobs).clamp(max=MAX_LOG_RATIO)
    return (log_ratio.exp() - log_ratio - 1.0).clamp(-clamp, clamp)


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """The view that a loss term has of a micro-batch: numbers [T] of its response tokens, log-probabilities in nats."""

    logprobs: Tensor  # with gradient, as the next
    entropy: Tensor  # nats, of the distribution that the token was drawn from
    old_logprobs: Tensor  # of the policy that sampled, by the trainer; on policy `logprobs` without gradient
    sampler_logprobs: Tensor  # as the sampler computed it
    advantages: Tensor
    ref_logprobs: Tensor | None = None  # of the frozen reference, where a term needs it


Term = Callable[[TokenBatch, "AlgorithmConfig"], tuple[Tensor, dict[str, Tensor]]]


def policy_term(tokens: TokenBatch, config: "AlgorithmConfig") -> tuple[Tensor, dict[str, Tensor]]:
    """`clipped_policy_loss`, with rollout_correction=tis times `importance_weights`; metric: clipped share."""
    loss, clipped = clipped_policy_loss(tokens.logprobs, tokens.old_logprobs, tokens.advantages, config.clip_ratio)
    if config.rollout_correction == "tis":
        cap = config.rollout_correction_cap
        loss = loss * importance_weights(tokens.old_logprobs, tokens.sampler_logprobs, cap)
    return loss, {"policy/clip_share": clipped}


def entropy_term(tokens: TokenBatch, config: "AlgorithmConfig") -> tuple[Tensor, dict[str, Tensor]]:
    """Minus the entropy, so that a positive coefficient raises it (the entropy itself is measured in any case)."""
    return -tokens.entropy, {}


def kl_term(tokens: TokenBatch, config: "AlgorithmConfig") -> tuple[Tensor, dict[str, Tensor]]:
    """`k3_kl` to the reference; metric: its mean."""
    assert tokens.ref_logprobs is not None
    kl = k3_kl(tokens.logprobs, tokens.ref_logprobs, config.kl_clamp)
    return kl, {"policy/kl": kl}


def likelihood_term(tokens: TokenBatch, config: "AlgorithmConfig") -> tuple[Tensor, dict[str, Tensor]]:
    """-A log p: the cross entropy of supervised training, where every advantage is 1."""
    return -tokens.advantages * tokens.logprobs, {}


TERMS: dict[str, Term] = {
    "policy": policy_term, "entropy": entropy_term, "kl": kl_term, "likelihood": likelihood_term,
}  # fmt: skip
NEED_REFERENCE = ("kl",)
OF_ADVANTAGES = ("policy", "likelihood")  # 0 where the advantage is


def coefficient(term: str, config: "AlgorithmConfig") -> float:
    """The key `<term>_coef` of the configuration, 1 without one; 0 for a KL that is part of the reward."""
    return 0.0 if term == "kl" and config.kl_in_reward else getattr(config, f"{term}_coef", 1.0)
