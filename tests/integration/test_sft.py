"""The warm start on a micro model, and the shipped base models as a user loads them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from oneshot_rlvr.config.load import load_sft_config
from oneshot_rlvr.config.schema import SftStageConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.files import sha256_of
from oneshot_rlvr.grading.graders import grade
from oneshot_rlvr.paths import sandbox_dir
from oneshot_rlvr.sandbox.world import held_out_problems
from sandbox_factory.__main__ import check
from sandbox_factory.base import load_base, make_base, skill_folder
from sandbox_factory.measure import forced_work, last_box, measure, respond
from sandbox_factory.muon import Muon, orthogonalize
from sandbox_factory.sft import Example, Progress, collate, rate
from sandbox_factory.ship import SIZE_LIMIT
from sandbox_factory.tokenizer import TURN_END, VOCAB_SIZE, build_tokenizer, chat_ids, check_round_trip

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}  # the recipe is not installed
MICRO = ["shape.hidden=32", "shape.ffn=64", "shape.layers=1", "shape.heads=1", "shape.kv_heads=1"]
SHORT = ["skill.steps=60", "skill.warmup_steps=5", "habit.steps=20", "habit.warmup_steps=5"]
BASES = ("base_e", "base_d")


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_orthogonalize_brings_singular_values_near_one() -> None:
    torch.manual_seed(0)
    matrices = torch.randn(3, 8, 20)
    values = torch.linalg.svdvals(orthogonalize(matrices))
    assert values.min() > 0.6 and values.max() < 1.3
    left, _, right = torch.linalg.svd(matrices[0], full_matrices=False)
    assert torch.allclose((left.T @ orthogonalize(matrices)[0] @ right.T).diag(), values[0], atol=0.4)


def test_muon_treats_stacked_matrices_as_it_treats_each_alone() -> None:
    torch.manual_seed(0)
    shapes = [(6, 4), (4, 6), (6, 4), (4, 4)]
    together = [torch.nn.Parameter(torch.randn(shape)) for shape in shapes]
    alone = [torch.nn.Parameter(p.detach().clone()) for p in together]
    optimizers = [Muon(together, lr=0.1), *(Muon([p], lr=0.1) for p in alone)]
    for step in range(3):
        for a, b in zip(together, alone):
            a.grad = torch.randn(a.shape, generator=torch.Generator().manual_seed(step))
            b.grad = a.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
    for a, b in zip(together, alone):
        assert torch.allclose(a, b, atol=1e-6)


def test_rate_of_a_stage() -> None:
    stage = SftStageConfig(steps=100, warmup_steps=10, decay_share=0.5)
    assert [rate(s, stage) for s in (0, 4, 9, 30, 50, 75, 99)] == pytest.approx([0.1, 0.5, 1.0, 1.0, 1.0, 0.5, 0.02])


def test_labels_cover_the_target_only() -> None:
    ids, labels = collate([Example([5, 6], [7, 2]), Example([8], [2])], pad=0)
    assert ids.tolist() == [[5, 6, 7, 2], [8, 2, 0, 0]]
    assert labels.tolist() == [[-100, -100, 7, 2], [-100, 2, -100, -100]]


def test_tokenizer_is_the_shipped_one() -> None:
    tokenizer = build_tokenizer()
    assert len(tokenizer) == VOCAB_SIZE
    check_round_trip(sandbox_dir() / "base_e", tokenizer)
    ids = chat_ids("What is 12+3?", tokenizer)
    assert tokenizer.decode(ids) == "<|im_start|>user\nWhat is 12+3?<|im_end|>\n<|im_start|>assistant\n"
    assert tokenizer.convert_ids_to_tokens(tokenizer.encode("120")) == ["1", "2", "0"]


def test_micro_warm_start_learns_and_can_be_repeated(tmp_path: Path) -> None:
    overrides = ["+sft=sandbox_base", *MICRO, *SHORT, "eval_per_family=1"]
    reports: list[Progress] = []
    first = make_base(load_sft_config([*overrides, f"output_dir={tmp_path}/a"]), reports.append)
    skill = [r.loss for r in reports if r.stage == "skill"]
    assert len(skill) == 6 and skill[0] > 4.5 and skill[-1] < 2.9  # ln 448 = 6.1 at the start
    assert [r.stage for r in reports] == ["skill"] * 6 + ["habit"] * 2
    assert first.scores is not None and first.scores.problems == 6 and not first.skill_reused

    again = make_base(load_sft_config([*overrides, f"output_dir={tmp_path}/b"]), reports.append)
    assert sha256_of(again.folder / "model.safetensors") == sha256_of(first.folder / "model.safetensors")

    other = load_sft_config(["+sft=sandbox_base_d", *MICRO, *SHORT, "eval_per_family=0", f"output_dir={tmp_path}/a"])
    reused = make_base(other, reports.append)
    assert reused.skill_reused and reused.skill_folder == first.skill_folder == skill_folder(other)
    assert reused.scores is None
    assert sha256_of(reused.folder / "model.safetensors") != sha256_of(first.folder / "model.safetensors")


def test_command_prints_progress_table_and_paths(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox_factory", "+sft=sandbox_base", *MICRO, *SHORT, "eval_per_family=1"]
    done = subprocess.run([*command], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    folder = Path("runs/sft/base_e/seed0")
    assert f"base model   {folder}" in done.stdout and "made to work" in done.stdout
    assert "skill step 60/60  loss " in done.stdout and "tokens/s" in done.stdout
    config = json.loads((tmp_path / folder / "config.json").read_text())
    assert config["architectures"] == ["Qwen2ForCausalLM"] and config["hidden_size"] == 32
    assert not list((tmp_path / folder).parent.glob("*.unfinished"))


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("skill.lr=nan", "skill.lr=nan: must be a finite number"),
        ("skill.lr=-1", "skill.lr=-1.0: must be above 0"),
        ("skill.warmup_steps=-5", "skill.warmup_steps=-5: must be at least 0"),
        ("habit.drill_share=7", "habit.drill_share=7.0: must be between 0 and 1"),
        ("habits.family_sd=-1", "habits.family_sd=-1.0: must be at least 0"),
        ("habits.family_sd=nan", "must be a finite number"),
        ("shape.layers=0", "shape.layers=0: must be at least 1"),
        ("shape.ffn=0", "shape.ffn=0: must be at least 1"),
        ("threads=100000", "processors"),
        ("name=../x", "one folder's name"),
        ("name=''", "one folder's name"),
    ],
)
def test_values_that_cannot_be_are_refused(override: str, line: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=re.escape(line)):
        check(load_sft_config(["+sft=sandbox_base", f"output_dir={tmp_path}", override]))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["+sft=sandbox_bass"], "did you mean 'sandbox_base'?"),
        (["+sft=sandbox_base", "sede=1"], "did you mean 'seed'?"),
        (["+sft=sandbox_base", "shape.vocab=100"], "448 entries"),
        (["+sft=sandbox_base", "output_dir=/proc/none"], "cannot write in"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(arguments: list[str], line: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox_factory", *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stdout == ""
    assert line in done.stderr and done.stderr.count("\n") == 1


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


@pytest.mark.parametrize("name", BASES)
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
    model, tokenizer = load_base(sandbox_dir() / name), build_tokenizer()
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
    greedy = measure(load_base(folder), build_tokenizer(), shipped_held_out(), 0.0)
    assert stated["problems"] == 240
    assert greedy.accuracy == pytest.approx(stated["greedy"]["accuracy"], abs=0.01)
    assert greedy.boxed == pytest.approx(stated["greedy"]["boxed"], abs=0.01)
