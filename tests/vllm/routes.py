"""What worker processes of test_routes.py import: models of the sandbox base, and a sender that ends in mid-update."""

import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from oneshot_rlvr.cluster import placement
from oneshot_rlvr.config.schema import AlgorithmConfig, ModelConfig, RunConfig
from oneshot_rlvr.models import load
from oneshot_rlvr.trainer.build import build_trained

KILLED = "RLVR_TEST_KILLED"  # a file that does not exist yet
FAILING = "RLVR_TEST_FAILING"  # a file; while it exists, engines fail when tensors come


def config() -> RunConfig:
    found = RunConfig(model=ModelConfig(path="sandbox:base_e"), algorithm=AlgorithmConfig(kl_coef=0.0))
    found.data.max_prompt_tokens, found.rollout.max_new_tokens = 200, 56
    found.rollout.vllm.kv_cache_gb = 0.125
    return found


def prepare_gloo() -> None:
    """In any worker that may take the route gloo."""
    from oneshot_rlvr.rollout.vllm_engine import prepare_environment

    prepare_environment(on_cpu=True)
    import gloo_twin  # noqa: F401  (registers itself)


def policy(shard: Any) -> tuple[Any, Any]:
    """In a policy worker."""
    prepare_gloo()
    model, tokenizer = load.build_model(config().model, torch.float32)
    return build_trained(config(), model, torch.device("cpu"), torch.float32, shard), tokenizer


def engine(backend: str) -> Any:
    """In a rollout worker."""
    from oneshot_rlvr.rollout.vllm_engine import prepare_environment, vllm_sampler

    prepare_environment(on_cpu=True)
    from gloo_twin import GlooReceiver

    real = GlooReceiver.receive_weights

    def receive(self: GlooReceiver, info: Any) -> None:
        if Path(os.environ[FAILING]).exists():
            raise ValueError("planted")
        real(self, info)

    GlooReceiver.receive_weights = receive
    model, tokenizer = load.build_model(config().model, torch.float32)
    return vllm_sampler(config(), model, tokenizer, torch.device("cpu"), torch.float32, backend)


class WithoutGpu:
    """Stands for `torch` in the modules of vLLM's CUDA IPC: a GPU's memory is a file that both processes map."""

    def __init__(self, uuid: str) -> None:
        self.uuid = uuid
        self.paths: dict[int, str] = {}
        stream = SimpleNamespace(synchronize=lambda: None)
        self.accelerator = SimpleNamespace(current_device_index=lambda: 0)
        self.cuda = SimpleNamespace(
            current_stream=lambda: stream, synchronize=lambda: None, ipc_collect=lambda: None,
            get_device_properties=lambda index: SimpleNamespace(uuid=uuid),
        )  # fmt: skip

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)

    def empty(self, size: int, dtype: torch.dtype, device: str) -> torch.Tensor:
        assert device == "cuda"
        path = str(Path(os.environ[FAILING]).parent / f"{self.uuid}-{os.getpid()}-{len(self.paths)}")
        buffer = torch.from_file(path, shared=True, size=size, dtype=dtype)
        self.paths[buffer.data_ptr()] = path
        return buffer

    def reduce_tensor(self, buffer: torch.Tensor) -> tuple[None, tuple[Any, ...]]:
        """Seven arguments, as of a CUDA tensor: the last is the device, which the receiver puts in."""
        return None, (self.paths[buffer.data_ptr()], len(buffer), 0, 0, 0, 0, 0)

    def rebuild(self, path: str, size: int, *_: Any) -> torch.Tensor:
        assert Path(path).name.startswith(f"{self.uuid}-"), f"{self.uuid} was given a handle of another GPU: {path}"
        return torch.from_file(path, shared=True, size=size, dtype=torch.uint8)

    def install(self) -> None:
        from torch.multiprocessing import reductions

        from oneshot_rlvr.config import transfer
        from oneshot_rlvr.rollout.vllm_engine import prepare_environment

        prepare_environment(on_cpu=True)
        from vllm.distributed.weight_transfer import ipc_engine, packed_tensor

        from oneshot_rlvr.weights import transfer as hand_over

        modules: list[Any] = [ipc_engine, packed_tensor]
        for module in modules:
            module.torch = self
        packed_tensor.reduce_tensor = self.reduce_tensor
        reductions.rebuild_cuda_tensor = self.rebuild
        hand_over.ON_GPU = ()
        transfer.BUFFER_BYTES = 200_000  # the model has 1,505,280 bytes, its largest tensor 172,032


def policy_with_ipc(shard: Any) -> tuple[Any, Any]:
    """In a policy worker, rank n on GPU n."""
    WithoutGpu(f"GPU{torch.distributed.get_rank()}").install()
    return policy(shard)


def engine_with_ipc(uuid: str) -> Any:
    """In the rollout worker on this GPU."""
    WithoutGpu(uuid).install()
    from vllm.distributed.weight_transfer.ipc_engine import IPCWeightTransferEngine

    from oneshot_rlvr.weights.vllm_packing import pack_again

    finish = IPCWeightTransferEngine.finish_weight_update

    def finish_on_cpu(self: IPCWeightTransferEngine) -> None:
        finish(self)
        pack_again(self.model)

    IPCWeightTransferEngine.finish_weight_update = finish_on_cpu
    return engine("ipc")


def sample_side(run: RunConfig, device: str, route: str) -> Any:
    """As placement.sample_side, in a rollout worker to which weights may come by gloo."""
    prepare_gloo()
    return placement.sample_side(run, device, route)


def train_side_killed_once(run: RunConfig, device: str, shard: Any) -> tuple[Any, Any]:
    """As placement.train_side, but rank 0 is killed in the middle of the second update that is handed over."""
    prepare_gloo()
    workers, tokenizer = placement.train_side(run, device, shard)
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
