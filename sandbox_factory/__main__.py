"""`python -m sandbox_factory +sft=NAME [key=value ...]`: train a base model and write it as a Hugging Face folder.

Presets are the files of configs/sft; every key is described in config/schema.py (SftConfig).
"""

import sys
import time
from pathlib import Path

from oneshot_rlvr.config.load import load_sft_config
from oneshot_rlvr.config.schema import SftConfig
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.files import check_folder
from sandbox_factory.base import BaseScores, make_base
from sandbox_factory.sft import Progress
from sandbox_factory.tokenizer import VOCAB_SIZE

PLAIN_SECONDS = 10.0  # between progress lines


class PlainProgress:
    """One line every PLAIN_SECONDS and at the end of a stage."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, now: Progress) -> None:
        if now.step < now.steps and time.monotonic() - self._last < PLAIN_SECONDS:
            return
        self._last = time.monotonic()
        speed = f"{now.tokens_per_second:,.0f} tokens/s"
        print(f"{now.stage} step {now.step:,}/{now.steps:,}  loss {now.loss:.3f}  {speed}", flush=True)


def check(cfg: SftConfig) -> None:
    """UserError for what can be known to fail before anything is trained."""
    if cfg.shape.vocab < VOCAB_SIZE:
        raise UserError(f"shape.vocab={cfg.shape.vocab}: the sandbox's tokenizer has {VOCAB_SIZE} entries")
    check_folder(Path(cfg.output_dir) / cfg.name, f"output_dir={cfg.output_dir}")


def scores_table(scores: BaseScores) -> str:
    """Accuracy in percent, a row for each way of answering and a column for each family."""
    families = list(scores.greedy.families)
    lines = [f"held-out accuracy, % of {scores.problems} problems"]
    lines.append(f"{'':<14}{'all':>6}" + "".join(f"{f:>6}" for f in families) + f"{'boxed':>7}{'tokens':>8}")
    rows = {"greedy": scores.greedy, "T=0.6": scores.sampled, "made to work": scores.forced_work}
    for name, row in rows.items():
        cells = "".join(f"{100 * row.families[f]:>6.0f}" for f in families)
        lines.append(f"{name:<14}{100 * row.accuracy:>6.1f}{cells}{100 * row.boxed:>7.0f}{row.mean_tokens:>8.1f}")
    return "\n".join(lines)


def main(overrides: list[str]) -> int:
    """Exit code: 0, 2 for bad input, 1 for a failure while running."""
    try:
        cfg = load_sft_config(overrides)
        check(cfg)
        print(f"{cfg.name}: {cfg.skill.steps:,} steps of skill, {cfg.habit.steps:,} steps of habit, seed {cfg.seed}")
        started = time.perf_counter()
        made = make_base(cfg, PlainProgress())
    except (UserError, RunError) as error:
        print(f"sandbox_factory: {error}", file=sys.stderr)
        return 2 if isinstance(error, UserError) else 1
    if made.skill_reused:
        print(f"skill taken from {made.skill_folder} (reuse_skill=false trains it again)")
    print(f"{made.parameters:,} parameters, {time.perf_counter() - started:.0f} s")
    if made.scores is not None:
        print(scores_table(made.scores))
    print(f"skill model  {made.skill_folder}\nbase model   {made.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
