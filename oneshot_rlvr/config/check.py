"""Refuse what cannot work before anything heavy is imported: each fault one line, in under two seconds.

`check` raises; `machine_refusals` lists what this machine lacks, for `--dry-run`, which goes on all the same.
"""

import importlib.util
import math
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from unicodedata import category

from oneshot_rlvr.config.hardware import GIB, GPUS, existing_parent, gpus, memory_bytes, missing_to_compile
from oneshot_rlvr.config.memory import MOMENTS, memory_estimate
from oneshot_rlvr.config.model_files import check_model_files, read_json, sliding_window
from oneshot_rlvr.config.overrides import FREE_TEXT
from oneshot_rlvr.config.schedule import num_validations
from oneshot_rlvr.config.schema import LINEAR_LAYERS, RunConfig, choice
from oneshot_rlvr.config.shapes import hub_is_offline, model_folder, model_shape, num_parameters
from oneshot_rlvr.config.transfer import require_parallel, require_shared_memory
from oneshot_rlvr.config.workers import worker_counts
from oneshot_rlvr.errors import UserError

# Valid names.
GROUP_ALGORITHMS = ("grpo", "dr_grpo", "rloo")  # need two rollouts to compare
ALGORITHMS = (*GROUP_ALGORITHMS, "reinforce_pp", "ppo")
ROLLOUTS = ("auto", "transformers", "vllm")
RUNTIMES = ("local", "ray")
WEIGHT_ROUTES = ("auto", "ipc", "nccl", "gloo", "shared_memory", "object_store")
REWARDS = ("outcome", "format", "random", "constant", "inverted", "majority", "custom")
NORMALIZATIONS = ("token_mean", "sequence_mean", "constant", "official")
HEALTH_RULES = (
    "nonfinite", "mismatch", "stale_weights", "grader_errors", "constant_groups", "entropy_collapse", "entropy_blowup",
    "truncation", "reference_kl",
)  # fmt: skip

BOUNDS = (  # of which infinity means none
    "algorithm.kl_clamp", "algorithm.clip_ratio", "algorithm.rollout_correction_cap", "optimizer.clip_norm",
    "critic.value_clip", "rollout.probe_bound", "health.mismatch_mean", "health.mismatch_k1", "health.mismatch_k3",
    "health.entropy_high_factor", "health.reference_kl_high", "trainer.progress_seconds",
)  # fmt: skip
LARGEST = 2**31 - 1  # of every whole number; a larger one is a slip of the keyboard
THREADS = 8  # a processor, at most: more only wait for each other, and many more cannot be started

LEAST_GRADER_MB = 256  # a grading process takes 70 before it has read an answer, and ends without a word below 128
LARGE_MODEL = 1_000_000_000  # parameters from which a CPU would need hours for one step


def check(config: RunConfig) -> None:
    """UserError for the first thing that is wrong with a run on this machine. `rollout=auto` has been decided."""
    check_values(config)
    check_batch(config)
    for refusal in machine_refusals(config):
        raise UserError(refusal)


