"""Choice of a checkpoint, tests against the base and the files of the summary, on hand-made verdicts."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from stored import sample

from oneshot_rlvr.evaluation.checkpoints import ModelSource
from oneshot_rlvr.evaluation.grading import lenient_name
from oneshot_rlvr.evaluation.metrics import summarize
from oneshot_rlvr.evaluation.protocols import Protocol
from oneshot_rlvr.evaluation.records import EvalPlan, EvalResult
from oneshot_rlvr.evaluation.summary import split_half, summarize_sweep, to_csv, to_json
from oneshot_rlvr.evaluation.summary_files import to_markdown, write_summary
from oneshot_rlvr.evaluation.sweep import SweepRow
from oneshot_rlvr.types import Grade, Sampling

RIGHT, WRONG = Grade(True, "4", "correct"), Grade(False, "5", "wrong")


def result(name: str, right: set[int], total: int = 10, samples: int = 1, **changes: object) -> EvalResult:
    """A benchmark on which the problems in `right` are solved in every sample."""
    made = [
        sample(str(i), s, "\\boxed{4}", prompt="q", tokens=5, answer="4",
               grades={"qwen": RIGHT if i in right else WRONG, "exact": RIGHT if i in right else WRONG})
        for i in range(total) for s in range(samples)
    ]  # fmt: skip
    plan = EvalPlan(name, "own", Sampling(0.6 if samples > 1 else 0.0, 9, (1,)), samples, ("qwen", "exact"), 0)
    return replace(summarize(plan, made), **changes)


def row(kind: str, step: int | None, *results: EvalResult, template: str = "own") -> SweepRow:
    label = kind if step is None else f"step {step}"
    model = ModelSource(label, label, Path(label), step, kind)
    return SweepRow(model, template, Path(label), {r.name: r for r in results}, 0.1, 1.0)


def protocol(**changes: object) -> Protocol:
    return replace(Protocol("paper", template=("own",), benchmarks=("a", "b")), **changes)


def test_average_and_tests_against_the_base() -> None:
    rows = [
        row("base", None, result("a", {0}), result("b", set(), 4, 8)),
        row("checkpoint", 20, result("a", {1, 2, 3, 4, 5, 6}), result("b", {0, 1}, 4, 8)),
    ]
    summary = summarize_sweep(rows, protocol(), "transformers/float32", "cpu")
    base, trained = summary.rows
    assert (base.average, trained.average) == (pytest.approx(0.05), pytest.approx(0.55))
    assert base.against_base == {}
    assert trained.against_base["a"].method == "mcnemar"
    assert trained.against_base["a"].p_value == pytest.approx(0.125)
    assert trained.against_base["b"].method == "paired bootstrap"
    assert trained.against_base["b"].difference == pytest.approx(0.5)
    assert trained.against_base["average"].difference == pytest.approx(0.5)
    assert summary.choices == (), "nothing to choose from"


def test_split_half_is_fixed_and_even() -> None:
    verdicts = {str(i): (1, 1) for i in range(30)}
    validation, test = split_half("a", verdicts)
    assert (len(validation), len(test)) == (15, 15)
    assert not validation.keys() & test.keys()
    assert split_half("a", dict(reversed(verdicts.items())))[0].keys() == validation.keys()
    assert split_half("b", verdicts)[0].keys() != validation.keys()


def test_choice_by_step_by_split_and_on_test() -> None:
    ids = {str(i): (0, 1) for i in range(10)}
    validation, test = ({int(i) for i in half} for half in split_half("a", ids))
    rows = [
        row("base", None, result("a", set(range(10)))),  # never chosen
        row("checkpoint", 20, result("a", test)),  # best on the other half, and on all with one more
        row("checkpoint", 40, result("a", set(sorted(validation)[:4]))),
        row("checkpoint", 60, result("a", {sorted(validation)[0]})),
    ]
    choices = summarize_sweep(rows, protocol(), "e", "cpu").choices
    assert [(c.rule, c.label, c.score) for c in choices] == [
        ("last step", "step 60", 0.1),
        ("validation split", "step 40", 0.0),  # 4 of 5 where it was chosen, none where it is scored
        ("best on test", "step 20", 0.5),
    ]
    assert "too high" in choices[2].note


def test_single_problem_sets_have_a_choice() -> None:
    rows = [row("checkpoint", s, result("a", {0}, 1)) for s in (20, 40)]
    assert [c.score for c in summarize_sweep(rows, protocol(), "e", "cpu").choices] == [1.0, 1.0, 1.0]


def test_templates_are_compared_with_the_base_under_the_same_template() -> None:
    rows = [
        row("base", None, result("a", {0})),
        row("base", None, result("a", {0, 1, 2}), template="plain"),
        row("checkpoint", 20, result("a", {0, 1}), template="own"),
        row("checkpoint", 20, result("a", {0, 1}), template="plain"),
    ]
    summary = summarize_sweep(rows, protocol(template=("own", "plain"), benchmarks=("a",)), "e", "cpu")
    assert [r.against_base["a"].difference for r in summary.rows[2:]] == [pytest.approx(0.1), pytest.approx(-0.1)]
    text = to_markdown(summary)
    assert "## Templates" in text and "| step 20 | 20.0 [5.7, 51.0] | 20.0 [5.7, 51.0] |" in text


def test_files(tmp_path: Path) -> None:
    rows = [
        row("base", None, result("a", {0}), result("b", {0}, 4, 8)),
        row("checkpoint", 20, result("a", {0, 1}, truncated_share=0.5), result("b", {0}, 4, 8, ungraded={"qwen": 3})),
    ]
    summary = summarize_sweep(rows, protocol(published={"a": 36.0, "average": 17.6}), "e", "cpu")
    paths = write_summary(summary, tmp_path / "eval")
    assert [path.name for path in paths] == ["summary.json", "summary.csv", "summary.md"]
    data = json.loads(paths[0].read_text())
    assert data == json.loads(json.dumps(to_json(summary)))
    assert data["rows"][1]["results"]["a"]["accuracy"] == 0.2
    assert "per_problem" not in data["rows"][1]["results"]["a"]
    table = list(csv.DictReader(io.StringIO(to_csv(summary))))
    assert [(line["model"], line["benchmark"], line["accuracy"]) for line in table] == [
        ("base", "a", "0.1"), ("base", "b", "0.25"), ("base", "average", "0.175"),
        ("step 20", "a", "0.2"), ("step 20", "b", "0.25"), ("step 20", "average", "0.225"),
    ]  # fmt: skip
    assert (table[4]["pass_at_n"], table[4]["samples"], table[3]["exact"]) == ("0.25", "8", "0.2")
    text = paths[2].read_text()
    assert "| base | 10.0 [1.8, 40.4] | 25.0 [0.0, 75.0] | 17.5 [" in text
    assert "| published | 36.0 |  | 17.6 |" in text
    assert "a: of responses cut off at the token limit: step 20 50%" in text
    assert "b: verdicts missing (timeouts, errors), counted as not correct: step 20 3" in text


def test_lenient_counts_unboxed_answers_and_strict_does_not() -> None:
    unparsed = Grade(False, None, "unparsed")
    samples = [
        sample("1", 0, "\\boxed{4}", grades={"exact": RIGHT}),
        sample("2", 0, "so 4", grades={"exact": unparsed, lenient_name("exact"): RIGHT}),
        sample("3", 0, "so 5", grades={"exact": unparsed, lenient_name("exact"): WRONG}),
        sample("4", 0, "hm", grades={"exact": Grade(None, None, "timeout")}),
    ]
    made = summarize(EvalPlan("a", "own", Sampling(0.0, 9, (1,)), 1, ("exact",), 0), samples)
    assert (made.accuracy, made.accuracy_strict, made.accuracy_lenient) == (0.25, 0.25, 0.5)
    assert (made.boxed_share, made.parsed_share, made.accuracy_given_boxed) == (0.25, 0.25, 1.0)
    assert made.ungraded == {"exact": 1}
    none_boxed = summarize(EvalPlan("a", "own", Sampling(0.0, 9, (1,)), 1, ("exact",), 0), samples[1:])
    assert none_boxed.accuracy_given_boxed is None


def test_boxes_are_absent_where_the_grader_looks_for_none() -> None:
    graded = sample("1", 0, ">>4", answer="4", grades={"world": RIGHT, "exact": WRONG})
    made = summarize(EvalPlan("a", "own", Sampling(0.0, 9, (1,)), 1, ("world", "exact"), 0), [graded])
    assert (made.boxed_share, made.accuracy_strict, made.accuracy_given_boxed) == (None, None, None)
    assert set(made.metrics()) == {"eval/a/accuracy", "eval/a/truncated_share", "eval/a/length_mean"}
    summary = summarize_sweep([row("base", None, replace(result("a", {0}), boxed_share=None, accuracy_strict=None))],
                              protocol(), "e", "cpu")  # fmt: skip
    (line, *_) = csv.DictReader(io.StringIO(to_csv(summary)))
    assert (line["boxed"], line["strict"]) == ("", "")
    text = to_markdown(summary)
    assert "| base | a | - | 100.0 |" in text and "without a box is wrong" not in text


def test_a_grader_that_needs_a_box_beside_one_that_does_not() -> None:
    rows = [row("base", None, result("a", {0}, boxed_share=0.075), result("b", {0}, 4, 8, boxed_share=1.0))]
    text = to_markdown(summarize_sweep(rows, protocol(), "e", "cpu"))
    assert "To exact a response without a box is wrong" in text and "as few as 7.5 % of the responses have one" in text
    boxed = [row("base", None, result("a", {0}, boxed_share=1.0), result("b", {0}, 4, 8, boxed_share=1.0))]
    assert "without a box is wrong" not in to_markdown(summarize_sweep(boxed, protocol(), "e", "cpu"))
