"""A rollout as JSON, exactly: what checkpoints hold of rollouts that are not trained on yet, and fault bundles."""

from dataclasses import asdict
from typing import Any

from oneshot_rlvr.types import Grade, Problem, Rollout, Task


def rollout_line(rollout: Rollout) -> dict[str, Any]:
    """The record with all its fields."""
    return asdict(rollout)


def rollout_of(line: dict[str, Any]) -> Rollout:
    """The inverse of `rollout_line`, after a way through JSON."""
    task, grade = line["task"], line["grade"]
    return Rollout(**{
        **line,
        "task": Task(Problem(**task["problem"]), tuple(task["prompt_ids"]), task["copy"]),
        "token_ids": tuple(line["token_ids"]),
        "logprobs": tuple(line["logprobs"]),
        "certainties": tuple(line.get("certainties", ())),  # absent from older checkpoints
        "mask": None if line["mask"] is None else tuple(line["mask"]),
        "grade": None if grade is None else Grade(**grade),
    })  # fmt: skip
