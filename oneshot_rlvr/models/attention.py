"""Attention for packed sequences and for decoding, plugged into transformers' models.

transformers hands every attention call to a registered function together with the extra keyword arguments that the
model was called with. We pass one, `layout`, which knows how tokens lie: `GridLayout` or `VarlenLayout` in training,
`rollout.transformers_engine.DecodeCache` in sampling. No mask is built by transformers and its cache is not used
(its own packing builds a [T, T] mask, and is silently wrong with use_cache=True).
"""

import itertools
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import AttentionInterface

from oneshot_rlvr.models.fast import fast
from oneshot_rlvr.models.packing import PackedBatch, moved
from oneshot_rlvr.models.plain import Grid, Layout, Scores

NAME = "oneshot_rlvr"
LIKE = 0.8  # of the longest sequence's length: what may share a grid with it
QUERIES = 128  # at a time, where scores are written out


def attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, *,
    scaling: float, layout: Layout, sliding_window: int | None = None, softcap: float | None = None, **unused: object,
) -> tuple[Tensor, None]:
    if attention_mask is not None:
        raise ValueError("the layout says what is attended to; a mask must not be given as well")
    scores = Scores(scaling, sliding_window, softcap or 0.0)
    return layout.attend(module, query, key, value, scores).transpose(1, 2), None


AttentionInterface.register(NAME, attend)


def is_packed(model: nn.Module) -> bool:
    """Tells whether a model is computed through this attention: its tokens are packed."""
    config: Any = model.config
    return config._attn_implementation == NAME


class _Spread(torch.autograd.Function):
    """x [T, ...] written out to places [N, ...]. Backward, the places of one token are added up in float32."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, token_of_place: Tensor, place_of_token: Tensor, repeated: Tensor) -> Tensor:
        ctx.save_for_backward(token_of_place, place_of_token, repeated)
        return x.index_select(0, token_of_place)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        token_of_place, place_of_token, repeated = ctx.saved_tensors
        first = grad.index_select(0, place_of_token)
        if not len(repeated):
            return first, None, None, None
        total = first.float().index_add_(0, token_of_place[repeated], grad.index_select(0, repeated).float())
        return total.to(grad.dtype), None, None, None


class _Collect(torch.autograd.Function):
    """Places [N, ...] back to tokens [T, ...]: of the places of one token the first counts."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, place_of_token: Tensor) -> Tensor:
        ctx.save_for_backward(place_of_token)
        ctx.number = len(x)
        return x.index_select(0, place_of_token)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        (place_of_token,) = ctx.saved_tensors
        return grad.new_zeros(ctx.number, *grad.shape[1:]).index_copy_(0, place_of_token, grad), None


@dataclass(frozen=True, slots=True)
class Places:
    """The places at which attention sees T tokens: N of them; a token of a shared prompt has several."""

    token_of_place: Tensor  # [N]
    place_of_token: Tensor  # [T] the first
    repeated: Tensor  # places that are not the first of their token

    def spread(self, x: Tensor) -> Tensor:
        """[T, ...] -> [N, ...]"""
        return _Spread.apply(x, self.token_of_place, self.place_of_token, self.repeated)

    def collect(self, x: Tensor) -> Tensor:
        """[N, ...] -> [T, ...]"""
        return _Collect.apply(x, self.place_of_token)


