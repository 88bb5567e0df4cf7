"""Grader `deepscaler`: the rules of the official training reward, with their oddities (docs/grading.md lists them).

Correct if either of two comparisons says so: equal strings after LaTeX clean-up, or equal after conversion to plain
text (piece by piece for tuples, with sympy for each piece).
"""

import re
from functools import cache
from typing import Any

_TEXT_ONLY = re.compile(r"^\\text\{(?P<text>.+?)\}$")
_PLAIN_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")


def _last_box(text: str) -> str | None:
    """Content of the last `\\boxed{`; None when it is not closed or has something before its brace."""
    start = text.rfind("\\boxed")
    if start < 0:
        return None
    depth = 0
    for match in re.compile(r"[{}]").finditer(text, start):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            box = text[start : match.end()]
            return box[len("\\boxed{") : -1] if box.startswith("\\boxed{") else None
    return None


def extract(response: str, answer: str, benchmark: str) -> str | None:
    return _last_box(response)


def quick(extracted: str, answer: str, benchmark: str) -> bool | None:
    """The same text is right; two different plain integers are wrong."""
    if extracted == answer:
        return True
    if _PLAIN_INTEGER.fullmatch(extracted) and _PLAIN_INTEGER.fullmatch(answer):
        return False
    return None


def judge(extracted: str, answer: str, benchmark: str) -> tuple[bool, str | None]:
    truth = _last_box(answer) if "\\boxed" in answer else answer
    if truth is None:
        return False, extracted
    correct = clean_latex(extracted) == clean_latex(truth) or same_text(extracted, truth)
    return correct, extracted


# ---- strings ---------------------------------------------------------------------------------------------------


class _Unreadable(ValueError):
    """A clean-up step does not apply; the string stays as it was before all of them."""


def clean_latex(answer: str) -> str:
    """The string comparison's normal form."""
    answer = answer.strip()
    if match := _TEXT_ONLY.search(answer):
        answer = match.group("text").strip()
    try:
        return _clean(answer)
    except _Unreadable:
        return answer


def _clean(text: str) -> str:
    text = text.replace("\n", "").replace("\\!", "").replace("\\\\", "\\")
    text = text.replace("tfrac", "frac").replace("dfrac", "frac").replace("\\left", "").replace("\\right", "")
    text = text.replace("^{\\circ}", "").replace("^\\circ", "").replace("\\$", "")
    if "\\text{ " in text:
        head, *tails = text.split("\\text{ ")
        if len(tails) != 1:
            raise _Unreadable
        text = head
    text = text.replace("\\%", "").replace(" .", " 0.").replace("{.", "{0.")
    if not text:
        return text
    if text[0] == ".":
        text = "0" + text
    sides = text.split("=")
    if len(sides) == 2 and len(sides[0]) <= 2:
        text = sides[1]
    text = _complete_fractions(_brace_roots(text).replace(" ", ""))
    if text == "0.5":
        text = "\\frac{1}{2}"
    parts = text.split("/")
    if len(parts) == 2 and all(re.fullmatch(r"0|-?[1-9][0-9]*", part) for part in parts):
        text = f"\\frac{{{parts[0]}}}{{{parts[1]}}}"
    return text


def _brace_roots(text: str) -> str:
    """`\\sqrt2` to `\\sqrt{2}`: one character only."""
    head, *parts = text.split("\\sqrt")
    if not all(parts):
        raise _Unreadable
    return "\\sqrt".join([head, *(p if p[0] == "{" else "{" + p[0] + "}" + p[1:] for p in parts)])


def _complete_fractions(text: str) -> str:
    """`\\frac12` to `\\frac{1}{2}`, from single characters."""
    head, *parts = text.split("\\frac")
    done = [head]
    for part in parts:
        if not part:
            raise _Unreadable
        if part[0] == "{":
            done.append(part)
        elif len(part) < 2:
            return text
        else:
            second = part[1:] if part[1] == "{" else "{" + part[1] + "}" + part[2:]
            done.append("{" + part[0] + "}" + second)
    return "\\frac".join(done)


# ---- plain text and sympy --------------------------------------------------------------------------------------

