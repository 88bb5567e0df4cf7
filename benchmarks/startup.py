"""Start-up of every command, and how fast a mistake is refused, against the bare interpreter's start, alternated.

The promise: help, version and unknown words within 8 bare starts and 0.5 s; what needs the composed configuration or a
look at files within 2 s.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import common

BARE = "python -c pass"
LIMIT_BARE_STARTS, LIMIT_SECONDS, LIMIT_FAULT_SECONDS = 8.0, 0.5, 2.0
COMMANDS = ("train", "select", "eval", "report", "show", "delta", "regrade", "grade", "data", "sft", "demo", "doctor")
# Words of the command line -> exit code. Nothing of these may need more than the command line itself.
AT_ONCE = {
    "--help": 0, "--version": 0, "trian": 2, "train --bogus": 2, "eval --modle x": 2,
    **{f"{name} --help": 0 for name in COMMANDS},
}  # fmt: skip
# Mistakes and plain looks that need the configuration or files.
SOON = {
    "train": 2,
    "train +experiment=pi1_r12": 2,
    "train +experiment=pi1_r128 optimizer.rl=1": 2,
    "train +experiment=pi1_r128 data.prompts_per_step=many": 2,
    "train +experiment=pi1_r128 data.prompts_per_step=127": 2,
    "train +experiment=pi1_r128 --dry-run": 0,
    "select --history nowhere.json --top-index 0": 2,
    "eval --model nowhere": 2,
    "report nowhere": 2,
    "show nowhere --step 1": 2,
    "regrade nowhere": 2,
    "grade nowhere.jsonl --grader exact": 2,
    "data list": 0,
    "sft +experiment=nothing": 2,
}
# No promise: they look at the machine, or read and rank a history.
LOOKS = {"doctor": 0, "select --history sandbox_history --pool sandbox_pool --top-index 0 --output out.jsonl": 0}


def main() -> None:
    args = common.arguments(__doc__)
    quick_set = ("--help", "--version", "trian", "train --help", "train --bogus")
    soon_set = ("train +experiment=pi1_r12", "train +experiment=pi1_r128 --dry-run", "report nowhere")
    at_once = {k: v for k, v in AT_ONCE.items() if not args.quick or k in quick_set}
    soon = {k: v for k, v in SOON.items() if not args.quick or k in soon_set}
    with tempfile.TemporaryDirectory() as folder:
        runs = {BARE: lambda: start(["-c", "pass"], 0, folder)}
        for words, code in {**at_once, **soon, **LOOKS}.items():
            runs[words] = lambda words=words, code=code: start(["-m", "oneshot_rlvr", *words.split()], code, folder)
        found = common.alternate(runs, args.rounds)
    bare = found[BARE]
    rows, misses = [], []
    for words, timings in found.items():
        limit = limit_of(words, bare.seconds, at_once, soon)
        rows.append({"arguments of rlvr": f"({BARE})" if words == BARE else words, "wall s": timings.seconds,
                     "CPU s": timings.cpu_seconds, "bare starts": timings.over(bare), "limit, s": limit})  # fmt: skip
        if limit is not None and timings.seconds > limit:
            misses.append(words)
    fastest = {words: min(timings.wall) / min(bare.wall) for words, timings in found.items()}  # the least disturbed
    ratios = {
        "8 bare starts over the slowest of help, version, unknown words":
            LIMIT_BARE_STARTS / max(fastest[words] for words in at_once),
        "100 bare starts over the slowest mistake that needs the configuration or files":
            100 / max(fastest[words] for words in soon),
    }  # fmt: skip
    word = f"Over its limit: {', '.join(misses)}." if misses else "Every command is within its limit."
    common.finish(args, common.Result("startup", rows, ratios, [word]))


def limit_of(words: str, bare: float, at_once: dict[str, int], soon: dict[str, int]) -> float | None:
    """Seconds that a command may take, None where nothing is promised."""
    if words in at_once:
        return min(LIMIT_SECONDS, LIMIT_BARE_STARTS * bare)
    return LIMIT_FAULT_SECONDS if words in soon else None


def start(words: list[str], code: int, folder: str) -> None:
    """One process, in an empty folder, from this checkout; its exit code has to be `code`."""
    env = os.environ | {"PYTHONPATH": str(common.ROOT), "RLVR_CACHE": str(Path(folder) / "cache")}
    result = subprocess.run([sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True)
    if result.returncode != code:
        raise SystemExit(f"{' '.join(words)}: exit code {result.returncode}, not {code}\n{result.stderr[-2000:]}")


if __name__ == "__main__":
    main()
