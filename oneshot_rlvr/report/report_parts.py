"""Parts of a report that are read rather than counted: what was run, training examples, rollouts to look at."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from oneshot_rlvr.algorithms.registry import title
from oneshot_rlvr.config.schedule import step_counts, validation_grader
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation.audit import audit_table, read_audits
from oneshot_rlvr.evaluation.tables import NONE, Cell, Content, Table
from oneshot_rlvr.report import compare, curves
from oneshot_rlvr.report.compare import OUTCOME_KINDS, Arm
from oneshot_rlvr.report.page import write_file
from oneshot_rlvr.report.rollout_view import Card, best_and_worst, card, visible
from oneshot_rlvr.report.run_files import KeptRollout, Run, each_rollout
from oneshot_rlvr.types import Problem

SHOWN_EXAMPLES = 4  # problems of a few-shot set that are shown with their text
PROBLEM_CHARACTERS = 600
OPENED_FILES = 20  # files of kept rollouts that are searched for right answers


def training_examples(run: Run) -> tuple[Problem, ...]:
    """Finds the problems a few-shot run trains on; from kept rollouts where the data are not on this machine.

    Empty for a full set, and where neither is there.
    """
    if compare.count_examples(run) > compare.FEW:
        return ()
    if known := _problems_at_hand(run):
        return known
    seen: dict[str, Problem] = {}
    for step in run.rollout_steps[:3]:
        for r in each_rollout(run.path, step):
            task = r.rollout.task
            seen.setdefault(r.example, replace(task.problem, prompt=task.prompt))
    return tuple(seen.values())


def _problems_at_hand(run: Run) -> tuple[Problem, ...]:
    """Reads the problems of a few-shot run; empty where their file lies on the machine that trained."""
    if compare.count_examples(run) > compare.FEW:
        return ()
    from oneshot_rlvr.data.training_set import training_problems

    try:
        return tuple({row.problem.id: row.problem for row in training_problems(run.config.data)}.values())
    except UserError:
        return ()


def write_shots(run: Run, folder: Path) -> Path | None:
    """Writes the training examples with right answers of the run's own, as worked examples for `rlvr eval --template`.

    None for a full set, or where an example's text or a right answer of it is not at hand.
    """
    examples = _problems_at_hand(run)
    answers = _right_answers(run, {example.id for example in examples})
    if not examples or len(answers) < len(examples):
        return None
    path = folder / "worked_examples.jsonl"
    lines = [json.dumps({"problem": example.prompt, "response": answers[example.id]}) for example in examples]
    write_file(path, "\n".join(lines) + "\n")
    return path


def _right_answers(run: Run, wanted: set[str]) -> dict[str, str]:
    """Finds a right, complete response to each of the `wanted` examples, from the latest step that kept one.

    The ledger says which steps may hold one, and few of them are opened: a file of kept rollouts may be large.
    """
    solved = {(row.step, row.example) for row in run.ledger if row.correct}
    found: dict[str, str] = {}
    opened = 0
    for step in reversed(run.rollout_steps):
        missing = wanted - found.keys()
        if not missing or opened == OPENED_FILES:
            break
        if not run.ledger or any((step, example) in solved for example in missing):
            opened += 1
            for kept in each_rollout(run.path, step):
                rollout = kept.rollout
                right = rollout.grade is not None and rollout.grade.correct
                if kept.example in missing and right and rollout.finish_reason == "stop":
                    found.setdefault(kept.example, rollout.text)
    return found


def own_family(arms: Sequence[Arm]) -> str:
    """Names the family of the training example if all one-example arms share it, else ""."""
    families = {example.category for arm in arms for example in training_examples(arm.runs[0])}
    return families.pop() if len(families) == 1 else ""


def audits_of(arms: Sequence[Arm], benchmark: str) -> Table | None:
    """Shows the audits of the bases on a held-out set, from the folders of the runs; None without any."""
    name = benchmark.partition(" (")[0]
    found = {audit: None for arm in arms for run in arm.runs for audit in read_audits(run.path / "audit")
             if audit.benchmark == name}  # fmt: skip
    return audit_table(list(found)) if found else None


def what_was_run(arms: Sequence[Arm]) -> Table:
    """Shows settings, data and origin of every arm, a column each; values that all share stand once across columns."""
    columns = [_column(arm) for arm in arms]
    table = Table(["", *(arm.label for arm in arms)], kind="text")
    for name in dict.fromkeys(name for column in columns for name in column):
        cells = [column.get(name, NONE) for column in columns]
        table.add(name, *(cells[:1] if len(set(cells)) == 1 else cells))
    return table


def _column(arm: Arm) -> dict[str, Content]:
    run, config = arm.runs[0], arm.config
    steps = [member.done for member in arm.runs]
    done = str(steps[0]) if len(set(steps)) == 1 else f"{min(steps)} to {max(steps)}"
    algorithm, data = config.algorithm, config.data
    noise = f", labels: {data.label}" if data.label is not None else ""
    noise += f", label noise {data.label_noise:.0%}" if data.label_noise else ""
    if config.reward.false_positive or config.reward.false_negative:
        noise += f", {compare.noise_words(config)}"
    column: dict[str, Content] = {
        "experiment": config.experiment,
        "description": config.description or NONE,
        "model": config.model.path + (f"@{config.model.revision}" if config.model.revision else ""),
        "training examples": "proposed in the run" if config.selfplay.enabled else _examples_cell(run),
        "reward": reward_words(config) + noise,
        "steps": f"{done} of {run.planned}",
        "a step": f"{step_words(config)}, {algorithm.updates_per_step} "
        f"update{'s' if algorithm.updates_per_step > 1 else ''}",
        "sampling": f"temperature {config.rollout.temperature:g}, at most {config.rollout.max_new_tokens} tokens",
        "loss": f"{title(algorithm)}: policy × {algorithm.policy_coef:g}, KL × {algorithm.kl_coef:g}, "
        f"entropy × {algorithm.entropy_coef:g}; lr {config.optimizer.lr:g}",
        "time of a step": _step_time(run),
        "evaluation": f"{_validation(arm)}; grader {_graders(arm)}",
        "seeds": ", ".join(str(member.config.trainer.seed) for member in arm.runs),
        "folders": tuple(Cell(code=str(member.path)) for member in arm.runs),
    }
    if config.reproduces:
        column["reproduces"] = config.reproduces
    return column | _origin(arm)


def _step_time(run: Run) -> str:
    """Takes medians over steps. Example: `30.1 s: generate 15.0 (its last tenth of rollouts 6.1), update 12.8`."""
    found = {name: run.metrics.series(f"time/{name}").values for name in ("step", "generate", "tail", "update")}
    shown = {name: f"{round(median(values), 3):.3g}" for name, values in found.items() if values}
    if "step" not in shown:
        return NONE
    tail = f" (its last tenth of rollouts {shown['tail']})" if "tail" in shown else ""
    parts = [f"generate {shown['generate']}{tail}"] if "generate" in shown else []
    parts += [f"update {shown['update']}"] if "update" in shown else []
    runs = [run.metrics.series(f"speed/executor_{name}_ms").values for name in ("p50", "p95")]
    programs = f"; a program's run {median(runs[0]):.3g} ms, p95 {median(runs[1]):.3g}" if all(runs) else ""
    return f"{shown['step']} s" + (f": {', '.join(parts)}" if parts else "") + programs


def reward_words(config: RunConfig) -> str:
    """Says what earns a reward, and by which grader where there is one."""
    play = config.selfplay
    if play.enabled:
        return f"right 1, wrong {play.wrong_reward:g}, malformed {play.malformed_reward:g}; proposals {play.reward}"
    return f"{config.reward.name}, graded by {config.reward.grader}"


def step_words(config: RunConfig) -> str:
    """Says what a step samples. Example: `128 groups of 8 rollouts`."""
    if config.selfplay.enabled:
        counts = step_counts(config)
        return f"at most {counts.sampled} responses, {counts.trained} of them trained on"
    return f"{config.data.prompts_per_step} groups of {config.algorithm.group_size} rollouts"


def _validation(arm: Arm) -> str:
    """Names every held-out set with its temperature."""
    names = compare.benchmarks(arm.runs)
    names = [each for name in names for each in (name, compare.twin_of(arm.runs, name)) if each]
    return ", ".join(f"{name} ({compare.how_sampled(arm.runs, name)})" for name in names) or "none"


def _graders(arm: Arm) -> str:
    """Names the graders of the arm's evaluations: answers may ask for one of their own."""
    found = {point.result.grader for run in arm.runs for point in run.evaluations} - {""}
    return " and ".join(sorted(found)) or validation_grader(arm.config)


