"""Processors, memory, NVIDIA GPUs and disk of this machine, found without importing torch."""

import ctypes
import os
import platform
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from oneshot_rlvr.errors import UserError

GIB = 1024**3

# GPU by a part of its name -> dense half-precision peak, FLOP/s, memory, GiB, and its bandwidth, bytes/s (data sheets).
GPUS = {
    "B200": (2250e12, 179.0, 8.0e12), "H200": (989e12, 140.0, 4.8e12), "H100": (989e12, 79.6, 3.35e12),
    "A100-40GB": (312e12, 40.0, 1.555e12), "A100": (312e12, 80.0, 2.039e12), "L40S": (362e12, 45.0, 0.864e12),
    "4090": (165e12, 24.0, 1.008e12), "T4": (65e12, 15.0, 0.32e12),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gpu:
    """Example: `Gpu("NVIDIA A100-SXM4-80GB", 85.9e9, 0.5e9)`"""

    name: str
    memory_bytes: float
    used_bytes: float = 0.0  # now, by all processes


class _NvmlMemory(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong)]


def gpus() -> list[Gpu]:
    """The NVIDIA GPUs that this process may use: all, or as many as CUDA_VISIBLE_DEVICES lists.

    Asks NVML, not CUDA: a CUDA context made here would break every process forked later.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    chosen = [part.strip() for part in visible.split(",")] if visible is not None else None
    if chosen is not None and (chosen == [""] or chosen[0] == "-1"):
        return []
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return []  # and then CUDA finds none either
    if nvml.nvmlInit_v2() != 0:
        return []
    found = [_nvml_gpu(nvml, index) for index in range(_nvml_count(nvml))]
    nvml.nvmlShutdown()
    if chosen is not None and all(part.isdigit() for part in chosen):
        return [found[int(part)] for part in chosen if int(part) < len(found)]
    return found if chosen is None else found[: len(chosen)]


def _nvml_count(nvml: ctypes.CDLL) -> int:
    count = ctypes.c_uint()
    return count.value if nvml.nvmlDeviceGetCount_v2(ctypes.byref(count)) == 0 else 0


def _nvml_gpu(nvml: ctypes.CDLL, index: int) -> Gpu:
    handle, memory, name = ctypes.c_void_p(), _NvmlMemory(), ctypes.create_string_buffer(96)
    nvml.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(index), ctypes.byref(handle))
    nvml.nvmlDeviceGetName(handle, name, ctypes.c_uint(96))
    nvml.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory))
    return Gpu(name.value.decode(errors="replace"), float(memory.total), float(memory.used))


# Compilers looked for: True for kernels on a GPU (Triton), False for kernels on a CPU (torch).
COMPILERS = {True: ("gcc", "clang"), False: ("clang++" if sys.platform == "darwin" else "g++",)}


def missing_to_compile(on_gpu: bool) -> str | None:
    """Names the first thing that torch.compile needs and this machine lacks; None if it can compile.

    That is a compiler (CC or CXX where set), and for a GPU also Triton and the headers that it builds against.
    """
    variable = "CC" if on_gpu else "CXX"
    named = os.environ.get(variable)
    if not any(map(shutil.which, COMPILERS[on_gpu] if named is None else (named,))):
        names = f"{variable}={named} is" if named is not None else f"{' or '.join(COMPILERS[on_gpu])} is"
        return f"a compiler ({names} not on the PATH)"
    if on_gpu and find_spec("triton") is None:
        return "Triton"
    if on_gpu and not Path(sysconfig.get_path("include"), "Python.h").is_file():
        return "Python's headers (Python.h)"
    return None


# Instruction set -> how /proc/cpuinfo (Linux) names it, widest first.
INSTRUCTION_SETS = {
    "AMX-BF16": "amx_bf16", "AVX512-BF16": "avx512_bf16", "AVX-512": "avx512f", "AVX2": "avx2", "NEON": "asimd",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cpu:
    """Example: `Cpu("Intel(R) Xeon(R) Platinum 8481C", ("AMX-BF16", "AVX512-BF16", "AVX-512", "AVX2"))`"""

    name: str
    sets: tuple[str, ...]  # of INSTRUCTION_SETS


def cpu() -> Cpu:
    """The processor of this machine; without instruction sets where the system does not tell them."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        machine = platform.machine()
        return Cpu(platform.processor() or machine, ("NEON",) if machine in ("arm64", "aarch64") else ())
    return read_cpu(text)


def read_cpu(text: str) -> Cpu:
    """Reads the first processor of a /proc/cpuinfo."""
    lines = [line.partition(":") for line in text.splitlines()]
    first = {key.strip(): value.strip() for key, _, value in reversed(lines)}
    flags = first.get("flags", first.get("Features", "")).split()
    name = first.get("model name") or platform.machine()
    return Cpu(name, tuple(name for name, flag in INSTRUCTION_SETS.items() if flag in flags))


def num_cores() -> int:
    """Number of cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_bytes() -> float:
    """Main memory that this process may use: the machine's, or the container's limit where that is lower."""
    if sys.platform == "win32":
        return 0.0
    total = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for place in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            limit = Path(place).read_text().strip()
        except OSError:
            continue
        if limit.isdigit():
            return min(total, float(limit))
    return total


def free_disk_bytes(folder: Path) -> float:
    """Free space where `folder` is, or would be."""
    return float(shutil.disk_usage(existing_parent(folder)).free)


def existing_parent(path: Path) -> Path:
    """The path itself or its nearest ancestor that exists."""
    path = path.expanduser().absolute()
    while not path.exists():
        path = path.parent
    return path


def on_gpu(device: str) -> bool:
    """True if work with `runtime.device=<device>` is done on a GPU of this machine."""
    return device != "cpu" and bool(gpus())


def vllm_installed() -> bool:
    """True if vLLM can be imported, which takes seconds and is not done. A mere folder of that name has no origin."""
    found = find_spec("vllm")
    return found is not None and found.origin is not None


def auto_engine(with_gpu: bool) -> str:
    """The engine that `auto` stands for: vLLM where it is installed and there is a GPU, else transformers."""
    return "vllm" if with_gpu and vllm_installed() else "transformers"


def require_vllm(asked: str, on_gpu: bool, instead: str) -> None:
    """UserError with the command that installs it. `asked` is the setting that wants it, `instead` another choice."""
    if not vllm_installed():
        remedy = "pip install -c constraints.txt -e '.[gpu]'" if on_gpu else "`make vllm` makes .venv-vllm with it"
        raise UserError(f"{asked}: vLLM is not installed here; {remedy}; or use {instead}")
