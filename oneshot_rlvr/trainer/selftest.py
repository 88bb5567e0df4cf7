"""`rlvr doctor --selftest`: one short run on each engine that is installed here, with the GPUs that are here.

Every check is a process of its own, so that one that crashes or hangs is a line of the report and no more.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from oneshot_rlvr.config.check import vllm_installed
from oneshot_rlvr.config.hardware import gpus

LIMIT_SECONDS = 300.0
RUN = (
    "+experiment=pi1_r128", "model=tiny_random", "data.copies=4", "data.prompts_per_step=4", "data.validation=null",
    "rollout.max_new_tokens=16", "trainer.total_steps=2", "trainer.keep_rollouts=none", "optimizer.lr=1e-3",
)  # fmt: skip
SAME = {"float32": 1e-4, "bfloat16": 5e-2}  # relative, of losses and gradient norms between engines
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "0", "HF_HUB_OFFLINE": "1"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `passed=None`: there was nothing to check here."""

    name: str
    passed: bool | None
    detail: str
    seconds: float = 0.0

    def line(self) -> str:
        verdict = {True: "ok", False: "FAILED", None: "not here"}[self.passed]
        return f"{verdict:<8}  {self.name}: {self.detail}" + (f" ({self.seconds:.0f} s)" if self.seconds else "")


def selftest(say: Callable[[str], None]) -> bool:
    """Run all checks, say a line for each as it is done; -> whether none failed."""
    with tempfile.TemporaryDirectory(prefix="rlvr-selftest-") as folder:
        passed = True
        for finding in _checks(Path(folder)):
            say(finding.line())
            passed = passed and finding.passed is not False
    return passed


def _checks(folder: Path) -> Iterator[Finding]:
    found = gpus()
    where, dtype = (found[0].name, "bfloat16") if found else ("CPU", "float32")
    local = _trained("two steps in one process", folder / "local", ("runtime.name=local",), where)
    yield local
    yield _collective(len(found))
    workers = f"runtime.policy_workers={len(found) or 2}"
    yield _like(
        _trained(f"two steps with Ray, {workers[8:]}", folder / "ray", ("runtime.name=ray", workers), where),
        folder, "ray", dtype,
    )  # fmt: skip
    if not vllm_installed():
        yield Finding("two steps with vLLM", None, "vllm is not installed in this environment")
        return
    yield _trained("two steps with vLLM", folder / "vllm", ("runtime.name=local", "rollout=vllm"), where)
    for route, overrides in vllm_routes(len(found)).items():
        name = f"two steps with Ray and vLLM, weights by {route}"
        if overrides is None:
            yield Finding(name, None, "it takes two GPUs")
            continue
        ray = ("runtime.name=ray", "rollout=vllm", f"rollout.vllm.weight_route={route}", *overrides)
        yield _like(_trained(name, folder / route, ray, where), folder, route, dtype)


def vllm_routes(num_gpus: int) -> dict[str, tuple[str, ...] | None]:
    """Route -> overrides under which these GPUs, or this CPU, have it; None: not enough of them."""
    if not num_gpus:
        two = ("runtime.policy_workers=2", "runtime.rollout_workers=2")
        return {"shared_memory": two, "gloo": two}
    shared = (f"runtime.policy_workers={num_gpus}", "rollout.placement=colocated")
    split = (f"runtime.policy_workers={num_gpus // 2}", "rollout.placement=split")
    return {"ipc": shared, "nccl": split if num_gpus > 1 else None}


def _trained(name: str, folder: Path, overrides: tuple[str, ...], where: str) -> Finding:
    """A tiny random model, trained; its log-probabilities in sampler and trainer are compared by the run itself."""
    command = [sys.executable, "-m", "oneshot_rlvr", "train", *RUN, *overrides, f"trainer.output_dir={folder}"]
    code, said, seconds = _run(command)
    if code != 0:
        return Finding(name, False, said, seconds)
    last = _metrics(folder)[-1]
    return Finding(name, True, f"on {where}; largest gap of sampler and trainer {last['mismatch/max']:.1e}", seconds)


def _metrics(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "pi1_r128/seed0/metrics.jsonl").read_text().splitlines()]


def _like(finding: Finding, folder: Path, name: str, dtype: str) -> Finding:
    """The first step has the same loss and gradient as in one process; later ones may sample other tokens."""
    if not finding.passed or not (folder / "local/pi1_r128/seed0/metrics.jsonl").exists():
        return finding
    one, other = _metrics(folder / "local")[0], _metrics(folder / name)[0]
    gaps = [abs(one[k] - other[k]) / max(abs(one[k]), 1e-12) for k in ("policy/loss", "policy/grad_norm")]
    same = one["tokens/response"] == other["tokens/response"]
    detail = f"{finding.detail}; first step against one process: {max(gaps):.1e} relative" if same else finding.detail
    return Finding(finding.name, not same or max(gaps) < SAME[dtype], detail, finding.seconds)


def _collective(num_gpus: int) -> Finding:
    """Sums over all GPUs by NCCL, or over two processes by gloo."""
    if num_gpus == 1:
        return Finding("sum over GPUs", None, "there is one GPU")
    world, kind = (num_gpus, "NCCL") if num_gpus else (2, "gloo")
    command = [sys.executable, "-m", "oneshot_rlvr.workers.collective", str(world), "cuda" if num_gpus else "cpu"]
    code, said, seconds = _run(command)
    return Finding(f"sum over {world} processes by {kind}", code == 0, said, seconds)


def _run(command: list[str]) -> tuple[int, str, float]:
    """-> exit code, last line said, seconds."""
    start = time.monotonic()
    environment = os.environ | {k: v for k, v in ENVIRONMENT.items() if k not in os.environ}
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, env=environment)
    except subprocess.TimeoutExpired:
        return 1, f"not done after {LIMIT_SECONDS:.0f} s", time.monotonic() - start
    lines = (result.stdout if result.returncode == 0 else result.stderr or result.stdout).strip().splitlines()
    return result.returncode, lines[-1] if lines else f"exit code {result.returncode}", time.monotonic() - start
