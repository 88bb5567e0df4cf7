"""The optimizer step: one denominator, any split; skipping; several updates; official weights."""

import math
from dataclasses import replace

import pytest
import torch
from tiny import batch_of, random_rollouts, rewarded, worker, workers

from oneshot_rlvr.algorithms.advantages import gae, whiten
from oneshot_rlvr.config.schema import AlgorithmConfig, CompatConfig, CriticConfig
from oneshot_rlvr.learner.estimate import estimate
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.learner.sequences import ValueSums
from oneshot_rlvr.learner.update import StepStats, update
from oneshot_rlvr.learner.workers import Workers
from oneshot_rlvr.models.packing import PackedBatch, pack
from oneshot_rlvr.types import Rollout

ADVANTAGES = [1.0, -0.5, -0.5, 0.0, 0.0, 0.0, 0.3, 0.4, -0.7, 2.0, -1.0, -1.0]


def gradients(policy: PolicyWorker) -> dict[str, torch.Tensor]:
    return {name: p.grad.clone() for name, p in policy.model.named_parameters()}


def one_update(config: AlgorithmConfig, micro_batch_tokens: int) -> tuple[dict[str, torch.Tensor], StepStats]:
    """The gradient that the optimizer saw (before clipping), and the stats."""
    policy = worker(config)
    seen: dict[str, torch.Tensor] = {}
    step = policy.trained.step

    def spy(nonfinite: str | None = None) -> tuple[float, float]:
        for parameter in policy.model.parameters():
            parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        seen.update(gradients(policy))
        return step()

    policy.trained.step = spy
    batch = batch_of(random_rollouts(), ADVANTAGES)
    stats = update(Workers(policy), batch, config, micro_batch_tokens, constant=20.0)
    return seen, stats


def largest_gap(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> float:
    scale = max(g.abs().max().item() for g in a.values())
    return max((a[name] - b[name]).abs().max().item() for name in a) / scale


@pytest.mark.parametrize("normalization", ["token_mean", "sequence_mean", "constant"])
def test_gradient_does_not_depend_on_the_split(normalization: str) -> None:
    config = AlgorithmConfig(normalization=normalization, entropy_coef=0.01, kl_coef=0.05)
    whole, _ = one_update(config, 10_000)
    for micro_batch_tokens in (1, 17, 40):
        split, _ = one_update(config, micro_batch_tokens)
        assert largest_gap(whole, split) < 2e-6


def test_the_official_mean_depends_on_the_official_split_alone() -> None:
    config = AlgorithmConfig(normalization="official", official_gpus=1, entropy_coef=0.01, kl_coef=0.05)
    plain = replace(config, normalization="token_mean")
    one = one_update(config, 10_000)[0]
    assert largest_gap(one, one_update(plain, 10_000)[0]) < 2e-6  # one micro-batch: the same
    assert largest_gap(one, one_update(config, 60)[0]) > 1e-3
    several = replace(config, official_gpus=12)  # each response by itself: a mean of the sequences' means
    sequences = replace(config, normalization="sequence_mean")
    assert largest_gap(one_update(several, 60)[0], one_update(sequences, 60)[0]) < 2e-6
    silent = replace(several, entropy_coef=0.0, kl_coef=0.0)
    passed = replace(silent, skip_constant_groups=False)  # whatever is passed
    assert largest_gap(one_update(silent, 60)[0], one_update(passed, 60)[0]) < 2e-6


def test_gradient_equals_a_padded_full_logits_loop() -> None:
    """The whole loss written out the slow way: padded batch, full logits, autograd through everything."""
    config = AlgorithmConfig(entropy_coef=0.01, kl_coef=0.05)
    found, stats = one_update(config, 23)
    policy = worker(config)
    model, reference = policy.model.language_model, policy.reference.language_model
    for m in (model, reference):
        m.config._attn_implementation = "eager"
    rows = [(r.task.prompt_ids, r.token_ids, a) for r, a in zip(random_rollouts(), ADVANTAGES)]
    width = max(len(p) + len(r) for p, r, _ in rows)
    ids = torch.tensor([list(p + r) + [0] * (width - len(p) - len(r)) for p, r, _ in rows])
    mask = torch.zeros(len(rows), width - 1)
    for n, (p, r, _) in enumerate(rows):
        mask[n, len(p) - 1 : len(p) + len(r) - 1] = 1
    log_p = (model(input_ids=ids, use_cache=False).logits[:, :-1] / 0.6).log_softmax(-1)
    with torch.no_grad():
        log_ref = (reference(input_ids=ids, use_cache=False).logits[:, :-1] / 0.6).log_softmax(-1)
    chosen = log_p.gather(-1, ids[:, 1:, None])[..., 0]
    d = log_ref.gather(-1, ids[:, 1:, None])[..., 0] - chosen
    k3 = (d.exp() - d - 1).clamp(-10, 10)
    entropy = -(log_p.exp() * log_p).sum(-1)
    advantage = torch.tensor([a for *_, a in rows])[:, None]
    policy_loss = -advantage * (chosen - chosen.detach()).exp()
    loss = ((policy_loss - 0.01 * entropy + 0.05 * k3) * mask).sum() / mask.sum()
    loss.backward()
    plain = {name: p.grad for name, p in policy.model.named_parameters()}
    assert largest_gap(plain, found) < 5e-6
    assert stats.values["policy/loss"] == pytest.approx(loss.item(), rel=1e-5)
    assert stats.values["policy/entropy"] == pytest.approx(((entropy * mask).sum() / mask.sum()).item(), rel=1e-5)
    assert stats.values["policy/kl"] == pytest.approx(((k3 * mask).sum() / mask.sum()).item(), rel=1e-4)


def test_skipping_constant_groups_leaves_the_gradient_as_it_is() -> None:
    config = AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0)
    skipped, stats = one_update(config, 30)
    full, full_stats = one_update(replace(config, skip_constant_groups=False), 30)
    assert [s.values["policy/skipped_rollouts"] for s in (stats, full_stats)] == [3, 0]
    assert largest_gap(full, skipped) < 2e-6


