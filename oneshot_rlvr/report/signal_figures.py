"""Figures of the training signal: which groups still teach something, gradients by loss term, the ledger as a map."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import cycle
from statistics import fmean

from oneshot_rlvr.algorithms.registry import compares_groups, title
from oneshot_rlvr.report import curves, theme
from oneshot_rlvr.report.compare import Arm
from oneshot_rlvr.report.draw import Axis, Line, Map, Panel, Panels, Stack
from oneshot_rlvr.report.figures import Figure, Part, Study, make_figure, panel_title, points_of
from oneshot_rlvr.report.run_files import LedgerRow

MAX_BLOCKS = 16  # examples that get a block of rows of their own in the ledger map
NORM = "policy/grad_norm_"  # begins the metric of a term's gradient norm
HUES = {"policy": 0, "kl": 2, "entropy": 3}  # of the terms that most losses have; others take what is left, in turn
NAMES = {"kl": "KL"}


def groups(study: Study) -> Figure | None:
    """Draws shares of groups by what they earned, one panel per arm (first seed)."""
    parts = {arm.label: curves.signal_shares(arm.runs[0].ledger, arm.config) for arm in study.arms}
    unknown = [arm.label for arm in study.arms if arm.runs[0].ledger and not parts[arm.label]]
    arms = [arm for arm in study.arms if parts[arm.label]]
    if not arms:
        return None
    kinds = (("mixed", "rewards differ"), ("solved", "all rewarded"), ("unsolved", "none rewarded"))
    panels = []
    for arm in arms:
        shares = parts[arm.label]
        layers = [(label, kind, [getattr(s, kind) for s in shares]) for kind, label in kinds]
        stack = Stack([s.step for s in shares], layers)
        panels.append(Panel([stack], Axis("groups", limits=(0, 1)), panel_title(arm)))
    ends = ((arm.label, parts[arm.label][0], parts[arm.label][-1]) for arm in arms)
    return make_figure(
        "groups",
        "What the groups earned",
        f"Share of a step's groups by what their rollouts earned. {gradient_note(arms)}"
        + (f" Not known, and not drawn: {', '.join(unknown)}." if unknown else ""),
        "Share of groups in which rewards differ, first and last step: "
        + "; ".join(f"{label} {first.mixed:.0%} to {last.mixed:.0%}" for label, first, last in ends),
        Panels(panels, study.last_step, height=0.9 + 1.35 * len(panels)),
        ("arm", "seed", "step", "all_rewarded", "mixed", "none_rewarded"),
        ((arm.label, arm.runs[0].config.trainer.seed, s.step, s.solved, s.mixed, s.unsolved)
         for arm in arms for s in parts[arm.label]),
    )  # fmt: skip


def gradient_note(arms: Sequence[Arm]) -> str:
    """Says which groups have a policy gradient: that depends on the algorithm."""
    rule = "Where all earn the same, every advantage is 0 and the group has no policy gradient"
    others: dict[bool | None, list[str]] = {False: [], None: []}
    for arm in arms:
        if not (known := compares_groups(arm.config.algorithm)):
            others[known].append(f"{arm.label} ({title(arm.config.algorithm)})")
    own, unknown = others[False], others[None]
    said = [rule] if len(own) + len(unknown) < len(arms) else []
    if own:
        words = "Not so " if said else ""
        said.append(f"{words}{', '.join(own)}: every token has its own advantage, also where all earn the same")
    if unknown:
        said.append(f"{', '.join(unknown)}: a user's own algorithm, whose advantages are not known here")
    return "".join(f"{sentence}. " for sentence in said).strip()


def gradient_terms(study: Study) -> Figure | None:
    """Draws the gradient norm of each loss term, one panel per arm (first seed), on a log scale."""
    found = {arm.label: {name.removeprefix(NORM): run.metrics.series(name)
                         for name in run.metrics.by_name if name.startswith(NORM)}
             for arm in study.arms for run in arm.runs[:1]}  # fmt: skip
    arms = [arm for arm in study.arms if found[arm.label]]
    if not arms:
        return None
    hues = term_hues(term for arm in arms for term in found[arm.label])
    panels = []
    for arm in arms:
        lines = []
        for term, series in found[arm.label].items():
            hue = hues[term]
            shown = [value if value > 0 else float("nan") for value in series.values]
            dash, marker = theme.DASHES[theme.DASH_OF_HUE[hue]], theme.MARKERS[hue]
            lines.append(Line(series.steps, shown, hue, NAMES.get(term, term), dash, marker))
        panels.append(Panel(lines, Axis("norm", percent=False, limits=None, log=True), panel_title(arm)))
    terms = [(NAMES.get(term, term), Part(arm, arm.runs[0].config.trainer.seed, series))
             for arm in arms for term, series in found[arm.label].items()]  # fmt: skip
    zeros = any(value == 0 for _, part in terms for value in part.series.values)
    return make_figure(
        "grad_terms",
        "Gradient norm by loss term",
        "Each term's own gradient, its coefficient included, before clipping; log scale."
        + (" A norm of exactly 0 has no point." if zeros else ""),
        "Gradient norm by term, last measured: "
        + "; ".join(f"{part.arm.label} {term} {part.series.values[-1]:.2g}" for term, part in terms),
        Panels(panels, study.last_step, height=0.9 + 1.35 * len(panels), share_y=True),
        ("arm", "seed", "term", "step", "grad_norm"),
        ((label, seed, term, *point) for term, part in terms for label, seed, *point in points_of([part])),
    )


def term_hues(terms: Iterable[str]) -> dict[str, int]:
    """Chooses the hue of each loss term, one of its own as long as there are some."""
    left = cycle([hue for hue in range(len(theme.MARKERS)) if hue not in HUES.values()])
    return {term: HUES[term] if term in HUES else next(left) for term in dict.fromkeys(terms)}


def ledger_map(study: Study) -> Figure | None:
    """Draws one panel per arm (first seed). Columns: steps. Rows: the step's groups, sorted by right answers."""
    arms = [arm for arm in study.arms if arm.runs[0].ledger]
    if not arms:
        return None
    rows = [(arm, row) for arm in arms for row in arm.runs[0].ledger]
    sizes = {row.n for _, row in rows}
    maps = [ledger_as_map(arm, max(sizes)) for arm in arms]
    panels = [Panel([one], title=panel_title(arm)) for arm, one in zip(arms, maps)]
    height = 0.7 + sum(max(1.35, 0.22 * len(one.blocks)) for one in maps)
    many = {arm.label: count for arm in arms if (count := len(_examples(arm))) > MAX_BLOCKS}
    fields = ("step", "group", "example", "copy", "n", "correct")
    return make_figure(
        "ledger",
        "Ledger: right answers in every group",
        "A column is a step; its groups, sorted, are the rows. "
        + " ".join(f"{label.capitalize()}: {count} different examples." for label, count in many.items()),
        "Share of right answers, first and last step: "
        + "; ".join(f"{arm.label} {_right(arm, 0):.0%} to {_right(arm, -1):.0%}" for arm in arms),
        Panels(panels, study.last_step, height=height, equal=len(sizes) == 1),
        ("arm", "seed", *fields),
        ((arm.label, arm.runs[0].config.trainer.seed, *(getattr(row, name) for name in fields)) for arm, row in rows),
    )


