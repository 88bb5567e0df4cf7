"""Problems about programs, out of the forms in which the field publishes them.

HumanEval (a beginning, tests), MBPP+ (a text, examples, inputs, a reference), CruxEval and LiveCodeBench's execution
part (a program, arguments, a value). The texts of the questions are ours.
"""

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.grading.literals import Malformed, parse_value
from oneshot_rlvr.grading.program import ProgramTruth
from oneshot_rlvr.types import Problem

INSTRUCTION = "Please reason step by step, and put your final answer within one code block at the end."
COMPLETE = (
    "Complete this Python program. Give all of it, with what stands here, in the code block.\n\n```python\n{}\n```"
)
WRITE = "Write a Python function `{}` that does this:\n\n{}"
OUTPUT = "```python\n{}\n```\n\nWhich value does `{}({})` return? Give it as a Python literal."
INPUT = (
    "```python\n{}\n```\n\nFor which arguments does `{}` return this value? Any that do are right. Give them as Python "
    "literals, as they stand between the brackets of the call.\n\n```\n{}\n```"
)
DIRECTIONS = {"cruxeval_i": "input", "cruxeval_o": "output", "livecodebench_execution": "output"}
KINDS = {"cruxeval": {"abduction": "cruxeval_i", "deduction": "cruxeval_o"}}  # sets of several, by category
FLOAT_TOLERANCE = 1e-6

# The tests of MBPP+: each input goes to the solution and to the reference, and both must agree as the examples ask. An
# input for which the reference returns more than fits into memory is left out.
AGREE = """
def agree(found, wanted, tolerance):
    if isinstance(found, (int, float)) and isinstance(wanted, (int, float)):
        return found == wanted or found != found and wanted != wanted or (
            abs(found - wanted) <= tolerance * max(1.0, abs(wanted)) if float in (type(found), type(wanted)) else False)
    if isinstance(wanted, (list, tuple)) and type(found) is type(wanted):
        return len(found) == len(wanted) and all(agree(a, b, tolerance) for a, b in zip(found, wanted))
    if isinstance(wanted, dict) and isinstance(found, dict):
        return found.keys() == wanted.keys() and all(agree(found[key], wanted[key], tolerance) for key in wanted)
    return found == wanted
"""
CHECK = """
import copy
inf, nan = float("inf"), float("nan")
def check(candidate):
    for arguments in {calls}:
        try:
            wanted = reference(*copy.deepcopy(arguments))
        except MemoryError:
            continue
        if not fits(wanted):
            continue
        assert agree({form}(candidate(*arguments)), {form}(wanted), {tolerance}), arguments
"""


def program_problem(record: Mapping[str, Any], row: int, source: str, where: str) -> Problem | None:
    """A record as a problem about a program; None for a record of another kind. UserError beginning with `where`."""
    if "entry_point" in record:
        return _tested(record, row, source, where)
    if isinstance(record.get("code"), str) and "output" in record and "input" in record:
        return _predicted(record, row, source, where)
    return None


