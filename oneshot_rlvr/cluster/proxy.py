"""Policy and critic of the learner where they live in other processes: one way to call them, for all their passes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import ray
import torch
from torch import Tensor

from oneshot_rlvr.cluster.cluster import Worker
from oneshot_rlvr.cluster.sharding import TensorsByIndex, share_out
from oneshot_rlvr.cluster.train_group import TrainGroup
from oneshot_rlvr.config.schema import CriticConfig
from oneshot_rlvr.learner.sequences import TokenSums, TrainSequence, ValueSums
from oneshot_rlvr.models.plain import MicroBatches
from oneshot_rlvr.weights.checksum import Digest


@dataclass(slots=True)
class RayTrained:
    """The optimizer side of one sharded model."""

    group: TrainGroup
    part: str
    updates: int = 0
    scale: None = None  # float16 is for runs in one process

    def step(self, nonfinite: str | None = None) -> tuple[float, float]:
        """Fulfils TrainedModel.step."""
        norm, lr, self.updates = self.group.all(f"the {self.part}'s step", "step", self.part, nonfinite)[0]
        return norm, lr


@dataclass(slots=True)
class Proxy:
    """The slices of one model, `part` of every process of `group`, as if they were a model in this process.

    Micro-batches may be cut further than the caller cut them, to occupy all processes.
    """

    group: TrainGroup
    part: str
    trained: RayTrained = field(init=False)

    def __post_init__(self) -> None:
        self.trained = RayTrained(self.group, self.part)

    def run_pass(
        self, phase: str, method: str, sequences_B: Sequence[TrainSequence], weights_B: Tensor | None,
        micro_batches: MicroBatches, *arguments: Any,
    ) -> Any:  # fmt: skip
        """The part's `method` on each process's share, every sequence sent once, to where it is used; -> its results
        as one: tensors in the order of the sequences, sums added up, and of what all processes agree on the first."""
        shares = share_out(sequences_B, weights_B, micro_batches, len(self.group.workers))
        found = self.group.all(phase, "run", self.part, method, *arguments, each=shares)
        if isinstance(found[0], TensorsByIndex):
            tensors = {i: tensor for part in found for i, tensor in part.items()}
            return [tensors[i] for i in range(len(sequences_B))]
        if hasattr(found[0], "add"):
            sums = type(found[0])()
            for part in found:
                sums.add(part)
            return sums
        return found[0]


class RayPolicy(Proxy):
    """A Policy over the processes of `group`. `dtype`: of the weights on their way to the samplers, in which these
    compute."""

    def __init__(self, group: TrainGroup, dtype: torch.dtype) -> None:
        super().__init__(group, "policy")
        self.dtype = dtype
        self.sent: Digest | None = None  # of the weights last handed over
        self._stored: tuple[int, tuple[Any, ...]] | None = None  # updates done, references

    def forward_backward(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: MicroBatches
    ) -> TokenSums:
        """Fulfils Policy.forward_backward."""
        return self.run_pass("the policy's pass", "forward_backward", sequences_B, weights_B, micro_batches)

    def gradient_norms(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: MicroBatches
    ) -> dict[str, float]:
        """Fulfils Policy.gradient_norms."""
        return self.run_pass("gradient norms", "gradient_norms", sequences_B, weights_B, micro_batches)

    def logprobs(
        self, sequences_B: Sequence[TrainSequence], micro_batches: MicroBatches, reference: bool = False
    ) -> list[Tensor]:
        """Fulfils Policy.logprobs."""
        return self.run_pass("log-probabilities", "logprobs", sequences_B, None, micro_batches, reference)

    def steer(self, coefficients: dict[str, float]) -> None:
        """Fulfils Policy.steer."""
        self.group.all("coefficients of the loss", "run", None, self.part, "steer", coefficients)

    def score(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> tuple[float, ...]:
        """Fulfils Policy.score; every process computes it."""
        return self.group.all("scoring", "run", None, self.part, "score", prompt_ids, response_ids)[0]

    def compared(
        self, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]
    ) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
        """Fulfils Policy.compared; every process computes it."""
        return self.group.all("scoring", "run", None, self.part, "compared", pairs)[0]

    def digest(self) -> Digest | None:
        """Checksum of the weights as they were handed over last."""
        return self.sent

    def weights(self) -> "RemoteWeights":
        """Fulfils Policy.weights: the ways by which an engine may get them."""
        return RemoteWeights(self)

    def store(self) -> tuple[Any, ...]:
        """References to the current weights in the object store; gathered once per update."""
        if self._stored is None or self._stored[0] != self.trained.updates:
            self._stored = None  # the store may forget the ones before
            references, self.sent = self.group.all("gathering weights", "weights", self.dtype)[0]
            self._stored = (self.trained.updates, tuple(references))
        return self._stored[1]

    def send(self, version: int, watch: Sequence[Worker]) -> None:
        """Sends the current weights to the engines that the policy workers are connected with; those are watched."""
        self.sent = self.group.all("handing over weights", "send", version, watch=watch)[0]


class RayCritic(Proxy):
    """A Critic in the same processes as the policy."""

    def __init__(self, group: TrainGroup, config: CriticConfig) -> None:
        super().__init__(group, "critic")
        self.config = config

    def values(self, sequences_B: Sequence[TrainSequence], micro_batches: MicroBatches) -> list[Tensor]:
        """Fulfils Critic.values."""
        return self.run_pass("values", "values", sequences_B, None, micro_batches)

    def forward_backward(
        self, sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: MicroBatches
    ) -> ValueSums:
        """Fulfils Critic.forward_backward."""
        return self.run_pass("the critic's pass", "forward_backward", sequences_B, weights_B, micro_batches)


@dataclass(frozen=True, slots=True)
class RemoteWeights:
    """The weights that the policy workers hold now. Samplers choose the way: references into the object store, or
    `send` over the link between policy and rollout workers. Iterating fetches the tensors into this process.
    """

    policy: RayPolicy

    @property
    def references(self) -> tuple[Any, ...]:
        """References into the object store."""
        return self.policy.store()

    def send(self, version: int, watch: Sequence[Worker]) -> None:
        """Sends them over the link."""
        self.policy.send(version, watch)

    def release_cache(self) -> None:
        """Gives back, on every policy worker, the GPU memory that it only keeps for later."""
        self.policy.group.all("handing over weights", "release_cache")

    def __iter__(self) -> Iterator[tuple[str, Tensor]]:
        for reference in self.references:
            yield from unpacked(ray.get(reference))


def unpacked(pieces: Sequence[Any]) -> Iterator[tuple[str, Tensor]]:
    """(name, tensor) pairs over the store's own memory: to be copied from, not written to."""
    import warnings

    for piece in pieces:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
            flat = torch.from_numpy(piece.data)
        yield piece.name, flat.view(piece.dtype).view(piece.shape)
