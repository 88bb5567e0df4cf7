"""Problem files of every kind, their faults, and the way from a name to a file."""

import json
import os
from pathlib import Path

import pytest

from oneshot_rlvr.data.datasets import as_samples, last_boxed, load_problems, repeats_note, write_jsonl, write_parquet
from oneshot_rlvr.data.registry import find_file, sources
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.types import Problem

OFFICIAL = os.environ.get("RLVR_DATA_DIR")
needs_official = pytest.mark.skipif(not OFFICIAL, reason="RLVR_DATA_DIR with the published files is not set")
PI_1_PROMPT = (
    r"The pressure \( P \) exerted by wind on a sail varies jointly as the area \( A \) of the sail and the cube of "
    r"the wind's velocity \( V \). When the velocity is \( 8 \) miles per hour, the pressure on a sail of \( 2 \) "
    r"square feet is \( 4 \) pounds. Find the wind velocity when the pressure on \( 4 \) square feet of sail is "
    r"\( 32 \) pounds. Let's think step by step and output the final answer within \boxed{}."
)
PI_13_PROMPT = (
    "Given that circle $C$ passes through points $P(0,-4)$, $Q(2,0)$, and $R(3,-1)$.  \n"
    "$(1)$ Find the equation of circle $C$.  \n"
    "$(2)$ If the line $l: mx+y-1=0$ intersects circle $C$ at points $A$ and $B$, and $|AB|=4$, find the value of $m$. "
    "Let's think step by step and output the final answer within \\boxed{}."
)


