"""Units of grader `exact`: a table of dimensions and factors, so that 500 g is 0.5 kg and 5 g is not 5 kg."""

import re
from dataclasses import dataclass
from fractions import Fraction

from oneshot_rlvr.grading.exact_words import ANYTHING, things, unwrapped

_Powers = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Unit:
    """The unit behind a number: `m/s^2` as powers of base units and a factor, or the things counted.

    `known` is False if a word of it may change the number; such an answer is not read.
    """

    powers: _Powers = ()
    factor: Fraction = Fraction(1)
    names: frozenset[str] = frozenset()
    known: bool = True


def _table() -> dict[str, tuple[_Powers, Fraction]]:
    """Unit -> (powers of base units, factor)."""
    mechanics = {"g": {"g": 1}, "m": {"m": 1}, "s": {"s": 1}, "l": {"m": 3}, "j": {"g": 1, "m": 2, "s": -2}}
    mechanics |= {"n": {"g": 1, "m": 1, "s": -2}, "w": {"g": 1, "m": 2, "s": -3}, "pa": {"g": 1, "m": -1, "s": -2}}
    mechanics |= {"hz": {"s": -1}, "v": {"V": 1}, "a": {"A": 1}, "mol": {"mol": 1}, "ev": {"eV": 1}, "ohm": {"ohm": 1}}
    scale = {"j": 1000, "n": 1000, "w": 1000, "pa": 1000, "l": Fraction(1, 1000)}  # in grams, metres, seconds
    symbols = {"l": ("L", "l"), "j": ("J",), "n": ("N",), "w": ("W",), "pa": ("Pa",), "hz": ("Hz",), "v": ("V",)}
    symbols |= {"a": ("A",), "ev": ("eV",), "ohm": ("Ω",)}
    words = {"g": "gram", "m": "meter metre", "s": "second sec", "l": "liter litre", "j": "joule", "n": "newton"}
    words |= {"w": "watt", "pa": "pascal", "hz": "hertz", "v": "volt", "a": "ampere amp", "mol": "mole", "ohm": "ohm"}
    words |= {"ev": "electronvolt"}
    prefixes = {"": 0, "k": 3, "c": -2, "m": -3, "d": -1, "M": 6, "G": 9, "n": -9, "µ": -6, "μ": -6, "p": -12, "T": 12}
    long = {"": 0, "kilo": 3, "centi": -2, "milli": -3, "deci": -1, "mega": 6, "giga": 9, "nano": -9, "micro": -6}
    table: dict[str, tuple[_Powers, Fraction]] = {}
    for key, powers in mechanics.items():
        base, own = tuple(sorted(powers.items())), Fraction(scale.get(key, 1))
        for prefix, exponent in prefixes.items():
            for symbol in symbols.get(key, (key,)):
                table[prefix + symbol] = (base, own * Fraction(10) ** exponent)
        for prefix, exponent in long.items():
            for word in words[key].split():
                for ending in ("", "s"):
                    table[prefix + word + ending] = (base, own * Fraction(10) ** exponent)
    named = {
        "m": {"inch inches in in. \"": "0.0254", "foot feet ft ft.": "0.3048", "yard yards yd yd.": "0.9144",
              "mile miles mi mi.": "1609.344", "Å \\AA": "1e-10"},
        "s": {"minute minutes min min. mins": "60", "hour hours hr hrs h hr.": "3600", "day days d": "86400",
              "week weeks wk": "604800", "secs sec. s.": "1"},
        "month": {"month months": "1", "year years yr yrs": "12", "decade decades": "120", "century centuries": "1200"},
        "g": {"pound pounds lb lbs lb. lbs.": "453.59237", "ounce ounces oz oz.": "28.349523125",
              "ton tons": "907184.74", "tonne tonnes t": "1000000", "gm gms": "1", "kgs": "1000"},
        "money": {"dollar dollars usd bucks \\usd $": "1", "cent cents ¢ pence penny pennies": "0.01"},
        "degree": {"degree degrees deg \\dgr °": "1", "arcminute arcminutes": "1/60",
                   "arcsecond arcseconds arcsec": "1/3600"},
        "radian": {"radian radians rad rads": "1"},
        "degC": {"celsius °c degc": "1"}, "degF": {"fahrenheit °f degf": "1"}, "kelvin": {"K kelvin kelvins": "1"},
        "EUR": {"€ euro euros eur": "1"}, "GBP": {"£ gbp": "1"}, "JPY": {"¥ yen 円": "1"},
        "INR": {"₹ rupee rupees rs rs. inr": "1"},
        "KRW": {"₩ won 원": "1"}, "RUB": {"₽ rubles руб руб. р.": "1"}, "CHF": {"CHF fr fr. sfr sfr.": "1"},
        "CNY": {"CNY RMB 元": "1"}, "PLN": {"PLN zł": "1"}, "CZK": {"CZK kč": "1"}, "MYR": {"MYR RM": "1"},
        "KRO": {"kr kr.": "1"}, "HUF": {"HUF Ft": "1"}, "VND": {"VND ₫ đ": "1"},
        "unit": {"unit units": "1"},
        "byte": {"byte bytes": "1", "KB kB": "1000", "MB": "1000000", "GB": "1000000000"},
    }  # fmt: skip
    for base_name, units in named.items():
        for names, factor in units.items():
            for name in names.split():
                table[name] = (((base_name, 1),), Fraction(factor))
    table |= {chr(code): (((chr(code), 1),), Fraction(1)) for code in range(0x20A0, 0x20D0) if chr(code) not in table}
    codes = "CAD AUD SEK NOK DKK MXN BRL TRY ZAR HKD SGD NZD"
    table |= {code: (((code, 1),), Fraction(1)) for code in codes.split()}
    volumes = {"gallon gallons gal": "3.785411784", "quart quarts qt": "0.946352946", "pint pints": "0.473176473"}
    areas = {"acre acres": "4046.8564224", "hectare hectares ha": "10000"}
    table |= {n: ((("m", 3),), Fraction(f) / 1000) for names, f in volumes.items() for n in names.split()}
    table |= {n: ((("m", 2),), Fraction(f)) for names, f in areas.items() for n in names.split()}
    mile, kilometre = Fraction("0.44704"), Fraction(1000, 3600)
    table |= {"mph": ((("m", 1), ("s", -1)), mile)} | dict.fromkeys(
        ("kph", "kmh", "kmph", "km/hr"), ((("m", 1), ("s", -1)), kilometre)
    )
    table["erg"] = table["ergs"] = (table["J"][0], Fraction(1, 10**4))
    energy = (("g", 1), ("m", 2), ("s", -2))
    table |= {
        "Wh": (energy, Fraction(3_600_000)),
        "kWh": (energy, Fraction(3_600_000_000)),
        "cc": ((("m", 3),), Fraction(1, 10**6)),
    }
    money = (
        "yuan baht lei leu ringgit dong rand dirham dirhams riyal riyals shekel shekels taka naira forint zloty zlotys"
    )
    table |= {word: (((word.rstrip("s"), 1),), Fraction(1)) for word in f"{money} amu rpm kcal cal dB".split()}
    cyrillic = "кг=kg г=g мг=mg км=km м=m см=cm мм=mm л=L мл=mL с=s сек=s мин=min ч=h час=h часа=h часов=h"
    return table | {word: table[unit] for word, unit in (pair.split("=") for pair in cyrillic.split())}


