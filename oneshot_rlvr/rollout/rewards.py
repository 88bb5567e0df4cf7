"""Rewards from verdicts: of one rollout at a time (`RewardFunction`, also a user's own) or a group at once."""

import math
import reprlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Callable

import numpy as np

from oneshot_rlvr.config.schema import RewardConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.files import seed_of
from oneshot_rlvr.grading.boxes import extract_boxed
from oneshot_rlvr.grading.deepscaler import clean_latex
from oneshot_rlvr.plugin import accepts, load_object, refuse_signature, their_code
from oneshot_rlvr.types import Grade, Problem, Rollout

# (problem, rollout, verdict, seed) -> reward; None: there is no verdict, leave the rollout out. The seed is a function
# of the rollout's place in the run, and another than that which sampled its tokens.
RewardFunction = Callable[[Problem, Rollout, Grade, int], float | None]
# Graded rollouts of one group -> reward of each, None as above.
GroupReward = Callable[[Sequence[Rollout]], list[float | None]]
REWARD_FORM = "a function (problem, rollout, grade, seed) -> float or None, or (rollouts) -> list of them, is needed"


def outcome(problem: Problem, rollout: Rollout, grade: Grade, seed: int) -> float | None:
    """1 for a right answer, 0 for a wrong one, nothing where the grader failed."""
    return None if grade.correct is None else float(grade.correct)


def inverted(problem: Problem, rollout: Rollout, grade: Grade, seed: int) -> float | None:
    """1 for a wrong answer."""
    return None if grade.correct is None else float(not grade.correct)


def format_only(problem: Problem, rollout: Rollout, grade: Grade, seed: int) -> float:
    """1 for a complete `\\boxed{...}` in the response, whatever stands in it (the paper's format reward)."""
    return float(extract_boxed(rollout.text) is not None)


def majority(rollouts: Sequence[Rollout]) -> list[float | None]:
    """1 for the answer that most rollouts of the group give, right or wrong; the ground truth is not looked at.

    Only extracted answers vote (0 without one); a tie goes to the answer that came first in the group.
    Example: answers 7, 9, none, 9 earn 0, 1, 0, 1.
    """
    votes = [_vote(rollout) for rollout in rollouts]
    cast = Counter(vote for vote in votes if vote is not None)
    winner = cast.most_common(1)[0][0] if cast else None
    return [
        None if _grade(rollout).correct is None else float(vote is not None and vote == winner)
        for rollout, vote in zip(rollouts, votes, strict=True)
    ]


def confidence(rollouts: Sequence[Rollout]) -> list[float | None]:
    """The geometric mean of the probabilities of a response's tokens, as sampled, in [0, 1]: the confidence that RLSC
    (arXiv 2506.06395) maximises, taken per token so that length does not decide. No answer is looked at.

    Example: tokens of probability 0.9 and 0.4 earn 0.6."""
    return [math.exp(math.fsum(rollout.logprobs) / len(rollout.logprobs)) for rollout in rollouts]


def self_certainty(rollouts: Sequence[Rollout]) -> list[float | None]:
    """The mean over a response's tokens of KL(U || p), with U uniform over the V tokens of the vocabulary and p the
    model's at the sampling temperature: -1 / (T V) sum over t, v of log(V p_t(v)) (Intuitor, arXiv 2505.19590). It is 0
    for a model that knows nothing and has no upper bound. No answer is looked at.

    Example: V = 2, tokens drawn from (1/2, 1/2) and (0.9, 0.1) earn (0 - log(4 x 0.9 x 0.1) / 2) / 2 = 0.2554."""
    return [math.fsum(rollout.certainties) / len(rollout.certainties) for rollout in rollouts]


@dataclass(frozen=True, slots=True)
class Vote:
    """The vote of one group: whether the answer with most votes is right, and by what share of all votes it leads."""

    right: bool
    margin: float


def vote_of(rollouts: Sequence[Rollout]) -> Vote:
    """The vote of a group; without any answer it is wrong, by a margin of 0.

    Example: answers 7, 9, none, 9 of which 9 is right give (True, 1/4).
    """
    cast = Counter(vote for rollout in rollouts if (vote := _vote(rollout)) is not None)
    if not cast:
        return Vote(False, 0.0)
    (winner, most), *rest = cast.most_common(2)
    right = any(_grade(rollout).correct for rollout in rollouts if _vote(rollout) == winner)
    return Vote(right, (most - (rest[0][1] if rest else 0)) / len(rollouts))