def lines(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def parquet(path: Path, rows: list[dict[str, object]]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_the_two_shipped_examples_are_the_published_ones() -> None:
    assert load_problems("pi1") == [Problem("124", PI_1_PROMPT, "12.8", source="deepscaler")]
    assert load_problems("pi13") == [Problem("682", PI_13_PROMPT, r"\frac{4}{3}", source="deepscaler")]


@needs_official
def test_the_published_files_hold_the_shipped_examples() -> None:
    pool = {problem.id: problem for problem in load_problems("dsr_sub")}
    assert len(pool) == 1209
    assert [pool["124"]] == load_problems("pi1")
    assert [pool["682"]] == load_problems("pi13")
    assert load_problems("pi1_r128") == load_problems("pi1") * 128
    assert pool["265"].answer == ""


@needs_official
@pytest.mark.parametrize(
    ("name", "rows", "answer", "category"),
    [
        ("math500", 500, r"\left( 3, \frac{\pi}{2} \right)", "Precalculus"),
        ("math500_validation", 500, r"\left( 3, \frac{\pi}{2} \right)", "Precalculus"),
        ("aime24", 30, "204", ""),
        ("aime25", 30, "70", ""),
        ("amc23", 40, "27", ""),
        ("minerva_math", 272, "1.6", "Introduction to Astronomy (8.282J Spring 2006)"),
        ("olympiadbench", 675, "2", "Combinatorics"),
    ],
)
def test_benchmark_fields(name: str, rows: int, answer: str, category: str) -> None:
    problems = load_problems(name)
    assert len(problems) == rows
    assert (problems[0].answer, problems[0].category) == (answer, category)
    assert len({problem.id for problem in problems}) == rows
    assert problems[0].level == ("2" if name.startswith("math500") else "")


def test_fields_of_other_sets(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "mixed.jsonl",
        {"question": "Q1", "answer": 27.0},
        {
            "problem": "Q2",
            "solution": r"so \boxed{\frac{1}{2}} or rather \boxed{2}.",
            "subject": "Algebra",
            "level": "Level 5",
        },
        {"problem": "Q3", "final_answer": ["$x^2$"], "subfield": "Algebra", "id": 7},
        {"problem": "Q4", "answer": r"\boxed{9}", "system": "Be brief."},
        {"question": "Q5", "choices": {"text": ["red", "blue"], "label": ["A", "B"]}, "answerKey": "B", "id": "arc"},
    )
    problems = load_problems(str(path))
    assert [p.answer for p in problems] == ["27", "2", "x^2", "9", "B"]
    assert [p.id for p in problems] == ["0", "1", "7", "3", "arc"]
    assert [p.category for p in problems] == ["", "Algebra", "Algebra", "", ""]
    assert problems[4].prompt == "Q5\nA. red\nB. blue\nAnswer with the letter of the right choice within \\boxed{}."
    assert problems[1].level == "5"
    assert (problems[3].system, problems[0].source) == ("Be brief.", "mixed")


def test_last_boxed_takes_the_last_box_that_closes() -> None:
    assert last_boxed(r"\boxed{1} then \boxed{\frac{a}{b}}") == r"\frac{a}{b}"
    assert last_boxed(r"\boxed{\frac{a}{b}") is None
    assert last_boxed(r"\boxed {3} and \boxed{\boxed{902}}") == "902"
    assert last_boxed(r"\boxed {3}") == "3"
    assert last_boxed("no box") is None


@pytest.mark.parametrize("ending", [".parquet", ".jsonl"])
def test_what_is_written_is_read_back(tmp_path: Path, ending: str) -> None:
    problems = [
        Problem("pool-1", "Q ü", "4", source="own", category="sums", level="3"),
        Problem("b", "R", "5", "own", "", "Sys"),
    ]
    (write_parquet if ending == ".parquet" else write_jsonl)(problems, tmp_path / f"x{ending}")
    assert load_problems(str(tmp_path / f"x{ending}")) == problems


def test_numeric_ids_are_written_as_the_official_files_have_them(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    write_parquet(load_problems("pi1"), tmp_path / "x.parquet")
    schema = pq.read_schema(tmp_path / "x.parquet")
    assert schema.field("extra_info").type == pa.struct([("index", pa.int64()), ("split", pa.string())])
    assert schema.names == ["data_source", "prompt", "ability", "reward_model", "extra_info"]


def test_faults_of_text_files(tmp_path: Path) -> None:
    cases = {
        "text.jsonl": (b'{"problem": "a", "answer": "1"}\nnot json\n', "line 2 is not JSON"),
        "latin.jsonl": ('{"problem": "é", "answer": "1"}\n'.encode("latin-1"), r"not UTF-8 \(byte 13\)"),
        "empty.jsonl": (b"\n", "holds no rows"),
        "list.jsonl": (b"[1]\n", "line 1 is a JSON list"),
        "noquestion.jsonl": (b'{"answer": "1"}\n', "row 1: no question"),
        "noanswer.jsonl": (b'{"problem": "a"}\n', "row 1: no answer"),
        "type.jsonl": (b'{"problem": "a", "answer": {"x": 1}}\n', "answer is dict"),
        "nan.jsonl": (
            b'{"problem": "a", "answer": "1"}\n{"problem": "b", "answer": NaN}\n',
            r"nan\.jsonl: row 2: answer is nan, a text or finite number is needed",
        ),
        "infinity.json": (b'[{"problem": "a", "final_answer": -Infinity}]', "row 1: final_answer is -inf"),
        "huge.jsonl": (b'{"problem": "a", "answer": 1e999}\n', "row 1: answer is inf"),
        "twice.jsonl": (
            b'{"id": 1, "problem": "a", "answer": "1"}\n{"id": 1, "problem": "b", "answer": "1"}\n',
            "row 2: id 1 stands for two different problems",
        ),
        "x.txt": (b"a,b\n", "read from .parquet, .jsonl, .jsonl.gz, .json or .csv, not .txt"),
        "x.json": (b'{"a": 1}', "a JSON list of objects is needed"),
    }
    for name, (content, message) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=message):
            load_problems(str(tmp_path / name))


def test_faults_of_parquet_files(tmp_path: Path) -> None:
    message = [{"role": "user", "content": "Q"}]
    cases: dict[str, tuple[list[dict[str, object]], str]] = {
        "columns": ([{"text": "Q"}], "column prompt and reward_model missing; it has text"),
        "answer": ([{"prompt": message, "extra_info": {"index": 1}}], "column reward_model missing"),
        "type": ([{"prompt": message, "reward_model": {"ground_truth": [4]}}], "reward_model.ground_truth is list"),
        "none": ([{"prompt": message, "reward_model": {"style": "rule"}}], "reward_model has no ground_truth"),
        "turns": ([{"prompt": message * 2, "reward_model": {"ground_truth": "4"}}], "needs one user message"),
        "nan": ([{"problem": "Q", "answer": 1.0}, {"problem": "R", "answer": float("nan")}], "row 2: answer is nan"),
        "extra": ([{"prompt": "Q", "reward_model": {"ground_truth": "4"}, "extra_info": 5}], "extra_info is int"),
    }
    for name, (rows, text) in cases.items():
        with pytest.raises(UserError, match=text):
            load_problems(str(parquet(tmp_path / f"{name}.parquet", rows)))
    (tmp_path / "no.parquet").write_bytes(b"PAR?")
    with pytest.raises(UserError, match="not a readable parquet file"):
        load_problems(str(tmp_path / "no.parquet"))


def test_a_name_is_looked_up_in_the_users_data_then_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, cache = tmp_path / "user", tmp_path / "cache"
    monkeypatch.setenv("RLVR_DATA_DIR", str(user))
    monkeypatch.setenv("RLVR_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"get it with: rlvr data fetch aime25$"):
        find_file("aime25")
    for folder in (cache, user):
        path = folder / "benchmarks" / "aime25.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text("{}")
        assert find_file("aime25") == path  # the user's copy, made second, wins
    assert find_file("benchmarks/aime25.jsonl") == path
    (tmp_path / "aime25").write_text("{}")
    assert find_file("aime25") == Path("aime25")  # a path given wins over a name
    with pytest.raises(UserError, match="did you mean 'math500'"):
        find_file("math5000")
    with pytest.raises(UserError, match=r"no file nowhere/x\.jsonl"):
        find_file("nowhere/x.jsonl")


def test_every_registered_file_has_one_origin_and_the_papers_files_a_hash() -> None:
    for source in sources().values():
        assert [bool(source.url), source.hub is not None, source.shipped is not None].count(True) == 1
        assert source.sha256 is None or len(source.sha256) == 64
        assert not source.fetched_by_default or (source.sha256 and source.num_bytes and source.url.startswith("https"))


@pytest.mark.parametrize(
    ("number", "text"),
    [("0.00001", "0.00001"), ("1e-7", "0.0000001"), ("2e17", "2" + "0" * 17), ("27.0", "27"), ("0.5", "0.5")],
)
def test_numbers_are_written_out(tmp_path: Path, number: str, text: str) -> None:
    """Not every grader reads 1e-05."""
    (tmp_path / "x.jsonl").write_text(f'{{"problem": "q", "answer": {number}}}\n')
    assert load_problems(str(tmp_path / "x.jsonl"))[0].answer == text


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"problem": "q", "answer": "1"}\n{"problem": "q\\ud800", "answer": "1"}\n')
    with pytest.raises(UserError, match="row 2: prompt: half a character"):
        load_problems(str(tmp_path / "x.jsonl"))


MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "21 x 4?"}]
WORKED = "21 times 4 is <<21*4=84>>84.\n#### "


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (WORKED + "84", "84"),
        (WORKED + " 1,084 ", "1084"),
        (WORKED + "-1,234,567.5", "-1234567.5"),
        ("Steps in one line. #### 2/3", "2/3"),
        (WORKED + "1,2", "1,2"),  # no separator of thousands
        (WORKED + "(1,000, 2)", "(1,000, 2)"),
    ],
)
def test_worked_answers_end_in_their_value(tmp_path: Path, answer: str, value: str) -> None:
    official = {"prompt": MESSAGES, "reward_model": {"ground_truth": answer, "style": "rule"}}
    (plain,) = load_problems(str(lines(tmp_path / "x.jsonl", {"question": "21 x 4?", "answer": answer})))
    (other,) = load_problems(str(lines(tmp_path / "y.jsonl", official)))
    assert plain.answer == other.answer == value


