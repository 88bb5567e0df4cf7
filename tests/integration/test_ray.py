"""`runtime=ray` on the CPU: real Ray, real FSDP2 over gloo, and the same numbers as `runtime=local`."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import families
import pytest
import torch
from safetensors.torch import load_file
from tiny import NumberTokenizer, asked, random_rollouts, rewarded, tiny_model, workers
from torch.distributed.tensor import DTensor

from oneshot_rlvr.config.schema import (
    AlgorithmConfig,
    CriticConfig,
    LoraConfig,
    ModelConfig,
    RunConfig,
    RuntimeConfig,
    ShapeConfig,
)  # fmt: skip
from oneshot_rlvr.errors import UserError, WorkerLost
from oneshot_rlvr.learner.entropy import entropy_control
from oneshot_rlvr.learner.estimate import estimate
from oneshot_rlvr.learner.learner import Learner
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.learner.sequences import TrainSequence
from oneshot_rlvr.learner.update import StepStats, update
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.models import load
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
from oneshot_rlvr.trainer.build import LocalStore, build_trained
from oneshot_rlvr.types import Rollout, Sampling
from oneshot_rlvr.weights.probe import WeightProbe

ray = pytest.importorskip("ray")
from oneshot_rlvr.cluster.cluster import Cluster  # noqa: E402
from oneshot_rlvr.cluster.placement import train_side  # noqa: E402
from oneshot_rlvr.cluster.proxy import RayCritic, RayPolicy  # noqa: E402
from oneshot_rlvr.cluster.rollout_group import RaySampler  # noqa: E402
from oneshot_rlvr.cluster.train_group import TrainGroup  # noqa: E402

GRPO = AlgorithmConfig(entropy_coef=0.01, kl_coef=0.05)
PPO = AlgorithmConfig(name="ppo", kl_in_reward=True, kl_coef=0.05, entropy_coef=0.01, lam=0.9, gamma=0.97)
CRITIC = CriticConfig(lr=1e-3, value_clip=0.2)
ALGORITHMS = {"grpo": (GRPO, None), "ppo": (PPO, CRITIC)}
REWARDS = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0]
FAILED = [*REWARDS[:7], None, *REWARDS[8:]]  # a grading that failed
HERE = Path(__file__).resolve().parent  # worker processes import the build functions from here


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Ray on this machine; its processes end with the module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{HERE}:{HERE.parent}", prepend=os.pathsep)
        patch.setenv("RAY_worker_niceness", "0")
        ray.init(
            address="local", num_cpus=5, object_store_memory=200 << 20, include_dashboard=False, log_to_driver=False,
            logging_level="ERROR",
        )  # fmt: skip
        found = Cluster(RuntimeConfig(timeout_seconds=200.0))
        yield found
        found.close()
        ray.shutdown()


@pytest.fixture(scope="module")
def groups(cluster: Cluster) -> dict[int, TrainGroup]:
    """One and two processes, on which models are built anew by each test."""
    room = cluster.reserve([{"CPU": 1}] * 3)
    found = {
        count: TrainGroup.launch(cluster, "cpu", room, bundles, {"CPU": 1})
        for count, bundles in ((1, [0]), (2, [1, 2]))
    }
    for group in found.values():
        group.meet()
    return found


def build_tiny(name: str, shard: Any) -> tuple[Workers, NumberTokenizer]:
    algorithm, critic = ALGORITHMS[name]
    return workers(algorithm, critic=critic, shard=shard), NumberTokenizer()


def local(name: str) -> Workers:
    return build_tiny(name, lambda module, dtype: None)[0]


def sharded(group: TrainGroup, name: str) -> Workers:
    """The tiny workers over the processes of `group`."""
    group.build(partial(build_tiny, name))
    critic = ALGORITHMS[name][1]
    return Workers(RayPolicy(group, torch.float32), None if critic is None else RayCritic(group, critic))


def train(found: Workers, name: str, steps: range = range(5)) -> list[StepStats]:
    """Updates on given rollouts."""
    algorithm = ALGORITHMS[name][0]
    stats = []
    for step in steps:
        given = rewarded(random_rollouts(seed=step), FAILED if step == 2 else REWARDS)
        batch = estimate(found, given, algorithm, 25, version=0)
        stats.append(update(found, batch, algorithm, 25, constant=20.0, by_term=step == 0))
    return stats


def relative(a: float, b: float, least: float = 1e-2) -> float:
    """Relative difference; what is smaller than `least` counts as that."""
    return abs(a - b) / max(abs(a), abs(b), least)


def assert_same_weights(found: Workers, expected: Workers, tolerance: float = 1e-5) -> None:
    held, wanted = dict(found.policy.weights()), dict(expected.policy.weights())
    assert held.keys() == wanted.keys()
    scale = max(w.abs().max().item() for w in wanted.values())
    assert max((held[key] - w).abs().max().item() for key, w in wanted.items()) < tolerance * scale


@pytest.mark.parametrize("name", ["grpo", "ppo"])
@pytest.mark.parametrize("count", [1, 2])
def test_five_steps_equal_those_of_one_process(groups: dict[int, TrainGroup], name: str, count: int) -> None:
    """Loss, gradient norms, metrics, probe scores and weights, given the same rollouts."""
    one, several = local(name), sharded(groups[count], name)
    for theirs, ours in zip(train(one, name), train(several, name), strict=True):
        assert ours.values.keys() == theirs.values.keys()
        for key, value in theirs.values.items():
            # Whitened advantages add up to 0: what is left is the rounding of terms of size 1, 1e-8 to 1e-7.
            least = 0.1 if (name, key) == ("ppo", "policy/pg_loss") else 1e-2
            assert relative(ours.values[key], value, least) < 1e-5, key
        for mine, others in zip(ours.entropies_B, theirs.entropies_B, strict=True):
            assert torch.allclose(mine, others, atol=1e-5)
    assert_same_weights(several, one)
    assert several.policy.score((5, 6), (7, 8)) == pytest.approx(one.policy.score((5, 6), (7, 8)), abs=1e-5)


SMALL = ShapeConfig(hidden=32, layers=2, heads=4, kv_heads=2, ffn=48, vocab=300, max_positions=256, tied=True)


def small_run(tied: bool) -> RunConfig:
    """PPO with a reference: policy, reference and critic start from one model."""
    model = ModelConfig(path="sandbox:base_e", random_init=True, shape=replace(SMALL, tied=tied))
    run = RunConfig(model=model, algorithm=replace(PPO, kl_in_reward=False), critic=CRITIC)
    run.optimizer.lr = 1e-3
    return run


def build_whole(run: RunConfig, shard: Any, dtype: torch.dtype = torch.float32) -> tuple[Workers, Any]:
    """Every process makes the whole model before it cuts it."""
    model, tokenizer = load.build_model(run.model, torch.float32)
    return build_trained(run, model, torch.device("cpu"), dtype, shard), tokenizer


@pytest.mark.parametrize("tied", [True, False])
def test_slices_from_rank_0_are_those_of_a_whole_model(
    groups: dict[int, TrainGroup], tmp_path: Path, tied: bool
) -> None:
    """Bit for bit: statistics of a step, and all files of the state after it."""
    run, found = small_run(tied), []
    for name, build in (("whole", partial(build_whole, run)), ("hollow", partial(train_side, run, "cpu"))):
        groups[2].build(build)
        policy = RayPolicy(groups[2], torch.float32)
        policy.store()
        start = policy.digest()
        stats = train(Workers(policy, RayCritic(groups[2], CRITIC)), "ppo", range(2))
        (tmp_path / name).mkdir()
        groups[2].all("", "save", tmp_path / name)
        files = [path.read_bytes() for path in sorted((tmp_path / name / "trainer").glob("*.safetensors"))]
        found.append((start, [s.values for s in stats], files))
    assert found[0] == found[1]
    assert found[0][1][0]["critic/value_loss"] > 0 and len(found[0][2]) == 2
    assert start is not None and start.tensors == 26 + (not tied)


# Rewards that leave nothing to pass where there is no entropy and no KL term.
EQUAL = [1.0] * 3 + [0.0] * 3 + [1.0] * 3 + [0.0] * 3
ALL_EQUAL, UNKNOWN = [1.0] * 12, [None] * 12
NOTHING = {"grpo": EQUAL, "dr_grpo": EQUAL, "rloo": EQUAL, "reinforce_pp": ALL_EQUAL, "ppo": UNKNOWN}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", NOTHING)
def test_steps_with_nothing_to_pass(
    groups: dict[int, TrainGroup], name: str, dtype: torch.dtype, tmp_path: Path
) -> None:
    """After passes without gradient, in one process and in two: only weight decay acts, on every weight, and the next
    pass sees it. An export in float32 is the masters bit for bit."""
    run = small_run(tied=False)
    run.algorithm = AlgorithmConfig(name=name, entropy_coef=0.0, kl_coef=0.0)
    run.optimizer.lr, run.optimizer.weight_decay, run.critic = 0.1, 1.0, replace(CRITIC, lr=0.1)
    model, _ = load.build_model(run.model, torch.float32)
    start = {key: tensor.detach().clone() for key, tensor in model.named_parameters()}
    group = groups[2]
    group.build(partial(build_in, run, dtype))
    critic = RayCritic(group, run.critic) if name == "ppo" else None
    several = Workers(RayPolicy(group, dtype), critic)
    for found in (build_trained(run, model, torch.device("cpu"), dtype), several):
        before = found.policy.score((5, 6), (7, 8, 9))
        if found.critic is not None:
            found.critic.values([TrainSequence((5, 6), (7, 8), torch.zeros(2), torch.zeros(2))], [[0]])
        if found is several:
            export(group, tmp_path / "first")
            assert_exported(tmp_path / "first", start)
        batch = estimate(found, rewarded(random_rollouts(), NOTHING[name]), run.algorithm, 25, version=0)
        values = update(found, batch, run.algorithm, 25, constant=20.0, by_term=True).values
        assert [key for key in values if key.startswith("policy/grad_norm_")] == ["policy/grad_norm_policy"]
        assert values["policy/skipped_rollouts"] == 12 and values["policy/loss"] == 0.0
        assert {value for key, value in values.items() if "grad_norm" in key} == {0.0}
        after = found.policy.score((5, 6), (7, 8, 9))
        assert max(abs(a - b) for a, b in zip(before, after)) > 1e-3
    export(group, tmp_path / "second")
    assert_exported(tmp_path / "second", {key: tensor * (1 - 0.1) for key, tensor in start.items()}, 1e-7)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
def test_adapters_whose_base_is_the_reference(
    groups: dict[int, TrainGroup], dtype: torch.dtype, tolerance: float
) -> None:
    """The reference's pass goes through the policy itself, between its forward and its backward pass: three steps of
    two processes are those of one."""
    run = small_run(tied=True)
    run.algorithm, run.model.lora, run.optimizer.lr = GRPO, LoraConfig(rank=4), 0.02
    model, _ = load.build_model(run.model, torch.float32)
    one = build_trained(run, model, torch.device("cpu"), dtype)
    groups[2].build(partial(build_whole, run, dtype=dtype))
    several = Workers(RayPolicy(groups[2], dtype))
    for theirs, ours in zip(train(one, "grpo", range(3)), train(several, "grpo", range(3)), strict=True):
        for key in ("loss", "pg_loss", "entropy", "kl", "grad_norm", "lr"):
            assert relative(ours.values[f"policy/{key}"], theirs.values[f"policy/{key}"]) < tolerance, key
    assert theirs.values["policy/kl"] > 0.05 and theirs.values["policy/grad_norm"] > 0
    assert_same_weights(several, one, tolerance)


def build_family(folder: Path, shard: Any) -> tuple[Workers, Any]:
    run = RunConfig(model=ModelConfig(path=str(folder)), algorithm=GRPO)
    run.optimizer.lr = 1e-3
    model = load.load_model(str(folder), torch.float32)
    return build_trained(run, model, torch.device("cpu"), torch.float32, shard), NumberTokenizer()


EVERY_TIME = ("gemma3", "phi3")  # windows and query norms; joined layers
FAMILIES = [case if case in EVERY_TIME else pytest.param(case, marks=pytest.mark.slow) for case in families.CASES]


@pytest.mark.parametrize("case", FAMILIES)
def test_a_family_over_two_processes_is_that_of_one(groups: dict[int, TrainGroup], case: str, tmp_path: Path) -> None:
    """Two steps with a reference, given the same rollouts: loss, KL, gradient's norm, weights."""
    folder = families.stored(case, tmp_path)
    one = build_family(folder, lambda module, dtype: None)[0]
    groups[2].build(partial(build_family, folder))
    several = Workers(RayPolicy(groups[2], torch.float32))
    for theirs, ours in zip(train(one, "grpo", range(2)), train(several, "grpo", range(2)), strict=True):
        for key in ("loss", "pg_loss", "entropy", "kl", "grad_norm"):
            assert relative(ours.values[f"policy/{key}"], theirs.values[f"policy/{key}"]) < 1e-4, key
    assert theirs.values["policy/grad_norm"] > 0 and theirs.values["policy/kl"] > 0
    assert_same_weights(several, one, 1e-4)


