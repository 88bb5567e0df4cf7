"""Runs as arms of a comparison, seeds pooled, differences paired: against numbers worked out by hand."""

import shutil
from dataclasses import replace

import pytest
from fake_run import BENCHMARK, FAMILIES, Story, make_config, write_run

from oneshot_rlvr.evaluation.comparison import Measurement, pool_seeds
from oneshot_rlvr.evaluation.scores import wilson
from oneshot_rlvr.report import compare, gaps, tables, theme
from oneshot_rlvr.report.run_files import Environment, Metrics, Run, Series, read_run


def bare(tmp_path, **changes) -> Run:
    config = make_config(Story())
    for key, value in changes.items():
        group, name = key.split("__")
        setattr(getattr(config, group), name, value)
    environment = Environment(command=("/x/.venv/bin/rlvr", "train", "+experiment=sandbox_oneshot", "trainer.seed=4"))
    return Run(tmp_path, config, Metrics({}), (), (), (), environment, ())


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "one_shot"),
        ({"data__examples": ["pi1", "pi13"]}, "few_shot"),
        ({"data__examples": [], "data__file": "dsr_sub"}, "full"),
        ({"data__examples": [], "data__problem": "1+1?"}, "one_shot"),
        ({"reward__name": "format"}, "format"),
        ({"algorithm__policy_coef": 0.0, "algorithm__entropy_coef": 0.001}, "entropy"),
        ({"algorithm__policy_coef": 0.0}, "no_reward"),  # table5_01_no_loss, table5_08_decay_kl
        ({"algorithm__policy_coef": 0.0, "reward__name": "format"}, "no_reward"),
        ({"reward__name": "random"}, "spurious"),
        ({"data__label": "7"}, "label"),
        ({"data__label_noise": 0.6}, "label"),
    ],
)
def test_kind_of_a_run(tmp_path, changes, kind):
    assert compare.kind_of(bare(tmp_path, **changes)) == kind


def test_seeds_are_one_arm_and_other_settings_another(tmp_path):
    runs = [
        bare(tmp_path / "b", trainer__seed=1, data__seed=9, trainer__name="again"),
        bare(tmp_path / "a"),
        bare(tmp_path / "c", optimizer__lr=1e-3),
        bare(tmp_path / "d", reward__name="format"),
    ]
    arms = compare.make_arms(runs)
    assert [(arm.kind, len(arm.runs)) for arm in arms] == [("format", 1), ("one_shot", 2), ("one_shot", 1)]
    assert [run.config.trainer.seed for run in arms[1].runs] == [0, 1]
    # The experiment's name does not tell the two apart, the folder's does.
    assert len({arm.label for arm in arms}) == 3 and arms[2].label.endswith("(c)")


def test_the_main_set_is_the_one_that_was_validated_on(tmp_path):
    """After `rlvr eval` others have been evaluated at as many steps, and some come first in the alphabet."""
    curve = Series("", (0, 2, 4), (0.1, 0.2, 0.3))
    metrics = Metrics({f"eval/{name}/accuracy": curve for name in ("aime24", "amc23", "math500")})
    run = replace(bare(tmp_path, data__validation="math500"), metrics=metrics)
    assert compare.benchmarks([run]) == ("math500", "aime24", "amc23")
    own = replace(bare(tmp_path, data__validation="some/folder/amc23.jsonl"), metrics=metrics)
    assert compare.benchmarks([own])[0] == "amc23"
    assert compare.benchmarks([replace(run, config=bare(tmp_path, data__validation=None).config)])[0] == "aime24"


def test_a_run_given_twice_counts_once(tmp_path):
    """A copy of the folder, and the same again under another name; another order of the data is another seed."""
    runs = [
        bare(tmp_path / "b", trainer__name="again"),
        bare(tmp_path / "a"),
        bare(tmp_path / "c", trainer__output_dir="elsewhere"),
        bare(tmp_path / "d", data__seed=9),
        bare(tmp_path / "e", trainer__seed=1),
        bare(tmp_path / "f", optimizer__lr=1e-3),
    ]
    kept, copies = compare.distinct(runs)
    assert [run.path.name for run in kept] == ["a", "d", "e", "f"]
    b, c = (f"{tmp_path}/{name} is {tmp_path}/a again" for name in "bc")
    assert compare.copies_words(copies) == f"Left out: {b}; {c} (same settings and seeds)."
    assert compare.copies_words(()) is None
    assert [len(arm.runs) for arm in compare.make_arms(runs)] == [3, 1]


