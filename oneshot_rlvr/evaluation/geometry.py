"""How training moved the weights: change of each matrix, its rank, its line over the steps, and where the line ends.

Tensors are read one name at a time, from the base and all checkpoints together. What was found elsewhere: changes that
are nearly of rank 1 and linear in the steps (arXiv 2605.21468, 2601.04537), and few weights that move in bfloat16
(arXiv 2511.08567).
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from oneshot_rlvr.config.model_files import stored_tensors
from oneshot_rlvr.errors import UserError

KINDS = {  # part of a tensor's name -> kind of matrix, the first that is found
    "embed_tokens": "embeddings", "lm_head": "head", "norm": "norms", "qkv_proj": "qkv", "q_proj": "q", "k_proj": "k",
    "v_proj": "v", "o_proj": "o", "gate_up_proj": "gate and up", "gate_proj": "gate", "up_proj": "up",
    "down_proj": "down",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """The change of one tensor from the base to the last checkpoint."""

    name: str
    kind: str
    size: int
    norm: float  # Frobenius
    base_norm: float
    moved: int  # weights that differ in bfloat16
    effective_rank: float | None  # exp of the entropy of the singular values' shares; None: no matrix, or no change
    top_share: float | None  # of the squared norm, in the first singular direction
    line_residual: float  # squared distance of the changes at all checkpoints from one straight line through the base
    line_total: float  # squared norm of these changes


@dataclass(frozen=True, slots=True)
class Summary:
    """The changes of all tensors of one kind."""

    kind: str
    tensors: int
    relative: float  # norm of the change over that of the base
    moved_share: float
    effective_rank: float | None  # mean over matrices
    top_share: float | None
    linearity: float | None  # share of the changes that lies on the line; None with one checkpoint or without a change


def changes(base: Path, checkpoints: Sequence[tuple[int, Path]], ranks: bool = True) -> Iterator[Change]:
    """Measures every tensor that the base and all checkpoints hold. `checkpoints`: (step, model folder), by step."""
    steps = [step for step, _ in checkpoints]
    for name, first, later in aligned(base, [folder for _, folder in checkpoints]):
        found = torch.stack([(tensor.float() - first.float()).flatten() for tensor in later])
        last = found[-1].reshape(first.shape)
        residual = found - torch.tensor(steps).float()[:, None] * _slope(first, later, steps).flatten()
        rank, top = _spectrum(last) if ranks and last.dim() == 2 else (None, None)
        yield Change(
            name, kind_of(name), first.numel(), float(last.norm()), float(first.float().norm()),
            int((first.bfloat16() != later[-1].bfloat16()).sum()), rank, top,
            float(residual.square().sum()), float(found.square().sum()),
        )  # fmt: skip


def kind_of(name: str) -> str:
    """Names the kind of a matrix by its name. Example: `model.layers.3.self_attn.q_proj.weight` is `q`."""
    return next((kind for part, kind in KINDS.items() if part in name), "other")


def _spectrum(change: Tensor) -> tuple[float | None, float | None]:
    """Computes the effective rank (Roy and Vetterli, 2007) and the first direction's share of the squared norm."""
    singular = torch.linalg.svdvals(change.float())
    if not float(singular.sum()):
        return None, None
    shares = singular / singular.sum()
    entropy = -float((shares[shares > 0] * shares[shares > 0].log()).sum())
    return math.exp(entropy), float(singular[0].square() / singular.square().sum())


def summaries(found: Sequence[Change], several: bool) -> list[Summary]:
    """Joins the tensors of each kind, then all of them; `several` checkpoints make a line."""
    kinds = list(dict.fromkeys(change.kind for change in found))
    parts = [(kind, [change for change in found if change.kind == kind]) for kind in kinds]
    return [_summary(kind, part, several) for kind, part in [*parts, ("all", list(found))]]


def _summary(kind: str, part: Sequence[Change], several: bool) -> Summary:
    ranks = [(change.effective_rank, change.top_share) for change in part
             if change.effective_rank is not None and change.top_share is not None]  # fmt: skip
    total = math.fsum(change.line_total for change in part)
    base = math.sqrt(math.fsum(change.base_norm**2 for change in part))
    return Summary(
        kind,
        len(part),
        math.sqrt(math.fsum(change.norm**2 for change in part)) / base if base else 0.0,
        sum(change.moved for change in part) / sum(change.size for change in part),
        sum(rank for rank, _ in ranks) / len(ranks) if ranks else None,
        sum(top for _, top in ranks) / len(ranks) if ranks else None,
        1 - math.fsum(change.line_residual for change in part) / total if several and total else None,
    )


def extrapolated(base: Path, checkpoints: Sequence[tuple[int, Path]], step: int) -> Iterator[tuple[str, Tensor]]:
    """Continues the straight line through the base that fits the checkpoints best (least squares) to `step`; -> (name,
    float32 tensor)."""
    steps = [at for at, _ in checkpoints]
    for name, first, later in aligned(base, [folder for _, folder in checkpoints]):
        yield name, first.float() + step * _slope(first, later, steps)


def _slope(first: Tensor, later: Sequence[Tensor], steps: Sequence[int]) -> Tensor:
    """Computes the change of a tensor in one step on the line from `first` that fits the later ones best."""
    total = sum(at**2 for at in steps)
    changes = ((at / total) * (tensor.float() - first.float()) for at, tensor in zip(steps, later, strict=True))
    return torch.stack(list(changes)).sum(0)


def distance(base: Path, checkpoints: Sequence[tuple[int, Path]], true: tuple[int, Path]) -> tuple[float, float]:
    """Compares what `extrapolated` gives with the `true` checkpoint (step, model folder); -> norm of their difference
    over that of the true change, and the cosine of both changes."""
    gap = true_norm = made_norm = product = 0.0
    steps = [at for at, _ in checkpoints]
    for _, first, (*later, reached) in aligned(base, [*(folder for _, folder in checkpoints), true[1]]):
        there, here = reached.float() - first.float(), true[0] * _slope(first, later, steps)
        gap += float((there - here).square().sum())
        true_norm += float(there.square().sum())
        made_norm += float(here.square().sum())
        product += float((there * here).sum())
    if not true_norm or not made_norm:
        return math.nan, math.nan
    return math.sqrt(gap / true_norm), product / math.sqrt(true_norm * made_norm)


def aligned(base: Path, folders: Sequence[Path]) -> Iterator[tuple[str, Tensor, list[Tensor]]]:
    """(name, base's tensor, the tensors of all folders), one name at a time; what only the base stores, a tied head, is
    left out. UserError where folders do not hold the same tensors in the base's shapes."""
    first = stored_tensors(base, str(base))
    others = [stored_tensors(folder, str(folder)) for folder in folders]
    for folder, tensors in zip(folders, others):
        if unlike := sorted(tensors.keys() ^ others[0].keys()) or sorted(tensors.keys() - first.keys()):
            raise UserError(f"{folder}: {unlike[0]} is not in all of the base and the checkpoints")
        for name, tensor in tensors.items():
            if tensor.shape != first[name].shape:
                raise UserError(f"{folder}: {name} is {list(tensor.shape)}, in the base {list(first[name].shape)}")
    with ExitStack() as stack:
        opened = {path: stack.enter_context(safe_open(path, framework="pt"))
                  for each in (first, *others) for path in dict.fromkeys(tensor.file for tensor in each.values())}
        for name in sorted(others[0]):
            yield name, opened[first[name].file].get_tensor(name), [
                opened[each[name].file].get_tensor(name) for each in others
            ]  # fmt: skip