def build_in(run: RunConfig, dtype: torch.dtype, shard: Any) -> tuple[Workers, Any]:
    """In `dtype`; fails where a pass without gradient left anything gathered."""
    model, tokenizer = load.build_model(run.model, torch.float32)
    parts = build_trained(run, model, torch.device("cpu"), dtype, shard)
    assert isinstance(parts.policy, PolicyWorker)
    one = TrainSequence((5, 6), (7, 8), torch.zeros(2), torch.zeros(2))
    parts.policy.score((5, 6), (7, 8))
    parts.policy.logprobs([one], [[0]])
    for name, tensor in parts.policy.weights():
        assert isinstance(tensor, DTensor) and tensor.dtype == torch.float32, name
    return parts, tokenizer


def export(group: TrainGroup, folder: Path) -> None:
    group.all("", "hold", torch.float32)
    group.cluster.call("", group.workers[:1], "export", folder)


def assert_exported(folder: Path, wanted: dict[str, torch.Tensor], tolerance: float = 0.0) -> None:
    found = load_file(folder / "model.safetensors")
    assert found.keys() == wanted.keys()
    for key, tensor in wanted.items():
        assert found[key].dtype == torch.float32
        assert (found[key] - tensor).abs().max().item() <= tolerance, key


def test_a_checkpoint_of_two_processes_goes_on_with_one_and_without_ray(
    groups: dict[int, TrainGroup], tmp_path: Path
) -> None:
    """Saved after three PPO steps with two processes; two more steps with two, with one, and in this process."""
    whole = local("ppo")
    train(whole, "ppo")
    two = sharded(groups[2], "ppo")
    train(two, "ppo", range(3))
    groups[2].all("", "save", tmp_path)
    train(two, "ppo", range(3, 5))
    assert_same_weights(two, whole)
    one = sharded(groups[1], "ppo")
    groups[1].load(tmp_path, {"policy": 3, "critic": 3})
    stats = train(one, "ppo", range(3, 5))
    assert stats[0].values["policy/lr"] == 1e-3
    assert_same_weights(one, whole)
    here = local("ppo")
    LocalStore(here, NumberTokenizer(), None).load(tmp_path, {"policy": 3, "critic": 3})
    train(here, "ppo", range(3, 5))
    assert_same_weights(here, whole)
    assert here.critic is not None and here.critic.trained.updates == 5


