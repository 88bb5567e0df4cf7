"""Scores, orders, ties, intervals and flags; on the published history the digests of the official rankings."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from oneshot_rlvr.data import selection
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.data.history import History, export_history, history_from_ledger, load_history
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.types import Problem

OFFICIAL = os.environ.get("RLVR_DATA_DIR")
needs_official = pytest.mark.skipif(not OFFICIAL, reason="RLVR_DATA_DIR with the published files is not set")

# Four visits each: "b" and "d" have the same spread, "a" and "e" none.
SMALL = History(
    ids=("a", "b", "c", "d", "e"),
    accuracies=((0.0,) * 4, (0.0, 1.0, 0.0, 1.0), (0.25, 0.5, 0.5, 0.75), (1.0, 0.0, 1.0, 0.0), (1.0,) * 4),
    origin="small",
    from_run=False,
)


def ids(history: History, method: str, seed: int = 0) -> list[str]:
    return [history.ids[position] for position in selection.order_of(selection.score(history, method, seed))]


def digest(names: list[str]) -> str:
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def test_std_and_variance_by_hand() -> None:
    assert selection.score(SMALL, "std").tolist() == pytest.approx([0, 0.5, np.sqrt(0.03125), 0.5, 0])
    assert selection.score(SMALL, "variance").tolist() == pytest.approx([0, 0.25, 0.03125, 0.25, 0])
    assert ids(SMALL, "std") == ["b", "d", "c", "a", "e"]  # ties in the history's order


def test_mean_pass_rate_prefers_one_half() -> None:
    assert selection.score(SMALL, "mean_pass_rate").tolist() == pytest.approx([0, 1, 1, 1, 0])


def test_mean_by_hand() -> None:
    assert selection.score(SMALL, "mean").tolist() == [0, 0.5, 0.5, 0.5, 1]
    low, high = selection.bootstrap_interval(SMALL, 2, "mean", 0) or (0, 0)
    assert 0.25 <= low < 0.5 < high <= 0.75


def test_lim_by_hand() -> None:
    history = History(("x", "y"), ((0.0, 0.5, 0.9), (1.0, 0.5)), "two", False)
    # Two common visits, means 0.5 and 0.5, so the denominator is 0.5; x and y are 0.5 off at the first visit.
    assert selection.score(history, "lim").tolist() == pytest.approx([0.5, 0.5])
    solved = History(("x", "y"), ((1.0,), (1.0,)), "solved", False)
    assert selection.score(solved, "lim").tolist() == [0, 0]


def test_random_is_fixed_by_its_seed_and_uniform() -> None:
    many = History(tuple(map(str, range(4000))), ((0.0,),) * 4000, "many", False)
    draws = selection.score(many, "random", seed=3)
    assert (draws == selection.score(many, "random", seed=3)).all()
    assert (draws != selection.score(many, "random", seed=4)).all()
    assert draws.min() >= 0 and draws.max() < 1
    assert np.histogram(draws, bins=4, range=(0, 1))[0] == pytest.approx([1000] * 4, abs=110)  # 4 standard deviations


@needs_official
@pytest.mark.parametrize("method", ["std", "lim"])
def test_official_order_digests(method: str) -> None:
    golden = json.loads(Path(str(OFFICIAL), "reference_golden_vectors.json").read_text())[f"ranking_{method}"]
    history = load_history("dsr_sub_history")
    order = ids(history, method)
    assert digest(order) == golden["sha256_of_newline_joined_ids"]
    assert order[:5] == (golden.get("top20") or golden["top5"])[:5]
    if method == "lim":
        best = np.sort(selection.score(history, method))[::-1][:5]
        assert best == pytest.approx(golden["top5_scores"], abs=5e-7)


@needs_official
def test_the_stored_order_is_the_ranking_of_the_published_history() -> None:
    from oneshot_rlvr.data.training_set import pi_order

    assert ids(load_history("dsr_sub_history"), "std") == list(pi_order())


@needs_official
def test_ties_and_flags_of_the_published_ranking() -> None:
    history = load_history("dsr_sub_history")
    ranked = selection.ranking(history, "std", flags=selection.label_flags(load_problems("dsr_sub")))
    by_id = {example.id: example for example in ranked}
    assert [round(by_id[name].score, 6) for name in ("124", "267", "682", "789")] == [0.406756, 0.396074, 0.272608, 0]
    assert [(example.id, example.tied) for example in ranked[13:15]] == [("100", 2), ("291", 2)]
    assert by_id["789"].rank == 1209 and by_id["789"].tied == 104
    assert sum("never solved" in example.flags for example in ranked) == 99
    assert sum("always solved" in example.flags for example in ranked) == 5
    assert by_id["265"].flags == ("suspect label: empty",)
    assert by_id["1187"].flags == ("never solved", "suspect label: braces do not close")
    assert by_id["780"].flags == ("same prompt as 136, 899",)
    assert sum(any("suspect" in flag for flag in example.flags) for example in ranked) == 2


def test_ties_are_found_although_floating_point_differs() -> None:
    history = History(("p", "q"), ((0.1, 0.2, 0.7), (0.7, 0.2, 0.1)), "float", False)
    assert [example.tied for example in selection.ranking(history, "variance")] == [2, 2]


@pytest.mark.parametrize("method", ["std", "variance", "mean_pass_rate", "lim"])
def test_intervals_hold_the_resampled_score(method: str) -> None:
    low, high = selection.bootstrap_interval(SMALL, 2, method, seed=0) or (1.0, 0.0)
    visits = np.asarray(SMALL.accuracies[2])
    common = np.asarray(SMALL.accuracies).mean(axis=0)
    rng = np.random.default_rng(5)
    drawn = rng.integers(0, 4, (4000, 4))
    scores = selection.DRAW_SCORES[method](visits[drawn], common[drawn])
    assert low < high
    assert np.mean((scores >= low) & (scores <= high)) > 0.93
    assert selection.bootstrap_interval(SMALL, 2, method, seed=0) == (low, high)
    constant = selection.bootstrap_interval(SMALL, 0, "std", seed=0)
    assert constant == (0.0, 0.0)
    assert selection.bootstrap_interval(SMALL, 2, "random", seed=0) is None


@pytest.mark.parametrize("method", ["std", "variance", "lim", "mean_pass_rate"])
def test_one_visit_has_no_interval(method: str) -> None:
    history = History(("a", "b"), ((0.5,), (0.0, 1.0, 0.5, 0.25)), "small", False)
    ranked = selection.with_intervals(selection.ranking(history, method), history, method)
    found = {example.id: example.interval for example in ranked}
    assert found["a"] is None
    assert (found["b"] is None) == (method == "lim")  # which reads the visits that all have: here one


def test_intervals_cover_a_known_standard_deviation() -> None:
    """Binomial visits of known spread: the interval holds it about as often as a percentile bootstrap can."""
    rng = np.random.default_rng(0)
    truth = float(np.sqrt(0.3 * 0.7 / 8))
    drawn = rng.binomial(8, 0.3, (200, 60)) / 8
    history = History(tuple(map(str, range(200))), tuple(map(tuple, drawn.tolist())), "binomial", False)
    bounds = [selection.bootstrap_interval(history, position, "std", 0) or (0.0, 0.0) for position in range(200)]
    assert 0.87 <= np.mean([low <= truth <= high for low, high in bounds]) <= 0.98


def test_spearman_by_hand_with_ties() -> None:
    assert selection.spearman(np.array([1.0, 2, 3]), np.array([10.0, 20, 30])) == pytest.approx(1)
    assert selection.spearman(np.array([1.0, 2, 3]), np.array([3.0, 2, 1])) == pytest.approx(-1)
    # Mean ranks (1.5, 1.5, 3) and (1, 2, 3): 1.5 / sqrt(1.5 * 2)
    assert selection.spearman(np.array([1.0, 1, 2]), np.array([1.0, 2, 3])) == pytest.approx(1.5 / np.sqrt(3))


def test_split_half_sees_what_only_one_half_has() -> None:
    rng = np.random.default_rng(1)
    rates = rng.uniform(0, 1, 100)
    noisy = tuple(tuple(rng.binomial(8, rate, 80) / 8) for rate in rates)
    half = selection.split_half(History(tuple(map(str, range(100))), noisy, "noisy", False), "mean_pass_rate", top=10)
    assert half is not None and half.correlation > 0.9 and half.top == 10
    late_only = tuple((0.0,) * 10 + tuple(rng.integers(0, 2, 10).astype(float)) for _ in range(20))
    history = History(tuple(map(str, range(20))), late_only, "late", False)
    late = selection.split_half(history, "std", late=True)
    assert late is not None and np.isnan(late.correlation)  # the first half is constant
    assert selection.split_half(history, "random") is None


def test_flags_of_labels_and_prompts() -> None:
    problems = [
        Problem("1", "Q", r"\frac{1}{2}"),
        Problem("2", "Q ", "[0,1)"),
        Problem("3", "R", r"\frac{k}{(n-1)!"),
        Problem("4", "S", "  "),
        Problem("5", "T", r"\{1,2\}"),
        Problem("6", "U", "}{"),
    ]
    assert selection.label_flags(problems) == {
        "1": ("same prompt as 2",),
        "2": ("same prompt as 1",),
        "3": ("suspect label: braces do not close",),
        "4": ("suspect label: empty",),
        "6": ("suspect label: braces do not close",),
    }


def test_a_function_of_the_user_ranks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_scores_for_test.py").write_text(
        "def last(history): return {name: values[-1] for name, values in history.items()}\n"
        "def short(history): return [1.0]\n"
        "def words(history): return ['x'] * len(history)\n"
        "def some(history): return {'a': 1.0}\n"
        "def huge(history): return [10**400] * len(history)\n"
        "def two(history, seed): return [1.0] * len(history)\n"
        "def nothing(history): pass\n"
    )
    monkeypatch.chdir(tmp_path)
    assert ids(SMALL, "my_scores_for_test:last") == ["b", "e", "c", "a", "d"]
    for name, message in {
        "my_scores_for_test:short": "5 finite scores are needed",
        "my_scores_for_test:words": "are not numbers",
        "my_scores_for_test:some": "no score for id b",
        "my_scores_for_test:huge": "are not numbers",
        "my_scores_for_test:two": "missing a required argument: 'seed'; a function that takes",
        "my_scores_for_test:nothing": "5 finite scores are needed, one per id; a function that takes",
        "os:getcwd": r"--method os:getcwd: too many positional arguments; "
        r"a function that takes {id: \[accuracy, \.\.\.\]} "
        "and returns a finite score per id is needed",
        "math:sqrt": "--method math:sqrt: must be real number, not dict; a function that takes",
        "builtins:range": "--method builtins:range: .*; a function that takes",
        "json:dumps": "are not numbers: .{80}; a function that takes",
        ".x:f": "package.module:function is needed",
        "builtins:len": "5 finite scores are needed",
        "my_scores_for_test:lost": "has no function 'lost'; did you mean 'last'",
        "no_such_module_here:f": "no module 'no_such_module_here' here",
        "sdt": "did you mean 'std'",
    }.items():
        with pytest.raises(UserError, match=message):
            selection.score(SMALL, name)


def test_a_function_of_another_form_is_refused_before_it_is_called() -> None:
    with pytest.raises(UserError, match="--method os:getcwd: too many positional arguments"):
        selection.check_method("os:getcwd", of_probe=True)


def test_what_a_function_of_the_user_raises_has_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_faults_for_test.py").write_text("def f(history): return sum(history)\ndef g(history): return f()\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in "fg":
        with pytest.raises(RunError, match=r"my_faults_for_test.py:\d: TypeError: .*(unsupported|missing 1)"):
            selection.score(SMALL, f"my_faults_for_test:{name}")


def ledger(run: Path, *groups: tuple[int, int, str, int]) -> Path:
    """Groups of 8 as (step, group, example, correct)."""
    (run / "ledger").mkdir(parents=True, exist_ok=True)
    records = [{"step": s, "group": g, "example": e, "copy": 0, "n": 8, "correct": c} for s, g, e, c in groups]
    text = "".join(json.dumps(record) + "\n" for record in records)
    (run / "ledger" / "ledger.jsonl").write_text(text, encoding="utf-8")
    return run


def test_history_of_a_ledger_is_exact_and_ordered_by_first_appearance(tmp_path: Path) -> None:
    run = ledger(tmp_path, (1, 0, "7", 4), (1, 1, "3", 8), (1, 2, "7", 5), (2, 0, "9", 0), (2, 1, "3", 1))
    history = history_from_ledger(run)
    assert history.ids == ("7", "3", "9")
    assert history.accuracies == ((9 / 16,), (1.0, 0.125), (0.0,))
    (run / "config.yaml").write_text("compat: {floor_history: true}\n")
    assert history_from_ledger(run).accuracies == ((0.5,), (1.0, 0.125), (0.0,))  # as officially recorded
    for damage in ("compat: [1", "- 1", "compat: 3"):
        (run / "config.yaml").write_text(damage)
        with pytest.raises(UserError, match=r"config\.yaml: not "):
            history_from_ledger(run / "ledger" / "ledger.jsonl")


def test_an_exported_history_is_read_back_in_the_official_format(tmp_path: Path) -> None:
    run = ledger(tmp_path / "run", (1, 0, "7", 4), (1, 1, "3", 8), (2, 0, "7", 5))
    exported = export_history(run, tmp_path / "history.json")
    assert json.loads((tmp_path / "history.json").read_text()) == {"7": [0.5, 0.625], "3": [1.0]}
    read = load_history(str(tmp_path / "history.json"))
    assert (read.ids, read.accuracies) == (exported.ids, exported.accuracies)
    assert not read.from_run


def test_faults_of_histories(tmp_path: Path) -> None:
    cases = {
        "[1]": "a JSON object of id",
        "{}": "holds no examples",
        '{"1": [0.5], "1": [0.5]}': "id 1 occurs twice",
        '{"1": []}': "id 1: a list of at least one accuracy",
        '{"1": 0.5}': "id 1: a list of at least one accuracy",
        '{"1": ["x"]}': "id 1: 'x' is not an accuracy",
        '{"1": [1.5]}': "id 1: 1.5 is not an accuracy",
        '{"1": [NaN]}': "id 1: nan is not an accuracy",
        '{"1": [true]}': "id 1: True is not an accuracy",
        '{"1": [0.5]': "not JSON",
        "[" * 100_000: "cannot be read: JSON that is nested too deep",
        '{"1": [' + "9" * 5000 + "]}": "cannot be read: a whole number of thousands of digits",
    }
    path = tmp_path / "h.json"
    for text, message in cases.items():
        path.write_text(text)
        with pytest.raises(UserError, match=message):
            load_history(str(path))
    with pytest.raises(UserError, match=r"no accuracy history: a run folder with ledger/ledger\.jsonl"):
        load_history(str(tmp_path))
    with pytest.raises(UserError, match="step 1 group 0 occurs twice"):
        load_history(str(ledger(tmp_path / "a", (1, 0, "7", 4), (1, 0, "7", 4))))
    with pytest.raises(UserError, match="correct at most n"):
        load_history(str(ledger(tmp_path / "b", (1, 0, "7", 9))))
