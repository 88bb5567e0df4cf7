"""What a step leaves behind: metrics, ledger lines, rollouts. Pure functions of the step's record."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from statistics import fmean
from typing import Any, Iterator

import torch
from transformers import PreTrainedTokenizerBase

from oneshot_rlvr.grading.boxes import extract_boxed
from oneshot_rlvr.learner.update import StepRecord
from oneshot_rlvr.models.load import decode
from oneshot_rlvr.models.memory import peak_memory_gb
from oneshot_rlvr.types import Group
from oneshot_rlvr.weights.probe import NO_GAP, ProbeGap


class PhaseClock:
    """Wall-clock seconds per phase of one step. `entered(phase)` is called as each begins."""

    def __init__(self, entered: Callable[[str], None] | None = None) -> None:
        self._entered = entered
        self.seconds: dict[str, float] = {}
        self._start = time.perf_counter()

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        if self._entered is not None:
            self._entered(phase)
        start = time.perf_counter()
        yield
        self.seconds[phase] = self.seconds.get(phase, 0.0) + time.perf_counter() - start

    def total(self) -> float:
        return time.perf_counter() - self._start


def step_metrics(
    record: StepRecord, grading: Counter[str], clock: PhaseClock, probe: ProbeGap = NO_GAP
) -> dict[str, float]:
    """The metrics of one step; names and meanings stand in docs/metrics.md. `grading` holds this step's counts."""
    rollouts = [r for group in record.groups_P for r in group.rollouts]
    rewards = [r for group in record.rewards_P_G for r in group if r is not None]
    verdicts = [g.correct for group in record.grades_P_G for g in group if g.correct is not None]
    constant = [all(a == 0 for a in group) for group in record.estimate.advantages_P_G]
    solved = [all(g.correct for g in group) for group in record.grades_P_G]
    unsolved = [not any(g.correct for g in group) for group in record.grades_P_G]
    lengths = [len(r.token_ids) for r in rollouts]
    prompt_tokens = sum(len(g.prompt_ids) * len(g.rollouts) for g in record.groups_P)
    stats, seconds = record.stats, clock.total()
    critic = {
        "critic/value_loss": stats.value_loss,
        "critic/clip_share": stats.value_clip_share,
        "critic/grad_norm": stats.critic_grad_norm,
    }
    policy = {
        "policy/loss": stats.loss,
        "policy/pg_loss": stats.policy_loss,
        "policy/entropy": stats.entropy,
        "policy/clip_share": stats.clip_share,
        "policy/grad_norm": stats.grad_norm,
    }
    kl = {"policy/kl": stats.kl} if not stats.policy_waited or record.estimate.kl_in_reward is not None else {}
    return {
        "reward/mean": fmean(rewards) if rewards else 0.0,
        "train/accuracy": fmean(verdicts) if verdicts else 0.0,
        "group/constant_share": fmean(constant),
        "group/solved_share": fmean(solved),
        "group/unsolved_share": fmean(unsolved),
        "response/length_mean": fmean(lengths),
        "response/length_max": max(lengths),
        "response/truncated_share": fmean(r.finish_reason == "length" for r in rollouts),
        "response/boxed_share": fmean(extract_boxed(r.text) is not None for r in rollouts),
        "tokens/prompt": prompt_tokens,
        "tokens/response": sum(lengths),
        **({} if stats.policy_waited else policy),
        **kl,
        **{f"policy/grad_norm_{term}": norm for term, norm in stats.term_norms.items()},
        "policy/lr": stats.lr,
        "policy/skipped_rollouts": stats.skipped_sequences,
        **(critic if stats.critic_grad_norm else {}),
        **(stats.mismatch.metrics() if stats.mismatch is not None else {}),
        "mismatch/probe": probe.largest,
        "mismatch/probe_mean": probe.mean,
        "grader/timeouts": grading["timeout"],
        "grader/errors": grading["error"],
        "grader/disagreements": grading["disagreement"],
        **{f"time/{phase}": value for phase, value in clock.seconds.items()},
        "time/step": seconds,
        "speed/grader_cache_hits": grading["cache_hit"],  # among the timings: a resumed run starts with an empty cache
        "speed/tokens_per_second": (prompt_tokens + sum(lengths)) / seconds,
        "memory/peak_gb": peak_memory_gb(),
    }


