"""Models, workers and sampler of a run in this process, and what every runtime gives to the loop."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import torch
import torch.distributed as dist
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from oneshot_rlvr import checkpoint
from oneshot_rlvr.algorithms.registry import algorithm
from oneshot_rlvr.config.hardware import memory_bytes
from oneshot_rlvr.config.memory import Checkpointing, choose_checkpointing
from oneshot_rlvr.config.model_files import PACKED
from oneshot_rlvr.config.schema import RunConfig, ShapeConfig
from oneshot_rlvr.config.shapes import LARGE_MODEL, model_shape, num_parameters, shape_of
from oneshot_rlvr.learner.critic import CriticWorker
from oneshot_rlvr.learner.optimizer import Trained
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.models import load
from oneshot_rlvr.models.attention import is_packed
from oneshot_rlvr.models.critic import ValueModel
from oneshot_rlvr.models.lora import Base, add_adapters
from oneshot_rlvr.models.memory import release_cache
from oneshot_rlvr.models.nf4 import quantize_linear
from oneshot_rlvr.models.policy import CHECKPOINTING, PolicyModel, compile_layers
from oneshot_rlvr.rollout.engine import Engine
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler

if TYPE_CHECKING:
    from oneshot_rlvr.cluster.proxy import RayTrained

Shard = Callable[[nn.Module, torch.dtype], None]


class Store(Protocol):
    """The trained state, wherever it is: written to a checkpoint's folder and read back."""

    def hold(self, dtype: torch.dtype) -> Callable[[Path], None]:
        """Takes hold of the weights and optimizers as they are; -> what writes them, in any thread, as a model folder
        (weights in `dtype`) and trainer/ tensors. It must have returned before the next update: nothing is copied."""
        ...

    def load(self, folder: Path, updates: dict[str, int]) -> None:
        """Weights and optimizers from `folder`/trainer, saved by whatever number of processes; `updates` by part."""
        ...

    def memory(self) -> dict[str, float]:
        """Metrics of the memory of other processes than this."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Built:
    """The parts that a runtime gives to the loop."""

    workers: Workers
    engine: Engine
    tokenizer: PreTrainedTokenizerBase
    stop_ids: tuple[int, ...]
    dtype: torch.dtype  # of the computation
    store: Store
    notes: tuple[str, ...] = ()  # to be said at the start


# Builds the parts of a run. The second argument is called now and then in long waits, and may raise to give them up;
# the third, with whatever arguments, at every forward pass made here and at every answer of a worker elsewhere.
Builder = Callable[[RunConfig, Callable[[], None], Callable[..., None]], Built]


def build_local(config: RunConfig, poll: Callable[[], None], beat: Callable[..., None]) -> Built:
    """Everything in this process; nothing here takes so long that `poll` would be called."""
    if config.runtime.threads:
        torch.set_num_threads(config.runtime.threads)
    device = load.choose_device(config.runtime.device)
    dtype = load.choose_dtype(config.model.dtype, device)
    language_model, tokenizer = load.build_model(config.model, torch.float32)
    # Weights come to vLLM with the first hand-over; here it gets their names and shapes.
    engine = config.rollout.name == "vllm"
    sampled = load.structure(config.model, tokenizer) if engine else copy.deepcopy(language_model)
    workers = build_trained(config, language_model, device, dtype)
    release_cache()  # an engine takes what is free on its GPU for its own to share out
    sampler = build_sampler(config, sampled, tokenizer, device, dtype)
    for part in (sampler, workers.policy, workers.critic):
        if isinstance(model := getattr(part, "model", None), nn.Module):  # an engine of its own has none
            embedding = next(m for m in model.modules() if isinstance(m, nn.Embedding))  # every pass begins there
            embedding.register_forward_pre_hook(beat)
    stop_ids = load.stop_ids(language_model, tokenizer, config.model.extra_stop_tokens)
    store = LocalStore(workers, tokenizer, sampler)
    notes = (*workers.notes, *slow_sampling(config, device.type))
    return Built(workers, sampler, tokenizer, stop_ids, dtype, store, notes)


def build_sampler(
    config: RunConfig,
    language_model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    device: torch.device,
    dtype: torch.dtype,
) -> Engine:
    """The sampler by `config.rollout.name`, in the compute dtype. `language_model` becomes its own."""
    if config.rollout.name == "vllm":
        from oneshot_rlvr.rollout.vllm_engine import vllm_sampler

        return vllm_sampler(config, language_model, tokenizer, device, dtype)
    load.place(language_model, device, dtype)
    return TransformersSampler(language_model, tokenizer, config.rollout.max_batch_tokens)


def slow_sampling(config: RunConfig, device: str) -> tuple[str, ...]:
    """A warning where a large model on a GPU is driven token by token from Python."""
    shape = model_shape(config.model)
    if config.rollout.name == "vllm" or device != "cuda" or shape is None or num_parameters(shape) < LARGE_MODEL:
        return ()
    return ("warning: rollout=transformers takes several times as long as rollout=vllm for such a model on a GPU",)


def _whole(module: nn.Module, dtype: torch.dtype) -> None:
    """Not sharded."""


def build_trained(
    config: RunConfig, language_model: PreTrainedModel, device: torch.device, dtype: torch.dtype, shard: Shard = _whole
) -> Workers:
    """Policy and critic with float32 master weights, reference in the compute dtype, from one start.

    With adapters the policy's base is frozen, in the compute dtype or in 4 bits, and is the reference too; a critic is
    trained whole. `shard` cuts each model over processes before its optimizer is made.
    """
    model, chunk = config.model, config.trainer.logprob_chunk_tokens
    packed = model.lora.quantization != "none"
    fused = not packed and load.choose_compile(model.compile, device, dtype)
    reference, critic = None, None
    working = partial(_working, config=config, device=device, dtype=dtype, sharded=shard is not _whole)
    if config.algorithm.kl_coef != 0 and not model.lora.rank:
        frozen = copy.deepcopy(language_model).eval().requires_grad_(False)
        load.place(frozen, device, dtype)
        reference = PolicyModel(frozen, model.attention, dtype, chunk, fused)
        shard(reference, dtype)
    checkpointing = _checkpointing(config, shape_of(language_model.config.to_dict()), device)
    if checkpointing.on:
        language_model.gradient_checkpointing_enable(CHECKPOINTING)
    if algorithm(config.algorithm).needs_values:
        values, master = working(ValueModel(language_model, model.attention, dtype))
        if fused:
            compile_layers(values.backbone)
        shard(values, dtype)
        settings = replace(config.optimizer, lr=config.critic.lr)
        critic = CriticWorker(
            values, config.critic, settings, config.compat, master, config.algorithm.updates_per_step
        )
    if packed:
        quantize_linear(language_model, device, dtype)
    if model.lora.rank:
        add_adapters(language_model, model.lora, model.init_seed, model.path)
    language_model, master = working(language_model)
    policy = PolicyModel(language_model, model.attention, dtype, chunk, fused)
    shard(policy, dtype)
    if config.algorithm.kl_coef != 0 and model.lora.rank:
        reference = Base(policy)
    # Probabilities are those with which responses were sampled; given ones were not, and are learned as they are.
    temperature = 1.0 if config.data.demonstrations else config.rollout.temperature
    worker = PolicyWorker(policy, reference, config.algorithm, config.optimizer, config.compat, temperature, master)
    for part in (worker, critic):
        if part is not None:
            part.trained.skip_nonfinite = config.health.nonfinite != "stop"
    notes = [checkpointing.line]
    if not is_packed(language_model):
        kind = language_model.config.model_type
        notes.append(f"{kind} is computed row by row with padding, slower than what is packed: {', '.join(PACKED)}")
    if fused:
        notes.append("layers are compiled in the first step, which takes up to a minute (model.compile=false: not)")
    return Workers(worker, critic, tuple(notes))


def _checkpointing(config: RunConfig, shape: ShapeConfig | None, device: torch.device) -> Checkpointing:
    """Chooses by the smallest device: a layer that is computed again is gathered again, by every process."""
    found = torch.cuda.get_device_properties(device).total_memory if device.type == "cuda" else memory_bytes()
    least, processes = torch.tensor(float(found), dtype=torch.float64, device=device), 1
    if dist.is_initialized():
        dist.all_reduce(least, dist.ReduceOp.MIN)
        processes = dist.get_world_size()
    return choose_checkpointing(config, shape, device.type == "cuda", least.item(), processes)


M = TypeVar("M", bound=nn.Module)


def _working(
    module: M, config: RunConfig, device: torch.device, dtype: torch.dtype, sharded: bool
) -> tuple[M, M | None]:
    """The model that passes are made with, and its float32 master where that is another.

    In half precision it always is, but for adapters, which are small, and for FSDP2, which makes its own copies:
    weights are rounded once an update and not at every pass, and the residual stream is in half precision too.
    """
    if not all(p.requires_grad for p in module.parameters()):
        load.place(module, device, dtype, keep_trained=True)
        return module, None
    if not config.optimizer.offload:
        load.place(module, device)
        if dtype == torch.float32 or sharded:
            return module, None
    working = copy.deepcopy(module)
    load.place(working, device, dtype)
    return working, module


def trained_parts(workers: Workers) -> "dict[str, Trained | RayTrained]":
    """The trained models by name, as a checkpoint holds them."""
    parts = {"policy": workers.policy.trained}
    return parts if workers.critic is None else parts | {"critic": workers.critic.trained}


@dataclass(frozen=True, slots=True)
class LocalStore:
    """The state of workers in this process."""

    workers: Workers
    tokenizer: PreTrainedTokenizerBase
    sampler: Engine

    def _parts(self) -> dict[str, Trained]:
        return {name: part for name, part in trained_parts(self.workers).items() if isinstance(part, Trained)}

    def hold(self, dtype: torch.dtype) -> Callable[[Path], None]:
        policy = self.workers.policy
        assert isinstance(policy, PolicyWorker)
        weights = {name: tensor.to("cpu", dtype) for name, tensor in policy.weights(master=True)}
        adapters, state = policy.adapters(), {name: part.state() for name, part in self._parts().items()}

        def write(folder: Path) -> None:
            policy.export(folder, self.tokenizer, dtype, weights, adapters)
            checkpoint.save_tensors(folder, state)

        return write

    def load(self, folder: Path, updates: dict[str, int]) -> None:
        tensors = {name: part.state() for name, part in self._parts().items()}
        checkpoint.load_tensors(folder, tensors)
        for name, part in self._parts().items():
            part.load_state(tensors[name], updates[name])

    def memory(self) -> dict[str, float]:
        return {}

    def close(self) -> None:
        end = getattr(self.sampler, "close", None)  # an engine with processes of its own
        if end is not None:
            end()
