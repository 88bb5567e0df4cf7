"""A study file and its plan: arms, nested sets, folders, what is refused, what it costs."""

from pathlib import Path

import pytest

from oneshot_rlvr.cli import main
from oneshot_rlvr.commands.study import choose, command
from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.sampler import run_path
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.report.compare import kind_of
from oneshot_rlvr.trainer.dry_run import Cost
from oneshot_rlvr.trainer.study import Study, load_study, nested_order, plan_runs, shipped_studies

SMALL = Study("sandbox_oneshot", example="pool-0084", seeds=(0, 1), ladder=(2, 16, "pool"), others=1)


def configs(study: Study) -> dict[str, object]:
    return {run.arm: load_run_config(list(run.overrides)) for run in plan_runs(study, Path("out")) if run.seed == 0}


def test_every_shipped_study_can_be_planned() -> None:
    assert shipped_studies() == ["familiarity", "sandbox", "trials", "word_problems"]
    sandbox = plan_runs(load_study("sandbox"), Path("out"))
    assert len(sandbox) == 12 * 3
    assert len(plan_runs(load_study("word_problems"), Path("out"))) == 7 * 3  # context is no run
    assert len(plan_runs(load_study("familiarity"), Path("out"))) == 1 + 2 * 3
    trials = plan_runs(load_study("trials"), Path("out"))
    assert len({load_run_config(list(run.overrides)).data.examples[0] for run in trials[:9]}) == 9 < len(trials) == 64


def test_sets_are_nested_and_fill_a_step() -> None:
    made = configs(SMALL)
    one, two, sixteen = (made[name].data for name in ("one_shot", "shots_2", "shots_16"))
    assert one.examples == ["pool-0084"] == two.examples[:1] and two.examples == sixteen.examples[:2]
    assert [len(set(data.examples)) for data in (one, two, sixteen)] == [1, 2, 16]
    assert [data.copies for data in (one, two, sixteen)] == [8, 4, 1]  # of a step of 8 prompts
    assert made["other_1"].data.examples[0] not in sixteen.examples
    assert (made["pool"].data.file, made["pool"].data.examples) == ("sandbox_pool", [])
    again, _ = nested_order(SMALL, made["one_shot"])
    other, _ = nested_order(Study("sandbox_oneshot", example="pool-0084", draw=1), made["one_shot"])
    assert again != other and sorted(again) == sorted(other) and len(again) == 512


def test_arms_are_the_controls_that_they_are_called(tmp_path: Path) -> None:
    made = configs(SMALL)
    rewards = {name: made[name].reward.name for name in ("format", "random", "constant", "inverted", "majority")}
    assert rewards == {name: name for name in rewards}
    assert made["entropy"].algorithm.policy_coef == 0 < made["entropy"].algorithm.entropy_coef
    assert [made[name].trainer.eval_first for name in ("one_shot", "format")] == [True, False]
    assert [str(run_path(made[name])) for name in ("one_shot", "pool")] == ["out/one_shot/seed0", "out/pool/seed0"]


def test_a_second_model_has_arms_of_its_own() -> None:
    models = ("sandbox_e", "sandbox_d")
    study = Study("sandbox_oneshot", models=models, arms=("one_shot", "format"), ladder=(), seeds=(3,))
    runs = plan_runs(study, Path("out"))
    assert [run.arm for run in runs] == ["one_shot", "format", "sandbox_d_one_shot", "sandbox_d_format"]
    paths = [load_run_config(list(run.overrides)).model.path for run in runs]
    assert paths == ["sandbox:base_e"] * 2 + ["sandbox:base_d"] * 2


def test_a_made_model_comes_first_and_is_what_its_arms_start_from() -> None:
    runs = plan_runs(load_study("familiarity"), Path("out"), ["trainer.total_steps=7"])
    maker, first, second = runs[:3]
    assert [run.arm for run in runs[:3]] == ["fine_tuned", "one_shot", "fine_tuned_one_shot"]
    assert command(maker).startswith("rlvr sft algorithm=sft +experiment=sandbox_worked ")
    made = load_run_config(list(maker.overrides))
    assert (made.algorithm.name, made.model.path, made.trainer.total_steps) == ("sft", "sandbox:base_e", 40)
    assert second.maker == maker and first.maker is None
    config = load_run_config(list(second.overrides))
    assert config.model.path == "out/fine_tuned/seed0/checkpoints/step_000040"  # the settings are of the others
    assert (config.trainer.total_steps, config.data.examples) == (7, ["pool-0084"])


