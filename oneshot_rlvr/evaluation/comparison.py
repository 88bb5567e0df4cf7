"""One model beside another on the same problems: what `rlvr eval` and `rlvr report` compare, and how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oneshot_rlvr.evaluation import scores
from oneshot_rlvr.evaluation.records import EvalResult
from oneshot_rlvr.evaluation.scores import PairedTest, Verdicts

AVERAGE = "average"  # name of the unweighted mean over several benchmarks
# What a reader of an interval beside a p-value must know.
TWO_METHODS = (
    "Intervals of differences are bootstraps over problems; where both sides answered once, p is McNemar's exact test, "
    "else of the same bootstrap. The exact test asks for more: near the border an interval may leave out 0 where p is "
    "above 0.05, and p then decides. Nothing is corrected for the number of comparisons."
)


@dataclass(frozen=True)
class Measurement:
    """Held-out result of one model on one benchmark. Without stored verdicts there is no interval and no test."""

    step: int
    accuracy: float
    interval: tuple[float, float] | None = None
    boxed_share: float | None = None
    accuracy_given_boxed: float | None = None
    verdicts: Verdicts | None = None
    temperature: float = 0.0
    grader: str = ""
    precision: str = ""  # as in EvalPlan


def measurement(step: int, result: EvalResult) -> Measurement:
    """Takes a measurement from a stored result."""
    return Measurement(
        step=step,
        accuracy=result.accuracy,
        interval=result.interval,
        boxed_share=result.boxed_share,
        accuracy_given_boxed=result.accuracy_given_boxed,
        verdicts=result.per_problem,
        temperature=result.temperature,
        grader=result.grader,
        precision=result.precision,
    )


def paired(before: Measurement | None, after: Measurement | None) -> PairedTest | None:
    """Tests `after` against `before` on the problems both have; None where verdicts are missing."""
    if before is None or after is None or not before.verdicts or not after.verdicts:
        return None
    return scores.compare(before.verdicts, after.verdicts)


def against_base(base: Mapping[str, EvalResult], results: Mapping[str, EvalResult]) -> dict[str, PairedTest]:
    """Tests a model against the base on every benchmark, and on the average of several; -> tests by name."""
    tests = {name: paired(measurement(0, base[name]), measurement(0, result)) for name, result in results.items()}
    if len(results) > 1:
        before, after = ({name: result.per_problem for name, result in each.items()} for each in (base, results))
        tests[AVERAGE] = scores.compare_average(before, after)
    return {name: test for name, test in tests.items() if test is not None}


def pool_seeds(parts: Sequence[Measurement]) -> Measurement:
    """Joins seeds into one measurement: means; verdicts added up per problem, the interval over problems."""

    def mean(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if len(known) == len(values) else None

    if len(parts) == 1:
        return parts[0]
    verdicts = add_verdicts([m.verdicts for m in parts])
    return Measurement(
        step=max(m.step for m in parts),
        accuracy=sum(m.accuracy for m in parts) / len(parts),
        interval=scores.accuracy_interval(*zip(*verdicts.values())) if verdicts else None,
        boxed_share=mean([m.boxed_share for m in parts]),
        accuracy_given_boxed=mean([m.accuracy_given_boxed for m in parts]),
        verdicts=verdicts,
        temperature=parts[0].temperature,
        grader=parts[0].grader,
        precision=" or ".join(dict.fromkeys(part.precision for part in parts)),
    )


def add_verdicts(parts: Sequence[Verdicts | None]) -> Verdicts | None:
    """Adds up right answers and samples over the problems that all parts have; None if a part is missing."""
    known = [part for part in parts if part]
    if not known or len(known) < len(parts):
        return None
    shared = sorted(set.intersection(*map(set, known)))
    total = {i: (sum(part[i][0] for part in known), sum(part[i][1] for part in known)) for i in shared}
    return total or None
