"""Sets of real numbers of grader `exact`: unions, intersections and differences of intervals and points.

The ends of both sets cut the line into cells, the ends themselves and what lies between them; a set is the list of
the cells that belong to it, and every question about sets is one about such lists.
"""

from typing import Any, Callable

import sympy

from oneshot_rlvr.grading.exact_expr import equal
from oneshot_rlvr.grading.exact_kinds import Part, Ranges, Value
from oneshot_rlvr.grading.exact_points import numeric

LOWEST, HIGHEST = Value(-sympy.oo), Value(sympy.oo)
WHOLE = Ranges(((LOWEST, HIGHEST, False, False),))
_Alike = Callable[[Value, Value], bool]


def same_number(a: Value, b: Value) -> bool:
    return equal(a.expression, b.expression)


def infinite(item: Any) -> bool:
    return isinstance(item, Value) and item.expression.has(sympy.oo, -sympy.oo)


def _ends(ranges: Ranges) -> list[Value] | None:
    """All finite ends and points, None if one of them is no real number or an interval runs backwards."""
    ends = [end for part in ranges.parts for end in part[:2] if not infinite(end)] + list(ranges.points)
    real = all(isinstance(end, Value) and not end.expression.free_symbols for end in ends)
    if not real or not all(numeric(end.expression, 20).is_comparable for end in ends):
        return None
    pairs = [part[:2] for part in ranges.parts if not any(map(infinite, part[:2]))]
    return ends if all(low.expression.evalf(20) <= high.expression.evalf(20) for low, high in pairs) else None


def _grid(sets: tuple[Ranges, ...], alike: _Alike) -> list[Value] | None:
    """The different ends of all the sets in their order."""
    grid: list[Value] = []
    for ranges in sets:
        if (ends := _ends(ranges)) is None:
            return None
        for end in ends:
            if not any(alike(end, known) for known in grid):
                grid.append(end)
    return sorted(grid, key=lambda end: end.expression.evalf(30))


def _cells(ranges: Ranges, grid: list[Value], alike: _Alike) -> list[bool]:
    """Marks the cells that belong to the set; cell 2i+1 is end i, cell 2i what lies below it."""

    def cell(end: Value) -> int:
        return 2 * next(i for i, known in enumerate(grid) if alike(end, known) or alike(known, end)) + 1

    inside = [False] * (2 * len(grid) + 1)
    for low, high, with_low, with_high in ranges.parts:
        first = 0 if infinite(low) else cell(low) + (not with_low)
        last = 2 * len(grid) if infinite(high) else cell(high) - (not with_high)
        inside[first : last + 1] = [True] * max(0, last + 1 - first)
    for point in ranges.points:
        inside[cell(point)] = True
    return inside


