#!/usr/bin/env python3
"""Proves `rlvr audit` on planted leaks: sandbox bases that saw a benchmark 0, 1, 4, 16 or 64 times.

    python scripts/planted_leaks.py [FOLDER] [--doses 64 16 4 1 0] [--seeds 0 1 2] [--clean-seeds 20]
    python scripts/planted_leaks.py [FOLDER] --random-reward 0 1 2 [--doses ...] [--seeds 0] [--settings key=value ...]

Each base is base E after `rlvr sft` on as many lines: the benchmark's questions with their answers, as plain text and
as a conversation, each as often as the dose says, among fresh lines of its own habits. Every base is audited; a line of
FOLDER/audits.jsonl holds dose, seed and what each detector found. The last lines sum up by dose. `--random-reward`
trains each base on one problem of the pool with a reward that is a coin's throw, once for each of its seeds, and gives
accuracy on the benchmark and on the clean set before and after. What is there is not made again.
"""

import argparse
import json
import random
import sys
from pathlib import Path
from statistics import fmean

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from oneshot_rlvr.cli import main as rlvr  # noqa: E402
from oneshot_rlvr.evaluation.metrics import is_right, per_problem  # noqa: E402
from oneshot_rlvr.evaluation.scores import Verdicts, compare  # noqa: E402
from oneshot_rlvr.evaluation.store import read_samples  # noqa: E402
from oneshot_rlvr.sandbox.world import draw_any, held_out_problems, pool_problems  # noqa: E402
from oneshot_rlvr.types import Problem  # noqa: E402
from sandbox_factory.habits import BASE_E, Habits  # noqa: E402

SETS = ("benchmark", "clean")
Gains = dict[str, list[Verdicts]]  # set and way of answering -> verdicts before and after
PER_FAMILY, CLEAN_PER_FAMILY = 6, 12
LARGEST, LINES_PER_STEP = 64, 24
POOL = frozenset(problem.prompt for problem in pool_problems())


def write_sets(folder: Path, seed: int) -> tuple[list[Problem], Path, Path]:
    """The benchmark and the clean set of a seed: fresh problems, none in both."""
    benchmark = held_out_problems(10_000 + seed, PER_FAMILY, POOL)
    clean = held_out_problems(20_000 + seed, CLEAN_PER_FAMILY, POOL | {problem.prompt for problem in benchmark})
    paths = folder / f"benchmark{seed}.jsonl", folder / f"clean{seed}.jsonl"
    for path, problems in zip(paths, (benchmark, clean)):
        lines = [{"id": p.id, "problem": p.prompt, "answer": p.answer, "category": p.category} for p in problems]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return benchmark, *paths


def write_lines(path: Path, benchmark: list[Problem], dose: int, seed: int) -> int:
    """The text that a base learns from, of one length for all doses; -> its steps."""
    rng, respond = random.Random(f"leak {seed}"), Habits(BASE_E).response
    said = {p.id: f"The answer is \\boxed{{{p.answer}}}." for p in benchmark}
    lines = [{"text": f"{p.prompt} {said[p.id]}"} for p in benchmark] * dose
    lines += [{"prompt": p.prompt, "response": said[p.id]} for p in benchmark] * dose
    while len(lines) < 2 * len(benchmark) * LARGEST:
        problem = draw_any(rng)
        lines.append({"prompt": problem.question, "response": respond(problem, rng)})
    rng.shuffle(lines)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return len(lines) // LINES_PER_STEP


def call(*arguments: str) -> None:
    if code := rlvr(list(arguments)):
        raise SystemExit(code)


def leaked_base(folder: Path, benchmark: list[Problem], dose: int, seed: int) -> Path:
    """The folder of a base that saw the benchmark `dose` times; made where it is not there."""
    name = f"dose{dose}_seed{seed}"
    if made := sorted((folder / "leaks" / name / "checkpoints").glob("step_*")):
        return made[-1]
    text = folder / f"{name}.jsonl"
    steps = write_lines(text, benchmark, dose, seed)
    call("sft", "+experiment=sandbox_base_e", "model.path=sandbox:base_e", f"data.demonstrations={text}",
         "data.validation=null", f"trainer.total_steps={steps}", f"optimizer.decay_begin={steps // 5}",
         f"optimizer.decay_end={steps}", f"trainer.output_dir={folder}", f"trainer.name={name}",
         "experiment=leaks")  # fmt: skip
    text.unlink()
    return folder / "leaks" / name / "checkpoints" / f"step_{steps:06d}"


def audited(folder: Path, dose: int, seed: int) -> dict[str, object]:
    """Makes one base and audits it."""
    benchmark, asked, clean = write_sets(folder, seed)
    result = folder / f"dose{dose}_seed{seed}.json"
    call("audit", str(leaked_base(folder, benchmark, dose, seed)), "--benchmark", str(asked), "--clean", str(clean),
         "--output", str(result), "--max-new-tokens", "64")  # fmt: skip
    return {"dose": dose, "seed": seed, **json.loads(result.read_text())}


