"""Refusal of runs that cannot work, before anything heavy is imported: each fault one line, in under two seconds.

`check` raises; `machine_refusals` lists what this machine lacks, for `--dry-run`, which goes on all the same.
"""

import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from oneshot_rlvr.algorithms import registry
from oneshot_rlvr.config import hardware
from oneshot_rlvr.config.check import check_threads, check_values
from oneshot_rlvr.config.hardware import GIB
from oneshot_rlvr.config.memory import memory_estimate
from oneshot_rlvr.config.model_files import PACKED, check_chat_template, check_model_folder
from oneshot_rlvr.config.names import DTYPES
from oneshot_rlvr.config.schedule import known_rows, num_validations
from oneshot_rlvr.config.schema import (
    LINEAR_LAYERS,
    AlgorithmConfig,
    DataConfig,
    ModelConfig,
    OptimizerConfig,
    RunConfig,
    RuntimeConfig,
    SourceConfig,
    with_certainties,
)
from oneshot_rlvr.config.shapes import (
    LARGE_MODEL,
    computed_by_rows,
    hub_is_offline,
    model_folder,
    model_shape,
    num_parameters,
)
from oneshot_rlvr.config.transfer import require_parallel, require_shared_memory
from oneshot_rlvr.config.workers import engine_gpus, worker_counts
from oneshot_rlvr.data.demonstrations import demonstrations
from oneshot_rlvr.data.prompts import parse_template
from oneshot_rlvr.data.registry import find_file
from oneshot_rlvr.data.training_set import training_problems, validation_name
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.rollout.rewards import own_reward


def check(config: RunConfig) -> None:
    """UserError for the first thing that is wrong with a run on this machine. `rollout=auto` has been decided."""
    check_settings(config)
    for refusal in machine_refusals(config):
        raise UserError(refusal)


def check_settings(config: RunConfig) -> None:
    """UserError for what is wrong on any machine: a value by itself, and values that do not go together."""
    check_values(config)
    parse_template(config.model.template)
    data, algorithm, rollout = config.data, config.algorithm, config.rollout
    given = [name for name in ("file", "examples", "problem", "demonstrations") if getattr(data, name)]
    supervised = registry.algorithm(algorithm).supervised
    if supervised != bool(data.demonstrations) and (given or supervised):
        raise UserError(
            "algorithm=sft trains on given responses, and needs data.demonstrations=FILE" if supervised else
            f"data.demonstrations={data.demonstrations} are for algorithm=sft, not for {algorithm.name}"
        )
    _check_source(config.source, algorithm, rollout.vllm.sleep, supervised)
    if config.selfplay.enabled:
        _check_self_play(config, given)
    elif not given:
        raise UserError(
            "nothing to train on: give +experiment=NAME, data.examples=[pi1], data.file=FILE, "
            "or data.problem=TEXT with data.answer=TEXT; responses to learn from: rlvr sft data.demonstrations=FILE"
        )
    if len(given) > 1:
        drop = " or ".join({"examples": "data.examples=[]"}.get(name, f"data.{name}=null") for name in given)
        raise UserError(f"data.{given[0]} and data.{given[1]} are both given; drop one with {drop}")
    if not config.selfplay.enabled and data.prompts_per_step % algorithm.updates_per_step:
        raise UserError(
            f"data.prompts_per_step={data.prompts_per_step} does not divide into "
            f"algorithm.updates_per_step={algorithm.updates_per_step} equal updates"
        )
    if config.eval.samples > 1 and config.eval.temperature == 0:
        raise UserError(
            f"eval.samples={config.eval.samples}: at eval.temperature=0 all samples of a problem are the same; give "
            f"eval.temperature too, or eval.sampled={config.eval.samples}"
        )
    _check_rows(data, known_rows(data))
    for name in ("votes", "failed_prefixes"):
        if data.group_copies == "merged" and getattr(config.source, name):
            raise UserError(f"source.{name}={getattr(config.source, name)}: one group has one prompt; give "
                            "data.group_copies=separate")  # fmt: skip
    if data.group_copies == "merged" and algorithm.updates_per_step > 1:
        raise UserError(
            "data.group_copies=merged puts a step's copies into one group, which cannot be cut into "
            f"algorithm.updates_per_step={algorithm.updates_per_step}; use separate, or one update"
        )
    if rollout.max_batch_tokens < data.max_prompt_tokens + rollout.max_new_tokens:
        raise UserError(
            f"rollout.max_batch_tokens={rollout.max_batch_tokens} does not hold one sequence of "
            f"{data.max_prompt_tokens} + {rollout.max_new_tokens} tokens"
        )
    if rollout.name == "vllm" and with_certainties(config.reward):
        asking = "certainties=true" if config.reward.certainties else "name=self_certainty"
        raise UserError(f"reward.{asking}: vLLM gives no sums over the vocabulary; give rollout=transformers")
    with_ray = config.runtime.name == "ray"
    if with_ray and engine_gpus(rollout) > 1 and rollout.placement == "colocated":
        raise UserError(
            f"rollout.vllm.tensor_parallel={rollout.vllm.tensor_parallel}: with runtime=ray an engine over several "
            "GPUs has them for itself; give rollout.placement=split"
        )
    _check_small(config.model, config.optimizer, with_ray)
    if config.reward.name == "custom":
        own_reward(config.reward)
    if config.source.path:
        from oneshot_rlvr.rollout.sources import own_maker  # with torch, as a source of the user's own is

        own_maker(config.source.path)


