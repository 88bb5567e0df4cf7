"""Low-rank adapters through peft: put in, switched off, merged, written."""

# pyright: reportMissingImports=false
# (peft comes with the extra [small])

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from oneshot_rlvr.config.schema import LINEAR_LAYERS, LoraConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.models.nf4 import Nf4Linear
from oneshot_rlvr.models.packing import PackedBatch
from oneshot_rlvr.models.policy import PolicyModel

ADAPTER = "default"  # peft's own name for the only one


def add_adapters(model: PreTrainedModel, config: LoraConfig, seed: int, base: str) -> None:
    """Freeze the weights of `model`, a float32 one, and put adapters into the named layers. They start at B = 0.

    `base` is the model's path, for the adapter's own file. The model keeps its class; adapted weights change their
    names (`merged_weights` gives the old ones).
    """
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # peft imports it where it is installed
    from peft import LoraConfig as PeftConfig
    from peft import inject_adapter_in_model

    transposed = any(isinstance(module, Conv1D) for module in model.modules())
    settings = PeftConfig(
        r=config.rank, target_modules=_targets(model, config), lora_dropout=0.0, bias="none",
        fan_in_fan_out=transposed,
        lora_alpha=config.alpha,  # pyright: ignore[reportArgumentType]  # peft takes a float as well
        task_type="CAUSAL_LM", base_model_name_or_path=base,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            inject_adapter_in_model(settings, model, ADAPTER)
        except ValueError as error:
            raise UserError(f"model.lora.rank: peft adapts no {type(model).__name__}: {error}") from error


def _targets(model: PreTrainedModel, config: LoraConfig) -> list[str]:
    """Names of the layers that get an adapter; the default, all of a Llama's, stands for all linear layers but the
    head. UserError for names that the model lacks."""
    head = model.get_output_embeddings()
    linear = {name.rpartition(".")[2] for name, module in model.named_modules()
              if isinstance(module, (nn.Linear, Conv1D)) and module is not head}  # fmt: skip
    if set(config.targets) == set(LINEAR_LAYERS):
        return sorted(linear)
    if missing := [name for name in config.targets if name not in linear]:
        has = ", ".join(sorted(linear))
        raise UserError(f"model.lora.targets: {type(model).__name__} has no {missing[0]}; its linear layers are {has}")
    return list(config.targets)


@contextmanager
def without_adapters(model: nn.Module) -> Iterator[None]:
    """The base model, for passes that need no gradient."""
    from peft.tuners.lora import LoraLayer

    layers = [module for module in model.modules() if isinstance(module, LoraLayer)]
    for layer in layers:
        layer.enable_adapters(False)
    try:
        yield
    finally:
        for layer in layers:
            layer.enable_adapters(True)


@dataclass(frozen=True, slots=True)
class Base:
    """A policy with its adapters off: the reference model, at no memory."""

    policy: PolicyModel

    def __call__(self, batch: PackedBatch, temperature: float) -> tuple[Tensor, Tensor]:
        with without_adapters(self.policy):
            return self.policy(batch, temperature)


def merged_weights(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """(name, tensor) of every parameter of the base model, adapters added in float32, one tensor at a time.

    Packed ones are made whole. Sharded ones are gathered where an adapter is to be added; every process then has to go
    through all of them.
    """
    for name, parameter in model.named_parameters():
        owner, adapted, leaf = name.rpartition(".base_layer.")
        if ".lora_" in name:
            continue
        holder = model.get_submodule(name.rpartition(".")[0])
        if isinstance(holder, Nf4Linear) and name.endswith(".weight"):
            parameter = holder.whole_weight()
        if adapted and leaf == "weight":
            layer: Any = model.get_submodule(owner)
            a, b = (_whole(part[ADAPTER].weight) for part in (layer.lora_A, layer.lora_B))
            change = (b @ a) * layer.scaling[ADAPTER]
            yield f"{owner}.weight", _whole(parameter).float() + (change.T if layer.fan_in_fan_out else change)
        else:
            yield f"{owner}.{leaf}" if adapted else name, parameter.detach()


def adapter_weights(model: nn.Module) -> dict[str, Tensor]:
    """The adapters alone, float32, on the CPU, under the names of peft's files; empty where there are none."""
    return {
        "base_model.model." + name.replace(f".{ADAPTER}.", "."): _whole(parameter).cpu()
        for name, parameter in model.named_parameters() if ".lora_" in name
    }  # fmt: skip


def save_adapters(model: PreTrainedModel, weights: dict[str, Tensor], folder: Path) -> None:
    """A folder that `peft.PeftModel.from_pretrained(base, folder)` loads."""
    settings: Any = model.peft_config[ADAPTER]
    folder.mkdir()
    settings.save_pretrained(str(folder))
    file = folder / "adapter_config.json"
    stored = json.loads(file.read_text())
    stored |= {"inference_mode": True, "target_modules": sorted(stored["target_modules"])}  # peft's order is a set's
    file.write_text(json.dumps(stored, indent=2, sort_keys=True) + "\n")
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, folder / "adapter_model.safetensors")


def _whole(tensor: Tensor) -> Tensor:
    tensor = tensor.detach()
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
