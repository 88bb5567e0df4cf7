"""Rows, copies and labels of the training set."""

import json
import os
import random
import re
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from oneshot_rlvr.config.check import check_fields
from oneshot_rlvr.config.schema import DataConfig
from oneshot_rlvr.data.datasets import load_problems, write_parquet
from oneshot_rlvr.data.training_set import perturb, pi_id, pi_order, training_problems, training_set
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.grading.graders import grade
from oneshot_rlvr.paths import configs_dir
from oneshot_rlvr.types import Problem

needs_official = pytest.mark.skipif(
    not os.environ.get("RLVR_DATA_DIR"), reason="RLVR_DATA_DIR with the published files is not set"
)


def pool_file(tmp_path: Path, answers: list[str], ending: str = ".jsonl") -> str:
    path = tmp_path / f"pool{ending}"
    records = [{"id": f"p{n}", "problem": f"Q{n}", "answer": answer} for n, answer in enumerate(answers)]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return str(path)


def keys(cfg: DataConfig) -> list[tuple[str, int]]:
    return [(row.problem.id, row.copy) for row in training_problems(cfg)]


def test_shipped_examples_need_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RLVR_DATA_DIR", raising=False)
    rows = training_problems(DataConfig(examples=["pi1"], copies=128))
    assert [row.copy for row in rows] == list(range(128))
    assert {row.problem for row in rows} == set(load_problems("pi1"))


def test_copies_repeat_the_whole_block() -> None:
    expected = [("124", 0), ("682", 0), ("124", 1), ("682", 1)]
    assert keys(DataConfig(examples=["pi1", "pi13"], copies=2)) == expected


def test_a_repeated_file_gives_the_same_list_as_copies(tmp_path: Path) -> None:
    problems = [*load_problems("pi1"), *load_problems("pi13")]
    by_copies = training_problems(DataConfig(examples=["pi1", "pi13"], copies=3))
    for order in (problems * 3, [problems[0]] * 3 + [problems[1]] * 3):  # as we write it, as the published merges are
        write_parquet(order, tmp_path / "twice.parquet")
        assert training_problems(DataConfig(file=str(tmp_path / "twice.parquet"))) == by_copies


@needs_official
@pytest.mark.parametrize(
    ("file", "examples", "copies"),
    [
        ("pi1_r128", ["pi1"], 128),
        ("pi2_r128", ["pi2"], 128),
        ("pi13_r128", ["pi13"], 128),
        ("pi1209_r128", ["pi1209"], 128),
        ("merge_pi1_pi13_r128", ["pi1", "pi13"], 64),
        ("merge_pi1_pi2_pi13_pi1209_r128", ["pi1", "pi2", "pi13", "pi1209"], 32),
    ],
)
def test_published_files_equal_examples_and_copies(file: str, examples: list[str], copies: int) -> None:
    assert training_problems(DataConfig(file=file)) == training_problems(DataConfig(examples=examples, copies=copies))


@needs_official
def test_every_data_preset_fills_its_steps() -> None:
    sizes = {}
    for path in sorted((configs_dir() / "data").glob("*.yaml")):
        preset = DataConfig(**yaml.safe_load(path.read_text(encoding="utf-8")))
        if preset.file not in ("math_train", "sandbox_pool"):  # not among the published files
            made = training_set(preset)
            sizes[path.stem] = (len(made.rows), len(made.relabelled))
    assert sizes.pop("dsr_sub") == (1208, 0)
    assert sizes.pop("dsr_sub_noise60") == (1208, 725)
    assert sizes.pop("dsr_sub_noise90") == (1208, 1087)  # 121 labels stay right; the paper says about 120
    assert len(sizes) >= 20 and set(sizes.values()) == {(128, 0)}


def test_the_published_order() -> None:
    order = pi_order()
    assert len(order) == len(set(order)) == 1209
    assert [pi_id(rank) for rank in (1, 2, 13, 605, 1201, 1209)] == ["124", "267", "682", "60", "847", "789"]
    with pytest.raises(UserError, match="from pi1 to pi1209"):
        pi_id(1210)


