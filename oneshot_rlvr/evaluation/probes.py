"""Detectors of a leaked benchmark: what a model does with questions that it may have seen, beside a set it cannot have.

Pure functions of texts and counts. A detector gives each question a score that is higher where the model knows it; the
same scores on the clean set are its base rate.
"""

import math
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import permutations
from statistics import NormalDist, fmean

NUMBER = re.compile(r"\d+(?:\.\d+)?")
SHARES = (0.4, 0.6, 0.8)  # beginnings of a question that the model is given
FEWEST_WORDS = 5  # of a question that is cut
NGRAM = 8  # words in a row that two texts share
DRAWS = 200  # attempts to draw other numbers

Operation = Callable[[Fraction, Fraction], Fraction]
OPERATIONS: dict[str, Operation] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}  # fmt: skip


def cut(question: str, share: float) -> tuple[str, str] | None:
    """Parts a question behind the first `share` of its words; None for one of few words. Example: `a b c d e` at 0.6
    gives `a b c` and `d e`."""
    words = question.split()
    if len(words) < FEWEST_WORDS:
        return None
    first = max(1, round(share * len(words)))
    return " ".join(words[:first]), " ".join(words[first:])


def completed(rest: str, continuation: str) -> bool:
    """Test for a continuation that begins with the very words of the rest."""
    words = rest.split()
    return bool(words) and continuation.split()[: len(words)] == words


def overlap(rest: str, continuation: str) -> float:
    """Share of the rest's words that the same number of words of the continuation hold in that order (ROUGE-L recall).

    Example: `b c d` against `b x d` gives 2/3.
    """
    words = rest.split()
    given = continuation.split()[: len(words)]
    best = [0] * (len(given) + 1)
    for word in words:
        before = 0
        for j, other in enumerate(given, 1):
            before, best[j] = best[j], before + 1 if word == other else max(best[j], best[j - 1])
    return best[-1] / len(words) if words else 0.0


def hide_numbers(question: str) -> str:
    """The question with a blank for each of its numbers."""
    return NUMBER.sub("_", question)


Form = tuple[tuple[int, ...], tuple[str, ...]]  # places of the numbers, operations between them from left to right


def value_of(form: Form, numbers: Sequence[Fraction]) -> Fraction | None:
    """Works a form out. Example: places 2, 1, 0 with `-` and `/` on 3, 4, 19 are (19 - 4) / 3 = 5."""
    places, signs = form
    value = numbers[places[0]]
    for place, sign in zip(places[1:], signs):
        if sign == "/" and numbers[place] == 0:
            return None
        value = OPERATIONS[sign](value, numbers[place])
    return value


def forms(numbers: Sequence[Fraction], answer: Fraction) -> list[Form]:
    """All ways to the answer by one or two operations on different numbers; a + b and b + a are one way."""
    found = []
    for size in (2, 3):
        for places in permutations(range(len(numbers)), size):
            for signs in _signs(size - 1):
                if _repeats(places, signs):
                    continue
                if value_of((places, signs), numbers) == answer:
                    found.append((places, signs))
    return found


def _signs(number: int) -> Iterator[tuple[str, ...]]:
    for first in OPERATIONS:
        if number == 1:
            yield (first,)
        else:
            yield from ((first, second) for second in OPERATIONS)


def _repeats(places: Sequence[int], signs: Sequence[str]) -> bool:
    """Test for an order of numbers that only repeats another: a + b and b + a, a - b - c and a - c - b."""
    same = {"+": "+-", "-": "+-", "*": "*/", "/": "*/"}
    if signs[0] in "+*" and places[0] > places[1]:
        return True
    return len(signs) == 2 and signs[1] in same[signs[0]] and places[1] > places[2]


