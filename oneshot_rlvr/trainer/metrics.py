"""Records of a step: metrics, ledger lines, kept rollouts. Pure functions of its rollouts and statistics."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from statistics import fmean
from threading import get_ident
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from oneshot_rlvr.grading.boxes import extract_boxed
from oneshot_rlvr.grading.graders import OWN_GRADERS, own_grader
from oneshot_rlvr.learner.estimate import Batch
from oneshot_rlvr.learner.update import StepStats
from oneshot_rlvr.models.load import decode
from oneshot_rlvr.models.memory import peak_memory_gb
from oneshot_rlvr.rollout.lines import KEPT, flat_line
from oneshot_rlvr.rollout.rewards import vote_of
from oneshot_rlvr.rollout.sources import Aside
from oneshot_rlvr.types import Grade, Rollout, by_group
from oneshot_rlvr.weights.probe import NO_GAP, ProbeGap


class PhaseClock:
    """Wall-clock seconds per phase of one step. Phases of another thread than the loop's overlap with the step's own
    and are counted apart, in `hidden`."""

    def __init__(self) -> None:
        self.restart(lambda phase: None)

    def restart(self, entered: Callable[[str], None]) -> None:
        """A step begins in the thread that calls; `entered(phase)` is called as each of its phases begins."""
        self._entered, self._thread, self._start = entered, get_ident(), time.perf_counter()
        self.seconds: dict[str, float] = {}
        self.hidden: dict[str, float] = {}

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        own = get_ident() == self._thread
        if own:
            self._entered(phase)
        start = time.perf_counter()
        yield
        seconds = self.seconds if own else self.hidden
        seconds[phase] = seconds.get(phase, 0.0) + time.perf_counter() - start

    def total(self) -> float:
        return time.perf_counter() - self._start


def step_metrics(
    step: int, batch: Batch, stats: StepStats, aside: Aside, clock: PhaseClock, probe: ProbeGap = NO_GAP
) -> dict[str, float]:
    """The metrics of one step; names and meanings stand in docs/metrics.md."""
    rollouts = batch.rollouts
    groups = [[rollouts[i] for i in members] for members in by_group(rollouts).values()]
    rewards = [r.reward for r in rollouts if r.reward is not None]
    verdicts = [r.grade.correct for r in rollouts if r.grade is not None and r.grade.correct is not None]
    boxed = [extract_boxed(r.text) is not None for r in rollouts if _may_box(r)]
    lengths = [len(r.token_ids) for r in rollouts]
    prompt_tokens = sum(len(r.task.prompt_ids) for r in rollouts)
    dropped = sum(len(r.token_ids) for r in aside.dropped)
    seconds = clock.total()
    sampled = any(r.version >= 0 for r in rollouts)
    return {
        **({"reward/mean": fmean(rewards)} if rewards else {}),
        **({"train/accuracy": fmean(verdicts)} if sampled and verdicts else {}),
        "group/constant_share": fmean(all(r.advantage == 0 for r in group) for group in groups),
        **({"group/solved_share": fmean(all(_correct(r) for r in group) for group in groups),
            "group/unsolved_share": fmean(not any(_correct(r) for r in group) for group in groups)} if sampled else {}),
        "response/length_mean": fmean(lengths),
        "response/length_max": max(lengths),
        "response/truncated_share": fmean(r.finish_reason == "length" for r in rollouts),
        **({"response/boxed_share": fmean(boxed)} if boxed else {}),
        "tokens/prompt": prompt_tokens,
        "tokens/response": sum(lengths),
        **({"tokens/sampled": sum(lengths) + dropped} if sampled else {}),
        **_votes([*rollouts, *aside.dropped]),
        **_dropped(groups, aside),
        **aside.values,
        **stats.values,
        **({"policy/staleness": fmean(step - 1 - r.version for r in rollouts)} if stats.stale else {}),
        **(stats.mismatch.metrics() if stats.mismatch is not None else {}),
        "mismatch/probe": probe.largest,
        "mismatch/probe_mean": probe.mean,
        "grader/timeouts": aside.counts["timeout"],
        "grader/errors": aside.counts["error"],
        "grader/disagreements": aside.counts["disagreement"],
        **_noise(rollouts),
        **{f"time/{phase}": value for phase, value in clock.seconds.items()},
        **{f"time/hidden_{phase}": value for phase, value in clock.hidden.items()},
        "time/tail": aside.tail_seconds,
        "time/step": seconds,
        "speed/grader_cache_hits": aside.counts["cache_hit"],  # among the timings: a resumed run has an empty cache
        "speed/tokens_per_second": (prompt_tokens + sum(lengths)) / seconds,
        "memory/peak_gb": peak_memory_gb(),
    }


def _may_box(rollout: Rollout) -> bool:
    """Tells whether a box is looked for: neither by graders of programs nor by self-play's verdicts."""
    problem = rollout.task.problem
    return problem.source != "selfplay" and own_grader(problem.answer) not in OWN_GRADERS


def _correct(rollout: Rollout) -> bool:
    return rollout.grade is not None and bool(rollout.grade.correct)


def _noise(rollouts: Sequence[Rollout]) -> dict[str, float]:
    """Verdicts of a noisy grader that were not the true ones, none where it has no noise."""
    if all(r.given is None for r in rollouts):
        return {}
    return {
        "grader/false_positives": sum(r.given is True and not _correct(r) for r in rollouts),
        "grader/false_negatives": sum(r.given is False and _correct(r) for r in rollouts),
    }


