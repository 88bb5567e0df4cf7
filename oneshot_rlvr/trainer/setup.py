"""Build what `loop.py` names: problems, model, sampler, grader pool, files."""

import dataclasses
import random
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import NoReturn, Sequence

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from oneshot_rlvr import checkpoint
from oneshot_rlvr.checkpoint import Checkpoint
from oneshot_rlvr.config.schedule import last_step, validates
from oneshot_rlvr.config.schema import PROBE_BOUNDS, ModelConfig, RunConfig
from oneshot_rlvr.data.datasets import balanced, repeats_note
from oneshot_rlvr.data.prompts import prompt_token_ids
from oneshot_rlvr.data.sampler import BatchSampler
from oneshot_rlvr.data.training_set import TrainingRow, TrainingSet
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.evaluation.runner import EvalPlan, evaluate
from oneshot_rlvr.files import seed_of
from oneshot_rlvr.isolation.pool import GradeItem, GraderPool, PendingGrades
from oneshot_rlvr.learner.estimate import Workers
from oneshot_rlvr.models import load
from oneshot_rlvr.rollout.rewards import GroupReward, group_reward
from oneshot_rlvr.rollout.transformers_engine import Sampler
from oneshot_rlvr.terminal import printable, waiting
from oneshot_rlvr.trainer import validation
from oneshot_rlvr.trainer.build import Builder, Built, Store, trained_parts
from oneshot_rlvr.trainer.bundle import StepSoFar
from oneshot_rlvr.trainer.health import HealthMonitor
from oneshot_rlvr.trainer.inputs import Inputs, read_inputs, refuse_other_inputs
from oneshot_rlvr.trainer.progress import Loggers, Progress
from oneshot_rlvr.trainer.run_folder import RunFolder, disk_faults
from oneshot_rlvr.trainer.stop import StopRequest
from oneshot_rlvr.trainer.watchdog import Watchdog
from oneshot_rlvr.trainer.writing import Writing
from oneshot_rlvr.types import Grade, Group, Problem, Rollout, SampleRequest, Sampling
from oneshot_rlvr.weights.probe import WeightProbe, weight_probe


