"""Objectives beside GRPO's, against values worked out by hand and gradients taken another way."""

import math
from dataclasses import replace
from itertools import combinations

import pytest
import torch
from test_step import ADVANTAGES, REWARDS, flat_batch, gradients, largest_gap, scored
from tiny import batch_of, random_rollouts, rewarded, worker, workers

from oneshot_rlvr.algorithms.advantages import gpg_scale, max_rl_advantages, pass_at_k_advantages
from oneshot_rlvr.algorithms.covariance import covariances, marks
from oneshot_rlvr.algorithms.losses import TokenBatch, cispo_loss, clipped_policy_loss, correction, kl_loss
from oneshot_rlvr.config.check import check_values
from oneshot_rlvr.config.schema import AlgorithmConfig, RunConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.learner.entropy import EntropyControl, entropy_control
from oneshot_rlvr.learner.estimate import estimate, right_responses, sequences_of
from oneshot_rlvr.learner.learner import Learner
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.learner.update import update
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.rollout.rewards import less_overlong, overlong_penalty
from oneshot_rlvr.types import Rollout

PLAIN = AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0, skip_constant_groups=False)


def log(*ratios: float) -> torch.Tensor:
    return torch.log(torch.tensor(ratios))


# The ratio and its bounds


def test_clip_higher_by_hand() -> None:
    advantages = torch.tensor([1.0, 1, -1, -1])
    found, clipped = clipped_policy_loss(log(1.5, 1.25, 1.5, 0.5), torch.zeros(4), advantages, 0.2, 0.28)
    assert found.tolist() == pytest.approx([-1.28, -1.25, 1.5, 0.8])
    assert clipped.tolist() == [True, False, False, True]


def test_dual_clip_by_hand() -> None:
    """A negative advantage of -2 costs 2 rho, and 6 at most; a positive one is as before."""
    logprobs = log(10.0, 2.0, 10.0).requires_grad_()
    found, clipped = clipped_policy_loss(logprobs, torch.zeros(3), torch.tensor([-2.0, -2.0, 2.0]), 0.2, dual_clip=3.0)
    assert found.tolist() == pytest.approx([6.0, 4.0, -2.4]) and clipped.tolist() == [True, False, True]
    found.sum().backward()
    assert logprobs.grad is not None and logprobs.grad.tolist() == pytest.approx([0.0, 4.0, 0.0])


def test_cispo_keeps_the_gradient_of_every_token() -> None:
    logprobs = log(0.5, 8.0, 2.0).requires_grad_()
    found, clipped = cispo_loss(logprobs, torch.zeros(3), torch.tensor([1.0, -1.0, 3.0]), math.inf, 4.0)
    assert clipped.tolist() == [False, True, False]
    found.sum().backward()
    assert logprobs.grad is not None and logprobs.grad.tolist() == pytest.approx([-0.5, 5.0, -6.0])


def tokens(logprobs: torch.Tensor, mask: torch.Tensor | None = None, old: torch.Tensor | None = None) -> TokenBatch:
    """Responses of two and three tokens, sampled with log-probabilities of 0."""
    zeros, owner = torch.zeros(5), torch.tensor([0, 0, 1, 1, 1])
    return TokenBatch(logprobs, zeros, logprobs.detach() if old is None else old, zeros, zeros, owner, 2, None, mask)


def test_figures_of_whole_responses_are_those_of_their_trained_tokens() -> None:
    values = torch.tensor([1.0, 2.0, 3.0, 4.0, 8.0])
    assert tokens(values).response_sum(values).tolist() == [3, 3, 15, 15, 15]
    assert tokens(values).response_mean(values).tolist() == [1.5, 1.5, 5, 5, 5]
    masked = tokens(values, torch.tensor([0.0, 0, 1, 0, 1]))
    assert masked.response_sum(values).tolist() == [0, 0, 11, 11, 11]
    assert masked.response_mean(values).tolist() == [0, 0, 5.5, 5.5, 5.5]


