"""The records that every part of the program exchanges.

Ragged lists are named by suffix: `_P` prompts (groups) of a step, `_G` rollouts of a group, `_T` tokens.
`rewards_P_G[p][g]` is the reward of rollout `g` of group `p`.
"""

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
    """How to sample. `temperature=0` is greedy."""

    temperature: float
    max_new_tokens: int
    stop_ids: tuple[int, ...]
    top_p: float = 1.0


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """One rollout to make: requests with equal `prompt_ids` share the prompt's cache.

    The seed fixes the rollout wherever it is sampled and with whatever else is in the batch.
    """

    prompt_ids: tuple[int, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class Rollout:
    """One sampled response.

    Example: `Rollout(token_ids=(5, 9, 2), logprobs=(-0.1, -0.7, -0.0), finish_reason="stop", text="84")`:
    the stop token is part of `token_ids` (and is trained on), special tokens are not part of `text`.
    """

    token_ids: tuple[int, ...]  # [T]
    logprobs: tuple[float, ...]  # [T] nats, under the distribution sampled from (after temperature and top_p)
    finish_reason: FinishReason
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """The rollouts of one copy of one problem in one step; advantages are relative to the group.

    128 copies of one problem are 128 groups with ids 0..127: a group is never found by its prompt text.
    """

    id: int  # position in the step's batch
    copy: int  # which copy of the problem this is (0 where there is only one)
    problem: Problem
    prompt_ids: tuple[int, ...]
    rollouts: tuple[Rollout, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Grade:
    """Verdict on one response. `correct=None`: the grader itself failed (reason `timeout` or `error: ...`).

    Reasons: `correct`; `wrong`, `unparsed` (no answer found), `unread` (an answer that is no readable mathematics) and
    `no truth` (there is nothing to meet), which all count as wrong; `timeout`, `error: <text>`.
    """

    correct: bool | None
    extracted: str | None
    reason: str
