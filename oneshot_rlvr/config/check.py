"""Refuse values of a configuration, each by itself: one line that names the key and what is valid."""

import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from unicodedata import category

from oneshot_rlvr.algorithms.registry import ALGORITHMS, GROUP_ALGORITHMS, NORMALIZATIONS
from oneshot_rlvr.config.hardware import GPUS
from oneshot_rlvr.config.memory import MOMENTS
from oneshot_rlvr.config.overrides import FREE_TEXT
from oneshot_rlvr.config.schema import LINEAR_LAYERS, RunConfig, choice
from oneshot_rlvr.errors import UserError

# Valid names.
ROLLOUTS = ("auto", "transformers", "vllm")
RUNTIMES = ("local", "ray")
WEIGHT_ROUTES = ("auto", "ipc", "nccl", "gloo", "shared_memory", "object_store")
REWARDS = ("outcome", "format", "random", "constant", "inverted", "majority", "custom")
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


def check_values(config: RunConfig) -> None:
    """Names and numbers, each by itself."""
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


