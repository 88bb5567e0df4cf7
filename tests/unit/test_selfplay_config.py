"""Settings of self-play: the published rows, the two presets, dry runs, and what does not go together."""

import csv
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from oneshot_rlvr import cli
from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.overrides import group_options
from oneshot_rlvr.config.schedule import StepCounts, step_counts
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.trainer import preflight
from oneshot_rlvr.trainer.dry_run import describe

GOLDEN = Path(__file__).parent.parent / "golden" / "published_selfplay.csv"
ROWS = {row["experiment"]: row for row in csv.DictReader(GOLDEN.read_text().splitlines())}
BENCHMARKS = ("humaneval_plus", "mbpp_plus", "livecodebench", "aime24", "aime25", "amc23", "math500", "minerva_math",
              "olympiadbench", "code_average", "math_average", "average")  # fmt: skip


def settings(config: Any, prefix: str = "") -> dict[str, Any]:
    """Every key of a configuration."""
    found: dict[str, Any] = {}
    for item in dataclasses.fields(config):
        value = getattr(config, item.name)
        found |= settings(value, f"{prefix}{item.name}.") if dataclasses.is_dataclass(value) else {
            f"{prefix}{item.name}": value}  # fmt: skip
    return found


def test_every_published_row_is_an_experiment_and_the_reverse() -> None:
    found = {name for name in group_options("experiment") if name.startswith("azr_")}
    assert found - {"azr_world"} == set(ROWS) and len(ROWS) == 10


@pytest.mark.parametrize("name", ROWS)
def test_settings_are_those_of_the_row(name: str) -> None:
    row, config = ROWS[name], load_run_config([f"+experiment={name}"])
    play, algorithm = config.selfplay, config.algorithm
    assert config.published == {key: float(row[key]) for key in BENCHMARKS if row[key]}
    assert (config.model.path, " ".join(play.kinds)) == (row["model"], row["kinds"])
    assert (play.train_proposer, play.references) == (row["train_proposer"] == "true", int(row["references"]))
    assert (play.seed_tasks, algorithm.updates_per_step) == (int(row["seed_tasks"]), int(row["updates"]))
    # what all rows share
    assert (play.enabled, play.proposals, play.solves, play.mc_rollouts, play.induction_inputs) == (True, 64, 64, 8, 10)
    assert (play.mc_temperature, config.rollout.temperature, config.rollout.top_p) == (1.0, 1.0, 1.0)
    assert (config.data.max_prompt_tokens, config.rollout.max_new_tokens) == (6144, 8096)
    terms = (algorithm.name, algorithm.kl_coef, algorithm.entropy_coef, algorithm.clip_ratio)
    assert terms == ("trr_pp", 0, 0.001, 0.2)
    assert (config.optimizer.lr, config.optimizer.clip_norm, config.trainer.total_steps) == (1e-6, 1.0, 500)
    assert (play.buffer_cap, play.proposer_weight, play.reward, config.model.template) == (
        16384, 1.0, "paper", "think-answer")  # fmt: skip


def test_averages_are_means_of_their_row() -> None:
    """Up to one digit; the 3B row prints averages of its own."""
    for name, row in ROWS.items():
        if row["aime24"]:
            code = sum(float(row[key]) for key in BENCHMARKS[:3]) / 3
            mathematics = sum(float(row[key]) for key in BENCHMARKS[3:9]) / 6
            assert code == pytest.approx(float(row["code_average"]), abs=0.1), name
            assert mathematics == pytest.approx(float(row["math_average"]), abs=0.1), name
        both = (float(row["code_average"]) + float(row["math_average"])) / 2
        assert both == pytest.approx(float(row["average"]), abs=0.1), name


def test_the_two_presets_differ_in_the_options_of_the_method_alone() -> None:
    plain, paper, repo = (settings(load_run_config(["+experiment=azr_coder_7b", *more]))
                          for more in ([], ["+compat=azr_paper"], ["+compat=azr_repo"]))  # fmt: skip
    assert plain == paper
    assert {key: (paper[key], repo[key]) for key in paper if paper[key] != repo[key]} == {
        "algorithm.advantage_weighting": ("sample", "token"),
        "algorithm.minibatch_order": ("shuffled", "task_blocks"),
        "selfplay.phase_order": ("same_step", "previous_step"),
        "selfplay.edge_reward": (0.0, -0.5),
        "selfplay.strict_bool": (True, False),
        "selfplay.eviction": ("fifo", "newest"),
        "selfplay.gate.single_function": (False, True),
    }


@pytest.mark.parametrize("name", ROWS)
def test_dry_run(name: str) -> None:
    lines = describe(load_run_config([f"+experiment={name}"])).splitlines()
    assert lines[0].startswith(f"{name}: self-play (Absolute Zero)")
    kinds = len(ROWS[name]["kinds"].split())
    assert f"solve a step      {64 * kinds} answers" in lines
    assert "validations       26 on cruxeval (1,600 problems)" in lines
    assert any(line.startswith("time (estimate)") for line in lines)


def test_the_phases_of_a_step_are_counted() -> None:
    config = load_run_config(["+experiment=azr_coder_7b"])
    # 3 x 64 proposals, 8 answers to each, 3 x 64 answers; trained on: proposals and answers
    assert step_counts(config) == StepCounts(prompts=3 * 192, sampled=192 + 1536 + 192, trained=384)
    text = describe(config)
    assert "measure a step    at most 1,536 answers, 8 to each valid proposal, at temperature 1" in text
    assert "sampled a step    at most 1,920, 80% of them to measure" in text
    assert "trained a step    384 rollouts, in 3 updates (shuffled)" in text
    reused = load_run_config(["+experiment=azr_coder_7b", "selfplay.solver_source=mc_reuse",
                              "selfplay.train_proposer=false"])  # fmt: skip
    assert step_counts(reused) == StepCounts(prompts=2 * 192, sampled=192 + 1536, trained=1536)


