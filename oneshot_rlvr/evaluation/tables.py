"""The summary as Markdown: accuracy with intervals, tests against the base, the format split, templates, choice."""

import json
from pathlib import Path
from typing import Sequence

from oneshot_rlvr.evaluation.benchmarks import KNOWN_ITEMS
from oneshot_rlvr.evaluation.records import EvalResult
from oneshot_rlvr.evaluation.scores import PairedTest
from oneshot_rlvr.evaluation.summary import AVERAGE, Summary, SummaryRow, to_csv, to_json
from oneshot_rlvr.files import replace_file

MAX_COLUMNS = 8


def write_summary(summary: Summary, output: Path) -> list[Path]:
    """summary.json, summary.csv, summary.md; returns their paths."""
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
    """All tables of a sweep, in percent."""
    sections = [
        _head(summary), _accuracy(summary), _against_base(summary), _format(summary), _graders(summary),
        _templates(summary), _parts(summary), _choices(summary), _notes(summary),
    ]  # fmt: skip
    return "\n\n".join(section for section in sections if section) + "\n"


def percent(value: float) -> str:
    return f"{100 * value:.1f}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [list(header), ["---"] * len(header), *map(list, rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _name(summary: Summary, row: SummaryRow) -> str:
    return row.label if len(summary.protocol.template) == 1 else f"{row.label}, {row.template}"


def _head(summary: Summary) -> str:
    protocol = summary.protocol
    lines = [f"# Evaluation: {protocol.name}", ""]
    if protocol.description:
        lines += [protocol.description[0].upper() + protocol.description[1:] + ".", ""]
    lines.append(
        f"Template {', '.join(protocol.template)}; {protocol.max_new_tokens} new tokens; top_p {protocol.top_p}; seed "
        f"{protocol.seed}; grader {protocol.graders[0]}; {summary.engine} on {summary.device}."
    )
    return "\n".join(lines)


def _cell(result: EvalResult) -> str:
    low, high = result.interval
    return f"{percent(result.accuracy)} [{percent(low)}, {percent(high)}]"


def _accuracy(summary: Summary) -> str:
    several = len(summary.benchmarks) > 1
    rows = []
    for row in summary.rows:
        cells = [_cell(row.results[name]) for name in summary.benchmarks]
        if row.average is not None and row.average_interval is not None:
            low, high = row.average_interval
            cells.append(f"{percent(row.average)} [{percent(low)}, {percent(high)}]")
        rows.append([_name(summary, row), *cells])
    published = summary.protocol.published
    if published:
        names = [*summary.benchmarks, *([AVERAGE] if several else [])]
        rows.append(["published", *(f"{published[name]:.1f}" if name in published else "" for name in names)])
    heads = [_benchmark_head(summary.rows[0].results[name]) for name in summary.benchmarks]
    return "## Accuracy, %\n\n" + table(["model", *heads, *([AVERAGE] if several else [])], rows) + (
        "\n\nIn brackets 95 % intervals: Wilson for single samples, bootstrap over problems for avg@k."
    )


def _benchmark_head(result: EvalResult) -> str:
    how = "greedy" if result.temperature == 0 else f"T={result.temperature:g}"
    return f"{result.name} ({how}, avg@{result.samples}, {result.num_problems} problems)"


def _against_base(summary: Summary) -> str:
    rows = [
        [_name(summary, row), name, _test_cell(test), f"{test.p_value:.2g}", test.method, str(test.num_problems)]
        for row in summary.rows for name, test in row.against_base.items()
    ]  # fmt: skip
    if not rows:
        return ""
    head = ["model", "benchmark", "difference, points", "p", "test", "problems"]
    note = "The same problems on both sides, the same template. p-values are not corrected for the number of rows."
    return "## Against the base\n\n" + table(head, rows) + "\n\n" + note


def _test_cell(test: PairedTest) -> str:
    low, high = test.interval
    return f"{100 * test.difference:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"


