"""A function of the user's own, named `package.module:function`."""

import importlib
import importlib.util
import inspect
import os
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import is_dataclass
from typing import Any

from oneshot_rlvr.errors import Interrupted, RunError, Stopped, UserError, nearest
from oneshot_rlvr.paths import PACKAGE

SAID = 200  # characters of what such a function says


@contextmanager
def their_code(what: str, kind: type[Exception] = RunError) -> Iterator[None]:
    """Code of the user's own is at work: whatever it raises, SystemExit too, is one line with its file and line, as an
    error of this `kind`. What it prints goes to standard error."""
    try:
        with redirect_stdout(sys.stderr):
            yield
    except (UserError, RunError, Interrupted, Stopped):
        raise
    except (Exception, SystemExit) as error:
        said = " ".join(str(error).split())[:SAID]
        raise kind(f"{what}: {_place(error)}{type(error).__name__}{f': {said}' if said else ''}") from error


def _place(error: BaseException) -> str:
    """`file:line: ` of the innermost of their lines."""
    frames = [(f.filename, f.lineno) for f in traceback.extract_tb(error.__traceback__)
              if not f.filename.startswith((str(PACKAGE), "<frozen"))]  # fmt: skip
    libraries = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
    theirs = [frame for frame in frames if not frame[0].startswith(libraries)] or frames
    return f"{theirs[-1][0]}:{theirs[-1][1]}: " if theirs else ""


def load_function(name: str | None, option: str, form: str, *example: Any) -> Callable[..., Any]:
    """`load_object` of a function; UserError also for one that cannot be called with `example` (`form` says what is
    needed)."""
    function = load_object(name, option)
    refuse_signature(function, f"{option}{name}", form, *example)
    return function


def load_object(name: str | None, option: str) -> Any:
    """Imports `package.module:name`, something callable, from the Python path or the current folder.

    UserError for another form of name, a module that cannot be imported, and no such thing in it. So is what else the
    module raises, with its place.
    """
    what = f"{option}{name}"
    module_name, _, function_name = (name or "").partition(":")
    if not module_name or not function_name or module_name.startswith("."):
        raise UserError(f"{what}: package.module:function is needed")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # the console script's path starts at its own folder
    with their_code(f"{what}: {module_name} cannot be imported", UserError):
        if importlib.util.find_spec(module_name.split(".")[0]) is None:
            raise UserError(f"{what}: no module {module_name.split('.')[0]!r} here or on the Python path")
        module = importlib.import_module(module_name)
        function = getattr(module, function_name, None)
    if function is None or not (callable(function) or is_dataclass(function)):
        names = [name for name in vars(module) if callable(getattr(module, name)) and not name.startswith("_")]
        raise UserError(f"{what}: {module_name} has no function {function_name!r}; {nearest(function_name, names)}")
    return function


def accepts(function: Callable[..., Any], *example: Any) -> bool:
    """True where `function` says that it can be called with `example`."""
    try:
        inspect.signature(function).bind(*example)
    except (TypeError, ValueError):
        return False
    return True


def refuse_signature(function: Callable[..., Any], what: str, form: str, *example: Any) -> None:
    """UserError where `function` cannot be called with `example`."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return  # compiled, and does not say
    try:
        signature.bind(*example)
    except TypeError as error:
        raise UserError(f"{what}: {error}; {form}") from error
