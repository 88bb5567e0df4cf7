"""One side of benchmarks/generation.py: samples the same requests anew for each line read."""

import sys
from collections.abc import Callable
from pathlib import Path

import worker

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch

from oneshot_rlvr.config.schema import VllmConfig
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.data.prompts import prompt_token_ids
from oneshot_rlvr.models import attention, load
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
from oneshot_rlvr.types import Rollout, Sampling, Task


def sampler(settings: worker.Settings) -> Callable[[int], int]:
    """step -> tokens sampled."""
    tokenizer = load.load_tokenizer(settings.model)
    model = load.load_model(settings.model, torch.float32)
    template = "own" if settings.model.startswith("sandbox:") else "plain"
    tasks = [Task(problem, tuple(prompt_token_ids(problem, template, tokenizer)))
             for problem in load_problems(settings.data)[: settings.prompts]]  # fmt: skip
    prompts = [task.prompt_ids for task in tasks]
    sampling = Sampling(1.0, settings.max_new_tokens, load.stop_ids(model, tokenizer, []))
    width = max(map(len, prompts))

    def asked(step: int) -> list[Rollout]:
        return [Rollout(task, task.problem.id, i, 1000 * step + settings.group_size * n + i)
                for n, task in enumerate(tasks) for i in range(settings.group_size)]  # fmt: skip

    if settings.engine == "generate":
        model.config._attn_implementation = "sdpa"
        flat = [p for p in prompts for _ in range(settings.group_size)]
        ids = torch.tensor([[tokenizer.pad_token_id] * (width - len(p)) + list(p) for p in flat])
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in flat])

        @torch.inference_mode()
        def generate(step: int) -> int:
            torch.manual_seed(step)
            found = model.generate(
                input_ids=ids, attention_mask=mask, do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
                max_new_tokens=settings.max_new_tokens, eos_token_id=list(sampling.stop_ids),
                pad_token_id=tokenizer.pad_token_id, return_dict_in_generate=True, output_logits=True,
            )  # fmt: skip
            logprobs = torch.stack(found.logits, 1).log_softmax(-1)
            new = found.sequences[:, width:]
            logprobs.gather(2, new[..., None])
            ends = torch.isin(new, torch.tensor(sampling.stop_ids))
            return int(((ends.cumsum(1) - ends.long()) == 0).sum())

        return generate
    if settings.engine == "ours":
        assert model.config._attn_implementation == attention.NAME
        own = TransformersSampler(model, tokenizer, 1 << 20)
    else:
        from oneshot_rlvr.rollout.vllm_engine import VllmSampler

        shapes = {name: tuple(p.shape) for name, p in model.named_parameters()}
        own = VllmSampler(
            model.config.to_dict() | {"architectures": [type(model).__name__]}, shapes, tokenizer,
            VllmConfig(), "cpu", torch.float32, width + settings.max_new_tokens,
        )  # fmt: skip
        own.load_weights(1, model.named_parameters())
    return lambda step: sum(len(r.token_ids) for r in own.generate(asked(step), sampling))


def main(settings: worker.Settings) -> None:
    torch.set_num_threads(settings.threads)
    sample = sampler(settings)
    worker.tell(ready=True)
    step = 0
    while True:
        worker.wait()
        step += 1
        clock = worker.Clock()
        tokens = sample(step)
        worker.tell(**clock.read(), tokens=tokens)


if __name__ == "__main__":
    main(worker.settings())
