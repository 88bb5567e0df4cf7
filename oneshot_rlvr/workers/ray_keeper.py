"""Ends what is left of a Ray cluster as soon as the process that started it is gone, however it went.

A process of its own session (`start`, from the driver) that runs this file as a script. Ray's own daemons follow
a killed driver only in part: its agents wait for a minute for the server that died with it, its workers some seconds.
"""

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

CHECK_SECONDS = 0.5
QUIET_SCANS = 3  # in a row without a process left: one that was just being forked has shown by then
SCAN_SECONDS = 0.1
MAX_SECONDS = 15.0
BLOCKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)


def start() -> "subprocess.Popen[bytes] | None":
    """The keeper of this process; it ends when its stdin is closed. None but on Linux, elsewhere Ray has one."""
    if sys.platform != "linux":
        return None
    # What is blocked stays so in the child: a signal to all of a job is the driver's business.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED)
    try:
        command = [sys.executable, "-I", "-S", __file__, str(os.getpid())]
        return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def members(driver: int) -> list[int]:
    """Processes of the clusters that `driver` started: Ray names a session's folder after it, and each has a file
    there open (the titles that Ray gives its processes overwrite their arguments and environment)."""
    session = re.compile(rf"/session_[\d_-]+_{driver}(/|$)")
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) in (driver, os.getpid()):
            continue
        with contextlib.suppress(OSError):  # gone meanwhile, or another user's
            if any(session.search(os.readlink(link)) for link in (process / "fd").iterdir()):
                found.append(int(process.name))
    return found


def clear(driver: int) -> None:
    """SIGKILL until nothing is left."""
    end, quiet = time.monotonic() + MAX_SECONDS, 0
    while quiet < QUIET_SCANS and time.monotonic() < end:
        left = members(driver)
        quiet = 0 if left else quiet + 1
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(SCAN_SECONDS)


def main(driver: int) -> None:
    """Wait until the driver closes the pipe or is gone."""
    while os.getppid() == driver and not select.select([0], [], [], CHECK_SECONDS)[0]:
        pass
    clear(driver)


if __name__ == "__main__":
    main(int(sys.argv[1]))
