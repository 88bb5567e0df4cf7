"""Self-play points the right way: a table in place of a model, real updates of a tiny one, and rules of the gate.

At the end the faults of the authors' executor (docs/selfplay.md), each with the program or answer that shows it.
"""

import json
import math
import os
import pickle
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from statistics import fmean

import pyarrow as pa
import pytest
import torch
from small import small_config, small_workers
from tiny import batch_of, random_rollouts, rewarded

from oneshot_rlvr.algorithms.advantages import trr_pp
from oneshot_rlvr.checkpoint import SOURCE, save_source, stored_source
from oneshot_rlvr.config.schema import AlgorithmConfig, ExecutorConfig, GateConfig, SelfPlayConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.isolation.programs import Call, Programs
from oneshot_rlvr.learner.estimate import group_advantages
from oneshot_rlvr.learner.update import update
from oneshot_rlvr.selfplay.buffer import Buffer
from oneshot_rlvr.selfplay.dialect import PaperDialect
from oneshot_rlvr.selfplay.gate import Gate, Ruling
from oneshot_rlvr.selfplay.rewards import depth_bonus, learnability, solver_reward
from oneshot_rlvr.selfplay.tasks import Kind, ProgramTask, Proposal
from oneshot_rlvr.selfplay.verdicts import Runner, judge
from oneshot_rlvr.selfplay.world.dialect import FakeExecutor, WorldDialect, WorldPrograms

CONFIG = SelfPlayConfig()
TRR = AlgorithmConfig(name="trr_pp", kl_coef=0.0, entropy_coef=0.0)

# Without a model: a proposer is a table over ten levels, a solver a skill; a task of its own level is solved half the
# time. Both learn by the gradient of the logarithm of what they did, times the advantage.
LEVELS, TASKS, EXPLORED = 10, 32, 0.2


def relative(rewards: list[float]) -> list[float]:
    return trr_pp(torch.tensor(rewards), TRR, torch.ones(len(rewards))).tolist()


def play(seed: int, trained: bool = True, sign: float = 1.0, steps: int = 200) -> list[tuple[float, float]]:
    """(mean level proposed, skill) of each step."""
    random, table, skill = Random(seed), [0.0] * LEVELS, 1.0
    seen = []
    for _ in range(steps):
        weights = [math.exp(value) for value in table]
        shares = [(1 - EXPLORED) * weight / sum(weights) + EXPLORED / LEVELS for weight in weights]
        levels = random.choices(range(LEVELS), shares, k=TASKS)
        chances = [1 / (1 + math.exp(level - skill)) for level in levels]
        solved = [sum(random.random() < chance for _ in range(8)) for chance in chances]
        seen.append((fmean(levels), skill))
        for level, advantage in zip(levels, relative([sign * learnability(k, 8, CONFIG) for k in solved])):
            for other in range(LEVELS) if trained else ():
                table[other] += 0.05 * advantage * ((other == level) - shares[other])
        right = [random.random() < chance for chance in chances]
        advantages = relative([solver_reward(one, CONFIG) for one in right])
        skill += 0.08 * fmean(a * ((1 - p) if one else -p) for a, p, one in zip(advantages, chances, right))
    return seen


@pytest.mark.parametrize("seed", range(4))
def test_the_level_proposed_follows_skill_and_skill_rises(seed: int) -> None:
    learned, frozen, flipped = play(seed), play(seed, trained=False), play(seed, sign=-1.0)
    before, after = (fmean(level for level, _ in learned[n : n + 20]) for n in (100, 180))
    assert after > before + 1  # once it has found the solver, up with it
    assert learned[-1][1] > frozen[-1][1] + 1 > flipped[-1][1] + 2 and frozen[-1][1] > 3.5
    gap = [fmean(level - skill for level, skill in run[-20:]) for run in (learned, flipped)]
    assert -3 < gap[0] < 0 and gap[1] > 3.5  # with the sign turned round it proposes what nobody solves


# With a tiny model: real log-probabilities, real updates.


