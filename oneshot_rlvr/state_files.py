"""The trainer's state on disk: safetensors, one file a process, that any number of processes can load.

A file holds the rows of each tensor that its process had; its header says where in the whole tensor they belong, and
has the values that are no tensors. Nothing here, or in what it calls, can run what stands in a file: checkpoints that
earlier versions pickled are read by `state_files_old`.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from torch.distributed.tensor import DTensor

from oneshot_rlvr.errors import UserError

NAME = re.compile(r"rank_(\d{1,6})_of_(\d{1,6})\.safetensors")
DTYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
    torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
}  # fmt: skip
STORED = {name: dtype for dtype, name in DTYPES.items()}


class Damaged(ValueError):
    """Why files are not a trainer's state, in words."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive rows of a tensor in a file; a scalar is one row."""

    first: int  # row of the whole tensor
    rows: int
    whole: tuple[int, ...]  # shape of the whole tensor
    dtype: torch.dtype
    read: Callable[[int, Tensor], None]  # fills a contiguous tensor on the CPU with the rows from a place on


def write_state(folder: Path, tree: dict[str, Any], rank: int, world: int) -> None:
    """Tensors and values of nested dicts. Tensors that every process has whole are written by rank 0.

    One tensor at a time, so that beside the state there is never more than one. Raises OSError.
    """
    mine: list[tuple[str, Tensor]] = []
    places: dict[str, tuple[int, list[int]]] = {}
    values: dict[str, Any] = {}
    for name, leaf in _leaves(tree):
        if isinstance(leaf, Tensor):
            rows, first, shared = _rows(leaf)
            if rows.numel() and (rank == 0 or not shared):
                mine.append((name, rows))
                places[name] = first, list(leaf.shape)
        elif rank == 0:
            values[name] = leaf
    mine.sort(key=lambda item: (-item[1].element_size(), item[0]))  # aligned, as safetensors has it
    with (folder / f"rank_{rank}_of_{world}.safetensors").open("wb") as file:
        file.write(_header(mine, {"places": json.dumps(places), "values": json.dumps(values)}))
        for _, rows in mine:
            file.write(rows.contiguous().cpu().flatten().view(torch.uint8).numpy().data)


