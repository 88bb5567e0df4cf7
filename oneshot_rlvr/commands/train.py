"""`rlvr train`: compose the configuration, check it, hand over to the trainer. With `-m`, one run a combination."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from omegaconf import DictConfig

    from oneshot_rlvr.config.schema import RunConfig
    from oneshot_rlvr.trainer.build import Built

HELP = "train on one or a few examples: +experiment=NAME [key=value ...] [-m]"


def configure(parser: argparse.ArgumentParser) -> None:
    from oneshot_rlvr.paths import configs_dir

    parser.add_argument(
        "overrides", nargs="*", metavar="key=value", help="+experiment=NAME, a group choice (model=NAME) or a key"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print batch algebra, memory and time estimates; run nothing"
    )
    parser.add_argument(
        "-m", "--multirun", action="store_true", help="one run for each combination of comma-separated values"
    )
    names = sorted(path.stem for path in (configs_dir() / "experiment").glob("*.yaml"))
    parser.epilog = f"Experiments: {', '.join(names)}. Every key is described in oneshot_rlvr/config/schema.py."


def run(args: argparse.Namespace) -> int:
    if args.multirun:
        from oneshot_rlvr.commands.multirun import multirun

        return multirun(args.overrides, dry_run_job if args.dry_run else train_job, dry_run=args.dry_run)
    from oneshot_rlvr.config.load import load_run_config

    return run_one(load_run_config(args.overrides), args.dry_run)


def run_one(config: "RunConfig", dry_run: bool) -> int:
    """Checks one configuration and train it (or only describe it); returns the exit code."""
    if dry_run:
        from oneshot_rlvr.trainer.dry_run import describe

        print(describe(config))
        return 0
    from oneshot_rlvr.config.sampler import resolved
    from oneshot_rlvr.trainer.hub_commits import pinned
    from oneshot_rlvr.trainer.preflight import check

    config = pinned(config)
    check(resolved(config)[0])
    from oneshot_rlvr.trainer.run import train

    if not config.selfplay.enabled:
        return train(config, build)
    from oneshot_rlvr.selfplay.build import check_start, source_and_example

    check_start(config)
    return train(config, build, source_and_example)


def build(config: "RunConfig", poll: "Callable[[], None]", beat: "Callable[..., None]") -> "Built":
    """Builds the parts of a run by `config.runtime.name` (`trainer.build.Builder`)."""
    if config.runtime.name == "ray":
        from oneshot_rlvr.cluster.placement import build_ray

        return build_ray(config, poll, beat)
    from oneshot_rlvr.trainer.build import build_local

    return build_local(config, poll, beat)


def train_job(node: "DictConfig") -> None:
    """One run of a sweep."""
    from oneshot_rlvr.commands.multirun import run_job

    run_job(node, lambda config: run_one(config, dry_run=False))


def dry_run_job(node: "DictConfig") -> None:
    """One run of a sweep with --dry-run."""
    from oneshot_rlvr.commands.multirun import run_job

    run_job(node, lambda config: run_one(config, dry_run=True))
