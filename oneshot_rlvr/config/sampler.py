"""The sampler of a run whose configuration leaves it open, and the folder of its files."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from oneshot_rlvr.config.hardware import auto_engine, on_gpu
from oneshot_rlvr.config.schema import RunConfig, with_certainties
from oneshot_rlvr.config.shapes import computed_by_rows
from oneshot_rlvr.files import load_yaml


def run_path(config: RunConfig) -> Path:
    """The run's folder: runs/<experiment>/<name>. The name defaults to the seed, so a command finds its run again."""
    name = config.trainer.name or f"seed{config.trainer.seed}"
    return Path(config.trainer.output_dir) / config.experiment / name


def resolved(config: RunConfig) -> tuple[RunConfig, str | None]:
    """The configuration with `rollout=auto` decided, and a line that says so; a run that began stays with its sampler.

    A cluster elsewhere is taken to have GPUs where runtime.device=cuda says so.
    """
    if config.rollout.name != "auto":
        return config, None
    found = on_gpu(config.runtime.device) or config.runtime.device == "cuda"
    name, why = auto_engine(found), "vLLM is installed and there is a GPU"
    if name == "transformers":
        why = "vLLM is not installed here" if found else "no GPU here"
    if name == "vllm" and (kind := computed_by_rows(config.model)) is not None:
        name, why = "transformers", f"{kind} is computed row by row"
    if name == "vllm" and with_certainties(config.reward):
        name, why = "transformers", "vLLM gives no certainties"
    if (before := recorded_settings(config)) is not None:
        name, why = str(before["rollout"]["name"]), "as the run began"
    return with_sampler(config, name), f"rollout=auto: samples with {name} ({why})"


def with_sampler(config: RunConfig, name: str) -> RunConfig:
    """A copy of the configuration with `rollout.name=<name>`."""
    return replace(config, rollout=replace(config.rollout, name=name))


def recorded_settings(config: RunConfig) -> dict[str, Any] | None:
    """The settings that an existing run began with; None if there is no run or they cannot be read."""
    import yaml

    try:
        values = load_yaml((run_path(config) / "config.yaml").read_text(encoding="utf-8"))
        return values if str(values["rollout"]["name"]) else None
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, KeyError):
        return None  # a damaged file is refused, with its name, when the run continues