STEERED = replace(GRPO, entropy_coef=0.0, entropy_rate=0.25)


def steered(
    found: Workers, target: float, steps: range, state: dict[str, Any] | None = None
) -> tuple[list[dict[str, float]], dict[str, Any]]:
    """Metrics of updates on given rollouts by a learner that keeps the entropy at `target`, and its state then."""
    config = replace(STEERED, entropy_target=target)
    learner = Learner(found, config, 25, 20.0, entropy_control(config))
    learner.load_state(state or {})
    given = [rewarded(random_rollouts(seed=step), REWARDS) for step in steps]
    return [learner.update(learner.advantages(r, version=0)).values for r in given], learner.state()


def test_an_entropy_target_steers_two_processes_as_one(groups: dict[int, TrainGroup], tmp_path: Path) -> None:
    """Coefficient, metrics and weights of four steps; the last two again, by one process from a checkpoint of two."""
    target = steered(local("grpo"), 99.0, range(1))[0][0]["policy/entropy"] + 0.05
    one, two = local("grpo"), sharded(groups[2], "grpo")
    wanted, _ = steered(one, target, range(4))
    assert [values["policy/entropy_coef"] for values in wanted[:2]] == [0.0, 0.25]
    found, state = steered(two, target, range(2))
    groups[2].all("", "save", tmp_path)
    again = sharded(groups[1], "grpo")
    groups[1].load(tmp_path, {"policy": 2})
    found += steered(again, target, range(2, 4), state)[0]
    for ours, theirs in zip(found, wanted, strict=True):
        for key, value in theirs.items():
            assert relative(ours[key], value) < 1e-5, key
    assert_same_weights(again, one)


