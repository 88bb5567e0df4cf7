"""A hand-over of a sharded model: bit for bit what gathering tensor by tensor gives, in far fewer collectives."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from tiny import tiny_model
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor

from oneshot_rlvr.cluster.gathering import gathered
from oneshot_rlvr.cluster.sharding import shard

MOST = 20_000  # bytes: a layer of the tiny model in float32 has more, most tensors have less


def compare(rank: int, world: int, folder: Path) -> None:
    """In each process: weights in both precisions, and what went over the wires."""
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=world, timeout=timedelta(seconds=120)
    )
    model = tiny_model(0)
    mesh = init_device_mesh("cpu", (world,))
    shard(model, mesh, torch.float32)
    calls: list[int] = []
    real = dist.all_gather_single

    def counted(output: torch.Tensor, *arguments: Any, **options: Any) -> Any:
        calls.append(output.nbytes)
        return real(output, *arguments, **options)

    dist.all_gather_single = counted
    for dtype in (torch.float32, torch.bfloat16):
        pairs = [(name, parameter.detach()) for name, parameter in model.named_parameters()]
        pairs.insert(3, ("plain", torch.arange(5.0)))
        calls.clear()
        found = dict(gathered(iter(pairs), dtype, MOST))
        assert list(found) == [name for name, _ in pairs]
        for name, parameter in pairs:
            cast = parameter.to(dtype)
            whole = cast.full_tensor() if isinstance(cast, DTensor) else cast
            assert found[name].dtype == dtype and torch.equal(found[name], whole), name
        sizes = [parameter.numel() * dtype.itemsize for _, parameter in pairs]
        # Rows are padded to equally many: at most one more of each tensor in each process.
        padding = max(p.numel() // p.shape[0] for _, p in pairs) * world * dtype.itemsize * len(pairs)
        assert max(calls) <= max(MOST, *sizes) + padding
        assert 1 < len(calls) <= 2 * sum(sizes) / MOST + 1 and len(calls) < len(pairs) / 2
    calls.clear()
    assert len(dict(gathered(model.named_parameters(), torch.float32, 1 << 20))) == len(list(model.parameters()))
    assert len(calls) == 1  # all of it at once
    (folder / f"done_{rank}").touch()
    dist.destroy_process_group()


@pytest.mark.timeout(300)
def test_many_tensors_travel_together(tmp_path: Path) -> None:
    """Three processes: no size of the model divides by it, and of some tensors the last process has nothing."""
    mp.start_processes(compare, (3, tmp_path), nprocs=3, start_method="fork")  # type: ignore[attr-defined]
    assert len(list(tmp_path.glob("done_*"))) == 3
