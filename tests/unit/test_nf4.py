"""A base in 4 bits: what is stored, what it computes, what is trained, handed over and kept."""

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from small import GRPO, NoTokenizer, one_update, sequences, small_config, small_workers
from tiny import tiny_model
from torch import nn
from transformers import AutoModelForCausalLM

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.models.nf4 import Nf4Linear, quantize_linear
from oneshot_rlvr.trainer.build import LocalStore, build_trained

pytest.importorskip("bitsandbytes")
pytest.importorskip("peft")
CPU = torch.device("cpu")
SPLIT = [[i] for i in range(len(sequences()))]
# arXiv 2305.14314, appendix E
VALUES = [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
          -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
          0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023,
          1.0]  # fmt: skip


@pytest.mark.parametrize(("inputs", "outputs"), [(64, 48), (96, 40), (10, 9)])
def test_each_weight_is_the_nearest_value_times_the_largest_of_its_block(inputs: int, outputs: int) -> None:
    torch.manual_seed(0)
    layer = nn.Linear(inputs, outputs)
    packed = Nf4Linear(layer, CPU, torch.float32)
    assert packed.weight.dtype == torch.uint8 and packed.weight.numel() == inputs * outputs // 2
    weight, found, values = layer.weight.detach().flatten(), packed.whole_weight().flatten(), torch.tensor(VALUES)
    for block, unpacked in zip(weight.split(64), found.split(64)):
        largest = block.abs().max()
        nearest = values[((block / largest)[:, None] - values).abs().argmin(-1)] * largest
        assert (unpacked - nearest).abs().max() < 0.02 * largest  # scales are in 8 bits


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_layer_computes_with_its_whole_weight_and_does_not_hold_it(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    packed = Nf4Linear(nn.Linear(96, 40), CPU, dtype)
    plain = nn.Linear(96, 40).to(dtype)
    plain.weight.data, plain.bias.data = packed.whole_weight(), packed.bias.data
    rows = [torch.randn(7, 96, dtype=dtype, requires_grad=True) for _ in range(2)]
    rows[1].data = rows[0].data.clone()
    held: list[tuple[int, ...]] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: held.append(tuple(t.shape)) or t, lambda t: t):
        found = packed(rows[0])
    assert (40, 96) not in held and (96, 40) not in held
    wanted = plain(rows[1])
    assert found.dtype == dtype and torch.allclose(found, wanted, atol=1e-6 if dtype == torch.float32 else 2e-2)
    (found.float() ** 2).sum().backward()
    (wanted.float() ** 2).sum().backward()
    assert rows[0].grad is not None and rows[1].grad is not None
    assert torch.allclose(rows[0].grad, rows[1].grad, rtol=1e-5 if dtype == torch.float32 else 5e-2, atol=1e-1 * (
        dtype != torch.float32) + 1e-5)  # fmt: skip


def on_the_same_base(checkpointing: bool = False) -> tuple[PolicyWorker, PolicyWorker]:
    """Adapters on a packed base, and on a plain one with the very weights that the packed one acts with."""
    config = small_config(rank=4, checkpointing=checkpointing, quantization="nf4")
    packed = small_workers(config).policy
    model = tiny_model()
    whole = copy.deepcopy(model)
    quantize_linear(whole, CPU, torch.float32)
    for name, module in whole.named_modules():
        if isinstance(module, Nf4Linear):
            model.get_submodule(name).weight.data = module.whole_weight()
    plain = build_trained(small_config(rank=4, checkpointing=checkpointing), model, CPU, torch.float32).policy
    own = {n: p for n, p in packed.language_model.named_parameters() if ".lora_" in n}
    for name, parameter in plain.language_model.named_parameters():
        if ".lora_" in name:
            parameter.data = own[name].data.clone()
    return packed, plain


