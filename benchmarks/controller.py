"""Driver time of a step at 1,024 rollouts of 3,000 tokens, with simulated workers: everything but the model.

Real: batch, seeds, splitting, serialisation both ways, grading of every response, advantages, denominators, shares,
health rules, ledger, rollouts on disk, metrics. Left out: the models' own time, and Ray's per-call latency.
"""

import argparse
import cProfile
import io
import itertools
import pstats
import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path

import common
from simulated import make_rollouts, simulated_run

from oneshot_rlvr.trainer.loop import train_step

PHASES = ("generate", "grade", "advantages", "update", "sync")
ALL = (*PHASES, "records")


class Driver:
    """One simulated run and the driver's own seconds of each of its steps."""

    def __init__(self, folder: Path, rollouts: list, workers: int, settings: tuple[str, ...]) -> None:
        self.run, self.away, self.cluster = simulated_run(folder, rollouts, workers, settings)
        self.steps = itertools.count(1)
        self.wall: list[float] = []
        self.cpu: list[float] = []
        self.phases: list[dict[str, float]] = []
        self.bytes = 0

    def step(self) -> None:
        before, away_cpu = self.away.wall.copy(), self.away.cpu
        sent = self.cluster.bytes if self.cluster else 0
        wall, cpu = time.perf_counter(), time.process_time()
        train_step(self.run, next(self.steps))
        away = {phase: self.away.wall[phase] - before[phase] for phase in ALL}
        self.wall.append(time.perf_counter() - wall - sum(away.values()))
        self.cpu.append(time.process_time() - cpu - (self.away.cpu - away_cpu))
        values = self.run.journal.now.values
        found = {phase: values[f"time/{phase}"] - away[phase] for phase in PHASES}
        found["records"] = self.wall[-1] - sum(found.values())
        self.phases.append(found)
        self.bytes = self.cluster.bytes - sent if self.cluster else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, parents=[common.parent()])
    parser.add_argument("--profile", type=int, metavar="N", help="profile a step with N workers (0: local), no timing")
    args = common.arguments(None, parser)
    number, tokens = (256, 2000) if args.quick else (1024, 3000)
    copies = (f"data.copies={number // 8}", f"data.prompts_per_step={number // 8}")
    counts = (0, 1, 8, 64) if args.quick else (0, 1, 2, 4, 8, 16, 32, 64)
    rollouts = make_rollouts(number, tokens)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if args.profile is not None:
            profile(Driver(place / "profiled", rollouts, args.profile, copies))
            return
        with redirect_stdout(io.StringIO()):
            drivers = {str(n): Driver(place / str(n), rollouts, n, copies) for n in counts}
            kept = (*copies, "trainer.keep_rollouts=all")
            drivers["0, every rollout kept"] = Driver(place / "all", rollouts, 0, kept)
            common.alternate({name: driver.step for name, driver in drivers.items()}, args.rounds)
            for driver in drivers.values():
                driver.run.close()
    rows = [row(name, driver, args.rounds) for name, driver in drivers.items()]
    one, many = drivers["1"].cpu[-args.rounds :], drivers["64"].cpu[-args.rounds :]
    ratios = {"1 worker over 64 workers, CPU seconds": common.median_ratio(one, many)}
    size = f"{number:,} rollouts of {tokens:,} tokens ({number * tokens / 1e6:.3g} M tokens)"
    note = f"{size}. No worker: `runtime=local`. The phases are those of the median step."
    common.finish(args, common.Result("controller", rows, ratios, [note]))


def row(name: str, driver: Driver, rounds: int) -> dict[str, common.Value]:
    times = common.Timings(driver.wall[-rounds:], driver.cpu[-rounds:])
    middle = sorted(range(len(times.wall)), key=lambda i: times.wall[i])[len(times.wall) // 2]
    phases = driver.phases[-rounds:][middle]
    return {"workers": name, "driver s": times.seconds, "CPU s": times.cpu_seconds,
            **{f"{phase} s": phases[phase] for phase in ALL},
            "MB moved": driver.bytes / 1e6 if driver.bytes else None}  # fmt: skip


def profile(driver: Driver) -> None:
    """Two steps, the second under the profiler; the table goes to stderr."""
    driver.step()
    profiler = cProfile.Profile()
    profiler.runcall(driver.step)
    pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(35)
    driver.run.close()


if __name__ == "__main__":
    main()
