"""`rlvr train -m`: one run for each combination of values, through Hydra's own multirun and its launchers.

The basic launcher runs the jobs one after the other in this process; `hydra/launcher=submitit_slurm` or `joblib` (extra
`sweep`) runs them elsewhere. Every job is composed and checked before the first one starts.
"""

import os
import re
import sys
from collections.abc import Callable
from importlib import util
from typing import TYPE_CHECKING

from oneshot_rlvr.config.load import load_run_config, register_schema, to_typed
from oneshot_rlvr.config.overrides import checked_overrides
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.paths import configs_dir

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override
    from omegaconf import DictConfig

# Keys that tell runs apart by themselves: the run folder is <output_dir>/<experiment>/seed<seed> anyway.
OWN_FOLDER = ("experiment", "trainer.seed", "trainer.name", "trainer.output_dir")


def multirun(overrides: list[str], job: "Callable[[DictConfig], None]", dry_run: bool) -> int:
    """Call `job` for each combination; 0 when every job ended well, 1 when one failed (Hydra names it).

    `job` is a function of a module, so that a launcher can find it in another process.
    """
    import hydra
    from hydra.core.override_parser.overrides_parser import OverridesParser

    arguments = checked_overrides(overrides, RunConfig, sweep=True)
    parsed = OverridesParser.create().parse_overrides(arguments)
    if not any(override.is_sweep_override() for override in parsed):
        raise UserError("-m: no key has several values, as in optimizer.lr=1e-6,3e-6; leave -m out for a single run")
    _check_launcher(parsed)
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


def _check_jobs(parsed: "list[Override]", dry_run: bool) -> None:
    """Compose and check each combination; UserError names the first one at fault."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    from oneshot_rlvr.config.check import check_values
    from oneshot_rlvr.trainer.preflight import check, check_batch

    own = [override for override in parsed if not override.key_or_group.startswith("hydra")]
    if any(override.is_sweep_override() and not override.is_discrete_sweep() for override in own):
        raise UserError("-m: interval() needs another sweeper; give the values, as in optimizer.lr=1e-6,3e-6")
    for override in own:
        if override.is_sweep_override() and not list(override.sweep_string_iterator()):
            raise UserError(f"-m: {override.input_line} stands for no value")
    folders: dict[tuple[str, str, str], int] = {}  # of the runs, by their jobs
    for number, job in enumerate(BasicSweeper.split_arguments(own, None)[0]):
        try:
            config = load_run_config(job)
            if dry_run:
                check_values(config)
                check_batch(config)
            else:
                check(config)
            _check_folder(config, _swept(job, _not_in_names(parsed)), number, folders)
        except UserError as error:
            raise UserError(f"job {number} of the sweep: {error}") from error


def _check_folder(config: RunConfig, swept: str, number: int, folders: dict[tuple[str, str, str], int]) -> None:
    """Two jobs of one run folder: the second would go on with the first, or take it for finished."""
    name = config.trainer.name or run_name(swept, config.trainer.seed)
    first = folders.setdefault((os.path.realpath(config.trainer.output_dir), config.experiment, name), number)
    if first == number:
        return
    if config.trainer.name:
        raise UserError(f"trainer.name={name}: that is the run of job {first}; left out, each has a name of its own")
    raise UserError(f"its run folder would be {name}, which is that of job {first}: the same values, or they differ "
                    "only in signs that a folder's name leaves out")  # fmt: skip


def _swept(job: list[str], left_out: list[str]) -> str:
    """The job's `override_dirname`, as Hydra will make it."""
    from hydra._internal.config_loader_impl import get_overrides_dirname
    from hydra.core.override_parser.overrides_parser import OverridesParser

    return get_overrides_dirname(OverridesParser.create().parse_overrides(job), left_out, item_sep=",", kv_sep="=")


def _not_in_names(parsed: "list[Override]") -> list[str]:
    """A job is named by its swept keys only, and not by those that have their own place in the path."""
    swept = {override.key_or_group for override in parsed if override.is_sweep_override()}
    return sorted({override.key_or_group for override in parsed} - swept | set(OWN_FOLDER))


def _folder_name_option(parsed: "list[Override]") -> str:
    keys = ",".join(f"'{key}'" for key in _not_in_names(parsed))
    return f"hydra.job.config.override_dirname.exclude_keys=[{keys}]"


def run_name(swept: str, seed: int) -> str:
    """Folder name of one job. Example: `run_name("optimizer.lr=1e-5", 0)` is `optimizer.lr=1e-5,seed0`."""
    swept = re.sub(r"[^\w.,=+-]+", "_", swept.replace("++", "")).strip("_")
    return f"{swept},seed{seed}" if swept else f"seed{seed}"


def job_config(node: "DictConfig") -> RunConfig:
    """The configuration of the job that Hydra is running, with the folder name of the job."""
    from hydra.core.hydra_config import HydraConfig

    config = to_typed(node, RunConfig)
    if config.trainer.name is None:
        config.trainer.name = run_name(HydraConfig.get().job.override_dirname, config.trainer.seed)
    return config


def run_job(node: "DictConfig", run: Callable[[RunConfig], int]) -> None:
    """Run one job; what went wrong becomes the line that Hydra shows. A signal ends the whole sweep."""
    from hydra.errors import CompactHydraException

    try:
        code = run(job_config(node))
    except (UserError, RunError) as error:
        raise CompactHydraException(str(error)) from None
    if code > 128:
        raise SystemExit(code)
    if code != 0:
        raise CompactHydraException(f"exit code {code}")
