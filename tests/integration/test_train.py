"""`rlvr train` end to end on the CPU: resume, checkpoints, copies, loggers, signals, and a reward that rises."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from runs import TINY, fingerprint, json_lines, rlvr, train_here

from oneshot_rlvr import checkpoint
from oneshot_rlvr.cli import main
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.files import step_name
from oneshot_rlvr.learner.learner import Learner
from oneshot_rlvr.rollout.collect import Collector
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler


def test_resume_equals_uninterrupted(tmp_path: Path) -> None:
    """Weights, optimizer, metrics, ledger, kept rollouts and evaluation samples, bit for bit."""
    common = (*TINY, "checkpoint.every=2", "trainer.eval_every=2", "data.validation=sandbox_heldout",
              "data.validation_limit=6", "eval.max_new_tokens=8", "trainer.keep_rollouts=all")  # fmt: skip
    whole = train_here(*common, f"trainer.output_dir={tmp_path}/whole", "trainer.total_steps=5")
    parts = train_here(*common, f"trainer.output_dir={tmp_path}/parts", "trainer.total_steps=3")
    # What a kill between checkpoints leaves: a step more in the files, a torn line, half a checkpoint.
    with (parts / "metrics.jsonl").open("a") as metrics:
        metrics.write('{"step": 4, "reward/mean": 0.5}\n{"step": 4, "rew')
    (parts / "checkpoints" / "step_000004").mkdir()
    (parts / "rollouts" / "step_000004.jsonl.zst").write_bytes(b"torn")
    train_here(*common, f"trainer.output_dir={tmp_path}/parts", "trainer.total_steps=5")
    found, expected = fingerprint(parts, 5), fingerprint(whole, 5)
    # The shorter run evaluated and saved at its own last step, 3, which the longer one did not.
    found["metrics"] = [m for m in found["metrics"] if not (m["step"] == 3 and any(k.startswith("eval/") for k in m))]
    found["samples"] = {k: v for k, v in found["samples"].items() if "step_000003" not in k}
    assert len(expected["metrics"]) == 9 and len(expected["samples"]) == 4
    assert found == expected


def test_the_engine_sleeps_when_all_draws_of_a_step_are_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One call after each step's last sample; an engine that sleeps samples nothing before it has new weights."""
    did: list[str] = []
    engine = TransformersSampler

    def noted(name: str, word: str) -> None:
        function = getattr(engine, name)

        def call(self: Any, *arguments: Any, **named: Any) -> Any:
            did.append(word)
            return function(self, *arguments, **named)

        monkeypatch.setattr(engine, name, call)

    for name, word in (("generate", "sample"), ("sleep", "sleep"), ("load_weights", "weights")):
        noted(name, word)
    train_here(*TINY, "source.keep_mixed=true", "source.max_draws=2", "trainer.total_steps=2",
               f"trainer.output_dir={tmp_path}")  # fmt: skip
    # The first two samples are those that the sampler is compared by at the start.
    assert did == ["weights", "sample", "sample", *(["sample", "sample", "sleep", "weights"] * 2)]


