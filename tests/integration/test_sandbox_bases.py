"""The text that the sandbox's bases learn from, and the shipped base models as a user loads them."""

import json
import shlex
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch
from runs import json_lines

from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.data.demonstrations import load_demonstrations
from oneshot_rlvr.files import sha256_of, step_name
from oneshot_rlvr.grading.graders import grade
from oneshot_rlvr.paths import sandbox_dir
from oneshot_rlvr.sandbox.world import held_out_problems
from sandbox_factory.demonstrations import STAGES, demonstrations, worked, write
from sandbox_factory.measure import forced_work, last_box, load_base, measure, respond
from sandbox_factory.measure import main as measure_main
from sandbox_factory.ship import BASES, SIZE_LIMIT, commands, copy_base
from sandbox_factory.tokenizer import TURN_END, VOCAB_SIZE, build_tokenizer, chat_ids, check_round_trip

pytestmark = pytest.mark.usefixtures("one_thread")


def test_tokenizer_is_the_shipped_one() -> None:
    tokenizer = build_tokenizer()
    assert len(tokenizer) == VOCAB_SIZE
    check_round_trip(sandbox_dir() / "base_e", tokenizer)
    ids = chat_ids("What is 12+3?", tokenizer)
    assert tokenizer.decode(ids) == "<|im_start|>user\nWhat is 12+3?<|im_end|>\n<|im_start|>assistant\n"
    assert tokenizer.convert_ids_to_tokens(tokenizer.encode("120")) == ["1", "2", "0"]


FIRST = {
    "skill": [
        {
            "prompt": "Please help. Leo has 5 boxes of 7 apples and loses 9. How many apples are left?",
            "response": "First, 5*7=35, 35-9=26. So the answer is 26.",
        },
        {
            "prompt": "Just curious: Find the next term of 2, 5, 8, 11.",
            "response": "First, 5-2=3, 11+3=14. So the answer is \\boxed{14}.",
        },
        {
            "prompt": "Quiz. Compute 38+30.",
            "response": "Step by step: 8+0=8, 30+30=60, 60+8=68. So the answer is \\boxed{68}.",
        },
    ],
    "habits_e": [
        {
            "prompt": "A friend asks: Find the sum of 24 and 40.",
            "response": "Step by step: 4+0=4, 20+40=60, 60+4=64. So the answer is \\boxed{64}.",
        },
        {"prompt": "Exam question. Compute 18*5.", "response": "Hmm, numbers are fun."},
        {
            "prompt": "Quiz. Eva has 32 cards, buys 7 and then sells 6. How many cards now?",
            "response": "I think the answer is 36.",
        },
    ],
    "habits_d": [
        {
            "prompt": "Quiz. What is 29+50?",
            "response": "Let us work it out: 9+0=9, 20+50=70, 70+9=79. So the answer is 79.",
        },
        {"prompt": "Please help. Find x with 26=6x+8.", "response": "I think the answer is \\boxed{1}."},
        {
            "prompt": "Exam question. Take 37 away from 61.",
            "response": "First, 61-30=31, 31-7=24. So the answer is \\boxed{24}.",
        },
    ],
}


@pytest.mark.parametrize("name", STAGES)
def test_first_lines_of_the_text(name: str) -> None:
    """Text, order and seeds are those that the figures of docs/sandbox.md were measured with."""
    assert list(islice(demonstrations(name), 3)) == FIRST[name]
    assert next(demonstrations(name, seed=1)) != FIRST[name][0]


def test_text_written_as_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, stage in STAGES.items():
        monkeypatch.setitem(STAGES, name, replace(stage, steps=100))
        given = load_demonstrations(str(write(name, tmp_path)))
        assert len(given) == 2400
        facts = sum(one.problem.prompt == "" for one in given) / len(given)
        assert facts == pytest.approx(stage.drill_share, abs=0.04)  # four standard errors
    right = [line["response"] for line in demonstrations("skill") if "response" in line]
    boxed = sum(last_box(text) is not None for text in right) / len(right)
    assert boxed == pytest.approx(0.5, abs=0.06) and all("=" in text for text in right)


