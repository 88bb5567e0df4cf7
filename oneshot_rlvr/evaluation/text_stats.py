"""Looks of a response, right or wrong: repetition, reflection words, foreign scripts, loose answers."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

# The words the paper counts as self-reflection; here with their inflections and an optional hyphen.
REFLECTION = {
    "rethink": re.compile(r"\bre-?(?:think|thinks|thinking|thought)\b", re.IGNORECASE),
    "recheck": re.compile(r"\bre-?check(?:s|ed|ing)?\b", re.IGNORECASE),
    "recalculate": re.compile(r"\bre-?calculat(?:e|es|ed|ing|ions?)\b", re.IGNORECASE),
}
TAIL_CHARACTERS = 2000
MIN_REPEATS = 4
MIN_REPEATED_CHARACTERS = 48
FOREIGN_SHARE = 0.05
# Letters of formulas are Latin for our purpose, and Greek stands in every formula.
_COMMON_SCRIPTS = {"LATIN", "GREEK", "MATHEMATICAL", "DOUBLE-STRUCK", "SCRIPT", "BLACK-LETTER", "FULLWIDTH", "MICRO",
                   "MODIFIER", "FEMININE", "MASCULINE", "KELVIN", "ANGSTROM", "OHM", "ALEF", "TURNED", "SUPERSCRIPT"}
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_STATED = re.compile(r"answer\s*(?:is|:|=)\s*:?\s*(.+)", re.IGNORECASE)


def reflection_counts(text: str) -> dict[str, int]:
    """Example: "Let me recheck. Rechecked!" gives {"rethink": 0, "recheck": 2, "recalculate": 0}."""
    return {word: len(pattern.findall(text)) for word, pattern in REFLECTION.items()}


def repeated_ending(text: str) -> int:
    """Length in characters of the stretch at the end that is one unit said at least four times; 0 if there is none.

    Example: "so " + "x+1=2, " * 10 gives 70, ten times " x+1=2,". The unit's first copy may be cut off.
    """
    tail = text.rstrip()[-TAIL_CHARACTERS:][::-1]
    best = 0
    for period, matched in enumerate(_z_function(tail)):
        span = period + matched
        if period and span >= MIN_REPEATS * period and span >= MIN_REPEATED_CHARACTERS:
            best = max(best, span)
    return best


def _z_function(text: str) -> list[int]:
    """z[i]: length of the common prefix of `text` and `text[i:]` (z[0] = 0), in linear time."""
    z = [0] * len(text)
    left = right = 0
    for i in range(1, len(text)):
        length = min(right - i, z[i - left]) if i < right else 0
        while i + length < len(text) and text[length] == text[i + length]:
            length += 1
        z[i] = length
        if i + length > right:
            left, right = i, i + length
    return z


@lru_cache(maxsize=65536)
def _script(character: str) -> str:
    """First word of the Unicode name ("CYRILLIC"), "" for whatever is no letter."""
    return unicodedata.name(character, "UNKNOWN").split()[0] if character.isalpha() else ""


def foreign_share(response: str, prompt: str = "") -> float:
    """Share of the response's letters in scripts that are neither common in mathematics nor in the prompt.

    Example: "ответ 5" after an English prompt gives 1.0, after a Russian one 0.0. The replacement character U+FFFD,
    which stands for broken bytes, counts as a foreign letter.
    """
    counts = Counter(_script(c) for c in response if not c.isascii())
    counts["REPLACEMENT"] = response.count("\ufffd")
    known = _COMMON_SCRIPTS | {"", *{_script(c) for c in prompt if not c.isascii()}}
    foreign = sum(count for script, count in counts.items() if script not in known)
    letters = sum(c.isalpha() for c in response) + counts["REPLACEMENT"]
    return foreign / letters if letters else 0.0


def is_foreign(response: str, prompt: str = "") -> bool:
    return foreign_share(response, prompt) > FOREIGN_SHARE


def stops_at_code(response: str) -> bool:
    """Ends in a code fence and says nothing about a box: where the official harness executes the code."""
    return response.rstrip().endswith("```") and "boxed" not in response


def loose_answer(response: str) -> str | None:
    """The answer of a response without a complete box: what follows the last "answer is", else the last number.

    Examples: "So the answer is $\\frac12$." gives `\\frac12`; "12 + 5 = 17, done" gives `17`; "hm" gives None.
    """
    stated = [match.group(1) for match in map(_STATED.search, response.split("\n")) if match]
    if stated:
        candidate = stated[-1].strip().rstrip(".").strip("* ")
        inline = re.match(r"\$([^$]+)\$|\\\((.+?)\\\)", candidate)
        if inline:
            candidate = inline.group(1) or inline.group(2)
        if candidate and "\\boxed" not in candidate:
            return candidate
    numbers = _NUMBER.findall(response)
    return numbers[-1].rstrip(",") if numbers else None
