"""Grader `math_verify`: the library as it is, without its wall-clock alarms."""

import threading

import pytest

from oneshot_rlvr.grading import library
from oneshot_rlvr.grading.graders import grade


@pytest.mark.parametrize(
    ("response", "truth", "correct"),
    [
        ("so $\\boxed{\\frac{1}{2}}$", "0.5", True),
        ("so $\\boxed{20 \\%}$", "20\\%", True),  # fails with antlr 4.9.3 unless the parser is completed
        ("so $\\boxed{50\\%}$", "0.5", True),
        ("the answer is $7$", "7", True),  # no box needed
        ("so $\\boxed{3.3 \\times 10^{12}}$", "3.3e12", False),
        ("so $\\boxed{2, 1}$", "1,2", True),
        ("so $\\boxed{12 \\approx 99}$", "12", True),
    ],
)
def test_verdicts(response, truth, correct):
    assert grade(response, truth, "math_verify").correct is correct


@pytest.mark.parametrize(
    ("response", "truth"),
    [
        ("so $\\boxed{84}", "84"),
        ("so \\boxed{-3}.", "-3"),
        ("so \\boxed{84} or \\boxed{5}", "84"),
        ("\\boxed{85}", "84"),
    ],
)
def test_the_short_cut_for_integers_agrees_with_the_library(response, truth):
    short = library.quick(response, truth, "")
    assert short is None or short is library.judge(response, truth, "")[0]


def test_it_runs_outside_the_main_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(library.judge("\\boxed{x+1}", "1+x", "")[0]))
    thread.start()
    thread.join()
    assert found == [True]