def _origin(arm: Arm) -> dict[str, Content]:
    """Names commit, machine and versions, each value once."""
    environments = [run.environment for run in arm.runs]
    commits = dict.fromkeys(e.git_commit[:12] for e in environments if e.git_commit)
    versions = dict.fromkeys(f"{name} {version}" for e in environments for name, version in (e.packages or {}).items()
                             if version and name in ("torch", "transformers"))  # fmt: skip
    machines = dict.fromkeys(e.hardware for e in environments if e.hardware)
    found = {"commit": ", ".join(commits), "machine": "; ".join(machines), "versions": ", ".join(versions)}
    return {name: value or NONE for name, value in found.items()}


def _examples_cell(run: Run) -> Content:
    """Shows the problem itself where it is one, its answer and the number of copies; a count where there are many."""
    examples, data = training_examples(run), run.config.data
    if not examples:
        seen = len({row.example for row in run.ledger})
        return f"{data.file or 'not known'}" + (f"; {seen} different problems seen so far" if seen else "")
    copies = f" × {data.copies} copies" if data.copies > 1 else ""
    lines: list[str | Cell] = []
    for example in examples[:SHOWN_EXAMPLES]:
        name = f"{example.id}{f' ({example.category})' if example.category else ''}{copies}: "
        lines.append(Cell(_clipped(visible(example.prompt).replace("↵\n", " ")), strong=name))
        lines.append(Cell("answer: ", code=visible(example.answer)))
    rest = [f"and {len(examples) - SHOWN_EXAMPLES} more"] if len(examples) > SHOWN_EXAMPLES else []
    return (*lines, *rest)


