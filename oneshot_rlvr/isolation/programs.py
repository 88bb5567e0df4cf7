"""Programs of a model, run where they can do no harm: calls, and what comes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Fault = Literal["policy", "syntax", "exception", "timeout", "memory", "output_too_large", "non_literal", "died"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a program's function `f`. Example: `Call("def f(n):\\n    return n + 1", "3")`"""

    program: str
    arguments: str  # text between the brackets of `f(...)`: literals only (grading/literals.py)
    hash_seed: int = 0  # 0 or 1: in which of two kinds of processes, which hash texts otherwise


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value or a fault, never both. Example: `Outcome("4", None, 0.002)`"""

    value: str | None  # canonical text of the returned literal
    fault: Fault | None
    seconds: float  # of the CPU, in the process that ran the program
    detail: str = ""  # for people: the exception's name, what the policy refused


class Executor(Protocol):
    """Runs programs: `Programs` here, and a tree walker for the programs of the world."""

    def run(self, calls: Sequence[Call]) -> list[Outcome]:
        """Outcomes in the order of the calls; a call is never repeated or left out."""
        ...

    def close(self) -> None: ...
