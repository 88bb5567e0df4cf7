"""The transformers sampler: greedy equals a plain loop, seeds decide, finished rows drop, weights swap."""

import copy
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import VOCAB, NumberTokenizer, asked, tiny_model

from oneshot_rlvr.rollout.transformers_engine import TransformersSampler, certainty, pick
from oneshot_rlvr.types import Sampling

PROMPTS = [(5, 6, 7), (11,), tuple(range(4, 40)), (9, 9)]
STOP = (2, 3)


def sampler(max_batch_tokens: int = 100_000, seed: int = 0) -> TransformersSampler:
    return TransformersSampler(tiny_model(seed), NumberTokenizer(), max_batch_tokens)


def plain_greedy(prompt: tuple[int, ...], max_new_tokens: int) -> list[int]:
    model = tiny_model()
    model.config._attn_implementation = "eager"
    ids = list(prompt)
    for _ in range(max_new_tokens):
        with torch.no_grad():
            ids.append(int(model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1].argmax()))
        if ids[-1] in STOP:
            break
    return ids[len(prompt) :]


def test_greedy_equals_a_plain_loop() -> None:
    rollouts = sampler().generate([asked(p, 0) for p in PROMPTS], Sampling(0.0, 20, STOP))
    for prompt, rollout in zip(PROMPTS, rollouts):
        assert list(rollout.token_ids) == plain_greedy(prompt, 20)
        stopped = rollout.token_ids[-1] in STOP
        assert rollout.finish_reason == ("stop" if stopped else "length")
        assert len(rollout.logprobs) == len(rollout.token_ids)


def test_a_rollout_depends_on_its_seed_alone() -> None:
    requests = [asked(PROMPTS[i % 4], seed=i) for i in range(24)]
    sampling = Sampling(1.0, 20, STOP)
    together = sampler().generate(requests, sampling)
    alone = [sampler().generate([r], sampling)[0] for r in requests]
    small_batches = sampler(max_batch_tokens=130).generate(requests, sampling)
    backwards = sampler().generate(requests[::-1], sampling)[::-1]
    for one, *others in zip(together, alone, small_batches, backwards):
        assert all(other.token_ids == one.token_ids for other in others)
        assert np.allclose(one.logprobs, others[0].logprobs, atol=1e-4)
    assert len({r.token_ids for r in together}) > 12  # and different seeds do differ
    assert {r.finish_reason for r in together} == {"stop", "length"}


def test_on_finished_sees_every_rollout_once() -> None:
    seen: dict[int, object] = {}
    requests = [asked(PROMPTS[i % 4], seed=i) for i in range(9)]
    rollouts = sampler(200).generate(requests, Sampling(1.0, 8, STOP), lambda i, r: seen.setdefault(i, r))
    assert [seen[i] for i in range(9)] == rollouts


def test_sampled_frequencies_are_those_of_the_model() -> None:
    torch.manual_seed(0)
    logits = torch.randn(1, 6)
    uniforms = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    tokens, logprobs = pick(logits.expand(20_000, -1), Sampling(0.6, 1, ()), uniforms)
    expected = (logits[0] / 0.6).softmax(-1)
    assert torch.allclose(tokens.bincount(minlength=6) / 20_000, expected, atol=1e-3)
    assert torch.allclose(logprobs, expected.log()[tokens], atol=1e-5)


def test_certainty_by_hand() -> None:
    """KL of (1/2, 1/2) from (0.9, 0.1) and from itself; sharper at temperature 1/2: (0.81, 0.01) / 0.82."""
    logits = torch.tensor([[0.9, 0.1], [0.5, 0.5]]).log()
    assert certainty(logits, 1.0).tolist() == pytest.approx([-math.log(4 * 0.9 * 0.1) / 2, 0.0], abs=1e-6)
    assert certainty(logits, 0.0).tolist() == certainty(logits, 1.0).tolist()
    sharper = -math.log(4 * 0.81 * 0.01 / 0.82**2) / 2
    assert certainty(logits, 0.5).tolist() == pytest.approx([sharper, 0.0], abs=1e-6)


def test_certainties_come_where_they_are_asked_for_and_change_nothing() -> None:
    """Of every token of the response, from the model's own logits after what stands before it."""
    requests = [asked(PROMPTS[i % 4], seed=i) for i in range(8)]
    plain = sampler().generate(requests, Sampling(1.0, 20, STOP, top_p=0.9))
    found = sampler().generate(requests, Sampling(1.0, 20, STOP, top_p=0.9, certainties=True))
    assert [replace(r, certainties=()) for r in found] == plain and not any(r.certainties for r in plain)
    model = tiny_model()
    model.config._attn_implementation = "eager"
    for r in found:
        ids = [*r.task.prompt_ids, *r.token_ids]
        with torch.no_grad():
            probabilities = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].softmax(-1)
        uniform = torch.full((probabilities.shape[1],), 1 / probabilities.shape[1])
        rows = probabilities[len(r.task.prompt_ids) - 1 : -1]
        expected = [(uniform * (uniform / row).log()).sum().item() for row in rows]
        assert r.certainties == pytest.approx(expected, abs=1e-4)


def test_top_p_keeps_the_smallest_sufficient_set() -> None:
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]]))
    uniforms = (torch.arange(1000, dtype=torch.float64) + 0.5) / 1000
    tokens, logprobs = pick(logits.expand(1000, -1), Sampling(1.0, 1, (), top_p=0.7), uniforms)
    assert set(tokens.tolist()) == {0, 1}
    assert logprobs[0].exp().item() == pytest.approx(0.5 / 0.8)


@pytest.mark.parametrize("uniform", [0.0, 1.0 - 2**-53])
def test_the_ends_of_the_uniform_interval_are_tokens_with_mass(uniform: float) -> None:
    logits = torch.full((1, VOCAB), -1e4)
    logits[0, 7] = 0.0
    tokens, _ = pick(logits, Sampling(1.0, 1, ()), torch.tensor([uniform], dtype=torch.float64))
    assert tokens.tolist() == [7]


def test_weights_are_swapped_in_place() -> None:
    request, sampling = [asked(PROMPTS[0], 0)], Sampling(0.0, 20, STOP)
    other = tiny_model(seed=5)
    expected = sampler(seed=5).generate(request, sampling)[0].token_ids
    swapped = sampler()
    assert swapped.generate(request, sampling)[0].token_ids != expected
    swapped.load_weights(3, other.named_parameters())
    assert swapped.version == 3
    assert swapped.generate(request, sampling)[0].token_ids == expected
    with pytest.raises(ValueError, match=r"weights missing: model\.norm\.weight"):
        rest = [(n, p) for n, p in copy.deepcopy(other).named_parameters() if n != "model.norm.weight"]
        swapped.load_weights(4, rest)


def test_a_model_cast_to_bfloat16_keeps_its_angles() -> None:
    """Rounded rotary frequencies would turn by other angles, by 0.2 radians at position 1000."""
    from oneshot_rlvr.models import load

    model = tiny_model()
    before = {name: buffer.clone() for name, buffer in model.named_buffers()}
    load.place(model, torch.device("cpu"), torch.bfloat16)
    assert before and all(torch.equal(buffer, before[name]) for name, buffer in model.named_buffers())
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