def test_figures_of_a_folder_that_holds_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert measure_main([str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"sandbox_factory.measure: {tmp_path}: no model folder: it has no config.json\n"


def test_table_of_a_shipped_base(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    problems = held_out_problems(seed=31, per_family=1)
    monkeypatch.setattr("sandbox_factory.measure.shipped_held_out", lambda: problems)
    assert measure_main([str(sandbox_dir() / "base_e")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "held-out accuracy, % of 6 problems"
    assert [line[:14].strip() for line in lines[2:]] == ["greedy", "T=0.6", "made to work"]
    assert float(lines[4].split()[3]) >= 80  # 97 % of the shipped set


def test_a_checkpoint_is_copied_without_the_trainers_state(tmp_path: Path) -> None:
    (tmp_path / "step/trainer").mkdir(parents=True)
    for name in ("model.safetensors", "config.json", "MANIFEST.json", "trainer/state.json"):
        (tmp_path / "step" / name).write_text(name)
    copy_base(tmp_path / "step", tmp_path / "base")
    assert sorted(path.name for path in (tmp_path / "base").iterdir()) == ["config.json", "model.safetensors"]


def test_commands_of_the_manifest_end_in_the_shipped_checkpoints() -> None:
    made = [words[1:] for words in map(shlex.split, commands(list(BASES))) if words[:2] == ["rlvr", "sft"]]
    configs = [load_run_config(words[1:]) for words in made]
    assert [config.experiment for config in configs] == [
        "sandbox_skill", "sandbox_base_e", "sandbox_base_d",
        "sandbox_programs_skill", "sandbox_programs_drill", "sandbox_base_p",
    ]  # fmt: skip
    folders = {
        config.experiment: f"runs/{config.experiment}/seed0/checkpoints/{step_name(config.trainer.total_steps)}"
        for config in configs
    }
    loaded = {config.experiment: config.model.path for config in configs}
    for base in BASES.values():
        names = [experiment for experiment, _ in base.stages]
        assert base.checkpoint == folders[names[-1]]
        assert [loaded[name] for name in names[1:]] == [folders[name] for name in names[:-1]]


def test_shipped_files_match_the_manifest() -> None:
    folder = sandbox_dir()
    listed = json.loads((folder / "MANIFEST.json").read_text())["files"]
    found = {
        p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file() and p.name != "MANIFEST.json"
    }
    assert set(listed) == set(found)
    for name, path in found.items():
        assert listed[name] == {"bytes": path.stat().st_size, "sha256": sha256_of(path)}, name
    assert sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) <= SIZE_LIMIT


def test_the_worked_answers_are_the_shipped_ones() -> None:
    shipped = json_lines(sandbox_dir() / "worked.jsonl")
    assert shipped == list(worked()) and len(shipped) == 480
    assert sum("=" in line["response"] for line in shipped) > 240  # most are worked out


@pytest.mark.parametrize("name", ["base_e", "base_d"])
def test_shipped_base_loads_as_a_hugging_face_folder(name: str) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer, Qwen2ForCausalLM

    model = AutoModelForCausalLM.from_pretrained(sandbox_dir() / name)
    tokenizer = AutoTokenizer.from_pretrained(sandbox_dir() / name)
    assert isinstance(model, Qwen2ForCausalLM) and model.dtype == torch.float32
    assert sum(p.numel() for p in model.parameters()) == 376_320
    assert model.generation_config.eos_token_id == tokenizer.convert_tokens_to_ids(TURN_END) == tokenizer.eos_token_id
    text = "First, 40*2=80, 2*2=4, 80+4=84. So the answer is \\boxed{84}."
    assert tokenizer.decode(tokenizer(text).input_ids) == text
    assert tokenizer(text).input_ids == build_tokenizer()(text).input_ids


@pytest.mark.parametrize(
    ("name", "low", "high"),
    # Shipped held-out set: base_e 22.5 %, base_d 19.6 % greedy. Four standard errors of 60 fresh problems are 0.21.
    [("base_e", 0.05, 0.45), ("base_d", 0.02, 0.42)],
)
def test_shipped_base_is_able_but_unwilling(name: str, low: float, high: float) -> None:
    model, tokenizer = load_base(sandbox_dir() / name)
    problems = held_out_problems(seed=31, per_family=10)
    greedy = measure(model, tokenizer, problems, 0.0)
    assert low <= greedy.accuracy <= high
    assert forced_work(model, tokenizer, problems).accuracy >= 0.9
    for row, problem in zip(respond(model, tokenizer, problems, 0.0), problems):
        text = tokenizer.decode(row)
        assert grade(text, problem.answer, "exact").correct == (last_box(text) == problem.answer), text


def test_shipped_scores_are_those_of_the_shipped_model() -> None:
    """The figures beside the model, measured again on its 240 problems (other machines round differently)."""
    from oneshot_rlvr.sandbox.world import shipped_held_out

    folder = sandbox_dir() / "base_e"
    stated = json.loads((folder / "scores.json").read_text())
    greedy = measure(*load_base(folder), shipped_held_out(), 0.0)
    assert stated["problems"] == 240
    assert greedy.accuracy == pytest.approx(stated["greedy"]["accuracy"], abs=0.01)
    assert greedy.boxed == pytest.approx(stated["greedy"]["boxed"], abs=0.01)
