"""The policy's update at a vocabulary of 152k: packed and chunked, beside full logits and Liger's fused loss.

    make peers; python benchmarks/policy_update.py

One group-relative update (log-probabilities, clipped loss, KL to a reference, entropy, backward, AdamW) of a small
decoder whose head has Qwen2.5's 151,936 rows, over the same sequences: prompts of 150 tokens in groups of 8, responses
of unequal length. The padded loop computes the same numbers from full logits; TRL's route takes those of the responses
and TRL's own functions; Liger's fused loss has no entropy term.
Peak memory is that of the process (CPU) or of torch's allocator (GPU) above what was held before the update. The head's
own is the difference to an update whose loss is taken from the hidden states.
"""

import common  # isort: skip  (before torch)

import argparse
import copy
import ctypes
import gc
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import torch
from sides import PEERS
from torch import Tensor
from transformers import PreTrainedModel

from oneshot_rlvr.config.schema import AlgorithmConfig, CompatConfig, OptimizerConfig, ShapeConfig
from oneshot_rlvr.learner.estimate import micro_batches_of
from oneshot_rlvr.learner.policy import PolicyWorker, packed
from oneshot_rlvr.learner.sequences import TrainSequence
from oneshot_rlvr.models.load import place, random_model
from oneshot_rlvr.models.policy import PolicyModel

PROMPT, GROUP, TEMPERATURE, ENTROPY, KL = 150, 8, 0.6, 0.001, 0.001
VOCABULARY = 151_936  # Qwen2.5's
PACKAGES = {"trl": "trl", "liger": "liger_kernel"}  # routes of peers
PADDED = ("full_logits", *PACKAGES)
MICRO_BATCH = 24_000  # tokens, the default


