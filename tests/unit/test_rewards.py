"""What each reward and each label intervention changes, counted against the plain outcome on the same rollouts."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from oneshot_rlvr.algorithms.advantages import grpo_advantages
from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.schema import RewardConfig
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.data.training_set import training_set
from oneshot_rlvr.grading.graders import grade
from oneshot_rlvr.rollout.rewards import Vote, group_reward, same_answer, vote_of
from oneshot_rlvr.types import Grade, Problem, Rollout, Task

TRUTH = "84"
FAILED = Grade(None, None, "timeout")
# Three groups of eight: mostly right, mostly the same wrong answer, hardly any answer. None: no box in the response.
ANSWERS: tuple[tuple[str | None, ...], ...] = (
    ("84", "84", "12", "84", None, "84", "84", "90"),
    ("12", "12", "84", "12", None, "7", "12", "84"),
    (None, None, "5", None, None, None, None, None),
)
RIGHT, BOXED, TOTAL = 7, 15, 24  # of ANSWERS


def group_of(texts: Sequence[str], grades: Sequence[Grade], first_seed: int = 0) -> list[Rollout]:
    """Graded rollouts of one group."""
    task = Task(Problem("x", "q", TRUTH), (1,))
    return [Rollout(task, "x#0", i, first_seed + i, (1,), (0.0,), finish_reason="stop", text=text, grade=verdict)
            for i, (text, verdict) in enumerate(zip(texts, grades, strict=True))]  # fmt: skip


def rewards(config: RewardConfig, seeds_from: int = 0) -> list[list[float | None]]:
    reward = group_reward(config)
    found = []
    for number, answers in enumerate(ANSWERS):
        texts = ["no answer" if answer is None else rf"So \boxed{{{answer}}}." for answer in answers]
        grades = [grade(text, TRUTH, "deepscaler") for text in texts]
        found.append(reward(group_of(texts, grades, seeds_from + 100 * number)))
    return found


def flat(rows: Sequence[Sequence[float | None]]) -> list[float | None]:
    return [value for row in rows for value in row]


def changed(name: str) -> tuple[int, float]:
    """Number of rollouts whose reward differs from the outcome's, and the sum of all rewards."""
    outcome, other = flat(rewards(RewardConfig())), flat(rewards(RewardConfig(name=name)))
    return sum(a != b for a, b in zip(outcome, other, strict=True)), sum(value or 0.0 for value in other)


def test_outcome_pays_right_answers() -> None:
    assert [sum(row) for row in rewards(RewardConfig())] == [5, 2, 0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "differ", "total"),
    [
        ("inverted", TOTAL, TOTAL - RIGHT),
        ("constant", TOTAL - RIGHT, TOTAL),
        ("format", BOXED - RIGHT, BOXED),  # the boxed wrong answers earn too
        # Group 1 is right by majority: nothing changes. Group 2: its two right answers lose, its four 12s gain.
        # Group 3: the one boxed answer is the majority.
        ("majority", 2 + 4 + 1, 5 + 4 + 1),
    ],
)
def test_what_a_reward_changes(name: str, differ: int, total: int) -> None:
    assert changed(name) == (differ, total)


@pytest.mark.parametrize("probability", [0.0, 0.25, 0.5, 1.0])
def test_random_reward_knows_nothing_of_the_answer(probability: float) -> None:
    """5,000 draws for right and for wrong rollouts: the same rate for both, within four standard errors."""
    config = RewardConfig(name="random", probability=probability)
    drawn: dict[bool, list[float | None]] = {True: [], False: []}
    for start in range(0, 100_000, 1000):
        for row, right in zip(rewards(config, start), rewards(RewardConfig()), strict=True):
            for value, correct in zip(row, right, strict=True):
                drawn[bool(correct)].append(value)
    for values in drawn.values():
        rate = sum(value or 0.0 for value in values) / len(values)
        assert abs(rate - probability) <= 4 * (probability * (1 - probability) / len(values)) ** 0.5
    assert rewards(config) == rewards(config)


def test_constant_reward_has_no_advantage_and_inverted_the_opposite_one() -> None:
    import torch

    def advantages(name: str) -> list[torch.Tensor]:
        return [grpo_advantages(torch.tensor(row), 1e-6) for row in rewards(RewardConfig(name=name))]

    assert all(row.abs().max() == 0 for row in advantages("constant"))
    for plain, opposite in zip(advantages("outcome"), advantages("inverted"), strict=True):
        torch.testing.assert_close(plain, -opposite)


def vote(*answers: str | None) -> list[float | None]:
    grades = [Grade(False, answer, "wrong" if answer else "unparsed") for answer in answers]
    return group_reward(RewardConfig(name="majority"))(group_of([""] * len(answers), grades))


