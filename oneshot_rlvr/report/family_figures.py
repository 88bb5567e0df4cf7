"""Figures by family of held-out problems: every family's curve, and where each family began and ended."""

import math
from typing import TYPE_CHECKING

from oneshot_rlvr.report import compare, curves, style
from oneshot_rlvr.report.figures import MAX_FAMILIES, Figure, Study, draw_band, seeds_note, write_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from oneshot_rlvr.report.style import Theme


def families_of(study: Study) -> tuple[str, ...]:
    runs = [run for arm in study.arms for run in arm.runs]
    return compare.families_of(runs, study.benchmark)[:MAX_FAMILIES] if study.benchmark else ()


def family_curves(study: Study) -> Figure | None:
    """One small panel per family, same axes everywhere."""
    families, benchmark = families_of(study), study.benchmark
    if len(families) < 2 or benchmark is None:
        return None
    parts = [
        (family, arm, run.config.trainer.seed, compare.family_series(run, benchmark, family))
        for family in families
        for arm in study.arms
        for run in arm.runs
    ]
    if not any(len(series.steps) > 1 for *_, series in parts):
        return None
    rows = math.ceil(len(families) / 2)

    def draw(canvas: "Canvas", theme: "Theme") -> None:
        panels = canvas.subplots(rows, 2, sharex=True, sharey=True, squeeze=False).flat
        for panel, family in zip(panels, families):
            for arm in study.arms:
                curve = curves.band([s for f, a, _, s in parts if f == family and a is arm])
                draw_band(panel, curve, study.styles[arm.label], theme, arm.label)
            own = family == study.family
            panel.set_title(f"{family}: the example's" if own else family, fontweight="bold" if own else "normal")
            style.percent_axis(panel, "right")
            style.step_axis(panel, study.last_step, ticks=4)
            panel.label_outer()
            style.thin_markers(panel)
        for panel in list(canvas.axes)[len(families) :]:
            panel.set_visible(False)
        style.legend_above(canvas, canvas.axes[0])

    light, dark = style.render(draw, height=0.8 + 1.45 * rows)
    cells = ((f, a.label, seed, step, v) for f, a, seed, s in parts for step, v in zip(s.steps, s.values))
    bold = f" Bold: the family of the training example ({study.family})." if study.family in families else ""
    return Figure(
        "family_curves",
        "Held-out accuracy by family",
        "Share of right answers by training step." + bold + seeds_note(study.arms),
        f"Held-out accuracy on {benchmark} by step in {len(families)} families: {', '.join(families)}",
        light,
        dark,
        write_csv(("family", "arm", "seed", "step", "accuracy"), cells),
    )


def family_ends(study: Study) -> Figure | None:
    """Families as rows: each model's base and each arm's last evaluation with 95 % intervals."""
    families, benchmark = families_of(study), study.benchmark
    if len(families) < 2 or benchmark is None:
        return None
    bases = compare.base_families(study.arms, benchmark)
    ends = [(arm, compare.family_cells(arm.runs, benchmark, first=False)) for arm in study.arms]
    ends = [(arm, cells) for arm, cells in ends if cells]
    if not ends:
        return None
    points = [*bases.items(), *((arm.label, cells) for arm, cells in ends)]
    lanes = len(points)

    def draw(canvas: "Canvas", theme: "Theme") -> None:
        axes = canvas.subplots()
        named = [(label, bases[label], theme.base, mark) for label, mark in style.base_markers(bases).items()]
        named += [(a.label, c, study.styles[a.label].colour(theme), study.styles[a.label].marker) for a, c in ends]
        for lane, (label, cells, colour, marker) in enumerate(named):
            shown = [(row, cells[f]) for row, f in enumerate(families) if f in cells]
            heights = [row + (lane - (lanes - 1) / 2) * 0.8 / lanes for row, _ in shown]
            lows = [cell.accuracy - cell.interval[0] if cell.interval else 0.0 for _, cell in shown]
            highs = [cell.interval[1] - cell.accuracy if cell.interval else 0.0 for _, cell in shown]
            axes.errorbar(
                [cell.accuracy for _, cell in shown],
                heights,
                xerr=[[max(0.0, x) for x in lows], [max(0.0, x) for x in highs]],
                fmt=marker,
                color=colour,
                markersize=9 if label in bases else 4.5,
                elinewidth=1.1,
                label=label,
            )
        style.family_rows(axes, families, study.family)
        style.legend_above(canvas, axes)

    light, dark = style.render(draw, height=1.2 + len(families) * (0.18 + 0.12 * lanes))
    return Figure(
        "family_ends",
        "Where each family began and ended",
        "Accuracy before training and at the last evaluation, with 95 % intervals"
        + (" over problems." if any(len(arm.runs) > 1 for arm, _ in ends) else "."),
        "Accuracy by family before and after: " + "; ".join(f"{f} {_ends_in_words(f, points)}" for f in families),
        light,
        dark,
        _ends_csv(families, points),
    )


Named = list[tuple[str, dict[str, compare.FamilyCell]]]  # label, accuracy by family


def _ends_in_words(family: str, named: Named) -> str:
    return ", ".join(f"{label} {cells[family].accuracy:.0%}" for label, cells in named if family in cells)


def _ends_csv(families: tuple[str, ...], named: Named) -> str:
    rows = [
        (family, label, cells[family].accuracy, *(cells[family].interval or ("", "")))
        for family in families
        for label, cells in named
        if family in cells
    ]
    return write_csv(("family", "arm", "accuracy", "low", "high"), rows)
