"""Commands on large inputs: `rlvr report` on a long one-example run, `rlvr grade` on a long file of short lines.

The run is made up in the format of a real one: one example, every step's groups in the ledger, every rollout kept. The
graders' own speed is that of as many processes as `rlvr grade` is given, without a limit on anything.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common

from oneshot_rlvr.config.load import load_run_config, resolved_yaml
from oneshot_rlvr.grading.graders import judge, prepare

GROUPS, SIZE, TOKENS = 128, 8, 60
PROMISED_SECONDS, PROMISED_MB = 20.0, 500.0  # of a report on 2,000 steps of 1,024 rollouts


def main() -> None:
    args = common.arguments(__doc__)
    steps, lines = (100, 5_000) if args.quick else (2_000, 200_000)
    rows: list[dict[str, common.Value]] = []
    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = write_run(folder / "runs" / "pi1_r128" / "seed0", steps)
        seconds, cpu, memory = measured(["report", str(run), "--output", str(folder / "report")])
        what = f"rlvr report, {steps:,} steps of {GROUPS * SIZE:,} kept rollouts"
        rows.append({"what": what, "wall s": seconds, "CPU s": cpu, "memory, MB": memory})
        ratios[f"{PROMISED_MB:.0f} MB over the report's memory"] = PROMISED_MB / memory
        ratios[f"{PROMISED_SECONDS:.0f} s over the report's CPU time"] = PROMISED_SECONDS / cpu
        for grader, workers in (("deepscaler", 1), ("deepscaler", args.threads), ("exact", args.threads)):
            pairs = write_pairs(folder / f"{grader}.jsonl", lines)
            seconds, cpu, memory = measured(["grade", str(pairs), "--grader", grader, "--workers", str(workers)])
            own = own_seconds(pairs, grader, workers)
            by = f"{grader}, 1 worker" if workers == 1 else grader
            rows.append({"what": f"rlvr grade, {by}, {lines:,} lines", "wall s": seconds, "CPU s": cpu,
                         "memory, MB": memory, "the graders' own, s": own})  # fmt: skip
            ratios[f"{by}: the graders' own time over rlvr grade's"] = own / seconds
    common.finish(args, common.Result("large_inputs", rows, ratios))


def write_run(folder: Path, steps: int) -> Path:
    """A run folder of one example: accuracy rises from 0.3 to 1, every rollout of every step is kept."""
    import pyarrow as pa

    folder.mkdir(parents=True)
    (folder / "rollouts").mkdir()
    (folder / "ledger").mkdir()
    (folder / "config.yaml").write_text(resolved_yaml(load_run_config(["+experiment=pi1_r128"])))
    rng = random.Random(0)
    kept = {right: kept_rollout(right) for right in (False, True)}
    with (folder / "metrics.jsonl").open("w") as metrics, (folder / "ledger" / "ledger.jsonl").open("w") as ledger:
        for step in range(1, steps + 1):
            share = 0.3 + 0.7 * step / steps
            correct = [sum(rng.random() < share for _ in range(SIZE)) for _ in range(GROUPS)]
            metrics.write(json.dumps(metrics_line(step, correct)) + "\n")
            ledger.writelines(json.dumps(ledger_line(step, group, n)) + "\n" for group, n in enumerate(correct))
            content = "".join(
                kept[index < n].format(step=step, group=group, index=index)
                for group, n in enumerate(correct)
                for index in range(SIZE)
            )
            path = folder / "rollouts" / f"step_{step:06d}.jsonl.zst"
            with pa.CompressedOutputStream(str(path), "zstd") as stream:
                stream.write(content.encode())
    return folder


def metrics_line(step: int, correct: list[int]) -> dict[str, float]:
    accuracy = sum(correct) / (GROUPS * SIZE)
    constant = sum(n in (0, SIZE) for n in correct) / GROUPS
    named = {"reward/mean": accuracy, "train/accuracy": accuracy, "group/constant_share": constant,
             "response/length_mean": TOKENS, "policy/entropy": 0.3, "policy/kl": 0.01, "policy/grad_norm": 0.1,
             "time/step": 30.0}  # fmt: skip
    return {"step": step, **named, **{f"time/other_{i}": 0.5 for i in range(30)}}


def ledger_line(step: int, group: int, correct: int) -> dict[str, object]:
    return {"step": step, "group": group, "example": "1209", "copy": group, "n": SIZE, "correct": correct,
            "ungraded": 0, "reward_sum": float(correct), "distinct_answers": 2, "length_mean": TOKENS, "truncated": 0,
            "entropy": 0.3, "zero_advantage": correct in (0, SIZE)}  # fmt: skip


def kept_rollout(right: bool) -> str:
    """A line with places for step, group and index."""
    row = {"copy": 0, "example": "1209", "answer": "12.8", "prompt": "The pressure of a sail ...",
           "response": "so " * TOKENS, "token_ids": [7] * TOKENS, "tokens": ["so "] * TOKENS,
           "logprobs": [-0.123456] * TOKENS, "entropies": [0.234567] * TOKENS, "reward": float(right), "correct": right,
           "extracted": "12.8", "reason": "correct" if right else "wrong", "advantage": 0.5 if right else -0.5,
           "advantages": None, "finish_reason": "stop"}  # fmt: skip
    return '{{"step": {step}, "group": {group}, "index": {index}, ' + json.dumps(row)[1:-1] + "}}\n"


def write_pairs(path: Path, lines: int) -> Path:
    """Fractions, half of them right, which a comparison of strings does not decide."""
    rng = random.Random(0)
    with path.open("w") as file:
        for _ in range(lines):
            top, bottom = rng.randrange(10**5), rng.randrange(2, 99)
            response = f"so it is \\boxed{{\\frac{{{top + rng.randrange(2)}}}{{{bottom}}}}}."
            file.write(json.dumps({"response": response, "answer": f"{top}/{bottom}"}) + "\n")
    return path


def measured(words: list[str]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and largest resident memory in MB of one command and the children it waits for."""
    environment = os.environ | {"PYTHONPATH": str(common.ROOT)}
    start = time.perf_counter()
    command = [sys.executable, "-m", "oneshot_rlvr", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"rlvr {' '.join(words)}: exit code {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def own_seconds(pairs: Path, grader: str, processes: int) -> float:
    """Wall seconds that so many processes take for grading alone."""
    rows = [json.loads(line) for line in pairs.read_text().splitlines()]
    start = time.perf_counter()
    children = []
    for number in range(processes):
        child = os.fork()
        if child == 0:
            for row in rows[number::processes]:
                found = prepare(row["response"], row["answer"], grader, "")
                if isinstance(found, str):
                    judge(found, row["answer"], grader, "")
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
