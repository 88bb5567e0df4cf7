"""The function-like rules of `prefix_latex`: `\\sin`, `\\frac`, `\\sqrt`, sums, integrals, limits."""

from typing import TYPE_CHECKING, Any

import sympy

from oneshot_rlvr.rewards.prefix_latex import (
    _STARTS,
    LatexError,
    _Derivative,
    _differential_variable,
    parse_prefix,
)
from oneshot_rlvr.rewards.prefix_tokens import INVERTIBLE, NAMES

if TYPE_CHECKING:
    from oneshot_rlvr.rewards.prefix_latex import _Parser


def function(p: "_Parser") -> Any:
    """The rule for the command under the cursor."""
    kind = p.take().kind
    if kind == "function":
        return _named(p, p.tokens[p.at - 1].text[1:])
    if kind == "sqrt":
        root = None
        if p.kind == "[":
            root = p.bracketed()
        base = p.braced()
        return sympy.sqrt(base, evaluate=False) if root is None else sympy.root(base, root, evaluate=False)
    if kind == "overline":
        return sympy.conjugate(p.braced(), evaluate=False)
    if kind == "int":
        return _integral(p)
    if kind == "lim":
        return _limit(p)
    return _sum_or_product(p, sympy.Sum if kind == "sum" else sympy.Product)


def _named(p: "_Parser", written: str) -> Any:
    base = power = None
    for _ in range(2):
        if p.kind == "_" and base is None:
            base = _subscript(p)
        elif p.kind == "^" and power is None:
            power = p.script()
    if p.kind == "(":
        p.take()
        argument = p.additive()
        while p.kind == ",":  # further arguments are read and dropped
            p.take()
            p.additive()
        p.expect(")")
    else:
        argument = p.product(p.unary_in_function)
    name = NAMES.get(written, written)
    if name in INVERTIBLE and power == -1:
        name, power = "a" + name, None
    if name in ("log", "ln", "lg"):
        if base is None:
            base = 10 if name == "lg" else sympy.E
        value = sympy.log(argument, base, evaluate=False)
    else:
        value = getattr(sympy.functions, name)(argument, evaluate=False)
    return sympy.Pow(value, power, evaluate=False) if power else value


def _subscript(p: "_Parser") -> Any:
    """Base of a logarithm. The last of several digits is the argument when nothing else is: `\\log_28`."""
    start = p.at + 1
    value = p.script()
    run = p.tokens[start : p.at]
    if len(run) > 1 and {t.kind for t in run} == {"digit"} and not (p.kind in _STARTS or p.kind in "^+-|"):
        p.at -= 1
        value = sympy.Integer(int("".join(t.text for t in run[:-1])))
    return value


def fraction(p: "_Parser") -> Any:
    """`\\frac{a}{b}`, `\\frac12`, and derivatives written as fractions."""
    p.take()
    upper, upper_span = _part(p)
    lower, lower_span = _part(p)
    below = p.tokens[slice(*lower_span)]
    above = p.tokens[slice(*upper_span)]
    by, mark = None, ""
    if len(below) == 1 and below[0].kind == "differential":
        by, mark = _differential_variable(below[0].text), "d"
    elif len(below) == 2 and below[0].text == "\\partial" and below[1].kind in ("letter", "symbol"):
        by, mark = below[1].text.lstrip("\\"), "\\partial"
    if by is not None and above:
        if len(above) == 1 and above[0].text == mark:
            return _Derivative(sympy.Symbol(by))
        text = p.text[above[0].start : above[-1].start + len(above[-1].text)]
        if text.startswith(mark) and above[0].kind in ("differential", "letter", "symbol"):
            return sympy.Derivative(parse_prefix(text[len(mark) :]), sympy.Symbol(by))
    inverse = sympy.Pow(lower, -1, evaluate=False)
    return inverse if upper == 1 else sympy.Mul(upper, inverse, evaluate=False)


def _part(p: "_Parser") -> tuple[Any, tuple[int, int]]:
    """Value and token span of one half of a fraction (a bare digit has an empty span)."""
    if p.kind == "digit":
        return sympy.Integer(int(p.take().text)), (0, 0)
    start = p.at + 1
    value = p.braced()
    return value, (start, p.at - 1)


def _equation(p: "_Parser") -> tuple[Any, Any]:
    """`_{i=1}`."""
    p.expect("_")
    p.expect("{")
    left = p.additive()
    p.expect("equal")
    right = p.additive()
    p.expect("}")
    return left, right


def _sum_or_product(p: "_Parser", kind: Any) -> Any:
    if p.kind == "_":
        variable, start = _equation(p)
        if p.kind != "^":
            raise LatexError("sum without upper limit")
        end = p.script()
    elif p.kind == "^":
        end = p.script()
        variable, start = _equation(p)
    else:
        raise LatexError("sum without limits")
    return kind(p.product(p.unary), (variable, start, end))


def _integral(p: "_Parser") -> Any:
    lower = upper = None
    if p.kind in "_^":
        first = p.kind
        one = p.script()
        if p.kind not in "_^" or p.kind == first:
            raise LatexError("integral with one limit")
        other = p.script()
        lower, upper = (one, other) if first == "_" else (other, one)
    integrand: Any = sympy.S.One if p.kind == "differential" else p.additive()
    if p.kind == "differential":
        variable = sympy.Symbol(_differential_variable(p.take().text))
    else:
        variable = sympy.Symbol("x")
        for symbol in sorted(integrand.atoms(sympy.Symbol), key=str):
            if len(str(symbol)) > 1 and str(symbol)[0] == "d":
                variable = sympy.Symbol(str(symbol)[1:])
                integrand = integrand.subs(symbol, 1)
                break
    return sympy.Integral(integrand, (variable, lower, upper) if upper is not None else variable)


def _limit(p: "_Parser") -> Any:
    p.expect("_")
    p.expect("{")
    if p.kind not in ("letter", "symbol"):
        raise LatexError("limit without variable")
    variable = sympy.Symbol(p.take().text.lstrip("\\"))
    p.expect("to")
    point = p.additive()
    direction = "+-"
    if p.kind == "^":
        p.take()
        braces = p.kind == "{"
        if braces:
            p.take()
        direction = p.take().text
        if braces:
            p.expect("}")
    p.expect("}")
    return sympy.Limit(p.product(p.unary), variable, point, direction)
