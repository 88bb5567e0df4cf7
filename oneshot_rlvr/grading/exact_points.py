"""Tells whether two expressions of grader `exact` are the same function of real numbers, by their values at points.

Where nothing breaks (polynomials, exponentials, sines) agreement at a few positive points is agreement everywhere.
Absolute values, roots, logarithms and steps need points of both signs, near and far: `|x| = x` holds at half of them.
"""

import cmath
import math
import random
import re
from typing import Any, Callable, Iterator

import sympy

from oneshot_rlvr.grading.exact_bounds import MOST_OPERATIONS

_POINTS = 4
_STEP_POINTS = 16
_FAR_POINTS = 12  # of each choice of signs
_MOST_POINTS = 60
_PRECISE = sympy.Float(10) ** -20
_LARGEST = 1000  # points beyond only overflow
_ANALYTIC = ("exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asinh")
_PRINCIPAL = ("acos", "asin", "atan", "acosh", "atanh")  # complex outside of an interval
_STEPS = (sympy.floor, sympy.ceiling)
_COUNTING = (sympy.factorial, sympy.binomial, sympy.Sum, sympy.Product)
_Point = dict[Any, Any]
_Number = tuple[complex, bool]  # principal value, and whether every part of it is a real number where it has to be


def numeric(expression: Any, digits: int = 15) -> Any:
    """Evaluates a number to a precision; what sympy finds to diverge is no number (nan)."""
    try:
        return expression.evalf(digits)
    except ValueError:  # `\\sum_{n=1}^\\infty n`
        return sympy.nan


def close(x: Any, y: Any, relative: Any) -> bool:
    if not (x.is_number and y.is_number) or x.has(sympy.nan, sympy.zoo, sympy.oo):
        return False
    return bool(abs(x - y) <= relative * max(abs(x), abs(y)))


def agree(a: Any, b: Any, symbols: list[Any]) -> bool:
    """Agreement at every point where both are real numbers, of which there must be one."""
    steps = a.has(*_STEPS) or b.has(*_STEPS)
    chance = random.Random(20250)
    wanted = _STEP_POINTS if steps else _POINTS
    agreed = 0
    for _ in range(2 * wanted):
        point = {s: _near(chance, steps) for s in symbols}
        x, y = numeric(a.subs(point), 30), numeric(b.subs(point), 30)
        if x.has(sympy.nan, sympy.zoo) or y.has(sympy.nan, sympy.zoo):
            continue
        if not (x.is_complex and y.is_complex):
            return a.count_ops() + b.count_ops() < MOST_OPERATIONS and bool(sympy.simplify(a - b) == 0)
        if not close(x, y, _PRECISE):
            sides = _Sides(a, b) if _breaks(a) or _breaks(b) else None
            return sides is not None and sides.may_differ(point) and sides.agree_far(symbols, chance, steps, False)
        agreed += 1
        if agreed == wanted:
            break
    if agreed and (steps or _breaks(a) or _breaks(b)):
        return _Sides(a, b).agree_far(symbols, chance, steps, True)
    return agreed > 0


def _near(chance: random.Random, whole: bool) -> Any:
    return sympy.Integer(chance.randint(3, 80)) if whole else sympy.Rational(chance.randint(1100, 4900), 997)


class _Sides:
    """Two expressions as functions of floats, and where each was found to be defined.

    `\\sqrt{x^2-1}` and `\\sqrt{x-1}\\sqrt{x+1}` differ only where one is undefined, and are the same for a grader; but
    `\\ln x^2`, which is a number for all x of either sign, is not `2\\ln x`.
    """

    def __init__(self, a: Any, b: Any) -> None:
        self.sides = (a, b)
        self.undefined: set[tuple[int, Any]] = set()  # sides, with the variable that was below zero then
        self.alone: set[tuple[int, Any]] = set()  # likewise, where only the other was undefined and they differed
        try:
            self.functions = [_function(side) for side in self.sides]
        except (_Unknown, OverflowError, ValueError, TypeError):
            self.functions = []

    def agree_far(self, symbols: list[Any], chance: random.Random, steps: bool, agreed: bool) -> bool:
        """Agreement at points of all signs; `agreed` says whether there was some already, to many digits."""
        if not self.functions:
            return agreed
        for turned, point in _far(*self.sides, symbols, chance, steps):
            if (numbers := self._values(point, turned)) is None:
                continue
            (x, x_real), (y, y_real) = numbers
            same = abs(x - y) <= 1e-7 * max(abs(x), abs(y))
            if x_real and y_real and not (same and agreed):
                if not self._same_digits(point):
                    return False
                agreed = True
            elif not same:
                self._note_alone(x_real, y_real, turned)
        return agreed and all(self.undefined & {(side, None), (side, turned)} for side, turned in self.alone)

    def may_differ(self, point: _Point) -> bool:
        """Tells whether only one side, or none, is a real number at a point where their values differ."""
        if (numbers := self._values(point, None)) is None:
            return False
        (_, x_real), (_, y_real) = numbers
        self._note_alone(x_real, y_real, None)
        return not (x_real and y_real)

    def _note_alone(self, x_real: bool, y_real: bool, turned: Any) -> None:
        if x_real != y_real:
            self.alone.add((0 if x_real else 1, turned))

    def _same_digits(self, point: _Point) -> bool:
        """Floats may also differ by rounding, at a step or after cancellation."""
        x, y = (numeric(side.subs(point), 30) for side in self.sides)
        return not (x.is_complex and y.is_complex) or close(x, y, _PRECISE)

    def _values(self, point: _Point, turned: Any) -> list[_Number] | None:
        if not self.functions:
            return None
        numbers = {symbol: float(value) for symbol, value in point.items()}
        try:
            found = [function(numbers) for function in self.functions]
        except (OverflowError, ZeroDivisionError, ValueError):
            return None
        if not all(cmath.isfinite(value) for value, _ in found):
            return None
        self.undefined |= {(side, turned) for side, (_, real) in enumerate(found) if not real}
        return found


