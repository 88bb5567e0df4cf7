"""What the two sides of benchmarks/grpo_step.py have in common: settings in, a line of JSON for each step out."""

import json
import os
import sys
import time
from dataclasses import dataclass
from typing import Any

os.environ |= {"GOMP_SPINCOUNT": "0", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}

CAP = 2.0  # of importance weights

_answers = sys.stdout


@dataclass(frozen=True, slots=True)
class Settings:
    model: str
    data: str  # jsonl with `problem` and `answer`
    folder: str  # for what is written
    engine: str  # transformers | vllm
    prompts: int
    group_size: int
    max_new_tokens: int
    micro_batch_tokens: int
    steps: int
    threads: int
    lr: float
    correction: bool  # truncated importance weights between sampler and trainer, a token each


def settings() -> Settings:
    """From the command line. From here on answers alone go to standard output, whatever libraries print."""
    global _answers
    _answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return Settings(**json.loads(sys.argv[1]))


def tell(**what: Any) -> None:
    print(json.dumps(what), file=_answers, flush=True)


def wait() -> None:
    """Until the next step is asked for; nothing more is: the end."""
    if not sys.stdin.readline().strip():
        sys.exit(0)


class Clock:
    """Wall and CPU seconds since it was made."""

    def __init__(self) -> None:
        self.cpu, self.start = time.process_time(), time.perf_counter()

    def read(self) -> dict[str, float]:
        return {"seconds": time.perf_counter() - self.start, "cpu": time.process_time() - self.cpu}