def save_as_before(actor: Any, folder: str) -> None:
    """What an earlier version's process wrote."""
    from torch.distributed.checkpoint.state_dict import get_state_dict
    from torch.distributed.checkpoint.state_dict_saver import save

    state = {}
    for name, part in actor.trained.items():
        weights, optimizer = get_state_dict(part.master, part.optimizers)
        state[name] = {"model": weights, "optimizer": optimizer}
    save(state, checkpoint_id=folder)


def test_a_pickled_checkpoint_of_two_processes_goes_on_without_any_pickle(
    groups: dict[int, TrainGroup], tmp_path: Path
) -> None:
    """One that earlier versions wrote: with two processes, with one, and in this process."""
    whole = local("ppo")
    train(whole, "ppo")
    two = sharded(groups[2], "ppo")
    train(two, "ppo", range(3))
    ray.get([w.handle.__ray_call__.remote(save_as_before, str(tmp_path / "trainer")) for w in groups[2].workers])
    assert len(list((tmp_path / "trainer").glob("*.distcp"))) == 2
    for count in (1, 2):
        later = sharded(groups[count], "ppo")
        groups[count].load(tmp_path, {"policy": 3, "critic": 3})
        train(later, "ppo", range(3, 5))
        assert_same_weights(later, whole)
    here = local("ppo")
    LocalStore(here, NumberTokenizer(), None).load(tmp_path, {"policy": 3, "critic": 3})
    train(here, "ppo", range(3, 5))
    assert_same_weights(here, whole)


