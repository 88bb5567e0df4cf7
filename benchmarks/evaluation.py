"""Evaluation of many checkpoints: one sweep that swaps weights in place, against a fresh process for each checkpoint.

A fresh process and engine per checkpoint is what a script around an evaluation command does. Here both are `rlvr eval`
on the same nudged copies of the sandbox base, with the same few problems, answered greedily, so that most of the time
is overhead. The answers must be the same.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import common

SIZES, QUICK_SIZES = (1, 16, 32, 64), (1, 4)
PROBLEMS = 16
BASE = common.ROOT / "data" / "sandbox" / "base_e"
# A user's Python keeps what it has compiled; without that a process each would look worse than it is.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
COMMAND = ("-m", "oneshot_rlvr", "eval", "--protocol", "sandbox", "--device", "cpu", "--limit", str(PROBLEMS))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, parents=[common.parent()])
    parser.add_argument("--vllm-python", type=Path, default=common.ROOT / ".venv-vllm" / "bin" / "python",
                        help="interpreter that has vLLM (default: the one of `make vllm`)")  # fmt: skip
    args = common.arguments(__doc__, parser)
    sizes = QUICK_SIZES if args.quick else SIZES
    result = common.Result("evaluation", rows=[])
    with tempfile.TemporaryDirectory(prefix="rlvr-bench-") as folder:
        work = Path(folder)
        make_checkpoints(work, sizes)
        for engine, python in (("transformers", Path(sys.executable)), ("vllm", args.vllm_python)):
            if not python.is_file():
                result.skipped[f"{engine}: a process each / one sweep"] = f"{python} is not there (make vllm)"
                continue
            measure(engine, python, work, sizes, args.rounds, result)
    common.finish(args, result)


def make_checkpoints(work: Path, sizes: tuple[int, ...]) -> None:
    """`work/N/checkpoint-1` ... `checkpoint-N` for every size; checkpoint-i is the same in all of them."""
    import torch
    from safetensors.torch import load_file, save_file

    base = load_file(BASE / "model.safetensors")
    for step in range(1, max(sizes) + 1):
        torch.manual_seed(step)
        nudged = {name: w + 0.002 * torch.randn_like(w) if w.dim() == 2 else w for name, w in base.items()}
        for size in (size for size in sizes if step <= size):
            folder = work / str(size) / f"checkpoint-{step}"
            shutil.copytree(BASE, folder)
            save_file(nudged, folder / "model.safetensors", {"format": "pt"})


def measure(
    engine: str, python: Path, work: Path, sizes: tuple[int, ...], rounds: int, result: common.Result
) -> None:
    """Sweeps of every size and one process for the last checkpoint of the largest, in turn."""
    largest = max(sizes)
    alone = work / str(largest) / f"checkpoint-{largest}"
    words = {f"sweep of {n}": ("--ckpt-dir", str(work / str(n)), "--no-base") for n in sizes}
    words["a process for one"] = ("--model", str(alone))
    output = {name: work / f"{engine} {name}" for name in words}

    def run(name: str) -> Callable[[], object]:
        command = [python, *COMMAND, "--engine", engine, *words[name], "--output", output[name]]
        return lambda: subprocess.run(command, check=True, cwd=common.ROOT, env=ENVIRONMENT, capture_output=True)

    found = common.alternate(
        {name: run(name) for name in words}, rounds, before=lambda name: shutil.rmtree(output[name], ignore_errors=True)
    )
    for name, size in zip(words, (*sizes, 1)):
        time = found[name]
        result.rows.append({"engine": engine, "what": name, "seconds": time.seconds, "CPU seconds": time.cpu_seconds,
                            "seconds each": time.seconds / size})  # fmt: skip
    apart, whole = found["a process for one"], found[f"sweep of {largest}"]
    result.ratios[f"{engine}: a process each / one sweep"] = largest * apart.over(whole)
    slope, worst = line(sizes, [found[f"sweep of {n}"].cpu_seconds for n in sizes])
    result.notes.append(
        f"{engine}, ratio at {largest} checkpoints of {PROBLEMS} problems: every further checkpoint of a sweep costs "
        f"{slope:.2f} CPU seconds, a process of its own {apart.cpu_seconds:.1f} ({apart.cpu_seconds / slope:.0f} times "
        f"that); the sweeps lie within {100 * worst:.0f} % of a straight line."
    )
    check_same(output[f"sweep of {largest}"], output["a process for one"])


def line(sizes: tuple[int, ...], seconds: list[float]) -> tuple[float, float]:
    """Median slope between all pairs of points, and the largest distance from that line as a share of the value."""
    points = list(zip(sizes, seconds))
    slope = median((t - s) / (b - a) for i, (a, s) in enumerate(points) for b, t in points[i + 1 :])
    start = median(s - slope * a for a, s in points)
    return slope, max(abs(start + slope * a - s) / s for a, s in points)


def check_same(sweep: Path, alone: Path) -> None:
    """The checkpoint that both evaluated has the same answers."""
    (path,) = alone.rglob("samples.jsonl")
    other = sweep / path.relative_to(alone)
    if path.read_bytes() != other.read_bytes():
        raise SystemExit(f"{path} and {other} differ: the sweep did not sample with the checkpoint's weights")


if __name__ == "__main__":
    main()
