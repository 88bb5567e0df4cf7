"""Every architecture computes what transformers does: a whole step's gradient and greedy tokens, against float64."""

import copy

import families
import pytest
import torch
from families import ADVANTAGES, CASES, ROLLOUTS, exact, greedy, step_compared, stored, worker
from tiny import NumberTokenizer, asked, batch_of
from transformers import PreTrainedModel

from oneshot_rlvr.config.model_files import PACKED
from oneshot_rlvr.config.schema import LoraConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.models import load
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
from oneshot_rlvr.types import Sampling


@pytest.fixture(scope="module", params=CASES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> PreTrainedModel:
    """Of one case, from a folder."""
    return load.load_model(str(stored(request.param, tmp_path_factory.mktemp("model"))), torch.float32)


def test_every_type_that_is_packed_is_a_case() -> None:
    assert {kind for kind, _ in families.PACKED.values()} == set(PACKED)


def test_the_gradient_of_a_step_is_that_of_a_plain_float64_loop(model: PreTrainedModel) -> None:
    found = step_compared(copy.deepcopy(model))
    assert found.logprobs <= 2e-5 and found.gradient <= 2e-5
    assert found.packed == (model.config.model_type in PACKED)


def test_greedy_tokens_are_those_of_a_plain_float64_loop(model: PreTrainedModel) -> None:
    """Rows of unlike lengths, some of one prompt, ends of rows that leave the batch."""
    sampler, reference = TransformersSampler(copy.deepcopy(model), NumberTokenizer(), 10_000), exact(model)
    prompts = [(5, 6, 7), (11,), (9, 8, 7, 6, 5, 4, 3, 12, 13), (5, 6, 7)]
    wanted = [greedy(reference, prompt, 14) for prompt in prompts]
    stop = wanted[1][4]  # ends the second row before the others
    wanted = [ids[: ids.index(stop) + 1] if stop in ids else ids for ids in wanted]
    found = sampler.generate([asked(prompt) for prompt in prompts], Sampling(0.0, 14, (stop,)))
    assert [rollout.token_ids for rollout in found] == wanted
    for rollout in found:
        score = sampler.score(rollout.task.prompt_ids, rollout.token_ids)
        torch.testing.assert_close(torch.tensor(score), torch.tensor(rollout.logprobs), rtol=1e-5, atol=2e-5)


def test_tied_weights_stay_tied_and_a_state_comes_back(model: PreTrainedModel) -> None:
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


def test_adapters_start_as_nothing_and_are_merged(model: PreTrainedModel) -> None:
    pytest.importorskip("peft")
    from oneshot_rlvr.models.lora import add_adapters

    adapted = copy.deepcopy(model)
    if model.config.model_type == "mamba":
        with pytest.raises(UserError, match=r"peft adapts no MambaForCausalLM: .*'out_proj'"):
            add_adapters(adapted, LoraConfig(rank=2), 0, "tiny")
        return
    with pytest.raises(UserError, match=r"model.lora.targets: \w+ has no other; its linear layers are \w+, "):
        add_adapters(adapted, LoraConfig(rank=2, targets=["other"]), 0, "tiny")
    add_adapters(adapted, LoraConfig(rank=2), 0, "tiny")
    policy = worker(adapted)
    pairs = [(r.task.prompt_ids, r.token_ids) for r in ROLLOUTS[:3]]
    plain, _ = worker(copy.deepcopy(model)).compared(pairs)
    start, _ = policy.compared(pairs)
    assert all(torch.allclose(torch.tensor(a), torch.tensor(b), rtol=1e-5, atol=2e-5) for a, b in zip(start, plain))
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
