"""`rlvr select`: rank the examples of a pool by accuracy history or by a probe, and write a k-shot training set."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from oneshot_rlvr.commands.flags import seed
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation.engine_options import AUTO_ENGINE, ENGINES, engine_options
from oneshot_rlvr.paths import given
from oneshot_rlvr.terminal import console as terminal_console
from oneshot_rlvr.terminal import printable

if TYPE_CHECKING:
    from oneshot_rlvr.data.history import History
    from oneshot_rlvr.data.pick import Pool
    from oneshot_rlvr.data.selection import RankedExample

HELP = "rank training examples by their accuracy history; write a k-shot training set"
PUBLISHED_HISTORY = "dsr_sub_history"
PROBE_ONLY = ("n", "limit", "temperature", "max_new_tokens", "template", "grader", "probe_dir", "engine",
              "max_batch_tokens")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ranked:
    """Records to be ranked, and where they came from."""

    history: "History"
    pool: "Pool"
    unseen: int  # problems of the pool without history
    inputs: tuple[Path, ...]  # never written over
    files: tuple[Path, ...]  # written on the way: a probe's samples


def configure(parser: argparse.ArgumentParser) -> None:
    source = parser.add_argument_group("what is ranked")
    source.add_argument(
        "--history", metavar="FILE|RUN",
        help="accuracy history: JSON file, run folder with a ledger, or registered name (default: the published one)",
    )  # fmt: skip
    source.add_argument(
        "--trials", type=given, metavar="RUNS",
        help="a folder of runs on one example each: ranked by what they reached on their validation set",
    )  # fmt: skip
    source.add_argument(
        "--pool", metavar="FILE", help="the problems: parquet, jsonl or registered name (default: those of the history)"
    )
    source.add_argument(
        "--partial", action="store_true", help="allow a history file that covers only a part of the pool"
    )
    source.add_argument(
        "--method",
        help="std | variance | lim | random | mean_pass_rate | mean | package.module:function; with --probe also "
        "diversity | reachable_diversity (default: std; with --probe reachable_diversity, with --trials mean)",
    )  # fmt: skip
    source.add_argument("--seed", type=seed, default=0, help="of random, of the intervals, of a probe (default: 0)")
    probe = parser.add_argument_group("cheap selection: samples of a model instead of a history of training it")
    probe.add_argument("--probe", metavar="MODEL", help="a folder, a hub id, or sandbox:NAME: sample it on the pool")
    probe.add_argument("--n", type=int, metavar="N", help="samples of each problem (default: 16)")
    probe.add_argument("--limit", type=int, metavar="N", help="the first N problems of the pool")
    probe.add_argument("--temperature", type=float, metavar="T", help="default: 0.6, as in training")
    probe.add_argument(
        "--max-new-tokens", type=int, metavar="N", help="default: 3072, as in training; sandbox models 64"
    )
    probe.add_argument("--template", metavar="T", help="prompt template (default: own, as in training)")
    probe.add_argument("--grader", metavar="G", help="default: deepscaler, as in training; sandbox models exact")
    probe.add_argument("--engine", metavar="NAME", help=f"{' | '.join(ENGINES)} (default: {AUTO_ENGINE})")
    probe.add_argument(
        "--max-batch-tokens", type=int, metavar="N", help="transformers: cache tokens held at once (default: 262144)"
    )
    probe.add_argument("--probe-dir", type=given, metavar="DIR", help="of the samples (default: runs/probe/MODEL)")
    choice = parser.add_argument_group("what is written (nothing without one of the first three)")
    which = choice.add_mutually_exclusive_group()
    which.add_argument(
        "--top-index", type=int, metavar="I", help="the example at place I of the ranking, from 0: pi_(I+1)"
    )
    which.add_argument("--top-n", type=int, metavar="N", help="the first N examples")
    which.add_argument("--index", metavar="ID[,ID]", help="examples by data-set id")
    choice.add_argument("--copies", type=int, default=128, help="rows of each example (default: 128)")
    choice.add_argument(
        "--output", type=given, metavar="FILE", help=".parquet or .jsonl (default: a name made of the choice)"
    )
    view = parser.add_argument_group("what is shown")
    view.add_argument(
        "--rows", type=int, default=16, help="lines of the table, besides chosen and flagged ones (default: 16)"
    )
    view.add_argument("--report", type=given, metavar="DIR", help="also write a page with figure and full ranking")


def run(args: argparse.Namespace) -> int:
    """Rank, show, write. Raises UserError for every fault of the user's input before anything is written."""
    from oneshot_rlvr.data import pick, selection
    from oneshot_rlvr.data.training_set import check_copies

    if args.copies < 1 or args.rows < 0:
        raise UserError("--copies needs at least 1, --rows at least 0")
    args.method = args.method or _usual_method(args)
    source = _tried(args) if args.trials else _recorded(args) if args.probe is None else _probed(args)
    history, pool = source.history, source.pool
    flags = selection.label_flags(pool.problems)
    ranked = selection.ranking(history, args.method, args.seed, flags)
    chosen = pick.choose(ranked, pool, args.top_index, args.top_n, _index(args))
    check_copies(len(chosen), args.copies, f"--copies {args.copies}")
    output = _output(args, pool, chosen)
    _check_places(args, output, source.inputs)
    written = list(source.files)
    if output is not None:
        pick.write_training_set(pool, chosen, args.copies, output)
        written.append(output)
    shown = ranked if args.report is not None else _shown(ranked, chosen, args.rows)
    shown = selection.with_intervals(shown, history, args.method, args.seed)
    by_id = {problem.id: problem for problem in pool.problems}
    _print(_shown(shown, chosen, args.rows), ranked, chosen, source, args)
    if args.report is not None:
        from oneshot_rlvr.report.selection import write_report

        written += write_report(args.report, shown, history, by_id, chosen, args.method)
    if output is not None:
        ids = ", ".join(map(printable, chosen[:8]))
        print(f"{len(chosen)} x {args.copies} rows of id {ids}{', ...' if len(chosen) > 8 else ''}")
    for path in written:
        print(path)
    return 0


