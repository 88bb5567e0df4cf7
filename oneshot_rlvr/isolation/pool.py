"""Grading outside the trainer: killable processes, a memo cache, counters.

The trainer's process only runs linear string code (`graders.prepare`); everything that can hang or blow up runs in
the worker processes of `isolation.server`, under limits on CPU seconds and memory.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Sequence

from oneshot_rlvr.config.hardware import num_cores
from oneshot_rlvr.errors import RunError
from oneshot_rlvr.grading import own
from oneshot_rlvr.grading.graders import own_grader, prepare
from oneshot_rlvr.grading.program import is_task
from oneshot_rlvr.isolation.program_grades import graded
from oneshot_rlvr.isolation.programs import Programs
from oneshot_rlvr.paths import PACKAGE
from oneshot_rlvr.types import Grade

if TYPE_CHECKING:
    from oneshot_rlvr.config.schema import ExecutorConfig

_TERMINATE_SECONDS = 5.0
_READ_SIZE = 1 << 16
_POOL_CLOSED = "error: the pool was closed"
_SERVER_STARTS = 3  # in a row without one result between them
# A backstop for a worker that neither computes nor answers; far beyond what a loaded machine needs.
_WALL_FACTOR, _WALL_EXTRA_SECONDS = 20.0, 60.0


@dataclass(frozen=True, slots=True)
class GradeItem:
    """One response to grade. `benchmark` matters to `qwen` only."""

    response: str
    answer: str
    grader: str
    benchmark: str = ""


@dataclass
class Counters:
    """Counts of what came out of a pool so far; `cache_hits` counts items that needed no new work in a process."""

    correct: int = 0
    wrong: int = 0
    unparsed: int = 0
    unread: int = 0
    no_truth: int = 0
    fault: int = 0  # programs that give no value
    timeout: int = 0
    error: int = 0
    cache_hits: int = 0


class PendingGrades:
    """A submitted batch. `result()` waits for it; the pool's counters are raised once, then."""

    def __init__(self, size: int, pool: "GraderPool") -> None:
        self._found: list[Grade | BaseException | None] = [None] * size
        self._left, self._pool = size, pool
        self._counted = False

    def num_done(self) -> int:
        return len(self._found) - self._left

    def done(self) -> bool:
        return self._left == 0

    def result(self, timeout: float | None = None, waiting: Callable[[], None] = lambda: None) -> list[Grade]:
        """The grades in the order of the items. Raises TimeoutError after `timeout` wall-clock seconds, RunError when
        the grading processes are stuck. Without a timeout `waiting` is called about every second."""
        self._pool._wait(self, timeout, waiting)
        grades = []
        for found in self._found:
            if isinstance(found, BaseException):
                raise found
            assert found is not None
            grades.append(found)
        if not self._counted:
            self._counted = True
            self._pool._count(grades)
        return grades

    def _fill(self, index: int, found: "Grade | BaseException") -> None:
        """Called with the pool's lock held."""
        self._found[index] = found
        self._left -= 1


@dataclass(slots=True)
class _Task:
    """An item in work, and the batches and places in them that wait for its grade."""

    line: bytes
    key: bytes  # of the cache
    wanted: list[tuple[PendingGrades, int]]


