"""Text that the sandbox's bases learn from: `python -m sandbox_factory.demonstrations FOLDER`.

Writes skill.jsonl, habits_e.jsonl and habits_d.jsonl, the same on every machine, for `rlvr sft
+experiment=sandbox_skill`, `sandbox_base_e` and `sandbox_base_d`. Needs nothing but the standard library and the world.
"""

import argparse
import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from oneshot_rlvr.sandbox.world import SandboxProblem, draw_any, pool_problems, shipped_held_out
from sandbox_factory.habits import BASE_D, BASE_E, Habits, HabitsConfig, drill_line, write_response

LINES_PER_STEP = 24  # data.prompts_per_step of the three experiments
WORKED_LINES = 480
Respond = Callable[[SandboxProblem, random.Random], str]


def right_work(problem: SandboxProblem, rng: random.Random) -> str:
    """Right written work, half of it boxed."""
    return write_response(problem, rng.choice(("work_box", "work_plain")), rng, HabitsConfig())


@dataclass(frozen=True, slots=True)
class Stage:
    """One file: as many lines as its experiment learns from, each once."""

    steps: int  # trainer.total_steps of the experiment
    drill_share: float  # share of lines that are single facts, which train the sums and no habit of answering
    respond: Respond


STAGES = {
    "skill": Stage(3440, 0.35, right_work),
    "habits_e": Stage(640, 0.05, Habits(BASE_E).response),
    "habits_d": Stage(800, 0.05, Habits(BASE_D).response),  # at 640 the habit of `seq` (to work) had not formed
}


def demonstrations(name: str, seed: int = 0) -> Iterator[dict[str, str]]:
    """The lines of one of STAGES: {"prompt", "response"}, or {"text"} for facts."""
    stage, rng = STAGES[name], random.Random(f"{name} {seed}")
    for _ in range(stage.steps * LINES_PER_STEP):
        if rng.random() < stage.drill_share:
            yield {"text": drill_line(rng)}
        else:
            problem = draw_any(rng)
            yield {"prompt": problem.question, "response": stage.respond(problem, rng)}


def worked() -> Iterator[dict[str, str]]:
    """The lines of `worked.jsonl`, from which `+experiment=sandbox_worked` teaches base E to work its answers out more
    often: neither problems of the pool nor held-out ones.
    """
    rng, known = random.Random("familiarity"), {p.prompt for p in [*pool_problems(), *shipped_held_out()]}
    respond = Habits(replace(BASE_E, logits=BASE_E.logits | {"work_box": 2.0})).response  # its own, but for more work
    fresh = (problem for problem in iter(lambda: draw_any(rng), None) if problem.question not in known)
    for problem in islice(fresh, WORKED_LINES):
        yield {"prompt": problem.question, "response": respond(problem, rng)}


def write_lines(path: Path, lines: Iterable[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            file.write(json.dumps(line) + "\n")


def write(name: str, folder: Path) -> Path:
    """Write one of STAGES as JSON lines to `folder/name.jsonl`."""
    path = folder / f"{name}.jsonl"
    write_lines(path, demonstrations(name))
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the three files go")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in STAGES:
        print(write(name, folder))


if __name__ == "__main__":
    main()
