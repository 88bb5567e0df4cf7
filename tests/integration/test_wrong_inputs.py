"""Every row of the table of wrong inputs; and inputs that are taken, with a word about what was done to them."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from runs import SOAK, json_lines, train_here

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.paths import sandbox_dir

sys.path.insert(0, str(SOAK))

from wrong_inputs import CASES, CONFIGURATIONS, LIMIT_SECONDS, Case, run_case

SMALL = ("+experiment=sandbox_oneshot", "trainer.total_steps=1", "data.validation=null", "data.examples=[]",
         "data.prompts_per_step=2", "algorithm.group_size=2", "rollout.max_new_tokens=8", "data.max_prompt_tokens=40",
         "data.file=x.jsonl", "data.copies=1")  # fmt: skip


@pytest.mark.parametrize("case", [case for cases in CASES.values() for case in cases], ids=lambda case: case.what)
def test_refused(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RLVR_DATA_DIR", raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    found = run_case(case, tmp_path)
    assert found.code == 2, found.stderr
    assert found.stdout == "" and found.written == []
    assert found.stderr.startswith("rlvr: error: ") and found.stderr.count("\n") == 1
    assert case.said in found.stderr
    assert found.seconds < LIMIT_SECONDS


def test_the_table_is_long_enough() -> None:
    assert len(CONFIGURATIONS) >= 40
    assert len({case.args for case in CONFIGURATIONS}) == len(CONFIGURATIONS)


def problems(*rows: tuple[str, str, str]) -> str:
    return "".join(json.dumps({"id": i, "problem": p, "answer": a}) + "\n" for i, p, a in rows)


def test_long_prompts_and_unbalanced_answers_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = problems(
        ("a", "What is 1+1?", "2"), ("long", "What is " + "1+" * 60 + "1?", "61"), ("open", "And 2?", "\\frac{1}{2"),
        ("c", "What is 2+1?", "3"),
    )  # fmt: skip
    Path("x.jsonl").write_text(text)
    run = train_here(*SMALL)
    output = capfd.readouterr().out
    assert "left out: 1 problems with over 40 prompt tokens: long\n" in output
    assert "unbalanced braces in 1 answers, which no response may ever match: open\n" in output
    assert len(json_lines(run / "ledger" / "ledger.jsonl")) == 2
    Path("x.jsonl").write_text(problems(*[(str(n), "What is " + "1+" * 60 + "1?", "61") for n in range(3)]))
    with pytest.raises(UserError, match=r"data.max_prompt_tokens=40: every prompt is longer"):
        train_here(*SMALL, "trainer.name=b")


def test_a_model_without_pad_token_and_chat_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(sandbox_dir() / "base_e", tmp_path / "model")
    for name in ("chat_template.jinja", "special_tokens_map.json"):
        (tmp_path / "model" / name).unlink(missing_ok=True)
    settings = tmp_path / "model" / "tokenizer_config.json"
    values = json.loads(settings.read_text())
    settings.write_text(json.dumps({k: v for k, v in values.items() if k not in ("pad_token", "chat_template")}))
    Path("x.jsonl").write_text(problems(("a", "What is 1+1?", "2"), ("c", "What is 2+1?", "3")))
    run = train_here(*SMALL, f"model.path={tmp_path}/model", "model.template=plain")
    assert len(json_lines(run / "metrics.jsonl")) == 1
