"""Programs of a model, run where they can do no harm: calls, tests, and what comes of them.

`Programs` keeps a few zygotes (zygote.py): small processes that fork one child for each program, under limits on CPU,
memory and output and a filter of system calls. It fails closed: where no filter can be installed, nothing runs.
"""

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast, get_args

from oneshot_rlvr.config.hardware import num_cores
from oneshot_rlvr.config.names import PROGRAM_MODULES
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.grading.literals import Malformed, canonical, parse_arguments
from oneshot_rlvr.isolation.wire import Writer, read
from oneshot_rlvr.paths import PACKAGE

if TYPE_CHECKING:
    from oneshot_rlvr.config.schema import ExecutorConfig

Fault = Literal["policy", "syntax", "exception", "timeout", "memory", "output_too_large", "non_literal", "died"]
FAULTS: tuple[str, ...] = get_args(Fault)

MAX_PROGRAM = 100_000  # characters
SOLUTION_CHARS = 1_000_000  # printed size of all values between a benchmark's tests and a solution
MAX_ROUNDS = 2000  # calls that a benchmark's tests may make one after the other
NO_ANSWER = "an answer that is none"
NOBODY = 65534  # user that owns nothing
TEST_SECONDS = 120.0  # of the CPU, for a benchmark's tests with their reference
SLOWER = 2.0  # times that a solution may take as long as the tests took to find their calls, reference included
_START_SECONDS, _STUCK_FACTOR, _STUCK_SECONDS = 60.0, 6.0, 60.0
_START = "import sys; sys.path.append(sys.argv.pop()); from oneshot_rlvr.isolation.zygote import main; main()"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a program's function `f`. Example: `Call("def f(n):\\n    return n + 1", "3")`"""

    program: str
    arguments: str  # text between the brackets of `f(...)`: literals only (grading/literals.py)
    hash_seed: int = 0  # 0 or 1: in which of two kinds of processes, which hash texts otherwise
    literal: bool = True  # False: arguments may be expressions, as some of CruxEval's are, and run with the program


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value or a fault, never both. Example: `Outcome("4", None, 0.002)`"""

    value: str | None  # canonical text of the returned literal
    fault: Fault | None
    seconds: float  # of the CPU, in the process that ran the program
    detail: str = ""  # for people: the exception's name, what the policy refused


class Executor(Protocol):
    """Runs programs: `Programs` here, and a tree walker for the programs of the world."""

    def run(self, calls: Sequence[Call]) -> list[Outcome]:
        """Outcomes in the order of the calls; a call is never repeated or left out."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Solution:
    """A program of a benchmark, and the calls that are made of one function of it, in one process.

    `calls`: of each the positional and keyword arguments, as `Writer` writes them.
    """

    program: str
    entry: str
    calls: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A program against a benchmark's tests. The tests run in one process, the program in another.

    Example: `Check("def add(a, b):\\n    return a + b", "add", test="def check(g):\\n    assert g(1, 2) == 3")`
    """

    program: str
    entry: str  # name of the function that is tested
    test: str  # code that defines `check(candidate)`, or asserts by itself
    setup: str = ""  # code that the tests need, such as helpers out of the prompt
    reference: str = ""  # a right program: says which calls the tests make; "": they are found one by one


class TestsFail(RunError):
    """A benchmark's tests fail whatever the program does: they are no Python, or take too long by themselves."""


