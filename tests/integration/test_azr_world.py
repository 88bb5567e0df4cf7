"""Base P of the program world as it is shipped, the text it learned from, and self-play from it."""

import json
from itertools import islice
from pathlib import Path

import pytest
import torch

from oneshot_rlvr.cli import main
from oneshot_rlvr.data.datasets import load_problems
from oneshot_rlvr.files import sha256_of, step_name
from oneshot_rlvr.paths import sandbox_dir
from oneshot_rlvr.report.run_files import read_metrics
from oneshot_rlvr.report.verify import verify_run
from oneshot_rlvr.selfplay.world.validation import INDUCTIONS, PER_DEPTH, held_out_problems
from sandbox_factory.programs import STAGES, build_tokenizer, lines
from sandbox_factory.ship import PROGRAMS_SEED

pytestmark = pytest.mark.usefixtures("one_thread")


def test_base_p_loads_as_a_hugging_face_folder() -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer, Qwen2ForCausalLM

    model = AutoModelForCausalLM.from_pretrained(sandbox_dir() / "base_p")
    tokenizer = AutoTokenizer.from_pretrained(sandbox_dir() / "base_p")
    assert isinstance(model, Qwen2ForCausalLM) and model.dtype == torch.float32
    assert sum(p.numel() for p in model.parameters()) == 699_008
    made = build_tokenizer()
    for name in STAGES:
        for line in islice(lines(name), 60):
            for text in line.values():
                ids = tokenizer.encode(text, add_special_tokens=False)
                assert ids == made.encode(text, add_special_tokens=False) and tokenizer.decode(ids) == text
    assert tokenizer.convert_ids_to_tokens(tokenizer.encode("[12,30,7]")) == ["[", "12", ",", "30", ",", "7", "]"]
    assert len(tokenizer) == 320


def test_first_lines_of_the_text() -> None:
    assert list(islice(lines("programs_drill"), 3)) == FIRST


FIRST = [
    {
        "prompt": "D\ndef f(x):\n a=x[1]\n return a%2\nx=[5,3,3]",
        "response": "[5,3,3][1]\na=3\n3%2\n>>1",
    },
    {
        "prompt": "D\ndef f(x,y):\n return y+x\nx=0\ny=9",
        "response": "9+0\n>>9",
    },
    {
        "prompt": "D\ndef f(x,y):\n a=y*3\n b=a if x<y else 5\n c=b if x<a else y\n"
        " d=c if a>6 else 6\n return d+2\nx=1\ny=7",
        "response": "7*3\na=21\n1<7=True\nb=21\n1<21=True\nc=21\n21>6=True\nd=21\n21+2\n>>23",
    },
]


def test_held_out_problems_are_the_shipped_ones() -> None:
    shipped = [*load_problems("programs_heldout"), *load_problems("programs_induction")]
    made = list(held_out_problems(PROGRAMS_SEED, {**PER_DEPTH, **INDUCTIONS}))
    assert len(shipped) == len(made) == 360 + 240
    for a, b in zip(shipped, made):
        assert (a.id, a.prompt, a.answer, a.category, a.level) == (b.id, b.prompt, b.answer, b.category, b.level)


def deduction(folder: Path) -> list[float]:
    """Held-out accuracy in deduction (240 tasks) at each validation."""
    return list(read_metrics(folder).series("eval/programs_heldout/accuracy/deduction").values)


def self_play(folder: Path, *settings: str) -> Path:
    output = f"trainer.output_dir={folder}"
    assert main(["train", "+experiment=azr_world", output, "runtime.device=cpu", "runtime.threads=1", *settings]) == 0
    return folder / "azr_world" / "seed0"


def test_a_model_that_writes_nothing_of_the_form_learns_nothing(tmp_path: Path) -> None:
    """Random weights: every reward is -1, so no group has a gradient, and no weight moves."""
    words = [
        "train", "+experiment=azr_coder_7b", "model=tiny_random", "model.template=think-answer", "runtime.device=cpu",
        "data.max_prompt_tokens=4000", "data.validation=null", "rollout.max_new_tokens=6",
        "selfplay.kinds=[deduction,abduction]",
        "selfplay.seed_tasks=2", "selfplay.seed_rounds=1", "selfplay.proposals=2", "selfplay.solves=2",
        "algorithm=trr_pp_one_update", "optimizer.weight_decay=0", "trainer.total_steps=2", "trainer.eval_every=0",
        "checkpoint.every=1", "checkpoint.keep_last=2", f"trainer.output_dir={tmp_path}", "executor.workers=1",
    ]  # fmt: skip
    assert main(words) == 0
    run = tmp_path / "azr_coder_7b" / "seed0"
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["reward/mean"] for line in lines] == [-1.0, -1.0]
    assert all(line["group/constant_share"] == 1 and line["selfplay/valid_share"] == 0 for line in lines)
    weights = {sha256_of(run / "checkpoints" / step_name(step) / "model.safetensors") for step in (1, 2)}
    assert len(weights) == 1
    assert "holds a \\boxed" not in (run / "train.log").read_text()
    assert verify_run(run).faults == []


@pytest.mark.slow
def test_self_play_lifts_deduction_in_ten_steps(tmp_path: Path) -> None:
    """The base is able but unwilling. A standard error is 3 points."""
    run = self_play(tmp_path, "trainer.total_steps=10")
    assert verify_run(run).faults == []
    before, after = deduction(run)
    assert before < 0.3 and after >= before + 0.25
    proposals = [json.loads(line) for line in (run / "tasks.jsonl").read_text().splitlines()]
    valid = [line for line in proposals if line["reason"] == "valid"]
    assert len(proposals) == 10 * 64 and 0.25 < len(valid) / len(proposals) < 0.8
    assert all(1 <= line["depth"] <= 6 and line["measured"] == 8 for line in valid)
    assert len({line["program"] for line in valid if line["kind"] == "deduction"}) == sum(
        line["kind"] == "deduction" for line in valid
    )
