"""The policy's update on a GPU, at the shapes of Qwen2.5-Math 1.5B and 7B, in bfloat16, of packed micro-batches.

    python benchmarks/update_gpu.py
    python benchmarks/update_gpu.py --only 1.5B --tokens 4096 --rounds 5

Weights are random. A pass is what training does with a micro-batch: log-probabilities and entropy of the responses, the
reference's log-probabilities, clipped loss, backward. A step is clipping and AdamW over float32 masters. Model FLOPs
are those of a forward and a backward pass of the policy and a forward pass of the reference; what checkpointing and the
head compute twice is not among them. MFU is their rate over that of a large bfloat16 product on the same card. Memory
is what a pass takes above weights and gradients. Without a GPU, update_count.py counts the same passes.
"""

import common  # isort: skip  (before torch)

import argparse
import copy
import gc
import inspect
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from statistics import median

import torch
from policy_update import PACKAGES, Bench, Peak, plain_attention, worker_of
from torch import nn
from torch.nn.attention import varlen
from transformers import PreTrainedModel

from oneshot_rlvr.config.schema import ShapeConfig
from oneshot_rlvr.config.shapes import known_shapes, logits_rows
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.learner.sequences import TrainSequence
from oneshot_rlvr.models.load import place, random_model
from oneshot_rlvr.models.policy import CHECKPOINTING, PolicyModel, compile_layers

PROMPT, RESPONSE = 150, 800  # tokens: the paper's prompt, and responses of about what a 1.5B model writes
MODELS = {"1.5B": "Qwen/Qwen2.5-Math-1.5B", "7B": "Qwen/Qwen2.5-Math-7B"}
PLAIN = "ours, not compiled"
STEPPED = ("1.5B", "tiny")  # with masters and moments the 7B takes 18 bytes a weight, more than one card has
TINY = ShapeConfig(hidden=64, layers=2, heads=4, kv_heads=2, ffn=128, vocab=500, max_positions=4096, tied=True)


@dataclass(frozen=True, slots=True)
class Way:
    """How passes are made."""

    attention: str
    checkpointing: bool
    fused: bool

    @property
    def columns(self) -> dict[str, common.Value]:
        yes = ("no", "yes")
        return {"attention": self.attention, "checkpointing": yes[self.checkpointing], "compile": yes[self.fused]}


def shape_of(name: str) -> ShapeConfig:
    return TINY if name == "tiny" else known_shapes()[MODELS[name]]


def micro_batch(tokens: int, vocabulary: int) -> list[TrainSequence]:
    """Responses to one prompt, as in one-shot training, that put `tokens` tokens through the layers."""
    generator = torch.Generator().manual_seed(0)
    prompt = tuple(torch.randint(vocabulary, (PROMPT,), generator=generator).tolist())
    number = max(2, round((tokens - PROMPT) / RESPONSE))
    found = []
    for n in range(number):
        length = (tokens - PROMPT + n) // number + 1  # the last token is never read
        ids = tuple(torch.randint(vocabulary, (length,), generator=generator).tolist())
        advantage = torch.randn((), generator=generator).expand(length)
        found.append(TrainSequence(prompt, ids, advantage, torch.zeros(length)))
    return found


def model_flops(shape: ShapeConfig, sequences: Sequence[TrainSequence]) -> float:
    """Of a pass: 4 forward passes' worth. Causal attention is half a square."""
    head = shape.hidden // shape.heads
    layer = shape.hidden * (2 * shape.hidden + 2 * shape.kv_heads * head) + 3 * shape.hidden * shape.ffn
    tokens = PROMPT + sum(len(s.response_ids) - 1 for s in sequences)
    rows = sum(len(s.response_ids) for s in sequences)
    forward = 2 * shape.layers * (layer * tokens + shape.hidden * squares(sequences))
    return 4.0 * (forward + 2 * shape.vocab * shape.hidden * rows)


def squares(sequences: Sequence[TrainSequence]) -> int:
    return sum(len(s) ** 2 for s in sequences)


