"""Values of programs as JSON, between the process that ran one and the process that asked.

JSON has no tuples, sets, bytes or keys but texts: such a value is an object with one key that names its kind. Both
sides use this file; what comes from a program is forged for all that is known, so reading it runs nothing.
"""

import math

NODES_DEEP = 100
LARGEST_INT_BITS = 13_000  # Python refuses to print ints of more than 4,300 digits


class NotLiteral(ValueError):
    """A value that cannot be written as a literal."""


class TooLarge(ValueError):
    """A value whose text is longer than the limit."""


class Other:
    """An object of a kind that is not sent: as true as it was, and equal to nothing."""

    def __init__(self, truth: bool) -> None:
        self._truth = truth

    def __bool__(self) -> bool:
        return self._truth


class Writer:
    """Turns values into JSON, `limit` printed characters in all.

    exact: only values that literals spell. Otherwise also infinities, NaN, complex numbers and frozensets, an object of
    a subclass (a Counter, a named tuple) as the plain value that it equals, and of any other only its truth.
    """

    def __init__(self, limit: int, exact: bool) -> None:
        self.left, self.exact = limit, exact

    def written(self, value: object, depth: int = 0) -> object:
        """Raises NotLiteral or TooLarge."""
        if depth > NODES_DEEP:
            raise NotLiteral("nested too deeply")
        self._spend(1)
        if value is None or value is True or value is False:
            return value
        for kind, write in _WRITERS.items():
            if type(value) is kind or (not self.exact and isinstance(value, kind)):
                return write(self, value, depth)
        if not self.exact:
            return {"other": [bool(value)]}
        raise NotLiteral(type(value).__name__[:100])

    def _spend(self, characters: int) -> None:
        self.left -= characters
        if self.left < 0:
            raise TooLarge

    def _int(self, value: int, depth: int) -> object:
        bits = value.bit_length()
        if bits > LARGEST_INT_BITS:
            raise TooLarge
        self._spend(bits // 4)
        return int(value)

    def _float(self, value: float, depth: int) -> object:
        if math.isfinite(value):
            return float(value)
        if self.exact:
            raise NotLiteral("a float that is not finite")
        return {"float": repr(float(value))}

    def _str(self, value: str, depth: int) -> object:
        self._spend(len(value))
        return str(value)

    def _bytes(self, value: bytes, depth: int) -> object:
        self._spend(len(value))
        return {"bytes": bytes(value).hex()}

    def _list(self, value: list[object], depth: int) -> object:
        return [self.written(item, depth + 1) for item in value]

    def _tuple(self, value: tuple[object, ...], depth: int) -> object:
        return {"tuple": [self.written(item, depth + 1) for item in value]}

    def _set(self, value: set[object], depth: int) -> object:
        return {"set": [self.written(item, depth + 1) for item in value]}

    def _dict(self, value: dict[object, object], depth: int) -> object:
        return {"dict": [[self.written(k, depth + 1), self.written(v, depth + 1)] for k, v in value.items()]}

    def _complex(self, value: complex, depth: int) -> object:
        return {"complex": [self._wide(repr(value.real)), self._wide(repr(value.imag))]}

    def _frozenset(self, value: frozenset[object], depth: int) -> object:
        return {"frozenset": [self._wide(self.written(item, depth + 1)) for item in value]}

    def _wide(self, found: object) -> object:
        if self.exact:
            raise NotLiteral("a complex number or a frozenset")
        return found


_WRITERS = {
    int: Writer._int, float: Writer._float, str: Writer._str, bytes: Writer._bytes, list: Writer._list,
    tuple: Writer._tuple, set: Writer._set, dict: Writer._dict, complex: Writer._complex,
    frozenset: Writer._frozenset,
}  # fmt: skip


def read(found: object) -> object:
    """The value of what a `Writer` wrote. Raises ValueError for anything else."""
    try:
        return _read(found)
    except (TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not a value: {error}") from None


def _read(found: object) -> object:
    if found is None or isinstance(found, bool | int | float | str):
        return found
    if isinstance(found, list):
        return [_read(item) for item in found]
    if not isinstance(found, dict) or len(found) != 1:
        raise ValueError("not a value")
    ((kind, inner),) = found.items()
    if kind == "bytes" and isinstance(inner, str):
        return bytes.fromhex(inner)
    if kind == "float" and inner in ("nan", "inf", "-inf"):
        return float(inner)
    if not isinstance(inner, list):
        raise ValueError("not a value")
    if kind == "other" and inner in ([True], [False]):
        return Other(inner[0])
    if kind == "complex":
        real, imaginary = inner
        return complex(float(real), float(imaginary))
    if kind == "dict":
        return {_read(key): _read(value) for key, value in inner}
    if kind in ("tuple", "set", "frozenset"):
        return {"tuple": tuple, "set": set, "frozenset": frozenset}[kind](map(_read, inner))
    raise ValueError("not a value")
