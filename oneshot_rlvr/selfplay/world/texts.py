"""Short texts of the world: what the model is asked in each role, how an answer is written and read.

A prompt begins with a letter for the kind of task (D, A, I; with P before it: propose one). The answer stands after
the last `>>`; what comes before it is written working.
"""

from collections.abc import Sequence

from oneshot_rlvr.grading.program_world import Value, parse, show_arguments
from oneshot_rlvr.grading.world import MARK

LETTERS = {"deduction": "D", "abduction": "A", "induction": "I"}
WRONG = "?"  # before the value of an input that was tried


def inputs(program: str, arguments: Sequence[Value]) -> str:
    """The input by parameter, a line each: `x=[3,5]`."""
    return "\n".join(f"{name}={show_arguments([value])}" for name, value in zip(parse(program).parameters, arguments))


def deduction(program: str, arguments: Sequence[Value]) -> str:
    """Asks for the output: `D`, the program, its input."""
    return f"{LETTERS['deduction']}\n{program}\n{inputs(program, arguments)}"


def abduction(program: str, output: str) -> str:
    """Asks for an input that gives `output`: `A`, the program, `>>7`."""
    return f"{LETTERS['abduction']}\n{program}\n{MARK}{output}"


def induction(pairs: Sequence[tuple[str, str]]) -> str:
    """Asks for a program: `I`, then the pairs of arguments and output, a line each: `[3,5]>>8`."""
    return "\n".join([LETTERS["induction"], *(f"{arguments}{MARK}{output}" for arguments, output in pairs)])


def proposal(kind: str, program: str, arguments: Sequence[Value]) -> str:
    """Asks for a task of `kind` that is unlike the one given: `PD`, the program, its input."""
    return f"P{LETTERS[kind]}\n{program}\n{inputs(program, arguments)}"


def tight(text: str) -> str:
    """A value or arguments without blanks, in the way that the world writes them."""
    return text.replace(" ", "")


def propose(program: str, arguments: Sequence[Value]) -> str:
    """A proposal as it is written: the program, then its input behind `>>`."""
    return f"{program}\n{MARK}{show_arguments(arguments)}"


def propose_inputs(inputs: Sequence[Sequence[Value]]) -> str:
    """A proposal for induction: inputs of the program that was shown, each behind `>>`."""
    return "\n".join(f"{MARK}{show_arguments(arguments)}" for arguments in inputs)
