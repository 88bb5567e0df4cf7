"""Stale weights planted into a real run are caught in the step in which they were planted."""

from pathlib import Path
from typing import Any

import pytest
from runs import TINY, json_lines, train_here

from oneshot_rlvr.errors import RunError
from oneshot_rlvr.workers.rollout_hf import TransformersSampler


@pytest.mark.parametrize("fault", ["skipped", "old", "half", "version"])
def test_stale_weights_stop_the_run_in_the_same_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    load, kept = TransformersSampler.load_weights, {}

    def planted(self: TransformersSampler, version: int, weights: Any) -> None:
        pairs = [(name, tensor.clone()) for name, tensor in weights]
        kept[version] = pairs
        if version != 2:
            load(self, version, pairs)
        elif fault == "skipped":  # said to have arrived
            self.version = 2
        elif fault == "old":
            load(self, 2, kept[1])
        elif fault == "half":
            load(self, 2, pairs[: len(pairs) // 2] + kept[1][len(pairs) // 2 :])
        else:
            load(self, 1, pairs)

    monkeypatch.setattr(TransformersSampler, "load_weights", planted)
    said = "the sampler holds the weights of step 1" if fault == "version" else "weights have not arrived"
    with pytest.raises(RunError, match=f"step 2: {said}"):
        train_here(*TINY, f"trainer.output_dir={tmp_path}", "trainer.total_steps=3", "checkpoint.every=0",
                   "optimizer.lr=1e-5")  # fmt: skip
    lines = json_lines(tmp_path / "pi1_r128" / "seed0" / "metrics.jsonl")
    assert [line["step"] for line in lines] == [1] and lines[0]["mismatch/probe"] < 1e-5


@pytest.mark.parametrize("fault", ["skipped", "half"])
def test_in_bfloat16_a_fault_far_below_the_bound_is_caught_in_the_same_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """The bound on scores is 0.5 nats there, the update moves them by less than 0.01: the checksum tells."""
    load, kept = TransformersSampler.load_weights, {}

    def planted(self: TransformersSampler, version: int, weights: Any) -> None:
        kept[version] = [(name, tensor.clone()) for name, tensor in weights]
        if version == 2 and fault == "half":
            half = len(kept[1]) // 2
            load(self, 2, kept[2][:half] + kept[1][half:])
        elif version == 2:
            self.version = 2
        else:
            load(self, version, kept[version])

    monkeypatch.setattr(TransformersSampler, "load_weights", planted)
    said = r"step 2: weights have not arrived in the sampler: the model has (\d+) tensors with checksum (\w+), "
    with pytest.raises(RunError, match=said + r"the trainer \1 tensors with checksum (?!\2)\w+"):
        train_here(*TINY, f"trainer.output_dir={tmp_path}", "trainer.total_steps=3", "checkpoint.every=0",
                   "optimizer.lr=1e-5", "model.dtype=bfloat16")  # fmt: skip
    lines = json_lines(tmp_path / "pi1_r128" / "seed0" / "metrics.jsonl")
    assert [line["step"] for line in lines] == [1] and lines[0]["mismatch/probe"] < 0.1
