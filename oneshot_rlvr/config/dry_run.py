"""`rlvr train --dry-run`: what a run would do, need and take, from the configuration alone.

Counts are exact. Memory and time are estimates from formulas that stand beside them; no model is loaded, and neither a
GPU nor a network nor any hub file or data set is needed.
"""

from dataclasses import dataclass

from oneshot_rlvr.config.check import check_batch, check_values, known_rows, machine_refusals
from oneshot_rlvr.config.hardware import GIB, gpus, num_cores
from oneshot_rlvr.config.schema import RunConfig, ShapeConfig
from oneshot_rlvr.config.set_sizes import set_sizes
from oneshot_rlvr.config.shapes import logits_rows, model_shape, num_parameters
from oneshot_rlvr.errors import UserError

# Dense bfloat16 peak of a GPU by a part of its name, in FLOP/s (manufacturers' data sheets).
GPU_PEAKS = {"B200": 2250e12, "H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "4090": 165e12}
DEFAULT_GPU = "A100"  # the paper's
CPU_CORE_PEAK = 50e9  # float32 FLOP/s of one core with 256-bit vectors
# Shares of the peak that are assumed to be reached. Sampling is bound by memory, not by arithmetic.
TRAIN_MFU, SAMPLE_MFU = 0.40, 0.10
CPU_MFU = 0.20


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
class Memory:
    """Bytes of the parts, for all parameters on one device."""

    weights: float  # float32 master
    gradients: float  # float32
    optimizer: float  # two float32 moments
    compute_copy: float  # bfloat16 weights, on a GPU
    reference: float  # frozen model of the KL term, in the compute dtype
    activations: float  # of one micro-batch
    logits: float  # of one chunk: logits, probabilities, gradient
    kv_cache: float  # of the sampler

    @property
    def total(self) -> float:
        parts = (self.weights, self.gradients, self.optimizer, self.compute_copy, self.reference, self.logits)
        return sum(parts) + max(self.activations, self.kv_cache)  # sampling and training take turns


def memory_estimate(config: RunConfig, shape: ShapeConfig, on_gpu: bool) -> Memory:
    """See the fields of Memory. Activations: 34 h + 6 f values a token and layer are held for backward (attention
    without its square matrix); with gradient checkpointing one layer's worth and h values for each other layer.
    """
    parameters = num_parameters(shape)
    compute = 2.0 if on_gpu and config.model.dtype != "float32" else 4.0
    tokens = min(config.trainer.micro_batch_tokens, _max_update_tokens(config))
    per_layer = (34 * shape.hidden + 6 * shape.ffn) * compute / 2
    if config.model.gradient_checkpointing:
        activations = tokens * (per_layer + shape.layers * shape.hidden * compute)
    else:
        activations = tokens * shape.layers * per_layer
    longest = config.data.max_prompt_tokens + config.rollout.max_new_tokens
    cached = min(config.rollout.max_batch_tokens, batch_algebra(config).rollouts * longest)
    trained = 2 if config.algorithm.name == "ppo" else 1  # PPO trains a critic of the policy's size beside it
    return Memory(
        weights=4.0 * trained * parameters,
        gradients=4.0 * trained * parameters,
        optimizer=8.0 * trained * parameters,
        compute_copy=compute * parameters,  # the sampler's
        reference=compute * parameters if config.algorithm.kl_coef > 0 else 0.0,
        activations=activations,
        logits=10.0 * min(config.trainer.logprob_chunk_tokens or logits_rows(shape.vocab), tokens) * shape.vocab,
        kv_cache=cached * 2 * shape.layers * shape.kv_heads * (shape.hidden // shape.heads) * compute,
    )


def _max_update_tokens(config: RunConfig) -> int:
    algebra = batch_algebra(config)
    return (algebra.max_prompt_tokens + algebra.max_response_tokens) // algebra.updates


@dataclass(frozen=True, slots=True)
class Flops:
    """Floating-point operations of one step."""

    sample: float
    train: float


def flops_estimate(config: RunConfig, shape: ShapeConfig, response_tokens: float) -> Flops:
    """FLOPs of one step when responses have `response_tokens` on average.

    2 P a token forward and 4 P backward, plus 2 layers hidden T^2 (causal) a sequence for attention; gradient
    checkpointing repeats the forward pass, a KL term adds one of the reference, several updates one of old log-probs.
    The prompt of a group is read once in sampling and once for each rollout in training.
    """
    algebra = batch_algebra(config)
    parameters = num_parameters(shape)
    prompt = config.data.max_prompt_tokens
    length = prompt + response_tokens
    sequence = 2.0 * parameters * length + 2.0 * shape.layers * shape.hidden * length**2
    passes = 3.0 + config.model.gradient_checkpointing
    token_level = config.algorithm.name in ("reinforce_pp", "ppo")
    passes += (config.algorithm.kl_coef > 0) + (config.algorithm.updates_per_step > 1 or token_level)
    if config.algorithm.name == "ppo":  # the critic: values before the update, then forward and backward
        passes += 4.0 + config.model.gradient_checkpointing
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
        lines += ["", *_model_lines(config, shape), "", *_memory_lines(config, shape), "", *_time_lines(config, shape)]
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
    steps = config.trainer.total_steps
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
    trainer, data = config.trainer, config.data
    if data.validation is None or not (trainer.eval_every or trainer.eval_first):
        return "validations       none"
    count = int(trainer.eval_first) + (trainer.total_steps // trainer.eval_every if trainer.eval_every else 0)
    size = set_sizes().get(data.validation)
    if data.validation_limit is not None:
        size = min(size or data.validation_limit, data.validation_limit)
    problems = f" ({size:,} problems)" if size is not None else ""
    return f"validations       {count} on {data.validation}{problems}"


def num_checkpoints(config: RunConfig) -> int:
    """Checkpoints of the whole run: every `checkpoint.every` steps and the last."""
    every, steps = config.checkpoint.every, config.trainer.total_steps
    return 1 if every == 0 else -(-steps // every)


def _checkpoint_line(config: RunConfig) -> str:
    keep = f", the last {config.checkpoint.keep_last} kept" if config.checkpoint.keep_last else ", all kept"
    return f"checkpoints       {num_checkpoints(config)}{keep}"


def _model_lines(config: RunConfig, shape: ShapeConfig) -> list[str]:
    size = num_parameters(shape)
    origin = "random weights" if config.model.random_init else config.model.path
    model = f"{_count(size)} parameters, {shape.layers} layers, {shape.max_positions:,} positions"
    kept = num_checkpoints(config)
    if config.checkpoint.keep_last:
        kept = min(kept, config.checkpoint.keep_last)
    states = kept if config.checkpoint.trainer_state == "all" else 1
    disk = kept * 2.0 * size + states * 12.0 * size
    hint = "; checkpoint=light keeps one optimizer state" if states > 1 and disk > 100 * GIB else ""
    return [f"model             {origin}: {model}", f"disk              {_size(disk)} of checkpoints (estimate){hint}"]


def _memory_lines(config: RunConfig, shape: ShapeConfig) -> list[str]:
    found = gpus()
    large = num_parameters(shape) >= 1e8
    on_gpu = config.runtime.device == "cuda" or (config.runtime.device == "auto" and (bool(found) or large))
    memory = memory_estimate(config, shape, on_gpu)
    where = "one GPU" if on_gpu else "this CPU"
    state = memory.weights + memory.gradients + memory.optimizer
    cache = _size(memory.kv_cache)
    lines = [
        f"memory            {_size(memory.total)} on {where} (estimate)",
        f"                  {_size(state)} weights, gradients and two moments in float32",
        f"                  {_size(memory.compute_copy + memory.reference)} compute copy and reference model",
        f"                  {_size(memory.activations)} activations of a micro-batch or {cache} KV cache",
        f"                  {_size(memory.logits)} logits of a chunk",
    ]
    if on_gpu and found and 0 < found[0].memory_bytes < memory.total:
        lines.append(f"                  more than the {_size(found[0].memory_bytes)} of {found[0].name}: lower "
                     "trainer.micro_batch_tokens or rollout.max_batch_tokens")  # fmt: skip
    return lines


def _time_lines(config: RunConfig, shape: ShapeConfig) -> list[str]:
    found = gpus()
    if config.runtime.device != "cpu" and (found or num_parameters(shape) >= 1e8):
        name = next((key for key in GPU_PEAKS if found and key in found[0].name), DEFAULT_GPU)
        peak, train, sample = GPU_PEAKS[name], TRAIN_MFU, SAMPLE_MFU
        machine = f"one {name} ({peak / 1e12:.0f} TFLOP/s)" + ("" if found else ", which is not here")
    else:
        cores = config.runtime.threads or num_cores()
        peak, train, sample = cores * CPU_CORE_PEAK, CPU_MFU, CPU_MFU
        machine = f"{cores} CPU cores ({CPU_CORE_PEAK / 1e9:.0f} GFLOP/s each)"
    used = f"{train:.0%} of that in training, {sample:.0%} in sampling"
    lines = [f"time (estimate)   on {machine}; {used}; without validation"]
    for label, share in (("all responses of full length", 1.0), ("responses of a quarter of it", 0.25)):
        flops = flops_estimate(config, shape, share * config.rollout.max_new_tokens)
        seconds = flops.train / (peak * train) + flops.sample / (peak * sample)
        lines.append(
            f"                  {label}: {flops.train + flops.sample:.1e} FLOP and {_duration(seconds)} a step, "
            f"{_duration(seconds * config.trainer.total_steps)} in all"
        )
    return lines


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
