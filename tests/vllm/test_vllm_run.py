"""Training runs with rollout=vllm: the reward rises, the numbers agree, weights are verified, stale ones are caught."""

from pathlib import Path
from typing import Any

import pytest
from runs import json_lines, train_here

from oneshot_rlvr.errors import RunError

SANDBOX = ("+experiment=sandbox_oneshot", "rollout=vllm", "data.examples=[pool-0002]", "checkpoint.every=0",
           "rollout.vllm.kv_cache_gb=0.25", "runtime.device=cpu")  # fmt: skip


def test_twenty_steps_in_the_sandbox(tmp_path: Path) -> None:
    run = train_here(*SANDBOX, f"trainer.output_dir={tmp_path}", "trainer.total_steps=20", "trainer.eval_every=20",
                     "data.validation_limit=12")  # fmt: skip
    lines = [line for line in json_lines(run / "metrics.jsonl") if "reward/mean" in line]
    rewards = [line["reward/mean"] for line in lines]
    first, last = sum(rewards[:5]) / 5, sum(rewards[-5:]) / 5
    assert len(lines) == 20 and first < 0.3 and last > first + 0.3
    assert max(line["mismatch/max"] for line in lines) < 1e-4
    assert max(line["mismatch/probe"] for line in lines) < 1e-4
    figures = {name: max(line[name] for line in lines) for name in ("mismatch/max", "mismatch/probe")}
    sync = sorted(line["time/sync"] for line in lines)[10]
    print(f"\nreward {first:.3f} -> {last:.3f}; {figures}; a sync takes {sync * 1e3:.0f} ms")
    assert (run / "checkpoints" / "step_000020" / "MANIFEST.json").is_file()
    assert len(list(run.glob("eval/step_000020/*/samples.jsonl"))) == 2


def test_a_run_is_the_same_run_again_and_goes_on_after_a_stop(tmp_path: Path) -> None:
    common = (*SANDBOX, "data.validation=null", "trainer.keep_rollouts=all", "checkpoint.every=2")
    whole = train_here(*common, f"trainer.output_dir={tmp_path}/whole", "trainer.total_steps=4")
    train_here(*common, f"trainer.output_dir={tmp_path}/parts", "trainer.total_steps=2")
    parts = train_here(*common, f"trainer.output_dir={tmp_path}/parts", "trainer.total_steps=4")
    kept = ("reward/mean", "policy/loss", "policy/grad_norm", "mismatch/max", "tokens/response")
    rows = [[[line[k] for k in kept] for line in json_lines(run / "metrics.jsonl")] for run in (whole, parts)]
    assert rows[0] == rows[1] and len(rows[0]) == 4


@pytest.mark.parametrize("fault", ["skipped", "head", "cache", "half"])
def test_stale_weights_stop_the_run_in_the_same_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Said to have arrived and not sent; all but the packed copy of the tied head; the version not committed; half of
    the tensors old, in bfloat16 and by an update far below the bound on scores.
    """
    from oneshot_rlvr.rollout import vllm_engine

    load, kept = vllm_engine.VllmSampler.load_weights, {}

    def planted(self: Any, version: int, weights: Any) -> None:
        weights = kept[version] = [(name, tensor.clone()) for name, tensor in weights]
        if version != 2:
            return load(self, version, weights)
        if fault == "half":
            return load(self, version, weights[:20] + kept[1][20:])
        if fault == "skipped":
            return self.llm.update_weight_version("2")
        with monkeypatch.context() as patch:
            if fault == "head":
                patch.setattr("oneshot_rlvr.weights.vllm_extension.pack_again", lambda model: None)
            else:
                patch.setattr(self.engine, "commit", lambda version: None)
            return load(self, version, weights)

    monkeypatch.setattr(vllm_engine.VllmSampler, "load_weights", planted)
    said = "the sampler holds the weights of step 1" if fault == "cache" else "weights have not arrived in the sampler"
    with pytest.raises(RunError, match=f"step 2: {said}"):
        train_here(*SANDBOX, f"trainer.output_dir={tmp_path}", "trainer.total_steps=3", "data.validation=null",
                   "optimizer.warmup_steps=0", "optimizer.lr=1e-3" if fault != "half" else "optimizer.lr=1e-5",
                   f"model.dtype={'bfloat16' if fault == 'half' else 'float32'}")  # fmt: skip
    assert [line["step"] for line in json_lines(tmp_path / "sandbox_oneshot" / "seed0" / "metrics.jsonl")] == [1]


def test_an_engine_in_a_ray_actor_samples_what_one_beside_the_trainer_does(tmp_path: Path) -> None:
    common = (*SANDBOX, "data.validation=null", "trainer.total_steps=3")
    runs = [
        train_here(*common, f"trainer.output_dir={tmp_path}/{runtime}", f"runtime={runtime}")
        for runtime in ("local", "ray")
    ]
    local, ray = (json_lines(run / "metrics.jsonl") for run in runs)
    for ours, theirs in zip(local, ray, strict=True):
        assert ours["tokens/response"] == theirs["tokens/response"] and ours["reward/mean"] == theirs["reward/mean"]
        assert theirs["policy/grad_norm"] == pytest.approx(ours["policy/grad_norm"], rel=1e-4)
        assert theirs["mismatch/max"] < 1e-4 and theirs["mismatch/probe"] < 1e-4
