"""Checkpoints: a Hugging Face model folder plus the trainer's state, complete or not there at all.

A checkpoint is written under a temporary name, synced and renamed; `MANIFEST.json` is written last of its files.
For the reader a folder without a manifest, or that differs from it, does not exist.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.files import parsed_json, remove, replace_file, sha256_of, step_name, step_of, steps_in
from oneshot_rlvr.records import loaded, read_file, write_zst

if TYPE_CHECKING:  # finding and checking checkpoints must not cost the import of torch
    from concurrent.futures import ThreadPoolExecutor

    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

MANIFEST = "MANIFEST.json"
STATE = "trainer/state.json"
SOURCE = "trainer/source.json.zst"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A complete checkpoint on disk."""

    step: int
    folder: Path


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A manifest's entry for one file."""

    bytes: int
    sha256: str


class NoManifest(ValueError):
    """Why a folder is not a complete checkpoint, in words."""


def export_model(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    folder: Path,
    dtype: "torch.dtype",
    weights: "dict[str, torch.Tensor] | None" = None,
) -> None:
    """A folder that transformers and vLLM load as it is: safetensors in `dtype`, config, tokenizer.

    Tied weights are written once. `weights` are given where `model` holds only slices of them: whole, in `dtype`, on
    the CPU.
    """
    if weights is None:
        weights = {name: tensor.detach().to("cpu", dtype) for name, tensor in model.named_parameters()}
    model.save_pretrained(folder, state_dict=weights)
    tokenizer.save_pretrained(folder)
    config_file = folder / "config.json"
    config = json.loads(config_file.read_text())
    config["dtype"] = str(dtype).removeprefix("torch.")  # transformers writes that of the master weights
    config.pop("_attn_implementation", None)
    config_file.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def save(folder: Path, step: int, write: Callable[[Path], None], trainer_values: dict[str, Any]) -> Checkpoint:
    """Writes checkpoints/step_N below `folder`, whole or not at all.

    `write(place)` writes model and tensors (`export_model`, `save_tensors`), perhaps by other processes, and returns
    when all of it is there; then come the values, in JSON below `trainer/`, the manifest and the renaming. RunError
    when the disk refuses: older checkpoints are then as they were.
    """
    final = folder / step_name(step)
    temporary = folder / f".{step_name(step)}.partial"
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        with refusals(final):
            write(temporary)
            (temporary / STATE).write_text(json.dumps(trainer_values, indent=2) + "\n")
            write_manifest(temporary, step)
            if final.exists():  # left over from before a resume at an earlier step
                remove(final)
            temporary.rename(final)
            _sync(folder)
    except RunError:
        shutil.rmtree(temporary, ignore_errors=True)  # it may be what fills the disk
        raise
    return Checkpoint(step, final)


def save_tensors(folder: Path, trainer_tensors: dict[str, Any]) -> None:
    """Tensors and values below `folder`/trainer; with a process group every rank calls this, and none waits."""
    from torch.distributed import get_rank, get_world_size, is_initialized

    from oneshot_rlvr.state_files import write_state

    (folder / "trainer").mkdir(parents=True, exist_ok=True)
    rank, world = (get_rank(), get_world_size()) if is_initialized() else (0, 1)
    write_state(folder / "trainer", trainer_tensors, rank, world)


def load_tensors(folder: Path, trainer_tensors: dict[str, Any]) -> None:
    """Fills `trainer_tensors` in place, whatever number of processes wrote them; every rank calls this."""
    from oneshot_rlvr.state_files import read_state
    from oneshot_rlvr.state_files_old import INDEX, pickled_pieces

    pickled = (folder / "trainer" / INDEX).exists()
    read_state(folder / "trainer", trainer_tensors, pickled_pieces if pickled else None)


def save_source(folder: Path, state: dict[str, Any]) -> None:
    """Stores what the source of rollouts goes on from: JSON, a record as the object of its fields."""
    def as_object(record: Any) -> dict[str, Any]:
        return {field.name: getattr(record, field.name) for field in fields(record)}

    (folder / "trainer").mkdir(parents=True, exist_ok=True)
    write_zst(folder / SOURCE, [state], as_object)


def stored_source(folder: Path) -> dict[str, Any]:
    """The state that `save_source` stored, {} without one."""
    if not (folder / SOURCE).is_file():
        return {}
    return read_file(folder / SOURCE, loaded, "a source's state", f"move {folder} away to go on without it")


def stored_updates(folder: Path, parts: Iterable[str]) -> dict[str, int]:
    """Optimizer updates that each of the trained parts has had. UserError where the file does not say."""
    try:
        return {part: _count(parsed_json((folder / STATE).read_bytes())["updates"][part]) for part in parts}
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder / STATE}: does not say how many updates were made; move {folder} away to go on "
                        "without it") from error  # fmt: skip


def stored_learner(folder: Path) -> dict[str, Any]:
    """State of the learner beside tensors and counts of updates, {} where the checkpoint has none."""
    return parsed_json((folder / STATE).read_bytes()).get("learner", {})


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


