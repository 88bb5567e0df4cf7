"""Sources of the rollouts of a step: the base class, and those that ship.

A source asks for rollouts, has them sampled, graded and rewarded (rollout/collect.py), and hands over a flat list.
Rollouts of one group may have different prompts, and a source may sample in several phases. What a source needs to go
on after an interruption is its state, a part of every checkpoint; seeds are functions of the step, so the fixed set of
problems needs none.
"""

import json
import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import torch

from oneshot_rlvr.background import in_background
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.data.sampler import BatchSampler
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.files import seed_of
from oneshot_rlvr.plugin import load_function, their_code
from oneshot_rlvr.rollout.collect import Collector
from oneshot_rlvr.rollout.engine import Engine
from oneshot_rlvr.rollout.lines import rollout_of
from oneshot_rlvr.types import Rollout, Task, by_group


@dataclass(frozen=True, slots=True)
class Aside:
    """The rest of a source's last step: what it made beside the rollouts that it handed over."""

    dropped: Sequence[Rollout] = ()  # sampled and graded, and not trained on
    counts: Counter[str] = field(default_factory=Counter)  # of all that was graded: timeout, error, disagreement, ...
    tail_seconds: float = 0.0  # from the moment at which 90 % of the responses were there
    values: Mapping[str, float] = field(default_factory=dict)  # metrics of the source's own, by name
    records: Sequence[dict[str, Any]] = ()  # lines of its own: tasks.jsonl
    expected: Mapping[str, float] = field(default_factory=dict)  # pass rate that a choice expected of each example


class Source(ABC):
    """Gives the rollouts of each step, graded and rewarded. All but `step` has a default that fits a simple source."""

    samples = True  # with the engine, which therefore needs the weights of every step

    @abstractmethod
    def step(self, step: int, engine: Engine) -> list[Rollout]:
        """The rollouts of step 1, 2, ..., sampled with the weights that `engine` holds."""

    def aside(self) -> Aside:
        """The rest of the last step."""
        return Aside()

    def settle(self) -> None:  # noqa: B027  most sources sample nothing ahead
        """Waits for sampling that is under way: the engine is given other weights next."""

    def close(self) -> None:  # noqa: B027  most sources have none
        """Ends the source's own processes, if it has any."""

    def state(self) -> dict[str, Any]:
        """State from which the next steps follow, JSON in which records may stand; {}: the step's number is enough."""
        return {}

    def load_state(self, state: dict[str, Any]) -> None:  # noqa: B027  most sources have no state
        """Goes on from what `state` returned, after a way through JSON."""


@dataclass
class ProblemSource(Source):
    """A fixed set of tasks: a batch of them for each step, `group_size` rollouts for each copy of a problem."""

    tasks: Sequence[Task]  # rows of the training set
    batches: BatchSampler
    group_size: int
    merged: bool  # all copies of a problem in a step are one group
    seed: int
    collector: Collector

    def step(self, step: int, engine: Engine) -> list[Rollout]:
        return self.draw(step, engine, batch=step)

    def draw(self, step: int, engine: Engine, batch: int, draw: int = 0) -> list[Rollout]:
        """Rollouts of batch 1, 2, ... of the set, as the draw `draw` of a step."""
        return self.sample([self.tasks[i] for i in self.batches.batch(batch)], step, engine, draw)

    def sample(self, tasks: Sequence[Task], step: int, engine: Engine, draw: int = 0) -> list[Rollout]:
        """Rollouts of these tasks, graded and rewarded: `group_size` for each."""
        seed_everything(self.seed, step)
        return self.collector.collect(self.asked(tasks, step, draw), engine)

    def asked(self, tasks: Sequence[Task], step: int, draw: int = 0) -> list[Rollout]:
        """The rollouts of these tasks before they are sampled."""
        sizes = [self.group_size] * len(tasks)
        if self.merged:
            copies = Counter(task.problem.id for task in tasks)
            tasks = list({task.problem.id: task for task in reversed(tasks)}.values())[::-1]
            sizes = [self.group_size * copies[task.problem.id] for task in tasks]
        phase = f"draw{draw}" if draw else ""
        return [
            Rollout(task, group_key(task, draw), index, rollout_seed(self.seed, step, group, index, phase))
            for group, (task, size) in enumerate(zip(tasks, sizes))
            for index in range(size)
        ]

    def aside(self) -> Aside:
        return Aside(counts=self.collector.counts, tail_seconds=self.collector.tail_seconds)


