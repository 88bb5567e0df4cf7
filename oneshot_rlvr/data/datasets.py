"""Files of problems, in the formats the field uses, read into `Problem` records; and written back.

Read: parquet in the schema of the official training sets (`prompt`, `reward_model`, `extra_info`), parquet, JSON lines,
a JSON list or CSV with the same or with plain fields (`problem`/`question`, `answer`/`final_answer`/`solution`, ...),
GSM8K's worked answers, SVAMP's and ASDiv's stories with their questions, questions of multiple choice (choices.py),
programs (programs.py).
"""

import ast
import csv
import gzip
import io
import json
import math
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oneshot_rlvr.data.choices import choices_of, right_label, with_choices
from oneshot_rlvr.data.programs import KINDS, program_problem
from oneshot_rlvr.data.registry import find_file, set_name
from oneshot_rlvr.errors import RunError, UserError, nearest
from oneshot_rlvr.files import parsed_json
from oneshot_rlvr.grading.boxes import extract_boxed
from oneshot_rlvr.records import each_line
from oneshot_rlvr.types import Problem

if TYPE_CHECKING:
    import pyarrow as pa

QUESTION_FIELDS = ("question", "problem", "prompt", "Question", "input")
STORY_FIELDS = ("Body", "body")  # text that SVAMP's and ASDiv's questions are about
ANSWER_FIELDS = ("answer", "ground_truth", "answerKey", "final_answer", "Answer", "target")
ID_FIELDS = ("id", "unique_id", "ID", "idx", "index", "question_id", "Record ID")
CATEGORY_FIELDS = ("category", "subject", "type", "subfield", "Type", "solution_type", "High-level domain")
ROLES = {  # what a column may be -> names by which it is found where nothing is said
    "problem": QUESTION_FIELDS, "answer": (*ANSWER_FIELDS, "solution"), "id": ID_FIELDS, "category": CATEGORY_FIELDS,
    "level": ("level",), "source": ("source",), "system": ("system",),
}  # fmt: skip
PARQUET_COLUMNS = ("prompt", "reward_model", "extra_info")
PLAIN_QUESTION_COLUMNS = {"question", "problem", "Question", "input", "entry_point"}
INT64 = re.compile(r"0|[1-9][0-9]{0,17}")  # a number that certainly fits
SOLUTION_MARK = "####"  # GSM8K's, before the value that a worked answer ends in
THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
WITH_UNIT = re.compile(r"(-?[0-9][0-9.,/:]*)\s+\(.*\)")  # ASDiv: 9 (apples)
MESSAGES_TEXT = re.compile(r"\s*(?:array\()?\[?\s*\{")


def load_problems(
    name_or_path: str, columns: Mapping[str, str] | None = None, limit: int | None = None
) -> list[Problem]:
    """Problems of a file, registered name, data set of the hub or set of reasoning-gym (registry.py: find_file), in
    file order; rows repeated word for word stay repeated.

    `columns`: what a row's problem, answer, ... are called there. With `limit` the rows beyond it may be left out.

    Raises UserError (file and row named) for a missing or unreadable file, missing columns, no rows, wrong types, and
    one id standing for two different problems. Empty answers are let through: `training_set` refuses them.
    """
    path = find_file(name_or_path, limit=limit)
    if name_or_path in KINDS:
        return _in_turn(name_or_path, KINDS[name_or_path])
    source = set_name(name_or_path)
    if path.suffix == ".parquet" and not columns:
        problems = _read_parquet(path, source)
    elif path.suffix in (".parquet", ".jsonl", ".json", ".csv") or path.name.endswith(".jsonl.gz"):
        records = renamed(READERS.get(path.suffix, read_jsonl)(path), columns or {}, name_or_path)
        problems = [problem_of(record, row, source, f"{path}: row {row + 1}") for row, record in enumerate(records)]
    else:
        ending = path.suffix or "a file without ending"
        raise UserError(f"{path}: problems are read from .parquet, .jsonl, .jsonl.gz, .json or .csv, not {ending}")
    if not problems:
        raise UserError(f"{path}: holds no rows")
    _refuse_half_characters(problems, path)
    _refuse_ambiguous_ids(problems, path)
    return problems


