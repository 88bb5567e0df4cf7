"""How far sampler and trainer are apart with the same weights: on any model, and what faults look like beside it.

    python tests/soak/mismatch_noise.py --model DIR --tokens 100000 [--dtype bfloat16] [--temperature 0.6] [--json FILE]

Responses to the shipped examples from the embedded sampler, scored by the packed trainer as in a step of training.
Prints percentiles of |d| with d = trainer - sampler log-probability of a sampled token (nats, at the sampling
temperature) and what the health rules judge; then the same with faults made from the same responses: the trainer at
another temperature or under another template, and the sampler's numbers shifted by a token. Then |d| of the weight
probe, over problems of the sandbox. The figures in docs/reliability.md are of a real model of 135 M parameters.
"""

import argparse
import copy
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedTokenizerBase

from oneshot_rlvr.config.schema import ModelConfig
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.data.prompts import prompt_token_ids
from oneshot_rlvr.data.training_set import shipped_example
from oneshot_rlvr.models import load
from oneshot_rlvr.models.policy import PolicyModel
from oneshot_rlvr.trainer.estimate import micro_batches_of
from oneshot_rlvr.trainer.mismatch import mismatch
from oneshot_rlvr.trainer.probe import weight_probe
from oneshot_rlvr.types import Problem, SampleRequest, Sampling
from oneshot_rlvr.workers.policy import TrainSequence, packed
from oneshot_rlvr.workers.rollout_hf import TransformersSampler

PERCENTILES = (50, 90, 99, 99.9, 99.99)
EXAMPLES = (1, 13)  # shipped
OTHER_TEMPLATES = ("qwen25-math-cot", "plain")
OTHER_TEMPERATURE = 1.0


@dataclass(frozen=True, slots=True)
class Gaps:
    """Log-probabilities [N] of the same tokens, by what was done: `same weights`, and each fault."""

    trainer: list[Tensor]
    sampler: list[Tensor]


def sides(model: ModelConfig, dtype: torch.dtype) -> tuple[TransformersSampler, PolicyModel]:
    """Sampler and trainer with one set of weights, each a copy of its own in `dtype`, as in a run."""
    device = load.choose_device("auto")
    language_model, tokenizer = load.build_model(model, torch.float32)
    load.place(language_model, device, dtype)
    trainer = PolicyModel(copy.deepcopy(language_model), model.attention, dtype, chunk=0)
    return TransformersSampler(language_model, tokenizer, max_batch_tokens=65536), trainer


@torch.no_grad()
def scores(
    trainer: PolicyModel, sequences: Sequence[TrainSequence], temperature: float, micro_batch_tokens: int
) -> list[Tensor]:
    """The trainer's log-probabilities [T] of each response."""
    found: dict[int, Tensor] = {}
    for members in micro_batches_of(sequences, range(len(sequences)), micro_batch_tokens):
        chosen = [sequences[i] for i in members]
        logprobs, _ = trainer(packed(chosen, next(trainer.parameters()).device), temperature)
        found.update(zip(members, logprobs.cpu().split([len(s.response_ids) for s in chosen])))
    return [found[i] for i in range(len(sequences))]


def measure(arguments: argparse.Namespace, model: ModelConfig) -> tuple[dict[str, Gaps], Tensor]:
    """Gaps of every case, and of the weight probe [problems, tokens] (nan behind its end)."""
    sampler, trainer = sides(model, load.DTYPES[arguments.dtype])
    cases: dict[str, Gaps] = {}
    made, batch, start = 0, 0, time.time()
    while made < arguments.tokens:
        problem = shipped_example(EXAMPLES[batch % len(EXAMPLES)])
        sequences = sampled(sampler, trainer, problem, model.template, batch, arguments)
        theirs = [s.sampler_logprobs for s in sequences]
        ours = scores(trainer, sequences, arguments.temperature, arguments.micro_batch_tokens)
        found = [("same weights", ours, theirs)]
        if batch < arguments.fault_batches:
            found += faults(trainer, problem, sampler.tokenizer, sequences, ours, arguments)
        for name, ours, theirs in found:
            gaps = cases.setdefault(name, Gaps([], []))
            gaps.trainer.extend(ours)
            gaps.sampler.extend(theirs)
        made, batch = made + sum(len(s.response_ids) for s in sequences), batch + 1
        print(f"{made} tokens, {time.time() - start:.0f} s", file=sys.stderr, flush=True)
    return cases, probe_gaps(sampler, trainer, model.template, arguments.probes)


def sampled(
    sampler: TransformersSampler, trainer: PolicyModel, problem: Problem, template: str, batch: int,
    arguments: argparse.Namespace,
) -> list[TrainSequence]:  # fmt: skip
    """Responses to one problem, as the update gets them."""
    stop_ids = load.stop_ids(trainer.language_model, sampler.tokenizer, [])
    prompt = prompt_token_ids(problem, template, sampler.tokenizer)
    requests = [SampleRequest(prompt, 1000 * batch + i) for i in range(arguments.rollouts)]
    rollouts = sampler.generate(requests, Sampling(arguments.temperature, arguments.max_new_tokens, stop_ids))
    return [TrainSequence(prompt, r.token_ids, torch.zeros(len(r.token_ids)), torch.tensor(r.logprobs))
            for r in rollouts]  # fmt: skip


