"""Which process computes what: micro-batches, padding passes, requests, placement."""

import pickle
import random
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import asked, random_rollouts, rewarded, workers

from oneshot_rlvr.config.schema import (
    AlgorithmConfig,
    CriticConfig,
    ModelConfig,
    RolloutConfig,
    RunConfig,
    RuntimeConfig,
    VllmConfig,
)
from oneshot_rlvr.learner.estimate import estimate
from oneshot_rlvr.learner.sequences import TrainSequence
from oneshot_rlvr.learner.update import update
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.types import Sampling

pytest.importorskip("ray")
from simulated import Away, Handle, Model, SimulatedCluster, SimulatedSampleActor

from oneshot_rlvr.cluster.cluster import Worker
from oneshot_rlvr.cluster.placement import layout
from oneshot_rlvr.cluster.proxy import RayCritic, RayPolicy
from oneshot_rlvr.cluster.rollout_group import RaySampler, split_rollouts
from oneshot_rlvr.cluster.sharding import TensorsByIndex, deal, halved, share_out
from oneshot_rlvr.cluster.train_actor import TrainActor
from oneshot_rlvr.cluster.train_group import TrainGroup

REWARDS = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0]


def sequence(prompt: int, response: int) -> TrainSequence:
    return TrainSequence((1,) * prompt, (2,) * response, torch.ones(response), torch.zeros(response))


def test_micro_batches_are_cut_until_every_process_has_one() -> None:
    assert halved([[0, 1, 2, 3]], 2) == [[0, 2], [1, 3]]
    assert halved([[0, 1], [2]], 2) == [[0, 1], [2]]
    assert halved([[0, 1, 2], [3]], 3) == [[0, 2], [1], [3]]
    assert halved([[0]], 3) == [[0]]  # nothing left to cut
    assert halved([], 2) == []


def test_micro_batches_are_dealt_by_tokens() -> None:
    """Sizes 8, 5, 4, 3: 8 + 3 and 5 + 4."""
    assert deal([[0], [1], [2], [3]], [8, 5, 4, 3], 2) == [[[0], [3]], [[1], [2]]]


def test_every_sequence_is_computed_once_and_every_process_passes_equally_often() -> None:
    rng = random.Random(0)
    for _ in range(50):
        number, processes = rng.randint(1, 9), rng.randint(1, 4)
        sequences = [sequence(rng.randint(1, 5), rng.randint(1, 9)) for _ in range(number)]
        members = list(range(number))
        cut = rng.randint(0, number)
        batches = [part for part in (members[:cut], members[cut:]) if part]
        shares = share_out(sequences, torch.arange(number) + 1.0, batches, processes)
        done = [share.indices[i] for share in shares for batch in share.micro_batches for i in batch]
        assert sorted(done) == members
        assert len({len(share.micro_batches) + share.padding for share in shares}) == 1
        for share in shares:
            mine = [sequences[i].response_ids for i in share.indices]
            assert [s.response_ids for s in share.sequences] == mine
            assert share.weights.tolist() == [i + 1.0 for i in share.indices]
            assert share.sequences  # a padding pass needs one


def test_a_share_travels_with_its_own_numbers_only() -> None:
    long = torch.arange(100_000.0)
    one = TrainSequence((1,), (2, 2), long[:2], long[2:4], returns=long[4:6])
    (share,) = share_out([one], torch.ones(1), [[0]], 1)
    sent = pickle.dumps(share, protocol=5)
    assert len(sent) < 2500
    found = pickle.loads(sent)
    assert (found.indices, found.micro_batches, found.padding) == ((0,), ((0,),), 0)
    (theirs,) = found.sequences
    assert (theirs.prompt_ids, theirs.response_ids) == ((1,), (2, 2))
    assert theirs.advantages.tolist() == [0.0, 1.0] and theirs.sampler_logprobs.tolist() == [2.0, 3.0]
    assert theirs.returns is not None and theirs.returns.tolist() == [4.0, 5.0]
    assert theirs.old_logprobs is None and theirs.values is None


