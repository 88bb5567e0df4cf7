"""The model card of a checkpoint: what it was trained on and how, what it gained, and what was not compared."""

import json
from collections.abc import Sequence
from pathlib import Path

from oneshot_rlvr import __version__
from oneshot_rlvr.config.schedule import set_name
from oneshot_rlvr.evaluation.comparison import TWO_METHODS, measurement, paired
from oneshot_rlvr.evaluation.tables import Table, gain, markdown, p_value, share
from oneshot_rlvr.report import compare
from oneshot_rlvr.report.report_parts import reward_words, step_words, training_examples
from oneshot_rlvr.report.run_files import Run

SHOWN_EXAMPLES = 4
UNCOMPARED = (
    "No other run stands beside this one here. Without a reward for format alone and the example in the prompt, a gain "
    "says little about what was learned."
)


def model_card(run: Run, step: int, controls: Sequence[Run] = (), licence: str | None = None) -> str:
    """Writes the card of a run's checkpoint, as Markdown with the front matter that the hub reads.

    `controls`: other runs, whose last results stand in the same table. `licence`: of the base model, by the hub's
    name; None where it is not known.
    """
    parts = [_front_matter(run, licence), _head(run, step), _settings(run), _examples(run)]
    return "\n\n".join([*parts, _results(run, step, controls), _origin(run, licence)]) + "\n"


def _front_matter(run: Run, licence: str | None) -> str:
    lines = [f"base_model: {json.dumps(run.config.model.path)}"] if is_hub_id(run.config.model.path) else []
    lines += [f"license: {licence}"] if licence else []
    return "\n".join(["---", *lines, "library_name: transformers", "tags: [rlvr, reinforcement-learning]", "---"])


def is_hub_id(path: str) -> bool:
    """Tells an owner/name of the hub from a folder."""
    return path.count("/") == 1 and not path.startswith((".", "/", "~"))


def _base_name(run: Run) -> str:
    """Names the base: by its hub id, or by its folder's last name alone, since the rest is about one machine."""
    path = run.config.model.path
    return path if is_hub_id(path) or path.startswith("sandbox:") else Path(path).name


def _head(run: Run, step: int) -> str:
    config = run.config
    what = config.description or f"{config.reward.name} reward"
    return (f"# {config.experiment}, step {step}\n\n{what[0].upper()}{what[1:]}. Trained from `{_base_name(run)}` with "
            f"oneshot_rlvr {__version__}; step {step} of {run.planned}.")  # fmt: skip


def _settings(run: Run) -> str:
    config = run.config
    algorithm, data = config.algorithm, config.data
    table = Table(["setting", "value"])
    table.add("algorithm", f"{algorithm.name}, a step of {step_words(config)}")
    table.add("reward", reward_words(config))
    table.add("sampling", f"temperature {config.rollout.temperature:g}, at most {config.rollout.max_new_tokens} tokens")
    table.add("prompt", f"template {config.model.template}")
    table.add("loss", f"policy {algorithm.policy_coef:g}, KL {algorithm.kl_coef:g}, entropy {algorithm.entropy_coef:g}")
    table.add("optimizer", f"{config.optimizer.name}, rate {config.optimizer.lr:g}")
    table.add("seeds", f"rollouts {config.trainer.seed}, order {data.seed}")
    return f"## Training\n\n{markdown(table)}"


def _examples(run: Run) -> str:
    play = run.config.selfplay
    if play.enabled:
        kinds = ", ".join(play.kinds)
        return f"Trained on tasks that were made in the run: {kinds}; selfplay.proposer={play.proposer}."
    examples = training_examples(run)
    if not examples:
        return f"Trained on the problems of `{set_name(run.config.data.file or run.config.data.pool)}`."
    texts = [f"{example.prompt.strip()}\n\nanswer: {example.answer}" for example in examples[:SHOWN_EXAMPLES]]
    lines = ["> " + text.replace("\n", "\n> ") for text in texts]
    more = [f"and {len(examples) - SHOWN_EXAMPLES} more"] if len(examples) > SHOWN_EXAMPLES else []
    return "\n\n".join(["### Training examples", *lines, *more])


def _results(run: Run, step: int, controls: Sequence[Run]) -> str:
    """Writes a table for each held-out set, the base first, differences paired on problems."""
    run, *controls = compare.share_bases([run, *controls])
    arms = compare.make_arms([run, *controls])
    parts = []
    for name in compare.benchmarks([run]):
        base = compare.base_of(run, name)
        here = next((m for m in compare.measurements(run, name) if m.step == step), None)
        if here is None:
            continue
        table = Table(["model", "step", "accuracy, % (95 %)", "difference to the base", "p", "grader"])
        rows = [("base", base)] if base else []
        rows += [(f"base, {use}", measurement(0, point.result)) for use, point in compare.variants([run], name).items()]
        rows.append(("this checkpoint", here))
        rows += [(arm.label, compare.final(arm.runs[0], name)) for arm in arms if run not in arm.runs]
        for label, found in rows:
            if found is not None:
                test = paired(base, found) if found is not base else None
                difference = gain(test.difference, test.interval) if test else gain(None)
                accuracy = share(found.accuracy, found.interval)
                table.add(label, found.step, accuracy, difference, p_value(test), found.grader or "-")
        how = compare.how_sampled([run], name)
        count = f", {len(here.verdicts)} problems" if here.verdicts else ""
        parts.append(f"### {name} ({how}{count})\n\n{markdown(table)}")
    if not parts:
        return "## Results\n\nThis step was not evaluated."
    return "\n\n".join(["## Results", *parts, TWO_METHODS, *([] if controls else [UNCOMPARED])])


def _origin(run: Run, licence: str | None) -> str:
    commit = run.environment.git_commit
    terms = f"The base's licence ({licence}) holds for this model." if licence else (
        f"The licence of the base, `{_base_name(run)}`, holds for this model; its card has it.")  # fmt: skip
    made = f"Made at commit {commit} of the code." if commit else "The commit of the code is not known."
    return f"## Origin\n\n{made} {terms}"