@pytest.mark.parametrize("checkpointing", [False, True])
def test_a_step_is_that_of_adapters_on_the_rounded_base(checkpointing: bool) -> None:
    """Log-probabilities of policy and reference, loss, every gradient's norm, every adapter after the step."""
    packed, plain = on_the_same_base(checkpointing)
    for reference in (False, True):
        pairs = zip(*(policy.logprobs(sequences(), SPLIT, reference=reference) for policy in (packed, plain)))
        assert all(torch.allclose(a, b, atol=1e-5) for a, b in pairs)
    stats = [one_update(replace_policy(policy)).values for policy in (packed, plain)]
    for key in ("policy/loss", "policy/grad_norm", "policy/kl", "policy/entropy"):
        assert stats[0][key] == pytest.approx(stats[1][key], rel=1e-4), key
    moved = {n for n, p in packed.language_model.named_parameters() if p.requires_grad}
    assert moved and all(".lora_" in name for name in moved)


def replace_policy(policy: PolicyWorker):
    from oneshot_rlvr.learner.workers import Workers

    return Workers(policy, None)


def test_what_is_handed_over_is_the_base_made_whole_with_the_adapters() -> None:
    packed, plain = on_the_same_base()
    merged = dict(packed.weights())
    assert list(merged) == [name for name, _ in tiny_model().named_parameters()]
    assert {tensor.dtype for tensor in merged.values()} == {torch.float32}
    for name, tensor in plain.weights():
        assert torch.allclose(merged[name], tensor, atol=1e-6), name


def test_layers_without_an_adapter_are_packed_too_and_the_head_is_not() -> None:
    config = small_config(rank=2, quantization="nf4")
    config.model.lora.targets = ["q_proj"]
    policy = small_workers(config).policy
    model = policy.language_model
    packed = {name.rpartition(".")[2] for name, module in model.named_modules() if isinstance(module, Nf4Linear)}
    assert packed == {"base_layer", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    assert type(model.get_output_embeddings()) is nn.Linear
    weights = dict(policy.weights())
    assert weights["model.layers.0.mlp.up_proj.weight"].shape == tiny_model().model.layers[0].mlp.up_proj.weight.shape


def test_in_bfloat16_the_adapters_stay_in_float32() -> None:
    config = small_config(rank=4, quantization="nf4")
    half, exact = small_workers(config, torch.bfloat16), small_workers(config)
    dtypes = {(".lora_" in name, p.dtype) for name, p in half.policy.language_model.named_parameters()}
    assert dtypes == {(False, torch.uint8), (False, torch.bfloat16), (True, torch.float32)}
    found, wanted = one_update(half).values, one_update(exact).values
    assert found["policy/grad_norm"] == pytest.approx(wanted["policy/grad_norm"], rel=0.1)


def test_a_checkpoint_holds_the_model_made_whole_and_its_state_the_adapters_alone(tmp_path: Path) -> None:
    workers = small_workers(small_config(rank=4, quantization="nf4"))
    (tmp_path / "step").mkdir()
    store = LocalStore(workers, NoTokenizer(), None)  # type: ignore[arg-type]
    store.hold(torch.float32)(tmp_path / "step")
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "step", dtype=torch.float32)
    expected = dict(workers.policy.weights())
    assert all(torch.equal(p, expected[n]) for n, p in loaded.named_parameters())
    names = set(load_file(tmp_path / "step" / "adapter" / "adapter_model.safetensors"))
    assert names and all(".lora_" in name for name in names)
    assert all(".lora_" in name for name in store._parts()["policy"].state()["model"])


def test_a_critic_is_whole() -> None:
    config = small_config(rank=4, quantization="nf4", algorithm=replace(GRPO, name="ppo", kl_in_reward=True))
    critic = small_workers(config).critic
    assert critic is not None and not [m for m in critic.model.modules() if isinstance(m, Nf4Linear)]


def test_a_model_without_linear_layers_is_one_line() -> None:
    from families import tiny

    with pytest.raises(UserError, match="GPT2LMHeadModel has no linear layers but the head"):
        quantize_linear(tiny("gpt2"), CPU, torch.float32)
