"""Sample, store, grade: every benchmark in one stream of requests, every sample stored at once and never made twice.

`evaluate` is one benchmark (what the trainer validates with); `evaluate_all` is what `rlvr eval` runs per model.
"""

import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Protocol, Sequence, runtime_checkable

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation.grading import GradingQueue
from oneshot_rlvr.evaluation.metrics import disagreements, summarize
from oneshot_rlvr.evaluation.records import EvalJob, EvalPlan, EvalResult, sample_seed
from oneshot_rlvr.evaluation.store import SampleStore
from oneshot_rlvr.files import replace_file
from oneshot_rlvr.types import Problem, Rollout, Sampling, Task

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from oneshot_rlvr.isolation.pool import GraderPool

__all__ = ["EvalJob", "EvalPlan", "EvalResult", "Progress", "evaluate", "evaluate_all"]

STREAM_REQUESTS = 4096  # requests handed to the sampler at once: bounds memory, not how often samples are stored


class Sampler(Protocol):
    """The part of an `Engine` (rollout/engine.py) that evaluation needs."""

    def generate(
        self, asked: Sequence[Rollout], sampling: Sampling, on_finished: Callable[[int, Rollout], None] | None = None
    ) -> list[Rollout]: ...


@runtime_checkable
class MixingSampler(Protocol):
    """A sampler that samples under different settings side by side, as vLLM does."""

    def generate_each(
        self, asked: Sequence[Rollout], samplings: Sequence[Sampling],
        on_finished: Callable[[int, Rollout], None] | None = None,
    ) -> list[Rollout]: ...  # fmt: skip


@dataclass(frozen=True, slots=True)
class Progress:
    """State of one benchmark while it runs. Example: 120 of 240 samples there, 90 of them graded, 41 right."""

    name: str
    done: int  # samples there, stored ones included
    total: int
    reused: int  # samples that an earlier run had stored
    graded: int
    right: int
    tokens: int  # sampled by this run

    @property
    def accuracy(self) -> float | None:
        """Share of right samples among those graded so far."""
        return self.right / self.graded if self.graded else None


OnProgress = Callable[[Progress], None]


def evaluate(
    sampler: Sampler, problems: Sequence[Problem], plan: EvalPlan, tokenizer: "PreTrainedTokenizerBase",
    pool: "GraderPool", out_dir: Path, on_progress: OnProgress | None = None,
) -> EvalResult:  # fmt: skip
    """Evaluates one benchmark; files go to `out_dir/<plan.name>/`.

    Samples already stored there under the same plan are reused; UserError if they were made under another one.
    """
    job = EvalJob(tuple(problems), plan)
    return evaluate_all(sampler, [job], tokenizer, pool, out_dir, on_progress)[plan.name]


def evaluate_all(
    sampler: Sampler, jobs: Sequence[EvalJob], tokenizer: "PreTrainedTokenizerBase",
    pool: "GraderPool", out_dir: Path, on_progress: OnProgress | None = None,
) -> dict[str, EvalResult]:  # fmt: skip
    """Evaluates several benchmarks on one model: `{benchmark name: result}`.

    All requests go to the sampler as one stream (to one that cannot mix settings: one for each `Sampling`). Grading
    runs in the pool's processes while sampling goes on.
    """
    with ExitStack() as stack:
        runs = [stack.enter_context(_BenchmarkRun(job, tokenizer, pool, out_dir, on_progress)) for job in jobs]
        for run in runs:
            run.report()
        pending = [sample for run in runs for sample in run.missing()]
        _sample(sampler, pending)
        return {run.plan.name: run.finish() for run in runs}


@dataclass(frozen=True, slots=True)
class _Pending:
    """One sample to make."""

    run: "_BenchmarkRun"
    asked: Rollout
    sampling: Sampling


def _sample(sampler: Sampler, pending: Sequence[_Pending]) -> None:
    """Generates and stores; a sampler that reports each rollout when it is finished gets it stored at that moment."""
    order = {sampling: n for n, sampling in enumerate(dict.fromkeys(p.sampling for p in pending))}
    pending = sorted(pending, key=lambda p: order[p.sampling])  # equal settings stand together
    for start in range(0, len(pending), STREAM_REQUESTS):
        part = pending[start : start + STREAM_REQUESTS]
        stored: set[int] = set()

        def store(index: int, rollout: Rollout, part: Sequence[_Pending] = part, stored: set[int] = stored) -> None:
            stored.add(index)
            part[index].run.add(rollout)

        rollouts = sample_each(sampler, [p.asked for p in part], [p.sampling for p in part], store)
        for index, rollout in enumerate(rollouts):
            if index not in stored:
                store(index, rollout)


def sample_each(
    sampler: Sampler, asked: Sequence[Rollout], samplings: Sequence[Sampling],
    on_finished: Callable[[int, Rollout], None] | None = None,
) -> list[Rollout]:  # fmt: skip
    """Samples each rollout under its own settings: side by side where the sampler can, else one setting at a time."""
    if isinstance(sampler, MixingSampler):
        return sampler.generate_each(asked, samplings, on_finished)
    rollouts: dict[int, Rollout] = {}
    for sampling in dict.fromkeys(samplings):
        indices = [i for i, own in enumerate(samplings) if own == sampling]

        def finished(n: int, rollout: Rollout, indices: list[int] = indices) -> None:
            if on_finished is not None:
                on_finished(indices[n], rollout)

        made = sampler.generate([asked[i] for i in indices], sampling, finished)
        rollouts.update(zip(indices, made, strict=True))
    return [rollouts[i] for i in range(len(asked))]


