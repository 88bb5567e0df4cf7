"""Group-relative advantages against hand-computed and published values."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import random_rollouts, rewarded

from oneshot_rlvr.algorithms.advantages import (
    discounted_returns,
    dr_grpo,
    dr_grpo_advantages,
    gae,
    grpo,
    grpo_advantages,
    rloo_advantages,
    task_relative_advantages,
    trr_pp,
    whiten,
)
from oneshot_rlvr.config.schema import AlgorithmConfig
from oneshot_rlvr.learner.estimate import group_advantages

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


# rewards and response lengths of a group -> advantages, each response or each of its tokens counted once
RELATIVE_REWARDS, RELATIVE_LENGTHS = [1.0, -0.5, -0.5, -1.0, 0.875, -0.5], [10, 200, 50, 400, 120, 30]
RELATIVE = {
    "sample": [1.3292, -0.4765, -0.4765, -1.0784, 1.1787, -0.4765],
    "token": [2.3218, 0.0376, 0.0376, -0.7238, 2.1314, 0.0376],
}


@pytest.mark.parametrize("weighting", RELATIVE)
def test_task_relative_advantages(weighting: str) -> None:
    config = AlgorithmConfig(name="trr_pp", advantage_weighting=weighting)
    found = trr_pp(torch.tensor(RELATIVE_REWARDS), config, torch.tensor(RELATIVE_LENGTHS))
    assert found.tolist() == pytest.approx(RELATIVE[weighting], abs=5e-5)


def test_token_weighting_counts_every_token() -> None:
    """By another route: the rewards written out once a token, and whitened."""
    rewards, lengths = torch.tensor(RELATIVE_REWARDS), torch.tensor(RELATIVE_LENGTHS)
    tokens = whiten(rewards.repeat_interleave(lengths))
    found = task_relative_advantages(rewards, lengths.float()).repeat_interleave(lengths)
    assert torch.allclose(found, tokens, atol=1e-5)


def test_groups_of_task_and_role_do_not_touch_each_other() -> None:
    config = AlgorithmConfig(name="trr_pp", advantage_weighting="token")
    names = [f"{kind}/{role}" for kind in ("deduction", "abduction", "induction") for role in ("propose", "solve")]
    rollouts = [replace(r, group=names[i % 6]) for i, r in enumerate(random_rollouts(3, 8))]
    rewards = [float((7 * i) % 11) for i in range(len(rollouts))]

    def advantages(factor: float) -> list[float]:
        scaled = [r * factor + 1 if i % 6 == 0 else r for i, r in enumerate(rewards)]
        return group_advantages(rewarded(rollouts, scaled), trr_pp, config, takes_lengths=True)

    once, scaled = advantages(1.0), advantages(5.0)
    assert [a for i, a in enumerate(once) if i % 6] == [a for i, a in enumerate(scaled) if i % 6]
    assert once[::6] == pytest.approx(scaled[::6], abs=1e-5)  # and a group itself: a shift and a scale are nothing


@pytest.mark.parametrize("rewards", [[0.5] * 4, [0.3], [-0.5] * 3])
def test_a_group_without_spread_is_exactly_zero(rewards: list[float]) -> None:
    assert task_relative_advantages(torch.tensor(rewards), torch.ones(len(rewards))).tolist() == [0.0] * len(rewards)


def test_with_a_group_for_each_prompt_it_is_grpo() -> None:
    rewards = torch.tensor([1.0, 0.0, 0.0, 1.0, 0.0])
    found = task_relative_advantages(rewards, torch.ones(5))
    assert torch.allclose(found, grpo_advantages(rewards, eps=1e-6), atol=1e-5)


def test_a_rollout_without_verdict_is_left_out_of_its_group() -> None:
    def advantages(*rewards: float | None) -> list[float]:
        return group_advantages(rewarded(random_rollouts(1, len(rewards)), rewards), grpo, AlgorithmConfig())

    without = advantages(1.0, 0.0, 0.0)
    assert advantages(1.0, None, 0.0, 0.0) == [without[0], 0.0, without[1], without[2]]
    assert advantages(None, None) == [0.0, 0.0]


def test_groups_are_told_apart_wherever_their_rollouts_stand() -> None:
    first, second, third, fourth = rewarded(random_rollouts(2, 2), [3.0, 1.0, 5.0, 9.0])
    assert group_advantages([third, first, fourth, second], dr_grpo, AlgorithmConfig()) == [-2.0, 1.0, 2.0, -1.0]


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


def test_rloo_and_dr_grpo_by_hand() -> None:
    rewards = torch.tensor([1.0, 0.0, 0.0, 0.5])
    assert rloo_advantages(rewards).tolist() == pytest.approx([1 - 0.5 / 3, -0.5, -0.5, 0.5 - 1 / 3])
    assert dr_grpo_advantages(rewards).tolist() == pytest.approx([0.625, -0.375, -0.375, 0.125])
    for rule in (rloo_advantages, dr_grpo_advantages):
        assert rule(torch.tensor([0.1] * 3)).tolist() == [0.0] * 3
        assert rule(torch.tensor([0.7])).tolist() == [0.0]


def test_returns_by_hand() -> None:
    assert discounted_returns(torch.tensor([1.0, 0.0, 2.0]), gamma=0.5).tolist() == [1.5, 1.0, 2.0]
    assert discounted_returns(torch.tensor([0.0, 0.0, 1.0]), gamma=1.0).tolist() == [1.0, 1.0, 1.0]


@given(
    st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=1, max_size=12), st.floats(0, 1), st.floats(0, 1)
)
def test_gae_is_the_discounted_sum_of_deltas(pairs: list[tuple[float, float]], gamma: float, lam: float) -> None:
    """Line by line: A_t = sum_l (gamma lam)^l delta_{t+l}, with V = 0 after the last token."""
    rewards, values = [r for r, _ in pairs], [v for _, v in pairs]
    deltas = [r + gamma * v_next - v for r, v, v_next in zip(rewards, values, [*values[1:], 0.0])]
    expected = [
        sum((gamma * lam) ** (later - t) * deltas[later] for later in range(t, len(deltas))) for t in range(len(deltas))
    ]
    found, returns = gae(torch.tensor(rewards), torch.tensor(values), gamma, lam)
    assert found.tolist() == pytest.approx(expected, abs=1e-4)
    assert returns.tolist() == pytest.approx([a + v for a, v in zip(expected, values)], abs=1e-4)


def test_whiten_by_hand() -> None:
    assert whiten(torch.tensor([1.0, 2.0, 3.0])).tolist() == pytest.approx([-1.0, 0.0, 1.0], abs=1e-6)
    assert whiten(torch.tensor([2.0, 2.0])).tolist() == [0.0, 0.0]
