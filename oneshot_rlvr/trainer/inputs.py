"""The inputs of a run from elsewhere, and their digests: a continuation must find the same."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oneshot_rlvr.config.schedule import num_validations
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.data.demonstrations import Demonstration, demonstrations
from oneshot_rlvr.data.prompts import prompt_token_ids, prompts_digest
from oneshot_rlvr.data.training_set import TrainingSet, training_set, validation_problems
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.files import fingerprint
from oneshot_rlvr.grading.program import is_task
from oneshot_rlvr.isolation.programs import refuse_unsafe
from oneshot_rlvr.models.load import empty_model, load_tokenizer, resolve_path
from oneshot_rlvr.records import parser, read_file
from oneshot_rlvr.trainer.run_folder import RunFolder
from oneshot_rlvr.types import Problem

SETTINGS = {
    "training rows": "data", "demonstrations": "data.demonstrations", "validation problems": "data.validation",
    "base model's weights": "model.path",
    "prompts' tokens": "model.template", "seed program": "selfplay.seed_program",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inputs:
    """Training and validation data, and what inputs.json says of them and of a local model's weights."""

    training: TrainingSet
    demonstrations: list[Demonstration]  # instead of problems to train on
    validation: list[Problem]
    digests: dict[str, str]


def read_inputs(config: RunConfig) -> Inputs:
    """Seconds before the models, which take minutes. UserError for faults of the data."""
    given = demonstrations(config.data) if config.data.demonstrations else []
    none = given or config.selfplay.enabled
    training = TrainingSet(()) if none else training_set(config.data)
    used = config.data.validation if num_validations(config) else None
    validation = validation_problems(config.data) if used else []
    if any(is_task(problem.answer) for problem in [*(row.problem for row in training.rows), *validation]):
        refuse_unsafe(config.executor)
    digests = {"training rows": _digest([row.problem for row in training.rows])}
    if given:
        digests["demonstrations"] = hashlib.sha256(repr(given).encode()).hexdigest()[:16]
    if config.selfplay.seed_program:
        program = Path(config.selfplay.seed_program).expanduser().read_bytes()
        digests["seed program"] = hashlib.sha256(program).hexdigest()[:16]
    if validation:
        digests["validation problems"] = _digest(validation)
    folder = Path(resolve_path(config.model.path)).expanduser()
    if not config.model.random_init and folder.is_dir():  # a hub model is held by its revision
        empty_model(config.model.path)  # refused here wherever the workers are
        digests["base model's weights"] = fingerprint(folder)
    asked = [row.problem for row in training.rows] + [g.problem for g in given[:100] if g.problem.prompt]
    problems = dict.fromkeys([*asked, *validation])
    tokenizer = load_tokenizer(config.model.path, config.model.revision)
    prompts = [prompt_token_ids(problem, config.model.template, tokenizer) for problem in problems]
    digests["prompts' tokens"] = prompts_digest(prompts)
    return Inputs(training, given, validation, digests)


def refuse_other_inputs(folder: RunFolder, digests: dict[str, str]) -> None:
    """UserError where something is not what the run began with. Runs of before there were digests go on."""
    if not folder.inputs.is_file():
        return
    remedy = "move it away to go on without its check"
    before = read_file(folder.inputs, parser(dict[str, str]), "the digests of a run's inputs", remedy)
    changed = [name for name, digest in digests.items() if before.get(name, digest) != digest]
    if changed:
        what = " and ".join(f"the {name} ({SETTINGS[name]})" for name in changed)
        raise UserError(f"{folder.path}: {what} are not those that the run began with; put them back, or give "
                        "trainer.name= for a new run")  # fmt: skip


def _digest(problems: Sequence[Problem]) -> str:
    digest = hashlib.sha256()
    for problem in problems:
        digest.update(json.dumps([problem.id, problem.prompt, problem.answer, problem.system]).encode())
    return digest.hexdigest()[:16]
