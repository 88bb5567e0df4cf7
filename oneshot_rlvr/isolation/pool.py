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
from dataclasses import dataclass, field
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

    def __init__(self, found: list["Future[Grade] | Grade"], pool: "GraderPool") -> None:
        self._found, self._pool = found, pool
        self._counted = False

    def num_done(self) -> int:
        return sum(isinstance(found, Grade) or found.done() for found in self._found)

    def done(self) -> bool:
        return self.num_done() == len(self._found)

    def result(self, timeout: float | None = None, waiting: Callable[[], None] = lambda: None) -> list[Grade]:
        """The grades in the order of the items. Raises TimeoutError after `timeout` wall-clock seconds, RunError when
        the grading processes are stuck. Without a timeout `waiting` is called about every second."""
        grades = [
            found
            if isinstance(found, Grade)
            else self._pool._wait(found, waiting)
            if timeout is None
            else found.result(timeout)
            for found in self._found
        ]
        if not self._counted:
            self._counted = True
            self._pool._count(grades)
        return grades


@dataclass
class _Task:
    line: bytes
    key: bytes  # of the cache
    future: "Future[Grade]" = field(default_factory=Future)


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
        self._lock = threading.Lock()
        self._cache: OrderedDict[bytes, Future[Grade] | Grade] = OrderedDict()
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
        return PendingGrades([self._start(item) for item in items], self)

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
        for task in tasks:
            task.future.set_result(Grade(None, None, "error: the pool was closed"))

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

    def _wait(self, future: "Future[Grade]", waiting: Callable[[], None]) -> Grade:
        start = time.monotonic()
        while True:
            try:
                return future.result(timeout=1.0)
            except TimeoutError:
                self.refuse_stall(start)
                waiting()

    # ---- one item

    def _start(self, item: GradeItem) -> "Future[Grade] | Grade":
        found = prepare(item.response, item.answer, item.grader, item.benchmark)
        if isinstance(found, Grade):
            return found
        grader = own_grader(item.answer) or item.grader
        payload = json.dumps([found, item.answer, grader, item.benchmark, *own.folders]).encode()
        key = hashlib.blake2b(payload, digest_size=16).digest()
        with self._lock:
            known = self._cache.get(key)
            if known is not None:
                self._cache.move_to_end(key)
                self.counters.cache_hits += 1
                return known
            if self._closed:
                raise RunError("the grader pool is closed")
            if is_task(item.answer):
                return self._start_program(key, found, item.answer)
            task_id = self._next_id
            self._next_id += 1
            task = _Task(b"%d %s\n" % (task_id, payload), key)
            self._tasks[task_id] = task
            self._cache[key] = task.future
            if len(self._cache) > self.cache_entries:
                self._cache.popitem(last=False)
            if self._server is None:
                self._launch()
            self._outbox.put(task.line)
            return task.future

    def _open_programs(self) -> "tuple[Programs, ThreadPoolExecutor]":
        """Called with the lock held."""
        if self._programs is None:
            from oneshot_rlvr.config.schema import ExecutorConfig

            config = self.executor or ExecutorConfig()
            self._programs = Programs(config), ThreadPoolExecutor(config.workers or num_cores(), "program-grades")
        return self._programs

    def _start_program(self, key: bytes, extracted: str, answer: str) -> "Future[Grade]":
        """Called with the lock held."""
        programs, threads = self._open_programs()
        future = self._cache[key] = threads.submit(graded, programs, extracted, answer)
        if len(self._cache) > self.cache_entries:
            self._cache.popitem(last=False)
        future.add_done_callback(lambda _: self._heard())
        return future

    def _heard(self) -> None:
        self.last_answer = time.monotonic()

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
        for line in server.stdout:
            task_id, payload = line.split(b" ", 1)
            grade = Grade(*json.loads(payload))
            with self._lock:
                task = self._tasks.pop(int(task_id), None)
                self._starts_without_result = 0
                self.last_answer = time.monotonic()
                if task is not None and task.key in self._cache:
                    self._cache[task.key] = grade  # a tenth of the memory of its future
            if task is not None:
                task.future.set_result(grade)
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
                for task in self._tasks.values():
                    self._outbox.put(task.line)
                return
            tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.future.set_result(Grade(None, None, "error: the grading processes do not start or keep dying"))
