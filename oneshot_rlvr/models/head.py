"""The last step of a language model: from hidden states to logits."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

# Settings of a config.json by which logits are multiplied, and divided.
FACTORS, DIVISORS = ("logit_scale", "lm_head_multiplier"), ("logits_scaling",)


@dataclass(frozen=True, slots=True)
class Head:
    """Logits are cap tanh(scale (W h + b) / cap); without a cap, scale (W h + b)."""

    layer: nn.Module  # W [V, D] and b [V]
    scale: float
    cap: float  # 0: none

    @staticmethod
    def of(model: PreTrainedModel) -> "Head":
        """The head of a model, with what its configuration says is done behind it."""
        config: Any = model.config
        scale = 1.0
        for name in FACTORS:
            scale *= getattr(config, name, None) or 1.0
        for name in DIVISORS:
            scale /= getattr(config, name, None) or 1.0
        layer: Any = model.get_output_embeddings()
        return Head(layer, scale, getattr(config, "final_logit_softcapping", None) or 0.0)

    def logits(self, hidden: Tensor) -> Tensor:
        """hidden [..., D] -> float32 logits [..., V]."""
        logits = self.layer(hidden).float()
        if self.scale != 1:
            logits = logits * self.scale
        return logits if not self.cap else self.cap * torch.tanh(logits / self.cap)

    def inputs(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden states [R, D] and weight [V, D] whose product is W h + b; a bias is of one more input, 1."""
        layer: Any = self.layer
        if getattr(layer, "bias", None) is None:
            return hidden, layer.weight
        one = hidden.new_ones(len(hidden), 1)
        return torch.cat([hidden, one], 1), torch.cat([layer.weight, layer.bias[:, None]], 1)
