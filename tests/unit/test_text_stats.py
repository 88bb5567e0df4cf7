"""Text statistics on hand-made responses."""

import pytest

from oneshot_rlvr.evaluation import text_stats


def test_reflection_words_and_inflections() -> None:
    text = "Let me recheck. Re-checking it, I rethink and recalculated; rechecker and unrethinkable do not count."
    assert text_stats.reflection_counts(text) == {"rethink": 1, "recheck": 2, "recalculate": 1}
    assert sum(text_stats.reflection_counts("The check was thought out.").values()) == 0


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("so " + "x+1=2, " * 10, 70),  # ten copies of " x+1=2,"
        ("The answer is 4.\n" * 5, 84),
        ("1/3 = 0." + "3" * 60, 60),
        ("abcdefgh" * 6 + "abc", 51),  # the last copy is cut off
        ("0." + "3" * 47, 0),  # too short to call it so
        ("abcdefghijklmnopqrst" * 3, 0),  # three times may be style
        ("x+1=2, " * 20 + "so the answer is \\boxed{7}", 0),  # it got out of the loop
        ("", 0),
    ],
)
def test_repeated_ending(text: str, length: int) -> None:
    assert text_stats.repeated_ending(text) == length


def test_repeated_ending_is_linear() -> None:
    assert text_stats.repeated_ending("a" * 10_000_000) == text_stats.TAIL_CHARACTERS


def test_foreign_scripts() -> None:
    assert text_stats.foreign_share("ответ 5") == 1.0
    assert text_stats.foreign_share("ответ 5", prompt="Сколько будет 2+3?") == 0.0
    assert text_stats.foreign_share("Let α = π·r² and 𝑥 = 3 × 10⁵ µm") == 0.0
    assert text_stats.foreign_share("abc 答案 d") == pytest.approx(2 / 6)
    assert text_stats.foreign_share("12 + 3 = 15") == 0.0
    assert text_stats.foreign_share("ab\ufffd\ufffd") == 0.5
    assert text_stats.is_foreign("x" * 90 + "漢" * 10)
    assert not text_stats.is_foreign("x" * 99 + "漢")


def test_code_stop() -> None:
    assert text_stats.stops_at_code("```python\nprint(3)\n```\n")
    assert not text_stats.stops_at_code("```python\nprint(3)\n```\nso \\boxed{3}")
    assert not text_stats.stops_at_code("```python\nprint(3)\n``` \\boxed{3} ```")


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("12 + 5 = 17, done", "17"),
        ("So the answer is $\\frac12$.", "\\frac12"),
        ("The answer is: 42.", "42"),
        ("The final answer is **1,024**.", "1,024"),
        ("answer is 3\nno, the answer is 4\nbye 9", "4"),
        ("It is 1,234,", "1,234"),
        ("hm", None),
    ],
)
def test_loose_answer(response: str, answer: str | None) -> None:
    assert text_stats.loose_answer(response) == answer
