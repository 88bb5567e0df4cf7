"""Grader `qwen`: the rules of the official evaluation, with their oddities (docs/grading.md lists them).

Differences from the official program, all deliberate: only the response is read, model text is never evaluated as
code, an empty response is a wrong answer instead of a crash, and limits are on CPU time.
"""

import re

from oneshot_rlvr.grading.qwen_equal import choice_letter, math_equal, number, numbers_agree
from oneshot_rlvr.grading.qwen_strip import strip_string

_STOPS = ("</s>", "<|im_end|>", "<|endoftext|>")
_CHOICES = frozenset("ABCDE")
_KEEP_UNITS = ("minerva_math",)
_LAST_NUMBER = re.compile(r"-?\d*\.?\d+")
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_CHINESE_ANSWER_IS = "\u7b54\u6848\u662f"


def _raw_answer(text: str) -> str:
    """The first rule that applies decides, with all text after the marker."""
    if "final answer is $" in text and "$. I hope" in text:
        return text.split("final answer is $", 1)[1].split("$. I hope", 1)[0].strip()
    if "boxed" in text:
        return _after_boxed(text.rsplit("boxed", 1)[1])
    for marker in ("he answer is", "final answer is"):
        if marker in text:
            return text.rsplit(marker, 1)[1].strip()
    if _CHINESE_ANSWER_IS in text:
        return text.split(_CHINESE_ANSWER_IS)[1].strip().split("\n\n")[0].strip()
    numbers = _LAST_NUMBER.findall(text.replace(",", ""))
    return numbers[-1] if numbers else ""


def _after_boxed(tail: str) -> str:
    """Up to the matching brace, or all of it when unclosed; without a brace up to the next dollar."""
    if not tail.startswith("{"):
        return tail.split("$")[0].strip()
    depth = 0
    for match in re.finditer(r"[{}]", tail):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return tail[1 : match.start()]
    return tail[1:]


def _tidy(raw: str) -> str:
    raw = re.sub(r"\n\s*", "", raw)
    return raw.removeprefix(":").removesuffix(".").removesuffix("/")


def extract(response: str, answer: str, benchmark: str) -> str | None:
    """The raw answer text (linear). For a multiple-choice truth the whole response, from which a letter is taken."""
    text = response.strip()
    for stop in _STOPS:
        text = text.split(stop)[0]
    if not text:
        return None
    return text if answer.strip("()") in _CHOICES else _raw_answer(text)


def quick(extracted: str, answer: str, benchmark: str) -> bool | None:
    """Plain numbers on both sides are compared as numbers whatever the normalisation does."""
    if _PLAIN_NUMBER.fullmatch(answer) and _PLAIN_NUMBER.fullmatch(extracted):
        found, truth = number(extracted), number(answer)
        assert found is not None and truth is not None
        return extracted == answer or numbers_agree(found, truth)
    return None


def truths(answer: str, benchmark: str) -> tuple[str, str]:
    """(truth when the prediction is repaired, truth that is compared): the preparation is done twice, unevenly."""
    if benchmark == "math500":
        once = strip_string(_tidy(answer))
        return strip_string(once), once
    if benchmark == "minerva_math":
        kept = strip_string(_tidy(answer), skip_unit=True)
        for long, short in (("\\neq", "\\ne"), ("\\leq", "\\le"), ("\\geq", "\\ge")):
            kept = kept.replace(long, short)
        return kept, kept
    once = strip_string(answer)
    return once, strip_string(once)


def predict(raw: str, benchmark: str) -> str:
    """Normal form of the raw answer: stripped at extraction and once more by the caller."""
    keep = benchmark in _KEEP_UNITS
    return strip_string(strip_string(_tidy(raw), keep), keep)


def judge(extracted: str, answer: str, benchmark: str) -> tuple[bool, str | None]:
    first, truth = truths(answer, benchmark)
    is_text = answer.strip("()") in _CHOICES
    found = predict(_raw_answer(extracted) if is_text else extracted, benchmark)
    if first in _CHOICES:
        if found not in _CHOICES:
            found = choice_letter(extracted if is_text else found)
    elif set(first) <= _CHOICES and not set(found) <= _CHOICES:
        found = "".join(c for c in found if c in _CHOICES)
    return math_equal(found, truth), found
