"""A model that is trained: optimizer, schedule, clipping, state. The policy and the critic are two of these."""

# pyright: reportMissingImports=false
# (bitsandbytes comes with the extra [small])

import logging
import math
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Mapping

import torch
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_state_dict, set_state_dict
from torch.distributed.tensor import DTensor

from oneshot_rlvr.config.schema import CompatConfig, OptimizerConfig
from oneshot_rlvr.errors import NonFinite

TRAINED_ONLY = StateDictOptions(ignore_frozen_params=True, strict=False)


GROWS_AFTER = 200  # updates without an overflow


@dataclass(slots=True)
class LossScale:
    """The factor by which a loss is multiplied in float16, whose smallest numbers gradients would fall below.

    Halved where a gradient overflows, whose update is left out, and doubled after GROWS_AFTER updates without
    (arXiv 1710.03740; float16 in place of bfloat16 for its nearer sampler: arXiv 2510.26788).
    """

    factor: float
    clean: int = 0  # updates since the last change
    overflowed: bool = False  # the last update was left out

    def learn(self, overflowed: bool) -> None:
        """Takes in whether an update's gradient overflowed; NonFinite where no factor from 1 on would help."""
        self.overflowed = overflowed
        self.clean = 0 if overflowed else self.clean + 1
        if overflowed:
            self.factor /= 2
            if self.factor < 1:
                raise NonFinite("gradients overflow in float16 at every scale of the loss down to 1")
        elif self.clean == GROWS_AFTER:
            self.factor, self.clean = self.factor * 2, 0

    def state(self) -> list[float]:
        return [self.factor, self.clean]

    def load_state(self, state: Sequence[float]) -> None:
        self.factor, self.clean = float(state[0]), int(state[1])


