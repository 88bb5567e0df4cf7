"""The JSON files of a run folder, read into checked records.

What a record's fields are annotated with is what its file must hold (by pydantic); fields of a later version are
ignored. Anything else, and a file that cannot be read at all, is one UserError that names file, line and field.
"""

import io
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from oneshot_rlvr.errors import UserError

T = TypeVar("T")
Parser = Callable[[bytes], T]  # JSON -> a record; NotJson or another ValueError
SHOWN_CHARACTERS = 40
OBJECT = ("dataclass_type", "dict_type")  # what pydantic calls an instance or a dictionary


class NotJson(ValueError):
    pass


def parser(record: type[T]) -> Parser[T]:
    """Example: `parser(Grade)(b'{"correct": true, "extracted": "84", "reason": "correct"}')`."""
    return lambda text: checked(record, loaded(text))


def loaded(text: bytes) -> Any:
    """JSON. (pydantic's own reader refuses lone surrogates, which a model may write.)"""
    try:
        return json.loads(text.decode())
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except (ValueError, RecursionError):
        raise NotJson("not JSON") from None


def checked(record: type[T], value: Any) -> T:
    """What JSON gave, as a record or another type that pydantic knows."""
    from pydantic import ValidationError

    try:
        return _adapter(record).validate_python(value)
    except ValidationError as error:
        raise ValueError(_words(error.errors(include_url=False)[0])) from None


@cache
def _adapter(record: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(record)


def _words(error: Any) -> str:
    """Example: `'grades/exact/correct' is 7: input should be a valid boolean`."""
    place = "/".join(map(str, error["loc"]))
    if error["type"] == "missing":
        return f"'{place}' is missing"
    if error["type"] == "value_error":  # of the record's own check
        return str(error["ctx"]["error"])
    shown = {dict: "an object", list: "a list"}.get(type(error["input"])) or json.dumps(error["input"])
    short = shown if len(shown) <= SHOWN_CHARACTERS else f"{shown[:SHOWN_CHARACTERS]}..."
    said = "an object is needed" if error["type"] in OBJECT else error["msg"][0].lower() + error["msg"][1:]
    return f"'{place}' is {short}: {said}" if place else f"{short}: {said}"


def read_lines(path: Path, parse: Parser[T]) -> list[T]:
    """The records of a JSON-lines file (`.zst`: compressed), none where there is no file.

    A last line that its writer has not finished is left out.
    """
    return list(each_record(path, parse))


def each_record(path: Path, parse: Parser[T]) -> Iterator[T]:
    """The records that `read_lines` returns, one by one: of a large file only a line is in memory."""
    if not path.is_file():
        return
    damaged = ""
    for number, line in enumerate(_each_line(path), 1):
        if not line.strip():
            continue
        if damaged:  # and not the last line
            raise UserError(damaged)
        try:
            record = parse(line)
        except ValueError as error:
            said = "not a line of JSON" if isinstance(error, NotJson) else error
            place = "move the file away" if path.suffix == ".zst" else "take the line out"
            damaged = f"{path}:{number}: {said}; put it right, or {place} to go on without it"
            if not isinstance(error, NotJson):
                raise UserError(damaged) from None
        else:
            yield record


def read_file(path: Path, parse: Parser[T], what: str, remedy: str) -> T:
    """The record that a whole JSON file is, `what` in words; `remedy` ends the line about a damaged one."""
    content = _content(path)
    try:
        return parse(content)
    except ValueError as error:
        raise UserError(f"{path}: not {what} ({error if content.strip() else 'empty'}); {remedy}") from None


def _content(path: Path) -> bytes:
    return b"".join(_each_line(path))


def _each_line(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") if path.suffix != ".zst" else _unpacked(path) as file:
            yield from file
    except OSError as error:
        reason = error.strerror or str(error).splitlines()[0]
        raise UserError(f"{path}: cannot be read ({reason}); move the file away to go on without it") from None


def _unpacked(path: Path) -> BinaryIO:
    import pyarrow as pa

    if not path.stat().st_size:
        raise OSError("empty")  # for pyarrow that is no content; compressed, even that takes some bytes
    return io.BufferedReader(pa.input_stream(str(path), compression="zstd"))
