"""`rlvr grade`: files in, files out, exit codes."""

import json

import pytest

from oneshot_rlvr.cli import main


def write(path, rows):
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_verdicts_in_order_with_a_summary(tmp_path, capsys):
    rows = [
        {"response": "\\boxed{84}", "answer": "84", "benchmark": "math500"},
        {"response": "\\boxed{\\frac{1}{2}}", "answer": "0.5", "benchmark": "aime24"},
        {"response": "none", "answer": "5"},
        {"response": "", "answer": "5"},
        {"response": "\\boxed{5}", "answer": ""},
        {"response": "\\boxed{\ud800\0}", "answer": "5"},
        {"response": "\\boxed{9^{9^{9^{9}}}}", "answer": "5"},
    ]
    source = write(tmp_path / "pairs.jsonl", rows)
    assert main(["grade", str(source), "--grader", "exact", "--timeout", "0.5", "--workers", "1"]) == 0
    out = read(tmp_path / "pairs.exact.jsonl")
    assert [row["correct"] for row in out] == [True, True, False, False, False, False, None]
    assert [row["reason"] for row in out] == ["correct"] * 2 + ["unparsed"] * 2 + ["wrong"] * 2 + ["timeout"]
    assert [set(row) for row in out] == [{"correct", "extracted", "reason"}] * 7
    assert out[5]["extracted"] == "\ud800\0"
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].startswith("grader exact, 7 lines in ")
    assert printed.splitlines()[-2].split() == ["all", "7", "2", "2", "2", "1", "0", "28.6", "%"]
    assert printed.splitlines()[-1] == str(tmp_path / "pairs.exact.jsonl")


def test_the_benchmark_matters_to_qwen(tmp_path):
    rows = [{"response": "\\boxed{1.6 cm}", "answer": "1.6", "benchmark": b} for b in ("math500", "minerva_math")]
    source, target = write(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl"
    assert main(["grade", str(source), "--output", str(target), "--workers", "1"]) == 0
    assert [row["correct"] for row in read(target)] == [True, False]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{not json", "bad.jsonl:2: not readable as JSON"),
        ("[1]", "bad.jsonl:2: expected a JSON object"),
        ('{"response": "x"}', "bad.jsonl:2: no field 'answer'"),
        ('{"respons": "x", "answer": "1"}', "no field 'response'; did you mean 'respons'?"),
        ('{"response": ["x"], "answer": "1"}', "bad.jsonl:2: expected text"),
    ],
)
def test_unreadable_lines_are_refused(tmp_path, capsys, line, says):
    source = write(tmp_path / "bad.jsonl", [{"response": "", "answer": ""}, line])
    assert main(["grade", str(source)]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == [source]


def test_wrong_arguments(tmp_path, capsys):
    source = write(tmp_path / "in.jsonl", [{"response": "", "answer": ""}])
    assert main(["grade", str(source), "--grader", "exakt"]) == 2
    assert "did you mean 'exact'?" in capsys.readouterr().err
    assert main(["grade", str(tmp_path / "absent.jsonl")]) == 2
    assert main(["grade", str(source), "--output", str(source)]) == 2
    assert main(["grade", str(source), "--output", str(tmp_path / "no" / "out.jsonl")]) == 2


def test_an_empty_file_gives_an_empty_file(tmp_path):
    source = write(tmp_path / "in.jsonl", [])
    assert main(["grade", str(source), "--grader", "deepscaler"]) == 0
    assert (tmp_path / "in.deepscaler.jsonl").read_text() == ""
