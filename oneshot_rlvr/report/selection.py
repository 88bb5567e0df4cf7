"""The page of `rlvr select --report`: one figure, the whole ranking, and what to beware of. Opens offline."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from oneshot_rlvr.data.history import History
from oneshot_rlvr.data.selection import RankedExample, split_half
from oneshot_rlvr.errors import RunError
from oneshot_rlvr.files import replace_file
from oneshot_rlvr.report.draw import render
from oneshot_rlvr.report.page import fill
from oneshot_rlvr.report.theme import Theme
from oneshot_rlvr.types import Problem

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

COLUMNS = ("rank", "id", "score", "low", "high", "mean_accuracy", "visits", "ties", "flags")
PROBE_COLUMNS = ("rank", "id", "score", "low", "high", "pass_rate", "samples", "answers", "ties", "flags")
BARS = 17  # most frequent answers of one example that are drawn: all of the default 16 samples, and none
WIDTH = 10.5  # inches


def write_report(
    folder: Path, ranked: Sequence[RankedExample], history: History, problems: Mapping[str, Problem],
    chosen: Sequence[str], method: str,
) -> list[Path]:  # fmt: skip
    """Writes `selection.png`, `selection.csv` and `selection.html` into an existing folder; -> their paths."""
    picture, table, page = (folder / f"selection.{kind}" for kind in ("png", "csv", "html"))
    columns = COLUMNS if history.answers is None else PROBE_COLUMNS
    light, dark = render(Ranking(ranked, history, chosen, method), WIDTH)
    text = fill(
        "selection.html",
        title=f"Selection by {method}",
        origin=history.origin,
        facts=_facts(ranked, history, method),
        light=light,
        dark=dark,
        drawn="history of the chosen" if history.answers is None else "answers to the first",
        head=[name.replace("_", " ") for name in (*columns, "answer", "problem")],
        rows=[(_cells(e), problems[e.id], e.id in chosen) for e in ranked],
    )
    try:
        replace_file(picture, light)
        replace_file(table, _csv(columns, ranked))
        replace_file(page, text)
    except OSError as error:
        raise RunError(f"{folder}: the report cannot be written: {error}") from error
    return [page, picture, table]


def _csv(columns: Sequence[str], ranked: Sequence[RankedExample]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(columns)
    writer.writerows(_cells(e) for e in ranked)
    return stream.getvalue()


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


@dataclass(frozen=True)
class Ranking:
    """The figure: score by rank and difficulty, how hard the pool is, and the chosen or the first of the ranking."""

    ranked: Sequence[RankedExample]
    history: History
    chosen: Sequence[str]
    method: str
    height: float = 6.0  # inches

    @property
    def picked(self) -> list[RankedExample]:
        """The chosen examples, else the first of the ranking."""
        return [e for e in self.ranked if e.id in self.chosen] or list(self.ranked[:1])

    def draw(self, canvas: "Canvas", theme: Theme) -> None:
        axes = canvas.subplots(2, 2)
        probed = self.history.answers is not None
        self._draw_scores(axes[0, 0], theme)
        self._draw_difficulty(axes[0, 1], axes[1, 0], "pass rate" if probed else "mean accuracy", theme)
        if probed:
            _draw_answers(axes[1, 1], self.picked[0], self.history, theme)
        else:
            whose = "the chosen" if self.chosen else "the first of the ranking"
            _draw_visits(axes[1, 1], self.picked, self.history, whose, theme)

    def _draw_scores(self, axes: "Axes", theme: Theme) -> None:
        ranks, scores = [e.rank for e in self.ranked], [e.score for e in self.ranked]
        if all(e.interval for e in self.ranked):
            bounds = np.array([e.interval for e in self.ranked])
            axes.fill_between(ranks, bounds[:, 0], bounds[:, 1], color=theme.unsolved, lw=0, label="95 % interval")
        axes.plot(ranks, scores, color=theme.hues[0], lw=1.5, label="score")
        places = [e.rank for e in self.picked], [e.score for e in self.picked]
        axes.plot(*places, "o", color=theme.hues[1], label="chosen" if self.chosen else "first")
        axes.set(title=f"Score by rank ({self.method})", xlabel="rank", ylabel="score")
        axes.legend()

    def _draw_difficulty(self, scatter: "Axes", histogram: "Axes", name: str, theme: Theme) -> None:
        means = [e.mean for e in self.ranked]
        scatter.scatter(means, [e.score for e in self.ranked], s=8, color=theme.hues[0], alpha=0.5, lw=0)
        scatter.scatter([e.mean for e in self.picked], [e.score for e in self.picked], s=40, color=theme.hues[1])
        scatter.set(title=f"Score by {name}, one point an example", xlabel=name, ylabel="score")
        histogram.hist(means, bins=list(np.linspace(0, 1, 41)), color=theme.hues[0])
        over = f"{name} over the run" if self.history.answers is None else name
        histogram.set(title="How hard the pool is", xlabel=over, ylabel="examples")


def _draw_visits(axes: "Axes", picked: Sequence[RankedExample], history: History, whose: str, theme: Theme) -> None:
    position = {name: number for number, name in enumerate(history.ids)}
    for hue, e in enumerate(picked[:4]):
        values = history.accuracies[position[e.id]]
        label = f"rank {e.rank}, id {e.id}"
        axes.plot(range(1, len(values) + 1), values, marker=".", lw=1, color=theme.hues[hue], label=label)
    axes.set(title=f"Accuracy at each visit: {whose}", xlabel="visit", ylabel="accuracy", ylim=(-0.05, 1.05))
    axes.legend()


def _draw_answers(axes: "Axes", e: RankedExample, history: History, theme: Theme) -> None:
    """Draws how often a probe gave each answer to one example; the right one stands out."""
    from matplotlib.ticker import MaxNLocator

    position = history.ids.index(e.id)
    given = (history.answers or ())[position]
    right = {answer for answer, correct in zip(given, history.accuracies[position]) if correct}
    counts = Counter(given).most_common(BARS)[::-1]
    # No text of a model is taken for mathematics to be set.
    names = ["no answer" if answer is None else answer[:24].replace("$", r"\$") for answer, _ in counts]
    colours = [theme.hues[1] if answer in right else theme.unsolved if answer is None else theme.hues[0]
               for answer, _ in counts]  # fmt: skip
    axes.barh(range(len(counts)), [count for _, count in counts], color=colours)
    axes.set_yticks(range(len(counts)), names)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    title = f"Answers to rank {e.rank}, id {e.id}: {e.answers} in {len(given)} samples"
    axes.set(title=title + (" (orange: right)" if right else " (none right)"), xlabel="samples")


def _suspects(ranked: Sequence[RankedExample]) -> list[str]:
    """Says where scores are equal among the first 16, and lists every kind of flag on labels and prompts."""
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
