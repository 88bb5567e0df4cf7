"""Adapters: what they train, what is merged, what the reference is, what is stored."""

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small import GRPO, NoTokenizer, one_update, sequences, small_config, small_workers
from tiny import SHAPE, by_modules, tiny_model

from oneshot_rlvr import checkpoint
from oneshot_rlvr.config.schema import CompatConfig, LoraConfig, OptimizerConfig
from oneshot_rlvr.config.shapes import num_adapter_parameters
from oneshot_rlvr.learner.estimate import Workers
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.models.policy import PolicyModel
from oneshot_rlvr.trainer.build import LocalStore

pytest.importorskip("peft")
SETTINGS = OptimizerConfig(), CompatConfig()


def test_a_step_changes_only_the_adapters() -> None:
    workers = small_workers(small_config(rank=4))
    model = workers.policy.language_model
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    one_update(workers)
    moved = {name for name, p in model.named_parameters() if not torch.equal(p, before[name])}
    adapters = {name for name in before if ".lora_" in name}
    assert moved == adapters and len(adapters) == 2 * 2 * 7  # two matrices, two layers, seven linear ones each
    # by hand, of each of 2 layers: q, o 32 + 32; k, v 32 + 16; gate, up, down 32 + 48; times rank 4
    count = sum(before[name].numel() for name in adapters)
    assert count == 4 * 2 * (2 * 64 + 2 * 48 + 3 * 80) == num_adapter_parameters(SHAPE, LoraConfig(rank=4))


def test_only_the_layers_that_are_named_get_one() -> None:
    config = small_config(rank=2)
    config.model.lora.targets = ["q_proj", "down_proj"]
    model = small_workers(config).policy.language_model
    names = {name.split(".lora_")[0] for name, _ in model.named_parameters() if ".lora_" in name}
    assert names == {f"model.layers.{i}.{n}" for i in (0, 1) for n in ("self_attn.q_proj", "mlp.down_proj")}


def test_untrained_adapters_change_nothing_and_depend_on_the_seed_alone() -> None:
    from oneshot_rlvr.models.lora import add_adapters

    def made(seed: int) -> dict[str, torch.Tensor]:
        model = tiny_model()
        torch.randn(3)  # the global generator's state does not matter
        add_adapters(model, LoraConfig(rank=4), seed, "tiny")
        return {n: p for n, p in model.named_parameters() if ".lora_" in n}

    first, again, other = made(0), made(0), made(1)
    assert all(torch.equal(first[n], again[n]) for n in first)
    assert not torch.equal(*(x["model.layers.0.self_attn.q_proj.lora_A.default.weight"] for x in (first, other)))
    assert all(not p.any() for n, p in first.items() if ".lora_B." in n)


