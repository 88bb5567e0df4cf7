"""Fast ways that are taken in place of the plain way (models/plain.py): small models in float32 on a CPU."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from oneshot_rlvr.models.cpu import blockwise, causal, decoder, threads
from oneshot_rlvr.models.plain import Grid, Layout, Passes, Plain, Scores


class Cpu(Plain):
    """Threads beside each other, layers in blocks, attention over short sequences, decoding with folded weights."""

    def passes(self, model: nn.Module) -> Passes:
        """Fulfils Plain.passes, in lanes where the model is small."""
        number = threads.number_of_lanes(model)
        return threads.Lanes(model, number) if number > 1 else Passes(model)

    def passes_at_once(self) -> int:
        """Fulfils Plain.passes_at_once."""
        return threads.passes_at_once()

    def hidden_states(
        self, base: nn.Module, input_ids: Tensor, positions: Tensor, layout: Layout, dtype: torch.dtype
    ) -> Tensor | None:
        """Fulfils Plain.hidden_states, for a dense Llama or Qwen2 without gradient checkpointing."""
        model: Any = base
        if dtype != torch.float32 or model.is_gradient_checkpointing or not blockwise.is_plain(base):
            return None
        return blockwise.hidden_states(base, input_ids, positions, layout)

    def attention(
        self, query: Tensor, key: Tensor, value: Tensor, grids: Sequence[Grid], scores: Scores
    ) -> Tensor | None:
        """Fulfils Plain.attention, for few short sequences."""
        plain = all(scores.are_plain(columns) for _, columns in grids)
        if not plain or not causal.can_attend(query, key, value, grids):
            return None
        return causal.causal_attention(query, key, value, grids, scores.scale)

    def decoder(self, model: PreTrainedModel) -> decoder.Decoder | None:
        """Fulfils Plain.decoder, for a dense Llama or Qwen2."""
        return decoder.Decoder(model) if decoder.can_decode(model) and decoder.pays(model) else None


fast = Cpu()
