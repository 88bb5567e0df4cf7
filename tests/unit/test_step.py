"""The optimizer step: one denominator, any split; skipping; several updates; official weights."""

from dataclasses import replace

import pytest
import torch
from tiny import random_groups, worker, workers

from oneshot_rlvr.algorithms.advantages import gae, whiten
from oneshot_rlvr.config.schema import AlgorithmConfig, CompatConfig, CriticConfig
from oneshot_rlvr.learner.critic import ValueSums
from oneshot_rlvr.learner.estimate import Estimate, Workers, estimate
from oneshot_rlvr.learner.policy import PolicyWorker, TrainSequence
from oneshot_rlvr.learner.update import UpdateStats, update
from oneshot_rlvr.models.packing import pack
from oneshot_rlvr.types import Group

ADVANTAGES = [[1.0, -0.5, -0.5], [0.0, 0.0, 0.0], [0.3, 0.4, -0.7], [2.0, -1.0, -1.0]]


def gradients(policy: PolicyWorker) -> dict[str, torch.Tensor]:
    return {name: p.grad.clone() for name, p in policy.model.named_parameters()}


def given(groups: list[Group], advantages: list[list[float]], policy: PolicyWorker | None = None) -> Estimate:
    """An estimate with the given advantages; with `policy`, also its log-probabilities before the update."""
    sequences = [
        [TrainSequence(g.prompt_ids, r.token_ids, torch.full((len(r.token_ids),), a), torch.tensor(r.logprobs))
         for r, a in zip(g.rollouts, advantages_G)]
        for g, advantages_G in zip(groups, advantages)
    ]  # fmt: skip
    if policy is not None:
        flat = [s for group in sequences for s in group]
        old = iter(policy.logprobs(flat, [[i] for i in range(len(flat))]))
        sequences = [[replace(s, old_logprobs=next(old)) for s in group] for group in sequences]
    return Estimate(sequences, advantages, per_token=False)


def one_update(config: AlgorithmConfig, micro_batch_tokens: int) -> tuple[dict[str, torch.Tensor], UpdateStats]:
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
    groups = random_groups()
    stats = update(Workers(policy), groups, given(groups, ADVANTAGES), config, micro_batch_tokens, constant=20.0)
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
    rows = [(g.prompt_ids, r.token_ids, a) for g, A in zip(random_groups(), ADVANTAGES) for r, a in zip(g.rollouts, A)]
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
    assert stats.loss == pytest.approx(loss.item(), rel=1e-5)
    assert stats.entropy == pytest.approx(((entropy * mask).sum() / mask.sum()).item(), rel=1e-5)
    assert stats.kl == pytest.approx(((k3 * mask).sum() / mask.sum()).item(), rel=1e-4)


def test_skipping_constant_groups_leaves_the_gradient_as_it_is() -> None:
    config = AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0)
    skipped, stats = one_update(config, 30)
    full, full_stats = one_update(replace(config, skip_constant_groups=False), 30)
    assert stats.skipped_sequences == 3 and full_stats.skipped_sequences == 0
    assert largest_gap(full, skipped) < 2e-6


@pytest.mark.parametrize("coefficients", [{"entropy_coef": 0.1, "kl_coef": 0.0}, {"entropy_coef": 0.0, "kl_coef": 0.1}])
def test_nothing_is_skipped_while_another_term_acts(coefficients: dict[str, float]) -> None:
    _, stats = one_update(AlgorithmConfig(**coefficients), 30)
    assert stats.skipped_sequences == 0


def test_all_groups_constant_is_a_step_with_zero_gradient() -> None:
    config = AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0)
    policy = worker(config)
    before = [p.detach().clone() for p in policy.model.parameters()]
    groups = random_groups()
    stats = update(Workers(policy), groups, given(groups, [[0.0] * 3] * 4), config, 1000, 1.0)
    assert stats.grad_norm == 0.0 and stats.skipped_sequences == 12
    decay = 1 - policy.trained.settings.lr * policy.trained.settings.weight_decay  # AdamW still decays the weights
    for old, new in zip(before, policy.model.parameters()):
        assert torch.allclose(new, old * decay, rtol=1e-6)


