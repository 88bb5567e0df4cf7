"""A run whose policy worker is killed in the middle of handing weights to a vLLM engine."""

import os
from pathlib import Path

import pytest
from runs import json_lines, train_here

pytest.importorskip("ray")
pytestmark = pytest.mark.timeout(900)
HERE = Path(__file__).resolve().parent


@pytest.mark.parametrize("route", ["gloo", "shared_memory"])
def test_a_sender_killed_in_mid_update_is_named_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    import routes

    from oneshot_rlvr.cluster import placement

    common = ("+experiment=sandbox_oneshot", "rollout=vllm", "data.examples=[pool-0002]", "data.validation=null",
              "runtime.device=cpu", "rollout.vllm.kv_cache_gb=0.125", "trainer.total_steps=3")  # fmt: skip
    killed = tmp_path / "killed"
    monkeypatch.setenv(routes.KILLED, str(killed))
    monkeypatch.setenv("PYTHONPATH", f"{HERE}:{HERE.parent}:{os.environ.get('PYTHONPATH', '')}")  # for routes.py
    monkeypatch.setattr(placement, "train_side", routes.train_side_killed_once)
    monkeypatch.setattr(placement, "sample_side", routes.sample_side)
    monkeypatch.setattr(placement, "weight_route", lambda *placing: route)
    monkeypatch.setitem(placement.BACKENDS, "gloo", "rlvr_gloo")
    monkeypatch.setitem(placement.ROUTE_NAMES, "gloo", "gloo broadcast")
    run = train_here(*common, f"trainer.output_dir={tmp_path}", "runtime=ray", "runtime.policy_workers=2",
                     "runtime.rollout_workers=1", "checkpoint.every=1", "trainer.progress_seconds=0.01")  # fmt: skip
    said = (run / "train.log").read_text()
    assert f"policy worker 0 (process {killed.read_text()} on " in said and " died in handing over weights: " in said
    assert "workers are started again (1 of runtime.restarts=3)" in said
    assert not list(Path("/dev/shm").glob(f"rlvr-weights-{killed.read_text()}-*"))
    whole = train_here(*common, f"trainer.output_dir={tmp_path}/whole", "checkpoint.every=0")
    lines, expected = json_lines(run / "metrics.jsonl"), json_lines(whole / "metrics.jsonl")
    assert [line["step"] for line in lines] == [1, 2, 3]
    for ours, theirs in zip(lines, expected, strict=True):
        assert ours["tokens/response"] == theirs["tokens/response"]
        assert ours["policy/grad_norm"] == pytest.approx(theirs["policy/grad_norm"], rel=1e-4)
        assert ours["mismatch/probe"] < 1e-4
