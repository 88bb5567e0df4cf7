"""Second step of grader `exact`: what kind of thing an answer is (value, list, tuple, interval, equation, ...)."""

import re
from dataclasses import dataclass
from typing import Any

from oneshot_rlvr.rewards.exact_expr import readable
from oneshot_rlvr.rewards.qwen_strip import number_words


@dataclass(frozen=True)
class Value:
    """A number or expression. Example: `12.5\\%` is Value(25/2, percent=True, decimal="12.5")."""

    expression: Any
    percent: bool = False
    decimal: str = ""  # the literal, when the source is just a decimal


@dataclass(frozen=True)
class Sequence:
    """Ordered, with its brackets: a tuple, or an interval with two ends."""

    opening: str
    closing: str
    items: tuple[Any, ...]


@dataclass(frozen=True)
class Bag:
    """Unordered: `1, 2`, `\\{1, 2\\}`, `1 or 2`."""

    items: tuple[Any, ...]


@dataclass(frozen=True)
class Ranges:
    """Union of intervals (low, high, low closed, high closed); None is infinite. `points` is a finite set added."""

    parts: tuple[tuple[Any, Any, bool, bool], ...]
    points: tuple[Any, ...] = ()
    name: str = ""  # of what an inequality bounds
    plain: bool = True  # it bounds a variable: `|x| > 2` is no interval


@dataclass(frozen=True)
class Inequality:
    """`m \\le n + 1` as difference <= 0; not solved for anything."""

    difference: Any
    closed: bool


@dataclass(frozen=True)
class Chain:
    """`a = b = c \\approx d`: parts and the signs between them."""

    parts: tuple[Any, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class InBase:
    digits: str
    base: int


@dataclass(frozen=True)
class Ratio:
    items: tuple[Any, ...]


@dataclass(frozen=True)
class Words:
    """Anything else, compared letter by letter."""

    text: str


_OPEN = ("\\{", "(", "[", "{")
_CLOSE = ("\\}", ")", "]", "}")
_TOKEN = re.compile(r"\\begin\{[a-z]*\}|\\end\{[a-z]*\}|\\[{}]|\\[a-zA-Z]+|\\.|[()\[\]{}]|.", re.DOTALL)
_CONNECTIVE = re.compile(
    r"\s*(?:\\text\{\s*,?\s*(?:and|or)\s*\}|(?<![a-zA-Z])(?:and|or|OR|AND)(?![a-zA-Z]))\s*", re.IGNORECASE
)
_AND = re.compile(r"(?<![a-zA-Z\\])and(?![a-zA-Z])", re.IGNORECASE)
_MATRIX = re.compile(
    r"[(\[]?\s*\\begin\{([bpvBV]?matrix|array)\}(?:\s*\{[a-z|]*\})?(.*?)\\end\{\1\}\s*[)\]]?$", re.DOTALL
)
_BASE_WORDS = {
    w: i for i, w in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}
_BASE = re.compile(r"\(?\s*([0-9A-Z]+)\s*\)?\s*_\s*\{?\s*\(?\s*(?:(\d+)|\\text\{\s*([a-z]+)\s*\})\s*\)?\s*\}?")
_NAME = r"[a-zA-Z\\][\w{}\\ ']*(?:\([^()]*\))?"
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
    if len(tokens) < 2 or tokens[0] not in _OPEN[:3] or tokens[-1] not in _CLOSE[:3]:
        return None
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token in _OPEN) - (token in _CLOSE)
        if depth == 0 and index < len(tokens) - 1:
            return None
    return tokens[0], "".join(tokens[1:-1]), tokens[-1]


def read(text: str) -> Any:
    """The kind and content of a tidied answer; Words when it is nothing mathematical."""
    text = _MEMBER.sub("", text, count=1) if _MEMBER.match(text) else text
    for reader in (_table, _in_base, _grouped_number, _list, _brackets, _union, _order, _chain, _ratio, value):
        found = reader(text)
        if found is not None:
            return found
    return Words(text)


