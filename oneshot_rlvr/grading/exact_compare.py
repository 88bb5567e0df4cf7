"""Third step of grader `exact`: whether two readings mean the same."""

import re
from functools import reduce
from typing import Any, Callable

from oneshot_rlvr.grading.exact_choice import chosen
from oneshot_rlvr.grading.exact_equal import near, rounded_to, same_equation, values
from oneshot_rlvr.grading.exact_expr import SIGN, equal
from oneshot_rlvr.grading.exact_families import same_family, same_function
from oneshot_rlvr.grading.exact_kinds import (
    Bag,
    Chain,
    Family,
    InBase,
    Inequality,
    Part,
    Piecewise,
    Point,
    Ranges,
    Ratio,
    Sequence,
    Table,
    Time,
    Value,
    Words,
)
from oneshot_rlvr.grading.exact_read import as_range, both_signs, family_of, read
from oneshot_rlvr.grading.exact_sets import same_set, union
from oneshot_rlvr.grading.exact_tidy import tidy
from oneshot_rlvr.grading.exact_units import DEGREES
from oneshot_rlvr.grading.exact_vectors import components
from oneshot_rlvr.grading.exact_words import roman, same_statement

_CHOICE = re.compile(r"\(?([A-J])\)?")
_LONGEST = 3_000  # characters of an answer that is read


def matches(found: str, truth: str) -> bool | None:
    """Tells whether the answer text means the ground truth; None when the answer could not be read."""
    if max(len(found), len(truth)) > _LONGEST:
        return found.split() == truth.split() or None
    ours, theirs = tidy(found), tidy(truth)
    if not ours or not theirs:
        return None if theirs else False
    if _compact(ours) == _compact(theirs):
        return True
    if letter := _CHOICE.fullmatch(_words(theirs).strip()):
        if "(" in theirs or "text" in truth:
            named = (chosen(ours, surely=True) or "").upper()
            return named == letter.group(1) or (not named and same_statement(_words(ours), _words(theirs)))
        if chosen(ours, surely=False) == letter.group(1):
            return True
    if (number := _roman(ours, theirs)) is not None:
        return number
    meaning = read(theirs)
    if isinstance(meaning, Words):
        return _plain(ours) == _plain(theirs) or same_statement(_words(ours), _words(theirs))
    answer = read(ours)
    return same(answer, meaning) or (None if _unread(answer) else False)


def _roman(ours: str, theirs: str) -> bool | None:
    """Tells whether a Roman numeral meets the integer on the other side; None when there is no such pair."""
    for numeral, digits in ((ours, theirs), (theirs, ours)):
        number = roman(_words(numeral)) if digits.isdigit() else None
        if number is not None:
            return number == int(digits)
    return None


def _unread(item: Any) -> bool:
    """Tells whether some part of an answer is words, or has words behind it that may change it."""
    if isinstance(item, Words):
        return True
    if isinstance(item, Value):
        return item.unit is not None and not item.unit.known
    if isinstance(item, Chain):
        return any(map(_unread, item.parts[1:]))
    return isinstance(item, (Bag, Sequence)) and any(map(_unread, item.items))


def _compact(text: str) -> str:
    """Takes out the spaces that do not matter: those between two letters or two numbers do."""
    if " " not in text:
        return text
    text = re.sub(r"(?<=[\d.])\s+(?=[\d.])", "\x00", text)
    return re.sub(r"\s+(?![a-zA-Z])|(?<![a-zA-Z])\s+", "", text)


def _words(text: str) -> str:
    return re.sub(r"\\text\{([^{}]*)\}", r"\1", text)


