"""Training in float16: the loss is scaled, what overflows is left out and counted, and the scale is stored."""

from pathlib import Path

import pytest
import torch
from runs import fingerprint, json_lines, train_here
from small import batch, one_update, small_config, small_workers

from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.schema import AlgorithmConfig
from oneshot_rlvr.errors import NonFinite, UserError
from oneshot_rlvr.learner.learner import Learner
from oneshot_rlvr.learner.optimizer import GROWS_AFTER, LossScale
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.trainer import preflight

GRPO = AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0)


def gradients(workers: Workers, weight: float) -> torch.Tensor:
    """Of a pass in which every token weighs so much."""
    found = batch()
    rows = len(found.sequences)
    workers.policy.forward_backward(found.sequences, torch.full((rows,), weight), [range(rows)])
    return torch.cat([g.flatten() for g in workers.policy.trained.gradients() if g is not None]) / weight


def test_small_gradients_survive_by_the_scale() -> None:
    """Of weights of 1e-7: float16 has no numbers below 6e-8. Without a scale half of the gradient is lost."""
    exact = gradients(small_workers(small_config(algorithm=GRPO)), 1e-7)
    apart = {}
    for scale in (1.0, 65536.0):
        workers = small_workers(small_config(algorithm=GRPO, loss_scale=scale), torch.float16)
        apart[scale] = float((gradients(workers, 1e-7) - exact).norm() / exact.norm())
    assert apart[65536.0] < 0.02 < 0.3 < apart[1.0], apart


def test_what_overflows_is_left_out_counted_and_tried_with_half_the_scale() -> None:
    workers = small_workers(small_config(algorithm=GRPO, loss_scale=2.0**40), torch.float16)
    before = [p.detach().clone() for p in workers.policy.trained.parameters]
    stats = one_update(workers)
    assert stats.values["policy/overflows"] == 1 and stats.values["policy/loss_scale"] == 2.0**39
    assert "policy/grad_norm" not in stats.values and stats.values["policy/lr"] == 0
    assert all(torch.equal(a, b) for a, b in zip(before, workers.policy.trained.parameters))
    while (stats := one_update(workers)).values["policy/overflows"]:
        pass
    assert 0 < stats.values["policy/grad_norm"] < 100 and stats.values["policy/loss_scale"] < 2.0**39
    assert not all(torch.equal(a, b) for a, b in zip(before, workers.policy.trained.parameters))


def test_the_scale_grows_again_and_ends_at_one() -> None:
    scale = LossScale(4.0)
    for _ in range(GROWS_AFTER - 1):
        scale.learn(False)
    assert scale.factor == 4.0
    scale.learn(False)
    assert (scale.factor, scale.clean) == (8.0, 0)
    for left in (4.0, 2.0, 1.0):
        scale.learn(True)
        assert scale.factor == left
    with pytest.raises(NonFinite, match="overflow in float16 at every scale"):
        scale.learn(True)


def test_other_types_have_none_and_adapters_on_a_float16_base_have_one() -> None:
    assert small_workers(small_config(), torch.bfloat16).policy.trained.scale is None
    assert "policy/overflows" not in one_update(small_workers(small_config())).values
    pytest.importorskip("peft")
    assert small_workers(small_config(rank=2), torch.float16).policy.trained.scale is not None


def test_the_learner_s_state_has_the_scale() -> None:
    learners = [Learner(small_workers(small_config(algorithm=GRPO), torch.float16), GRPO, 40, 20.0) for _ in range(2)]
    scale = learners[0].workers.policy.trained.scale
    scale.learn(True)
    scale.learn(False)
    assert learners[0].state() == {"loss_scale": {"policy": [32768.0, 1]}}
    learners[1].load_state(learners[0].state())
    assert learners[1].state() == learners[0].state()


def test_a_run_in_float16_goes_on_bit_for_bit(tmp_path: Path) -> None:
    settings = ["+experiment=sandbox_oneshot", "model.dtype=float16", "runtime.device=cpu", "data.copies=2",
                "data.prompts_per_step=2", "algorithm.group_size=4", "rollout.max_new_tokens=6", "data.validation=null",
                "checkpoint.every=1", "reward.name=random", "trainer.eval_every=0", "trainer.eval_first=false",
                "rollout=transformers", "optimizer.loss_scale=1e12"]  # fmt: skip
    whole = train_here(*settings, f"trainer.output_dir={tmp_path}/a", "trainer.total_steps=3")
    train_here(*settings, f"trainer.output_dir={tmp_path}/b", "trainer.total_steps=2")
    parts = train_here(*settings, f"trainer.output_dir={tmp_path}/b", "trainer.total_steps=3")
    assert fingerprint(whole, 3) == fingerprint(parts, 3)
    lines = [line for line in json_lines(whole / "metrics.jsonl") if "policy/loss_scale" in line]
    assert lines[0]["policy/overflows"] == 1 and lines[0]["policy/loss_scale"] == 5e11


def test_several_processes_are_refused() -> None:
    config = load_run_config(["+experiment=sandbox_oneshot", "model.dtype=float16", "runtime=ray"])
    with pytest.raises(UserError, match=r"model.dtype=float16: the scale of its loss is kept by runtime=local"):
        preflight.check(config)
