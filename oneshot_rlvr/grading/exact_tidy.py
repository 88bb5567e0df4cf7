"""First step of grader `exact`: one spelling for everything that means the same. Strings in, strings out."""

import re
import unicodedata

from oneshot_rlvr.grading.exact_layout import bare, base_of_stack, cardinals, environments, split_numbers, visible

_UNICODE = {
    "−": "-", "–": "-", "—": "-", "×": "\\times ", "·": "\\cdot ", "⋅": "\\cdot ", "∙": "\\cdot ", "÷": "\\div ",
    "π": "\\pi ", "∞": "\\infty ", "√": "\\sqrt ", "°": "\\dgr ", "±": "\\pm ", "∪": "\\cup ", "∩": "\\cap ",
    "≤": "\\le ", "≥": "\\ge ", "⩽": "\\le ", "⩾": "\\ge ", "≠": "\\ne ", "≈": "\\approx ", "∈": "\\in ",
    "∅": "\\emptyset ", "ℝ": "\\reals ", "ℤ": "\\integers ", "ℕ": "\\naturals ", "′": "'", "″": "\"", "…": "\\ldots ",
    "⟨": "\\langle ", "⟩": "\\rangle ", "〈": "\\langle ", "〉": "\\rangle ", "∖": "\\setminus ", "‐": "-", "‑": "-",
    "≡": "\\equiv ", "℃": "\\dgr C", "℉": "\\dgr F", "∣": "\\mid ", "∧": "\\text{ and }", "∨": "\\text{ or }",
    "‘": "'", "’": "'", "“": '"', "”": '"', "，": ",", "；": ";", "：": ":", "。": ".",
    "（": "(", "）": ")", "∠": "\\angle ", "θ": "\\theta ", "α": "\\alpha ", "β": "\\beta ", "λ": "\\lambda ",
    "\u2044": "/", "∛": "\\sqrt[3]", "∜": "\\sqrt[4]", "‒": "-", "ω": "\\omega ", "→": "\\to ", "⇒": "\\Rightarrow ",
}  # fmt: skip
_GONE = re.compile(
    r"\\(?:left|right)\s*\.(?!\d)|\\(?:left|right|bigl|bigr|Bigl|Bigr|biggl|biggr|big|Big|bigg|Bigg|displaystyle|textstyle|scriptstyle|limits|"
    r"nolimits|strut|rm|bf|it)(?![a-zA-Z])\s?|\\!|(?<!\\)\$|\\[()\[\]]|\*\*(?=\s*$)|^\s*\*\*"
)
_SPACES = re.compile(r"\\[,;: >]|~|\\(?:thinspace|medspace|thickspace|enspace)(?![a-zA-Z])|\s+")
_QUADS = re.compile(r"\\q?quad(?![a-zA-Z])")
_BOLD = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|pmb|underline|mathit|mathsf|mathbb|mathcal|mathop|underbrace|overbrace|emph|boxed|fbox|"
    r"framebox|mathtt|mathbin|mathrel|mathord|ensuremath|operatorname\*?)\s*\{"
)
_TEXT = re.compile(
    r"\\(?:text|textbf|textrm|textit|textsf|texttt|textnormal|textup|textmd|textsl|textsc|mbox|hbox|mathrm)\s*\{"
)
_COLOR = re.compile(r"\\(?:text)?color(?:box)?\s*\{[^{}]*\}")
_RENAMED = (
    (re.compile(r"\\(?:[dtc]|nice|s)frac(?![a-zA-Z])"), r"\\frac"),
    (re.compile(r"\\[dt]binom(?![a-zA-Z])"), r"\\binom"),
    (re.compile(r"\\(?:leqslant|leqq|leq)(?![a-zA-Z])"), r"\\le"),
    (re.compile(r"\\(?:geqslant|geqq|geq)(?![a-zA-Z])"), r"\\ge"),
    (re.compile(r"\\neq(?![a-zA-Z])|\\not\s*="), r"\\ne"),
    (re.compile(r"^\\text\{\s*(?:the )?(?:set of )?(?:all )?(?:the )?(integer|natural number)s\s*\}$"),
     lambda match: "\\integers " if match[1] == "integer" else "\\naturals "),
    (re.compile(r"\\overrightarrow(?![a-zA-Z])"), r"\\vec"),
    (re.compile(r"\{([^{}]*)\\choose(?![a-zA-Z])([^{}]*)\}"), r"\\binom{\1}{\2}"),
    (re.compile(r"\\frac\s*\{\s*\\text\{([^{}]*)\}\s*\}\s*\{\s*\\text\{([^{}]*)\}\s*(\^\s*\{?\d\}?)?\s*\}"),
     r"\\text{\1}/\\text{\2}\3"),
    (re.compile(r"(?<=[\w)}])\s*\\text\{\s*(?:is|equals|is equal to)\s*\}\s*"), " = "),
    (re.compile(r"(?<![a-zA-Z])([a-zA-Z])\s*\\text\{\s*(?:is )?(?:in|belongs to|lies in)\s*\}\s*(?=[\[(\\])"),
     r"\1 \\in "),
    (re.compile(r"(?<=\d)\s*\\text\{\s*[eE]\s*\}\s*(?=[-+]?\d)"), "e"),
    (re.compile(r"\\text\{\s*(?:(?:plus|positive) )?infinity\s*\}"), r"\\infty "),
    (re.compile(r"\\text\{\s*(?:minus|negative) infinity\s*\}"), r"-\\infty "),
    (re.compile(r"\\(?:approxeq|simeq|doteq)(?![a-zA-Z])"), r"\\approx"),
    (re.compile(r"(\d+)\s*\\text\{\s*choose\s*\}\s*(\d+)"), r"\\binom{\1}{\2}"),
    (re.compile(r"\\colon(?![a-zA-Z])|(?:\\text)?\{\s*:\s*\}"), ":"),
    (re.compile(r"(?<=[)\]}])\s*U\s*(?=[(\[\\{])"), r"\\cup "),
    (re.compile(r"\\(?:vee|lor)(?![a-zA-Z])"), r"\\text{ or }"),
    (re.compile(r"\\(?:wedge|land)(?![a-zA-Z])"), r"\\text{ and }"),
    (re.compile(r"\\lbrace(?![a-zA-Z])"), r"\\{"),
    (re.compile(r"\\rbrace(?![a-zA-Z])"), r"\\}"),
    (re.compile(r"\\degree(?![a-zA-Z])|\^\s*\{\s*\\circ\s*\}|\^\s*\\circ(?![a-zA-Z])"), r"\\dgr "),
    (re.compile(r"\\(?:varnothing|O|empty)(?![a-zA-Z])|^[Øø⌀]$"), r"\\emptyset"),
    (re.compile(r"\\(?:backslash|smallsetminus)(?![a-zA-Z])|(?<=\\reals)\s*(?:-|/)(?=\s*\\\{)"), r"\\setminus"),
    (re.compile(r"\\(?:vert|mid)(?![a-zA-Z])"), r"\\mid"),
    (re.compile(r"\\(?:dots|cdots|dotsc|dotsb)(?![a-zA-Z])|\.{3,4}(?=\s*$)"), r"\\ldots "),
    (re.compile(r"\^\s*\{\s*(?:\\prime\s*)\}|\^\s*\\prime(?![a-zA-Z])"), "'"),
    (re.compile(r"\^\s*\{\s*\\prime\s*\\prime\s*\}"), "''"),
    (re.compile(r"\(?\s*\\(?:p|b)?mod(?![a-zA-Z])\s*(?:\{([^{}]*)\}|(\d+|[a-zA-Z]))\s*\)?|"
                r"\(?\s*\\text\{\s*\(?\s*mod(?:ulo)?\s*\}\s*(\d+|[a-zA-Z])\s*(?:\)|\\text\{\s*\)\s*\})?"),
     r" \\modulo{\1\2\3}"),
    (re.compile(r"\\vec\s*(?:\{\s*([a-zA-Z])\s*\}|([a-zA-Z])(?![a-zA-Z]))"), r"\1\2"),
    (re.compile(r"\\overline\s*\{\s*([a-zA-Z])\s*\}"), r"\\bar{\1}"),
    (re.compile(r"\{([^{}]*)\\over(?![a-zA-Z])([^{}]*)\}"), r"\\frac{\1}{\2}"),
)  # fmt: skip
_ROW = "\x00"  # stands for the row break `\\\\`, whose second half could be taken for another command's start
_NUMBER_TEXT = re.compile(r"(?:\s*[a-zA-Z]\s*=)?[\s\d.,+\-*/^=()$%]*")
_POWER = r"[a-zA-ZµΩ]+(?:\s*\^\s*\{?\s*-?\d\s*\}?)?"
_UNIT_PRODUCT = re.compile(rf"\s*{_POWER}(?:\s*(?:\\cdot(?![a-z])|\\times(?![a-z])|/|\s)\s*{_POWER})*\s*")