REQUESTS = [asked(r.task.prompt_ids, 100 * g + n) for g, r in enumerate(random_rollouts(6, 1)) for n in range(4)]
PAUSE = 0.1  # seconds
SAMPLING = Sampling(temperature=1.0, max_new_tokens=12, stop_ids=(2, 3))


def tiny_sampler(seed: int) -> TransformersSampler:
    return TransformersSampler(tiny_model(seed, scale=2.0), NumberTokenizer(), 10_000)


@pytest.fixture(scope="module")
def sampler(cluster: Cluster) -> RaySampler:
    """Two processes that sample, each with half a processor."""
    room = cluster.reserve([{"CPU": 0.5}] * 2)
    found = RaySampler.launch(cluster, partial(tiny_sampler, 5), "cpu", room, [0, 1], {"CPU": 0.5})
    found.ready()
    return found


def test_two_samplers_sample_what_one_does_with_the_weights_of_two_trainers(
    groups: dict[int, TrainGroup], sampler: RaySampler
) -> None:
    """Tokens and numbers, finish reasons; weights come over the object store; a stale sampler is named."""
    trainer = sharded(groups[2], "grpo")
    one, sampling = tiny_sampler(5), replace(SAMPLING, certainties=True)
    finished: dict[int, Rollout] = {}
    for version in (1, 2):
        train(trainer, "grpo", range(1))
        weights = trainer.policy.weights()
        assert len(weights.references) == 1
        sampler.load_weights(version, weights)
        one.load_weights(version, iter(weights))
        expected = one.generate(REQUESTS, sampling)
        found = sampler.generate(REQUESTS, sampling, lambda i, rollout: finished.update({i: rollout}))
        assert [(r.token_ids, r.finish_reason, r.text) for r in found] == [
            (r.token_ids, r.finish_reason, r.text) for r in expected
        ]
        for name in ("logprobs", "certainties"):
            assert all(getattr(a, name) == pytest.approx(getattr(b, name), abs=1e-5) for a, b in zip(found, expected))
        assert [finished[i] for i in range(len(found))] == found
        assert sampler.version == version
    assert len({r.token_ids for r in found}) > 12  # the comparison was of something
    probe = WeightProbe((5, 6), (7, 8), 1e-3)
    assert probe.problem(2, trainer.policy, sampler) is None
    assert set(sampler.scores((5, 6), (7, 8))) == {"rollout worker 0, the model", "rollout worker 1, the model"}
    train(trainer, "grpo", range(1))
    ray.get(sampler.workers[1].handle.load_weights.remote(3, list(trainer.policy.weights().references)))
    by_scores = SimpleNamespace(score=trainer.policy.score)  # a trainer without a checksum
    assert "in rollout worker 0, the model" in (probe.problem(2, by_scores, sampler) or "")