def test_merged_weights_are_those_of_peft_under_the_names_of_the_base() -> None:
    from peft.tuners.lora import LoraLayer

    policy = small_workers(small_config(rank=4)).policy
    merged = dict(policy.weights())
    plain = tiny_model()
    assert list(merged) == [name for name, _ in plain.named_parameters()]
    theirs = copy.deepcopy(policy.language_model)
    for layer in theirs.modules():
        if isinstance(layer, LoraLayer):
            layer.merge()
    expected = {n.replace(".base_layer", ""): p for n, p in theirs.named_parameters() if ".lora_" not in n}
    for name, tensor in merged.items():
        assert torch.allclose(tensor, expected[name], rtol=0, atol=1e-7), name
    q = "model.layers.0.self_attn.q_proj"
    layer = policy.language_model.get_submodule(q)
    product = layer.lora_B["default"].weight @ layer.lora_A["default"].weight
    assert torch.allclose(merged[f"{q}.weight"], plain.get_submodule(q).weight + 8 / 4 * product, atol=1e-7)
    plain.load_state_dict(merged, strict=False)
    flat = PolicyWorker(PolicyModel(plain, "packed_sdpa", torch.float32, 2048), None, GRPO, *SETTINGS, 0.6)
    split = [[i] for i in range(len(sequences()))]
    for ours, merged_T in zip(policy.logprobs(sequences(), split), flat.logprobs(sequences(), split)):
        assert torch.allclose(ours, merged_T, atol=2e-5)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_gradient_equals_a_padded_full_logits_loop(checkpointing: bool) -> None:
    """W + 2 B A written out for a plain model, padded batch, full logits, autograd through everything."""
    workers = small_workers(small_config(rank=4, checkpointing=checkpointing))
    seen: dict[str, torch.Tensor] = {}
    policy, step = workers.policy, workers.policy.trained.step

    def spy(nonfinite: str | None = None) -> tuple[float, float]:
        seen.update({n: p.grad.clone() for n, p in policy.language_model.named_parameters() if p.grad is not None})
        return step(nonfinite)

    start = {n: p.detach().clone() for n, p in policy.language_model.named_parameters()}
    policy.trained.step = spy
    stats = one_update(workers, micro_batch_tokens=23)

    base = tiny_model()
    base.config._attn_implementation = "eager"
    leaves = {n: p.requires_grad_() for n, p in start.items() if ".lora_" in n}
    weights = {}
    for name, parameter in base.named_parameters():
        stem = name.removesuffix(".weight")
        parts = [leaves.get(f"{stem}.lora_{x}.default.weight") for x in "BA"]
        weights[name] = parameter.detach() if parts[0] is None else parameter.detach() + 2.0 * (parts[0] @ parts[1])
    rows = sequences()
    width = max(len(s.prompt_ids) + len(s.response_ids) for s in rows)
    ids = torch.tensor([[*s.prompt_ids, *s.response_ids] + [0] * (width - len(s.prompt_ids) - len(s.response_ids))
                        for s in rows])  # fmt: skip
    mask = torch.zeros(len(rows), width - 1)
    for n, s in enumerate(rows):
        mask[n, len(s.prompt_ids) - 1 : len(s.prompt_ids) + len(s.response_ids) - 1] = 1
    options = {"input_ids": ids, "use_cache": False}
    temperature = policy.temperature
    log_p = (torch.func.functional_call(base, weights, kwargs=options).logits[:, :-1] / temperature).log_softmax(-1)
    with torch.no_grad():
        log_ref = (base(**options).logits[:, :-1] / temperature).log_softmax(-1)
    chosen = log_p.gather(-1, ids[:, 1:, None])[..., 0]
    d = log_ref.gather(-1, ids[:, 1:, None])[..., 0] - chosen
    k3 = (d.exp() - d - 1).clamp(-10, 10)
    entropy = -(log_p.exp() * log_p).sum(-1)
    advantage = torch.tensor([s.advantages[0].item() for s in rows])[:, None]
    loss = ((-advantage * (chosen - chosen.detach()).exp() - 0.01 * entropy + 0.05 * k3) * mask).sum() / mask.sum()
    loss.backward()
    assert set(seen) == set(leaves)
    scale = max(g.abs().max().item() for g in seen.values())
    gap = max((seen[n] - leaf.grad).abs().max().item() for n, leaf in leaves.items())
    assert scale > 1e-3 and gap / scale < 1e-5
    assert stats.values["policy/loss"] == pytest.approx(loss.item(), rel=1e-5)
    assert stats.values["policy/kl"] == pytest.approx(((k3 * mask).sum() / mask.sum()).item(), rel=1e-4)


def test_the_reference_is_the_base(monkeypatch: pytest.MonkeyPatch) -> None:
    by_modules(monkeypatch)  # as a model with adapters is computed
    policy = small_workers(small_config(rank=4)).policy
    plain = PolicyWorker(PolicyModel(tiny_model(), "packed_sdpa", torch.float32, 2048), None, GRPO, *SETTINGS, 0.6)
    split = [[i] for i in range(len(sequences()))]
    expected = plain.logprobs(sequences(), split)
    assert all(torch.equal(a, b) for a, b in zip(policy.logprobs(sequences(), split, reference=True), expected))
    ours = policy.logprobs(sequences(), split)
    assert max((a - b).abs().max().item() for a, b in zip(ours, expected)) > 0.1
    assert all(p.requires_grad == (".lora_" in n) for n, p in policy.language_model.named_parameters())


