"""What test_endings.py starts: engines in processes of their own that sample without end."""

import os
import subprocess
import sys
import tempfile
from typing import Any

from oneshot_rlvr.config.schema import VllmConfig
from oneshot_rlvr.types import Problem, Rollout, Sampling, Task

SAMPLING = Sampling(temperature=1.0, max_new_tokens=100, stop_ids=())
TASK = Task(Problem("0", "", ""), (5, 6, 7))
REQUESTS = [Rollout(TASK, "0#0", index, 100 + index) for index in range(8)]


def sleeper(_: Any) -> int:
    """In a worker process of the engine: a process in a session of its own, which nobody's death ends."""
    return subprocess.Popen(["sleep", "600"], start_new_session=True).pid


def engine() -> Any:
    """A sampler whose engine is no part of this process, with weights, and the sleeper in it."""
    import torch
    from routes import config

    from oneshot_rlvr.models import load
    from oneshot_rlvr.rollout.vllm_engine import vllm_sampler

    run = config()
    run.rollout.max_new_tokens = SAMPLING.max_new_tokens
    model, tokenizer = load.build_model(run.model, torch.float32)
    sampler = vllm_sampler(run, model, tokenizer, torch.device("cpu"), torch.float32)
    sampler.load_weights(1, model.named_parameters())
    sampler.llm.collective_rpc(sleeper)
    return sampler


class Executors:
    """An actor that asks vLLM how it would run an engine on the two GPUs of its room."""

    def chosen(self, tensor_parallel: int) -> dict[str, str]:
        """Executor by who names it: this package, or nobody."""
        os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"  # else a CPU's engine has another in any case
        import torch
        from transformers import Qwen2Config

        from oneshot_rlvr.rollout.vllm_engine import engine_arguments, prepare_environment

        prepare_environment(on_cpu=True)
        from vllm import EngineArgs
        from vllm.config import parallel

        class TwoGpus:
            def __getattr__(self, name: str) -> Any:
                return getattr(platform, name)

            def is_cuda(self) -> bool:
                return True

            def device_count(self) -> int:
                return 2

        platform, parallel.current_platform = parallel.current_platform, TwoGpus()
        options = VllmConfig(tensor_parallel=tensor_parallel)
        ours = engine_arguments(options, True, torch.float32, 256, "rlvr_shared_memory")
        with tempfile.TemporaryDirectory() as folder:
            Qwen2Config(hidden_size=128, num_attention_heads=2, num_key_value_heads=2, intermediate_size=256,
                        num_hidden_layers=1, vocab_size=128, architectures=["Qwen2ForCausalLM"],
                        max_position_embeddings=256).save_pretrained(folder)  # fmt: skip
            found = {}
            for name, arguments in (("this package", ours), ("nobody", ours | {"distributed_executor_backend": None})):
                made = EngineArgs(model=folder, **arguments).create_engine_config()
                found[name] = str(made.parallel_config.distributed_executor_backend)
        return found


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
