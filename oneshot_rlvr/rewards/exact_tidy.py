"""First step of grader `exact`: one spelling for everything that means the same. Strings in, strings out."""

import re
import unicodedata

_UNICODE = {
    "−": "-", "–": "-", "—": "-", "×": "\\times ", "·": "\\cdot ", "⋅": "\\cdot ", "∙": "\\cdot ", "÷": "\\div ",
    "π": "\\pi ", "∞": "\\infty ", "√": "\\sqrt ", "°": "^\\circ ", "±": "\\pm ", "∪": "\\cup ", "∩": "\\cap ",
    "≤": "\\le ", "≥": "\\ge ", "⩽": "\\le ", "⩾": "\\ge ", "≠": "\\ne ", "≈": "\\approx ", "∈": "\\in ",
    "∅": "\\emptyset ", "‘": "'", "’": "'", "“": '"', "”": '"', "，": ",", "；": ";", "：": ":", "。": ".",
    "（": "(", "）": ")", "∠": "\\angle ", "θ": "\\theta ", "α": "\\alpha ", "β": "\\beta ", "λ": "\\lambda ",
    "ω": "\\omega ", "→": "\\to ", "⇒": "\\Rightarrow ",
}  # fmt: skip
_GONE = re.compile(
    r"\\(?:left|right|bigl|bigr|Bigl|Bigr|biggl|biggr|big|Big|bigg|Bigg|displaystyle|textstyle|scriptstyle|limits|"
    r"nolimits|strut|rm|bf|it)(?![a-zA-Z])\s?|\\!|(?<!\\)\$|\\[()\[\]]|\*\*(?=\s*$)|^\s*\*\*"
)
_SPACES = re.compile(r"\\[,;: >]|~|\\(?:thinspace|medspace|thickspace|enspace)(?![a-zA-Z])|\s+")
_QUADS = re.compile(r"\\q?quad(?![a-zA-Z])")
_BOLD = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|pmb|underline|mathit|mathsf|mathbb|mathcal|emph|boxed|fbox|ensuremath|operatorname\*?)\s*\{"
)
_TEXT = re.compile(r"\\(?:text|textbf|textrm|textit|textsf|texttt|textnormal|mbox|hbox|mathrm)\s*\{")
_COLOR = re.compile(r"\\(?:text)?color\s*\{[^{}]*\}")
_RENAMED = (
    (re.compile(r"\\[dtc]frac(?![a-zA-Z])"), r"\\frac"),
    (re.compile(r"\\[dt]binom(?![a-zA-Z])"), r"\\binom"),
    (re.compile(r"\\(?:leqslant|leqq|leq)(?![a-zA-Z])"), r"\\le"),
    (re.compile(r"\\(?:geqslant|geqq|geq)(?![a-zA-Z])"), r"\\ge"),
    (re.compile(r"\\neq(?![a-zA-Z])"), r"\\ne"),
    (re.compile(r"\\(?:approxeq|simeq|doteq)(?![a-zA-Z])"), r"\\approx"),
    (re.compile(r"\\colon(?![a-zA-Z])"), ":"),
    (re.compile(r"\\lbrace(?![a-zA-Z])"), r"\\{"),
    (re.compile(r"\\rbrace(?![a-zA-Z])"), r"\\}"),
    (re.compile(r"\\degree(?![a-zA-Z])|\^\s*\{\s*\\circ\s*\}|\^\s*\\circ(?![a-zA-Z])"), " "),
    (re.compile(r"\{([^{}]*)\\over(?![a-zA-Z])([^{}]*)\}"), r"\\frac{\1}{\2}"),
)  # fmt: skip
_ROW = "\x00"  # stands for the row break `\\\\`, whose second half could be taken for another command's start
_NUMBER_TEXT = re.compile(r"[\s\d.,+\-*/^=()$%]*")


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
        else:
            plain = unicodedata.normalize("NFKC", char)
            if "\u2044" in plain:  # a vulgar fraction
                top, bottom = plain.split("\u2044")
                plain = f"\\frac{{{top}}}{{{bottom}}}"
            elif unicodedata.decomposition(char).startswith("<super>"):
                plain = f"^{{{plain}}}"
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
        done.append(text[position : match.start()])
        if not keep_words or _NUMBER_TEXT.fullmatch(inner) or "\\" in inner or inner in ("i", "e"):
            inner = _unwrap(inner, command, keep_words)
            done.append(f" {inner} " if keep_words else f"{{{inner}}}")
        else:
            done.append(f"\\text{{{inner}}}")
        position = end + 1
    return "".join(done) + text[position:]


def _outer_braces(text: str) -> str:
    while text.startswith("{") and closing_brace(text, 0) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def fraction_braces(text: str) -> str:
    """`\\frac12`, `\\frac 1 2` and `\\frac1{72}` with all braces."""
    done, position = [], 0
    for match in re.finditer(r"\\frac\s*(?:(\d)\s*(\d|\{)|(?=\{))", text):
        if match.start() < position or match.group(1) is None:
            continue
        done.append(text[position : match.start()])
        top, bottom = match.group(1), match.group(2)
        done.append(f"\\frac{{{top}}}" + ("{" if bottom == "{" else f"{{{bottom}}}"))
        position = match.end()
    text = "".join(done) + text[position:]
    return re.sub(r"(\\frac\s*\{[^{}]*\})\s*(\d)(?!\d*\})", r"\1{\2}", text)


def _thousands(text: str) -> str:
    """`1{,}234`, `1,\\!234`, `1\\,234`: signs that only group digits."""
    text = re.sub(r"\{,\}|,\s*\\!\s*", ",", text)
    return re.sub(r"(?<=\d)\\[,;:!]\s*(?=\d{3}(?!\d))", ",", text)


def tidy(text: str) -> str:
    """Canonical LaTeX: no sizes, no dollars, one name per command, `\\text{...}` only around words."""
    text = _unicode_to_latex(text.replace("\x00", "").replace("\\\\", _ROW)).strip()
    text = _thousands(text)
    text = re.sub(r"\\\$\s*", " ", text).removesuffix("\\")
    text = re.sub(r"^\{?([^{}]*)\\over(?![a-zA-Z])([^{}]*)\}?$", r"\\frac{\1}{\2}", text)
    text = re.sub(r"\\text\s*\{\s*for (?:all|any|every|each)\b.*$", "", text)
    for _ in range(3):
        before = text
        text = _COLOR.sub("", text)
        text = _outer_braces(_unwrap(text, _BOLD, keep_words=False).strip())
        text = _unwrap(text, _TEXT, keep_words=True)
        if text == before:
            break
    text = _GONE.sub("", text)
    text = _QUADS.sub(" ; ", text)
    for pattern, replacement in _RENAMED:
        text = pattern.sub(replacement, text)
    text = re.sub(r"\\%", "%", text)
    text = _SPACES.sub(" ", text)
    text = fraction_braces(text).strip().strip(";").strip()
    text = re.sub(r"(?<![.])[.,;:]$", "", text).strip()
    return _outer_braces(re.sub(r"^=\s*", "", text)).replace(_ROW, "\\\\")
