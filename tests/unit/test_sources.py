"""Sources of rollouts by themselves: what they ask for, draw, drop and prefetch, and that their state goes on."""

import json
import re
import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from oneshot_rlvr.checkpoint import save_source, stored_source
from oneshot_rlvr.data.sampler import BatchSampler
from oneshot_rlvr.errors import Interrupted
from oneshot_rlvr.rollout.lines import (
    KEPT,
    KEPT_NEEDED,
    SAMPLE,
    SAMPLE_NEEDED,
    flat_line,
    flat_rollout,
    rollout_line,
    rollout_of,
)  # fmt: skip
from oneshot_rlvr.rollout.sources import KeepMixed, Prefetch, ProblemSource, Source, Voted
from oneshot_rlvr.trainer.stop import StopRequest
from oneshot_rlvr.types import Grade, Problem, Rollout, Task, by_group

TASKS = [Task(Problem(f"p{n}", "q", "1"), (n, 7)) for n in range(6)]  # two a step: p0 p1, p2 p3, p4 p5, p0 p1, ...


@dataclass
class FakeEngine:
    version: int = 0


@dataclass
class FakeCollector:
    """Answers at once, each time with one grading that timed out; `mixed` names the problems whose second rollout of
    two is right."""

    mixed: Sequence[str] = ()
    during: Callable[[], None] = lambda: None  # called in each collection
    counts: Counter[str] = field(default_factory=Counter)
    tail_seconds: float = 0.0
    calls: int = 0

    def collect(self, asked: Sequence[Rollout], engine: FakeEngine) -> list[Rollout]:
        self.during()
        self.calls += 1
        self.counts, self.tail_seconds = Counter(timeout=1), 0.5
        found = []
        for rollout in asked:
            right = rollout.task.problem.id in self.mixed and rollout.index == 1
            found.append(replace(
                rollout, token_ids=(rollout.seed % 50, 2), logprobs=(-0.5, -rollout.seed % 7 / 8), text="x",
                version=engine.version, grade=Grade(right, "1", "correct" if right else "wrong"), reward=float(right),
            ))  # fmt: skip
        return found


def problems(mixed: Sequence[str] = (), shuffle: bool = False) -> ProblemSource:
    batches = BatchSampler(len(TASKS), 2, shuffle, seed=3)
    return ProblemSource(TASKS, batches, 2, False, 9, FakeCollector(mixed))  # type: ignore[arg-type]


def keys(rollouts: Sequence[Rollout]) -> list[str]:
    return list(by_group(rollouts))


def stored(source: Source, folder: Path) -> dict[str, Any]:
    """Its state after a way through a checkpoint."""
    save_source(folder, source.state())
    return stored_source(folder)


def test_groups_are_places_in_the_order_in_which_they_come() -> None:
    rollouts = [Rollout(TASKS[0], group, 0, 0) for group in ("b", "a", "b", "c", "a")]
    found = by_group(rollouts)
    assert found == {"b": [0, 2], "a": [1, 4], "c": [3]} and list(found) == ["b", "a", "c"]
    assert by_group([]) == {}


def test_a_rollout_is_the_same_after_a_way_through_json() -> None:
    task = Task(Problem("124", "q", "12.8", level="3"), (5, 6), 7)
    asked = Rollout(task, "124#7", 3, 2**63 - 1)
    sampled = replace(
        asked, token_ids=(9, 2), logprobs=(-0.1, -1e-17), mask=(True, False), version=4, finish_reason="stop", text="ü",
        grade=Grade(None, None, "timeout"), reward=0.1 + 0.2, advantage=-2.5,
    )  # fmt: skip
    for rollout in (asked, sampled):
        found = rollout_of(json.loads(json.dumps(rollout_line(rollout))))
        assert found == rollout and type(found.token_ids) is tuple and type(found.task.prompt_ids) is tuple


def test_a_rollout_is_the_same_after_a_flat_line() -> None:
    task = Task(Problem("124", "", "12.8", category="add", level="3"), (5, 6), prompt="<q>")
    sample = Rollout(task, "124", 1, 7, (9, 2), finish_reason="stop", text="ü", grades={"exact": Grade(True, "ü", "")})
    line = json.loads(json.dumps(flat_line(sample, SAMPLE)))
    assert (line["id"], line["sample"], line["response"], line["grades"]["exact"]["correct"]) == ("124", 1, "ü", True)
    assert flat_rollout(line, SAMPLE_NEEDED) == sample
    kept = Rollout(Task(Problem("124", "", "12.8"), (), 7, "<q>"), "124#7", 3, 2**63 - 1, (9, 2), (-0.1, -0.5),
                   version=4, text="ü", grade=Grade(None, None, "timeout"), given=False, advantage=-2.5)  # fmt: skip
    line = json.loads(json.dumps(flat_line(kept, (*KEPT, "given"))))
    assert (line["key"], line["example"], line["copy"], line["reason"]) == ("124#7", "124", 7, "timeout")
    assert flat_rollout(line, KEPT_NEEDED) == kept


