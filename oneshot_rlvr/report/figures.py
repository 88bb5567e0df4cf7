"""The figures of a report over training steps and families. Each comes as PNG for light and dark pages and as CSV.

A figure shows one thing for all arms; several seeds are drawn as their mean and the range between lowest and highest.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from typing import NamedTuple

from oneshot_rlvr.evaluation.comparison import Measurement
from oneshot_rlvr.report import compare, curves, draw, theme
from oneshot_rlvr.report.compare import Arm
from oneshot_rlvr.report.curves import Band
from oneshot_rlvr.report.draw import Axis, Dots, Drawing, Line, Panel, Panels, Rows
from oneshot_rlvr.report.run_files import Run, Series, level_of
from oneshot_rlvr.report.theme import Look

MAX_FAMILIES = 12  # panels of the family figure
MARKER_LIMIT = 40  # points on a curve above which markers would touch


@dataclass(frozen=True)
class Figure:
    """A finished figure. `alt` says in words what it shows, for those who do not see it."""

    name: str  # file name without ending
    title: str
    caption: str
    alt: str
    light: bytes  # PNG for light pages
    dark: bytes  # PNG for dark pages
    table: str  # the numbers, as CSV


def make_figure(
    name: str,
    title: str,
    caption: str,
    alt: str,
    drawing: Drawing,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
) -> Figure:
    """Draws a figure and writes its numbers."""
    light, dark = draw.render(drawing)
    return Figure(name, title, caption, alt, light, dark, write_csv(header, rows))


def write_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Writes rows as CSV text; numbers keep seven significant digits."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([f"{cell:.7g}" if isinstance(cell, float) else cell for cell in row] for row in rows)
    return stream.getvalue()


class Part(NamedTuple):
    """A curve of one run."""

    arm: Arm
    seed: int
    series: Series


@dataclass(frozen=True)
class Study:
    """The runs of a report and what its figures are about."""

    arms: tuple[Arm, ...]
    benchmark: str | None  # the held-out set of the figures; None: nothing was evaluated
    twin: str | None  # the same set, sampled
    family: str  # family of the training example; "" if unknown or several
    threshold: float  # training accuracy from which on training is saturated

    @property
    def runs(self) -> tuple[Run, ...]:
        return tuple(run for arm in self.arms for run in arm.runs)

    @property
    def last_step(self) -> int:
        return max(run.done for run in self.runs)

    @property
    def looks(self) -> dict[str, Look]:
        return theme.arm_looks(self.arms)

    def saturation(self, arm: Arm) -> list[int]:
        """Finds the saturation step of each seed that has one."""
        found = (curves.saturation_step(r.metrics.series("train/accuracy"), self.threshold) for r in arm.runs)
        return [step for step in found if step is not None]

    def each_run(self, read: Callable[[Run], Series]) -> list[Part]:
        """Reads a curve of every run."""
        return [Part(arm, run.config.trainer.seed, read(run)) for arm in self.arms for run in arm.runs]

    def bands(self, parts: Sequence[Part]) -> list[tuple[Arm, Band]]:
        """Joins the seeds of every arm that has a curve."""
        found = [(arm, curves.band([part.series for part in parts if part.arm is arm])) for arm in self.arms]
        return [(arm, curve) for arm, curve in found if curve.steps]

    def line(self, arm: Arm, curve: Band) -> Line:
        """Describes an arm's curve: the mean of its seeds as a line, their range as a band."""
        look = self.looks[arm.label]
        marker = look.marker if len(curve.steps) <= MARKER_LIMIT else ""
        band = (curve.steps, curve.low, curve.high) if curve.seeds > 1 else None
        return Line(curve.steps, curve.mean, look.hue, arm.label, look.dash, marker, band=band)

    def single(self, lines: Sequence[Line], axis: Axis, level: float | None = None) -> Panels:
        """Describes a figure of one panel over the study's steps."""
        return Panels([Panel(lines, axis, level=level)], self.last_step)


def points_of(parts: Iterable[Part]) -> Iterable[tuple[object, ...]]:
    """Lists arm, seed, step and value of every point, as rows of a CSV."""
    return ((arm.label, seed, *point) for arm, seed, series in parts for point in zip(series.steps, series.values))


