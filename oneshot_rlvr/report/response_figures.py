"""Figures of held-out responses: pass@k against avg@k, and over checkpoints reflection, repetition, foreign script and
text of the training example."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oneshot_rlvr.report import compare, curves, style
from oneshot_rlvr.report.compare import Arm
from oneshot_rlvr.report.figures import Figure, Study, draw_band, seeds_note, write_csv
from oneshot_rlvr.report.report_parts import Example, training_examples
from oneshot_rlvr.report.run_files import EvalPoint, Run, Series, read_samples

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from oneshot_rlvr.report.style import Theme

SHARED_WORDS = 8  # a run of so many words of the example's text is not there by chance
LOWEST_TOP = 0.05  # of a panel's scale, so that a single response does not look like a trend
WORD = re.compile(r"[^\W_]+")
INSTRUCTION = "Let's think step by step"  # from here on a prompt says how to answer, not what


@dataclass(frozen=True, slots=True)
class Habit:
    """A share of responses that is drawn over checkpoints."""

    name: str  # field of the evaluation's result, or one of the two of `overfit`
    title: str


HABITS = (
    Habit("reflection_share", "reflection words"),
    Habit("repetition_share", "repeats itself to the end"),
    Habit("foreign_script_share", "foreign script"),
    Habit("example_answer_share", "the training answer where it is wrong"),
    Habit("example_text_share", "text of the training example"),
)


@dataclass(frozen=True, slots=True)
class Overfit:
    """Shares of one evaluation's responses. Example: 3 of 232 answer 84, the training answer, where that is wrong."""

    answer: float  # among problems with another answer
    text: float


def overfit(point: EvalPoint, examples: Sequence[Example]) -> Overfit | None:
    """How often the training examples show in held-out responses; None where no responses are stored.

    Text: at least 8 words in a row of the example (all of a shorter one) that the response's own prompt does not have.
    """
    answers = {example.answer.strip() for example in examples}
    grams = {gram for example in examples for gram in word_runs(example.text.split(INSTRUCTION)[0])}
    others = same_answer = texts = total = 0
    for sample in read_samples(point):
        total += 1
        if sample.answer.strip() not in answers:
            others += 1
            grade = sample.grades.get(point.result.grader)
            same_answer += grade is not None and (grade.extracted or "").strip() in answers
        response = _plain(sample.response)
        found = [gram for gram in grams if gram in response]
        texts += bool(found) and any(gram not in _plain(sample.prompt) for gram in found)
    return Overfit(same_answer / others if others else 0.0, texts / total) if total else None


def word_runs(text: str) -> set[str]:
    """Every run of 8 words, lower case, without signs; of a text with fewer words all of it."""
    words = _plain(text).split()
    length = min(SHARED_WORDS, len(words))
    return {f" {' '.join(words[i : i + length])} " for i in range(len(words) - length + 1)} if words else set()


def _plain(text: str) -> str:
    return f" {' '.join(WORD.findall(text.lower()))} "


def habits(study: Study) -> Figure | None:
    """One small panel for every habit that some response has."""
    name = study.twin or study.benchmark
    if name is None:
        return None
    parts = [part for arm in study.arms for run in arm.runs for part in _habit_series(arm, run, name)]
    seen = [habit for habit in HABITS if any(any(s.values) for _, _, n, s in parts if n == habit.name)]
    measured = [habit for habit in HABITS if any(n == habit.name for _, _, n, _ in parts)]
    if not seen:
        return None

    def draw(canvas: "Canvas", theme: "Theme") -> None:
        panels = canvas.subplots(len(seen), 1, sharex=True, squeeze=False).flat
        for panel, habit in zip(panels, seen):
            for arm in study.arms:
                curve = curves.band([s for a, _, n, s in parts if a is arm and n == habit.name])
                if curve.steps:
                    draw_band(panel, curve, study.styles[arm.label], theme, arm.label)
            panel.set_title(habit.title)
            style.percent_axis(panel, "responses", full=False)
            highest = max(v for _, _, n, s in parts if n == habit.name for v in s.values)
            panel.set_ylim(0, max(LOWEST_TOP, 1.08 * highest))
            style.step_axis(panel, study.last_step)
            panel.label_outer()
        style.legend_above(canvas, canvas.axes[0])

    light, dark = style.render(draw, height=0.9 + 1.45 * len(seen))
    never = [habit.title for habit in measured if habit not in seen]
    runs = [run for arm in study.arms for run in arm.runs]
    return Figure(
        "habits",
        "What held-out responses look like",
        f"Share of responses on {name} ({compare.how_sampled(runs, name)}) by checkpoint; each panel has its own scale."
        + (f" Never seen: {', '.join(never)}." if never else "")
        + seeds_note(study.arms),
        "Share of responses, first and last checkpoint: "
        + "; ".join(
            f"{arm.label} {n} {s.values[0]:.1%} to {s.values[-1]:.1%}" for arm, _, n, s in parts if any(s.values)
        ),
        light,
        dark,
        write_csv(
            ("share", "arm", "seed", "step", "value"),
            ((n, arm.label, seed, *point) for arm, seed, n, s in parts for point in zip(s.steps, s.values)),
        ),
    )


