"""A model that is trained: optimizer, schedule, clipping, state. The policy and the critic are two of these."""

import math
from typing import Any, Mapping

import torch
from torch import nn
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.distributed.tensor import DTensor

from oneshot_rlvr.config.schema import CompatConfig, OptimizerConfig
from oneshot_rlvr.errors import NonFinite


class Trained:
    """AdamW over all parameters of `module`, float32 master weights."""

    def __init__(self, module: nn.Module, settings: OptimizerConfig, compat: CompatConfig) -> None:
        self.module, self.settings, self.compat = module, settings, compat
        self.updates = 0  # optimizer steps taken
        self.skip_nonfinite = False  # leave an update with a non-finite gradient out, instead of raising
        self.optimizer = torch.optim.AdamW(
            module.parameters(),
            lr=settings.lr,
            betas=(settings.beta1, settings.beta2),
            eps=settings.eps,
            weight_decay=settings.weight_decay,
            fused=True,
        )

    def step(self, nonfinite: str | None = None) -> tuple[float, float]:
        """Clip, step, clear. -> gradient norm before clipping, learning rate used.

        A gradient that is not finite, or one for which `nonfinite` says what else is not, never reaches the weights:
        NonFinite, or with `skip_nonfinite` the update is left out.
        """
        for parameter in self.module.parameters():
            if parameter.grad is None:  # nothing had a gradient: AdamW must still see a zero, not skip the step
                parameter.grad = torch.zeros_like(parameter)
        norm = torch.nn.utils.clip_grad_norm_(self.module.parameters(), self.settings.clip_norm)
        if isinstance(norm, DTensor):  # sharded weights: a sum over processes that is still to be done
            norm = norm.full_tensor()
        if nonfinite or not math.isfinite(norm):
            self.optimizer.zero_grad(set_to_none=True)
            if not self.skip_nonfinite:
                raise NonFinite(nonfinite or f"the gradient norm is {float(norm)}")
            self.updates += 1
            return float(norm), 0.0
        lr = self.settings.lr * self._lr_factor()
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.updates += 1
        return float(norm), lr

    def _lr_factor(self) -> float:
        """Linear warm-up to the full rate, which is the rate from the first update where there is none."""
        if self.compat.zero_lr_first_update:
            return min(1.0, self.updates / max(1, self.settings.warmup_steps))
        return min(1.0, (self.updates + 1) / max(1, self.settings.warmup_steps))

    def state(self) -> dict[str, Any]:
        """Weights and optimizer state, by parameter name: what torch.distributed.checkpoint stores."""
        weights, optimizer = get_state_dict(self.module, self.optimizer)
        return {"model": weights, "optimizer": optimizer}

    def load_state(self, state: Mapping[str, Any], updates: int) -> None:
        set_state_dict(
            self.module, self.optimizer, model_state_dict=state["model"], optim_state_dict=state["optimizer"]
        )
        self.updates = updates