def closing_brace(text: str, opened: int) -> int:
    """Index of the brace that closes the one at `opened`, -1 if none does."""
    depth = 0
    index = opened
    while index < len(text):
        if text[index] == "\\":
            index += 1
        elif text[index] == "{":
            depth += 1
        elif text[index] == "}":
            depth -= 1
            if depth == 0:
                return index
        index += 1
    return -1


def _unicode_to_latex(text: str) -> str:
    done: list[str] = []
    for char in text:
        if ord(char) < 128:
            done.append(char)
        elif char in _UNICODE:
            done.append(_UNICODE[char])
        elif unicodedata.category(char) == "Sc" and char not in "£¥¢" and not "\u20a0" <= char < "\u20cf":
            done.append("\u20cf")  # one for all rare currencies
        elif (parts := unicodedata.decomposition(char)).startswith("<square>"):  # `㎡`
            done.append(" " + _unicode_to_latex("".join(chr(int(part, 16)) for part in parts.split()[1:])))
        else:
            plain = unicodedata.normalize("NFKC", char)
            if "\u2044" in plain:  # a vulgar fraction
                top, bottom = plain.split("\u2044")
                plain = f"\\frac{{{top}}}{{{bottom}}}"
            elif unicodedata.decomposition(char).startswith("<super>"):
                plain = f"^{plain}" if len(plain) == 1 else f"^{{{plain}}}"
            elif unicodedata.decomposition(char).startswith("<sub>"):
                plain = f"_{plain}"
            done.append(plain)
    return "".join(done)


