"""What a program may be made of: modules, built-in functions, syntax.

For the quality of tasks, and for clear reasons when one is refused. It keeps nobody in: that is the kernel's filter
(seccomp.py). Python's own modules hand each other out as attributes, so that a program gets a copy of each with its
public names alone.
"""

import ast
import builtins
import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType

from oneshot_rlvr.config.names import PROGRAM_MODULES

# Further modules for solutions of benchmarks and their tests.
MORE_MODULES = (
    "array", "calendar", "datetime", "hashlib", "json", "numbers", "queue", "random", "textwrap", "time", "unicodedata",
)  # fmt: skip
# Public names that programs do not get: they call what a text or an object names, or write into other modules.
WITHOUT = {
    "dataclasses": ("make_dataclass",),
    "enum": ("global_enum", "global_enum_repr", "global_flag_repr", "global_str"),
    "hashlib": ("file_digest",),
    "operator": ("attrgetter", "methodcaller"),
    "re": ("purge", "template"),
    "string": ("Formatter",),
    "time": ("sleep",),
    "typing": ("ForwardRef", "get_type_hints"),
}
SYS_NAMES = ("maxsize", "maxunicode", "float_info", "int_info", "setrecursionlimit", "getrecursionlimit", "getsizeof")
CODECS = (  # that programs find by name
    "ascii", "base64_codec", "big5", "cp1252", "cp437", "euc_jp", "gbk", "hex_codec", "idna", "iso8859_15", "latin_1",
    "punycode", "rot_13", "shift_jis", "unicode_escape", "utf_16", "utf_32", "utf_7", "utf_8_sig",
)  # fmt: skip
NEEDED_LATER = (*(f"encodings.{codec}" for codec in CODECS), "unicodedata", "_strptime", "weakref")

NO_BUILTINS = (
    "breakpoint", "compile", "copyright", "credits", "delattr", "eval", "exec", "exit", "getattr", "globals", "help",
    "id", "input", "license", "locals", "memoryview", "open", "quit", "setattr", "vars", "__loader__", "__spec__",
)  # fmt: skip
OPEN_BUILTINS = (  # for solutions: what people use, and the filter holds in
    "compile", "delattr", "eval", "exec", "getattr", "globals", "id", "locals", "memoryview", "setattr", "vars",
)  # fmt: skip

_SPECIAL = (
    "init", "post_init", "repr", "str", "bool", "eq", "ne", "lt", "le", "gt", "ge", "hash", "len", "iter", "next",
    "reversed", "contains", "getitem", "setitem", "delitem", "missing", "call", "enter", "exit", "index", "int",
    "float", "abs", "neg", "pos", "invert", "round", "add", "sub", "mul", "matmul", "truediv", "floordiv", "mod",
    "divmod", "pow", "and", "or", "xor", "lshift", "rshift", "radd", "rsub", "rmul", "rtruediv", "rfloordiv", "rmod",
    "rpow", "iadd", "isub", "imul", "slots", "name",
)  # fmt: skip
SPECIAL_NAMES = frozenset(f"__{name}__" for name in _SPECIAL)
FRAME_ATTRIBUTES = frozenset(
    "gi_frame gi_code gi_yieldfrom cr_frame cr_code cr_await cr_origin ag_frame ag_code ag_await f_back f_globals "
    "f_locals f_builtins f_code f_lineno f_trace tb_frame tb_next tb_lasti tb_lineno with_traceback mro".split()
)
NO_NODES = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)


def refusal(tree: ast.AST, modules: Sequence[str]) -> str | None:
    """Words on the first thing in a program that is not allowed; None for a program that is."""
    nodes = list(ast.walk(tree))
    own = {name for node in nodes if not isinstance(getattr(node, "ctx", None), ast.Load) for name in _names(node)}
    for node in nodes:
        said = _refusal(node, modules, own)
        if said is not None:
            return said
    return None


def _refusal(node: ast.AST, modules: Sequence[str], own: set[str]) -> str | None:
    """`own`: names that the program itself gives to something, such as a parameter called `input`."""
    if isinstance(node, NO_NODES):
        return type(node).__name__
    if isinstance(node, ast.Import):
        return next((f"import {name.name}" for name in node.names if name.name not in modules), None)
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        return None if node.level == 0 and module in (*modules, "__future__") else f"import {'.' * node.level}{module}"
    if isinstance(node, ast.Name) and node.id in NO_BUILTINS and node.id not in own:
        return node.id
    if isinstance(node, ast.Attribute) and node.attr in FRAME_ATTRIBUTES:
        return f".{node.attr}"
    return next((name for name in _names(node) if _is_special(name) and name not in SPECIAL_NAMES), None)


def _names(node: ast.AST) -> Iterator[str]:
    """Identifiers that stand in a node itself, not below it."""
    for field in ("id", "attr", "name", "arg", "asname", "rest"):
        if isinstance(name := getattr(node, field, None), str):
            yield name
    for field in ("names", "kwd_attrs"):
        yield from (name for name in getattr(node, field, ()) if isinstance(name, str))


def _is_special(name: str) -> bool:
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


class Library:
    """Copies of the modules that a program may ask for, made once, before any program is there."""

    def __init__(self) -> None:
        for name in NEEDED_LATER:  # files cannot be opened when a program first needs them
            importlib.import_module(name)
        self._copies = {name: _copy(name, WITHOUT.get(name, ())) for name in (*PROGRAM_MODULES, *MORE_MODULES)}
        self._copies["sys"] = _module("sys", {name: getattr(sys, name) for name in SYS_NAMES})
        self._copies["collections"].__dict__["abc"] = self._copies["collections.abc"]
        self._future = importlib.import_module("__future__")

    def namespace(self, modules: Sequence[str]) -> dict[str, object]:
        """Global names of a program of tasks."""
        allowed = {name: value for name, value in vars(builtins).items() if name not in NO_BUILTINS}
        return {"__builtins__": allowed | {"__import__": self._importer(modules)}, "__name__": "program"}

    def open_namespace(self) -> dict[str, object]:
        """Global names of a benchmark's solution or tests, which are written as people write programs."""
        more = {name: getattr(builtins, name) for name in OPEN_BUILTINS}
        names = self.namespace(tuple(self._copies))
        names["__builtins__"] |= more  # type: ignore[operator]
        return names

    def _importer(self, modules: Sequence[str]) -> Callable[..., ModuleType]:
        copies = {name: self._copies[name] for name in modules} | {"__future__": self._future}

        def import_copy(
            name: str, names: object = None, local: object = None, wanted: Sequence[str] | None = (), level: int = 0
        ) -> ModuleType:
            if level or name not in copies:
                raise ImportError(f"no module {name!r} here")
            return copies[name] if wanted or name not in ("collections.abc",) else copies["collections"]

        return import_copy


def _copy(name: str, without: Sequence[str]) -> ModuleType:
    """A module with the public names of another: those of `__all__`, or all that are no modules."""
    real = importlib.import_module(name)
    public = getattr(real, "__all__", None) or [
        key for key, value in vars(real).items() if not key.startswith("_") and not isinstance(value, ModuleType)
    ]
    return _module(name, {key: getattr(real, key) for key in public if key not in without and hasattr(real, key)})


def _module(name: str, names: dict[str, object]) -> ModuleType:
    made = ModuleType(name)
    made.__dict__.update(names, __all__=list(names))
    return made
