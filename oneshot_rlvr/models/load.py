"""Language models and tokenizers from a folder, a hub id, or a shape; never any code or pickle from others."""

import re
from pathlib import Path
from typing import Any, Mapping, Sequence

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
from oneshot_rlvr.config.model_files import PACKED, StoredTensor, check_model_folder, fetch_model
from oneshot_rlvr.config.names import DTYPES as DTYPE_NAMES
from oneshot_rlvr.config.schema import ModelConfig, ShapeConfig
from oneshot_rlvr.config.shapes import sandbox_model
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.models import attention
from oneshot_rlvr.records import read_object

transformers_logging.disable_progress_bar()  # "Loading weights" bars of models that load in a blink

LEFT_OVER = re.compile(r"\brotary_emb\.inv_freq$")  # written by older versions of transformers; computed, not read
STORED_TYPES = ("BF16", "F16", "F32", "F64")
DTYPES: dict[str, torch.dtype] = {name: getattr(torch, name) for name in DTYPE_NAMES}
# Tokens with which chat formats end a turn: they stop a response of an evaluation whatever the folder is called.
TURN_ENDS = ("<|im_end|>", "<|eot_id|>", "<｜end▁of▁sentence｜>")


def resolve_path(path: str) -> str:
    """The folder of `sandbox:NAME`, the shipped base model of that name; a folder or a hub id stays as it is."""
    return str(sandbox_model(path, "model.path=") or path)


def choose_device(name: str) -> torch.device:
    """The device of `runtime.device`; `auto`: a GPU where there is one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def choose_dtype(name: str, device: torch.device) -> torch.dtype:
    """Computes dtype. `auto`: on a GPU bfloat16, or float16 below compute capability 8.0; on a CPU float32."""
    if name == "auto" and device.type == "cuda":
        return torch.bfloat16 if torch.cuda.get_device_capability(device) >= (8, 0) else torch.float16
    if name == "auto":
        return torch.float32
    return DTYPES[name]


def choose_compile(wanted: bool | None, device: torch.device, dtype: torch.dtype) -> bool:
    """True if layers and head are compiled. None: in half precision on a GPU, where there is what compiling needs."""
    if wanted is not None:
        return wanted
    return device.type == "cuda" and dtype != torch.float32 and missing_to_compile(True) is None


def load_tokenizer(path: str, revision: str | None = None) -> PreTrainedTokenizerBase:
    """The tokenizer of a folder or hub id; where it has no pad token, eos serves as one."""
    source = resolve_path(path)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, revision=revision, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise UserError(f"model.path={path}: no tokenizer could be loaded: {_first_line(error)}") from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token_id = tokenizer.eos_token_id
    return tokenizer


def load_model(path: str, dtype: torch.dtype, revision: str | None = None) -> PreTrainedModel:
    """A causal language model on the CPU, with our attention where its tokens are packed; safetensors only, every
    weight of it there and finite."""
    folder = _folder(path, revision)
    empty = _checked_structure(path, folder)
    config = _read_config(path, folder)
    own = {"attn_implementation": attention.NAME} if config.model_type in PACKED else {}
    loud = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # what it would warn of is refused here
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            str(folder), config=config, dtype=dtype, trust_remote_code=False, use_safetensors=True,
            output_loading_info=True, **own,
        )  # fmt: skip
        model, found = loaded
    except (OSError, ValueError) as error:
        raise UserError(f"model.path={path}: the weights could not be loaded: {_first_line(error)}") from error
    finally:
        transformers_logging.set_verbosity(loud)
    if config.model_type not in PACKED:
        _check_loaded(f"model.path={path}", type(model).__name__, found)
    if untied := set(weight_shapes(model)) - set(weight_shapes(empty)):
        raise untied_error(f"model.path={path}", min(untied))
    for name, parameter in model.named_parameters():
        refuse_nonfinite(f"model.path={path}", name, parameter)
    leave_nothing_out(model)
    return model


def refill(model: PreTrainedModel, folder: Path) -> bool:
    """Puts the weights of another folder into a model that was loaded from one with an equal config.json; False, and
    nothing is done, where its file does not hold just the model's own names and shapes.
    """
    from safetensors.torch import load_file

    path = folder / "model.safetensors"
    if not path.is_file():
        return False  # in several files, or adapters
    tensors, shapes = load_file(path), weight_shapes(model)
    if {name: tuple(tensor.shape) for name, tensor in tensors.items()} != shapes:
        return False
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(tensors[name])
            refuse_nonfinite(f"model.path={folder}", name, parameter)
    return True


def leave_nothing_out(model: nn.Module) -> None:
    """Takes dropout out of a model: what is trained is what samples."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        for name, value in vars(module).items():
            if "drop" in name and isinstance(value, float):
                setattr(module, name, 0.0)