def test_examples_of_an_own_pool(tmp_path: Path) -> None:
    pool = pool_file(tmp_path, ["1", "2", "3"])
    assert keys(DataConfig(pool=pool, examples=["p2", "p0"])) == [("p2", 0), ("p0", 0)]
    with pytest.raises(UserError, match=r"data.examples: p9 is not in data.pool=.*did you mean"):
        training_problems(DataConfig(pool=pool, examples=["p9"]))
    with pytest.raises(UserError, match=r"pi7 \(id 568\) is not in data.pool"):
        training_problems(DataConfig(pool=pool, examples=["pi7"]))


def test_a_problem_from_the_command_line() -> None:
    rows = training_problems(DataConfig(problem="What is 2+2?", answer="4", suffix=" Box it.", copies=2))
    assert [(row.problem.prompt, row.problem.answer, row.copy) for row in rows] == [
        ("What is 2+2? Box it.", "4", 0),
        ("What is 2+2? Box it.", "4", 1),
    ]


def test_the_suffix_is_put_behind_rows_that_lack_it(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"problem": "Q", "answer": "1"}\n{"problem": "R Box it.", "answer": "1"}\n', encoding="utf-8")
    rows = training_problems(DataConfig(file=str(path), suffix=" Box it."))
    assert [row.problem.prompt for row in rows] == ["Q Box it.", "R Box it."]


def test_exactly_one_origin_is_needed() -> None:
    with pytest.raises(UserError, match="nothing is given"):
        training_set(DataConfig())
    with pytest.raises(UserError, match=r"data\.examples and data\.problem are given"):
        training_set(DataConfig(examples=["pi1"], problem="Q", answer="1"))
    with pytest.raises(UserError, match=r"without data\.answer"):
        training_set(DataConfig(problem="Q"))
    with pytest.raises(UserError, match=r"data\.copies=0"):
        training_set(DataConfig(examples=["pi1"], copies=0))


def test_empty_ground_truths_are_refused_dropped_or_kept(tmp_path: Path) -> None:
    pool = pool_file(tmp_path, ["1", " ", "3"])
    with pytest.raises(UserError, match=r"empty ground truth for id p1; data\.empty_answers=drop"):
        training_set(DataConfig(file=pool))
    dropped = training_set(DataConfig(file=pool, empty_answers="drop", copies=2))
    assert dropped.dropped == ("p1",)
    assert [(row.problem.id, row.copy) for row in dropped.rows] == [("p0", 0), ("p2", 0), ("p0", 1), ("p2", 1)]
    assert len(training_set(DataConfig(file=pool, empty_answers="keep")).rows) == 3
    with pytest.raises(UserError, match="empty ground truth for id p1"):
        training_set(DataConfig(pool=pool, examples=["p1"]))


def test_label_replaces_every_ground_truth_and_is_counted() -> None:
    changed = training_set(DataConfig(examples=["pi1", "pi13"], copies=4, label="929725"))
    assert {row.problem.answer for row in changed.rows} == {"929725"}
    assert changed.relabelled == ("124", "682")
    assert training_set(DataConfig(examples=["pi1"], label="12.8")).relabelled == ()


@pytest.mark.parametrize("method", ["swap", "perturb"])
@pytest.mark.parametrize(("share", "wrong"), [(0.6, 30), (0.9, 45), (1.0, 50)])
def test_label_noise_changes_exactly_the_share_asked_for(tmp_path: Path, method: str, share: float, wrong: int) -> None:
    pool = pool_file(tmp_path, [str(n) for n in range(50)])
    cfg = DataConfig(file=pool, copies=2, label_noise=share, label_noise_method=method)
    noisy = training_set(cfg)
    clean = {problem.id: problem.answer for problem in load_problems(pool)}
    labels = {(row.problem.id, row.problem.answer) for row in noisy.rows}
    assert len(labels) == 50  # both copies of a problem carry the same label
    assert sum(clean[name] != answer for name, answer in labels) == wrong == len(noisy.relabelled)
    assert training_set(cfg) == noisy
    other = training_set(DataConfig(file=pool, copies=2, label_noise=share, label_noise_method=method, seed=2))
    assert other.rows != noisy.rows


