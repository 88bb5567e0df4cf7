"""What the step at hand has made so far, and the folder from which a fault in it can be reproduced."""

import dataclasses
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Sequence

from oneshot_rlvr.trainer.health import Fault
from oneshot_rlvr.trainer.run_folder import write_zst
from oneshot_rlvr.types import Grade, Group


@dataclass(slots=True)
class StepSoFar:
    """What the step at hand has made until now: what a reproduction bundle holds."""

    step: int = 0
    seeds_P_G: Sequence[Sequence[int]] = ()
    groups_P: Sequence[Group] = ()  # without rollouts until they are sampled
    grades_P_G: Sequence[Sequence[Grade]] = ()
    rewards_P_G: Sequence[Sequence[float | None]] = ()
    values: dict[str, float] = field(default_factory=dict)  # metrics, once there are any


def write_bundle(folder: Path, fault: Fault, now: StepSoFar, run: Path, checkpoint: str | None, seed: int) -> None:
    """Writes fault.json (rule, line, checkpoint to start from, metrics), the run's config.yaml and environment.json,
    and of the step batch.json (problems, prompts, seeds) and rollouts.jsonl.zst (tokens, log-probabilities, grades,
    rewards)."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "fault.json").write_text(json.dumps({
        "rule": fault.rule, "step": fault.step, "since": fault.since, "line": str(fault), "checkpoint": checkpoint,
        "seed": seed, "metrics": now.values,
    }, indent=1) + "\n")  # fmt: skip
    for name in ("config.yaml", "environment.json"):
        if (run / name).is_file():
            shutil.copy(run / name, folder / name)
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
