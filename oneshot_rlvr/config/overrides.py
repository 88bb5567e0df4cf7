"""Checks of `key=value` arguments before Hydra sees them, and the form in which it gets them.

Each mistake becomes one line that names the nearest valid key, group or file. What is allowed beyond Hydra:
groups with or without `+`, `data.examples=pi1` for a list, and text with signs that Hydra's grammar keeps for itself.
"""

import dataclasses
import re
import types
import typing
from typing import TYPE_CHECKING, Any

from oneshot_rlvr.config.schema import RETIRED, DataConfig
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.paths import configs_dir

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

# Groups that a primary file does not list: they are added (+experiment=NAME), the others replaced (model=NAME).
ADDED_GROUPS = ("experiment", "compat", "hardware")

# Folders of configs/ whose files do not belong to a training run, though the schema has a section of that name.
PROTOCOL_GROUPS = ("eval", "study")

# Keys whose text is taken literally: mathematics is full of =, {}, $ and commas, which have a meaning for Hydra.
FREE_TEXT = tuple(f"data.{item.name}" for item in dataclasses.fields(DataConfig) if "free_text" in item.metadata)


def check_overrides(overrides: list[str], schema: type, sweep: bool = False) -> list[str]:
    """Returns the overrides in the form for Hydra; UserError names the nearest valid key, group option or form.

    With `sweep`, values may be lists of choices (`optimizer.lr=1e-6,1e-5`).
    """
    texts = [_check_override(text, schema, sweep) for text in _with_own_name(overrides)]
    return sorted(texts, key=lambda text: text.startswith("+hardware="))  # it has the last word over +experiment=


def _with_own_name(overrides: list[str]) -> list[str]:
    """The overrides with `experiment=NAME`, a name of one's own, as a choice of the group `experiment`.

    Hydra takes the key for the group, whose files set the field of that name. So the name becomes a choice that sets it
    and nothing else, behind the file that `+experiment=FILE` names, if any.
    """
    own = [text for text in overrides if text.startswith("experiment=") and _is_own_name(text.partition("=")[2])]
    if not own:
        return overrides
    name = own[-1].partition("=")[2]
    _check_own_name(name, overrides)
    from hydra.core.config_store import ConfigStore

    ConfigStore.instance().store(group="experiment", name=name, node={"experiment": name}, package="_global_")
    rest = [text for text in overrides if text not in own]
    files = [text for text in rest if text.startswith(("+experiment=", "experiment="))]
    if not files:
        return [*rest, f"+experiment='{name}'"]
    chosen = files[-1].partition("=")[2]
    if "," in chosen:
        raise UserError(f"experiment={name}: one name for several experiments ({chosen}); leave it out")
    return [f"+experiment=[{chosen},'{name}']" if text is files[-1] else text for text in rest]


def _is_own_name(value: str) -> bool:
    return not value.startswith(("[", "{")) and "," not in value and value not in ("null", *group_options("experiment"))


def _check_own_name(name: str, overrides: list[str]) -> None:
    """UserError for a name that is no folder's, and for one that is more likely a file's mistyped: without any data."""
    if not re.fullmatch(r"[\w.-]*\w[\w.-]*", name):
        raise UserError(f"experiment={name}: the name of a folder is needed: letters, digits, and . _ -")
    if not any(re.match(r"\+?(data|experiment)[.=]", text) for text in overrides if text != f"experiment={name}"):
        nearby = nearest(name, group_options("experiment"))
        raise UserError(f"experiment={name}: no such file in configs/experiment/; {nearby}; as a name of your own it "
                        "goes with +experiment=FILE, data.problem=, data.examples= or data.file=")  # fmt: skip


def _own_names() -> list[str]:
    """Names of one's own that this process has been given, in the quotes in which `_with_own_name` passes them on."""
    from hydra.core.config_store import ConfigStore

    stored = ConfigStore.instance().repo.get("experiment", {})
    return [f"'{name.removesuffix('.yaml')}'" for name in stored]


def _check_override(text: str, schema: type, sweep: bool) -> str:
    key, equals, value = text.partition("=")
    key = key.lstrip("+")
    if key.startswith(("hydra", "~")) or "@" in key:
        return text  # Hydra's own business
    if not equals:
        names = group_options("experiment")
        hint = f"; did you mean '+experiment={text}'?"
        if text not in names:
            hint = f", such as +experiment={names[0]} or optimizer.lr=1e-6"
        raise UserError(f"{text!r}: not of the form key=value{hint}")
    if key not in PROTOCOL_GROUPS and group_options(key) and not value.startswith("{"):
        return _check_option(key, value, sweep)
    kind = check_key(key, schema, f"{text}: ")
    if dataclasses.is_dataclass(kind) and not value.startswith("{"):
        keys = ", ".join(field_types(typing.cast(type, kind)))
        raise UserError(f"{text}: {key} is a section; set one of its keys: {keys}")
    if key in FREE_TEXT and not (sweep and key == "data.label"):
        return f"{key}={quote(value)}"
    if typing.get_origin(kind) is dict and not value.startswith("{"):
        raise UserError(f"{text}: {key} is a mapping: {key}={{NAME: VALUE}} or {key}.NAME=VALUE is needed")
    if kind is Any or typing.get_origin(kind) is dict:
        return f"++{key}={value}"  # a key of a free mapping need not exist yet
    return _check_value(key, value, kind, sweep)


def _check_option(group: str, value: str, sweep: bool) -> str:
    if group == "experiment":
        return _check_experiment(value, sweep)
    return _check_files(group, value, sweep)


