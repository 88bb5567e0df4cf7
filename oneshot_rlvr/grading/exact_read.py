"""Second step of grader `exact`: what kind of thing an answer is (value, list, tuple, interval, equation, ...)."""

import re
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from typing import Any

import sympy

from oneshot_rlvr.grading import exact_sets
from oneshot_rlvr.grading.exact_expr import DEGREE, readable
from oneshot_rlvr.grading.exact_kinds import (
    Bag,
    Chain,
    Family,
    InBase,
    Inequality,
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
from oneshot_rlvr.grading.exact_units import DEGREES, Unit, money_sign, read_unit
from oneshot_rlvr.grading.exact_words import (
    EVERYTHING,
    NOTHING,
    SCALES,
    leads_to_number,
    order_in_words,
    statement,
    unwrapped,
)
from oneshot_rlvr.grading.qwen_strip import number_words

_OPEN = ("\\{", "(", "[", "\\langle", "{")
_CLOSE = ("\\}", ")", "]", "\\rangle", "}")
_TOKEN = re.compile(r"\\begin\{[a-z]*\}|\\end\{[a-z]*\}|\\[{}]|\\[a-zA-Z]+|\\.|[()\[\]{}]|.", re.DOTALL)
_CONNECTIVE = re.compile(
    r"\s*(?:\\text\{\s*,?\s*(?:and|or)\s*\}|(?<![a-zA-Z])(?:and|or|OR|AND)(?![a-zA-Z]))\s*", re.IGNORECASE
)
_AND = re.compile(r"(?<![a-zA-Z\\])and(?![a-zA-Z])", re.IGNORECASE)
_OR = re.compile(r"(?<![a-zA-Z\\])or(?![a-zA-Z])", re.IGNORECASE)
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
_NAME = r"(?!\\\{)[a-zA-Z\\][\w{}\\ ']*(?:\([^()]*\))?"
_MEMBER = re.compile(rf"(?:{_NAME}|\([A-Za-z_0-9, ]+\))\s*\\in(?![a-zA-Z])\s*")
_SIGNS = {"=": "=", "\\approx": "~", "\\equiv": "=", "\\Rightarrow": ">", "\\implies": ">", "\\to": ">"}
_ORDER = {
    "<": ("<", False),
    ">": (">", False),
    "\\le": ("<", True),
    "\\ge": (">", True),
    "\\lt": ("<", False),
    "\\gt": (">", False),
}


def split_top(text: str, separators: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Pieces between separators outside all brackets, and the separators. Any bracket closes any other: `(3,4]`."""
    pieces, found, depth, current = [], [], 0, []
    for token in _TOKEN.findall(text):
        if token in _OPEN or token.startswith("\\begin"):
            depth += 1
        elif token in _CLOSE or token.startswith("\\end{"):
            depth -= 1
        if depth == 0 and token in separators:
            pieces.append("".join(current).strip())
            found.append(token)
            current = []
        else:
            current.append(token)
    return [*pieces, "".join(current).strip()], found


def enclosed(text: str) -> tuple[str, str, str] | None:
    """(opening, inside, closing) when one pair of brackets holds all of the text."""
    tokens = _TOKEN.findall(text)
    if len(tokens) < 2 or tokens[0] not in _OPEN[:4] or tokens[-1] not in _CLOSE[:4]:
        return None
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token in _OPEN) - (token in _CLOSE)
        if depth == 0 and index < len(tokens) - 1:
            return None
    return tokens[0], "".join(tokens[1:-1]), tokens[-1]


def read(text: str) -> Any:
    """The kind and content of a tidied answer; Words when it is nothing mathematical."""
    text = _MEMBER.sub("", text, count=1) if "\\in" in text and _MEMBER.match(text) else text
    if "]" in text or "[" in text:
        text = _FRENCH.sub(_french, text)
    for mark, reader in _READERS:
        if (mark is None or mark in text) and (found := reader(text)) is not None:
            return found
    return _in_words(text)


_FRENCH = re.compile(r"([\]\[(])([^\[\]()]*?[,;][^\[\]()]*?)([\]\[)])")  # `]1,2]`, `[1;2[`


def _french(match: re.Match[str]) -> str:
    opening, inside, closing = match.groups()
    if opening != "]" and closing != "[":
        return match.group()
    return f"{'(' if opening == ']' else opening}{inside}{')' if closing == '[' else closing}"


_NOTHING_BUT_WORDS = re.compile(r"[^\W\d_][^\W\d_ ,;.&'\"()-]*(?:[ ,;.&'\"()-]+[^\W\d_]*)*|\([A-Z]\)(?:[ ,&]+.*)?")


def _plain_words(text: str) -> str | None:
    """The words of an answer that is nothing but words; their letters may be set in any way."""
    plain = unwrapped(text)
    return plain if _NOTHING_BUT_WORDS.fullmatch(plain) else None


def _in_words(text: str) -> Any:
    """Statements about sets, several names in any order, or just words."""
    if (plain := _plain_words(text)) is None:
        return Words(text)
    said = statement(plain)
    if NOTHING.fullmatch(said):
        return Bag(())
    if EVERYTHING.fullmatch(said):
        return exact_sets.WHOLE
    names = [name for name in re.split(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+|\s*&\s*", plain) if name]
    if len(names) > 1:
        return Bag(tuple(value(n) or Words(n) for n in (re.sub(r"^\(([A-Z])\)$", r"\1", name) for name in names)))
    return Words(text)


def _introduced(text: str) -> Any | None:
    """`\\text{The point } (1,2)`: brackets after words that only lead to them."""
    if named := re.match(r"[A-Z]\s*:\s*(?=\()", text):
        return read(text[named.end() :])
    match = re.match(r"\\text\{([^{}]*)\}\s*:?\s*(?=\(|\[|\\\{|\\langle|\\begin|[A-Z]\w*\()", text)
    return read(text[match.end() :]) if match and leads_to_number(match.group(1) + ":") else None


_ALL_BUT = re.compile(
    r"\s*(?:(?:all|any|every) (?:the )?(?:reals?|real numbers?|real values?)(?: (?:of )?[a-z])?|"
    r"([\[(\\a-z].*[\])\d])) +"
    r"(?:except(?: for)?|other than|excluding|but|besides)\s+(.*)",
    re.IGNORECASE,
)


def _all_but(text: str) -> Ranges | None:
    """`\\text{all real numbers except } 0`"""
    if (match := _ALL_BUT.fullmatch(unwrapped(text))) is None:
        return None
    whole = as_range(read(match.group(1))) if match.group(1) else exact_sets.WHOLE
    left_out = read(re.sub(r"^[a-z] = ", "", match.group(2)))
    points = as_range(Bag((left_out,)) if isinstance(left_out, Value) else left_out)
    return exact_sets.without(whole, points) if points and whole and whole.parts else None


def _bounds_in_words(text: str) -> Ranges | None:
    """`x \\text{ is at least } 4`, `\\text{All } x \\text{ with } |x| < 2`, `\\text{positive real numbers}`"""
    if (said := order_in_words(unwrapped(text))) is None:
        return None
    found = read(said[1])
    return replace(found, name=said[0]) if isinstance(found, Ranges) else None


_COMPOUND = re.compile(r"(\d+(?:\.\d+)?)\s*\\text\{\s*([^{}]*?)\s*,?(?:\s+and)?\s*\}\s*")


def _compound(text: str) -> Value | None:
    """`1 \\text{ hour } 30 \\text{ minutes}` in its first unit."""
    found = list(_COMPOUND.finditer(text))
    if len(found) < 2 or "".join(match.group() for match in found) != text:
        return None
    units = [read_unit(match.group(2)) for match in found]
    if any(unit.powers != units[0].powers or not unit.known for unit in units) or not units[0].powers:
        return None
    total = sum(sympy.Rational(match.group(1)) * sympy.Rational(str(unit.factor)) for match, unit in zip(found, units))
    return Value(total / sympy.Rational(str(units[0].factor)), unit=units[0])


def _names(text: str) -> Any | None:
    """`\text{Ann and Bob}`, `\text{(A), (C)}`: names that the list reader would cut through their braces."""
    if (plain := _plain_words(text)) is None or not re.search(r"[,;&]|\band\b", plain):
        return None
    return found if isinstance(found := _in_words(text), Bag) and found.items else None


_AND_A_PART = re.compile(r"(.+?)[- ]+and (?:a|one)[- ](half|third|quarter)\b ?(.*)")


def _and_a_part(text: str) -> Value | None:
    """`\\text{three and a half}`, `3 \\text{ and a half hours}`, `\\text{two hundred and six}`"""
    plain = unwrapped(text)
    if re.search(r"(?:hundred|thousand) and [a-z]", plain):
        return _from_words(plain)
    match = _AND_A_PART.fullmatch(plain)
    whole = value(f"{match[1]} {match[3]}") if match else None
    if match is None or whole is None or not whole.expression.is_Integer:
        return None
    part = SCALES[match[2] + "s"]
    return replace(whole, expression=whole.expression + sympy.Rational(part.numerator, part.denominator))


# ---- tables, bases, times --------------------------------------------------------------------------------------


def _table(text: str) -> Table | Value | None:
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


def _time(text: str) -> Time | None:
    """`9:15 a.m.`, `10 pm`"""
    if (match := _TIME.fullmatch(text)) is None or not 1 <= int(match.group(1)) <= 12:
        return None
    return Time(int(match.group(1)) % 12 * 60 + int(match.group(2) or 0), match.group(3).lower())


def _cases(text: str) -> Piecewise | None:
    """`\\begin{cases} x & x \\ge 0 \\\\ -x & x < 0 \\end{cases}`"""
    match = re.fullmatch(r"\\begin\{cases\}(.*)\\end\{cases\}", text, re.DOTALL)
    pieces = []
    for row in match.group(1).split("\\\\") if match else ():
        parts = _CASE.fullmatch(row.strip().rstrip(".;,"))
        if parts is None or (number := value(parts.group(1).strip().rstrip(",;"))) is None:
            return None
        condition = re.sub(r"^[\s&,]*(?:\\text\{\s*,?\s*(?:if|for|when|where)?\s*\})?", "", parts.group(2)).strip()
        where = None if re.search(r"otherwise|else", condition) else read(condition)
        if where is not None and not isinstance(where, Ranges):
            where = _equal_to(where)
            if where is None:
                return None
        pieces.append((number, where))
    return Piecewise(tuple(pieces)) if pieces else None


def _equal_to(item: Any) -> Ranges | None:
    """`x = 0` as a set of one number."""
    if isinstance(item, Chain) and item.signs == ("=",) and isinstance(item.parts[1], Value):
        return Ranges((), (item.parts[1],))
    return None


_CASE = re.compile(r"(.*?)\s*(&.*|\\text\{\s*,?\s*(?:if|for|when|where|otherwise).*|,\s*[a-z-].*)", re.DOTALL)


def _in_base(text: str) -> InBase | None:
    match = _BASE.fullmatch(text)
    if match is None:
        return None
    base = int(match.group(2)) if match.group(2) else _BASE_WORDS.get(match.group(3), 0)
    digits = match.group(1).lstrip("0") or "0"
    number = digits[0].isdigit() or (base > 10 and len(digits) > 1 and all(int(d, 36) < base for d in digits))
    return InBase(digits, base) if 2 <= base <= 36 and number else None


def _grouped_number(text: str) -> Value | None:
    """`1,234,567` and `1 234 567` are one number."""
    if re.fullmatch(
        r"(?:\\text\{[^{}]*\}|\\usd|[£¥\u20a0-\u20cf])?\s*[-+]?\s*"
        r"(?:\d{1,3}(?:,\d{3})+|[1-9]\d{0,2}(?: \d{3})+)(?:\.\d+)?(?:\s*(?:\\text\{[^{}]*\}|%))?",
        text,
    ):
        return value(re.sub(r"(?<=\d)[, ](?=\d{3}(?!\d))", "", text))
    return None


def _list(text: str) -> Any | None:
    pieces, _ = split_top(text, (",", ";"))
    pieces = [part.strip() for piece in pieces for part in _split_connectives(piece)]
    pieces = [piece for piece in pieces if piece]
    if len(pieces) < 2:
        return None
    items = [read(piece) for piece in pieces]
    if (joined := _joined_ranges(items, text)) is not None:
        return joined
    return Bag(tuple(_flat(_same_name(items))))


def _joined_ranges(items: list[Any], text: str) -> Ranges | Bag | None:
    """Conditions on one name: `x < 1 or x > 2` is their union, `x > 1 and x < 2` what they have in common.

    A comma stands for `or`, unless that would be every number; what is excluded (`x \\ne 3`) holds beside the others.
    """
    bounds = [item for item in items if isinstance(item, Ranges)]
    points = [item for item in items if _is_definition(item)]
    excluded = [item for item in bounds if item.excludes]
    more = [item for item in items if isinstance(item, Value)] if excluded and isinstance(items[0], Ranges) else []
    names = {bound.name for bound in bounds} | {str(point.parts[0].expression) for point in points}
    if not bounds or len(bounds) + len(points) + len(more) < len(items) or len(items) > _MOST_SETS:
        return None
    if len(names - {""}) > 1 or (points and "" in names):
        return None
    if (more and items[-len(more) :] != more) or not all(bound.plain for bound in bounds):
        return None
    either, both = _OR.search(text), _AND.search(text)
    if points:
        bounds.append(Ranges((), tuple(point.parts[1] for point in points), max(names)))
    if either and not both and "," not in text:
        return reduce(exact_sets.union, bounds)
    others = [bound for bound in bounds if not bound.excludes]
    found: Ranges | None = reduce(exact_sets.union, others) if others else exact_sets.WHOLE
    if others and (both or (not points and len(others) > 1 and found and exact_sets.is_whole(found))):
        found = _all_common(others)
    for bound in excluded:
        found = exact_sets.common(found, bound) if found else None
    if found and more:
        found = exact_sets.without(found, Ranges((), tuple(more)))
    return replace(found, name=max(names), excludes=not others) if found else None


def _all_common(sets: list[Ranges]) -> Ranges | None:
    found: Ranges | None = sets[0]
    for other in sets[1:]:
        found = exact_sets.common(found, other) if found else None
    return found


def _split_connectives(text: str) -> list[str]:
    masked, start = [], 0
    for match in _CONNECTIVE.finditer(text):
        if all(text.count(a, 0, match.start()) == text.count(b, 0, match.start()) for a, b in ("()", ("\\{", "\\}"))):
            masked.append(text[start : match.start()])
            start = match.end()
    return [*masked, text[start:]]


def _same_name(items: list[Any]) -> list[Any]:
    """`x = 1, x = 2` and `x = 1, 2` are the values of one unknown; `f = 1, g = 2` stays as it is."""
    names = [str(i.parts[0].expression) if _is_definition(i) else None for i in items]
    known = {name for name in names if name is not None}
    if len(known) != 1 or names[0] is None:
        return items
    return [item.parts[1] if name is not None else item for item, name in zip(items, names)]


def _is_definition(item: Any) -> bool:
    return (
        isinstance(item, Chain)
        and item.signs == ("=",)
        and isinstance(item.parts[0], Value)
        and not item.parts[0].expression.is_number
    )


def _flat(items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for item in items:
        flat.extend(item.items if isinstance(item, Bag) else [item])
    return flat


def _brackets(text: str) -> Any | None:
    parts = enclosed(text)
    if parts is None:
        return None
    opening, inside, closing = parts
    if opening == "\\{" and closing == "\\}":
        if (built := _set_builder(inside)) is not None:
            return built
        inner = read(inside.strip()) if inside.strip() else Bag(())
        if isinstance(inner, Bag) and (inner.items or not inside.strip()):
            return inner
        return Bag((Words("\\{\\}") if isinstance(inner, Bag) else inner,))
    pieces, _ = split_top(inside, (",", ";"))
    if len(pieces) == 1 and opening != "\\langle":
        return read(inside.strip()) if (opening, closing) == ("(", ")") else None
    items = tuple(read(piece) for piece in pieces)
    if len(items) == 2 and ((opening, closing) in (("(", "]"), ("[", ")")) or any(map(exact_sets.infinite, items))):
        return Ranges(((items[0], items[1], opening == "[", closing == "]"),))
    return Sequence(opening, closing, items)


_BUILDER = re.compile(
    r"\s*[a-zA-Z](?:_\{?\w+\}?)?\s*(?:\\in\s*\\(reals|integers|naturals|rationals)\s*)?(?:\\mid(?![a-zA-Z])|\||:|;)\s*(.*)",
    re.DOTALL,
)


def _set_builder(inside: str) -> Any | None:
    """`\\{x \\mid x > 2\\}`: the condition is the set; `\\{k\\pi \\mid k \\in \\mathbb{Z}\\}` a family."""
    if (
        built := re.fullmatch(
            r"(.*?)(?:\\mid(?![a-zA-Z])|\||:)(\s*[a-zA-Z]\s*\\in\s*\\(?:integers|naturals)\s*)", inside
        )
    ) is not None:
        return _family(f"{built.group(1)}, {built.group(2)}")
    match = _BUILDER.fullmatch(inside)
    if match is None or match.group(1) not in (None, "reals"):
        return None
    found = read(match.group(2).strip())
    if isinstance(found, Ranges):
        return found
    return Bag((found.parts[1],)) if _is_definition(found) else found if isinstance(found, (Bag, Family)) else None


def as_range(item: Any) -> Ranges | None:
    """A pair in brackets read as an interval, a set of numbers as its points."""
    if isinstance(item, Ranges):
        return item
    if isinstance(item, Sequence) and len(item.items) == 2 and item.opening in "([":
        return Ranges(((*item.items, item.opening == "[", item.closing == "]"),))
    if isinstance(item, Bag) and all(isinstance(each, Value) for each in item.items):
        return Ranges((), tuple(value for each in item.items for value in both_signs(each)))
    return None


def both_signs(item: Value) -> list[Value]:
    """`a \\pm b` as its two values."""
    sign = next((s for s in item.expression.free_symbols if str(s) == "pmsign"), None)
    return [item] if sign is None else [replace(item, expression=item.expression.subs(sign, s)) for s in (1, -1)]


_MOST_SETS = 24  # joined in one answer
_SET_OPERATIONS = {
    "\\cup": exact_sets.union,
    "\\cap": exact_sets.common,
    "\\setminus": exact_sets.without,
}


def _set_algebra(text: str) -> Ranges | Bag | None:
    """`[0,2] \\cap [1,3]`, `\\mathbb{R} \\setminus \\{0\\}`, from left to right."""
    pieces, signs = split_top(text, tuple(_SET_OPERATIONS))
    if not 1 <= len(signs) < _MOST_SETS:
        return None
    sets = [as_range(read(piece)) for piece in pieces]
    found = sets[0]
    for sign, other in zip(signs, sets[1:]):
        if found is None or other is None:
            return None
        found = _SET_OPERATIONS[sign](found, other)
    return found if found is None or found.parts else Bag(found.points)


def _named_set(text: str) -> Ranges | Bag | None:
    text = text.strip()
    if text == "\\realspositive":
        return Ranges(((Value(sympy.S.Zero), exact_sets.HIGHEST, False, False),))
    return exact_sets.WHOLE if text == "\\reals" else Bag(()) if text == "\\emptyset" else None


_POINT = re.compile(r"([A-Z](?:_\{?\w+\}?|'+)?)\s*(?=\()")


def _turned(text: str) -> Table | None:
    """`(1,2)^T` as a column."""
    match = re.fullmatch(r"(\(.*\)|\[.*\])\s*\^\s*\{?\s*(?:T|\\top|\\intercal)\s*\}?", text)
    inside = _brackets(match.group(1)) if match else None
    return Table(tuple((item,) for item in inside.items)) if isinstance(inside, Sequence) else None


def _point(text: str) -> Point | None:
    """`P(3,4)`"""
    match = _POINT.match(text)
    inside = read(text[match.end() :]) if match and enclosed(text[match.end() :]) else None
    name = readable(match.group(1)) if match else None
    if isinstance(inside, Ranges) and len(inside.parts) == 1:
        return None
    return Point(Value(name), inside) if isinstance(inside, Sequence) and name is not None else None


# ---- conditions ------------------------------------------------------------------------------------------------


def _unequal(text: str) -> Ranges | None:
    """`x \\ne 3`, `x \\ne \\pm 1`"""
    pieces, signs = split_top(text, ("\\ne",))
    if len(signs) != 1:
        return None
    name, number = value(pieces[0]), value(pieces[1])
    if name is None or number is None or not name.expression.is_Symbol:
        return None
    found = exact_sets.without(exact_sets.WHOLE, Ranges((), tuple(both_signs(number)), str(name.expression)))
    return replace(found, excludes=True) if found else None


def _order(text: str) -> Ranges | Inequality | None:
    """`3 < x \\le 4`, `x > 2`, `|x - 1| < 3`, `a > b > c`"""
    pieces, signs = split_top(text, tuple(_ORDER))
    if not signs:
        return None
    values = [v for v in map(value, pieces) if v is not None]
    directions = {_ORDER[s][0] for s in signs}
    if len(values) < len(pieces) or len(directions) != 1:
        return None
    closed = [_ORDER[s][1] for s in signs]
    if directions == {">"}:
        values, closed = values[::-1], closed[::-1]
    numbers = [v.expression.is_number for v in values]
    if numbers == [False, True]:
        part = (exact_sets.LOWEST, values[1], False, closed[0])
    elif numbers == [True, False]:
        part = (values[0], exact_sets.HIGHEST, closed[0], False)
    elif numbers == [True, False, True]:
        part = (values[0], values[2], closed[0], closed[1])
    elif any(numbers):
        return None
    elif (
        len(values) == 3 and values[1].expression.is_Symbol and not any(values[i].expression.is_Symbol for i in (0, 2))
    ):
        return Ranges(((values[0], values[2], closed[0], closed[1]),), name=str(values[1].expression))
    else:
        steps = pairwise(values)
        return Inequality(tuple(low.expression - high.expression for low, high in steps), tuple(closed))
    bounded = values[numbers.index(False)].expression
    if not bounded.is_Symbol and (solved := exact_sets.solution(bounded, part)) is not None:
        return solved
    return Ranges((part,), name=str(bounded), plain=bounded.is_Symbol)


def _chain(text: str) -> Chain | None:
    pieces, found = split_top(text, tuple(_SIGNS))
    if not found or not all(pieces):
        return None
    return Chain(tuple(read(piece) for piece in pieces), tuple(_SIGNS[sign] for sign in found))


def _ratio(text: str) -> Ratio | None:
    """`3:4`, `3 \text{ to } 4`"""
    pieces, found = split_top(re.sub(r"(?<=\d)\s*(?:\\text\{\s*to\s*\}|(?<= )to(?= ))\s*(?=\d)", ":", text), (":",))
    items = tuple(value(piece) for piece in pieces)
    return Ratio(items) if found and all(items) else None


# ---- families --------------------------------------------------------------------------------------------------

_KIND = r"(positive |non-?negative |natural )?(?:integers?|whole numbers?|natural numbers?)"
_CLAUSES = (
    re.compile(
        r"[\s,;]*(?:\\text\{[\s,(]*(?:where|for|with|for all|for any|for some|for every|and)?\s*\}|\\quad)?"
        r"\s*\(?\s*(?:\\forall\s*)?"
        r"([a-zA-Z])\s*\\in\s*\\(integers|naturals)\s*\)?\s*$"
    ),
    re.compile(r"[\s,;]*\(?\s*([a-zA-Z])\s*=\s*0\s*,\s*(\\pm)\s*1\s*,.*$"),
    re.compile(rf"[\s,;(]*(?:where|for|with)?\s*(?:any|all|some|every|each|an)?\s*{_KIND}\s+([a-zA-Z])\s*\)?\s*$"),
    re.compile(rf"[\s,;(]*(?:where|for|with)?\s*([a-zA-Z])\s*(?:is|be|any|an)*\s*(?:an|any)?\s*{_KIND}\s*\)?\s*$"),
)


def _family(text: str) -> Family | None:
    """Things with a clause that makes a letter an integer."""
    for index, clause in enumerate(_CLAUSES):
        words = text if index < 2 else unwrapped(text)
        match = clause.search(words)
        if match is None:
            continue
        letter, kind = (match.group(1), match.group(2)) if index != 2 else (match.group(2), match.group(1))
        return family_of(read(words[: match.start()].strip()), sympy.Symbol(letter), kind in (None, "integers", "\\pm"))
    return None


def family_of(item: Any, parameter: Any, integers: bool = True) -> Family | None:
    """A family of values, tuples or intervals with the parameter; None when it does not occur."""
    if _is_definition(item):
        item = item.parts[1]
    items = item.items if isinstance(item, Bag) else (item,)
    items = tuple(each.parts[1] if _is_definition(each) else each for each in items)
    flat = [
        sign for each in items for sign in (both_signs(each) if isinstance(each, Value) else [as_range(each) or each])
    ]
    if not all(isinstance(each, (Value, Sequence, Ranges)) for each in flat):
        return None
    return Family(tuple(flat), parameter, integers) if any(parameter in symbols_of(each) for each in flat) else None


def symbols_of(item: Any) -> set[Any]:
    """The variables of a value, a tuple or a set."""
    return {symbol for expression in expressions(item) for symbol in expression.free_symbols}


def expressions(item: Any) -> list[Any]:
    """The numbers that make up a value, a tuple or a set, in their order."""
    if isinstance(item, Value):
        return [item.expression]
    if isinstance(item, Sequence):
        return [e for each in item.items for e in expressions(each)]
    if isinstance(item, Ranges):
        ends = [end for part in item.parts for end in part[:2]] + list(item.points)
        return [end.expression for end in ends if isinstance(end, Value)]
    return []


def _congruence(text: str) -> Family | None:
    """`x \\equiv 3 \\pmod 7`, `1, 3 \\pmod 4`"""
    match = re.fullmatch(r"(.*)\\modulo\{([^{}]*)\}", text.strip(), re.DOTALL)
    modulus = value(match.group(2)) if match else None
    if match is None or modulus is None:
        return None
    left = read(re.sub(r"^.*\\equiv(?![a-zA-Z])", "", match.group(1)).strip())
    if _is_definition(left):
        left = left.parts[1]
    found = left.items if isinstance(left, Bag) else (left,)
    if not found or not all(isinstance(each, Value) for each in found):
        return None
    residues = [each for item in found for each in both_signs(item)]
    step = sympy.Symbol("k_mod")
    return Family(tuple(Value(r.expression + step * modulus.expression) for r in residues), step, True, tuple(residues))


# ---- single values ---------------------------------------------------------------------------------------------

_SPACED = re.compile(r"(?<![\w.,^}\\])(?<!\d )[1-9]\d{0,2}(?: \d{3})+(?! *\d| */| *\\frac)")  # `10 000`
_LEAD = re.compile(
    r"^\s*(?:\\text\{([^{}]*\}\s*:?)|([A-Za-z][A-Za-z ]*answer(?: is)?\s*:?)(?=\s+[\d\\(\-]))\s*(?=\S)", re.IGNORECASE
)
_TAIL = re.compile(
    r"\s*(?:\\text\s*\{[^{}]*\}|\\dgr(?![a-zA-Z])|[£¥¢\u20a0-\u20cf]|\\usd(?![a-z])|(?<=\\text)|[/·()]|\\cdot(?![a-z])|\^\s*\{?\s*-?\d\s*\}?|"
    r"(?<![a-zA-Z\\])[^\W\d_]{2,}\.?(?![a-zA-Z(])|(?<=[\s/])[a-zA-Z](?![a-zA-Z_^(])|[ms](?=\^|/)|\s|"
    r"(?<=\\dgr )[CFK](?![a-zA-Z])|(?![A-Za-z\d_])[^\W_])*$"
)
_FUNCTIONS = re.compile(
    r"(?<![a-zA-Z])(?:or|and|not|to|is|no|if|but|wrong|mod|where|for|pi|sqrt|sin|cos|tan|cot|sec|csc|log|ln|exp|arcsin|arccos|arctan|[ap]\.?m\.?)(?![a-zA-Z])",
    re.IGNORECASE,
)


def split_unit(text: str) -> tuple[str, str]:
    """A number and what stands behind it: words in `\text{}`, plain words after a number, degrees, money."""
    for match in re.finditer(
        r"\\text\s*\{|\\dgr(?![a-z])|[£¥¢\u20a0-\u20cf]|\\usd|(?<=[\d)}\s])(?:[^\W\d_]{2,}|m(?=\^|/s))|(?<=\d)\s*[^\x00-\x7f]",
        text,
    ):
        tail = text[match.start() :]
        if match.start() == 0 or not text[: match.start()].strip() or not _TAIL.fullmatch(tail):
            continue
        if match.group()[0].isalpha() and text[match.start() - 1] == "{":
            continue
        return text[: match.start()].strip(), tail
    return text, ""


def value(text: str) -> Value | None:
    """A number or expression with its unit; None when something is left over."""
    text = text.strip()
    if _PLAIN_NUMBER.fullmatch(text):
        return Value(sympy.Rational(text), decimal=text if "." in text else "")
    signed = None
    while (match := _LEAD.match(text)) is not None:
        lead = (match.group(1) or match.group(2) or "").replace("}", "").strip()
        if money_sign(lead) or money_sign(lead.lower()):
            signed = read_unit(lead)
        elif not leads_to_number(lead):
            break
        text = text[match.end() :].strip()
    money = re.match(r"(-?)\s*(\\usd|[£¥\u20a0-\u20cf]|[^\W\d_]{2,3}\.?(?= *\d))\s*(?=\S)", text)
    if money is not None and (
        money.group(2) == "\\usd" or money_sign(money.group(2)) or money_sign(money.group(2).lower())
    ):
        signed = read_unit(money.group(2))
        text = money.group(1) + text[money.end() :]
    bare = re.sub(r"\s*(?:(?<=\d)\s*percent|\\text\{\s*percent\s*\})$", "%", text)
    percent = bare.endswith("%")
    bare = bare.removesuffix("%").strip()
    bare = re.sub(r"(?<![\d,])(\d{1,3}(?:,\d{3})+)(?![\d,])", lambda m: m.group().replace(",", ""), bare)
    if " " in bare:
        bare = _SPACED.sub(lambda m: m.group().replace(" ", ""), bare)
    words = _from_words(bare)
    if words is not None:
        return words
    bare = re.sub(r"^\+\s*", "", bare)
    if re.fullmatch(r"[a-zA-Z]{4,}", bare):
        return None  # a word, not a product of letters
    readers = (_with_unit, _number) if _looks_like_unit(bare) else (_number, _with_unit)
    found = readers[0](bare) or readers[1](bare)
    if found is None or (signed and found.unit and _clash(signed, found.unit)):
        return None
    if found.expression.free_symbols and _WITH_SYMBOL.fullmatch(bare):
        return replace(found, other=_with_unit(bare))
    if signed and found.unit and found.unit.powers != signed.powers:
        signed = replace(found.unit, powers=signed.powers + found.unit.powers, factor=signed.factor * found.unit.factor)
    return replace(found, percent=percent, unit=signed or found.unit) if percent or signed else found


_WITH_SYMBOL = re.compile(r"-?[\d.]+ (?:[a-zA-Z]{2,4}(?:/[a-zA-Z]{1,3})?(?:\^\{?[23]\}?)?|m(?:/s)?\^\{?[23]\}?)")


def _clash(money: Unit, unit: Unit) -> bool:
    """Tells whether a unit is more than the money sign before it, or what money is for: `\\$5 \\text{ per hour}`."""
    return unit.powers != money.powers and any(exponent > 0 for _, exponent in unit.powers)


_PLAIN_NUMBER = re.compile(r"-?(?:\d{1,18}|\d{0,18}\.\d{1,18})")
_DOTS = re.compile(r"(-?\d*\.\d+)\s*\\ldots")


def _number(text: str) -> Value | None:
    """An expression without unit, but for degrees."""
    if "ldots" in text and (match := _DOTS.fullmatch(text.strip())) is not None:
        digits = match.group(1)
        return _periodic(digits) or Value(sympy.Rational(digits), decimal=digits, cut=True)
    expression = readable(text)
    if expression is None:
        return None
    if DEGREE in expression.free_symbols:
        return Value(expression.xreplace({DEGREE: sympy.Integer(1)}), unit=DEGREES)
    return Value(expression, decimal=text if re.fullmatch(r"-?\s*\d*\.\d+", text) else "")


def _periodic(digits: str) -> Value | None:
    """`0.3636...` as a fraction, when its digits end in a period that stands there twice, or one digit three times."""
    whole, places = digits.lstrip("-").split(".")
    for once in range(len(places) - 2):
        for period in range(1, (len(places) - once) // 2 + 1):
            block, rest = places[once : once + period], places[once:]
            if len(rest) >= 3 and all(block[i % period] == digit for i, digit in enumerate(rest)):
                shift = 10**once
                top = int(whole + places[: once + period] or 0) - int(whole + places[:once] or 0)
                number = sympy.Rational(top, (10**period - 1) * shift)
                return Value(-number if digits.startswith("-") else number)
    return None


_OPERATIONS = {
    "squared": lambda x: sympy.Pow(x, 2, evaluate=False),
    "cubed": lambda x: sympy.Pow(x, 3, evaluate=False),
}


def _with_unit(text: str) -> Value | None:
    """A number with words behind it: scales multiply it, the rest is its unit."""
    number, tail = split_unit(text)
    if not tail or _FUNCTIONS.search(tail):
        return None
    found = _from_words(number) or _number(number)
    if found is None:
        return None
    scale, words = _scale(unwrapped(tail).split())
    tail = " ".join(words) if scale != 1 else tail
    if words and words[0] in _OPERATIONS:
        return Value(_OPERATIONS[words[0]](found.expression)) if len(words) == 1 else None
    unit = read_unit(tail) if tail.strip() else found.unit
    if scale != 1:
        return Value(found.expression * scale, unit=unit)
    return replace(found, unit=unit)


_LIKE_UNIT = re.compile(
    r"[-+]?\s*[\d.,]+\s*(?:\s[a-zA-Z]{3,}.*|\s(?:sq|cu)\.? [a-z]+|\s[a-zA-Z]{2,}\^\{?[23]\}?|\\dgr\s*[CFK])"
)


def _looks_like_unit(text: str) -> bool:
    """`2600 degrees` also reads as a product of eight letters; a number and words is taken for a unit."""
    return _LIKE_UNIT.fullmatch(text) is not None


def _from_words(text: str) -> Value | None:
    """`five hundred four`, `\\text{three}`, `three ways`: every word must belong to the number or its unit."""
    inner = re.sub(r"^\\text\{(.*)\}$", r"\1", text).strip().lower()
    if not re.fullmatch(r"[a-z]+(?:[- ]+[a-z]+)*", inner):
        return None
    words = re.split(r"[- ]+", inner)
    named = next((i for i, word in enumerate(words) if not _is_number_word(word)), len(words))
    digits = number_words(" ".join(words[:named]))
    if words[0] == "a" and words[1:] and words[1] in SCALES:
        named, digits = 1, "1"
    if not named or not digits.isdigit():
        return None
    scale, rest = _scale(words[named:])
    unit = read_unit(" ".join(rest)) if rest else None
    return Value(int(digits) * scale, unit=unit) if unit is None or unit.known else None


def _scale(words: list[str]) -> tuple[Any, list[str]]:
    """The factor that the first words give a number, and the other words."""
    scale = sympy.Integer(1)
    while words and (factor := SCALES.get(words[0].lower())) is not None:
        scale *= sympy.Rational(factor.numerator, factor.denominator)
        words = words[2:] if words[1:2] == ["of"] else words[1:]
    return scale, words


def _is_number_word(word: str) -> bool:
    return word in ("and", "hundred") or number_words(word) != word


# Which text can be what: the reader is tried where its mark occurs.
_READERS: tuple[tuple[str | None, Any], ...] = (
    ("\\begin{cases}", _cases),
    ("\\begin", _table),
    ("\\integers", _family),
    ("\\naturals", _family),
    ("integer", _family),
    ("0, \\pm", _family),
    ("natural", _family),
    ("\\modulo", _congruence),
    ("_", _in_base),
    ("m", _time),
    ("M", _time),
    (None, _grouped_number),
    ("and", _and_a_part),
    ("\\text", _names),
    ("(", _introduced),
    ("\\text", _introduced),
    ("\\text", _all_but),
    ("\\text", _bounds_in_words),
    ("\\text", _compound),
    (None, _list),
    (None, _brackets),
    ("^", _turned),
    ("\\reals", _named_set),
    ("\\emptyset", _named_set),
    ("(", _point),
    ("\\cup", _set_algebra),
    ("\\cap", _set_algebra),
    ("\\setminus", _set_algebra),
    ("\\ne", _unequal),
    (None, _order),
    (None, _chain),
    (None, _ratio),
    (None, value),
)
