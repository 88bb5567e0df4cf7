"""Grader `program`: a program against tests, the value that a program returns, or arguments for which it returns one.

A problem of this kind carries its task as the ground truth, in JSON; such an answer is graded here whichever grader is
named. Values are read as literals and compared here; what has to be run, runs in isolation/program_grades.py alone.
"""

import json
import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Literal

from oneshot_rlvr.errors import RunError
from oneshot_rlvr.grading.literals import Malformed, parse_value, same_value

PROGRAM = "program"
BLOCK = re.compile(r"```(?:[A-Za-z0-9_+-]*[ \t]*\n)?(.*?)(?:```|\Z)", re.DOTALL)
_HEAD = '{"kind": "'
_CHARS = 100_000  # of a literal


@dataclass(frozen=True, slots=True)
class ProgramTruth:
    """The truth of a problem about programs.

    Example: `ProgramTruth("output", "f", program="def f(n):\\n    return n + 1", arguments="3", output="4")`
    """

    kind: Literal["tests", "output", "input"]
    entry: str  # name of the function that is tested or called
    program: str = ""  # of which a value or arguments are asked for
    arguments: str = ""  # as they stand between the brackets of the call
    output: str = ""  # the value, a literal
    setup: str = ""  # beginning of the program that is asked for, with what its tests need
    test: str = ""  # code that defines `check(candidate)`
    reference: str = (
        ""  # a right program: says which calls the tests make, and their values where these compare with it
    )

    def to_answer(self) -> str:
        """The truth as text, on one line."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})


def is_task(answer: str) -> bool:
    return answer.startswith(_HEAD)


@lru_cache(maxsize=4096)
def task_of(answer: str) -> ProgramTruth:
    """The task in a truth that `is_task`. Raises ValueError when it is damaged."""
    try:
        return ProgramTruth(**json.loads(answer))
    except TypeError as error:
        raise ValueError(f"not a task about a program: {error}") from None


def extract(response: str, answer: str, benchmark: str) -> str | None:
    """The program or literal in the last code block; without a block, all of a response that continues a program."""
    if not is_task(answer):
        return None
    task = task_of(answer)
    blocks = BLOCK.findall(response)
    if task.kind != "tests":
        return _bare(blocks[-1], task.entry) if blocks else None
    blocks = [found for block in blocks if (found := block.strip("\n")).strip()]
    defining = [block for block in blocks if re.search(rf"^def\s+{re.escape(task.entry)}\b", block, re.MULTILINE)]
    if defining:
        return f"{task.setup}\n{defining[-1]}" if "import" in task.setup else defining[-1]
    text = blocks[-1] if blocks else response.rstrip()
    return f"{task.setup}{text}\n" if text.strip() else None


def _bare(text: str, entry: str) -> str:
    """Arguments without the call around them."""
    text = text.strip()
    inner = re.fullmatch(rf"{re.escape(entry)}\((.*)\)", text, re.DOTALL)
    return inner[1] if inner else text


def quick(extracted: str, answer: str, benchmark: str) -> bool | str | None:
    """The verdict on a value, for which nothing has to be run."""
    if not is_task(answer):
        return "no truth"
    task = task_of(answer)
    if task.kind != "output":
        return None
    try:
        return same_value(parse_value(extracted, _CHARS), parse_value(task.output, _CHARS))
    except Malformed:
        return "unread"


def judge(extracted: str, answer: str, benchmark: str) -> tuple[bool | str, str | None]:
    """Nothing: a program of a model is run by a pool (isolation/pool.py) and nowhere else. Raises RunError."""
    raise RunError("a program of a model is graded by the processes that hold it in, not here")
