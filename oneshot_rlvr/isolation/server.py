"""The grading server: one process that forks grading workers, kills those that hang and replaces them.

`GraderPool` starts it as `python -m oneshot_rlvr.isolation.server`. It imports the graders once and never torch; a
replaced worker is a fork, so it costs milliseconds, not a second of imports. It has one thread, which makes forking
safe. Protocol, both ways on pipes: one line `<id> <JSON>` per item; between server and worker several of them in one
line, with tabs between them, while more items wait than there are workers.

Limits per item: CPU seconds by `ITIMER_PROF`, whose signal the kernel delivers even inside a C loop, so the load of
the machine cannot change a verdict; address space by `RLIMIT_AS`; and wall-clock seconds only as a backstop, after
which the item is tried once more in a fresh worker.
"""

import argparse
import gc
import json
import os
import resource
import selectors
import signal
import sys
import time
from collections import deque
from dataclasses import dataclass, field

_READ_SIZE = 1 << 16
_PARENT_CHECK_SECONDS = 1.0
_DEALT_ITEMS, _DEALT_BYTES = 64, 1 << 15  # at most so much is dealt to a worker at once


@dataclass
class Limits:
    workers: int
    cpu_seconds: float
    wall_seconds: float
    memory_mb: int


@dataclass
class Task:
    id: bytes
    payload: bytes
    attempts: int = 0
    alone: bool = False  # dealt by itself: a worker died of this item, or of one that was dealt with it


@dataclass
class Worker:
    pid: int
    to_worker: int  # file descriptor
    from_worker: int
    tasks: list[Task] = field(default_factory=list)  # dealt and not answered
    deadline: float = 0.0
    overdue: bool = False
    received: bytes = b""


# ---- inside a worker -------------------------------------------------------------------------------------------


def _die_with_parent() -> None:
    """SIGKILL this process when the server dies, however it dies (Linux; elsewhere the closed pipe ends it)."""
    if sys.platform == "linux":
        import ctypes

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


_FORBIDDEN_EVENTS = (
    "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "subprocess.Popen", "os.mkdir",
    "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.kill",
    "shutil.", "socket.", "pty.spawn", "ctypes.", "os.putenv", "ftplib.", "urllib.Request", "webbrowser.open",
)  # fmt: skip


_importing = False  # an installed package, or a module of the user's, may set variables while it is imported


def _make_ready(grader: str) -> None:
    """Imports what the verdicts of a grader need, before any text of a model is looked at, and without the hook."""
    from oneshot_rlvr.grading.graders import make_ready

    global _importing
    _importing = True
    try:
        make_ready(grader)
    finally:
        _importing = False


