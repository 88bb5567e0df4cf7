"""Runs inside vLLM's workers: the receiving end of weights that lie in shared memory (CPU engines).

vLLM imports this module by name (`worker_extension_cls`) before it makes its weight transfer engine.
"""

# pyright: reportMissingImports=false
# (vLLM is in .venv-vllm, or in an environment with a GPU)

from dataclasses import dataclass
from typing import Any

from safetensors import safe_open
from torch import nn
from vllm.distributed.weight_transfer.base import (
    WeightTransferEngine,
    WeightTransferInitInfo,
    WeightTransferUpdateInfo,
)
from vllm.distributed.weight_transfer.factory import WeightTransferEngineFactory
from vllm.model_executor.model_loader.reload import finalize_layerwise_reload, initialize_layerwise_reload

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


def pack_again(model: nn.Module) -> None:
    """Rebuild oneDNN's packed copies of weights that a reload does not visit.

    On a CPU every linear layer computes with a packed copy of its weight. A tied head has no tensor of its own in the
    stream, so vLLM's reload leaves its copy as it was: logits would come from the old embedding.
    """
    for module in model.modules():
        part: Any = module
        if hasattr(part, "cpu_linear") and part.weight.numel() > 0:
            part.quant_method.process_weights_after_loading(part)


if BACKEND not in WeightTransferEngineFactory._registry:
    WeightTransferEngineFactory.register_engine(BACKEND, SharedMemoryEngine)


class Extension:
    """Adds nothing to the worker; naming it makes the worker import this module."""
