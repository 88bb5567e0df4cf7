"""Runs side by side: their arms, the seeds of one arm, and what each arm gained over the base of its model."""

import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Callable, Mapping, Sequence

from oneshot_rlvr.config.names import UNTRUE_REWARDS
from oneshot_rlvr.config.schedule import set_name, validation_grader
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.evaluation.comparison import Measurement, add_verdicts, measurement, paired, pool_seeds
from oneshot_rlvr.evaluation.records import EvalResult
from oneshot_rlvr.evaluation.scores import PairedTest, Verdicts, average_at_k, wilson
from oneshot_rlvr.report.curves import Band, band
from oneshot_rlvr.report.run_files import EvalPoint, Run, Series, family_of, read_families
from oneshot_rlvr.types import Rollout

# Kinds of arms and their names, in the order of the rows of every table.
KINDS = {
    "base": "base",
    "format": "format-reward control",
    "entropy": "entropy-only control",
    "no_reward": "no-reward control",  # nothing but weight decay and KL moves the model
    "spurious": "spurious-reward control",
    "label": "changed-label control",
    "noise": "noisy-grader control",
    "one_shot": "one-shot",
    "few_shot": "few-shot",
    "full": "full set",
    "self_play": "self-play",
}
OUTCOME_KINDS = ("one_shot", "few_shot", "full", "self_play")  # arms trained on right answers, which a report is about
FEW = 32  # distinct examples up to which a set is not called full
# Settings that do not make two runs different experiments.
SEED_KEYS = {
    "trainer": ("seed", "name", "output_dir", "resume", "progress_seconds", "keep_rollouts", "grad_terms_every",
                "eval_first"),
    "data": ("seed",),
}
TWIN = "_sampled"  # `<set>_sampled` is `<set>` answered at the temperature of training
HOW_COMPUTED = ("gradient_checkpointing", "compile")  # settings of the model that no evaluation depends on
UNCOMPARED = ("logger", "runtime", "checkpoint", "description", "reproduces", "published")


@dataclass(frozen=True)
class Arm:
    """The runs of one experiment that differ in seed only."""

    kind: str  # a key of KINDS
    label: str  # name, unique among the arms of a report
    runs: tuple[Run, ...]  # in the order of their seeds

    @property
    def config(self) -> RunConfig:
        return self.runs[0].config

    def band(self, name: str) -> Band:
        return band([run.metrics.series(name) for run in self.runs])


@dataclass(frozen=True)
class Peers:
    """Arms of one model, template and evaluation: those that can be compared, with one base."""

    key: str  # the eval_key that they share
    base: str  # label of their base: "base", or "base MODEL" in a report over several models
    arms: tuple[Arm, ...]

    @property
    def runs(self) -> tuple[Run, ...]:
        return tuple(run for arm in self.arms for run in arm.runs)

    def base_on(self, benchmark: str) -> Measurement | None:
        """Finds the evaluation of their base that the first of the runs with one has."""
        return next((found for run in self.runs if (found := base_of(run, benchmark))), None)


@dataclass(frozen=True, slots=True)
class Copy:
    """A run left out of a report: settings and seeds are those of `like`."""

    path: Path
    like: Path


@dataclass(frozen=True)
class ResultRow:
    """A line of the result table. Several seeds: the measurement is their mean, its interval over problems."""

    kind: str
    label: str
    measured: Measurement
    key: str  # the arm's eval_key: rows with another are of another model or evaluation
    seeds: tuple[int, ...] = ()
    seed_range: tuple[float, float] | None = None  # lowest and highest of several seeds
    versus_base: PairedTest | None = None
    gain: float | None = None  # accuracy less the base's; also where no paired test can be made
    best: Measurement | None = None  # highest over the steps, optimistic as it is chosen on the benchmark itself
    published: float | None = None  # published accuracy, 0..1
    sampled: Measurement | None = None  # the same model on the sampled twin of the set


