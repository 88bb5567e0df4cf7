"""Grader `world`: answers to held-out tasks of the program world (program_world.py), which has limits of its own.

The truth of a task is `>>` and its output, or a program before that, of which any input that gives it is right. Such a
truth is met by this grader, whichever is named.
"""

import re

from oneshot_rlvr.errors import RunError
from oneshot_rlvr.grading.program_world import Refused, read_arguments, run, show

WORLD = "world"
MARK = ">>"  # before an answer
_TRUTH = re.compile(rf"(?:def f\(.*)?{MARK}[\[\]\d,]+", re.DOTALL)


def is_world(answer: str) -> bool:
    return _TRUTH.fullmatch(answer) is not None


def extract(response: str, answer: str = "", benchmark: str = "") -> str | None:
    """The text after the last `>>`, None without one."""
    return response.rpartition(MARK)[2].strip() or None if MARK in response else None


def quick(extracted: str, answer: str, benchmark: str) -> bool | str | None:
    """The verdict: always at once, for an input by walking the program's tree."""
    if not is_world(answer):
        return "no truth"
    program, _, output = answer.rpartition(MARK)
    if not program:
        return extracted.replace(" ", "") == output
    try:
        return show(run(program, read_arguments(extracted)).value) == output
    except Refused:
        return False


def judge(extracted: str, answer: str, benchmark: str) -> tuple[bool | str, str | None]:
    """Nothing: `quick` decides every answer. Raises RunError."""
    raise RunError("an answer of the program world has its verdict already")