class Programs:
    """Processes that run programs, started when one needs them, usable from any thread.

    user: what root becomes before a program runs; None: it stays root. python: interpreter of the zygotes. Example:

        with Programs(ExecutorConfig()) as programs:
            outcome = programs.run([Call("def f(n):\\n    return n + 1", "3")])[0]  # value "4"

    Raises UserError where no filter can be installed and `allow_unsandboxed` does not say to go on.
    """

    def __init__(self, config: "ExecutorConfig", user: int | None = NOBODY, python: str | None = None) -> None:
        self.config = config
        self.layers: dict[str, str] = {}
        self._command = (python or sys.executable, user)
        workers = config.workers or num_cores()
        self._lanes = {seed: ThreadPoolExecutor(workers, f"programs-{seed}") for seed in (0, 1)}
        self._own = threading.local()  # the zygote of a thread
        self._zygotes: list[_Zygote] = []
        self._lock = threading.Lock()
        self._closed = False
        # Calls that a benchmark's tests made before, and the CPU seconds that a solution has for all of them.
        self._known_calls: dict[tuple[str, str], tuple[list[Any], float]] = {}
        self._lanes[0].submit(self._zygote, 0).result()
        if (said := self.layers["system calls"]).startswith("NONE"):
            _warn(f"warning: programs of a model run without a sandbox: {said[6:]}")

    def __enter__(self) -> "Programs":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, calls: Sequence[Call]) -> list[Outcome]:
        """Outcomes in the order of the calls, each in a process of its own."""
        return [future.result() for future in [self.submit(call) for call in calls]]

    def submit(self, call: Call) -> "Future[Outcome]":
        """Starts one call and returns at once."""
        return self._lanes[call.hash_seed].submit(self._call, call)

    def check(self, check: Check) -> Outcome:
        """Value "True" where the tests pass, "False" with a detail where they do not, or the program's own fault."""
        return self._lanes[0].submit(self._check, check).result()

    def values(self, solution: Solution) -> "list[object] | Outcome":
        """Values that the calls return, or the outcome of the first that fails."""
        return self._lanes[0].submit(self._values, solution).result()

    def pids(self) -> list[int]:
        """Process ids of the zygotes."""
        with self._lock:
            return [zygote.process.pid for zygote in self._zygotes]

    def close(self) -> None:
        """Ends the processes; calls that still run are given up, with a RunError."""
        with self._lock:
            self._closed = True
            for zygote in self._zygotes:
                zygote.process.kill()  # its child dies with it, and whoever waits for an answer hears so
        for lane in self._lanes.values():
            lane.shutdown(cancel_futures=True)
        with self._lock:
            zygotes, self._zygotes = self._zygotes, []
        for zygote in zygotes:
            zygote.close()

    # ---- in the threads of the lanes

    def _call(self, call: Call) -> Outcome:
        if len(call.program) > MAX_PROGRAM:
            return Outcome(None, "policy", 0.0, f"longer than {MAX_PROGRAM} characters")
        limit = self.config.max_value_chars
        request: dict[str, Any] = {"do": "call", "program": call.program, "limit": limit}
        request |= {"modules": list(self.config.modules or PROGRAM_MODULES), "reply_bytes": 16 * limit + 1000}
        try:
            request |= _arguments(call, limit)
        except Malformed as refusal:
            return Outcome(None, "non_literal", 0.0, f"arguments: {refusal.reason}")
        answer, seconds = self._ask(call.hash_seed, request)
        if answer[0] != "value":
            return _fault(answer, seconds)
        try:
            value = canonical(read(answer[1]))
        except Malformed as refusal:
            return Outcome(None, "non_literal", seconds, refusal.reason)
        except ValueError:
            return Outcome(None, "died", seconds, NO_ANSWER)
        if len(value) > limit:
            return Outcome(None, "output_too_large", seconds)
        return Outcome(value, None, seconds)

    def _values(self, solution: Solution) -> "list[object] | Outcome":
        replies, seconds = self._replies(solution, self.config.timeout_seconds)
        if replies[0] != "value":
            return _fault(replies, seconds)
        found = []
        for reply in replies[1]:
            if reply[0] != "value":
                return _fault(reply, seconds)
            try:
                found.append(read(reply[1]))
            except ValueError:
                return Outcome(None, "died", seconds, NO_ANSWER)
        return found

    def _replies(self, solution: Solution, cpu_seconds: float) -> tuple[list[Any], float]:
        """`["value", [a reply for each call]]`, or a fault. The values are not read in this process: a forged one could
        be made to take long, and the tests read them elsewhere."""
        if len(solution.program) > MAX_PROGRAM:
            return ["policy", f"longer than {MAX_PROGRAM} characters"], 0.0
        request = {"do": "solution", "program": solution.program, "entry": solution.entry, "limit": SOLUTION_CHARS}
        answer, seconds = self._ask(0, request | {"calls": list(solution.calls), "cpu_seconds": cpu_seconds})
        if answer[0] != "value":
            return answer, seconds
        try:
            replies = [_checked(reply) for reply in answer[1]]
        except (ValueError, TypeError):
            replies = []
        if len(replies) != len(solution.calls):
            return ["died", NO_ANSWER], seconds
        return ["value", replies], seconds

    def _check(self, check: Check) -> Outcome:
        """The tests name the calls, the program answers them elsewhere, and the tests are run again with the answers,
        until they have asked for nothing new. Calls of an earlier check of the same tests are answered in advance."""
        key = (check.setup + check.reference, check.test)
        calls, limit = self._known_calls.get(key, ([], self.config.timeout_seconds))
        seconds = 0.0
        for _ in range(MAX_ROUNDS):
            replies: list[Any] = ["value", []]
            if calls:
                solution = Solution(check.program, check.entry, tuple(calls))
                replies, spent = self._replies(solution, limit)
                seconds = max(seconds, spent)
                if replies[0] != "value":
                    return _fault(replies, seconds)
            request = {"do": "test", "setup": check.setup, "test": check.test, "entry": check.entry}
            request |= {"reference": check.reference, "limit": SOLUTION_CHARS}
            answers = [[call, reply] for call, reply in zip(calls, replies[1])]
            allowed = limit if answers else TEST_SECONDS
            said, spent = self._ask(0, request | {"answers": answers, "cpu_seconds": allowed})
            if said[0] not in ("value", "needed") and answers:  # values of the program's that take too long to read
                return _fault(said, seconds)
            if said[0] not in ("value", "needed"):
                raise TestsFail(f"the tests of this problem fail by themselves: {said[0]} {said[1]}".strip())
            if said[0] == "value":
                return Outcome(str(said[1] == "passed"), None, seconds, "" if said[1] == "passed" else said[2])
            calls, limit = said[1], max(limit, SLOWER * spent if check.reference else limit)
            self._known_calls[key] = (calls, limit)
        return Outcome("False", None, seconds, f"the tests make more than {MAX_ROUNDS} calls")

    def _ask(self, seed: int, request: dict[str, Any]) -> tuple[list[Any], float]:
        """A child's answer, checked for its form, and its CPU seconds. A zygote that is gone is replaced once."""
        for _ in range(2):
            if self._closed:
                raise RunError("the processes for programs are closed")
            zygote = self._zygote(seed)
            reply = zygote.ask(request)
            if reply is not None:
                return _answer(reply), reply["seconds"]
            self._own.zygote = None
            with self._lock:
                self._zygotes.remove(zygote)
            zygote.close()
        return ["died", "the process that starts programs ended twice"], 0.0

    def _zygote(self, seed: int) -> "_Zygote":
        """The zygote of this thread. UserError where nothing can be run safely."""
        zygote = getattr(self._own, "zygote", None)
        if zygote is None:
            python, user = self._command
            limits = {
                "cpu_seconds": self.config.timeout_seconds, "memory_mb": self.config.memory_mb, "user": user,
                "unsandboxed": self.config.allow_unsandboxed,
            }  # fmt: skip
            zygote = self._own.zygote = _Zygote(python, seed, limits)
            self.layers = zygote.layers
            with self._lock:
                self._zygotes.append(zygote)
                if self._closed:  # while this one started
                    zygote.process.kill()
        return zygote