_UNITS = _table()
DEGREES = Unit((("degree", 1),))
RADIANS = Unit((("radian", 1),))
_PIECES = re.compile(
    r"\^\s*\{?\s*(-?\d)\s*\}?|(/)|\\usd|\\dgr(?![a-z])|[$£¥¢\u20a0-\u20cf°%]|[^\W\d_][\w'\u0900-\u0dff-]*\.?(?:[^\W\d_]\.)*|[()]|\S"
)
_CELSIUS = re.compile(r"(?:\\dgr|°|degrees?)\s*([CFcf])(?:elsius|ahrenheit)?\b")


def money_sign(text: str) -> bool:
    """Tells whether a text names a currency: `€`, `Rs.`, `USD`."""
    base = _UNITS[text][0][0][0] if text in _UNITS else ""
    return base == "money" or "\u20a0" <= base < "\u20d0" or (len(base) == 3 and base.isupper())


def read_unit(text: str) -> Unit:
    """The unit that a text behind a number names."""
    text = unwrapped(text).replace("\\cdot", " ").replace("\\times", " ")
    text = _CELSIUS.sub(lambda m: " degC " if m.group(1) in "Cc" else " degF ", text)
    text = re.sub(r"\bin (?:total|all)\b", " ", re.sub(r"\bper\b(?!\s*cent)", "/", text))
    powers: dict[str, int] = {}
    factor, sign, next_power, last = Fraction(1), 1, 1, ("", 0)
    words: list[str] = []
    known = True
    for match in _PIECES.finditer(text):
        piece = match.group()
        if match.group(1):
            factor, known = _raise(powers, factor, last, int(match.group(1)), known)
        elif match.group(2):
            sign = -1
        elif piece.lower() in ("square", "sq", "sq.", "cubic", "cu", "cu."):
            next_power = 2 if piece.lower().startswith("sq") else 3
        elif piece.lower() in ("squared", "cubed") and last[0]:
            known = known and (last[1] < 0 or {base for base, _ in _UNITS[last[0]][0]} == {"m"})  # no square seconds
            factor, known = _raise(powers, factor, last, 2 if piece.lower() == "squared" else 3, known)
        elif piece not in "()":
            spellings = (piece, piece.lower() if len(piece) > 1 else "", piece.rstrip("."))
            unit = next((name for name in spellings if name in _UNITS), "")
            if not unit:
                words.append(piece.lower().rstrip("."))
                last = ("", 0)
                next_power = 1
                continue
            if words and words[-1] in ("more", "extra", "additional"):
                words.pop()
            own, size = _UNITS[unit]
            power = sign * next_power
            for base, exponent in own:
                powers[base] = powers.get(base, 0) + exponent * power
            factor *= size**power
            last, next_power = (unit, power), 1
    if next_power != 1 and not words:
        known = False
    names, all_known = things(words)
    return Unit(tuple(sorted((b, e) for b, e in powers.items() if e)), factor, names, known and all_known)


