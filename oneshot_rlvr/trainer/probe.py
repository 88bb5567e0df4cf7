"""Did the weights arrive? Checksums, and a short fixed response scored on both sides, after every hand-over."""

import math
from dataclasses import dataclass
from typing import Protocol, Sequence

from transformers import PreTrainedTokenizerBase

from oneshot_rlvr.types import Problem

PROMPT_TOKENS = 64  # the end of a real prompt, so that the pass costs nothing beside a step
BOUNDS = {"float32": 1e-3, "bfloat16": 0.5}  # nats; measured between engines: 2e-5 and 0.15
COARSE = 10.0  # nats from which the bound grows with the log-probability, as rounding does
STILL = 0.02  # of the bound: a move of the trainer's scores that a sampler with new weights cannot miss altogether


class Scorer(Protocol):
    """A policy or a sampler: log-probabilities [T] of a response at temperature 1, nats.

    A policy may also have `digest()`, a sampler `digests()` (workers/digest.py).
    """

    def score(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> tuple[float, ...]: ...


class Holder(Scorer, Protocol):
    """A sampler: it also knows the step whose weights it was given last."""

    @property
    def version(self) -> int: ...


@dataclass(slots=True)
class WeightProbe:
    """Compares the two sides. Three faults are told: a tensor that did not arrive bit for bit, scores apart, and scores
    that stood still while the trainer's moved.

    The first says that the right weights came, the second that they are computed with. The third is exact (the
    sampler's numbers are the old ones, bit for bit) and so catches a missed step that is too small for the bound.
    """

    prompt_ids: tuple[int, ...]
    response_ids: tuple[int, ...]
    bound: float  # nats
    gap: float = 0.0  # largest difference at the last comparison
    _before: tuple[tuple[float, ...], tuple[float, ...]] | None = None

    def problem(self, step: int, trainer: Scorer, sampler: Holder) -> str | None:
        """How the sampler's weights differ from the trainer's, with the numbers of both; None: they do not."""
        if sampler.version != step:
            return f"the sampler holds the weights of step {sampler.version}, the trainer those of step {step}"
        if (other := _other_digest(trainer, sampler)) is not None:
            return other
        ours = trainer.score(self.prompt_ids, self.response_ids)
        theirs = sampler.score(self.prompt_ids, self.response_ids)
        gaps = [abs(a - b) for a, b in zip(ours, theirs, strict=True)]
        before, self._before = self._before, (ours, theirs)
        bounds = [self.bound * max(1.0, abs(score) / COARSE) for score in ours]
        apart = [i for i, (gap, bound) in enumerate(zip(gaps, bounds)) if not gap <= bound]  # also where one is nan
        self.gap = gaps[apart[0]] if apart else max(gaps)
        if apart:
            far = apart[0]
            return (
                f"weights have not arrived in the sampler: probe token {far} has log-probability {ours[far]:.6g} "
                f"in the trainer and {theirs[far]:.6g} in the sampler; rollout.probe_bound is {self.bound:g}"
            )
        if before is not None and theirs == before[1]:
            moves = [abs(a - b) for a, b in zip(ours, before[0])]
            if max(moves) > STILL * self.bound:
                most = moves.index(max(moves))
                return (
                    f"weights have not arrived in the sampler: its log-probability of probe token {most} is still "
                    f"{theirs[most]:.8g}, the trainer's has gone from {before[0][most]:.8g} to {ours[most]:.8g}"
                )
        return None

    def diverged(self) -> str | None:
        """What is not finite in the trainer itself, at the last comparison: then no hand-over is to blame."""
        ours = self._before[0] if self._before is not None else ()
        bad = [i for i, value in enumerate(ours) if not math.isfinite(value)]
        return f"the trainer's own log-probability of probe token {bad[0]} is {ours[bad[0]]}" if bad else None


def _other_digest(trainer: Scorer, sampler: Holder) -> str | None:
    """Which part of the sampler has other weights than the trainer; None also where one side cannot say."""
    ask_one, ask_all = getattr(trainer, "digest", None), getattr(sampler, "digests", None)
    sent = ask_one() if ask_one is not None and ask_all is not None else None
    if sent is None or ask_all is None:
        return None
    for part, held in ask_all().items():
        if held != sent:
            return f"weights have not arrived in the sampler: {part} has {held}, the trainer {sent}"
    return None


def weight_probe(
    problem: Problem, prompt_ids: Sequence[int], tokenizer: PreTrainedTokenizerBase, stop_id: int, bound: float
) -> WeightProbe:
    """The end of a problem's prompt, answered as training wants it: what an update moves most."""
    text = f"The answer is \\boxed{{{problem.answer}}}."
    response = tuple(tokenizer.encode(text, add_special_tokens=False))[:PROMPT_TOKENS]
    return WeightProbe(tuple(prompt_ids)[-PROMPT_TOKENS:], (*response, stop_id), bound)
