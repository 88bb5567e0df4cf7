"""`rlvr study`: one example with its controls, nested sets and seeds from one file, and a verdict for each claim."""

import argparse
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from oneshot_rlvr.commands.call import call
from oneshot_rlvr.errors import RunError, UserError, nearest
from oneshot_rlvr.paths import given

if TYPE_CHECKING:
    from oneshot_rlvr.trainer.dry_run import Cost
    from oneshot_rlvr.trainer.study import PlannedRun, Study

HELP = "one example with its controls, nested sets and seeds, and a verdict for each claim"


def configure(parser: argparse.ArgumentParser) -> None:
    from oneshot_rlvr.paths import configs_dir

    parser.add_argument("study", metavar="NAME|FILE", help="a shipped study, or a YAML file")
    parser.add_argument("settings", nargs="*", metavar="key=value", help="settings of every run, as of rlvr train")
    parser.add_argument("--output", type=given, metavar="DIR", help="default: runs/study/NAME")
    parser.add_argument("--dry-run", action="store_true", help="hours and disk of every arm; run nothing")
    parser.add_argument("--list", action="store_true", help="numbers of the runs and the command of each; run nothing")
    parser.add_argument("--arm", metavar="N|ARM", help="only run N, or the runs of an arm (for arrays of jobs)")
    names = sorted(path.stem for path in (configs_dir() / "study").glob("*.yaml"))
    parser.epilog = f"Shipped: {', '.join(names)}. Finished runs are not repeated."


def run(args: argparse.Namespace) -> int:
    """Plans, checks and makes the runs, then the evaluations of the base and the page.

    Raises UserError for a fault of the file or of any run, before the first one begins; RunError at the end where runs
    failed.
    """
    from oneshot_rlvr.files import check_folder
    from oneshot_rlvr.trainer.study import load_study, made_model, plan_runs

    study = load_study(args.study)
    output: Path = args.output or Path("runs") / "study" / Path(args.study).stem
    runs = plan_runs(study, output, args.settings)
    _check(runs, output, args.dry_run)
    if args.dry_run:
        print(costs(runs))
        return 0
    if args.list:
        for number, planned in enumerate(runs):
            print(f"{number:3}  {planned.arm} seed{planned.seed}: {command(planned)}")
        return 0
    check_folder(output, f"--output {output}")
    chosen = runs if args.arm is None else choose(runs, args.arm)
    if lack := next((run.maker for run in chosen if waits(run, output) and run.maker not in chosen), None):
        raise UserError(f"--arm {args.arm}: starts from {made_model(lack, output)}, which --arm {lack.arm} makes first")
    failed: list[str] = []
    for number, planned in enumerate(chosen):
        code, said = _train(planned, f"run {number + 1} of {len(chosen)}")
        if code > 128:
            return code
        failed += [f"{planned.arm} seed{planned.seed}: {said}"] if said else []
    if args.arm is None:
        _finish(study, runs, output)
    if failed:
        raise RunError(f"{len(failed)} of {len(chosen)} runs failed: {'; '.join(failed)}")
    return 0


def waits(planned: "PlannedRun", output: Path) -> bool:
    """Says whether a run starts from a model that another one has not made yet."""
    from oneshot_rlvr.trainer.study import made_model

    return planned.maker is not None and not made_model(planned.maker, output).is_dir()


def _check(runs: "Sequence[PlannedRun]", output: Path, dry_run: bool) -> None:
    """UserError, with the arm, for settings that are wrong; one seed stands for all, and one of the other examples."""
    from oneshot_rlvr.config.load import load_run_config
    from oneshot_rlvr.config.sampler import resolved
    from oneshot_rlvr.trainer.preflight import check, check_settings
    from oneshot_rlvr.trainer.study import OTHER

    kinds: dict[str, PlannedRun] = {}
    for planned in runs:
        kinds.setdefault(re.sub(rf"{OTHER}_\d+$", OTHER, planned.arm), planned)
    for planned in kinds.values():
        try:
            config = load_run_config(list(planned.overrides))
            check_settings(config) if dry_run or waits(planned, output) else check(resolved(config)[0])
        except UserError as error:
            raise UserError(f"arm {planned.arm}: {error}") from error