def _table(text: str) -> Table | None:
    start = text.find("\\begin{")
    if start < 0 or (match := _MATRIX.match(text[start - 1 if start and text[start - 1] in "([" else start :])) is None:
        return None
    before = text[: start - 1 if start and text[start - 1] in "([" else start].strip()
    before = before.rsplit("=", 1)[-1].strip().removesuffix("\\cdot").strip()
    factor = readable(before) if before else 1
    if factor is None or match.group(1) in ("vmatrix", "Vmatrix"):
        return None
    rows = []
    for line in match.group(2).split("\\\\"):
        if line.strip():
            cells = [value(cell) for cell in line.split("&")]
            if any(cell is None for cell in cells):
                return None
            rows.append(tuple(Value(factor * c.expression) if before else c for c in cells if c))
    return Table(tuple(rows))


def _in_base(text: str) -> InBase | None:
    match = _BASE.fullmatch(text)
    if match is None:
        return None
    base = int(match.group(2)) if match.group(2) else _BASE_WORDS.get(match.group(3), 0)
    digits = match.group(1).lstrip("0") or "0"
    return InBase(digits, base) if 2 <= base <= 36 and digits[0].isdigit() else None


def _grouped_number(text: str) -> Value | None:
    """`1,234,567` and `1 234 567` are one number."""
    if re.fullmatch(
        r"[-+]?\s*(?:\d{1,3}(?:,\d{3})+|[1-9]\d{0,2}(?: \d{3})+)(?:\.\d+)?(?:\s*(?:\\text\{[^{}]*\}|%))?", text
    ):
        return value(re.sub(r"(?<=\d)[, ](?=\d{3})", "", text))
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


def _joined_ranges(items: list[Any], text: str) -> Ranges | None:
    """Inequalities of one name: `x < 1 or x > 2` is their union, `x > 1 and x < 2` what they have in common."""
    bounds = [item for item in items if isinstance(item, Ranges)]
    points = [item for item in items if _is_definition(item)]
    names = {bound.name for bound in bounds} | {str(point.parts[0].expression) for point in points}
    if not bounds or len(bounds) + len(points) < len(items) or len(names - {""}) > 1 or (points and "" in names):
        return None
    if not _AND.search(text):
        parts = tuple(part for bound in bounds for part in bound.parts)
        return Ranges(parts, tuple(point.parts[1] for point in points), max(names), bounds[0].plain)
    if points or len(bounds) != 2 or any(len(bound.parts) != 1 for bound in bounds):
        return None
    common = _common(bounds[0].parts[0], bounds[1].parts[0])
    return Ranges((common,), (), max(names), bounds[0].plain) if common else None


def _common(a: tuple[Any, Any, bool, bool], b: tuple[Any, Any, bool, bool]) -> tuple[Any, Any, bool, bool] | None:
    """A half-line upwards and one downwards that overlap."""
    upper, lower = (a, b) if _infinite(a[1]) else (b, a)
    if not (_infinite(upper[1]) and _infinite(lower[0])) or _infinite(upper[0]) or _infinite(lower[1]):
        return None
    gap = (lower[1].expression - upper[0].expression).evalf()
    return (upper[0], lower[1], upper[2], lower[3]) if gap.is_positive else None


def _split_connectives(text: str) -> list[str]:
    masked, start = [], 0
    for match in _CONNECTIVE.finditer(text):
        if text.count("(", 0, match.start()) == text.count(")", 0, match.start()):
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
        inner = read(inside.strip()) if inside.strip() else Bag(())
        return inner if isinstance(inner, Bag) else Bag((inner,))
    pieces, _ = split_top(inside, (",", ";"))
    if len(pieces) == 1:
        return read(inside.strip()) if (opening, closing) == ("(", ")") else None
    items = tuple(read(piece) for piece in pieces)
    if len(items) == 2 and ((opening, closing) in (("(", "]"), ("[", ")")) or any(map(_infinite, items))):
        return Ranges(((items[0], items[1], opening == "[", closing == "]"),))
    return Sequence(opening, closing, items)


