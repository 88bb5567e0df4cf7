"""The records of self-play: tasks on programs, what a proposer wrote, and why a text was refused."""

import ast
from dataclasses import dataclass
from typing import Any, Literal, get_args

from oneshot_rlvr.grading.program_world import ENTRY, Refused

Kind = Literal["deduction", "abduction", "induction"]
Role = Literal["propose", "solve"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# Reason of a refusal -> its words. First of the form, then of the run, then of the gate.
REASONS = {
    "truncated": "cut at the token limit",
    "no_answer": "without a complete answer after the reasoning",
    "fence": "a block is missing, is there twice or is not closed",
    "syntax": "the program does not parse",
    "entry": "no function f with a parameter at the top of the program",
    "arguments": "the input is no list of literals",
    "value": "the answer is no literal",
    "policy": "uses what programs may not",
    "exception": "raises",
    "timeout": "takes too long",
    "memory": "takes too much memory",
    "output_too_large": "its output is too large",
    "non_literal": "its output is no literal",
    "died": "ends its process",
    "limits": "too long, or slower than half the time limit",
    "nondeterministic": "two processes give two outputs",
    "functions": "more than one function",
    "shallow": "executes fewer operations than the least",
    "deep": "executes more operations than the most",
    "dead": "holds an operation that the input cannot change",
    "unused": "a parameter is not used",
    "duplicate": "is there already",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """The text of a proposer in its parts. Of an induction proposal `program` is the one that it was shown."""

    kind: Kind
    program: str
    arguments: tuple[str, ...]  # text between the brackets of f(...), one of each input
    message: str = ""  # the hint of an induction task


@dataclass(frozen=True, slots=True)
class ProgramTask:
    """A proposal that was run: a program with inputs and their outputs, of which a part is hidden from the solver.

    Example: `ProgramTask("7/deduction/3", "deduction", "def f(x):\\n    return x + 1", (("3", "4"),))`. Deduction hides
    the output, abduction the input, induction the program and the second half of the pairs.
    """

    id: str  # step, kind and number of the proposal; "seed/..." of those before the first step
    kind: Kind
    program: str
    pairs: tuple[tuple[str, str], ...]  # arguments as written, canonical output
    message: str = ""
    depth: int = 0  # executed operations, where the dialect counts them

    @property
    def arguments(self) -> str:
        return self.pairs[0][0]

    @property
    def output(self) -> str:
        return self.pairs[0][1]

    @property
    def shown(self) -> tuple[tuple[str, str], ...]:
        """The pairs that an induction solver sees: the first half."""
        return self.pairs[: len(self.pairs) // 2]

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        """The pairs that its program must match."""
        return self.pairs[len(self.pairs) // 2 :]

    @staticmethod
    def of(line: dict[str, Any]) -> "ProgramTask":
        """The record from its JSON line (`dataclasses.asdict`)."""
        return ProgramTask(**{**line, "pairs": tuple((a, b) for a, b in line["pairs"])})


def parsed(program: str, limit: int = 8000) -> ast.Module:
    """The program's syntax tree. Refused where it has none, or is longer than `limit` characters."""
    if len(program) > limit:
        raise Refused("limits", f"{len(program)} characters")
    try:
        return ast.parse(program, "program")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Refused("syntax", str(error)) from None


def entry(tree: ast.Module) -> ast.FunctionDef:
    """The function that is called. Refused where there is none, or it takes nothing."""
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == ENTRY]
    if len(found) != 1 or not (parameters(found[0]) or found[0].args.vararg):
        raise Refused("entry")
    return found[0]


def parameters(function: ast.FunctionDef) -> list[str]:
    """Names of a function's parameters but those with stars."""
    return [arg.arg for arg in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


class _Names(ast.NodeTransformer):
    """Gives the names that a program binds numbers in the order in which they come, each function its own, and may mask
    its constants."""

    def __init__(self, tree: ast.Module, mask: bool) -> None:
        self.mask, self.count = mask, 0
        self.scopes = [_bound(tree)]  # name -> its number, "" as long as it was not met; innermost last

    def _name(self, name: str) -> str:
        scope = next((scope for scope in reversed(self.scopes) if name in scope), None)
        if scope is None:
            return name
        if not scope[name]:
            self.count += 1
            scope[name] = f"v{self.count}"
        return scope[name]

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._name(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg, node.annotation = self._name(node.arg), None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name, node.returns = self._name(node.name), None
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(node.body) > 1:
            node.body = node.body[1:]  # a docstring
        self.scopes.append(_bound(node))
        self.generic_visit(node)
        self.scopes.pop()
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(type(node.value).__name__) if self.mask else node


def _bound(scope: ast.Module | ast.FunctionDef) -> dict[str, str]:
    """The names that are bound in a scope itself, not in functions within it; the entry keeps its name."""
    found: dict[str, str] = {}
    waiting: list[ast.AST] = [*ast.iter_child_nodes(scope)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef):
            found |= {node.name: ""} if node.name != ENTRY else {}
            continue
        if isinstance(node, ast.arg):
            found[node.arg] = ""
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] = ""
        waiting += ast.iter_child_nodes(node)
    return found


def program_key(program: str, mask: bool = False) -> str:
    """A text that is equal for programs with the same normalised syntax tree: without comments, docstrings and
    annotations, names numbered, and with `mask` without the values of constants."""
    tree = parsed(program)
    try:
        return ast.dump(_Names(tree, mask).visit(tree))
    except RecursionError:
        raise Refused("syntax", "nested too deeply") from None
