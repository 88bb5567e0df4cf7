"""Recorded wrong and unusual inputs of the kinds cli/, data/, model/, eval/, select/, each by the command it names.

The cases are lines of `kind`, `input` (a command, the content of a file), `expected`; a kind has one way to make the
files of its command and one check, so that other lines of the same kind run as well.
"""

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import json_lines
from safetensors.torch import load_file, save_file

from oneshot_rlvr.cli import main
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.paths import sandbox_dir

KINDS = ("cli/", "data/", "model/", "eval/", "select/")
Files = dict[str, Any]


@pytest.fixture(scope="module")
def cases() -> list[dict[str, Any]]:
    folder = Path(os.environ.get("RLVR_DATA_DIR") or "/nonexistent").parent / "cases"
    lines = [row for path in sorted(folder.glob("*.jsonl")) for row in json_lines(path)]
    found = [row for row in lines if row.get("kind", "").startswith(KINDS)]
    if not found:
        pytest.skip("no recorded cases beside RLVR_DATA_DIR")
    return found


def words(command: str) -> list[str]:
    """The arguments as a shell gives them, `$'...'` with its bytes."""
    literal = re.search(r"\$'([^']*)'", command)
    if literal is None:
        return shlex.split(command)[1:]
    raw = literal[1].encode().decode("unicode_escape").encode("latin-1").decode("utf-8", "surrogateescape")
    parts = shlex.split(command.replace(literal[0], "LITERAL"))[1:]
    return [raw if part == "LITERAL" else part for part in parts]


def problem_file(content: Files, path: Path) -> None:
    rows = [{k: v for k, v in content.items() if k != "repeated"}] * (2 * content.get("repeated", 1))
    if path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(rows[:1]), path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows[: content.get("repeated", 1)]))


def model_folder(content: Files, folder: Path) -> None:
    """The sandbox base with the change that the case names."""
    shutil.copytree(sandbox_dir() / "base_e", folder)
    for name, change in content.items():
        path = folder / name
        if name == "config.json":
            path.write_text(json.dumps(json.loads(path.read_text()) | change))
        elif name.endswith(".safetensors"):
            change_weights(change, path)
        else:
            path.write_text(change)


def change_weights(change: str, path: Path) -> None:
    weights = load_file(path)
    if change.startswith("without "):
        del weights[change.removeprefix("without ")]
    else:
        place, value = change.split(" = ")
        name, _, index = place.partition("[")
        entry = tuple(int(n) for n in index.rstrip("]").split(","))
        weights[name][entry] = {"NaN": float("nan"), "Inf": float("inf")}.get(value) or float(value)
    save_file(weights, path, {"format": "pt"})


def prepared(case: dict[str, Any], folder: Path) -> list[list[str]]:
    """The commands of a case, the files they name made in the working folder."""
    content = case["input"].get("file")
    text = case["input"]["command"]
    if "FOLDER" in text:
        model_folder(content, folder / "model")
        text = text.replace("FOLDER", "model")
    if match := re.search(r"FILE(\.\w+)", text):
        problem_file(content, folder / f"x{match[1]}")
        text = text.replace("FILE", "x")
    if "HISTORY" in text:
        (folder / "history.json").write_text(json.dumps(content))
        pool = [{"id": name, "problem": f"{name} x 4?", "answer": "84"} for name in content]
        (folder / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in pool))
        text = text.replace("HISTORY.json", "history.json").replace("POOL.jsonl", "pool.jsonl")
    return [words(part.strip()) for part in text.replace("OUT", "out").split(";")]


def refused(said: str) -> Callable[[int, str, str, Path], None]:
    def check(code: int, out: str, err: str, folder: Path) -> None:
        assert code == 2 and err.startswith("rlvr: error: ") and err.count("\n") == 1, err
        assert re.search(said, err), err
        assert not list(folder.rglob("samples.jsonl")) and not list(folder.rglob("*.zst"))

    return check


def trained_on(code: int, out: str, err: str, folder: Path) -> None:
    """The problem's own text, and its value alone."""
    assert code == 0, err
    (file,) = folder.glob("x.*")
    problem = load_problems(str(file))[0]
    assert re.fullmatch(r"-?[\d./]+", problem.answer) and "role" not in problem.prompt, problem
    ledger = json_lines(next(folder.glob("runs/*/t/ledger/ledger.jsonl")))
    assert {row["example"] for row in ledger} == {problem.id}


def one_problem(code: int, out: str, err: str, folder: Path) -> None:
    assert code == 0, err
    metrics = json.loads(next(folder.rglob("metrics.json")).read_text())
    low, high = metrics["interval"]
    assert metrics["num_problems"] == 1 and high - low > 0.7
    assert re.search(r"x: \d+ rows are 1 problems", out)


def no_width(code: int, out: str, err: str, folder: Path) -> None:
    assert code == 0, err
    intervals = re.findall(r"(\d\.\d{4}) to (\d\.\d{4})", out)
    assert len(intervals) == 1 and intervals[0][0] != intervals[0][1], out


CHECKS = {
    "cli/bytes_not_utf8": refused(r"error: [\w.-]+: not UTF-8"),
    "data/gsm8k_answer": trained_on,
    "data/prompt_is_json_text": trained_on,
    "data/ground_truth_number": trained_on,
    "data/official_columns_as_jsonl": trained_on,
    "model/broken_chat_template": refused("template"),
    "model/sliding_window_mistral": refused(r"config.json makes no causal language model of the type 'ministral'"),
    "model/message_architecture": refused("weights of GPT2LMHeadModel are missing"),
    "model/missing_weight": refused(r"weights of \w+ are missing: "),
    "model/nan_in_loaded_weights": refused("the weights as loaded are not finite: "),
    "eval/duplicated_rows": one_problem,
    "select/one_visit": no_width,
}


def test_every_kind_has_a_check(cases: list[dict[str, Any]]) -> None:
    assert {case["kind"] for case in cases} <= CHECKS.keys()


@pytest.mark.parametrize("kind", CHECKS)
def test_cases_end_as_they_should(
    kind: str, cases: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    of_kind = [case for case in cases if case["kind"] == kind]
    if not of_kind:
        pytest.skip(f"no recorded case of {kind}")
    for number, case in enumerate(of_kind):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        for command in prepared(case, folder):
            capfd.readouterr()
            code = main(command)
            said = capfd.readouterr()
            CHECKS[kind](code, said.out, said.err, folder)
