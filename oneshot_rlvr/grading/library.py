"""Grader `math_verify`: the library with its default settings, as verl uses it.

Its own timeout counts wall-clock seconds (a loaded machine changes verdicts) and needs the main thread, so it is
switched off: the pool's limit on CPU seconds replaces it.
"""

import logging
import re

_PLAIN_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")


def extract(response: str, answer: str, benchmark: str) -> str | None:
    """The response itself: the library looks for answers all over the text."""
    return response


def quick(extracted: str, answer: str, benchmark: str) -> bool | None:
    """A single box with a plain integer, against a plain integer: the library compares just these two."""
    if not _PLAIN_INTEGER.fullmatch(answer):
        return None
    start = extracted.find("\\boxed{")
    if start < 0 or extracted.count("boxed") != 1 or "\\fbox" in extracted or "$" in extracted[start:]:
        return None
    inside = _PLAIN_INTEGER.match(extracted, start + len("\\boxed{"))
    if inside is None or extracted[inside.end() : inside.end() + 1] != "}":
        return None
    return inside.group() == answer


def repair_antlr_parser() -> None:
    """The library's parser for antlr 4.9.3 lacks a method that its own code calls: every per cent sign would fail.

    With newer antlr, which Hydra does not allow, the method exists and finds nothing in these places.
    """
    from latex2sympy2_extended.antlr_parser import PSParser

    if not hasattr(PSParser.AtomContext, "FUNC_GAMMA"):
        PSParser.AtomContext.FUNC_GAMMA = lambda self: None  # type: ignore[attr-defined]


def judge(extracted: str, answer: str, benchmark: str) -> tuple[bool, str | None]:
    """`verify(parse(gold in a box), parse(response))`; shows the last thing that the library read."""
    from math_verify import parse, verify

    repair_antlr_parser()
    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns about the missing timeout at every item
    gold = parse(f"\\boxed{{{answer}}}", parsing_timeout=0)
    found = parse(extracted, parsing_timeout=0)
    shown = str(found[-1]) if found else None
    return bool(verify(gold, found, timeout_seconds=0)), shown
