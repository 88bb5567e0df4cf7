"""Tokens that are not trained on, rollouts of an earlier step's weights, and algorithms of one's own."""

import math
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small import small_config, small_workers
from test_step import ADVANTAGES, REWARDS, flat_batch, gradients, largest_gap, scored
from tiny import batch_of, random_rollouts, rewarded, worker, workers

from oneshot_rlvr.algorithms.losses import clipped_value_loss
from oneshot_rlvr.algorithms.registry import TABLE
from oneshot_rlvr.config.memory import checkpoint_bytes
from oneshot_rlvr.config.schema import AlgorithmConfig, CriticConfig, ShapeConfig
from oneshot_rlvr.config.step_time import flops_estimate
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.learner.estimate import Batch, estimate
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.learner.update import StepStats, update
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.types import Rollout

PLAIN = AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0, skip_constant_groups=False)


def unstepped(config: AlgorithmConfig) -> PolicyWorker:
    """A policy whose gradient stays after an update."""
    policy = worker(config)
    policy.trained.step = lambda nonfinite=None: (0.0, 0.0)
    return policy


# Masks


def masked(rollouts: list[Rollout]) -> list[Rollout]:
    """Every token of the third is left out, none of the first two, half of those after the first of the others."""
    rng = random.Random(1)
    rows = [[True, *(rng.random() < 0.5 for _ in r.token_ids[1:])] for r in rollouts]
    rows[2] = [False] * len(rows[2])
    return [replace(r, mask=tuple(row) if i > 1 else None) for i, (r, row) in enumerate(zip(rollouts, rows))]


def counted(rollouts: list[Rollout]) -> torch.Tensor:
    """1 for each token that is trained on, all rollouts one after the other."""
    return torch.tensor([float(x) for r in rollouts for x in r.mask or (True,) * len(r.token_ids)])


@pytest.mark.parametrize("normalization", ["token_mean", "sequence_mean", "constant"])
@pytest.mark.parametrize("micro_batch_tokens", [23, 10_000])
def test_a_masked_token_has_no_weight_and_does_not_count(normalization: str, micro_batch_tokens: int) -> None:
    config = AlgorithmConfig(normalization=normalization, entropy_coef=0.01, kl_coef=0.05)
    policy, rollouts = unstepped(config), masked(random_rollouts())
    stats = update(Workers(policy), batch_of(rollouts, ADVANTAGES), config, micro_batch_tokens, constant=20.0)
    found = gradients(policy)

    plain, mask = worker(config), counted(rollouts)
    batch, lengths = flat_batch(rollouts)
    logprobs, entropy = plain.model(batch, 0.6)
    with torch.no_grad():
        gap = plain.reference(batch, 0.6)[0] - logprobs
    gap = gap.detach() + logprobs.detach() - logprobs  # reference - policy, with the policy's gradient
    kl = gap.exp() - gap - 1
    advantage = torch.tensor(ADVANTAGES)[batch.owner]
    loss_T = -advantage * (logprobs - logprobs.detach()).exp() - 0.01 * entropy + 0.05 * kl
    kept = torch.stack([part.sum() for part in mask.split(lengths)])
    weights = {
        "token_mean": torch.full((12,), 1 / mask.sum().item()),
        "sequence_mean": 1 / (12 * kept.clamp(min=1)),
        "constant": torch.full((12,), 1 / (12 * 20.0)),
    }[normalization][batch.owner]
    loss = (weights * mask * loss_T).sum()
    loss.backward()
    assert largest_gap(gradients(plain), found) < 1e-5
    assert stats.values["policy/loss"] == pytest.approx(loss.item(), rel=1e-4, abs=1e-7)
    assert stats.values["policy/entropy"] == pytest.approx(((entropy * mask).sum() / mask.sum()).item(), rel=1e-5)
    assert stats.values["policy/kl"] == pytest.approx(((kl * mask).sum() / mask.sum()).item(), rel=1e-4)


def test_a_mask_of_all_tokens_changes_nothing() -> None:
    config = AlgorithmConfig(entropy_coef=0.01, kl_coef=0.05)
    rollouts = random_rollouts()
    full = [replace(r, mask=(True,) * len(r.token_ids)) for r in rollouts]
    values = [update(workers(config), batch_of(r, ADVANTAGES), config, 30, 1.0).values for r in (rollouts, full)]
    assert values[0] == values[1]


@pytest.mark.parametrize("normalization", ["token_mean", "sequence_mean", "constant", "official"])
def test_a_step_without_any_token_to_train_on_has_no_gradient(normalization: str) -> None:
    config = AlgorithmConfig(normalization=normalization, official_gpus=1, entropy_coef=0.01, kl_coef=0.0)
    rollouts = [replace(r, mask=(False,) * len(r.token_ids)) for r in random_rollouts()]
    values = update(workers(config), batch_of(rollouts, ADVANTAGES), config, 100, 20.0).values
    assert values["policy/loss"] == values["policy/grad_norm"] == 0.0