def test_updates_bring_good_responses_up_and_bad_ones_down() -> None:
    workers = small_workers(replace(small_config(), algorithm=TRR))
    roles = ("deduction/propose", "deduction/solve")
    rollouts = [replace(rollout, group=roles[n % 2]) for n, rollout in enumerate(random_rollouts())]
    rewards = [-1.0, 1.0, 0.625, -0.5, -1.0, -0.5, 0.375, 1.0, -1.0, -0.5, 0.0, -1.0]
    rollouts = rewarded(rollouts, rewards)
    advantages = group_advantages(rollouts, "oneshot_rlvr.algorithms.advantages:trr_pp", TRR, takes_lengths=True)
    gaps = []
    for number in range(5):
        batch = batch_of(rollouts, advantages, workers.policy)
        means = [s.old_logprobs.mean().item() for s in batch.sequences if s.old_logprobs is not None]
        good, bad = ([m for m, a in zip(means, advantages) if a * sign > 0] for sign in (1, -1))
        gaps.append(fmean(good) - fmean(bad))
        stats = update(workers, batch, TRR, 400, constant=20.0)
        assert stats.values["policy/clip_share"] == 0, number  # the policy that sampled is the one that is updated
        assert stats.values["policy/pg_loss"] == pytest.approx(
            -sum(a * len(r.token_ids) for a, r in zip(advantages, rollouts)) / sum(len(r.token_ids) for r in rollouts),
            abs=1e-5)  # at ratios of exactly 1  # fmt: skip
    assert gaps == sorted(gaps) and gaps[-1] > gaps[0] + 0.5


# The gate decides what the proposer becomes.

SHALLOW = [Proposal("deduction", "def f(x):\n return sum(x)", (f"[{n % 10},{n // 10}]",)) for n in range(20)]


def world_rulings(proposals: list[Proposal], **rules: object) -> list[Ruling]:
    settings = {"deterministic": False, "half_time": False, "duplicates": "program", "used": True, "live": True}
    config = GateConfig(**{**settings, **rules})
    gate = Gate(config, WorldDialect(), Runner(FakeExecutor()), 1.0)
    return gate.rule([(str(n), one) for n, one in enumerate(proposals)], Buffer(100, duplicates=config.duplicates),
                     Random(0))  # fmt: skip


def valid_and_depth(rulings: list[Ruling]) -> tuple[float, float]:
    tasks = [ruling.task for ruling in rulings if ruling.task is not None]
    return len(tasks) / len(rulings), fmean(task.depth for task in tasks)


def test_the_duplicate_rule_prices_shallow_programs_out() -> None:
    world, random = WorldDialect((3, 3)), Random(4)
    deep = [one for _ in range(20) if (one := world.draw("deduction", [], random))]
    assert valid_and_depth(world_rulings([*SHALLOW, *deep], duplicates="task")) == (1.0, 2.0)
    assert valid_and_depth(world_rulings([*SHALLOW, *deep])) == (21 / 40, (1 + 20 * 3) / 21)  # one sum(x) is enough
    assert valid_and_depth(world_rulings(SHALLOW, duplicates="none")) == (1.0, 1.0)


def test_dead_and_unused_code_earns_no_depth() -> None:
    dead = Proposal("deduction", "def f(x,y):\n a=x+1 if 5<6 else x*2\n return a+y", ("3,4",))
    unused = Proposal("deduction", "def f(x,y):\n return x+1", ("3,4",))
    assert [ruling.reason for ruling in world_rulings([dead, unused])] == ["dead", "unused"]
    assert valid_and_depth(world_rulings([dead], live=False)) == (1.0, 3.0)  # the comparison of constants counts
    assert valid_and_depth(world_rulings([unused], used=False)) == (1.0, 1.0)
    assert [r.reason for r in world_rulings(SHALLOW[:1], min_depth=2)] == ["shallow"]
    assert [r.reason for r in world_rulings([dead], live=False, max_depth=2)] == ["deep"]