def _from_cells(inside: list[bool], grid: list[Value]) -> tuple[tuple[Part, ...], tuple[Value, ...]]:
    parts: list[Part] = []
    points: list[Value] = []
    index = 0
    while index < len(inside):
        if not inside[index]:
            index += 1
            continue
        first = index
        while index < len(inside) and inside[index]:
            index += 1
        last = index - 1
        if first == last and first % 2:
            points.append(grid[first // 2])
            continue
        low = LOWEST if first == 0 else grid[(first - 1) // 2]
        high = HIGHEST if last == len(inside) - 1 else grid[last // 2]
        parts.append((low, high, first % 2 == 1, last % 2 == 1))
    return tuple(parts), tuple(points)


def combined(a: Ranges, b: Ranges, belongs: Callable[[bool, bool], bool]) -> Ranges | None:
    """The set of the numbers that `belongs` picks by whether they are in `a` and in `b`; None for unknown ends."""
    if (grid := _grid((a, b), same_number)) is None:
        return None
    cells = zip(_cells(a, grid, same_number), _cells(b, grid, same_number))
    parts, points = _from_cells([belongs(*pair) for pair in cells], grid)
    return Ranges(parts, points, a.name or b.name, a.plain and b.plain)


def union(a: Ranges, b: Ranges) -> Ranges:
    found = combined(a, b, lambda x, y: x or y)
    return found or Ranges(a.parts + b.parts, a.points + b.points, a.name or b.name, a.plain and b.plain)


def common(a: Ranges, b: Ranges) -> Ranges | None:
    return combined(a, b, lambda x, y: x and y)


def without(a: Ranges, b: Ranges) -> Ranges | None:
    return combined(a, b, lambda x, y: x and not y)


def is_whole(ranges: Ranges) -> bool:
    return (grid := _grid((ranges,), same_number)) is not None and all(_cells(ranges, grid, same_number))


def same_set(ours: Ranges, theirs: Ranges, alike: _Alike) -> bool | None:
    """Tells whether two sets have the same numbers; None when an end is no real number."""
    if (grid := _grid((theirs, ours), lambda a, b: alike(a, b) or alike(b, a))) is None:
        return None
    return _cells(ours, grid, alike) == _cells(theirs, grid, alike)


def solution(bounded: Any, low: Part) -> Ranges | None:
    """Solves for where an expression of one variable, linear, quadratic or an absolute value, lies in an interval.

    Its roots at both ends cut the line; between them it cannot leave the interval.
    """
    symbols = bounded.free_symbols
    if len(symbols) != 1:
        return None
    variable = next(iter(symbols))
    inner = bounded.args[0] if isinstance(bounded, sympy.Abs) else bounded
    ends = [end.expression for end in low[:2] if not infinite(end)]
    levels = ends + [-end for end in ends] if isinstance(bounded, sympy.Abs) else ends
    if inner.has(sympy.Function) or not inner.is_polynomial(variable) or sympy.degree(inner, variable) > 2:
        return None
    roots: list[Value] = []
    for level in levels:
        for root in sympy.roots(sympy.Poly(inner - level, variable)):
            if root.is_real and not any(same_number(Value(root), known) for known in roots):
                roots.append(Value(root))
    grid = sorted(roots, key=lambda end: end.expression.evalf(30))
    inside = []
    for index in range(2 * len(grid) + 1):
        value = bounded.subs(variable, _inside_of_cell(index, grid)).doit()
        inside.append(_lies_in(value, low))
    parts, points = _from_cells(inside, grid)
    return Ranges(parts, points, str(variable))


def _inside_of_cell(index: int, grid: list[Value]) -> Any:
    """The end itself, or a number in the cell."""
    if index % 2:
        return grid[index // 2].expression
    below = grid[index // 2 - 1].expression if index else None
    above = grid[index // 2].expression if index // 2 < len(grid) else None
    if below is None or above is None:
        return (above - 1) if above is not None else (below + 1) if below is not None else sympy.Integer(0)
    return (below + above) / 2


def _lies_in(number: Any, interval: Part) -> bool:
    low, high, with_low, with_high = interval
    for end, closed, sign in ((low, with_low, 1), (high, with_high, -1)):
        if infinite(end):
            continue
        gap = number - end.expression
        if equal(number, end.expression):
            if not closed:
                return False
        elif not (sign * gap.evalf(30) > 0):
            return False
    return True


def samples(ranges: Ranges) -> list[Any] | None:
    """Numbers of a set: its closed ends, its points and three of each interval; None for unknown ends."""
    if _ends(ranges) is None:
        return None
    found = [point.expression for point in ranges.points]
    for low, high, with_low, with_high in ranges.parts:
        a = low.expression if not infinite(low) else None
        b = high.expression if not infinite(high) else None
        found += [end for end, closed in ((a, with_low), (b, with_high)) if closed and end is not None]
        if a is not None and b is not None:
            found += [a + (b - a) * sympy.Rational(k, 7) for k in (1, 3, 6)]
        else:
            step = 1 if a is not None else -1
            start = a if a is not None else b if b is not None else sympy.Integer(0)
            found += [start + step * sympy.Rational(k, 7) for k in (2, 17, 60)]
    return found