def same(ours: Any, theirs: Any) -> bool:
    """Tells whether an answer (`ours`) means the truth (`theirs`)."""
    ours, theirs = _meant(ours, theirs), _meant(theirs, ours)
    if isinstance(ours, Bag) and ours.single is not None and isinstance(theirs, Value):
        return not theirs.expression.is_Integer and same(ours.single, theirs)
    if (system := _system(theirs)) is not None:
        return _systems(ours, system)
    if isinstance(theirs, Family):
        return _is_family(ours, theirs)
    if isinstance(ours, Family):
        is_residue = isinstance(theirs, Value) and _is_residue(ours, theirs.expression)
        return is_residue or (ours.integers and _is_family(theirs, ours))
    if (families := _both_turns(ours, theirs)) is not None:
        return same_family(*families)
    if isinstance(theirs, Piecewise) or (isinstance(ours, Piecewise) and isinstance(theirs, Value)):
        if isinstance(ours, Chain) and ours.signs == ("=",) and _is_label(ours.parts[0]):
            ours = ours.parts[1]
        return isinstance(ours, (Piecewise, Value)) and same_function(ours, theirs)
    if isinstance(theirs, Ranges) and isinstance(ours, Bag) and ours.items:
        parts = [as_range(ours)] if not theirs.parts else [as_range(item) for item in ours.items]
        known = [part for part in parts if part is not None]
        one_name = len({part.name for part in known} - {""}) < 2
        return one_name and len(known) == len(parts) and _ranges(reduce(union, known), theirs)
    if isinstance(theirs, Bag) and isinstance(ours, Bag) and any(isinstance(each, Sequence) for each in theirs.items):
        ours = _points_of(ours)
    if isinstance(theirs, Bag) or (isinstance(theirs, Value) and _both_signs(theirs)):
        return _bags(_items(ours), _items(theirs))
    if isinstance(theirs, Chain):
        return _truth_is_chain(ours, theirs)
    if (named := _by_coordinates(ours, theirs)) is not None:
        return _pairwise(*named)
    if isinstance(ours, Chain):
        return _chain_means(ours, theirs)
    if isinstance(ours, Bag):
        return bool(ours.items) and all(same(item, theirs) for item in ours.items)
    if isinstance(theirs, Words) or isinstance(ours, Words):
        return isinstance(ours, Words) and isinstance(theirs, Words) and _same_words(ours.text, theirs.text)
    if (vectors := components(ours, theirs)) is not None:
        return _pairwise(*vectors)
    if isinstance(ours, Time) and isinstance(theirs, (Ratio, Value)):
        return _times(theirs, ours)
    if isinstance(theirs, Ratio) or (isinstance(ours, Ratio) and isinstance(theirs, Value)):
        return _ratios(ours, theirs)
    if isinstance(theirs, Time):
        return _times(ours, theirs)
    if isinstance(theirs, Value):
        return isinstance(ours, Value) and values(ours, theirs)
    if isinstance(theirs, Ranges) or (isinstance(theirs, Sequence) and isinstance(ours, Ranges)):
        return _ranges(as_range(ours), as_range(theirs))
    if isinstance(theirs, Table) and isinstance(ours, Sequence):
        ours = _rows(ours)
    return type(ours) is type(theirs) and _same_parts(ours, theirs)


def _same_parts(ours: Any, theirs: Any) -> bool:
    """Tells whether two things of one kind that is built of parts are the same part by part."""
    if isinstance(theirs, InBase):
        return ours == theirs
    if isinstance(theirs, Sequence):
        brackets = (ours.opening, ours.closing) == (theirs.opening, theirs.closing)
        return brackets and _pairwise(ours.items, theirs.items)
    if isinstance(theirs, Table):
        return len(ours.rows) == len(theirs.rows) and all(map(_pairwise, ours.rows, theirs.rows))
    return (
        isinstance(theirs, Inequality)
        and ours.closed == theirs.closed
        and len(ours.differences) == len(theirs.differences)
        and all(map(equal, ours.differences, theirs.differences))
    )


def _meant(item: Any, other: Any) -> Any:
    """`P(3,4)` is a point, but `C(10,3)` a number beside a number, and `\\phi` the empty set beside that."""
    if other == Bag(()) and isinstance(item, Value) and str(item.expression) in ("phi", "Phi", "varphi"):
        return other
    if isinstance(item, Bag) and any(isinstance(each, Point) for each in item.items):
        return Bag(tuple(_meant(each, None) for each in item.items))
    if not isinstance(item, Point):
        return item
    numbers = [each.expression for each in item.coordinates.items if isinstance(each, Value)]
    if isinstance(other, Value) and str(item.name.expression) in "CP" and len(numbers) == 2:
        n, k = numbers
        if all(number.is_Integer and 0 <= number <= 1000 for number in numbers):
            import sympy

            return Value(sympy.binomial(n, k) * (sympy.factorial(k) if str(item.name.expression) == "P" else 1))
    return Chain((item.name, item.coordinates), ("=",))


def _is_residue(ours: Family, number: Any) -> bool:
    """Tells whether `3 \\pmod 7` stands for 3: the residue itself, below the modulus."""
    if len(ours.residues) != 1 or not number.is_Integer or ours.residues[0].expression != number:
        return False
    modulus = ours.items[0].expression.coeff(ours.parameter)
    return bool(modulus.is_Integer and 0 <= number < modulus)


