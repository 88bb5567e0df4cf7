"""Advantages: relative to a group of rollouts, or per token from values."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

if TYPE_CHECKING:
    from oneshot_rlvr.config.schema import AlgorithmConfig


def grpo_advantages(rewards_G: Float[Tensor, "G"], eps: float) -> Float[Tensor, "G"]:
    """(r - mean) / (std + eps) within one group, std with n - 1 (GRPO, arXiv 2402.03300, outcome supervision).

    A group whose rewards are all equal, one of size 1 included, gives exactly 0. Rounding alone could otherwise leave
    a mean that differs from every reward, and (r - mean) / eps would then be a large advantage out of nothing.
    """
    if _constant(rewards_G):
        return torch.zeros_like(rewards_G)
    return (rewards_G - rewards_G.mean()) / (rewards_G.std(correction=1) + eps)


def dr_grpo_advantages(rewards_G: Float[Tensor, "G"]) -> Float[Tensor, "G"]:
    """r - mean: no division by the spread, which favours questions that are nearly solved or nearly hopeless
    (Dr. GRPO, arXiv 2503.20783)."""
    if _constant(rewards_G):
        return torch.zeros_like(rewards_G)
    return rewards_G - rewards_G.mean()


def rloo_advantages(rewards_G: Float[Tensor, "G"]) -> Float[Tensor, "G"]:
    """r less the mean of the other rollouts (RLOO, arXiv 2402.14740); a group of one gives 0."""
    if _constant(rewards_G):
        return torch.zeros_like(rewards_G)
    num_rollouts = len(rewards_G)
    return (rewards_G - rewards_G.mean()) * (num_rollouts / (num_rollouts - 1))


def task_relative_advantages(
    rewards_G: Float[Tensor, "G"], weights_G: Float[Tensor, "G"]
) -> Float[Tensor, "G"]:
    """(r - mean) / sqrt(var + 1e-8) within one group, each rollout counted `weights_G` times, var with n - 1 of these
    (task-relative REINFORCE++, arXiv 2505.03335, section 3.3.5: the groups are the pairs of task type and role).

    Example: rewards 1, 0, 0 have mean 1/3 with weights 1, 1, 1, and 1/5 with the lengths 10, 30, 10 as weights.
    """
    if _constant(rewards_G):
        return torch.zeros_like(rewards_G)
    count = weights_G.sum()
    deviations_G = rewards_G - (weights_G * rewards_G).sum() / count
    return deviations_G * torch.rsqrt((weights_G * deviations_G.square()).sum() / (count - 1) + 1e-8)


def max_rl_advantages(rewards_G: Float[Tensor, "G"]) -> Float[Tensor, "G"]:
    """(r - mean) / mean: in expectation the gradient of log of the pass rate, to the order that the group allows,
    instead of that of the pass rate (MaxRL, arXiv 2602.02710). Rewards are 0 or more; a mean of 0 gives 0."""
    if _constant(rewards_G):
        return torch.zeros_like(rewards_G)
    return (rewards_G - rewards_G.mean()) / rewards_G.mean()


def pass_at_k_advantages(rewards_G: Float[Tensor, "G"], k: int) -> Float[Tensor, "G"]:
    """Analytical advantages of pass@k (arXiv 2508.10751, section 2.4): the mean over all subsets of k rollouts that one
    is in of (R - mean) / std, where R is 1 for a subset with a right rollout (reward above 0).

    N rollouts, n of them wrong: mean = 1 - C(n, k) / C(N, k), std = sqrt(mean (1 - mean)). A right rollout has
    (1 - mean) / std, a wrong one (1 - mean - C(n - 1, k - 1) / C(N - 1, k - 1)) / std. k = 1 is GRPO with the std of N.
    """
    right = rewards_G > 0
    size, wrong = len(rewards_G), int((~right).sum())
    mean = 1.0 - math.comb(wrong, k) / math.comb(size, k)
    if not 0 < mean < 1:
        return torch.zeros_like(rewards_G)
    std = math.sqrt(mean * (1.0 - mean))
    of_wrong = 1.0 - mean - math.comb(wrong - 1, k - 1) / math.comb(size - 1, k - 1)
    return torch.where(right, (1.0 - mean) / std, of_wrong / std).to(rewards_G.dtype)


def grpo(rewards_G: Tensor, config: "AlgorithmConfig") -> Tensor:
    """`grpo_advantages` under a run's settings, for the table of algorithms."""
    return grpo_advantages(rewards_G, config.advantage_eps)


