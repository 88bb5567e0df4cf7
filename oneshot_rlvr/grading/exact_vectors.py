"""Vectors of grader `exact`: unit vectors, angle brackets, columns and rows as their components."""

from typing import Any

from oneshot_rlvr.grading.exact_kinds import Sequence, Table, Value

_UNIT_VECTORS = ("uveci", "uvecj", "uveck")


def components(ours: Any, theirs: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
    """The components of both sides when one is written with unit vectors or in angle brackets; else None."""
    table = isinstance(ours, Table) or isinstance(theirs, Table)
    if not any(map(_is_vector, (ours, theirs))) and not (table and type(ours) is not type(theirs)):
        return None
    a, b = _vector(ours), _vector(theirs)
    if a is None or b is None:
        return None
    zero = Value(0 * b[0].expression)
    size = max(len(a), len(b)) if any(isinstance(side, Value) for side in (ours, theirs)) else 0
    return a + (zero,) * (size - len(a)), b + (zero,) * (size - len(b))


def _is_vector(item: Any) -> bool:
    if isinstance(item, Sequence):
        return item.opening == "\\langle"
    return isinstance(item, Value) and any(str(s) in _UNIT_VECTORS for s in item.expression.free_symbols)


def _vector(item: Any) -> tuple[Any, ...] | None:
    import sympy

    if isinstance(item, Sequence) and item.opening in ("\\langle", "(", "["):
        return item.items if all(isinstance(each, Value) for each in item.items) else None
    if isinstance(item, Table) and (len(item.rows) == 1 or all(len(row) == 1 for row in item.rows)):
        return tuple(cell for row in item.rows for cell in row)
    if not isinstance(item, Value):
        return None
    letters = {sympy.I: "uveci", sympy.Symbol("j"): "uvecj", sympy.Symbol("k"): "uveck"}
    named = item.expression.doit().xreplace({plain: sympy.Symbol(name) for plain, name in letters.items()})
    expression = sympy.expand(named)
    units = [sympy.Symbol(name) for name in _UNIT_VECTORS]
    parts = tuple(Value(expression.coeff(unit)) for unit in units)
    rest = expression - sum(part.expression * unit for part, unit in zip(parts, units))
    linear = rest.expand() == 0 and not any(set(units) & part.expression.free_symbols for part in parts)
    return parts if linear else None
