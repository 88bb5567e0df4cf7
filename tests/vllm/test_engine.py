"""The engine against the transformers sampler: same tokens, same numbers, same weights, and nothing of the old ones."""

from collections.abc import Iterator
from typing import Any

import pytest
from tiny import asked

from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.types import Sampling


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test starts from the base's own weights."""
    base = request.getfixturevalue("base")
    base.load(base.weights())
    yield


def gap(ours: Any, theirs: Any) -> float:
    return max(abs(a - b) for a, b in zip(ours, theirs, strict=True))


def test_greedy_equals_the_transformers_sampler(base: Any) -> None:
    sampling = Sampling(0.0, 64, base.stop_ids)
    requests = [asked(prompt, 0) for prompt in base.prompts]
    ours, theirs = base.engine.generate(requests, sampling), base.reference.generate(requests, sampling)
    assert [r.token_ids for r in ours] == [r.token_ids for r in theirs]
    assert [(r.text, r.finish_reason) for r in ours] == [(r.text, r.finish_reason) for r in theirs]
    assert max(gap(a.logprobs, b.logprobs) for a, b in zip(ours, theirs)) < 1e-4
    assert {r.finish_reason for r in ours} == {"stop"} and all(r.token_ids[-1] in base.stop_ids for r in ours)


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.6, 1.0), (0.6, 0.9)])
def test_logprobs_are_those_of_the_distribution_sampled_from(base: Any, temperature: float, top_p: float) -> None:
    """At temperature 0.6 raw log-probabilities would be off by more than 1."""
    import torch

    sampling = Sampling(temperature, 48, base.stop_ids, top_p)
    requests = [asked(base.prompts[i % 4], 50 + i) for i in range(32)]
    gaps, raw_gaps = [], []
    for request, rollout in zip(requests, base.engine.generate(requests, sampling)):
        ids = torch.tensor([[*request.task.prompt_ids, *rollout.token_ids]])
        logits = trainer_logits(base, ids, len(request.task.prompt_ids))
        scaled = torch.log_softmax(logits / temperature, -1)
        if top_p < 1:
            from oneshot_rlvr.rollout.transformers_engine import _nucleus

            scaled = _nucleus(scaled, top_p)
        chosen = torch.tensor(rollout.token_ids)[:, None]
        gaps.append(gap(scaled.gather(1, chosen)[:, 0].tolist(), rollout.logprobs))
        raw_gaps.append(gap(torch.log_softmax(logits, -1).gather(1, chosen)[:, 0].tolist(), rollout.logprobs))
    assert max(gaps) < 1e-4
    assert temperature == 1.0 or max(raw_gaps) > 0.1


def trainer_logits(base: Any, ids: Any, prompt_length: int) -> Any:
    """The response's logits from transformers' own attention: neither sampler's code."""
    import copy

    import torch

    model = copy.deepcopy(base.model)
    model.set_attn_implementation("eager")
    with torch.no_grad():
        return model(input_ids=ids, use_cache=False).logits[0, prompt_length - 1 : -1]


def test_a_rollout_depends_on_its_seed_alone(base: Any) -> None:
    sampling = Sampling(1.0, 40, base.stop_ids)
    requests = [asked(base.prompts[i % 3], 1000 + i) for i in range(24)]
    together = base.engine.generate(requests, sampling)
    backwards = base.engine.generate(requests[::-1], sampling)[::-1]
    alone = [base.engine.generate([request], sampling)[0] for request in requests[:6]]
    assert [r.token_ids for r in together] == [r.token_ids for r in backwards]
    assert [r.token_ids for r in together[:6]] == [r.token_ids for r in alone]
    assert len({r.token_ids for r in together}) > 12
    large = [asked(base.prompts[0], 2**63 - 1), asked(base.prompts[0], 2**63 - 2)]
    assert len({r.token_ids for r in base.engine.generate(large, sampling)}) == 2


def test_prompts_that_do_not_fit_into_one_step_are_not_cut(base: Any) -> None:
    """Half-read prompts cost a CPU's generator a draw: the engine ended with an error."""
    sampling = Sampling(1.0, 6, base.stop_ids)
    requests = [asked((*base.prompts[i % 4], 5 + i, *base.prompts[(i + 1) % 4]), 7 * i) for i in range(160)]
    assert sum(len(r.task.prompt_ids) for r in requests) > 5000
    together = base.engine.generate(requests, sampling)
    for i in (0, 80, 159):
        (alone,) = base.engine.generate([requests[i]], sampling)
        assert alone.token_ids == together[i].token_ids


def test_length_limit_and_callbacks(base: Any) -> None:
    seen: dict[int, Any] = {}
    requests = [asked(base.prompts[i % 3], i) for i in range(9)]
    rollouts = base.engine.generate(requests, Sampling(1.0, 4, base.stop_ids), seen.__setitem__)
    assert [seen[i] for i in range(9)] == rollouts
    assert all(len(r.token_ids) == 4 and r.finish_reason == "length" for r in rollouts)
    with pytest.raises(UserError, match=r"the engine holds 384 tokens .* give rollout\.vllm\.max_model_len="):
        base.engine.generate(requests, Sampling(1.0, 380, base.stop_ids))


