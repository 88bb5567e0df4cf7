"""The step at hand, and the folder from which a fault in it can be reproduced."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Sequence

from oneshot_rlvr.records import write_zst
from oneshot_rlvr.rollout.lines import rollout_line
from oneshot_rlvr.trainer.health import Fault
from oneshot_rlvr.types import Rollout, by_group


@dataclass(slots=True)
class StepSoFar:
    """The results of the step at hand until now, which a reproduction bundle holds."""

    step: int = 0
    rollouts: Sequence[Rollout] = ()  # once they are sampled
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
    """The tasks and seeds, group by group."""
    for group, (key, members) in enumerate(by_group(now.rollouts).items()):
        task = now.rollouts[members[0]].task
        yield {
            "step": now.step, "group": group, "key": key, "copy": task.copy, "problem": asdict(task.problem),
            "prompt_ids": list(task.prompt_ids), "seeds": [now.rollouts[i].seed for i in members],
        }  # fmt: skip


def _rollouts(now: StepSoFar) -> Iterator[dict[str, Any]]:
    """The rollouts; their tasks stand in batch.json."""
    for group, members in enumerate(by_group(now.rollouts).values()):
        for i in members:
            line = rollout_line(now.rollouts[i])
            yield {"step": now.step} | line | {"group": group, "key": line["group"], "task": None}
