"""What a step writes: metrics, ledger lines, kept rollouts; and cutting files back on resume."""

import importlib
import math
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from oneshot_rlvr.config.schema import RewardConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.learner.estimate import Batch, sequences_of
from oneshot_rlvr.learner.update import StepStats
from oneshot_rlvr.rollout.collect import tail
from oneshot_rlvr.rollout.rewards import group_reward, reward_function, reward_seed
from oneshot_rlvr.rollout.sources import Aside, rollout_seed
from oneshot_rlvr.rollout.transformers_engine import _uniforms
from oneshot_rlvr.trainer.metrics import PhaseClock, ledger_rows, rollout_rows, step_metrics
from oneshot_rlvr.trainer.progress import duration
from oneshot_rlvr.trainer.run_folder import RunFolder, append_lines
from oneshot_rlvr.types import Grade, Problem, Rollout, Task

RIGHT, WRONG = Grade(True, "84", "correct"), Grade(False, "85", "wrong")
FAILED = Grade(None, None, "timeout")


class Tokens:
    def decode(self, ids: list[int], skip_special_tokens: bool = False) -> str:
        return "".join(f"<{i}>" for i in ids)


PROBLEM = Problem("7", "q", "84")


def rollout(length: int, text: str, reason: str = "stop", copy: int = 0, index: int = 0, **known: Any) -> Rollout:
    task = Task(PROBLEM, (1, 2, 3), copy)
    return Rollout(task, f"7#{copy}", index, 40 + index, tuple(range(length)), (-0.5,) * length, version=4,
                   finish_reason=reason, text=text, **known)  # fmt: skip


def step(**changes: Any) -> tuple[Batch, StepStats]:
    """Two groups of two: one with signal, one where a grading failed."""
    box, plain = r"so \boxed{84}", "no box"
    rollouts = [
        rollout(4, box, grade=RIGHT, reward=1.0, advantage=0.7),
        rollout(2, plain, index=1, grade=WRONG, reward=0.0, advantage=-0.7),
        rollout(6, box, "length", copy=1, grade=RIGHT, reward=1.0, advantage=0.0),
        rollout(1, plain, copy=1, index=1, grade=FAILED, reward=None, advantage=0.0),
    ]
    entropies = [torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([0.0, 2.0]), None, None]
    return Batch(rollouts, sequences_of(rollouts)), StepStats({"policy/grad_norm": 1.5}, entropies, **changes)


DROPPED = [rollout(5, "no box", copy=2, index=i, grade=WRONG, reward=0.0) for i in range(2)]


def test_metrics_by_hand() -> None:
    clock = PhaseClock()
    with clock("update"):
        pass
    found = step_metrics(5, *step(), Aside(counts=Counter(timeout=1)), clock)
    assert found["reward/mean"] == pytest.approx(2 / 3)
    assert found["train/accuracy"] == pytest.approx(2 / 3)
    assert found["group/constant_share"] == 0.5
    assert found["group/solved_share"] == 0.0 and found["group/unsolved_share"] == 0.0
    assert found["response/length_mean"] == 13 / 4 and found["response/length_max"] == 6
    assert found["response/truncated_share"] == 0.25 and found["response/boxed_share"] == 0.5
    assert found["tokens/prompt"] == 12 and found["tokens/response"] == found["tokens/sampled"] == 13
    assert found["grader/timeouts"] == 1 and found["policy/grad_norm"] == 1.5
    assert found["time/step"] >= found["time/update"] >= 0
    assert not [name for name in found if name.startswith("sampling/")] and "policy/staleness" not in found


def test_boxes_are_counted_where_they_are_looked_for() -> None:
    batch, stats = step()
    for problem in (Problem("1", "q", "84", "selfplay"), Problem("1", "q", "def f(x):\n return x+1\n>>84")):
        tasks = [replace(r, task=replace(r.task, problem=problem)) for r in batch.rollouts]
        found = step_metrics(5, replace(batch, rollouts=tasks), stats, Aside(), PhaseClock())
        assert "response/boxed_share" not in found and "response/truncated_share" in found


