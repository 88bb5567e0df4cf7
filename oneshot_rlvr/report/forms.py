"""A gain split by the form of the answers: cut off at the token limit or ended, with a box or without.

Answers are compared one by one with the base's on the same problem, so that the parts add up to the gain. A part says
where the gain lies, not what caused it: an answer that ends may be right because it is short, or short because it is
right.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from statistics import fmean

from oneshot_rlvr.evaluation.records import sample_key
from oneshot_rlvr.evaluation.tables import Table, points
from oneshot_rlvr.grading.boxes import extract_boxed
from oneshot_rlvr.report import compare
from oneshot_rlvr.report.compare import Arm
from oneshot_rlvr.report.run_files import EvalPoint, Run, read_samples
from oneshot_rlvr.types import Rollout


@dataclass(frozen=True, slots=True)
class GainByForm:
    """Parts of a gain, in shares of the problems.

    Example: of +0.125 in all, +0.080 where an answer ends and the base's was cut off, +0.045 in answers of one form.
    """

    brevity: float  # one of the two answers was cut off at the token limit
    format: float  # both ended or both were cut off, and one of them has a box
    same: float  # both have the same form

    @property
    def gain(self) -> float:
        return self.brevity + self.format + self.same


def split_gain(before: Sequence[Rollout], after: Sequence[Rollout], grader: str) -> GainByForm | None:
    """Splits the gain from `before` to `after`, sample by sample; None where they are not of the same problems."""
    old, new = ({sample_key(s): s for s in samples if grader in s.grades} for samples in (before, after))
    if not old or old.keys() != new.keys():
        return None
    by_problem: dict[str, list[tuple[float, float, float]]] = {}
    for key, sample in new.items():
        by_problem.setdefault(sample.task.problem.id, []).append(_parts(old[key], sample, grader))
    means = [tuple(map(fmean, zip(*parts))) for parts in by_problem.values()]
    return GainByForm(*map(fmean, zip(*means)))


def _parts(before: Rollout, after: Rollout, grader: str) -> tuple[float, float, float]:
    """Puts the change of one verdict where the form changed: (brevity, format, same)."""
    change = float(after.grades[grader].correct is True) - float(before.grades[grader].correct is True)
    cut = [sample.finish_reason == "length" for sample in (before, after)]
    boxed = [extract_boxed(sample.text) is not None for sample in (before, after)]
    if cut[0] != cut[1]:
        return change, 0.0, 0.0
    return (0.0, change, 0.0) if boxed[0] != boxed[1] else (0.0, 0.0, change)


def arm_forms(arms: Sequence[Arm], arm: Arm, benchmark: str) -> GainByForm | None:
    """Splits the gain of an arm over its base, mean over seeds; None where an answer of either is not stored."""
    group = compare.peers_of(arms, arm)
    found = []
    for run in arm.runs:
        last = compare.final(run, benchmark)
        base = next((p for one in (run, *group.runs) if (p := _point(one, benchmark, 0))), None)
        after = _point(run, benchmark, last.step) if last else None
        split = _split_points(base, after) if base and after else None
        if split is None:
            return None
        found.append(astuple(split))
    return GainByForm(*map(fmean, zip(*found)))


def _point(run: Run, benchmark: str, step: int) -> EvalPoint | None:
    return next((p for p in run.evaluations if (p.step, p.benchmark) == (step, benchmark)), None)


def _split_points(base: EvalPoint, after: EvalPoint) -> GainByForm | None:
    """Splits the gain between two results, if their stored answers are those that they count."""
    grader, counted = after.result.grader, set(after.result.per_problem)
    if base.result.grader != grader or set(base.result.per_problem) != counted:
        return None
    before, now = ([s for s in read_samples(point) if s.task.problem.id in counted] for point in (base, after))
    return split_gain(before, now, grader)


def forms_table(arms: Sequence[Arm], benchmark: str) -> Table | None:
    """Shows the parts of every arm's gain, in points."""
    table = Table(["points", "gain", "ends, not cut off (brevity)", "box (format)", "same form"])
    for arm in arms:
        if split := arm_forms(arms, arm, benchmark):
            table.add(arm.label, points(split.gain), points(split.brevity), points(split.format), points(split.same))
    return table if table.rows else None


def forms_words(split: GainByForm) -> str:
    """Says the parts in a sentence."""
    if round(100 * split.brevity, 1) == round(100 * split.format, 1) == 0:
        return " All of that lies in answers of the same form, none in brevity or format."
    return (
        f" Of that, {points(split.brevity)} points lie in answers that end instead of being cut off at the token limit "
        f"(brevity; less those that are cut off now), {points(split.format)} in answers with a box instead of none "
        f"(format; less those without one now), {points(split.same)} in answers of the same form."
    )