def test_corrections_of_sampler_and_trainer_by_hand() -> None:
    batch = tokens(log(1.5, 4.0, 1.2, 1.5, 0.5))  # products: 6 and 0.9
    def weights(name: str) -> list[float]:
        return correction(batch, replace(PLAIN, rollout_correction=name, rollout_correction_cap=2.0)).tolist()

    assert weights("tis") == pytest.approx([1.5, 2.0, 1.2, 1.5, 0.5])
    assert weights("mis") == pytest.approx([1.5, 0.0, 1.2, 1.5, 0.5])
    assert weights("mis_sequence") == pytest.approx([0.0, 0.0, 0.9, 0.9, 0.9])


def unstepped(config: AlgorithmConfig) -> PolicyWorker:
    policy = worker(config)
    policy.trained.step = lambda nonfinite=None: (0.0, 0.0)
    return policy


@pytest.mark.parametrize("micro_batch_tokens", [23, 10_000])
def test_gspo_is_the_loss_of_whole_responses(micro_batch_tokens: int) -> None:
    """Old log-probabilities 0.1 below today's at every second token: s = exp(share of those x 0.1), clipped or not."""
    config = replace(PLAIN, policy_loss="gspo", clip_ratio=0.04, clip_ratio_high=0.05, normalization="sequence_mean")
    policy, rollouts = unstepped(config), random_rollouts()
    batch = batch_of(rollouts, ADVANTAGES, policy)
    lower = [0.1 * (torch.arange(len(s.response_ids)) % 2) for s in batch.sequences]
    sequences = [replace(s, old_logprobs=s.old_logprobs - d) for s, d in zip(batch.sequences, lower)]
    stats = update(Workers(policy), replace(batch, sequences=sequences), config, micro_batch_tokens, 1.0)

    plain = worker(config)
    packed, lengths = flat_batch(rollouts)
    rows = plain.model(packed, 0.6)[0].split(lengths)
    loss, clipped = torch.zeros(()), 0
    for now, before, advantage in zip(rows, (s.old_logprobs for s in sequences), ADVANTAGES, strict=True):
        ratio = (now - before).mean().exp()
        terms = ratio * advantage, ratio.clamp(0.96, 1.05) * advantage
        loss = loss - torch.minimum(*terms) / 12
        clipped += len(now) * bool(terms[1] < terms[0])
    loss.backward()
    assert largest_gap(gradients(plain), gradients(policy)) < 1e-5
    assert stats.values["policy/loss"] == pytest.approx(loss.item(), rel=1e-4, abs=1e-6)
    assert 0 < clipped < sum(lengths) and stats.values["policy/clip_share"] == pytest.approx(clipped / sum(lengths))


@pytest.mark.parametrize("name", ["clip", "gspo", "cispo"])
def test_on_policy_all_have_the_gradient_of_reinforce(name: str) -> None:
    policies = [unstepped(replace(PLAIN, policy_loss=loss, normalization="sequence_mean")) for loss in ("clip", name)]
    for policy in policies:
        update(Workers(policy), batch_of(random_rollouts(), ADVANTAGES), policy.algorithm, 40, 1.0)
    assert largest_gap(*(gradients(policy) for policy in policies)) < 1e-5


# KL


@pytest.mark.parametrize("on_policy", [True, False])
def test_gradients_of_the_kl_estimators(on_policy: bool) -> None:
    """A distribution over four tokens, every expectation taken in full: k1, k2 and k3_importance have the gradient of
    KL(policy || reference), wherever the tokens come from; k3 has that of KL(reference || policy) on policy."""
    logits = torch.tensor([0.3, -0.7, 1.1, 0.0], dtype=torch.float64, requires_grad=True)
    ref = torch.tensor([-0.5, 0.4, 0.2, 0.9], dtype=torch.float64).log_softmax(0)
    old = (logits.detach() + (0 if on_policy else torch.tensor([0.5, -0.3, 0.2, -0.4]))).log_softmax(0)

    def gradient(of: torch.Tensor) -> list[float]:
        return torch.autograd.grad(of, logits, retain_graph=True)[0].tolist()

    policy = logits.log_softmax(0)
    forward, reverse = (policy.exp() * (policy - ref)).sum(), (ref.exp() * (ref - policy)).sum()
    true, other = gradient(forward), gradient(reverse)
    found, values = {}, {}
    for name in ("k1", "k2", "k3", "k3_importance"):
        loss, estimate_T = kl_loss(logits.log_softmax(0), old, ref, name, clamp=100.0)
        found[name], values[name] = gradient((old.exp() * loss).sum()), (old.exp() * loss.detach()).sum().item()
        assert (estimate_T.detach() != 0).all()
    for name in ("k1", "k2", "k3_importance"):
        assert found[name] == pytest.approx(true)
    for name in ("k1", "k3_importance"):
        assert values[name] == pytest.approx(forward.item())
    if on_policy:
        assert found["k3"] == pytest.approx(other) and values["k3"] == pytest.approx(forward.item())
    assert found["k3"] != pytest.approx(true, rel=0.1)


