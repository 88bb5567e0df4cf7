"""The tables of a report, as HTML and as lines for the terminal."""

from typing import Callable, Sequence

from oneshot_rlvr.evaluation.records import EvalResult
from oneshot_rlvr.evaluation.scores import PairedTest
from oneshot_rlvr.report import compare
from oneshot_rlvr.report.compare import OUTCOME_KINDS, Arm, FamilyCell, Measurement, ResultRow
from oneshot_rlvr.report.page import Html, join, safe, table, tag

NONE = "–"
MINUS = "−"


def percent(value: float | None) -> str:
    return NONE if value is None else f"{100 * value:.1f}"


def points(value: float | None) -> str:
    """A difference in percentage points with its sign."""
    return NONE if value is None else f"{100 * value:+.1f}".replace("-", MINUS)


def span(interval: tuple[float, float] | None, signed: bool = False) -> str:
    if interval is None:
        return ""
    low, high = ((points if signed else percent)(bound) for bound in interval)
    return f"{low} to {high}"


def p_value(test: PairedTest | None) -> str:
    if test is None:
        return NONE
    return "< 0.001" if test.p_value < 0.001 else f"{test.p_value:.3f}" if test.p_value < 0.1 else f"{test.p_value:.2f}"


def with_small(main: str, small: str) -> Html:
    """A number with its interval under it."""
    return join([main, Html("<br>"), tag("small", small)]) if small else safe(main)


Column = tuple[str, Callable[[ResultRow], object]]


def result_table(rows: Sequence[ResultRow]) -> Html:
    """One line per arm, the paper's line under it where the configuration names one; the sampled twin of the set is
    in columns of its own."""
    columns = _columns(_way(rows), has_twin(rows))
    lines: list[list[object]] = []
    marks: list[str] = []
    for row in rows:
        lines.append([cell(row) for _, cell in columns])
        marks.append("")
        if row.published is not None:
            gap = f"published less ours: {points(row.published - row.measured.accuracy)}"
            lines.append(["as published", NONE, percent(row.published), gap, *[NONE] * (len(columns) - 4)])
            marks.append("published")
    return table([name for name, _ in columns], lines, marks)


def own_rows(rows: Sequence[ResultRow]) -> list[ResultRow]:
    """Without the untouched model used otherwise (re-saved, other templates): the decomposition has that."""
    return [row for row in rows if row.kind != "base" or row.gain is None]


def has_twin(rows: Sequence[ResultRow]) -> bool:
    return any(row.sampled for row in rows)


def _way(rows: Sequence[ResultRow]) -> str:
    """How the set itself was answered, beside its sampled twin."""
    temperatures = {row.measured.temperature for row in rows if row.measured.grader}  # known of stored ones only
    if len(temperatures) > 1:
        return "any T"
    return f"T={temperatures.pop():g}" if any(temperatures) else "greedy"


def _columns(way: str, twin: bool) -> list[Column]:
    """Heading and cell of every column. The share right among boxed answers is of the twin where there is one."""

    def gain(row: ResultRow) -> object:
        test = row.versus_base
        return with_small(points(row.gain), span(test.interval if test else None, signed=True))

    first: list[Column] = [
        ("", _name),
        ("step", lambda row: row.measured.step),
        (f"{way} accuracy % (95 %)" if twin else "accuracy % (95 %)", lambda row: _accuracy(row.measured)),
        ("difference to base (95 %)", gain),
        ("p", lambda row: p_value(row.versus_base)),
    ]
    plain: list[Column] = [
        ("boxed %", lambda row: percent(row.measured.boxed_share)),
        ("right if boxed %", lambda row: percent(row.measured.accuracy_given_boxed)),
    ]
    both: list[Column] = [
        ("sampled accuracy % (95 %)", lambda row: _accuracy(row.sampled)),
        (f"boxed %, {way}", lambda row: percent(row.measured.boxed_share)),
        ("boxed %, sampled", lambda row: percent(row.sampled.boxed_share if row.sampled else None)),
        ("sampled: right if boxed %", lambda row: percent(row.sampled.accuracy_given_boxed if row.sampled else None)),
    ]

    def best(row: ResultRow) -> str:
        return f"{percent(row.best.accuracy)} at {row.best.step}" if row.best else NONE

    return [*first, *(both if twin else plain), ("best step seen*", best)]


def _accuracy(measured: Measurement | None) -> Html:
    return with_small(percent(measured.accuracy), span(measured.interval)) if measured else safe(NONE)