def test_several_updates_use_the_probabilities_before_the_first() -> None:
    config = AlgorithmConfig(updates_per_step=2, entropy_coef=0.0, kl_coef=0.0, skip_constant_groups=False)
    policy = worker(config, lr=3e-2)
    groups = random_groups()
    found = update(Workers(policy), groups, given(groups, ADVANTAGES, policy), config, 40, 1.0)
    assert policy.trained.updates == 2
    # by hand: two steps, ratios against the log-probabilities of the untouched model
    reference, fresh = worker(config, lr=3e-2), worker(config, lr=3e-2)
    for half in (slice(0, 2), slice(2, 4)):
        part = [(g, r, a) for g, A in zip(groups[half], ADVANTAGES[half]) for r, a in zip(g.rollouts, A)]
        batch = pack([g.prompt_ids for g, _, _ in part], [r.token_ids for _, r, _ in part])
        logprobs, _ = reference.model(batch, 0.6)
        old = fresh.model(batch, 0.6)[0].detach()
        ratio = (logprobs - old).exp()
        advantage = torch.tensor([a for *_, a in part])[batch.owner]
        torch.maximum(-advantage * ratio, -advantage * ratio.clamp(0.8, 1.2)).mean().backward()
        reference.trained.step()
    for ours, plain in zip(policy.model.parameters(), reference.model.parameters()):
        assert torch.allclose(ours, plain, atol=2e-5)
    assert 0 < found.clip_share < 1


def test_mismatch_is_measured_against_the_sampler() -> None:
    config = AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0, skip_constant_groups=False)
    policy, groups = worker(config), random_groups()
    batch = pack([g.prompt_ids for g in groups for _ in g.rollouts], [r.token_ids for g in groups for r in g.rollouts])
    true = iter(policy.model(batch, 0.6)[0].tolist())
    exact: list[Group] = []
    for group in groups:
        rollouts = [replace(r, logprobs=tuple(next(true) for _ in r.token_ids)) for r in group.rollouts]
        exact.append(replace(group, rollouts=tuple(rollouts)))
    stats = update(Workers(policy), exact, given(exact, ADVANTAGES), config, 30, 1.0)
    assert stats.mismatch.largest < 1e-4
    shifted = replace(exact[2].rollouts[0], logprobs=tuple(x + 0.5 for x in exact[2].rollouts[0].logprobs))
    exact[2] = replace(exact[2], rollouts=(shifted, *exact[2].rollouts[1:]))
    stats = update(workers(config), exact, given(exact, ADVANTAGES), config, 30, 1.0)
    assert stats.mismatch.largest == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("updates", [1, 2, 4])
def test_a_wrong_log_probability_is_seen_in_any_group(updates: int) -> None:
    """The first update's own pass sees the first groups only; those of before the update are of all."""
    config, groups = AlgorithmConfig(updates_per_step=updates, entropy_coef=0.0, kl_coef=0.0), random_groups()
    policy = worker(config)
    batch, lengths = flat_batch(groups)
    true = iter(policy.model(batch, 0.6)[0].detach().split(lengths))
    groups = [replace(g, rollouts=tuple(replace(r, logprobs=tuple(next(true).tolist())) for r in g.rollouts))
              for g in groups]  # fmt: skip
    last = groups[-1].rollouts[0]
    wrong = replace(last, logprobs=(last.logprobs[0] - 2.0, *last.logprobs[1:]))
    shifted = [*groups[:-1], replace(groups[-1], rollouts=(wrong, *groups[-1].rollouts[1:]))]
    both = Workers(policy)
    found = estimate(both, shifted, REWARDS, config, 100)
    assert update(both, shifted, found, config, 100, 1.0).mismatch.largest == pytest.approx(2.0, abs=1e-4)


def test_learning_rate_schedule() -> None:
    config = AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0)
    trained = worker(config, lr=1.0).trained
    trained.settings = replace(trained.settings, warmup_steps=4, lr=1.0)
    trained.optimizer.step = lambda: None
    assert [trained.step()[1] for _ in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]
    official = worker(config, lr=1.0).trained
    official.compat = CompatConfig(zero_lr_first_update=True)
    official.optimizer.step = lambda: None
    assert [official.step()[1] for _ in range(3)] == [0.0, 1.0, 1.0]
    several = worker(replace(config, updates_per_step=2), lr=1.0).trained
    several.compat, several.optimizer.step = CompatConfig(zero_lr_first_update=True), lambda: None
    several.settings = replace(several.settings, warmup_steps=2)
    assert [several.step()[1] for _ in range(6)] == [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]  # it counts steps


