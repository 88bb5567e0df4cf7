"""Figures of the training signal: which groups still teach something, and the ledger as a map."""

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Sequence

from oneshot_rlvr.algorithms.registry import GROUP_ALGORITHMS
from oneshot_rlvr.report import curves, style
from oneshot_rlvr.report.compare import Arm
from oneshot_rlvr.report.figures import Figure, Study, write_csv
from oneshot_rlvr.report.run_files import LedgerRow

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from oneshot_rlvr.report.style import Theme

MAX_BLOCKS = 16  # examples that get a block of rows of their own in the ledger map


def groups(study: Study) -> Figure | None:
    """Shares of groups by what they earned, one panel per arm (first seed)."""
    parts = [(arm, curves.signal_shares(arm.runs[0].ledger, arm.config)) for arm in study.arms]
    unknown = [arm.label for arm, shares in parts if arm.runs[0].ledger and not shares]
    parts = [(arm, shares) for arm, shares in parts if shares]
    if not parts:
        return None

    def draw(canvas: "Canvas", theme: "Theme") -> None:
        panels = canvas.subplots(len(parts), 1, sharex=True, squeeze=False).flat
        for panel, (arm, shares) in zip(panels, parts):
            panel.stackplot(
                [s.step for s in shares],
                [s.mixed for s in shares],
                [s.solved for s in shares],
                [s.unsolved for s in shares],
                step="mid",
                colors=[theme.mixed, theme.solved, theme.unsolved],
                labels=["rewards differ", "all rewarded", "none rewarded"],
                linewidth=0,
            )
            panel.set_title(arm.label + (f", seed {arm.runs[0].config.trainer.seed}" if len(arm.runs) > 1 else ""))
            style.percent_axis(panel, "groups")
            panel.set_ylim(0, 1)
            panel.grid(False)
            style.step_axis(panel, study.last_step)
            panel.label_outer()
        style.legend_above(canvas, canvas.axes[0])

    light, dark = style.render(draw, height=0.9 + 1.35 * len(parts))
    rows = [
        (arm.label, arm.runs[0].config.trainer.seed, s.step, s.solved, s.mixed, s.unsolved)
        for arm, shares in parts
        for s in shares
    ]
    return Figure(
        "groups",
        "What the groups earned",
        f"Share of a step's groups by what their rollouts earned. {gradient_note([arm for arm, _ in parts])}"
        + (f" Not known, and not drawn: {', '.join(unknown)}." if unknown else ""),
        "Share of groups in which rewards differ, first and last step: "
        + "; ".join(f"{arm.label} {s[0].mixed:.0%} to {s[-1].mixed:.0%}" for arm, s in parts),
        light,
        dark,
        write_csv(("arm", "seed", "step", "all_rewarded", "mixed", "none_rewarded"), rows),
    )


def gradient_note(arms: Sequence[Arm]) -> str:
    """Which groups have a policy gradient: that depends on the algorithm."""
    rule = "Where all earn the same, every advantage is 0 and the group has no policy gradient"
    own = [f"{arm.label} ({arm.config.algorithm.name})" for arm in arms]
    own = [words for words, arm in zip(own, arms) if arm.config.algorithm.name not in GROUP_ALGORITHMS]
    if not own:
        return f"{rule}."
    tokens = f"{', '.join(own)}: every token has its own advantage, also where all earn the same."
    return tokens if len(own) == len(arms) else f"{rule}. Not so {tokens}"


TERMS = (("policy", 0), ("KL", 2), ("entropy", 3))  # of the loss, with the hue of each


def gradient_terms(study: Study) -> Figure | None:
    """Gradient norm of each loss term, one panel per arm (first seed), on a log scale."""
    parts = [
        (arm, term, hue, arm.runs[0].metrics.series(f"policy/grad_norm_{term.lower()}"))
        for arm in study.arms
        for term, hue in TERMS
    ]
    arms = [arm for arm in study.arms if any(series for a, *_, series in parts if a is arm)]
    if not arms:
        return None
    zeros = any(value == 0 for *_, series in parts for value in series.values)

    def draw(canvas: "Canvas", theme: "Theme") -> None:
        panels = canvas.subplots(len(arms), 1, sharex=True, sharey=True, squeeze=False).flat
        for panel, arm in zip(panels, arms):
            for term, hue, series in [(t, h, s) for a, t, h, s in parts if a is arm]:
                shown = [value if value > 0 else float("nan") for value in series.values]
                look = (style.DASHES[style.DASH_OF_HUE[hue]], style.MARKERS[hue])
                panel.plot(
                    series.steps, shown, look[0], marker=look[1], markersize=3.6, color=theme.lines[hue], label=term
                )
            panel.set_yscale("log")
            panel.set_title(arm.label + (f", seed {arm.runs[0].config.trainer.seed}" if len(arm.runs) > 1 else ""))
            panel.set_ylabel("norm")
            style.step_axis(panel, study.last_step)
            panel.label_outer()
        style.legend_above(canvas, canvas.axes[0])

    light, dark = style.render(draw, height=0.9 + 1.35 * len(arms))
    rows = (
        (a.label, a.runs[0].config.trainer.seed, t, *point) for a, t, _, s in parts for point in zip(s.steps, s.values)
    )
    return Figure(
        "grad_terms",
        "Gradient norm by loss term",
        "Each term's own gradient, its coefficient included, before clipping; log scale."
        + (" A norm of exactly 0 has no point." if zeros else ""),
        "Gradient norm by term, last measured: "
        + "; ".join(f"{a.label} {t} {s.values[-1]:.2g}" for a, t, _, s in parts if s),
        light,
        dark,
        write_csv(("arm", "seed", "term", "step", "grad_norm"), rows),
    )


