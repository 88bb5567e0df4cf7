"""How far sampler and trainer are apart with the same weights: on any model, and what faults look like beside it.

    python tests/soak/mismatch_noise.py --model DIR [--tokens 100000] [--dtype bfloat16] [--temperature 0.6]

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
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from oneshot_rlvr.config.schema import ModelConfig
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.data.prompts import prompt_token_ids
from oneshot_rlvr.data.training_set import shipped_example
from oneshot_rlvr.learner.estimate import micro_batches_of
from oneshot_rlvr.learner.mismatch import mismatch
from oneshot_rlvr.learner.policy import packed
from oneshot_rlvr.learner.sequences import TrainSequence
from oneshot_rlvr.models import load
from oneshot_rlvr.models.policy import PolicyModel
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
from oneshot_rlvr.types import Problem, Rollout, Sampling, Task
from oneshot_rlvr.weights.probe import weight_probe

PERCENTILES = (50, 90, 99, 99.9, 99.99)
EXAMPLES = (1, 13)  # shipped
OTHER_TEMPLATES = ("qwen25-math-cot", "plain")
OTHER_TEMPERATURE = 1.0


SAME, PROBE = "same weights", "weight probe"  # of the cases; the others are faults
Cases = dict[str, tuple[list[Tensor], list[Tensor]]]  # log-probabilities [T] of trainer and sampler, by response


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


def measure(arguments: argparse.Namespace, model: ModelConfig) -> Cases:
    """Log-probabilities of every case, kept in `arguments.raw` after each batch; the weight probe's at the end."""
    sampler, trainer = sides(model, load.DTYPES[arguments.dtype])
    cases: Cases = {}
    made, batch, start = 0, 0, time.time()
    while made < arguments.tokens:
        problem = shipped_example(EXAMPLES[batch % len(EXAMPLES)])
        sequences = sampled(sampler, trainer, problem, model.template, batch, arguments)
        ours = scores(trainer, sequences, arguments.temperature, arguments.micro_batch_tokens)
        keep(cases, SAME, ours, [s.sampler_logprobs for s in sequences])
        if batch == 0:
            few = slice(arguments.faulty)
            for found in faults(trainer, problem, sampler.tokenizer, sequences[few], ours[few], arguments):
                keep(cases, *found)
        made, batch = made + sum(len(s.response_ids) for s in sequences), batch + 1
        print(f"{made} tokens, {time.time() - start:.0f} s", file=sys.stderr, flush=True)
        if arguments.raw is not None:
            torch.save(cases, arguments.raw)
    keep(cases, PROBE, *probe_scores(sampler, trainer, model.template, arguments.probes))
    if arguments.raw is not None:
        torch.save(cases, arguments.raw)
    return cases


def keep(cases: Cases, name: str, trainer: list[Tensor], sampler: list[Tensor]) -> None:
    ours, theirs = cases.setdefault(name, ([], []))
    ours.extend(trainer)
    theirs.extend(sampler)


def sampled(
    sampler: TransformersSampler, trainer: PolicyModel, problem: Problem, template: str, batch: int,
    arguments: argparse.Namespace,
) -> list[TrainSequence]:  # fmt: skip
    """Responses to one problem, as the update gets them."""
    stop_ids = load.stop_ids(trainer.language_model, sampler.tokenizer, [])
    prompt = prompt_token_ids(problem, template, sampler.tokenizer)
    task, first = Task(problem, tuple(prompt)), 10**6 * arguments.seed + 1000 * batch
    asked = [Rollout(task, problem.id, i, first + i) for i in range(arguments.rollouts)]
    rollouts = sampler.generate(asked, Sampling(arguments.temperature, arguments.max_new_tokens, stop_ids))
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


def probe_scores(
    sampler: TransformersSampler, trainer: PolicyModel, template: str, number: int
) -> tuple[list[Tensor], list[Tensor]]:
    """Log-probabilities [T] of the weight probes of `number` problems on both sides, at temperature 1."""
    ours, theirs = [], []
    for problem in load_problems("sandbox_pool")[:number]:
        prompt = prompt_token_ids(problem, template, sampler.tokenizer)
        stop_id = load.stop_ids(trainer.language_model, sampler.tokenizer, [])[0]
        probe = weight_probe(problem, prompt, sampler.tokenizer, stop_id, 1.0)
        found = torch.tensor(sampler.score(probe.prompt_ids, probe.response_ids))
        theirs.append(found)
        ours += scores(trainer, [TrainSequence(probe.prompt_ids, probe.response_ids, found, found)], 1.0, 10**6)
    return ours, theirs


