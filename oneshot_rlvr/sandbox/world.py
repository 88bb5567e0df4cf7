"""The arithmetic world: six families of word-for-word generated problems with their worked solutions.

A problem is a lead-in shared by all families ("Homework: "), one of three wordings of its family, and numbers small
enough for a 0.4M-parameter model. Everything is a pure function of the `random.Random` passed in.
"""

import operator
import random
from dataclasses import dataclass
from typing import Callable

from oneshot_rlvr.types import Problem

FAMILIES = ("add", "sub", "mul", "word", "eqn", "seq")
LEADS = (
    "",
    "Please help. ",
    "Homework: ",
    "Hi! ",
    "Quiz. ",
    "A friend asks: ",
    "Exam question. ",
    "Just curious: ",
)
NUM_WORDINGS = 3
NAMES = ("Tom", "Ana", "Sam", "Mia", "Leo", "Eva")
THINGS = ("apples", "books", "coins", "cards", "pens", "stamps")
POOL_SEED = 4242
HELD_OUT_SEED = 777
POOL_SIZE = 512
HELD_OUT_PER_FAMILY = 40


@dataclass(frozen=True, slots=True)
class Step:
    """One written sum. `{i}` in `expression` stands for the result of step i as it was written.

    Example: the last step of 42*2 is `Step("{0}+{1}", 84)` after `Step("40*2", 80)` and `Step("2*2", 4)`.
    """

    expression: str
    value: int


@dataclass(frozen=True, slots=True)
class SandboxProblem:
    """A question, its answer and the sums that lead there; `lead` and `wording` index the text it is put in."""

    question: str
    answer: int
    steps: tuple[Step, ...]
    family: str
    lead: int
    wording: int


Draw = tuple[str, tuple[Step, ...]]  # question without lead-in, solution


def _add(rng: random.Random, wording: int) -> Draw:
    a, b = rng.randint(11, 59), rng.randint(11, 59)
    question = (f"What is {a}+{b}?", f"Compute {a}+{b}.", f"Find the sum of {a} and {b}.")[wording]
    ones, tens = a % 10 + b % 10, a // 10 * 10 + b // 10 * 10
    return question, (
        Step(f"{a % 10}+{b % 10}", ones),
        Step(f"{a // 10 * 10}+{b // 10 * 10}", tens),
        Step("{1}+{0}", a + b),
    )


def _sub(rng: random.Random, wording: int) -> Draw:
    b = rng.randint(11, 88)
    a = rng.randint(b + 2, 99)
    question = (f"What is {a}-{b}?", f"Compute {a}-{b}.", f"Take {b} away from {a}.")[wording]
    tens = b // 10 * 10
    return question, (Step(f"{a}-{tens}", a - tens), Step(f"{{0}}-{b % 10}", a - b))


def _mul(rng: random.Random, wording: int) -> Draw:
    a, b = rng.randint(11, 49), rng.randint(2, 6)
    question = (f"What is {a}*{b}?", f"Compute {a}*{b}.", f"Find the product of {a} and {b}.")[wording]
    tens, ones = a // 10 * 10, a % 10
    return question, (Step(f"{tens}*{b}", tens * b), Step(f"{ones}*{b}", ones * b), Step("{0}+{1}", a * b))


def _word(rng: random.Random, wording: int) -> Draw:
    name, thing = rng.choice(NAMES), rng.choice(THINGS)
    if wording == 1:
        a, b, c = rng.randint(12, 60), rng.randint(3, 9), rng.randint(3, 9)
        question = f"{name} has {a} {thing}, buys {b} and then sells {c}. How many {thing} now?"
        return question, (Step(f"{a}+{b}", a + b), Step(f"{{0}}-{c}", a + b - c))
    a, b, c = rng.randint(3, 9), rng.randint(3, 9), rng.randint(2, 9)
    if wording == 2:
        question = f"{name} buys {a} packs of {b} {thing} and finds {c} more. How many {thing} in all?"
        return question, (Step(f"{a}*{b}", a * b), Step(f"{{0}}+{c}", a * b + c))
    c = c if a * b > c else 2  # something is left
    question = f"{name} has {a} boxes of {b} {thing} and loses {c}. How many {thing} are left?"
    return question, (Step(f"{a}*{b}", a * b), Step(f"{{0}}-{c}", a * b - c))


