"""Weights from the trainer to a vLLM engine, through vLLM's weight transfer interface.

Three backends, one life of an update: everything is checked and staged, `start_weight_update`, `update_weights`,
`finish_weight_update` with the version, prefix cache reset, version read back.

* shared memory: engines on a CPU, and those cut over several GPUs. The whole set is one file in /dev/shm before the
  engine hears of it.
* ipc: sender and engine on the same GPU, in two processes (CUDA does not open its own handles).
* nccl: sender and engine on different GPUs.

An update that fails half-way leaves the engine unusable, and nothing but a new engine helps: `Engine.broken`.
"""

# pyright: reportMissingImports=false
# (vLLM is in .venv-vllm, or in an environment with a GPU)

import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from safetensors.torch import save_file
from torch import Tensor
from vllm import LLM
from vllm.distributed.weight_transfer.base import (
    ParamMeta,
    TrainerInitInfo,
    TrainerWeightTransferEngine,
    VLLMWeightSyncClient,
    WeightSource,
)
from vllm.distributed.weight_transfer.factory import WeightTransferTrainerFactory
from vllm.distributed.weight_transfer.ipc_engine import IPCTrainerInitInfo
from vllm.distributed.weight_transfer.nccl_engine import NCCLTrainerInitInfo

from oneshot_rlvr.config.transfer import FOLDER, abandoned_folders, buffer_bytes, shared_memory_folder
from oneshot_rlvr.errors import RunError
from oneshot_rlvr.weights.checksum import Digest, Tally
from oneshot_rlvr.weights.vllm_extension import BACKEND as SHARED_MEMORY

Shapes = Mapping[str, tuple[int, ...]]
ON_GPU = ("ipc", "nccl")  # backends that send from a GPU


class StepWeights(WeightSource):
    """One step's weights in the engine's dtype. `pairs` may be an iterator: it is gone through once a step.

    `digest` is that of the last complete pass, on the rank that sends (`counts`).
    """

    def __init__(
        self, shapes: Shapes, dtype: torch.dtype, device: torch.device | None = None, counts: bool = True
    ) -> None:
        self.shapes, self.dtype, self.device, self.counts = shapes, dtype, device, counts
        self.version = 0
        self.digest: Digest | None = None
        self.pairs: Iterable[tuple[str, Tensor]] = ()

    def metadata(self) -> list[ParamMeta]:
        return [ParamMeta(name, self.dtype, shape) for name, shape in self.shapes.items()]

    def __iter__(self) -> Iterator[tuple[str, Tensor]]:
        """ValueError for a parameter that is missing, unknown, given twice or misshapen."""
        due, tally = dict(self.shapes), Tally()
        self.digest = None
        for name, tensor in self.pairs:
            shape = due.pop(name, None)
            if tuple(tensor.shape) != shape:
                raise ValueError(f"weights: {name} has shape {tuple(tensor.shape)}, expected {shape or 'no such one'}")
            ready = tensor.detach().to(self.device or tensor.device, self.dtype)
            if self.counts:
                tally.add(name, ready)
            yield name, ready
        if due:
            raise ValueError(f"weights missing: {', '.join(due)}")
        if self.counts:
            self.digest = tally.digest()


class Engine:
    """The engine's side of an update, as vLLM's trainer engines call it (its `VLLMWeightSyncClient`)."""

    def __init__(self, llm: LLM) -> None:
        self.llm = llm
        self.broken: str | None = None  # why it cannot sample any more
        llm.collective_rpc("count_arrivals")

    def init_weight_transfer_engine(self, init_info: dict[str, Any]) -> None:
        self.llm.init_weight_transfer_engine({"init_info": init_info})

    def start_weight_update(self) -> None:
        self.broken = "its weights are half of one version and half of another"
        self.llm.collective_rpc("forget_arrivals")
        self.llm.start_weight_update()

    def update_weights(self, update_info: Any) -> None:
        self.llm.update_weights({"update_info": update_info})

    def finish_weight_update(self, weight_version: str | None = None) -> None:
        self.llm.finish_weight_update()

    def commit(self, version: int) -> None:
        """Drops what was cached from the old weights and takes the new version, after a complete update."""
        if not self.llm.reset_prefix_cache():
            raise RunError("vLLM could not reset its prefix cache: prompts would be read with the old weights")
        self.llm.update_weight_version(str(version))
        self.broken = None

    def arrivals(self) -> list[Digest]:
        """Checksums of what came with the last update, in each process of the engine."""
        return [Digest(*found) for found in self.llm.collective_rpc("arrivals")]

    @property
    def version(self) -> int:
        held = self.llm.get_weight_version()
        return int(held) if held.isdigit() else -1