@pytest.mark.parametrize("coefficients", [{"entropy_coef": 0.1, "kl_coef": 0.0}, {"entropy_coef": 0.0, "kl_coef": 0.1}])
def test_nothing_is_skipped_while_another_term_acts(coefficients: dict[str, float]) -> None:
    _, stats = one_update(AlgorithmConfig(**coefficients), 30)
    assert stats.values["policy/skipped_rollouts"] == 0


def test_all_groups_constant_is_a_step_with_zero_gradient() -> None:
    config = AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0)
    policy = worker(config)
    before = [p.detach().clone() for p in policy.model.parameters()]
    stats = update(Workers(policy), batch_of(random_rollouts(), [0.0] * 12), config, 1000, 1.0)
    assert stats.values["policy/grad_norm"] == 0.0 and stats.values["policy/skipped_rollouts"] == 12
    assert stats.values["policy/loss"] == 0.0 and "policy/entropy" not in stats.values and stats.mismatch is None
    decay = 1 - policy.trained.settings.lr * policy.trained.settings.weight_decay  # AdamW still decays the weights
    for old, new in zip(before, policy.model.parameters()):
        assert torch.allclose(new, old * decay, rtol=1e-6)


def test_several_updates_use_the_probabilities_before_the_first() -> None:
    config = AlgorithmConfig(updates_per_step=2, entropy_coef=0.0, kl_coef=0.0, skip_constant_groups=False)
    policy = worker(config, lr=3e-2)
    rollouts = random_rollouts()
    found = update(Workers(policy), batch_of(rollouts, ADVANTAGES, policy), config, 40, 1.0)
    assert policy.trained.updates == 2
    # by hand: two steps, ratios against the log-probabilities of the untouched model
    reference, fresh = worker(config, lr=3e-2), worker(config, lr=3e-2)
    for half in (slice(0, 6), slice(6, 12)):
        batch = flat_batch(rollouts[half])[0]
        logprobs, _ = reference.model(batch, 0.6)
        old = fresh.model(batch, 0.6)[0].detach()
        ratio = (logprobs - old).exp()
        advantage = torch.tensor(ADVANTAGES[half])[batch.owner]
        torch.maximum(-advantage * ratio, -advantage * ratio.clamp(0.8, 1.2)).mean().backward()
        reference.trained.step()
    for ours, plain in zip(policy.model.parameters(), reference.model.parameters()):
        assert torch.allclose(ours, plain, atol=2e-5)
    assert 0 < found.values["policy/clip_share"] < 1


