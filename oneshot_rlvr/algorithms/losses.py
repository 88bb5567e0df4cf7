"""Loss terms per token. Nothing here is averaged: `aggregate.py` holds the weights, so there is one denominator.

A term of the loss is a function (TokenBatch, AlgorithmConfig) -> loss [T], metrics {name: [T]}; `TERMS` names them.
"""

import math
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
    clip_ratio_high: float = 0.0,
    dual_clip: float = 0.0,
) -> tuple[Float[Tensor, "T"], Bool[Tensor, "T"]]:
    """max(-A rho, -A clip(rho, 1 - c, 1 + c_high)) with rho = exp(logp - old) (PPO, arXiv 1707.06347, eq. 7).

    A larger `clip_ratio_high` is clip-higher (DAPO, arXiv 2503.14476, eq. 10); 0: the same. With `dual_clip` d the loss
    of a negative advantage is at most -A d (dual-clip PPO, arXiv 1912.09729, eq. 5); 0: no bound.
    Returns the loss and where it is a clipped one. On policy, `old_logprobs` is `logprobs.detach()`: rho is 1 and the
    gradient is that of -A log p.
    The exponent is clamped as in `k3_kl`: an infinite rho times an advantage of 0 would be nan.
    """
    ratio = (logprobs - old_logprobs).clamp(max=MAX_LOG_RATIO).exp()
    unclipped = -advantages * ratio
    clipped = -advantages * ratio.clamp(1.0 - clip_ratio, 1.0 + (clip_ratio_high or clip_ratio))
    loss, acts = torch.maximum(unclipped, clipped), clipped > unclipped
    if dual_clip:
        bound = torch.where(advantages < 0, -advantages * dual_clip, math.inf)
        loss, acts = torch.minimum(loss, bound), acts | (loss > bound)
    return loss, acts


def cispo_loss(
    logprobs: Float[Tensor, "T"],
    old_logprobs: Float[Tensor, "T"],
    advantages: Float[Tensor, "T"],
    clip_ratio: float,
    clip_ratio_high: float = 0.0,
) -> tuple[Float[Tensor, "T"], Bool[Tensor, "T"]]:
    """-sg(clip(rho, 1 - c, 1 + c_high)) A log p (CISPO, arXiv 2506.13585, eqs. 4 and 5): the weight is clipped, and no
    token loses its gradient. Returns the loss and where the clip acts."""
    ratio = (logprobs - old_logprobs).detach().clamp(max=MAX_LOG_RATIO).exp()
    weight = ratio.clamp(1.0 - clip_ratio, 1.0 + (clip_ratio_high or clip_ratio))
    return -weight * advantages * logprobs, weight != ratio


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
    logprobs: Float[Tensor, "T"], sampler_logprobs: Float[Tensor, "T"], cap: float, masked: bool = False
) -> Float[Tensor, "T"]:
    """min(p_trainer / p_sampler, cap), without gradient: truncated importance sampling for a sampler whose numbers
    differ from the trainer's (arXiv 2510.18855 discusses it; the truncation is that of IMPALA, arXiv 1802.01561).

    With `masked` a weight above the cap is 0 instead: the token is left out (the upper bound of IcePop, there)."""
    weights = (logprobs.detach() - sampler_logprobs).clamp(max=MAX_LOG_RATIO).exp()
    return weights * (weights <= cap) if masked else weights.clamp(max=cap)


def k3_kl(
    logprobs: Float[Tensor, "T"], ref_logprobs: Float[Tensor, "T"], clamp: float
) -> Float[Tensor, "T"]:
    """k3 = e^d - d - 1 with d = ref - logp, an unbiased estimate of KL(policy || ref) (Schulman, 2020).

    Clamped to +-`clamp` after the exponential, as in the official code. The exponent is clamped as well, at a value
    where k3 is far above the clamp and the gradient is zero already, so that it cannot overflow.
    """
    log_ratio = (ref_logprobs - logprobs).clamp(max=MAX_LOG_RATIO)
    return (log_ratio.exp() - log_ratio - 1.0).clamp(-clamp, clamp)


