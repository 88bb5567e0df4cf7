"""Model shapes without loading a model: from `configs/model`, a model folder, or the hub cache; and what they cost."""

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from oneshot_rlvr.config.model_files import PACKED, check_architecture, fixed_positions
from oneshot_rlvr.config.schema import LoraConfig, ModelConfig, ShapeConfig
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.paths import configs_dir, no_folder, sandbox_dir
from oneshot_rlvr.records import read_object

LARGE_MODEL = 1_000_000_000  # parameters from which a CPU would need hours for one step
HUB_ID = re.compile(r"[\w-][\w.-]*/[\w.-]+")  # owner/name

# Field of ShapeConfig -> name in a Hugging Face config.json
HF_NAMES = {
    "hidden": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "kv_heads": "num_key_value_heads",
    "ffn": "intermediate_size",
    "vocab": "vocab_size",
    "max_positions": "max_position_embeddings",
    "tied": "tie_word_embeddings",
}


# Names of the same in older kinds of config.json.
OTHER_NAMES = {
    "hidden_size": ("n_embd", "d_model"), "num_hidden_layers": ("n_layer", "n_layers", "num_layers"),
    "num_attention_heads": ("n_head", "n_heads", "num_heads"), "intermediate_size": ("n_inner", "ffn_dim"),
    "max_position_embeddings": ("n_positions", "max_seq_len", "max_sequence_length"), "vocab_size": (),
    "num_key_value_heads": (), "tie_word_embeddings": (),
}  # fmt: skip
EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts")
TIED = ("gemma", "gpt2", "opt", "bloom", "falcon", "mamba")  # model types whose embedding is tied where nothing is said


def model_shape(model: ModelConfig) -> ShapeConfig | None:
    """Shape of the model that will be trained; None if nothing on this machine tells it.

    Order: the folder's own config.json, the hub cache's, `model.shape`. The last is not believed where it was inherited
    from a file of configs/model that is about another model (`model.path=` changed, the shape not).
    """
    if model.random_init:
        return model.shape
    folder = model_folder(model.path, model.revision)
    if folder is not None:
        return read_shape(folder, model.path)
    shape = known_shapes().get(model.path, model.shape)
    if shape.hidden == 0 or (model.path not in known_shapes() and shape in known_shapes().values()):
        return None
    return shape


def computed_by_rows(model: ModelConfig) -> str | None:
    """Model type of a model whose tokens are not packed; None for one that is, and where nothing here tells it."""
    folder = None if model.random_init else model_folder(model.path, model.revision)
    kind = None if folder is None else read_object(folder / "config.json").get("model_type")
    return None if kind in PACKED else kind


def sandbox_model(name: str, option: str) -> Path | None:
    """The shipped model that `sandbox:NAME` is, None for another kind of name; `option` gave it ("model.path=")."""
    if not name.startswith("sandbox:"):
        return None
    folder = sandbox_dir() / name.removeprefix("sandbox:")
    if not (folder / "config.json").is_file():
        names = [f"sandbox:{p.parent.name}" for p in sandbox_dir().glob("*/config.json")]
        hint = nearest(name, names) if names else "none is shipped; install again"
        raise UserError(f"{option}{name}: no such sandbox model; {hint}")
    return folder


def model_folder(path: str, revision: str | None = None) -> Path | None:
    """The folder with the model's config.json, if it is on this machine; UserError for a folder that lacks it."""
    if shipped := sandbox_model(path, "model.path="):
        return shipped
    folder = Path(path).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise UserError(f"model.path={path}: the folder holds no config.json, so it is not a model folder")
        return folder
    if folder.exists():
        raise UserError(f"model.path={path}: {no_folder(folder)}")
    if not HUB_ID.fullmatch(path):
        raise UserError(f"model.path={path}: no such folder, and not a hub id (owner/name)")
    return hub_snapshot(path, revision)


def hub_snapshot(repo: str, revision: str | None = None) -> Path | None:
    """The cached copy of a hub model, if there is one."""
    base = hub_cache() / ("models--" + repo.replace("/", "--"))
    reference = base / "refs" / (revision or "main")
    commit = reference.read_text().strip() if reference.is_file() else revision or ""
    snapshot = base / "snapshots" / commit
    return snapshot if commit and (snapshot / "config.json").is_file() else None


def hub_cache() -> Path:
    """The folder of huggingface_hub's files."""
    if "HF_HUB_CACHE" in os.environ:
        return Path(os.environ["HF_HUB_CACHE"]).expanduser()
    home = os.environ.get("HF_HOME") or str(
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    )
    return Path(home).expanduser() / "hub"


def hub_is_offline() -> bool:
    """True if the environment forbids asking the hub."""
    values = (os.environ.get(name, "") for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))
    return any(value.upper() in ("1", "ON", "YES", "TRUE") for value in values)


