"""Kinds of things that an answer of grader `exact` can be."""

from dataclasses import dataclass, field
from typing import Any

from oneshot_rlvr.grading.exact_units import Unit


@dataclass(frozen=True)
class Value:
    """A number or expression. Example: `12.5\\%` is Value(25/2, percent=True, decimal="12.5")."""

    expression: Any
    percent: bool = False
    decimal: str = ""  # the literal, when the source is just a decimal
    unit: Unit | None = None
    cut: bool = False  # dots follow the decimal
    other: "Value | None" = None  # `12 cm` as a number with a unit, which is also a product of letters


@dataclass(frozen=True)
class Sequence:
    """Ordered, with its brackets: a tuple, a vector, or an interval with two ends."""

    opening: str
    closing: str
    items: tuple[Any, ...]


@dataclass(frozen=True)
class Bag:
    """Unordered: `1, 2`, `\\{1, 2\\}`, `1 or 2`."""

    items: tuple[Any, ...]
    single: Any = field(default=None, compare=False)  # what it is as one number: `3,5`, `3 and 5/8`


Part = tuple[Any, Any, bool, bool]  # low and high end (Values), and whether each belongs to it


@dataclass(frozen=True)
class Ranges:
    """Union of intervals and of a finite set of `points`."""

    parts: tuple[Part, ...]
    points: tuple[Any, ...] = ()
    name: str = ""  # of what an inequality bounds
    plain: bool = True  # it bounds a variable: `m + n > 2` is no interval
    excludes: bool = field(default=False, compare=False)  # it is all but some points: `x \\ne 1`


@dataclass(frozen=True)
class Inequality:
    """`m \\le n + 1` as differences <= 0, one for each sign; not solved for anything."""

    differences: tuple[Any, ...]
    closed: tuple[bool, ...]


@dataclass(frozen=True)
class Chain:
    """`a = b = c \\approx d`: parts and the signs between them."""

    parts: tuple[Any, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """`P(3,4)`: a point and its name, or a function of numbers: `C(10,3)`."""

    name: Any
    coordinates: Sequence


@dataclass(frozen=True)
class Table:
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class InBase:
    digits: str
    base: int


@dataclass(frozen=True)
class Ratio:
    items: tuple[Any, ...]


@dataclass(frozen=True)
class Time:
    """Time of day in minutes; `half` is `a`, `p` or nothing."""

    minutes: int
    half: str


@dataclass(frozen=True)
class Family:
    """Things with an integer parameter: `\\frac{\\pi}{4} + n\\pi, n \\in \\mathbb{Z}`; or residues, `3 \\pmod 7`."""

    items: tuple[Any, ...]
    parameter: Any
    integers: bool = True  # all of them, not only the positive ones
    residues: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Piecewise:
    """Values on ranges of one variable, or where words hold; a range of None is where no other holds."""

    pieces: tuple[tuple[Value, "Ranges | Words | None"], ...]


@dataclass(frozen=True)
class Words:
    """Anything else, compared letter by letter."""

    text: str