# Advantages


def test_max_rl_by_hand() -> None:
    """One of four right: (1 - 1/4) / (1/4) = 3, and -1; three of four: 1/3 and -1."""
    assert max_rl_advantages(torch.tensor([1.0, 0, 0, 0])).tolist() == pytest.approx([3.0, -1, -1, -1])
    assert max_rl_advantages(torch.tensor([1.0, 1, 1, 0])).tolist() == pytest.approx([1 / 3] * 3 + [-1.0])
    assert max_rl_advantages(torch.zeros(3)).tolist() == max_rl_advantages(torch.ones(3)).tolist() == [0.0] * 3


def test_pass_at_k_by_hand() -> None:
    """One of four right, k = 2: three of six pairs hold it, mean 1/2, std 1/2. Right: 1; wrong: (1/2 - 2/3) / (1/2).
    The mean over all subsets that a rollout is in, for every other case."""
    assert pass_at_k_advantages(torch.tensor([0.0, 1, 0, 0]), 2).tolist() == pytest.approx([-1 / 3, 1, -1 / 3, -1 / 3])
    for right, k in ((1, 3), (2, 2), (3, 1), (2, 4)):
        rewards = [1.0] * right + [0.0] * (6 - right)
        subsets = list(combinations(range(6), k))
        passed = {subset: max(rewards[i] for i in subset) for subset in subsets}
        mean = sum(passed.values()) / len(subsets)
        std = math.sqrt(mean * (1 - mean))
        expected = []
        for i in range(6):
            own = [(passed[subset] - mean) / std for subset in subsets if i in subset]
            expected.append(sum(own) / len(own))
        assert pass_at_k_advantages(torch.tensor(rewards), k).tolist() == pytest.approx(expected, abs=1e-6)
    for rewards, k in (([0.0] * 4, 2), ([1.0] * 4, 2), ([1.0, 1, 1, 0], 2)):  # no subset is wrong in the last
        assert pass_at_k_advantages(torch.tensor(rewards), k).tolist() == [0.0] * 4


def test_gpg_makes_up_for_groups_without_a_signal() -> None:
    assert gpg_scale([1.0, -1, 0, 0, 0, 0, 0.5, -0.5], [[0, 1], [2, 3], [4, 5], [6, 7]]) == 2.0
    assert gpg_scale([0.0, 0.0], [[0, 1]]) == 1.0
    rewards = [1.0, 0, 0, *[0.0] * 3, *[1.0] * 3, 0, 0, 1.0]
    rollouts = rewarded(random_rollouts(), rewards)
    gpg, plain = (estimate(workers(PLAIN), rollouts, replace(PLAIN, name=name), 99, 0) for name in ("gpg", "dr_grpo"))
    assert [r.advantage for r in gpg.rollouts] == [2 * (r.advantage or 0.0) for r in plain.rollouts]


def test_rejection_sampling_learns_right_responses_alone() -> None:
    config = AlgorithmConfig(name="raft", kl_coef=0.0, entropy_coef=0.0)
    policy = unstepped(config)
    batch = estimate(Workers(policy), rewarded(random_rollouts(), REWARDS), config, 99, 0)
    stats = update(Workers(policy), batch, config, 99, 1.0)
    plain = worker(config)
    packed, _ = flat_batch(random_rollouts())
    logprobs, _ = plain.model(packed, 0.6)
    (-torch.tensor(REWARDS)[packed.owner] * logprobs).mean().backward()
    assert largest_gap(gradients(plain), gradients(policy)) < 1e-5
    assert stats.values["policy/skipped_rollouts"] == REWARDS.count(0.0)


# Tokens that are held back