@dataclass(frozen=True, slots=True)
class Bench:
    """The update of one model over one set of sequences, by several routes."""

    worker: PolicyWorker
    sequences: list[TrainSequence]
    device: torch.device
    dtype: torch.dtype

    @property
    def tokens(self) -> int:
        return sum(len(s) for s in self.sequences)

    @property
    def weights(self) -> Tensor:
        count = sum(len(s.response_ids) for s in self.sequences)
        return torch.full((len(self.sequences),), 1.0 / count)

    def ours(self) -> None:
        batches = micro_batches_of(self.sequences, range(len(self.sequences)), MICRO_BATCH)
        self.worker.forward_backward(self.sequences, self.weights, batches)
        self.worker.trained.step()

    def hidden_only(self) -> None:
        """As ours, with the mean of the hidden states as loss: everything but the head."""
        reference = self.worker.reference
        assert reference is not None
        for members in micro_batches_of(self.sequences, range(len(self.sequences)), MICRO_BATCH):
            batch = packed([self.sequences[i] for i in members], self.device)
            hidden = self.worker.model.hidden(batch)
            with torch.no_grad():
                reference.hidden(batch)
            hidden.float().mean().backward()
        self.worker.trained.step()

    def padded(self) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """ids and attention mask [B, L] (right-padded), labels and their mask [B, L - 1], advantages [B]."""
        longest = max(len(s.prompt_ids) + len(s.response_ids) for s in self.sequences)
        ids = torch.zeros(len(self.sequences), longest, dtype=torch.long)
        mask, labelled = torch.zeros_like(ids), torch.zeros_like(ids)
        for row, s in enumerate(self.sequences):
            whole = torch.tensor([*s.prompt_ids, *s.response_ids])
            ids[row, : len(whole)], mask[row, : len(whole)] = whole, 1
            labelled[row, len(s.prompt_ids) : len(whole)] = 1
        advantages = torch.stack([s.advantages[0] for s in self.sequences])
        moved = (x.to(self.device) for x in (ids, mask, ids[:, 1:], labelled[:, 1:], advantages))
        return tuple(moved)  # type: ignore[return-value]

    def full_logits(self) -> None:
        ids, mask, labels, labelled, advantages = self.padded()
        policy, reference = self.worker.model.language_model, self.worker.reference
        assert reference is not None

        def logits(model: torch.nn.Module) -> Tensor:
            with torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32):
                return model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1].float() / TEMPERATURE

        with torch.no_grad():
            ref = logits(reference.language_model).log_softmax(-1).gather(2, labels[..., None])[..., 0]
        log_p = logits(policy).log_softmax(-1)
        logprobs = log_p.gather(2, labels[..., None])[..., 0]
        entropy = -(log_p.exp() * log_p).sum(-1)
        self._loss(logprobs, entropy, ref, labelled, advantages).backward()
        self.worker.trained.step()

    def trl(self) -> None:
        """TRL's own functions over its own shape of logits, those of the responses: prompts have one length here."""
        from trl.trainer.utils import selective_log_softmax_and_entropy  # type: ignore[reportMissingImports]

        ids, mask, labels, labelled, advantages = self.padded()
        policy, reference = self.worker.model.language_model, self.worker.reference
        assert reference is not None
        start = len(self.sequences[0].prompt_ids) - 1
        labels, labelled = labels[:, start:], labelled[:, start:]

        def logprobs_and_entropy(model: torch.nn.Module) -> tuple[Tensor, Tensor]:
            with torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32):
                kept = labels.shape[1] + 1
                logits = model(input_ids=ids, attention_mask=mask, use_cache=False, logits_to_keep=kept).logits[:, :-1]
            return selective_log_softmax_and_entropy(logits, labels, temperature=TEMPERATURE, row_mask=labelled)

        with torch.no_grad():
            ref, _ = logprobs_and_entropy(reference.language_model)
        logprobs, entropy = logprobs_and_entropy(policy)
        self._loss(logprobs, entropy, ref, labelled, advantages).backward()
        self.worker.trained.step()

    @staticmethod
    def _loss(logprobs: Tensor, entropy: Tensor, ref: Tensor, labelled: Tensor, advantages: Tensor) -> Tensor:
        ratio = (logprobs - logprobs.detach()).exp()
        loss = -torch.minimum(ratio * advantages[:, None], ratio.clamp(0.8, 1.2) * advantages[:, None])
        loss = loss - ENTROPY * entropy + KL * ((ref - logprobs).exp() - (ref - logprobs) - 1)
        return (loss * labelled).sum() / labelled.sum()

    def liger(self) -> None:
        from liger_kernel.chunked_loss import LigerFusedLinearGRPOLoss  # type: ignore[reportMissingImports]

        ids, mask, labels, labelled, advantages = self.padded()
        policy, reference = self.worker.model.language_model, self.worker.reference
        assert reference is not None

        def hidden(model: torch.nn.Module) -> Tensor:
            with torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32):
                return model.base_model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state[:, :-1]

        with torch.no_grad():
            ref = hidden(reference.language_model)
        loss = LigerFusedLinearGRPOLoss(
            beta=KL, compiled=self.device.type == "cuda", use_ref_model=True, loss_type="bnpo", temperature=TEMPERATURE
        )
        head, ref_head = (m.get_output_embeddings().weight for m in (policy, reference.language_model))
        found, _ = loss(hidden(policy).to(self.dtype), head, labels, labelled, advantages,
                        ref_input=ref.to(self.dtype), ref_weight=ref_head)  # fmt: skip
        found.backward()
        self.worker.trained.step()


def build(tokens: int, device: torch.device, shape: ShapeConfig) -> Bench:
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    master = random_model(shape, common.Words(VOCABULARY), seed=0)
    place(master, device)
    reference, model = copy.deepcopy(master).eval().requires_grad_(False), copy.deepcopy(master)
    place(reference, device, dtype)
    place(model, device, dtype)
    worker = worker_of(model, reference, dtype, None if dtype == torch.float32 else master)
    return Bench(worker, sequences(tokens, shape.vocab), device, dtype)


def worker_of(
    model: PreTrainedModel, reference: PreTrainedModel, dtype: torch.dtype, master: PreTrainedModel | None
) -> PolicyWorker:
    algorithm = AlgorithmConfig(entropy_coef=ENTROPY, kl_coef=KL, skip_constant_groups=False)
    return PolicyWorker(
        PolicyModel(model, "auto", dtype, 0), PolicyModel(reference, "auto", dtype, 0), algorithm,
        OptimizerConfig(), CompatConfig(), TEMPERATURE, master,
    )  # fmt: skip


def sequences(tokens: int, vocabulary: int) -> list[TrainSequence]:
    """About so many tokens: groups with a prompt in common, responses from half to twice 300."""
    rng = random.Random(0)
    found: list[TrainSequence] = []
    while sum(map(len, found)) < tokens:
        prompt = tuple(rng.choices(range(vocabulary), k=PROMPT))
        for _ in range(GROUP):
            response = tuple(rng.choices(range(vocabulary), k=int(300 * 2 ** rng.uniform(-1, 1))))
            one = torch.full((len(response),), rng.gauss(0, 1))
            found.append(TrainSequence(prompt, response, one, torch.zeros(len(response))))
            if sum(map(len, found)) >= tokens:
                break
    return found


