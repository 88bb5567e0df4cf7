"""The processes that run programs of a model: what comes back, what cannot get out, what is left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import processes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oneshot_rlvr.cli import main
from oneshot_rlvr.config.schema import ExecutorConfig
from oneshot_rlvr.errors import RunError
from oneshot_rlvr.grading.literals import Malformed, parse_value
from oneshot_rlvr.isolation import red_team, seccomp, wire
from oneshot_rlvr.isolation.programs import Call, Check, Outcome, Programs, Solution
from oneshot_rlvr.paths import PACKAGE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the filter of system calls is Linux's")

LIMIT = 0.4  # CPU seconds
NOBODY = 65534


@pytest.fixture(scope="module")
def programs() -> Iterator[Programs]:
    with Programs(ExecutorConfig(timeout_seconds=LIMIT, workers=1)) as found:
        yield found


def outcome(programs: Programs, program: str, arguments: str = "", hash_seed: int = 0) -> Outcome:
    return programs.run([Call(program, arguments, hash_seed)])[0]


def returns(expression: str, head: str = "") -> str:
    return f"{head}\ndef f():\n    return {expression}\n"


def assert_held(findings: "list[red_team.Finding | str]") -> None:
    said = [found for found in findings if isinstance(found, str)]
    tried = [found for found in findings if isinstance(found, red_team.Finding)]
    assert len(tried) == len(red_team.TASKS) + len(red_team.ESCAPES) > 60
    assert not said
    assert not [f"{f.attack.name}: {f.outcome}, {f.wall_seconds:.1f} s" for f in tried if not f.held]
    # Most end at once; those that use up their time are 6, and the machine may be at work.
    assert sum(f.wall_seconds > LIMIT + 0.5 for f in tried) <= 20


def test_doctor_tries_every_attack(capsys: pytest.CaptureFixture[str]) -> None:
    """As whoever runs the tests; where that is root, the programs run as nobody."""
    assert main(["doctor", "--sandbox"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert any("system calls: seccomp filter" in line for line in said)
    assert sum(line.startswith("  held: ") for line in said) == len(red_team.TASKS) + len(red_team.ESCAPES)
    assert said[-1] == "all 67 held; nothing changed, nothing left behind"


@pytest.mark.skipif(os.geteuid() != 0, reason="for root alone")
def test_red_team_that_stays_root() -> None:
    with Programs(ExecutorConfig(timeout_seconds=LIMIT, workers=1), user=None) as as_root:
        assert as_root.layers["user"].startswith("0,")
        assert_held(list(red_team.attack(as_root)))


AS_NOBODY = """
import json, os, sys
from oneshot_rlvr.config.schema import ExecutorConfig
from oneshot_rlvr.isolation import programs, red_team
os.setgroups([]); os.setgid({user}); os.setuid({user})
with programs.Programs(ExecutorConfig(timeout_seconds={limit}, workers=1), python={python!r}) as pool:
    found = [f if isinstance(f, str) else [f.attack.name, f.held, str(f.outcome)] for f in red_team.attack(pool)]
    print(json.dumps([pool.layers["user"], found]))