def test_an_arm_waits_for_its_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "familiarity", "--output", str(tmp_path / "out"), "--arm", "2"]) == 2
    said = capsys.readouterr().err
    assert said.endswith("step_000040, which --arm fine_tuned makes first\n") and said.count("\n") == 1
    assert main(["study", "familiarity", "--dry-run"]) == 0
    assert "Not counted" not in capsys.readouterr().out


def test_own_arms_and_settings() -> None:
    study = Study("sandbox_oneshot", arms=("one_shot",), ladder=(), own={"noisy": ("reward.false_positive=0.1",)})
    runs = plan_runs(study, Path("out"), ["trainer.total_steps=7"])
    assert [run.arm for run in runs] == ["one_shot", "noisy"] * 3  # seed after seed
    config = load_run_config(list(runs[1].overrides))
    assert (config.reward.false_positive, config.trainer.total_steps, config.data.examples) == (0.1, 7, ["pool-0002"])
    assert [run.seed for run in choose(runs, "noisy")] == [0, 1, 2] and choose(runs, "3") == [runs[3]]


@pytest.mark.parametrize(("text", "said"), [
    ("experiment: sandbox_oneshot\narms: [one_shot, fromat]", "unknown arm 'fromat'; did you mean 'format'?"),
    ("experiment: sandbox_oneshot\narms: [format]", "one_shot is what the others are compared with"),
    ("experiment: sandbox_oneshot\nseed: [1]", "unknown key 'seed'; did you mean 'seeds'?"),
    ("experiment: sandbox_oneshot\nseeds: [1, 1]", "different whole numbers"),
    ("experiment: sandbox_oneshot\nladder: [1, 2]", "ladder: 1 is too small"),
    ("experiment: sandbox_oneshot\nladder: [two]", "'ladder"),
    ("experiment: sandbox_oneshot\nown: {pool: [reward=format]}", "own: 'pool' is taken"),
    ("experiment: sandbox_oneshot\nmade: {mine: [a=b]}", "made: mine is not among the models"),
    ("experiment: sandbox_oneshot\nown: {mine: []}\nmade: {mine: []}", "made: 'mine' is taken"),
    ("arms: [one_shot]", "'experiment' is missing"),
    ("experiment: [", "cannot be read as YAML"),
    ("experiment: sandbox_oneshot\nexample: pool-9999", "example pool-9999 is not in pool sandbox_pool"),
    ("experiment: sandbox_oneshot\nladder: [600]", "too few for the ladder"),
    ("experiment: sandbox_oneshot\nsettings: [trainer.totl_steps=3]", "totl_steps"),
    ("experiment: sandbox_oneshot\nown: {bad: [reward.false_positive=2]}", "arm bad: reward.false_positive"),
])  # fmt: skip
def test_a_wrong_file_is_one_line(tmp_path: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    assert main(["study", str(path), "--dry-run"]) == 2
    line = capsys.readouterr().err
    assert said in line and line.count("\n") == 1


def test_a_wrong_name_or_arm_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "sandbx"]) == 2
    assert "did you mean 'sandbox'?" in capsys.readouterr().err
    runs = plan_runs(SMALL, Path("out"))
    with pytest.raises(UserError, match="did you mean 'format'"):
        choose(runs, "fromat")
    with pytest.raises(UserError, match=f"numbers 0 to {len(runs) - 1}"):
        choose(runs, "99")


def test_costs_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert Cost(1.0, 2.0, 3.0).times(3).plus(Cost(1.0, 1.0, 1.0)) == Cost(4.0, 7.0, 10.0)
    assert main(["study", "sandbox", "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("| shots_") for line in lines) == 3
    assert any(line.startswith("| all | 36 |") for line in lines)


def test_kinds_of_the_arms_are_those_of_a_report() -> None:
    from oneshot_rlvr.report.run_files import Environment, Metrics, Run

    kinds = {name: kind_of(Run(Path(), config, Metrics({}), (), (), (), Environment(), ()))  # type: ignore[arg-type]
             for name, config in configs(SMALL).items()}  # fmt: skip
    assert kinds == {"one_shot": "one_shot", "other_1": "one_shot", "format": "format", "random": "spurious",
                     "constant": "spurious", "inverted": "spurious", "majority": "spurious", "entropy": "entropy",
                     "shots_2": "few_shot", "shots_16": "few_shot", "pool": "full"}  # fmt: skip