class Trained:
    """AdamW over the parameters of `module` that are not frozen; float32 master weights.

    Where passes are made in half precision the master weights are another model, `master`: float32, on the same device
    or, with `optimizer.offload`, in main memory. The optimizer steps there, and the state is that model's. `module` has
    weights in the compute dtype; their gradients are added up here, in float32.
    """

    def __init__(
        self, module: nn.Module, settings: OptimizerConfig, compat: CompatConfig, master: nn.Module | None = None,
        updates_per_step: int = 1,
    ) -> None:  # fmt: skip
        self.module, self.settings, self.compat, self.updates_per_step = module, settings, compat, updates_per_step
        self.master = module if master is None else master
        self.updates = 0  # optimizer steps taken
        in_half = any(p.dtype == torch.float16 for p in module.parameters())
        self.scale = LossScale(settings.loss_scale) if in_half else None
        self.skip_nonfinite = False  # leave an update with a non-finite gradient out, instead of raising
        # Held from here on: asked later, a sharded model that is gathered would give other tensors.
        self.parameters, self.masters = trainable(module), trainable(self.master)
        self.optimizers = _optimizers(self.master, settings)
        self._sums: dict[Tensor, Tensor] = {}  # of gradients, by weight in half precision
        here = weakref.ref(self)  # the garbage collector does not see through a hook: this would stay for ever

        def add_up(parameter: Tensor) -> None:
            if (trained := here()) is not None:
                trained._add_up(parameter)

        for parameter in self.parameters:
            if parameter.dtype != torch.float32:
                parameter.register_post_accumulate_grad_hook(add_up)

    @property
    def whole(self) -> bool:
        """Every weight is trained, in float32. Only then may threads share the model: adapters are switched off and on
        for the reference, and gradients that threads add up have the dtype of the weights."""
        return all(p.requires_grad and p.dtype == torch.float32 for p in self.module.parameters())

    def _add_up(self, parameter: Tensor) -> None:
        """Adds a finished gradient to the sums: one pass over memory, and torch.compile takes no weight beside a
        gradient of another dtype."""
        if parameter.grad is None:
            return
        if parameter in self._sums:
            self._sums[parameter].add_(parameter.grad)
        else:
            self._sums[parameter] = parameter.grad.float()
        parameter.grad = None

    def scaled(self, loss: Tensor) -> Tensor:
        """The loss to go backward from."""
        return loss if self.scale is None else loss * self.scale.factor

    def gradients(self) -> list[Tensor | None]:
        """Sums over all micro-batches since the last step, by `parameters`; None where nothing depended on one."""
        found = [self._sums.get(p, p.grad) for p in self.parameters]
        if self.scale is None:
            return found
        return [None if gradient is None else gradient / self.scale.factor for gradient in found]

    def gradient_norm(self) -> float:
        """Norm of the gradients that are held, before clipping."""
        return _float(torch.nn.utils.get_total_norm([g for g in self.gradients() if g is not None]))

    def step(self, nonfinite: str | None = None) -> tuple[float, float]:
        """Clips, steps, clears; -> gradient norm before clipping, learning rate used.

        In float16 an update whose gradient overflows is left out, and gives 0 and 0 (`scale.overflowed`). Otherwise a
        gradient that is not finite, or one for which `nonfinite` says what else is not, never reaches the weights:
        NonFinite, or with `skip_nonfinite` the update is left out.
        """
        # Where nothing had a gradient AdamW must still see a zero, not skip the step.
        gradients = [torch.zeros_like(p, dtype=torch.float32) if gradient is None else gradient
                     for p, gradient in zip(self.parameters, self.gradients())]  # fmt: skip
        norm = self._clip(gradients)
        if self.scale is not None and not nonfinite:
            self.scale.learn(not math.isfinite(norm))
            if self.scale.overflowed:
                self.zero_grad()
                self.updates += 1
                return 0.0, 0.0
        if nonfinite or not math.isfinite(norm):
            self.zero_grad()
            if not self.skip_nonfinite:
                raise NonFinite(nonfinite or f"the gradient norm is {norm}")
            self.updates += 1
            return norm, 0.0
        factor = self._lr_factor()
        lr = self.settings.lr * factor
        for optimizer in self.optimizers:
            full = self.settings.matrix_lr if isinstance(optimizer, torch.optim.Muon) else self.settings.lr
            for group in optimizer.param_groups:
                group["lr"] = full * factor
        self._step(gradients)
        self.zero_grad()
        self.updates += 1
        return norm, lr

    def _clip(self, gradients: list[Tensor]) -> float:
        """Clips the gradients in place; -> their norm before."""
        norm = torch.nn.utils.get_total_norm(gradients)
        factor = (self.settings.clip_norm / (norm + 1e-6)).clamp(max=1.0)
        torch._foreach_mul_(gradients, factor)  # pyright: ignore[reportPrivateImportUsage]
        return _float(norm)

    @torch.no_grad()
    def _step(self, gradients: list[Tensor]) -> None:
        if self.settings.offload:
            self._step_in_main_memory(gradients)
            return
        for master, gradient in zip(self.masters, gradients):
            master.grad = gradient
        for optimizer in self.optimizers:
            optimizer.step()
        if self.master is not self.module:
            torch._foreach_copy_([*self.parameters], [*self.masters])  # pyright: ignore[reportPrivateImportUsage]

    def _step_in_main_memory(self, gradients: list[Tensor]) -> None:
        """One parameter at a time, so that main memory never holds all gradients (AdamW passes over those without)."""
        for parameter, master, gradient in zip(self.parameters, self.masters, gradients):
            master.grad = gradient.to(master.device)
            self.optimizers[0].step()
            master.grad = None
            parameter.copy_(master)

    def zero_grad(self) -> None:
        self._sums.clear()
        for parameter in (*self.parameters, *self.masters):
            parameter.grad = None

    def _lr_factor(self) -> float:
        """Linear warm-up to the full rate, which is that of the first update where there is none, and linear decay.

        The official schedule begins at 0 and moves once per training step, however many updates that has.
        """
        begin, end = self.settings.decay_begin, self.settings.decay_end
        left = min(1.0, max(0.0, (end - self.updates) / (end - begin))) if end else 1.0
        if self.compat.zero_lr_first_update:
            return left * min(1.0, self.updates // self.updates_per_step / max(1, self.settings.warmup_steps))
        return left * min(1.0, (self.updates + 1) / max(1, self.settings.warmup_steps))

    def state(self) -> dict[str, Any]:
        """Trained weights and optimizer state, by parameter name: what a checkpoint stores. Settings are not in it."""
        weights, optimizer = get_state_dict(self.master, self.optimizers, options=TRAINED_ONLY)
        names = {name for name, p in self.master.named_parameters(remove_duplicate=False) if p.requires_grad}
        # A frozen weight that is tied to another is left in by torch.
        return {"model": {k: v for k, v in weights.items() if k in names}, "optimizer": {"state": optimizer["state"]}}

    def load_state(self, state: Mapping[str, Any], updates: int) -> None:
        _, own = get_state_dict(self.master, self.optimizers, options=TRAINED_ONLY)
        set_state_dict(
            self.master, self.optimizers, model_state_dict=state["model"],
            optim_state_dict={**state["optimizer"], "param_groups": own["param_groups"]}, options=TRAINED_ONLY,
        )  # fmt: skip
        if self.master is not self.module:
            with torch.no_grad():
                for parameter, master in zip(self.parameters, self.masters):
                    parameter.copy_(master)
        self.updates = updates


def _float(norm: Tensor) -> float:
    """The norm as a number; of sharded weights it is summed over the processes here."""
    return float(norm.full_tensor() if isinstance(norm, DTensor) else norm)


def trainable(module: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in module.parameters() if parameter.requires_grad]


def _optimizers(module: nn.Module, settings: OptimizerConfig) -> list[torch.optim.Optimizer]:
    """AdamW over what is trained; with name=muon torch's Muon over the matrices of the layers, AdamW over the rest."""
    common: dict[str, Any] = dict(
        lr=settings.lr, betas=(settings.beta1, settings.beta2), eps=settings.eps, weight_decay=settings.weight_decay
    )
    if settings.name == "adamw_8bit":
        logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # on a CPU it warns of kernels that are not used here
        from bitsandbytes.optim.adamw import AdamW8bit

        return [AdamW8bit(trainable(module), **common)]
    if settings.name == "adamw":
        return [torch.optim.AdamW(trainable(module), **common, fused=True)]
    named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
    matrices = [p for name, p in named if p.ndim == 2 and ".layers." in name]
    others = [p for name, p in named if not (p.ndim == 2 and ".layers." in name)]
    muon = torch.optim.Muon(matrices, lr=settings.matrix_lr, weight_decay=settings.weight_decay)
    return [muon, torch.optim.AdamW(others, **common, fused=True)]
