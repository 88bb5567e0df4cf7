"""Protocols: which benchmarks, how they are sampled, which grader counts. Files of `configs/eval/`, or the user's own.

This module's dataclasses hold the defaults; a file says what differs, `like:` names another file to start from.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oneshot_rlvr.config.schedule import validation_grader
from oneshot_rlvr.data.registry import set_name, sources
from oneshot_rlvr.data.training_set import validation_name
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.files import read_yaml_keys
from oneshot_rlvr.paths import configs_dir

if TYPE_CHECKING:
    from oneshot_rlvr.config.schema import RunConfig


OF_RUN = "run"  # name of the protocol that a run's own settings make


@dataclass(frozen=True, slots=True)
class SetRule:
    """Sampling rule of one benchmark."""

    temperature: float = 0.0
    samples: int = 1  # per problem


@dataclass(frozen=True, slots=True)
class Protocol:
    """A way to evaluate. Example: `paper` has `sets["aime24"] == SetRule(temperature=0.6, samples=8)`."""

    name: str
    description: str = ""
    template: tuple[str, ...] = ("qwen25-math-cot",)  # several make the sensitivity matrix; the first is the main one
    max_new_tokens: int = 3072
    top_p: float = 1.0
    seed: int = 0
    graders: tuple[str, ...] = ("qwen", "exact")  # the first gives the headline number
    benchmarks: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)  # of benchmarks that are not registered: problem, answer, ...
    default: SetRule = SetRule()
    sets: dict[str, SetRule] = field(default_factory=dict)
    model: str | None = None  # evaluated where the command line names none
    resave: bool = False  # add a row for the base model after a trip through our checkpoint writer
    published: dict[str, float] = field(default_factory=dict)  # benchmark -> published accuracy in percent

    def rule(self, benchmark: str) -> SetRule:
        return self.sets[benchmark] if benchmark in self.sets else self.default

    def with_rule(self, temperature: float | None, samples: int | None) -> "Protocol":
        """All benchmarks sampled with this temperature or number of samples."""
        changes = {k: v for k, v in {"temperature": temperature, "samples": samples}.items() if v is not None}
        sets = {name: replace(rule, **changes) for name, rule in self.sets.items()}
        return replace(self, default=replace(self.default, **changes), sets=sets)

    def without_equal_samples(self, benchmarks: Sequence[str]) -> tuple["Protocol", list[str]]:
        """Takes one sample of a problem at temperature 0, where all are one text, and says so in a line."""
        many = [name for name in benchmarks if self.rule(name).temperature == 0 and self.rule(name).samples > 1]
        sets = self.sets | {name: replace(self.rule(name), samples=1) for name in many}
        said = f"{', '.join(many)}: at temperature 0 all samples of a problem are equal; one is taken (--temperature)"
        return replace(self, sets=sets), [said] if many else []


def run_protocol(config: "RunConfig") -> Protocol:
    """The way in which a run validates itself, over the whole of its validation set."""
    name, columns = validation_name(config.data) if config.data.validation else ("", {})
    return Protocol(
        OF_RUN,
        description=f"as {config.experiment} validates itself",
        template=(config.model.template,),
        max_new_tokens=config.eval.max_new_tokens or config.rollout.max_new_tokens,
        seed=config.trainer.seed,
        graders=(validation_grader(config), "exact"),
        benchmarks=(name,) if name else (),
        columns=columns,
        default=SetRule(config.eval.temperature, config.eval.samples),
    )


KEYS = tuple(f.name for f in fields(Protocol) if f.name != "name")
RULE_KEYS = tuple(f.name for f in fields(SetRule))
Test = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_names(value: Any) -> bool:
    return _is_text(value) or (isinstance(value, list) and all(map(_is_text, value)))


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value))


def _is_number(value: Any, low: float = -inf, high: float = inf) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and low <= value <= high


def _is_whole(value: Any, low: float = -inf) -> bool:
    return isinstance(value, int) and _is_number(value, low)


FORMS: dict[str, tuple[Test, str]] = {  # key -> what its value must be
    "description": (_is_text, "text"),
    "template": (_is_names, "names"),
    "max_new_tokens": (lambda value: _is_whole(value, 1), "a whole number of at least 1"),
    "top_p": (lambda value: _is_number(value, 0, 1) and value > 0, "a number above 0, at most 1"),
    "seed": (_is_whole, "a whole number"),
    "graders": (_is_names, "names"),
    "benchmarks": (_is_names, "names"),
    "columns": (lambda value: _is_mapping(value) and all(map(_is_text, value.values())), "names of columns"),
    "default": (_is_mapping, "temperature and samples"),
    "sets": (_is_mapping, "benchmarks with temperature and samples"),
    "model": (_is_text, "text"),
    "resave": (lambda value: isinstance(value, bool), "true or false"),
    "published": (lambda value: _is_mapping(value) and all(map(_is_number, value.values())), "benchmarks with percent"),
    "temperature": (lambda value: _is_number(value, 0, 10), "a number between 0 (greedy) and 10"),
    "samples": (lambda value: _is_whole(value, 1), "a whole number of at least 1"),
}


def shipped() -> list[str]:
    return sorted(path.stem for path in (configs_dir() / "eval").glob("*.yaml"))


def load_protocol(name_or_path: str, children: tuple[Path, ...] = ()) -> Protocol:
    """A shipped protocol by name, or a YAML file with the same keys. UserError names the file and key at fault.

    `children`: the files that are `like` this one.
    """
    path = _find(name_or_path)
    values = read_yaml_keys(path, ", ".join(KEYS[:4]))
    protocol = Protocol(path.stem)
    if "like" in values:
        parent = str(values.pop("like"))
        below = (*children, path.resolve())
        if parent == path.stem or _find(parent).resolve() in below:
            raise UserError(f"{path}: like: {parent} comes back to this file itself")
        protocol = replace(load_protocol(parent, below), name=path.stem)
    return _apply(protocol, values, path)


def _find(name_or_path: str) -> Path:
    given = Path(name_or_path).expanduser()
    if given.suffix in (".yaml", ".yml") and given.is_file():
        return given
    path = configs_dir() / "eval" / f"{name_or_path}.yaml"
    if "/" in name_or_path or not path.is_file():
        raise UserError(f"--protocol {name_or_path}: not known; {nearest(name_or_path, [OF_RUN, *shipped()])}")
    return path


def _apply(protocol: Protocol, values: dict[str, Any], path: Path) -> Protocol:
    for key, value in values.items():
        if key not in KEYS:
            raise UserError(f"{path}: unknown key {key!r}; {nearest(str(key), KEYS)}")
        _check_form(key, value, path, key)
    changes = dict(values)
    for key in ("template", "graders", "benchmarks"):
        if key in values:
            changes[key] = names(values[key])
    default = _rule(protocol.default, values["default"], path, "default") if "default" in values else protocol.default
    rules = values["sets"] if "sets" in values else {}
    benchmarks = names(values["benchmarks"]) if "benchmarks" in values else protocol.benchmarks
    known = {*benchmarks, *map(set_name, benchmarks), *protocol.sets, *sources()}
    for name in rules:
        if name not in known:
            raise UserError(f"{path}: sets.{name}: no such benchmark here; {nearest(name, known)}")
    sets = protocol.sets | {
        name: _rule(protocol.sets[name] if name in protocol.sets else default, rule, path, f"sets.{name}")
        for name, rule in rules.items()
    }
    return replace(protocol, **(changes | {"default": default, "sets": sets}))


def _rule(start: SetRule, values: Any, path: Path, where: str) -> SetRule:
    if not isinstance(values, dict) or set(values) - set(RULE_KEYS):
        wrong = ", ".join(map(str, set(values) - set(RULE_KEYS))) if isinstance(values, dict) else repr(values)
        raise UserError(f"{path}: {where}: {wrong} not known; valid: {', '.join(RULE_KEYS)}")
    for key, value in values.items():
        _check_form(key, value, path, f"{where}.{key}")
    return replace(start, **values)


def _check_form(key: str, value: Any, path: Path, where: str) -> None:
    test, needed = FORMS[key]
    if not test(value):
        raise UserError(f"{path}: {where}: {value!r}: {needed} needed")


def names(value: str | list[str]) -> tuple[str, ...]:
    """`"a, b"` or `["a", "b"]` as a tuple without repeats; a comma in the path of a file does not part it."""
    parts = _parted(value.split(",")) if isinstance(value, str) else map(str, value)
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _parted(pieces: list[str]) -> Iterator[str]:
    """`own+runs/x/lr=1,seed0/examples.jsonl` is one name: the longest row of pieces that names a file is taken."""
    while pieces:
        sizes = range(len(pieces), 1, -1)
        size = next((n for n in sizes if _names_file(",".join(pieces[:n]))), 1)
        yield ",".join(pieces[:size])
        pieces = pieces[size:]


def _names_file(text: str) -> bool:
    before, _, path = text.rpartition("+")
    return "," not in before and "/" in path and Path(path.strip()).expanduser().is_file()