class GridLayout:
    """Exact on every device: linear layers see packed tokens, attention right-padded causal grids [B, L].

    Padding sits to the right, where a causal query never looks, so no mask is needed and any token will do: nothing
    reads it, and its gradient is exactly 0. Sequences of unlike lengths go into grids of their own. Every key-value
    head of a sequence is a row, with the G queries of a position side by side: what belongs together is one matrix.
    """

    def __init__(self, batch: PackedBatch) -> None:
        self.batch = batch
        self.groups = like_lengths(batch.lengths)
        self._places: dict[int, Places] = {}  # by number of key-value heads

    def attend(self, module: nn.Module, query: Tensor, key: Tensor, value: Tensor, scores: Scores) -> Tensor:
        heads = key.shape[1]
        places = self.places(heads)
        grids = [(len(members) * heads, self.batch.lengths[members[0]]) for members in self.groups]
        q, k, v = (places.spread(_by_token(x).reshape(x.shape[2] * heads, -1)) for x in (query, key, value))
        whole = q.device.type == "cpu"  # torch's kernel for half precision there takes five times as long, backward
        if whole:
            q, k, v = q.float(), k.float(), v.float()
        with torch.autocast("cpu", enabled=False) if whole else nullcontext():  # which would round them again
            attended = fast.attention(q, k, v, grids, scores)
            if attended is None:
                attended = torchs_attention(q, k, v, grids, scores)
        out = places.collect(attended.to(query.dtype))
        return out.view(query.shape[2], query.shape[1], -1).transpose(0, 1)[None]

    def places(self, heads: int) -> Places:
        """Places of the tokens' heads, [T * heads], in the rows of all grids, one after the other."""
        if heads not in self._places:
            self._places[heads] = self._find_places(heads)
        return self._places[heads]

    def _find_places(self, heads: int) -> Places:
        batch, head = self.batch, torch.arange(heads)
        starts = [0, *itertools.accumulate(batch.lengths)]
        place_of_cell = torch.empty(starts[-1], heads, dtype=torch.long)
        size = 0
        for members in self.groups:
            columns = batch.lengths[members[0]]
            for i in members:
                place_of_cell[starts[i] : starts[i + 1]] = (
                    size + torch.arange(batch.lengths[i])[:, None] + columns * head
                )
                size += columns * heads
        device = batch.input_ids.device
        place_of_cell = moved(place_of_cell, device)
        token_of_cell = batch.token_of_cell[:, None] * heads + moved(head, device)
        token_of_place = token_of_cell.new_zeros(size).index_copy_(0, place_of_cell.flatten(), token_of_cell.flatten())
        return Places(
            token_of_place, place_of_cell[batch.cell_of_token].flatten(), place_of_cell[batch.repeated].flatten()
        )


def _by_token(x: Tensor) -> Tensor:
    """[1, H, T, D] -> [T, H, D]"""
    return x.squeeze(0).transpose(0, 1)


def torchs_attention(query: Tensor, key: Tensor, value: Tensor, grids: Sequence[Grid], scores: Scores) -> Tensor:
    """query [C, G D], key and value [C, D] -> [C, G D], where G heads look at the same keys.

    The C cells are those of the grids, row by row; a row is one sequence, and sees itself alone.
    """
    parts, width = [], key.shape[1]
    sizes = [rows * columns for rows, columns in grids]
    for (rows, columns), q, k, v in zip(grids, query.split(sizes), key.split(sizes), value.split(sizes)):
        q, k, v = (x.view(rows, columns, -1, width).transpose(1, 2) for x in (q, k, v))
        if scores.are_plain(columns):
            grouped = q.shape[1] > 1
            out = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scores.scale, enable_gqa=grouped)
        else:
            out = banded_attention(q, k, v, scores)
        parts.append(out.transpose(1, 2).reshape(rows * columns, -1))
    return torch.cat(parts) if len(parts) > 1 else parts[0]


def banded_attention(query: Tensor, key: Tensor, value: Tensor, scores: Scores) -> Tensor:
    """query [N, G, L, D], key and value [N, 1, L, D] -> [N, G, L, D], causal, with a window or a cap.

    Some queries at a time, with the keys that they see alone; their scores are computed again for the backward pass.
    """
    parts, length = [], query.shape[2]
    place = torch.arange(length, device=query.device)
    for start in range(0, length, QUERIES):
        end = min(start + QUERIES, length)
        low = 0 if scores.window is None else max(0, start - scores.window + 1)
        seen = in_window(place[start:end, None], place[low:end], scores.window)
        arguments = query[:, :, start:end], key[:, :, low:end], value[:, :, low:end], seen, scores
        parts.append(checkpoint(explicit_attention, *arguments, use_reentrant=False, preserve_rng_state=False))
    return torch.cat(parts, 2)


def in_window(query: Tensor, key: Tensor, window: int | None) -> Tensor:
    """Tells whether the query at one place sees the key at another: bool, the places' shapes broadcast."""
    seen = key <= query
    return seen if window is None else seen & (key > query - window)


