"""One model over several processes: FSDP2, and which process computes which micro-batch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard

from oneshot_rlvr.cluster.meta_loading import fill
from oneshot_rlvr.learner.sequences import TokenSums, TrainSequence
from oneshot_rlvr.models.packing import deal, halved


class Shard(Protocol):
    """Cuts a model over the processes; with `filling` (cluster/meta_loading.py), one that is hollow yet."""

    def __call__(
        self, module: nn.Module, dtype: torch.dtype, filling: Callable[[str, Tensor], Tensor] | None = None
    ) -> None: ...


def shard(
    module: nn.Module, mesh: DeviceMesh, dtype: torch.dtype, filling: Callable[[str, Tensor], Tensor] | None = None
) -> None:
    """Shards each decoder layer and then the rest; master weights and sums of gradients stay float32.

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
    """The work of one process in one pass: its micro-batches and the sequences they are made of.

    `micro_batches` index into `sequences`; `indices` says where in the caller's list these are. Every process must do
    the same number of passes (each is a collective operation), so `padding` passes follow that count for nothing.
    """

    indices: tuple[int, ...]
    sequences: tuple[TrainSequence, ...]
    weights: Tensor | None  # of the sequences; None for a pass that takes none
    micro_batches: tuple[tuple[int, ...], ...]
    padding: int

    def work(self) -> tuple[Any, ...]:
        """Sequences, their weights where the pass takes any, and micro-batches, the padding among them: it is over the
        first sequence once more, of which no token is trained on."""
        sequences = self.sequences if self.micro_batches else ()  # without work there is one, to pad with
        weights, micro_batches = self.weights, self.micro_batches
        if weights is not None:
            weights = weights[: len(sequences)]
        if self.padding:
            micro_batches += ((len(sequences),),) * self.padding
            first = self.sequences[0]
            sequences += (replace(first, mask=torch.zeros(len(first.response_ids))),)
            weights = None if weights is None else torch.cat([weights, weights.new_zeros(1)])
        return (sequences, micro_batches) if weights is None else (sequences, weights, micro_batches)

    def renumber(self, found: Any) -> Any:
        """The result of a pass over `work`, with the caller's indices where it speaks of single sequences."""
        if isinstance(found, list):  # a tensor of each
            return self._by_index(dict(enumerate(found)))
        if isinstance(found, TokenSums):
            logprobs, entropies = self._by_index(found.logprobs_B), self._by_index(found.entropies_B)
            return replace(found, logprobs_B=logprobs, entropies_B=entropies)
        return found

    def _by_index(self, found: dict[int, Tensor]) -> "TensorsByIndex":
        own = len(self.indices) if self.micro_batches else 0
        return TensorsByIndex({self.indices[i]: tensor for i, tensor in found.items() if i < own})

    def __reduce__(self) -> tuple[Any, ...]:
        ids = tuple((s.prompt_ids, s.response_ids) for s in self.sequences)
        found = {name: [getattr(s, name) for s in self.sequences] for name in TENSORS}
        tensors = {name: Ragged.of(of) for name, of in found.items() if of and all(t is not None for t in of)}
        return _share, (self.indices, ids, tensors, self.weights, self.micro_batches, self.padding)


TENSORS = ("advantages", "sampler_logprobs", "old_logprobs", "returns", "values", "mask", "marked")
# Of a TrainSequence; what some of a share lack (returns, where a grading failed) the pass at hand has no use for.


def _share(
    indices: tuple[int, ...], ids: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...], tensors: "dict[str, Ragged]",
    weights: Tensor | None, micro_batches: tuple[tuple[int, ...], ...], padding: int,
) -> Share:  # fmt: skip
    rows = {name: found.tensors() for name, found in tensors.items()}
    sequences = tuple(
        TrainSequence(*own, **{name: found[i] for name, found in rows.items()}) for i, own in enumerate(ids)
    )
    return Share(indices, sequences, weights, micro_batches, padding)


@dataclass(frozen=True, slots=True)
class Ragged:
    """Many short tensors on their way to another process, as one array: pickled one by one each costs 0.1 ms, a
    hundred times what its numbers do. Only these numbers are sent, not what they may be slices of."""

    lengths: list[int]
    dtype: torch.dtype
    data: Any  # numpy uint8

    @staticmethod
    def of(tensors: Sequence[Tensor]) -> "Ragged":
        joined = torch.cat(list(tensors)).contiguous()
        return Ragged([len(t) for t in tensors], joined.dtype, joined.view(torch.uint8).numpy())

    def tensors(self) -> list[Tensor]:
        """They share one storage, which is this process's own: Ray's memory is read-only."""
        joined = torch.empty(sum(self.lengths), dtype=self.dtype)
        joined.view(torch.uint8).numpy()[:] = self.data
        return list(joined.split(self.lengths))


class TensorsByIndex(dict[int, Tensor]):
    """Tensors [T] by sequence index, that travel as one."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (_by_index, (list(self), Ragged.of(list(self.values())))) if self else (TensorsByIndex, ())


def _by_index(indices: list[int], tensors: Ragged) -> TensorsByIndex:
    return TensorsByIndex(zip(indices, tensors.tensors()))


def share_out(
    sequences_B: Sequence[TrainSequence], weights_B: Tensor | None, micro_batches: Sequence[Sequence[int]],
    processes: int,
) -> list[Share]:  # fmt: skip
    """One share for each process, of about equal numbers of tokens and equal numbers of passes."""
    lengths = [len(s.prompt_ids) + len(s.response_ids) for s in sequences_B]
    parts = deal(halved(micro_batches, processes), lengths, processes)
    passes = max(len(part) for part in parts)
    shares = []
    for part in parts:
        indices = tuple(i for members in part for i in members)
        if passes and not indices:  # a process without work passes over the shortest sequence
            indices = (min((i for m in micro_batches for i in m), key=lambda i: lengths[i]),)
        place = {index: n for n, index in enumerate(indices)}
        shares.append(
            Share(
                indices, tuple(sequences_B[i] for i in indices),
                None if weights_B is None else weights_B[list(indices)],
                tuple(tuple(place[i] for i in members) for members in part), passes - len(part),
            )
        )  # fmt: skip
    return shares
