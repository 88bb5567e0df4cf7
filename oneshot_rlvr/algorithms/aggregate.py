"""One number from token losses: a weight per token, taken over the whole optimizer step.

loss = sum over responses i of  weight_i * sum over its tokens t of  loss_it

Since the weights are fixed before anything is split, the gradient is the same for any split into micro-batches,
any packing order and any number of workers. The tempting alternative, a mean per micro-batch, weighs a token by
the company it was packed with.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def response_weights(
    lengths_B: Int[Tensor, "B"], normalization: str, constant: float
) -> Float[Tensor, "B"]:
    """Weight of every token of each response, from the response lengths (tokens) of one optimizer step.

    token_mean: 1 / all tokens (DAPO, arXiv 2503.14476). sequence_mean: 1 / (responses x own length) (GRPO).
    constant: 1 / (responses x constant) (Dr. GRPO, arXiv 2503.20783).
    `official` depends on the official code's micro-batches and has its own function below.
    """
    lengths = lengths_B.to(torch.float64).clamp(min=1.0)  # without a token there is no loss that a weight counts for
    num_responses = len(lengths_B)
    if normalization == "token_mean":
        weights = torch.full_like(lengths, 1.0) / lengths_B.sum().clamp(min=1)
    elif normalization == "sequence_mean":
        weights = 1.0 / (num_responses * lengths)
    elif normalization == "constant":
        weights = torch.full_like(lengths, 1.0) / (num_responses * constant)
    else:
        raise ValueError(f"no weights for normalization {normalization!r}")
    return weights.to(torch.float32)


def official_weights(
    lengths_B: Int[Tensor, "B"], micro_batches: list[list[int]]
) -> Float[Tensor, "B"]:
    """The official code's weights: token mean within a micro-batch, micro-batches weighed by their responses.

    A token of micro-batch m weighs n_m / (B T_m): n_m responses, T_m response tokens, B responses in the step.
    The micro-batches are the official code's (`partition.official_split`), whatever ours are.
    """
    weights = torch.zeros(len(lengths_B), dtype=torch.float32)
    for members in micro_batches:
        tokens = max(1, int(lengths_B[members].sum()))
        weights[members] = len(members) / (len(lengths_B) * tokens)
    return weights
