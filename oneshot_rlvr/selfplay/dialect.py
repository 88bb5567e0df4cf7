"""The two roles' prompts, and the strict reading of what they answer: the form of the paper.

Prompts are wordings of our own. The template `think-answer` (data/prompts.py) wraps them and opens the reasoning, so a
response is reasoning, `</think>`, and an answer in `<answer>` tags with labelled blocks in fences. Only the answer is
read: blocks within the reasoning, or after the answer, are nothing.
"""

import re
from collections.abc import Sequence
from random import Random
from typing import Protocol

from oneshot_rlvr.selfplay.tasks import Kind, ProgramTask, Proposal, Refused

ANSWER = re.compile(r"\s*<answer>(.*?)</answer>", re.DOTALL)
OPENING = re.compile(r"```([A-Za-z0-9_]+)\s*")


class Dialect(Protocol):
    """The language in which tasks are asked for and answered."""

    inputs: int  # inputs of an induction proposal

    def ask_proposal(self, kind: Kind, references: Sequence[ProgramTask]) -> str:
        """The prompt of a proposer; of an induction proposer the one reference is the program to describe."""
        ...

    def ask_solution(self, task: ProgramTask) -> str:
        """The prompt of a solver, without what the task hides."""
        ...

    def read_proposal(self, kind: Kind, text: str, references: Sequence[ProgramTask]) -> Proposal:
        """A proposer's response in its parts; `Refused` for one that has not the form."""
        ...

    def read_solution(self, kind: Kind, text: str) -> str:
        """A solver's answer: the text of a value, of arguments, or a program; `Refused` as above."""
        ...

    def zero(self) -> Proposal:
        """The one program that is given, the start of the buffers, with one input or more."""
        ...

    def depth(self, program: str, arguments: str) -> int | None:
        """Operations that a call executes; None where this dialect does not count them."""
        ...

    def dead(self, program: str, arguments: str) -> bool:
        """Tells of an operation, or an output, that no input can change; False where this dialect does not look."""
        ...

    def draw(self, kind: Kind, references: Sequence[ProgramTask], random: Random) -> Proposal | None:
        """A proposal drawn from a grammar, for proposer=random; None where this dialect has none."""
        ...


RULES = """\
Rules for the program:
- its entry is a function named `f` with at least one parameter, and it returns a value;
- it is deterministic: no randomness, dates, input or output, printing, files or state from outside;
- imports, helper functions and classes stand at its top; of modules only parts of the standard library for pure
  computation, such as math, itertools, collections, functools, re, string, heapq and bisect;
- it ends within a few seconds, and its output is a plain Python value (numbers, strings, booleans, None, lists,
  tuples, sets, dictionaries)."""
FORM_INPUT = (
    "The input is written as the arguments of the call, separated by commas, as literals: strings in quotes, several "
    "arguments as in `[1, 2], 'ab'`."
)


