"""Text that the sandbox's bases learn from: `python -m sandbox_factory.demonstrations FOLDER`.

Writes skill.jsonl, habits_e.jsonl and habits_d.jsonl, the same on every machine, for `rlvr sft
+experiment=sandbox_skill`, `sandbox_base_e` and `sandbox_base_d`. Needs nothing but the standard library and the world.
"""

import argparse
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from oneshot_rlvr.sandbox.world import SandboxProblem, draw_any
from sandbox_factory.habits import BASE_D, BASE_E, Habits, HabitsConfig, drill_line, write_response

LINES_PER_STEP = 24  # data.prompts_per_step of the three experiments
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


def write(name: str, folder: Path) -> Path:
    """Write one of STAGES as JSON lines to `folder/name.jsonl`."""
    path = folder / f"{name}.jsonl"
    with path.open("w", encoding="utf-8", newline="\n") as lines:
        for line in demonstrations(name):
            lines.write(json.dumps(line) + "\n")
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