@pytest.mark.parametrize(("change", "said"), [
    ({"seed": "x"}, "'seed' is \"x\": input should be a valid integer"),
    ({"id": 7}, "'id' is 7: input should be a valid string"),
    ({"token_ids": [1, None]}, "'token_ids/1' is null: input should be a valid integer"),
    ({"num_tokens": "many"}, "'num_tokens' is \"many\": input should be a valid integer"),
    ({"response": None}, "'response' is null: input should be a valid string"),
])  # fmt: skip
def test_a_flat_line_of_another_type_is_named_as_the_file_names_it(change: dict[str, object], said: str) -> None:
    line = {"id": "124", "sample": 0, "seed": 1, "prompt": "", "response": "", "finish_reason": "stop", "answer": "1"}
    with pytest.raises(ValueError, match=re.escape(said)):
        flat_rollout(line | change, SAMPLE_NEEDED)


def test_a_fixed_set_asks_for_each_copy_or_for_all_of_a_problem_at_once() -> None:
    copies = [Task(Problem("a", "q", "1"), (1,), copy) for copy in range(3)] + [Task(Problem("b", "q", "1"), (2,))]
    found = {}
    for merged in (False, True):
        collector: Any = FakeCollector()
        source = ProblemSource(copies, BatchSampler(4, 4, False, 0), 2, merged, 0, collector)
        found[merged] = [(r.group, r.index) for r in source.step(1, FakeEngine())]  # type: ignore[arg-type]
    assert found[False] == [(group, index) for group in ("a#0", "a#1", "a#2", "b#0") for index in (0, 1)]
    assert found[True] == [*(("a#0", index) for index in range(6)), ("b#0", 0), ("b#0", 1)]


def test_seeds_differ_by_step_group_place_and_draw_and_by_nothing_else() -> None:
    def seeds(step: int, batch: int, draw: int = 0) -> list[int]:
        source = problems()
        return [r.seed for r in source.asked([TASKS[i] for i in source.batches.batch(batch)], step, draw)]

    assert seeds(1, 1) == seeds(1, 2) == seeds(1, 1, 0)
    assert len({*seeds(1, 1), *seeds(2, 1), *seeds(1, 1, 1), *seeds(1, 1, 2)}) == 4 * 4


# Dynamic sampling


def test_with_every_group_kept_it_is_the_source_itself() -> None:
    engine: Any = FakeEngine()
    plain, kept = problems(shuffle=True), KeepMixed(problems(shuffle=True), 3, keep=lambda group: True)
    for step in range(1, 8):
        assert kept.step(step, engine) == plain.step(step, engine)
        aside = kept.aside()
        assert aside.dropped == [] and aside.counts == Counter(timeout=1, draws=1) and aside.tail_seconds == 0.5


def test_batches_are_drawn_until_enough_groups_are_mixed(tmp_path: Path) -> None:
    """Mixed: p1, p2, p5. Step 1 takes p0 p1, p2 p3; step 2 goes on with p4 p5, p0 p1, and not with p2 p3."""
    engine: Any = FakeEngine()
    source = KeepMixed(problems(mixed=("p1", "p2", "p5")), 3)
    first = source.step(1, engine)
    assert keys(first) == ["p1#0", "p2#0@1"] and len(first) == 4
    aside = source.aside()
    assert keys(aside.dropped) == ["p0#0", "p3#0@1"] and len(aside.dropped) == 4
    assert aside.counts == Counter(timeout=2, draws=2) and aside.tail_seconds == 1.0
    resumed = KeepMixed(problems(mixed=("p1", "p2", "p5")), 3)
    resumed.load_state(stored(source, tmp_path))
    second = source.step(2, engine)
    assert keys(second) == ["p5#0", "p1#0@1"] and keys(source.aside().dropped) == ["p4#0", "p0#0@1"]
    assert resumed.step(2, engine) == second and resumed.state() == source.state() == {"drawn": 4}


def test_mixed_groups_beyond_a_step_are_dropped() -> None:
    source = KeepMixed(problems(mixed=("p1", "p2", "p3")), 3)
    engine: Any = FakeEngine()
    assert keys(source.step(1, engine)) == ["p1#0", "p2#0@1"]
    assert keys(source.aside().dropped) == ["p0#0", "p3#0@1"]


@pytest.mark.parametrize(
    ("mixed", "draws", "given", "dropped"),
    [
        ((), 2, ["p0#0", "p1#0"], ["p2#0@1", "p3#0@1"]),
        (("p1",), 1, ["p1#0", "p0#0"], []),
        (("p3",), 2, ["p3#0@1", "p0#0"], ["p1#0", "p2#0@1"]),
    ],
)
def test_where_the_draws_end_the_step_is_filled_up(
    mixed: Sequence[str], draws: int, given: list[str], dropped: list[str]
) -> None:
    engine: Any = FakeEngine()
    source = KeepMixed(problems(mixed), draws)
    assert keys(source.step(1, engine)) == given and keys(source.aside().dropped) == dropped
    assert source.aside().counts["draws"] == draws and source.state() == {"drawn": draws}