def _format(summary: Summary) -> str:
    rows = []
    for row in summary.rows:
        for name, result in row.results.items():
            given = result.accuracy_given_boxed
            rows.append([
                _name(summary, row), name, percent(result.boxed_share), percent(result.parsed_share),
                percent(result.truncated_share), percent(result.repetition_share),
                "-" if given is None else percent(given), percent(result.accuracy_strict),
                percent(result.accuracy_lenient), percent(result.reflection_share),
                percent(result.foreign_script_share), f"{result.length_mean:.0f}",
            ])  # fmt: skip
    head = ["model", "benchmark", "boxed", "parsed", "truncated", "repetitive end", "accuracy if boxed", "strict",
            "lenient", "reflection", "foreign script", "tokens"]  # fmt: skip
    note = (
        "Strict: only boxed answers count. Lenient: without a box the last stated answer or number counts. "
        "The part of a gain that lenient already shows in the base is format."
    )
    return "## Format and text, % of responses\n\n" + table(head, rows) + "\n\n" + note


def _graders(summary: Summary) -> str:
    headline = summary.protocol.graders[0]
    rows = []
    for row in summary.rows:
        for name, result in row.results.items():
            others = [f"{g} {percent(result.graders[g])}" for g in result.graders if g != headline]
            differ = ", ".join(f"{g} {n}" for g, n in result.disagreements.items())
            passes = ", ".join(f"@{k} {percent(v)}" for k, v in result.pass_at_k.items()) if result.samples > 1 else "-"
            rows.append([_name(summary, row), name, percent(result.accuracy), ", ".join(others), differ, passes])
    head = ["model", "benchmark", headline, "other graders", "contradicted samples", "pass"]
    return "## Graders and pass@k\n\n" + table(head, rows)


def _templates(summary: Summary) -> str:
    templates = summary.protocol.template
    if len(templates) < 2:
        return ""
    labels = list(dict.fromkeys(row.label for row in summary.rows))
    parts = []
    for name in summary.benchmarks:
        cells = {(row.label, row.template): _cell(row.results[name]) for row in summary.rows}
        rows = [[label, *(cells[label, t] if (label, t) in cells else "" for t in templates)] for label in labels]
        parts.append(f"### {name}\n\n" + table(["model", *templates], rows))
    return "## Templates, accuracy in %\n\n" + "\n\n".join(parts)


def _parts(summary: Summary) -> str:
    """Accuracy by category and level, a column per model; of many, only the base and the chosen ones."""
    chosen = {choice.label for choice in summary.choices}
    few = len(summary.rows) <= MAX_COLUMNS
    shown = [row for row in summary.rows if few or row.kind != "checkpoint" or row.label in chosen]
    sections = []
    for name in summary.benchmarks:
        for title, field in (("category", "categories"), ("level", "levels")):
            values = [getattr(row.results[name], field) for row in shown]
            keys = sorted(set().union(*values))
            if not keys:
                continue
            rows = [[key, *(percent(v[key]) if key in v else "" for v in values)] for key in keys]
            head = [title, *(_name(summary, row) for row in shown)]
            sections.append(f"### {name} by {title}\n\n" + table(head, rows))
    return "## Parts, accuracy in %\n\n" + "\n\n".join(sections) if sections else ""


def _choices(summary: Summary) -> str:
    if not summary.choices:
        return ""
    rows = [[c.rule, c.label, percent(c.score), c.note] for c in summary.choices]
    return "## Choice of a checkpoint\n\n" + table(["rule", "checkpoint", "accuracy, %", "what it is"], rows)


def _notes(summary: Summary) -> str:
    lines = list(summary.notes)
    if "qwen" in summary.protocol.graders:
        lines += [f"{name}, {item}" for name in summary.benchmarks if name in KNOWN_ITEMS for item in KNOWN_ITEMS[name]]
    return "## Notes\n\n" + "\n".join(f"- {line}" for line in lines) if lines else ""
