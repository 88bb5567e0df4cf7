"""The policy worker: gradients, optimizer steps, log-probabilities, state."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Iterator, Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from oneshot_rlvr import checkpoint
from oneshot_rlvr.algorithms.losses import clipped_policy_loss, importance_weights, k3_kl
from oneshot_rlvr.config.schema import AlgorithmConfig, CompatConfig, OptimizerConfig
from oneshot_rlvr.learner.optimizer import Trained
from oneshot_rlvr.models.cpu import threads
from oneshot_rlvr.models.lora import Base, adapter_weights, merged_weights, save_adapters
from oneshot_rlvr.models.no_grad import without_grad
from oneshot_rlvr.models.packing import PackedBatch, moved, pack
from oneshot_rlvr.models.policy import PolicyModel
from oneshot_rlvr.weights.checksum import Digest, digest_of

LOSS_TERMS = ("policy", "entropy", "kl")  # each with its coefficient, `<term>_coef`


@dataclass(frozen=True, slots=True)
class TrainSequence:
    """One rollout as the update sees it; tensors hold a number for each of its T response tokens."""

    prompt_ids: tuple[int, ...]
    response_ids: tuple[int, ...]  # [T]
    advantages: Tensor  # [T]
    sampler_logprobs: Tensor  # [T]
    old_logprobs: Tensor | None = None  # [T] of the policy that sampled; None: the current one (on policy)
    returns: Tensor | None = None  # [T] what the critic learns
    values: Tensor | None = None  # [T] of the critic before this step

    def __len__(self) -> int:
        """Tokens that a pass reads: all but the last, from which nothing is predicted."""
        return len(self.prompt_ids) + len(self.response_ids) - 1


@dataclass(slots=True)
class TokenSums:
    """Sums over response tokens, to be divided once. Loss terms are already weighted (their sum is the mean)."""

    loss: float = 0.0
    policy_loss: float = 0.0
    entropy_loss: float = 0.0
    kl_loss: float = 0.0
    entropy: float = 0.0
    kl: float = 0.0
    clipped: float = 0.0
    tokens: int = 0
    logprobs_B: dict[int, Tensor] = field(default_factory=dict)  # sequence index -> [T], before the update
    entropies_B: dict[int, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _MicroBatch:
    """What one pass found, where it was computed: to read a number of a GPU is to wait for all that it has to do."""

    members: Sequence[int]
    lengths: list[int]  # response tokens of each
    sums: Tensor  # of TokenSums' first fields, in their order
    logprobs: Tensor  # [R]
    entropies: Tensor  # [R]


def _read(found: Sequence[_MicroBatch]) -> TokenSums:
    loss, policy_loss, entropy_loss, kl_loss, entropy, kl, clipped = total([item.sums for item in found], 7)
    sums = TokenSums(loss, policy_loss, entropy_loss, kl_loss, entropy, kl, clipped)
    for item in found:
        sums.tokens += sum(item.lengths)
        sums.logprobs_B.update(zip(item.members, item.logprobs.cpu().split(item.lengths)))
        sums.entropies_B.update(zip(item.members, item.entropies.cpu().split(item.lengths)))
    return sums


def scalars(*values: Tensor) -> Tensor:
    """[N] in float64, without gradient."""
    return torch.stack([value.detach().double() for value in values])


def total(rows: Sequence[Tensor], columns: int) -> list[float]:
    """Sums of `scalars` over micro-batches."""
    found = torch.stack(list(rows)).tolist() if rows else []
    return [sum((row[i] for row in found), 0.0) for i in range(columns)]


def packed(chosen: Sequence[TrainSequence], device: torch.device) -> PackedBatch:
    """One micro-batch, on `device`."""
    return pack([s.prompt_ids for s in chosen], [s.response_ids for s in chosen]).to(device)


class PolicyWorker:
    """Holds the trained model (float32 master weights), its frozen reference and the optimizer.

    `master`: the float32 model, where passes are made with another.
    """

    def __init__(
        self,
        model: PolicyModel,
        reference: PolicyModel | Base | None,
        algorithm: AlgorithmConfig,
        optimizer: OptimizerConfig,
        compat: CompatConfig,
        temperature: float,
        master: PreTrainedModel | None = None,
    ) -> None:
        self.model, self.reference = model.train(), reference
        self.algorithm, self.temperature = algorithm, temperature
        self.trained = Trained(model.language_model, optimizer, compat, master, algorithm.updates_per_step)
        self.device = next(model.parameters()).device
        self.lanes = threads.number_of_lanes(model) if self.trained.whole else 1

    def forward_backward(
        self,
        sequences_B: Sequence[TrainSequence],
        weights_B: Tensor,
        micro_batches: Sequence[Sequence[int]],
        only: str | None = None,
    ) -> TokenSums:
        """Add the gradient of sum_i weights_B[i] sum_t loss_it over the named sequences.

        `micro_batches` hold indices into `sequences_B`; a sequence in none of them contributes nothing.
        `only` names the one term of the loss to take, one of `loss_terms`.
        """
        cfg = self.algorithm
        if only is not None:
            cfg = replace(cfg, **{f"{term}_coef": 0.0 for term in LOSS_TERMS if term != only})
        return _read(threads.accumulate(
            self.lanes, self.model, [len(s) for s in sequences_B], micro_batches,
            lambda members: self._loss(cfg, sequences_B, weights_B, members),
        ))  # fmt: skip

    @property
    def loss_terms(self) -> tuple[str, ...]:
        """Names of the terms that the loss has."""
        terms = [term for term in LOSS_TERMS if getattr(self.algorithm, f"{term}_coef") != 0]
        return tuple(t for t in terms if t != "kl" or (self.reference is not None and not self.algorithm.kl_in_reward))

    def gradient_norms(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: Sequence[Sequence[int]]
    ) -> dict[str, float]:
        """Norm of each loss term's own gradient, its coefficient included, before clipping: a pass for each term.

        To be called where no gradient is held; none is left behind, and neither weights nor optimizer are touched.
        """
        norms = {}
        for term in self.loss_terms:
            self.forward_backward(sequences_B, weights_B, micro_batches, only=term)
            norms[term] = self.trained.gradient_norm()
            self.trained.zero_grad()
        return norms

    def _loss(
        self,
        cfg: AlgorithmConfig,
        sequences_B: Sequence[TrainSequence],
        weights_B: Tensor,
        members: Sequence[int],
    ) -> tuple[Tensor, _MicroBatch]:
        """Of one micro-batch, and what it is made of."""
        chosen = [sequences_B[i] for i in members]
        batch = packed(chosen, self.device)
        logprobs, entropy = self.model(batch, self.temperature, self.lanes)
        weight_T = moved(weights_B[list(members)], self.device)[batch.owner]
        advantages_T = moved(torch.cat([s.advantages for s in chosen]), self.device)
        old_logprobs = self._old_logprobs(logprobs, chosen)
        policy_T, clipped_T = clipped_policy_loss(logprobs, old_logprobs, advantages_T, cfg.clip_ratio)
        if cfg.rollout_correction == "tis":
            sampled_T = moved(torch.cat([s.sampler_logprobs for s in chosen]), self.device)
            policy_T = policy_T * importance_weights(old_logprobs, sampled_T, cfg.rollout_correction_cap)
        policy_loss = (weight_T * policy_T).sum()
        loss = cfg.policy_coef * policy_loss
        entropy_loss = kl_loss = kl = torch.zeros_like(loss)
        if cfg.entropy_coef != 0:
            entropy_loss = -(weight_T * entropy).sum()
            loss = loss + cfg.entropy_coef * entropy_loss
        if self.reference is not None and not cfg.kl_in_reward and cfg.kl_coef != 0:
            with without_grad(_module(self.reference)):
                ref_logprobs, _ = self.reference(batch, self.temperature, self.lanes)
            kl_T = k3_kl(logprobs, ref_logprobs, cfg.kl_clamp)
            kl_loss = (weight_T * kl_T).sum()
            loss, kl = loss + cfg.kl_coef * kl_loss, kl_T.sum()
        sums = scalars(loss, policy_loss, entropy_loss, kl_loss, entropy.sum(), kl, clipped_T.sum())
        lengths = [len(s.response_ids) for s in chosen]
        return loss, _MicroBatch(members, lengths, sums, logprobs.detach(), entropy.detach())

    def _old_logprobs(self, logprobs: Tensor, chosen: list[TrainSequence]) -> Tensor:
        if any(s.old_logprobs is None for s in chosen):
            return logprobs.detach()
        return moved(torch.cat([s.old_logprobs for s in chosen if s.old_logprobs is not None]), self.device)

    def logprobs(
        self, sequences_B: Sequence[TrainSequence], micro_batches: Sequence[Sequence[int]], reference: bool = False
    ) -> list[Tensor]:
        """Log-probabilities [T] of every response under the current weights or the reference's, on the CPU."""
        model = self.reference if reference and self.reference is not None else self.model

        def compute(members: Sequence[int]) -> Tensor:
            values, _ = model(packed([sequences_B[i] for i in members], self.device), self.temperature, self.lanes)
            return values

        lengths, rows = [len(s) for s in sequences_B], [len(s.response_ids) for s in sequences_B]
        with without_grad(_module(model)):
            return threads.without_gradient(self.lanes, lengths, micro_batches, compute, rows)

    def score(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> tuple[float, ...]:
        """Log-probabilities [T] of one response under the current weights, at temperature 1, nats."""
        with without_grad(self.model):
            logprobs, _ = self.model(pack([prompt_ids], [response_ids]).to(self.device), 1.0)
        return tuple(logprobs.tolist())

    def weights(self, master: bool = False) -> Iterator[tuple[str, Tensor]]:
        """(name, tensor) of every parameter of the language model, tied ones once, adapters merged.

        `master`: in float32 also where they are worked with in less.
        """
        yield from merged_weights(self.trained.master if master else self.language_model)

    def adapters(self) -> dict[str, Tensor]:
        """Whole tensors by name, on the CPU; none without adapters. Sharded: every process calls."""
        return adapter_weights(self.language_model)

    def export(
        self, folder: Path, tokenizer: PreTrainedTokenizerBase, dtype: torch.dtype, weights: dict[str, Tensor],
        adapters: dict[str, Tensor],
    ) -> None:  # fmt: skip
        """The model folder, of whole `weights` on the CPU, and in it `adapter` in peft's format where there are any."""
        checkpoint.export_model(self.language_model, tokenizer, folder, dtype, weights)
        if adapters:
            save_adapters(self.language_model, adapters, folder / "adapter")

    def digest(self) -> Digest:
        """Of the weights in the dtype of the computation, which is the samplers'."""
        return digest_of((name, tensor.to(self.model.dtype)) for name, tensor in self.weights())

    @property
    def language_model(self) -> PreTrainedModel:
        return self.model.language_model


def _module(model: PolicyModel | Base) -> PolicyModel:
    """What a pass of it goes through: the policy itself where the reference is its base."""
    return model.policy if isinstance(model, Base) else model
