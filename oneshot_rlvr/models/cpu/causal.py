"""Causal attention over few short sequences in float32 on a CPU, a third faster there than torch's own.

Queries are taken some at a time, so that nothing is computed for keys behind them; the heads of one group and their
queries are one matrix. The probabilities are kept for the backward pass: half a square of the length a head.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from oneshot_rlvr.models.plain import Grid

QUERIES = 32  # at a time
KEPT = 16 << 20  # bytes that a call may keep; above, torch's own attention, which keeps none


def can_attend(query: Tensor, key: Tensor, value: Tensor, grids: Sequence[Grid]) -> bool:
    """Tells whether `causal_attention` takes them: in float32 throughout (not so under autocast)."""
    heads = query.shape[1] // key.shape[1]
    small = 2 * heads * sum(rows * columns**2 for rows, columns in grids) <= KEPT
    whole = all(x.dtype == torch.float32 and x.device.type == "cpu" for x in (query, key, value))
    return small and whole and not torch.is_autocast_enabled("cpu")


def causal_attention(query: Tensor, key: Tensor, value: Tensor, grids: Sequence[Grid], scale: float) -> Tensor:
    """Fulfils models.attention.torchs_attention."""
    return _CausalAttention.apply(query, key, value, grids, scale)


class _CausalAttention(torch.autograd.Function):
    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, grids: Sequence[Grid], scale: float
    ) -> Tensor:
        query, out = query * scale, torch.empty_like(query)
        kept: list[Tensor] = []
        for q, k, v, o in _by_grid(grids, query, key, value, out):
            for start, end, rows in _blocks(k.shape[1], q.shape[1]):
                scores = torch.bmm(q[:, rows], k[:, :end].transpose(1, 2))
                scores[:, :, start:].masked_fill_(_behind(end - start, scores.shape[1]), float("-inf"))
                p = scores.softmax(-1)
                o[:, rows] = torch.bmm(p, v[:, :end])
                if any(ctx.needs_input_grad):
                    kept.append(p)
        ctx.save_for_backward(query, key, value, *kept)
        ctx.grids, ctx.scale = grids, scale
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        query, key, value, *kept = ctx.saved_tensors
        grads = torch.empty_like(query), torch.zeros_like(key), torch.zeros_like(value)
        left = iter(kept)
        for q, k, v, g, grad_q, grad_k, grad_v in _by_grid(ctx.grids, query, key, value, grad, *grads):
            for _, end, rows in _blocks(k.shape[1], q.shape[1]):
                p = next(left)
                grad_v[:, :end] += torch.bmm(p.transpose(1, 2), g[:, rows])
                grad_p = torch.bmm(g[:, rows], v[:, :end].transpose(1, 2))
                grad_scores = torch.ops.aten._softmax_backward_data(grad_p, p, -1, p.dtype)
                grad_q[:, rows] = torch.bmm(grad_scores, k[:, :end])
                grad_k[:, :end] += torch.bmm(grad_scores.transpose(1, 2), q[:, rows])
        grads[0].mul_(ctx.scale)
        return *grads, None, None


def _by_grid(grids: Sequence[Grid], query: Tensor, key: Tensor, *further: Tensor) -> Iterator[list[Tensor]]:
    """Cuts [C, G D] or [C, D] into each grid's part [rows, columns * G, D] or [rows, columns, D]."""
    start = 0
    for rows, columns in grids:
        end = start + rows * columns
        yield [x[start:end].view(rows, -1, key.shape[1]) for x in (query, key, *further)]
        start = end


def _blocks(length: int, queries: int) -> Iterator[tuple[int, int, slice]]:
    """Positions from and to, and the rows of a grid's queries that belong there."""
    heads = queries // length
    for start in range(0, length, QUERIES):
        end = min(start + QUERIES, length)
        yield start, end, slice(start * heads, end * heads)


def _behind(positions: int, queries: int) -> Tensor:
    """[queries, positions]: True where the key comes after the query."""
    heads = queries // positions
    return torch.ones(positions, positions, dtype=torch.bool).triu(1).repeat_interleave(heads, 0)