def test_metrics_of_what_was_dropped_and_of_stale_weights() -> None:
    """Step 5 goes on from the weights of step 4; one rollout of these has those of step 2."""
    batch, stats = step(stale=True)
    batch.rollouts[0] = replace(batch.rollouts[0], version=2)
    found = step_metrics(5, batch, stats, Aside(DROPPED, Counter(draws=2)), PhaseClock())
    assert found["policy/staleness"] == 0.5
    assert found["tokens/response"] == 13 and found["tokens/sampled"] == 23
    assert {name: value for name, value in found.items() if name.startswith("sampling/")} == {
        "sampling/draws": 2, "sampling/dropped_groups": 1, "sampling/dropped_share": 1 / 3,
        "sampling/dropped_tokens": 10,
    }  # fmt: skip


def test_phases_of_another_thread_are_hidden() -> None:
    clock, entered = PhaseClock(), []
    clock.restart(entered.append)

    def beside() -> None:
        with clock("generate"):
            pass

    with clock("update"):
        thread = Thread(target=beside)
        thread.start()
        thread.join()
    found = step_metrics(5, *step(), Aside(), clock)
    assert 0 <= found["time/hidden_generate"] <= found["time/update"] and "time/generate" not in found
    assert entered == ["update"]


def test_the_tail_is_what_the_last_tenth_takes() -> None:
    """Of 20 the 18th is 90 %; of 8 it is the 8th (7.2), of 11 the 10th (9.9)."""
    assert tail([float(i) for i in range(17)] + [20.0, 50.0, 90.0]) == 70.0
    assert tail([0.0] * 7 + [5.0]) == 0.0 and tail([0.0] * 9 + [3.0, 5.0]) == 2.0
    assert tail([]) == 0.0


def test_a_step_without_a_pass_measured_no_mismatch() -> None:
    found = step_metrics(5, *step(), Aside(), PhaseClock())
    assert not {"mismatch/mean", "mismatch/max", "mismatch/k1"} & set(found)


def test_ledger_by_hand() -> None:
    first, second, dropped = ledger_rows(5, *step(), Aside(DROPPED))
    assert first == {
        "step": 5, "group": 0, "key": "7#0", "example": "7", "copy": 0, "n": 2, "correct": 1, "ungraded": 0,
        "reward_sum": 1.0, "distinct_answers": 2, "length_mean": 3, "truncated": 0, "entropy": 2.0,
        "zero_advantage": False,
    }  # fmt: skip
    assert second["ungraded"] == 1 and second["truncated"] == 1
    assert second["entropy"] is None and second["zero_advantage"] is True
    assert "dropped" not in second and dropped["dropped"] is True
    assert (dropped["group"], dropped["key"], dropped["n"], dropped["length_mean"]) == (2, "7#2", 2, 5)


def test_kept_rollouts_carry_the_advantages_used() -> None:
    assert list(rollout_rows(5, *step(), "none", Tokens())) == []
    assert len(list(rollout_rows(5, *step(), "all", Tokens()))) == 4
    best, worst = rollout_rows(5, *step(), "best_worst", Tokens())
    assert (best["advantage"], worst["advantage"]) == (0.7, -0.7)
    assert best["tokens"] == ["<0>", "<1>", "<2>", "<3>"] and best["entropies"] == [1.0, 2.0, 3.0, 4.0]
    assert (best["group"], best["index"], worst["index"]) == (0, 0, 1)
    assert (worst["key"], worst["seed"], worst["version"]) == ("7#0", 41, 4)


