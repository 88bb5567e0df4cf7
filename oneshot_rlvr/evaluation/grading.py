"""Samples on their way through the graders, while sampling goes on."""

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from oneshot_rlvr.evaluation.records import EvalPlan, sample_key
from oneshot_rlvr.evaluation.text_stats import loose_answer
from oneshot_rlvr.grading.boxes import extract_boxed
from oneshot_rlvr.grading.graders import own_grader
from oneshot_rlvr.types import Rollout

if TYPE_CHECKING:
    from oneshot_rlvr.isolation.pool import GradeItem, GraderPool, PendingGrades

# Benchmarks whose rules `qwen` knows; a file of problems goes by its name.
RULES = ("aime24", "aime25", "amc23", "dsr_sub", "math500", "minerva_math", "olympiadbench")


def rules_name(benchmark: str) -> str:
    """The benchmark whose rules apply: "aime24x8" and "math500_validation" go by the set they hold; "" for others."""
    return next((name for name in RULES if benchmark.startswith(name)), "")


def lenient_name(grader: str) -> str:
    """Name of the verdict of `grader` on the loose answer of a response without a box."""
    return f"{grader}_lenient"


def lenient_item(response: str, answer: str, grader: str, benchmark: str) -> "GradeItem | None":
    """The item to grade where the box is missing but an answer is stated. `qwen` looks for such answers itself."""
    from oneshot_rlvr.isolation.pool import GradeItem

    if grader == "qwen" or own_grader(answer) or extract_boxed(response) is not None:
        return None
    loose = loose_answer(response)
    return None if loose is None else GradeItem(f"\\boxed{{{loose}}}", answer, grader, rules_name(benchmark))


class GradingQueue:
    """Takes samples as they come, gives them back with grades. Grades that a sample already has are kept."""

    def __init__(self, pool: "GraderPool", plan: EvalPlan) -> None:
        self.pool, self.plan = pool, plan
        self.submitted = 0
        self.right = 0  # under the headline grader, among those collected
        self._pending: deque[tuple[Rollout, list[str], PendingGrades]] = deque()
        self._graded: dict[tuple[str, int], Rollout] = {}

    def submit(self, sample: Rollout) -> None:
        names, items = self._items(sample)
        self.submitted += 1
        self._pending.append((sample, names, self.pool.submit(items)))

    def _items(self, sample: Rollout) -> tuple[list[str], list["GradeItem"]]:
        """Names and items of the grades still missing."""
        from oneshot_rlvr.isolation.pool import GradeItem

        rules, answer = rules_name(self.plan.name), sample.task.problem.answer
        wanted = {g: GradeItem(sample.text, answer, g, rules) for g in self.plan.graders}
        headline = self.plan.graders[0]
        lenient = lenient_item(sample.text, answer, headline, self.plan.name)
        if lenient is not None:
            wanted[lenient_name(headline)] = lenient
        missing = {name: item for name, item in wanted.items() if name not in sample.grades}
        return list(missing), list(missing.values())

    def collect(self) -> int:
        """Takes in what is finished, without waiting; returns how many samples are graded."""
        while self._pending and self._pending[0][2].done():
            self._take()
        return len(self._graded)

    def finish(self) -> dict[tuple[str, int], Rollout]:
        """Waits for all; `{(problem id, sample index): graded sample}`."""
        while self._pending:
            self._take()
        return self._graded

    def _take(self) -> None:
        sample, names, pending = self._pending.popleft()
        graded = replace(sample, grades=sample.grades | dict(zip(names, pending.result())))
        self._graded[sample_key(sample)] = graded
        self.right += graded.grades[self.plan.graders[0]].correct is True
