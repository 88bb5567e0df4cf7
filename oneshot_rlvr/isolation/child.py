"""The life of a process that runs one program: the one place of this package where code of others is executed.

Called after the limits and the filter hold (zygote.py). A request says what to do, the reply is JSON: `["value", ...]`,
or a fault and a detail. What a reply says of its own program may be forged, and what it costs shows outside.
"""

import ast
import json
import os
import random
import sys
from collections.abc import Callable
from typing import Any

from oneshot_rlvr.isolation.policy import Library, refusal
from oneshot_rlvr.isolation.wire import NotLiteral, TooLarge, Writer, read

Reply = list[Any]
NO_MEMORY = b'["memory", ""]'


class Refused(Exception):
    """A fault, before any of the program has run."""


class Needed(BaseException):
    """A test asked for a value that is not known yet."""


def live(request: dict[str, Any], library: Library, to_zygote: int) -> None:
    """Runs what the request asks for, writes the reply, ends this process."""
    sys.stdin = sys.stdout = sys.stderr = sys.__stdin__ = sys.__stdout__ = sys.__stderr__ = None  # type: ignore[assignment]
    try:
        reply = json.dumps(DO[request["do"]](request, library)).encode()
    except MemoryError:
        reply = NO_MEMORY
    view = memoryview(reply)
    while view:
        view = view[os.write(to_zygote, view) :]
    os._exit(0)


def _call(request: dict[str, Any], library: Library) -> Reply:
    """One call of `f` in a program of a task."""
    modules = request["modules"]
    expressions = request.get("expressions")
    try:
        tree = _parsed(request["program"])
        if said := refusal(tree, modules):
            raise Refused("policy", said)
        code = _compiled(tree)
        call = None if expressions is None else _call_of_f(expressions, modules)
    except Refused as fault:
        return list(fault.args)
    names = library.namespace(modules)
    failed = _guarded(lambda: exec(code, names))
    if failed[0] != "value":
        return failed
    if not callable(names.get("f")):
        return ["policy", "no function f"]
    if call is None:
        return _value(names["f"], request["arguments"], request["limit"], exact=True)
    returned = _guarded(lambda: eval(call, names))
    return returned if returned[0] != "value" else _written(returned[1], request["limit"], exact=True)


def _call_of_f(expressions: str, modules: list[str]) -> Any:
    """The code of `f(...)` with expressions in it: one call, which nothing in the text ends early."""
    try:
        tree = ast.parse(f"f(\n{expressions}\n)", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Refused("syntax", f"arguments: {type(error).__name__}") from None
    call = tree.body
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "f":
        raise Refused("syntax", "arguments: not one call")
    if said := refusal(tree, modules):
        raise Refused("policy", f"arguments: {said}")
    for node in ast.walk(tree):
        # Nothing that makes a class of its own, which could return what is asked for, or that names something anew.
        if isinstance(node, ast.NamedExpr | ast.Starred) or (isinstance(node, ast.Name) and node.id == "type"):
            raise Refused("policy", f"arguments: {type(node).__name__}")
    return compile(tree, "arguments", "eval")


def _solution(request: dict[str, Any], library: Library) -> Reply:
    """Several calls of one function of a benchmark's solution, one after the other."""
    try:
        code = _compiled(_parsed(request["program"]))
    except Refused as fault:
        return list(fault.args)
    names = library.open_namespace()
    random.seed(0)
    failed = _guarded(lambda: exec(code, names))
    if failed[0] != "value":
        return failed
    function = names.get(request["entry"])
    if not callable(function):
        return ["exception", f"no function {request['entry']}"]
    return ["value", [_value(function, call, request["limit"], exact=False) for call in request["calls"]]]


def _test(request: dict[str, Any], library: Library) -> Reply:
    """A benchmark's tests on a stand-in that answers from what a solution returned elsewhere.

    `["value", "passed"]`, `["value", "failed", words]`, or `["needed", calls]`: those whose answers the tests ask for,
    up to the first that is not known; with a reference, which answers instead of a solution, all of them at once.
    """
    calls: list[Any] = []
    unknown: list[int] = []  # places of calls without an answer: tests may catch what is raised there
    answers = request["answers"]
    reference = None
    random.seed(0)
    try:
        names = _names_after(request["setup"], library)
        reference = _names_after(request["reference"], library).get(request["entry"])

        def stand_in(*arguments: object, **keywords: object) -> object:
            call = Writer(request["limit"], exact=False).written([list(arguments), keywords])
            calls.append(call)
            place = len(calls) - 1
            if callable(reference) and not answers:
                positional, named = read(call)  # type: ignore[misc]
                return reference(*positional, **named)
            if place >= len(answers) or answers[place][0] != call:
                unknown.append(place)
                raise Needed
            kind, value = answers[place][1]
            if kind != "value":
                raise AssertionError(f"{kind} {value}")
            return read(value)

        names |= {
            request["entry"]: stand_in,
            "reference": reference,
            "fits": lambda value: _fits(value, request["limit"]),
        }
        verdict = _verdict(request["test"], names, stand_in)
    except Needed:
        verdict = []
    except Refused as fault:
        return list(fault.args)
    if unknown:
        return ["needed", calls[: unknown[0] + 1]]
    if calls and callable(reference) and not answers:
        return ["needed", calls]
    return verdict if calls else ["value", "failed", "the tests call nothing"]


def _fits(value: object, limit: int) -> bool:
    """True for a value that a solution could send too."""
    try:
        Writer(limit, exact=False).written(value)
    except TooLarge:
        return False
    return True


def _names_after(program: str, library: Library) -> dict[str, Any]:
    names = library.open_namespace()
    exec(_compiled(_parsed(program)), names)
    return names


def _verdict(test: str, names: dict[str, Any], stand_in: Callable[..., object]) -> Reply:
    try:
        exec(_compiled(_parsed(test)), names)
        if callable(check := names.get("check")):
            check(stand_in)
    except (Refused, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  a test fails with whatever it raises
        return ["value", "failed", f"{type(error).__name__}: {error}"[:200]]
    return ["value", "passed"]


DO = {"call": _call, "solution": _solution, "test": _test}


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise Refused("syntax", f"{error.msg}, line {error.lineno}"[:200]) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Refused("syntax", type(error).__name__) from None


def _compiled(tree: ast.Module) -> Any:
    try:
        return compile(tree, "program", "exec")
    except SyntaxError as error:
        raise Refused("syntax", f"{error.msg}, line {error.lineno}"[:200]) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Refused("syntax", type(error).__name__) from None


def _guarded(run: Callable[[], object]) -> Reply:
    """`["value", what it returns]`, or the fault."""
    try:
        return ["value", run()]
    except MemoryError:
        return ["memory", ""]
    except TooLarge:
        return ["output_too_large", ""]
    except NotLiteral as error:
        return ["non_literal", str(error)]
    except BaseException as error:  # noqa: BLE001  a program may raise anything, also what ends an interpreter
        return ["exception", str(type(error).__name__)[:100]]


def _value(function: Any, call: Any, limit: int, exact: bool) -> Reply:
    positional, keywords = read(call)  # type: ignore[misc]
    returned = _guarded(lambda: function(*positional, **keywords))
    return returned if returned[0] != "value" else _written(returned[1], limit, exact)


def _written(value: object, limit: int, exact: bool) -> Reply:
    return _guarded(lambda: Writer(limit, exact).written(value))
