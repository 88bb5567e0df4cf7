"""Sources that choose their examples: what they learn, by hand; whom each rule chooses; a state that goes on."""

import json
import random
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from test_sources import TASKS, FakeCollector, FakeEngine, problems

from oneshot_rlvr.checkpoint import save_source, stored_source
from oneshot_rlvr.config.names import CHOICES
from oneshot_rlvr.config.schema import SourceConfig
from oneshot_rlvr.report.run_files import LedgerRow
from oneshot_rlvr.report.signal_figures import choices_by_step
from oneshot_rlvr.rollout.choosing import RULES, Choosing, Known
from oneshot_rlvr.rollout.sources import Prefetch
from oneshot_rlvr.types import by_group

CONFIG = SourceConfig()
# Pass rates 0, 1/2, 3/4, 1/4 after 8 responses each; the last example was never asked.
KNOWN = [Known(1, 9, 1, 1, False), Known(5, 5, 1, 2, True), Known(7.5, 2.5, 2, 3, True), Known(2.5, 7.5, 1, 4, True),
         Known(0.8, 1.2)]  # fmt: skip


def test_the_pass_rate_of_an_example_by_hand() -> None:
    one = Known()
    one.learn([1, 1, 0, 1], step=3, keep=0.5)
    assert one == Known(4, 2, 1, 3, True) and one.rate == pytest.approx(2 / 3)
    one.learn([1, 1, 1, 1], step=8, keep=0.5)
    assert one == Known(6.5, 1.5, 2, 8, False)
    other = Known()
    other.learn([-1, 0.25, 2], step=1, keep=1.0)  # cut to 0, 1/4, 1
    assert (other.right, other.wrong) == (2.25, 2.75)


def chosen(rule: str, count: int, seed: int = 0, **changes: float) -> list[int]:
    return RULES[rule](KNOWN, count, random.Random(seed), replace(CONFIG, **changes))


def test_whom_each_rule_chooses() -> None:
    assert set(CHOICES) == {"none", *RULES}
    assert chosen("near", 3) == [1, 4, 2] or chosen("near", 3) == [1, 4, 3]  # distances 0.5, 0, 0.25, 0.25, 0.1
    assert chosen("near", 1, target=0.8) == [2]
    # Spreads 0.3, 0.5, 0.433, 0.433 and their mean 0.417 for the last; ln 6 = 1.79 over 1 + times asked, under a root.
    assert chosen("volatile", 5, exploration=0.0)[0] == 1 and chosen("volatile", 5, exploration=0.0)[3:] == [4, 0]
    assert chosen("volatile", 1, exploration=1.0) == [4]  # 0.417 + 1.339 above 0.5 + 0.947
    assert {chosen("band", 1, seed)[0] for seed in range(60)} == {1, 2, 3, 4}  # the first is never right
    assert {chosen("band_control", 1, seed)[0] for seed in range(60)} == {0, 1, 2, 3}  # as many, whatever they are
    assert sorted(chosen("band", 5)) == [0, 1, 2, 3, 4]
    found = [chosen("replay", 4, seed) for seed in range(40)]  # the longest waiting; then the one that was never asked
    assert all(places[: places.index(4)] == [1, 2, 3][: places.index(4)] for places in found)
    assert {places.index(4) for places in found} == {0, 1, 2, 3}
    draws = [chosen("thompson", 1, seed)[0] for seed in range(300)]
    assert draws.count(1) > draws.count(2) > draws.count(0) and 4 in draws


def test_choices_of_the_ledger_by_step() -> None:
    def row(step: int, example: str, expected: float, correct: int) -> LedgerRow:
        return LedgerRow(step, 0, example, 0, 4, correct, 0.0, 1, 9.0, 0, None, False, expected=expected)

    ledger = [row(1, "a", 0.5, 1), row(1, "b", 0.5, 0), row(2, "a", 0.25, 3), row(2, "c", 0.5, 4), row(2, "c", 0.5, 1)]
    assert choices_by_step(ledger) == [(1, 0.5, 0.125, 0.0), (2, 0.375, 8 / 12, 0.5)]


def source(rule: str = "near", chosen: int = 1, mixed: tuple[str, ...] = ("p1",)) -> Choosing:
    return Choosing(problems(mixed=mixed), replace(CONFIG, choose=rule, chosen=chosen))


def test_one_example_fills_the_step_and_is_chosen_while_it_teaches() -> None:
    found = source(mixed=("p0", "p1", "p2", "p3", "p4", "p5"))  # one of two right: always 1/2
    first = found.step(1, FakeEngine())  # type: ignore[arg-type]
    groups = by_group(first)
    name = first[0].task.problem.id
    assert list(groups) == [f"{name}#0", f"{name}#1"] and len({r.seed for r in first}) == 4
    assert found.aside().values == {"choice/expected": 0.5, "choice/again_share": 0.0, "choice/examples": 1}
    found = source(mixed=("p1",))
    asked = [found.step(step, FakeEngine())[0].task.problem.id for step in range(1, 9)]  # type: ignore[arg-type]
    assert asked[-4:] == ["p1"] * 4  # found, then kept
    assert found.aside().expected == {"p1": pytest.approx(0.5, abs=0.01)}
    assert found.known["p1"].mixed and found.aside().values["choice/again_share"] == 1.0


@pytest.mark.parametrize("rule", RULES)
def test_a_resumed_run_chooses_the_same(rule: str) -> None:
    whole, first = source(rule, 2), source(rule, 2)
    engine = FakeEngine()
    straight = [whole.step(step, engine) for step in range(1, 9)]  # type: ignore[arg-type]
    begun = [first.step(step, engine) for step in range(1, 5)]  # type: ignore[arg-type]
    second = source(rule, 2)
    second.load_state(json.loads(json.dumps(first.state())))
    assert begun + [second.step(step, engine) for step in range(5, 9)] == straight  # type: ignore[arg-type]
    assert second.state() == whole.state() and second.aside() == whole.aside()


def test_a_step_ahead_keeps_what_was_expected(tmp_path: Path) -> None:
    ahead = Prefetch(source(), last_step=9)
    ahead.step(1, FakeEngine())  # type: ignore[arg-type]
    save_source(tmp_path, ahead.state())
    other = Prefetch(source(), last_step=9)
    other.load_state(stored_source(tmp_path))
    assert other.step(2, FakeEngine()) == ahead.step(2, FakeEngine())  # type: ignore[arg-type]
    assert other.aside().expected == ahead.aside().expected != {}


def test_what_is_known_of_examples_is_counted_over_their_copies() -> None:
    doubled = problems(mixed=("p0",))
    doubled.tasks = [*TASKS, *(replace(task, copy=1) for task in TASKS)]
    found = Choosing(doubled, replace(CONFIG, choose="near"))
    assert isinstance(doubled.collector, FakeCollector) and len(found.examples) == len(TASKS)
    found.step(1, FakeEngine())  # type: ignore[arg-type]
    assert len(found.known) == 2 and all(asdict(one)["asked"] == 1 for one in found.known.values())
