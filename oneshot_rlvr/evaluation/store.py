"""Samples on disk: appended and flushed one by one, never generated twice, graded lines written at the end.

`samples.jsonl` grows while sampling runs (lines without grades). When everything is graded it is rewritten once, in
problem order and with grades, under a temporary name and renamed. `plan.json` says what the samples were made with.
"""

import fcntl
import json
import os
from pathlib import Path
from typing import Any, Collection, Iterable, TextIO

from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.evaluation.records import EvalPlan, EvalResult, sample_key
from oneshot_rlvr.files import parsed_json, replace_file
from oneshot_rlvr.records import each_line, loaded
from oneshot_rlvr.rollout.lines import SAMPLE, SAMPLE_NEEDED, flat_line, flat_rollout
from oneshot_rlvr.types import Rollout


def sample_line(sample: Rollout) -> str:
    """A line of `samples.jsonl`."""
    return json.dumps(flat_line(sample, SAMPLE) | {"num_tokens": len(sample.token_ids)}) + "\n"


def sample_of(line: bytes) -> Rollout:
    """The inverse of `sample_line`, as far as a line tells. ValueError naming what is missing or of another type."""
    return flat_rollout(loaded(line), SAMPLE_NEEDED)


def read_samples(path: Path) -> tuple[list[Rollout], int]:
    """Reads stored samples; -> them and the bytes they take. A torn last line (the writer was killed) is left out."""

    def refusal(number: int, error: ValueError) -> UserError:
        return UserError(f"{path}:{number}: not a stored sample ({error}); move it away to start over")

    samples, end = [], 0
    with path.open("rb") as file:
        for line in each_line(file, _whole_sample, refusal, torn=ValueError):
            samples.append(line.record)
            end = line.end
    return samples, end


def _whole_sample(line: bytes) -> Rollout:
    if not line.endswith(b"\n"):
        raise ValueError("no line end")
    return sample_of(line)


def read_result(folder: Path) -> EvalResult | None:
    """Result of the last complete evaluation of a benchmark; None where there is none, or it is damaged."""
    try:
        return EvalResult.from_json((folder / "metrics.json").read_bytes())
    except (OSError, ValueError):
        return None


def is_part(result: EvalResult, whole: EvalResult) -> bool:
    """True where both have one grader and every problem's samples are among those of the larger evaluation."""

    def among(name: str, right: int, samples: int) -> bool:
        of_right, of_samples = whole.per_problem.get(name, (0, 0))
        return right <= of_right and samples - right <= of_samples - of_right

    parts = all(among(name, *counts) for name, counts in result.per_problem.items())
    return parts and result.grader == whole.grader and result.per_problem != whole.per_problem


def plan_conflict(folder: Path, plan: EvalPlan, unknown: Collection[str] = ()) -> str | None:
    """`temperature=0.6 there, now 0.0` if the samples in `folder` were made otherwise than `plan` says; else None.

    Keys in `unknown` are left out: what a plan does not know before its model has been looked at.
    """
    path = folder / "plan.json"
    if not path.is_file():
        return None
    try:
        stored: dict[str, Any] = parsed_json(path.read_bytes())
    except ValueError:
        return "a plan.json that cannot be read"
    for key, value in plan.generation_key().items():
        if key in unknown:
            continue
        if key in ("model", "engine") and not (value and stored.get(key)):
            if value and plan.known_model_only and key == "model":
                return "weights that were in a training run's memory, not those of the checkpoint on disk"
            continue
        if key in stored and stored[key] != value:
            return f"{key}={stored[key]!r} there, now {value!r}"
    return None


class SampleStore:
    """The samples of one benchmark and model; one writer at a time (a lock that dies with its process)."""

    def __init__(self, folder: Path, plan: EvalPlan) -> None:
        self.folder = folder
        self.path = folder / "samples.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = (folder / ".lock").open("w")
        except OSError as error:
            raise UserError(f"{folder}: cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f"{folder}: another evaluation is writing here; wait, or choose another output") from error
        if conflict := plan_conflict(folder, plan):
            raise UserError(f"{folder}: made with {conflict}; choose another folder for them, or remove this one")
        if not (folder / "plan.json").is_file():
            replace_file(folder / "plan.json", json.dumps(plan.generation_key(), indent=1) + "\n")
        self.samples: dict[tuple[str, int], Rollout] = {}
        self._file = self._open()

    def _open(self) -> TextIO:
        if self.path.is_file():
            samples, end = read_samples(self.path)
            if end < self.path.stat().st_size:
                # Without this the next line would be glued to the torn one.
                os.truncate(self.path, end)
            self.samples = {sample_key(sample): sample for sample in samples}
        return self.path.open("a", encoding="utf-8")

    def append(self, sample: Rollout) -> None:
        """Stores one sample; it survives a kill of this process from here on."""
        try:
            self._file.write(sample_line(sample))
            self._file.flush()
        except OSError as error:
            raise RunError(f"{self.path}: cannot be written: {error.strerror}; what is there is kept") from error
        self.samples[sample_key(sample)] = sample

    def finish(self, samples: Iterable[Rollout], result: EvalResult) -> bool:
        """Writes the graded samples and what they come to. -> whether that is the folder's `metrics.json` now.

        Stored samples outside `samples` stay, and so do the metrics of an evaluation that this one is a part of.
        """
        done = {sample_key(sample): sample for sample in samples}
        rest = [sample for key, sample in self.samples.items() if key not in done]
        final = done | {sample_key(sample): sample for sample in rest}
        if list(final.items()) != list(self.samples.items()):
            self._file.close()
            replace_file(self.path, "".join(map(sample_line, final.values())))
            self._file = self.path.open("a", encoding="utf-8")
            self.samples = final
        there = read_result(self.folder)
        if there is not None and is_part(result, there):
            return False
        replace_file(self.folder / "metrics.json", json.dumps(result.to_json(), indent=1) + "\n")
        return True

    def close(self) -> None:
        self._file.close()
        self._lock.close()

    def __enter__(self) -> "SampleStore":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
