#!/usr/bin/env python3
"""Draws the map of a landscape: which examples teach, which harm, and what they have in common, as one HTML page.

    python scripts/landscape_page.py PAGE.html [--landscape e|d|FILE] [--base 0.225]

The landscape is a shipped one or what scripts/landscape.py writes. The picture has a row for each example that was
trained on alone and a column for each held-out problem; tables give means by family, lead-in and question, and the best
and worst examples.
"""

import argparse
import base64
import html
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from oneshot_rlvr.data.history import History
from oneshot_rlvr.paths import sandbox_dir
from oneshot_rlvr.sandbox.landscape import STEPS, Landscape, load_landscape, load_probe
from oneshot_rlvr.sandbox.world import FAMILIES, LEADS, pool_problems, shipped_held_out
from oneshot_rlvr.types import Problem

SHOWN = 12  # examples at either end
CLASSES = ((0, 0), (1, 1), (2, 3), (4, 7), (8, 11), (12, 16))  # right samples of 16
STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:980px;margin:24px auto;padding:0 16px;color:#222}
table{border-collapse:collapse;margin:8px 0 20px}td,th{padding:3px 10px;border-bottom:1px solid #ddd;text-align:right}
.text{text-align:left}img{max-width:100%}h2{margin-top:32px}p{max-width:760px}"""


def rows_of(runs: Landscape) -> tuple[list[Problem], np.ndarray]:
    """The examples of the runs of one seed, and their verdicts [examples, held-out problems]."""
    problems = {problem.id: problem for problem in pool_problems()}
    return [problems[name] for name in runs.ids], runs.right_RH


def lead_of(problem: Problem) -> str:
    """The words before the question."""
    return max((lead for lead in LEADS if problem.prompt.startswith(lead)), key=len).strip() or "(none)"


def picture(examples: Sequence[Problem], matrix_EH: np.ndarray) -> str:
    """The matrix as an image: examples by family and accuracy, held-out problems by family and difficulty."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    held_out, mean_E, mean_H = shipped_held_out(), matrix_EH.mean(1), matrix_EH.mean(0)
    rows = sorted(range(len(examples)), key=lambda i: (FAMILIES.index(examples[i].category), -mean_E[i]))
    columns = sorted(range(len(held_out)), key=lambda i: (FAMILIES.index(held_out[i].category), -mean_H[i]))
    figure, axes = plt.subplots(figsize=(9.6, 8.4))
    axes.imshow(matrix_EH[rows][:, columns], aspect="auto", cmap="YlGnBu", vmin=0, vmax=1, interpolation="nearest")
    for ticks, labels, problems, line in (
        (axes.set_yticks, axes.set_yticklabels, [examples[i] for i in rows], axes.axhline),
        (axes.set_xticks, axes.set_xticklabels, [held_out[i] for i in columns], axes.axvline),
    ):
        places = {f: [n for n, p in enumerate(problems) if p.category == f] for f in FAMILIES}
        ticks([fmean(found) for found in places.values() if found])
        labels([family for family, found in places.items() if found])
        for found in places.values():
            if found and found[0]:
                line(found[0] - 0.5, color="black", linewidth=0.8)
    axes.set_ylabel("trained on alone")
    axes.set_xlabel("held-out problem (dark: right)")
    file = io.BytesIO()
    figure.savefig(file, dpi=110, bbox_inches="tight")
    plt.close(figure)
    return f'<img alt="held-out verdicts" src="data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}">'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An HTML table; columns of text stand on the left, those of numbers on the right."""
    numbers = [all(cell.replace(".", "").isdigit() for cell in column) for column in zip(*rows)]

    def line(tag: str, cells: Sequence[str]) -> str:
        opened = [f"<{tag}>" if number else f"<{tag} class=text>" for number in numbers]
        return "".join(f"{start}{html.escape(cell)}</{tag}>" for start, cell in zip(opened, cells))

    lines = [line("th", head), *(line("td", row) for row in rows)]
    return f"<table>{''.join(f'<tr>{cells}</tr>' for cells in lines)}</table>"


def transfer(examples: Sequence[Problem], matrix_EH: np.ndarray) -> str:
    """Mean accuracy by family of the example and of the held-out problem, percent."""
    held_out = np.array([problem.category for problem in shipped_held_out()])
    trained = np.array([problem.category for problem in examples])
    rows = []
    for family in (f for f in FAMILIES if (trained == f).any()):
        part = matrix_EH[trained == family]
        cells = [f"{100 * part[:, held_out == other].mean():.0f}" for other in FAMILIES]
        rows.append([f"{family} ({len(part)})", *cells, f"{100 * part.mean():.1f}"])
    return table(["trained on", *FAMILIES, "all"], rows)


def by(examples: Sequence[Problem], mean_E: np.ndarray, name: str, key: Callable[[Problem], str]) -> str:
    """Mean, lowest and highest accuracy of the examples with each value of a property, percent."""
    values = [key(problem) for problem in examples]
    groups = {value: mean_E[[v == value for v in values]] for value in values}
    rows = [[value, str(len(found)), *(f"{100 * number:.1f}" for number in (found.mean(), found.min(), found.max()))]
            for value, found in sorted(groups.items(), key=lambda item: -item[1].mean())]  # fmt: skip
    return table([name, "examples", "mean", "lowest", "highest"], rows)


def ends(examples: Sequence[Problem], mean_E: np.ndarray) -> list[str]:
    """Tables of the examples at either end."""
    order, head = np.argsort(-mean_E), ["example", "family", "question", "held-out %"]
    rows = [[examples[i].id, examples[i].category, examples[i].prompt, f"{100 * mean_E[i]:.1f}"] for i in order]
    return ["<h2>The best</h2>", table(head, rows[:SHOWN]), "<h2>The worst</h2>", table(head, rows[-SHOWN:])]


def solved_before(probe: History) -> Callable[[Problem], str]:
    """Names how many of the base's samples of a problem were right, in classes."""
    right = {name: int(sum(marks)) for name, marks in zip(probe.ids, probe.accuracies)}

    def told(problem: Problem) -> str:
        number = right[problem.id]
        return next(f"{low} to {high}" if high > low else f"{low}" for low, high in CLASSES if low <= number <= high)

    return told


def page(examples: Sequence[Problem], matrix_EH: np.ndarray, base: float, probe: History | None = None) -> str:
    """The whole page; with a probe of the base also what it solved before."""
    mean_E = matrix_EH.mean(1)
    counts = [((mean_E >= 0.8).sum(), "at 80 % or more"), ((mean_E < base).sum(), "below the base")]
    told = ", ".join(f"{number} {words}" for number, words in counts)
    parts = [
        f"<h1>{len(examples)} examples, each trained on alone</h1>",
        f"<p>Held-out accuracy on 240 problems (greedy) lies between {100 * mean_E.min():.1f} and "
        f"{100 * mean_E.max():.1f} %, mean {100 * mean_E.mean():.1f} %; the base has {100 * base:.1f} %. {told}. "
        "A constructed world: it shows a mechanism, and nothing about real models.</p>",
        picture(examples, matrix_EH),
        "<h2>From family to family</h2>", transfer(examples, matrix_EH),
        "<h2>What they have in common</h2>", by(examples, mean_E, "family", lambda p: p.category),
        by(examples, mean_E, "lead-in", lead_of),
        by(examples, mean_E, "right before, of 16", solved_before(probe)) if probe else "",
        *ends(examples, mean_E),
    ]  # fmt: skip
    return f"<!doctype html><meta charset=utf-8><title>landscape</title><style>{STYLE}</style>{''.join(parts)}\n"


def shipped_accuracy(base: str) -> float:
    """Greedy held-out accuracy of a shipped base, 0..1."""
    return json.loads((sandbox_dir() / f"base_{base}" / "scores.json").read_text())["greedy"]["accuracy"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("--landscape", default="e", help="shipped: e, d; or a file (default: e)")
    parser.add_argument("--seed", type=int, default=0, help="of the runs that are shown")
    parser.add_argument("--base", type=float, help="held-out accuracy of the base, 0..1 (default: of a shipped one)")
    args = parser.parse_args()
    if args.base is None and args.landscape not in STEPS:
        parser.error("a landscape of your own needs --base")
    base = shipped_accuracy(args.landscape) if args.base is None else args.base
    probe = load_probe(args.landscape) if args.landscape in STEPS else None
    runs = load_landscape(args.landscape).of_seed(args.seed)
    args.page.write_text(page(*rows_of(runs), base, probe), encoding="utf-8")


if __name__ == "__main__":
    main()