def test_a_gate_that_deepens_asks_for_what_is_usual_of_the_newest() -> None:
    """Of the newest 32 tasks 20 have one operation and 12 three: the median is one, the quantile .7 three."""
    random, buffer = Random(0), Buffer(100, duplicates="program")
    for number in range(60):
        depth, program = 5 if number < 28 else 1 if number < 48 else 3, f"def f(x):\n return x+{number}"
        buffer.add(ProgramTask(str(number), "deduction", program, (("3", "4"),), "", depth), random)
    two, three = (WorldDialect((depth, depth)).draw("deduction", [], random) for depth in (2, 3))
    found = {}
    for quantile in (0.0, 0.5, 0.7, 1.0):
        config = GateConfig(deterministic=False, half_time=False, min_depth=1, deepen=quantile)
        gate = Gate(config, WorldDialect(), Runner(FakeExecutor()), 1.0)
        rulings = gate.rule([("two", two), ("three", three)], buffer, random)  # type: ignore[list-item]
        found[quantile] = [ruling.reason for ruling in rulings]
        assert gate.rule([("two", two)], Buffer(9), random)[0].reason == "valid"  # type: ignore[list-item]
    both = ["valid", "valid"]
    assert found == {0.0: both, 0.5: both, 0.7: ["shallow", "valid"], 1.0: ["shallow", "valid"]}


def test_each_operation_beyond_the_first_may_earn_a_bonus() -> None:
    config = SelfPlayConfig(depth_bonus=0.25)
    task = ProgramTask("1", "deduction", "def f(x):\n return x+1", (("3", "4"),), "", 4)
    assert depth_bonus(task, config) == 0.75 and depth_bonus(task, CONFIG) == 0
    assert depth_bonus(replace(task, depth=1), config) == depth_bonus(replace(task, depth=0), config) == 0
    assert depth_bonus(replace(task, kind="induction"), config) == 0  # a program that was shown


def test_a_leak_lets_in_what_has_an_output() -> None:
    broken = Proposal("deduction", "def f(x):\n return x[9]", ("[1,2]",))
    for leak, share in ((0.0, 1), (1.0, 20)):
        rulings = world_rulings([*SHALLOW, broken], leak=leak)
        assert sum(ruling.task is not None for ruling in rulings) == share
        assert {ruling.reason for ruling in rulings if ruling.leaked} == ({"duplicate"} if leak else set())
        assert rulings[-1].task is None and rulings[-1].reason == "exception"  # no output, no task


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Programs(ExecutorConfig(workers=1, timeout_seconds=5.0)) as programs:
        yield Runner(programs)


def test_real_processes_run_what_the_world_knows_and_nothing_else(runner: Runner) -> None:
    """Python that the world cannot write would be a task that no prompt can ask for."""
    add, power = "def f(x):\n return x+1", "def f(x):\n return x**2"
    calls = [Call(add, "3"), Call(power, "3"), Call("def f(x):\n return sum(x)", "[6,8,]"), Call(add, "30"),
             Call("def f(x):\n return x[1:]", "[4,5]"), Call("def f(x):\n return x[9]", "[1]")]  # fmt: skip
    walked, ran = FakeExecutor().run(calls), WorldPrograms(runner.executor).run(calls)
    assert [(o.value, o.fault) for o in ran] == [(o.value, o.fault) for o in walked]
    assert [o.value for o in ran] == ["4", None, None, None, "[5]", None]
    assert [o.value for o in runner.executor.run(calls)] == ["4", "9", "14", "31", "[5]", None]


# The faults of the reference executor, one by one.


def reason_of(runner: Runner, program: str, arguments: str = "1") -> str:
    gate = Gate(GateConfig(), PaperDialect(2), runner, 5.0)
    return gate.rule([("1", Proposal("deduction", program, (arguments,)))], Buffer(4), Random(0))[0].reason


HASHED = "def f(x):\n    return hash('a' * x)"
SETS = "def f(x):\n    return list({str(n) for n in range(9 + x)})"


