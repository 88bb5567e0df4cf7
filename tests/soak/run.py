"""Kill a training at random moments, start it again with the same command, compare it with one that was never killed.

    python tests/soak/run.py [--runtime local|ray] [--source problems|self_play]
        [--kills 20] [--steps 30] [--seed 0] [--warm]

A life is `rlvr train` and, when that is done, `rlvr report`. Each gets SIGKILL, its process group or the trainer alone,
at a random moment within a phase drawn beforehand: while loading, sampling, updating, evaluating, writing a checkpoint,
anywhere in a step, anywhere in the report, or while the report's files are written. At the end ledger, metrics (less
timings), kept rollouts, evaluation samples, weights, optimizer, the state of the source (of self-play: its buffers) and
the report's files must equal those of the uninterrupted run, bit for bit. Prints a markdown table; the exit code is 0
only if all kills happened, everything is equal and no process outlived its run. `--warm` forks each life from one
process that has imported everything (for the test suite; the default is honest).
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
os.environ |= {"OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "0", "HF_HUB_OFFLINE": "1"}

import processes  # noqa: E402
import runs  # noqa: E402
import trainee  # noqa: E402

from oneshot_rlvr.isolation import keeper  # noqa: E402

# phase -> kills of twenty, longest delay within it in seconds (the report's is measured), times it comes in a step
PHASES = {
    "generate": (4, 0.08, 1.0), "update": (4, 0.15, 1.0), "evaluate": (3, 0.08, 0.33), "checkpoint": (4, 0.05, 0.5),
    "any": (1, 0.6, 1.0), "loading": (1, 2.0, 0.0), "report": (1, 0.0, 0.0), "writing": (2, 0.002, 0.0),
}  # fmt: skip
LAST = ("report", "writing")  # phases after the training: their kills come at the end
RAY_LOADING = 12.0  # seconds: Ray starts
WRITTEN = 20  # files of a report, at least
# What is measured, or names a folder: the time of a step in the page, and hashes of such pages in the manifest.
VARYING = re.compile(
    rb'<th scope="row">time of a step</th>.*?</tr>|"[^"]*\.(?:html|json|jsonl)": "[0-9a-f]{64}",?', re.DOTALL
)
LIFE_SECONDS = 600.0
ORPHAN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Kill:
    """Where a life is to end: the `occurrence`-th time of a phase, `delay` seconds into it."""

    phase: str
    occurrence: int
    delay: float
    alone: bool  # the trainer only; else its whole process group


@dataclass(frozen=True, slots=True)
class Life:
    kill: Kill
    phase: str  # in which it really ended
    last_step: int  # last complete line of metrics.jsonl when it ended
    saved_step: int  # newest checkpoint when it ended
    orphans: int  # processes of its that outlived it by more than ORPHAN_SECONDS


@dataclass(frozen=True, slots=True)
class Plan:
    runtime: str
    steps: int
    warm: bool
    source: str = "problems"

    @property
    def small(self) -> bool:
        return self.warm or self.runtime == "ray"


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

    def kill_at(self, kill: Kill) -> tuple[str, set[processes.Process]] | None:
        """Kill it where `kill` says; -> the phase it died in and its processes, None if it ended by itself before."""
        deadline = time.monotonic() + LIFE_SECONDS
        while time.monotonic() < deadline:
            name, count = self.phase()
            if count >= kill.occurrence and (name == kill.phase or (kill.phase == "any" and name == "generate")):
                early = kill.delay < 0.2  # looking takes some milliseconds: not between such a moment and the kill
                family = processes.family(self.pid) if early else set()
                time.sleep(kill.delay)
                family |= set() if early else processes.family(self.pid)
                name = self.phase()[0]
                (os.kill if kill.alone else os.killpg)(self.pid, signal.SIGKILL)
                code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
                return (name, family) if code == -signal.SIGKILL else None
            if (code := self.ended()) is not None:
                if code:
                    raise SystemExit(f"soak: a life ended with exit code {code}")
                return None
            time.sleep(0.0005)
        os.killpg(self.pid, signal.SIGKILL)
        raise SystemExit(f"soak: no {kill.phase} within {LIFE_SECONDS:.0f} s")

    def wait(self) -> float:
        """Until it ends well; -> seconds that its report took."""
        start = None
        while (code := self.ended()) is None:
            if start is None and self.phase()[0] == "report":
                start = time.monotonic()
            time.sleep(0.01)
        if code:
            raise SystemExit(f"soak: a life ended with exit code {code}")
        return time.monotonic() - (start or time.monotonic())


def arguments_for(output: Path, plan: Plan) -> list[str]:
    """The command: the sandbox's one-shot training, or (small) a random model with answers of 12 tokens."""
    common = [f"trainer.output_dir={output}", f"trainer.total_steps={plan.steps}", "trainer.keep_rollouts=all",
              "checkpoint.every=2", "runtime.device=cpu", "trainer.eval_every=3"]  # fmt: skip
    if plan.runtime == "ray":
        common += ["runtime.name=ray", "runtime.policy_workers=1", "runtime.rollout_workers=1", "optimizer.lr=1e-3",
                   "checkpoint.dtype=float32"]  # fmt: skip
    if plan.source == "self_play":
        return ["train", "+experiment=azr_world", *common, "selfplay.executor=sandbox", "selfplay.seed_tasks=8",
                "selfplay.proposals=6", "selfplay.mc_rollouts=4", "rollout.max_new_tokens=40",
                "data.validation_limit=24"]  # fmt: skip
    if plan.small:
        boxed = ["data.examples=[]", r"data.problem=Is it \boxed{x+1} or not?", "data.answer=y+1",
                 "compat.grade_with_prompt=true"]  # so that the graders have work  # fmt: skip
        return ["train", *runs.TINY, *boxed, *common, "data.validation=sandbox_heldout", "data.validation_limit=6",
                "eval.max_new_tokens=8"]  # fmt: skip
    return ["train", "+experiment=sandbox_oneshot", *common, "data.validation_limit=24"]