@contextmanager
def refusals(final: Path) -> Iterator[None]:
    """A disk that refuses is one line. The libraries have their own names for it."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError) as error:
        raise RunError(
            f"{final}: the checkpoint could not be written: {_reason(error)}; older ones are untouched, and the same "
            "command goes on from the newest once there is room"
        ) from error


def _reason(error: BaseException) -> str:
    """The operating system's words, where they can be had: safetensors wraps them."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, OSError):
        found = found.__context__
    return (found and found.strerror) or str(error).strip().splitlines()[-1]


def model_files(folder: Path) -> list[Path]:
    """Lists the files of the model in a checkpoint, without the trainer's state and the manifest."""
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name != MANIFEST)


def write_manifest(folder: Path, step: int) -> None:
    """Sizes and sha256 of every file, written after all are on the disk, which works while they are hashed."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST)
    with _threads() as pool:
        synced = pool.map(_sync, paths)
        sums = list(pool.map(sha256_of, paths))
        list(synced)  # raises what it raised
    files = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": found}
        for path, found in zip(paths, sums)
    }
    _replace_manifest(folder, {"step": step, "files": files})


def manifest_files(folder: Path) -> dict[str, StoredFile]:
    """The files of a checkpoint by their paths in it. Raises NoManifest."""
    return _manifest(folder)[1]


def _manifest(folder: Path) -> tuple[dict[str, Any], dict[str, StoredFile]]:
    """-> as it is stored, and its files."""
    try:
        stored = parsed_json((folder / MANIFEST).read_bytes())
        files = stored["files"].items()
        return stored, {name: StoredFile(int(entry["bytes"]), str(entry["sha256"])) for name, entry in files}
    except FileNotFoundError:
        raise NoManifest("no manifest: it was not finished") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NoManifest("the manifest is damaged") from None


def _replace_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    replace_file(folder / MANIFEST, json.dumps(manifest, indent=2) + "\n")
    _sync(folder)


def fault(folder: Path) -> str | None:
    """Why this folder is not a complete checkpoint; None if it is one. Hashes every file.

    RunError for a file that is there and cannot be read: what the disk may give back tomorrow is not passed over (and
    then deleted as older than the step gone back to).
    """
    try:
        files = manifest_files(folder)
    except NoManifest as reason:
        return str(reason)
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != expected.bytes:
            return f"{name} has {path.stat().st_size} bytes instead of {expected.bytes}"
    with _threads() as pool:
        for (name, expected), found in zip(files.items(), pool.map(partial(_readable_sum, folder), files)):
            if found != expected.sha256:
                return f"{name} is damaged (sha256 differs)"
    return None


def _readable_sum(folder: Path, name: str) -> str:
    try:
        return sha256_of(folder / name)
    except OSError as error:
        hint = f"move {folder} away to go on without it"
        raise RunError(f"{folder / name}: cannot be read: {error.strerror}; {hint}") from error


def newest_complete(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """The newest complete checkpoint that can be resumed from, and a line for each newer one passed over."""
    passed_over = []
    for step, path in reversed(steps_in(folder).items()):
        reason = fault(path)
        if reason is None and STATE not in manifest_files(path):
            reason = "it holds no trainer state"
        if reason is None:
            return Checkpoint(step, path), passed_over
        passed_over.append(f"{path}: passed over: {reason}")
    return None, passed_over


def prune(folder: Path, keep_last: int, keep_every: int, trainer_state: str) -> None:
    """Deletes what the configuration does not keep; with `trainer_state=last` older optimizer states go too.

    A folder whose manifest is damaged stays as it is.
    """
    checkpoints = {step: path for step, path in steps_in(folder).items() if (path / MANIFEST).is_file()}
    if keep_last > 0:
        for step, path in list(checkpoints.items())[:-keep_last]:
            if keep_every == 0 or step % keep_every:
                _remove(path)
    if trainer_state == "last":
        for path in list(checkpoints.values())[:-1]:
            if (path / "trainer").is_dir():
                with suppress(NoManifest):
                    manifest, names = _manifest(path)
                    # The manifest goes first: a folder half deleted is then still a complete model.
                    files = {name: manifest["files"][name] for name in names if not name.startswith("trainer/")}
                    _replace_manifest(path, manifest | {"files": files})
                    shutil.rmtree(path / "trainer")


def clear_partial(folder: Path) -> None:
    """Removes what an interrupted save left."""
    for path in folder.glob(".step_*.partial"):
        if step_of(path.name.removeprefix("."), ".partial") is not None:
            remove(path)


def _threads() -> "ThreadPoolExecutor":
    """Threads for hashing and syncing files side by side: neither holds the interpreter."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(max_workers=8)


def _remove(path: Path) -> None:
    (path / MANIFEST).unlink()  # first, so that a half-deleted folder does not count as a checkpoint
    remove(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
