"""The change of a run's weights, on folders whose changes are known."""

import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from oneshot_rlvr import cli
from oneshot_rlvr.checkpoint import write_manifest
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation import geometry

Q, NORM = "model.layers.0.self_attn.q_proj.weight", "model.norm.weight"
BASE = {Q: torch.tensor([[1.0, 0.0], [0.0, 1.0]]), NORM: torch.tensor([2.0, 2.0])}


def folder(path: Path, weights: dict[str, Tensor]) -> Path:
    path.mkdir(parents=True)
    (path / "config.json").write_text('{"model_type": "llama"}')
    (path / "tokenizer.json").write_text("{}")
    save_file(weights, path / "model.safetensors")
    return path


def called(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.main(list(words))
    return code, *capsys.readouterr()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Steps 1, 2, 10: the matrix moves on one line, in one direction; the norm moves once and comes back."""
    home = tmp_path / "run"
    folder(tmp_path / "base", BASE)
    direction = torch.tensor([[0.3, 0.0], [0.4, 0.0]])
    for step, norm in ((1, 0.5), (2, 0.0), (10, 0.0)):
        weights = {Q: BASE[Q] + step * direction, NORM: BASE[NORM] + norm}
        write_manifest(folder(home / "checkpoints" / f"step_{step:06d}", weights), step)
    (home / "config.yaml").write_text(f"model: {{path: {tmp_path}/base}}\n")
    return home


def test_by_hand(run: Path, tmp_path: Path) -> None:
    points = [(step, run / "checkpoints" / f"step_{step:06d}") for step in (1, 2, 10)]
    q, norm = sorted(geometry.changes(tmp_path / "base", points), key=lambda change: change.kind, reverse=True)
    assert (q.kind, norm.kind) == ("q", "norms")
    assert q.norm == pytest.approx(5.0) and q.base_norm == pytest.approx(math.sqrt(2)) and q.moved == 2
    assert q.effective_rank == pytest.approx(1.0, abs=1e-4) and q.top_share == pytest.approx(1.0)
    assert q.line_residual == pytest.approx(0.0, abs=1e-8) and q.line_total == pytest.approx(0.25 * (1 + 4 + 100))
    # The norm: changes .5, 0, 0 twice over; the best slope is .5 / 105, which explains .5 * .5 / 105 of .25 each.
    assert norm.effective_rank is None and norm.moved == 0 and norm.norm == 0
    assert norm.line_residual == pytest.approx(2 * (0.25 - 0.25 / 105), rel=1e-5)
    by_kind = {row.kind: row for row in geometry.summaries([q, norm], several=True)}
    assert by_kind["q"].linearity == pytest.approx(1.0)
    assert by_kind["norms"].linearity == pytest.approx(1 / 105, rel=1e-4)
    assert by_kind["all"].relative == pytest.approx(5 / math.sqrt(10)) and by_kind["all"].moved_share == 2 / 6


def test_the_rank_of_two_equal_directions(tmp_path: Path) -> None:
    base = folder(tmp_path / "base", {Q: torch.zeros(2, 2)})
    later = folder(tmp_path / "later", {Q: torch.tensor([[0.0, 2.0], [-2.0, 0.0]])})
    (change,) = geometry.changes(base, [(4, later)])
    assert change.effective_rank == pytest.approx(2.0) and change.top_share == pytest.approx(0.5)
    (unranked,) = geometry.changes(base, [(4, later)], ranks=False)
    assert unranked.effective_rank is None
    (still,) = geometry.changes(base, [(4, base)])
    assert still.effective_rank is None and geometry.summaries([still], True)[0].linearity is None


def test_a_line_is_continued(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From step 1 alone the matrix is met exactly; the norm, which came back, is missed by ten times its change."""
    code, out, err = called(capsys, "delta", str(run), "--output", str(tmp_path / "made"))
    assert code == 0, err
    made = load_file(tmp_path / "made" / "model.safetensors")
    assert torch.allclose(made[Q], BASE[Q] + 10 * torch.tensor([[0.3, 0.0], [0.4, 0.0]]))
    assert torch.allclose(made[NORM], torch.tensor([7.0, 7.0])) and (tmp_path / "made" / "config.json").is_file()
    stored = json.loads((run / "delta.json").read_text())
    assert stored["checkpoints"] == [1, 2, 10] and stored["extrapolated"]["from"] == [1]
    assert stored["extrapolated"]["distance"] == pytest.approx(math.sqrt(50) / 5, rel=1e-5)
    assert stored["extrapolated"]["cosine"] == pytest.approx(25 / (5 * math.sqrt(75)), rel=1e-5)
    assert "| q | 1 | 354 | 50.0 | 1.0 | 100.0 | 100.0 |" in out and "step 1, continued to step 10" in out


def test_wrong_input_is_one_line(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in (
        (["--first", "1.5"], "--first 1.5: a share between 0 and 1"),
        (["--base", "nowhere"], "--base nowhere: neither a model folder nor a hub id"),
    ):
        code, _, err = called(capsys, "delta", str(run), *words)
        assert code == 2 and said in err and err.count("\n") == 1
    code, _, err = called(capsys, "delta", str(tmp_path / "none"))
    assert code == 2 and err == f"rlvr: error: {tmp_path / 'none'}: no such folder\n"
    only = tmp_path / "only"
    write_manifest(folder(only / "checkpoints" / "step_000001", BASE), 1)
    code, _, err = called(capsys, "delta", str(only))
    assert code == 2 and "takes two checkpoints, 1 found" in err
    with pytest.raises(UserError, match="is not in all of the base and the checkpoints"):
        list(geometry.aligned(folder(tmp_path / "other", {Q: BASE[Q]}), [tmp_path / "base"]))
    with pytest.raises(UserError, match=r"is \[2\], in the base \[3\]"):
        list(geometry.aligned(folder(tmp_path / "wide", BASE | {NORM: torch.ones(3)}), [tmp_path / "base"]))