def _votes(rollouts: Sequence[Rollout]) -> dict[str, float]:
    """Measures the votes of the groups whose rollouts all answer one problem; nothing without such a group."""
    groups = [[rollouts[i] for i in members] for members in by_group(rollouts).values()]
    alike = [group for group in groups if len({r.task.problem.id for r in group}) == 1]
    votes = [vote_of(group) for group in alike if all(r.version >= 0 and r.grade for r in group)]
    if not votes:
        return {}
    return {
        "vote/label_accuracy": fmean(vote.right for vote in votes),
        "vote/margin": fmean(vote.margin for vote in votes),
    }


def _dropped(groups: Sequence[Sequence[Rollout]], aside: Aside) -> dict[str, float]:
    """Figures of dynamic sampling, none where a step is one draw of the set."""
    if not aside.counts["draws"]:
        return {}
    dropped = by_group(aside.dropped)
    return {
        "sampling/draws": aside.counts["draws"],
        "sampling/dropped_groups": len(dropped),
        "sampling/dropped_share": len(dropped) / (len(dropped) + len(groups)),
        "sampling/dropped_tokens": sum(len(r.token_ids) for r in aside.dropped),
    }


def ledger_rows(step: int, batch: Batch, stats: StepStats, aside: Aside) -> Iterator[dict[str, Any]]:
    """One line per group: who it was, how it went, whether it had a signal; dropped groups after those trained on."""
    known = [*zip(batch.rollouts, stats.entropies_B), *((rollout, None) for rollout in aside.dropped)]
    trained = len(by_group(batch.rollouts))
    for group, (key, members) in enumerate(by_group(rollout for rollout, _ in known).items()):
        rollouts = [known[i][0] for i in members]
        entropies = [entropy for i in members if (entropy := known[i][1]) is not None]
        advantages = [r.advantage for r in rollouts if r.advantage is not None]
        if all(rollout.version < 0 for rollout in rollouts):  # given responses: nobody was asked
            continue
        yield {
            "step": step,
            "group": group,
            "key": key,
            "example": rollouts[0].task.problem.id,
            "copy": rollouts[0].task.copy,
            "n": len(rollouts),
            "correct": sum(_correct(r) for r in rollouts),
            "ungraded": sum(r.grade is None or r.grade.correct is None for r in rollouts),
            "reward_sum": sum(r.reward for r in rollouts if r.reward is not None),
            "distinct_answers": len({r.grade.extracted for r in rollouts if r.grade is not None}),
            "length_mean": fmean(len(r.token_ids) for r in rollouts),
            "truncated": sum(r.finish_reason == "length" for r in rollouts),
            "entropy": torch.cat(entropies).mean().item() if entropies else None,
            "zero_advantage": bool(advantages) and not any(advantages),
            **({"given": sum(r.given is True for r in rollouts)} if any(r.given is not None for r in rollouts) else {}),
            **({"expected": aside.expected[name]} if (name := rollouts[0].task.problem.id) in aside.expected else {}),
            **({"dropped": True} if group >= trained else {}),
        }


def rollout_rows(
    step: int, batch: Batch, stats: StepStats, keep: str, tokenizer: PreTrainedTokenizerBase
) -> Iterator[dict[str, Any]]:
    """The rollouts to keep, with the advantages that were trained on: all, or the best and the worst of the step."""
    if keep == "none":
        return
    numbers = {key: n for n, key in enumerate(by_group(batch.rollouts))}
    chosen = list(range(len(batch.rollouts)))
    if keep == "best_worst":
        chosen.sort(key=lambda i: (batch.rollouts[i].advantage or 0.0, batch.rollouts[i].reward or 0.0))
        chosen = [chosen[-1], chosen[0]]
    texts = _TokenTexts(tokenizer)
    for i in chosen:
        rollout, advantages = batch.rollouts[i], batch.sequences[i].advantages
        yield {"step": step, "group": numbers[rollout.group]} | _row(
            rollout, stats.entropies_B[i], advantages if batch.per_token else None, texts
        )


class _TokenTexts(dict[int, str]):
    """Text of each token id, decoded once: a step holds millions of tokens and a few thousand different ones."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        super().__init__()
        self.tokenizer = tokenizer

    def __missing__(self, token: int) -> str:
        self[token] = text = decode(self.tokenizer, [token])
        return text


def _row(
    rollout: Rollout, entropies: Tensor | None, advantages: Tensor | None, texts: _TokenTexts
) -> dict[str, Any]:
    """A kept rollout for readers: with text for each token, log-probabilities and entropies to six digits."""
    rollout = replace(
        rollout,
        task=replace(rollout.task, prompt=decode(texts.tokenizer, rollout.task.prompt_ids)),
        logprobs=tuple(round(x, 6) for x in rollout.logprobs),
        grade=rollout.grade or Grade(None, None, ""),
    )
    return flat_line(rollout, KEPT if rollout.given is None else (*KEPT, "given")) | {
        "tokens": [texts[token] for token in rollout.token_ids],
        "entropies": None if entropies is None else [round(x, 6) for x in entropies.tolist()],
        "advantages": None if advantages is None else advantages.tolist(),
    }
