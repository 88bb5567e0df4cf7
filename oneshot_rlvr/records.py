"""JSON files, read into checked records: the readers of lines, of whole files and of objects.

The annotations of a record's fields say what its file must hold (checked by pydantic); fields of a later version are
ignored. Anything else, and a file that cannot be read at all, is one UserError that names file, line and field.
"""

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.files import parsed_json

T = TypeVar("T")
Parser = Callable[[bytes], T]  # JSON -> a record; NotJson or another ValueError
SHOWN_CHARACTERS = 40
OBJECT = ("dataclass_type", "dict_type")  # pydantic's names for an instance and a dictionary


class NotJson(ValueError):
    """A text that is no JSON, or not yet."""


def parser(record: type[T]) -> Parser[T]:
    """Makes the parser of a record.

    Example: `parser(Grade)(b'{"correct": true, "extracted": "84", "reason": "correct"}')`.
    """
    return lambda text: checked(record, loaded(text))


def loaded(text: bytes) -> Any:
    """Reads the JSON of a file of a run. (pydantic's own reader refuses lone surrogates, which a model may write.)"""
    try:
        return parsed_json(text.decode())
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except ValueError:
        raise NotJson("not JSON") from None


def checked(record: type[T], value: Any, names: Mapping[str, str] | None = None) -> T:
    """Checks a value read from JSON; -> a record, or another type that pydantic knows.

    `names` says what a file calls a place in the record. Example: `{"task/problem/id": "id"}`.
    """
    from pydantic import ValidationError

    try:
        return _adapter(record).validate_python(value)
    except ValidationError as error:
        raise ValueError(_words(error.errors(include_url=False)[0], names or {})) from None


@cache
def _adapter(record: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(record)


def _words(error: Any, names: Mapping[str, str]) -> str:
    """Says what is wrong with a field. Example: `'grades/exact/correct' is 7: input should be a valid boolean`."""
    place = "/".join(map(str, error["loc"]))
    place = names.get(place, place)
    if error["type"] == "missing":
        return f"'{place}' is missing"
    if error["type"] == "value_error":  # raised by the record itself
        return str(error["ctx"]["error"])
    shown = {dict: "an object", list: "a list"}.get(type(error["input"])) or json.dumps(error["input"])
    short = shown if len(shown) <= SHOWN_CHARACTERS else f"{shown[:SHOWN_CHARACTERS]}..."
    said = "an object is needed" if error["type"] in OBJECT else error["msg"][0].lower() + error["msg"][1:]
    return f"'{place}' is {short}: {said}" if place else f"{short}: {said}"


@dataclass(frozen=True, slots=True)
class Line(Generic[T]):
    """A line of a JSON-lines file."""

    number: int  # place in the file, from 1, blank lines counted
    text: Any  # the line as it stands, with its line end: bytes or a text
    end: int  # length of all lines up to and with this one
    record: T


def each_line(
    lines: Iterable[Any],
    parse: Callable[[Any], T],
    refusal: Callable[[int, ValueError], UserError],
    torn: type[ValueError] | tuple[()] = (),
) -> Iterator[Line[T]]:
    """Reads JSON lines one by one and leave blank ones out; the one reader of such files.

    Raises `refusal(number, error)` for a line that `parse` refuses with a ValueError. An error of type `torn` in the
    last line is none: a process that was killed while it wrote has left that line.
    """
    refused: UserError | None = None
    end = 0
    for number, text in enumerate(lines, 1):
        end += len(text)
        if not text.strip():
            continue
        if refused:  # and not the last line
            raise refused
        try:
            record = parse(text)
        except ValueError as error:
            refused = refusal(number, error)
            if not isinstance(error, torn):
                raise refused from error
        else:
            yield Line(number, text, end, record)


def read_lines(path: Path, parse: Parser[T]) -> list[T]:
    """Reads the records of a run's JSON-lines file (`.zst`: compressed), none where there is no file.

    A last line that its writer has not finished is left out.
    """
    return list(each_record(path, parse))


def each_record(path: Path, parse: Parser[T]) -> Iterator[T]:
    """Reads the records that `read_lines` returns one by one: only a line of a large file is in memory."""

    def refusal(number: int, error: ValueError) -> UserError:
        said = "not a line of JSON" if isinstance(error, NotJson) else error
        place = "move the file away" if path.suffix == ".zst" else "take the line out"
        return UserError(f"{path}:{number}: {said}; put it right, or {place} to go on without it")

    if path.is_file():
        yield from (line.record for line in each_line(_each_line(path), parse, refusal, torn=NotJson))


def read_object(path: Path) -> dict[str, Any]:
    """Reads a file that holds one JSON object. UserError where it holds anything else."""
    try:
        values = parsed_json(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UserError(f"{path}: cannot be read: {error}") from error
    if not isinstance(values, dict):
        raise UserError(f"{path}: a JSON object is needed")
    return values


def read_file(path: Path, parse: Parser[T], what: str, remedy: str) -> T:
    """Reads the record that a whole JSON file holds, `what` in words; `remedy` ends the line about a damaged one."""
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
        raise OSError("empty")  # pyarrow would read no lines, but no lines, compressed, take some bytes
    return io.BufferedReader(pa.input_stream(str(path), compression="zstd"))


def write_zst(path: Path, rows: Iterable[Any], default: Callable[[Any], Any] | None = None) -> None:
    """Writes JSON lines, zstd-compressed; `default` turns what is no JSON into some. Raises OSError."""
    import pyarrow as pa

    text = "".join(json.dumps(row, ensure_ascii=True, default=default) + "\n" for row in rows)
    with pa.output_stream(str(path), compression="zstd") as stream:
        stream.write(text.encode())
