"""The world as self-play knows it: its language, and an executor that walks trees instead of running programs."""

import time
from collections.abc import Sequence
from random import Random
from typing import cast, get_args

from oneshot_rlvr.grading import world
from oneshot_rlvr.grading.literals import canonical
from oneshot_rlvr.grading.program_world import read_arguments, run, show_arguments
from oneshot_rlvr.isolation.programs import Call, Executor, Fault, Outcome
from oneshot_rlvr.selfplay.tasks import Kind, ProgramTask, Proposal, Refused
from oneshot_rlvr.selfplay.world import grammar, texts

INPUTS = 6  # of an induction task; half of them are shown
ZERO = Proposal("deduction", "def f(x):\n return x+1", ("3",))
ZERO_TASK = ProgramTask("seed/zero", "deduction", ZERO.program, (("3", "4"),), depth=1)
DRAWN_DEPTHS = (1, 6)  # least and most operations of the programs of `draw`


class WorldDialect:
    """Short texts (selfplay/world/texts.py); a proposer sees one task, the newest of its references."""

    def __init__(self, depths: tuple[int, int] = DRAWN_DEPTHS) -> None:
        self.inputs = INPUTS
        self.depths = depths

    def ask_proposal(self, kind: Kind, references: Sequence[ProgramTask]) -> str:
        shown = references[-1] if references else ZERO_TASK
        return texts.proposal(kind, shown.program, read_arguments(shown.arguments))

    def ask_solution(self, task: ProgramTask) -> str:
        if task.kind == "deduction":
            return texts.deduction(task.program, read_arguments(task.arguments))
        if task.kind == "abduction":
            return texts.abduction(task.program, texts.tight(task.output))
        return texts.induction([(texts.tight(arguments), texts.tight(output)) for arguments, output in task.shown])

    def read_proposal(self, kind: Kind, text: str, references: Sequence[ProgramTask]) -> Proposal:
        program, *inputs = text.rstrip("\n").split(texts.MARK)
        if kind == "induction":
            if program or len(inputs) != self.inputs:
                raise Refused("fence", f"{len(inputs)} inputs, {self.inputs} are needed")
            return Proposal(kind, references[-1].program, tuple(line.rstrip("\n") for line in inputs))
        if len(inputs) != 1 or not program.endswith("\n"):
            raise Refused("fence", f"a program and one line with {texts.MARK} and its input are needed")
        return Proposal(kind, program[:-1], (inputs[0],))

    def read_solution(self, kind: Kind, text: str) -> str:
        found = world.extract(text)
        if not found:
            raise Refused("no_answer", f"nothing after {texts.MARK}")
        return found

    def zero(self) -> Proposal:
        return ZERO

    def depth(self, program: str, arguments: str) -> int | None:
        """Operations that the output depends on; None of a program that the world does not know."""
        try:
            return run(program, read_arguments(arguments)).depth
        except Refused:
            return None

    def dead(self, program: str, arguments: str) -> bool:
        """`grammar.dead`; False of a program that the world does not know, which its run will tell."""
        try:
            return grammar.dead(program, read_arguments(arguments))
        except Refused:
            return False

    def draw(self, kind: Kind, references: Sequence[ProgramTask], random: Random) -> Proposal | None:
        if kind == "induction":
            shown = references[-1] if references else ZERO_TASK
            kinds = grammar.kinds_of(read_arguments(shown.arguments))
            inputs = (grammar.draw_arguments(kinds, random) for _ in range(self.inputs))
            return Proposal(kind, shown.program, tuple(map(show_arguments, inputs)))
        sample = grammar.draw(random.randint(*self.depths), random)
        return Proposal(kind, sample.program, (show_arguments(sample.arguments),))


class FakeExecutor:
    """Walks trees where `isolation.programs.Programs` runs programs. What the world does not know has the fault
    `policy`."""

    def run(self, calls: Sequence[Call]) -> list[Outcome]:
        return [_outcome(call) for call in calls]

    def close(self) -> None:
        """Ends nothing: there is no process."""


class WorldPrograms:
    """Runs in real processes what the world knows; what it does not know has the fault `policy` here too."""

    def __init__(self, programs: Executor) -> None:
        self.programs = programs

    def run(self, calls: Sequence[Call]) -> list[Outcome]:
        walked = FakeExecutor().run(calls)
        ran = iter(self.programs.run([call for call, outcome in zip(calls, walked) if outcome.fault is None]))
        return [outcome if outcome.fault else next(ran) for outcome in walked]

    def close(self) -> None:
        self.programs.close()


def _outcome(call: Call) -> Outcome:
    start = time.process_time()
    value, fault, detail = None, None, ""
    try:
        value = canonical(run(call.program, read_arguments(call.arguments)).value)
    except Refused as refused:
        fault = cast(Fault, refused.reason if refused.reason in get_args(Fault) else "policy")
        detail = str(refused)
    return Outcome(value, fault, time.process_time() - start, detail)
