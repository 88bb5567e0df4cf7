"""One process of the sharded trainer: policy, reference and critic workers on its slice of the weights."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import ray
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from transformers import PreTrainedTokenizerBase

from oneshot_rlvr import checkpoint
from oneshot_rlvr.cluster.gathering import gathered
from oneshot_rlvr.cluster.ray_identity import Identity
from oneshot_rlvr.cluster.sharding import Shard, Share, shard
from oneshot_rlvr.cluster.weight_link import Link, RayClient
from oneshot_rlvr.config.transfer import CPU_GROUP_BYTES, GROUP_BYTES, STORE_BYTES, by_size
from oneshot_rlvr.learner.critic import CriticWorker
from oneshot_rlvr.learner.optimizer import Trained
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.models import load
from oneshot_rlvr.models.memory import release_cache
from oneshot_rlvr.weights.checksum import Digest, Tally
from oneshot_rlvr.weights.routes import BACKENDS


class Parts(Protocol):
    """The result of a build function: the workers of this process."""

    @property
    def policy(self) -> Any: ...

    @property
    def critic(self) -> Any: ...

    @property
    def notes(self) -> tuple[str, ...]: ...


Build = Callable[[Shard], tuple[Parts, PreTrainedTokenizerBase]]  # makes the workers, sharding each model it is given


@dataclass(frozen=True, slots=True)
class Piece:
    """A tensor in the object store: bytes that the reader maps instead of copying."""

    name: str
    data: Any  # numpy uint8
    dtype: torch.dtype
    shape: tuple[int, ...]

    @staticmethod
    def of(name: str, tensor: Tensor) -> "Piece":
        """Example: `Piece.of("model.norm.weight", tensor)` of a tensor on the CPU."""
        return Piece(name, tensor.contiguous().flatten().view(torch.uint8).numpy(), tensor.dtype, tuple(tensor.shape))


class TrainActor(Identity):
    """Rank `rank` of `world`. Every method but the first is called on all ranks at once."""

    def __init__(self, rank: int, world: int, device: str, timeout_seconds: float) -> None:
        self.rank, self.world = rank, world
        self.device = torch.device(device, 0) if device == "cuda" else torch.device(device)  # the GPU that Ray shows
        self.timeout = timedelta(seconds=timeout_seconds)

    def endpoint(self) -> str:
        """The address at which the ranks meet: this node, a free port."""
        with socket.socket() as probe:
            probe.bind(("", 0))
            port = probe.getsockname()[1]
        return f"tcp://{ray.util.get_node_ip_address()}:{port}"

    def join(self, endpoint: str) -> None:
        """Meets the other ranks."""
        backend = "cpu:gloo,cuda:nccl" if self.device.type == "cuda" else "gloo"
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)
        dist.init_process_group(
            backend, init_method=endpoint, rank=self.rank, world_size=self.world, timeout=self.timeout
        )
        self.mesh = init_device_mesh(self.device.type, (self.world,))

    def build(self, build: Build) -> tuple[str, ...]:
        """Makes the workers, on this rank's slice of each model. -> their notes."""
        def cut(module: nn.Module, dtype: torch.dtype, filling: Callable[[str, Tensor], Tensor] | None = None) -> None:
            shard(module, self.mesh, dtype, filling)

        parts, self.tokenizer = build(cut)
        self.policy: PolicyWorker = parts.policy
        self.critic: CriticWorker | None = parts.critic
        release_cache()  # before an engine on the same GPU counts what is free
        return parts.notes

    def release_cache(self) -> None:
        """An engine on the same GPU wakes up."""
        release_cache()

    @property
    def trained(self) -> dict[str, Trained]:
        found = {"policy": self.policy.trained}
        return found if self.critic is None else found | {"critic": self.critic.trained}

    # ---- policy and critic

    def run(self, share: Share | None, part: str, method: str, *arguments: Any) -> Any:
        """Calls `method` of `part` (policy, critic) with `arguments`, behind this rank's share if there is one; what it
        says of single sequences comes back under the caller's indices."""
        call = getattr(getattr(self, part), method)
        return call(*arguments) if share is None else share.renumber(call(*share.work(), *arguments))

    def step(self, part: str, nonfinite: str | None) -> tuple[float, float, int]:
        """One optimizer step of `part`: -> gradient norm, learning rate, updates so far."""
        trained = self.trained[part]
        return *trained.step(nonfinite), trained.updates

    # ---- weights and state

    def weights(self, dtype: torch.dtype) -> tuple[list[Any], Digest]:
        """Puts the policy's weights, whole and in `dtype`, into the object store; -> references and what they are, from
        rank 0 alone.
        """
        tally, whole = Tally(), self._whole(dtype)
        if self.rank != 0:
            for _ in whole:
                pass
            return [], tally.digest()
        pieces = (Piece.of(name, tensor) for name, tensor in tally.seen(whole))
        references = [ray.put(chunk) for chunk in by_size(pieces, lambda piece: piece.data.nbytes, STORE_BYTES)]
        return references, tally.digest()

    def connect(self, link: Link) -> None:
        """Becomes an end of the route to the engines; rank 0 meets them."""
        from oneshot_rlvr.rollout.vllm_engine import prepare_environment

        prepare_environment(self.device.type == "cpu")
        from oneshot_rlvr.weights.transfer import TrainerEnd, WeightSender, packed_bytes

        shapes = {name: tuple(parameter.shape) for name, parameter in self.policy.weights()}
        buffer = packed_bytes(shapes, link.dtype)
        end = TrainerEnd(buffer, self.rank, link.address, link.ranks, link.timeout_seconds)
        self.sender = WeightSender(BACKENDS[link.route], end, RayClient(link.receivers), shapes, link.dtype)

    def send(self, version: int) -> Digest | None:
        """The current weights to every engine; -> what was sent, from rank 0 alone."""
        return self.sender.send(version, self._gathered(self.sender.source.dtype))

    def _gathered(self, dtype: torch.dtype) -> Iterator[tuple[str, Tensor]]:
        """Parameters as whole tensors, in order, tied ones once; all ranks go through all of them."""
        most = GROUP_BYTES if self.device.type == "cuda" else CPU_GROUP_BYTES
        return gathered(self.policy.weights(), dtype, most)

    def _whole(self, dtype: torch.dtype) -> Iterator[tuple[str, Tensor]]:
        """The same on the CPU."""
        for name, tensor in self._gathered(dtype):
            yield name, tensor.cpu()

    def hold(self, dtype: torch.dtype) -> None:
        """Gathers what rank 0 will `export`."""
        weights = {name: tensor for name, tensor in self._whole(dtype) if self.rank == 0}
        self.held = (dtype, weights, self.policy.adapters())

    def write(self, folder: Path) -> None:
        """The model folder as it was when `hold` was called, by rank 0, and the state, which must not have changed
        since; no rank waits for another."""
        if self.rank == 0:
            self.export(folder)
        self.save(folder)

    def export(self, folder: Path) -> None:
        """The model folder alone."""
        with checkpoint.refusals(folder):
            self.policy.export(folder, self.tokenizer, *self.held)
        del self.held

    def save(self, folder: Path) -> None:
        """Every rank writes its slices of weights and optimizers below trainer/."""
        with checkpoint.refusals(folder):
            checkpoint.save_tensors(folder, {name: part.state() for name, part in self.trained.items()})

    def load(self, folder: Path, updates: dict[str, int]) -> None:
        state = {name: part.state() for name, part in self.trained.items()}
        checkpoint.load_tensors(folder, state)
        for name, part in self.trained.items():
            part.load_state(state[name], updates[name])

    def stop_ids(self, extra_tokens: list[str]) -> tuple[int, ...]:
        """Fulfils models.load.stop_ids."""
        return load.stop_ids(self.policy.language_model, self.tokenizer, extra_tokens)
