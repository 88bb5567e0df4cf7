"""Tasks of reasoning-gym as a file of problems in the cache: `gym:TASK[:KEY=VALUE...]` (grading/gym.py)."""

import json
from pathlib import Path

from oneshot_rlvr.errors import RunError
from oneshot_rlvr.files import replacing
from oneshot_rlvr.grading import gym
from oneshot_rlvr.paths import cache_dir

INSTRUCTION = "Give the final answer, and nothing else, within \\boxed{}."


def gym_stem(name: str) -> str:
    """The name under which results go: `gym:chain_sum:level=2` is `chain_sum_level=2`."""
    return name.removeprefix(gym.PREFIX).replace(":", "_").replace("/", "_")


def gym_file(name: str) -> Path:
    """The problems of a set as JSON lines. UserError where there is no such set, or no reasoning-gym."""
    tasks = gym.made(name)
    path = cache_dir() / "gym" / f"{gym_stem(name)}.jsonl"
    level = next((part.removeprefix("level=") for part in name.split(":") if part.startswith("level=")), "")
    lines = [
        json.dumps({"id": str(index), "problem": f"{gym.entry(name, index)['question'].rstrip()}\n{INSTRUCTION}",
                    "answer": gym.truth(name, index), "category": tasks.category, "level": level})
        for index in range(len(tasks))
    ]  # fmt: skip
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror}; set RLVR_CACHE") from error
    return path
