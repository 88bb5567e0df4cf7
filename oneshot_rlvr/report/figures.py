"""The figures of a report: curves, families, training signal. Each comes as PNG for light and dark pages and as CSV.

A figure shows one thing for all arms; several seeds are drawn as their mean and the range between lowest and highest.
"""

import csv
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Iterable, Sequence

from oneshot_rlvr.report import compare, curves, style
from oneshot_rlvr.report.compare import Arm
from oneshot_rlvr.report.curves import Band
from oneshot_rlvr.report.run_files import Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from oneshot_rlvr.report.style import LineStyle, Theme

MAX_FAMILIES = 12  # panels of the family figure
MARKER_LIMIT = 40  # points on a curve above which markers would touch


@dataclass(frozen=True)
class Figure:
    """A finished figure. `alt` says in words what it shows, for those who do not see it."""

    name: str  # file name without ending
    title: str
    caption: str
    alt: str
    light: bytes  # PNG
    dark: bytes
    table: str  # CSV


@dataclass(frozen=True)
class Study:
    """What all figures are drawn from."""

    arms: tuple[Arm, ...]
    benchmark: str | None  # the held-out set of the figures; None: nothing was evaluated
    twin: str | None  # the same set, sampled
    family: str  # of the training example; "" if unknown or several
    threshold: float  # of saturation

    @property
    def last_step(self) -> int:
        return max(run.metrics.last_training_step for arm in self.arms for run in arm.runs)

    @property
    def styles(self) -> "dict[str, LineStyle]":
        return style.arm_styles(self.arms)

    def saturation(self, arm: Arm) -> list[int]:
        """Saturation step of each seed that has one."""
        found = (curves.saturation_step(r.metrics.series("train/accuracy"), self.threshold) for r in arm.runs)
        return [step for step in found if step is not None]


def write_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV text; numbers keep seven significant digits."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([f"{cell:.7g}" if isinstance(cell, float) else cell for cell in row] for row in rows)
    return stream.getvalue()


def series_csv(parts: Iterable[tuple[Arm, int, Series]], column: str) -> str:
    """One row per arm, seed and step."""
    rows = (
        (arm.label, seed, step, value)
        for arm, seed, series in parts
        for step, value in zip(series.steps, series.values)
    )
    return write_csv(("arm", "seed", "step", column), rows)


def draw_band(axes: "Axes", curve: Band, look: "LineStyle", theme: "Theme", label: str) -> None:
    """Mean as a line, range of the seeds as a band."""
    marker = look.marker if len(curve.steps) <= MARKER_LIMIT else None
    axes.plot(curve.steps, curve.mean, look.dash, color=look.colour(theme), marker=marker, markersize=3.6, label=label)
    if curve.seeds > 1:
        axes.fill_between(curve.steps, curve.low, curve.high, color=look.colour(theme), alpha=0.2, linewidth=0)


def seeds_note(arms: Sequence[Arm]) -> str:
    several = [f"{arm.label} ({len(arm.runs)})" for arm in arms if len(arm.runs) > 1]
    return f" Bands: lowest and highest seed of {', '.join(several)}." if several else ""


def end_words(bands: Sequence[tuple[Arm, Band]], unit: str, scale: float = 1.0) -> str:
    """`one-shot 28.3 to 82.1 %; ...` for the alternative text."""
    words = [f"{arm.label} {b.mean[0] * scale:.3g} to {b.mean[-1] * scale:.3g}{unit}" for arm, b in bands if b.steps]
    return "; ".join(words)


