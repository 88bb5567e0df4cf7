"""`rlvr verify`: 50 planted tamperings of a small run and its report are all found, and honest ones are not accused."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from runs import json_lines, train_here
from safetensors.torch import load_file, save_file

from oneshot_rlvr.checkpoint import write_manifest
from oneshot_rlvr.cli import main
from oneshot_rlvr.config.schema import RunConfig, SelfPlayConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.records import each_record, loaded, write_zst
from oneshot_rlvr.report import build
from oneshot_rlvr.report.run_files import LedgerRow
from oneshot_rlvr.report.verify import Scorers, _of_ledger, verify_report, verify_run

SMALL = (
    "+experiment=sandbox_oneshot", "trainer.total_steps=4", "data.prompts_per_step=2", "data.copies=2",
    "data.validation_limit=24", "trainer.eval_every=2", "checkpoint.every=2", "eval.sampled=0", "optimizer.lr=1e-3",
    "trainer.keep_rollouts=all", "trainer.grad_terms_every=0",
)  # fmt: skip
SET = "sandbox_heldout"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seeds of one arm, and their report."""
    root = tmp_path_factory.mktemp("verify")
    runs = [train_here(*SMALL, f"trainer.output_dir={root}", f"trainer.seed={seed}") for seed in (0, 1)]
    build.write_report(runs, root / "report")
    return root


def run_of(root: Path, seed: int = 0) -> Path:
    return root / "sandbox_oneshot" / f"seed{seed}"


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def edit_metric(root: Path, rng: random.Random) -> None:
    """A better number in a line of metrics.jsonl."""
    path = run_of(root) / "metrics.jsonl"
    rows = json_lines(path)
    evaluated = [f"eval/{SET}/{name}" for name in ("accuracy", "boxed_share", "length_mean", "accuracy/add")]
    trained = ["train/accuracy", "reward/mean", "response/length_mean", "group/solved_share", "tokens/sampled"]
    name = rng.choice([*trained, *evaluated])
    row = rng.choice([row for row in rows if name in row])
    row[name] += rng.choice((0.01, 0.05, 0.2, -0.002))
    write_lines(path, rows)


def swap_checkpoint(root: Path, rng: random.Random) -> None:
    """Weights of another step or seed under a step's name, with a manifest of their own."""
    step = rng.choice((2, 4))
    folder = run_of(root) / "checkpoints" / f"step_{step:06d}"
    others = [run_of(root) / "checkpoints" / f"step_{6 - step:06d}",
              run_of(root, 1) / "checkpoints" / f"step_{step:06d}"]  # fmt: skip
    shutil.copyfile(rng.choice(others) / "model.safetensors", folder / "model.safetensors")
    if rng.random() < 0.5:
        write_manifest(folder, step)


def drop_seed(root: Path, rng: random.Random) -> None:
    """A report of one seed only, or a run that is gone."""
    if rng.random() < 0.5:
        shutil.rmtree(run_of(root, rng.choice((0, 1))))
    else:
        build.write_report([run_of(root, rng.choice((0, 1)))], root / "report")


def other_grader(root: Path, rng: random.Random) -> None:
    """Verdicts that the run's grader does not give, with numbers that fit them."""
    folder = run_of(root) / "eval" / f"step_{rng.choice((0, 2, 4)):06d}" / SET
    rows, result = json_lines(folder / "samples.jsonl"), json.loads((folder / "metrics.json").read_text())
    wrong = [row for row in rows if not row["grades"]["exact"]["correct"]]
    if rng.random() < 0.3:
        result["grader"] = "qwen"
    for row in rng.sample(wrong, min(len(wrong), rng.randint(1, 6))):
        row["grades"]["exact"] |= {"correct": True, "reason": "correct"}
        result["per_problem"][row["id"]] = [1, 1]
    right = sum(r for r, _ in result["per_problem"].values())
    result["accuracy"] = right / len(rows)
    write_lines(folder / "samples.jsonl", rows)
    (folder / "metrics.json").write_text(json.dumps(result))
    adjust(root, folder, result["accuracy"])


def adjust(root: Path, folder: Path, accuracy: float) -> None:
    """Makes the run's own line say the same."""
    step, path = int(folder.parent.name.removeprefix("step_")), run_of(root) / "metrics.jsonl"
    rows = json_lines(path)
    for row in rows:
        if row["step"] == step and f"eval/{SET}/accuracy" in row:
            row[f"eval/{SET}/accuracy"] = accuracy
    write_lines(path, rows)


def hand_made(root: Path, rng: random.Random) -> None:
    """An answer that no model gave: a held-out one with its verdict and all numbers, or a kept rollout's text."""
    if rng.random() < 0.4:
        path = rng.choice(sorted((run_of(root) / "rollouts").glob("step_00000[13]*.zst")))
        rows = list(each_record(path, loaded))
        row = rng.choice(rows)
        row["response"] = f"Step by step: it is \\boxed{{{row['answer']}}}."
        row |= {"correct": True, "extracted": row["answer"], "reason": "correct"}
        if rng.random() < 0.5:
            row |= {"version": -1, "logprobs": []}  # as if it had been given
        write_zst(path, rows)
        return
    folder = run_of(root) / "eval" / f"step_{rng.choice((0, 2, 4)):06d}" / SET
    rows, result = json_lines(folder / "samples.jsonl"), json.loads((folder / "metrics.json").read_text())
    row = rng.choice([row for row in rows if not row["grades"]["exact"]["correct"]])
    row["response"] = row["response"].replace(row["grades"]["exact"]["extracted"] or "", row["answer"])
    row["grades"]["exact"] |= {"correct": True, "extracted": row["answer"], "reason": "correct"}
    result["per_problem"][row["id"]] = [1, 1]
    result["accuracy"] = sum(r for r, _ in result["per_problem"].values()) / len(rows)
    write_lines(folder / "samples.jsonl", rows)
    (folder / "metrics.json").write_text(json.dumps(result))
    adjust(root, folder, result["accuracy"])


