"""Sources that choose their examples while training goes on, by what earlier steps have shown of each.

A rule sees what is known of every example and names those of the next step. `RULES` holds them; what is known is the
source's state, and every draw is a function of seed and step, so that a resumed run chooses the same.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import fmean
from typing import Any

from oneshot_rlvr.config.schema import SourceConfig
from oneshot_rlvr.files import seed_of
from oneshot_rlvr.rollout.engine import Engine
from oneshot_rlvr.rollout.sources import Aside, ProblemSource, Source
from oneshot_rlvr.types import Rollout, Task

PRIOR = 1.0  # pseudo-counts of right and of wrong before anything was seen: Beta(1, 1), a pass rate of 1/2


@dataclass(slots=True)
class Known:
    """The knowledge that earlier steps gave of one example: its pass rate as Beta(right, wrong)."""

    right: float = PRIOR
    wrong: float = PRIOR
    asked: int = 0  # steps in which it was chosen
    last: int = 0  # the newest of these
    mixed: bool = False  # its last rewards differed

    @property
    def rate(self) -> float:
        """The pass rate expected of it."""
        return self.right / (self.right + self.wrong)

    def learn(self, rewards: Sequence[float], step: int, keep: float) -> None:
        """Takes in the rewards of a step, cut to [0, 1]. Older steps count `keep` times as much as the step after
        them (MoPPS, arXiv 2507.04632): a <- keep a + (1 - keep) + right, and b likewise with wrong.

        Example: Beta(1, 1) and keep 0.5: 3 of 4 right give Beta(4, 2), 4 of 4 right then Beta(6.5, 1.5).
        """
        right = math.fsum(min(1.0, max(0.0, reward)) for reward in rewards)
        self.right = keep * self.right + (1 - keep) * PRIOR + right
        self.wrong = keep * self.wrong + (1 - keep) * PRIOR + len(rewards) - right
        self.asked, self.last, self.mixed = self.asked + 1, step, len(set(rewards)) > 1


# (known of each example, number to choose, draws, settings) -> places of the chosen ones, best first.
Rule = Callable[[Sequence[Known], int, random.Random, SourceConfig], list[int]]


def near(known: Sequence[Known], count: int, rng: random.Random, config: SourceConfig) -> list[int]:
    """Those whose expected pass rate is nearest to `config.target`; among equals at random."""
    return _lowest([abs(one.rate - config.target) for one in known], count, rng)


def thompson(known: Sequence[Known], count: int, rng: random.Random, config: SourceConfig) -> list[int]:
    """Those nearest to `config.target` by a pass rate drawn from each posterior (MoPPS, arXiv 2507.04632)."""
    return _lowest([abs(rng.betavariate(one.right, one.wrong) - config.target) for one in known], count, rng)


def volatile(known: Sequence[Known], count: int, rng: random.Random, config: SourceConfig) -> list[int]:
    """Those whose rewards vary most, with a bonus for those that were asked rarely: sqrt(p (1 - p)) +
    `config.exploration` sqrt(ln(1 + N) / (1 + n)) with pass rate p, n times asked of N in all.

    The two parts that DoPR (arXiv 2602.00815) names, in a form of our own. An example that was never asked counts as
    varying like the mean of those that were.
    """
    spread = [math.sqrt(one.rate * (1 - one.rate)) for one in known]
    seen = [value for value, one in zip(spread, known) if one.asked]
    total = sum(one.asked for one in known)
    scores = [
        (value if one.asked or not seen else fmean(seen))
        + config.exploration * math.sqrt(math.log(1 + total) / (1 + one.asked))
        for value, one in zip(spread, known)
    ]
    return _lowest([-score for score in scores], count, rng)


def replay(known: Sequence[Known], count: int, rng: random.Random, config: SourceConfig) -> list[int]:
    """About half of them, each by a coin, are examples whose last rewards differed, those that have waited longest
    first; the others are the ones that were asked least (the idea of Prompt Replay, arXiv 2603.21177)."""
    teaching = [i for i, one in enumerate(known) if one.mixed]
    replayed = sum(rng.random() < 0.5 for _ in range(count))
    again = sorted(teaching, key=lambda i: known[i].last)[:replayed]
    rest = [math.inf if i in again else one.asked for i, one in enumerate(known)]
    return again + _lowest(rest, count - len(again), rng)


def band(known: Sequence[Known], count: int, rng: random.Random, config: SourceConfig) -> list[int]:
    """Any of those whose expected pass rate lies from `config.band_low` to `config.band_high` (online filtering, arXiv
    2504.03380); filled up with any others where these are too few."""
    inside = [i for i, one in enumerate(known) if config.band_low <= one.rate <= config.band_high]
    return _drawn(inside, range(len(known)), count, rng)


def band_control(known: Sequence[Known], count: int, rng: random.Random, config: SourceConfig) -> list[int]:
    """Any of as many examples as `band` would draw from: the first of the run's own random order."""
    inside = sum(config.band_low <= one.rate <= config.band_high for one in known)
    return _drawn(range(inside), range(len(known)), count, rng)