@pytest.mark.parametrize("source", [
    (), ("source.keep_mixed=true", "source.max_draws=2"), ("source.choose=thompson", "algorithm.entropy_target=9"),
])  # fmt: skip
def test_a_resume_trains_on_the_rollouts_that_were_sampled_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: tuple[str, ...]
) -> None:
    """A run that fails in the update of its third step, and the same command once more."""
    common = (*TINY, "source.prefetch=true", *source, "reward=random", "optimizer.lr=1e-3", "trainer.total_steps=4",
              "checkpoint.every=1", "trainer.keep_rollouts=all")  # fmt: skip
    whole = train_here(*common, f"trainer.output_dir={tmp_path}/whole")
    update, steps = Learner.update, []

    def failing(learner: Learner, *arguments: Any, **named: Any) -> Any:
        steps.append(1)
        if len(steps) == 3:
            raise RunError("planted")
        return update(learner, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "update", failing)
        with pytest.raises(RunError, match="planted"):
            train_here(*common, f"trainer.output_dir={tmp_path}/parts")
    parts = train_here(*common, f"trainer.output_dir={tmp_path}/parts")
    assert fingerprint(parts, 4) == fingerprint(whole, 4)
    lines = json_lines(whole / "metrics.jsonl")
    assert [line.get("policy/staleness") for line in lines] == [None, 1, 1, 1]
    assert all(line["time/hidden_generate"] > 0 for line in lines[:3])
    kept = rollouts_of(whole, 3)
    assert {row["version"] for row in kept} == {1} and len(kept) == 32
    ledger = json_lines(whole / "ledger" / "ledger.jsonl")
    if "source.choose=thompson" in source:
        assert [line["choice/examples"] for line in lines] == [1] * 4 and all(0 < r["expected"] < 1 for r in ledger)
        assert [line["policy/entropy_coef"] for line in lines] == pytest.approx([0.001, 0.006, 0.011, 0.016])
    elif source:
        for line in lines:
            rows = [row for row in ledger if row["step"] == line["step"]]
            dropped = [row for row in rows if row.get("dropped")]
            assert len(rows) - len(dropped) == 4 and len(dropped) == line["sampling/dropped_groups"]
            assert line["sampling/draws"] * 4 == len(rows) and len({row["key"] for row in rows}) == len(rows)


def rollouts_of(run: Path, step: int) -> list[dict[str, Any]]:
    import pyarrow as pa

    with pa.input_stream(str(run / "rollouts" / f"{step_name(step)}.jsonl.zst"), compression="zstd") as stream:
        return [json.loads(line) for line in stream.read().splitlines()]


def test_a_checkpoint_is_written_beside_the_next_step_and_not_beside_an_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one is not finished before the second step samples; no update and no record comes before it is."""
    sampling, written, seen = threading.Event(), [], []
    manifest, graded, update = checkpoint.write_manifest, Collector.graded, Learner.update

    def slow_manifest(folder: Path, step: int) -> None:
        assert sampling.wait(120)
        manifest(folder, step)
        written.append(step)

    def watched_graded(collector: Collector, asked: Any, engine: Any) -> Any:
        if engine.version == 1:  # the second step
            assert written == []
            sampling.set()
        return graded(collector, asked, engine)

    def watched_update(*arguments: Any, **named: Any) -> Any:
        seen.append(list(written))
        return update(*arguments, **named)

    monkeypatch.setattr(checkpoint, "write_manifest", slow_manifest)
    monkeypatch.setattr(Collector, "graded", watched_graded)
    monkeypatch.setattr(Learner, "update", watched_update)
    run = train_here(*TINY, "checkpoint.every=1", "trainer.total_steps=3", f"trainer.output_dir={tmp_path}")
    assert seen == [[], [1], [1, 2]] and written == [1, 2, 3]
    times = [line for line in json_lines(run / "metrics.jsonl") if "time/checkpoint_write" in line]
    assert times[0]["time/checkpoint"] == times[0]["time/checkpoint_write"] == 0
    assert all(line["time/checkpoint_write"] > 0 for line in times[1:])


def test_without_validation_and_one_step_early_as_the_dry_run_says(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The set of problems is not looked for, and `compat.stop_one_step_early` counts for every figure."""
    words = (*TINY, f"trainer.output_dir={tmp_path}", "data.validation=nowhere.jsonl", "trainer.eval_every=0",
             "trainer.eval_first=false", "compat=official", "trainer.total_steps=4", "checkpoint.every=2")  # fmt: skip
    assert main(["train", *words, "--dry-run"]) == 0
    said = capfd.readouterr().out
    assert "validations       none" in said and "steps             3:" in said and "checkpoints       2," in said
    run = train_here(*words)
    assert sorted(p.name for p in (run / "checkpoints").iterdir()) == ["step_000002", "step_000003"]
    assert not (run / "eval").exists()


