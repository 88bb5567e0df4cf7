"""The parts of a gain: every cheaper way to the same model, in order, and what the outcome reward adds to the best.

As downloaded -> re-saved -> best template -> in context -> format reward -> entropy only -> others -> outcome.
All of one model and evaluation: those of the first arm with the outcome reward.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oneshot_rlvr.data.prompts import ALIASES
from oneshot_rlvr.evaluation.comparison import Measurement, measurement, paired
from oneshot_rlvr.evaluation.scores import PairedTest
from oneshot_rlvr.evaluation.tables import Cell, Table, gain, p_value, percent, points, share
from oneshot_rlvr.report import compare
from oneshot_rlvr.report.compare import OUTCOME_KINDS, Arm, main_arm
from oneshot_rlvr.report.draw import Bar, Rows
from oneshot_rlvr.report.figures import Figure, Study, make_figure
from oneshot_rlvr.report.run_files import EvalPoint, Run
from oneshot_rlvr.report.theme import HUE_OF_KIND, Colour


@dataclass(frozen=True, slots=True)
class Stage:
    """One way to the model. Example: format reward, 20.4 %, of which -2.1 points over the best before it (22.5 %)."""

    key: str  # downloaded, resaved, template, context, outcome, or a kind of control
    what: str
    measured: Measurement | None  # None where it was not run
    before: float | None = None  # highest accuracy of the stages above (outcomes aside); None for the first
    test: PairedTest | None = None  # test against the stage with that accuracy

    @property
    def adds(self) -> float | None:
        return None if self.measured is None or self.before is None else self.measured.accuracy - self.before


def stages(arms: Sequence[Arm], benchmark: str) -> tuple[Stage, ...]:
    """Lists all stages in order, for the peers of the first arm with the outcome reward; empty without one or its base.

    Where several runs or templates make a stage, the best of them counts: that is the hardest to beat.
    """
    main = main_arm(arms)
    if main is None:
        return ()
    group = compare.peers_of(arms, main)
    base = compare.base_of(main.runs[0], benchmark)
    rows = {row.label: row.measured for row in compare.result_rows(arms, benchmark)}
    same = [arm for arm in group.arms if arm.label in rows]
    if base is None or main.label not in rows:
        return ()
    found = [Stage("downloaded", "as downloaded", base), *_uses(group.runs, benchmark)]
    for kind, what in (("format", "format reward"), ("entropy", "entropy only")):
        found.append(_best(kind, what, [rows[arm.label] for arm in same if arm.kind == kind]))
    found += [
        Stage(arm.kind, arm.label.removesuffix(" control"), rows[arm.label])
        for arm in same
        if arm.kind in ("no_reward", "spurious")
    ]
    outcomes = [Stage("outcome", arm.label, rows[arm.label]) for arm in same if arm.kind in OUTCOME_KINDS]
    return _against_best(found, outcomes)


def main_model(arms: Sequence[Arm]) -> str:
    """Names the model of the main arm in a report over several, else ""."""
    main = main_arm(arms)
    return compare.peers_of(arms, main).base.removeprefix("base").strip() if main else ""


def gain_title(arms: Sequence[Arm]) -> str:
    model = main_model(arms)
    return "What the gain is made of" + (f": {model}" if model else "")


def _uses(runs: Sequence[Run], benchmark: str) -> list[Stage]:
    """Lists the stages at which the untouched model is used otherwise."""
    uses = compare.variants(runs, benchmark)
    templates = {name: point for name, point in uses.items() if name != "re-saved"}
    context = [point for point in templates.values() if in_context(point)]
    plain = [point for point in templates.values() if not in_context(point)]
    other = [point for point in plain if "re-saved" not in point.variant] or plain
    return [
        _best("resaved", "re-saved", [measurement(0, p.result) for n, p in uses.items() if n == "re-saved"]),
        _best("template", _template_words(other), [measurement(0, point.result) for point in other]),
        _best("context", "in context", [measurement(0, point.result) for point in context]),
    ]


def in_context(point: EvalPoint) -> bool:
    """Test for worked examples in front of the problem."""
    return "+" in ALIASES.get(point.result.template, point.result.template)


def _template_words(others: Sequence[EvalPoint]) -> str:
    if not others:
        return "best other template"
    best = max(others, key=lambda point: point.result.accuracy)
    return f"template {best.result.template}" + (f" (of {len(others)})" if len(others) > 1 else "")


def _best(key: str, what: str, candidates: Sequence[Measurement]) -> Stage:
    return Stage(key, what, max(candidates, key=lambda m: m.accuracy) if candidates else None)


def _against_best(cheaper: Sequence[Stage], outcomes: Sequence[Stage]) -> tuple[Stage, ...]:
    """Puts every stage beside the best of those above it; outcome stages beside the best that is no outcome."""
    best: Measurement | None = None
    done = []
    for stage in (*cheaper, *outcomes):
        if stage.measured is None or best is None:
            done.append(stage)
        else:
            done.append(replace(stage, before=best.accuracy, test=paired(best, stage.measured)))
        if stage.measured and stage.key != "outcome" and (best is None or stage.measured.accuracy > best.accuracy):
            best = stage.measured
    return tuple(done)


def decomposition_table(found: Sequence[Stage], commands: dict[str, str]) -> Table | None:
    """Makes a line per stage; one that was not run names the command that makes it."""
    table = Table(["", "accuracy % (95 %)", "over the best above (95 %)", "p"])
    for stage in found:
        if stage.measured is None:
            command = commands.get(stage.key, "")
            table.add(stage.what, Cell(f"not run: {'' if command else 'see below what it needs'}", code=command),
                      mark="missing")  # fmt: skip
        else:
            adds = gain(stage.adds, stage.test.interval if stage.test else None)
            accuracy = share(stage.measured.accuracy, stage.measured.interval)
            table.add(stage.what, accuracy, adds, p_value(stage.test))
    return table if table.rows else None


def waterfall(study: Study) -> Figure | None:
    """Draws bars from the best stage above to each stage's own accuracy; stages that were not run keep their row."""
    found = stages(study.arms, study.benchmark) if study.benchmark else ()
    if sum(stage.measured is not None for stage in found) < 2:
        return None
    bars = [_bar(stage, stage.measured, _colour(study, stage)) if stage.measured else None for stage in found]
    names = [stage.what for stage in found]
    return make_figure(
        "gain_decomposed",
        gain_title(study.arms),
        "Each bar goes from the best stage above it to the stage's own held-out accuracy (hatched: it stays below). "
        "Bars of the outcome reward start at the best of everything else. Whiskers: 95 %.",
        "Held-out accuracy by stage: "
        + "; ".join(f"{s.what} {s.measured.accuracy:.1%}" if s.measured else f"{s.what} not run" for s in found),
        Rows(names, 0.75 + 0.36 * len(found), bars),
        ("stage", "accuracy", "low", "high", "best_above", "adds"),
        [_csv_row(stage) for stage in found],
    )


def _bar(stage: Stage, measured: Measurement, colour: Colour) -> Bar:
    words = percent(measured.accuracy) + (f" ({points(stage.adds)})" if stage.adds is not None else "")
    interval = measured.interval or (measured.accuracy, measured.accuracy)
    return Bar(stage.before or 0.0, measured.accuracy, interval, words, colour)


def _colour(study: Study, stage: Stage) -> Colour:
    return study.looks[stage.what].hue if stage.key == "outcome" else HUE_OF_KIND.get(stage.key, "base")


def _csv_row(stage: Stage) -> tuple[object, ...]:
    if stage.measured is None:
        return (stage.what, "", "", "", "", "")
    numbers = (stage.measured.accuracy, *(stage.measured.interval or ("", "")), stage.before, stage.adds)
    return (stage.what, *("" if number is None else number for number in numbers))
