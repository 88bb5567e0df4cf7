"""Gaps of a comparison: controls that were not run (with the command that runs each) and files that are missing."""

import shlex
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Sequence

from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.overrides import group_options
from oneshot_rlvr.data.registry import sources
from oneshot_rlvr.evaluation.protocols import OF_RUN, load_protocol, shipped
from oneshot_rlvr.report.compare import Arm, base_of, benchmarks, main_arm, peers_of, validation_set
from oneshot_rlvr.report.run_files import Run

ENOUGH_SEEDS = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is not there. `command` is empty where no command makes it."""

    what: str
    why: str
    command: str = ""


def missing_controls(arms: Sequence[Arm]) -> tuple[Gap, ...]:
    """Lists the comparisons without which a gain cannot be read, for the first arm with the outcome reward.

    Only arms of its own model and evaluation count as run.
    """
    main = main_arm(arms)
    if main is None:
        return ()
    group, run, found = peers_of(arms, main), main.runs[0], []
    kinds = {arm.kind for arm in group.arms}
    if all(base_of(member, name) is None for member in group.runs for name in benchmarks([member])):
        why = "there is nothing to measure a gain from"
        found.append(Gap("base model", why, _again(run, "trainer.eval_first=true")))
    self_play = main.kind == "self_play"
    if "format" not in kinds:
        why = f"how much of the gain is the habit of {'an answer in its form' if self_play else 'boxing an answer'}"
        found.append(Gap("format-reward control", why, _control(run, "format", _format_reward(run))))
    if "entropy" not in kinds:
        why = "what the entropy bonus does alone"
        found.append(Gap("entropy-only control", why, _control(run, "entropy", _entropy_terms(run))))
    if self_play:
        found += _self_play_controls(run, group.runs)
    elif not kinds & {"spurious", "label"}:
        why = "whether a reward that knows nothing of the answer does as well"
        found.append(Gap("random-reward control", why, _control(run, "random", ["reward=random"])))
    if main.kind not in ("full", "self_play") and "full" not in kinds:
        why = "what the whole pool gives at the same number of steps"
        found.append(_full_set(run, why))
    if len(main.runs) < ENOUGH_SEEDS:
        taken = {member.config.trainer.seed for member in main.runs}
        seeds = [seed for seed in range(len(taken) + ENOUGH_SEEDS) if seed not in taken][: ENOUGH_SEEDS - len(taken)]
        why = f"{len(main.runs)} of {ENOUGH_SEEDS}: one run cannot show how far runs differ"
        commands = " && ".join(_again(run, f"trainer.seed={seed}", f"trainer.name=seed{seed}") for seed in seeds)
        found.append(Gap(f"more seeds of {main.label}", why, commands))
    return tuple(found)


def _self_play_controls(run: Run, others: Sequence[Run]) -> list[Gap]:
    """Lists the other origins of tasks that no run has learned from."""
    tried = [other.config.selfplay for other in others]
    controls = [
        ("frozen proposer", "whether learning to propose adds to it", "train_proposer", False),
        ("tasks of the start", "whether new tasks are needed at all", "proposer", "none"),
    ]
    if run.config.selfplay.dialect == "world":
        controls.append(("random programs", "whether a grammar proposes as well", "proposer", "random"))
    return [Gap(what, why, _control(run, what.replace(" ", "_"), [f"selfplay.{key}={_value(value)}"]))
            for what, why, key, value in controls if all(getattr(play, key) != value for play in tried)]  # fmt: skip


def _format_reward(run: Run) -> list[str]:
    """Settings under which whatever is well-formed earns the same."""
    return ["selfplay.wrong_reward=1", "selfplay.reward=constant"] if run.config.selfplay.enabled else ["reward=format"]


def _full_set(run: Run, why: str) -> Gap:
    """The gap of the control with the whole pool; without a command where no pool is known to hold the example."""
    if run.config.data.examples:
        changes = [f"data.file={run.config.data.pool}", "data.examples=[]", "data.copies=1"]
        return Gap("full set", why, _control(run, "full", changes))
    if _shipped(run, "full"):
        return Gap("full set", why, _control(run, "full", []))
    return Gap("full set", f"{why}; it needs a file of problems like the example (data.file=FILE)")


def _shipped(run: Run, name: str) -> str | None:
    """Finds the shipped experiment that is the control of that name."""
    own = run.config.experiment
    stems = [own, own.removesuffix("_oneshot"), own.removesuffix("_comparison"), own.removesuffix("_r128")]
    return next((f"{stem}_{name}" for stem in stems if f"{stem}_{name}" in group_options("experiment")), None)


def _entropy_terms(run: Run) -> list[str]:
    coefficient = run.config.algorithm.entropy_coef or 0.001
    return ["algorithm.policy_coef=0", "algorithm.kl_coef=0", f"algorithm.entropy_coef={coefficient}"]


def _control(run: Run, name: str, changes: Sequence[str]) -> str:
    """Writes the command of the shipped experiment of that name, else the run's own command with changes."""
    shipped = _shipped(run, name)
    if shipped is None:
        return _again(run, *changes, f"trainer.name={name}_seed{run.config.trainer.seed}")
    dropped = ("data.", "+experiment", "experiment=") if name == "full" else ("+experiment", "experiment=")
    kept = [word for word in _settings(run) if not word.startswith(dropped)]
    return shlex.join(["rlvr", "train", f"+experiment={shipped}", *kept])