def test_cut_after_forgets_later_steps(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    for step in range(4):
        folder.append_metrics(step, {"x": 1.0})
        folder.append_ledger([{"step": step, "group": 0}, {"step": step, "group": 1}])
        folder.write_rollouts(step, [{"step": step}])
        folder.eval_folder(step).mkdir(parents=True)
    with folder.metrics.open("a") as file:
        file.write('{"step": 2, "torn')
    folder.cut_after(2)
    assert folder.metrics.read_text().count("\n") == 3
    assert folder.ledger.read_text().count("\n") == 6
    assert sorted(p.name for p in folder.rollouts.iterdir()) == [f"step_{n:06d}.jsonl.zst" for n in range(3)]
    assert sorted(p.name for p in (folder.path / "eval").iterdir()) == [f"step_{n:06d}" for n in range(3)]
    with pa.input_stream(str(folder.rollouts / "step_000001.jsonl.zst"), compression="zstd") as stream:
        assert stream.read() == b'{"step": 1}\n'


@pytest.mark.parametrize("damage", ["garbage", "[1]", '{"x": 1}', '{"step": "2"}', "\udcff"])
@pytest.mark.parametrize("name", ["metrics", "ledger"])
def test_damage_before_the_end_is_named_and_nothing_is_cut(tmp_path: Path, name: str, damage: str) -> None:
    folder = RunFolder(tmp_path / "run")
    path: Path = getattr(folder, name)
    append_lines(path, [{"step": step} for step in range(4)])
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = damage.encode(errors="surrogateescape") + b"\n"
    path.write_bytes(b"".join(lines))
    with pytest.raises(UserError, match=re.escape(f"{path}:2: damaged")):
        folder.cut_after(2)
    assert path.read_bytes() == b"".join(lines)
    assert [p.name for p in path.parent.glob("*.partial")] == []
    path.write_bytes(b"".join([lines[0], lines[1]]))  # the last line: torn, and left out
    folder.cut_after(2)
    assert path.read_bytes() == lines[0]
    path.write_bytes(b"\n" + lines[0] + b"\n\n" + lines[2].rstrip())  # put right in an editor
    folder.cut_after(2)
    assert path.read_bytes() == lines[0] + lines[2]


def test_appended_lines_are_whole(tmp_path: Path) -> None:
    append_lines(tmp_path / "x.jsonl", [{"a": "line\nbreak"}, {"a": 2}])
    assert (tmp_path / "x.jsonl").read_text() == '{"a": "line\\nbreak"}\n{"a": 2}\n'


def test_rewards() -> None:
    problem, boxed, plain = Problem("1", "q", "84"), rollout(1, r"\boxed{5}"), rollout(1, "5")
    outcome = reward_function(RewardConfig(name="outcome"))
    assert [outcome(problem, boxed, g, 0) for g in (RIGHT, WRONG, FAILED)] == [1.0, 0.0, None]
    inverted = reward_function(RewardConfig(name="inverted"))
    assert [inverted(problem, boxed, g, 0) for g in (RIGHT, WRONG, FAILED)] == [0.0, 1.0, None]
    box = reward_function(RewardConfig(name="format"))
    assert [box(problem, r, FAILED, 0) for r in (boxed, plain)] == [1.0, 0.0]
    assert reward_function(RewardConfig(name="constant", value=0.3))(problem, boxed, WRONG, 0) == 0.3
    chance = reward_function(RewardConfig(name="random", probability=0.3))
    draws = [chance(problem, boxed, WRONG, seed) for seed in range(2000)]
    assert draws == [chance(problem, boxed, WRONG, seed) for seed in range(2000)]
    assert 0.27 < sum(draws) / 2000 < 0.33


def test_own_reward_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_reward.py").write_text("def length(problem, rollout, grade, seed):\n    return len(rollout.text)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    own = group_reward(RewardConfig(name="custom", path="my_reward:length"))
    assert own([rollout(1, text, grade=WRONG) for text in ("abc", "")]) == [3.0, 0.0]
    (tmp_path / "my_broken.py").write_text("def f(:")
    (tmp_path / "my_needs.py").write_text("import no_such_thing")
    (tmp_path / "my_other.py").write_text("def f(): return 1.0")
    for path, what in (
        ("my_reward:lenght", "did you mean 'length'"),
        ("nowhere:f", "no module 'nowhere' here"),
        ("x", "package.module:function is needed"),
        ("my_broken:f", "my_broken cannot be imported: .*line 1"),
        ("my_needs:f", "my_needs cannot be imported: .*my_needs.py:1: ModuleNotFoundError: No"),
        ("my_other:f", r"too many positional arguments; a function \(problem, rollout, grade, seed\)"),
    ):
        with pytest.raises(UserError, match=what):
            group_reward(RewardConfig(name="custom", path=path))


def test_rollout_seeds_are_spread_and_stable() -> None:
    seeds = {rollout_seed(r, s, g, i) for r in range(3) for s in range(5) for g in range(7) for i in range(9)}
    assert len(seeds) == 3 * 5 * 7 * 9
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_a_random_reward_does_not_know_the_tokens() -> None:
    """Drawn from the seed of the rollout itself it was below its probability where the first token's number was."""
    chance = reward_function(RewardConfig(name="random", probability=0.5))
    seeds = [rollout_seed(0, 1, 0, index) for index in range(4000)]
    first = np.array([_uniforms(seed, 1)[0] for seed in seeds])
    rewards = np.array([chance(Problem("1", "", ""), rollout(1, ""), WRONG, reward_seed(seed)) for seed in seeds])
    assert abs(np.corrcoef(first, rewards)[0, 1]) < 0.06
    assert abs(rewards.mean() - 0.5) < 0.03


@pytest.mark.parametrize("value", [1, True, np.float32(1), np.bool_(True), torch.tensor(1)])
def test_what_counts_as_a_number_is_a_reward(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: object) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "whole_reward.py").write_text("VALUE = None\ndef f(problem, rollout, grade, seed):\n    return VALUE\n")
    rewards = group_reward(RewardConfig(name="custom", path="whole_reward:f"))
    group = [rollout(1, "", grade=WRONG)]
    module = importlib.import_module("whole_reward")
    module.VALUE = value
    (found,) = rewards(group)
    assert type(found) is float and found == 1.0
    module.VALUE = None
    assert rewards(group) == [None]
    module.VALUE = math.nan
    with pytest.raises(UserError, match="returned nan; a finite number or None is needed"):
        rewards(group)
    module.VALUE = "high"
    with pytest.raises(UserError, match="whole_reward:f: returned 'high'; a finite number or None is needed"):
        rewards(group)


