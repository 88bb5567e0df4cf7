"""The policy as a function: packed tokens in, log-probability and entropy of every response token out."""

import contextlib
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from oneshot_rlvr.config.shapes import logits_rows
from oneshot_rlvr.models import blockwise
from oneshot_rlvr.models.attention import choose_layout
from oneshot_rlvr.models.logprobs import chunked_logprobs
from oneshot_rlvr.models.packing import PackedBatch


class PolicyModel(nn.Module):
    """Wraps a causal language model; weights stay in their own dtype, compute runs in `dtype`.

    One forward covers backbone and head, so that a sharding wrapper around this module sees the head's weight gathered.
    """

    def __init__(self, language_model: PreTrainedModel, attention: str, dtype: torch.dtype, chunk: int) -> None:
        super().__init__()
        self.language_model = language_model
        self.attention, self.dtype = attention, dtype
        self.chunk = chunk or logits_rows(language_model.config.vocab_size)

    def forward(self, batch: PackedBatch, temperature: float) -> tuple[Tensor, Tensor]:
        """-> log-probabilities [R] and entropies [R] of the response tokens, in nats, at `temperature`, float32."""
        hidden = self.hidden(batch)
        head: Tensor = self.language_model.get_output_embeddings().weight  # type: ignore[assignment, union-attr]
        # Where a prompt is shared, its last token predicts many: their gradients are added up in float32.
        hidden = hidden.float()[batch.predict].to(self.dtype)
        return chunked_logprobs(hidden, head, batch.labels, temperature, self.chunk)

    def hidden(self, batch: PackedBatch) -> Tensor:
        """-> [T, D], the last layer's."""
        return last_hidden(self.language_model.base_model, batch, self.attention, self.dtype)


def last_hidden(base: nn.Module, batch: PackedBatch, attention: str, dtype: torch.dtype) -> Tensor:
    """A backbone's last layer, normed: [T, D]."""
    model: Any = base
    layout = choose_layout(attention, batch.input_ids.device, dtype)(batch)
    if dtype == torch.float32 and not model.is_gradient_checkpointing and blockwise.is_plain(base):
        return blockwise.hidden_states(base, batch.input_ids, batch.positions, layout)
    with autocast(dtype, batch.input_ids.device):
        return model(
            input_ids=batch.input_ids[None], position_ids=batch.positions[None], use_cache=False, layout=layout
        ).last_hidden_state[0]


def autocast(dtype: torch.dtype, device: torch.device) -> contextlib.AbstractContextManager[object]:
    """Compute in `dtype`; nothing to do for float32."""
    if dtype == torch.float32:
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype)
