"""The one reader of JSON lines: places, blank lines, and lines that a killed writer left torn."""

import json

import pytest

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.records import Line, NotJson, each_line, loaded


def refusal(number: int, error: ValueError) -> UserError:
    return UserError(f"file:{number}: {error}")


def test_blank_lines_are_counted_and_left_out() -> None:
    lines = [b"1\n", b"\n", b" 22\n", b"\n"]
    assert list(each_line(lines, json.loads, refusal)) == [Line(1, b"1\n", 2, 1), Line(3, b" 22\n", 7, 22)]
    assert list(each_line([], json.loads, refusal)) == []


def test_only_the_last_line_may_be_torn() -> None:
    torn = [b"1\n", b'{"a', b"\n"]
    assert [line.record for line in each_line(torn, loaded, refusal, torn=NotJson)] == [1]
    with pytest.raises(UserError, match="file:2: not JSON"):
        list(each_line(torn, loaded, refusal))
    with pytest.raises(UserError, match="file:2: not JSON"):
        list(each_line([*torn, b"2\n"], loaded, refusal, torn=NotJson))


def test_another_error_than_a_torn_line_is_one_at_the_end_too() -> None:
    with pytest.raises(UserError, match="file:2: not UTF-8"):
        list(each_line([b"1\n", b'"\xff"'], loaded, refusal, torn=NotJson))
    assert [line.end for line in each_line([b"1\n", b'"\xff"'], loaded, refusal, torn=ValueError)] == [2]
