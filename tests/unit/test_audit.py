"""Detectors of leaks: statistics and texts by hand, twins by another route, and what is refused."""

import random
import re
from fractions import Fraction
from math import erf, sqrt

import pytest

from oneshot_rlvr.cli import main
from oneshot_rlvr.evaluation import audit, probes
from oneshot_rlvr.evaluation.audit import Audit, audit_table
from oneshot_rlvr.evaluation.probes import Detection
from oneshot_rlvr.sandbox.world import held_out_problems


def test_questions_are_cut_by_words() -> None:
    assert probes.cut("a b c d e", 0.6) == ("a b c", "d e")
    assert probes.cut("a b c d e", 0.4) == ("a b", "c d e") and probes.cut("a b c d e", 0.8) == ("a b c d", "e")
    assert probes.cut("too few words", 0.4) is None


def test_completion_and_overlap() -> None:
    assert probes.completed("c d", "c  d and more")
    assert not probes.completed("c d", "c x") and not probes.completed("", "c")
    assert probes.overlap("b c d", "b x d") == pytest.approx(2 / 3)
    assert probes.overlap("b c d", "b c d e f") == 1 and probes.overlap("b c", "x y b c") == 0  # only as many words
    assert probes.overlap("a b a", "b a b") == pytest.approx(2 / 3)


def test_numbers_are_hidden() -> None:
    assert probes.hide_numbers("3.5 apples and 20 pears") == "_ apples and _ pears"


def test_auc_and_rank_test_by_hand() -> None:
    assert probes.auc([1, 0], [0, 0]) == 0.75 and probes.auc([1, 1], [0, 0]) == 1 and probes.auc([0], [0]) == 0.5
    normal = lambda z: (1 + erf(z / sqrt(2))) / 2  # noqa: E731
    assert probes.rank_test([3, 4], [1, 2]) == pytest.approx(1 - normal(1.5 / sqrt(2 * 2 * 5 / 12)))
    # Ties: 1, 1, 0 against 1, 0, 0: 6 wins of 9; 6 scores of which 3 and 3 are tied, 48 in the correction.
    variance = 9 / 12 * (7 - 48 / 30)
    assert probes.rank_test([1, 1, 0], [1, 0, 0]) == pytest.approx(1 - normal((6 - 4.5 - 0.5) / sqrt(variance)))
    assert probes.rank_test([1, 1], [1, 1]) == 1.0  # nothing differs


def test_the_rank_test_holds_its_level() -> None:
    """Of 400 pairs of equal samples about 5 % have p below 0.05 (three standard errors: 3.3 points)."""
    rng = random.Random(0)
    low = sum(probes.rank_test([rng.random() for _ in range(30)], [rng.random() for _ in range(30)]) < 0.05
              for _ in range(400))  # fmt: skip
    assert low / 400 == pytest.approx(0.05, abs=0.033)


def test_nearest_distance_by_hand() -> None:
    assert probes.nearest_distance(["a b", "a b", "c d"]) == pytest.approx(1 / 3)
    assert probes.nearest_distance(["a b c d", "a b x y"]) == 0.5  # 2 of 4 words match
    assert probes.nearest_distance(["same", "same"]) == 0


def test_shared_words_with_a_pool() -> None:
    long = "one two three four five six seven eight nine"
    assert probes.shared_ngrams([f"and {long}", "one two three", "What is 2+2?"], [long, "what is 2 + 2"]) == [
        True, False, True]  # fmt: skip


@pytest.mark.parametrize(("question", "answer", "way"), [
    ("What is 42*2?", "84", lambda a, b: a * b),
    ("Take 13 away from 90.", "77", lambda a, b: b - a),
    ("If 3x+4=19, what is x?", "5", lambda a, b, c: (c - b) // a),
    ("Sam has 6 boxes of 9 pens and loses 5. How many?", "49", lambda a, b, c: a * b - c),
])  # fmt: skip
def test_twins_have_other_numbers_and_the_right_answer(question: str, answer: str, way) -> None:
    made = probes.twin(question, answer, random.Random(3))
    assert made is not None
    text, truth = made
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    assert re.sub(r"\d+", "_", text) == re.sub(r"\d+", "_", question) and text != question
    assert way(*numbers) == int(truth) and truth != answer


@pytest.mark.parametrize(("question", "answer"), [
    ("What is 2*2?", "4"),  # 2*2 or 2+2
    ("How many legs has a spider?", "8"),
    ("What is 10+20?", "31"),
    ("Simplify 3+4.", "x"),
    ("What is 1.5+2?", "3.5"),
])  # fmt: skip
def test_no_twin_where_the_way_is_not_known(question: str, answer: str) -> None:
    assert probes.twin(question, answer, random.Random(0)) is None


def test_forms_count_an_order_once() -> None:
    numbers = [Fraction(n) for n in (7, 11)]
    assert probes.forms(numbers, Fraction(18)) == [((0, 1), ("+",))]
    assert probes.forms(numbers, Fraction(4)) == [((1, 0), ("-",))]


def test_most_sandbox_problems_have_twins() -> None:
    known = [p for p in held_out_problems(5, 20) if p.category != "seq"]
    made = [probes.twin(p.prompt, p.answer, random.Random(p.id)) for p in known]
    assert sum(m is not None for m in made) >= 0.6 * len(made)


def detection(name: str, auc: float, p: float) -> Detection:
    return Detection(name, 0.5, 0.4, auc, p, 60)


def test_alarms_and_words() -> None:
    quiet = Audit("m", "set", "clean", 60, 60, (detection("twin", 0.6, 0.02), detection("overlap", 0.2, 0.001)))
    loud = Audit("m", "set", "clean", 60, 60, (detection("twin", 0.9, 0.001),), "pool", 0.25, 0.0)
    assert quiet.alarms == () and "no detector tells" in quiet.words
    assert loud.alarms == ("twin",) and "looks known to m: twin" in loud.words
    table = audit_table([loud])
    assert len(table.rows) == 3 and table.rows[-1][1:3] == ("25.0", "0.0")


def test_p_values_of_an_audit_are_corrected() -> None:
    """Five detectors, one of which sees everything: its p counts five times."""
    none, all_of_it = [0.0, 1.0] * 10, [1.0] * 20
    scores = {name: none for name in audit.DETECTORS}
    found = {d.name: d for d in audit.compare(scores | {"twin": all_of_it}, scores)}
    assert found["twin"].p_value == pytest.approx(5 * probes.rank_test(all_of_it, none))
    assert found["twin"].auc == 0.75 and found["overlap"].p_value == 1.0


@pytest.mark.parametrize(("arguments", "said"), [
    (["sandbox:base_e", "--benchmark", "word_heldout"], "--clean NAME or FILE is needed"),
    (["sandbox:base_e"], "--benchmark NAME or FILE is needed"),
    (["sandbox:base_e", "--benchmark", "sandbox_heldout", "--clean", "sandbox_heldout"], "are the benchmark's"),
    (["sandbox:base_e", "--benchmark", "sandbox_heldout", "--samples", "1"], "--samples 1: at least 2"),
    (["sandbox:base_x", "--benchmark", "sandbox_heldout"], "base_x"),
])  # fmt: skip
def test_wrong_input_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", *arguments]) == 2
    line = capsys.readouterr().err
    assert said in line and line.count("\n") == 1