def test_tokens_of_highest_covariance() -> None:
    """log p: -1 -1 -1 -5, mean -2; A: 1 1 -3 1, mean 0. Covariances 1, 1, -3, -3."""
    found = covariances(torch.tensor([-1.0, -1, -1, -5]), torch.tensor([1.0, 1, -3, 1]))
    assert found.tolist() == [1.0, 1.0, -3.0, -3.0]
    cov = torch.tensor([0.5, 2.0, 9.0, 3.0, -4.0, 1.5])
    assert marks(cov, "kl", 0.34, 1.0, 5.0, 0).tolist() == [0, 0, 1, 1, 0, 0]
    assert marks(cov, "clip", 1.0, 1.0, 5.0, 0).tolist() == [0, 1, 0, 1, 0, 1]
    chosen = [marks(cov, "clip", 1e-6, 1.0, 5.0, seed).nonzero()[:, 0].tolist() for seed in range(20)]
    assert {tuple(one) for one in chosen} == {(1,), (3,), (5,)}
    assert marks(cov, "clip", 1.0, 10.0, 11.0, 0).tolist() == [0.0] * 6


@pytest.mark.parametrize("rule", ["clip", "kl"])
def test_covariance_changes_the_chosen_tokens_alone(rule: str) -> None:
    config = replace(PLAIN, covariance=rule, covariance_share=0.2, covariance_low=0.1, covariance_high=99.0)
    policy = unstepped(config)
    rollouts = scored(random_rollouts(), policy)
    found = estimate(Workers(policy), rewarded(rollouts, REWARDS), config, 25, 0)
    marked = torch.cat([s.marked for s in found.sequences if s.marked is not None])
    moved = [replace(s, old_logprobs=torch.full((len(s.response_ids),), -3.0)) for s in found.sequences]
    stats = update(Workers(policy), replace(found, sequences=moved), config, 25, 1.0)
    plain = worker(config)
    packed, _ = flat_batch(rollouts)
    logprobs, _ = plain.model(packed, 0.6)
    advantages = torch.cat([s.advantages for s in found.sequences])
    loss, _ = clipped_policy_loss(logprobs, torch.full_like(logprobs, -3.0), advantages, 0.2)
    loss = loss * (1 - marked) if rule == "clip" else loss + marked * (logprobs + 3).abs()
    loss.mean().backward()
    assert largest_gap(gradients(plain), gradients(policy)) < 1e-5
    assert 0 < marked.sum() <= 0.2 * len(marked)
    assert stats.values["policy/marked_share"] == pytest.approx(marked.mean().item())


# Long responses


def test_truncated_responses_are_left_out_of_the_loss_and_not_of_their_group() -> None:
    rollouts = rewarded(random_rollouts(), REWARDS)
    rollouts = [replace(r, finish_reason="length") if i in (0, 7) else r for i, r in enumerate(rollouts)]
    plain, filtered = (estimate(workers(PLAIN), rollouts, replace(PLAIN, overlong_filter=on), 99, 0)
                       for on in (False, True))  # fmt: skip
    assert [r.advantage for r in plain.rollouts] == [r.advantage for r in filtered.rollouts]
    trained = [0 if i in (0, 7) else len(r.token_ids) for i, r in enumerate(rollouts)]
    assert [s.num_trained for s in filtered.sequences] == trained
    assert all(s.mask is None for s in plain.sequences)


def test_overlong_penalty_by_hand() -> None:
    assert [overlong_penalty(n, 100, 0.2) for n in (1, 80, 85, 90, 100)] == pytest.approx([0, 0, -0.25, -0.5, -1])
    assert overlong_penalty(50, 100, 1.0) == -0.5

    def rule(rollouts: list[Rollout]) -> list[float | None]:
        return [1.0, None]

    pair = [replace(r, token_ids=(1,) * 9) for r in random_rollouts(1, 2)]
    assert less_overlong(rule, 0.2, 10)(pair) == [pytest.approx(0.5), None]
    assert less_overlong(rule, 0.0, 10) is rule


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("dual_clip", 1.0, "must be above 1, or 0"), ("covariance_low", 6.0, "must be below covariance_high=5.0"),
     ("pass_k", 9, "a group has algorithm.group_size=8 rollouts"), ("policy_loss", "gpso", "did you mean 'gspo'"),
     ("kl_estimator", "k4", "not known")],
)  # fmt: skip
def test_settings_that_do_not_go_together_are_one_line(key: str, value: object, said: str) -> None:
    config = RunConfig(algorithm=AlgorithmConfig(name="pass_at_k", **{key: value}))
    config.model.path = "x"
    with pytest.raises(UserError, match=said) as found:
        check_values(config)
    assert str(found.value).startswith(f"algorithm.{key}={value}: ")


