"""What a run read from elsewhere, by digest: a continuation must find the same."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.data.training_set import TrainingRow
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation.checkpoints import fingerprint
from oneshot_rlvr.models.load import resolve_path
from oneshot_rlvr.trainer.run_folder import RunFolder
from oneshot_rlvr.types import Problem

SETTINGS = {"training rows": "data", "validation problems": "data.validation", "base model's weights": "model.path"}


def inputs_of(config: RunConfig, rows: Sequence[TrainingRow], validation: Sequence[Problem]) -> dict[str, str]:
    """Digests of the rows trained on, of the problems validated on and of a local model's weights."""
    found = {"training rows": _digest([row.problem for row in rows])}
    if validation:
        found["validation problems"] = _digest(validation)
    folder = Path(resolve_path(config.model.path)).expanduser()
    if not config.model.random_init and folder.is_dir():  # a hub model is held by its revision
        found["base model's weights"] = fingerprint(folder)
    return found


def refuse_other_inputs(folder: RunFolder, inputs: dict[str, str]) -> None:
    """UserError where something is not what the run began with. Runs of before there were digests go on."""
    try:
        before = json.loads(folder.inputs.read_text())
    except (FileNotFoundError, ValueError):
        return
    changed = [name for name, digest in inputs.items() if before.get(name, digest) != digest]
    if changed:
        what = " and ".join(f"the {name} ({SETTINGS[name]})" for name in changed)
        raise UserError(f"{folder.path}: {what} are not those that the run began with; put them back, or give "
                        "trainer.name= for a new run")  # fmt: skip


def _digest(problems: Sequence[Problem]) -> str:
    digest = hashlib.sha256()
    for problem in problems:
        digest.update(json.dumps([problem.id, problem.prompt, problem.answer, problem.system]).encode())
    return digest.hexdigest()[:16]
