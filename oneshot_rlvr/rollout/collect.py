"""Collection of rollouts: sampled, graded while sampling goes on, rewarded."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from transformers import PreTrainedTokenizerBase

from oneshot_rlvr.isolation.pool import GradeItem, GraderPool, PendingGrades
from oneshot_rlvr.models.load import decode
from oneshot_rlvr.rollout.engine import Engine
from oneshot_rlvr.rollout.noise import NO_NOISE, GraderNoise, as_given
from oneshot_rlvr.rollout.rewards import GroupReward
from oneshot_rlvr.types import Grade, Rollout, Sampling, by_group


@dataclass(slots=True)
class Collector:
    """Makes rollouts of those that are asked for. `phase(name)` is entered for each part of the work; `on_response` is
    called for each response and `check` now and then in waits, and both may raise to give the work up."""

    sampling: Sampling
    pool: GraderPool
    grader: str
    reward: GroupReward
    tokenizer: PreTrainedTokenizerBase
    grade_with_prompt: bool  # the graded text is prompt + response, as officially
    phase: Callable[[str], AbstractContextManager[None]]
    on_response: Callable[[], None]
    check: Callable[[], None]
    noise: GraderNoise = NO_NOISE
    counts: Counter[str] = field(default_factory=Counter)  # of the last call: failures, contradictions, cache hits
    tail_seconds: float = 0.0  # of the last call, from the moment at which 90 % of the responses were there

    def collect(self, asked: Sequence[Rollout], engine: Engine) -> list[Rollout]:
        """The rollouts with response, grade and reward; None is the reward where grading failed."""
        return self.rewarded(self.graded(asked, engine))

    def graded(self, asked: Sequence[Rollout], engine: Engine) -> list[Rollout]:
        """Samples the rollouts, each handed to the graders as soon as it is complete, and waits for the verdicts."""
        hits = self.pool.counters.cache_hits
        with self.phase("generate"):
            rollouts, pending = self._sampled(asked, engine)
        with self.phase("grade"):
            verdicts = [self._wait(grading) for grading in pending]
        self.counts = _counts(verdicts)
        self.counts["cache_hit"] = self.pool.counters.cache_hits - hits
        return [self.noise.judged(replace(rollout, grade=grades[0])) for rollout, grades in zip(rollouts, verdicts)]

    def _sampled(self, asked: Sequence[Rollout], engine: Engine) -> tuple[list[Rollout], list[PendingGrades]]:
        """The responses, and their gradings under way."""
        pending: dict[int, PendingGrades] = {}
        finished: list[float] = []  # seconds on the clock at which each response was complete

        def submit(index: int, rollout: Rollout) -> None:
            finished.append(time.perf_counter())
            pending[index] = self.pool.submit(self._grade_items(rollout))
            self.on_response()

        rollouts = engine.generate(asked, self.sampling, submit)
        self.tail_seconds = tail(finished)
        return rollouts, [pending[i] for i in range(len(rollouts))]

    def rewarded(self, graded: Sequence[Rollout]) -> list[Rollout]:
        """Graded rollouts with their rewards, group by group."""
        rollouts = list(graded)
        for members in by_group(rollouts).values():
            for i, reward in zip(members, self.reward([as_given(rollouts[i]) for i in members]), strict=True):
                rollouts[i] = replace(rollouts[i], reward=reward)
        return rollouts

    def _grade_items(self, rollout: Rollout) -> list[GradeItem]:
        """The items to grade: by the configured grader, which decides, then by `exact`, with which it is compared."""
        problem, text = rollout.task.problem, rollout.text
        if self.grade_with_prompt:
            text = decode(self.tokenizer, rollout.task.prompt_ids) + text
        graders = dict.fromkeys((self.grader, "exact"))
        return [GradeItem(text, problem.answer, grader, problem.source) for grader in graders]

    def _wait(self, pending: PendingGrades) -> list[Grade]:
        """The verdicts on one rollout."""
        start = time.monotonic()
        while True:
            try:
                return pending.result(timeout=0.5)
            except TimeoutError:
                self.check()
                self.pool.refuse_stall(start)


def tail(finished_N: Sequence[float]) -> float:
    """Seconds from the moment at which 90 % of the rollouts were finished to the last one; the times are in order."""
    return finished_N[-1] - finished_N[-(-9 * len(finished_N) // 10) - 1] if finished_N else 0.0


def _counts(verdicts: Sequence[Sequence[Grade]]) -> Counter[str]:
    """Failures of the configured grader, and its contradictions with `exact`."""
    counts: Counter[str] = Counter()
    for grades in verdicts:
        counts["timeout"] += grades[0].reason == "timeout"
        counts["error"] += grades[0].reason.startswith("error")
        counts["disagreement"] += {grades[0].correct, grades[-1].correct} == {True, False}
    return counts
