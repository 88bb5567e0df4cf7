"""`rlvr audit`: does a model know a benchmark? Detectors beside their base rates on a set that it cannot have seen."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from oneshot_rlvr.commands.flags import seed
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.paths import given

if TYPE_CHECKING:
    from oneshot_rlvr.config.schema import RunConfig
    from oneshot_rlvr.evaluation.audit import AuditPlan
    from oneshot_rlvr.types import Problem

HELP = "does a model know a benchmark? detectors of leaks, beside a set that it cannot have seen"
FRESH = "sandbox_heldout"  # the set that can be drawn anew
FRESH_SEED = 90_000  # of the clean set's draw, to which the given one is added


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL|RUN", help="a model, or a run: its base, set, template and grader")
    parser.add_argument("--benchmark", metavar="NAME|FILE", help="default: the run's validation set")
    parser.add_argument("--clean", metavar="NAME|FILE", help="problems of the same kind that the model cannot have "
                        "seen, such as newer ones; drawn anew for sandbox_heldout")  # fmt: skip
    parser.add_argument("--pool", metavar="NAME|FILE", help="training problems, searched for words of the benchmark "
                        "(default: the run's)")  # fmt: skip
    parser.add_argument("--template", metavar="NAME", help="default: the run's, else own")
    parser.add_argument("--limit", type=int, metavar="N", help="the first N problems of either set")
    parser.add_argument("--samples", type=int, default=4, metavar="K", help="answers to each question (default: 4)")
    parser.add_argument("--max-new-tokens", type=int, metavar="N", help="of an answer (default: the run's, else 1024)")
    parser.add_argument("--seed", type=seed, default=0, metavar="N")
    parser.add_argument("--output", type=given, metavar="FILE", help="default: RUN/audit/SET.json, else "
                        "runs/audit/MODEL/SET.json")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Raises UserError for a set without a clean one, before the model is loaded."""
    from oneshot_rlvr.evaluation.audit import audit_json, audit_table, run_audit
    from oneshot_rlvr.evaluation.engine_options import engine_options
    from oneshot_rlvr.evaluation.tables import markdown
    from oneshot_rlvr.files import check_folder, replace_file

    plan, place = plan_of(args)
    check_folder(place.parent, f"--output {place}")
    audit = run_audit(plan, engine_options("transformers"))
    replace_file(place, audit_json(audit))
    print(markdown(audit_table([audit])))
    print(f"\n{place}")
    return 0


def plan_of(args: argparse.Namespace) -> "tuple[AuditPlan, Path]":
    """The checked plan, and the file of its result."""
    from oneshot_rlvr.config.schedule import set_name, validation_grader
    from oneshot_rlvr.data.datasets import load_problems
    from oneshot_rlvr.data.prompts import parse_template
    from oneshot_rlvr.evaluation.audit import AuditPlan
    from oneshot_rlvr.evaluation.checkpoints import base_source, model_source, run_config

    for flag in ("limit", "samples", "max_new_tokens"):
        value, least = getattr(args, flag), 2 if flag == "samples" else 1
        if value is not None and value < least:
            raise UserError(f"--{flag.replace('_', '-')} {value}: at least {least} is needed")
    folder = Path(args.model).expanduser()
    home = folder if (folder / "config.yaml").is_file() else None  # a checkpoint of a run is a model, and not its base
    config = run_config(home) if home is not None else None
    if config is not None:
        source = base_source(config.model.path, f"{home}/config.yaml: model.path", config.model.revision)
    else:
        source = model_source(args.model, "audit")
    benchmark = args.benchmark or (config.data.validation if config else None)
    if benchmark is None:
        raise UserError("--benchmark NAME or FILE is needed: the questions that the model may know")
    problems = load_problems(benchmark)[: args.limit]
    clean = _clean(args, benchmark, problems)[: args.limit]
    template = args.template or (config.model.template if config else "own")
    parse_template(template)
    pool = args.pool or (_pool(config) if config else None)
    tokens = config.eval.max_new_tokens or config.rollout.max_new_tokens if config else 1024
    name = set_name(benchmark)
    place = (home / "audit" if home else Path("runs") / "audit" / source.folder_name) / f"{name}.json"
    plan = AuditPlan(
        source, name, tuple(problems), tuple(clean), args.clean or "fresh problems", template,
        validation_grader(config) if config else "exact", args.max_new_tokens or tokens, args.samples, args.seed,
        tuple(load_problems(pool)) if pool else (), pool or "",
    )  # fmt: skip
    return plan, args.output or place


def _clean(args: argparse.Namespace, benchmark: str, problems: "list[Problem]") -> "list[Problem]":
    """The clean set: as given, or drawn anew. UserError where there is none, or where it is not clean."""
    from oneshot_rlvr.data.datasets import load_problems

    if args.clean is None and benchmark != FRESH:
        raise UserError(f"--clean NAME or FILE is needed: {benchmark} has no base rate without problems of its kind "
                        "that the model cannot have seen")  # fmt: skip
    asked = {problem.prompt for problem in problems}
    if args.clean is None:
        from oneshot_rlvr.sandbox.world import held_out_problems, pool_problems

        return held_out_problems(FRESH_SEED + args.seed, exclude=frozenset(asked | {p.prompt for p in pool_problems()}))
    clean = load_problems(args.clean)
    if both := [problem.id for problem in clean if problem.prompt in asked]:
        raise UserError(f"--clean {args.clean}: {len(both)} of its questions are the benchmark's (id {both[0]})")
    return clean


def _pool(config: "RunConfig") -> str | None:
    """The problems that a run was trained on, by name."""
    return config.data.file or (config.data.pool if config.data.examples else None)
