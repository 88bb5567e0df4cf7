"""Weights by broadcast over gloo: the twin, for CPUs, of vLLM's NCCL backend.

Rendezvous, ranks, order of calls, threads and metadata are vLLM's own (both ends are subclasses of its NCCL ends); what
differs is the communicator, and how many tensors go together. Imported by policy and rollout workers it is the route
`gloo`.
"""

# pyright: reportMissingImports=false
# (vLLM is in .venv-vllm, or in an environment with a GPU)

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Self

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.distributed_c10d import PrefixStore
from vllm.distributed.utils import StatelessProcessGroup
from vllm.distributed.weight_transfer.base import VLLMWeightSyncClient, WeightSource
from vllm.distributed.weight_transfer.factory import WeightTransferEngineFactory, WeightTransferTrainerFactory
from vllm.distributed.weight_transfer.nccl_common import NCCLWeightTransferInitInfo, worker_init_payload
from vllm.distributed.weight_transfer.nccl_engine import (
    NCCLTrainerInitInfo,
    NCCLTrainerWeightTransferEngine,
    NCCLWeightTransferEngine,
    NCCLWeightTransferUpdateInfo,
)

from oneshot_rlvr.config.transfer import CPU_GROUP_BYTES, by_size
from oneshot_rlvr.weights.routes import BACKENDS, ROUTE_NAMES
from oneshot_rlvr.weights.transfer import TRAINER_SIDES
from oneshot_rlvr.weights.vllm_packing import pack_again

BACKEND = "rlvr_gloo"


class Group:
    """Rank 0 is the sender. RuntimeError when another process is gone, or silent for `timeout_seconds`."""

    def __init__(self, host: str, port: int, rank: int, world: int, timeout_seconds: float) -> None:
        meeting = StatelessProcessGroup.create(host, port, rank, world, store_timeout=int(timeout_seconds) + 1)
        self._store = meeting.store  # rank 0's is the server: it lives as long as the group
        store = PrefixStore(BACKEND, meeting.store)
        self._group: Any = dist.ProcessGroupGloo(store, rank, world, timedelta(seconds=timeout_seconds))

    def broadcast(self, tensor: Tensor) -> None:
        """Rank 0's contents into everybody's contiguous `tensor`."""
        options = dist.BroadcastOptions()
        options.rootRank, options.rootTensor = 0, 0
        self._group.broadcast([tensor.reshape(-1).view(torch.uint8)], options).wait()

    def destroy(self) -> None:
        self._group = None


@dataclass(frozen=True, slots=True)
class Due:
    """A tensor that is to come."""

    name: str
    dtype: torch.dtype
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


@dataclass
class GlooTrainerInit(NCCLTrainerInitInfo):
    backend: ClassVar[str] = BACKEND
    timeout_seconds: float = 0.0


@dataclass(kw_only=True)
class GlooInit(NCCLWeightTransferInitInfo):
    timeout_seconds: float


class GlooSender(NCCLTrainerWeightTransferEngine):
    """The trainer's end."""

    @classmethod
    def trainer_init(
        cls, init_info: NCCLTrainerInitInfo, *, client: VLLMWeightSyncClient, source: WeightSource | None = None
    ) -> Self:
        assert isinstance(init_info, GlooTrainerInit) and source is not None
        engine = cls(client=client, source=source, is_sender=init_info.is_sender)
        if not engine.is_sender:
            return engine
        host, port, world = init_info.master_address, init_info.master_port, init_info.world_size
        theirs = GlooInit(
            master_address=host, master_port=port, rank_offset=1, world_size=world,
            timeout_seconds=init_info.timeout_seconds,
        )  # fmt: skip
        with ThreadPoolExecutor(max_workers=1) as beside:  # both ends wait for each other
            theirs_done = beside.submit(client.init_weight_transfer_engine, worker_init_payload(theirs))
            engine.model_update_group = Group(host, port, 0, world, init_info.timeout_seconds)
            theirs_done.result()
        return engine

    def _broadcast(self, source: WeightSource, meta: list[Any]) -> None:
        if not self.is_sender:
            return super()._broadcast(source, meta)
        for group in by_size(self._checked_iter(source, meta), lambda pair: pair[1].nbytes, CPU_GROUP_BYTES):
            flat = [tensor.contiguous().view(-1).view(torch.uint8) for _, tensor in group]
            self.model_update_group.broadcast(torch.cat(flat))


class GlooReceiver(NCCLWeightTransferEngine):
    """The engine's end, in each of its processes."""

    init_info_cls = GlooInit

    def init_transfer_engine(self, init_info: GlooInit) -> None:
        parallel = self.parallel_config
        rank = init_info.rank_offset + parallel.data_parallel_index * parallel.world_size + parallel.rank
        assert init_info.master_address is not None and init_info.master_port is not None
        self.model_update_group = Group(
            init_info.master_address, init_info.master_port, rank, init_info.world_size, init_info.timeout_seconds
        )

    def receive_weights(self, update_info: NCCLWeightTransferUpdateInfo) -> None:
        model: Any = self.model
        model.load_weights(self._received(update_info))

    def _received(self, info: NCCLWeightTransferUpdateInfo) -> Iterator[tuple[str, Tensor]]:
        every = zip(info.names, info.dtype_names, info.shapes, strict=True)
        due = [Due(name, getattr(torch, dtype), tuple(shape)) for name, dtype, shape in every]
        for group in by_size(due, lambda one: one.nbytes, CPU_GROUP_BYTES):
            flat = torch.empty(sum(one.nbytes for one in group), dtype=torch.uint8)
            self.model_update_group.broadcast(flat)
            for one, part in zip(group, flat.split([one.nbytes for one in group]), strict=True):
                yield one.name, part.view(one.dtype).view(one.shape)

    def finish_weight_update(self) -> None:
        super().finish_weight_update()
        pack_again(self.model)


if BACKEND not in WeightTransferEngineFactory._registry:
    WeightTransferEngineFactory.register_engine(BACKEND, GlooReceiver)
if BACKEND not in WeightTransferTrainerFactory._registry:
    WeightTransferTrainerFactory.register_engine(BACKEND, GlooSender)
BACKENDS["gloo"], ROUTE_NAMES["gloo"] = BACKEND, "gloo broadcast"
TRAINER_SIDES[BACKEND] = lambda end: GlooTrainerInit(
    *end.address, world_size=1 + end.workers, timeout_seconds=end.timeout_seconds, rank=end.rank
)