class PaperDialect:
    """Prompts and answers with tags and fences."""

    def __init__(self, inputs: int = 10) -> None:
        self.inputs = inputs

    def ask_proposal(self, kind: Kind, references: Sequence[ProgramTask]) -> str:
        if kind == "induction":
            return self._ask_inputs(references[0])
        hidden, given = ("output", "input") if kind == "deduction" else ("input", "output")
        asked = (
            f"Write a new Python program and one input for it. A test subject is shown the program and the {given}, "
            f"and must find {'the output' if kind == 'deduction' else 'an input that gives it'} by thinking alone. "
            f"Make that hard but possible: the {hidden} should take many careful steps to find, and not be a matter of "
            "luck. Plan first which idea makes it hard."
        )
        shown = [
            f"<snippet_{number}>\n{fence('python', task.program)}\n{fence('input', task.arguments)}\n"
            f"{fence('output', task.output)}\n</snippet_{number}>"
            for number, task in enumerate(references)
        ]
        past = "\n\nEarlier programs, which yours must not resemble:\n\n" + "\n\n".join(shown) if shown else ""
        form = f"Answer with these two blocks:\n\n{fence('python', 'def f(...):')}\n{fence('input', '...')}"
        return f"{asked}\n\n{RULES}\n\n{FORM_INPUT}\n\n{form}{past}"

    def _ask_inputs(self, task: ProgramTask) -> str:
        return (
            f"Here is a Python program:\n\n{fence('python', task.program)}\n\nWrite {self.inputs} inputs for it and a "
            "message. A test subject is shown some of the inputs with their outputs and the message, not the program, "
            "and must write a program that gives the same outputs. Choose inputs that differ and together tell what "
            "the program does; the message may hint at it in words, and must hold no code.\n\n"
            f"{FORM_INPUT}\n\nAnswer with {self.inputs} blocks of input and one message:\n\n{fence('input', '...')}\n"
            f"{fence('message', '...')}"
        )

    def ask_solution(self, task: ProgramTask) -> str:
        program = fence("python", task.program)
        if task.kind == "deduction":
            return (
                f"Here are a Python program and an input:\n\n{program}\n{fence('input', task.arguments)}\n\nWork out, "
                "step by step, what the call returns. Answer with its value as a Python literal:\n\n"
                f"{fence('output', '...')}"
            )
        if task.kind == "abduction":
            return (
                f"Here are a Python program and an output:\n\n{program}\n{fence('output', task.output)}\n\nFind an "
                f"input for which the program returns this output; any will do. {FORM_INPUT}\n\nAnswer with it:\n\n"
                f"{fence('input', '...')}"
            )
        pairs = "\n".join(f"{fence(f'input_{number}', arguments)}\n{fence(f'output_{number}', output)}"
                          for number, (arguments, output) in enumerate(task.shown))  # fmt: skip
        return (
            f"Here are inputs of an unknown Python program with their outputs, and a message about it:\n\n{pairs}\n"
            f"{fence('message', task.message)}\n\nWrite a program that gives these outputs, and the right ones for "
            f"other inputs of the kind.\n\n{RULES}\n\nAnswer with it:\n\n{fence('python', 'def f(...):')}"
        )

    def read_proposal(self, kind: Kind, text: str, references: Sequence[ProgramTask]) -> Proposal:
        blocks = fences(answer(text))
        if kind != "induction":
            return Proposal(kind, only(blocks, "python"), (only(blocks, "input"),))
        inputs = tuple(body for label, body in blocks if label == "input")
        if len(inputs) != self.inputs:
            raise Refused("fence", f"{len(inputs)} inputs, {self.inputs} are needed")
        return Proposal(kind, references[0].program, inputs, only(blocks, "message"))

    def read_solution(self, kind: Kind, text: str) -> str:
        return only(fences(answer(text)), {"deduction": "output", "abduction": "input", "induction": "python"}[kind])

    def zero(self) -> Proposal:
        inputs = ("'Hello World'", "1", "[1, 2, 3]", "{'a': 1}", "(2.5, True)", "None")
        return Proposal("induction", "def f(x):\n    return x", inputs, "It returns what it is given.")

    def depth(self, program: str, arguments: str) -> int | None:
        return None

    def dead(self, program: str, arguments: str) -> bool:
        return False

    def draw(self, kind: Kind, references: Sequence[ProgramTask], random: Random) -> Proposal | None:
        return None


def fence(label: str, body: str) -> str:
    """A labelled block."""
    return f"```{label}\n{body}\n```"


def answer(text: str) -> str:
    """The text within the answer tags, which stand right behind the end of the reasoning."""
    _, closed, rest = text.partition("</think>")
    found = ANSWER.match(rest)
    if not closed or not found or "<answer>" in found[1]:
        raise Refused("no_answer")
    return found[1]


def fences(text: str) -> list[tuple[str, str]]:
    """(label, body) of the labelled blocks. A block begins and ends with a line of its own; none stands in another."""
    found: list[tuple[str, str]] = []
    label, body = "", list[str]()
    for line in text.split("\n"):
        opening = OPENING.fullmatch(line)
        if label and opening:
            raise Refused("fence", f"{opening[1]} within {label}")
        if not label:
            label, body = (opening[1] if opening else ""), []
        elif line.rstrip() == "```":
            found.append((label, "\n".join(body).strip("\n")))
            label = ""
        else:
            body.append(line)
    if label:
        raise Refused("fence", f"{label} is not closed")
    return found


def only(blocks: Sequence[tuple[str, str]], label: str) -> str:
    """The body of the one block with this label."""
    found = [body for name, body in blocks if name == label]
    if len(found) != 1 or not found[0].strip():
        raise Refused("fence", f"{len(found)} blocks of {label}")
    return found[0]
