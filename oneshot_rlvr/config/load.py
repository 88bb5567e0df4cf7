"""Compose `configs/` with the command line into one typed configuration.

Hydra composes; the dataclasses of `config/schema.py` are the schema. Mistakes are found before Hydra sees them wherever
that gives a better line than Hydra's own. Importing this module costs nothing; Hydra is imported by `compose_config`.
"""

import dataclasses
import types
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.paths import configs_dir

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

    from oneshot_rlvr.config.schema import RunConfig

T = TypeVar("T")

# Groups that configs/train.yaml does not list: they are added (+experiment=NAME), the others replaced (model=NAME).
ADDED_GROUPS = ("experiment", "compat", "sft")


def load_run_config(overrides: list[str]) -> "RunConfig":
    """The configuration of one training run; UserError for anything wrong on the command line or in a file."""
    from oneshot_rlvr.config.schema import RunConfig

    return compose_config("train", RunConfig, overrides)


def compose_config(primary: str, schema: type[T], overrides: list[str]) -> T:
    """`configs/<primary>.yaml` + overrides as a `schema` object.

    The primary file names its schema in the defaults list as `<primary>_schema`. Overrides are Hydra's: `key=value`,
    `group=option`, `+experiment=NAME` (for groups the `+` may be left out).
    """
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    arguments = checked_overrides(overrides, schema)
    register_schema(primary, schema)
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(version_base=None, config_dir=str(configs_dir())):
            node = compose(primary, overrides=arguments)
        return typing.cast(T, OmegaConf.to_object(node))
    except (HydraException, OmegaConfBaseException) as error:
        raise UserError(_one_line(error, schema)) from error


def register_schema(primary: str, schema: type) -> None:
    """Make the dataclass known to Hydra under the name that `configs/<primary>.yaml` lists first."""
    from hydra.core.config_store import ConfigStore

    ConfigStore.instance().store(name=f"{primary}_schema", node=schema)


def checked_overrides(overrides: list[str], schema: type) -> list[str]:
    """The overrides as Hydra wants them; UserError naming the nearest group, file or key for what does not exist."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import OverrideParseException

    parser = OverridesParser.create()
    checked = []
    for text in overrides:
        try:
            override = parser.parse_overrides([text])[0]
        except OverrideParseException as error:
            raise UserError(f"{text!r}: not of the form key=value ({str(error).splitlines()[0]})") from error
        checked.append(_checked(override, text, schema))
    return checked


def _checked(override: "Override", text: str, schema: type) -> str:
    key = override.key_or_group
    if key == "hydra" or key.startswith(("hydra.", "hydra/")):
        return text
    group = configs_dir() / key
    if override.is_delete() or "@" in text.split("=")[0]:
        return text
    if group.is_dir() and isinstance(override.value(), str) or key in ADDED_GROUPS and group.is_dir():
        for option in _options(override):
            check_option(key, option)
        return ("+" if key in ADDED_GROUPS else "") + text.lstrip("+")
    check_key(key, schema, text)
    # A plain `key=value` reaches every key of the schema; `+key=` would be refused by Hydra because the key exists.
    return text.lstrip("+")


def _options(override: "Override") -> list[str]:
    """The group options an override names: one, or several in a sweep."""
    if override.is_sweep_override():
        return [str(value) for value in override.sweep_string_iterator()]
    return [str(override.value())]


def group_options(group: str) -> list[str]:
    """Names of the files of a config group."""
    return sorted(path.stem for path in (configs_dir() / group).glob("*.yaml"))


def check_option(group: str, option: str) -> None:
    if option != "null" and option not in group_options(group):
        raise UserError(f"{group}={option}: no such file in configs/{group}/; {nearest(option, group_options(group))}")


def check_key(key: str, schema: type, where: str = "") -> None:
    """UserError if `key` (dotted) is not a field of the schema, naming the nearest one."""
    current: Any = schema
    for depth, part in enumerate(key.split(".")):
        if not dataclasses.is_dataclass(current):
            return  # inside a free mapping such as `published`
        fields = field_types(typing.cast(type, current))
        if part not in fields:
            parent = key.split(".")[:depth]
            valid = [".".join([*parent, name]) for name in fields]
            wrong = ".".join([*parent, part])
            suggestion = nearest(wrong, valid if parent else _all_keys(schema))
            raise UserError(f"{where or key}: no key {wrong!r}; {suggestion}")
        current = fields[part]


def field_types(schema: type) -> dict[str, Any]:
    """Field name -> type of a dataclass, `X | None` as X."""
    hints = typing.get_type_hints(schema)
    return {f.name: _without_none(hints[f.name]) for f in dataclasses.fields(schema)}


def _without_none(hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        return next(arg for arg in typing.get_args(hint) if arg is not type(None))
    return hint


def _all_keys(schema: type) -> list[str]:
    keys: list[str] = []
    for name, kind in field_types(schema).items():
        keys.append(name)
        if dataclasses.is_dataclass(kind):
            keys += [f"{name}.{inner}" for inner in _all_keys(typing.cast(type, kind))]
    return keys


def _one_line(error: Exception, schema: type) -> str:
    """The part of a Hydra or OmegaConf message that tells the user something, on one line."""
    cause = error.__cause__ if error.__cause__ is not None else error
    message = str(cause) or str(error)
    key = next((line.split(":", 1)[1].strip() for line in message.splitlines() if line.strip().startswith("full_key")), "")
    first = message.splitlines()[0].strip()
    if "not in" in first and key:
        try:
            check_key(key, schema)
        except UserError as unknown:
            return str(unknown)
    return f"{key}: {first}" if key and key not in first else first


def resolved_yaml(config: Any) -> str:
    """The configuration as YAML, every key written out; loads again as a plain mapping."""
    from omegaconf import OmegaConf

    return OmegaConf.to_yaml(OmegaConf.structured(config))


def experiment_file(name: str) -> Path:
    """The file of an experiment; UserError naming the nearest."""
    check_option("experiment", name)
    return configs_dir() / "experiment" / f"{name}.yaml"