def count_examples(run: Run) -> int:
    """Counts distinct training examples: those the ledger has seen, else those the configuration names."""
    if run.ledger:
        return len({row.example for row in run.ledger})
    return len(run.config.data.examples) or (1 if run.config.data.problem else FEW + 1)


def kind_of(run: Run) -> str:
    """Names the kind of arm that a run is, from its reward, loss, labels and number of examples."""
    config = run.config
    if config.algorithm.policy_coef == 0:  # nothing learns from the reward, whatever it is
        return "entropy" if config.algorithm.entropy_coef != 0 else "no_reward"
    if config.selfplay.enabled:
        return "format" if config.selfplay.wrong_reward == 1 else "self_play"  # 1: what a right answer earns
    if config.reward.name == "format":
        return "format"
    if config.reward.name in UNTRUE_REWARDS:
        return "spurious"
    if config.data.label is not None or config.data.label_noise > 0:
        return "label"
    if config.reward.false_positive or config.reward.false_negative:
        return "noise"
    examples = count_examples(run)
    return "one_shot" if examples == 1 else "few_shot" if examples <= FEW else "full"


def _signature(config: RunConfig) -> str:
    """Writes the settings in which seeds of one experiment are equal."""
    plain = {key: value for key, value in asdict(config).items() if key not in UNCOMPARED}
    for group, keys in SEED_KEYS.items():
        plain[group] = {key: value for key, value in plain[group].items() if key not in keys}
    return json.dumps(plain, sort_keys=True)


def distinct(runs: Sequence[Run]) -> tuple[tuple[Run, ...], tuple[Copy, ...]]:
    """Keeps runs of different settings or seeds; -> them and those left out. The first of equal ones by path stays.

    A copy of a folder would count as one more seed: intervals would shrink without a new answer.
    """
    first: dict[tuple[str, int, int], Run] = {}
    for run in sorted(runs, key=lambda r: r.path):
        first.setdefault(_identity(run.config), run)
    kept = tuple(run for run in runs if first[_identity(run.config)] is run)
    copies = (Copy(run.path, first[_identity(run.config)].path) for run in runs if run not in kept)
    return kept, tuple(copies)


def _identity(config: RunConfig) -> tuple[str, int, int]:
    return _signature(config), config.trainer.seed, config.data.seed


def copies_words(copies: Sequence[Copy]) -> str | None:
    """Names the folders that are left out, in one line."""
    named = "; ".join(f"{copy.path} is {copy.like} again" for copy in copies)
    return f"Left out: {named} (same settings and seeds)." if named else None


def make_arms(runs: Sequence[Run]) -> tuple[Arm, ...]:
    """Groups different runs into arms, in the order of KINDS; equal labels get the experiment's or folder's name."""
    grouped: dict[str, list[Run]] = {}
    for run in distinct(runs)[0]:
        grouped.setdefault(_signature(run.config), []).append(run)
    groups = [tuple(sorted(members, key=lambda r: r.config.trainer.seed)) for members in grouped.values()]
    groups.sort(key=lambda g: list(KINDS).index(kind_of(g[0])))
    labels = _told_apart([_label(group[0]) for group in groups], [group[0] for group in groups])
    return tuple(Arm(kind_of(group[0]), label, group) for label, group in zip(labels, groups))


def _told_apart(labels: list[str], runs: Sequence[Run]) -> list[str]:
    """Adds the experiment's name to equal labels, and where that is the same, the folder's."""
    for distinguish in (lambda run: run.config.experiment, lambda run: re.sub(r",seed\d+$", "", run.path.name)):
        labels = [
            f"{label} ({distinguish(run)})" if labels.count(label) > 1 else label for label, run in zip(labels, runs)
        ]
    return labels


