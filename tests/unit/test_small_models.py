"""Small models on a CPU: layers in blocks of tokens, attention in blocks of queries and decoding with weights laid out
once give what transformers' modules give."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import VOCAB, NumberTokenizer, asked, by_modules, random_rollouts, tiny_model
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel, Qwen3Config, Qwen3ForCausalLM

from oneshot_rlvr.models import attention, load
from oneshot_rlvr.models.cpu import blockwise, causal, decoder, products, threads
from oneshot_rlvr.models.critic import ValueModel
from oneshot_rlvr.models.fast import fast
from oneshot_rlvr.models.packing import pack, split_micro_batches
from oneshot_rlvr.models.plain import Scores
from oneshot_rlvr.models.policy import CHECKPOINTING, PolicyModel
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
from oneshot_rlvr.types import Rollout, Sampling

SIZES: dict[str, Any] = dict(
    vocab_size=VOCAB, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=256,
)  # fmt: skip
LLAMA3 = dict(
    rope_type="llama3", rope_theta=1e4, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
    original_max_position_embeddings=64,
)  # fmt: skip


def llama(**further: Any) -> PreTrainedModel:
    torch.manual_seed(0)
    config = LlamaConfig(**SIZES, **further)
    config._attn_implementation = attention.NAME
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for parameter in model.parameters():  # factors of norms and biases as a trained model has them
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model


MODELS: dict[str, Callable[[], Any]] = {
    "qwen2": tiny_model,
    "llama": llama,
    "llama with biases and scaled rotation": lambda: llama(attention_bias=True, rope_parameters=LLAMA3),
}
every_model = pytest.mark.parametrize("make", MODELS.values(), ids=list(MODELS))
every_product = pytest.mark.parametrize("onednn", [True, False])


def use(onednn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if onednn and not products.has_onednn():
        pytest.skip("torch has no oneDNN for this processor")
    monkeypatch.setattr(products, "has_onednn", lambda: onednn)


def batch_of_groups() -> Any:
    rollouts = random_rollouts(6, 4)
    return pack([r.task.prompt_ids for r in rollouts], [r.token_ids for r in rollouts])


@every_model
@every_product
@pytest.mark.parametrize("rows", [7, 1024])
def test_layers_in_blocks_equal_modules(
    make: Callable[[], Any], onednn: bool, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(onednn, monkeypatch)
    monkeypatch.setattr(blockwise, "ROWS", rows)
    model, batch = make(), batch_of_groups()
    assert blockwise.is_plain(model.base_model)

    def run() -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        model.zero_grad()
        logprobs, entropy = PolicyModel(model, "packed_sdpa", torch.float32, 50)(batch, 0.8)
        (logprobs * torch.linspace(-1, 1, len(logprobs)) + 0.1 * entropy).sum().backward()
        return logprobs.detach(), {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}

    logprobs, gradients = run()
    by_modules(monkeypatch)
    expected_logprobs, expected = run()
    assert torch.allclose(logprobs, expected_logprobs, atol=1e-5)
    assert gradients.keys() == expected.keys() == dict(model.named_parameters()).keys()
    for name, gradient in gradients.items():
        assert (gradient - expected[name]).abs().max() <= 1e-5 * expected[name].abs().max(), name


def test_values_in_blocks_equal_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    model, batch = ValueModel(tiny_model(), "packed_sdpa", torch.float32), batch_of_groups()
    torch.nn.init.normal_(model.head.weight)
    found = model(batch)
    by_modules(monkeypatch)
    assert torch.allclose(found, model(batch), atol=1e-5)


def test_modules_compute_what_is_not_plain() -> None:
    qwen3 = Qwen3ForCausalLM(Qwen3Config(**SIZES, head_dim=8))
    windowed = copy.deepcopy(tiny_model())
    windowed.model.layers[0].self_attn.sliding_window = 8
    adapted = copy.deepcopy(tiny_model())
    adapted.model.layers[0].mlp.up_proj = torch.nn.Sequential(adapted.model.layers[0].mlp.up_proj)
    others = [qwen3, windowed, adapted, tiny_model().bfloat16(), llama(mlp_bias=True), llama(hidden_act="gelu")]
    assert [blockwise.is_plain(model.base_model) for model in others] == [False] * len(others)
    dynamic = llama(rope_parameters={"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0})
    assert blockwise.is_plain(dynamic.base_model) and not decoder.can_decode(dynamic)


def test_gradient_checkpointing_goes_through_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = tiny_model().train()
    model.gradient_checkpointing_enable(CHECKPOINTING)
    monkeypatch.setattr(blockwise, "hidden_states", None)
    PolicyModel(model, "packed_sdpa", torch.float32, 50)(batch_of_groups(), 1.0)[0].sum().backward()
    assert all(p.grad is not None for p in model.parameters())


@pytest.mark.parametrize("heads", [1, 2, 3])
def test_causal_attention_equals_torchs(heads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Heads that share keys, grids of several lengths: shorter than a block of queries, as long, not a multiple."""
    monkeypatch.setattr(causal, "QUERIES", 3)
    torch.manual_seed(0)
    grids, width = [(2, 8), (3, 1), (1, 3)], 5
    cells = sum(rows * columns for rows, columns in grids)
    q, k, v = (torch.randn(cells, n * width, dtype=torch.float64, requires_grad=True) for n in (heads, 1, 1))
    expected = attention.torchs_attention(q, k, v, grids, Scores(0.3))
    assert torch.allclose(causal.causal_attention(q, k, v, grids, 0.3), expected)
    assert torch.autograd.gradcheck(lambda *x: causal.causal_attention(*x, grids, 0.3), (q, k, v))


