"""A small process that does nothing but fork: each program runs in a child of its own, under limits, and once.

Started afresh by `Programs` (never forked from a process with threads, CUDA or a cluster), with an empty environment,
nothing open but two pipes, and no package but the standard library and the files beside this one. One line of JSON asks
for a program, one line answers with what its process wrote and how it ended. One thread, so forking is safe.
"""

import contextlib
import gc
import json
import os
import platform
import resource
import select
import signal
import socket
import sys
import time
import warnings
from dataclasses import dataclass
from typing import Any

from oneshot_rlvr.isolation import child, seccomp
from oneshot_rlvr.isolation.policy import Library

RESULT = 3  # descriptor of the pipe that a program's process answers on, the only one that it has
PARENT_CHECK_SECONDS = 1.0
READ_SIZE = 1 << 16
LARGEST_REPLY = 16 << 20  # bytes, where a request says nothing else
WALL_FACTOR, WALL_SECONDS = 5.0, 5.0  # seconds of the clock for those of the CPU: ends what neither computes nor ends


@dataclass(frozen=True)
class Limits:
    """Limits on every child. `cpu_seconds` is what a program may use where its request says nothing else."""

    cpu_seconds: float
    memory_mb: int
    user: int | None  # that root becomes before it forks; None: it stays root
    unsandboxed: bool  # also where there is no filter


