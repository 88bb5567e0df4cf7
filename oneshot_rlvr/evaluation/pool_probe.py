"""A model's ability on a pool before any training: n samples of every problem, as a history of single samples.

The samples go through the evaluation's store: they survive a kill, and more problems or more samples later only add.
"""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Sequence

from oneshot_rlvr.data.history import History
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation.checkpoints import ModelSource, local_folder, model_source
from oneshot_rlvr.evaluation.engine_options import EngineOptions
from oneshot_rlvr.evaluation.records import EvalJob, EvalPlan, sample_key
from oneshot_rlvr.evaluation.store import plan_conflict, read_samples
from oneshot_rlvr.types import Problem, Rollout, Sampling

if TYPE_CHECKING:
    from oneshot_rlvr.evaluation.engine import ModelFacts


@dataclass(frozen=True, slots=True)
class PoolProbe:
    """Settings of a probe. Example: `PoolProbe(model_source("sandbox:base_e"), "pool", 16, Path("runs/probe/x"))`."""

    model: ModelSource
    pool: str  # names the folder of the samples, and is part of every seed
    samples: int  # per problem
    folder: Path  # samples go to `folder/<pool>/`
    temperature: float = 0.6
    max_new_tokens: int = 3072
    template: str = "own"
    grader: str = "deepscaler"
    seed: int = 0
    engine: EngineOptions = field(default_factory=EngineOptions)

    @property
    def place(self) -> Path:
        return self.folder / self.pool

    def plan(self, facts: "ModelFacts | None" = None, engine: str = "") -> EvalPlan:
        """The plan of the samples; without `facts` it lacks what only the model's files tell."""
        stop_ids = () if facts is None else facts.stop_ids
        return EvalPlan(
            self.pool, self.template, Sampling(self.temperature, self.max_new_tokens, stop_ids), self.samples,
            (self.grader,), self.seed, model="" if facts is None else facts.identity, engine=engine,
            max_context=0 if facts is None else facts.max_context,
        )  # fmt: skip


def probe_of(
    model: str, pool: str, samples: int, folder: Path | None, temperature: float | None, max_new_tokens: int | None,
    template: str | None, grader: str | None, seed: int, engine: EngineOptions,
) -> PoolProbe:  # fmt: skip
    """A checked probe. What is None is as in training: `config/schema.py`, or for a sandbox model its protocol.

    Raises UserError for anything that is not known, and for samples in the folder that were made otherwise.
    """
    from oneshot_rlvr.config.check import check_grader
    from oneshot_rlvr.config.schema import ModelConfig, RewardConfig, RolloutConfig
    from oneshot_rlvr.data.prompts import parse_template
    from oneshot_rlvr.evaluation.protocols import load_protocol

    source = model_source(model, "--probe")
    tokens, usual_grader = RolloutConfig().max_new_tokens, RewardConfig().grader
    if model.startswith("sandbox:"):
        protocol = load_protocol("sandbox")
        tokens, usual_grader = protocol.max_new_tokens, protocol.graders[0]
    probe = PoolProbe(
        source, pool, samples, folder if folder is not None else Path("runs") / "probe" / source.folder_name,
        RolloutConfig().temperature if temperature is None else temperature,
        tokens if max_new_tokens is None else max_new_tokens,
        ModelConfig().template if template is None else template,
        usual_grader if grader is None else grader, seed, engine,
    )  # fmt: skip
    check_grader("--grader ", probe.grader)
    parse_template(probe.template)
    if not 0 < probe.temperature <= 10:
        raise UserError(f"--temperature {probe.temperature:g}: above 0 (equal samples say nothing) and at most 10")
    _refuse_clash(probe, probe.plan(), ("stop_ids", "model", "engine"))
    return probe


def _refuse_clash(probe: PoolProbe, plan: EvalPlan, unknown: Sequence[str] = ()) -> None:
    if conflict := plan_conflict(probe.place, plan, unknown):
        raise UserError(f"{probe.place}: made with {conflict}; choose another --probe-dir or remove the folder")


def probe_pool(problems: Sequence[Problem], probe: PoolProbe) -> History:
    """Samples what is not stored yet and grades it; -> outcomes (0 or 1) and answers in the order of the problems.

    A sample on which the grader failed counts as wrong and has no answer.
    """
    # A hub model is fetched before torch is imported: a wrong name is then found in a second.
    source = replace(probe.model, path=local_folder(probe.model))
    from oneshot_rlvr.evaluation.engine import Engine
    from oneshot_rlvr.evaluation.progress import SweepProgress
    from oneshot_rlvr.evaluation.runner import evaluate_all, longest_request
    from oneshot_rlvr.isolation.pool import GraderPool

    engine = Engine(probe.engine, time.perf_counter())
    facts = engine.facts(source)
    plan = probe.plan(facts, engine.name)
    _refuse_clash(probe, plan)
    progress = SweepProgress()
    progress.row(f"probe of {probe.model.label}")
    try:
        with GraderPool(workers=2) as pool:
            job = EvalJob(tuple(problems), plan)
            sampler = engine.sampler(source, longest_request([job], facts.tokenizer))
            evaluate_all(sampler, [job], facts.tokenizer, pool, probe.folder, progress.update)
    finally:
        progress.close()
        engine.close()
    samples, _ = read_samples(probe.place / "samples.jsonl")
    return history_of(problems, samples, probe)


def history_of(problems: Sequence[Problem], samples: Sequence[Rollout], probe: PoolProbe) -> History:
    """Stored samples as a history: one visit per sample. Samples beyond `probe.samples` are left out."""
    graded = {sample_key(sample): sample for sample in samples if probe.grader in sample.grades}
    chosen = [[graded[problem.id, index] for index in range(probe.samples)] for problem in problems]
    rows = [[sample.grades[probe.grader] for sample in row] for row in chosen]
    told = f"{probe.samples} samples at temperature {probe.temperature:g}, up to {probe.max_new_tokens} tokens"
    return History(
        ids=tuple(problem.id for problem in problems),
        accuracies=tuple(tuple(float(grade.correct is True) for grade in row) for row in rows),
        origin=f"probe of {probe.model.label} ({told})",
        from_run=True,
        answers=tuple(tuple(_answer(grade.extracted) for grade in row) for row in rows),
        lengths=tuple(tuple(len(sample.token_ids) for sample in row) for row in chosen),
    )


def _answer(extracted: str | None) -> str | None:
    """Answers are told apart as text, without their spaces; an empty one is none."""
    return None if extracted is None else "".join(extracted.split()) or None
