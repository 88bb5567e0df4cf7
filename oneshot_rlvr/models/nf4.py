"""A frozen base in 4 bits for adapters (QLoRA, arXiv 2305.14314): linear layers stored as NF4, multiplied whole."""

# pyright: reportMissingImports=false
# (bitsandbytes comes with the extra [small])

import logging
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from oneshot_rlvr.errors import UserError

BLOCK = 64  # weights with one scale, as published; the scales are stored in 8 bits


def quantize_linear(model: PreTrainedModel, device: torch.device, dtype: torch.dtype) -> None:
    """Stores every linear layer but the head in NF4 on `device`. UserError where there is none."""
    head = model.get_output_embeddings()
    found = [(name, module) for name, module in model.named_modules()
             if isinstance(module, nn.Linear) and module is not head]  # fmt: skip
    if not found:
        raise UserError(f"model.lora.quantization=nf4: {type(model).__name__} has no linear layers but the head")
    for name, module in found:
        owner, _, leaf = name.rpartition(".")
        setattr(model.get_submodule(owner), leaf, Nf4Linear(module, device, dtype))


class Nf4Linear(nn.Linear):
    """A frozen linear layer whose weight is packed, two numbers a byte."""

    def __init__(self, layer: nn.Linear, device: torch.device, dtype: torch.dtype) -> None:
        nn.Module.__init__(self)  # that of nn.Linear would make a whole weight
        logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # on a CPU it warns of kernels that are not used here
        from bitsandbytes.functional import quantize_4bit

        self.in_features, self.out_features = layer.in_features, layer.out_features
        # As one row: bitsandbytes 0.50 unpacks wrongly on a CPU where a row is no multiple of BLOCK.
        weight = layer.weight.detach().to(device, dtype).reshape(-1)
        packed, self.scales = quantize_4bit(weight, blocksize=BLOCK, compress_statistics=True, quant_type="nf4")
        self.weight = nn.Parameter(packed, requires_grad=False)
        bias = layer.bias
        self.bias = None if bias is None else nn.Parameter(bias.detach().to(device, dtype), requires_grad=False)

    def whole_weight(self) -> Tensor:
        """The weight [out, in] as it acts, in the dtype that it was quantised from."""
        from bitsandbytes.functional import dequantize_4bit

        return dequantize_4bit(self.weight, self.scales).view(self.out_features, self.in_features)

    def forward(self, input: Tensor) -> Tensor:
        product: Tensor = _Product.apply(input.to(self.scales.dtype), self)  # pyright: ignore[reportAssignmentType]
        return product if self.bias is None else product + self.bias


class _Product(torch.autograd.Function):
    """x W' with a weight that is made whole for each product, and not held between forward and backward."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, layer: Nf4Linear) -> Tensor:
        ctx.layer = layer
        return x @ layer.whole_weight().T

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0] @ ctx.layer.whole_weight(), None