def test_the_critic_learns_from_tokens_that_are_trained_on() -> None:
    config = AlgorithmConfig(name="ppo", kl_coef=0.0, entropy_coef=0.0)
    both, rollouts = workers(config, critic=CriticConfig(lr=1e-3, value_clip=0.01)), masked(random_rollouts())
    found = estimate(both, rewarded(rollouts, REWARDS), config, 25, version=0)
    both.critic.trained.step = lambda nonfinite=None: (0.0, 0.0)
    stats = update(both, found, config, 25, 1.0)
    ours = {name: p.grad.clone() for name, p in both.critic.model.named_parameters() if p.grad is not None}
    both.critic.model.zero_grad()
    returns, old = (torch.cat([getattr(s, name) for s in found.sequences]) for name in ("returns", "values"))
    mask = counted(rollouts)
    loss_T, clipped_T = clipped_value_loss(both.critic.model(flat_batch(rollouts)[0]), old, returns, 0.01)
    ((loss_T * mask).sum() / mask.sum()).backward()
    plain = {name: p.grad for name, p in both.critic.model.named_parameters() if p.grad is not None}
    assert largest_gap(plain, ours) < 1e-5
    assert stats.values["critic/clip_share"] == pytest.approx(((clipped_T * mask).sum() / mask.sum()).item())


# Weights of an earlier step


def of_versions(rollouts: list[Rollout], version: Callable[[int], int]) -> list[Rollout]:
    return [replace(r, version=version(i)) for i, r in enumerate(rollouts)]


def test_stale_rollouts_bring_their_old_log_probabilities() -> None:
    """Of step 4's weights, in step 5 and in step 6, where no pass is made for them."""
    policy = worker(PLAIN)
    rollouts = of_versions(rewarded(scored(random_rollouts(), policy, shift=-0.1), REWARDS), lambda i: 4)
    policy.logprobs = lambda *_, **__: pytest.fail("a pass was made")  # type: ignore[method-assign]
    fresh = estimate(Workers(policy), rollouts, PLAIN, 100, version=4)
    stale = estimate(Workers(policy), rollouts, PLAIN, 100, version=5)
    assert all(s.old_logprobs is None for s in fresh.sequences)
    for s, rollout in zip(stale.sequences, rollouts, strict=True):
        assert s.old_logprobs is s.sampler_logprobs and s.old_logprobs.tolist() == pytest.approx(rollout.logprobs)
    given = estimate(Workers(policy), of_versions(rollouts, lambda i: -1), PLAIN, 100, version=5)
    assert all(s.old_logprobs is None for s in given.sequences)  # nobody sampled them
    assert [r.advantage for r in stale.rollouts] == [r.advantage for r in fresh.rollouts]


def test_of_a_mixture_the_fresh_ones_have_those_of_the_trainer() -> None:
    policy = worker(PLAIN)
    true = scored(random_rollouts(), policy)
    rollouts = of_versions(rewarded(scored(random_rollouts(), policy, shift=-0.1), REWARDS), lambda i: 3 + i % 2)
    found = estimate(Workers(policy), rollouts, PLAIN, 25, version=4)
    for i, (s, now) in enumerate(zip(found.sequences, true, strict=True)):
        expected = torch.tensor(now.logprobs) - (0.0 if i % 2 else 0.1)
        assert torch.allclose(s.old_logprobs, expected, atol=1e-5), i
    assert update(Workers(policy), found, PLAIN, 25, 1.0).stale


def risen(config: AlgorithmConfig) -> tuple[PolicyWorker, Batch, StepStats]:
    """A step of rollouts one step old, whose probabilities have risen by a factor of 1.5 since."""
    policy = unstepped(config)
    rise = torch.log(torch.tensor(1.5)).item()
    rollouts = of_versions(rewarded(scored(random_rollouts(), policy, shift=-rise), REWARDS), lambda i: 4)
    batch = estimate(Workers(policy), rollouts, config, 25, version=5)
    stats = update(Workers(policy), batch, config, 25, 1.0)
    assert stats.stale and stats.mismatch.largest == pytest.approx(rise, abs=1e-4)
    return policy, batch, stats


def test_the_ratio_is_that_to_the_weights_that_sampled() -> None:
    """Clipped where the advantage is positive."""
    policy, batch, stats = risen(PLAIN)
    plain = worker(PLAIN)
    packed, _ = flat_batch(batch.rollouts)
    logprobs, _ = plain.model(packed, 0.6)
    ratio = 1.5 * (logprobs - logprobs.detach()).exp()
    advantage = torch.tensor([r.advantage for r in batch.rollouts])[packed.owner]
    torch.maximum(-advantage * ratio, -advantage * ratio.clamp(0.8, 1.2)).mean().backward()
    assert largest_gap(gradients(plain), gradients(policy)) < 1e-4
    assert stats.values["policy/clip_share"] == pytest.approx((advantage > 0).float().mean().item())


