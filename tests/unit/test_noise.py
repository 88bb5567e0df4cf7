"""A grader with set error rates: what the reward is told, what the records keep, what is refused."""

from dataclasses import replace

import pytest
from tiny import rewarded

from oneshot_rlvr.config.check import check_values
from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.schema import DataConfig, RewardConfig
from oneshot_rlvr.data.training_set import training_set
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.rollout.noise import GraderNoise, as_given
from oneshot_rlvr.rollout.rewards import group_reward
from oneshot_rlvr.rollout.sources import rollout_seed
from oneshot_rlvr.types import Grade, Problem, Rollout, Task

RIGHT, WRONG, FAILED = Grade(True, "84", "correct"), Grade(False, "7", "wrong"), Grade(None, None, "timeout")
TASK = Task(Problem("x", "q", "84"), (1,))


def rollouts(grade: Grade, n: int, run_seed: int = 0) -> list[Rollout]:
    return [Rollout(TASK, "x#0", i, rollout_seed(run_seed, 1, 0, i), (1,), (0.0,), grade=grade) for i in range(n)]


def told(noise: GraderNoise, grade: Grade, n: int = 4000) -> float:
    return sum(bool(noise.judged(r).given) for r in rollouts(grade, n)) / n


def test_rates_are_those_set() -> None:
    noise = GraderNoise(false_positive=0.1, false_negative=0.3)
    assert told(noise, WRONG) == pytest.approx(0.1, abs=0.015)  # three standard errors of 4000 draws: 0.014
    assert told(noise, RIGHT) == pytest.approx(0.7, abs=0.022)


@pytest.mark.parametrize("noise", [GraderNoise(1.0, 0.0), GraderNoise(0.0, 1.0)])
def test_each_rate_touches_its_own_side(noise: GraderNoise) -> None:
    assert told(noise, WRONG, 10) == noise.false_positive
    assert told(noise, RIGHT, 10) == 1 - noise.false_negative


def test_verdicts_follow_the_place_in_the_run_alone() -> None:
    noise = GraderNoise(0.5, 0.5)
    first, again = ([noise.judged(r).given for r in rollouts(RIGHT, 64)] for _ in range(2))
    assert first == again
    assert first != [noise.judged(r).given for r in rollouts(RIGHT, 64, run_seed=1)]
    assert [noise.judged(r).given for r in rollouts(RIGHT, 64)[::-1]] == first[::-1]  # order is nothing


def test_without_noise_or_verdict_nothing_is_given() -> None:
    assert GraderNoise().judged(rollouts(RIGHT, 1)[0]).given is None
    assert GraderNoise(1.0, 1.0).judged(rollouts(FAILED, 1)[0]).given is None


def test_the_reward_is_told_and_the_grade_stays_true() -> None:
    judged = [GraderNoise(1.0, 1.0).judged(r) for r in rollouts(RIGHT, 2) + rollouts(WRONG, 1)]
    assert [r.grade for r in judged] == [RIGHT, RIGHT, WRONG]
    seen = [as_given(r) for r in judged]
    assert group_reward(RewardConfig())(seen) == [0.0, 0.0, 1.0]
    assert group_reward(RewardConfig(name="inverted"))(seen) == [1.0, 1.0, 0.0]
    assert as_given(replace(judged[0], given=None)).grade == RIGHT
    assert len(rewarded(judged, [0.0, 0.0, 1.0])) == 3


@pytest.mark.parametrize(("settings", "said"), [
    (["reward.false_positive=1.5"], "reward.false_positive=1.5: must be between 0 and 1"),
    (["reward.false_negative=0.1", "reward=format"], "reward.name=format asks no grader"),
    (["reward.false_positive=0.1", "reward=majority"], "reward.name=majority asks no grader"),
])  # fmt: skip
def test_noise_that_nobody_would_hear_is_refused(settings: list[str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        check_values(load_run_config(["+experiment=sandbox_oneshot", *settings]))


def test_labels_that_are_right_after_all_are_counted() -> None:
    own = training_set(DataConfig(problem="1/2 + 0?", answer="1/2", label="0.5"))
    other = training_set(DataConfig(problem="1/2 + 0?", answer="1/2", label="0.6"))
    assert (own.relabelled, own.still_right) == (("own",), ("own",))
    assert (other.relabelled, other.still_right) == (("own",), ())
