"""Link between policy workers and the engines of rollout workers: who takes part, and vLLM's calls through Ray."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ray
import torch
from ray.exceptions import RayActorError, RayError

from oneshot_rlvr.errors import RunError, UserError, WorkerLost, worker_failed


@dataclass(frozen=True, slots=True)
class Receiver:
    """A rollout worker with its engine, as the sender sees it."""

    title: str  # for messages
    handle: Any
    ranks: int  # processes of the engine


@dataclass(frozen=True, slots=True)
class Link:
    """The facts that every policy worker needs to become an end of the route."""

    route: str
    dtype: torch.dtype  # on the way
    receivers: tuple[Receiver, ...]
    address: tuple[str, int]  # of rank 0, where a group of processes has to meet
    timeout_seconds: float

    @property
    def ranks(self) -> int:
        """Processes of all engines."""
        return sum(receiver.ranks for receiver in self.receivers)


class RayClient:
    """vLLM's `VLLMWeightSyncClient` over several engines: each call goes to all of them at once.

    Only rank 0 of the trainer calls it. An engine that fails ends the call at once, with its worker's name.
    """

    def __init__(self, receivers: Sequence[Receiver]) -> None:
        self.receivers = receivers

    def init_weight_transfer_engine(self, init_info: dict[str, Any]) -> None:
        """Engines of one group take consecutive ranks after the sender's, each as many as it has processes."""
        infos, next_rank = [], init_info.get("rank_offset", 0)
        for receiver in self.receivers:
            infos.append(init_info | ({"rank_offset": next_rank} if "rank_offset" in init_info else {}))
            next_rank += receiver.ranks
        self._all("init_weight_transfer_engine", lambda n: (infos[n],))

    def start_weight_update(self) -> None:
        self._all("start_weight_update")

    def update_weights(self, update_info: Any) -> None:
        self._all("update_weights", lambda n: (update_info,))

    def finish_weight_update(self, weight_version: str | None = None) -> None:
        self._all("finish_weight_update")

    def _all(self, method: str, arguments: Callable[[int], tuple[Any, ...]] = lambda n: ()) -> None:
        calls = {
            receiver.handle.weight_update.remote(method, *arguments(n)): receiver.title
            for n, receiver in enumerate(self.receivers)
        }
        waiting = list(calls)
        while waiting:
            (done, *_), waiting = ray.wait(waiting, num_returns=1)
            try:
                ray.get(done)
            except RayError as error:
                cause = getattr(error, "cause", None) or error
                if isinstance(cause, (RunError, UserError)):
                    raise type(cause)(f"{calls[done]}: {cause}") from error
                text = f"{type(cause).__name__}: {' '.join(str(cause).split())[:300]}"
                if isinstance(error, RayActorError):
                    raise WorkerLost(f"{calls[done]} died in {method}: {text}") from error
                raise worker_failed(f"{calls[done]} failed in {method}: {text}", text) from error