def _infinite(item: Any) -> bool:
    import sympy

    return isinstance(item, Value) and item.expression.has(sympy.oo, -sympy.oo)


def as_range(item: Any) -> Ranges | None:
    """A pair in brackets read as an interval."""
    if isinstance(item, Ranges):
        return item
    if isinstance(item, Sequence) and len(item.items) == 2:
        return Ranges(((*item.items, item.opening == "[", item.closing == "]"),))
    return None


def _union(text: str) -> Ranges | None:
    pieces, found = split_top(re.sub(r"(?<=[)\]}])\s*U\s*(?=[(\[\\{])", r"\\cup ", text), ("\\cup",))
    if not found:
        return None
    parts: list[Any] = []
    points: list[Any] = []
    for piece in pieces:
        item = read(piece)
        ranges = as_range(item)
        if ranges is not None:
            parts.extend(ranges.parts)
        elif isinstance(item, Bag):
            points.extend(item.items)
        else:
            return None
    return Ranges(tuple(parts), tuple(points)) if parts else None


def _order(text: str) -> Ranges | Inequality | None:
    """`3 < x \\le 4`, `x > 2`."""
    import sympy

    pieces, signs = split_top(text, tuple(_ORDER))
    if not 1 <= len(signs) <= 2:
        return None
    values = [v for v in map(value, pieces) if v is not None]
    if len(values) < len(pieces):
        return None
    numbers = [v.expression.is_number for v in values]
    directions = {_ORDER[s][0] for s in signs}
    if len(signs) == 1 and not any(numbers):
        left, right = (v.expression for v in values)
        return Inequality(left - right if directions == {"<"} else right - left, _ORDER[signs[0]][1])
    if len(directions) != 1 or numbers not in ([False, True], [True, False], [True, False, True]):
        return None
    bounded = values[numbers.index(False)].expression
    named = {"name": str(bounded), "plain": bounded.is_Symbol}
    closed = [_ORDER[s][1] for s in signs]
    if directions == {">"}:
        values, numbers, closed = values[::-1], numbers[::-1], closed[::-1]
    low, high = Value(-sympy.oo), Value(sympy.oo)
    if numbers[0]:
        return Ranges(
            ((values[0], values[2] if len(values) == 3 else high, closed[0], len(values) == 3 and closed[1]),),
            **named,
        )
    return Ranges(((low, values[1], False, closed[0]),), **named)


def _chain(text: str) -> Chain | None:
    pieces, found = split_top(text, tuple(_SIGNS))
    if not found or not all(pieces[1:]):
        return None
    if not pieces[0]:
        pieces, found = pieces[1:], found[1:]
        if not found:
            return None
    return Chain(tuple(read(piece) for piece in pieces), tuple(_SIGNS[sign] for sign in found))


def _ratio(text: str) -> Ratio | None:
    pieces, found = split_top(text, (":",))
    items = tuple(value(piece) for piece in pieces)
    return Ratio(items) if found and all(items) else None


# ---- single values ---------------------------------------------------------------------------------------------

_UNIT_WORD = r"[a-zA-Z°µ]+\.?"
_UNIT = re.compile(
    rf"\s*(?:\\text\{{\s*[({{]?{_UNIT_WORD}(?:[\s/.*\-]+{_UNIT_WORD}){{0,4}}[)}}]?\s*(?:\^\{{?-?\d\}}?\s*)?\}}|\^\s*\{{?\d\}}?(?=\s*$)|/(?=\s*\\text))+\s*$"
)
_PLAIN_UNIT = re.compile(rf"(?<=[\d)}}])\s*[a-zA-Z]{{2,}}(?:[ /]+{_UNIT_WORD}){{0,3}}\s*(?:\^\{{?\d\}}?)?$")
_NO_UNITS = re.compile(
    r"\b(?:or|and|not|to|is|no|if|but|wrong|mod|where|for|pi|sqrt|sin|cos|tan|log|ln|exp)\b", re.IGNORECASE
)
_PHRASE = re.compile(r"^\\text\{(?![^{}]*\b(?:not|no|or|if|but)\b)[A-Za-z ,:']*\}\s*(?=[-\d\\(])", re.IGNORECASE)
_LABEL = re.compile(
    r"^\\text\{[A-Za-z ,]*(?::|\b(?:is|are|answer|total|equals))\s*\}\s*|"
    r"^[A-Za-z ]*answer(?: is)?\s*:?\s+(?=[\d\\(\-])",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"^\\text\{\s*([-+]?\d+(?:[.,]\d+)*(?:\s*/\s*\d+)?)\s*(?=[a-zA-Z°µ])")  # `\text{5 cm}`
