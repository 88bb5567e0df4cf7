"""LaTeX to sympy, reading as far as the text makes sense: what sympy 1.12 with antlr 4.11 accepts.

The official evaluation depends on two habits of that parser which its newer relatives do not share: it stops at the
first token that cannot follow and drops the rest (`12 \\Rightarrow 99` is 12), and a letter before a bracket is a
function (`a(b+c)`). This is a recursive-descent reading of the published grammar (sympy/parsing/latex/LaTeX.g4); it
needs no antlr, so it runs beside the antlr 4.9.3 that Hydra pins.
"""

from typing import Any, Callable, NamedTuple

import sympy

from oneshot_rlvr.grading.prefix_tokens import INVERTIBLE, NAMES, Token, tokenize

_RELATIONS = {
    "equal": sympy.Eq, "<": sympy.StrictLessThan, "<=": sympy.LessThan,
    ">": sympy.StrictGreaterThan, ">=": sympy.GreaterThan, "!=": sympy.Ne,
}  # fmt: skip
_CLOSING = {"(": ")", "[": "]", "{": "}", "lbracelit": "rbracelit"}
_ATOM_STARTS = {"letter", "symbol", "digit", "differential", "mathit", "frac", "binom", "<|", "lbar"}
_PLAIN_STARTS = {"(", "[", "{", "lbracelit", "lfloor", "lceil"} | _ATOM_STARTS
_FUNCTION_STARTS = {"function", "int", "sqrt", "overline", "sum", "prod", "lim"}
_STARTS = _PLAIN_STARTS | _FUNCTION_STARTS


class LatexError(ValueError):
    """The text has no readable beginning, or breaks off inside a bracket."""


class UnknownCharacter(ValueError):
    """A character that belongs to no token was reached: fatal, unlike text that merely cannot go on."""


class _Derivative(NamedTuple):
    """`\\frac{d}{dx}`: acts on what follows."""

    by: Any


def parse_prefix(text: str, lenient: bool = False) -> Any:
    """sympy object for the readable beginning of `text`; `lenient` knows per cent, table marks and leading zeros.

    Raises LatexError, UnknownCharacter, or what sympy raises.
    """
    return _Parser(text.strip(), lenient).relation()


def _read_number(digits: str, lenient: bool) -> Any:
    if "." in digits:
        return sympy.Float(digits)
    if not lenient and digits[0] == "0" and digits.strip("0"):
        raise LatexError("leading zeros")
    return sympy.Integer(int(digits))


