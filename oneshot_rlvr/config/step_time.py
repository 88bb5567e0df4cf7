"""Time of a step by phase, from the configuration alone: estimates for `--dry-run`, from formulas and data sheets."""

import math
from dataclasses import astuple, dataclass

from oneshot_rlvr.algorithms.registry import algorithm
from oneshot_rlvr.config.hardware import GIB, GPUS, cpu, gpus, num_cores
from oneshot_rlvr.config.memory import checkpoint_bytes, sampler_bytes
from oneshot_rlvr.config.schedule import last_step, num_saves, num_validations, step_counts, validation_size
from oneshot_rlvr.config.schema import DataConfig, RunConfig, ShapeConfig
from oneshot_rlvr.config.shapes import LARGE_MODEL, head_dim, num_adapter_parameters, num_parameters
from oneshot_rlvr.config.workers import engine_gpus, worker_counts

PROMPT_TOKENS = 150  # assumed length of a prompt, or data.max_prompt_tokens where that is less
PLANNED_GPUS = 8  # assumed for runtime=ray where no GPU is here
# Reached shares of the data sheet's rates: peak in training and in decoding, memory bandwidth in decoding.
TRAIN_PEAK, DECODE_PEAK, BANDWIDTH = 0.40, 0.50, 0.75
ENGINE_STEP = 2e-3  # seconds of vLLM's decode step beside reading weights and cache: logits, sampling, scheduling
LAYER_STEP = 1e-3  # seconds a layer and decode step of the transformers sampler, whose kernels are started one by one
COLLECTIVE, TRANSFER, WRITE = 200e9, 10e9, 1.4e9  # bytes/s of FSDP between GPUs, of a hand-over, of a checkpoint
HANDOVER_START, REST = 1.0, 0.7  # seconds a step: of a hand-over of any size; of driver, grading and records
PCIE, HOST_MEMORY = 12e9, 20e9  # bytes/s that optimizer.offload moves
# float32 FLOP/s that one core reaches in large matrix products, by its widest instruction set; else CORE_RATE.
CORE_RATES = {"AVX-512": 110e9, "AVX2": 50e9, "NEON": 50e9}
CORE_RATE = 15e9
UPDATE_SHARE, SAMPLE_SHARE = 1.0, 0.35  # reached of it in an update, and in sampling
FULL_WIDTH = 576  # hidden size from which on that holds; narrower models reach so much less
TAIL = 0.1  # share of a step's rollouts that end last


@dataclass(frozen=True, slots=True)
class Machine:
    """GPUs that an estimate is about. Example: `Machine("A100", 312e12, 80 * GIB, 2.039e12, False, 8, 8)`"""

    name: str
    peak: float  # FLOP/s in half precision
    memory_bytes: float
    bandwidth: float  # bytes/s of its memory
    here: bool
    trainers: int = 1  # policy workers, a GPU each
    samplers: int = 1  # rollout workers, of `engine_gpus` each


def find_machine(config: RunConfig, shape: ShapeConfig) -> Machine | None:
    """The GPUs here, or the planned ones; None for a run on the CPU, as that of a small model is without a GPU.

    `runtime=ray` takes the GPUs found, or 8 planned ones, or as many as `runtime.policy_workers` asks for.
    """
    found, device = gpus(), config.runtime.device
    if device == "cpu" or not (found or device == "cuda" or num_parameters(shape) >= LARGE_MODEL):
        return None
    name = config.runtime.planned_gpu
    peak, memory, bandwidth = GPUS[next((key for key in GPUS if found and key in found[0].name), name)]
    counts = worker_counts(config.runtime, config.rollout, len(found) or PLANNED_GPUS)
    if found:
        return Machine(found[0].name, peak, found[0].memory_bytes, bandwidth, True, *counts)
    return Machine(name, peak, memory * GIB, bandwidth, False, *counts)


@dataclass(frozen=True, slots=True)
class StepTime:
    """Seconds of one step by phase."""

    sampling: float
    update: float
    collectives: float = 0.0
    offload: float = 0.0
    handover: float = 0.0
    rest: float = 0.0
    checkpoint: float = 0.0  # its share of a step, as of validation
    validation: float = 0.0
    tail: float = 0.0  # part of `sampling`: from nine tenths of the rollouts done to all

    @property
    def total(self) -> float:
        return sum(astuple(self)) - self.tail


