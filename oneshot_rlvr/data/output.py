"""Where a command writes: checked before any work is done, so that no input is lost to a slip."""

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import mkdtemp

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.paths import no_folder


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
    """Whether two paths are one file, also through links."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    return os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other)


def check_folder(folder: Path, what: str) -> None:
    """Make a folder and prove that it can be written to; UserError when not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.rmdir(mkdtemp(prefix=".rlvr-", dir=folder))
    except OSError as error:
        place = next(path for path in (folder, *folder.absolute().parents) if os.path.exists(path))
        if os.path.isfile(place):
            raise UserError(f"{what}: cannot write in {place}: {no_folder(place)}") from error
        raise UserError(f"{what}: cannot write in {folder}: {error.strerror}") from error
