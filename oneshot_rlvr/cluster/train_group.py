"""The trainer's side of `runtime=ray`: what looks like one policy and one critic worker is a group of processes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ray
import torch
from ray.util.placement_group import PlacementGroup
from torch import Tensor

from oneshot_rlvr.cluster.cluster import Cluster, Worker
from oneshot_rlvr.cluster.sharding import share_out
from oneshot_rlvr.cluster.train_actor import Build, TrainActor
from oneshot_rlvr.cluster.weight_link import Link, Receiver
from oneshot_rlvr.config.schema import CriticConfig
from oneshot_rlvr.learner.sequences import TokenSums, TrainSequence, ValueSums
from oneshot_rlvr.learner.workers import MicroBatches
from oneshot_rlvr.weights.checksum import Digest


@dataclass(slots=True)
class TrainGroup:
    """The processes over which policy and critic are sharded."""

    cluster: Cluster
    workers: list[Worker]

    @staticmethod
    def launch(
        cluster: Cluster, device: str, room: PlacementGroup, bundles: list[int], takes: dict[str, float]
    ) -> "TrainGroup":  # fmt: skip
        """One process a bundle."""
        world = len(bundles)
        names = [f"policy worker {rank}" for rank in range(world)]
        arguments = [(rank, world, device, cluster.runtime.timeout_seconds) for rank in range(world)]
        return TrainGroup(cluster, cluster.launch(TrainActor, names, arguments, room, bundles, takes))

    def meet(self) -> None:
        """Wait until the processes are up and have found each other."""
        self.cluster.settle(self.workers)
        endpoint = self.cluster.call("start", self.workers[:1], "endpoint")[0]
        self.all("start", "join", endpoint)

    def build(self, build: Build) -> tuple[str, ...]:
        """Each process makes its slice of the models. -> what is to be said of it."""
        return self.all("loading the model", "build", build)[0]

    def all(self, phase: str, method: str, *arguments: Any, watch: Sequence[Worker] = ()) -> list[Any]:
        return self.cluster.call(phase, self.workers, method, *arguments, watch=watch)

    def connect(
        self, route: str, dtype: torch.dtype, engines: Sequence[tuple[Worker, int]], watch: Sequence[Worker]
    ) -> None:
        """Link the processes with the rollout workers; `engines` with the number of processes of each."""
        host, _, port = self.cluster.call("connecting", self.workers[:1], "endpoint")[0].rpartition(":")
        receivers = tuple(Receiver(f"{w.name} ({w.where})", w.handle, ranks) for w, ranks in engines)
        address = (host.removeprefix("tcp://"), int(port))
        link = Link(route, dtype, receivers, address, self.cluster.runtime.timeout_seconds)
        self.all("connecting", "connect", link, watch=watch)

    def shared(
        self, phase: str, method: str, sequences: Sequence[TrainSequence], weights: Tensor,
        micro_batches: Sequence[Sequence[int]], *arguments: Any,
    ) -> list[Any]:  # fmt: skip
        """`method` with each process's share of the micro-batches; every sequence is sent once, to where it is used."""
        shares = share_out(sequences, weights, micro_batches, len(self.workers))
        return self.cluster.call(phase, self.workers, method, *arguments, each=list(shares))

    def stop_ids(self, extra_tokens: list[str]) -> tuple[int, ...]:
        """Ids that end a response, from the model's and the tokenizer's files."""
        return self.cluster.call("start", self.workers[:1], "stop_ids", extra_tokens)[0]

    # ---- checkpoints

    def hold(self, dtype: torch.dtype) -> Callable[[Path], None]:
        """As Store.hold; to a disk that all nodes see."""
        self.all("saving", "hold", dtype)
        return self._write

    def _write(self, folder: Path) -> None:
        self.all("saving", "write", folder.absolute())

    def load(self, folder: Path, updates: dict[str, int]) -> None:
        self.all("loading", "load", folder.absolute(), updates)


@dataclass(slots=True)
class RayTrained:
    """The optimizer side of one sharded model."""

    group: TrainGroup
    part: str
    updates: int = 0

    def step(self, nonfinite: str | None = None) -> tuple[float, float]:
        """As Trained.step: -> gradient norm before clipping, learning rate used."""
        norm, lr, self.updates = self.group.all(f"the {self.part}'s step", "step", self.part, nonfinite)[0]
        return norm, lr