def peers(arms: Sequence[Arm]) -> tuple[Peers, ...]:
    """Groups arms by model and evaluation; the labels are the same for every benchmark."""
    grouped: dict[str, list[Arm]] = {}
    for arm in arms:
        grouped.setdefault(eval_key(arm.config), []).append(arm)
    paths = [f"base {group[0].config.model.path}" for group in grouped.values()]
    several = _told_apart(paths, [group[0].runs[0] for group in grouped.values()])
    labels = several if len(grouped) > 1 else ["base"]
    return tuple(Peers(key, label, tuple(group)) for (key, group), label in zip(grouped.items(), labels))


def same_on(group: Peers, arm: Arm) -> Arm | None:
    """Finds the arm of another model whose other settings are those of `arm`."""

    def rest(config: RunConfig) -> str:
        return _signature(replace(config, model=arm.config.model, experiment=arm.config.experiment))

    return next((other for other in group.arms if rest(other.config) == rest(arm.config)), None)


def peers_of(arms: Sequence[Arm], arm: Arm) -> Peers:
    """Finds the arms that this one can be compared with, itself among them."""
    return next(group for group in peers(arms) if group.key == eval_key(arm.config))


def main_arm(arms: Sequence[Arm]) -> Arm | None:
    """Finds the arm that a report is about: the first one trained on right answers."""
    return next((arm for arm in arms if arm.kind in OUTCOME_KINDS), None)


def _label(run: Run) -> str:
    kind, config = kind_of(run), run.config
    if kind == "few_shot":
        return f"{count_examples(run)}-shot"
    if kind == "spurious":
        return f"{config.reward.name}-reward control"
    if kind == "label":
        changed = config.data.label
        return f"label {changed}" if changed is not None else f"label noise {config.data.label_noise:.0%}"
    if kind == "noise":
        return f"grader with {noise_words(config)}"
    return KINDS[kind]


def noise_words(config: RunConfig) -> str:
    """Names the error rates of a run's grader. Example: `10% false positives, 0% false negatives`."""
    reward = config.reward
    return f"{reward.false_positive:.0%} false positives, {reward.false_negative:.0%} false negatives"


def benchmarks(runs: Sequence[Run]) -> tuple[str, ...]:
    """Names all held-out sets: first those that the runs validated on, then by the number of steps evaluated. A sampled
    twin goes with its set."""
    steps, validated = _evaluated_steps(runs), [validation_set(run.config) for run in runs]
    sets = [name for name in steps if name.removesuffix(TWIN) == name or name.removesuffix(TWIN) not in steps]
    return tuple(sorted(sets, key=lambda name: (-validated.count(name), -len(steps[name]), name)))


def validation_set(config: RunConfig) -> str:
    """Names the folder of the validation set below eval/; "" without one."""
    return set_name(config.data.validation) if config.data.validation else ""


def twin_of(runs: Sequence[Run], benchmark: str) -> str | None:
    """Names the set's sampled twin, where some run evaluated one."""
    return benchmark + TWIN if benchmark + TWIN in _evaluated_steps(runs) else None


def how_sampled(runs: Sequence[Run], benchmark: str) -> str:
    """Says `greedy` or `temperature 0.6`, with the samples per problem where they are several; runs may differ."""
    twin = twin_of(runs, benchmark.removesuffix(TWIN)) == benchmark
    asked = [run for run in runs if benchmark in _evaluated_steps([run])] or runs[:1]
    return " or ".join(dict.fromkeys(_how_sampled(run, benchmark, twin) for run in asked))


def _how_sampled(run: Run, benchmark: str, twin: bool) -> str:
    result = next((p.result for p in run.evaluations if p.benchmark == benchmark), None)
    config = run.config
    logged = (config.eval.temperature, config.eval.samples)
    if twin:
        logged = (config.rollout.temperature, config.eval.sampled)
    temperature, samples = (result.temperature, result.samples) if result else logged
    words = f"temperature {temperature:g}" if temperature else "greedy"
    return words + (f", {samples} samples each" if samples > 1 else "")


