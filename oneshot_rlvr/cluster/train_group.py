"""The processes of `runtime=ray` over which policy and critic are sharded, as the driver sees them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from ray.util.placement_group import PlacementGroup

from oneshot_rlvr.cluster.cluster import Cluster, Worker
from oneshot_rlvr.cluster.train_actor import Build, TrainActor
from oneshot_rlvr.cluster.weight_link import Link, Receiver


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
        """Waits until the processes are up and have found each other."""
        self.cluster.settle(self.workers)
        endpoint = self.cluster.call("start", self.workers[:1], "endpoint")[0]
        self.all("start", "join", endpoint)

    def build(self, build: Build) -> tuple[str, ...]:
        """Each process makes its slice of the models. -> what is to be said of it."""
        return self.all("loading the model", "build", build)[0]

    def all(
        self, phase: str, method: str, *arguments: Any, each: list[Any] | None = None, watch: Sequence[Worker] = ()
    ) -> list[Any]:
        """`method` of every process at once; `each` gives every process a first argument of its own."""
        return self.cluster.call(phase, self.workers, method, *arguments, each=each, watch=watch)

    def connect(
        self, route: str, dtype: torch.dtype, engines: Sequence[tuple[Worker, int]], watch: Sequence[Worker]
    ) -> None:
        """Links the processes with the rollout workers; `engines` with the number of processes of each."""
        host, _, port = self.cluster.call("connecting", self.workers[:1], "endpoint")[0].rpartition(":")
        receivers = tuple(Receiver(f"{w.name} ({w.where})", w.handle, ranks) for w, ranks in engines)
        address = (host.removeprefix("tcp://"), int(port))
        link = Link(route, dtype, receivers, address, self.cluster.runtime.timeout_seconds)
        self.all("connecting", "connect", link, watch=watch)

    def stop_ids(self, extra_tokens: list[str]) -> tuple[int, ...]:
        """Ids that end a response, from the model's and the tokenizer's files."""
        return self.cluster.call("start", self.workers[:1], "stop_ids", extra_tokens)[0]

    # ---- checkpoints

    def hold(self, dtype: torch.dtype) -> Callable[[Path], None]:
        """Fulfils Store.hold; to a disk that all nodes see."""
        self.all("saving", "hold", dtype)
        return self._write

    def _write(self, folder: Path) -> None:
        self.all("saving", "write", folder.absolute())

    def load(self, folder: Path, updates: dict[str, int]) -> None:
        self.all("loading", "load", folder.absolute(), updates)