"""


def python_of_anybody() -> str | None:
    """An interpreter that another user may start, as new as this package needs."""
    for path in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        program = "import sys; sys.exit(sys.version_info < (3, 11))"
        try:
            done = subprocess.run([path, "-S", "-c", program], user=NOBODY, capture_output=True, cwd="/")
        except OSError:
            continue
        if done.returncode == 0:
            return path
    return None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_red_team_as_another_user() -> None:
    python = python_of_anybody()
    if python is None:
        pytest.skip("no interpreter that another user may start")
    program = AS_NOBODY.format(user=NOBODY, limit=LIMIT, python=python)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=PACKAGE.parent)
    if "Permission denied" in done.stderr:
        pytest.skip("another user may not read this checkout")
    assert done.returncode == 0, done.stderr
    user, found = json.loads(done.stdout)
    assert user == f"{NOBODY}, as it was started"
    assert len(found) > 60 and not [f for f in found if isinstance(f, str) or not f[1]]


# ---- what comes back


def test_a_value_comes_back_as_one_text(programs: Programs) -> None:
    found = outcome(programs, "def f(n, *, m=1):\n    return {'b': n, 'a': {3, 1}}", "2, m=3")
    assert found == Outcome("{'a': {1, 3}, 'b': 2}", None, found.seconds)
    assert 0 < found.seconds < LIMIT


def test_arguments_keep_their_order_and_type(programs: Programs) -> None:
    found = outcome(
        programs, "def f(d, t):\n    return list(d), type(t).__name__, d['b']", "{'b': -1.5, 'a': b'x'}, (1,)"
    )
    assert found.value == "(['b', 'a'], 'tuple', -1.5)"


@pytest.mark.parametrize(
    ("program", "fault", "detail"),
    [
        ("def f(:\n    pass", "syntax", "invalid syntax, line 1"),
        ("def f():\n    return 1\x00", "syntax", ""),
        ("def g():\n    return 1", "policy", "no function f"),
        ("f = 3", "policy", "no function f"),
        ("import numpy\ndef f():\n    return 1", "policy", "import numpy"),
        ("from . import x\ndef f():\n    return 1", "policy", "import ."),
        ("async def f():\n    return 1", "policy", "AsyncFunctionDef"),
        ("def f():\n    return 1 / 0", "exception", "ZeroDivisionError"),
        ("1 / 0\ndef f():\n    return 1", "exception", "ZeroDivisionError"),
        ("def f(x):\n    return 1", "exception", "TypeError"),
        ("def f():\n    yield 1", "non_literal", "generator"),
        ("def f():\n    return float('nan')", "non_literal", "a float that is not finite"),
        ("def f():\n    return f", "non_literal", "function"),
        ("def f():\n    return 7 ** 7000", "output_too_large", ""),
        ("def f():\n    while True: pass", "timeout", ""),
        ("def f():\n    return 'x' * 10 ** 10", "memory", ""),
    ],
)
def test_faults(programs: Programs, program: str, fault: str, detail: str) -> None:
    found = outcome(programs, program)
    assert (found.value, found.fault) == (None, fault)
    assert detail in found.detail


@pytest.mark.parametrize(
    ("head", "expression", "value"),
    [
        ("import math", "math.isqrt(17)", "4"),
        ("from collections import Counter, OrderedDict", "dict(Counter('aab'))", "{'a': 2, 'b': 1}"),
        ("import collections.abc", "isinstance([], collections.abc.Sequence)", "True"),
        ("import collections.abc as a", "isinstance([], a.Sequence)", "True"),
        ("from itertools import *", "list(accumulate([1, 2, 3]))", "[1, 3, 6]"),
        ("from typing import List, Optional\ndef g(x: List[Optional[int]]) -> int:\n    return x[0]", "g([1])", "1"),
        ("from dataclasses import dataclass\n@dataclass(order=True)\nclass P:\n    x: int", "P(3).x + (P(1) < P(2))",
         "4"),
        ("import enum\nclass E(enum.Enum):\n    A = 1", "[e.name for e in E]", "['A']"),
        ("import re, string", "re.sub('[^a-z]', '', 'a1b') + string.digits[:2]", "'ab01'"),
        ("from decimal import Decimal\nfrom fractions import Fraction", "str(Decimal('1.10') + 1), str(Fraction(2, 4))",
         "('2.10', '1/2')"),
        ("import heapq, bisect, functools, operator, copy, statistics",
         "heapq.nsmallest(2, [3, 1, 2]), bisect.bisect([1, 2], 1), functools.reduce(operator.add, [1, 2]), "
         "copy.deepcopy([[1]]), statistics.median([1, 9, 4])", "([1, 2], 1, 3, [[1]], 4)"),
        ("class A:\n    def __init__(self, x):\n        self.x = x\n    def __add__(self, o):\n"
         "        return A(self.x + o.x)", "(A(1) + A(2)).x", "3"),
        ("class A:\n    def __init__(self):\n        self.x = 1\nclass B(A):\n    def __init__(self):\n"
         "        super().__init__()", "B().x", "1"),
        ("def g(input, id=3):\n    return input + id", "g(1)", "4"),
        ("print('hello')", "print(1)", "None"),
        ("", "f'{1:>3}' + '{:.2f}'.format(2) + 'é'.upper()", "'  12.00É'"),
        ("", "[type(1) == int, sorted({2, 1}), max(1, 2), sum([1]), hash(1)]", "[True, [1, 2], 2, 1, 1]"),
    ],
)  # fmt: skip
def test_plain_python_runs(programs: Programs, head: str, expression: str, value: str) -> None:
    assert outcome(programs, returns(expression, head)).value == value


def test_many_calls_keep_their_order() -> None:
    with Programs(ExecutorConfig(workers=3)) as several:
        calls = [Call("def f(n):\n    return n * n", str(n), n % 2) for n in range(60)]
        assert [found.value for found in several.run(calls)] == [str(n * n) for n in range(60)]


# ---- faults of the published executor, which this one must not have


def both(programs: Programs, program: str, arguments: str = "") -> list[Outcome]:
    return programs.run([Call(program, arguments, 0), Call(program, arguments, 1)])


@pytest.mark.parametrize(
    "program",
    [
        returns("hash('abc')"),
        returns("list({'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'})"),
        returns("str(object())"),
        returns("hash(object())"),
        returns("[str(f), str(lambda: 1)]"),
    ],
)
def test_a_program_that_differs_between_processes_shows_it(programs: Programs, program: str) -> None:
    first, second = both(programs, program)
    assert first.value is not None and first.value != second.value


def test_a_program_that_counts_its_calls_is_the_same_in_both(programs: Programs) -> None:
    program = "def f():\n    f.n = getattr_or(f) + 1\n    return f.n\ndef getattr_or(g):\n    return g.n\nf.n = 0\n"
    assert [found.value for found in both(programs, program)] == ["1", "1"]


@pytest.mark.parametrize("raised", ["StopIteration", "Exception('x')", "KeyboardInterrupt", "SystemExit(0)", "C"])
def test_whatever_is_raised_is_no_value(programs: Programs, raised: str) -> None:
    found = outcome(programs, f"class C(BaseException):\n    pass\ndef f():\n    raise {raised}\n")
    assert found.value is None and found.fault == "exception"


@pytest.mark.parametrize("text", ["gold", "output", "4) or (1", "[g for g in (1,)]", "__import__('os').getcwd()"])
def test_the_text_of_an_answer_is_never_run(programs: Programs, text: str) -> None:
    with pytest.raises(Malformed):
        parse_value(text)
    assert outcome(programs, "def f(x):\n    return x", text).fault == "non_literal"


@pytest.mark.parametrize("kind", ["object", "int", "str", "list"])
def test_an_object_that_equals_everything_is_no_value(programs: Programs, kind: str) -> None:
    head = f"class A({kind}):\n    def __eq__(self, other):\n        return True\n    __hash__ = None\n"
    assert outcome(programs, returns("A()", head.replace("    __hash__ = None\n", ""))).fault == "non_literal"
    assert outcome(programs, returns("[{'a': A()}]", head.replace("    __hash__ = None\n", ""))).fault == "non_literal"


def test_a_long_value_is_whole_or_refused(programs: Programs) -> None:
    assert outcome(programs, returns("'x' * 1000")).value == repr("x" * 1000)
    assert outcome(programs, returns("'x' * 1998")).value == repr("x" * 1998)
    assert outcome(programs, returns("'x' * 1999")).fault == "output_too_large"
    assert outcome(programs, returns("list(range(1000))")).fault == "output_too_large"
    assert outcome(programs, "def f(x):\n    return 1", repr("x" * 1999)).fault == "non_literal"


def test_arguments_over_several_lines_are_the_same_everywhere(programs: Programs) -> None:
    assert outcome(programs, "def f(a, b):\n    return a + b", "1,\n   2").value == "3"


def test_a_counter_is_no_literal(programs: Programs) -> None:
    head = "from collections import Counter, defaultdict, namedtuple"
    for expression in ("Counter('aab')", "defaultdict(int)", "namedtuple('P', 'x')(1)"):
        assert outcome(programs, returns(expression, head)).fault == "non_literal"


@pytest.mark.parametrize("line", [
    "import os.path", "from os import environ", "import sys", "import ctypes", "import socket",
    "import urllib.request", "from shutil import rmtree", "import random", "import datetime", "import time",
    "import secrets", "import subprocess",
])  # fmt: skip
def test_modules_are_allowed_by_name(programs: Programs, line: str) -> None:
    assert outcome(programs, returns("1", line)).fault == "policy"
    assert outcome(programs, f"def f():\n    {line}\n    return 1\n").fault == "policy"


def test_a_changed_module_does_not_reach_the_next_program(programs: Programs) -> None:
    assert (
        outcome(programs, "import math\nmath.floor = lambda x: 42\ndef f():\n    return math.floor(1.5)").value == "42"
    )
    assert outcome(programs, "import math\ndef f():\n    return math.floor(1.5)").value == "1"


# ---- tests of benchmarks

ADD = "def add(a, b):\n    return a + b\n"
TESTS = "def check(candidate):\n    for i in range(20):\n        assert candidate(i, 1) == i + 1\n"


def test_a_program_is_checked_by_tests_in_another_process(programs: Programs) -> None:
    assert programs.check(Check(ADD, "add", TESTS)).value == "True"
    wrong = programs.check(Check(ADD.replace("+", "-"), "add", TESTS))
    assert (wrong.value, wrong.detail) == ("False", "AssertionError: ")
    assert programs.check(Check(ADD, "sub", TESTS)).fault == "exception"
    assert programs.check(Check("def add(", "add", TESTS)).fault == "syntax"
    assert "ZeroDivisionError" in programs.check(Check("def add(a, b):\n    return 1 / 0", "add", TESTS)).detail
    assert programs.check(Check("def add(a, b):\n    while 1: pass", "add", TESTS)).fault == "timeout"
    assert programs.check(Check(ADD, "add", "assert add(1, 2) == 3")).value == "True"


def test_the_tests_use_helpers_and_the_same_random_numbers_twice(programs: Programs) -> None:
    tests = ("def check(candidate):\n    import random\n    for _ in range(5):\n        x = random.random()\n"
             "        assert candidate(x, twice(x)) == x + twice(x)\n")  # fmt: skip
    assert programs.check(Check(ADD, "add", tests, setup="def twice(x):\n    return 2 * x")).value == "True"


@pytest.mark.parametrize(
    "program",
    [
        "class A:\n    def __eq__(self, o): return True\ndef add(a, b): return A()",
        "class A(int):\n    def __eq__(self, o): return True\ndef add(a, b): return A(0)",
        "import builtins\ndef add(a, b): return 0",
        "def add(a, b):\n    raise AssertionError('passed')",
        red_team.REAL_MODULES.format(path="/x", port=1)
        + "def add(a, b):\n    os.write(3, b'[\"value\", \"passed\"]')\n    os._exit(0)",
        red_team.REAL_MODULES.format(path="/x", port=1)
        + "def add(a, b):\n    os.write(3, b'[\"needed\", [[1]]]')\n    os._exit(0)",
        red_team.REAL_MODULES.format(path="/x", port=1) + "sys.modules['builtins'].AssertionError = None\n"
        "def add(a, b): return 0",
    ],
)  # fmt: skip
def test_a_program_cannot_pass_by_fooling_its_tests(programs: Programs, program: str) -> None:
    assert programs.check(Check(program, "add", TESTS)).value != "True"


def test_tests_that_catch_everything_are_answered_all_the_same(programs: Programs) -> None:
    tests = "def check(g):\n    try:\n        found = g(1, 2)\n    except BaseException:\n        found = 3\n"
    tests += "    assert found == 3\n"
    assert programs.check(Check(ADD, "add", tests)).value == "True"
    assert programs.check(Check(ADD.replace("+", "-"), "add", tests)).value == "False"


@pytest.mark.parametrize("reference", ["", ADD])
def test_calls_of_tests_are_found_with_a_reference_or_one_by_one(programs: Programs, reference: str) -> None:
    """The second call depends on what the first returned, so that a wrong program makes another one."""
    tests = "def check(g):\n    assert g(g(1, 2), 10) == 13\n"
    assert programs.check(Check(ADD, "add", tests, reference=reference)).value == "True"
    assert programs.check(Check("def add(a, b):\n    return 5", "add", tests, reference=reference)).value == "False"


def test_forged_values_that_take_long_to_read_cost_their_own_time(programs: Programs) -> None:
    """A set of numbers of equal hash: reading 50,000 of them takes a minute, and happens under the program's limits."""
    write = (
        "    numbers = b','.join(str(n * (2 ** 61 - 1)).encode() for n in range(50_000))\n"
        '    os.write(3, b\'["value", [["value", {"set": [\' + numbers + b\']}]]]\')\n    os._exit(0)\n'
    )
    program = red_team.REAL_MODULES.format(path="/x", port=1) + f"def add(a, b):\n{write}"
    start = time.monotonic()
    found = programs.check(Check(program, "add", "def check(g):\n    assert g(1, 2)"))
    assert found.fault == "timeout"
    assert time.monotonic() - start < 20