@pytest.mark.parametrize(("fault", "program", "arguments", "reason"), [
    (1, HASHED, "1", "nondeterministic"),
    (2, "def f(x):\n    raise StopIteration", "1", "exception"),
    (2, "def f(x):\n    raise Exception('')", "1", "exception"),
    (2, "class Own(Exception): pass\ndef f(x):\n    raise Own", "1", "exception"),
    (6, "def f(x):\n    return 'a' * 3000", "1", "output_too_large"),
    (6, "def f(x):\n    return 'a' * 1000", "1", "valid"),  # whole: the executor of the paper cut it at 400
    (7, "def f(x):\n    return len(x)", "[1,\n2,\n3]", "valid"),
    (8, "from collections import Counter\ndef f(x):\n    return Counter(x)", "'ab'", "non_literal"),
    (9, "import os.path\ndef f(x):\n    return x", "1", "policy"),
    (9, "from os import environ\ndef f(x):\n    return x", "1", "policy"),
    (9, "def f(x):\n    return open('/etc/hostname').read()", "1", "policy"),
    (11, SETS, "1", "nondeterministic"),
])  # fmt: skip
def test_faults_of_the_gate(runner: Runner, fault: int, program: str, arguments: str, reason: str) -> None:
    assert reason_of(runner, program, arguments) == reason


TASK = ProgramTask("1", "abduction", "def f(x):\n    return x + 1", (("3", "4"),))
PAIRS = ProgramTask("1", "induction", TASK.program, (("1", "2"), ("3", "4")))
EQUAL = "class Any:\n    def __eq__(self, other):\n        return True\ndef f(x):\n    return Any()"


@pytest.mark.parametrize(("fault", "kind", "answer", "correct", "reason"), [
    (3, "deduction", "gold_output", None, "value"),
    (3, "deduction", "__import__('os').getpid()", None, "value"),
    (4, "abduction", "4) or (1", None, "arguments"),
    (5, "abduction", "type('A', (), {'__eq__': lambda a, b: True})()", None, "arguments"),
    (5, "induction", EQUAL, False, "wrong"),
    (7, "abduction", "\n3\n", True, "right"),
])  # fmt: skip
def test_faults_of_the_verdict(
    runner: Runner, fault: int, kind: Kind, answer: str, correct: bool | None, reason: str
) -> None:
    task = PAIRS if kind == "induction" else replace(TASK, kind=kind)
    (verdict,) = judge([(task, answer, "")], runner, strict_bool=True)
    assert (verdict.correct, verdict.reason) == (correct, reason)


def test_a_patched_module_does_not_reach_the_next_task(runner: Runner) -> None:
    """Fault 10."""
    patch = "import math\ndef f(x):\n    math.floor = lambda n: 99\n    return math.floor(1.5)"
    assert reason_of(runner, patch) in ("valid", "exception")
    (verdict,) = judge([(ProgramTask("2", "abduction", "import math\ndef f(x):\n    return math.floor(x)",
                                     (("1.5", "1"),)), "1.9", "")], runner, strict_bool=True)  # fmt: skip
    assert verdict.correct is True


def test_a_program_that_hangs_keeps_no_other_waiting() -> None:
    """Fault 12: with two workers the others are done while it still runs; a single one would answer it first."""
    with Programs(ExecutorConfig(workers=2, timeout_seconds=30.0)) as programs:
        hangs = programs.submit(Call("def f(x):\n    while True: pass", "1"))
        found = programs.run([Call("def f(x):\n    return x + 1", str(n)) for n in range(4)])
        assert [outcome.value for outcome in found] == ["1", "2", "3", "4"] and not hangs.done()


class Planted:
    """Makes a folder where it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = str(marker)

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (self.marker,)


def test_a_pickle_in_the_place_of_the_buffers_is_not_run(tmp_path: Path) -> None:
    """Fault 13."""
    marker, state, buffer = tmp_path / "marker", tmp_path / SOURCE, Buffer(4)
    buffer.add(TASK, Random(0))
    save_source(tmp_path, {"abduction": buffer.state()})
    with pa.input_stream(state, compression="zstd") as stream:
        (line,) = stream.read().splitlines()
    assert json.loads(line)["abduction"]["tasks"] == [asdict(TASK) | {"pairs": [["3", "4"]]}]
    planted = pickle.dumps(Planted(marker))
    for content in (planted, pa.compress(planted + b"\n", "zstd", asbytes=True)):
        state.write_bytes(content)
        with pytest.raises(UserError, match=r"source\.json\.zst: (cannot be read|not a source's state)"):
            stored_source(tmp_path)
    assert not marker.exists()
    pickle.loads(pickle.dumps(Planted(marker)))
    assert marker.exists()  # so that the test can fail
