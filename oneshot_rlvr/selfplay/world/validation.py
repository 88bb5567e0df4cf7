"""Held-out tasks of the world as problems of a validation set, and the verdicts on answers to them.

The answer of a deduction problem is the output. That of an abduction problem is the program, `>>` and the output: any
input that gives it is right. A problem's category is its kind, its level the depth.
"""

from collections.abc import Iterator

from oneshot_rlvr.isolation.pool import GradeItem, GraderPool
from oneshot_rlvr.selfplay.tasks import Refused
from oneshot_rlvr.selfplay.world import texts
from oneshot_rlvr.selfplay.world.grammar import held_out
from oneshot_rlvr.selfplay.world.interpreter import read_arguments, run, show
from oneshot_rlvr.types import Grade, Problem

PER_DEPTH = {"deduction": 40, "abduction": 20}  # problems of the shipped set; each kind has programs of its own


def held_out_problems(seed: str, per_depth: dict[str, int] | None = None) -> Iterator[Problem]:
    """Fresh problems of each kind and depth, ids `deduction-3-00` ..."""
    for kind, count in (per_depth or PER_DEPTH).items():
        for number, sample in enumerate(held_out(count, f"{kind} {seed}")):
            output, depth = show(sample.run.value), sample.run.depth
            if kind == "deduction":
                prompt, answer = texts.deduction(sample.program, sample.arguments), output
            else:
                prompt = texts.abduction(sample.program, output)
                answer = f"{sample.program}{texts.MARK}{output}"
            name = f"{kind}-{depth}-{number % count:02d}"
            yield Problem(name, prompt, answer, "programs_heldout", kind, level=str(depth))


def verdict(response: str, answer: str) -> Grade:
    """The grade of a response to a held-out problem."""
    found = texts.answer(response)
    if not found:
        return Grade(False, None, "unparsed")
    program, mark, output = answer.rpartition(texts.MARK)
    given = found
    if mark:
        try:
            given = show(run(program, read_arguments(found)).value)
        except Refused:
            return Grade(False, found, "wrong")
    correct = texts.tight(given) == output
    return Grade(correct, found, "correct" if correct else "wrong")


class WorldGrades(GraderPool):
    """Grades held-out problems in this process, whatever the grader's name: the interpreter has its own limits."""

    def _start(self, item: GradeItem) -> Grade:
        return verdict(item.response, item.answer)
