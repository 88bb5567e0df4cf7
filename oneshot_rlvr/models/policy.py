"""The policy as a function: packed tokens in, log-probability and entropy of every response token out."""

import contextlib

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from oneshot_rlvr.models import blockwise
from oneshot_rlvr.config.shapes import logits_rows
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
        layout = choose_layout(self.attention, batch.input_ids.device, self.dtype)(batch)
        if self.dtype == torch.float32 and blockwise.is_plain(self.language_model.base_model):
            return blockwise.hidden_states(self.language_model.base_model, batch.input_ids, batch.positions, layout)
        with autocast(self.dtype, batch.input_ids.device):
            return self.language_model.base_model(
                input_ids=batch.input_ids[None], position_ids=batch.positions[None], use_cache=False, layout=layout
            ).last_hidden_state[0]


def autocast(dtype: torch.dtype, device: torch.device) -> contextlib.AbstractContextManager[object]:
    """Compute in `dtype`; nothing to do for float32."""
    if dtype == torch.float32:
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype)
