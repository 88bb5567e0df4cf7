"""Typed readers of what a run leaves on disk: configuration, metrics, ledger, kept rollouts, evaluations.

A run folder needs `config.yaml` and `metrics.jsonl`; every other part may be missing and then reads as empty.
A last line that a killed process left half written is ignored; damage anywhere else is an error with its line number.
"""

import itertools
import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Iterator, Sequence

from oneshot_rlvr.config.load import yaml_config
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.evaluation.records import EvalResult
from oneshot_rlvr.evaluation.scores import Verdicts

# Below eval/: step_000020, base, base_resaved, each also as NAME@TEMPLATE.
MODEL_FOLDER = re.compile(r"(?:step_(?P<step>\d+)|base)(?P<resaved>_resaved)?(?:@(?P<template>.+))?$")
STEP_FILE = re.compile(r"step_(\d+)\.jsonl\.zst$")


@dataclass(frozen=True, slots=True)
class Series:
    """One number over steps. Example: `Series("train/accuracy", steps=(1, 2), values=(0.25, 0.5))`."""

    name: str
    steps: tuple[int, ...]  # increasing
    values: tuple[float, ...]

    def at(self, step: int) -> float | None:
        """The value recorded at exactly this step."""
        return self.values[self.steps.index(step)] if step in self.steps else None

    def __bool__(self) -> bool:
        return bool(self.steps)


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One group of one step. Example: 3 correct of 8 rollouts of copy 0 of example "124" at step 1."""

    step: int
    group: int
    example: str
    copy: int
    n: int
    correct: int
    reward_sum: float
    distinct_answers: int
    length_mean: float  # tokens
    truncated: int  # rollouts that hit the token limit
    entropy: float | None  # nats per token; None where the group was left out of the update
    zero_advantage: bool


@dataclass(frozen=True, slots=True)
class KeptRollout:
    """One stored rollout with the advantage that was trained on."""

    step: int
    group: int
    copy: int
    index: int
    example: str
    answer: str
    prompt: str
    response: str
    tokens: tuple[str, ...]  # [T]
    logprobs: tuple[float, ...]  # [T] nats
    entropies: tuple[float, ...]  # [T] nats; empty where the group was left out of the update
    reward: float | None  # None: grading failed
    correct: bool | None
    extracted: str | None
    reason: str
    advantage: float
    finish_reason: str


@dataclass(frozen=True, slots=True)
class EvalPoint:
    """One benchmark at one step, as `metrics.json` has it."""

    step: int
    benchmark: str  # with the protocol in brackets where `rlvr eval` had to put it in a folder of its own
    result: EvalResult
    folder: Path
    variant: str = ""  # how the model was used otherwise than in the run: "re-saved", "template plain"


@dataclass(frozen=True)
class Metrics:
    """`metrics.jsonl` by name; a step that was written twice (a resumed run) counts once, the later line wins."""

    by_name: dict[str, Series]

    def series(self, name: str) -> Series:
        """The series, empty if it was never recorded."""
        return self.by_name[name] if name in self.by_name else Series(name, (), ())

    @property
    def last_training_step(self) -> int:
        """0 for a run that has evaluated its start and trained nothing."""
        return max((s.steps[-1] for name, s in self.by_name.items() if not name.startswith("eval/")), default=0)


@dataclass(frozen=True, slots=True)
class Environment:
    """What the run ran on; empty where it was not recorded."""

    commit: str = ""  # git
    command: tuple[str, ...] = ()  # argv
    hardware: str = ""
    packages: tuple[str, ...] = ()  # "torch 2.13.0"


@dataclass(frozen=True)
class Run:
    """One run folder, read."""

    path: Path
    config: RunConfig
    metrics: Metrics
    ledger: tuple[LedgerRow, ...]
    evaluations: tuple[EvalPoint, ...]  # by step, then benchmark
    base_variants: tuple[EvalPoint, ...]  # the untouched model re-saved or under other templates
    environment: Environment
    rollout_steps: tuple[int, ...]  # steps with kept rollouts


def read_json_lines(lines: Iterator[str], where: Path) -> Iterator[dict[str, Any]]:
    """Parsed lines; an unfinished last line is dropped, any other damage raises UserError."""
    broken: int | None = None
    for number, line in enumerate(lines, start=1):
        if broken is not None:
            raise UserError(f"{where}:{broken}: not a line of JSON")
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except ValueError:
            broken = number


def _read_jsonl(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        return list(read_json_lines(iter(file), path))


def is_run(folder: Path) -> bool:
    return (folder / "config.yaml").is_file()


def find_runs(paths: Sequence[str | Path]) -> list[Path]:
    """Run folders named directly or lying up to two levels below a named folder (runs/, runs/<experiment>/).

    Raises UserError for a path that is neither.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        below = sorted(p.parent for pattern in ("*/config.yaml", "*/*/config.yaml") for p in path.glob(pattern))
        runs = [path] if is_run(path) else below
        if not runs:
            raise UserError(f"{path}: {_why_no_run(path)}")
        found += [run for run in runs if run not in found]
    return found


