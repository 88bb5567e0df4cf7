"""The summary of a sweep: numbers against the base, choice of a checkpoint; as JSON, CSV and Markdown."""

import csv
import hashlib
import io
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from statistics import fmean
from typing import Any, Sequence

from oneshot_rlvr.evaluation import scores
from oneshot_rlvr.evaluation.comparison import AVERAGE, against_base
from oneshot_rlvr.evaluation.protocols import Protocol
from oneshot_rlvr.evaluation.records import EvalResult
from oneshot_rlvr.evaluation.scores import PairedTest, Verdicts
from oneshot_rlvr.evaluation.sweep import SweepRow

MANY_TRUNCATED = 0.2  # share of truncated responses from which on a note warns


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One model under one template, beside the base."""

    label: str
    kind: str  # base | resaved | checkpoint | model
    step: int | None
    template: str
    folder: str
    results: dict[str, EvalResult]
    average: float | None  # unweighted mean over several benchmarks, else None
    average_interval: tuple[float, float] | None
    against_base: dict[str, PairedTest]  # tests by benchmark and "average"; empty for the base itself
    load_seconds: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Choice:
    """A checkpoint chosen by a rule, with what may be said of its number."""

    rule: str
    label: str
    score: float  # accuracy (mean over benchmarks)
    note: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The content of `eval/summary.*`."""

    protocol: Protocol
    engine: str
    device: str
    benchmarks: tuple[str, ...]
    rows: tuple[SummaryRow, ...]
    choices: tuple[Choice, ...]
    notes: tuple[str, ...]


def summarize_sweep(
    rows: Sequence[SweepRow], protocol: Protocol, engine: str, device: str, notes: Sequence[str] = ()
) -> Summary:
    """Compares every row with the base under the same template, and chooses checkpoints."""
    bases = {row.template: row for row in rows if row.model.kind == "base"}
    made = tuple(_summary_row(row, bases[row.template] if row.template in bases else None) for row in rows)
    return Summary(
        protocol=protocol,
        engine=engine,
        device=device,
        benchmarks=tuple(rows[0].results),
        rows=made,
        choices=tuple(choose(made)),
        notes=tuple([*notes, *_warnings(made)]),
    )


@lru_cache(maxsize=4096)
def _summary_row(row: SweepRow, base: SweepRow | None) -> SummaryRow:
    several = len(row.results) > 1
    verdicts = [result.per_problem for result in row.results.values()]
    return SummaryRow(
        label=row.model.label, kind=row.model.kind, step=row.model.step, template=row.template, folder=str(row.folder),
        results=row.results,
        average=fmean(result.accuracy for result in row.results.values()) if several else None,
        average_interval=scores.average_interval(verdicts) if several else None,
        against_base=against_base(base.results, row.results) if base is not None and base is not row else {},
        load_seconds=row.load_seconds, seconds=row.seconds,
    )  # fmt: skip


def choose(rows: Sequence[SummaryRow]) -> list[Choice]:
    """Chooses checkpoints to show: the last by step, the best on one half of the problems (scored on the other half),
    and the best on the test problems themselves, labelled so. Nothing where there are not two to choose from.
    """
    template = rows[0].template
    checkpoints = [row for row in rows if row.kind == "checkpoint" and row.template == template]
    if len(checkpoints) < 2:
        return []
    halves = [_half_scores(row) for row in checkpoints]
    by_half = max(range(len(checkpoints)), key=lambda i: halves[i][0])
    best = max(checkpoints, key=_score)
    return [
        Choice("last step", checkpoints[-1].label, _score(checkpoints[-1]), "fixed in advance"),
        Choice(
            "validation split", checkpoints[by_half].label, halves[by_half][1],
            "chosen on half of the problems of each benchmark, scored on the other half",
        ),
        Choice(
            "best on test", best.label, _score(best),
            f"chosen on the test problems among {len(checkpoints)} checkpoints: too high on average",
        ),
    ]  # fmt: skip


def _score(row: SummaryRow) -> float:
    return fmean(result.accuracy for result in row.results.values())


def _half_scores(row: SummaryRow) -> tuple[float, float]:
    """Measures the mean accuracy over benchmarks on the validation half and on the other half of the problems."""
    halves = [split_half(name, result.per_problem) for name, result in row.results.items()]
    return fmean(_accuracy(validation) for validation, _ in halves), fmean(_accuracy(test) for _, test in halves)


