"""Runs inside vLLM's workers: the receiving end of weights that lie in shared memory, and a count of what arrives.

vLLM imports this module by name (`worker_extension_cls`) before it makes its weight transfer engine.
"""

# pyright: reportMissingImports=false
# (vLLM is in .venv-vllm, or in an environment with a GPU)

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from safetensors import safe_open
from torch import Tensor
from vllm.distributed.weight_transfer.base import (
    WeightTransferEngine,
    WeightTransferInitInfo,
    WeightTransferUpdateInfo,
)
from vllm.distributed.weight_transfer.factory import WeightTransferEngineFactory
from vllm.model_executor.model_loader.reload import finalize_layerwise_reload, initialize_layerwise_reload

from oneshot_rlvr.models.memory import peak_memory_gb
from oneshot_rlvr.weights.checksum import Tally
from oneshot_rlvr.weights.vllm_packing import pack_again

BACKEND = "rlvr_shared_memory"


@dataclass
class SharedMemoryInit(WeightTransferInitInfo):
    """Nothing to agree on."""


@dataclass
class SharedMemoryUpdate(WeightTransferUpdateInfo):
    """A safetensors file with every weight of one version."""

    path: str
    version: str


class SharedMemoryEngine(WeightTransferEngine[SharedMemoryInit, SharedMemoryUpdate]):
    init_info_cls = SharedMemoryInit
    update_info_cls = SharedMemoryUpdate

    def init_transfer_engine(self, init_info: SharedMemoryInit) -> None:
        pass

    def start_weight_update(self) -> None:
        initialize_layerwise_reload(self.model)

    def receive_weights(self, update_info: SharedMemoryUpdate) -> None:
        model: Any = self.model
        with safe_open(update_info.path, framework="pt") as file:
            found = (file.metadata() or {}).get("version")
            if found != update_info.version:
                raise ValueError(f"{update_info.path} holds version {found}, {update_info.version} was announced")
            model.load_weights((name, file.get_tensor(name)) for name in file.keys())

    def finish_weight_update(self) -> None:
        finalize_layerwise_reload(self.model, self.model_config)
        pack_again(self.model)

    def shutdown(self) -> None:
        pass


if BACKEND not in WeightTransferEngineFactory._registry:
    WeightTransferEngineFactory.register_engine(BACKEND, SharedMemoryEngine)


class Extension:
    """Mixed into vLLM's worker. With any backend, what is handed to the model's loader is counted on its way."""

    def count_arrivals(self: Any) -> None:
        """Counts what arrives from now on."""
        model = self.weight_transfer_engine.model
        load = model.load_weights
        self.arriving = Tally()

        def counted(weights: Iterable[tuple[str, Tensor]]) -> Any:
            return load(self.arriving.seen(weights))

        model.load_weights = counted

    def forget_arrivals(self: Any) -> None:
        """Forgets what arrived, before an update."""
        self.arriving = Tally()

    def arrivals(self: Any) -> tuple[int, int]:
        """Digest of what came with the last update."""
        found = self.arriving.digest()
        return found.tensors, found.bits

    def peak_memory_gb(self) -> float:
        return peak_memory_gb()
