"""`rlvr grade FILE.jsonl --grader NAME`: verdicts for any file of (response, answer) lines."""

import argparse
import json
import math
import os
import re
import shutil
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

from oneshot_rlvr.errors import RunError, UserError, nearest
from oneshot_rlvr.files import parsed_json
from oneshot_rlvr.paths import given
from oneshot_rlvr.records import each_line

if TYPE_CHECKING:
    from oneshot_rlvr.isolation.pool import GraderPool, PendingGrades
    from oneshot_rlvr.types import Grade

HELP = "grade any file of (response, answer) lines"
_OUTCOMES = ("correct", "wrong", "unparsed", "unread", "no truth", "timeout", "error")
_PROGRESS_SECONDS = 10.0
_PART, _PARTS_IN_WORK = 512, 4  # lines that are handed to the graders together; parts that are in memory
_SLIP_CUTOFF = 0.9  # "math50" is a slip of math500; "math" and "aime26" are other sets


@dataclass(frozen=True)
class Line:
    """One input line. `benchmark` matters to the grader `qwen` only."""

    response: str
    answer: str
    benchmark: str


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=given, help='lines of {"response", "answer", "benchmark" (optional)}')
    parser.add_argument(
        "--grader",
        default="qwen",
        help="qwen (default), deepscaler, math_verify, exact, choice, or package.module:function of your own",
    )
    parser.add_argument("--output", type=given, help="default: FILE with .GRADER.jsonl for its ending")
    parser.add_argument("--timeout", type=float, default=3.0, help="CPU seconds per line (default 3)")
    parser.add_argument("--workers", type=int, default=min(8, os.cpu_count() or 1), help="grading processes")
    parser.epilog = (
        "Output: one line {correct, extracted, reason} per input line; correct is null for a timeout or an error. "
        "The rules of qwen depend on the benchmark: aime24 aime25 amc23 dsr_sub math500 minerva_math olympiadbench."
    )


def read_lines(path: Path, grader: str) -> Iterator[Line]:
    """The lines of the file one by one. UserError names the first that is no JSON object, lacks a field or misspells a
    benchmark whose rules the grader has."""

    def refusal(number: int, error: ValueError) -> UserError:
        return UserError(f"{path}:{number}: {error}")

    with _opened(path) as file:
        for found in each_line(file, _parse_line, refusal):
            line = found.record
            meant = _misspelt(line.benchmark) if grader == "qwen" else None
            if meant is not None:
                where = f"{path}:{found.number}"
                raise UserError(f"{where}: benchmark {line.benchmark}: {nearest(meant, [meant])}")
            yield line


def count_lines(path: Path, grader: str) -> int:
    """Number of lines to grade, each of them checked, so that a mistake in the last one costs no grading."""
    count = sum(1 for _ in read_lines(path, grader))
    if not count:
        raise UserError(f"{path}: no lines to grade")
    return count


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UserError(f"{path}: is a folder, a file is needed") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error


def _is_pipe(path: Path) -> bool:
    """True for whatever can be read once only: a pipe, /dev/stdin."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


@contextmanager
def _rereadable(path: Path) -> Iterator[Path]:
    """The file itself, or a copy of what a pipe holds: the lines are read twice, first to check them all."""
    if not _is_pipe(path):
        yield path
        return
    with TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        with _opened(path) as pipe, copy.open("wb") as file:
            shutil.copyfileobj(pipe, file)
        yield copy


@cache
def _misspelt(benchmark: str) -> str | None:
    """The benchmark that a slip stands for. Other names are free, as in `rlvr eval`: common rules hold for them."""
    from oneshot_rlvr.evaluation.grading import RULES, rules_name

    if rules_name(benchmark):
        return None
    plain = {_plain(name): name for name in RULES} | {_plain(name.split("_")[0]): name for name in RULES if "_" in name}
    close = get_close_matches(_plain(benchmark), plain, 1, _SLIP_CUTOFF)
    return plain[close[0]] if close else None


def _plain(name: str) -> str:
    """AIME 2024 is aime24, and Minerva minerva."""
    return re.sub(r"20(\d\d)$", r"\1", "".join(c for c in name.casefold() if c.isalnum()))


def _parse_line(raw: bytes) -> Line:
    """Reads one line. ValueError in words where it is none."""
    try:
        row = parsed_json(raw)
    except ValueError as error:
        raise ValueError(f"not readable as JSON ({str(error)[:80]})") from error
    if not isinstance(row, dict):
        raise ValueError("expected a JSON object with response and answer")
    for name in ("response", "answer"):
        if name not in row:
            raise ValueError(f"no field {name!r}; {nearest(name, row) if row else 'the object is empty'}")
    return Line(_text(row["response"]), _text(row["answer"]), _text(row.get("benchmark")))


def _text(value: object) -> str:
    """Returns strings as they are, numbers as JSON writes them, null as nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return json.dumps(value)
    raise ValueError(f"expected text, got {json.dumps(value)[:60]}")