def test_an_exception_in_a_callback_leaves_no_request_behind(base: Any) -> None:
    class Asked(Exception):
        pass

    def stop(index: int, rollout: Any) -> None:
        raise Asked

    requests = [asked(base.prompts[i % 3], i) for i in range(9)]
    sampling = Sampling(0.0, 30, base.stop_ids)
    with pytest.raises(Asked):
        base.engine.generate(requests, sampling, stop)
    assert not base.engine.llm.llm_engine.has_unfinished_requests()
    after = base.engine.generate(requests, sampling)
    assert [r.token_ids for r in after] == [r.token_ids for r in base.reference.generate(requests, sampling)]


def test_new_weights_reach_every_tensor_and_the_tied_head(base: Any) -> None:
    """Score of a model that differs in one tensor only, for each tensor: stale copies of any of them would show."""
    prompt, response = base.prompts[0], base.prompts[1][:12]
    moved = dict(base.weights(shift=0.5))
    before = base.engine.score(prompt, response)
    for name, _ in base.weights():
        base.load([(n, moved[n] if n == name else tensor) for n, tensor in base.weights()])
        now = base.engine.score(prompt, response)
        assert gap(now, base.reference.score(prompt, response)) < 1e-4, name
        assert gap(now, before) > 1e-3, name


def test_the_prefix_cache_is_forgotten(base: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A prompt of more than one cache block (128 tokens on a CPU), sampled under old and then under new weights."""
    sampling = Sampling(1.0, 20, base.stop_ids)
    gaps = []
    # The second is the control, on another prompt: nothing is forgotten.
    for prompt, reset in zip(base.prompts, (base.engine.llm.reset_prefix_cache, lambda: True)):
        monkeypatch.setattr(base.engine.llm, "reset_prefix_cache", reset)
        long = asked(tuple((prompt * 40)[:300]), 5)
        base.load(base.weights())
        base.engine.generate([long], sampling)
        base.load(base.weights(shift=0.3))
        rollout = base.engine.generate([long], sampling)[0]
        gaps.append(gap(rollout.logprobs, base.reference.score(long.task.prompt_ids, rollout.token_ids)))
    assert gaps[0] < 1e-4 and gaps[1] > 0.1


def test_an_incomplete_set_is_refused_and_changes_nothing(base: Any) -> None:
    prompt, response = base.prompts[0], base.prompts[1][:12]
    before = base.engine.score(prompt, response)
    moved = base.weights(shift=0.3)
    for wrong, said in (
        (moved[:-1], "weights missing: model.norm.weight"),
        ([*moved, ("lm_head.weight", moved[0][1])], "lm_head.weight has shape .* expected no such one"),
        ([*moved[:-1], (moved[-1][0], moved[-1][1][:-1])], "model.norm.weight has shape"),
    ):
        with pytest.raises(ValueError, match=said):
            base.engine.load_weights(99, wrong)
        assert base.engine.version == base.version
        assert base.engine.score(prompt, response) == before
    base.load(moved)
    assert gap(base.engine.score(prompt, response), base.reference.score(prompt, response)) < 1e-4


def test_a_failure_in_the_middle_makes_the_engine_unusable(base: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the tensors loaded, then an error: from then on the sampler refuses, whatever the engine would say."""
    engine = base.engine.engine
    real = engine.llm.update_weights

    def broken(request: Any) -> None:
        raise OSError("the file is gone")

    monkeypatch.setattr(engine.llm, "update_weights", broken)
    with pytest.raises(RunError, match=r"weights of step 7: vLLM failed in the middle of its update: the file is gone"):
        base.engine.load_weights(7, base.weights(shift=0.3))
    with pytest.raises(RunError, match="half of one version and half of another"):
        base.engine.score(base.prompts[0], (5,))
    with pytest.raises(RunError, match="half of one version and half of another"):
        base.engine.generate([asked(base.prompts[0], 0)], Sampling(0.0, 4, base.stop_ids))
    monkeypatch.setattr(engine.llm, "update_weights", real)
    # For the tests after this one: finish the update that hangs open, which a run would never do.
    engine.broken = None
    from oneshot_rlvr.weights import transfer

    monkeypatch.setattr(engine.llm, "start_weight_update", lambda: None)
    base.engine.load_weights(8, base.weights())
    assert isinstance(base.engine.engine, transfer.Engine)
    assert gap(base.engine.score(base.prompts[0], (5, 6)), base.reference.score(base.prompts[0], (5, 6))) < 1e-4


def test_an_untied_model_and_bfloat16(base: Any) -> None:
    """Another engine: untied head, weights rounded to bfloat16 on their way."""
    import copy

    import torch

    from oneshot_rlvr.config.schema import ShapeConfig
    from oneshot_rlvr.models import load
    from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
    from oneshot_rlvr.rollout.vllm_engine import vllm_sampler

    shape = ShapeConfig(128, 2, 4, 2, 96, 512, 512, tied=False)  # heads of 32: the least that vLLM has on a CPU
    model = load.random_model(shape, base.tokenizer, 3)
    engine = vllm_sampler(base.config, model, base.tokenizer, torch.device("cpu"), torch.bfloat16)
    try:
        engine.load_weights(1, model.named_parameters())
        twin = copy.deepcopy(model).to(torch.bfloat16)
        reference = TransformersSampler(twin, base.tokenizer, 10_000)
        prompt, response = base.prompts[0], base.prompts[1][:12]
        assert gap(engine.score(prompt, response), reference.score(prompt, response)) < 0.1
        with torch.no_grad():
            model.get_output_embeddings().weight.mul_(-8.0)
        engine.load_weights(2, model.named_parameters())
        reference.load_weights(2, model.named_parameters())
        assert engine.version == 2
        assert gap(engine.score(prompt, response), reference.score(prompt, response)) < 0.3
    finally:
        engine.close()