@pytest.mark.parametrize("name", ["gpg", "raft", "sft"])
def test_keys_of_the_ratio_are_refused_where_there_is_none(name: str) -> None:
    for key, value in (("rollout_correction", "mis"), ("covariance", "kl"), ("policy_loss", "cispo")):
        config = RunConfig(algorithm=AlgorithmConfig(name=name, **{key: value}))
        config.model.path = "x"
        with pytest.raises(UserError, match=f"algorithm.{key}={value}: algorithm.name={name} has no ratio"):
            check_values(config)
        config.algorithm.name = "grpo"
        check_values(config)


# A target of the entropy


def test_the_coefficient_follows_the_entropy_by_hand() -> None:
    control, used = EntropyControl(target=0.3, rate=0.01, level=0.0), []
    for entropy in (0.2, 0.2, 0.4, 0.4, 0.3, 0.2):
        control.learn(entropy)
        used.append(control.coefficient)
    assert used == pytest.approx([0.01, 0.02, 0.0, 0.0, 0.0, 0.01])
    assert [control.level for _ in (control.learn(0.4), control.learn(0.4))] == [0.0, 0.0]
    other = EntropyControl(0.3, 0.01, 0.5)
    other.load_state(control.state())
    assert other == control


def test_a_learner_with_a_target_has_the_gradient_of_that_coefficient() -> None:
    """Two steps at a learning rate of 0: without the bonus, then with 0.25 of it."""
    config = replace(PLAIN, entropy_target=99.0, entropy_rate=0.25)
    steered, fixed = (unstepped(replace(config, entropy_coef=coefficient)) for coefficient in (0.0, 0.25))
    learner = Learner(Workers(steered), config, 40, 1.0, entropy_control(config))
    batch = batch_of(random_rollouts(), ADVANTAGES)
    assert learner.update(batch).values["policy/entropy_coef"] == 0.0
    steered.model.zero_grad()
    assert learner.update(batch).values["policy/entropy_coef"] == 0.25
    update(Workers(fixed), batch, fixed.algorithm, 40, 1.0)
    assert largest_gap(gradients(fixed), gradients(steered)) < 1e-6
    assert learner.state() == {"entropy_level": 0.5, "entropy": pytest.approx(learner.entropy.entropy)}
    assert Learner(Workers(fixed), PLAIN, 40, 1.0).state() == {} and entropy_control(PLAIN) is None


# Self-distillation


def test_the_right_response_that_a_rollout_is_shown() -> None:
    rollouts = rewarded(random_rollouts(num_groups=3), (0, 1, 1, 0, 0, 1, 0, None, 0))
    ids = [rollout.token_ids for rollout in rollouts]
    assert right_responses(rollouts) == [ids[1], ids[2], ids[1], ids[5], ids[5], None, None, None, None]


def test_self_distillation_by_two_plain_passes() -> None:
    """Log-probabilities of tokens with a right response and the prompt again before them, less those without."""
    config = replace(PLAIN, name="sdpo")
    policy = worker(config)
    rollouts = rewarded(random_rollouts(num_groups=2), (0, 1, 0, 0, 0, 0))
    found = estimate(Workers(policy), rollouts, config, 40, version=0)
    for i, (rollout, sequence) in enumerate(zip(rollouts, found.sequences)):
        expected = torch.zeros(len(rollout.token_ids))
        if i in (0, 2):
            prompt = (*rollout.task.prompt_ids, *rollouts[1].token_ids, *rollout.task.prompt_ids)
            told = replace(rollout, task=replace(rollout.task, prompt_ids=prompt))
            (known,), (plain,) = (policy.logprobs(sequences_of([one]), [[0]]) for one in (told, rollout))
            expected = known - plain
        assert sequence.advantages.tolist() == pytest.approx(expected.tolist(), abs=1e-5)
    assert found.per_token and found.rollouts[0].advantage == pytest.approx(found.sequences[0].advantages.mean().item())
