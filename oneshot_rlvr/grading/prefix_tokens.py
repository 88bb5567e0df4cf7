"""Tokens of `prefix_latex`: the lexer of the published sympy grammar (sympy/parsing/latex/LaTeX.g4) in one regex."""

import re
from typing import NamedTuple

_SKIPPED = (
    r"[ \t\r\n]+|\\[,:;!]|\\[*\-./\"(=]|"
    r"\\(?:thinspace|medspace|thickspace|quad|qquad|negthinspace|negmedspace|negthickspace|"
    r"vrule|vcenter|vbox|vskip|vspace|hfil)(?![a-zA-Z])|\\(?:left|right)(?![a-zA-Z|])"
)
_TOKEN = re.compile(
    rf"(?P<skip>{_SKIPPED})"
    r"|(?P<lbar>\\left\|)|(?P<rbar>\\right\|)|(?P<lbracelit>\\\{)|(?P<rbracelit>\\\})"
    r"|(?P<int>\\int(?:\\limits)?(?![a-zA-Z]))|(?P<command>\\[a-zA-Z]+)"
    r"|(?P<equal>&[ \t\r\n]*=|=[ \t\r\n]*&|=)"
    r"|(?P<differential>d[ \t\r\n]*(?:\\[a-zA-Z]+|[a-zA-Z]))"
    r"|(?P<letter>[a-zA-Z])|(?P<digit>[0-9])|(?P<quotes>'+)|(?P<sign>[-+*/()\[\]{}|_^:<>!,.])"
)
# What the third official parser knows beside these: table marks (nothing can follow them) and per cent.
_LENIENT_TOKEN = re.compile(
    r"(?P<stop>\\\\|&(?![ \t\r\n]*=))|(?P<percent>\\?%)|(?P<skip>\$|\\displaystyle(?![a-zA-Z]))|"
    + _TOKEN.pattern.replace("(?P<skip>", "(?P<space>")
)
_COMMANDS = {
    "\\langle": "<|", "\\rangle": "|>", "\\lim": "lim", "\\sum": "sum", "\\prod": "prod",
    "\\lfloor": "lfloor", "\\rfloor": "rfloor", "\\lceil": "lceil", "\\rceil": "rceil",
    "\\sqrt": "sqrt", "\\overline": "overline", "\\times": "*", "\\cdot": "*", "\\div": "/",
    "\\frac": "frac", "\\dfrac": "frac", "\\tfrac": "frac", "\\mathit": "mathit", "\\neq": "!=",
    "\\leq": "<=", "\\le": "<=", "\\leqq": "<=", "\\leqslant": "<=",
    "\\geq": ">=", "\\ge": ">=", "\\geqq": ">=", "\\geqslant": ">=",
}  # fmt: skip
_COMMANDS |= dict.fromkeys(("\\binom", "\\dbinom", "\\tbinom"), "binom")
_COMMANDS |= dict.fromkeys(("\\to", "\\rightarrow", "\\Rightarrow", "\\longrightarrow", "\\Longrightarrow"), "to")
NAMES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arccsc": "acsc", "arcsec": "asec", "arccot": "acot"}
NAMES |= {"arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh"}
INVERTIBLE = ("sin", "cos", "tan", "csc", "sec", "cot", "sinh", "cosh", "tanh")
_COMMANDS |= dict.fromkeys(("\\" + n for n in (*NAMES, *INVERTIBLE, "exp", "log", "lg", "ln")), "function")


class Token(NamedTuple):
    kind: str
    text: str
    start: int


def tokenize(text: str, lenient: bool) -> list[Token]:
    """Up to the end or to the first character that belongs to no token, which is fatal only when reached."""
    pattern = _LENIENT_TOKEN if lenient else _TOKEN
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = pattern.match(text, position)
        if match is None:
            return [*found, Token("error", text[position], position)]
        kind, word = str(match.lastgroup), match.group()
        if kind == "command":
            kind = _COMMANDS.get(word, "symbol")
        elif kind == "sign":
            kind = word
        if kind not in ("skip", "space"):
            found.append(Token(kind, word, position))
        position = match.end()
    return [*found, Token("end", "", position)]
