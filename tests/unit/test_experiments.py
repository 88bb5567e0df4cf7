"""Every experiment file against the paper: its settings and numbers stand in tests/golden/published_settings.csv."""

import csv
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml

from oneshot_rlvr.config import hardware, step_time
from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.overrides import group_options
from oneshot_rlvr.config.schedule import num_saves
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.config.shapes import num_parameters
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation.protocols import load_protocol
from oneshot_rlvr.files import step_name
from oneshot_rlvr.paths import configs_dir
from oneshot_rlvr.trainer import preflight
from oneshot_rlvr.trainer.dry_run import batch_algebra, describe
from sandbox_factory import demonstrations, programs

GOLDEN = Path(__file__).parent.parent / "golden" / "published_settings.csv"
BENCHMARKS = ("math500", "aime24", "amc23", "minerva_math", "olympiadbench", "aime25", "average")
# Words of a description that say what a row deviates in; the file's comment says more.
DEVIATIONS = (
    "id 265", "own draw", "own wording", "length assumed", "critic settings assumed", "not the paper's draw",
    "own chat template", "whole response graded", "public copy",
)  # fmt: skip
BEYOND = ("dsr_sub_chosen", *(f"pi1_r128_{name}" for name in (  # no rows of the paper
    "dapo", "gspo", "cispo", "max_rl", "pass_at_k", "raft", "entropy_min", "confidence", "ttrl", "prefixes",
    "entropy_target", "sdpo", "self_certainty",
)))  # fmt: skip
# Model -> parameters as published, in billions; rows for pi_1 with the right answer and for its format alone.
CLEAN = {"olmo2_1b": 1.48, "olmo2_7b": 7.30, "qwen3_1_7b_base": 1.72, "llama32_1b": 1.24, "llama32_3b": 3.21,
         "smollm2_1_7b": 1.71, "gemma3_1b": 1.00}  # fmt: skip
CLEAN_ROWS = {f"pi1_r128_{control}{name}" for name in CLEAN for control in ("", "format_")}
SANDBOX = [name for name in group_options("experiment") if name.startswith(("sandbox_", "azr_world"))]
REAL = [name for name in group_options("experiment") if name.startswith("smollm2_")]  # tests/unit/test_word_problems.py
# Stages of the shipped bases -> the stage before; data.demonstrations comes from the command line.
SUPERVISED = {
    "sandbox_skill": "", "sandbox_base_e": "sandbox_skill", "sandbox_base_d": "sandbox_skill",
    "sandbox_programs_skill": "", "sandbox_programs_drill": "sandbox_programs_skill",
    "sandbox_base_p": "sandbox_programs_drill",
}  # fmt: skip


def published_rows() -> dict[str, dict[str, str]]:
    with GOLDEN.open(newline="") as file:
        return {row["experiment"]: row for row in csv.DictReader(file)}


ROWS = published_rows()