def ledger_map(study: Study) -> Figure | None:
    """One panel per arm (first seed). Columns: steps. Rows: the step's groups, sorted by right answers."""
    arms = [arm for arm in study.arms if arm.runs[0].ledger]
    if not arms:
        return None
    maps = [ledger_panel(arm) for arm in arms]
    size = max(row.n for arm in arms for row in arm.runs[0].ledger)

    def draw(canvas: "Canvas", theme: "Theme") -> None:
        panels = list(canvas.subplots(len(maps), 1, sharex=True, squeeze=False).flat)
        images = [style.heat_map(panel, one.shares, one.steps, size, theme) for panel, one in zip(panels, maps)]
        for panel, one in zip(panels, maps):
            panel.set_title(one.title)
            style.step_axis(panel, study.last_step)
            style.block_rows(panel, one.bounds, one.blocks, theme)
            panel.label_outer()
        style.share_bar(canvas, panels, images[0], size, equal=all(one.sizes == {size} for one in maps))

    rows_each = [max(1.35, 0.22 * len(one.blocks)) for one in maps]
    light, dark = style.render(draw, height=0.7 + sum(rows_each))
    fields = ("step", "group", "example", "copy", "n", "correct")
    ledgers = ((arm, row) for arm in arms for row in arm.runs[0].ledger)
    return Figure(
        "ledger",
        "Ledger: right answers in every group",
        "A column is a step; its groups, sorted, are the rows. " + " ".join(one.note for one in maps if one.note),
        "Share of right answers, first and last step: "
        + "; ".join(f"{arm.label} {_right(arm, 0):.0%} to {_right(arm, -1):.0%}" for arm in arms),
        light,
        dark,
        write_csv(
            ("arm", "seed", *fields),
            ((arm.label, arm.runs[0].config.trainer.seed, *(getattr(row, f) for f in fields)) for arm, row in ledgers),
        ),
    )


@dataclass(frozen=True)
class LedgerPanel:
    """What one arm's part of the ledger map shows."""

    title: str
    shares: list[list[float]]  # [rows][steps] right answers / rollouts, nan where a step has fewer groups
    steps: tuple[int, int]  # first and last
    blocks: tuple[str, ...]  # examples with rows of their own; one empty name: all groups together
    bounds: list[tuple[int, int]]  # row range of each block
    sizes: frozenset[int]  # rollouts in a group
    note: str


def ledger_panel(arm: Arm) -> LedgerPanel:
    run = arm.runs[0]
    steps = sorted({row.step for row in run.ledger})
    examples = sorted({row.example for row in run.ledger})
    blocks = tuple(examples) if 1 < len(examples) <= MAX_BLOCKS else ("",)
    shares, bounds = ledger_columns(run.ledger, range(steps[0], steps[-1] + 1), blocks)
    return LedgerPanel(
        title=arm.label + (f", seed {run.config.trainer.seed}" if len(arm.runs) > 1 else ""),
        shares=shares,
        steps=(steps[0], steps[-1]),
        blocks=blocks,
        bounds=bounds,
        sizes=frozenset(row.n for row in run.ledger),
        note=f"{arm.label.capitalize()}: {len(examples)} different examples." if len(examples) > MAX_BLOCKS else "",
    )


def ledger_columns(
    ledger: Sequence[LedgerRow], steps: Sequence[int], blocks: Sequence[str]
) -> tuple[list[list[float]], list[tuple[int, int]]]:
    """Matrix [rows][steps] of shares of right answers, nan where a step has fewer groups; each block's row range.

    A block holds the groups of one example, or all groups where `blocks` is one empty name; its columns are sorted.
    """
    cells: dict[tuple[str, int], list[float]] = defaultdict(list)
    for row in ledger:
        cells[row.example if blocks[0] else "", row.step].append(row.correct / row.n)
    matrix: list[list[float]] = []
    bounds = []
    for block in blocks:
        columns = [sorted(cells[block, step]) for step in steps]
        height = max(map(len, columns))
        bounds.append((len(matrix), len(matrix) + height))
        matrix += [[c[i] if i < len(c) else float("nan") for c in columns] for i in range(height)]
    return matrix, bounds


def _right(arm: Arm, index: int) -> float:
    """Share of right answers at the first (0) or last (-1) step."""
    ledger = arm.runs[0].ledger
    rows = [row for row in ledger if row.step == ledger[index].step]
    return sum(row.correct for row in rows) / sum(row.n for row in rows)
