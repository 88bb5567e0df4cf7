"""A device that computes nothing: the operations that a program gives a GPU, counted on a machine without one.

Tensors have shapes and no numbers (torch's FakeTensorMode) on a device of torch's kind for Python back ends. What would
make the processor wait for a GPU fails here, since there is no number to read; so does an operation on tensors of the
GPU and of main memory.
"""

import weakref
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._pytree import tree_leaves
from torch.utils.backend_registration import _DummyBackendModule, _setup_privateuseone_for_python_backend
from torch.utils.flop_counter import flop_registry

NAME = "counted"
BY_INDEX = ("index_select", "gather", "embedding", "index")  # read what they are asked for, not all they are given
FREE = ("_unsafe_view", "detach", "empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided")
ONE_KERNEL = torch.library.Library("aten", "IMPL")


class Module(_DummyBackendModule):
    """torch.counted."""

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16]


def fake_gpu() -> torch.device:
    if not hasattr(torch, NAME):
        _setup_privateuseone_for_python_backend(NAME, Module())
        ONE_KERNEL.impl("silu_backward", lambda *_: None, "PrivateUse1")  # else torch takes it apart
    return torch.device(NAME, 0)


@dataclass(slots=True)
class Counted:
    """What was counted. Memory is above what was held at the beginning."""

    operations: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))  # FLOPs, bytes
    reads: int = 0  # copies to main memory
    held: int = 0
    peak: int = 0

    @property
    def kernels(self) -> int:
        return sum(map(len, self.operations.values()))

    @property
    def flops(self) -> float:
        return sum(flops for found in self.operations.values() for flops, _ in found)

    @property
    def bytes(self) -> float:
        return sum(size for found in self.operations.values() for _, size in found)


class Counter(FakeTensorMode):
    """Counts within `with`. `squares`: sum of the sequences' squared lengths, which attention over packed ones does not
    show."""

    def __init__(self, squares: int) -> None:
        super().__init__(allow_non_fake_inputs=True)
        self.squares, self.depth = squares, 0
        self.reset()

    def reset(self) -> None:
        self.found = Counted()

    def dispatch(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.depth += 1
        try:
            out = super().dispatch(func, types, args, kwargs)
        finally:
            self.depth -= 1
        if self.depth:  # what torch takes an operation apart to, to find its shape
            return out
        name = func.overloadpacket.__name__
        results = [x for x in tree_leaves(out) if isinstance(x, Tensor)]
        inputs = [x for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)]
        if any(x.device.type == NAME for x in inputs) and any(x.device.type == "cpu" for x in results):
            self.found.reads += 1
        elif any(x.device.type == NAME for x in results):
            self._hold(results, inputs)
            if name not in FREE and not _is_view(func):
                self._count(func, args, kwargs or {}, out, inputs, results)
        return out

    def _count(self, func: Any, args: Any, kwargs: Any, out: Any, inputs: list[Tensor], results: list[Tensor]) -> None:
        name = func.overloadpacket.__name__
        if "attn" in name or "attention" in name:
            kind, flops = "attention", self._attention(name, args)
        elif func.overloadpacket in flop_registry:
            kind, flops = "products", flop_registry[func.overloadpacket](*args, **kwargs, out_val=out)
        else:
            kind, flops = "rest", 0
        # What is changed in place is read and written.
        read = sum(map(_size, results if name in BY_INDEX else {id(x): x for x in inputs}.values()))
        self.found.operations[kind].append((float(flops), float(read + sum(map(_size, results)))))

    def _attention(self, name: str, args: Any) -> float:
        """Causal: half of the square; backward 5 products instead of 2."""
        q = next(x for x in args if isinstance(x, Tensor) and x.dim() >= 3)
        width = q.shape[-1] * q.shape[-2 if q.dim() == 3 else 1]
        return self.squares * width * (5 if "backward" in name else 2)

    def _hold(self, results: Sequence[Tensor], inputs: Sequence[Tensor]) -> None:
        known = {x.untyped_storage()._cdata for x in inputs}
        for x in results:
            storage = x.untyped_storage()
            if storage._cdata not in known:
                size, found = storage.nbytes(), self.found
                found.held += size
                found.peak = max(found.peak, found.held)
                weakref.finalize(storage, self._free, found, size)

    @staticmethod
    def _free(found: Counted, size: int) -> None:
        found.held -= size


def move(module: nn.Module, device: torch.device, dtype: torch.dtype) -> None:
    """As models.load.place, which exchanges the contents of parameters: these have none."""
    moved = {p: nn.Parameter(p.detach().to(device, dtype), p.requires_grad) for p in module.parameters()}
    for part in module.modules():
        for name, parameter in part._parameters.items():
            part._parameters[name] = None if parameter is None else moved[parameter]
        for name, buffer in part._buffers.items():
            if buffer is not None:
                part._buffers[name] = buffer.to(device)


def _is_view(func: Any) -> bool:
    return any(x.alias_info is not None and not x.alias_info.is_write for x in func._schema.returns)


def _size(x: Tensor) -> int:
    """Bytes; of an expanded tensor those that are there."""
    return min(x.numel() * x.element_size(), x.untyped_storage().nbytes())
