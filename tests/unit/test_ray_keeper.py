"""The keeper ends what belongs to the sessions of its driver once that is gone, and nothing else."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from zygote import wait_until

from oneshot_rlvr.workers import ray_keeper

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
# A driver: starts its keeper and then waits; a line on its stdin makes it close the keeper's pipe and go on.
DRIVER = """
import sys
from oneshot_rlvr.workers import ray_keeper
keeper = ray_keeper.start()
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
        assert ray_keeper.members(driver.pid) == [mine.pid]
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
