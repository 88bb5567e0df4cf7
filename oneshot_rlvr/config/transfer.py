"""Limits of the ways of weights to an engine: sizes of buffers and files, and splits of an engine over GPUs."""

import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from oneshot_rlvr.config.hardware import GIB
from oneshot_rlvr.config.schema import ShapeConfig
from oneshot_rlvr.errors import UserError

T = TypeVar("T")

BUFFER_BYTES = 1 << 30  # size of the buffer between GPUs; a larger tensor makes it larger
GROUP_BYTES = 512 << 20  # tensors in one collective of GPUs: a layer of a 7B model, less than its embedding
STORE_BYTES = 256 << 20  # tensors in one object of Ray's store
CPU_GROUP_BYTES = 16 << 20  # tensors in one collective or broadcast of CPUs; larger ones are fresh pages each time
SHARED_MEMORY = Path("/dev/shm")
FOLDER = "rlvr-weights-"  # start of a folder's name in shared memory; the sender's process id follows
VOCABULARY_PADDING = 64  # vLLM pads the vocabulary to a multiple
ALLOCATOR_SETTINGS = ("PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF")  # torch reads the first where both are set
EXPANDABLE = "expandable_segments"


def buffer_bytes(tensors: Iterable[int]) -> int:
    """Size of the buffer for tensors of these sizes: all of them, BUFFER_BYTES, or the largest, whichever it needs."""
    sizes = list(tensors)
    return max([*sizes, min(sum(sizes), BUFFER_BYTES)])


def by_size(items: Iterable[T], size: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """Consecutive items in groups of at most `most` together; a larger item is a group of its own."""
    group: list[T] = []
    total = 0
    for item in items:
        if group and total + size(item) > most:
            yield group
            group, total = [], 0
        group.append(item)
        total += size(item)
    if group:
        yield group


def shared_memory_folder() -> Path:
    """The folder whose files are in memory; the folder for temporary files where the system has no /dev/shm."""
    return SHARED_MEMORY if SHARED_MEMORY.is_dir() else Path(tempfile.gettempdir())


def abandoned_folders() -> list[Path]:
    """Folders of senders that were killed in the middle of an update."""
    found = []
    for folder in shared_memory_folder().glob(f"{FOLDER}*"):
        pid = folder.name.removeprefix(FOLDER).partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            found.append(folder)
    return found


def require_shared_memory(needed: float, instead: str = "") -> None:
    """UserError where a file of `needed` bytes does not fit; `instead` names another way ("; or KEY=VALUE")."""
    folder = shared_memory_folder()
    left_behind = sum(file.stat().st_size for lost in abandoned_folders() for file in lost.iterdir())
    free = shutil.disk_usage(folder).free + left_behind
    if free < needed:
        gib = math.ceil(needed / GIB) + 1
        raise UserError(
            f"{folder}: the weights on their way to the vLLM engine need {needed / GIB:.2f} GiB there, "
            f"{free / GIB:.2f} GiB are free; make it larger (docker run --shm-size={gib}g){instead}"
        )


def parallel_sizes(shape: ShapeConfig) -> list[int]:
    """Numbers of GPUs that a vLLM engine of this shape can be cut over.

    Heads, feed-forward width and the padded vocabulary are dealt out evenly; of key-value heads each GPU gets equally
    many, or as many GPUs share each.
    """
    vocabulary = -(-shape.vocab // VOCABULARY_PADDING) * VOCABULARY_PADDING
    return [
        n
        for n in range(1, shape.heads + 1)
        if not (shape.heads % n or shape.ffn % n or vocabulary % n) and not (shape.kv_heads % n and n % shape.kv_heads)
    ]


def require_parallel(parallel: int, shape: ShapeConfig, option: str) -> None:
    """UserError where an engine of this shape cannot be cut over `parallel` GPUs; `option` gave it."""
    possible = parallel_sizes(shape)
    if parallel not in possible:
        near = sorted(possible, key=lambda n: (abs(n - parallel), n))[:2]
        raise UserError(
            f"{option}{parallel}: vLLM cannot cut {shape.heads} heads, {shape.kv_heads} key-value heads, a "
            f"feed-forward width of {shape.ffn} and a vocabulary of {shape.vocab} into {parallel} parts; "
            f"nearest: {' or '.join(map(str, sorted(near)))}"
        )


def expandable_segments(environ: Mapping[str, str]) -> str | None:
    """The variable that asks torch's allocator for expandable segments, if one does."""
    for name in ALLOCATOR_SETTINGS:
        for setting in environ.get(name, "").split(","):
            key, _, value = setting.partition(":")
            if key.strip() == EXPANDABLE and value.strip().lower() in ("true", "1"):
                return name
    return None


def whole_segments(environ: Mapping[str, str]) -> dict[str, str]:
    """The allocator's variables with everything that they ask for but expandable segments.

    Memory of such segments is not handed to another process everywhere (CUDA IPC).
    """
    given = next((environ[name] for name in ALLOCATOR_SETTINGS if environ.get(name)), "")
    kept = [part for part in given.split(",") if part and part.partition(":")[0].strip() != EXPANDABLE]
    return dict.fromkeys(ALLOCATOR_SETTINGS, ",".join([*kept, f"{EXPANDABLE}:False"]))


def keep_segments_whole() -> str | None:
    """Applies `whole_segments` to this process, before CUDA is used; -> the variable that asked for others."""
    found = expandable_segments(os.environ)
    if found is not None:
        os.environ.update(whole_segments(os.environ))
    return found