@cache
def experiment(name: str) -> RunConfig:
    return load_run_config([f"+experiment={name}"])


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No GPU, no data, no network."""
    for module in (hardware, step_time):
        monkeypatch.setattr(module, "gpus", list)
    monkeypatch.delenv("RLVR_DATA_DIR", raising=False)
    monkeypatch.setenv("RLVR_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))


def trained_on(config: RunConfig) -> str:
    """The training set in the words of the table."""
    data = config.data
    if data.problem:
        assert "cube root of 2048" in data.problem and data.answer == "12.8"
        return "pi1'"
    if data.file:
        return data.file
    if data.examples == [f"pi{rank}" for rank in range(1, 17)]:
        return "pi1..pi16"
    if all(name.isdigit() for name in data.examples):
        return f"{len(set(data.examples))} at random"
    return "+".join(data.examples)


# The table


def test_every_row_of_the_table_is_an_experiment_and_the_reverse() -> None:
    self_play = {name for name in group_options("experiment") if name.startswith("azr_")}  # test_selfplay_config.py
    others = {*SANDBOX, *REAL, *BEYOND, *CLEAN_ROWS, *self_play}
    assert set(group_options("experiment")) == set(ROWS) | others
    assert len(ROWS) == 72 and len(SANDBOX) >= 10
    tables = {row["table"] for row in ROWS.values()}
    assert tables == {"3", "4", "5", "8", "9", "10", "12", "13", "14", "17", "18", "Figure 5"}


@pytest.mark.parametrize("name", ROWS)
def test_settings_are_those_of_the_table(name: str) -> None:
    row, config = ROWS[name], experiment(name)
    algorithm = config.algorithm
    assert config.experiment == name
    assert config.model.path == row["model"] and not config.model.random_init
    assert (trained_on(config), config.data.copies) == (row["train"], int(row["copies"]))
    assert (algorithm.name, config.reward.name) == (row["algorithm"], row["reward"])
    terms = (algorithm.policy_coef, config.optimizer.weight_decay, algorithm.kl_coef, algorithm.entropy_coef)
    assert terms == tuple(float(row[key]) for key in ("policy", "decay", "kl", "entropy"))
    assert (config.data.label or "") == row["label"]
    assert config.data.label_noise == float(row["noise"])
    assert config.data.label_noise_method == ("perturb" if float(row["noise"]) else "swap")
    assert config.rollout.temperature == float(row["temperature"])
    assert config.rollout.max_new_tokens == int(row["response"])
    assert config.eval.max_new_tokens == 0  # as long as in training
    assert config.trainer.total_steps == int(row["steps"])


@pytest.mark.parametrize("name", ROWS)
def test_what_all_rows_share(name: str) -> None:
    config = experiment(name)
    assert (config.data.prompts_per_step, config.algorithm.group_size, config.data.max_prompt_tokens) == (128, 8, 1024)
    assert (config.optimizer.lr, config.optimizer.warmup_steps, config.optimizer.clip_norm) == (1e-6, 0, 1.0)
    assert (config.algorithm.clip_ratio, config.algorithm.updates_per_step, config.rollout.top_p) == (0.2, 1, 1.0)
    assert (config.data.validation, config.eval.temperature, config.reward.grader) == ("math500", 0.0, "deepscaler")
    assert config.data.group_copies == "separate"
    algebra = batch_algebra(config)
    assert (algebra.groups, algebra.rollouts, algebra.rollouts_per_update) == (128, 1024, 1024)
    interval = 20 if config.trainer.total_steps >= 1000 else config.trainer.total_steps // 4 or 1
    if config.trainer.total_steps == 10:
        interval = 2
    assert config.trainer.eval_every == config.checkpoint.every == interval
    assert num_saves(config) == config.trainer.total_steps // interval


@pytest.mark.parametrize("name", ROWS)
def test_published_numbers_and_the_words_about_them(name: str) -> None:
    row, config = ROWS[name], experiment(name)
    assert config.published == {key: float(row[key]) for key in BENCHMARKS if row[key]}
    named = row["table"] if row["table"].startswith("Figure") else f"Table {row['table']}"
    assert config.reproduces.startswith(named)
    text = (configs_dir() / "experiment" / f"{name}.yaml").read_text()
    assert text.splitlines()[1].startswith("# "), "the second line says what the row is"
    assert any(words in config.description for words in DEVIATIONS) == ("# Deviates:" in text)


def test_averages_are_means_of_their_row_except_where_the_paper_says_otherwise() -> None:
    """Table 9 prints the best of each benchmark beside the average of one checkpoint."""
    for name, row in ROWS.items():
        if row["average"] and row["table"] != "9":
            mean = sum(float(row[key]) for key in BENCHMARKS[:-1]) / 6
            assert mean == pytest.approx(float(row["average"]), abs=0.06), name


@pytest.mark.parametrize("model", CLEAN)
def test_clean_families_differ_from_the_papers_row_in_their_model_alone(model: str) -> None:
    paper = experiment("pi1_r128_7b" if model == "olmo2_7b" else "pi1_r128")
    row, control = experiment(f"pi1_r128_{model}"), experiment(f"pi1_r128_format_{model}")
    assert num_parameters(row.model.shape) / 1e9 == pytest.approx(CLEAN[model], abs=0.005)
    assert (row.model.template, row.reproduces, row.published, row.reward.name) == ("plain", "", {}, "outcome")
    of_the_row = {key: getattr(row, key) for key in ("model", "experiment", "description")}
    assert replace(paper, **of_the_row, reproduces="", published={}) == row
    changed = replace(control, reward=row.reward, experiment=row.experiment, description=row.description)
    assert control.reward.name == "format" and changed == row


@pytest.mark.usefixtures("bare_machine")
@pytest.mark.parametrize("name", sorted(CLEAN_ROWS))
def test_dry_run_of_clean_families(name: str) -> None:
    text = describe(experiment(name))
    assert re.search(r"^memory ", text, re.MULTILINE) and re.search(r"^time \(estimate\)", text, re.MULTILINE)
    refusals = [line for line in text.splitlines() if line.startswith("would refuse: ")]
    assert refusals and not any("position" in line or "template" in line for line in refusals)


# Dry runs


@pytest.mark.usefixtures("bare_machine")
@pytest.mark.parametrize("name", [*ROWS, *(name for name in SANDBOX if name not in SUPERVISED)])
def test_dry_run_of_a_machine_that_has_nothing(name: str) -> None:
    config = experiment(name)
    lines = describe(config).splitlines()
    assert lines[0] == f"{name}: {config.description}"
    assert any(line.startswith("time (estimate)") for line in lines)
    refusals = [line for line in lines if line.startswith("would refuse: ")]
    if name in SANDBOX:
        assert refusals == []
        return
    assert any("this machine has no GPU" in line for line in refusals)
    needs = config.data.file or ("dsr_sub" if trained_on(config) not in ("pi1", "pi13", "pi1+pi13", "pi1'") else "")
    assert any(f"rlvr data fetch {needs}" in line for line in refusals) if needs else True
    with pytest.raises(UserError) as refused:
        preflight.check(config)
    assert f"would refuse: {refused.value}" == refusals[0] and "\n" not in str(refused.value)


@pytest.mark.usefixtures("bare_machine")
def test_figures_of_a_dry_run() -> None:
    lines = describe(experiment("dsr_sub")).splitlines()
    assert "training rows     1208 (dsr_sub, copies 1); 9 steps an epoch, 56 rows left over" in lines
    assert "steps             2,000: 2,048,000 rollouts, 2,000 updates" in lines
    assert "validations       101 on math500 (500 problems)" in lines
    assert "checkpoints       100, all kept" in lines
    lines = describe(experiment("pi1_r128_entropy_7b")).splitlines()
    assert "steps             4: 4,096 rollouts, 4 updates" in lines
    assert "validations       5 on math500 (500 problems)" in lines


def test_dry_run_and_refusal_in_processes_of_their_own(tmp_path: Path) -> None:
    """The same through the command line: exit code 0 for the dry run, 2 and one line for the run."""
    import os

    env = os.environ | {"RLVR_CACHE": str(tmp_path), "CUDA_VISIBLE_DEVICES": ""}
    env.pop("RLVR_DATA_DIR", None)
    command = [sys.executable, "-m", "oneshot_rlvr", "train", "+experiment=random16_r8_7b"]
    dry = subprocess.run([*command, "--dry-run"], capture_output=True, text=True, env=env, timeout=60, cwd=tmp_path)
    assert dry.returncode == 0 and dry.stderr == ""
    assert "would refuse: model.path=Qwen/Qwen2.5-Math-7B has 7.6 billion parameters" in dry.stdout
    real = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60, cwd=tmp_path)
    assert real.returncode == 2 and real.stdout == ""
    assert real.stderr.startswith("rlvr: error: ") and real.stderr.count("\n") == 1


# The sandbox's bases, and its controls


@pytest.mark.usefixtures("bare_machine")
@pytest.mark.parametrize("name", SUPERVISED)
def test_dry_run_of_supervised_training(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = describe(load_run_config([f"+experiment={name}", "data.demonstrations=none.jsonl"])).splitlines()
    refusals = [line.removeprefix("would refuse: ") for line in lines if line.startswith("would refuse: ")]
    text = "demonstrations: no file none.jsonl"
    before = SUPERVISED[name]
    if not before:
        assert refusals == [text]
        return
    last = f"runs/{before}/seed0/checkpoints/{step_name(experiment(before).trainer.total_steps)}"
    assert sorted(refusals) == [text, f"model.path={last}: no such folder, and not a hub id (owner/name)"]


def test_the_bases_learn_from_the_lines_that_are_written_for_them() -> None:
    """Each once; of the program world's first stage, which was stopped there, the first half of a shuffled pass."""
    lines = [stage.steps * demonstrations.LINES_PER_STEP for stage in demonstrations.STAGES.values()]
    lines += [programs.STAGES[name].lines for name in ("programs_skill", "programs_drill", "programs_habits")]
    for name, written in zip(SUPERVISED, lines, strict=True):
        config = experiment(name)
        part = {"sandbox_programs_skill": 0.5, "sandbox_programs_drill": 0.6}.get(name, 1.0)
        assert config.trainer.total_steps * config.data.prompts_per_step == part * written
        assert name == "sandbox_programs_skill" or config.optimizer.decay_end == config.trainer.total_steps


