"""Single values of grader `exact`: numbers and expressions with their signs of money, scales and units."""

import re
from dataclasses import replace
from typing import Any

import sympy

from oneshot_rlvr.grading.exact_expr import DEGREE, readable
from oneshot_rlvr.grading.exact_kinds import Value
from oneshot_rlvr.grading.exact_units import DEGREES, Unit, money_sign, read_unit
from oneshot_rlvr.grading.exact_words import SCALES, leads_to_number, unwrapped
from oneshot_rlvr.grading.qwen_strip import number_words

_COMPOUND = re.compile(r"(\d+(?:\.\d+)?)\s*\\text\{\s*([^{}]*?)\s*,?(?:\s+and)?\s*\}\s*")


def compound(text: str) -> Value | None:
    """`1 \\text{ hour } 30 \\text{ minutes}` in its first unit."""
    found = list(_COMPOUND.finditer(text))
    if len(found) < 2 or "".join(match.group() for match in found) != text:
        return None
    units = [read_unit(match.group(2)) for match in found]
    if any(unit.powers != units[0].powers or not unit.known for unit in units) or not units[0].powers:
        return None
    total = sum(sympy.Rational(match.group(1)) * sympy.Rational(str(unit.factor)) for match, unit in zip(found, units))
    return Value(total / sympy.Rational(str(units[0].factor)), unit=units[0])


_AND_A_PART = re.compile(r"(.+?)[- ]+and (?:a|one)[- ](half|third|quarter)\b ?(.*)")


def and_a_part(text: str) -> Value | None:
    """`\\text{three and a half}`, `3 \\text{ and a half hours}`, `\\text{two hundred and six}`"""
    plain = unwrapped(text)
    if re.search(r"(?:hundred|thousand) and [a-z]", plain):
        return _from_words(plain)
    match = _AND_A_PART.fullmatch(plain)
    whole = value(f"{match[1]} {match[3]}") if match else None
    if match is None or whole is None or not whole.expression.is_Integer:
        return None
    part = SCALES[match[2] + "s"]
    return replace(whole, expression=whole.expression + sympy.Rational(part.numerator, part.denominator))


def grouped_number(text: str) -> Value | None:
    """`1,234,567` and `1 234 567` are one number."""
    if re.fullmatch(
        r"(?:\\text\{[^{}]*\}|\\usd|[£¥\u20a0-\u20cf])?\s*[-+]?\s*"
        r"[1-9]\d{0,2}(?:(?:,\d{3})+|(?: \d{3})+)(?:\.\d+)?(?:\s*(?:\\text\{[^{}]*\}|%))?",
        text,
    ):
        return value(re.sub(r"(?<=\d)[, ](?=\d{3}(?!\d))", "", text))
    return None


# ---- single values ---------------------------------------------------------------------------------------------

