"""`sympy.parse_expr` without evaluating text as code.

sympy turns text into Python source and calls `eval`. Here the same source (made by sympy's own token transformations)
is read with `ast` and walked: numbers, symbols, arithmetic and calls of mathematical functions, nothing else.
"""

import ast
import builtins
import operator
import re
from collections.abc import Callable
from functools import cache
from types import BuiltinFunctionType
from typing import Any

import sympy
from sympy.parsing.sympy_parser import standard_transformations, stringify_expr

from oneshot_rlvr.grading.exact_bounds import too_large

_LARGEST_EXPONENT = 20_000  # of a number like `1e9`
_EXPONENT = re.compile(r"\d[eE][+-]?(\d+)$")
_GROWING = (sympy.factorial, sympy.factorial2, sympy.binomial)


def _power(base: Any, exponent: Any) -> Any:
    """A power whose size was estimated first: `9**9**9**9` is not begun. Raises ExpressionError."""
    if too_large(sympy.Pow(sympy.sympify(base), sympy.sympify(exponent), evaluate=False)):
        raise ExpressionError("a power with too many digits")
    return base**exponent


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: _power, ast.Mod: operator.mod, ast.FloorDiv: operator.floordiv,
    ast.BitXor: operator.xor, ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
_WITH_TEXT = {
    "Symbol": sympy.Symbol, "Integer": sympy.Integer, "Float": sympy.Float, "Rational": sympy.Rational,
    "Function": sympy.Function, "Number": sympy.Number,
}  # fmt: skip
_ROUTINES = ("sqrt", "root", "cbrt", "real_root", "Rational", "Integer", "Float", "Eq", "Ne", "Lt", "Le", "Gt", "Ge")


class ExpressionError(ValueError):
    """The text is not a plain mathematical expression."""


@cache
def _namespace() -> dict[str, Any]:
    """sympy's names and the built-in ones: the transformations only look up which of them are no symbols."""
    names: dict[str, Any] = {n: f for n, f in vars(builtins).items() if isinstance(f, BuiltinFunctionType)}
    names |= {name: getattr(sympy, name) for name in sympy.__all__}
    return names | {"max": sympy.Max, "min": sympy.Min, "abs": sympy.Abs}


def _callable(name: str) -> Any:
    value = _namespace().get(name)
    is_function = isinstance(value, type) and issubclass(value, sympy.core.function.Application)
    if is_function or name in _ROUTINES:
        return value
    raise ExpressionError(f"cannot call {name!r}")


def parse_expr(text: str, transformations: tuple[Any, ...] = standard_transformations) -> Any:
    """sympy object for `text` in sympy's own syntax. Raises ExpressionError, SyntaxError or what sympy raises."""
    source = stringify_expr(text, {}, _namespace(), transformations)
    return _value(ast.parse(source.strip(), mode="eval").body)


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | complex):
        return node.value
    if isinstance(node, ast.Name):
        value = _namespace().get(node.id)
        if isinstance(value, sympy.Basic):
            return value
        raise ExpressionError(f"{node.id!r} is not a value")
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _BINARY[type(node.op)](_value(node.left), _value(node.right))
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return _UNARY[type(node.op)](_value(node.operand))
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
        return _COMPARE[type(node.ops[0])](_value(node.left), _value(node.comparators[0]))
    if isinstance(node, ast.BoolOp):  # Python's rule: the first operand that decides
        values, is_or = [_value(item) for item in node.values], isinstance(node.op, ast.Or)
        return next((v for v in values if bool(v) == is_or), values[-1])
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        items = [_value(item) for item in node.elts]
        return tuple(items) if isinstance(node, ast.Tuple) else items if isinstance(node, ast.List) else set(items)
    if isinstance(node, ast.Dict) and not node.keys:
        return {}
    if isinstance(node, ast.Call) and not node.keywords:
        return _call(node)
    raise ExpressionError(f"{type(node).__name__} is not allowed")


def _call(node: ast.Call) -> Any:
    text = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if any((match := _EXPONENT.search(number)) and int(match[1]) > _LARGEST_EXPONENT for number in text):
        raise ExpressionError("a number with too many digits")
    if isinstance(node.func, ast.Name):
        if node.func.id in _WITH_TEXT and text and len(text) == len(node.args):
            return _WITH_TEXT[node.func.id](*text)
        function = _callable(node.func.id)
    elif isinstance(node.func, ast.Call):
        function = _call(node.func)  # Function('f')(x)
        if not isinstance(function, type):
            raise ExpressionError("calling a number")
    else:
        raise ExpressionError("calling something without a name")
    if text:
        raise ExpressionError("text is not a value")
    arguments = [_value(argument) for argument in node.args]
    if function in _GROWING and too_large(function(*map(sympy.sympify, arguments), evaluate=False)):
        raise ExpressionError("a number with too many digits")
    return function(*arguments)
