"""A checksum of a set of weights: did every tensor arrive, and every bit of it?

Sums of 64-bit words, each word with an odd factor of its place and each tensor with one of its name, modulo 2^64: a
missing, exchanged or stale tensor changes the sum, and so does a single flipped bit. Two passes at the speed of memory,
on whatever device the weights are.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

COLUMNS = 1024  # words
WRAP = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Digest:
    """Number of tensors and the sum over their bits."""

    tensors: int
    bits: int

    def __str__(self) -> str:
        return f"{self.tensors} tensors with checksum {self.bits:016x}"


class Tally:
    """Adds up tensors as they pass."""

    def __init__(self) -> None:
        self._parts: dict[str, Tensor] = {}

    def add(self, name: str, tensor: Tensor) -> None:
        """Takes in a tensor; of one that comes twice the last counts."""
        self._parts[name] = bits(tensor)

    def seen(self, weights: Iterable[tuple[str, Tensor]]) -> Iterator[tuple[str, Tensor]]:
        """The same pairs, counted."""
        for name, tensor in weights:
            self.add(name, tensor)
            yield name, tensor

    def digest(self) -> Digest:
        """The checksum of all tensors so far; waits for the device."""
        total = sum(int(part) * (zlib.crc32(name.encode()) | 1) for name, part in self._parts.items())
        return Digest(len(self._parts), total & WRAP)


def digest_of(weights: Iterable[tuple[str, Tensor]]) -> Digest:
    tally = Tally()
    for name, tensor in weights:
        tally.add(name, tensor)
    return tally.digest()


@torch.no_grad()
def bits(tensor: Tensor) -> Tensor:
    """The sum of one tensor: int64, on its device, no shape."""
    flat = tensor.detach().contiguous().reshape(-1).view(torch.uint8)
    if flat.storage_offset() % 8:  # a view into a buffer of many tensors
        flat = flat.clone()
    whole = flat.numel() // 8
    words, tail = flat[: 8 * whole].view(torch.int64), flat[8 * whole :].long()
    rows = whole // COLUMNS
    body, rest = words[: rows * COLUMNS].view(rows, COLUMNS), words[rows * COLUMNS :]

    def places(count: int) -> Tensor:
        return 2 * torch.arange(count, device=flat.device)

    # A word in row r and column c counts 2 c + 1 + 2 COLUMNS r times: odd, and no two the same.
    total = (body.sum(0) * (places(COLUMNS) + 1)).sum() + (body.sum(1) * places(rows) * COLUMNS).sum()
    last = 2 * COLUMNS * rows + 1
    return total + (rest * (places(len(rest)) + last)).sum() + (tail * (places(len(tail)) + last + 2 * len(rest))).sum()
