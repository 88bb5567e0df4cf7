"""Rollout workers of `runtime=ray`: each holds an engine; rollouts are dealt out, weights come by reference."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, TypeVar

import ray
from ray.util.placement_group import PlacementGroup
from torch import Tensor

from oneshot_rlvr.cluster.cluster import Cluster, Worker
from oneshot_rlvr.cluster.proxy import RemoteWeights, unpacked
from oneshot_rlvr.cluster.ray_identity import Identity
from oneshot_rlvr.models.memory import peak_memory_gb
from oneshot_rlvr.rollout.engine import Engine, OnFinished
from oneshot_rlvr.types import Rollout, Sampling
from oneshot_rlvr.weights.checksum import Digest
from oneshot_rlvr.weights.routes import OBJECT_STORE

T = TypeVar("T")
# Fields of a Rollout that an engine fills in.
SAMPLED = ("token_ids", "logprobs", "certainties", "finish_reason", "text", "version")


class SampleActor(Identity):
    """One process with a sampler."""

    def __init__(self, build: Callable[[], Engine], device: str) -> None:
        self._build, self.device = build, device

    def prepare(self) -> None:
        """Makes the sampler: apart from the constructor, whose errors Ray tells as a death of the process."""
        self.sampler: Any = self._build()

    def stream(self, asked: Sequence[Rollout], sampling: Sampling) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yields (index, what was sampled) as each is complete: the driver has them graded meanwhile."""
        for index, rollout in self.sampler.stream(asked, sampling):
            yield index, {name: getattr(rollout, name) for name in SAMPLED}

    def peak_memory_gb(self) -> float:
        """The larger of this process's and the engine's."""
        ask = getattr(self.sampler, "peak_memory_gb", None)
        return max(peak_memory_gb(), ask() if ask is not None else 0.0)

    def load_weights(self, version: int, references: Sequence[Any]) -> int:
        """Fetches from the object store, a piece at a time, what the trainer put there; -> the version now held."""
        self.sampler.load_weights(version, self._fetched(references))
        return self.sampler.version

    def _fetched(self, references: Sequence[Any]) -> Iterator[tuple[str, Tensor]]:
        for reference in references:
            for name, tensor in unpacked(ray.get(reference)):
                yield name, tensor.to(self.device)

    def weight_update(self, method: str, *arguments: Any) -> None:
        """A call of vLLM's weight transfer interface, from the policy worker that sends."""
        try:
            if method == "start_weight_update":
                self.sampler.prepare_update()
            getattr(self.sampler.engine, method)(*arguments)
        except Exception as error:
            self.trouble = f"{method}: {type(error).__name__}: {' '.join(str(error).split())[:300]}"
            raise

    def commit(self, version: int) -> int:
        """Ends an update, after its last call; -> the version now held."""
        self.sampler.finish_update(version)
        return self.sampler.version

    def sleep(self) -> None:
        self.sampler.sleep()

    def digests(self) -> dict[str, Digest]:
        return self.sampler.digests()

    def scores(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> dict[str, tuple[float, ...]]:
        return self.sampler.scores(prompt_ids, response_ids)

    def close(self) -> None:
        """Engines with processes of their own end them here."""
        self.sampler.close()


@dataclass(slots=True)
class RaySampler:
    """An Engine over several processes."""

    cluster: Cluster
    workers: list[Worker]
    route: str = OBJECT_STORE  # by which weights come
    sleeps: bool = False  # between a step's last sample and the next weights
    version: int = -1
    _asleep: bool = False

    @staticmethod
    def launch(
        cluster: Cluster, build: Callable[[], Engine], device: str, room: PlacementGroup, bundles: list[int],
        takes: dict[str, float], route: str = OBJECT_STORE, sleeps: bool = False,
    ) -> "RaySampler":  # fmt: skip
        """One process a bundle, without a sampler yet."""
        names = [f"rollout worker {n}" for n in range(len(bundles))]
        workers = cluster.launch(SampleActor, names, [(build, device)] * len(bundles), room, bundles, takes)
        return RaySampler(cluster, workers, route, sleeps)

    def ready(self) -> None:
        """Has the samplers made, and waits for it."""
        self.cluster.settle(self.workers)
        self.cluster.call("start", self.workers, "prepare")

    def generate(
        self, asked: Sequence[Rollout], sampling: Sampling, on_finished: OnFinished | None = None
    ) -> list[Rollout]:
        """Fulfils Engine.generate; rollouts come one by one, from all workers mixed."""
        parts = [part for part in split_rollouts(asked, len(self.workers)) if part]
        done: dict[int, Rollout] = {}

        def arrived(worker: int, found: tuple[int, dict[str, Any]]) -> None:
            index = parts[worker][found[0]]
            rollout = replace(asked[index], **found[1])
            done[index] = rollout
            if on_finished is not None:
                on_finished(index, rollout)

        calls = []
        for worker, part in zip(self.workers, parts):
            stream = worker.handle.stream.options(num_returns="streaming")
            calls.append((worker, stream.remote([asked[i] for i in part], sampling)))
        self.cluster.wait("sampling", calls, arrived, may_stop=True)
        return [done[i] for i in range(len(asked))]

    def load_weights(self, version: int, weights: Iterable[tuple[str, Tensor]]) -> None:
        """Gives weights to every worker at once, never through this process."""
        assert isinstance(weights, RemoteWeights)
        if self.route == OBJECT_STORE:
            # A reference inside a list is handed on as it is; as an argument of its own it would be fetched first.
            references = list(weights.references)
            self._make_room(weights)
            found = self.cluster.call("taking over weights", self.workers, "load_weights", version, references)
        else:
            self._make_room(weights)
            weights.send(version, self.workers)
            self._make_room(weights)
            found = self.cluster.call("taking over weights", self.workers, "commit", version)
        self.version, self._asleep = min(found), False

    def sleep(self) -> None:
        """Fulfils Engine.sleep."""
        if self.sleeps:
            self.cluster.call("sleep", self.workers, "sleep")
            self._asleep = True

    def _make_room(self, weights: RemoteWeights) -> None:
        """An engine that wakes up finds what the policy worker on its GPU only keeps for later."""
        if self._asleep:
            weights.release_cache()

    def digests(self) -> dict[str, Digest]:
        """Checksums of what came with the last hand-over, by worker and process of its engine."""
        every = self.cluster.call("comparing weights", self.workers, "digests")
        return self._by_part(every)

    def scores(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> dict[str, tuple[float, ...]]:
        """Fulfils Engine.scores, of every worker."""
        return self._by_part(self.cluster.call("scoring", self.workers, "scores", prompt_ids, response_ids))

    def _by_part(self, every: Sequence[dict[str, T]]) -> dict[str, T]:
        """The answers of each worker by its parts, with the worker's name before the part's."""
        return {f"{worker.name}, {part}": value for worker, found in zip(self.workers, every, strict=True)
                for part, value in found.items()}  # fmt: skip

    def close(self) -> None:
        """Lets engines end their own processes; a worker that does not answer is ended with the cluster."""
        ray.wait([w.handle.close.remote() for w in self.workers], num_returns=len(self.workers), timeout=5.0)


def split_rollouts(asked: Sequence[Rollout], workers: int) -> list[list[int]]:
    """Indices for each worker: equal prompts stay together (they share a cache) as far as the work still spreads.

    Example: prompts a a a a b c for two workers: [a a a], [a b c].
    """
    share = -(-len(asked) // workers)
    order = sorted(range(len(asked)), key=lambda i: asked[i].task.prompt_ids)
    runs = [list(run) for _, run in groupby(order, key=lambda i: asked[i].task.prompt_ids)]
    blocks = [run[start : start + share] for run in runs for start in range(0, len(run), share)]
    parts: list[list[int]] = [[] for _ in range(workers)]
    for block in sorted(blocks, key=len, reverse=True):
        min(parts, key=len).extend(block)
    return [sorted(part) for part in parts]
