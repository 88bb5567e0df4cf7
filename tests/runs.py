"""Training runs for tests: `rlvr train` in a process of its own or in this one, and comparing what they wrote."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from oneshot_rlvr.files import sha256_of, step_name

# A few seconds: a random model, four copies of one shipped problem, answers of up to 12 tokens.
TINY = (
    "+experiment=pi1_r128", "model=tiny_random", "data.copies=4", "data.prompts_per_step=4", "data.validation=null",
    "rollout.max_new_tokens=12", "runtime.device=cpu",
)  # fmt: skip
SOAK = Path(__file__).resolve().parent / "soak"
TIMINGS = ("time/", "speed/", "memory/")


def rlvr(
    *arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oneshot_rlvr", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=os.environ | (env or {}), timeout=240)


def train_here(*overrides: str) -> Path:
    """Train in this process; returns the run folder."""
    from oneshot_rlvr.commands.train import build
    from oneshot_rlvr.config.load import load_run_config
    from oneshot_rlvr.config.sampler import resolved, run_path
    from oneshot_rlvr.trainer.preflight import check
    from oneshot_rlvr.trainer.run import train

    config = load_run_config(list(overrides))
    check(resolved(config)[0])
    assert train(config, build) == 0
    return run_path(config)


def json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def fingerprint(run: Path, last_step: int) -> dict[str, Any]:
    """All that must be equal between an interrupted and an uninterrupted run."""
    import pyarrow as pa

    final = run / "checkpoints" / step_name(last_step)
    unpacked = {}
    for path in sorted([*(run / "rollouts").glob("*.zst"), *(final / "trainer").glob("*.zst")]):
        with pa.input_stream(str(path), compression="zstd") as stream:
            unpacked[path.name] = stream.read()
    source, tasks = unpacked.pop("source.json.zst", b""), run / "tasks.jsonl"
    return {
        "metrics": [
            {k: v for k, v in line.items() if not k.startswith(TIMINGS)} for line in json_lines(run / "metrics.jsonl")
        ],
        "ledger": (run / "ledger" / "ledger.jsonl").read_text(),
        "rollouts": unpacked,
        "tasks": tasks.read_text() if tasks.exists() else "",
        "source": source,
        "weights": sha256_of(final / "model.safetensors"),
        "trainer": [sha256_of(p) for p in sorted((final / "trainer").glob("*.safetensors"))],
        "samples": {str(p.relative_to(run)): p.read_text() for p in sorted(run.glob("eval/*/*/samples.jsonl"))},
    }