def _evaluated_steps(runs: Sequence[Run]) -> dict[str, set[tuple[Path, int]]]:
    steps: dict[str, set[tuple[Path, int]]] = {}
    for run in runs:
        for point in run.evaluations:
            steps.setdefault(point.benchmark, set()).add((run.path, point.step))
        for name, series in run.metrics.by_name.items():
            parts = name.split("/")
            if len(parts) == 3 and parts[0] == "eval" and parts[2] == "accuracy":
                steps.setdefault(parts[1], set()).update((run.path, step) for step in series.steps)
    return steps


def measurements(run: Run, benchmark: str) -> tuple[Measurement, ...]:
    """Lists the benchmark's results by step: from `eval/`, and from `metrics.jsonl` for steps that are not there."""
    found = {p.step: measurement(p.step, p.result) for p in run.evaluations if p.benchmark == benchmark}
    logged = run.metrics.series(f"eval/{benchmark}/accuracy")
    boxed = run.metrics.series(f"eval/{benchmark}/boxed_share")
    for step, accuracy in zip(logged.steps, logged.values):
        found.setdefault(step, Measurement(step, accuracy, boxed_share=boxed.at(step)))
    return tuple(found[step] for step in sorted(found))


def held_out_series(run: Run, benchmark: str, name: str = "accuracy") -> Series:
    """Takes `accuracy`, `boxed_share` or `accuracy_given_boxed` of a benchmark over steps."""
    points = [(m.step, value) for m in measurements(run, benchmark) if (value := getattr(m, name)) is not None]
    return Series(f"eval/{benchmark}/{name}", *map(tuple, zip(*points))) if points else Series(name, (), ())


def final(run: Run, benchmark: str) -> Measurement | None:
    """Finds the last evaluation after training began: the result is chosen by step, never by the benchmark."""
    return next((m for m in reversed(measurements(run, benchmark)) if m.step > 0), None)


def ends(arm: Arm, benchmark: str) -> list[Measurement]:
    """Lists the last evaluations of an arm's runs, as far as they have one."""
    return [m for run in arm.runs if (m := final(run, benchmark)) is not None]


def base_of(run: Run, benchmark: str) -> Measurement | None:
    """Finds the evaluation of the untouched model."""
    return next((m for m in measurements(run, benchmark) if m.step == 0), None)


def share_bases(runs: Sequence[Run]) -> list[Run]:
    """Gives each run the evaluations of the untouched model that only others of the same model, template and evaluation
    have, for the sets that it was evaluated on later: seeds and controls rarely evaluate it again."""
    known: dict[str, dict[str, EvalPoint]] = {}
    for run in runs:
        for point in run.evaluations:
            if point.step == 0:
                known.setdefault(eval_key(run.config), {}).setdefault(point.benchmark, point)
    return [_with_base(run, known.get(eval_key(run.config), {})) for run in runs]


def _with_base(run: Run, known: Mapping[str, EvalPoint]) -> Run:
    lacking = [name for name in benchmarks([run]) if name in known and base_of(run, name) is None]
    return replace(run, evaluations=(*(known[name] for name in lacking), *run.evaluations)) if lacking else run


def eval_key(config: RunConfig) -> str:
    """Writes the settings in which comparable runs are equal: those of the model and of the evaluation."""
    model = {key: value for key, value in asdict(config.model).items() if key not in HOW_COMPUTED}
    return json.dumps([model, asdict(config.eval) | {"grader": validation_grader(config)}], sort_keys=True)


def result_rows(arms: Sequence[Arm], benchmark: str) -> tuple[ResultRow, ...]:
    """Makes a row for the base of each model, then for the arms; arms without an evaluation are left out."""
    rows: list[ResultRow] = []
    groups = {group.key: group for group in peers(arms)}
    for group in groups.values():
        rows += _base_rows(group, benchmark)
    return (*rows, *(row for arm in arms if (row := _arm_row(groups[eval_key(arm.config)], arm, benchmark))))


