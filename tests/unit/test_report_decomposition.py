"""Twins kept apart, the gain decomposed, overfit text counted, and every printed command one that works."""

import copy
import importlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from fake_run import BENCHMARK, Story, make_config, write_run
from stored import sample

from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.data.prompts import load_shots
from oneshot_rlvr.evaluation.store import sample_line
from oneshot_rlvr.evaluation.tables import NONE
from oneshot_rlvr.report import build, compare, draw, gaps, report_parts, tables
from oneshot_rlvr.report.compare import make_arms, result_rows
from oneshot_rlvr.report.decomposition import decomposition_table, stages, waterfall
from oneshot_rlvr.report.figures import Study, held_out_share, own_traces, trace
from oneshot_rlvr.report.report_parts import what_was_run, write_shots
from oneshot_rlvr.report.response_figures import Overfit, habits, overfit, pass_at_k, word_runs
from oneshot_rlvr.report.run_files import Environment, LedgerRow, Metrics, Run, Series, read_run
from oneshot_rlvr.report.signal_figures import gradient_terms, groups
from oneshot_rlvr.types import Grade, Problem

TWIN = f"{BENCHMARK}_sampled"
STORIES = (
    Story(steps=20, sampled=True),
    Story("sandbox_format", reward="format", steps=20, lift=0.1, sampled=True),
    Story("sandbox_entropy", policy_coef=0.0, steps=20, lift=-0.2, sampled=True),
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> list[Run]:
    root = tmp_path_factory.mktemp("runs")
    return [read_run(write_run(root / story.experiment / "seed0", story)) for story in STORIES]


def study(runs: list[Run]) -> Study:
    return Study(make_arms(runs), BENCHMARK, TWIN, "", 0.95)


# Twins


def test_a_twin_is_no_set_of_its_own(runs):
    assert compare.benchmarks(runs) == (BENCHMARK,) and compare.twin_of(runs, BENCHMARK) == TWIN
    assert compare.how_sampled(runs, BENCHMARK) == "greedy" and compare.how_sampled(runs, TWIN) == "temperature 0.6"
    alone = [replace(run, evaluations=tuple(p for p in run.evaluations if p.benchmark == TWIN),
                     metrics=Metrics({})) for run in runs]  # fmt: skip
    assert compare.benchmarks(alone) == (TWIN,)  # nothing that it is the twin of
    cells = {row[0]: row[1:] for row in what_was_run(make_arms(runs)).rows}
    assert cells["evaluation"] == (f"{BENCHMARK} (greedy), {TWIN} (temperature 0.6); grader exact",)  # of all


def test_rows_hold_both_and_average_neither(runs):
    rows = {row.label: row for row in result_rows(make_arms(runs), BENCHMARK)}
    trained = rows["one-shot"]
    assert trained.sampled.accuracy == pytest.approx(trained.measured.accuracy / 2)
    assert trained.sampled.boxed_share == pytest.approx(0.6 + 0.3 * 0.915, abs=0.01)
    assert rows["base"].sampled.boxed_share == pytest.approx(0.6)
    table = tables.result_table(list(rows.values()))
    base = dict(zip(table.head, table.rows[0]))
    assert "greedy accuracy % (95 %)" in table.head and base["boxed %, sampled"] == "60.0"


def test_the_terminal_table_stays_under_100_columns(runs):
    rows = [replace(row, label="one-shot (sandbox_comparison_of_something)", gain=-1.0, seeds=(0, 1, 2),
                    measured=replace(row.measured, accuracy=1.0, interval=(0.966, 1.0), boxed_share=1.0))
            for row in result_rows(make_arms(runs), BENCHMARK) if row.kind != "base"]  # fmt: skip
    lines = tables.text_table(rows).splitlines()
    assert max(map(len, lines)) == 99 and "…" in lines[2] and "×3" in lines[2]
    assert lines[1].split()[:3] == ["step", "greedy", "95"]
    assert lines[1].split()[-3:] == ["sampled", "greedy", "sampled"]


def test_boxes_that_are_not_looked_for_have_no_column(runs):
    rows = [replace(row, sampled=None, measured=replace(row.measured, boxed_share=None, accuracy_given_boxed=None))
            for row in result_rows(make_arms(runs), BENCHMARK)]  # fmt: skip
    assert not [name for name in tables.result_table(rows).head if "box" in name]
    lines = tables.text_table(rows).splitlines()
    assert "boxed" not in lines[0] and lines[1].split()[-1] == "p" and {len(line.split("  ")) for line in lines[1:]}


def test_the_boxed_figure_shows_the_twin(runs):
    figure = held_out_share(study(runs), "boxed_share", "boxed", "Boxed rate", "")
    assert "Solid: sampled, temperature 0.6. Dotted: greedy." in figure.caption
    assert f"{TWIN},one-shot,0,0,0.6\n" in figure.table and f"{BENCHMARK},one-shot,0,0," in figure.table


# The gain decomposed


def test_stages_stand_beside_the_best_above_them(runs):
    arms = make_arms(runs)
    at = {row.label: row.measured.accuracy for row in result_rows(arms, BENCHMARK)}
    found = {stage.what: stage for stage in stages(arms, BENCHMARK)}
    assert list(found) == [
        "as downloaded", "re-saved", "best other template", "in context", "format reward", "entropy only", "one-shot",
    ]  # fmt: skip
    assert found["re-saved"].measured is None and found["re-saved"].adds is None
    assert found["format reward"].adds == pytest.approx(at["format-reward control"] - at["base"]) and at["base"] < at[
        "format-reward control"
    ]
    # Entropy alone falls below the base: it is no floor for what comes after it.
    assert found["entropy only"].before == found["one-shot"].before == at["format-reward control"]
    assert found["entropy only"].adds < 0
    assert found["one-shot"].adds == pytest.approx(at["one-shot"] - at["format-reward control"])
    assert found["one-shot"].test.difference == pytest.approx(found["one-shot"].adds)


def test_other_uses_of_the_base_are_stages(runs):
    end = runs[0].evaluations[-2]
    assert end.benchmark == BENCHMARK
    uses = (("re-saved", "own", 0.3), ("template plain", "plain", 0.1), ("template q", "qwen25-math-cot", 0.4),
            ("re-saved, template plain", "plain", 0.9), ("template own+x", "own+x.jsonl", 0.35),
            ("template in-context-pi1", "in-context-pi1", 0.2))  # fmt: skip
    points = tuple(
        replace(end, step=0, variant=v, result=replace(end.result, template=t, accuracy=a)) for v, t, a in uses
    )
    found = {s.key: s for s in stages(make_arms([replace(runs[0], base_variants=points)]), BENCHMARK)}
    assert found["resaved"].measured.accuracy == 0.3
    assert (found["template"].what, found["template"].measured.accuracy) == ("template qwen25-math-cot (of 2)", 0.4)
    assert found["context"].measured.accuracy == 0.35
    assert found["context"].before == found["outcome"].before == 0.4


def test_what_was_not_run_is_named_with_its_command(runs, tmp_path):
    arms = make_arms(runs[:1])
    commands = gaps.stage_commands(runs[0], BENCHMARK, write_shots(runs[0], tmp_path))
    found = stages(arms, BENCHMARK)
    table = decomposition_table(found, commands)
    printed = [row[1].code for row in table.rows if row[1].text == "not run: "]
    assert table.marks.count("missing") == 5
    assert len(printed) == 5 == sum(stage.measured is None for stage in found)
    assert f"rlvr eval --ckpt-dir {runs[0].path} --steps base --resave" in printed
    assert any(command.endswith(f"--template own,own+{tmp_path / 'worked_examples.jsonl'}") for command in printed)
    figure = waterfall(study(runs[:1]))
    assert figure.table.splitlines()[2] == "re-saved,,,,," and "re-saved not run" in figure.alt
    assert [gap.what for gap in gaps.missing_uses([s.key for s in found if not s.measured], commands)] == [
        "re-saved base", "base under other templates", "the example in context",
    ]  # fmt: skip


def test_the_worked_example_is_the_runs_own_right_answer(runs, tmp_path):
    (shot,) = load_shots(str(write_shots(runs[0], tmp_path)))
    assert shot.problem == "Homework: Find the product of 42 and 2."
    assert shot.response.endswith("So the answer is \\boxed{84}.")
    assert write_shots(replace(runs[0], rollout_steps=()), tmp_path) is None


def test_without_a_reward_is_a_stage_of_its_own(runs):
    config = copy.deepcopy(runs[2].config)
    config.algorithm.entropy_coef = 0.0
    found = {s.what: s for s in stages(make_arms([*runs[:2], replace(runs[2], config=config)]), BENCHMARK)}
    assert found["entropy only"].measured is None
    assert found["no-reward"].key == "no_reward" and found["no-reward"].measured is not None


# Commands


def command_lines(run: Run, shots: Path | None) -> list[str]:
    arms = make_arms([run])
    found = [*gaps.missing_controls(arms), *gaps.missing_parts([run])]
    lines = [*(gap.command for gap in found if gap.command), *gaps.stage_commands(run, BENCHMARK, shots).values()]
    return [command for line in lines for command in line.split(" && ")]


@pytest.mark.parametrize(
    ("start", "argv"),
    [
        (["+experiment=sandbox_oneshot"], ["rlvr", "train", "+experiment=sandbox_oneshot", "trainer.seed=1"]),
        (["+experiment=sandbox_oneshot", "data.file=s.jsonl", "data.examples=[]", "data.copies=1"], ["rlvr", "demo"]),
        (["+experiment=sandbox_comparison"], ["rlvr", "demo"]),
        (["+experiment=pi1_r128"], ["rlvr", "train", "-m", "+experiment=pi1_r128", "trainer.seed=0,1"]),
        (["+experiment=pi1_pi13_r64"], []),
        (["data.problem=What is 3, or {4} = 4?", "data.answer=7", "data.copies=128"], []),
    ],
)  # fmt: skip
def test_every_command_that_a_report_prints_works(tmp_path, start, argv):
    docs = importlib.import_module("test_docs_commands")
    run = Run(tmp_path / "a run", load_run_config(start), Metrics({}), (), (), (), Environment(command=tuple(argv)), ())
    shots = tmp_path / "worked_examples.jsonl"
    shots.write_text(json.dumps({"problem": "p", "response": "r"}) + "\n")
    lines = command_lines(run, shots)
    assert len(lines) >= 9
    for line in lines:
        docs.test_command(line, True)


def test_a_command_of_another_command_keeps_the_runs_data(tmp_path):
    """`rlvr demo` trains on the example it selected: so must the controls."""
    start = ["+experiment=sandbox_oneshot", "data.file=s.jsonl", "data.examples=[]", "data.copies=1", "trainer.seed=3"]
    ledger = (LedgerRow(1, 0, "pool-0084", 0, 8, 3, 3.0, 2, 30.0, 0, None, False),)
    environment = Environment(command=("/x/rlvr", "demo"))
    run = Run(tmp_path, load_run_config(start), Metrics({}), ledger, (), (), environment, ())
    found = {gap.what: gap.command for gap in gaps.missing_controls(make_arms([run]))}
    settings = "data.file=s.jsonl 'data.examples=[]' data.copies=1 trainer.seed=3"
    assert found["entropy-only control"] == f"rlvr train +experiment=sandbox_entropy {settings}"
    assert found["full set"] == "rlvr train +experiment=sandbox_full trainer.seed=3"


# Responses


def point_with(tmp_path: Path, runs: list[Run], rows: list[tuple[str, str, str | None, str]]):
    """An evaluation with these samples: answer, prompt, extracted, response."""
    point = replace(runs[0].evaluations[0], folder=tmp_path)
    samples = [sample(str(i), 0, r, answer=a, prompt=p, grades={"exact": Grade(False, e, "")})
               for i, (a, p, e, r) in enumerate(rows)]  # fmt: skip
    (tmp_path / "samples.jsonl").write_text("".join(map(sample_line, samples)))
    return point


def test_overfit_text_is_counted(tmp_path, runs):
    text = "The pressure P exerted by wind on a sail varies. Let's think step by step and box it."
    example = Problem("124", text, "12.8")
    own = "Now: the pressure p EXERTED, by wind on a (sail)"
    point = point_with(tmp_path, runs, [
        ("12.8", "q", "12.8", "right, and its own answer"),
        ("5", "q", "12.8", "the training answer"),
        ("5", "q", None, own),
        ("5", own, "5", own),  # asked about the same: not from memory
        ("6", "q", "6", "Let's think step by step and box it, the pressure of wind"),
    ])  # fmt: skip
    assert overfit(point, [example]) == Overfit(answer=1 / 4, text=1 / 5)
    assert word_runs("Add 2 and 3!") == {" add 2 and 3 "}
    (tmp_path / "samples.jsonl").unlink()
    assert overfit(point, [example]) is None


def test_habits_leave_out_what_never_happens(runs):
    changed = [replace(p, result=replace(p.result, reflection_share=0.25 * (p.step > 0))) for p in runs[0].evaluations]
    figure = habits(study([replace(runs[0], evaluations=tuple(changed))]))
    assert "reflection_share,one-shot,0,20,0.25\n" in figure.table and "repetition_share" in figure.table
    assert "Never seen: repeats itself to the end, foreign script" in figure.caption
    gone = [replace(p, folder=p.folder / "gone") for p in runs[0].evaluations]
    assert habits(study([replace(runs[0], evaluations=tuple(gone))])) is None


def test_pass_at_k_figure_needs_several_samples(runs):
    assert pass_at_k(study(runs)) is None
    several = [replace(p, result=replace(p.result, pass_at_k={1: 0.25, 2: 0.5})) for p in runs[0].evaluations]
    figure = pass_at_k(study([replace(runs[0], evaluations=tuple(several))]))
    assert "base,2,0.5\n" in figure.table and "one-shot,1,0.25\n" in figure.table


def algorithm(run: Run, name: str, reward: str = "outcome") -> Run:
    config = copy.deepcopy(run.config)
    config.algorithm.name, config.reward.name = name, reward
    ledger = tuple(replace(row, zero_advantage=row.zero_advantage and name == "grpo") for row in run.ledger)
    return replace(run, config=config, ledger=ledger)


def test_groups_figure_of_every_algorithm(runs, tmp_path):
    """Tokens of PPO have advantages in groups that all earn the same: those are no groups in which rewards differ."""
    group, tokens = (groups(study([algorithm(runs[0], name)])) for name in ("grpo", "ppo"))
    assert tokens.table == group.table and tokens.alt == group.alt
    assert group.caption.endswith("every advantage is 0 and the group has no policy gradient.")
    assert "every advantage is 0" not in tokens.caption and "one-shot (ppo): every token has its own" in tokens.caption
    both = groups(study([runs[1], algorithm(runs[0], "reinforce_pp")])).caption
    assert "no policy gradient. Not so one-shot (reinforce_pp): every token" in both
    own = groups(study([runs[1], algorithm(runs[0], "ppo", "custom")]))
    assert own.caption.endswith("Not known, and not drawn: one-shot.") and "one-shot" not in own.table
    assert groups(study([algorithm(runs[0], "ppo", "custom")])) is None


def test_gradient_terms_figure(runs):
    names = {f"policy/grad_norm_{t}": Series(t, (10, 20), (0.5, 0.0)) for t in ("policy", "kl", "brevity")}
    figure = gradient_terms(study([replace(runs[0], metrics=Metrics(runs[0].metrics.by_name | names))]))
    assert "one-shot,0,KL,10,0.5\n" in figure.table and "one-shot,0,brevity,20,0\n" in figure.table
    assert "exactly 0 has no point" in figure.caption
    assert gradient_terms(study(runs)) is None


def test_a_metric_of_ones_own_is_drawn(runs):
    names = {"brevity/un$likely": Series("x", (10, 20), (0.5, 0.25))}
    found = study([replace(runs[0], metrics=Metrics(runs[0].metrics.by_name | names))])
    (what,) = own_traces(found)
    figure = trace(found, what)
    assert figure.name == "own_brevity_un_likely" and figure.title == "brevity/un$likely"
    assert figure.table.splitlines() == ["arm,seed,step,brevity_un$likely", "one-shot,0,10,0.5", "one-shot,0,20,0.25"]
    assert own_traces(study(runs)) == []


def test_measuring_gradients_does_not_make_another_arm(tmp_path):
    one, two = make_config(Story()), make_config(Story(seed=1))
    two.trainer.grad_terms_every = 10
    made = [Run(tmp_path, config, Metrics({}), (), (), (), Environment(), ()) for config in (one, two)]
    assert len(make_arms(made)) == 1


def test_a_report_writes_it_all(runs, tmp_path, monkeypatch):

    monkeypatch.setattr(draw, "render", lambda drawing: (b"png", b"png"))
    shutil.copytree(runs[0].path, tmp_path / "run")
    made = build.write_report([tmp_path / "run"])
    html = made.page.read_text()
    assert f"the same on {TWIN}" in html
    assert "All held-out sets" not in html and "What the gain is made of" in html and "--resave" in html
    assert {"gain_decomposed.csv", "gain_decomposed.png", "worked_examples.jsonl"} <= {f.name for f in made.files}


def test_few_files_of_kept_rollouts_are_opened(runs, tmp_path, monkeypatch):
    """A long run holds thousands of them, and the last may hold no right answer."""
    opened = []
    monkeypatch.setattr(report_parts, "each_rollout", lambda _, step: opened.append(step) or iter(()))
    run = replace(runs[0], rollout_steps=tuple(range(1, 61)))
    assert write_shots(run, tmp_path) is None
    solved = sorted({row.step for row in run.ledger if row.correct}, reverse=True)
    assert opened == solved[: report_parts.OPENED_FILES] and len(opened) == 20


def test_the_time_of_a_step_is_split_into_phases(runs):
    assert report_parts._step_time(runs[0]) == "0.6 s: generate 0.3, update 0.2"
    tail = Series("time/tail", (1, 2, 3), (0.1, 0.05, 0.4))
    metrics = replace(runs[0].metrics, by_name=runs[0].metrics.by_name | {"time/tail": tail})
    shown = report_parts._step_time(replace(runs[0], metrics=metrics))
    assert shown == "0.6 s: generate 0.3 (its last tenth of rollouts 0.1), update 0.2"
    assert report_parts._step_time(replace(runs[0], metrics=replace(metrics, by_name={}))) == NONE