REWARDS = [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]]


def flat_batch(groups: list[Group]) -> "tuple[object, list[int]]":
    rollouts = [(g.prompt_ids, r.token_ids) for g in groups for r in g.rollouts]
    return pack([p for p, _ in rollouts], [r for _, r in rollouts]), [len(r) for _, r in rollouts]


def test_ppo_against_a_plain_reference() -> None:
    """Two PPO updates: KL in the reward, GAE, whitening, value clipping, clipped policy loss, written out plainly."""
    config = AlgorithmConfig(name="ppo", kl_in_reward=True, kl_coef=0.05, entropy_coef=0.01, lam=0.9, gamma=0.97)
    critic = CriticConfig(lr=1e-2, value_clip=0.2)
    ours, plain = workers(config, lr=1e-2, critic=critic), workers(config, lr=1e-2, critic=critic)
    groups = random_groups()
    batch, lengths = flat_batch(groups)
    rewards = [r for group in REWARDS for r in group]
    for _ in range(2):
        found = estimate(ours, groups, REWARDS, config, micro_batch_tokens=25)
        stats = update(ours, groups, found, config, micro_batch_tokens=25, constant=1.0)

        with torch.no_grad():
            old = plain.policy.model(batch, 0.6)[0]
            reference = plain.policy.reference(batch, 0.6)[0]
            old_values = plain.critic.model(batch)
        token_rewards = -0.05 * (old - reference)
        ends = torch.tensor(lengths).cumsum(0) - 1
        token_rewards[ends] += torch.tensor(rewards)
        pairs = [gae(r, v, 0.97, 0.9) for r, v in zip(token_rewards.split(lengths), old_values.split(lengths))]
        advantages, returns = whiten(torch.cat([a for a, _ in pairs])), torch.cat([r for _, r in pairs])
        assert torch.allclose(torch.cat([s.advantages for g in found.sequences_P_G for s in g]), advantages, atol=1e-4)
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
        assert stats.value_loss == pytest.approx(value_loss.item(), rel=1e-4)
        gap = reference - old
        assert stats.kl == pytest.approx((gap.exp() - gap - 1).clamp(-10, 10).mean().item(), rel=1e-4)
    for module, other in ((ours.policy.model, plain.policy.model), (ours.critic.model, plain.critic.model)):
        for a, b in zip(module.parameters(), other.parameters()):
            assert torch.allclose(a, b, atol=2e-5)


