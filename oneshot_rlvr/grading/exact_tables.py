"""Matrices, numbers in a base and times of day of grader `exact`."""

import re

import sympy

from oneshot_rlvr.grading.exact_expr import readable
from oneshot_rlvr.grading.exact_kinds import InBase, Table, Time, Value
from oneshot_rlvr.grading.exact_values import value

_MATRIX = re.compile(
    r"[(\[]?\s*\\begin\{([bpvBV]?(?:small)?matrix|array)\}(?:\s*\{[a-z|]*\})?(.*?)\\end\{\1\}\s*[)\]]?"
    r"(\s*\^\s*\{?\s*(?:T|t|\\top|\\intercal|\\text\{T\})\s*\}?)?$",
    re.DOTALL,
)
_BASE_WORDS = {
    w: i for i, w in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}
_BASE = re.compile(
    r"(?:\(|\\text\{)?\s*([0-9A-Z]+)\s*[)}]?\s*_\s*\{?\s*\(?\s*(?:(\d+)|\\text\{\s*([a-z]+)\s*\})\s*\)?\s*\}?"
)


def table(text: str) -> Table | Value | None:
    """A matrix, with a factor in front of it; between bars its determinant."""
    start = text.find("\\begin{")
    if start < 0 or (match := _MATRIX.match(text[start - 1 if start and text[start - 1] in "([" else start :])) is None:
        return None
    before = text[: start - 1 if start and text[start - 1] in "([" else start].strip()
    before = before.rsplit("=", 1)[-1].strip().removesuffix("\\cdot").strip()
    factor = readable(before) if before else 1
    determinant = match.group(1) == "vmatrix"
    if factor is None or match.group(1) == "Vmatrix":
        return None
    rows = []
    for line in match.group(2).split("\\\\"):
        if line.strip():
            cells = [value(cell) for cell in line.split("&")]
            if any(cell is None for cell in cells):
                return None
            rows.append(tuple(Value(factor * c.expression) if before else c for c in cells if c))
    if determinant:
        square = not before and {len(row) for row in rows} == {len(rows)} and len(rows) <= 5
        return Value(sympy.Matrix([[c.expression for c in row] for row in rows]).det()) if square else None
    return Table(tuple(zip(*rows)) if match.group(3) and len({len(row) for row in rows}) == 1 else tuple(rows))


_TIME = re.compile(r"(\d{1,2})(?:\s*:\s*(\d\d))?\s*(?:\\text\{)?\s*([ap])\s*\.?\s*m\s*\.?\s*\}?", re.IGNORECASE)


def time_of_day(text: str) -> Time | None:
    """`9:15 a.m.`, `10 pm`"""
    if (match := _TIME.fullmatch(text)) is None or not 1 <= int(match.group(1)) <= 12:
        return None
    return Time(int(match.group(1)) % 12 * 60 + int(match.group(2) or 0), match.group(3).lower())


def in_base(text: str) -> InBase | None:
    match = _BASE.fullmatch(text)
    if match is None:
        return None
    base = int(match.group(2)) if match.group(2) else _BASE_WORDS.get(match.group(3), 0)
    digits = match.group(1).lstrip("0") or "0"
    number = digits[0].isdigit() or (base > 10 and len(digits) > 1 and all(int(d, 36) < base for d in digits))
    return InBase(digits, base) if 2 <= base <= 36 and number else None