def test_pooled_seeds():
    one = Measurement(60, 0.5, (0, 1), 0.8, 0.6, {"a": (1, 1), "b": (0, 1)})
    two = Measurement(60, 1.0, (0, 1), 1.0, None, {"a": (1, 1), "b": (1, 1), "c": (1, 1)})
    both = pool_seeds([one, two])
    assert both.accuracy == 0.75 and both.boxed_share == pytest.approx(0.9)
    assert both.accuracy_given_boxed is None  # one seed has none
    assert both.verdicts == {"a": (2, 2), "b": (1, 2)}  # "c" was not answered by both


def test_pooling_without_stored_verdicts_gives_no_interval():
    both = pool_seeds([Measurement(5, 0.2), Measurement(5, 0.4)])
    assert both.accuracy == pytest.approx(0.3) and both.interval is None and both.verdicts is None


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    root = tmp_path_factory.mktemp("study")
    stories = [
        Story(seed=0, steps=40, published=80.0),
        Story(seed=1, steps=40, lift=0.9, published=80.0),
        Story("sandbox_format", reward="format", steps=40, lift=-0.1),
    ]
    return [read_run(write_run(root / s.experiment / f"seed{s.seed}", s)) for s in stories]


def test_result_rows(study):
    arms = compare.make_arms(study)
    base, control, trained = compare.result_rows(arms, BENCHMARK)
    assert [row.label for row in (base, control, trained)] == ["base", "format-reward control", "one-shot"]
    # 2 + 37 + 8 + 11 + 3 + 7 of 240 by construction of the made-up world.
    assert base.measured.accuracy == pytest.approx(68 / 240)
    assert base.measured.interval == pytest.approx(wilson(68, 240))
    seeds = [run.evaluations[-1].result.accuracy for run in study[:2]]
    assert trained.seeds == (0, 1) and trained.seed_range == (min(seeds), max(seeds))
    assert trained.measured.accuracy == pytest.approx(sum(seeds) / 2)
    assert trained.gain == pytest.approx(sum(seeds) / 2 - 68 / 240) == pytest.approx(trained.versus_base.difference)
    assert trained.versus_base.method == "paired bootstrap" and control.versus_base.method == "mcnemar"
    assert trained.published == 0.8 and control.published is None
    assert trained.best.accuracy >= max(seeds)


def test_rows_of_unlike_sets_are_told(study):
    """One of them was evaluated with --limit."""
    rows = compare.result_rows(compare.make_arms(study), BENCHMARK)
    assert compare.unlike_sets(rows) is None
    few = dict(list(rows[0].measured.verdicts.items())[:3])
    cut = [replace(rows[0], measured=replace(rows[0].measured, verdicts=few)), *rows[1:]]
    said = compare.unlike_sets(cut)
    assert said is not None and said.startswith(f"Rows of 3 to {len(rows[0].measured.verdicts)} problems")
    mixed = [replace(rows[0], measured=replace(rows[0].measured, grader="qwen")), *rows[1:]]
    said = compare.unlike_sets(mixed)
    assert said is not None and said.startswith("Rows graded by exact and qwen:")


def test_other_uses_of_the_base_are_rows_below_it(study):
    point = replace(study[0].evaluations[-1], step=0, variant="template plain")
    rows = compare.result_rows(compare.make_arms([replace(study[0], base_variants=(point,))]), BENCHMARK)
    assert [(row.kind, row.label) for row in rows[:2]] == [("base", "base"), ("base", "base, template plain")]
    assert rows[1].gain == pytest.approx(point.result.accuracy - 68 / 240) == pytest.approx(rows[2].gain)


def test_the_result_is_the_last_step_even_where_an_earlier_one_was_better(study):
    run = study[2]
    last = compare.final(run, BENCHMARK)
    assert last.step == 40
    best = max(m.accuracy for m in compare.measurements(run, BENCHMARK))
    assert best > last.accuracy  # the control falls in this made-up run


def test_base_of_the_same_model_serves_a_run_that_did_not_evaluate_it(study):
    from dataclasses import replace

    without = replace(study[0], evaluations=study[0].evaluations[1:], metrics=Metrics({}))
    assert compare.base_of(without, BENCHMARK) is None
    shared, _ = compare.share_bases([without, study[2]])
    assert compare.base_of(shared, BENCHMARK).accuracy == pytest.approx(68 / 240)
    assert compare.held_out_series(shared, BENCHMARK).steps[0] == 0
    stranger = replace(bare(study[0].path, model__path="other"), evaluations=without.evaluations)
    assert compare.share_bases([stranger, study[2]])[0] is stranger
    unasked = bare(study[0].path)
    assert compare.share_bases([unasked, study[2]])[0] is unasked  # never evaluated on that set