@pytest.mark.parametrize("name", ["ppo", "reinforce_pp"])
def test_a_rollout_whose_grading_failed_teaches_nothing(name: str) -> None:
    """Advantages as if it were not there, 0 of its own; the critic does not see it either."""
    config = AlgorithmConfig(name=name, kl_coef=0.0, entropy_coef=0.0)
    critic = CriticConfig(lr=1e-2) if name == "ppo" else None
    both, groups = workers(config, critic=critic), random_groups()
    failed = [[None, *REWARDS[0][1:]], *REWARDS[1:]]
    without = [replace(groups[0], rollouts=groups[0].rollouts[1:]), *groups[1:]]
    found = estimate(both, groups, failed, config, 100)
    expected = estimate(both, without, [failed[0][1:], *failed[1:]], config, 100)
    (left_out, *rest), *others = found.sequences_P_G
    assert not left_out.advantages.any() and left_out.returns is None and left_out.values is None
    for ours, theirs in zip([rest, *others], expected.sequences_P_G, strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert torch.allclose(one.advantages, other.advantages, atol=1e-5)
    seen = []
    if both.critic is not None:
        both.critic.forward_backward = lambda sequences, weights, parts: seen.extend(
            sequences[i] for part in parts for i in part
        ) or ValueSums()
    update(both, groups, found, config, 100, 1.0)
    assert len(seen) == (0 if critic is None else sum(len(g.rollouts) for g in without))
    assert not any(sequence is left_out for sequence in seen)
    nothing = estimate(both, groups, [[None] * len(g.rollouts) for g in groups], config, 100)
    assert update(both, groups, nothing, config, 100, 1.0).grad_norm == 0


def test_the_policy_waits_for_the_critic() -> None:
    config = AlgorithmConfig(name="ppo", kl_in_reward=True)
    both = workers(config, critic=CriticConfig(lr=1e-2, warmup_updates=1))
    before = [p.detach().clone() for p in both.policy.model.parameters()]
    groups = random_groups()
    for moved in (False, True):
        stats = update(both, groups, estimate(both, groups, REWARDS, config, 100), config, 100, 1.0)
        assert stats.policy_waited is not moved and (stats.skipped_sequences, stats.entropy > 0) == (0, moved)
        same = all(torch.equal(a, b) for a, b in zip(before, both.policy.model.parameters()))
        assert same is not moved
    assert both.critic.trained.updates == 2 and both.policy.trained.updates == 1


@pytest.mark.parametrize("name", ["grpo", "dr_grpo", "rloo", "reinforce_pp"])
def test_every_algorithm_raises_the_probability_of_what_was_rewarded(name: str) -> None:
    config = AlgorithmConfig(name=name, entropy_coef=0.0, kl_coef=0.0)
    ours, groups = workers(config, lr=3e-3), random_groups()
    batch, lengths = flat_batch(groups)
    before = ours.policy.model(batch, 0.6)[0].detach()
    for _ in range(3):
        update(ours, groups, estimate(ours, groups, REWARDS, config, 100), config, 100, 1.0)
    gain = (ours.policy.model(batch, 0.6)[0].detach() - before).split(lengths)
    rewards = [r for group in REWARDS for r in group]
    assert sum(g.sum() for g, r in zip(gain, rewards) if r) > 0
    assert sum(g.sum() for g, r in zip(gain[:3], REWARDS[0]) if not r) < 0


def test_truncated_importance_weights_scale_the_policy_loss() -> None:
    """Sampler log-probabilities lower than the trainer's by log 1.5 give weight 1.5; by log 9, the cap 2."""
    config = AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0, skip_constant_groups=False)
    groups = random_groups()
    flat, _ = flat_batch(groups)
    true = worker(config).model(flat, 0.6)[0].detach()
    plain, _ = one_update(config, 100)
    for factor, weight in ((1.5, 1.5), (9.0, 2.0), (0.5, 0.5)):
        lower = iter((true - torch.log(torch.tensor(factor))).tolist())
        shifted = [
            replace(g, rollouts=tuple(replace(r, logprobs=tuple(next(lower) for _ in r.token_ids)) for r in g.rollouts))
            for g in groups
        ]
        policy = worker(replace(config, rollout_correction="tis"))
        policy.trained.step = lambda *_: (0.0, 0.0)
        update(Workers(policy), shifted, given(shifted, ADVANTAGES), policy.algorithm, 100, 1.0)
        assert largest_gap({k: weight * v for k, v in plain.items()}, gradients(policy)) < 1e-4


# Gradient norms by loss term


def test_gradients_of_the_terms_add_up_to_the_whole_one() -> None:
    """Term by term, through the same pass that measures the norms; the whole one through the plain pass."""
    config = AlgorithmConfig(entropy_coef=0.3, kl_coef=0.2)
    policy, groups = worker(config), random_groups()
    sequences = [s for group in given(groups, ADVANTAGES).sequences_P_G for s in group]
    weights, split = torch.full((len(sequences),), 0.01), [list(range(7)), list(range(7, len(sequences)))]
    parts = {}
    for term in policy.loss_terms:
        policy.forward_backward(sequences, weights, split, only=term)
        parts[term] = gradients(policy)
        policy.trained.optimizer.zero_grad()
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
    groups = random_groups()
    before = update(Workers(plain), groups, given(groups, ADVANTAGES, plain), config, 40, 1.0)
    stats = update(Workers(measured), groups, given(groups, ADVANTAGES, measured), config, 40, 1.0, by_term=True)
    assert before.term_norms == {} and set(stats.term_norms) == {"policy", "entropy", "kl"}
    assert stats.grad_norm == before.grad_norm and stats.loss == before.loss
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
