"""Packed sequences: what a forward pass reads. No padded `[batch, time]` tensor of tokens exists anywhere."""

from dataclasses import dataclass, fields, replace
from typing import Sequence

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor


@dataclass(frozen=True, slots=True)
class PackedBatch:
    """B prompt+response sequences laid end to end: T tokens, of which R are responses' predictions.

    A prompt that several sequences have in common stands there once: its hidden states do not depend on what follows.
    Attention needs every sequence whole; its C cells are those of the sequences written out one after the other.

    Example: prompts (1, 2) and (1, 2), responses (7, 8) and (9, 4):
    `input_ids=[1, 2, 7, 9]`, `positions=[0, 1, 2, 2]`, `predict=[1, 2, 1, 3]` (the tokens whose output predicts a
    response token), `labels=[7, 8, 9, 4]`, `owner=[0, 0, 1, 1]`; cells are `token_of_cell=[0, 1, 2, 0, 1, 3]`, cut by
    `lengths=(3, 3)`; a token takes its attention's output from `cell_of_token=[0, 1, 2, 5]`, and `repeated=[3, 4]` are
    the cells that stand for a token a second time.
    The last token of a sequence is never an input: nothing is predicted from it.
    """

    input_ids: Int[Tensor, "T"]
    positions: Int[Tensor, "T"]
    predict: Int[Tensor, "R"]
    labels: Int[Tensor, "R"]
    owner: Int[Tensor, "R"]
    lengths: tuple[int, ...]  # of the sequences, in cells
    token_of_cell: Int[Tensor, "C"]
    cell_of_token: Int[Tensor, "T"]
    repeated: Int[Tensor, "D"]

    def to(self, device: torch.device) -> "PackedBatch":
        found = {item.name: moved(getattr(self, item.name), device) for item in fields(self) if item.name != "lengths"}
        return replace(self, **found)


def moved(x: Tensor, device: torch.device) -> Tensor:
    """A tensor of main memory on `device`. The processor goes on at once: it would else wait for all that the GPU has
    still to do."""
    return x.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else x.to(device)


def pack(prompts_B: Sequence[Sequence[int]], responses_B: Sequence[Sequence[int]]) -> PackedBatch:
    """Lay prompt+response sequences end to end. Every prompt and every response has at least one token."""
    ids: list[Sequence[int]] = []
    positions: list[np.ndarray] = []
    predict: list[np.ndarray] = []
    cells: list[np.ndarray] = []
    starts: dict[tuple[int, ...], int] = {}  # prompt -> its first token
    size = 0
    for index, (prompt, response) in enumerate(zip(prompts_B, responses_B, strict=True)):
        if not len(prompt) or not len(response):
            raise ValueError(f"sequence {index}: empty prompt or response")
        start = starts.get(tuple(prompt))
        if start is None:
            start = starts[tuple(prompt)] = size
            ids.append(prompt)
            positions.append(np.arange(len(prompt)))
            size += len(prompt)
        follow = np.arange(size, size + len(response) - 1)
        ids.append(response[:-1])
        positions.append(np.arange(len(prompt), len(prompt) + len(follow)))
        predict += [np.array([start + len(prompt) - 1]), follow]
        cells += [np.arange(start, start + len(prompt)), follow]
        size += len(follow)
    token_of_cell = np.concatenate(cells)
    _, cell_of_token = np.unique(token_of_cell, return_index=True)
    is_first = np.zeros(len(token_of_cell), dtype=bool)
    is_first[cell_of_token] = True
    response_lengths = [len(r) for r in responses_B]
    return PackedBatch(
        input_ids=_tensor(ids),
        positions=torch.from_numpy(np.concatenate(positions)),
        predict=torch.from_numpy(np.concatenate(predict)),
        labels=_tensor(responses_B),
        owner=torch.from_numpy(np.repeat(np.arange(len(response_lengths)), response_lengths)),
        lengths=tuple(len(p) + n - 1 for p, n in zip(prompts_B, response_lengths)),
        token_of_cell=torch.from_numpy(token_of_cell),
        cell_of_token=torch.from_numpy(cell_of_token),
        repeated=torch.from_numpy(np.flatnonzero(~is_first)),
    )


def _tensor(parts: Sequence[Sequence[int]]) -> Tensor:
    return torch.from_numpy(np.concatenate([np.asarray(part, dtype=np.int64) for part in parts]))


def split_micro_batches(
    lengths_B: Sequence[int], max_tokens: int, prompts_B: Sequence[tuple[int, ...]] | None = None
) -> list[list[int]]:
    """Splits sequences into micro-batches of at most `max_tokens` tokens, shared ones counted each time; a partition of
    0..B-1.

    Sequences with the same prompt stay together, so that they can share it, and long ones come first: like lengths
    make small grids of `packed_sdpa`. A sequence longer than `max_tokens` is a micro-batch of its own. Ties keep their
    order: the split is deterministic.
    """
    keys = prompts_B or [()] * len(lengths_B)
    longest: dict[tuple[int, ...], int] = {}
    for prompt, length in zip(keys, lengths_B, strict=True):
        longest[prompt] = max(length, longest.get(prompt, 0))
    rank = {prompt: n for n, prompt in enumerate(sorted(longest, key=lambda prompt: -longest[prompt]))}
    return filled(sorted(range(len(lengths_B)), key=lambda i: (rank[keys[i]], -lengths_B[i])), lengths_B, max_tokens)


def filled(order: Sequence[int], lengths_B: Sequence[int], max_tokens: int) -> list[list[int]]:
    """The sequences in this order, one micro-batch filled after the other."""
    batches: list[list[int]] = []
    room = 0
    for i in order:
        if lengths_B[i] > room or not batches:
            batches.append([])
            room = max_tokens
        batches[-1].append(i)
        room -= lengths_B[i]
    return batches


def halved(micro_batches: Sequence[Sequence[int]], parts: int) -> list[list[int]]:
    """Micro-batches cut in two until their number is a multiple of `parts` or each is one sequence.

    The gradient is a sum over sequences with fixed weights, so that it does not change.
    """
    found = [list(members) for members in micro_batches]
    while len(found) % parts and any(len(members) > 1 for members in found):
        largest = max(range(len(found)), key=lambda n: len(found[n]))
        members = found[largest]
        found[largest : largest + 1] = [members[::2], members[1::2]]  # sorted by length: both halves keep the mixture
    return found


def deal(micro_batches: Sequence[Sequence[int]], lengths_B: Sequence[int], parts: int) -> list[list[Sequence[int]]]:
    """Deals out into `parts` lists: longest first to the one with the fewest tokens so far that may still take one."""
    room = -(-len(micro_batches) // parts)
    sizes = [sum(lengths_B[i] for i in members) for members in micro_batches]
    dealt: list[list[Sequence[int]]] = [[] for _ in range(parts)]
    loads = [0] * parts
    for n in sorted(range(len(micro_batches)), key=lambda n: -sizes[n]):
        target = min((p for p in range(parts) if len(dealt[p]) < room), key=lambda p: loads[p])
        dealt[target].append(micro_batches[n])
        loads[target] += sizes[n]
    return dealt
