"""Writes the golden files anew: a curve for each algorithm, and the settings of every experiment as a hash.

    python tests/golden/record.py [curves|experiments]

A curve is a few metrics of each step of a small sandbox run (curves/NAME.txt). test_golden.py makes the runs again and
compares. Whoever changes numbers on purpose runs this, looks at the difference, and says in the commit by how much.
"""

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

import torch  # noqa: E402
from runs import json_lines, train_here  # noqa: E402

from oneshot_rlvr.config.load import load_run_config, resolved_yaml  # noqa: E402
from oneshot_rlvr.config.overrides import group_options  # noqa: E402

# What each golden run adds to sandbox_oneshot. compare.py makes the same ones at full size.
ALGORITHMS: dict[str, tuple[str, ...]] = {
    "grpo": ("algorithm.entropy_coef=0.001",),
    "dr_grpo": ("algorithm=dr_grpo",),
    "rloo": ("algorithm=rloo",),
    "reinforce_pp": ("algorithm=reinforce_pp",),
    "ppo": ("algorithm=ppo", "critic.lr=1e-4"),
    "two_updates": ("algorithm.updates_per_step=2",),
    "official": ("algorithm=grpo_official_mean", "algorithm.entropy_coef=0.001"),
    "lora": ("model.lora.rank=8", "optimizer.lr=1e-3"),
}
SMALL = (
    "+experiment=sandbox_oneshot", "trainer.total_steps=8", "data.prompts_per_step=4", "optimizer.warmup_steps=2",
    "data.validation=null", "checkpoint.every=0", "trainer.keep_rollouts=none", "trainer.grad_terms_every=0",
    "trainer.micro_batch_tokens=1000", "reward.workers=1", "runtime.device=cpu",
)  # fmt: skip
EXACT = ("reward/mean", "tokens/response")
CLOSE = ("policy/loss", "policy/grad_norm", "policy/entropy", "policy/kl", "critic/value_loss", "critic/grad_norm")


def curve(name: str, folder: Path) -> str:
    """The run's metrics as text: a line for each step, the names first."""
    run = train_here(*SMALL, *ALGORITHMS[name], f"trainer.output_dir={folder}")
    lines = json_lines(run / "metrics.jsonl")
    names = [name for name in (*EXACT, *CLOSE) if name in lines[-1]]
    rows = [["step", *names]]
    rows += [[str(line["step"]), *(f"{line[name]:.7g}" for name in names)] for line in lines]
    return "".join("  ".join(f"{cell:>17}" for cell in row).strip() + "\n" for row in rows)


def experiments() -> str:
    """A line for each experiment: its name and the SHA-256 of its whole resolved configuration."""
    lines = []
    for name in group_options("experiment"):
        text = resolved_yaml(load_run_config([f"+experiment={name}"]))
        lines.append(f"{name} {hashlib.sha256(text.encode()).hexdigest()}\n")
    return "".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="?", choices=("curves", "experiments"))
    only = parser.parse_args().only
    torch.set_num_threads(1)
    if only != "curves":
        (HERE / "experiments.txt").write_text(experiments())
    if only != "experiments":
        for name in ALGORITHMS:
            with tempfile.TemporaryDirectory() as folder:
                (HERE / "curves" / f"{name}.txt").write_text(curve(name, Path(folder)))


if __name__ == "__main__":
    main()
