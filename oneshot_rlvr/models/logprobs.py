"""Log-probabilities and entropy of labels without ever holding a full [tokens, vocabulary] tensor."""

import inspect
from functools import cache
from typing import Any, Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

GRAPHS = 64  # of the same code, compiled
SLICE = 8192  # rows of the head's gradient that are computed at once in half precision


class _ChunkedLogprobs(torch.autograd.Function):
    """Both passes walk over chunks of tokens; the backward pass computes the logits again instead of keeping them.

    With z the logits divided by the temperature, p = softmax(z) and H the entropy:
    d logp[y] / dz = onehot(y) - p,   dH / dz = -p (log p + H).
    Two [chunk, V] tensors in float32 are held at a time; compiled, two in half precision.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, labels: Tensor, temperature: float, chunk: int, fused: bool,
        cap: float,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        compute = compiled(_logprobs_and_entropy) if fused else _logprobs_and_entropy
        logprobs = torch.empty(len(labels), dtype=torch.float32, device=hidden.device)
        entropy, logsumexp = torch.empty_like(logprobs), torch.empty_like(logprobs)
        head = weight.to(hidden.dtype)
        for part in _parts(len(labels), chunk):
            found = compute(hidden[part], head, labels[part], temperature, cap)
            logprobs[part], entropy[part], logsumexp[part] = found
        ctx.set_materialize_grads(False)  # an output that is not used has gradient None, and costs nothing
        ctx.save_for_backward(hidden, weight, labels, entropy, logsumexp)
        ctx.temperature, ctx.chunk, ctx.fused, ctx.cap = temperature, chunk, fused, cap
        return logprobs, entropy

    @staticmethod
    def backward(  # type: ignore[override]
        ctx: Any, grad_logprobs: Tensor | None, grad_entropy: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        hidden, weight, labels, entropy, logsumexp = ctx.saved_tensors
        grad_hidden = torch.empty_like(hidden)
        # Summed over chunks in float32: in bfloat16 small late contributions would be rounded away.
        grad_weight = torch.zeros_like(weight, dtype=torch.float32) if ctx.needs_input_grad[1] else None
        head = weight.to(hidden.dtype)
        compute = compiled(_grad_logits) if ctx.fused else _grad_logits
        for part in _parts(len(labels), ctx.chunk):
            grad_z = compute(
                hidden[part], head, labels[part], ctx.temperature, ctx.cap, entropy[part], logsumexp[part],
                None if grad_logprobs is None else grad_logprobs[part],
                None if grad_entropy is None else grad_entropy[part],
            )  # fmt: skip
            grad_hidden[part] = grad_z @ head
            if grad_weight is not None:
                _add_product(grad_weight, grad_z.T, hidden[part])
            del grad_z  # before the next chunk's tensors are made
        grad_weight = None if grad_weight is None else grad_weight.to(weight.dtype)
        return grad_hidden, grad_weight, None, None, None, None, None


def _logprobs_and_entropy(
    hidden: Tensor, head: Tensor, labels: Tensor, temperature: float, cap: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers of one chunk, and its log-sum-exp; in a function of its own, so that a chunk's tensors are gone before
    the next one's are made."""
    logits, highest = _logits_below_0(hidden, head, temperature, cap)
    of_label = logits.gather(1, labels[:, None])[:, 0]
    p = logits.exp()  # times their sum
    total = p.sum(1)
    entropy = total.log() - p.mul_(logits).sum(1) / total
    return of_label - total.log(), entropy, highest + total.log()


def _logprobs(hidden: Tensor, head: Tensor, labels: Tensor, temperature: float, cap: float) -> Tensor:
    """Log-probabilities of one chunk, the same bits as above."""
    logits, _ = _logits_below_0(hidden, head, temperature, cap)
    return logits.gather(1, labels[:, None])[:, 0] - logits.exp_().sum(1).log()


