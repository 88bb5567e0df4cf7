"""Held-out tasks of the world as problems of a validation set, with truths for the grader `world`.

A problem's category is its kind, its level the depth.
"""

from collections.abc import Iterator

from oneshot_rlvr.grading.program_world import show
from oneshot_rlvr.selfplay.world import texts
from oneshot_rlvr.selfplay.world.grammar import held_out
from oneshot_rlvr.types import Problem

PER_DEPTH = {"deduction": 40, "abduction": 20}  # problems of the shipped set; each kind has programs of its own


def held_out_problems(seed: str, per_depth: dict[str, int] | None = None) -> Iterator[Problem]:
    """Fresh problems of each kind and depth, ids `deduction-3-00` ..."""
    for kind, count in (per_depth or PER_DEPTH).items():
        for number, sample in enumerate(held_out(count, f"{kind} {seed}")):
            output, depth = show(sample.run.value), sample.run.depth
            prompt, answer = texts.deduction(sample.program, sample.arguments), texts.MARK + output
            if kind == "abduction":
                prompt, answer = texts.abduction(sample.program, output), sample.program + answer
            name = f"{kind}-{depth}-{number % count:02d}"
            yield Problem(name, prompt, answer, "programs_heldout", kind, level=str(depth))