_STEMS = "degree cm centimeter meter mile second minute hour day week month year foot feet inch yard".split()
_UNITS_IN_ORDER = [re.compile(rf"{stem}(?:es)?s? *(?:\^[0-9]+)?") for stem in _STEMS]
_THOUSANDS = re.compile(r"(\d),(\d\d\d)($|\D)")
_FRACTION = re.compile(r"-?[0-9]+.?/0*[1-9][0-9]*.?")
_BRACKETS = "()[]"
_UNICODE = {"√": "sqrt", "π": "pi", "∞": "inf", "∪": "U", "·": "*", "×": "*"}


@cache
def _converter() -> Any:
    from pylatexenc import latex2text

    return latex2text.LatexNodes2Text()


def _latex_to_text(text: str) -> str:
    text = text.replace("\\tfrac", "\\frac").replace("\\dfrac", "\\frac").replace("\\frac", " \\frac")
    text = _converter().latex_to_text(text)
    for sign, word in _UNICODE.items():
        text = text.replace(sign, word)
    return text.strip()


def _whole(text: str) -> int | None:
    """The integer within 1e-7 of the number that the text is (Python's syntax for floats), None if there is none."""
    try:
        value = float(text)
        nearest = round(value)
    except (ValueError, OverflowError):
        return None
    return nearest if abs(value - nearest) <= 1e-7 else None


def _join_thousands(text: str) -> str:
    while (joined := _THOUSANDS.sub(r"\1\2\3", text)) != text:
        text = joined
    return text


def plain_text(answer: str) -> str:
    """The second comparison's normal form: no LaTeX, units, spaces, braces or capitals."""
    if match := _TEXT_ONLY.search(answer):
        answer = match.group("text")
    text = answer.replace("\\%", "").replace("\\$", "").replace("$", "").replace("%", "")
    text = text.replace(" or ", " , ").replace(" and ", " , ")
    text = text.replace("million", "*10^6").replace("billion", "*10^9").replace("trillion", "*10^12")
    for unit in _UNITS_IN_ORDER:
        text = unit.sub("", text)
    text = re.sub(r"\^ *\\circ", "", text)
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    text = re.sub(r",\\! *", "", text)
    if (whole := _whole(text)) is not None:
        text = str(whole)
    if "\\" in text:
        try:
            text = _latex_to_text(text)
        except (ValueError, IndexError, AttributeError, TypeError):
            pass  # unreadable LaTeX stays as it is
    text = re.sub("([0-9]) +([0-9])", r"\1+\2", re.sub("- *", "-", text))
    text = text.replace(" ", "").replace("{", "").replace("}", "").lower()
    if _whole(_join_thousands(text)) is not None:
        text = str(int(float(text.replace(",", ""))))
    return text


def _pieces(text: str) -> list[str]:
    text = _join_thousands(text)
    if not text:
        return []
    inner = text[1:-1]
    if len(text) > 2 and text[0] in _BRACKETS and text[-1] in _BRACKETS and not any(b in inner for b in _BRACKETS):
        return [piece.strip() for piece in inner.split(",")]
    return [text]


def same_text(found: str, truth: str) -> bool:
    """Equal plain text, or every piece equal by sympy."""
    found, truth = plain_text(found), plain_text(truth)
    if found == truth:
        return True
    if not found:
        return False
    ours, theirs = _pieces(found), _pieces(truth)
    if len(theirs) > 1 and (truth[0] != found[0] or truth[-1] != found[-1]):
        return False
    return len(ours) == len(theirs) and all(map(_piece_agrees, ours, theirs))


def _piece_agrees(found: str, truth: str) -> bool:
    if _FRACTION.fullmatch(truth) and _FRACTION.fullmatch(found):
        return found == truth
    if (_whole(_join_thousands(truth)) is None) != (_whole(_join_thousands(found)) is None):
        return False
    return _zero_difference(f"({truth})-({found})")


def _readable(expression: str) -> bool:
    letters = {c for c in expression.replace("sqrt", "").replace("frac", "") if c.isalpha()}
    return len(letters) <= 2 and not re.search(r"\^\{|\^\(|\^[0-9]+\^|\^[0-9][0-9]+", expression)


def _zero_difference(expression: str) -> bool:
    if not _readable(expression):
        return False
    from sympy import simplify
    from sympy.parsing.sympy_parser import implicit_multiplication_application, standard_transformations

    from oneshot_rlvr.grading.safe_expr import parse_expr

    rules = (*standard_transformations, implicit_multiplication_application)
    try:
        return bool(simplify(parse_expr(expression.replace("^", "**"), rules)) == 0)
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001  whatever sympy cannot read is not equal
        return False
