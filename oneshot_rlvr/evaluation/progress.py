"""Progress of a sweep: a live table on a terminal, a plain line now and then elsewhere."""

import sys
import time
from typing import TYPE_CHECKING

from oneshot_rlvr.evaluation.runner import Progress
from oneshot_rlvr.terminal import console, printable

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

PLAIN_SECONDS = 15.0
REFRESH_SECONDS = 0.2


class SweepProgress:
    """Shows the benchmarks of the current row: samples done, accuracy so far, tokens per second.

    The accuracy so far is over the samples that are finished; short answers finish first.
    """

    def __init__(self, live: bool | None = None, plain_seconds: float = PLAIN_SECONDS) -> None:
        self._live_wanted = sys.stdout.isatty() if live is None else live
        self._plain_seconds = plain_seconds
        self._live: Live | None = None
        self._begin("")

    def _begin(self, label: str) -> None:
        self._label = label
        self._states: dict[str, Progress] = {}
        self._start = self._last = time.monotonic()

    def row(self, label: str) -> None:
        """A new model or template begins."""
        self._close_live()
        self._begin(label)
        if self._live_wanted:
            from rich.live import Live

            self._live = Live(self._table(), console=console(), refresh_per_second=4, transient=True)
            self._live.start()

    def update(self, progress: Progress) -> None:
        self._states[progress.name] = progress
        now = time.monotonic()
        if self._live is not None and now - self._last >= REFRESH_SECONDS:
            self._last = now
            self._live.update(self._table())
        elif self._live is None and now - self._last >= self._plain_seconds:
            self._last = now
            print(self.line(), flush=True)

    def note(self, text: str) -> None:
        """A line that stays."""
        print(printable(text, keep="\n"), flush=True)

    def close(self) -> None:
        self._close_live()

    def _close_live(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def stored(self) -> str:
        """Says what is stored. Example: `120 of 740 samples of step 20 are stored`."""
        done, total = (sum(getattr(p, name) for p in self._states.values()) for name in ("done", "total"))
        return f"{done} of {total} samples of {self._label} are stored" if total else "no sample was made yet"

    def line(self) -> str:
        """Example: `step 20: math500 120/500 0.71, aime24 0/240 - (1,830 tokens/s)`."""
        parts = [f"{p.name} {p.done}/{p.total} {accuracy(p)}" for p in self._states.values()]
        return f"{self._label}: {', '.join(parts)} ({self._speed():,.0f} tokens/s)"

    def _speed(self) -> float:
        tokens = sum(progress.tokens for progress in self._states.values())
        return tokens / max(time.monotonic() - self._start, 1e-9)

    def _table(self) -> "Table":
        from rich.table import Table

        table = Table(title=printable(f"{self._label}  {self._speed():,.0f} tokens/s"), title_justify="left")
        for column in ("benchmark", "samples", "reused", "accuracy so far"):
            table.add_column(column, justify="left" if column == "benchmark" else "right")
        for p in self._states.values():
            table.add_row(printable(p.name), f"{p.done}/{p.total}", str(p.reused), accuracy(p))
        return table


def accuracy(progress: Progress) -> str:
    return "-" if progress.accuracy is None else f"{progress.accuracy:.3f}"
