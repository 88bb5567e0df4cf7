"""The policy worker: gradients, optimizer steps, log-probabilities, state."""

from dataclasses import dataclass, field
from typing import Any, Iterator, Sequence

import torch
from torch import Tensor
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from transformers import PreTrainedModel

from oneshot_rlvr.algorithms.losses import clipped_policy_loss, k3_kl
from oneshot_rlvr.checkpoint import Checkpoint, load_trainer_state
from oneshot_rlvr.config.schema import AlgorithmConfig, CompatConfig, OptimizerConfig
from oneshot_rlvr.models.packing import PackedBatch, pack
from oneshot_rlvr.models.policy import PolicyModel


@dataclass(frozen=True, slots=True)
class TrainSequence:
    """One rollout as the update sees it; the advantage stands for every one of its response tokens."""

    prompt_ids: tuple[int, ...]
    response_ids: tuple[int, ...]
    advantage: float
    old_logprobs: Tensor | None = None  # [T] of the policy that sampled; None: the current one (on policy)


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


class PolicyWorker:
    """Holds the trained model (float32 master weights), its frozen reference and the optimizer."""

    def __init__(
        self,
        model: PolicyModel,
        reference: PolicyModel | None,
        algorithm: AlgorithmConfig,
        optimizer: OptimizerConfig,
        compat: CompatConfig,
        temperature: float,
    ) -> None:
        self.model, self.reference = model.train(), reference
        self.algorithm, self.temperature = algorithm, temperature
        self.settings, self.compat = optimizer, compat
        self.device = next(model.parameters()).device
        self.updates = 0  # optimizer steps taken
        self.optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=optimizer.lr,
            betas=(optimizer.beta1, optimizer.beta2),
            eps=optimizer.eps,
            weight_decay=optimizer.weight_decay,
            fused=True,
        )

    def forward_backward(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: Sequence[Sequence[int]]
    ) -> TokenSums:
        """Add the gradient of sum_i weights_B[i] sum_t loss_it over the named sequences.

        `micro_batches` hold indices into `sequences_B`; a sequence in none of them contributes nothing.
        """
        sums = TokenSums()
        for members in micro_batches:
            chosen = [sequences_B[i] for i in members]
            batch = pack([s.prompt_ids for s in chosen], [s.response_ids for s in chosen]).to(self.device)
            loss = self._loss(batch, chosen, weights_B[list(members)].to(self.device), members, sums)
            loss.backward()
        return sums

    def _loss(
        self, batch: PackedBatch, chosen: list[TrainSequence], weights: Tensor, members: Sequence[int], sums: TokenSums
    ) -> Tensor:
        cfg = self.algorithm
        logprobs, entropy = self.model(batch, self.temperature)
        weight_T = weights[batch.owner]
        advantages_T = torch.tensor([s.advantage for s in chosen], device=self.device)[batch.owner]
        policy_T, clipped_T = clipped_policy_loss(
            logprobs, self._old_logprobs(logprobs, chosen), advantages_T, cfg.clip_ratio
        )
        policy_loss = (weight_T * policy_T).sum()
        loss = cfg.policy_coef * policy_loss
        sums.policy_loss += policy_loss.item()
        if cfg.entropy_coef != 0:
            entropy_loss = -(weight_T * entropy).sum()
            loss = loss + cfg.entropy_coef * entropy_loss
            sums.entropy_loss += entropy_loss.item()
        if self.reference is not None:
            with torch.no_grad():
                ref_logprobs, _ = self.reference(batch, self.temperature)
            kl_T = k3_kl(logprobs, ref_logprobs, cfg.kl_clamp)
            kl_loss = (weight_T * kl_T).sum()
            loss = loss + cfg.kl_coef * kl_loss
            sums.kl_loss += kl_loss.item()
            sums.kl += kl_T.detach().sum().item()
        sums.loss += loss.item()
        sums.entropy += entropy.detach().sum().item()
        sums.clipped += clipped_T.sum().item()
        sums.tokens += len(batch.labels)
        lengths = [len(s.response_ids) for s in chosen]
        sums.logprobs_B.update(zip(members, logprobs.detach().cpu().split(lengths)))
        sums.entropies_B.update(zip(members, entropy.detach().cpu().split(lengths)))
        return loss

    def _old_logprobs(self, logprobs: Tensor, chosen: list[TrainSequence]) -> Tensor:
        if any(s.old_logprobs is None for s in chosen):
            return logprobs.detach()
        return torch.cat([s.old_logprobs for s in chosen if s.old_logprobs is not None]).to(self.device)

    def optim_step(self) -> tuple[float, float]:
        """Clip, step, clear. -> gradient norm before clipping, learning rate used."""
        for parameter in self.model.parameters():
            if parameter.grad is None:  # nothing had a gradient: AdamW must still see a zero, not skip the step
                parameter.grad = torch.zeros_like(parameter)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip_norm)
        lr = self.settings.lr * self._lr_factor()
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.updates += 1
        return float(norm), lr

    def _lr_factor(self) -> float:
        """Linear warm-up to the full rate, which is the rate from the first update where there is none."""
        if self.compat.zero_lr_first_update:
            return min(1.0, self.updates / max(1, self.settings.warmup_steps))
        return min(1.0, (self.updates + 1) / max(1, self.settings.warmup_steps))

    @torch.no_grad()
    def logprobs(
        self, sequences_B: Sequence[TrainSequence], micro_batches: Sequence[Sequence[int]]
    ) -> list[Tensor]:
        """Log-probabilities [T] of every sequence's response under the current weights, on the CPU."""
        found: dict[int, Tensor] = {}
        for members in micro_batches:
            chosen = [sequences_B[i] for i in members]
            batch = pack([s.prompt_ids for s in chosen], [s.response_ids for s in chosen]).to(self.device)
            values, _ = self.model(batch, self.temperature)
            found.update(zip(members, values.cpu().split([len(s.response_ids) for s in chosen])))
        return [found[i] for i in range(len(sequences_B))]

    def weights(self) -> Iterator[tuple[str, Tensor]]:
        """(name, tensor) of every parameter of the language model, tied ones once."""
        for name, parameter in self.language_model.named_parameters():
            yield name, parameter.detach()

    def state(self) -> dict[str, Any]:
        """Master weights and optimizer state, by parameter name: what torch.distributed.checkpoint stores."""
        weights, optimizer = get_state_dict(self.language_model, self.optimizer)
        return {"model": weights, "optimizer": optimizer}

    def load_state(self, saved: Checkpoint) -> None:
        state = self.state()
        values = load_trainer_state(saved, state)
        set_state_dict(
            self.language_model,
            self.optimizer,
            model_state_dict=state["model"],
            optim_state_dict=state["optimizer"],
        )
        self.updates = values["updates"]

    @property
    def language_model(self) -> PreTrainedModel:
        return self.model.language_model
