"""The files of a summary, and its Markdown: accuracy, tests against the base, format, templates, choice."""

import json
from pathlib import Path

from oneshot_rlvr.evaluation.benchmarks import KNOWN_ITEMS
from oneshot_rlvr.evaluation.comparison import AVERAGE, TWO_METHODS
from oneshot_rlvr.evaluation.records import EvalResult
from oneshot_rlvr.evaluation.summary import Summary, SummaryRow, to_csv, to_json
from oneshot_rlvr.evaluation.tables import Cell, Table, gain, markdown, percent, share
from oneshot_rlvr.files import replace_file
from oneshot_rlvr.grading.graders import BOXED_ONLY

MAX_COLUMNS = 8


def write_summary(summary: Summary, output: Path) -> list[Path]:
    """Writes summary.json, summary.csv and summary.md; -> their paths."""
    output.mkdir(parents=True, exist_ok=True)
    texts = {
        "summary.json": json.dumps(to_json(summary), indent=1) + "\n",
        "summary.csv": to_csv(summary),
        "summary.md": to_markdown(summary),
    }
    for name, text in texts.items():
        replace_file(output / name, text)
    return [output / name for name in texts]


def to_markdown(summary: Summary) -> str:
    """Writes all tables of a sweep, in percent."""
    sections = [
        _head(summary), _accuracy(summary), _against_base(summary), _format(summary), _graders(summary),
        _templates(summary), _parts(summary), _choices(summary), _notes(summary),
    ]  # fmt: skip
    return "\n\n".join(section for section in sections if section) + "\n"


def _name(summary: Summary, row: SummaryRow) -> str:
    return row.label if len(summary.protocol.template) == 1 else f"{row.label}, {row.template}"


def _head(summary: Summary) -> str:
    protocol = summary.protocol
    lines = [f"# Evaluation: {', '.join(summary.benchmarks)}", ""]
    if protocol.description:
        lines += [protocol.description[0].upper() + protocol.description[1:] + ".", ""]
    lines.append(
        f"Protocol {protocol.name}: template {', '.join(protocol.template)}; {protocol.max_new_tokens} new tokens; "
        f"top_p {protocol.top_p}; seed {protocol.seed}; grader {', '.join(_headlines(summary))}; "
        f"{summary.engine} on {summary.device}."
    )
    return "\n".join(lines)


def _accuracy(summary: Summary) -> str:
    averages = [AVERAGE] if len(summary.benchmarks) > 1 else []
    heads = [_benchmark_head(summary.rows[0].results[name]) for name in summary.benchmarks]
    table = Table(["model", *heads, *averages])
    for row in summary.rows:
        cells = [_share(row.results[name]) for name in summary.benchmarks]
        cells += [share(row.average, row.average_interval)] if averages else []
        table.add(_name(summary, row), *cells)
    if published := summary.protocol.published:
        names = [*summary.benchmarks, *averages]
        table.add("published", *(f"{published[name]:.1f}" if name in published else "" for name in names))
    note = "In brackets 95 % intervals: Wilson for single samples, bootstrap over problems for avg@k."
    return f"## Accuracy, %\n\n{markdown(table)}\n\n{note}"


def _share(result: EvalResult) -> Cell:
    return share(result.accuracy, result.interval)


def _benchmark_head(result: EvalResult) -> str:
    how = "greedy" if result.temperature == 0 else f"T={result.temperature:g}"
    return f"{result.name} ({how}, avg@{result.samples}, {result.num_problems} problems)"


def _against_base(summary: Summary) -> str:
    table = Table(["model", "benchmark", "difference, points", "p", "test", "problems"])
    for row in summary.rows:
        for name, test in row.against_base.items():
            difference = gain(test.difference, test.interval)
            table.add(_name(summary, row), name, difference, f"{test.p_value:.2g}", test.method, test.num_problems)
    note = f"The same problems on both sides, the same template. {TWO_METHODS}"
    return f"## Against the base\n\n{markdown(table)}\n\n{note}" if table.rows else ""


