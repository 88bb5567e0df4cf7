"""Kill a training at random moments, start it again with the same command, compare it with one that was never killed.

    python tests/soak/run.py [--kills 20] [--steps 30] [--seed 0] [--warm]

Each life of the run gets SIGKILL (its whole process group) at a random moment within a phase drawn beforehand: while
loading, sampling, updating, evaluating, writing a checkpoint, or anywhere in a step. At the end ledger, metrics (less
timings), kept rollouts, evaluation samples, weights and optimizer must equal those of the uninterrupted run, bit for
bit. Prints a markdown table; the exit code is 0 only if all kills happened and everything is equal.
`--warm` forks each life from one process that has imported everything (for the test suite; the default is honest).
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
os.environ |= {"OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "0", "HF_HUB_OFFLINE": "1"}

import runs  # noqa: E402
import trainee  # noqa: E402

PHASES = ("generate", "update", "evaluate", "checkpoint", "any", "loading")
SHARES = (5, 5, 4, 4, 1, 1)  # of twenty kills
LONGEST = {"loading": 2.0, "generate": 0.08, "update": 0.15, "evaluate": 0.08, "checkpoint": 0.05, "any": 0.6}
LIFE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Kill:
    """Where a life is to end: the `occurrence`-th time of a phase, `delay` seconds into it."""

    phase: str
    occurrence: int
    delay: float


@dataclass(frozen=True, slots=True)
class Life:
    kill: Kill | None
    phase: str  # in which it really ended
    last_step: int  # last complete line of metrics.jsonl when it ended
    saved_step: int  # newest checkpoint when it ended
    orphans: int  # processes of its that outlived it by more than five seconds


class Process:
    """One life of the training: a command of its own, or a fork of this process. Leads its own process group."""

    def __init__(self, arguments: list[str], phase_file: Path, log: Path, warm: bool) -> None:
        phase_file.unlink(missing_ok=True)
        self.phase_file = phase_file
        if warm:
            self.pid = os.fork()
            if self.pid == 0:
                self._be_the_child(arguments, phase_file, log)
        else:
            command = [sys.executable, str(HERE / "trainee.py"), str(phase_file), *arguments]
            with log.open("ab") as output:
                self.pid = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True).pid

    @staticmethod
    def _be_the_child(arguments: list[str], phase_file: Path, log: Path) -> None:
        code = 1
        try:
            os.setsid()
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(output, 1)
            os.dup2(output, 2)
            code = trainee.main(phase_file, arguments)
        finally:
            os._exit(code)

    def phase(self) -> tuple[str, int]:
        try:
            name, count = self.phase_file.read_text().split()
        except (FileNotFoundError, ValueError):
            return "starting", 0
        return name, int(count)

    def ended(self) -> int | None:
        """The exit code, if it has ended by itself."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def kill_at(self, kill: Kill) -> str | None:
        """Kill it where `kill` says; -> the phase it died in, None if it ended by itself before."""
        deadline = time.monotonic() + LIFE_SECONDS
        while time.monotonic() < deadline:
            name, count = self.phase()
            if count >= kill.occurrence and (name == kill.phase or (kill.phase == "any" and name == "generate")):
                time.sleep(kill.delay)
                name = self.phase()[0]
                os.killpg(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                return name
            if (code := self.ended()) is not None:
                if code:
                    raise SystemExit(f"soak: a life ended with exit code {code}")
                return None
            time.sleep(0.0005)
        os.killpg(self.pid, signal.SIGKILL)
        raise SystemExit(f"soak: no {kill.phase} within {LIFE_SECONDS:.0f} s")

    def wait(self) -> None:
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if code:
            raise SystemExit(f"soak: a life ended with exit code {code}")


def arguments_for(output: Path, steps: int, small: bool) -> list[str]:
    """The command: the sandbox's one-shot training, or (small) a random model with answers of 12 tokens."""
    common = [f"trainer.output_dir={output}", f"trainer.total_steps={steps}", "trainer.keep_rollouts=all",
              "checkpoint.every=2", "runtime.device=cpu"]  # fmt: skip
    if small:
        boxed = ["data.examples=[]", r"data.problem=Is it \boxed{x+1} or not?", "data.answer=y+1",
                 "compat.grade_with_prompt=true"]  # so that the graders have work  # fmt: skip
        return ["train", *runs.TINY, *boxed, *common, "trainer.eval_every=3", "data.validation=sandbox_heldout",
                "data.validation_limit=6", "eval.max_new_tokens=8"]  # fmt: skip
    return ["train", "+experiment=sandbox_oneshot", *common, "trainer.eval_every=3", "data.validation_limit=24"]


def run_folder(output: Path) -> Path:
    return next(path.parent for path in output.glob("*/*/.lock"))


def progress(output: Path) -> tuple[int, int]:
    """-> last complete step in metrics.jsonl, newest complete checkpoint."""
    lines = [line for path in output.glob("*/*/metrics.jsonl") for line in path.read_text().splitlines(keepends=True)]
    steps = [int(line.split(":")[1].split(",")[0]) for line in lines if line.endswith("\n")]
    saved = [int(path.parent.name[5:]) for path in output.glob("*/*/checkpoints/step_*/MANIFEST.json")]
    return max(steps, default=0), max(saved, default=0)


def draw_kills(number: int, rng: random.Random) -> list[Kill]:
    """Occurrence 0: drawn when the time comes, so that the kills spread over the steps (`place`)."""
    weights = [phase for phase, share in zip(PHASES, SHARES) for _ in range(share)]
    phases = [*weights] * (number // len(weights)) + rng.sample(weights, number % len(weights))
    rng.shuffle(phases)
    return [Kill(p, 0, rng.uniform(0, LONGEST[p])) for p in phases]


def place(kill: Kill, room: int, rng: random.Random) -> Kill:
    """`room`: steps that this life may complete, so that there are some left for the lives to come."""
    per_step = {"generate": 1.0, "update": 1.0, "any": 1.0, "checkpoint": 0.5, "evaluate": 0.33, "loading": 0.0}
    return Kill(kill.phase, rng.randint(1, 1 + int(max(0, room) * per_step[kill.phase])), kill.delay)


def survivors(session: int) -> list[int]:
    """Live processes whose command line or parent belongs to the killed life: grading servers have their own session,
    so they are found by what they run; five seconds are theirs to notice."""
    for _ in range(50):
        found = [int(p.name) for p in Path("/proc").glob("[0-9]*") if _belongs(p, session)]
        if not found:
            return []
        time.sleep(0.1)
    return found


def _belongs(process: Path, session: int) -> bool:
    try:
        environment = (process / "environ").read_bytes().split(b"\0")
        state = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    return state != "Z" and f"SOAK_LIFE={session}".encode() in environment


def soak(folder: Path, kills: list[Kill], steps: int, warm: bool, rng: random.Random) -> tuple[list[Life], list[str]]:
    """-> the lives of the run, and what differs from the uninterrupted one (nothing, if all is well)."""
    whole = folder / "whole"
    Process(arguments_for(whole, steps, warm), folder / "phase", folder / "log.txt", warm).wait()
    parts = folder / "parts"
    arguments = arguments_for(parts, steps, warm)
    lives = []
    for number, kill in enumerate(kills):
        kill = place(kill, steps * (number + 1) // (len(kills) + 2) - progress(parts)[1], rng)
        os.environ["SOAK_LIFE"] = str(number)
        process = Process(arguments, folder / "phase", folder / "log.txt", warm)
        ended_in = process.kill_at(kill)
        if ended_in is None:
            break
        lives.append(Life(kill, ended_in, *progress(parts), len(survivors(number))))
    Process(arguments, folder / "phase", folder / "log.txt", warm).wait()
    found, expected = (runs.fingerprint(run_folder(path), steps) for path in (parts, whole))
    return lives, [key for key in expected if found[key] != expected[key]]


def table(lives: list[Life]) -> str:
    lines = ["| kill | aimed at | died in | last step recorded | last step saved | processes left |"]
    lines += ["|---" * 6 + "|"]
    for number, life in enumerate(lives, start=1):
        assert life.kill is not None
        aim = f"{life.kill.phase} {life.kill.occurrence}, {1000 * life.kill.delay:.0f} ms into it"
        lines.append(f"| {number} | {aim} | {life.phase} | {life.last_step} | {life.saved_step} | {life.orphans} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--warm", action="store_true")
    options = parser.parse_args()
    if options.warm:
        import oneshot_rlvr.trainer.loop  # noqa: F401  what the lives share
    rng = random.Random(options.seed)
    kills = draw_kills(options.kills, rng)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak_") as folder:
        lives, different = soak(Path(folder), kills, options.steps, options.warm, rng)
    print(table(lives))
    seconds = time.monotonic() - start
    print(f"\n{len(lives)} of {options.kills} kills, {options.steps} steps, {seconds:.0f} s; ", end="")
    print(f"different: {', '.join(different)}" if different else "everything equal to the uninterrupted run")
    return int(bool(different) or len(lives) < options.kills or any(life.orphans for life in lives))


if __name__ == "__main__":
    sys.exit(main())
