"""Standard output and error: never a control character of others, never an error of the stream itself."""

import errno
import os
import re
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

UNUSUAL = re.compile(r"[^ -~]")  # a quick look; `_shown` decides
START_SECONDS = 20.0  # between two lines about something that starts
SAY_SECONDS = 5.0  # that an end may take without a word
ESCAPED = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")  # C0, C1, marks of direction, half characters, line separators


def printable(text: str, keep: str = "") -> str:
    r"""The text with control characters as Python writes them, `\x1b` or `\u202e`; line breaks too, unless `keep` has
    them. For names, ids and responses, which may say anything."""
    return UNUSUAL.sub(lambda found: found[0] if found[0] in keep else _shown(found[0]), text)


def _shown(char: str) -> str:
    return ascii(char)[1:-1] if unicodedata.category(char) in ESCAPED else char


class Output:
    """A text stream over standard output or error.

    Escapes what could steer a terminal, and what the stream's encoding lacks. Where the stream refuses (its reader has
    gone, its disk is full) the rest goes nowhere and `lost` has the reason: the work itself is not stopped.
    """

    def __init__(self, stream: TextIO, escape: bool = True) -> None:
        self._stream, self._escape = stream, escape
        self.lost: OSError | None = None
        if escape:
            self.coloured = Output(stream, escape=False)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Returns the length of what was given."""
        shown = printable(text, keep="\n\t") if self._escape else text
        try:
            self._stream.write(shown)
        except UnicodeEncodeError:
            encoding = self._stream.encoding or "ascii"
            self._stream.write(shown.encode(encoding, "backslashreplace").decode(encoding))
        except OSError as error:
            self._give_up(error)
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._give_up(error)

    def fault(self) -> OSError | None:
        """Why something that was written is lost; None also where its reader went away, as `head` does."""
        self.flush()
        lost = self.lost or self.coloured.lost
        return None if lost is None or lost.errno == errno.EPIPE else lost

    def _give_up(self, error: OSError) -> None:
        """Sends what is written from here on, and what Python still holds, nowhere."""
        self.lost = error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        with suppress(OSError, ValueError):  # a stream without a descriptor
            os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


def console(**options: Any) -> "Console":
    """rich's, which writes escapes of its own: the texts that it is given must be `printable`."""
    from rich.console import Console

    return Console(file=getattr(sys.stdout, "coloured", sys.stdout), highlight=False, **options)


@contextmanager
def waiting(what: str, seconds: float = SAY_SECONDS) -> Iterator[None]:
    """Says once that it is still waiting for `what`, where that takes longer than so many seconds."""
    line = f"rlvr: ending: still waiting for {printable(what)}\n".encode(errors="backslashreplace")

    def say() -> None:
        with suppress(OSError):
            os.write(2, line)

    timer = threading.Timer(seconds, say)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def slow_start(what: str, every_seconds: float = START_SECONDS) -> Iterator[None]:
    """Says on standard error that `what` starts, every so often that it still does, and how long it took."""
    begun, ended = time.monotonic(), threading.Event()

    def since() -> str:
        return f"{time.monotonic() - begun:.0f} s"

    def say() -> None:
        while not ended.wait(every_seconds):
            print(f"{what}: starting since {since()}", file=sys.stderr, flush=True)

    print(f"{what}: starting", file=sys.stderr, flush=True)
    threading.Thread(target=say, name=f"start of {what}", daemon=True).start()
    try:
        yield
        print(f"{what}: ready after {since()}", file=sys.stderr, flush=True)
    finally:
        ended.set()


@contextmanager
def guarded() -> Iterator[Output]:
    """Standard output and error as `Output`. Closed ones are opened on nothing: their numbers must not become those of
    a run's files."""
    before = sys.stdout, sys.stderr
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)
    out, err = (Output(stream if stream is not None else open(number, "w", closefd=False))
                for number, stream in ((1, sys.stdout), (2, sys.stderr)))  # fmt: skip
    sys.stdout, sys.stderr = out, err  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield out
    finally:
        out.flush()
        err.flush()
        sys.stdout, sys.stderr = before