def scored(rollouts: list[Rollout], policy: PolicyWorker, shift: float = 0.0) -> list[Rollout]:
    """The rollouts with the policy's own log-probabilities, plus `shift`, as if they were the sampler's."""
    batch, lengths = flat_batch(rollouts)
    found = (policy.model(batch, 0.6)[0].detach() + shift).split(lengths)
    return [replace(r, logprobs=tuple(logprobs.tolist())) for r, logprobs in zip(rollouts, found)]


def test_mismatch_is_measured_against_the_sampler() -> None:
    config = AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0, skip_constant_groups=False)
    policy = worker(config)
    exact = scored(random_rollouts(), policy)
    stats = update(Workers(policy), batch_of(exact, ADVANTAGES), config, 30, 1.0)
    assert stats.mismatch.largest < 1e-4
    exact[6] = replace(exact[6], logprobs=tuple(x + 0.5 for x in exact[6].logprobs))
    stats = update(workers(config), batch_of(exact, ADVANTAGES), config, 30, 1.0)
    assert stats.mismatch.largest == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("updates", [1, 2, 4])
def test_a_wrong_log_probability_is_seen_in_any_group(updates: int) -> None:
    """The first update's own pass sees the first groups only; those of before the update are of all."""
    config = AlgorithmConfig(updates_per_step=updates, entropy_coef=0.0, kl_coef=0.0)
    policy = worker(config)
    rollouts = rewarded(scored(random_rollouts(), policy), REWARDS)
    first, *rest = rollouts[9].logprobs
    rollouts[9] = replace(rollouts[9], logprobs=(first - 2.0, *rest))
    both = Workers(policy)
    found = update(both, estimate(both, rollouts, config, 100, 0), config, 100, 1.0)
    assert found.mismatch.largest == pytest.approx(2.0, abs=1e-4)


def test_learning_rate_schedule() -> None:
    config = AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0)
    trained = worker(config, lr=1.0).trained
    trained.settings = replace(trained.settings, warmup_steps=4, lr=1.0)
    trained.optimizers[0].step = lambda: None
    assert [trained.step()[1] for _ in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]
    official = worker(config, lr=1.0).trained
    official.compat = CompatConfig(zero_lr_first_update=True)
    official.optimizers[0].step = lambda: None
    assert [official.step()[1] for _ in range(3)] == [0.0, 1.0, 1.0]
    several = worker(replace(config, updates_per_step=2), lr=1.0).trained
    several.compat, several.optimizers[0].step = CompatConfig(zero_lr_first_update=True), lambda: None
    several.settings = replace(several.settings, warmup_steps=2)
    assert [several.step()[1] for _ in range(6)] == [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]  # it counts steps


REWARDS = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0]


def flat_batch(rollouts: list[Rollout]) -> tuple[PackedBatch, list[int]]:
    packed = pack([r.task.prompt_ids for r in rollouts], [r.token_ids for r in rollouts])
    return packed, [len(r.token_ids) for r in rollouts]


