"""`rlvr grade`: files in, files out, exit codes."""

import errno
import json
import os
import threading

import pytest

from oneshot_rlvr.cli import main
from oneshot_rlvr.commands import grade
from oneshot_rlvr.isolation.pool import GraderPool


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
    assert [row["correct"] for row in out] == [True, True, False, False, False, False, False]
    assert [row["reason"] for row in out] == ["correct"] * 2 + ["unparsed"] * 2 + ["no truth"] + ["unread"] * 2
    assert [set(row) for row in out] == [{"correct", "extracted", "reason"}] * 7
    assert out[5]["extracted"] == "\ud800\0"
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].startswith("grader exact, 7 lines in ")
    assert printed.splitlines()[-2].split() == ["all", "7", "2", "0", "2", "2", "1", "0", "0", "28.6", "%"]
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
        ('{"response": "x", "answer": NaN}', "bad.jsonl:2: expected text, got NaN"),
        ('{"response": 1e999, "answer": "1"}', "bad.jsonl:2: expected text, got Infinity"),
        (
            '{"response": "x", "answer": "1", "benchmark": "minerva"}',
            "bad.jsonl:2: benchmark minerva: did you mean 'minerva_math'?",
        ),
        (
            '{"response": "x", "answer": "1", "benchmark": "MATH-500"}',
            "bad.jsonl:2: benchmark MATH-500: did you mean 'math500'?",
        ),
        ('{"response": "x", "answer": "1", "benchmark": "AIME 2024"}', "did you mean 'aime24'?"),
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
    assert f"{tmp_path / 'absent.jsonl'}: no such file" in capsys.readouterr().err
    assert main(["grade", str(tmp_path)]) == 2
    assert f"{tmp_path}: is a folder, a file is needed" in capsys.readouterr().err
    assert main(["grade", str(source), "--workers", "0"]) == 2
    assert "--workers 0: at least 1" in capsys.readouterr().err


