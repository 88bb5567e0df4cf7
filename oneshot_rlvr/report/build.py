"""The report of one or several runs: tables, figures and one page from their files."""

import json
import os
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from oneshot_rlvr import __version__
from oneshot_rlvr.evaluation.comparison import TWO_METHODS
from oneshot_rlvr.evaluation.tables import Table, percent
from oneshot_rlvr.files import check_folder
from oneshot_rlvr.records import parser, read_file
from oneshot_rlvr.report import claims, compare, figures, report_parts, tables
from oneshot_rlvr.report.budget import budget_table, each_once, voting_table
from oneshot_rlvr.report.compare import Arm, main_arm
from oneshot_rlvr.report.curves import SATURATION_THRESHOLD, SATURATION_WINDOW
from oneshot_rlvr.report.decomposition import decomposition_table, gain_title, main_model, stages, waterfall
from oneshot_rlvr.report.figures import Figure, Study, family_curves, family_ends, level_ends
from oneshot_rlvr.report.findings import findings
from oneshot_rlvr.report.forms import forms_table
from oneshot_rlvr.report.gaps import (
    audit_command,
    missing_controls,
    missing_parts,
    missing_uses,
    stage_commands,
    unfinished,
)
from oneshot_rlvr.report.grouped_figures import grouped_figures
from oneshot_rlvr.report.page import fill, write_file
from oneshot_rlvr.report.response_figures import habits, pass_at_k
from oneshot_rlvr.report.run_files import Run, find_runs, others, read_run
from oneshot_rlvr.report.signal_figures import choices, gradient_terms, groups, ledger_map
from oneshot_rlvr.report.task_view import tasks_page

Progress = Callable[[str], None]
TASKS = "tasks.html"  # page beside the report's


@dataclass(frozen=True)
class Report:
    """The files that were written, and the result table."""

    page: Path
    files: tuple[Path, ...]  # the page, then every figure (PNG) and its numbers (CSV)
    rows: tuple[compare.ResultRow, ...]
    text: str  # result table as lines for the terminal


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
    """Names `report/` in the run, or in the folder that all runs share."""
    if len(runs) == 1:
        return runs[0] / "report"
    absolute = any(run.is_absolute() for run in runs)
    return Path(os.path.commonpath([run.absolute() if absolute else run for run in runs])) / "report"


def write_report(
    paths: Sequence[str | Path],
    output: Path | None = None,
    threshold: float = SATURATION_THRESHOLD,
    progress: Progress | None = None,
    refresh: int | None = None,
) -> Report:
    """Reads the runs (folders of runs count as all runs in them), write page, figures and CSV files.

    `refresh`: seconds after which the page loads itself again.

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
    runs = compare.share_bases(runs)
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
    commands = stage_commands(main.runs[0], benchmark, shots) if main and benchmark else {}
    left_out = compare.copies_words(copies)
    judged = claims.judge(claims.make_claims(study))
    tasks = tasks_page(arms)
    text = make_page(study, names, gallery, rows, runs, commands, judged, left_out, refresh, tasks is not None)
    contents: dict[Path, str | bytes] = {target / TASKS: tasks} if tasks else {}
    for figure in gallery.all:
        contents |= {target / f"{figure.name}.png": figure.light, target / f"{figure.name}.csv": figure.table}
    page = target / "index.html"
    whole = contents | {page: text}
    contents[target / MANIFEST] = manifest_json(folders, rows, whole)
    for path, content in (contents | {page: text}).items():  # the page comes last: where it is, the rest is too
        write_file(path, content)
    files = [page, *([shots] if shots else []), *contents]
    said = [tables.text_table(rows), compare.unlike_sets(rows), claims.claims_text(judged)] if rows else []
    return Report(page, tuple(files), rows, "\n".join(filter(None, [*said, left_out])))


MANIFEST = "report.json"


@dataclass(frozen=True)
class Manifest:
    """Contents of `report.json`: runs, printed rows and files of a report, which `rlvr verify` works out again."""

    runs: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    files: dict[str, str]  # name beside the page -> SHA-256


def printed_rows(rows: Sequence[compare.ResultRow]) -> list[dict[str, Any]]:
    """The numbers of the result table, as printed."""
    return [{"row": row.label, "step": row.measured.step, "accuracy": percent(row.measured.accuracy),
             "gain": percent(row.gain), "seeds": list(row.seeds)} for row in rows]  # fmt: skip


def manifest_json(
    folders: Sequence[Path], rows: Sequence[compare.ResultRow], contents: Mapping[Path, str | bytes]
) -> str:
    """The manifest of a report that is about to be written."""
    files = {path.name: sha256(c.encode() if isinstance(c, str) else c).hexdigest() for path, c in contents.items()}
    values = Manifest(tuple(map(str, folders)), tuple(printed_rows(rows)), files)
    return json.dumps(asdict(values), indent=1) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """Reads a report's manifest. UserError where it is damaged."""
    return read_file(folder / MANIFEST, parser(Manifest), "a report's manifest", "rlvr report writes it again")