def _usual_method(args: argparse.Namespace) -> str:
    if args.trials is not None:
        return "mean"
    return "std" if args.probe is None else "reachable_diversity"


def _refuse_flags_of_probes(args: argparse.Namespace) -> None:
    for name in PROBE_ONLY:
        if getattr(args, name) is not None:
            raise UserError(f"--{name.replace('_', '-')}: belongs to --probe MODEL")


def _tried(args: argparse.Namespace) -> Ranked:
    """Runs on one example each."""
    from oneshot_rlvr.data import pick
    from oneshot_rlvr.report.trials import trial_history

    if args.history is not None or args.probe is not None:
        raise UserError("--trials, --history and --probe: give one of them")
    _refuse_flags_of_probes(args)
    if ":" not in args.method and args.method not in ("mean", "random"):
        raise UserError(f"--method {args.method}: asks how accuracy moves, and a trial has only its end; mean is meant")
    history, named = trial_history(args.trials)
    pool = pick.load_pool(args.pool or named)
    return Ranked(history, pool, pick.check_match(history, pool, args.partial), (pool.path,), ())


def _recorded(args: argparse.Namespace) -> Ranked:
    """A history that some training left behind."""
    from oneshot_rlvr.data import pick
    from oneshot_rlvr.data.history import load_history

    _refuse_flags_of_probes(args)
    args.history = args.history or PUBLISHED_HISTORY
    history = load_history(args.history)
    pool = pick.load_pool(args.pool or _pool_of(args.history))
    inputs = (pool.path, Path(history.origin))
    return Ranked(history, pool, pick.check_match(history, pool, args.partial), inputs, ())


def _probed(args: argparse.Namespace) -> Ranked:
    """Samples of `--probe MODEL`. All that can be refused is refused before the model is read."""
    from oneshot_rlvr.data import pick, selection
    from oneshot_rlvr.evaluation.pool_probe import probe_of, probe_pool
    from oneshot_rlvr.files import check_folder

    if args.history is not None:
        raise UserError("--history and --probe: give one of them")
    for flag in ("n", "limit", "max_new_tokens", "max_batch_tokens"):
        value = getattr(args, flag)
        if value is not None and value < 1:
            raise UserError(f"--{flag.replace('_', '-')} {value}: at least 1 is needed")
    engine = engine_options(args.engine or "auto", max_batch_tokens=args.max_batch_tokens)
    pool = pick.load_pool(args.pool or ("sandbox_pool" if args.probe.startswith("sandbox:") else "dsr_sub"))
    problems = pool.problems[: args.limit]
    selection.check_method(args.method, of_probe=True)
    probe = probe_of(
        args.probe, pool.path.stem, args.n or 16, args.probe_dir, args.temperature, args.max_new_tokens,
        args.template, args.grader, args.seed, engine,
    )  # fmt: skip
    samples = probe.place / "samples.jsonl"
    inputs = (pool.path, samples)
    _refuse_choice(args, pool, [problem.id for problem in problems], inputs)
    check_folder(probe.place, f"--probe-dir {probe.place}")
    history = probe_pool(problems, probe)
    return Ranked(history, pool, len(pool.problems) - len(problems), inputs, (samples,))


def _refuse_choice(args: argparse.Namespace, pool: "Pool", ids: Sequence[str], inputs: Sequence[Path]) -> None:
    """Refuses what cannot be chosen or written, on a stand-in for the ranking: sampling may take hours."""
    from oneshot_rlvr.data import pick
    from oneshot_rlvr.data.history import History
    from oneshot_rlvr.data.selection import ranking

    blank = ranking(History(tuple(ids), ((0.0,),) * len(ids), "", True), "std")
    output = _output(args, pool, pick.choose(blank, pool, args.top_index, args.top_n, _index(args)))
    _check_places(args, output, inputs)


def _check_places(args: argparse.Namespace, output: Path | None, inputs: Sequence[Path]) -> None:
    """The output before the report, whose folder is made."""
    from oneshot_rlvr.data.pick import check_output
    from oneshot_rlvr.files import check_folder

    if output is not None:
        check_output(output, inputs)
    if args.report is not None:
        check_folder(args.report, f"--report {args.report}")


