"""Python values as text: read without running anything, written one way, compared by value.

A value is None, a bool, an int, a finite float, a str, bytes, or a tuple, list, set or dict of such. The text is first
cut into the tokens that such values are made of, which bounds its length, depth and everything else that makes
Python's parser slow or unsafe; only then is it parsed, and the tree is walked here.
"""

import ast
import math
import re

LIMIT = 2000  # characters
MAX_DEPTH = 50  # brackets inside brackets
MAX_INT_BITS = 13_000  # about 3,900 digits; Python refuses to print more than 4,300

_STRING = r"""'''(?:[^\\]|\\.)*?'''|\"{3}(?:[^\\]|\\.)*?\"{3}|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*\""""
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    |(?P<string>(?:[rR]?[bB]|[bB]?[rR]|[uU])?(?:{_STRING}))
    |(?P<number>(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+
        |(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)(?![\w.]))
    |(?P<keyword>[^\W\d]\w*\s*=)
    |(?P<name>[^\W\d]\w*)
    |(?P<sign>[+-])
    |(?P<open>[(\[{{])
    |(?P<close>[)\]}}])
    |(?P<mark>[,:])""",
    re.VERBOSE | re.DOTALL,
)
_CONSTANTS = ("None", "True", "False", "set")  # `set()` is the empty set; nothing else is called


class Malformed(ValueError):
    """The text is not a value; `reason` says why in a few words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_value(text: str, limit: int = LIMIT) -> object:
    """The value that a text spells. Raises Malformed.

    Example: `parse_value("{'a': [1, -2.5]}")` is `{"a": [1, -2.5]}`; `parse_value("1 + 1")` is malformed.
    """
    _check_tokens(text, limit)
    if not text.strip():
        raise Malformed("empty")
    return _value(_parsed(f"(\n{text}\n)"))


def parse_arguments(text: str, limit: int = LIMIT) -> tuple[tuple[object, ...], dict[str, object]]:
    """Positional and keyword arguments in a text that stands between the brackets of `f(...)`. Raises Malformed.

    Example: `parse_arguments("'ab', n=2")` is `(("ab",), {"n": 2})`; `"4) or (1"` is malformed.
    """
    _check_tokens(text, limit, with_keywords=True)
    call = _parsed(f"f(\n{text}\n)")
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise Malformed("not the arguments of one call")
    keywords: dict[str, object] = {}
    for keyword in call.keywords:
        if keyword.arg is None or keyword.arg in keywords:
            raise Malformed("a keyword twice")
        keywords[keyword.arg] = _value(keyword.value)
    return tuple(map(_value, call.args)), keywords


def canonical(value: object) -> str:
    """The text of a value, the same for equal values of the same types: sets and dicts are in order.

    Raises Malformed for what is not a value. Example: `canonical({"b": 1, "a": {3, 2}})` is `"{'a': {2, 3}, 'b': 1}"`.
    """
    return _written(value, 0)


def canonical_arguments(text: str, limit: int = LIMIT) -> str:
    """The arguments in a text, written one way, keywords in the order of their names. Raises Malformed."""
    positional, keywords = parse_arguments(text, limit)
    written = [canonical(value) for value in positional]
    return ", ".join(written + [f"{name}={canonical(keywords[name])}" for name in sorted(keywords)])


def same_value(a: object, b: object, strict_bool: bool = True, tolerance: float = 0.0) -> bool:
    """True for equal values: an int may equal a float, a list is no tuple, the order of a dict does not matter.

    strict_bool: True is not 1. tolerance: relative, for two numbers of which one is a float; keys of dicts and elements
    of sets are compared exactly.
    """
    if isinstance(a, bool) or isinstance(b, bool):
        return a == b and (not strict_bool or type(a) is type(b))
    if isinstance(a, int | float) and isinstance(b, int | float):
        return a == b or (tolerance > 0 and not (isinstance(a, int) and isinstance(b, int)) and _close(a, b, tolerance))
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(same_value(x, y, strict_bool, tolerance) for x, y in zip(a, b))
    if isinstance(a, set) and isinstance(b, set):
        return a == b and _same_keys(a, b, strict_bool)
    if isinstance(a, dict) and isinstance(b, dict):
        return (
            a.keys() == b.keys()
            and _same_keys(a, b, strict_bool)
            and all(same_value(a[key], b[key], strict_bool, tolerance) for key in a)
        )
    return a == b


def _close(a: float, b: float, tolerance: float) -> bool:
    try:
        return math.isclose(a, b, rel_tol=tolerance, abs_tol=0.0)
    except OverflowError:  # an int beyond the floats
        return False


def _same_keys(a: "set[object] | dict[object, object]", b: "set[object] | dict[object, object]", strict: bool) -> bool:
    """True where equal keys also are so under `strict_bool`: {True} is {1} for Python."""
    of_b = {key: key for key in b}
    return not strict or all(same_value(key, of_b[key]) for key in a)


def _check_tokens(text: str, limit: int, with_keywords: bool = False) -> None:
    """Raises Malformed unless the text is made of tokens of values, within the limits. `with_keywords`: also `name=`
    outside of all brackets."""
    if len(text) > limit:
        raise Malformed(f"longer than {limit} characters")
    place, closing, after_sign = 0, [], False
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise Malformed(f"unexpected {text[place]!r}")
        kind, place = token.lastgroup, token.end()
        if kind == "space":
            continue
        if after_sign and kind != "number":
            raise Malformed("a sign without a number")
        after_sign = kind == "sign"
        if (kind == "name" and token[0] not in _CONSTANTS) or (kind == "keyword" and (closing or not with_keywords)):
            raise Malformed(f"the name {token[0][:30]!r}")
        if kind == "open":
            closing.append({"(": ")", "[": "]", "{": "}"}[token[0]])
            if len(closing) > MAX_DEPTH:
                raise Malformed(f"more than {MAX_DEPTH} brackets deep")
        elif kind == "close" and (not closing or closing.pop() != token[0]):
            raise Malformed("brackets do not match")
    if closing:
        raise Malformed("brackets do not match")


def _parsed(source: str) -> ast.expr:
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on "\d", on a tuple that is called
            return ast.parse(source, mode="eval").body
    except SyntaxError:
        raise Malformed("not a Python value") from None
    except (ValueError, MemoryError, RecursionError) as error:
        raise Malformed(f"not readable: {type(error).__name__}") from None


def _value(node: ast.expr) -> object:
    if isinstance(node, ast.Constant):
        return _constant(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        number = _constant(node.operand.value)
        if isinstance(number, int | float) and not isinstance(number, bool):
            return -number if isinstance(node.op, ast.USub) else number
    if isinstance(node, ast.Tuple):
        return tuple(map(_value, node.elts))
    if isinstance(node, ast.List):
        return list(map(_value, node.elts))
    try:
        if isinstance(node, ast.Set):
            return set(map(_value, node.elts))
        if isinstance(node, ast.Dict) and None not in node.keys:
            return {_value(key): _value(value) for key, value in zip(node.keys, node.values) if key is not None}
    except TypeError:
        raise Malformed("a list, set or dict as a key or in a set") from None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "set":
        if not node.args and not node.keywords:
            return set()
    raise Malformed(f"{type(node).__name__} is not a value")


def _constant(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        raise Malformed("a float that is not finite")
    if isinstance(value, int) and value.bit_length() > MAX_INT_BITS:
        raise Malformed("an int of too many digits")
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return value
    raise Malformed(f"{type(value).__name__} is not a value")


def _written(value: object, depth: int) -> str:
    kind = type(value)
    if depth > MAX_DEPTH:
        raise Malformed(f"more than {MAX_DEPTH} brackets deep")
    if isinstance(value, float) and kind is float:
        return repr(_constant(value + 0.0))  # -0.0 is 0.0
    if value is None or kind in (bool, int, str, bytes):
        return repr(_constant(value))
    if isinstance(value, tuple) and kind is tuple:
        items = [_written(item, depth + 1) for item in value]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    if isinstance(value, list) and kind is list:
        return f"[{', '.join(_written(item, depth + 1) for item in value)}]"
    if isinstance(value, set) and kind is set:
        items = [_written(item, depth + 1) for item in sorted(value, key=_rank)]
        return f"{{{', '.join(items)}}}" if items else "set()"
    if isinstance(value, dict) and kind is dict:
        pairs = [(_written(key, depth + 1), _written(value[key], depth + 1)) for key in sorted(value, key=_rank)]
        return f"{{{', '.join(f'{key}: {item}' for key, item in pairs)}}}"
    raise Malformed(f"{kind.__name__} is not a value")


def _rank(key: object) -> tuple[object, ...]:
    """Place of a hashable value among others of any type."""
    if key is None:
        return (0,)
    for place, kinds in enumerate(((bool, int, float), (str,), (bytes,)), start=1):
        if isinstance(key, kinds):
            return (place, key)
    if isinstance(key, tuple):
        return (4, tuple(map(_rank, key)))
    raise Malformed(f"{type(key).__name__} is not a value")
