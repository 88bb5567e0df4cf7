"""The files of a run. All of a step is on disk before its checkpoint is; a resume cuts off what came after."""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterable, Iterator

from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.files import parsed_json, remove, replace_file, replacing, step_name, step_of, steps_in, strays
from oneshot_rlvr.records import each_line, write_zst

ROLLOUTS = ".jsonl.zst"  # ending of a step's kept rollouts
VARIANT = re.compile("(_resaved)?(@.+)?$", re.DOTALL)  # of an evaluation, behind the step's name


class RunFolder:
    """Paths and appending writers of runs/<experiment>/<name>/. Holds a lock until it is left as a context or gone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            for folder in (self.checkpoints, self.rollouts, self.ledger.parent):
                folder.mkdir(parents=True, exist_ok=True)
            self._lock = (path / ".lock").open("w")
        except OSError as error:
            raise UserError(f"{path}: the run folder cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f"{path}: another run is writing here; wait for it, or give trainer.name=") from error

    def __enter__(self) -> "RunFolder":
        return self

    def __exit__(self, *_: object) -> None:
        """Others may write: also where the watchdog, or a hook of a model not collected yet, still holds this."""
        self._lock.close()

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def rollouts(self) -> Path:
        return self.path / "rollouts"

    @property
    def ledger(self) -> Path:
        return self.path / "ledger" / "ledger.jsonl"

    @property
    def tasks(self) -> Path:
        return self.path / "tasks.jsonl"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def config(self) -> Path:
        return self.path / "config.yaml"

    @property
    def inputs(self) -> Path:
        return self.path / "inputs.json"

    @property
    def log(self) -> Path:
        return self.path / "train.log"

    def eval_folder(self, step: int) -> Path:
        return self.path / "eval" / step_name(step)

    def append_metrics(self, step: int, values: dict[str, float]) -> None:
        append_lines(self.metrics, [{"step": step} | values])

    def append_ledger(self, rows: Iterable[dict[str, Any]]) -> None:
        append_lines(self.ledger, rows)

    def append_tasks(self, rows: Iterable[dict[str, Any]]) -> None:
        """Lines of the tasks that a source made; a run without any has no such file."""
        rows = list(rows)
        if rows:
            append_lines(self.tasks, rows)

    def write_rollouts(self, step: int, rows: Iterable[dict[str, Any]]) -> None:
        """One zstd-compressed JSON-lines file a step."""
        path = self.rollouts / f"{step_name(step)}{ROLLOUTS}"
        with disk_faults(path):
            write_zst(path, rows)

    def metric_lines(self) -> list[dict[str, float]]:
        """The lines of metrics.jsonl, none where there is no file yet."""
        return [row for _, row in _lines(self.metrics)]

    def sync(self) -> None:
        """Everything written so far is on the disk itself, not only with the operating system."""
        newest = list(steps_in(self.rollouts, ROLLOUTS).values())[-1:]
        for path in (self.metrics, self.ledger, self.tasks, *newest):
            if path.exists():
                with disk_faults(path), path.open("rb") as file:
                    os.fsync(file.fileno())

    def cut_after(self, step: int) -> None:
        """Removes everything later than `step`: what a run that stopped between two checkpoints left behind."""
        for path in (self.metrics, self.ledger, self.tasks):
            _keep_lines(path, lambda row: row["step"] <= step)
        evaluations = [(step_of(VARIANT.sub("", path.name)), path) for path in (self.path / "eval").glob("step_*")]
        found = [*steps_in(self.rollouts, ROLLOUTS).items(), *evaluations, *steps_in(self.checkpoints).items()]
        for of, path in found:
            if of is not None and of > step:
                remove(path)

    def strays(self) -> list[str]:
        """A line for each name beside those of steps, of checkpoints and kept rollouts; nothing is done to them."""
        rollouts, saved = steps_in(self.rollouts, ROLLOUTS), steps_in(self.checkpoints)
        return strays(self.rollouts, rollouts.values()) + strays(self.checkpoints, saved.values())

    def cut_evaluation(self, step: int) -> None:
        """Removes the evaluation of `step`, which was not finished."""
        _keep_lines(self.metrics, lambda row: row["step"] != step or not any(key.startswith("eval/") for key in row))
        shutil.rmtree(self.eval_folder(step), ignore_errors=True)


@contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """A disk that refuses (full, quota, read-only, gone) is one line, not a traceback."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"{path}: cannot be written: {error.strerror or error}; once that is put right, the same command goes on "
            "from the last checkpoint"
        ) from error


def write_durably(path: Path, text: str) -> None:
    """Replaces a file of the run in one step."""
    with disk_faults(path):
        replace_file(path, text)


def append_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Appends JSON lines and flushes them to the operating system."""
    with disk_faults(path), path.open("a") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")


def _keep_lines(path: Path, wanted: Callable[[dict[str, Any]], bool]) -> None:
    """Keeps the lines that are `wanted`; a torn last line goes too. Atomic, and nothing is done to a damaged file."""
    if not path.exists():
        return
    with disk_faults(path), replacing(path) as temporary, temporary.open("wb") as kept:
        kept.writelines(line for line, row in _lines(path) if wanted(row))


def _lines(path: Path) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Reads the lines and the rows they hold, none where there is no file. A last line that an interruption tore is
    left out; any other that is no row of a step is a UserError: what follows it would be lost."""

    def refusal(number: int, error: ValueError) -> UserError:
        return UserError(f"{path}:{number}: damaged: not a step's line of JSON; put the line right or take it "
                         "out, or give trainer.name= for a new run")  # fmt: skip

    if path.exists():
        with path.open("rb") as file:
            for line in each_line(file, _row, refusal, torn=ValueError):
                yield line.text if line.text.endswith(b"\n") else line.text + b"\n", line.record


def _row(line: bytes) -> dict[str, Any]:
    row = parsed_json(line)
    if not isinstance(row, dict) or not isinstance(row.get("step"), int):
        raise ValueError("no row of a step")
    return row
