"""The proxy of a sharded model: padding counts for nothing, and what several processes return becomes one result."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from tiny import batch_of, random_rollouts, workers

from oneshot_rlvr.config.schema import AlgorithmConfig, CriticConfig
from oneshot_rlvr.learner.sequences import TokenSums, TrainSequence
from oneshot_rlvr.learner.workers import Workers

pytest.importorskip("ray")

from oneshot_rlvr.cluster.proxy import RayCritic, RayPolicy
from oneshot_rlvr.cluster.sharding import Share, share_out
from oneshot_rlvr.cluster.train_actor import TrainActor

ALGORITHM = AlgorithmConfig(name="ppo", entropy_coef=0.01)


class Process(TrainActor):
    """One rank without process group: real policy and critic, the whole of each."""

    def __init__(self, parts: Workers) -> None:
        self.policy, self.critic = parts.policy, parts.critic  # type: ignore[assignment]


class Group:
    """As TrainGroup, with the ranks in this process."""

    def __init__(self, *actors: TrainActor) -> None:
        self.workers, self.asked = actors, []

    def all(self, phase: str, method: str, *arguments: Any, each: list[Any] | None = None) -> list[Any]:
        self.asked.append(phase)
        first = [()] * len(self.workers) if each is None else [(share,) for share in each]
        return [getattr(actor, method)(*own, *arguments) for actor, own in zip(self.workers, first, strict=True)]


def sequences(number: int = 4) -> list[TrainSequence]:
    batch = batch_of(random_rollouts(number, 1), [1.0, -1.0, 0.5, 2.0][:number])
    return [replace(s, returns=s.advantages + 0.5, values=s.advantages) for s in batch.sequences]


def gradients(model: torch.nn.Module) -> list[torch.Tensor]:
    return [p.grad.clone() for p in model.parameters() if p.grad is not None]


def test_a_share_pads_with_a_sequence_of_which_no_token_counts() -> None:
    first, second = sequences(2)
    share = Share((7, 3), (first, second), torch.tensor([2.0, 4.0]), ((0,), (1,)), padding=2)
    given, weights, micro_batches = share.work()
    assert given[:2] == (first, second) and given[2].mask is not None and given[2].num_trained == 0
    assert weights.tolist() == [2.0, 4.0, 0.0] and micro_batches == ((0,), (1,), (2,), (2,))
    found = share.renumber([torch.ones(1), torch.zeros(1), torch.ones(1)])
    assert {i: t.tolist() for i, t in found.items()} == {7: [1.0], 3: [0.0]}


def test_a_process_without_work_only_pads() -> None:
    (only,) = sequences(1)
    busy, idle = share_out([only], None, [[0]], 2)
    assert busy.work() == ((only,), ((0,),)) and idle.padding == 1
    given, micro_batches = idle.work()
    assert len(given) == 1 and given[0].num_trained == 0 and micro_batches == ((0,),)
    assert idle.renumber([torch.ones(3)]) == {}
    sums = idle.renumber(TokenSums(logprobs_B={0: torch.ones(3)}, entropies_B={0: torch.ones(3)}))
    assert sums.logprobs_B == sums.entropies_B == {}


@pytest.mark.parametrize("part", ["policy", "critic"])
def test_padding_changes_neither_sums_nor_gradient(part: str) -> None:
    made = workers(ALGORITHM, critic=CriticConfig(lr=1e-3))
    process, worker = Process(made), getattr(made, part)
    given = sequences()
    share = Share((5, 6, 7, 8), tuple(given), torch.tensor([0.1, 0.2, 0.3, 0.4]), ((0, 1), (2, 3)), padding=0)
    found = []
    for padding in (0, 2):
        sums = process.run(replace(share, padding=padding), part, "forward_backward")
        found.append((sums, gradients(worker.model)))
        worker.trained.zero_grad()
    (bare, expected), (padded, theirs) = found
    assert all(torch.equal(a, b) for a, b in zip(expected, theirs, strict=True)) and len(expected) > 10
    if part == "critic":
        assert bare == padded and bare.loss > 0
        return
    assert (bare.weighted, bare.summed, bare.tokens) == (padded.weighted, padded.summed, padded.tokens)
    assert list(padded.logprobs_B) == [5, 6, 7, 8] == list(padded.entropies_B)
    assert all(torch.equal(bare.logprobs_B[i], padded.logprobs_B[i]) for i in range(5, 9))


def test_three_processes_are_one_policy_and_one_critic() -> None:
    """Three micro-batches of four sequences: one process has two of the sequences. Ranks here do not share weights, so
    gradients and norms are each rank's own."""
    critic = CriticConfig(lr=1e-3)
    group: Any = Group(*(Process(workers(ALGORITHM, critic=critic)) for _ in range(3)))
    alone = workers(ALGORITHM, critic=critic)
    policy, values = RayPolicy(group, torch.float32), RayCritic(group, critic)
    given, weights, micro_batches = sequences(), torch.full((4,), 0.25), [[0, 2], [1], [3]]
    for mine, theirs in ((alone.policy.logprobs(given, micro_batches), policy.logprobs(given, micro_batches)),
                         (alone.critic.values(given, micro_batches), values.values(given, micro_batches))):  # fmt: skip
        assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(mine, theirs, strict=True))
    mine, theirs = (p.forward_backward(given, weights, micro_batches) for p in (alone.policy, policy))
    assert theirs.tokens == mine.tokens == sum(len(s.response_ids) for s in given)
    assert theirs.weighted == pytest.approx(mine.weighted, abs=1e-6)
    assert theirs.summed == pytest.approx(mine.summed, abs=1e-5)
    assert sorted(theirs.logprobs_B) == [0, 1, 2, 3]
    ours, others = (c.forward_backward(given, weights, micro_batches) for c in (alone.critic, values))
    assert (others.loss, others.clipped) == pytest.approx((ours.loss, ours.clipped), abs=1e-6)
    assert set(policy.gradient_norms(given, weights, micro_batches)) == {"policy", "entropy", "kl"}
    assert policy.score((5,), (6, 7)) == pytest.approx(alone.policy.score((5,), (6, 7)))
    assert group.asked == ["log-probabilities", "values", "the policy's pass", "the critic's pass", "gradient norms",
                           "scoring"]  # fmt: skip


def test_a_critic_leaves_out_tokens_that_are_not_trained_on() -> None:
    """Of a response whose first half is let through it learns what it learns of that half alone."""
    critic = workers(ALGORITHM, critic=CriticConfig(lr=1e-3, value_clip=0.01)).critic
    one = sequences(1)[0]
    one = replace(one, returns=torch.zeros_like(one.returns))  # near what is predicted, far from the values before
    tokens = len(one.response_ids)
    kept = torch.tensor([float(t < tokens // 2) for t in range(tokens)])
    masked = critic.forward_backward([replace(one, mask=kept)], torch.ones(1), [[0]])
    half = slice(0, tokens // 2)
    cut = replace(one, response_ids=one.response_ids[half], returns=one.returns[half], values=one.values[half])
    expected = critic.forward_backward([cut], torch.ones(1), [[0]])
    assert 0 < masked.clipped == expected.clipped and masked.loss == pytest.approx(expected.loss, rel=1e-5)