def split_half(name: str, verdicts: Verdicts) -> tuple[Verdicts, Verdicts]:
    """Splits a benchmark's problems in two fixed halves, by a hash of their ids (a single problem is in both)."""
    ordered = sorted(verdicts, key=lambda id: hashlib.sha256(f"{name}\n{id}".encode("utf-8", "surrogatepass")).digest())
    middle = max(1, len(ordered) // 2)
    return {i: verdicts[i] for i in ordered[:middle]}, {i: verdicts[i] for i in ordered[middle:] or ordered}


def _accuracy(verdicts: Verdicts) -> float:
    return fmean(correct / samples for correct, samples in verdicts.values())


def _warnings(rows: Sequence[SummaryRow]) -> list[str]:
    """Says what a reader must know before trusting a number, a line per benchmark and reason."""
    lines = []
    for name in rows[0].results:
        results = [(row.label, row.results[name]) for row in rows]
        failed = [f"{label} {sum(r.ungraded.values())}" for label, r in results if any(r.ungraded.values())]
        cut = [f"{label} {r.truncated_share:.0%}" for label, r in results if r.truncated_share > MANY_TRUNCATED]
        code = [f"{label} {r.code_stop_share:.1%}" for label, r in results if r.code_stop_share > 0]
        for found, meaning in (
            (failed, "verdicts missing (timeouts, errors), counted as not correct"),
            (cut, "of responses cut off at the token limit"),
            (code, "of responses end in a code block without a box: the official harness runs it, here nothing is run"),
        ):
            if found:
                lines.append(f"{name}: {meaning}: {_some(found)}")
    return lines


def _some(parts: list[str]) -> str:
    return ", ".join(parts[:6]) + (f" and {len(parts) - 6} more" if len(parts) > 6 else "")


def to_json(summary: Summary) -> dict[str, Any]:
    """Makes `summary.json`: the dataclasses without the per-problem verdicts (they are in each metrics.json)."""
    rows = tuple(
        replace(row, results={name: replace(result, per_problem={}) for name, result in row.results.items()})
        for row in summary.rows
    )
    data = asdict(replace(summary, rows=rows))
    for row in data["rows"]:
        for result in row["results"].values():
            del result["per_problem"]
    return data


CSV_FIELDS = (
    "model", "step", "template", "benchmark", "accuracy", "low", "high", "problems", "samples", "grader", "exact",
    "pass_at_n", "boxed", "parsed", "truncated", "repetitive", "accuracy_given_boxed", "strict", "lenient",
    "reflection", "foreign_script", "length_mean", "difference", "difference_low", "difference_high", "p_value", "test",
)  # fmt: skip


def to_csv(summary: Summary) -> str:
    """Makes `summary.csv`: one line per model, template and benchmark, and one for the average."""
    text = io.StringIO()
    writer: csv.DictWriter[str] = csv.DictWriter(text, CSV_FIELDS, restval="", lineterminator="\n")
    writer.writeheader()
    for row in summary.rows:
        who = {"model": row.label, "step": "" if row.step is None else row.step, "template": row.template}
        for name, result in row.results.items():
            writer.writerow(who | {"benchmark": name} | _csv_result(result) | _csv_test(row.against_base, name))
        if row.average is not None and row.average_interval is not None:
            low, high = row.average_interval
            average = {"benchmark": AVERAGE, "accuracy": _r(row.average), "low": _r(low), "high": _r(high)}
            writer.writerow(who | average | _csv_test(row.against_base, AVERAGE))
    return text.getvalue()


def _csv_result(result: EvalResult) -> dict[str, object]:
    return {
        "accuracy": _r(result.accuracy), "low": _r(result.interval[0]), "high": _r(result.interval[1]),
        "problems": result.num_problems, "samples": result.samples, "grader": result.grader,
        "exact": _r(result.graders["exact"]) if "exact" in result.graders else "",
        "pass_at_n": _r(result.pass_at_k[result.samples]), "boxed": _r(result.boxed_share),
        "parsed": _r(result.parsed_share), "truncated": _r(result.truncated_share),
        "repetitive": _r(result.repetition_share),
        "accuracy_given_boxed": _r(result.accuracy_given_boxed),
        "strict": _r(result.accuracy_strict), "lenient": _r(result.accuracy_lenient),
        "reflection": _r(result.reflection_share), "foreign_script": _r(result.foreign_script_share),
        "length_mean": round(result.length_mean, 1),
    }  # fmt: skip


def _csv_test(tests: dict[str, PairedTest], name: str) -> dict[str, object]:
    if name not in tests:
        return {}
    test = tests[name]
    low, high = test.interval
    return {
        "difference": _r(test.difference), "difference_low": _r(low), "difference_high": _r(high),
        "p_value": f"{test.p_value:.4g}", "test": test.method,
    }  # fmt: skip


def _r(value: float | None) -> float | str:
    return "" if value is None else round(value, 6)
