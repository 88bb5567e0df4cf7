"""The sandbox world: problems and solutions by hand, habits as probabilities, shipped files as generated."""

import json
import math
import random
from collections import Counter
from dataclasses import replace

import pytest

from oneshot_rlvr.grading.graders import grade
from oneshot_rlvr.paths import sandbox_dir
from oneshot_rlvr.sandbox.world import (
    FAMILIES,
    SandboxProblem,
    Step,
    calculate,
    draw_any,
    draw_problem,
    held_out_problems,
    pool_problems,
    shipped_held_out,
)
from sandbox_factory.habits import (
    BASE_D,
    BASE_E,
    STYLES,
    Habits,
    HabitsConfig,
    drill_line,
    near_miss,
    write_response,
    written_work,
)

PRODUCT = SandboxProblem(
    question="Homework: Find the product of 42 and 2.",
    answer=84,
    steps=(Step("40*2", 80), Step("2*2", 4), Step("{0}+{1}", 84)),
    family="mul",
    lead=2,
    wording=2,
)


def test_the_default_example_is_in_the_pool() -> None:
    pool = pool_problems()
    first = next(p for p in pool if p.category == "mul")
    assert (first.id, first.prompt, first.answer) == ("pool-0002", PRODUCT.question, "84")
    assert [p.category for p in pool[:7]] == [*FAMILIES, "add"]
    assert len(pool) == 512 and Counter(p.category for p in pool)["seq"] == 85


@pytest.mark.parametrize("family", FAMILIES)
def test_written_work_is_right_in_every_step(family: str) -> None:
    rng = random.Random(family)
    for _ in range(200):
        problem = draw_problem(family, rng)
        text, result = written_work(problem, rng)
        assert result == problem.answer
        for line in text.split(", "):
            expression, value = line.split("=")
            assert calculate(expression) == int(value)


def test_answers_by_hand() -> None:
    """Check the drawn answers against the numbers in the question, not against the generator's own steps."""
    rng = random.Random(1)
    for _ in range(300):
        problem = draw_problem("mul", rng)
        numbers = [
            int(n)
            for n in problem.question.replace("*", " ").replace("?", " ").replace(".", " ").split()
            if n.isdigit()
        ]
        assert math.prod(numbers) == problem.answer
        problem = draw_problem("eqn", rng)
        if problem.wording == 0:
            left, right = problem.question.split("Solve ")[1].rstrip(".").split("=")
            a, b = left.split("x+")
            assert int(a) * problem.answer + int(b) == int(right)
    assert all(draw_problem("word", rng).answer > 0 for _ in range(500))


@pytest.mark.parametrize(
    ("expression", "value"),
    [("42-7", 35), ("6*8", 48), ("48/6", 8), ("9+9", 18), ("-5-3", -8), ("-5+3", -2), ("7/2", 4)],
)
def test_calculate(expression: str, value: int) -> None:
    assert calculate(expression) == value


def test_slip_makes_one_sum_wrong_and_carries_it_on() -> None:
    rng = random.Random(0)
    for _ in range(200):
        text, result = written_work(PRODUCT, rng, slip=True)
        wrong = [line for line in text.split(", ") if calculate(line.split("=")[0]) != int(line.split("=")[1])]
        assert len(wrong) == 1 and result != 84


def test_near_miss_is_wrong_and_not_negative() -> None:
    rng = random.Random(0)
    assert all(near_miss(value, rng) != value and near_miss(value, rng) >= 0 for value in range(30) for _ in range(20))


def test_styles_as_text() -> None:
    cfg, rng = HabitsConfig(guess_hit_rate=0.0, slip_rate=1.0), random.Random(3)
    worked = write_response(PRODUCT, "work_box", rng, cfg)
    assert worked.endswith("40*2=80, 2*2=4, 80+4=84. So the answer is \\boxed{84}.")
    assert grade(worked, "84", "exact").correct
    for style in ("guess_box", "slip_box", "work_plain", "ramble"):
        assert grade(write_response(PRODUCT, style, rng, cfg), "84", "exact").correct is False
    assert write_response(PRODUCT, "work_plain", rng, cfg).endswith("So the answer is 84.")
    always = HabitsConfig(guess_hit_rate=1.0)
    assert grade(write_response(PRODUCT, "guess_box", rng, always), "84", "exact").correct