def is_mixed(group: Sequence[Rollout]) -> bool:
    """True where the rewards of a group differ, so that it has a policy gradient."""
    return len({rollout.reward for rollout in group if rollout.reward is not None}) > 1


@dataclass
class KeepMixed(Source):
    """Dynamic sampling (DAPO, arXiv 2503.14476, section 3.2): batches are drawn until as many groups as a step has hold
    both right and wrong responses, at most `max_draws` of them.

    Surplus groups are dropped, as all without a signal. Where the draws end too early the step is filled up with groups
    that have no signal, so that its size and denominator stay. Each draw takes the next batch of the set.
    """

    source: ProblemSource
    max_draws: int
    keep: Callable[[Sequence[Rollout]], bool] = is_mixed  # which groups are trained on
    drawn: int | None = None  # batches so far; None: one for each step before
    _aside: Aside = field(default_factory=Aside)

    def step(self, step: int, engine: Engine) -> list[Rollout]:
        drawn = step - 1 if self.drawn is None else self.drawn
        kept: list[list[Rollout]] = []
        rest: list[list[Rollout]] = []
        counts, tail, wanted = Counter[str](), 0.0, 1
        for draw in range(self.max_draws):
            rollouts = self.source.draw(step, engine, drawn + 1, draw)
            drawn += 1
            found = [[rollouts[i] for i in members] for members in by_group(rollouts).values()]
            wanted = len(found) if draw == 0 else wanted
            for group in found:
                (kept if len(kept) < wanted and self.keep(group) else rest).append(group)
            counts.update(self.source.collector.counts)
            counts["draws"] += 1
            tail += self.source.collector.tail_seconds
            if len(kept) == wanted:
                break
        missing = wanted - len(kept)  # filled up with the first of the rest; what is left of that is dropped
        self.drawn = drawn
        self._aside = Aside([r for group in rest[missing:] for r in group], counts, tail)
        return [r for group in [*kept, *rest[:missing]] for r in group]

    def aside(self) -> Aside:
        return self._aside

    def state(self) -> dict[str, Any]:
        return {"drawn": self.drawn}

    def load_state(self, state: dict[str, Any]) -> None:
        self.drawn = state.get("drawn")


@dataclass
class Voted(Source):
    """More responses vote than are trained on (TTRL, arXiv 2504.16084: 64 and 32): `source` samples and rewards whole
    groups, of which the first `trained` rollouts are kept. The others are counted as dropped."""

    source: Source
    trained: int
    _dropped: list[Rollout] = field(default_factory=list)

    def step(self, step: int, engine: Engine) -> list[Rollout]:
        rollouts = self.source.step(step, engine)
        kept = [rollout for rollout in rollouts if rollout.index < self.trained]
        self._dropped = [rollout for rollout in rollouts if rollout.index >= self.trained]
        return kept

    def aside(self) -> Aside:
        return replace(self.source.aside(), dropped=self._dropped)


@dataclass
class Prefetch(Source):
    """Samples the rollouts of the next step while the learner works on those of this one: one step off-policy.

    The rollouts of step s + 1 come from the weights that step s began with. They are ready before the engine takes new
    weights (`settle`), and are the state of the step: a resume trains on the very same ones.
    """

    source: Source
    last_step: int  # nothing is sampled beyond it
    _ready: tuple[int, list[Rollout], Aside] | None = None  # step, rollouts, aside: of the step to come
    _aside: Aside = field(default_factory=Aside)
    _under_way: "tuple[int, Future[list[Rollout]]] | None" = None

    def step(self, step: int, engine: Engine) -> list[Rollout]:
        if self._ready is None or self._ready[0] != step:
            self._ready = (step, self.source.step(step, engine), self.source.aside())
        (_, rollouts, self._aside), self._ready = self._ready, None
        if step < self.last_step:
            ahead = in_background(lambda: self.source.step(step + 1, engine), "prefetch")
            self._under_way = step + 1, ahead
        return rollouts

    def settle(self) -> None:
        """Fulfils Source.settle."""
        if self._under_way is not None:
            (step, future), self._under_way = self._under_way, None
            self._ready = (step, future.result(), self.source.aside())

    def close(self) -> None:
        """Fulfils Source.close."""
        self.source.close()

    def aside(self) -> Aside:
        return self._aside

    def state(self) -> dict[str, Any]:
        self.settle()
        state: dict[str, Any] = {"source": self.source.state()}
        if self._ready is not None:
            step, rollouts, aside = self._ready
            state |= {"step": step, "rollouts": rollouts, "dropped": aside.dropped, "counts": aside.counts,
                      "values": aside.values, "expected": aside.expected}  # fmt: skip
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        self.source.load_state(state.get("source", {}))
        if "step" in state:
            dropped = [rollout_of(line) for line in state["dropped"]]
            aside = Aside(
                dropped, Counter(state["counts"]), values=state.get("values", {}), expected=state.get("expected", {})
            )
            self._ready = (state["step"], [rollout_of(line) for line in state["rollouts"]], aside)


