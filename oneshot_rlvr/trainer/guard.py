"""How a run ends early: by a signal, by a health rule, by a full disk. The loop itself knows nothing of it."""

import dataclasses
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Sequence

from oneshot_rlvr.errors import NonFinite, RunError
from oneshot_rlvr.files import step_name
from oneshot_rlvr.trainer.health import HELPS, Fault
from oneshot_rlvr.trainer.run_folder import write_zst
from oneshot_rlvr.trainer.stop import Interrupted
from oneshot_rlvr.types import Grade, Group

if TYPE_CHECKING:
    from oneshot_rlvr.trainer.setup import Run


@dataclass(slots=True)
class StepSoFar:
    """What the step at hand has made until now: what a reproduction bundle holds."""

    step: int = 0
    seeds_P_G: Sequence[Sequence[int]] = ()
    groups_P: Sequence[Group] = ()  # without rollouts until they are sampled
    grades_P_G: Sequence[Sequence[Grade]] = ()
    rewards_P_G: Sequence[Sequence[float | None]] = ()
    values: dict[str, float] = field(default_factory=dict)  # metrics, once there are any


@contextmanager
def guarded(run: "Run") -> Iterator[None]:
    """Around the loop: saves when a signal interrupts it, leaves a bundle when a health rule stops it."""
    try:
        yield
    except Interrupted:
        run.leave()
    except NonFinite as error:
        step = run.current.step
        fault = Fault("nonfinite", step, step, f"step {step}: {error}; {HELPS['nonfinite']} (health.nonfinite=stop)")
        raise _reported(run, fault) from error
    except Fault as fault:
        raise _reported(run, fault) from fault


def _reported(run: "Run", fault: Fault) -> RunError:
    """The fault's line, with where the bundle is and what the run can go on from."""
    kept = f"step {run.saved_step} is saved" if run.saved_step else "no step is saved yet"
    folder = run.folder.path / "faults" / step_name(fault.step)
    try:
        write_bundle(run, fault, folder)
    except OSError as error:
        return RunError(f"{fault}; {kept}; the bundle {folder} could not be written: {error.strerror}")
    return RunError(f"{fault}; {kept}; to reproduce: {folder}")


def write_bundle(run: "Run", fault: Fault, folder: Path) -> None:
    """fault.json (rule, line, checkpoint to start from, metrics), config.yaml, environment.json, and the step's
    batch.json (problems, prompts, seeds) and rollouts.jsonl.zst (tokens, log-probabilities, grades, rewards).
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    now = run.current
    start = str(run.folder.checkpoints / step_name(run.saved_step)) if run.saved_step else None
    (folder / "fault.json").write_text(json.dumps({
        "rule": fault.rule, "step": fault.step, "since": fault.since, "line": str(fault), "checkpoint": start,
        "seed": run.config.trainer.seed, "metrics": now.values,
    }, indent=1) + "\n")  # fmt: skip
    for name in ("config.yaml", "environment.json"):
        if (run.folder.path / name).is_file():
            shutil.copy(run.folder.path / name, folder / name)
    (folder / "batch.json").write_text(json.dumps(list(_batch(now)), indent=1) + "\n")
    write_zst(folder / "rollouts.jsonl.zst", _rollouts(now))


def _batch(now: StepSoFar) -> Iterator[dict[str, Any]]:
    for group, seeds in zip(now.groups_P, now.seeds_P_G):
        yield {
            "step": now.step, "group": group.id, "copy": group.copy, "problem": dataclasses.asdict(group.problem),
            "prompt_ids": list(group.prompt_ids), "seeds": list(seeds),
        }  # fmt: skip


def _rollouts(now: StepSoFar) -> Iterator[dict[str, Any]]:
    for p, group in enumerate(now.groups_P):
        for g, rollout in enumerate(group.rollouts):
            yield {
                "step": now.step, "group": group.id, "index": g, **dataclasses.asdict(rollout),
                "grade": dataclasses.asdict(now.grades_P_G[p][g]) if now.grades_P_G else None,
                "reward": now.rewards_P_G[p][g] if now.rewards_P_G else None,
            }  # fmt: skip