def test_tests_that_call_nothing_pass_nobody(programs: Programs) -> None:
    found = programs.check(Check(ADD, "add", "def check(candidate):\n    pass"))
    assert (found.value, found.detail) == ("False", "the tests call nothing")


def test_tests_that_fail_by_themselves_are_an_error(programs: Programs) -> None:
    with pytest.raises(RunError, match="fail by themselves: syntax"):
        programs.check(Check(ADD, "add", "def check("))


def test_values_of_a_solution(programs: Programs) -> None:
    calls = tuple([[n, n], {"dict": []}] for n in (1, 2))
    assert programs.values(Solution(ADD, "add", calls)) == [2, 4]
    wide = (
        "from collections import Counter\ndef add(a, b):\n    return [Counter('ab'), 1j, float('inf'), frozenset([1])]"
    )
    assert programs.values(Solution(wide, "add", calls[:1])) == [[{"a": 1, "b": 1}, 1j, float("inf"), frozenset([1])]]
    failed = programs.values(Solution("def add(a, b):\n    return 1 // (a - 2)", "add", calls))
    assert isinstance(failed, Outcome) and failed.detail == "ZeroDivisionError"


# ---- processes


def test_a_zygote_that_is_killed_is_replaced(programs: Programs) -> None:
    (pid, *_) = programs.pids()
    os.kill(pid, signal.SIGKILL)
    assert outcome(programs, returns("1")).value == "1"
    assert pid not in programs.pids()


