"""AdamW in main memory is AdamW; AdamW with 8-bit moments is near it; both resume to the same bits."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small import GRPO, NoTokenizer, one_update, small_config, small_workers
from tiny import SHAPE, random_rollouts, rewarded, tiny_model
from torch import nn

from oneshot_rlvr.config.schema import AlgorithmConfig, CompatConfig, OptimizerConfig
from oneshot_rlvr.errors import NonFinite
from oneshot_rlvr.learner.estimate import estimate
from oneshot_rlvr.learner.optimizer import Trained
from oneshot_rlvr.learner.update import update
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.models.load import place
from oneshot_rlvr.trainer.build import LocalStore

WIDE = replace(SHAPE, hidden=64, ffn=96)  # 8-bit moments are for tensors of at least 4,096 numbers
PPO = replace(GRPO, name="ppo", kl_in_reward=True)


def parameters(workers: Workers) -> list[torch.Tensor]:
    models = [workers.policy.trained.master, *([] if workers.critic is None else [workers.critic.trained.master])]
    return [p.detach() for model in models for p in model.parameters()]


@pytest.mark.parametrize("algorithm", [GRPO, PPO], ids=["grpo", "ppo"])
def test_offload_changes_no_bit_in_float32(algorithm: AlgorithmConfig) -> None:
    plain, moved = (small_workers(small_config(algorithm=algorithm, offload=x)) for x in (False, True))
    start = [p.clone() for p in parameters(plain)]
    for _ in range(3):
        if algorithm.name == "ppo":
            rollouts = rewarded(random_rollouts(), [1.0, 0.0, 0.0] * 4)
            stats = [update(w, estimate(w, rollouts, algorithm, 40, 0), algorithm, 40, 1.0) for w in (plain, moved)]
        else:
            stats = [one_update(plain), one_update(moved)]
        assert stats[0].values == stats[1].values
    assert moved.policy.trained.master is not moved.policy.trained.module
    for a, b in zip(parameters(plain), parameters(moved)):
        assert torch.equal(a, b)
    assert not torch.equal(parameters(plain)[0], start[0])
    for ours, master in zip(moved.policy.model.parameters(), moved.policy.trained.master.parameters()):
        assert torch.equal(ours, master) and ours.grad is None and master.grad is None


def test_what_is_held_where_in_bfloat16() -> None:
    workers = small_workers(small_config(offload=True), torch.bfloat16)
    policy = workers.policy
    seen = set()
    step = policy.trained.step

    def spy(nonfinite: str | None = None) -> tuple[float, float]:
        assert all(p.grad is None for p in policy.model.parameters())  # torch.compile takes no others
        seen.update((p.dtype, g.dtype) for p, g in zip(policy.model.parameters(), policy.trained.gradients()))
        return step(nonfinite)

    policy.trained.step = spy
    stats = one_update(workers, micro_batch_tokens=20)  # several micro-batches are summed
    assert seen == {(torch.bfloat16, torch.float32)}
    assert {p.dtype for p in policy.trained.master.parameters()} == {torch.float32}
    state = policy.trained.optimizers[0].state.values()
    assert {s["exp_avg"].dtype for s in state} == {torch.float32} and len(state) == 26
    exact = one_update(small_workers(small_config(offload=False)), micro_batch_tokens=20)
    assert stats.values["policy/grad_norm"] == pytest.approx(exact.values["policy/grad_norm"], rel=0.05)
    exported, working = dict(policy.weights(master=True)), dict(policy.weights())
    for name, tensor in exported.items():  # what is exported has not been rounded, what samplers get has been once
        assert tensor.dtype == torch.float32 and torch.equal(working[name], tensor.bfloat16())


def test_a_small_step_is_not_lost_in_bfloat16() -> None:
    """1 + 1e-4 is 1 in bfloat16; forty such steps, summed in float32, are nearer to the next number, 1 + 2^-7."""
    master, working = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False, dtype=torch.bfloat16)
    nn.init.ones_(master.weight)
    nn.init.ones_(working.weight)
    settings = OptimizerConfig(lr=1e-4, weight_decay=0.0, offload=True)
    trained = Trained(working, settings, CompatConfig(), master)
    for _ in range(40):
        (-working(torch.ones(1, dtype=torch.bfloat16))).sum().backward()
        trained.step()
    assert master.weight.item() == pytest.approx(1.004, abs=1e-5)
    assert working.weight.item() == 1 + 2**-7


def test_a_nonfinite_gradient_reaches_no_weight() -> None:
    policy = small_workers(small_config(offload=True)).policy
    before = [p.clone() for p in policy.trained.master.parameters()]
    next(policy.model.parameters()).grad = torch.full_like(next(policy.model.parameters()), torch.inf)
    with pytest.raises(NonFinite):
        policy.trained.step()
    assert all(torch.equal(a, b) for a, b in zip(before, policy.trained.master.parameters()))
    assert all(p.grad is None for p in policy.model.parameters())


def test_eight_bit_moments_are_held_in_bytes_and_step_like_adamw() -> None:
    pytest.importorskip("bitsandbytes")
    plain, small = (small_workers(small_config(name=name), shape=WIDE) for name in ("adamw", "adamw_8bit"))
    start = [p.clone() for p in parameters(plain)]
    for workers in (plain, small):
        for _ in range(3):
            one_update(workers)
    states = small.policy.trained.optimizers[0].state
    large = {p.numel() for p, s in states.items() if s["state1"].dtype == s["state2"].dtype == torch.uint8}
    assert large == {64 * 64, 64 * 96}  # q and o, the three of the MLP; what is smaller stays in float32
    moved = torch.cat([(a - b).flatten() for a, b in zip(parameters(plain), start)])
    gap = torch.cat([(a - b).flatten() for a, b in zip(parameters(plain), parameters(small))])
    assert 0 < gap.norm() < 0.2 * moved.norm()


@pytest.mark.parametrize("optimizer", [{"offload": True}, {"name": "adamw_8bit"}], ids=["offload", "8bit"])
def test_saved_and_loaded_it_goes_on_to_the_same_bits(optimizer: dict[str, object], tmp_path: Path) -> None:
    if "name" in optimizer:
        pytest.importorskip("bitsandbytes")
    whole, parts, fresh = (small_workers(small_config(**optimizer), shape=WIDE) for _ in range(3))
    for _ in range(3):
        one_update(whole)
    one_update(parts)
    tmp_path.joinpath("step").mkdir()
    LocalStore(parts, NoTokenizer(), None).hold(torch.float32)(tmp_path / "step")  # type: ignore[arg-type]
    LocalStore(fresh, NoTokenizer(), None).load(tmp_path / "step", {"policy": 1})  # type: ignore[arg-type]
    for _ in range(2):
        one_update(fresh)
    for a, b in zip(parameters(whole), parameters(fresh)):
        assert torch.equal(a, b)
    for a, b in zip(whole.policy.model.parameters(), fresh.policy.model.parameters()):
        assert torch.equal(a, b)


def test_offload_reads_what_was_saved_without_it(tmp_path: Path) -> None:
    whole, parts, fresh = (small_workers(small_config(offload=x)) for x in (False, False, True))
    for _ in range(2):
        one_update(whole)
    one_update(parts)
    tmp_path.joinpath("step").mkdir()
    LocalStore(parts, NoTokenizer(), None).hold(torch.float32)(tmp_path / "step")  # type: ignore[arg-type]
    LocalStore(fresh, NoTokenizer(), None).load(tmp_path / "step", {"policy": 1})  # type: ignore[arg-type]
    one_update(fresh)
    assert all(torch.equal(a, b) for a, b in zip(parameters(whole), parameters(fresh)))


def test_a_reference_and_a_sampler_keep_their_rotary_frequencies() -> None:
    model = tiny_model()
    exact = model.model.rotary_emb.inv_freq.clone()
    place(model, torch.device("cpu"), torch.bfloat16)
    assert torch.equal(model.model.rotary_emb.inv_freq, exact)
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    reference = small_workers(small_config(), torch.bfloat16).policy.reference
    assert torch.equal(reference.language_model.model.rotary_emb.inv_freq, exact)
