"""The policy as a function: packed tokens in, log-probability and entropy of every response token out."""

import contextlib
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel

from oneshot_rlvr.config.shapes import logits_rows
from oneshot_rlvr.models.attention import FlashLayout, GridLayout, choose_layout
from oneshot_rlvr.models.fast import fast
from oneshot_rlvr.models.logprobs import chunked_logprobs, graph_limit
from oneshot_rlvr.models.packing import PackedBatch

# For gradient_checkpointing_enable. Nothing in a pass is random: there is no state to keep for the second time.
CHECKPOINTING = {"use_reentrant": False, "preserve_rng_state": False}


class PolicyModel(nn.Module):
    """Wraps a causal language model; weights stay in their own dtype, compute runs in `dtype`.

    `chunk`: rows of logits that are held at once; 0: by the device. `fused`: layers and head are compiled.
    One forward covers backbone and head, so that a sharding wrapper around this module sees the head's weight gathered.
    """

    def __init__(
        self, language_model: PreTrainedModel, attention: str, dtype: torch.dtype, chunk: int, fused: bool = False
    ) -> None:
        super().__init__()
        self.language_model = language_model
        self.attention, self.dtype, self.fused = attention, dtype, fused
        self.chunk = chunk
        if fused:
            compile_layers(language_model.base_model)

    def forward(self, batch: PackedBatch, temperature: float) -> tuple[Tensor, Tensor | None]:
        """-> log-probabilities [R] and entropies [R] of the response tokens, in nats, at `temperature`, float32; no
        entropies where no gradient is asked for. Passes that are made at once share the rows of logits."""
        hidden = self.hidden(batch)
        head: Tensor = self.language_model.get_output_embeddings().weight  # type: ignore[assignment, union-attr]
        # Where a prompt is shared, its last token predicts many: their gradients are added up in float32.
        hidden = hidden.float()[batch.predict].to(self.dtype)
        chunk = self.chunk or logits_rows(len(head), head.is_cuda, self.fused)
        return chunked_logprobs(hidden, head, batch.labels, temperature, -(-chunk // fast.passes_at_once()), self.fused)

    def hidden(self, batch: PackedBatch) -> Tensor:
        """-> [T, D], the last layer's."""
        return last_hidden(self.language_model.base_model, batch, self.attention, self.dtype)


def last_hidden(base: nn.Module, batch: PackedBatch, attention: str, dtype: torch.dtype) -> Tensor:
    """A backbone's last layer, normed: [T, D]."""
    model: Any = base
    layout = choose_layout(attention, batch.input_ids.device, dtype)(batch)
    hidden = fast.hidden_states(base, batch.input_ids, batch.positions, layout, dtype)
    if hidden is not None:
        return hidden
    # FSDP2 casts by itself; adapters are in float32 on a base that is not. Layers are alike, and all would take long.
    mixed = any(p.dtype != dtype and not isinstance(p, DTensor) for p in model.layers[0].parameters())
    with torch.autocast(batch.input_ids.device.type, dtype) if mixed else contextlib.nullcontext():
        return model(
            input_ids=batch.input_ids[None], position_ids=batch.positions[None], use_cache=False, layout=layout
        ).last_hidden_state[0]


def compile_layers(base: nn.Module) -> None:
    """Each decoder layer by torch.compile, once for all layers and any number of tokens; anew with and without
    gradients, adapters, and a prompt that is read once for several responses."""
    call_attention_as_it_is()
    model: Any = base
    for layer in model.layers:
        layer.compile(dynamic=True, **graph_limit())


@cache
def call_attention_as_it_is() -> None:
    """Calls attention uncompiled: torch.compile would take layouts apart for every new set of lengths."""
    for layout in (GridLayout, FlashLayout):
        layout.attend = torch.compiler.disable(layout.attend)  # pyright: ignore[reportAttributeAccessIssue]
