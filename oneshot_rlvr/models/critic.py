"""The critic as a function: packed tokens in, the value before every response token out."""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedModel

from oneshot_rlvr.models.packing import PackedBatch
from oneshot_rlvr.models.policy import last_hidden


class ValueModel(nn.Module):
    """A language model's backbone with one number per token. The head starts at 0: no value is claimed untrained."""

    def __init__(self, language_model: PreTrainedModel, attention: str, dtype: torch.dtype) -> None:
        super().__init__()
        self.backbone = copy.deepcopy(language_model.base_model)
        self.head = nn.Linear(language_model.config.hidden_size, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.attention, self.dtype = attention, dtype

    def forward(self, batch: PackedBatch) -> Tensor:
        """-> values [R] of the states in which the response tokens were chosen, float32."""
        hidden = last_hidden(self.backbone, batch, self.attention, self.dtype)
        head = self.head  # in float32 also where its weights are held in less
        return F.linear(hidden.float()[batch.predict], head.weight.float(), head.bias.float())[:, 0]
