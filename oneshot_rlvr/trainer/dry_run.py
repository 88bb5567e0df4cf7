"""`rlvr train --dry-run`: steps, memory, disk and time of a run, from the configuration alone.

Counts are exact. Memory and time are estimates from formulas that stand beside them; no model is loaded, and neither a
GPU nor a network nor any hub file or data set is needed.
"""

from dataclasses import dataclass, replace

from oneshot_rlvr.config import step_time as rates
from oneshot_rlvr.config.hardware import GIB, cpu, memory_bytes, num_cores
from oneshot_rlvr.config.memory import checkpoint_bytes, choose_checkpointing, memory_estimate
from oneshot_rlvr.config.sampler import resolved, with_sampler
from oneshot_rlvr.config.schedule import (
    known_rows,
    last_step,
    num_saves,
    num_validations,
    self_play_phases,
    step_counts,
    validation_size,
)
from oneshot_rlvr.config.schema import ModelConfig, RolloutConfig, RunConfig, ShapeConfig
from oneshot_rlvr.config.shapes import model_shape, num_parameters
from oneshot_rlvr.config.step_time import (
    Machine,
    find_machine,
    prompt_tokens,
    step_time,
)
from oneshot_rlvr.config.workers import engine_gpus
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.trainer.preflight import check_settings, machine_refusals

QUARTER = 0.25  # mean length of responses, as a share of the limit, that is estimated beside the limit itself
# Field of StepTime -> its name in a dry run.
PHASES = {
    "sampling": "sampling", "tail": "  of it the last tenth of rollouts", "update": "update",
    "collectives": "weights, gradients between GPUs", "offload": "optimizer.offload",
    "handover": "hand-over of weights", "rest": "driver, grading, records", "checkpoint": "share of a checkpoint",
    "validation": "share of a validation", "total": "a step",
}  # fmt: skip


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
    max_prompt_tokens: int  # sum over all rollouts of the step
    max_response_tokens: int


def batch_algebra(config: RunConfig) -> BatchAlgebra:
    """Counts the prompts, groups, rollouts, updates and tokens of a step."""
    data, algorithm = config.data, config.algorithm
    rollouts = step_counts(config).trained
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


def describe(config: RunConfig) -> str:
    """The report of a dry run; UserError only for values that are wrong on every machine."""
    check_settings(config)
    lines = [f"{config.experiment}: {config.description}".rstrip(": "), "", *_batch_lines(config)]
    shape = _shape_or_none(config.model)
    if shape is None:
        lines += ["", f"model             {config.model.path}: shape not known on this machine; for estimates give"]
        lines += ["                  model.shape.{hidden,layers,heads,kv_heads,ffn,vocab}"]
    else:
        lines += ["", *_model_lines(config, shape), *_cost_lines(config, shape)]
    refusals = list(machine_refusals(resolved(config)[0]))
    if refusals:
        lines += ["", *[f"would refuse: {line}" for line in refusals]]
    return "\n".join(lines)


def _shape_or_none(model: ModelConfig) -> ShapeConfig | None:
    try:
        return model_shape(model)
    except UserError:  # machine_refusals says it
        return None


def _batch_lines(config: RunConfig) -> list[str]:
    if config.selfplay.enabled:
        return [*_self_play_lines(config), _validation_line(config), _checkpoint_line(config)]
    algebra, data = batch_algebra(config), config.data
    rows = known_rows(data)
    steps = last_step(config)
    what = data.demonstrations or data.file or ", ".join(data.examples) or "the problem given"
    grouping = f"of {algebra.rollouts // algebra.groups} rollouts"
    lines = [
        f"training rows     {rows if rows is not None else 'not known here'} ({what}, copies {data.copies})",
        f"prompts a step    {algebra.prompts}",
        f"groups a step     {algebra.groups} {grouping} ({data.group_copies})",
        f"rollouts a step   {algebra.rollouts:,}",
        f"updates a step    {algebra.updates} of {algebra.rollouts_per_update:,} rollouts each",
        f"tokens a step     at most {algebra.max_prompt_tokens:,} of prompts, {algebra.max_response_tokens:,} "
        + ("sampled" if step_counts(config).sampled else "of responses"),
        f"steps             {steps:,}: {steps * algebra.rollouts:,} rollouts, {steps * algebra.updates:,} updates",
    ]
    if rows is not None:
        per_epoch, left = divmod(rows, data.prompts_per_step)
        lines[0] += f"; {per_epoch} step{'s' * (per_epoch != 1)} an epoch"
        lines[0] += f", {left} rows left over" if left else ""
    return [*lines, *_source_lines(config), _validation_line(config), _checkpoint_line(config)]


