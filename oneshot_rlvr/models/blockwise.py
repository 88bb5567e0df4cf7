"""A Llama's or Qwen2's layers in float32 on a CPU, a thousand tokens at a time.

What lies between two matrix products - norms, rotation, SwiGLU, residuals - costs little arithmetic and much traffic:
for all tokens of a micro-batch at once, each operation reads and writes main memory. Here they are taken for as many
tokens as a core's caches hold, and the backward passes are written out. Same mathematics as transformers' modules,
which are used everywhere else.
"""

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.distributed.tensor import DTensor

from oneshot_rlvr.models.attention import Layout
from oneshot_rlvr.models.products import linear, linear_plus

FAMILIES = ("llama", "qwen2")
ROWS = 1024  # tokens at a time


def is_plain(base: nn.Module) -> bool:
    """The backbone of a dense Llama or Qwen2 in float32 on a CPU, unsharded, without adapters."""
    model: Any = base
    if model.config.model_type not in FAMILIES or model.config.hidden_act != "silu":
        return False
    parts = [part for layer in model.layers for part in (*layer.self_attn.children(), *layer.mlp.children())]
    return (
        all(type(part) is nn.Linear for part in parts if next(part.parameters(), None) is not None)
        and all(part.bias is None for layer in model.layers for part in layer.mlp.children() if hasattr(part, "bias"))
        and all(getattr(layer.self_attn, "sliding_window", None) is None for layer in model.layers)
        and all(p.dtype == torch.float32 and p.device.type == "cpu" and not isinstance(p, DTensor)
                for p in model.parameters())
    )  # fmt: skip


def hidden_states(base: nn.Module, input_ids: Tensor, positions: Tensor, layout: Layout) -> Tensor:
    """Packed tokens [T] at `positions` [T] -> the last layer's normed output [T, D]."""
    model: Any = base
    x = model.embed_tokens(input_ids)
    angles = rotation(model.rotary_emb, x, positions)
    for layer in model.layers:
        attention, mlp = layer.self_attn, layer.mlp
        parts = [attention.q_proj, attention.k_proj, attention.v_proj]
        weight = torch.cat([part.weight for part in parts])
        bias = None if parts[0].bias is None else torch.cat([part.bias for part in parts])
        qkv = _Projections.apply(x, *_norm(layer.input_layernorm), *angles, weight, bias, parts[2].out_features)
        q, k, v = (y.unflatten(1, (-1, attention.head_dim)).transpose(0, 1)[None] for y in qkv)
        heads = layout.attend(attention.layer_idx, q, k, v, attention.scaling)
        joined = heads.squeeze(0).transpose(0, 1).flatten(1)
        x = _AddedLinear.apply(x, joined, attention.o_proj.weight, attention.o_proj.bias)
        x = _SwiGLU.apply(
            x, *_norm(layer.post_attention_layernorm), mlp.gate_proj.weight, mlp.up_proj.weight, mlp.down_proj.weight
        )
    return _Norm.apply(x, *_norm(model.norm))


