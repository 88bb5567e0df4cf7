"""The table of the study in the program world: tests between arms, and the effects of its factors."""

import importlib.util
import json
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("table", Path(__file__).parents[2] / "scripts" / "selfplay_table.py")
assert SPEC is not None and SPEC.loader is not None
table = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(table)


def test_students_t() -> None:
    for freedom, found in {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 9: 2.262, 30: 2.042}.items():  # of printed tables
        assert table.quantile(freedom) == pytest.approx(found, abs=5e-4)
    assert table.student_tail(-1.0, 1) == pytest.approx(0.5)  # Cauchy: a quarter lies beyond 1 on either side
    assert table.student_tail(2**0.5, 2) == pytest.approx(1 - 0.5**0.5)  # 1 - t / sqrt(2 + t^2)
    assert table.student_tail(0.0, 4) == 1.0


def test_the_paired_test_by_hand() -> None:
    assert table.paired_p([1.0, 3.0]) == pytest.approx(table.student_tail(2.0, 1))  # mean 2, standard error 1
    assert (table.paired_p([2.0, 2.0]), table.paired_p([0.0, 0.0])) == (0.0, 1.0)
    assert table.interval([1.0, 3.0], sign="+") == "+2.0 ± 12.7"


def test_effects_of_factors_that_add_up_and_of_one_that_needs_another() -> None:
    """Gate open costs 8, agreement for the solver 2, and 4 more where the gate is open."""
    values = {arm: 80.0 - 8 * (2 in has) - 2 * (1 in has) - 4 * (1 in has and 2 in has)
              for arm, has in table.FACTORIAL.items()}  # fmt: skip
    samples = {arm: [value - 1, value, value + 1] for arm, value in values.items()}  # variance 1
    found = [table.effect(samples, some) for some in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2))]
    assert [mean for mean, _, _ in found] == [0.0, -4.0, -10.0, 0.0, -2.0, 0.0]
    assert {(error, freedom) for _, error, freedom in found} == {((8 / 3 / 16) ** 0.5, 16)}  # eight arms of three
    samples["self_play"] = [70.0, 80.0, 90.0]  # nearly all of the variance: two degrees of freedom
    assert table.effect(samples, (0,))[1:] == (pytest.approx(((100 + 7) / 3 / 16) ** 0.5), 2)


def write_run(folder: Path, right: int) -> None:
    """A run with a validation at 60 tokens, of ten deductions of depth 3, and another one at 130."""
    lines = [{"step": 0, "eval/set/accuracy": 0.0},
             {"step": 1, "tokens/sampled": 50, "selfplay/tokens_seed": 10, "selfplay/valid_share": 0.5,
              "selfplay/depth": 2.0, "eval/set/accuracy": 0.1},
             {"step": 2, "tokens/sampled": 70, "selfplay/valid_share": 0.7, "selfplay/depth": 4.0,
              "eval/set/accuracy": 1.0}]  # fmt: skip
    for step in (0, 1, 2):
        samples = folder / "eval" / f"step_{step:06d}" / "set" / "samples.jsonl"
        samples.parent.mkdir(parents=True)
        rows = [{"category": "deduction", "level": "3", "grades": {"world": {"correct": number < right + step - 1}}}
                for number in range(10)]  # fmt: skip
        samples.write_text("\n".join(map(json.dumps, rows)))
    (folder / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)))


def test_the_last_validation_within_the_tokens_counts(tmp_path: Path) -> None:
    write_run(tmp_path, right=4)
    assert table.figures(tmp_path, 100) == {
        "step": 1, "deduction": 0.4, "deduction 3-4": 0.4, "valid": 0.5, "depth": 2.0}  # fmt: skip
    assert table.figures(tmp_path, 130)["deduction"] == 0.5 and table.figures(tmp_path, 59)["step"] == 0


def test_arms_are_compared_by_seed(tmp_path: Path) -> None:
    arms = {}
    for arm, scores in (("self_play", (6, 8)), ("other", (5, 5))):
        for seed, right in enumerate(scores):
            write_run(tmp_path / arm / f"seed{seed}", right)
        arms[arm] = {f"seed{seed}": table.figures(tmp_path / arm / f"seed{seed}", 100) for seed in (0, 1)}
    head, _, first, other = table.compared(arms, "self_play")
    assert head.startswith("| arm | seeds | step | deduction | deduction 3-4 | self_play less it | p |")
    assert first == "| self_play | 2 | 1/1 | 70.0 ± 127.1 | 70.0 ± 127.1 |  |  | 0.50 | 2.00 |"
    p_value = table.student_tail(2.0, 1)  # 10 and 30 points: mean 20, standard error 10
    assert other == f"| other | 2 | 1/1 | 50.0 ± 0.0 | 50.0 ± 0.0 | +20.0 ± 127.1 | {p_value:.3f} | 0.50 | 2.00 |"
