"""The texts of self-play: prompts that leak nothing, answers read strictly, one key for programs that are the same."""

import pytest

from oneshot_rlvr.selfplay.dialect import PaperDialect, fence
from oneshot_rlvr.selfplay.tasks import KINDS, REASONS, Kind, ProgramTask, Refused, entry, parsed, program_key

PROGRAM = "def f(x):\n    return x * 7 + 4321"
PAIRS = (("11", "4398"), ("12", "4405"), ("13", "4412"), ("14", "4419"))
PAPER = PaperDialect(inputs=3)


def task(kind: Kind) -> ProgramTask:
    return ProgramTask("1/x/0", kind, PROGRAM, PAIRS if kind == "induction" else PAIRS[:1], "multiplies and adds")


def wrapped(*blocks: str, think: str = "first ...") -> str:
    return f" {think} </think>\n<answer>\n" + "\n".join(blocks) + "\n</answer>"


@pytest.mark.parametrize(("kind", "absent", "present"), [
    ("deduction", ["4398"], ["4321", "```input\n11\n```"]),
    ("abduction", ["11"], ["4321", "```output\n4398\n```"]),
    ("induction", ["4321", "4412", "4419", "13", "14"], ["input_0\n11\n", "output_1\n4405\n", "multiplies"]),
])  # fmt: skip
def test_a_solver_sees_nothing_of_what_is_hidden(kind: Kind, absent: list[str], present: list[str]) -> None:
    prompt = PAPER.ask_solution(task(kind))
    assert all(text in prompt for text in present)
    assert not any(text in prompt for text in absent)


def test_proposers_see_their_references() -> None:
    for kind in KINDS:
        assert PROGRAM in PAPER.ask_proposal(kind, [task("deduction")])
    assert "snippet" not in PAPER.ask_proposal("abduction", [])
    assert "3 inputs" in PAPER.ask_proposal("induction", [task("deduction")])
    assert "4398" not in PAPER.ask_proposal("induction", [task("deduction")])


@pytest.mark.parametrize(("kind", "text", "found"), [
    ("deduction", wrapped("so", fence("output", "[1, 2]")), "[1, 2]"),
    ("abduction", wrapped(fence("input", "[1,\n 2], 'a'")), "[1,\n 2], 'a'"),
    ("induction", wrapped(fence("python", PROGRAM)), PROGRAM),
    # what stands in the reasoning or after the answer is nothing
    ("deduction", wrapped(fence("output", "5"), think=fence("output", "6")), "5"),
    ("deduction", wrapped(fence("output", "5")) + "\nUser: next\nAssistant: <think> </think><answer>```</answer>", "5"),
    ("deduction", wrapped(fence("python", "x"), fence("output", "5")), "5"),
])  # fmt: skip
def test_answers_are_read(kind: Kind, text: str, found: str) -> None:
    assert PAPER.read_solution(kind, text) == found


@pytest.mark.parametrize(("kind", "text", "reason"), [
    ("deduction", "5", "no_answer"),
    ("deduction", "<answer>" + fence("output", "5") + "</answer>", "no_answer"),  # the reasoning is not closed
    ("deduction", "</think> so <answer>" + fence("output", "5") + "</answer>", "no_answer"),
    ("deduction", "</think><answer>" + fence("output", "5"), "no_answer"),
    ("deduction", wrapped("<answer>", fence("output", "5")), "no_answer"),
    ("deduction", wrapped("5"), "fence"),
    ("deduction", wrapped(fence("", "5")), "fence"),
    ("deduction", wrapped(fence("input", "5")), "fence"),
    ("deduction", wrapped(fence("output", "")), "fence"),
    ("deduction", wrapped(fence("output", "5"), fence("output", "6")), "fence"),
    ("deduction", wrapped("```output\n5"), "fence"),
    ("deduction", wrapped(fence("output", fence("output", "5"))), "fence"),  # one within another
])  # fmt: skip
def test_malformed_answers_have_a_reason(kind: Kind, text: str, reason: str) -> None:
    with pytest.raises(Refused) as error:
        PAPER.read_solution(kind, text)
    assert error.value.reason == reason and reason in REASONS


def test_proposals_are_read_and_refused() -> None:
    inputs = [fence("input", str(n)) for n in range(3)]
    good = PAPER.read_proposal("abduction", wrapped(fence("python", PROGRAM), fence("input", "3")), [])
    assert (good.program, good.arguments, good.message) == (PROGRAM, ("3",), "")
    induction = PAPER.read_proposal("induction", wrapped(*inputs, fence("message", "adds")), [task("deduction")])
    assert (induction.program, induction.arguments, induction.message) == (PROGRAM, ("0", "1", "2"), "adds")
    for kind, blocks in (
        ("deduction", [fence("python", PROGRAM)]),
        ("deduction", [fence("python", PROGRAM), fence("input", "1"), fence("input", "2")]),
        ("induction", [*inputs]),
        ("induction", [*inputs[:2], fence("message", "adds")]),
    ):
        with pytest.raises(Refused, match="fence"):
            PAPER.read_proposal(kind, wrapped(*blocks), [task("deduction")])  # type: ignore[arg-type]


def test_a_task_keeps_through_json() -> None:
    import dataclasses
    import json

    one = task("induction")
    assert ProgramTask.of(json.loads(json.dumps(dataclasses.asdict(one)))) == one


def test_programs_that_are_the_same_share_a_key() -> None:
    same = [
        "def f(x, y):\n    total = x + y\n    return total * 2",
        'def f(a: int, b=0) -> int:\n    """Adds."""\n    s = a + b  # sum\n    return s*2'.replace("=0", ""),
        "def f(y, x):\n\n    z = (y + x)\n    return (z) * 2",
    ]
    assert len({program_key(program) for program in same}) == 1
    others = [
        "def f(x, y):\n    total = x - y\n    return total * 2",
        "def f(x, y):\n    total = x + y\n    return total * 3",
        "def f(x, y):\n    total = y + x\n    return total * 2",
        "def f(x, y):\n    total = x + y\n    return sum * 2",
    ]
    assert len({program_key(program) for program in (same[0], *others)}) == 5
    assert program_key(same[0], mask=True) == program_key(others[1], mask=True)


def test_helpers_keep_apart_from_the_entry() -> None:
    one = "def g(x):\n    return x + 1\ndef f(x):\n    return g(x)"
    two = "def add(y):\n    return y + 1\ndef f(z):\n    return add(z)"
    assert program_key(one) == program_key(two)
    assert entry(parsed(one)).name == "f"


@pytest.mark.parametrize(("program", "reason"), [
    ("def f(x:", "syntax"),
    ("x = 1\0", "syntax"),
    ("def g(x):\n    return x", "entry"),
    ("def f():\n    return 1", "entry"),
    ("def f(x):\n    return 1\ndef f(y):\n    return 2", "entry"),
    ("x = " + "-" * 7000 + "1", "syntax"),
    ("#" * 8001, "limits"),
])  # fmt: skip
def test_programs_are_refused(program: str, reason: str) -> None:
    with pytest.raises(Refused) as error:
        entry(parsed(program))
    assert error.value.reason == reason
