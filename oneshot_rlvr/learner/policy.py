"""The policy worker: gradients, optimizer steps, log-probabilities, state."""

from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from oneshot_rlvr import checkpoint
from oneshot_rlvr.algorithms import registry
from oneshot_rlvr.algorithms.losses import NEED_REFERENCE, TERMS, Term, TokenBatch, coefficient
from oneshot_rlvr.config.schema import AlgorithmConfig, CompatConfig, OptimizerConfig
from oneshot_rlvr.errors import RunError
from oneshot_rlvr.learner.optimizer import Trained
from oneshot_rlvr.learner.sequences import TokenSums, TrainSequence
from oneshot_rlvr.models.fast import fast
from oneshot_rlvr.models.lora import Base, adapter_weights, merged_weights, save_adapters
from oneshot_rlvr.models.no_grad import without_grad
from oneshot_rlvr.models.packing import PackedBatch, moved, pack
from oneshot_rlvr.models.plain import MicroBatches, Passes
from oneshot_rlvr.models.policy import PolicyModel
from oneshot_rlvr.plugin import their_code
from oneshot_rlvr.weights.checksum import Digest, digest_of

LOSS_METRICS = {"policy": "pg"}  # term -> name in `policy/<name>_loss`, where it is another


@dataclass(frozen=True, slots=True)
class _MicroBatch:
    """The sums of one pass, on their device: to read a number of a GPU is to wait for all that it has to do."""

    members: Sequence[int]
    lengths: list[int]  # response tokens of each
    tokens: int  # of them that are trained on
    weighted: dict[str, Tensor]
    summed: dict[str, Tensor]
    logprobs: Tensor  # [R]
    entropies: Tensor  # [R]


def _read(found: Sequence[_MicroBatch]) -> TokenSums:
    """Fetches the sums of all micro-batches at once."""
    sums = TokenSums()
    if not found:
        return sums
    names = [*found[0].weighted], [*found[0].summed]
    values = total([scalars(*item.weighted.values(), *item.summed.values()) for item in found])
    sums.weighted.update(zip(names[0], values))
    sums.summed.update(zip(names[1], values[len(names[0]) :]))
    for item in found:
        sums.tokens += item.tokens
        sums.logprobs_B.update(zip(item.members, item.logprobs.cpu().split(item.lengths)))
        sums.entropies_B.update(zip(item.members, item.entropies.cpu().split(item.lengths)))
    return sums


def scalars(*values: Tensor) -> Tensor:
    """Numbers as one tensor [N] in float64, without gradient."""
    return torch.stack([value.detach().double() for value in values])


def total(rows: Sequence[Tensor]) -> list[float]:
    """Sums of `scalars` over micro-batches."""
    found = torch.stack(list(rows)).tolist()
    return [sum((row[i] for row in found), 0.0) for i in range(len(found[0]))]


def terms_of(config: AlgorithmConfig) -> dict[str, Term]:
    """The loss terms of an algorithm by name; those that are functions of the user's own are guarded."""
    terms: dict[str, Term] = {}
    for term in registry.algorithm(config).terms:
        if callable(term):
            name = getattr(term, "__name__", str(term))
            terms[name] = _guarded(term, f"algorithm.path={config.path}, term {name}")
        else:
            terms[term] = TERMS[term]
    return terms


def _guarded(term: Term, what: str) -> Term:
    """A term whose errors, and results of another form, are one line that says `what` failed."""

    def guarded(tokens: TokenBatch, config: AlgorithmConfig) -> tuple[Tensor, dict[str, Tensor]]:
        with their_code(what):
            loss, metrics = term(tokens, config)
        found = {"the loss": loss} | {f"{name!r}": metric for name, metric in metrics.items()}
        for name, values in found.items():
            shape = list(values.shape) if isinstance(values, Tensor) else type(values).__name__
            if shape != list(tokens.logprobs.shape):
                due = f"a number for each of {len(tokens.logprobs)} tokens is due"
                raise RunError(f"{what}: {name} is {shape} where {due}")
        return loss, metrics

    return guarded


def packed(chosen: Sequence[TrainSequence], device: torch.device) -> PackedBatch:
    """Packs sequences into one micro-batch, on `device`."""
    return pack([s.prompt_ids for s in chosen], [s.response_ids for s in chosen]).to(device)


