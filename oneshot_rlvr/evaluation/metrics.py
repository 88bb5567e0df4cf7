"""The numbers of one benchmark, made from its graded samples."""

from collections import defaultdict
from statistics import fmean
from typing import Callable, Iterable, Sequence

from oneshot_rlvr.evaluation import scores, text_stats
from oneshot_rlvr.evaluation.grading import lenient_name
from oneshot_rlvr.evaluation.records import EvalPlan, EvalResult
from oneshot_rlvr.grading.boxes import extract_boxed
from oneshot_rlvr.grading.graders import OWN_GRADERS
from oneshot_rlvr.types import Rollout


def is_right(sample: Rollout, grader: str) -> bool:
    """Looks up the verdict; one that the grader could not give (timeout, error) is not right and counts as ungraded."""
    return sample.grades[grader].correct is True


def lenient_right(sample: Rollout, headline: str) -> bool:
    """Looks up the headline verdict, or for a response without a box the verdict on its loose answer."""
    name = lenient_name(headline)
    return is_right(sample, headline) or (name in sample.grades and is_right(sample, name))


def summarize(plan: EvalPlan, samples: Sequence[Rollout]) -> EvalResult:
    """Computes all numbers of one benchmark. `samples` must be graded by every grader of the plan and not be empty."""
    headline = plan.graders[0]
    boxed = [] if headline in OWN_GRADERS else [extract_boxed(s.text) is not None for s in samples]
    right = [is_right(s, headline) for s in samples]
    counts = per_problem(samples, right)
    correct_P = [c for c, _ in counts.values()]
    samples_P = [n for _, n in counts.values()]
    reflections = [text_stats.reflection_counts(s.text) for s in samples]
    loosely = [lenient_right(s, headline) for s in samples]
    return EvalResult(
        name=plan.name,
        template=plan.template,
        temperature=plan.sampling.temperature,
        max_new_tokens=plan.sampling.max_new_tokens,
        num_problems=len(counts),
        samples=min(samples_P),
        grader=headline,
        accuracy=scores.average_at_k(correct_P, samples_P),
        interval=scores.accuracy_interval(correct_P, samples_P),
        pass_at_k={k: scores.mean_pass_at_k(correct_P, samples_P, k) for k in scores.pass_ks(min(samples_P))},
        graders={g: scores.average_at_k(*zip(*per_problem(samples, [is_right(s, g) for s in samples]).values()))
                 for g in plan.graders},
        disagreements={g: sum(_contradict(s, headline, g) for s in samples) for g in plan.graders[1:]},
        ungraded={g: sum(s.grades[g].correct is None for s in samples) for g in plan.graders},
        boxed_share=fmean(boxed) if boxed else None,
        parsed_share=fmean(bool(s.grades[headline].extracted) for s in samples),  # qwen finds "" where others find None
        truncated_share=fmean(s.finish_reason == "length" for s in samples),
        repetition_share=fmean(text_stats.repeated_ending(s.text) > 0 for s in samples),
        foreign_script_share=fmean(text_stats.is_foreign(s.text, s.task.prompt) for s in samples),
        code_stop_share=fmean(text_stats.stops_at_code(s.text) for s in samples),
        accuracy_given_boxed=fmean(r for r, b in zip(right, boxed) if b) if any(boxed) else None,
        accuracy_strict=fmean(r and b for r, b in zip(right, boxed)) if boxed else None,
        accuracy_lenient=fmean(loosely),
        reflection_share=fmean(any(r.values()) for r in reflections),
        reflection_words={word: fmean(r[word] for r in reflections) for word in text_stats.REFLECTION},
        length_mean=fmean(len(s.token_ids) for s in samples),
        length_max=max(len(s.token_ids) for s in samples),
        categories=_split(samples, right, lambda s: s.task.problem.category),
        levels=_split(samples, right, lambda s: s.task.problem.level),
        per_problem=counts,
        precision=plan.precision,
    )


def disagreements(plan: EvalPlan, samples: Iterable[Rollout]) -> list[dict[str, object]]:
    """Writes one line per sample and grader that contradicts the headline grader: what each found and said."""
    headline = plan.graders[0]
    return [
        {
            "id": s.task.problem.id, "sample": s.index, "answer": s.task.problem.answer,
            headline: {"correct": s.grades[headline].correct, "extracted": s.grades[headline].extracted},
            grader: {"correct": s.grades[grader].correct, "extracted": s.grades[grader].extracted},
        }
        for s in samples for grader in plan.graders[1:] if _contradict(s, headline, grader)
    ]  # fmt: skip


def _contradict(sample: Rollout, a: str, b: str) -> bool:
    """Test for one grader saying right and the other wrong; a timeout contradicts nothing."""
    verdicts = {sample.grades[a].correct, sample.grades[b].correct}
    return verdicts == {True, False}


def per_problem(samples: Sequence[Rollout], right: Sequence[bool]) -> dict[str, tuple[int, int]]:
    """Counts (right, samples) by problem id, in order of first appearance."""
    counts: dict[str, tuple[int, int]] = {}
    for sample, is_correct in zip(samples, right):
        correct, total = counts.setdefault(sample.task.problem.id, (0, 0))
        counts[sample.task.problem.id] = (correct + is_correct, total + 1)
    return counts


def _split(samples: Sequence[Rollout], right: Sequence[bool], key: Callable[[Rollout], str]) -> dict[str, float]:
    """Measures accuracy by category or level; empty where no problem has one."""
    parts: dict[str, list[bool]] = defaultdict(list)
    for sample, is_correct in zip(samples, right):
        parts[key(sample)].append(is_correct)
    return {name or "(none)": fmean(parts[name]) for name in sorted(parts)} if set(parts) != {""} else {}