def read_shape(folder: Path, path: str | None = None) -> ShapeConfig | None:
    """Shape from a model folder's config.json, None where a model that is computed row by row has another kind of
    shape; UserError if it is of a model that is not computed here."""
    values = read_object(folder / "config.json")
    check_architecture(f"model.path={folder if path is None else path}", values)
    shape = shape_of(values)
    if shape is None and values.get("model_type") in PACKED:
        missing = [name for name in HF_NAMES.values() if values.get(name) is None]
        raise UserError(f"{folder}/config.json: has no {missing[0]}; a decoder-only language model is needed")
    return shape


def shape_of(config: Mapping[str, Any]) -> ShapeConfig | None:
    """Shape from the values of a model's config; None where they do not say it. Experts count as one wide layer."""
    values = dict(config)
    for name, others in OTHER_NAMES.items():
        known = [values[other] for other in (name, *others) if values.get(other) is not None]
        values[name] = known[0] if known else None
    hidden, heads = values["hidden_size"], values["num_attention_heads"]
    by_default = {
        "num_key_value_heads": heads, "intermediate_size": hidden and 4 * hidden,
        "tie_word_embeddings": str(values.get("model_type")).startswith(TIED),
    }  # fmt: skip
    values |= {name: value for name, value in by_default.items() if values.get(name) is None}
    if experts := next((values[name] for name in EXPERTS if values.get(name)), 0):
        values["intermediate_size"] = experts * (values.get("moe_intermediate_size") or values["intermediate_size"])
    values["max_position_embeddings"] = fixed_positions(values)
    if any(values[name] is None for name in HF_NAMES.values()):
        return None
    return ShapeConfig(
        **{field: values[name] for field, name in HF_NAMES.items()}, head_dim=values.get("head_dim") or 0
    )


@cache
def known_shapes() -> dict[str, ShapeConfig]:
    """Model path -> shape of every file in configs/model that does not ask for random weights."""
    import yaml

    shapes = {}
    for path in sorted((configs_dir() / "model").glob("*.yaml")):
        values = yaml.safe_load(path.read_text())
        if "shape" in values and not values.get("random_init", False):
            shapes[values["path"]] = ShapeConfig(**values["shape"])
    return shapes


def head_dim(shape: ShapeConfig) -> int:
    """Width of an attention head, which some models have apart from hidden / heads (Qwen3, Mistral-Nemo)."""
    return shape.head_dim or shape.hidden // shape.heads


def num_parameters(shape: ShapeConfig) -> int:
    """Weights of a Llama/Qwen2-like decoder (gated FFN, RMSNorm; Qwen2's small q, k, v biases included).

    Example: Qwen2.5-Math-1.5B, tied embeddings: 1,543,714,304.
    """
    queries, kv = shape.heads * head_dim(shape), shape.kv_heads * head_dim(shape)
    attention = (2 * shape.hidden + 1) * queries + 2 * (shape.hidden + 1) * kv
    layer = attention + 3 * shape.hidden * shape.ffn + 2 * shape.hidden
    embeddings = shape.vocab * shape.hidden * (1 if shape.tied else 2)
    return shape.layers * layer + embeddings + shape.hidden


def num_linear_parameters(shape: ShapeConfig) -> int:
    """Weights of the decoder's linear layers, biases and head left out.

    Example: Qwen2.5-Math-1.5B: 28 x (2 x 1,536 x 1,536 + 2 x 1,536 x 256 + 3 x 1,536 x 8,960) = 1,310,195,712.
    """
    queries, kv = shape.heads * head_dim(shape), shape.kv_heads * head_dim(shape)
    return shape.layers * shape.hidden * (2 * queries + 2 * kv + 3 * shape.ffn)


def logits_bytes(fused: bool) -> int:
    """Bytes held for each logit of a chunk: two float32 and one half-precision number; fused, two of half precision."""
    return 4 if fused else 10


def logits_rows(vocabulary: int, on_gpu: bool = False, fused: bool = False) -> int:
    """Rows of logits computed at once: 420 MB of them; 900 MB on a GPU, which few rows leave idle, and which reads and
    writes the head's gradient once for all of them. A multiple of 64 where there are so many.

    Example: 256 for Qwen2.5's vocabulary of 151,936, on a GPU 576 and fused 1,472.
    """
    rows = (900 if on_gpu else 420) * 1_000_000 // (logits_bytes(fused) * vocabulary)
    return max(1, rows // 64 * 64 or rows)


def num_adapter_parameters(shape: ShapeConfig, lora: LoraConfig) -> int:
    """Weights of the adapters: rank (inputs + outputs) for each adapted layer.

    Example: Qwen2.5-Math-1.5B, rank 32, all linear layers: 36,929,536.
    """
    queries, kv = shape.heads * head_dim(shape), shape.kv_heads * head_dim(shape)
    outer = {"q_proj": queries, "o_proj": queries, "k_proj": kv, "v_proj": kv, "qkv_proj": queries + 2 * kv,
             "gate_up_proj": 2 * shape.ffn}  # fmt: skip  # the other side is hidden
    return shape.layers * lora.rank * sum(shape.hidden + outer.get(name, shape.ffn) for name in lora.targets)