def _text(record: Mapping[str, Any], name: str, where: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise UserError(f"{where}: {name}: a text is needed")
    return value


def _tested(record: Mapping[str, Any], row: int, source: str, where: str) -> Problem:
    entry, prompt = _text(record, "entry_point", where), _text(record, "prompt", where)
    if isinstance(record.get("test"), str) and record["test"].strip():
        solution = record.get("canonical_solution")
        reference = prompt + solution if isinstance(solution, str) else ""
        setup = _whole(prompt, f"{where}: prompt")
        task = ProgramTruth("tests", entry, setup=setup, test=record["test"], reference=reference)
        question = COMPLETE.format(prompt.strip("\n"))
    elif record.get("base_input") or record.get("plus_input"):
        reference = _text(record, "canonical_solution", where)
        task = ProgramTruth("tests", entry, test=mbpp_tests(record, where), reference=reference)
        question = WRITE.format(entry, prompt.strip().strip('"').strip())
    else:
        raise UserError(f"{where}: no tests: a text `test`, or inputs with a reference, is needed")
    return _problem(record.get("task_id", row), question, task, source)


def _whole(prompt: str, where: str) -> str:
    """The beginning of a program as a program: a function without a body does nothing."""
    for text in (prompt, f"{prompt.rstrip()}\n    pass\n"):
        try:
            ast.parse(text)
        except SyntaxError:
            continue
        return text
    raise UserError(f"{where}: is no beginning of a Python program")


def _predicted(record: Mapping[str, Any], row: int, source: str, where: str) -> Problem:
    direction = record.get("predict", DIRECTIONS.get(source))
    if direction not in ("input", "output"):
        raise UserError(f"{where}: predict: input or output is needed beside code, input and output")
    code, arguments, output = record["code"].strip("\n"), record["input"], _text(record, "output", where)
    entry = record.get("function_name", "f")
    if not isinstance(arguments, str) or not isinstance(entry, str):
        raise UserError(f"{where}: input and function_name: texts are needed")
    arguments = (
        arguments.removeprefix(f"{entry}(").removesuffix(")") if arguments.startswith(f"{entry}(") else arguments
    )
    try:
        parse_value(output, limit=100_000)
    except Malformed as refusal:
        raise UserError(f"{where}: output is no Python literal: {refusal.reason}") from None
    task = ProgramTruth("input" if direction == "input" else "output", entry, code, arguments, output)
    question = INPUT.format(code, entry, output) if direction == "input" else OUTPUT.format(code, entry, arguments)
    return _problem(record.get("id", row), question, task, source)


def _problem(identity: Any, question: str, task: ProgramTruth, source: str) -> Problem:
    return Problem(str(identity), question, task.to_answer(), source, system=INSTRUCTION)


def mbpp_tests(record: Mapping[str, Any], where: str) -> str:
    """Tests of a row of MBPP+. JSON has lost tuples, sets and complex numbers of the inputs: they are given the types
    that the row's examples have in the same places."""
    entry = _text(record, "entry_point", where)
    try:
        asserts = [
            node.test for node in ast.parse(_text(record, "assertion", where)).body if isinstance(node, ast.Assert)
        ]
    except SyntaxError as error:
        raise UserError(f"{where}: assertion: not Python: {error.msg}") from None
    if not asserts:
        raise UserError(f"{where}: assertion: holds no assert")
    examples = [
        found for test in asserts for call in _calls(test, entry) if (found := _literals(call.args)) is not None
    ]
    inputs = [*record.get("base_input", []), *record.get("plus_input", [])]
    calls = [[typed(value, _at(examples, place)) for place, value in enumerate(given)] for given in inputs]
    tolerance = max(FLOAT_TOLERANCE, float(record.get("atol") or 0))
    return AGREE + CHECK.format(calls=repr(calls), form=_form(asserts[0]), tolerance=tolerance)


def _calls(test: ast.expr, entry: str) -> list[ast.Call]:
    return [
        n for n in ast.walk(test) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == entry
    ]


def _literals(nodes: Sequence[ast.expr]) -> list[object] | None:
    """The values of literals; None where one is another expression, such as 10**3."""
    try:
        return [ast.literal_eval(node) for node in nodes]
    except ValueError:
        return None


def _form(test: ast.expr) -> str:
    """The function through which the examples compare: `set(f(x)) == set(...)`, `f(x)` or `not f(x)`, or none."""
    if isinstance(test, ast.Compare) and isinstance(test.left, ast.Call):
        name = ast.unparse(test.left.func)
        return name if name in ("set", "sorted") else ""
    if isinstance(test, ast.Call) and ast.unparse(test.func) == "math.isclose":
        return ""
    return "bool"


def _at(examples: Sequence[Sequence[object]], place: int) -> list[object]:
    return [example[place] for example in examples if place < len(example)]


def typed(value: Any, examples: Sequence[object], around: type = list) -> object:
    """A value of JSON with the types of Python values that stand in the same place; deeper than any of these, a
    sequence has the type of the one around it."""
    kinds = {type(example) for example in examples}
    if isinstance(value, list):
        inner = [item for e in examples if isinstance(e, list | tuple | set) for item in e]
        each = [example for example in examples if isinstance(example, tuple)]
        by_place = bool(each) and all(len(example) == len(value) for example in each)
        kind = next((k for k in (list, tuple, set) if k in kinds), around)
        return kind(typed(v, _at(each, n) if by_place else inner, kind) for n, v in enumerate(value))
    if isinstance(value, dict):
        dicts = [example for example in examples if isinstance(example, dict)]
        keys, values = [key for e in dicts for key in e], [item for e in dicts for item in e.values()]
        return {typed(key, keys): typed(item, values) for key, item in value.items()}
    if isinstance(value, str) and kinds & {int, float, complex} and str not in kinds:
        return _number(value, kinds)
    return value


def _number(text: str, kinds: set[type]) -> object:
    """A number that JSON had to write as text; a text that is none stays one."""
    for kind in (complex,) if complex in kinds else (int, float, complex):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