def test_ppo_against_a_plain_reference() -> None:
    """Two PPO updates: KL in the reward, GAE, whitening, value clipping, clipped policy loss, written out plainly."""
    config = AlgorithmConfig(name="ppo", kl_in_reward=True, kl_coef=0.05, entropy_coef=0.01, lam=0.9, gamma=0.97)
    critic = CriticConfig(lr=1e-2, value_clip=0.2)
    ours, plain = workers(config, lr=1e-2, critic=critic), workers(config, lr=1e-2, critic=critic)
    rollouts = rewarded(random_rollouts(), REWARDS)
    batch, lengths = flat_batch(rollouts)
    for _ in range(2):
        found = estimate(ours, rollouts, config, micro_batch_tokens=25, version=0)
        stats = update(ours, found, config, micro_batch_tokens=25, constant=1.0)

        with torch.no_grad():
            old = plain.policy.model(batch, 0.6)[0]
            reference = plain.policy.reference(batch, 0.6)[0]
            old_values = plain.critic.model(batch)
        token_rewards = -0.05 * (old - reference)
        ends = torch.tensor(lengths).cumsum(0) - 1
        token_rewards[ends] += torch.tensor(REWARDS)
        pairs = [gae(r, v, 0.97, 0.9) for r, v in zip(token_rewards.split(lengths), old_values.split(lengths))]
        advantages, returns = whiten(torch.cat([a for a, _ in pairs])), torch.cat([r for _, r in pairs])
        assert torch.allclose(torch.cat([s.advantages for s in found.sequences]), advantages, atol=1e-4)
        values = plain.critic.model(batch)
        near = old_values + (values - old_values).clamp(-0.2, 0.2)
        value_loss = 0.5 * torch.maximum((values - returns) ** 2, (near - returns) ** 2).mean()
        value_loss.backward()
        plain.critic.trained.step()
        logprobs, entropy = plain.policy.model(batch, 0.6)
        ratio = (logprobs - old).exp()
        policy_loss = torch.maximum(-advantages * ratio, -advantages * ratio.clamp(0.8, 1.2))
        (policy_loss.mean() - 0.01 * entropy.mean()).backward()
        plain.policy.trained.step()
        assert stats.values["critic/value_loss"] == pytest.approx(value_loss.item(), rel=1e-4)
        gap = reference - old
        assert stats.values["policy/kl"] == pytest.approx((gap.exp() - gap - 1).clamp(-10, 10).mean().item(), rel=1e-4)
    for module, other in ((ours.policy.model, plain.policy.model), (ours.critic.model, plain.critic.model)):
        for a, b in zip(module.parameters(), other.parameters()):
            assert torch.allclose(a, b, atol=2e-5)


@pytest.mark.parametrize("name", ["ppo", "reinforce_pp"])
def test_a_rollout_whose_grading_failed_teaches_nothing(name: str) -> None:
    """Advantages as if it were not there, 0 of its own; the critic does not see it either."""
    config = AlgorithmConfig(name=name, kl_coef=0.0, entropy_coef=0.0)
    critic = CriticConfig(lr=1e-2) if name == "ppo" else None
    both = workers(config, critic=critic)
    rollouts = rewarded(random_rollouts(), [None, *REWARDS[1:]])
    found = estimate(both, rollouts, config, 100, 0)
    expected = estimate(both, rollouts[1:], config, 100, 0)
    left_out, *rest = found.sequences
    assert not left_out.advantages.any() and left_out.returns is None and left_out.values is None
    for one, other in zip(rest, expected.sequences, strict=True):
        assert torch.allclose(one.advantages, other.advantages, atol=1e-5)
    seen = []
    if both.critic is not None:
        both.critic.forward_backward = lambda sequences, weights, parts: (
            seen.extend(sequences[i] for part in parts for i in part) or ValueSums()
        )
    update(both, found, config, 100, 1.0)
    assert len(seen) == (0 if critic is None else len(rest))
    assert not any(sequence is left_out for sequence in seen)
    nothing = estimate(both, rewarded(rollouts, [None] * 12), config, 100, 0)
    assert update(both, nothing, config, 100, 1.0).values["policy/grad_norm"] == 0


def test_the_policy_waits_for_the_critic() -> None:
    config = AlgorithmConfig(name="ppo", kl_in_reward=True)
    both = workers(config, critic=CriticConfig(lr=1e-2, warmup_updates=1))
    before = [p.detach().clone() for p in both.policy.model.parameters()]
    rollouts = rewarded(random_rollouts(), REWARDS)
    for moved in (False, True):
        stats = update(both, estimate(both, rollouts, config, 100, 0), config, 100, 1.0)
        assert stats.waited is not moved and stats.values["policy/skipped_rollouts"] == 0
        assert ("policy/entropy" in stats.values) is moved
        same = all(torch.equal(a, b) for a, b in zip(before, both.policy.model.parameters()))
        assert same is not moved
    assert both.critic.trained.updates == 2 and both.policy.trained.updates == 1


