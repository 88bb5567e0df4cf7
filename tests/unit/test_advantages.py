"""Group-relative advantages against hand-computed and published values."""

import json
import os
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from oneshot_rlvr.algorithms.advantages import grpo_advantages
from oneshot_rlvr.config.schema import AlgorithmConfig
from oneshot_rlvr.trainer.step import advantages

# k correct of 8 -> advantage of a right and of a wrong rollout (std with n - 1, eps 1e-6)
TABLE = {1: (2.474867, -0.353552), 2: (1.620182, -0.540061), 3: (1.207612, -0.724567), 4: (0.935413, -0.935413)}


@pytest.mark.parametrize("correct", TABLE)
def test_group_of_eight(correct: int) -> None:
    rewards = torch.tensor([1.0] * correct + [0.0] * (8 - correct))
    found = grpo_advantages(rewards, eps=1e-6)
    assert found[0].item() == pytest.approx(TABLE[correct][0], abs=2e-6)
    assert found[-1].item() == pytest.approx(TABLE[correct][1], abs=2e-6)


@pytest.mark.parametrize("rewards", [[0.0] * 8, [1.0] * 8, [0.1] * 3, [0.7]])
def test_constant_group_is_exactly_zero(rewards: list[float]) -> None:
    assert grpo_advantages(torch.tensor(rewards), eps=1e-6).tolist() == [0.0] * len(rewards)


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=32))
def test_advantages_sum_to_zero_and_order_as_rewards(rewards: list[float]) -> None:
    found = grpo_advantages(torch.tensor(rewards), eps=1e-6)
    assert abs(found.sum().item()) < 1e-4
    right = [a for a, r in zip(found.tolist(), rewards) if r == 1]
    wrong = [a for a, r in zip(found.tolist(), rewards) if r == 0]
    if right and wrong:
        assert min(right) > 0 > max(wrong)


def test_a_rollout_without_verdict_is_left_out_of_its_group() -> None:
    config = AlgorithmConfig()
    with_gap = advantages([[1.0, None, 0.0, 0.0]], config)[0]
    without = advantages([[1.0, 0.0, 0.0]], config)[0]
    assert with_gap == [without[0], 0.0, without[1], without[2]]
    assert advantages([[None, None]], config) == [[0.0, 0.0]]


def test_golden_values() -> None:
    folder = os.environ.get("RLVR_DATA_DIR")
    if not folder:
        pytest.skip("RLVR_DATA_DIR is not set")
    cases = json.loads((Path(folder) / "reference_golden_vectors.json").read_text())["grpo_group_of_8"]
    assert len(cases) == 9
    for case in cases:
        rewards = torch.tensor([1.0] * case["correct"] + [0.0] * (case["n"] - case["correct"]))
        found = grpo_advantages(rewards, eps=1e-6)
        if case["adv_if_correct"] is not None:
            assert found[0].item() == pytest.approx(case["adv_if_correct"], abs=2e-6)
        if case["adv_if_wrong"] is not None:
            assert found[-1].item() == pytest.approx(case["adv_if_wrong"], abs=2e-6)
