"""Threads that each go through independent parts of a pass, on one processor each.

A small model's operations are too short to be cut over processors: starting and joining threads costs as much as the
work. Whole sequences are independent of each other and take long; torch lets go of the interpreter while it computes.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from oneshot_rlvr.models.packing import deal, filled
from oneshot_rlvr.models.plain import MicroBatches, Passes, by_sequence

T = TypeVar("T")
R = TypeVar("R")
TOKENS = 4500  # of a micro-batch in a lane, at most: what fits into a cache that is shared
LARGEST = 30_000_000  # parameters of a model that is computed in lanes; above, operations are long by themselves
# Rows times parameters: with less in a lane, the interpreter's part of a step is the larger one, and has one lane only.
WORTH_A_LANE = 100_000_000


def number_of_lanes(model: nn.Module) -> int:
    """Number of torch's threads for a whole model on a CPU; 1: it is computed in the caller's thread."""
    first = next(model.parameters())
    if first.device.type != "cpu" or isinstance(first, DTensor) or sum(p.numel() for p in model.parameters()) > LARGEST:
        return 1
    return torch.get_num_threads()


def together(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """The jobs' results in order, each computed in a thread of its own."""
    if len(jobs) <= 1:
        return [job() for job in jobs]
    with ThreadPoolExecutor(len(jobs), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        return list(pool.map(lambda job: job(), jobs))


def streamed(parts: Sequence[Callable[[threading.Event], Iterable[T]]]) -> Generator[T, None, None]:
    """Yields what the parts yield, as it comes, each part gone through in a thread of its own.

    A part is given an event that says that nobody waits for it any more. To be closed if it is not exhausted.
    """
    given_up = threading.Event()
    arrived: SimpleQueue[Any] = SimpleQueue()
    inference = torch.is_inference_mode_enabled()  # a thread has its own

    def run(part: Callable[[threading.Event], Iterable[T]]) -> None:
        with torch.inference_mode(inference):
            for item in part(given_up):
                arrived.put(item)

    with ThreadPoolExecutor(len(parts), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        futures = [pool.submit(run, part) for part in parts]
        for future in futures:
            future.add_done_callback(arrived.put)
        try:
            for _ in futures:
                while not isinstance(item := arrived.get(), Future):
                    yield item
                item.result()  # its error, if it had one
        finally:
            given_up.set()


class Lanes(Passes):
    """The passes of a model in `lanes` threads."""

    def __init__(self, model: nn.Module, lanes: int) -> None:
        super().__init__(model)
        self.lanes, self.size = lanes, sum(p.numel() for p in model.parameters())

    def accumulate(
        self, lengths_B: Sequence[int], micro_batches: MicroBatches, loss: Callable[[Sequence[int]], tuple[Tensor, R]]
    ) -> list[R]:
        """Fulfils Passes.accumulate. Each lane adds up its own and they are joined in a fixed order: `backward` would
        add to the parameters' gradients in whatever order the threads run."""
        parameters = [p for p in self.model.parameters() if p.requires_grad]

        def lane(part: MicroBatches) -> tuple[list[R], list[Tensor | None]]:
            records: list[R] = []
            total: list[Tensor | None] = [None] * len(parameters)
            for members in part:
                value, record = loss(members)
                found = torch.autograd.grad(value, parameters, allow_unused=True)
                total = [new if old is None else old if new is None else old + new for old, new in zip(total, found)]
                records.append(record)
            return records, total

        records = []
        for found, gradients in self._each(lane, dealt(self.lanes, lengths_B, micro_batches)):
            records += found
            for parameter, gradient in zip(parameters, gradients):
                if gradient is not None:
                    parameter.grad = gradient if parameter.grad is None else parameter.grad.add_(gradient)
        return records

    def without_gradient(
        self, lengths_B: Sequence[int], micro_batches: MicroBatches, compute: Callable[[Sequence[int]], Tensor],
        rows_B: Sequence[int],
    ) -> list[Tensor]:  # fmt: skip
        """Fulfils Passes.without_gradient."""

        def lane(part: MicroBatches) -> list[tuple[Sequence[int], Tensor]]:
            with torch.no_grad():
                return [(members, compute(members)) for members in part]

        found = self._each(lane, dealt(self.lanes, lengths_B, micro_batches))
        return by_sequence((item for part in found for item in part), rows_B)

    def stream(
        self, items: Sequence[int], work: Callable[[Sequence[int], threading.Event], Iterable[T]]
    ) -> Generator[T, None, None]:
        """Fulfils Passes.stream, in as many parts as it is worth."""
        share = -(-len(items) // min(self.lanes, max(1, len(items) * self.size // WORTH_A_LANE)))
        with closing(streamed([partial(work, items[at : at + share]) for at in range(0, len(items), share)])) as found:
            yield from found

    def _each(self, lane: Callable[[MicroBatches], T], parts: Sequence[MicroBatches]) -> list[T]:
        """The lanes' results in order; in each, `passes_at_once` tells how many there are."""

        def run(part: MicroBatches) -> T:
            before, _here.lanes = passes_at_once(), self.lanes
            try:
                return lane(part)
            finally:
                _here.lanes = before

        return together([partial(run, part) for part in parts])


_here = threading.local()


def passes_at_once() -> int:
    """Lanes of the pass that is made in this thread."""
    return getattr(_here, "lanes", 1)


def dealt(lanes: int, lengths_B: Sequence[int], micro_batches: Sequence[Sequence[int]]) -> list[list[Sequence[int]]]:
    """Micro-batches by lane, every lane with the same number of tokens but for one sequence: some are cut for that.

    The gradient is a sum over sequences with fixed weights, so that cutting does not change it.
    """
    parts = deal([part for members in micro_batches for part in filled(members, lengths_B, TOKENS)], lengths_B, lanes)
    loads = [sum(lengths_B[i] for members in part for i in members) for part in parts]
    while max(loads) > min(loads):
        full, free = loads.index(max(loads)), loads.index(min(loads))
        members = parts[full][-1]
        moved = _up_to((loads[full] - loads[free]) // 2, members, lengths_B)
        if not moved:
            break
        parts[full][-1:] = [rest] if (rest := [i for i in members if i not in moved]) else []
        parts[free].append(moved)
        size = sum(lengths_B[i] for i in moved)
        loads[full], loads[free] = loads[full] - size, loads[free] + size
    return [part for part in parts if part]


def _up_to(tokens: int, members: Sequence[int], lengths_B: Sequence[int]) -> list[int]:
    """Chooses of the members, sorted by length, every second one and then the others, up to so many tokens."""
    found: list[int] = []
    for i in [*members[1::2], *members[::2]]:
        if lengths_B[i] <= tokens:
            found.append(i)
            tokens -= lengths_B[i]
    return found