def choose(runs: "Sequence[PlannedRun]", wanted: str) -> "list[PlannedRun]":
    """The run of a number, or those of an arm."""
    if wanted.isdigit():
        if int(wanted) >= len(runs):
            raise UserError(f"--arm {wanted}: the runs have numbers 0 to {len(runs) - 1} (--list)")
        return [runs[int(wanted)]]
    found = [planned for planned in runs if planned.arm == wanted]
    if not found:
        raise UserError(f"--arm {wanted}: not known; {nearest(wanted, dict.fromkeys(p.arm for p in runs))}")
    return found


def command(planned: "PlannedRun") -> str:
    """The run as one would type it."""
    import shlex

    return shlex.join(("rlvr", "train" if planned.trains else "sft", *planned.overrides))


def costs(runs: "Sequence[PlannedRun]") -> str:
    """A table of hours and disk by arm; hours for responses of a quarter of the limit, and of all of it."""
    from oneshot_rlvr.config.load import load_run_config
    from oneshot_rlvr.evaluation.tables import NONE, Table, markdown
    from oneshot_rlvr.trainer.dry_run import Cost, cost, size_words

    seeds = Counter(planned.arm for planned in runs)
    table = Table(["arm", "runs", "hours", "disk"])
    total, unknown = Cost(0.0, 0.0, 0.0), 0
    for arm, planned in {planned.arm: planned for planned in runs}.items():
        config = load_run_config(list(planned.overrides))
        if planned.maker is not None:  # of the same shape as what it is made from, and perhaps not there yet
            config = replace(config, model=load_run_config(list(planned.maker.overrides)).model)
        one = cost(config)
        if one is None:
            unknown += seeds[arm]
            table.add(arm, seeds[arm], NONE, NONE)
            continue
        all_seeds = one.times(seeds[arm])
        total = total.plus(all_seeds)
        table.add(arm, seeds[arm], _hours(all_seeds), size_words(all_seeds.disk))
    table.add("all", len(runs), _hours(total), size_words(total.disk))
    lack = f"\nNot counted: {unknown} runs of a model whose shape is not known here." if unknown else ""
    told = "Estimates, one run after the other; responses of a quarter of the limit, to all of it."
    return f"{markdown(table)}\n{told}{lack}"


def _hours(cost: "Cost") -> str:
    return f"{cost.short / 3600:.2f} to {cost.long / 3600:.2f}"


def _train(planned: "PlannedRun", place: str) -> tuple[int, str]:
    """Trains one run, unless that is done; -> exit code, and what failed."""
    from oneshot_rlvr.commands.train import run_one
    from oneshot_rlvr.config.load import load_run_config

    print(f"\n{place}: {planned.arm} seed{planned.seed}\n$ {command(planned)}", flush=True)
    try:
        return run_one(load_run_config(list(planned.overrides)), dry_run=False), ""
    except RunError as error:
        print(f"failed: {error}", flush=True)
        return 1, str(error)


def _finish(study: "Study", runs: "Sequence[PlannedRun]", output: Path) -> None:
    """Asks the base with the example in the prompt, and writes the page."""
    from oneshot_rlvr.report.report_parts import write_shots
    from oneshot_rlvr.report.run_files import read_run
    from oneshot_rlvr.trainer.study import CONTEXT, ONE

    trained = [planned for planned in runs if planned.trains]
    there = [folder for planned in trained if (folder := planned.folder(output) / "metrics.jsonl").is_file()]
    first = {planned.arm: planned.folder(output) for planned in reversed(trained) if planned.arm.endswith(ONE)}
    for folder in first.values() if CONTEXT in study.arms else ():
        if not (folder / "checkpoints").is_dir():
            continue
        run = read_run(folder)
        template = run.config.model.template
        if shots := write_shots(run, folder):
            call("eval", "--ckpt-dir", str(folder), "--steps", "base", "--template", f"{template},{template}+{shots}")
        else:
            print(f"{folder}: no right answer to the example was kept, so it cannot be shown in the prompt")
    if study.page:
        call("report", *(str(path.parent) for path in there), "--output", str(output / "report"))
