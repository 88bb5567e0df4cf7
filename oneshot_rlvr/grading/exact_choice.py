"""Letters of multiple choice of grader `exact`."""

import re

from oneshot_rlvr.grading.exact_words import unwrapped

_CHOSEN = re.compile(
    r"(?:(?:the )?(?:(?:correct|right|final) )?(?:option|choice|answer)(?: is)?[ :]*)?"
    r"(?:\( ?(?P<inner>[A-J]) ?\)[.:]?|(?P<bare>[A-J]) ?(?P<mark>\)|[.:](?= |$))?)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
# `(B)`, `B)`, `B.`, `, B`, `or B` in the text of an option; the C of `vitamin C` only belongs to that text.
_OTHER_CHOICE = re.compile(
    r"[^\w\s'] ?[A-J](?![\w'])|(?<![\w'])[A-J](?: ?\)|[.:] ?\S)|"
    r"(?<![a-zA-Z])(?:or|and|nor|not|is|but|than|then|either|option|choice|answer)[ :]+[A-J](?![\w'])"
)
_OPERATOR = re.compile(r" ?(?:[-+*/^=<>!_|(\[&]|\\(?:cdot|times|div|pm|mp|le|ge|ne|approx|in|to)(?![a-zA-Z]))")


def chosen(text: str, surely: bool) -> str | None:
    """The letter of the option an answer names: `(A)`, `A.`, `A) gravity`; None when it names two.

    Unless the truth is `surely` a choice its letter may be a variable, so that `A 2` and `(A) + 1` are expressions.
    """
    match = _CHOSEN.fullmatch(unwrapped(unwrapped(text).replace("{", "").replace("}", "")))
    if match is None:
        return None
    rest = match["rest"]
    if rest and match["bare"] and not match["mark"] and not (surely and re.fullmatch(r" [^a-zA-Z]*", rest)):
        return None
    if rest and match["inner"] and (rest[0] != " " or (not surely and _OPERATOR.match(rest))):
        return None
    return None if _OTHER_CHOICE.search(rest) else match["inner"] or match["bare"]
