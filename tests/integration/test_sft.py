"""`rlvr sft` end to end on a few lines of every form: what is trained on, resume, and lines that are refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from runs import fingerprint, json_lines, train_here

from oneshot_rlvr.cli import main
from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.data.demonstrations import as_rollout, load_demonstrations
from oneshot_rlvr.models.load import build_model
from oneshot_rlvr.paths import sandbox_dir

QUESTION = {"prompt": "What is 6*7?", "response": "6*7=42."}
TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "2+3?"},
    {"role": "assistant", "content": "It is 5."},
    {"role": "user", "content": "and 1 more?"},
    {"role": "assistant", "content": "That is 6."},
]
LINES: list[dict[str, Any]] = [QUESTION, {"messages": TURNS}, {"text": "3*3=9, 4*4=16."}]
# What stands before each line's answers, and its answers with what is masked between them, in the base's own template.
PROMPTS = [
    "<|im_start|>user\nWhat is 6*7?<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n2+3?<|im_end|>\n<|im_start|>assistant\n",
    "<|im_end|>",
]
TRAINED = ["6*7=42.<|im_end|>", "It is 5.<|im_end|>That is 6.<|im_end|>", "3*3=9, 4*4=16.<|im_end|>"]
SMALL = (
    "algorithm=sft", "model=tiny_random", "data.prompts_per_step=3", "data.validation=null", "rollout=transformers",
    "runtime.device=cpu", "rollout.max_new_tokens=64", "optimizer.name=muon", "optimizer.lr=1e-3",
    "trainer.total_steps=6", "optimizer.warmup_steps=2", "optimizer.decay_begin=2",
    "optimizer.decay_end=6", "checkpoint.every=3",
)  # fmt: skip


@pytest.fixture
def given(tmp_path: Path) -> Path:
    path = tmp_path / "given.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return path


def test_answers_are_trained_on_and_questions_are_not(given: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(sandbox_dir() / "base_e")
    stop = tokenizer.convert_tokens_to_ids("<|im_end|>")
    for one, prompt, trained in zip(load_demonstrations(str(given)), PROMPTS, TRAINED, strict=True):
        rollout = as_rollout(one, "own", tokenizer, stop, "given")
        assert tokenizer.decode(rollout.task.prompt_ids) == prompt
        mask = rollout.mask or (True,) * len(rollout.token_ids)
        assert tokenizer.decode([t for t, kept in zip(rollout.token_ids, mask, strict=True) if kept]) == trained
        assert rollout.reward == 1.0


def test_a_critique_is_learned_and_the_solution_that_it_is_of_is_read(tmp_path: Path) -> None:
    line = {"prompt": "What is 6*{7}?", "solution": "6*7=41.", "critique": "6*7=42, so it is wrong."}
    (tmp_path / "critiques.jsonl").write_text(json.dumps(line) + "\n")
    (found,) = load_demonstrations(str(tmp_path / "critiques.jsonl"))
    assert found.problem.prompt == "What is 6*{7}?\n\nA solution: 6*7=41.\n\nIs it right? Go through it."
    assert found.turns == ("6*7=42, so it is wrong.",)


def test_first_loss_is_that_of_a_plain_model_and_a_resume_is_exact(given: Path, tmp_path: Path) -> None:
    overrides = (*SMALL, f"data.demonstrations={given}", f"trainer.output_dir={tmp_path}")
    run = train_here(*overrides)
    losses = [line["policy/likelihood_loss"] for line in json_lines(run / "metrics.jsonl")]
    assert losses[0] == pytest.approx(plain_loss(given, overrides), rel=1e-5)
    assert losses[-1] < losses[0] - 0.5  # 6.1 at the start, ln 448
    rates = [line["policy/lr"] for line in json_lines(run / "metrics.jsonl")]
    assert rates == pytest.approx([5e-4, 1e-3, 1e-3, 7.5e-4, 5e-4, 2.5e-4])

    before = fingerprint(run, 6)
    shutil.rmtree(run / "checkpoints/step_000006")
    assert fingerprint(train_here(*overrides), 6) == before


def plain_loss(given: Path, overrides: tuple[str, ...]) -> float:
    """Mean of -log p over the answers' tokens, by transformers' own forward pass, one line at a time."""
    model, tokenizer = build_model(load_run_config(list(overrides)).model, torch.float32)
    model.set_attn_implementation("eager")
    stop = tokenizer.convert_tokens_to_ids("<|im_end|>")
    total, count = 0.0, 0
    for one in load_demonstrations(str(given)):
        rollout = as_rollout(one, "own", tokenizer, stop, "given")
        ids = torch.tensor([[*rollout.task.prompt_ids, *rollout.token_ids]])
        with torch.no_grad():
            logprobs = model(input_ids=ids).logits[0, :-1].log_softmax(-1)
        chosen = logprobs.gather(1, ids[0, 1:, None])[-len(rollout.token_ids) :, 0]
        mask = torch.tensor(rollout.mask or (True,) * len(rollout.token_ids))
        total, count = total - chosen[mask].sum().item(), count + int(mask.sum())
    return total / count


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"prompt": "a"}', '{"prompt": ..., "response": ...}'),
        ('{"prompt": "a", "response": ""}', "with texts that are not empty"),
        ('{"prompt": "a", "solution": "b", "response": "c"}', '"critique": ...}'),
        ('{"messages": [{"role": "user", "content": "a"}]}', "the last message must be the assistant's"),
        ('{"messages": [{"role": "assistant", "content": "a"}]}', "message 1 is from 'assistant', 'user' is needed"),
        ('{"messages": ["a"]}', "messages are objects with the texts role and content"),
        ('{"text": 3}', '{"text": ...}'),
        ('{"text": "a"', "JSON"),
        ("[1]", "JSON"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(
    line: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "given.jsonl").write_text(json.dumps(QUESTION) + "\n" + line + "\n")
    out, err = refused(["data.demonstrations=given.jsonl", *SMALL[1:]], capfd)
    assert out == "" and err.startswith("rlvr: error: ") and err.count("\n") == 1
    assert "given.jsonl" in err and said in err and ("row 2" in err or "line 2" in err)
    assert [path.name for path in tmp_path.iterdir()] == ["given.jsonl"]


def test_the_experiments_leave_the_file_to_the_command_line(capfd: pytest.CaptureFixture[str]) -> None:
    out, err = refused(["+experiment=sandbox_skill"], capfd)
    assert out == ""
    assert err == "rlvr: error: algorithm=sft trains on given responses, and needs data.demonstrations=FILE\n"


def refused(overrides: list[str], capfd: pytest.CaptureFixture[str]) -> tuple[str, str]:
    assert main(["sft", *overrides]) == 2
    return capfd.readouterr()
