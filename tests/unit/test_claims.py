"""Verdicts on claims: Holm's correction and the rule by hand, and made-up runs with a known answer."""

from dataclasses import replace
from pathlib import Path

import pytest
from fake_run import BENCHMARK, Story, write_run, write_study

from oneshot_rlvr.evaluation.scores import PairedTest, holm
from oneshot_rlvr.report import claims, compare, report_parts
from oneshot_rlvr.report.claims import NOT_SUPPORTED, OPEN, SUPPORTED, Claim, Comparison
from oneshot_rlvr.report.figures import Study
from oneshot_rlvr.report.run_files import read_run


def difference_of(value: float, low: float, high: float, p: float = 0.001) -> PairedTest:
    return PairedTest(value, (low, high), p, "paired bootstrap", 240)


WON = Comparison("a", difference_of(0.3, 0.2, 0.4))


@pytest.mark.parametrize(("given", "expected"), [
    ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),  # 3 x .01; then 2 x .03; then 1 x .04, which may not lie below .06
    ([0.04], [0.04]),
    ([0.5, 0.9], [1.0, 1.0]),
    ([0.02, 0.001, 0.02, 0.4], [0.06, 0.004, 0.06, 0.4]),
    ([], []),
])  # fmt: skip
def test_holm(given: list[float], expected: list[float]) -> None:
    assert holm(given) == pytest.approx(expected)


@pytest.mark.parametrize(("comparisons", "p_values", "said"), [
    ([WON], [0.04], SUPPORTED),
    ([WON], [0.06], OPEN),  # not significant once corrected, and the interval reaches beyond 2 points
    ([WON, WON], [0.04, 0.06], OPEN),  # every comparison has to be won
    ([replace(WON, lack="2 of 3 seeds")], [0.001], OPEN),
    ([WON, Comparison("b", lack="not evaluated")], [0.001, 1.0], OPEN),
    ([Comparison("a", difference_of(0.0, -0.01, 0.019))], [0.9], NOT_SUPPORTED),  # a gain of 2 points is ruled out
    ([Comparison("a", difference_of(0.0, -0.01, 0.021))], [0.9], OPEN),
    ([WON, Comparison("b", difference_of(-0.3, -0.4, -0.2))], [0.001, 0.001], NOT_SUPPORTED),
    ([Comparison("a", difference_of(0.01, 0.005, 0.015))], [0.01], SUPPORTED),  # small, and yet above 0
    ([Comparison("a", difference_of(-0.01, -0.015, -0.001), "", -0.02, -0.02)], [0.01], SUPPORTED),  # below 2 points
    ([Comparison("a", difference_of(-0.05, -0.08, -0.03), "", -0.02, -0.02)], [0.01], NOT_SUPPORTED),
    ([Comparison("a", difference_of(-0.01, -0.08, 0.03), "", -0.02, -0.02)], [0.4], OPEN),
    ([], [], OPEN),
])  # fmt: skip
def test_the_rule(comparisons: list[Comparison], p_values: list[float], said: str) -> None:
    assert claims.verdict(Claim("x", tuple(comparisons)), p_values) == said


def test_p_values_are_corrected_for_all_claims_together() -> None:
    """0.02 alone would do; with a second comparison elsewhere on the page it counts as 0.04, with a third as 0.06."""
    weak, strong = (Comparison("a", difference_of(0.3, 0.2, 0.4, p)) for p in (0.02, 0.001))
    lacking = Comparison("c", lack="not run")
    two = claims.judge([Claim("x", (weak,)), Claim("y", (replace(weak, what="b"), lacking))])
    assert [each.p_values for each in two] == [(0.04,), (0.04, 1.0)]
    assert [each.verdict for each in two] == [SUPPORTED, OPEN]
    three = claims.judge([Claim(name, (weak,)) for name in "xyz"])
    assert [each.verdict for each in three] == [OPEN] * 3
    ordered = claims.judge([Claim("x", (weak,)), Claim("y", (strong,))])
    assert [each.p_values for each in ordered] == [(0.02,), (0.002,)]


@pytest.mark.parametrize(("ours", "theirs", "said"), [
    ([0.5, 0.6, 0.7], [0.1, 0.2, 0.3], ""),
    ([0.5, 0.6, 0.7], [0.1, 0.2, 0.5], "seeds overlap"),
    ([0.5, 0.6], [0.1, 0.2, 0.3], "2 of 3 seeds"),
])  # fmt: skip
def test_seeds_have_to_be_enough_and_apart(ours: list[float], theirs: list[float], said: str) -> None:
    assert claims._seeds(ours, theirs) == said


def study_of(folders: list[Path]) -> Study:
    arms = compare.make_arms(compare.share_bases([read_run(folder) for folder in folders]))
    return Study(arms, BENCHMARK, None, report_parts.own_family(arms), 0.95)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("claims")
    made = write_study(root)
    made += [write_run(root / "sandbox_format" / f"seed{seed}",
                       Story("sandbox_format", reward="format", seed=seed, lift=-0.05, train_from=0.3, train_to=0.33))
             for seed in (1, 2)]  # fmt: skip
    return made


def test_made_up_runs_get_the_verdicts_that_they_were_made_for(folders: list[Path]) -> None:
    """One-shot rises in every family and stays; format does nothing; no other example, no example in the prompt."""
    judged = {each.claim.name: each for each in claims.judge(claims.make_claims(study_of(folders)))}
    assert {name: each.verdict for name, each in judged.items()} == {
        "more than format": SUPPORTED, "more than prompting at equal cost": OPEN, "about this example": OPEN,
        "beyond its own family": SUPPORTED, "lasts after saturation": SUPPORTED,
    }  # fmt: skip
    assert judged["about this example"].claim.comparisons[0].lack == "no run on another single example"
    assert judged["more than prompting at equal cost"].claim.comparisons[0].lack == (
        "the example in the prompt was not tried")
    beyond = judged["beyond its own family"].claim.comparisons
    assert [each.test.num_problems for each in beyond if each.test] == [200, 200]  # 240 less 40 of the example's family
    table = claims.claims_table(list(judged.values()))
    assert table is not None and [row[0] for row in table.rows].count("") == 1  # the second line of one claim
    assert "more than format: supported" in claims.claims_text(list(judged.values()))


def test_one_seed_and_no_control_leave_claims_open(folders: list[Path]) -> None:
    judged = claims.judge(claims.make_claims(study_of(folders[:1])))
    assert {each.verdict for each in judged} == {OPEN}


def test_a_control_claims_nothing(folders: list[Path]) -> None:
    assert claims.make_claims(study_of([folder for folder in folders if "format" in str(folder)])) == ()


def test_what_equals_its_control_is_not_more(tmp_path: Path) -> None:
    """The same answers under another reward: a difference of 0 with an interval within 2 points."""
    runs = [write_run(tmp_path / name / f"seed{seed}", Story(name, reward=reward, seed=seed))
            for seed in range(3) for name, reward in (("one", "outcome"), ("format", "format"))]  # fmt: skip
    judged = {each.claim.name: each for each in claims.judge(claims.make_claims(study_of(runs)))}
    found = judged["more than format"].claim.comparisons[0]
    assert found.test is not None and found.test.difference == 0 and found.lack == "seeds overlap"
    assert judged["more than format"].verdict == NOT_SUPPORTED
