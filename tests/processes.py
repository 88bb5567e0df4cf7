"""Processes as /proc has them: who descends from whom, and who still lives."""

import time
from collections.abc import Iterable
from pathlib import Path

Process = tuple[int, int]  # process id, start time: ids are used again


def _fields(pid: int | str) -> list[str]:
    """What stands after the name in its `stat`: state, parent, ..."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def descendants(pid: int) -> dict[int, str]:
    """Process id -> command line of everything below `pid`."""
    parents, lines = {}, {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = int(_fields(path.name)[1])
            lines[int(path.name)] = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
    below = {pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return {child: lines[child] for child in below - {pid} if child in lines}


def family(pid: int) -> set[Process]:
    """Everything below `pid` now."""
    found = set()
    for child in descendants(pid):
        try:
            found.add((child, int(_fields(child)[19])))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def alive(processes: Iterable[Process]) -> set[Process]:
    """Those that still run (a zombie does not)."""
    found = set()
    for pid, start in processes:
        try:
            fields = _fields(pid)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] != "Z" and int(fields[19]) == start:
            found.add((pid, start))
    return found


def survivors(processes: Iterable[Process], seconds: float) -> set[Process]:
    """Those that still run after so many seconds; returns as soon as there are none."""
    end, left = time.monotonic() + seconds, alive(processes)
    while left and time.monotonic() < end:
        time.sleep(0.05)
        left = alive(left)
    return left
