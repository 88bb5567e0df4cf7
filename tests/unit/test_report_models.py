"""A report over two models: every arm beside the base and the controls of its own model."""

import csv
import io
from dataclasses import replace

import fake_run
import pytest
from fake_run import BENCHMARK, FAMILIES, Story, write_run

from oneshot_rlvr.evaluation.tables import Cell, Table
from oneshot_rlvr.report import build, compare, gaps, tables
from oneshot_rlvr.report.compare import make_arms, result_rows
from oneshot_rlvr.report.decomposition import stages, waterfall
from oneshot_rlvr.report.figures import Study, family_ends
from oneshot_rlvr.report.findings import findings
from oneshot_rlvr.report.response_figures import pass_at_k
from oneshot_rlvr.report.run_files import Run, read_run

D, E = "sandbox:base_d", "sandbox:base_e"
BASES = [f"base {E}", f"base {D}"]  # by their first arm: the control is E's
ACCURACY = {f"base {E}": 0.5, f"base {D}": 68 / 240}  # by construction of the made-up worlds


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> list[Run]:
    """One-shot on D; the format reward on E, which is right in half of every family."""
    root = tmp_path_factory.mktemp("models")
    one = read_run(write_run(root / "d", Story("sandbox_oneshot_d", steps=10, model=D)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fake_run, "FAMILIES", {family: (0.5, end) for family, (_, end) in FAMILIES.items()})
        return [one, read_run(write_run(root / "e", Story("sandbox_format", reward="format", steps=10, model=E)))]


def several(runs: list[Run]) -> list[Run]:
    """The same with four samples a problem; pass@k tells the models apart."""
    return [
        replace(run, evaluations=tuple(
            replace(p, result=replace(p.result, samples=4, pass_at_k={1: share, 4: 2 * share})) for p in run.evaluations
        ))
        for run, share in zip(runs, (0.1, 0.3))
    ]  # fmt: skip


def study(runs: list[Run]) -> Study:
    return Study(make_arms(runs), BENCHMARK, None, "", 0.95)


def page_of(runs: list[Run]) -> str:
    nothing = build.Gallery((), (), ())
    rows = result_rows(make_arms(runs), BENCHMARK)
    return " ".join(build.make_page(study(runs), (BENCHMARK,), nothing, rows, runs, {}).split())


def row_names(table: Table) -> list[str]:
    return [str(row[0]) for row in table.rows]


def texts(table: Table) -> list[str]:
    return [cell.text if isinstance(cell, Cell) else str(cell) for row in table.rows for cell in row[1:]]


def test_a_sentence_names_no_control_of_another_model(runs):
    rows = result_rows(make_arms(runs), BENCHMARK)
    assert [row.label for row in rows] == [*BASES, "format-reward control", "one-shot"]
    said = findings(study(runs), rows)
    assert [finding.row.label for finding in said] == ["one-shot", "format-reward control"]
    assert said[0].start == pytest.approx(68 / 240) and not any(finding.control for finding in said)
    assert "held-out accuracy from 28.3 to" in page_of(runs) and "against the" not in page_of(runs)
    config = replace(runs[0].config, reward=replace(runs[0].config.reward, name="format"))
    own = [*runs, replace(runs[0], path=runs[0].path / "control", config=config, rollout_steps=())]
    rows = result_rows(make_arms(own), BENCHMARK)
    assert findings(study(own), rows)[0].against.text == "+0.0"  # its own control is the same run here
    assert "; +0.0 against the format-reward control (" in page_of(own)


def test_every_model_has_its_base_in_the_family_table(runs):
    table = tables.family_table(make_arms(runs), BENCHMARK, "")
    assert table.head == ["accuracy % (95 %)", *BASES, "format-reward control", "one-shot"]
    row = table.rows[row_names(table).index("eqn")]
    assert [cell.text for cell in row[1:3]] == ["50.0", "92.5"]  # E and D before training
    figure = family_ends(study(runs))
    at = {(r["arm"], r["family"]): float(r["accuracy"]) for r in csv.DictReader(io.StringIO(figure.table))}
    assert at[BASES[0], "mul"] == 0.5 and at[BASES[1], "mul"] == 0.2 and ("base", "mul") not in at
    assert f"mul {BASES[0]} 50%, {BASES[1]} 20%, " in figure.alt


def test_every_model_has_its_base_among_the_responses(runs):
    many = several(runs)
    assert row_names(tables.behaviour_table(make_arms(runs), BENCHMARK))[:2] == BASES
    passes = tables.pass_table(make_arms(many), BENCHMARK)
    assert row_names(passes)[:2] == BASES and {"20.0", "60.0"} <= set(texts(passes))
    assert f"{BASES[0]},4,0.6\n" in (table := pass_at_k(study(many)).table) and f"{BASES[1]},4,0.2\n" in table


def test_one_model_has_one_plain_base(runs):
    arms = make_arms(runs[:1])
    assert tables.family_table(arms, BENCHMARK, "").head[1:] == ["base", "one-shot"]
    assert row_names(tables.behaviour_table(arms, BENCHMARK)) == ["base", "one-shot"]
    assert row_names(tables.pass_table(make_arms(several(runs)[:1]), BENCHMARK)) == ["base", "one-shot"]
    assert "\nadd,base,0.05," in family_ends(study(runs[:1])).table


def test_bases_of_one_model_in_two_evaluations_are_told_apart(runs):
    config = replace(runs[0].config, experiment="other", eval=replace(runs[0].config.eval, max_new_tokens=9))
    arms = make_arms([runs[0], replace(runs[0], path=runs[0].path / "x", config=config)])
    assert [group.base for group in compare.peers(arms)] == [f"base {D} (sandbox_oneshot_d)", f"base {D} (other)"]


def test_differences_are_within_a_model(runs):
    """Nothing but bases is left to subtract, and the result table has those."""
    assert tables.difference_table(result_rows(make_arms(runs), BENCHMARK)) is None
    config = replace(runs[1].config, reward=runs[0].config.reward)
    both = [*runs, replace(runs[1], path=runs[1].path / "x", config=config)]
    table = tables.difference_table(result_rows(make_arms(both), BENCHMARK))
    assert row_names(table) == [f"minus {BASES[0]}", f"minus {BASES[1]}", "minus format-reward control"]
    assert all([cell.text for cell in row[1:]].count("–") == 1 for row in table.rows)  # of two columns


def test_models_stand_beside_each_other_before_and_after(runs):
    """On E half of all is right before, on D 68 of 240; both runs end alike, in a world that has E's ends too."""
    assert tables.model_table(make_arms(runs), BENCHMARK) is None  # one trained on D, a control on E
    alike = replace(runs[0].config, model=runs[1].config.model, experiment="other")
    twin = replace(runs[1], path=runs[1].path / "x", config=alike, rollout_steps=())
    table = tables.model_table(make_arms([twin, runs[0]]), BENCHMARK)
    assert row_names(table) == [f"before: base {E}, base {D}", "after one-shot (other)"]
    assert texts(table)[:3] == ["50.0", "28.3", "−21.7"] and texts(table)[3] == "< 0.001"
    ends = [compare.final(run, BENCHMARK).accuracy for run in (twin, runs[0])]
    assert texts(table)[4:6] == [f"{100 * end:.1f}" for end in ends]
    assert "Models beside each other" in page_of([twin, runs[0]]) and "Models beside" not in page_of(runs[:1])
    slower = replace(runs[0].config, optimizer=replace(runs[0].config.optimizer, lr=1e-9))
    assert tables.model_table(make_arms([twin, replace(runs[0], config=slower)]), BENCHMARK) is None


def test_the_gain_is_taken_apart_within_a_model(runs):
    found = {stage.key: stage for stage in stages(make_arms(runs), BENCHMARK)}
    assert found["downloaded"].measured.accuracy == pytest.approx(ACCURACY[BASES[1]])
    assert found["format"].measured is None
    assert "Not run on sandbox:base_d: format-reward control" in page_of(runs)
    assert waterfall(study(runs)).title == f"What the gain is made of: {D}"
    assert waterfall(study(runs[:1])).title == "What the gain is made of"
    assert "format-reward control" in [gap.what for gap in gaps.missing_controls(make_arms(runs))]


def test_other_temperatures_are_said(runs):
    hot = tuple(replace(p, result=replace(p.result, temperature=0.6)) for p in runs[1].evaluations)
    mixed = [runs[0], replace(runs[1], evaluations=hot)]
    assert compare.how_sampled(mixed, BENCHMARK) == "greedy or temperature 0.6"
    rows = result_rows(make_arms(mixed), BENCHMARK)
    assert compare.unlike_sets(rows).startswith("Rows answered at temperature 0 and 0.6:")
    assert "greedy" not in tables.text_table([replace(row, sampled=row.measured) for row in rows])
