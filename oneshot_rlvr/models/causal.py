"""Causal attention over few short sequences in float32 on a CPU, a third faster there than torch's own.

Queries are taken some at a time, so that nothing is computed for keys behind them; the heads of one group and their
queries are one matrix. The probabilities are kept for the backward pass: half a square of the length a head.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

QUERIES = 32  # at a time
KEPT = 16 << 20  # bytes that a call may keep; above, torch's own attention, which keeps none


def can_attend(query: Tensor, key: Tensor, value: Tensor) -> bool:
    """As `causal_attention` takes them, in float32 throughout (not so under autocast)."""
    sequences, heads, length, _ = query.shape
    small = 2 * sequences * heads * length**2 <= KEPT
    whole = all(x.dtype == torch.float32 and x.device.type == "cpu" for x in (query, key, value))
    return small and whole and not torch.is_autocast_enabled("cpu")


def causal_attention(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
    """query [B, H, L, D], key and value [B, H_kv, L, D] -> [B, H, L, D]."""
    return _CausalAttention.apply(query, key, value, scale)


class _CausalAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:  # type: ignore[override]
        q, k, v = _grouped(query, key.shape[1]), key.flatten(0, 1), value.flatten(0, 1)
        out = torch.empty_like(q)
        kept: list[Tensor] = []
        for start, end in _blocks(q.shape[2]):
            scores = torch.bmm(_rows(q, start, end), k[:, :end].transpose(1, 2)).mul_(scale)
            grid = scores.view(*q.shape[:2], end - start, end)
            grid[..., start:].masked_fill_(_behind(end - start), float("-inf"))
            p = scores.softmax(-1)
            out[:, :, start:end] = torch.bmm(p, v[:, :end]).view(*q.shape[:2], end - start, -1)
            if any(ctx.needs_input_grad):
                kept.append(p)
        ctx.save_for_backward(q, k, v, *kept)
        ctx.scale = scale
        return out.view(query.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        q, k, v, *kept = ctx.saved_tensors
        g = _grouped(grad, len(k) // len(grad))
        grad_q, grad_k, grad_v = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
        for (start, end), p in zip(_blocks(q.shape[2]), kept, strict=True):
            g_rows = _rows(g, start, end)
            grad_v[:, :end].baddbmm_(p.transpose(1, 2), g_rows)
            grad_p = torch.bmm(g_rows, v[:, :end].transpose(1, 2))
            grad_scores = torch.ops.aten._softmax_backward_data(grad_p, p, -1, p.dtype).mul_(ctx.scale)
            grad_q[:, :, start:end] = torch.bmm(grad_scores, k[:, :end]).view(*q.shape[:2], end - start, -1)
            grad_k[:, :end].baddbmm_(grad_scores.transpose(1, 2), _rows(q, start, end))
        shape = len(grad), -1, *k.shape[1:]
        return grad_q.view(grad.shape), grad_k.view(shape), grad_v.view(shape), None


def _grouped(x: Tensor, kv_heads: int) -> Tensor:
    """[B, H, L, D] -> [B * H_kv, H / H_kv, L, D]"""
    return x.reshape(len(x) * kv_heads, -1, *x.shape[2:])


def _rows(x: Tensor, start: int, end: int) -> Tensor:
    """[N, heads, L, D] -> the queries from `start` to `end` of all heads [N, rows, D]"""
    return x[:, :, start:end].flatten(1, 2)


def _blocks(length: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + QUERIES, length)) for start in range(0, length, QUERIES))


def _behind(size: int) -> Tensor:
    """[size, size]: True where the key comes after the query."""
    return torch.ones(size, size, dtype=torch.bool).triu(1)
