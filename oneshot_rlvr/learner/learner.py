"""The learner: from rewarded rollouts to new weights."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from oneshot_rlvr.config.schema import AlgorithmConfig
from oneshot_rlvr.learner.entropy import EntropyControl
from oneshot_rlvr.learner.estimate import Batch, estimate
from oneshot_rlvr.learner.optimizer import LossScale
from oneshot_rlvr.learner.update import StepStats, update
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.types import Rollout


@dataclass(frozen=True, slots=True)
class Learner:
    """Policy and critic with the settings under which they learn."""

    workers: Workers
    algorithm: AlgorithmConfig
    micro_batch_tokens: int
    constant: float  # denominator of a response with normalization=constant, tokens
    entropy: EntropyControl | None = None

    def advantages(self, rollouts: Sequence[Rollout], version: int) -> Batch:
        """Rollouts with their advantages; `version` is the step whose weights the policy has."""
        return estimate(self.workers, rollouts, self.algorithm, self.micro_batch_tokens, version)

    def update(self, batch: Batch, by_term: bool = False) -> StepStats:
        """The step's optimizer steps; with `by_term` the norm of each loss term's gradient is measured first."""
        if self.entropy is not None:
            self.workers.policy.steer({"entropy": self.entropy.coefficient})
        stats = update(self.workers, batch, self.algorithm, self.micro_batch_tokens, self.constant, by_term)
        if self.entropy is not None and "policy/entropy" in stats.values:
            stats.values["policy/entropy_coef"] = self.entropy.coefficient
            self.entropy.learn(stats.values["policy/entropy"])
        return stats

    def state(self) -> dict[str, Any]:
        """State beside that of the workers: JSON, {} for none."""
        state = self.entropy.state() if self.entropy is not None else {}
        scales = {name: scale.state() for name, scale in self._scales().items()}
        return state | {"loss_scale": scales} if scales else state

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Takes up what `state` gave."""
        if self.entropy is not None:
            self.entropy.load_state(state)
        for name, scale in self._scales().items():
            scale.load_state(state["loss_scale"][name])

    def _scales(self) -> dict[str, LossScale]:
        parts = {"policy": self.workers.policy, "critic": self.workers.critic}
        return {name: part.trained.scale for name, part in parts.items() if part and part.trained.scale is not None}

    def weights(self) -> Iterable[tuple[str, Tensor]]:
        """(name, tensor) of every parameter, tied ones once: what an engine loads."""
        return self.workers.policy.weights()
