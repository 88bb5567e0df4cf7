"""Sampling on this CPU: the embedded sampler beside transformers' `generate` and vLLM, alternated.

    make peers; python benchmarks/generation.py

Two models: the sandbox's base (0.4 M parameters, 8 prompts x 8 responses of up to 64 tokens, ending where they end) and
a random one of 3 M (16 prompts x 8, all of 128 tokens). All return token ids and the log-probability of each token.
"""

import common  # isort: skip  (before torch)

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median

from grpo_step import write_data, write_model
from sides import PEERS, Settings, Side, alternated

ENGINES = {"rlvr": "ours", "generate": "generate", "vLLM": "vllm"}


def compare(settings: Settings, rounds: int, with_peers: bool) -> dict[str, Side]:
    python = PEERS if with_peers else sys.executable
    sides = {
        name: Side(python, "sampling_worker.py", replace(settings, engine=engine))
        for name, engine in ENGINES.items() if with_peers or engine != "vllm"
    }  # fmt: skip
    return alternated(sides, rounds + 1)


def main() -> None:
    args = common.arguments(__doc__)
    result = common.Result("generation", rows=[])
    with tempfile.TemporaryDirectory(prefix="generation-") as name:
        folder = Path(name)
        write_model(folder / "full", endless=True)
        write_data(folder / "data.jsonl")
        common_settings = {"folder": name, "engine": "", "micro_batch_tokens": 0, "steps": 0, "lr": 0.0,
                           "correction": False}  # fmt: skip
        cases = {
            "sandbox, 64 x 64": Settings(
                model="sandbox:base_e", data="sandbox_pool", prompts=8, group_size=8, max_new_tokens=64,
                threads=args.threads, **common_settings,
            ),
            "3 M, 128 x 128": Settings(
                model=str(folder / "full"), data=str(folder / "data.jsonl"), prompts=16, group_size=8,
                max_new_tokens=128, threads=args.threads, **common_settings,
            ),
        }  # fmt: skip
        for case, settings in cases.items():
            sides = compare(settings, args.rounds, PEERS.exists())
            for side, found in sides.items():
                tokens = fmean(found.counted("tokens"))
                result.rows.append({
                    "case": case, "sampler": side, "seconds": median(found.counted("seconds")),
                    "CPU s": median(found.counted("cpu")), "tokens": tokens,
                    "tokens/s": tokens / median(found.counted("seconds")),
                })  # fmt: skip
            for side in list(sides)[1:]:
                rates = [[t / s for t, s in zip(sides[k].counted("tokens"), sides[k].counted("seconds"))]
                         for k in ("rlvr", side)]  # fmt: skip
                result.ratios[f"{case}: tokens/s against {side}"] = common.median_ratio(*rates)
            if "vLLM" not in sides:
                result.skipped[f"{case}: tokens/s against vLLM"] = "no .venv-peers (make peers)"
    common.finish(args, result)


if __name__ == "__main__":
    main()