def read(files: Sequence[Path]) -> Cases:
    """What several processes have kept (with `--seed` of their own), together."""
    cases: Cases = {}
    for file in files:
        for name, (ours, theirs) in torch.load(file).items():
            keep(cases, name, ours, theirs)
    return cases


def described(trainer: list[Tensor], sampler: list[Tensor]) -> dict[str, float]:
    """Percentiles of |d|, and the figures that the rules judge."""
    ours, theirs = torch.cat(trainer), torch.cat(sampler)
    d = (ours - theirs).double()
    found = mismatch(ours, theirs)
    values = {"tokens": len(d), "responses": len(trainer), "mean d": d.mean().item(), "sd d": d.std().item()}
    values |= {f"p{p:g}": float(np.quantile(d.abs().numpy(), p / 100)) for p in PERCENTILES}
    return values | {"max": found.largest} | {name: figure.value for name, figure in found.figures().items()}


def probe_means(trainer: list[Tensor], sampler: list[Tensor]) -> list[float]:
    """Mean |d| of each probe, in nats: what rollout.probe_bound judges."""
    return [(a - b).abs().mean().item() for a, b in zip(trainer, sampler)]


def histogram(trainer: list[Tensor], sampler: list[Tensor]) -> dict[str, list[float]]:
    """Numbers of tokens by d, for tests/soak/health_rules.py: bins of equal width in asinh(d / unit)."""
    d = (torch.cat(trainer) - torch.cat(sampler)).double().numpy()
    unit = 0.02 * d.std()  # narrow bins where most of d lies, of whatever size it is
    counts, edges = np.histogram(np.arcsinh(d / unit), bins=400)
    return {"edges": (unit * np.sinh(edges)).tolist(), "counts": counts.tolist()}


def table(rows: dict[str, dict[str, float]]) -> str:
    names = list(next(iter(rows.values())))
    lines = ["| case | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    lines += [f"| {case} | " + " | ".join(f"{row[n]:.3g}" if n not in ("tokens", "responses") else f"{row[n]:,}"
              for n in names) + " |" for case, row in rows.items()]  # fmt: skip
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="How far sampler and trainer are apart with the same weights.")
    parser.add_argument("--model", help="folder or sandbox:NAME")
    parser.add_argument("--tokens", type=int, default=100_000, help="response tokens, at least")
    parser.add_argument("--dtype", choices=tuple(load.DTYPES), default="bfloat16", help="of both sides")
    parser.add_argument("--temperature", type=float, default=0.6)
    parser.add_argument("--template", default="own")
    parser.add_argument("--max-new-tokens", type=int, default=128)
    parser.add_argument("--rollouts", type=int, default=128, help="of one prompt, sampled at once")
    parser.add_argument("--micro-batch-tokens", type=int, default=8192)
    parser.add_argument("--faulty", type=int, default=32, help="responses that faults are made from")
    parser.add_argument("--probes", type=int, default=300, help="problems whose weight probe is scored")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--raw", type=Path, help="file for the log-probabilities, written after every batch")
    parser.add_argument("--read", type=Path, nargs="+", help="such files, instead of measuring")
    parser.add_argument("--json", type=Path, help="file for all figures and the histogram of d")
    arguments = parser.parse_args(argv)
    if (arguments.model is None) == (arguments.read is None):
        parser.error("give --model to measure, or --read")
    cases = read(arguments.read) if arguments.read else measure(
        arguments, ModelConfig(path=arguments.model, template=arguments.template))  # fmt: skip
    rows = {name: described(*found) for name, found in cases.items()}
    print(table(rows))
    if PROBE in cases:
        print(f"largest mean of a probe: {max(probe_means(*cases.pop(PROBE))):.3g}")
    found = {"dtype": arguments.dtype, "cases": rows, "histograms": {n: histogram(*c) for n, c in cases.items()}}
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
