"""A run of one's own: evaluated as it validates, named as its user names it, told early what does not work."""

import argparse
import json
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from stored import sample

from oneshot_rlvr.commands import doctor, eval
from oneshot_rlvr.config.hardware import Cpu, read_cpu
from oneshot_rlvr.config.load import load_run_config, resolved_yaml
from oneshot_rlvr.config.schedule import set_name, validation_grader, validation_size, validations_from
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.errors import Stopped, UserError
from oneshot_rlvr.evaluation.sweep import SweepPlan
from oneshot_rlvr.paths import sandbox_dir
from oneshot_rlvr.report.forms import GainByForm, forms_words, split_gain
from oneshot_rlvr.terminal import slow_start
from oneshot_rlvr.trainer.dry_run import describe
from oneshot_rlvr.trainer.health import HealthMonitor, no_reward_yet
from oneshot_rlvr.trainer.progress import Progress
from oneshot_rlvr.trainer.stop import leaving
from oneshot_rlvr.types import Grade, Rollout

OWN = ("data.problem=Sam has 6 boxes.", "data.answer=60", "model.path=sandbox:base_e", "data.validation={held}",
       "data.validation_limit=5", "rollout.max_new_tokens=48", "reward.grader=qwen", "trainer.seed=3")  # fmt: skip


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """Eight problems; the first has space around it."""
    path = tmp_path / "held.v2.jsonl"
    lines = [{"id": f"h{i}", "problem": f"{' ' * (i == 0)}What is {i} + 1?", "answer": str(i + 1)} for i in range(8)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def run_of(tmp_path: Path, *overrides: str) -> Path:
    """A run folder with one checkpoint, which is the base itself."""
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    (run / "checkpoints" / "checkpoint-5").symlink_to(sandbox_dir() / "base_e")
    (run / "config.yaml").write_text(resolved_yaml(load_run_config(list(overrides))))
    return run


def plan(*words: object) -> tuple[SweepPlan, list[str]]:
    parser = argparse.ArgumentParser()
    eval.configure(parser)
    return eval.plan_of(parser.parse_args([*map(str, words)]))


def test_a_run_is_evaluated_as_it_validates(tmp_path: Path, held: Path) -> None:
    run = run_of(tmp_path, *(word.format(held=held) for word in OWN))
    made, notes = plan("--ckpt-dir", run)
    protocol = made.protocol
    assert (protocol.name, protocol.template, protocol.max_new_tokens, protocol.seed) == ("run", ("own",), 48, 3)
    assert protocol.graders == ("qwen", "exact") and protocol.rule("held.v2").temperature == 0
    assert made.home_template == "own" and made.output == run / "eval"
    # All of the set, where a run validates on its first problems, under the name and with the text it has there.
    (benchmark,) = made.benchmarks
    assert (benchmark.name, len(benchmark.problems)) == (set_name(str(held)), 8) == ("held.v2", 8)
    assert benchmark.problems[0].prompt == " What is 0 + 1?"
    assert [model.folder_name for model in made.models] == ["step_000000", "step_000005"]
    assert notes[0] == (
        f"protocol run: {held}, template own, greedy, 48 new tokens, grader qwen (as the run validates itself; "
        "--protocol paper takes the paper's six sets)"
    )


def test_the_command_line_changes_what_a_run_gives(tmp_path: Path, held: Path) -> None:
    run = run_of(tmp_path, *(word.format(held=held) for word in OWN), "eval.temperature=0.5", "eval.max_new_tokens=60",
                 "eval.grader=math_verify", "checkpoint.dtype=bfloat16")  # fmt: skip
    made, _ = plan("--ckpt-dir", run, "--template", "own,plain", "--max-new-tokens", 20, "--limit", 3, "--resave")
    protocol = made.protocol
    assert (protocol.max_new_tokens, protocol.rule("held.v2").temperature) == (20, 0.5)
    assert protocol.graders == ("math_verify", "exact") and made.home_template == "own"
    assert [model.stored_as for model in made.models if model.kind == "resaved"] == ["bfloat16"]
    made, notes = plan("--ckpt-dir", run, "--protocol", "sandbox")
    assert made.protocol.name == "sandbox" and not notes


def test_which_protocol_a_run_has_without_a_word(tmp_path: Path) -> None:
    paper = ("+experiment=pi1_r128", "model.path=sandbox:base_e", "data.validation=null")
    with pytest.raises(UserError, match=r"not on this machine|no such"):  # the six sets, which may not be here
        plan("--ckpt-dir", run_of(tmp_path / "a", *paper), "--steps", "7")
    found, _ = eval._chosen_protocol(argparse.Namespace(ckpt_dir=tmp_path / "a" / "run", protocol=None, model=None))
    assert found.name == "paper"
    bare = ("data.problem=x", "data.answer=1", "data.validation=null")
    sandbox = run_of(tmp_path / "b", *bare, "model.path=sandbox:base_e")
    assert plan("--ckpt-dir", sandbox)[0].protocol.name == "sandbox"
    other = run_of(tmp_path / "c", *bare, f"model.path={sandbox_dir() / 'base_e'}")
    with pytest.raises(UserError, match=r"--benchmarks: none given, and the run has no data.validation"):
        plan("--ckpt-dir", other)
    with pytest.raises(UserError, match="--protocol run: --ckpt-dir names no run"):
        plan("--model", sandbox_dir() / "base_e", "--protocol", "run")


def test_the_reward_grader_serves_validation_unless_another_is_named() -> None:
    assert validation_grader(load_run_config(["reward.grader=qwen"])) == "qwen"
    assert validation_grader(load_run_config(["reward.grader=qwen", "eval.grader=exact"])) == "exact"
    assert validation_grader(load_run_config(["+experiment=pi1_r128"])) == "deepscaler"


def test_an_experiment_may_have_a_name_of_ones_own() -> None:
    own = load_run_config(["experiment=my_name", "data.problem=x", "data.answer=1"])
    assert (own.experiment, own.data.problem) == ("my_name", "x")
    named = load_run_config(["experiment=2026_try", "+experiment=sandbox_oneshot", "+hardware=gpu24"])
    assert (named.experiment, named.data.copies) == ("2026_try", 8)
    assert load_run_config(["experiment=sandbox_oneshot"]).experiment == "sandbox_oneshot"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["experiment=pi1_r12"], "no such file in configs/experiment/; did you mean 'pi1_r128'?"),
        (["experiment=a/b", "data.problem=x"], "the name of a folder is needed"),
        (["+experiment=my_name", "data.problem=x"], "no such file in configs/experiment/"),
        (["experiment=mine", "+experiment=pi1_r128,pi13_r128"], "one name for several experiments"),
    ],
)
def test_faults_of_names(words: list[str], said: str) -> None:
    with pytest.raises(UserError, match=said.replace("(", r"\(").replace("?", r"\?")):
        load_run_config(words)


