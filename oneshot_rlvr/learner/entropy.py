"""The coefficient of the entropy term that keeps the entropy at a target."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oneshot_rlvr.config.schema import AlgorithmConfig


@dataclass(slots=True)
class EntropyControl:
    """Raises the level of the coefficient by `rate` after a step whose entropy is below the target, lowers it as much
    after one above (never below 0), and applies it only while the entropy is not above (Skywork-OR1, arXiv 2505.22312,
    section 4). The entropy is that of the step before, since a step's own is known when it is over.

    Example: target 0.3, rate 0.01, level 0: entropies 0.2, 0.2, 0.4 give the next steps 0.01, 0.02, 0.
    """

    target: float  # nats a token
    rate: float
    level: float
    entropy: float | None = None  # of the last step, nats a token

    @property
    def coefficient(self) -> float:
        """Coefficient of the next step."""
        return 0.0 if self.entropy is not None and self.entropy > self.target else self.level

    def learn(self, entropy: float) -> None:
        """Takes in the entropy of a step."""
        change = self.rate * ((entropy < self.target) - (entropy > self.target))
        self.level, self.entropy = max(0.0, self.level + change), entropy

    def state(self) -> dict[str, float | None]:
        """The part of a checkpoint from which the next steps follow."""
        return {"entropy_level": self.level, "entropy": self.entropy}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Goes on from `state`; from the start where a checkpoint has none."""
        self.level, self.entropy = state.get("entropy_level") or 0.0, state.get("entropy")


def entropy_control(config: AlgorithmConfig) -> EntropyControl | None:
    """The control that `algorithm.entropy_target` asks for, from `entropy_coef` on; None without a target."""
    if not config.entropy_target:
        return None
    return EntropyControl(config.entropy_target, config.entropy_rate, config.entropy_coef)
