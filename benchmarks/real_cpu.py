"""A real model on a CPU: sampling against transformers' `generate`, updates in float32 and bfloat16.

python benchmarks/real_cpu.py MODEL_FOLDER [--rounds 3]: prints a table of CPU seconds and ratios. 64 rollouts of one
prompt, one thread, all sides in turn in one process. Ratios are medians over the rounds of the ratio within a round;
the order of a round's sides turns round every time.
"""

import argparse
import copy
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from transformers import PreTrainedModel

from oneshot_rlvr.config.schema import AlgorithmConfig, CompatConfig, OptimizerConfig
from oneshot_rlvr.data.prompts import prompt_token_ids
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.learner.sequences import TrainSequence
from oneshot_rlvr.models import load
from oneshot_rlvr.models.policy import PolicyModel
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
from oneshot_rlvr.types import Problem, Rollout, Sampling, Task

ROWS, NEW, MICRO = 64, 48, 32
QUESTION = "Sam has 6 boxes with 10 marbles in each box. How many marbles does Sam have?"
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
Side = Callable[[int], int]  # round -> tokens


def ours(sampler: TransformersSampler, task: Task, turn: int) -> int:
    asked = [Rollout(task, "0", i, 1000 * turn + i) for i in range(ROWS)]
    return sum(len(r.token_ids) for r in sampler.generate(asked, Sampling(0.8, NEW, (-1,))))


@torch.inference_mode()
def generate(model: PreTrainedModel, task: Task, turn: int) -> int:
    torch.manual_seed(turn)
    ids = torch.tensor([task.prompt_ids] * ROWS)
    found = model.generate(
        input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=0.8, top_k=0, top_p=1.0,
        max_new_tokens=NEW, min_new_tokens=NEW, pad_token_id=0, return_dict_in_generate=True, output_logits=True,
    )  # fmt: skip
    torch.stack(found.logits, 1).float().log_softmax(-1)  # ours gives log-probabilities
    return found.sequences[:, ids.shape[1] :].numel()


def update(worker: PolicyWorker, sequences: list[TrainSequence], turn: int) -> int:
    parts = [range(start, start + MICRO) for start in range(0, ROWS, MICRO)]
    worker.forward_backward(sequences, torch.full((ROWS,), 1 / (ROWS * NEW)), parts)
    worker.trained.step()
    return ROWS * NEW


def sides(folder: str) -> dict[str, Side]:
    """Sides by name: what is done, by whom, in which dtype."""
    tokenizer = load.load_tokenizer(folder)
    task = Task(Problem("0", QUESTION, "60"), tuple(prompt_token_ids(Problem("0", QUESTION, "60"), "own", tokenizer)))
    whole = load.load_model(folder, torch.float32)
    generator = torch.Generator().manual_seed(0)
    sequences = [
        TrainSequence(task.prompt_ids, tuple(torch.randint(1000, 40000, (NEW,), generator=generator).tolist()),
                      torch.full((NEW,), 1.0 - 2 * (i % 2)), torch.zeros(NEW))
        for i in range(ROWS)
    ]  # fmt: skip
    found: dict[str, Side] = {}
    for name, dtype in DTYPES.items():
        model = copy.deepcopy(whole)
        load.place(model, torch.device("cpu"), dtype)
        plain = copy.deepcopy(model).eval()
        plain.config._attn_implementation = "sdpa"
        found[f"sampling/generate/{name}"] = partial(generate, plain, task)
        sampler = TransformersSampler(copy.deepcopy(model), tokenizer, 1 << 20)
        found[f"sampling/ours/{name}"] = partial(ours, sampler, task)
        master = copy.deepcopy(whole) if dtype != torch.float32 else None
        worker = PolicyWorker(
            PolicyModel(model, "auto", dtype, 0), None, AlgorithmConfig(kl_coef=0.0, entropy_coef=0.0),
            OptimizerConfig(lr=1e-6), CompatConfig(), 0.8, master,
        )  # fmt: skip
        found[f"update/ours/{name}"] = partial(update, worker, sequences)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=3, help="after the first, which warms up; 0: that one alone")
    options = parser.parse_args()
    torch.set_num_threads(1)
    every, seconds = sides(options.folder), defaultdict(list)
    for turn in range(options.rounds + 1):  # the first one warms up
        for name in [*every][:: 1 - 2 * (turn % 2)]:
            before = time.process_time()
            tokens = every[name](turn)
            taken = time.process_time() - before
            print(f"round {turn}: {name}: {tokens / taken:.0f} tokens per CPU second", file=sys.stderr, flush=True)
            if turn or not options.rounds:
                seconds[name].append(taken / tokens)
    print("| side | tokens per CPU second |\n|---|---|")
    for name, found in seconds.items():
        print(f"| {name} | {1 / median(found):.0f} |")
    pairs = {"sampling, float32": ("sampling/generate/float32", "sampling/ours/float32"),
             "sampling, bfloat16": ("sampling/generate/bfloat16", "sampling/ours/bfloat16"),
             "update, bfloat16 over float32": ("update/ours/float32", "update/ours/bfloat16")}  # fmt: skip
    print("\n| ratio | median | rounds |\n|---|---|---|")
    for name, (slow, fast) in pairs.items():
        found = [a / b for a, b in zip(seconds[slow], seconds[fast])]
        print(f"| {name} | {median(found):.2f} | {', '.join(f'{x:.2f}' for x in found)} |")


if __name__ == "__main__":
    main()
