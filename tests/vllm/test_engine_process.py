"""The engine as a process of its own, as it runs on a GPU; here on the CPU, in a fresh interpreter."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import torch
from conftest import Base

if __name__ == "__main__":
    base = Base()
    prompt, response = base.prompts[0], base.prompts[1][:12]
    base.load(base.weights(shift=0.3))
    gaps = [abs(a - b) for a, b in zip(base.engine.score(prompt, response), base.reference.score(prompt, response))]
    assert max(gaps) < 1e-4, gaps
    assert base.engine.version == 2
    assert not torch.distributed.is_initialized()  # the engine is not in this process
    base.engine.close()
    print("closed")
"""


@pytest.mark.timeout(600)  # two starts of vLLM, which a busy machine draws out
def test_weights_reach_an_engine_in_another_process() -> None:
    here = os.path.dirname(__file__)
    paths = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    environment = os.environ | {
        "VLLM_ENABLE_V1_MULTIPROCESSING": "1", "VLLM_LOGGING_LEVEL": "ERROR", "PYTHONPATH": paths,
    }  # fmt: skip
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=580, env=environment, cwd=here
    )
    assert result.returncode == 0, result.stderr[-3000:]
    assert result.stdout.split()[-1] == "closed"


@pytest.mark.parametrize(("backend", "rank"), [("ipc", 0), ("ipc", 1), ("nccl", 0)])
def test_what_the_gpu_backends_start_from(backend: str, rank: int) -> None:
    """They cannot run here; what they are given can be checked against vLLM's own classes."""
    from vllm.distributed.weight_transfer.factory import WeightTransferEngineFactory, WeightTransferTrainerFactory

    from oneshot_rlvr.weights.transfer import TRAINER_SIDES, TrainerEnd

    init = TRAINER_SIDES[backend](TrainerEnd(5 << 30, rank, ("10.0.0.1", 29500), workers=2))
    assert init.packed and init.packed_buffer_size_bytes == 5 << 30
    assert init.backend == backend and init.is_sender == (rank == 0)
    assert WeightTransferTrainerFactory._registry[backend]().init_info_cls is type(init)
    assert backend in WeightTransferEngineFactory._registry
    if backend == "nccl":
        assert (init.master_address, init.master_port, init.world_size) == ("10.0.0.1", 29500, 3)