def test_threads_do_not_share_a_model_with_adapters() -> None:
    """Switching them off for the reference in one thread would be seen by the others."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert small_workers(small_config(rank=4)).policy.passes.lanes == 1
        assert small_workers(small_config(offload=True), torch.bfloat16).policy.passes.lanes == 1
        assert small_workers(small_config()).policy.passes.lanes == 2
    finally:
        torch.set_num_threads(before)


def test_base_in_bfloat16_adapters_in_float32() -> None:
    workers = small_workers(small_config(rank=4), torch.bfloat16)
    model = workers.policy.language_model
    dtypes = {(".lora_" in name, p.dtype) for name, p in model.named_parameters()}
    assert dtypes == {(False, torch.bfloat16), (True, torch.float32)}
    assert model.model.rotary_emb.inv_freq.dtype == torch.float32
    stats, exact = one_update(workers), one_update(small_workers(small_config(rank=4)))
    assert stats.values["policy/grad_norm"] == pytest.approx(exact.values["policy/grad_norm"], rel=0.05)
    assert all(p.dtype == torch.float32 for n, p in model.named_parameters() if ".lora_" in n)


def test_a_critic_is_trained_whole() -> None:
    config = small_config(rank=4, algorithm=replace(GRPO, name="ppo", kl_in_reward=True))
    critic = small_workers(config).critic
    assert critic is not None and not [n for n, _ in critic.model.named_parameters() if "lora" in n]
    assert all(p.requires_grad for p in critic.model.parameters())


def stored(workers: Workers, folder: Path) -> LocalStore:
    folder.mkdir(exist_ok=True)
    return LocalStore(workers, NoTokenizer(), None)  # type: ignore[arg-type]


def test_saved_and_loaded_it_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    config = small_config(rank=4)
    whole, parts, fresh = small_workers(config), small_workers(config), small_workers(config)
    for _ in range(3):
        one_update(whole)
    one_update(parts)
    store = stored(parts, tmp_path / "step")
    assert set(store._parts()["policy"].state()["model"]) == {
        n for n, _ in parts.policy.language_model.named_parameters() if ".lora_" in n
    }
    store.hold(torch.float32)(tmp_path / "step")
    stored(fresh, tmp_path).load(tmp_path / "step", {"policy": 1})
    for _ in range(2):
        one_update(fresh)
    assert fresh.policy.trained.updates == 3
    for (name, a), (_, b) in zip(whole.policy.weights(), fresh.policy.weights()):
        assert torch.equal(a, b), name


def test_a_checkpoint_holds_the_merged_model_and_the_adapter(tmp_path: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    workers = small_workers(small_config(rank=4))
    stored(workers, tmp_path / "step").hold(torch.float32)(tmp_path / "step")
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "step", dtype=torch.float32)
    expected = dict(workers.policy.weights())
    assert all(torch.equal(p, expected[n]) for n, p in merged.named_parameters())
    checkpoint.export_model(tiny_model(), NoTokenizer(), tmp_path / "base", torch.float32)  # type: ignore[arg-type]
    base = AutoModelForCausalLM.from_pretrained(tmp_path / "base", dtype=torch.float32)
    adapted = PeftModel.from_pretrained(base, str(tmp_path / "step" / "adapter"))
    ids = torch.tensor([[5, 9, 17, 33]])
    with torch.no_grad():
        assert torch.allclose(adapted(ids).logits, merged(ids).logits, atol=1e-4)
        with adapted.disable_adapter():
            assert not torch.allclose(adapted(ids).logits, merged(ids).logits, atol=1e-2)
    assert not (tmp_path / "step" / "adapter_config.json").exists()  # transformers would load that instead
