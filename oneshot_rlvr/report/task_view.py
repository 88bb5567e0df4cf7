"""Tasks that a run's source proposed, made visible: program, inputs, outputs, who solved it, what both roles earned."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from oneshot_rlvr.report.compare import Arm
from oneshot_rlvr.report.page import fill
from oneshot_rlvr.report.rollout_view import Card, best_and_worst, card, visible
from oneshot_rlvr.report.run_files import KeptRollout, KeptTask, Run, each_rollout, read_tasks
from oneshot_rlvr.terminal import printable

if TYPE_CHECKING:
    from rich.text import Text

VALID = "valid"
SHOWN_TASKS = 8  # of a step on the page; beside them one proposal for each rule that was broken


@dataclass(frozen=True)
class TaskCard:
    """A task as a page shows it, with rollouts that proposed and answered it."""

    headline: str
    program: str
    calls: str
    message: str
    rollouts: Sequence[Card]


@dataclass(frozen=True)
class TaskStep:
    """Tasks of one step of an arm."""

    title: str
    tally: str
    cards: Sequence[TaskCard]


def tally(tasks: Sequence[KeptTask]) -> str:
    """Counts a step's proposals by verdict. Example: `64 proposals: 28 valid, 31 duplicate, 5 policy`."""
    counts = Counter(task.reason for task in tasks).most_common()
    ordered = sorted(counts, key=lambda item: item[0] != VALID)
    return f"{len(tasks)} proposals: " + ", ".join(f"{count} {printable(reason)}" for reason, count in ordered)


def choose_tasks(tasks: Sequence[KeptTask], limit: int) -> list[KeptTask]:
    """Chooses `limit` tasks (0: all) from never solved to always solved, and the first proposal that broke each rule;
    in the order in which they were made."""
    if limit == 0:
        return list(tasks)
    tried = sorted((n for n, task in enumerate(tasks) if task.measured), key=lambda n: tasks[n].correct)
    if limit < len(tried):
        tried = [tried[round(n * (len(tried) - 1) / max(limit - 1, 1))] for n in range(limit)]
    refused = {task.reason: n for n, task in reversed(list(enumerate(tasks))) if not task.measured}
    return [tasks[n] for n in sorted([*tried, *refused.values()])]


def task_headline(task: KeptTask) -> str:
    """Says on one line what a proposal is, what became of it, and what proposer and solvers earned."""
    said = [f"{printable(task.id) or printable(task.kind)}", printable(task.reason)]
    said += ["let in all the same"] if task.leaked else []
    said += [] if task.reward is None else [f"proposer's reward {task.reward:g}"]
    said += [f"solved by {task.correct} of {task.measured}"] if task.measured else []
    said += [f"mean reward of {len(task.answers)} answers {fmean(task.answers):+.2f}"] if task.answers else []
    said += [f"depth {task.depth}"] if task.depth else []
    return " · ".join(said)


def task_calls(task: KeptTask) -> str:
    """Writes the inputs with their outputs, a line each. Example: `f(3) → 4`."""
    outputs = [f" → {printable(output)}" for output in task.outputs]
    outputs += [""] * (len(task.arguments) - len(outputs))
    return "\n".join(f"f({printable(given)}){output}" for given, output in zip(task.arguments, outputs))


def terminal_task(task: KeptTask) -> "Text":
    """Writes a task for the terminal."""
    from rich.text import Text

    text = Text(task_headline(task), style="bold")
    for part in (visible(task.program), task_calls(task), visible(task.message)):
        if part:
            text.append(f"\n{part}", style="not bold")
    return text


def tasks_page(arms: Sequence[Arm]) -> str | None:
    """Makes the page of tasks: the first run of each arm at its first and last step with kept rollouts; None where no
    run made tasks."""
    steps = [_task_step(arm, run, step) for arm in arms for run in arm.runs[:1]
             for step in dict.fromkeys((*run.rollout_steps[:1], *run.rollout_steps[-1:]))]  # fmt: skip
    found = [step for step in steps if step is not None]
    return fill("tasks.html", title="Tasks, as proposed and solved", steps=found) if found else None


def _task_step(arm: Arm, run: Run, step: int) -> TaskStep | None:
    tasks = read_tasks(run.path, {step})
    if not tasks:
        return None
    chosen = choose_tasks(tasks, SHOWN_TASKS)
    rollouts: dict[str, list[KeptRollout]] = {task.id: [] for task in chosen if task.id}
    for rollout in each_rollout(run.path, step):
        if rollout.example in rollouts:
            rollouts[rollout.example].append(rollout)
    cards = [TaskCard(task_headline(task), visible(task.program), task_calls(task), visible(task.message),
                      _rollout_cards(rollouts.get(task.id, []))) for task in chosen]  # fmt: skip
    return TaskStep(f"{arm.label}, seed {run.config.trainer.seed}, step {step}", tally(tasks), cards)


def _rollout_cards(rollouts: Sequence[KeptRollout]) -> list[Card]:
    """Describes the rollout that proposed a task, which has no answer to find, and its best and worst answer."""
    proposals = [rollout for rollout in rollouts if not rollout.rollout.task.problem.answer]
    answers = best_and_worst([rollout for rollout in rollouts if rollout.rollout.task.problem.answer])
    return [card(rollout, shorten=True) for rollout in (*proposals, *answers)]
