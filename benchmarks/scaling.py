"""What a training step costs against response tokens, number of groups and model size: straight lines.

The real update (advantages, packing, forward, reference, entropy, backward, AdamW) on made-up rollouts; no sampling.
"""

import random
from collections.abc import Callable

import common
import torch
from checkpoint import HEADS, SHAPES, VOCAB

from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.schema import RunConfig, ShapeConfig
from oneshot_rlvr.learner.estimate import estimate
from oneshot_rlvr.learner.update import update
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.models import load
from oneshot_rlvr.trainer.build import build_trained
from oneshot_rlvr.types import Problem, Rollout, Task

GROUP, PROMPT = 8, 32


def made_up(groups: int, tokens: int) -> list[Rollout]:
    """Groups of 8 rollouts of exactly `tokens` tokens; every group has a signal."""
    rng = random.Random(0)
    task = Task(Problem("1", "", ""), tuple(rng.randrange(3, VOCAB) for _ in range(PROMPT)))

    def rollout(group: int, index: int) -> Rollout:
        ids = tuple(rng.randrange(3, VOCAB) for _ in range(tokens))
        return Rollout(task, f"1#{group}", index, 0, ids, (-1.0,) * tokens, reward=float(index % 2))

    return [rollout(group, index) for group in range(groups) for index in range(GROUP)]


def workers(config: RunConfig, millions: int) -> tuple[Workers, int]:
    hidden, layers, ffn = SHAPES[millions]
    shape = ShapeConfig(hidden, layers, HEADS, HEADS, ffn, VOCAB, 4096, True)
    model = load.random_model(shape, load.load_tokenizer("sandbox:base_e"), 0)
    parameters = sum(p.numel() for p in model.parameters())
    return build_trained(config, model, torch.device("cpu"), torch.float32), parameters


def step(config: RunConfig, trained: Workers, rollouts: list[Rollout]) -> Callable[[], object]:
    """One optimizer step."""
    cfg, room = config.algorithm, config.trainer.micro_batch_tokens
    return lambda: update(trained, estimate(trained, rollouts, cfg, room, version=0), cfg, room, 1.0)


def main() -> None:
    args = common.arguments(__doc__)
    config = load_run_config(["+experiment=pi1_r128", "model=tiny_random", "trainer.micro_batch_tokens=2048",
                              "optimizer.lr=0", "runtime.device=cpu"])  # fmt: skip
    small, _ = workers(config, 1 if args.quick else 3)
    tokens = (32, 64, 128, 256) if args.quick else (32, 64, 128, 256, 512)
    counts = (2, 4, 8, 16) if args.quick else (2, 4, 8, 16, 32)
    sizes = (1, 3) if args.quick else (1, 3, 30)
    rows: list[dict[str, common.Value]] = []
    ratios: dict[str, float] = {}
    line(rows, ratios, "response tokens", list(tokens),
         {str(n): step(config, small, made_up(2, n)) for n in tokens}, args.rounds)  # fmt: skip
    line(rows, ratios, "groups of 8", list(counts),
         {str(n): step(config, small, made_up(n, 32)) for n in counts}, args.rounds)  # fmt: skip
    found = {millions: workers(config, millions) for millions in sizes}
    line(rows, ratios, "M parameters", [found[m][1] / 1e6 for m in sizes],
         {str(m): step(config, found[m][0], made_up(2, 64)) for m in sizes}, args.rounds)  # fmt: skip
    common.finish(args, common.Result("scaling", rows, ratios))


def line(
    rows: list[dict[str, common.Value]], ratios: dict[str, float], name: str, x: list[float],
    runs: dict[str, Callable[[], object]], rounds: int,
) -> None:  # fmt: skip
    """Rows of one growth, with the straight line through the CPU seconds: those of other programs are not in them."""
    found = list(common.alternate(runs, rounds).values())
    seconds = [timings.cpu_seconds for timings in found]
    fit = common.straight_line(x, seconds)
    for value, timings in zip(x, found):
        rows.append({name: value, "wall s": timings.seconds, "CPU s": timings.cpu_seconds,
                     "fitted CPU s": fit.at(value), "R2": fit.r2})  # fmt: skip
    ratios[f"{name}: cost of one at the smallest over one at the largest"] = (seconds[0] / x[0]) / (seconds[-1] / x[-1])


if __name__ == "__main__":
    main()
