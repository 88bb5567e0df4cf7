"""Every benchmark runs in small, and writes what bench-check and the page read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_measures_on_a_gpu_measures_a_tiny_model_here(tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    command = [sys.executable, str(BENCHMARKS / "update_gpu.py"), "--json", str(out)]
    refused = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"CUDA_VISIBLE_DEVICES": ""})
    assert refused.returncode == 2 and refused.stderr == (
        "update_gpu.py: no GPU here; update_count.py counts the same passes without one\n"
    )
    command += ["--measure", "--only", "tiny", "--tokens", "500", "--rounds", "1"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    rows = json.loads(out.read_text())["rows"]
    assert sum("pass, ms" in row for row in rows) == 4 and any("step, ms" in row for row in rows)
    assert {"ours", "ours, not compiled", "full logits"} <= {row.get("route") for row in rows}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["startup", "controller", "scaling", "grading", "checkpoint", "update_count"])
def test_benchmark_runs(name: str, tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    command = [sys.executable, str(BENCHMARKS / f"{name}.py"), "--quick", "--rounds", "1", "--json", str(out)]
    env = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "OMP_NUM_THREADS")}
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=env)
    assert result.returncode == 0, result.stderr
    found = json.loads(out.read_text())
    assert set(found) == {
        "benchmark", "command", "machine", "threads", "versions", "rows", "ratios", "notes", "skipped",
    }  # fmt: skip
    assert found["benchmark"] == name and found["command"] == f"python benchmarks/{name}.py --quick --rounds 1"
    assert found["rows"] and all(value > 0 for value in found["ratios"].values())
    recorded = json.loads((BENCHMARKS / "results" / "quick" / f"{name}.json").read_text())
    assert set(found["ratios"]) == set(recorded["ratios"])
    assert f"`{found['command']}`" in result.stdout and result.stdout.count("| --- |") >= 2