RULES: Mapping[str, Rule] = {
    "near": near, "thompson": thompson, "volatile": volatile, "replay": replay, "band": band,
    "band_control": band_control,
}  # fmt: skip


def _lowest(scores: Sequence[float], count: int, rng: random.Random) -> list[int]:
    """Places of the lowest scores, among equals at random."""
    tie = [rng.random() for _ in scores]
    return sorted(range(len(scores)), key=lambda i: (scores[i], tie[i]))[:count]


def _drawn(first: Sequence[int], others: Sequence[int], count: int, rng: random.Random) -> list[int]:
    """`count` places at random from `first`, filled up from `others`."""
    found = rng.sample(first, min(count, len(first)))
    left = [i for i in others if i not in found]
    return found + rng.sample(left, min(count - len(found), len(left)))


@dataclass
class Choosing(Source):
    """Asks the examples that a rule chooses for each step: `config.chosen` of them, each in as many groups as fill the
    step. What was learned of the examples is its state."""

    source: ProblemSource
    config: SourceConfig
    known: dict[str, Known] = field(default_factory=dict)  # of the examples that were asked, by id
    _values: dict[str, float] = field(default_factory=dict)
    _expected: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tasks = {task.problem.id: task for task in self.source.tasks}
        order = {name: seed_of(f"order/{self.source.seed}/{name}") for name in tasks}
        self.examples = sorted(tasks.values(), key=lambda task: order[task.problem.id])

    def step(self, step: int, engine: Engine) -> list[Rollout]:
        known = self._all_known()
        chosen = self._choose(known, step)
        groups = self.source.batches.prompts_per_step
        tasks = [replace(chosen[place % len(chosen)], copy=place // len(chosen)) for place in range(groups)]
        rollouts = self.source.sample(tasks, step, engine)
        self._learn(chosen, rollouts, step)
        return rollouts

    def _all_known(self) -> list[Known]:
        """Lists what is known of each example; of one that was never asked the mean pass rate of those that were, and
        of one more at 1/2."""
        mean = fmean([0.5, *(one.rate for one in self.known.values())])
        new = Known(2 * PRIOR * mean, 2 * PRIOR * (1 - mean))
        return [self.known.get(task.problem.id, new) for task in self.examples]

    def _choose(self, known: Sequence[Known], step: int) -> list[Task]:
        groups = self.source.batches.prompts_per_step
        count = min(self.config.chosen or groups, groups, len(self.examples))
        rng = random.Random(seed_of(f"choice/{self.source.seed}/{step}"))
        places = RULES[self.config.choose](known, count, rng, self.config)
        self._expected = {self.examples[i].problem.id: known[i].rate for i in places}
        return [self.examples[i] for i in places]

    def _learn(self, chosen: Sequence[Task], rollouts: Sequence[Rollout], step: int) -> None:
        ids = [task.problem.id for task in chosen]
        again = Counter(name in self.known for name in ids)[True]
        for name in ids:
            rewards = [r.reward for r in rollouts if r.task.problem.id == name and r.reward is not None]
            self.known.setdefault(name, Known()).learn(rewards, step, self.config.keep)
        self._values = {
            "choice/expected": fmean(self._expected.values()),
            "choice/again_share": again / len(ids),
            "choice/examples": len(self.known),
        }

    def aside(self) -> Aside:
        return replace(self.source.aside(), values=self._values, expected=self._expected)

    def state(self) -> dict[str, Any]:
        return {"known": {name: asdict(one) for name, one in self.known.items()}}

    def load_state(self, state: dict[str, Any]) -> None:
        self.known = {name: Known(**one) for name, one in state.get("known", {}).items()}
