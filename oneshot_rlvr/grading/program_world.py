"""The tree-walking interpreter of the program world: the value of a program, its written working and its depth.

A program is one function `f` of one or two parameters: assignments, then a return. Values are whole numbers and short
lists of them. Nothing is compiled or executed; what the world does not know is refused, so that a program which is not
refused has the value that Python gives it.
"""

import ast
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ENTRY = "f"  # name of the function that a program is called by
MAX_VALUE = 30  # largest whole number; none is negative
MAX_LENGTH = 6  # entries of a list
MAX_CHARACTERS = 300  # of a program
MAX_VISITS = 200  # nodes of the tree that one run evaluates

Value = int | list[int]

ARITHMETIC: dict[type[ast.operator], tuple[str, Callable[[int, int], int]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
}
COMPARISONS: dict[type[ast.cmpop], tuple[str, Callable[[int, int], bool]]] = {
    ast.Lt: ("<", operator.lt),
    ast.Gt: (">", operator.gt),
    ast.Eq: ("==", operator.eq),
}
CALLS: dict[str, Callable[[list[int]], Value]] = {"len": len, "sum": sum, "max": max, "min": min, "sorted": sorted}
NUMBER = r"(?:0|[1-9]\d{0,3})"
ARGUMENT = re.compile(rf"{NUMBER}|\[(?:{NUMBER}(?:,{NUMBER})*)?\]")


class Refused(ValueError):
    """A text that is no program, no task or no answer; `reason` is one word."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Program:
    """A program as read. Example: `def f(x):\\n a=x[0]\\n return a+1` has the statements (("a", x[0]), ("", a+1))."""

    parameters: tuple[str, ...]
    statements: tuple[tuple[str, ast.expr], ...]  # (name, expression); "" names what is returned


@dataclass(frozen=True, slots=True)
class Run:
    """One run. Example: the program above with [4,2] gives 5 by the lines `[4,2][0]`, `a=4`, `4+1`, `>>5`."""

    value: Value
    lines: tuple[str, ...]  # the written working; the last is `>>` and the value
    depth: int  # operations that were carried out and that the value depends on, equal ones counted once
    live: bool  # every operation had an operand that comes from the input, none had two equal ones


@dataclass(frozen=True, slots=True)
class _Traced:
    """A value with its origin. Equal `number`s were computed in the same way."""

    value: Value
    number: int
    operations: frozenset[int] = frozenset()  # numbers of the operations that it depends on
    from_input: bool = False


def show(value: Value) -> str:
    """The value as the world writes it: `7`, `[3,5]`."""
    return "[" + ",".join(map(str, value)) + "]" if isinstance(value, list) else str(value)


def show_arguments(arguments: Sequence[Value]) -> str:
    """The text between the brackets of a call: `[3,5],7`."""
    return ",".join(map(show, arguments))


def read_arguments(text: str) -> list[Value]:
    """The reverse of `show_arguments`; blanks are ignored. Refused for any other text."""
    text = text.replace(" ", "")
    if not re.fullmatch(rf"(?:{ARGUMENT.pattern})(?:,(?:{ARGUMENT.pattern}))*", text):
        raise Refused("arguments", f"{text[:40]!r}: whole numbers and lists of them are needed")
    found: list[Value] = []
    for part in ARGUMENT.findall(text):
        entries = [int(entry) for entry in re.findall(r"\d+", part)]
        found.append(entries if part[0] == "[" else entries[0])
    for value in found:
        _check(value)
    return found


def parse(program: str) -> Program:
    """The program's parts. Refused where it is longer than MAX_CHARACTERS, no Python or of another form."""
    if len(program) > MAX_CHARACTERS:
        raise Refused("policy", f"more than {MAX_CHARACTERS} characters")
    try:
        body = ast.parse(program).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Refused("syntax", str(error)[:80]) from error
    function = body[0] if len(body) == 1 else None
    if not isinstance(function, ast.FunctionDef) or function.name != ENTRY or function.decorator_list:
        raise Refused("policy", "one function f is needed")
    names = function.args
    parameters = tuple(argument.arg for argument in names.args)
    if names.posonlyargs or names.kwonlyargs or names.vararg or names.kwarg or names.defaults:
        raise Refused("policy", "plain parameters are needed")
    if not 1 <= len(parameters) <= 2 or len(set(parameters)) < len(parameters):
        raise Refused("policy", "one or two parameters are needed")
    return Program(parameters, tuple(_statements(function.body)))


def _statements(body: Sequence[ast.stmt]) -> list[tuple[str, ast.expr]]:
    found: list[tuple[str, ast.expr]] = []
    for statement in body[:-1]:
        target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
        if not isinstance(statement, ast.Assign) or not isinstance(target, ast.Name) or target.id in (*CALLS, ENTRY):
            raise Refused("policy", "a statement is the assignment of a name")
        found.append((target.id, statement.value))
    last = body[-1]
    if not isinstance(last, ast.Return) or last.value is None:
        raise Refused("policy", "the last statement is the return of a value")
    return [*found, ("", last.value)]


def run(program: str | Program, arguments: Sequence[Value]) -> Run:
    """Value, working, depth and liveness of a call. Refused where the world does not know it or a limit is reached."""
    read = parse(program) if isinstance(program, str) else program
    if len(arguments) != len(read.parameters):
        raise Refused("exception", f"{len(read.parameters)} arguments are needed, not {len(arguments)}")
    walk = _Walk()
    for name, value in zip(read.parameters, arguments):
        walk.names[name] = _Traced(_check(value), walk.number("parameter", name), from_input=True)
    for name, expression in read.statements:
        walk.names[name] = result = walk.evaluate(expression, root=True)
        walk.lines.append(f"{name}={show(result.value)}" if name else f">>{show(result.value)}")
    result = walk.names[""]
    return Run(result.value, tuple(walk.lines), len(result.operations), walk.live)


def _check(value: Value) -> Value:
    """The value, Refused beyond the world's limits."""
    entries = value if isinstance(value, list) else [value]
    if len(entries) > MAX_LENGTH or any(not 0 <= entry <= MAX_VALUE for entry in entries):
        raise Refused("policy", f"{str(value)[:40]}: beyond 0 to {MAX_VALUE}, or a list longer than {MAX_LENGTH}")
    return value


def _whole(*operands: _Traced) -> list[int]:
    """Values of operands that must be whole numbers."""
    values = [operand.value for operand in operands]
    if any(isinstance(value, list) for value in values):
        raise Refused("policy", "a list where the world knows whole numbers only")
    return [value for value in values if isinstance(value, int)]


def _list(operand: _Traced) -> list[int]:
    """Value of an operand that must be a list."""
    if not isinstance(operand.value, list):
        raise Refused("exception", "a whole number where a list is needed")
    return operand.value


class _Walk:
    """The state of a run: names, written lines, numbers of computations (for `depth` and `live`), visits left."""

    def __init__(self) -> None:
        self.names: dict[str, _Traced] = {}
        self.lines: list[str] = []
        self.live = True
        self._numbers: dict[tuple[object, ...], int] = {}
        self._visits = MAX_VISITS

    def number(self, *how: object) -> int:
        """The same number for the same computation."""
        return self._numbers.setdefault(how, len(self._numbers))

    def evaluate(self, node: ast.expr, root: bool = False) -> _Traced:
        """The value of an expression. An operation writes its line, with its value unless it is a statement's root."""
        self._visits -= 1
        if self._visits < 0:
            raise Refused("policy", "too many operations")
        match node:
            case ast.Constant(value=int() as value) if type(value) is int:
                return _Traced(_check(value), self.number("constant", value))
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.Name(id=name):
                raise Refused("exception", f"name {name!r} is not defined")
            case ast.List(elts=entries):
                return self._display([self.evaluate(entry) for entry in entries])
            case ast.IfExp(test=ast.Compare() as test, body=body, orelse=orelse):
                return self._choose(self._compare(test), body, orelse, root)
        text, value, sources, how = self._operate(node)
        result = self._operation(value, sources, how)
        self.lines.append(text if root else f"{text}={show(result.value)}")
        return result

    def _display(self, entries: Sequence[_Traced]) -> _Traced:
        """`[a,b]`: no operation of its own."""
        return _Traced(
            _check([*_whole(*entries)]),
            self.number("list", *(entry.number for entry in entries)),
            frozenset().union(*(entry.operations for entry in entries)),
            any(entry.from_input for entry in entries),
        )

    def _operation(self, value: Value, sources: Sequence[_Traced], how: Sequence[object]) -> _Traced:
        """The result of an operation on `sources`, with its trace."""
        number = self.number(*how, *(source.number for source in sources))
        from_input = any(source.from_input for source in sources)
        self.live = self.live and from_input
        operations = frozenset({number}).union(*(source.operations for source in sources))
        return _Traced(_check(value), number, operations, from_input)

    def _compare(self, node: ast.Compare) -> _Traced:
        """A comparison as 0 or 1, one operation; its line says True or False."""
        if len(node.ops) != 1 or type(node.ops[0]) not in COMPARISONS:
            raise Refused("policy", "a comparison is one of < > ==")
        left, right = self.evaluate(node.left), self.evaluate(node.comparators[0])
        sign, compare = COMPARISONS[type(node.ops[0])]
        a, b = _whole(left, right)
        self.live = self.live and left.number != right.number
        self.lines.append(f"{a}{sign}{b}={compare(a, b)}")
        return self._operation(int(compare(a, b)), (left, right), (sign,))

    def _choose(self, test: _Traced, body: ast.expr, orelse: ast.expr, root: bool) -> _Traced:
        """A conditional: the branch that is taken, which depends on the test too."""
        taken = self.evaluate(body if test.value else orelse, root)
        number = self.number("choice", test.number, taken.number)
        return _Traced(taken.value, number, taken.operations | test.operations, taken.from_input or test.from_input)

    def _operate(self, node: ast.expr) -> tuple[str, Value, list[_Traced], tuple[object, ...]]:
        """An operation: its text with the values put in, its value, its operands, and a key of what it does."""
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                return self._arithmetic(self.evaluate(left), type(op), self.evaluate(right))
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in CALLS:
                return self._call(name, self.evaluate(argument))
            case ast.Subscript(value=inner, slice=ast.Slice(lower=lower, upper=upper, step=step)):
                operand, bounds = self.evaluate(inner), [_bound(part) for part in (lower, upper, step)]
                if bounds[2] not in (None, -1):
                    raise Refused("policy", "a slice's step is -1 or none")
                text = ":".join("" if b is None else str(b) for b in (bounds if step else bounds[:2]))
                return f"{show(operand.value)}[{text}]", _list(operand)[slice(*bounds)], [operand], ("slice", text)
            case ast.Subscript(value=inner, slice=place):
                operand, index = self.evaluate(inner), _bound(place)
                if index is None or not -len(_list(operand)) <= index < len(_list(operand)):
                    raise Refused("exception", "list index out of range")
                return f"{show(operand.value)}[{index}]", _list(operand)[index], [operand], ("item", index)
            case ast.ListComp(elt=entry, generators=[ast.comprehension(target=ast.Name(id=name), iter=source, ifs=[])]):
                return self._comprehension(entry, name, self.evaluate(source))
        raise Refused("policy", f"{type(node).__name__}: not in this world")

    def _arithmetic(
        self, left: _Traced, op: type[ast.operator], right: _Traced
    ) -> tuple[str, Value, list[_Traced], tuple[object, ...]]:
        sign, apply = ARITHMETIC[op]
        text = f"{show(left.value)}{sign}{show(right.value)}"
        if sign == "+" and isinstance(left.value, list):
            return text, left.value + _list(right), [left, right], ("join",)
        a, b = _whole(left, right)
        if sign in ("//", "%") and b == 0:
            raise Refused("exception", "division by zero")
        if sign not in ("+", "*") and left.number == right.number:
            self.live = False
        return text, apply(a, b), [left, right], (sign,)

    def _call(self, name: str, operand: _Traced) -> tuple[str, Value, list[_Traced], tuple[object, ...]]:
        """A built-in function of a list. A sum is written as partial sums, two numbers at a time."""
        entries = _list(operand)
        if name in ("max", "min") and not entries:
            raise Refused("exception", f"{name}() of an empty list")
        text, so_far = f"{name}({show(entries)})", entries[0] if entries else 0
        if name == "sum" and len(entries) > 1:
            for entry in entries[1:-1]:
                self.lines.append(f"{so_far}+{entry}={so_far + entry}")
                so_far += entry
            text = f"{so_far}+{entries[-1]}"
        return text, CALLS[name](entries), [operand], (name,)

    def _comprehension(
        self, entry: ast.expr, name: str, source: _Traced
    ) -> tuple[str, Value, list[_Traced], tuple[object, ...]]:
        """`[i+2 for i in L]`: one operation, whose entries depend on i and constants alone."""
        values: list[int] = []
        for value in _list(source):
            inner = _Walk()
            inner._visits = self._visits = self._visits - 1
            inner.names = {name: _Traced(value, 0, from_input=True)}
            values += _whole(inner.evaluate(entry))
        shown = ast.unparse(entry).replace(" ", "")
        return f"[{shown} for {name} in {show(source.value)}]", values, [source], ("each", ast.dump(entry))


def _bound(node: ast.expr | None) -> int | None:
    """A constant bound or index, which may be negative."""
    match node:
        case None:
            return None
        case ast.Constant(value=int() as value) if type(value) is int:
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)) if type(value) is int:
            return -value
    raise Refused("policy", "an index is a whole number")