def _in_turn(name: str, sets: Mapping[str, str]) -> list[Problem]:
    """Problems of sets of one length in turn, as one set: `sets` has the category of each."""
    rows = zip(*(load_problems(part) for part in sets.values()), strict=True)
    return [replace(problem, id=f"{category}/{problem.id}", source=name, category=category)
            for row in rows for category, problem in zip(sets, row, strict=True)]  # fmt: skip


def _refuse_half_characters(problems: Sequence[Problem], path: Path) -> None:
    """UserError for half a character: `"\\ud800"` is JSON, and a text that no tokenizer and no file takes."""
    for row, problem in enumerate(problems):
        for name in ("id", "prompt", "answer", "system"):
            try:
                (getattr(problem, name) or "").encode()
            except UnicodeEncodeError as error:
                where = f"{path}: row {row + 1}: {name}"
                raise UserError(f"{where}: half a character (a lone surrogate) at {error.start}") from None


def _refuse_ambiguous_ids(problems: Sequence[Problem], path: Path) -> None:
    seen: dict[str, Problem] = {}
    for row, problem in enumerate(problems):
        first = seen.setdefault(problem.id, problem)
        if (first.prompt, first.answer) != (problem.prompt, problem.answer):
            raise UserError(f"{path}: row {row + 1}: id {problem.id} stands for two different problems")


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, unpacked where its name ends in .gz; UserError when it is not one."""
    try:
        found = path.read_bytes()
        return (gzip.decompress(found) if path.suffix == ".gz" else found).decode("utf-8-sig")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"{path}: cannot be unpacked: {error}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 (byte {error.start}): {error.reason}") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Reads the objects of a JSON-lines file, blank lines left out. UserError names the line at fault."""

    def refusal(number: int, error: ValueError) -> UserError:
        said = f" is not JSON: {error.msg}" if isinstance(error, json.JSONDecodeError) else f": {error}"
        return UserError(f"{path}: line {number}{said}")

    records = []
    for line in each_line(read_text(path).split("\n"), parsed_json, refusal):
        if not isinstance(line.record, dict):
            kind = type(line.record).__name__
            raise UserError(f"{path}: line {line.number} is a JSON {kind}, an object is needed")
        records.append(line.record)
    return records


def _read_json_list(path: Path) -> list[dict[str, Any]]:
    try:
        records = parsed_json(read_text(path))
    except json.JSONDecodeError as error:
        raise UserError(f"{path}: not JSON: {error.msg} at line {error.lineno}") from error
    except ValueError as error:
        raise UserError(f"{path}: {error}") from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise UserError(f"{path}: a JSON list of objects is needed")
    return records


def _read_csv(path: Path) -> list[dict[str, Any]]:
    """The rows below the line of names; an empty field is none. UserError names the row at fault."""
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    records = []
    try:
        for record in reader:
            if None in record or None in record.values():
                raise UserError(f"{path}: row {len(records) + 1}: {len(reader.fieldnames or ())} fields are needed")
            records.append({name: value or None for name, value in record.items()})
    except csv.Error as error:
        raise UserError(f"{path}: row {len(records) + 1}: not CSV: {error}") from error
    return records


def _read_rows(path: Path) -> list[dict[str, Any]]:
    return read_table(path).to_pylist()


READERS = {".json": _read_json_list, ".csv": _read_csv, ".parquet": _read_rows}  # by ending; others are JSON lines


def renamed(
    records: Sequence[dict[str, Any]], columns: Mapping[str, str], what: str,
    roles: Mapping[str, Sequence[str]] = ROLES,
) -> list[dict[str, Any]]:  # fmt: skip
    """The records with the names of this package: `columns` says which column is the problem, the answer, ...

    Other columns that could be taken for the same are left out. UserError for a column that the first record lacks.
    """
    if not columns:
        return list(records)
    there = list(records[0]) if records else []
    for role, column in columns.items():
        if role not in roles:
            raise UserError(f"{what}: columns: {role}={column}: {role} is none; {nearest(role, roles)}")
        if column not in there:
            raise UserError(f"{what}: columns: {role}={column}: no such column; {nearest(column, there)}")
    others = {field for role in columns for field in roles[role]}
    return [{name: value for name, value in record.items() if name not in others}
            | {role: record.get(column) for role, column in columns.items()} for record in records]  # fmt: skip