def rotation(rotary: nn.Module, like: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
    """Of positions [T]: cosine and sine [T, D], a sign with the sine, so that y = x cos + roll(x, D/2) sin."""
    cos, sin = rotary(like, positions[None])
    half = sin.shape[-1] // 2
    return cos[0], torch.cat([-sin[0, :, :half], sin[0, :, half:]], -1)


class _Norm(torch.autograd.Function):
    """RMSNorm of x [T, D]."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, factors: Tensor, epsilon: float) -> Tensor:  # type: ignore[override]
        out, inverse = torch.empty_like(x), x.new_empty(len(x), 1)
        for rows in _blocks(len(x)):
            _normed(x[rows], factors, epsilon, inverse[rows], out[rows])
        ctx.save_for_backward(x, factors, inverse)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, factors, inverse = ctx.saved_tensors
        grad_x, grad_factors = torch.empty_like(x), torch.zeros_like(factors)
        for rows in _blocks(len(x)):
            _normed_backward(grad[rows], x[rows], factors, inverse[rows], grad_x[rows], grad_factors)
        return grad_x, grad_factors, None


class _Projections(torch.autograd.Function):
    """RMSNorm, then queries, keys and values, the first two turned: x [T, D] -> [T, H d], [T, H_kv d], [T, H_kv d].

    The weight is those of the three, one under the other; `values` is the size H_kv d of the last two.
    """

    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any, x: Tensor, factors: Tensor, epsilon: float, cos: Tensor, sin: Tensor, weight: Tensor,
        bias: Tensor | None, values: int,
    ) -> tuple[Tensor, ...]:  # fmt: skip
        queries = len(weight) - 2 * values
        q, k, v = (x.new_empty(len(x), size) for size in (queries, values, values))
        inverse = x.new_empty(len(x), 1)
        for rows in _blocks(len(x)):
            y = linear(_normed(x[rows], factors, epsilon, inverse[rows]), weight, bias)
            _turn(y[:, :queries], cos[rows], sin[rows], q[rows])
            _turn(y[:, queries:-values], cos[rows], sin[rows], k[rows])
            v[rows] = y[:, -values:]
        ctx.save_for_backward(x, factors, inverse, cos, sin, weight)
        ctx.biased = bias is not None
        return q, k, v

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_q: Tensor, grad_k: Tensor, grad_v: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, factors, inverse, cos, sin, weight = ctx.saved_tensors
        queries, values = grad_q.shape[1], grad_v.shape[1]
        grad_x, grad_factors, grad_weight = torch.empty_like(x), torch.zeros_like(factors), torch.zeros_like(weight)
        grad_bias = x.new_zeros(len(weight)) if ctx.biased else None
        transposed = weight.T.contiguous()
        for rows in _blocks(len(x)):
            grad = x.new_empty(len(x[rows]), len(weight))
            _turn(grad_q[rows], cos[rows], -sin[rows], grad[:, :queries])
            _turn(grad_k[rows], cos[rows], -sin[rows], grad[:, queries:-values])
            grad[:, -values:] = grad_v[rows]
            grad_weight.addmm_(grad.T, (x[rows] * inverse[rows]).mul_(factors))
            if grad_bias is not None:
                grad_bias += grad.sum(0)
            grad_h = linear(grad, transposed)
            _normed_backward(grad_h, x[rows], factors, inverse[rows], grad_x[rows], grad_factors)
        return grad_x, grad_factors, None, None, None, grad_weight, grad_bias, None


class _AddedLinear(torch.autograd.Function):
    """x + y W^T + b"""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:  # type: ignore[override]
        ctx.save_for_backward(y, weight)
        ctx.biased = bias is not None
        return linear_plus(y, weight, bias, x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        y, weight = ctx.saved_tensors
        return grad, linear(grad, weight.T.contiguous()), grad.T @ y, grad.sum(0) if ctx.biased else None


class _SwiGLU(torch.autograd.Function):
    """x + down(silu(gate(h)) * up(h)) with h = RMSNorm(x), of x [T, D]."""

    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any, x: Tensor, factors: Tensor, epsilon: float, gate: Tensor, up: Tensor, down: Tensor
    ) -> Tensor:
        out, inverse = torch.empty_like(x), x.new_empty(len(x), 1)
        inner: list[Tensor] = []
        for rows in _blocks(len(x)):
            h = _normed(x[rows], factors, epsilon, inverse[rows])
            a, b = linear(h, gate), linear(h, up)
            out[rows] = linear_plus(F.silu(a).mul_(b), down, None, x[rows])
            inner += [a, b]
        ctx.save_for_backward(x, factors, inverse, gate, up, down, *inner)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, factors, inverse, gate, up, down, *inner = ctx.saved_tensors
        grad_x, grad_factors = torch.empty_like(x), torch.zeros_like(factors)
        grad_gate, grad_up, grad_down = (torch.zeros_like(w) for w in (gate, up, down))
        gate, up, down = (w.T.contiguous() for w in (gate, up, down))
        for n, rows in enumerate(_blocks(len(x))):
            a, b = inner[2 * n : 2 * n + 2]
            silu = F.silu(a)
            grad_down.addmm_(grad[rows].T, silu * b)
            grad_product = linear(grad[rows], down)
            grad_b = silu.mul_(grad_product)
            grad_a = grad_product.mul_(b)
            torch.ops.aten.silu_backward.grad_input(grad_a, a, grad_input=grad_a)
            h = (x[rows] * inverse[rows]).mul_(factors)
            grad_gate.addmm_(grad_a.T, h)
            grad_up.addmm_(grad_b.T, h)
            grad_h = linear_plus(grad_b, up, None, linear(grad_a, gate))
            _normed_backward(grad_h, x[rows], factors, inverse[rows], grad_x[rows], grad_factors)
            grad_x[rows] += grad[rows]
        return grad_x, grad_factors, None, grad_gate, grad_up, grad_down


def _norm(norm: Any) -> tuple[Tensor, float]:
    return norm.weight, norm.variance_epsilon


def _blocks(length: int) -> Iterator[slice]:
    return (slice(start, start + ROWS) for start in range(0, length, ROWS))


def _turn(x: Tensor, cos: Tensor, sin: Tensor, out: Tensor) -> None:
    """x [rows, heads * D] turned by its positions' angles (RoFormer, equation 34)."""
    heads = x.unflatten(1, (-1, cos.shape[1]))
    torch.mul(heads, cos[:, None], out=out.view(heads.shape))
    out.view(heads.shape).addcmul_(heads.roll(cos.shape[1] // 2, -1), sin[:, None])


def _normed(x: Tensor, factors: Tensor, epsilon: float, inverse: Tensor, out: Tensor | None = None) -> Tensor:
    """RMSNorm of x [rows, D]; `inverse` [rows, 1] is given 1 / sqrt(mean x^2 + epsilon)."""
    torch.linalg.vector_norm(x, dim=1, keepdim=True, out=inverse)
    inverse.square_().div_(x.shape[1]).add_(epsilon).rsqrt_()
    return torch.mul(x, inverse, out=out).mul_(factors)


def _normed_backward(
    grad: Tensor, x: Tensor, factors: Tensor, inverse: Tensor, grad_x: Tensor, grad_factors: Tensor
) -> None:
    """Of h = x * inverse * factors, `grad` [rows, D]: `grad_x` is set, `grad_factors` added to.

    With r = inverse, which depends on x: dx = r (g - x r^2 (g . x) / D), where g = dh * factors.
    """
    product = grad * x
    grad_factors += torch.mv(product.T, inverse[:, 0])
    shift = product.mul_(factors).sum(1, keepdim=True).mul_(inverse.square()).div_(x.shape[1])
    torch.mul(grad, factors, out=grad_x).addcmul_(x, shift, value=-1).mul_(inverse)
