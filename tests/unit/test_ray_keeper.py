"""The keeper ends what belongs to its owner once that is gone, however it went, and nothing else."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import descendants
from zygote import wait_until

from oneshot_rlvr.isolation import keeper as keeper_module

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
# A driver: starts its keeper and then waits; a line on its stdin makes it close the keeper's pipe and go on.
DRIVER = """
import sys
from oneshot_rlvr.isolation import keeper as keeper_module
keeper = keeper_module.start()
print(keeper.pid, flush=True)
sys.stdin.readline()
keeper.communicate()
print("closed", flush=True)
sys.stdin.readline()
"""


def alive(pid: int) -> bool:
    """A zombie is not."""
    path = Path(f"/proc/{pid}/stat")
    return path.exists() and path.read_text().rpartition(")")[2].split()[0] != "Z"


def daemon(session: Path) -> subprocess.Popen[bytes]:
    """A process with a file of the session open, in a process group of its own, that nobody's death ends."""
    (session / "logs").mkdir(parents=True, exist_ok=True)
    with (session / "logs" / "x.log").open("w") as log:
        return subprocess.Popen(["sleep", "300"], stdout=log, stdin=subprocess.DEVNULL, start_new_session=True)


@pytest.mark.parametrize("ending", ["kill", "kill group", "close"])
def test_what_a_driver_started_ends_with_it(tmp_path: Path, ending: str) -> None:
    driver = subprocess.Popen([sys.executable, "-c", DRIVER], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, start_new_session=True)  # fmt: skip
    assert driver.stdin is not None and driver.stdout is not None
    keeper = int(driver.stdout.readline())
    mine = daemon(tmp_path / f"session_2026-11-25_17-35-45_434926_{driver.pid}")
    other = daemon(tmp_path / f"session_2026-11-25_17-35-45_434926_9{driver.pid}")  # another driver's
    try:
        assert keeper_module.members(driver.pid) == [mine.pid]
        if ending == "close":
            driver.stdin.write("\n")
            driver.stdin.flush()
            assert driver.stdout.readline() == "closed\n"
        else:
            os.kill(keeper, signal.SIGTERM)  # a scheduler's signal to the whole job does not end it
            (os.killpg if "group" in ending else os.kill)(driver.pid, signal.SIGKILL)
        assert mine.wait(20) == -signal.SIGKILL
        wait_until(lambda: not alive(keeper), 20)
        assert (driver.poll() is None) == (ending == "close") and other.poll() is None
    finally:
        for process in (driver, mine, other):
            process.kill()
            process.wait()


# The owner of an engine: three processes below each other, the last in a session of its own; then the ending.
OWNER = """
import os, signal, subprocess, sys, time
from oneshot_rlvr.isolation import keeper as keeper_module
third = "exec sleep 300"
second = f"import subprocess, time; subprocess.Popen(['sh', '-c', {third!r}], start_new_session=True); time.sleep(300)"
first = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {second!r}]); time.sleep(300)"
if "fail" in sys.argv:
    try:
        with keeper_module.kept() as keeper:
            subprocess.Popen([sys.executable, "-c", first])
            print(keeper.pid, flush=True)
            sys.stdin.readline()
            raise ValueError
    except ValueError:
        print("failed", flush=True)
        time.sleep(300)
with keeper_module.kept() as keeper:
    subprocess.Popen([sys.executable, "-c", first])
assert keeper_module.MARK not in os.environ
subprocess.Popen(["sleep", "300"])  # a grader, say: no part of the engine
print(keeper.pid, flush=True)
sys.stdin.readline()
if "close" in sys.argv:
    keeper.communicate()
    print("closed", flush=True)
    time.sleep(300)
if "exit" in sys.argv:
    os._exit(0)  # nothing is tidied up
"""


def engine_and_others(pid: int) -> tuple[set[int], set[int]]:
    """Processes below `pid`, those with the keeper's mark and the rest (a zombie has no command line)."""
    marked, others = set[int](), set[int]()
    for child in (child for child, line in descendants(pid).items() if line):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # gone since it was listed
            environment = Path(f"/proc/{child}/environ").read_bytes()
            (marked if b"RLVR_KEPT_BY=" in environment else others).add(child)
    return marked, others


@pytest.mark.parametrize("ending", ["kill", "kill group", "terminate", "exit", "close", "fail"])
def test_an_engine_ends_with_its_owner(ending: str) -> None:
    """Children, grandchildren and sessions of their own; within 5 seconds."""
    engine, others = set[int](), set[int]()
    owner = subprocess.Popen([sys.executable, "-c", OWNER, ending], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True, start_new_session=True)  # fmt: skip
    assert owner.stdin is not None and owner.stdout is not None
    try:
        owner.stdout.readline()
        wait_until(lambda: [*map(len, engine_and_others(owner.pid))] == [3, ending != "fail"], 60)
        engine, others = engine_and_others(owner.pid)
        signals = {"kill": (os.kill, 9), "kill group": (os.killpg, 9), "terminate": (os.kill, 15)}
        start = time.monotonic()
        if ending in signals:
            send, number = signals[ending]
            send(owner.pid, number)
        else:
            owner.stdin.write("\n")
            owner.stdin.flush()
        wait_until(lambda: not any(map(alive, engine)), 5)
        if ending in ("close", "fail"):
            assert owner.stdout.readline() == f"{ending}{'d' if ending == 'close' else 'ed'}\n"
            assert time.monotonic() - start < 5
            assert owner.poll() is None and all(map(alive, others))
    finally:
        owner.kill()
        owner.wait()
        for pid in filter(alive, others):
            os.kill(pid, signal.SIGKILL)