class _Parser:
    """One method per grammar rule; each returns a sympy object (unevaluated, as the original builds them)."""

    def __init__(self, text: str, lenient: bool) -> None:
        self.text = text
        self.lenient = lenient
        self.tokens = tokenize(text, lenient)
        self.at = 0
        self.no_abs_at: set[int] = set()  # bars that turned out not to open anything

    # ---- tokens

    @property
    def kind(self) -> str:
        kind = self.tokens[self.at].kind
        if kind == "error":
            raise UnknownCharacter(repr(self.tokens[self.at].text))
        return kind

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def expect(self, kind: str) -> Token:
        if self.kind != kind:
            raise LatexError(f"expected {kind} at {self.tokens[self.at].start}")
        return self.take()

    def ahead(self, steps: int) -> str:
        index = self.at + steps
        return self.tokens[index].kind if index < len(self.tokens) else "end"

    def attempt(self, rule: Callable[[], Any]) -> Any | None:
        """Reads what follows an operator, or None with the cursor back before the operator when it cannot be read."""
        start = self.at
        self.take()
        try:
            return rule()
        except LatexError:
            self.at = start
            return None

    # ---- operators

    def relation(self) -> Any:
        """Unlike the other operators, `=` and the like must have a right side."""
        left = self.additive()
        while self.kind in _RELATIONS:
            operator = _RELATIONS[self.take().kind]
            left = operator(left, self.additive())
        return left

    def additive(self) -> Any:
        left = self.product(self.unary)
        while (kind := self.kind) in "+-" and (right := self.attempt(lambda: self.product(self.unary))) is not None:
            if kind == "-":
                right = -1 * right if right.is_Atom else sympy.Mul(-1, right, evaluate=False)
            left = sympy.Add(left, right, evaluate=False)
        return left

    def product(self, factor: Callable[[], Any]) -> Any:
        left = factor()
        while (kind := self.kind) in ("*", "/", ":") and (right := self.attempt(factor)) is not None:
            if kind != "*":
                right = sympy.Pow(right, -1, evaluate=False)
            left = sympy.Mul(left, right, evaluate=False)
        return left

    def unary(self) -> Any:
        if self.kind in "+-":
            minus = self.take().kind == "-"
            value = self.unary()
            return -value if minus else value
        factors = [self.postfix()]
        while (more := self.next_factor(_STARTS)) is not None:
            factors.append(more)
        return self.juxtaposed(factors)

    def unary_in_function(self) -> Any:
        """Argument of `\\sin x y`: no second function among the factors."""
        if self.kind in "+-":
            minus = self.take().kind == "-"
            value = self.unary_in_function()
            return -value if minus else value
        factors = [self.postfix()]
        while (more := self.next_factor(_PLAIN_STARTS, functions=False)) is not None:
            factors.append(more)
        return self.juxtaposed(factors)

    def next_factor(self, starts: set[str], functions: bool = True) -> Any | None:
        """One more factor of a product without signs; None where there is none or it cannot be read."""
        start = self.at
        if self.kind in starts or (self.kind == "|" and start not in self.no_abs_at):
            try:
                return self.postfix(functions)
            except LatexError:
                if self.tokens[start].kind == "|":
                    self.no_abs_at.add(start)
                self.at = start
        return None

    def juxtaposed(self, factors: list[Any]) -> Any:
        """Right-nested product; an `x` between two things without letters is a times sign."""
        if isinstance(factors[-1], _Derivative):
            raise LatexError("derivative of nothing")
        result = factors[-1]
        for i in range(len(factors) - 2, -1, -1):
            value = factors[i]
            if isinstance(value, _Derivative):
                result = sympy.Derivative(result, value.by)
                continue
            if i > 0 and str(value) == "x":
                left, right = factors[i - 1], factors[i + 1]
                sides = [side for side in (left, right) if isinstance(side, sympy.Expr)]
                if len(sides) == 2 and not any(side.atoms(sympy.Symbol) for side in sides):
                    continue
            result = sympy.Mul(value, result, evaluate=False)
        return result

    def postfix(self, functions: bool = True) -> Any:
        value = self.power(functions)
        while True:
            if self.kind == "!":
                self.take()
                value = sympy.factorial(value, evaluate=False)
            elif self.kind == "|" and self.ahead(1) in "_^" and self.ahead(2) == "{":
                value = self.evaluated_at(value)
            elif self.kind == "percent":
                self.take()
                value = sympy.Mul(value, sympy.Rational(1, 100), evaluate=False)
            else:
                return value

    def evaluated_at(self, value: Any) -> Any:
        self.take()
        bounds: dict[str, Any] = {}
        while self.kind in "_^" and self.kind not in bounds:
            side = self.take().kind
            self.expect("{")
            left = self.additive()
            if self.kind == "equal":
                self.take()
                bounds[side] = value.subs(left, self.additive())
            else:
                symbols = left.atoms(sympy.Symbol)
                bounds[side] = value.subs(next(iter(symbols)), left) if symbols else value
            self.expect("}")
        if len(bounds) == 2:
            return sympy.Add(bounds["^"], -1 * bounds["_"], evaluate=False)
        return next(iter(bounds.values()))

    def power(self, functions: bool) -> Any:
        base = self.component(functions)
        while self.kind == "^":
            if isinstance(base, _Derivative):
                raise LatexError("power of a derivative")
            exponent = self.attempt(self.script_body)
            if exponent is None:
                break
            if self.kind == "_":
                self.attempt(self.script_body)  # accepted and ignored
            base = sympy.Pow(base, exponent, evaluate=False)
        return base

    def script(self) -> Any:
        """`^` or `_` with an atom or a group in braces."""
        self.take()
        return self.script_body()

    def script_body(self) -> Any:
        if self.kind == "{":
            return self.bracketed()
        return self.atom()

    # ---- things

    def component(self, functions: bool) -> Any:
        kind = self.kind
        if kind in _CLOSING:
            return self.bracketed()
        if kind in ("|", "lbar"):
            return self.bars()
        if kind in ("lfloor", "lceil"):
            self.take()
            value = self.additive()
            self.expect("r" + kind[1:])
            return (sympy.floor if kind == "lfloor" else sympy.ceiling)(value, evaluate=False)
        if functions and kind in _FUNCTION_STARTS:
            return _function(self)
        return self.atom(functions)

    def bracketed(self) -> Any:
        closing = _CLOSING[self.take().kind]
        value = self.additive()
        self.expect(closing)
        return value

    def bars(self) -> Any:
        """`|x|`, or `|x\\rangle` as in quantum mechanics."""
        opening = self.take().kind
        value = self.additive()
        if self.kind == "|>":
            self.take()
            from sympy.physics.quantum.state import Ket

            return Ket(value)
        if opening == "lbar":
            raise LatexError("no closing bar")
        self.expect("|")
        return sympy.Abs(value, evaluate=False)

    def atom(self, functions: bool = False) -> Any:
        kind = self.kind
        if kind in ("letter", "symbol"):
            return self.name(functions)
        if kind == "digit":
            return _read_number(self.number(), self.lenient)
        if kind == "differential":
            return sympy.Symbol("d" + _differential_variable(self.take().text))
        if kind == "mathit":
            self.take()
            self.expect("{")
            letters = ""
            while self.kind == "letter":
                letters += self.take().text
            self.expect("}")
            return sympy.Symbol(letters)
        if kind == "frac":
            return _fraction(self)
        if kind == "binom":
            self.take()
            return sympy.binomial(self.braced(), self.braced(), evaluate=False)
        if kind == "<|":
            self.take()
            value = self.additive()
            self.expect("rbar" if self.kind == "rbar" else "|")
            from sympy.physics.quantum.state import Bra

            return Bra(value)
        raise LatexError(f"cannot start with {kind}")

    def braced(self) -> Any:
        if self.kind != "{":
            raise LatexError("expected {")
        return self.bracketed()

    def number(self) -> str:
        """Digits, thousands groups and decimals. A comma that is no thousands comma ends the number."""
        digits = self.take().text
        while self.kind == "digit":
            digits += self.take().text
        while self.kind == "," and self.thousands():
            self.take()
            digits += "".join(self.take().text for _ in range(3))
        if self.kind == ".":
            digits += self.take().text + self.expect("digit").text
            while self.kind == "digit":
                digits += self.take().text
        return digits

    def thousands(self) -> bool:
        """Tells whether the comma under the cursor has three digits behind it."""
        for step in (1, 2, 3):
            kind = self.ahead(step)
            if kind == "error":
                raise UnknownCharacter("behind a comma")
            if kind != "digit":
                return False
        return True

    def name(self, functions: bool) -> Any:
        """A symbol, or `f(x, y)`: any letter before a round bracket is a function."""
        token = self.take()
        name = token.text.lstrip("\\")
        quotes = self.take().text if self.kind == "quotes" else ""
        if self.kind == "_":
            name += "_{" + str(self.script()) + "}"
            if not quotes and self.kind == "quotes":
                quotes = self.take().text
        if functions and self.kind == "(":
            self.take()
            arguments = [self.additive()]
            while self.kind == ",":
                self.take()
                arguments.append(self.additive())
            self.expect(")")
            return sympy.Function(name + quotes)(*arguments)
        if token.kind == "symbol":
            return sympy.oo if token.text == "\\infty" else sympy.Symbol(name)
        return sympy.Symbol(name + quotes)