def seeds_note(arms: Iterable[Arm]) -> str:
    """Explains the bands of arms with several seeds."""
    several = [f"{arm.label} ({len(arm.runs)})" for arm in arms if len(arm.runs) > 1]
    return f" Bands: lowest and highest seed of {', '.join(several)}." if several else ""


def end_words(bands: Sequence[tuple[Arm, Band]], unit: str = " %", scale: float = 100.0) -> str:
    """Says where each curve begins and ends, for the alternative text. Example: `one-shot 28.3 to 82.1 %; ...`."""
    return "; ".join(f"{arm.label} {b.mean[0] * scale:.3g} to {b.mean[-1] * scale:.3g}{unit}" for arm, b in bands)


def panel_title(arm: Arm) -> str:
    """Names an arm of which only the first seed is drawn."""
    return arm.label + (f", seed {arm.runs[0].config.trainer.seed}" if len(arm.runs) > 1 else "")


# Training


def train_accuracy(study: Study) -> Figure | None:
    """Draws every step thinly and the mean over the last steps, which saturates where it crosses the threshold."""
    parts = study.each_run(lambda run: run.metrics.series("train/accuracy"))
    if not any(part.series for part in parts):
        return None
    window = curves.SATURATION_WINDOW
    smooth = study.bands([part._replace(series=curves.trailing_mean(part.series)) for part in parts])
    thin = [
        Line(p.series.steps, p.series.values, study.looks[p.arm.label].hue, width=0.6, alpha=0.35)
        for p in parts
    ]
    thick = [replace(study.line(arm, curve), marker="", band=None) for arm, curve in smooth]
    return make_figure(
        "train_accuracy",
        "Accuracy on the training examples",
        f"Share of right rollouts at the sampling temperature. Thin: each step. Thick: mean over the last {window} "
        f"steps. Dashed line: {100 * study.threshold:g} %, where training counts as saturated.",
        "Training accuracy by step: " + end_words(smooth),
        study.single([*thin, *thick], Axis("training accuracy"), study.threshold),
        ("arm", "seed", "step", "train_accuracy"),
        points_of(parts),
    )


@dataclass(frozen=True, slots=True)
class Trace:
    """A training metric that is drawn as it is."""

    metric: str
    file: str
    title: str
    axis: str  # label of the y axis, with unit
    caption: str
    percent: bool = False


TRACES = (
    Trace("policy/entropy", "entropy", "Entropy of the policy", "entropy (nats per token)",
          "Mean over the tokens trained on, at the sampling temperature. Near 0: every rollout is the same."),
    Trace("response/length_mean", "length", "Length of the training responses", "response length (tokens)",
          "Mean over the rollouts of a step."),
    Trace("response/boxed_share", "train_boxed", "Training responses with a box", "responses with a box",
          "Share of rollouts with a complete \\boxed{}: all that a format reward asks for.", percent=True),
    Trace("vote/label_accuracy", "vote", "Votes for right answers", "groups whose commonest answer is right",
          "Of the training responses. Without labels it says where the reward points; with them, what voting gives.",
          percent=True),
    Trace("policy/kl", "kl", "Distance from the initial model", "KL to initial model (nats per token)",
          "Mean of the estimate over the tokens trained on."),
    Trace("policy/grad_norm", "grad_norm", "Gradient norm", "gradient norm",
          "Before clipping. Where every advantage is 0 only the entropy and KL terms are left."),
)  # fmt: skip


# First words of the metrics in docs/metrics.md. Any other begins the name of a metric of one's own.
KNOWN_WORDS = ("choice", "critic", "eval", "executor", "grader", "group", "memory", "mismatch", "policy", "prefix",
               "response", "reward", "sampling", "selfplay", "speed", "time", "tokens", "train", "vote")  # fmt: skip


def own_traces(study: Study) -> list[Trace]:
    """Lists the metrics that loss terms bring under a first word of their own ("brevity/unlikely")."""
    names = {name for run in study.runs for name in run.metrics.by_name if name.partition("/")[0] not in KNOWN_WORDS}
    return [Trace(name, "own_" + re.sub(r"[^A-Za-z0-9]+", "_", name), name, name.replace("$", r"\$"),
                  "Mean over the tokens trained on.") for name in sorted(names)]  # fmt: skip