def test_majority_vote() -> None:
    assert vote("7", "9", None, "9") == [0, 1, 0, 1]
    assert vote("3", "5", "5", "3", "4") == [1, 0, 0, 1, 0]  # a tie: the answer that came first
    assert vote(None, None) == [0, 0]
    assert vote(r"\dfrac{1}{2}", "1/2", r"\frac12", "2") == [1, 1, 1, 0]  # one answer in three spellings
    assert vote("12.7", "12.70", "12.8") == [1, 1, 0]
    assert vote("100", "1E2", "99") == [1, 1, 0]


def test_majority_gives_no_reward_where_grading_failed() -> None:
    group = group_of([""] * 3, [FAILED, Grade(True, "1", "correct"), FAILED])
    assert group_reward(RewardConfig(name="majority"))(group) == [None, 1.0, None]


def test_confidence_is_the_geometric_mean_of_the_probabilities() -> None:
    first, second = group_of(["", ""], [FAILED, Grade(False, "7", "wrong")])
    group = [replace(first, token_ids=(1, 2), logprobs=(math.log(0.9), math.log(0.4))),
             replace(second, token_ids=(1,), logprobs=(0.0,))]  # fmt: skip
    assert group_reward(RewardConfig(name="confidence"))(group) == [pytest.approx(0.6), 1.0]


def test_self_certainty_is_the_mean_over_tokens() -> None:
    """The docstring's example: (1/2, 1/2) and (0.9, 0.1), then the second alone."""
    sure = -math.log(4 * 0.9 * 0.1) / 2
    first, second = group_of(["", ""], [FAILED, Grade(False, "7", "wrong")])
    group = [replace(first, certainties=(0.0, sure)), replace(second, certainties=(sure,))]
    assert group_reward(RewardConfig(name="self_certainty"))(group) == pytest.approx([0.2554, 0.5108], abs=1e-4)


def test_the_vote_of_a_group_by_hand() -> None:
    def vote_on(*answers: str | None) -> Vote:
        grades = [Grade(answer == "9", answer, "") for answer in answers]
        return vote_of(group_of([""] * len(answers), grades))

    assert vote_on("7", "9", None, "9") == Vote(True, 0.25)
    assert vote_on("7", "7", "7", "9") == Vote(False, 0.5)
    assert vote_on("9", "9") == Vote(True, 1.0) and vote_on(None, None, None) == Vote(False, 0.0)


def test_votes_survive_hostile_numbers() -> None:
    for text in ("1e999999999", "nan", "Infinity", "-0.00", "", "{", "1_0"):
        assert isinstance(same_answer(text), str)
    assert len(same_answer("1e999999999")) < 20
    assert same_answer("0.50") == same_answer(r"\frac{1}{2}") != same_answer("0.5001")


# Labels


def test_a_label_replaces_the_answer_of_every_row_and_nothing_else() -> None:
    plain = training_set(load_run_config(["+experiment=pi1_r128"]).data)
    other = training_set(load_run_config(["+experiment=pi1_r128", "data.label=4"]).data)
    pairs = list(zip(plain.rows, other.rows, strict=True))
    assert Counter((a.problem.answer, b.problem.answer) for a, b in pairs) == {("12.8", "4"): 128}
    assert all((a.copy, a.problem.id, a.problem.prompt) == (b.copy, b.problem.id, b.problem.prompt) for a, b in pairs)
    assert (plain.relabelled, other.relabelled) == ((), ("124",))


@pytest.mark.parametrize("share", [0.1, 0.6, 0.9])
def test_label_noise_changes_that_share_of_the_sandbox_pool(share: float) -> None:
    settings = ["+experiment=sandbox_full", f"data.label_noise={share}", "data.label_noise_method=perturb"]
    noisy = training_set(load_run_config(settings).data)
    truth = {problem.id: problem.answer for problem in load_problems("sandbox_pool")}
    wrong = [row.problem.id for row in noisy.rows if row.problem.answer != truth[row.problem.id]]
    assert len(wrong) == round(512 * share) and tuple(wrong) == noisy.relabelled
    # Wrong for the grader too, not only as text.
    verdicts = Counter(
        grade(rf"\boxed{{{truth[row.problem.id]}}}", row.problem.answer, "exact").correct for row in noisy.rows
    )
    assert verdicts == {True: 512 - len(wrong), False: len(wrong)}


@pytest.mark.parametrize(("name", "wrong"), [("dsr_sub_noise60", 725), ("dsr_sub_noise90", 1087)])
def test_noise_of_table_17(name: str, wrong: int, data_dir: Path) -> None:
    """Of 1,208 problems; at 90 % the paper speaks of about 120 that stay right, here 121."""
    noisy = training_set(load_run_config([f"+experiment={name}"]).data)
    truth = {problem.id: problem.answer for problem in load_problems("dsr_sub")}
    assert sum(row.problem.answer != truth[row.problem.id] for row in noisy.rows) == wrong
    assert len(noisy.rows) == 1208