def join(rows: Sequence[Tensor | None], device: torch.device) -> Tensor | None:
    """Rows [T] of a micro-batch one after the other, on `device`; None where they are not given."""
    given = [row for row in rows if row is not None]
    return moved(torch.cat(given), device) if given else None


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
        self.terms, self.steered = terms_of(algorithm), dict[str, float]()
        self.trained = Trained(model.language_model, optimizer, compat, master, algorithm.updates_per_step)
        self.device = next(model.parameters()).device
        self.passes = fast.passes(model) if self.trained.whole else Passes(model)

    def forward_backward(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: MicroBatches,
        only: str | None = None,
    ) -> TokenSums:  # fmt: skip
        """Fulfils Policy.forward_backward; `only` names the one term of the loss to take, one of `loss_terms`."""
        return _read(self.passes.accumulate(
            [len(s) for s in sequences_B], micro_batches,
            lambda members: self._loss(sequences_B, weights_B, members, only),
        ))  # fmt: skip

    def coefficient(self, term: str) -> float:
        """The coefficient of a term; 0 for one that needs a reference where there is none."""
        if term in NEED_REFERENCE and self.reference is None:
            return 0.0
        return self.steered.get(term, coefficient(term, self.algorithm))

    def steer(self, coefficients: dict[str, float]) -> None:
        """Fulfils Policy.steer."""
        self.steered = coefficients

    @property
    def loss_terms(self) -> tuple[str, ...]:
        """Names of the terms that the loss has."""
        return tuple(name for name in self.terms if self.coefficient(name) != 0)

    def gradient_norms(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: MicroBatches
    ) -> dict[str, float]:
        """Fulfils Policy.gradient_norms, by a pass for each term.

        To be called where no gradient is held; none is left behind, and neither weights nor optimizer are touched.
        """
        norms = {}
        for term in self.loss_terms:
            self.forward_backward(sequences_B, weights_B, micro_batches, only=term)
            norms[term] = self.trained.gradient_norm()
            self.trained.zero_grad()
        return norms

    def _loss(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, members: Sequence[int], only: str | None
    ) -> tuple[Tensor, _MicroBatch]:
        """Loss of one micro-batch, and what it is made of."""
        chosen = [sequences_B[i] for i in members]
        batch = packed(chosen, self.device)
        logprobs, entropy = self.model(batch, self.temperature)
        weight_T = moved(weights_B[list(members)], self.device)[batch.owner]
        tokens = self._tokens(batch, chosen, logprobs, entropy)
        mask_T = tokens.mask
        weight_T = weight_T if mask_T is None else weight_T * mask_T
        parts: list[Tensor] = []
        weighted: dict[str, Tensor] = {}
        summed = {"policy/entropy": entropy}
        for name, term in self.terms.items():
            factor = self.coefficient(name) if only in (None, name) else 0.0
            if name in NEED_REFERENCE and factor == 0:
                continue
            loss_T, metrics = term(tokens, self.algorithm)
            part = (weight_T * loss_T).sum()
            if factor != 0:
                parts.append(factor * part)
            weighted[f"policy/{LOSS_METRICS.get(name, name)}_loss"] = part
            summed |= metrics
        # Where no term acts there must still be a loss that depends on the weights.
        loss = sum(parts[1:], parts[0]) if parts else 0.0 * (weight_T * logprobs).sum()
        sums = {name: (x if mask_T is None else x * mask_T).sum() for name, x in summed.items()}
        lengths, trained = [len(s.response_ids) for s in chosen], sum(s.num_trained for s in chosen)
        return self.trained.scaled(loss), _MicroBatch(
            members, lengths, trained, {"policy/loss": loss} | weighted, sums, logprobs.detach(), entropy.detach()
        )

    def _tokens(
        self, batch: PackedBatch, chosen: list[TrainSequence], logprobs: Tensor, entropy: Tensor
    ) -> TokenBatch:
        """The numbers that the terms see of a micro-batch; the reference is passed only where a term needs it."""
        reference = None
        needed = any(self.coefficient(name) != 0 for name in NEED_REFERENCE if name in self.terms)
        if self.reference is not None and needed:
            with without_grad(_module(self.reference)):
                reference, _ = self.reference(batch, self.temperature)
        old = join([s.old_logprobs for s in chosen], self.device)
        sampled = join([s.sampler_logprobs for s in chosen], self.device)
        advantages = join([s.advantages for s in chosen], self.device)
        assert sampled is not None and advantages is not None
        return TokenBatch(
            logprobs, entropy, logprobs.detach() if old is None else old, sampled, advantages, batch.owner, len(chosen),
            reference, join([s.mask for s in chosen], self.device), join([s.marked for s in chosen], self.device),
        )  # fmt: skip

    def logprobs(
        self, sequences_B: Sequence[TrainSequence], micro_batches: MicroBatches, reference: bool = False
    ) -> list[Tensor]:
        """Fulfils Policy.logprobs."""
        model = self.reference if reference and self.reference is not None else self.model

        def compute(members: Sequence[int]) -> Tensor:
            values, _ = model(packed([sequences_B[i] for i in members], self.device), self.temperature)
            return values

        lengths, rows = [len(s) for s in sequences_B], [len(s.response_ids) for s in sequences_B]
        with without_grad(_module(model)):
            return self.passes.without_gradient(lengths, micro_batches, compute, rows)

    def score(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> tuple[float, ...]:
        """Fulfils Policy.score."""
        with without_grad(self.model):
            logprobs, _ = self.model(pack([prompt_ids], [response_ids]).to(self.device), 1.0)
        return tuple(logprobs.tolist())

    def compared(
        self, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]
    ) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
        """Fulfils Policy.compared."""
        prompts, responses = zip(*pairs)
        batch, lengths = pack(prompts, responses).to(self.device), [len(response) for response in responses]
        with without_grad(self.model):
            found = [self.model(batch, 1.0, plainly)[0] for plainly in (False, True)]
        own, plain = ([tuple(row.tolist()) for row in rows.split(lengths)] for rows in found)
        return own, plain

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
        """Checksum of the weights in the dtype of the computation, which is the engines'."""
        return digest_of((name, tensor.to(self.model.dtype)) for name, tensor in self.weights())

    @property
    def language_model(self) -> PreTrainedModel:
        return self.model.language_model


def _module(model: PolicyModel | Base) -> PolicyModel:
    """The module that a pass goes through: the policy itself where the reference is its base."""
    return model.policy if isinstance(model, Base) else model
