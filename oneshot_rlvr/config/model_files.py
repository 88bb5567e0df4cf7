"""Is a folder a model that this program runs? Answered from its small files, before anything heavy is imported."""

import json
from pathlib import Path
from typing import Any

from oneshot_rlvr.config.schema import ModelConfig
from oneshot_rlvr.errors import UserError, nearest

ARCHITECTURES = ("llama", "mistral", "qwen2", "qwen3")  # what `models/attention.py` has been tested with
TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json")
CHAT_TEMPLATE_FILES = ("chat_template.jinja", "chat_template.json", "additional_chat_templates")


def check_model_files(model: ModelConfig, folder: Path, whole: bool) -> None:
    """UserError for code of others, unknown architectures, pickled or missing weights, a missing tokenizer or template.

    whole: the folder holds all of the model; of a hub model, parts may still have to be fetched.
    """
    config = read_json(folder / "config.json")
    kind = config.get("model_type")
    if not model.random_init and kind not in ARCHITECTURES:
        if "auto_map" in config:
            raise UserError(
                f"model.path={model.path}: brings code of its own (auto_map in config.json), which is never run; "
                f"architectures: {', '.join(ARCHITECTURES)}"
            )
        raise UserError(f"model.path={model.path}: architecture {kind!r}; {nearest(str(kind), ARCHITECTURES)}")
    if not whole:
        return
    if not model.random_init and not any(folder.glob("*.safetensors")):
        pickled = sorted(path.name for ending in ("*.bin", "*.pt", "*.pth") for path in folder.glob(ending))
        if pickled:
            raise UserError(
                f"model.path={model.path}: only pickled weights ({pickled[0]}), which could run anything when read; "
                "convert them to safetensors"
            )
        raise UserError(f"model.path={model.path}: no weights (*.safetensors) in the folder")
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        raise UserError(f"model.path={model.path}: no tokenizer in the folder ({' or '.join(TOKENIZER_FILES)})")
    if model.template == "own" and not _has_chat_template(folder):
        raise UserError(
            f"model.template=own: {model.path} has no chat template; give another one, such as model.template=plain or "
            "model.template=qwen25-math-cot"
        )


def _has_chat_template(folder: Path) -> bool:
    if any((folder / name).exists() for name in CHAT_TEMPLATE_FILES):
        return True
    path = folder / "tokenizer_config.json"
    return path.is_file() and bool(read_json(path).get("chat_template"))


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; UserError when the file holds anything else."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from error
    if not isinstance(values, dict):
        raise UserError(f"{path}: a JSON object is needed")
    return values
