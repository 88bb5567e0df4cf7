"""The tensors of a rollout, and the sums that a pass over them returns."""

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True, slots=True)
class TrainSequence:
    """The tensors of one rollout; each holds a number for each of its T response tokens."""

    prompt_ids: tuple[int, ...]
    response_ids: tuple[int, ...]  # [T]
    advantages: Tensor  # [T]
    sampler_logprobs: Tensor  # [T]
    old_logprobs: Tensor | None = None  # [T] of the policy that sampled; None: the current one (on policy)
    returns: Tensor | None = None  # [T] what the critic learns
    values: Tensor | None = None  # [T] of the critic before this step
    mask: Tensor | None = None  # [T] 1 for a token that is trained on, else 0; None: all are
    marked: Tensor | None = None  # [T] 1 for a token that algorithm.covariance chose, else 0

    def __len__(self) -> int:
        """Tokens that a pass reads: all but the last, from which nothing is predicted."""
        return len(self.prompt_ids) + len(self.response_ids) - 1

    @property
    def stale(self) -> bool:
        """True where the old log-probabilities are the sampler's own, since weights of an earlier step sampled it."""
        return self.old_logprobs is self.sampler_logprobs

    @property
    def num_trained(self) -> int:
        """Response tokens that are trained on."""
        return len(self.response_ids) if self.mask is None else int(self.mask.sum())


@dataclass(slots=True)
class TokenSums:
    """Sums over the response tokens that are trained on, by the name of the metric."""

    weighted: dict[str, float] = field(default_factory=dict)  # the loss and its terms, whose sum is the mean already
    summed: dict[str, float] = field(default_factory=dict)  # to be divided by `tokens`
    tokens: int = 0
    logprobs_B: dict[int, Tensor] = field(default_factory=dict)  # sequence index -> [T], before the update
    entropies_B: dict[int, Tensor] = field(default_factory=dict)

    def add(self, other: "TokenSums") -> None:
        """Takes in the sums of another part of the same pass."""
        for mine, theirs in ((self.weighted, other.weighted), (self.summed, other.summed)):
            for name, value in theirs.items():
                mine[name] = mine.get(name, 0.0) + value
        self.tokens += other.tokens
        self.logprobs_B.update(other.logprobs_B)
        self.entropies_B.update(other.entropies_B)


@dataclass(slots=True)
class ValueSums:
    """The value loss is already weighted; the other is a sum over response tokens."""

    loss: float = 0.0
    clipped: float = 0.0

    def add(self, other: "ValueSums") -> None:
        """Takes in the sums of another part of the same pass."""
        self.loss += other.loss
        self.clipped += other.clipped
