"""Every architecture computes what transformers does: a whole step's gradient and greedy tokens, against float64."""

import copy
from dataclasses import replace
from pathlib import Path

import families
import pytest
import torch
from families import CASES, exact, greedy, plain_logprobs, stored
from tiny import NumberTokenizer, asked, batch_of, random_rollouts

from oneshot_rlvr.config.model_files import PACKED
from oneshot_rlvr.config.schema import AlgorithmConfig, CompatConfig, LoraConfig, OptimizerConfig
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.models import load
from oneshot_rlvr.models.attention import is_packed
from oneshot_rlvr.models.policy import PolicyModel
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
from oneshot_rlvr.types import Sampling

ALGORITHM = AlgorithmConfig(kl_coef=0.0, entropy_coef=0.01)
ROLLOUTS = random_rollouts(num_groups=3, group_size=3)
ADVANTAGES = [1.0, -0.5, 0.25, -1.0, 0.75, 0.5, -0.25, 1.0, -1.0]


@pytest.fixture(scope="module", params=CASES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> torch.nn.Module:
    """Of one case, from a folder."""
    return load.load_model(str(stored(request.param, tmp_path_factory.mktemp("model"))), torch.float32)


def worker(model: torch.nn.Module) -> PolicyWorker:
    policy = PolicyModel(model, "packed_sdpa", torch.float32, 7)
    return PolicyWorker(policy, None, ALGORITHM, OptimizerConfig(lr=1e-3), CompatConfig(), 0.6)


def test_it_is_packed_where_it_should_be(model: torch.nn.Module) -> None:
    assert is_packed(model) == (model.config.model_type in PACKED)
    assert {kind for kind, _ in families.PACKED.values()} == set(PACKED)  # none that is not tested


def test_the_gradient_of_a_step_is_that_of_a_plain_float64_loop(model: torch.nn.Module) -> None:
    policy, reference = worker(copy.deepcopy(model)), exact(model)
    batch = batch_of(ROLLOUTS, ADVANTAGES)
    weights = torch.full((len(ROLLOUTS),), 0.1)
    sums = policy.forward_backward(batch.sequences, weights, [[0, 1, 2, 3], [4, 5, 6, 7, 8]])
    loss = torch.zeros((), dtype=torch.float64)
    for i, (rollout, advantage) in enumerate(zip(ROLLOUTS, ADVANTAGES)):
        logprobs, entropy = plain_logprobs(reference, rollout)
        torch.testing.assert_close(sums.logprobs_B[i].double(), logprobs, rtol=0, atol=2e-5)
        # the ratio is 1 on the first update: its gradient is that of the log-probability
        loss = loss - 0.1 * (advantage * logprobs).sum() - 0.1 * 0.01 * entropy.sum()
    loss.backward()
    plain = dict(reference.named_parameters())
    found = dict(policy.language_model.named_parameters())
    largest = max(float(p.grad.abs().max()) for p in plain.values() if p.grad is not None)
    for name, parameter in plain.items():
        ours = found[name].grad
        if parameter.grad is None:
            assert ours is None or not ours.any(), name
        else:
            assert (ours.double() - parameter.grad).abs().max() <= 2e-5 * largest, name


def test_greedy_tokens_are_those_of_a_plain_float64_loop(model: torch.nn.Module) -> None:
    """Rows of unlike lengths, some of one prompt, ends of rows that leave the batch."""
    sampler, reference = TransformersSampler(copy.deepcopy(model), NumberTokenizer(), 10_000), exact(model)
    prompts = [(5, 6, 7), (11,), (9, 8, 7, 6, 5, 4, 3, 12, 13), (5, 6, 7)]
    wanted = [greedy(reference, prompt, 14) for prompt in prompts]
    stop = wanted[1][4]  # ends the second row before the others
    wanted = [ids[: ids.index(stop) + 1] if stop in ids else ids for ids in wanted]
    found = sampler.generate([asked(prompt) for prompt in prompts], Sampling(0.0, 14, (stop,)))
    assert [rollout.token_ids for rollout in found] == wanted
    for rollout in found:
        logprobs, _ = plain_logprobs(reference, replace(rollout, logprobs=()))
        score = sampler.score(rollout.task.prompt_ids, rollout.token_ids)
        torch.testing.assert_close(torch.tensor(score), torch.tensor(rollout.logprobs), rtol=0, atol=2e-5)


def test_the_start_compares_it_with_the_model_called_plainly(model: torch.nn.Module) -> None:
    pairs = [(r.task.prompt_ids, r.token_ids) for r in ROLLOUTS]
    before = copy.deepcopy(model)
    own, plain = worker(before).compared(pairs)
    for ours, theirs in zip(own, plain):
        torch.testing.assert_close(torch.tensor(ours), torch.tensor(theirs), rtol=0, atol=2e-5)
    assert before.config._attn_implementation == model.config._attn_implementation  # as it was


def test_tied_weights_stay_tied_and_a_state_comes_back(model: torch.nn.Module) -> None:
    policy = worker(copy.deepcopy(model))
    batch = batch_of(ROLLOUTS, ADVANTAGES)
    policy.forward_backward(batch.sequences, torch.full((len(ROLLOUTS),), 0.1), [list(range(len(ROLLOUTS)))])
    policy.trained.step()
    tied = model.config.tie_word_embeddings
    trained = policy.language_model
    assert (trained.get_output_embeddings().weight is trained.get_input_embeddings().weight) == tied
    other = worker(copy.deepcopy(model))
    other.trained.load_state(policy.trained.state(), policy.trained.updates)
    for (name, ours), theirs in zip(other.language_model.named_parameters(), trained.parameters()):
        assert torch.equal(ours, theirs), name


def test_adapters_start_as_nothing_and_are_merged(model: torch.nn.Module) -> None:
    pytest.importorskip("peft")
    from oneshot_rlvr.models.lora import add_adapters

    adapted = copy.deepcopy(model)
    add_adapters(adapted, LoraConfig(rank=2), 0, "tiny")
    policy = worker(adapted)
    pairs = [(r.task.prompt_ids, r.token_ids) for r in ROLLOUTS[:3]]
    plain, _ = worker(copy.deepcopy(model)).compared(pairs)
    start, _ = policy.compared(pairs)
    assert all(torch.allclose(torch.tensor(a), torch.tensor(b), rtol=0, atol=2e-5) for a, b in zip(start, plain))
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if ".lora_B." in name:
                parameter.normal_(std=0.05)
    moved, _ = policy.compared(pairs)
    merged = copy.deepcopy(model)
    own = dict(merged.named_parameters())
    for name, tensor in policy.weights():
        own.pop(name).data.copy_(tensor)
    assert not own
    found, _ = worker(merged).compared(pairs)
    assert not torch.allclose(torch.tensor(moved[0]), torch.tensor(plain[0]), rtol=0, atol=1e-3)
    for ours, theirs in zip(moved, found):
        torch.testing.assert_close(torch.tensor(ours), torch.tensor(theirs), rtol=0, atol=1e-4)