def empty_model(path: str, revision: str | None = None) -> PreTrainedModel:
    """The model of a folder or hub id with the names and shapes of its parameters, and no memory for them.

    UserError, from the headers of the weights, for names that are missing or not the model's, and for other shapes.
    What is not packed may be stored under other names, and is looked at when it is loaded.
    """
    return _checked_structure(path, _folder(path, revision))


def weight_shapes(model: PreTrainedModel) -> dict[str, tuple[int, ...]]:
    """Name -> shape of the parameters, tied ones once."""
    return {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}


def stored_names(model: PreTrainedModel) -> dict[str, tuple[str, ...]]:
    """Parameter -> the names under which a folder may hold it: its own, and those of the weights tied to it."""
    names: dict[str, tuple[str, ...]] = {name: (name,) for name in weight_shapes(model)}
    for copy, origin in (model.all_tied_weights_keys or {}).items():
        if origin in names and copy not in names:
            names[origin] += (copy,)
    return names


def untied_error(where: str, name: str) -> UserError:
    """The error for a weight that is tied to the embedding and stored with values of its own."""
    return UserError(
        f"{where}: config.json ties {name} to the embedding (tie_word_embeddings), and the folder holds other values "
        "for it; set that to false, or leave the weight out"
    )


def refuse_nonfinite(where: str, name: str, tensor: Tensor) -> None:
    """UserError for weights that would be NaN or infinite in all that is computed with them."""
    if tensor.numel() and not torch.isfinite(torch.stack(torch.aminmax(tensor.detach()))).all():
        bad = int((~torch.isfinite(tensor)).sum())
        raise UserError(
            f"{where}: the weights as loaded are not finite: {name} has {bad} NaN or infinite values of "
            f"{tensor.numel()} in {str(tensor.dtype).removeprefix('torch.')}"
        )


def _folder(path: str, revision: str | None) -> Path:
    """The folder of the model's files; a hub model is fetched."""
    folder = Path(resolve_path(path)).expanduser()
    return folder if folder.is_dir() else fetch_model(path, revision, f"model.path={path}")


def _checked_structure(path: str, folder: Path) -> PreTrainedModel:
    stored = check_model_folder(folder, f"model.path={path}")
    config = _read_config(path, folder)
    try:
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config)
    except (ValueError, TypeError, AttributeError) as error:  # whatever a model's code meets in a strange config.json
        kind = f"causal language model of the type {config.model_type!r}"
        raise UserError(f"model.path={path}: config.json makes no {kind}: {_first_line(error)}") from error
    if config.model_type in PACKED:
        _check_names(f"model.path={path}", stored, model)
    return model


def _check_loaded(where: str, kind: str, found: Mapping[str, Any]) -> None:
    """UserError unless transformers found every weight of a model that is stored under names of another form."""
    wrong = {"are missing": found["missing_keys"], "do not belong to it": found["unexpected_keys"],
             "have another shape": [name for name, *_ in found["mismatched_keys"]]}  # fmt: skip
    for what, names in wrong.items():
        if names:
            raise UserError(f"{where}: {len(names)} weights of {kind} {what}: {_some(sorted(map(str, names)))}")


