"""Checkpoints: complete or not there; what is kept; what a fault is called."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from tiny import tiny_model

from oneshot_rlvr import checkpoint
from oneshot_rlvr.errors import UserError


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


class NoTokenizer:
    def save_pretrained(self, folder: Path) -> None:
        (folder / "tokenizer.json").write_text("{}")


def save(folder: Path, step: int) -> checkpoint.Checkpoint:
    def write(place: Path) -> None:
        checkpoint.export_model(tiny_model(), NoTokenizer(), place, torch.bfloat16)
        checkpoint.save_tensors(place, {"model": {"weight": torch.arange(6.0) * step}})

    return checkpoint.save(folder, step, write, {"step": step, "updates": {"policy": 2 * step}})


def test_saved_state_comes_back(tmp_path: Path) -> None:
    saved = save(tmp_path, 3)
    tensors = {"model": {"weight": torch.zeros(6)}}
    checkpoint.load_tensors(saved.folder, tensors)
    assert checkpoint.stored_updates(saved.folder, ["policy"]) == {"policy": 6}
    assert tensors["model"]["weight"].tolist() == [0, 3, 6, 9, 12, 15]
    assert checkpoint.fault(saved.folder) is None
    assert json.loads((saved.folder / "config.json").read_text())["dtype"] == "bfloat16"
    assert [p.name for p in tmp_path.iterdir()] == ["step_000003"]  # nothing temporary is left


@pytest.mark.parametrize("text", ["", "\x80", "[" * 100_000, "[]", "{}", '{"updates": []}', '{"updates": {"a": 1}}',
                                  '{"updates": {"policy": true}}', '{"updates": {"policy": -1}}'])  # fmt: skip
def test_counts_that_no_run_wrote_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "trainer").mkdir()
    (tmp_path / checkpoint.STATE).write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError, match=r"trainer/state.json: does not say how many updates were made; move"):
        checkpoint.stored_updates(tmp_path, ["policy"])


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda f: (f / "MANIFEST.json").unlink(), "no manifest: it was not finished"),
        (lambda f: (f / "MANIFEST.json").write_text('{"files": {'), "the manifest is damaged"),
        (lambda f: (f / "config.json").unlink(), "config.json is missing"),
        (lambda f: (f / "config.json").write_text("{}"), "config.json has 2 bytes instead of"),
        (
            lambda f: (f / "tokenizer.json").write_text("[]"),
            "tokenizer.json is damaged (sha256 differs)",
        ),
        (lambda f: truncate(f / "model.safetensors"), "model.safetensors has 1000 bytes instead of"),
        (lambda f: flip_a_bit(f / "model.safetensors"), "model.safetensors is damaged (sha256 differs)"),
        (lambda f: flip_a_bit(f / "trainer" / "rank_0_of_1.safetensors"), "trainer/rank_0_of_1.safetensors is damaged"),
        (lambda f: shutil.rmtree(f / "trainer"), "trainer/rank_0_of_1.safetensors is missing"),
        (lambda f: (f / "MANIFEST.json").write_bytes(b"\0" * 400), "the manifest is damaged"),
        (lambda f: (f / "MANIFEST.json").write_text("{}"), "the manifest is damaged"),
        (lambda f: (f / "MANIFEST.json").write_text('{"files": ["a"]}'), "the manifest is damaged"),
        (lambda f: (f / "MANIFEST.json").write_text('{"files": {"a": 7}}'), "the manifest is damaged"),
    ],
)
def test_a_damaged_checkpoint_is_named_and_passed_over(tmp_path: Path, damage, reason: str) -> None:
    save(tmp_path, 1)
    damage(save(tmp_path, 2).folder)
    newest, passed_over = checkpoint.newest_complete(tmp_path)
    assert newest is not None and newest.step == 1
    assert len(passed_over) == 1
    assert passed_over[0].startswith(f"{tmp_path}/step_000002: passed over: {reason}")


def test_no_checkpoint_at_all(tmp_path: Path) -> None:
    (tmp_path / ".step_000004.partial").mkdir()
    assert checkpoint.newest_complete(tmp_path) == (None, [])
    checkpoint.clear_partial(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_prune_keeps_the_last_and_every_nth(tmp_path: Path) -> None:
    for step in range(1, 8):
        save(tmp_path, step)
    checkpoint.prune(tmp_path, keep_last=2, keep_every=3, trainer_state="last")
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"step_{n:06d}" for n in (3, 6, 7)]
    for step in (3, 6):  # complete models, but nothing to resume from
        assert checkpoint.fault(tmp_path / f"step_{step:06d}") is None
        assert not (tmp_path / f"step_{step:06d}" / "trainer").exists()
    newest, passed_over = checkpoint.newest_complete(tmp_path)
    assert newest is not None and newest.step == 7 and passed_over == []
    (tmp_path / "step_000007" / "MANIFEST.json").unlink()
    newest, passed_over = checkpoint.newest_complete(tmp_path)
    assert newest is None and "it holds no trainer state" in passed_over[1]


def test_prune_leaves_a_folder_with_a_damaged_manifest(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        save(tmp_path, step)
    (tmp_path / "step_000001" / "MANIFEST.json").write_bytes(b"\x80")
    checkpoint.prune(tmp_path, keep_last=0, keep_every=0, trainer_state="last")
    assert [(tmp_path / f"step_{n:06d}" / "trainer").exists() for n in (1, 2, 3)] == [True, False, True]


def test_saving_again_replaces(tmp_path: Path) -> None:
    save(tmp_path, 1)
    (tmp_path / "step_000001" / "stale").write_text("x")
    save(tmp_path, 1)
    assert not (tmp_path / "step_000001" / "stale").exists()
