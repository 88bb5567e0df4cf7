"""Third step of grader `exact`: whether two readings mean the same."""

import re
from typing import Any, Callable

from oneshot_rlvr.rewards.exact_expr import SIGN, equal
from oneshot_rlvr.rewards.exact_read import (
    Bag,
    Chain,
    InBase,
    Inequality,
    Ranges,
    Ratio,
    Sequence,
    Table,
    Value,
    Words,
    as_range,
    read,
)
from oneshot_rlvr.rewards.exact_tidy import tidy

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
_MIN_DIGITS = 6  # significant digits from which a decimal can stand for an exact value
_MIN_DECIMALS = 4


def matches(found: str, truth: str) -> bool:
    """Whether the answer text means the ground truth."""
    ours, theirs = tidy(found), tidy(truth)
    if not ours or not theirs:
        return False
    if _compact(ours) == _compact(theirs):
        return True
    if letter := _CHOICE.fullmatch(_words(theirs).strip()):
        if "(" in theirs or "text" in truth:
            return (_chosen(ours, surely=True) or "").upper() == letter.group(1)
        if _chosen(ours, surely=False) == letter.group(1):
            return True
    meaning = read(theirs)
    if isinstance(meaning, Words):
        return _plain(ours) == _plain(theirs)
    return same(read(ours), meaning)


def _compact(text: str) -> str:
    """Without the spaces that do not matter: those between two letters or two numbers do."""
    if " " not in text:
        return text
    text = re.sub(r"(?<=[\d.])\s+(?=[\d.])", "\x00", text)
    return re.sub(r"\s+(?![a-zA-Z])|(?<![a-zA-Z])\s+", "", text)


def _words(text: str) -> str:
    return re.sub(r"\\text\{([^{}]*)\}", r"\1", text)


def same(ours: Any, theirs: Any) -> bool:
    """Whether an answer (`ours`) means the truth (`theirs`)."""
    if (system := _system(theirs)) is not None:
        return _systems(ours, system)
    if isinstance(theirs, Bag) or (isinstance(theirs, Value) and _both_signs(theirs)):
        return _bags(_items(ours), _items(theirs))
    if isinstance(theirs, Chain):
        return _truth_is_chain(ours, theirs)
    if isinstance(ours, Chain):
        return _chain_means(ours, theirs)
    if isinstance(ours, Bag):
        return bool(ours.items) and all(same(item, theirs) for item in ours.items)
    if isinstance(theirs, Words) or isinstance(ours, Words):
        return isinstance(ours, Words) and isinstance(theirs, Words) and _plain(ours.text) == _plain(theirs.text)
    if isinstance(theirs, Value):
        return isinstance(ours, Value) and values(ours, theirs)
    if isinstance(theirs, Ranges) or (isinstance(theirs, Sequence) and isinstance(ours, Ranges)):
        return _ranges(as_range(ours), as_range(theirs))
    if isinstance(theirs, InBase):
        return ours == theirs
    if type(ours) is not type(theirs):
        return False
    if isinstance(theirs, Sequence):
        brackets = (ours.opening, ours.closing) == (theirs.opening, theirs.closing)
        return brackets and _pairwise(ours.items, theirs.items)
    if isinstance(theirs, Table):
        return len(ours.rows) == len(theirs.rows) and all(map(_pairwise, ours.rows, theirs.rows))
    if isinstance(theirs, Inequality):
        return ours.closed == theirs.closed and equal(ours.difference, theirs.difference)
    return isinstance(theirs, Ratio) and _pairwise(ours.items, theirs.items)


