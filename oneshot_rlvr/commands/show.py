"""`rlvr show`: the rollouts of a step, tokens coloured by advantage or entropy, in the terminal or as a page."""

import argparse
import sys

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.paths import given
from oneshot_rlvr.terminal import console

HELP = "the rollouts of a step with the advantages that were trained on"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="run folder: runs/EXPERIMENT/NAME")
    parser.add_argument("--step", type=int, metavar="N", help="training step (default: the last with kept rollouts)")
    parser.add_argument("--group", type=int, metavar="G", help="only this group of the step")
    parser.add_argument(
        "--colour",
        choices=("advantage", "entropy"),
        default="advantage",
        help="what colours the tokens (default: %(default)s)",
    )
    parser.add_argument(
        "--limit",
        type=int,
        default=8,
        metavar="N",
        help="highest and lowest advantages shown (default: %(default)s; 0: all)",
    )
    parser.add_argument("--html", type=given, metavar="FILE", help="write a page instead of printing")


def run(args: argparse.Namespace) -> int:
    """Raises UserError for a folder that is no run, and for a step or group without kept rollouts."""
    if args.limit < 0:
        raise UserError(f"--limit {args.limit}: at least 0 is needed (0: all)")
    from oneshot_rlvr.files import check_target
    from oneshot_rlvr.report import show
    from oneshot_rlvr.report.run_files import find_run, others

    if args.html is not None:
        records = [path for path in find_run(args.run).rglob("*") if path.is_file() and path.suffix != ".html"]
        check_target(args.html, records, "--html")
    view = show.view_step(args.run, args.step, args.group, args.limit)
    for line in others(view.run):
        print(line, file=sys.stderr)
    if args.html is not None:
        show.write_page(view, args.colour, args.html)
        print(f"{show.summary(view)}\nwrote:\n  {args.html}")
        return 0
    show.print_step(view, args.colour, console(soft_wrap=False))
    return 0