@pytest.mark.parametrize(("correction", "cap", "weight"), [("tis", 2.0, 1.5), ("tis", 1.2, 1.2), ("mis", 1.2, 0.0)])
def test_a_correction_weighs_old_rollouts_and_clips_none(correction: str, cap: float, weight: float) -> None:
    """The gradient is that of the current policy times the weight now over then, 1.5, cut or left out above the cap."""
    config = replace(PLAIN, rollout_correction=correction, rollout_correction_cap=cap)
    policy, batch, stats = risen(config)
    plain = worker(config)
    packed, _ = flat_batch(batch.rollouts)
    logprobs, _ = plain.model(packed, 0.6)
    advantage = torch.tensor([r.advantage for r in batch.rollouts])[packed.owner]
    (-advantage * logprobs).mean().backward()
    once, found = gradients(plain), gradients(policy)
    assert largest_gap(once, {name: found[name] + (1 - weight) * once[name] for name in once}) < 1e-4
    assert stats.values["policy/clip_share"] == 0
    assert stats.values.get("policy/left_out_share", 0.0) == (weight == 0)


def test_with_a_correction_the_ratio_of_several_updates_is_to_the_trainer_before_them() -> None:
    _, batch, _ = risen(replace(PLAIN, rollout_correction="mis", updates_per_step=2))
    for s in batch.sequences:
        rise = torch.full((len(s.response_ids),), math.log(1.5))
        assert torch.allclose(s.old_logprobs - s.sampler_logprobs, rise, atol=1e-4)


@pytest.mark.parametrize("name", [row.name for row in TABLE.values() if not row.supervised])
def test_every_objective_takes_old_rollouts_in_several_updates(name: str) -> None:
    """Clipped are the tokens of positive advantage, whose probability has risen by 1.5; likelihoods have no ratio."""
    config = replace(PLAIN, name=name, updates_per_step=2, pass_k=2)
    both = workers(config, critic=CriticConfig(lr=1e-6) if TABLE[name].needs_values else None)
    given = scored(random_rollouts(), both.policy, shift=-math.log(1.5))
    batch = estimate(both, of_versions(rewarded(given, REWARDS), lambda i: 4), config, 25, version=5)
    assert all(s.old_logprobs is s.sampler_logprobs for s in batch.sequences)
    advantages = torch.cat([s.advantages for s in batch.sequences])
    stats = update(both, batch, config, 25, 1.0)
    assert stats.stale and stats.values["policy/grad_norm"] > 0
    if "policy" in TABLE[name].terms:
        assert stats.values["policy/clip_share"] == pytest.approx((advantages > 0).float().mean().item())


# Algorithms of one's own

THEIRS = """
from oneshot_rlvr.algorithms.advantages import dr_grpo
from oneshot_rlvr.algorithms.registry import Algorithm

def mean_free(rewards, config):
    return rewards - rewards.mean()

def brevity(tokens, config):
    return tokens.logprobs, {"brevity/unlikely": tokens.logprobs < -1}

OURS = Algorithm("ours", group_advantages=dr_grpo, compares_groups=True, terms=("policy", brevity))

def raises(tokens, config):
    return tokens.nothing, {}

def one_number(tokens, config):
    return tokens.logprobs.mean(), {}

def no_tensor(tokens, config):
    return tokens.logprobs, {"what": 1.0}

RAISES, ONE_NUMBER, NO_TENSOR = (
    Algorithm("ours", group_advantages=dr_grpo, terms=(term,)) for term in (raises, one_number, no_tensor)
)

CRITIC = Algorithm("critic", needs_values=True, needs_old=True)
NO_OLD = Algorithm("no_old", needs_values=True)

def as_list(rewards, config):
    return [1.0] * len(rewards)

def too_few(rewards, config):
    return rewards[1:]

def broken(rewards, config):
    return rewards.nothing

def of_three(a, b, c):
    return a
"""


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"algorithm_{abs(hash(tmp_path.name)) % 10**8}"
    (tmp_path / f"{name}.py").write_text(THEIRS)
    return name


def advantages_of(config: AlgorithmConfig) -> list[float | None]:
    rollouts = rewarded(random_rollouts(), REWARDS)
    return [r.advantage for r in estimate(workers(replace(config, path=None)), rollouts, config, 100, 0).rollouts]


