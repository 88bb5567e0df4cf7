"""A function of the user's own, named `package.module:function`."""

import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable
from typing import Any

from oneshot_rlvr.errors import UserError, nearest


def load_function(name: str | None, option: str, form: str, *example: Any) -> Callable[..., Any]:
    """Import it, from the Python path or the current folder.

    UserError for another form of name, a module that cannot be imported, no such function, and one that cannot be
    called with `example`; `form` says what is needed. What else the module raises comes through, with its traceback.
    """
    what = f"{option}{name}"
    module_name, _, function_name = (name or "").partition(":")
    if not module_name or not function_name or module_name.startswith("."):
        raise UserError(f"{what}: package.module:function is needed")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # the console script's path starts at its own folder
    if importlib.util.find_spec(module_name.split(".")[0]) is None:
        raise UserError(f"{what}: no module {module_name.split('.')[0]!r} here or on the Python path")
    try:
        module = importlib.import_module(module_name)
    except (ImportError, SyntaxError, ValueError) as error:
        raise UserError(f"{what}: {module_name} cannot be imported: {' '.join(str(error).split())}") from error
    function = getattr(module, function_name, None)
    if not callable(function):
        names = [name for name in vars(module) if callable(getattr(module, name)) and not name.startswith("_")]
        raise UserError(f"{what}: {module_name} has no function {function_name!r}; {nearest(function_name, names)}")
    _refuse_signature(function, what, form, example)
    return function


def _refuse_signature(function: Callable[..., Any], what: str, form: str, example: tuple[Any, ...]) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return  # compiled, and does not say
    try:
        signature.bind(*example)
    except TypeError as error:
        raise UserError(f"{what}: {error}; {form}") from error
