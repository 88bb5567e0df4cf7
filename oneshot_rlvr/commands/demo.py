"""`rlvr demo`: select, train, evaluate, report in the sandbox, by the very commands a user would type."""

import argparse
import shlex
import time
from importlib import import_module
from pathlib import Path

from oneshot_rlvr.commands.flags import seed
from oneshot_rlvr.paths import given

HELP = "the whole story on this CPU: select, train, evaluate, report"
GOOD_LIFT = 0.3  # held-out accuracy gained over the base: with less, a fixed example is shown beside the ranked one
WORLD = (
    "The sandbox is a constructed world: its base model was made able to do the sums but unwilling to work them out.\n"
    "It illustrates the mechanism of one-shot RLVR and is no evidence about real language models."
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=given, default=Path("runs/demo"), metavar="DIR", help="default: runs/demo")
    parser.add_argument("--steps", type=int, default=60, metavar="N", help="training steps of each run (default: 60)")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="of sampling (default: 0)")


def run(args: argparse.Namespace) -> int:
    """Runs finished before are not trained again; UserError for an output folder that cannot be written."""
    from oneshot_rlvr.config.overrides import as_override
    from oneshot_rlvr.errors import UserError
    from oneshot_rlvr.files import check_folder

    if args.steps < 1:
        raise UserError(f"--steps {args.steps}: at least 1 is needed")
    check_folder(args.output, f"--output {args.output}")
    start = time.perf_counter()
    print(WORLD)
    chosen = args.output / "selected.jsonl"
    _command("select", "--history", "sandbox_history", "--pool", "sandbox_pool", "--top-index", "0", "--copies", "8",
             "--rows", "5", "--output", str(chosen))  # fmt: skip
    on_chosen = (as_override("data.file", chosen), "data.examples=[]", "data.copies=1")
    runs = [
        _train(args, "sandbox_format", *on_chosen),
        _train(args, "sandbox_oneshot", *on_chosen),
    ]
    lift = _lift(runs[-1])
    if lift < GOOD_LIFT:
        print(
            f"\nThe example ranked first lifted held-out accuracy by {100 * lift:+.1f} points, less than "
            f"{100 * GOOD_LIFT:.0f}: the ranking did not find a good one. A fixed example is shown beside it."
        )
        runs.append(_train(args, "sandbox_comparison"))
    runs.append(_train(args, "sandbox_full"))
    for folder in runs:
        _command("eval", "--ckpt-dir", str(folder), "--steps", "last")
    _command("report", *map(str, runs), "--output", str(args.output / "report"))
    print(f"\n{WORLD}\ndone in {time.perf_counter() - start:.0f} s; open {args.output / 'report' / 'index.html'}")
    return 0


def _command(name: str, *arguments: str) -> None:
    """Says the command as one would type it, then run it in this process."""
    print(f"\n$ rlvr {shlex.join((name, *arguments))}", flush=True)
    module = import_module(f"oneshot_rlvr.commands.{name}")
    parser = argparse.ArgumentParser(prog=f"rlvr {name}")
    module.configure(parser)
    module.run(parser.parse_args(arguments))


def _train(args: argparse.Namespace, experiment: str, *overrides: str) -> Path:
    """Trains one experiment; returns its run folder."""
    from oneshot_rlvr.config.overrides import as_override

    common = (f"trainer.total_steps={args.steps}", f"trainer.seed={args.seed}")
    output = as_override("trainer.output_dir", args.output)
    _command("train", f"+experiment={experiment}", *overrides, *common, output)
    return args.output / experiment / f"seed{args.seed}"


def _lift(run: Path) -> float:
    """Held-out accuracy of the last validation less that of the first, the base's."""
    from oneshot_rlvr.report.run_files import read_metrics

    accuracies = read_metrics(run).series("eval/sandbox_heldout/accuracy").values
    return accuracies[-1] - accuracies[0]
