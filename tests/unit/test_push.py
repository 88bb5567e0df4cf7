"""`rlvr push`: the folder and its card, and what is sent, with a stand-in for the hub."""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from fake_run import Story, write_run

from oneshot_rlvr.cli import main
from oneshot_rlvr.config.schema import SelfPlayConfig
from oneshot_rlvr.paths import sandbox_dir
from oneshot_rlvr.report.card import is_hub_id, model_card
from oneshot_rlvr.report.run_files import read_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of ten steps with two checkpoints in transformers' layout, which are the sandbox's base."""
    folder = write_run(tmp_path / "runs" / "sandbox_oneshot" / "seed0", Story(steps=10))
    for step in (5, 10):
        place = folder / "checkpoints" / f"checkpoint-{step}"
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(sandbox_dir() / "base_e")
    return folder


class Hub:
    """Takes down what is asked of it."""

    asked: ClassVar[list[tuple[str, object]]] = []

    def create_repo(self, repo: str, private: bool, exist_ok: bool) -> None:
        if repo.endswith("/taken"):
            raise OSError("403 Forbidden: you may not\nmore lines")
        self.asked.append((repo, private and exist_ok))

    def upload_folder(self, repo_id: str, folder_path: Path, commit_message: str) -> str:
        self.asked.append((commit_message, sorted(path.name for path in folder_path.iterdir())))
        return f"https://hub/{repo_id}"


def test_the_card_says_what_was_trained_and_what_it_gained(run: Path, tmp_path: Path) -> None:
    control = read_run(write_run(tmp_path / "format", Story("sandbox_format", reward="format", steps=10, lift=0.1)))
    card = model_card(read_run(run), 10, [control], "apache-2.0")
    head, body = card.split("---\n")[1:]
    assert "license: apache-2.0" in head and "base_model" not in head  # a sandbox model is not on the hub
    assert body.startswith("\n# sandbox_oneshot, step 10\n")
    assert "> Homework: Find the product of 42 and 2.\n> \n> answer: 84" in body
    base, trained, other = (line for line in body.splitlines() if line.startswith(("| base", "| this", "| format")))
    assert base.split("|")[3].strip().startswith("28.3 [") and trained.split("|")[2].strip() == "10"
    assert "[" in trained.split("|")[4] and other.startswith("| format-reward control | 10 |")
    assert "commit 0123456789abcdef" in body and "No other run" not in body and str(tmp_path) not in card
    assert "No other run stands beside this one" in model_card(read_run(run), 5)


def test_the_card_of_self_play(run: Path) -> None:
    found = read_run(run)
    play = SelfPlayConfig(enabled=True, kinds=["deduction"], proposals=3, mc_rollouts=4, solves=2)
    card = model_card(replace(found, config=replace(found.config, selfplay=play)), 10)
    assert "a step of at most 17 responses, 5 of them trained on |" in card  # 3 proposals, 4 answers to each, 2 solved
    assert "| right 1, wrong -0.5, malformed -1; proposals paper |" in card
    assert "Trained on tasks that were made in the run: deduction; selfplay.proposer=model." in card
    assert "Find the product" not in card and "groups of" not in card and "graded by" not in card


def test_a_dry_run_writes_the_folder_and_sends_nothing(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: pytest.fail("the hub was asked"))
    assert main(["push", str(run), "me/model", "--dry-run"]) == 0
    folder = run / "push" / "step_000010"
    assert f"{folder}: model and card of step 10" in capsys.readouterr().out
    names = {path.name for path in folder.iterdir()}
    assert {"README.md", "config.json", "model.safetensors", "tokenizer.json"} <= names
    weights = (folder / "model.safetensors").read_bytes()
    assert weights == (sandbox_dir() / "base_e" / "model.safetensors").read_bytes()


def test_what_is_sent(run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hub, "asked", [])
    monkeypatch.setattr("huggingface_hub.HfApi", Hub)
    assert main(["push", str(run), "me/model", "--step", "5", "--private"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "https://hub/me/model"
    (repo, private), (message, files) = Hub.asked
    assert (repo, private, message) == ("me/model", True, "Add step_000005") and "README.md" in str(files)
    assert main(["push", str(run), "me/taken"]) == 1
    error = capsys.readouterr().err
    assert "me/taken: the hub took nothing (403 Forbidden: you may not)" in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [(["model"], "model: owner/name is needed"), (["me/model", "--step", "7"], "--step 7: no such checkpoint")],
)
def test_wrong_input(run: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert main(["push", str(run), *words]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_names_of_the_hub() -> None:
    assert is_hub_id("Qwen/Qwen2.5-Math-1.5B")
    assert not any(map(is_hub_id, ("/tmp/model", "./model", "a/b/c", "sandbox:base_e", "~/m")))
