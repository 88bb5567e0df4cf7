"""Group-relative advantages."""

import torch
from jaxtyping import Float
from torch import Tensor


def grpo_advantages(rewards_G: Float[Tensor, "G"], eps: float) -> Float[Tensor, "G"]:
    """(r - mean) / (std + eps) within one group, std with n - 1 (GRPO, arXiv 2402.03300, outcome supervision).

    A group whose rewards are all equal, one of size 1 included, gives exactly 0. Rounding alone could otherwise leave
    a mean that differs from every reward, and (r - mean) / eps would then be a large advantage out of nothing.
    """
    if bool((rewards_G == rewards_G[0]).all()):
        return torch.zeros_like(rewards_G)
    return (rewards_G - rewards_G.mean()) / (rewards_G.std(correction=1) + eps)