def step_time(config: RunConfig, shape: ShapeConfig, machine: Machine | None, mean: float) -> StepTime:
    """Estimates a step with responses of `mean` tokens, whose lengths are exponential up to the limit.

    On a CPU it estimates arithmetic alone. A validation set of unknown size is not counted.
    """
    flops = flops_estimate(config, shape, mean)
    if machine is None:
        return _cpu_step_time(config, shape, flops, mean)
    rollouts, limit, steps = step_counts(config).sampled, config.rollout.max_new_tokens, last_step(config)
    sampling, tail = _sampling(config, shape, machine, rollouts, limit, mean)
    greedy_limit = config.eval.max_new_tokens or limit
    answers = (validation_size(config.data) or 0) * (config.eval.samples + config.eval.sampled)
    greedy, _ = _sampling(config, shape, machine, answers, greedy_limit, mean * greedy_limit / limit)
    return StepTime(
        sampling=sampling,
        tail=tail,
        update=flops.train / (TRAIN_PEAK * machine.peak * machine.trainers),
        collectives=_gathered_bytes(config, shape, machine, mean) / COLLECTIVE,
        offload=offload_seconds(config, shape),
        handover=HANDOVER_START + 2.0 * num_parameters(shape) / TRANSFER,
        rest=REST,
        checkpoint=sum(checkpoint_bytes(config, shape, on_gpu=True)) / WRITE * num_saves(config) / steps,
        validation=greedy * num_validations(config) / steps,
    )


def _cpu_step_time(config: RunConfig, shape: ShapeConfig, flops: "Flops", mean: float) -> StepTime:
    """Estimates a step on this machine's cores."""
    rate = (config.runtime.threads or num_cores()) * core_rate(shape.hidden)
    limit = config.rollout.max_new_tokens
    answers = (validation_size(config.data) or 0) * (config.eval.samples + config.eval.sampled)
    length = mean * (config.eval.max_new_tokens or limit) / limit
    validation = forward_flops(shape, answers, answers, prompt_tokens(config.data), length)
    return StepTime(
        sampling=flops.sample / (SAMPLE_SHARE * rate),
        update=flops.train / (UPDATE_SHARE * rate),
        validation=validation / (SAMPLE_SHARE * rate) * num_validations(config) / last_step(config),
    )


def core_rate(width: int) -> float:
    """float32 FLOP/s that a core of this machine reaches in products of matrices of this width."""
    best = next((CORE_RATES[name] for name in cpu().sets if name in CORE_RATES), CORE_RATE)
    return best * min(1.0, width / FULL_WIDTH)


def prompt_tokens(data: DataConfig) -> int:
    """Assumed length of a prompt."""
    return min(PROMPT_TOKENS, data.max_prompt_tokens)


@dataclass(frozen=True, slots=True)
class Flops:
    """Floating-point operations of one step."""

    sample: float
    train: float


def flops_estimate(config: RunConfig, shape: ShapeConfig, response_tokens: float) -> Flops:
    """FLOPs of one step when responses have `response_tokens` on average.

    2 P a token forward and 4 P backward, plus 2 layers (width of all heads) T^2 (causal) a sequence for attention;
    gradient checkpointing repeats the forward pass, a KL term adds one of the reference, several updates one of old
    log-probs; a frozen base saves the 2 P of its weights' gradients, and its adapters' own arithmetic is not counted.
    The prompt of a group is read once, in sampling and in each pass.
    """
    counts, prompt = step_counts(config), prompt_tokens(config.data)
    sample, trained = (
        forward_flops(shape, n, min(counts.prompts, n), prompt, response_tokens)
        for n in (counts.sampled, counts.trained)
    )
    return Flops(sample=sample, train=_passes(config) * trained)


def forward_flops(shape: ShapeConfig, responses: int, prompts: int, prompt: float, response: float) -> float:
    """FLOPs of a forward pass over responses of `response` tokens behind prompts of `prompt`, of which so many are
    read."""
    attention = 2.0 * shape.layers * shape.heads * head_dim(shape) * responses * (prompt + response) ** 2
    return 2.0 * num_parameters(shape) * (prompts * prompt + responses * response) + attention


def _passes(config: RunConfig) -> float:
    """Cost of an update, in forward passes."""
    settings, row = config.algorithm, algorithm(config.algorithm)
    again = config.model.gradient_checkpointing is not False
    passes = 3.0 + again - (config.model.lora.rank > 0) + (settings.kl_coef > 0)
    passes += settings.updates_per_step > 1 or row.needs_old
    passes += 2 * row.self_taught  # prompt and a right response come before each sequence
    if row.needs_values:  # the critic: values before the update, then forward and backward
        passes += 4.0 + again
    return passes


