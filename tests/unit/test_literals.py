"""Values as text: what is read, what is refused, one way of writing, equality."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oneshot_rlvr.grading.literals import (
    Malformed,
    canonical,
    canonical_arguments,
    parse_arguments,
    parse_value,
    same_value,
)

atoms = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
    | st.binary(max_size=6)
)  # fmt: skip
keys = atoms | st.tuples(atoms, atoms)
values = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple) | st.sets(keys, max_size=4)
        | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)  # fmt: skip


@given(values)
@settings(max_examples=400, deadline=None)
def test_what_is_written_is_read_back(value: object) -> None:
    for text in (canonical(value), repr(value)):
        read = parse_value(text, limit=100_000)
        assert same_value(read, value) and canonical(read) == canonical(value)


@given(st.text(alphabet="0123456789.-+eEjxob_()[]{},:='\"\\ \nabfrTNset*#", max_size=40))
@settings(max_examples=1500, deadline=None)
def test_any_text_is_a_value_or_malformed(text: str) -> None:
    for read in (parse_value, parse_arguments):
        try:
            found = read(text)
        except Malformed as refusal:
            assert refusal.reason
        else:
            assert found is not None or text.strip(" ()\n") == "None"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("-2.5", -2.5), ("+3", 3), ("1e3", 1000.0), ("0x1F", 31), ("1_000", 1000), (".5", 0.5), ("0b11", 3),
        ("'it''s'", "its"), ('"a\\n"', "a\n"), ("'''x\ny'''", "x\ny"), ("b'\\x00'", b"\x00"), ("r'\\d'", "\\d"),
        ("True", True), ("None", None), ("()", ()), ("(1,)", (1,)), ("1, 2", (1, 2)), ("[1,\n 2,\n]", [1, 2]),
        ("set()", set()), ("{1, 2}", {1, 2}), ("{}", {}), ("{'a': {'b': (1, 2)}}", {"a": {"b": (1, 2)}}),
        (" 7 ", 7), ("'[[[' ", "[[["), ("'4) or (1'", "4) or (1"),
    ],
)  # fmt: skip
def test_read(text: str, value: object) -> None:
    found = parse_value(text)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "x", "gold", "1 + 1", "2 ** 9", "1 2", "--1", "-" * 1000 + "1", "-True", "-'a'", "1j", "nan",
        "inf", "1e999",
        "-1e999", "f'{1}'", "[x for x in (1,)]", "{**{}}", "(*[1],)", "lambda: 1", "print(1)", "set([1])", "set",
        "(1)(2)",
        "[1][0]", "1 if True else 2", "not True", "...", "Ellipsis", "{[1]}", "{[1]: 2}", "{1: 2, {}: 3}", "[1",
        "1]", "(1]",
        "'a", "'a\nb'", "a=1", "[a=1]", "1; 2", "1 # one", "`1`", "\\1", "1.real", "07", "True.real",
        "__import__('os')",
        "4) or (1", "1)\n(2", "'a' b'b'", "[" * 60 + "]" * 60, "0x" + "F" * 1990 + "0" * 1500, "yield", "await 1",
        "1:2", "\x00",
        "'\ud800'" + "\ud800", "1" * 2001, "9" * 1999 + "9" * 3000,
    ],
)  # fmt: skip
def test_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_value(text)


def test_large_texts_are_refused_and_not_parsed() -> None:
    """Each of these ends Python's own parser with MemoryError, RecursionError, or a crash."""
    for text in ("-" * 100_000 + "1", "1" + "+1" * 100_000, "(" * 100_000, "[" * 99_999 + "]" * 99_999, "9" * 10_000):
        with pytest.raises(Malformed):
            parse_value(text, limit=10**6)
    assert parse_value("[" * 50 + "]" * 50) is not None


@pytest.mark.parametrize(
    ("text", "positional", "keywords"),
    [
        ("", (), {}), ("1", (1,), {}), ("'a', [1, 2]", ("a", [1, 2]), {}), ("(1, 2)", ((1, 2),), {}), ("1,",
        (1,), {}),
        ("x = 3, y='b'", (), {"x": 3, "y": "b"}), ("1, key={'a': -1}", (1,), {"key": {"a": -1}}), ("1,\n2",
        (1, 2), {}),
    ],
)  # fmt: skip
def test_arguments(text: str, positional: tuple[object, ...], keywords: dict[str, object]) -> None:
    assert parse_arguments(text) == (positional, keywords)


@pytest.mark.parametrize(
    "text",
    [
        "4) or (1",
        "*[1]",
        "**{'a': 1}",
        "x",
        "f(1)",
        "1)(2",
        "x=1, x=2",
        "x=1, 2",
        "1 for",
        "x==1",
        "(a=1)",
        "if=1",
        ",",
    ],
)
def test_arguments_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_arguments(text)


def test_equal_values_have_one_text() -> None:
    assert canonical({"b": 1, "a": {3, 1, 10}}) == "{'a': {1, 3, 10}, 'b': 1}"
    assert canonical({(1, "a"), (1, 2), (0,), None, "z", b"y"}) == "{None, 'z', b'y', (0,), (1, 2), (1, 'a')}"
    assert canonical(-0.0) == canonical(0.0) == "0.0"
    assert canonical((1,)) == "(1,)" and canonical(()) == "()" and canonical(set()) == "set()"
    assert canonical_arguments(" 'a' ,z={2,1}, y = 1.50") == "'a', y=1.5, z={1, 2}"


@pytest.mark.parametrize("value", [math.nan, math.inf, 1j, object(), [lambda: 1], {1: range(2)}, frozenset()])
def test_what_is_no_value_is_not_written(value: object) -> None:
    with pytest.raises(Malformed):
        canonical(value)


class Always(int):
    """Says that it equals anything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


def test_an_int_of_20_000_bits_is_not_written() -> None:
    with pytest.raises(Malformed):
        canonical(1 << 20_000)


def test_an_object_of_another_class_is_not_written() -> None:
    with pytest.raises(Malformed):
        canonical(Always())
    with pytest.raises(Malformed):
        canonical([{1: Always()}])


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (1, 1.0, True), (True, 1, False), (True, True, True), (False, 0.0, False), ([1], (1,), False),
        ({1: 2}, {1: 2.0}, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True), ({1, 2}, {2, 1}, True), ({True}, {1}, False),
        ({1: True}, {1: 1}, False),
        ({(1, True)}, {(1, 1)}, False), ({True: 0}, {1: 0}, False), (10**30, 10**30, True), (10**30, 1e30, False),
        (2**53, float(2**53), True), (2**53 + 1, float(2**53), False), ("1", 1, False), (b"a", "a", False),
        (None, 0, False),
        ([1, [2, {"k": (3,)}]], [1.0, [2, {"k": (3,)}]], True), ([1], [1, 1], False), ({1: 1}, {1: 1, 2: 2}, False),
        (set(), {}, False), ((), [], False), ("", b"", False), (0.1 + 0.2, 0.3, False), (-0.0, 0, True),
    ],
)  # fmt: skip
def test_equality(a: object, b: object, same: bool) -> None:
    assert same_value(a, b) is same and same_value(b, a) is same


def test_options_of_equality() -> None:
    assert same_value(True, 1, strict_bool=False) and same_value({True: [False]}, {1: [0]}, strict_bool=False)
    assert same_value([0.1 + 0.2], [0.3], tolerance=1e-9) and not same_value(1.0, 1.1, tolerance=0.05)
    assert not same_value(10**20, 10**20 + 1, tolerance=1e-3), "two whole numbers are exact"
    assert not same_value(10**400, 1.0, tolerance=1e-3)