def test_long_sequences_and_half_precision_are_torchs() -> None:
    def query(dtype: torch.dtype = torch.float32) -> torch.Tensor:
        return torch.empty(4, 2 * 4, dtype=dtype)

    kv, grids = torch.empty(4, 4), [(4, 1024)]  # 2 * 2 * 4 * 1024^2 bytes: the limit
    assert causal.can_attend(query(), kv, kv, grids)
    assert not causal.can_attend(query(), kv, kv, [*grids, (1, 1)])
    assert not causal.can_attend(query(torch.bfloat16), kv, kv, grids)
    assert not causal.can_attend(query(), kv, kv.bfloat16(), grids)
    with torch.autocast("cpu", torch.bfloat16):
        assert not causal.can_attend(query(), kv, kv, grids)


def test_attention_keeps_what_it_says() -> None:
    q, k, grids = torch.randn(400, 2 * 8, requires_grad=True), torch.randn(400, 8), [(4, 100)]
    sizes: list[int] = []

    def note(x: torch.Tensor) -> torch.Tensor:
        sizes.append(x.nbytes)
        return x

    with torch.autograd.graph.saved_tensors_hooks(note, lambda x: x):
        causal.causal_attention(q, k, k, grids, 1.0)
    inputs = q.nbytes + 2 * k.nbytes
    assert 2 * 2 * 4 * 100**2 < sum(sizes) - inputs < 1.4 * 2 * 2 * 4 * 100**2  # half a square, and blocks' corners


