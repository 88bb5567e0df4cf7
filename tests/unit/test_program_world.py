"""The program world: values and working by hand and against Python itself, measures, grammar, texts."""

import random
import sys
from typing import Any

import pytest

from oneshot_rlvr.config.schema import ExecutorConfig
from oneshot_rlvr.grading import grade
from oneshot_rlvr.grading.program_world import MAX_LENGTH, MAX_VALUE, read_arguments, run, show_arguments
from oneshot_rlvr.grading.world import extract
from oneshot_rlvr.isolation.pool import GradeItem, GraderPool
from oneshot_rlvr.isolation.programs import Call, Executor, Programs
from oneshot_rlvr.selfplay.dialect import Dialect
from oneshot_rlvr.selfplay.tasks import Kind, ProgramTask, Proposal, Refused
from oneshot_rlvr.selfplay.world import texts
from oneshot_rlvr.selfplay.world.dialect import ZERO, ZERO_TASK, FakeExecutor, WorldDialect
from oneshot_rlvr.selfplay.world.grammar import Sample, dead, draw, held_out
from oneshot_rlvr.selfplay.world.validation import has_pairs, held_out_problems

NAMES = {"__builtins__": {"len": len, "sum": sum, "max": max, "min": min, "sorted": sorted}}


def python_value(program: str, arguments: Any) -> Any:
    """Value that Python itself gives a program of the grammar."""
    scope: dict[str, Any] = dict(NAMES)
    exec(program, scope)
    return scope["f"](*arguments)


def f(*lines: str, names: str = "x") -> str:
    return "\n ".join([f"def f({names}):", *lines])


@pytest.mark.parametrize(
    ("program", "arguments", "lines", "depth"),
    [
        (f("return x[1]"), [[3, 5]], ["[3,5][1]", ">>5"], 1),
        (f("a=sum(x)", "return a-2"), [[3, 1, 5]], ["3+1=4", "4+5", "a=9", "9-2", ">>7"], 2),
        (f("a=sum(x)", "return a-2"), [[3]], ["sum([3])", "a=3", "3-2", ">>1"], 2),
        (f("return y if x>3 else 6", names="x,y"), [4, 9], ["4>3=True", ">>9"], 1),
        # Only what is carried out counts: the branch that is not taken has two operations.
        (f("return y+1 if x>3 else y*2+1", names="x,y"), [4, 9], ["4>3=True", "9+1", ">>10"], 2),
        (f("return y+1 if x>3 else y*2+1", names="x,y"), [1, 9], ["1>3=False", "9*2=18", "18+1", ">>19"], 3),
        (f("a=[i+2 for i in x]", "return a[::-1]"), [[1, 4]],
         ["[i+2 for i in [1,4]]", "a=[3,6]", "[3,6][::-1]", ">>[6,3]"], 2),
        (f("a=x+[7]", "b=a[1:]", "return max(b)"), [[9, 4]],
         ["[9,4]+[7]", "a=[9,4,7]", "[9,4,7][1:]", "b=[4,7]", "max([4,7])", ">>7"], 3),
        # b is computed and thrown away, c repeats a: neither is depth.
        (f("a=x+1", "b=x*2", "c=x+1", "return a+c"), [2], ["2+1", "a=3", "2*2", "b=4", "2+1", "c=3", "3+3", ">>6"], 2),
    ],
)  # fmt: skip
def test_runs_by_hand(program: str, arguments: Any, lines: list[str], depth: int) -> None:
    found = run(program, arguments)
    assert (list(found.lines), found.depth, found.live) == (lines, depth, True)
    assert found.value == python_value(program, arguments)


