"""`rlvr` whose Ray workers carry a fault: `PLANT="sampling kill" python planted.py train ... runtime=ray`.

Places: sampling, update, handover, saving; deeds: kill, stop (SIGSTOP), raise, memory. It happens the second time that
a worker comes to the place.
"""

import functools
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any

HEADROOM_BYTES = 256 << 20


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _raise() -> None:
    raise ValueError("planted")


def _memory() -> None:
    """A limit close above what the process has, and more than that asked for."""
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (size + HEADROOM_BYTES, resource.RLIM_INFINITY))
    import torch

    torch.ones(4 * HEADROOM_BYTES)


DEEDS: dict[str, Callable[[], None]] = {"kill": _kill, "stop": _stop, "raise": _raise, "memory": _memory}


def plant() -> None:
    """In a worker, before its models are made."""
    from oneshot_rlvr import checkpoint
    from oneshot_rlvr.learner.policy import PolicyWorker
    from oneshot_rlvr.rollout.transformers_engine import TransformersSampler

    owners: dict[str, tuple[Any, str]] = {
        "sampling": (TransformersSampler, "stream"), "update": (PolicyWorker, "forward_backward"),
        "handover": (TransformersSampler, "load_weights"), "saving": (checkpoint, "save_tensors"),
    }  # fmt: skip
    place, deed = os.environ["PLANT"].split()
    owner, name = owners[place]
    real, calls = getattr(owner, name), []

    @functools.wraps(real)
    def spoilt(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            DEEDS[deed]()
        return real(*arguments, **named)

    setattr(owner, name, spoilt)


def train_side(*arguments: Any) -> Any:
    from oneshot_rlvr.cluster import placement

    plant()
    return placement.train_side(*arguments)


def sample_side(*arguments: Any) -> Any:
    from oneshot_rlvr.cluster import placement

    plant()
    return placement.sample_side(*arguments)


def main() -> int:
    from oneshot_rlvr.cli import main as rlvr
    from oneshot_rlvr.cluster import placement

    placement.train_side, placement.sample_side = train_side, sample_side
    return rlvr(sys.argv[1:])


if __name__ == "__main__":
    import planted  # so that workers find its functions by name

    sys.exit(planted.main())