@dataclass(slots=True)
class Run:
    """One training run in progress: the parts that `loop.train_steps` calls, each a line there."""

    config: RunConfig
    folder: RunFolder
    rows: Sequence[TrainingRow]
    prompt_ids: dict[str, tuple[int, ...]]  # problem id -> tokens
    batches: BatchSampler
    validation: Sequence[Problem]
    input_digests: dict[str, str]
    tokenizer: PreTrainedTokenizerBase
    workers: Workers
    store: Store
    sampler: Sampler
    engine: str  # sampler and compute dtype, "vllm/bfloat16": part of the identity of validation samples
    sampling: Sampling
    pool: GraderPool
    reward: GroupReward
    progress: Progress
    loggers: Loggers
    stop: StopRequest
    watchdog: Watchdog
    health: HealthMonitor
    probe: WeightProbe
    first_step: int
    last_step: int
    saved_step: int  # newest checkpoint
    complete_step: int  # newest step whose weights are in memory and whose records are on disk
    evaluation_pending: bool  # the validation of `complete_step` is due and not done
    grading: Counter[str] = field(default_factory=Counter)  # counts of the current step
    writing: Writing | None = None  # the checkpoint under way
    checkpoint_seconds: float = 0.0  # that the run waited for the newest checkpoint
    checkpoint_write_seconds: float = 0.0
    tail_seconds: float = 0.0  # of the step's sampling
    current: StepSoFar = field(default_factory=StepSoFar)

    # ---- one step, in the order of the loop

    def next_groups(self, step: int) -> tuple[list[list[int]], list[Group]]:
        """The step's groups without rollouts yet, and the seed of every rollout to come."""
        self.watchdog.enter("batch", step)
        seed_everything(self.config.trainer.seed, step)
        algorithm = self.config.algorithm
        rows = [self.rows[i] for i in self.batches.batch(step)]
        sizes = [algorithm.group_size] * len(rows)
        if self.config.data.group_copies == "merged":
            copies = Counter(row.problem.id for row in rows)
            rows = list({row.problem.id: row for row in reversed(rows)}.values())[::-1]
            sizes = [algorithm.group_size * copies[row.problem.id] for row in rows]
        groups = [Group(i, row.copy, row.problem, self.prompt_ids[row.problem.id]) for i, row in enumerate(rows)]
        seeds = [[rollout_seed(self.config.trainer.seed, step, g.id, n) for n in range(size)]
                 for g, size in zip(groups, sizes)]  # fmt: skip
        self.current = StepSoFar(step, seeds, groups)
        return seeds, groups

    def generate(
        self, groups_P: list[Group], seeds_P_G: list[list[int]]
    ) -> tuple[list[Group], list[list[PendingGrades]]]:
        """Sample all rollouts of the step; each is handed to the graders as soon as it is complete."""
        places = [(p, g) for p, seeds in enumerate(seeds_P_G) for g in range(len(seeds))]
        requests = [SampleRequest(groups_P[p].prompt_ids, seeds_P_G[p][g]) for p, g in places]
        pending: list[PendingGrades | None] = [None] * len(places)
        finished: list[float] = []  # when, in the order in which they are

        def submit(index: int, rollout: Rollout) -> None:
            group = groups_P[places[index][0]]
            finished.append(time.perf_counter())
            pending[index] = self.pool.submit(self._grade_items(group, rollout))
            self.watchdog.beat()
            self.stop.check()

        hits = self.pool.counters.cache_hits
        rollouts = iter(self.sampler.generate(requests, self.sampling, submit))
        self.tail_seconds = tail(finished)
        self.sampler.sleep()
        self.grading = Counter(cache_hit=self.pool.counters.cache_hits - hits)
        filled = [replace(g, rollouts=tuple(next(rollouts) for _ in seeds)) for g, seeds in zip(groups_P, seeds_P_G)]
        self.current.groups_P = filled
        self.health.check_rollouts(self.current.step, filled)
        waiting = iter(pending)
        return filled, [[p for p in (next(waiting) for _ in seeds) if p is not None] for seeds in seeds_P_G]

    def _grade_items(self, group: Group, rollout: Rollout) -> list[GradeItem]:
        """The configured grader, and `exact` beside it."""
        text = rollout.text
        if self.config.compat.grade_with_prompt:
            text = load.decode(self.tokenizer, group.prompt_ids) + text
        graders = dict.fromkeys((self.config.reward.grader, "exact"))
        return [GradeItem(text, group.problem.answer, grader, group.problem.source) for grader in graders]

    def collect_grades(self, grading_P_G: Sequence[Sequence[PendingGrades]]) -> list[list[Grade]]:
        """Verdicts of the configured grader; failures and contradictions with `exact` are counted."""
        grades_P_G = []
        for pending_G in grading_P_G:
            results = [self._graded(pending) for pending in pending_G]
            grades_P_G.append([result[0] for result in results])
            for result in results:
                self.grading["timeout"] += result[0].reason == "timeout"
                self.grading["error"] += result[0].reason.startswith("error")
                self.grading["disagreement"] += {result[0].correct, result[-1].correct} == {True, False}
        self.current.grades_P_G = grades_P_G
        self.health.check_grades(self.current.step, grades_P_G)
        return grades_P_G

    def _graded(self, pending: PendingGrades) -> list[Grade]:
        """Wait for the verdicts on one rollout, with an ear for signals."""
        start = time.monotonic()
        while True:
            try:
                return pending.result(timeout=0.5)
            except TimeoutError:
                self.stop.check()
                self.pool.refuse_stall(start)

    def rewards(
        self, groups_P: Sequence[Group], grades_P_G: Sequence[Sequence[Grade]], seeds_P_G: Sequence[Sequence[int]]
    ) -> list[list[float | None]]:
        """Reward of every rollout; None where there is no verdict."""
        self.watchdog.enter("rewards")
        own_P_G = [[reward_seed(seed) for seed in seeds_G] for seeds_G in seeds_P_G]
        rewards_P_G = [self.reward(*parts) for parts in zip(groups_P, grades_P_G, own_P_G, strict=True)]
        self.current.rewards_P_G = rewards_P_G
        return rewards_P_G

    @property
    def loss_constant(self) -> float:
        return self.config.algorithm.normalization_constant or float(self.config.rollout.max_new_tokens)

    def sync(self, step: int) -> None:
        """The step's weights to the sampler, and a look at whether they arrived."""
        self.sampler.load_weights(step, self.workers.policy.weights())
        problem = self.probe.problem(step, self.workers.policy, self.sampler)
        self.health.check_weights(step, problem, self.probe.diverged())

    # ---- now and then

    def validate(self, step: int) -> None:
        """Evaluate the current weights on the validation problems; files under eval/step_N/."""
        cfg = self.config.eval
        greedy, *sampled = validation.set_names(self.config)
        self._evaluate(step, greedy, cfg.temperature, cfg.samples)
        for name in sampled:
            self._evaluate(step, name, self.config.rollout.temperature, cfg.sampled)
        self.evaluation_pending = False

    def _evaluate(self, step: int, name: str, temperature: float, samples: int) -> None:
        self.watchdog.enter("evaluate", step)
        cfg = self.config.eval
        limit = cfg.max_new_tokens or self.config.rollout.max_new_tokens
        sampling = replace(self.sampling, temperature=temperature, max_new_tokens=limit, top_p=1.0)
        graders = tuple(dict.fromkeys((cfg.grader, "exact")))
        plan = EvalPlan(
            name, self.config.model.template, sampling, samples, graders, self.config.trainer.seed, engine=self.engine
        )
        start = time.perf_counter()
        folder = self.folder.eval_folder(step)
        with disk_faults(folder):
            result = evaluate(self.sampler, self.validation, plan, self.tokenizer, self.pool, folder,
                              on_progress=self._sampled)  # fmt: skip
        values = result.metrics() | {"time/evaluate": time.perf_counter() - start}
        self.folder.append_metrics(step, values)
        self.loggers.log(step, values)
        low, high = result.interval
        self.progress.note(
            f"step {step}: {name} {result.accuracy:.3f} [{low:.3f}, {high:.3f}], boxed {result.boxed_share:.3f}, "
            f"truncated {result.truncated_share:.3f}"
        )

    def _sampled(self, _: object) -> None:
        self.watchdog.beat()
        self.stop.check()

    def log(self, step: int, values: dict[str, float]) -> None:
        self.watchdog.enter("records")
        # The checkpoint is the one before this step.
        values = values | {"time/tail": self.tail_seconds, "time/checkpoint": self.checkpoint_seconds,
                           "time/checkpoint_write": self.checkpoint_write_seconds}  # fmt: skip
        values |= self.store.memory()
        self.current.values = values
        self.folder.append_metrics(step, values)
        self.complete_step = step
        self.evaluation_pending = validates(self.config, step)
        self.loggers.log(step, values)
        self.progress.step(step, values)
        self.health.check_metrics(step, values)

    def save(self, step: int) -> None:
        """Begin to write a checkpoint of this step, beside whatever comes before the next update."""
        self.finish_saving()
        self.watchdog.enter("checkpoint", step)
        start = time.perf_counter()
        self.folder.sync()
        write = self.store.hold(load.DTYPES[self.config.checkpoint.dtype])
        updates = {name: part.updates for name, part in trained_parts(self.workers).items()}
        self.writing = Writing(step, lambda: checkpoint.save(
            self.folder.checkpoints, step, write, {"step": step, "updates": updates},
        ))  # fmt: skip
        self.checkpoint_seconds = time.perf_counter() - start

    def finish_saving(self) -> None:
        """Wait for the checkpoint that is being written, if any; what the configuration does not keep is removed."""
        if self.writing is None:
            return
        start, writing, cfg, step = time.perf_counter(), self.writing, self.config.checkpoint, self.watchdog.step
        self.watchdog.enter("checkpoint", writing.step)
        try:
            self.checkpoint_write_seconds = writing.result()
        finally:
            self.writing = None
        self.watchdog.step = step
        self.saved_step = self.watchdog.saved_step = writing.step
        with disk_faults(self.folder.checkpoints):
            checkpoint.prune(self.folder.checkpoints, cfg.keep_last, cfg.keep_every, cfg.trainer_state)
        self.checkpoint_seconds += time.perf_counter() - start

    def leave(self) -> NoReturn:
        """After a signal: save the last complete step unless it is saved, and go. The step at hand is dropped; its
        seeds are functions of its number, so the continuation makes the very same rollouts again."""
        self.finish_saving()
        if self.complete_step > self.saved_step:
            self.save(self.complete_step)
            self.finish_saving()
        step, where = self.saved_step, self.folder.checkpoints
        self.stop.leave(f"step {step} is saved in {where}" if step else "no step was complete yet")

    def close(self) -> None:
        if not self.stop.at_once:
            try:
                self.finish_saving()  # of a run that fails
            except RunError as error:
                self.progress.note(str(error))
        self.watchdog.enter("closing")
        self.progress.close()
        for part, name in ((self.loggers, "the loggers"), (self.pool, "the graders"), (self.store, "the workers")):
            with waiting(name):
                part.close()