def _pairwise(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> bool:
    return len(ours) == len(theirs) and all(map(same, ours, theirs))


def _chosen(text: str, surely: bool) -> str | None:
    """The letter of the option an answer names: `(A)`, `A.`, `A) gravity`; None when it names two.

    Unless the truth is `surely` a choice its letter may be a variable, so that `A 2` and `(A) + 1` are expressions.
    """
    plain = re.sub(r"\\text\{([^{}]*)\}", r" \1 ", text).replace("{", "").replace("}", "")
    match = _CHOSEN.fullmatch(re.sub(r"\s+", " ", plain).strip())
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
    if isinstance(item, Value) and _both_signs(item):
        return [Value(item.expression.subs(SIGN, sign)) for sign in (1, -1)]
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


def _is_label(part: Any) -> bool:
    """A left side that only names the value: `x`, `f(x)`, `m+n`, `\\text{Total}`, `(x, y)`."""
    if isinstance(part, Words):
        return not re.search(r"\d", part.text)
    if isinstance(part, Sequence):
        return all(map(_is_label, part.items))
    return isinstance(part, Value) and bool(part.expression.free_symbols)


def _chain_means(chain: Chain, truth: Any) -> bool:
    """Every part after the label must be the truth; after an approximation sign it must be near it."""
    parts = list(zip((*chain.signs, "="), chain.parts[1:]))[: len(chain.parts) - 1]
    first = chain.parts[0]
    claims = parts if _is_label(first) and not same(first, truth) else [("=", first), *parts]
    if not claims or ">" in chain.signs:
        return False
    head = claims[0][1]
    return same(head, truth) and all(_agrees(sign, part, truth) for sign, part in claims[1:])


def _agrees(sign: str, part: Any, truth: Any) -> bool:
    return same(part, truth) or (
        isinstance(part, Value) and isinstance(truth, Value) and _near(part, truth, 0.01 if sign == "~" else 0.001)
    )


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
    a, b = ours.expression, theirs.expression
    if ours.percent == theirs.percent:
        return _exactly(ours, theirs)
    if theirs.percent:
        return equal(a, b) or equal(a, b / 100)
    return equal(a / 100, b) or (equal(a, b) and bool(b.is_number and abs(b.evalf()) > 1))


def _exactly(ours: Value, theirs: Value) -> bool:
    if equal(ours.expression, theirs.expression):
        return True
    return _rounds(ours, theirs) or (not ours.decimal and _rounds(theirs, ours))


def _rounds(decimal: Value, exact: Value) -> bool:
    """A long decimal that is the correct rounding of a value that has no finite decimal."""
    digits = decimal.decimal.replace(" ", "")
    if not digits or exact.decimal or exact.expression.free_symbols:
        return False
    places = len(digits.split(".")[1])
    significant = len(digits.lstrip("-0.").replace(".", ""))
    if places < _MIN_DECIMALS or significant < _MIN_DIGITS:
        return False
    value = exact.expression.evalf(places + 30)
    if not value.is_comparable or exact.expression.doit().is_Integer:
        return False
    return bool(abs(value - decimal.expression) * 2 <= 10 ** (-places) * (1 + 1e-9))


# ---- intervals and words ---------------------------------------------------------------------------------------


def _ranges(ours: Ranges | None, theirs: Ranges | None) -> bool:
    if ours is None or theirs is None or len(ours.parts) != len(theirs.parts):
        return False
    if ours.name != theirs.name and ((ours.name and theirs.name) or not (ours.plain and theirs.plain)):
        return False
    found = all(any(_same_range(o, t) for o in ours.parts) for t in theirs.parts)
    return found and _bags(list(ours.points), list(theirs.points))


def _same_range(ours: tuple[Any, Any, bool, bool], theirs: tuple[Any, Any, bool, bool]) -> bool:
    infinite = [str(getattr(end, "expression", "")) in ("oo", "-oo") for end in theirs[:2]]
    closed = all(unbounded or a == b for a, b, unbounded in zip(ours[2:], theirs[2:], infinite))
    return closed and same(ours[0], theirs[0]) and same(ours[1], theirs[1])


def _plain(text: str) -> str:
    text = _words(text).lower()
    text = re.sub(r"^\s*(?:the )?(?:final )?(?:answer|solution)(?: is)?\s*:?\s+", "", text)
    return re.sub(r"(?:(?<!\d)|(?![\s.]+\d))[\s.]|[\"'`{}]|\\[a-z]+(?=\s|$)", "", text)
