"""Packing, chunked log-probabilities and the policy's forward pass against plain references."""

from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from tiny import by_modules, tiny_model

from oneshot_rlvr.models import attention
from oneshot_rlvr.models.logprobs import chunked_logprobs
from oneshot_rlvr.models.packing import pack, split_micro_batches
from oneshot_rlvr.models.plain import Scores
from oneshot_rlvr.models.policy import CHECKPOINTING, PolicyModel


def test_pack_as_documented() -> None:
    batch = pack([(1, 2), (1, 2)], [(7, 8), (9, 4)])
    assert batch.input_ids.tolist() == [1, 2, 7, 9]
    assert batch.positions.tolist() == [0, 1, 2, 2]
    assert batch.predict.tolist() == [1, 2, 1, 3]
    assert batch.labels.tolist() == [7, 8, 9, 4]
    assert batch.owner.tolist() == [0, 0, 1, 1]
    assert batch.lengths == (3, 3)
    assert batch.token_of_cell.tolist() == [0, 1, 2, 0, 1, 3]
    assert batch.cell_of_token.tolist() == [0, 1, 2, 5]
    assert batch.repeated.tolist() == [3, 4]


def test_pack_without_a_prompt_in_common() -> None:
    batch = pack([(1, 2), (1,)], [(7, 8), (9,)])
    assert batch.input_ids.tolist() == [1, 2, 7, 1]
    assert batch.token_of_cell.tolist() == batch.cell_of_token.tolist() == [0, 1, 2, 3]
    assert batch.repeated.tolist() == []


def test_pack_refuses_empty_parts() -> None:
    with pytest.raises(ValueError, match="sequence 1"):
        pack([(1,), ()], [(2,), (3,)])


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(1, 120))
def test_micro_batches_are_a_partition_within_the_limit(lengths: list[int], limit: int) -> None:
    batches = split_micro_batches(lengths, limit)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or sum(lengths[i] for i in batch) <= limit


