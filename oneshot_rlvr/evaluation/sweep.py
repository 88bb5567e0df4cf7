"""Every model under every template on every benchmark: what `rlvr eval` does once its input is known to be right."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Sequence

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation.benchmarks import Benchmark
from oneshot_rlvr.evaluation.checkpoints import ModelSource, folder_name
from oneshot_rlvr.evaluation.protocols import Protocol
from oneshot_rlvr.evaluation.records import EvalJob, EvalPlan, EvalResult
from oneshot_rlvr.evaluation.runner import Progress, evaluate_all
from oneshot_rlvr.evaluation.store import plan_conflict
from oneshot_rlvr.types import Sampling

if TYPE_CHECKING:
    from oneshot_rlvr.evaluation.engine import Engine, ModelFacts
    from oneshot_rlvr.rewards.pool import GraderPool


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What to evaluate, checked."""

    protocol: Protocol
    benchmarks: tuple[Benchmark, ...]
    models: tuple[ModelSource, ...]
    home_template: str  # its results lie in `<model>/`, those of other templates in `<model>@<template>/`
    output: Path
    output_given: bool  # by the user: then a clash with stored samples is an error, not a reason to go elsewhere


@dataclass(frozen=True, slots=True)
class SweepRow:
    """One model under one template."""

    model: ModelSource
    template: str
    folder: Path  # of its results
    results: dict[str, EvalResult]
    load_seconds: float | None  # until the weights were in place; None: nothing had to be sampled
    seconds: float  # sampling and grading


def row_folder(output: Path, model: ModelSource, template: str, home_template: str) -> Path:
    suffix = "" if template == home_template else f"@{folder_name(template)}"
    return output / f"{model.folder_name}{suffix}"


def jobs(plan: SweepPlan, template: str, facts: "ModelFacts", engine: "Engine") -> list[EvalJob]:
    """The benchmarks of one row."""
    protocol = plan.protocol
    made = []
    for benchmark in plan.benchmarks:
        rule = protocol.rule(benchmark.name)
        sampling = Sampling(rule.temperature, protocol.max_new_tokens, facts.stop_ids, float(protocol.top_p))
        made.append(EvalJob(benchmark.problems, EvalPlan(
            name=benchmark.name, template=template, sampling=sampling, samples=rule.samples, graders=protocol.graders,
            seed=protocol.seed, model=facts.identity, engine=engine.name, max_context=facts.max_context,
            # A run validates with the weights in memory; on disk they may be rounded to another type.
            known_model_only=facts.stored_dtype != engine.dtype_name,
        )))  # fmt: skip
    return made


def choose_output(plan: SweepPlan, engine: "Engine") -> tuple[Path, str | None]:
    """Where results go, and why not to the usual place if so: samples made otherwise are never mixed or overwritten."""
    clash = _clash(plan, plan.output, engine)
    if clash is None:
        return plan.output, None
    if plan.output_given:
        raise UserError(f"{clash}; choose another --output or remove the folder")
    other = plan.output.with_name(f"{plan.output.name}-{plan.protocol.name}")
    if second := _clash(plan, other, engine):
        raise UserError(f"{second}; give --output")
    return other, clash


def _clash(plan: SweepPlan, output: Path, engine: "Engine") -> str | None:
    for model in plan.models:
        for template in plan.protocol.template:
            folder = row_folder(output, model, template, plan.home_template)
            if not folder.is_dir():
                continue
            for job in jobs(plan, template, engine.facts(model), engine):
                if conflict := plan_conflict(folder / job.plan.name, job.plan):
                    return f"{folder / job.plan.name}: its samples have {conflict}"
    return None


def run_sweep(
    plan: SweepPlan, output: Path, engine: "Engine", pool: "GraderPool",
    on_row: Callable[[ModelSource, str], None], on_progress: Callable[[Progress], None],
    after_row: Callable[[Sequence[SweepRow]], None],
) -> list[SweepRow]:  # fmt: skip
    """Evaluate row by row; `after_row` gets all rows so far, so that a summary exists at any time."""
    rows: list[SweepRow] = []
    for model in plan.models:
        for template in plan.protocol.template:
            on_row(model, template)
            start = time.perf_counter()
            facts = engine.facts(model)
            folder = row_folder(output, model, template, plan.home_template)
            made = jobs(plan, template, facts, engine)
            results = evaluate_all(engine.sampler(model), made, facts.tokenizer, pool, folder, on_progress)
            first_here = all(row.model.folder_name != model.folder_name for row in rows)
            loading = engine.load_seconds[model.folder_name] if model.folder_name in engine.load_seconds else None
            rows.append(SweepRow(
                model, template, folder, results, loading if first_here else None, time.perf_counter() - start
            ))  # fmt: skip
            after_row(rows)
    return rows