@dataclass(frozen=True, slots=True)
class RemoteWeights:
    """The weights that the policy workers hold now. Samplers choose the way: references into the object store, or
    `send` over the link between policy and rollout workers. Iterating fetches the tensors into this process.
    """

    policy: "RayPolicy"

    @property
    def references(self) -> tuple[Any, ...]:
        return self.policy.store()

    def send(self, version: int, watch: Sequence[Worker]) -> None:
        self.policy.send(version, watch)

    def release_cache(self) -> None:
        """On every policy worker."""
        self.policy.group.all("handing over weights", "release_cache")

    def __iter__(self) -> Iterator[tuple[str, Tensor]]:
        for reference in self.references:
            yield from unpacked(ray.get(reference))


def unpacked(pieces: Sequence[Any]) -> Iterator[tuple[str, Tensor]]:
    """(name, tensor) pairs over the store's own memory: to be copied from, not written to."""
    import warnings

    for piece in pieces:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
            flat = torch.from_numpy(piece.data)
        yield piece.name, flat.view(piece.dtype).view(piece.shape)


@dataclass(slots=True)
class RayPolicy:
    """What PolicyWorker is to the trainer, over the processes of `group`."""

    group: TrainGroup
    dtype: torch.dtype  # of the weights on their way to the samplers: what these compute in
    trained: RayTrained = field(init=False)
    sent: Digest | None = None  # of the weights last handed over
    _stored: tuple[int, tuple[Any, ...]] | None = None  # updates done, references

    def __post_init__(self) -> None:
        self.trained = RayTrained(self.group, "policy")

    def forward_backward(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: MicroBatches
    ) -> TokenSums:
        """As Policy.forward_backward. Micro-batches may be cut further to occupy all processes."""
        sums = TokenSums()
        for found in self.group.shared("the policy's pass", "policy_pass", sequences_B, weights_B, micro_batches):
            sums.add(found)
        return sums

    def gradient_norms(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: MicroBatches
    ) -> dict[str, float]:
        """As Policy.gradient_norms."""
        return self.group.shared("gradient norms", "gradient_norms", sequences_B, weights_B, micro_batches)[0]

    def logprobs(
        self, sequences_B: Sequence[TrainSequence], micro_batches: MicroBatches, reference: bool = False
    ) -> list[Tensor]:
        """As Policy.logprobs."""
        found = _merged(self.group, "log-probabilities", "logprobs", sequences_B, micro_batches, reference)
        return [found[i] for i in range(len(sequences_B))]

    def score(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> tuple[float, ...]:
        """As Policy.score."""
        return self.group.all("scoring", "score", prompt_ids, response_ids)[0]

    def digest(self) -> Digest | None:
        """Of the weights as they were handed over last."""
        return self.sent

    def weights(self) -> RemoteWeights:
        return RemoteWeights(self)

    def store(self) -> tuple[Any, ...]:
        """References to the current weights in the object store; gathered once per update."""
        if self._stored is None or self._stored[0] != self.trained.updates:
            self._stored = None  # the store may forget the ones before
            references, self.sent = self.group.all("gathering weights", "weights", self.dtype)[0]
            self._stored = (self.trained.updates, tuple(references))
        return self._stored[1]

    def send(self, version: int, watch: Sequence[Worker]) -> None:
        """The current weights to the engines that the policy workers are connected with; those workers are watched."""
        self.sent = self.group.all("handing over weights", "send", version, watch=watch)[0]


@dataclass(slots=True)
class RayCritic:
    """What CriticWorker is to the trainer; it lives in the same processes as the policy."""

    group: TrainGroup
    config: CriticConfig
    trained: RayTrained = field(init=False)

    def __post_init__(self) -> None:
        self.trained = RayTrained(self.group, "critic")

    def values(self, sequences_B: Sequence[TrainSequence], micro_batches: MicroBatches) -> list[Tensor]:
        """As Critic.values."""
        found = _merged(self.group, "values", "values", sequences_B, micro_batches)
        return [found[i] for i in range(len(sequences_B))]

    def forward_backward(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: MicroBatches
    ) -> ValueSums:
        """As Critic.forward_backward."""
        sums = ValueSums()
        for found in self.group.shared("the critic's pass", "critic_pass", sequences_B, weights_B, micro_batches):
            sums.add(found)
        return sums


def _merged(
    group: TrainGroup, phase: str, method: str, sequences_B: Sequence[TrainSequence],
    micro_batches: Sequence[Sequence[int]], *arguments: Any,
) -> dict[int, Tensor]:  # fmt: skip
    none = torch.zeros(len(sequences_B))
    found: dict[int, Tensor] = {}
    for part in group.shared(phase, method, sequences_B, none, micro_batches, *arguments):
        found.update(part)
    return found