@pytest.mark.parametrize(("changes", "line"), [
    (["selfplay.mc_temperature=0"], "selfplay.mc_temperature=0.0: must be above 0"),
    (["rollout.temperature=0"], "rollout.temperature=0.0: must be above 0"),
    (["selfplay.kinds=[deducton]"], "selfplay.kinds=deducton: not known; did you mean 'deduction'?"),
    (["selfplay.kinds=[induction]"], "induction takes its programs from deduction or abduction"),
    (["selfplay.kinds=[deduction,deduction]"], "a kind is there twice"),
    (["algorithm=ppo"], "algorithm.name=ppo: self-play compares the rollouts of a kind and role; give"),
    (["source.prefetch=true"], "selfplay.enabled=true is a source of its own; drop source.keep_mixed"),
    (["source.keep_mixed=true"], "selfplay.enabled=true is a source of its own; drop source.keep_mixed"),
    (["data.examples=[pi1]"], "data.examples and selfplay.enabled=true are both given; drop either"),
    (["reward=format"], "reward.name=format: self-play has selfplay.reward"),
    (["selfplay.gate.max_depth=200"], "selfplay.gate.max_depth=200: must be between 0 and 100"),
    (["selfplay.gate.max_depth=3"], "selfplay.gate.max_depth=3: only selfplay.dialect=world has it"),
    (["selfplay.gate.deepen=0.5"], "selfplay.gate.deepen=0.5: only selfplay.dialect=world has it"),
    (["selfplay.depth_bonus=0.2"], "selfplay.depth_bonus=0.2: only selfplay.dialect=world has it"),
    (["selfplay.proposer=random"], "selfplay.proposer=random: only selfplay.dialect=world has it"),
    (["selfplay.dialect=world", "selfplay.gate.max_depth=3", "selfplay.gate.min_depth=4"],
     "selfplay.gate.min_depth=4 is above selfplay.gate.max_depth=3"),
    (["selfplay.solver_source=mc_reuse", "selfplay.mc_temperature=0.6"],
     "selfplay.mc_temperature=0.6: selfplay.solver_source=mc_reuse trains on the measuring answers"),
    (["selfplay.solver_truth=majority"], "selfplay.solver_truth=majority compares the answers to one task"),
    (["algorithm.minibatch_order=task_blocks", "algorithm.updates_per_step=4"],
     "algorithm.updates_per_step=4: the 6 groups of kinds and roles do not divide into as many equal updates"),
])  # fmt: skip
def test_what_does_not_go_together_is_one_line(changes: list[str], line: str) -> None:
    with pytest.raises(UserError) as caught:
        preflight.check_settings(load_run_config(["+experiment=azr_coder_7b", *changes]))
    assert line in str(caught.value) and "\n" not in str(caught.value)


def test_other_runs_do_not_know_of_it() -> None:
    assert not RunConfig().selfplay.enabled
    assert "measure a step" not in describe(load_run_config(["+experiment=sandbox_oneshot"]))


PROGRAM = "def f(x):\n    return x * 2\n\nf(3)\nf(4)\n"


@pytest.mark.parametrize(("text", "line"), [
    (None, "cannot be read: No such file or directory"),
    ("def f(x:\n", "syntax"),
    ("def f(x):\n    return x\n", "the program, and below it one call of f or more with their inputs, are needed"),
    ("f(3)\ndef f(x):\n    return x\n", "the program, and below it one call of f or more"),
    ("def g(x):\n    return x\nf(3)\n", "no function f with a parameter at the top of the program (entry)"),
    ("def f(x):\n    return 1 / 0\nf(3)\n", "raises (exception)"),
    ("def f(x):\n    return list({str(x) + c for c in 'abcdefghij'})\nf(3)\n", "give two outputs (nondeterministic)"),
    ("import socket\ndef f(x):\n    return x\nf(3)\n", "uses what programs may not (policy)"),
])  # fmt: skip
def test_a_seed_program_that_is_none_is_one_line(
    text: str | None, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "seed.py"
    if text is not None:
        path.write_text(text)
    words = ["train", "+experiment=azr_coder_7b", "model=tiny_random", "model.template=think-answer",
             "data.max_prompt_tokens=2000", "rollout.max_new_tokens=2000", f"selfplay.seed_program={path}",
             "selfplay.kinds=[deduction]", f"trainer.output_dir={tmp_path}/runs"]  # fmt: skip
    assert cli.main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"rlvr: error: selfplay.seed_program={path}: ") and line in error
    assert error.count("\n") == 1 and not (tmp_path / "runs").exists()


def test_a_seed_program_has_its_inputs_below_it(tmp_path: Path) -> None:
    from oneshot_rlvr.config.schema import SelfPlayConfig
    from oneshot_rlvr.selfplay.build import given_program
    from oneshot_rlvr.selfplay.dialect import PaperDialect

    path = tmp_path / "seed.py"
    path.write_text("# a comment\ndef f(x, y=2):\n    return x * y\n\nf([1,\n   2], y=3)\nf(4)\n")
    found = given_program(SelfPlayConfig(seed_program=str(path)), PaperDialect())
    assert found.program == "# a comment\ndef f(x, y=2):\n    return x * y"
    assert found.arguments == ("[1,\n   2], y=3", "4")