@dataclass
class SharedMemoryTrainerInit(TrainerInitInfo):
    backend: ClassVar[str] = SHARED_MEMORY


class SharedMemorySender(TrainerWeightTransferEngine[SharedMemoryTrainerInit]):
    """Writes the complete set before the engine starts to update."""

    init_info_cls = SharedMemoryTrainerInit

    @classmethod
    def trainer_init(
        cls, init_info: SharedMemoryTrainerInit, *, client: VLLMWeightSyncClient, source: WeightSource | None = None
    ) -> Self:
        engine = cls(client=client, source=source, is_sender=init_info.is_sender)
        if engine.is_sender:
            for folder in abandoned_folders():
                shutil.rmtree(folder, ignore_errors=True)
            client.init_weight_transfer_engine({})
        return engine

    def send_weights(self) -> None:
        source = self.source
        assert isinstance(source, StepWeights)
        if not self.is_sender:
            for _ in source:  # gathering takes every rank
                pass
            return
        tensors = {name: tensor.cpu().contiguous() for name, tensor in source}
        folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-", dir=shared_memory_folder()))
        try:
            path, version = folder / "weights.safetensors", str(source.version)
            save_file(tensors, path, metadata={"version": version})
            self.client.start_weight_update()
            self.client.update_weights({"path": str(path), "version": version})
            self.client.finish_weight_update()
        finally:
            shutil.rmtree(folder)


if SHARED_MEMORY not in WeightTransferTrainerFactory._registry:
    WeightTransferTrainerFactory.register_engine(SHARED_MEMORY, SharedMemorySender)


def packed_bytes(shapes: Shapes, dtype: torch.dtype) -> int:
    """Bytes of the buffer in which these tensors are packed together."""
    return buffer_bytes(tensor_bytes(shapes, dtype))


def tensor_bytes(shapes: Shapes, dtype: torch.dtype) -> list[int]:
    """Bytes of each tensor."""
    return [math.prod(shape) * dtype.itemsize for shape in shapes.values()]


@dataclass(frozen=True, slots=True)
class TrainerEnd:
    """One trainer rank as an end of a route; rank 0 sends."""

    buffer: int  # bytes, `packed_bytes`: ipc and nccl cannot send a tensor that is larger
    rank: int = 0
    address: tuple[str, int] = ("", 0)  # host, port of rank 0, where processes have to meet
    workers: int = 1  # processes of all engines together
    timeout_seconds: float = 1800.0


# Weight transfer backend -> what the trainer's end starts from.
TRAINER_SIDES: dict[str, Callable[[TrainerEnd], TrainerInitInfo]] = {
    SHARED_MEMORY: lambda end: SharedMemoryTrainerInit(rank=end.rank),
    "ipc": lambda end: IPCTrainerInitInfo(rank=end.rank, packed=True, packed_buffer_size_bytes=end.buffer),
    "nccl": lambda end: NCCLTrainerInitInfo(
        *end.address, world_size=1 + end.workers, packed_buffer_size_bytes=end.buffer, rank=end.rank
    ),
}


class WeightSender:
    """The trainer's end. `send` on every trainer rank: going through the weights gathers sharded ones."""

    def __init__(
        self, backend: str, end: TrainerEnd, client: VLLMWeightSyncClient, shapes: Shapes, dtype: torch.dtype
    ) -> None:
        init, on_gpu = TRAINER_SIDES[backend](end), backend in ON_GPU
        self.source = StepWeights(shapes, dtype, torch.device("cuda") if on_gpu else None, init.is_sender)
        self._engine = WeightTransferTrainerFactory.trainer_init(init, client=client, source=self.source)

    def send(self, version: int, weights: Iterable[tuple[str, Tensor]]) -> Digest | None:
        """A full update, but for `Engine.commit`. ValueError if the set is not what the engine holds.

        -> what was sent, on the rank that did.
        """
        self.source.version, self.source.pairs = version, weights
        try:
            self._engine.send_weights()
            return self.source.digest
        finally:
            self.source.pairs = ()
