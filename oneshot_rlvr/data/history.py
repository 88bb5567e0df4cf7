"""Accuracy histories: per example the share of correct rollouts at each visit, in the order of the visits.

Read from the official JSON (`{"124": [0.0, 0.125, ...], ...}`, ids in order of first appearance, which decides ties) or
from the ledger of one of our runs; written in the official format.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oneshot_rlvr.data.datasets import read_jsonl, read_text
from oneshot_rlvr.data.registry import find_file
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.files import load_yaml, parsed_json, replace_file

LEDGER = Path("ledger") / "ledger.jsonl"
LEDGER_FIELDS = ("step", "group", "example", "n", "correct")


@dataclass(frozen=True, slots=True)
class History:
    """Example: `History(ids=("7", "3"), accuracies=((0.0, 0.5), (1.0,)), origin="acc.json", from_run=False)`."""

    ids: tuple[str, ...]  # each once, in order of first appearance
    accuracies: tuple[tuple[float, ...], ...]  # one tuple of shares in [0, 1] per id, at least one visit each
    origin: str  # path it was read from, for messages
    from_run: bool  # a ledger covers only what was trained on
    # Only for a probe, whose visits are single samples: the answer extracted from each, None where there was none.
    answers: tuple[tuple[str | None, ...], ...] | None = None
    lengths: tuple[tuple[int, ...], ...] | None = None  # the same: response tokens of each sample


def load_history(name_or_path: str) -> History:
    """A history by registered name, as a JSON file, or from a run folder or its ledger.jsonl.

    Raises UserError for a missing or malformed file.
    """
    given = Path(name_or_path).expanduser()
    if given.is_dir():
        return history_from_ledger(given)
    path = find_file(name_or_path, "history")
    return history_from_ledger(path) if path.suffix == ".jsonl" else _read_history(path)


def _read_history(path: Path) -> History:
    repeated: list[str] = []

    def keep_order(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        counts = Counter(name for name, _ in pairs)
        repeated.extend(name for name, count in counts.items() if count > 1)
        return dict(pairs)

    try:
        record = parsed_json(read_text(path), keep_order)
    except json.JSONDecodeError as error:
        raise UserError(f"{path}: not JSON: {error.msg} at line {error.lineno}") from error
    except ValueError as error:  # nested too deep; a number of thousands of digits
        raise UserError(f"{path}: cannot be read: {error}") from error
    if not isinstance(record, dict):
        raise UserError(f"{path}: a JSON object of id: [accuracies] is needed, this is a {type(record).__name__}")
    if repeated:
        raise UserError(f"{path}: id {repeated[0]} occurs twice")
    if not record:
        raise UserError(f"{path}: holds no examples")
    accuracies = tuple(_checked(values, f"{path}: id {name}") for name, values in record.items())
    return History(ids=tuple(record), accuracies=accuracies, origin=str(path), from_run=False)


def _checked(values: Any, where: str) -> tuple[float, ...]:
    if not isinstance(values, list) or not values:
        raise UserError(f"{where}: a list of at least one accuracy is needed")
    for value in values:
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not good or not math.isfinite(value) or not 0 <= value <= 1:
            raise UserError(f"{where}: {value!r} is not an accuracy between 0 and 1")
    return tuple(float(value) for value in values)


def run_settings(run: Path) -> dict[str, Any]:
    """The values of a run's config.yaml, {} where there is none. UserError for a file that is not a configuration."""
    import yaml

    path = run / "config.yaml"
    if not path.is_file():
        return {}
    try:
        settings = load_yaml(read_text(path))
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    sections = [settings.get(name, {}) for name in ("data", "compat")] if isinstance(settings, dict) else [None]
    if not all(isinstance(section, dict) for section in sections):
        raise UserError(f"{path}: not the configuration of a run")
    return settings


def history_from_ledger(run: Path) -> History:
    """The history of a run: for each step and example, correct rollouts over all rollouts of all its copies.

    `run` is the run folder or its ledger.jsonl. After a run with `compat.floor_history` each share is rounded down to a
    multiple of 1/n (n: rollouts of a copy), which is what the official recorder does to several copies; one copy is
    exact either way. Raises UserError for a missing, empty or malformed ledger.
    """
    path = run / LEDGER if run.is_dir() else run
    if not path.is_file():
        raise UserError(f"{run}: no accuracy history: a run folder with {LEDGER} or a JSON file is needed")
    records = read_jsonl(path)
    if not records:
        raise UserError(f"{path}: holds no groups")
    floor = bool(run_settings(path.parent.parent).get("compat", {}).get("floor_history"))
    visits: dict[str, dict[int, list[tuple[int, int]]]] = {}
    seen: set[tuple[int, int]] = set()
    for number, record in enumerate(records, start=1):
        step, group, example, n, correct = _ledger_line(record, f"{path}: line {number}")
        if (step, group) in seen:
            raise UserError(f"{path}: line {number}: step {step} group {group} occurs twice")
        seen.add((step, group))
        visits.setdefault(example, {}).setdefault(step, []).append((correct, n))
    accuracies = tuple(tuple(_share(groups, floor) for groups in steps.values()) for steps in visits.values())
    return History(ids=tuple(visits), accuracies=accuracies, origin=str(path), from_run=True)


def _ledger_line(record: Mapping[str, Any], where: str) -> tuple[int, int, str, int, int]:
    missing = [field for field in LEDGER_FIELDS if field not in record]
    if missing:
        raise UserError(f"{where}: field {missing[0]} missing")
    step, group, n, correct = (record[field] for field in ("step", "group", "n", "correct"))
    if not all(isinstance(value, int) for value in (step, group, n, correct)) or not 0 <= correct <= n or n < 1:
        raise UserError(f"{where}: step, group, n and correct must be whole numbers with correct at most n")
    return step, group, str(record["example"]), n, correct


def _share(groups: Iterable[tuple[int, int]], floor: bool) -> float:
    groups = list(groups)
    correct = sum(right for right, _ in groups)
    total = sum(n for _, n in groups)
    if not floor:
        return correct / total
    per_copy = groups[0][1]
    return (correct * per_copy // total) / per_copy


def export_history(run: Path, path: Path) -> History:
    """Writes the history of a run in the official format; returns it. Raises RunError when the disk refuses."""
    history = history_from_ledger(run)
    record = {name: list(values) for name, values in zip(history.ids, history.accuracies, strict=True)}
    try:
        replace_file(path, json.dumps(record, indent=4) + "\n")
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror}") from error
    return history
