"""Log-probabilities and entropy of labels without ever holding a full [tokens, vocabulary] tensor."""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor


class _ChunkedLogprobs(torch.autograd.Function):
    """Both passes walk over chunks of tokens; the backward pass computes the logits again instead of keeping them.

    With z the logits divided by the temperature, p = softmax(z) and H the entropy:
    d logp[y] / dz = onehot(y) - p,   dH / dz = -p (log p + H).
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, labels: Tensor, temperature: float, chunk: int
    ) -> tuple[Tensor, Tensor]:
        logprobs = torch.empty(len(labels), dtype=torch.float32, device=hidden.device)
        entropy = torch.empty_like(logprobs)
        for part in _parts(len(labels), chunk):
            log_p = _log_softmax(hidden[part], weight, temperature)
            logprobs[part] = log_p.gather(1, labels[part, None])[:, 0]
            entropy[part] = -(log_p.exp() * log_p).sum(1)
        ctx.set_materialize_grads(False)  # an output that is not used has gradient None, and costs nothing
        ctx.save_for_backward(hidden, weight, labels, entropy)
        ctx.temperature, ctx.chunk = temperature, chunk
        return logprobs, entropy

    @staticmethod
    def backward(  # type: ignore[override]
        ctx: Any, grad_logprobs: Tensor | None, grad_entropy: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        hidden, weight, labels, entropy = ctx.saved_tensors
        grad_hidden = torch.empty_like(hidden)
        # Summed over chunks in float32: in bfloat16 small late contributions would be rounded away.
        grad_weight = torch.zeros_like(weight, dtype=torch.float32) if ctx.needs_input_grad[1] else None
        weight_in_dtype = weight.to(hidden.dtype)
        for part in _parts(len(labels), ctx.chunk):
            log_p = _log_softmax(hidden[part], weight, ctx.temperature)
            grad_z = _grad_logits(
                log_p,
                labels[part],
                entropy[part],
                None if grad_logprobs is None else grad_logprobs[part],
                None if grad_entropy is None else grad_entropy[part],
            )
            grad_z = grad_z.div_(ctx.temperature).to(hidden.dtype)
            grad_hidden[part] = grad_z @ weight_in_dtype
            if grad_weight is not None:
                grad_weight += (grad_z.T @ hidden[part]).float()
        return grad_hidden, None if grad_weight is None else grad_weight.to(weight.dtype), None, None, None


def _grad_logits(
    log_p: Tensor, labels: Tensor, entropy: Tensor, grad_logprobs: Tensor | None, grad_entropy: Tensor | None
) -> Tensor:
    """Gradient with respect to the tempered logits of one chunk, [chunk, V]; `log_p` is used up."""
    p = log_p.exp()
    grad_z = torch.zeros_like(p)
    if grad_logprobs is not None:
        torch.mul(p, -grad_logprobs[:, None], out=grad_z)
        grad_z.scatter_add_(1, labels[:, None], grad_logprobs[:, None])
    if grad_entropy is not None:
        grad_z -= log_p.add_(entropy[:, None]).mul_(p).mul_(grad_entropy[:, None])
    return grad_z


def _parts(length: int, chunk: int) -> list[slice]:
    return [slice(start, min(start + chunk, length)) for start in range(0, length, chunk)]


def _log_softmax(hidden: Tensor, weight: Tensor, temperature: float) -> Tensor:
    logits = (hidden @ weight.to(hidden.dtype).T).float() / temperature
    return torch.log_softmax(logits, dim=-1)


def chunked_logprobs(
    hidden: Float[Tensor, "R D"],
    weight: Float[Tensor, "V D"],
    labels: Int[Tensor, "R"],
    temperature: float,
    chunk: int,
) -> tuple[Float[Tensor, "R"], Float[Tensor, "R"]]:
    """Log-probability (nats) of each label and entropy of each distribution, logits divided by `temperature` first.

    Peak memory is `chunk` x V floats whatever R is. float32 out, whatever the dtype of `hidden`.
    """
    return _ChunkedLogprobs.apply(hidden, weight, labels, temperature, chunk)
