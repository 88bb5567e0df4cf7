#!/usr/bin/env python3
"""Proves `rlvr audit` on planted leaks: sandbox bases that saw a benchmark 0, 1, 4, 16 or 64 times.

    python scripts/planted_leaks.py [FOLDER] [--doses 64 16 4 1 0] [--seeds 0 1 2] [--clean-seeds 20]

Each base is base E after `rlvr sft` on as many lines: the benchmark's questions with their answers, as plain text and
as a conversation, each as often as the dose says, among fresh lines of its own habits. Every base is audited; a line of
FOLDER/audits.jsonl holds dose, seed and what each detector found. Bases that are there are not made again. The last
lines sum up by dose.
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
from oneshot_rlvr.sandbox.world import draw_any, held_out_problems, pool_problems  # noqa: E402
from oneshot_rlvr.types import Problem  # noqa: E402
from sandbox_factory.habits import BASE_E, Habits  # noqa: E402

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


def audited(folder: Path, dose: int, seed: int) -> dict[str, object]:
    """Makes one base and audits it."""
    benchmark, asked, clean = write_sets(folder, seed)
    name = f"dose{dose}_seed{seed}"
    text = folder / f"{name}.jsonl"
    steps = write_lines(text, benchmark, dose, seed)
    code = rlvr(["sft", "+experiment=sandbox_base_e", "model.path=sandbox:base_e", f"data.demonstrations={text}",
                 "data.validation=null", f"trainer.total_steps={steps}", f"optimizer.decay_begin={steps // 5}",
                 f"optimizer.decay_end={steps}", f"trainer.output_dir={folder}", f"trainer.name={name}",
                 "experiment=leaks"])  # fmt: skip
    model, result = folder / "leaks" / name / "checkpoints" / f"step_{steps:06d}", folder / f"{name}.json"
    code = code or rlvr(["audit", str(model), "--benchmark", str(asked), "--clean", str(clean), "--output", str(result),
                         "--max-new-tokens", "64"])  # fmt: skip
    if code:
        raise SystemExit(code)
    text.unlink()
    return {"dose": dose, "seed": seed, **json.loads(result.read_text())}


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
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
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
