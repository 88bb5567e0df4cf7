"""The part of a reload of weights that vLLM leaves undone on a CPU."""

from typing import Any

from torch import nn


def pack_again(model: nn.Module) -> None:
    """Rebuild oneDNN's packed copies of weights that a reload does not visit.

    On a CPU every linear layer computes with a packed copy of its weight. A tied head has no tensor of its own in the
    stream, so vLLM's reload leaves its copy as it was: logits would come from the old embedding.
    """
    for module in model.modules():
        part: Any = module
        if hasattr(part, "cpu_linear") and part.weight.numel() > 0:
            part.quant_method.process_weights_after_loading(part)
