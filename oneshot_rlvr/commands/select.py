"""`rlvr select`: rank the examples of a pool by their accuracy history and write a k-shot training set."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from oneshot_rlvr.errors import UserError

if TYPE_CHECKING:
    from oneshot_rlvr.data.history import History
    from oneshot_rlvr.data.pick import Pool
    from oneshot_rlvr.data.selection import RankedExample

HELP = "rank training examples by their accuracy history; write a k-shot training set"
PUBLISHED_HISTORY = "dsr_sub_history"


def configure(parser: argparse.ArgumentParser) -> None:
    source = parser.add_argument_group("what is ranked")
    source.add_argument(
        "--history", default=PUBLISHED_HISTORY, metavar="FILE|RUN",
        help="accuracy history: JSON file, run folder with a ledger, or registered name (default: the published one)",
    )  # fmt: skip
    source.add_argument(
        "--pool", metavar="FILE", help="the problems: parquet, jsonl or registered name (default: those of the history)"
    )
    source.add_argument(
        "--partial", action="store_true", help="allow a history file that covers only a part of the pool"
    )
    source.add_argument(
        "--method", default="std",
        help="std | variance | lim | random | mean_pass_rate | package.module:function (default: std)",
    )  # fmt: skip
    source.add_argument("--seed", type=int, default=0, help="of random and of the intervals (default: 0)")
    choice = parser.add_argument_group("what is written (nothing without one of the first three)")
    which = choice.add_mutually_exclusive_group()
    which.add_argument(
        "--top-index", type=int, metavar="I", help="the example at place I of the ranking, from 0: pi_(I+1)"
    )
    which.add_argument("--top-n", type=int, metavar="N", help="the first N examples")
    which.add_argument("--index", metavar="ID[,ID]", help="examples by data-set id")
    choice.add_argument("--copies", type=int, default=128, help="rows of each example (default: 128)")
    choice.add_argument(
        "--output", type=Path, metavar="FILE", help=".parquet or .jsonl (default: a name made of the choice)"
    )
    view = parser.add_argument_group("what is shown")
    view.add_argument(
        "--rows", type=int, default=16, help="lines of the table, besides chosen and flagged ones (default: 16)"
    )
    view.add_argument("--report", type=Path, metavar="DIR", help="also write a page with figure and full ranking")


def run(args: argparse.Namespace) -> int:
    """Rank, show, write. Raises UserError for every fault of the user's input before anything is written."""
    from oneshot_rlvr.data import pick, selection
    from oneshot_rlvr.data.history import load_history

    if args.copies < 1 or args.rows < 0:
        raise UserError("--copies needs at least 1, --rows at least 0")
    history = load_history(args.history)
    pool = pick.load_pool(args.pool or _pool_of(args.history))
    unseen = pick.check_match(history, pool, args.partial)
    flags = selection.label_flags(pool.problems)
    ranked = selection.ranking(history, args.method, args.seed, flags)
    index = [name.strip() for name in args.index.split(",") if name.strip()] if args.index else []
    chosen = pick.choose(ranked, pool, args.top_index, args.top_n, index)
    output = _output(args, pool, chosen)
    if args.report is not None:
        pick.check_folder(args.report, f"--report {args.report}")
    written = []
    if output is not None:
        pick.check_output(output)
        pick.write_training_set(pool, chosen, args.copies, output)
        written.append(output)
    shown = ranked if args.report is not None else _shown(ranked, chosen, args.rows)
    shown = selection.with_intervals(shown, history, args.method, args.seed)
    by_id = {problem.id: problem for problem in pool.problems}
    _print(_shown(shown, chosen, args.rows), ranked, chosen, history, unseen, args)
    if args.report is not None:
        from oneshot_rlvr.data.selection_report import write_report

        written += write_report(args.report, shown, history, by_id, chosen, args.method)
    if output is not None:
        print(f"{len(chosen)} x {args.copies} rows of id {', '.join(chosen[:8])}{', ...' if len(chosen) > 8 else ''}")
    for path in written:
        print(path)
    return 0


def _pool_of(history: str) -> str:
    """The pool that belongs to a history: by registered name, or as the run's configuration says."""
    from oneshot_rlvr.data.registry import POOL_OF_HISTORY

    if history in POOL_OF_HISTORY:
        return POOL_OF_HISTORY[history]
    config = Path(history).expanduser() / "config.yaml"
    if config.is_file():
        import yaml

        data = (yaml.safe_load(config.read_text(encoding="utf-8")) or {}).get("data") or {}
        pool = data.get("file") or (data.get("pool") if data.get("examples") else None)
        if pool:
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
    if args.top_index is not None:
        published = args.history == PUBLISHED_HISTORY and args.method == "std"
        name = (
            f"pi{args.top_index + 1}"
            if published
            else f"{pool.path.stem}_{_method_name(args.method)}_{args.top_index + 1}"
        )
    elif args.top_n is not None:
        name = f"{pool.path.stem}_{_method_name(args.method)}_top{args.top_n}"
    else:
        name = f"{pool.path.stem}_{'_'.join(chosen[:4])}{'_etc' if len(chosen) > 4 else ''}"
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
    history: "History",
    unseen: int,
    args: argparse.Namespace,
) -> None:
    from rich.console import Console
    from rich.table import Table

    from oneshot_rlvr.data.selection import TIE_DIGITS, split_half

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=120)
    table = Table(title=f"{history.origin}: {len(ranked)} examples by {args.method}", title_justify="left")
    for name in ("rank", "id", "score", "95 % interval", "mean acc.", "visits", "ties"):
        table.add_column(name, justify="left" if name == "id" else "right", no_wrap=True)
    table.add_column("flags")
    last = 0
    for e in shown:
        if e.rank > last + 1:
            table.add_row("...")
        last = e.rank
        interval = f"{e.interval[0]:.4f} to {e.interval[1]:.4f}" if e.interval else "-"
        ties = str(e.tied) if e.tied > 1 else "-"
        notes = "; ".join((("chosen",) if e.id in chosen else ()) + e.flags)
        table.add_row(str(e.rank), e.id, f"{e.score:.6f}", interval, f"{e.mean:.3f}", str(e.visits), ties, notes)
    console.print(table)
    zero = sum(round(e.score, TIE_DIGITS) == 0 for e in ranked)
    never = sum("never solved" in e.flags for e in ranked)
    always = sum("always solved" in e.flags for e in ranked)
    console.print(
        f"never solved {never}, always solved {always}, score zero {zero}; equal scores keep the history's order"
    )
    for label, late in (("odd against even visits", False), ("first against second half", True)):
        half = split_half(history, args.method, late=late)
        if half is not None:
            console.print(
                f"rank stability, {label}: Spearman {half.correlation:.3f}, {half.shared} of the best {half.top} shared"
            )
    if unseen:
        console.print(f"{unseen} problems of the pool have no history and are not ranked")