def train_accuracy(study: Study) -> Figure | None:
    """Thin: every step. Thick: mean over the last steps, whose crossing of the threshold is saturation."""
    parts = [(a, r.config.trainer.seed, r.metrics.series("train/accuracy")) for a in study.arms for r in a.runs]
    if not any(series for _, _, series in parts):
        return None
    window = curves.SATURATION_WINDOW
    smooth = [(a, curves.band([curves.trailing_mean(s) for b, _, s in parts if b is a])) for a in study.arms]

    def draw(canvas: "Canvas", theme: "Theme") -> None:
        axes = canvas.subplots()
        for arm, _, series in parts:
            colour = study.styles[arm.label].colour(theme)
            axes.plot(series.steps, series.values, color=colour, linewidth=0.6, alpha=0.35)
        for arm, curve in smooth:
            look = study.styles[arm.label]
            axes.plot(curve.steps, curve.mean, look.dash, color=look.colour(theme), label=arm.label)
        axes.axhline(study.threshold, color=theme.faint, linewidth=0.8, linestyle=(0, (4, 3)))
        style.percent_axis(axes, "training accuracy")
        style.step_axis(axes, study.last_step)
        style.legend_above(canvas, axes)

    light, dark = style.render(draw)
    return Figure(
        "train_accuracy",
        "Accuracy on the training examples",
        f"Share of right rollouts at the sampling temperature. Thin: each step. Thick: mean over the last {window} "
        f"steps. Dashed line: {100 * study.threshold:g} %, where training counts as saturated.",
        "Training accuracy by step: " + end_words(smooth, " %", 100),
        light,
        dark,
        series_csv(parts, "train_accuracy"),
    )


def held_out(study: Study, name: str, file: str, title: str, caption: str) -> Figure | None:
    """`accuracy`, `boxed_share` or `accuracy_given_boxed` of the held-out set over steps, all arms."""
    benchmark = study.benchmark
    if benchmark is None:
        return None
    parts = [
        (a, r.config.trainer.seed, compare.held_out_series(r, benchmark, name)) for a in study.arms for r in a.runs
    ]
    bands = [(a, curves.band([s for b, _, s in parts if b is a])) for a in study.arms]
    bands = [(arm, curve) for arm, curve in bands if curve.steps]
    if not bands:
        return None
    marked = [arm for arm, _ in bands if name == "accuracy" and arm.kind in compare.OUTCOME_KINDS]
    saturated = {arm.label: study.saturation(arm) for arm in marked}

    def draw(canvas: "Canvas", theme: "Theme") -> None:
        axes = canvas.subplots()
        for arm, curve in bands:
            look = study.styles[arm.label]
            draw_band(axes, curve, look, theme, arm.label)
            if len(arm.runs) == 1 and name == "accuracy":
                _draw_interval(axes, arm, benchmark, look.colour(theme))
            if steps := saturated.get(arm.label):
                mean = sum(steps) / len(steps)
                axes.axvline(mean, color=look.colour(theme), linewidth=1.0, linestyle=(0, (1, 2)))
        style.percent_axis(axes, title.lower() if name != "accuracy" else "held-out accuracy")
        style.step_axis(axes, study.last_step)
        style.legend_above(canvas, axes)

    light, dark = style.render(draw)
    note = " Dotted: where training accuracy saturates (seeds: mean)." if any(saturated.values()) else ""
    single = " Single runs: 95 % interval." if name == "accuracy" and any(len(a.runs) == 1 for a, _ in bands) else ""
    return Figure(
        file,
        title,
        caption + note + single + seeds_note([arm for arm, _ in bands]),
        f"{title} on {benchmark} by step: " + end_words(bands, " %", 100),
        light,
        dark,
        series_csv(parts, name),
    )