def _is_family(ours: Any, theirs: Family) -> bool:
    """An answer without a clause may leave it out, if it has one letter and all integers are meant."""
    if isinstance(ours, Chain) and isinstance(ours.parts[-1], Family) and ours.signs == ("=",):
        ours = ours.parts[-1]
    if isinstance(ours, (Value, Chain, Sequence, Ranges, Bag)) and theirs.integers:
        letters = _letters(ours)
        found = family_of(ours, next(iter(letters))) if len(letters) == 1 else None
        return found is not None and same_family(found, theirs)
    return isinstance(ours, Family) and same_family(ours, theirs)


def _both_turns(ours: Any, theirs: Any) -> tuple[Family, Family] | None:
    """`60^\\circ + 360^\\circ n` beside `60^\\circ + 360^\\circ k`: whole turns need no clause to be a family."""
    found = []
    for item in (ours, theirs):
        letters = _letters(item) if isinstance(item, (Value, Bag, Chain)) else set()
        family = family_of(item, next(iter(letters))) if len(letters) == 1 else None
        if family is None or not all(_turns(each, family.parameter) for each in family.items):
            return None
        found.append(family)
    return None if found[0].parameter == found[1].parameter else (found[0], found[1])


def _turns(item: Any, letter: Any) -> bool:
    """Tells whether a value grows with a letter by a multiple of pi, or by whole degrees."""
    import sympy

    if not isinstance(item, Value):
        return False
    step = item.expression.doit().expand().coeff(letter)
    return bool(step.has(sympy.pi) or (item.unit == DEGREES and step.is_Integer))


def _letters(item: Any) -> set[Any]:
    from oneshot_rlvr.grading.exact_read import symbols_of

    if isinstance(item, Chain):
        return _letters(item.parts[-1])
    if isinstance(item, Bag):
        return {s for each in item.items for s in _letters(each)}
    return {s for s in symbols_of(item) if str(s) != SIGN and str(s) in "klmnpqrst"}


