"""The tables of a report, as rows, and the result table as lines for the terminal."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from oneshot_rlvr.evaluation.comparison import Measurement, paired, pool_seeds
from oneshot_rlvr.evaluation.tables import (
    NONE,
    Cell,
    Content,
    Table,
    gain,
    gain_with_p,
    p_value,
    percent,
    points,
    share,
)
from oneshot_rlvr.report import compare
from oneshot_rlvr.report.compare import OUTCOME_KINDS, Arm, ResultRow

Column = tuple[str, Callable[[ResultRow], Content]]
ACCURACY, DIFFERENCE = "accuracy % (95 %)", "difference to base (95 %)"


def result_table(rows: Sequence[ResultRow]) -> Table:
    """Makes one line per arm, the paper's line under it where the configuration names one; the sampled twin of the set
    is in columns of its own."""
    columns = [each for each in _columns(_way(rows), has_twin(rows)) if has_boxes(rows) or "boxed %" not in each[0]]
    table = Table([name for name, _ in columns])
    for row in rows:
        table.add(*(cell(row) for _, cell in columns))
        if row.published is not None:
            gap = f"published less ours: {points(row.published - row.measured.accuracy)}"
            rest = [NONE] * (len(columns) - 4)
            table.add("as published", NONE, percent(row.published), gap, *rest, mark="published")
    return table


def own_rows(rows: Sequence[ResultRow]) -> list[ResultRow]:
    """Leaves out the other uses of the untouched model (re-saved, other templates): the decomposition has them."""
    return [row for row in rows if row.kind != "base" or row.gain is None]


def has_twin(rows: Sequence[ResultRow]) -> bool:
    return any(row.sampled for row in rows)


def has_boxes(rows: Sequence[ResultRow]) -> bool:
    """Tells whether the set's grader looks for boxes."""
    return any(m.boxed_share is not None for row in rows for m in (row.measured, row.sampled) if m)


def _way(rows: Sequence[ResultRow]) -> str:
    """Says how the set itself was answered, beside its sampled twin."""
    temperatures = {row.measured.temperature for row in rows if row.measured.grader}  # a logged number has no grader
    if len(temperatures) > 1:
        return "any T"
    return f"T={temperatures.pop():g}" if any(temperatures) else "greedy"


def _columns(way: str, twin: bool) -> list[Column]:
    """Lists heading and cell of every column. The share right among boxed answers is of the twin where there is one."""
    first: list[Column] = [
        ("", _name),
        ("step", lambda row: row.measured.step),
        (f"{way} {ACCURACY}" if twin else ACCURACY, lambda row: _accuracy(row.measured)),
        (DIFFERENCE, lambda row: gain(row.gain, row.versus_base and row.versus_base.interval)),
        ("p", lambda row: p_value(row.versus_base)),
    ]
    plain: list[Column] = [
        ("boxed %", lambda row: percent(row.measured.boxed_share)),
        ("right if boxed %", lambda row: percent(row.measured.accuracy_given_boxed)),
    ]
    both: list[Column] = [
        (f"sampled {ACCURACY}", lambda row: _accuracy(row.sampled)),
        (f"boxed %, {way}", lambda row: percent(row.measured.boxed_share)),
        ("boxed %, sampled", lambda row: percent(row.sampled.boxed_share if row.sampled else None)),
        ("sampled: right if boxed %", lambda row: percent(row.sampled.accuracy_given_boxed if row.sampled else None)),
    ]

    def best(row: ResultRow) -> str:
        return f"{percent(row.best.accuracy)} at {row.best.step}" if row.best else NONE

    return [*first, *(both if twin else plain), ("best step seen*", best)]


def _accuracy(measured: Measurement | None) -> Cell:
    return share(measured.accuracy, measured.interval) if measured else share(None)


def _name(row: ResultRow) -> Content:
    """Names a row, and for several seeds how many and how far apart."""
    if row.seed_range is None:
        return row.label
    low, high = map(percent, row.seed_range)
    return Cell(row.label, note=f"{len(row.seeds)} seeds: {low} to {high}")


