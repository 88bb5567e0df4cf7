"""Training processes that start in milliseconds: forks of one that has imported everything and computed nothing."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

SOAK = Path(__file__).resolve().parent / "soak"


class Zygote:
    """Start it once; every `start` is a new process that leads its own group and runs `rlvr` in it."""

    def __init__(self) -> None:
        paths = [str(SOAK), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self._ask({"do": "hello"})

    def _ask(self, request: dict[str, object]) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def start(self, folder: Path, *arguments: str, slow: str = "") -> "Life":
        """`folder` takes the phase file and what is printed; `slow`: see soak/trainee.py. LIFE_IN=folder is in its
        environment and in those of its children."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("phase", "out", "err"):
            (folder / name).unlink(missing_ok=True)
        request = {"do": "start", "folder": str(folder), "arguments": arguments, "slow": slow}
        return Life(self, self._ask(request), folder)

    def exit_code(self, pid: int) -> int:
        return self._ask({"do": "wait", "pid": pid})

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class Life:
    def __init__(self, zygote: Zygote, pid: int, folder: Path) -> None:
        self.zygote, self.pid, self.folder = zygote, pid, folder

    def until(self, phase: str, occurrence: int = 1) -> "Life":
        """Wait until the phase has begun; it must dwell in it (`slow`) to be met there."""
        wanted = f"{phase} {occurrence}"
        wait_until(lambda: self._phase() == wanted or self._dead())
        assert self._phase() == wanted, (self.folder / "err").read_text()
        return self

    def _phase(self) -> str:
        path = self.folder / "phase"
        return path.read_text().strip() if path.exists() else ""

    def _dead(self) -> bool:
        return Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"

    def signal(self, number: int) -> "Life":
        os.kill(self.pid, number)
        return self

    def ended(self) -> tuple[int, str]:
        """Exit code and what was printed to stderr."""
        return self.zygote.exit_code(self.pid), (self.folder / "err").read_text()


def wait_until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def _child(folder: Path, arguments: list[str], slow: str) -> int:
    import trainee

    os.setsid()
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ |= {"TRAINEE_SLOW": slow, "LIFE_IN": str(folder)}
    return trainee.main(folder / "phase", arguments)


def _serve() -> None:
    import oneshot_rlvr.trainer.loop  # noqa: F401

    for line in sys.stdin:
        request = json.loads(line)
        answer = 0
        if request["do"] == "start":
            answer = os.fork()
            if answer == 0:
                code = 1
                try:
                    code = _child(Path(request["folder"]), request["arguments"], request["slow"])
                    sys.stdout.flush()
                    sys.stderr.flush()
                finally:
                    os._exit(code)
        elif request["do"] == "wait":
            answer = os.waitstatus_to_exitcode(os.waitpid(request["pid"], 0)[1])
        print(answer, flush=True)


if __name__ == "__main__":
    _serve()
