"""Lanes: threads beside each other give what one thread gives, in a fixed order."""

import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

import pytest
import torch
from tiny import NumberTokenizer, asked, batch_of, random_rollouts, tiny_model, worker

from oneshot_rlvr.config.schema import AlgorithmConfig
from oneshot_rlvr.learner.estimate import micro_batches_of
from oneshot_rlvr.learner.sequences import TrainSequence
from oneshot_rlvr.models import policy as policy_model
from oneshot_rlvr.models.cpu import threads
from oneshot_rlvr.models.plain import Passes
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
from oneshot_rlvr.types import Sampling


def sequences() -> list[TrainSequence]:
    return batch_of(random_rollouts(), [1.0, -1.0] * 6).sequences


def one_pass(number: int) -> tuple[list[torch.Tensor], float, dict[int, torch.Tensor], list[torch.Tensor]]:
    policy, batch = worker(AlgorithmConfig(kl_coef=0.1, entropy_coef=0.01)), sequences()
    if number > 1:
        policy.passes = threads.Lanes(policy.model, number)
    micro_batches = micro_batches_of(batch, range(len(batch)), 40)
    weights = torch.linspace(0.01, 0.02, len(batch))
    sums = policy.forward_backward(batch, weights, micro_batches)
    gradients = [p.grad for p in policy.model.parameters() if p.grad is not None]
    reference = policy.logprobs(batch, micro_batches, reference=True)
    return gradients, sums.weighted["policy/loss"], sums.logprobs_B, reference


@pytest.mark.parametrize("number", [2, 3])
def test_lanes_do_not_change_the_gradient(number: int) -> None:
    plain, loss, logprobs, reference = one_pass(1)
    found, found_loss, found_logprobs, found_reference = one_pass(number)
    again = one_pass(number)[0]
    assert found_loss == pytest.approx(loss, rel=1e-6)
    for ours, theirs, second in zip(found, plain, again, strict=True):
        assert (ours - theirs).abs().max() <= 2e-6 * theirs.abs().max()
        assert torch.equal(ours, second)  # whatever thread was first
    for i, expected in logprobs.items():
        assert torch.allclose(found_logprobs[i], expected, atol=1e-5)
    for ours, theirs in zip(found_reference, reference, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize(("number", "rows"), [(1, 7), (3, 3), (9, 1)])
def test_lanes_share_the_rows_of_logits(number: int, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All together hold about as many as one would: a machine may have many processors, but has one memory."""
    monkeypatch.setattr(threads, "number_of_lanes", lambda model: number)
    asked: dict[bool, set[int]] = {True: set(), False: set()}  # with gradients, without
    chunked = policy_model.chunked_logprobs

    def spy(*given: Any) -> object:
        asked[torch.is_grad_enabled()].add(given[4])
        return chunked(*given)

    monkeypatch.setattr(policy_model, "chunked_logprobs", spy)
    policy, batch = worker(AlgorithmConfig(kl_coef=0.1)), sequences()  # with a reference
    policy.forward_backward(batch, torch.ones(len(batch)), [(0, 1, 2)])
    policy.logprobs(batch, [range(len(batch))])
    assert asked == {True: {rows}, False: {rows}}


def test_no_sequence_is_no_gradient() -> None:
    """All groups constant, and nothing but advantages in the loss: every sequence is left out."""
    policy, batch = worker(AlgorithmConfig(kl_coef=0.0, entropy_coef=0.0)), sequences()
    for passes in (Passes(policy.model), threads.Lanes(policy.model, 2)):
        policy.passes = passes
        assert policy.forward_backward(batch, torch.ones(len(batch)), []).tokens == 0
        assert all(p.grad is None for p in policy.model.parameters())


@pytest.mark.parametrize("number", [2, 5])
def test_lanes_do_not_change_what_is_sampled(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "WORTH_A_LANE", 1)
    sampler = TransformersSampler(tiny_model(), NumberTokenizer(), 10_000)
    requests = [asked((3, 4, 5 + i // 3), 100 * i) for i in range(9)]
    sampling = Sampling(1.0, 12, (7, 8, 9))
    sampler.passes = Passes(sampler.model)
    plain = sampler.generate(requests, sampling)
    sampler.passes = threads.Lanes(sampler.model, number)
    arrived: list[int] = []
    found = sampler.generate(requests, sampling, lambda index, rollout: arrived.append(index))
    assert [r.token_ids for r in found] == [r.token_ids for r in plain]
    assert sorted(arrived) == list(range(9))


def test_an_error_in_a_lane_is_raised() -> None:
    def broken(given_up: threading.Event) -> Iterator[int]:
        yield 1
        raise ZeroDivisionError("in the lane")

    def whole(given_up: threading.Event) -> Iterator[int]:
        yield from (2, 3)

    with pytest.raises(ZeroDivisionError, match="in the lane"):
        list(threads.streamed([broken, whole]))


def test_lanes_end_when_nobody_waits_for_them() -> None:
    def endless(start: int, given_up: threading.Event) -> Iterator[int]:
        while not given_up.is_set():
            yield start

    before = threading.active_count()
    with closing(threads.streamed([partial(endless, 1), partial(endless, 2)])) as stream:
        assert next(stream) in (1, 2)
    assert threading.active_count() == before


def test_the_callers_threads_stay_as_they_are() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert threads.together([torch.get_num_threads, torch.get_num_threads]) == [1, 1]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
