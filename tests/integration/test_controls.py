"""The sandbox's controls train: one step each, and the ledger shows the reward that was meant."""

from pathlib import Path

import pytest
from runs import json_lines, train_here

ONE_STEP = (
    "trainer.total_steps=1", "checkpoint.every=0",
    "trainer.keep_rollouts=none", "data.validation=null",
)  # fmt: skip


def ledger(tmp_path: Path, name: str, *overrides: str) -> list[dict[str, float]]:
    run = train_here(f"+experiment={name}", *ONE_STEP, f"trainer.output_dir={tmp_path}", *overrides)
    return json_lines(run / "ledger" / "ledger.jsonl")


def test_outcome_inverted_and_constant(tmp_path: Path) -> None:
    """The same 64 responses (the seed fixes them), so that the rewards can be compared group by group."""
    outcome = ledger(tmp_path, "sandbox_oneshot")
    inverted = ledger(tmp_path, "sandbox_oneshot", "reward=inverted", "trainer.name=inverted")
    constant = ledger(tmp_path, "sandbox_oneshot", "reward=constant", "trainer.name=constant")
    assert len(outcome) == 8 and 0 < sum(row["correct"] for row in outcome) < 64
    for plain, opposite, same in zip(outcome, inverted, constant, strict=True):
        assert plain["correct"] == opposite["correct"] == same["correct"]
        assert (plain["reward_sum"], opposite["reward_sum"]) == (plain["correct"], 8 - plain["correct"])
        assert (same["reward_sum"], same["zero_advantage"]) == (8, True)


def test_a_grader_that_always_errs_pays_as_the_inverted_reward(tmp_path: Path) -> None:
    inverted = ledger(tmp_path, "sandbox_oneshot", "reward=inverted", "trainer.name=inverted")
    noise = ("reward.false_positive=1", "reward.false_negative=1")
    noisy = ledger(tmp_path, "sandbox_oneshot", *noise, "trainer.name=noisy")
    assert [row["reward_sum"] for row in noisy] == [row["given"] for row in noisy]
    assert [(row["correct"], row["reward_sum"]) for row in noisy] == [
        (row["correct"], row["reward_sum"]) for row in inverted]  # fmt: skip


@pytest.mark.parametrize("name", ["sandbox_random", "sandbox_majority", "sandbox_entropy"])
def test_rewards_that_ignore_the_label(tmp_path: Path, name: str) -> None:
    """With another label the grades change and the rewards do not."""
    right = ledger(tmp_path, name)
    wrong = ledger(tmp_path, name, "data.label=929725", "trainer.name=wrong")
    assert sum(row["correct"] for row in right) > 0 == sum(row["correct"] for row in wrong)
    if name == "sandbox_entropy":  # the reward is that of the outcome, but has no weight in the loss
        return
    assert [row["reward_sum"] for row in right] == [row["reward_sum"] for row in wrong]
    if name == "sandbox_majority":
        assert all(1 <= row["reward_sum"] <= 8 for row in right)


def test_labels(tmp_path: Path) -> None:
    reachable, unreachable = ledger(tmp_path, "sandbox_wrong_label"), ledger(tmp_path, "sandbox_unreachable_label")
    assert sum(row["reward_sum"] for row in unreachable) == 0 and all(row["zero_advantage"] for row in unreachable)
    assert [row["length_mean"] for row in reachable] == [row["length_mean"] for row in unreachable]


def test_four_examples(tmp_path: Path) -> None:
    rows = ledger(tmp_path, "sandbox_4shot")
    assert sorted((row["example"], row["copy"]) for row in rows) == [
        (name, copy) for name in ("pool-0000", "pool-0002", "pool-0003", "pool-0004") for copy in (0, 1)
    ]


def test_entropy_alone_moves_the_weights_without_a_reward(tmp_path: Path) -> None:
    run = train_here("+experiment=sandbox_entropy", *ONE_STEP, f"trainer.output_dir={tmp_path}", "data.label=929725")
    line = json_lines(run / "metrics.jsonl")[-1]
    assert line["reward/mean"] == 0 and line["policy/pg_loss"] == 0
    assert line["policy/grad_norm"] > 0 and line["policy/loss"] < 0