def run_folder(output: Path, plan: Plan) -> Path:
    name = "azr_world" if plan.source == "self_play" else "pi1_r128" if plan.small else "sandbox_oneshot"
    return output / name / "seed0"


def progress(run: Path) -> tuple[int, int]:
    """-> last complete step in metrics.jsonl, newest complete checkpoint."""
    metrics = run / "metrics.jsonl"
    lines = metrics.read_text().splitlines(keepends=True) if metrics.exists() else []
    steps = [int(line.split(":")[1].split(",")[0]) for line in lines if line.endswith("\n")]
    saved = [int(path.parent.name[5:]) for path in run.glob("checkpoints/step_*/MANIFEST.json")]
    return max(steps, default=0), max(saved, default=0)


def draw_kills(number: int, plan: Plan, rng: random.Random) -> list[Kill]:
    """Occurrence 0: drawn when the time comes, so that the kills spread over the steps (`place`)."""
    pool = [phase for phase, (share, _, _) in PHASES.items() for _ in range(share)]
    phases = [*pool] * (number // len(pool)) + rng.sample(pool, number % len(pool))
    rng.shuffle(phases)
    phases.sort(key=lambda phase: phase in LAST)
    longest = {phase: delay for phase, (_, delay, _) in PHASES.items()}
    if plan.runtime == "ray":
        longest["loading"] = RAY_LOADING
    return [Kill(phase, 0, rng.uniform(0, longest[phase]), rng.random() < 0.5) for phase in phases]


def place(kill: Kill, room: int, report_seconds: float, rng: random.Random) -> Kill:
    """`room`: steps that this life may complete, so that there are some left for the lives to come."""
    if kill.phase == "report":
        return replace(kill, occurrence=1, delay=rng.uniform(0, report_seconds))
    if kill.phase == "writing":
        return replace(kill, occurrence=rng.randint(1, WRITTEN))
    return replace(kill, occurrence=rng.randint(1, 1 + int(max(0, room) * PHASES[kill.phase][2])))


def fingerprint(run: Path, plan: Plan) -> dict[str, object]:
    """All that must be equal: what runs.fingerprint says, and the report's files but for the path of all runs, the time
    of a step and the hashes of the pages that name them."""
    output, files = str(run.parents[1]).encode(), sorted((run / "report").iterdir())
    report = {p.name: VARYING.sub(b"", p.read_bytes().replace(output, b"RUNS")) for p in files}
    assert len(report) >= WRITTEN
    return runs.fingerprint(run, plan.steps) | {"report": report}


def soak(folder: Path, kills: list[Kill], plan: Plan, rng: random.Random) -> tuple[list[Life], list[str]]:
    """-> the lives of the run, and what differs from the uninterrupted one (nothing, if all is well)."""
    whole, parts = (run_folder(folder / name, plan) for name in ("whole", "parts"))

    def start(name: str, run: Path) -> Process:
        os.environ["TRAINEE_REPORT"] = str(run)
        os.environ["TRAINEE_SLOW"] = "writing=0.005"  # all files at once take less than looking for the kill's moment
        return Process(arguments_for(folder / name, plan), folder / "phase", folder / "log.txt", plan.warm)

    report_seconds = start("whole", whole).wait()
    training = sum(kill.phase not in LAST for kill in kills)
    lives = []
    for number, drawn in enumerate(kills):
        room = plan.steps * (number + 1) // (training + 2) - progress(parts)[1]
        kill = place(drawn, room, 0.9 * report_seconds, rng)
        process = start("parts", parts)
        if (ended := process.kill_at(kill)) is None:
            break
        phase, family = ended
        state = progress(parts)
        left = processes.survivors(family, ORPHAN_SECONDS) | {(pid, 0) for pid in keeper.members(process.pid)}
        lives.append(Life(kill, phase, *state, len(left)))
        if plan.runtime == "ray":
            print(f"kill {number + 1}: {lives[-1]}", file=sys.stderr, flush=True)
    start("parts", parts).wait()
    found, expected = fingerprint(parts, plan), fingerprint(whole, plan)
    return lives, [key for key in expected if found[key] != expected[key]]


def table(lives: list[Life]) -> str:
    lines = ["| kill | aimed at | killed | died in | last step recorded | last step saved | processes left |"]
    lines += ["|---" * 7 + "|"]
    for number, life in enumerate(lives, start=1):
        kill = life.kill
        aim = f"{kill.phase} {kill.occurrence}, {1000 * kill.delay:.0f} ms into it"
        who = "trainer" if kill.alone else "group"
        steps = f"{life.last_step} | {life.saved_step}"
        lines.append(f"| {number} | {aim} | {who} | {life.phase} | {steps} | {life.orphans} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runtime", choices=("local", "ray"), default="local")
    parser.add_argument("--source", choices=("problems", "self_play"), default="problems")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--warm", action="store_true")
    options = parser.parse_args()
    if options.warm:
        import oneshot_rlvr.trainer.loop  # noqa: F401  what the lives share
    plan = Plan(options.runtime, options.steps, options.warm, options.source)
    rng = random.Random(options.seed)
    kills = draw_kills(options.kills, plan, rng)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak_") as folder:
        lives, different = soak(Path(folder), kills, plan, rng)
    print(table(lives))
    seconds = time.monotonic() - start
    done = f"{len(lives)} of {options.kills} kills"
    print(f"\n{done}, runtime={plan.runtime}, {plan.source}, {plan.steps} steps, {seconds:.0f} s; ", end="")
    print(f"different: {', '.join(different)}" if different else "everything equal to the uninterrupted run")
    return int(bool(different) or len(lives) < options.kills or any(life.orphans for life in lives))


if __name__ == "__main__":
    sys.exit(main())
