"""Figures of sampler against trainer: by hand, and that they do not grow with the tokens."""

import math

import pytest
import torch

from oneshot_rlvr.learner.mismatch import ERRORS, Figure, mismatch


def test_by_hand() -> None:
    """d = 0.6, -0.2, 0, 0: mean |d| 0.2, a quarter beyond 0.5, k1 = -0.1, k3 = the mean of e^d - 1 - d."""
    sampler = torch.tensor([-1.0, -2.0, -3.0, -0.5])
    found = mismatch(sampler + torch.tensor([0.6, -0.2, 0.0, 0.0]), sampler)
    assert found.mean.value == pytest.approx(0.2) and found.share.value == 0.25
    assert found.k1.value == pytest.approx(-0.1)
    k3 = (math.exp(0.6) - 1.6 + math.exp(-0.2) - 0.8) / 4
    assert found.k3.value == pytest.approx(k3, rel=1e-5) and found.largest == pytest.approx(0.6)
    assert found.share.error == pytest.approx(0.25)  # variance 3/12 = 1/4 of four tokens
    assert found.metrics() == pytest.approx(
        {"mismatch/mean": 0.2, "mismatch/share": 0.25, "mismatch/k1": -0.1, "mismatch/k3": k3, "mismatch/max": 0.6},
        rel=1e-5,
    )


def test_k1_and_k3_are_the_divergence_of_the_sampler_from_the_trainer() -> None:
    """Of two distributions over three tokens, with as many of each as the sampler draws."""
    p, q = torch.tensor([0.5, 0.25, 0.25]).log(), torch.tensor([0.25, 0.25, 0.5]).log()
    drawn = torch.tensor([0, 0, 1, 2]).repeat(50)
    exact = (p.exp() * (p - q)).sum().item()  # 0.173 nats
    found = mismatch(q[drawn], p[drawn])
    assert found.k1.value == pytest.approx(exact, abs=1e-6) and found.k3.value == pytest.approx(exact, abs=1e-6)


def test_one_far_token_is_worth_no_more_than_a_clamp_in_k3() -> None:
    found = mismatch(torch.tensor([50.0] + [0.0] * 99), torch.zeros(100))
    assert found.k3.value == pytest.approx(0.1)  # 10 of 100 tokens


def test_figures_stay_where_they_are_while_the_largest_grows() -> None:
    """Heavy-tailed noise of 10^3 to 10^6 tokens: Student's t with 3 degrees of freedom, standard deviation 0.083."""
    torch.manual_seed(0)
    noise = torch.distributions.StudentT(3.0).sample((1_000_000,)) * 0.083 / math.sqrt(3)
    few, many = (mismatch(noise[:n], torch.zeros(n)) for n in (1000, 1_000_000))
    assert many.largest > 5 * few.largest and many.largest > 1.0
    for name, figure in many.figures().items():
        other = few.figures()[name]
        assert abs(figure.value - other.value) < 4 * other.error, name


def test_what_is_above_a_bound_is_so_for_certain() -> None:
    sampler = torch.zeros(400)
    spread = torch.tensor([0.0, 0.2]).repeat(200)  # |d|: mean 0.1, standard error 0.1 / 20
    found = mismatch(spread, sampler)
    assert found.mean.error == pytest.approx(0.1 / math.sqrt(399))
    bounds = {"mean": 0.1 - 0.9 * ERRORS * 0.005, "share": 1.0, "k1": 1.0, "k3": 1.0}
    assert found.beyond(bounds) == {}
    assert found.beyond(bounds | {"mean": 0.1 - 1.1 * ERRORS * 0.005}) == {"mean": pytest.approx(0.1)}


def test_nothing_is_judged_of_what_is_not_finite() -> None:
    none = dict.fromkeys(("mean", "share", "k1", "k3"), 0.0)
    assert mismatch(torch.tensor([0.0, -math.inf] * 50), torch.zeros(100)).beyond(none) == {}
    assert math.isnan(mismatch(torch.zeros(1), torch.ones(1)).mean.error)
    assert math.isnan(Figure(1.0, math.nan).sure)