def _header(tensors: list[tuple[str, Tensor]], metadata: dict[str, str]) -> bytes:
    entries: dict[str, Any] = {"__metadata__": metadata}
    end = 0
    for name, tensor in tensors:
        start, end = end, end + tensor.numel() * tensor.element_size()
        shape = list(tensor.shape)
        entries[name] = {"dtype": DTYPES[tensor.dtype], "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


Pieces = tuple[dict[str, list[Piece]], dict[str, Any]]  # those of each tensor, and the values that are none


def read_state(folder: Path, tree: dict[str, Any], read: Callable[[Path], Pieces] | None = None) -> None:
    """Fills `tree` in place, whatever number of processes wrote `folder`; `read` for another format than this one.

    UserError where a name, shape or dtype differs, and for a file that is damaged or not what it should be.
    """
    try:
        pieces, values = (read or _pieces)(folder)
        names = {name for name, leaf in _leaves(tree) if isinstance(leaf, Tensor)}
        if unknown := sorted(pieces.keys() - names):
            raise Damaged(f"holds {unknown[0]!r}, which this run does not have")
        for name, leaf in _leaves(tree):
            if isinstance(leaf, Tensor):
                _fill(leaf, name, pieces.get(name, []))
            elif name not in values:
                raise Damaged(f"lacks {name!r}")
        _set_values(tree, values)
    except (Damaged, SafetensorError) as error:
        raise UserError(f"{folder}: the trainer's state cannot be read: {error}") from error


def _leaves(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names and what they stand for."""
    for key, leaf in tree.items():
        if isinstance(leaf, dict):
            yield from _leaves(leaf, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", leaf


def _set_values(tree: dict[str, Any], values: dict[str, Any], prefix: str = "") -> None:
    for key, leaf in tree.items():
        if isinstance(leaf, dict):
            _set_values(leaf, values, f"{prefix}{key}.")
        elif not isinstance(leaf, Tensor):
            tree[key] = values[f"{prefix}{key}"]


def _rows(tensor: Tensor) -> tuple[Tensor, int, bool]:
    """-> this process's rows, the first one's place, and whether every process has the same."""
    tensor = tensor.detach()
    if not isinstance(tensor, DTensor):
        return tensor, 0, True
    (placement,) = tensor.placements
    local = tensor.to_local()
    if placement.is_replicate():
        return local, 0, True
    assert placement.is_shard(0), placement
    mesh = tensor.device_mesh
    return local, mesh.get_local_rank() * -(-len(tensor) // mesh.size()), False  # as torch.chunk cuts


def _fill(tensor: Tensor, name: str, pieces: list[Piece]) -> None:
    local, first, _ = _rows(tensor)
    for piece in pieces:
        if piece.whole != tuple(tensor.shape):
            raise Damaged(f"{name!r} has shape {list(piece.whole)} instead of {list(tensor.shape)}")
        if piece.dtype != tensor.dtype:
            raise Damaged(f"{name!r} is {piece.dtype} instead of {tensor.dtype}")
    target = local if local.ndim else local.view(1)
    done, last = first, first + len(target)
    for piece in sorted(pieces, key=lambda piece: piece.first):
        start, end = max(first, piece.first), min(last, piece.first + piece.rows)
        if start < end:
            if start != done:
                break
            rows = target[start - first : end - first]
            direct = rows.device.type == "cpu" and rows.is_contiguous()
            read = rows if direct else torch.empty(rows.shape, dtype=rows.dtype)
            piece.read(start - piece.first, read)
            if not direct:
                rows.copy_(read)
            done = end
    if done != last:
        raise Damaged(f"lacks {name!r}" if not pieces else f"lacks rows of {name!r}, or has some twice")


def _pieces(folder: Path) -> tuple[dict[str, list[Piece]], dict[str, Any]]:
    """Pieces of every tensor by name, and the values."""
    files = {path.name: path for path in folder.iterdir() if NAME.fullmatch(path.name)}
    world = len(files)
    if not files or set(files) != {f"rank_{rank}_of_{world}.safetensors" for rank in range(world)}:
        raise Damaged(f"the files of its processes are not all there (found: {', '.join(sorted(files)) or 'none'})")
    pieces: dict[str, list[Piece]] = {}
    values: dict[str, Any] = {}
    for path in files.values():
        with safe_open(path, "pt") as file:  # whose header is checked: the bytes of every tensor are in the file
            places, own_values = _metadata(path, file.metadata())
        values |= own_values
        begin, entries = _entries(path)
        for name, entry in entries.items():
            shape, dtype = entry["shape"], STORED.get(entry["dtype"])
            first, whole = places.get(name, (0, ()))
            if shape[1:] != list(whole[1:]) or len(shape) != len(whole) or dtype is None:
                raise Damaged(f"{path.name}: the header does not say where {name!r} belongs")
            row_bytes = math.prod(shape[1:]) * dtype.itemsize
            read = partial(_read, path, begin + entry["data_offsets"][0], row_bytes)
            pieces.setdefault(name, []).append(Piece(first, shape[0] if shape else 1, whole, dtype, read))
    return pieces, values


def _entries(path: Path) -> tuple[int, dict[str, Any]]:
    """-> where the numbers begin in a safetensors file, and what its header says of each tensor."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entries = json.loads(file.read(length))
    entries.pop("__metadata__", None)
    return 8 + length, entries


def _read(path: Path, begin: int, row_bytes: int, start: int, target: Tensor) -> None:
    """Reads into the tensor's own memory: mapping the file would cost a fault a page, and a copy."""
    memory = target.view(-1).view(torch.uint8).numpy().data
    with path.open("rb", buffering=0) as file:
        file.seek(begin + start * row_bytes)
        while memory:
            count = file.readinto(memory)  # at most 2 GiB at once
            if not count:
                raise Damaged(f"{path.name}: ends before byte {file.tell() + len(memory)}")
            memory = memory[count:]


def _metadata(path: Path, metadata: dict[str, str] | None) -> tuple[dict[str, tuple[int, tuple[int, ...]]], Any]:
    try:
        found = metadata or {}
        places = {name: (int(first), tuple(map(int, whole)))
                  for name, (first, whole) in json.loads(found["places"]).items()}  # fmt: skip
        return places, dict(json.loads(found["values"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged(f"{path.name}: the header is not that of a trainer's state") from error
