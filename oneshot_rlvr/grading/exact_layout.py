"""Layout of grader `exact`: what LaTeX sets around an answer without changing it. Strings in, strings out."""

import re

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufe00-\ufe0f]"
)
_CODE = re.compile(r"`+([^`]*)`+")
_EMPHASIS = re.compile(r"^\s*([*_]{1,3}|[\"'])([^*_\"']+)\1(\.?)\s*$")
_SIZE = re.compile(
    r"\\(?:tiny|scriptsize|footnotesize|small|normalsize|large|Large|LARGE|huge|Huge|normalfont|centering|noindent|"
    r"boldmath|sf|tt|sc|cal|mathstrut|mathsurround|allowbreak|nobreak|newline|bfseries|itshape|upshape|rmfamily|"
    r"hfill|par|null|relax|left\.|right\.|middle)(?![a-zA-Z])\s?"
)
_SPACING = re.compile(
    r"\\(?:[hv]space\*?|[hv]phantom|phantom|label|tag\*?|notag|nonumber|smash|raisebox|kern|mkern|mskip|hskip)"
    r"(?![a-zA-Z])\s*(?:\{[^{}]*\}|-?[\d.]+\s*(?:pt|em|ex|mu|mm|cm))?"
)
_END_MARK = re.compile(
    r"(?:\\[ ,;:!]|[\s~])*(?:\\(?:blacksquare|square|Box|qed|qedsymbol|qedhere|checkmark|bigstar)(?![a-zA-Z])|"
    r"(?:\\text\s*\{\s*)?[■□∎✓✔✅☑](?:\s*\})?)\s*$"
)
_LEAD = re.compile(
    r"^(?:=|\\(?:approx|implies|Rightarrow|Longrightarrow|longrightarrow|rightarrow|to|therefore|so|simeq|equiv)(?![a-zA-Z])|"
    r"[∴⟹⇒→≈]|=>|->|&|\x00)\s*"
)
_ROW_OPTION = re.compile(
    r"\x00\s*\*?\s*(?:\[\s*-?[\d.]*\s*(?:pt|em|ex|mm|cm|in|mu|\\baselineskip|\\jot)\s*\])?|\\(?:cr|newline|tabularnewline)(?![a-zA-Z])"
)
_LINE = re.compile(r"\\(?:hline|[ct]?line\s*\{[^{}]*\}|toprule|bottomrule|midrule)(?![a-zA-Z])")
_AROUND_BEGIN = re.compile(r"(?<=[(\[|])(?:\s|\\!)+(?=\\begin)|(?<=\})(?:\s|\\!)+(?=\\right|[)\]|])")
_CASES = re.compile(
    r"\\left\s*(?:\\\{|\\lbrace)\s*\\begin\{(array|matrix|aligned|gathered)\}\s*"
    r"(?:\{[lcr| ]*\})?(.*?)\\end\{\1\}\s*(?:\\right\s*\.)?",
    re.DOTALL,
)
_ALIGNED = re.compile(
    r"\\begin\{((?:aligned|align|alignat|alignedat|gathered|gather|split|equation|multline|eqnarray|flalign|math|displaymath|center)\*?)\}"
    r"(?:\[[a-z]\]|\{\d\})?(.*?)\\end\{\1\}",
    re.DOTALL,
)
_ONE_CELL = re.compile(
    r"\\begin\{(array|matrix|tabular)\}\s*(?:\{[lcr| ]*\})?([^&\x00]*)[\x00\s]*\\end\{\1\}", re.DOTALL
)
_COLUMN = re.compile(r"(?<![(\[{|.])\\begin\{(array|tabular)\}\s*\{[lcr]\}([^&]*?)\\end\{\1\}(?!\s*(?:\\right|[)\]|]))")
_CASES_BODY = re.compile(r"\\begin\{(d?r?cases)\*?\}(.*?)\\end\{\1\*?\}", re.DOTALL)
_GOES_ON = re.compile(r"\s*(?:[=<>+]|-|\\(?:le|ge|leq|geq|approx|equiv|times|cdot|implies|Rightarrow)(?![a-zA-Z]))")
_CONDITION = re.compile(
    r"[^&]*&\s*[^\s=&]|.*(?:\\text\s*\{\s*,?\s*(?:if|for|when|where|otherwise)|,\s*.*(?:[<>]|\\[lg]e|\\ne))"
)
_NUMBERS = r"(?<![\w.\\^_,])(?<!\^-)[-+]?\\?\$?\d[\d,]*(?:\.\d+)?(?::\d+)*%?(?![\w])"
_REMARK = re.compile(
    r"\s*(?:\\text\s*\{\s*\(?\s*(?:or |which is |that is )?(?:approximately|approx\.?|about|roughly)\s*"
    r"(?:\}\s*(-?[\d.,]+)\s*(?:\\text\s*\{\s*\)\s*\}|\))?|(-?[\d.,]+)\s*\)?\s*\})|\(\s*\\approx\s*([^()]*)\))\s*$"
)


_NOTE = re.compile(
    r"\s*(?:\\text\s*\{\s*\(\s*(?:the )?(?:final )?answer\s*\)\s*\}|"
    r"\(\s*\\text\s*\{\s*(?:final )?answer\s*\}\s*\))\s*$",
    re.IGNORECASE,
)


