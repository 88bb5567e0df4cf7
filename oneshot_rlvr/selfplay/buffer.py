"""The tasks that were accepted: bounded, without repetitions if so wished, drawn from without replacement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from oneshot_rlvr.grading.literals import canonical_arguments
from oneshot_rlvr.selfplay.tasks import ProgramTask, Proposal, program_key


def task_key(proposal: Proposal | ProgramTask, duplicates: str) -> str:
    """A text that is equal for proposals that count as the same: by `program`, or by `task`, which adds the inputs. One
    program may have many induction tasks, so these go by the inputs in any case."""
    arguments = proposal.arguments if isinstance(proposal, Proposal) else tuple(a for a, _ in proposal.pairs)
    by_program = duplicates == "program" and proposal.kind != "induction"
    inputs = [] if by_program else [canonical_arguments(text) for text in arguments]
    return "\n".join([program_key(proposal.program), *inputs])


@dataclass
class Buffer:
    """Tasks of one kind, oldest first."""

    cap: int
    eviction: str = "fifo"  # of a full buffer the oldest goes, one by reservoir sampling, or what is new
    duplicates: str = "task"
    tasks: list[ProgramTask] = field(default_factory=list)
    offered: int = 0  # tasks that were ever added, also those that are gone
    _keys: dict[str, int] = field(default_factory=dict)  # key -> tasks that have it
    _shapes: dict[str, int] = field(default_factory=dict)  # tree without constants -> tasks that have it

    def __len__(self) -> int:
        return len(self.tasks)

    def holds(self, proposal: Proposal | ProgramTask) -> bool:
        """Tells whether the same is there already; never, where repetitions are allowed."""
        return self.duplicates != "none" and task_key(proposal, self.duplicates) in self._keys

    def knows_shape(self, program: str) -> bool:
        """Tells whether a program is there that differs in constants alone."""
        return program_key(program, mask=True) in self._shapes

    @property
    def num_shapes(self) -> int:
        """Number of programs that differ in more than constants."""
        return len(self._shapes)

    def add(self, task: ProgramTask, random: Random) -> None:
        """Adds a task, and drops one where the buffer is full."""
        self.offered += 1
        if len(self.tasks) >= self.cap:
            if self.eviction == "newest":
                return
            place = random.randrange(self.offered) if self.eviction == "reservoir" else 0
            if place >= self.cap:
                return
            self._count(self.tasks.pop(place), -1)
        self._count(task, 1)
        self.tasks.append(task)

    def _count(self, task: ProgramTask, change: int) -> None:
        for counts, key in ((self._keys, task_key(task, self.duplicates)),
                            (self._shapes, program_key(task.program, mask=True))):  # fmt: skip
            counts[key] = counts.get(key, 0) + change
            if not counts[key]:
                del counts[key]

    def sample(self, number: int, random: Random, besides: Sequence[ProgramTask] = ()) -> list[ProgramTask]:
        """At most `number` tasks, none twice and none of `besides`."""
        taken = {task.id for task in besides}
        free = [task for task in self.tasks if task.id not in taken] if taken else self.tasks
        return random.sample(free, min(number, len(free)))

    def batch(self, fresh: Sequence[ProgramTask], number: int, random: Random) -> list[ProgramTask]:
        """`number` tasks: of `fresh` as many as there is room for, then others at random, and where the buffer is too
        small for that, its tasks again and again. Nothing where it is empty."""
        chosen = random.sample(list(fresh), min(number, len(fresh)))
        chosen += self.sample(number - len(chosen), random, chosen)
        while self.tasks and len(chosen) < number:
            chosen += self.sample(number - len(chosen), random)
        return chosen

    def state(self) -> dict[str, Any]:
        return {"tasks": list(self.tasks), "offered": self.offered}

    def load_state(self, state: dict[str, Any]) -> None:
        """Goes on from what `state` returned, after a way through JSON."""
        self.tasks, self._keys, self._shapes = [ProgramTask.of(line) for line in state["tasks"]], {}, {}
        self.offered = state["offered"]
        for task in self.tasks:
            self._count(task, 1)