def _eqn(rng: random.Random, wording: int) -> Draw:
    a, x, b = rng.randint(2, 9), rng.randint(2, 9), rng.randint(2, 9)
    c = a * x + b
    question = (f"Solve {a}x+{b}={c}.", f"If {a}x+{b}={c}, what is x?", f"Find x with {c}={a}x+{b}.")[wording]
    return question, (Step(f"{c}-{b}", c - b), Step(f"{{0}}/{a}", x))


def _seq(rng: random.Random, wording: int) -> Draw:
    start, gap = rng.randint(2, 30), rng.randint(2, 9)
    terms = [start + i * gap for i in range(4)]
    shown = ", ".join(map(str, terms))
    question = (f"What comes next: {shown}?", f"Continue {shown}.", f"Find the next term of {shown}.")[wording]
    return question, (Step(f"{terms[1]}-{terms[0]}", gap), Step(f"{terms[3]}+{{0}}", terms[3] + gap))


_DRAW: dict[str, Callable[[random.Random, int], Draw]] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "word": _word,
    "eqn": _eqn,
    "seq": _seq,
}


def draw_problem(family: str, rng: random.Random) -> SandboxProblem:
    """A random problem of `family` (one of FAMILIES) in a random lead-in and wording."""
    lead, wording = rng.randrange(len(LEADS)), rng.randrange(NUM_WORDINGS)
    question, steps = _DRAW[family](rng, wording)
    return SandboxProblem(LEADS[lead] + question, steps[-1].value, steps, family, lead, wording)


def draw_any(rng: random.Random) -> SandboxProblem:
    """A random problem of a random family."""
    return draw_problem(rng.choice(FAMILIES), rng)


_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "*": operator.mul,
    "/": lambda a, b: round(a / b),
    "-": operator.sub,  # last: the left number may be negative after a slip
}


def calculate(expression: str) -> int:
    """Value of `a+b`, `a-b`, `a*b` or `a/b` (rounded)."""
    for sign, apply in _OPERATORS.items():
        left, _, right = expression.rpartition(sign)
        if left:
            return apply(int(left), int(right))
    raise ValueError(f"not a sum of two numbers: {expression!r}")


def _record(problem: SandboxProblem, id: str, source: str) -> Problem:
    return Problem(id, problem.question, str(problem.answer), source=source, category=problem.family)


def pool_problems(seed: int = POOL_SEED, size: int = POOL_SIZE) -> list[Problem]:
    """The training pool: `size` problems, families in turn, ids `pool-0000` ..."""
    rng = random.Random(seed)
    drawn = [draw_problem(FAMILIES[i % len(FAMILIES)], rng) for i in range(size)]
    return [_record(p, f"pool-{i:04d}", "sandbox_pool") for i, p in enumerate(drawn)]


def held_out_problems(
    seed: int = HELD_OUT_SEED, per_family: int = HELD_OUT_PER_FAMILY, exclude: frozenset[str] = frozenset()
) -> list[Problem]:
    """Fresh problems of every family from any seed, ids `held-add-000` ...; no question occurs in `exclude`.

    Replacements are drawn from a stream of their own, so that one coincidence leaves the other problems as they are.
    The draws are not made unique among themselves: the ranges are small.
    """
    rng, spare = random.Random(seed), random.Random(f"replacement {seed}")
    problems: list[Problem] = []
    for family in FAMILIES:
        for i in range(per_family):
            problem = draw_problem(family, rng)
            while problem.question in exclude:
                problem = draw_problem(family, spare)
            problems.append(_record(problem, f"held-{family}-{i:03d}", "sandbox_heldout"))
    return problems


def shipped_held_out() -> list[Problem]:
    """The 240 problems of `heldout.jsonl`: none has the same text as a problem of the pool."""
    return held_out_problems(exclude=frozenset(p.prompt for p in pool_problems()))
