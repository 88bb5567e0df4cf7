"""Grader `exact`: the most accurate one, by common-sense rules (docs/grading.md).

The last complete box counts; all of it must be readable; integers and fractions are compared exactly; decimals are
not stretched; sets are unordered and tuples ordered; interval ends matter; units, sizes and spelling do not.
"""

import re

from oneshot_rlvr.grading.boxes import complete_boxes

_PLAIN_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_BARE_BOX = re.compile(r"\\boxed(?![a-zA-Z])[ \t]*(?!\{)([^\n$]+?)[ \t.]*(?=\$|\\\]|\\\)|\n|$)")
_OPEN_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_STATEMENT = re.compile(r"final answer is:?\s*\$([^$\n]+)\$", re.IGNORECASE)
_END_OF_TURN = re.compile(
    r"</s>|<eos>|<end_of_turn>|<\|(?:im_end|im_start|eot_id|eom_id|endoftext|end_of_text|end|eot|return|endofprompt|"
    r"start_header_id|user|end_of_turn)\|>|<\uff5cend\u2581of\u2581sentence\uff5c>"
)
_BETWEEN_PARTS = re.compile(r"[\s$,;]*(?:and|or)?[\s$,;]*", re.IGNORECASE)
_JOIN = "\n\\quad\n"  # between the boxes of one answer; `tidy` makes it a list separator


def extract(response: str, answer: str, benchmark: str) -> str | None:
    """The last complete box, joined with those that only `and`, a comma or dollars separate from it.

    What comes later takes it back: a box that breaks off (no answer), or a `final answer is $...$`.
    """
    if "<" in response and (mark := _END_OF_TURN.search(response)) is not None:
        response = response[: mark.start()]
    boxes = complete_boxes(response)
    for match in _BARE_BOX.finditer(response, boxes[-1][1] if boxes else 0):
        boxes.append((match.start(), match.end(), match.group(1)))
    end = boxes[-1][1] if boxes else 0
    if not boxes or _OPEN_BOX.search(response, end):
        return None
    if statements := _STATEMENT.findall(response, end):
        return statements[-1]
    parts = [boxes[-1][2]]
    for (_, end, content), (start, _, _) in zip(boxes[-2::-1], boxes[:0:-1]):
        between = response[end:start]
        if len(between) > 30 or not between.strip(" $\n") or not _BETWEEN_PARTS.fullmatch(between):
            break
        parts.insert(0, content)
    return _JOIN.join(parts)


def quick(extracted: str, answer: str, benchmark: str) -> bool | str | None:
    """The same text is right; two different plain integers are wrong; an empty truth is never met."""
    if not answer.strip():
        return "no truth"
    if not extracted.strip():
        return "unread"
    if extracted.strip() == answer.strip():
        return True
    if _PLAIN_INTEGER.fullmatch(extracted) and _PLAIN_INTEGER.fullmatch(answer):
        return False
    return None


def judge(extracted: str, answer: str, benchmark: str) -> tuple[bool | str, str | None]:
    from oneshot_rlvr.grading.exact_compare import matches

    shown = in_one_line(extracted)
    try:
        found = matches(extracted, answer)
        if not found and _JOIN in extracted:
            found = matches(extracted.split(_JOIN)[-1], answer)
    except RecursionError:
        return "unread", shown
    return "unread" if found is None else found, shown


def in_one_line(extracted: str) -> str:
    """The extracted text as it is shown: what stood in several boxes apart by commas."""
    return extracted.replace(_JOIN, ", ")
