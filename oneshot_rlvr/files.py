"""Files that are replaced whole or not at all, checks of where a command writes, hashes, JSON and YAML of others."""

import errno
import glob
import hashlib
import json
import os
import re
import shutil
import socket
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.paths import no_folder

_BLOCKS, _BLOCK_BYTES = 16, 65536


def parsed_json(text: str | bytes, object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """Reads the value of a JSON text from elsewhere. Raises ValueError for whatever is wrong with it, also where it is
    nested deeper than Python can follow, or holds a whole number of more digits than Python reads."""
    try:
        return json.loads(text, object_pairs_hook=object_pairs_hook)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except RecursionError:
        raise ValueError("JSON that is nested too deep") from None
    except ValueError as error:
        raise ValueError("a whole number of thousands of digits; as a text it can be read") from error

STEP = "step_([0-9]{6}|[1-9][0-9]{6,11})"  # the name of a step's folder, and how its files begin


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes its place, synced, when the block ends, and goes after an error.

    A kill leaves the old file or the new one, and something beside it that the next writer removes. Raises OSError.
    """
    mine = f".{path.name}.{socket.gethostname()}-"  # others may write the same file now, also on another machine
    temporary = path.with_name(f"{mine}{os.getpid()}.partial")
    for left in path.parent.glob(f"{glob.escape(mine)}*.partial"):
        if not _lives(left.name.removeprefix(mine).removesuffix(".partial")):
            left.unlink(missing_ok=True)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _lives(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        pass  # another user's
    return True


def step_name(step: int) -> str:
    """Name of a step's folder. Example: `step_name(20)` is `step_000020`."""
    return f"step_{step:06d}"


def step_of(name: str, ending: str = "") -> int | None:
    """The step that `step_name` gave this name, with `ending` behind it; None for every other name."""
    found = re.fullmatch(STEP + re.escape(ending), name)
    return int(found[1]) if found else None


def steps_in(folder: Path, ending: str = "") -> dict[int, Path]:
    """Step -> folder of a step, in order; with an `ending`, files that have it."""
    found = {step: path for path in folder.glob("step_*") if (step := step_of(path.name, ending)) is not None
             if (path.is_file() if ending else path.is_dir())}  # fmt: skip
    return dict(sorted(found.items()))


def strays(folder: Path, known: Collection[Path]) -> list[str]:
    """Lines on the names in a run's folder that begin as a step's do and are none: they are left alone."""
    others = sorted(path for path in folder.glob("step_*") if path not in known)
    return [f"{path}: not a name that a run gives; left alone" for path in others]


def remove(path: Path) -> None:
    """Removes a file, a folder with all that is in it, or a link without what it points to. Raises OSError."""
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def replace_file(path: Path, content: str | bytes) -> None:
    """Example: `replace_file(Path("a.txt"), "text")`. Raises OSError."""
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


def check_target(path: Path, inputs: Iterable[Path], option: str = "--output") -> None:
    """UserError unless `path`, given by `option`, is a file, new or old, in a folder that is writable or can be made,
    and none of `inputs`."""
    what = f"{option} {path}"
    try:
        os.lstat(path)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise UserError(f"{what}: {error.strerror}") from error
    # Not Path.is_dir and its like: they raise for a name that is too long.
    if os.path.isdir(path):
        raise UserError(f"{what}: is a folder, a file is needed")
    if os.path.exists(path) and not os.path.isfile(path):
        raise UserError(f"{what}: is not a regular file")
    for file in inputs:
        if _same(path, file):
            raise UserError(f"{what}: is the input {file}; give another name")
    check_folder(path.parent, what)


def _same(one: Path, other: Path) -> bool:
    """True if two paths are one file, also through links."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    return os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other)


def check_folder(folder: Path, what: str) -> None:
    """Makes a folder and proves that it can be written to; UserError when not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.rmdir(mkdtemp(prefix=".rlvr-", dir=folder))
    except OSError as error:
        place = next(path for path in (folder, *folder.absolute().parents) if os.path.exists(path))
        if os.path.isfile(place):
            raise UserError(f"{what}: cannot write in {place}: {no_folder(place)}") from error
        raise UserError(f"{what}: cannot write in {folder}: {error.strerror}") from error


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_yaml(text: str) -> Any:
    """Plain values of YAML text. Raises yaml.YAMLError, also for aliases (a few nested ones stand for billions of
    values), for what is nested too deeply and for values that Python cannot hold."""
    import yaml

    try:
        return yaml.load(text, _yaml_loader())
    except RecursionError:
        raise yaml.YAMLError("nested too deeply") from None
    except ValueError as error:  # a date of month 13, a whole number of 5,000 digits
        raise yaml.YAMLError(str(error)) from None


def read_yaml_keys(path: Path, example: str) -> dict[str, Any]:
    """The keys and values of a YAML file. UserError where it cannot be read or holds anything else; `example` of a key
    is part of that."""
    import yaml

    try:
        values = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{path}: cannot be read as YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(values, dict):
        raise UserError(f"{path}: keys and values are needed, such as {example}")
    return values


@cache
def _yaml_loader() -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                event = self.peek_event()
                raise yaml.MarkedYAMLError(problem="aliases (*name) are not read", problem_mark=event.start_mark)
            return super().compose_node(parent, index)

    return Loader


def seed_of(text: str) -> int:
    """A seed in [0, 2^63) by the text's hash: other texts have other random streams."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 1


def fingerprint(folder: Path) -> str:
    """Digest of a model's weights from sizes and 16 blocks of each file: fast, and different after any training."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
        for block in _blocks(path):
            digest.update(block)
    return digest.hexdigest()[:16]


def _blocks(path: Path) -> Iterator[bytes]:
    size = path.stat().st_size
    with path.open("rb") as file:
        for i in range(_BLOCKS):
            file.seek(max(0, size - _BLOCK_BYTES) * i // (_BLOCKS - 1))
            yield file.read(_BLOCK_BYTES)