def _again(run: Run, *changes: str) -> str:
    """Writes the run's own command line with settings changed."""
    keys = {change.split("=")[0] for change in changes}
    return shlex.join(["rlvr", "train", *(w for w in _settings(run) if w.split("=")[0] not in keys), *changes])


def _settings(run: Run) -> list[str]:
    """Takes the settings of the run's command line; where another command started it, those unlike its experiment's."""
    argv = list(run.environment.command)
    if len(argv) > 2 and argv[1] == "train" and not {"-m", "--multirun"} & set(argv):
        return [word for word in argv[2:] if word.startswith(("+", "model=")) or "=" in word]
    known = run.config.experiment in group_options("experiment")
    start = [f"+experiment={run.config.experiment}"] if known else []
    there = _flat(asdict(run.config))
    usual = _usual(*start)
    changed = [key for key in there if not key.startswith(NOT_REPEATED) and there[key] != usual[key]]
    return start + [f"{key}={_value(there[key])}" for key in changed]


# Keys that are not repeated: neither compared, nor the same for another run.
NOT_REPEATED = ("experiment", "description", "reproduces", "published", "logger", "runtime", "health", "checkpoint",
                "trainer.name", "trainer.resume", "trainer.progress_seconds", "trainer.keep_rollouts",
                "trainer.grad_terms_every")  # fmt: skip


@cache
def _usual(*overrides: str) -> dict[str, Any]:
    return _flat(asdict(load_run_config(list(overrides))))


