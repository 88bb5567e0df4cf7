"""One table maker: the same rows as Markdown and as HTML, numbers as text, and nothing unescaped."""

import re
from html import unescape

import pytest

from oneshot_rlvr.evaluation.scores import PairedTest
from oneshot_rlvr.evaluation.tables import Cell, Table, gain, gain_with_p, markdown, p_value, share
from oneshot_rlvr.report import page


def html(table: Table) -> str:
    return str(page._environment().get_template("parts.html").module.table(table))


def cells(text: str) -> list[str]:
    """The cells of an HTML table, line breaks as spaces."""
    found = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", text, re.DOTALL)
    return [unescape(re.sub("<[^>]+>", "", cell.replace("<br>", " "))) for cell in found]


def test_the_same_rows_in_markdown_and_html() -> None:
    table = Table(["model", "accuracy", "difference"])
    table.add("a|b", share(0.5, (0.4, 0.6123)), gain(-0.0312, (-0.05, 0.01)))
    table.add("c", share(None), gain(0.1))
    assert markdown(table).splitlines() == [
        "| model | accuracy | difference |",
        "| --- | --- | --- |",
        "| a\\|b | 50.0 [40.0, 61.2] | -3.1 [-5.0, +1.0] |",
        "| c | - | +10.0 |",
    ]
    assert cells(html(table)) == [
        "model", "accuracy", "difference",
        "a|b", "50.0 40.0 to 61.2", "−3.1 −5.0 to +1.0",
        "c", "–", "+10.0",
    ]  # fmt: skip


def test_words_bold_code_and_lines_of_a_cell() -> None:
    table = Table(["", "x", "y"], kind="text")
    table.add("spans all", (Cell("2 < 3", strong="id: "), Cell("answer: ", code="<b>")), mark="sub")
    text = html(table)
    assert '<td colspan="2"><strong>id: </strong>2 &lt; 3<br>answer: <code>&lt;b&gt;</code></td>' in text
    assert '<table class="text">' in text and '<tr class="sub"><th scope="row">spans all</th>' in text


def test_the_note_stands_behind_the_interval() -> None:
    assert gain(0.1, (0.0, 0.2), "p = 0.02").small == "+0.0 to +20.0; p = 0.02"
    assert gain(0.1, note="no stored answers").small == "no stored answers" and share(0.5).small == ""


@pytest.mark.parametrize(("p", "text"), [(0.0004, "< 0.001"), (0.0314, "0.031"), (0.314, "0.31")])
def test_p_values(p: float, text: str) -> None:
    test = PairedTest(0.1, (0.0, 0.2), p, "mcnemar", 10)
    assert p_value(test) == text
    assert gain_with_p(0.1, test).small == f"+0.0 to +20.0; p {text if '<' in text else f'= {text}'}"
    assert gain_with_p(0.1, None).small == ""
    assert p_value(None) == "–"
