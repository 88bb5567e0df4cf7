"""The policy's update as update_gpu.py measures it, counted on a device that computes nothing: no GPU is needed.

    python benchmarks/update_count.py
    python benchmarks/update_count.py --only 1.5B --bandwidth 4.8        # an H200

Every operation of the same passes, uncompiled: kernels, FLOPs, bytes read and written, memory. An operation takes at
least the time of its FLOPs or of its bytes, whichever is longer, at the rates given: the sum over all is what a card of
these rates could reach at best, were it never left waiting; without `rest`, what it could reach were all that is
neither product nor attention part of them.
"""

import common  # isort: skip  (before torch)

import argparse
import contextlib
from collections.abc import Sequence
from functools import partial

import torch
from fake_gpu import Counted, Counter, fake_gpu, move
from policy_update import worker_of
from torch._subclasses.fake_tensor import DataDependentOutputException
from update_gpu import (
    Way,
    choose,
    chosen,
    micro_batch,
    model_flops,
    models,
    parser_of,
    passes,
    shape_of,
    squares,
    without_gqa_flag,
)  # fmt: skip

PASSES = 2  # that are counted: the second begins before anything of the first has been read


def count(name: str, ways: Sequence[Way], args: argparse.Namespace, result: common.Result) -> None:
    shape, device = shape_of(name), fake_gpu()
    for tokens in args.tokens:
        sequences = micro_batch(tokens, shape.vocab)
        with Counter(squares(sequences)) as counter:
            put = partial(move, device=device, dtype=torch.bfloat16)
            worker = worker_of(*models(shape, torch.device("cpu"), put), torch.bfloat16, None)
            for way in ways:
                choose(worker, way)
                for number in (1, PASSES):  # the first time there are no gradients yet
                    counter.reset()
                    with contextlib.suppress(DataDependentOutputException):  # the sums, which are read at the end
                        passes(worker, sequences, number)()
                add_counted(name, tokens, way, counter.found, model_flops(shape, sequences), args, result)


def add_counted(
    name: str, tokens: int, way: Way, found: Counted, flops: float, args: argparse.Namespace, result: common.Result
) -> None:
    """Of one pass."""
    if found.reads or found.flops < PASSES * flops:
        raise RuntimeError(f"{name}, {way}: a number was read of the device before the last pass had been given to it")
    peak, bandwidth = args.tflops * 1e12, args.bandwidth * 1e12
    seconds = {kind: sum(max(f / peak, b / bandwidth) for f, b in found.operations[kind]) / PASSES
               for kind in ("products", "attention", "rest")}  # fmt: skip
    result.rows.append({
        "model": name, "tokens": tokens, **way.columns, "kernels": found.kernels // PASSES,
        "model TFLOP": flops / 1e12, "TFLOP": found.flops / PASSES / 1e12, "GB moved": found.bytes / PASSES / 1e9,
        "memory, GB": found.peak / 1e9, **{f"{kind}, ms": 1e3 * value for kind, value in seconds.items()},
        "MFU at most, %": 100 * flops / peak / sum(seconds.values()),
        "without rest, %": 100 * flops / peak / (seconds["products"] + seconds["attention"]),
    })  # fmt: skip
    case = f"{name}, {tokens:,} tokens, {'with' if way.checkpointing else 'without'} checkpointing"
    result.ratios[f"{case}: products and attention over all"] = (
        seconds["products"] + seconds["attention"]
    ) / sum(seconds.values())
    result.ratios[f"{case}: model FLOPs over FLOPs"] = PASSES * flops / found.flops


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--tflops", type=float, default=989.0, help="default: H100 and H200, data sheet")
    parser.add_argument("--bandwidth", type=float, default=3.35, help="TB/s; default: H100, data sheet")
    args = chosen(__doc__, parser)
    result = common.Result("update_count", rows=[])
    without_gqa_flag()
    for name in args.only:
        count(name, [Way("varlen", checkpointing, fused=False) for checkpointing in (False, True)], args, result)
    common.finish(args, result)


if __name__ == "__main__":
    main()
