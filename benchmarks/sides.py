"""Sides of a comparison that need a process, or an environment, of their own: a step of each in turn."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import common

FOLDER = Path(__file__).resolve().parent / "peers"
sys.path.insert(0, str(FOLDER))

from worker import Settings as Settings  # noqa: E402

PEERS = common.ROOT / ".venv-peers" / "bin" / "python"


class Side:
    """A process that does one step for each line."""

    def __init__(self, python: Path | str, script: str, settings: Settings) -> None:
        command = [str(python), str(FOLDER / script), json.dumps(dataclasses.asdict(settings))]
        self.log = Path(settings.folder) / f"{script}-{settings.engine}.log"
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log.open("w"), text=True
        )
        self.found: list[dict[str, Any]] = []

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.log.name} ended:\n{self.log.read_text()[-3000:]}")
        return json.loads(line)

    def step(self) -> None:
        assert self.process.stdin is not None
        print("step", file=self.process.stdin, flush=True)
        self.found.append(self.read())

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=120)

    def counted(self, key: str) -> list[float]:
        """Of every step but the first, which warms up."""
        return [step[key] for step in self.found[1:]]


def alternated(sides: dict[str, Side], steps: int) -> dict[str, Side]:
    """A step of each in turn, every second round backwards; the others wait."""
    for side in sides.values():
        side.read()  # ready
    for number in range(steps):
        for side in list(sides.values())[:: -1 if number % 2 else 1]:
            side.step()
    for side in sides.values():
        side.close()
    return sides
