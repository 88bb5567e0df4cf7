"""A model that others made (SmolLM2-135M-Instruct), where RLVR_REAL_MODEL names its folder: from its file to a report.

Run with `make test-real`; the long ones with `-m "real_model and slow"`.
"""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from runs import fingerprint, json_lines, train_here
from soak import mismatch_noise

from oneshot_rlvr.cli import main
from oneshot_rlvr.config.schema import MISMATCH_BOUNDS, ModelConfig
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.data.prompts import prompt_token_ids, unknown_tags
from oneshot_rlvr.learner.mismatch import Mismatch, mismatch
from oneshot_rlvr.learner.sequences import TrainSequence
from oneshot_rlvr.models import load
from oneshot_rlvr.report.build import write_report
from oneshot_rlvr.report.gaps import evaluation_command
from oneshot_rlvr.report.run_files import read_run
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
from oneshot_rlvr.types import Problem, Rollout, Sampling, Task

pytestmark = [pytest.mark.real_model, pytest.mark.timeout(900)]
END, STEPS = 2, 2  # id of <|im_end|>; steps of the run below
SYSTEM = [1, 9690, 198, 2683, 359, 253, 5356, 5646, 11173, 3365, 3511, 308, 34519, 28, 7018, 411, 407, 19712, 8182, END,
          198]  # fmt: skip
BOXED = [1, 9690, 198, 10180, 2166, 1833, 411, 1833, 28, 284, 1830, 469, 3403, 2988, 1127, 3814, 4810, 277, 6150, 30,
         END, 198]  # fmt: skip
SUM = [1, 4093, 198, 1780, 314, 216, 33, 39, 1232, 216, 34, 37, 47, 2, 198, 1, 520, 9531, 198]


@pytest.fixture(scope="module")
def folder() -> Path:
    value = os.environ.get("RLVR_REAL_MODEL")
    if not value:
        pytest.skip("RLVR_REAL_MODEL is not set (folder of SmolLM2-135M-Instruct)")
    return Path(value)


def test_it_loads_strictly(folder: Path) -> None:
    """Every tensor of the file has its place and every place its tensor; the head is the embedding."""
    model = load.load_model(str(folder), torch.float32)
    assert sum(parameter.numel() for parameter in model.parameters()) == 134_515_008
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


def test_prompts_are_the_ids_of_its_chat_format(folder: Path) -> None:
    """As the tokenizer's own library and file have them; no tag of ChatML is cut into letters."""
    tokenizer = load.load_tokenizer(str(folder))
    problem = Problem("x", "What is 17 + 25?", "42")
    assert list(prompt_token_ids(problem, "own", tokenizer)) == SYSTEM + SUM
    assert list(prompt_token_ids(problem, "qwen25-math-cot", tokenizer)) == BOXED + SUM
    assert not unknown_tags("qwen25-math-cot", (folder / "tokenizer.json").read_text(encoding="utf-8"))


def test_responses_end_where_the_model_ends_them(folder: Path) -> None:
    tokenizer, empty = load.load_tokenizer(str(folder)), load.empty_model(str(folder))
    assert load.stop_ids(empty, tokenizer, []) == load.evaluation_stop_ids(folder, tokenizer) == (END,)
    assert tokenizer.convert_tokens_to_ids("<|im_end|>") == END


def apart(folder: Path, dtype: str, tokens: int, limit: int) -> Mismatch:
    """Trainer against sampler with the same weights, over at least so many sampled tokens."""
    sampler, trainer = mismatch_noise.sides(ModelConfig(path=str(folder)), load.DTYPES[dtype])
    assert isinstance(sampler, TransformersSampler)
    ours, theirs = [], []
    for number, problem in enumerate(load_problems("word_pool")):
        prompt = prompt_token_ids(problem, "own", sampler.tokenizer)
        task = Task(problem, tuple(prompt))
        asked = [Rollout(task, problem.id, i, 1000 * number + i) for i in range(8 if tokens < 1000 else 64)]
        rollouts = sampler.generate(asked, Sampling(0.8, limit, (END,)))
        sequences = [TrainSequence(prompt, r.token_ids, torch.zeros(len(r.token_ids)), torch.tensor(r.logprobs))
                     for r in rollouts]  # fmt: skip
        ours += mismatch_noise.scores(trainer, sequences, 0.8, 4096)
        theirs += [s.sampler_logprobs for s in sequences]
        if sum(map(len, theirs)) >= tokens:
            break
    return mismatch(torch.cat(ours), torch.cat(theirs))