def test_sandbox_controls_differ_in_what_they_are_about() -> None:
    base = yaml.safe_load(yaml.safe_dump(_plain("sandbox_oneshot")))
    changed = {}
    for name in ("entropy", "wrong_label", "unreachable_label", "random", "majority", "4shot"):
        other = _plain(f"sandbox_{name}")
        changed[name] = {
            (f"{section}.{key}", other[section][key])
            for section in base if isinstance(base[section], dict)
            for key in base[section]
            if base[section][key] != other[section][key] and not isinstance(base[section][key], list)
        }  # fmt: skip
    assert changed == {
        "entropy": {("algorithm.policy_coef", 0.0), ("algorithm.kl_coef", 0.0), ("algorithm.entropy_coef", 0.001),
                    ("optimizer.weight_decay", 0.0)},
        "wrong_label": {("data.label", "121")},
        "unreachable_label": {("data.label", "929725")},
        "random": {("reward.name", "random")},
        "majority": {("reward.name", "majority")},
        "4shot": {("data.copies", 2)},
    }  # fmt: skip


def test_the_four_examples_of_the_sandbox_are_of_four_families() -> None:
    from oneshot_rlvr.data.training_set import training_problems

    rows = training_problems(experiment("sandbox_4shot").data)
    assert [row.problem.category for row in rows] == ["mul", "add", "word", "eqn"] * 2
    assert training_problems(experiment("sandbox_oneshot").data)[0].problem == rows[0].problem


