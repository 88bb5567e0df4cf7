"""One sampler for a whole sweep: built for the first model, after that only its weights change.

The sampler is transformers' or a vLLM engine. Weights are read when the first sample is asked for, so models whose
samples are all stored cost nothing. A model of another shape or tokenizer ends the sampler and gets a new one.
"""

import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping, Sequence

import torch
from safetensors import safe_open
from torch import Tensor
from transformers import AutoConfig, PreTrainedTokenizerBase

from oneshot_rlvr.checkpoint import export_model
from oneshot_rlvr.config.model_files import PACKED, TOKENIZER_FILES, fixed_positions, stored_tensors
from oneshot_rlvr.config.names import DTYPES
from oneshot_rlvr.config.schema import VllmConfig
from oneshot_rlvr.config.shapes import read_shape
from oneshot_rlvr.config.transfer import require_parallel
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.evaluation.checkpoints import ModelSource, local_folder
from oneshot_rlvr.evaluation.engine_options import EngineOptions
from oneshot_rlvr.evaluation.runner import sample_each
from oneshot_rlvr.files import fingerprint
from oneshot_rlvr.models import load
from oneshot_rlvr.records import read_object
from oneshot_rlvr.rollout.engine import Engine as RolloutEngine
from oneshot_rlvr.rollout.engine import OnFinished
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
from oneshot_rlvr.types import Rollout, Sampling

# What two configurations may differ in although the same sampler serves both.
NO_MATTER = {"_name_or_path", "architectures", "dtype", "torch_dtype", "transformers_version", "use_cache",
             "bos_token_id", "eos_token_id", "pad_token_id", "attention_dropout", "initializer_range"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Facts about a model that a plan needs; none of them needs its weights."""

    folder: Path
    tokenizer: PreTrainedTokenizerBase
    stop_ids: tuple[int, ...]
    max_context: int  # positions
    identity: str  # digest of the weights
    stored_dtype: str  # "float32": what the weights are stored in
    precision: str  # "float32", or "float32, weights stored as bfloat16" where storing them has rounded them


@dataclass(frozen=True, slots=True)
class _Held:
    """The sampler, and what it was built for."""

    sampler: RolloutEngine
    model_shape: dict[str, Any]  # of the configuration
    tokenizer: PreTrainedTokenizerBase
    weights: dict[str, tuple[str, ...]]  # parameter -> names it may be stored under, in the order in which they come
    longest: int  # tokens of prompt and response


class Engine:
    """Samplers by model. `started` is when the program began (time.perf_counter), for the start-up figure."""

    def __init__(self, options: EngineOptions, started: float) -> None:
        self.options = options
        self.device = load.choose_device(options.device)
        self.dtype = load.choose_dtype(options.dtype, self.device)
        self.name = f"{options.name}/{self.dtype_name}"  # part of the identity of stored samples
        self.load_seconds: dict[str, float] = {}  # folder name of a model -> seconds to its weights being in place
        self._started = started
        self._facts: dict[str, ModelFacts] = {}
        self._tokenizers: dict[tuple[bytes, ...], PreTrainedTokenizerBase] = {}
        self._held: _Held | None = None
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
        config = load.empty_model(str(folder)).config  # looks through the names and shapes of the weights
        identity = fingerprint(folder)
        stored = str(getattr(config, "dtype", None) or "float32").removeprefix("torch.")
        if source.kind == "resaved":
            stored = self._resaved_as(source)
            identity += f"+{stored}"
        precision = self.dtype_name
        if source.kind in ("checkpoint", "resaved") and DTYPES.get(stored, 4.0) < DTYPES.get(precision, 2.0):
            precision += f", weights stored as {stored}"
        return ModelFacts(
            folder, tokenizer, load.evaluation_stop_ids(folder, tokenizer), _positions(config), identity, stored,
            precision,
        )  # fmt: skip

    def _tokenizer(self, folder: Path) -> PreTrainedTokenizerBase:
        """One tokenizer for all folders with the same files: loading a large one takes longer than the weights."""
        files = tuple((folder / name).read_bytes() for name in TOKENIZER_FILES if (folder / name).is_file())
        if files not in self._tokenizers:
            self._tokenizers[files] = load.load_tokenizer(str(folder))
        return self._tokenizers[files]

    def sampler(self, source: ModelSource, longest: int) -> "LazySampler":
        """`longest`: tokens of prompt and response that will be asked for at most."""
        return LazySampler(lambda: self._activate(source, longest))

    def close(self) -> None:
        """Ends the sampler: its memory, and for vLLM its processes."""
        held, self._held, self._active = self._held, None, None
        end = getattr(held.sampler, "close", None) if held is not None else None
        if end is not None:
            end()

    def _activate(self, source: ModelSource, longest: int) -> RolloutEngine:
        if self._held is not None and self._active == source.folder_name and longest <= self._held.longest:
            return self._held.sampler
        start = time.perf_counter() if self.load_seconds else self._started
        facts = self.facts(source)
        folder = self._resaved(facts, self._resaved_as(source)) if source.kind == "resaved" else facts.folder
        self._active = None
        if self._held is not None and self._fits(self._held, folder, facts.tokenizer, longest):
            held = self._held
            self._load(held, folder)
        else:
            self.close()  # frees the memory before another model is loaded
            held = self._build(folder, facts.tokenizer, longest)
        if source.kind == "resaved":
            shutil.rmtree(folder)
        self._active = source.folder_name
        self.load_seconds[source.folder_name] = time.perf_counter() - start
        return held.sampler

    def _build(self, folder: Path, tokenizer: PreTrainedTokenizerBase, longest: int) -> _Held:
        """A new sampler with this model's weights."""
        shape = _shape(folder)
        if self.options.name == "vllm":
            sampler, names = self._vllm(folder, tokenizer, longest)
            self._held = _Held(sampler, shape, tokenizer, names, longest)
            self._load(self._held, folder)
        else:
            model = load.load_model(str(folder), self.dtype).to(self.device)  # type: ignore[arg-type]
            sampler = TransformersSampler(model, tokenizer, self.options.max_batch_tokens)
            self._held = _Held(sampler, shape, tokenizer, load.stored_names(model), sys.maxsize)  # its cache grows
        return self._held

    def _vllm(
        self, folder: Path, tokenizer: PreTrainedTokenizerBase, longest: int
    ) -> tuple[RolloutEngine, dict[str, tuple[str, ...]]]:
        """An engine without weights, and those that it waits for, with the names they may be stored under."""
        from oneshot_rlvr.rollout.vllm_engine import VllmSampler

        if (shape := read_shape(folder)) is not None:
            require_parallel(self.options.tensor_parallel, shape, "--tensor-parallel ")
        model = load.empty_model(str(folder))
        config = model.config.to_dict() | {"architectures": [type(model).__name__]}
        options = VllmConfig(
            gpu_memory_utilization=self.options.gpu_memory, tensor_parallel=self.options.tensor_parallel
        )
        shapes = load.weight_shapes(model)
        sampler = VllmSampler(config, shapes, tokenizer, options, self.device.type, self.dtype, longest)
        return sampler, load.stored_names(model)

    def _fits(self, held: _Held, folder: Path, tokenizer: PreTrainedTokenizerBase, longest: int) -> bool:
        """The same sampler can hold these weights: same shape, same tokenizer, room for the longest request."""
        same_tokenizer = tokenizer is held.tokenizer or _same_tokens(tokenizer, held.tokenizer)
        return longest <= held.longest and same_tokenizer and held.model_shape == _shape(folder)

    def _load(self, held: _Held, folder: Path) -> None:
        self._version += 1
        try:
            held.sampler.load_weights(self._version, self._weights(folder, held.weights))
        except (ValueError, RuntimeError) as error:
            raise RunError(f"{folder}: its weights do not fit the model: {error}") from error

    def _weights(self, folder: Path, names: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, Tensor]]:
        """(parameter, tensor) of a model folder; what is not packed may be stored under other names."""
        if read_object(folder / "config.json").get("model_type") in PACKED:
            yield from read_weights(folder, names)
        else:
            yield from load.load_model(str(folder), self.dtype).named_parameters()

    def _resaved_as(self, source: ModelSource) -> str:
        return self.dtype_name if source.stored_as == "auto" else source.stored_as

    def _resaved(self, facts: ModelFacts, dtype: str) -> Path:
        """The model after a trip through float32 master weights and our checkpoint writer; the caller removes it."""
        model = load.load_model(str(facts.folder), torch.float32)
        folder = Path(tempfile.mkdtemp(prefix="rlvr-resaved-"))
        export_model(model, facts.tokenizer, folder, load.DTYPES[dtype])
        return folder


