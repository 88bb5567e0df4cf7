"""Uses of the untouched model beside trained arms, by what they cost; numbers by hand."""

from dataclasses import replace
from pathlib import Path

import pytest
from fake_run import BENCHMARK, Story, write_run
from stored import sample

from oneshot_rlvr.evaluation.metrics import summarize
from oneshot_rlvr.evaluation.records import EvalPlan
from oneshot_rlvr.evaluation.store import sample_line
from oneshot_rlvr.evaluation.tables import markdown
from oneshot_rlvr.report import compare
from oneshot_rlvr.report.budget import budget_table, changed, strongest, trained_use, untrained_uses, voting_table
from oneshot_rlvr.report.run_files import EvalPoint, Metrics, Run, Series, read_run
from oneshot_rlvr.types import Grade, Sampling


def point(folder: Path, step: int, name: str, answers: dict[str, str], tokens: int, variant: str = "") -> EvalPoint:
    """An evaluation: of each problem the answers of its samples, a letter each; "r" is right, "-" none."""
    samples = [
        sample(problem, index, answer="r", tokens=tokens,
               grades={"exact": Grade(letter == "r", None if letter == "-" else letter, "")})
        for problem, letters in answers.items()
        for index, letter in enumerate(letters)
    ]  # fmt: skip
    count = len(next(iter(answers.values())))
    plan = EvalPlan(name, "own", Sampling(0.6 if count > 1 else 0.0, 64, ()), count, ("exact",), 0)
    folder.mkdir(parents=True)
    (folder / "samples.jsonl").write_text("".join(map(sample_line, samples)))
    return EvalPoint(step, name, summarize(plan, samples), folder, variant)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    made = read_run(write_run(tmp_path / "run", Story(steps=10)))
    evaluations = (
        point(tmp_path / "a", 0, BENCHMARK, {"p": "r", "q": "x", "s": "x", "t": "x"}, 20),
        point(tmp_path / "b", 0, BENCHMARK + compare.TWIN, {"p": "rrrr", "q": "rrx-", "s": "rxyx", "t": "xyzw"}, 25),
        point(tmp_path / "c", 10, BENCHMARK, {"p": "x", "q": "r", "s": "r", "t": "x"}, 100),
    )
    other = point(tmp_path / "d", 0, BENCHMARK, {"p": "r", "q": "r", "s": "x", "t": "x"}, 101, "template plain")
    spent = {name: Series(name, (1, 5, 10), (100.0, 200.0, 300.0)) for name in ("tokens/sampled", "tokens/response")}
    metrics = Metrics(made.metrics.by_name | spent)
    return replace(made, evaluations=evaluations, base_variants=(other,), metrics=metrics)


def test_uses_and_their_costs(run: Run) -> None:
    arms = compare.make_arms([run])
    uses = untrained_uses(compare.peers(arms)[0], BENCHMARK)
    found = {use.label: (round(use.accuracy, 6), use.answering) for use in uses}
    # p is right for sure; q: 2 right of 3 votes; s: x wins; t: no right one
    assert found == {"base": (0.25, 20), "base, template plain": (0.5, 101), "base, vote of 4 at T=0.6": (0.5, 100)}
    trained = trained_use(arms[0], BENCHMARK)
    assert trained is not None and (trained.accuracy, trained.answering, trained.training) == (0.5, 100, 600)
    assert strongest(uses, trained).label == "base, vote of 4 at T=0.6"  # the template costs one token more
    assert strongest(uses, replace(trained, answering=101.0)).label == "base, template plain"
    assert strongest(uses, replace(trained, answering=3.0)).label == "base"
    assert changed(uses[0], trained) == (2, 1)


def test_the_table(run: Run) -> None:
    arms = compare.make_arms([run])
    table = budget_table(arms, BENCHMARK)
    assert table is not None and [row[0] for row in table.rows] == [
        "base", "base, template plain", "base, vote of 4 at T=0.6", "one-shot"
    ]  # fmt: skip
    text = markdown(table).splitlines()[-1]
    assert text.startswith("| one-shot | 600 | 100 | 50.0 [") and "| 2 / 1 | base, vote of 4 at T=0.6 | +0.0 [" in text
    no_base = replace(run, evaluations=run.evaluations[2:], base_variants=())
    assert budget_table(compare.make_arms([no_base]), BENCHMARK) is None


def test_votes_of_the_twin(run: Run) -> None:
    arms = compare.make_arms([run])
    assert voting_table(arms, BENCHMARK) is None  # one response each
    table = voting_table(arms, BENCHMARK + compare.TWIN)
    assert table is not None and len(table.rows) == 1
    # right of 16: 4 + 2 + 1; shares 1, .5, .25, 0; frequencies 1, .5, .5, .25 of votes right 1, 1, 0, 0
    assert table.rows[0] == ("base", "43.8", "47.9", "50.0", "75.0", "50.0", "25.0", "25.0", "6.2")
