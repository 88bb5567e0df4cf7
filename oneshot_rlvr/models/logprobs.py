"""Log-probabilities and entropy of labels without ever holding a full [tokens, vocabulary] tensor."""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

SLICE = 8192  # rows of the head's gradient that are computed at once in half precision


class _ChunkedLogprobs(torch.autograd.Function):
    """Both passes walk over chunks of tokens; the backward pass computes the logits again instead of keeping them.

    With z the logits divided by the temperature, p = softmax(z) and H the entropy:
    d logp[y] / dz = onehot(y) - p,   dH / dz = -p (log p + H).
    Two [chunk, V] tensors in float32 are held at a time.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, labels: Tensor, temperature: float, chunk: int
    ) -> tuple[Tensor, Tensor]:
        logprobs = torch.empty(len(labels), dtype=torch.float32, device=hidden.device)
        entropy = torch.empty_like(logprobs)
        head = weight.to(hidden.dtype)
        for part in _parts(len(labels), chunk):
            log_p = _log_softmax(hidden[part], head, temperature)
            logprobs[part] = log_p.gather(1, labels[part, None])[:, 0]
            p = log_p.exp()
            entropy[part] = -p.mul_(log_p).sum(1)
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
        head = weight.to(hidden.dtype)
        for part in _parts(len(labels), ctx.chunk):
            grad_z = _grad_logits(
                _log_softmax(hidden[part], head, ctx.temperature),
                labels[part],
                entropy[part],
                None if grad_logprobs is None else grad_logprobs[part] / ctx.temperature,
                None if grad_entropy is None else grad_entropy[part] / ctx.temperature,
            ).to(hidden.dtype)
            grad_hidden[part] = grad_z @ head
            if grad_weight is not None:
                _add_product(grad_weight, grad_z.T, hidden[part])
        return grad_hidden, None if grad_weight is None else grad_weight.to(weight.dtype), None, None, None


def _grad_logits(
    log_p: Tensor, labels: Tensor, entropy: Tensor, grad_logprobs: Tensor | None, grad_entropy: Tensor | None
) -> Tensor:
    """Gradient with respect to the tempered logits of one chunk, [chunk, V]; `log_p` is used up."""
    p = log_p.exp()
    if grad_entropy is None:
        assert grad_logprobs is not None
        grad_z = p.mul_(-grad_logprobs[:, None])
    else:
        factor = log_p.add_(entropy[:, None]).mul_(-grad_entropy[:, None])
        grad_z = p.mul_(factor if grad_logprobs is None else factor.sub_(grad_logprobs[:, None]))
    if grad_logprobs is not None:
        grad_z.scatter_add_(1, labels[:, None], grad_logprobs[:, None])
    return grad_z


def _add_product(total: Tensor, a: Tensor, b: Tensor) -> None:
    """total += a @ b, summed in float32; of half precision only a slice of the product is held."""
    if a.dtype == torch.float32:
        total.addmm_(a, b)
        return
    for start in range(0, len(total), SLICE):
        total[start : start + SLICE] += a[start : start + SLICE] @ b


def _parts(length: int, chunk: int) -> list[slice]:
    return [slice(start, min(start + chunk, length)) for start in range(0, length, chunk)]


def _log_softmax(hidden: Tensor, head: Tensor, temperature: float) -> Tensor:
    """[chunk, V] in float32."""
    logits = (hidden @ head.T).float().div_(temperature)
    return logits.sub_(logits.logsumexp(1, keepdim=True))


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