def _check_source(source: SourceConfig, algorithm: AlgorithmConfig, sleeps: bool, supervised: bool) -> None:
    """UserError for a source of rollouts that does not go with the other settings."""
    names = ("path", "keep_mixed", "choose", "failed_prefixes", "votes", "prefetch")
    values = {name: getattr(source, name) for name in names}
    chosen = [f"source.{name}={str(value).lower() if value is True else value}"
              for name, value in values.items() if value not in (None, "none", False, 0)]  # fmt: skip
    if chosen and supervised:
        raise UserError(f"{chosen[0]}: algorithm=sft samples nothing; drop it")
    rivals = [name for name in chosen if name != "source.prefetch=true"]
    if len(rivals) > 1:
        raise UserError(f"{rivals[1]} does not go with {rivals[0]}: each decides what is sampled; drop one")
    if source.band_low > source.band_high:
        raise UserError(f"source.band_low={source.band_low:g}: must not be above source.band_high={source.band_high:g}")
    if 0 < source.votes < algorithm.group_size:
        raise UserError(
            f"source.votes={source.votes}: must be at least algorithm.group_size={algorithm.group_size}, or 0"
        )
    if source.keep_mixed and algorithm.group_size < 2:
        raise UserError("source.keep_mixed=true: a group of one response is never mixed; give algorithm.group_size=2")
    if source.prefetch and sleeps:
        raise UserError(
            "source.prefetch=true samples while the trainer works, and rollout.vllm.sleep=true gives it the engine's "
            "memory meanwhile; drop either"
        )


