"""Signals: finish the phase, save, leave with 128 + signal number. A second SIGINT stops at once."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import NoReturn

from oneshot_rlvr.errors import Interrupted, Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)


@contextmanager
def leaving(saved: Callable[[], str]) -> Iterator[None]:
    """Ends work that stores what it makes as it goes: a signal raises `Stopped`, which says what is `saved`."""

    def catch(number: int, frame: FrameType | None) -> None:
        raise Stopped(number, _words(number, saved()))

    previous = {number: signal.signal(number, catch) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _words(number: int, saved: str) -> str:
    return f"{signal.Signals(number).name} received; {saved}; the same command goes on from there"


class StopRequest:
    """Catches the signals while it is open as a context.

    Until `training_begins` there is nothing to save and a signal ends the run at once. From then on it only leaves a
    note: `check` raises `Interrupted` where the step at hand can be dropped without loss.
    """

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self.at_once = False  # nothing is waited for any more
        self._training = False

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
            self.at_once = True
            raise KeyboardInterrupt
        self.signal_number = number
        if not self._training:
            self.leave("training had not begun")

    def training_begins(self) -> None:
        self._training = True
        if self.requested:  # python lets an exception out of a signal handler vanish in some places
            self.leave("training had not begun")

    def check(self) -> None:
        """Raises `Interrupted` if a signal came, in the main thread alone: what another one samples beside an update is
        finished with it, since a step that is being updated can no longer be dropped."""
        if self.requested and current_thread() is main_thread():
            raise Interrupted

    def leave(self, saved: str) -> NoReturn:
        """Raises `Stopped`; `saved` says what the run can go on from."""
        assert self.signal_number is not None
        raise Stopped(self.signal_number, _words(self.signal_number, saved))