def _unwrap(text: str, command: re.Pattern[str], keep_words: bool) -> str:
    """`\\command{X}` to X; with `keep_words`, to `\\text{X}` when X is words."""
    done, position = [], 0
    while match := command.search(text, position):
        end = closing_brace(text, match.end() - 1)
        if end < 0:
            break
        inner = text[match.end() : end]
        if keep_words:
            inner = re.sub(r"\\[,;: ]|~", " ", inner)
            if _UNIT_PRODUCT.fullmatch(inner):
                inner = re.sub(r"[{}]", "", re.sub(r"\\(?:cdot|times)", " ", inner))
        done.append(text[position : match.start()])
        if not keep_words or _NUMBER_TEXT.fullmatch(inner) or "\\" in inner or inner in ("i", "e"):
            inner = _unwrap(inner, command, keep_words)
            done.append(f" {inner} " if keep_words else f"{{{inner}}}")
        else:
            done.append(split_numbers(inner))
        position = end + 1
    return "".join(done) + text[position:]


def _outer_braces(text: str) -> str:
    while text.startswith("{") and closing_brace(text, 0) == len(text) - 1:
        text = text[1:-1].strip()
    return text


_ARGUMENT = re.compile(r"\s*(?:([0-9a-zA-Z]|\\(?!frac|binom|sqrt|text)[a-zA-Z]+)|(?=\{))")


def argument_braces(text: str) -> str:
    """`\\frac12`, `\\frac\\pi4`, `\\frac 1 2`, `\\frac1{72}` and `\\binom nk` with all braces."""
    done, position = [], 0
    for match in re.finditer(r"\\(?:frac|binom)(?![a-zA-Z])", text):
        if match.start() < position:
            continue
        done.append(text[position : match.end()])
        position = match.end()
        for _ in range(2):
            argument = _ARGUMENT.match(text, position)
            if argument is None:
                break
            end = argument.end() if argument.group(1) else closing_brace(text, argument.end()) + 1
            if not end:
                break
            done.append(f"{{{argument.group(1)}}}" if argument.group(1) else argument_braces(text[position:end]))
            position = end
    return "".join(done) + text[position:]