def _check_experiment(value: str, sweep: bool) -> str:
    """`+experiment=` of a file, or of a file and a name of one's own."""
    parts = value[1:-1].split(",") if value.startswith("[") else [value]
    for part in parts:
        if part not in _own_names():
            _check_files("experiment", part, sweep)
    return f"+experiment={value}"


def _check_files(group: str, value: str, sweep: bool) -> str:
    override = parse_override(f"{group}={value}") if sweep else None
    if sweep and override is None:
        raise UserError(f"{group}={value}: not a value that can be read")
    names = group_options(group)
    for option in [value] if override is None else sweep_values(override):
        if option == "null" and group in ADDED_GROUPS:
            raise UserError(f"{group}=null: leave it out for none")
        if option not in (*names, "null"):
            raise UserError(f"{group}={option}: no such file in configs/{group}/; {nearest(option, names)}")
    return f"{'+' if group in ADDED_GROUPS else ''}{group}={value}"


def _check_value(key: str, value: str, kind: Any, sweep: bool) -> str:
    """`key=value` with the value in a form that Hydra parses; `+` is dropped because every valid key exists."""
    text = f"{key}={value}"
    override = parse_override(text)
    if override is None:
        if kind is not str:
            raise UserError(f"{text}: not a value that can be read; put text with special signs in quotes")
        return f"{key}={quote(value)}"
    if typing.get_origin(kind) is list:
        return f"{key}={_list_value(value, override, sweep)}"
    if override.is_sweep_override():
        if not sweep:
            raise UserError(f"{text}: several values; add -m for one run each")
        return text
    if kind is str and not isinstance(override.value(), str | None):  # 2026_11_26, 1e3, true: a number for Hydra
        return f"{key}={quote(value)}"
    return text


def as_override(key: str, value: object) -> str:
    """`key=value` for exactly this text, quoted only where Hydra would read something else into it."""
    text = str(value)
    return f"{key}={text}" if re.fullmatch(r"[\w./~-]+", text) else f"{key}={quote(text)}"


def _list_value(value: str, override: "Override", sweep: bool) -> str:
    """The value of a list, in brackets: `pi1,pi13` is one list of two, except in a sweep: there it is two of one."""
    if not override.is_sweep_override():
        return value if value.startswith(("[", "null", "${")) else f"[{value}]"
    if not sweep:
        return f"[{value}]"
    return ",".join(v if v.startswith("[") else f"[{v}]" for v in sweep_values(override))


def parse_override(text: str) -> "Override | None":
    """The override as Hydra reads it, or None if it does not parse."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        return OverridesParser.create().parse_overrides([text])[0]
    except (HydraException, ValueError, RecursionError):  # thousands of digits; brackets 1,000 deep
        return None


def sweep_values(override: "Override") -> list[str]:
    """Values that one override stands for in a sweep; UserError for none, and for a form that does not list them."""
    from hydra.errors import HydraException

    if not override.is_sweep_override():
        return [str(override.value())]
    try:
        values = list(override.sweep_string_iterator())
    except HydraException:
        form = str(override.input_line).partition("=")[2].partition("(")[0]
        raise UserError(f"-m: {form}() needs another sweeper; give the values, as in optimizer.lr=1e-6,3e-6") from None
    if not values:
        raise UserError(f"-m: {override.input_line} stands for no value")
    return values


def quote(text: str) -> str:
    """Text as a quoted Hydra value that stands for exactly this text; `null` stays null, quoted text stays as it is."""
    if text == "null" or (len(text) > 1 and text[0] == text[-1] and text[0] in "'\""):
        return text
    # Backslashes before a quote and at the end would escape it: they are doubled, and the quote inside gets one more.
    text = re.sub(r"(\\*)'", r"\1\1\\'", without_interpolation(text))
    text = re.sub(r"(\\+)\Z", r"\1\1", text)
    return f"'{text}'"


def without_interpolation(text: str) -> str:
    """Text that OmegaConf reads as this text: in a problem, `${x}` is mathematics and not a reference to key x."""
    return re.sub(r"(\\*)\$\{", r"\1\1\\${", text)


def group_options(group: str) -> list[str]:
    """Names of the files of a config group."""
    return sorted(path.stem for path in (configs_dir() / group).glob("*.yaml"))


def check_key(key: str, schema: type, where: str = "") -> Any:
    """The type of field `key` (dotted); UserError, after `where`, with the nearest field if the schema lacks it."""
    current: Any = schema
    parts = key.split(".")
    for depth, part in enumerate(parts):
        if not dataclasses.is_dataclass(current):
            return Any  # inside a free mapping such as `published`
        fields = field_types(typing.cast(type, current))
        if part not in fields:
            parent = parts[:depth]
            valid = [".".join([*parent, name]) for name in fields] if parent else [*all_keys(schema), *ADDED_GROUPS]
            wrong = ".".join([*parent, part])
            now = f"use {RETIRED[wrong]}" if wrong in RETIRED else nearest(key if depth == 0 else wrong, valid)
            raise UserError(f"{where}no key {wrong!r}; {now}")
        current = fields[part]
    return current


def field_types(schema: type) -> dict[str, Any]:
    """Field name -> type of a dataclass, with `X | None` as X."""
    hints = typing.get_type_hints(schema)
    return {f.name: _without_none(hints[f.name]) for f in dataclasses.fields(schema)}


def _without_none(hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        return next(arg for arg in typing.get_args(hint) if arg is not type(None))
    return hint


def all_keys(schema: type) -> list[str]:
    """Every dotted key of a schema."""
    keys: list[str] = []
    for name, kind in field_types(schema).items():
        keys.append(name)
        if dataclasses.is_dataclass(kind):
            keys += [f"{name}.{inner}" for inner in all_keys(typing.cast(type, kind))]
    return keys