def _vote(rollout: Rollout) -> str | None:
    extracted = _grade(rollout).extracted
    return None if extracted is None else same_answer(extracted)


def _grade(rollout: Rollout) -> Grade:
    assert rollout.grade is not None
    return rollout.grade


def same_answer(text: str) -> str:
    """The text under which answers count as equal: LaTeX tidied, 12.70 as 12.7. Cheap, since sympy could hang here."""
    text = clean_latex(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return clean_latex(f"{number.normalize():f}") if number.is_finite() and abs(number.adjusted()) < 100 else text


def reward_seed(seed: int) -> int:
    """Seed of a rollout's reward, from that of its tokens: with the same a random reward would say which they were."""
    return seed_of(f"reward/{seed}")


def overlong_penalty(length: int, longest: int, share: float) -> float:
    """0 up to the last `share` of `longest` tokens, from there falling evenly to -1 at `longest` (soft overlong
    punishment; DAPO, arXiv 2503.14476, eq. 13). Example: 90 of 100 tokens with a share of 0.2 give -0.5."""
    start = longest * (1 - share)
    return -max(0.0, length - start) / (longest - start)


def less_overlong(rule: GroupReward, share: float, longest: int) -> GroupReward:
    """The rewards of `rule` with `overlong_penalty`; a share of 0 changes nothing."""
    if not share:
        return rule

    def rewards(rollouts: Sequence[Rollout]) -> list[float | None]:
        return [None if reward is None else reward + overlong_penalty(len(rollout.token_ids), longest, share)
                for rollout, reward in zip(rollouts, rule(rollouts), strict=True)]  # fmt: skip

    return rewards


def group_reward(config: RewardConfig) -> GroupReward:
    """The configured reward for a whole group at once."""
    if config.name == "majority":
        return majority
    if config.name == "confidence":
        return confidence
    if config.name == "self_certainty":
        return self_certainty
    if config.name == "custom":
        return own_reward(config)
    return _for_each(reward_function(config))


def _for_each(reward: RewardFunction) -> GroupReward:
    """The reward of single rollouts as one of groups."""
    return lambda rollouts: [reward(r.task.problem, r, _grade(r), reward_seed(r.seed)) for r in rollouts]


def _number(reward: float, config: RewardConfig) -> float:
    """A user's function may return whatever counts as a number: an int, a bool, one of numpy's or torch's."""
    try:
        number = float(reward)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        number = math.nan
    if not math.isfinite(number):
        given = reprlib.repr(reward)
        raise UserError(f"reward.path={config.path}: returned {given}; a finite number or None is needed")
    return number


def reward_function(config: RewardConfig) -> RewardFunction:
    """The reward of a single rollout. `random` draws from the seed given, so that it is the same after a resume."""
    if config.name == "outcome":
        return outcome
    if config.name == "inverted":
        return inverted
    if config.name == "format":
        return format_only
    if config.name == "random":
        return lambda problem, rollout, grade, seed: float(
            np.random.Generator(np.random.Philox(seed)).random() < config.probability
        )
    assert config.name == "constant"
    return lambda problem, rollout, grade, seed: config.value


def own_reward(config: RewardConfig) -> GroupReward:
    """The user's own function: of one rollout, or of a whole group where it takes a single argument.

    UserError for one that cannot be used; nothing is sampled before that is known.
    """
    function = load_object(config.path, "reward.path=")
    one = (None, None, None, 0)
    whole = accepts(function, ()) and not accepts(function, *one)
    if not whole:
        refuse_signature(function, f"reward.path={config.path}", REWARD_FORM, *one)
    rule: GroupReward = function if whole else _for_each(function)

    def rewards(rollouts: Sequence[Rollout]) -> list[float | None]:
        with their_code(f"reward.path={config.path}"):
            found = list(rule(rollouts))
        if len(found) != len(rollouts):
            raise UserError(f"reward.path={config.path}: {len(found)} rewards for a group of {len(rollouts)} rollouts")
        return [None if reward is None else _number(reward, config) for reward in found]

    return rewards