def test_sampler_and_trainer_agree(folder: Path) -> None:
    found = apart(folder, "float32", tokens=50, limit=12)
    assert found.mean.value < 2e-5 and found.largest < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_sampler_and_trainer_agree_over_100_000_tokens(folder: Path, dtype: str) -> None:
    found = apart(folder, dtype, tokens=100_000, limit=128)
    print(dtype, found)
    assert not found.beyond(MISMATCH_BOUNDS[dtype]), found
    assert dtype == "bfloat16" or (found.mean.value < 2e-5 and found.largest < 1e-3)


@pytest.fixture(scope="module")
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two steps on one problem, both saved, validated on the first four of eight problems."""
    root = tmp_path_factory.mktemp("real")
    held = root / "held.jsonl"
    lines = (Path(__file__).parents[2] / "data" / "word_problems" / "heldout.jsonl").read_text().splitlines()[:8]
    held.write_text("".join(line + "\n" for line in lines))
    return train_here(*settings(folder, held), f"trainer.output_dir={root / 'runs'}")


def settings(folder: Path, held: Path) -> list[str]:
    return [
        "+experiment=smollm2_oneshot", "experiment=real_test", f"model.path={folder}", f"data.validation={held}",
        "data.validation_limit=4", "data.copies=2", "data.prompts_per_step=2", "algorithm.group_size=2",
        "algorithm.skip_constant_groups=false", "rollout.max_new_tokens=10", f"trainer.total_steps={STEPS}",
        f"trainer.eval_every={STEPS}", "checkpoint.every=1", "checkpoint.trainer_state=all", "reward=random",
        "runtime.threads=1", "runtime.device=cpu",
    ]  # fmt: skip


def test_a_continuation_is_the_run_that_was_not_interrupted(run: Path, folder: Path, tmp_path: Path) -> None:
    """Weights, moments, metrics, ledger and answers, bit for bit, after the second step is made again."""
    parts = tmp_path / "runs" / "real_test" / "seed0"
    shutil.copytree(run, parts, ignore=shutil.ignore_patterns("step_000002*"))
    held = next(run.parents[2].glob("held.jsonl"))
    assert train_here(*settings(folder, held), f"trainer.output_dir={tmp_path / 'runs'}") == parts
    assert "resuming after step 1" in (parts / "train.log").read_text()
    assert fingerprint(parts, STEPS) == fingerprint(run, STEPS)
    shutil.rmtree(tmp_path / "runs")  # gigabytes


def test_an_evaluation_inherits_from_the_run_and_heads_its_report(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All eight problems, of which the run has answered four: those are not asked again; the report counts all."""
    before = json_lines(run / "eval" / "step_000002" / "held" / "samples.jsonl")
    assert main(["eval", "--ckpt-dir", str(run), "--steps", "last"]) == 0
    said = capsys.readouterr().out
    assert "template own, greedy, 10 new tokens, grader qwen (as the run validates itself;" in said
    for step in ("step_000000", "step_000002"):
        result = json.loads((run / "eval" / step / "held" / "metrics.json").read_text())
        kept = [result[key] for key in ("template", "max_new_tokens", "grader", "num_problems", "precision")]
        assert kept == ["own", 10, "qwen", 8, "float32"]
    after = json_lines(run / "eval" / "step_000002" / "held" / "samples.jsonl")
    assert len(before) == 4 and [row["response"] for row in after[:4]] == [row["response"] for row in before]
    assert not (run / "eval" / "run").exists()
    report = write_report([run])
    (base, trained) = report.rows
    assert (base.measured.step, trained.measured.step) == (0, STEPS)
    assert len(trained.measured.verdicts or {}) == len(base.measured.verdicts or {}) == 8
    page = report.page.read_text()
    assert "<h1>Report: real_test</h1>" in page and "Rows of different precision" not in page
    assert evaluation_command(read_run(run), "held") == f"rlvr eval --ckpt-dir {run}"
