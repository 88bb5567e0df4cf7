"""Builds the parts of a run: problems, models, source, engine, graders, files; brings them to a checkpoint's state."""

import dataclasses
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial

from transformers import PreTrainedTokenizerBase

from oneshot_rlvr import checkpoint
from oneshot_rlvr.checkpoint import Checkpoint
from oneshot_rlvr.config.schedule import last_step, validations_from
from oneshot_rlvr.config.schema import PROBE_BOUNDS, RunConfig, with_certainties
from oneshot_rlvr.data.datasets import balanced, repeats_note
from oneshot_rlvr.data.demonstrations import Demonstration, as_rollout
from oneshot_rlvr.data.prompts import prompt_token_ids
from oneshot_rlvr.data.sampler import BatchSampler
from oneshot_rlvr.data.training_set import TrainingRow, TrainingSet
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.isolation.pool import GraderPool
from oneshot_rlvr.learner.entropy import entropy_control
from oneshot_rlvr.learner.learner import Learner
from oneshot_rlvr.rollout.choosing import Choosing
from oneshot_rlvr.rollout.collect import Collector
from oneshot_rlvr.rollout.noise import GraderNoise
from oneshot_rlvr.rollout.prefixes import FailedPrefixes
from oneshot_rlvr.rollout.rewards import group_reward, less_overlong
from oneshot_rlvr.rollout.sources import Demonstrations, KeepMixed, Prefetch, ProblemSource, Source, Voted, own_source
from oneshot_rlvr.terminal import printable
from oneshot_rlvr.trainer import validation
from oneshot_rlvr.trainer.agreement import check_agreement
from oneshot_rlvr.trainer.build import Builder, Built, trained_parts
from oneshot_rlvr.trainer.health import HealthMonitor
from oneshot_rlvr.trainer.inputs import Inputs
from oneshot_rlvr.trainer.journal import Journal
from oneshot_rlvr.trainer.parts import Parts
from oneshot_rlvr.trainer.progress import Loggers, Progress
from oneshot_rlvr.trainer.run_folder import RunFolder
from oneshot_rlvr.trainer.stop import StopRequest
from oneshot_rlvr.trainer.validate import Validation
from oneshot_rlvr.trainer.watchdog import Watchdog
from oneshot_rlvr.types import Rollout, Sampling, Task
from oneshot_rlvr.weights.probe import weight_probe

# Makes a source of another room, and a task of it.
SourceMaker = Callable[[RunConfig, Collector, PreTrainedTokenizerBase], tuple[Source, Task]]


def build_run(
    config: RunConfig, build: Builder, folder: RunFolder, stop: StopRequest, watchdog: Watchdog,
    newest: Checkpoint | None, notes: list[str], inputs: Inputs, self_play: SourceMaker | None = None,
) -> Parts:  # fmt: skip
    """Loads everything and brings it to the state of `newest`, or to the start. `notes` are printed first; with
    `self_play`, which selfplay.enabled asks for, the rollouts are of its source."""
    built = build(config, stop.check, watchdog.beat)
    try:
        return _assemble(config, folder, stop, watchdog, newest, notes, inputs, built, self_play)
    except BaseException:
        built.store.close()
        raise