@pytest.mark.parametrize(
    ("program", "arguments", "fault"),
    [
        (f("return x[5]"), [[1]], "exception"),
        (f("return x%y", names="x,y"), [3, 0], "exception"),
        (f("return max(x)"), [[]], "exception"),
        (f("return x+z"), [3], "exception"),
        (f("return x[0]"), [3], "exception"),
        (f("return x+1"), [3, 4], "exception"),
        (f("return x+"), [3], "syntax"),
        ("", [3], "policy"),
        ("x=1", [3], "policy"),
        (f("return x-4"), [3], "policy"),  # negative
        (f("return x*9"), [9], "policy"),
        (f("return x+x+x+x"), [[1, 2]], "policy"),  # eight entries
        (f("return x*2"), [[1, 2]], "policy"),  # Python repeats the list; the world does not
        (f("return x==y", names="x,y"), [3, 3], "policy"),
        (f("return 1 if x else 2"), [3], "policy"),
        (f("return 1 if x==[1] else 2"), [[1]], "policy"),
        (f("return open(x)"), [3], "policy"),
        (f("return x.real"), [3], "policy"),
        (f("return 3.5"), [3], "policy"),
        (f("return True"), [3], "policy"),
        (f("return [[1],2]"), [3], "policy"),
        (f("return [i for i in x if i>2]"), [[3]], "policy"),
        (f("len=x", "return len"), [3], "policy"),
        (f("while 1:", " pass", "return x"), [3], "policy"),
        (f("return x", names="x=4"), [3], "policy"),
        (f("return x", names="*x"), [3], "policy"),
        (f("return " + "+".join(["x"] * 120)), [0], "policy"),
        (f("return " + "(" * 140 + "x" + ")" * 140), [0], None),
        (f("return " + "x+" * 300 + "x"), [0], "policy"),
    ],
)
def test_refusals(program: str, arguments: Any, fault: str | None) -> None:
    if fault is None:
        assert run(program, arguments).value == arguments[0]
        return
    with pytest.raises(Refused) as refused:
        run(program, arguments)
    assert refused.value.reason == fault


@pytest.mark.parametrize(
    ("program", "arguments", "found"),
    [
        (f("return x+1"), [3], False),
        (f("return x"), [3], False),
        (f("return x+x"), [3], False),
        (f("return 7 if x<9 else 8"), [3], False),
        (f("return 3+4 if x>9 else x"), [3], False),  # not carried out, and not counted
        (f("a=3+4", "return x+a"), [3], True),
        (f("a=3", "b=a*2", "return x+b"), [3], True),
        (f("return x-x"), [3], True),
        (f("a=x", "return a%x"), [3], True),
        (f("a=x+1", "b=x+1", "return 2 if a<b else x"), [3], True),
        (f("a=x%1", "return a"), [3], True),
        (f("return 7 if x<29 else 8"), [3], True),
    ],
)
def test_dead_programs(program: str, arguments: Any, found: bool) -> None:
    assert dead(program, arguments) is found


def test_programs_have_pythons_value() -> None:
    for sample in samples(2_000, seed=11):
        assert python_value(sample.program, sample.arguments) == sample.run.value, sample


def samples(count: int, seed: int) -> list[Sample]:
    """Programs of depth 1 to 6 in turn."""
    rng = random.Random(seed)
    found = [draw(1 + number % 6, rng) for number in range(count)]
    assert [sample.run.depth for sample in found] == [1 + number % 6 for number in range(count)]
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="the filter of system calls is Linux's")
@pytest.mark.parametrize("count", [240, pytest.param(10_000, marks=pytest.mark.slow)])
def test_the_executor_gives_the_interpreters_values(count: int) -> None:
    """In processes of their own; and what the world refuses as an exception or no Python is one there too."""
    calls = [Call(sample.program, show_arguments(sample.arguments)) for sample in samples(count, seed=14)]
    calls += [Call(f(body), "[3, 1]") for body in ("return x[7]", "return x+1", "return max(x[5:])", "return (", "y=x")]
    with Programs(ExecutorConfig()) as programs:
        found = programs.run(calls)
    walked = FakeExecutor().run(calls)
    assert [outcome.value for outcome in found[:-1]] == [outcome.value for outcome in walked[:-1]]
    assert [outcome.fault for outcome in found[:-1]] == [outcome.fault for outcome in walked[:-1]]
    assert (found[-1].value, walked[-1].fault) == ("None", "policy")  # no return: a value, but none of the world


def test_working_is_the_text_of_true_equations() -> None:
    """Each line is re-computed by Python: `text=value` alone, or `text` and its value on the next line."""
    rng = random.Random(12)
    for number in range(600):
        lines = draw(1 + number % 6, rng).run.lines
        for line, after in zip(lines, [*lines[1:], ""]):
            if line[1:2] == "=" or line.startswith(">>"):
                continue
            text, mark, value = line.rpartition("=")
            if not mark:
                text, value = line, after.removeprefix(">>").rpartition("=")[2]
            assert eval(text, dict(NAMES)) == eval(value), line


def test_values_stay_within_the_world() -> None:
    rng = random.Random(13)
    for _ in range(300):
        value = draw(rng.randint(1, 6), rng).run.value
        entries = value if isinstance(value, list) else [value]
        assert len(entries) <= MAX_LENGTH and all(0 <= entry <= MAX_VALUE for entry in entries)


