"""The official evaluation's rules: hand cases, golden vectors, ceilings."""

import hashlib
import json
from pathlib import Path

import pytest

from oneshot_rlvr.grading import qwen
from oneshot_rlvr.grading.graders import extract_boxed, grade
from oneshot_rlvr.grading.qwen_equal import math_equal
from oneshot_rlvr.grading.qwen_strip import number_words, strip_string
from oneshot_rlvr.isolation.pool import GradeItem, GraderPool


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two apples", "2"),
        ("one or two", "3"),  # every other word is ignored
        ("five hundred four", "504"),
        ("three million two thousand and one", "3002001"),
        ("5 million", "1000000"),  # digits are ignored too
        ("one point five", "1.5"),
        ("007", "7"),
        ("two million three million", "two million three million"),
        ("x + 1", "x + 1"),
    ],
)
def test_number_words(text, expected):
    assert number_words(text) == expected


@pytest.mark.parametrize(
    ("text", "once", "twice"),
    [
        ("(a+5)(b+2)", "(+5)(b+2)", "(+5)(b+2)"),  # a lone letter is a unit
        ("x \\in [-2,7]", "x\\in[-2,7]", "[-2,7]"),  # not idempotent
        ("1 \\pm \\sqrt{19}", "1\\\\sqrt{19}", "1\\\\sqrt{19}"),
        ("m", "m", "m"),  # never removed down to nothing
        ("m m", "", ""),  # unless a space is left
        ("12.8 miles per hour", "12.8", "12.8"),
    ],
)
def test_strip_string_oddities(text, once, twice):
    assert (strip_string(text), strip_string(strip_string(text))) == (once, twice)


@pytest.mark.parametrize(
    ("response", "raw"),
    [
        ("final answer is $5$. I hope so \\boxed{7}", "5"),
        ("so \\boxed{7} and \\boxed{8", "8"),  # an unclosed box runs to the end
        ("The answer is 42. The answer is 43.", "43."),
        ("we get 3 and 4,000.5 apples", "4000.5"),
        ("\\boxed{4}<|im_end|>\\boxed{5}", "4"),
        ("<|im_end|>", None),
    ],
)
def test_extraction_rules(response, raw):
    assert qwen.extract(response, "7", "math500") == raw


@pytest.mark.parametrize(
    ("found", "truth", "equal"),
    [
        ("1000", "10", True),  # per cent variants
        ("62049", "62048", True),  # relative 1e-4 for integers too
        ("12\\Rightarrow99", "12", True),  # the rest is dropped
        ("12\\\\13", "12", True),
        ("x**2+1", "x", True),  # breaks off at the second star
        ("1{,}000", "1000", False),
        ("(3,4]", "[3,4)", True),  # brackets do not matter
        ("\\pi", "3.1416", False),  # pi is a symbol
        ("a(b+c)", "ab+ac", False),  # a is a function
        ("\\sinx\\cdoty", "\\sin(x*y)", False),  # glued: \sinx is a symbol
        ("\\frac{1}{2}", "0.5", True),
        ("50\\%", "\\frac{1}{2}", True),
        ("2y=4x+6", "y=2x+3", False),
    ],
)
def test_equality_oddities(found, truth, equal):
    assert math_equal(found, truth) is equal


def test_multiple_choice_takes_a_letter_from_the_text():
    assert grade("I choose B, so \\boxed{5}", "B", "qwen", "math500").correct is True
    assert grade("I choose C, so \\boxed{5}", "B", "qwen", "math500").correct is False


def test_free_item_accepts_anything_without_capital_choice_letters():
    assert grade("I do not know", "\\text{east}", "qwen", "math500").correct is True
    assert grade("\\boxed{\\text{East}}", "\\text{east}", "qwen", "math500").correct is False
    assert grade("", "\\text{east}", "qwen", "math500").correct is False  # the official program crashes here


def test_minerva_keeps_units():
    assert grade("\\boxed{1.6 cm}", "1.6", "qwen", "minerva_math").correct is False
    assert grade("\\boxed{1.6 cm}", "1.6", "qwen", "math500").correct is True


def test_no_text_is_run_as_code(tmp_path):
    mark = tmp_path / "mark"
    for code in (
        f"__import__('pathlib').Path('{mark}').touch()",
        f"(lambda:open('{mark}','w'))()",
        f"__import__('posix').system('echo>{mark}')",
    ):
        assert grade(f"\\boxed{{{code}}}", "4", "qwen", "minerva_math").correct is False
    assert not mark.exists()


# ---- against the official program ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def golden(data_dir):
    return json.loads((data_dir / "reference_golden_vectors.json").read_text())


def test_golden_strip_string(golden):
    for row in golden["eval_strip_string"]:
        text = row["input"]
        found = (strip_string(text), strip_string(text, skip_unit=True), strip_string(strip_string(text)))
        assert found == (row["output"], row["output_skip_unit"], row["applied_twice"]), text


def test_golden_extraction(golden):
    for row in golden["eval_extract"]:
        raw = qwen.extract(row["text"], "7", row["dataset"])
        assert (None if raw is None else qwen.predict(raw, row["dataset"])) == row["final_prediction"], row


def test_golden_equality(golden):
    rows = [r for r in golden["eval_math_equal"] if r["equal"] != "TIMEOUT" and r["prediction"] is not None]
    assert len(rows) == 139
    for row in rows:
        assert math_equal(row["prediction"], row["reference"]) is row["equal"], row


def truths_of(data_dir: Path, name: str) -> list[str]:
    rows = [json.loads(line) for line in (data_dir / "benchmarks" / f"{name}.jsonl").open()]
    if name in ("math500", "minerva_math"):
        return [extract_boxed(row["solution"]) or "" for row in rows]
    if name == "olympiadbench":
        return [row["final_answer"][0].strip("$") for row in rows]
    return [str(row["answer"]) for row in rows]


# benchmark -> items, accepted when the raw truth is boxed, accepted when the answer is 1 everywhere
CEILINGS = {
    "math500": (500, 499, 15),
    "aime24": (30, 30, 0),
    "aime25": (30, 30, 0),
    "amc23": (40, 40, 2),
    "minerva_math": (272, 271, 8),
    "olympiadbench": (675, 675, 17),
}


@pytest.mark.parametrize("name", CEILINGS)
def test_ceilings_and_floors(data_dir, golden, name):
    truths = truths_of(data_dir, name)
    compared = "\n".join(qwen.truths(truth, name)[1] for truth in truths)
    assert hashlib.sha256(compared.encode()).hexdigest() == golden["parsed_ground_truth_sha256"][name]
    answers = [f"\\boxed{{{truth}}}" for truth in truths] + ["\\boxed{1}"] * len(truths)
    items = [GradeItem(answer, truth, "qwen", name) for answer, truth in zip(answers, truths * 2, strict=True)]
    with GraderPool(workers=2, timeout_seconds=10.0) as pool:  # sympy tries random numbers, some without end
        found = [verdict.correct for verdict in pool.grade(items)]
    boxed, ones = found[: len(truths)], found[len(truths) :]
    assert (len(truths), sum(map(bool, boxed)), sum(map(bool, ones))) == CEILINGS[name]
    unsolvable = {"math500": [383], "minerva_math": [139]}
    assert [i for i, ok in enumerate(boxed) if not ok] == unsolvable.get(name, [])
