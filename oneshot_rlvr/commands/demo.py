"""`rlvr demo`: the whole story by the very commands a user would type, in the sandbox or on a real small model."""

import argparse
import time
from pathlib import Path

from oneshot_rlvr.commands.call import call
from oneshot_rlvr.commands.flags import seed
from oneshot_rlvr.paths import given

HELP = "the whole story on this CPU: select, train, evaluate, report"
STEPS = {False: 60, True: 10}  # training steps of each run, by --real
OUTPUT = {False: Path("runs/demo"), True: Path("runs/demo_real")}
REAL_SETS = ("svamp", "asdiv", "mawps")  # easy problems that others wrote, asked where their files are here
REAL_LIMIT = 40  # problems of each of them
GOOD_LIFT = 0.3  # held-out accuracy gained over the base: with less, a fixed example is shown beside the ranked one
WORLD = (
    "The sandbox is a constructed world: its base model was made able to do the sums but unwilling to work them out.\n"
    "It illustrates the mechanism of one-shot RLVR and is no evidence about real language models."
)
REAL = (
    "SmolLM2-135M-Instruct, a chat model that others made, trained on one easy word problem. What that teaches here\n"
    "is mostly to answer shortly instead of rambling: the example in the prompt, without training, shows how much of\n"
    "it was there before. A model this small says nothing about what large models learn from one hard problem."
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--real", action="store_true", help="on a real pretrained model of 135 million parameters (hub: 270 MB; about "
        "15 minutes on two cores, 10 GB of memory) instead of the sandbox's",
    )  # fmt: skip
    parser.add_argument("--model", metavar="DIR_OR_ID", help="of --real: another model, or a folder of that one")
    parser.add_argument(
        "--output", type=given, metavar="DIR", help="default: runs/demo, with --real runs/demo_real"
    )
    parser.add_argument(
        "--steps", type=int, metavar="N", help="training steps of each run (default: 60, with --real 10)"
    )
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="of sampling (default: 0)")


def run(args: argparse.Namespace) -> int:
    """Runs finished before are not trained again; UserError for an output folder that cannot be written."""
    from oneshot_rlvr.errors import UserError
    from oneshot_rlvr.files import check_folder

    args.steps = STEPS[args.real] if args.steps is None else args.steps
    args.output = OUTPUT[args.real] if args.output is None else args.output
    if args.steps < 1:
        raise UserError(f"--steps {args.steps}: at least 1 is needed")
    if args.model is not None and not args.real:
        raise UserError(f"--model {args.model}: goes with --real; the sandbox has its own model")
    check_folder(args.output, f"--output {args.output}")
    start, words = time.perf_counter(), REAL if args.real else WORLD
    print(words)
    runs = _real(args) if args.real else _sandbox(args)
    call("report", *map(str, runs), "--output", str(args.output / "report"))
    print(f"\n{words}\ndone in {time.perf_counter() - start:.0f} s; open {args.output / 'report' / 'index.html'}")
    return 0


def _real(args: argparse.Namespace) -> list[Path]:
    """One-shot with two seeds and its format control, the example in the prompt, problems that others wrote.

    Each run validates at its end over the whole held-out set; the base's answers serve all.
    """
    from oneshot_rlvr.config.overrides import as_override
    from oneshot_rlvr.data.registry import locate, sources

    model = () if args.model is None else (as_override("model.path", args.model),)
    every = f"trainer.eval_every={args.steps}"
    first = _train(args, "smollm2_oneshot", *model, every)
    call("eval", "--ckpt-dir", str(first), "--steps", "base", "--template", "own,own+marbles")
    known = sources()
    if here := [name for name in REAL_SETS if locate(known[name])]:
        call("eval", "--ckpt-dir", str(first), "--steps", "last", "--benchmarks", ",".join(here), "--limit",
                 str(REAL_LIMIT))  # fmt: skip
    no_base = (*model, every, "trainer.eval_first=false")
    control = _train(args, "smollm2_format", *no_base)
    args.seed += 1
    return [first, _train(args, "smollm2_oneshot", *no_base), control]


def _sandbox(args: argparse.Namespace) -> list[Path]:
    """One example chosen by its history, the controls that its gain is read against, and the whole pool."""
    from oneshot_rlvr.config.overrides import as_override

    chosen = args.output / "selected.jsonl"
    call("select", "--history", "sandbox_history", "--pool", "sandbox_pool", "--top-index", "0", "--copies", "8",
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
        call("eval", "--ckpt-dir", str(folder), "--steps", "last")
    return runs


def _train(args: argparse.Namespace, experiment: str, *overrides: str) -> Path:
    """Trains one experiment; returns its run folder."""
    from oneshot_rlvr.config.overrides import as_override

    common = (f"trainer.total_steps={args.steps}", f"trainer.seed={args.seed}")
    output = as_override("trainer.output_dir", args.output)
    call("train", f"+experiment={experiment}", *overrides, *common, output)
    return args.output / experiment / f"seed{args.seed}"


def _lift(run: Path) -> float:
    """Held-out accuracy of the last validation less that of the first, the base's."""
    from oneshot_rlvr.report.run_files import read_metrics

    accuracies = read_metrics(run).series("eval/sandbox_heldout/accuracy").values
    return accuracies[-1] - accuracies[0]