def test_the_zygote_sees_nothing_of_this_process(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "abc")
    with Programs(ExecutorConfig(workers=1), user=None) as fresh, open("/dev/null") as file:
        os.set_inheritable(file.fileno(), True)
        fresh.run([Call(returns("1"), "", 1)])
        for pid in fresh.pids():
            environment = Path(f"/proc/{pid}/environ").read_bytes().rstrip(b"\0").split(b"\0")
            assert {line.partition(b"=")[0] for line in environment} <= {b"PYTHONHASHSEED", b"LD_LIBRARY_PATH"}
            assert sorted(int(fd.name) for fd in Path(f"/proc/{pid}/fd").iterdir()) == [0, 1, 2]
            status = Path(f"/proc/{pid}/status").read_text()
            assert "NoNewPrivs:\t1" in status and "Threads:\t1" in status


@pytest.mark.parametrize("hangs", [False, True])
def test_nothing_is_left_of_a_pool_whose_process_is_killed(hangs: bool) -> None:
    program = (
        "import sys, time\nfrom oneshot_rlvr.config.schema import ExecutorConfig\n"
        "from oneshot_rlvr.isolation.programs import Call, Programs\n"
        "pool = Programs(ExecutorConfig(workers=1, timeout_seconds=30))\n"
        f"hangs = {hangs} and pool.submit(Call('def f():\\n    while True: pass', ''))\n"
        "time.sleep(0.5 if hangs else 0)\nprint(pool.pids()[0], flush=True)\ntime.sleep(100)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=PACKAGE.parent) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        family = processes.family(owner.pid)
        assert len(family) == 1 + hangs
        owner.kill()
        assert not processes.survivors(family, 20)


def test_close_ends_the_processes_and_refuses_more() -> None:
    pool = Programs(ExecutorConfig(workers=1))
    pids = pool.pids()
    pool.close()
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    with pytest.raises(RuntimeError):
        pool.run([Call(returns("1"), "")])


def test_close_does_not_wait_for_a_program_that_hangs() -> None:
    pool = Programs(ExecutorConfig(workers=1, timeout_seconds=60))
    hangs = pool.submit(Call("def f():\n    while True: pass", ""))
    family = set()
    while not family:  # the child of the zygote
        family = processes.family(pool.pids()[0])
    start = time.monotonic()
    pool.close()
    assert time.monotonic() - start < 20
    with pytest.raises(RunError, match="closed"):
        hangs.result()
    assert not processes.survivors(family, 10)


def test_close_does_not_wait_for_a_process_that_starts_meanwhile() -> None:
    pool = Programs(ExecutorConfig(workers=2, timeout_seconds=60))
    hangs = [pool.submit(Call("def f():\n    while True: pass", "")) for _ in range(2)]
    while not all(one.running() for one in hangs):
        pass
    start = time.monotonic()
    pool.close()  # the second worker starts its process now
    assert time.monotonic() - start < 20
    for one in hangs:
        with pytest.raises(RunError, match="closed"):
            one.result()


# ---- where no filter can be installed

# Under this filter the kernel refuses a further one, as some hosts do.
NO_FILTERS = """
import os, struct, sys
from oneshot_rlvr.cli import main
from oneshot_rlvr.isolation import seccomp
number = {{"x86_64": 157, "aarch64": 167}}[os.uname().machine]
lines = [(0x20, 0, 0, 0), (0x15, 0, 3, number), (0x20, 0, 0, 16), (0x15, 0, 1, seccomp.PR_SET_SECCOMP),
         (6, 0, 0, 0x00050000 | 22), (6, 0, 0, seccomp.ALLOW)]
user = {user}
if user:
    from oneshot_rlvr.config.schema import ExecutorConfig
    from oneshot_rlvr.isolation.programs import Call, Programs
    os.setgroups([]); os.setgid(user); os.setuid(user)
seccomp.install(b"".join(struct.pack("HBBI", *line) for line in lines))
if not user:
    sys.exit(main({words!r}))
with Programs(ExecutorConfig(workers=1, allow_unsandboxed=True, timeout_seconds=0.4), python={python!r}) as pool:
    print(pool.layers["system calls"])
    print([o.value or o.fault for o in pool.run([Call("def f(x):\\n    return x", "1"),
                                                 Call("def f():\\n    while True: pass", "")])])
"""


def under_no_filters(program: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=PACKAGE.parent)


@pytest.mark.parametrize("command", ["doctor", "eval", "train"])
def test_without_a_filter_nothing_runs(command: str, tmp_path: Path) -> None:
    """One line, before a model is looked at."""
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps({"prompt": "def g():\n", "entry_point": "g", "test": "assert g() == 1"}) + "\n")
    words = ["doctor", "--sandbox"]
    if command == "eval":
        words = ["eval", "--model", "sandbox:base_e", "--benchmarks", str(file), "--output", str(tmp_path / "out")]
    if command == "train":  # self-play
        words = ["train", "+experiment=azr_coder_7b", "model=tiny_random", "model.template=think-answer",
                 "data.validation=null", "data.max_prompt_tokens=2000", "rollout.max_new_tokens=2000",
                 f"trainer.output_dir={tmp_path / 'out'}"]
    done = under_no_filters(NO_FILTERS.format(user=0, python=sys.executable, words=words))
    assert done.returncode == 2, done.stderr
    assert done.stdout == "" and len(done.stderr.splitlines()) == 1
    assert "cannot be run here safely: the filter cannot be installed: Invalid argument" in done.stderr
    assert "executor.allow_unsandboxed=true" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_without_a_filter_programs_run_where_that_is_asked_for() -> None:
    python = python_of_anybody()
    if python is None:
        pytest.skip("no interpreter that another user may start")
    done = under_no_filters(NO_FILTERS.format(user=NOBODY, python=python, words=[]))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "NONE: the filter cannot be installed: Invalid argument", "['1', 'timeout']",
    ]  # fmt: skip
    assert "warning: programs of a model run without a sandbox" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="for root alone")