def _self_play_lines(config: RunConfig) -> list[str]:
    """The phases of an iteration, with the most responses that each samples."""
    play, counts, steps = config.selfplay, step_counts(config), last_step(config)
    phases = self_play_phases(play)
    of = f"{len(play.kinds)} kind{'s' * (len(play.kinds) > 1)} of {play.proposals}"
    updates, limit = config.algorithm.updates_per_step, config.rollout.max_new_tokens
    given = play.seed_program or f"the one of dialect={play.dialect}"
    reused = " (of the measuring answers)" if play.solver_source == "mc_reuse" else ""
    proposed = f"{phases['propose']:,} proposals ({of})" if phases["propose"] else f"none ({of} are drawn at random)"
    return [
        f"start             {given}; {play.seed_tasks} valid proposals a buffer before the first step",
        f"propose a step    {proposed}",
        f"measure a step    at most {phases['measure']:,} answers, {play.mc_rollouts} to each valid proposal, at "
        f"temperature {play.mc_temperature:g}",
        f"solve a step      {phases['solve']:,} answers{reused}",
        f"sampled a step    at most {counts.sampled:,}, {phases['measure'] / counts.sampled:.0%} of them to measure; "
        f"{counts.sampled * limit:,} tokens",
        f"trained a step    {counts.trained:,} rollouts, in {updates} update{'s' * (updates > 1)} "
        f"({config.algorithm.minibatch_order})",
        f"steps             {steps:,}: {steps * counts.trained:,} rollouts trained on, {steps * updates:,} updates",
    ]


def _source_lines(config: RunConfig) -> list[str]:
    """A line for each source of rollouts besides the problems, which changes what a step costs."""
    lines = []
    if config.source.path:
        lines.append(f"source            {config.source.path}, which may ask for other rollouts than these")
    if config.source.keep_mixed:
        draws = config.source.max_draws
        lines.append(f"drawn a step      until {config.data.prompts_per_step} groups are mixed, at most {draws} times; "
                     "costs below are of one draw")  # fmt: skip
    if config.source.choose != "none":
        count = config.source.chosen or config.data.prompts_per_step
        lines.append(f"chosen a step     {count} example{'s' * (count > 1)}, by source.choose={config.source.choose}")
    if config.source.failed_prefixes:
        lines.append(f"failed responses  {config.source.failed_prefixes:.0%} of the groups go on from one, once solved")
    if config.source.votes:
        trained = config.algorithm.group_size
        lines.append(f"votes             {config.source.votes} responses a prompt, {trained} of them trained on; costs "
                     "below are of these")  # fmt: skip
    if config.source.prefetch:
        lines.append("sampled ahead     one step: of generation and update only the longer counts")
    return lines


def _validation_line(config: RunConfig) -> str:
    data = config.data
    count = num_validations(config)
    if data.validation is None or not count:
        return "validations       none"
    size = validation_size(config.data)
    problems = f" ({size:,} problems)" if size is not None else ""
    return f"validations       {count} on {data.validation}{problems}"


def _checkpoint_line(config: RunConfig) -> str:
    keep = f", the last {config.checkpoint.keep_last} kept" if config.checkpoint.keep_last else ", all kept"
    return f"checkpoints       {num_saves(config)}{keep}"


def _model_lines(config: RunConfig, shape: ShapeConfig) -> list[str]:
    size = num_parameters(shape)
    origin = "random weights" if config.model.random_init else config.model.path
    model = f"{_count(size)} parameters, {shape.layers} layers, {shape.max_positions:,} positions"
    disk, states = _disk(config, shape)
    hint = "; checkpoint=light keeps one optimizer state" if states > 1 and disk > 100 * GIB else ""
    written = f"{size_words(disk)} of checkpoints (estimate){hint}"
    return [f"model             {origin}: {model}", f"disk              {written}"]


def _disk(config: RunConfig, shape: ShapeConfig) -> tuple[float, int]:
    """Bytes of all checkpoints that are kept, and how many of them hold the optimizer."""
    kept = num_saves(config)
    if config.checkpoint.keep_last:
        kept = min(kept, config.checkpoint.keep_last)
    states = kept if config.checkpoint.trainer_state == "all" else 1
    exported, state = checkpoint_bytes(config, shape, find_machine(config, shape) is not None)
    return kept * exported + states * state, states


