"""Verdicts on programs and arguments that a model wrote: those for which something has to be run."""

from oneshot_rlvr.grading.literals import parse_value, same_value
from oneshot_rlvr.grading.program import ProgramTruth, task_of
from oneshot_rlvr.isolation.programs import Call, Check, Outcome, Programs, TestsFail
from oneshot_rlvr.types import Grade


def graded(programs: Programs, extracted: str, answer: str) -> Grade:
    """The grade of what a response holds: `correct`, `wrong`, or `fault: ...` for a program that gives no value."""
    task = task_of(answer)
    try:
        outcome = _run(programs, task, extracted)
    except TestsFail as error:
        return Grade(None, extracted, f"error: {error}")
    if outcome.fault is not None:
        return Grade(False, extracted, f"fault: {outcome.fault}")
    assert outcome.value is not None
    if task.kind == "input":  # any arguments that give the value are right
        right = same_value(parse_value(outcome.value), parse_value(task.output))
    else:
        right = outcome.value == "True"
    return Grade(right, extracted, "correct" if right else "wrong")


def _run(programs: Programs, task: ProgramTruth, extracted: str) -> Outcome:
    if task.kind == "input":
        program = task.program if task.entry == "f" else f"{task.program}\nf = {task.entry}\n"
        return programs.run([Call(program, extracted, literal=False)])[0]
    return programs.check(Check(extracted, task.entry, task.test, task.setup, task.reference))