def test_root_is_refused_without_a_filter_whatever_is_asked_for() -> None:
    program = NO_FILTERS.format(user=0, python=sys.executable, words=[]).replace("sys.exit(main([]))", "pass")
    program = program.replace("if user:", "if True:")
    program = program.replace("os.setgroups([]); os.setgid(user); os.setuid(user)", "pass")
    done = under_no_filters(program)
    assert done.returncode != 0 and "UserError" in done.stderr and "never as root" in done.stderr


def test_a_machine_without_a_table_is_refused() -> None:
    with pytest.raises(seccomp.CannotFilter, match="no table of system calls for riscv64; there are those of x86_64"):
        seccomp.program("riscv64")


@pytest.mark.parametrize("machine", seccomp.TABLES)
def test_the_filter_decides_call_by_call(machine: str) -> None:
    """The instructions, carried out here: allowed calls, one with PROT_EXEC, others, another architecture."""
    word, allowed, without_exec = seccomp.TABLES[machine]
    lines = seccomp.program(machine)
    for number in range(600):
        expected = seccomp.ALLOW if number in (*allowed, *without_exec) else seccomp.REFUSE
        assert decide(lines, word, number, protection=3) == expected, number
    for number in without_exec:
        assert decide(lines, word, number, protection=7) == seccomp.REFUSE
    assert decide(lines, word, seccomp.X32 | allowed[0], 0) == seccomp.REFUSE
    assert decide(lines, word ^ 1, allowed[0], 0) == seccomp.KILL


