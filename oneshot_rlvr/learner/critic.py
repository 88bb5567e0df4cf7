"""The critic worker of PPO: values, gradients, optimizer steps."""

from functools import partial
from typing import Sequence

from torch import Tensor

from oneshot_rlvr.algorithms.losses import clipped_value_loss
from oneshot_rlvr.config.schema import CompatConfig, CriticConfig, OptimizerConfig
from oneshot_rlvr.learner.optimizer import Trained
from oneshot_rlvr.learner.policy import join, packed, scalars, total
from oneshot_rlvr.learner.sequences import TrainSequence, ValueSums
from oneshot_rlvr.models.critic import ValueModel
from oneshot_rlvr.models.fast import fast
from oneshot_rlvr.models.no_grad import without_grad
from oneshot_rlvr.models.packing import moved
from oneshot_rlvr.models.plain import MicroBatches, Passes


class CriticWorker:
    """Holds the value model (float32 master weights) and its optimizer."""

    def __init__(
        self,
        model: ValueModel,
        config: CriticConfig,
        optimizer: OptimizerConfig,
        compat: CompatConfig,
        master: ValueModel | None = None,
        updates_per_step: int = 1,
    ) -> None:
        self.model, self.config = model.train(), config
        self.trained = Trained(model, optimizer, compat, master, updates_per_step)
        self.device = next(model.parameters()).device
        self.passes = fast.passes(model) if self.trained.whole else Passes(model)

    def values(
        self, sequences_B: Sequence[TrainSequence], micro_batches: MicroBatches
    ) -> list[Tensor]:
        """Fulfils Critic.values."""

        def compute(members: Sequence[int]) -> Tensor:
            return self.model(packed([sequences_B[i] for i in members], self.device))

        lengths, rows = [len(s) for s in sequences_B], [len(s.response_ids) for s in sequences_B]
        with without_grad(self.model):
            return self.passes.without_gradient(lengths, micro_batches, compute, rows)

    def forward_backward(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: MicroBatches
    ) -> ValueSums:
        """Fulfils Critic.forward_backward."""
        rows = partial(join, device=self.device)

        def loss(members: Sequence[int]) -> tuple[Tensor, Tensor]:
            chosen = [sequences_B[i] for i in members]
            batch = packed(chosen, self.device)
            weight_T = moved(weights_B[list(members)], self.device)[batch.owner]
            returns, old_values = rows([s.returns for s in chosen]), rows([s.values for s in chosen])
            assert returns is not None and old_values is not None
            loss_T, clipped_T = clipped_value_loss(self.model(batch), old_values, returns, self.config.value_clip)
            mask_T = rows([s.mask for s in chosen])
            if mask_T is not None:
                weight_T, clipped_T = weight_T * mask_T, clipped_T * mask_T
            loss = (weight_T * loss_T).sum()
            return self.trained.scaled(loss), scalars(loss, clipped_T.sum())

        lengths = [len(s) for s in sequences_B]
        found = self.passes.accumulate(lengths, micro_batches, loss)
        return ValueSums(*total(found)) if found else ValueSums()