class SlowSampler(TransformersSampler):
    """Takes a while for each rollout, and writes down when it was complete."""

    def stream(self, asked: Any, sampling: Sampling) -> Iterator[tuple[int, Rollout]]:
        for index, rollout in super().stream(asked, sampling):
            time.sleep(PAUSE)
            yield index, replace(rollout, text=str(time.time()))


def slow_sampler() -> SlowSampler:
    return SlowSampler(tiny_model(5, scale=2.0), NumberTokenizer(), 10_000)


def test_rollouts_come_while_others_are_being_sampled(cluster: Cluster) -> None:
    """So that they are graded meanwhile; and what comes is what one sampler makes."""
    room = cluster.reserve([{"CPU": 0.5}])
    sampler = RaySampler.launch(cluster, slow_sampler, "cpu", room, [0], {"CPU": 0.5})
    sampler.ready()
    came: dict[int, tuple[Rollout, float]] = {}
    found = sampler.generate(REQUESTS, SAMPLING, lambda i, rollout: came.update({i: (rollout, time.time())}))
    expected = tiny_sampler(5).generate(REQUESTS, SAMPLING)
    assert [r.token_ids for r in found] == [r.token_ids for r in expected]
    assert [came[i][0] for i in range(len(found))] == found and set(came) == set(range(len(REQUESTS)))
    delays = [now - float(rollout.text) for rollout, now in came.values()]
    last = max(float(rollout.text) for rollout in found)
    print(f"\nfrom complete to handed on: first {delays[0] * 1e3:.1f} ms, median {median(delays) * 1e3:.1f} ms; "
          f"sampling went on for {last - float(next(iter(came.values()))[0].text):.2f} s")  # fmt: skip
    assert sum(now < last for _, now in came.values()) > len(found) // 2
    ray.kill(sampler.workers[0].handle)


def test_faults_of_workers_are_told_with_their_names(
    cluster: Cluster, groups: dict[int, TrainGroup], sampler: RaySampler
) -> None:
    """An error of its own, a death by signal in the middle of a collective operation, and a process that hangs."""
    trainer = sharded(groups[2], "grpo")
    with pytest.raises(WorkerLost, match=r"policy worker 0 \(process \d+ on [\w./]+\) failed in scoring: ValueError: "
                                         r"sequence 0: empty prompt or response; its log: "):  # fmt: skip
        trainer.policy.score((), ())
    with pytest.raises(UserError, match=r"no room for the workers: they need 0 GPU, 99 CPU; it has 0 GPU, 5 CPU"):
        cluster.reserve([{"CPU": 99}])
    pid = ray.get(sampler.workers[1].handle.where.remote())[0]
    os.kill(pid, signal.SIGSTOP)
    cluster.runtime = replace(cluster.runtime, timeout_seconds=2.0)
    with pytest.raises(WorkerLost, match=rf"rollout worker 1 \(process {pid} on [\w./]+\) has not answered in samp"):
        sampler.generate(REQUESTS, SAMPLING)
    cluster.runtime = replace(cluster.runtime, timeout_seconds=200.0)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkerLost, match=rf"rollout worker 1 \(process {pid} on [\w./]+\) died in sampling"):
        sampler.generate(REQUESTS, SAMPLING)
    pid = ray.get(groups[2].workers[1].handle.where.remote())[0]
    os.kill(pid, signal.SIGKILL)  # the other one reports a connection that was closed: it is not to blame
    with pytest.raises(WorkerLost, match=rf"policy worker 1 \(process {pid} on [\w./]+\) died in the policy's pass"):
        train(trainer, "grpo", range(1, 2))