# The first step


def first_step(**values: float) -> dict[str, float]:
    return {"group/unsolved_share": 1.0, "group/constant_share": 1.0, "response/boxed_share": 0.0,
            "response/truncated_share": 0.4, "policy/skipped_rollouts": 8.0} | values  # fmt: skip


def test_no_box_where_the_grader_needs_one_is_said_at_the_first_step() -> None:
    said: list[str] = []
    monitor = HealthMonitor(RunConfig(), said.append, "float32")
    monitor.check_metrics(1, first_step())
    monitor.check_metrics(2, first_step())
    (line,) = said
    assert line.startswith(r"step 1: no response holds a \boxed{}, and reward.grader=deepscaler reads nothing else")
    assert "reward.grader=qwen" in line and r"data.suffix=' Put your final answer within \boxed{}.'" in line
    resumed = HealthMonitor(RunConfig(), said.append, "float32")
    resumed.replay([{"step": 1} | first_step()])
    assert len(said) == 1


def test_what_helps_where_nothing_is_solved() -> None:
    config = load_run_config(["reward.grader=qwen", "rollout.max_new_tokens=48"])
    line = no_reward_yet(config, first_step())
    assert line is not None and "no response is right" in line
    assert "40% were cut off at rollout.max_new_tokens=48" in line
    assert "rlvr select --probe MODEL" in line and "data.suffix" not in line
    few = no_reward_yet(RunConfig(), first_step(**{"response/boxed_share": 0.05}))
    assert few is not None and "5% have a box" in few and "data.suffix" in few
    none = {key: value for key, value in first_step().items() if "boxed" not in key}  # no box is looked for
    assert "a gradient (40% were cut off at" in (no_reward_yet(RunConfig(), none) or "")


@pytest.mark.parametrize(
    ("overrides", "values"),
    [
        ([], {"group/unsolved_share": 0.9}),
        (["reward=format"], {}),
        (["data.label=12.7"], {}),  # a control that no response is to match
    ],
)
def test_nothing_is_said_where_nothing_is_wrong(overrides: list[str], values: dict[str, float]) -> None:
    assert no_reward_yet(load_run_config(overrides), first_step(**values)) is None


def test_time_left_counts_steps_and_validations_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """10 steps of 2 s, validations of 30 s before the first step and after 5 and 10: 8 steps and 2 validations left."""
    config = load_run_config(["trainer.total_steps=10", "trainer.eval_every=5", "data.validation=sandbox_heldout"])
    assert [validations_from(config, step) for step in (1, 5, 6, 10)] == [2, 2, 1, 1]
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = Progress(1, 10, 1e9, tmp_path / "log", "x", lambda step: validations_from(config, step))
    now[0] += 30.0
    progress.validated(30.0)
    now[0] += 4.0
    progress.step(2, {"speed/tokens_per_second": 1.0, "reward/mean": 0.5, "train/accuracy": 0.25})
    progress.close()
    line = (tmp_path / "log").read_text()
    assert "76 s left" in line and "reward 0.500  train accuracy 0.250" in line


# The form of answers


