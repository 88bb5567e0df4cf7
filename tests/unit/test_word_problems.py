"""The easy word problems of `rlvr demo --real`, the experiments on them, and the demo's own flags."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from oneshot_rlvr import cli
from oneshot_rlvr.config.load import load_run_config, resolved_yaml
from oneshot_rlvr.config.schedule import set_sizes
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.data.prompts import load_shots
from oneshot_rlvr.data.training_set import training_problems
from oneshot_rlvr.grading.graders import grade
from oneshot_rlvr.paths import shipped_data_dir
from oneshot_rlvr.trainer.preflight import check_settings

SETS = ("heldout", "pool")
ROOT = Path(__file__).resolve().parents[2]


def rows(name: str) -> list[dict[str, str]]:
    path = shipped_data_dir() / "word_problems" / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_shipped_files_are_what_the_rules_make(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "scripts" / "word_problems.py", tmp_path], check=True, timeout=60)
    for name in SETS:
        assert (tmp_path / f"{name}.jsonl").read_text() == (
            shipped_data_dir() / "word_problems" / f"{name}.jsonl"
        ).read_text()


def test_no_problem_stands_twice_and_none_of_the_pool_is_held_out() -> None:
    held, pool = ([row["problem"] for row in rows(name)] for name in SETS)
    assert len({*held, *pool}) == 450 == len(held) + len(pool)
    assert {name: len(load_problems(f"word_{name}")) for name in SETS} == {
        name: set_sizes()[f"word_{name}"] for name in SETS
    }
    families = [row["category"] for row in rows("heldout")]
    assert {family: families.count(family) for family in set(families)} == dict.fromkeys(
        ("plus", "minus", "times", "story", "two_steps"), 40
    )


def test_sums_are_right_by_another_route() -> None:
    """Of the problems without a story; a story's numbers are put into its operation by hand below."""
    done = 0
    for row in [*rows("heldout"), *rows("pool")]:
        if match := re.match(r"What is (\d+) (\+|-|times) (\d+)\?", row["problem"]):
            a, b = int(match[1]), int(match[3])
            done += 1
            assert int(row["answer"]) == {"+": a + b, "-": a - b, "times": sum([a] * b)}[match[2]]
    assert done == 3 * 40 + 3 * 50  # of the pool 249 problems in five families in turn, 50 of each of the first four


STORIES = (  # a story's words -> its operation on the numbers in their order
    ("in each box", lambda a, b: a * b),
    ("and buys", lambda a, b: a + b),
    ("of them to", lambda a, b: a - b),
    ("shares", lambda a, b: a // b),
    ("in each pack", lambda a, b, c: a * b - c),
    ("and gives", lambda a, b, c: a + b - c),
    ("reads", lambda a, b, c: a * b + c),
)


def test_stories_are_right_by_another_route() -> None:
    counted = 0
    for row in [*rows("heldout"), *rows("pool")]:
        if row["category"] in ("story", "two_steps"):
            numbers = [int(number) for number in re.findall(r"\d+", row["problem"])]
            (solve,) = {
                solve for words, solve in STORIES
                if words in row["problem"] and solve.__code__.co_argcount == len(numbers)
            }  # fmt: skip
            assert int(row["answer"]) == solve(*numbers) >= 0, row
            counted += 1
    assert counted == 80 + 100


def test_controls_differ_from_the_one_example_in_one_thing_each() -> None:
    base = yaml.safe_load(resolved_yaml(load_run_config(["+experiment=smollm2_oneshot"])))
    changed = {}
    for name in ("format", "random", "full"):
        other = yaml.safe_load(resolved_yaml(load_run_config([f"+experiment=smollm2_{name}"])))
        changed[name] = {
            f"{section}.{key}" for section in base if isinstance(base[section], dict)
            for key in base[section] if base[section][key] != other[section][key]
        }  # fmt: skip
    assert changed == {"format": {"reward.name"}, "random": {"reward.name"},
                       "full": {"data.file", "data.examples", "data.copies"}}  # fmt: skip
    for name in ("oneshot", *changed):
        check_settings(load_run_config([f"+experiment=smollm2_{name}"]))


def test_the_example_and_its_worked_answer() -> None:
    config = load_run_config(["+experiment=smollm2_oneshot"])
    example, *copies = training_problems(config.data)
    assert len(copies) == 7 and example.problem.answer == "60"
    (shot,) = load_shots("marbles")
    assert shot.problem == example.problem.prompt
    for grader in ("qwen", "exact", "deepscaler"):
        assert grade(shot.response, example.problem.answer, grader).correct


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["demo", "--model", "x"], "--model x: goes with --real"),
        (["demo", "--real", "--steps", "0"], "--steps 0: at least 1 is needed"),
        (["demo", "--real", "--model", "no-such-folder", "--output", "OUT"], "no-such-folder"),
    ],
)
def test_faults_of_the_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert cli.main([str(tmp_path) if word == "OUT" else word for word in words]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