def faults(
    trainer: PolicyModel, problem: Problem, tokenizer: PreTrainedTokenizerBase, sequences: list[TrainSequence],
    ours: list[Tensor], arguments: argparse.Namespace,
) -> Iterator[tuple[str, list[Tensor], list[Tensor]]]:  # fmt: skip
    """Name, trainer's and sampler's log-probabilities of each."""
    theirs = [s.sampler_logprobs for s in sequences]
    hot = scores(trainer, sequences, OTHER_TEMPERATURE, arguments.micro_batch_tokens)
    yield f"temperature {OTHER_TEMPERATURE:g} in one of them", hot, theirs
    yield "shifted by a token", ours, [t.roll(1) for t in theirs]
    for template in OTHER_TEMPLATES:
        prompt = prompt_token_ids(problem, template, tokenizer)
        moved = [replace(s, prompt_ids=prompt) for s in sequences]
        found = scores(trainer, moved, arguments.temperature, arguments.micro_batch_tokens)
        yield f"template {template} in one of them", found, theirs


def probe_gaps(sampler: TransformersSampler, trainer: PolicyModel, template: str, number: int) -> Tensor:
    """|d| of the tokens of the weight probe, made from `number` problems: [number, most tokens], nan behind the end."""
    rows = []
    for problem in load_problems("sandbox_pool")[:number]:
        prompt = prompt_token_ids(problem, template, sampler.tokenizer)
        stop_id = load.stop_ids(trainer.language_model, sampler.tokenizer, [])[0]
        probe = weight_probe(problem, prompt, sampler.tokenizer, stop_id, 1.0)
        theirs = torch.tensor(sampler.score(probe.prompt_ids, probe.response_ids))
        sequence = TrainSequence(probe.prompt_ids, probe.response_ids, theirs, theirs)
        rows.append((scores(trainer, [sequence], 1.0, 10**6)[0] - theirs).abs())
    return pad_sequence(rows, batch_first=True, padding_value=float("nan"))


def described(gaps: Gaps) -> dict[str, float]:
    """Percentiles of |d|, and the figures that the rules judge."""
    trainer, sampler = torch.cat(gaps.trainer), torch.cat(gaps.sampler)
    d = (trainer - sampler).double()
    found = mismatch(trainer, sampler)
    values = {"tokens": len(d), "responses": len(gaps.trainer), "mean d": d.mean().item(), "sd d": d.std().item()}
    values |= {f"p{p:g}": float(np.quantile(d.abs().numpy(), p / 100)) for p in PERCENTILES}
    return values | {"max": found.largest} | {name: figure.value for name, figure in found.figures().items()}


def histogram(gaps: Gaps) -> dict[str, list[float]]:
    """Numbers of tokens by d, for tests/soak/health_rules.py: bins of equal width in asinh(d / 0.001)."""
    d = (torch.cat(gaps.trainer) - torch.cat(gaps.sampler)).double().numpy()
    counts, edges = np.histogram(np.arcsinh(d / 1e-3), bins=200)
    return {"edges": (1e-3 * np.sinh(edges)).tolist(), "counts": counts.tolist()}


def table(rows: dict[str, dict[str, float]]) -> str:
    names = list(next(iter(rows.values())))
    lines = ["| case | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    lines += [f"| {case} | " + " | ".join(f"{row[n]:.3g}" if n not in ("tokens", "responses") else f"{row[n]:,}"
              for n in names) + " |" for case, row in rows.items()]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="How far sampler and trainer are apart with the same weights.")
    parser.add_argument("--model", required=True, help="folder or sandbox:NAME")
    parser.add_argument("--tokens", type=int, default=100_000, help="response tokens, at least")
    parser.add_argument("--dtype", choices=tuple(load.DTYPES), default="bfloat16", help="of both sides")
    parser.add_argument("--temperature", type=float, default=0.6)
    parser.add_argument("--template", default="own")
    parser.add_argument("--max-new-tokens", type=int, default=256)
    parser.add_argument("--rollouts", type=int, default=64, help="of one prompt, sampled at once")
    parser.add_argument("--micro-batch-tokens", type=int, default=4096)
    parser.add_argument("--fault-batches", type=int, default=2, help="batches that faults are made from")
    parser.add_argument("--probes", type=int, default=300, help="problems whose weight probe is scored")
    parser.add_argument("--json", type=Path, help="file for all figures and the histogram of d")
    arguments = parser.parse_args()
    cases, probe = measure(arguments, ModelConfig(path=arguments.model, template=arguments.template))
    rows = {name: described(gaps) for name, gaps in cases.items()}
    print(table(rows))
    means, every = probe.nanmean(1), probe[~probe.isnan()]
    probes = {"probes": len(probe), "tokens": len(every), "mean": every.mean().item(), "max": every.max().item(),
              "largest mean of a probe": means.max().item()}  # fmt: skip
    print(", ".join(f"{name} {value:.3g}" for name, value in probes.items()))
    if arguments.json is not None:
        settings = {name: value for name, value in vars(arguments).items() if name not in ("json", "model")}
        found = {"settings": settings, "cases": rows, "probe": probes, "probe means": means.tolist(),
                 "same weights": histogram(cases["same weights"])}  # fmt: skip
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
