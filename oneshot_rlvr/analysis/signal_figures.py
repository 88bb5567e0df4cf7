"""Figures of the training signal: which groups still teach something, and the ledger as a map."""

from collections import defaultdict
from typing import TYPE_CHECKING, Sequence

from oneshot_rlvr.analysis import curves, style
from oneshot_rlvr.analysis.compare import Arm
from oneshot_rlvr.analysis.figures import Figure, Study, write_csv
from oneshot_rlvr.analysis.run_files import LedgerRow

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from oneshot_rlvr.analysis.style import Theme

MAX_BLOCKS = 16  # examples that get a block of rows of their own in the ledger map


def groups(study: Study) -> Figure | None:
    """Shares of groups by what they earned, one panel per arm (first seed): only mixed ones have a policy gradient."""
    parts = [(arm, curves.signal_shares(arm.runs[0].ledger)) for arm in study.arms]
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
        "Groups that carry a signal",
        "Share of a step's groups by what their rollouts earned. Where all earn the same, every advantage is 0 and "
        "the group has no policy gradient.",
        "Share of groups in which rewards differ, first and last step: "
        + "; ".join(f"{arm.label} {s[0].mixed:.0%} to {s[-1].mixed:.0%}" for arm, s in parts),
        light,
        dark,
        write_csv(("arm", "seed", "step", "all_rewarded", "mixed", "none_rewarded"), rows),
    )


def ledger_map(study: Study, arm: Arm) -> Figure | None:
    """Columns: steps. Rows: the step's groups, by example where these are few, sorted by right answers."""
    run = arm.runs[0]
    if not run.ledger:
        return None
    steps = sorted({row.step for row in run.ledger})
    examples = sorted({row.example for row in run.ledger})
    blocks = examples if 1 < len(examples) <= MAX_BLOCKS else [""]
    columns, bounds = ledger_columns(run.ledger, steps, blocks)
    size = max(row.n for row in run.ledger)

    def draw(canvas: "Canvas", theme: "Theme") -> None:
        style.heat_map(canvas, columns, (steps[0], steps[-1]), size, theme)
        axes = canvas.axes[0]
        if blocks == [""]:
            axes.set_ylabel("groups of a step, sorted")
        else:
            axes.set_yticks([(low + high) / 2 for low, high in bounds], blocks)
            for low, _ in bounds[1:]:
                axes.axhline(low, color=theme.paper, linewidth=1.5)

    light, dark = style.render(draw, height=2.6 if blocks == [""] else 1.4 + 0.3 * len(blocks))
    name = "ledger" if len(study.arms) == 1 else f"ledger_{_file_name(arm.label)}"
    many = f" {len(examples)} different examples." if len(examples) > MAX_BLOCKS else ""
    seed = f", seed {run.config.trainer.seed}" if len(arm.runs) > 1 else ""
    fields = ("step", "group", "example", "copy", "n", "correct")
    return Figure(
        name,
        f"Ledger: {arm.label}{seed}",
        f"Right answers in each group of {size} rollouts. A column is a step, its groups sorted.{many}",
        f"Ledger of {arm.label}, share of right answers: {_right(run.ledger, steps[0]):.0%} at step {steps[0]}, "
        f"{_right(run.ledger, steps[-1]):.0%} at step {steps[-1]}",
        light,
        dark,
        write_csv(fields, ([getattr(row, field) for field in fields] for row in run.ledger)),
    )


def ledger_columns(
    ledger: Sequence[LedgerRow], steps: Sequence[int], blocks: Sequence[str]
) -> tuple[list[list[float]], list[tuple[int, int]]]:
    """Matrix [rows][steps] of right answers (nan where a step has fewer groups), and each block's row range.

    A block holds the groups of one example, or all groups where `blocks` is `[""]`; each column of it is sorted.
    """
    cells: dict[tuple[str, int], list[int]] = defaultdict(list)
    for row in ledger:
        cells["" if blocks == [""] else row.example, row.step].append(row.correct)
    matrix: list[list[float]] = []
    bounds = []
    for block in blocks:
        height = max((len(cells[block, step]) for step in steps), default=0)
        sorted_columns = [sorted(cells[block, step]) for step in steps]
        bounds.append((len(matrix), len(matrix) + height))
        matrix += [[float(c[i]) if i < len(c) else float("nan") for c in sorted_columns] for i in range(height)]
    return matrix, bounds


def _right(ledger: Sequence[LedgerRow], step: int) -> float:
    rows = [row for row in ledger if row.step == step]
    return sum(row.correct for row in rows) / sum(row.n for row in rows)


def _file_name(label: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in label).strip("_").lower()
