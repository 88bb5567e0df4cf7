"""Any text, hostile or random: no hang, no crash, no side effect; and the shares measured on the pairs file."""

import json
import os
import time
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oneshot_rlvr.grading.graders import GRADERS, grade, prepare
from oneshot_rlvr.isolation.pool import GradeItem, GraderPool
from oneshot_rlvr.types import Grade

PIECES = (
    "\\boxed{",
    "}",
    "{",
    "\\frac",
    "\\sqrt",
    "1",
    "2.5",
    "x",
    "+",
    "-",
    "^",
    "_",
    "(",
    ")",
    "[",
    "]",
    ",",
    "\\text{",
    "and",
    "=",
    "%",
    "$",
    "\\\\",
    "&",
    "|",
    "\\pi",
    "!",
    "\\begin{pmatrix}",
    "\\end{pmatrix}",
    " ",
    "\n",
    "\0",
    "\ud800",
    "π",
    "٣",
    "\\cup",
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
CANARY = Path("/tmp/rlvr_canary")  # where the hostile pairs would leave a file

REASONS = ("correct", "wrong", "unparsed", "unread", "no truth", "timeout", "error")


@pytest.fixture(scope="module")
def pool():
    with GraderPool(workers=2, timeout_seconds=2.0, memory_mb=2048) as running:
        yield running


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(inside=TEXTS, answer=TEXTS, benchmark=st.sampled_from(("math500", "minerva_math", "")))
def test_any_text_gets_a_grade(pool, inside, answer, benchmark):
    items = [GradeItem(f"so \\boxed{{{inside}}}", answer, grader, benchmark) for grader in GRADERS]
    for verdict in pool.grade(items):
        assert isinstance(verdict, Grade)
        assert (verdict.correct is None) == (verdict.reason == "timeout" or verdict.reason.startswith("error"))


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=200))
def test_extraction_takes_any_text(text):
    for grader in GRADERS:
        assert isinstance(prepare(text, text, grader, "math500"), Grade | str)


@pytest.mark.parametrize("grader", GRADERS)
@pytest.mark.parametrize(
    "text",
    ["\\boxed{" * 20_000, "{" * 100_000, "}" * 100_000, "\\boxed{" + "7" * 50_000 + "}", "final answer is $" * 9_000],
    ids=["boxes", "open", "closed", "digits", "statements"],
)
def test_extraction_is_linear(grader, text):
    start = time.perf_counter()
    prepare(text, "4", grader, "math500")
    assert time.perf_counter() - start < 1.0


@pytest.mark.parametrize("grader", ["qwen", "deepscaler", "exact"])
@pytest.mark.parametrize(
    "answer",
    [
        *("9^{9^{9^{9}}}", "9**9**9**9", "((((9!)!)!)!)", "1000000!", "10^{-1000000000}", "1e1000000000"),
        *("\\binom{1000000000}{500000000}", "\\sum_{i=1}^{1000000000000} \\frac{1}{i^2}", "\\sqrt{10^{100000}+1}"),
    ],
)
def test_what_is_too_large_is_not_worked_out(grader, answer):
    grade("\\boxed{x+1}", "x+2", grader)  # what is imported at the first use is not measured
    start = time.process_time()
    assert grade(f"\\boxed{{{answer}}}", "\\frac{1}{90}", grader).correct is False
    assert time.process_time() - start < 1.0


def pairs(data_dir: Path) -> list[dict]:
    rows = [json.loads(line) for line in (data_dir / "grader_pairs.jsonl").open()]
    for row in rows:
        if row["response"] is None:
            parts = row["response_recipe"]
            row["response"] = "".join(p if isinstance(p, str) else p["repeat"] * p["times"] for p in parts)
    return rows


def graded(rows: list[dict], grader: str, seconds: float) -> list[Grade]:
    with GraderPool(workers=2, timeout_seconds=seconds, memory_mb=4096) as running:
        return running.grade([GradeItem(r["response"], r["gold"], grader, r["benchmark"]) for r in rows])


OFFICIAL = {"qwen": ("Q", 0.99), "deepscaler": ("D", 0.995), "math_verify": ("M", 0.98)}


def check_official(rows: list[dict], grader: str) -> None:
    name, least = OFFICIAL[grader]
    grades = graded(rows, grader, 5.0)
    agree = [(g.correct is True) == (r["verdicts"][name] is True) for g, r in zip(grades, rows)]
    differing = [r["id"] for r, ok in zip(rows, agree) if not ok]
    assert sum(agree) / len(rows) >= least, differing


def check_exact(rows: list[dict]) -> None:
    shares: dict[str, list[bool]] = defaultdict(list)
    for row, verdict in zip(rows, graded(rows, "exact", 5.0)):
        kind = row["kind"]
        if kind.startswith(("eq.", "fmt.")) or kind in ("ref.math500", "ref.minerva_math"):
            shares["right"].append(verdict.correct is True)
        elif kind.startswith(("ne.", "na.")) or kind == "ref.wrong_problem":
            shares["wrong"].append(verdict.correct is True)
    assert sum(shares["right"]) / len(shares["right"]) >= 0.98
    assert sum(shares["wrong"]) / len(shares["wrong"]) <= 0.005


@pytest.mark.parametrize("grader", OFFICIAL)
def test_official_verdicts_on_a_sample(data_dir, grader):
    rows = [r for r in pairs(data_dir) if not r["kind"].startswith("ho.")]
    check_official(rows[:: 60 if grader == "math_verify" else 30], grader)


def test_exact_on_a_sample(data_dir):
    check_exact([r for r in pairs(data_dir) if not r["kind"].startswith("ho.")][::10])


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif("RLVR_FULL_CORPUS" not in os.environ, reason="minutes of grading: set RLVR_FULL_CORPUS=1")
@pytest.mark.parametrize("grader", [*OFFICIAL, "exact"])
def test_whole_corpus(data_dir, grader):
    rows = [r for r in pairs(data_dir) if not r["kind"].startswith("ho.")]
    if grader == "exact":
        check_exact(rows)
    else:
        check_official(rows, grader)


def test_hostile_pairs_leave_no_trace(data_dir):
    CANARY.mkdir(exist_ok=True)
    before = set(CANARY.iterdir())
    rows = [r for r in pairs(data_dir) if r["kind"].startswith(("ho.inj", "ho.tex"))]
    assert len(rows) > 80
    for grader in GRADERS:
        chosen = rows[::5] if grader == "math_verify" else rows  # the slowest, and not our code
        assert len(graded(chosen, grader, 1.0)) == len(chosen)
    assert set(CANARY.iterdir()) == before


def test_hostile_sample_is_graded_in_bounded_time(data_dir, pool):
    rows = [r for r in pairs(data_dir) if r["kind"].startswith("ho.")][::40]
    start = time.monotonic()
    for grader in ("deepscaler", "exact"):
        for row, verdict in zip(rows, graded(rows, grader, 1.0)):
            assert verdict.reason.split(":")[0] in REASONS, row["id"]
    assert time.monotonic() - start < 60
