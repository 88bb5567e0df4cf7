"""`runtime=ray`: which workers live where, and starting them."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerBase

from oneshot_rlvr.algorithms.registry import algorithm
from oneshot_rlvr.cluster.cluster import Cluster, nodes_of
from oneshot_rlvr.cluster.meta_loading import Filling
from oneshot_rlvr.cluster.proxy import RayCritic, RayPolicy
from oneshot_rlvr.cluster.rollout_group import RaySampler
from oneshot_rlvr.cluster.sharding import Shard
from oneshot_rlvr.cluster.train_group import TrainGroup
from oneshot_rlvr.config.sampler import run_path
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.config.transfer import whole_segments
from oneshot_rlvr.config.workers import engine_gpus, worker_counts
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.models import load
from oneshot_rlvr.rollout.engine import Engine
from oneshot_rlvr.trainer.build import Built, build_sampler, build_trained, slow_sampling, trained_parts
from oneshot_rlvr.weights.routes import BACKENDS, OBJECT_STORE, ROUTE_NAMES, Placing, choose_route


@dataclass(frozen=True, slots=True)
class Layout:
    """The bundle of each worker, and what it takes of it. On a CPU a bundle is a processor, else a GPU."""

    bundles: list[dict[str, float]]
    policy: list[int]  # bundle of each policy worker
    rollout: list[int]
    policy_takes: dict[str, float]
    rollout_takes: dict[str, float]


def layout(config: RunConfig, num_gpus: int) -> Layout:
    """Colocated workers share bundle i; split ones have bundles of their own, of several GPUs for a parallel engine."""
    policies, rollouts = worker_counts(config.runtime, config.rollout, num_gpus)
    parallel = engine_gpus(config.rollout)
    unit = {"GPU": 1.0, "CPU": 1.0} if num_gpus else {"CPU": 1.0}
    if config.rollout.placement == "colocated":
        half = {key: value / 2 for key, value in unit.items()}
        bundles = [unit] * max(policies, rollouts)
        return Layout(bundles, list(range(policies)), list(range(rollouts)), half, half)
    engine = {key: value * parallel if key == "GPU" else value for key, value in unit.items()}
    return Layout(
        [unit] * policies + [engine] * rollouts, list(range(policies)), list(range(policies, policies + rollouts)),
        unit, engine,
    )  # fmt: skip


def train_side(config: RunConfig, device: str, shard: Shard) -> tuple[Workers, PreTrainedTokenizerBase]:
    """Makes, in a policy worker, the models, cut over its process group. Rank 0 alone reads them."""
    if config.runtime.threads:
        torch.set_num_threads(config.runtime.threads)
    where = torch.device(device)
    if config.model.lora.rank:  # adapters are put into a whole model
        language_model, tokenizer = load.build_model(config.model, torch.float32)
        dtype = load.choose_dtype(config.model.dtype, where)
        return build_trained(config, language_model, where, dtype, shard), tokenizer
    filling = Filling(lambda: load.build_model(config.model, torch.float32)[0], where)
    dtype = load.choose_dtype(config.model.dtype, where)
    workers = build_trained(config, filling.model, where, dtype, partial(shard, filling=filling))
    return workers, load.load_tokenizer(config.model.path, config.model.revision)


def sample_side(config: RunConfig, device: str, route: str) -> Engine:
    """Makes, in a rollout worker, a sampler that waits for its weights, which come by `route`."""
    if config.runtime.threads:
        torch.set_num_threads(config.runtime.threads)
    dtype = load.choose_dtype(config.model.dtype, torch.device(device))
    if config.rollout.name == "vllm":
        from oneshot_rlvr.rollout.vllm_engine import vllm_sampler

        tokenizer = load.load_tokenizer(config.model.path, config.model.revision)
        shapes = load.structure(config.model, tokenizer)  # its weights come with the first hand-over
        backend = BACKENDS[route] if route in BACKENDS else None
        return vllm_sampler(config, shapes, tokenizer, torch.device(device), dtype, backend)
    language_model, tokenizer = load.build_model(config.model, dtype)
    return build_sampler(config, language_model, tokenizer, torch.device(device), dtype)


def weight_route(config: RunConfig, device: str, plan: Layout, nodes: Sequence[str]) -> str:
    """The route of the weights, for workers in these bundles; `nodes` is each bundle's."""
    each_has_a_trainer = set(plan.rollout) <= set(plan.policy)
    placing = Placing(
        config.rollout.name, device, config.rollout.placement, len(set(nodes)) == 1, each_has_a_trainer
    )
    return choose_route(placing, config.rollout.vllm.weight_route)


