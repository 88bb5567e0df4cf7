"""Mathematical expressions of grader `exact`: the whole string must parse, and equality is decided by value."""

import re
from typing import Any

import sympy

from oneshot_rlvr.grading.exact_bounds import DEEPEST, MOST_ROOT_DIGITS, MOST_ROOTS, MOST_TOKENS, TooLarge, digits
from oneshot_rlvr.grading.exact_points import agree, close, numeric
from oneshot_rlvr.grading.prefix_latex import LatexError, UnknownCharacter, _Parser

_WORDS = re.compile(r"(?<![\\a-zA-Z])(sqrt|sin|cos|tan|cot|sec|csc|arcsin|arccos|arctan|log|ln|pi|exp)(?![a-zA-Z])")
_SCIENTIFIC = re.compile(r"(?<![\d.a-zA-Z])(\d+\.?\d*|\.\d+)[eE]([+-]?\d+)(?![\d.a-zA-Z])")
_MIXED = re.compile(r"(?<![\d.^_}])(\d+)\s*\\frac\s*\{\s*(\d+)\s*\}\s*\{\s*(\d+)\s*\}")
_MIXED_SLASH = re.compile(r"(?<![\d./^_}])(\d+)\s+(\d+)\s*/\s*(\d+)(?![\d.])")
_PLUS_MINUS = re.compile(r"(?<=[\w)}\]])\s*\\(pm|mp)(?![a-zA-Z])|\\(pm|mp)(?![a-zA-Z])")
_ACCENT = re.compile(r"\\(dot|ddot|hat|bar|tilde|overline|widehat)\s*\{?\s*([a-zA-Z])\s*\}?")
_TEXT_SCRIPT = re.compile(r"_\s*\{\s*\\text\s*\{\s*([a-zA-Z]+)\s*\}\s*\}")
_NOT_SYMBOLS = frozenset(
    "text begin end cup cap in ldots dots cdots hline and or mid setminus emptyset reals integers naturals modulo usd "
    "ne not equiv forall exists".split()
)
DEGREE = sympy.Symbol("dgr")
_IN_BRACKETS = re.compile(r"(?<![\d.\w])(\d*)\.(\d*)\((\d+)\)(?![\d^!(])")  # `0.1(6)`
_DOUBLE_FACTORIAL = re.compile(r"(?<![\w.!)}])(\d{1,3})!!(?!!)")
_INDEX = r"\s*(?:\{\s*(\w+)\s*\}|(\d|[a-z]))"
_CHOOSE = re.compile(
    rf"(?<![\w)}}\]])(?:\{{\s*\}})?\s*[_^]{_INDEX}\s*(?:\\text\s*\{{\s*([CP])\s*\}}|([CP]))\s*_{_INDEX}|"
    r"(?<![\w\\])(?:\\text\s*\{\s*C\s*\}|C)\s*(?:_\s*\{?\s*(\d+)\s*\}?\s*\^\s*\{?\s*(\d+)\s*\}?|\^\s*\{?\s*(\d+)\s*\}?\s*_\s*\{?\s*(\d+)\s*\}?)"
)  # `{}_{10}C_3`, `^{10}C_3`, `C_{10}^3`
_COUNTED = re.compile(r"(?<![\w.])(\d{1,3})([CP])(\d{1,3})(?![\w.])")  # `10C3`
_ARRANGED = re.compile(r"[PA](?:_\{?(\d{1,3})\}?\^\{?(\d{1,3})\}?|\^\{?(\d{1,3})\}?_\{?(\d{1,3})\}?)")  # `A_{10}^3`
_DIGITS = 60
_REPEATING = re.compile(
    r"(?<![\d.])(\d*)\.(\d*)\s*(?:\\(?:overline|bar)\s*(?:\{\s*(\d+)\s*\}|(\d))|"
    r"\\dot\s*\{?\s*(\d)\s*\}?(?:\s*(\d*)\s*\\dot\s*\{?\s*(\d)\s*\}?)?)(?!\s*[\d.])"
)
SIGN = "pmsign"  # symbol that stands for +1 or -1


_OPENING, _CLOSING = ("(", "[", "{", "lbracelit", "lfloor", "lceil"), (")", "]", "}", "rbracelit", "rfloor", "rceil")