def _base_rows(group: Peers, benchmark: str) -> list[ResultRow]:
    """Makes the rows of the untouched model and of its other uses."""
    base = group.base_on(benchmark)
    if base is None:
        return []
    twin = group.base_on(benchmark + TWIN)
    rows = [ResultRow("base", group.base, base, group.key, sampled=twin)]
    for name, point in variants(group.runs, benchmark).items():
        measured = measurement(point.step, point.result)
        test, gain = paired(base, measured), measured.accuracy - base.accuracy
        rows.append(ResultRow("base", f"{group.base}, {name}", measured, group.key, versus_base=test, gain=gain))
    return rows


def unlike_sets(rows: Sequence[ResultRow]) -> str | None:
    """Warns where rows count different numbers of problems, or were answered or graded differently."""
    sizes = sorted({len(row.measured.verdicts) for row in rows if row.measured.verdicts})
    graders = sorted({row.measured.grader for row in rows if row.measured.grader})
    ways = sorted({f"{row.measured.temperature:g}" for row in rows if row.measured.grader})
    said = []
    if len(ways) > 1:
        said.append(f"Rows answered at temperature {' and '.join(ways)}: their differences are also those of the "
                    "temperatures.")  # fmt: skip
    if len(sizes) > 1:
        said.append(f"Rows of {sizes[0]} to {sizes[-1]} problems: their differences are not of one set. `rlvr eval` "
                    "without --limit makes them whole.")  # fmt: skip
    if len(graders) > 1:
        said.append(f"Rows graded by {' and '.join(graders)}: their differences are also those of the graders. "
                    "`rlvr eval` with one --grader for all makes them alike.")  # fmt: skip
    precisions = dict.fromkeys(row.measured.precision for row in rows if row.measured.precision)
    if len(precisions) > 1:
        said.append(f"Rows of different precision ({'; '.join(precisions)}): rounding alone changes some answers. "
                    "`rlvr eval` gives all rows one precision, checkpoint.dtype=auto (the default) that of the "
                    "training.")  # fmt: skip
    return " ".join(said) or None


def variants(runs: Sequence[Run], benchmark: str) -> dict[str, EvalPoint]:
    """Finds the other uses of the untouched model, by name, each from the first run that has it."""
    found: dict[str, EvalPoint] = {}
    for point in (p for run in runs for p in run.base_variants if p.benchmark == benchmark):
        found.setdefault(point.variant, point)
    return found


def _arm_row(group: Peers, arm: Arm, benchmark: str) -> ResultRow | None:
    done = [(run, m) for run in arm.runs if (m := final(run, benchmark)) is not None]
    if not done:
        return None
    measured = pool_seeds([m for _, m in done])
    base = base_of(arm.runs[0], benchmark)
    values = [m.accuracy for _, m in done]
    percent = arm.config.published[benchmark] if benchmark in arm.config.published else None
    sampled = [m for run, _ in done if (m := final(run, benchmark + TWIN)) is not None]
    best = max((m for run, _ in done for m in measurements(run, benchmark) if m.step > 0), key=lambda m: m.accuracy)
    return ResultRow(
        kind=arm.kind,
        label=arm.label,
        seeds=tuple(run.config.trainer.seed for run, _ in done),
        measured=measured,
        seed_range=(min(values), max(values)) if len(values) > 1 else None,
        versus_base=paired(base, measured),
        gain=measured.accuracy - base.accuracy if base else None,
        best=best,
        published=percent / 100 if percent is not None else None,
        sampled=pool_seeds(sampled) if len(sampled) == len(done) else None,
        key=group.key,
    )


def family_cells(
    runs: Sequence[Run], benchmark: str, first: bool, of: Callable[[Rollout], str] = family_of
) -> dict[str, Measurement]:
    """Measures accuracy by family of an arm's runs at step 0 (`first`) or at their last evaluation, seeds added up."""
    parts: list[dict[str, Verdicts]] = []
    step = 0
    for run in runs:
        measured = base_of(run, benchmark) if first else final(run, benchmark)
        step = measured.step if measured else -1
        point = next((p for p in run.evaluations if (p.step, p.benchmark) == (step, benchmark)), None)
        if not point or not (families := read_families(point, of)):
            return _logged_families(runs, benchmark, first) if of is family_of else {}
        parts.append(families)
    cells = {}
    for family in sorted(set.intersection(*map(set, parts))):
        if verdicts := add_verdicts([part[family] for part in parts]):
            correct, samples = zip(*verdicts.values())
            accuracy = average_at_k(correct, samples)
            # Not the bootstrap: with 40 problems all right it would give an interval of no width.
            cells[family] = Measurement(step, accuracy, wilson(accuracy * len(verdicts), len(verdicts)))
    return cells