def test_a_run_does_not_go_on_with_other_inputs(tmp_path: Path) -> None:
    """Prompts, labels, validation problems and weights are told by their digests, not by their paths."""
    import shutil

    from oneshot_rlvr.paths import sandbox_dir

    shutil.copytree(sandbox_dir() / "base_e", tmp_path / "model")
    rows = [{"id": str(n), "problem": f"What is {n} + 1?", "answer": str(n + 1)} for n in range(8)]

    def write(name: str, records: list[dict[str, str]]) -> None:
        (tmp_path / name).write_text("".join(json.dumps(record) + "\n" for record in records))

    write("train.jsonl", rows)
    write("valid.jsonl", rows[:2])
    words = (*TINY, f"trainer.output_dir={tmp_path}", f"data.file={tmp_path}/train.jsonl", "data.examples=[]",
             "model.random_init=false", f"model.path={tmp_path}/model", f"data.validation={tmp_path}/valid.jsonl",
             "data.max_prompt_tokens=64", "trainer.eval_every=1", "eval.max_new_tokens=4")  # fmt: skip
    train_here(*words, "trainer.total_steps=1")
    for name, records in (("train", rows), ("valid", rows[:2])):
        write(f"{name}.jsonl", [*records[:-1], records[-1] | {"answer": "9999"}])
        what = {"train": "training rows", "valid": "validation problems"}[name]
        with pytest.raises(UserError, match=rf"the {what} \(data.*\) are not those that the run began with"):
            train_here(*words, "trainer.total_steps=2")
        write(f"{name}.jsonl", records)
    weights = tmp_path / "model" / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-4] + bytes(4))
    with pytest.raises(UserError, match=r"the base model's weights \(model.path\) are not those"):
        train_here(*words, "trainer.total_steps=2")
    weights.write_bytes(whole)
    run = train_here(*words, "trainer.total_steps=2")
    assert (run / "checkpoints" / "step_000002").is_dir()


def test_a_run_that_could_not_be_built_does_not_bind_the_next(tmp_path: Path) -> None:
    common = (*TINY, f"trainer.output_dir={tmp_path}", "trainer.total_steps=1")
    with pytest.raises(UserError, match="zzz"):
        train_here(*common, "model.extra_stop_tokens=[zzz]")
    run = train_here(*common)
    assert (run / "checkpoints" / "step_000001").is_dir()


def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    common = (*TINY, f"trainer.output_dir={tmp_path}", "checkpoint.every=1")
    run = train_here(*common, "trainer.total_steps=2")
    whole = fingerprint(run, 2)
    weights = run / "checkpoints" / "step_000002" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    train_here(*common, "trainer.total_steps=2")
    output = capfd.readouterr().out
    assert "step_000002: passed over: model.safetensors is damaged" in output
    assert "resuming after step 1" in output
    assert fingerprint(run, 2) == whole


def test_a_finished_run_says_so_and_a_changed_one_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    common = (*TINY, f"trainer.output_dir={tmp_path}", "trainer.total_steps=1")
    run = train_here(*common)
    before = fingerprint(run, 1)
    train_here(*common)
    assert "finished before" in capfd.readouterr().out
    with pytest.raises(UserError, match=r"optimizer.lr \(was 1e-06, now 1e-05\)"):
        train_here(*common, "optimizer.lr=1e-5")
    with pytest.raises(UserError, match=r"trainer.resume=never"):
        train_here(*common, "trainer.resume=never")
    assert fingerprint(run, 1) == before


