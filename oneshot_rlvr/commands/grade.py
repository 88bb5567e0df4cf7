"""`rlvr grade FILE.jsonl --grader NAME`: verdicts for any file of (response, answer) lines."""

import argparse
import json
import math
import os
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from oneshot_rlvr.errors import RunError, UserError, nearest
from oneshot_rlvr.paths import given

HELP = "grade any file of (response, answer) lines"
_OUTCOMES = ("correct", "wrong", "unparsed", "timeout", "error")
_PROGRESS_SECONDS = 10.0
_SLIP_CUTOFF = 0.9  # "math50" is a slip of math500; "math" and "aime26" are other sets


@dataclass(frozen=True)
class Line:
    """One input line. `benchmark` matters to the grader `qwen` only."""

    response: str
    answer: str
    benchmark: str


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=given, help='lines of {"response", "answer", "benchmark" (optional)}')
    parser.add_argument("--grader", default="qwen", help="qwen (default), deepscaler, math_verify or exact")
    parser.add_argument("--output", type=given, help="default: FILE with .GRADER.jsonl for its ending")
    parser.add_argument("--timeout", type=float, default=3.0, help="CPU seconds per line (default 3)")
    parser.add_argument("--workers", type=int, default=min(8, os.cpu_count() or 1), help="grading processes")
    parser.epilog = (
        "Output: one line {correct, extracted, reason} per input line; correct is null for a timeout or an error. "
        "The rules of qwen depend on the benchmark: aime24 aime25 amc23 dsr_sub math500 minerva_math olympiadbench."
    )


def read_lines(path: Path, grader: str) -> list[Line]:
    """All lines of the file. UserError names the first that is no JSON object, lacks a field or misspells a benchmark
    whose rules the grader has."""
    lines: list[Line] = []
    for number, raw in enumerate(_bytes(path).split(b"\n"), 1):
        if raw.strip():
            where = f"{path}:{number}"
            lines.append(_read_line(raw, where))
            meant = _misspelt(lines[-1].benchmark) if grader == "qwen" else None
            if meant is not None:
                raise UserError(f"{where}: benchmark {lines[-1].benchmark}: {nearest(meant, [meant])}")
    if not lines:
        raise UserError(f"{path}: no lines to grade")
    return lines


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UserError(f"{path}: is a folder, a file is needed") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error


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


def _read_line(raw: bytes, where: str) -> Line:
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where}: not readable as JSON ({str(error)[:80]})") from error
    if not isinstance(row, dict):
        raise UserError(f"{where}: expected a JSON object with response and answer")
    for name in ("response", "answer"):
        if name not in row:
            raise UserError(f"{where}: no field {name!r}; {nearest(name, row) if row else 'the object is empty'}")
    return Line(_text(row["response"], where), _text(row["answer"], where), _text(row.get("benchmark"), where))


def _text(value: object, where: str) -> str:
    """Strings as they are, numbers as JSON writes them, null as nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return json.dumps(value)
    raise UserError(f"{where}: expected text, got {json.dumps(value)[:60]}")


def output_path(path: Path, grader: str) -> Path:
    stem = path.name.removesuffix(".jsonl")
    return path.with_name(f"{stem}.{grader}.jsonl")


def run(args: argparse.Namespace) -> int:
    from oneshot_rlvr.data.output import check_target
    from oneshot_rlvr.rewards.graders import GRADERS

    if args.grader not in GRADERS:
        raise UserError(f"--grader {args.grader!r}: no such grader; {nearest(args.grader, GRADERS)}")
    if args.workers < 1:
        raise UserError(f"--workers {args.workers}: at least 1 is needed")
    if not math.isfinite(args.timeout) or args.timeout <= 0:
        raise UserError(f"--timeout {args.timeout:g}: a finite number of seconds above 0 is needed")
    lines = read_lines(args.file, args.grader)
    target = args.output or output_path(args.file, args.grader)
    if not target.parent.exists():
        raise UserError(f"--output {target}: the folder {target.parent} does not exist")
    check_target(target, [args.file])
    start = time.monotonic()
    rows = _grade(lines, args)
    seconds = time.monotonic() - start
    _write(rows, target)
    print(summary(lines, rows, args.grader, seconds))
    print(target)
    return 0


def _write(rows: list[dict[str, object]], target: Path) -> None:
    from oneshot_rlvr.files import replace_file

    try:
        replace_file(target, "".join(json.dumps(row) + "\n" for row in rows))
    except OSError as error:
        raise RunError(f"{target}: cannot be written: {error.strerror}") from error


def _grade(lines: list[Line], args: argparse.Namespace) -> list[dict[str, object]]:
    from oneshot_rlvr.evaluation.grading import rules_name
    from oneshot_rlvr.rewards.pool import GradeItem, GraderPool

    items = [GradeItem(x.response, x.answer, args.grader, rules_name(x.benchmark)) for x in lines]
    with GraderPool(args.workers, args.timeout, 4096) as pool:
        pending = pool.submit(items)
        told = time.monotonic()
        while not pending.done():
            time.sleep(0.02)
            if time.monotonic() - told > _PROGRESS_SECONDS:
                told = time.monotonic()
                print(f"graded {pending.num_done()} of {len(lines)}", file=sys.stderr)
        return [{"correct": g.correct, "extracted": g.extracted, "reason": g.reason} for g in pending.result()]


def summary(lines: list[Line], rows: list[dict[str, object]], grader: str, seconds: float) -> str:
    """Counts per outcome, one row per benchmark and one for all."""
    groups: dict[str, Counter[str]] = {}
    for line, row in zip(lines, rows):
        outcome = str(row["reason"]).split(":")[0]
        groups.setdefault(line.benchmark or "-", Counter())[outcome] += 1
    names = sorted(groups)
    if len(names) != 1:
        groups["all"] = sum(groups.values(), Counter())
        names.append("all")
    width = max(map(len, (*names, "benchmark")))
    table = [f"{'benchmark':<{width}}  lines  " + "  ".join(f"{o:>8}" for o in _OUTCOMES) + "  share correct"]
    for name in names:
        counts, total = groups[name], groups[name].total()
        share = f"{100 * counts['correct'] / total:.1f} %" if total else "-"
        table.append(
            f"{name:<{width}}  {total:>5}  " + "  ".join(f"{counts[o]:>8}" for o in _OUTCOMES) + f"  {share:>13}"
        )
    return "\n".join([f"grader {grader}, {len(rows)} lines in {seconds:.1f} s", *table])