def trace(study: Study, what: Trace) -> Figure | None:
    """Draws one training metric over steps, all arms."""
    parts = study.each_run(lambda run: run.metrics.series(what.metric))
    bands = study.bands(parts)
    if not bands or (what.percent and not any(value for _, curve in bands for value in curve.high)):
        return None  # of a share that is always 0 there is nothing to see
    axis = Axis(what.axis)
    if not what.percent:
        floor = all(value >= 0 for _, curve in bands for value in curve.low)
        axis = Axis(what.axis, percent=False, limits=(0, None) if floor else None)
    return make_figure(
        what.file,
        what.title,
        what.caption + seeds_note(study.arms),
        f"{what.title} by step: {end_words(bands) if what.percent else end_words(bands, '', 1.0)}",
        study.single([study.line(arm, curve) for arm, curve in bands], axis),
        ("arm", "seed", "step", what.metric.replace("/", "_")),
        points_of(parts),
    )


# Held-out sets


def held_out_accuracy(study: Study) -> Figure | None:
    """Draws accuracy on the held-out set over steps, with the steps at which training accuracy saturates."""
    title, benchmark = "Held-out accuracy", study.benchmark
    parts = study.each_run(partial(compare.held_out_series, benchmark=benchmark)) if benchmark else []
    bands = study.bands(parts)
    if not bands:
        return None
    lines = [_with_saturation(study, arm, study.line(arm, curve)) for arm, curve in bands]
    note = " Dotted: where training accuracy saturates (seeds: mean)." if any(line.upright for line in lines) else ""
    note += " Single runs: 95 % interval." if any(len(arm.runs) == 1 for arm, _ in bands) else ""
    return make_figure(
        "held_out_accuracy",
        title,
        f"Share of right answers on {benchmark}." + note + seeds_note(arm for arm, _ in bands),
        f"{title} on {benchmark} by step: " + end_words(bands),
        study.single(lines, Axis(title.lower())),
        ("arm", "seed", "step", "accuracy"),
        points_of(parts),
    )


def sampled_tokens(run: Run) -> dict[int, int]:
    """Response tokens that a run had sampled after each step, those that dynamic sampling dropped included."""
    series = run.metrics.series("tokens/sampled")
    series = series if series.steps else run.metrics.series("tokens/response")  # of runs before there was dropping
    return dict(zip((0, *series.steps), accumulate((0, *map(int, series.values)))))


def accuracy_by_tokens(study: Study) -> Figure | None:
    """Draws accuracy on the held-out set over the tokens sampled in training, each seed as a line of its own."""
    if study.benchmark is None:
        return None
    parts, lines, drawn = [], [], set()
    for arm in study.arms:
        for run in arm.runs:
            tokens, series = sampled_tokens(run), compare.held_out_series(run, benchmark=study.benchmark)
            points = [(step, tokens[step], y) for step, y in zip(series.steps, series.values) if step in tokens]
            if len(points) < 2:
                continue
            parts += [(arm.label, run.config.trainer.seed, *point) for point in points]
            look, label = study.looks[arm.label], "" if arm.label in drawn else arm.label
            drawn.add(arm.label)
            x, y = [point[1] for point in points], [point[2] for point in points]
            lines.append(Line(x, y, look.hue, label, look.dash, look.marker))
    if not lines:
        return None
    most = max(line.x[-1] for line in lines)
    dropped = {arm.label: share for arm in study.arms if (share := dropped_share(arm.runs))}
    note = "".join(f" {label} dropped {share:.0%} of what it sampled." for label, share in dropped.items())
    title = "Held-out accuracy by sampled tokens"
    return make_figure(
        "accuracy_by_tokens",
        title,
        f"Share of right answers on {study.benchmark}, by the response tokens sampled in training until then, one line "
        f"for each seed.{note}",
        f"{title} on {study.benchmark}: " + "; ".join(
            f"{label}, seed {seed}: {100 * value:.3g} % after {tokens:,} tokens"
            for (label, seed), (tokens, value) in {(row[0], row[1]): (row[3], row[4]) for row in parts}.items()
        ),
        Panels([Panel(lines, Axis("held-out accuracy"))], int(most), x_label="sampled tokens"),
        ("arm", "seed", "step", "sampled_tokens", "accuracy"),
        parts,
    )