def test_checkpoint_loads_in_plain_transformers(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    run = train_here(*TINY, f"trainer.output_dir={tmp_path}", "trainer.total_steps=1")
    folder = run / "checkpoints" / "step_000001"
    model = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert model.dtype == torch.float32  # the type that a CPU computes in
    assert model.config._attn_implementation == "sdpa"
    ids = tokenizer("What is 2+2?", return_tensors="pt").input_ids
    assert torch.isfinite(model(ids).logits).all()


def test_repeated_rows_train_as_copies_do(tmp_path: Path) -> None:
    """A file with one row four times is `data.copies=4`, bit for bit."""
    from oneshot_rlvr.data.training_set import shipped_example

    row = shipped_example(1)
    file = tmp_path / "four.jsonl"
    line = json.dumps({"id": row.id, "problem": row.prompt, "answer": row.answer, "source": row.source})
    file.write_text(f"{line}\n" * 4)
    common = (*TINY, "trainer.total_steps=2", "checkpoint.every=0", "trainer.keep_rollouts=all")
    copies = train_here(*common, f"trainer.output_dir={tmp_path}/copies")
    rows = train_here(*common, f"trainer.output_dir={tmp_path}/rows", "data.examples=[]", f"data.file={file}",
                      "data.copies=1")  # fmt: skip
    assert fingerprint(rows, 2) == fingerprint(copies, 2)


def test_groups_are_per_copy_or_merged(tmp_path: Path) -> None:
    common = (*TINY, "trainer.total_steps=1", "checkpoint.every=0")
    separate = train_here(*common, f"trainer.output_dir={tmp_path}/a")
    merged = train_here(*common, f"trainer.output_dir={tmp_path}/b", "data.group_copies=merged")
    rows = json_lines(separate / "ledger" / "ledger.jsonl")
    assert [(r["group"], r["n"], r["example"]) for r in rows] == [(i, 8, "124") for i in range(4)]
    assert sorted(r["copy"] for r in rows) == [0, 1, 2, 3]
    rows = json_lines(merged / "ledger" / "ledger.jsonl")
    assert [(r["group"], r["n"]) for r in rows] == [(0, 32)]


def test_wandb_offline_and_tensorboard_carry_the_metrics(tmp_path: Path) -> None:
    overrides = (*TINY, f"trainer.output_dir={tmp_path}", "trainer.total_steps=2", "checkpoint.every=0",
                 "logger.wandb=true", "logger.wandb_mode=offline", "logger.tensorboard=true")  # fmt: skip
    result = rlvr("train", *overrides)
    assert result.returncode == 0, result.stderr
    run = tmp_path / "pi1_r128" / "seed0"
    logs = list(run.glob("wandb/offline-run-*/*.wandb"))
    assert len(logs) == 1 and b"policy/grad_norm" in logs[0].read_bytes()
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    lines = json_lines(run / "metrics.jsonl")
    assert all(0 <= line["time/tail"] <= line["time/generate"] for line in lines)
    for name in ("reward/mean", "policy/entropy"):
        assert [e.step for e in events.Scalars(name)] == [1, 2]
        assert [e.value for e in events.Scalars(name)] == pytest.approx([line[name] for line in lines])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGUSR1, 138), (signal.SIGINT, 130)])
def test_a_signal_saves_and_exits_with_its_code(tmp_path: Path, number: signal.Signals, code: int) -> None:
    command = [sys.executable, "-m", "oneshot_rlvr", "train", *TINY, f"trainer.output_dir={tmp_path}",
               "trainer.total_steps=100000", "checkpoint.every=0", "trainer.progress_seconds=0.01"]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    metrics = tmp_path / "pi1_r128" / "seed0" / "metrics.jsonl"
    deadline = time.monotonic() + 120
    while not metrics.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == code
    assert stderr.startswith(f"rlvr: stopped: {number.name} received; step ") and stderr.count("\n") == 1
    saved = sorted((metrics.parent / "checkpoints").iterdir())
    assert len(saved) == 1 and saved[0].name == f"step_{json_lines(metrics)[-1]['step']:06d}"


def test_two_runs_in_one_folder_are_refused(tmp_path: Path) -> None:
    from oneshot_rlvr.trainer.run_folder import RunFolder

    with RunFolder(tmp_path / "pi1_r128" / "seed0") as held:
        result = rlvr("train", *TINY, f"trainer.output_dir={tmp_path}", "trainer.total_steps=1")
    assert result.returncode == 2
    assert "another run is writing here" in result.stderr and result.stderr.count("\n") == 1
    with RunFolder(held.path):  # free again, although `held` is still there
        pass


def test_reward_rises_on_one_example(tmp_path: Path) -> None:
    """The sandbox base learns its one example: from about one right answer in eight to most of them."""
    run = train_here("+experiment=sandbox_oneshot", f"trainer.output_dir={tmp_path}", "trainer.total_steps=25",
                     "data.validation=null", "checkpoint.every=0", "data.examples=[pool-0002]")  # fmt: skip
    rewards = [line["reward/mean"] for line in json_lines(run / "metrics.jsonl")]
    first, last = sum(rewards[:5]) / 5, sum(rewards[-5:]) / 5
    assert first < 0.45 and last > first + 0.3
    mismatch = max(line["mismatch/max"] for line in json_lines(run / "metrics.jsonl"))
    assert mismatch < 1e-3  # sampler and trainer hold the same weights