def answer(name: str, right: bool, cut: bool, boxed: bool) -> Rollout:
    grades = {"qwen": Grade(right, "1", "")}
    return sample(name, 0, "\\boxed{1}" if boxed else "1", finish_reason="length" if cut else "stop", grades=grades)


def test_a_gain_is_split_by_the_form_of_the_answers() -> None:
    """Of eight problems: two right that were cut off before, one wrong that is cut off now, one right in a new box,
    one right as before in form, three without a change of verdict."""
    before = [(False, True, False)] * 2 + [(True, False, False)] + [(False, False, False)] * 2
    before += [(True, True, True)] * 3
    after = [(True, False, False)] * 2 + [(False, True, True)] + [(True, False, True), (True, False, False)]
    after += [(True, False, False)] * 3
    old, new = ([answer(f"p{i}", *form) for i, form in enumerate(forms)] for forms in (before, after))
    assert split_gain(old, new, "qwen") == GainByForm(brevity=1 / 8, format=1 / 8, same=1 / 8)
    assert split_gain(old, new[:-1], "qwen") is None and split_gain([], [], "qwen") is None
    words = forms_words(GainByForm(0.08, -0.01, 0.055))
    assert "+8.0 points lie in answers that end" in words and "−1.0 in answers with a box" in words


def test_several_answers_to_a_problem_weigh_as_one_problem() -> None:
    old = [replace(answer("p", False, True, False), index=i) for i in range(4)] + [answer("q", True, False, True)]
    new = [replace(answer("p", i == 0, False, False), index=i) for i in range(4)] + [answer("q", True, False, True)]
    assert split_gain(old, new, "qwen") == GainByForm(brevity=1 / 8, format=0, same=0)
    assert "+12.5 points lie in answers that end" in forms_words(GainByForm(brevity=1 / 8, format=0, same=0))
    assert "none in brevity or format" in forms_words(GainByForm(brevity=0, format=-0.0004, same=1 / 8))


# This machine


def test_instruction_sets_are_read_off_cpuinfo() -> None:
    x86 = "processor\t: 0\nmodel name\t: A CPU\nflags\t\t: fpu avx2 avx512f amx_bf16\n\nmodel name\t: B\n"
    assert read_cpu(x86) == Cpu("A CPU", ("AMX-BF16", "AVX-512", "AVX2"))
    assert read_cpu("processor: 0\nFeatures\t: fp asimd\n").sets == ("NEON",)


def test_a_dry_run_speaks_of_this_machine(monkeypatch: pytest.MonkeyPatch, held: Path) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    for module in ("config.step_time", "trainer.dry_run"):
        monkeypatch.setattr(f"oneshot_rlvr.{module}.cpu", lambda: Cpu("x", ("AVX2",)))
        monkeypatch.setattr(f"oneshot_rlvr.{module}.num_cores", lambda: 2)
    shape = {"hidden": 576, "layers": 30, "heads": 9, "kv_heads": 3, "ffn": 1536, "vocab": 49152}
    small = ["model.path=some/one", *(f"model.shape.{key}={value}" for key, value in shape.items()), "data.problem=x",
             "data.answer=1", "data.copies=8", "data.prompts_per_step=8", "data.max_prompt_tokens=61",
             "rollout.max_new_tokens=48", "algorithm.kl_coef=0", "algorithm.entropy_coef=0",
             "model.gradient_checkpointing=false", f"data.validation={held}"]  # fmt: skip
    assert validation_size(load_run_config(small).data) == 8
    text = describe(load_run_config(small))
    assert "on this machine: 2 CPU cores (AVX2)" in text and "A100" not in text
    # 134.5 million parameters, 8 prompts of 61 and 64 responses of 48 tokens forward, thrice that for an update: 2.9
    # TFLOP at 100 GFLOP/s.
    (update,) = (line.split() for line in text.splitlines() if line.split()[:1] == ["update"])
    assert float(update[2]) == pytest.approx(3 * 2 * 134.5e6 * (8 * 61 + 64 * 48) / 100e9, rel=0.03)
    large = describe(load_run_config(["+experiment=pi1_r128"]))
    assert "A100, which is not here" in large and "on this machine: 2 CPU cores (AVX2) a step would take" in large


def test_the_doctor_says_what_a_model_takes_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert "million parameters): yes, with " in doctor.model_verdict(str(sandbox_dir() / "base_e"))
    with pytest.raises(UserError, match="--model no/one: not on this machine"):
        doctor.model_verdict("no/one")


# Beginning and end


def test_a_slow_start_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with slow_start("engine", every_seconds=0.01):
        time.sleep(0.1)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "engine: starting" and lines[1].startswith("engine: starting since 0 s")
    assert lines[-1] == "engine: ready after 0 s"


def test_a_signal_says_what_is_stored() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Stopped, match="SIGTERM received; 5 of 8 samples are stored; the same command") as stopped:
        with leaving(lambda: "5 of 8 samples are stored"):
            signal.raise_signal(signal.SIGTERM)
    assert stopped.value.signal_number == signal.SIGTERM and signal.getsignal(signal.SIGTERM) is before
