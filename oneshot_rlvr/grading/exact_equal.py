"""Whether two numbers of grader `exact` are the same: units, per cents, rounded decimals, equations."""

from typing import Any

from oneshot_rlvr.grading.exact_expr import equal
from oneshot_rlvr.grading.exact_kinds import Value
from oneshot_rlvr.grading.exact_points import numeric
from oneshot_rlvr.grading.exact_units import DEGREES, RADIANS, Unit, ratio

_DOUBLE_DIGITS = 15  # significant digits of what may be the print of a double
_DOUBLE_ERROR = 2e-15
_MIN_DIGITS = 6  # significant digits from which a decimal can stand for an exact value
_MIN_DECIMALS = 4


def rounded_to(part: Any, truth: Any) -> bool:
    """Tells whether a number is the truth, a decimal, before it was rounded."""
    if not (isinstance(part, Value) and isinstance(truth, Value)) or "." not in truth.decimal:
        return False
    if part.expression.free_symbols or not numeric(part.expression, 20).is_comparable:
        return False
    places = len(truth.decimal.split(".")[1])
    return bool(2 * abs(numeric(part.expression, 30) - truth.expression) <= 10 ** (-places))


def near(part: Value, truth: Value, relative: float) -> bool:
    if part.expression.free_symbols or truth.expression.free_symbols or not part.expression.is_Rational:
        return False
    a, b = complex(numeric(part.expression)), complex(numeric(truth.expression))
    return abs(a - b) <= relative * abs(b)


def same_equation(a: Any, b: Any) -> bool:
    """Equal up to a constant factor other than 0."""
    import sympy

    if equal(a, b) or equal(a, -b):
        return True
    if not b.free_symbols or equal(a, sympy.S.Zero):
        return False
    point = {s: sympy.Rational(7 + 2 * i, 5) for i, s in enumerate(sorted(a.free_symbols | b.free_symbols, key=str))}
    scale = (a.subs(point) / b.subs(point)).evalf(40)
    if not scale.is_number or scale.has(sympy.nan, sympy.zoo) or scale == 0:
        return False
    return equal(a, sympy.nsimplify(scale, rational=True, tolerance=1e-30) * b)


def values(ours: Value, theirs: Value) -> bool:
    """Equal, with the two readings of a per cent sign: 20% is 1/5, and 20 where per cents are asked for.

    A truth without sign may be such a number of per cents only above 1: up to 1 it may be the share itself.
    """
    if ours.other is not None and not theirs.expression.free_symbols:
        return values(ours.other, theirs)
    if theirs.other is not None and not ours.expression.free_symbols:
        return values(ours, theirs.other)
    if {ours.unit, theirs.unit} == {DEGREES, RADIANS}:
        ours, theirs = _in_degrees(ours), _in_degrees(theirs)
    factor = ratio(_unit(ours, theirs), _unit(theirs, ours))
    if factor is None:
        return False
    if factor != 1:
        ours = Value(ours.expression * factor.numerator / factor.denominator, ours.percent)
    a, b = ours.expression, theirs.expression
    if ours.percent == theirs.percent:
        return _exactly(ours, theirs)
    if theirs.percent:
        return equal(a, b) or equal(a, b / 100)
    return equal(a / 100, b) or (equal(a, b) and bool(b.is_number and abs(numeric(b)) > 1))


def _in_degrees(item: Value) -> Value:
    import sympy

    return Value(item.expression * 180 / sympy.pi, unit=DEGREES) if item.unit == RADIANS else item


_PERCENT = Unit((("percent", 1),))


def _unit(item: Value, other: Value) -> Unit | None:
    """The unit of a value; per cents are one beside the unit of another."""
    return (
        _PERCENT if item.percent and item.unit is None and other.unit is not None and other.unit.powers else item.unit
    )


def _exactly(ours: Value, theirs: Value) -> bool:
    if equal(ours.expression, theirs.expression):
        return True
    return _rounds(ours, theirs) or (not ours.decimal and _rounds(theirs, ours))


def _rounds(decimal: Value, exact: Value) -> bool:
    """A long decimal that is the correct rounding of a value that has no finite decimal."""
    digits = decimal.decimal.replace(" ", "")
    if not digits or exact.expression.free_symbols:
        return False
    places = len(digits.split(".")[1])
    significant = len(digits.lstrip("-0.").replace(".", ""))
    least = (_MIN_DECIMALS, _MIN_DIGITS) if not decimal.cut else (4, 4)
    if places < least[0] or significant < least[1]:
        return False
    value = numeric(exact.expression, places + 30)
    if not value.is_comparable:
        return False
    error = abs(value - decimal.expression)
    if exact.decimal or exact.expression.doit().is_Integer:
        return significant > _DOUBLE_DIGITS > len(exact.decimal) and bool(error <= _DOUBLE_ERROR * abs(value))
    if significant >= _DOUBLE_DIGITS and error <= _DOUBLE_ERROR * abs(value):
        return True
    return bool(error * (1 if decimal.cut else 2) <= 10 ** (-places) * (1 + 1e-9))