def test_a_long_file_is_graded_in_parts_and_in_order(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(grade, "_PART", 2)
    monkeypatch.setattr(grade, "_PARTS_IN_WORK", 2)
    read_so_far, ahead = [0], []

    def counted(path, grader, lines=grade.read_lines):
        for line in lines(path, grader):
            read_so_far[0] += 1
            yield line

    monkeypatch.setattr(grade, "read_lines", counted)
    rows = [{"response": f"\\boxed{{\\frac{{{n}}}{{2}}}}", "answer": str(n / 2 if n % 3 else n)} for n in range(1, 10)]
    source = write(tmp_path / "in.jsonl", rows)
    seen = 0
    with GraderPool(workers=1, timeout_seconds=3.0) as pool:
        for line, found in grade._graded(grade.read_lines(source, "exact"), len(rows), "exact", pool):
            assert line.answer == rows[seen]["answer"] and found.correct is bool((seen + 1) % 3)
            seen += 1
            ahead.append(read_so_far[0] - seen)
    assert seen == 9 and max(ahead) < 4  # lines in memory besides the one that was given out


def test_a_pipe_is_read_once_and_its_verdicts_need_a_place(tmp_path, capsys):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert main(["grade", str(pipe)]) == 2
    assert f"{pipe}: is not a regular file; --output FILE" in capsys.readouterr().err
    writer = threading.Thread(target=write, args=(pipe, [{"response": "\\boxed{5}", "answer": "5"}] * 3))
    writer.start()
    target = tmp_path / "out.jsonl"
    assert main(["grade", str(pipe), "--output", str(target), "--workers", "1"]) == 0
    writer.join()
    assert [row["correct"] for row in read(target)] == [True] * 3


@pytest.mark.parametrize("value", ["nan", "inf", "0", "-1"])
def test_a_time_limit_that_is_none(tmp_path, capsys, value):
    source = write(tmp_path / "in.jsonl", [{"response": "", "answer": ""}])
    assert main(["grade", str(source), f"--timeout={value}"]) == 2
    assert f"--timeout {value}: a finite number of seconds above 0" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("in.jsonl", "is the input in.jsonl"),
        ("sub/../in.jsonl", "is the input in.jsonl"),
        ("link.jsonl", "is the input in.jsonl"),
        ("sub", "--output sub: is a folder"),
        ("", "--output .: is a folder"),
        ("pipe", "--output pipe: is not a regular file"),
        ("no/out.jsonl", "--output no/out.jsonl: the folder no does not exist"),
        ("in.jsonl/out.jsonl", "cannot write in in.jsonl"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_grading(tmp_path, monkeypatch, capsys, target, says):
    source = write(tmp_path / "in.jsonl", [{"response": "", "answer": ""}])
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.jsonl").symlink_to(source)
    os.mkfifo(tmp_path / "pipe")
    content, before = source.read_bytes(), sorted(tmp_path.iterdir())
    monkeypatch.setattr(grade, "_graded", lambda *_: pytest.fail("it was graded"))
    monkeypatch.chdir(tmp_path)
    assert main(["grade", "in.jsonl", "--output", target]) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1
    assert source.read_bytes() == content and sorted(tmp_path.iterdir()) == before


def test_a_disk_that_refuses_is_one_line(tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("oneshot_rlvr.files.os.fsync", full)
    source = write(tmp_path / "in.jsonl", [{"response": "", "answer": "5"}])
    assert main(["grade", str(source), "--workers", "1"]) == 1
    error = capsys.readouterr().err
    assert "cannot be written: No space left on device" in error and error.count("\n") == 1


COMMANDS = ("grade {} --output L", "eval --model L", "report L", "select --history L", "show L")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_that_is_too_long_is_one_line(tmp_path, capsys, monkeypatch, command):
    source = write(tmp_path / "in.jsonl", [{"response": "", "answer": "5"}])
    monkeypatch.setattr(grade, "_graded", lambda *_: pytest.fail("it was graded"))
    assert main(command.format(source).replace("L", str(tmp_path / ("x" * 300))).split()) == 2
    error = capsys.readouterr().err
    assert "File name too long" in error and error.count("\n") == 1 and "Traceback" not in error


def test_names_of_other_sets_are_free(tmp_path):
    """Of the names close to a known one only slips are refused, and those only where rules depend on the name."""
    names = ["gsm8k", "mathqa", "aime26", "amc22", "arc_easy", "sandbox_heldout", "deepscaler", "aime24x8", "mine", ""]
    rows = [{"response": "\\boxed{5}", "answer": "5", "benchmark": name} for name in names]
    source = write(tmp_path / "in.jsonl", rows)
    assert [main(["grade", str(source), "--workers", "1"]), len(read(tmp_path / "in.qwen.jsonl"))] == [0, len(names)]
    source = write(tmp_path / "in.jsonl", [{"response": "\\boxed{5}", "answer": "5", "benchmark": "minerva"}])
    assert main(["grade", str(source), "--grader", "deepscaler", "--workers", "1"]) == 0


def test_a_name_that_begins_with_a_known_one_has_its_rules(tmp_path):
    """As in `rlvr eval`."""
    rows = [{"response": "\\boxed{1.6 cm}", "answer": "1.6", "benchmark": b} for b in ("minerva_math_2", "other")]
    source, target = write(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl"
    assert main(["grade", str(source), "--output", str(target), "--workers", "1"]) == 0
    assert [row["correct"] for row in read(target)] == [False, True]


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_a_file_without_lines_is_refused(tmp_path, capsys, text):
    source = tmp_path / "in.jsonl"
    source.write_text(text)
    assert main(["grade", str(source), "--grader", "deepscaler"]) == 2
    assert capsys.readouterr().err == f"rlvr: error: {source}: no lines to grade\n"
    assert list(tmp_path.iterdir()) == [source]
