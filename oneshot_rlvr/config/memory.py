"""Memory that a run takes, from the configuration alone: estimates for `--dry-run` and for what is refused."""

from dataclasses import dataclass, replace

from oneshot_rlvr.algorithms.registry import algorithm
from oneshot_rlvr.config.hardware import GIB
from oneshot_rlvr.config.names import DTYPES, MOMENTS
from oneshot_rlvr.config.schedule import step_counts
from oneshot_rlvr.config.schema import LoraConfig, RunConfig, ShapeConfig
from oneshot_rlvr.config.shapes import (
    head_dim,
    logits_bytes,
    logits_rows,
    num_adapter_parameters,
    num_linear_parameters,
    num_parameters,
)
from oneshot_rlvr.config.transfer import BUFFER_BYTES, GROUP_BYTES
from oneshot_rlvr.config.workers import engine_gpus

# bytes of a weight in NF4: half of one, a scale in 8 bits for 64, and of those a float32 scale for 256
NF4 = 0.5 + 1 / 64 + 4 / (64 * 256)
ROOM = 0.9  # share of a device for what is estimated; fragments, contexts and other programs take the rest


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of the parts on one device."""

    weights: float  # the trainer's: in float32 (not with offload, not adapters' base) and in the compute dtype
    gradients: float  # float32, of what is trained; held during the update only
    optimizer: float  # two moments
    compute_copy: float  # bfloat16 casts of sharded weights, held during a pass
    reference: float  # frozen model of the KL term, in the compute dtype; with adapters it is the base itself
    activations: float  # one micro-batch's, kept for its backward pass
    head: float  # one chunk of logits and the head's gradient, or one layer that is computed again
    sampler: float  # its weights, in the compute dtype; 0 where it has devices of its own
    kv_cache: float  # the sampler's
    handover: float = 0.0  # buffers of weights on their way to the sampler, when there are no gradients
    keeps_cache: bool = False  # vLLM holds its cache while the trainer works
    sleeps: bool = False  # vLLM gives weights and cache back while the trainer works
    host: float = 0.0  # main memory beside a GPU: float32 weights and moments of optimizer.offload

    @property
    def total(self) -> float:
        """Largest sum of parts that are held at once: sampling, training and handing weights over take turns."""
        training = self.gradients + self.compute_copy + self.activations + self.head
        kept = self.kv_cache * self.keeps_cache
        training += 0.0 if self.sleeps else self.sampler + kept
        turns = (training, self.sampler + kept + self.handover, self.sampler + self.kv_cache)
        return self.weights + self.optimizer + self.reference + max(turns)

    @property
    def least(self) -> float:
        """Bytes that no smaller batch saves."""
        cache = self.kv_cache if self.keeps_cache or self.sleeps else 0.0
        return replace(self, compute_copy=0.0, activations=0.0, head=0.0, kv_cache=cache).total


def memory_estimate(
    config: RunConfig, shape: ShapeConfig, on_gpu: bool, device_bytes: float = 0.0, workers: int = 1
) -> Memory:
    """Estimates the parts of Memory on one device.

    `device_bytes` is the memory of a GPU, of which vLLM takes its share; trained parts and the reference are sharded
    over `workers`.

    Activations: 34 h + 6 f bytes a token and layer are held for backward in half precision, 16 h + 6 f compiled
    (attention without its square matrix); with gradient checkpointing h values a layer, and one layer at a time whole.
    Head and activations are below the values measured on an H200 for Qwen2.5-Math 1.5B and 7B by at most 6 %
    (docs/performance.md).
    """
    parameters, lora = num_parameters(shape), config.model.lora
    compute = DTYPES[compute_dtype(config, on_gpu)]
    # Models trained whole: the policy unless it has adapters, and a critic of its size.
    whole = float(parameters * ((lora.rank == 0) + algorithm(config.algorithm).needs_values))
    adapters = float(num_adapter_parameters(shape, lora))
    base = _base_bytes(shape, lora, compute) if lora.rank else 0.0
    moments = MOMENTS[config.optimizer.name] * (whole + adapters)
    weights, host = 4.0 * (whole + adapters) + base, 0.0
    offload, sharded = config.optimizer.offload, config.runtime.name == "ray"
    if offload and on_gpu:
        weights, moments, host = compute * whole, 0.0, 12.0 * whole
    elif offload:  # the same memory holds both copies
        weights += 4.0 * whole
    elif compute < 4 and not sharded:
        weights += compute * whole
    reference = compute * parameters if config.algorithm.kl_coef > 0 and not lora.rank else 0.0
    activations, head = _pass_bytes(config, shape, compute, on_gpu)
    sampler, cache, engine = 0.0, 0.0, False
    if not (sharded and config.rollout.placement == "split"):
        sampler, cache, engine = sampler_bytes(config, shape, compute, device_bytes if on_gpu else 0.0)
    return Memory(
        weights=weights / workers,
        gradients=4.0 * (whole + adapters) / workers,
        optimizer=moments / workers,
        compute_copy=compute * parameters if whole and compute < 4 and sharded else 0.0,
        reference=reference / workers,
        activations=activations,
        head=head,
        sampler=sampler,
        kv_cache=cache,
        handover=_handover_bytes(config, shape, compute) if on_gpu else 0.0,
        keeps_cache=engine and not config.rollout.vllm.sleep,
        sleeps=engine and config.rollout.vllm.sleep,
        host=host / workers,
    )


def _base_bytes(shape: ShapeConfig, lora: LoraConfig, compute: float) -> float:
    """Bytes of the frozen base of adapters, in the compute dtype or with its linear layers in 4 bits."""
    parameters = num_parameters(shape)
    if lora.quantization == "none":
        return compute * parameters
    packed = num_linear_parameters(shape)
    return NF4 * packed + compute * (parameters - packed)


@dataclass(frozen=True, slots=True)
class Checkpointing:
    """Decision to compute layers again in the backward pass (`on`), and its reason."""

    on: bool
    why: str

    @property
    def line(self) -> str:
        return f"gradient checkpointing {'on' if self.on else 'off'} ({self.why})"


def choose_checkpointing(
    config: RunConfig, shape: ShapeConfig | None, on_gpu: bool, device_bytes: float, workers: int = 1
) -> Checkpointing:
    """Decides on gradient checkpointing where `model.gradient_checkpointing` does not.

    It is on if the estimate without it is above ROOM of the device, or if model or device are not known. Arguments are
    those of `memory_estimate`.
    """
    asked = config.model.gradient_checkpointing
    if asked is not None:
        return Checkpointing(asked, "as asked for")
    if shape is None or not device_bytes:
        return Checkpointing(True, "what the run needs without is not known")
    needed = {
        on: memory_estimate(replace(config, model=replace(config.model, gradient_checkpointing=on)), shape, on_gpu,
                            device_bytes, workers).total
        for on in (False, True)
    }  # fmt: skip
    without = f"about {needed[False] / GIB:.1f} GiB of {device_bytes / GIB:.1f} without"
    return Checkpointing(needed[False] > max(ROOM * device_bytes, needed[True]), without)


def _pass_bytes(config: RunConfig, shape: ShapeConfig, compute: float, on_gpu: bool) -> tuple[float, float]:
    """Bytes of a micro-batch's activations, and of the head or a layer that is computed again beside them."""
    model = config.model
    rollouts = step_counts(config).trained
    longest = config.data.max_prompt_tokens + config.rollout.max_new_tokens
    tokens = min(config.trainer.micro_batch_tokens, rollouts * longest // config.algorithm.updates_per_step)
    # Compiled wherever load.choose_compile allows it; under Ray the larger figure, until a GPU has shown the other.
    by_itself = on_gpu and config.runtime.name == "local"
    by_itself = by_itself and model.lora.quantization == "none"
    fused = compute < 4 and (by_itself if model.compile is None else model.compile)
    a_layer = tokens * ((16 if fused else 34) * shape.hidden + 6 * shape.ffn) * compute / 2
    rows = min(config.trainer.logprob_chunk_tokens or logits_rows(shape.vocab, on_gpu, fused), tokens)
    logits = float(logits_bytes(fused) * rows * shape.vocab)
    # The head's gradient is summed in float32; rounded, it waits for the embedding's.
    summed, rounded = (0.0 if model.lora.rank else size * shape.vocab * shape.hidden for size in (4, compute))
    head = summed + max(logits, rounded if compute < 4 else 0.0)
    if model.gradient_checkpointing is not False:
        return tokens * shape.layers * shape.hidden * compute, max(head, rounded + a_layer)
    return shape.layers * a_layer, head


def _handover_bytes(config: RunConfig, shape: ShapeConfig, compute: float) -> float:
    """Bytes on the trainer's GPU while weights go to the sampler.

    They are the sender's buffer and a chunk in the engine (CUDA IPC), or two chunks of the sender (NCCL), each at least
    as large as the largest tensor; under Ray also the tensors that are gathered together.
    """
    largest = compute * shape.vocab * shape.hidden
    buffer = max(largest, min(BUFFER_BYTES, compute * num_parameters(shape)))
    gathered = max(largest, min(GROUP_BYTES, compute * num_parameters(shape)))
    return 2 * buffer * (config.rollout.name == "vllm") + gathered * (config.runtime.name == "ray")


def sampler_bytes(config: RunConfig, shape: ShapeConfig, compute: float, gpu_bytes: float) -> tuple[float, float, bool]:
    """Bytes of the sampler's weights and cache, and True if a vLLM engine reserves the cache. `gpu_bytes` 0: no GPU."""
    weights, vllm = compute * num_parameters(shape) / engine_gpus(config.rollout), config.rollout.vllm
    if config.rollout.name == "vllm" and (gpu_bytes or vllm.kv_cache_gb):
        share = vllm.kv_cache_gb * GIB or max(0.0, vllm.gpu_memory_utilization * gpu_bytes - weights)
        return weights, share, True
    counts = step_counts(config)
    cached = min(
        config.rollout.max_batch_tokens,
        max(counts.sampled, counts.trained) * (config.data.max_prompt_tokens + config.rollout.max_new_tokens),
    )
    return weights, cached * 2 * shape.layers * shape.kv_heads * head_dim(shape) * compute, False


def compute_dtype(config: RunConfig, on_gpu: bool) -> str:
    """Type that a run computes in."""
    auto = "bfloat16" if on_gpu else "float32"
    return auto if config.model.dtype == "auto" else config.model.dtype


def checkpoint_bytes(config: RunConfig, shape: ShapeConfig, on_gpu: bool) -> tuple[float, float]:
    """Bytes of a checkpoint's model folder, and of its trainer state (float32 weights and moments)."""
    size = num_parameters(shape)
    trained = num_adapter_parameters(shape, config.model.lora) if config.model.lora.rank else size
    if algorithm(config.algorithm).needs_values:
        trained += size  # the critic, which is always trained whole
    dtype = compute_dtype(config, on_gpu) if config.checkpoint.dtype == "auto" else config.checkpoint.dtype
    return DTYPES[dtype] * size, (4.0 + MOMENTS[config.optimizer.name]) * trained