def ledger_rows(record: StepRecord) -> Iterator[dict[str, Any]]:
    """One line per group: who it was, how it went, whether it had a signal."""
    parts = zip(record.groups_P, record.grades_P_G, record.rewards_P_G, record.estimate.advantages_P_G,
                record.stats.entropies_P_G)  # fmt: skip
    for group, grades, rewards, advantages, entropies in parts:
        known = [e for e in entropies if e is not None]
        yield {
            "step": record.step,
            "group": group.id,
            "example": group.problem.id,
            "copy": group.copy,
            "n": len(group.rollouts),
            "correct": sum(bool(g.correct) for g in grades),
            "ungraded": sum(g.correct is None for g in grades),
            "reward_sum": sum(r for r in rewards if r is not None),
            "distinct_answers": len({g.extracted for g in grades}),
            "length_mean": fmean(len(r.token_ids) for r in group.rollouts),
            "truncated": sum(r.finish_reason == "length" for r in group.rollouts),
            "entropy": torch.cat(known).mean().item() if known else None,
            "zero_advantage": all(a == 0 for a in advantages),
        }


def rollout_rows(record: StepRecord, keep: str, tokenizer: PreTrainedTokenizerBase) -> Iterator[dict[str, Any]]:
    """The rollouts to keep, with the advantages that were trained on: all, or the best and the worst of the step."""
    places = [(p, g) for p, group in enumerate(record.groups_P) for g in range(len(group.rollouts))]
    if keep == "none":
        return
    if keep == "best_worst":
        places.sort(key=lambda place: (record.estimate.advantages_P_G[place[0]][place[1]], _reward(record, *place)))
        places = [places[-1], places[0]]
    texts = _TokenTexts(tokenizer)
    for p, g in places:
        yield _rollout_row(record, record.groups_P[p], p, g, texts)


class _TokenTexts(dict[int, str]):
    """Text of each token id, decoded once: a step holds millions of tokens and a few thousand different ones."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        super().__init__()
        self.tokenizer = tokenizer

    def __missing__(self, token: int) -> str:
        self[token] = text = decode(self.tokenizer, [token])
        return text


def _reward(record: StepRecord, p: int, g: int) -> float:
    reward = record.rewards_P_G[p][g]
    return 0.0 if reward is None else reward


def _rollout_row(record: StepRecord, group: Group, p: int, g: int, texts: _TokenTexts) -> dict[str, Any]:
    rollout, grade = group.rollouts[g], record.grades_P_G[p][g]
    entropies = record.stats.entropies_P_G[p][g]
    tokens = record.estimate.sequences_P_G[p][g].advantages
    return {
        "step": record.step,
        "group": group.id,
        "copy": group.copy,
        "index": g,
        "example": group.problem.id,
        "answer": group.problem.answer,
        "prompt": decode(texts.tokenizer, group.prompt_ids),
        "response": rollout.text,
        "token_ids": list(rollout.token_ids),
        "tokens": [texts[token] for token in rollout.token_ids],
        "logprobs": [round(x, 6) for x in rollout.logprobs],
        "entropies": None if entropies is None else [round(x, 6) for x in entropies.tolist()],
        "reward": record.rewards_P_G[p][g],
        "correct": grade.correct,
        "extracted": grade.extracted,
        "reason": grade.reason,
        "advantage": record.estimate.advantages_P_G[p][g],
        "advantages": tokens.tolist() if record.estimate.per_token else None,
        "finish_reason": rollout.finish_reason,
    }