def test_tensors_travel_as_one_array_and_come_back_as_they_were() -> None:
    """Pickled one by one a thousand tensors of two numbers would take 400 kB."""
    half = torch.bfloat16
    some = TensorsByIndex({7: torch.tensor([1.5, 2.5], dtype=half), 3: torch.tensor([], dtype=half)})
    found = pickle.loads(pickle.dumps(some, protocol=5))
    assert isinstance(found, TensorsByIndex) and list(found) == [7, 3]
    assert found[7].dtype == torch.bfloat16 and found[7].tolist() == [1.5, 2.5] and len(found[3]) == 0
    many = TensorsByIndex({i: torch.full((2,), float(i)) for i in range(1000)})
    sent = pickle.dumps(many, protocol=5)
    assert len(sent) < 16_000
    assert all(torch.equal(t, many[i]) for i, t in pickle.loads(sent).items())
    assert pickle.loads(pickle.dumps(TensorsByIndex(), protocol=5)) == {}
    none = pickle.loads(pickle.dumps(TensorsByIndex({4: torch.empty(0)}), protocol=5))  # advantages not yet known
    assert list(none) == [4] and none[4].shape == (0,)


def test_tensors_that_arrive_in_memory_of_others_can_be_written_to() -> None:
    buffers: list[pickle.PickleBuffer] = []
    sent = pickle.dumps(TensorsByIndex({0: torch.zeros(3)}), protocol=5, buffer_callback=buffers.append)
    lent = [bytes(buffer.raw()) for buffer in buffers]  # bytes are read-only, as Ray's store is
    found = pickle.loads(sent, buffers=lent)
    found[0] += 1
    assert found[0].tolist() == [1.0, 1.0, 1.0] and lent == [bytes(12)]


class Process(TrainActor):
    """One rank without process group: real policy and critic, the whole of each."""

    def __init__(self, parts: Workers) -> None:
        self.policy, self.critic = parts.policy, parts.critic  # type: ignore[assignment]


@pytest.mark.parametrize("name", ["grpo", "ppo"])
def test_pickled_passes_equal_those_in_one_process(name: str) -> None:
    """Shares and sums go through pickle both ways: log-probabilities, values, advantages that are not yet there."""
    critic = CriticConfig(lr=1e-3) if name == "ppo" else None
    algorithm = AlgorithmConfig(name=name, kl_in_reward=name == "ppo", kl_coef=0.05, entropy_coef=0.01)
    alone, behind = workers(algorithm, critic=critic), workers(algorithm, critic=critic)
    cluster = SimulatedCluster(RuntimeConfig())
    group = TrainGroup(cluster, [Worker("policy worker 0", Handle(Process(behind)))])
    remote = Workers(RayPolicy(group, torch.float32), None if critic is None else RayCritic(group, critic))
    found = []
    for parts in (alone, remote):
        for step in range(2):
            rollouts = rewarded(random_rollouts(seed=step), REWARDS)
            found.append(update(parts, estimate(parts, rollouts, algorithm, 25, 0), algorithm, 25, constant=20.0))
    for ours, theirs in zip(found[:2], found[2:], strict=True):
        assert ours.values == pytest.approx(theirs.values, rel=1e-5, abs=1e-7)
        assert ours.mismatch.metrics() == pytest.approx(theirs.mismatch.metrics(), rel=1e-5, abs=1e-7)
        for mine, others in zip(ours.entropies_B, theirs.entropies_B, strict=True):
            assert torch.allclose(mine, others, atol=1e-5)


def test_simulated_rollouts_come_one_object_each_from_all_workers_mixed() -> None:
    """What the driver's cost is measured with: a rollout that comes again is pickled and read again."""
    sampled = {"token_ids": tuple(range(300, 1300)), "logprobs": (-0.5,) * 1000, "finish_reason": "stop", "text": "x"}
    long = replace(asked((1,)), **sampled)
    away, heard, came = Away(), [], []
    cluster = SimulatedCluster(RuntimeConfig(), heard=lambda: heard.append(1))
    actors = [SimulatedSampleActor(Model(away, [long])) for _ in range(2)]
    sampler = RaySampler(cluster, [Worker(f"rollout worker {n}", Handle(a)) for n, a in enumerate(actors)])
    requests = [asked((1,), seed) for seed in range(6)]
    found = sampler.generate(requests, Sampling(1.0, 1000, (2,)), lambda i, rollout: came.append(i))
    assert found == [replace(rollout, **sampled, version=0) for rollout in requests]
    assert len({id(rollout.token_ids) for rollout in found}) == 6
    assert came == [0, 3, 1, 4, 2, 5] and len(heard) == 6
    one = len(pickle.dumps((0, sampled | {"version": 0}), protocol=5))
    assert 6 * one < cluster.bytes < 6 * one + 1500  # and what was asked
    assert set(cluster.away.wall) == {"generate"}