# Rollouts one step ahead


def steps(source: Source, engine: Any, first: int, last: int) -> list[list[Rollout]]:
    """What a run does with a source: the weights of a step are handed over when nothing is sampled any more."""
    found = []
    for step in range(first, last + 1):
        engine.version = step - 1
        found.append(source.step(step, engine))
        source.settle()
    return found


@pytest.mark.parametrize("mixed", [False, True])
def test_prefetch_hands_over_what_its_source_gives_one_step_ahead(mixed: bool) -> None:
    def inner() -> Source:
        return KeepMixed(problems(("p1", "p2", "p5")), 2) if mixed else problems(("p1", "p2"))

    plain, source, engine = inner(), Prefetch(inner(), last_step=5), FakeEngine()
    found = []
    for step, expected in enumerate(steps(plain, FakeEngine(), 1, 5), start=1):
        engine.version = step - 1
        rollouts, aside = source.step(step, engine), source.aside()  # type: ignore[arg-type]
        source.settle()
        assert {r.version for r in expected} == {step - 1}
        assert [replace(r, version=step - 1) for r in rollouts] == expected
        found.append({step - 1 - r.version for r in rollouts})
        assert aside.counts["timeout"] == (aside.counts["draws"] if mixed else 1) and aside.tail_seconds > 0
    assert found == [{0}, {1}, {1}, {1}, {1}]
    if not mixed:
        assert source.source.collector.calls == 5  # type: ignore[attr-defined]  nothing beyond the last step


@pytest.mark.parametrize("mixed", [False, True])
def test_a_resume_trains_on_the_very_rollouts_that_were_ready(tmp_path: Path, mixed: bool) -> None:
    def made() -> Prefetch:
        return Prefetch(KeepMixed(problems(("p1", "p2", "p5")), 2) if mixed else problems(("p1",)), last_step=6)

    whole, resumed = made(), made()
    steps(whole, FakeEngine(), 1, 2)
    resumed.load_state(stored(whole, tmp_path))
    engine: Any = FakeEngine(99)  # rollouts sampled now would be others
    ready = resumed.step(3, engine)
    assert {r.version for r in ready} == {1}
    resumed.settle()
    other = resumed.aside()
    assert ready == steps(whole, FakeEngine(), 3, 3)[0]
    assert list(other.dropped) == list(whole.aside().dropped) and other.counts == whole.aside().counts
    assert [{r.version for r in rollouts} for rollouts in steps(resumed, engine, 4, 4)] == [{99}]
    expected = steps(whole, FakeEngine(), 4, 6)
    assert steps(resumed, engine, 5, 6) == expected[1:]


def test_the_state_before_anything_was_sampled_and_at_the_end(tmp_path: Path) -> None:
    engine: Any = FakeEngine()
    source = Prefetch(problems(), last_step=1)
    fresh = Prefetch(problems(), last_step=1)
    fresh.load_state(stored(source, tmp_path))
    assert fresh.step(1, engine) == source.step(1, engine) == problems().step(1, engine)
    assert source.state() == {"source": {}}
    fresh.load_state({})  # of a run whose checkpoint holds none


def test_an_error_beside_an_update_is_raised_before_new_weights_are_taken() -> None:
    inner = problems()
    source, engine = Prefetch(inner, last_step=3), FakeEngine()
    inner.collector.during = lambda: 1 / (1 - inner.collector.calls)  # type: ignore[attr-defined]
    source.step(1, engine)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        source.settle()


def test_a_signal_breaks_off_what_is_sampled_for_a_step_and_not_what_is_sampled_beside_its_update() -> None:
    """What is beside the update is finished: the step can no longer be dropped, and is saved with it."""
    stop, inner, engine = StopRequest(), problems(), FakeEngine()
    source, threads = Prefetch(inner, last_step=3), []

    def during() -> None:
        threads.append(threading.current_thread() is threading.main_thread())
        stop.check()

    inner.collector.during = during  # type: ignore[attr-defined]
    source.step(1, engine)  # type: ignore[arg-type]
    source.settle()
    stop.training_begins()
    stop._catch(signal.SIGTERM, None)
    source.step(2, engine)  # type: ignore[arg-type]
    source.settle()
    assert source.state()["step"] == 3 and threads == [True, False, False]
    with pytest.raises(Interrupted):
        Prefetch(inner, last_step=9).step(4, engine)  # type: ignore[arg-type]


# Votes


def test_more_responses_vote_than_are_trained_on() -> None:
    engine: Any = FakeEngine()
    whole, source = problems(mixed=("p1",)), Voted(problems(mixed=("p1",)), trained=1)
    rollouts = whole.step(1, engine)
    assert source.step(1, engine) == [rollouts[0], rollouts[2]]
    aside = source.aside()
    assert aside.dropped == [rollouts[1], rollouts[3]] and aside.counts == Counter(timeout=1)
