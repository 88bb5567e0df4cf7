"""The gate: what a proposal must be to become a task. Each rule is an option, and each refusal has a reason."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from oneshot_rlvr.config.schema import GateConfig
from oneshot_rlvr.grading.literals import Malformed, parse_arguments
from oneshot_rlvr.isolation.programs import Call, Outcome
from oneshot_rlvr.selfplay.buffer import Buffer, task_key
from oneshot_rlvr.selfplay.dialect import Dialect
from oneshot_rlvr.selfplay.tasks import ProgramTask, Proposal, Refused, entry, parameters, parsed
from oneshot_rlvr.selfplay.verdicts import Runner


@dataclass(frozen=True, slots=True)
class Ruling:
    """The gate's word on a proposal: a task, or the reason why there is none."""

    proposal: Proposal | None  # None where the text could not be read
    task: ProgramTask | None
    reason: str = "valid"  # or one of `tasks.REASONS`
    leaked: bool = False  # a task in spite of the reason


@dataclass
class Gate:
    """Rules of a run. `limit_seconds` is the executor's, of one call."""

    config: GateConfig
    dialect: Dialect
    runner: Runner
    limit_seconds: float
    fits: Callable[[ProgramTask], bool] = lambda task: True  # a solver's prompt has room for the task

    def rule(
        self, read: Sequence[tuple[str, Proposal | str]], buffer: Buffer, random: Random
    ) -> list[Ruling]:
        """Rulings on (id, proposal or reason why the text was refused), in their order: of two that are the same the
        first enters. Nothing is added to the buffer."""
        static = [self._reason(one) if isinstance(one, Proposal) else one for _, one in read]
        seeds = (0, 1) if self.config.deterministic else (0,)
        calls = [[Call(one.program, arguments, seed) for arguments in one.arguments for seed in seeds]
                 if isinstance(one, Proposal) and static[n] in ("", *LATE) else []
                 for n, (_, one) in enumerate(read)]  # fmt: skip
        outcomes = iter(self.runner.run([call for some in calls for call in some]))
        found: list[Ruling] = []
        taken: set[str] = set()
        for (name, one), reason, some in zip(read, static, calls):
            results = [next(outcomes) for _ in some]
            if not isinstance(one, Proposal):
                found.append(Ruling(None, None, one))
                continue
            task = _task(name, one, results, len(seeds))
            reason = reason or self._ran(results)
            if task is not None:
                task, deep = self._measured(task, buffer)
                reason = reason or deep or ("" if self.fits(task) else "limits")
                if not reason and self.config.duplicates != "none":
                    key = task_key(task, self.config.duplicates)
                    reason = "duplicate" if key in taken or buffer.holds(task) else ""
                    taken.add(key)
            leaked = bool(reason) and task is not None and self.fits(task) and random.random() < self.config.leak
            found.append(Ruling(one, None if reason and not leaked else task, reason or "valid", leaked))
        return found

    def _reason(self, proposal: Proposal) -> str:
        """The first rule that a proposal breaks before it is run, "" for none."""
        try:
            tree = parsed(proposal.program)
            function = entry(tree)
            for arguments in proposal.arguments:
                parse_arguments(arguments)
            dead = self.config.live and self.dialect.dead(proposal.program, proposal.arguments[0])
        except Refused as refused:
            return refused.reason
        except Malformed:
            return "arguments"
        longest = max(len(proposal.program), len(proposal.message))
        functions = sum(isinstance(node, ast.FunctionDef | ast.Lambda) for node in ast.walk(tree))
        names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        rules = {
            "limits": longest > self.config.max_characters,
            "functions": self.config.single_function and functions > 1,
            "unused": self.config.used and not names.issuperset(parameters(function)),
            "dead": dead,
        }
        return next((reason for reason, broken in rules.items() if broken), "")

    def _ran(self, results: Sequence[Outcome]) -> str:
        """The first rule that its runs break."""
        fault = next((outcome.fault for outcome in results if outcome.fault), None)
        if fault:
            return fault
        if self.config.deterministic and any(a.value != b.value for a, b in zip(results[::2], results[1::2])):
            return "nondeterministic"
        slowest = max(outcome.seconds for outcome in results)
        return "limits" if self.config.half_time and slowest > self.limit_seconds / 2 else ""

    def _measured(self, task: ProgramTask, buffer: Buffer) -> tuple[ProgramTask, str]:
        """The task with its depth, and the rule that this breaks."""
        usual = 0 if task.kind == "induction" else self._usual_depth(buffer)  # whose programs are not its proposer's
        low, high = max(self.config.min_depth, usual), self.config.max_depth
        try:
            depth = max(self.dialect.depth(task.program, arguments) or 0 for arguments, _ in task.pairs)
        except Refused as refused:
            return task, refused.reason
        return replace(task, depth=depth), "shallow" if depth < low else "deep" if high and depth > high else ""

    def _usual_depth(self, buffer: Buffer) -> int:
        """The quantile `deepen` of the depths of the NEWEST tasks; 0 where it is not asked for, or there are none."""
        depths = sorted(task.depth for task in buffer.tasks[-NEWEST:])
        place = min(int(self.config.deepen * len(depths)), len(depths) - 1)
        return depths[place] if self.config.deepen and depths else 0


NEWEST = 32  # tasks that `deepen` looks at
LATE = ("functions", "unused", "dead")  # broken before the run, by programs that may have an output all the same


def _task(name: str, proposal: Proposal, results: Sequence[Outcome], runs: int) -> ProgramTask | None:
    """The task of a proposal whose every first run has a value."""
    values = [outcome.value for outcome in results[::runs]]
    known = [value for value in values if value is not None]
    if not values or len(known) < len(values):
        return None
    return ProgramTask(name, proposal.kind, proposal.program, tuple(zip(proposal.arguments, known)), proposal.message)
