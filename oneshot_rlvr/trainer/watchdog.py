"""Ends a run that stands still: one line, the stacks of all threads, no process left, exit code 1.

What counts as moving: a phase that begins, a forward pass (so every micro-batch and, sampling in this process, every
token), a finished sample, a verdict, a worker's answer; while models are loaded and checkpoints written also bytes.
A hang that holds Python's interpreter lock is not seen: this is a thread of the same interpreter.
"""

import contextlib
import faulthandler
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from oneshot_rlvr.config.schema import RuntimeConfig
from oneshot_rlvr.files import step_name
from oneshot_rlvr.trainer.run_folder import RunFolder

POLL_SECONDS = 1.0
RAY_MARGIN_SECONDS = 60.0  # the deadline of Ray's workers speaks first: it can name one and start it again
BYTES = 64 << 20  # read or written, that count as moving in a phase of INPUT_OUTPUT: log lines do not
INPUT_OUTPUT = ("loading", "checkpoint")
WRITE_SECONDS = 10.0  # for the trace, and for the line: the disk or a full pipe may be what hangs


class Watchdog:
    """Watches while it is open as a context. `sources` are further signs of life: any change of one is a movement."""

    def __init__(self, runtime: RuntimeConfig, folder: RunFolder) -> None:
        self.limit, self.folder = runtime.timeout_seconds, folder
        self._patience = self.limit + (RAY_MARGIN_SECONDS if runtime.name == "ray" else 0)
        self.phase, self.step, self.saved_step = "loading", 0, 0
        self.sources: list[Callable[[], object]] = []
        self._beats = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> "Watchdog":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def enter(self, phase: str, step: int | None = None) -> None:
        """A phase begins; `step` where it changes."""
        self.phase = phase
        self.step = self.step if step is None else step
        self.beat()

    def beat(self, *_: object) -> None:
        """The run has moved. Also fit for a module's forward hook."""
        self._beats += 1

    def _signs(self) -> tuple[object, ...]:
        moved = _bytes_moved() // BYTES if self.phase in INPUT_OUTPUT else 0
        return self._beats, moved, *(source() for source in self.sources)

    def _watch(self) -> None:
        poll = min(POLL_SECONDS, self.limit / 10)
        signs, idle, since, before = self._signs(), 0.0, time.time(), time.monotonic()
        while not self._over.wait(poll):
            now = time.monotonic()
            idle += min(now - before, 2 * poll)  # a process that was stopped itself (SIGSTOP, a laptop's lid) is well
            before = now
            if (found := self._signs()) != signs:
                signs, idle, since = found, 0.0, time.time()
            elif idle > self._patience:
                self._end(since)

    def _end(self, since: float) -> None:
        clock = time.strftime("%H:%M:%S", time.localtime(since))
        saved = f"step {self.saved_step} is saved" if self.saved_step else "no step is saved yet"
        place = self.folder.path / "faults" / f"{step_name(self.step)}_hang"
        where = f"step {self.step}" if self.step else "start"
        line = (
            f"rlvr: failed: {where}: nothing has moved in {self.phase} since {clock}, for "
            f"runtime.timeout_seconds={self.limit:g}; {saved}; the same command goes on from there; "
        )
        written = threading.Event()
        _within(WRITE_SECONDS, self._write, place, line, written)
        trace = f"stacks of all threads: {place / 'stacks.txt'}" if written.is_set() else f"{place} is not writable"
        # Not through sys.stderr: whoever hangs may hold its lock.
        _within(WRITE_SECONDS, os.write, 2, f"{line}{trace}\n".encode())
        end_children()
        os._exit(1)

    def _write(self, place: Path, line: str, written: threading.Event) -> None:
        with contextlib.suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            with (place / "stacks.txt").open("w") as file:
                faulthandler.dump_traceback(file, all_threads=True)
            start = str(self.folder.checkpoints / step_name(self.saved_step)) if self.saved_step else None
            fault = {"rule": "hang", "phase": self.phase, "step": self.step, "line": line, "checkpoint": start}
            (place / "fault.json").write_text(json.dumps(fault, indent=1) + "\n")
            written.set()


def _within(seconds: float, function: Callable[..., object], *arguments: object) -> None:
    """Calls a function and does not wait longer than that."""
    thread = threading.Thread(target=function, args=arguments, daemon=True)
    thread.start()
    thread.join(seconds)


def _bytes_moved() -> int:
    """Bytes read and written by this process so far; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/self/io").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(("rchar", "wchar", "read_bytes")))
    return 0


def end_children() -> None:
    """SIGKILL everything below this process, but the keeper of a Ray cluster, which ends what this cannot see (Linux;
    elsewhere the graders' closed pipe ends them)."""
    for pid in _below(os.getpid()):
        with contextlib.suppress(OSError):
            if b"ray_keeper" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)


def _below(pid: int) -> list[int]:
    found: list[int] = []
    for listing in Path("/proc").glob(f"{pid}/task/*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, listing.read_text().split()):
                found += [child, *_below(child)]
    return found
