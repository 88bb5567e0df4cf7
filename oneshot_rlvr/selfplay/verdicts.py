"""What programs do: runs of them, each one once a step, and the verdicts on answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import quantiles

from oneshot_rlvr.grading.literals import Malformed, canonical, canonical_arguments, parse_value, same_value
from oneshot_rlvr.isolation.programs import Call, Executor, Outcome
from oneshot_rlvr.selfplay.tasks import Kind, ProgramTask


@dataclass
class Runner:
    """An executor that runs no call twice in a step, and counts."""

    executor: Executor
    outcomes: dict[Call, Outcome] = field(default_factory=dict)  # of this step

    def run(self, calls: Sequence[Call]) -> list[Outcome]:
        new = [call for call in dict.fromkeys(calls) if call not in self.outcomes]
        if new:
            self.outcomes |= zip(new, self.executor.run(new), strict=True)
        return [self.outcomes[call] for call in calls]

    def figures(self) -> dict[str, float]:
        """Metrics of the step's runs; the next begins."""
        found, self.outcomes = list(self.outcomes.values()), {}
        milliseconds = sorted(1e3 * outcome.seconds for outcome in found)
        cuts = quantiles(milliseconds, n=20, method="inclusive") if len(found) > 1 else [sum(milliseconds)] * 19
        faults = [outcome.fault for outcome in found]
        return {
            "executor/calls": len(found),
            "speed/executor_p50_ms": cuts[9],  # among the timings
            "speed/executor_p95_ms": cuts[18],
            "executor/timeouts": faults.count("timeout"),
            "executor/deaths": faults.count("died"),
            "executor/denied": faults.count("policy"),
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on an answer. Example: `Verdict(False, "wrong", "[3, 1]")`"""

    correct: bool | None  # None: the answer has not the form
    reason: str  # right, wrong, or a reason of `tasks.REASONS`
    answer: str | None = None  # as canonical text: what agrees is the same here


def judge(
    answers: Sequence[tuple[ProgramTask, str | None, str]], runner: Runner, strict_bool: bool
) -> list[Verdict]:
    """Verdicts on (task, answer, reason); the answer is None where its text was refused, for that reason.

    A deduction answer is data and is compared; an abduction answer is data that the task's program is called with; only
    an induction answer is a program, and must give every hidden output.
    """
    read = [_read(task.kind, answer, reason) for task, answer, reason in answers]
    calls: list[Call] = []
    for (task, _, _), (text, _) in zip(answers, read):
        if text is not None and task.kind == "abduction":
            calls.append(Call(task.program, text))
        elif text is not None and task.kind == "induction":
            calls += [Call(text, arguments) for arguments, _ in task.hidden]
    outcomes = iter(runner.run(calls))
    found = []
    for (task, _, _), (text, reason) in zip(answers, read):
        if text is None:
            found.append(Verdict(None, reason))
            continue
        if task.kind == "deduction":
            got, wanted = [text], [task.output]
        elif task.kind == "abduction":
            got, wanted = [next(outcomes).value], [task.output]
        else:
            got, wanted = [next(outcomes).value for _ in task.hidden], [output for _, output in task.hidden]
        right = all(a is not None and same_value(parse_value(a), parse_value(b), strict_bool=strict_bool)
                    for a, b in zip(got, wanted, strict=True))  # fmt: skip
        shown = repr(got) if task.kind == "induction" else text
        found.append(Verdict(right, "right" if right else "wrong", shown))
    return found


def _read(kind: Kind, answer: str | None, reason: str) -> tuple[str | None, str]:
    """The answer as canonical text, or None and why."""
    if answer is None:
        return None, reason
    try:
        if kind == "deduction":
            return canonical(parse_value(answer)), ""
        return (canonical_arguments(answer) if kind == "abduction" else answer), ""
    except Malformed:
        return None, "value" if kind == "deduction" else "arguments"
