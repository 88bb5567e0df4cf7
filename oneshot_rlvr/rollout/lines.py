"""A rollout on disk: whole, for programs, and as a flat line, for readers.

Checkpoints and fault bundles hold whole ones; `samples.jsonl` of an evaluation and `rollouts/` of a run flat ones.
"""

from collections.abc import Collection
from dataclasses import asdict
from functools import reduce
from typing import Any, cast

from oneshot_rlvr.records import checked
from oneshot_rlvr.types import Rollout

# Names in flat lines, and where they stand in the record.
PLACES = {
    "id": "task/problem/id", "example": "task/problem/id", "answer": "task/problem/answer",
    "category": "task/problem/category", "level": "task/problem/level", "copy": "task/copy",
    "prompt": "task/prompt", "prompt_ids": "task/prompt_ids", "key": "group", "index": "index", "sample": "index",
    "seed": "seed", "version": "version", "response": "text", "token_ids": "token_ids", "logprobs": "logprobs",
    "finish_reason": "finish_reason", "correct": "grade/correct", "extracted": "grade/extracted",
    "reason": "grade/reason", "given": "given", "grades": "grades", "reward": "reward", "advantage": "advantage",
}  # fmt: skip
SAMPLE = ("id", "sample", "seed", "prompt", "prompt_ids", "response", "token_ids", "finish_reason", "answer",
          "category", "level", "grades")  # fmt: skip
SAMPLE_NEEDED = ("id", "sample", "seed", "prompt", "response", "finish_reason", "answer")
KEPT = ("key", "copy", "index", "seed", "version", "example", "answer", "prompt", "response", "token_ids", "logprobs",
        "reward", "correct", "extracted", "reason", "advantage", "finish_reason")  # fmt: skip
KEPT_NEEDED = ("copy", "index", "example", "answer", "prompt", "response", "logprobs", "reward", "correct",
               "extracted", "reason", "advantage", "finish_reason")  # fmt: skip
UNKNOWN = -1  # stands for each token of a response in files that hold only how many it has


def rollout_line(rollout: Rollout) -> dict[str, Any]:
    """The record with all its fields."""
    return asdict(rollout)


def rollout_of(line: dict[str, Any]) -> Rollout:
    """The inverse of `rollout_line`, after a way through JSON."""
    return checked(Rollout, line)


def flat_line(rollout: Rollout, names: Collection[str]) -> dict[str, Any]:
    """The named parts of a rollout. Example: `{"id": "124", "sample": 0, "response": "84"}`."""
    line = {name: reduce(getattr, PLACES[name].split("/"), cast(Any, rollout)) for name in names}
    if "grades" in line:
        line["grades"] = {grader: asdict(grade) for grader, grade in rollout.grades.items()}
    return line


def flat_rollout(line: Any, needed: Collection[str]) -> Rollout:
    """The rollout of a flat line read from JSON; what the line lacks has the record's defaults.

    Raises ValueError naming a field that is missing, though `needed`, or of another type.
    """
    line = checked(dict[str, Any], line)
    if missing := [name for name in needed if name not in line]:
        raise ValueError(f"'{missing[0]}' is missing")
    record: dict[str, Any] = {"task": {"problem": {"prompt": ""}, "prompt_ids": ()}, "seed": 0}
    if "num_tokens" in line:
        record["token_ids"] = (UNKNOWN,) * checked(int, line["num_tokens"], {"": "num_tokens"})
    names = {PLACES[name]: name for name in line if name in PLACES}
    for place, name in names.items():
        *folders, last = place.split("/")
        reduce(lambda part, folder: part.setdefault(folder, {}), folders, record)[last] = line[name]
    record.setdefault("group", line.get("id", line.get("example")))
    return checked(Rollout, record, names)
