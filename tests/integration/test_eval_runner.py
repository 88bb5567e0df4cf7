"""The evaluation loop around a scripted sampler: storing, going on, seeds, grading, numbers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_sampler import FakeSampler, FakeTokenizer

from oneshot_rlvr.data.registry import locate, sources
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation.benchmarks import load_benchmarks
from oneshot_rlvr.evaluation.protocols import load_protocol
from oneshot_rlvr.evaluation.records import EvalJob, EvalPlan, EvalResult, sample_seed
from oneshot_rlvr.evaluation.runner import Progress, evaluate, evaluate_all
from oneshot_rlvr.evaluation.store import read_result
from oneshot_rlvr.isolation.pool import GraderPool
from oneshot_rlvr.types import Problem, Sampling

GREEDY = Sampling(temperature=0.0, max_new_tokens=400, stop_ids=(7,))
WARM = Sampling(temperature=0.6, max_new_tokens=400, stop_ids=(7,))


def plan(**changes: object) -> EvalPlan:
    return replace(EvalPlan("toy", "plain", GREEDY, 1, ("deepscaler", "exact"), 0), **changes)


def problem(id: str, answer: str = "4", **changes: str) -> Problem:
    return Problem(id=id, prompt=f"q{id}?", answer=answer, **changes)


@pytest.fixture(scope="module")
def pool() -> Iterator[GraderPool]:
    with GraderPool(workers=1) as pool:
        yield pool


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_result_of_hand_made_samples(tmp_path: Path, pool: GraderPool) -> None:
    answers = {
        "q1?": "thus \\boxed{4}",  # right
        "q2?": "I recheck: \\boxed{5}",  # wrong
        "q3?": "so the answer is 4.",  # right, but not boxed
        "q4?": "x+1=2, " * 100,  # cut off at 400 characters, repeating
    }
    problems = [problem(str(i), category="add" if i < 3 else "sub", level=str(i % 2)) for i in range(1, 5)]
    sampler = FakeSampler(lambda prompt, seed: answers[prompt.strip()])
    result = evaluate(sampler, problems, plan(), FakeTokenizer(), pool, tmp_path)
    assert result.accuracy == 0.25
    assert result.interval == (pytest.approx(0.0456, abs=1e-3), pytest.approx(0.6994, abs=1e-3))  # Wilson 1 of 4
    assert (result.boxed_share, result.truncated_share, result.repetition_share) == (0.5, 0.25, 0.25)
    assert (result.accuracy_strict, result.accuracy_lenient, result.accuracy_given_boxed) == (0.25, 0.5, 0.5)
    assert result.reflection_words == {"rethink": 0.0, "recheck": 0.25, "recalculate": 0.0}
    assert result.categories == {"add": 0.5, "sub": 0.0}
    assert result.levels == {"0": 0.0, "1": 0.5}
    assert result.per_problem == {"1": (1, 1), "2": (0, 1), "3": (0, 1), "4": (0, 1)}
    assert result.length_max == 400
    assert result.graders.keys() == {"deepscaler", "exact"}
    assert result.metrics()["eval/toy/accuracy"] == 0.25
    assert result.metrics()["eval/toy/accuracy/add"] == 0.5
    stored = lines(tmp_path / "toy" / "samples.jsonl")
    assert [line["id"] for line in stored] == ["1", "2", "3", "4"], "in problem order, whatever finished first"
    assert stored[0]["grades"]["deepscaler"] == {"correct": True, "extracted": "4", "reason": "correct"}
    assert stored[3]["finish_reason"] == "length"
    assert EvalResult.from_json((tmp_path / "toy" / "metrics.json").read_bytes()) == result


def test_avg_at_8_and_pass_at_8(tmp_path: Path, pool: GraderPool) -> None:
    # Problem i is solved in exactly i of its 8 samples: 0, 1, 4.
    right = {sample_seed(0, "toy", str(i), s) for i in (0, 1, 4) for s in range(i)}
    sampler = FakeSampler(lambda prompt, seed: "\\boxed{4}" if seed in right else "\\boxed{9}")
    problems = [problem("0"), problem("1"), problem("4")]
    result = evaluate(sampler, problems, plan(sampling=WARM, samples=8), FakeTokenizer(), pool, tmp_path)
    assert result.accuracy == pytest.approx(5 / 24)
    assert result.pass_at_k[8] == pytest.approx(2 / 3)
    assert result.pass_at_k[2] == pytest.approx((0 + 7 / 28 + (1 - 6 / 28)) / 3)
    assert set(result.pass_at_k) == {1, 2, 4, 8}
    assert result.per_problem == {"0": (0, 8), "1": (1, 8), "4": (4, 8)}


def test_seeds_depend_on_problem_and_sample_only(tmp_path: Path, pool: GraderPool) -> None:
    both, one = FakeSampler(lambda p, s: "4"), FakeSampler(lambda p, s: "4")
    warm = plan(sampling=WARM, samples=2)
    evaluate(both, [problem("a"), problem("b")], warm, FakeTokenizer(), pool, tmp_path / "both")
    evaluate(one, [problem("b")], warm, FakeTokenizer(), pool, tmp_path / "one")
    assert set(one.made) < set(both.made)
    assert len({seed for _, seed in both.made}) == 4
    assert sample_seed(0, "aime24", "60", 3) == 930326013351981956
    assert 0 <= sample_seed(0, "aime24", "60", 3) < 2**63


def test_one_stream_for_all_benchmarks_with_equal_sampling(tmp_path: Path, pool: GraderPool) -> None:
    sampler = FakeSampler(lambda p, s: "\\boxed{4}")
    jobs = [
        EvalJob((problem("1"), problem("2")), plan(name="math500")),
        EvalJob((problem("1"),), plan(name="aime24", sampling=WARM, samples=8)),
        EvalJob((problem("1"), problem("2"), problem("3")), plan(name="minerva_math")),
    ]
    results = evaluate_all(sampler, jobs, FakeTokenizer(), pool, tmp_path)
    assert [(len(requests), sampling) for requests, sampling in sampler.calls] == [(5, GREEDY), (8, WARM)]
    assert list(results) == ["math500", "aime24", "minerva_math"]
    assert all(result.accuracy == 1.0 for result in results.values())


@pytest.mark.parametrize("died_after", [0, 1, 7, 15])
def test_interrupt_and_go_on_generates_nothing_twice(tmp_path: Path, pool: GraderPool, died_after: int) -> None:
    problems = [problem(str(i)) for i in range(4)]
    warm = plan(sampling=WARM, samples=4)

    def respond(prompt: str, seed: int) -> str:
        return f"\\boxed{{{4 + seed % 2}}}"

    first, second, whole = FakeSampler(respond, die_after=died_after), FakeSampler(respond), FakeSampler(respond)
    with pytest.raises(KeyboardInterrupt):
        evaluate(first, problems, warm, FakeTokenizer(), pool, tmp_path / "a")
    result = evaluate(second, problems, warm, FakeTokenizer(), pool, tmp_path / "a")
    expected = evaluate(whole, problems, warm, FakeTokenizer(), pool, tmp_path / "b")
    assert len(first.made) == died_after
    assert not set(first.made) & set(second.made)
    assert sorted(first.made + second.made) == sorted(whole.made)
    assert result == expected
    assert (tmp_path / "a/toy/samples.jsonl").read_bytes() == (tmp_path / "b/toy/samples.jsonl").read_bytes()
    third = FakeSampler(respond)
    assert evaluate(third, problems, warm, FakeTokenizer(), pool, tmp_path / "a") == expected
    assert third.calls == []


def test_samples_are_stored_one_by_one(tmp_path: Path, pool: GraderPool) -> None:
    seen: list[int] = []
    path = tmp_path / "toy" / "samples.jsonl"

    def respond(prompt: str, seed: int) -> str:
        seen.append(len(path.read_text().splitlines()))
        return "\\boxed{4}"

    evaluate(FakeSampler(respond), [problem(str(i)) for i in range(5)], plan(), FakeTokenizer(), pool, tmp_path)
    assert seen == [0, 1, 2, 3, 4]


def test_sampler_that_reports_nothing_in_between(tmp_path: Path, pool: GraderPool) -> None:
    sampler = FakeSampler(lambda p, s: "\\boxed{4}", streams=False)
    result = evaluate(sampler, [problem("1"), problem("2")], plan(), FakeTokenizer(), pool, tmp_path)
    assert (result.accuracy, result.num_problems) == (1.0, 2)


def test_torn_last_line_is_made_again(tmp_path: Path, pool: GraderPool) -> None:
    problems = [problem("1"), problem("2"), problem("3")]
    evaluate(FakeSampler(lambda p, s: "\\boxed{4}"), problems, plan(), FakeTokenizer(), pool, tmp_path)
    path = tmp_path / "toy" / "samples.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    again = FakeSampler(lambda p, s: "\\boxed{4}")
    evaluate(again, problems, plan(), FakeTokenizer(), pool, tmp_path)
    assert [prompt.strip() for prompt, _ in again.made] == ["q3?"]
    assert path.read_bytes() == whole


def test_damage_in_the_middle_is_an_error_with_its_line(tmp_path: Path, pool: GraderPool) -> None:
    problems = [problem("1"), problem("2"), problem("3")]
    evaluate(FakeSampler(lambda p, s: "\\boxed{4}"), problems, plan(), FakeTokenizer(), pool, tmp_path)
    path = tmp_path / "toy" / "samples.jsonl"
    first, second, third = path.read_text().splitlines()
    path.write_text(f"{first}\n{second[:30]}\n{third}\n")
    with pytest.raises(UserError, match=r"samples\.jsonl:2"):
        evaluate(FakeSampler(lambda p, s: "4"), problems, plan(), FakeTokenizer(), pool, tmp_path)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"sampling": WARM}, "temperature=0.0 there, now 0.6"),
        ({"sampling": replace(GREEDY, max_new_tokens=100)}, "max_new_tokens=400 there, now 100"),
        ({"sampling": replace(GREEDY, stop_ids=(7, 8))}, r"stop_ids=\[7\] there, now \[7, 8\]"),
        ({"template": "qwen25-math-cot"}, "template='plain' there, now 'qwen25-math-cot'"),
        ({"model": "other"}, "model='base' there, now 'other'"),
    ],
)
def test_changed_plan_is_refused_by_its_key(tmp_path: Path, pool: GraderPool, changes: dict, key: str) -> None:
    before, sampler = plan(model="base"), FakeSampler(lambda p, s: "4")
    evaluate(sampler, [problem("1")], before, FakeTokenizer(), pool, tmp_path)
    with pytest.raises(UserError, match=key):
        evaluate(sampler, [problem("1")], replace(before, **changes), FakeTokenizer(), pool, tmp_path)


def test_greedy_samples_do_not_depend_on_the_seed(tmp_path: Path, pool: GraderPool) -> None:
    evaluate(FakeSampler(lambda p, s: "4"), [problem("1")], plan(), FakeTokenizer(), pool, tmp_path)
    again = FakeSampler(lambda p, s: "4")
    evaluate(again, [problem("1")], plan(seed=5), FakeTokenizer(), pool, tmp_path)
    assert again.calls == []


def test_changed_problem_text_is_refused(tmp_path: Path, pool: GraderPool) -> None:
    evaluate(FakeSampler(lambda p, s: "4"), [problem("1")], plan(), FakeTokenizer(), pool, tmp_path)
    with pytest.raises(UserError, match="stored prompt of problem 1"):
        other = replace(problem("1"), prompt="another question")
        evaluate(FakeSampler(lambda p, s: "4"), [other], plan(), FakeTokenizer(), pool, tmp_path)


def test_more_problems_and_samples_add_to_what_is_there(tmp_path: Path, pool: GraderPool) -> None:
    warm = plan(sampling=WARM, samples=2)
    evaluate(FakeSampler(lambda p, s: "\\boxed{4}"), [problem("1")], warm, FakeTokenizer(), pool, tmp_path)
    more = FakeSampler(lambda p, s: "\\boxed{4}")
    result = evaluate(more, [problem("1"), problem("2")], replace(warm, samples=3), FakeTokenizer(), pool, tmp_path)
    assert (len(more.made), result.num_problems, result.samples) == (4, 2, 3)
    fewer = FakeSampler(lambda p, s: "\\boxed{4}")
    result = evaluate(fewer, [problem("2")], warm, FakeTokenizer(), pool, tmp_path)
    assert (fewer.calls, result.per_problem) == ([], {"2": (2, 2)})
    assert len(lines(tmp_path / "toy" / "samples.jsonl")) == 6, "samples outside the smaller plan are kept"


def test_a_smaller_evaluation_leaves_the_larger_ones_metrics(tmp_path: Path, pool: GraderPool) -> None:
    sampler = FakeSampler(lambda prompt, seed: "\\boxed{4}" if prompt.startswith("q1") else "\\boxed{5}")
    problems = [problem("1"), problem("2")]
    whole = evaluate(sampler, problems, plan(), FakeTokenizer(), pool, tmp_path)
    part = evaluate(sampler, problems[:1], plan(), FakeTokenizer(), pool, tmp_path)
    assert (whole.accuracy, part.accuracy) == (0.5, 1.0)
    assert read_result(tmp_path / "toy") == whole
    strict = evaluate(sampler, problems[:1], plan(graders=("exact",)), FakeTokenizer(), pool, tmp_path)
    assert read_result(tmp_path / "toy") == strict, "another grader: no part of the other"
    more = evaluate(sampler, [*problems, problem("3")], plan(), FakeTokenizer(), pool, tmp_path)
    other = evaluate(sampler, [problem("1", "5"), problem("2")], plan(), FakeTokenizer(), pool, tmp_path)
    assert (more.accuracy, other.accuracy) == (1 / 3, 0.0)
    assert read_result(tmp_path / "toy") == other, "another truth: no part of the other"
    (tmp_path / "toy" / "metrics.json").write_text("")  # damaged: then there is nothing to keep
    assert evaluate(sampler, problems[:1], plan(), FakeTokenizer(), pool, tmp_path) == part
    assert read_result(tmp_path / "toy") == part


def test_another_grader_or_answer_grades_stored_samples_again(tmp_path: Path, pool: GraderPool) -> None:
    evaluate(FakeSampler(lambda p, s: "it is 4"), [problem("1")], plan(), FakeTokenizer(), pool, tmp_path)
    silent = FakeSampler(lambda p, s: "never asked")
    lenient = evaluate(silent, [problem("1")], plan(graders=("math_verify",)), FakeTokenizer(), pool, tmp_path)
    changed = evaluate(silent, [problem("1", "5")], plan(graders=("math_verify",)), FakeTokenizer(), pool, tmp_path)
    assert (lenient.accuracy, changed.accuracy, silent.calls) == (1.0, 0.0, [])


def test_repeated_problems_get_as_many_samples(tmp_path: Path, pool: GraderPool) -> None:
    sampler = FakeSampler(lambda p, s: "\\boxed{4}")
    result = evaluate(sampler, [problem("1")] * 8, plan(sampling=WARM), FakeTokenizer(), pool, tmp_path)
    assert (result.num_problems, result.samples, len({seed for _, seed in sampler.made})) == (1, 8, 8)


def test_long_prompts_leave_less_room(tmp_path: Path, pool: GraderPool) -> None:
    problems = [problem("1"), replace(problem("2"), prompt="x" * 500), replace(problem("3"), prompt="y" * 700)]
    sampler = FakeSampler(lambda p, s: "z" * 1000)
    result = evaluate(sampler, problems, plan(max_context=600), FakeTokenizer(), pool, tmp_path)
    assert sorted(sampling.max_new_tokens for _, sampling in sampler.calls) == [600 - 501, 400]
    assert [line["num_tokens"] for line in lines(tmp_path / "toy" / "samples.jsonl")] == [400, 99, 0]
    assert result.truncated_share == 1.0


def test_disagreements_are_logged(tmp_path: Path, pool: GraderPool) -> None:
    # Without a box `deepscaler` finds nothing and math_verify takes the number.
    both = plan(graders=("deepscaler", "math_verify"))
    sampler = FakeSampler(lambda p, s: "\\boxed{4}" if "q1" in p else "it is 4")
    result = evaluate(sampler, [problem("1"), problem("2")], both, FakeTokenizer(), pool, tmp_path)
    assert result.disagreements == {"math_verify": 1}
    assert result.graders == {"deepscaler": 0.5, "math_verify": 1.0}
    (line,) = lines(tmp_path / "toy" / "disagreements.jsonl")
    assert (line["id"], line["deepscaler"]["correct"], line["math_verify"]["correct"]) == ("2", False, True)


def test_hostile_text_survives_the_trip(tmp_path: Path, pool: GraderPool) -> None:
    text = "\x00 \ud800 \u202e \n\r\u2028 \\boxed{4}"
    result = evaluate(FakeSampler(lambda p, s: text), [problem("1")], plan(), FakeTokenizer(), pool, tmp_path)
    again = FakeSampler(lambda p, s: "")
    assert evaluate(again, [problem("1")], plan(), FakeTokenizer(), pool, tmp_path) == result
    assert (again.calls, lines(tmp_path / "toy" / "samples.jsonl")[0]["response"]) == ([], text)


def test_two_writers_are_refused(tmp_path: Path, pool: GraderPool) -> None:
    def respond(prompt: str, seed: int) -> str:
        with pytest.raises(UserError, match="another evaluation is writing"):
            evaluate(FakeSampler(lambda p, s: "4"), [problem("1")], plan(), FakeTokenizer(), pool, tmp_path)
        return "\\boxed{4}"

    assert evaluate(FakeSampler(respond), [problem("1")], plan(), FakeTokenizer(), pool, tmp_path).accuracy == 1.0


def test_progress_counts(tmp_path: Path, pool: GraderPool) -> None:
    reports: list[Progress] = []
    sampler = FakeSampler(lambda p, s: "\\boxed{4}" if "q1" in p else "\\boxed{0}")
    evaluate(sampler, [problem("1"), problem("2")], plan(), FakeTokenizer(), pool, tmp_path, reports.append)
    assert (reports[0].done, reports[0].accuracy) == (0, None)
    assert (reports[-1].done, reports[-1].total, reports[-1].graded, reports[-1].accuracy) == (2, 2, 2, 0.5)
    assert reports[-1].tokens == 2 * (len("\\boxed{4}") + 1)
    evaluate(sampler, [problem("1"), problem("2")], plan(), FakeTokenizer(), pool, tmp_path, reports.append)
    assert (reports[-1].reused, reports[-1].tokens) == (2, 0)


def test_no_problems_is_a_user_error(tmp_path: Path, pool: GraderPool) -> None:
    with pytest.raises(UserError, match="toy: no problems"):
        evaluate(FakeSampler(lambda p, s: "4"), [], plan(), FakeTokenizer(), pool, tmp_path)


def test_ceilings_of_the_six_sets_under_the_paper_protocol(tmp_path: Path, pool: GraderPool) -> None:
    """A model that boxes the ground truth: 2,247 samples, right but for two items that no answer passes."""
    if any(locate(sources()[name]) is None for name in load_protocol("paper").benchmarks):
        pytest.skip("the benchmark files are not here: RLVR_DATA_DIR, or rlvr data fetch")
    protocol = load_protocol("paper")
    sets = load_benchmarks(protocol.benchmarks)
    truths = {problem.prompt: problem.answer for benchmark in sets for problem in benchmark.problems}
    rules = {benchmark.name: protocol.rule(benchmark.name) for benchmark in sets}
    jobs = [
        EvalJob(benchmark.problems, EvalPlan(
            benchmark.name, "plain", Sampling(rules[benchmark.name].temperature, 4000, (7,)),
            rules[benchmark.name].samples, protocol.graders, 0,
        ))
        for benchmark in sets
    ]  # fmt: skip
    sampler = FakeSampler(lambda prompt, seed: f"\\boxed{{{truths[prompt.removesuffix(chr(10))]}}}")
    results = evaluate_all(sampler, jobs, FakeTokenizer(), pool, tmp_path)
    assert [len(requests) for requests, _ in sampler.calls] == [500 + 272 + 675, 8 * (30 + 30 + 40)]
    right = {name: sum(c for c, _ in result.per_problem.values()) for name, result in results.items()}
    assert right == {
        "math500": 499, "aime24": 240, "aime25": 240, "amc23": 320, "minerva_math": 271, "olympiadbench": 675,
    }  # fmt: skip
    assert [id for id, (c, _) in results["minerva_math"].per_problem.items() if c == 0] == ["139"]
    assert {result.graders["exact"] for result in results.values()} == {1.0}
    assert results["math500"].disagreements == {"exact": 1}


def test_programs_of_a_model_are_evaluated_like_any_answer(tmp_path: Path, pool: GraderPool) -> None:
    """Two problems, four samples each: 3 of 4 programs right, 1 of 4 values right; pass@k and files as ever."""
    file = tmp_path / "mine.jsonl"
    tested = {"task_id": "t", "entry_point": "add", "prompt": "def add(a, b):\n", "test": "assert add(1, 2) == 3\n"}
    asked = {"id": "p", "code": "def f(x):\n    return [x]", "input": "1", "output": "[1]", "predict": "output"}
    file.write_text(json.dumps(tested) + "\n" + json.dumps(asked) + "\n")
    (benchmark,) = load_benchmarks([str(file)])
    assert benchmark.about_programs
    said = {"add": ["    return a + b", "    return b + a", "    return a - b", "    return 3"],
            "f": ["```\n[1]\n```", "```\n(1,)\n```", "```\n[1", "[1]"]}  # fmt: skip

    def respond(prompt: str, seed: int) -> str:
        place = [sample_seed(0, "mine", id, n) for id in ("t", "p") for n in range(4)].index(seed)
        return [*said["add"], *said["f"]][place]

    made = EvalPlan("mine", "plain", WARM, 4, ("program",), 0)
    result = evaluate(FakeSampler(respond), benchmark.problems, made, FakeTokenizer(), pool, tmp_path / "out")
    assert result.per_problem == {"t": (3, 4), "p": (1, 4)}
    assert (result.accuracy, result.graders) == (0.5, {"program": 0.5})
    assert result.pass_at_k == {1: 0.5, 2: pytest.approx((1 + 0.5) / 2), 4: 1.0}
    assert result.interval[0] < 0.5 < result.interval[1]
    reasons = [line["grades"]["program"]["reason"] for line in lines(tmp_path / "out" / "mine" / "samples.jsonl")]
    assert reasons == ["correct", "correct", "wrong", "correct", "correct", "wrong", "unread", "unparsed"]
    assert evaluate(FakeSampler(respond), benchmark.problems, made, FakeTokenizer(), pool, tmp_path / "out") == result