KINDS: tuple[Callable[[Path, random.Random], None], ...] = (
    edit_metric, swap_checkpoint, drop_seed, other_grader, hand_made,
)  # fmt: skip


def faults(root: Path) -> list[str]:
    found = verify_report(root / "report").faults
    if (run_of(root) / "config.yaml").is_file():
        found += verify_run(run_of(root), steps=4).faults
    return found


def test_an_honest_run_is_not_accused(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(study / "report"), str(run_of(study)), str(run_of(study, 1))]) == 0
    said = capsys.readouterr().out
    assert said.count("0 do not fit") == 3
    for kind in ("checkpoints", "metrics", "grades", "greedy answers", "log-probabilities", "printed rows"):
        assert kind in said


def test_weights_are_read_into_the_last_model_where_they_fit(study: Path, tmp_path: Path) -> None:
    """The same numbers as of a model of its own; other names or values that are no numbers are never taken over."""
    folders = [run_of(study, seed) / "checkpoints" / "step_000004" for seed in (0, 1)]
    scorers = Scorers()
    first = scorers.load(folders[0])
    second, alone = scorers.load(folders[1]), Scorers().load(folders[1])
    assert second.model is first.model and second.tokenizer is first.tokenizer and alone.model is not first.model
    assert all(torch.equal(a, b) for a, b in zip(second.model.parameters(), alone.model.parameters()))
    copy = shutil.copytree(folders[0], tmp_path / "copy")
    tensors = load_file(folders[0] / "model.safetensors")
    name = min(tensors)
    save_file({key: value for key, value in tensors.items() if key != name}, copy / "model.safetensors")
    with pytest.raises(UserError, match="1 of 38 weights of Qwen2ForCausalLM are missing"):
        scorers.load(copy)
    save_file(tensors | {name: tensors[name] * float("nan")}, copy / "model.safetensors")
    with pytest.raises(UserError, match="not finite"):
        scorers.load(copy)


@pytest.mark.parametrize("settings", [
    ["source.prefetch=true"], ["rollout.top_p=0.7", "health.mismatch=off"], ["source.votes=12"], ["given"],
])  # fmt: skip
def test_honest_runs_of_other_kinds_are_not_accused(tmp_path: Path, settings: list[str]) -> None:
    """Rollouts of older weights, of a part of the probability, that vote only, and given ones that nothing sampled."""
    if settings == ["given"]:
        lines = [{"prompt": "What is 1+1?", "response": f"It is \\boxed{{{n}}}."} for n in range(4)]
        (tmp_path / "given.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        settings = ["algorithm=sft", "data.examples=[]", f"data.demonstrations={tmp_path / 'given.jsonl'}"]
    run = train_here(*SMALL, f"trainer.output_dir={tmp_path}", *settings)
    found = verify_run(run, steps=4)
    assert found.faults == [] and bool(found.checks["log-probabilities"]) == ("algorithm=sft" not in settings)


@pytest.mark.parametrize("numbers", [range(10), pytest.param(range(10, 50), marks=pytest.mark.slow)])
def test_fifty_tamperings_are_found(study: Path, tmp_path: Path, numbers: range) -> None:
    missed = []
    for number in numbers:
        kind, rng = KINDS[number % len(KINDS)], random.Random(number)
        shutil.copytree(study, tmp_path / "copy", ignore=shutil.ignore_patterns("*.png"))
        for path in (tmp_path / "copy" / "report").glob("*.json"):  # the copy's report is of the copy's runs
            path.write_text(path.read_text().replace(str(study), str(tmp_path / "copy")))
        kind(tmp_path / "copy", rng)
        if not [said for said in faults(tmp_path / "copy") if not said.endswith(".png: not as it was written")]:
            missed.append((number, kind.__name__))
        shutil.rmtree(tmp_path / "copy")
    assert missed == []


def test_a_fault_ends_with_code_1(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(run_of(study), tmp_path / "run")
    edit_metric_at(tmp_path / "run")
    assert main(["verify", str(tmp_path / "run")]) == 1
    said = capsys.readouterr()
    assert "train/accuracy is 0.99, the ledger says" in said.out and "1 checks failed" in said.err
    assert main(["verify", str(tmp_path / "nothing")]) == 2


def edit_metric_at(run: Path) -> None:
    rows = json_lines(run / "metrics.jsonl")
    next(row for row in rows if row["step"] == 3)["train/accuracy"] = 0.99
    write_lines(run / "metrics.jsonl", rows)


def test_the_accuracy_of_self_play_is_not_read_from_its_ledger() -> None:
    """Its ledger holds proposals too; those do not count as answers."""
    row = LedgerRow(1, 0, "a", 0, 4, 1, 1.0, 2, 5.0, 0, None, False)
    assert _of_ledger([row], RunConfig())["train/accuracy"] == 0.25
    config = RunConfig(selfplay=SelfPlayConfig(enabled=True))
    assert "train/accuracy" not in _of_ledger([row], config) and _of_ledger([row], config)["reward/mean"] == 0.25
