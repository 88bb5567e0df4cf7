"""`rlvr train --dry-run`: what a run would do, need and take, from the configuration alone.

Counts are exact. Memory and time are estimates from formulas that stand beside them; no model is loaded, and neither a
GPU nor a network nor any hub file or data set is needed.
"""

from dataclasses import dataclass, replace

from oneshot_rlvr.config.check import check_batch, check_values, known_rows, machine_refusals
from oneshot_rlvr.config.hardware import GIB, GPUS, gpus, memory_bytes, num_cores
from oneshot_rlvr.config.memory import MOMENTS, Checkpointing, choose_checkpointing, memory_estimate
from oneshot_rlvr.config.schedule import last_step, num_saves, num_validations
from oneshot_rlvr.config.schema import RunConfig, ShapeConfig
from oneshot_rlvr.config.set_sizes import set_sizes
from oneshot_rlvr.config.shapes import model_shape, num_adapter_parameters, num_parameters
from oneshot_rlvr.errors import UserError

CPU_CORE_PEAK = 50e9  # float32 FLOP/s of one core with 256-bit vectors
# Shares of the peak that are assumed to be reached. Sampling is bound by memory, not by arithmetic.
TRAIN_MFU, SAMPLE_MFU = 0.40, 0.10
CPU_MFU = 0.20
EXPORT_BYTES = {"bfloat16": 2.0, "float32": 4.0}  # of a weight in the model folder
PCIE, HOST_MEMORY = 12e9, 20e9  # bytes a second that optimizer.offload is assumed to move


@dataclass(frozen=True, slots=True)
class BatchAlgebra:
    """Counts of one step, exact but for token numbers, which are upper bounds.

    Example (pi1_r128): 128 prompts, 128 groups of 8, 1024 rollouts, 1 update, at most 1024 * (1024 + 3072) tokens.
    """

    prompts: int
    groups: int
    rollouts: int
    updates: int
    rollouts_per_update: int
    max_prompt_tokens: int  # of the step, all rollouts together
    max_response_tokens: int


def batch_algebra(config: RunConfig) -> BatchAlgebra:
    data, algorithm = config.data, config.algorithm
    rollouts = data.prompts_per_step * algorithm.group_size
    groups = data.prompts_per_step
    if data.group_copies == "merged":
        groups = min(groups, max(1, len(data.examples) or (1 if data.problem else groups)))
    return BatchAlgebra(
        prompts=data.prompts_per_step,
        groups=groups,
        rollouts=rollouts,
        updates=algorithm.updates_per_step,
        rollouts_per_update=rollouts // algorithm.updates_per_step,
        max_prompt_tokens=rollouts * data.max_prompt_tokens,
        max_response_tokens=rollouts * config.rollout.max_new_tokens,
    )


@dataclass(frozen=True, slots=True)
class Flops:
    """Floating-point operations of one step."""

    sample: float
    train: float


def flops_estimate(config: RunConfig, shape: ShapeConfig, response_tokens: float) -> Flops:
    """FLOPs of one step when responses have `response_tokens` on average.

    2 P a token forward and 4 P backward, plus 2 layers hidden T^2 (causal) a sequence for attention; gradient
    checkpointing repeats the forward pass, a KL term adds one of the reference, several updates one of old log-probs; a
    frozen base saves the 2 P of its weights' gradients, and its adapters' own arithmetic is not counted.
    The prompt of a group is read once in sampling and once for each rollout in training.
    """
    algebra = batch_algebra(config)
    parameters = num_parameters(shape)
    prompt = config.data.max_prompt_tokens
    length = prompt + response_tokens
    sequence = 2.0 * parameters * length + 2.0 * shape.layers * shape.hidden * length**2
    again = config.model.gradient_checkpointing is not False
    passes = 3.0 + again - (config.model.lora.rank > 0)
    token_level = config.algorithm.name in ("reinforce_pp", "ppo")
    passes += (config.algorithm.kl_coef > 0) + (config.algorithm.updates_per_step > 1 or token_level)
    if config.algorithm.name == "ppo":  # the critic: values before the update, then forward and backward
        passes += 4.0 + again
    prefill = 2.0 * parameters * prompt * algebra.prompts
    decode = algebra.rollouts * (
        2.0 * parameters * response_tokens + 2.0 * shape.layers * shape.hidden * (length**2 - prompt**2)
    )
    return Flops(sample=prefill + decode, train=passes * sequence * algebra.rollouts)