def models(
    shape: ShapeConfig, made_on: torch.device, put: Callable[[PreTrainedModel], None]
) -> tuple[PreTrainedModel, PreTrainedModel]:
    """Policy and reference, each put where and in the dtype that it shall have before the next is made."""
    found = []
    for seed in (0, 1):
        with made_on:
            found.append(random_model(shape, common.Words(shape.vocab), seed))
        put(found[-1])
    return found[0], found[1].eval().requires_grad_(False)


def choose(worker: PolicyWorker, way: Way) -> None:
    assert isinstance(worker.reference, PolicyModel)
    for model in (worker.model, worker.reference):
        model.attention, model.fused = way.attention, way.fused
        # By itself only a CUDA device takes the rows that suit one.
        model.chunk = logits_rows(model.language_model.config.vocab_size, worker.device.type != "cpu", way.fused)
        compile_or_not(model.language_model.base_model, way.fused)
    if way.checkpointing:
        worker.language_model.gradient_checkpointing_enable(CHECKPOINTING)
    else:
        worker.language_model.gradient_checkpointing_disable()


def compile_or_not(base: nn.Module, fused: bool) -> None:
    """What has been compiled once is taken again."""
    layers = next(m for m in base.modules() if isinstance(m, nn.ModuleList))
    if fused and layers[0] not in COMPILED:
        compile_layers(base)
        COMPILED.update((layer, layer._compiled_call_impl) for layer in layers)
    for layer in layers:
        layer._compiled_call_impl = COMPILED[layer] if fused else None


COMPILED: dict[nn.Module, Callable[..., object] | None] = {}


def passes(worker: PolicyWorker, sequences: Sequence[TrainSequence], number: int) -> Callable[[], object]:
    """So many micro-batches, each of all the sequences."""
    weights = torch.full((len(sequences),), 1.0 / sum(len(s.response_ids) for s in sequences))
    return lambda: worker.forward_backward(sequences, weights, [range(len(sequences))] * number)


@dataclass(frozen=True, slots=True)
class Ceiling:
    tflops: float  # of a bfloat16 product of 8192 x 8192 on random numbers
    bandwidth: float  # TB/s read and written by a copy


def ceiling(device: torch.device) -> Ceiling:
    n = 8192 if device.type == "cuda" else 512
    a, b = (torch.randn(n, n, device=device, dtype=torch.bfloat16) for _ in range(2))
    large = torch.empty(n * n * 16, dtype=torch.bfloat16, device=device)
    target = torch.empty_like(large)
    product, copied = (seconds(run, device, 10) for run in (lambda: a @ b, lambda: target.copy_(large)))
    return Ceiling(2 * n**3 / product / 1e12, 4 * large.numel() / copied / 1e12)


def seconds(
    run: Callable[[], object], device: torch.device, rounds: int, before: Callable[[], object] = lambda: None
) -> float:
    """Median wall time after a call that is not counted; `before` is called before each, and is not counted either."""
    found = []
    for _ in range(rounds + 1):
        before()
        synchronize(device)
        start = time.perf_counter()
        run()
        synchronize(device)
        found.append(time.perf_counter() - start)
    return median(found[1:])


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def measure(
    name: str, ways: Sequence[Way], device: torch.device, args: argparse.Namespace, result: common.Result
) -> None:
    shape, stepped = shape_of(name), name in STEPPED
    model, reference = models(shape, device, partial(place, device=device, dtype=torch.bfloat16))
    master = copy.deepcopy(model).float() if stepped else None
    worker, limits = worker_of(model, reference, torch.bfloat16, master), ceiling(device)
    result.notes.append(f"{name}: products at {limits.tflops:.0f} TFLOP/s, copies at {limits.bandwidth:.2f} TB/s.")
    number = args.micro_batches or (4 if stepped else 1)
    for tokens in args.tokens:
        sequences = micro_batch(tokens, shape.vocab)
        speeds: dict[Way, common.Value] = {}
        for way in ways if stepped else [way for way in ways if way.attention == ways[0].attention]:
            row = measured_row(worker, name, tokens, way, sequences, number, limits, args.rounds)
            result.rows.append(row)
            speeds[way] = row["tokens/s"]
            common.write(args, result)  # what is found is not lost with what follows
            print(common.table([row]), flush=True)
        add_ratios(f"{name}, {tokens:,} tokens", ways[0], speeds, result)
        if stepped:
            rows = against_peers(worker, name, sequences, ways[0], args.rounds, result.ratios)
            result.rows.extend(rows)
            print(common.table(rows), flush=True)
    if stepped:
        step = seconds(worker.trained.step, device, args.rounds, before=passes(worker, sequences, 1))
        result.rows.append({"model": name, "step, ms": 1e3 * step})
        if device.type == "cuda":
            result.notes.append(profile(worker, micro_batch(args.tokens[0], shape.vocab)))