def check_values(config: RunConfig) -> None:
    """Names and numbers, each by itself."""
    from oneshot_rlvr.data.prompts import parse_template
    from oneshot_rlvr.grading.graders import GRADERS

    choice(config.algorithm.name, ALGORITHMS, "algorithm.name")
    choice(config.rollout.name, ROLLOUTS, "rollout.name")
    choice(config.runtime.name, RUNTIMES, "runtime.name")
    choice(config.runtime.device, ("auto", "cpu", "cuda"), "runtime.device")
    choice(config.runtime.planned_gpu, tuple(GPUS), "runtime.planned_gpu")
    choice(config.optimizer.name, tuple(MOMENTS), "optimizer.name")
    choice(config.rollout.placement, ("colocated", "split"), "rollout.placement")
    choice(config.rollout.vllm.weight_route, WEIGHT_ROUTES, "rollout.vllm.weight_route")
    choice(config.algorithm.normalization, NORMALIZATIONS, "algorithm.normalization")
    choice(config.reward.name, REWARDS, "reward.name")
    choice(config.reward.grader, GRADERS, "reward.grader")
    choice(config.eval.grader, GRADERS, "eval.grader")
    choice(config.data.group_copies, ("separate", "merged"), "data.group_copies")
    choice(config.trainer.resume, ("auto", "never"), "trainer.resume")
    choice(config.trainer.keep_rollouts, ("all", "best_worst", "none"), "trainer.keep_rollouts")
    choice(config.checkpoint.trainer_state, ("all", "last"), "checkpoint.trainer_state")
    choice(config.algorithm.rollout_correction, ("none", "tis"), "algorithm.rollout_correction")
    choice(config.checkpoint.dtype, ("bfloat16", "float32"), "checkpoint.dtype")
    choice(config.logger.wandb_mode, ("online", "offline"), "logger.wandb_mode")
    choice(config.model.dtype, ("auto", "bfloat16", "float32"), "model.dtype")
    choice(config.model.attention, ("auto", "flash", "varlen", "packed_sdpa"), "model.attention")
    for target in config.model.lora.targets:
        choice(target, LINEAR_LAYERS, "model.lora.targets")
    for rule in HEALTH_RULES:
        choice(getattr(config.health, rule), ("stop", "warn", "off"), f"health.{rule}")
    parse_template(config.model.template)
    if config.trainer.name is not None:
        check_name(config.trainer.name, "trainer.name", "trainer.output_dir")
    check_numbers(config, _lower_bounds(config), _positive(config), _shares(config))
    if config.algorithm.name in GROUP_ALGORITHMS and config.algorithm.group_size < 2:
        raise UserError(
            f"algorithm.group_size={config.algorithm.group_size}: must be at least 2, as algorithm.name="
            f"{config.algorithm.name} compares the rollouts of a group; reinforce_pp and ppo take single ones"
        )


def check_numbers(
    config: object, lower: Iterable[tuple[str, float, float]], positive: Iterable[tuple[str, float]],
    shares: Iterable[tuple[str, float]],
) -> None:  # fmt: skip
    """Every number of a configuration is finite, every seed at least 0, every text on one line; (key, value, least),
    (key, value) and (key, value) are in bounds."""
    for key, value in _values(config):
        if isinstance(value, float) and (math.isnan(value) or (math.isinf(value) and key not in BOUNDS)):
            raise UserError(f"{key}={value}: must be a finite number")
        if isinstance(value, int) and value > LARGEST:
            raise UserError(f"{key}={value}: must be at most {LARGEST}")
        if isinstance(value, int) and value < 0 and key.endswith("seed"):
            raise UserError(f"{key}={value}: must be at least 0")
        if isinstance(value, str) and key not in FREE_TEXT:
            check_printable(value, key)
    for key, value, low in lower:
        if not value >= low:  # also refuses nan
            raise UserError(f"{key}={value}: must be at least {low}")
    for key, value in positive:
        if not value > 0:
            raise UserError(f"{key}={value}: must be above 0")
    for key, value in shares:
        if not 0 <= value <= 1:
            raise UserError(f"{key}={value}: must be between 0 and 1")


