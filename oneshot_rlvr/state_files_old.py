"""The trainer's state as earlier versions wrote it, by torch.distributed.checkpoint: an index that was pickled, and
files of zip archives, one a tensor.

Nothing is unpickled. `inert` follows the opcodes of a pickle and makes records of what a reader would have to import
and call; there is no function in it that a file could name.
"""

import io
import math
import pickletools
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from oneshot_rlvr.state_files import Damaged, Piece

INDEX = ".metadata"
FILE = re.compile(r"__\d{1,6}_\d{1,6}\.distcp")
DTYPES = {f"torch {name}": getattr(torch, name) for name in (
    "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")}  # fmt: skip
LITERALS = (
    "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "SHORT_BINUNICODE", "BINUNICODE", "SHORT_BINBYTES", "BINBYTES",
)  # fmt: skip
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
T = TypeVar("T")


class Record:
    """The parts of which a pickle would make an object: a name, arguments, attributes."""

    __slots__ = ("arguments", "attributes", "name")

    def __init__(self, name: str, arguments: Any = ()) -> None:
        self.name, self.arguments = name, arguments
        self.attributes: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        return self.attributes[key]


def inert(data: bytes) -> Any:
    """The plain values in a pickle, and a Record wherever it would import, call or build something. Raises Damaged."""
    try:
        return _follow(data)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise Damaged(f"not an index that this program wrote ({error})") from error


def _follow(data: bytes) -> Any:
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}

    def since_mark() -> list[Any]:
        place = marks.pop()
        found = stack[place:]
        del stack[place:]
        return found

    argument: Any
    for opcode, argument, _ in pickletools.genops(data):
        name = opcode.name
        if name in ("PROTO", "FRAME"):
            continue
        if name in LITERALS:
            stack.append(argument)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name])
        elif name == "EMPTY_LIST":
            stack.append([])
        elif name == "EMPTY_DICT":
            stack.append({})
        elif name == "MARK":
            marks.append(len(stack))
        elif name == "TUPLE":
            stack.append(tuple(since_mark()))
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            count = int(name[-1])
            stack[-count:] = [tuple(stack[-count:])]
        elif name == "APPEND":
            item = stack.pop()
            _as(list, stack[-1]).append(item)
        elif name == "APPENDS":
            items = since_mark()
            _as(list, stack[-1]).extend(items)
        elif name == "SETITEM":
            value, key = stack.pop(), stack.pop()
            _as(dict, stack[-1])[_key(key)] = value
        elif name == "SETITEMS":
            items = since_mark()
            _as(dict, stack[-1]).update(zip(map(_key, items[::2]), items[1::2], strict=True))
        elif name == "GLOBAL":
            stack.append(Record(argument))
        elif name == "STACK_GLOBAL":
            attribute, module = _as(str, stack.pop()), _as(str, stack.pop())
            stack.append(Record(f"{module} {attribute}"))
        elif name in ("REDUCE", "NEWOBJ"):
            arguments, called = _as(tuple, stack.pop()), _as(Record, stack.pop())
            stack.append(Record(called.name, arguments))
        elif name == "BUILD":
            state = stack.pop()
            if isinstance(state, dict):
                _as(Record, stack[-1]).attributes.update(state)
            else:
                _as(Record, stack[-1]).attributes["state"] = state
        elif name == "BINPERSID":
            stack.append(Record("storage", _as(tuple, stack.pop())))
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif name == "STOP":
            break
        else:
            raise ValueError(f"opcode {name}")
    return stack.pop()


def _as(kind: type[T], value: Any) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} instead of {kind.__name__}")
    return value


def _key(key: Any) -> Any:
    """Only what has a hash that is found in one step."""
    if not isinstance(key, (str, Record)):
        raise TypeError(f"a key that is {type(key).__name__}")
    return key


