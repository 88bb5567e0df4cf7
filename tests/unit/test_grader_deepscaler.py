"""The official training reward's rules: hand cases and golden vectors."""

import json

import pytest

from oneshot_rlvr.grading.deepscaler import clean_latex, extract, plain_text, same_text
from oneshot_rlvr.grading.graders import grade


@pytest.mark.parametrize(
    ("response", "found"),
    [
        ("\\boxed{7} then \\boxed{8}", "8"),
        ("\\boxed{7} then \\boxed{8", None),
        ("\\boxed {8}", None),
        ("\\boxed 8", None),
        ("no box", None),
        ("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
    ],
)
def test_extraction(response, found):
    assert extract(response, "8", "") == found


@pytest.mark.parametrize(
    ("answer", "truth", "correct"),
    [
        ("12.8", "12.8", True),
        ("12.80", "12.8", True),
        ("64/5", "12.8", True),
        ("12\\frac{4}{5}", "12.8", True),
        ("V=12.8", "12.8", True),
        ("12.8\\text{ mph}", "12.8", True),
        ("12.7", "12.8", False),
        ("12.8 mph", "12.8", False),
        ("8\\sqrt[3]{4}", "12.8", False),
        ("24%", "24", True),
        ("48/2", "24", False),
        ("-0", "0", True),
        ("8/6", "\\frac{4}{3}", False),
        ("\\frac{4}{3}\\text{ or }0", "\\frac{4}{3}", True),  # everything behind `\text{ ` is cut
        ("1+\\frac{\\sqrt5}{2}", "\\frac{1+\\sqrt{5}}{2}", True),  # brackets are lost in plain text
        ("2,1", "1,2", False),
        ("[1,2)", "(1,2)", False),
        ("0", "1.325e-27", True),  # below 1e-7 is 0
    ],
)
def test_verdicts(answer, truth, correct):
    assert grade(f"\\boxed{{{answer}}}", truth, "deepscaler").correct is correct


def test_normal_forms():
    assert clean_latex("\\sqrt12") == "\\sqrt{1}2"
    assert clean_latex("0.5") == "\\frac{1}{2}"
    assert clean_latex("a\\text{ b}\\text{ c}") == "a\\text{ b}\\text{ c}"  # two tails: left as it is
    assert plain_text("1\\frac{1}{3}") == "1+1/3"
    assert plain_text("5 meters") == "5"
    assert plain_text("(-\\infty, 2) \\cup (3, 4)") == "(-inf,2)u(3,4)"


def test_no_text_is_run_as_code(tmp_path):
    mark = tmp_path / "mark"
    assert same_text(f"open('{mark}','w')", "1") is False
    assert not mark.exists()


def test_golden_vectors(data_dir):
    rows = json.loads((data_dir / "reference_golden_vectors.json").read_text())["train_grader"]
    assert len(rows) == 119
    for row in rows:
        answer, truth = row["boxed"], row["ground_truth"]
        assert grade(f"\\boxed{{{answer}}}", truth, "deepscaler").correct is (row["reward"] == 1.0), row
        if "\\boxed" not in answer:
            branches = (clean_latex(answer) == clean_latex(truth), same_text(answer, truth))
            assert branches == (row["string_branch"], row["sympy_branch"]), row
