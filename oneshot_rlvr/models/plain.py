"""The way to compute a model on any device: by transformers' modules and torch's attention, one pass after the other.

A device on which something else is faster has a subclass of `Plain` that says so (models/cpu/door.py); callers ask
`models.fast.fast` and do not know which of them answers.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

T = TypeVar("T")
R = TypeVar("R")
# Indices into sequences of `lengths_B` tokens each; a sequence in none of them contributes nothing.
MicroBatches = Sequence[Sequence[int]]
Grid = tuple[int, int]  # rows, columns


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of keys before the softmax: cap tanh(scale q k / cap), of the last `window` tokens up to the query's."""

    scale: float
    window: int | None = None  # tokens, the query's own among them; None: all before it
    cap: float = 0.0  # 0: none

    def are_plain(self, longest: int) -> bool:
        """Tells whether sequences of at most `longest` tokens have neither cap nor window."""
        return not self.cap and (self.window is None or self.window >= longest)


class Layout(Protocol):
    """Places of the tokens of a pass, and so what they attend to (models/attention.py)."""

    def attend(self, module: nn.Module, query: Tensor, key: Tensor, value: Tensor, scores: Scores) -> Tensor:
        """query [N, H, T, D], key and value [N, H_kv, T, D] -> [N, H, T, D]; `module` is the layer's attention."""
        ...


class Decoding(Protocol):
    """A batch being decoded."""

    def keep(self, rows: Tensor) -> None:
        """Keeps only these rows, in this order."""
        ...

    def step(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """One token a row, [rows] at `positions` [rows]; -> float32 logits [rows, V] after it."""
        ...


class Decoder(Protocol):
    """The weights of a model as they are when this is made; to be made anew when they change."""

    def begin(
        self, keys_values: Sequence[tuple[Tensor, Tensor]], visible: Tensor, owner: Tensor, new: int
    ) -> Decoding:
        """Decoding of at most `new` tokens a row, behind prompts that were read.

        `keys_values` are what the prompts left, [prompts, H_kv, slots, D] a layer, `visible` [prompts, slots] is False
        in the padding to their left, `owner` [rows] is each row's prompt.
        """
        ...


class Passes:
    """The passes of one model, each in the caller's thread."""

    lanes = 1  # that are made at once

    def __init__(self, model: nn.Module) -> None:
        self.model = model

    def accumulate(
        self, lengths_B: Sequence[int], micro_batches: MicroBatches, loss: Callable[[Sequence[int]], tuple[Tensor, R]]
    ) -> list[R]:
        """Adds the gradient of the sum of `loss(members)` over the micro-batches; -> what else it returned, for
        each."""
        records = []
        for members in micro_batches:
            value, record = loss(members)
            value.backward()
            records.append(record)
        return records

    def without_gradient(
        self, lengths_B: Sequence[int], micro_batches: MicroBatches, compute: Callable[[Sequence[int]], Tensor],
        rows_B: Sequence[int],
    ) -> list[Tensor]:  # fmt: skip
        """`compute(members)`, their rows one after the other, over all micro-batches; -> rows by sequence, on the
        CPU."""
        with torch.no_grad():
            return by_sequence(((members, compute(members)) for members in micro_batches), rows_B)

    def stream(
        self, items: Sequence[int], work: Callable[[Sequence[int], Event], Iterable[T]]
    ) -> Generator[T, None, None]:
        """Yields what `work(items, given_up)` yields; where it is done in parts, as it comes from each. A part is
        given an event that says that nobody waits for it any more. To be closed if it is not exhausted."""
        yield from work(items, Event())


def by_sequence(found: Iterable[tuple[Sequence[int], Tensor]], rows_B: Sequence[int]) -> list[Tensor]:
    """Rows of each sequence, on the CPU, from (members, their rows one after the other)."""
    rows: dict[int, Tensor] = {}
    for members, joined in found:
        rows.update(zip(members, joined.cpu().split([rows_B[i] for i in members])))
    return [rows[i] for i in range(len(rows_B))]


class Plain:
    """Nothing is faster than the modules: None says so."""

    def passes(self, model: nn.Module) -> Passes:
        """The passes of a model that nothing else is doing with its weights, nor switches adapters."""
        return Passes(model)

    def passes_at_once(self) -> int:
        """Passes that are made at once where this is called, and share the memory that one may take."""
        return 1

    def hidden_states(
        self, base: nn.Module, input_ids: Tensor, positions: Tensor, layout: Layout, dtype: torch.dtype
    ) -> Tensor | None:
        """The normed output [T, D] of a backbone's last layer for packed tokens [T] at `positions` [T], computed in
        `dtype`."""
        return None

    def attention(
        self, query: Tensor, key: Tensor, value: Tensor, grids: Sequence[Grid], scores: Scores
    ) -> Tensor | None:
        """Fulfils models.attention.torchs_attention."""
        return None

    def decoder(self, model: PreTrainedModel) -> Decoder | None:
        """A decoder of the model's present weights."""
        return None