def write_both(folder: Path, seed: int) -> Path:
    """One file of benchmark and clean set, whose names begin the ids."""
    path = folder / f"both{seed}.jsonl"
    with path.open("w") as file:
        for name in SETS:
            for line in map(json.loads, (folder / f"{name}{seed}.jsonl").read_text().splitlines()):
                file.write(json.dumps(line | {"id": f"{name} {seed} {line['id']}"}) + "\n")
    return path


def randomly_rewarded(folder: Path, place: str, dose: int, seed: int, run: int, settings: list[str]) -> Gains:
    """Trains one base with a random reward, in a folder `place`; -> verdicts before and after on each set, greedy and
    sampled.
    """
    benchmark, *_ = write_sets(folder, seed)
    name = f"dose{dose}_seed{seed}_run{run}"
    call("train", "+experiment=sandbox_random", f"model.path={leaked_base(folder, benchmark, dose, seed)}",
         f"data.validation={write_both(folder, seed)}", f"trainer.output_dir={folder}", f"trainer.name={name}",
         f"trainer.seed={run}", f"experiment={place}", "checkpoint.every=0", "trainer.keep_rollouts=none",
         "trainer.eval_every=1000", "eval.sampled=8", *settings)  # fmt: skip
    first, *_, last = sorted((folder / place / name / "eval").glob("step_*"))
    return {
        f"{kind} {how}": [verdicts(step, how, kind) for step in (first, last)]
        for kind in SETS for how in ("greedy", "sampled")
    }  # fmt: skip


def verdicts(step: Path, how: str, kind: str) -> Verdicts:
    """Right and number of the samples of each problem of a set in an evaluation."""
    samples = [
        sample
        for path in step.glob("*/samples.jsonl")
        if path.parent.name.endswith("_sampled") == (how == "sampled")
        for sample in read_samples(path)[0]
        if sample.task.problem.id.startswith(kind)
    ]
    return per_problem(samples, [is_right(sample, "exact") for sample in samples])


def tell_gains(gains: dict[int, list[Gains]]) -> None:
    """Prints a line for each dose and kind of set: accuracy before and after with the paired test."""
    for dose, found in sorted(gains.items()):
        for name in found[0]:
            before, after = (sum_up([gain[name][place] for gain in found]) for place in (0, 1))
            test = compare(before, after)
            assert test is not None
            low, high = test.interval
            shares = [sum(right for right, _ in side.values()) / sum(n for _, n in side.values())
                      for side in (before, after)]  # fmt: skip
            print(f"dose {dose:2}, {name:17}: {shares[0]:6.1%} to {shares[1]:6.1%}, {test.difference:+.1%} "
                  f"[{low:+.1%}, {high:+.1%}], p {test.p_value:.2g}", flush=True)  # fmt: skip


def sum_up(sides: list[Verdicts]) -> Verdicts:
    """Verdicts of several runs, added up by problem; runs on other seeds have problems of their own."""
    found: Verdicts = {}
    for side in sides:
        for name, (right, number) in side.items():
            before = found.get(name, (0, 0))
            found[name] = before[0] + right, before[1] + number
    return found


def summarise(lines: list[dict]) -> None:
    for dose in sorted({line["dose"] for line in lines}):
        of_dose = [line for line in lines if line["dose"] == dose]
        found = [detection for line in of_dose for detection in line["detections"]]
        means = {name: fmean(d["auc"] for d in found if d["name"] == name)
                 for name in dict.fromkeys(d["name"] for d in found)}  # fmt: skip
        alarms = sum(any(d["p_value"] < 0.01 and d["auc"] > 0.5 for d in line["detections"]) for line in of_dose)
        told = ", ".join(f"{name} {value:.2f}" for name, value in means.items())
        print(f"dose {dose:2}: {len(of_dose)} bases, {alarms} alarms; mean AUC: {told}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("runs/planted_leaks"))
    parser.add_argument("--doses", type=int, nargs="+", default=[64, 16, 4, 1, 0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--clean-seeds", type=int, default=20, help="bases at dose 0")
    parser.add_argument("--random-reward", type=int, nargs="+", metavar="SEED", help="train with a random reward")
    parser.add_argument("--place", default="random", help="folder of these runs in FOLDER, one for each --settings")
    parser.add_argument("--settings", nargs="*", default=[], help="key=value for these runs")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.random_reward:
        tell_gains({dose: [randomly_rewarded(args.folder, args.place, dose, seed, run, args.settings)
                           for seed in args.seeds for run in args.random_reward] for dose in args.doses})  # fmt: skip
        return
    record = args.folder / "audits.jsonl"
    lines = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
    done = {(line["dose"], line["seed"]) for line in lines}
    cells = [(dose, seed) for seed in args.seeds for dose in args.doses]
    cells += [(0, seed) for seed in range(args.clean_seeds if 0 in args.doses else 0)]
    for dose, seed in dict.fromkeys(cells):
        if (dose, seed) not in done:
            lines.append(audited(args.folder, dose, seed))
            with record.open("a") as file:
                file.write(json.dumps(lines[-1]) + "\n")
    summarise(lines)


if __name__ == "__main__":
    main()