def choices(study: Study) -> Figure | None:
    """Draws for runs that choose their examples (first seed) whether these turn out as expected, and how many were
    asked before."""
    rows = {arm.label: [row for row in arm.runs[0].ledger if row.expected is not None] for arm in study.arms}
    arms = [arm for arm in study.arms if rows[arm.label]]
    if not arms:
        return None
    found = {arm.label: choices_by_step(rows[arm.label]) for arm in arms}
    kinds = (("expected", theme.DASHES[1]), ("right", "-"), ("asked before", theme.DASHES[2]))
    panels = [
        Panel([Line([one[0] for one in found[arm.label]], [one[place] for one in found[arm.label]], hue, kind, dash)
               for hue, (place, (kind, dash)) in enumerate(enumerate(kinds, 1))], Axis("share"), panel_title(arm))
        for arm in arms
    ]  # fmt: skip
    fields = ("step", "example", "copy", "expected", "correct", "n")
    return make_figure(
        "choices",
        "Examples chosen while training",
        "Of the step's examples: the pass rate that the rule expected, the share of right answers, and how many of the "
        "examples had been asked in earlier steps.",
        "Different examples asked: "
        + "; ".join(f"{arm.label} {len({row.example for row in rows[arm.label]})}" for arm in arms),
        Panels(panels, study.last_step, height=0.9 + 1.35 * len(panels)),
        ("arm", "seed", *fields),
        ((arm.label, arm.runs[0].config.trainer.seed, *(getattr(row, name) for name in fields))
         for arm in arms for row in rows[arm.label]),
    )  # fmt: skip


def choices_by_step(ledger: Sequence[LedgerRow]) -> list[tuple[int, float, float, float]]:
    """Lists (step, mean pass rate expected, share of right answers, share of examples asked in an earlier step)."""
    steps: dict[int, list[LedgerRow]] = defaultdict(list)
    for row in ledger:
        steps[row.step].append(row)
    found, before = [], set[str]()
    for step, rows in sorted(steps.items()):
        expected = {row.example: row.expected or 0.0 for row in rows}
        right = sum(row.correct for row in rows) / sum(row.n for row in rows)
        found.append((step, fmean(expected.values()), right, len(before & expected.keys()) / len(expected)))
        before |= expected.keys()
    return found


def ledger_as_map(arm: Arm, size: int) -> Map:
    """Describes an arm's part of the ledger map; few examples get a block of rows each."""
    ledger = arm.runs[0].ledger
    steps, examples = sorted({row.step for row in ledger}), _examples(arm)
    blocks = tuple(examples) if 1 < len(examples) <= MAX_BLOCKS else ("",)
    shares, bounds = ledger_columns(ledger, range(steps[0], steps[-1] + 1), blocks)
    return Map(shares, (steps[0], steps[-1]), blocks, bounds, size)


def _examples(arm: Arm) -> list[str]:
    return sorted({row.example for row in arm.runs[0].ledger})


def ledger_columns(
    ledger: Sequence[LedgerRow], steps: Sequence[int], blocks: Sequence[str]
) -> tuple[list[list[float]], list[tuple[int, int]]]:
    """Makes the matrix [rows][steps] of shares of right answers, nan where a step has fewer groups; -> it and each
    block's row range.

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
    """Measures the share of right answers at the first (0) or last (-1) step."""
    ledger = arm.runs[0].ledger
    rows = [row for row in ledger if row.step == ledger[index].step]
    return sum(row.correct for row in rows) / sum(row.n for row in rows)