def _values(section: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Dotted key and value of everything that is no section itself."""
    for item in fields(section):  # type: ignore[arg-type]
        value = getattr(section, item.name)
        if is_dataclass(value):
            yield from _values(value, f"{prefix}{item.name}.")
        else:
            yield f"{prefix}{item.name}", value


def check_printable(text: str, key: str) -> None:
    """UserError for a line break or another control character: the text is printed, and may name a folder."""
    if any(category(char) == "Cc" for char in text):
        raise UserError(f"{key}={text!r}: holds a control character, such as a line break")


def _lower_bounds(config: RunConfig) -> list[tuple[str, float, float]]:
    data, algorithm, trainer, checkpoint = config.data, config.algorithm, config.trainer, config.checkpoint
    return [
        ("data.copies", data.copies, 1),
        ("data.prompts_per_step", data.prompts_per_step, 1),
        ("data.max_prompt_tokens", data.max_prompt_tokens, 1),
        ("data.validation_limit", 1 if data.validation_limit is None else data.validation_limit, 1),
        ("algorithm.group_size", algorithm.group_size, 1),
        ("algorithm.updates_per_step", algorithm.updates_per_step, 1),
        ("algorithm.official_gpus", algorithm.official_gpus, 1),
        ("algorithm.normalization_constant", algorithm.normalization_constant, 0),
        ("algorithm.kl_coef", algorithm.kl_coef, 0),
        ("model.lora.rank", config.model.lora.rank, 0),
        ("optimizer.weight_decay", config.optimizer.weight_decay, 0),
        ("optimizer.warmup_steps", config.optimizer.warmup_steps, 0),
        ("reward.workers", config.reward.workers, 1),
        ("reward.memory_mb", config.reward.memory_mb, LEAST_GRADER_MB),
        ("rollout.max_new_tokens", config.rollout.max_new_tokens, 1),
        ("rollout.max_batch_tokens", config.rollout.max_batch_tokens, 1),
        ("rollout.probe_bound", config.rollout.probe_bound, 0),
        ("health.mismatch_mean", config.health.mismatch_mean, 0),
        ("health.mismatch_k1", config.health.mismatch_k1, 0),
        ("health.mismatch_k3", config.health.mismatch_k3, 0),
        ("rollout.vllm.tensor_parallel", config.rollout.vllm.tensor_parallel, 1),
        ("rollout.vllm.kv_cache_gb", config.rollout.vllm.kv_cache_gb, 0),
        ("rollout.vllm.max_num_seqs", config.rollout.vllm.max_num_seqs, 1),
        ("rollout.vllm.max_model_len", config.rollout.vllm.max_model_len, 0),
        ("runtime.threads", config.runtime.threads, 0),
        ("runtime.policy_workers", config.runtime.policy_workers, 0),
        ("runtime.rollout_workers", config.runtime.rollout_workers, 0),
        ("runtime.restarts", config.runtime.restarts, 0),
        ("trainer.total_steps", trainer.total_steps, 1 + config.compat.stop_one_step_early),
        ("trainer.micro_batch_tokens", trainer.micro_batch_tokens, 1),
        ("trainer.logprob_chunk_tokens", trainer.logprob_chunk_tokens, 0),
        ("trainer.eval_every", trainer.eval_every, 0),
        ("trainer.grad_terms_every", trainer.grad_terms_every, 0),
        ("checkpoint.every", checkpoint.every, 0),
        ("checkpoint.keep_last", checkpoint.keep_last, 0),
        ("checkpoint.keep_every", checkpoint.keep_every, 0),
        ("eval.temperature", config.eval.temperature, 0),
        ("eval.samples", config.eval.samples, 1),
        ("eval.sampled", config.eval.sampled, 0),
        ("critic.warmup_updates", config.critic.warmup_updates, 0),
        ("eval.max_new_tokens", config.eval.max_new_tokens, 0),
        ("health.constant_steps", config.health.constant_steps, 1),
        ("health.patience_steps", config.health.patience_steps, 1),
        ("health.entropy_low_share", config.health.entropy_low_share, 0),
        ("health.entropy_high_factor", config.health.entropy_high_factor, 1),
    ]


def _positive(config: RunConfig) -> list[tuple[str, float]]:
    optimizer = config.optimizer
    return [
        ("algorithm.clip_ratio", config.algorithm.clip_ratio),
        ("algorithm.advantage_eps", config.algorithm.advantage_eps),
        ("algorithm.kl_clamp", config.algorithm.kl_clamp),
        ("model.lora.alpha", config.model.lora.alpha),
        ("optimizer.lr", optimizer.lr),
        ("optimizer.eps", optimizer.eps),
        ("optimizer.clip_norm", optimizer.clip_norm),
        ("critic.lr", config.critic.lr),
        ("critic.value_clip", config.critic.value_clip),
        ("algorithm.rollout_correction_cap", config.algorithm.rollout_correction_cap),
        ("reward.timeout_seconds", config.reward.timeout_seconds),
        ("rollout.temperature", config.rollout.temperature),
        ("rollout.top_p", config.rollout.top_p),
        ("runtime.timeout_seconds", config.runtime.timeout_seconds),
        ("runtime.start_seconds", config.runtime.start_seconds),
        ("trainer.progress_seconds", config.trainer.progress_seconds),
        ("health.reference_kl_high", config.health.reference_kl_high),
        ("logger.wandb_timeout_seconds", config.logger.wandb_timeout_seconds),
    ]


def _shares(config: RunConfig) -> list[tuple[str, float]]:
    return [
        ("data.label_noise", config.data.label_noise),
        ("reward.probability", config.reward.probability),
        ("algorithm.gamma", config.algorithm.gamma),
        ("algorithm.lam", config.algorithm.lam),
        ("reward.max_error_share", config.reward.max_error_share),
        ("rollout.top_p", config.rollout.top_p),
        ("rollout.vllm.gpu_memory_utilization", config.rollout.vllm.gpu_memory_utilization),
        ("health.truncated_share", config.health.truncated_share),
        ("health.mismatch_share", config.health.mismatch_share),
        ("optimizer.beta1", config.optimizer.beta1),
        ("optimizer.beta2", config.optimizer.beta2),
    ]


def check_name(name: str, key: str, folder_key: str) -> None:
    if not name.strip() or name == ".." or Path(name).name != name:
        raise UserError(f"{key}={name}: one folder's name, without a path ({folder_key} says where)")


def check_threads(threads: int, key: str) -> None:
    processors = os.cpu_count() or 1
    if threads > THREADS * processors:
        raise UserError(f"{key}={threads}: this machine has {processors} processors")


def check_batch(config: RunConfig) -> None:
    """The batch algebra, and whatever else the values decide together without a look at the machine."""
    data, algorithm = config.data, config.algorithm
    given = [name for name in ("file", "examples", "problem") if getattr(data, name)]
    if not given:
        raise UserError(
            "nothing to train on: give +experiment=NAME, data.examples=[pi1], data.file=FILE, "
            "or data.problem=TEXT with data.answer=TEXT"
        )
    if len(given) > 1:
        drop = " or ".join({"examples": "data.examples=[]"}.get(name, f"data.{name}=null") for name in given)
        raise UserError(f"data.{given[0]} and data.{given[1]} are both given; drop one with {drop}")
    if data.prompts_per_step % algorithm.updates_per_step:
        raise UserError(
            f"data.prompts_per_step={data.prompts_per_step} does not divide into "
            f"algorithm.updates_per_step={algorithm.updates_per_step} equal updates"
        )
    if config.eval.samples > 1 and config.eval.temperature == 0:
        raise UserError(
            f"eval.samples={config.eval.samples}: at eval.temperature=0 all samples of a problem are the same; give "
            f"eval.temperature too, or eval.sampled={config.eval.samples}"
        )
    _check_rows(config)
    _check_merged(config)
    _check_lengths(config)
    _check_workers(config)
    _check_small(config)
    if config.reward.name == "custom":
        from oneshot_rlvr.rollout.rewards import own_reward

        own_reward(config.reward.path)


def _check_rows(config: RunConfig) -> None:
    """Where the number of rows is known without a file, it must fill a step."""
    rows = known_rows(config)
    if rows is not None and rows < config.data.prompts_per_step:
        raise too_few_rows(rows, config)


def too_few_rows(rows: int, config: RunConfig) -> UserError:
    data = config.data
    distinct = max(1, rows // data.copies)
    return UserError(
        f"data: {rows} training rows do not fill a step of data.prompts_per_step={data.prompts_per_step}; "
        f"give data.copies={-(-data.prompts_per_step // distinct)} or data.prompts_per_step={rows}"
    )


def known_rows(config: RunConfig) -> int | None:
    """Rows of the training set as far as configuration and configs/data/set_sizes.json tell; None if a file must."""
    from oneshot_rlvr.config.set_sizes import EMPTY_ANSWERS, set_sizes

    data = config.data
    if data.examples:
        return len(data.examples) * data.copies
    if data.problem:
        return data.copies
    size = set_sizes().get(data.file or "")
    if size is None:
        return None
    dropped = EMPTY_ANSWERS.get(data.file or "", 0) if data.empty_answers == "drop" else 0
    return (size - dropped) * data.copies


def _check_merged(config: RunConfig) -> None:
    if config.data.group_copies == "merged" and config.algorithm.updates_per_step > 1:
        raise UserError(
            "data.group_copies=merged puts a step's copies into one group, which cannot be cut into "
            f"algorithm.updates_per_step={config.algorithm.updates_per_step}; use separate, or one update"
        )


def _check_lengths(config: RunConfig) -> None:
    prompt, response = config.data.max_prompt_tokens, config.rollout.max_new_tokens
    if config.rollout.max_batch_tokens < prompt + response:
        raise UserError(
            f"rollout.max_batch_tokens={config.rollout.max_batch_tokens} does not hold one sequence of "
            f"{prompt} + {response} tokens"
        )


def _check_workers(config: RunConfig) -> None:
    """What a placement cannot hold; whether the cluster is large enough is seen when it has been reached."""
    runtime, rollout = config.runtime, config.rollout
    if runtime.name != "ray" or rollout.placement != "colocated":
        return
    if rollout.name == "vllm" and rollout.vllm.tensor_parallel > 1:
        raise UserError(
            f"rollout.vllm.tensor_parallel={rollout.vllm.tensor_parallel}: with runtime=ray an engine over several "
            "GPUs has them for itself; give rollout.placement=split"
        )


def _check_small(config: RunConfig) -> None:
    """What saves memory, and does not go together."""
    optimizer, lora = config.optimizer, config.model.lora
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
    if config.runtime.name != "ray":
        return
    for key, given in (("offload=true", optimizer.offload), ("name=adamw_8bit", optimizer.name == "adamw_8bit")):
        if given:
            raise UserError(
                f"optimizer.{key}: with runtime=ray the optimizer is shared out over the policy workers instead; "
                "give runtime=local, or leave it out"
            )


def machine_refusals(config: RunConfig) -> Iterator[str]:
    """One line for each thing that this build or this machine lacks for the run; what cannot be fetched comes first."""
    seen = set()
    for test in (_engines, _parallel, _packages, _kernels, _hardware, _training_data, _validation, _model, _output):
        try:
            test(config)
        except UserError as error:
            if str(error) not in seen:
                seen.add(str(error))
                yield str(error)


def _engines(config: RunConfig) -> None:
    if config.runtime.name == "ray" and importlib.util.find_spec("ray") is None:
        raise UserError("runtime.name=ray: ray is not installed here (make setup); runtime=local needs none")
    if config.rollout.name == "vllm":
        _vllm(config)


def _parallel(config: RunConfig) -> None:
    shape = model_shape(config.model) if config.rollout.name == "vllm" else None
    if shape is not None:
        require_parallel(config.rollout.vllm.tensor_parallel, shape, "rollout.vllm.tensor_parallel=")


def _packages(config: RunConfig) -> None:
    """Of the extra [small]."""
    rank, name = config.model.lora.rank, config.optimizer.name
    wanted: dict[str, tuple[str, object, bool]] = {
        "peft": ("model.lora.rank", rank, rank > 0),
        "bitsandbytes": ("optimizer.name", name, name == "adamw_8bit"),
    }
    for package, (key, value, needed) in wanted.items():
        if needed and importlib.util.find_spec(package) is None:
            raise UserError(
                f"{key}={value}: {package} is not installed here; pip install -c constraints.txt -e '.[small]'"
            )


def _elsewhere(config: RunConfig) -> bool:
    """The workers' machines are others than this."""
    return config.runtime.name == "ray" and config.runtime.ray_address is not None


def on_gpu(config: RunConfig) -> bool:
    """Whether work on this machine is done on a GPU."""
    return config.runtime.device != "cpu" and bool(gpus())


def _kernels(config: RunConfig) -> None:
    """What flash attention and torch.compile need."""
    model = config.model
    if _elsewhere(config):
        return
    with_gpu = on_gpu(config)
    half = model.dtype == "bfloat16" or (model.dtype == "auto" and with_gpu)
    if model.attention in ("flash", "varlen") and not (with_gpu and half):
        raise UserError(f"model.attention={model.attention}: it needs a GPU and half precision; model.attention=auto")
    if model.attention == "flash" and importlib.util.find_spec("flash_attn") is None:
        raise UserError("model.attention=flash: flash-attn is not installed here; varlen is torch's own")
    if not model.compile:
        return
    if not half:
        raise UserError("model.compile=true: it is for passes in half precision; leave it out, or model.dtype=bfloat16")
    if missing := missing_to_compile(with_gpu):
        raise UserError(f"model.compile=true: it needs {missing}; leave it out")


def vllm_installed() -> bool:
    """Without importing it, which takes seconds. A mere folder of that name has no origin."""
    found = importlib.util.find_spec("vllm")
    return found is not None and found.origin is not None


def auto_engine(with_gpu: bool) -> str:
    """The engine that `auto` stands for: vLLM where it is installed and there is a GPU, else transformers."""
    return "vllm" if with_gpu and vllm_installed() else "transformers"


def require_vllm(asked: str, on_gpu: bool, instead: str) -> None:
    """UserError with the command that installs it. `asked` is the setting that wants it, `instead` another choice."""
    if not vllm_installed():
        remedy = "pip install -c constraints.txt -e '.[gpu]'" if on_gpu else "`make vllm` makes .venv-vllm with it"
        raise UserError(f"{asked}: vLLM is not installed here; {remedy}; or use {instead}")


def _vllm(config: RunConfig) -> None:
    with_gpu = on_gpu(config)
    require_vllm("rollout.name=vllm", with_gpu, "rollout=transformers")
    if not with_gpu and config.rollout.vllm.sleep:
        raise UserError("rollout.vllm.sleep=true: only an engine on a GPU can sleep")
    if not with_gpu and config.rollout.vllm.tensor_parallel > 1:
        raise UserError(f"rollout.vllm.tensor_parallel={config.rollout.vllm.tensor_parallel}: a CPU engine is not cut")


def _validation(config: RunConfig) -> None:
    from oneshot_rlvr.data.registry import find_file

    if config.data.validation is not None and num_validations(config):
        try:
            find_file(config.data.validation, "data.validation")
        except UserError as error:
            raise UserError(f"{error} (or train without: trainer.eval_every=0 trainer.eval_first=false)") from error


def _training_data(config: RunConfig) -> None:
    from oneshot_rlvr.data.training_set import training_problems

    rows = len(training_problems(config.data))
    if rows < config.data.prompts_per_step:
        raise too_few_rows(rows, config)


def _model(config: RunConfig) -> None:
    model = config.model
    folder = model_folder(model.path, model.revision)
    if folder is None and hub_is_offline():
        raise UserError(f"model.path={model.path}: not in the hub cache, and HF_HUB_OFFLINE is set")
    if folder is not None:
        in_cache = not model.path.startswith("sandbox:") and not Path(model.path).expanduser().is_dir()
        check_model_files(model, folder, whole=not in_cache)
    shape = model_shape(model)
    if shape is None:
        return
    window = None if folder is None or model.random_init else sliding_window(read_json(folder / "config.json"))
    longest = config.data.max_prompt_tokens + config.rollout.max_new_tokens
    if longest > shape.max_positions:
        raise UserError(
            f"data.max_prompt_tokens={config.data.max_prompt_tokens} + rollout.max_new_tokens="
            f"{config.rollout.max_new_tokens} is more than the {shape.max_positions} positions of {model.path}"
        )
    if window is not None and longest > window:
        raise UserError(
            f"model.path={model.path}: uses sliding-window attention over {window} tokens, which is not supported "
            f"where a prompt and its response may have {longest} (data.max_prompt_tokens + rollout.max_new_tokens)"
        )


def _hardware(config: RunConfig) -> None:
    shape = model_shape(config.model)
    found = gpus()
    if _elsewhere(config):
        return
    check_threads(config.runtime.threads, "runtime.threads")
    if config.runtime.device == "cuda" and not found:
        raise UserError("runtime.device=cuda: no NVIDIA GPU is visible on this machine; `rlvr doctor` says more")
    if shape is None:
        return
    size = num_parameters(shape)
    with_gpu = on_gpu(config)
    if not with_gpu and config.runtime.device == "auto" and size >= LARGE_MODEL:
        raise UserError(
            f"model.path={config.model.path} has {size / 1e9:.1f} billion parameters and this machine has no GPU; "
            "try model=tiny_random, or --dry-run (runtime.device=cpu insists)"
        )
    available = found[0].memory_bytes if with_gpu else memory_bytes()
    workers = worker_counts(config, len(found))[0] if with_gpu else 1
    memory = memory_estimate(config, shape, with_gpu, available, workers)
    if 0 < available < memory.least:
        place, hint = ("the GPU", "; docs/hardware.md: less with hardware=") if with_gpu else ("this machine", "")
        raise UserError(
            f"model.path={config.model.path}: weights, gradients, optimizer and sampler alone need "
            f"{memory.least / GIB:.1f} GiB, {place} has {available / GIB:.1f} GiB{hint}"
        )
    if 0 < memory_bytes() < memory.host:
        raise UserError(
            f"optimizer.offload=true: float32 weights and moments need {memory.host / GIB:.1f} GiB of main memory, "
            f"this machine has {memory_bytes() / GIB:.1f} GiB"
        )
    _shared_memory(config, size, with_gpu)


def _shared_memory(config: RunConfig, size: int, on_gpu: bool) -> None:
    """Weights that go to vLLM as a file in memory need room there."""
    options, ray = config.rollout.vllm, config.runtime.name == "ray"
    if config.rollout.name != "vllm" or (ray and options.weight_route not in ("auto", "shared_memory")):
        return
    asked_for = ray and options.weight_route == "shared_memory"
    if asked_for or not on_gpu or (not ray and options.tensor_parallel > 1):
        half = config.model.dtype == "bfloat16" or (config.model.dtype == "auto" and on_gpu)
        instead = "; or rollout.vllm.weight_route=object_store" if ray else ""
        require_shared_memory(size * (2 if half else 4), instead)


def _output(config: RunConfig) -> None:
    folder = Path(config.trainer.output_dir)
    parent = existing_parent(folder)
    if not parent.is_dir():
        raise UserError(f"trainer.output_dir={folder}: {parent} is a file, a folder is needed")
    try:
        tempfile.TemporaryFile(dir=parent).close()  # asking os.access says yes to root on a read-only disk
    except OSError as error:
        raise UserError(f"trainer.output_dir={folder}: cannot be written: {error.strerror}") from error
