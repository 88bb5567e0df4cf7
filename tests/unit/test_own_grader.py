"""A grader of the user's own, and the domain that docs/own_domain.md makes of one file."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from docs_pages import ROOT

from oneshot_rlvr.cli import main
from oneshot_rlvr.config.check import check_grader
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.grading import own
from oneshot_rlvr.isolation.pool import GradeItem, GraderPool


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that commands are started from; the path and what is known of it are put back."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.setattr(own, "folders", [])
    return tmp_path


@pytest.fixture
def sql(folder: Path) -> Path:
    page = (ROOT / "docs/own_domain.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (folder / "sql_domain.py").write_text(code)
    made = subprocess.run([sys.executable, "sql_domain.py"], capture_output=True, text=True, check=True, cwd=folder)
    (folder / "sql.jsonl").write_text(made.stdout)
    return folder


def block(query: str) -> str:
    return f"So:\n```sql\n{query}\n```\n"


VERDICTS = {  # response to the question for the titles from 2011 -> verdict and reason
    block("select title from books where year > 2010 and year < 2012"): (True, "correct"),
    block("SELECT title FROM books WHERE year = 2011 ORDER BY title DESC"): (True, "correct"),
    block("SELECT title FROM books WHERE year = 2010") + block("SELECT title FROM books WHERE year = 2011;"): (
        True, "correct"),
    block("SELECT title FROM books"): (False, "wrong"),
    block("SELECT nothing FROM books"): (False, "wrong"),
    block("SELECT 1; SELECT title FROM books WHERE year = 2011"): (False, "wrong"),
    block("DELETE FROM books"): (False, "wrong"),
    block("ATTACH DATABASE '/etc/passwd' AS x"): (False, "wrong"),
    "SELECT title FROM books WHERE year = 2011": (False, "wrong"),
    block("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) FROM n"): (None, "timeout"),
}  # fmt: skip


@pytest.mark.usefixtures("sql")
def test_the_documented_domain() -> None:
    problems = load_problems("sql.jsonl")
    assert len(problems) == 5 and "CREATE TABLE books" in problems[0].prompt
    queries = [json.loads(problem.answer)["query"] for problem in problems]
    check_grader("reward.grader=", "sql_domain:grade")
    with GraderPool(workers=2, timeout_seconds=1.0) as pool:
        items = [GradeItem(text, problems[0].answer, "sql_domain:grade") for text in VERDICTS]
        assert [(g.correct, g.reason) for g in pool.grade(items)] == list(VERDICTS.values())
        # Each question is answered by its own query alone.
        items = [GradeItem(block(query), p.answer, "sql_domain:grade") for p in problems for query in queries]
        found = [grade.correct for grade in pool.grade(items)]
        assert found == [i == j for i in range(5) for j in range(5)]
        shuffled = block("SELECT title FROM books ORDER BY year DESC")  # this question asks for an order
        assert pool.grade([GradeItem(shuffled, problems[3].answer, "sql_domain:grade")])[0].correct is False
        assert pool.counters.timeout == 1 and pool.counters.error == 0


RETURNED = {  # body of a grader -> verdict, extracted, reason
    "return response == answer": (True, None, "correct"),
    "return answer != answer, response.upper()": (False, "SEVEN", "wrong"),
    "return 1": (None, None, "error: TypeError: theirs_r:f2 returned 1; a function"),
    "return True, 3": (None, None, "error: TypeError: theirs_r:f3 returned (True, 3); a function"),
    "return {}[answer]": (None, None, "error: KeyError: 'seven'"),
    "os.remove(__file__)": (None, None, "error: PermissionError: a grader tried os.remove"),
    "while True: pass": (None, None, "timeout"),
}


def test_whatever_a_grader_does_is_a_verdict(folder: Path) -> None:
    bodies = [f"def f{n}(response, answer):\n    {body}\n" for n, body in enumerate(RETURNED)]
    (folder / "theirs_r.py").write_text("import os\n" + "".join(bodies))
    own.folders[:] = [str(folder)]
    with GraderPool(workers=1, timeout_seconds=1.0) as pool:
        grades = pool.grade([GradeItem("seven", "seven", f"theirs_r:f{n}") for n in range(len(RETURNED))])
    assert [(g.correct, g.extracted) for g in grades] == [row[:2] for row in RETURNED.values()]
    assert all(g.reason.startswith(row[2]) for g, row in zip(grades, RETURNED.values()))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere_at_all:f", "no module 'nowhere_at_all' here or on the Python path"),
        ("theirs_e:f", "theirs_e has no function 'f'; did you mean 'ff'?"),
        ("theirs_e:ff", "too many positional arguments; a function (response, answer)"),
        ("exakt", "not known; did you mean 'exact'?"),
    ],
)
def test_a_grader_that_cannot_be_one_is_one_line(
    name: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "theirs_e.py").write_text("def ff(response): ...\n")
    with pytest.raises(UserError) as found:
        check_grader("reward.grader=", name)
    assert said in str(found.value) and str(found.value).startswith(f"reward.grader={name}: ")
    (folder / "x.jsonl").write_text('{"response": "a", "answer": "a"}\n')
    assert main(["grade", "x.jsonl", "--grader", name]) == 2
    assert capsys.readouterr().err.startswith(f"rlvr: error: --grader {name}: ")


def test_the_command_grades_by_a_function_here(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "theirs_c.py").write_text("def f(response, answer):\n    return response[::-1] == answer\n")
    (folder / "x.jsonl").write_text('{"response": "ab", "answer": "ba"}\n{"response": "ab", "answer": "ab"}\n')
    assert main(["grade", "x.jsonl", "--grader", "theirs_c:f", "--output", "y.jsonl"]) == 0
    verdicts = [json.loads(line) for line in (folder / "y.jsonl").read_text().splitlines()]
    assert [v["correct"] for v in verdicts] == [True, False]
