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
    try:
        tree = _parsed(request["program"])
        if said := refusal(tree, modules):
            raise Refused("policy", said)
        code = _compiled(tree)
    except Refused as fault:
        return list(fault.args)
    names = library.namespace(modules)
    failed = _guarded(lambda: exec(code, names))
    if failed[0] != "value":
        return failed
    if not callable(names.get("f")):
        return ["policy", "no function f"]
    return _value(names["f"], request["arguments"], request["limit"], exact=True)


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

    `["value", "passed"]`, `["value", "failed", words]`, or `["needed", calls]`: those whose answers the tests ask for.
    """
    calls: list[Any] = []
    answers = request["answers"]

    def stand_in(*arguments: object, **keywords: object) -> object:
        call = Writer(request["limit"], exact=False).written([list(arguments), keywords])
        calls.append(call)
        place = len(calls) - 1
        if place >= len(answers) or answers[place][0] != call:
            raise Needed
        kind, value = answers[place][1]
        if kind != "value":
            raise AssertionError(f"{kind} {value}")
        return read(value)

    names = library.open_namespace()
    random.seed(0)
    try:
        exec(_compiled(_parsed(request["setup"])), names)
        names[request["entry"]] = stand_in
        exec(_compiled(_parsed(request["test"])), names)
        if callable(check := names.get("check")):
            check(stand_in)
    except Needed:
        return ["needed", calls]
    except Refused as fault:
        return list(fault.args)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  a test fails with whatever it raises
        return ["value", "failed", f"{type(error).__name__}: {error}"[:200]]
    return ["value", "passed"] if calls else ["value", "failed", "the tests call nothing"]


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
    if returned[0] != "value":
        return returned
    return _guarded(lambda: Writer(limit, exact).written(returned[1]))
