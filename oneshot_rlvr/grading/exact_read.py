"""Second step of grader `exact`: what kind of thing an answer is (value, list, tuple, interval, equation, ...)."""

import re
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from typing import Any

import sympy

from oneshot_rlvr.grading import exact_sets
from oneshot_rlvr.grading.exact_expr import readable
from oneshot_rlvr.grading.exact_kinds import (
    Bag,
    Chain,
    Family,
    Inequality,
    Piecewise,
    Point,
    Ranges,
    Ratio,
    Sequence,
    Table,
    Value,
    Words,
)
from oneshot_rlvr.grading.exact_tables import in_base, table, time_of_day
from oneshot_rlvr.grading.exact_values import and_a_part, compound, grouped_number, value
from oneshot_rlvr.grading.exact_words import (
    EVERYTHING,
    NOTHING,
    leads_to_number,
    order_in_words,
    statement,
    unwrapped,
)

_OPEN = ("\\{", "(", "[", "\\langle", "{")
_CLOSE = ("\\}", ")", "]", "\\rangle", "}")
_TOKEN = re.compile(r"\\begin\{[a-z]*\}|\\end\{[a-z]*\}|\\[{}]|\\[a-zA-Z]+|\\.|[()\[\]{}]|.", re.DOTALL)
_CONNECTIVE = re.compile(
    r"\s*(?:\\text\{\s*,?\s*(?:and|or)\s*\}|(?<![a-zA-Z])(?:and|or|OR|AND)(?![a-zA-Z]))\s*", re.IGNORECASE
)
_AND = re.compile(r"(?<![a-zA-Z\\])and(?![a-zA-Z])", re.IGNORECASE)
_OR = re.compile(r"(?<![a-zA-Z\\])or(?![a-zA-Z])", re.IGNORECASE)
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
    if "\\in" in text and (member := _MEMBER.match(text)):
        text = re.sub(r"^\{([^{}]*)\}$", r"\1", text[member.end() :])
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
    """`\\text{The point } (1,2)`, `\\text{So, } x = 2`: brackets and names after words that only lead to them."""
    if named := re.match(r"[A-Z]\s*:\s*(?=\()", text):
        return read(text[named.end() :])
    match = re.match(r"\\text\{([^{}]*)\}\s*:?\s*(?=\(|\[|\\\{|\\langle|\\begin|[A-Z]\w*\(|[a-zA-Z]\s*=)", text)
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


def _names(text: str) -> Any | None:
    """`\text{Ann and Bob}`, `\text{(A), (C)}`: names that the list reader would cut through their braces."""
    if (plain := _plain_words(text)) is None or not re.search(r"[,;&]|\band\b", plain):
        return None
    return found if isinstance(found := _in_words(text), Bag) and found.items else None


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
            in_words = Words(unwrapped(condition).replace(" is ", " ")) if "\\text" in condition else None
            where = _equal_to(where) or in_words
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


def _list(text: str) -> Any | None:
    pieces, _ = split_top(text, (",", ";"))
    pieces = [part.strip() for piece in pieces for part in _split_connectives(piece)]
    pieces = [piece for piece in pieces if piece]
    if len(pieces) < 2:
        return None
    if (counted := _progression(pieces)) is not None:
        return counted
    items = [read(piece) for piece in pieces]
    if (joined := _joined_ranges(items, text)) is not None:
        return joined
    return Bag(tuple(_flat(_same_name(items))), _as_one_number(text))


def _progression(pieces: list[str]) -> Bag | None:
    """`1, 2, \\ldots, 6`: whole numbers in equal steps, up to a last one."""
    if (
        len(pieces) < 4
        or pieces[-2] not in ("\\ldots", "...")
        or not all(map(_WHOLE.fullmatch, pieces[:-2] + pieces[-1:]))
    ):
        return None
    *first, last = (int(piece) for piece in pieces[:-2] + pieces[-1:])
    step = first[1] - first[0]
    if not step or (last - first[0]) % step or not 0 < (last - first[0]) // step <= _MOST_ELEMENTS:
        return None
    numbers = range(first[0], last + (1 if step > 0 else -1), step)
    return Bag(tuple(Value(sympy.Integer(n)) for n in numbers)) if list(numbers[: len(first)]) == first else None


_WHOLE = re.compile(r"-?\d{1,9}")
_MOST_ELEMENTS = 1000  # of a set that is written out
_DECIMAL_COMMA = re.compile(
    r"([^\d,;()]*(?:0|[1-9]\d*)),(\d+)(?<!\d,\d{3})([^\d,;()]*)|([^\d,;()]*0),(\d{3})([^\d,;()]*)"
)
_AND_A_FRACTION = re.compile(r"(\d+)\s*(?:\\text\{\s*and\s*\}|and)\s*(\\frac\{(\d+)\}\{(\d+)\}|(\d+)/(\d+))")


def _as_one_number(text: str) -> Any | None:
    """`3,5` with a decimal comma, `3 and 5/8` as a mixed number; None for other lists."""
    if match := _DECIMAL_COMMA.fullmatch(text):
        before, places, behind = filter(lambda group: group is not None, match.groups())
        return read(f"{before}.{places}{behind}")
    match = _AND_A_FRACTION.fullmatch(text)
    if match is None or int(match[3] or match[5]) >= int(match[4] or match[6]):
        return None
    return value(f"{match[1]} {match[2]}")


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
        if found and not (found.parts or found.points or any(bound.name for bound in others)):
            found = reduce(exact_sets.union, others)  # `(-\\infty,1) \\text{ and } (2,\\infty)` lists its parts
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
    if match is None or match.group(1) == "rationals":
        return None
    found = read(match.group(2).strip())
    if match.group(1) not in (None, "reals"):
        return _integers_of(found, match.group(1)) if isinstance(found, Ranges) else None
    if isinstance(found, Ranges):
        return found
    return Bag((found.parts[1],)) if _is_definition(found) else found if isinstance(found, (Bag, Family)) else None


def _integers_of(found: Ranges, kind: str) -> Bag | None:
    """The integers of one bounded interval."""
    if found.points or len(found.parts) != 1:
        return None
    low, high, with_low, with_high = found.parts[0]
    if not all(isinstance(end, Value) and end.expression.is_Integer for end in (low, high)):
        return None
    numbers = range(int(low.expression) + (not with_low), int(high.expression) + with_high)
    if len(numbers) > _MOST_ELEMENTS or (kind == "naturals" and numbers[:1] and numbers[0] < 1):
        return None
    return Bag(tuple(Value(sympy.Integer(n)) for n in numbers))


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
    if text in ("\\realspositive", "\\realsnonnegative"):
        return Ranges(((Value(sympy.S.Zero), exact_sets.HIGHEST, text == "\\realsnonnegative", False),))
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


# Which text can be what: the reader is tried where its mark occurs.
_READERS: tuple[tuple[str | None, Any], ...] = (
    ("\\begin{cases}", _cases),
    ("\\begin", table),
    ("\\integers", _family),
    ("\\naturals", _family),
    ("integer", _family),
    ("0, \\pm", _family),
    ("natural", _family),
    ("\\modulo", _congruence),
    ("_", in_base),
    ("m", time_of_day),
    ("M", time_of_day),
    (None, grouped_number),
    ("and", and_a_part),
    ("\\text", _names),
    ("(", _introduced),
    ("\\text", _introduced),
    ("\\text", _all_but),
    ("\\text", _bounds_in_words),
    ("\\text", compound),
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