@pytest.mark.parametrize("answer", ["#### 1\n#### 2", "84 ####", "#### the value\nis 84", "#######"])
def test_worked_answers_of_another_form_are_refused(tmp_path: Path, answer: str) -> None:
    with pytest.raises(UserError, match="row 1: answer holds ####"):
        load_problems(str(lines(tmp_path / "x.jsonl", {"question": "21 x 4?", "answer": answer})))


def test_messages_in_every_form_are_the_same_problem(tmp_path: Path) -> None:
    """Official columns as parquet and as JSON lines; the list as such, as JSON text, as Python prints it."""
    found = set()
    for number, prompt in enumerate((MESSAGES, json.dumps(MESSAGES), str(MESSAGES))):
        for truth in (84, 84.0, "84"):
            record: dict[str, object] = {"prompt": prompt, "reward_model": {"ground_truth": truth}}
            record["extra_info"] = {"index": 7}
            text = record | {name: json.dumps(record[name]) for name in ("reward_model", "extra_info")}
            for name, row in (("a", record), ("b", text)):
                stem = f"{name}{number}{truth}"
                for path in (
                    parquet(tmp_path / f"{stem}.parquet", [row]), lines(tmp_path / f"{stem}.jsonl", row),
                ):  # fmt: skip
                    (problem,) = load_problems(str(path))
                    found.add((problem.id, problem.prompt, problem.system, problem.answer))
    assert found == {("7", "21 x 4?", "Be brief.", "84")}
    (plain,) = load_problems(str(lines(tmp_path / "p.jsonl", {"prompt": json.dumps(MESSAGES), "answer": "84"})))
    assert (plain.prompt, plain.system) == ("21 x 4?", "Be brief.")
    (text,) = load_problems(str(lines(tmp_path / "q.jsonl", {"prompt": "[{x}, {y}] has a role?", "answer": "84"})))
    assert text.prompt == "[{x}, {y}] has a role?"


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        (json.dumps(MESSAGES)[:-2], "prompt looks like the text of a list of messages"),
        ("array([{'content': '21 x 4?', 'role': 'user'}], dtype=object)", "looks like the text of a list of messages"),
        (json.dumps([*MESSAGES, {"role": "assistant", "content": "84"}]), "prompt needs one user message"),
        (json.dumps([{"role": "user", "content": ["21 x 4?"]}]), "prompt needs one user message"),
    ],
)
def test_messages_that_cannot_be_read_are_refused(tmp_path: Path, prompt: str, said: str) -> None:
    for record in ({"prompt": prompt, "reward_model": {"ground_truth": "84"}}, {"prompt": prompt, "answer": "84"}):
        with pytest.raises(UserError, match=f"row 1: {said}" if said.startswith("prompt") else said):
            load_problems(str(lines(tmp_path / "x.jsonl", record)))


