"""Protocols of the policy and the critic, which live in this process or are sharded over others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor

from oneshot_rlvr.config.schema import CriticConfig
from oneshot_rlvr.learner.optimizer import LossScale
from oneshot_rlvr.learner.sequences import TokenSums, TrainSequence, ValueSums
from oneshot_rlvr.models.plain import MicroBatches
from oneshot_rlvr.weights.checksum import Digest


class TrainedModel(Protocol):
    """The optimizer side of a model that is trained."""

    @property
    def updates(self) -> int:
        """Optimizer steps taken."""
        ...

    @property
    def scale(self) -> LossScale | None:
        """Scale of the loss; None where nothing is computed in float16."""
        ...

    def step(self, nonfinite: str | None = None) -> tuple[float, float]:
        """Clips, steps, clears; -> gradient norm before clipping, learning rate used."""
        ...


class Policy(Protocol):
    """The model that is trained and its frozen reference."""

    @property
    def trained(self) -> TrainedModel: ...

    def forward_backward(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: MicroBatches
    ) -> TokenSums:
        """Adds the gradient of sum_i weights_B[i] sum_t loss_it over the sequences of the micro-batches."""
        ...

    def gradient_norms(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: MicroBatches
    ) -> dict[str, float]:
        """Norm of each loss term's own gradient, its coefficient included, before clipping; leaves none behind."""
        ...

    def steer(self, coefficients: dict[str, float]) -> None:
        """Gives terms of the loss other coefficients than those of the configuration, from the next pass on."""
        ...

    def logprobs(
        self, sequences_B: Sequence[TrainSequence], micro_batches: MicroBatches, reference: bool = False
    ) -> list[Tensor]:
        """Log-probabilities [T] of every response under the current weights or the reference's, nats, on the CPU."""
        ...

    def score(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> tuple[float, ...]:
        """Log-probabilities [T] of one response under the current weights, at temperature 1, nats."""
        ...

    def compared(
        self, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]
    ) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
        """Log-probabilities [T] of each response of (prompt, response) under the current weights, at temperature 1,
        nats: by the pass of training, all together, and by the model called plainly, one at a time."""
        ...

    def weights(self) -> Iterable[tuple[str, Tensor]]:
        """(name, tensor) of every parameter, tied ones once: what an engine loads."""
        ...

    def digest(self) -> Digest | None:
        """Checksum of the weights as an engine gets them; None where it cannot be told."""
        ...


class Critic(Protocol):
    """The value model of PPO."""

    @property
    def trained(self) -> TrainedModel: ...

    @property
    def config(self) -> CriticConfig: ...

    def values(self, sequences_B: Sequence[TrainSequence], micro_batches: MicroBatches) -> list[Tensor]:
        """Value [T] before every response token of every sequence, on the CPU."""
        ...

    def forward_backward(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: MicroBatches
    ) -> ValueSums:
        """Adds the gradient of sum_i weights_B[i] sum_t value_loss_it."""
        ...


@dataclass(frozen=True, slots=True)
class Workers:
    """The models that are trained; the critic for PPO alone."""

    policy: Any  # a Policy; more than that to those who made it
    critic: Any = None  # a Critic or None
    notes: tuple[str, ...] = ()  # how they were made, to be said at the start
