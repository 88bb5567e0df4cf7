"""Attention for packed sequences and for decoding, plugged into transformers' models.

transformers hands every attention call to a registered function together with the extra keyword arguments that the
model was called with. We pass one, `layout`, which knows how the tokens lie: `PackedLayout` in training,
`workers.rollout_hf.DecodeCache` in sampling. No mask is built by transformers and its cache is not used
(its own packing builds a [T, T] mask, and is silently wrong with use_cache=True).
"""

from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AttentionInterface

from oneshot_rlvr.models.packing import PackedBatch

NAME = "oneshot_rlvr"


class Layout(Protocol):
    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """query [N, H, T, D], key and value [N, H_kv, T, D] -> [N, H, T, D]."""
        ...


def _attention(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, *,
    scaling: float, layout: Layout, sliding_window: int | None = None, **unused: object,
) -> tuple[Tensor, None]:
    if sliding_window is not None:
        raise ValueError("sliding-window attention is not supported")
    if attention_mask is not None:
        raise ValueError("the layout says what is attended to; a mask must not be given as well")
    layer: Any = module.layer_idx
    out = layout.attend(layer, query, key, value, scaling)
    return out.transpose(1, 2), None


AttentionInterface.register(NAME, _attention)


class GridLayout:
    """Exact on every device: linear layers see packed tokens, attention a right-padded causal grid [B, L].

    Padding sits to the right, where a causal query never looks, so no mask is needed.
    """

    def __init__(self, batch: PackedBatch) -> None:
        starts = batch.cu_seqlens[:-1].long()
        lengths = batch.cu_seqlens[1:].long() - starts
        self.batch_size, self.max_seqlen = len(lengths), batch.max_seqlen
        self.row = torch.repeat_interleave(torch.arange(len(lengths), device=lengths.device), lengths)
        self.column = batch.positions

    def _grid(self, x: Tensor) -> Tensor:
        grid = x.new_zeros(self.batch_size, self.max_seqlen, x.shape[1], x.shape[3])
        return grid.index_put((self.row, self.column), x[0].transpose(0, 1)).transpose(1, 2)

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        out = F.scaled_dot_product_attention(
            self._grid(query), self._grid(key), self._grid(value),
            is_causal=True, scale=scale, enable_gqa=query.shape[1] != key.shape[1],
        )
        return out.transpose(1, 2)[self.row, self.column].transpose(0, 1)[None]


class VarlenLayout:
    """Flash attention over `cu_seqlens` by torch itself (half precision on CUDA only); no padding at all."""

    def __init__(self, batch: PackedBatch) -> None:
        self.cu_seqlens, self.max_seqlen = batch.cu_seqlens, batch.max_seqlen

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        from torch.nn.attention.varlen import varlen_attn

        q, k, v = (x[0].transpose(0, 1) for x in (query, key, value))
        out: Tensor = varlen_attn(
            q, k, v, self.cu_seqlens, self.cu_seqlens, self.max_seqlen, self.max_seqlen,
            scale=scale, window_size=(-1, 0), enable_gqa=q.shape[1] != k.shape[1],
        )  # type: ignore[assignment]  # a tuple only where more is asked for
        return out.transpose(0, 1)[None]


class FlashLayout(VarlenLayout):
    """The same through the flash-attn package."""

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        from flash_attn import flash_attn_varlen_func  # type: ignore[reportMissingImports]

        q, k, v = (x[0].transpose(0, 1) for x in (query, key, value))
        out = flash_attn_varlen_func(
            q, k, v, self.cu_seqlens, self.cu_seqlens, self.max_seqlen, self.max_seqlen,
            softmax_scale=scale, causal=True,
        )
        return out.transpose(0, 1)[None]


LAYOUTS = {"packed_sdpa": GridLayout, "varlen": VarlenLayout, "flash": FlashLayout}


def choose_layout(attention: str, device: torch.device, dtype: torch.dtype) -> type[GridLayout] | type[VarlenLayout]:
    """`auto`: on CUDA in half precision flash-attn if installed, else torch's varlen attention; otherwise the grid."""
    if attention != "auto":
        return LAYOUTS[attention]
    if device.type != "cuda" or dtype == torch.float32:
        return GridLayout
    from importlib.util import find_spec

    return FlashLayout if find_spec("flash_attn") else VarlenLayout
