"""Every model under every template on every benchmark: what `rlvr eval` does once its input is known to be right."""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Collection, Sequence

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation.benchmarks import Benchmark
from oneshot_rlvr.evaluation.checkpoints import ModelSource, folder_name
from oneshot_rlvr.evaluation.protocols import Protocol
from oneshot_rlvr.evaluation.records import EvalJob, EvalPlan, EvalResult
from oneshot_rlvr.evaluation.runner import Progress, evaluate_all, longest_request
from oneshot_rlvr.evaluation.store import plan_conflict, read_result
from oneshot_rlvr.types import Sampling

if TYPE_CHECKING:
    from oneshot_rlvr.evaluation.engine import Engine, ModelFacts
    from oneshot_rlvr.isolation.pool import GraderPool


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """Models and benchmarks to evaluate, checked."""

    protocol: Protocol
    benchmarks: tuple[Benchmark, ...]
    models: tuple[ModelSource, ...]
    home_template: str  # its results lie in `<model>/`, those of other templates in `<model>@<template>/`
    output: Path
    shared_with_run: bool  # `output` is a run's eval folder, where the run's own validation lies as well


@dataclass(frozen=True, slots=True, eq=False)
class SweepRow:
    """One model under one template. Equal only to itself, so that what is worked out from it can be kept."""

    model: ModelSource
    template: str
    folder: Path  # of its results
    results: dict[str, EvalResult]
    load_seconds: float | None  # until the weights were in place; None: nothing had to be sampled
    seconds: float  # sampling and grading


def larger_there(row: SweepRow) -> list[str]:
    """Benchmarks of which a larger evaluation lies in the row's folder: its metrics stay (evaluation/store.py)."""
    return [name for name, result in row.results.items() if read_result(row.folder / name) != result]


def row_folder(output: Path, model: ModelSource, template: str, home_template: str) -> Path:
    suffix = "" if template == home_template else f"@{folder_name(template)}"
    return output / f"{model.folder_name}{suffix}"


def jobs(plan: SweepPlan, template: str, facts: "ModelFacts", engine: "Engine") -> list[EvalJob]:
    """The benchmarks of one row."""
    model = {
        "model": facts.identity, "engine": engine.name, "max_context": facts.max_context, "precision": facts.precision,
        # A run validates with the weights in memory; on disk they may be rounded to another type.
        "known_model_only": facts.stored_dtype != engine.dtype_name,
    }  # fmt: skip
    made = [_job(plan, benchmark, template, facts.stop_ids) for benchmark in plan.benchmarks]
    return [EvalJob(job.problems, replace(job.plan, **model)) for job in made]


def _job(plan: SweepPlan, benchmark: Benchmark, template: str, stop_ids: tuple[int, ...]) -> EvalJob:
    """A benchmark's job, but for what depends on the model."""
    protocol = plan.protocol
    rule = protocol.rule(benchmark.name)
    sampling = Sampling(rule.temperature, protocol.max_new_tokens, stop_ids, float(protocol.top_p))
    graders = (benchmark.own_grader,) if benchmark.own_grader else protocol.graders
    made = EvalPlan(benchmark.name, template, sampling, rule.samples, graders, protocol.seed)
    return EvalJob(benchmark.problems, made)


def choose_samples_folder(plan: SweepPlan, engine: "Engine") -> tuple[Path, str | None]:
    """The folder of the samples, and why it is not right below `output` if so.

    Samples made otherwise are never mixed or replaced: UserError with the key that differs. Only a run's own
    validation is made room for: a folder of the protocol's name.
    """

    def clash(folder: Path) -> str | None:
        return _clash(plan, folder, lambda model, template: jobs(plan, template, engine.facts(model), engine))

    return _choose(plan, clash)


def refuse_clash_early(plan: SweepPlan) -> None:
    """UserError for stored samples that differ in what the command line says, before any model is looked at."""
    facts = {"stop_ids", "model", "engine"}

    def clash(folder: Path) -> str | None:
        return _clash(plan, folder, lambda _, template: [_job(plan, b, template, ()) for b in plan.benchmarks], facts)

    _choose(plan, clash)


def _choose(plan: SweepPlan, clash: Callable[[Path], str | None]) -> tuple[Path, str | None]:
    first = clash(plan.output)
    if first is None:
        return plan.output, None
    own = plan.output / plan.protocol.name
    second = clash(own) if plan.shared_with_run else first
    if second is not None:
        raise UserError(f"{second}; choose another folder for them, or remove this one")
    return own, first


def _clash(
    plan: SweepPlan, output: Path, jobs_of: Callable[[ModelSource, str], list[EvalJob]], unknown: Collection[str] = ()
) -> str | None:
    """The first stored benchmark below `output` that was made otherwise."""
    for model in plan.models:
        for template in plan.protocol.template:
            folder = row_folder(output, model, template, plan.home_template)
            if not folder.is_dir():
                continue
            for job in jobs_of(model, template):
                if conflict := plan_conflict(folder / job.plan.name, job.plan, unknown):
                    return f"{folder / job.plan.name}: made with {conflict}"
    return None


def run_sweep(
    plan: SweepPlan, samples_folder: Path, engine: "Engine", pool: "GraderPool",
    on_row: Callable[[ModelSource, str], None], on_progress: Callable[[Progress], None],
    after_row: Callable[[Sequence[SweepRow]], None],
) -> list[SweepRow]:  # fmt: skip
    """Evaluates row by row; `after_row` gets all rows so far, so that a summary exists at any time."""
    rows: list[SweepRow] = []
    for model in plan.models:
        facts = engine.facts(model)
        longest = max(
            longest_request(jobs(plan, template, facts, engine), facts.tokenizer) for template in plan.protocol.template
        )
        for template in plan.protocol.template:
            on_row(model, template)
            start = time.perf_counter()
            folder = row_folder(samples_folder, model, template, plan.home_template)
            made = jobs(plan, template, facts, engine)
            results = evaluate_all(engine.sampler(model, longest), made, facts.tokenizer, pool, folder, on_progress)
            first_here = all(row.model.folder_name != model.folder_name for row in rows)
            loading = engine.load_seconds[model.folder_name] if model.folder_name in engine.load_seconds else None
            rows.append(SweepRow(
                model, template, folder, results, loading if first_here else None, time.perf_counter() - start
            ))  # fmt: skip
            after_row(rows)
    return rows
