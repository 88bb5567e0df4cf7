"""A grader with set rates of error, around any grader: what training is told, beside what is true."""

from dataclasses import dataclass, replace

import numpy as np

from oneshot_rlvr.files import seed_of
from oneshot_rlvr.types import Rollout


@dataclass(frozen=True, slots=True)
class GraderNoise:
    """Verdicts that are wrong with set probabilities, drawn anew for every rollout."""

    false_positive: float = 0.0  # probability that a wrong response is called right
    false_negative: float = 0.0  # probability that a right one is called wrong

    def judged(self, rollout: Rollout) -> Rollout:
        """Adds the given verdict to a graded rollout; the true one stays in its grade.

        The draw is a function of the rollout's seed, thus of the run's seed, the step and the place in it: a resumed
        run is told the same. Without noise, or where the grader failed, nothing is added.
        """
        if not (self.false_positive or self.false_negative) or rollout.grade is None or rollout.grade.correct is None:
            return rollout
        truth = rollout.grade.correct
        rate = self.false_negative if truth else self.false_positive
        draw = np.random.Generator(np.random.Philox(seed_of(f"verdict/{rollout.seed}"))).random()
        return replace(rollout, given=truth != (draw < rate))


NO_NOISE = GraderNoise()


def as_given(rollout: Rollout) -> Rollout:
    """The rollout as the reward sees it: the given verdict in place of the true one."""
    if rollout.given is None or rollout.grade is None:
        return rollout
    return replace(rollout, grade=replace(rollout.grade, correct=rollout.given))
