"""Rollouts that go on from failed responses: whose, how much of them, and that the state goes on."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from test_sources import TASKS, FakeCollector, FakeEngine, problems

from oneshot_rlvr.checkpoint import save_source, stored_source
from oneshot_rlvr.data.sampler import BatchSampler
from oneshot_rlvr.rollout.prefixes import FailedPrefixes
from oneshot_rlvr.types import Grade, Rollout

FAILED = (11, 12, 13, 14, 15, 16, 17, 2)


@dataclass
class Learned(FakeCollector):
    """Wrong in the first step and right afterwards, but for prompts that were lengthened by more than one token."""

    def collect(self, asked: Any, engine: FakeEngine) -> list[Rollout]:
        self.calls += 1
        right = [self.calls > 1 and len(rollout.task.prompt_ids) < 4 for rollout in asked]
        return [replace(rollout, token_ids=FAILED, logprobs=(-1.0,) * 8, version=0, reward=float(good),
                        grade=Grade(good, "1", "")) for rollout, good in zip(asked, right)]  # fmt: skip


def source(share: float = 0.5, max_prompt: int = 100) -> FailedPrefixes:
    """Steps of four groups of one example, two rollouts each."""
    tasks = [replace(TASKS[0], copy=copy) for copy in range(4)]
    whole = replace(problems(), tasks=tasks, batches=BatchSampler(4, 4, False, 0), collector=Learned())  # type: ignore[arg-type]
    return FailedPrefixes(whole, share, target=0.5, max_prompt=max_prompt)


def prompts(rollouts: list[Rollout]) -> list[tuple[int, ...]]:
    return [rollout.task.prompt_ids for rollout in rollouts]


def test_half_of_the_groups_go_on_from_a_failed_response_once_the_example_is_solved() -> None:
    found, plain = source(), TASKS[0].prompt_ids
    assert prompts(found.step(1, FakeEngine())) == [plain] * 8  # type: ignore[arg-type]
    assert prompts(found.step(2, FakeEngine())) == [plain] * 8  # type: ignore[arg-type]  solved in this step
    assert found.aside().values == {"prefix/share": 0.0, "prefix/part": 0.25}
    third = found.step(3, FakeEngine())  # type: ignore[arg-type]
    assert prompts(third) == [plain] * 4 + [(*plain, 11, 12)] * 4  # a quarter of eight tokens
    assert [r.group for r in third] == [f"p0#{copy}" for copy in range(4) for _ in range(2)]
    assert len({r.seed for r in third}) == 8
    assert found.aside().values == {"prefix/share": 0.5, "prefix/part": 0.25, "prefix/accuracy": 0.0}
    lengths = []
    for step in range(4, 12):
        found.step(step, FakeEngine())  # type: ignore[arg-type]
        lengths.append(found.part)
    # All wrong with two tokens: shorter by a tenth each time, until round(8 part) is one; then all right, and longer.
    assert lengths[:3] == pytest.approx([0.25 / 1.1**2, 0.25 / 1.1**3, 0.25 / 1.1**4])
    assert lengths[3:5] == pytest.approx([0.25 / 1.1**3, 0.25 / 1.1**4])
    assert len(found.failed["p0"]) == 8  # of the first step alone


def test_a_prompt_never_grows_beyond_its_limit() -> None:
    found = source(max_prompt=3)
    for step in (1, 2):
        found.step(step, FakeEngine())  # type: ignore[arg-type]
    found.part = 0.9
    assert max(map(len, prompts(found.step(3, FakeEngine())))) == 3  # type: ignore[arg-type]


def test_a_resumed_run_goes_on_from_the_same_failures(tmp_path: Path) -> None:
    whole, first, second = source(), source(), source()
    engine: Any = FakeEngine()
    straight = [whole.step(step, engine) for step in range(1, 7)]
    begun = [first.step(step, engine) for step in range(1, 4)]
    save_source(tmp_path, first.state())
    second.load_state(stored_source(tmp_path))
    second.source.collector.calls = 3  # type: ignore[attr-defined]
    assert begun + [second.step(step, engine) for step in range(4, 7)] == straight
    assert second.state() == whole.state()