def visible(text: str) -> str:
    """Takes out characters that are not seen, marks of code and emphasis, and quotes around all of it."""
    text = _CODE.sub(r"\1", text) if "`" in text else text
    text = _EMPHASIS.sub(r"\2\3", text)
    return text if text.isascii() else _INVISIBLE.sub("", text)


def bare(text: str) -> str:
    """Takes out sizes, spacing, tags, end marks and the signs that only lead to the answer."""
    if "\\" in text or not text.isascii():
        text = _SPACING.sub(" ", _SIZE.sub(" ", text))
        text = _END_MARK.sub("", text)
        text = _REMARK.sub(lambda m: f" \\approx {m.group(1) or m.group(2) or m.group(3)}", text)
        text = _NOTE.sub("", text)
    text = text.strip()
    while (shorter := _LEAD.sub("", text)) != text:
        text = shorter
    return text


_STACKED = re.compile(
    r"\\(?:overset|underset|stackrel)\s*\{((?:[^{}]|\{[^{}]*\})*)\}\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|(=))"
)
_CANCELLED_TO = re.compile(r"\\cancelto\s*\{([^{}]*)\}\s*\{(?:[^{}]|\{[^{}]*\})*\}")
_BRACE_NOTE = re.compile(r"(\\(?:under|over)brace\s*\{(?:[^{}]|\{[^{}]*\})*\})\s*[_^]\s*\{(?:[^{}]|\{[^{}]*\})*\}")


def base_of_stack(text: str) -> str:
    """`\\overset{!}{=}` without what is set above or below; what is cancelled to a value is the value."""
    return _STACKED.sub(_base, _BRACE_NOTE.sub(r"\1", _CANCELLED_TO.sub(r" \1 ", text)))


def _base(match: re.Match[str]) -> str:
    """The base; a dot above marks a digit as repeating, anything else above a number keeps it from being read."""
    above, base = match.group(1).strip(), match.group(2)
    if above in (".", "\\cdot", "\\bullet"):
        return f"\\dot{{{base}}}"
    return match.group() if above and base and re.search(r"\d", base) else base or "="


_ENDING = r"(st|nd|rd|th)"
_ORDINAL = re.compile(
    rf"(?<![\d.,/}}])(\d+)(?:{_ENDING}\b|\s*\^?\s*\\(?:text|mathrm|textrm|textsuperscript)\s*\{{\s*{_ENDING}\s*\}}|"
    rf"\s*\^\s*\{{\s*(?:\\(?:text|mathrm|textrm)\s*\{{\s*{_ENDING}\s*\}}|(th))\s*\}})"
)


def cardinals(text: str) -> str:
    """`26th` and `1^{\\text{st}}` as the numbers that they count."""
    return _ORDINAL.sub(_cardinal, text) if re.search(_ENDING, text) else text


def _cardinal(match: re.Match[str]) -> str:
    number, *endings = match.groups(default="")
    teens = number[-2:-1] == "1"
    return (
        number
        if "".join(endings) == ({"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th"), "th")[teens]
        else match.group()
    )


def _joined(rows: list[str]) -> str:
    """Rows as one list; a row that begins with a sign goes on with the one before it."""
    rows = [row.replace("&", " ").strip().rstrip(",;.").strip() for row in rows]
    text = ""
    for row in filter(None, rows):
        text += (" " if not text or _GOES_ON.match(row) else ", ") + row
    return text.strip()


def _cases(match: re.Match[str]) -> str:
    rows = [row for row in match.group(2).split("\x00") if row.strip()]
    if rows and all(_CONDITION.match(row) for row in rows):
        return "\\begin{cases}" + "\x00".join(rows) + "\\end{cases}"
    return _joined(rows)


def environments(text: str) -> str:
    """Environments that only arrange: aligned rows and systems become lists, one cell becomes its content.

    Row breaks are NUL characters here and come without their options: `\\\\[4pt]`, `\\cr`.
    """
    text = _ROW_OPTION.sub("\x00", text)
    if "\\begin" in text:
        text = _LINE.sub("", _AROUND_BEGIN.sub("", text))
        text = _CASES.sub(r"\\begin{cases}\2\\end{cases}", text)
        for _ in range(2):
            text = _ALIGNED.sub(lambda m: _joined(m.group(2).split("\x00")), text)
        text = _COLUMN.sub(lambda m: _joined(m.group(2).split("\x00")), text)
        text = _ONE_CELL.sub(lambda m: m.group(2).strip(), text)
        text = _CASES_BODY.sub(_cases, text)
    text = re.sub(r"[\x00\s]+$", "", text)
    return text if "\\begin" in text or "\x00" not in text else _joined(text.split("\x00"))


def split_numbers(inside: str) -> str:
    """`The number is 12` in `\\text{}` as words in `\\text{}` and numbers outside of it."""
    if not re.search(r"\d", inside):
        return f"\\text{{{inside}}}"
    done, position = "", 0
    for match in re.finditer(_NUMBERS, inside):
        words = inside[position : match.start()]
        done += (f"\\text{{{words}}}" if words.strip() else " ") + match.group()
        position = match.end()
    rest = inside[position:]
    return done + (f"\\text{{{rest}}}" if rest.strip() else rest)