def test_requests_of_a_prompt_stay_together_and_one_prompt_is_spread() -> None:
    def split(prompts: str, workers: int) -> list[list[int]]:
        return split_rollouts([asked((ord(p),), n) for n, p in enumerate(prompts)], workers)

    assert split("aaaabc", 2) == [[0, 1, 2], [3, 4, 5]]
    assert split("abab", 2) == [[0, 2], [1, 3]]
    assert split("aaaaaaaa", 4) == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert split("a", 3) == [[0], [], []]


def config(name: str = "transformers", parallel: int = 1, **values: object) -> RunConfig:
    placement = str(values.pop("placement", "colocated"))
    rollout = RolloutConfig(name=name, placement=placement, vllm=VllmConfig(tensor_parallel=parallel))
    return RunConfig(model=ModelConfig(path="x"), rollout=rollout, runtime=RuntimeConfig(name="ray", **values))


def test_colocated_workers_share_each_gpu() -> None:
    found = layout(config(), num_gpus=4)
    assert found.bundles == [{"GPU": 1.0, "CPU": 1.0}] * 4
    assert found.policy == found.rollout == [0, 1, 2, 3]
    assert found.policy_takes == found.rollout_takes == {"GPU": 0.5, "CPU": 0.5}


def test_split_workers_have_their_own_and_a_parallel_engine_several() -> None:
    found = layout(config(placement="split"), num_gpus=8)
    assert (found.policy, found.rollout) == ([0, 1, 2, 3], [4, 5, 6, 7])
    found = layout(config("vllm", parallel=2, placement="split", policy_workers=4), num_gpus=8)
    assert found.rollout == [4, 5] and found.bundles[4:] == [{"GPU": 2.0, "CPU": 1.0}] * 2
    assert sum(bundle["GPU"] for bundle in found.bundles) == 8


def test_without_gpus_there_is_one_worker_of_each_kind_unless_told() -> None:
    assert layout(config(), 0).bundles == [{"CPU": 1.0}]
    found = layout(config(policy_workers=2, rollout_workers=3), 0)
    assert len(found.bundles) == 3 and found.rollout == [0, 1, 2]


batches = st.lists(st.integers(1, 7), max_size=8)  # sizes of micro-batches


@given(batches, st.integers(1, 5), st.integers(0, 10**6))
@settings(max_examples=100, deadline=None)
def test_any_micro_batches_are_cut_and_dealt_whole(sizes: list[int], processes: int, seed: int) -> None:
    """Nothing is lost or done twice, no process makes more passes than the others' number rounded up."""
    numbers = iter(range(sum(sizes)))
    given_batches = [[next(numbers) for _ in range(size)] for size in sizes]
    rng = random.Random(seed)
    lengths = [rng.randint(1, 99) for _ in range(sum(sizes))]
    cut = halved(given_batches, processes)
    assert sorted(i for members in cut for i in members) == list(range(sum(sizes)))
    assert len(cut) % processes == 0 or all(len(members) == 1 for members in cut)
    parts = deal(cut, lengths, processes)
    assert len(parts) == processes
    assert sorted(members for part in parts for members in part) == sorted(cut)
    assert max(len(part) for part in parts) == -(-len(cut) // processes)


@given(st.lists(st.sampled_from("abcd"), max_size=40), st.integers(1, 6))
@settings(max_examples=100, deadline=None)
def test_any_requests_are_split_evenly_and_equal_prompts_stay_together(prompts: list[str], workers: int) -> None:
    """Once each; loads differ by at most a worker's share; a prompt is with no more workers than its number needs."""
    parts = split_rollouts([asked((ord(p),), n) for n, p in enumerate(prompts)], workers)
    assert sorted(i for part in parts for i in part) == list(range(len(prompts)))
    share = -(-len(prompts) // workers)
    assert max(map(len, parts)) - min(map(len, parts)) <= share
    for prompt in set(prompts):
        holders = sum(any(prompts[i] == prompt for i in part) for part in parts)
        assert holders <= -(-prompts.count(prompt) // share)


def test_a_policy_worker_on_a_gpu_names_it_by_number() -> None:
    """torch.cuda.set_device refuses a device without one; Ray shows each worker a single GPU."""
    from torch.cuda._utils import _get_device_index

    from oneshot_rlvr.cluster.train_actor import TrainActor

    assert _get_device_index(TrainActor(1, 2, "cuda", 1.0).device) == 0
    assert TrainActor(1, 2, "cpu", 1.0).device == torch.device("cpu")
