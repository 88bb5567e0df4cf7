"""The other side of benchmarks/grpo_step.py: TRL's GRPOTrainer, one optimizer step for each line read.

TRL's vLLM mode ends at the first hand-over of weights on a CPU (vLLM has packed them and they take no copy any more),
so that here it hands them over by this project's sender; everything else is TRL's own.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import worker

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from datasets import Dataset
from digits import share
from transformers import AutoTokenizer, TrainerCallback

SPENT: dict[str, float] = defaultdict(float)  # seconds of a step, by phase; one within another counts in both


def timed(phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            SPENT[phase] += time.perf_counter() - start

    return call


def patch_vllm() -> None:
    """An engine like the one that `rollout=vllm` starts, and weights that arrive."""
    from oneshot_rlvr.rollout.vllm_engine import EXTENSION, prepare_environment

    prepare_environment(on_cpu=True)
    from functools import partial

    import vllm
    from trl.generation import vllm_generation
    from vllm.config import WeightTransferConfig

    from oneshot_rlvr.weights import transfer

    vllm_generation.LLM = partial(
        vllm.LLM, enforce_eager=True, kv_cache_memory_bytes=1 << 30, worker_extension_cls=EXTENSION,
        weight_transfer_config=WeightTransferConfig(backend=transfer.SHARED_MEMORY),
    )  # fmt: skip

    def sync_weights(self: Any) -> None:
        if not hasattr(self, "ours"):
            shapes = {name: tuple(p.shape) for name, p in self.model.named_parameters()}
            engine = transfer.Engine(self.llm)
            end = transfer.TrainerEnd(buffer=0)
            self.ours = engine, transfer.WeightSender(transfer.SHARED_MEMORY, end, engine, shapes, torch.float32)
        engine, sender = self.ours
        version = engine.version + 1
        sender.send(version, self.model.named_parameters())
        engine.commit(version)

    vllm_generation.VLLMGeneration.sync_weights = timed("sync", sync_weights)


class Steps(TrainerCallback):
    """Waits before every optimizer step, and tells what it took."""

    def __init__(self) -> None:
        self.rewards: list[float] = []
        self.tokens = 0

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        worker.tell(ready=True)

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        worker.wait()
        self.rewards, self.tokens = [], 0
        SPENT.clear()
        self.clock = worker.Clock()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        found = self.clock.read()
        phases = {
            "generate": SPENT["generate"] - SPENT["sync"], "sync": SPENT["sync"],
            "update": found["seconds"] - SPENT["prepare"],  # what is prepared: responses, their rewards and advantages
        }  # fmt: skip
        worker.tell(**found, phases=phases, reward=sum(self.rewards) / len(self.rewards), tokens=self.tokens)


def main(settings: worker.Settings) -> None:
    torch.set_num_threads(settings.threads)
    if settings.engine == "vllm":
        patch_vllm()
    from trl import GRPOConfig, GRPOTrainer

    steps = Steps()

    def reward(completions: list[str], completion_ids: list[list[int]], **_: Any) -> list[float]:
        steps.rewards += [share(text) for text in completions]
        steps.tokens += sum(map(len, completion_ids))
        return steps.rewards[-len(completions) :]

    rows = [json.loads(line) for line in Path(settings.data).read_text().splitlines()]
    rollouts = settings.prompts * settings.group_size
    size = settings.micro_batch_tokens  # sequences in a micro-batch
    config = GRPOConfig(
        output_dir=f"{settings.folder}/trl", use_cpu=True, bf16=False, max_steps=settings.steps, seed=0,
        per_device_train_batch_size=size, gradient_accumulation_steps=rollouts // size,
        num_generations=settings.group_size, max_completion_length=settings.max_new_tokens, temperature=1.0, beta=0.0,
        learning_rate=settings.lr, lr_scheduler_type="constant", weight_decay=0.01, max_grad_norm=1.0, loss_type="dapo",
        optim="adamw_torch_fused", shuffle_dataset=False, gradient_checkpointing=False, disable_dropout=True,
        model_init_kwargs={"dtype": "float32"}, save_strategy="no", logging_strategy="no", report_to=[],
        disable_tqdm=True, use_vllm=settings.engine == "vllm", vllm_mode="colocate",
        vllm_max_model_length=settings.max_new_tokens + 64, dataloader_num_workers=0,
        vllm_importance_sampling_correction=settings.correction, vllm_importance_sampling_mode="token_truncate",
        vllm_importance_sampling_clip_max=worker.CAP,
    )  # fmt: skip
    trainer = GRPOTrainer(
        model=settings.model, reward_funcs=reward, args=config, callbacks=[steps],
        processing_class=AutoTokenizer.from_pretrained(settings.model, padding_side="left"),
        train_dataset=Dataset.from_list([{"prompt": row["problem"] + "\n"} for row in rows]),
    )  # fmt: skip
    trainer._generate_single_turn = timed("generate", trainer._generate_single_turn)
    trainer._prepare_inputs = timed("prepare", trainer._prepare_inputs)
    trainer.train()


if __name__ == "__main__":
    main(worker.settings())
