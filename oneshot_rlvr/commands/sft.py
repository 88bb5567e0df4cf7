"""`rlvr sft +sft=sandbox_base`: train a sandbox base model and write it as a Hugging Face folder."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.terminal import console

if TYPE_CHECKING:
    from rich.progress import TaskID

    from oneshot_rlvr.config.schema import SftConfig
    from oneshot_rlvr.sandbox.base import BaseScores
    from oneshot_rlvr.sandbox.sft import Progress

HELP = "supervised warm start: makes the sandbox base model"
PLAIN_SECONDS = 10.0  # between progress lines when not on a terminal


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="+sft=NAME, or a key such as seed=1")
    parser.epilog = "Presets are the files of configs/sft; every key is described in config/schema.py (SftConfig)."


def run(args: argparse.Namespace) -> int:
    from oneshot_rlvr.config.load import load_sft_config

    cfg = load_sft_config(args.overrides)
    check(cfg)
    from oneshot_rlvr.sandbox.base import make_base

    print(f"{cfg.name}: {cfg.skill.steps:,} steps of skill, {cfg.habit.steps:,} steps of habit, seed {cfg.seed}")
    started = time.perf_counter()
    with progress_display() as show:
        made = make_base(cfg, show)
    if made.skill_reused:
        print(f"skill taken from {made.skill_folder} (reuse_skill=false trains it again)")
    print(f"{made.parameters:,} parameters, {time.perf_counter() - started:.0f} s")
    if made.scores is not None:
        print(scores_table(made.scores))
    print(f"skill model  {made.skill_folder}\nbase model   {made.folder}")
    return 0


def check(cfg: "SftConfig") -> None:
    """UserError for what can be known to fail, before anything heavy is imported."""
    from oneshot_rlvr.files import check_folder
    from oneshot_rlvr.sandbox.tokenizer import VOCAB_SIZE

    if cfg.shape.vocab < VOCAB_SIZE:
        raise UserError(f"shape.vocab={cfg.shape.vocab}: the sandbox's tokenizer has {VOCAB_SIZE} entries")
    check_folder(Path(cfg.output_dir) / cfg.name, f"output_dir={cfg.output_dir}")


class PlainProgress:
    """One line every PLAIN_SECONDS and at the end of a stage."""

    def __init__(self) -> None:
        self._last = 0.0

    def __enter__(self) -> "PlainProgress":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __call__(self, now: "Progress") -> None:
        if now.step < now.steps and time.monotonic() - self._last < PLAIN_SECONDS:
            return
        self._last = time.monotonic()
        print(
            f"{now.stage} step {now.step:,}/{now.steps:,}  loss {now.loss:.3f}  {now.tokens_per_second:,.0f} tokens/s",
            flush=True,
        )


class LiveProgress:
    """A bar per stage on a terminal."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        texts = TextColumn("{task.description}"), TextColumn("{task.fields[figures]}")
        self._bars = Progress(texts[0], BarColumn(), texts[1], TimeRemainingColumn(), console=console())
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "LiveProgress":
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    def __call__(self, now: "Progress") -> None:
        if now.stage not in self._tasks:
            self._tasks[now.stage] = self._bars.add_task(now.stage, total=now.steps, figures="")
        figures = f"{now.step:,}/{now.steps:,}  loss {now.loss:.3f}  {now.tokens_per_second:,.0f} tokens/s"
        self._bars.update(self._tasks[now.stage], completed=now.step, figures=figures)


def progress_display() -> PlainProgress | LiveProgress:
    return LiveProgress() if sys.stdout.isatty() else PlainProgress()


def scores_table(scores: "BaseScores") -> str:
    """Accuracy in percent, a row for each way of answering and a column for each family."""
    families = list(scores.greedy.families)
    lines = [f"held-out accuracy, % of {scores.problems} problems"]
    lines.append(f"{'':<14}{'all':>6}" + "".join(f"{f:>6}" for f in families) + f"{'boxed':>7}{'tokens':>8}")
    rows = {"greedy": scores.greedy, "T=0.6": scores.sampled, "made to work": scores.forced_work}
    for name, row in rows.items():
        cells = "".join(f"{100 * row.families[f]:>6.0f}" for f in families)
        lines.append(f"{name:<14}{100 * row.accuracy:>6.1f}{cells}{100 * row.boxed:>7.0f}{row.mean_tokens:>8.1f}")
    return "\n".join(lines)