def measured_row(
    worker: PolicyWorker, name: str, tokens: int, way: Way, sequences: Sequence[TrainSequence], number: int,
    limits: Ceiling, rounds: int,
) -> dict[str, common.Value]:  # fmt: skip
    choose(worker, way)
    run = passes(worker, sequences, number)
    row: dict[str, common.Value] = {"model": name, "tokens": tokens, **way.columns}
    try:
        run()  # gradients are there, and what is compiled is
        peak = Peak(worker.device)
        wall = seconds(run, worker.device, rounds) / number
    except torch.OutOfMemoryError:
        worker.trained.zero_grad()
        return row | {"pass, ms": None, "tokens/s": None, "MFU, %": None, "memory, GB": None}
    flops = model_flops(shape_of(name), sequences)
    return row | {
        "pass, ms": 1e3 * wall, "tokens/s": tokens / wall, "MFU, %": 100 * flops / wall / (limits.tflops * 1e12),
        "memory, GB": peak.read(),
    }  # fmt: skip


def add_ratios(case: str, way: Way, speeds: dict[Way, common.Value], result: common.Result) -> None:
    others = {"compiled over not": replace(way, fused=False),
              "without checkpointing over with": replace(way, checkpointing=True)}  # fmt: skip
    for name, other in others.items():
        ours, theirs = speeds[way], speeds.get(other)
        if isinstance(ours, float) and isinstance(theirs, float):
            result.ratios[f"{case}: {name}"] = ours / theirs


def against_peers(
    worker: PolicyWorker, name: str, sequences: list[TrainSequence], way: Way, rounds: int, ratios: dict[str, float]
) -> list[dict[str, common.Value]]:
    """A whole update of one micro-batch by several routes, in turn: prompts of their own, padded, for the peers."""
    worker.trained.zero_grad()
    bench = Bench(worker, sequences, worker.device, torch.bfloat16)
    routes: dict[str, Callable[[], None]] = {"ours": bench.ours, PLAIN: bench.ours, "full logits": bench.full_logits}
    routes |= {route: getattr(bench, route) for route, package in PACKAGES.items() if find_spec(package)}

    def prepare(route: str) -> None:
        choose(worker, replace(way, fused=way.fused and route == "ours"))
        plain_attention(bench, route not in ("ours", PLAIN))

    def run(route: str) -> None:
        routes[route]()
        synchronize(worker.device)

    def fits(route: str) -> bool:
        prepare(route)
        try:
            run(route)
        except torch.OutOfMemoryError:
            worker.trained.zero_grad()
            return False
        return True

    def peak_of(route: str) -> float:
        prepare(route)
        peak = Peak(worker.device)
        run(route)
        return peak.read()

    fitting = [route for route in routes if fits(route)]
    found = common.alternate({route: partial(run, route) for route in fitting}, rounds, warmup=0, before=prepare)
    rows: list[dict[str, common.Value]] = []
    for route in routes:
        row: dict[str, common.Value] = {"model": name, "update of": bench.tokens, "route": route}
        if route not in fitting:
            rows.append(row | {"ms": None, "over ours": None, "memory, GB": None})
            continue
        over = found[route].over(found["ours"])
        rows.append(row | {"ms": 1e3 * found[route].seconds, "over ours": over, "memory, GB": peak_of(route)})
        if route != "ours":
            ratios[f"{name}, {bench.tokens:,} tokens, update: time against {route}"] = over
    prepare("ours")
    return rows


