"""One sampler for a whole sweep: built for the first model, after that only its weights change.

Weights are read when the first sample is asked for, so models whose samples are all stored cost nothing.
"""

import json
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, Sequence

import torch
from safetensors import safe_open
from torch import Tensor
from transformers import AutoConfig, PreTrainedTokenizerBase

from oneshot_rlvr.checkpoint import export_model
from oneshot_rlvr.config.schema import CheckpointConfig
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.evaluation.checkpoints import ModelSource, fingerprint, local_folder
from oneshot_rlvr.models import load
from oneshot_rlvr.types import Rollout, SampleRequest, Sampling
from oneshot_rlvr.workers.rollout_hf import Sampler, TransformersSampler

# Tokens with which chat formats end a turn: they stop a response whatever the folder is called.
TURN_ENDS = ("<|im_end|>", "<|eot_id|>", "<｜end▁of▁sentence｜>")
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "tokenizer.model", "vocab.json")
# What two configurations may differ in although the same sampler serves both.
NO_MATTER = {"_name_or_path", "architectures", "dtype", "torch_dtype", "transformers_version", "use_cache",
             "bos_token_id", "eos_token_id", "pad_token_id", "attention_dropout", "initializer_range"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a plan needs to know of a model; nothing here needs its weights."""

    folder: Path
    tokenizer: PreTrainedTokenizerBase
    stop_ids: tuple[int, ...]
    max_context: int  # positions
    identity: str  # digest of the weights
    stored_dtype: str  # "float32": what the weights are stored in


class Engine:
    """Samplers by model. `started` is when the program began (time.perf_counter), for the start-up figure."""

    def __init__(self, device: str, dtype: str, max_batch_tokens: int, started: float) -> None:
        self.device = load.choose_device(device)
        self.dtype = torch.float16 if dtype == "float16" else load.choose_dtype(dtype, self.device)
        self.name = f"transformers/{str(self.dtype).removeprefix('torch.')}"
        self.max_batch_tokens = max_batch_tokens
        self.load_seconds: dict[str, float] = {}  # folder name of a model -> seconds to its weights being in place
        self._started = started
        self._facts: dict[str, ModelFacts] = {}
        self._tokenizers: dict[tuple[bytes, ...], PreTrainedTokenizerBase] = {}
        self._sampler: TransformersSampler | None = None
        self._built_for: tuple[dict[str, Any], PreTrainedTokenizerBase] | None = None
        self._active: str | None = None
        self._version = 0

    @property
    def dtype_name(self) -> str:
        return str(self.dtype).removeprefix("torch.")

    def facts(self, source: ModelSource) -> ModelFacts:
        if source.folder_name not in self._facts:
            self._facts[source.folder_name] = self._read_facts(source)
        return self._facts[source.folder_name]

    def _read_facts(self, source: ModelSource) -> ModelFacts:
        folder = local_folder(source)
        tokenizer = self._tokenizer(folder)
        config = _config(folder)
        identity = fingerprint(folder)
        stored = str(getattr(config, "dtype", None) or "float32").removeprefix("torch.")
        if source.kind == "resaved":
            stored = CheckpointConfig().dtype
            identity += f"+{stored}"
        return ModelFacts(
            folder, tokenizer, stop_ids(folder, tokenizer), int(config.max_position_embeddings), identity, stored
        )

    def _tokenizer(self, folder: Path) -> PreTrainedTokenizerBase:
        """One tokenizer for all folders with the same files: loading a large one takes longer than the weights."""
        files = tuple((folder / name).read_bytes() for name in TOKENIZER_FILES if (folder / name).is_file())
        if files not in self._tokenizers:
            self._tokenizers[files] = load.load_tokenizer(str(folder))
        return self._tokenizers[files]

    def sampler(self, source: ModelSource) -> "LazySampler":
        return LazySampler(lambda: self._activate(source))

    def _activate(self, source: ModelSource) -> Sampler:
        if self._sampler is not None and self._active == source.folder_name:
            return self._sampler
        start = time.perf_counter()
        facts = self.facts(source)
        folder = self._resaved(facts) if source.kind == "resaved" else facts.folder
        self._active = None
        if self._sampler is None:
            self._build(folder, facts.tokenizer)
            start = self._started
        elif not self._fits(folder, facts.tokenizer):
            self._sampler = None  # frees the memory before another model is loaded
            self._build(folder, facts.tokenizer)
        else:
            self._swap(folder)
        if source.kind == "resaved":
            shutil.rmtree(folder)
        self._active = source.folder_name
        self.load_seconds[source.folder_name] = time.perf_counter() - start
        assert self._sampler is not None
        return self._sampler

    def _build(self, folder: Path, tokenizer: PreTrainedTokenizerBase) -> None:
        model = load.load_model(str(folder), self.dtype).to(self.device)  # type: ignore[arg-type]
        self._sampler = TransformersSampler(model, tokenizer, self.max_batch_tokens)
        self._built_for = _shape(folder), tokenizer

    def _fits(self, folder: Path, tokenizer: PreTrainedTokenizerBase) -> bool:
        """The same sampler can hold these weights: same shape, same tokenizer."""
        assert self._built_for is not None
        shape, built_tokenizer = self._built_for
        return shape == _shape(folder) and (tokenizer is built_tokenizer or _same_tokens(tokenizer, built_tokenizer))

    def _swap(self, folder: Path) -> None:
        assert self._sampler is not None
        self._version += 1
        wanted = {name for name, _ in self._sampler.model.named_parameters()}
        try:
            self._sampler.load_weights(self._version, read_weights(folder, wanted))
        except (ValueError, RuntimeError) as error:
            raise RunError(f"{folder}: its weights do not fit the model: {error}") from error

    def _resaved(self, facts: ModelFacts) -> Path:
        """The model after a trip through float32 master weights and our checkpoint writer; the caller removes it."""
        model = load.load_model(str(facts.folder), torch.float32)
        folder = Path(tempfile.mkdtemp(prefix="rlvr-resaved-"))
        export_model(model, facts.tokenizer, folder, load.DTYPES[CheckpointConfig().dtype])
        return folder


class LazySampler:
    """A sampler that puts its model's weights in place when it is first asked for samples."""

    def __init__(self, activate: Callable[[], Sampler]) -> None:
        self._activate = activate

    def generate(
        self, requests: Sequence[SampleRequest], sampling: Sampling,
        on_finished: Callable[[int, Rollout], None] | None = None,
    ) -> list[Rollout]:  # fmt: skip
        return self._activate().generate(requests, sampling, on_finished)


def read_weights(folder: Path, wanted: set[str]) -> Iterator[tuple[str, Tensor]]:
    """(name, tensor) of a model folder's safetensors, one at a time; copies of tied weights are left out."""
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():
                if name in wanted:
                    yield name, file.get_tensor(name)


def stop_ids(folder: Path, tokenizer: PreTrainedTokenizerBase) -> tuple[int, ...]:
    """Ids that end a response: eos of the generation config, the model config and the tokenizer, and turn ends."""
    ids: set[int] = set()
    for name in ("generation_config.json", "config.json"):
        path = folder / name
        eos = json.loads(path.read_text())["eos_token_id"] if _has_eos(path) else []
        ids.update(eos if isinstance(eos, list) else [eos])
    own: Any = tokenizer.eos_token_id
    if own is not None:
        ids.add(own)
    vocabulary = tokenizer.get_vocab()
    ids.update(vocabulary[token] for token in TURN_ENDS if token in vocabulary)
    if not ids:
        raise UserError(f"{folder}: names no end-of-text token (eos_token_id in generation_config.json)")
    return tuple(sorted(ids))


def _has_eos(path: Path) -> bool:
    return path.is_file() and json.loads(path.read_text()).get("eos_token_id") is not None


def _config(folder: Path) -> Any:
    try:
        return AutoConfig.from_pretrained(str(folder), trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{folder}: config.json cannot be used: {str(error).strip().splitlines()[0][:160]}") from error


def _shape(folder: Path) -> dict[str, Any]:
    return {key: value for key, value in _config(folder).to_dict().items() if key not in NO_MATTER}


def _same_tokens(a: PreTrainedTokenizerBase, b: PreTrainedTokenizerBase) -> bool:
    """Tokenizers written by different versions differ in their files and still do the same."""
    return a.get_vocab() == b.get_vocab() and a.eos_token_id == b.eos_token_id and type(a) is type(b)
