"""Stored samples for tests."""

from dataclasses import replace
from typing import Any

from oneshot_rlvr.types import FinishReason, Grade, Problem, Rollout, Task


def sample(
    name: str, index: int = 0, text: str = "", *, grades: dict[str, Grade], answer: str = "", prompt: str = "",
    tokens: int = 1, finish_reason: FinishReason = "stop", **changes: Any,
) -> Rollout:  # fmt: skip
    """A graded answer to problem `name`, as `samples.jsonl` gives it back."""
    task = Task(Problem(name, "", answer), (), prompt=prompt)
    found = Rollout(task, name, index, 0, (7,) * tokens, text=text, finish_reason=finish_reason, grades=grades)
    return replace(found, **changes)