def _plain(name: str) -> dict[str, dict[str, object]]:
    import dataclasses

    return {key: value for key, value in dataclasses.asdict(experiment(name)).items() if isinstance(value, dict)}


# Rows that only evaluate


@pytest.mark.parametrize(
    ("name", "model", "published"),
    [
        ("base_qwen25_math_1_5b", "Qwen/Qwen2.5-Math-1.5B", "36.0 6.7 28.1 8.1 22.2 4.6 17.6"),
        ("base_qwen25_math_7b", "Qwen/Qwen2.5-Math-7B", "51.0 12.1 35.3 11.0 18.2 6.7 22.4"),
        ("base_llama32_3b_instruct", "meta-llama/Llama-3.2-3B-Instruct", "40.8 8.3 25.3 15.8 13.2 1.7 17.5"),
        ("base_qwen25_1_5b", "Qwen/Qwen2.5-1.5B", "3.2 0.4 3.1 2.6 1.2 1.7 2.0"),
        ("base_qwen25_math_1_5b_instruct", "Qwen/Qwen2.5-Math-1.5B-Instruct", "73.4 10.8 55.0 29.0 38.5 6.7 35.6"),
        ("base_r1_distill_8k", "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", "76.7 20.8 51.3 23.3 35.4 19.7 37.9"),
        ("base_r1_distill_32k", "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", "82.9 29.8 63.2 26.4 43.1 23.9 44.9"),
        ("deepscaler_preview_8k", "agentica-org/DeepScaleR-1.5B-Preview", "86.3 35.2 68.1 29.6 46.7 28.3 49.0"),
        ("deepscaler_preview_32k", "agentica-org/DeepScaleR-1.5B-Preview", "87.6 41.4 73.2 30.6 49.6 31.3 52.3"),
        ("in_context_pi1", "Qwen/Qwen2.5-Math-1.5B", "59.0 8.3 34.7 19.9 25.6 5.4 25.5"),
        ("in_context_pi1_7b", "Qwen/Qwen2.5-Math-7B", "75.4 15.8 48.4 30.1 41.3 13.3 37.4"),
        ("in_context_generic4", "Qwen/Qwen2.5-Math-1.5B", "49.8 1.7 16.9 19.9 19.9 0.0 18.0"),
        ("in_context_generic4_7b", "Qwen/Qwen2.5-Math-7B", "59.2 4.2 20.9 20.6 24.4 0.8 21.7"),
        ("in_context_generic1", "Qwen/Qwen2.5-Math-1.5B", "34.6 2.5 14.4 12.1 21.0 0.8 14.2"),
        ("in_context_generic1_7b", "Qwen/Qwen2.5-Math-7B", "54.0 4.2 23.4 18.4 21.2 2.1 20.6"),
    ],
)
def test_rows_that_only_evaluate(name: str, model: str, published: str) -> None:
    protocol = load_protocol(name)
    assert protocol.model == model
    assert protocol.published == dict(zip(BENCHMARKS, map(float, published.split()), strict=True))
    assert protocol.max_new_tokens == {"8k": 8192, "32k": 32768}.get(name.rsplit("_", 1)[-1], 3072)


@pytest.mark.parametrize(
    ("name", "easy", "challenge"),
    [
        ("arc_base", 48.0, 30.2), ("arc_math_train", 51.6, 32.8), ("arc_dsr_sub", 42.2, 29.9), ("arc_pi1", 52.0, 32.2),
        ("arc_pi13", 55.8, 33.4), ("arc_pi1_pi13", 52.1, 32.4),
    ],
)  # fmt: skip
def test_arc_rows(name: str, easy: float, challenge: float) -> None:
    protocol = load_protocol(name)
    assert protocol.published == {"arc_easy": easy, "arc_challenge": challenge}
    assert protocol.benchmarks == ("arc_easy", "arc_challenge")
    assert protocol.model == ("Qwen/Qwen2.5-Math-1.5B" if name == "arc_base" else None)