def _habit_series(arm: Arm, run: Run, name: str) -> Iterator[tuple[Arm, int, str, Series]]:
    points = [point for point in run.evaluations if point.benchmark == name]
    steps = tuple(point.step for point in points)
    seed = run.config.trainer.seed
    if not points:
        return
    for habit in HABITS[:3]:
        yield arm, seed, habit.name, Series(habit.name, steps, tuple(getattr(p.result, habit.name) for p in points))
    examples = training_examples(run)
    found = [(point.step, shares) for point in points if examples and (shares := overfit(point, examples))]
    if found:
        steps = tuple(step for step, _ in found)
        yield arm, seed, "example_answer_share", Series("", steps, tuple(shares.answer for _, shares in found))
        yield arm, seed, "example_text_share", Series("", steps, tuple(shares.text for _, shares in found))


def pass_at_k(study: Study) -> Figure | None:
    """Unbiased pass@k of each model's base and of every arm's last evaluation; k = 1 is avg@k."""
    name = next((n for n in (study.twin, study.benchmark) if n and _ends(study, n)), None)
    if name is None:
        return None
    ends = _ends(study, name)

    def draw(canvas: "Canvas", theme: "Theme") -> None:
        axes = canvas.subplots()
        bases = style.base_markers([label for label, _ in ends if label not in study.styles])
        for label, shares in ends:
            look = study.styles.get(label)
            colour = look.colour(theme) if look else theme.base
            marker, dash = (look.marker, look.dash) if look else (bases[label], "-")
            axes.plot(list(shares), list(shares.values()), dash, marker=marker, color=colour, label=label)
        ticks = sorted({k for _, shares in ends for k in shares})
        axes.set_xscale("log", base=2)
        axes.set_xticks(ticks, [str(k) for k in ticks])
        axes.minorticks_off()
        axes.set_xlabel("k")
        style.percent_axis(axes, "pass@k")
        style.legend_above(canvas, axes)

    light, dark = style.render(draw)
    return Figure(
        "pass_at_k",
        "pass@k against avg@k",
        f"Share of problems of {name} that k samples solve at least once (unbiased); at k = 1 it is avg@k. "
        "Where the base catches up at large k, training made answers likelier that the base has too.",
        "pass@k: " + "; ".join(f"{label} {s[min(s)]:.1%} at 1, {s[max(s)]:.1%} at {max(s)}" for label, s in ends),
        light,
        dark,
        write_csv(("model", "k", "pass_at_k"), ((label, k, v) for label, shares in ends for k, v in shares.items())),
    )


def _ends(study: Study, name: str) -> list[tuple[str, dict[int, float]]]:
    """pass@k by k of each base and of each arm's last evaluation, seeds averaged; empty where no k exceeds 1."""
    ends = [(label, [result]) for label, result in compare.base_results(study.arms, name).items()]
    for arm in study.arms:
        trained = [[p for p in run.evaluations if p.benchmark == name and p.step > 0][-1:] for run in arm.runs]
        ends.append((arm.label, [point.result for last in trained for point in last]))
    found = []
    for label, results in ends:
        if results:
            ks = sorted(set.intersection(*(set(r.pass_at_k) for r in results)))
            found.append((label, {k: sum(r.pass_at_k[k] for r in results) / len(results) for k in ks}))
    return found if any(len(shares) > 1 for _, shares in found) else []
