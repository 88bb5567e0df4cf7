"""Progress of a run: a live line on a terminal, a plain line every so often elsewhere; and the loggers beside it."""

import contextlib
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oneshot_rlvr.config.schema import LoggerConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.terminal import console, printable
from oneshot_rlvr.trainer.run_folder import disk_faults

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress


CLOSE_SECONDS = 60.0  # for W&B to send what it still has


class Progress:
    """A rich progress bar on a terminal, `step 40/2000  reward 0.62 ...` lines elsewhere; all of them in train.log.

    `validations_from(step)` counts the validations that are due from the one of `step` on: they take as long as those
    before, whatever the steps between them take.
    """

    def __init__(
        self, first_step: int, last_step: int, every_seconds: float, log_file: Path, label: str,
        validations_from: Callable[[int], int],
    ) -> None:  # fmt: skip
        self.first_step, self.last_step, self.every_seconds, self.label = first_step, last_step, every_seconds, label
        self._validations_from = validations_from
        self._validated: list[float] = []  # seconds of each validation
        self._last_printed = 0.0
        self._start = time.monotonic()
        self._path, self._log = log_file, log_file.open("a")
        self._bar = _open_bar(label, first_step, last_step) if sys.stdout.isatty() else None

    def step(self, step: int, values: dict[str, float]) -> None:
        now = time.monotonic()
        shown = {"reward": "reward/mean", "train accuracy": "train/accuracy"} if "train/accuracy" in values else {
            "loss": "policy/loss"}  # fmt: skip
        parts = [f"{words} {values[name]:.3f}" for words, name in shown.items() if name in values]
        left = duration(self._seconds_left(step, now - self._start))
        figures = "  ".join([*parts, f"{values['speed/tokens_per_second']:,.0f} tokens/s", f"{left} left"])
        line = f"{self.label}  step {step}/{self.last_step}  {figures}"
        self._write(line)
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=step, figures=figures)
        elif now - self._last_printed >= self.every_seconds or step == self.last_step:
            self._last_printed = now
            print(line, flush=True)

    def validating(self, text: str) -> None:
        """Tells how far a validation is, as often as steps are told."""
        now = time.monotonic()
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], figures=printable(text))
        elif now - self._last_printed >= self.every_seconds:
            self._last_printed = now
            print(f"{self.label}  {printable(text)}", flush=True)

    def validated(self, seconds: float) -> None:
        """A validation has taken so long."""
        self._validated.append(seconds)

    def _seconds_left(self, step: int, elapsed: float) -> float:
        """Steps at the pace so far, and validations by themselves."""
        a_step = (elapsed - sum(self._validated)) / (step - self.first_step + 1)
        a_validation = sum(self._validated) / len(self._validated) if self._validated else 0.0
        return a_step * (self.last_step - step) + a_validation * self._validations_from(step)

    def note(self, text: str) -> None:
        """A line that stays."""
        text = printable(text, keep="\n")
        self._write(text)
        print(text, flush=True)  # rich moves a live bar below what is printed

    def _write(self, line: str) -> None:
        with disk_faults(self._path):
            self._log.write(line + "\n")
            self._log.flush()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # it tries once more to write what was refused, and said so, before
            self._log.close()
        if self._bar is not None:
            self._bar.stop()


def _open_bar(label: str, first_step: int, last_step: int) -> "RichProgress":
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as RichProgress

    label = printable(label)
    columns = (TextColumn(label, markup=False), BarColumn(None), MofNCompleteColumn(),
               TextColumn("{task.fields[figures]}"))  # fmt: skip
    bar = RichProgress(*columns, console=console())
    bar.add_task(label, total=last_step, completed=first_step - 1, figures="")
    bar.start()
    return bar


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


class Loggers:
    """Weights & Biases and TensorBoard, as configured. Both carry the names of metrics.jsonl.

    W&B never stops or holds up a run: what it cannot do is said once, and the run goes on with its own files.
    """

    def __init__(
        self, config: LoggerConfig, folder: Path, name: str, resolved: dict[str, Any], say: Callable[[str], None]
    ) -> None:
        self._say = say
        self._wandb = open_wandb(config, folder, name, resolved, say) if config.wandb else None
        self._tensorboard = _open_tensorboard(folder) if config.tensorboard else None

    def log(self, step: int, values: dict[str, float]) -> None:
        if self._wandb is not None:
            self._tolerant(lambda run: run.log(values, step=step), f"W&B stopped taking metrics at step {step}")
        if self._tensorboard is not None:
            for key, value in values.items():
                self._tensorboard.add_scalar(key, value, step)

    def close(self) -> None:
        if self._wandb is not None:
            self._tolerant(lambda run: run.finish(), "W&B could not be closed")
        if self._tensorboard is not None:
            self._tensorboard.close()

    def _tolerant(self, call: Callable[[Any], Any], trouble: str) -> None:
        from wandb.errors import Error

        try:
            call(self._wandb)
        except (Error, OSError) as error:
            self._wandb = None
            self._say(f"warning: {trouble}: {_first_line(error)}; metrics.jsonl has everything")


def open_wandb(
    config: LoggerConfig, folder: Path, name: str, resolved: dict[str, Any], say: Callable[[str], None]
) -> Any:
    """A W&B run; offline, with a warning, where none can be opened online (no key, no network, a dead server)."""
    try:
        import wandb
        from wandb.errors import Error as WandbError
    except ModuleNotFoundError as error:
        raise UserError("logger.wandb=true: wandb is not installed; pip install wandb") from error
    logging.getLogger("wandb").setLevel(logging.WARNING)
    limit = config.wandb_timeout_seconds
    closing = max(limit, CLOSE_SECONDS)
    settings = wandb.Settings(silent=True, init_timeout=limit, login_timeout=limit, finish_timeout=closing)

    def start(mode: Any) -> Any:
        run_id = name.replace("/", "-")  # stable, so that a resumed run goes on in the same page
        return wandb.init(
            project=config.wandb_project, name=name, id=run_id, resume="allow", dir=str(folder), config=resolved,
            mode=mode, settings=settings,
        )  # fmt: skip

    try:
        return start(config.wandb_mode)
    except (WandbError, OSError) as error:
        say(
            f"warning: W&B is not reachable ({_first_line(error)}); the run goes on and logs to {folder / 'wandb'}, "
            "which `wandb sync` can send later (logger.wandb_mode=offline says so beforehand)"
        )
        wandb.teardown()  # its service still holds the id of the attempt
        return start("offline")


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")


def _open_tensorboard(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ModuleNotFoundError as error:
        raise UserError("logger.tensorboard=true: tensorboard is not installed; pip install tensorboard") from error
    return SummaryWriter(log_dir=str(folder / "tensorboard"))
