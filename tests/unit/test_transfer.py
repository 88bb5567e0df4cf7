"""Sizes that are met only at real shapes: every limit on the way of weights to an engine, for models of 0.5 to 32 B."""

import math
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from shapes import SHAPES, tensors

from oneshot_rlvr.commands import doctor
from oneshot_rlvr.config import transfer
from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.schema import RuntimeConfig, ShapeConfig
from oneshot_rlvr.config.shapes import logits_bytes, logits_rows, num_parameters
from oneshot_rlvr.config.transfer import (
    BUFFER_BYTES,
    GROUP_BYTES,
    STORE_BYTES,
    buffer_bytes,
    by_size,
    expandable_segments,
    keep_segments_whole,
    parallel_sizes,
    require_parallel,
    require_shared_memory,
    whole_segments,
)
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.trainer.preflight import machine_refusals

GIB = 1 << 30
INT32 = (1 << 31) - 1
LARGEST = {  # of vocabulary x width, two bytes each, by hand
    "Qwen/Qwen2.5-Math-1.5B": 466_747_392, "meta-llama/Llama-3.2-3B-Instruct": 788_004_864,
    "Llama-3.1-8B": 1_050_673_152, "Qwen/Qwen2.5-Math-7B": 1_089_994_752, "Qwen3-8B": 1_244_659_712,
    "Qwen2.5-14B": 1_557_135_360, "Qwen2.5-32B": 1_557_135_360,
}  # fmt: skip
PARALLEL = {  # GPUs, by hand
    "Qwen/Qwen2.5-Math-1.5B": [1, 2, 4], "Qwen/Qwen2.5-Math-7B": [1, 2, 4], "Qwen2.5-14B": [1, 2, 4, 8],
    "Qwen2.5-0.5B": [1, 2], "meta-llama/Llama-3.2-3B-Instruct": [1, 2, 4, 8], "Llama-3.1-8B": [1, 2, 4, 8, 16, 32],
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_fits_every_limit(name: str) -> None:
    architecture, shape = SHAPES[name]
    sizes = [math.prod(size) for size in tensors(architecture, shape).values()]
    if architecture != "qwen3":  # its norms of queries and keys are not counted
        assert sum(sizes) == num_parameters(shape) - (0 if architecture == "qwen2" else biases(shape))
    for itemsize in (2, 4):
        held = [size * itemsize for size in sizes]
        assert itemsize != 2 or max(held) == LARGEST.get(name, max(held))
        buffer = buffer_bytes(held)
        # vLLM's packing for IPC refuses a tensor above the buffer, and the one for NCCL warns of it.
        assert max(held) <= buffer <= max(max(held), BUFFER_BYTES) and buffer <= sum(held)
        groups = list(by_size(held, int, GROUP_BYTES))
        assert sum(map(sum, groups)) == sum(held) and all(len(g) == 1 or sum(g) <= GROUP_BYTES for g in groups)
        assert len(groups) <= 2 * sum(held) / GROUP_BYTES + 1  # any two neighbours are more than one holds
    # Offsets: numbers of one tensor; logits of one chunk; tokens of a packed micro-batch are cu_seqlens' int32.
    assert max(sizes) < INT32
    for on_gpu, fused in ((False, False), (True, False), (True, True)):
        rows = logits_rows(shape.vocab, on_gpu, fused)
        assert rows * shape.vocab < INT32 and rows * shape.vocab * logits_bytes(fused) <= 900_000_000


TABLE = ("Qwen/Qwen2.5-Math-1.5B", "meta-llama/Llama-3.2-3B-Instruct", "Qwen/Qwen2.5-Math-7B", "Qwen3-8B",
         "Llama-3.1-8B", "Qwen2.5-14B", "Qwen2.5-32B")  # fmt: skip


def size_row(name: str) -> str:
    """A row of the page's table, GB of a thousand million bytes, in bfloat16 but for the file in float32."""
    architecture, shape = SHAPES[name]
    held = [2 * math.prod(size) for size in tensors(architecture, shape).values()]
    buffer = buffer_bytes(held)
    cells = (
        name.partition("/")[2] or name, f"{sum(held) / 1e9:.1f}", f"{max(held) / 1e9:.2f}", f"{buffer / 1e9:.2f}",
        len(list(by_size(held, int, buffer))), len(held), len(list(by_size(held, int, GROUP_BYTES))),
        f"{max(max(held), STORE_BYTES) / 1e9:.2f}", f"{sum(held) / 1e9:.1f}, {2 * sum(held) / 1e9:.1f}",
        ", ".join(map(str, parallel_sizes(shape))),
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def test_the_page_has_these_sizes() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "distributed.md").read_text()
    assert [name for name in TABLE if size_row(name) not in page] == []


def biases(shape: ShapeConfig) -> int:
    """Of queries, keys and values, which a Llama does not have."""
    return shape.layers * (shape.hidden + 2 * shape.kv_heads * (shape.hidden // shape.heads))


def test_a_tensor_larger_than_the_buffer_makes_it_larger() -> None:
    assert buffer_bytes([3, 5]) == 8
    assert buffer_bytes([BUFFER_BYTES, 5]) == BUFFER_BYTES
    assert buffer_bytes([7, LARGEST["Qwen/Qwen2.5-Math-7B"], 9]) == 1_089_994_752


def test_groups() -> None:
    assert list(by_size([3, 4, 5, 20, 1, 1], int, most=8)) == [[3, 4], [5], [20], [1, 1]]
    assert list(by_size([], int, 8)) == []


@pytest.mark.parametrize("name", PARALLEL)
def test_gpus_of_one_engine(name: str) -> None:
    _, shape = SHAPES[name]
    assert parallel_sizes(shape) == PARALLEL[name]


def test_an_engine_that_cannot_be_cut_is_refused_with_what_can() -> None:
    shape = SHAPES["Qwen/Qwen2.5-Math-7B"][1]
    require_parallel(4, shape, "x=")
    with pytest.raises(UserError) as refused:
        require_parallel(8, shape, "rollout.vllm.tensor_parallel=")
    assert str(refused.value).startswith("rollout.vllm.tensor_parallel=8: vLLM cannot cut 28 heads, 4 key-value heads")
    assert str(refused.value).endswith("nearest: 2 or 4")


def test_too_little_shared_memory_is_said_with_both_sizes(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A container's default of 64 MiB; what a killed sender has left there does not count."""
    place = tmp_path_factory.mktemp("shm")
    monkeypatch.setattr(transfer, "SHARED_MEMORY", place)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=64 << 20))
    require_shared_memory(64 << 20)
    with pytest.raises(UserError) as refused:
        require_shared_memory(2 * 1_543_714_304, "; or KEY")
    assert str(refused.value) == (
        f"{place}: the weights on their way to the vLLM engine need 2.88 GiB there, 0.06 GiB are free; "
        "make it larger (docker run --shm-size=4g); or KEY"
    )
    lost = place / f"{transfer.FOLDER}999999999-x"
    lost.mkdir()
    (lost / "weights.safetensors").write_bytes(b"0" * 100)
    require_shared_memory((64 << 20) + 100)
    with pytest.raises(UserError):
        require_shared_memory((64 << 20) + 101)


def test_what_cannot_work_is_refused_before_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in the list of --dry-run, with its key: GPUs of an engine, and room for the file in shared memory."""
    common = ("rollout=vllm", "runtime.device=cpu")
    config = load_run_config(["+experiment=pi1_r128_7b", *common, "rollout.vllm.tensor_parallel=8"])
    assert any(line.startswith("rollout.vllm.tensor_parallel=8: vLLM cannot cut") for line in machine_refusals(config))
    said = ": the weights on their way to the vLLM engine need 0.00 GiB there, 0.00 GiB are free; make it larger ("
    config = load_run_config(["+experiment=sandbox_oneshot", *common])
    assert not any(said in line for line in machine_refusals(config))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=4 * 376_320 - 1))
    (line,) = (line for line in machine_refusals(config) if said in line)
    assert line.endswith("(docker run --shm-size=2g)")
    config = load_run_config(["+experiment=sandbox_oneshot", *common, "runtime=ray"])
    (line,) = (line for line in machine_refusals(config) if said in line)
    assert line.endswith("; or rollout.vllm.weight_route=object_store")
    config.rollout.vllm.weight_route = "object_store"
    assert not any(said in line for line in machine_refusals(config))


@pytest.mark.parametrize(
    ("given", "asks", "then"),
    [
        ({}, None, "expandable_segments:False"),
        ({"PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True"}, "PYTORCH_CUDA_ALLOC_CONF",
         "expandable_segments:False"),
        ({"PYTORCH_ALLOC_CONF": "max_split_size_mb:512, expandable_segments:true"}, "PYTORCH_ALLOC_CONF",
         "max_split_size_mb:512,expandable_segments:False"),
        ({"PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:False,garbage_collection_threshold:0.8"}, None,
         "garbage_collection_threshold:0.8,expandable_segments:False"),
    ],
)  # fmt: skip
def test_only_expandable_segments_are_dropped(given: dict[str, str], asks: str | None, then: str) -> None:
    assert expandable_segments(given) == asks
    made = whole_segments(given)
    assert set(made.values()) == {then} and expandable_segments(given | made) is None


def test_the_doctor_says_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in transfer.ALLOCATOR_SETTINGS:
        monkeypatch.setenv(name, "")
    (place,) = doctor.memory_lines()
    assert place.endswith(f" GiB free in {transfer.shared_memory_folder()}")
    monkeypatch.setenv("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True,max_split_size_mb:512")
    assert doctor.memory_lines()[1].startswith("PYTORCH_CUDA_ALLOC_CONF asks for expandable_segments: ")
    assert keep_segments_whole() == "PYTORCH_CUDA_ALLOC_CONF"
    assert os.environ["PYTORCH_CUDA_ALLOC_CONF"] == "max_split_size_mb:512,expandable_segments:False"
    assert keep_segments_whole() is None


def test_workers_get_the_settings_too(monkeypatch: pytest.MonkeyPatch) -> None:
    ray_cluster = pytest.importorskip("oneshot_rlvr.cluster.cluster")
    given: list[dict[str, str]] = []

    def options(**chosen: Any) -> Any:
        given.append(chosen["runtime_env"]["env_vars"])
        return SimpleNamespace(remote=lambda *arguments: None)

    monkeypatch.setattr(ray_cluster, "PlacementGroupSchedulingStrategy", lambda *arguments, **named: None)
    monkeypatch.setattr(ray_cluster, "ray", SimpleNamespace(
        remote=lambda kind: SimpleNamespace(options=options), is_initialized=lambda: True,
    ))  # fmt: skip
    settings = whole_segments({"PYTORCH_ALLOC_CONF": "expandable_segments:True"})
    cluster = ray_cluster.Cluster(RuntimeConfig(), environment=settings)
    cluster.launch(object, ["a", "b"], [(), ()], None, [0, 0], {})
    assert given == [{**ray_cluster.ENVIRONMENT, **settings}] * 2
    assert settings["PYTORCH_CUDA_ALLOC_CONF"] == settings["PYTORCH_ALLOC_CONF"] == "expandable_segments:False"
