"""`rlvr verify`: does a run, or a report, hold what its own files say?"""

import argparse
import time

from oneshot_rlvr.commands.flags import seed
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.paths import given

HELP = "checks a run or a report against its own files: hashes, numbers, grades, log-probabilities"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folders", nargs="+", type=given, metavar="RUN|REPORT", help="run folders, folders of reports")
    parser.add_argument("--steps", type=int, default=3, metavar="N", help="steps to score again (default: 3)")
    parser.add_argument("--samples", type=int, default=64, metavar="N", help="answers of each evaluation to grade and "
                        "score again (default: 64)")  # fmt: skip
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="of the choice of steps and answers")


def run(args: argparse.Namespace) -> int:
    """Raises RunError where something does not fit, UserError for a folder that is neither run nor report."""
    from oneshot_rlvr.report.build import MANIFEST
    from oneshot_rlvr.report.run_files import find_runs
    from oneshot_rlvr.report.verify import Scorers, verify_report, verify_run

    for flag in ("steps", "samples"):
        if getattr(args, flag) < 1:
            raise UserError(f"--{flag} {getattr(args, flag)}: at least 1 is needed")
    faults, scorers = 0, Scorers()
    for folder in args.folders:
        whole = (folder / MANIFEST).is_file()
        for path in [folder] if whole else find_runs([folder]):
            start = time.perf_counter()
            found = verify_report(path) if whole else verify_run(path, args.seed, args.steps, args.samples, scorers)
            said = ", ".join(f"{number} {kind}" for kind, number in found.checks.items())
            print(f"{path}: {said}; {len(found.faults)} do not fit ({time.perf_counter() - start:.1f} s)")
            for fault in found.faults:
                print(f"  {fault}")
            faults += len(found.faults)
    if faults:
        raise RunError(f"{faults} checks failed")
    return 0