def plain_attention(bench: Bench, plain: bool) -> None:
    """transformers' own attention for the padded routes, ours for the packed ones."""
    assert bench.worker.reference is not None
    for model in (bench.worker.model.language_model, bench.worker.reference.language_model):
        model.config._attn_implementation = "sdpa" if plain else "oneshot_rlvr"


class Peak:
    """GB above what was held when it was made."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        gc.collect()
        if sys.platform == "linux":
            ctypes.CDLL(None).malloc_trim(0)  # what is free goes back first
        if device.type == "cuda":
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
            self.before = torch.cuda.memory_allocated()
        else:
            Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
            self.before = self._kilobytes("VmRSS") * 1024

    def read(self) -> float:
        if self.device.type == "cuda":
            torch.cuda.synchronize()
            return (torch.cuda.max_memory_allocated() - self.before) / 1e9
        return (self._kilobytes("VmHWM") * 1024 - self.before) / 1e9

    @staticmethod
    def _kilobytes(name: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name))


def measure(bench: Bench, routes: Sequence[str], rounds: int) -> dict[str, common.Timings]:
    return common.alternate(
        {route: getattr(bench, route) for route in routes}, rounds,
        before=lambda route: plain_attention(bench, route in PADDED),
    )  # fmt: skip


def peak_of(route: str, tokens: int, args: argparse.Namespace) -> float:
    """GB that the first update takes above the models, in a process of its own: nothing is left over from another."""
    command = [sys.executable, __file__, "--memory-of", route, "--tokens", str(tokens), "--hidden", str(args.hidden)]
    command += ["--threads", str(args.threads)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    if find_spec("liger_kernel") is None and PEERS.exists():
        os.execv(PEERS, [str(PEERS), *sys.argv])  # where Liger is
    parser = argparse.ArgumentParser(description=__doc__, parents=[common.parent()])
    parser.add_argument("--tokens", type=int, default=4096, help="of the compared update")
    parser.add_argument("--long", type=int, default=24_000, help="tokens of the update that only ours does; 0: none")
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--memory-of", help="print the peak of one route and end")
    args = common.arguments(__doc__, parser)
    torch.set_num_threads(args.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    shape = ShapeConfig(hidden=args.hidden, layers=2, heads=2, kv_heads=1, ffn=4 * args.hidden, vocab=VOCABULARY,
                        max_positions=4096, tied=True)  # fmt: skip
    if args.memory_of:
        bench = build(args.tokens, device, shape)
        plain_attention(bench, args.memory_of in PADDED)
        peak = Peak(device)
        getattr(bench, args.memory_of)()
        print(peak.read())
        return
    result = common.Result("policy_update", rows=[])
    routes = ["ours", "full_logits"]
    for route, package in PACKAGES.items():
        if find_spec(package):
            routes.append(route)
        else:
            for kind in ("time", "memory"):
                result.skipped[f"{kind} against {route}"] = "no .venv-peers (make peers)"
    tokens = args.tokens // 4 if args.quick else args.tokens
    bench = build(tokens, device, shape)
    found = measure(bench, routes, args.rounds)
    peaks = {route: peak_of(route, tokens, args) for route in routes}
    for route in routes:
        result.rows.append({
            "update": route.replace("_", " "), "tokens": bench.tokens, "seconds": found[route].seconds,
            "CPU s": found[route].cpu_seconds, "peak memory, GB": peaks[route],
        })  # fmt: skip
    for route in routes[1:]:
        name = route.replace("_", " ")
        result.ratios[f"time against {name}"] = found[route].over(found["ours"])
        result.ratios[f"memory against {name}"] = peaks[route] / peaks["ours"]
    if args.long and not args.quick:
        whole, rest = (peak_of(route, args.long, args) for route in ("ours", "hidden_only"))
        result.rows.append({
            "update": "ours", "tokens": args.long, "peak memory, GB": whole, "without the head, GB": rest,
            "the head, GB": whole - rest,
        })  # fmt: skip
    common.finish(args, result)


if __name__ == "__main__":
    main()
