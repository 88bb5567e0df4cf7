"""Validation during training: the current weights on the validation problems."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from transformers import PreTrainedTokenizerBase

from oneshot_rlvr.config.schedule import validation_grader
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.evaluation.runner import EvalPlan, Progress, evaluate
from oneshot_rlvr.grading.graders import own_grader
from oneshot_rlvr.isolation.pool import GraderPool
from oneshot_rlvr.rollout.engine import Engine
from oneshot_rlvr.trainer.journal import Journal
from oneshot_rlvr.trainer.run_folder import disk_faults
from oneshot_rlvr.trainer.stop import StopRequest
from oneshot_rlvr.trainer.validation import set_names
from oneshot_rlvr.types import Problem, Sampling


@dataclass(slots=True)
class Validation:
    """Evaluates the weights that the engine holds; files go under eval/step_N/."""

    config: RunConfig
    problems: Sequence[Problem]
    engine: Engine
    name: str  # engine and compute dtype, "vllm/bfloat16": part of the identity of validation samples
    sampling: Sampling
    tokenizer: PreTrainedTokenizerBase
    pool: GraderPool
    journal: Journal
    stop: StopRequest
    pending: bool  # the validation of the newest complete step is due and not done

    def run(self, step: int) -> None:
        """The greedy set, and the sampled one beside it where the configuration has one."""
        cfg, start = self.config.eval, time.perf_counter()
        greedy, *sampled = set_names(self.config)
        self._evaluate(step, greedy, cfg.temperature, cfg.samples)
        for name in sampled:
            self._evaluate(step, name, self.config.rollout.temperature, cfg.sampled)
        self.journal.progress.validated(time.perf_counter() - start)
        self.pending = False

    def _evaluate(self, step: int, name: str, temperature: float, samples: int) -> None:
        self.journal.watchdog.enter("evaluate", step)
        cfg = self.config.eval
        limit = cfg.max_new_tokens or self.config.rollout.max_new_tokens
        sampling = replace(self.sampling, temperature=temperature, max_new_tokens=limit, top_p=1.0, certainties=False)
        named = (validation_grader(self.config), "exact")
        graders = tuple(dict.fromkeys(own_grader(p.answer) or g for p in self.problems[:1] for g in named))
        plan = EvalPlan(
            name, self.config.model.template, sampling, samples, graders, self.config.trainer.seed, engine=self.name,
            precision=self.name.rpartition("/")[2],
        )  # fmt: skip
        start = time.perf_counter()
        folder = self.journal.folder.eval_folder(step)
        with disk_faults(folder):
            result = evaluate(self.engine, self.problems, plan, self.tokenizer, self.pool, folder,
                              on_progress=partial(self._sampled, step))  # fmt: skip
        self.journal.note_values(step, result.metrics() | {"time/evaluate": time.perf_counter() - start})
        low, high = result.interval
        boxed = "" if result.boxed_share is None else f"boxed {result.boxed_share:.3f}, "
        self.journal.progress.note(
            f"step {step}: {name} {result.accuracy:.3f} [{low:.3f}, {high:.3f}], {boxed}"
            f"truncated {result.truncated_share:.3f}"
        )

    def _sampled(self, step: int, done: Progress) -> None:
        self.journal.progress.validating(f"step {step}: validating, {done.name} {done.done}/{done.total}")
        self.journal.watchdog.beat()
        self.stop.check()