def _thousands(text: str) -> str:
    """`1{,}234`, `1,\\!234`, `1\\,234`: signs that only group digits."""
    text = re.sub(r"(?<=\d)/-(?=\s*\}?\s*$)", "", text)  # `\u20b927/-`
    text = re.sub(r"\{,\}|,\s*\\!\s*|(?<=\d)\\text\s*\{\s*,\s*\}(?=\d{3})", ",", text)
    return re.sub(r"(?<=\d)\\[,;:!]\s*(?=\d{3}(?!\d))", ",", text)


_MONEY = (
    (re.compile(r"\\text\s*\{\s*(?:US|AU|CA|NZ|HK|NT|[ACSR])?\s*(?:\\textdollar|\\\$)\s*\}|(?:(?:\\text\s*\{)?(?:US|AU|CA|NZ|HK|NT|[ACSR])\s*\}?(?=\s*\\?\$)|USD)?\s*(?:\\\$|\\textdollar(?![a-zA-Z])|\\dollar(?![a-zA-Z]))|\bUS\$"),
     r"\\usd "),
    (re.compile(r"\\(?:textcent|cent)(?![a-zA-Z])(?:\{\})?"), "¢"),
    (re.compile(r"\\(?:euro|texteuro|EUR)(?![a-zA-Z])(?:\{\})?"), "€"),
    (re.compile(r"\\(?:pounds?|textsterling)(?![a-zA-Z])(?:\{\})?"), "£"),
    (re.compile(r"\\(?:yen|textyen)(?![a-zA-Z])(?:\{\})?"), "¥"),
    (re.compile(r"\\(?:rupee|textrupee|INR)(?![a-zA-Z])(?:\{\})?"), "₹"),
)  # fmt: skip
_SET_NAMES = {"R": "reals", "Z": "integers", "N": "naturals", "Q": "rationals", "C": "complexes"}
_SET_NAME = re.compile(
    r"\\mathbb\s*\{?\s*([RZNQC])\s*\}?(\s*\^\s*\{?\s*\+\s*\}?|\s*_\s*\{?\s*(?:\+|(?:>=?|\\geq?(?:slant)?)\s*0)\s*\}?)?|"
    r"(?:(?<=\\in)|(?<=\\in )|^)\s*\\(?:mathbf|mathrm|bf)\s*\{?\s*([RZN])\s*\}?(?=\s*(?:$|-|[\\,$:)}]))|"
    r"\\([RZN])(?![a-zA-Z])"
)
_ACCENTS = r"\\(?:mathbf|boldsymbol|bm|pmb|vec|hat|widehat|mathbf|bf|mathrm)"
_UNIT_LETTER = r"(?:\\([ij])math|([ijk]))(?![a-zA-Z])"
_UNIT_VECTOR = re.compile(
    rf"{_ACCENTS}\s*\{{\s*{_ACCENTS}\s*(?:\{{\s*{_UNIT_LETTER}\s*\}}|{_UNIT_LETTER})\s*\}}|"
    rf"(?!\\mathrm){_ACCENTS}\s*(?:\{{\s*{_UNIT_LETTER}\s*\}}|{_UNIT_LETTER})"
)
_BASE_IN_WORDS = re.compile(
    r"\s*\\text\s*\{\s*\(?\s*(?:in )?base[ -]*(?:(\d+)|([a-z]+))\s*\)?\s*\}|"
    r"\s*\\text\s*\{\s*\(?(?:in )?base\s*\}\s*(\d+)|"
    r"\s*_\s*\{\s*(?:\\text\s*\{\s*base\s*(?:\}\s*(\d+)|(\d+)\s*\})|base\s*(\d+))\s*\}"
)
_EVERYWHERE = re.compile(
    r"\\text\s*\{\s*for (?:all|any|every|each)\b(?!.*(?:integer|natural|\\integers|\\naturals)).*$"
)
_DEGREES = re.compile(r"""(\d+(?:\.\d+)?)\s*\\dgr\s*(?:(\d+(?:\.\d+)?)\s*'(?!'))?\s*(?:(\d+(?:\.\d+)?)\s*(?:''|"))?""")


