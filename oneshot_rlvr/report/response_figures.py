"""Figures of held-out responses: pass@k against avg@k; reflection, repetition, foreign script and text of the training
example over checkpoints."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from oneshot_rlvr.report import compare, theme
from oneshot_rlvr.report.compare import Arm
from oneshot_rlvr.report.draw import Axis, Line, Panel, Panels
from oneshot_rlvr.report.figures import Figure, Part, Study, make_figure, points_of, seeds_note
from oneshot_rlvr.report.report_parts import training_examples
from oneshot_rlvr.report.run_files import EvalPoint, Run, Series, read_samples
from oneshot_rlvr.types import Problem

SHARED_WORDS = 8  # words of the example's text in a row that are not there by chance
LOWEST_TOP = 0.05  # lowest end of a panel's scale: a single response does not look like a trend
WORD = re.compile(r"[^\W_]+")
INSTRUCTION = "Let's think step by step"  # mark in a prompt after which it says how to answer, not what


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

    answer: float  # share among problems with another answer
    text: float


def overfit(point: EvalPoint, examples: Sequence[Problem]) -> Overfit | None:
    """Counts how often the training examples show in held-out responses; None where no responses are stored.

    Text: at least 8 words in a row of the example (all of a shorter one) that the response's own prompt does not have.
    """
    answers = {example.answer.strip() for example in examples}
    grams = {gram for example in examples for gram in word_runs(example.prompt.split(INSTRUCTION)[0])}
    others = same_answer = texts = total = 0
    for sample in read_samples(point):
        total += 1
        if sample.task.problem.answer.strip() not in answers:
            others += 1
            grade = sample.grades.get(point.result.grader)
            same_answer += grade is not None and (grade.extracted or "").strip() in answers
        response = _plain(sample.text)
        found = [gram for gram in grams if gram in response]
        texts += bool(found) and any(gram not in _plain(sample.task.prompt) for gram in found)
    return Overfit(same_answer / others if others else 0.0, texts / total) if total else None


def word_runs(text: str) -> set[str]:
    """Lists every run of 8 words, lower case, without signs; all of a text with fewer words."""
    words = _plain(text).split()
    length = min(SHARED_WORDS, len(words))
    return {f" {' '.join(words[i : i + length])} " for i in range(len(words) - length + 1)} if words else set()


def _plain(text: str) -> str:
    return f" {' '.join(WORD.findall(text.lower()))} "


def habits(study: Study) -> Figure | None:
    """Draws one small panel for every habit that some response has."""
    name = study.twin or study.benchmark
    if name is None:
        return None
    parts = [part for arm in study.arms for run in arm.runs for part in _habit_series(arm, run, name)]
    measured = {habit: [part for part in parts if part.series.name == habit.name] for habit in HABITS}
    seen = {habit: found for habit, found in measured.items() if any(any(part.series.values) for part in found)}
    if not seen:
        return None
    panels = []
    for habit, found in seen.items():
        top = max(LOWEST_TOP, 1.08 * max(value for part in found for value in part.series.values))
        lines = [study.line(arm, curve) for arm, curve in study.bands(found)]
        panels.append(Panel(lines, Axis("responses", limits=(0, top)), habit.title))
    never = [habit.title for habit, found in measured.items() if found and habit not in seen]
    ends = (f"{arm.label} {s.name} {s.values[0]:.1%} to {s.values[-1]:.1%}" for arm, _, s in parts if any(s.values))
    return make_figure(
        "habits",
        "What held-out responses look like",
        f"Share of responses on {name} ({compare.how_sampled(study.runs, name)}) by checkpoint; each panel has its own "
        "scale." + (f" Never seen: {', '.join(never)}." if never else "") + seeds_note(study.arms),
        "Share of responses, first and last checkpoint: " + "; ".join(ends),
        Panels(panels, study.last_step, height=0.9 + 1.45 * len(seen)),
        ("share", "arm", "seed", "step", "value"),
        ((part.series.name, *point) for part in parts for point in points_of([part])),
    )


def _habit_series(arm: Arm, run: Run, name: str) -> Iterator[Part]:
    points = [point for point in run.evaluations if point.benchmark == name]
    seed = run.config.trainer.seed
    if not points:
        return
    steps = tuple(point.step for point in points)
    for habit in HABITS[:3]:
        values = tuple(getattr(point.result, habit.name) for point in points)
        yield Part(arm, seed, Series(habit.name, steps, values))
    examples = training_examples(run)
    found = {point.step: shares for point in points if examples and (shares := overfit(point, examples))}
    if found:
        answers, texts = zip(*((shares.answer, shares.text) for shares in found.values()))
        yield Part(arm, seed, Series("example_answer_share", tuple(found), answers))
        yield Part(arm, seed, Series("example_text_share", tuple(found), texts))


def pass_at_k(study: Study) -> Figure | None:
    """Draws unbiased pass@k of each model's base and of every arm's last evaluation; k = 1 is avg@k."""
    for name in filter(None, (study.twin, study.benchmark)):
        stored = compare.stored_results(study.arms, name)
        ends = {label: compare.average_passes(results) for label, results in stored.items()}
        if any(len(shares) > 1 for shares in ends.values()):
            return _pass_figure(study, name, ends)
    return None


def _pass_figure(study: Study, name: str, ends: dict[str, dict[int, float]]) -> Figure:
    looks = study.looks
    bases = theme.base_markers(label for label in ends if label not in looks)
    lines = []
    for label, shares in ends.items():
        line = Line(list(shares), list(shares.values()), "base", label, marker=bases.get(label, ""), marker_size=6.0)
        if look := looks.get(label):
            line = replace(line, colour=look.hue, dash=look.dash, marker=look.marker)
        lines.append(line)
    words = (f"{label} {s[min(s)]:.1%} at 1, {s[max(s)]:.1%} at {max(s)}" for label, s in ends.items())
    return make_figure(
        "pass_at_k",
        "pass@k against avg@k",
        f"Share of problems of {name} that k samples solve at least once (unbiased); at k = 1 it is avg@k. "
        "Where the base catches up at large k, training made answers likelier that the base has too.",
        "pass@k: " + "; ".join(words),
        Panels([Panel(lines, Axis("pass@k"))], ks=sorted({k for shares in ends.values() for k in shares})),
        ("model", "k", "pass_at_k"),
        ((label, *point) for label, shares in ends.items() for point in shares.items()),
    )