def find_run(path: str | Path) -> Path:
    """One run folder; UserError naming the runs below where the folder holds several."""
    found = find_runs([path])
    if len(found) > 1:
        raise UserError(f"{path}: holds {len(found)} runs; name one: {', '.join(map(str, found[:6]))}")
    return found[0]


def _why_no_run(path: Path) -> str:
    if not path.exists():
        parent = next((p for p in path.parents if p.is_dir()), Path("."))
        beside = [str(p) for p in sorted(parent.iterdir()) if p.is_dir() and not p.name.startswith(".")]
        return f"no such folder{'; ' + nearest(str(path), beside) if beside else ''}"
    above = next((p for p in path.resolve().parents if is_run(p)), None)
    hint = f"; the run is {above}" if above else "; a run folder is runs/<experiment>/<name>"
    return f"not a run folder (no config.yaml){hint}"


def read_config(run: Path) -> RunConfig:
    """The resolved configuration. UserError if it is not one (another program's, or another version's)."""
    from yaml import YAMLError

    path = run / "config.yaml"
    try:
        return yaml_config(path.read_text(encoding="utf-8"), RunConfig)
    except (UserError, YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not a run's configuration: {str(error).splitlines()[0]}") from None


def read_metrics(run: Path) -> Metrics:
    """All series of `metrics.jsonl`. UserError if it is missing or empty; values that are not finite are left out."""
    path = run / "metrics.jsonl"
    rows = _read_jsonl(path)
    if not rows:
        state = "is empty" if path.is_file() else "is missing"
        raise UserError(f"{run}: no metrics yet (metrics.jsonl {state}): the run has not finished a step")
    values: dict[str, dict[int, float]] = {}
    for row in rows:
        for name, value in row.items():
            if name != "step" and isinstance(value, int | float) and math.isfinite(value):
                values.setdefault(name, {})[int(row["step"])] = float(value)
    ordered = {name: sorted(points.items()) for name, points in values.items()}
    return Metrics({name: Series(name, *map(tuple, zip(*points))) for name, points in ordered.items()})


def read_ledger(run: Path) -> tuple[LedgerRow, ...]:
    """Rows by step and group; of a (step, group) written twice the later row counts."""
    fields = LedgerRow.__slots__
    rows: dict[tuple[int, int], LedgerRow] = {}
    for raw in _read_jsonl(run / "ledger" / "ledger.jsonl"):
        row = LedgerRow(**_picked(raw, fields, "ledger/ledger.jsonl"))
        rows[row.step, row.group] = row
    return tuple(rows[key] for key in sorted(rows))


def rollout_files(run: Path) -> dict[int, Path]:
    """Step -> file of kept rollouts, by step."""
    found = {int(m.group(1)): p for p in (run / "rollouts").glob("*.zst") if (m := STEP_FILE.search(p.name))}
    return dict(sorted(found.items()))


def read_rollouts(run: Path, step: int) -> tuple[KeptRollout, ...]:
    """The kept rollouts of a step, by group and index. UserError with the nearest step if there are none."""
    files = rollout_files(run)
    if not files:
        raise UserError(f"{run}: no kept rollouts (trainer.keep_rollouts=none, or no step is finished)")
    if step not in files:
        near = min(files, key=lambda s: abs(s - step))
        raise UserError(f"{run}: no kept rollouts at step {step}; nearest: --step {near} (kept: {_spans(list(files))})")
    import pyarrow as pa

    with pa.input_stream(str(files[step]), compression="zstd") as stream:
        lines = stream.read().decode("utf-8").splitlines()
    rollouts = [_rollout(raw) for raw in read_json_lines(iter(lines), files[step])]
    return tuple(sorted(rollouts, key=lambda r: (r.group, r.index)))


def _rollout(raw: dict[str, Any]) -> KeptRollout:
    values = _picked(raw, KeptRollout.__slots__, "rollouts")
    values |= {name: tuple(values[name] or ()) for name in ("tokens", "logprobs", "entropies")}
    return KeptRollout(**values)


def _picked(raw: dict[str, Any], fields: Iterable[str], where: str) -> dict[str, Any]:
    """The named fields; others (a later version's) are ignored."""
    missing = [name for name in fields if name not in raw]
    if missing:
        raise UserError(f"{where}: a line has no {missing[0]!r}; was it written by another program?")
    return {name: raw[name] for name in fields}


def _spans(steps: list[int]) -> str:
    """`20, 40, ..., 100` for a regular list of steps, else the first few."""
    gaps = {b - a for a, b in itertools.pairwise(steps)}
    if len(steps) > 4 and len(gaps) == 1:
        return f"{steps[0]}, {steps[1]}, ..., {steps[-1]}"
    return ", ".join(map(str, steps[:8])) + (", ..." if len(steps) > 8 else "")


def read_evaluations(run: Path) -> tuple[EvalPoint, ...]:
    """Every `eval/[<protocol>/]<model>/<benchmark>/metrics.json`, by step, benchmark and variant.

    `base` is step 0; a validation of step 0 by the run itself goes before it.
    """
    points: dict[tuple[int, str, str], EvalPoint] = {}
    for path in sorted([*(run / "eval").glob("*/*/metrics.json"), *(run / "eval").glob("*/*/*/metrics.json")]):
        if match := MODEL_FOLDER.match(path.parent.parent.name):
            protocol = path.parents[2].name if path.parents[3].name == "eval" else ""
            benchmark = f"{path.parent.name} ({protocol})" if protocol else path.parent.name
            ways = ["re-saved"] if match["resaved"] else []
            result = _result(path)
            ways += [f"template {_template_name(match['template'], result.template)}"] if match["template"] else []
            step, variant = int(match["step"] or 0), ", ".join(ways)
            points[step, benchmark, variant] = EvalPoint(step, benchmark, result, path.parent, variant)
    return tuple(points[key] for key in sorted(points))


def _template_name(folder: str, template: str) -> str:
    """The folder's name for it, but `own+/long/way/to/examples.jsonl` as `own+examples`."""
    name, plus, shots = template.partition("+")
    return name + plus + Path(shots).stem if plus else folder


def _result(path: Path) -> EvalResult:
    try:
        return EvalResult.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: not an evaluation's metrics ({error}); `rlvr regrade` rewrites it") from None


def read_samples(point: EvalPoint) -> list[dict[str, Any]]:
    """The stored samples of an evaluation, as `samples.jsonl` has them; empty if they are gone."""
    return _read_jsonl(point.folder / "samples.jsonl")


def read_families(point: EvalPoint) -> dict[str, Verdicts]:
    """Verdicts by family (the problems' category) from the stored samples; empty if the samples are gone.

    Judged by the grader of the point's headline number.
    """
    families: dict[str, Verdicts] = {}
    for raw in read_samples(point):
        if not raw["category"] or point.result.grader not in raw["grades"]:
            continue  # no family, or stored but not graded yet
        verdicts = families.setdefault(raw["category"], {})
        right, samples = verdicts.get(raw["id"], (0, 0))
        is_right = raw["grades"][point.result.grader]["correct"] is True
        verdicts[raw["id"]] = (right + is_right, samples + 1)
    return dict(sorted(families.items()))


def read_environment(run: Path) -> Environment:
    """`environment.json`, empty where the file is missing or damaged: a report does not depend on it."""
    try:
        recorded = json.loads((run / "environment.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Environment()
    known = {key: recorded[key] for key in recorded if recorded[key]}
    gpus = Counter(known["gpus"]) if "gpus" in known else Counter()
    cores = f"{known['cpu_count']} CPU cores" if "cpu_count" in known else ""
    packages = known["packages"] if "packages" in known else {}
    return Environment(
        commit=known["git_commit"] if "git_commit" in known else "",
        command=tuple(known["command"]) if "command" in known else (),
        hardware=", ".join(f"{count} x {name}" for name, count in gpus.items()) or cores,
        packages=tuple(f"{name} {version}" for name, version in packages.items() if version),
    )


def read_run(path: Path) -> Run:
    """Everything but the text of rollouts and responses."""
    metrics = read_metrics(path)
    config = read_config(path)
    points = read_evaluations(path)
    return Run(
        path=path,
        config=config,
        metrics=metrics,
        ledger=read_ledger(path),
        evaluations=tuple(p for p in points if not p.variant),
        base_variants=tuple(p for p in points if p.variant and p.step == 0),
        environment=read_environment(path),
        rollout_steps=tuple(rollout_files(path)),
    )
