"""vLLM's own packing of weights on their way between GPUs, at real shapes: tensors without memory, no GPU."""

import math
from collections.abc import Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from shapes import SHAPES, tensors

NARROW = 1 << 30  # vLLM's own buffer


@pytest.fixture
def packing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """vLLM's module with the names of a GPU replaced."""
    packed_tensor = pytest.importorskip("vllm.distributed.weight_transfer.packed_tensor")
    real, quiet = torch.empty, SimpleNamespace(synchronize=lambda: None)
    monkeypatch.setattr(packed_tensor, "reduce_tensor", lambda buffer: (None, (buffer.numel(),)))
    monkeypatch.setattr(packed_tensor, "_get_streams", lambda index, count: [quiet] * count)
    monkeypatch.setattr(torch.accelerator, "current_device_index", lambda: 0)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: quiet)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    monkeypatch.setattr(torch, "empty", lambda *size, **options: real(*size, **options | {"device": "meta"}))
    return packed_tensor


def weights(name: str, dtype: torch.dtype) -> tuple[dict[str, tuple[int, ...]], Iterator[tuple[str, torch.Tensor]]]:
    shapes = tensors(*SHAPES[name])
    return shapes, ((key, torch.empty(shape, dtype=dtype, device="meta")) for key, shape in shapes.items())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("name", SHAPES)
def test_every_tensor_fits_the_buffer_for_ipc(packing: Any, name: str, dtype: torch.dtype) -> None:
    from oneshot_rlvr.weights.transfer import packed_bytes

    shapes, pairs = weights(name, dtype)
    buffer = packed_bytes(shapes, dtype)
    chunks = list(packing.packed_ipc_producer(pairs, "gpu", lambda pair: pair[1], buffer))
    assert [key for chunk in chunks for key in chunk.names] == list(shapes)
    assert all(sum(chunk.tensor_sizes) <= buffer for chunk in chunks)
    assert (
        sum(map(sum, (chunk.tensor_sizes for chunk in chunks))) == sum(map(math.prod, shapes.values())) * dtype.itemsize
    )


@pytest.mark.parametrize("name", ["Qwen/Qwen2.5-Math-7B", "Qwen3-8B", "Qwen2.5-14B", "Qwen2.5-32B"])
def test_the_buffer_of_vllm_alone_is_too_small(packing: Any, name: str) -> None:
    _, pairs = weights(name, torch.bfloat16)
    with pytest.raises(ValueError, match="exceeds buffer_size_bytes=1073741824"):
        list(packing.packed_ipc_producer(pairs, "gpu", lambda pair: pair[1], NARROW))


@pytest.mark.filterwarnings("error")  # of a tensor larger than the buffer
@pytest.mark.parametrize("name", SHAPES)
def test_both_ends_of_nccl_cut_the_stream_alike(packing: Any, name: str) -> None:
    from oneshot_rlvr.weights.transfer import packed_bytes

    dtype = torch.bfloat16
    shapes, pairs = weights(name, dtype)
    buffer = packed_bytes(shapes, dtype)
    sent: list[int] = []
    came: list[int] = []
    loaded: list[str] = []
    packing.packed_nccl_broadcast_producer(
        pairs,
        SimpleNamespace(broadcast=lambda tensor, src: sent.append(tensor.numel())),
        0,
        lambda pair: pair[1],
        buffer,
    )
    packing.packed_nccl_broadcast_consumer(
        iter((key, (shape, dtype)) for key, shape in shapes.items()),
        SimpleNamespace(broadcast=lambda tensor, src: came.append(tensor.numel())), 0,
        lambda found: loaded.extend(key for key, _ in found), buffer,
    )  # fmt: skip
    assert sent == came and loaded == list(shapes)
    assert max(sent) <= 2 * buffer
