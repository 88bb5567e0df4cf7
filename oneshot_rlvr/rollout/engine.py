"""The protocol of rollout engines: one for whatever samples, and wherever."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from oneshot_rlvr.types import Rollout, Sampling
from oneshot_rlvr.weights.checksum import Digest

if TYPE_CHECKING:
    from torch import Tensor

OnFinished = Callable[[int, Rollout], None]


class Engine(Protocol):
    """Samples responses, holds weights of its own, and takes new ones after each step."""

    @property
    def version(self) -> int:
        """The step whose weights it holds."""
        ...

    def generate(
        self, asked: Sequence[Rollout], sampling: Sampling, on_finished: OnFinished | None = None
    ) -> list[Rollout]:
        """The rollouts asked for with their responses, in order; `on_finished(index, rollout)` as each is complete."""
        ...

    def load_weights(self, version: int, weights: "Iterable[tuple[str, Tensor]]") -> None:
        """Takes (name, tensor) pairs of every parameter, tied ones once, as those of step `version`."""
        ...

    def sleep(self) -> None:
        """Gives memory back to the trainer, if it is configured so: nothing is sampled until the next weights."""
        ...

    def digests(self) -> dict[str, Digest]:
        """Checksums of the weights that it holds or was given last, by part of the engine."""
        ...

    def scores(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> dict[str, tuple[float, ...]]:
        """Log-probabilities [T] of a response under the weights held, at temperature 1, nats, by the engine's part."""
        ...

    def close(self) -> None:
        """Ends the engine's own processes, if it has any."""
        ...


def collected(stream: Generator[tuple[int, Rollout]], number: int, on_finished: OnFinished | None) -> list[Rollout]:
    """Rollouts of a stream by index; `on_finished(index, rollout)` is called for each. The stream is always closed."""
    done: dict[int, Rollout] = {}
    with closing(stream):
        for index, rollout in stream:
            done[index] = rollout
            if on_finished is not None:
                on_finished(index, rollout)
    return [done[i] for i in range(number)]
