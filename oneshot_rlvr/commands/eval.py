"""`rlvr eval`: benchmarks over one model, or over the base and every checkpoint of a run with one sampler."""

import argparse
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, Sequence

from oneshot_rlvr.commands.flags import seed
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.evaluation.engine_options import AUTO_ENGINE, DEVICES, DTYPES, ENGINES, EngineOptions, engine_options
from oneshot_rlvr.paths import given, no_folder

if TYPE_CHECKING:
    from oneshot_rlvr.evaluation.checkpoints import Discovery, ModelSource
    from oneshot_rlvr.evaluation.protocols import Protocol
    from oneshot_rlvr.evaluation.sweep import SweepPlan, SweepRow

HELP = "benchmarks over one model or every checkpoint of a run"


def configure(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("what is evaluated")
    what.add_argument(
        "--ckpt-dir", type=given, metavar="DIR",
        help="a run, or a folder of step_*, global_step_*/actor or checkpoint-*: the base model and every checkpoint",
    )  # fmt: skip
    what.add_argument("--model", metavar="PATH_OR_ID", help="one model: a folder, a hub id, or sandbox:NAME")
    what.add_argument("--base", metavar="PATH_OR_ID", help="the base of --ckpt-dir (default: from the run's config)")
    what.add_argument("--no-base", action="store_true", help="leave the base model out")
    what.add_argument(
        "--steps", metavar="N[,N]", help="only these checkpoints; `last` is the newest, `base` none but the base model"
    )
    what.add_argument("--resave", action="store_true", help="add the base as our checkpoint writer stores it")
    how = parser.add_argument_group("how")
    how.add_argument(
        "--protocol", metavar="NAME", help="run | paper | distill_8k | sandbox | a file of configs/eval "
        "(default: run, as the run of --ckpt-dir validates itself; paper for a row of the paper and other models, "
        "sandbox for a sandbox model)",
    )  # fmt: skip
    how.add_argument(
        "--benchmarks", metavar="A,B",
        help="names (`rlvr data list`), files of problems, hub:OWNER/NAME[:CONFIG][:SPLIT], gym:TASK[:KEY=VALUE...]",
    )  # fmt: skip
    how.add_argument(
        "--columns", metavar="A=B,C=D", help="names of the columns of such files: problem=question,answer=solution"
    )
    how.add_argument("--template", metavar="A[,B]", help="prompt templates; several give the sensitivity matrix")
    how.add_argument("--grader", metavar="NAME", help="of the headline number; exact is always reported beside")
    how.add_argument("--limit", type=int, metavar="N", help="the first N problems of each benchmark")
    how.add_argument("--samples", type=int, metavar="K", help="per problem, instead of the protocol's")
    how.add_argument("--temperature", type=float, metavar="T", help="instead of the protocol's")
    how.add_argument("--max-new-tokens", type=int, metavar="N", help="instead of the protocol's")
    how.add_argument("--seed", type=seed, metavar="N", help="of sampling, instead of the protocol's")
    where = parser.add_argument_group("where")
    where.add_argument(
        "--output", type=given, metavar="DIR", help="default: eval/ in the run or beside the checkpoints"
    )
    where.add_argument("--engine", default="auto", metavar="NAME", help=f"{' | '.join(ENGINES)} ({AUTO_ENGINE})")
    where.add_argument("--dtype", default="auto", help=f"{' | '.join(DTYPES)} (auto: bfloat16 on a GPU, else float32)")
    where.add_argument("--device", default="auto", help=" | ".join(DEVICES))
    where.add_argument(
        "--max-batch-tokens", type=int, metavar="N", help="transformers: cache tokens held at once (default: 262144)"
    )
    where.add_argument(
        "--tensor-parallel", type=int, metavar="N", help="vllm: GPUs that each model is cut over (default: 1)"
    )
    where.add_argument("--gpu-memory", type=float, metavar="SHARE", help="vllm: of each GPU (default: 0.85)")
    where.add_argument("--grading-processes", type=int, default=2, metavar="N", help="default: 2")
    where.add_argument(
        "--allow-unsandboxed", action="store_true", help="run programs of the model where nothing can hold them in"
    )


def run(args: argparse.Namespace) -> int:
    """Checks everything that can be checked without torch, then evaluate row by row."""
    started = time.perf_counter()
    options = _engine_options(args)
    plan, notes = plan_of(args)
    for note in notes:
        print(note)
    return _evaluate(args, plan, options, started)


def _engine_options(args: argparse.Namespace) -> EngineOptions:
    return engine_options(
        args.engine, args.device, args.dtype, args.max_batch_tokens, args.tensor_parallel, args.gpu_memory
    )


def plan_of(args: argparse.Namespace) -> tuple["SweepPlan", list[str]]:
    """The checked plan and what to tell the user about it. UserError for every fault of the input."""
    from oneshot_rlvr.data.datasets import repeats_note
    from oneshot_rlvr.evaluation.benchmarks import load_benchmarks
    from oneshot_rlvr.evaluation.protocols import OF_RUN
    from oneshot_rlvr.evaluation.sweep import SweepPlan, refuse_clash_early

    _check_choices(args)
    protocol, home_template, why = _protocol(args)
    models, notes = _models(args, protocol)
    notes = [*why, *notes]
    as_given = protocol.name == OF_RUN
    benchmarks = load_benchmarks(protocol.benchmarks, args.limit, as_given, protocol.columns)
    notes += [note for b in benchmarks if (note := repeats_note(b.name, b.problems))]
    protocol, told = protocol.without_equal_samples([benchmark.name for benchmark in benchmarks])
    notes += told
    output, shared = (args.output, False) if args.output is not None else _default_output(args, models, protocol)
    plan = SweepPlan(protocol, tuple(benchmarks), tuple(models), home_template, output, shared)
    refuse_clash_early(plan)
    _check_writable(output)
    return plan, notes


def _check_choices(args: argparse.Namespace) -> None:
    for flag in ("limit", "samples", "max_new_tokens", "max_batch_tokens", "grading_processes"):
        value = getattr(args, flag)
        if value is not None and value < 1:
            raise UserError(f"--{flag.replace('_', '-')} {value}: at least 1 is needed")
    if args.temperature is not None and not 0 <= args.temperature <= 10:
        raise UserError(f"--temperature {args.temperature:g}: between 0 (greedy) and 10")
    if args.ckpt_dir is not None and args.model is not None:
        raise UserError("--ckpt-dir and --model: give one of them (the base of a run is --base)")
    if args.ckpt_dir is None and args.steps is not None:
        raise UserError(f"--steps {args.steps}: belongs to --ckpt-dir DIR")
    if args.base is not None and args.model is not None:
        raise UserError("--base and --model: give one of them (--base belongs to --ckpt-dir DIR)")


def _protocol(args: argparse.Namespace) -> tuple["Protocol", str, list[str]]:
    """The protocol with the command line's changes, its main template as it stands, and a line where a run chose it."""
    from oneshot_rlvr.config.check import check_grader
    from oneshot_rlvr.data.prompts import parse_template
    from oneshot_rlvr.evaluation.protocols import names

    protocol, why = _chosen_protocol(args)
    home_template = protocol.template[0]
    if args.benchmarks is not None:
        # Description and columns are those of other sets.
        protocol = replace(protocol, benchmarks=names(args.benchmarks), columns={}, description="")
    if args.columns is not None:
        protocol = replace(protocol, columns=_columns(args.columns))
    if args.template is not None:
        protocol = replace(protocol, template=names(args.template))
    if args.grader is not None:
        protocol = replace(protocol, graders=(args.grader, *protocol.graders))
    if args.max_new_tokens is not None:
        protocol = replace(protocol, max_new_tokens=args.max_new_tokens)
    if args.seed is not None:
        protocol = replace(protocol, seed=args.seed)
    protocol = protocol.with_rule(args.temperature, args.samples)
    protocol = replace(protocol, graders=tuple(dict.fromkeys((*protocol.graders, "exact"))))
    for grader in protocol.graders:
        check_grader("--grader ", grader)
    if not protocol.benchmarks or not protocol.template:
        none = "none given" if why is None else "none given, and the run has no data.validation"
        raise UserError(f"--{'template' if protocol.benchmarks else 'benchmarks'}: {none}")
    for template in protocol.template:
        parse_template(template)
    return protocol, home_template, [_said(protocol, why)] if why else []


def _columns(text: str) -> dict[str, str]:
    """`problem=question,answer=solution` as a mapping."""
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(role.strip() and column.strip() for role, _, column in pairs):
        raise UserError(f"--columns {text}: problem=COLUMN,answer=COLUMN is needed")
    return {role.strip(): column.strip() for role, _, column in pairs}


def _chosen_protocol(args: argparse.Namespace) -> tuple["Protocol", str | None]:
    """The protocol, and why where that follows from a run.

    A run is evaluated as it validates itself, unless it reproduces a row of the paper: then by the paper's protocol.
    """
    from oneshot_rlvr.evaluation.checkpoints import run_config
    from oneshot_rlvr.evaluation.protocols import OF_RUN, load_protocol, run_protocol

    run = _run_of(args)
    if args.protocol == OF_RUN and run is None:
        raise UserError(f"--protocol {OF_RUN}: --ckpt-dir names no run of rlvr train; give a protocol's name")
    if args.protocol not in (None, OF_RUN):
        return load_protocol(args.protocol), None
    if run is None:
        return load_protocol(_usual_protocol(args.model)), None
    config = run_config(run)
    if args.protocol is None and config.reproduces:
        why = f"the run reproduces {config.reproduces}; --protocol {OF_RUN} evaluates it as it validates itself"
        return load_protocol("paper"), why
    if args.protocol is None and config.data.validation is None and config.model.path.startswith("sandbox:"):
        return load_protocol("sandbox"), "the run validates on nothing"
    return run_protocol(config), "as the run validates itself; --protocol paper takes the paper's six sets"


def _run_of(args: argparse.Namespace) -> Path | None:
    """The run that --ckpt-dir belongs to."""
    from oneshot_rlvr.evaluation.checkpoints import run_folder

    return run_folder(args.ckpt_dir) if args.ckpt_dir is not None and args.ckpt_dir.is_dir() else None


def _usual_protocol(model: str | None) -> str:
    return "sandbox" if (model or "").startswith("sandbox:") else "paper"


def _said(protocol: "Protocol", why: str) -> str:
    """The protocol in a line. Example: `protocol run: held, template own, greedy, 48 new tokens, grader qwen (why)`."""
    rules = {protocol.rule(name) for name in protocol.benchmarks}
    ways = sorted({"greedy" if rule.temperature == 0 else f"temperature {rule.temperature:g}" for rule in rules})
    parts = [", ".join(protocol.benchmarks), f"template {', '.join(protocol.template)}", " and ".join(ways),
             f"{protocol.max_new_tokens} new tokens", f"grader {protocol.graders[0]}"]  # fmt: skip
    return f"protocol {protocol.name}: {', '.join(parts)} ({why})"


def _models(args: argparse.Namespace, protocol: "Protocol") -> tuple[list["ModelSource"], list[str]]:
    """The models in the order of the rows: base, re-saved base, checkpoints."""
    from oneshot_rlvr.evaluation.checkpoints import base_source, discover, model_source

    resave = args.resave or protocol.resave
    if args.ckpt_dir is None:
        name = args.model or args.base or protocol.model
        if name is None:
            raise UserError("--ckpt-dir DIR or --model PATH_OR_ID is needed")
        one = model_source(name, "--base" if args.base else "--model")
        # With a re-saved twin the model as it stands is what that one is compared with.
        return ([replace(one, kind="base"), _resaved(one)] if resave else [one]), []
    if args.steps == "base" and args.no_base:
        raise UserError("--steps base and --no-base: nothing is left; drop one of them")
    found = discover(args.ckpt_dir)
    models, notes = _chosen_steps(found, args.steps), list(found.passed_over)
    if args.no_base:
        return models, notes
    base = base_source(args.base, "--base") if args.base is not None else _base_of_run(args.ckpt_dir)
    if base is None:
        if args.steps == "base":
            raise UserError("--steps base: the base model is not known; give --base PATH_OR_ID")
        if resave:
            raise UserError("--resave: the base model is not known; give --base PATH_OR_ID")
        notes.append("base model not known (no run config here): no row for it; give --base PATH_OR_ID")
        return models, notes
    return [base, *([_resaved(base)] if resave else []), *models], notes


def _base_of_run(folder: Path) -> "ModelSource | None":
    """The model that a run of ours started from; it takes the place of step 0 in the run's eval folder."""
    from oneshot_rlvr.evaluation.checkpoints import base_source, run_config, run_folder

    run = run_folder(folder)
    if run is None:
        return None
    config = run_config(run)
    if config.model.random_init:
        return None
    base = base_source(config.model.path, f"{run}/config.yaml: model.path", config.model.revision)
    return replace(base, folder_name="step_000000", step=0, stored_as=config.checkpoint.dtype)


def _resaved(model: "ModelSource") -> "ModelSource":
    return replace(model, label=f"{model.label} (re-saved)", folder_name=f"{model.folder_name}_resaved", kind="resaved")


def _chosen_steps(found: "Discovery", steps: str | None) -> list["ModelSource"]:
    models, unusable = found.models, {str(step): line for step, line in found.unusable.items()}
    if steps is None or steps == "base":
        return list(models) if steps is None else []
    if models[0].step is None:
        raise UserError(f"--steps {steps}: {models[0].path} is one model, without steps; leave the option out")
    have = {str(model.step): model for model in models}
    wanted = [str(models[-1].step) if step.strip() == "last" else step.strip() for step in steps.split(",")]
    for step in wanted:
        if step in unusable:
            raise UserError(f"--steps {step}: {unusable[step]}")
        if step not in have:
            raise UserError(f"--steps {step}: no such checkpoint; {nearest(step, have)}")
    return [model for key, model in have.items() if key in wanted]


def _default_output(
    args: argparse.Namespace, models: Sequence["ModelSource"], protocol: "Protocol"
) -> tuple[Path, bool]:
    """The folder for results, and whether it is the eval folder of a run of ours.

    A model has a folder for each protocol: results of two of them do not go together.
    """
    from oneshot_rlvr.evaluation.checkpoints import run_folder

    if args.ckpt_dir is None:
        usual = protocol.name == _usual_protocol(args.model)
        return Path("runs") / "eval" / (models[0].folder_name + ("" if usual else f"+{protocol.name}")), False
    run = run_folder(args.ckpt_dir)
    return (run or args.ckpt_dir) / "eval", run is not None


def _check_writable(output: Path) -> None:
    existing = next(folder for folder in [output, *output.absolute().parents] if folder.exists())
    if not existing.is_dir():
        raise UserError(f"--output {output}: cannot write in {existing}: {no_folder(existing)}")
    if not os.access(existing, os.W_OK):
        raise UserError(f"--output {output}: cannot write in {existing}: not a writable folder")


def _evaluate(args: argparse.Namespace, plan: "SweepPlan", options: EngineOptions, started: float) -> int:
    from oneshot_rlvr.config.schema import ExecutorConfig
    from oneshot_rlvr.evaluation.checkpoints import local_folder
    from oneshot_rlvr.isolation.programs import refuse_unsafe

    executor = ExecutorConfig(allow_unsandboxed=args.allow_unsandboxed)
    if any(benchmark.about_programs for benchmark in plan.benchmarks):
        refuse_unsafe(executor)
    # Models of the hub are fetched before torch is imported: a wrong name is then found in a second.
    plan = replace(plan, models=tuple(replace(model, path=local_folder(model)) for model in plan.models))
    for note in _template_notes(plan):
        print(note)
    from oneshot_rlvr.evaluation.engine import Engine
    from oneshot_rlvr.evaluation.progress import SweepProgress
    from oneshot_rlvr.evaluation.summary import summarize_sweep
    from oneshot_rlvr.evaluation.summary_files import write_summary
    from oneshot_rlvr.evaluation.sweep import choose_samples_folder, larger_there, run_sweep
    from oneshot_rlvr.isolation.pool import GraderPool
    from oneshot_rlvr.trainer.stop import leaving

    engine = Engine(options, started)
    for model in plan.models:
        engine.facts(model)  # a model that cannot be loaded is refused before another one is sampled for hours
    samples_folder, reason = choose_samples_folder(plan, engine)
    if reason is not None:
        print(f"{reason}; new samples go to {samples_folder}")
    several = len(plan.protocol.template) > 1
    progress = SweepProgress()
    written: list[Path] = []
    rows_done: list[SweepRow] = []
    num_rows = len(plan.models) * len(plan.protocol.template)

    def after_row(rows: Sequence["SweepRow"]) -> None:
        rows_done[:] = rows
        progress.close()
        progress.note(row_line(rows[-1], several))
        if larger := larger_there(rows[-1]):
            progress.note(f"{rows[-1].folder}: more of {', '.join(larger)} is evaluated there; that metrics.json stays")
        summary = summarize_sweep(rows, plan.protocol, engine.name, str(engine.device))
        written[:] = write_summary(summary, plan.output)

    def on_row(model: "ModelSource", template: str) -> None:
        progress.row(f"{model.label}, {template}" if several else model.label)

    def saved() -> str:
        return f"{progress.stored()} in {samples_folder} ({len(rows_done)} of {num_rows} models complete)"

    with leaving(saved), GraderPool(workers=args.grading_processes, executor=executor) as pool:
        try:
            run_sweep(plan, samples_folder, engine, pool, on_row, progress.update, after_row)
        finally:
            progress.close()
            engine.close()
    print()
    print(written[-1].read_text().rstrip())
    print()
    for path in written:
        print(path)
    return 0


def _template_notes(plan: "SweepPlan") -> Iterator[str]:
    """A chat format on a model that does not know it: its accuracy is then that of a strange prompt."""
    from oneshot_rlvr.data.prompts import unknown_tags

    model = plan.models[0]
    file = Path(model.path) / "tokenizer.json"
    known = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None
    for template in plan.protocol.template if known is not None else ():
        if lost := unknown_tags(template, known or ""):
            what = f"{model.label} has no token {' or '.join(lost)} and reads it as letters"
            yield f"template {template}: {what}; own or plain may fit better (--template)"


def row_line(row: "SweepRow", with_template: bool) -> str:
    """Example: `step 20: math500 71.2 [67.1, 75.0], aime24 15.4 [6.2, 26.2]  (weights after 0.04 s, 61.0 s)`."""
    label = f"{row.model.label}, {row.template}" if with_template else row.model.label
    from oneshot_rlvr.evaluation.tables import share

    parts = [f"{name} {share(result.accuracy, result.interval).line}" for name, result in row.results.items()]
    loading = "all stored, " if row.load_seconds is None else f"weights after {row.load_seconds:.2f} s, "
    return f"{label}: {', '.join(parts)}  ({loading}{row.seconds:.1f} s)"
