"""Tests with a real vLLM engine: `make test-vllm`. One engine on the sandbox base serves all that need no run."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from oneshot_rlvr.config.hardware import vllm_installed

# Read when torch and vLLM are imported; a second engine in one process would not read them again.
os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
os.environ.setdefault("TORCH_COMPILE_DISABLE", "1")

HERE = Path(__file__).parent
MISSING = "vLLM is not installed in this environment (make test-vllm makes one that has it)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.vllm)
            if not vllm_installed():
                item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="session")
def base() -> Iterator["Base"]:
    made = Base()
    yield made
    made.engine.close()


class Base:
    """The sandbox base: its weights, a transformers sampler and an engine, and a few prompts."""

    def __init__(self) -> None:
        import copy

        import torch

        from oneshot_rlvr.config.schema import ModelConfig, RunConfig
        from oneshot_rlvr.data.datasets import load_problems
        from oneshot_rlvr.data.prompts import prompt_token_ids
        from oneshot_rlvr.models import load
        from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
        from oneshot_rlvr.rollout.vllm_engine import vllm_sampler

        torch.set_num_threads(1)
        self.model, self.tokenizer = load.build_model(ModelConfig(path="sandbox:base_e"), torch.float32)
        config = RunConfig()
        config.data.max_prompt_tokens, config.rollout.max_new_tokens = 320, 64
        self.config = config
        self.stop_ids = load.stop_ids(self.model, self.tokenizer, [])
        self.prompts = [prompt_token_ids(p, "own", self.tokenizer) for p in load_problems("sandbox_pool")[:12]]
        self.reference = TransformersSampler(copy.deepcopy(self.model), self.tokenizer, 100_000)
        self.engine = vllm_sampler(config, self.model, self.tokenizer, torch.device("cpu"), torch.float32)
        self.version = 0
        self.load(self.weights())

    def weights(self, shift: float = 0.0) -> list[tuple[str, "object"]]:
        """The base's weights; with a shift, another model's: each tensor moved by so much of its own spread."""
        import torch

        generator = torch.Generator().manual_seed(7)
        pairs = []
        for name, parameter in self.model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            pairs.append((name, parameter.detach() + shift * parameter.detach().std() * noise))
        return pairs

    def load(self, pairs: list[tuple[str, "object"]]) -> None:
        """The same weights into both samplers."""
        self.version += 1
        self.reference.load_weights(self.version, pairs)  # type: ignore[arg-type]
        self.engine.load_weights(self.version, pairs)  # type: ignore[arg-type]