def _forbid(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: graders never evaluate model text; if a parser ever did, it still could not touch anything."""
    if _importing:
        return
    if event == "open":
        mode, flags = arguments[1], arguments[2]
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes or (isinstance(mode, str) and set(mode) & set("wax+")):
            raise PermissionError(f"a grader tried to write {arguments[0]!r}")
    elif event.startswith(_FORBIDDEN_EVENTS):
        raise PermissionError(f"a grader tried {event}")


def _restrict(memory_mb: int) -> None:
    _die_with_parent()
    for number in (signal.SIGPROF, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the trainer's business
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":  # macOS accepts RLIMIT_AS but does not enforce it
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    sys.addaudithook(_forbid)


def _grade_line(payload: bytes, cpu_seconds: float) -> bytes:
    from oneshot_rlvr.grading import own
    from oneshot_rlvr.grading.graders import judge

    extracted, answer, grader, benchmark, *own.folders = json.loads(payload)
    try:
        _make_ready(grader)
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        found = judge(extracted, answer, grader, benchmark)
    except MemoryError:
        return json.dumps([None, None, "error: out of memory"]).encode()
    except RecursionError:
        return json.dumps([None, None, "error: nested too deeply"]).encode()
    except Exception as error:  # noqa: BLE001  a parser may raise anything; it is counted, never hidden
        return json.dumps([None, None, f"error: {type(error).__name__}: {error}"[:300]]).encode()
    return json.dumps([found.correct, found.extracted, found.reason]).encode()


def _serve(read_fd: int, write_fd: int, cpu_seconds: float) -> None:
    """A worker's life: grade line after line until the pipe closes. An empty line follows the results of each."""
    with os.fdopen(read_fd, "rb") as lines:
        for line in lines:
            results = []
            for item in line.rstrip(b"\n").split(b"\t"):
                task_id, payload = item.split(b" ", 1)
                results.append(task_id + b" " + _grade_line(payload, cpu_seconds) + b"\n")
                signal.setitimer(signal.ITIMER_PROF, 0.0)
            results[-1] += b"\n"
            _write_all(write_fd, b"".join(results))


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


# ---- the server ------------------------------------------------------------------------------------------------


class Server:
    """Deals tasks to workers; every task gets exactly one result line."""

    def __init__(self, limits: Limits, from_pool: int, to_pool: int) -> None:
        self.limits = limits
        self.from_pool, self.to_pool = from_pool, to_pool
        self.parent = os.getppid()
        self.selector = selectors.DefaultSelector()
        self.selector.register(from_pool, selectors.EVENT_READ, None)
        self.workers: list[Worker] = []
        self.waiting: deque[Task] = deque()
        self.unread = b""

    def run(self) -> None:
        """Until the pool closes its pipe or dies."""
        try:
            while self._turn():
                pass
        finally:
            for worker in self.workers:
                os.kill(worker.pid, signal.SIGKILL)

    def _turn(self) -> bool:
        timeout = _PARENT_CHECK_SECONDS
        for worker in self.workers:
            if worker.tasks:
                timeout = min(timeout, max(0.0, worker.deadline - time.monotonic()))
        for key, _ in self.selector.select(timeout):
            if key.data is not None:
                self._hear(key.data)
            elif not self._read_tasks():
                return False
        now = time.monotonic()
        for worker in self.workers:
            if worker.tasks and now > worker.deadline and not worker.overdue:
                worker.overdue = True
                os.kill(worker.pid, signal.SIGKILL)
        self._deal()
        return os.getppid() == self.parent

    def _read_tasks(self) -> bool:
        data = os.read(self.from_pool, _READ_SIZE)
        if not data:
            return False
        *lines, self.unread = (self.unread + data).split(b"\n")
        for line in lines:
            task_id, payload = line.split(b" ", 1)
            self.waiting.append(Task(task_id, payload))
        return True

    def _deal(self) -> None:
        while self.waiting:
            worker = next((w for w in self.workers if not w.tasks), None)
            if worker is None and len(self.workers) < self.limits.workers:
                worker = self._fork()
            if worker is None:
                return
            worker.tasks = self._next_tasks()
            worker.deadline = time.monotonic() + self.limits.wall_seconds * len(worker.tasks)
            try:
                _write_all(worker.to_worker, b"\t".join(t.id + b" " + t.payload for t in worker.tasks) + b"\n")
            except BrokenPipeError:
                pass  # it died: `_hear` will read the end of its pipe

    def _next_tasks(self) -> list[Task]:
        """The tasks to deal next: one, and more of them the more there are waiting for each worker."""
        tasks = [self.waiting.popleft()]
        wanted = min(_DEALT_ITEMS, len(self.waiting) // (2 * self.limits.workers))
        size = len(tasks[0].payload)
        while not tasks[0].alone and len(tasks) < wanted and not self.waiting[0].alone:
            size += len(self.waiting[0].payload)
            if size > _DEALT_BYTES:
                break
            tasks.append(self.waiting.popleft())
        return tasks

    def _hear(self, worker: Worker) -> None:
        data = os.read(worker.from_worker, _READ_SIZE)
        if not data:
            self._bury(worker)
            return
        worker.received += data
        if worker.received.endswith(b"\n\n"):
            self._answer(worker.received[:-1])
            worker.received, worker.tasks = b"", []

    def _answer(self, lines: bytes) -> None:
        _write_all(self.to_pool, lines)

    def _bury(self, worker: Worker) -> None:
        """A worker has died: say why for its task, or try again when another may be at fault."""
        self.selector.unregister(worker.from_worker)
        os.close(worker.from_worker)
        os.close(worker.to_worker)
        self.workers.remove(worker)
        signal_number = os.WTERMSIG(status) if os.WIFSIGNALED(status := os.waitpid(worker.pid, 0)[1]) else 0
        if not worker.tasks:
            return
        if len(worker.tasks) > 1:
            for task in worker.tasks:
                task.alone = True
            self.waiting.extendleft(reversed(worker.tasks))
            return
        task = worker.tasks[0]
        task.attempts += 1
        if signal_number == signal.SIGPROF:
            reason = "timeout"
        elif task.attempts < 2:
            self.waiting.appendleft(task)
            return
        elif worker.overdue:
            reason = "timeout"
        else:
            reason = f"error: grading process ended by signal {signal_number}"
        self._answer(task.id + b" " + json.dumps([None, None, reason]).encode() + b"\n")

    def _fork(self) -> Worker:
        task_read, task_write = os.pipe()
        result_read, result_write = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                for other in self.workers:
                    os.close(other.to_worker)
                    os.close(other.from_worker)
                for fd in (task_write, result_read, self.from_pool, self.to_pool):
                    os.close(fd)
                _restrict(self.limits.memory_mb)
                _serve(task_read, result_write, self.limits.cpu_seconds)
            finally:
                os._exit(0)
        os.close(task_read)
        os.close(result_write)
        worker = Worker(pid, task_write, result_read)
        self.workers.append(worker)
        self.selector.register(result_read, selectors.EVENT_READ, worker)
        return worker


def _preload() -> None:
    """Imports and warms everything once, so that forked workers share it and no item pays for it."""
    from oneshot_rlvr.grading.graders import GRADERS, judge

    for grader in GRADERS:
        judge("\\boxed{\\frac{1}{2}}" if grader == "math_verify" else "\\frac{1}{2}", "x+1", grader, "math500")
    gc.freeze()  # what is imported is never searched for garbage: a sixth of a short item's time, and shared pages stay


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--cpu-seconds", type=float, required=True)
    parser.add_argument("--wall-seconds", type=float, required=True)
    parser.add_argument("--memory-mb", type=int, required=True)
    limits = Limits(**vars(parser.parse_args()))
    to_pool = os.dup(1)  # results; nothing a library prints may mix with them
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.close(null)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # through `finally`, which kills the workers
    _preload()
    try:
        Server(limits, 0, to_pool).run()
    except BrokenPipeError:
        pass  # the pool has gone
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # while the interpreter ends it would print a traceback


if __name__ == "__main__":
    main()