def dr_grpo(rewards_G: Tensor, config: "AlgorithmConfig") -> Tensor:
    """`dr_grpo_advantages` for the table of algorithms."""
    return dr_grpo_advantages(rewards_G)


def rloo(rewards_G: Tensor, config: "AlgorithmConfig") -> Tensor:
    """`rloo_advantages` for the table of algorithms."""
    return rloo_advantages(rewards_G)


def trr_pp(rewards_G: Tensor, config: "AlgorithmConfig", lengths_G: Tensor) -> Tensor:
    """`task_relative_advantages` with weights by `advantage_weighting`, for the table of algorithms."""
    by_token = config.advantage_weighting == "token"
    return task_relative_advantages(rewards_G, lengths_G.float() if by_token else torch.ones_like(rewards_G))


def max_rl(rewards_G: Tensor, config: "AlgorithmConfig") -> Tensor:
    """`max_rl_advantages` for the table of algorithms."""
    return max_rl_advantages(rewards_G)


def pass_at_k(rewards_G: Tensor, config: "AlgorithmConfig") -> Tensor:
    """`pass_at_k_advantages` under a run's settings, for the table of algorithms. A group that gradings left with fewer
    than k rollouts is taken as one of pass@all."""
    return pass_at_k_advantages(rewards_G, min(config.pass_k, len(rewards_G)))


def given(rewards_G: Tensor, config: "AlgorithmConfig") -> Tensor:
    """The rewards themselves: 1 for every given response of supervised training, or for a right one (rejection
    sampling: RAFT, arXiv 2304.06767)."""
    return rewards_G


def _constant(rewards_G: Tensor) -> bool:
    return bool((rewards_G == rewards_G[0]).all())


def gpg_scale(advantages_B: Sequence[float], groups: Iterable[Sequence[int]]) -> float:
    """Groups over groups that have a signal, so that those without one do not make the step smaller (GPG, arXiv
    2504.02546, eq. 7, alpha); 1 where none has."""
    signals = [any(advantages_B[i] != 0 for i in members) for members in groups]
    return len(signals) / sum(signals) if any(signals) else 1.0


def discounted_returns(rewards_T: Float[Tensor, "T"], gamma: float) -> Float[Tensor, "T"]:
    """G_t = r_t + gamma G_{t+1} (REINFORCE++, arXiv 2501.03262, before its normalisation)."""
    return gae(rewards_T, torch.zeros_like(rewards_T), gamma, lam=1.0)[1]


def gae(
    rewards_T: Float[Tensor, "T"], values_T: Float[Tensor, "T"], gamma: float, lam: float
) -> tuple[Float[Tensor, "T"], Float[Tensor, "T"]]:
    """Generalised advantage estimation (arXiv 1506.02438, eq. 16) and the returns A + V that the critic learns.

    `values_T[t]` is the value of the state before token t; after the last token it is 0.
    delta_t = r_t + gamma V_{t+1} - V_t,   A_t = delta_t + gamma lam A_{t+1}.
    """
    next_values = torch.cat([values_T[1:], values_T.new_zeros(1)])
    deltas = (rewards_T + gamma * next_values - values_T).tolist()
    advantages, running = [0.0] * len(deltas), 0.0
    for t in range(len(deltas) - 1, -1, -1):
        running = deltas[t] + gamma * lam * running
        advantages[t] = running
    advantages_T = torch.tensor(advantages, dtype=rewards_T.dtype)
    return advantages_T, advantages_T + values_T


def whiten(values_T: Float[Tensor, "T"]) -> Float[Tensor, "T"]:
    """Mean 0 and variance 1 over all tokens of a step: (x - mean) / sqrt(var + 1e-8), var with n - 1."""
    if len(values_T) < 2 or _constant(values_T):
        return torch.zeros_like(values_T)
    return (values_T - values_T.mean()) * torch.rsqrt(values_T.var(correction=1) + 1e-8)
