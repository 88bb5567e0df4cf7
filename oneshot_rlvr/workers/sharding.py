"""One model over several processes: FSDP2, and which process computes which micro-batch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard

from oneshot_rlvr.workers.filling import fill
from oneshot_rlvr.workers.policy import TrainSequence


class Shard(Protocol):
    """Cuts a model over the processes; with `filling` (workers/filling.py), one that is hollow yet."""

    def __call__(
        self, module: nn.Module, dtype: torch.dtype, filling: Callable[[str, Tensor], Tensor] | None = None
    ) -> None: ...


def shard(
    module: nn.Module, mesh: DeviceMesh, dtype: torch.dtype, filling: Callable[[str, Tensor], Tensor] | None = None
) -> None:
    """Shard each decoder layer and then the rest; master weights and sums of gradients stay float32.

    Gradients are summed over processes, not averaged: the loss is divided once, by a denominator of the whole step.
    """
    policy = MixedPrecisionPolicy(
        param_dtype=None if dtype == torch.float32 else dtype, reduce_dtype=torch.float32, cast_forward_inputs=False
    )
    layers = next(m for m in module.modules() if isinstance(m, nn.ModuleList))
    for part in (*layers, module):
        if filling is not None:
            fill(module, part, filling)
        fully_shard(part, mesh=mesh, mp_policy=policy)
        assert isinstance(part, FSDPModule)
        part.set_force_sum_reduction_for_comms(True)
        part.set_gradient_divide_factor(1.0)


@dataclass(frozen=True, slots=True)
class Share:
    """What one process computes in one pass: its micro-batches and the sequences they are made of.

    `micro_batches` index into `sequences`; `indices` says where in the caller's list these are. Every process must do
    the same number of passes (each is a collective operation), so `padding` passes over the first sequence follow, with
    weight 0.
    """

    indices: tuple[int, ...]
    sequences: tuple[TrainSequence, ...]
    weights: Tensor  # of the sequences
    micro_batches: tuple[tuple[int, ...], ...]
    padding: int


def share_out(
    sequences_B: Sequence[TrainSequence], weights_B: Tensor, micro_batches: Sequence[Sequence[int]], processes: int
) -> list[Share]:
    """One share for each process, of about equal numbers of tokens and equal numbers of passes."""
    lengths = [len(s.prompt_ids) + len(s.response_ids) for s in sequences_B]
    parts = deal(halved([list(m) for m in micro_batches], processes), lengths, processes)
    passes = max(len(part) for part in parts)
    shares = []
    for part in parts:
        indices = tuple(i for members in part for i in members)
        if passes and not indices:  # a process without work passes over the shortest sequence
            indices = (min((i for m in micro_batches for i in m), key=lambda i: lengths[i]),)
        place = {index: n for n, index in enumerate(indices)}
        shares.append(
            Share(
                indices, tuple(_light(sequences_B[i]) for i in indices), weights_B[list(indices)],
                tuple(tuple(place[i] for i in members) for members in part), passes - len(part),
            )
        )  # fmt: skip
    return shares


def _light(sequence: TrainSequence) -> TrainSequence:
    """Tensors that own their few numbers: a slice of a large one would be sent with all of it."""
    found = {
        name: value.clone() for name in ("advantages", "sampler_logprobs", "old_logprobs", "returns", "values")
        if (value := getattr(sequence, name)) is not None
    }  # fmt: skip
    return replace(sequence, **found)


def halved(micro_batches: list[list[int]], processes: int) -> list[list[int]]:
    """Micro-batches cut in two until their number is a multiple of `processes` or each is one sequence.

    The gradient is a sum over sequences with fixed weights, so that it does not change.
    """
    parts = list(micro_batches)
    while len(parts) % processes and any(len(part) > 1 for part in parts):
        largest = max(range(len(parts)), key=lambda n: len(parts[n]))
        members = parts[largest]
        parts[largest : largest + 1] = [members[::2], members[1::2]]  # sorted by length: both halves keep the mixture
    return parts


def deal(micro_batches: list[list[int]], lengths_B: Sequence[int], processes: int) -> list[list[list[int]]]:
    """Longest first to the process with the fewest tokens so far that may still take one."""
    room = -(-len(micro_batches) // processes)
    sizes = [sum(lengths_B[i] for i in members) for members in micro_batches]
    parts: list[list[list[int]]] = [[] for _ in range(processes)]
    loads = [0] * processes
    for n in sorted(range(len(micro_batches)), key=lambda n: -sizes[n]):
        target = min((p for p in range(processes) if len(parts[p]) < room), key=lambda p: loads[p])
        parts[target].append(micro_batches[n])
        loads[target] += sizes[n]
    return parts