_SYMBOL_OF_UNIT = re.compile(  # `60 \\,k\\Omega`, `5 \\mu\\text{m}`
    r"(-?[\d.,]+(?:\s*\\(?:times|cdot)\s*10\^\{?-?\d+\}?)?)\s*(?:\\text\{\s*)?([kMGm]?)\s*\}?\s*"
    r"\\(Omega|mu(?=[^a-zA-Z].*\S))(?![a-zA-Z])\s*(?:\\text\{\s*([a-zA-Z]+)\s*\}|([mgsLACVW]))?\s*$"
)


def _set_name(match: re.Match[str]) -> str:
    name = _SET_NAMES[match.group(1) or match.group(3) or match.group(4)]
    if match.group(2):
        zero = re.search("=|g", match.group(2)) is not None
        return "\\naturals " if name == "integers" and not zero else f"\\{name}{'nonnegative' if zero else 'positive'} "
    return f"\\{name} "


def _unit_vector(match: re.Match[str]) -> str:
    return "\\uvec" + next(filter(None, match.groups())) + " "


def _base(match: re.Match[str]) -> str:
    word = match.group(2)
    return f"_{{\\text{{{word}}}}}" if word else f"_{{{next(filter(None, match.groups()))}}}"


def _minutes(match: re.Match[str]) -> str:
    """`37^\\circ 15'` in degrees."""
    degrees, minutes, seconds = match.groups()
    if minutes is None and seconds is None:
        return match.group()
    return f"({degrees}+\\frac{{{minutes or 0}}}{{60}}+\\frac{{{seconds or 0}}}{{3600}})\\dgr "


def tidy(text: str) -> str:
    """Canonical LaTeX: no layout, no dollars, one name per command, `\\text{...}` only around words."""
    text = cardinals(
        _unicode_to_latex(visible(text).replace("\x00", "").replace("\\$\\$", "").replace("\\\\", _ROW))
    ).strip()
    if "\\" in text or _ROW in text:
        text = _notation(environments(base_of_stack(text)))
    text = _thousands(text).removesuffix("\\")
    text = re.sub(r"^\{?([^{}]*)\\over(?![a-zA-Z])([^{}]*)\}?$", r"\\frac{\1}{\2}", text)
    text = re.sub(r"^\{?([^{}]*)\\choose(?![a-zA-Z])([^{}]*)\}?$", r"\\binom{\1}{\2}", text)
    for _ in range(3):
        before = text
        text = _COLOR.sub("", text)
        text = _outer_braces(_unwrap(text, _BOLD, keep_words=False).strip())
        text = _unwrap(text, _TEXT, keep_words=True)
        if text == before:
            break
    text = _GONE.sub("", bare(text))
    text = _QUADS.sub(" ; ", text)
    for pattern, replacement in _RENAMED:
        text = pattern.sub(replacement, text)
    text = re.sub(r"\\%", "%", text)
    text = _SPACES.sub(" ", text)
    if "\\dgr" in text:
        text = _DEGREES.sub(_minutes, text)
    if "\\Omega" in text or "\\mu" in text:
        text = _SYMBOL_OF_UNIT.sub(
            lambda m: f"{m[1]} \\text{{{m[2]}{'Ω' if m[3] == 'Omega' else 'µ'}{m[4] or m[5] or ''}}}", text
        )
    text = argument_braces(text).strip().strip(";").strip()
    text = re.sub(r"(?<![.])[.,;:]$", "", text).strip()
    return _outer_braces(bare(text)).replace(_ROW, "\\\\")


def _notation(text: str) -> str:
    """One name for money, number sets, unit vectors and bases."""
    for pattern, sign in _MONEY:
        text = pattern.sub(sign, text)
    text = _UNIT_VECTOR.sub(_unit_vector, _SET_NAME.sub(_set_name, text))
    text = _BASE_IN_WORDS.sub(_base, text)
    return _EVERYWHERE.sub("", text.replace("\\&", " and "))