def _clipped(text: str) -> str:
    return text if len(text) <= PROBLEM_CHARACTERS else text[:PROBLEM_CHARACTERS] + " ..."


@dataclass(frozen=True)
class ShownStep:
    """Rollouts of one step. `flat`: every kept rollout has advantage 0."""

    step: int
    flat: bool
    command: str  # shows all that was kept
    cards: Sequence[Card]


@dataclass(frozen=True)
class ShownArm:
    """Rollouts of an arm, no steps where none were kept."""

    title: str
    steps: Sequence[ShownStep] = ()


def shown_rollouts(arms: Sequence[Arm]) -> list[ShownArm]:
    """Chooses the highest and lowest advantage of an early and a late step of every arm, outcome rewards first."""
    shown = []
    for arm in outcome_first(arms):
        run = next((run for run in arm.runs if run.rollout_steps), None)
        if run is None:
            shown.append(ShownArm(arm.label))
        else:
            steps = dict.fromkeys((run.rollout_steps[0], _late_step(run)))
            title = f"{arm.label}, seed {run.config.trainer.seed}"
            shown.append(ShownArm(title, [_shown_step(run, step) for step in steps]))
    return shown


def outcome_first(arms: Sequence[Arm]) -> list[Arm]:
    """Puts the arms that were trained on right answers first."""
    return sorted(arms, key=lambda arm: arm.kind not in OUTCOME_KINDS)


def _late_step(run: Run) -> int:
    """Finds the last step with kept rollouts whose groups still differed in reward, else the last."""
    by_ledger = {row.step for row in run.ledger if curves.earned(row, run.config) in ("mixed", None)}
    return next((step for step in reversed(run.rollout_steps) if step in by_ledger), run.rollout_steps[-1])


def _shown_step(run: Run, step: int) -> ShownStep:
    chosen: list[KeptRollout] = []
    for rollout in each_rollout(run.path, step):
        chosen = best_and_worst([*chosen, rollout])
    flat = all(rollout.advantage == 0 for rollout in chosen)
    cards = [card(rollout, shorten=True) for rollout in chosen]
    return ShownStep(step, flat, f"rlvr show {run.path} --step {step}", cards)