def _raise(
    powers: dict[str, int], factor: Fraction, last: tuple[str, int], power: int, known: bool
) -> tuple[Fraction, bool]:
    """The last unit to a power: it stands there once already."""
    unit, sign = last
    if not unit or not power:
        return factor, known and unit == "" and power in (2, 3)
    own, size = _UNITS[unit]
    extra = sign * power - sign
    for base, exponent in own:
        powers[base] = powers.get(base, 0) + exponent * extra
    return factor * size**extra, known


def _in_lengths(unit: Unit) -> _Powers:
    return tuple(("m" if base == "unit" else base, exponent) for base, exponent in unit.powers)


def ratio(ours: Unit | None, theirs: Unit | None) -> Fraction | None:
    """The factor by which a number with one unit is multiplied to have the other; None if they cannot mean the same.

    A side without a unit takes the other's. The truth's words are trusted, an answer's must be known or the truth's.
    A `unit` is a length, of whichever size.
    """
    if ours is not None and not ours.known and (theirs is None or not ours.names <= theirs.names):
        return None
    if ours is None or theirs is None:
        return Fraction(1)
    if ours.powers and theirs.powers:
        if ("unit" in dict(ours.powers)) != ("unit" in dict(theirs.powers)):
            return Fraction(1) if _in_lengths(ours) == _in_lengths(theirs) else None
        return ours.factor / theirs.factor if ours.powers == theirs.powers else None
    if ours.names and theirs.names:
        same = ANYTHING in ours.names | theirs.names or ours.names <= theirs.names or theirs.names <= ours.names
        return Fraction(1) if same else None
    if (ours.powers and theirs.names) or (ours.names and theirs.powers):
        return None
    return Fraction(1)
