"""Checks of model folders, from their small files and before anything heavy is imported."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oneshot_rlvr.config.schema import ModelConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.files import parsed_json
from oneshot_rlvr.records import read_object

# Model types whose tokens are packed (models/attention.py); others are computed row by row (docs/architectures.md).
PACKED = (
    "gemma", "gemma2", "gemma3_text", "granite", "llama", "ministral", "mistral", "olmo", "olmo2", "olmo3", "phi3",
    "qwen2", "qwen3", "smollm3",
)  # fmt: skip
FIXED_ROPE = ("default", "linear", "llama3", "yarn")  # angles of a position do not depend on how far a pass goes
VOCABULARY_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json")  # one of them is needed
CHAT_TEMPLATE_FILES = ("chat_template.jinja", "chat_template.json", "additional_chat_templates")
TOKENIZER_FILES = (*VOCABULARY_FILES, "tokenizer_config.json", *CHAT_TEMPLATE_FILES)  # all that a tokenizer is made of
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
HUB_FILES = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]  # never code, never pickles
HUB_COPIES = ["consolidated*.safetensors"]  # the same weights once more, under names of another library


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One tensor as a safetensors header describes it."""

    shape: tuple[int, ...]
    dtype: str  # in the format's spelling: F32, BF16, ...
    file: Path


def check_model_folder(folder: Path, where: str, weights: bool = True) -> dict[str, StoredTensor]:
    """UserError, beginning with `where`, unless a folder holds a tokenizer and a model that is computed here, and both
    can be loaded without running or unpickling anything of others. Returns `stored_tensors`, none without `weights`.
    """
    if not (folder / "config.json").is_file():
        raise UserError(f"{where}: not a model folder (no config.json)")
    check_architecture(where, read_object(folder / "config.json"))
    stored = stored_tensors(folder, where) if weights else {}
    if not any((folder / name).is_file() for name in VOCABULARY_FILES):
        raise UserError(f"{where}: no tokenizer in the folder ({' or '.join(VOCABULARY_FILES)})")
    if "auto_map" in _tokenizer_settings(folder):
        raise UserError(f"{where}: brings code of its own (auto_map in tokenizer_config.json), which is never run")
    return stored


def check_chat_template(model: ModelConfig, folder: Path) -> None:
    """UserError where the prompt template is the model's own and its folder has none."""
    has_one = any((folder / name).exists() for name in CHAT_TEMPLATE_FILES)
    if model.template == "own" and not has_one and not _tokenizer_settings(folder).get("chat_template"):
        raise UserError(
            f"model.template=own: {model.path} has no chat template; give another one, such as model.template=plain or "
            "model.template=qwen25-math-cot"
        )


def _tokenizer_settings(folder: Path) -> dict[str, Any]:
    path = folder / "tokenizer_config.json"
    return read_object(path) if path.is_file() else {}


def check_architecture(asked: str, config: dict[str, Any]) -> None:
    """UserError where a config.json is of a model that is not computed here; `asked` is the setting that named it."""
    if "auto_map" in config:
        raise UserError(f"{asked}: brings code of its own (auto_map in config.json), which is never run")
    if config.get("is_encoder_decoder"):
        raise UserError(f"{asked}: an encoder-decoder model ({config.get('model_type')}); a decoder-only one is needed")
    if (rope := rope_type(config)) not in FIXED_ROPE and fixed_positions(config) is None:
        raise UserError(
            f"{asked}: rotary positions of the type {rope!r}, whose angles depend on the longest sequence of a pass, "
            "and config.json does not say up to which length they do not"
        )


def fixed_positions(config: dict[str, Any]) -> int | None:
    """Positions up to which a model's angles do not depend on how far a pass goes; None where config.json has none."""
    positions = config.get("max_position_embeddings")
    if rope_type(config) not in FIXED_ROPE:
        rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
        name = "original_max_position_embeddings"
        positions = config.get(name) or rope.get(name) or (positions if rope_type(config) == "dynamic" else None)
    return None if positions is None else int(positions)


def rope_type(config: dict[str, Any]) -> str:
    """Type of the rotary embedding that a config.json asks for, under any of its names there."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    return str(rope.get("rope_type") or rope.get("type") or "default")


def stored_tensors(folder: Path, where: str) -> dict[str, StoredTensor]:
    """Name -> tensor of the weights that a model folder holds, from the headers of its files, none of them read.

    UserError, beginning with `where`, for pickled weights or none, a file that the index names and the folder lacks,
    and a file that is cut or damaged.
    """
    return {name: tensor for path in weight_files(folder, where) for name, tensor in _header(path, where).items()}


def weight_files(folder: Path, where: str) -> list[Path]:
    """The files that are loaded: model.safetensors, else those of its index, else whatever safetensors there are."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    index = folder / INDEX
    if index.is_file():
        places = read_object(index).get("weight_map")
        if not isinstance(places, dict) or not places:
            raise UserError(f"{where}: {INDEX} has no weight_map")
        files = [folder / str(name) for name in sorted(set(map(str, places.values())))]
        if missing := [path.name for path in files if not path.is_file()]:
            raise UserError(f"{where}: {missing[0]} is missing (named in {INDEX})")
        return files
    if found := sorted(folder.glob("*.safetensors")):
        return found
    pickled = sorted(path.name for ending in ("*.bin", "*.pt", "*.pth", "*.ckpt") for path in folder.glob(ending))
    if pickled:
        raise UserError(
            f"{where}: only pickled weights ({pickled[0]}), which could run anything when read; convert them to "
            "safetensors"
        )
    raise UserError(f"{where}: no weights (*.safetensors) in the folder")


def _header(path: Path, where: str) -> dict[str, StoredTensor]:
    """The tensors of one file, which must be as long as its header says: a cut copy is found before it is loaded."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > size - 8:
            raise UserError(f"{where}: {path.name} is not a complete safetensors file ({size} bytes)")
        text = file.read(length)
    try:
        entries = {name: entry for name, entry in parsed_json(text).items() if name != "__metadata__"}
        end = 8 + length + max((int(entry["data_offsets"][1]) for entry in entries.values()), default=0)
        found = {
            name: StoredTensor(tuple(map(int, entry["shape"])), str(entry["dtype"]), path)
            for name, entry in entries.items()
        }
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise UserError(f"{where}: the header of {path.name} is damaged") from error
    if size != end:
        raise UserError(f"{where}: {path.name} has {size} bytes, {end} expected; the copy is incomplete")
    return found


def fetch_model(repo: str, revision: str | None, where: str) -> Path:
    """The folder of a hub model, fetched where it is not cached: configuration, tokenizer, safetensors."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(repo, revision=revision, allow_patterns=HUB_FILES, ignore_patterns=HUB_COPIES))
    except LocalEntryNotFoundError as error:
        raise UserError(f"{where}: not on this machine, and the hub cannot be reached") from error
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise UserError(f"{where}: not found on the hub: {str(error).strip().splitlines()[0]}") from error
