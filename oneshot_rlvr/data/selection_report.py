"""The page of `rlvr select --report`: one figure, the whole ranking, and what to beware of. Opens offline."""

import base64
import csv
import html
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from oneshot_rlvr.data.history import History
from oneshot_rlvr.data.selection import RankedExample, split_half
from oneshot_rlvr.errors import RunError
from oneshot_rlvr.files import PAGE_POLICY, replace_file, replacing
from oneshot_rlvr.types import Problem

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREY = "#2b6cb0", "#c05621", "#a0aec0"
COLUMNS = ("rank", "id", "score", "low", "high", "mean_accuracy", "visits", "ties", "flags")
PROBE_COLUMNS = ("rank", "id", "score", "low", "high", "pass_rate", "samples", "answers", "ties", "flags")
BARS = 17  # answers shown of one example, the most frequent: all of the default 16 samples, and none
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1a202c; max-width: 1200px; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100% }
th, td { padding: .15em .6em; border-bottom: 1px solid #e2e8f0; text-align: right; vertical-align: top }
th:nth-last-child(-n+3), td:nth-last-child(-n+3) { text-align: left }
th { position: sticky; top: 0; background: #fff } tr.chosen { background: #feebc8 } img { width: 100% }
td:nth-last-child(n+4) { white-space: nowrap } td:nth-last-child(-n+3) { overflow-wrap: anywhere; max-width: 9em }
td.problem { color: #4a5568; max-width: 16em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
"""


def write_report(
    folder: Path, ranked: Sequence[RankedExample], history: History, problems: Mapping[str, Problem],
    chosen: Sequence[str], method: str,
) -> list[Path]:  # fmt: skip
    """Write `selection.png`, `selection.csv` and `selection.html` into an existing folder; returns their paths."""
    probed = history.answers is not None
    picture, table, page = (folder / f"selection.{kind}" for kind in ("png", "csv", "html"))
    try:
        with replacing(picture) as temporary:
            _draw(temporary, ranked, history, chosen, method)
        with replacing(table) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(PROBE_COLUMNS if probed else COLUMNS)
            writer.writerows(_cells(e) for e in ranked)
        replace_file(page, _page(ranked, history, problems, chosen, method, picture))
    except OSError as error:
        raise RunError(f"{folder}: the report cannot be written: {error}") from error
    return [page, picture, table]


def _cells(e: RankedExample) -> list[str]:
    low, high = (f"{bound:.6f}" for bound in e.interval) if e.interval else ("", "")
    return [
        str(e.rank),
        e.id,
        f"{e.score:.6f}",
        low,
        high,
        f"{e.mean:.4f}",
        str(e.visits),
        *(() if e.answers is None else (str(e.answers),)),
        str(e.tied),
        "; ".join(e.flags),
    ]


def _draw(path: Path, ranked: Sequence[RankedExample], history: History, chosen: Sequence[str], method: str) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 7.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2)
    ranks = np.array([e.rank for e in ranked])
    scores = np.array([e.score for e in ranked])
    picked = [e for e in ranked if e.id in chosen] or list(ranked[:1])
    if all(e.interval for e in ranked):
        bounds = np.array([e.interval for e in ranked])
        axes[0, 0].fill_between(ranks, bounds[:, 0], bounds[:, 1], color=GREY, alpha=0.5, lw=0, label="95 % interval")
    axes[0, 0].plot(ranks, scores, color=BLUE, lw=1.5, label="score")
    axes[0, 0].plot(
        [e.rank for e in picked], [e.score for e in picked], "o", color=ORANGE, label="chosen" if chosen else "first"
    )
    axes[0, 0].set(title=f"Score by rank ({method})", xlabel="rank", ylabel="score")
    axes[0, 0].legend(frameon=False)
    name = "mean accuracy" if history.answers is None else "pass rate"
    means = np.array([e.mean for e in ranked])
    axes[0, 1].scatter(means, scores, s=8, color=BLUE, alpha=0.5, lw=0)
    axes[0, 1].scatter([e.mean for e in picked], [e.score for e in picked], s=40, color=ORANGE)
    axes[0, 1].set(title=f"Score by {name}, one point an example", xlabel=name, ylabel="score")
    axes[1, 0].hist(means, bins=np.linspace(0, 1, 41), color=BLUE)
    over = f"{name} over the run" if history.answers is None else name
    axes[1, 0].set(title="How hard the pool is", xlabel=over, ylabel="examples")
    if history.answers is None:
        _draw_visits(axes[1, 1], picked, history, "the chosen" if chosen else "the first of the ranking")
    else:
        _draw_answers(axes[1, 1], picked[0], history)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110, format="png")


def _draw_visits(axis: "Axes", picked: Sequence[RankedExample], history: History, whose: str) -> None:
    position = {name: number for number, name in enumerate(history.ids)}
    for e in picked[:4]:
        values = history.accuracies[position[e.id]]
        axis.plot(range(1, len(values) + 1), values, marker=".", lw=1, label=f"rank {e.rank}, id {e.id}")
    axis.set(title=f"Accuracy at each visit: {whose}", xlabel="visit", ylabel="accuracy", ylim=(-0.05, 1.05))
    axis.legend(frameon=False)


def _draw_answers(axis: "Axes", e: RankedExample, history: History) -> None:
    """How often a probe gave each answer to one example; the right one stands out."""
    from matplotlib.ticker import MaxNLocator

    position = history.ids.index(e.id)
    given = (history.answers or ())[position]
    right = {answer for answer, correct in zip(given, history.accuracies[position]) if correct}
    counts = Counter(given).most_common(BARS)[::-1]
    # No text of a model is taken for mathematics to be set.
    names = ["no answer" if answer is None else answer[:24].replace("$", r"\$") for answer, _ in counts]
    colours = [ORANGE if answer in right else GREY if answer is None else BLUE for answer, _ in counts]
    axis.barh(range(len(counts)), [count for _, count in counts], color=colours)
    axis.set_yticks(range(len(counts)), names)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    title = f"Answers to rank {e.rank}, id {e.id}: {e.answers} in {len(given)} samples"
    axis.set(title=title + (" (orange: right)" if right else " (none right)"), xlabel="samples")


def _page(
    ranked: Sequence[RankedExample], history: History, problems: Mapping[str, Problem], chosen: Sequence[str],
    method: str, picture: Path,
) -> str:  # fmt: skip
    probed = history.answers is not None
    drawn = "answers to the first" if probed else "history of the chosen"
    image = base64.b64encode(picture.read_bytes()).decode("ascii")
    rows = []
    for e in ranked:
        cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(e))
        problem = html.escape(problems[e.id].prompt)
        answer = html.escape(problems[e.id].answer)
        mark = ' class="chosen"' if e.id in chosen else ""
        rows.append(f'<tr{mark}>{cells}<td>{answer}</td><td class="problem" title="{problem}">{problem}</td></tr>')
    heads = "".join(
        f"<th>{name.replace('_', ' ')}</th>"
        for name in (*(COLUMNS if history.answers is None else PROBE_COLUMNS), "answer", "problem")
    )
    facts = "".join(f"<li>{html.escape(fact)}</li>" for fact in _facts(ranked, history, method))
    title = f"Selection by {html.escape(method)}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{PAGE_POLICY}">'
        f"<title>{title}</title><style>{STYLE}</style>"
        f"<h1>{title}</h1><p>{html.escape(history.origin)}: {len(ranked)} examples.</p><ul>{facts}</ul>"
        f'<img alt="score by rank, score by difficulty, difficulty, {drawn}" '
        f'src="data:image/png;base64,{image}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></html>\n"
    )


def _suspects(ranked: Sequence[RankedExample]) -> list[str]:
    """A line on equal scores among the first 16, and one for each kind of flag on labels and prompts."""
    top = [e for e in ranked if e.rank <= 16 and e.tied > 1]
    facts = [f"Among the first 16, equal scores: ranks {', '.join(str(e.rank) for e in top)}."] if top else []
    for kind in ("suspect label", "same prompt"):
        found = [(e, flag) for e in ranked for flag in e.flags if flag.startswith(kind)]
        told = "; ".join(
            f"id {e.id} at rank {e.rank} ({flag.removeprefix(kind).strip(': ')})" for e, flag in found[:12]
        )
        more = f" and {len(found) - 12} more" if len(found) > 12 else ""
        if found:
            facts.append(f"{kind.capitalize()}: {told}{more}.")
    return facts


def _facts(ranked: Sequence[RankedExample], history: History, method: str) -> list[str]:
    never = sum("never solved" in e.flags for e in ranked)
    always = sum("always solved" in e.flags for e in ranked)
    largest = max(e.tied for e in ranked)
    probed = history.answers is not None
    kept = "pool" if probed else "history"
    facts = [
        f"{never} examples were never solved, {always} always.",
        f"The largest group of equal scores has {largest} members; only the {kept} decides their order."
        if largest > 1
        else "All scores differ.",
    ]
    halves = (("odd against even visits", False), ("the first against the second half of the visits", True))
    for label, late in halves if not probed else (("odd against even samples", False),):
        half = split_half(history, method, late=late)
        if half is not None and np.isfinite(half.correlation):
            facts.append(
                f"Stability of the ranks, {label}: Spearman {half.correlation:.3f}; "
                f"{half.shared} of the best {half.top} are the same."
            )
    facts += _suspects(ranked)
    if probed:
        facts.append(
            "A probe: samples of a model before any training. It tells what is in reach now, not what a run will do."
        )
    if ranked[0].interval and probed:
        facts.append("Intervals: bootstrap over the samples of the example (1000 draws).")
    elif ranked[0].interval:
        facts.append(
            "Intervals: bootstrap over visits (1000 draws). Neighbouring visits are not independent, so the true "
            "uncertainty is larger."
        )
    return facts
