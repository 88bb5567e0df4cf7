"""Language models and tokenizers from a folder, a hub id, or a shape; never any code or pickle from others."""

from pathlib import Path
from typing import Any, Sequence

import torch
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Qwen2Config,
    Qwen2ForCausalLM,
)
from transformers.utils import logging as transformers_logging

from oneshot_rlvr.config.hardware import missing_to_compile
from oneshot_rlvr.config.model_files import ARCHITECTURES
from oneshot_rlvr.config.schema import ModelConfig, ShapeConfig
from oneshot_rlvr.config.shapes import sandbox_model
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.models import attention

transformers_logging.disable_progress_bar()  # "Loading weights" bars of models that load in a blink

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def resolve_path(path: str) -> str:
    """`sandbox:NAME` is the shipped base model of that name; anything else is a folder or a hub id as it stands."""
    return str(sandbox_model(path, "model.path=") or path)


def choose_device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def choose_dtype(name: str, device: torch.device) -> torch.dtype:
    """Compute dtype. `auto`: bfloat16 on a GPU, float32 on a CPU (where bfloat16 gains nothing)."""
    if name == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    return DTYPES[name]


def choose_compile(wanted: bool | None, device: torch.device, dtype: torch.dtype, sharded: bool) -> bool:
    """Whether layers and head are compiled. None: whole models in half precision on a GPU, where there is what it needs
    (sharded ones have run compiled on CPUs only)."""
    if wanted is not None:
        return wanted
    return device.type == "cuda" and dtype != torch.float32 and not sharded and missing_to_compile(True) is None


def load_tokenizer(path: str, revision: str | None = None) -> PreTrainedTokenizerBase:
    source = resolve_path(path)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, revision=revision, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise UserError(f"model.path={path}: no tokenizer could be loaded: {_first_line(error)}") from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token_id = tokenizer.eos_token_id
    return tokenizer


def load_model(
    path: str, dtype: torch.dtype, revision: str | None = None
) -> PreTrainedModel:
    """A causal language model on the CPU with our attention; safetensors only."""
    source, config = resolve_path(path), _read_config(path, revision)
    try:
        model = AutoModelForCausalLM.from_pretrained(
            source, revision=revision, config=config, dtype=dtype, trust_remote_code=False, use_safetensors=True,
            attn_implementation=attention.NAME,
        )
    except (OSError, ValueError) as error:
        raise UserError(f"model.path={path}: the weights could not be loaded: {_first_line(error)}") from error
    return model


def empty_model(path: str, revision: str | None = None) -> PreTrainedModel:
    """The model of a folder or hub id with the names and shapes of its parameters, and no memory for them."""
    with torch.device("meta"):
        return AutoModelForCausalLM.from_config(_read_config(path, revision))


def _read_config(path: str, revision: str | None) -> PreTrainedConfig:
    """The model's configuration, of a known architecture; UserError otherwise."""
    source = resolve_path(path)
    _refuse_pickle(path, source)
    try:
        config = AutoConfig.from_pretrained(source, revision=revision, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise UserError(f"model.path={path}: no model could be loaded: {_first_line(error)}") from error
    _check_architecture(path, config)
    return config


def random_model(shape: ShapeConfig, tokenizer: PreTrainedTokenizerBase, seed: int) -> PreTrainedModel:
    """A Qwen2 of the given shape with random weights, in float32; the vocabulary is at least the tokenizer's."""
    config = _random_config(shape, tokenizer)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Qwen2ForCausalLM(config)


def _random_config(shape: ShapeConfig, tokenizer: PreTrainedTokenizerBase) -> Qwen2Config:
    config = Qwen2Config(
        vocab_size=max(shape.vocab, len(tokenizer)),
        hidden_size=shape.hidden,
        intermediate_size=shape.ffn,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=shape.max_positions,
        tie_word_embeddings=shape.tied,
        eos_token_id=_one_id(tokenizer.eos_token_id),
        pad_token_id=_one_id(tokenizer.pad_token_id),
    )
    config._attn_implementation = attention.NAME
    return config


def build_model(config: ModelConfig, dtype: torch.dtype) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The model that a configuration names, in `dtype` on the CPU, and its tokenizer."""
    tokenizer = load_tokenizer(config.path, config.revision)
    if config.random_init:
        model = random_model(config.shape, tokenizer, config.init_seed)
        place(model, torch.device("cpu"), dtype)
    else:
        model = load_model(config.path, dtype, config.revision)
    return model, tokenizer


def structure(config: ModelConfig, tokenizer: PreTrainedTokenizerBase) -> PreTrainedModel:
    """The model that a configuration names as names and shapes alone: nothing in it has memory."""
    if not config.random_init:
        return empty_model(config.path, config.revision)
    with torch.device("meta"):
        return AutoModelForCausalLM.from_config(_random_config(config.shape, tokenizer))


def place(
    module: nn.Module, device: torch.device, dtype: torch.dtype | None = None, keep_trained: bool = False
) -> None:
    """Parameters to `device` and `dtype` (`keep_trained`: only frozen ones change dtype), buffers to `device` alone:
    rotary frequencies rounded to bfloat16 would turn by other angles. Parameters without memory stay without.
    """

    def moved(tensor: Tensor) -> Tensor:
        cast = isinstance(tensor, nn.Parameter) and not (keep_trained and tensor.requires_grad)
        wanted = dtype if cast else None
        return tensor.to(dtype=wanted) if tensor.is_meta else tensor.to(device, wanted)

    module._apply(moved)


def decode(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int], skip_special_tokens: bool = False) -> str:
    """The text of one sequence of token ids."""
    return str(tokenizer.decode(list(ids), skip_special_tokens=skip_special_tokens))


def stop_ids(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, extra_tokens: list[str]) -> tuple[int, ...]:
    """Ids that end a response: of the generation config, of the tokenizer, and the extra ones named in the config."""
    ids: set[int] = set()
    generation_eos: Any = model.generation_config.eos_token_id if model.generation_config else None
    eos_ids: list[Any] = [generation_eos, tokenizer.eos_token_id]
    for value in eos_ids:
        ids.update(value if isinstance(value, (list, tuple)) else [] if value is None else [value])
    for token in extra_tokens:
        token_id: Any = tokenizer.convert_tokens_to_ids(token)
        if token_id is None or token_id == tokenizer.unk_token_id:
            raise UserError(f"model.extra_stop_tokens: {token!r} is not a token of this tokenizer")
        ids.add(int(token_id))
    if not ids:
        raise UserError("the model names no end-of-text token; give model.extra_stop_tokens=[...]")
    return tuple(sorted(ids))


def _one_id(value: Any) -> int | None:
    return None if value is None else int(value)


def _check_architecture(path: str, config: Any) -> None:
    if config.model_type not in ARCHITECTURES:
        hint = nearest(config.model_type, ARCHITECTURES)
        raise UserError(f"model.path={path}: architecture {config.model_type!r}; {hint}")
    if "sliding_attention" in (getattr(config, "layer_types", None) or []):
        raise UserError(f"model.path={path}: uses sliding-window attention, which is not supported")


def _refuse_pickle(path: str, source: str) -> None:
    folder = Path(source)
    if folder.is_dir() and not any(folder.glob("*.safetensors")) and any(folder.glob("*.bin")):
        raise UserError(f"model.path={path}: only pickled weights (*.bin) found; convert them to safetensors")


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:200]
