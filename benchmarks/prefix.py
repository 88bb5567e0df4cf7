"""A prompt that is read once for all its responses in the training pass, beside one that is read with each of them.

    python benchmarks/prefix.py

The policy's update (log-probabilities, clipped loss, backward) of a random decoder of 3 M parameters over one
micro-batch of responses of equal length. Without sharing, the prompts differ in their first token, and all else is the
same.
"""

import common  # isort: skip  (before torch)

import random
from collections.abc import Callable

import torch

from oneshot_rlvr.config.schema import AlgorithmConfig, CompatConfig, OptimizerConfig, ShapeConfig
from oneshot_rlvr.learner.estimate import micro_batches_of
from oneshot_rlvr.learner.policy import PolicyWorker, packed
from oneshot_rlvr.learner.sequences import TrainSequence
from oneshot_rlvr.models.load import random_model
from oneshot_rlvr.models.policy import PolicyModel

VOCABULARY = 512
SHAPES = {  # name -> tokens of prompt and response, responses
    "sandbox: 30 + 30": (30, 30, 128),
    "paper: 150 + 600": (150, 600, 32),
    "paper: 150 + 1,500": (150, 1500, 16),
    "paper: 150 + 3,000": (150, 3000, 8),
}


def sequences(prompt: int, response: int, number: int, shared: bool) -> list[TrainSequence]:
    rng = random.Random(0)
    common_part = tuple(rng.choices(range(3, VOCABULARY), k=prompt))
    found = []
    for n in range(number):
        own = common_part if shared else (n, *common_part[1:])
        ids = tuple(rng.choices(range(3, VOCABULARY), k=response))
        found.append(TrainSequence(own, ids, torch.full((response,), rng.gauss(0, 1)), torch.zeros(response)))
    return found


def update(worker: PolicyWorker, batch: list[TrainSequence]) -> Callable[[], None]:
    weights = torch.full((len(batch),), 1e-4)
    micro_batches = micro_batches_of(batch, range(len(batch)), 24_000)

    def run() -> None:
        worker.forward_backward(batch, weights, micro_batches)
        worker.trained.zero_grad()

    return run


def main() -> None:
    args = common.arguments(__doc__)
    torch.set_num_threads(args.threads)
    shape = ShapeConfig(hidden=256, layers=4, heads=4, kv_heads=2, ffn=704, vocab=VOCABULARY, max_positions=4096)
    model = PolicyModel(random_model(shape, common.Words(VOCABULARY), seed=0), "auto", torch.float32, 0)
    worker = PolicyWorker(
        model, None, AlgorithmConfig(kl_coef=0.0, entropy_coef=0.0), OptimizerConfig(), CompatConfig(), 1.0
    )
    result = common.Result("prefix", rows=[])
    for name, (prompt, response, number) in list(SHAPES.items())[: 2 if args.quick else None]:
        batches = {kind: sequences(prompt, response, number, kind == "shared") for kind in ("shared", "each its own")}
        found = common.alternate({kind: update(worker, batch) for kind, batch in batches.items()}, args.rounds)
        for kind, batch in batches.items():
            tokens = len(packed(batch, torch.device("cpu")).input_ids)
            result.rows.append({"shape": name, "responses": number, "prompt": kind, "tokens through the layers": tokens,
                                "seconds": found[kind].seconds, "CPU s": found[kind].cpu_seconds})  # fmt: skip
        result.ratios[name] = found["each its own"].over(found["shared"])
    common.finish(args, result)


if __name__ == "__main__":
    main()