def test_held_out_programs_are_distinct_and_follow_from_the_seed() -> None:
    first, again, other = list(held_out(20, "a")), list(held_out(20, "a")), list(held_out(20, "b"))
    assert first == again and len({sample.program for sample in first}) == 120
    assert [sample.run.depth for sample in first] == [depth for depth in range(1, 7) for _ in range(20)]
    deep = {sample.program for sample in first if sample.run.depth > 2}
    assert not deep & {sample.program for sample in other}


@pytest.mark.parametrize(
    ("text", "arguments"), [("3", [3]), ("[]", [[]]), ("[3,5],7", [[3, 5], 7]), ("[3, 5], 7", [[3, 5], 7])]
)
def test_arguments_are_read(text: str, arguments: Any) -> None:
    assert read_arguments(text) == arguments
    assert show_arguments(arguments) == text.replace(" ", "")


@pytest.mark.parametrize("text", ["", "03", "-1", "31", "[1,[2]]", "3,", "x", "3)", "[1,2", "True", "1.5", "99999"])
def test_bad_arguments_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_arguments(text)


def test_texts() -> None:
    program = f("return x[0]+y", names="x,y")
    assert texts.deduction(program, [[3, 5], 4]) == "D\ndef f(x,y):\n return x[0]+y\nx=[3,5]\ny=4"
    assert texts.abduction(program, "7") == "A\ndef f(x,y):\n return x[0]+y\n>>7"
    assert texts.induction([("[3,5],4", "7"), ("[1],0", "1")]) == "I\n[3,5],4>>7\n[1],0>>1"
    assert texts.proposal("abduction", program, [[3], 4]).startswith("PA\ndef f(x,y):")
    assert extract("[3,5][0]\n3+4\n>>7") == "7"
    assert extract(">>6\n>>7 ") == "7"
    assert extract("7") is None
    assert texts.propose(program, [[3, 5], 4]) == program + "\n>>[3,5],4"
    assert texts.propose_inputs([[[3], 4], [[1], 0]]) == ">>[3],4\n>>[1],0"


WORLD: Dialect = WorldDialect()
PLUS = f("return x+y", names="x,y")


def test_the_world_asks_what_its_texts_say() -> None:
    pairs = tuple((f"[{n}, 2], 4", f"[{n}, 9]") for n in range(6))
    task = ProgramTask("1", "deduction", PLUS, pairs[:1])
    assert WORLD.ask_solution(task) == f"D\n{PLUS}\nx=[0,2]\ny=4"
    assert WORLD.ask_solution(ProgramTask("1", "abduction", PLUS, pairs[:1])) == f"A\n{PLUS}\n>>[0,9]"
    induction = WORLD.ask_solution(ProgramTask("1", "induction", PLUS, pairs))
    assert induction == "I\n[0,2],4>>[0,9]\n[1,2],4>>[1,9]\n[2,2],4>>[2,9]"
    assert WORLD.ask_proposal("abduction", [ZERO_TASK, task]) == f"PA\n{PLUS}\nx=[0,2]\ny=4"
    assert WORLD.ask_proposal("deduction", []) == "PD\ndef f(x):\n return x+1\nx=3"


def test_the_world_reads_answers() -> None:
    for kind, text, found in (("deduction", "1+2\n>>3", "3"), ("abduction", ">>[1],2", "[1],2"),
                              ("induction", f">>{PLUS}", PLUS)):  # fmt: skip
        assert WORLD.read_solution(kind, text) == found
    for text in ("3", "1+2\n>>", ""):
        with pytest.raises(Refused) as refused:
            WORLD.read_solution("deduction", text)
        assert refused.value.reason == "no_answer"
    assert WORLD.read_proposal("deduction", f"{PLUS}\n>>3,4", []) == Proposal("deduction", PLUS, ("3,4",))
    lines = [f">>{n},4" for n in range(6)]
    task = ProgramTask("1", "deduction", PLUS, (("3,4", "7"),))
    found = WORLD.read_proposal("induction", "\n".join(lines), [task])
    assert found == Proposal("induction", PLUS, tuple(f"{n},4" for n in range(6)))
    for kind, text in (("deduction", PLUS), ("deduction", f"{PLUS}>>3"), ("abduction", f"{PLUS}\n>>3\n>>4"),
                       ("induction", "\n".join(lines[:5])), ("induction", f"{PLUS}\n" + "\n".join(lines))):  # fmt: skip
        with pytest.raises(Refused) as refused:
            WORLD.read_proposal(kind, text, [task])
        assert refused.value.reason == "fence"