def _assemble(
    config: RunConfig, folder: RunFolder, stop: StopRequest, watchdog: Watchdog, newest: Checkpoint | None,
    notes: list[str], inputs: Inputs, built: Built, self_play: SourceMaker | None,
) -> Parts:  # fmt: skip
    tokenizer, stop_ids = built.tokenizer, built.stop_ids
    given: list[Rollout] = []
    tasks: list[Task] = []
    left_out: list[str] = []
    if inputs.demonstrations:
        given, left_out = make_given(config, inputs.demonstrations, tokenizer, stop_ids[0])
        tasks = [rollout.task for rollout in given]
    elif self_play is None:
        tasks, left_out = make_tasks(config, inputs.training.rows, tokenizer)
    resumed, pending = _resume(config, folder, built, newest)
    dtype = str(built.dtype).removeprefix("torch.")
    last = last_step(config)
    label = f"{config.experiment}/{folder.path.name}"
    progress = Progress(
        resumed + 1, last, config.trainer.progress_seconds, folder.log, label, partial(validations_from, config)
    )
    health = HealthMonitor(config, progress.note, dtype)
    health.replay(folder.metric_lines())
    reward = config.reward
    pool = GraderPool(reward.workers, reward.timeout_seconds, reward.memory_mb, executor=config.executor)
    rollout = config.rollout
    sampling = Sampling(
        rollout.temperature, rollout.max_new_tokens, stop_ids, rollout.top_p, with_certainties(reward)
    )  # fmt: skip
    loggers = Loggers(config.logger, folder.path, label, dataclasses.asdict(config), progress.note)
    checkpoints = config.checkpoint
    if checkpoints.dtype == "auto":
        checkpoints = dataclasses.replace(checkpoints, dtype=dtype)
    learner = _learner(config, built, newest)
    journal = Journal(
        config.trainer, checkpoints, folder, tokenizer, learner, built.store, progress, loggers, watchdog,
        resumed, resumed,
    )  # fmt: skip

    def on_response() -> None:
        watchdog.beat()
        stop.check()

    collector = make_collector(config, sampling, pool, tokenizer, journal.clock, on_response, stop.check)
    if self_play is not None:
        source, example = self_play(config, collector, tokenizer)
    else:
        source, example = make_source(config, tasks, collector, given), tasks[0]
    if newest is not None:
        source.load_state(checkpoint.stored_source(newest.folder))
    bound = config.rollout.probe_bound or PROBE_BOUNDS[dtype]
    probe = weight_probe(example.problem, example.prompt_ids, tokenizer, stop_ids[0], bound)
    engine, name = built.engine, f"{config.rollout.name}/{dtype}"
    if config.model.lora.quantization != "none":
        name += f"+{config.model.lora.quantization}"
    validate = Validation(
        config, inputs.validation, engine, name, sampling, tokenizer, pool, journal, stop, pending
    )  # fmt: skip
    run = Parts(
        config, source, engine, learner, probe, health, validate, journal, pool, stop, resumed + 1, last
    )  # fmt: skip
    repeated = repeats_note("data.validation", inputs.validation)
    left_out += [repeated] if repeated else []
    resuming = [f"resuming after step {resumed} from {newest.folder}"] if newest else []
    for note in [*notes, *built.notes, *_data_notes(inputs.training), *left_out, *resuming]:
        progress.note(note)
    watchdog.sources.append(lambda: pool.last_answer)
    run.hand_over(resumed)
    check_agreement(built.workers.policy, engine, tasks or [example], sampling, bound)
    return run


def make_collector(
    config: RunConfig, sampling: Sampling, pool: GraderPool, tokenizer: PreTrainedTokenizerBase,
    phase: Callable[[str], AbstractContextManager[None]], on_response: Callable[[], None], check: Callable[[], None],
) -> Collector:  # fmt: skip
    """Makes what samples, grades and rewards by the run's settings; the last three as `Collector` has them."""
    noise = GraderNoise(config.reward.false_positive, config.reward.false_negative)
    reward = less_overlong(group_reward(config.reward), config.reward.overlong_share, config.rollout.max_new_tokens)
    return Collector(
        sampling, pool, config.reward.grader, reward, tokenizer, config.compat.grade_with_prompt, phase, on_response,
        check, noise,
    )  # fmt: skip


def _learner(config: RunConfig, built: Built, newest: Checkpoint | None) -> Learner:
    """The learner in the state of `newest`, but for the weights and moments, which the workers hold."""
    learner = Learner(
        built.workers, config.algorithm, config.trainer.micro_batch_tokens, loss_constant(config),
        entropy_control(config.algorithm),
    )  # fmt: skip
    if newest is not None:
        learner.load_state(checkpoint.stored_learner(newest.folder))
    return learner


def loss_constant(config: RunConfig) -> float:
    """Denominator of a response with normalization=constant, tokens."""
    return config.algorithm.normalization_constant or float(config.rollout.max_new_tokens)


def make_source(
    config: RunConfig, tasks: Sequence[Task], collector: Collector, given: Sequence[Rollout] = ()
) -> Source:
    """The source of a run's rollouts, by `config.source`; of given responses where there are any."""
    data = config.data
    batches = BatchSampler(len(tasks), data.prompts_per_step, data.shuffle, data.seed)
    if given:
        return Demonstrations(given, batches)
    problems = ProblemSource(
        tasks, batches, config.source.votes or config.algorithm.group_size, data.group_copies == "merged",
        config.trainer.seed, collector,
    )  # fmt: skip
    source: Source = problems
    if config.source.path:
        source = own_source(config.source.path, problems, config)
    elif config.source.keep_mixed:
        source = KeepMixed(problems, config.source.max_draws)
    elif config.source.choose != "none":
        source = Choosing(problems, config.source)
    elif config.source.failed_prefixes:
        source = FailedPrefixes(problems, config.source.failed_prefixes, config.source.target, data.max_prompt_tokens)
    elif config.source.votes:
        source = Voted(problems, config.algorithm.group_size)
    return Prefetch(source, last_step(config)) if config.source.prefetch else source


