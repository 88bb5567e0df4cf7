"""The evaluation's engine: which one is chosen, what is refused before anything heavy, weights read from files."""

from pathlib import Path
from typing import Any

import pytest

from oneshot_rlvr.config import hardware
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation.engine_options import EngineOptions, engine_options


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A machine with so many GPUs, and vLLM or not."""

    def be(gpus: int, vllm: bool) -> None:
        monkeypatch.setattr(hardware, "gpus", lambda: [hardware.Gpu("NVIDIA X", 80e9)] * gpus)
        monkeypatch.setattr(hardware, "vllm_installed", lambda: vllm)

    return be


@pytest.mark.parametrize(
    ("gpus", "vllm", "asked", "device", "expected"),
    [
        (1, True, "auto", "auto", "vllm"),
        (1, True, "auto", "cuda", "vllm"),
        (1, True, "auto", "cpu", "transformers"),
        (1, False, "auto", "auto", "transformers"),
        (0, True, "auto", "auto", "transformers"),
        (0, True, "vllm", "auto", "vllm"),
        (1, True, "transformers", "auto", "transformers"),
    ],
)
def test_the_engine_that_is_chosen(
    machine: Any, gpus: int, vllm: bool, asked: str, device: str, expected: str
) -> None:
    machine(gpus, vllm)
    assert engine_options(asked, device) == EngineOptions(expected, device)


def test_what_flags_say_is_kept_and_the_rest_is_the_default(machine: Any) -> None:
    machine(4, True)
    assert engine_options("auto", dtype="float16", tensor_parallel=4, gpu_memory=0.5) == EngineOptions(
        "vllm", "auto", "float16", 262144, 4, 0.5
    )
    assert engine_options("transformers", max_batch_tokens=5).max_batch_tokens == 5
    assert (EngineOptions().tensor_parallel, EngineOptions().gpu_memory) == (1, 0.85)


VLLM = {"engine": "vllm"}
REFUSED: list[tuple[int, bool, dict[str, Any], str]] = [
    (0, False, VLLM, "--engine vllm: vLLM is not installed here; `make vllm` makes .venv-vllm with it; or use --eng"),
    (1, False, VLLM, "vLLM is not installed here; pip install -c constraints.txt -e '.[gpu]'; or use --engine transf"),
    (1, True, {"engine": "vlm"}, "--engine vlm: not known; did you mean 'vllm'?"),
    (1, True, VLLM | {"dtype": "fp32"}, "--dtype fp32: not known"),
    (0, True, {"engine": "auto", "device": "cuda"}, "--device cuda: this machine has no CUDA device"),
    (2, True, VLLM | {"tensor_parallel": 4}, "--tensor-parallel 4: this machine has 2 GPUs"),
    (2, True, VLLM | {"device": "cpu", "tensor_parallel": 2}, "--tensor-parallel 2: a CPU engine is not cut"),
    (2, True, VLLM | {"tensor_parallel": 0}, "--tensor-parallel 0"),
    (1, True, VLLM | {"gpu_memory": 1.5}, "--gpu-memory 1.5: a share of the GPU"),
    (1, True, {"engine": "transformers", "gpu_memory": 0.5}, "--gpu-memory 0.5: belongs to --engine vllm"),
    (0, True, {"engine": "auto", "tensor_parallel": 2}, "--tensor-parallel 2: belongs to --engine vllm, this is tran"),
]  # fmt: skip


@pytest.mark.parametrize(("gpus", "vllm", "flags", "said"), REFUSED, ids=[said[:60] for *_, said in REFUSED])
def test_what_is_refused(machine: Any, gpus: int, vllm: bool, flags: dict[str, Any], said: str) -> None:
    machine(gpus, vllm)
    with pytest.raises(UserError) as error:
        engine_options(**flags)
    assert said in str(error.value)


def test_weights_come_in_the_order_asked_for_whatever_the_files(tmp_path: Path) -> None:
    """An engine that takes them packed knows each by its place."""
    import torch
    from safetensors.torch import save_file

    from oneshot_rlvr.evaluation.engine import read_weights

    save_file({"b": torch.full((2, 3), 2.0), "lm_head": torch.zeros(9)}, tmp_path / "model-2.safetensors")
    save_file({"c": torch.full((1,), 3.0), "a": torch.full((4,), 1.0)}, tmp_path / "model-1.safetensors")
    names = {"c": ("c",), "a": ("a",), "b": ("other", "b")}
    found = list(read_weights(tmp_path, names))
    assert [(name, tuple(tensor.shape), float(tensor.flatten()[0])) for name, tensor in found] == [
        ("c", (1,), 3.0), ("a", (4,), 1.0), ("b", (2, 3), 2.0),
    ]  # fmt: skip
    save_file({"d": torch.tensor([1.0, float("nan")])}, tmp_path / "model-3.safetensors")
    with pytest.raises(UserError, match=f"{tmp_path}: the weights as loaded are not finite: d has 1 NaN or infinite"):
        list(read_weights(tmp_path, {"d": ("d",)}))


def test_an_empty_model_has_the_names_and_shapes_of_the_real_one() -> None:
    import torch

    from oneshot_rlvr.models import load
    from oneshot_rlvr.models.load import weight_shapes

    for name in ("sandbox:base_e", "sandbox:base_d"):
        empty, real = load.empty_model(name), load.load_model(name, torch.float32)
        assert list(weight_shapes(empty).items()) == list(weight_shapes(real).items())
        assert all(parameter.device.type == "meta" for parameter in empty.parameters())
