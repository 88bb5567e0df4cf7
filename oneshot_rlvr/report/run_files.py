"""Typed readers of the files of a run: configuration, metrics, ledger, kept rollouts, evaluations.

A run folder needs `config.yaml` and `metrics.jsonl`; every other part may be missing and then reads as empty.
A last line that a killed process left half written is ignored; damage anywhere else is an error with its line number
(records.py).
"""

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Sequence

from pydantic import BeforeValidator

from oneshot_rlvr.config.load import yaml_config
from oneshot_rlvr.config.schedule import last_step
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.data.prompts import ALIASES
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.evaluation.records import EvalResult
from oneshot_rlvr.evaluation.scores import Verdicts
from oneshot_rlvr.evaluation.store import sample_of
from oneshot_rlvr.files import STEP, steps_in, strays
from oneshot_rlvr.paths import no_folder
from oneshot_rlvr.records import checked, each_record, loaded, parser, read_file, read_lines
from oneshot_rlvr.rollout.lines import KEPT_NEEDED, flat_rollout
from oneshot_rlvr.trainer.run_folder import ROLLOUTS
from oneshot_rlvr.types import Rollout

# Names of folders below eval/: step_000020, base, base_resaved, each also as NAME@TEMPLATE.
MODEL_FOLDER = re.compile(f"(?:{STEP}|base)(?P<resaved>_resaved)?(?:@(?P<template>.+))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Series:
    """One number over steps. Example: `Series("train/accuracy", steps=(1, 2), values=(0.25, 0.5))`."""

    name: str
    steps: tuple[int, ...]  # increasing
    values: tuple[float, ...]

    def at(self, step: int) -> float | None:
        """Looks up the value recorded at exactly this step."""
        return self.values[self.steps.index(step)] if step in self.steps else None

    def __bool__(self) -> bool:
        return bool(self.steps)


OR_NONE = BeforeValidator(lambda value: () if value is None else value)  # reads null as a list without entries


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
    length_mean: float  # tokens of a response
    truncated: int  # rollouts that reached the token limit
    entropy: float | None  # nats per token; None where the group was left out of the update
    zero_advantage: bool
    ungraded: int = 0  # rollouts whose grading failed
    expected: float | None = None  # pass rate that source.choose expected of the example

    def __post_init__(self) -> None:
        if not 0 <= self.correct <= self.n or self.n == 0:
            raise ValueError(f"{self.correct} right ('correct') of {self.n} rollouts ('n')")


@dataclass(frozen=True, slots=True)
class KeptRollout:
    """A kept rollout, with what only readers need of it."""

    rollout: Rollout
    step: int
    group: int  # its number in the step
    tokens: tuple[str, ...]  # [T] text of each
    entropies: Annotated[tuple[float, ...], OR_NONE]  # [T] nats; empty where the group was left out of the update
    advantages: Annotated[tuple[float, ...], OR_NONE] = ()  # [T]; empty where the tokens share one

    @property
    def example(self) -> str:
        return self.rollout.task.problem.id

    @property
    def advantage(self) -> float:
        return self.rollout.advantage or 0.0

    @classmethod
    def from_line(cls, text: bytes) -> "KeptRollout":
        """Reads a line of a run's `rollouts/`. ValueError naming the field that is missing or of another type."""
        line = checked(dict[str, Any], loaded(text))
        return checked(cls, {**line, "rollout": flat_rollout(line, KEPT_NEEDED)})


@dataclass(frozen=True, slots=True)
class KeptTask:
    """A task that a source proposed, or the reason why there is none: a line of `tasks.jsonl`."""

    step: int
    kind: str
    reason: str  # valid, or the rule that it broke
    id: str = ""  # `example` of the rollouts that proposed it and of those that answered it
    program: str = ""  # "" where the text could not be read
    arguments: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()  # of the inputs
    message: str = ""
    depth: int | None = None  # operations that are executed; None where they are not counted
    reward: float | None = None  # of the proposal; None where no model made it
    correct: int = 0  # right answers ...
    measured: int = 0  # ... of so many that measured it
    answers: tuple[float, ...] = ()  # rewards of the answers that were trained on in this step
    leaked: bool = False  # in spite of the reason


@dataclass(frozen=True, slots=True)
class EvalPoint:
    """One benchmark at one step, as `metrics.json` has it."""

    step: int
    benchmark: str  # name, with the protocol in brackets where that has a folder of its own
    result: EvalResult
    folder: Path
    variant: str = ""  # another use of the model than in the run: "re-saved", "template plain"


@dataclass(frozen=True)
class Metrics:
    """The series of `metrics.jsonl` by name. A step that was written twice (a resumed run) counts as the later line."""

    by_name: dict[str, Series]

    def series(self, name: str) -> Series:
        """Looks up a series, empty if it was never recorded."""
        return self.by_name[name] if name in self.by_name else Series(name, (), ())

    @property
    def last_training_step(self) -> int:
        """The last step that was trained, 0 for a run that has only evaluated its start."""
        return max((s.steps[-1] for name, s in self.by_name.items() if not name.startswith("eval/")), default=0)


@dataclass(frozen=True, slots=True)
class Environment:
    """The fields of `environment.json` that a report uses; empty where they were not recorded."""

    git_commit: str | None = None
    command: Annotated[tuple[str, ...], OR_NONE] = ()  # argv
    gpus: Annotated[tuple[str, ...], OR_NONE] = ()
    cpu_count: int | None = None
    packages: dict[str, str | None] | None = None  # name -> version

    @property
    def hardware(self) -> str:
        """The GPUs, else the number of cores."""
        cores = f"{self.cpu_count} CPU cores" if self.cpu_count else ""
        return ", ".join(f"{count} x {name}" for name, count in Counter(self.gpus).items()) or cores


@dataclass(frozen=True)
class Run:
    """One run folder, as read."""

    path: Path
    config: RunConfig
    metrics: Metrics
    ledger: tuple[LedgerRow, ...]
    evaluations: tuple[EvalPoint, ...]  # by step, then benchmark
    base_variants: tuple[EvalPoint, ...]  # the untouched model re-saved or under other templates
    environment: Environment
    rollout_steps: tuple[int, ...]  # steps with kept rollouts

    @property
    def done(self) -> int:
        """The last step that was trained."""
        return self.metrics.last_training_step

    @property
    def planned(self) -> int:
        """The last step of the configuration."""
        return last_step(self.config)


def is_run(folder: Path) -> bool:
    return (folder / "config.yaml").is_file()


def find_runs(paths: Sequence[str | Path]) -> list[Path]:
    """Finds run folders named directly or up to two levels below a named folder (runs/, runs/<experiment>/).

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
    """Finds one run folder. UserError naming the runs below where the folder holds several."""
    found = find_runs([path])
    if len(found) > 1:
        raise UserError(f"{path}: holds {len(found)} runs; name one: {', '.join(map(str, found[:6]))}")
    return found[0]


def _why_no_run(path: Path) -> str:
    if not path.exists():
        parent = next((p for p in path.parents if p.is_dir()), Path("."))
        beside = [str(p) for p in sorted(parent.iterdir()) if p.is_dir() and not p.name.startswith(".")]
        return f"no such folder{'; ' + nearest(str(path), beside) if beside else ''}"
    if path.is_file():
        return no_folder(path)
    above = next((p for p in path.resolve().parents if is_run(p)), None)
    hint = f"; the run is {above}" if above else "; a run folder is runs/<experiment>/<name>"
    return f"not a run folder (no config.yaml){hint}"


def read_config(run: Path) -> RunConfig:
    """Reads the resolved configuration. UserError if it is not one (another program's, or another version's)."""
    from yaml import YAMLError

    path = run / "config.yaml"
    try:
        return yaml_config(path.read_text(encoding="utf-8"), RunConfig)
    except (UserError, YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not a run's configuration: {str(error).splitlines()[0]}") from None


def read_metrics(run: Path) -> Metrics:
    """Reads all series of `metrics.jsonl`, without values that are not finite. UserError if it is missing or empty."""
    path = run / "metrics.jsonl"
    lines = read_lines(path, _metrics_line)
    if not lines:
        state = "is empty" if path.is_file() else "is missing"
        raise UserError(f"{run}: no metrics yet (metrics.jsonl {state}): the run has not finished a step")
    points: dict[str, dict[int, float]] = {}
    for step, values in lines:
        for name, value in values.items():
            points.setdefault(name, {})[step] = value
    ordered = {name: sorted(found.items()) for name, found in points.items()}
    return Metrics({name: Series(name, *map(tuple, zip(*found))) for name, found in ordered.items()})


@dataclass(frozen=True, slots=True)
class _Stepped:
    step: int


def _metrics_line(text: bytes) -> tuple[int, dict[str, float]]:
    """Reads a step and its finite values, whose names are not fixed; null and other values are left out."""
    row = loaded(text)
    values = checked(dict[str, float | None], row)
    finite = {name: value for name, value in values.items() if value is not None and math.isfinite(value)}
    return checked(_Stepped, row).step, {name: value for name, value in finite.items() if name != "step"}


def read_ledger(run: Path) -> tuple[LedgerRow, ...]:
    """Reads rows by step and group; the later row of a (step, group) that was written twice counts."""
    rows = {(row.step, row.group): row for row in read_lines(run / "ledger" / "ledger.jsonl", parser(LedgerRow))}
    return tuple(rows[key] for key in sorted(rows))


def read_tasks(run: Path, steps: Collection[int]) -> tuple[KeptTask, ...]:
    """Reads the proposals of some steps, in the order in which they were made; none where the run made no tasks."""
    path, read = run / "tasks.jsonl", parser(KeptTask)
    found = [task for task in each_record(path, read) if task.step in steps] if path.is_file() else []
    return tuple(found)


def rollout_files(run: Path) -> dict[int, Path]:
    """Finds the files of kept rollouts, by step."""
    return steps_in(run / "rollouts", ROLLOUTS)


def others(run: Path) -> list[str]:
    """Writes a line for each name in the run that looks like a step's and is none: it was not read."""
    evaluations = run / "eval"
    read = {path for path in evaluations.glob("step_*") if MODEL_FOLDER.fullmatch(path.name)}
    return [*strays(run / "checkpoints", steps_in(run / "checkpoints").values()),
            *strays(run / "rollouts", rollout_files(run).values()), *strays(evaluations, read)]  # fmt: skip


def read_rollouts(run: Path, step: int) -> tuple[KeptRollout, ...]:
    """Reads the kept rollouts of a step, by group and index. UserError with the nearest step if there are none."""
    return tuple(sorted(each_rollout(run, step), key=lambda r: (r.group, r.rollout.index)))


def each_rollout(run: Path, step: int) -> Iterator[KeptRollout]:
    """Reads the rollouts that `read_rollouts` returns one by one, in the order of the file."""
    files = rollout_files(run)
    if not files:
        raise UserError(f"{run}: no kept rollouts (trainer.keep_rollouts=none, or no step is finished)")
    if step not in files:
        near = min(files, key=lambda s: abs(s - step))
        raise UserError(f"{run}: no kept rollouts at step {step}; nearest: --step {near} (kept: {_spans(list(files))})")
    return each_record(files[step], KeptRollout.from_line)


def _spans(steps: list[int]) -> str:
    """Writes a regular list of steps as `20, 40, ..., 100`, the first few of another."""
    gaps = {b - a for a, b in itertools.pairwise(steps)}
    if len(steps) > 4 and len(gaps) == 1:
        return f"{steps[0]}, {steps[1]}, ..., {steps[-1]}"
    return ", ".join(map(str, steps[:8])) + (", ..." if len(steps) > 8 else "")


def read_evaluations(run: Path, own_template: str) -> tuple[EvalPoint, ...]:
    """Reads every `eval/[<protocol>/]<model>/<benchmark>/metrics.json`, by step, benchmark and variant.

    Results under the template that the run trained with are the run's, whatever their folder is called; of a set that
    was never answered under it, those under the template of most checkpoints. `base` is step 0. Of two results of the
    same answers the larger counts, and of equal ones the run's own validation.
    """
    paths = sorted([*(run / "eval").glob("*/*/metrics.json"), *(run / "eval").glob("*/*/*/metrics.json")])
    found = [point for path in paths if (point := _read_point(path))]
    points: dict[tuple[int, str, str], EvalPoint] = {}
    for point in sorted(found, key=lambda p: sum(samples for _, samples in p.result.per_problem.values())):
        home = _home_template([p for p in found if p.benchmark == point.benchmark], own_template)
        other = [] if _same_template(point, home) else [f"template {_template_name(point.result.template)}"]
        variant = ", ".join(filter(None, [point.variant, *other]))
        points[point.step, point.benchmark, variant] = replace(point, variant=variant)
    return tuple(points[key] for key in sorted(points))


def _read_point(path: Path) -> EvalPoint | None:
    """Reads one result, with `re-saved` as its variant where it is of that; None in a folder of another name."""
    match = MODEL_FOLDER.fullmatch(path.parent.parent.name)
    if match is None:
        return None
    protocol = path.parents[2].name if path.parents[3].name == "eval" else ""
    benchmark = f"{path.parent.name} ({protocol})" if protocol else path.parent.name
    variant = "re-saved" if match["resaved"] else ""
    return EvalPoint(int(match[1] or 0), benchmark, EvalResult.read(path), path.parent, variant)


def _home_template(points: Sequence[EvalPoint], own: str) -> str:
    """Finds the template under which a set's results are the run's own."""
    if not points or any(_same_template(point, own) for point in points):
        return own
    trained = [point.result.template for point in points if point.step > 0]
    return Counter(trained or [point.result.template for point in points]).most_common(1)[0][0]


def _same_template(point: EvalPoint, template: str) -> bool:
    return ALIASES.get(point.result.template, point.result.template) == ALIASES.get(template, template)


def _template_name(template: str) -> str:
    """Names a template by itself, but `own+/long/way/to/examples.jsonl` as `own+examples`."""
    name, plus, shots = template.partition("+")
    return name + plus + Path(shots).stem


def read_samples(point: EvalPoint) -> list[Rollout]:
    """Reads the stored samples of an evaluation; empty if they are gone."""
    return read_lines(point.folder / "samples.jsonl", sample_of)


def family_of(sample: Rollout) -> str:
    """Names the family of a problem: its category."""
    return sample.task.problem.category


def level_of(sample: Rollout) -> str:
    """Names category and level of a problem, "" where the level is no number. Example: `deduction 3`."""
    problem = sample.task.problem
    return f"{problem.category} {problem.level}" if problem.category and problem.level.isdigit() else ""


def read_families(point: EvalPoint, of: Callable[[Rollout], str] = family_of) -> dict[str, Verdicts]:
    """Reads verdicts by family from the stored samples; empty if the samples are gone.

    Judged by the grader of the point's headline number.
    """
    families: dict[str, Verdicts] = {}
    for sample in read_samples(point):
        grade, family, name = sample.grades.get(point.result.grader), of(sample), sample.task.problem.id
        if not family or grade is None:
            continue  # no family, or stored but not graded yet
        verdicts = families.setdefault(family, {})
        right, samples = verdicts.get(name, (0, 0))
        verdicts[name] = (right + (grade.correct is True), samples + 1)
    return dict(sorted(families.items()))


def read_environment(run: Path) -> Environment:
    """Reads `environment.json`, empty where the file is missing or damaged: a report does not depend on it."""
    try:
        return read_file(run / "environment.json", parser(Environment), "an environment", "")
    except UserError:
        return Environment()


def read_run(path: Path) -> Run:
    """Reads everything but the text of rollouts and responses."""
    metrics = read_metrics(path)
    config = read_config(path)
    points = read_evaluations(path, config.model.template)
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