class GraderPool:
    """`workers` grading processes, started at the first item that needs one, usable from any thread.

    timeout_seconds: CPU seconds per item; a longer one gets `Grade(None, None, "timeout")`.
    memory_mb: address space of one process. cache_entries: items whose grades are remembered.
    executor: limits on programs, for problems about these (isolation/programs.py). Example:

        with GraderPool(workers=2, timeout_seconds=10, memory_mb=4096) as pool:
            grades = pool.grade([GradeItem("so \\\\boxed{84}", "84", "deepscaler")])
    """

    def __init__(
        self, workers: int = 2, timeout_seconds: float = 10.0, memory_mb: int = 4096, cache_entries: int = 200_000,
        executor: "ExecutorConfig | None" = None,
    ) -> None:  # fmt: skip
        self.workers, self.timeout_seconds, self.memory_mb = workers, timeout_seconds, memory_mb
        self.cache_entries = cache_entries
        self.executor = executor
        self.counters = Counters()
        self._programs: tuple[Programs, ThreadPoolExecutor] | None = None
        self._lock = threading.RLock()
        self._answered = threading.Condition(self._lock)  # a batch is whole
        self._cache: OrderedDict[bytes, _Task | Grade] = OrderedDict()
        self._tasks: dict[int, _Task] = {}  # sent and not answered
        self._next_id = 0
        self._server: subprocess.Popen[bytes] | None = None
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        self._starts_without_result = 0
        self._closed = False
        self.last_answer = 0.0  # monotonic seconds

    def __enter__(self) -> "GraderPool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def grade(self, items: Sequence[GradeItem]) -> list[Grade]:
        """Grades in the order of the items."""
        return self.submit(items).result()

    def submit(self, items: Sequence[GradeItem]) -> PendingGrades:
        """Starts grading and returns at once, so that it overlaps with generation."""
        pending, lines = PendingGrades(len(items), self), []
        prepared = [prepare(item.response, item.answer, item.grader, item.benchmark) for item in items]
        with self._lock:
            for index, (item, found) in enumerate(zip(items, prepared)):
                if isinstance(found, Grade):
                    pending._fill(index, found)
                else:
                    lines += self._start(item, found, (pending, index))
            if lines:
                self.start()
                self._outbox.put(b"".join(lines))
        return pending

    def start(self) -> None:
        """Starts the processes, unless they run, so that their imports overlap with other work."""
        with self._lock:
            if self._server is None and not self._closed:
                self._launch()

    def close(self) -> None:
        """Stops the processes; unanswered items get an error grade."""
        with self._lock:
            self._closed = True
            server, self._server = self._server, None
            programs, self._programs = self._programs, None
            tasks, self._tasks = list(self._tasks.values()), {}
        if programs is not None:
            programs[0].close()
            programs[1].shutdown(cancel_futures=True)
        if server is not None:
            self._outbox.put(None)
            server.terminate()
            try:
                server.wait(_TERMINATE_SECONDS)
            except subprocess.TimeoutExpired:  # stuck; its workers die with it
                server.kill()
                server.wait()
        with self._lock:
            for task in tasks:
                self._answer(task, Grade(None, None, _POOL_CLOSED))

    def pids(self) -> list[int]:
        """Process id of the grading server, if it runs (its workers are its children)."""
        server = self._server
        return [server.pid] if server is not None else []

    def refuse_stall(self, since: float) -> None:
        """RunError if nothing was answered since `since` (monotonic) for longer than it takes to give up every item
        in work: the server itself is stuck."""
        limit = 2 * self._wall_seconds + 30.0
        if time.monotonic() - max(since, self.last_answer) > limit:
            raise RunError(f"the grading processes (server: process {self.pids()}) have not answered for {limit:.0f} s")

    @property
    def _wall_seconds(self) -> float:
        return self.timeout_seconds * _WALL_FACTOR + _WALL_EXTRA_SECONDS

    def _wait(self, pending: PendingGrades, timeout: float | None, waiting: Callable[[], None]) -> None:
        start = time.monotonic()
        while True:
            with self._answered:
                if self._answered.wait_for(pending.done, 1.0 if timeout is None else timeout):
                    return
            if timeout is not None:
                raise TimeoutError(f"{pending.num_done()} of {len(pending._found)} items are graded")
            self.refuse_stall(start)
            waiting()

    # ---- one item; all of these are called with the lock held

    def _start(self, item: GradeItem, extracted: str, place: tuple[PendingGrades, int]) -> list[bytes]:
        """Takes the grade of an item from the cache, or gives it to the processes; -> what to send to the server."""
        grader = own_grader(item.answer) or item.grader
        payload = json.dumps([extracted, item.answer, grader, item.benchmark, *own.folders]).encode()
        key = hashlib.blake2b(payload, digest_size=16).digest()
        known = self._cache.get(key)
        if known is not None:
            self._cache.move_to_end(key)
            self.counters.cache_hits += 1
            if isinstance(known, Grade):
                place[0]._fill(place[1], known)
            else:
                known.wanted.append(place)
            return []
        if self._closed:
            raise RunError("the grader pool is closed")
        task = self._cache[key] = _Task(b"%d %s\n" % (self._next_id, payload), key, [place])
        if len(self._cache) > self.cache_entries:
            self._cache.popitem(last=False)
        if is_task(item.answer):
            self._start_program(task, extracted, item.answer)
            return []
        self._tasks[self._next_id] = task
        self._next_id += 1
        return [task.line]

    def _start_program(self, task: _Task, extracted: str, answer: str) -> None:
        if self._programs is None:
            from oneshot_rlvr.config.schema import ExecutorConfig

            config = self.executor or ExecutorConfig()
            self._programs = Programs(config), ThreadPoolExecutor(config.workers or num_cores(), "program-grades")
        programs, threads = self._programs

        def ended(future: "Future[Grade]") -> None:
            with self._lock:
                if future.cancelled():
                    self._answer(task, Grade(None, None, _POOL_CLOSED))
                else:
                    self._answer(task, future.exception() or future.result())

        threads.submit(graded, programs, extracted, answer).add_done_callback(ended)

    def _answer(self, task: _Task, found: Grade | BaseException) -> None:
        """Hands the outcome of a task to all who wait for it; the cache keeps a grade, and no error."""
        self.last_answer = time.monotonic()
        if task.key in self._cache:
            if isinstance(found, Grade):
                self._cache[task.key] = found
            else:
                del self._cache[task.key]
        for pending, index in task.wanted:
            pending._fill(index, found)
            if pending.done():
                self._answered.notify_all()

    def _count(self, grades: list[Grade]) -> None:
        with self._lock:
            for grade in grades:
                name = grade.reason.partition(":")[0].replace(" ", "_")
                setattr(self.counters, name, getattr(self.counters, name) + 1)

    # ---- the server process

    def _launch(self) -> None:
        """Starts the server and the two threads that talk to it. Called with the lock held."""
        command = [sys.executable, "-P", "-m", "oneshot_rlvr.isolation.server"]
        command += ["--workers", str(self.workers), "--cpu-seconds", str(self.timeout_seconds)]
        command += ["--wall-seconds", str(self._wall_seconds), "--memory-mb", str(self.memory_mb)]
        paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONHASHSEED": "0"}
        try:
            server = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd="/", start_new_session=True
            )
        except OSError as error:
            raise RunError(f"cannot start the grading processes: {error}") from error
        self._server = server
        self._outbox = SimpleQueue()
        self._starts_without_result += 1
        for target in (self._write, self._read):
            threading.Thread(target=target, args=(server, self._outbox), daemon=True).start()

    @staticmethod
    def _write(server: "subprocess.Popen[bytes]", outbox: "SimpleQueue[bytes | None]") -> None:
        assert server.stdin is not None
        try:
            while (line := outbox.get()) is not None:
                server.stdin.write(line)
                if outbox.empty():
                    server.stdin.flush()
            server.stdin.close()
        except BrokenPipeError:
            pass  # the reading thread deals with a dead server

    def _read(self, server: "subprocess.Popen[bytes]", outbox: "SimpleQueue[bytes | None]") -> None:
        assert server.stdout is not None
        unread = b""
        while block := os.read(server.stdout.fileno(), _READ_SIZE):
            *lines, unread = (unread + block).split(b"\n")
            grades = [(int(number), Grade(*json.loads(grade))) for number, grade in (x.split(b" ", 1) for x in lines)]
            with self._lock:
                self._starts_without_result = 0
                for task_id, grade in grades:
                    task = self._tasks.pop(task_id, None)
                    if task is not None:
                        self._answer(task, grade)
        outbox.put(None)
        server.wait()
        self._recover(server)

    def _recover(self, server: "subprocess.Popen[bytes]") -> None:
        """The server has ended. Unless the pool was closed: start another and send again what is open."""
        with self._lock:
            if self._closed or self._server is not server:
                return
            self._server = None
            if not self._tasks:
                return
            if self._starts_without_result < _SERVER_STARTS:
                self._launch()
                self._outbox.put(b"".join(task.line for task in self._tasks.values()))
                return
            for task in self._tasks.values():
                self._answer(task, Grade(None, None, "error: the grading processes do not start or keep dying"))
            self._tasks = {}
