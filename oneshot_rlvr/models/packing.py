"""Packed sequences: what a forward pass reads. No padded `[batch, time]` tensor of tokens exists anywhere."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Sequence

import torch
from jaxtyping import Int
from torch import Tensor


@dataclass(frozen=True, slots=True)
class PackedBatch:
    """B prompt+response sequences laid end to end: T tokens, of which R are response tokens.

    Example: prompts (1, 2) and (1,), responses (7, 8) and (9,):
    `input_ids=[1, 2, 7, 1]`, `positions=[0, 1, 2, 0]`, `cu_seqlens=[0, 3, 4]`,
    `predict=[1, 2, 3]` (the tokens whose output predicts a response token), `labels=[7, 8, 9]`, `owner=[0, 0, 1]`.
    The last token of a sequence is never an input: nothing is predicted from it.
    """

    input_ids: Int[Tensor, "T"]
    positions: Int[Tensor, "T"]
    cu_seqlens: Int[Tensor, "B+1"]
    max_seqlen: int
    predict: Int[Tensor, "R"]
    labels: Int[Tensor, "R"]
    owner: Int[Tensor, "R"]

    def to(self, device: torch.device) -> "PackedBatch":
        return PackedBatch(
            self.input_ids.to(device),
            self.positions.to(device),
            self.cu_seqlens.to(device),
            self.max_seqlen,
            self.predict.to(device),
            self.labels.to(device),
            self.owner.to(device),
        )


def pack(prompts_B: Sequence[Sequence[int]], responses_B: Sequence[Sequence[int]]) -> PackedBatch:
    """Lay prompt+response sequences end to end. Every prompt and every response has at least one token."""
    ids: list[int] = []
    positions: list[int] = []
    cu_seqlens = [0]
    predict: list[int] = []
    labels: list[int] = []
    owner: list[int] = []
    for index, (prompt, response) in enumerate(zip(prompts_B, responses_B, strict=True)):
        if not prompt or not response:
            raise ValueError(f"sequence {index}: empty prompt or response")
        start, length = len(ids), len(prompt) + len(response) - 1
        ids += [*prompt, *response[:-1]]
        positions += range(length)
        predict += range(start + len(prompt) - 1, start + length)
        labels += response
        owner += [index] * len(response)
        cu_seqlens.append(start + length)
    tensor = torch.tensor
    return PackedBatch(
        input_ids=tensor(ids),
        positions=tensor(positions),
        cu_seqlens=tensor(cu_seqlens, dtype=torch.int32),
        max_seqlen=max(b - a for a, b in pairwise(cu_seqlens)),
        predict=tensor(predict),
        labels=tensor(labels),
        owner=tensor(owner),
    )


def split_micro_batches(lengths_B: Sequence[int], max_tokens: int) -> list[list[int]]:
    """Split sequences into micro-batches of at most `max_tokens` packed tokens, longest first; a partition of 0..B-1.

    Sorting by length keeps sequences of like length together, which the grid of `packed_sdpa` needs to be small.
    A sequence longer than `max_tokens` is a micro-batch of its own. Ties keep their order: the split is deterministic.
    """
    order = sorted(range(len(lengths_B)), key=lambda i: -lengths_B[i])
    batches: list[list[int]] = []
    room = 0
    for i in order:
        if lengths_B[i] > room or not batches:
            batches.append([])
            room = max_tokens
        batches[-1].append(i)
        room -= lengths_B[i]
    return batches