@every_model
@every_product
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_decoding_equals_modules(
    make: Callable[[], Any], onednn: bool, temperature: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prompts of unlike lengths, several rollouts of each, and rows that end early."""
    use(onednn, monkeypatch)
    prompts = [(5, 6, 7), (11,), tuple(range(4, 40)), (9, 9)]
    requests = [asked(prompts[i % 4], seed=i) for i in range(24)]
    sampler = TransformersSampler(make(), NumberTokenizer(), 100_000)
    assert fast.decoder(sampler.model) is not None

    def run() -> list[Rollout]:
        return sampler.generate(requests, Sampling(temperature, 20, (2, 3, 4, 5)))

    found = run()
    monkeypatch.setattr(decoder, "can_decode", lambda model: False)
    expected = run()
    assert [r.token_ids for r in found] == [r.token_ids for r in expected]
    assert {r.finish_reason for r in found} == {"stop", "length"} or temperature == 0
    for ours, theirs in zip(found, expected):
        assert ours.logprobs == pytest.approx(theirs.logprobs, abs=1e-4)


def test_decoding_sees_weights_that_changed() -> None:
    sampler = TransformersSampler(tiny_model(), NumberTokenizer(), 10_000)
    request, sampling = [asked((5, 6, 7), 0)], Sampling(1.0, 20, ())
    before = sampler.generate(request, sampling)
    sampler.load_weights(1, tiny_model(seed=5).named_parameters())
    assert sampler.generate(request, sampling) != before


def test_every_decoded_token_is_a_pass_through_the_embedding() -> None:
    """What the watchdog takes for a sign of life."""
    sampler, passes = TransformersSampler(tiny_model(), NumberTokenizer(), 10_000), []
    sampler.model.get_input_embeddings().register_forward_pre_hook(lambda *_: passes.append(1))
    sampler.generate([asked((5, 6, 7), 0)], Sampling(1.0, 20, ()))
    assert len(passes) == 20


@given(
    lengths=st.lists(st.integers(1, 300), min_size=1, max_size=60), limit=st.integers(1, 20_000),
    number=st.integers(1, 4),
)  # fmt: skip
def test_lanes_get_the_same_number_of_tokens(lengths: list[int], limit: int, number: int) -> None:
    parts = threads.dealt(number, lengths, split_micro_batches(lengths, limit))
    assert sorted(i for part in parts for members in part for i in members) == list(range(len(lengths)))
    sizes = [sum(lengths[i] for i in members) for part in parts for members in part]
    assert all(size <= max(threads.TOKENS, max(lengths)) for size in sizes)
    loads = [sum(lengths[i] for members in part for i in members) for part in parts]
    loads += [0] * (number - len(loads))
    assert max(loads) - min(loads) <= 2 * max(lengths)


def test_decoding_in_bfloat16_is_as_near_to_float32_as_the_modules_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the probabilities of tokens that it drew itself, by the weights as they are rounded."""
    if not products.multiplies_bfloat16():
        pytest.skip("oneDNN takes no bfloat16 on this processor")
    model = llama(attention_bias=True)
    load.place(model, torch.device("cpu"), torch.bfloat16)
    exact = TransformersSampler(copy.deepcopy(model).float(), NumberTokenizer(), 10_000)
    requests = [asked(prompt, seed) for seed, prompt in enumerate([(5, 6, 7), (5, 6, 7), (9, 8, 7, 6, 5)] * 4)]
    apart = {}
    for folded in (True, False):
        if not folded:
            monkeypatch.setattr(decoder, "can_decode", lambda model: False)
        found = TransformersSampler(copy.deepcopy(model), NumberTokenizer(), 10_000).generate(
            requests, Sampling(1.0, 12, (2,))
        )
        gaps = [abs(a - b) for r in found for a, b in zip(r.logprobs, exact.score(r.task.prompt_ids, r.token_ids))]
        apart[folded] = sum(gaps) / len(gaps)
    assert 0 < apart[True] <= 1.1 * apart[False] <= 0.05, apart


def test_attention_in_half_precision_on_a_cpu_is_that_of_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batch_of_groups()
    layout = attention.GridLayout(batch)
    torch.manual_seed(0)
    half = [torch.randn(1, h, len(batch.input_ids), 8, dtype=torch.bfloat16).requires_grad_() for h in (4, 2, 2)]
    full = [x.detach().float().requires_grad_() for x in half]
    rounded, out = (layout.attend(torch.nn.Identity(), *x, Scores(0.4)) for x in (half, full))
    assert torch.equal(rounded, out.bfloat16())
    grad = torch.randn_like(rounded)
    rounded.backward(grad)
    out.backward(grad.float())
    for ours, theirs in zip(half, full):
        torch.testing.assert_close(ours.grad, theirs.grad.bfloat16(), rtol=2**-6, atol=2**-5)


def test_weights_are_laid_out_once_more_where_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    model = llama()
    size = 4 * sum(p.numel() for p in model.parameters())
    monkeypatch.setattr(decoder, "memory_bytes", lambda: 8 * size)
    assert decoder.pays(model)
    monkeypatch.setattr(decoder, "memory_bytes", lambda: 8 * size - 1)
    assert not decoder.pays(model)
    monkeypatch.setattr(decoder, "memory_bytes", lambda: 80 * size)
    monkeypatch.setattr(decoder, "LARGEST", 1)
    assert decoder.pays(model) == products.has_onednn()
