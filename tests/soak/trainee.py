"""`rlvr train` that tells which phase it is in: `python trainee.py PHASE_FILE train ...`; run.py kills it by that.

With TRAINEE_REPORT=RUN it makes that run's report when the training is done, in phases `report` and `writing` (a file).

A checkpoint is written in a thread of its own: while it is, its phase stands there, whatever goes on beside it.

With TRAINEE_SLOW="update=0.5 evaluate=2" it dwells in a phase for so many seconds before the work.
"""

import functools
import os
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Callable

LENGTH = 32
AROUND = ("report", "checkpoint")  # phases that hold others: `writing` and `manifest`


class PhaseFile:
    """`update 3`: the third time in this life that the phase began. One write of fixed length, so never torn."""

    def __init__(self, path: Path) -> None:
        self.main = self.beside = ""  # phase of the main thread; of the one that writes a checkpoint
        self.lock = threading.Lock()
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
        self.counts: Counter[str] = Counter()
        self.dwell = dict(part.split("=") for part in os.environ.get("TRAINEE_SLOW", "").split())

    def enter(self, phase: str) -> None:
        self.counts[phase] += 1
        self._tell(f"{phase} {self.counts[phase]}")
        time.sleep(float(self.dwell.get(phase, 0)))

    @property
    def current(self) -> str:
        """The phase of this thread."""
        return self.main if threading.current_thread() is threading.main_thread() else self.beside

    def _tell(self, text: str) -> None:
        with self.lock:
            if threading.current_thread() is threading.main_thread():
                self.main = text
            else:
                self.beside = text
            os.pwrite(self.descriptor, (self.beside or self.main or "between 0").ljust(LENGTH).encode(), 0)

    def around(self, phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def announced(*args: Any, **kwargs: Any) -> Any:
            before = self.current
            self.enter(phase)
            try:
                return function(*args, **kwargs)
            finally:
                self._tell(before if before.startswith(AROUND) else "")

        return announced


def main(phase_file: Path, arguments: list[str]) -> int:
    phases = PhaseFile(phase_file)
    phases.enter("loading")
    from oneshot_rlvr import checkpoint
    from oneshot_rlvr.cli import main as rlvr
    from oneshot_rlvr.learner.learner import Learner
    from oneshot_rlvr.rollout.collect import Collector
    from oneshot_rlvr.selfplay.source import SelfPlay
    from oneshot_rlvr.trainer import setup
    from oneshot_rlvr.trainer.journal import Journal
    from oneshot_rlvr.trainer.validate import Validation

    for source in (Collector, SelfPlay):
        source._sampled = phases.around("generate", source._sampled)  # type: ignore[method-assign]
    Learner.update = phases.around("update", Learner.update)
    Validation.run = phases.around("evaluate", Validation.run)
    Journal.record = phases.around("records", Journal.record)
    checkpoint.save = phases.around("checkpoint", checkpoint.save)
    checkpoint.write_manifest = phases.around("manifest", checkpoint.write_manifest)
    setup.build_run = phases.around("building", setup.build_run)
    code, run = rlvr(arguments), os.environ.get("TRAINEE_REPORT")
    return code if code or not run else report(phases, run)


def report(phases: PhaseFile, run: str) -> int:
    from oneshot_rlvr.cli import main as rlvr

    phases.enter("report")
    from oneshot_rlvr.report import build as report_module

    report_module.write_file = phases.around("writing", report_module.write_file)
    return rlvr(["report", run])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
