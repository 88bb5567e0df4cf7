"""Normalising an answer the way the official evaluation does: units, number words, LaTeX spelling.

Order matters throughout: later steps see what earlier ones left, and the whole is applied twice in some places.
"""

import re

# ---- units -----------------------------------------------------------------------------------------------------
# The official list is used as regular expressions without escaping, so a dot in an entry matches any character.

_UNITS_FIRST = (
    "profit of rs", "no change", "m sqaure", " m east", "v â € ™", "cu . m", "∏ cm ³", "cu cm", "p . m", "π r 2",
    "cm 2", "rs .", "sq m", "a .", "b .", "c .", "d .", "e .", "f .", "g .", "h .", "q .", "° f",
)  # fmt: skip
_UNITS_SINGLE = (
    "Surface a ab acre am apple are bc by c cc cm coin cube cubic d day decrease deg degree dm east excess feet ft g "
    "gain gal gallon gm h hectare hour hr inch inches increase kg km kmh kmph l lb less liter litre loss lt m man mark "
    "men meter metre mile min minute minw mm monkey month more mp mph mt mtr noon number o ohm per percent pie pm "
    "prime profit pure ratio rd rise rounds rs rupee s sec second soldier sq square st t th tile toy unit way west "
    "woman women yard year yr"
).split()
_UNITS_LAST = ("a . m", "sq . m", "sq inch", "pi sq m", "s .")


_Patterns = dict[str, re.Pattern[str]]


def _vocabulary(suffix: str) -> tuple[_Patterns, _Patterns, _Patterns]:
    """Compiled removals of one pass: several words first, single words, and those that come last."""
    groups = (_UNITS_FIRST, _UNITS_SINGLE, _UNITS_LAST)
    first, single, last = ({u + suffix: re.compile(rf"(^|\W){u}{suffix}($|\W)") for u in group} for group in groups)
    return first, single, last


_VOCABULARIES = (_vocabulary(""), _vocabulary("s"))
_WORD = re.compile(r"\w+")


def _remove(pattern: re.Pattern[str], text: str) -> str:
    """Takes out the unit, unless nothing would be left; the characters on both sides stay."""
    shorter = pattern.sub(r"\1\2", text)
    return shorter or text


def remove_units(text: str) -> str:
    """Two passes over the whole vocabulary. Only entries that can match are tried, which keeps it linear."""
    for _ in range(2):
        for first, single, last in _VOCABULARIES:
            text = _remove_phrases(first, text)
            words = set(_WORD.findall(text))
            for unit in single:
                if unit in words:
                    text = _remove(single[unit], text)
            text = _remove_phrases(last, text)
    return text


def _remove_phrases(patterns: dict[str, re.Pattern[str]], text: str) -> str:
    if " " in text:  # every entry has a space in it
        for pattern in patterns.values():
            text = _remove(pattern, text)
    return text