def _differential_variable(text: str) -> str:
    return text[1:].lstrip(" \t\r\n").lstrip("\\")


# ---- the rules of functions, fractions, roots, sums, integrals and limits


def _function(p: _Parser) -> Any:
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


def _named(p: _Parser, written: str) -> Any:
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


def _subscript(p: _Parser) -> Any:
    """Base of a logarithm. The last of several digits is the argument when nothing else is: `\\log_28`."""
    start = p.at + 1
    value = p.script()
    run = p.tokens[start : p.at]
    if len(run) > 1 and {t.kind for t in run} == {"digit"} and not (p.kind in _STARTS or p.kind in "^+-|"):
        p.at -= 1
        value = sympy.Integer(int("".join(t.text for t in run[:-1])))
    return value


def _fraction(p: _Parser) -> Any:
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


def _part(p: _Parser) -> tuple[Any, tuple[int, int]]:
    """Value and token span of one half of a fraction (a bare digit has an empty span)."""
    if p.kind == "digit":
        return sympy.Integer(int(p.take().text)), (0, 0)
    start = p.at + 1
    value = p.braced()
    return value, (start, p.at - 1)


def _equation(p: _Parser) -> tuple[Any, Any]:
    """`_{i=1}`."""
    p.expect("_")
    p.expect("{")
    left = p.additive()
    p.expect("equal")
    right = p.additive()
    p.expect("}")
    return left, right


def _sum_or_product(p: _Parser, kind: Any) -> Any:
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


def _integral(p: _Parser) -> Any:
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


def _limit(p: _Parser) -> Any:
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
