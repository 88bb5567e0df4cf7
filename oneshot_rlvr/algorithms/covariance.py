"""Tokens whose log-probability and advantage go together most: they drive the entropy down (arXiv 2505.22617)."""

import torch
from jaxtyping import Float
from torch import Tensor


def covariances(logprobs_T: Float[Tensor, "T"], advantages_T: Float[Tensor, "T"]) -> Float[Tensor, "T"]:
    """(log p - mean) (A - mean) of each token, means over all T tokens of a step (eq. 10)."""
    return (logprobs_T - logprobs_T.mean()) * (advantages_T - advantages_T.mean())


def marks(
    covariances_T: Float[Tensor, "T"], rule: str, share: float, low: float, high: float, seed: int
) -> Float[Tensor, "T"]:
    """1 for the tokens chosen, at least one where there is any to choose, else 0.

    clip: `share` of all tokens, drawn at random from those with a covariance between `low` and `high`; they get no
    gradient of the policy loss (Clip-Cov, eqs. 11 and 12). kl: the `share` of highest covariance; they get a penalty on
    how far they move (KL-Cov, eqs. 13 and 14).
    """
    count = max(1, int(share * len(covariances_T)))
    if rule == "clip":
        within = ((covariances_T > low) & (covariances_T < high)).nonzero()[:, 0]
        order = torch.randperm(len(within), generator=torch.Generator().manual_seed(seed))
        chosen = within[order[:count]]
    else:
        chosen = covariances_T.topk(min(count, len(covariances_T))).indices
    found = torch.zeros_like(covariances_T)
    found[chosen] = 1.0
    return found
