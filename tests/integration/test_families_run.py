"""Whole runs of models that are not Llama-like: trained, stopped and gone on with, evaluated, compared at the start."""

import shutil
from pathlib import Path

import pytest
import torch
from families import CASES, tiny
from runs import fingerprint, train_here

from oneshot_rlvr.config.model_files import TOKENIZER_FILES
from oneshot_rlvr.errors import RunError
from oneshot_rlvr.files import step_name
from oneshot_rlvr.models import load
from oneshot_rlvr.models.head import Head
from oneshot_rlvr.paths import sandbox_dir


def folder_of(case: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the sandbox's tokenizer."""
    size = len(load.load_tokenizer("sandbox:base_e"))
    monkeypatch.setitem(CASES[case][1], "vocab_size", size)
    tiny(case).save_pretrained(folder)
    for name in TOKENIZER_FILES:
        if (path := sandbox_dir() / "base_e" / name).is_file():
            shutil.copy(path, folder)
    return folder


def settings(folder: Path, output: Path) -> list[str]:
    return ["+experiment=sandbox_oneshot", f"model.path={folder}", f"trainer.output_dir={output}", "runtime.device=cpu",
            "data.copies=2", "data.prompts_per_step=2", "algorithm.group_size=4", "rollout.max_new_tokens=8",
            "rollout=transformers", "data.validation=null", "checkpoint.every=1", "reward.name=random",
            "trainer.eval_every=0", "trainer.eval_first=false"]  # fmt: skip


@pytest.mark.parametrize("case", ["gemma2", "gpt2", "qwen3_moe"])
def test_a_run_goes_on_where_it_was_stopped(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bit for bit, and its checkpoints are models of the same kind, whole and under their stored names."""
    folder = folder_of(case, tmp_path / "model", monkeypatch)
    whole = train_here(*settings(folder, tmp_path / "a"), "trainer.total_steps=2")
    train_here(*settings(folder, tmp_path / "b"), "trainer.total_steps=1")
    parts = train_here(*settings(folder, tmp_path / "b"), "trainer.total_steps=2")
    assert fingerprint(whole, 2) == fingerprint(parts, 2)
    printed = capsys.readouterr().out
    kind = CASES[case][0]
    assert (f"{kind} is computed row by row with padding, slower than what is packed: gemma, " in printed) == (
        case != "gemma2"
    )
    before, after = (dict(load.load_model(str(path), torch.float32).named_parameters())
                     for path in (folder, whole / "checkpoints" / step_name(2)))  # fmt: skip
    assert before.keys() == after.keys() and any(not torch.equal(before[name], after[name]) for name in before)


def test_a_model_that_is_computed_otherwise_is_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Granite's logits without their divisor, as if nobody knew of it."""
    folder = folder_of("granite", tmp_path / "model", monkeypatch)
    monkeypatch.setattr(Head, "of", lambda model: Head(model.get_output_embeddings(), 1.0, 0.0))
    with pytest.raises(RunError) as caught:
        train_here(*settings(folder, tmp_path / "a"), "trainer.total_steps=1")
    said = str(caught.value)
    assert said.startswith("the trainer's pass does not compute this model: to a response of 8 tokens to problem ")
    assert "the model called plainly" in said and "\n" not in said
