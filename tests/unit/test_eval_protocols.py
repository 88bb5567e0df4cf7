"""Protocol files: the paper's numbers, inheritance, and faults named by file and key."""

from collections import Counter
from pathlib import Path

import pytest

from oneshot_rlvr.data.prompts import parse_template
from oneshot_rlvr.data.registry import locate, sources
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation.protocols import SetRule, load_protocol, names, shipped
from oneshot_rlvr.grading.graders import GRADERS

SIX = ("math500", "aime24", "aime25", "amc23", "minerva_math", "olympiadbench")


def test_paper() -> None:
    paper = load_protocol("paper")
    assert paper.benchmarks == SIX
    assert (paper.template, paper.max_new_tokens, paper.top_p, paper.seed) == (("qwen25-math-cot",), 3072, 1.0, 0)
    assert paper.graders[0] == "qwen"
    greedy, eight = SetRule(0.0, 1), SetRule(0.6, 8)
    assert [paper.rule(name) for name in SIX] == [greedy, eight, eight, eight, greedy, greedy]
    assert paper.rule("some_file") == greedy
    # 500 + 272 + 675 single samples and (30 + 30 + 40) * 8: the 2,247 generations of one checkpoint.
    sizes = {"math500": 500, "aime24": 30, "aime25": 30, "amc23": 40, "minerva_math": 272, "olympiadbench": 675}
    assert sum(sizes[name] * paper.rule(name).samples for name in SIX) == 2247


def test_distill() -> None:
    short, long = load_protocol("distill_8k"), load_protocol("distill_32k")
    assert (short.max_new_tokens, long.max_new_tokens) == (8192, 32768)
    for protocol in (short, long):
        assert protocol.top_p == 0.95
        assert [protocol.rule(name).samples for name in SIX] == [16, 64, 64, 64, 16, 16]
        assert {protocol.rule(name).temperature for name in SIX} == {0.6}


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_protocol_is_complete(name: str) -> None:
    protocol = load_protocol(name)
    assert protocol.description and protocol.benchmarks
    assert set(protocol.benchmarks) <= set(sources())
    assert set(protocol.graders) <= set(GRADERS) and "exact" in protocol.graders
    for template in protocol.template:
        assert parse_template(template)
    if "average" in protocol.published:
        values = [protocol.published[benchmark] for benchmark in protocol.benchmarks]
        assert sum(values) / len(values) == pytest.approx(protocol.published["average"], abs=0.06)


def test_own_file_inherits_and_changes(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("like: paper\nbenchmarks: math500, aime24\nsets:\n  aime24: {samples: 32}\n")
    mine = load_protocol(str(path))
    assert (mine.name, mine.benchmarks) == ("mine", ("math500", "aime24"))
    assert mine.rule("aime24") == SetRule(0.6, 32)
    assert mine.rule("amc23") == SetRule(0.6, 8)
    assert mine.with_rule(1.0, None).rule("aime24") == SetRule(1.0, 32)
    assert mine.with_rule(None, 2).rule("math500") == SetRule(0.0, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("templates: own\n", "unknown key 'templates'; did you mean 'template'"),
        ("max_new_tokens: many\n", "max_new_tokens: 'many': a whole number of at least 1 needed"),
        ("sets: {aime24: {n: 8}}\n", "sets.aime24: n not known; valid: temperature, samples"),
        ("like: papr\n", "did you mean 'paper'"),
        ("max_new_tokens: -2\n", "max_new_tokens: -2: a whole number of at least 1 needed"),
        ("top_p: 0\n", "top_p: 0: a number above 0"),
        ("seed: true\n", "seed: True: a whole number needed"),
        ("benchmarks: 5\n", "benchmarks: 5: names needed"),
        ("template: 7\n", "template: 7: names needed"),
        ("graders: [1]\n", r"graders: \[1\]: names needed"),
        ("default: {temperature: hot}\n", "default.temperature: 'hot': a number between 0"),
        ("default: {samples: 2.5}\n", "default.samples: 2.5: a whole number"),
        ("default: {samples: true}\n", "default.samples: True: a whole number"),
        ("like: paper\nsets: {aime24: {samples: -1}}\n", "sets.aime24.samples: -1: a whole number"),
        ("like: paper\nsets: {aime42: {samples: 2}}\n", "sets.aime42: no such benchmark here; did you mean 'aime2"),
        ("published: {math500: x}\n", "published: {'math500': 'x'}: benchmarks with percent needed"),
        ("like: bad\n", "like: bad comes back to this file itself"),
        ("- a\n", "keys and values are needed"),
        ("a: [\n", "cannot be read as YAML"),
    ],
)
def test_faults(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        load_protocol(str(path))


def test_a_comma_in_a_path_parts_no_name(tmp_path: Path) -> None:
    folder = tmp_path / "lr=0.1,seed0"
    folder.mkdir()
    (folder / "x.jsonl").write_text("")
    assert names(f"own,own+{folder}/x.jsonl, plain") == ("own", f"own+{folder}/x.jsonl", "plain")
    assert names(f"math500,{folder}/x.jsonl") == ("math500", f"{folder}/x.jsonl")
    assert names(f"{folder}/none.jsonl") == tuple(f"{folder}/none.jsonl".split(","))
    assert names("a, b,,a") == ("a", "b")


def test_two_files_that_are_like_each_other(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text(f"like: {other}\n")
    other.write_text(f"like: {one}\n")
    with pytest.raises(UserError, match="comes back to this file itself"):
        load_protocol(str(one))


def test_the_six_sets() -> None:
    """Sizes, answers and parts of the published files; needs them on this machine."""
    from oneshot_rlvr.evaluation.benchmarks import load_benchmarks

    if any(locate(sources()[name]) is None for name in SIX):
        pytest.skip("the benchmark files are not here: RLVR_DATA_DIR, or rlvr data fetch")
    sets = {benchmark.name: benchmark.problems for benchmark in load_benchmarks(SIX)}
    assert {name: len(problems) for name, problems in sets.items()} == {
        "math500": 500, "aime24": 30, "aime25": 30, "amc23": 40, "minerva_math": 272, "olympiadbench": 675,
    }  # fmt: skip
    assert {name: len({p.id for p in problems}) for name, problems in sets.items()}["olympiadbench"] == 675
    levels = Counter(p.level for p in sets["math500"])
    assert (sorted(levels), levels["5"]) == (["1", "2", "3", "4", "5"], 134)
    assert Counter(p.category for p in sets["math500"])["Algebra"] == 124
    assert [p.answer for p in sets["amc23"][:2]] == ["27", "36"]
    assert sets["math500"][97].answer == "\\text{east}" and sets["math500"][383].answer == "x \\in [-2,7]"
    limited = load_benchmarks(("aime25",), limit=7)[0]
    assert [p.id for p in limited.problems] == [str(i) for i in range(7)]


def test_names() -> None:
    assert names(" a, b,a ,") == ("a", "b")
    assert names(["a", "b"]) == ("a", "b")


def test_one_sample_is_taken_where_all_would_be_equal() -> None:
    protocol, said = load_protocol("paper").with_rule(None, 8).without_equal_samples(["math500", "aime24"])
    assert (protocol.rule("math500").samples, protocol.rule("aime24").samples) == (1, 8)
    assert said == ["math500: at temperature 0 all samples of a problem are equal; one is taken (--temperature)"]
    assert load_protocol("paper").without_equal_samples(["math500"])[1] == []
