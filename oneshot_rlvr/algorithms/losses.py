"""Loss terms per token. Nothing here is averaged: `aggregate.py` holds the weights, so there is one denominator."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

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