class Strict(_Parser):
    """The grammar of `prefix_latex` without its habits: nothing is dropped, decimals are exact, e and i are numbers."""

    def __init__(self, text: str) -> None:
        super().__init__(text, lenient=False)
        self.roots = 0  # that are open
        depth = deepest = 0
        for token in self.tokens:
            depth += (token.kind in _OPENING) - (token.kind in _CLOSING)
            deepest = max(deepest, depth)
        if len(self.tokens) > MOST_TOKENS or deepest > DEEPEST:
            raise TooLarge("too long or too deep")

    def attempt(self, rule: Any) -> Any:
        self.take()
        return rule()

    def next_factor(self, starts: set[str], functions: bool = True) -> Any | None:
        if self.kind == "digit" and self.tokens[self.at - 1].kind == "digit":
            raise LatexError("two numbers side by side")
        if self.kind in starts:
            return self.postfix(functions)
        return super().next_factor(set(), functions)

    def juxtaposed(self, factors: list[Any]) -> Any:
        result = factors[-1]
        for factor in reversed(factors[:-1]):
            result = sympy.Mul(factor, result, evaluate=False)
        return result

    def number(self) -> str:
        start = self.at
        while self.kind in ("digit", ".") and (
            self.at == start or self.tokens[self.at].start == self.tokens[self.at - 1].start + 1
        ):
            self.take()
        digits = "".join(token.text for token in self.tokens[start : self.at])
        if not re.fullmatch(r"\d+(\.\d*)?", digits):
            raise LatexError("not a number")
        return digits

    def atom(self, functions: bool = False) -> Any:
        if self.kind == "digit":
            return sympy.Rational(self.number())
        return super().atom(functions)

    def component(self, functions: bool) -> Any:
        if functions and self.kind == "sqrt":
            return self.root()
        return super().component(functions)

    def root(self) -> Any:
        """`\\sqrt[3]{x}`, and also `\\sqrt 12`, `\\sqrt(12)`, `\\sqrt\\pi`."""
        self.take()
        self.roots += 1
        if self.roots > MOST_ROOTS:
            raise TooLarge("roots in roots")
        index = self.bracketed() if self.kind == "[" else 2
        base = self.bracketed() if self.kind in ("{", "(") else self.atom()
        self.roots -= 1
        if digits(base) > MOST_ROOT_DIGITS:
            raise TooLarge("a root of a large number")
        return _power(base, sympy.Pow(index, -1))

    def postfix(self, functions: bool = True) -> Any:
        value = super().postfix(functions)
        if isinstance(value, sympy.factorial):
            digits(value)
        return value

    def power(self, functions: bool) -> Any:
        value = super().power(functions)
        if isinstance(value, sympy.Pow | sympy.binomial):
            digits(value)
        return _power(value.base, value.exp) if isinstance(value, sympy.Pow) and not value.exp.is_Integer else value

    def name(self, functions: bool) -> Any:
        """Constants, symbols, and `f(x)`: a letter before a single symbol or number in brackets, else a product."""
        token = self.take()
        name = token.text.lstrip("\\")
        if name in _NOT_SYMBOLS:
            raise LatexError(f"{name} is no symbol")
        if self.kind == "_":
            name += "_" + re.sub(r"[{}\s]", "", self.source_of_script())
        while self.kind == "quotes":
            name += self.take().text
        constants = {"e": sympy.E, "i": sympy.I, "pi": sympy.pi, "infty": sympy.oo}
        if name in constants:
            return constants[name]
        if functions and self.kind == "(" and self.argument_in_brackets():
            self.take()
            argument = self.atom()
            self.expect(")")
            return sympy.Symbol(f"{name}({argument})")
        return sympy.Symbol(name)

    def argument_in_brackets(self) -> bool:
        """Tells whether a letter, a symbol or a whole number alone stands in the brackets that open here."""
        if self.ahead(1) in ("letter", "symbol"):
            return self.ahead(2) == ")"
        end = 1
        while self.ahead(end) == "digit":
            end += 1
        return end > 1 and self.ahead(end) == ")"

    def source_of_script(self) -> str:
        start = self.tokens[self.at + 1].start
        self.script()
        return self.text[start : self.tokens[self.at - 1].start + len(self.tokens[self.at - 1].text)]


class OddRoot(sympy.Function):  # type: ignore[misc]
    """The real root of odd index: `\\sqrt[3]{-8}` is -2, where sympy's power is the principal, complex one."""

    @classmethod
    def eval(cls, *args: Any) -> Any:
        base, index = args
        if base.is_number:
            return -((-base) ** (1 / index)) if base.is_negative else base ** (1 / index)
        return None


def _power(base: Any, exponent: Any) -> Any:
    """A power; one with an odd denominator is a power of a real root unless its base is plainly positive."""
    exact = exponent.doit() if _is_fraction(exponent) else sympy.S.One
    if exact.q % 2 == 0 or exact.q == 1 or base.is_positive:
        return sympy.Pow(base, exponent, evaluate=False)
    root: Any = OddRoot(base, sympy.Integer(exact.q))
    return root if exact.p == 1 else sympy.Pow(root, exact.p, evaluate=False)


def _is_fraction(number: Any) -> bool:
    """Tells whether it may be worked out at once: `\\frac{2}{3}`, but not `9^{9^9}`."""
    if number.is_Rational:
        return True
    return (number.is_Mul or (number.is_Pow and number.exp == -1)) and all(map(_is_fraction, number.args))


def _repeating(match: re.Match[str]) -> str:
    """`0.1\\overline{6}`, `0.1\\bar 6` and `0.1\\dot{6}` as a fraction."""
    whole, once, *periods = match.groups(default="")
    period = "".join(periods)
    digits, shift = int(whole + once + period) - int("0" + whole + once), 10 ** len(once)
    return f"(\\frac{{{digits}}}{{{(10 ** len(period) - 1) * shift}}})"