def twin(question: str, answer: str, rng: random.Random) -> tuple[str, str] | None:
    """A problem of the same words with other numbers, and its answer worked out anew; None where it is not known how.

    The way is the one form of `forms` that gives the answer; with none, or with several that differ on the new numbers,
    nothing is made. New numbers have as many digits, and the answer stays whole and not negative where it was.
    """
    try:
        texts, truth = NUMBER.findall(question), Fraction(answer)
    except ValueError:
        return None
    if not 2 <= len(texts) <= 4 or any("." in text for text in texts):
        return None
    known = forms([Fraction(text) for text in texts], truth)
    for _ in range(DRAWS if known else 0):
        drawn = [_other(text, rng) for text in texts]
        values = {value_of(form, [Fraction(text) for text in drawn]) for form in known}
        value = values.pop()
        fits = value is not None and value.denominator == 1 and value >= 0
        if not values and fits and value != truth and drawn != texts:
            return _with_numbers(question, drawn), str(value)
    return None


def _with_numbers(question: str, texts: Sequence[str]) -> str:
    new = iter(texts)
    return NUMBER.sub(lambda _: next(new), question)


def _other(text: str, rng: random.Random) -> str:
    low = 10 ** (len(text) - 1) if len(text) > 1 else 2
    return str(rng.randint(low, max(low, 10 ** len(text) - 1)))


def nearest_distance(texts: Sequence[str]) -> float:
    """Mean over answers of the distance to the nearest other one, 0 (all repeat one) to 1: 1 less the share of words
    that match in order. Example: `a b`, `a b`, `c d` give (0 + 0 + 1) / 3."""
    parts = [text.split() for text in texts]
    return fmean(min(_distance(a, b) for j, b in enumerate(parts) if j != i) for i, a in enumerate(parts))


def _distance(a: Sequence[str], b: Sequence[str]) -> float:
    return 1 - SequenceMatcher(None, a, b, autojunk=False).ratio()


def shared_ngrams(texts: Sequence[str], pool: Sequence[str], size: int = NGRAM) -> list[bool]:
    """Says of each text whether it is one of the pool's, or has `size` words in a row from one of them."""
    whole = {" ".join(_words(text)) for text in pool}
    known = {gram for text in pool for gram in _grams(text, size)}
    return [" ".join(_words(text)) in whole or not known.isdisjoint(_grams(text, size)) for text in texts]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _grams(text: str, size: int) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}


def auc(higher: Sequence[float], lower: Sequence[float]) -> float:
    """P(a score of the first is above one of the second), ties half. Example: 1, 0 against 0, 0 gives 0.75."""
    return _wins(higher, lower) / (len(higher) * len(lower))


def _wins(higher: Sequence[float], lower: Sequence[float]) -> float:
    return sum((a > b) + (a == b) / 2 for a in higher for b in lower)


def rank_test(higher: Sequence[float], lower: Sequence[float]) -> float:
    """One-sided p-value that the first scores are no higher (Mann and Whitney, 1947), normal approximation with ties.

    Example: 3, 4 against 1, 2: 4 wins of 4, mean 2, variance 2 * 2 * 5 / 12, z = 1.5 / 1.29 with the correction of one
    half, p = 0.123.
    """
    m, n = len(higher), len(lower)
    counts: dict[float, int] = {}
    for score in (*higher, *lower):
        counts[score] = counts.get(score, 0) + 1
    ties = sum(t**3 - t for t in counts.values())
    variance = m * n / 12 * ((m + n + 1) - ties / ((m + n) * (m + n - 1)))
    if variance <= 0:
        return 1.0
    return 1 - NormalDist().cdf((_wins(higher, lower) - m * n / 2 - 0.5) / math.sqrt(variance))


@dataclass(frozen=True, slots=True)
class Detection:
    """One detector: its mean score on the benchmark and on the clean set, and how well it tells the two apart."""

    name: str
    benchmark: float
    clean: float
    auc: float  # 0.5: it sees nothing
    p_value: float  # one-sided; corrected for the detectors of the audit
    questions: int  # of the benchmark that it could judge


ALARM = 0.01  # corrected p below which a detector raises an alarm


def detect(name: str, benchmark: Sequence[float], clean: Sequence[float]) -> Detection | None:
    """Compares scores; None where one side has none."""
    if not benchmark or not clean:
        return None
    p = rank_test(benchmark, clean)
    return Detection(name, fmean(benchmark), fmean(clean), auc(benchmark, clean), p, len(benchmark))
