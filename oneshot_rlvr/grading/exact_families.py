"""Families with an integer parameter and functions in pieces, of grader `exact`: whether two are the same."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from oneshot_rlvr.grading.exact_expr import equal
from oneshot_rlvr.grading.exact_kinds import Family, Piecewise, Ranges, Sequence, Value, Words
from oneshot_rlvr.grading.exact_read import expressions
from oneshot_rlvr.grading.exact_sets import WHOLE, same_number, same_set, samples, union, without

_CLOSE = 1e-9


@dataclass(frozen=True)
class _Progression:
    """Numbers start + n*step for all integers n; `shape` tells a value from a tuple and from an interval."""

    shape: tuple[Any, ...]
    start: tuple[float, ...]
    step: tuple[float, ...]


def same_family(ours: Family, theirs: Family) -> bool:
    """Tells whether two families have the same members, whatever their parameter is called and where it begins."""
    if ours.integers != theirs.integers:
        return False
    if ours.integers:
        a, b = _progressions(ours), _progressions(theirs)
        if a is not None and b is not None:
            return _same_progressions(a, b)
    renamed = [[e.xreplace({ours.parameter: theirs.parameter}) for e in expressions(item)] for item in ours.items]
    wanted = [expressions(item) for item in theirs.items]
    shapes = [_shape(item) for item in ours.items], [_shape(item) for item in theirs.items]
    pairs = list(zip(shapes[0], renamed)), list(zip(shapes[1], wanted))

    def alike(one: Any, other: Any) -> bool:
        return one[0] == other[0] and len(one[1]) == len(other[1]) and all(map(equal, one[1], other[1]))

    return all(any(alike(o, t) for t in pairs[1]) for o in pairs[0]) and all(
        any(alike(o, t) for o in pairs[0]) for t in pairs[1]
    )


def _shape(item: Any) -> tuple[Any, ...]:
    if isinstance(item, Sequence):
        return (item.opening, item.closing, len(item.items))
    if isinstance(item, Ranges):
        return ("range", *(part[2:] for part in item.parts), len(item.points))
    return ("value",)


def _progressions(family: Family) -> list[_Progression] | None:
    """Each item as a progression; one that alternates, like `(-1)^n a + nb`, as two. None for anything else."""
    found: list[_Progression] = []
    for item in family.items:
        parts = [_linear(item, family.parameter, 0, 1)]
        if parts[0] is None:
            parts = [_linear(item, family.parameter, first, 2) for first in (0, 1)]
        if any(part is None for part in parts):
            return None
        found += [part for part in parts if part is not None]
    return found


def _linear(item: Any, parameter: Any, first: int, by: int) -> _Progression | None:
    rows = []
    for expression in expressions(item):
        if expression.free_symbols - {parameter}:
            return None
        at = [expression.subs(parameter, first + by * n).evalf(20) for n in range(4)]
        if not all(value.is_real and value.is_finite for value in at):
            return None
        rows.append([float(value) for value in at])
    if any(abs((row[n + 1] - row[n]) - (row[1] - row[0])) > _CLOSE * (1 + abs(row[0])) for row in rows for n in (1, 2)):
        return None
    start, step = tuple(row[0] for row in rows), tuple(row[1] - row[0] for row in rows)
    return _Progression(_shape(item), start, step) if any(step) else None


def _same_progressions(ours: list[_Progression], theirs: list[_Progression]) -> bool:
    """Both cut into progressions of one common step, whose starts must be the same up to that step."""
    steps = [next(filter(None, p.step)) for p in ours + theirs]
    ratios = [Fraction(abs(step / steps[0])).limit_denominator(1000) for step in steps]
    if any(abs(float(r) - abs(step / steps[0])) > _CLOSE for r, step in zip(ratios, steps)):
        return False
    top = math.lcm(*(r.numerator for r in ratios))
    common = Fraction(top, math.gcd(*(r.denominator for r in ratios)))
    a = [member for p, r in zip(ours, ratios) for member in _members(p, common / r, float(common) * abs(steps[0]))]
    b = [
        member
        for p, r in zip(theirs, ratios[len(ours) :])
        for member in _members(p, common / r, float(common) * abs(steps[0]))
    ]
    return all(any(map(m, b)) for m in map(_alike, a)) and all(any(map(m, a)) for m in map(_alike, b))


def _members(p: _Progression, count: Fraction, period: float) -> list[tuple[Any, ...]]:
    """Starts within one period: the leading number modulo it, the others beside it."""
    members = []
    for n in range(min(int(count), 200)):
        numbers = [start + n * step for start, step in zip(p.start, p.step)]
        lead = next(i for i, step in enumerate(p.step) if step)
        turns = math.floor(numbers[lead] / period + _CLOSE) * period / p.step[lead]
        members.append((p.shape, period, *(x - turns * step for x, step in zip(numbers, p.step))))
    return members


def _alike(one: tuple[Any, ...]) -> Any:
    def same(other: tuple[Any, ...]) -> bool:
        if one[0] != other[0] or len(one) != len(other):
            return False
        return all(abs(x - y) <= 1e-8 * (1 + abs(x)) for x, y in zip(one[2:], other[2:]))

    return same


# ---- functions in pieces ---------------------------------------------------------------------------------------


def same_function(ours: Piecewise | Value, theirs: Piecewise | Value) -> bool:
    """Agreement at the ends of all pieces and at points inside of them; conditions in words meet the same words."""
    conditions = [where for side in (ours, theirs) if isinstance(side, Piecewise) for _, where in side.pieces]
    if any(isinstance(where, Words) for where in conditions):
        return isinstance(ours, Piecewise) and isinstance(theirs, Piecewise) and _same_pieces(ours, theirs)
    variables = {s for side in (ours, theirs) for s in _variables(side)}
    if len(variables) > 1:
        return False
    variable = next(iter(variables), sympy.Symbol("x"))
    points = [point for side in (ours, theirs) for point in _points(side)]
    if not points:
        return False
    return all(_agree(_at(ours, variable, p), _at(theirs, variable, p)) for p in points)


def _same_pieces(ours: Piecewise, theirs: Piecewise) -> bool:
    def alike(one: Any, other: Any) -> bool:
        return equal(one[0].expression, other[0].expression) and one[1] == other[1]

    pairs = [[alike(one, other) for other in theirs.pieces] for one in ours.pieces]
    return len(ours.pieces) == len(theirs.pieces) and all(map(any, pairs)) and all(map(any, zip(*pairs)))


def _agree(a: Any, b: Any) -> bool:
    return a is b or (a is not None and b is not None and equal(a, b))


def _variables(side: Piecewise | Value) -> set[Any]:
    if isinstance(side, Value):
        return set(side.expression.free_symbols)
    named = {sympy.Symbol(where.name) for _, where in side.pieces if isinstance(where, Ranges) and where.name}
    return named | {s for number, _ in side.pieces for s in number.expression.free_symbols}


def _points(side: Piecewise | Value) -> list[Any]:
    if isinstance(side, Value):
        return []
    known = [where for _, where in side.pieces if isinstance(where, Ranges)]
    rest = WHOLE
    for where in known:
        rest = without(rest, where) or rest
    ends = [
        end.expression for where in known for part in where.parts for end in part[:2] if not end.expression.is_infinite
    ]
    return ends + [point for where in (*known, rest) for point in samples(where) or ()]


def _at(side: Piecewise | Value, variable: Any, point: Any) -> Any | None:
    """The function's value, None where it is not defined."""
    if isinstance(side, Value):
        return side.expression.subs(variable, point)
    for number, where in side.pieces:
        if not isinstance(where, Ranges) or _contains(where, point):
            return number.expression.subs(variable, point)
    return None


def _contains(ranges: Ranges, point: Any) -> bool:
    alone = Ranges((), (Value(point),))
    return bool(same_set(union(ranges, alone), ranges, same_number))