_SPACED = re.compile(r"(?<![\w.,^}\\])(?<!\d )[1-9]\d{0,2}(?: \d{3})+(?! *\d| */| *\\frac)")  # `10 000`
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


def strip_unit(text: str) -> str:
    """Without a trailing unit: words in `\\text{}`, or plain words after a number."""
    match = _UNIT.search(text)
    if match is None or "\\text" not in match.group():
        match = _PLAIN_UNIT.search(text)
    if match is None or match.start() == 0 or _NO_UNITS.search(match.group()):
        return text
    return text[: match.start()].strip()


def value(text: str) -> Value | None:
    """A number or expression with its unit removed; None when something is left over."""
    text = _PHRASE.sub("", _LABEL.sub("", text.strip())).strip()
    text = _COUNTED.sub(r"\1\\text{", text)
    bare = re.sub(r"\s*(?:(?<=\d)\s*percent|\\text\{\s*percent\s*\})$", "%", text)
    percent = bare.endswith("%")
    bare = bare.removesuffix("%").strip()
    bare = re.sub(r"(?<![\d,])(\d{1,3}(?:,\d{3})+)(?![\d,])", lambda m: m.group().replace(",", ""), bare)
    if " " in bare:
        bare = _SPACED.sub(lambda m: m.group().replace(" ", ""), bare)
    scale = 1
    if match := re.search(r"\s*(?:\\text\{)?\s*(thousand|million|billion|trillion)\s*\}?$", bare):
        if re.search(r"\d\s*$", bare[: match.start()]):
            bare, scale = bare[: match.start()], _SCALES[match.group(1)]
    words = _from_words(bare)
    if words is not None:
        return words
    bare = re.sub(r"^\+\s*", "", bare)
    if re.fullmatch(r"[a-zA-Z]{4,}", bare):
        return None  # a word, not a product of letters
    expression = readable(bare)
    if expression is None or _looks_like_unit(bare):
        without = strip_unit(bare)
        if without != bare:
            bare, expression = without, readable(without)
    if expression is None:
        return None
    decimal = bare if re.fullmatch(r"-?\s*\d*\.\d+", bare) else ""
    return Value(expression * scale if scale != 1 else expression, percent, decimal)


def _looks_like_unit(text: str) -> bool:
    """`2600 degrees` also reads as a product of eight letters; a number and words is taken for a unit."""
    return (
        re.fullmatch(r"[-+]?\s*[\d.,]+\s+[a-zA-Z]{3,}.*|[-+]?\s*[\d.,]+\s+[a-zA-Z]{2,}\^\{?[23]\}?", text) is not None
    )


def _from_words(text: str) -> Value | None:
    """`five hundred four`, `\\text{three}`: every word must belong to the number."""
    import sympy

    inner = re.sub(r"^\\text\{(.*)\}$", r"\1", text).strip().lower()
    if not re.fullmatch(r"[a-z]+(?:[- ]+[a-z]+)*", inner):
        return None
    for word in re.split(r"[- ]+", inner):
        if word not in ("and", "hundred") and number_words(word) == word:
            return None
    digits = number_words(inner.replace("-", " "))
    return Value(sympy.Integer(int(digits))) if digits.isdigit() else None