def held_out_twins(study: Study, name: str, file: str, title: str, caption: str) -> Figure | None:
    """`boxed_share` or `accuracy_given_boxed` sampled (solid) and greedy (dotted), where the set has a sampled twin."""
    if study.benchmark is None or study.twin is None:
        return held_out(study, name, file, title, caption)
    sets = (study.twin, study.benchmark)
    parts = [
        (a, r.config.trainer.seed, each, compare.held_out_series(r, each, name))
        for each in sets
        for a in study.arms
        for r in a.runs
    ]
    bands = [
        (a, each, curves.band([s for b, _, e, s in parts if b is a and e == each])) for each in sets for a in study.arms
    ]
    bands = [(arm, each, curve) for arm, each, curve in bands if curve.steps]
    if not bands:
        return None

    def draw(canvas: "Canvas", theme: "Theme") -> None:
        axes = canvas.subplots()
        for arm, each, curve in bands:
            look = study.styles[arm.label]
            if each == study.twin:
                draw_band(axes, curve, replace(look, dash="-"), theme, arm.label)
            else:
                axes.plot(curve.steps, curve.mean, color=look.colour(theme), linewidth=1.2, linestyle=(0, (1, 2)))
        style.percent_axis(axes, title.lower())
        style.step_axis(axes, study.last_step)
        style.legend_above(canvas, axes)

    light, dark = style.render(draw)
    ways = [compare.how_sampled([r for a in study.arms for r in a.runs], each) for each in sets]
    sampled = [(arm, curve) for arm, each, curve in bands if each == study.twin]
    return Figure(
        file,
        title,
        f"{caption} Solid: sampled, {ways[0]}. Dotted: {ways[1]}." + seeds_note([arm for arm, _ in sampled]),
        f"{title} on {study.twin} by step: " + end_words(sampled, " %", 100),
        light,
        dark,
        write_csv(
            ("set", "arm", "seed", "step", name),
            ((e, a.label, seed, step, v) for a, seed, e, s in parts for step, v in zip(s.steps, s.values)),
        ),
    )


def _draw_interval(axes: "Axes", arm: Arm, benchmark: str, colour: str) -> None:
    known = [(m.step, *m.interval) for m in compare.measurements(arm.runs[0], benchmark) if m.interval]
    if known:
        steps, low, high = zip(*known)
        axes.fill_between(steps, low, high, color=colour, alpha=0.12, linewidth=0)


@dataclass(frozen=True, slots=True)
class Trace:
    """A plain curve figure: which metric, what to call it."""

    metric: str
    file: str
    title: str
    axis: str  # with unit
    caption: str
    percent: bool = False


TRACES = (
    Trace(
        "policy/entropy",
        "entropy",
        "Entropy of the policy",
        "entropy (nats per token)",
        "Mean over the tokens trained on, at the sampling temperature. Near 0: every rollout is the same.",
    ),
    Trace(
        "response/length_mean",
        "length",
        "Length of the training responses",
        "response length (tokens)",
        "Mean over the rollouts of a step.",
    ),
    Trace(
        "response/boxed_share",
        "train_boxed",
        "Training responses with a box",
        "responses with a box",
        "Share of rollouts with a complete \\boxed{}: all that a format reward asks for.",
        percent=True,
    ),
    Trace(
        "policy/kl",
        "kl",
        "Distance from the initial model",
        "KL to initial model (nats per token)",
        "Mean of the k3 estimate over the tokens trained on.",
    ),
    Trace(
        "policy/grad_norm",
        "grad_norm",
        "Gradient norm",
        "gradient norm",
        "Before clipping. Where every advantage is 0 only the entropy and KL terms are left.",
    ),
)


def trace(study: Study, what: Trace) -> Figure | None:
    """One training metric over steps, all arms."""
    parts = [(a, r.config.trainer.seed, r.metrics.series(what.metric)) for a in study.arms for r in a.runs]
    bands = [(arm, arm.band(what.metric)) for arm in study.arms]
    bands = [(arm, curve) for arm, curve in bands if curve.steps]
    if not bands:
        return None

    def draw(canvas: "Canvas", theme: "Theme") -> None:
        axes = canvas.subplots()
        for arm, curve in bands:
            draw_band(axes, curve, study.styles[arm.label], theme, arm.label)
        if what.percent:
            style.percent_axis(axes, what.axis)
        else:
            axes.set_ylabel(what.axis)
            if all(value >= 0 for _, curve in bands for value in curve.low):
                axes.set_ylim(bottom=0)
        style.step_axis(axes, study.last_step)
        style.legend_above(canvas, axes)

    light, dark = style.render(draw)
    unit, scale = (" %", 100.0) if what.percent else ("", 1.0)
    alt = f"{what.title} by step: {end_words(bands, unit, scale)}"
    column = what.metric.replace("/", "_")
    return Figure(
        what.file, what.title, what.caption + seeds_note(study.arms), alt, light, dark, series_csv(parts, column)
    )
