"""Grader `world`: answers to held-out tasks of the program world (program_world.py), which has limits of its own.

The truth of a task is `>>` and its output; or a program before that, of which any input that gives it is right; or two
lines or more of arguments, `>>` and output, of which any program that gives these outputs is right. Such a truth is met
by this grader, whichever is named.
"""

import re

from oneshot_rlvr.errors import RunError
from oneshot_rlvr.grading.program_world import Refused, read_arguments, run, show

WORLD = "world"
MARK = ">>"  # before an answer
_VALUES = r"[\[\]\d,]+"
_TRUTH = re.compile(rf"(?:def f\(.*)?{MARK}{_VALUES}", re.DOTALL)
_PAIRS = re.compile(rf"{_VALUES}{MARK}{_VALUES}(?:\n{_VALUES}{MARK}{_VALUES})+")


def is_world(answer: str) -> bool:
    return bool(_TRUTH.fullmatch(answer) or _PAIRS.fullmatch(answer))


def extract(response: str, answer: str = "", benchmark: str = "") -> str | None:
    """The text after the last `>>`, None without one."""
    return response.rpartition(MARK)[2].strip() or None if MARK in response else None


def quick(extracted: str, answer: str, benchmark: str) -> bool | str | None:
    """The verdict: always at once, for an input or a program by walking the program's tree."""
    if not is_world(answer):
        return "no truth"
    if answer.startswith(MARK):
        return extracted.replace(" ", "") == answer.removeprefix(MARK)
    if _PAIRS.fullmatch(answer):
        pairs = (line.split(MARK) for line in answer.split("\n"))
        return all(_gives(extracted, arguments, output) for arguments, output in pairs)
    program, _, output = answer.rpartition(MARK)
    return _gives(program, extracted, output)


def _gives(program: str, arguments: str, output: str) -> bool:
    """True where a call of the program has that output."""
    try:
        return show(run(program, read_arguments(arguments)).value) == output
    except Refused:
        return False


def judge(extracted: str, answer: str, benchmark: str) -> tuple[bool | str, str | None]:
    """Nothing: `quick` decides every answer. Raises RunError."""
    raise RunError("an answer of the program world has its verdict already")
