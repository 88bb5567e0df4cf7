"""Grader `gym`: the verdicts of reasoning-gym (Apache-2.0, the extra `gym`) on its own tasks.

The ground truth of such a problem says where it comes from; it is graded here whichever grader is named.
The entry is made again from that, as its verdict may need more than an answer: any right sequence of moves is right.
"""

import json
from dataclasses import fields, replace
from functools import lru_cache
from typing import Any

from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.grading.boxes import extract_boxed

GYM = "gym"
PREFIX = "gym:"
SIZE, SEED = 100, 0  # of a set that does not say otherwise
_HEAD = '{"gym": "'
_OPEN, _CLOSE = "<answer>", "</answer>"


def is_gym(answer: str) -> bool:
    return answer.startswith(_HEAD)


def truth(name: str, index: int) -> str:
    """The ground truth of a task: its set and its place there. Example: `{"gym": "gym:chain_sum", "index": 3}`."""
    return json.dumps({"gym": name, "index": index})


def load() -> None:
    """Imports reasoning-gym. UserError where it is not installed."""
    try:
        import reasoning_gym  # noqa: F401  # type: ignore[reportMissingImports]
    except ImportError as error:
        raise UserError(f"reasoning-gym is not installed here ({error}): pip install reasoning-gym") from error


@lru_cache(maxsize=16)
def made(name: str) -> Any:
    """The data set of `gym:TASK[:KEY=VALUE...]`: `size`, `seed`, `level` of its curriculum, and settings of the task.

    UserError for a task, key, value or level that it does not have.
    """
    load()
    from reasoning_gym.factory import (  # type: ignore[reportMissingImports]
        DATASETS,
        create_curriculum,
        create_dataset,
        has_curriculum,
    )

    task, *options = name.removeprefix(PREFIX).split(":")
    if task not in DATASETS:
        raise UserError(f"{name}: no task {task!r} in reasoning-gym; {nearest(task, DATASETS)}")
    given = dict(_option(name, option) for option in options)
    settings = {"size": SIZE, "seed": SEED} | given
    level = settings.pop("level", None)
    kind = DATASETS[task][1]
    config = kind()
    if level is not None:
        if not has_curriculum(task):
            raise UserError(f"{name}: the task {task} has no levels")
        curriculum = create_curriculum(task)
        highest = max(len(attribute.levels) for attribute in curriculum.attributes.values()) - 1
        if not isinstance(level, int) or not 0 <= level <= highest:
            raise UserError(f"{name}: level={level}: the task {task} has the levels 0 to {highest}")
        curriculum.set_global_level(level)
        config = curriculum.generate_configuration()
    known = [field.name for field in fields(kind)]
    for key in settings:
        if key not in known:
            raise UserError(f"{name}: no setting {key!r}; {nearest(key, ['level', *known])}")
    try:
        config = replace(config, **settings)
        return create_dataset(task, **{field: getattr(config, field) for field in known})
    except (AssertionError, TypeError, ValueError) as error:
        raise UserError(f"{name}: {error or 'settings that do not go together'}") from error


def _option(name: str, option: str) -> tuple[str, Any]:
    """A key with its value, which is a number, true, false, a list or a text."""
    key, equals, value = option.partition("=")
    if not key or not equals:
        raise UserError(f"{name}: {option}: KEY=VALUE is needed, such as size=100, seed=1 or level=2")
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, value


@lru_cache(maxsize=4096)
def entry(name: str, index: int) -> Any:
    """The task at a place of its set, with what its verdict needs."""
    return made(name)[index]


def extract(response: str, answer: str, benchmark: str) -> str | None:
    """The text between the last pair of answer tags, else that of the last complete box."""
    _, opened, rest = response.rpartition(_OPEN)
    if opened and _CLOSE in rest:
        return rest.partition(_CLOSE)[0].strip()
    boxed = extract_boxed(response)
    if boxed is None:
        return None
    inner = boxed.strip().removeprefix("\\text{")
    return inner.removesuffix("}").strip() if inner != boxed.strip() else inner


def quick(extracted: str, answer: str, benchmark: str) -> bool | str | None:
    """No verdict: reasoning-gym alone gives it."""
    return None if is_gym(answer) else "no truth"


def judge(extracted: str, answer: str, benchmark: str) -> tuple[bool | str, str | None]:
    """Right where reasoning-gym gives full marks; its partial ones are wrong."""
    task = json.loads(answer)
    score = made(task["gym"]).score_answer(extracted, entry(task["gym"], task["index"]))
    return float(score) > 1 - 1e-6, extracted
