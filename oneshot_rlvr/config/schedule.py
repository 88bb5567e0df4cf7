"""The steps of a run that save and validate, and the sizes of its data sets. The trainer and `--dry-run` share it."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from oneshot_rlvr.config.schema import DataConfig, RunConfig, SelfPlayConfig
from oneshot_rlvr.paths import configs_dir

EMPTY_ANSWERS = {"dsr_sub": 1}  # data set -> rows without a ground truth, which data.empty_answers=drop leaves out


def last_step(config: RunConfig) -> int:
    """Number of the last step that is trained."""
    return config.trainer.total_steps - config.compat.stop_one_step_early


def saves(config: RunConfig, step: int) -> bool:
    """True if a checkpoint is written after `step`: the last, and every `checkpoint.every`-th (0: none of these)."""
    return step == last_step(config) or _falls_on(config.checkpoint.every, step)


def num_saves(config: RunConfig) -> int:
    """Number of checkpoints that a whole run writes."""
    return _times(config.checkpoint.every, last_step(config)) or 1


def validates(config: RunConfig, step: int) -> bool:
    """True if the weights after `step` (0: those untouched) are validated; unless `eval_every` is 0, the last are."""
    every = config.trainer.eval_every
    if config.data.validation is None:
        return False
    if step == 0:
        return config.trainer.eval_first
    return every > 0 and (step == last_step(config) or _falls_on(every, step))


def num_validations(config: RunConfig) -> int:
    """Number of steps that are validated, 0 among them."""
    if config.data.validation is None:
        return 0
    return config.trainer.eval_first + _times(config.trainer.eval_every, last_step(config))


@dataclass(frozen=True, slots=True)
class StepCounts:
    """Responses of a step. Example: 128 prompts of 8 rollouts are read once each, 1,024 are sampled and trained on."""

    prompts: int  # that differ, and are read once
    sampled: int
    trained: int


def step_counts(config: RunConfig) -> StepCounts:
    """The responses of a step; of self-play the most, which it has when every proposal is valid. Supervised training
    samples none."""
    play = config.selfplay
    if not play.enabled:
        rollouts = config.data.prompts_per_step * config.algorithm.group_size
        sampled = 0 if config.algorithm.name == "sft" else rollouts
        return StepCounts(config.data.prompts_per_step, sampled, rollouts)
    phases = self_play_phases(play)
    solved = phases["measure"] if play.solver_source == "mc_reuse" else phases["solve"]
    proposed = phases["propose"] if play.train_proposer else 0
    prompts = phases["propose"] + phases["measure"] // play.mc_rollouts + phases["solve"]
    return StepCounts(prompts, sum(phases.values()), proposed + solved)


def self_play_phases(play: SelfPlayConfig) -> dict[str, int]:
    """Most responses that each phase of a step of self-play samples."""
    reused = play.solver_source == "mc_reuse"
    tasks = play.proposals if play.proposer != "none" else play.solves if reused else 0
    return {
        "propose": len(play.kinds) * play.proposals if play.proposer == "model" else 0,
        "measure": len(play.kinds) * tasks * play.mc_rollouts,
        "solve": 0 if reused else len(play.kinds) * play.solves,
    }


def validations_from(config: RunConfig, step: int) -> int:
    """Number of validations that come from the one of `step` on."""
    return sum(validates(config, later) for later in range(step, last_step(config) + 1))


def set_name(validation: str) -> str:
    """Name that the results of `data.validation` are stored under: the set's, or a file's without its ending."""
    name = validation.rsplit("/", 1)[-1]
    return name.removesuffix(next((end for end in (".jsonl", ".json", ".parquet") if name.endswith(end)), ""))


def validation_grader(config: RunConfig) -> str:
    """Grader of the headline number of validations: the reward's, unless `eval.grader` names another."""
    return config.eval.grader or config.reward.grader


@cache
def set_sizes() -> dict[str, int]:
    """Registered name of a data set -> rows, so that `--dry-run` needs none of their files."""
    return json.loads((configs_dir() / "data" / "set_sizes.json").read_text())


def known_rows(data: DataConfig) -> int | None:
    """Rows of the training set as far as the configuration and `set_sizes` tell; None if a file must."""
    if data.demonstrations:
        return None
    if data.examples:
        return len(data.examples) * data.copies
    if data.problem:
        return data.copies
    size = set_sizes().get(data.file or "")
    if size is None:
        return None
    dropped = EMPTY_ANSWERS.get(data.file or "", 0) if data.empty_answers == "drop" else 0
    return (size - dropped) * data.copies


def validation_size(data: DataConfig) -> int | None:
    """Problems of a validation; None where it is not known without its file."""
    size, limit = set_sizes().get(data.validation or "") or _lines_of(data.validation or ""), data.validation_limit
    return min(size or limit, limit) if limit is not None else size


def _lines_of(path: str) -> int | None:
    """Rows of a file of JSON lines; None where there is none."""
    file = Path(path).expanduser()
    if file.suffix != ".jsonl" or not file.is_file():
        return None
    with file.open("rb") as lines:
        return sum(bool(line.strip()) for line in lines)


def _falls_on(every: int, step: int) -> bool:
    return every > 0 and step % every == 0


def _times(every: int, last: int) -> int:
    """Number of steps from 1 to `last` that `every` falls on, and `last` in any case; 0 for none."""
    return -(-last // every) if every else 0
