"""`rlvr regrade`: score stored responses again under another grader or rule, and print what changed."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.paths import given
from oneshot_rlvr.terminal import printable

if TYPE_CHECKING:
    from oneshot_rlvr.evaluation.regrade import Regraded

HELP = "score stored evaluation responses again; no model needed"
SHOWN_CHARACTERS = 48


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("eval_dir", type=given, metavar="EVAL_DIR", help="the eval folder of a run, or any part of it")
    parser.add_argument("--grader", default="exact", metavar="NAME", help="default: exact")
    parser.add_argument(
        "--rule", default="own", help="own | strict (only boxed answers) | lenient (the last number too); default: own"
    )
    parser.add_argument("--show", type=int, default=10, metavar="N", help="changed verdicts to print (default: 10)")
    parser.add_argument("--grading-processes", type=int, default=2, metavar="N", help="default: 2")


def run(args: argparse.Namespace) -> int:
    """Regrade every stored benchmark below EVAL_DIR; results are written beside the samples, which stay as they are."""
    from oneshot_rlvr.config.check import check_grader
    from oneshot_rlvr.evaluation.regrade import RULES, file_stem, regrade, stored_benchmarks, summary_json
    from oneshot_rlvr.files import replace_file
    from oneshot_rlvr.isolation.pool import GraderPool

    check_grader("--grader ", args.grader)
    if args.rule not in RULES:
        raise UserError(f"--rule {args.rule}: not known; {nearest(args.rule, RULES)}")
    if args.show < 0 or args.grading_processes < 1:
        raise UserError("--show needs at least 0, --grading-processes at least 1")
    folders = stored_benchmarks(args.eval_dir)
    with GraderPool(workers=args.grading_processes) as pool:
        results = []
        for folder in folders:
            results.append(regrade(folder, args.grader, args.rule, pool))
            print(_line(results[-1], args.eval_dir), flush=True)
    _print_changes(results, args.show)
    path = args.eval_dir / f"{file_stem(args.grader, args.rule)}.json"
    replace_file(path, summary_json(results, args.eval_dir))
    print(path)
    for result in results:
        print(result.folder / f"{file_stem(args.grader, args.rule)}.jsonl")
    return 0


def _line(result: "Regraded", eval_dir: Path) -> str:
    from oneshot_rlvr.evaluation.tables import percent, share

    rule = "" if result.rule == "own" else f" ({result.rule})"
    failed = f", {result.ungraded} not graded (timeouts or errors)" if result.ungraded else ""
    name = printable(str(result.folder.relative_to(eval_dir)))
    return (
        f"{name}: {result.before_grader} {percent(result.before)} -> {result.grader}{rule} "
        f"{share(result.after, result.interval).line}, {result.gained} gained, {result.lost} lost of "
        f"{result.num_samples} (p {result.p_value:.2g}){failed}"
    )


def _print_changes(results: list["Regraded"], limit: int) -> None:
    changes = [(result, change) for result in results for change in result.changes]
    for result, change in changes[:limit]:
        verdict = "right now" if change.after.correct is True else "wrong now"
        before, after = _short(change.before.extracted), _short(change.after.extracted)
        name = printable(f"{result.benchmark} {change.id}")
        print(
            f"  {verdict}: {name} #{change.sample}: answer {_short(change.answer)}, "
            f"{result.before_grader} took {before}, {result.grader} {after}"
        )
    if len(changes) > limit > 0:
        print(f"  ... and {len(changes) - limit} more changed verdicts in the files below")


def _short(text: str | None) -> str:
    if text is None:
        return "nothing"
    line = " ".join(text.split()).encode("utf-8", "replace").decode()
    return repr(line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…")