def describe(config: RunConfig) -> str:
    """The report of a dry run; UserError only for values that are wrong on every machine."""
    check_values(config)
    check_batch(config)
    lines = [f"{config.experiment}: {config.description}".rstrip(": "), "", *_batch_lines(config)]
    shape = _shape_or_none(config)
    if shape is None:
        lines += ["", f"model             {config.model.path}: shape not known on this machine; for estimates give"]
        lines += ["                  model.shape.{hidden,layers,heads,kv_heads,ffn,vocab}"]
    else:
        again = _checkpointing(config, shape)
        config = replace(config, model=replace(config.model, gradient_checkpointing=again.on))
        lines += ["", *_model_lines(config, shape), "", *_memory_lines(config, shape)]
        lines += [f"                  {again.line}", "", *_time_lines(config, shape)]
    refusals = list(machine_refusals(config))
    if refusals:
        lines += ["", *[f"would refuse: {line}" for line in refusals]]
    return "\n".join(lines)


def _shape_or_none(config: RunConfig) -> ShapeConfig | None:
    try:
        return model_shape(config.model)
    except UserError:  # machine_refusals says it
        return None


def _batch_lines(config: RunConfig) -> list[str]:
    algebra, data = batch_algebra(config), config.data
    rows = known_rows(config)
    steps = last_step(config)
    what = data.file or ", ".join(data.examples) or "the problem given"
    grouping = f"of {algebra.rollouts // algebra.groups} rollouts"
    lines = [
        f"training rows     {rows if rows is not None else 'not known here'} ({what}, copies {data.copies})",
        f"prompts a step    {algebra.prompts}",
        f"groups a step     {algebra.groups} {grouping} ({data.group_copies})",
        f"rollouts a step   {algebra.rollouts:,}",
        f"updates a step    {algebra.updates} of {algebra.rollouts_per_update:,} rollouts each",
        f"tokens a step     at most {algebra.max_prompt_tokens:,} of prompts, {algebra.max_response_tokens:,} sampled",
        f"steps             {steps:,}: {steps * algebra.rollouts:,} rollouts, {steps * algebra.updates:,} updates",
    ]
    if rows is not None:
        per_epoch, left = divmod(rows, data.prompts_per_step)
        lines[0] += f"; {per_epoch} step{'s' * (per_epoch != 1)} an epoch"
        lines[0] += f", {left} rows left over" if left else ""
    return [*lines, _validation_line(config), _checkpoint_line(config)]


def _validation_line(config: RunConfig) -> str:
    data = config.data
    count = num_validations(config)
    if data.validation is None or not count:
        return "validations       none"
    size = set_sizes().get(data.validation)
    if data.validation_limit is not None:
        size = min(size or data.validation_limit, data.validation_limit)
    problems = f" ({size:,} problems)" if size is not None else ""
    return f"validations       {count} on {data.validation}{problems}"


def _checkpoint_line(config: RunConfig) -> str:
    keep = f", the last {config.checkpoint.keep_last} kept" if config.checkpoint.keep_last else ", all kept"
    return f"checkpoints       {num_saves(config)}{keep}"


def _model_lines(config: RunConfig, shape: ShapeConfig) -> list[str]:
    size = num_parameters(shape)
    origin = "random weights" if config.model.random_init else config.model.path
    model = f"{_count(size)} parameters, {shape.layers} layers, {shape.max_positions:,} positions"
    kept = num_saves(config)
    if config.checkpoint.keep_last:
        kept = min(kept, config.checkpoint.keep_last)
    states = kept if config.checkpoint.trainer_state == "all" else 1
    trained = num_adapter_parameters(shape, config.model.lora) if config.model.lora.rank else size
    if config.algorithm.name == "ppo":
        trained += size  # the critic, which is always trained whole
    exported = kept * EXPORT_BYTES[config.checkpoint.dtype] * size
    disk = exported + states * (4.0 + MOMENTS[config.optimizer.name]) * trained
    hint = "; checkpoint=light keeps one optimizer state" if states > 1 and disk > 100 * GIB else ""
    return [f"model             {origin}: {model}", f"disk              {_size(disk)} of checkpoints (estimate){hint}"]


def _gpu(config: RunConfig, shape: ShapeConfig) -> tuple[str, float, float] | None:
    """Name, peak FLOP/s and bytes of the GPU that this is about: the one here, or the planned one; None: the CPU."""
    found, device = gpus(), config.runtime.device
    if device == "cpu" or not (found or device == "cuda" or num_parameters(shape) >= 1e8):
        return None
    planned = config.runtime.planned_gpu
    if not found:
        return f"{planned}, which is not here", GPUS[planned][0], GPUS[planned][1] * GIB
    key = next((key for key in GPUS if key in found[0].name), planned)
    return found[0].name, GPUS[key][0], found[0].memory_bytes


