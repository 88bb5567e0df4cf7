"""Decoding on a CPU, in as few operations as possible, in float32 or bfloat16.

There, one token a row costs more between operations than in them, and a product of a few rows with a weight spends
half its time on bringing the weight into the kernel's own layout. So: the weights are laid out once (oneDNN, x86), the
factors of the norms and of the attention's scale are folded into them, and what can be is part of a product. Prompts
are read by transformers' modules; the logits are the same but for rounding. In bfloat16 products alone are: norms,
rotation and attention are in float32.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedModel

from oneshot_rlvr.config.hardware import memory_bytes
from oneshot_rlvr.config.model_files import FIXED_ROPE
from oneshot_rlvr.models.cpu.blockwise import is_plain, paired, pairs, query_key_value, rotation
from oneshot_rlvr.models.cpu.products import has_onednn, linear, linear_plus, multiplies_bfloat16, packed
from oneshot_rlvr.models.cpu.threads import LARGEST

ROWS = 64  # that the layout of the weights is chosen for
SHARE = 1 / 8  # of the memory that weights laid out once more may take


def can_decode(model: PreTrainedModel) -> bool:
    base: Any = model.base_model
    dtypes = (torch.float32, torch.bfloat16) if multiplies_bfloat16() else (torch.float32,)
    return is_plain(base, dtypes) and getattr(base.rotary_emb, "rope_type", None) in FIXED_ROPE


def pays(model: PreTrainedModel) -> bool:
    """Tells whether weights are worth laying out, and have room for it. By what was measured (docs/performance.md), not
    by a trial: a run that is resumed must decode as it began."""
    size = sum(p.numel() * p.element_size() for p in model.parameters())
    small = sum(p.numel() for p in model.parameters()) <= LARGEST
    return (small or has_onednn()) and size <= SHARE * memory_bytes()


Weight = tuple[Tensor, Tensor | None]  # laid out for oneDNN; bias


@dataclass(frozen=True, slots=True)
class _Layer:
    qkv: Weight
    out: Weight
    gate_up: Weight
    down: Weight


class Decoder:
    """The weights of a model as they are when this is made; to be made anew when they change."""

    def __init__(self, model: PreTrainedModel) -> None:
        base: Any = model.base_model
        attention = base.layers[0].self_attn
        self.embed: nn.Module = model.get_input_embeddings()  # type: ignore[assignment]
        self.rotary: nn.Module = base.rotary_emb
        self.width: int = attention.head_dim
        self.kv_heads: int = attention.k_proj.out_features // self.width
        self.epsilon = torch.tensor(sqrt(base.norm.variance_epsilon * base.norm.weight.numel()))
        with torch.no_grad():
            self.layers = [self._layer(layer) for layer in base.layers]
            self.head = _joined([model.get_output_embeddings()], _factors(base.norm))

    def _layer(self, layer: Any) -> _Layer:
        attention, mlp = layer.self_attn, layer.mlp
        return _Layer(
            qkv=self._qkv(attention, _factors(layer.input_layernorm)),
            out=_joined([attention.o_proj]),
            gate_up=_joined([mlp.gate_proj, mlp.up_proj], _factors(layer.post_attention_layernorm)),
            down=_joined([mlp.down_proj]),
        )

    def _qkv(self, attention: Any, factors: Tensor) -> Weight:
        """Every key-value head's queries, its key and its value, one head after the other."""

        def joined(name: str) -> Tensor:
            q, k, v = query_key_value(attention, name)
            # turning a query by an angle does not care for its length: the scores' scale is in its weight
            parts = [x.float().unflatten(0, (self.kv_heads, -1)) for x in (q.float() * attention.scaling, k, v)]
            return torch.cat(parts, 1).flatten(0, 1)

        dtype = attention.q_proj.weight.dtype
        bias = None if attention.q_proj.bias is None else joined("bias").to(dtype)
        return packed((joined("weight") * factors).to(dtype), ROWS), bias

    def begin(
        self, keys_values: Sequence[tuple[Tensor, Tensor]], visible: Tensor, owner: Tensor, new: int
    ) -> "Decoding":
        """Fulfils plain.Decoder.begin."""
        return Decoding(self, keys_values, visible, owner, new)

    def normed(self, x: Tensor) -> Tensor:
        """x / sqrt(sum x^2 + width epsilon): RMSNorm without its factors, which are in the weights behind it."""
        size = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float32).hypot_(self.epsilon)
        return (x / size).to(x.dtype)


