"""A report in a few sentences: what each arm gained, over what, and how much of it after the example was learned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oneshot_rlvr.config.schema import without_labels
from oneshot_rlvr.evaluation.comparison import paired
from oneshot_rlvr.evaluation.tables import Cell, gain_with_p, points
from oneshot_rlvr.report import compare, curves
from oneshot_rlvr.report.compare import OUTCOME_KINDS, Arm, ResultRow
from oneshot_rlvr.report.curves import GainSplit
from oneshot_rlvr.report.figures import Study
from oneshot_rlvr.report.forms import arm_forms, forms_words

MAX_SENTENCES = 5  # with more arms only those with the outcome reward get one; the table has the others


@dataclass(frozen=True)
class Finding:
    """The parts of a sentence about an arm; the template joins them, with tests in small print."""

    row: ResultRow
    start: float | None = None  # the base's accuracy, 0..1; None where there is no base to compare with
    gain: Cell | None = None
    control: str = ""  # label of the format-reward control, "" without one
    against: Cell | None = None  # difference to the control
    forms: str = ""  # the gain by the form of the answers
    saturation: str = ""


def findings(study: Study, rows: Sequence[ResultRow]) -> list[Finding]:
    """Makes one sentence per arm, those with the outcome reward first."""
    trained = [row for row in rows if row.kind in OUTCOME_KINDS]
    others = [row for row in rows if row.kind not in (*OUTCOME_KINDS, "base")]
    chosen = [*trained, *others] if len(trained) + len(others) <= MAX_SENTENCES or not trained else trained
    arms = {arm.label: arm for arm in study.arms}
    return [_finding(study, arms[row.label], row, rows) for row in chosen]


def _finding(study: Study, arm: Arm, row: ResultRow, rows: Sequence[ResultRow]) -> Finding:
    if row.gain is None:
        return Finding(row)
    found = Finding(row, row.measured.accuracy - row.gain, gain_with_p(row.gain, row.versus_base))
    if row.kind not in OUTCOME_KINDS:
        return replace(found, saturation=collapse_words(arm))
    if study.benchmark is not None:
        found = replace(found, saturation=saturation_words(study, arm, study.benchmark))
        if split := arm_forms(study.arms, arm, study.benchmark):
            found = replace(found, forms=forms_words(split))
    control = next((other for other in rows if other.kind == "format" and other.key == row.key), None)
    if control is None:
        return found
    gap, test = row.measured.accuracy - control.measured.accuracy, paired(control.measured, row.measured)
    return replace(found, control=control.label, against=gain_with_p(gap, test))


def saturation_words(study: Study, arm: Arm, benchmark: str) -> str:
    """Says when the training examples are learned, and how much of the gain comes after."""
    steps = study.saturation(arm)
    level = f"{100 * study.threshold:g} %"
    if not steps:
        return f" Its training accuracy does not reach {level}."
    where = f"step {steps[0]}" if len(set(steps)) == 1 else f"steps {min(steps)} to {max(steps)}"
    if len(steps) < len(arm.runs):
        where += f" in {len(steps)} of {len(arm.runs)} seeds"
    splits = _splits(study, arm, benchmark)
    if not splits:
        return f" Its training accuracy reaches {level} at {where}; no evaluation lies on both sides of that."
    before = sum(split.before for split in splits) / len(splits)
    after = sum(split.after for split in splits) / len(splits)
    middle = " or ".join(str(step) for step in sorted({split.middle_step for split in splits}))
    return (
        f" Its training accuracy reaches {level} at {where}: {points(before)} points came up to the next evaluation "
        f"(step {middle}), {points(after)} after it."
    )


def collapse_words(arm: Arm) -> str:
    """Says when the votes of a run without labels stop naming right answers; "" for other runs, and where no vote was
    recorded."""
    config = arm.runs[0].config
    votes = [run.metrics.series("vote/label_accuracy") for run in arm.runs]
    if not without_labels(config) or not all(votes):
        return ""
    health = config.health
    found = [curves.collapse_step(series, health.label_low_share, health.patience_steps) for series in votes]
    steps = [step for step in found if step is not None]
    if not steps:
        return " Its votes do not collapse."
    where = f"step {steps[0]}" if len(set(steps)) == 1 else f"steps {min(steps)} to {max(steps)}"
    seeds = f" in {len(steps)} of {len(arm.runs)} seeds" if len(steps) < len(arm.runs) else ""
    return (
        f" Its votes collapse at {where}{seeds}: the commonest answer is right in fewer than "
        f"{health.label_low_share:.0%} of the groups."
    )


def _splits(study: Study, arm: Arm, benchmark: str) -> list[GainSplit]:
    found = []
    for run in arm.runs:
        step = curves.saturation_step(run.metrics.series("train/accuracy"), study.threshold)
        if split := curves.split_gain(compare.held_out_series(run, benchmark), step):
            found.append(split)
    return found