def problem_of(record: Mapping[str, Any], row: int, source: str, where: str) -> Problem:
    """One record as a `Problem`; without an id field the row number (from 0) is the id.

    The answer is the first of ANSWER_FIELDS that is there, else the last box of `solution`; a record with
    `reward_model` is one in the official schema. Raises UserError beginning with `where`.
    """
    if record.get("reward_model") is not None:
        return _official_row(record, row, source, where)
    if (about_program := program_problem(record, row, source, where)) is not None:
        return about_program
    field = next((field for field in QUESTION_FIELDS if record.get(field) is not None), None)
    if field is None or not record[field] or not isinstance(record[field], (str, list, Mapping)):
        raise UserError(f"{where}: no question: a text field named {' or '.join(QUESTION_FIELDS[:3])} is needed")
    question, system = _asked(record[field], f"{where}: {field}")
    if story := next((record[name] for name in STORY_FIELDS if isinstance(record.get(name), str)), "").strip():
        question = f"{story}{'' if story[-1] in '.?!' else '.'} {question.strip()}"
    if not question.strip():
        raise UserError(f"{where}: no question: {field} is empty")
    choices = choices_of(record, where)
    question = with_choices(question, *choices) if choices else question
    identity = next((record[field] for field in ID_FIELDS if record.get(field) is not None), row)
    category = next((record[field] for field in CATEGORY_FIELDS if record.get(field) is not None), "")
    system = record.get("system") if system is None else system
    if system is not None and not isinstance(system, str):
        raise UserError(f"{where}: system is {type(system).__name__}, a text is needed")
    if isinstance(identity, bool) or not isinstance(identity, (str, int)):
        raise UserError(f"{where}: id is {type(identity).__name__}, a text or whole number is needed")
    return Problem(
        id=str(identity), prompt=question, answer=_answer_of(record, where, choices), system=system,
        source=str(record.get("source") or source), category=str(category), level=_level(record),
    )  # fmt: skip


def _asked(value: Any, where: str) -> tuple[str, str | None]:
    """The user's text and the system's: from a text, a list of messages, or such a list written as text."""
    messages = _messages_of_text(value, where) if isinstance(value, str) else value
    if messages is None:
        return value, None
    messages = [messages] if isinstance(messages, Mapping) else messages
    if not isinstance(messages, list) or not all(isinstance(message, Mapping) for message in messages):
        raise UserError(f"{where} is not a list of messages with role and content")
    texts = {message.get("role"): message.get("content") for message in messages}
    question, system = texts.get("user"), texts.get("system")
    if (
        set(texts) - {"system", "user"} or len(texts) != len(messages)
        or not isinstance(question, str) or not isinstance(system, str | None)
    ):  # fmt: skip
        raise UserError(f"{where} needs one user message (and at most one system message), each a text")
    return question, system