def output_path(path: Path, grader: str) -> Path:
    stem = path.name.removesuffix(".jsonl")
    return path.with_name(f"{stem}.{grader}.jsonl")


def run(args: argparse.Namespace) -> int:
    from oneshot_rlvr.config.check import check_grader
    from oneshot_rlvr.files import check_target
    from oneshot_rlvr.isolation.pool import GraderPool

    check_grader("--grader ", args.grader)
    if args.workers < 1:
        raise UserError(f"--workers {args.workers}: at least 1 is needed")
    if not math.isfinite(args.timeout) or args.timeout <= 0:
        raise UserError(f"--timeout {args.timeout:g}: a finite number of seconds above 0 is needed")
    stream = args.file.absolute().parts[1:2] in (("dev",), ("proc",))  # also /dev/stdin where a file stands behind it
    if args.output is None and (stream or _is_pipe(args.file)):
        raise UserError(f"{args.file}: is not a regular file; --output FILE says where the verdicts go")
    target = args.output or output_path(args.file, args.grader)
    if not target.parent.exists():
        raise UserError(f"--output {target}: the folder {target.parent} does not exist")
    check_target(target, [args.file])
    with (
        _rereadable(args.file) as source,
        GraderPool(args.workers, args.timeout, 4096, cache_entries=_PART * _PARTS_IN_WORK) as pool,
    ):
        pool.start()
        num_lines = count_lines(source, args.grader)
        start = time.monotonic()
        graded = _graded(read_lines(source, args.grader), num_lines, args.grader, pool)
        outcomes = _write_grades(graded, target)
    print(summary(outcomes, args.grader, time.monotonic() - start))
    print(target)
    return 0


Outcomes = dict[str, Counter[str]]  # benchmark ("-": none given) -> outcome -> lines


def _write_grades(graded: "Iterator[tuple[Line, Grade]]", target: Path) -> Outcomes:
    """Writes a row per line to `target`, whole or not at all, and counts the outcomes."""
    from oneshot_rlvr.files import replacing

    outcomes: Outcomes = {}
    try:
        with replacing(target) as temporary, temporary.open("w", encoding="utf-8") as file:
            for line, grade in graded:
                row = {"correct": grade.correct, "extracted": grade.extracted, "reason": grade.reason}
                file.write(json.dumps(row) + "\n")
                outcomes.setdefault(line.benchmark or "-", Counter())[grade.reason.split(":")[0]] += 1
            file.flush()
    except OSError as error:
        raise RunError(f"{target}: cannot be written: {error.strerror}") from error
    return outcomes


def _graded(lines: Iterator[Line], num_lines: int, grader: str, pool: "GraderPool") -> "Iterator[tuple[Line, Grade]]":
    """The lines with their grades, in order; at most `_PARTS_IN_WORK` parts of the file are in memory."""
    from oneshot_rlvr.evaluation.grading import rules_name
    from oneshot_rlvr.isolation.pool import GradeItem

    progress = _Progress(num_lines)
    in_work: deque[tuple[list[Line], PendingGrades]] = deque()

    def finished() -> "Iterator[tuple[Line, Grade]]":
        part, pending = in_work.popleft()
        yield from zip(part, pending.result(waiting=lambda: progress.tell(pending.num_done())))
        progress.done += len(part)

    while part := list(islice(lines, _PART)):
        items = [GradeItem(x.response, x.answer, grader, rules_name(x.benchmark)) for x in part]
        in_work.append((part, pool.submit(items)))
        if len(in_work) == _PARTS_IN_WORK:
            yield from finished()
    while in_work:
        yield from finished()


@dataclass
class _Progress:
    """A line on stderr every ten seconds."""

    num_lines: int
    done: int = 0
    told: float = field(default_factory=time.monotonic)

    def tell(self, more: int) -> None:
        if time.monotonic() - self.told > _PROGRESS_SECONDS:
            self.told = time.monotonic()
            print(f"graded {self.done + more} of {self.num_lines}", file=sys.stderr)


def summary(outcomes: Outcomes, grader: str, seconds: float) -> str:
    """Counts per outcome, one row per benchmark and one for all."""
    names = sorted(outcomes)
    all_lines = sum(outcomes.values(), Counter[str]())
    groups = outcomes | {"all": all_lines}
    if len(names) != 1:
        names.append("all")
    width = max(map(len, (*names, "benchmark")))
    table = [f"{'benchmark':<{width}}  lines  " + "  ".join(f"{o:>8}" for o in _OUTCOMES) + "  share correct"]
    for name in names:
        counts, total = groups[name], groups[name].total()
        share = f"{100 * counts['correct'] / total:.1f} %" if total else "-"
        table.append(
            f"{name:<{width}}  {total:>5}  " + "  ".join(f"{counts[o]:>8}" for o in _OUTCOMES) + f"  {share:>13}"
        )
    return "\n".join([f"grader {grader}, {all_lines.total()} lines in {seconds:.1f} s", *table])
