"""docs/first_run.ipynb: its cells run one after the other in an empty folder, on a small model or on the real one."""

import json
import os
from pathlib import Path

import pytest
from docs_pages import ROOT

NOTEBOOK = json.loads((ROOT / "docs/first_run.ipynb").read_text(encoding="utf-8"))
CODE = {cell["id"]: "".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"}
SMALLER = {  # cell -> what is changed there for a small model
    "doctor": [("common = [", 'common = ["data.validation_limit=4", "rollout.max_new_tokens=8",')],
    "prompt": [('"--template"', '"--limit", "4", "--max-new-tokens", "8", "--template"')],
}


def test_the_notebook_holds_no_results() -> None:
    cells = NOTEBOOK["cells"]
    assert (NOTEBOOK["nbformat"], len(CODE)) == (4, 7) and len({cell["id"] for cell in cells}) == len(cells)
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells if cell["cell_type"] == "code")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_cells_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With RLVR_REAL_MODEL on the real model, with all that the notebook asks for; else one step of a sandbox model."""
    monkeypatch.chdir(tmp_path)
    real = "RLVR_REAL_MODEL" in os.environ
    if not real:
        monkeypatch.setenv("RLVR_REAL_MODEL", "sandbox:base_e")
        monkeypatch.setenv("FIRST_RUN_STEPS", "1")
    cells: dict = {}
    for name, text in CODE.items():
        for old, new in () if real else SMALLER.get(name, ()):
            assert old in text
            text = text.replace(old, new, 1)
        exec(compile(text, name, "exec"), cells)
    steps = 10 if real else 1
    assert [step for step, _ in cells["held_out"](cells["one_shot"])] == [0, steps]
    assert [step for step, _ in cells["held_out"](cells["control"])] == [steps]
    assert len(cells["metrics"](cells["one_shot"])) >= steps
    assert (tmp_path / "runs/first_run/report/index.html").is_file()
    if real:
        base, trained = (accuracy for _, accuracy in cells["held_out"](cells["one_shot"]))
        assert trained > base + 0.05 and cells["held_out"](cells["control"])[-1][1] < base