def base_families(
    arms: Sequence[Arm], benchmark: str, of: Callable[[Rollout], str] = family_of
) -> dict[str, dict[str, Measurement]]:
    """Measures accuracy by family of every base, by its label, from the first arm of its model that evaluated it."""
    found = {}
    for group in peers(arms):
        some = [arm.runs for arm in group.arms] + [(run,) for run in group.runs]  # one run may have it for all seeds
        cells = (family_cells(runs, benchmark, True, of) for runs in some)
        if first := next(filter(None, cells), None):
            found[group.base] = first
    return found


def stored_results(arms: Sequence[Arm], benchmark: str) -> dict[str, list[EvalResult]]:
    """Finds stored evaluations by label: the first of the base of each model, then the last of every run of each arm;
    labels without any are left out."""
    found = {group.base: [result for run in group.runs for result in _stored(run, benchmark, 0)][:1]
             for group in peers(arms)}  # fmt: skip
    for arm in arms:
        ends = [(run, last.step) for run in arm.runs if (last := final(run, benchmark))]
        found[arm.label] = [result for run, step in ends for result in _stored(run, benchmark, step)]
    return {label: results for label, results in found.items() if results}


def _stored(run: Run, benchmark: str, step: int) -> list[EvalResult]:
    return [point.result for point in run.evaluations if (point.step, point.benchmark) == (step, benchmark)]


def average_passes(results: Sequence[EvalResult]) -> dict[int, float]:
    """Average unbiased pass@k over seeds, for every k that all have."""
    ks = sorted(set.intersection(*(set(result.pass_at_k) for result in results)))
    return {k: sum(result.pass_at_k[k] for result in results) / len(results) for k in ks}


def _logged_families(runs: Sequence[Run], benchmark: str, first: bool) -> dict[str, Measurement]:
    """Takes the same from `metrics.jsonl`: no counts there, so no intervals."""
    cells = {}
    for family in families_of(runs, benchmark):
        curves = [run.metrics.series(f"eval/{benchmark}/accuracy/{family}") for run in runs]
        if all(curves) and all(curve.steps[0] == 0 if first else curve.steps[-1] > 0 for curve in curves):
            values = [curve.values[0 if first else -1] for curve in curves]
            cells[family] = Measurement(curves[0].steps[0 if first else -1], sum(values) / len(values))
    return cells


def families_of(runs: Sequence[Run], benchmark: str) -> tuple[str, ...]:
    """Lists the families (categories) of a benchmark, by name."""
    prefix = f"eval/{benchmark}/accuracy/"
    logged = {name.removeprefix(prefix) for run in runs for name in run.metrics.by_name if name.startswith(prefix)}
    stored = {c for run in runs for p in run.evaluations if p.benchmark == benchmark for c in p.result.categories}
    return tuple(sorted(logged | stored))


def family_series(run: Run, benchmark: str, family: str) -> Series:
    """Takes a family's accuracy over steps, from `eval/` and, for steps that are not there, from `metrics.jsonl`."""
    logged = run.metrics.series(f"eval/{benchmark}/accuracy/{family}")
    points = dict(zip(logged.steps, logged.values))
    for point in run.evaluations:
        if point.benchmark == benchmark and family in point.result.categories:
            points[point.step] = point.result.categories[family]
    ordered = sorted(points.items())
    return Series(logged.name, *map(tuple, zip(*ordered))) if ordered else logged
