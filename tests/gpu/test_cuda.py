"""What only a GPU can show: its kernels compute what a CPU computes, and nothing waits for it in between.

    make test-gpu
"""

from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import torch
from runs import TIMINGS, TINY, json_lines, rlvr
from small import small_config
from tiny import NumberTokenizer, asked

from oneshot_rlvr.config.schema import RunConfig, ShapeConfig
from oneshot_rlvr.learner import policy
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.learner.sequences import TokenSums, TrainSequence
from oneshot_rlvr.models import load
from oneshot_rlvr.models.load import place
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
from oneshot_rlvr.trainer.build import build_trained
from oneshot_rlvr.types import Sampling

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]
CPU, GPU, HALF = torch.device("cpu"), torch.device("cuda"), torch.bfloat16
SHAPE = ShapeConfig(
    hidden=128, layers=3, heads=4, kv_heads=2, ffn=192, vocab=301, max_positions=512, tied=True
)
WAYS = {  # dtype, attention, compile, checkpointing, offload
    "float32": (torch.float32, "auto", False, False, False),
    "grids": (HALF, "packed_sdpa", False, False, False),
    "varlen": (HALF, "varlen", False, False, False),
    "checkpointing": (HALF, "varlen", False, True, False),
    "compiled": (HALF, "auto", True, False, False),
    "compiled, checkpointing": (HALF, "auto", True, True, False),
    "offload": (HALF, "auto", False, False, True),
}


def worker_on(
    device: torch.device, dtype: torch.dtype, attention: str = "auto", fused: bool = False,
    checkpointing: bool = False, offload: bool = False,
) -> PolicyWorker:  # fmt: skip
    config: RunConfig = small_config(checkpointing=checkpointing, offload=offload)
    config.model.attention, config.model.compile = attention, fused
    model = load.random_model(SHAPE, NumberTokenizer(), 0)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter.mul_(3.0)  # distributions that tell right from wrong
    found = build_trained(config, model, device, dtype).policy
    assert isinstance(found, PolicyWorker) and found.reference is not None
    return found


def sequences() -> list[TrainSequence]:
    """Two prompts, each shared by unlike responses."""
    generator = torch.Generator().manual_seed(3)

    def ids(number: int) -> tuple[int, ...]:
        return tuple(torch.randint(3, SHAPE.vocab, (number,), generator=generator).tolist())

    found = []
    for prompt in (ids(40), ids(7)):
        for length in (90, 33, 1, 150):
            advantage = torch.randn((), generator=generator).expand(length)
            found.append(TrainSequence(prompt, ids(length), advantage, torch.zeros(length)))
    return found


def one_pass(worker: PolicyWorker) -> tuple[TokenSums, dict[str, torch.Tensor]]:
    """Sums, and gradients in main memory."""
    batch = sequences()
    weights = torch.full((len(batch),), 1 / sum(len(s.response_ids) for s in batch))
    sums = worker.forward_backward(batch, weights, [[0, 1, 2, 3], [4, 5], [6, 7]])
    names = [name for name, _ in worker.language_model.named_parameters()]
    return sums, {name: g.cpu() for name, g in zip(names, worker.trained.gradients()) if g is not None}


@pytest.fixture(scope="module")
def expected() -> tuple[TokenSums, dict[str, torch.Tensor]]:
    return one_pass(worker_on(CPU, torch.float32))


@pytest.mark.parametrize("way", WAYS)
def test_a_pass_computes_what_a_cpu_computes(
    way: str, expected: tuple[TokenSums, dict[str, torch.Tensor]]
) -> None:
    dtype, *rest = WAYS[way]
    worker = worker_on(GPU, dtype, *rest)
    sums, gradients = one_pass(worker)
    exact = dtype == torch.float32
    logprobs, theirs = (torch.cat([s.logprobs_B[i] for i in range(8)]) for s in (sums, expected[0]))
    assert (logprobs - theirs).abs().mean() < (1e-5 if exact else 0.03)
    entropies = [s.summed["policy/entropy"] for s in (sums, expected[0])]
    assert entropies[0] == pytest.approx(entropies[1], rel=1e-5 if exact else 0.01)
    assert gradients.keys() == expected[1].keys() and {g.dtype for g in gradients.values()} == {torch.float32}
    a, b = (torch.cat([g.flatten() for g in found.values()]) for found in (gradients, expected[1]))
    assert (a - b).norm() < (1e-4 if exact else 0.04) * b.norm()
    before = [p.clone() for p in worker.trained.master.parameters()]
    norm, _ = worker.trained.step()
    assert norm == pytest.approx(float(b.norm()), rel=1e-4 if exact else 0.03)
    for old, master, working in zip(before, worker.trained.master.parameters(), worker.model.parameters()):
        assert master.dtype == torch.float32 and not torch.equal(old, master)
        assert torch.equal(working, master.to(working.device, dtype))