def test_drill_facts_are_right() -> None:
    rng = random.Random(0)
    facts = [fact for _ in range(200) for fact in drill_line(rng).rstrip(".").split(", ")]
    assert len(facts) == 1600
    assert all(calculate(fact.split("=")[0]) == int(fact.split("=")[1]) for fact in facts)
    single_digit_minus = [f for f in facts if "-" in f and len(f.split("=")[0].split("-")[1]) == 1]
    assert len(single_digit_minus) / len(facts) == pytest.approx(0.44, abs=0.05)  # 0.40 + most of the 0.08 of gaps


def test_mixture_without_effects_is_the_softmax_of_the_logits() -> None:
    flat = dict(family_sd=0.0, lead_sd=0.0, wording_sd=0.0, box_family_sd=0.0, box_lead_sd=0.0)
    logits = {"work_box": 0.0, "guess_box": math.log(2), "slip_box": 0.0, "ramble": 0.0}
    mixture = Habits(HabitsConfig(logits=logits, independent_box=True, box_logit=math.log(3), **flat)).mixture(PRODUCT)
    expected = {"work_box": 0.15, "work_plain": 0.05, "guess_box": 0.3, "guess_plain": 0.1, "slip_box": 0.15}
    expected |= {"slip_plain": 0.05, "ramble": 0.2}
    assert mixture == pytest.approx(expected)
    joint = Habits(HabitsConfig(logits=dict.fromkeys(STYLES, 0.0), **flat)).mixture(PRODUCT)
    assert joint == pytest.approx(dict.fromkeys(STYLES, 1 / 6) | {"slip_plain": 0.0})


@pytest.mark.parametrize("cfg", [BASE_E, BASE_D], ids=["E", "D"])
def test_bases_mostly_do_not_work(cfg: HabitsConfig) -> None:
    """The mixture each base is taught solves about 0.3 of problems by sampling at temperature 1."""
    habits, rng = Habits(cfg), random.Random(0)
    drawn = [draw_any(rng) for _ in range(3000)]
    share = sum(habits.mixture(p)["work_box"] for p in drawn) / len(drawn)
    assert share == pytest.approx(0.3, abs=0.1)
    graded = [f"\\boxed{{{p.answer}}}" in habits.response(p, rng) for p in drawn]
    assert sum(graded) / len(graded) == pytest.approx(share + 0.06, abs=0.05)  # some guesses and slips are right too


def test_effects_follow_the_world_seed() -> None:
    one, same = Habits(BASE_E).mixture(PRODUCT), Habits(BASE_E).mixture(PRODUCT)
    other = Habits(replace(BASE_E, world_seed=4)).mixture(PRODUCT)
    assert one == same and one != other


def test_held_out_problems_from_any_seed() -> None:
    assert held_out_problems(seed=5, per_family=3) == held_out_problems(seed=5, per_family=3)
    fresh = held_out_problems(seed=5, per_family=3)
    assert [p.id for p in fresh[:4]] == ["held-add-000", "held-add-001", "held-add-002", "held-sub-000"]
    taken = frozenset(p.prompt for p in fresh[:2])
    replaced = held_out_problems(seed=5, per_family=3, exclude=taken)
    assert not taken & {p.prompt for p in replaced} and replaced[2:] == fresh[2:]


def test_shipped_problem_files_are_what_the_world_generates() -> None:
    for name, problems in (("pool", pool_problems()), ("heldout", shipped_held_out())):
        lines = (sandbox_dir() / f"{name}.jsonl").read_text().splitlines()
        records = [json.loads(line) for line in lines]
        assert [tuple(r.values()) for r in records] == [(p.id, p.prompt, p.answer, p.category) for p in problems]
    pool, held_out = ({p.prompt for p in problems} for problems in (pool_problems(), shipped_held_out()))
    assert not pool & held_out and len(shipped_held_out()) == 240
