"""`rlvr doctor --selftest`: the first fifteen minutes on new GPUs.

Short runs of random models on every engine that is here, from one process to a rollout worker that is killed. Each
check is a process of its own, so that one that crashes or hangs is a line of the report and no more. Without a GPU, or
without vLLM, what can be checked is checked and the rest is listed.
"""

import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from oneshot_rlvr.config.hardware import GIB, Gpu, gpus, vllm_installed
from oneshot_rlvr.config.schema import HEALTH_RULES
from oneshot_rlvr.files import replace_file

LIMIT_SECONDS = 300.0
RUN = (
    "+experiment=pi1_r128", "model=tiny_random", "data.copies=4", "data.prompts_per_step=4", "data.validation=null",
    "rollout=transformers", "rollout.max_new_tokens=16", "trainer.total_steps=2", "trainer.keep_rollouts=none",
    "optimizer.lr=1e-3",
)  # fmt: skip
WARN_ONLY = tuple(f"health.{rule}=warn" for rule in HEALTH_RULES)
SHAPE_1_5B = (
    "model.shape.hidden=1536", "model.shape.layers=28", "model.shape.heads=12", "model.shape.kv_heads=2",
    "model.shape.ffn=8960", "model.shape.vocab=151936",
)  # fmt: skip
# The embedding of 7B, in front of two layers: the largest tensor that a hand-over meets.
SHAPE_7B_EMBEDDING = (
    "model.shape.hidden=3584", "model.shape.layers=2", "model.shape.heads=28", "model.shape.kv_heads=4",
    "model.shape.ffn=18944", "model.shape.vocab=152064", "model.shape.tied=false",
)  # fmt: skip
REAL_STEPS = (*WARN_ONLY, "trainer.total_steps=3", "rollout.max_new_tokens=256", "optimizer.lr=1e-6")
SAME = {"float32": 1e-4, "bfloat16": 5e-2}  # largest relative difference of losses and gradient norms between engines
LEFT_OVER_GIB = 1.0  # most memory of a GPU in use after all runs, beyond that before them
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "0", "HF_HUB_OFFLINE": "1"}
VARIABLES = ("CUDA_", "NCCL_", "PYTORCH_", "RAY_", "SLURM_JOB_NUM_NODES", "VLLM_", "OMP_NUM_THREADS")  # stored


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `passed=None`: there was nothing to check here."""

    name: str
    passed: bool | None
    detail: str
    seconds: float = 0.0
    remedy: str = ""  # advice where it failed

    def line(self) -> str:
        """The finding as a line of the report, with a second one on what to do if it failed."""
        verdict = {True: "ok", False: "FAILED", None: "not here"}[self.passed]
        text = f"{verdict:<8}  {self.name}: {self.detail}" + (f" ({self.seconds:.0f} s)" if self.seconds else "")
        return f"{text}\n          what to do: {self.remedy}" if self.passed is False and self.remedy else text


def selftest(say: Callable[[str], None], report: Path | None = None, versions: Sequence[str] = ()) -> bool:
    """Runs all checks and says a line for each as it is done. Returns True if none failed.

    `report`: a JSON file with the findings, the GPUs, `versions` of the installed packages and the environment.
    """
    findings = []
    with tempfile.TemporaryDirectory(prefix="rlvr-selftest-") as folder:
        for finding in _checks(Path(folder), gpus()):
            say(finding.line())
            findings.append(finding)
    if report is not None:
        content = {
            "findings": [asdict(finding) for finding in findings],
            "gpus": [asdict(gpu) for gpu in gpus()],
            "python": platform.python_version(),
            "platform": platform.platform(),
            "environment": {name: value for name, value in sorted(os.environ.items()) if name.startswith(VARIABLES)},
            "versions": list(versions),
        }
        replace_file(report, json.dumps(content, indent=1) + "\n")
    return all(finding.passed is not False for finding in findings)


def _checks(folder: Path, found: list[Gpu]) -> Iterator[Finding]:
    """Yields the findings, in an order in which a failure is explained by the checks before it."""
    where, dtype = (found[0].name, "bfloat16") if found else ("CPU", "float32")
    yield Finding("GPU memory in use before", True if found else None, _used(found) or "no GPU")
    yield _trained(
        "two steps in one process", folder / "local", ("runtime.name=local",), where,
        remedy="nothing else can work before this does: read the line above, then rlvr doctor",
    )  # fmt: skip
    yield _collective(len(found))
    workers = f"runtime.policy_workers={len(found) or 2}"
    ray = _trained(
        f"two steps with Ray, {workers[8:]}", folder / "ray", ("runtime.name=ray", workers), where,
        remedy="ray stop --force, and see that /dev/shm and /tmp have room; runtime=local trains on one GPU meanwhile",
    )  # fmt: skip
    yield _like(ray, folder, "ray", dtype)
    yield from _vllm_checks(folder, len(found), where, dtype)
    yield _killed_worker(folder / "killed", bool(found) and vllm_installed())
    if found:
        yield _memory_given_back(found, gpus())


def _vllm_checks(folder: Path, num_gpus: int, where: str, dtype: str) -> Iterator[Finding]:
    if not vllm_installed():
        for name in ("two steps with vLLM", "every way of weights to vLLM", *LARGE, "an engine over two GPUs"):
            yield Finding(name, None, "vllm is not installed in this environment")
        return
    yield _trained(
        "two steps with vLLM", folder / "vllm", ("runtime.name=local", "rollout=vllm"), where,
        remedy="the pinned vllm is 0.32.0; rollout=transformers samples without it, 5 to 7 times slower",
    )  # fmt: skip
    for route, overrides in vllm_routes(num_gpus).items():
        name = f"two steps with Ray and vLLM, weights by {route}"
        if overrides is None:
            yield Finding(name, None, "it takes two GPUs")
            continue
        ray = ("runtime.name=ray", "rollout=vllm", f"rollout.vllm.weight_route={route}", *overrides)
        others = "rollout.vllm.weight_route=shared_memory works within a node"
        yield _like(_trained(name, folder / route, ray, where, remedy=others), folder, route, dtype)
    for name, (shape, remedy) in LARGE.items():
        if not num_gpus:
            yield Finding(name, None, "it takes a GPU")
            continue
        overrides = (*shape, *REAL_STEPS, "model.dtype=bfloat16", "runtime.name=local", "rollout=vllm")
        yield _trained(name, folder / name.replace(" ", "-"), overrides, where, remedy=remedy)
    for runner in ("1", "0"):
        name = f"two steps with vLLM's model runner {'V2' if runner == '1' else 'V1'}"
        if not num_gpus:
            yield Finding(name, None, "a CPU has one runner")
            continue
        yield _trained(
            name, folder / f"runner{runner}", ("runtime.name=local", "rollout=vllm"), where,
            environment={"VLLM_USE_V2_MODEL_RUNNER": runner},
            remedy=f"export VLLM_USE_V2_MODEL_RUNNER={1 - int(runner)} for all runs (equal seeds give other tokens)",
        )  # fmt: skip
    if num_gpus < 2:
        yield Finding("an engine over two GPUs", None, "it takes two GPUs")
        return
    yield _trained(
        "an engine over two GPUs", folder / "parallel",
        ("runtime.name=local", "rollout=vllm", "rollout.vllm.tensor_parallel=2", "model.shape.heads=4",
         "model.shape.kv_heads=4"), where,
        remedy="rollout.vllm.tensor_parallel=1: models up to 14B fit one GPU of 80 GB",
    )  # fmt: skip


LARGE = {
    "three steps of a random model of 1.5B": (
        SHAPE_1_5B,
        "out of memory: hardware=gpu48 or smaller; a large mismatch/mean: model.attention=packed_sdpa tells whether "
        "attention is at fault",
    ),
    "three steps with the embedding of 7B": (
        SHAPE_7B_EMBEDDING,
        "with runtime=ray, rollout.vllm.weight_route=shared_memory hands weights over without CUDA IPC",
    ),
}


def vllm_routes(num_gpus: int) -> dict[str, tuple[str, ...] | None]:
    """Route -> overrides under which these GPUs, or this CPU, have it; None: not enough of them."""
    if not num_gpus:
        return {"shared_memory": ("runtime.policy_workers=2", "runtime.rollout_workers=2")}
    shared = (f"runtime.policy_workers={num_gpus}", "rollout.placement=colocated")
    split = (f"runtime.policy_workers={num_gpus // 2}", "rollout.placement=split")
    return {"ipc": shared, "nccl": split if num_gpus > 1 else None}


def _trained(
    name: str, folder: Path, overrides: tuple[str, ...], where: str, remedy: str,
    environment: dict[str, str] | None = None,
) -> Finding:  # fmt: skip
    """Trains a random model; the run itself compares the log-probabilities of sampler and trainer."""
    command = [sys.executable, "-m", "oneshot_rlvr", "train", *RUN, *overrides, f"trainer.output_dir={folder}"]
    code, said, seconds = _run(command, environment or {})
    if code != 0:
        return Finding(name, False, said, seconds, remedy)
    last = _metrics(folder)[-1]
    gaps = [f"{key.removeprefix('mismatch/')} {last[key]:.1e}" for key in sorted(last) if key.startswith("mismatch/")]
    return Finding(name, True, f"on {where}; sampler against trainer: {', '.join(gaps)}", seconds, remedy)


def _metrics(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "pi1_r128/seed0/metrics.jsonl").read_text().splitlines()]


def _like(finding: Finding, folder: Path, name: str, dtype: str) -> Finding:
    """The finding, failed if the first step's loss or gradient differs from one process; later ones sample others."""
    if not finding.passed or not (folder / "local/pi1_r128/seed0/metrics.jsonl").exists():
        return finding
    one, other = _metrics(folder / "local")[0], _metrics(folder / name)[0]
    gaps = [abs(one[k] - other[k]) / max(abs(one[k]), 1e-12) for k in ("policy/loss", "policy/grad_norm")]
    same = one["tokens/response"] == other["tokens/response"]
    detail = f"{finding.detail}; first step against one process: {max(gaps):.1e} relative" if same else finding.detail
    return Finding(finding.name, not same or max(gaps) < SAME[dtype], detail, finding.seconds, finding.remedy)