@pytest.mark.parametrize("chunk", [1, 5, 13, 100])
def test_chunked_equals_full(chunk: int) -> None:
    torch.manual_seed(0)
    hidden = torch.randn(13, 8, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(17, 8, dtype=torch.float64, requires_grad=True)
    labels = torch.randint(17, (13,))
    logits = (hidden @ weight.T).float() / 0.6
    log_p = logits.log_softmax(-1)
    expected = log_p.gather(1, labels[:, None])[:, 0], -(log_p.exp() * log_p).sum(-1)
    factors = torch.randn(2, 13)
    (factors[0] * expected[0] + factors[1] * expected[1]).sum().backward()
    expected_grads = [hidden.grad.clone(), weight.grad.clone()]
    hidden.grad = weight.grad = None

    found = chunked_logprobs(hidden, weight, labels, temperature=0.6, chunk=chunk)
    (factors[0] * found[0] + factors[1] * found[1]).sum().backward()
    for ours, plain in zip(found, expected):
        assert torch.allclose(ours, plain, atol=1e-6)
    for ours, plain in zip([hidden.grad, weight.grad], expected_grads):
        assert torch.allclose(ours, plain, atol=1e-5)


@pytest.mark.parametrize("which", [0, 1])
def test_chunked_gradient_of_one_output_alone(which: int) -> None:
    torch.manual_seed(1)
    weight = torch.randn(9, 4, requires_grad=True)
    hidden, labels = torch.randn(6, 4), torch.randint(9, (6,))
    chunked_logprobs(hidden, weight, labels, temperature=1.0, chunk=4)[which].sum().backward()
    found = weight.grad.clone()
    weight.grad = None
    log_p = (hidden @ weight.T).log_softmax(-1)
    (log_p.gather(1, labels[:, None])[:, 0] if which == 0 else -(log_p.exp() * log_p).sum(-1)).sum().backward()
    assert torch.allclose(found, weight.grad, atol=1e-6)


SEQUENCES = [((5, 6, 7), (8, 9, 10, 2)), ((11,), (12, 2)), ((4, 5, 6, 7, 8, 9), (3, 14, 15, 16, 17, 18, 2))]
LONG = tuple(range(3, 43))
SHARED = [((5, 6, 7), (8, 9)), ((11,), (12, 2)), ((5, 6, 7), (8, 3, 10, 2)), ((5, 6, 7), LONG), ((11,), (2,))]


@pytest.mark.parametrize("sequences", [SEQUENCES, SHARED], ids=["own prompts", "shared prompts"])
@pytest.mark.parametrize("layout", ["packed_sdpa", "varlen"])
def test_packed_equals_one_by_one(
    sequences: list[tuple[tuple[int, ...], tuple[int, ...]]], layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Log-probabilities, entropies and gradients of packed sequences equal those of transformers' own forward."""
    monkeypatch.setattr(attention.VarlenLayout, "kernel", plain_varlen)  # the real ones want a GPU
    model = tiny_model()
    policy = PolicyModel(model, layout, torch.float32, chunk=4)
    batch = pack([p for p, _ in sequences], [r for _, r in sequences])
    prompts = {prompt for prompt, _ in sequences}
    assert len(batch.input_ids) == sum(len(r) - 1 for _, r in sequences) + sum(map(len, prompts))
    logprobs, entropy = policy(batch, temperature=0.7)
    (logprobs.sum() + 0.5 * entropy.sum()).backward()
    packed_grads = {name: p.grad.clone() for name, p in model.named_parameters()}

    model.zero_grad()
    model.config._attn_implementation = "eager"
    plain_logprobs, plain_entropy = [], []
    for prompt, response in sequences:
        ids = torch.tensor([prompt + response])
        log_p = (model(input_ids=ids, use_cache=False).logits[0, len(prompt) - 1 : -1] / 0.7).log_softmax(-1)
        plain_logprobs.append(log_p.gather(1, ids[0, len(prompt) :, None])[:, 0])
        plain_entropy.append(-(log_p.exp() * log_p).sum(-1))
    (torch.cat(plain_logprobs).sum() + 0.5 * torch.cat(plain_entropy).sum()).backward()
    assert torch.allclose(logprobs, torch.cat(plain_logprobs), atol=1e-5)
    assert torch.allclose(entropy, torch.cat(plain_entropy), atol=1e-5)
    for name, parameter in model.named_parameters():
        scale = parameter.grad.abs().max()
        assert (packed_grads[name] - parameter.grad).abs().max() <= 1e-5 * scale + 1e-7, name


def plain_varlen(
    self: attention.VarlenLayout, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scores: Scores
) -> torch.Tensor:
    """Sequence by sequence, between the bounds that the kernel would be given."""
    parts = []
    assert self.longest == int(self.cu_seqlens.diff().max())
    for start, end in pairwise(self.cu_seqlens.tolist()):
        one = (x[start:end].transpose(0, 1)[None] for x in (q, k, v))
        out = F.scaled_dot_product_attention(*one, is_causal=True, scale=scores.scale, enable_gqa=True)
        parts.append(out[0].transpose(0, 1))
    return torch.cat(parts)


def test_like_lengths_share_a_grid() -> None:
    assert attention.like_lengths([10, 3, 9, 2, 8]) == [[0, 2, 4], [1], [3]]
    assert attention.like_lengths([]) == []


def test_micro_batches_keep_prompts_together() -> None:
    a, b = (1, 2), (3,)
    assert split_micro_batches([5, 9, 6, 4], 100, [a, b, a, b]) == [[1, 3, 2, 0]]
    assert split_micro_batches([5, 9, 6, 4], 13, [a, b, a, b]) == [[1, 3], [2, 0]]


def test_gradient_checkpointing_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    by_modules(monkeypatch)  # as it is with checkpointing
    batch = pack([p for p, _ in SEQUENCES], [r for _, r in SEQUENCES])
    grads = []
    for checkpointing in (False, True):
        model = tiny_model().train()
        if checkpointing:
            model.gradient_checkpointing_enable(CHECKPOINTING)
        PolicyModel(model, "packed_sdpa", torch.float32, chunk=4)(batch, 1.0)[0].sum().backward()
        grads.append(model.model.layers[0].mlp.up_proj.weight.grad)
    assert torch.equal(grads[0], grads[1])