def make_figures(study: Study) -> Gallery:
    """Makes every figure that the runs have data for."""
    boxed = "Held-out responses with a complete box."
    given = "Of the responses with a box, how many are right: what is left when format is set aside."
    results = [
        figures.held_out_accuracy(study),
        figures.train_accuracy(study),
        figures.accuracy_by_tokens(study),
        figures.held_out_share(study, "boxed_share", "held_out_boxed", "Boxed rate", boxed),
        figures.held_out_share(study, "accuracy_given_boxed", "right_if_boxed", "Right if boxed", given),
    ]
    results += [waterfall(study), pass_at_k(study), habits(study)]
    families = [family_ends(study), family_curves(study), level_ends(study)]
    signal = [groups(study), ledger_map(study), choices(study)]
    signal += [figures.trace(study, what) for what in (*figures.TRACES, *figures.own_traces(study))]
    signal += [gradient_terms(study), *grouped_figures(study)]
    return Gallery(*(tuple(f for f in part if f is not None) for part in (results, families, signal)))


@dataclass(frozen=True)
class HeldOutSet:
    """The tables of one held-out set; None where there is nothing to say."""

    name: str
    result: Table
    unlike: str | None  # warning of rows that were not evaluated alike
    seeds: Table | None
    gain: Table | None
    forms: Table | None  # the gain by the form of the answers
    sampled_gain: Table | None  # the gain on the sampled twin
    differences: Table | None
    models: Table | None  # models beside each other, before and after the same training
    behaviour: Table | None
    audit: Table | None  # detectors of a leak of the set into the base
    audit_command: str
    budget: Table | None  # every use of the base beside every arm, by cost
    passes: dict[str, Table]  # pass@k by name of the set: itself and its twin
    votes: dict[str, Table]  # maj@k likewise

    @property
    def twin(self) -> str:
        return self.name + compare.TWIN


def held_out_set(arms: Sequence[Arm], name: str, commands: dict[str, str]) -> HeldOutSet:
    """Makes all tables of one held-out set. `commands` make the stages of the gain that were not run."""
    rows = compare.result_rows(arms, name)
    sampled = [stage for stage in stages(arms, name + compare.TWIN) if stage.measured]
    ways, ballots = (name, name + compare.TWIN), each_once()
    passes = {each: found for each in ways if (found := tables.pass_table(arms, each))}
    votes = {each: found for each in ways if (found := voting_table(arms, each, ballots))}
    return HeldOutSet(
        name=name,
        result=tables.result_table(rows),
        unlike=compare.unlike_sets(rows),
        seeds=tables.seed_table(arms, name),
        gain=decomposition_table(stages(arms, name), commands),
        forms=forms_table(arms, name),
        sampled_gain=decomposition_table(sampled, {}) if len(sampled) > 1 else None,
        differences=tables.difference_table(rows),
        models=tables.model_table(arms, name),
        behaviour=tables.behaviour_table(arms, name),
        audit=report_parts.audits_of(arms, name),
        audit_command=audit_command(arms[0].runs[0], name),
        budget=budget_table(arms, name, ballots),
        passes=passes,
        votes=votes,
    )


def make_page(
    study: Study,
    names: Sequence[str],
    gallery: Gallery,
    rows: Sequence[compare.ResultRow],
    runs: Sequence[Run],
    commands: dict[str, str],
    judged: Sequence[claims.Judged] = (),
    left_out: str | None = None,
    refresh: int | None = None,
    tasks: bool = False,
) -> str:
    """Fills the page; sections without data are left out and named at the end.

    `commands` make the stages of the decomposition that were not run; `left_out` names runs that are copies; `tasks`:
    there is a page of tasks beside this one.
    """
    arms = study.arms
    experiments = list(dict.fromkeys(arm.config.experiment for arm in report_parts.outcome_first(arms)))
    missing = [stage.key for stage in stages(arms, names[0]) if not stage.measured] if names else []
    return fill(
        "report.html",
        title=f"Report: {', '.join(experiments[:4])}{', ...' if len(experiments) > 4 else ''}",
        refresh=refresh,
        runs=len(runs),
        version=__version__,
        left_out=left_out,
        sandbox=any(arm.config.model.path.startswith("sandbox:") for arm in arms),
        findings=findings(study, rows),
        claims=claims.claims_table(judged),
        claims_rule=claims.RULE,
        model=main_model(arms),
        unfinished=unfinished(runs),
        overview=tables.overview_table(arms, names) if len(names) > 1 and rows else None,
        sets=[held_out_set(arms, name, commands) for name in names] if rows else [],
        gain_title=gain_title(arms),
        what_was_run=report_parts.what_was_run(arms),
        benchmark=study.benchmark,
        families=tables.family_table(arms, study.benchmark, study.family) if study.benchmark else None,
        gallery=gallery,
        rollouts=report_parts.shown_rollouts(arms),
        tasks=TASKS if tasks else None,
        controls=missing_controls(arms),
        uses=missing_uses(missing, commands),
        files=missing_parts(runs),
        window=SATURATION_WINDOW,
        threshold=study.threshold,
        two_methods=TWO_METHODS,
    )