def kl_loss(
    logprobs: Float[Tensor, "T"], old_logprobs: Float[Tensor, "T"], ref_logprobs: Float[Tensor, "T"], estimator: str,
    clamp: float,
) -> tuple[Float[Tensor, "T"], Float[Tensor, "T"]]:  # fmt: skip
    """KL(policy || ref) as a loss of tokens that the old policy sampled, and the estimate itself.

    With l = logp - ref and rho = exp(logp - old), whose expectations are over the old policy:
    k3: e^-l - 1 + l, as in GRPO. On policy its value is right, and its gradient E[(1 - e^-l) grad logp] is that of
    KL(ref || policy).
    k1: rho l. k3_importance: rho (e^-l - 1 + l) (the correction of DeepSeek-V3.2, arXiv 2512.02556). Value and gradient
    are the KL's, on and off policy, since the gradient of rho is part of it; k1 alone has a gradient of mean 0.
    k2: sg(rho) l^2 / 2: the gradient E[rho l grad logp] is the KL's, on and off policy; the value is not.
    k1, k2, k3: Schulman, 2020. The ratio is clamped as in `clipped_policy_loss`, k3 as in `k3_kl`.
    """
    if estimator == "k3":
        kl = k3_kl(logprobs, ref_logprobs, clamp)
        return kl, kl
    ratio = (logprobs - old_logprobs).clamp(max=MAX_LOG_RATIO).exp()
    log_ratio = logprobs - ref_logprobs
    if estimator == "k1":
        return ratio * log_ratio, log_ratio
    if estimator == "k2":
        kl = 0.5 * log_ratio.square()
        return ratio.detach() * kl, kl
    kl = k3_kl(logprobs, ref_logprobs, clamp)
    return ratio * kl, kl


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """The view that a loss term has of a micro-batch: numbers [T] of its response tokens, log-probabilities in nats."""

    logprobs: Tensor  # with gradient, as the next
    entropy: Tensor  # nats, of the distribution that the token was drawn from
    old_logprobs: Tensor  # of the policy that sampled, by the trainer; on policy `logprobs` without gradient
    sampler_logprobs: Tensor  # as the sampler computed it
    advantages: Tensor
    owner: Tensor  # 0, 1, ...: which response of the micro-batch a token is of; every response is there whole
    responses: int  # of them there are
    ref_logprobs: Tensor | None = None  # of the frozen reference, where a term needs it
    mask: Tensor | None = None  # 1 for a token that is trained on, else 0; None: all are
    marked: Tensor | None = None  # 1 for a token chosen by algorithm.covariance, else 0; None: nothing was chosen

    def response_sum(self, values: Tensor) -> Tensor:
        """Sums [T] of values [T] over the trained tokens of each token's response."""
        trained = values if self.mask is None else values * self.mask
        return trained.new_zeros(self.responses).index_add(0, self.owner, trained)[self.owner]

    def response_mean(self, values: Tensor) -> Tensor:
        """Means [T] of values [T] over the trained tokens of each token's response."""
        return self.response_sum(values) / self.response_sum(torch.ones_like(values)).clamp(min=1)


Term = Callable[[TokenBatch, "AlgorithmConfig"], tuple[Tensor, dict[str, Tensor]]]


def policy_term(tokens: TokenBatch, config: "AlgorithmConfig") -> tuple[Tensor, dict[str, Tensor]]:
    """The loss of `algorithm.policy_loss`, times the weights of `rollout_correction`, with what `covariance` changes at
    the tokens that it chose; metrics: clipped share, and shares of what was left out or chosen."""
    loss, clipped = POLICY_LOSSES[config.policy_loss](tokens, config)
    metrics = {"policy/clip_share": clipped}
    if config.rollout_correction != "none":
        weights = correction(tokens, config)
        loss = loss * weights
        if config.rollout_correction != "tis":
            metrics["policy/left_out_share"] = weights == 0
    if tokens.marked is not None:
        metrics["policy/marked_share"] = tokens.marked
        if config.covariance == "clip":
            loss = loss * (1 - tokens.marked)
        else:
            moved = (tokens.logprobs - tokens.old_logprobs).abs()
            loss = loss + config.covariance_coef * tokens.marked * moved
    return loss, metrics


def clip_loss(tokens: TokenBatch, config: "AlgorithmConfig") -> tuple[Tensor, Tensor]:
    """`clipped_policy_loss` of each token."""
    return clipped_policy_loss(
        tokens.logprobs, tokens.old_logprobs, tokens.advantages, config.clip_ratio, config.clip_ratio_high,
        config.dual_clip,
    )  # fmt: skip


def gspo_loss(tokens: TokenBatch, config: "AlgorithmConfig") -> tuple[Tensor, Tensor]:
    """`clipped_policy_loss` with one ratio for a response, s = exp(mean over its tokens of logp - old) (GSPO, arXiv
    2507.18071, eqs. 5 and 7). Each token has its response's loss, which normalization=sequence_mean counts once."""
    log_ratio = tokens.response_mean(tokens.logprobs - tokens.old_logprobs)
    return clipped_policy_loss(
        log_ratio, torch.zeros_like(log_ratio), tokens.advantages, config.clip_ratio, config.clip_ratio_high,
        config.dual_clip,
    )  # fmt: skip


def clipped_weight_loss(tokens: TokenBatch, config: "AlgorithmConfig") -> tuple[Tensor, Tensor]:
    """`cispo_loss` of each token."""
    return cispo_loss(
        tokens.logprobs, tokens.old_logprobs, tokens.advantages, config.clip_ratio, config.clip_ratio_high
    )


POLICY_LOSSES = {"clip": clip_loss, "gspo": gspo_loss, "cispo": clipped_weight_loss}


def correction(tokens: TokenBatch, config: "AlgorithmConfig") -> Tensor:
    """Weights [T] of trainer over sampler by `rollout_correction`: `importance_weights` of single tokens (tis, mis), or
    masked ones of whole responses, the product over tokens (mis_sequence)."""
    trainer, sampler, cap = tokens.old_logprobs, tokens.sampler_logprobs, config.rollout_correction_cap
    if config.rollout_correction == "mis_sequence":
        trainer = tokens.response_sum(trainer - sampler)
        sampler = torch.zeros_like(trainer)
    return importance_weights(trainer, sampler, cap, masked=config.rollout_correction != "tis")


def entropy_term(tokens: TokenBatch, config: "AlgorithmConfig") -> tuple[Tensor, dict[str, Tensor]]:
    """Minus the entropy, so that a positive coefficient raises it (the entropy itself is measured in any case)."""
    return -tokens.entropy, {}


def kl_term(tokens: TokenBatch, config: "AlgorithmConfig") -> tuple[Tensor, dict[str, Tensor]]:
    """`kl_loss` to the reference; metric: the mean of its estimate."""
    assert tokens.ref_logprobs is not None
    loss, kl = kl_loss(
        tokens.logprobs, tokens.old_logprobs, tokens.ref_logprobs, config.kl_estimator, config.kl_clamp
    )
    return loss, {"policy/kl": kl}


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
