"""Compose `configs/` with the command line into one typed configuration.

Hydra composes; the dataclasses of `config/schema.py` are the schema. What stands on the command line is checked by
`config/overrides.py` first, wherever that gives a better line than Hydra's own. Importing this module costs nothing:
Hydra is imported by `compose_config`.
"""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.files import load_yaml
from oneshot_rlvr.paths import configs_dir

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from oneshot_rlvr.config.schema import RunConfig

T = TypeVar("T")


def load_run_config(overrides: list[str]) -> "RunConfig":
    """The configuration of one training run; UserError for anything wrong on the command line or in a file.

    Example: `load_run_config(["+experiment=pi1_r128", "model=tiny_random", "data.copies=4"])`
    """
    from oneshot_rlvr.config.schema import RunConfig

    return compose_config("train", RunConfig, overrides)


def compose_config(primary: str, schema: type[T], overrides: list[str]) -> T:
    """`configs/<primary>.yaml` + overrides as a `schema` object.

    The primary file names its schema first in its defaults list, as `<primary>_schema`. Overrides are Hydra's:
    `key=value`, `group=option`, `+experiment=NAME` (for groups the `+` may be left out).
    """
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra

    from oneshot_rlvr.config.overrides import check_overrides

    arguments = check_overrides(overrides, schema)
    register_schema(primary, schema)
    GlobalHydra.instance().clear()  # a notebook or a test may have composed before
    with user_errors(schema), initialize_config_dir(version_base=None, config_dir=str(configs_dir())):
        node = compose(primary, overrides=arguments)
    return to_typed(node, schema)


def to_typed(node: Any, schema: type[T]) -> T:
    """A composed Hydra node as a `schema` object."""
    from omegaconf import OmegaConf

    with user_errors(schema):
        return cast(T, OmegaConf.to_object(node))


def register_schema(primary: str, schema: type) -> None:
    """Makes the dataclass known to Hydra under the name that `configs/<primary>.yaml` lists first."""
    from hydra.core.config_store import ConfigStore

    ConfigStore.instance().store(name=f"{primary}_schema", node=schema)


@contextmanager
def user_errors(schema: type) -> Iterator[None]:
    """Turns an error of Hydra, OmegaConf or YAML into a UserError of one line."""
    import yaml
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    try:
        yield
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        where = f"line {mark.line + 1}: " if mark else ""
        if mark and not mark.name.startswith("<"):  # <unicode string>
            where = f"{mark.name}, {where}"
        raise UserError(f"{where}not YAML: {problem}") from error
    except (HydraException, OmegaConfBaseException, ValueError) as error:  # ValueError: of some forms, such as a@b=null
        raise UserError(_one_line(error, schema)) from error


def _one_line(error: Exception, schema: type) -> str:
    """The part of a Hydra or OmegaConf message that tells the user something, on one line."""
    from oneshot_rlvr.config.overrides import check_key

    message = str(error.__cause__ or error) or str(error)
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    key = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("full_key")), "")
    where = ""
    if lines[0].endswith("raised while composing config:"):  # "In 'algorithm/mine': ..."
        where = f"configs/{lines[0].split(chr(39))[1]}.yaml: "
        lines = lines[1:] or lines
    if "not in" in lines[0] and key:
        check_key(key, schema, where)
    if "missing mandatory value" in lines[0]:
        return f"{where}{key}: no value given"
    return where + (f"{key}: {lines[0]}" if key and key not in lines[0] else lines[0])


def resolved_yaml(config: "DataclassInstance") -> str:
    """The configuration as YAML, every key written out; `yaml_config` reads it back. Lists, shape and published numbers
    take one line each, so that the whole fits on a page.
    """
    import yaml

    class Page(yaml.SafeDumper):
        pass

    Page.add_representer(
        list, lambda dumper, items: dumper.represent_sequence(f"{YAML_TAG}seq", items, flow_style=True)
    )
    Page.add_representer(str, _text)
    Page.add_representer(_OneLine, lambda dumper, row: dumper.represent_mapping(f"{YAML_TAG}map", row, flow_style=True))
    values = dataclasses.asdict(config, dict_factory=_section)
    return yaml.dump(values, Dumper=Page, sort_keys=False, allow_unicode=True, width=10_000)


YAML_TAG = "tag:yaml.org,2002:"
# Sections that few readers change.
ONE_LINE = ("lora", "shape", "published", "vllm", "critic", "compat", "gate", "executor", "hub_commits")


def _text(dumper: Any, text: str) -> Any:
    """A text in double quotes if it holds Unicode's own line breaks, which PyYAML would fold and not read back."""
    style = '"' if any(mark in text for mark in "\x85\u2028\u2029") else None
    return dumper.represent_scalar(f"{YAML_TAG}str", text, style=style)


class _OneLine(dict[str, Any]):
    """A mapping that is written on one line."""


def _section(items: list[tuple[str, Any]]) -> dict[str, Any]:
    """One section of the configuration."""
    return {key: _OneLine(value) if isinstance(value, dict) and _is_short(key, value) else value
            for key, value in items}  # fmt: skip


def _is_short(key: str, section: dict[str, Any]) -> bool:
    return key in ONE_LINE or section.get("enabled") is False


def yaml_config(text: str, schema: type[T]) -> T:
    """The `schema` object that `resolved_yaml` wrote, now or in an earlier version; UserError for keys and types that
    the schema does not have."""
    from omegaconf import OmegaConf

    from oneshot_rlvr.config.schema import RETIRED

    with user_errors(schema):
        values = load_yaml(text)
        if not isinstance(values, dict):
            raise UserError("not a configuration: it has no keys")
        for section, name in (key.split(".") for key in RETIRED):
            if isinstance(values.get(section), dict):
                values[section].pop(name, None)
        return to_typed(OmegaConf.merge(_schema_node(schema), OmegaConf.create(_literal(values))), schema)


@cache
def _schema_node(schema: type) -> Any:
    """The schema as a node, which `merge` copies: to make it takes as long as all else that reads a file."""
    from omegaconf import OmegaConf

    return OmegaConf.structured(schema)


def _literal(value: Any) -> Any:
    """The value with every text in it made safe: a `${x}` of a problem is not an interpolation."""
    from oneshot_rlvr.config.overrides import without_interpolation

    if isinstance(value, dict):
        return {key: _literal(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_literal(inner) for inner in value]
    return without_interpolation(value) if isinstance(value, str) else value
