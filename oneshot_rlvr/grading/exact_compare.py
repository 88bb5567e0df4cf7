"""Third step of grader `exact`: whether two readings mean the same."""

import re
from functools import reduce
from typing import Any, Callable

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
from oneshot_rlvr.grading.exact_units import DEGREES, RADIANS, Unit, ratio
from oneshot_rlvr.grading.exact_words import same_statement, unwrapped

_CHOICE = re.compile(r"\(?([A-J])\)?")
_CHOSEN = re.compile(
    r"(?:(?:the )?(?:(?:correct|right|final) )?(?:option|choice|answer)(?: is)?[ :]*)?"
    r"(?:\( ?(?P<inner>[A-J]) ?\)[.:]?|(?P<bare>[A-J]) ?(?P<mark>\)|[.:](?= |$))?)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
# `(B)`, `B)`, `B.`, `, B`, `or B` in the text of an option; the C of `vitamin C` only belongs to that text.
_OTHER_CHOICE = re.compile(
    r"[^\w\s'] ?[A-J](?![\w'])|(?<![\w'])[A-J](?: ?\)|[.:] ?\S)|"
    r"(?<![a-zA-Z])(?:or|and|nor|not|is|but|than|then|either|option|choice|answer)[ :]+[A-J](?![\w'])"
)
_OPERATOR = re.compile(r" ?(?:[-+*/^=<>!_|(\[&]|\\(?:cdot|times|div|pm|mp|le|ge|ne|approx|in|to)(?![a-zA-Z]))")
_DOUBLE_DIGITS = 15  # significant digits of what may be the print of a double
_DOUBLE_ERROR = 2e-15
_LONGEST = 3_000  # characters of an answer that is read
_MIN_DIGITS = 6  # significant digits from which a decimal can stand for an exact value
_MIN_DECIMALS = 4


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
            return (_chosen(ours, surely=True) or "").upper() == letter.group(1)
        if _chosen(ours, surely=False) == letter.group(1):
            return True
    meaning = read(theirs)
    if isinstance(meaning, Words):
        return _plain(ours) == _plain(theirs) or same_statement(_words(ours), _words(theirs))
    answer = read(ours)
    return same(answer, meaning) or (None if _unread(answer) else False)


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
    if (vectors := _components(ours, theirs)) is not None:
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


# ---- vectors, ratios, times ------------------------------------------------------------------------------------

_UNIT_VECTORS = ("uveci", "uvecj", "uveck")


def _points_of(item: Bag) -> Bag:
    """`x=1, y=2 \\text{ or } x=3, y=4` as points, whose coordinates come in the order of their names."""
    solutions = _solutions(system) if (system := _system(item)) else []
    if len(solutions) < 2 or any(chain.signs != ("=",) for solution in solutions for chain in solution):
        return item
    ordered = [sorted(solution, key=lambda chain: str(chain.parts[0])) for solution in solutions]
    return Bag(tuple(Sequence("(", ")", tuple(chain.parts[1] for chain in solution)) for solution in ordered))


def _components(ours: Any, theirs: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
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

    if isinstance(item, Sequence) and item.opening in ("\\langle", "("):
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


def _chosen(text: str, surely: bool) -> str | None:
    """The letter of the option an answer names: `(A)`, `A.`, `A) gravity`; None when it names two.

    Unless the truth is `surely` a choice its letter may be a variable, so that `A 2` and `(A) + 1` are expressions.
    """
    match = _CHOSEN.fullmatch(unwrapped(unwrapped(text).replace("{", "").replace("}", "")))
    if match is None:
        return None
    rest = match["rest"]
    if rest and match["bare"] and not match["mark"] and not (surely and re.fullmatch(r" [^a-zA-Z]*", rest)):
        return None
    if rest and match["inner"] and (rest[0] != " " or (not surely and _OPERATOR.match(rest))):
        return None
    return None if _OTHER_CHOICE.search(rest) else match["inner"] or match["bare"]


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
    """A left side that only names the value: `x`, `f(x)`, `P(X > 2)`, `m+n`, `\\text{Total}`, `(x, y)`."""
    if isinstance(part, Words):
        return _OPERATION.match(part.text) is not None or not re.search(r"\d", _IN_BRACKETS.sub("", _words(part.text)))
    if isinstance(part, (Sequence, Ratio)):
        return all(map(_is_label, part.items))
    return isinstance(part, Value) and bool(part.expression.free_symbols)


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
        return all(_agrees(sign, part, truth) or _rounded_to(part, truth) for sign, part in claims)
    return same(head, truth) and all(_agrees(sign, part, truth) for sign, part in claims[1:])


def _agrees(sign: str, part: Any, truth: Any) -> bool:
    return same(part, truth) or (
        isinstance(part, Value) and isinstance(truth, Value) and _near(part, truth, 0.01 if sign == "~" else 0.001)
    )


def _rounded_to(part: Any, truth: Any) -> bool:
    """Tells whether a number is the truth, a decimal, before it was rounded."""
    if not (isinstance(part, Value) and isinstance(truth, Value)) or "." not in truth.decimal:
        return False
    if part.expression.free_symbols or not part.expression.evalf(20).is_comparable:
        return False
    places = len(truth.decimal.split(".")[1])
    return bool(2 * abs(part.expression.evalf(30) - truth.expression) <= 10 ** (-places))


def _near(part: Value, truth: Value, relative: float) -> bool:
    if part.expression.free_symbols or truth.expression.free_symbols or not part.expression.is_Rational:
        return False
    a, b = complex(part.expression.evalf()), complex(truth.expression.evalf())
    return abs(a - b) <= relative * abs(b)


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
        return _same_equation(a - b, c - d)
    return same(ours.parts[0], left) and same(ours.parts[1], right)


def _same_equation(a: Any, b: Any) -> bool:
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


# ---- values ----------------------------------------------------------------------------------------------------


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
    return equal(a / 100, b) or (equal(a, b) and bool(b.is_number and abs(b.evalf()) > 1))


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
    value = exact.expression.evalf(places + 30)
    if not value.is_comparable:
        return False
    error = abs(value - decimal.expression)
    if exact.decimal or exact.expression.doit().is_Integer:
        return significant > _DOUBLE_DIGITS > len(exact.decimal) and bool(error <= _DOUBLE_ERROR * abs(value))
    if significant >= _DOUBLE_DIGITS and error <= _DOUBLE_ERROR * abs(value):
        return True
    return bool(error * (1 if decimal.cut else 2) <= 10 ** (-places) * (1 + 1e-9))


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