def _name(row: ResultRow) -> Html:
    """Label, and for several seeds how many and how far apart."""
    if row.seed_range is None:
        return safe(row.label)
    low, high = row.seed_range
    return with_small(row.label, f"{len(row.seeds)} seeds: {percent(low)} to {percent(high)}")


def seed_table(arms: Sequence[Arm], benchmark: str) -> Html | None:
    """Every single run, where some arm has several."""
    if all(len(arm.runs) == 1 for arm in arms):
        return None
    rows = []
    for arm in arms:
        for run in arm.runs:
            base, last = compare.base_of(run, benchmark), compare.final(run, benchmark)
            if last is None:
                continue
            test = compare.paired(base, last)
            gain = last.accuracy - base.accuracy if base else None
            rows.append(
                [
                    f"{arm.label}, seed {run.config.trainer.seed}",
                    last.step,
                    with_small(percent(last.accuracy), span(last.interval)),
                    with_small(points(gain), span(test.interval if test else None, signed=True)),
                    p_value(test),
                ]
            )
    return table(["run", "step", "accuracy % (95 %)", "difference to base (95 %)", "p"], rows)


def overview_table(arms: Sequence[Arm], names: Sequence[str]) -> Html:
    """Accuracy on several held-out sets with their unweighted mean; published rows beside ours."""
    by_set = [compare.result_rows(arms, name) for name in names]
    labels = list(dict.fromkeys(row.label for rows in by_set for row in rows))
    lines: list[list[object]] = []
    marks: list[str] = []
    for label in labels:
        cells = [next((row for row in rows if row.label == label), None) for rows in by_set]
        lines.append([label, *(percent(c.measured.accuracy) if c else NONE for c in cells), _mean(cells)])
        marks.append("")
        published = next((arm.config.published for arm in arms if arm.label == label), {})
        if any(name in published for name in names):
            shown = [f"{published[name]:.1f}" if name in published else NONE for name in names]
            average = f"{published['average']:.1f}" if "average" in published else NONE
            lines.append(["as published", *shown, average])
            marks.append("published")
    return table(["accuracy %", *names, "mean"], lines, marks)


def _mean(cells: Sequence[ResultRow | None]) -> str:
    values = [cell.measured.accuracy for cell in cells if cell]
    return percent(sum(values) / len(values)) if len(values) == len(cells) else NONE


def family_table(arms: Sequence[Arm], benchmark: str, own: str) -> Html | None:
    """Families as rows: the base of each model, then each arm's last evaluation, with intervals."""
    ends = [(arm.label, compare.family_cells(arm.runs, benchmark, first=False)) for arm in arms]
    columns = [*compare.base_families(arms, benchmark).items(), *ends]
    families = sorted({family for _, cells in columns for family in cells})
    if not families:
        return None
    lines = []
    for family in families:
        name = with_small(family, "the example's own") if family == own else safe(family)
        lines.append([name, *(_family_cell(cells, family) for _, cells in columns)])
    return table(["accuracy % (95 %)", *(label for label, _ in columns)], lines)


def _family_cell(cells: dict[str, FamilyCell], family: str) -> object:
    return with_small(percent(cells[family].accuracy), span(cells[family].interval)) if family in cells else NONE


def difference_table(rows: Sequence[ResultRow]) -> Html | None:
    """What each outcome-reward arm (columns) has beyond the base, each control, and the full set (rows).

    None where there is only the base: the result table has that difference. Models are not compared with each other.
    """
    trained = [row for row in rows if row.kind in OUTCOME_KINDS]
    against = [row for row in own_rows(rows) if row.kind not in OUTCOME_KINDS or row.kind == "full"]
    against = [other for other in against if any(row is not other and row.key == other.key for row in trained)]
    if len(against) < 2 or all(other.kind == "base" for other in against):
        return None
    lines = [[f"minus {other.label}", *(_difference(row, other) for row in trained)] for other in against]
    return table(["points (95 %)", *(row.label for row in trained)], lines)


def _difference(row: ResultRow, other: ResultRow) -> object:
    if row is other or row.key != other.key:
        return NONE
    gap = points(row.measured.accuracy - other.measured.accuracy)
    test = compare.paired(other.measured, row.measured)
    if test is None:
        return with_small(gap, "no stored answers")
    p = p_value(test)
    return with_small(gap, f"{span(test.interval, signed=True)}; p {p if p.startswith('<') else f'= {p}'}")


