"""Choice of training examples: an accuracy history (or a probe's samples) in, scores and an order of ids out.

Every method gives a score per example, higher first; equal scores keep the order of the history.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from oneshot_rlvr.data.datasets import balanced
from oneshot_rlvr.data.history import History
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.plugin import load_function, their_code
from oneshot_rlvr.types import Problem

LIM_MAX_VISITS = 1000
BOOTSTRAP_DRAWS = 1000
TIE_DIGITS = 12  # equal histories in another order differ by about 1e-17 in a floating-point std

Visits = Sequence[Sequence[float]]  # per example, the accuracies of its visits
Interval = tuple[float, float] | None
# Scores each draw, given drawn accuracies [draws, visits] and the common accuracies of the same visits.
DrawScore = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class RankedExample:
    """One line of the ranking.

    Example: `RankedExample(rank=1, id="124", score=0.406756, interval=(0.37, 0.43), mean=0.441, visits=52, tied=1,
    flags=())`: pi_1.
    """

    rank: int  # 1: the best
    id: str
    score: float
    interval: Interval  # 95 %, bootstrap over visits; None where the method has none
    mean: float  # accuracy over all visits
    visits: int
    tied: int  # examples with this score, itself included
    flags: tuple[str, ...]
    answers: int | None = None  # distinct answers among a probe's samples


@dataclass(frozen=True, slots=True)
class Stability:
    """Agreement of two rankings made from the halves of every history."""

    correlation: float  # Spearman, ties by mean rank
    top: int  # number of the best that are compared
    shared: int  # number of those that are among the best in both halves


def std_scores(visits: Visits) -> np.ndarray:
    """Population standard deviation of each history (the paper's score) [examples]."""
    return np.array([np.std(values) for values in visits])


def variance_scores(visits: Visits) -> np.ndarray:
    """Population variance of each history [examples]."""
    return np.array([np.var(values) for values in visits])


def pass_rate_scores(visits: Visits) -> np.ndarray:
    """Closeness of the mean accuracy to one half: 1 at 0.5, 0 at 0 and 1 [examples]."""
    return _pass_rate(np.array([np.mean(values) for values in visits]))


def _pass_rate(means: np.ndarray) -> np.ndarray:
    return 1 - 2 * np.abs(means - 0.5)


def mean_scores(visits: Visits) -> np.ndarray:
    """Mean accuracy of each history [examples]: of trials, what their example taught."""
    return np.array([np.mean(values) for values in visits])


def lim_scores(visits: Visits) -> np.ndarray:
    """LIMR's score [examples]: 1 - sum_e (v_e - a_e)^2 / sum_e (1 - a_e)^2 over the visits e that all examples have
    (at most 1000), a_e being the mean over examples: how closely an example follows the common curve.
    """
    table = _common_visits(visits)
    common = table.mean(axis=0)
    return _lim(table, np.broadcast_to(common, table.shape))


def _common_visits(visits: Visits) -> np.ndarray:
    shared = min(LIM_MAX_VISITS, min(len(values) for values in visits))
    return np.array([values[:shared] for values in visits])


def _lim(values: np.ndarray, common: np.ndarray) -> np.ndarray:
    room = ((1 - common) ** 2).sum(axis=1)
    distance = ((values - common) ** 2).sum(axis=1)
    # room 0: every example is always solved, nothing to follow
    return np.where(room > 0, 1 - distance / np.where(room > 0, room, 1.0), 0.0)


def diversity_scores(answers: Sequence[Sequence[str | None]]) -> np.ndarray:
    """Entropy, in nats, of the answers given to each problem [examples]; samples without an answer are left out.

    0: one answer only, or none; log n: n samples, n answers.
    """
    return np.array([_entropy([answer for answer in given if answer is not None]) for given in answers])


def _entropy(given: Sequence[str]) -> float:
    shares = np.array(list(Counter(given).values())) / max(1, len(given))
    return float(-(shares * np.log(shares)).sum()) + 0.0  # never -0.0


def reachable_diversity_scores(visits: Visits, answers: Sequence[Sequence[str | None]]) -> np.ndarray:
    """Diversity of the answers where some samples are right and some wrong; -1 where a group would have no signal
    [examples].
    """
    means = mean_scores(visits)
    return np.where((means > 0) & (means < 1), diversity_scores(answers), -1.0)


def random_scores(visits: Visits, seed: int) -> np.ndarray:
    """A uniform draw per example [examples], fixed by the seed."""
    raw = np.random.PCG64([seed & 0xFFFFFFFFFFFFFFFF, 0x52414E444F4D]).random_raw(len(visits))
    return (raw >> np.uint64(11)) * 2.0**-53


SCORES: dict[str, Callable[[Visits], np.ndarray]] = {
    "std": std_scores,
    "variance": variance_scores,
    "lim": lim_scores,
    "mean_pass_rate": pass_rate_scores,
    "mean": mean_scores,
}
DRAW_SCORES: dict[str, DrawScore] = {
    "std": lambda values, _: values.std(axis=1),
    "variance": lambda values, _: values.var(axis=1),
    "lim": _lim,
    "mean_pass_rate": lambda values, _: _pass_rate(values.mean(axis=1)),
    "mean": lambda values, _: values.mean(axis=1),
}
OF_PROBE = ("diversity", "reachable_diversity")  # methods that read answers
METHODS = (*SCORES, "random", *OF_PROBE)
PLUGIN_FORM = "a function that takes {id: [accuracy, ...]} and returns a finite score per id is needed"


def score(history: History, method: str = "std", seed: int = 0) -> np.ndarray:
    """Scores [examples] in the history's order; `method` is one of METHODS or `package.module:function`.

    Such a function gets `{id: [accuracy, ...]}` and returns a score per id: a mapping, or a sequence in that order.
    Raises UserError for an unknown method, one that this history cannot serve, a function of another form, or scores
    that are missing or not finite. RunError for what such a function raises.
    """
    check_method(method, of_probe=history.answers is not None)
    if ":" in method:
        return _plugin_scores(history, method)
    if method == "random":
        return random_scores(history.accuracies, seed)
    if method == "diversity" and history.answers is not None:
        return diversity_scores(history.answers)
    if method == "reachable_diversity" and history.answers is not None:
        return reachable_diversity_scores(history.accuracies, history.answers)
    return SCORES[method](history.accuracies)


def check_method(method: str, of_probe: bool) -> None:
    """UserError for a method that is not known, cannot be imported, or cannot read a history or a probe."""
    if ":" in method:
        _plugin(method)
    elif method not in METHODS:
        raise UserError(f"--method {method}: not known; {nearest(method, METHODS)} (or package.module:function)")
    elif method in OF_PROBE and not of_probe:
        raise UserError(f"--method {method}: an accuracy history knows no answers; it needs --probe MODEL")
    elif method == "lim" and of_probe:
        raise UserError("--method lim: reads the order of visits, which a probe's samples do not have")


def _plugin_scores(history: History, method: str) -> np.ndarray:
    result = _call(_plugin(method), history, method)
    if isinstance(result, Mapping):
        missing = [name for name in history.ids if name not in result]
        if missing:
            raise UserError(f"--method {method}: gave no score for id {missing[0]}")
        result = [result[name] for name in history.ids]
    try:
        scores = np.asarray(result, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        said = str(error)[:80]  # it may repeat the whole value
        raise UserError(f"--method {method}: the scores are not numbers: {said}; {PLUGIN_FORM}") from error
    if scores.shape != (len(history.ids),) or not np.isfinite(scores).all():
        given = f"{len(history.ids)} finite scores are needed, one per id"
        raise UserError(f"--method {method}: {given}; {PLUGIN_FORM}")
    return scores


def _call(function: Callable[[dict[str, list[float]]], Any], history: History, method: str) -> Any:
    with their_code(f"--method {method}"):
        try:
            return function({name: list(values) for name, values in zip(history.ids, history.accuracies)})
        except TypeError as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                raise  # from inside the function
            # Compiled functions say only when called what they take.
            raise UserError(f"--method {method}: {error}; {PLUGIN_FORM}") from error


def _plugin(method: str) -> Callable[[dict[str, list[float]]], Any]:
    return load_function(method, "--method ", PLUGIN_FORM, {})


def order_of(scores: np.ndarray) -> np.ndarray:
    """Positions [examples] from best to worst; ties in the order given."""
    return np.argsort(-scores, kind="stable")


def ranking(
    history: History, method: str, seed: int = 0, flags: Mapping[str, tuple[str, ...]] | None = None
) -> list[RankedExample]:
    """All examples, best first, without intervals; `flags` per id come from `label_flags`."""
    scores = score(history, method, seed)
    rounded = np.round(scores, TIE_DIGITS)
    values, counts = np.unique(rounded, return_counts=True)
    tied = dict(zip(values.tolist(), counts.tolist()))
    ranked = []
    for rank, position in enumerate(order_of(scores).tolist(), start=1):
        accuracies = history.accuracies[position]
        mean = float(np.mean(accuracies))
        solved = ("always solved",) if mean == 1 else ("never solved",) if mean == 0 else ()
        ranked.append(
            RankedExample(
                rank=rank,
                id=history.ids[position],
                score=float(scores[position]),
                interval=None,
                mean=mean,
                visits=len(accuracies),
                tied=tied[float(rounded[position])],
                flags=solved + (flags or {}).get(history.ids[position], ()),
                answers=_distinct(history, position),
            )
        )
    return ranked


def _distinct(history: History, position: int) -> int | None:
    return None if history.answers is None else len(set(history.answers[position]) - {None})


def with_intervals(
    ranked: Sequence[RankedExample], history: History, method: str, seed: int = 0
) -> list[RankedExample]:
    """The same lines with bootstrap intervals (about 1 ms each)."""
    position = {name: number for number, name in enumerate(history.ids)}
    return [replace(e, interval=bootstrap_interval(history, position[e.id], method, seed)) for e in ranked]


def bootstrap_interval(history: History, position: int, method: str, seed: int) -> Interval:
    """95 % percentile interval of one example's score over resampled visits (the pool's common curve held fixed for
    `lim`). Visits of a run are not independent: take it as a lower bound; the samples of a probe are. None for random
    and plug-in methods, for a single visit, and for diversity: resampling repeats answers, so that every draw is less
    diverse.
    """
    if method not in DRAW_SCORES:
        return None
    values = np.asarray(history.accuracies[position])
    common = values
    if method == "lim":
        table = _common_visits(history.accuracies)
        values, common = table[position], table.mean(axis=0)
    if len(values) < 2:
        return None  # one visit drawn again and again says nothing of the spread
    generator = np.random.Generator(np.random.PCG64([seed & 0xFFFFFFFFFFFFFFFF, 0xB0, position]))
    drawn = generator.integers(0, len(values), (BOOTSTRAP_DRAWS, len(values)))
    low, high = np.quantile(DRAW_SCORES[method](values[drawn], common[drawn]), (0.025, 0.975))
    return float(low), float(high)


def split_half(history: History, method: str, top: int = 16, late: bool = False) -> Stability | None:
    """Ranks from every second visit against the other ones; `late`: from the first against the second half.

    None when the method does not read the history (random), or fewer than 3 examples have 2 visits.
    """
    kept = [number for number, values in enumerate(history.accuracies) if len(values) >= 2]
    if method == "random" or len(kept) < 3:
        return None
    first, second = (score(_half(history, kept, which, late), method) for which in (0, 1))
    top = min(top, len(kept))
    shared = len(set(order_of(first)[:top].tolist()) & set(order_of(second)[:top].tolist()))
    return Stability(correlation=spearman(first, second), top=top, shared=shared)


def _half(history: History, kept: Sequence[int], which: int, late: bool) -> History:
    """The examples at `kept` with half of their visits: every second one, or (`late`) the first or second half."""

    def part(values: tuple[Any, ...]) -> tuple[Any, ...]:
        middle = len(values) // 2
        return (values[middle:] if which else values[:middle]) if late else values[which::2]

    return replace(
        history,
        ids=tuple(history.ids[number] for number in kept),
        accuracies=tuple(part(history.accuracies[number]) for number in kept),
        answers=None if history.answers is None else tuple(part(history.answers[number]) for number in kept),
        lengths=None if history.lengths is None else tuple(part(history.lengths[number]) for number in kept),
    )


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Rank correlation, ties by mean rank; nan when one side is constant."""
    a, b = (_mean_ranks(np.round(scores, TIE_DIGITS)) for scores in (first, second))
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / scale if scale > 0 else float("nan")


def _mean_ranks(scores: np.ndarray) -> np.ndarray:
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse]


def label_flags(problems: Sequence[Problem]) -> dict[str, tuple[str, ...]]:
    """Suspicions about problems by id: an empty answer, braces that do not close, a prompt that recurs."""
    by_prompt: dict[str, list[str]] = {}
    for problem in problems:
        by_prompt.setdefault(problem.prompt.strip(), []).append(problem.id)
    flags = {}
    for problem in problems:
        found = []
        if not problem.answer.strip():
            found.append("suspect label: empty")
        elif not balanced(problem.answer):
            found.append("suspect label: braces do not close")
        others = [name for name in by_prompt[problem.prompt.strip()] if name != problem.id]
        if others:
            found.append(f"same prompt as {', '.join(others)}")
        if found:
            flags[problem.id] = tuple(found)
    return flags
