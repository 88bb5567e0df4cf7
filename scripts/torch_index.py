#!/usr/bin/env python3
"""Prints the options of pip that say where torch comes from, and why on standard error.

    python scripts/torch_index.py [INDEX]

INDEX, where it is given, decides. Else, on Linux without an NVIDIA device, torch's own index of CPU builds: the default
index there has the CUDA build, which is gigabytes that such a machine cannot use. Where that index does not answer
within seconds, and everywhere else, the default index.
"""

import platform
import sys
import urllib.error
import urllib.request
from pathlib import Path

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
SECONDS = 5.0  # that the index may take
DEVICES = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg")  # the last one: a GPU under WSL


def options(asked: str) -> tuple[str, str]:
    """Options of pip, and a line that says why; the line is empty where nothing was chosen."""
    if asked:
        return f"--index-url {asked}", ""
    if platform.system() != "Linux" or platform.machine() != "x86_64" or any(Path(path).exists() for path in DEVICES):
        return "", ""
    if not answers(f"{CPU_INDEX}/torch/"):
        return "", f"no NVIDIA device here, but {CPU_INDEX} does not answer: torch comes from the default index"
    return f"--index-url {CPU_INDEX}", (
        f"no NVIDIA device here: torch's CPU build, from {CPU_INDEX} (TORCH_INDEX= names another index)"
    )


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as reply:
            return reply.status == 200
    except (OSError, urllib.error.URLError, ValueError):
        return False


if __name__ == "__main__":
    chosen, why = options(" ".join(sys.argv[1:]))
    print(chosen)
    if why:
        print(why, file=sys.stderr)
