"""What a gain is made of: every cheaper way to the same model, in order, and what the outcome reward adds to the best.

As downloaded -> re-saved -> best template -> in context -> format reward -> entropy only -> others -> outcome.
All of one model and evaluation: those of the first arm with the outcome reward.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Sequence

from oneshot_rlvr.data.prompts import ALIASES
from oneshot_rlvr.evaluation.scores import PairedTest
from oneshot_rlvr.report import compare, style
from oneshot_rlvr.report.compare import OUTCOME_KINDS, Arm, Measurement
from oneshot_rlvr.report.figures import Figure, Study, write_csv
from oneshot_rlvr.report.page import Html, join, table, tag
from oneshot_rlvr.report.run_files import EvalPoint, Run
from oneshot_rlvr.report.tables import NONE, p_value, percent, points, span, with_small

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from oneshot_rlvr.report.style import Theme


@dataclass(frozen=True, slots=True)
class Stage:
    """One way to the model. Example: format reward, 20.4 %, of which -2.1 points over the best before it (22.5 %)."""

    key: str  # downloaded, resaved, template, context, a kind of control, or `outcome`
    what: str
    measured: Measurement | None  # None: not run
    before: float | None = None  # highest accuracy of the stages above that are no outcome; None for the first
    test: PairedTest | None = None  # against that stage

    @property
    def adds(self) -> float | None:
        return None if self.measured is None or self.before is None else self.measured.accuracy - self.before


def stages(arms: Sequence[Arm], benchmark: str) -> tuple[Stage, ...]:
    """All stages in order, for the peers of the first arm with the outcome reward; empty without one or its base.

    Where several runs or templates make a stage, the best of them counts: that is the hardest to beat.
    """
    main = main_arm(arms)
    if main is None:
        return ()
    group = compare.peers_of(arms, main)
    base = compare.find_base(group.runs, main.runs[0], benchmark)
    rows = {row.label: row.measured for row in compare.result_rows(arms, benchmark)}
    same = [arm for arm in group.arms if arm.label in rows]
    if base is None or main.label not in rows:
        return ()
    found = [Stage("downloaded", "as downloaded", base), *_uses(group.runs, benchmark)]
    for kind, what in (("format", "format reward"), ("entropy", "entropy only")):
        found.append(_best(kind, what, [rows[arm.label] for arm in same if arm.kind == kind]))
    found += [
        Stage(arm.kind, arm.label.removesuffix(" control"), rows[arm.label])
        for arm in same
        if arm.kind in ("no_reward", "spurious")
    ]
    outcomes = [Stage("outcome", arm.label, rows[arm.label]) for arm in same if arm.kind in OUTCOME_KINDS]
    return _against_best(found, outcomes)


def main_arm(arms: Sequence[Arm]) -> Arm | None:
    """The arm that a report is about: the first one trained on right answers."""
    return next((arm for arm in arms if arm.kind in OUTCOME_KINDS), None)


def main_model(arms: Sequence[Arm]) -> str:
    """Model of the main arm in a report over several, else ""."""
    main = main_arm(arms)
    return compare.peers_of(arms, main).base.removeprefix("base").strip() if main else ""


def gain_title(arms: Sequence[Arm]) -> str:
    model = main_model(arms)
    return "What the gain is made of" + (f": {model}" if model else "")


def _uses(runs: Sequence[Run], benchmark: str) -> list[Stage]:
    """The untouched model used otherwise."""
    uses = compare.variants(runs, benchmark)
    templates = {name: point for name, point in uses.items() if name != "re-saved"}
    context = [point for point in templates.values() if in_context(point)]
    plain = [point for point in templates.values() if not in_context(point)]
    other = [point for point in plain if "re-saved" not in point.variant] or plain
    return [
        _best("resaved", "re-saved", [compare.measurement(p) for n, p in uses.items() if n == "re-saved"]),
        _best("template", _template_words(other), [compare.measurement(point) for point in other]),
        _best("context", "in context", [compare.measurement(point) for point in context]),
    ]


def in_context(point: EvalPoint) -> bool:
    """Whether worked examples stand in front of the problem."""
    return "+" in ALIASES.get(point.result.template, point.result.template)


def _template_words(others: Sequence[EvalPoint]) -> str:
    if not others:
        return "best other template"
    best = max(others, key=lambda point: point.result.accuracy)
    return f"template {best.result.template}" + (f" (of {len(others)})" if len(others) > 1 else "")


def _best(key: str, what: str, candidates: Sequence[Measurement]) -> Stage:
    return Stage(key, what, max(candidates, key=lambda m: m.accuracy) if candidates else None)


def _against_best(cheaper: Sequence[Stage], outcomes: Sequence[Stage]) -> tuple[Stage, ...]:
    """Every stage beside the best of those above it; outcome stages beside the best that is no outcome."""
    best: Measurement | None = None
    done = []
    for stage in (*cheaper, *outcomes):
        if stage.measured is None or best is None:
            done.append(stage)
        else:
            test = compare.paired(best, stage.measured)
            done.append(Stage(stage.key, stage.what, stage.measured, best.accuracy, test))
        if stage.measured and stage.key != "outcome" and (best is None or stage.measured.accuracy > best.accuracy):
            best = stage.measured
    return tuple(done)


def decomposition_table(found: Sequence[Stage], commands: dict[str, str]) -> Html | None:
    """A line per stage; one that was not run says by which command it is."""
    if not found:
        return None
    lines: list[list[object]] = []
    marks = []
    for stage in found:
        if stage.measured is None:
            command = tag("code", commands[stage.key]) if commands.get(stage.key) else "see below what it needs"
            lines.append([stage.what, join(["not run: ", command])])
        else:
            test = stage.test
            lines.append(
                [
                    stage.what,
                    with_small(percent(stage.measured.accuracy), span(stage.measured.interval)),
                    with_small(points(stage.adds), span(test.interval, signed=True) if test else "")
                    if stage.before is not None
                    else NONE,
                    p_value(test),
                ]
            )
        marks.append("missing" if stage.measured is None else "")
    return table(["", "accuracy % (95 %)", "over the best above (95 %)", "p"], lines, marks)


def waterfall(study: Study) -> Figure | None:
    """Bars from the best stage above to each stage's own accuracy; stages that were not run keep their row."""
    found = stages(study.arms, study.benchmark) if study.benchmark else ()
    if sum(stage.measured is not None for stage in found) < 2:
        return None

    def draw(canvas: "Canvas", theme: "Theme") -> None:
        axes = canvas.subplots()
        for row, stage in enumerate(found):
            if stage.measured is None:
                axes.text(0.01, row, "not run", va="center", color=theme.faint, fontsize=8.5, style="italic")
            else:
                _draw_bar(axes, row, stage, stage.measured, _colour(study, stage, theme), theme)
        style.family_rows(axes, [stage.what for stage in found], "")

    light, dark = style.render(draw, height=0.75 + 0.36 * len(found))
    return Figure(
        "gain_decomposed",
        gain_title(study.arms),
        "Each bar goes from the best stage above it to the stage's own held-out accuracy (hatched: it stays below). "
        "Bars of the outcome reward start at the best of everything else. Whiskers: 95 %.",
        "Held-out accuracy by stage: "
        + "; ".join(f"{s.what} {s.measured.accuracy:.1%}" if s.measured else f"{s.what} not run" for s in found),
        light,
        dark,
        write_csv(("stage", "accuracy", "low", "high", "best_above", "adds"), [_csv_row(stage) for stage in found]),
    )


