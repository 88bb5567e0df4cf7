"""Each objective on rollouts that are 0, 1 and 4 steps old, and with 4 updates a step, in the sandbox.

`python scripts/staleness.py OUTPUT_DIR [SEED ...]` (default: seeds 0, 1, 2) trains what is not there yet and prints the
table of docs/algorithms.md. The algorithms have one more term, without loss, which measures the weights
p_now / p_sampled of all tokens; the square of their mean over the mean of their squares is the effective sample size,
as a share of the tokens. Rollouts one step old are those of source.prefetch; older ones come from `Late`, a source of
this file.
"""

import json
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev

from oneshot_rlvr.algorithms.registry import CORRECTIONS, TABLE
from oneshot_rlvr.cli import main as rlvr
from oneshot_rlvr.rollout.sources import Source

STEPS, SETTLED = 40, 5  # of a run, and those before which nothing is old
AGE = 4
T_OF_THREE = 4.303  # 97.5 % quantile of Student's t with two degrees of freedom
OBJECTIVES = {  # row -> name of the algorithm here, settings
    "grpo": ("grpo", ()),
    "grpo, clip-higher": ("grpo", ("algorithm.clip_ratio_high=0.28",)),
    "dr_grpo": ("dr_grpo", ("algorithm=dr_grpo",)),
    "rloo": ("rloo", ("algorithm=rloo",)),
    "max_rl": ("max_rl", ("algorithm=max_rl",)),
    "pass_at_k": ("pass_at_k", ("algorithm=pass_at_k",)),
    "gspo": ("grpo", ("algorithm=gspo",)),
    "cispo": ("grpo", ("algorithm=cispo",)),
    "reinforce_pp": ("reinforce_pp", ("algorithm=reinforce_pp",)),
    "ppo": ("ppo", ("algorithm=ppo", "critic.lr=1e-3")),
    "gpg": ("gpg", ("algorithm=gpg",)),
    "raft": ("raft", ("algorithm=raft",)),
    **{f"grpo, {name}": ("grpo", (f"algorithm.rollout_correction={name}",)) for name in CORRECTIONS if name != "none"},
}
AGES = {  # column -> settings
    "0": (),
    "1": ("source.prefetch=true",),
    f"{AGE}": (f"source.path={Path(__file__).stem}:Late",),
    "0, 4 updates": ("algorithm.updates_per_step=4",),
}
COMMON = (
    "+experiment=sandbox_oneshot", f"trainer.total_steps={STEPS}", f"trainer.eval_every={STEPS}",
    "trainer.eval_first=false", "trainer.keep_rollouts=none", "eval.sampled=0", "checkpoint.every=0",
    "algorithm.entropy_coef=0",
)  # fmt: skip


class Late(Source):
    """Gives each step the rollouts that were sampled `AGE` steps before, those of the first steps at once."""

    def __init__(self, problems, config):
        self.problems, self.waiting, self.next = problems, deque(), 1

    def step(self, step, engine):
        while self.next <= step + AGE:
            self.waiting.append(self.problems.draw(self.next, engine, batch=self.next))
            self.next += 1
        return self.waiting.popleft()


def weigh(tokens, config):
    """No loss; metrics: the weights and their squares."""
    weights = (tokens.logprobs.detach() - tokens.sampler_logprobs).exp()
    return 0.0 * tokens.logprobs, {"weights/mean": weights, "weights/square": weights.square()}


def __getattr__(name: str):
    """The algorithm of that name with the measuring term."""
    if name not in TABLE:
        raise AttributeError(name)
    return replace(TABLE[name], terms=(*TABLE[name].terms, weigh))


def measured(settings: Sequence[str], age: Sequence[str]) -> bool:
    """False for the correction of fresh rollouts, whose weights are 1 here."""
    return any("source" in key for key in age) or not any("correction" in key for key in settings)


def train(folder: Path, row: str, column: str, seed: str) -> Path:
    """The folder of one run of a cell, which is trained unless it is there."""
    name, settings = OBJECTIVES[row]
    run = f"{row}_{column}_seed{seed}".replace(" ", "").replace(",", "-")
    path = f"algorithm.path={Path(__file__).stem}:{name}"
    where = (f"trainer.output_dir={folder}", f"trainer.name={run}", f"trainer.seed={seed}")
    if rlvr(["train", *COMMON, *settings, path, *AGES[column], *where]):
        sys.exit(f"{run} failed")
    return folder / "sandbox_oneshot" / run


def figures(run: Path) -> tuple[float, float | None, float]:
    """Accuracy, share of clipped tokens and effective sample size of a run, in percent."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    settled = [line for line in lines if line["step"] > SETTLED and "weights/mean" in line]
    sizes = [line["weights/mean"] ** 2 / line["weights/square"] for line in settled]
    clipped = [line["policy/clip_share"] for line in settled if "policy/clip_share" in line]
    accuracy = next(line[key] for line in lines[::-1] for key in line if key == "eval/sandbox_heldout/accuracy")
    return 100 * accuracy, 100 * fmean(clipped) if clipped else None, 100 * fmean(sizes)


def cell(runs: Sequence[Path]) -> str:
    """The means over the seeds, and of the accuracy half its 95 % interval over three of them (Student's t)."""
    accuracies, clipped, sizes = zip(*map(figures, runs))
    half = f" ± {T_OF_THREE * stdev(accuracies) / sqrt(3):.1f}" if len(runs) == 3 else ""
    share = "-" if None in clipped else f"{fmean(clipped):.2f}"
    return f"{fmean(accuracies):.1f}{half}; {share}; {fmean(sizes):.1f}"


def main() -> None:
    folder, seeds = Path(sys.argv[1]).resolve(), sys.argv[2:] or ["0", "1", "2"]
    sys.path.insert(0, str(Path(__file__).parent))
    print(f"| objective | {' | '.join(AGES)} |\n|{'---|' * (len(AGES) + 1)}")
    for row, (_, settings) in OBJECTIVES.items():
        cells = [cell([train(folder, row, column, seed) for seed in seeds]) if measured(settings, age) else ""
                 for column, age in AGES.items()]  # fmt: skip
        print(f"| {row} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