def build_ray(config: RunConfig, poll: Callable[[], None], beat: Callable[[], None]) -> Built:
    """Starts or joins Ray and starts the workers. Whatever goes wrong, no worker is left behind."""
    environment = whole_segments(os.environ) if config.rollout.name == "vllm" else {}  # also against another node's
    cluster = Cluster(config.runtime, poll, beat, _log_folder(config), environment)
    try:
        return _build(config, cluster)
    except BaseException:
        cluster.close()
        raise


def _log_folder(config: RunConfig) -> Path | None:
    """logs/ in the run's folder; None where it cannot be made: then Ray keeps what workers say."""
    folder = run_path(config).absolute() / "logs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def _build(config: RunConfig, cluster: Cluster) -> Built:
    num_gpus = 0 if config.runtime.device == "cpu" else cluster.num_gpus
    if config.runtime.device == "cuda" and not num_gpus:
        raise UserError("runtime.device=cuda: the Ray cluster has no GPU")
    device = "cuda" if num_gpus else "cpu"
    dtype = load.choose_dtype(config.model.dtype, torch.device(device))
    plan = layout(config, num_gpus)
    room = cluster.reserve(plan.bundles)
    route = weight_route(config, device, plan, nodes_of(room))
    group = TrainGroup.launch(cluster, device, room, plan.policy, plan.policy_takes)
    sampler = RaySampler.launch(
        cluster, partial(sample_side, config, device, route), device, room, plan.rollout, plan.rollout_takes, route,
        config.rollout.name == "vllm" and config.rollout.vllm.sleep,
    )  # fmt: skip
    group.meet()
    made = group.build(partial(train_side, config, device))
    sampler.ready()  # not before: an engine takes what is free on its GPU for its own to share out
    if route != OBJECT_STORE:
        parallel = config.rollout.vllm.tensor_parallel
        group.connect(route, dtype, [(worker, parallel) for worker in sampler.workers], sampler.workers)
    critic = RayCritic(group, config.critic) if algorithm(config.algorithm).needs_values else None
    workers = Workers(RayPolicy(group, dtype), critic)
    stop_ids = group.stop_ids(config.model.extra_stop_tokens)
    tokenizer = load.load_tokenizer(config.model.path, config.model.revision)
    notes = (
        *(f"{worker.name}: {worker.where}" for worker in (*group.workers, *sampler.workers)),
        *made,
        f"weights go to the rollout workers by {ROUTE_NAMES[route]}",
        *slow_sampling(config, device),
    )
    return Built(workers, sampler, tokenizer, stop_ids, dtype, RayStore(cluster, group, workers, sampler), notes)


@dataclass(frozen=True, slots=True)
class RayStore:
    """The state of sharded workers: every process writes and reads its own slices."""

    cluster: Cluster
    group: TrainGroup
    workers: Workers
    sampler: RaySampler

    def hold(self, dtype: torch.dtype) -> Callable[[Path], None]:
        return self.group.hold(dtype)

    def load(self, folder: Path, updates: dict[str, int]) -> None:
        self.group.load(folder, updates)
        for name, part in trained_parts(self.workers).items():
            part.updates = updates[name]

    def memory(self) -> dict[str, float]:
        """The largest of each kind of worker."""
        peaks = {
            "memory/policy_peak_gb": self.group.all("asking for memory", "peak_memory_gb"),
            "memory/rollout_peak_gb": self.cluster.call("asking for memory", self.sampler.workers, "peak_memory_gb"),
        }
        return {name: max(found) for name, found in peaks.items()}

    def close(self) -> None:
        self.sampler.close()
        self.cluster.close()
