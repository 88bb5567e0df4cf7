"""Models to evaluate: checkpoints below a folder, one folder, a hub id; checked before anything is loaded."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from oneshot_rlvr.checkpoint import NoManifest, manifest_files
from oneshot_rlvr.config.load import yaml_config
from oneshot_rlvr.config.model_files import check_model_folder, fetch_model
from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.config.shapes import HUB_ID, sandbox_model
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.files import STEP, strays
from oneshot_rlvr.paths import no_folder

LAYOUTS = {
    "step_N": re.compile(STEP),  # ours
    "global_step_N/actor": re.compile("global_step_(0|[1-9][0-9]{0,11})"),  # the official code, and verl
    "checkpoint-N": re.compile("checkpoint-(0|[1-9][0-9]{0,11})"),  # transformers
}


@dataclass(frozen=True, slots=True)
class ModelSource:
    """One model to evaluate. Example: `ModelSource("step 20", "step_000020", Path("runs/.../step_000020"), 20)`."""

    label: str  # what tables call it
    folder_name: str  # of its results
    path: Path | str  # a folder, or a hub id
    step: int | None = None  # None: not a checkpoint of a run
    kind: str = "checkpoint"  # base | resaved | checkpoint | model
    revision: str | None = None
    stored_as: str = "bfloat16"  # type of the weights of a re-saved model; auto: that of the computation


@dataclass(frozen=True, slots=True)
class Discovery:
    """Checkpoints in the order of their steps, and a line for every folder that was passed over."""

    models: tuple[ModelSource, ...]
    passed_over: tuple[str, ...]
    unusable: dict[int, str]  # the lines of steps, by step


def discover(folder: Path) -> Discovery:
    """The checkpoints in a folder, in the `checkpoints/` of a run, or the one model that the folder is.

    UserError if there are none, or if a checkpoint's weights are pickled or damaged.
    """
    if not folder.is_dir():
        parent = folder.parent if folder.parent.is_dir() else Path(".")
        beside = [str(path) for path in parent.iterdir() if path.is_dir()]
        hint = f"; {nearest(str(folder), beside)}" if beside else ""
        raise UserError(f"--ckpt-dir {folder}: {no_folder(folder)}{hint}")
    below = folder / "checkpoints"
    found = _numbered(folder) or (_numbered(below) if below.is_dir() else [])
    if not found:
        if (folder / "config.json").is_file() or (folder / "actor" / "config.json").is_file():
            return Discovery((_one(folder),), (), {})
        raise UserError(f"--ckpt-dir {folder}: holds no checkpoints (looked for {', '.join(LAYOUTS)}, config.json)")
    models: list[ModelSource] = []
    passed_over = strays(found[0][1].parent, [path for _, path in found])
    unusable: dict[int, str] = {}
    for step, path in sorted(found):
        if reason := _unfinished(path):
            unusable[step] = f"{path}: passed over: {reason}"
            continue
        inner = _model_folder(path)
        check_model_folder(inner, str(inner))
        models.append(ModelSource(f"step {step}", f"step_{step:06d}", inner, step))
    if not models:
        raise UserError(f"--ckpt-dir {folder}: no complete checkpoint; {list(unusable.values())[-1]}")
    return Discovery(tuple(models), (*passed_over, *unusable.values()), unusable)


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    """(step, path) of the checkpoint folders; those of one layout only, so that no step appears twice."""
    for pattern in LAYOUTS.values():
        matches = [(pattern.fullmatch(path.name), path) for path in folder.iterdir() if path.is_dir()]
        found = [(int(match.group(1)), path) for match, path in matches if match]
        if found:
            return found
    return []


def _one(folder: Path) -> ModelSource:
    inner = _model_folder(folder)
    check_model_folder(inner, str(inner))
    name = folder.parent if folder.name in ("actor", "huggingface") else folder
    for pattern in LAYOUTS.values():
        if match := pattern.fullmatch(name.resolve().name):
            step = int(match.group(1))
            return ModelSource(f"step {step}", f"step_{step:06d}", inner, step)
    return ModelSource(folder.resolve().name, folder_name(folder.resolve().name), inner, kind="model")


def _unfinished(path: Path) -> str | None:
    """Why one of our checkpoints is not complete: no manifest, or a file that is not as long as the manifest says."""
    if not LAYOUTS["step_N"].fullmatch(path.name):
        return None
    try:
        files = manifest_files(path)
    except NoManifest as reason:
        return str(reason)
    for name, expected in files.items():
        if not name.startswith("trainer/") and not _has_size(path / name, expected.bytes):
            return f"{name} is missing or not {expected.bytes} bytes long"
    return None


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _model_folder(path: Path) -> Path:
    """The Hugging Face folder inside a checkpoint: itself, `actor/`, or what verl's merger leaves behind."""
    candidates = [path, path / "actor", path / "actor" / "huggingface", path / "huggingface"]
    with_weights = [c for c in candidates if (c / "config.json").is_file() and any(c.glob("*.safetensors"))]
    with_config = [c for c in candidates if (c / "config.json").is_file()]
    return (with_weights or with_config or [path / "actor" if (path / "actor").is_dir() else path])[0]


def model_source(name: str, given_by: str = "--model") -> ModelSource:
    """A folder, `sandbox:NAME`, or a hub id (taken on trust here, fetched when it is loaded). `given_by` is named in
    errors."""
    if shipped := sandbox_model(name, f"{given_by} "):
        return ModelSource(name, folder_name(name), shipped, kind="model")
    path = Path(name).expanduser()
    if path.is_dir():
        return _one(path)
    if path.exists():
        raise UserError(f"{given_by} {name}: {no_folder(path)}")
    if not HUB_ID.fullmatch(name):
        raise UserError(f"{given_by} {name}: neither a model folder nor a hub id such as Qwen/Qwen2.5-Math-1.5B")
    return ModelSource(name, folder_name(name), name, kind="model")


def local_folder(source: ModelSource) -> Path:
    """The model's folder; a hub id is fetched (configuration, tokenizer, safetensors; never code or pickles)."""
    if isinstance(source.path, Path):
        return source.path
    folder = fetch_model(source.path, source.revision, source.path)
    check_model_folder(folder, str(folder))
    return folder


def base_source(name: str, given_by: str, revision: str | None = None) -> ModelSource:
    """The row `base`: the model a run started from."""
    found = model_source(name, given_by)
    return replace(found, label="base", folder_name="base", step=None, kind="base", revision=revision)


def run_folder(folder: Path) -> Path | None:
    """The run of ours that a checkpoint folder belongs to: the nearest folder upwards (three levels) with a config."""
    for candidate in [folder.resolve(), *folder.resolve().parents][:3]:
        if (candidate / "config.yaml").is_file() and (candidate / "checkpoints").is_dir():
            return candidate
    return None


def run_config(run: Path) -> RunConfig:
    """A run's configuration. UserError where it is not one, or names no model."""
    try:
        return yaml_config((run / "config.yaml").read_text(encoding="utf-8"), RunConfig)
    except (OSError, UnicodeDecodeError, UserError) as error:
        said = str(error).splitlines()[0]
        what = f"{run}/config.yaml: not a run's configuration ({said})"
        raise UserError(f"{what}; give --base MODEL or --no-base, and --protocol NAME") from error


def folder_name(text: str) -> str:
    """A name that is safe as a folder. Example: "Qwen/Qwen2.5-Math-1.5B" gives "Qwen--Qwen2.5-Math-1.5B"."""
    return re.sub(r"[^\w.+=-]+", "--", text).strip("-.") or "model"