def _grad_logits(
    hidden: Tensor, head: Tensor, labels: Tensor, temperature: float, cap: float, entropy: Tensor, logsumexp: Tensor,
    grad_logprobs: Tensor | None, grad_entropy: Tensor | None,
) -> Tensor:  # fmt: skip
    """Gradient with respect to the products of one chunk, before cap and temperature: [chunk, V] in the dtype of
    `hidden`."""
    by_label = None if grad_logprobs is None else grad_logprobs[:, None] / temperature
    by_entropy = None if grad_entropy is None else grad_entropy[:, None] / temperature
    logits = _logits(hidden, head, temperature, cap)
    slope = 1 - (logits * (temperature / cap)).square_() if cap else None  # of cap tanh(x / cap)
    log_p = logits.sub_(logsumexp[:, None])
    of_label = log_p.gather(1, labels[:, None])
    grad_z = _through_softmax(log_p, entropy[:, None], by_label, by_entropy)
    grad_z = (grad_z if slope is None else grad_z * slope).to(hidden.dtype)
    if by_label is None:
        return grad_z
    of_label = _through_softmax(of_label, entropy[:, None], by_label, by_entropy).add_(by_label)
    of_label = of_label if slope is None else of_label * slope.gather(1, labels[:, None])
    return grad_z.scatter_(1, labels[:, None], of_label.to(hidden.dtype))  # rounded once: 1 - p may be small


def _through_softmax(log_p: Tensor, entropy: Tensor, by_label: Tensor | None, by_entropy: Tensor | None) -> Tensor:
    """-p (g + (log p + H) h) with the gradients g = `by_label`, h = `by_entropy`; `log_p` is used up."""
    p = log_p.exp()
    if by_entropy is None:
        assert by_label is not None
        return p.mul_(-by_label)
    constant = by_entropy * entropy if by_label is None else by_entropy * entropy + by_label
    return p.mul_(log_p.mul_(-by_entropy).sub_(constant))


def _add_product(total: Tensor, a: Tensor, b: Tensor) -> None:
    """total += a @ b, summed in float32; of half precision only a slice of the product is held."""
    if a.dtype == torch.float32:
        total.addmm_(a, b)
        return
    for start in range(0, len(total), SLICE):
        total[start : start + SLICE].add_(a[start : start + SLICE] @ b)  # += would write it twice


def _parts(length: int, chunk: int) -> list[slice]:
    return [slice(start, min(start + chunk, length)) for start in range(0, length, chunk)]


def _logits(hidden: Tensor, head: Tensor, temperature: float, cap: float) -> Tensor:
    """[chunk, V] in float32."""
    logits = (hidden @ head.T).float()
    if cap:
        logits = logits.div_(cap).tanh_().mul_(cap)
    return logits.div_(temperature)


def _logits_below_0(hidden: Tensor, head: Tensor, temperature: float, cap: float) -> tuple[Tensor, Tensor]:
    """[chunk, V] less the highest of each row, [chunk]: nothing overflows."""
    logits = _logits(hidden, head, temperature, cap)
    highest = logits.amax(1)
    return logits.sub_(highest[:, None]), highest


def chunked_logprobs(
    hidden: Float[Tensor, "R D"],
    weight: Float[Tensor, "V D"],
    labels: Int[Tensor, "R"],
    temperature: float,
    chunk: int,
    fused: bool = False,
    cap: float = 0.0,
) -> tuple[Float[Tensor, "R"], Float[Tensor, "R"] | None]:
    """Log-probability (nats) of each label and entropy of each distribution, logits divided by `temperature` first.

    With `cap` logits are cap tanh(h W^T / cap), as in Gemma 2, and 0 stands for none.
    Where no gradient is asked for there are no entropies: three quarters of the passes over logits do. Peak memory is
    `chunk` x V floats whatever R is. float32 out, whatever the dtype of `hidden`. `fused`: what is done with logits is
    compiled into few passes over them.
    """
    if torch.is_grad_enabled():
        return _ChunkedLogprobs.apply(hidden, weight, labels, temperature, chunk, fused, cap)
    compute = compiled(_logprobs) if fused else _logprobs
    logprobs = torch.empty(len(labels), dtype=torch.float32, device=hidden.device)
    head = weight.to(hidden.dtype)
    for part in _parts(len(labels), chunk):
        logprobs[part] = compute(hidden[part], head, labels[part], temperature, cap)
    return logprobs, None


@cache
def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function compiled by torch.compile, once; again for other numbers of rows."""
    return torch.compile(function, **graph_limit())


def graph_limit() -> dict[str, Any]:
    """Limit of graphs for torch.compile. Its own of 8 is met by adapters, and what comes after it is not compiled."""
    if "recompile_limit" in inspect.signature(torch.compile).parameters:
        return {"recompile_limit": GRAPHS}
    torch._dynamo.config.recompile_limit = GRAPHS  # from 2.13 on this would hold in this thread alone
    return {}
