"""x W^T on a CPU by oneDNN, where torch has it: a tenth faster than the BLAS that torch links for many rows
of a small model, and twice as fast for few rows with a weight in the kernel's own layout."""

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor


@cache
def has_onednn() -> bool:
    """Tells whether oneDNN's products are there, on x86 only: elsewhere other kernels stand behind the same names."""
    return torch.backends.mkldnn.is_available() and torch.backends.cpu.get_cpu_capability().startswith("AVX")


@cache
def multiplies_bfloat16() -> bool:
    """Tells whether oneDNN takes bfloat16 on this processor (AVX-512, AMX)."""
    return has_onednn() and torch.ops.mkldnn._is_mkldnn_bf16_supported()


def packed(weight: Tensor, rows: int) -> Tensor:
    """`weight` [out, in] in the layout that suits inputs of about `rows` rows; fit for the functions below only."""
    return torch.ops.mkldnn._reorder_linear_weight(weight, rows) if has_onednn() else weight


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x [N, in] -> x W^T + b."""
    if has_onednn():
        return torch.ops.mkldnn._linear_pointwise.default(x, weight, bias, "none", [], "")
    return F.linear(x, weight, bias)


def linear_plus(x: Tensor, weight: Tensor, bias: Tensor | None, other: Tensor) -> Tensor:
    """x W^T + b + other."""
    if has_onednn():
        return torch.ops.mkldnn._linear_pointwise.binary(x, other, weight, bias, "add")
    return F.linear(x, weight, bias).add_(other)
