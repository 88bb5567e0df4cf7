"""Signals: finish the step, save, leave with 128 + signal number. A second SIGINT stops at once."""

import signal
from types import FrameType

from oneshot_rlvr.errors import Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)


class StopRequest:
    """Catches the signals while it is open as a context."""

    def __init__(self) -> None:
        self.signal_number: int | None = None

    @property
    def requested(self) -> bool:
        return self.signal_number is not None

    def __enter__(self) -> "StopRequest":
        self._previous = {number: signal.signal(number, self._catch) for number in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _catch(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and self.signal_number == signal.SIGINT:
            raise KeyboardInterrupt
        self.signal_number = number

    def leave_if_requested(self, saved: str) -> None:
        """Raise `Stopped` if a signal came; `saved` says what the run can go on from."""
        if self.signal_number is not None:
            name = signal.Signals(self.signal_number).name
            raise Stopped(self.signal_number, f"{name} received; {saved}; the same command goes on from there")
