"""2,000 steps of a minimal model: memory, file handles, threads and the time of a step must not grow.

    python tests/soak/long_run.py [--steps 2000]

Validation and checkpoints (the last two kept) come every 100 steps; the graders have work. Prints a markdown table of
the curve; the exit code is 1 if, from a tenth of the way on, anything has grown by more than the bounds below.
"""

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ |= {"OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "0", "HF_HUB_OFFLINE": "1"}

import runs

ROWS = 20  # of the table
MAX_GROWTH = {"memory_mb": 30.0, "grader_mb": 30.0, "files": 2, "threads": 1}  # from a tenth of the way to the end
MAX_SLOWDOWN = 1.3  # median step time of the last tenth against that of the second


@dataclass(frozen=True, slots=True)
class Reading:
    step: int
    memory_mb: float  # resident, of the trainer
    grader_mb: float  # resident, of the grading processes together
    files: int
    threads: int
    seconds: float  # of processor time, this step: the trainer's alone, so that a busy machine does not count


def resident_mb(process: str) -> float:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def family(pid: int) -> list[str]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [str(pid), *(member for child in children for member in family(int(child)))]


def watch(readings: list[Reading]) -> None:
    """Make every step of a run in this process leave a reading."""
    from oneshot_rlvr.trainer import loop
    from oneshot_rlvr.trainer.parts import Parts

    train_step, last = loop.train_step, [time.process_time()]

    def measured(run: Parts, step: int) -> None:
        train_step(run, step)
        graders = sum(resident_mb(member) for pid in run.pool.pids() for member in family(pid))
        now = time.process_time()
        files, threads = (len(os.listdir(f"/proc/self/{kind}")) for kind in ("fd", "task"))
        readings.append(Reading(step, resident_mb("self"), graders, files, threads, now - last[0]))
        last[0] = now

    loop.train_step = measured


def arguments(output: str, steps: int) -> list[str]:
    return [
        *runs.TINY, "model.shape.hidden=32", "model.shape.layers=1", "model.shape.heads=2", "model.shape.kv_heads=2",
        "model.shape.ffn=32", "data.examples=[]", r"data.problem=Is it \boxed{x+1} or not?", "data.answer=y+1",
        "compat.grade_with_prompt=true", "data.copies=2", "data.prompts_per_step=2", "algorithm.group_size=2",
        "rollout.max_new_tokens=8", "data.validation=sandbox_heldout", "data.validation_limit=4",
        "eval.max_new_tokens=8", "trainer.eval_every=100", "checkpoint.every=100", "checkpoint.keep_last=2",
        f"trainer.total_steps={steps}", f"trainer.output_dir={output}", "trainer.progress_seconds=30",
    ]  # fmt: skip


def table(readings: list[Reading]) -> str:
    lines = ["| step | trainer MB | graders MB | open files | threads | median CPU ms a step |", "|---" * 6 + "|"]
    size = max(1, len(readings) // ROWS)
    for end in range(size, len(readings) + 1, size):
        at, part = readings[end - 1], readings[end - size : end]
        milliseconds = 1000 * median(r.seconds for r in part)
        memory = f"{at.memory_mb:.0f} | {at.grader_mb:.0f}"
        lines.append(f"| {at.step} | {memory} | {at.files} | {at.threads} | {milliseconds:.1f} |")
    return "\n".join(lines)


def growth(readings: list[Reading]) -> list[str]:
    """What has grown beyond its bound; nothing, if all is well."""
    tenth = max(1, len(readings) // 10)
    first, last = readings[tenth], readings[-1]
    found = [
        f"{name}: {getattr(first, name):g} -> {getattr(last, name):g}"
        for name, bound in MAX_GROWTH.items()
        if getattr(last, name) - getattr(first, name) > bound
    ]
    before, after = (median(r.seconds for r in part) for part in (readings[tenth : 2 * tenth], readings[-tenth:]))
    if after > MAX_SLOWDOWN * before:
        found.append(f"step time: {before:.4f} -> {after:.4f} s")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2000)
    steps = parser.parse_args().steps
    readings: list[Reading] = []
    watch(readings)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="long_run_") as output:
        runs.train_here(*arguments(output, steps))
    print(table(readings))
    grown = growth(readings)
    print(f"\n{len(readings)} steps in {time.monotonic() - start:.0f} s; ", end="")
    print(f"grown: {'; '.join(grown)}" if grown else "nothing has grown")
    return int(bool(grown) or len(readings) != steps)


if __name__ == "__main__":
    sys.exit(main())
