"""The loop of self-play with a scripted policy: rewards, buffers, batches and metrics worked out by hand; a resume."""

import dataclasses
import json
import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from oneshot_rlvr.checkpoint import save_source, stored_source
from oneshot_rlvr.config.schema import AlgorithmConfig, GateConfig, SelfPlayConfig
from oneshot_rlvr.grading.literals import canonical, parse_arguments
from oneshot_rlvr.isolation.programs import Call, Outcome
from oneshot_rlvr.learner.estimate import group_advantages
from oneshot_rlvr.selfplay.buffer import Buffer
from oneshot_rlvr.selfplay.build import given_tasks
from oneshot_rlvr.selfplay.dialect import PaperDialect, fence
from oneshot_rlvr.selfplay.gate import Gate
from oneshot_rlvr.selfplay.source import SelfPlay
from oneshot_rlvr.selfplay.verdicts import Runner
from oneshot_rlvr.types import Problem, Rollout, Sampling, by_group

LINE = re.compile(r"def f\(x\):\n    return x(?: ([+*]) (\d+))?")


class Walker:
    """Executor of programs `x`, `x + N` and `x * N` alone; the seed 1 sees another value of what holds 666."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def run(self, calls: Sequence[Call]) -> list[Outcome]:
        self.calls += calls
        return [self._one(call) for call in calls]

    def _one(self, call: Call) -> Outcome:
        found = LINE.fullmatch(call.program)
        if not found:
            return Outcome(None, "policy", 0.001)
        ((x,), _) = parse_arguments(call.arguments)
        number = int(found[2] or 0) + (call.hash_seed if found[2] == "666" else 0)
        try:
            value = x if found[1] is None else x + number if found[1] == "+" else x * number
        except TypeError:
            return Outcome(None, "exception", 0.001)
        return Outcome(canonical(value), None, 0.004 if found[2] == "777" else 0.001)

    def close(self) -> None:
        self.calls = []


def program(operation: str, number: int) -> str:
    return f"def f(x):\n    return x {operation} {number}"


def answered(*blocks: str) -> str:
    return "thinking </think>\n<answer>\n" + "\n".join(blocks) + "\n</answer>"


@dataclass
class Scripted:
    """Answers by what a rollout asks for: `propose(step, kind, index)`, `solve(rollout)`. The tokens are made up."""

    propose: Callable[[str, str, int], str]
    solve: Callable[[Rollout], str]
    version: int = 0
    asked: list[tuple[str, float]] = field(default_factory=list)  # groups and temperature of each call

    def generate(self, asked: Sequence[Rollout], sampling: Sampling, on_finished: Any = None) -> list[Rollout]:
        self.asked.append((asked[0].group, sampling.temperature))
        found = []
        for i, rollout in enumerate(asked):
            problem = rollout.task.problem
            if problem.level == "propose":
                step, kind, index = problem.id.split("/")
                text = self.propose(step, kind, int(index))
            else:
                text = self.solve(rollout)
            length = 3 + rollout.seed % 5
            found.append(replace(rollout, text=text, token_ids=(7,) * length, logprobs=(-0.5,) * length,
                                 finish_reason="stop", version=self.version))  # fmt: skip
            on_finished(i, found[-1])
        return found


def ids(problem: Problem) -> tuple[int, ...]:
    """Prompt tokens: a character each."""
    return tuple(problem.prompt.encode())


def source(config: SelfPlayConfig, inputs: int = 2, max_prompt: int = 100_000) -> SelfPlay:
    gate = Gate(config.gate, PaperDialect(inputs), Runner(Walker()), limit_seconds=1.0)
    collector = SimpleNamespace(
        sampling=Sampling(1.0, 64, (2,)), phase=lambda name: nullcontext(), on_response=lambda: None
    )
    return SelfPlay(config, 5, gate, collector, ids, max_prompt, given_tasks(config, gate))  # type: ignore[arg-type]


SMALL = SelfPlayConfig(enabled=True, proposals=4, solves=4, mc_rollouts=4, seed_tasks=0, references=2)


def right(rollout: Rollout) -> str:
    """The right answer, which the problem holds of deduction alone; the others are worked out from the prompt."""
    problem, prompt = rollout.task.problem, rollout.task.problem.prompt
    if problem.category == "deduction":
        return answered(fence("output", problem.answer))
    if problem.category == "abduction":
        found = LINE.search(prompt)
        assert found is not None
        output = problem.answer.removeprefix("an input that gives ")
        if found[1] == "+":
            return answered(fence("input", str(int(output) - int(found[2]))))
        return answered(fence("input", output if found[1] is None else str(int(output) // int(found[2]))))
    return answered(fence("python", "def f(x):\n    return x"))  # right for the identity alone


# Test D. Each step and program kind proposes: a new program that k of 4 solve, one whose runs differ, a repetition of
# the given one, and a text without the form.
def propose(step: str, kind: str, index: int) -> str:
    if kind == "induction":
        inputs = [fence("input", str(10 * int(step) + index)), fence("input", str(50 + index))]
        return answered(*inputs[: 2 - (index == 3)], fence("message", "what it returns"))
    blocks = [
        [fence("python", program("+", int(step))), fence("input", "20")],
        [fence("python", program("+", 666)), fence("input", "20")],
        [fence("python", "def f(y):\n    # the same\n    return y"), fence("input", '"Hello World"')],
        [fence("input", "20")],
    ]
    text = answered(*blocks[index])
    return text if index != 2 else text.replace("def f(y)", "def f(x)").replace("return y", "return x").replace(
        "    # the same\n", "")  # fmt: skip


def solve(rollout: Rollout) -> str:
    """Of the measuring answers to task `step`, `step` of 4 are right; of the others all but the first of a kind."""
    problem = rollout.task.problem
    measuring = rollout.group.count("/") > 1
    good = rollout.index < int(problem.id.split("/")[0]) if measuring else rollout.index > 0
    if good:
        return right(rollout)
    return answered(fence({"deduction": "output", "abduction": "input"}.get(problem.category, "python"), "123456"))


def run_steps(play: SelfPlay, first: int, last: int) -> list[list[Rollout]]:
    engine = Scripted(propose, solve)
    found = []
    for step in range(first, last + 1):
        engine.version = step - 1
        found.append(play.step(step, engine))
    return found


def test_three_iterations_of_a_scripted_policy() -> None:
    config = replace(SMALL, kinds=["abduction", "deduction"])
    play = source(config)
    for number in (1, 2, 3):
        (rollouts,) = run_steps(play, number, number)
        groups = by_group(rollouts)
        assert list(groups) == ["deduction/propose", "deduction/solve", "abduction/propose", "abduction/solve"]
        rewards = {key: [rollouts[i].reward for i in members] for key, members in groups.items()}
        reasons = [rollouts[i].grade.reason for i in groups["deduction/propose"]]  # type: ignore[union-attr]
        assert reasons == ["valid", "nondeterministic", "duplicate", "fence"]
        for kind in ("deduction", "abduction"):
            assert rewards[f"{kind}/propose"] == [1 - number / 4, -1.0, -1.0, -1.0]
            # an answer 123456 is well-formed and wrong as value and as input
            assert rewards[f"{kind}/solve"] == [-0.5, 1.0, 1.0, 1.0]
            # the batch: the new task first, then the given one, then the buffer again until there are four
            tasks = [rollouts[i].task.problem.id for i in groups[f"{kind}/solve"]]
            assert tasks[0] == f"{number}/{kind}/0" and len(tasks) == 4
            assert f"given/{kind}" in tasks
        assert [len(play.buffers[kind]) for kind in play.kinds] == [1 + number] * 2
        values = play.aside().values
        assert values["selfplay/valid_share"] == 0.25 and values[f"selfplay/solved_{number}"] == 2
        assert values["selfplay/learnability"] == 1 - number / 4 and values["selfplay/solve_rate"] == number / 4
        assert values["selfplay/refused_nondeterministic"] == values["selfplay/refused_duplicate"] == 2
        assert values["train/accuracy"] == 0.75 and values["selfplay/reward_propose_deduction"] == (
            (1 - number / 4) - 3) / 4  # fmt: skip
        tokens = [values[f"selfplay/tokens_{phase}"] for phase in ("propose", "measure", "solve")]
        assert sum(tokens) == values["tokens/sampled"]
        assert tokens[0] + tokens[2] == sum(len(r.token_ids) for r in rollouts)
        lines = play.aside().records
        assert [line["reason"] for line in lines] == reasons * 2 and [line["kind"] for line in lines][3:5] == [
            "deduction", "abduction"]  # fmt: skip
        assert (lines[0]["correct"], lines[0]["measured"], lines[0]["outputs"]) == (number, 4, [str(20 + number)])
    # rewards .25 -1 -1 -1 of step 3 by hand: mean -.6875, std .625
    compared = group_advantages(
        rollouts, "oneshot_rlvr.algorithms.advantages:trr_pp", AlgorithmConfig(name="trr_pp"), takes_lengths=True
    )
    assert [compared[i] for i in groups["abduction/propose"]] == pytest.approx([1.5, -0.5, -0.5, -0.5], abs=1e-5)


def test_all_three_kinds() -> None:
    play = source(SMALL)
    rollouts = run_steps(play, 1, 1)[0]
    assert list(by_group(rollouts)) == [f"{kind}/{role}" for kind in play.kinds for role in ("propose", "solve")]
    induction = [r for r in rollouts if r.group == "induction/propose"]
    assert [r.grade.reason for r in induction] == ["valid"] * 3 + ["fence"]  # type: ignore[union-attr]
    assert len(play.buffers["induction"]) == 4  # the given one too
    first = play.buffers["induction"].tasks[1]
    assert first.program == "def f(x):\n    return x" and first.pairs == (("10", "10"), ("50", "50"))
    # an induction answer is a program: the identity is right, and 123456 is no program, but well-formed text
    assert [r.reward for r in rollouts if r.group == "induction/solve"] == [-0.5, 1.0, 1.0, 1.0]


def stored(state: dict[str, Any], folder: Path) -> dict[str, Any]:
    save_source(folder, state)
    return stored_source(folder)


@pytest.mark.parametrize("config", [
    SMALL, replace(SMALL, phase_order="previous_step"), replace(SMALL, buffer_cap=2, eviction="reservoir")
])  # fmt: skip
def test_a_stop_and_a_resume_change_nothing(config: SelfPlayConfig, tmp_path: Path) -> None:
    whole = source(config)
    expected = run_steps(whole, 1, 3)
    first = source(config)
    assert run_steps(first, 1, 2) == expected[:2]
    second = source(config)
    second.load_state(stored(first.state(), tmp_path))
    assert run_steps(second, 3, 3) == expected[2:]
    assert json.dumps(second.aside().records) == json.dumps(whole.aside().records)
    assert second.aside().values == whole.aside().values
    for kind in whole.kinds:
        assert second.buffers[kind] == whole.buffers[kind]
    assert second.fresh == whole.fresh


def test_previous_step_solves_what_was_accepted_before() -> None:
    play = source(replace(SMALL, kinds=["deduction"], phase_order="previous_step", solves=2))
    solved = [{r.task.problem.id for r in rollouts if r.group == "deduction/solve"}
              for rollouts in run_steps(play, 1, 3)]  # fmt: skip
    assert solved == [{"given/deduction"}, {"given/deduction", "1/deduction/0"}, solved[2]]
    assert "2/deduction/0" in solved[2] and "3/deduction/0" not in solved[2]


def test_measuring_answers_can_be_trained_on() -> None:
    play = source(replace(SMALL, kinds=["deduction"], solver_source="mc_reuse", train_proposer=False))
    engine = Scripted(propose, solve)
    rollouts = play.step(3, engine)
    assert list(by_group(rollouts)) == ["deduction/solve/3/deduction/0"]
    assert [r.reward for r in rollouts] == [1.0, 1.0, 1.0, -0.5]
    assert len(engine.asked) == 2  # nothing was sampled a third time
    values = play.aside().values
    assert values["selfplay/tokens_measure"] == 0 and values["selfplay/tokens_propose"] > 0
    assert values["selfplay/reward_propose_deduction"] == (0.25 - 3) / 4  # looked at, and not trained on


def test_agreement_instead_of_truth() -> None:
    """With three wrong answers that agree, the solver is rewarded for these, and the task counts as solved by three."""
    config = replace(SMALL, kinds=["deduction"], solver_source="mc_reuse", solver_truth="majority",
                     proposer_truth="majority")  # fmt: skip
    play = source(config)
    rollouts = play.step(1, Scripted(propose, solve))
    assert [r.reward for r in rollouts if r.group.startswith("deduction/solve")] == [-0.5, 1.0, 1.0, 1.0]
    assert next(r.reward for r in rollouts if r.group == "deduction/propose") == 0.25
    assert play.aside().values["train/accuracy"] == 0.25  # which stays the truth


def test_the_temperature_of_measuring_is_its_own() -> None:
    engine = Scripted(propose, solve)
    source(replace(SMALL, kinds=["deduction"], mc_temperature=0.7)).step(1, engine)
    measuring = ("deduction/solve/1/deduction/0", 0.7)
    assert engine.asked == [("deduction/propose", 1.0), measuring, ("deduction/solve", 1.0)]


def test_buffers_are_seeded_from_the_given_program_on() -> None:
    config = replace(SMALL, seed_tasks=5, seed_rounds=3)
    rounds: list[str] = []

    def seeds(step: str, kind: str, index: int) -> str:
        rounds.append(f"{step}/{kind}")
        number = 1 + int(re.sub(r"\D", "", step)) * 4 + index
        if kind == "induction":
            return answered(fence("input", str(number)), fence("input", "0"), fence("message", "m"))
        return answered(fence("python", program("*", number)), fence("input", "3"))

    play = source(config)
    play.step(1, Scripted(seeds, right))
    asked = ["seed0/deduction", "seed0/induction", "1/deduction", "1/abduction", "1/induction"]
    assert list(dict.fromkeys(rounds)) == asked
    # the given task and four of one round; then what the step itself adds: x * 1 .. 4 in other words are there already
    for kind in ("deduction", "abduction"):
        assert [t.id for t in play.buffers[kind].tasks][:5] == [
            f"given/{kind}", *(f"seed0/deduction/{n}/{kind}" for n in range(4))]  # type: ignore[index]  # fmt: skip
    assert play.aside().values["selfplay/tokens_seed"] > 0
    nothing = source(config)
    nothing.step(1, Scripted(lambda step, kind, index: "nothing", right))
    assert [len(buffer) for buffer in nothing.buffers.values()] == [1, 1, 1]  # three rounds, and then it begins anyway


def test_references_are_left_out_where_a_prompt_has_no_room() -> None:
    config = replace(SMALL, kinds=["deduction"], references=6)
    room = len(PaperDialect(2).ask_proposal("deduction", source(config).given))  # the longest reference, and no other
    play = source(config, max_prompt=room)
    seen: list[int] = []

    def look(step: str, kind: str, index: int) -> str:
        return answered(fence("python", program("+", 10 * int(step) + index)), fence("input", "1"))

    engine = Scripted(look, right)
    for step in (1, 2):
        for rollout in play.step(step, engine):
            assert len(rollout.task.prompt_ids) <= room
            if rollout.group == "deduction/propose":
                seen.append(rollout.task.problem.prompt.count("<snippet"))
    assert set(seen) == {1} and len(play.buffers["deduction"]) == 9


# The buffer


def task(number: int, operation: str = "+") -> Any:
    from oneshot_rlvr.selfplay.tasks import ProgramTask

    return ProgramTask(f"{number}", "deduction", program(operation, number), (("1", str(1 + number)),))


def test_a_full_buffer_drops_by_its_rule() -> None:
    from random import Random

    held = {}
    for eviction in ("fifo", "newest", "reservoir"):
        buffer = Buffer(3, eviction)
        for number in range(200):
            buffer.add(task(number), Random(number))
        held[eviction] = [int(t.id) for t in buffer.tasks]
        assert len(buffer._keys) == 3 and buffer.num_shapes == 1 and buffer.offered == 200
        again = Buffer(3, eviction)
        again.load_state(json.loads(json.dumps(buffer.state(), default=dataclasses.asdict)))
        assert again == buffer
    assert held["fifo"] == [197, 198, 199] and held["newest"] == [0, 1, 2]
    assert max(held["reservoir"]) > 20 and min(held["reservoir"]) < 180  # neither the first nor the last


def test_a_reservoir_keeps_every_task_with_the_same_chance() -> None:
    from random import Random

    kept = [0] * 20
    for seed in range(200):
        buffer, random = Buffer(5, "reservoir", "none"), Random(seed)
        for number in range(20):
            buffer.add(task(number), random)
        for t in buffer.tasks:
            kept[int(t.id)] += 1
    assert all(25 <= count <= 78 for count in kept)  # 50 each, standard deviation 6.1


def test_a_batch_is_new_tasks_first_without_repetition_and_then_the_buffer_again() -> None:
    from random import Random

    buffer = Buffer(10)
    for number in range(4):
        buffer.add(task(number), Random(0))
    fresh = buffer.tasks[2:]
    batch = [t.id for t in buffer.batch(fresh, 4, Random(1))]
    assert sorted(batch[:2]) == ["2", "3"] and sorted(batch) == ["0", "1", "2", "3"]
    assert len({t.id for t in buffer.batch(fresh, 1, Random(1))} & {"2", "3"}) == 1
    longer = [t.id for t in buffer.batch([], 10, Random(1))]
    assert all(2 <= longer.count(str(number)) <= 3 for number in range(4))
    assert Buffer(10).batch([], 3, Random(1)) == []


def test_repetitions_go_by_the_tree_or_by_tree_and_input() -> None:
    from random import Random

    one = task(5)
    other_input = replace(one, id="b", pairs=(("2", "7"),))
    same_words = replace(one, id="c", program="def f(number):\n  return number+5", pairs=(("1 ", "6"),))
    for duplicates, found in (("program", [True, True]), ("task", [False, True]), ("none", [False, False])):
        buffer = Buffer(5, duplicates=duplicates)
        buffer.add(one, Random(0))
        assert [buffer.holds(t) for t in (other_input, same_words)] == found
    induction = replace(one, kind="induction")
    buffer = Buffer(5, duplicates="program")
    buffer.add(induction, Random(0))
    assert not buffer.holds(replace(induction, pairs=(("2", "7"),)))  # many induction tasks of one program


# The gate


def rulings(config: GateConfig, *programs: tuple[str, str]) -> list[str]:
    from random import Random

    from oneshot_rlvr.selfplay.tasks import Proposal

    gate = Gate(config, PaperDialect(2), Runner(Walker()), limit_seconds=0.006)
    read: list[Any] = [(str(n), Proposal("deduction", text, (inputs,))) for n, (text, inputs) in enumerate(programs)]
    return [ruling.reason for ruling in gate.rule(read, Buffer(9, duplicates=config.duplicates), Random(0))]


@pytest.mark.parametrize(("text", "arguments", "reason"), [
    (program("+", 1), "3", "valid"),
    (program("+", 666), "3", "nondeterministic"),
    (program("+", 777), "3", "limits"),  # took 4 of 6 ms
    (program("+", 1), "'a'", "exception"),
    (program("+", 1), "4) or (1", "arguments"),
    (program("+", 1), "*[3]", "arguments"),
    (program("-", 1), "3", "policy"),
    ("def f(x:", "3", "syntax"),
    ("def g(x):\n    return x", "3", "entry"),
])  # fmt: skip
def test_each_rule_of_the_gate(text: str, arguments: str, reason: str) -> None:
    assert rulings(GateConfig(), (text, arguments)) == [reason]


def test_rules_are_options() -> None:
    two = program("+", 1) + "\ndef g(x):\n    return x"
    unused = "def f(x, y):\n    return x"
    assert rulings(GateConfig(deterministic=False), (program("+", 666), "3")) == ["valid"]
    assert rulings(GateConfig(half_time=False), (program("+", 777), "3")) == ["valid"]
    assert rulings(GateConfig(single_function=True), (two, "3")) == ["functions"]
    assert rulings(GateConfig(used=True), (unused, "3, 4")) == ["unused"]
    assert rulings(GateConfig(max_characters=20), (program("+", 1), "3")) == ["limits"]
    same = (program("+", 1), "3"), (program("+", 1), "4"), (program("+", 1), "3")
    assert rulings(GateConfig(duplicates="task"), *same) == ["valid", "valid", "duplicate"]
    assert rulings(GateConfig(duplicates="program"), *same) == ["valid", "duplicate", "duplicate"]
    assert rulings(GateConfig(duplicates="none"), *same) == ["valid", "valid", "valid"]


def test_a_leak_lets_refused_tasks_through_that_have_an_output() -> None:
    from random import Random

    from oneshot_rlvr.selfplay.tasks import Proposal

    gate = Gate(GateConfig(leak=1.0), PaperDialect(2), Runner(Walker()), limit_seconds=1.0)
    texts = [program("+", 666), program("+", 1), program("-", 1)]
    read: list[Any] = [(str(n), Proposal("deduction", text, ("3",))) for n, text in enumerate(texts)]
    found = gate.rule([*read, ("3", "fence")], Buffer(9), Random(0))
    assert [(r.reason, r.leaked, r.task is not None) for r in found] == [
        ("nondeterministic", True, True), ("valid", False, True), ("policy", False, False), ("fence", False, False)
    ]  # fmt: skip


def test_without_a_proposer_the_first_buffers_are_solved() -> None:
    """Nothing is proposed or measured after the start, and the buffers stay."""
    play = source(replace(SMALL, proposer="none", seed_tasks=2, seed_rounds=1))
    engine = Scripted(lambda step, kind, index: propose("3", kind, index), solve)
    first = play.step(3, engine)
    size = {kind: len(play.buffers[kind]) for kind in play.kinds}
    second = play.step(4, engine)
    assert {r.task.problem.level for r in (*first, *second)} == {"solve"} and len(second) == 3 * 4
    assert size == {kind: len(play.buffers[kind]) for kind in play.kinds} and size["deduction"] == 2
    values = play.aside().values
    assert values["selfplay/tokens_propose"] == values["selfplay/tokens_measure"] == 0
    unknown = ("valid_share", "valid_share_deduction", "depth", "nodes", "novel_share", "solve_rate", "learnability")
    assert not {f"selfplay/{name}" for name in unknown} & values.keys()  # means over nothing
    assert values["tokens/sampled"] == values["selfplay/tokens_solve"] == sum(len(r.token_ids) for r in second)


def test_known_tasks_are_answered_as_often_as_new_ones() -> None:
    """Without a proposer, and with the measuring answers trained on: a group of four for each task of the buffers."""
    play = source(replace(SMALL, kinds=["deduction"], proposer="none", solver_source="mc_reuse", seed_tasks=2,
                          seed_rounds=1))  # fmt: skip
    engine = Scripted(lambda step, kind, index: propose("3", kind, index), right)
    rollouts = play.step(3, engine)
    assert {group: len(members) for group, members in by_group(rollouts).items()} == {
        f"deduction/solve/{task.id}": 4 for task in play.buffers["deduction"].tasks
    }
    assert len(play.buffers["deduction"]) == 2 and play.aside().values["selfplay/tokens_measure"] == 0
