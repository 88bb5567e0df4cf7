"""Loss terms per token. Nothing here is averaged: `aggregate.py` holds the weights, so there is one denominator."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def clipped_policy_loss(
    logprobs: Float[Tensor, "T"],
    old_logprobs: Float[Tensor, "T"],
    advantages: Float[Tensor, "T"],
    clip_ratio: float,
) -> tuple[Float[Tensor, "T"], Bool[Tensor, "T"]]:
    """max(-A rho, -A clip(rho, 1 - c, 1 + c)) with rho = exp(logp - old) (PPO, arXiv 1707.06347, eq. 7).

    Returns the loss and where the clipped term was the larger. On policy, `old_logprobs` is `logprobs.detach()`:
    rho is 1 and the gradient is that of -A log p.
    """
    ratio = torch.exp(logprobs - old_logprobs)
    unclipped = -advantages * ratio
    clipped = -advantages * ratio.clamp(1.0 - clip_ratio, 1.0 + clip_ratio)
    return torch.maximum(unclipped, clipped), clipped > unclipped


def k3_kl(
    logprobs: Float[Tensor, "T"], ref_logprobs: Float[Tensor, "T"], clamp: float
) -> Float[Tensor, "T"]:
    """k3 = e^d - d - 1 with d = ref - logp, an unbiased estimate of KL(policy || ref) (Schulman, 2020).

    Clamped to +-`clamp` after the exponential, as in the official code. The exponent is clamped as well, at a value
    where k3 is far above the clamp and the gradient is zero already, so that it cannot overflow.
    """
    log_ratio = (ref_logprobs - logprobs).clamp(max=20.0)
    return (log_ratio.exp() - log_ratio - 1.0).clamp(-clamp, clamp)
