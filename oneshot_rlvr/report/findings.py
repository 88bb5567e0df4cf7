"""A report in a few sentences: what each arm gained, over what, and how much of it after the example was learned."""

from typing import Sequence

from oneshot_rlvr.evaluation.scores import PairedTest
from oneshot_rlvr.report import compare, curves
from oneshot_rlvr.report.compare import OUTCOME_KINDS, Arm, ResultRow
from oneshot_rlvr.report.curves import GainSplit
from oneshot_rlvr.report.figures import Study
from oneshot_rlvr.report.page import Html, bullets, join, tag
from oneshot_rlvr.report.tables import p_value, percent, points, span

MAX_SENTENCES = 5  # with more arms only those with the outcome reward get one; the table has the others


def findings(study: Study, rows: Sequence[ResultRow]) -> Html:
    """One sentence per arm, those with the outcome reward first."""
    trained = [row for row in rows if row.kind in OUTCOME_KINDS]
    others = [row for row in rows if row.kind not in (*OUTCOME_KINDS, "base")]
    chosen = [*trained, *others] if len(trained) + len(others) <= MAX_SENTENCES or not trained else trained
    if not chosen:
        return tag("p", "Nothing was evaluated after training began.")
    arms = {arm.label: arm for arm in study.arms}
    return bullets([_finding(study, arms[row.label], row, rows) for row in chosen], cls="key")


def _finding(study: Study, arm: Arm, row: ResultRow, rows: Sequence[ResultRow]) -> Html:
    seeds = f" (mean of {len(row.seeds)} seeds)" if row.seed_range else ""
    accuracy, step = percent(row.measured.accuracy), row.measured.step
    if row.gain is None:
        there = f"{seeds}: held-out accuracy {accuracy} % at step {step}; there is no base to compare with."
        return join([tag("strong", row.label), there])
    start = percent(row.measured.accuracy - row.gain)
    gain = f"{seeds}: held-out accuracy from {start} to {accuracy} % in {step} steps, {points(row.gain)} points"
    parts: list[object] = [tag("strong", row.label), gain, _detail(row.versus_base)]
    control = next((other for other in rows if other.kind == "format" and other.key == row.key), None)
    if control is not None and row.kind in OUTCOME_KINDS:
        gap = points(row.measured.accuracy - control.measured.accuracy)
        parts += [f"; {gap} against the {control.label}", _detail(compare.paired(control.measured, row.measured))]
    parts.append(".")
    if row.kind in OUTCOME_KINDS and study.benchmark is not None:
        parts.append(saturation_words(study, arm, study.benchmark))
    return join(parts)


def _detail(test: PairedTest | None) -> Html:
    """Interval and p-value in small print."""
    if test is None:
        return Html("")
    p = p_value(test)
    return tag("small", f" (95 %: {span(test.interval, signed=True)}; p {p if p.startswith('<') else f'= {p}'})")


def saturation_words(study: Study, arm: Arm, benchmark: str) -> str:
    """When the training examples are learned, and how much of the gain comes after."""
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


def _splits(study: Study, arm: Arm, benchmark: str) -> list[GainSplit]:
    found = []
    for run in arm.runs:
        step = curves.saturation_step(run.metrics.series("train/accuracy"), study.threshold)
        if split := curves.split_gain(compare.held_out_series(run, benchmark), step):
            found.append(split)
    return found