def _check_names(where: str, stored: Mapping[str, StoredTensor], model: PreTrainedModel) -> None:
    """UserError unless the stored tensors are the model's parameters: what is missing would be random numbers.

    Copies of tied weights may be there, and what older versions of transformers stored beside.
    """
    shapes, kind = weight_shapes(model), type(model).__name__
    owner = {alias: name for name, aliases in stored_names(model).items() for alias in aliases}
    found = {owner[name] for name in stored if name in owner}
    missing = [name for name in shapes if name not in found]
    strange = sorted(name for name in stored if name not in owner and not LEFT_OVER.search(name))
    if missing:
        others = f"; {len(strange)} that are stored do not belong to it: {_some(strange)}" if strange else ""
        number = f"{len(missing)} of {len(shapes)}"
        raise UserError(f"{where}: {number} weights of {kind} are missing: {_some(missing)}{others}")
    if strange:
        number = f"{len(strange)} stored weights"
        raise UserError(f"{where}: {number} do not belong to {kind} as config.json has it: {_some(strange)}")
    for name, tensor in stored.items():
        wanted = shapes[owner[name]] if name in owner else tensor.shape
        if tensor.shape != wanted:
            raise UserError(f"{where}: {name} has shape {list(tensor.shape)}, config.json makes it {list(wanted)}")
        if name in owner and tensor.dtype not in STORED_TYPES:
            raise UserError(f"{where}: {name} is stored as {tensor.dtype}; {', '.join(STORED_TYPES)} are read")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def _read_config(path: str, folder: Path) -> PreTrainedConfig:
    """The model's configuration; UserError where transformers cannot read it."""
    try:
        return AutoConfig.from_pretrained(str(folder), trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise UserError(f"model.path={path}: no model could be loaded: {_first_line(error)}") from error


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
    if shape.head_dim:
        config.head_dim = shape.head_dim
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
    """Moves parameters to `device` and `dtype` (`keep_trained`: only frozen ones change dtype), buffers to `device`.

    Rotary frequencies rounded to bfloat16 would turn by other angles. Parameters without memory stay without.
    """

    def to_place(tensor: Tensor) -> Tensor:
        rounds = isinstance(tensor, nn.Parameter) and tensor.is_floating_point()  # packed ones are no numbers
        cast = rounds and not (keep_trained and tensor.requires_grad)
        wanted = dtype if cast else None
        return tensor.to(dtype=wanted) if tensor.is_meta else tensor.to(device, wanted)

    module._apply(to_place)


def decode(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int], skip_special_tokens: bool = False) -> str:
    """The text of one sequence of token ids."""
    return str(tokenizer.decode(list(ids), skip_special_tokens=skip_special_tokens))


# The two rules for the end of a response differ because the official programs do: training stops at the ids that the
# model names, evaluation also at the end of a turn. A model whose eos is <|endoftext|> trains beyond <|im_end|>.


def stop_ids(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, extra_tokens: list[str]) -> tuple[int, ...]:
    """Ids that end a response in training: of generation config and tokenizer, and those of model.extra_stop_tokens."""
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


def evaluation_stop_ids(folder: Path, tokenizer: PreTrainedTokenizerBase) -> tuple[int, ...]:
    """Ids that end a response in an evaluation: eos of generation config, model config and tokenizer, and turn ends."""
    ids: set[int] = set()
    for name in ("generation_config.json", "config.json"):
        ids.update(_stored_eos(folder / name))
    own: Any = tokenizer.eos_token_id
    if own is not None:
        ids.add(own)
    vocabulary = tokenizer.get_vocab()
    ids.update(vocabulary[token] for token in TURN_ENDS if token in vocabulary)
    if not ids:
        raise UserError(f"{folder}: names no end-of-text token (eos_token_id in generation_config.json)")
    return tuple(sorted(ids))


def _stored_eos(path: Path) -> list[int]:
    found = read_object(path).get("eos_token_id") if path.is_file() else None
    ids = found if isinstance(found, list) else [] if found is None else [found]
    if not all(type(i) is int for i in ids):
        raise UserError(f"{path}: eos_token_id={found!r}: token ids are whole numbers")
    return ids


def _one_id(value: Any) -> int | None:
    return None if value is None else int(value)


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:200]
