"""The examples chosen from a ranking, and the training-set file made of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from oneshot_rlvr.data.datasets import load_problems, problem_table, read_table, write_jsonl, write_table
from oneshot_rlvr.data.history import History
from oneshot_rlvr.data.registry import find_file
from oneshot_rlvr.data.selection import RankedExample
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.files import check_target, replacing
from oneshot_rlvr.types import Problem

if TYPE_CHECKING:
    import pyarrow as pa

OUTPUT_SUFFIXES = (".parquet", ".jsonl")


@dataclass(frozen=True)
class Pool:
    """The problems to choose from, and the table they came from where that was the official parquet."""

    path: Path
    problems: tuple[Problem, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(problem.id for problem in self.problems)


def load_pool(name_or_path: str) -> Pool:
    """A pool by name or path. Raises UserError when an id occurs twice, besides the faults of `load_problems`."""
    path = find_file(name_or_path, "pool")
    problems = load_problems(name_or_path)
    rows: dict[str, int] = {}
    for row, problem in enumerate(problems, start=1):
        if problem.id in rows:
            raise UserError(f"{path}: id {problem.id} occurs twice (rows {rows[problem.id]} and {row})")
        rows[problem.id] = row
    return Pool(path, tuple(problems))


def check_match(history: History, pool: Pool, partial: bool) -> int:
    """Number of pool problems without history. Raises UserError, naming the first id that only one side has, when the
    history knows ids that the pool lacks, or lacks some of the pool's (allowed for a run's ledger, or by `partial`).
    """
    known, offered = set(history.ids), set(pool.ids)
    strange = next((name for name in history.ids if name not in offered), None)
    unseen = next((name for name in pool.ids if name not in known), None)
    if strange is not None or (unseen is not None and not (partial or history.from_run)):
        ours = "none" if strange is None else f"id {strange}"
        theirs = "none" if unseen is None else f"id {unseen}"
        sides = f"in the history only: {ours}, in the pool only: {theirs}"
        hint = "" if strange is not None else "; --partial ranks the others"
        raise UserError(f"history {history.origin} does not match pool {pool.path}: {sides}{hint}")
    return len(offered - known)


def choose(
    ranked: Sequence[RankedExample], pool: Pool, top_index: int | None, top_n: int | None, index: Sequence[str]
) -> list[str]:
    """Ids chosen by rank (`top_index`, from 0), as the best `top_n`, or by id; UserError when out of range."""
    if top_index is not None:
        if not 0 <= top_index < len(ranked):
            raise UserError(f"--top-index {top_index}: the ranking has the indices 0 to {len(ranked) - 1}")
        return [ranked[top_index].id]
    if top_n is not None:
        if not 1 <= top_n <= len(ranked):
            raise UserError(f"--top-n {top_n}: between 1 and {len(ranked)} examples can be taken")
        return [example.id for example in ranked[:top_n]]
    offered = set(pool.ids)
    for name in index:
        if name not in offered:
            raise UserError(f"--index {name}: not an id of {pool.path}; {nearest(name, pool.ids)}")
        if list(index).count(name) > 1:
            raise UserError(f"--index: id {name} is given twice; use --copies")
    return list(index)


def check_output(path: Path, inputs: Iterable[Path]) -> None:
    """Refuses an output that cannot be written or is an input, before any work is done; missing folders are made."""
    if path.suffix not in OUTPUT_SUFFIXES:
        raise UserError(
            f"--output {path}: {' or '.join(OUTPUT_SUFFIXES)} is written; {nearest(path.suffix, OUTPUT_SUFFIXES)}"
        )
    check_target(path, inputs)


def write_training_set(pool: Pool, chosen: Sequence[str], copies: int, path: Path) -> int:
    """Writes the chosen problems, in the order of the pool, the whole block `copies` times; returns the rows written.

    A parquet pool keeps its columns and types word for word. Raises UserError for an empty ground truth.
    """
    wanted = set(chosen)
    rows = [row for row, problem in enumerate(pool.problems) if problem.id in wanted]
    empty = next((pool.problems[row].id for row in rows if not pool.problems[row].answer.strip()), None)
    if empty is not None:
        raise UserError(f"{pool.path}: id {empty} has an empty ground truth and cannot be trained on")
    with replacing(path) as temporary:
        if path.suffix == ".jsonl":
            write_jsonl([pool.problems[row] for row in rows] * copies, temporary)
        else:
            write_table(_rows_of(pool, rows * copies), temporary)
    return len(rows) * copies


def _rows_of(pool: Pool, rows: Sequence[int]) -> "pa.Table":
    if pool.path.suffix == ".parquet":
        # Without the pool's pandas metadata, which speaks of the pool's number of rows.
        return read_table(pool.path).take(list(rows)).replace_schema_metadata(None)
    return problem_table([pool.problems[row] for row in rows])
