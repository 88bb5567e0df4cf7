"""Ends what a process has started, as soon as that process is gone, however it went.

A process of its own session (`start`) that runs this file as a script. It is needed twice. Ray's own daemons follow a
killed driver only in part: its agents wait for a minute for the server that died with it, its workers some seconds. And
an engine in processes of its own does not look whether the one that asked for it still lives, and keeps its GPU.
"""

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

CHECK_SECONDS = 0.5
QUIET_SCANS = 3  # in a row without a process left: one that was just being forked has shown by then
SCAN_SECONDS = 0.1
MAX_SECONDS = 15.0
BLOCKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)
MARK = "RLVR_KEPT_BY"  # in the environment of what a keeper ends


def start(mark: str = "") -> "subprocess.Popen[bytes] | None":
    """The keeper of this process: of its Ray sessions, or of what has `mark` in its environment.

    It ends when its stdin is closed, after what it keeps: `communicate` waits for that. None but on Linux.
    """
    if sys.platform != "linux":
        return None
    # What is blocked stays so in the child: a signal to all of a job is the driver's business.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED)
    try:
        command = [sys.executable, "-I", "-S", __file__, str(os.getpid()), mark]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def kept() -> "Iterator[subprocess.Popen[bytes] | None]":
    """A keeper of every program that this process starts while the context is open, and of what those start."""
    mark = f"{os.getpid()}-{time.time_ns()}"
    keeper = start(mark)
    os.environ[MARK] = mark
    try:
        yield keeper
    except BaseException:
        if keeper is not None:
            keeper.communicate()
        raise
    finally:
        del os.environ[MARK]


def members(driver: int) -> list[int]:
    """Processes of the clusters that `driver` started: Ray names a session's folder after it, and each has a file
    there open (the titles that Ray gives its processes overwrite their arguments and environment)."""
    session = re.compile(rf"/session_[\d_-]+_{driver}(/|$)")
    return _found(
        lambda process: any(session.search(os.readlink(link)) for link in (process / "fd").iterdir()), {driver}
    )


def marked(mark: str) -> list[int]:
    """Processes that were started with `mark` in their environment."""
    wanted = f"{MARK}={mark}".encode()
    return _found(lambda process: wanted in (process / "environ").read_bytes().split(b"\0"))


def _found(belongs: Callable[[Path], bool], but: frozenset[int] | set[int] = frozenset()) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) in (os.getpid(), *but):
            continue
        with contextlib.suppress(OSError):  # gone meanwhile, or another user's
            if belongs(process):
                found.append(int(process.name))
    return found


def clear(find: Callable[[], list[int]]) -> None:
    """SIGKILL until nothing is left."""
    end, quiet = time.monotonic() + MAX_SECONDS, 0
    while quiet < QUIET_SCANS and time.monotonic() < end:
        left = find()
        quiet = 0 if left else quiet + 1
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(SCAN_SECONDS)


def _born(pid: int) -> str | None:
    """When it was started, as the kernel counts; None for one that is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def main(owner: int, mark: str) -> None:
    """Waits until the owner closes the pipe or is gone."""
    if mark and os.fork():  # Ray ends the children of a worker with it, and would end this one first
        os._exit(0)
    born = _born(owner)
    while born is not None and _born(owner) == born and not select.select([0], [], [], CHECK_SECONDS)[0]:
        pass
    clear((lambda: marked(mark)) if mark else lambda: members(owner))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
