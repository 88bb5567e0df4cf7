"""What worker processes of test_routes.py import: models of the sandbox base, and a sender that ends in mid-update."""

import os
import signal
from pathlib import Path
from typing import Any

import torch

from oneshot_rlvr.config.schema import AlgorithmConfig, ModelConfig, RunConfig
from oneshot_rlvr.models import load
from oneshot_rlvr.trainer import build_ray
from oneshot_rlvr.trainer.build import build_trained

KILLED = "RLVR_TEST_KILLED"  # a file that does not exist yet
FAILING = "RLVR_TEST_FAILING"  # a file; while it exists, engines fail when tensors come


def config() -> RunConfig:
    found = RunConfig(model=ModelConfig(path="sandbox:base_e"), algorithm=AlgorithmConfig(kl_coef=0.0))
    found.data.max_prompt_tokens, found.rollout.max_new_tokens = 200, 56
    found.rollout.vllm.kv_cache_gb = 0.125
    return found


def policy(shard: Any) -> tuple[Any, Any]:
    """In a policy worker."""
    model, tokenizer = load.build_model(config().model, torch.float32)
    return build_trained(config(), model, torch.device("cpu"), torch.float32, shard), tokenizer


def engine(backend: str) -> Any:
    """In a rollout worker."""
    from oneshot_rlvr.workers.rollout_vllm import prepare_environment, vllm_sampler

    prepare_environment(on_cpu=True)
    from oneshot_rlvr.workers.weight_broadcast import GlooReceiver

    real = GlooReceiver.receive_weights

    def receive(self: GlooReceiver, info: Any) -> None:
        if Path(os.environ[FAILING]).exists():
            raise ValueError("planted")
        real(self, info)

    GlooReceiver.receive_weights = receive
    model, tokenizer = load.build_model(config().model, torch.float32)
    return vllm_sampler(config(), model, tokenizer, torch.device("cpu"), torch.float32, backend)


def train_side_killed_once(run: RunConfig, device: str, shard: Any) -> tuple[Any, Any]:
    """As build_ray.train_side, but rank 0 is killed in the middle of the second update that is handed over."""
    workers, tokenizer = build_ray.train_side(run, device, shard)
    real, passes = workers.policy.weights, [0]

    def weights() -> Any:
        passes[0] += 1  # the first is for the shapes, the second for the weights of the start
        for n, pair in enumerate(real()):
            flag = Path(os.environ[KILLED])
            if passes[0] == 3 and n == 5 and torch.distributed.get_rank() == 0 and not flag.exists():
                flag.write_text(str(os.getpid()))
                os.kill(os.getpid(), signal.SIGKILL)
            yield pair

    workers.policy.weights = weights
    return workers, tokenizer
