"""A Llama's or Qwen2's layers in float32 on a CPU, a thousand tokens at a time.

What lies between two matrix products - norms, rotation, SwiGLU, residuals - costs little arithmetic and much traffic:
for all tokens of a micro-batch at once, each operation reads and writes main memory. Here they are taken for as many
tokens as a core's caches hold, and the backward passes are written out. Same mathematics as transformers' modules,
which are used everywhere else.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.distributed.tensor import DTensor

from oneshot_rlvr.models.cpu.products import linear, linear_plus
from oneshot_rlvr.models.plain import Layout, Scores

FAMILIES = ("llama", "qwen2")
ROWS = 1024  # tokens at a time


def is_plain(base: nn.Module, dtypes: Sequence[torch.dtype] = (torch.float32,)) -> bool:
    """The backbone of a dense Llama or Qwen2 in one of `dtypes` on a CPU, unsharded, without adapters."""
    model: Any = base
    if model.config.model_type not in FAMILIES or model.config.hidden_act != "silu":
        return False
    parts = [part for layer in model.layers for part in (*layer.self_attn.children(), *layer.mlp.children())]
    return (
        all(type(part) is nn.Linear for part in parts if next(part.parameters(), None) is not None)
        and all(part.bias is None for layer in model.layers for part in layer.mlp.children() if hasattr(part, "bias"))
        and all(getattr(layer.self_attn, "sliding_window", None) is None for layer in model.layers)
        and all(p.dtype in dtypes and p.device.type == "cpu" and not isinstance(p, DTensor)
                for p in model.parameters())
    )  # fmt: skip


def hidden_states(base: nn.Module, input_ids: Tensor, positions: Tensor, layout: Layout) -> Tensor:
    """Packed tokens [T] at `positions` [T] -> the last layer's normed output [T, D].

    Factors of the norms are in the weights behind them; the last norm, one of many, is the module's.
    """
    model: Any = base
    x = model.embed_tokens(input_ids)
    angles = rotation(model.rotary_emb, x, positions)
    for layer in model.layers:
        attention, mlp = layer.self_attn, layer.mlp
        before, between = layer.input_layernorm, layer.post_attention_layernorm
        weight = torch.cat(query_key_value(attention, "weight")) * before.weight
        bias = None if attention.q_proj.bias is None else torch.cat(query_key_value(attention, "bias"))
        values = attention.v_proj.out_features
        qkv = _Projections.apply(x, before.variance_epsilon, angles, weight, bias, values)
        q, k, v = (y.unflatten(1, (-1, attention.head_dim)).transpose(0, 1)[None] for y in qkv)
        heads = layout.attend(attention, q, k, v, Scores(attention.scaling))
        joined = heads.squeeze(0).transpose(0, 1).flatten(1)
        x = _AddedLinear.apply(x, joined, attention.o_proj.weight, attention.o_proj.bias)
        gate, up = mlp.gate_proj.weight * between.weight, mlp.up_proj.weight * between.weight
        x = _SwiGLU.apply(x, between.variance_epsilon, gate, up, mlp.down_proj.weight)
    return model.norm(x)


def query_key_value(attention: Any, name: str) -> list[Tensor]:
    """Weights or biases of the three, those of what is turned `paired`."""
    q, k, v = (getattr(part, name) for part in (attention.q_proj, attention.k_proj, attention.v_proj))
    return [*(paired(x.unflatten(0, (-1, attention.head_dim)), 1).flatten(0, 1) for x in (q, k)), v]


def paired(x: Tensor, dim: int) -> Tensor:
    """The halves of a head's D numbers one by one in turn: what a rotation turns together stands together."""
    return x.unflatten(dim, (2, -1)).transpose(dim, dim + 1).flatten(dim, dim + 1)


def pairs(x: Tensor) -> Tensor:
    """`paired` numbers [..., D] as complex ones [..., D/2]: to turn them is to multiply (RoFormer, equation 34)."""
    return torch.view_as_complex(x.unflatten(-1, (-1, 2)))