def pickled_pieces(folder: Path) -> tuple[dict[str, list[Piece]], dict[str, Any]]:
    """Pieces of every tensor by name, and the values. Raises Damaged."""
    index = inert((folder / INDEX).read_bytes())
    try:
        return _pieces(folder, index)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        if isinstance(error, Damaged):
            raise
        raise Damaged(f"{INDEX}: not an index that this program wrote ({type(error).__name__}: {error})") from error


def _pieces(folder: Path, index: Any) -> tuple[dict[str, list[Piece]], dict[str, Any]]:
    pieces: dict[str, list[Piece]] = {}
    values: dict[str, Any] = {}
    for key, stored in index["storage_data"].items():
        name, description = _as(str, key["fqn"]), index["state_dict_metadata"][key["fqn"]]
        item = _Item(folder, _as(str, stored["relative_path"]), _as(int, stored["offset"]), _as(int, stored["length"]))
        if description.name.endswith("BytesStorageMetadata"):
            if ".param_groups." not in name:  # those are settings, which the configuration has
                values[name] = item.value()
            continue
        whole = _sizes(description["size"])
        dtype = DTYPES[description["properties"]["state"][0].name]
        offsets, sizes = _chunk(key["offset"], description["chunks"])
        if sizes[1:] != whole[1:] or any(offsets[1:]):
            raise Damaged(f"{name!r} is cut into other than rows")
        pieces.setdefault(name, []).append(
            Piece(offsets[0] if whole else 0, sizes[0] if whole else 1, whole, dtype, item.reader(sizes, dtype))
        )
    return pieces, values


def _sizes(size: Any) -> tuple[int, ...]:
    """The sizes of a torch.Size."""
    return tuple(_as(int, n) for n in _as(tuple, _as(Record, size).arguments[0]))


def _chunk(offset: Any, chunks: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """-> offsets and sizes of the chunk at `offset`; None stands for the only one."""
    found = {_sizes(chunk["offsets"]): _sizes(chunk["sizes"]) for chunk in _as(list, chunks)}
    wanted = next(iter(found)) if offset is None else _sizes(offset)
    return wanted, found[wanted]


class _Item:
    """A zip archive inside a file, as torch.save writes one: the value pickled, a tensor's numbers beside it."""

    def __init__(self, folder: Path, name: str, offset: int, length: int) -> None:
        if not FILE.fullmatch(name) or offset < 0 or length < 0:
            raise Damaged(f"{INDEX}: names a file that is none of a checkpoint")
        self.path, self.offset, self.length = folder / name, offset, length

    def _members(self, *names: str) -> list[bytes]:
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                archive = zipfile.ZipFile(io.BytesIO(file.read(self.length)))
            top = archive.namelist()[0].partition("/")[0]
            found = [archive.getinfo(f"{top}/{name}") for name in names]
            if any(member.compress_type != zipfile.ZIP_STORED for member in found):
                raise Damaged(f"{self.path.name}: a compressed member")
            return [archive.read(member) for member in found]
        except (zipfile.BadZipFile, KeyError, IndexError, FileNotFoundError, RuntimeError, EOFError) as error:
            raise Damaged(f"{self.path.name}: the item at byte {self.offset} is damaged ({error})") from error

    def value(self) -> Any:
        return inert(*self._members("data.pkl"))

    def reader(self, shape: tuple[int, ...], dtype: torch.dtype) -> Callable[[int, Tensor], None]:
        """Fills a tensor with the rows from a place on."""
        def read(start: int, target: Tensor) -> None:
            described, numbers, order = self._members("data.pkl", "data/0", "byteorder")
            _, first, sizes, strides = inert(described).arguments[:4]
            dense = tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))
            if (first, sizes, strides, order) != (0, shape, dense, b"little"):
                raise Damaged(f"{self.path.name}: the tensor at byte {self.offset} is not stored row by row")
            if len(numbers) != math.prod(shape) * dtype.itemsize:
                raise Damaged(f"{self.path.name}: the tensor at byte {self.offset} has {len(numbers)} bytes")
            tensor = torch.frombuffer(bytearray(numbers), dtype=dtype).view(shape)
            target.copy_((tensor if shape else tensor.view(1))[start : start + len(target)])

        return read