def _messages_of_text(text: str, where: str) -> Any:
    """The messages where a text is a list of them in JSON or as Python prints it; None for any other text."""
    if not MESSAGES_TEXT.match(text) or not all(re.search(f"[\"']{key}[\"']", text) for key in ("role", "content")):
        return None
    for read in (parsed_json, ast.literal_eval):
        try:
            return read(text.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    raise UserError(f"{where} looks like the text of a list of messages, and is neither JSON nor Python's print of one")


def _level(record: Mapping[str, Any]) -> str:
    """Difficulty level as a bare number where MATH says "Level 5"."""
    level = record.get("level")
    return "" if level is None else str(level).removeprefix("Level ").strip()


def _answer_of(record: Mapping[str, Any], where: str, choices: tuple[list[str], list[str]] | None) -> str:
    field = next((field for field in ANSWER_FIELDS if record.get(field) is not None), None)
    if choices:
        return right_label(record, record[field] if field else None, *choices, where)
    if field is None:
        solution = record.get("solution")
        boxed = last_boxed(solution) if isinstance(solution, str) else None
        if boxed is None:
            raise UserError(
                f"{where}: no answer: one of {', '.join(ANSWER_FIELDS)}, or a solution with a box, is needed"
            )
        return boxed
    answer = record[field]
    if isinstance(answer, list) and len(answer) == 1 and isinstance(answer[0], str):
        answer = answer[0].strip().strip("$").strip()  # OlympiadBench
    text = answer_text(answer, f"{where}: {field}")
    unit = WITH_UNIT.fullmatch(text.strip()) if "solution_type" in record else None
    return unit[1] if unit else text


def answer_text(answer: Any, where: str) -> str:
    """A ground truth as text: a whole number without its .0, the content of a box, the value behind GSM8K's mark."""
    if isinstance(answer, bool) or not isinstance(answer, (str, int, float)):
        raise UserError(f"{where} is {type(answer).__name__}, a text or number is needed")
    if isinstance(answer, float) and not math.isfinite(answer):
        raise UserError(f"{where} is {answer}, a text or finite number is needed")
    if isinstance(answer, float) and answer.is_integer():
        answer = int(answer)  # AMC stores 27.0 for 27
    text = f"{Decimal(repr(answer)):f}" if isinstance(answer, float) else str(answer)  # graders do not all read 1e-05
    if SOLUTION_MARK in text:
        return _value_of_solution(text, where)
    return last_boxed(text) or text


def _value_of_solution(text: str, where: str) -> str:
    """The value behind the one mark of a worked answer, a number without its thousands separators."""
    _, _, value = text.rpartition(SOLUTION_MARK)
    value = value.strip()
    if text.count(SOLUTION_MARK) > 1 or not value.strip("#") or "\n" in value:
        raise UserError(
            f"{where} holds {SOLUTION_MARK}, as a worked answer of GSM8K does, but not once, before one last line that "
            "is the value; give the value alone"
        )
    return value.replace(",", "") if THOUSANDS.fullmatch(value) else value


def last_boxed(text: str) -> str | None:
    """Content of the last box that closes, of nested ones the innermost; None where there is none."""
    content = extract_boxed(text)
    return None if content is None else last_boxed(content) or content


def balanced(text: str) -> bool:
    """True if the braces of a LaTeX text close; escaped ones are not counted."""
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", text.replace("\\\\", "")):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def read_table(path: Path) -> "pa.Table":
    """A parquet file as an Arrow table; UserError when it is not parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Not pq.read_table: it imports pandas (half a second) and takes a folder called a=b for a column.
        return pq.ParquetFile(path).read()
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError) as error:
        raise UserError(f"{path}: not a readable parquet file: {str(error).splitlines()[0]}") from error


def _read_parquet(path: Path, source: str) -> list[Problem]:
    table = read_table(path)
    names = set(table.column_names)
    if "reward_model" not in names and names & PLAIN_QUESTION_COLUMNS:
        return [problem_of(r, row, source, f"{path}: row {row + 1}") for row, r in enumerate(table.to_pylist())]
    missing = [column for column in PARQUET_COLUMNS[:2] if column not in names]
    if missing:
        raise UserError(f"{path}: column {' and '.join(missing)} missing; it has {', '.join(table.column_names)}")
    wanted = [column for column in (*PARQUET_COLUMNS, "data_source") if column in names]
    rows = table.select(wanted).to_pylist()
    return [_official_row(record, row, source, f"{path}: row {row + 1}") for row, record in enumerate(rows)]


def _official_row(record: Mapping[str, Any], row: int, source: str, where: str) -> Problem:
    if record.get("prompt") is None:
        raise UserError(f"{where}: prompt is missing")
    question, system = _asked(record["prompt"], f"{where}: prompt")
    reward, extra = (_struct(record.get(name), f"{where}: {name}") for name in ("reward_model", "extra_info"))
    if reward.get("ground_truth") is None:
        raise UserError(f"{where}: reward_model has no ground_truth")
    index = extra.get("index")
    return Problem(
        id=str(row if index is None else index), prompt=question, system=system,
        answer=answer_text(reward["ground_truth"], f"{where}: reward_model.ground_truth"),
        source=str(record.get("data_source") or source), category=str(extra.get("subject") or ""),
        level=_level(extra),
    )  # fmt: skip


def _struct(value: Any, where: str) -> Mapping[str, Any]:
    """The value as a struct: from the text of a JSON object too; None is an empty one."""
    if isinstance(value, str):
        try:
            value = parsed_json(value)
        except ValueError as error:
            raise UserError(f"{where} is a text and not a JSON object: {error}") from error
    if value is not None and not isinstance(value, Mapping):
        raise UserError(f"{where} is {type(value).__name__}, a struct is needed")
    return value or {}


def as_samples(problems: Sequence[Problem]) -> list[Problem]:
    """The rows, with one id for those that repeat each other word for word.

    An evaluation then counts them as samples of one problem; as problems they would make an interval too narrow.
    """
    first: dict[tuple[str, str, str | None], str] = {}
    key = [(problem.prompt.strip(), problem.answer.strip(), problem.system) for problem in problems]
    return [replace(problem, id=first.setdefault(own, problem.id)) for problem, own in zip(problems, key, strict=True)]


def repeats_note(name: str, problems: Sequence[Problem]) -> str | None:
    """A line on repeated rows, None if there are none. Example: `x: 30 rows are 1 problems; ...`."""
    distinct = len({problem.id for problem in problems})
    if distinct == len(problems):
        return None
    return f"{name}: {len(problems)} rows are {distinct} problems; rows repeated word for word are samples of one"


def jsonl_record(problem: Problem) -> dict[str, str]:
    """The fields of one line of our JSON-lines files; empty optional ones are left out."""
    record = {"id": problem.id, "problem": problem.prompt, "answer": problem.answer}
    optional = {
        "category": problem.category,
        "level": problem.level,
        "source": problem.source,
        "system": problem.system,
    }
    return record | {field: value for field, value in optional.items() if value}


def write_jsonl(problems: Sequence[Problem], path: Path) -> None:
    """Writes one problem a line. Raises RunError when the disk refuses."""
    text = "".join(json.dumps(jsonl_record(problem), ensure_ascii=False) + "\n" for problem in problems)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror}") from error


def write_parquet(problems: Sequence[Problem], path: Path) -> None:
    """Writes the official training schema; `extra_info.index` is int64 where all ids are numbers, else a string."""
    write_table(problem_table(problems), path)


def problem_table(problems: Sequence[Problem]) -> "pa.Table":
    """An Arrow table in the official training schema; categories and levels become `extra_info.subject` and
    `extra_info.level` where there are any."""
    import pyarrow as pa

    numbers = all(INT64.fullmatch(problem.id) for problem in problems)
    extra_fields = [("index", pa.int64() if numbers else pa.string()), ("split", pa.string())]
    given = [("subject", "category"), ("level", "level")]  # names in the file and here
    given = [(column, name) for column, name in given if any(getattr(problem, name) for problem in problems)]
    extra_fields += [(column, pa.string()) for column, _ in given]
    schema = pa.schema([
        ("data_source", pa.string()),
        ("prompt", pa.list_(pa.struct([("content", pa.string()), ("role", pa.string())]))),
        ("ability", pa.string()),
        ("reward_model", pa.struct([("ground_truth", pa.string()), ("style", pa.string())])),
        ("extra_info", pa.struct(extra_fields)),
    ])  # fmt: skip
    rows = []
    for problem in problems:
        system = [{"role": "system", "content": problem.system}] if problem.system is not None else []
        extra: dict[str, Any] = {"index": int(problem.id) if numbers else problem.id, "split": "train"}
        rows.append({
            "data_source": problem.source,
            "prompt": [*system, {"role": "user", "content": problem.prompt}],
            "ability": "math",
            "reward_model": {"ground_truth": problem.answer, "style": "rule"},
            "extra_info": extra | {column: getattr(problem, name) for column, name in given},
        })  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema)


def write_table(table: "pa.Table", path: Path) -> None:
    """Writes one row group, like the published files. Raises RunError when the disk refuses."""
    import pyarrow.parquet as pq

    try:
        pq.write_table(table, path, row_group_size=max(1, table.num_rows))
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error}") from error