@pytest.mark.parametrize(("method", "seeds"), [("swap", 30), ("perturb", 200)])
def test_a_wrong_label_is_not_the_truth_in_another_spelling(tmp_path: Path, method: str, seeds: int) -> None:
    answers = [r"\frac{1}{2}", "1/2", "0.5", "3"] if method == "swap" else [r"\frac{\sqrt{3}}{3}"] * 4
    pool = pool_file(tmp_path, answers)
    clean = {problem.id: problem.answer for problem in load_problems(pool)}
    for seed in range(seeds):
        noisy = training_set(DataConfig(file=pool, label_noise=1.0, label_noise_method=method, seed=seed))
        for row in noisy.rows:
            assert grade(f"\\boxed{{{row.problem.answer}}}", clean[row.problem.id], "exact").correct is False


def test_label_noise_needs_something_to_swap_with(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no second label to swap with"):
        training_set(DataConfig(file=pool_file(tmp_path, ["1/2", "0.5"]), label_noise=1.0))
    with pytest.raises(UserError, match="no second label to swap with"):
        training_set(DataConfig(examples=["pi1"], label_noise=1.0))
    with pytest.raises(UserError, match="cannot be used with it"):
        training_set(DataConfig(examples=["pi1"], label="1", label_noise=1.0))
    with pytest.raises(UserError, match="a share between 0 and 1"):
        training_set(DataConfig(examples=["pi1"], label_noise=60.0))


def test_perturbed_numbers_move_by_at_most_ten_and_always_change() -> None:
    for seed in range(200):
        for answer, numbers in ((r"\frac{4}{3}", [4, 3]), ("-7", [7]), ("12.8", [12, 8])):
            wrong = perturb(answer, random.Random(seed))
            assert wrong.lstrip("-") != answer.lstrip("-")
            found = [int(number) for number in re.findall(r"\d+", wrong)]
            moved = [abs(new - old) for new, old in zip(found, numbers, strict=True)]
            assert moved[0] in range(1, 11)
            assert all(value > 0 for value in found)
            assert answer != "12.8" or moved[1] == 0


@pytest.mark.parametrize(
    ("answer", "shape"),
    [
        ("154,320,000", r"\d{9}"),
        (r"\$23{,}000", r"\\\$\d{5}"),
        (r"11,\!090", r"\d{5}"),
        (r"\frac12", r"\\frac\{\d+\}\{\d+\}"),
        (r"\dfrac{12}5", r"\\dfrac\{\d+\}\{\d+\}"),
        (r"x^2+3\sqrt2", r"x\^\{\d+\}\+\d+\\sqrt\{\d+\}"),
        ("(1,2)", r"\(\d+,\d+\)"),
    ],
)
def test_perturbed_labels_keep_their_form(answer: str, shape: str) -> None:
    for seed in range(50):
        assert re.fullmatch(f"-?{shape}", perturb(answer, random.Random(seed)))


@pytest.mark.parametrize("answer", [r"\frac{3}{5}", r"\frac12", "2/7", r"\frac{10}{10}"])
def test_a_perturbed_fraction_has_another_value(answer: str) -> None:
    def value(text: str) -> Fraction:
        return Fraction(*map(int, re.findall(r"\d+", re.sub(r"frac(\d)(\d)", r"\1/\2", text))))

    for seed in range(2000):
        assert value(perturb(answer, random.Random(seed))) != value(answer)


def test_unknown_values_are_refused() -> None:
    with pytest.raises(UserError, match=r"data\.empty_answers=skip"):
        check_fields(DataConfig(empty_answers="skip"), "data.")
    with pytest.raises(UserError, match=r"data\.label_noise_method=shuffle"):
        check_fields(DataConfig(label_noise_method="shuffle"), "data.")


def test_problem_ids_of_the_sandbox_are_texts(tmp_path: Path) -> None:
    write_parquet([Problem("pool-0007", "Q", "1")], tmp_path / "x.parquet")
    assert keys(DataConfig(pool=str(tmp_path / "x.parquet"), examples=["pool-0007"])) == [("pool-0007", 0)]


def test_the_shipped_sandbox_pool_by_name() -> None:
    rows = training_problems(DataConfig(pool="sandbox_pool", examples=["pool-0007"], copies=2))
    assert [(row.problem.id, row.copy) for row in rows] == [("pool-0007", 0), ("pool-0007", 1)]
    assert rows[0].problem.source == "sandbox_pool" and rows[0].problem.category and rows[0].problem.answer
