"""Stale weights planted into a real run are caught in the step in which they were planted."""

from pathlib import Path
from typing import Any

import pytest
from runs import TINY, json_lines, train_here

from oneshot_rlvr.errors import RunError
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler


def plant(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """Into the hand-over of step 2: nothing comes (skipped), all is the last step's (old), one tensor is (one), or the
    sampler says that it is (version)."""
    load, kept = TransformersSampler.load_weights, {}

    def planted(self: TransformersSampler, version: int, weights: Any) -> None:
        pairs = kept[version] = [(name, tensor.clone()) for name, tensor in weights]
        if version != 2:
            load(self, version, pairs)
        elif fault == "skipped":  # said to have arrived
            self.version = 2
        elif fault == "old":
            load(self, 2, kept[1])
        elif fault == "one":
            load(self, 2, [kept[1][0], *pairs[1:]])
        else:
            load(self, 1, pairs)

    monkeypatch.setattr(TransformersSampler, "load_weights", planted)


def train(tmp_path: Path, *overrides: str) -> None:
    train_here(*TINY, f"trainer.output_dir={tmp_path}", "trainer.total_steps=3", "checkpoint.every=0", *overrides)


def metrics(tmp_path: Path) -> list[dict[str, Any]]:
    return json_lines(tmp_path / "pi1_r128" / "seed0" / "metrics.jsonl")


@pytest.mark.parametrize("fault", ["skipped", "old", "one", "version"])
def test_stale_weights_stop_the_run_in_the_same_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    plant(monkeypatch, fault)
    said = "the sampler holds the weights of step 1" if fault == "version" else "weights have not arrived"
    with pytest.raises(RunError, match=f"step 2: {said}"):
        train(tmp_path, "optimizer.lr=1e-5")
    lines = metrics(tmp_path)
    assert [line["step"] for line in lines] == [1] and lines[0]["mismatch/probe"] < 1e-5


@pytest.mark.parametrize("fault", ["skipped", "one"])
def test_in_bfloat16_a_fault_far_below_the_bound_is_caught_in_the_same_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """The bound on scores is 0.3 nats there, the update moves them by less than 0.01: the checksum tells."""
    plant(monkeypatch, fault)
    said = r"step 2: weights have not arrived in the sampler: the model has (\d+) tensors with checksum (\w+), "
    with pytest.raises(RunError, match=said + r"the trainer \1 tensors with checksum (?!\2)\w+"):
        train(tmp_path, "optimizer.lr=1e-5", "model.dtype=bfloat16")
    lines = metrics(tmp_path)
    assert [line["step"] for line in lines] == [1] and lines[0]["mismatch/probe"] < 0.1


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("fault", ["skipped", "one"])
def test_the_tokens_sampled_with_stale_weights_tell_them_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, dtype: str
) -> None:
    """Where the hand-over is not looked at: at a learning rate whose updates move the log-probabilities by more than
    rounding, in the first step that samples with them."""
    plant(monkeypatch, fault)
    with pytest.raises(RunError, match=r"step 3: log-probabilities of sampler and trainer are apart: mean \d\.\d+ ab"):
        train(tmp_path, "optimizer.lr=1e-2", f"model.dtype={dtype}", "health.stale_weights=off")
    assert [line["step"] for line in metrics(tmp_path)] == [1, 2]