def make_given(
    config: RunConfig, demonstrations: Sequence[Demonstration], tokenizer: PreTrainedTokenizerBase, stop_id: int
) -> tuple[list[Rollout], list[str]]:
    """The given responses as rollouts, `data.copies` times. Those over a limit of tokens are left out, and said so."""
    data, where = config.data, f"data.demonstrations={config.data.demonstrations}"
    found = [as_rollout(one, config.model.template, tokenizer, stop_id, where) for one in demonstrations]
    kept = [r for r in found if len(r.task.prompt_ids) <= data.max_prompt_tokens
            and len(r.token_ids) <= config.rollout.max_new_tokens]  # fmt: skip
    if not kept:
        raise UserError(f"{where}: every line is longer than data.max_prompt_tokens={data.max_prompt_tokens} or "
                        f"rollout.max_new_tokens={config.rollout.max_new_tokens}")  # fmt: skip
    left = len(found) - len(kept)
    notes = [f"left out: {left} of {len(found)} demonstrations that are longer than data.max_prompt_tokens="
             f"{data.max_prompt_tokens} or rollout.max_new_tokens={config.rollout.max_new_tokens}"] if left else []
    return kept * data.copies, notes


def _data_notes(chosen: TrainingSet) -> list[str]:
    """Lines that say what was done to the data set, so that it is never done silently."""
    notes = []
    if chosen.relabelled:
        right = f" ({len(chosen.still_right)} of them right after all)" if chosen.still_right else ""
        notes.append(f"labels changed: {len(chosen.relabelled)} problems{right}: {_shown(chosen.relabelled)}")
    if chosen.dropped:
        notes.append(f"left out: {len(chosen.dropped)} problems with an empty answer: {_shown(chosen.dropped)}")
    odd = [row.problem.id for row in chosen.rows if row.copy == 0 and not balanced(row.problem.answer)]
    if odd:
        notes.append(f"unbalanced braces in {len(odd)} answers, which no response may ever match: {_shown(odd)}")
    return notes


def _shown(ids: Sequence[str]) -> str:
    return ", ".join(map(printable, ids[:10])) + (", ..." if len(ids) > 10 else "")


def make_tasks(
    config: RunConfig, rows: Sequence[TrainingRow], tokenizer: PreTrainedTokenizerBase
) -> tuple[list[Task], list[str]]:
    """The training rows with their prompts in tokens. Prompts over the limit are left out, and said so."""
    problems = {row.problem.id: row.problem for row in rows}
    ids = {key: prompt_token_ids(problem, config.model.template, tokenizer) for key, problem in problems.items()}
    limit = config.data.max_prompt_tokens
    long = [key for key, tokens in ids.items() if len(tokens) > limit]
    if len(long) == len(ids):
        longest = max(len(tokens) for tokens in ids.values())
        raise UserError(f"data.max_prompt_tokens={limit}: every prompt is longer (up to {longest} tokens)")
    left = set(long)
    kept = [Task(row.problem, ids[row.problem.id], row.copy) for row in rows if row.problem.id not in left]
    notes = [f"left out: {len(long)} problems with over {limit} prompt tokens: {_shown(long)}"] if long else []
    return kept, notes


def _resume(config: RunConfig, folder: RunFolder, built: Built, newest: Checkpoint | None) -> tuple[int, bool]:
    """Loads `newest` and forgets what came after it; -> its step, and whether its validation is still to be done."""
    checkpoint.clear_partial(folder.checkpoints)
    if newest is None:
        folder.cut_after(-1)  # the validation of the untouched model goes too: it may not have been finished
        return 0, validation.pending(config, folder, 0)
    built.store.load(newest.folder, checkpoint.stored_updates(newest.folder, trained_parts(built.workers)))
    folder.cut_after(newest.step)
    pending = validation.pending(config, folder, newest.step)
    if pending:
        folder.cut_evaluation(newest.step)
    return newest.step, pending
