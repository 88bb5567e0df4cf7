"""Muon: momentum whose update is brought near an orthogonal matrix (Jordan et al. 2024), for small models on a CPU.

Used beside AdamW only to make the sandbox base; matrices of one shape share the matrix products.
"""

from collections import defaultdict
from typing import Iterable

import torch

# Quintic that pulls the singular values of a matrix of norm 1 towards 1 (coefficients of the Muon paper).
LINEAR, CUBIC, QUINTIC = 3.4445, -4.7750, 2.0315
ITERATIONS = 5


def orthogonalize(matrices: torch.Tensor) -> torch.Tensor:
    """[n, rows, cols] with rows <= cols -> the same singular vectors with singular values near 1."""
    x = matrices / (matrices.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = LINEAR * x + (CUBIC * gram + QUINTIC * (gram @ gram)) @ x
    return x


class Muon(torch.optim.Optimizer):
    """Muon with Nesterov momentum for 2-D parameters; every parameter must have a gradient."""

    def __init__(
        self, params: Iterable[torch.nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.01
    ) -> None:
        super().__init__(list(params), {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[tuple[torch.nn.Parameter, torch.Tensor]]] = defaultdict(list)
            for param in group["params"]:
                average = self.state[param].setdefault("average", torch.zeros_like(param))
                average.lerp_(param.grad, 1 - group["momentum"])
                by_shape[param.shape].append((param, param.grad.lerp(average, group["momentum"])))
            for (rows, cols), entries in by_shape.items():
                stacked = torch.stack([update for _, update in entries])
                updates = orthogonalize(stacked.mT).mT if rows > cols else orthogonalize(stacked)
                scale = group["lr"] * max(1.0, rows / cols) ** 0.5
                for (param, _), update in zip(entries, updates):
                    param.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-scale)
