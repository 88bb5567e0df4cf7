"""Problems about programs: read from the published forms, what a response's answer is, verdicts, benchmark files."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oneshot_rlvr.cli import main
from oneshot_rlvr.config.schema import ExecutorConfig
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.data.programs import INSTRUCTION, mbpp_tests, program_problem, typed
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.evaluation.benchmarks import load_benchmarks
from oneshot_rlvr.grading.graders import judge, prepare
from oneshot_rlvr.grading.program import ProgramTruth, extract, is_task, task_of
from oneshot_rlvr.isolation.pool import GradeItem, GraderPool
from oneshot_rlvr.types import Grade, Problem

HUMANEVAL = {
    "task_id": "H/0", "entry_point": "add", "prompt": "import math\n\n\ndef add(a, b):\n    '''The sum.'''\n",
    "canonical_solution": "    return a + b\n",
    "test": "def check(g):\n    assert g(1, 2) == 3\n    assert g(0, 0) == 0\n",
}  # fmt: skip
MBPP = {
    "task_id": "M/1", "entry_point": "pairs", "prompt": '"""\nMake pairs.\nassert pairs([(1, 2)]) == {1}\n"""\n',
    "canonical_solution": "def pairs(x):\n    return {a for a, b in x if isinstance(x[0], tuple)}", "atol": 0,
    "base_input": [[[[1, 2]]]], "plus_input": [[[[3, 4], [5, 6]]]],
    "assertion": "assert pairs([(1, 2)]) == {1}",
}  # fmt: skip
CRUX = {"id": "c1", "code": "def f(x):\n    return x * 2", "input": "3", "output": "6"}


def one(record: dict[str, Any], source: str = "") -> Problem:
    found = program_problem(record, 0, source, "here")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def pool() -> Iterator[GraderPool]:
    with GraderPool(workers=1, executor=ExecutorConfig(timeout_seconds=0.5, workers=1)) as pool:
        yield pool


def grade(pool: GraderPool, problem: Problem, response: str, grader: str = "program") -> Grade:
    return pool.grade([GradeItem(response, problem.answer, grader)])[0]


def test_a_problem_says_what_to_write_and_carries_its_tests() -> None:
    problem = one(HUMANEVAL)
    assert (problem.id, problem.system) == ("H/0", INSTRUCTION)
    assert "def add(a, b):" in problem.prompt and "assert" not in problem.prompt
    assert task_of(problem.answer).test == HUMANEVAL["test"]
    written = one(MBPP)
    assert written.prompt.startswith("Write a Python function `pairs` that does this:\n\nMake pairs.")


def test_the_question_does_not_hold_what_is_asked_for() -> None:
    asked = {"code": "def f(x):\n    return x * 7", "input": "31234", "output": "218638"}
    given, wanted = one(asked, "cruxeval_o").prompt, one(asked, "cruxeval_i").prompt
    assert "31234" in given and "218638" not in given
    assert "218638" in wanted and "31234" not in wanted
    assert task_of(one(asked, "livecodebench_execution").answer).kind == "output"


def test_livecodebench_rows_name_their_function() -> None:
    row = {"id": "s1", "function_name": "g", "code": "def g(n):\n    return n", "input": "g(n = 3)", "output": "3"}
    problem = one(row, "livecodebench_execution")
    assert "`g(n = 3)`" in problem.prompt and task_of(problem.answer).entry == "g"


@pytest.mark.parametrize(
    ("response", "extracted"),
    [
        ("So\n```python\ndef add(a, b):\n    return a\n```\nor rather\n```py\ndef add(a, b):\n    return b\n```\nyes",
         "import math\n\n\ndef add(a, b):\n    '''The sum.'''\n\ndef add(a, b):\n    return b"),
        ("```\ndef add(a, b):\n    return a + b\n```\nFor example:\n```\nadd(1, 2)\n```",
         "import math\n\n\ndef add(a, b):\n    '''The sum.'''\n\ndef add(a, b):\n    return a + b"),
        ("    return a + b\n", "import math\n\n\ndef add(a, b):\n    '''The sum.'''\n    return a + b\n"),
        ("```python\n    return a + b\n```", "import math\n\n\ndef add(a, b):\n    '''The sum.'''\n    return a + b\n"),
        ("```python\ndef add(a, b):\n    return a + b",
         "import math\n\n\ndef add(a, b):\n    '''The sum.'''\n\ndef add(a, b):\n    return a + b"),
        ("", None), ("   \n", None),
    ],
)  # fmt: skip
def test_the_program_in_a_response(response: str, extracted: str | None) -> None:
    assert extract(response, one(HUMANEVAL).answer, "") == extracted


@pytest.mark.parametrize(
    ("response", "extracted"),
    [("so\n```\n6\n```", "6"), ("```python\n[1,\n 2]\n```", "[1,\n 2]"), ("``` 6 ```", "6"),
    ("```\n1\n```\n```\n2\n```", "2"),
     ("6", None), ("\\boxed{6}", None), ("```\nf(3)\n```", "3"), ("```\nf(x='a', y=(1, 2))\n```", "x='a', y=(1, 2)")],
)  # fmt: skip
def test_the_literal_in_a_response(response: str, extracted: str | None) -> None:
    assert extract(response, one(CRUX, "cruxeval_i").answer, "") == extracted


def test_values_are_compared_without_running_anything() -> None:
    answer = one({**CRUX, "output": "{'a': [1, 2]}"}, "cruxeval_o").answer
    for said, verdict in (("{'a':[1,2]}", "correct"), ("{'a': (1, 2)}", "wrong"), ("dict(a=[1, 2])", "unread"),
                          ("__import__('os')", "unread"), ("output", "unread")):  # fmt: skip
        found = prepare(f"```\n{said}\n```", answer, "program", "")
        assert isinstance(found, Grade) and found.reason == verdict
    assert prepare("nothing", answer, "program", "") == Grade(False, None, "unparsed")
    assert prepare("\\boxed{1}", "1", "program", "") == Grade(False, None, "unparsed")


def test_any_arguments_that_give_the_value_are_right(pool: GraderPool) -> None:
    problem = one({**CRUX, "code": "def f(x):\n    return x * x", "input": "3", "output": "9"}, "cruxeval_i")
    said = {"3": "correct", "-3": "correct", "x=3": "correct", "3.0": "correct", "int('3')": "correct", "4": "wrong",
            "'a'": "fault: exception", "4) or (9": "fault: syntax", "*[3]": "fault: policy",
            "open('x')": "fault: policy",
            "type('A', (int,), {'__mul__': lambda a, b: 9})()": "fault: policy", "(y := 3)": "fault: policy",
            "g(": "fault: syntax", "(lambda: 3)()": "correct", "9 ** 9 ** 9": "fault: timeout"}  # fmt: skip
    for text, reason in said.items():
        assert grade(pool, problem, f"```\n{text}\n```").reason == reason, text


def test_programs_are_graded_by_their_tests(pool: GraderPool) -> None:
    problem = one(HUMANEVAL)
    assert grade(pool, problem, "    return a + b") == Grade(
        True, HUMANEVAL["prompt"] + "    return a + b\n", "correct"
    )
    assert grade(pool, problem, "    return a - b").reason == "wrong"
    assert grade(pool, problem, "    return (").reason == "fault: syntax"
    assert grade(pool, problem, "    while True: pass").reason == "fault: timeout"
    assert grade(pool, problem, "").reason == "unparsed"
    assert (pool.counters.correct, pool.counters.fault) > (0, 0)


def test_whichever_grader_is_named_a_program_is_graded_as_one(pool: GraderPool) -> None:
    for grader in ("exact", "qwen", "deepscaler", "math_verify"):
        assert grade(pool, one(HUMANEVAL), "    return b + a", grader).reason == "correct"


def test_a_program_is_not_graded_in_this_process() -> None:
    with pytest.raises(RunError, match="processes that hold it in"):
        judge("x", one(HUMANEVAL).answer, "program", "")


def test_tests_that_fail_by_themselves_are_no_verdict(pool: GraderPool) -> None:
    found = grade(pool, one({**HUMANEVAL, "test": "def check(:"}), "    return 1")
    assert found.correct is None and found.reason.startswith(
        "error: the tests of this problem fail by themselves: syntax"
    )


def test_inputs_get_the_types_of_the_examples(pool: GraderPool) -> None:
    assert typed([[1, 2], [3]], [[(1, 2)]]) == [(1, 2), (3,)]
    assert typed([1, [2, [3]]], [(5, (6, 7))]) == (1, (2, (3,)))
    assert typed(["1j", "0"], [[1j, 2]]) == [1j, 0j]
    assert typed("3", [4]) == 3 and typed("x", [4]) == "x" and typed("3", ["4"]) == "3"
    assert typed([1, 1], [{1}]) == {1} and typed({"1": [2]}, [{1: (2,)}]) == {1: (2,)}
    problem = one(MBPP)
    assert grade(pool, problem, f"```\n{MBPP['canonical_solution']}\n```").reason == "correct"
    assert grade(pool, problem, "```\ndef pairs(x):\n    return {1}\n```").reason == "wrong"


def test_the_examples_say_how_values_are_compared(pool: GraderPool) -> None:
    near = {**MBPP, "entry_point": "third", "canonical_solution": "def third(x):\n    return x / 3",
    "base_input": [[1]],
            "plus_input": [[2]], "atol": 1e-4,
            "assertion": "assert math.isclose(third(1), 0.333, rel_tol=0.001)"}  # fmt: skip
    assert grade(pool, one(near), "```\ndef third(x):\n    return x * 0.33333\n```").reason == "correct"
    assert grade(pool, one({**near, "atol": 0}), "```\ndef third(x):\n    return x * 0.33333\n```").reason == "wrong"
    truth = {**near, "entry_point": "has", "canonical_solution": "import re\ndef has(x):\n    return re.search('a', x)",
             "base_input": [["a"], ["b"]], "plus_input": [],
             "assertion": "assert has('a')\nassert not has('b')"}  # fmt: skip
    assert grade(pool, one(truth), "```\ndef has(x):\n    return 'a' in x\n```").reason == "correct"
    assert grade(pool, one(truth), "```\ndef has(x):\n    return True\n```").reason == "wrong"
    order = {**near, "entry_point": "both", "canonical_solution": "def both(x):\n    return tuple(x)", "atol": 0,
             "base_input": [[[2, 1]]], "plus_input": [],
             "assertion": "assert set(both([2, 1])) == set((1, 2))"}  # fmt: skip
    assert grade(pool, one(order), "```\ndef both(x):\n    return sorted(x)\n```").reason == "correct"


@pytest.mark.parametrize(
    ("record", "source", "said"),
    [
        ({**HUMANEVAL, "test": ""}, "humaneval", "no tests: a text `test`, or inputs with a reference, is needed"),
        ({k: v for k, v in HUMANEVAL.items() if k != "test"}, "humaneval", "no tests"),
        ({**HUMANEVAL, "prompt": 3}, "humaneval", "prompt: a text is needed"),
        ({**HUMANEVAL, "prompt": "Add two numbers."}, "humaneval", "prompt: is no beginning of a Python program"),
        ({**MBPP, "canonical_solution": ""}, "mbpp_plus", "canonical_solution: a text is needed"),
        ({**MBPP, "assertion": "x = 1"}, "mbpp_plus", "assertion: holds no assert"),
        ({**MBPP, "assertion": "assert ("}, "mbpp_plus", "assertion: not Python"),
        (CRUX, "mine", "predict: input or output is needed beside code, input and output"),
        ({**CRUX, "predict": "both"}, "mine", "predict: input or output is needed"),
        ({**CRUX, "output": "g(3)"}, "cruxeval_o", "output is no Python literal: the name 'g'"),
        ({**CRUX, "output": ""}, "cruxeval_o", "output: a text is needed"),
    ],
)  # fmt: skip
def test_rows_that_ask_for_nothing_are_refused(record: dict[str, Any], source: str, said: str) -> None:
    with pytest.raises(UserError, match=r"^here: ") as refusal:
        program_problem(record, 0, source, "here")
    assert said in str(refusal.value)


def test_a_benchmark_file_without_tests_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps({k: v for k, v in HUMANEVAL.items() if k != "test"}) + "\n")
    assert main(["eval", "--model", "sandbox:base_e", "--benchmarks", str(path)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"rlvr: error: {path}: row 1: no tests: a text `test`, or inputs with a reference, is needed"
    ]  # fmt: skip


def test_files_of_programs(tmp_path: Path) -> None:
    packed = tmp_path / "mine.jsonl.gz"
    packed.write_bytes(gzip.compress(json.dumps(HUMANEVAL).encode()))
    (problem,) = load_problems(str(packed))
    assert is_task(problem.answer)
    packed.write_bytes(b"no gzip")
    with pytest.raises(UserError, match="cannot be unpacked"):
        load_problems(str(packed))
    mixed = tmp_path / "mixed.jsonl"
    mixed.write_text(json.dumps(HUMANEVAL) + "\n" + json.dumps({"problem": "1+1?", "answer": "2"}) + "\n")
    with pytest.raises(UserError, match="some problems are about programs and some are not"):
        load_benchmarks([str(mixed)])
    assert mbpp_tests(MBPP, "here").count("assert") == 1


def test_the_truth_is_one_line_that_reads_back() -> None:
    task = ProgramTruth("input", "f", "def f():\n    return 1", "", "1")
    assert "\n" not in task.to_answer() and task_of(task.to_answer()) == task
    with pytest.raises(ValueError, match="not a task"):
        task_of('{"kind": "tests", "other": 1}')


# ---- the published sets

FOLDER = Path(os.environ.get("RLVR_DATA_DIR", "")) / "code"
SIZES = {"humaneval": 164, "mbpp_plus": 378, "cruxeval_i": 800, "cruxeval_o": 800}


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no code/ in RLVR_DATA_DIR")
def test_both_directions_as_one_set() -> None:
    both, inputs, outputs = (load_problems(f"cruxeval{part}") for part in ("", "_i", "_o"))
    assert [p.id for p in both[:3]] == ["abduction/sample_0", "deduction/sample_0", "abduction/sample_1"]
    for category, found, wanted in (("abduction", both[::2], inputs), ("deduction", both[1::2], outputs)):
        assert [(p.prompt, p.answer) for p in found] == [(p.prompt, p.answer) for p in wanted]
        assert {(p.category, p.source) for p in found} == {(category, "cruxeval")}


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no code/ in RLVR_DATA_DIR")
@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("every", [40, pytest.param(1, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_the_sets_own_answers_are_right(name: str, every: int, capsys: pytest.CaptureFixture[str]) -> None:
    problems = load_problems(name)
    assert len(problems) == SIZES[name]
    chosen = problems[::every]
    answers = {"input": "arguments", "output": "output", "tests": "reference"}
    items = []
    for problem in chosen:
        task = task_of(problem.answer)
        items.append(GradeItem(f"```\n{getattr(task, answers[task.kind])}\n```", problem.answer, "program"))
    with GraderPool(workers=1, executor=ExecutorConfig()) as pool:
        grades = pool.grade(items)
    wrong = [f"{p.id}: {g.reason}" for p, g in zip(chosen, grades, strict=True) if not g.correct]
    with capsys.disabled():
        print(f"\n{name}: {len(chosen) - len(wrong)} of {len(chosen)} right")
    assert not wrong
