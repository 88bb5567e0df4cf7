"""Health rules by themselves: when they speak, how often, and that a resume changes nothing about it."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from tiny import random_rollouts, worker

from oneshot_rlvr.config.schema import MISMATCH_BOUNDS, AlgorithmConfig, HealthConfig, RewardConfig, RunConfig
from oneshot_rlvr.errors import NonFinite
from oneshot_rlvr.learner.mismatch import mismatch
from oneshot_rlvr.learner.update import StepStats
from oneshot_rlvr.trainer.health import CALM_STEPS, Fault, HealthMonitor
from oneshot_rlvr.types import Grade, Rollout

RIGHT, FAILED = Grade(True, "84", "correct"), Grade(None, None, "timeout")
STATS = StepStats({"policy/loss": 0.1, "policy/grad_norm": 1.5}, [])


def apart(*d: float, tokens: int = 1000) -> StepStats:
    """An update over `tokens` tokens whose two sides are as far apart as `d` says, over and over."""
    sampler = torch.full((tokens,), -1.0)
    return replace(STATS, mismatch=mismatch(sampler + torch.tensor(d).repeat(tokens)[:tokens], sampler))


def graded(*grades: Grade) -> list[Rollout]:
    return [replace(rollout, grade=grade) for rollout, grade in zip(random_rollouts(len(grades), 1), grades)]


HEALTHY = {
    "group/constant_share": 0.5, "policy/entropy": 0.4, "policy/skipped_rollouts": 0, "response/truncated_share": 0.1,
    "policy/kl": 0.01,
}  # fmt: skip


def watch(dtype: str = "float32", **health: object) -> tuple[HealthMonitor, list[str]]:
    said: list[str] = []
    config = RunConfig(health=HealthConfig(**health), reward=RewardConfig(max_error_share=0.25))
    return HealthMonitor(config, said.append, dtype), said


def feed(monitor: HealthMonitor, values: Sequence[dict[str, float]], first: int = 1) -> None:
    for step, changes in enumerate(values, start=first):
        monitor.check_metrics(step, HEALTHY | changes)


def test_grader_errors() -> None:
    monitor, _ = watch()
    monitor.check_rollouts(3, graded(RIGHT, RIGHT, RIGHT, FAILED))
    monitor.check_rollouts(3, graded(FAILED, RIGHT))  # a single response ends no run, however small the step
    with pytest.raises(Fault, match=r"^step 4: grading failed for 2 of 4 responses \(first: timeout\); reward.max_e"):
        monitor.check_rollouts(4, graded(RIGHT, FAILED, RIGHT, FAILED))


@pytest.mark.parametrize(
    ("bad", "rule", "what"),
    [
        (replace(STATS, values={"policy/loss": math.nan}), "nonfinite", "the loss is nan"),
        (replace(STATS, values={"policy/grad_norm": math.inf}), "nonfinite", "the gradient norm is inf"),
        (apart(0.1, -math.inf), "nonfinite", "the mean log-probability gap is inf"),
        (apart(0.01, -0.01), "mismatch", "are apart: mean 0.01 above health.mismatch_mean=0.005 (largest 0.01)"),
        (apart(0.004), "mismatch", "are apart: k1 -0.004 above health.mismatch_k1=0.002 (largest 0.004)"),
    ],
)
def test_numbers_of_an_update(bad: StepStats, rule: str, what: str) -> None:
    monitor, said = watch()
    monitor.check_update(1, STATS)
    with pytest.raises(Fault) as caught:
        monitor.check_update(2, bad)
    assert what in str(caught.value) and caught.value.rule == rule and "\n" not in str(caught.value)
    assert str(caught.value).endswith(f"; health.{rule}=warn goes on in spite of it (health.{rule}=stop)")
    monitor, said = watch(**{rule: "warn"})
    monitor.check_update(2, bad)
    monitor.check_update(3, bad)
    assert len(said) == 1 and said[0].startswith("warning: step 2: ") and said[0].endswith(f"(health.{rule}=warn)")
    assert "goes on" not in said[0]
    monitor, said = watch(**{rule: "off"})
    monitor.check_update(2, bad)
    assert said == []


def test_the_bounds_of_mismatch_are_the_dtype_s_unless_they_are_given() -> None:
    assert watch("bfloat16")[0].mismatch_bounds == MISMATCH_BOUNDS["bfloat16"]
    monitor, _ = watch("bfloat16", mismatch_mean=7.0)
    assert monitor.mismatch_bounds == MISMATCH_BOUNDS["bfloat16"] | {"mean": 7.0}
    monitor.check_update(1, apart(0.02, -0.02))
    with pytest.raises(Fault, match=r"mean 0\.02 above"):
        watch("float32")[0].check_update(1, apart(0.02, -0.02))


@pytest.mark.parametrize("tokens", [1, 2, 20, 1000])
def test_one_token_decides_nothing_however_far_it_is_off(tokens: int) -> None:
    d = (30.0, *[0.0] * (tokens - 1))
    watch()[0].check_update(1, apart(*d, tokens=tokens))


def test_log_probabilities_of_the_sampler() -> None:
    monitor, _ = watch()
    rollouts = random_rollouts(2, 2)
    monitor.check_rollouts(1, rollouts)
    rollouts[2] = replace(rollouts[2], logprobs=(-0.1, -math.inf))
    with pytest.raises(Fault, match="step 2: rollout 0 of group 1#0 has a log-probability that is not finite"):
        monitor.check_rollouts(2, rollouts)


def test_weights_of_an_earlier_step_are_apart_without_a_fault() -> None:
    monitor, said = watch()
    monitor.check_update(1, replace(apart(0.5), stale=True))
    assert said == []


@pytest.mark.parametrize(
    ("rule", "changes", "patience", "what"),
    [
        ("constant_groups", {"group/constant_share": 1.0}, 20, "no group has a policy gradient since step 7 (20 ste"),
        ("entropy_collapse", {"policy/entropy": 0.007}, 5, "entropy is 0.007 nats a token, 0.4 in the run's first 5"),
        ("entropy_blowup", {"policy/entropy": 2.1}, 5, "entropy is 2.1 nats a token"),
        ("truncation", {"response/truncated_share": 1.0}, 5, "100% of the responses ran into the token limit since st"),
        ("reference_kl", {"policy/kl": 1.2}, 5, "KL to the reference is 1.2 nats a token since step 7 (5 steps)"),
    ],
)
def test_rules_over_steps(rule: str, changes: dict[str, float], patience: int, what: str) -> None:
    monitor, said = watch()
    feed(monitor, [{}] * 6 + [changes] * (patience - 1))
    assert said == []  # not long enough
    feed(monitor, [changes] * 30, first=6 + patience)
    assert len(said) == 1  # once, not every step
    assert said[0].startswith(f"warning: step {6 + patience}: ") and what in said[0]
    assert said[0].endswith(f"(health.{rule}=warn)")
    monitor, said = watch(**{rule: "stop"})
    with pytest.raises(Fault) as caught:
        feed(monitor, [{}] * 6 + [changes] * 30)
    assert (caught.value.rule, caught.value.step, caught.value.since) == (rule, 6 + patience, 7)


def test_a_new_onset_is_said_again_a_flicker_is_not() -> None:
    monitor, said = watch()
    trouble = [{"policy/kl": 2.0}] * 5
    feed(monitor, [*trouble, {}, *trouble])
    assert len(said) == 1
    feed(monitor, [{}] * (CALM_STEPS + 1) + trouble, first=12)
    assert len(said) == 2 and f"since step {12 + CALM_STEPS + 1} (5 steps)" in said[1]


def test_a_step_without_any_pass_says_nothing_about_entropy() -> None:
    monitor, said = watch()
    skipped = {"group/constant_share": 1.0, "policy/skipped_rollouts": 32, "policy/entropy": 0.0}
    feed(monitor, [{}] * 5 + [skipped] * 10)
    assert said == []


def test_the_policy_waits_for_the_critic_and_has_no_entropy_yet() -> None:
    monitor, said = watch()
    waiting = {name: value for name, value in HEALTHY.items() if name not in ("policy/entropy", "policy/kl")}
    for step in range(1, 6):
        monitor.check_metrics(step, waiting)
    feed(monitor, [{}] * 20, first=6)
    assert said == []
    feed(monitor, [{"policy/entropy": 0.001}] * 5, first=26)
    assert len(said) == 1 and "entropy is 0.001 nats a token, 0.4 in the run's first 5" in said[0]


@pytest.mark.parametrize("cut", range(1, 40, 4))
def test_a_resume_changes_nothing(cut: int) -> None:
    """The monitor rebuilt from metrics lines speaks at the same steps as one that saw all of them."""
    series = [HEALTHY] * 4 + [HEALTHY | {"group/constant_share": 1.0}] * 25 + [HEALTHY | {"policy/kl": 3.0}] * 12
    lines = [{"step": n} | values for n, values in enumerate(series, start=1)]
    whole, expected = watch()
    feed(whole, series)
    assert len(expected) == 2
    first, said_first = watch()
    feed(first, series[:cut])
    second, said_second = watch()
    second.replay([{"step": 0, "eval/x/accuracy": 0.5}, *lines[:cut]])
    assert said_second == []
    feed(second, series[cut:], first=cut + 1)
    assert said_first + said_second == expected


def test_a_stop_rule_stops_again_after_a_resume() -> None:
    series = [HEALTHY | {"policy/kl": 3.0}] * 9
    monitor, _ = watch(reference_kl="stop")
    monitor.replay([{"step": n} | values for n, values in enumerate(series, start=1)])
    with pytest.raises(Fault, match=r"since step 1 \(10 steps\)"):
        feed(monitor, series[:1], first=10)


def test_a_gradient_that_is_not_finite_never_reaches_the_weights() -> None:
    policy = worker(AlgorithmConfig(kl_coef=0.0))
    trained = policy.trained
    before = {name: tensor.clone() for name, tensor in policy.weights()}
    parameters = list(trained.module.parameters())
    for value in (math.nan, math.inf):
        for skip in (False, True):
            trained.skip_nonfinite = skip
            parameters[0].grad = torch.full_like(parameters[0], value)
            if skip:
                assert trained.step()[1] == 0.0
            else:
                with pytest.raises(NonFinite, match=rf"the gradient norm is {value}"):
                    trained.step()
            assert all(parameter.grad is None for parameter in parameters)
    with pytest.raises(NonFinite, match="the loss is nan"):
        trained.skip_nonfinite = False
        trained.step("the loss is nan")
    assert trained.updates == 2  # those left out count for the schedule
    assert trained.optimizers[0].state_dict()["state"] == {}
    assert all(torch.equal(before[name], tensor) for name, tensor in policy.weights())


def test_votes_that_collapse_without_labels() -> None:
    """Right in half of the groups, then in none for five steps; never said where the labels are used."""
    shares = [0.5, 0.25, *[0.0] * 8]
    for reward, lines in (("majority", 1), ("outcome", 0)):
        said: list[str] = []
        monitor = HealthMonitor(RunConfig(reward=RewardConfig(name=reward)), said.append, "float32")
        feed(monitor, [{"vote/label_accuracy": share} for share in shares])
        assert len(said) == lines
    said = []
    monitor = HealthMonitor(RunConfig(reward=RewardConfig(name="majority")), said.append, "float32")
    feed(monitor, [{"vote/label_accuracy": share} for share in shares[:7]])
    what = "warning: step 7: the commonest answer is right in 0% of the groups, and was in 50% since step 3 (5 steps)"
    assert said[0].startswith(what)
    monitor = HealthMonitor(RunConfig(reward=RewardConfig(name="majority")), said.append, "float32")
    feed(monitor, [{"vote/label_accuracy": 0.0}] * 9)  # it was never right: nothing collapsed
    assert len(said) == 1