def test_stories_with_their_questions(tmp_path: Path) -> None:
    """The fields of SVAMP, ASDiv and MAWPS, with problems of our own."""
    svamp = {"Body": "Ann has 3 pens", "Question": "How many pens?", "Answer": 3.0, "Type": "Addition", "ID": "chal-1"}
    asdiv = {"body": "Ann has 9 pens.", "question": "How many?", "answer": "9 (pens)", "solution_type": "Sum", "idx": 4}
    mawps = {"input": "Ann has 2 pens and 1.5 more. How many?", "target": 3.5, "type": "singleeq", "idx": 0}
    read = [load_problems(str(lines(tmp_path / f"{n}.jsonl", row)))[0] for n, row in enumerate((svamp, asdiv, mawps))]
    assert [(p.id, p.prompt, p.answer, p.category) for p in read] == [
        ("chal-1", "Ann has 3 pens. How many pens?", "3", "Addition"),
        ("4", "Ann has 9 pens. How many?", "9", "Sum"),
        ("0", "Ann has 2 pens and 1.5 more. How many?", "3.5", "singleeq"),
    ]
    other = {**asdiv, "answer": "-(1/3)"}
    assert load_problems(str(lines(tmp_path / "4.jsonl", other)))[0].answer == "-(1/3)"


@needs_official
@pytest.mark.parametrize(
    ("name", "rows", "problems", "first", "whole"),
    [("gsm8k", 1319, 1319, "18", 1319), ("gsm8k_train", 7473, 7473, "72", 7473), ("svamp", 1000, 1000, "145", 1000),
     ("asdiv", 2215, 2214, "9", 2023), ("mawps", 2065, 1981, "43", None)],
)  # fmt: skip
def test_grade_school_sets(name: str, rows: int, problems: int, first: str, whole: int | None) -> None:
    found = load_problems(name)
    assert len(found) == rows and found[0].answer == first
    assert len({problem.id for problem in as_samples(found)}) == problems
    numbers = sum(problem.answer.lstrip("-").isdecimal() for problem in found)
    assert whole is None or numbers == whole
    assert all("####" not in problem.answer and "(" not in problem.answer.removeprefix("-(") for problem in found)


def test_equal_rows_are_samples_of_one_problem(tmp_path: Path) -> None:
    rows = [{"problem": "21 x 4?", "answer": "84"}] * 3 + [{"problem": "21 x 5?", "answer": "105"}]
    found = as_samples(load_problems(str(lines(tmp_path / "x.jsonl", *rows, {"problem": "21 x 4? ", "answer": "84"}))))
    assert [problem.id for problem in found] == ["0", "0", "0", "3", "0"]
    said = "x: 5 rows are 2 problems; rows repeated word for word are samples of one"
    assert repeats_note("x", found) == said
    assert repeats_note("x", found[2:4]) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000 + "]" * 100_000, "nested too deep"),
        ('{"problem": "21 x 4?", "answer": ' + "8" * 6000 + "}", "thousands of digits"),
    ],
)
def test_json_that_python_does_not_read_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    for name in ("x.jsonl", "x.json"):
        (tmp_path / name).write_text(text)
        with pytest.raises(UserError, match=said):
            load_problems(str(tmp_path / name))


def test_ids_of_any_length_are_written(tmp_path: Path) -> None:
    for name in ("9" * 30, "1" * 6000, "007"):
        write_parquet([Problem(name, "21 x 4?", "84")], tmp_path / "x.parquet")
        assert load_problems(str(tmp_path / "x.parquet"))[0].id == name
