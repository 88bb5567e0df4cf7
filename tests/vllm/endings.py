"""What test_endings.py starts: engines in processes of their own that sample without end."""

import subprocess
import sys
from typing import Any

from oneshot_rlvr.types import SampleRequest, Sampling

SAMPLING = Sampling(temperature=1.0, max_new_tokens=100, stop_ids=())
REQUESTS = [SampleRequest((5, 6, 7), 100 + seed) for seed in range(8)]


def sleeper(_: Any) -> int:
    """In a worker process of the engine: a process in a session of its own, which nobody's death ends."""
    return subprocess.Popen(["sleep", "600"], start_new_session=True).pid


def engine() -> Any:
    """A sampler whose engine is no part of this process, with weights, and the sleeper in it."""
    import torch
    from routes import config

    from oneshot_rlvr.models import load
    from oneshot_rlvr.workers.rollout_vllm import vllm_sampler

    run = config()
    run.rollout.max_new_tokens = SAMPLING.max_new_tokens
    model, tokenizer = load.build_model(run.model, torch.float32)
    sampler = vllm_sampler(run, model, tokenizer, torch.device("cpu"), torch.float32)
    sampler.load_weights(1, model.named_parameters())
    sampler.llm.collective_rpc(sleeper)
    return sampler


def main(ending: str) -> None:
    """Sample; with `exit`, leave at a line on stdin as a program does that is at its end."""
    sampler = engine()
    sampler.generate(REQUESTS, SAMPLING)
    print("sampling", flush=True)
    if ending == "exit":
        sys.stdin.readline()
        return
    while True:
        sampler.generate(REQUESTS, SAMPLING)


if __name__ == "__main__":
    main(sys.argv[1])
