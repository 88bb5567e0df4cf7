"""Killable grading processes: limits, replacement, memo cache, no orphans."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from oneshot_rlvr.errors import RunError
from oneshot_rlvr.isolation.pool import GradeItem, GraderPool
from oneshot_rlvr.types import Grade

# No grader of ours works such a number out; the library does.
TOWER = "\\boxed{9^{9^{9^{9}}}}"
TIMEOUT = Grade(None, None, "timeout")


@pytest.fixture(scope="module")
def pool():
    with GraderPool(workers=2, timeout_seconds=1.0, memory_mb=1024) as running:
        running.grade([GradeItem("\\boxed{x+1}", "y", "exact")])  # warm
        yield running


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_grades_come_in_the_order_of_the_items(pool):
    items = [GradeItem(f"\\boxed{{{n}+x}}", f"x+{n % 3}", "exact") for n in range(20)]
    assert [g.correct for g in pool.grade(items)] == [n < 3 for n in range(20)]


def test_a_hanging_item_times_out_on_cpu_and_the_others_are_graded(pool):
    start = time.monotonic()
    grades = pool.grade(
        [GradeItem(TOWER, "5", "math_verify"), *(GradeItem(f"\\boxed{{{n}y}}", f"y*{n}", "exact") for n in range(2, 6))]
    )
    assert grades[0] == TIMEOUT
    assert [g.correct for g in grades[1:]] == [True] * 4
    assert time.monotonic() - start < 15


def test_of_items_dealt_together_only_the_hanging_one_times_out(pool):
    towers = {place: f"\\boxed{{{base}^{{8^{{9^{{9}}}}}}}}" for place, base in ((20, 5), (21, 6), (70, 7))}
    items = [GradeItem(f"\\boxed{{{n}z}}", f"z*{n + n % 2}", "exact") for n in range(100)]
    for place, tower in towers.items():
        items[place] = GradeItem(tower, "5", "math_verify")
    grades = pool.grade(items)
    assert [grades[place] for place in towers] == [TIMEOUT] * 3
    assert [g.correct for n, g in enumerate(grades) if n not in towers] == [
        n % 2 == 0 for n in range(100) if n not in towers
    ]


def test_the_worker_after_a_kill_is_a_fork_not_a_new_interpreter(pool):
    pool.grade([GradeItem("\\boxed{8^{9^{9^{9}}}}", "5", "math_verify")])
    start = time.monotonic()
    assert pool.grade([GradeItem("\\boxed{\\frac{3}{4}}", "0.75", "exact")])[0].correct
    assert time.monotonic() - start < 0.5


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is enforced on Linux only")
def test_memory_is_limited():
    with GraderPool(workers=1, timeout_seconds=60, memory_mb=256) as small:
        grade = small.grade([GradeItem("\\boxed{2" + " x" * 12_500_000 + "}", "5", "exact")])[0]
        assert grade.correct is None
        assert grade.reason == "error: out of memory"
        assert small.grade([GradeItem("\\boxed{2y}", "y+y", "exact")])[0].correct


def test_equal_work_is_done_once(pool):
    before = pool.counters.cache_hits
    items = [GradeItem(f"attempt {n}: \\boxed{{\\frac{{14}}{{6}}}}", "7/3", "exact") for n in range(100)]
    assert all(g.correct for g in pool.grade(items))
    assert pool.counters.cache_hits - before == 99


def test_counters_count_outcomes():
    with GraderPool(workers=1, timeout_seconds=0.5, memory_mb=1024) as fresh:
        fresh.grade(
            [
                GradeItem("\\boxed{4}", "4", "exact"),
                GradeItem("\\boxed{5}", "4", "exact"),
                GradeItem("no box", "4", "exact"),
                GradeItem(TOWER, "4", "math_verify"),
            ]
        )
        counters = fresh.counters
    assert (counters.correct, counters.wrong, counters.unparsed, counters.timeout, counters.error) == (1, 1, 1, 1, 0)


def test_plain_integers_need_no_process():
    with GraderPool(workers=1, timeout_seconds=1, memory_mb=1024) as lazy:
        for grader in ("qwen", "deepscaler", "math_verify", "exact"):
            grades = lazy.grade([GradeItem("so \\boxed{84}", "84", grader), GradeItem("so \\boxed{85}", "84", grader)])
            assert [g.correct for g in grades] == [True, False], grader
        assert lazy.pids() == []


def test_a_thousand_rollouts_of_one_problem_are_fast(pool):
    answers = ["12.8", "12.80", "\\frac{64}{5}", "12.7", "8\\sqrt[3]{4}", "V = 12.8", "24", "12"]
    items = [GradeItem(f"step {n} " * 200 + f"\\boxed{{{answers[n % 8]}}}", "12.8", "deepscaler") for n in range(1024)]
    pool.grade(items[:8])
    start = time.perf_counter()
    grades = pool.grade(items)
    assert time.perf_counter() - start < 0.2
    assert sum(g.correct is True for g in grades) == 512  # 12.8, 12.80, 64/5 and V = 12.8


def test_submit_returns_before_the_grades_are_there(pool):
    start = time.monotonic()
    pending = pool.submit([GradeItem("\\boxed{7^{9^{9^{9}}}}", "5", "math_verify")])
    assert time.monotonic() - start < 0.2
    assert not pending.done()
    assert pending.result() == [TIMEOUT]


def test_many_threads_share_a_pool(pool):
    results: dict[int, list[bool | None]] = {}

    def work(k: int) -> None:
        grades = pool.grade([GradeItem(f"\\boxed{{{n}*z}}", f"z*{k}", "exact") for n in range(10)])
        results[k] = [g.correct for g in grades]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == {k: [n == k for n in range(10)] for k in range(8)}


def test_a_stopped_worker_does_not_use_cpu_time_so_its_verdict_stands(pool):
    """Wall-clock time away from the processor is not charged to the item."""
    pending = pool.submit([GradeItem("\\boxed{6^{9^{9^{9}}}}", "5", "math_verify")])
    assert wait_until(lambda: len(children_of(pool.pids()[0])) > 0)
    workers = children_of(pool.pids()[0])
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(1.5)  # longer than the limit of 1 CPU second
    assert not pending.done()
    for pid in workers:
        os.kill(pid, signal.SIGCONT)
    assert pending.result(30) == [TIMEOUT]


def test_a_killed_worker_is_replaced_and_its_item_tried_again(pool):
    pending = pool.submit([GradeItem("\\boxed{5^{9^{9^{9}}}}", "5", "math_verify")])
    time.sleep(0.3)
    for pid in children_of(pool.pids()[0]):
        os.kill(pid, signal.SIGKILL)
    assert pending.result(30) == [TIMEOUT]  # by its second attempt, not an error


def test_a_killed_server_is_replaced_and_open_items_are_sent_again(pool):
    pending = pool.submit(
        [GradeItem("\\boxed{4^{9^{9^{9}}}}", "5", "math_verify"), GradeItem("\\boxed{3w}", "w*3", "exact")]
    )
    os.kill(pool.pids()[0], signal.SIGKILL)
    grades = pending.result(60)
    assert grades[0] == TIMEOUT
    assert grades[1].correct is True


def test_close_ends_all_processes():
    closing = GraderPool(workers=2, timeout_seconds=5, memory_mb=1024)
    closing.grade([GradeItem("\\boxed{2v}", "v+v", "exact")])
    pending = closing.submit([GradeItem(TOWER, "5", "math_verify")])
    server = closing.pids()[0]
    workers = children_of(server)
    closing.close()
    assert pending.result(5) == [Grade(None, None, "error: the pool was closed")]
    assert wait_until(lambda: not any(map(alive, [server, *workers])))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_a_killed_parent(how):
    program = (
        "from oneshot_rlvr.isolation.pool import GraderPool, GradeItem\n"
        "pool = GraderPool(2, 60.0, 1024)\n"
        "pool.grade([GradeItem('\\\\boxed{x}', 'x+1', 'exact')])\n"
        "pool.submit([GradeItem('\\\\boxed{9^{9^{9^9}}}', '5', 'math_verify')])\n"
        "print(pool.pids()[0], flush=True)\n"
        "import time; time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    server = int(parent.stdout.readline())
    assert wait_until(lambda: len(children_of(server)) > 0)
    workers = children_of(server)
    parent.send_signal(how)
    parent.wait()
    assert wait_until(lambda: not any(map(alive, [server, *workers])), seconds=8)


def test_workers_import_no_torch(pool):
    maps = Path(f"/proc/{pool.pids()[0]}/maps").read_text()
    assert "libtorch" not in maps


def test_audit_hook_stops_writing_and_commands(tmp_path):
    """Second line of defence: even code that ran in a worker could not touch anything."""
    program = (
        "import os\n"
        "from oneshot_rlvr.isolation.server import _restrict\n"
        "_restrict(2048)\n"
        "for act in (lambda: open('mark', 'w'), lambda: os.mkdir('mark'), lambda: os.system('touch mark'),\n"
        "            lambda: os.open('mark', os.O_CREAT | os.O_WRONLY), \n"
        "            lambda: __import__('subprocess').run(['touch', 'mark'])):\n"
        "    try:\n"
        "        act()\n"
        "        print('ran')\n"
        "    except PermissionError:\n"
        "        print('refused')\n"
    )
    root = Path(__file__).parents[2]
    out = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert out.stdout.split() == ["refused"] * 5, out.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_stuck_server_is_named_and_not_waited_for(monkeypatch):
    """Stopped, it neither answers nor dies; after longer than any item may take, waiting ends with its process id."""
    monkeypatch.setattr("oneshot_rlvr.isolation.pool._WALL_FACTOR", 0.0)
    monkeypatch.setattr("oneshot_rlvr.isolation.pool._WALL_EXTRA_SECONDS", -14.9)  # twice that and 30 s: 0.2 s
    with GraderPool(workers=1, timeout_seconds=1.0) as stuck:
        pending = stuck.submit([GradeItem("\\boxed{x+1}", "y", "exact")])
        (server,) = stuck.pids()
        os.kill(server, signal.SIGSTOP)
        with pytest.raises(RunError, match=rf"server: process \[{server}\]\) have not answered for 0 s"):
            pending.result()
    assert not alive(server)