def _index(args: argparse.Namespace) -> list[str]:
    return [name.strip() for name in args.index.split(",") if name.strip()] if args.index else []


def _pool_of(history: str) -> str:
    """The pool that belongs to a history: by registered name, or as the run's configuration says."""
    from oneshot_rlvr.data.history import run_settings
    from oneshot_rlvr.data.registry import POOL_OF_HISTORY

    if history in POOL_OF_HISTORY:
        return POOL_OF_HISTORY[history]
    data = run_settings(Path(history).expanduser()).get("data", {})
    if pool := data.get("file") or (data.get("pool") if data.get("examples") else None):
        return str(pool)
    if Path(history).expanduser().is_dir() or history.endswith(".jsonl"):
        raise UserError(f"--pool is needed: {history} does not say which problems it was trained on")
    return POOL_OF_HISTORY[PUBLISHED_HISTORY]


def _output(args: argparse.Namespace, pool: "Pool", chosen: Sequence[str]) -> Path | None:
    """The file to write: as given, else named after the choice; none when nothing was chosen."""
    if not chosen:
        if args.output is not None:
            raise UserError("--output needs a choice: --top-index, --top-n or --index")
        return None
    if args.output is not None:
        return args.output.expanduser()
    source = "trials_" if args.trials else "probe_" if args.probe is not None else ""
    method = source + _method_name(args.method)
    method += f"{args.seed}" if args.method == "random" else ""
    if args.top_index is not None:
        published = args.history == PUBLISHED_HISTORY and args.method == "std"
        name = f"pi{args.top_index + 1}" if published else f"{pool.path.stem}_{method}_{args.top_index + 1}"
    elif args.top_n is not None:
        name = f"{pool.path.stem}_{method}_top{args.top_n}"
    else:
        rest = sha256(",".join(chosen[4:]).encode()).hexdigest()[:8] if len(chosen) > 4 else ""
        name = f"{pool.path.stem}_{'_'.join(chosen[:4])}{'_and_' if rest else ''}{rest}"
    return Path(f"{name}_r{args.copies}.parquet")


def _method_name(method: str) -> str:
    return method.replace(":", ".")


def _shown(ranked: Sequence["RankedExample"], chosen: Sequence[str], rows: int) -> list["RankedExample"]:
    """The first lines, the chosen ones wherever they stand, and those whose label or prompt is suspect."""
    suspect = ("suspect", "same prompt")
    return [e for e in ranked if e.rank <= rows or e.id in chosen or any(f.startswith(suspect) for f in e.flags)]


def _print(
    shown: Sequence["RankedExample"],
    ranked: Sequence["RankedExample"],
    chosen: Sequence[str],
    source: Ranked,
    args: argparse.Namespace,
) -> None:
    from rich.table import Table

    from oneshot_rlvr.data.selection import TIE_DIGITS, split_half

    console = terminal_console(markup=False)
    if not console.is_terminal:
        console = terminal_console(markup=False, width=120)
    history, probed = source.history, source.history.answers is not None
    table = Table(title=printable(f"{history.origin}: {len(ranked)} examples by {args.method}"), title_justify="left")
    names = ("mean acc.", "visits") if not probed else ("pass rate", "samples", "answers")
    for name in ("rank", "id", "score", "95 % interval", *names, "ties"):
        table.add_column(name, justify="left" if name == "id" else "right", no_wrap=True)
    table.add_column("flags")
    last = 0
    for e in shown:
        if e.rank > last + 1:
            table.add_row("...")
        last = e.rank
        interval = f"{e.interval[0]:.4f} to {e.interval[1]:.4f}" if e.interval else "-"
        ties = str(e.tied) if e.tied > 1 else "-"
        notes = printable("; ".join((("chosen",) if e.id in chosen else ()) + e.flags))
        counts = (str(e.visits),) if e.answers is None else (str(e.visits), str(e.answers))
        table.add_row(str(e.rank), printable(e.id), f"{e.score:.6f}", interval, f"{e.mean:.3f}", *counts, ties, notes)
    console.print(table)
    zero = sum(round(e.score, TIE_DIGITS) == 0 for e in ranked)
    never = sum("never solved" in e.flags for e in ranked)
    always = sum("always solved" in e.flags for e in ranked)
    kept = "pool" if probed else "history"
    console.print(
        f"never solved {never}, always solved {always}, score zero {zero}; equal scores keep the {kept}'s order"
    )
    halves = (("odd against even visits", False), ("first against second half", True))
    for label, late in halves if not probed else (("odd against even samples", False),):
        half = split_half(history, args.method, late=late)
        if half is not None and isfinite(half.correlation):
            console.print(
                f"rank stability, {label}: Spearman {half.correlation:.3f}, {half.shared} of the best {half.top} shared"
            )
    if source.unseen:
        lack = "were not sampled" if probed else "have no history"
        console.print(f"{source.unseen} problems of the pool {lack} and are not ranked")