def _check_self_play(config: RunConfig, given: list[str]) -> None:
    """UserError for settings of self-play that do not go with each other or with the rest of the run."""
    play, gate, algorithm = config.selfplay, config.selfplay.gate, config.algorithm
    of_world = {"selfplay.gate.live=true": gate.live, f"selfplay.gate.min_depth={gate.min_depth}": gate.min_depth > 0,
                f"selfplay.gate.max_depth={gate.max_depth}": gate.max_depth > 0,
                f"selfplay.gate.deepen={gate.deepen:g}": gate.deepen > 0,
                f"selfplay.depth_bonus={play.depth_bonus:g}": play.depth_bonus > 0,
                "selfplay.proposer=random": play.proposer == "random",
                "selfplay.executor=interpreter": play.executor == "interpreter"}  # fmt: skip
    groups = len(set(play.kinds)) * (1 + (play.train_proposer and play.proposer == "model"))
    refusals = [
        (bool(given), f"data.{given[0] if given else ''} and selfplay.enabled=true are both given; drop either"),
        (config.source.keep_mixed or config.source.prefetch,
         "selfplay.enabled=true is a source of its own; drop source.keep_mixed and source.prefetch"),
        (not registry.algorithm(algorithm).compares_groups,
         f"algorithm.name={algorithm.name}: self-play compares the rollouts of a kind and role; give algorithm=trr_pp"),
        (config.reward.name != "outcome",
         f"reward.name={config.reward.name}: self-play has selfplay.reward and the keys below it; drop it"),
        (not {"deduction", "abduction"} & set(play.kinds),
         f"selfplay.kinds={play.kinds}: induction takes its programs from deduction or abduction; add one of them"),
        (len(set(play.kinds)) < len(play.kinds), f"selfplay.kinds={play.kinds}: a kind is there twice"),
        (play.dialect != "world" and any(of_world.values()),
         f"{next((key for key, on in of_world.items() if on), '')}: only selfplay.dialect=world has it"),
        (0 < gate.max_depth < gate.min_depth,
         f"selfplay.gate.min_depth={gate.min_depth} is above selfplay.gate.max_depth={gate.max_depth}"),
        (play.solver_source == "mc_reuse" and play.mc_temperature != config.rollout.temperature,
         f"selfplay.mc_temperature={play.mc_temperature:g}: selfplay.solver_source=mc_reuse trains on the measuring "
         f"answers, which must be sampled at rollout.temperature={config.rollout.temperature:g}"),
        (play.solver_truth == "majority" and play.solver_source != "mc_reuse",
         "selfplay.solver_truth=majority compares the answers to one task; give selfplay.solver_source=mc_reuse"),
        (algorithm.minibatch_order == "task_blocks" and play.solver_source == "separate"
         and groups % algorithm.updates_per_step > 0,
         f"algorithm.updates_per_step={algorithm.updates_per_step}: the {groups} groups of kinds and roles do not "
         "divide into as many equal updates; give another number, or algorithm.minibatch_order=shuffled"),
    ]  # fmt: skip
    for refused, line in refusals:
        if refused:
            raise UserError(line)


