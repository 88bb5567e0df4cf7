"""Grader `choice`: the option that an answer to a multiple-choice question names, and nothing else.

The last of these in the response counts: a box, found as by `exact`; a statement such as `the answer is (C)` or
`Answer: C`; else a last line that is a letter alone. An answer that names two options, or an option by its text alone,
is not read.
"""

import re

from oneshot_rlvr.grading import exact
from oneshot_rlvr.grading.boxes import complete_boxes
from oneshot_rlvr.grading.exact_choice import chosen

# Outside a box letters are capital, and A and I only where no word follows: `the answer is a matter of ...`.
_LETTER = r"(?:[B-HJ](?![\w'])|[AI](?![\w']| [a-z])|[1-9][0-9]?(?![\w'.]))"
_OPENING = r"[\s:*_$\"\\(]{0,9}(?:\\?(?:text|mathrm|mathbf|textbf)\{)?[*(]{0,3}"
_STATEMENT = re.compile(rf"(?i:\banswer(?: is|:| *=|\*+:))(?: +(?i:option|choice))?{_OPENING}({_LETTER})")
_ALONE = re.compile(rf"[*_$(\s]*({_LETTER})[*_$).:\s]*")
# Some questions of ARC have the options 1 to 4.
_NUMBERED = re.compile(r"\(?([1-9][0-9]?)(?:(?:[):]|\.(?![0-9])).*)?", re.DOTALL)


def label(text: str) -> str | None:
    """The capital letter or number of the option that a text names; None where it names none, or two."""
    text = text.strip()
    if numbered := _NUMBERED.fullmatch(text):
        return numbered[1]
    letter = chosen(text, surely=True)
    return None if letter is None else letter.upper()


def extract(response: str, answer: str, benchmark: str) -> str | None:
    """The label that the answer names; its text where that names no single one; None without an answer."""
    boxes = complete_boxes(response)
    stated = _STATEMENT.findall(response, boxes[-1][1] if boxes else 0)
    last = _ALONE.fullmatch(response.rstrip().rpartition("\n")[2])
    text = stated[-1] if stated else exact.extract(response, answer, benchmark) if boxes else last and last[1]
    return None if text is None else label(text) or exact.in_one_line(text)


def quick(extracted: str, answer: str, benchmark: str) -> bool | str:
    """The verdict: every answer is plain text here."""
    truth = label(answer)
    if truth is None:
        return "no truth"
    named = label(extracted)
    return "unread" if named is None else named == truth


def judge(extracted: str, answer: str, benchmark: str) -> tuple[bool | str, str | None]:
    return quick(extracted, answer, benchmark), extracted