def longest_request(jobs: Sequence[EvalJob], tokenizer: "PreTrainedTokenizerBase") -> int:
    """Tokens of prompt and response that these jobs ask for at most, within the positions of the model."""
    found = 0
    for job in jobs:
        plan = job.plan
        for problem in job.problems:
            tokens = len(_prompt(problem, plan.template, tokenizer)[1]) + plan.sampling.max_new_tokens
            found = max(found, min(tokens, plan.max_context) if plan.max_context else tokens)
    return found


@lru_cache(maxsize=16384)
def _prompt(problem: Problem, template: str, tokenizer: "PreTrainedTokenizerBase") -> tuple[str, tuple[int, ...]]:
    """Text and tokens of a prompt; kept, as every checkpoint of a sweep asks for the same ones."""
    from oneshot_rlvr.data.prompts import prompt_token_ids, render_prompt

    return render_prompt(problem, template, tokenizer), prompt_token_ids(problem, template, tokenizer)


class _BenchmarkRun:
    """One benchmark being run: which samples are missing, where they go, what is known so far."""

    def __init__(
        self, job: EvalJob, tokenizer: "PreTrainedTokenizerBase", pool: "GraderPool", out_dir: Path,
        on_progress: OnProgress | None,
    ) -> None:  # fmt: skip
        if not job.problems:
            raise UserError(f"{job.plan.name}: no problems to evaluate")
        self.plan = job.plan
        self.problems = {problem.id: problem for problem in job.problems}
        # A problem that a file repeats (the official aime24x8) gets that many times the samples.
        self.copies = Counter(problem.id for problem in job.problems)
        self.tokenizer = tokenizer
        self.on_progress = on_progress
        self.store = SampleStore(out_dir / self.plan.name, self.plan)
        self.grading = GradingQueue(pool, self.plan)
        self.tokens = 0
        self.reused = 0

    def __enter__(self) -> "_BenchmarkRun":
        return self

    def __exit__(self, *exc: object) -> None:
        self.store.close()

    def keys(self) -> list[tuple[str, int]]:
        """All (problem id, sample index) of the plan, in problem order; samples of a problem stand together."""
        return [(id, i) for id in self.problems for i in range(self.copies[id] * self.plan.samples)]

    def missing(self) -> list[_Pending]:
        """Requests for the samples that are not stored; queues the stored ones for the grades they lack."""
        pending: list[_Pending] = []
        for id, index in self.keys():
            prompt, ids = _prompt(self.problems[id], self.plan.template, self.tokenizer)
            task = Task(self.problems[id], ids, prompt=prompt)
            stored = self.store.samples.get((id, index))
            if stored is None:
                pending.append(self._pending(task, index))
                continue
            self._check_same(stored, task)
            self.reused += 1
            self.grading.submit(self._with_answer(stored))
        # Of a prompt without room for a response nothing is asked.
        for full in [p for p in pending if p.sampling.max_new_tokens <= 0]:
            self.add(full.asked)
        self.report()
        return [p for p in pending if p.sampling.max_new_tokens > 0]

    def _pending(self, task: Task, index: int) -> _Pending:
        sampling, name = self.plan.sampling, task.problem.id
        room = self.plan.max_context - len(task.prompt_ids) if self.plan.max_context else sampling.max_new_tokens
        if room < sampling.max_new_tokens:
            sampling = replace(sampling, max_new_tokens=room)
        seed = sample_seed(self.plan.seed, self.plan.name, name, index)
        return _Pending(self, Rollout(task, name, index, seed), sampling)

    def _check_same(self, stored: Rollout, task: Task) -> None:
        ids = stored.task.prompt_ids or task.prompt_ids  # files of earlier versions hold the text alone
        if stored.task.prompt != task.prompt or ids != task.prompt_ids:
            raise UserError(
                f"{self.store.folder}: the stored prompt of problem {task.problem.id} is another one (the data, the "
                "template or the tokenizer has changed); choose another folder for them, or remove this one"
            )

    def _with_answer(self, stored: Rollout) -> Rollout:
        """The stored sample against today's ground truth: where that has changed, its grades are void."""
        problem, answer = stored.task.problem, self.problems[stored.task.problem.id].answer
        if problem.answer == answer:
            return stored
        return replace(stored, task=replace(stored.task, problem=replace(problem, answer=answer)), grades={})

    def add(self, rollout: Rollout) -> None:
        """Stores a finished sample and sends it to be graded."""
        sample = replace(rollout, logprobs=())  # which no file holds
        self.store.append(sample)
        self.tokens += len(sample.token_ids)
        self.grading.submit(sample)
        self.report()

    def report(self) -> None:
        if self.on_progress is not None:
            graded = self.grading.collect()
            total = sum(self.copies.values()) * self.plan.samples
            self.on_progress(Progress(
                self.plan.name, self.grading.submitted, total, self.reused, graded, self.grading.right, self.tokens
            ))  # fmt: skip

    def finish(self) -> EvalResult:
        """Waits for the grades, writes the benchmark's files, returns its numbers."""
        graded = self.grading.finish()
        samples = [graded[key] for key in self.keys()]
        result = summarize(self.plan, samples)
        if self.store.finish(samples, result):
            lines = "".join(json.dumps(line) + "\n" for line in disagreements(self.plan, samples))
            replace_file(self.store.folder / "disagreements.jsonl", lines)
        self.report()
        return result