def _draw_bar(axes: "Axes", row: int, stage: Stage, measured: Measurement, colour: str, theme: "Theme") -> None:
    start = stage.before or 0.0
    low, high = sorted((start, measured.accuracy))
    falls = measured.accuracy < start
    axes.barh(row, high - low, left=low, height=0.62, color=theme.paper if falls else colour, edgecolor=colour,
              hatch="////" if falls else None, linewidth=0.8)  # fmt: skip
    ends = measured.interval or (measured.accuracy, measured.accuracy)
    axes.plot(ends, (row, row), color=theme.ink, linewidth=1.0)
    words = percent(measured.accuracy) + (f" ({points(stage.adds)})" if stage.adds is not None else "")
    right = max(high, ends[1])
    left = min(low, ends[0])
    if right < 0.72:
        axes.text(right + 0.015, row, words, va="center", fontsize=8.5)
    elif left > 0.25:
        axes.text(left - 0.015, row, words, va="center", ha="right", fontsize=8.5)
    else:  # a bar over the whole width
        box = {"facecolor": theme.paper if falls else colour, "edgecolor": "none", "pad": 1.0}
        ink = theme.ink if falls else theme.paper
        axes.text((low + high) / 2, row, words, va="center", ha="center", fontsize=8.5, color=ink, bbox=box)


def _colour(study: Study, stage: Stage, theme: "Theme") -> str:
    if stage.key == "outcome":
        return study.styles[stage.what].colour(theme)
    return theme.lines[style.HUE_OF_KIND[stage.key]] if stage.key in style.HUE_OF_KIND else theme.base


def _csv_row(stage: Stage) -> tuple[object, ...]:
    if stage.measured is None:
        return (stage.what, "", "", "", "", "")
    low, high = stage.measured.interval or ("", "")
    blank = "" if stage.before is None else stage.before
    return (stage.what, stage.measured.accuracy, low, high, blank, "" if stage.adds is None else stage.adds)
