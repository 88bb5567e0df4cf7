"""Whole tensors from a sharded model: one collective operation for many of them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.tensor import DTensor, Shard

from oneshot_rlvr.config.transfer import by_size


def gathered(pairs: Iterable[tuple[str, Tensor]], dtype: torch.dtype, most: int) -> Iterator[tuple[str, Tensor]]:
    """(name, whole tensor in `dtype`) in the order given. Sharded ones travel together, up to `most` bytes at a time.

    Every process of the mesh goes through all of them. Held at once: what travels together, and one tensor.
    """
    for group in by_size(pairs, lambda pair: pair[1].numel() * dtype.itemsize, most):
        yield from _together([(name, tensor.detach().to(dtype)) for name, tensor in group])


def _together(group: Sequence[tuple[str, Tensor]]) -> Iterator[tuple[str, Tensor]]:
    """Rows of a tensor are dealt out as torch.chunk does, so that the last processes may have fewer, or none."""
    sharded = [tensor for _, tensor in group if _by_rows(tensor)]
    rows = _all_gather(sharded) if sharded else None
    at = 0
    for name, tensor in group:
        if rows is not None and _by_rows(tensor):
            world, width = len(rows), tensor.numel() // tensor.shape[0]
            most = -(-tensor.shape[0] // world)
            _in_use(rows)
            yield name, rows[:, at : at + most * width].reshape(world * most, *tensor.shape[1:])[: tensor.shape[0]]
            at += most * width
        else:
            yield name, tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def _by_rows(tensor: Tensor) -> bool:
    return isinstance(tensor, DTensor) and tuple(tensor.placements) == (Shard(0),) and tensor.numel() > 0


def _all_gather(tensors: Sequence[Any]) -> Tensor:
    """[processes, numbers of one process's rows of all tensors, padded to equally many]."""
    mesh = tensors[0].device_mesh
    world = mesh.size()
    lengths = [-(-t.shape[0] // world) * (t.numel() // t.shape[0]) for t in tensors]
    local = [t.to_local() for t in tensors]
    mine = local[0].new_empty(sum(lengths))
    for part, own in zip(mine.split(lengths), local, strict=True):
        part[: own.numel()].copy_(own.reshape(-1))
    rows = mine.new_empty(world, len(mine))
    dist.all_gather_single(rows.view(-1).view(torch.uint8), mine.view(torch.uint8), group=mesh.get_group())
    if rows.is_cuda:
        torch.cuda.current_stream().synchronize()  # the receiver may go on in another stream
    return rows


def _in_use(rows: Tensor) -> None:
    """The memory is not given away before the stream that reads it now has done so."""
    if rows.is_cuda:
        rows.record_stream(torch.cuda.current_stream())