@cache
def _warn(line: str) -> None:
    """Once for each process."""
    print(line, file=sys.stderr)


def refuse_unsafe(config: "ExecutorConfig") -> None:
    """UserError where programs of a model cannot run safely; before anything heavy."""
    Programs(config).close()


class _Zygote:
    """One zygote process and the two pipes to it, used by one thread."""

    def __init__(self, python: str, seed: int, limits: dict[str, Any]) -> None:
        # -I would make Python pass over PYTHONHASHSEED; the empty environment, -s and -P are the rest of it.
        command = [python, "-s", "-P", "-S", "-B", "-X", "utf8", "-c", _START, json.dumps(limits), str(PACKAGE.parent)]
        environment = {"PYTHONHASHSEED": str(seed)}
        if "LD_LIBRARY_PATH" in os.environ:
            environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]  # an interpreter may not start without
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                cwd="/", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise RunError(f"cannot start the process that runs programs: {error}") from error
        self._cpu_seconds = limits["cpu_seconds"]
        hello = self._line(_START_SECONDS)
        if hello is None:
            self.process.kill()
            said = self.process.communicate()[1].decode(errors="replace").strip().splitlines()
            raise RunError(f"the process that runs programs does not start: {said[-1] if said else 'no word from it'}")
        self.layers: dict[str, str] = hello["layers"]
        if hello["refused"] is not None:
            self.close()
            raise UserError(
                f"programs of a model cannot be run here safely: {hello['refused']}; executor.allow_unsandboxed=true "
                "runs them all the same, with limits on time and memory alone, and never as root"
            )

    def ask(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """The reply; None when the process is gone or stuck."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError):
            return None
        cpu_seconds = request.get("cpu_seconds", self._cpu_seconds)
        return self._line(cpu_seconds * _STUCK_FACTOR + _STUCK_SECONDS)  # the zygote ends the child before that

    def _line(self, seconds: float) -> dict[str, Any] | None:
        assert self.process.stdout is not None
        descriptor, end = self.process.stdout.fileno(), time.monotonic() + seconds
        parts = [b""]
        while not parts[-1].endswith(b"\n"):
            ready, _, _ = select.select([descriptor], [], [], max(0.0, end - time.monotonic()))
            part = os.read(descriptor, 1 << 16) if ready else b""
            if not part:
                return None
            parts.append(part)
        return json.loads(b"".join(parts))

    def close(self) -> None:
        self.process.kill()  # its child dies with it
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                pass  # what was to be flushed into it


def _arguments(call: Call, limit: int) -> dict[str, Any]:
    """The part of a request that says with what a program is called. Raises Malformed."""
    if call.literal:
        positional, keywords = parse_arguments(call.arguments, limit)
        return {"arguments": Writer(2 * limit, exact=True).written([list(positional), keywords])}
    if len(call.arguments) > limit:
        raise Malformed(f"longer than {limit} characters")
    return {"expressions": call.arguments}


def _answer(reply: dict[str, Any]) -> list[Any]:
    """The answer of a child that ended well and wrote what a child writes; the fault of any other."""
    if reply["ended"] in ("timeout", "output_too_large"):
        return [reply["ended"], ""]
    try:
        return _checked(json.loads(reply["answer"])) if not reply["ended"] else ["died", reply["ended"]]
    except (ValueError, RecursionError):
        return ["died", "no answer"]


def _checked(answer: Any) -> list[Any]:
    """An answer of the right form; ValueError for any other."""
    if not isinstance(answer, list) or len(answer) < 2 or answer[0] not in (*FAULTS, "value", "needed"):
        raise ValueError("not an answer")
    if answer[0] in FAULTS and not isinstance(answer[1], str):
        raise ValueError("not an answer")
    return answer


def _fault(answer: list[Any], seconds: float) -> Outcome:
    if answer[0] not in FAULTS:
        return Outcome(None, "died", seconds, NO_ANSWER)
    return Outcome(None, cast(Fault, answer[0]), seconds, answer[1][:200])