def seed_table(arms: Sequence[Arm], benchmark: str) -> Table | None:
    """Makes a line for every single run, where some arm has several."""
    if all(len(arm.runs) == 1 for arm in arms):
        return None
    table = Table(["run", "step", ACCURACY, DIFFERENCE, "p"])
    for arm, run in ((each, run) for each in arms for run in each.runs):
        base = compare.base_of(run, benchmark)
        last = compare.final(run, benchmark)
        if last is not None:
            test = paired(base, last)
            difference = gain(last.accuracy - base.accuracy if base else None, test.interval if test else None)
            name = f"{arm.label}, seed {run.config.trainer.seed}"
            table.add(name, last.step, _accuracy(last), difference, p_value(test))
    return table


def overview_table(arms: Sequence[Arm], names: Sequence[str]) -> Table:
    """Shows accuracy on several held-out sets with their unweighted mean; published rows beside ours."""
    by_set = [{row.label: row for row in compare.result_rows(arms, name)} for name in names]
    table = Table(["accuracy %", *names, "mean"])
    for label in dict.fromkeys(label for rows in by_set for label in rows):
        values = [rows[label].measured.accuracy if label in rows else None for rows in by_set]
        known = [value for value in values if value is not None]
        table.add(label, *map(percent, values), percent(_mean(known) if len(known) == len(values) else None))
        published = next((arm.config.published for arm in arms if arm.label == label), {})
        if any(name in published for name in names):
            shown = (f"{published[name]:.1f}" if name in published else NONE for name in (*names, "average"))
            table.add("as published", *shown, mark="published")
    return table


def family_table(arms: Sequence[Arm], benchmark: str, own: str) -> Table | None:
    """Shows families as rows: the base of each model, then each arm's last evaluation, with intervals."""
    ends = [(arm.label, compare.family_cells(arm.runs, benchmark, first=False)) for arm in arms]
    columns = [*compare.base_families(arms, benchmark).items(), *ends]
    table = Table([ACCURACY, *(label for label, _ in columns)])
    for family in sorted({family for _, cells in columns for family in cells}):
        name = Cell(family, note="the example's own") if family == own else family
        table.add(name, *(_accuracy(cells.get(family)) for _, cells in columns))
    return table if table.rows else None


def model_table(arms: Sequence[Arm], benchmark: str) -> Table | None:
    """Shows the first model beside each other one before training, and after the same training of both; None of one
    model.

    Familiarity with the form of the task explains a lead that is gone after both saw one example (arXiv 2603.12875).
    """
    first, *rest = compare.peers(arms)
    table = Table(["", "first model", "second model", "second less first (95 %)", "p"])
    for other in rest:
        trained = [arm for arm in first.arms if arm.kind in OUTCOME_KINDS]
        both = [(arm, twin) for arm in trained if (twin := compare.same_on(other, arm))]
        if both:
            _add_models(table, f"before: {first.base}, {other.base}", *(g.base_on(benchmark) for g in (first, other)))
        for pair in both:
            ends = [compare.ends(arm, benchmark) for arm in pair]
            if all(ends):
                _add_models(table, f"after {pair[0].label}", *map(pool_seeds, ends))
    return table if table.rows else None


def _add_models(table: Table, name: str, first: Measurement | None, second: Measurement | None) -> None:
    if first is not None and second is not None:
        test = paired(first, second)
        difference = gain(second.accuracy - first.accuracy, test and test.interval)
        table.add(name, _accuracy(first), _accuracy(second), difference, p_value(test))


def difference_table(rows: Sequence[ResultRow]) -> Table | None:
    """Shows what each outcome-reward arm (columns) has beyond the base, each control, and the full set (rows).

    None where there is only the base: the result table has that difference. Models are not compared with each other.
    """
    trained = [row for row in rows if row.kind in OUTCOME_KINDS]
    against = [row for row in own_rows(rows) if row.kind not in OUTCOME_KINDS or row.kind == "full"]
    against = [other for other in against if any(row is not other and row.key == other.key for row in trained)]
    if len(against) < 2 or all(other.kind == "base" for other in against):
        return None
    table = Table(["points (95 %)", *(row.label for row in trained)])
    for other in against:
        table.add(f"minus {other.label}", *(_difference(row, other) for row in trained))
    return table


