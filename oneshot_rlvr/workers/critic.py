"""The critic worker of PPO: values, gradients, optimizer steps."""

from dataclasses import dataclass
from typing import Sequence

import torch
from torch import Tensor

from oneshot_rlvr.algorithms.losses import clipped_value_loss
from oneshot_rlvr.config.schema import CompatConfig, CriticConfig, OptimizerConfig
from oneshot_rlvr.models.critic import ValueModel
from oneshot_rlvr.workers import lanes
from oneshot_rlvr.workers.policy import TrainSequence, packed
from oneshot_rlvr.workers.trained import Trained


@dataclass(slots=True)
class ValueSums:
    """The value loss is already weighted; the other is a sum over response tokens."""

    loss: float = 0.0
    clipped: float = 0.0


class CriticWorker:
    """Holds the value model (float32 master weights) and its optimizer."""

    def __init__(
        self,
        model: ValueModel,
        config: CriticConfig,
        optimizer: OptimizerConfig,
        compat: CompatConfig,
        master: ValueModel | None = None,
    ) -> None:
        self.model, self.config = model.train(), config
        self.trained = Trained(model, optimizer, compat, master)
        self.device = next(model.parameters()).device
        self.lanes = lanes.number_of_lanes(model) if self.trained.whole else 1

    def values(
        self, sequences_B: Sequence[TrainSequence], micro_batches: Sequence[Sequence[int]]
    ) -> list[Tensor]:
        """Value [T] before every response token of every sequence, on the CPU."""

        def compute(members: Sequence[int]) -> Sequence[Tensor]:
            chosen = [sequences_B[i] for i in members]
            return self.model(packed(chosen, self.device)).cpu().split([len(s.response_ids) for s in chosen])

        return lanes.without_gradient(self.lanes, [len(s) for s in sequences_B], micro_batches, compute)

    def forward_backward(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: Sequence[Sequence[int]]
    ) -> ValueSums:
        """Add the gradient of sum_i weights_B[i] sum_t value_loss_it."""

        def loss(members: Sequence[int], sums: ValueSums) -> Tensor:
            chosen = [sequences_B[i] for i in members]
            batch = packed(chosen, self.device)
            weight_T = weights_B[list(members)].to(self.device)[batch.owner]
            returns = torch.cat([s.returns for s in chosen if s.returns is not None]).to(self.device)
            old_values = torch.cat([s.values for s in chosen if s.values is not None]).to(self.device)
            loss_T, clipped_T = clipped_value_loss(self.model(batch), old_values, returns, self.config.value_clip)
            loss = (weight_T * loss_T).sum()
            sums.loss += loss.item()
            sums.clipped += clipped_T.sum().item()
            return loss

        return lanes.accumulate(
            self.lanes, self.model, [len(s) for s in sequences_B], micro_batches, loss, ValueSums
        )
