"""Distance of sampler and trainer on the tokens of a step: means and shares, which do not grow with the tokens.

d = trainer - sampler log-probability of a sampled token, nats, at the sampling temperature, before the update. With the
same weights d is rounding, whose tails are heavy: the largest of a million tokens says how many there were, and the
largest alone is never judged.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from oneshot_rlvr.algorithms.losses import k3_kl

FAR = 0.5  # nats
K3_CLAMP = 10.0  # of one token, so that the exponential of one far token is not the step's figure
ERRORS = 3.0  # standard errors that a figure must be above its bound by: with few tokens, one of them does not do it


@dataclass(frozen=True, slots=True)
class Figure:
    """Mean over tokens with its standard error (tokens taken as independent; nan for a single one)."""

    value: float
    error: float

    @property
    def sure(self) -> float:
        """The distance from 0 that the figure has for certain. One token far from all others gives none, whatever its
        size: its share in the mean is then no more than the standard error."""
        return abs(self.value) - ERRORS * self.error


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The figures of one step. `k1` and `k3` estimate KL(sampler || trainer) (Schulman, 2020): of small noise with
    standard deviation s both are about s^2 / 2, since e^d has mean 1 over what the sampler draws."""

    mean: Figure  # |d|
    share: Figure  # tokens with |d| > FAR
    k1: Figure  # -d
    k3: Figure  # e^d - 1 - d
    largest: float  # |d|: a metric, and judged by nobody

    def figures(self) -> dict[str, Figure]:
        """Those that are judged, by name."""
        return {"mean": self.mean, "share": self.share, "k1": self.k1, "k3": self.k3}

    def beyond(self, bounds: Mapping[str, float]) -> dict[str, float]:
        """Value by name of the figures that are above their bound for certain; none where d is not finite."""
        if not math.isfinite(self.mean.value):
            return {}
        return {name: figure.value for name, figure in self.figures().items() if figure.sure > bounds[name]}

    def metrics(self) -> dict[str, float]:
        """The figures under the names of docs/metrics.md."""
        return {f"mismatch/{name}": figure.value for name, figure in self.figures().items()} | {
            "mismatch/max": self.largest
        }


def mismatch(trainer_T: Tensor, sampler_T: Tensor) -> Mismatch:
    """Compares log-probabilities [T] of the same tokens on both sides, nats; there is one token at least."""
    d = trainer_T - sampler_T
    gaps = d.abs()
    k3 = k3_kl(sampler_T, trainer_T, K3_CLAMP)
    return Mismatch(_figure(gaps), _figure((gaps > FAR).float()), _figure(-d), _figure(k3), gaps.max().item())


def _figure(x: Tensor) -> Figure:
    x = x.double()
    error = x.std() / math.sqrt(len(x)) if len(x) > 1 else math.nan
    return Figure(x.mean().item(), float(error))