def _by_coordinates(ours: Any, theirs: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
    """`y = 6, x = -1` for a point: its coordinates in the order of their names, and the point's."""
    if not (isinstance(theirs, Sequence) and theirs.opening == "("):
        return None
    system = _system(ours)
    if system is None or len(system) != len(theirs.items) or any(c.signs != ("=",) for c in system):
        return None
    names = [str(chain.parts[0].expression) if isinstance(chain.parts[0], Value) else "" for chain in system]
    if len(set(names)) < len(names) or "" in names or (isinstance(ours, Chain) and not set(names) <= set("xyz")):
        return None
    return tuple(chain.parts[1] for _, chain in sorted(zip(names, system), key=lambda pair: pair[0])), theirs.items


def _same_words(ours: str, theirs: str) -> bool:
    return _plain(ours) == _plain(theirs) or same_statement(_words(ours), _words(theirs))


def _rows(item: Sequence) -> Any:
    """`[[1,0],[0,1]]` as a table."""
    rows = item.items
    return Table(tuple(row.items for row in rows)) if all(isinstance(row, Sequence) for row in rows) else item


def _points_of(item: Bag) -> Bag:
    """`x=1, y=2 \\text{ or } x=3, y=4` as points, whose coordinates come in the order of their names."""
    solutions = _solutions(system) if (system := _system(item)) else []
    if len(solutions) < 2 or any(chain.signs != ("=",) for solution in solutions for chain in solution):
        return item
    ordered = [sorted(solution, key=lambda chain: str(chain.parts[0])) for solution in solutions]
    return Bag(tuple(Sequence("(", ")", tuple(chain.parts[1] for chain in solution)) for solution in ordered))


def _ratios(ours: Any, theirs: Any) -> bool:
    """Proportional; a ratio of two is also the fraction. With a zero (`12:00`) it is a time, met by itself only."""
    import sympy

    if isinstance(theirs, Value) and theirs.expression.is_Integer:
        return False  # `12:1` is no way to write 12

    sides = [side.items if isinstance(side, Ratio) else (side, Value(sympy.S.One)) for side in (ours, theirs)]
    if not all(isinstance(each, Value) for side in sides for each in side):
        return False
    a, b = ([each.expression for each in side] for side in sides)
    if len(a) != len(b):
        return False
    if any(equal(number, sympy.S.Zero) for number in (*a, *b)):
        return all(map(equal, a, b)) and isinstance(ours, Ratio) and isinstance(theirs, Ratio)
    if len(a) == 2 and (isinstance(ours, Value) or isinstance(theirs, Value)):
        numbers = [
            side if isinstance(side, Value) else Value(side.items[0].expression / side.items[1].expression)
            for side in (ours, theirs)
        ]
        return values(*numbers)
    return all(equal(x * b[0], y * a[0]) for x, y in zip(a, b))


def _times(ours: Any, theirs: Time) -> bool:
    """Hours and minutes; the half of the day counts if both name it, or as hours up to 24."""
    if isinstance(ours, Time):
        return ours == theirs
    numbers = [each.expression for each in ours.items] if isinstance(ours, Ratio) else []
    if isinstance(ours, Value) and ours.unit is None:
        numbers = [ours.expression, 0]
    if len(numbers) != 2:
        return False
    minutes = numbers[0] * 60 + numbers[1]
    return bool(
        minutes == theirs.minutes + 720 * (theirs.half == "p") or (minutes % 720 == theirs.minutes and minutes < 780)
    )


def _pairwise(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> bool:
    return len(ours) == len(theirs) and all(map(same, ours, theirs))


# ---- lists -----------------------------------------------------------------------------------------------------


def _both_signs(item: Value) -> bool:
    return any(str(s) == SIGN for s in item.expression.free_symbols)


def _items(item: Any) -> list[Any]:
    """Elements of a list; `a \\pm b` is two; a definition `x = ...` is what it defines."""
    if isinstance(item, Chain) and item.signs == ("=",) and _is_label(item.parts[0]):
        item = item.parts[1]
    if isinstance(item, Bag):
        return [each for inner in item.items for each in _items(inner)]
    if isinstance(item, Value):
        return list(both_signs(item))
    if isinstance(item, Ranges) and not item.parts:
        return list(item.points)
    return [item]


def _bags(ours: list[Any], theirs: list[Any], alike: Callable[[Any, Any], bool] = same) -> bool:
    """The same elements in any order, repetitions ignored."""
    return all(any(alike(o, t) for t in theirs) for o in ours) and all(any(alike(o, t) for o in ours) for t in theirs)


# ---- several names ---------------------------------------------------------------------------------------------


def _system(item: Any) -> list[Chain] | None:
    """`x = 1, y = 2` and `(x, y) = (1, 2)`: one equation for each of several names; None for anything else."""
    if isinstance(item, Bag) and item.items and all(isinstance(each, Chain) for each in item.items):
        names = [each.parts[0] for each in item.items]
        return list(item.items) if any(not same(name, names[0]) for name in names) else None
    if isinstance(item, Chain) and item.signs == ("=",) and all(isinstance(side, Sequence) for side in item.parts):
        names, found = (side.items for side in item.parts)
        if len(names) == len(found) and all(map(_is_label, names)):
            return [Chain((name, each), ("=",)) for name, each in zip(names, found)]
    return None


def _systems(ours: Any, theirs: list[Chain]) -> bool:
    """Names are met by the same names, solution by solution; values without names come in the order of the names."""
    named = _system(ours)
    if named is not None:
        return _bags(_solutions(named), _solutions(theirs), _same_solution)
    values = [chain.parts[1] for chain in theirs]
    if isinstance(ours, Sequence) and (ours.opening, ours.closing) == ("(", ")"):
        return _pairwise(ours.items, tuple(values))
    items = _items(ours)
    return _pairwise(tuple(items), tuple(values)) or (_bags(items, values) and _bags(values[:1], values))


def _solutions(system: list[Chain]) -> list[list[Chain]]:
    """`x=1, y=2, x=2, y=1` is two solutions: one begins where the first name comes again, if all are as long."""
    starts = [i for i, chain in enumerate(system) if same(chain.parts[0], system[0].parts[0])]
    size = starts[1] if len(starts) > 1 else len(system)
    if size == 1 or starts != list(range(0, len(system), size)):
        return [system]
    return [system[start : start + size] for start in starts]


def _same_solution(ours: list[Chain], theirs: list[Chain]) -> bool:
    return _bags(ours, theirs, _same_named)


def _same_named(ours: Chain, theirs: Chain) -> bool:
    if same(ours, theirs):
        return True
    value = ours.parts[1] if ours.signs == ("=",) else ours
    return theirs.signs == ("=",) and same(ours.parts[0], theirs.parts[0]) and same(value, theirs.parts[1])


# ---- equations -------------------------------------------------------------------------------------------------


_OPERATION = re.compile(
    r"\{?(?:\\(?:gcd|max|min|sup|inf|sum|prod|int|lim|det|deg|dim|Pr)|gcd|lcm|LCM|GCD|HCF|max|min)\}?(?![a-zA-Z])"
)


_IN_BRACKETS = re.compile(r"(?<=[a-zA-Z])\s*(?:\(.*\)|\[.*\])|[_^](?:\{[^{}]*\}|\w)")


def _is_label(part: Any) -> bool:
    """A left side that only names the value: `x`, `f(x)`, `P(X > 2)`, `m+n`, `\\text{Total}`, `(x, y)`.

    A polynomial in one unknown does not: `2x = 12` is an equation to solve.
    """
    if isinstance(part, Words):
        return _OPERATION.match(part.text) is not None or not re.search(r"\d", _IN_BRACKETS.sub("", _words(part.text)))
    if isinstance(part, (Sequence, Ratio)):
        return all(map(_is_label, part.items))
    if not isinstance(part, Value) or not part.expression.free_symbols:
        return False
    expression, symbols = part.expression, part.expression.free_symbols
    indexed = expression.is_Mul and expression.args[0].is_Symbol and expression.args[1].is_Integer  # `x1`
    return expression.is_Symbol or indexed or len(symbols) > 1 or not expression.is_polynomial(*symbols)


def _chain_means(chain: Chain, truth: Any) -> bool:
    """Every part after the label must be the truth; after an approximation sign it must be near it."""
    parts = list(zip((*chain.signs, "="), chain.parts[1:]))[: len(chain.parts) - 1]
    first = chain.parts[0]
    claims = parts if _is_label(first) and not same(first, truth) else [("=", first), *parts]
    if not claims or ">" in chain.signs:
        return False
    last = claims[-1][1]
    if len(claims) > 1 and isinstance(last, Value) and last.expression.is_Symbol and chain.signs[-1] == "=":
        claims = claims[:-1]
    head = claims[0][1]
    if claims[-1][0] == "~" and same(claims[-1][1], truth):
        return all(_agrees(sign, part, truth) or rounded_to(part, truth) for sign, part in claims)
    return same(head, truth) and all(_agrees(sign, part, truth) for sign, part in claims[1:])


def _agrees(sign: str, part: Any, truth: Any) -> bool:
    return same(part, truth) or (
        isinstance(part, Value) and isinstance(truth, Value) and near(part, truth, 0.01 if sign == "~" else 0.001)
    )


def _truth_is_chain(ours: Any, truth: Chain) -> bool:
    if truth.signs != ("=",):
        return False
    left, right = truth.parts
    if not isinstance(ours, Chain):
        return _is_label(left) and same(ours, right)
    if ours.signs != ("=",):
        return False
    sides = (*ours.parts, left, right)
    if all(isinstance(side, Value) for side in sides):
        a, b, c, d = (side.expression for side in sides)
        return same_equation(a - b, c - d)
    return same(ours.parts[0], left) and same(ours.parts[1], right)


# ---- intervals and words ---------------------------------------------------------------------------------------


def _ranges(ours: Ranges | None, theirs: Ranges | None) -> bool:
    if ours is None or theirs is None:
        return False
    if ours.name != theirs.name and ((ours.name and theirs.name) or not (ours.plain and theirs.plain)):
        return False
    if (known := same_set(ours, theirs, values)) is not None:
        return known
    found = len(ours.parts) == len(theirs.parts) and all(
        any(_same_range(o, t) for o in ours.parts) for t in theirs.parts
    )
    return found and _bags(list(ours.points), list(theirs.points))


def _same_range(ours: Part, theirs: Part) -> bool:
    infinite = [str(getattr(end, "expression", "")) in ("oo", "-oo") for end in theirs[:2]]
    closed = all(unbounded or a == b for a, b, unbounded in zip(ours[2:], theirs[2:], infinite))
    return closed and same(ours[0], theirs[0]) and same(ours[1], theirs[1])


def _plain(text: str) -> str:
    text = _words(text).lower()
    text = re.sub(r"^\s*(?:the )?(?:final )?(?:answer|solution)(?: is)?\s*:?\s+", "", text)
    return re.sub(r"(?:(?<!\d)|(?![\s.]+\d))[\s.]|[\"'`{}]|\\[a-z]+(?=\s|$)", "", text)