@dataclass(frozen=True, slots=True)
class Cost:
    """Estimate for whole runs: seconds with responses of a quarter of the limit and of all of it, bytes of disk."""

    short: float
    long: float
    disk: float

    def times(self, runs: int) -> "Cost":
        return Cost(runs * self.short, runs * self.long, runs * self.disk)

    def plus(self, other: "Cost") -> "Cost":
        return Cost(self.short + other.short, self.long + other.long, self.disk + other.disk)


def cost(config: RunConfig) -> Cost | None:
    """The cost of one run; None where the shape of its model is not known on this machine."""
    shape = _shape_or_none(config.model)
    if shape is None:
        return None
    machine = find_machine(config, shape)
    config, limit = _with_planned_sampler(config, machine)[0], config.rollout.max_new_tokens
    short, long = (step_time(config, shape, machine, share * limit).total for share in (QUARTER, 1.0))
    return Cost(last_step(config) * short, last_step(config) * long, _disk(config, shape)[0])


def _cost_lines(config: RunConfig, shape: ShapeConfig) -> list[str]:
    """Memory and time with the sampler that the run takes on the machine that it is for, and time with the other."""
    machine = find_machine(config, shape)
    config, why = _with_planned_sampler(config, machine)
    room, workers = (machine.memory_bytes, machine.trainers) if machine else (memory_bytes(), 1)
    again = choose_checkpointing(config, shape, machine is not None, room, workers)
    config = replace(config, model=replace(config.model, gradient_checkpointing=again.on))
    lines = [f"sampler           {why}", "", *_memory_lines(config, shape, machine), f"                  {again.line}"]
    return [*lines, "", *_time_lines(config, shape, machine)]


def _with_planned_sampler(config: RunConfig, machine: Machine | None) -> tuple[RunConfig, str]:
    """The configuration with the sampler of the estimates, and why: vLLM on a planned GPU, else the run's own."""
    if config.rollout.name == "auto" and machine is not None and not machine.here:
        return with_sampler(config, "vllm"), "rollout=auto: counted with vllm, as if it were installed on that GPU"
    config, why = resolved(config)
    return config, why or f"rollout={config.rollout.name}"


def _memory_lines(config: RunConfig, shape: ShapeConfig, machine: Machine | None) -> list[str]:
    room, workers = (machine.memory_bytes, machine.trainers) if machine else (0.0, 1)
    memory = memory_estimate(config, shape, machine is not None, room, workers)
    where = f"each of {workers} GPUs that train" if workers > 1 else "one GPU" if machine else "this CPU"
    lora = config.model.lora
    adapters = f", adapters of rank {lora.rank}" if lora.rank else ""
    adapters += f" on a base in {lora.quantization}" if lora.quantization != "none" else ""
    copy = f", {size_words(memory.compute_copy)} compute copy" if memory.compute_copy else ""
    optimizer = "in main memory" if memory.host else f"{size_words(memory.optimizer)} moments ({config.optimizer.name})"
    turns = _turns(config.rollout)
    lines = [
        f"memory            {size_words(memory.total)} on {where} (estimate)",
        f"                  {size_words(memory.weights)} weights{adapters}; optimizer: {optimizer}",
        f"                  {size_words(memory.gradients)} gradients{copy}",
        f"                  {size_words(memory.reference)} reference model",
        f"                  {size_words(memory.activations)} activations of a micro-batch",
        f"                  {size_words(memory.head)} logits and gradient of the head, or one layer again",
        f"                  {size_words(memory.sampler)} sampler, {size_words(memory.kv_cache)} its KV cache{turns}",
    ]
    if memory.handover:
        lines.append(f"                  {size_words(memory.handover)} buffers of a hand-over (not while training)")
    if memory.host:
        lines.append(f"                  {size_words(memory.host)} of main memory: float32 weights and moments")
    if machine and room < memory.total:
        asleep = "rollout.vllm.sleep=true, or " if memory.keeps_cache else ""
        lines.append(f"                  more than the {size_words(room)} of {machine.name}: {asleep}lower "
                     "trainer.micro_batch_tokens or rollout.max_batch_tokens, or another hardware= preset")  # fmt: skip
    return lines


def _turns(rollout: RolloutConfig) -> str:
    if rollout.name != "vllm":
        return " (not while training)"
    return " (both not while training)" if rollout.vllm.sleep else ""