def test_the_world_measures_and_draws() -> None:
    assert WORLD.depth(f("a=sum(x)", "return a-2"), "[3, 1]") == 2
    assert WORLD.dead(f("return x-x"), "3") and not WORLD.dead(ZERO.program, ZERO.arguments[0])
    assert WORLD.depth(f("return open(x)"), "3") is None and not WORLD.dead(f("return open(x)"), "3")
    rng = random.Random(3)
    kinds: tuple[Kind, ...] = ("deduction", "abduction")
    depths = set()
    for number in range(60):
        drawn = WORLD.draw(kinds[number % 2], [], rng)
        assert drawn is not None and not WORLD.dead(drawn.program, drawn.arguments[0])
        depths.add(WORLD.depth(drawn.program, drawn.arguments[0]))
    assert depths == {1, 2, 3, 4, 5, 6}
    inputs = WORLD.draw("induction", [ProgramTask("1", "deduction", PLUS, (("[3],4", "7"),))], rng)
    assert inputs is not None and inputs.program == PLUS and len(inputs.arguments) == WORLD.inputs
    assert all(len(read_arguments(text)) == 2 and text.startswith("[") for text in inputs.arguments)


def test_held_out_problems_and_their_verdicts() -> None:
    problems = list(held_out_problems("shipped", {"deduction": 3, "abduction": 2}))
    assert [p.category for p in problems] == ["deduction"] * 18 + ["abduction"] * 12
    assert [p.level for p in problems[:4]] == ["1", "1", "1", "2"] and problems[0].id == "deduction-1-00"
    assert len({p.id for p in problems}) == 30
    assert grade(f"1+2\n{problems[0].answer}", problems[0].answer).correct
    answer = f"{f('return x[0]+1')}>>5"
    for response, correct, reason in (
        (">>[4]", True, "correct"), (">>[4, 9]", True, "correct"), (">>[5]", False, "wrong"), (">>4", False, "wrong"),
        (">>[99]", False, "wrong"), ("[4]", False, "unparsed"), (">>", False, "unparsed"),
    ):  # fmt: skip
        found = grade(response, answer)
        assert (found.correct, found.reason) == (correct, reason), response
    with GraderPool() as pool:
        found = pool.grade([GradeItem(">>[ 3,5]", ">>[3,5]", "exact"), GradeItem(">>[3]", ">>[3,5]", "qwen")])
        assert [grade.correct for grade in found] == [True, False]
        assert pool.pids() == [] and pool.counters.correct == pool.counters.wrong == 1


def test_held_out_inductions_and_their_verdicts() -> None:
    problems = list(held_out_problems("shipped", {"induction": 3}))
    assert [(p.category, p.level) for p in problems[2:4]] == [("induction", "1"), ("induction", "2")]
    for problem, sample in zip(problems, held_out(3, "induction shipped", suits=has_pairs), strict=True):
        letter, *shown = problem.prompt.split("\n")
        hidden = problem.answer.split("\n")
        assert letter == "I" and len(shown) == len(hidden) == 3 and not set(shown) & set(hidden)
        for line in (*shown, *hidden):
            arguments, output = line.split(">>")
            assert show_arguments([run(sample.program, read_arguments(arguments)).value]) == output
        assert sample.program not in problem.prompt
    answer = "[3,5],4>>7\n[1],0>>1\n[0,2,2],9>>9"
    first = f("return x[0]+y", names="x,y")
    for response, correct, reason in (
        (f">>{first}", True, "correct"), (f">>{f('a=x[::-1]', 'return a[-1]+y', names='x,y')}", True, "correct"),
        (f">>{f('return y+3', names='x,y')}", False, "wrong"), (">>7", False, "wrong"), (first, False, "unparsed"),
        (f">>{f('return x[0]+y')}", False, "wrong"), (">>def f(x,y):\n return (", False, "wrong"),
    ):  # fmt: skip
        found = grade(response, answer)
        assert (found.correct, found.reason) == (correct, reason), response
    assert grade(r"\boxed{3>>7}", "3>>7", "exact").correct  # one line alone is another grader's truth


def test_the_tree_walker_as_an_executor() -> None:
    executor: Executor = FakeExecutor()
    calls = [Call(f("return sorted(x)"), "[3, 1]"), Call(f("return x[7]"), "[3]"), Call(f("return ("), "3"),
             Call(f("return x-4"), "3"), Call(f("return x"), "'a'"), Call(f("return x"), "3", hash_seed=1)]  # fmt: skip
    found = executor.run(calls)
    assert [outcome.value for outcome in found] == ["[1, 3]", None, None, None, None, "3"]
    assert [outcome.fault for outcome in found] == [None, "exception", "syntax", "policy", "policy", None]
    assert all(outcome.seconds >= 0 for outcome in found) and found[1].detail.endswith("list index out of range")
    executor.close()
