"""The weight probe: what it passes, and every way in which weights can fail to arrive."""

from dataclasses import dataclass, field
from typing import Sequence

import pytest
from tiny import VOCAB, NumberTokenizer, tiny_model, worker

from oneshot_rlvr.config.schema import AlgorithmConfig
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
from oneshot_rlvr.types import Problem
from oneshot_rlvr.weights.checksum import Digest
from oneshot_rlvr.weights.probe import WeightProbe, weight_probe


@dataclass
class Side:
    """A trainer or a sampler that says the next of these scores."""

    said: list[tuple[float, ...]]
    version: int = 1
    asked: list[tuple[Sequence[int], Sequence[int]]] = field(default_factory=list)

    def score(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> tuple[float, ...]:
        self.asked.append((prompt_ids, response_ids))
        return self.said[len(self.asked) - 1]

    def scores(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> dict[str, tuple[float, ...]]:
        return {"the model": self.score(prompt_ids, response_ids)}


def probe(bound: float = 1e-3) -> WeightProbe:
    return WeightProbe((5, 6), (7, 8), bound)


def test_equal_scores_pass_and_the_gap_is_kept() -> None:
    trainer, sampler = Side([(-1.0, -2.0)]), Side([(-1.0, -2.0004)])
    checked = probe()
    assert checked.problem(1, trainer, sampler) is None
    assert (checked.gap.mean, checked.gap.largest) == pytest.approx((2e-4, 4e-4))
    assert trainer.asked == sampler.asked == [((5, 6), (7, 8))]


def test_scores_apart_are_told_with_both_numbers() -> None:
    problem = probe().problem(1, Side([(-1.0, -2.0)]), Side([(-1.0, -2.004)]))
    assert problem is not None and "0.002 nats from the trainer's on average in the model, rollout.probe_bo" in problem
    assert problem.endswith("is 0.001; token 1 has -2 in the trainer and -2.004 there")


def test_the_mean_is_judged_and_no_token_alone() -> None:
    """One of 20 tokens is off by ten times the bound, as the tails of rounding will have it."""
    ours = (-1.0,) * 20
    assert probe().problem(1, Side([ours]), Side([(-1.01, *ours[1:])])) is None
    assert probe().problem(1, Side([ours]), Side([(-1.0011,) * 20])) is not None


def test_every_part_of_a_sampler_is_compared() -> None:
    class Two(Side):
        def scores(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> dict[str, tuple[float, ...]]:
            return {"worker 0": (-1.0, -2.0), "worker 1": (-1.0, -2.5)}

    checked = probe()
    problem = checked.problem(1, Side([(-1.0, -2.0)]), Two([]))
    assert problem is not None and "on average in worker 1" in problem and checked.gap.largest == 0.5


@dataclass
class Summed(Side):
    """A side with a checksum, the same on both."""

    sums: list[int] = field(default_factory=list)

    def digest(self) -> Digest:
        return Digest(1, self.sums[len(self.asked)])

    def digests(self) -> dict[str, Digest]:
        return {"the model": self.digest()}


def test_where_the_weights_stayed_the_same_the_sampler_may_stand_still() -> None:
    """A learning rate of 0, and a trainer whose pass rounds otherwise than the one before (compiled meanwhile)."""
    moved = [(-1.0, -2.0), (-1.0, -2.0005)]
    for sums, expected in (([5, 5], None), ([5, 6], "is still -2, the trainer's has gone from -2 to -2.0005")):
        trainer, sampler = Summed(moved, sums=sums), Summed([moved[0]] * 2, sums=sums)
        checked = probe()
        assert checked.problem(1, trainer, sampler) is None
        problem = checked.problem(1, trainer, sampler)
        assert problem is None if expected is None else expected in (problem or "")


def test_nan_is_a_fault() -> None:
    problem = probe().problem(1, Side([(-1.0, -2.0)]), Side([(-1.0, float("nan"))]))
    assert problem is not None and "token 1 has -2 in the trainer and nan there" in problem


def test_another_version_is_a_fault() -> None:
    problem = probe().problem(2, Side([(-1.0,)]), Side([(-1.0,)], version=1))
    assert problem == "the sampler holds the weights of step 1, the trainer those of step 2"


def test_a_move_within_the_bound_that_the_sampler_missed_is_a_fault() -> None:
    """The trainer moves by 1e-4, a tenth of the bound: the sampler's numbers may be off, but not the old ones."""
    trainer, stale = Side([(-1.0, -2.0), (-1.0, -2.0001)]), Side([(-1.0, -2.0), (-1.0, -2.0)])
    checked = probe()
    assert checked.problem(1, trainer, stale) is None
    problem = checked.problem(1, trainer, stale)
    assert problem is not None and "is still -2, the trainer's has gone from -2 to -2.0001" in problem
    trainer, moved = Side([(-1.0, -2.0), (-1.0, -2.0001)]), Side([(-1.0, -2.0), (-1.0, -2.00005)])
    checked = probe()
    assert [checked.problem(1, trainer, moved) for _ in range(2)] == [None, None]


def test_nothing_moves_where_nothing_was_trained() -> None:
    trainer, sampler = Side([(-1.0, -2.0)] * 2), Side([(-1.0, -2.00001)] * 2)
    checked = probe()
    assert [checked.problem(1, trainer, sampler) for _ in range(2)] == [None, None]


def test_policy_and_sampler_score_alike_and_as_they_sample() -> None:
    policy = worker(AlgorithmConfig(kl_coef=0.0), temperature=0.6)
    sampler = TransformersSampler(tiny_model(0), NumberTokenizer(), 1000)  # type: ignore[arg-type]
    prompt, response = (5, 6, 7, 8), (9, 10, 11, 2)
    assert sampler.scores(prompt, response)["the model"] == pytest.approx(policy.score(prompt, response), abs=1e-5)
    model = tiny_model(0)
    model.config._attn_implementation = "eager"
    import torch

    logits = model(input_ids=torch.tensor([[*prompt, *response]]), use_cache=False).logits[0]
    plain = logits.log_softmax(-1)[range(3, 7), list(response)]
    assert sampler.score(prompt, response) == pytest.approx(plain.tolist(), abs=1e-5)


def test_the_probe_is_the_end_of_a_prompt_with_the_right_answer() -> None:
    class Characters(NumberTokenizer):
        def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
            return [ord(c) % VOCAB for c in text]

    problem = Problem("1", "?", "8")
    made = weight_probe(problem, tuple(range(100)), Characters(), 2, 0.5)  # type: ignore[arg-type]
    assert made.prompt_ids == tuple(range(36, 100)) and made.bound == 0.5
    assert made.response_ids == (*(ord(c) % VOCAB for c in "The answer is \\boxed{8}."), 2)


def test_a_trainer_that_is_not_finite_is_told_from_a_bad_hand_over() -> None:
    checked = probe()
    assert checked.problem(1, Side([(float("nan"), -2.0)]), Side([(float("nan"), -2.0)])) is not None
    assert checked.diverged() == "the trainer's own log-probability of probe token 0 is nan"
    assert checked.problem(1, Side([(-1.0, -2.0)]), Side([(-1.0, float("nan"))])) is not None
    assert checked.diverged() is None, "here the sampler is to blame"


def test_the_bound_grows_with_what_is_rounded() -> None:
    """A model that was driven far away gives log-probabilities of thousands of nats, which float32 rounds coarsely."""
    assert probe().problem(1, Side([(-2000.0,)]), Side([(-2000.1,)])) is None
    assert probe().problem(1, Side([(-2000.0,)]), Side([(-2000.3,)])) is not None
    assert probe().problem(1, Side([(-9.0,)]), Side([(-9.002,)])) is not None