def _difference(row: ResultRow, other: ResultRow) -> Cell:
    if row is other or row.key != other.key:
        return gain(None)
    cell = gain_with_p(row.measured.accuracy - other.measured.accuracy, paired(other.measured, row.measured))
    return cell if cell.small else replace(cell, note="no stored answers")


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


def behaviour_table(arms: Sequence[Arm], benchmark: str) -> Table | None:
    """Shows shares of responses, so that format and reasoning can be told apart; means over seeds."""
    stored = compare.stored_results(arms, benchmark)
    known = [(name, field) for name, field in BEHAVIOUR
             if all(getattr(r, field) is not None for results in stored.values() for r in results)]  # fmt: skip
    table = Table(["share of responses", *(name for name, _ in known), "tokens, mean"])
    for label, results in stored.items():
        shares = (percent(_mean([getattr(r, field) for r in results])) for _, field in known)
        table.add(label, *shares, f"{_mean([r.length_mean for r in results]):.0f}")
    return table if table.rows else None


def pass_table(arms: Sequence[Arm], benchmark: str) -> Table | None:
    """Shows avg@k beside unbiased pass@k, where problems were sampled more than once."""
    stored = compare.stored_results(arms, benchmark)
    named = {label: results for label, results in stored.items() if results[0].samples > 1}
    if not named:
        return None
    passes = {label: compare.average_passes(results) for label, results in named.items()}
    ks = sorted(set.intersection(*map(set, passes.values())))
    counts = sorted({r.samples for results in named.values() for r in results})
    table = Table(["%", f"avg@{'/'.join(map(str, counts))}", *(f"pass@{k}" for k in ks)])
    for label, results in named.items():
        table.add(label, percent(_mean([r.accuracy for r in results])), *(percent(passes[label][k]) for k in ks))
    return table


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


LABEL_CHARACTERS = 29  # the widest terminal table then has 99 columns


def text_table(rows: Sequence[ResultRow]) -> str:
    """Writes the result table for the terminal, under 100 columns wide; the sampled twin beside the greedy numbers."""
    rows = own_rows(rows)
    twin, way = has_twin(rows), _way(rows)
    head = ["", "step", way if twin else "right", "95 %", "to base", "p"]
    head += ["sampled", way, "sampled"] if twin else ["boxed"]
    lines = [head, *(_text_line(row, twin) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    starts = [sum(widths[:i]) + 2 * i for i in range(len(widths))]
    boxed = len(head) - (2 if twin else 1)
    above = f"{'':{starts[2]}}{'held-out accuracy %':{starts[boxed] - starts[2]}}boxed %"
    if not has_boxes(rows):
        lines, above = [line[:boxed] for line in lines], above.removesuffix("boxed %").rstrip()
    told = ([line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:]))] for line in lines)
    return "\n".join([above, *("  ".join(cells).rstrip() for cells in told)])


def _text_line(row: ResultRow, twin: bool) -> list[str]:
    seeds = f" ×{len(row.seeds)}" if len(row.seeds) > 1 else ""
    room = LABEL_CHARACTERS - len(seeds)
    head = room // 3  # arms of a sweep differ at the end
    label = row.label if len(row.label) <= room else f"{row.label[:head]}…{row.label[head + 1 - room :]}"
    boxed = [percent(row.measured.boxed_share)]
    if twin:
        accuracy, boxed_share = (row.sampled.accuracy, row.sampled.boxed_share) if row.sampled else (None, None)
        boxed = [percent(accuracy), *boxed, percent(boxed_share)]
    interval = row.measured.interval
    return [
        label + seeds,
        str(row.measured.step),
        percent(row.measured.accuracy),
        f"{percent(interval[0])}–{percent(interval[1])}" if interval else "",
        points(row.gain) if row.gain is not None else "",
        p_value(row.versus_base) if row.gain is not None else "",
        *boxed,
    ]