BEHAVIOUR = (
    ("boxed %", "boxed_share"),
    ("answer found %", "parsed_share"),
    ("cut at limit %", "truncated_share"),
    ("ends repeating %", "repetition_share"),
    ("foreign script %", "foreign_script_share"),
    ("reflection words %", "reflection_share"),
    ("strict accuracy %", "accuracy_strict"),
    ("lenient accuracy %", "accuracy_lenient"),
)


def behaviour_table(arms: Sequence[Arm], benchmark: str) -> Html | None:
    """Shares of responses, so that format and reasoning can be told apart; means over seeds."""
    lines = []
    for label, results in _named_results(arms, benchmark):
        shares = [percent(_average([getattr(r, field) for r in results])) for _, field in BEHAVIOUR]
        lines.append([label, *shares, f"{_average([r.length_mean for r in results]):.0f}"])
    return table(["share of responses", *(name for name, _ in BEHAVIOUR), "tokens, mean"], lines) if lines else None


def _named_results(arms: Sequence[Arm], benchmark: str) -> list[tuple[str, list[EvalResult]]]:
    """Stored evaluations by label: the base of each model, then the last of every run; none without any."""
    bases = [(label, [result]) for label, result in compare.base_results(arms, benchmark).items()]
    ends = [(arm.label, results) for arm in arms if (results := _last_results(arm, benchmark))]
    return [*bases, *ends]


def _last_results(arm: Arm, benchmark: str) -> list[EvalResult]:
    stored = [_stored(run, benchmark, compare.final(run, benchmark)) for run in arm.runs]
    return [result for result in stored if result]


def _stored(run: compare.Run, benchmark: str, measured: Measurement | None) -> EvalResult | None:
    step = measured.step if measured else -1
    return next((p.result for p in run.evaluations if (p.step, p.benchmark) == (step, benchmark)), None)


def pass_table(arms: Sequence[Arm], benchmark: str) -> Html | None:
    """avg@k beside unbiased pass@k, where problems were sampled more than once."""
    named = _named_results(arms, benchmark)
    named = [(label, results) for label, results in named if results[0].samples > 1]
    if not named:
        return None
    ks = sorted(set.intersection(*(set(r.pass_at_k) for _, results in named for r in results)))
    lines = [
        [label, percent(_average([r.accuracy for r in results]))]
        + [percent(_average([r.pass_at_k[k] for r in results])) for k in ks]
        for label, results in named
    ]
    counts = sorted({r.samples for _, results in named for r in results})
    return table(["%", f"avg@{'/'.join(map(str, counts))}", *(f"pass@{k}" for k in ks)], lines)


def _average(values: Sequence[float]) -> float:
    return sum(values) / len(values)


LABEL_CHARACTERS = 29  # the widest terminal table then has 99 columns


def text_table(rows: Sequence[ResultRow]) -> str:
    """The result table for the terminal, under 100 columns wide; numbers of the sampled twin beside the greedy ones."""
    rows = own_rows(rows)
    twin, way = has_twin(rows), _way(rows)
    head = ["", "step", way if twin else "right", "95 %", "to base", "p"]
    head += ["sampled", way, "sampled"] if twin else ["boxed"]
    lines = [_text_line(row, twin) for row in rows]
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    starts = [sum(widths[:i]) + 2 * i for i in range(len(widths))]
    boxed = starts[len(head) - (2 if twin else 1)]
    above = f"{'':{starts[2]}}{'held-out accuracy %':{boxed - starts[2]}}boxed %"
    return "\n".join(
        [above]
        + [
            "  ".join(cell.rjust(w) if i else cell.ljust(w) for i, (cell, w) in enumerate(zip(line, widths))).rstrip()
            for line in [head, *lines]
        ]
    )


def _text_line(row: ResultRow, twin: bool) -> list[str]:
    seeds = f" ×{len(row.seeds)}" if len(row.seeds) > 1 else ""  # runs that differ in seed only
    room = LABEL_CHARACTERS - len(seeds)
    head = room // 3  # arms of a sweep differ at the end
    label = row.label if len(row.label) <= room else f"{row.label[:head]}…{row.label[head + 1 - room :]}"
    boxed = [percent(row.measured.boxed_share)]
    if twin:
        accuracy, share = (row.sampled.accuracy, row.sampled.boxed_share) if row.sampled else (None, None)
        boxed = [percent(accuracy), *boxed, percent(share)]
    return [
        label + seeds,
        str(row.measured.step),
        percent(row.measured.accuracy),
        span(row.measured.interval).replace(" to ", "–"),
        points(row.gain) if row.gain is not None else "",
        p_value(row.versus_base) if row.gain is not None else "",
        *boxed,
    ]