def tail(finished_N: Sequence[float]) -> float:
    """From the moment at which 90 % of a step's rollouts were finished to the last one; the times are in order."""
    return finished_N[-1] - finished_N[-(-9 * len(finished_N) // 10) - 1] if finished_N else 0.0


def rollout_seed(run_seed: int, step: int, group: int, index: int) -> int:
    """Seed in [0, 2^63) of one rollout; nothing about workers or batches goes into it."""
    return seed_of(f"{run_seed}/{step}/{group}/{index}")


def reward_seed(seed: int) -> int:
    """From the seed that sampled a rollout's tokens: with the same one a random reward would say which they were."""
    return seed_of(f"reward/{seed}")


def seed_everything(run_seed: int, step: int) -> None:
    """Global generators, for rewards that use them: set anew each step, so that a checkpoint need not hold them."""
    seed = rollout_seed(run_seed, step, -1, 0)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def build_run(
    config: RunConfig, build: Builder, folder: RunFolder, stop: StopRequest, watchdog: Watchdog,
    newest: Checkpoint | None, notes: list[str],
) -> Run:  # fmt: skip
    """Load everything and bring it to the state of `newest`, or to the start. `notes` are printed first."""
    inputs = read_inputs(config)
    if newest is not None:
        refuse_other_inputs(folder, inputs.digests)
    built = build(config, stop.check, watchdog.beat)
    try:
        return _assemble(config, folder, stop, watchdog, newest, notes, inputs, built)
    except BaseException:
        built.store.close()
        raise


def _assemble(
    config: RunConfig, folder: RunFolder, stop: StopRequest, watchdog: Watchdog, newest: Checkpoint | None,
    notes: list[str], inputs: Inputs, built: Built,
) -> Run:  # fmt: skip
    tokenizer, stop_ids = built.tokenizer, built.stop_ids
    prompt_ids, rows, left_out = _tokenize_prompts(config, inputs.training.rows, tokenizer)
    resumed, pending = _resume(config, folder, built, newest)
    dtype = str(built.dtype).removeprefix("torch.")
    bound = config.rollout.probe_bound or PROBE_BOUNDS[dtype]
    probe = weight_probe(rows[0].problem, prompt_ids[rows[0].problem.id], tokenizer, stop_ids[0], bound)
    last = last_step(config)
    label = f"{config.experiment}/{folder.path.name}"
    progress = Progress(resumed + 1, last, config.trainer.progress_seconds, folder.log, label)
    health = HealthMonitor(config, progress.note, dtype)
    health.replay(folder.metric_lines())
    run = Run(
        config=config,
        folder=folder,
        rows=rows,
        prompt_ids=prompt_ids,
        batches=BatchSampler(len(rows), config.data.prompts_per_step, config.data.shuffle, config.data.seed),
        validation=inputs.validation,
        input_digests=inputs.digests,
        tokenizer=tokenizer,
        workers=built.workers,
        store=built.store,
        sampler=built.sampler,
        engine=f"{config.rollout.name}/{dtype}",
        sampling=Sampling(config.rollout.temperature, config.rollout.max_new_tokens, stop_ids, config.rollout.top_p),
        pool=GraderPool(config.reward.workers, config.reward.timeout_seconds, config.reward.memory_mb),
        reward=group_reward(config.reward),
        progress=progress,
        loggers=Loggers(config.logger, folder.path, label, dataclasses.asdict(config), progress.note),
        stop=stop,
        watchdog=watchdog,
        health=health,
        probe=probe,
        first_step=resumed + 1,
        last_step=last,
        saved_step=resumed,
        complete_step=resumed,
        evaluation_pending=pending,
    )
    repeated = repeats_note("data.validation", inputs.validation)
    left_out += [repeated] if repeated else []
    resuming = [f"resuming after step {resumed} from {newest.folder}"] if newest else []
    for note in [*notes, *built.notes, *_data_notes(inputs.training), *left_out, *resuming]:
        run.progress.note(note)
    watchdog.sources.append(lambda: run.pool.last_answer)
    run.sync(resumed)
    return run


def _data_notes(chosen: TrainingSet) -> list[str]:
    """What was done to the data set, so that it is never done silently."""
    notes = []
    if chosen.relabelled:
        notes.append(f"labels changed: {len(chosen.relabelled)} problems: {_shown(chosen.relabelled)}")
    if chosen.dropped:
        notes.append(f"left out: {len(chosen.dropped)} problems with an empty answer: {_shown(chosen.dropped)}")
    odd = [row.problem.id for row in chosen.rows if row.copy == 0 and not balanced(row.problem.answer)]
    if odd:
        notes.append(f"unbalanced braces in {len(odd)} answers, which no response may ever match: {_shown(odd)}")
    return notes


def _shown(ids: Sequence[str]) -> str:
    return ", ".join(map(printable, ids[:10])) + (", ..." if len(ids) > 10 else "")


def _tokenize_prompts(
    config: RunConfig, rows: Sequence[TrainingRow], tokenizer: PreTrainedTokenizerBase
) -> tuple[dict[str, tuple[int, ...]], list[TrainingRow], list[str]]:
    """Prompt tokens by problem id. Prompts over the limit are left out, and said so."""
    model: ModelConfig = config.model
    problems = {row.problem.id: row.problem for row in rows}
    ids = {key: prompt_token_ids(problem, model.template, tokenizer) for key, problem in problems.items()}
    limit = config.data.max_prompt_tokens
    long = [key for key, tokens in ids.items() if len(tokens) > limit]
    if len(long) == len(ids):
        longest = max(len(tokens) for tokens in ids.values())
        raise UserError(f"data.max_prompt_tokens={limit}: every prompt is longer (up to {longest} tokens)")
    kept = [row for row in rows if row.problem.id not in set(long)]
    notes = [f"left out: {len(long)} problems with over {limit} prompt tokens: {_shown(long)}"] if long else []
    return ids, kept, notes


def _resume(config: RunConfig, folder: RunFolder, built: Built, newest: Checkpoint | None) -> tuple[int, bool]:
    """Load `newest` and forget what came after it; -> its step, and whether its validation is still to be done."""
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