# ---- number words ----------------------------------------------------------------------------------------------

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_NUMBERS = {word: value for value, word in enumerate(_ONES.split())}
_NUMBERS |= {w: 10 * v for v, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_NUMBERS |= {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_LARGE = ("billion", "million", "thousand")


def _small(words: list[str]) -> int:
    """Up to four words below a thousand, by position: `two hundred twenty one` is 2*100+20+1."""
    values = [_NUMBERS[word] for word in words]
    if len(values) == 4:
        return values[0] * values[1] + values[2] + values[3]
    if len(values) == 3:
        return values[0] * values[1] + values[2]
    if len(values) == 2:
        return values[0] * values[1] if 100 in values else values[0] + values[1]
    return values[0]  # IndexError for no words: not readable


def _whole(words: list[str]) -> int:
    if len(words) == 1:
        return _NUMBERS[words[0]]
    places = [words.index(name) if name in words else -1 for name in _LARGE]
    present = [place for place in places if place >= 0]
    if present != sorted(present):
        raise ValueError("large words out of order")
    total, start = 0, 0
    for name, place in zip(_LARGE, places):
        if place >= 0:
            total += _small(words[start:place]) * _NUMBERS[name]
            start = place + 1
    if start < len(words):
        total += _small(words[start:])
    return total


def number_words(text: str) -> str:
    """The number that the number words in the text spell, else the text. All other words and digits are ignored."""
    lowered = text.replace("-", " ").lower()
    if lowered.isdigit():
        try:
            return str(int(lowered))
        except ValueError:
            return text  # superscripts, or more digits than int() takes
    words = [word for word in lowered.split() if word in _NUMBERS or word == "point"]
    if not words or any(words.count(name) > 1 for name in (*_LARGE, "point")):
        return text
    cut = words.index("point") if "point" in words else len(words)
    whole, decimals = words[:cut], words[cut + 1 :]
    if words == ["point"] or any(not 0 <= _NUMBERS[d] <= 9 for d in decimals):
        return text
    try:
        total: int | float = _whole(whole) if whole else 0
    except (ValueError, IndexError):
        return text
    if decimals:
        total += sum(_NUMBERS[d] / 10 ** (i + 1) for i, d in enumerate(decimals))
    return str(total)


# ---- the whole -------------------------------------------------------------------------------------------------

_DROP_NAMES = ("x=", "y=", "z=", "x\\in", "y\\in", "z\\in", "x\\to", "y\\to", "z\\to")


def _text_tail(text: str) -> str:
    """Cuts from the first `\\text{` when the string ends in `}`, if something remains."""
    start = text.find("\\text{")
    if start >= 0 and text.endswith("}"):
        kept = text[:start].strip()
        return kept or text
    return text


def _complete_fractions(text: str) -> str:
    """`\\frac12` to `\\frac{1}{2}`, from single characters; a fraction that breaks off leaves all as it was."""
    head, *parts = text.split("\\frac")
    done = [head]
    for part in parts:
        if part.startswith("{"):
            done.append(part)
        elif len(part) < 2:
            return text
        elif part[1] == "{":
            done.append("{" + part[0] + "}" + part[1:])
        else:
            done.append("{" + part[0] + "}{" + part[1] + "}" + part[2:])
    return "\\frac".join(done)


def _slash_fraction(text: str) -> str:
    parts = text.split("/")
    if len(parts) != 2:
        return text
    if not all("sqrt" in part or re.fullmatch(r"0|-?[1-9][0-9]{0,4000}", part) for part in parts):
        return text
    return f"\\frac{{{parts[0]}}}{{{parts[1]}}}"


def _symbols(text: str) -> str:
    """Rewrites symbols, from the degree sign to `j` for `i`."""
    for gone in ("^{\\circ}", "^\\circ", "\\$", "$", "\\(", "\\)"):
        text = text.replace(gone, "")
    text = number_words(text)
    text = re.sub(r"\\text\{(.*?)\}", r"\1", text)
    for name in _DROP_NAMES:
        text = text.replace(name, "")
    text = text.replace("\\emptyset", "{}").replace("(-\\infty,\\infty)", "\\mathbb{R}")
    text = text.replace("\\%", "").replace("%", "")
    text = text.replace(" .", " 0.").replace("{.", "{0.")
    text = text.replace("infinity", "\\infty")
    if "\\infty" not in text:
        text = text.replace("inf", "\\infty")
    text = text.replace("and", "").replace("\\mathbf", "")
    text = re.sub(r"\\mbox\{.*?\}", "", text)
    return text.replace("j", "i") if "j" in text and "i" not in text else text


def strip_string(text: str, skip_unit: bool = False) -> str:
    """The official normal form of an answer. Not idempotent: `x \\in [-2,7]` needs two applications."""
    text = text.strip().replace("\n", "").rstrip(".").replace("\\!", "")
    text = re.sub(r"\\begin\{array\}\{.*?\}", r"\\begin{pmatrix}", text)
    text = text.replace("\\end{array}", "\\end{pmatrix}").replace("bmatrix", "pmatrix")
    text = text.replace("tfrac", "frac").replace("dfrac", "frac")
    text = text.replace("\\neq", "\\ne").replace("\\leq", "\\le").replace("\\geq", "\\ge")
    text = text.replace("\\left", "").replace("\\right", "").replace("\\{", "{").replace("\\}", "}")
    text = _text_tail(text)
    if not skip_unit:
        text = remove_units(text)
    text = _symbols(text)
    text = re.sub(r"(?<!\d)(\d+)\.0*([^\d])", r"\1\2", text)
    text = re.sub(r"(?<!\d)(\d+)\.0*$", r"\1", text)
    if not text:
        return text
    if text[0] == ".":
        text = "0" + text
    sides = text.split("=")
    if len(sides) == 2 and len(sides[0]) <= 2:
        text = sides[1]
    text = re.sub(r"\\sqrt(\w+)", r"\\sqrt{\1}", text).replace(" ", "")
    return _slash_fraction(_complete_fractions(text))
