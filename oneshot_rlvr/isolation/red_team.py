"""Programs that try to get out, to stay, or to cheat; and what must come of each.

Those of the first list go the way of every task. Those of the second begin where the syntax filter ends: they have
found Python's real modules, so that only the limits and the kernel's filter are left.
"""

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from oneshot_rlvr.grading.literals import canonical
from oneshot_rlvr.isolation.programs import Call, Outcome, Programs, Solution

ESCAPED = "escaped"  # what an attack returns when it has succeeded
CANARY = "untouched\n"
LATE_SECONDS = 10.0  # beyond the CPU limit, on a machine at work
NO_ARGUMENTS = [[], {"dict": []}]
# Python's own modules, reached from any object.
REAL_MODULES = """
sys = next(c for c in ().__class__.__base__.__subclasses__() if c.__name__ == "_wrap_close").__init__.__globals__["sys"]
os, libc = sys.modules["os"], sys.modules["ctypes"].CDLL(None)
path, port = {path!r}, {port}
"""
FORGED = "os.write(3, b'[\"value\", [[\"value\", 42]]]')"


@dataclass(frozen=True, slots=True)
class Attack:
    """A program and the outcomes that mean that it was held: faults, or "value" for one that gains nothing by it."""

    name: str
    held: tuple[str, ...]
    program: str
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One attack, and what came of it."""

    attack: Attack
    outcome: Outcome
    wall_seconds: float
    held: bool


def _f(*lines: str) -> str:
    return "def f():\n" + "".join(f"    {line}\n" for line in lines)


def _try(expression: str) -> str:
    """A program that says `escaped` where an expression is evaluated to something true without an exception."""
    return _f(f"if {expression}:", f"    return {ESCAPED!r}", "raise PermissionError")


TASKS = (
    Attack("imports a module", ("policy",), "import os\n" + _f("return os.getcwd()")),
    Attack("imports by name", ("policy",), _f("return __import__('os').getcwd()")),
    Attack("opens a file", ("policy",), _f("return open('/etc/passwd').read()")),
    Attack("evaluates a text", ("policy",), _f("return eval('1')")),
    Attack("walks the classes", ("policy",), _f("return len(().__class__.__base__.__subclasses__())")),
    Attack("walks a generator's frame", ("policy",), _f("g = (x for x in ())", "return g.gi_frame.f_back.f_globals")),
    Attack("copies by a reduce method", ("policy",), "import copy\nclass A:\n    def __reduce__(self):\n"
           "        return (print, ())\n" + _f("return copy.copy(A())")),
    Attack("asks for an address", ("policy",), _f("return id(f)")),
    Attack("spells open in other letters", ("policy",), _f("return \uff4f\uff50\uff45\uff4e('/etc/passwd')")),
    Attack("runs when it is deleted", ("policy",), "class A:\n    def __del__(self):\n        while True: pass\n"
           + _f("A()", "return 1")),
    Attack("reads a module out of a module", ("exception",), "import enum\n" + _f("return enum.sys.path")),
    Attack("reads globals by attrgetter", ("exception",), "from operator import attrgetter\n" + _f("return 1")),
    Attack("reads globals by a formatter", ("exception",), "import string\n"
           + _f("return str(string.Formatter().get_field('0.x', (f,), {}))")),
    Attack("formats an attribute", ("value",), _f("return '{0.__class__}'.format(1)")),
    Attack("arguments that close the call", ("non_literal",), "def f(x):\n    return x\n", "4) or (1"),
    Attack("arguments that are code", ("non_literal",), "def f(x):\n    return x\n", "__import__('os')"),
    Attack("equals everything", ("non_literal",), "class A(int):\n    def __eq__(self, other): return True\n"
           "    def __hash__(self): return 0\n" + _f("return A()")),
    Attack("a megabyte of source", ("policy",), "x = 1\n" * 200_000 + _f("return x")),
    Attack("nested deeply", ("syntax", "died"), _f("return " + "(" * 20_000 + ")" * 20_000)),
    Attack("many signs", ("syntax", "died"), _f("return " + "-" * 50_000 + "1")),
    Attack("a long sum", ("syntax", "died", "value", "exception"), _f("return " + "1+" * 30_000 + "1")),
    Attack("never ends", ("timeout",), _f("while True: pass")),
    Attack("never ends and catches all", ("timeout",), _f("while True:", "    try:", "        while True: pass",
           "    except BaseException: pass")),
    Attack("a power of millions of digits", ("timeout", "memory"), _f("return len(str(7 ** 10 ** 8))")),
    Attack("an expression without end", ("timeout",), "import re\n"
           + _f("return re.match('(a+)+$', 'a' * 40 + 'b') is None")),
    Attack("four gigabytes", ("memory",), _f("return len(bytearray(4 << 30))")),
    Attack("a list without end", ("memory", "timeout", "died"), _f("x = [0]", "while True: x += x")),
    Attack("recursion", ("exception",), _f("return f()")),
    Attack("ten megabytes of result", ("output_too_large",), _f("return 'x' * 10_000_000")),
    Attack("a result of ten million parts", ("output_too_large", "memory", "timeout"), _f("return [0] * 10_000_000")),
    Attack("a result that holds itself", ("non_literal",), _f("x = []", "x.append(x)", "return x")),
    Attack("leaves early", ("exception",), _f("raise SystemExit(0)")),
)  # fmt: skip

ESCAPES = (
    Attack("reads a file", ("exception",), _try("os.open('/etc/passwd', 0)")),
    Attack("writes a file", ("exception",), _try("os.open(path, os.O_WRONLY | os.O_TRUNC)")),
    Attack("lists a folder", ("exception",), _try("os.listdir('/')")),
    Attack("removes a file", ("exception",), _f("os.unlink(path)", f"return {ESCAPED!r}")),
    Attack("connects to a port", ("exception",), _f("s = sys.modules['socket']",
           "s.socket(s.AF_INET, s.SOCK_STREAM).connect(('127.0.0.1', port))", f"return {ESCAPED!r}")),
    Attack("opens a local socket", ("exception",), _try("sys.modules['socket'].socket(1, 1)")),
    Attack("forks", ("exception",), _f("os.fork()", f"return {ESCAPED!r}")),
    Attack("starts a program by the shell", ("exception",), _try("os.system('echo x > ' + path) == 0")),
    Attack("becomes a program", ("exception",), _f("os.execv('/bin/sh', ['sh', '-c', 'echo x > ' + path])")),
    Attack("starts a thread", ("exception",), _try("sys.modules['_thread'].start_new_thread(f, ())")),
    Attack("kills its parent", ("exception",), _f("os.kill(os.getppid(), 9)", f"return {ESCAPED!r}")),
    Attack("sleeps", ("exception",), _f("sys.modules['time'].sleep(100)", f"return {ESCAPED!r}")),
    Attack("calls open in C", ("exception",), _try("libc.open(path.encode(), 0) >= 0")),
    Attack("traces its parent", ("exception",), _try("libc.ptrace(16, os.getppid(), 0, 0) == 0")),
    Attack("a file in memory", ("exception",), _try("libc.memfd_create(b'x', 0) >= 0")),
    Attack("a call by number", ("exception",), _try("libc.syscall(425, 8, 0) >= 0")),
    Attack("a call of the second table", ("exception",),
           _try("libc.syscall(0x40000000 | 2, path.encode(), 0) >= 0")),
    Attack("memory that can be executed", ("exception",), _f("c = sys.modules['ctypes']", "map_ = libc.mmap",
           "map_.restype = c.c_void_p", "found = map_(None, c.c_size_t(4096), 7, 0x22, -1, c.c_size_t(0))",
           f"if found != c.c_void_p(-1).value: return {ESCAPED!r}", "raise PermissionError")),
    Attack("lifts its limits", ("exception",), _f("r = sys.modules['resource']", "r.setrlimit(r.RLIMIT_CPU, (99, 99))",
           f"return {ESCAPED!r}")),
    Attack("stops its clock", ("exception",), _f("s = sys.modules['signal']", "s.setitimer(s.ITIMER_PROF, 0)",
           f"return {ESCAPED!r}")),
    Attack("ignores the end of its time", ("exception",), _f("s = sys.modules['signal']",
           "s.signal(s.SIGPROF, s.SIG_IGN)", f"return {ESCAPED!r}")),
    Attack("reads the environment", ("exception",), _try("os.environ or os.environb")),
    Attack("asks for true randomness", ("exception",), _try("os.urandom(8)")),
    Attack("becomes root", ("exception",), _f("os.setuid(0)", "os.setgid(0)", f"return {ESCAPED!r}")),
    Attack("closes its pipe", ("exception",), _f("os.close(3)", f"return {ESCAPED!r}")),
    Attack("reads the request pipe", ("exception",), _try("os.read(0, 100) or os.read(1, 100)")),
    Attack("floods its pipe", ("output_too_large",), _f("while True: os.write(3, b'x' * 65536)")),
    Attack("answers and stays", ("timeout",), _f(FORGED, "while True: pass")),
    Attack("answers twice", ("died",), _f(FORGED, "return 2")),
    Attack("answers nonsense", ("died",), _f("os.write(3, b'[[[[\\xff')", "os._exit(0)")),
    Attack("answers a deep nest", ("died",), _f("os.write(3, b'[' * 100_000)", "os._exit(0)")),
    Attack("ends at once", ("died",), _f("os._exit(0)")),
    Attack("crashes the interpreter", ("died",), _f("sys.modules['ctypes'].string_at(0)")),
    # It holds the pipe, so it can say anything of itself; what it is compared with is elsewhere.
    Attack("forges its own result", ("value",), _f(FORGED, "os._exit(0)")),
    Attack("changes a module for the next", ("value",), _f("sys.modules['json'].dumps = None",
           "sys.modules['math'].sqrt = None", "sys.modules['builtins'].len = None", "return 0")),
)  # fmt: skip
AFTERWARDS = Call("import math\ndef f(x):\n    return [math.sqrt(x), len('ab')]", "16")


def attack(programs: Programs) -> Iterator[Finding | str]:
    """Runs every attack; yields what came of it, and a line for each trace that one has left anywhere."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        canary = Path(folder) / "canary"
        canary.write_text(CANARY)
        os.chmod(folder, 0o777)  # a program that became another user could write here too
        canary.chmod(0o666)
        head = REAL_MODULES.format(path=str(canary), port=listener.getsockname()[1])
        for one in TASKS:
            yield _tried(one, programs, one.program)
        for one in ESCAPES:
            yield _tried(one, programs, head + one.program)
        if not canary.is_file() or canary.read_text() != CANARY:
            yield "a file was changed"
        try:
            listener.accept()
            yield "a connection was made"
        except BlockingIOError:
            pass
    if left := children(programs.pids()):
        yield f"processes are left: {left}"
    if programs.run([AFTERWARDS])[0].value != "[4.0, 2]":
        yield "the next program does not run as it should"


def _tried(one: Attack, programs: Programs, program: str) -> Finding:
    start = time.monotonic()
    if one in TASKS:
        outcome = programs.run([Call(program, one.arguments)])[0]
    else:
        found = programs.values(Solution(program, "f", (NO_ARGUMENTS,)))
        outcome = found if isinstance(found, Outcome) else Outcome(canonical(found[0]), None, 0.0)
    seconds = time.monotonic() - start
    held = (outcome.fault or "value") in one.held and outcome.value != repr(ESCAPED)
    return Finding(one, outcome, seconds, held and seconds < programs.config.timeout_seconds + LATE_SECONDS)


def children(pids: list[int]) -> list[int]:
    """Process ids of all that the given processes have started and that still run (Linux)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # gone meanwhile
        if int(fields[1]) in pids and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found
