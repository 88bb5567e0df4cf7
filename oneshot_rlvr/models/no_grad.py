"""Passes without a gradient, of whole and of sharded models."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.distributed.fsdp import FSDPModule


@contextmanager
def without_grad(model: nn.Module) -> Iterator[None]:
    """No gradient is recorded, and afterwards each process holds its slices of `model` again.

    FSDP2 leaves the outermost part (embedding, last norm, head) gathered after a forward pass, for the backward pass
    that would follow: whole tensors in the compute dtype stand in its place until then. To be entered in one thread.
    """
    try:
        with torch.no_grad():
            yield
    finally:
        for module in model.modules():
            if isinstance(module, FSDPModule):
                module.reshard()
