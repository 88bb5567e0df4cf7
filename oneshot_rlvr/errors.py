"""The two ways a command ends other than well; `cli.main` turns them into exit codes."""

from difflib import get_close_matches
from typing import Iterable


class UserError(Exception):
    """The user's input is wrong: one line (what, where, nearest valid value), exit code 2, no traceback."""


class RunError(Exception):
    """The work failed while running, for a reason that one line explains: exit code 1."""


class NonFinite(RunError):
    """A loss, gradient or log-probability is not finite; raised before it can reach the weights."""


class WorkerLost(RunError):
    """A worker process died, failed or hangs; the run can start its workers again from the newest checkpoint."""

    said = ""  # the worker's own error, where it raised one
    step = -1  # at which it came; -1: before the first


def worker_failed(line: str, said: str) -> WorkerLost:
    """A worker that raised `said`."""
    error = WorkerLost(line)
    error.said = said
    return error


class Interrupted(Exception):
    """A signal came, and the work at hand is given up; whoever catches it saves what is complete."""


class Stopped(Exception):
    """The work was asked to stop by a signal and has saved: exit code 128 + signal number."""

    def __init__(self, signal_number: int, message: str) -> None:
        super().__init__(message)
        self.signal_number = signal_number


def nearest(word: str, valid: Iterable[str]) -> str:
    """`did you mean 'x'?` for the closest valid value, else the list of them; for the end of an error line."""
    valid = [str(v) for v in valid]
    close = get_close_matches(word, valid, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(sorted(valid)[:12])
    return f"valid: {shown}{', ...' if len(valid) > 12 else ''}"