def dropped_share(runs: Sequence[Run]) -> float:
    """Share of the sampled response tokens that were never trained on, 0 where nothing was dropped."""
    dropped = sum(sum(run.metrics.series("sampling/dropped_tokens").values) for run in runs)
    return dropped / sum(sum(run.metrics.series("tokens/sampled").values) for run in runs) if dropped else 0.0


def _with_saturation(study: Study, arm: Arm, line: Line) -> Line:
    """Adds the interval of a single run, and for outcome rewards the step at which training accuracy saturates."""
    if len(arm.runs) == 1 and study.benchmark:
        known = [(m.step, *m.interval) for m in compare.measurements(arm.runs[0], study.benchmark) if m.interval]
        if known:
            line = replace(line, band=tuple(zip(*known)), band_alpha=0.12)
    steps = study.saturation(arm) if arm.kind in compare.OUTCOME_KINDS else []
    return replace(line, upright=sum(steps) / len(steps)) if steps else line


def held_out_share(study: Study, name: str, file: str, title: str, caption: str) -> Figure | None:
    """Draws `boxed_share` or `accuracy_given_boxed` over steps; a set with a sampled twin dotted, the twin solid."""
    if study.benchmark is None:
        return None
    twin = study.twin is not None
    sets = (study.twin, study.benchmark) if study.twin else (study.benchmark,)
    parts = {each: study.each_run(partial(compare.held_out_series, benchmark=each, name=name)) for each in sets}
    first, *second = (study.bands(parts[each]) for each in sets)
    lines = [replace(study.line(arm, curve), dash="-") if twin else study.line(arm, curve) for arm, curve in first]
    lines += [Line(curve.steps, curve.mean, study.looks[arm.label].hue, dash=draw.DOTTED, width=1.2)
              for bands in second for arm, curve in bands]  # fmt: skip
    if not any(value for found in parts.values() for part in found for value in part.series.values):
        return None  # answers of this set stand in no box
    ways = [compare.how_sampled(study.runs, each) for each in sets]
    return make_figure(
        file,
        title,
        caption + (f" Solid: sampled, {ways[0]}. Dotted: {ways[1]}." if twin else "") + seeds_note(a for a, _ in first),
        f"{title} on {sets[0]} by step: " + end_words(first),
        study.single(lines, Axis(title.lower())),
        (*(["set"] if twin else []), "arm", "seed", "step", name),
        ((*([each] if twin else []), *point) for each in sets for point in points_of(parts[each])),
    )


# Families of held-out problems


def families_of(study: Study) -> tuple[str, ...]:
    """Lists the families that are drawn."""
    return compare.families_of(study.runs, study.benchmark)[:MAX_FAMILIES] if study.benchmark else ()


def family_curves(study: Study) -> Figure | None:
    """Draws one small panel per family, same axes everywhere."""
    families, benchmark = families_of(study), study.benchmark
    if len(families) < 2 or benchmark is None:
        return None
    read = partial(compare.family_series, benchmark=benchmark)
    parts = {family: study.each_run(partial(read, family=family)) for family in families}
    if not any(len(part.series.steps) > 1 for found in parts.values() for part in found):
        return None
    panels = [
        Panel(
            [replace(study.line(arm, curve), marker="", width=1.5) for arm, curve in study.bands(found)],
            Axis("right"),
            f"{family}: the example's" if family == study.family else family,
            bold=family == study.family,
        )
        for family, found in parts.items()
    ]
    height = 0.8 + 1.45 * math.ceil(len(families) / 2)
    bold = f" Bold: the family of the training example ({study.family})." if study.family in families else ""
    return make_figure(
        "family_curves",
        "Held-out accuracy by family",
        "Share of right answers by training step." + bold + seeds_note(study.arms),
        f"Held-out accuracy on {benchmark} by step in {len(families)} families: {', '.join(families)}",
        Panels(panels, study.last_step, height=height, columns=2, share_y=True, ticks=4),
        ("family", "arm", "seed", "step", "accuracy"),
        ((family, *point) for family, found in parts.items() for point in points_of(found)),
    )


