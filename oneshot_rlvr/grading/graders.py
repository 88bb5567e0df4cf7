"""One interface to all graders: `grade(text, truth, grader, source) -> Grade`.

A grader is a module with three functions. Only the third may be slow, so only it needs a killable process:

    extract(response, answer, benchmark) -> str | None   linear string code; the verdict depends on nothing else
    quick(extracted, answer, benchmark) -> Verdict | None   the verdict where plain strings decide it, else None
    judge(extracted, answer, benchmark) -> tuple[Verdict, str | None]   the verdict and the text to show for it

Some truths ask for a grader of their own: `program` (problems about programs), `world` (the program world) and `gym`
(tasks of reasoning-gym). own.py is for a function of the user's.
A verdict is True, False, or the reason why an answer is not right when there is more to say than `wrong`.
"""

from importlib import import_module
from typing import Protocol, cast

from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.grading import gym
from oneshot_rlvr.grading.boxes import extract_boxed
from oneshot_rlvr.grading.gym import GYM, is_gym
from oneshot_rlvr.grading.own import OwnRules, is_own
from oneshot_rlvr.grading.program import PROGRAM, is_task
from oneshot_rlvr.grading.world import WORLD, is_world
from oneshot_rlvr.types import Grade

__all__ = ["GRADERS", "Rules", "grade", "judge", "prepare", "rules"]
__all__ += ["extract_boxed"]

GRADERS: tuple[str, ...] = ("qwen", "deepscaler", "math_verify", "exact", "choice")

OWN_GRADERS = (PROGRAM, WORLD)  # that truths ask for and that look for no box
BOXED_ONLY = ("deepscaler", "exact")  # graders that find no answer outside a box


class Rules(Protocol):
    """The functions that a grader module provides (see the head of this file)."""

    def extract(self, response: str, answer: str, benchmark: str) -> str | None: ...
    def quick(self, extracted: str, answer: str, benchmark: str) -> bool | str | None: ...
    def judge(self, extracted: str, answer: str, benchmark: str) -> tuple[bool | str, str | None]: ...


_MODULES = {
    PROGRAM: "oneshot_rlvr.grading.program",
    WORLD: "oneshot_rlvr.grading.world",
    GYM: "oneshot_rlvr.grading.gym",
    "qwen": "oneshot_rlvr.grading.qwen",
    "deepscaler": "oneshot_rlvr.grading.deepscaler",
    "math_verify": "oneshot_rlvr.grading.library",
    "exact": "oneshot_rlvr.grading.exact",
    "choice": "oneshot_rlvr.grading.choice",
}


def rules(grader: str) -> Rules:
    """The rules of a grader: a module, or the user's own function by its path; UserError for an unknown name."""
    if is_own(grader):
        return OwnRules(grader)
    if grader not in _MODULES:
        raise UserError(f"unknown grader {grader!r}; {nearest(grader, GRADERS)}")
    return cast(Rules, import_module(_MODULES[grader]))


def own_grader(answer: str) -> str | None:
    """The grader that a truth asks for, None where it leaves the choice."""
    return PROGRAM if is_task(answer) else WORLD if is_world(answer) else GYM if is_gym(answer) else None


def make_ready(grader: str) -> None:
    """Imports what the verdicts of a grader need of other packages, so that no item pays for it."""
    if is_own(grader):
        OwnRules(grader).load()
    elif grader == GYM:
        gym.load()


def verdict(found: bool | str, extracted: str | None) -> Grade:
    if isinstance(found, str):
        return Grade(False, extracted, found)
    return Grade(found, extracted, "correct" if found else "wrong")


def prepare(response: str, answer: str, grader: str, benchmark: str) -> Grade | str:
    """The linear part: the verdict where plain strings decide it, else the extracted text for `judge`.

    A truth that is a task is met by the rules for these, whichever grader is named.
    """
    chosen = rules(own_grader(answer) or grader)
    extracted = chosen.extract(response, answer, benchmark)
    if extracted is None:
        return Grade(False, None, "unparsed")
    decided = chosen.quick(extracted, answer, benchmark)
    return extracted if decided is None else verdict(decided, extracted)


def judge(extracted: str, answer: str, grader: str, benchmark: str) -> Grade:
    """The part that may be slow or hang; the pool runs it in a process it can kill."""
    correct, shown = rules(grader).judge(extracted, answer, benchmark)
    return verdict(correct, shown)


def grade(text: str, truth: str, grader: str = "exact", source: str = "") -> Grade:
    """The verdict on a response, in this process and without limits: hostile text can take for ever, so training and
    evaluation grade in processes that can be killed (isolation/pool.py).

    `source`, the name of the benchmark, matters to `qwen` only. `correct` is never None here: errors are raised.

    Example: `grade("It is \\\\boxed{0.5}.", "1/2").correct` is True.
    """
    found = prepare(text, truth, grader, source)
    return found if isinstance(found, Grade) else judge(found, truth, own_grader(truth) or grader, source)