def _collective(num_gpus: int) -> Finding:
    """Checks a sum over all GPUs by NCCL, or over two processes by gloo."""
    if num_gpus == 1:
        return Finding("sum over GPUs", None, "there is one GPU")
    world, kind = (num_gpus, "NCCL") if num_gpus else (2, "gloo")
    command = [sys.executable, "-m", "oneshot_rlvr.cluster.collective", str(world), "cuda" if num_gpus else "cpu"]
    code, said, seconds = _run(command, {})
    remedy = "NCCL_DEBUG=INFO says why; NCCL_P2P_DISABLE=1 goes round a broken link between GPUs, slower"
    return Finding(f"sum over {world} processes by {kind}", code == 0, said, seconds, remedy)


def _killed_worker(folder: Path, with_vllm: bool) -> Finding:
    """Checks that a Ray run whose rollout worker is killed after its first step goes on from there."""
    name = "a rollout worker killed (kill -9)"
    remedy = "kill what is left by hand (nvidia-smi); send the run's logs/ along with a report"
    overrides = (
        "runtime.name=ray", "runtime.policy_workers=1", "runtime.rollout_workers=1", "runtime.restarts=1",
        "trainer.total_steps=6", "checkpoint.every=1", f"rollout={'vllm' if with_vllm else 'transformers'}",
    )  # fmt: skip
    command = [sys.executable, "-m", "oneshot_rlvr", "train", *RUN, *overrides, f"trainer.output_dir={folder}"]
    start, log = time.monotonic(), folder.with_suffix(".log")
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, env=_environment({}))
    worker = None
    try:
        worker = _rollout_worker(process, log, folder / "pi1_r128/seed0/metrics.jsonl")
        if worker is not None:
            os.kill(worker, signal.SIGKILL)
        code = process.wait(LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    seconds = time.monotonic() - start
    lines = log.read_text(errors="replace").strip().splitlines() or ["nothing was said"]
    if worker is None or code != 0:
        return Finding(name, False, f"exit code {code}: {lines[-1]}", seconds, remedy)
    steps = [int(row["step"]) for row in _metrics(folder)]
    if sorted(set(steps)) != list(range(1, 7)):
        return Finding(name, False, f"steps {steps} instead of 1 to 6", seconds, remedy)
    return Finding(name, True, "the run went on from its last step to its end", seconds)


def _rollout_worker(process: "subprocess.Popen[bytes]", log: Path, metrics: Path) -> int | None:
    """Process id of the rollout worker once a step is done; None if the run ends before, or takes too long."""
    end = time.monotonic() + LIMIT_SECONDS
    while process.poll() is None and time.monotonic() < end:
        found = re.search(r"rollout worker 0: process (\d+)", log.read_text(errors="replace"))
        if found and metrics.is_file() and metrics.read_text().endswith("\n"):
            return int(found[1])
        time.sleep(0.1)
    return None


def _memory_given_back(before: list[Gpu], after: list[Gpu]) -> Finding:
    name = "GPU memory in use after"
    kept = max((b.used_bytes - a.used_bytes) / GIB for a, b in zip(before, after))
    remedy = "a process of a run outlived it: nvidia-smi names it"
    return Finding(name, kept < LEFT_OVER_GIB, _used(after), remedy=remedy)


def _used(found: list[Gpu]) -> str:
    return ", ".join(f"{gpu.used_bytes / GIB:.1f} of {gpu.memory_bytes / GIB:.0f} GiB" for gpu in found)


def _environment(more: dict[str, str]) -> dict[str, str]:
    return os.environ | {k: v for k, v in ENVIRONMENT.items() if k not in os.environ} | more


def _run(command: list[str], environment: dict[str, str]) -> tuple[int, str, float]:
    """Runs a command; returns its exit code, the last line it said and the seconds it took."""
    start = time.monotonic()
    try:
        result = subprocess.run(
            command, capture_output=True, text=True, timeout=LIMIT_SECONDS, env=_environment(environment)
        )
    except subprocess.TimeoutExpired:
        return 1, f"not done after {LIMIT_SECONDS:.0f} s", time.monotonic() - start
    lines = (result.stdout if result.returncode == 0 else result.stderr or result.stdout).strip().splitlines()
    return result.returncode, lines[-1] if lines else f"exit code {result.returncode}", time.monotonic() - start
