#!/usr/bin/env python3
"""Compares two models before and after each was trained on the same one example (arXiv 2603.12875).

    python scripts/familiarity.py FOLDER [--second MODEL] [--example pool-0084] [--steps 60] [--seeds 0 1 2]

A model may lead another because it knows the form of the task better. Training both on one example first makes them
familiar with it, and what is left of the gap is something else. In the sandbox: base E, and by default what `rlvr sft`
makes of it with 40 steps on fresh problems, worked out more often; `--second` names another model. Prints held-out
accuracy of both (240 problems, greedy), and the gap with its paired test, verdicts of the seeds added up.
"""

import argparse
import json
import random
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from landscape import Bench, make_bench, trained_alone  # noqa: E402  # noqa: E402

from oneshot_rlvr.cli import main as rlvr  # noqa: E402
from oneshot_rlvr.evaluation.scores import PairedTest, Verdicts, compare  # noqa: E402
from oneshot_rlvr.isolation.pool import GraderPool  # noqa: E402
from oneshot_rlvr.sandbox.world import draw_any, pool_problems, shipped_held_out  # noqa: E402
from sandbox_factory.habits import BASE_E, Habits  # noqa: E402

BASE = "sandbox:base_e"
LINES, PER_STEP = 480, 12
HABITS = Habits(replace(BASE_E, logits=BASE_E.logits | {"work_box": 2.0}))  # base E's own, but for more work


def fine_tuned(folder: Path) -> str:
    """Makes base E work more often, by supervised training on worked answers, unless it is there; -> its folder."""
    steps = LINES // PER_STEP
    model = folder / "familiarity" / "sft" / "checkpoints" / f"step_{steps:06d}"
    if not model.is_dir():
        rng, known = random.Random("familiarity"), {p.prompt for p in [*pool_problems(), *shipped_held_out()]}
        fresh = (p for p in iter(lambda: draw_any(rng), None) if p.question not in known)
        lines = [{"prompt": p.question, "response": HABITS.response(p, rng)} for p in islice(fresh, LINES)]
        folder.mkdir(parents=True, exist_ok=True)
        text = folder / "worked.jsonl"
        text.write_text("".join(json.dumps(line) + "\n" for line in lines))
        code = rlvr(["sft", "+experiment=sandbox_base_e", f"model.path={BASE}", f"data.demonstrations={text}",
                     f"data.prompts_per_step={PER_STEP}", "data.validation=null", f"trainer.total_steps={steps}",
                     "optimizer.warmup_steps=5", f"optimizer.decay_begin={steps // 2}", f"optimizer.decay_end={steps}",
                     f"trainer.output_dir={folder}", "trainer.name=sft", "experiment=familiarity"])  # fmt: skip
        if code:
            raise SystemExit(code)
    return str(model)


def verdicts(bench: Bench, example: str, seeds: list[int], steps: int) -> tuple[Verdicts, Verdicts]:
    """Verdicts on the held-out problems before training and after it, added up over seeds."""
    lines = [trained_alone(bench, example, seed, [0, steps])["right"] for seed in seeds]
    before, after = (
        {f"{i}": (sum(int(line[step][i]) for line in lines), len(lines)) for i in range(len(bench.held_out))}
        for step in (0, steps)
    )
    return before, after


def share(found: Verdicts) -> float:
    return sum(right for right, _ in found.values()) / sum(number for _, number in found.values())


def told(test: PairedTest | None) -> str:
    assert test is not None
    low, high = test.interval
    return f"{100 * test.difference:+.1f} [{100 * low:.1f}, {100 * high:.1f}], p {test.p_value:.2g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--second", metavar="MODEL", help="default: base E after supervised training, made in FOLDER")
    parser.add_argument("--example", default="pool-0084")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--settings", nargs="*", default=[], help="key=value for every run")
    args = parser.parse_args()
    torch.set_num_threads(1)
    sides = []
    with GraderPool(workers=1) as pool:
        for model in (BASE, args.second or fine_tuned(args.folder)):
            bench = make_bench("e", [f"model.path={model}", *args.settings], pool)
            sides.append(verdicts(bench, args.example, args.seeds, args.steps))
    print("| | first | second | gap in points (95 %) |\n|---|---|---|---|")
    for name, first, second in zip(("before", "after"), *sides):
        print(f"| {name} | {100 * share(first):.1f} | {100 * share(second):.1f} | {told(compare(first, second))} |")


if __name__ == "__main__":
    main()
