"""Held-out tasks of the world as problems of a validation set, with truths for the grader `world`.

A problem's category is its kind, its level the depth.
"""

from collections.abc import Iterator
from random import Random

from oneshot_rlvr.grading.program_world import show
from oneshot_rlvr.selfplay.world import texts
from oneshot_rlvr.selfplay.world.dialect import INPUTS
from oneshot_rlvr.selfplay.world.grammar import Sample, draw_pairs, held_out
from oneshot_rlvr.types import Problem

PER_DEPTH = {"deduction": 40, "abduction": 20}  # problems of programs_heldout; each kind has programs of its own
INDUCTIONS = {"induction": 40}  # of programs_induction
DRAWN_PAIRS = 60  # of which the first INPUTS that differ are taken


def held_out_problems(seed: str, per_depth: dict[str, int] | None = None) -> Iterator[Problem]:
    """Fresh problems of each kind and depth, ids `deduction-3-00` ..."""
    for kind, count in (per_depth or PER_DEPTH).items():
        name = "programs_induction" if kind == "induction" else "programs_heldout"
        suits = has_pairs if kind == "induction" else None
        for number, sample in enumerate(held_out(count, f"{kind} {seed}", suits=suits)):
            prompt, answer = _texts(kind, sample)
            depth = sample.run.depth
            yield Problem(f"{kind}-{depth}-{number % count:02d}", prompt, answer, name, kind, level=str(depth))


def _texts(kind: str, sample: Sample) -> tuple[str, str]:
    """Prompt and truth of a task."""
    output = show(sample.run.value)
    if kind == "deduction":
        return texts.deduction(sample.program, sample.arguments), texts.MARK + output
    if kind == "abduction":
        return texts.abduction(sample.program, output), sample.program + texts.MARK + output
    pairs = _pairs(sample)
    shown, hidden = pairs[: INPUTS // 2], pairs[INPUTS // 2 :]
    return texts.induction(shown), "\n".join(arguments + texts.MARK + value for arguments, value in hidden)


def _pairs(sample: Sample) -> list[tuple[str, str]]:
    """INPUTS different inputs with their outputs, or as many as were found."""
    return list(dict.fromkeys(draw_pairs(sample, DRAWN_PAIRS, Random(sample.program))))[:INPUTS]


def has_pairs(sample: Sample) -> bool:
    """True where INPUTS different inputs were found: a program of one number may have fewer."""
    return len(_pairs(sample)) == INPUTS