def rotation(rotary: nn.Module, like: Tensor, positions: Tensor) -> Tensor:
    """Complex factors [T, D/2] of positions [T]."""
    cos, sin = (x[0, :, : x.shape[-1] // 2] for x in rotary(like, positions[None]))
    return torch.complex(cos, sin)


class _Projections(torch.autograd.Function):
    """RMSNorm, then queries, keys and values, the first two turned: x [T, D] -> [T, H d], [T, H_kv d], [T, H_kv d].

    The weight is those of the three, one under the other; `values` is the size H_kv d of the last two.
    """

    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any, x: Tensor, epsilon: float, angles: Tensor, weight: Tensor, bias: Tensor | None, values: int
    ) -> tuple[Tensor, ...]:
        queries = len(weight) - 2 * values
        q, k, v = (x.new_empty(len(x), size) for size in (queries, values, values))
        inverse = x.new_empty(len(x), 1)
        for rows in _blocks(len(x)):
            y = linear(_normed(x[rows], epsilon, inverse[rows]), weight, bias)
            _turn(y[:, :queries], angles[rows], q[rows])
            _turn(y[:, queries:-values], angles[rows], k[rows])
            v[rows] = y[:, -values:]
        ctx.save_for_backward(x, inverse, angles, weight)
        ctx.biased = bias is not None
        return q, k, v

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_q: Tensor, grad_k: Tensor, grad_v: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, inverse, angles, weight = ctx.saved_tensors
        queries, values = grad_q.shape[1], grad_v.shape[1]
        grad_x, grad_weight = torch.empty_like(x), torch.zeros_like(weight)
        grad_bias = x.new_zeros(len(weight)) if ctx.biased else None
        transposed, back = weight.T.contiguous(), angles.conj().resolve_conj()
        for rows in _blocks(len(x)):
            grad = x.new_empty(len(x[rows]), len(weight))
            _turn(grad_q[rows], back[rows], grad[:, :queries])
            _turn(grad_k[rows], back[rows], grad[:, queries:-values])
            grad[:, -values:] = grad_v[rows]
            h = x[rows] * inverse[rows]
            grad_weight.addmm_(grad.T, h)
            if grad_bias is not None:
                grad_bias += grad.sum(0)
            _normed_backward(linear(grad, transposed), h, inverse[rows], grad_x[rows])
        return grad_x, None, None, grad_weight, grad_bias, None


class _AddedLinear(torch.autograd.Function):
    """x + y W^T + b"""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:  # type: ignore[override]
        out = torch.empty_like(x)
        for rows in _blocks(len(x)):
            out[rows] = linear_plus(y[rows], weight, bias, x[rows])
        ctx.save_for_backward(y, weight)
        ctx.biased = bias is not None
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        y, weight = ctx.saved_tensors
        grad_y, grad_weight, transposed = torch.empty_like(y), torch.zeros_like(weight), weight.T.contiguous()
        for rows in _blocks(len(y)):
            grad_y[rows] = linear(grad[rows], transposed)
            grad_weight.addmm_(grad[rows].T, y[rows])
        return grad, grad_y, grad_weight, grad.sum(0) if ctx.biased else None


class _SwiGLU(torch.autograd.Function):
    """x + down(silu(gate(h)) * up(h)) with h = RMSNorm(x) without its factors, of x [T, D]."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, epsilon: float, gate: Tensor, up: Tensor, down: Tensor) -> Tensor:  # type: ignore[override]
        out, inverse = torch.empty_like(x), x.new_empty(len(x), 1)
        inner: list[Tensor] = []
        for rows in _blocks(len(x)):
            h = _normed(x[rows], epsilon, inverse[rows])
            a, b = linear(h, gate), linear(h, up)
            out[rows] = linear_plus(F.silu(a).mul_(b), down, None, x[rows])
            inner += [a, b]
        ctx.save_for_backward(x, inverse, gate, up, down, *inner)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        x, inverse, gate, up, down, *inner = ctx.saved_tensors
        grad_x = torch.empty_like(x)
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
            h = x[rows] * inverse[rows]
            grad_gate.addmm_(grad_a.T, h)
            grad_up.addmm_(grad_b.T, h)
            grad_h = linear_plus(grad_b, up, None, linear(grad_a, gate))
            _normed_backward(grad_h, h, inverse[rows], grad_x[rows])
            grad_x[rows] += grad[rows]
        return grad_x, None, grad_gate, grad_up, grad_down


def _blocks(length: int) -> Iterator[slice]:
    return (slice(start, start + ROWS) for start in range(0, length, ROWS))


def _turn(x: Tensor, angles: Tensor, out: Tensor) -> None:
    """x [rows, heads * D], `paired`, turned by its positions' angles."""
    source, target = (pairs(y.unflatten(1, (-1, 2 * angles.shape[1]))) for y in (x, out))
    torch.mul(source, angles[:, None], out=target)


def _normed(x: Tensor, epsilon: float, inverse: Tensor) -> Tensor:
    """x [rows, D] divided by its root mean square; `inverse` [rows, 1] is given 1 / sqrt(mean x^2 + epsilon)."""
    torch.linalg.vector_norm(x, dim=1, keepdim=True, out=inverse)
    inverse.square_().div_(x.shape[1]).add_(epsilon).rsqrt_()
    return x * inverse


def _normed_backward(grad: Tensor, h: Tensor, inverse: Tensor, grad_x: Tensor) -> None:
    """Goes back through h = x r, r = `inverse` depending on x: dx = r (dh - h (dh . h) / D), written to `grad_x`."""
    shift = (grad * h).sum(1, keepdim=True).div_(h.shape[1])
    torch.addcmul(grad, h, shift, value=-1, out=grad_x).mul_(inverse)
