"""`rlvr report`: read runs, write tables, figures and a page."""

import argparse
from functools import partial

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.paths import given

HELP = "tables, figures and one self-contained HTML page from runs"
DEFAULT_THRESHOLD = 95.0


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs",
        nargs="+",
        metavar="RUN",
        help="run folder, or a folder of runs: runs/EXPERIMENT, runs; seeds are joined",
    )
    parser.add_argument(
        "--output", type=given, metavar="DIR", help="default: report/ in the run, or in what runs share"
    )
    parser.add_argument(
        "--saturation", type=float, default=DEFAULT_THRESHOLD, metavar="PERCENT",
        help="training accuracy, mean of 5 steps, that counts as saturated (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument(
        "--watch", action="store_true", help="write the page again at every evaluation, until the runs are finished"
    )


def run(args: argparse.Namespace) -> int:
    """Raises UserError for a folder without runs, a run without metrics, an output folder that cannot be written."""
    if not 0 < args.saturation <= 100:
        raise UserError(f"--saturation {args.saturation:g}: a percentage above 0 and up to 100 is needed")
    if not args.watch:
        _write(args, None)
        return 0
    from oneshot_rlvr.report.watch import follow
    from oneshot_rlvr.trainer.stop import leaving

    with leaving(lambda: "the page is as of the last evaluation"):
        follow(args.runs, lambda refresh: _write(args, refresh))
    return 0


def _write(args: argparse.Namespace, refresh: int | None) -> None:
    from oneshot_rlvr.report.build import write_report

    say = partial(print, flush=True)
    report = write_report(args.runs, args.output, args.saturation / 100, say, refresh)
    if report.text:
        print(f"\n{report.text}\n")
    print("wrote:")
    print(f"  {report.page}")
    print(f"  {len(report.files) - 1} figures and tables beside it (*.png, *.csv)", flush=True)
