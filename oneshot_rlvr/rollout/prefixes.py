"""A source that asks solved examples from the beginnings of failed responses to them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Any

from oneshot_rlvr.files import seed_of
from oneshot_rlvr.rollout.engine import Engine
from oneshot_rlvr.rollout.sources import Aside, ProblemSource, Source
from oneshot_rlvr.types import Rollout, Task

KEPT = 64  # failed responses of an example, the newest
SOLVED = 0.9  # share of right answers from which an example is asked this way
STEP = 1.1  # factor by which the length of the beginnings changes in a step
LONGEST = 0.9  # of a failed response: its end says the wrong answer


@dataclass
class FailedPrefixes(Source):
    """Groups of examples that are solved go on from the beginning of a failed response (arXiv 2601.20829), a `share` of
    a step's groups at most. The beginning is part of the prompt and not trained on; what is graded follows it.

    Its length is `part` of the response, longer after a step in which more than `target` of these continuations were
    right, else shorter. Failures are those of the run itself, and with `part` the source's state.
    """

    source: ProblemSource
    share: float
    target: float
    max_prompt: int  # tokens
    part: float = 0.25
    failed: dict[str, list[tuple[int, ...]]] = field(default_factory=dict)  # by example, newest last
    rates: dict[str, float] = field(default_factory=dict)  # by example: right answers to its plain prompt, last asked
    _values: dict[str, float] = field(default_factory=dict)

    def step(self, step: int, engine: Engine) -> list[Rollout]:
        tasks = [self.source.tasks[i] for i in self.source.batches.batch(step)]
        asked = self._begun(tasks, step)
        rollouts = self.source.sample(asked, step, engine)
        plain = {task.problem.id: task.prompt_ids for task in tasks}
        self._learn(rollouts, [r.task.prompt_ids != plain[r.task.problem.id] for r in rollouts])
        return rollouts

    def _begun(self, tasks: Sequence[Task], step: int) -> list[Task]:
        """The tasks, the last of which begin with a part of a failed response where their examples are solved."""
        kept = len(tasks) - int(self.share * len(tasks))
        return [self._begin(task, f"{step}/{place}") if place >= kept else task for place, task in enumerate(tasks)]

    def _begin(self, task: Task, place: str) -> Task:
        failed = self.failed.get(task.problem.id, [])
        if not failed or self.rates.get(task.problem.id, 0.0) < SOLVED:
            return task
        response = random.Random(seed_of(f"prefix/{self.source.seed}/{place}")).choice(failed)
        length = min(max(1, round(self.part * len(response))), self.max_prompt - len(task.prompt_ids))
        return replace(task, prompt_ids=task.prompt_ids + response[: max(0, length)])

    def _learn(self, rollouts: Sequence[Rollout], begun: Sequence[bool]) -> None:
        plain = [r for r, late in zip(rollouts, begun) if not late and r.grade is not None]
        for name in {r.task.problem.id for r in plain}:
            own = [r for r in plain if r.task.problem.id == name]
            self.rates[name] = fmean(bool(r.grade and r.grade.correct) for r in own)
            new = [r.token_ids for r in own if r.grade and r.grade.correct is False and len(r.token_ids) > 1]
            self.failed[name] = [*self.failed.get(name, []), *new][-KEPT:]
        right = [bool(r.grade and r.grade.correct) for r, late in zip(rollouts, begun) if late]
        self._values = {"prefix/share": fmean(begun), "prefix/part": self.part}
        if right:
            self._values["prefix/accuracy"] = fmean(right)
            longer = fmean(right) > self.target
            self.part = min(LONGEST, self.part * STEP) if longer else self.part / STEP

    def aside(self) -> Aside:
        return replace(self.source.aside(), values=self._values)

    def state(self) -> dict[str, Any]:
        return {"part": self.part, "failed": self.failed, "rates": self.rates}

    def load_state(self, state: dict[str, Any]) -> None:
        self.part = state.get("part", self.part)
        self.failed = {name: [tuple(ids) for ids in found] for name, found in state.get("failed", {}).items()}
        self.rates = dict(state.get("rates", {}))