@dataclass
class Demonstrations(Source):
    """Given responses, each with reward 1 and a group of its own: supervised training. Nothing is sampled."""

    given: Sequence[Rollout]  # with their tokens
    batches: BatchSampler
    samples = False

    def step(self, step: int, engine: Engine) -> list[Rollout]:
        return [self.given[i] for i in self.batches.batch(step)]


SOURCE_FORM = "a Source, or a function that returns one, called with (problems, config), is needed"


def own_maker(path: str) -> Callable[..., Any]:
    """The class or function of the user's own that makes a source. UserError for one that cannot."""
    maker = load_function(path, "source.path=", SOURCE_FORM, None, None)
    if isinstance(maker, type) and not issubclass(maker, Source):
        raise UserError(f"source.path={path}: {maker.__name__} is no Source; {SOURCE_FORM}")
    return maker


def own_source(path: str, problems: ProblemSource, config: RunConfig) -> "OwnSource":
    """The source that the user's own class or function makes of the run's problems and settings."""
    with their_code(f"source.path={path}"):
        source = own_maker(path)(problems, config)
    if not isinstance(source, Source):
        raise UserError(f"source.path={path}: returned {type(source).__name__}; {SOURCE_FORM}")
    return OwnSource(source, f"source.path={path}")


@dataclass
class OwnSource(Source):
    """A source of the user's own: what it raises, and a step that cannot be trained on, is one line."""

    source: Source
    what: str

    def step(self, step: int, engine: Engine) -> list[Rollout]:
        with their_code(self.what):
            rollouts = list(self.source.step(step, engine))
            lacking = _lacking(rollouts)
        if lacking:
            raise RunError(f"{self.what}: step {step}: {lacking}")
        return rollouts

    def aside(self) -> Aside:
        with their_code(self.what):
            return self.source.aside()

    def settle(self) -> None:
        """Fulfils Source.settle."""
        with their_code(self.what):
            self.source.settle()

    def state(self) -> dict[str, Any]:
        with their_code(self.what):
            state = self.source.state()
            json.dumps(state, default=_names)  # what is neither JSON nor a record is said here
            return state

    def close(self) -> None:
        """Fulfils Source.close."""
        with their_code(self.what):
            self.source.close()

    def load_state(self, state: dict[str, Any]) -> None:
        with their_code(self.what):
            self.source.load_state(state)


def _names(record: Any) -> list[str]:
    return [item.name for item in fields(record)]


def _lacking(rollouts: Sequence[Any]) -> str | None:
    """Names in words what a step's rollouts lack; None where they can be trained on."""
    if not rollouts:
        return "no rollouts"
    for i, rollout in enumerate(rollouts):
        if not isinstance(rollout, Rollout):
            return f"item {i} is {type(rollout).__name__}, a Rollout is due"
        if not rollout.token_ids or len(rollout.token_ids) != len(rollout.logprobs):
            return (f"rollout {i} has {len(rollout.token_ids)} tokens and {len(rollout.logprobs)} log-probabilities; "
                    "problems.collector.collect samples, grades and rewards those that are asked for")  # fmt: skip
    return None


def group_key(task: Task, draw: int = 0) -> str:
    """Group of a task's rollouts in one draw of a step: "124#3", in later draws "124#3@1"."""
    return f"{task.problem.id}#{task.copy}" + (f"@{draw}" if draw else "")


def rollout_seed(run_seed: int, step: int, group: int, index: int, phase: str = "") -> int:
    """Seed in [0, 2^63) of one rollout; nothing about workers or batches goes into it."""
    place = f"{step}/{phase}" if phase else f"{step}"
    return seed_of(f"{run_seed}/{place}/{group}/{index}")


def seed_everything(run_seed: int, step: int) -> None:
    """Sets the global generators, for rewards that use them: anew each step, so that no checkpoint need hold them."""
    seed = rollout_seed(run_seed, step, -1, 0)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
