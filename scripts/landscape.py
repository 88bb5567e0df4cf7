#!/usr/bin/env python3
"""Trains on every problem of the sandbox's pool alone, and evaluates each result on the held-out problems.

    python scripts/landscape.py OUTPUT.jsonl [--base e] [--seeds 0] [--problems 512] [--part 1/4] [--seconds 300]
    python scripts/landscape.py OUTPUT.jsonl --compare OTHER.jsonl

A line of OUTPUT is a problem and a seed: training accuracy of each step, and after the steps of `--eval-at` (0: before
the first) the greedy verdicts on the held-out problems, 1 for right. A second call goes on, and calls with other parts
may write to the same file at the same time. Problems come in a shuffled order, so that the first of them are a random
sample. The runs are made one after the other in this process by the parts of `rlvr train`, from a base that is loaded
once. `--compare` gives the rank correlation of mean accuracies in two files, for the problems of both.
"""

import argparse
import copy
import json
import random
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch

from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.data.prompts import prompt_token_ids
from oneshot_rlvr.data.selection import spearman
from oneshot_rlvr.data.training_set import training_set
from oneshot_rlvr.isolation.pool import GraderPool
from oneshot_rlvr.learner.entropy import entropy_control
from oneshot_rlvr.learner.learner import Learner
from oneshot_rlvr.models import load
from oneshot_rlvr.rollout.collect import Collector
from oneshot_rlvr.sandbox.landscape import load_landscape, read_runs
from oneshot_rlvr.sandbox.world import pool_problems, shipped_held_out
from oneshot_rlvr.trainer.build import build_sampler, build_trained
from oneshot_rlvr.trainer.setup import loss_constant, make_collector, make_source, make_tasks
from oneshot_rlvr.types import Rollout, Sampling, Task

EXPERIMENTS = {"e": "sandbox_oneshot", "d": "sandbox_oneshot_d"}
CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Bench:
    """The parts that all runs share: settings, base, graders, and the held-out problems to be answered greedily."""

    config: RunConfig
    model: Any
    tokenizer: Any
    pool: GraderPool
    held_out: list[Rollout]

    def collector(self, temperature: float) -> Collector:
        rollout = self.config.rollout
        stop_ids = load.stop_ids(self.model, self.tokenizer, self.config.model.extra_stop_tokens)
        sampling = Sampling(temperature, rollout.max_new_tokens, stop_ids, rollout.top_p if temperature else 1.0)
        return make_collector(
            self.config, sampling, self.pool, self.tokenizer, lambda phase: nullcontext(), lambda: None, lambda: None
        )


def make_bench(base: str, settings: list[str], pool: GraderPool) -> Bench:
    """Loads the base and the held-out problems once."""
    config = load_run_config([f"+experiment={EXPERIMENTS[base]}", *settings])
    model, tokenizer = load.build_model(config.model, torch.float32)
    asked = [
        Rollout(Task(p, prompt_token_ids(p, config.model.template, tokenizer)), p.id, 0, seed=0)
        for p in shipped_held_out()
    ]
    return Bench(config, model, tokenizer, pool, asked)


def trained_alone(bench: Bench, problem: str, seed: int, eval_at: list[int]) -> dict[str, Any]:
    """Trains the base on one problem alone; -> its line."""
    config = replace(
        bench.config, data=replace(bench.config.data, examples=[problem]),
        trainer=replace(bench.config.trainer, seed=seed),
    )  # fmt: skip
    workers = build_trained(config, copy.deepcopy(bench.model), CPU, torch.float32)
    engine = build_sampler(config, copy.deepcopy(bench.model), bench.tokenizer, CPU, torch.float32)
    learner = Learner(
        workers, config.algorithm, config.trainer.micro_batch_tokens, loss_constant(config),
        entropy_control(config.algorithm),
    )  # fmt: skip
    tasks, _ = make_tasks(config, training_set(config.data).rows, bench.tokenizer)
    source = make_source(config, tasks, bench.collector(config.rollout.temperature))
    greedy = bench.collector(0.0)
    accuracy, right = [], {}
    for step in range(max(eval_at) + 1):
        if step > 0:
            rollouts = source.step(step, engine)
            accuracy.append(fmean(is_right(rollout) for rollout in rollouts))
            learner.update(learner.advantages(rollouts, version=step - 1))
            engine.load_weights(step, learner.weights())
        if step in eval_at:
            right[step] = "".join(str(is_right(answer)) for answer in greedy.graded(bench.held_out, engine))
    return {"problem": problem, "seed": seed, "train": [round(share, 4) for share in accuracy], "right": right}


def is_right(rollout: Rollout) -> int:
    return int(rollout.grade is not None and bool(rollout.grade.correct))


def shuffled_pool() -> list[str]:
    """The ids of the pool in the order in which they are trained on."""
    ids = [problem.id for problem in pool_problems()]
    random.Random("landscape").shuffle(ids)
    return ids


def make(args: argparse.Namespace) -> None:
    """Trains on what is not in the file yet, until all is there or the time is up."""
    done = {(line["problem"], line["seed"]) for line in read_runs(args.output)}
    asked = [(problem, seed) for seed in args.seeds for problem in shuffled_pool()[: args.problems]]
    part, parts = map(int, args.part.split("/"))
    missing = [cell for cell in asked[part - 1 :: parts] if cell not in done]
    end = time.monotonic() + args.seconds
    torch.set_num_threads(1)
    with GraderPool(workers=1) as pool, args.output.open("a") as file:
        bench = make_bench(args.base, args.settings, pool)
        for problem, seed in missing:
            start = time.process_time()
            line = trained_alone(bench, problem, seed, args.eval_at)
            seconds = round(time.process_time() - start, 2)
            file.write(json.dumps(line | {"cpu_seconds": seconds}) + "\n")
            file.flush()
            if time.monotonic() > end:
                break
    found = {(line["problem"], line["seed"]) for line in read_runs(args.output)}
    print(f"{args.output}: {len(found & set(asked))} of {len(asked)} runs are there")


def compare(first: Path, second: Path) -> None:
    """Prints the rank correlation of each step's accuracies in the one file with each step's in the other."""
    for one in read_runs(first)[0]["right"]:
        for other in read_runs(second)[0]["right"]:
            a, b = (load_landscape(path, int(step)).accuracies() for path, step in ((first, one), (second, other)))
            both = sorted(a.keys() & b.keys())
            x, y = (np.array([values[key] for key in both]) for values in (a, b))
            print(f"step {one:>3} and step {other:>3}: {len(both)} problems, rank correlation {spearman(x, y):.3f}, "
                  f"means {x.mean():.3f} and {y.mean():.3f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--base", choices=EXPERIMENTS, default="e")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--problems", type=int, default=512, help="the first of the shuffled pool")
    parser.add_argument("--part", default="1/1", metavar="I/N", help="every Nth of them, from the Ith on")
    parser.add_argument("--eval-at", type=int, nargs="+", default=[60], help="steps; the last one ends a run")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no run begins later")
    parser.add_argument("--settings", nargs="*", default=[], help="key=value for every run")
    parser.add_argument("--compare", type=Path)
    args = parser.parse_args()
    if args.compare:
        compare(args.output, args.compare)
    else:
        make(args)


if __name__ == "__main__":
    main()
