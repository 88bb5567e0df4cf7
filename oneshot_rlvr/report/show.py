"""The kept rollouts of one step, in the terminal and as a page (`rlvr show`)."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.files import replace_file
from oneshot_rlvr.report.page import fill
from oneshot_rlvr.report.rollout_view import FULL_ENTROPY, best_and_worst, card, terminal_rollout, visible
from oneshot_rlvr.report.run_files import KeptRollout, KeptTask, find_run, read_rollouts, read_tasks, rollout_files
from oneshot_rlvr.report.task_view import choose_tasks, tally, task_calls, task_headline, terminal_task
from oneshot_rlvr.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console

COLOURS = ("advantage", "entropy")


@dataclass(frozen=True)
class StepView:
    """The rollouts of a step that are shown."""

    run: Path
    step: int
    rollouts: tuple[KeptRollout, ...]  # in falling order of advantage
    kept: int  # number of rollouts before the limit
    tally: str = ""  # of the tasks that the step's source proposed
    tasks: tuple[KeptTask, ...] = ()


def view_step(run: str | Path, step: int | None, group: int | None, limit: int) -> StepView:
    """Reads the rollouts of a step (None: the last kept one), of one group if given, at most `limit` (0: all).

    The limit keeps the highest and the lowest advantages. Raises UserError naming the nearest step or group.
    """
    folder = find_run(run)
    if step is None:
        step = max(rollout_files(folder), default=0)
    rollouts = read_rollouts(folder, step)
    if group is not None:
        groups = sorted({r.group for r in rollouts})
        if group not in groups:
            near = min(groups, key=lambda g: abs(g - group), default=None)
            hint = "none of any group" if near is None else f"nearest: --group {near}"
            raise UserError(f"{folder}: step {step} has no kept rollout of group {group}; {hint}")
        rollouts = tuple(r for r in rollouts if r.group == group)
    chosen = best_and_worst(rollouts, max(1, limit // 2) if limit else len(rollouts))
    tasks = read_tasks(folder, {step}) if group is None else ()
    shown = tuple(choose_tasks(tasks, limit))
    return StepView(folder, step, tuple(chosen), len(rollouts), tally(tasks) if tasks else "", shown)


def summary(view: StepView) -> str:
    """Says in one line where they are, how many, and how many of them taught something."""
    signal = sum(r.advantage != 0 for r in view.rollouts)
    shown = f"{len(view.rollouts)} of {view.kept} kept rollouts" if view.kept > len(view.rollouts) else ""
    shown = shown or f"{view.kept} kept rollout{'s' if view.kept != 1 else ''}"
    return f"{printable(str(view.run))}, step {view.step}: {shown}, {signal} with an advantage other than 0"


def print_step(view: StepView, colour: str, console: "Console") -> None:
    """Prints rollouts one under the other, the prompt wherever it changes."""
    from rich.text import Text

    console.print(Text(summary(view)))
    legend = "blue: made likelier, orange: made less likely" if colour == "advantage" else "brighter: higher entropy"
    for task in view.tasks:
        console.print()
        console.print(terminal_task(task))
    if view.tasks:
        console.print(Text(f"\n{view.tally}\n", style="dim"))
    console.print(Text(f"colours: {legend}", style="dim"))
    prompt = None
    for rollout in view.rollouts:
        console.print()
        if rollout.rollout.task.prompt != prompt:
            prompt = rollout.rollout.task.prompt
            console.print(Text(visible(prompt), style="dim"))
            console.print()
        console.print(terminal_rollout(rollout, colour))


def page_of_step(view: StepView, colour: str) -> str:
    """Makes a self-contained page in which the reader switches between the two colourings; works without scripts."""
    return fill(
        "show.html",
        title=f"Rollouts of {view.run}, step {view.step}",
        step=view.step,
        summary=summary(view),
        colours=COLOURS,
        chosen=colour,
        full_entropy=FULL_ENTROPY,
        cards=[card(rollout) for rollout in view.rollouts],
        tally=view.tally,
        tasks=[(task_headline(task), [visible(task.program), task_calls(task), visible(task.message)])
               for task in view.tasks],
    )


def write_page(view: StepView, colour: str, path: Path) -> None:
    """Writes the page. UserError if the file cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, page_of_step(view, colour))
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from None
