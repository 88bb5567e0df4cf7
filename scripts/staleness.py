"""Each objective on rollouts that are 0, 1 and 4 steps old, and with 4 updates a step, in the sandbox.

`python scripts/staleness.py OUTPUT_DIR [SEED ...]` (default: seed 0) trains what is not there yet and prints the table
of docs/algorithms.md. The algorithms have one more term, without loss, which measures the weights p_now / p_sampled of
all tokens; the square of their mean over the mean of their squares is the effective sample size, as a share of the
tokens. Rollouts one step old are those of source.prefetch; older ones come from `Late`, a source of this file.
"""

import json
import sys
from collections import deque
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from oneshot_rlvr.algorithms.registry import TABLE
from oneshot_rlvr.cli import main as rlvr
from oneshot_rlvr.rollout.sources import Source

STEPS, SETTLED = 40, 5  # of a run, and those before which nothing is old
AGE = 4
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


def cell(run: Path) -> tuple[float, float | None, float]:
    """Accuracy, share of clipped tokens and effective sample size of a run, in percent."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    settled = [line for line in lines if line["step"] > SETTLED and "weights/mean" in line]
    sizes = [line["weights/mean"] ** 2 / line["weights/square"] for line in settled]
    clipped = [line["policy/clip_share"] for line in settled if "policy/clip_share" in line]
    accuracy = next(line[key] for line in lines[::-1] for key in line if key == "eval/sandbox_heldout/accuracy")
    return 100 * accuracy, 100 * fmean(clipped) if clipped else None, 100 * fmean(sizes)


def main() -> None:
    folder, seeds = Path(sys.argv[1]).resolve(), sys.argv[2:] or ["0"]
    sys.path.insert(0, str(Path(__file__).parent))
    table: dict[str, list[str]] = {}
    for row, (name, settings) in OBJECTIVES.items():
        for column, (age, more) in enumerate(AGES.items()):
            runs = [f"{row}_{column}_seed{seed}".replace(" ", "").replace(",", "-") for seed in seeds]
            for run, seed in zip(runs, seeds):
                path = f"algorithm.path={Path(__file__).stem}:{name}"
                where = (f"trainer.output_dir={folder}", f"trainer.name={run}", f"trainer.seed={seed}")
                if rlvr(["train", *COMMON, *settings, path, *more, *where]):
                    sys.exit(f"{row} at {age} failed")
            cells = [cell(folder / "sandbox_oneshot" / run) for run in runs]
            shares = ["-" if part[0] is None else f"{fmean(part):.1f}" for part in zip(*[c[1:] for c in cells])]
            accuracies = ", ".join(f"{c[0]:.1f}" for c in cells)
            table.setdefault(row, []).append(f"{accuracies}; {shares[0]}; {shares[1]}")
    print(f"| objective | {' | '.join(AGES)} |\n|{'---|' * (len(AGES) + 1)}")
    for row, found in table.items():
        print(f"| {row} | {' | '.join(found)} |")


if __name__ == "__main__":
    main()