class Zygote:
    """Answers request after request until the other side is gone."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.pid, self.parent, self.as_root = os.getpid(), os.getppid(), os.geteuid() == 0
        self.library = Library()
        self.lines: bytes | None = None  # the filter
        self.layers: dict[str, str] = {}

    def prepare(self) -> str | None:
        """Puts on what lasts for this process, and tries the rest in a child. -> why nothing can run here, or None."""
        os.environ.clear()
        sys.path.clear()
        warnings.simplefilter("ignore")
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the other side's business
        self.layers["user"] = self._other_user()
        self.layers["limits"] = (
            f"{self.limits.cpu_seconds:g} s of CPU, {self.limits.memory_mb} MB, no files, no descriptors but one pipe"
        )
        try:
            seccomp.prctl(seccomp.PR_SET_NO_NEW_PRIVS, 1)
            self.lines = seccomp.program(platform.machine())
        except OSError as error:
            return self._without_filter(str(error))
        said = self._probe()
        if said is not None:
            self.lines = None
            return self._without_filter(said)
        self.layers["system calls"] = f"seccomp filter, {platform.machine()}"
        self.layers["privileges"] = "none to be gained, not dumpable, ended with the parent"
        gc.collect()
        gc.freeze()  # children then write to fewer shared pages
        return None

    def _without_filter(self, why: str) -> str | None:
        self.layers["system calls"] = f"NONE: {why}"
        return None if self.limits.unsandboxed and not self.as_root else why

    def _other_user(self) -> str:
        """Root becomes a user who owns nothing, where it can."""
        user = self.limits.user
        if os.geteuid() != 0 or user is None:
            return f"{os.geteuid()}, as it was started"
        try:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        except OSError as error:
            return f"{os.geteuid()}, as it was started ({error.strerror})"
        return f"{user}, not root"

    def _probe(self) -> str | None:
        """Tries the filter in a child. -> why it does not hold, or None."""
        answer, ended, _ = self._in_child({"do": "probe"})
        if answer == b"held":
            return None
        return answer.decode(errors="replace") or f"a child under the filter ended by signal {ended}"

    def serve(self) -> None:
        """One request after another."""
        requests = sys.stdin.buffer
        while line := requests.readline():
            request = json.loads(line)
            answer, ended, seconds = self._in_child(request)
            reply = {"answer": answer.decode(errors="replace"), "ended": ended, "seconds": seconds}
            _write(1, json.dumps(reply).encode() + b"\n")

    def _in_child(self, request: dict[str, Any]) -> tuple[bytes, str, float]:
        """Runs a request in a fresh child. -> what it wrote, how it ended ("" for well), its CPU seconds."""
        from_child, to_zygote = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                self._child(request, to_zygote)
            finally:
                os._exit(1)
        os.close(to_zygote)
        wall_seconds = self._cpu_seconds(request) * WALL_FACTOR + WALL_SECONDS
        answer, overrun = self._collect(from_child, wall_seconds, request.get("reply_bytes", LARGEST_REPLY))
        os.close(from_child)
        if overrun:
            os.kill(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
        seconds = usage.ru_utime + usage.ru_stime
        if overrun == "gone":
            sys.exit(0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGXCPU):
            overrun = "timeout"
        return answer, overrun or ("" if status == 0 else f"died {status}"), seconds

    def _cpu_seconds(self, request: dict[str, Any]) -> float:
        return request.get("cpu_seconds", self.limits.cpu_seconds)

    def _collect(self, from_child: int, wall_seconds: float, most_bytes: int) -> tuple[bytes, str]:
        """All that the child writes until its end, and which limit it overran ("gone": the other side has ended)."""
        parts, size, deadline = [], 0, time.monotonic() + wall_seconds
        while True:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([from_child, 0], [], [], min(PARENT_CHECK_SECONDS, max(0.0, left)))
            if from_child in ready:
                part = os.read(from_child, READ_SIZE)
                if not part:
                    return b"".join(parts), ""
                parts.append(part)
                size += len(part)
                if size > most_bytes:
                    return b"", "output_too_large"
            elif left <= 0:
                return b"", "timeout"
            elif 0 in ready or os.getppid() != self.parent:  # a request comes only after an answer: this is the end
                return b"", "gone"

    # ---- in the child

    def _child(self, request: dict[str, Any], to_zygote: int) -> None:
        os.dup2(to_zygote, RESULT)
        os.closerange(0, RESULT)
        os.closerange(RESULT + 1, max(64, to_zygote + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0]))
        self._limit(self._cpu_seconds(request))
        if self.lines is not None:
            try:
                seccomp.install(self.lines)
            except OSError as error:
                _write(RESULT, f"the filter cannot be installed: {error.strerror}".encode())
                os._exit(1)
        if request["do"] == "probe":
            _write(RESULT, _escaped().encode() or b"held")
            os._exit(0)
        child.live(request, self.library, RESULT)

    def _limit(self, cpu_seconds: float) -> None:
        if sys.platform == "linux":
            seccomp.prctl(seccomp.PR_SET_PDEATHSIG, signal.SIGKILL)
            seccomp.prctl(seccomp.PR_SET_DUMPABLE, 0)
            if os.getppid() != self.pid:
                os._exit(1)
            resource.setrlimit(resource.RLIMIT_AS, (self.limits.memory_mb << 20, self.limits.memory_mb << 20))
        whole = int(cpu_seconds) + 2  # should the timer below not come
        resource.setrlimit(resource.RLIMIT_CPU, (whole, whole))
        for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE):
            resource.setrlimit(kind, (0, 0))
        # The kernel counts the CPU's time, so the load of the machine cannot change a verdict.
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)


def _escaped() -> str:
    """Tries what the filter must refuse. -> words on what a child could do all the same, "" for nothing."""
    tries = {
        "open a file": lambda: os.open("/dev/null", os.O_RDONLY),
        "start a process": os.fork,
        "open a socket": lambda: socket.socket(socket.AF_UNIX),
        "signal its parent": lambda: os.kill(os.getppid(), 0),
    }
    for what, attempt in tries.items():
        with contextlib.suppress(PermissionError):
            attempt()
            return f"a child under the filter could {what}"
    return ""


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def main() -> None:
    """Says on one line which layers hold, then serves."""
    zygote = Zygote(Limits(**json.loads(sys.argv[1])))
    refused = zygote.prepare()
    _write(1, json.dumps({"refused": refused, "layers": zygote.layers}).encode() + b"\n")
    if refused is None:
        with contextlib.suppress(BrokenPipeError):
            zygote.serve()
