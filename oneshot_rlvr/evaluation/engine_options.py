"""The engine that evaluates and what it may use: chosen and checked before torch or vLLM is imported."""

from dataclasses import dataclass

from oneshot_rlvr.config import names
from oneshot_rlvr.config.names import DEVICES, ENGINES
from oneshot_rlvr.errors import UserError, nearest

DTYPES = ("auto", *names.DTYPES)
AUTO_ENGINE = "auto: vllm where it is installed and there is a GPU, else transformers"


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Example: `EngineOptions("vllm", dtype="float16", tensor_parallel=2)`"""

    name: str = "transformers"  # or vllm
    device: str = "auto"
    dtype: str = "auto"  # bfloat16 on a GPU, else float32
    max_batch_tokens: int = 262144  # transformers: cache tokens held at once
    tensor_parallel: int = 1  # vllm: GPUs that each model is cut over
    gpu_memory: float = 0.85  # vllm: share of each GPU; the rest is for weights on their way and CUDA's own


def engine_options(
    engine: str, device: str = "auto", dtype: str = "auto", max_batch_tokens: int | None = None,
    tensor_parallel: int | None = None, gpu_memory: float | None = None,
) -> EngineOptions:  # fmt: skip
    """Options that the flags say; None: the default. UserError for what is not known, not here, or another engine's.

    Engine `auto` is vllm where it is installed and there is a GPU to run it on, else transformers.
    """
    from oneshot_rlvr.config.hardware import auto_engine, gpus, require_vllm

    _check_names(engine, device, dtype)
    found = [] if device == "cpu" else gpus()
    if device == "cuda" and not found:
        raise UserError("--device cuda: this machine has no CUDA device; leave the flag out or give --device cpu")
    if engine == "auto":
        engine = auto_engine(bool(found))
    elif engine == "vllm":
        require_vllm("--engine vllm", bool(found), "--engine transformers")
    if engine != "vllm":
        for flag, value in (("--tensor-parallel", tensor_parallel), ("--gpu-memory", gpu_memory)):
            if value is not None:
                raise UserError(f"{flag} {value:g}: belongs to --engine vllm, this is {engine}")
    if tensor_parallel is not None and not 1 <= tensor_parallel <= max(1, len(found)):
        reason = f"this machine has {len(found)} GPUs" if found else "a CPU engine is not cut"
        raise UserError(f"--tensor-parallel {tensor_parallel}: {reason}")
    if gpu_memory is not None and not 0 < gpu_memory <= 1:
        raise UserError(f"--gpu-memory {gpu_memory:g}: a share of the GPU, above 0 and at most 1")
    given = {"max_batch_tokens": max_batch_tokens, "tensor_parallel": tensor_parallel, "gpu_memory": gpu_memory}
    return EngineOptions(engine, device, dtype, **{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]


def _check_names(engine: str, device: str, dtype: str) -> None:
    for flag, value, valid in (
        ("--engine", engine, ENGINES), ("--dtype", dtype, DTYPES), ("--device", device, DEVICES),
    ):  # fmt: skip
        if value not in valid:
            raise UserError(f"{flag} {value}: not known; {nearest(value, valid)}")
