"""Rewards of both roles, from verdicts and depth alone."""

from collections import Counter
from collections.abc import Sequence

from oneshot_rlvr.config.schema import SelfPlayConfig
from oneshot_rlvr.selfplay.tasks import ProgramTask


def learnability(correct: int, measured: int, config: SelfPlayConfig) -> float:
    """Reward of a valid proposal that `correct` of `measured` answers solve: 1 - s with s their share, `edge_reward`
    where none or all do (arXiv 2505.03335, equation 4: 0; the authors' code: -0.5). `gap` is 4 s (1 - s), largest where
    half are right; `constant` is 1.

    Example: of 8 answers 1 .. 7 right give .875 .75 .625 .5 .375 .25 .125.
    """
    share = correct / measured
    if config.reward == "constant":
        return 1.0
    if config.reward == "gap":
        return 4.0 * share * (1.0 - share)
    return config.edge_reward if correct in (0, measured) else 1.0 - share


def depth_bonus(task: ProgramTask, config: SelfPlayConfig) -> float:
    """Addition to the reward of a valid proposal: `depth_bonus` for each executed operation beyond the first. An
    induction proposal has none, for its program is one that it was shown."""
    deeper = 0 if task.kind == "induction" else max(0, task.depth - 1)
    return config.depth_bonus * deeper


def solver_reward(correct: bool | None, config: SelfPlayConfig) -> float:
    """Reward of an answer: right, well-formed and wrong, malformed (None)."""
    return config.malformed_reward if correct is None else 1.0 if correct else config.wrong_reward


def agreeing(answers: Sequence[str | None]) -> list[bool | None]:
    """Verdicts by agreement: an answer is right if it is the commonest, of equally common ones the first. None (no
    answer) stays None."""
    known = Counter(answer for answer in answers if answer is not None)
    best = known.most_common(1)[0][0] if known else None
    return [None if answer is None else answer == best for answer in answers]