class LazySampler:
    """A sampler that puts its model's weights in place when it is first asked for samples."""

    def __init__(self, activate: Callable[[], RolloutEngine]) -> None:
        self._activate = activate

    def generate(
        self, asked: Sequence[Rollout], sampling: Sampling, on_finished: OnFinished | None = None
    ) -> list[Rollout]:
        return self._activate().generate(asked, sampling, on_finished)

    def generate_each(
        self, asked: Sequence[Rollout], samplings: Sequence[Sampling], on_finished: OnFinished | None = None
    ) -> list[Rollout]:
        return sample_each(self._activate(), asked, samplings, on_finished)


def read_weights(folder: Path, names: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Tensor]]:
    """(parameter, tensor) of a model folder's safetensors, one at a time and in the order of `names`, whatever the
    order and number of the files. `names`: under which each may be stored; all that are there must hold the same.

    Raises UserError for one that is not finite.
    """
    stored = stored_tensors(folder, str(folder))
    places = {name: [alias for alias in aliases if alias in stored] for name, aliases in names.items()}
    files = dict.fromkeys(stored[alias].file for aliases in places.values() for alias in aliases)
    with ExitStack() as stack:
        opened = {path: stack.enter_context(safe_open(path, framework="pt")) for path in files}
        for name, aliases in places.items():
            tensor, *copies = (opened[stored[alias].file].get_tensor(alias) for alias in aliases)
            load.refuse_nonfinite(str(folder), name, tensor)
            for alias, copy in zip(aliases[1:], copies, strict=True):
                if not torch.equal(copy, tensor):
                    raise load.untied_error(str(folder), alias)
            yield name, tensor


def _config(folder: Path) -> Any:
    try:
        return AutoConfig.from_pretrained(str(folder), trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{folder}: config.json cannot be used: {str(error).strip().splitlines()[0][:160]}") from error


def _positions(config: Any) -> int:
    """Positions of the model up to which its angles stay; without any, a number that nothing reaches."""
    values = config.to_dict() | {"max_position_embeddings": getattr(config, "max_position_embeddings", None)}
    return fixed_positions(values) or sys.maxsize


def _shape(folder: Path) -> dict[str, Any]:
    return {key: value for key, value in _config(folder).to_dict().items() if key not in NO_MATTER}


def _same_tokens(a: PreTrainedTokenizerBase, b: PreTrainedTokenizerBase) -> bool:
    """Tokenizers written by different versions differ in their files and still do the same."""
    return a.get_vocab() == b.get_vocab() and a.eos_token_id == b.eos_token_id and type(a) is type(b)