# ---- which points ----------------------------------------------------------------------------------------------


def _breaks(expression: Any) -> bool:
    """Tells whether some part follows another law on another side: an absolute value, a logarithm, an even root."""
    return any(not power.exp.is_Integer and power.base.free_symbols for power in expression.atoms(sympy.Pow)) or any(
        f.func.__name__ not in _ANALYTIC and not isinstance(f, _COUNTING) and f.free_symbols
        for f in expression.atoms(sympy.Function)
    )


def _far(a: Any, b: Any, symbols: list[Any], chance: random.Random, steps: bool) -> Iterator[tuple[Any, _Point]]:
    """Points near and far with one variable or none below zero, and which it is.

    One at a time, as letters often stand for positive things: `\\sqrt{ab}` is `\\sqrt a \\sqrt b` but where both are
    negative.
    """
    whole = _whole(a, b) if steps else set()
    held = whole | {s for side in (a, b) for node in side.atoms(*_COUNTING) for s in node.free_symbols}
    free = [s for s in symbols if s not in held]
    if not free:
        return
    numbers = [abs(float(n)) for side in (a, b) for n in side.atoms(sympy.Rational) if abs(n) < _LARGEST]
    widest = min(4 * max(numbers, default=0) + 5, _LARGEST)
    signs = [None, *(s for s in free if "_" not in str(s))]  # `r_0` is a given quantity: `\sqrt{r_0^2}` is `r_0`
    for index in range(min(_FAR_POINTS * len(signs), _MOST_POINTS)):
        turned, round_ = signs[index % len(signs)], index // len(signs)
        scale = (5, widest, 1)[round_ % 3]
        parts = 2 if round_ % 4 == 3 else 64  # exact as floats; halves, as there roundings turn
        point = {s: sympy.Rational(chance.randint(1, int(scale * parts)), parts) for s in free}
        point |= {s: sympy.Integer(chance.randint(3, 80)) for s in symbols if s in held}
        yield turned, point if turned is None else point | {turned: -point[turned]}


def _whole(a: Any, b: Any) -> set[Any]:
    """Variables of whole numbers, as in `\\lfloor n/2 \\rfloor`: letters up to q, if the step does anything."""
    nodes = [node for side in (a, b) for node in side.atoms(*_STEPS) if node.free_symbols]
    whole = {s for node in nodes for s in node.free_symbols if re.fullmatch(r"[a-qA-Q](_.*)?", str(s))}
    for node in nodes:
        points = (
            {s: sympy.Integer(n + 7 * i) for i, s in enumerate(sorted(node.free_symbols, key=str))}
            for n in (11, 12, 13)
        )
        if all(node.args[0].subs(point).doit().is_Integer for point in points):
            whole -= node.free_symbols
    return whole


# ---- floating-point values -------------------------------------------------------------------------------------


class _Unknown(ValueError):
    """A function without a rule below."""


def _function(node: Any) -> Callable[[dict[Any, float]], _Number]:
    """The expression as a function of floats, built once, as sympy takes a hundred times longer for a value."""
    if node.is_Symbol:
        return lambda point: (complex(point[node]), True)
    if not node.free_symbols:
        constant = complex(node.evalf()), True
        return lambda point: constant
    law, parts = _law(node), [_function(part) for part in node.args]

    def value(point: dict[Any, float]) -> _Number:
        numbers = [part(point) for part in parts]
        result, real = law(*(number for number, _ in numbers))
        return result, real and all(real for _, real in numbers)

    return value


def _law(node: Any) -> Callable[..., _Number]:
    name = node.func.__name__
    if name in _ANALYTIC:
        return lambda x: (getattr(cmath, name)(x), True)
    if name in _PRINCIPAL:
        return lambda x: _principal(getattr(cmath, name)(x), x)
    if name not in _LAWS:
        raise _Unknown(name)
    return _LAWS[name]


def _is_real(x: complex) -> bool:
    return abs(x.imag) <= 1e-12 * abs(x)


def _principal(value: complex, x: complex) -> _Number:
    return value, not _is_real(x) or _is_real(value)


def _log(x: complex, base: complex = math.e) -> _Number:
    return cmath.log(x) / cmath.log(base), not _is_real(x) or x.real > 0


def _pow(base: complex, exponent: complex) -> _Number:
    return base**exponent, not _is_real(base) or base.real >= 0 or exponent.real % 1 == 0


def _odd_root(x: complex, index: complex) -> _Number:
    if not _is_real(x):
        return x ** (1 / index), True
    return complex(math.copysign(abs(x) ** (1 / index.real), x.real)), True


_LAWS: dict[str, Callable[..., _Number]] = {
    "Add": lambda *x: (sum(x), True),
    "Mul": lambda *x: (math.prod(x), True),
    "Pow": _pow,
    "log": _log,
    "OddRoot": _odd_root,
    "Abs": lambda x: (complex(abs(x)), True),
    "floor": lambda x: (complex(math.floor(x.real)), _is_real(x)),
    "ceiling": lambda x: (complex(math.ceil(x.real)), _is_real(x)),
    "factorial": lambda x: (complex(math.gamma(x.real + 1)), _is_real(x)),
    "cot": lambda x: (1 / cmath.tan(x), True),
    "sec": lambda x: (1 / cmath.cos(x), True),
    "csc": lambda x: (1 / cmath.sin(x), True),
}