def decide(lines: bytes, word: int, number: int, protection: int) -> int:
    given = {seccomp.NUMBER: number, seccomp.ARCHITECTURE: word, seccomp.THIRD_ARGUMENT: protection}
    place, held = 0, 0
    while True:
        code = int.from_bytes(lines[place * 8 : place * 8 + 2], "little")
        yes, no = lines[place * 8 + 2], lines[place * 8 + 3]
        value = int.from_bytes(lines[place * 8 + 4 : place * 8 + 8], "little")
        place += 1
        if code == seccomp.RETURN:
            return value
        if code == seccomp.LOAD:
            held = given[value]
            continue
        holds = {seccomp.EQUAL: held == value, seccomp.AT_LEAST: held >= value, seccomp.ANY_BIT: bool(held & value)}[
            code
        ]
        place += yes if holds else no


# ---- values between processes

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6) | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3) | st.sets(st.integers(), max_size=3)
    ),
    max_leaves=10,
)  # fmt: skip


@given(plain)
@settings(max_examples=200, deadline=None)
def test_what_is_written_is_read_back(value: object) -> None:
    found = wire.read(json.loads(json.dumps(wire.Writer(10_000, exact=False).written(value))))
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    "forged",
    [
        {"tuple": 1}, {"set": [[]]}, {"dict": [[1]]}, {"dict": [[[], 1]]}, {"bytes": "xy"}, {"float": "1"}, {},
        {"a": 1, "b": 2},
        {"complex": [1]}, {"complex": ["x", "y"]}, {"list": []}, {"dict": {"a": 1}}, {"tuple": {"tuple": []}},
    ],
)  # fmt: skip
def test_forged_values_are_refused(forged: object) -> None:
    with pytest.raises(ValueError):
        wire.read(forged)


def test_a_forged_nest_is_refused() -> None:
    nest: object = []
    for _ in range(5000):
        nest = [nest]
    with pytest.raises(ValueError):
        wire.read(nest)
