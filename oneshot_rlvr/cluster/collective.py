"""`python -m oneshot_rlvr.cluster.collective WORLD cpu|cuda`: an all-reduce over all processes, checked and timed."""

import socket
import sys
import time
from datetime import timedelta

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

ROUNDS = 5
NUMBERS = {"cuda": 64 << 20, "cpu": 1 << 20}  # float32 in each round


def reduce_all(rank: int, world: int, device: str, port: int) -> None:
    """Rank r gives r + 1 everywhere; the sum is world (world + 1) / 2 on every rank."""
    if device == "cuda":
        torch.cuda.set_device(rank)
    backend = "nccl" if device == "cuda" else "gloo"
    dist.init_process_group(
        backend, init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=world, timeout=timedelta(seconds=120)
    )
    start = time.perf_counter()
    for _ in range(ROUNDS):
        tensor = torch.full((NUMBERS[device],), float(rank + 1), device=device)
        dist.all_reduce(tensor)
        if not bool((tensor == world * (world + 1) / 2).all()):
            raise ValueError(f"rank {rank}: the sum is {tensor.unique().tolist()[:3]}, not {world * (world + 1) / 2}")
    seconds = time.perf_counter() - start
    if rank == 0:
        gigabytes = ROUNDS * 4 * NUMBERS[device] / 1e9
        print(f"right on all of them, {gigabytes / seconds:.1f} GB/s, checking included")
    dist.destroy_process_group()


def main(world: int, device: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mp.spawn(reduce_all, (world, device, port), nprocs=world)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