def _sampling(
    config: RunConfig, shape: ShapeConfig, machine: Machine, responses: int, limit: int, mean: float
) -> tuple[float, float]:
    """Seconds of all responses, and of the last tenth of them."""
    if not responses:
        return 0.0, 0.0
    each = responses / machine.samplers
    if config.rollout.name == "vllm":
        return _engine_seconds(config, shape, machine, each, limit, mean)
    at_once = max(1, config.rollout.max_batch_tokens // (prompt_tokens(config.data) + limit))
    return math.ceil(each / at_once) * limit * shape.layers * LAYER_STEP, 0.0


def _engine_seconds(
    config: RunConfig, shape: ShapeConfig, machine: Machine, responses: float, limit: int, mean: float
) -> tuple[float, float]:
    """Seconds of one vLLM engine for all its responses, and for the last tenth of them.

    Its slots are full while responses wait, then empty as the last ones end. A decode step reads the weights, or
    computes with them where that takes longer, and reads each sequence's cache. Reading the prompts, which a group does
    once, is not counted.
    """
    parallel, size, prompt = engine_gpus(config.rollout), num_parameters(shape), prompt_tokens(config.data)
    bandwidth, peak = BANDWIDTH * machine.bandwidth * parallel, DECODE_PEAK * machine.peak * parallel
    cached_token = 2.0 * 2 * shape.layers * shape.kv_heads * head_dim(shape)
    scale = _scale(mean, limit)
    going_on = [math.exp(-t / scale) for t in range(limit)]  # share of responses that have more than t tokens
    age = sum(t * share for t, share in enumerate(going_on)) / sum(going_on)  # tokens of a sequence in a full slot
    cache = sampler_bytes(config, shape, 2.0, machine.memory_bytes)[1] * parallel
    slots = min(responses, config.rollout.vllm.max_num_seqs, max(1.0, cache / (cached_token * (prompt + age))))

    def decode(running: float, context: float) -> float:
        weights = 2.0 * size * max(1 / bandwidth, running / peak)
        return weights + running * context * cached_token / bandwidth + ENGINE_STEP

    full = mean / slots * decode(slots, prompt + age)  # seconds a response while none of the slots is empty
    emptying = [decode(slots * share, prompt + t) for t, share in enumerate(going_on)]
    last = TAIL * responses
    tail = max(0.0, last - slots) * full
    tail += sum(seconds for seconds, share in zip(emptying, going_on) if slots * share <= last)
    return (responses - slots) * full + sum(emptying), tail


def _scale(mean: float, limit: int) -> float:
    """Scale of exponential lengths, cut at `limit`, that have this mean: scale (1 - exp(-limit / scale)) = mean."""
    low, high = mean, 1000.0 * limit
    if mean >= 0.999 * limit:
        return math.inf
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if middle * -math.expm1(-limit / middle) < mean else (low, middle)
    return high


def _gathered_bytes(config: RunConfig, shape: ShapeConfig, machine: Machine, mean: float) -> float:
    """Bytes that FSDP sends to and from one GPU in a step.

    Each micro-batch gathers weights in half precision (forward, backward, reference) and reduces float32 gradients of
    what is trained.
    """
    size, lora = num_parameters(shape), config.model.lora
    counts = step_counts(config)
    tokens = min(counts.prompts, counts.trained) * prompt_tokens(config.data) + counts.trained * mean
    passes = math.ceil(tokens / machine.trainers / config.trainer.micro_batch_tokens)
    models = 1 + algorithm(config.algorithm).needs_values
    trained = num_adapter_parameters(shape, lora) if lora.rank else size
    a_pass = models * (4.0 * size + 4.0 * trained) + 2.0 * size * (config.algorithm.kl_coef > 0)
    return passes * a_pass * (machine.trainers - 1) / machine.trainers


def offload_seconds(config: RunConfig, shape: ShapeConfig) -> float:
    """Seconds of optimizer.offload in a step: 6 bytes a weight go down and up, and AdamW reads 16 and writes 12."""
    if not config.optimizer.offload:
        return 0.0
    models = 1 + algorithm(config.algorithm).needs_values
    weights = models * config.algorithm.updates_per_step * num_parameters(shape)
    return weights * (6.0 / PCIE + 28.0 / HOST_MEMORY)