def _time_lines(config: RunConfig, shape: ShapeConfig, machine: Machine | None) -> list[str]:
    """A table of phases for two lengths of responses, the assumptions, and what the other sampler would take."""
    limit, steps = config.rollout.max_new_tokens, last_step(config)
    times = [step_time(config, shape, machine, share * limit) for share in (QUARTER, 1.0)]
    lines = [f"time (estimate)   on {_machine(config, machine)}"]
    lines.append(_row("seconds of", f"mean {QUARTER * limit:,.0f} tokens", f"all {limit:,} tokens"))
    for name, label in PHASES.items():
        found = [getattr(time, name) for time in times]
        if any(found):
            lines.append(_row(label, *(f"{seconds:,.2f}" for seconds in found)))
    lines.append(_row(f"{steps:,} steps", *(_duration(time.total * steps) for time in times)))
    if machine is not None and step_counts(config).sampled:
        other = "transformers" if config.rollout.name == "vllm" else "vllm"
        instead = step_time(with_sampler(config, other), shape, machine, QUARTER * limit)
        lines.append(f"                  with rollout={other}, mean {QUARTER * limit:,.0f}: {instead.sampling:,.0f} s "
                     f"of sampling, {instead.total:,.0f} s a step, {_duration(instead.total * steps)}")  # fmt: skip
    if machine is not None and not machine.here:
        here = step_time(config, shape, None, QUARTER * limit)
        lines.append(f"                  on {_machine(config, None)} a step would take {_duration(here.total)}")
    return lines + [f"                  {line}" for line in _assumptions(config, shape, machine)]


def _row(label: str, first: str, second: str) -> str:
    return f"                  {label:<34}{first:>17}{second:>18}"


def _machine(config: RunConfig, machine: Machine | None) -> str:
    if machine is None:
        cores = config.runtime.threads or num_cores()
        sets = ", ".join(cpu().sets) or "instruction sets not known"
        return f"this machine: {cores} CPU core{'s' * (cores != 1)} ({sets})"
    count = machine.trainers
    if config.runtime.name == "ray" and config.rollout.placement == "split":
        count += machine.samplers * engine_gpus(config.rollout)
    name = machine.name if machine.here else f"{machine.name}, which {'is' if count == 1 else 'are'} not here"
    workers = f": {machine.trainers} train, {machine.samplers} samplers" if count > 1 else ""
    rate = f"{machine.peak / 1e12:.0f} TFLOP/s, {machine.bandwidth / 1e12:.2f} TB/s"
    return f"{'one' if count == 1 else count} {name} ({rate}){workers}"


def _assumptions(config: RunConfig, shape: ShapeConfig, machine: Machine | None) -> list[str]:
    prompts = f"assumed: prompts of {prompt_tokens(config.data)} tokens, read once a group"
    if machine is None:
        lines = [
            f"{prompts}; arithmetic alone, by {rates.core_rate(shape.hidden) / 1e9:.0f} GFLOP/s a core in the update",
            f"and {rates.SAMPLE_SHARE:.0%} of that in sampling, where nothing else runs",
        ]
        return lines + _uncounted(config)
    engine = (f"vLLM reads at {rates.BANDWIDTH:.0%} of the memory's rate, computes at {rates.DECODE_PEAK:.0%} of the "
              f"peak, {rates.ENGINE_STEP * 1e3:.0f} ms a token beside")  # fmt: skip
    batches = f"batches all run up to the limit, {rates.LAYER_STEP * 1e3:.0f} ms a layer and token"
    lines = [
        prompts,
        f"lengths: exponential up to the limit, which the longest reach; update at {rates.TRAIN_PEAK:.0%} of the peak",
        f"sampling: {engine if config.rollout.name == 'vllm' else batches}",
        f"GB/s: {rates.COLLECTIVE / 1e9:.0f} between GPUs, {rates.TRANSFER / 1e9:.0f} of a hand-over (after "
        f"{rates.HANDOVER_START:.0f} s), {rates.WRITE / 1e9:.1f} to disk",
    ]
    if config.optimizer.offload:
        lines.append(f"GB/s of the offload: {rates.PCIE / 1e9:.0f} to the GPU, {rates.HOST_MEMORY / 1e9:.0f} in memory")
    return lines + _uncounted(config)


def _uncounted(config: RunConfig) -> list[str]:
    if num_validations(config) and validation_size(config.data) is None:
        return ["validation is not counted: the size of its set is not known"]
    return []


def size_words(num_bytes: float) -> str:
    """Bytes in words. Example: `1.5 GiB`."""
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
