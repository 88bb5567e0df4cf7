"""The records that every part of the program exchanges.

Suffixes name axes: `_B` rollouts, `_G` rollouts of a group, `_T` tokens.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One question with its ground truth.

    Example: `Problem(id="124", prompt="The pressure ... \\\\boxed{}.", answer="12.8", source="deepscaler")`
    """

    id: str  # the data set's own id, unique within the set ("124")
    prompt: str  # the user message, verbatim
    answer: str  # ground truth, never with \boxed
    source: str = ""  # data set or benchmark name
    category: str = ""  # family, subject or level: what tables are split by
    system: str | None = None  # system message; None: whatever the chat template adds
    level: str = ""  # difficulty level, where the set has one ("1" to "5" in MATH)


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling parameters. `temperature=0` is greedy."""

    temperature: float
    max_new_tokens: int
    stop_ids: tuple[int, ...]
    top_p: float = 1.0
    certainties: bool = False  # those of the tokens are kept as well


@dataclass(frozen=True, slots=True)
class Grade:
    """Verdict on one response. `correct=None`: the grader itself failed (reason `timeout` or `error: ...`).

    Reasons: `correct`; `wrong`, `unparsed` (no answer found), `unread` (an answer that is no readable mathematics) and
    `no truth` (there is nothing to meet), which all count as wrong; `timeout`, `error: <text>`.
    """

    correct: bool | None
    extracted: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Task:
    """A problem with its prompt in tokens, for which responses are asked. Equal prompts share the engine's cache."""

    problem: Problem
    prompt_ids: tuple[int, ...]
    copy: int = 0  # which copy of the problem in the training set, 0 where there is only one
    prompt: str = ""  # its text as sent, with the template, where files tell it


@dataclass(frozen=True, slots=True)
class Rollout:
    """One response, wherever it is: asked for, then sampled, graded, rewarded and given an advantage by `replace`.

    A step is a flat list of these; `by_group` alone nests them.
    Example: `Rollout(task, group="124#0", index=3, seed=7)` is asked for; sampled it has, say, `token_ids=(5, 9, 2)`,
    `logprobs=(-0.1, -0.7, -0.0)`, `finish_reason="stop"`, `text="84"`: the stop token is part of `token_ids` (and is
    trained on), special tokens are not part of `text`.
    """

    task: Task
    group: str  # key within which rewards are compared: "124#0"; never the prompt's text, which copies share
    index: int  # place in the group
    seed: int  # fixes the response wherever it is sampled and with whatever else is in the batch
    token_ids: tuple[int, ...] = ()  # [T]
    logprobs: tuple[float, ...] = ()  # [T] nats, under the distribution sampled from; () for a given response
    certainties: tuple[float, ...] = ()  # [T] nats, `self_certainty` has the formula; () where nothing asks for them
    mask: tuple[bool, ...] | None = None  # [T] which tokens are trained on; None: all
    version: int = -1  # step whose weights sampled it; -1: none did
    finish_reason: FinishReason = "length"
    text: str = ""
    grade: Grade | None = None  # that the reward comes from
    given: bool | None = None  # verdict that a noisy grader gave the reward; None: the grade's
    weight: float = 1.0  # factor on its advantage, once rewards have been compared
    reward: float | None = None  # None also where grading failed: the response is then left out of its group
    advantage: float | None = None  # the mean over tokens where each token has its own
    grades: dict[str, Grade] = field(default_factory=dict, hash=False)  # by grader, in an evaluation


def by_group(rollouts: Iterable[Rollout]) -> dict[str, list[int]]:
    """Group key -> places of its rollouts in the list, groups and rollouts in the order in which they come."""
    groups: dict[str, list[int]] = {}
    for place, rollout in enumerate(rollouts):
        groups.setdefault(rollout.group, []).append(place)
    return groups
