"""Memory that a process has needed."""

import resource

import torch


def peak_memory_gb() -> float:
    """Highest so far: of the GPU where there is one, else of this process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def release_cache() -> None:
    """Gives back what torch keeps of this process's GPU for later: other processes on it cannot have that."""
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