def _flat(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in config.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat


def _value(value: Any) -> str:
    """Writes a value as the command line has it."""
    if isinstance(value, list):
        return f"[{','.join(map(str, value))}]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


STAGE_WORDS = {
    "resaved": ("re-saved base", "what the trip through a checkpoint alone changes"),
    "template": ("base under other templates", "how much of the gain a better prompt gives"),
    "context": ("the example in context", "what the example gives without training"),
}
NEEDED = {
    "context": "; it needs a file of worked answers, one JSON line with problem and response each "
    "(rlvr eval --template own+FILE)"
}


def evaluation_command(run: Run, benchmark: str = "") -> str:
    """Writes the command that evaluates a run on a held-out set (on those of its own without one), else ""."""
    command = f"rlvr eval --ckpt-dir {shlex.quote(str(run.path))}"
    name, _, protocol = benchmark.removesuffix(")").partition(" (")
    if protocol not in ("", OF_RUN):
        return f"{command} --protocol {protocol}" if protocol in shipped() else ""
    own = validation_set(run.config)
    sets = load_protocol("paper").benchmarks if run.config.reproduces else (own,) if own else ()
    if name in sets or (sets and not name):
        return command
    return f"{command} --benchmarks {name}" if name in sources() else ""


def audit_command(run: Run, benchmark: str) -> str:
    """Writes the command that audits a run's base on a held-out set; only the sandbox's set can be drawn anew."""
    name = benchmark.partition(" (")[0]
    own = "" if name == validation_set(run.config) else f" --benchmark {name}"
    clean = "" if name == "sandbox_heldout" else " --clean FILE"
    return f"rlvr audit {shlex.quote(str(run.path))}{own}{clean}"


def stage_commands(run: Run, benchmark: str, shots: Path | None) -> dict[str, str]:
    """Writes the command of every stage of the decomposition. `shots`: file with the example and a worked answer."""
    evaluate = evaluation_command(run, benchmark)
    ways = {} if not evaluate else _uses(run, f"{evaluate} --steps base", shots)
    return ways | {
        "format": _control(run, "format", _format_reward(run)),
        "entropy": _control(run, "entropy", _entropy_terms(run)),
    }


def _uses(run: Run, evaluate: str, shots: Path | None) -> dict[str, str]:
    """Writes the commands of the other uses of the untouched model."""
    own = run.config.model.template.split("+")[0]
    others = ("own", "plain") if run.config.model.path.startswith("sandbox:") else ("qwen25-math-cot", "own", "plain")
    commands = {
        "resaved": f"{evaluate} --resave",
        "template": f"{evaluate} --template {','.join(dict.fromkeys((own, *others)))}",
    }
    given = "pi1" if run.config.data.examples == ["pi1"] else shots
    if given is not None:
        commands["context"] = f"{evaluate} --template {shlex.quote(f'{own},{own}+{given}')}"
    return commands


def missing_uses(missing: Sequence[str], commands: dict[str, str]) -> tuple[Gap, ...]:
    """Lists the evaluations of the untouched model that the decomposition lacks."""
    found = []
    for stage in (stage for stage in STAGE_WORDS if stage in missing):
        what, why = STAGE_WORDS[stage]
        if stage not in commands:
            why += NEEDED.get(stage, "; it needs the set's file (rlvr eval --ckpt-dir RUN --benchmarks FILE)")
        found.append(Gap(what, why, commands.get(stage, "")))
    return tuple(found)


def unfinished(runs: Sequence[Run]) -> list[Run]:
    """Finds the runs that have not reached their last step: their results stand at other steps than the rest's."""
    return [run for run in runs if run.done < run.planned]


def missing_parts(runs: Sequence[Run]) -> tuple[Gap, ...]:
    """Lists the files that a section of the report needs and a run does not have."""
    found = []
    for run in runs:
        if unfinished([run]):
            why = f"step {run.done} of {run.planned}: its numbers are not final"
            found.append(Gap(f"{run.path}: the rest of the run", why, _again(run)))
        if not run.evaluations:
            why = "no stored answers, so neither intervals nor paired tests"
            command = evaluation_command(run)
            why += "" if command else "; the run has no held-out set: rlvr eval --ckpt-dir RUN --benchmarks FILE"
            found.append(Gap(f"{run.path}: eval/", why, command))
        if not run.ledger:
            found.append(Gap(f"{run.path}: ledger/", "no ledger map and no shares of groups by reward"))
        if not run.rollout_steps:
            found.append(Gap(f"{run.path}: rollouts/", "no rollouts to look at (trainer.keep_rollouts=none?)"))
        if not run.environment.git_commit:
            found.append(Gap(f"{run.path}: environment.json", "the commit that made the run is not known"))
    return tuple(found)
