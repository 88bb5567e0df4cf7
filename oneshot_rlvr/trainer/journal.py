"""The record of a run: metrics, ledger, kept rollouts, loggers, checkpoints."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerBase

from oneshot_rlvr import checkpoint
from oneshot_rlvr.config.schema import CheckpointConfig, TrainerConfig
from oneshot_rlvr.learner.estimate import Batch
from oneshot_rlvr.learner.learner import Learner
from oneshot_rlvr.learner.update import StepStats
from oneshot_rlvr.models import load
from oneshot_rlvr.rollout.sources import Aside
from oneshot_rlvr.trainer.build import Store, trained_parts
from oneshot_rlvr.trainer.bundle import StepSoFar
from oneshot_rlvr.trainer.metrics import PhaseClock, ledger_rows, rollout_rows, step_metrics
from oneshot_rlvr.trainer.progress import Loggers, Progress
from oneshot_rlvr.trainer.run_folder import RunFolder, disk_faults
from oneshot_rlvr.trainer.watchdog import Watchdog
from oneshot_rlvr.trainer.writing import Writing
from oneshot_rlvr.weights.probe import ProbeGap


@dataclass(slots=True)
class Journal:
    """Writes what a step leaves behind, and checkpoints beside whatever the run does meanwhile."""

    trainer: TrainerConfig
    checkpoint: CheckpointConfig
    folder: RunFolder
    tokenizer: PreTrainedTokenizerBase
    learner: Learner
    store: Store
    progress: Progress
    loggers: Loggers
    watchdog: Watchdog
    saved_step: int  # newest checkpoint
    complete_step: int  # newest step whose weights are in memory and whose records are on disk
    now: StepSoFar = field(default_factory=StepSoFar)
    clock: PhaseClock = field(default_factory=PhaseClock)
    _source_state: dict[str, Any] = field(default_factory=dict)  # after `complete_step`
    _writing: Writing | None = None  # the checkpoint under way
    _checkpoint_seconds: float = 0.0  # that the run waited for the newest checkpoint
    _write_seconds: float = 0.0

    def begin(self, step: int) -> PhaseClock:
        """A step begins; -> its clock."""
        self.watchdog.enter("batch", step)
        self.now = StepSoFar(step)
        self.clock.restart(self.watchdog.enter)
        return self.clock

    def record(self, batch: Batch, stats: StepStats, aside: Aside, gap: ProbeGap) -> dict[str, float]:
        """Writes ledger lines, kept rollouts and metrics of the step; -> the metrics."""
        step = self.now.step
        self.folder.append_ledger(ledger_rows(step, batch, stats, aside))
        self.folder.append_tasks({"step": step} | record for record in aside.records)
        self.folder.write_rollouts(step, rollout_rows(step, batch, stats, self.trainer.keep_rollouts, self.tokenizer))
        values = step_metrics(step, batch, stats, aside, self.clock, gap)
        self.watchdog.enter("records")
        # The checkpoint is the one before this step.
        values |= {"time/checkpoint": self._checkpoint_seconds, "time/checkpoint_write": self._write_seconds}
        values |= self.store.memory()
        self.now.values = values
        self.folder.append_metrics(step, values)
        return values

    def complete(self, step: int, source_state: dict[str, Any], values: dict[str, float]) -> None:
        """Everything of the step is made and recorded; `source_state` is what the source goes on from."""
        self.complete_step, self._source_state = step, source_state
        self.loggers.log(step, values)
        self.progress.step(step, values)

    def note_values(self, step: int, values: dict[str, float]) -> None:
        """Metrics of a step beside those of training."""
        self.folder.append_metrics(step, values)
        self.loggers.log(step, values)

    def save(self, step: int) -> None:
        """Begins to write a checkpoint of this step, beside whatever comes before the next update."""
        self.finish_saving()
        self.watchdog.enter("checkpoint", step)
        start = time.perf_counter()
        self.folder.sync()
        write = with_source(self.store.hold(load.DTYPES[self.checkpoint.dtype]), self._source_state)
        learned = self.learner.state()
        updates = {name: part.updates for name, part in trained_parts(self.learner.workers).items()}
        values = {"step": step, "updates": updates, **({"learner": learned} if learned else {})}
        self._writing = Writing(step, lambda: checkpoint.save(
            self.folder.checkpoints, step, write, values,
        ))  # fmt: skip
        self._checkpoint_seconds = time.perf_counter() - start

    def finish_saving(self) -> None:
        """Waits for the checkpoint that is being written, if any; what the configuration does not keep is removed."""
        if self._writing is None:
            return
        start, writing, cfg, step = time.perf_counter(), self._writing, self.checkpoint, self.watchdog.step
        self.watchdog.enter("checkpoint", writing.step)
        try:
            self._write_seconds = writing.result()
        finally:
            self._writing = None
        self.watchdog.step = step  # of the run, which goes on; `enter` had named that of the checkpoint
        self.saved_step = self.watchdog.saved_step = writing.step
        with disk_faults(self.folder.checkpoints):
            checkpoint.prune(self.folder.checkpoints, cfg.keep_last, cfg.keep_every, cfg.trainer_state)
        self._checkpoint_seconds += time.perf_counter() - start

    def leave(self) -> str:
        """Saves the last complete step unless it is saved, after a signal; -> what is there. The step at hand is
        dropped: its seeds are functions of its number, so the continuation makes the very same rollouts again."""
        self.finish_saving()
        if self.complete_step > self.saved_step:
            self.save(self.complete_step)
            self.finish_saving()
        step, where = self.saved_step, self.folder.checkpoints
        return f"step {step} is saved in {where}" if step else "no step was complete yet"


def with_source(write: Callable[[Path], None], state: dict[str, Any]) -> Callable[[Path], None]:
    """`write` of a checkpoint's folder, and the state of the source beside it where there is one."""
    if not state:
        return write

    def both(folder: Path) -> None:
        write(folder)
        checkpoint.save_source(folder, state)

    return both
