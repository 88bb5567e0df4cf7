"""The policy as a function: packed tokens in, log-probability and entropy of every response token out."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedModel

from oneshot_rlvr.config.shapes import logits_rows
from oneshot_rlvr.models.attention import FlashLayout, GridLayout, choose_layout, is_packed
from oneshot_rlvr.models.fast import fast
from oneshot_rlvr.models.head import Head
from oneshot_rlvr.models.logprobs import chunked_logprobs, graph_limit
from oneshot_rlvr.models.packing import PackedBatch

# For gradient_checkpointing_enable. Nothing in a pass is random: there is no state to keep for the second time.
CHECKPOINTING = {"use_reentrant": False, "preserve_rng_state": False}


class PolicyModel(nn.Module):
    """Wraps a causal language model; weights stay in their own dtype, compute runs in `dtype`.

    `chunk`: rows of logits that are held at once; 0: by the device. `fused`: head and packed layers are compiled.
    One forward covers backbone and head, so that a sharding wrapper around this module sees the head's weight gathered.
    """

    def __init__(
        self, language_model: PreTrainedModel, attention: str, dtype: torch.dtype, chunk: int, fused: bool = False
    ) -> None:
        super().__init__()
        self.language_model = language_model
        self.attention, self.dtype, self.fused = attention, dtype, fused
        self.chunk = chunk
        if fused and is_packed(language_model):
            compile_layers(language_model.base_model)

    def forward(
        self, batch: PackedBatch, temperature: float, plainly: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """-> log-probabilities [R] and entropies [R] of the response tokens, in nats, at `temperature`, float32; no
        entropies where no gradient is asked for. Passes that are made at once share the rows of logits. `plainly`: by
        the model as transformers has it, one sequence at a time, without entropies."""
        if plainly:
            return self._called_plainly(batch, temperature), None
        head = Head.of(self.language_model)
        # Where a prompt is shared, its last token predicts many: their gradients are added up in float32.
        hidden, weight = head.inputs(self.hidden(batch).float()[batch.predict].to(self.dtype))
        chunk = self.chunk or logits_rows(len(weight), weight.is_cuda, self.fused)
        return chunked_logprobs(
            hidden, weight, batch.labels, temperature / head.scale, -(-chunk // fast.passes_at_once()), self.fused,
            head.cap / head.scale,
        )  # fmt: skip

    def _called_plainly(self, batch: PackedBatch, temperature: float) -> Tensor:
        model, found = self.language_model, []
        labels = batch.labels.split(batch.owner.bincount().tolist())
        with called_plainly(model), computing_in(model, batch.input_ids.device, self.dtype):
            for ids, label in zip(sequences_of(batch), labels):
                logits = model(input_ids=ids[None], use_cache=False).logits[0, -len(label) :].float() / temperature
                found.append(logits.log_softmax(-1).gather(1, label[:, None])[:, 0])
        return torch.cat(found)

    def hidden(self, batch: PackedBatch) -> Tensor:
        """-> [T, D], the last layer's."""
        return last_hidden(self.language_model.base_model, batch, self.attention, self.dtype)


def last_hidden(base: nn.Module, batch: PackedBatch, attention: str, dtype: torch.dtype) -> Tensor:
    """A backbone's last layer, normed: [T, D]."""
    model: Any = base
    if not is_packed(base):
        with computing_in(model, batch.input_ids.device, dtype):
            return by_rows(model, batch)
    capped = bool(getattr(model.config, "attn_logit_softcapping", None))
    layout = choose_layout(attention, batch.input_ids.device, dtype, capped)(batch)
    hidden = fast.hidden_states(base, batch.input_ids, batch.positions, layout, dtype)
    if hidden is not None:
        return hidden
    with computing_in(model.layers[0], batch.input_ids.device, dtype):  # layers are alike, and all would take long
        return model(
            input_ids=batch.input_ids[None], position_ids=batch.positions[None], use_cache=False, layout=layout
        ).last_hidden_state[0]


def computing_in(part: nn.Module, device: torch.device, dtype: torch.dtype) -> AbstractContextManager[Any]:
    """A context in which `part` computes in `dtype`. FSDP2 casts by itself; adapters are in float32 on a base that is
    not."""
    mixed = any(p.is_floating_point() and p.dtype != dtype and not isinstance(p, DTensor) for p in part.parameters())
    return torch.autocast(device.type, dtype) if mixed else contextlib.nullcontext()


def by_rows(base: nn.Module, batch: PackedBatch) -> Tensor:
    """The last layer [T, D] of any causal backbone: every sequence is a row of its own, padded to its right, where no
    token looks."""
    rows = pad_sequence(sequences_of(batch), batch_first=True)
    hidden = base(input_ids=rows, use_cache=False).last_hidden_state
    found = torch.cat([row[:length] for row, length in zip(hidden, batch.lengths)])
    return found[batch.cell_of_token]


def sequences_of(batch: PackedBatch) -> list[Tensor]:
    """The tokens of each sequence, the last one left out."""
    return list(batch.input_ids[batch.token_of_cell].split(list(batch.lengths)))


@contextlib.contextmanager
def called_plainly(model: PreTrainedModel) -> Iterator[None]:
    """A context in which a model is as transformers has it: uncompiled, a packed one with its attention written out."""
    config: Any = model.config
    before = config._attn_implementation
    config._attn_implementation = "eager" if is_packed(model) else before
    try:
        with torch.compiler.set_stance("force_eager"):
            yield
    finally:
        config._attn_implementation = before


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
