"""`rlvr report`: tables, figures and one page from the files of one or several runs."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Sequence

from oneshot_rlvr import __version__
from oneshot_rlvr.config.schedule import last_step
from oneshot_rlvr.data.output import check_folder
from oneshot_rlvr.report import compare, figures, report_parts, tables
from oneshot_rlvr.report.curves import SATURATION_THRESHOLD, SATURATION_WINDOW
from oneshot_rlvr.report.decomposition import decomposition_table, gain_title, main_arm, main_model, stages, waterfall
from oneshot_rlvr.report.family_figures import family_curves, family_ends
from oneshot_rlvr.report.figures import Figure, Study
from oneshot_rlvr.report.findings import findings
from oneshot_rlvr.report.gaps import Gap, missing_controls, missing_parts, missing_uses, stage_commands, unfinished
from oneshot_rlvr.report.page import Html, document, folded, join, section, tag, write_file
from oneshot_rlvr.report.page import figures as show_figures
from oneshot_rlvr.report.response_figures import habits, pass_at_k
from oneshot_rlvr.report.run_files import Run, find_runs, others, read_run
from oneshot_rlvr.report.signal_figures import gradient_terms, groups, ledger_map
from oneshot_rlvr.report.tables import percent

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Report:
    """What was written."""

    page: Path
    files: tuple[Path, ...]  # the page, then every figure (PNG) and its numbers (CSV)
    rows: tuple[compare.ResultRow, ...]
    text: str  # the result table as lines for the terminal


@dataclass(frozen=True)
class Gallery:
    """The finished figures by the section they stand in."""

    results: tuple[Figure, ...]
    families: tuple[Figure, ...]
    signal: tuple[Figure, ...]

    @property
    def all(self) -> tuple[Figure, ...]:
        return (*self.results, *self.families, *self.signal)


def default_output(runs: Sequence[Path]) -> Path:
    """`report/` in the run, or in the folder that all runs share."""
    if len(runs) == 1:
        return runs[0] / "report"
    absolute = any(run.is_absolute() for run in runs)
    return Path(os.path.commonpath([run.absolute() if absolute else run for run in runs])) / "report"


def write_report(
    paths: Sequence[str | Path],
    output: Path | None = None,
    threshold: float = SATURATION_THRESHOLD,
    progress: Progress | None = None,
) -> Report:
    """Read the runs (folders of runs count as all runs in them), write page, figures and CSV files.

    Raises UserError for a folder without runs, a run without metrics, or an output folder that cannot be written.
    """
    say = progress or (lambda text: None)
    folders = find_runs(paths)
    target = output or default_output(folders)
    check_folder(target, f"--output {target}")
    runs = []
    for folder in folders:
        say(f"reading {folder}")
        for line in others(folder):
            say(line)
        runs.append(read_run(folder))
    runs, copies = compare.distinct(runs)
    arms = compare.make_arms(runs)
    names = compare.benchmarks(runs)
    benchmark = names[0] if names else None
    twin = compare.twin_of(runs, benchmark) if benchmark else None
    study = Study(arms, benchmark, twin, report_parts.own_family(arms), threshold)
    say("drawing figures")
    gallery = make_figures(study)
    rows = compare.result_rows(arms, names[0]) if names else ()
    main = main_arm(arms)
    shots = report_parts.write_shots(main.runs[0], target) if main else None
    commands = stage_commands(main.runs[0], shots) if main else {}
    left_out = compare.copies_words(copies)
    text = make_page(study, names, gallery, rows, runs, commands, left_out)
    contents: dict[Path, str | bytes] = {}
    for figure in gallery.all:
        contents |= {target / f"{figure.name}.png": figure.light, target / f"{figure.name}.csv": figure.table}
    page = target / "index.html"
    for path, content in (contents | {page: text}).items():  # the page comes last: where it is, the rest is
        write_file(path, content)
    files = [page, *([shots] if shots else []), *contents]
    said = [tables.text_table(rows), compare.unlike_sets(rows)] if rows else []
    return Report(page, tuple(files), rows, "\n".join(filter(None, [*said, left_out])))


def make_figures(study: Study) -> Gallery:
    """Every figure that the runs have data for."""
    caption = f"Share of right answers on {study.benchmark}."
    given = "Of the responses with a box, how many are right: what is left when format is set aside."
    results = [
        figures.held_out(study, "accuracy", "held_out_accuracy", "Held-out accuracy", caption),
        figures.train_accuracy(study),
        figures.held_out_twins(
            study, "boxed_share", "held_out_boxed", "Boxed rate", "Held-out responses with a complete box."
        ),
        figures.held_out_twins(study, "accuracy_given_boxed", "right_if_boxed", "Right if boxed", given),
    ]
    results += [waterfall(study), pass_at_k(study), habits(study)]
    families = [family_ends(study), family_curves(study)]
    signal = [groups(study), ledger_map(study)]
    signal += [figures.trace(study, what) for what in figures.TRACES]
    signal += [gradient_terms(study)]
    return Gallery(*(tuple(f for f in part if f is not None) for part in (results, families, signal)))


def make_page(
    study: Study,
    names: Sequence[str],
    gallery: Gallery,
    rows: Sequence[compare.ResultRow],
    runs: Sequence[Run],
    commands: dict[str, str],
    left_out: str | None = None,
) -> str:
    """The page, from its sections; those without data are left out and named at the end.

    `commands` make the stages of the decomposition that were not run; `left_out` names runs that are copies.
    """
    arms = sorted(study.arms, key=lambda arm: arm.kind not in compare.OUTCOME_KINDS)
    experiments = list(dict.fromkeys(arm.config.experiment for arm in arms))
    title = f"Report: {', '.join(experiments[:4])}{', ...' if len(experiments) > 4 else ''}"
    count = f"{len(runs)} run{'s' if len(runs) > 1 else ''}"
    controls, parts = missing_controls(study.arms), missing_parts(runs)
    uses = missing_uses([s.key for s in stages(study.arms, names[0]) if not s.measured] if names else [], commands)
    links = {"results": "Results", "run": "What was run", "families": "Families", "signal": "Training"}
    links |= {"rollouts": "Rollouts", "missing": "What is missing"}
    if not gallery.families:
        del links["families"]
    body = [
        tag("h1", title),
        tag("p", f"{count}, made by rlvr {__version__}", cls="faint"),
        tag("p", tag("strong", left_out)) if left_out else "",
        tag("nav", *(tag("a", text, href=f"#{anchor}") for anchor, text in links.items())),
        report_parts.sandbox_box(study.arms) or "",
        findings(study, rows),
        _missing_hint([gap.what for gap in controls], main_model(study.arms), runs),
        section("results", "Results", *_results(study, names, rows, show_figures(gallery.results), commands)),
        section("run", "What was run", report_parts.what_was_run(study.arms)),
    ]
    if gallery.families and study.benchmark:
        table = tables.family_table(study.arms, study.benchmark, study.family)
        body.append(section("families", f"Families of {study.benchmark}", table or "", show_figures(gallery.families)))
    body.append(section("signal", "Training", show_figures(gallery.signal)))
    body.append(section("rollouts", "Rollouts, as trained on", report_parts.rollout_section(study.arms)))
    body.append(section("missing", "What is missing", *_missing(controls, uses, parts)))
    body.append(tag("footer", _reading_notes(study)))
    return document(title, body)


def _results(
    study: Study, names: Sequence[str], rows: Sequence[compare.ResultRow], pictures: Html, commands: dict[str, str]
) -> list[object]:
    if not names or not rows:
        return [tag("p", "No held-out evaluation was found."), pictures]
    parts: list[object] = []
    if len(names) > 1:
        parts += [tag("h3", "All held-out sets"), tables.overview_table(study.arms, names)]
    parts += _benchmark_tables(study, names[0], rows, commands, pictures)
    for name in names[1:]:
        parts.append(folded(name, *_benchmark_tables(study, name, compare.result_rows(study.arms, name), commands)))
    return parts


def _benchmark_tables(
    study: Study,
    name: str,
    rows: Sequence[compare.ResultRow],
    commands: dict[str, str],
    pictures: Html | None = None,
) -> list[object]:
    """Result, curves, differences, behaviour and pass@k on one held-out set."""
    parts: list[object] = [tag("h3", name), tables.result_table(rows)]
    if unlike := compare.unlike_sets(rows):
        parts.append(tag("p", tag("strong", unlike)))
    note = "* Chosen on this very set among all evaluations, so too good; the result is the last step, whatever it is."
    parts.append(tag("p", note, cls="faint"))
    seeds = tables.seed_table(study.arms, name)
    if seeds is not None:
        parts.append(folded("every run by itself", seeds))
    parts.append(pictures or "")
    if (decomposed := decomposition_table(stages(study.arms, name), commands)) is not None:
        note = (
            "Each way to the model beside the best of those above it; outcome rewards beside the best of all others. "
            "A template or control that is the best of several was chosen on this set, which favours it."
        )
        parts += [tag("h3", gain_title(study.arms)), decomposed, tag("p", note, cls="faint")]
    sampled = [stage for stage in stages(study.arms, name + compare.TWIN) if stage.measured]
    if len(sampled) > 1 and (decomposed := decomposition_table(sampled, {})) is not None:
        parts.append(folded(f"the same on {name + compare.TWIN}, as far as it was evaluated", decomposed))
    if (differences := tables.difference_table(rows)) is not None:
        parts += [tag("h3", "Differences between arms"), differences]
    if (behaviour := tables.behaviour_table(study.arms, name)) is not None:
        parts.append(folded("format and length of the responses", behaviour))
    for each in (name, name + compare.TWIN):
        if (passes := tables.pass_table(study.arms, each)) is not None:
            parts += [tag("h3", f"avg@k and pass@k on {each}"), passes]
    return parts


def _missing_hint(controls: Sequence[str], model: str, runs: Sequence[Run]) -> Html:
    """Before the results: what they cannot show, and which of them are not final."""
    lines: list[object] = []
    if controls:
        link = tag("a", "Why they matter, and the commands", href="#missing")
        where = f"Not run on {model}: " if model else "Not run: "
        lines.append(tag("p", where, ", ".join(controls), ". ", link, "."))
    for run in unfinished(runs):
        done, planned = run.metrics.last_training_step, last_step(run.config)
        lines.append(tag("p", tag("strong", "Unfinished: "), f"{run.path} is at step {done} of {planned}."))
    return join(lines)


def _missing(controls: Sequence[Gap], uses: Sequence[Gap], parts: Sequence[Gap]) -> list[object]:
    if not controls and not uses and not parts:
        return [tag("p", "Nothing: every control and every file is there.")]
    found: list[object] = []
    if controls:
        found += [tag("h3", "Controls"), report_parts.gap_list(controls)]
    if uses:
        found += [tag("h3", "Other uses of the untouched model"), report_parts.gap_list(uses)]
    if parts:
        found += [tag("h3", "Files"), report_parts.gap_list(parts)]
    return found


def _reading_notes(study: Study) -> str:
    return (
        "Intervals are 95 %: Wilson's where every problem was answered once, else bootstrap over problems. They do not "
        "contain the spread between seeds. A family's interval is Wilson's with its problems as the count. Tests are "
        "paired on problems: McNemar's exact test where both sides answered once, else paired bootstrap; nothing is "
        "corrected for the number of comparisons. Differences are in percentage points. Saturation: first step at "
        f"which the mean training accuracy of {SATURATION_WINDOW} steps is at least {percent(study.threshold)} %; the "
        "gain after it is counted from the first evaluation at or after that step."
    )