def _joined(linears: Sequence[Any], factors: Tensor | float = 1.0) -> Weight:
    """One weight for linear layers with the same input, to be multiplied by `factors` [in]."""
    biases = [linear.bias for linear in linears if linear.bias is not None]
    weight = torch.cat([linear.weight for linear in linears])
    return packed((weight * factors).to(weight.dtype), ROWS), torch.cat(biases) if biases else None


def _factors(norm: Any) -> Tensor:
    return norm.weight.float() * sqrt(norm.weight.numel())


class Decoding:
    """A batch being decoded: its cache, [slots, 2, rows * H_kv, D] a layer, so that what was written lies together."""

    def __init__(
        self, decoder: Decoder, keys_values: Sequence[tuple[Tensor, Tensor]], visible: Tensor, owner: Tensor, new: int
    ) -> None:
        self.decoder = decoder
        self.filled = visible.shape[1]
        self.slots = self.filled + new
        heads, width = decoder.kv_heads, decoder.width
        self.caches: list[Tensor] = []
        for pair in keys_values:
            cache = torch.empty(self.slots, 2, len(owner) * heads, width)  # float32
            for n, part in enumerate((paired(pair[0], 3), pair[1])):
                cache[: self.filled, n] = part.permute(2, 0, 1, 3)[:, owner].flatten(1, 2)
            self.caches.append(cache)
        self.hidden: Tensor | None = None  # [rows * H_kv, 1, slots] added to the scores
        if not visible.all():
            hidden = torch.zeros(len(owner), self.slots)
            hidden[:, : self.filled].masked_fill_(~visible[owner], float("-inf"))
            self.hidden = hidden.repeat_interleave(heads, 0)[:, None]
        self.angles = rotation(decoder.rotary, self.caches[0], torch.arange(self.slots))

    def keep(self, rows: Tensor) -> None:
        """Keeps only these rows, in this order."""
        heads = self.decoder.kv_heads
        places = (rows[:, None] * heads + torch.arange(heads)).flatten()
        for n, cache in enumerate(self.caches):
            kept = cache.new_empty(self.slots, 2, len(places), cache.shape[3])
            torch.index_select(cache[: self.filled], 2, places, out=kept[: self.filled])
            self.caches[n] = kept
        if self.hidden is not None:
            self.hidden = self.hidden[places]

    def step(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """One token a row, [rows] -> logits [rows, V] after it."""
        d, rows = self.decoder, len(tokens)
        x = d.embed(tokens)
        angles = self.angles[positions, None, None]
        for layer, cache in zip(d.layers, self.caches):
            qkv = linear(d.normed(x), *layer.qkv).float().view(rows, d.kv_heads, -1, d.width)
            pairs(qkv[:, :, :-1]).mul_(angles)
            x = linear_plus(self._attend(qkv.flatten(0, 1), cache).view(rows, -1).to(x.dtype), *layer.out, x)
            gate, up = linear(d.normed(x), *layer.gate_up).chunk(2, -1)
            x = linear_plus(F.silu(gate).mul_(up), *layer.down, x)
        self.filled += 1
        return linear(d.normed(x), *d.head).float()

    def _attend(self, qkv: Tensor, cache: Tensor) -> Tensor:
        """qkv [N, G + 2, D] -> [N, G, D] of N key-value heads; the new keys and values are written to the cache."""
        cache[self.filled].copy_(qkv[:, -2:].transpose(0, 1))
        keys, values = cache[: self.filled + 1].unbind(1)
        scores = torch.bmm(qkv[:, :-2], keys.permute(1, 2, 0))
        if self.hidden is not None:
            scores += self.hidden[:, :, : self.filled + 1]
        return torch.bmm(scores.softmax(-1), values.transpose(0, 1))
