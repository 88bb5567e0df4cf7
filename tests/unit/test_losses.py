"""Loss terms and weights against hand-computed and golden values."""

import json
import math
import os
from pathlib import Path

import pytest
import torch

from oneshot_rlvr.algorithms.aggregate import official_weights, response_weights
from oneshot_rlvr.algorithms.losses import clipped_policy_loss, clipped_value_loss, importance_weights, k3_kl


def test_clipped_policy_loss_by_hand() -> None:
    logprobs = torch.log(torch.tensor([1.5, 1.5, 0.5, 0.5, 1.1]))
    found, clipped = clipped_policy_loss(
        logprobs, torch.zeros(5), torch.tensor([1.0, -1.0, 1.0, -1.0, 2.0]), clip_ratio=0.2
    )
    # The pessimistic side counts: a gain is capped at 1.2 (0.8), a loss is not.
    assert found.tolist() == pytest.approx([-1.2, 1.5, -0.5, 0.8, -2.2])
    assert clipped.tolist() == [True, False, False, True, False]


@pytest.mark.parametrize("log_ratio", [88.0, 100.0, 1e4, math.inf])
def test_a_ratio_beyond_float32_is_no_nan(log_ratio: float) -> None:
    """exp(89) is infinite in float32, and 0 times that is nan."""
    logprobs = torch.zeros(3, requires_grad=True)
    old = torch.full((3,), -log_ratio)
    loss, clipped = clipped_policy_loss(logprobs, old, torch.tensor([0.0, 1.0, -1.0]), clip_ratio=0.2)
    assert loss.tolist() == pytest.approx([0.0, -1.2, math.exp(20.0)])
    assert clipped.tolist() == [False, True, False]
    loss.sum().backward()
    assert logprobs.grad is not None and logprobs.grad.tolist() == [0.0, 0.0, 0.0]
    assert importance_weights(logprobs, old, 2.0).tolist() == [2.0, 2.0, 2.0]


def test_on_policy_gradient_is_that_of_reinforce() -> None:
    logprobs = torch.tensor([-0.3, -2.0], requires_grad=True)
    loss, _ = clipped_policy_loss(logprobs, logprobs.detach(), torch.tensor([0.7, -1.3]), clip_ratio=0.2)
    loss.sum().backward()
    assert logprobs.grad is not None
    assert logprobs.grad.tolist() == pytest.approx([-0.7, 1.3])


def test_k3_by_hand() -> None:
    d = torch.tensor([0.0, 1.0, -1.0, 2.0])
    expected = [0.0, math.e - 2, 1 / math.e, math.exp(2) - 3]
    assert k3_kl(-d, torch.zeros(4), clamp=10.0).tolist() == pytest.approx(expected)


def test_k3_clamp_and_overflow() -> None:
    logprobs = torch.tensor([-3.0, -500.0, 30.0], requires_grad=True)  # d = 3, 500, -30
    values = k3_kl(logprobs, torch.zeros(3), clamp=10.0)
    assert values.tolist() == [10.0, 10.0, 10.0]
    values.sum().backward()
    assert logprobs.grad is not None
    assert logprobs.grad.tolist() == [0.0, 0.0, 0.0]


def test_golden_k3() -> None:
    folder = os.environ.get("RLVR_DATA_DIR")
    if not folder:
        pytest.skip("RLVR_DATA_DIR is not set")
    cases = json.loads((Path(folder) / "reference_golden_vectors.json").read_text())["kl_low_var"]
    assert len(cases) == 10
    for case in cases:
        found = k3_kl(torch.tensor([-float(case["ref_minus_logp"])]), torch.zeros(1), clamp=10.0)
        assert found.item() == pytest.approx(case["clamped"], abs=1e-5)


def test_weights_by_hand() -> None:
    lengths = torch.tensor([1, 3, 4])
    assert response_weights(lengths, "token_mean", 0).tolist() == pytest.approx([1 / 8] * 3)
    assert response_weights(lengths, "sequence_mean", 0).tolist() == pytest.approx([1 / 3, 1 / 9, 1 / 12])
    assert response_weights(lengths, "constant", 10).tolist() == pytest.approx([1 / 30] * 3)


def test_official_weights_give_the_worked_example() -> None:
    # 3 responses with 30 tokens (token losses sum to 6) beside 1 response with 60 tokens (sum 30): 0.275, not 0.4
    lengths = torch.tensor([10, 10, 10, 60])
    token_losses = torch.tensor([0.2, 0.2, 0.2, 0.5])  # mean per token of each response
    weights = official_weights(lengths, [[0, 1, 2], [3]])
    assert (weights * token_losses * lengths).sum().item() == pytest.approx(0.275)
    weights = response_weights(lengths, "token_mean", 0)
    assert (weights * token_losses * lengths).sum().item() == pytest.approx(0.4)


def test_clipped_value_loss_by_hand() -> None:
    values, old = torch.tensor([1.0, 2.0, 0.2]), torch.tensor([0.0, 0.0, 0.0])
    found, clipped = clipped_value_loss(values, old, torch.tensor([1.0, 3.0, 0.0]), clip=0.5)
    # 1: right on target, but the clipped value 0.5 is not; 2: clipped 0.5 is further off; 3: inside the range
    assert found.tolist() == pytest.approx([0.5 * 0.25, 0.5 * 6.25, 0.5 * 0.04])
    assert clipped.tolist() == [True, True, False]


def test_importance_weights_are_truncated_and_without_gradient() -> None:
    logprobs = torch.tensor([0.0, 1.0, -1.0], requires_grad=True)
    found = importance_weights(logprobs, torch.tensor([0.0, -1.0, 0.0]), cap=2.0)
    assert found.tolist() == pytest.approx([1.0, 2.0, math.exp(-1)])
    assert not found.requires_grad