@pytest.mark.parametrize("name", ["grpo", "dr_grpo", "rloo", "reinforce_pp"])
def test_every_algorithm_raises_the_probability_of_what_was_rewarded(name: str) -> None:
    config = AlgorithmConfig(name=name, entropy_coef=0.0, kl_coef=0.0)
    ours, rollouts = workers(config, lr=3e-3), rewarded(random_rollouts(), REWARDS)
    batch, lengths = flat_batch(rollouts)
    before = ours.policy.model(batch, 0.6)[0].detach()
    for _ in range(3):
        update(ours, estimate(ours, rollouts, config, 100, 0), config, 100, 1.0)
    gain = (ours.policy.model(batch, 0.6)[0].detach() - before).split(lengths)
    assert sum(g.sum() for g, r in zip(gain, REWARDS) if r) > 0
    assert sum(g.sum() for g, r in zip(gain[:3], REWARDS) if not r) < 0


def test_truncated_importance_weights_scale_the_policy_loss() -> None:
    """Sampler log-probabilities lower than the trainer's by log 1.5 give weight 1.5; by log 9, the cap 2."""
    config = AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0, skip_constant_groups=False)
    plain, _ = one_update(config, 100)
    for factor, weight in ((1.5, 1.5), (9.0, 2.0), (0.5, 0.5)):
        policy = worker(replace(config, rollout_correction="tis"))
        policy.trained.step = lambda *_: (0.0, 0.0)
        shifted = scored(random_rollouts(), policy, shift=-math.log(factor))
        update(Workers(policy), batch_of(shifted, ADVANTAGES), policy.algorithm, 100, 1.0)
        assert largest_gap({k: weight * v for k, v in plain.items()}, gradients(policy)) < 1e-4


# Gradient norms by loss term


def test_gradients_of_the_terms_add_up_to_the_whole_one() -> None:
    """Term by term, through the same pass that measures the norms; the whole one through the plain pass."""
    config = AlgorithmConfig(entropy_coef=0.3, kl_coef=0.2)
    policy, sequences = worker(config), batch_of(random_rollouts(), ADVANTAGES).sequences
    weights, split = torch.full((len(sequences),), 0.01), [list(range(7)), list(range(7, len(sequences)))]
    parts = {}
    for term in policy.loss_terms:
        policy.forward_backward(sequences, weights, split, only=term)
        parts[term] = gradients(policy)
        policy.trained.zero_grad()
    assert list(parts) == ["policy", "entropy", "kl"]
    norms = policy.gradient_norms(sequences, weights, split)
    assert all(p.grad is None for p in policy.model.parameters())
    policy.forward_backward(sequences, weights, split)
    whole = gradients(policy)
    assert largest_gap(whole, {name: sum(part[name] for part in parts.values()) for name in whole}) < 2e-6
    for term, part in parts.items():
        assert norms[term] == pytest.approx(torch.cat([g.flatten() for g in part.values()]).norm().item(), rel=1e-5)
        assert norms[term] > 1e-3


def test_measuring_the_terms_leaves_the_update_as_it_is() -> None:
    config = AlgorithmConfig(updates_per_step=2, entropy_coef=0.01, kl_coef=0.05)
    plain, measured = worker(config), worker(config)
    rollouts = random_rollouts()
    before = update(Workers(plain), batch_of(rollouts, ADVANTAGES, plain), config, 40, 1.0)
    stats = update(Workers(measured), batch_of(rollouts, ADVANTAGES, measured), config, 40, 1.0, by_term=True)
    norms = {f"policy/grad_norm_{term}" for term in ("policy", "entropy", "kl")}
    assert stats.values.keys() - before.values.keys() == norms
    assert {name: value for name, value in stats.values.items() if name not in norms} == before.values
    for ours, other in zip(plain.model.parameters(), measured.model.parameters()):
        assert torch.equal(ours, other)


@pytest.mark.parametrize(
    ("config", "terms"),
    [
        (AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0), ["policy"]),
        (AlgorithmConfig(policy_coef=0.0, entropy_coef=0.1, kl_coef=0.0), ["entropy"]),
        (AlgorithmConfig(entropy_coef=0.0, kl_coef=0.1, kl_in_reward=True), ["policy"]),  # KL is in the advantages
    ],
)
def test_only_terms_of_the_loss_are_measured(config: AlgorithmConfig, terms: list[str]) -> None:
    assert list(worker(config).loss_terms) == terms