def _format(summary: Summary) -> str:
    table = Table(["model", "benchmark", "boxed", "parsed", "truncated", "repetitive end", "accuracy if boxed",
                   "strict", "lenient", "reflection", "foreign script", "tokens"])  # fmt: skip
    for row in summary.rows:
        for name, r in row.results.items():
            shares = (r.boxed_share, r.parsed_share, r.truncated_share, r.repetition_share, r.accuracy_given_boxed,
                      r.accuracy_strict, r.accuracy_lenient, r.reflection_share, r.foreign_script_share)  # fmt: skip
            table.add(_name(summary, row), name, *map(share, shares), f"{r.length_mean:.0f}")
    note = (
        "Strict: only boxed answers count. Lenient: without a box the last stated answer or number counts. "
        "The part of a gain that lenient already shows in the base is format."
    )
    return f"## Format and text, % of responses\n\n{markdown(table)}\n\n{note}"


def _headlines(summary: Summary) -> list[str]:
    """The graders of the headline numbers: the protocol's first, and that of benchmarks about programs."""
    return list(dict.fromkeys(result.grader for row in summary.rows for result in row.results.values()))


def _graders(summary: Summary) -> str:
    headline = " or ".join(_headlines(summary))
    table = Table(["model", "benchmark", headline, "other graders", "contradicted samples", "pass"])
    for row in summary.rows:
        for name, result in row.results.items():
            others = [f"{g} {percent(result.graders[g])}" for g in result.graders if g != result.grader]
            differ = ", ".join(f"{g} {n}" for g, n in result.disagreements.items())
            passes = ", ".join(f"@{k} {percent(v)}" for k, v in result.pass_at_k.items()) if result.samples > 1 else "-"
            table.add(_name(summary, row), name, percent(result.accuracy), ", ".join(others), differ, passes)
    note = _boxed_only(summary)
    return f"## Graders and pass@k\n\n{markdown(table)}" + (f"\n\n{note}" if note else "")


def _boxed_only(summary: Summary) -> str:
    """Says how to read a grader that finds no answer outside a box, beside one that does."""
    headline, *others = summary.protocol.graders
    strict = [grader for grader in others if grader in BOXED_ONLY and headline not in BOXED_ONLY]
    known = [r.boxed_share for row in summary.rows for r in row.results.values() if r.boxed_share is not None]
    fewest = min(known, default=1)
    if not strict or fewest == 1:
        return ""
    return (f"To {' and '.join(strict)} a response without a box is wrong, whatever it says: there "
            f"{'their' if len(strict) > 1 else 'its'} accuracy and contradictions count boxes (as few as "
            f"{percent(fewest)} % of the responses have one), not answers.")  # fmt: skip


def _templates(summary: Summary) -> str:
    templates = summary.protocol.template
    if len(templates) < 2:
        return ""
    parts = []
    for name in summary.benchmarks:
        cells = {(row.label, row.template): _share(row.results[name]) for row in summary.rows}
        table = Table(["model", *templates])
        for label in dict.fromkeys(row.label for row in summary.rows):
            table.add(label, *(cells[label, t] if (label, t) in cells else "" for t in templates))
        parts.append(f"### {name}\n\n{markdown(table)}")
    return "\n\n".join(["## Templates, accuracy in %", *parts])


def _parts(summary: Summary) -> str:
    """Writes accuracy by category and level, a column per model; of many, only the base and the chosen ones."""
    chosen = {choice.label for choice in summary.choices}
    few = len(summary.rows) <= MAX_COLUMNS
    shown = [row for row in summary.rows if few or row.kind != "checkpoint" or row.label in chosen]
    sections = []
    for name in summary.benchmarks:
        for title, field in (("category", "categories"), ("level", "levels")):
            values = [getattr(row.results[name], field) for row in shown]
            table = Table([title, *(_name(summary, row) for row in shown)])
            for key in sorted(set().union(*values)):
                table.add(key, *(percent(v[key]) if key in v else "" for v in values))
            if table.rows:
                sections.append(f"### {name} by {title}\n\n{markdown(table)}")
    return "\n\n".join(["## Parts, accuracy in %", *sections]) if sections else ""


def _choices(summary: Summary) -> str:
    if not summary.choices:
        return ""
    table = Table(["rule", "checkpoint", "accuracy, %", "what it is"])
    for choice in summary.choices:
        table.add(choice.rule, choice.label, percent(choice.score), choice.note)
    return f"## Choice of a checkpoint\n\n{markdown(table)}"


def _notes(summary: Summary) -> str:
    lines = list(summary.notes)
    if "qwen" in summary.protocol.graders:
        lines += [f"{name}, {item}" for name in summary.benchmarks if name in KNOWN_ITEMS for item in KNOWN_ITEMS[name]]
    return "## Notes\n\n" + "\n".join(f"- {line}" for line in lines) if lines else ""