def family_ends(study: Study) -> Figure | None:
    """Draws families as rows: each model's base and each arm's last evaluation with 95 % intervals."""
    families, benchmark = families_of(study), study.benchmark
    if len(families) < 2 or benchmark is None:
        return None
    bases = compare.base_families(study.arms, benchmark)
    ends = {arm.label: compare.family_cells(arm.runs, benchmark, first=False) for arm in study.arms}
    ends = {label: cells for label, cells in ends.items() if cells}
    if not ends:
        return None
    markers = theme.base_markers(bases)
    dots = [Dots(label, "base", markers[label], 9, _dots(families, cells)) for label, cells in bases.items()]
    for label, cells in ends.items():
        look = study.looks[label]
        dots.append(Dots(label, look.hue, look.marker, 4.5, _dots(families, cells)))
    several = any(len(arm.runs) > 1 for arm in study.arms if arm.label in ends)
    named = [(label, cells) for found in (bases, ends) for label, cells in found.items()]
    rows = [(family, label, cells[family]) for family in families for label, cells in named if family in cells]
    words = (
        f"{family} " + ", ".join(f"{label} {cell.accuracy:.0%}" for of, label, cell in rows if of == family)
        for family in families
    )
    return make_figure(
        "family_ends",
        "Where each family began and ended",
        "Accuracy before training and at the last evaluation, with 95 % intervals"
        + (" over problems." if several else "."),
        "Accuracy by family before and after: " + "; ".join(words),
        Rows(families, 1.2 + len(families) * (0.18 + 0.12 * len(dots)), dots=dots, bold=study.family),
        ("family", "arm", "accuracy", "low", "high"),
        ((family, label, cell.accuracy, *(cell.interval or ("", ""))) for family, label, cell in rows),
    )


def level_ends(study: Study) -> Figure | None:
    """Draws accuracy by level, a panel for each family: each model's base and each arm's last evaluation."""
    benchmark = study.benchmark
    if benchmark is None:
        return None
    found: list[tuple[str, dict[str, Measurement], Line]] = []
    for label, cells in compare.base_families(study.arms, benchmark, level_of).items():
        found.append((label, cells, Line((), (), "base", label, draw.DASHED, "o")))
    for arm in study.arms:
        look = study.looks[arm.label]
        cells = compare.family_cells(arm.runs, benchmark, False, level_of)
        if cells:
            found.append((arm.label, cells, Line((), (), look.hue, arm.label, look.dash, look.marker)))
    rows = [(*key.rsplit(" ", 1), label, cell) for label, cells, _ in found for key, cell in cells.items()]
    families = sorted({family for family, *_ in rows})[:MAX_FAMILIES]
    if not families:
        return None
    panels = []
    for family in families:
        lines = []
        for label, _, line in found:
            points = sorted((int(n), cell) for of, n, name, cell in rows if (of, name) == (family, label))
            lines.append(replace(line, x=[n for n, _ in points], y=[cell.accuracy for _, cell in points]))
        panels.append(Panel(lines, Axis("right"), family))
    ordered = sorted((family, int(level), label, cell) for family, level, label, cell in rows)
    return make_figure(
        "level_ends",
        "Accuracy by level",
        f"Share of right answers on {benchmark} by level of the problem, before training and at the last evaluation.",
        "Accuracy by level: " + "; ".join(f"{of} {n}, {label} {cell.accuracy:.0%}" for of, n, label, cell in ordered),
        Panels(panels, max(n for _, n, *_ in ordered), height=0.8 + 1.6 * len(panels), x_label="level"),
        ("family", "level", "arm", "accuracy", "low", "high"),
        ((family, n, label, cell.accuracy, *(cell.interval or ("", ""))) for family, n, label, cell in ordered),
    )


def _dots(
    families: Sequence[str], cells: dict[str, Measurement]
) -> dict[int, tuple[float, tuple[float, float]]]:
    found = {row: cells[family] for row, family in enumerate(families) if family in cells}
    return {row: (cell.accuracy, cell.interval or (cell.accuracy, cell.accuracy)) for row, cell in found.items()}