@pytest.mark.parametrize("way", [way for way in WAYS if way != "offload"])
def test_nothing_waits_before_the_last_micro_batch_is_given(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """CUDA itself says so: a wait raises."""
    dtype, *rest = WAYS[way]
    worker = worker_on(GPU, dtype, *rest)
    one_pass(worker)  # what is compiled or made once is there
    read, modes = policy._read, []

    def reads(found: Any) -> TokenSums:
        modes.append(torch.cuda.get_sync_debug_mode())
        torch.cuda.set_sync_debug_mode("default")
        return read(found)

    monkeypatch.setattr(policy, "_read", reads)
    torch.cuda.set_sync_debug_mode("error")
    try:
        one_pass(worker)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert modes == [2]  # all was given while a wait would have raised


def test_samples_are_those_of_a_cpu() -> None:
    """In float32, token by token, drawn and greedy; log-probabilities too."""
    generator = torch.Generator().manual_seed(1)
    prompts = [tuple(torch.randint(3, SHAPE.vocab, (n,), generator=generator).tolist()) for n in (3, 20, 20, 41)]
    requests = [asked(prompt, seed) for seed, prompt in enumerate(prompts * 3)]
    found = {}
    for device in (CPU, GPU):
        model = load.random_model(SHAPE, NumberTokenizer(), 0)
        with torch.no_grad():
            model.get_input_embeddings().weight.mul_(8.0)  # type: ignore[union-attr, operator]
        place(model, device, torch.float32)
        sampler = TransformersSampler(model, NumberTokenizer(), 4096)  # type: ignore[arg-type]
        for temperature in (0.0, 1.0):
            sampling = Sampling(temperature=temperature, top_p=1.0, max_new_tokens=50, stop_ids=(2,))
            found[device.type, temperature] = sampler.generate(requests, sampling)
    for temperature in (0.0, 1.0):
        ours, theirs = found["cuda", temperature], found["cpu", temperature]
        assert [r.token_ids for r in ours] == [r.token_ids for r in theirs]
        logprobs = [torch.tensor([*chain(*(r.logprobs for r in rollouts))]) for rollouts in (ours, theirs)]
        assert torch.allclose(*logprobs, atol=2e-5)


def trained(folder: Path, *overrides: str) -> tuple[list[dict[str, Any]], str]:
    """Metrics of three steps of `rlvr train` with random rewards, so that there are gradients, and what it printed."""
    done = rlvr("train", *TINY, "reward=random", "optimizer.lr=1e-3", "trainer.total_steps=3",
                f"trainer.output_dir={folder}", *overrides)  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    (metrics,) = folder.rglob("metrics.jsonl")
    lines = [{k: v for k, v in line.items() if not k.startswith(TIMINGS)} for line in json_lines(metrics)]
    return lines, done.stdout + done.stderr


def test_a_run_in_float32_is_that_of_a_cpu(tmp_path: Path) -> None:
    ours, _ = trained(tmp_path / "gpu", "runtime.device=cuda", "model.dtype=float32")
    theirs, _ = trained(tmp_path / "cpu")
    assert len(ours) == 3
    for a, b in zip(ours, theirs):
        assert a == pytest.approx(b, rel=1e-3, abs=1e-5)


RUNS = {  # overrides, whether layers are compiled by themselves
    "compiled": ((), True),
    "not compiled": (("model.compile=false",), False),
    "offload": (("optimizer.offload=true",), True),
    "PPO": (("algorithm=ppo",), True),
    "adapters": (("model.lora.rank=4",), True),
    "Ray": (("runtime=ray",), False),
    "Ray, compiled": (("runtime=ray", "model.compile=true"), False),
}


@pytest.mark.parametrize("which", RUNS)
def test_a_run_in_half_precision(which: str, tmp_path: Path) -> None:
    """The trainer's log-probabilities are the sampler's but for rounding, and weights arrive."""
    if "Ray" in which:
        pytest.importorskip("ray")
    if which == "adapters":
        pytest.importorskip("peft")
    overrides, compiled = RUNS[which]
    lines, printed = trained(tmp_path, "runtime.device=cuda", *overrides)
    assert ("layers are compiled" in printed) == compiled
    assert all(0 < line["mismatch/mean"] < 0.02 and line["policy/grad_norm"] > 0 for line in lines)
