"""Grader `exact` on pairs of truth and answer by kind: those of `exact_pairs` and the case file beside the data."""

import json
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from exact_fresh import FRESH
from exact_pairs import MORE_RIGHT, MORE_WRONG, pairs

from oneshot_rlvr.grading.graders import grade

LEAST_RIGHT, MOST_WRONG = 0.95, 0.005
KINDS = sorted({kind for kind, _, _, _ in pairs()})
CASE_KINDS = [*KINDS, "end_of_turn"]


def check(graded: list[tuple[str, str, bool, bool]]) -> None:
    """Shares of (truth, answer, whether it is right, whether it was accepted)."""
    right = [accepted for _, _, correct, accepted in graded if correct]
    wrong = [accepted for _, _, correct, accepted in graded if not correct]
    failed = [(truth, answer) for truth, answer, correct, accepted in graded if correct is not accepted]
    assert sum(right) >= LEAST_RIGHT * len(right), failed
    assert sum(wrong) <= MOST_WRONG * len(wrong), failed


@pytest.mark.parametrize("kind", KINDS)
def test_pairs_of_a_kind(kind):
    chosen = [(truth, answer, correct) for found, truth, answer, correct in pairs() if found == kind]
    assert sum(correct for *_, correct in chosen) >= 20 and sum(not correct for *_, correct in chosen) >= 20
    check([(t, a, c, grade(f"So $\\boxed{{{a}}}$.", t, "exact").correct is True) for t, a, c in chosen])


def test_pairs_written_after_the_rules():
    chosen = [(t, a, True) for t, a in MORE_RIGHT] + [(t, a, False) for t, a in MORE_WRONG]
    check([(t, a, c, grade(f"So $\\boxed{{{a}}}$.", t, "exact").correct is True) for t, a, c in chosen])


def test_fresh_pairs():
    chosen = []
    for line in FRESH.splitlines():
        if line[:2] in ("+ ", "- "):
            answer, truth = line[2:].split(" @@ ")
            chosen.append((truth, answer, line[0] == "+"))
    assert len(chosen) > 1900
    graded = [(t, a, c, grade(f"So $\\boxed{{{a}}}$.", t, "exact").correct is True) for t, a, c in chosen]
    check(graded)


@cache
def cases(folder: Path) -> dict[str, list[tuple[str, str, bool]]]:
    """Kind -> (response, truth, whether it is right), of every case file for graders."""
    found: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
    for path in sorted(folder.glob("*.jsonl")):
        for row in map(json.loads, path.read_text().splitlines()):
            family, _, kind = row["kind"].partition("/")
            if family == "grader":
                found[kind].append((row["input"]["response"], row["input"]["answer"], row["expected"]["correct"]))
    return found


@pytest.mark.parametrize("kind", CASE_KINDS)
def test_cases_of_a_kind(data_dir, kind):
    folder = Path(data_dir).resolve().parent / "cases"
    if not folder.is_dir():
        pytest.skip("no folder of cases beside RLVR_DATA_DIR")
    assert set(cases(folder)) <= set(CASE_KINDS)
    check([(t, r, c, grade(r, t, "exact").correct is True) for r, t, c in cases(folder)[kind]])