def test_a_function_of_rewards_is_an_algorithm(theirs: str) -> None:
    ours = advantages_of(AlgorithmConfig(path=f"{theirs}:mean_free"))
    assert ours == advantages_of(AlgorithmConfig(name="dr_grpo")) and len(set(ours)) > 3
    assert advantages_of(AlgorithmConfig(path=f"{theirs}:as_list")) == [1.0] * 12


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("too_few", "advantages of shape [2] for a group of 3 rollouts"),
        ("broken", ":36: AttributeError: 'Tensor' object has no attribute 'nothing'"),
        ("of_three", "missing a required argument: 'c'; a function (rewards, config) -> advantages, or an Algorithm"),
        ("nothing", "has no function 'nothing'"),
        ("NO_OLD", "without group_advantages each token has an advantage of its own, which takes needs_old=True"),
    ],
)
def test_one_that_fails_is_one_line(theirs: str, name: str, said: str) -> None:
    with pytest.raises((RunError, UserError)) as found:
        advantages_of(AlgorithmConfig(path=f"{theirs}:{name}"))
    assert str(found.value).startswith(f"algorithm.path={theirs}:{name}: ") and "\n" not in str(found.value)
    assert said in str(found.value)


def test_an_algorithm_may_have_a_critic(theirs: str) -> None:
    """The one of ppo, made, used and counted by what the algorithm says it needs."""
    ours = small_config(algorithm=AlgorithmConfig(path=f"{theirs}:CRITIC"))
    ppo = small_config(algorithm=AlgorithmConfig(name="ppo"))
    found = [estimate(small_workers(c), rewarded(random_rollouts(), REWARDS), c.algorithm, 100, 0) for c in (ours, ppo)]
    values, expected = ([s.values for s in batch.sequences] for batch in found)
    assert all(v is not None and w is not None and torch.equal(v, w) for v, w in zip(values, expected, strict=True))
    shape = ShapeConfig(hidden=16, layers=1, heads=2, kv_heads=1, ffn=24, vocab=50)
    assert checkpoint_bytes(ours, shape, True) == checkpoint_bytes(ppo, shape, True)
    assert checkpoint_bytes(ours, shape, True) > checkpoint_bytes(small_config(), shape, True)
    assert flops_estimate(ours, shape, 12.0) == flops_estimate(ppo, shape, 12.0)


def test_an_algorithm_may_have_a_term_of_its_own(theirs: str) -> None:
    """Its mean and what it measures are metrics; it acts also on groups whose advantages are all 0."""
    config = AlgorithmConfig(path=f"{theirs}:OURS", entropy_coef=0.0, kl_coef=0.0)
    policy, rollouts = unstepped(config), rewarded(random_rollouts(), REWARDS)
    batch = estimate(Workers(policy), rollouts, config, 100, 0)
    stats: StepStats = update(Workers(policy), batch, config, 30, 1.0, by_term=True)
    assert policy.loss_terms == ("policy", "brevity")
    plain = worker(AlgorithmConfig(kl_coef=0.0))
    packed, _ = flat_batch(rollouts)
    logprobs, _ = plain.model(packed, 0.6)
    advantage = torch.tensor([r.advantage for r in batch.rollouts])[packed.owner]
    loss = (-advantage * (logprobs - logprobs.detach()).exp() + logprobs).mean()
    loss.backward()
    assert largest_gap(gradients(plain), gradients(policy)) < 1e-5
    values = stats.values
    assert values["policy/loss"] == pytest.approx(loss.item(), rel=1e-5)
    assert values["policy/brevity_loss"] == pytest.approx(logprobs.mean().item(), rel=1e-5)
    assert values["policy/pg_loss"] == pytest.approx(-advantage.mean().item(), abs=1e-6)
    assert values["brevity/unlikely"] == pytest.approx((logprobs < -1).float().mean().item())
    assert values["policy/skipped_rollouts"] == 0 and values["policy/grad_norm_brevity"] > 0
    assert "policy/entropy_loss" not in values and "policy/kl_loss" not in values


@pytest.mark.parametrize(
    ("name", "term", "said"),
    [
        ("RAISES", "raises", ":14: AttributeError: "),
        ("ONE_NUMBER", "one_number", "the loss is [] where a number for each of "),
        ("NO_TENSOR", "no_tensor", "'what' is float where a number for each of "),
    ],
)
def test_a_term_that_fails_is_one_line(theirs: str, name: str, term: str, said: str) -> None:
    config = AlgorithmConfig(path=f"{theirs}:{name}")
    policy = unstepped(config)
    batch = estimate(Workers(policy), rewarded(random_rollouts(), REWARDS), config, 100, 0)
    with pytest.raises(RunError) as found:
        update(Workers(policy), batch, config, 30, 1.0)
    assert str(found.value).startswith(f"algorithm.path={theirs}:{name}, term {term}: ")
    assert said in str(found.value) and "\n" not in str(found.value)
