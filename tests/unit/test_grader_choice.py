"""Grader `choice`: which option a response names, and questions of multiple choice out of the forms of the field."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oneshot_rlvr.data.choices import INSTRUCTION
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.grading.graders import grade

NAMED = {  # response -> label that it names
    "so \\boxed{B}": "B",
    "so \\boxed{\\text{(b)}}.": "B",
    "\\boxed{B. gravity}": "B",
    "The answer is (B).": "B",
    "the answer is B because it is lighter": "B",
    "**Answer:** B": "B",
    "Answer: **B**": "B",
    "The correct answer is option B.": "B",
    "so the answer is \\(\\text{B}\\)": "B",
    "It falls.\n\n(B)": "B",
    "B": "B",
    "\\boxed{C}. Wait: the answer is B": "B",
    "the answer is C, no, the answer is B.": "B",
    "The answer is C, so \\boxed{B}": "B",
    "\\boxed{2}": "2",
    "Answer: 2": "2",
    "The answer is I.": "I",
}
NONE = {  # response -> reason
    "\\boxed{B or C}": "unread",
    "\\boxed{B} or \\boxed{C}": "unread",
    "\\boxed{gravity}": "unread",
    "the answer is a matter of taste": "unparsed",
    "the answer is A dog": "unparsed",
    "The answer is I think unknown": "unparsed",
    "The answer is not B": "unparsed",
    "The answer is 2.5": "unparsed",
    "Bananas fall.": "unparsed",
    "\\boxed{B} and so \\boxed{": "unparsed",
    "": "unparsed",
}


@pytest.mark.parametrize("response", NAMED)
def test_the_option_that_is_named(response: str) -> None:
    found = NAMED[response]
    assert (grade(response, found, "choice").correct, grade(response, found, "choice").extracted) == (True, found)
    assert grade(response, f"({found})", "choice").correct is True
    assert grade(response, "D", "choice").reason == "wrong"


@pytest.mark.parametrize("response", NONE)
def test_an_answer_that_names_no_single_option(response: str) -> None:
    found = grade(response, "B", "choice")
    assert (found.correct, found.reason) == (False, NONE[response])


def test_a_truth_that_is_no_option_is_met_by_nothing() -> None:
    for truth in ("", "12.8", "A or B", "gravity"):
        assert grade("\\boxed{A}", truth, "choice").reason == "no truth"


FORMS = [
    {"question": "Q", "choices": {"text": ["red", "blue"], "label": ["A", "B"]}, "answerKey": "B"},  # ARC
    {"question": "Q", "choices": {"text": ["red", "blue"], "label": ["1", "2"]}, "answerKey": "2"},
    {"question": "Q", "choices": ["red", "blue"], "answer": 1, "subject": "colours"},  # MMLU
    {"question": "Q", "options": ["red", "blue", "N/A"], "answer": "B", "answer_index": 1},  # MMLU-Pro
    {"question": "Q", "options": {"A": "red", "B": "blue"}, "answer": "blue"},
]


@pytest.mark.parametrize("row", FORMS)
def test_forms_of_choices(row: dict, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(json.dumps(row) + "\n")
    (problem,) = load_problems(str(tmp_path / "x.jsonl"))
    first, second = ("1", "2") if row.get("answerKey") == "2" else ("A", "B")
    assert problem.answer == second
    assert problem.prompt == f"Q\n{first}. red\n{second}. blue\n{INSTRUCTION}"


def test_mmlu_pro_as_published(tmp_path: Path) -> None:
    """Its columns, on a row of our own."""
    row = {"question_id": 70, "question": "Which is a planet?", "options": ["Sun", "Mars", "Moon"], "answer": "B",
           "answer_index": 1, "cot_content": "", "category": "physics", "src": "ours"}  # fmt: skip
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "mmlu_pro.parquet")
    (problem,) = load_problems(str(tmp_path / "mmlu_pro.parquet"))
    assert (problem.id, problem.answer, problem.category) == ("70", "B", "physics")
    assert problem.prompt == f"Which is a planet?\nA. Sun\nB. Mars\nC. Moon\n{INSTRUCTION}"


GPQA = "Record ID,Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer 3,High-level domain\n"


def test_gpqa_as_published(tmp_path: Path) -> None:
    """Its columns, on rows of our own: the right option is drawn a place, the same one each time."""
    path = tmp_path / "gpqa_diamond.csv"
    rows = [f'rec{n},"What is {n},\nplus 1?",{n + 1} ,{n},{n + 2},{n + 3},Physics\n' for n in range(40)]
    path.write_text(GPQA + "".join(rows))
    problems = load_problems(str(path))
    assert [p.id for p in problems] == [f"rec{n}" for n in range(40)] and problems[0].category == "Physics"
    for n, problem in enumerate(problems):
        _, _, *options, last = problem.prompt.split("\n")
        assert f"{problem.answer}. {n + 1}" in options and last == INSTRUCTION
        assert sorted(option[3:] for option in options) == sorted(map(str, range(n, n + 4)))
    places = [p.answer for p in problems]
    assert min(places.count(place) for place in "ABCD") >= 5
    assert load_problems(str(path)) == problems


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"options": ["red", "blue"], "answer": "C"}, "the answer 'C' is none of the choices A, B"),
        ({"options": ["red", "blue"], "answer": 2}, "the answer 2 is none of the choices A, B"),
        ({"options": ["red", "blue"]}, "the answer None is none of"),
        ({"options": ["red", "red"], "answer": "red"}, "the answer 'red' is none of"),
        ({"options": "red, blue", "answer": "A"}, "options is str, a list of texts is needed"),
        ({"choices": {"text": ["red"], "label": ["A", "B"]}, "answerKey": "A"}, "as many labels as texts"),
        ({"Correct Answer": "red"}, "'Correct Answer' and 'Incorrect Answer 1' are needed"),
    ],
)
def test_choices_that_cannot_be_read(row: dict, said: str, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(json.dumps({"question": "Q"} | row) + "\n")
    with pytest.raises(UserError, match=f"row 1: .*{said}"):
        load_problems(str(tmp_path / "x.jsonl"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("question,answer\n1+1,2\n2+2\n", "row 2: 2 fields are needed"),
        ("question,answer\n1+1,2,3\n", "row 1: 2 fields are needed"),
        ('question,answer\n"1+1,2\n', "row 1: not CSV: unexpected end of data"),
        ("question,answer\n1+1,\n", "row 1: no answer"),
        ("question,answer\n", "holds no rows"),
    ],
)
def test_csv_that_cannot_be_read(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(UserError, match=said):
        load_problems(str(tmp_path / "x.csv"))
