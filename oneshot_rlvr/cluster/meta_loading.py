"""A model over several processes without the whole of it in each: rank 0 reads it, the others get it tensor by tensor.

Every rank starts from a hollow copy (parameters on the meta device). `sharding.shard` fills one decoder layer at a time
and cuts it at once, so that beside its slices a process holds one layer, or the embedding.
"""

import copy
import pickle
from collections.abc import Callable, Mapping

import torch
import torch.distributed as dist
from torch import Tensor, nn
from transformers import PreTrainedModel


def hollow(model: PreTrainedModel) -> PreTrainedModel:
    """A copy whose parameters have no memory. Tied ones stay tied; buffers are copied."""
    memo = {id(p): nn.Parameter(p.detach().to("meta"), p.requires_grad) for p in model.parameters()}
    return copy.deepcopy(model, memo)


class Filling:
    """Values for hollow copies of one model, on all ranks. Its calls are collective."""

    def __init__(self, read: Callable[[], PreTrainedModel], device: torch.device) -> None:
        self.device = device
        self._tensors: Mapping[str, Tensor] = {}
        found: list[bytes | None] = [None]
        if dist.get_rank() == 0:
            model = read()
            self._tensors = {name: parameter.detach() for name, parameter in model.named_parameters()}
            found = [pickle.dumps(hollow(model))]
        dist.broadcast_object_list(found, 0)
        assert found[0] is not None
        self.model: PreTrainedModel = pickle.loads(found[0])  # hollow
        self._names = {name for name, _ in self.model.named_parameters()}

    def __call__(self, name: str, like: Tensor) -> Tensor:
        """Values for the parameter `name` of a module made of this model's parts, in the dtype of `like`."""
        key = name
        while key not in self._names:  # behind the name of the part: language_model.model.norm, backbone.norm
            inner = f"{self.model.base_model_prefix}.{key.partition('.')[2]}"
            key = inner if inner in self._names else key.partition(".")[2]
            if not key:
                raise ValueError(f"no values for parameter {name}")
        value = torch.empty(like.shape, dtype=like.dtype, device=self.device)
        if dist.get_rank() == 0:
            value.copy_(self._tensors[key])
        dist.broadcast(value, 0)
        return value


def fill(root: nn.Module, part: nn.Module, filling: Callable[[str, Tensor], Tensor]) -> None:
    """Gives the hollow parameters of `part` their values, wherever in `root` they are used."""
    names = {id(parameter): name for name, parameter in root.named_parameters()}
    for parameter in list(part.parameters()):
        if not parameter.is_meta:
            continue
        value = nn.Parameter(filling(names[id(parameter)], parameter), parameter.requires_grad)
        for module in root.modules():
            for name, own in module._parameters.items():
                if own is parameter:
                    module._parameters[name] = value