def _checkpointing(config: RunConfig, shape: ShapeConfig) -> Checkpointing:
    gpu = _gpu(config, shape)
    workers = max(1, config.runtime.policy_workers) if config.runtime.name == "ray" else 1
    return choose_checkpointing(config, shape, gpu is not None, gpu[2] if gpu else memory_bytes(), workers)


def _memory_lines(config: RunConfig, shape: ShapeConfig) -> list[str]:
    gpu = _gpu(config, shape)
    memory = memory_estimate(config, shape, gpu is not None, gpu[2] if gpu else 0.0)
    adapters = f", adapters of rank {config.model.lora.rank}" if config.model.lora.rank else ""
    copy = f", {_size(memory.compute_copy)} compute copy" if memory.compute_copy else ""
    optimizer = "in main memory" if memory.host else f"{_size(memory.optimizer)} moments ({config.optimizer.name})"
    lines = [
        f"memory            {_size(memory.total)} on {'one GPU' if gpu else 'this CPU'} (estimate)",
        f"                  {_size(memory.weights)} weights{adapters}; optimizer: {optimizer}",
        f"                  {_size(memory.gradients)} gradients{copy}",
        f"                  {_size(memory.reference)} reference model",
        f"                  {_size(memory.activations)} activations of a micro-batch",
        f"                  {_size(memory.head)} logits and gradient of the head, or one layer again",
        f"                  {_size(memory.sampler)} sampler, {_size(memory.kv_cache)} its KV cache{_turns(config)}",
    ]
    if memory.host:
        lines.append(f"                  {_size(memory.host)} of main memory: float32 weights and moments")
    if gpu and 0 < gpu[2] < memory.total:
        lines.append(f"                  more than the {_size(gpu[2])} of {gpu[0]}: lower trainer.micro_batch_tokens "
                     "or rollout.max_batch_tokens, or take another hardware= preset")  # fmt: skip
    return lines


def _turns(config: RunConfig) -> str:
    if config.rollout.name != "vllm":
        return " (not while training)"
    return " (both not while training)" if config.rollout.vllm.sleep else ""


def _time_lines(config: RunConfig, shape: ShapeConfig) -> list[str]:
    gpu = _gpu(config, shape)
    if gpu:
        peak, train, sample = gpu[1], TRAIN_MFU, SAMPLE_MFU
        machine = f"one {gpu[0]} ({peak / 1e12:.0f} TFLOP/s)"
    else:
        cores = config.runtime.threads or num_cores()
        peak, train, sample = cores * CPU_CORE_PEAK, CPU_MFU, CPU_MFU
        machine = f"{cores} CPU cores ({CPU_CORE_PEAK / 1e9:.0f} GFLOP/s each)"
    used = f"{train:.0%} of that in training, {sample:.0%} in sampling"
    lines = [f"time (estimate)   on {machine}; {used}; without validation"]
    moving = offload_seconds(config, shape) if gpu else 0.0
    for label, share in (("all responses of full length", 1.0), ("responses of a quarter of it", 0.25)):
        flops = flops_estimate(config, shape, share * config.rollout.max_new_tokens)
        seconds = flops.train / (peak * train) + flops.sample / (peak * sample) + moving
        lines.append(
            f"                  {label}: {flops.train + flops.sample:.1e} FLOP and {_duration(seconds)} a step, "
            f"{_duration(seconds * last_step(config))} in all"
        )
    if moving:
        lines.append(f"                  of a step {_duration(moving)} for optimizer.offload, at {PCIE / 1e9:.0f} GB/s "
                     f"to the GPU and {HOST_MEMORY / 1e9:.0f} GB/s in main memory")  # fmt: skip
    return lines


def offload_seconds(config: RunConfig, shape: ShapeConfig) -> float:
    """Of a step: float32 gradients down and weights up, 6 bytes a weight; AdamW reads 16 and writes 12."""
    if not config.optimizer.offload:
        return 0.0
    models = 2 if config.algorithm.name == "ppo" else 1
    weights = models * config.algorithm.updates_per_step * num_parameters(shape)
    return weights * (6.0 / PCIE + 28.0 / HOST_MEMORY)


def _size(num_bytes: float) -> str:
    for unit, scale in (("TiB", 1024 * GIB), ("GiB", GIB), ("MiB", GIB / 1024)):
        if num_bytes >= scale:
            return f"{num_bytes / scale:.1f} {unit}"
    return f"{num_bytes / 1024:.0f} KiB"


def _count(number: int) -> str:
    return f"{number / 1e9:.2f} billion" if number >= 1e9 else f"{number / 1e6:.2f} million"


def _duration(seconds: float) -> str:
    for unit, scale in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * scale:
            return f"{seconds / scale:.1f} {unit}"
    return f"{seconds:.1f} s"
