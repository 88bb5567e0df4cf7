"""`rlvr train -m`: one run for each combination of values, through Hydra's own multirun and its launchers.

The basic launcher runs the jobs one after the other in this process; `hydra/launcher=submitit_slurm` or `joblib` (extra
`sweep`) runs them elsewhere. Every job is composed and checked before the first one starts.
"""

import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import util
from itertools import product
from typing import TYPE_CHECKING

from oneshot_rlvr.config.load import load_run_config, register_schema, to_typed, user_errors
from oneshot_rlvr.config.overrides import check_overrides, sweep_values
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.paths import configs_dir

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override
    from omegaconf import DictConfig

# Keys that tell runs apart by themselves: the run folder is <output_dir>/<experiment>/seed<seed> anyway.
OWN_FOLDER = ("experiment", "trainer.seed", "trainer.name", "trainer.output_dir")


def multirun(overrides: list[str], job: "Callable[[DictConfig], None]", dry_run: bool) -> int:
    """Calls `job` for each combination; 0 when every job ended well, 1 when one failed (Hydra names it).

    `job` is a function of a module, so that a launcher can find it in another process.
    """
    import hydra

    arguments = check_overrides(overrides, RunConfig, sweep=True)
    parsed = _parse(arguments)
    if not any(override.is_sweep_override() for override in parsed):
        raise UserError("-m: no key has several values, as in optimizer.lr=1e-6,3e-6; leave -m out for a single run")
    _check_launcher(parsed)
    load_run_config([str(o.input_line) for o in parsed if o.is_hydra_override() and not o.is_sweep_override()])
    if not any(override.key_or_group == "hydra/sweeper" for override in parsed):
        _check_jobs(parsed, dry_run)
    register_schema("train", RunConfig)
    start = hydra.main(version_base=None, config_path=str(configs_dir()), config_name="train")(job)
    before, sys.argv = sys.argv, ["rlvr", "--multirun", *arguments, _folder_name_option(parsed)]
    try:
        start()
    except SystemExit as end:  # Hydra has printed which job failed and why
        return end.code if isinstance(end.code, int) else 1
    finally:
        sys.argv = before
    return 0


def _check_launcher(parsed: "list[Override]") -> None:
    chosen = next((str(override.value()) for override in parsed if override.key_or_group == "hydra/launcher"), "")
    plugin = next((name for name in ("submitit", "joblib") if chosen.startswith(name)), None)
    if plugin and (not util.find_spec("hydra_plugins") or not util.find_spec(f"hydra_plugins.hydra_{plugin}_launcher")):
        raise UserError(f"hydra/launcher={chosen}: not installed here; pip install -c constraints.txt -e '.[sweep]'")


def _parse(arguments: Sequence[str]) -> "list[Override]":
    from hydra.core.override_parser.overrides_parser import OverridesParser

    with user_errors(RunConfig):
        return OverridesParser.create().parse_overrides(list(arguments))


def _check_jobs(parsed: "list[Override]", dry_run: bool) -> None:
    """Composes and checks each combination; UserError names the first one at fault."""
    from oneshot_rlvr.trainer.preflight import check, check_settings

    choices = {}  # key -> its overrides; of a key that is given twice, the last count
    for override in (override for override in parsed if not override.is_hydra_override()):
        key, values = override.get_key_element(), [str(override.input_line)]
        if override.is_sweep_override():
            values = [f"{key}={value}" for value in sweep_values(override)]
        choices[key] = values
    folders: dict[tuple[str, str, str], int] = {}  # run folder -> job
    for number, job in enumerate(product(*choices.values())):
        try:
            config = load_run_config(list(job))
            check_settings(config) if dry_run else check(config)
            _check_folder(config, _swept_values(job, _unnamed_keys(parsed)), number, folders)
        except UserError as error:
            raise UserError(f"job {number} of the sweep: {error}") from error


def _check_folder(config: RunConfig, swept: str, number: int, folders: dict[tuple[str, str, str], int]) -> None:
    """UserError for a second job of one run folder: it would go on with the first, or take it for finished."""
    name = config.trainer.name or run_name(swept, config.trainer.seed)
    first = folders.setdefault((os.path.realpath(config.trainer.output_dir), config.experiment, name), number)
    if first == number:
        return
    if config.trainer.name:
        raise UserError(f"trainer.name={name}: that is the run of job {first}; left out, each has a name of its own")
    raise UserError(f"its run folder would be {name}, which is that of job {first}: the same values, or they differ "
                    "only in signs that a folder's name leaves out")  # fmt: skip


def _swept_values(job: Sequence[str], left_out: list[str]) -> str:
    """The job's `override_dirname`, as Hydra will make it."""
    return ",".join(sorted(str(o.input_line) for o in _parse(job) if o.key_or_group not in left_out))


def _unnamed_keys(parsed: "list[Override]") -> list[str]:
    """Keys that do not name a job: those with one value, and those that have their own place in the path."""
    swept = {override.key_or_group for override in parsed if override.is_sweep_override()}
    return sorted({override.key_or_group for override in parsed} - swept | set(OWN_FOLDER))


def _folder_name_option(parsed: "list[Override]") -> str:
    keys = ",".join(f"'{key}'" for key in _unnamed_keys(parsed))
    return f"hydra.job.config.override_dirname.exclude_keys=[{keys}]"


def run_name(swept: str, seed: int) -> str:
    """Folder name of one job. Example: `run_name("optimizer.lr=1e-5", 0)` is `optimizer.lr=1e-5,seed0`."""
    swept = re.sub(r"[^\w.,=+-]+", "_", swept.replace("++", "")).strip("_")
    return f"{swept},seed{seed}" if swept else f"seed{seed}"


def run_job(node: "DictConfig", run: Callable[[RunConfig], int]) -> None:
    """Runs the job that Hydra has begun, in its own folder. Errors become the line that Hydra shows; a signal ends the
    whole sweep."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.errors import CompactHydraException

    try:
        config = to_typed(node, RunConfig)
        if config.trainer.name is None:
            config.trainer.name = run_name(HydraConfig.get().job.override_dirname, config.trainer.seed)
        code = run(config)
    except (UserError, RunError) as error:
        raise CompactHydraException(str(error)) from None
    if code > 128:
        raise SystemExit(code)
    if code != 0:
        raise CompactHydraException(f"exit code {code}")
