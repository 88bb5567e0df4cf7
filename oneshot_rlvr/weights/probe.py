"""Did the weights arrive? Checksums, and a short fixed response scored on both sides, after every hand-over."""

import math
from dataclasses import dataclass
from statistics import fmean
from typing import Protocol, Sequence

from transformers import PreTrainedTokenizerBase

from oneshot_rlvr.types import Problem
from oneshot_rlvr.weights.checksum import Digest

PROMPT_TOKENS = 64  # the end of a real prompt, so that the pass costs nothing beside a step
COARSE = 10.0  # nats from which a difference is allowed to grow with the log-probability, as rounding does
CAP = 3.0  # times the bound, that one token counts at most
STILL = 0.02  # of the bound: a move of the trainer's scores that a sampler with new weights cannot miss altogether


@dataclass(frozen=True, slots=True)
class ProbeGap:
    """|trainer - sampler| log-probability over the probe's tokens, nats: the mean is judged, the largest is not."""

    mean: float
    largest: float


NO_GAP = ProbeGap(0.0, 0.0)  # nothing was compared yet


class Scorer(Protocol):
    """A policy: log-probabilities [T] of a response at temperature 1, nats. It may also have `digest()`
    (weights/checksum.py)."""

    def score(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> tuple[float, ...]: ...


class Holder(Protocol):
    """A sampler: the same by its parts, and the step whose weights it was given last. It may also have `digests()`."""

    @property
    def version(self) -> int: ...

    def scores(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> dict[str, tuple[float, ...]]: ...


@dataclass(slots=True)
class WeightProbe:
    """Compares the trainer with every part of the sampler. Three faults are told: a tensor that did not arrive bit for
    bit, scores apart, and scores that stood still while the trainer's weights and scores moved.

    The first says that the right weights came, the second that they are computed with. The third is exact (the
    sampler's numbers are the old ones, bit for bit) and so catches a missed step that is too small for the bound.
    """

    prompt_ids: tuple[int, ...]
    response_ids: tuple[int, ...]
    bound: float  # nats, of the mean over tokens: the rounding of one of them is heavy-tailed
    gap: ProbeGap = NO_GAP  # at the last comparison, of the part that was furthest off
    _before: "_Comparison | None" = None

    def problem(self, step: int, trainer: Scorer, sampler: Holder) -> str | None:
        """The difference of the sampler's weights and the trainer's, with the numbers of both; None without one."""
        if sampler.version != step:
            return f"the sampler holds the weights of step {sampler.version}, the trainer those of step {step}"
        sent, other = _digests(trainer, sampler)
        if other is not None:
            return other
        now = _Comparison(
            sent,
            trainer.score(self.prompt_ids, self.response_ids),
            sampler.scores(self.prompt_ids, self.response_ids),
        )
        before, self._before = self._before, now
        self.gap = max((now.gap(part) for part in now.theirs), key=lambda gap: _nan_first(gap.mean))
        apart = now.apart(self.bound)
        return apart if apart is not None or before is None else now.stood_still(before, STILL * self.bound)

    def diverged(self) -> str | None:
        """The words for what is not finite in the trainer itself, at the last comparison; no hand-over is to blame."""
        ours = self._before.ours if self._before is not None else ()
        bad = [i for i, value in enumerate(ours) if not math.isfinite(value)]
        return f"the trainer's own log-probability of probe token {bad[0]} is {ours[bad[0]]}" if bad else None


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The scores of both sides after one hand-over."""

    sent: Digest | None  # of the trainer's weights, where it can say
    ours: tuple[float, ...]  # [T] the trainer's scores
    theirs: dict[str, tuple[float, ...]]  # [T] of each part of the sampler

    def _gaps(self, part: str) -> list[float]:
        return [abs(a - b) for a, b in zip(self.ours, self.theirs[part], strict=True)]

    def gap(self, part: str) -> ProbeGap:
        gaps = self._gaps(part)
        return ProbeGap(fmean(gaps), max(gaps, key=_nan_first))

    def apart(self, bound: float) -> str | None:
        """The line for a part whose scores are further from the trainer's than `bound` nats on average. A difference
        counts CAP times that at most, so that no one or two tokens decide, and less beyond COARSE, as rounding is more.
        """
        for part, scores in self.theirs.items():
            gaps = self._gaps(part)
            allowed = [bound * max(1.0, abs(score) / COARSE) for score in self.ours]
            judged = fmean(min(gap / limit, CAP) for gap, limit in zip(gaps, allowed))
            if judged > 1 or not all(map(math.isfinite, gaps)):
                far = max(range(len(gaps)), key=lambda i: _nan_first(gaps[i]))
                return (
                    f"weights have not arrived in the sampler: the {len(gaps)} probe tokens have log-probabilities "
                    f"that are {fmean(gaps):.4g} nats from the trainer's on average in {part}, rollout.probe_bound is "
                    f"{bound:g}; token {far} has {self.ours[far]:.6g} in the trainer and {scores[far]:.6g} there"
                )
        return None

    def stood_still(self, before: "_Comparison", move: float) -> str | None:
        """The line for a part whose scores are those of `before` although the trainer's moved by over `move` nats on
        average. Where the trainer's weights are the old ones (a learning rate of 0) only rounding moved: None."""
        moves = [abs(a - b) for a, b in zip(self.ours, before.ours)]
        if fmean(moves) <= move or (self.sent is not None and self.sent == before.sent):
            return None
        most = moves.index(max(moves))
        for part, scores in self.theirs.items():
            if scores == before.theirs.get(part):
                return (
                    f"weights have not arrived in the sampler: in {part} the log-probability of probe token {most} is "
                    f"still {scores[most]:.8g}, the trainer's has gone from {before.ours[most]:.8g} to "
                    f"{self.ours[most]:.8g}"
                )
        return None


def _nan_first(value: float) -> float:
    return math.inf if math.isnan(value) else value


def _digests(trainer: object, sampler: object) -> tuple[Digest | None, str | None]:
    """The trainer's checksum, and which part of the sampler has another; None where a side cannot say."""
    ask_one, ask_all = getattr(trainer, "digest", None), getattr(sampler, "digests", None)
    sent: Digest | None = ask_one() if ask_one is not None and ask_all is not None else None
    if sent is None or ask_all is None:
        return None, None
    for part, held in ask_all().items():
        if held != sent:
            return sent, f"weights have not arrived in the sampler: {part} has {held}, the trainer {sent}"
    return sent, None


def weight_probe(
    problem: Problem, prompt_ids: Sequence[int], tokenizer: PreTrainedTokenizerBase, stop_id: int, bound: float
) -> WeightProbe:
    """The end of a problem's prompt, answered as training wants it: what an update moves most."""
    text = f"The answer is \\boxed{{{problem.answer}}}."
    response = tuple(tokenizer.encode(text, add_special_tokens=False))[:PROMPT_TOKENS]
    return WeightProbe(tuple(prompt_ids)[-PROMPT_TOKENS:], (*response, stop_id), bound)