_SPACED = re.compile(r"(?<![\w.,^}\\])(?<!\d )[1-9]\d{0,2}(?: \d{3})+(?! *\d| */| *\\frac)")  # `10 000`
_LEAD = re.compile(
    r"^\s*(?:\\text\{([^{}]*\}\s*:?)|((?:[A-Za-z][A-Za-z ]*)?answer(?: is)?\s*:?)(?=\s+[\d\\(\-]))\s*(?=\S)",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s*(?:\\text\s*\{[^{}]*\}|\\dgr(?![a-zA-Z])|[£¥¢\u20a0-\u20cf]|\\usd(?![a-z])|(?<=\\text)|[/·()]|\\cdot(?![a-z])|\^\s*\{?\s*-?\d\s*\}?|"
    r"(?<![a-zA-Z\\])[^\W\d_]{2,}\.?(?![a-zA-Z(])|(?<=[\s/])[a-zA-Z](?![a-zA-Z_^(])|[ms](?=\^|/)|\s|"
    r"(?<=\\dgr )[CFK](?![a-zA-Z])|(?![A-Za-z\d_])[^\W_])*$"
)
_FUNCTIONS = re.compile(
    r"(?<![a-zA-Z])(?:or|and|not|to|is|no|if|but|wrong|mod|where|for|pi|sqrt|sin|cos|tan|cot|sec|csc|log|ln|exp|arcsin|arccos|arctan|[ap]\.?m\.?)(?![a-zA-Z])",
    re.IGNORECASE,
)


def split_unit(text: str) -> tuple[str, str]:
    """A number and what stands behind it: words in `\text{}`, plain words after a number, degrees, money."""
    for match in re.finditer(
        r"\\text\s*\{|\\dgr(?![a-z])|[£¥¢\u20a0-\u20cf]|\\usd|(?<=[\d)}\s])(?:[^\W\d_]{2,}|m(?=\^|/s))|(?<=\d)\s*[^\x00-\x7f]",
        text,
    ):
        tail = text[match.start() :]
        if match.start() == 0 or not text[: match.start()].strip() or not _TAIL.fullmatch(tail):
            continue
        if match.group()[0].isalpha() and text[match.start() - 1] == "{":
            continue
        return text[: match.start()].strip(), tail
    return text, ""


def value(text: str) -> Value | None:
    """A number or expression with its unit; None when something is left over."""
    text = text.strip()
    if _PLAIN_NUMBER.fullmatch(text):
        return Value(sympy.Rational(text), decimal=text if "." in text else "")
    signed = None
    while (match := _LEAD.match(text)) is not None:
        lead = (match.group(1) or match.group(2) or "").replace("}", "").strip()
        if money_sign(lead) or money_sign(lead.lower()):
            signed = read_unit(lead)
        elif not leads_to_number(lead):
            break
        text = text[match.end() :].strip()
    money = re.match(r"(-?)\s*(\\usd|[£¥\u20a0-\u20cf]|[^\W\d_]{2,3}\.?(?= *\d))\s*(?=\S)", text)
    if money is not None and (
        money.group(2) == "\\usd" or money_sign(money.group(2)) or money_sign(money.group(2).lower())
    ):
        signed = read_unit(money.group(2))
        text = money.group(1) + text[money.end() :]
    bare = re.sub(r"\s*(?:(?<=\d)\s*percent|\\text\{\s*percent\s*\})$", "%", text)
    percent = bare.endswith("%")
    bare = bare.removesuffix("%").strip()
    bare = re.sub(r"(?<![\d,])([1-9]\d{0,2}(?:,\d{3})+)(?![\d,])", lambda m: m.group().replace(",", ""), bare)
    if " " in bare:
        bare = _SPACED.sub(lambda m: m.group().replace(" ", ""), bare)
    words = _from_words(bare)
    if words is not None:
        return words
    bare = re.sub(r"^\+\s*", "", bare)
    if re.fullmatch(r"[a-zA-Z]{4,}|yes|no|odd|dne", bare, re.IGNORECASE):
        return None  # a word, not a product of letters
    readers = (_with_unit, _number) if _looks_like_unit(bare) else (_number, _with_unit)
    found = readers[0](bare) or readers[1](bare)
    if found is None or (signed and found.unit and _clash(signed, found.unit)):
        return None
    if found.expression.free_symbols and _WITH_SYMBOL.fullmatch(bare):
        return replace(found, other=_with_unit(bare))
    if signed and found.unit and found.unit.powers != signed.powers:
        signed = replace(found.unit, powers=signed.powers + found.unit.powers, factor=signed.factor * found.unit.factor)
    return replace(found, percent=percent, unit=signed or found.unit) if percent or signed else found


_WITH_SYMBOL = re.compile(r"-?[\d.]+ (?:[a-zA-Z]{2,4}(?:/[a-zA-Z]{1,3})?(?:\^\{?[23]\}?)?|m(?:/s)?\^\{?[23]\}?)")


def _clash(money: Unit, unit: Unit) -> bool:
    """Tells whether a unit is more than the money sign before it, or what money is for: `\\$5 \\text{ per hour}`."""
    return unit.powers != money.powers and any(exponent > 0 for _, exponent in unit.powers)


_PLAIN_NUMBER = re.compile(r"-?(?:\d{1,18}|\d{0,18}\.\d{1,18})")
_DOTS = re.compile(r"(-?\d*\.\d+)\s*\\ldots")


def _number(text: str) -> Value | None:
    """An expression without unit, but for degrees."""
    if "ldots" in text and (match := _DOTS.fullmatch(text.strip())) is not None:
        digits = match.group(1)
        return _periodic(digits) or Value(sympy.Rational(digits), decimal=digits, cut=True)
    expression = readable(text)
    if expression is None:
        return None
    if DEGREE in expression.free_symbols:
        return Value(expression.xreplace({DEGREE: sympy.Integer(1)}), unit=DEGREES)
    return Value(expression, decimal=text if re.fullmatch(r"-?\s*\d*\.\d+", text) else "")


def _periodic(digits: str) -> Value | None:
    """`0.3636...` as a fraction, when its digits end in a period that stands there twice, or one digit three times."""
    whole, places = digits.lstrip("-").split(".")
    for once in range(len(places) - 2):
        for period in range(1, (len(places) - once) // 2 + 1):
            block, rest = places[once : once + period], places[once:]
            if len(rest) >= 3 and all(block[i % period] == digit for i, digit in enumerate(rest)):
                shift = 10**once
                top = int(whole + places[: once + period] or 0) - int(whole + places[:once] or 0)
                number = sympy.Rational(top, (10**period - 1) * shift)
                return Value(-number if digits.startswith("-") else number)
    return None


_OPERATIONS = {
    "squared": lambda x: sympy.Pow(x, 2, evaluate=False),
    "cubed": lambda x: sympy.Pow(x, 3, evaluate=False),
}


def _with_unit(text: str) -> Value | None:
    """A number with words behind it: scales multiply it, the rest is its unit."""
    number, tail = split_unit(text)
    if not tail or _FUNCTIONS.search(tail):
        return None
    found = _from_words(number) or _number(number)
    if found is None:
        return None
    scale, words = _scale(unwrapped(tail).split())
    tail = " ".join(words) if scale != 1 else tail
    if words and words[0] in _OPERATIONS:
        return Value(_OPERATIONS[words[0]](found.expression)) if len(words) == 1 else None
    unit = read_unit(tail) if tail.strip() else found.unit
    if scale != 1:
        return Value(found.expression * scale, unit=unit)
    return replace(found, unit=unit)


_LIKE_UNIT = re.compile(
    r"[-+]?\s*[\d.,]+\s*(?:\s[a-zA-Z]{3,}.*|\s(?:sq|cu)\.? [a-z]+|\s[a-zA-Z]{2,}\^\{?[23]\}?|\\dgr\s*[CFK])"
)


def _looks_like_unit(text: str) -> bool:
    """`2600 degrees` also reads as a product of eight letters; a number and words is taken for a unit."""
    return _LIKE_UNIT.fullmatch(text) is not None


def _from_words(text: str) -> Value | None:
    """`five hundred four`, `\\text{three}`, `three ways`: every word must belong to the number or its unit."""
    inner = re.sub(r"^\\text\{(.*)\}$", r"\1", text).strip().lower()
    if not re.fullmatch(r"[a-z]+(?:[- ]+[a-z]+)*", inner):
        return None
    words = re.split(r"[- ]+", inner)
    named = next((i for i, word in enumerate(words) if not _is_number_word(word)), len(words))
    digits = number_words(" ".join(words[:named]))
    if words[0] == "a" and words[1:] and words[1] in SCALES:
        named, digits = 1, "1"
    if not named or not digits.isdigit():
        return None
    scale, rest = _scale(words[named:])
    unit = read_unit(" ".join(rest)) if rest else None
    return Value(int(digits) * scale, unit=unit) if unit is None or unit.known else None


def _scale(words: list[str]) -> tuple[Any, list[str]]:
    """The factor that the first words give a number, and the other words."""
    scale = sympy.Integer(1)
    while words and (factor := SCALES.get(words[0].lower())) is not None:
        scale *= sympy.Rational(factor.numerator, factor.denominator)
        words = words[2:] if words[1:2] == ["of"] else words[1:]
    return scale, words


def _is_number_word(word: str) -> bool:
    return word in ("and", "hundred") or number_words(word) != word