def _double_factorial(match: re.Match[str]) -> str:
    return str(sympy.factorial2(int(match.group(1))))


def _choose(match: re.Match[str]) -> str:
    """The number of choices, or of arrangements with a P."""
    *named, low, high, high_2, low_2 = match.groups()
    if not any(named):
        pair = sorted((int(low or low_2), int(high or high_2)))
        return _binomial(pair[1], pair[0], "C")
    n, letter, k = named[0] or named[1], named[2] or named[3], named[4] or named[5]
    return _binomial(n, k, letter)


def _binomial(n: Any, k: Any, letter: str) -> str:
    return f"\\binom{{{n}}}{{{k}}}" + ("" if letter == "C" else f"{k}!")


def _tokens_without_differentials(text: str) -> str:
    """The base grammar reads `dx` as one token; a space does not prevent it, so `d` is renamed for the parser."""
    return re.sub(r"(?<![\\a-zA-Z])d(?=\s*(?:[a-zA-Z]|\\[a-zA-Z]))", r"\\dletter ", text)


def _sign(match: re.Match[str]) -> str:
    """`a \\pm b` is a + sign*b."""
    word = match.group(1) or match.group(2)
    return (
        ("+" if match.group(1) else "") + ("" if word == "pm" else "-" if not match.group(1) else "(-1)") + f"\\{SIGN} "
    )


def prepare(text: str) -> str:
    """Notation that needs more than one token of context: mixed numbers, e-notation, plain function names."""
    if "." in text:
        text = _REPEATING.sub(_repeating, _IN_BRACKETS.sub(r"\1.\2\\overline{\3}", text))
    if "!!" in text:
        text = _DOUBLE_FACTORIAL.sub(_double_factorial, text)
    if "C" in text or "P" in text:
        text = _COUNTED.sub(lambda m: _binomial(m[1], m[3], m[2]), _CHOOSE.sub(_choose, text))
    if arranged := _ARRANGED.fullmatch(text.strip()):
        text = _binomial(*sorted(map(int, filter(None, arranged.groups())), reverse=True), letter="P")
    text = _SCIENTIFIC.sub(r"(\1*10^{\2})", text)
    text = re.sub(r"(?<![\d])\.(?=\d)", "0.", text)
    text = _MIXED.sub(r"(\1+\\frac{\2}{\3})", text)
    text = _MIXED_SLASH.sub(r"(\1+\2/\3)", text)
    text = re.sub(r"\^\s*(-\d+)", r"^{\1}", text.replace("**", "^"))
    text = _TEXT_SCRIPT.sub(r"_{\1}", _ACCENT.sub(r"\\\1\2 ", text))
    text = re.sub(r"(?<![a-zA-Z])(?:np|math|sympy)\.(?=[a-z])", "", text)
    text = _PLUS_MINUS.sub(_sign, text)
    return _tokens_without_differentials(_WORDS.sub(r"\\\1 ", text))


def parse(text: str) -> Any:
    """sympy expression for all of `text`, unevaluated. Raises LatexError or UnknownCharacter."""
    parser = Strict(prepare(text))
    value = parser.additive()
    if parser.kind != "end":
        raise LatexError(f"cannot read from {parser.tokens[parser.at].start}")
    if not isinstance(value, sympy.Expr):
        raise LatexError("not an expression")
    digits(value)
    return _in_radians(value) if "\\dgr" in text else value


def _in_radians(value: Any) -> Any:
    """`\\sin 30^\\circ` as the sine of pi/6; degrees elsewhere stay."""
    inside = {f: f.func(f.args[0].xreplace({DEGREE: sympy.pi / 180})) for f in value.atoms(*_TRIGONOMETRIC) if f.args}
    return value.xreplace(inside)


_TRIGONOMETRIC = (sympy.sin, sympy.cos, sympy.tan, sympy.cot, sympy.sec, sympy.csc)


def readable(text: str) -> Any | None:
    """`parse`, None when the text is no expression."""
    try:
        return parse(text)
    except (LatexError, UnknownCharacter, ValueError, TypeError, AttributeError, IndexError, ZeroDivisionError):
        return None


def equal(a: Any, b: Any) -> bool:
    """Same value: exactly for rationals, to 60 digits for other numbers, at random points for expressions."""
    if a == b:
        return True
    symbols = sorted(a.free_symbols | b.free_symbols, key=str)
    if not symbols:
        return _numbers_equal(a.doit(), b.doit())
    return agree(a, b, symbols)


def _numbers_equal(a: Any, b: Any) -> bool:
    if a == b:
        return True
    if (a.is_Rational and b.is_Rational) or not (a.is_finite is not False and b.is_finite is not False):
        return False
    x, y = numeric(a, _DIGITS), numeric(b, _DIGITS)
    return close(x, y, sympy.Float(10) ** (5 - _DIGITS))