def explicit_attention(query: Tensor, key: Tensor, value: Tensor, seen: Tensor | None, scores: Scores) -> Tensor:
    """Attention with its scores written out, softmax in float32. `seen`: keys of each query, bool, None: all."""
    found = (query @ key.transpose(-1, -2)).float() * scores.scale
    if scores.cap:
        found = scores.cap * torch.tanh(found / scores.cap)
    if seen is not None:
        found = found.masked_fill(~seen, float("-inf"))
    return found.softmax(-1).to(value.dtype) @ value


def like_lengths(lengths: Sequence[int]) -> list[list[int]]:
    """Indices in groups whose shortest has at least `LIKE` of the longest's length, longest first."""
    groups: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if not groups or lengths[i] < LIKE * lengths[groups[-1][0]]:
            groups.append([])
        groups[-1].append(i)
    return groups


class VarlenLayout:
    """Flash attention over sequence boundaries by torch itself (half precision on CUDA only); no padding at all."""

    def __init__(self, batch: PackedBatch) -> None:
        self.places = Places(batch.token_of_cell, batch.cell_of_token, batch.repeated)
        bounds = [0, *itertools.accumulate(batch.lengths)]
        self.cu_seqlens = moved(torch.tensor(bounds, dtype=torch.int32), batch.input_ids.device)
        self.longest = max(batch.lengths)

    def attend(self, module: nn.Module, query: Tensor, key: Tensor, value: Tensor, scores: Scores) -> Tensor:
        if not len(self.places.repeated):  # places are tokens
            q, k, v = (_by_token(x) for x in (query, key, value))
            return self.kernel(q, k, v, scores).transpose(0, 1)[None]
        q, k, v = (self.places.spread(_by_token(x)) for x in (query, key, value))
        return self.places.collect(self.kernel(q, k, v, scores)).transpose(0, 1)[None]

    def kernel(self, q: Tensor, k: Tensor, v: Tensor, scores: Scores) -> Tensor:
        """q [N, H, D], k and v [N, H_kv, D] -> [N, H, D]."""
        from torch.nn.attention.varlen import varlen_attn

        return varlen_attn(
            q, k, v, self.cu_seqlens, self.cu_seqlens, self.longest, self.longest,
            scale=scores.scale, window_size=(before(scores), 0), enable_gqa=q.shape[1] != k.shape[1],
        )  # type: ignore[return-value]  # a tuple only where more is asked for


class FlashLayout(VarlenLayout):
    """The same through the flash-attn package."""

    def kernel(self, q: Tensor, k: Tensor, v: Tensor, scores: Scores) -> Tensor:
        from flash_attn import flash_attn_varlen_func  # type: ignore[reportMissingImports]

        return flash_attn_varlen_func(
            q, k, v, self.cu_seqlens, self.cu_seqlens, self.longest, self.longest,
            softmax_scale=scores.scale, causal=True, window_size=(before(scores), 0), softcap=scores.cap,
        )


def before(scores: Scores) -> int:
    """Keys before the query's own that it sees, as flash attention counts them; -1: all."""
    return -1 if scores.window is None else scores.window - 1


LAYOUTS = {"packed_sdpa": GridLayout, "varlen": VarlenLayout, "flash": FlashLayout}


def choose_layout(
    attention: str, device: torch.device, dtype: torch.dtype, capped: bool = False
) -> type[GridLayout] | type[VarlenLayout]:
    """The layout of `model.attention`; torch's varlen attention caps no scores, and gives way to the grid.

    `auto`: on CUDA in half precision (from compute capability 8.0 on) flash-attn if installed, else torch's varlen
    attention; otherwise the grid.
    """
    if attention == "auto":
        half = device.type == "cuda" and dtype != torch.float32 and torch.cuda.get_device_capability(device) >= (8, 0)
        attention = ("flash" if has_flash_attn() else "varlen") if half else "packed_sdpa"
    return GridLayout if attention == "varlen" and capped else LAYOUTS[attention]


@cache
def has_flash_attn() -> bool:
    return find_spec("flash_attn") is not None
