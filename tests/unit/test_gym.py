"""Tasks of reasoning-gym as problems, graded by its own verdicts. Without it only its absence is tested."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from oneshot_rlvr.cli import main
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.data.gym import INSTRUCTION
from oneshot_rlvr.data.registry import set_name
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation.benchmarks import load_benchmarks
from oneshot_rlvr.grading import gym
from oneshot_rlvr.isolation.pool import GradeItem, GraderPool

with_gym = pytest.mark.skipif(find_spec("reasoning_gym") is None, reason="reasoning-gym (the extra gym) is not here")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RLVR_CACHE", str(tmp_path / "cache"))
    gym.made.cache_clear()


def test_without_the_package_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "reasoning_gym", None)
    with pytest.raises(UserError, match=r"reasoning-gym is not installed here .*: pip install reasoning-gym"):
        load_problems("gym:chain_sum")


@pytest.mark.parametrize(
    ("response", "found"),
    [
        ("so \\boxed{-4}", "-4"),
        ("\\boxed{1} then \\boxed{\\text{two moves}}", "two moves"),
        ("<answer> 7 </answer> and <answer>8</answer>", "8"),
        ("\\boxed{7} <answer>8", "7"),
        ("7", None),
    ],
)
def test_the_answer_in_a_response(response: str, found: str | None) -> None:
    assert gym.extract(response, gym.truth("gym:chain_sum", 0), "") == found


def test_other_truths_are_not_met() -> None:
    assert gym.quick("4", "4", "") == "no truth"


@with_gym
def test_problems_and_their_verdicts() -> None:
    problems = load_problems("gym:chain_sum:size=4:seed=3:level=1")
    assert problems == load_problems("gym:chain_sum:size=4:seed=3:level=1") and len(problems) == 4
    assert problems != load_problems("gym:chain_sum:size=4:seed=4:level=1")
    assert {(p.category, p.level, p.source) for p in problems} == {
        ("arithmetic", "1", "chain_sum_size=4_seed=3_level=1")}  # fmt: skip
    answers = []
    for problem in problems:
        sum_of, instruction = problem.prompt.split("\n")
        assert instruction == INSTRUCTION and json.loads(problem.answer)["gym"].startswith("gym:chain_sum")
        terms = sum_of.partition("problem: ")[2].removesuffix(" =").replace(" - ", " + -").split(" + ")
        answers.append(sum(map(int, terms)))  # by hand: a chain of additions and subtractions
    right = [GradeItem(f"\\boxed{{{n}}}", p.answer, "deepscaler") for n, p in zip(answers, problems)]
    wrong = [GradeItem(f"\\boxed{{{n + 1}}}", p.answer, "exact") for n, p in zip(answers, problems)]
    with GraderPool(workers=1, timeout_seconds=1.0) as pool:  # importing it takes longer, and no item pays for that
        assert [g.correct for g in pool.grade([*right, *wrong])] == [True] * 4 + [False] * 4
        assert pool.grade([GradeItem("I do not know", problems[0].answer, "exact")])[0].reason == "unparsed"


@with_gym
def test_any_right_answer_is_right() -> None:
    """A countdown has many solutions; its verdict works the expression out."""
    (problem,) = load_problems("gym:countdown:size=1:seed=0")
    entry = gym.entry("gym:countdown:size=1:seed=0", 0)
    given = entry["answer"]
    other = f"({given})*1" if "1" in map(str, entry["metadata"]["numbers"]) else f"(({given}))"
    with GraderPool(workers=1) as pool:
        texts = [f"\\boxed{{{text}}}" for text in (given, other, "1+1")]
        grades = pool.grade([GradeItem(text, problem.answer, "exact") for text in texts])
    assert given != other and [g.correct for g in grades] == [True, True, False]


@with_gym
def test_every_task_has_a_first_problem_whose_own_answer_is_right() -> None:
    """Sets of one problem, of every task that is made without files of its own."""
    from reasoning_gym.factory import DATASETS

    tried, refused = 0, []
    for task in sorted(DATASETS)[::8]:
        try:
            made = gym.made(f"gym:{task}:size=1:seed=0")
        except UserError:
            refused.append(task)
            continue
        answer = gym.entry(f"gym:{task}:size=1:seed=0", 0)["answer"]
        tried += 1
        if answer is not None:
            assert made.score_answer(answer, gym.entry(f"gym:{task}:size=1:seed=0", 0)) == 1.0, task
    assert tried >= 12 and len(refused) <= 1


@with_gym
def test_names_of_sets_and_their_results() -> None:
    (found,) = load_benchmarks(["gym:chain_sum:size=2"])
    assert (found.name, len(found.problems), found.about_programs) == ("chain_sum_size=2", 2, False)
    assert set_name("gym:chain_sum:size=2") == "chain_sum_size=2"


REFUSED = {
    "gym:chain_summ": "no task 'chain_summ' in reasoning-gym; did you mean 'chain_sum'?",
    "gym:chain_sum:level=99": "level=99: the task chain_sum has the levels 0 to ",
    "gym:chain_sum:level=x": "level=x: the task chain_sum has the levels 0 to ",
    "gym:chain_sum:min_term=2": "no setting 'min_term'; did you mean 'min_terms'?",
    "gym:chain_sum:size": "size: KEY=VALUE is needed",
    "gym:chain_sum:min_terms=0": "",
    "gym:chain_sum:min_terms=many": "",
}


@with_gym
@pytest.mark.parametrize("name", REFUSED)
def test_what_it_does_not_have_is_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError) as found:
        load_problems(name)
    assert str(found.value).startswith(f"{name}: {REFUSED[name]}") and "\n" not in str(found.value)
    command = ["train", "+experiment=sandbox_oneshot", "data.examples=[]", f"data.file={name}"]
    assert main(command) == 2 and capsys.readouterr().err.startswith(f"rlvr: error: {name}: ")
