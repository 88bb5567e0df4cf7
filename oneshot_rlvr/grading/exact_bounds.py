"""Limits of the size of an expression in a grader: it is estimated before sympy works anything out."""

import math
from typing import Any

import sympy

_MOST_DIGITS = 20_000  # of any number on the way: 2004! has 5,738
_SLOW_DIGITS = 1_000_000
_MOST_TERMS = 10_000  # of a sum or product with given ends
_SYMBOL = 0.7  # log10 of the largest test point near
MOST_TOKENS = 3_000
DEEPEST = 40  # brackets and radicals in each other
MOST_ROOTS = 6  # in each other
MOST_ROOT_DIGITS = 600  # of the number below a root, which sympy factors
MOST_OPERATIONS = 400  # of what sympy may simplify


class TooLarge(ValueError):
    """A number of the expression would have too many digits to work out."""


def digits(expression: Any, most: float = _MOST_DIGITS) -> float:
    """An upper estimate of how many decimal digits the numbers in an expression have once it is worked out.

    Raises TooLarge beyond the limit.
    """
    estimate = _digits(expression, most)
    if estimate > most:
        raise TooLarge("a number with too many digits")
    return estimate


def too_large(item: Any) -> bool:
    """Tells whether a sympy object has numbers that take seconds to work out."""
    try:
        return isinstance(item, sympy.Basic) and digits(item, _SLOW_DIGITS) < 0
    except TooLarge:
        return True


def _digits(node: Any, most: float) -> float:
    if node.is_Rational:
        return max(abs(node.p), node.q).bit_length() * 0.30103
    if node.is_Symbol or not node.args:
        return _SYMBOL
    if node.is_Pow:
        base = digits(node.base, _MOST_DIGITS if node.exp.is_Rational and not node.exp.is_Integer else most)
        return max(base, 0.4) * _size(node.exp, most)
    if isinstance(node, sympy.factorial | sympy.factorial2):
        largest = _size(node.args[0], most)
        return largest * math.log10(largest + 1)
    if isinstance(node, sympy.binomial):
        return _size(node.args[0], most) * 0.30103
    if isinstance(node, sympy.Sum | sympy.Product):
        ends = [end for limit in node.limits for end in limit[1:]]
        function: Any = node.function
        simple = digits(function, most) < 20 and function.is_polynomial()  # summed by a formula
        if not simple and any(_size(end, most) > _MOST_TERMS for end in ends if not end.is_infinite):
            raise TooLarge("a sum of too many terms")
        return digits(function, most) * (
            1 if isinstance(node, sympy.Sum) else max((_size(end, most) for end in ends), default=1)
        )
    parts = [digits(part, most) for part in node.args if isinstance(part, sympy.Basic)]
    return sum(parts) if node.is_Mul else max(parts, default=0) + math.log10(len(parts) + 1)


def _size(node: Any, most: float) -> float:
    """An upper estimate of the absolute value."""
    if node.is_Rational:
        return float(abs(node)) if node.p.bit_length() < 1000 else math.inf
    if isinstance(node, sympy.log | sympy.sin | sympy.cos):
        return 100.0
    estimate = digits(node, most)
    return 10.0**estimate if estimate < 300 else math.inf