def test_durations() -> None:
    assert [duration(s) for s in (4, 89, 90, 3600, 12000)] == ["4 s", "89 s", "2 min", "60 min", "3 h 20 min"]


def test_every_token_is_decoded_once() -> None:
    """A step of 3 M tokens holds a few thousand different ones."""

    class Counting(Tokens):
        calls = 0

        def decode(self, ids: list[int], skip_special_tokens: bool = False) -> str:
            self.calls += 1
            return super().decode(ids)

    counting = Counting()
    rows = list(rollout_rows(5, *step(), "all", counting))  # tokens 0..3, 0..1, 0..5, 0
    assert [row["tokens"] for row in rows] == [[f"<{i}>" for i in range(n)] for n in (4, 2, 6, 1)]
    assert counting.calls == 6 + 4  # six different tokens, four prompts


def test_a_run_whose_settings_are_lost_is_not_gone_on_with(tmp_path: Path) -> None:
    from oneshot_rlvr.checkpoint import Checkpoint
    from oneshot_rlvr.config.load import load_run_config, resolved_yaml
    from oneshot_rlvr.trainer.run import _check_continuation, _missing_records

    config = load_run_config(["+experiment=sandbox_oneshot"])
    folder, newest = RunFolder(tmp_path / "run"), Checkpoint(2, tmp_path / "run" / "checkpoints" / "step_000002")
    assert _check_continuation(config, folder, None) is None  # a new run
    with pytest.raises(UserError, match="missing, and there are checkpoints"):
        _check_continuation(config, folder, newest)
    for damage in ("", "[1]", "foo", "a: 1", "a: [1"):
        folder.config.write_text(damage)
        with pytest.raises(UserError, match=re.escape(f"{folder.config}: the run's settings cannot be read")):
            _check_continuation(config, folder, newest)
    folder.config.write_text(resolved_yaml(config))
    assert _check_continuation(config, folder, newest) == config
    assert [str(path) in note for path, note in zip((folder.metrics, folder.ledger), _missing_records(folder, newest))]
    assert _missing_records(folder, None) == []


@pytest.mark.parametrize(("every", "first_saved"), [(4, 4), (0, 10), (20, 10)])
def test_a_run_begins_anew_only_where_no_step_was_saved(tmp_path: Path, every: int, first_saved: int) -> None:
    from oneshot_rlvr.config.load import load_run_config
    from oneshot_rlvr.trainer.run import _check_begun_anew

    settings = ["+experiment=sandbox_oneshot", "trainer.total_steps=10", f"checkpoint.every={every}"]
    config, folder = load_run_config(settings), RunFolder(tmp_path / "run")
    _check_begun_anew(None, folder, [])  # a new run
    for step in range(1, first_saved + 1):
        folder.append_metrics(step, {"loss": 0.0})
    _check_begun_anew(config, folder, [])  # killed while the first was being saved
    with pytest.raises(UserError, match=r"no checkpoint is whole \(step_000004: passed over: weights are missing\)"):
        _check_begun_anew(config, folder, ["step_000004: passed over: weights are missing"])
    folder.append_metrics(first_saved + 1, {"loss": 0.0})
    with pytest.raises(UserError, match=f"holds no checkpoint, though the run's records go to step {first_saved + 1}"):
        _check_begun_anew(config, folder, [])
