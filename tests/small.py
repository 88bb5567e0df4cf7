"""Workers on the tiny model, made by the code that a run uses, with adapters, offload or 8-bit moments."""

from pathlib import Path
from typing import Any

import torch
from tiny import NumberTokenizer, batch_of, random_rollouts, tiny_model

from oneshot_rlvr.config.schema import AlgorithmConfig, LoraConfig, ModelConfig, OptimizerConfig, RunConfig, ShapeConfig
from oneshot_rlvr.learner.estimate import Batch
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.learner.sequences import TrainSequence
from oneshot_rlvr.learner.update import StepStats, update
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.models import load
from oneshot_rlvr.trainer.build import build_trained

ADVANTAGES = [1.0, -0.5, -0.5, 0.0, 0.0, 0.0, 0.3, 0.4, -0.7, 2.0, -1.0, -1.0]
GRPO = AlgorithmConfig(entropy_coef=0.01, kl_coef=0.05)


def small_config(
    rank: int = 0, algorithm: AlgorithmConfig = GRPO, checkpointing: bool = False, quantization: str = "none",
    **optimizer: Any,
) -> RunConfig:  # fmt: skip
    lora = LoraConfig(rank, alpha=8.0, quantization=quantization)
    model = ModelConfig(path="tiny", attention="packed_sdpa", gradient_checkpointing=checkpointing, lora=lora)
    return RunConfig(model=model, algorithm=algorithm, optimizer=OptimizerConfig(**{"lr": 1e-2} | optimizer))


def small_workers(config: RunConfig, dtype: torch.dtype = torch.float32, shape: ShapeConfig | None = None) -> Workers:
    """Of the tiny model, or of a random one of this shape; adapters, where there are any, are not zero."""
    model = tiny_model() if shape is None else load.random_model(shape, NumberTokenizer(), 0)
    workers = build_trained(config, model, torch.device("cpu"), dtype)
    assert isinstance(workers.policy, PolicyWorker)
    generator = torch.Generator().manual_seed(5)
    for name, parameter in workers.policy.language_model.named_parameters():
        if ".lora_B." in name:
            parameter.data = 0.1 * torch.randn(parameter.shape, generator=generator)
    return workers


def one_update(workers: Workers, micro_batch_tokens: int = 40) -> StepStats:
    return update(workers, batch(), workers.policy.algorithm, micro_batch_tokens, constant=20.0)


def batch() -> Batch:
    return batch_of(random_rollouts(), ADVANTAGES)


def sequences() -> list[TrainSequence]:
    return batch().sequences


class NoTokenizer:
    def save_pretrained(self, folder: Path) -> None:
        (folder / "tokenizer.json").write_text("{}")