def profile(worker: PolicyWorker, sequences: Sequence[TrainSequence]) -> str:
    """Where a pass's time goes, by kind of kernel."""
    from torch.profiler import ProfilerActivity
    from torch.profiler import profile as profiler

    run = passes(worker, sequences, 4)
    wall = seconds(run, worker.device, 3)  # the profiler takes time of its own
    with profiler(activities=[ProfilerActivity.CUDA]) as found:
        run()
        synchronize(worker.device)
    shares: dict[str, float] = dict.fromkeys(KERNELS, 0.0) | {"other": 0.0}
    for event in found.key_averages():
        kind = next((kind for kind, words in KERNELS.items() if any(w in event.key.lower() for w in words)), "other")
        shares[kind] += event.self_device_time_total / 1e6
    parts = [f"{kind} {100 * value / wall:.0f} %" for kind, value in shares.items()]
    return f"Of the time of four passes: {', '.join(parts)}, idle {100 * (1 - sum(shares.values()) / wall):.0f} %."


KERNELS = {  # kind -> parts of kernels' names
    "products": ("gemm", "nvjet", "cutlass", "xmma", "cublas"),
    "attention": ("flash", "fmha", "attention"),
    "compiled": ("triton",),
    "copies": ("memcpy", "memset", "copy"),
    "elementwise and sums": ("elementwise", "reduce", "softmax", "foreach", "index", "cat", "gather", "scatter"),
}


def without_gqa_flag() -> None:
    """Before torch 2.12 its kernel takes fewer heads of keys without being told."""
    if "enable_gqa" not in inspect.signature(varlen.varlen_attn).parameters:
        kernel = varlen.varlen_attn
        varlen.varlen_attn = lambda *given, enable_gqa, **named: kernel(*given, **named)


def parser_of(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description, parents=[common.parent()])
    parser.add_argument("--only", nargs="+", choices=[*MODELS, "tiny"], help="models (default: 1.5B and 7B)")
    parser.add_argument("--tokens", nargs="+", type=int, help="of a micro-batch (default: 4096 and 8192)")
    return parser


def chosen(description: str | None, parser: argparse.ArgumentParser) -> argparse.Namespace:
    args = common.arguments(description, parser)
    args.only = args.only or (["1.5B"] if args.quick else [*MODELS])
    args.tokens = args.tokens or ([4096] if args.quick else [4096, 8192])
    return args


def main() -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--micro-batches", type=int, help="of a timed update (default: 4, of the 7B 1)")
    parser.add_argument("--attention", nargs="+", help="default: varlen, flash where it is installed, packed_sdpa")
    parser.add_argument("--measure", action="store_true", help="on whatever there is, a CPU too")
    args = chosen(__doc__, parser)
    on_gpu = torch.cuda.is_available()
    if not (on_gpu or args.measure):
        print("update_gpu.py: no GPU here; update_count.py counts the same passes without one", file=sys.stderr)
        return 2
    without_gqa_flag()
    flash = ["flash"] if find_spec("flash_attn") else []
    kinds = args.attention or (["varlen", *flash, "packed_sdpa"] if on_gpu else ["packed_sdpa"])
    ways = [Way(kind, checkpointing, fused) for fused in (True, False) for kind in kinds
            for checkpointing in (False, True) if kind == kinds[0] or not checkpointing]  # fmt: skip
    result = common.Result("update_gpu", rows=[])
    for name in args.only:
        measure(name, ways, torch.device("cuda" if on_gpu else "cpu"), args, result)
        COMPILED.clear()
        gc.collect()
        torch.cuda.empty_cache()
    common.finish(args, result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
