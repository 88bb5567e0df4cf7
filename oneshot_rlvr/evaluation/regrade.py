"""Score stored responses again, under another grader or rule, and say what changed. No model is needed."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation import scores
from oneshot_rlvr.evaluation.grading import lenient_item, rules_name
from oneshot_rlvr.evaluation.metrics import per_problem
from oneshot_rlvr.evaluation.records import EvalResult, sample_key
from oneshot_rlvr.evaluation.store import sample_of
from oneshot_rlvr.files import replace_file
from oneshot_rlvr.grading.boxes import extract_boxed
from oneshot_rlvr.paths import no_folder
from oneshot_rlvr.records import read_lines
from oneshot_rlvr.types import Grade, Rollout

if TYPE_CHECKING:
    from oneshot_rlvr.isolation.pool import GradeItem, GraderPool

RULES = ("own", "strict", "lenient")


@dataclass(frozen=True, slots=True)
class Change:
    """A verdict that is another one now."""

    id: str
    sample: int
    answer: str
    before: Grade
    after: Grade


@dataclass(frozen=True, slots=True)
class Regraded:
    """One `samples.jsonl`, graded again."""

    folder: Path
    benchmark: str
    before_grader: str  # of the stored headline
    grader: str
    rule: str
    before: float  # accuracy
    after: float
    interval: tuple[float, float]  # of `after`
    p_value: float  # paired test of after against before
    ungraded: int
    changes: tuple[Change, ...]
    num_samples: int

    @property
    def gained(self) -> int:
        return sum(change.after.correct is True for change in self.changes)

    @property
    def lost(self) -> int:
        return sum(change.before.correct is True for change in self.changes)


def stored_benchmarks(eval_dir: Path) -> list[Path]:
    """Folders with stored samples at or below `eval_dir`. UserError if there are none."""
    if not eval_dir.is_dir():
        raise UserError(f"{eval_dir}: {no_folder(eval_dir)}; give the eval folder of a run")
    found = sorted(path.parent for path in eval_dir.rglob("samples.jsonl"))
    if not found:
        raise UserError(f"{eval_dir}: no stored samples (samples.jsonl) here or below")
    return found


def headline_grader(folder: Path, samples: list[Rollout]) -> str:
    """The grader of the stored headline number."""
    metrics = folder / "metrics.json"
    if metrics.is_file():
        return EvalResult.read(metrics).grader
    return next(iter(samples[0].grades), "") if samples else ""


def regrade(folder: Path, grader: str, rule: str, pool: "GraderPool") -> Regraded:
    """Grades one benchmark's samples again and writes `regraded_<grader>[_<rule>].jsonl` beside them.

    rule `own`: as the grader does; `strict`: only boxed answers count; `lenient`: without a box the last stated answer
    or number counts. The stored file is left as it is. UserError if it, or the stored metrics, are damaged.
    """
    samples = read_lines(folder / "samples.jsonl", sample_of)
    if not samples:
        raise UserError(f"{folder}: samples.jsonl holds no complete sample")
    before_grader = headline_grader(folder, samples)
    after = _grade(samples, grader, rule, folder.name, pool)
    unknown = Grade(None, None, "not graded yet")
    before = [s.grades[before_grader] if before_grader in s.grades else unknown for s in samples]
    changes = tuple(
        Change(*sample_key(s), s.task.problem.answer, old, new)
        for s, old, new in zip(samples, before, after) if (old.correct is True) != (new.correct is True)
    )  # fmt: skip
    verdicts_before, verdicts_after = (
        per_problem(samples, [grade.correct is True for grade in grades]) for grades in (before, after)
    )
    test = scores.compare(verdicts_before, verdicts_after)
    assert test is not None
    result = Regraded(
        folder=folder, benchmark=folder.name, before_grader=before_grader, grader=grader, rule=rule,
        before=_accuracy(verdicts_before), after=_accuracy(verdicts_after),
        interval=scores.accuracy_interval(*zip(*verdicts_after.values())), p_value=test.p_value,
        ungraded=sum(grade.correct is None for grade in after), changes=changes, num_samples=len(samples),
    )  # fmt: skip
    _write(result, samples, after)
    return result


def _grade(samples: list[Rollout], grader: str, rule: str, benchmark: str, pool: "GraderPool") -> list[Grade]:
    return pool.grade([_item(sample, grader, rule, benchmark) for sample in samples])


def _item(sample: Rollout, grader: str, rule: str, benchmark: str) -> "GradeItem":
    from oneshot_rlvr.isolation.pool import GradeItem

    answer = sample.task.problem.answer
    item = GradeItem(sample.text, answer, grader, rules_name(benchmark))
    if rule == "strict" and extract_boxed(sample.text) is None:
        return replace(item, response="")
    if rule == "lenient":
        return lenient_item(sample.text, answer, grader, benchmark) or item
    return item


def _accuracy(verdicts: scores.Verdicts) -> float:
    return fmean(correct / total for correct, total in verdicts.values())


def file_stem(grader: str, rule: str) -> str:
    return f"regraded_{grader}" + ("" if rule == "own" else f"_{rule}")


def _write(result: Regraded, samples: list[Rollout], grades: list[Grade]) -> None:
    changed = {(change.id, change.sample) for change in result.changes}
    lines = [
        {"id": s.task.problem.id, "sample": s.index, "correct": g.correct, "extracted": g.extracted, "reason": g.reason,
         "changed": sample_key(s) in changed}
        for s, g in zip(samples, grades)
    ]  # fmt: skip
    path = result.folder / f"{file_stem(result.grader, result.rule)}.jsonl"
    replace_file(path, "".join(json.dumps(line) + "\n" for line in lines))


def summary_json(results: list[Regraded], eval_dir: Path) -> str:
    """One entry per benchmark folder: accuracies before and after, and every changed verdict."""
    entries = [
        {
            "folder": str(r.folder.relative_to(eval_dir)), "samples": r.num_samples,
            "before": {"grader": r.before_grader, "accuracy": r.before},
            "after": {"grader": r.grader, "rule": r.rule, "accuracy": r.after, "interval": r.interval},
            "p_value": r.p_value, "gained": r.gained, "lost": r.lost, "ungraded": r.ungraded,
            "changes": [asdict(change) for change in r.changes],
        }
        for r in results
    ]  # fmt: skip
    return json.dumps(entries, indent=1) + "\n"