def test_a_run_that_evaluated_its_base_alone_has_no_end(tmp_path):
    logged = Metrics({f"eval/{BENCHMARK}/accuracy/x": Series("", (0,), (0.25,))})
    run = replace(bare(tmp_path), metrics=logged)
    ends = [compare.family_cells([run], BENCHMARK, first=first) for first in (True, False)]
    assert ends == [{"x": Measurement(0, 0.25)}, {}]


def test_family_cells_of_several_seeds(study):
    cells = compare.family_cells(study[:2], BENCHMARK, first=True)
    assert set(cells) == set(FAMILIES)
    # Both seeds start from the same model: the interval must not shrink because it was evaluated twice.
    assert cells["mul"].accuracy == 0.2 and cells["mul"].interval == pytest.approx(wilson(8, 40))


def test_families_without_stored_answers_come_from_the_metrics(study):
    from dataclasses import replace

    bare_run = replace(study[0], evaluations=())
    cells = compare.family_cells([bare_run], BENCHMARK, first=True)
    assert cells["mul"].accuracy == pytest.approx(0.2) and cells["mul"].interval is None


def test_missing_controls_come_with_commands(tmp_path):
    run = bare(tmp_path)
    found = {gap.what: gap.command for gap in gaps.missing_controls(compare.make_arms([run]))}
    # The shipped control with the run's own settings.
    assert found["format-reward control"] == "rlvr train +experiment=sandbox_format trainer.seed=4"
    assert found["random-reward control"] == "rlvr train +experiment=sandbox_random trainer.seed=4"
    assert found["entropy-only control"] == "rlvr train +experiment=sandbox_entropy trainer.seed=4"
    assert found["full set"] == "rlvr train +experiment=sandbox_full trainer.seed=4"
    assert "trainer.seed=1 trainer.name=seed1 && rlvr train" in found["more seeds of one-shot"]
    assert "trainer.seed=4 " not in found["more seeds of one-shot"]


def test_no_control_is_missing_where_every_one_was_run(tmp_path):
    runs = [bare(tmp_path / str(seed), trainer__seed=seed) for seed in range(3)]
    runs += [
        bare(tmp_path / "f", reward__name="format"),
        bare(tmp_path / "e", algorithm__policy_coef=0.0, algorithm__entropy_coef=0.001),
        bare(tmp_path / "r", reward__name="random"),
        bare(tmp_path / "a", data__examples=[], data__file="sandbox_pool"),
    ]
    # What these runs lack is an evaluation of the base.
    assert [gap.what for gap in gaps.missing_controls(compare.make_arms(runs))] == ["base model"]


def test_without_a_reward_is_not_entropy_only(tmp_path):
    runs = [bare(tmp_path / "a"), bare(tmp_path / "n", algorithm__policy_coef=0.0)]
    arms = compare.make_arms(runs)
    assert [(arm.kind, arm.label) for arm in arms] == [("no_reward", "no-reward control"), ("one_shot", "one-shot")]
    assert "entropy-only control" in [gap.what for gap in gaps.missing_controls(arms)]
    assert set(theme.HUE_OF_KIND) == set(compare.KINDS) - {"base"}


def test_an_unfinished_run_is_named(tmp_path):
    (gap, *_) = gaps.missing_parts([bare(tmp_path)])
    assert "step 0 of 60" in gap.why and gap.command.startswith("rlvr train +experiment=sandbox_oneshot")


def test_one_seed_measures_the_base_for_all(tmp_path):
    """A second seed that was not validated at step 0 is of the same arm, and has the first one's base everywhere."""
    runs = []
    for seed in (0, 1):
        folder = write_run(tmp_path / f"seed{seed}", Story(seed=seed, steps=5))
        if seed:
            text = (folder / "config.yaml").read_text().replace("eval_first: true", "eval_first: false")
            (folder / "config.yaml").write_text(text)
            shutil.rmtree(folder / "eval" / "step_000000")
            lines = (folder / "metrics.jsonl").read_text().splitlines(keepends=True)
            (folder / "metrics.jsonl").write_text("".join(lines[1:]))
        runs.append(read_run(folder))
    (arm,) = compare.make_arms(compare.share_bases(runs))
    assert len(arm.runs) == 2 and runs[1].config.trainer.eval_first is False
    assert set(compare.base_families([arm], BENCHMARK)["base"]) == set(FAMILIES)
    table = tables.seed_table([arm], BENCHMARK)
    assert table is not None and [bool(row[3].small) for row in table.rows] == [True, True]  # intervals to that base