def _check_rows(data: DataConfig, rows: int | None) -> None:
    """UserError where the training set, if its number of rows is known, does not fill a step."""
    if rows is None or rows >= data.prompts_per_step:
        return
    distinct = max(1, rows // data.copies)
    raise UserError(
        f"data: {rows} training rows do not fill a step of data.prompts_per_step={data.prompts_per_step}; "
        f"give data.copies={-(-data.prompts_per_step // distinct)} or data.prompts_per_step={rows}"
    )


def _check_small(model: ModelConfig, optimizer: OptimizerConfig, with_ray: bool) -> None:
    """UserError for settings that save memory and do not go together."""
    lora = model.lora
    if lora.quantization != "none":
        _check_quantized(model, f"model.lora.quantization={lora.quantization}", with_ray)
    if lora.rank and not lora.targets:
        raise UserError(f"model.lora.targets=[]: no layer gets an adapter; choose from {', '.join(LINEAR_LAYERS)}")
    if lora.rank and optimizer.offload:
        raise UserError(
            f"optimizer.offload=true with model.lora.rank={lora.rank}: the optimizer of adapters is small; drop either"
        )
    if optimizer.offload and optimizer.name != "adamw":
        raise UserError(
            f"optimizer.offload=true with optimizer.name={optimizer.name}: moments that are not on the GPU need not be "
            "small; drop either"
        )
    asked = "offload=true" if optimizer.offload else "name=adamw_8bit" if optimizer.name == "adamw_8bit" else None
    if with_ray and asked:
        raise UserError(
            f"optimizer.{asked}: with runtime=ray the optimizer is shared out over the policy workers instead; "
            "give runtime=local, or leave it out"
        )


def _check_quantized(model: ModelConfig, asked: str, with_ray: bool) -> None:
    """UserError for what does not go with a base in 4 bits."""
    if not model.lora.rank:
        raise UserError(f"{asked}: a base in 4 bits is not trained; give adapters too, model.lora.rank=32")
    if with_ray:
        raise UserError(f"{asked}: with runtime=ray the base is cut over the policy workers, and packed weights cannot "
                        "be; give runtime=local")  # fmt: skip
    if model.compile:
        raise UserError(f"{asked}: its layers are not compiled; leave model.compile=true out")


def machine_refusals(config: RunConfig) -> Iterator[str]:
    """Yields a line for each thing that this build or this machine lacks for the run."""
    seen = set()
    for test in (_engines, _parallel, _packages, _kernels, _hardware, _training_data, _validation, _model, _output):
        try:
            test(config)
        except UserError as error:
            if str(error) not in seen:
                seen.add(str(error))
                yield str(error)


HALF = [name for name, size in DTYPES.items() if size == 2]


def _engines(config: RunConfig) -> None:
    if config.runtime.name == "ray" and config.model.dtype == "float16":
        raise UserError("model.dtype=float16: the scale of its loss is kept by runtime=local; or model.dtype=bfloat16")
    if config.runtime.name == "ray" and find_spec("ray") is None:
        raise UserError("runtime.name=ray: ray is not installed here (make setup); runtime=local needs none")
    if config.rollout.name != "vllm":
        return
    _vllm(config)
    if (kind := computed_by_rows(config.model)) is not None:
        raise UserError(
            f"rollout.name=vllm: takes the weights of {', '.join(PACKED)} from training; rollout=transformers samples "
            f"{kind}"
        )


def _parallel(config: RunConfig) -> None:
    shape = model_shape(config.model) if config.rollout.name == "vllm" else None
    if shape is not None:
        require_parallel(config.rollout.vllm.tensor_parallel, shape, "rollout.vllm.tensor_parallel=")


def _packages(config: RunConfig) -> None:
    """UserError for a package of the extra [small] that the run needs and this machine lacks."""
    lora, name = config.model.lora, config.optimizer.name
    wanted = [
        ("peft", f"model.lora.rank={lora.rank}", lora.rank > 0),
        ("bitsandbytes", f"model.lora.quantization={lora.quantization}", lora.quantization != "none"),
        ("bitsandbytes", f"optimizer.name={name}", name == "adamw_8bit"),
    ]
    for package, asked, needed in wanted:
        if needed and find_spec(package) is None:
            raise UserError(f"{asked}: {package} is not installed here; pip install -c constraints.txt -e '.[small]'")


def _elsewhere(runtime: RuntimeConfig) -> bool:
    """True if the workers run on other machines."""
    return runtime.name == "ray" and runtime.ray_address is not None


def _kernels(config: RunConfig) -> None:
    """UserError where this machine lacks what flash attention or torch.compile needs."""
    model = config.model
    if _elsewhere(config.runtime):
        return
    with_gpu = hardware.on_gpu(config.runtime.device)
    half = model.dtype in HALF or (model.dtype == "auto" and with_gpu)
    if model.attention in ("flash", "varlen") and not (with_gpu and half):
        raise UserError(f"model.attention={model.attention}: it needs a GPU and half precision; model.attention=auto")
    if model.attention == "flash" and find_spec("flash_attn") is None:
        raise UserError("model.attention=flash: flash-attn is not installed here; varlen is torch's own")
    if not model.compile:
        return
    if not half:
        raise UserError("model.compile=true: it is for passes in half precision; leave it out, or model.dtype=bfloat16")
    if missing := hardware.missing_to_compile(with_gpu):
        raise UserError(f"model.compile=true: it needs {missing}; leave it out")


def _vllm(config: RunConfig) -> None:
    with_gpu = hardware.on_gpu(config.runtime.device)
    hardware.require_vllm("rollout.name=vllm", with_gpu, "rollout=transformers")
    if not with_gpu and config.rollout.vllm.sleep:
        raise UserError("rollout.vllm.sleep=true: only an engine on a GPU can sleep")
    if not with_gpu and config.rollout.vllm.tensor_parallel > 1:
        raise UserError(f"rollout.vllm.tensor_parallel={config.rollout.vllm.tensor_parallel}: a CPU engine is not cut")


def _validation(config: RunConfig) -> None:
    if config.data.validation is not None and num_validations(config):
        try:
            find_file(validation_name(config.data)[0], "data.validation", config.data.validation_limit)
        except UserError as error:
            raise UserError(f"{error} (or train without: trainer.eval_every=0 trainer.eval_first=false)") from error


def _training_data(config: RunConfig) -> None:
    data = config.data
    if config.selfplay.enabled:
        return
    given = demonstrations(data) if data.demonstrations else None
    _check_rows(data, len(training_problems(data)) if given is None else len(given) * data.copies)


def _model(config: RunConfig) -> None:
    model = config.model
    folder = model_folder(model.path, model.revision)
    if folder is None and hub_is_offline():
        raise UserError(f"model.path={model.path}: not in the hub cache, and HF_HUB_OFFLINE is set")
    if folder is not None and (model.path.startswith("sandbox:") or Path(model.path).expanduser().is_dir()):
        check_model_folder(folder, f"model.path={model.path}", weights=not model.random_init)
        check_chat_template(model, folder)  # a hub model is not checked here: parts may still have to be fetched
    shape = model_shape(model)
    if shape is None:
        return
    longest = config.data.max_prompt_tokens + config.rollout.max_new_tokens
    if longest > shape.max_positions:
        raise UserError(
            f"data.max_prompt_tokens={config.data.max_prompt_tokens} + rollout.max_new_tokens="
            f"{config.rollout.max_new_tokens} is more than the {shape.max_positions} positions of {model.path}"
        )


def _hardware(config: RunConfig) -> None:
    shape = model_shape(config.model)
    found = hardware.gpus()
    if _elsewhere(config.runtime):
        return
    check_threads(config.runtime.threads, "runtime.threads")
    if config.runtime.device == "cuda" and not found:
        raise UserError("runtime.device=cuda: no NVIDIA GPU is visible on this machine; `rlvr doctor` says more")
    if shape is None:
        return
    size = num_parameters(shape)
    with_gpu = hardware.on_gpu(config.runtime.device)
    if not with_gpu and config.runtime.device == "auto" and size >= LARGE_MODEL:
        raise UserError(
            f"model.path={config.model.path} has {size / 1e9:.1f} billion parameters and this machine has no GPU; "
            "try model=tiny_random, or --dry-run (runtime.device=cpu insists)"
        )
    available = found[0].memory_bytes if with_gpu else hardware.memory_bytes()
    workers = worker_counts(config.runtime, config.rollout, len(found))[0] if with_gpu else 1
    memory = memory_estimate(config, shape, with_gpu, available, workers)
    if 0 < available < memory.least:
        place, hint = ("the GPU", "; docs/hardware.md: less with hardware=") if with_gpu else ("this machine", "")
        raise UserError(
            f"model.path={config.model.path}: weights, gradients, optimizer and sampler alone need "
            f"{memory.least / GIB:.1f} GiB, {place} has {available / GIB:.1f} GiB{hint}"
        )
    if 0 < hardware.memory_bytes() < memory.host:
        raise UserError(
            f"optimizer.offload=true: float32 weights and moments need {memory.host / GIB:.1f} GiB of main memory, "
            f"this machine has {hardware.memory_bytes() / GIB:.1f} GiB"
        )
    _shared_memory(config, size, with_gpu)


def _shared_memory(config: RunConfig, size: int, on_gpu: bool) -> None:
    """UserError where weights that go to vLLM as a file in memory have no room there."""
    options, ray = config.rollout.vllm, config.runtime.name == "ray"
    if config.rollout.name != "vllm" or (ray and options.weight_route not in ("auto", "shared_memory")):
        return
    asked_for = ray and options.weight_route == "shared_memory"
    if asked_for or not on_gpu or (not ray and options.tensor_parallel > 1):
        half = config.model.dtype in HALF or (config.model.dtype == "auto" and on_gpu)
        instead = "; or rollout.vllm.weight_route=object_store" if ray else ""
        require_shared_memory(size * (2 if half else 4), instead)


def _output(config: RunConfig) -> None:
    folder = Path(config.trainer.output_dir)
    parent = hardware.existing_parent(folder)
    if not parent.is_dir():
        raise UserError(f"trainer.output_dir={folder}: {parent} is a file, a folder is needed")
    try:
        tempfile.TemporaryFile(dir=parent).close()  # asking os.access says yes to root on a read-only disk
    except OSError as error:
        raise UserError(f"trainer.output_dir={folder}: cannot be written: {error.strerror}") from error
