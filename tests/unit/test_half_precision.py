"""Passes in half precision as a GPU makes them: what kernels are given, and that nothing waits for the device."""

import gc
import json
import shutil
import subprocess
import sys
import threading
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from small import GRPO, one_update, sequences, small_config, small_workers
from test_models import plain_varlen
from torch import Tensor, nn

from oneshot_rlvr.config.schema import CompatConfig, OptimizerConfig
from oneshot_rlvr.learner.estimate import Workers
from oneshot_rlvr.learner.optimizer import Trained
from oneshot_rlvr.models import attention, load
from oneshot_rlvr.models.logprobs import graph_limit
from oneshot_rlvr.models.plain import Scores

HALF = torch.bfloat16
PPO = replace(GRPO, name="ppo", kl_in_reward=True)
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize(("rank", "algorithm"), [(0, GRPO), (4, GRPO), (4, PPO)], ids=["whole", "adapters", "critic"])
def test_flash_attention_is_given_half_precision_throughout(
    rank: int, algorithm: object, checkpointing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes nothing else; float32 weights under autocast would give it float32 queries and keys."""
    if rank:
        pytest.importorskip("peft")
    seen: list[torch.dtype] = []

    def kernel(
        self: attention.VarlenLayout, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scores: Scores
    ) -> torch.Tensor:
        seen.extend((q.dtype, k.dtype, v.dtype))
        return plain_varlen(self, q, k, v, scores)

    monkeypatch.setattr(attention.VarlenLayout, "kernel", kernel)
    config = small_config(rank, algorithm, checkpointing)  # type: ignore[arg-type]
    config.model.attention = "varlen"
    workers = small_workers(config, HALF)
    passes(workers)
    assert len(seen) >= 12 and set(seen) == {HALF}


def passes(workers: Workers) -> None:
    batch = [replace(s, returns=s.advantages, values=0 * s.advantages) for s in sequences()]
    weights = torch.full((len(batch),), 1 / sum(len(s.response_ids) for s in batch))
    for part in (workers.policy, workers.critic):
        if part is not None:
            part.forward_backward(batch, weights, [range(len(batch))])  # type: ignore[union-attr]


def test_float32_masters_are_beside_the_weights_that_passes_are_made_with() -> None:
    trained = small_workers(small_config(), HALF).policy.trained
    assert {p.dtype for p in trained.module.parameters()} == {HALF}
    assert {p.dtype for p in trained.master.parameters()} == {torch.float32}
    full = small_workers(small_config()).policy.trained
    assert full.master is full.module


def test_masters_step_as_those_of_offload_do() -> None:
    """All parameters at once, or with offload one after the other."""
    at_once, one_by_one = (small_workers(small_config(offload=x), HALF) for x in (False, True))
    for _ in range(3):
        assert one_update(at_once).values == one_update(one_by_one).values
    for a, b in zip(at_once.policy.trained.master.parameters(), one_by_one.policy.trained.master.parameters()):
        assert torch.equal(a, b) and a.grad is None
    for a, b in zip(at_once.policy.model.parameters(), at_once.policy.trained.master.parameters()):
        assert torch.equal(a, b.to(HALF)) and a.grad is None


def test_gradients_of_micro_batches_are_summed_in_float32_away_from_the_weights() -> None:
    """1 + 2^-9 is 1 in bfloat16."""
    layer = torch.nn.Linear(1, 1, bias=False, dtype=HALF)
    trained = Trained(layer, OptimizerConfig(), CompatConfig())
    for size in (1.0, 2.0**-9):
        (layer.weight * size).sum().backward()
        assert layer.weight.grad is None
    (total,) = trained.gradients()
    assert total is not None and total.dtype == torch.float32 and total.item() == trained.gradient_norm() == 1 + 2**-9
    trained.zero_grad()
    assert trained.gradients() == [None]


def test_layers_are_compiled_in_half_precision_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu, cpu = torch.device("cuda"), torch.device("cpu")
    monkeypatch.setattr(load, "missing_to_compile", lambda on_gpu: None)
    assert load.choose_compile(None, gpu, HALF)
    assert not load.choose_compile(None, gpu, torch.float32)
    assert not load.choose_compile(None, cpu, HALF)
    assert load.choose_compile(True, gpu, HALF)
    assert not load.choose_compile(False, gpu, HALF)
    monkeypatch.setattr(load, "missing_to_compile", lambda on_gpu: "Triton")
    assert not load.choose_compile(None, gpu, HALF)


def counted(tmp_path: Path, before: str = "") -> subprocess.CompletedProcess[str]:
    """Of a tiny model on a device that computes nothing, in a process of its own: torch takes one such device."""
    words = ["update_count.py", "--only", "tiny", "--tokens", "500", "--json", str(tmp_path / "found.json")]
    code = f"import sys, update_count\nsys.argv = {words}\n{before}\nupdate_count.main()"
    return subprocess.run([sys.executable, "-c", code], cwd=BENCHMARKS, capture_output=True, text=True, timeout=300)


def test_a_pass_waits_for_nothing_and_computes_little_twice(tmp_path: Path) -> None:
    """No number is read and no tensor of main memory used before the last pass has been given to the device."""
    run = counted(tmp_path)
    assert run.returncode == 0, run.stderr[-2000:]
    plain, checkpointed = json.loads((tmp_path / "found.json").read_text())["rows"]
    assert 1 < plain["TFLOP"] / plain["model TFLOP"] < 1.1  # the head's logits, for the gradient
    assert 1.2 < checkpointed["TFLOP"] / checkpointed["model TFLOP"] < 1.4  # and the layers
    assert checkpointed["memory, GB"] < 0.6 * plain["memory, GB"]


def test_a_pass_that_waits_is_found(tmp_path: Path) -> None:
    waits = """
from oneshot_rlvr.learner.policy import PolicyWorker
loss = PolicyWorker._loss
def waits(*given):
    found = loss(*given)
    found[0].item()
    return found
PolicyWorker._loss = waits
"""
    run = counted(tmp_path, waits)
    assert run.returncode == 1 and "a number was read of the device before" in run.stderr


def masked_varlen(
    self: attention.VarlenLayout, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scores: Scores
) -> torch.Tensor:
    """In operations that torch.compile takes, as it takes the kernel, and of all that the kernel is given."""
    place = torch.arange(len(q))
    owner = torch.bucketize(place, self.cu_seqlens[1:], right=True)
    mask = (owner[:, None] == owner).tril() & (place[:, None] - place < self.longest)
    one = (x.transpose(0, 1)[None] for x in (q, k, v))
    out = F.scaled_dot_product_attention(*one, attn_mask=mask, scale=scores.scale, enable_gqa=True)
    return out[0].transpose(0, 1)


def are_compiled(workers: Workers) -> bool:
    layers = next(m for m in workers.policy.language_model.modules() if isinstance(m, nn.ModuleList))  # type: ignore[union-attr]
    return all(layer._compiled_call_impl is not None for layer in layers)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_is_trained_goes_when_nobody_holds_it(dtype: torch.dtype) -> None:
    """Through hooks of weights the garbage collector does not see."""
    module = nn.Linear(4, 4, dtype=dtype)
    trained = Trained(module, OptimizerConfig(), CompatConfig())
    module(torch.ones(2, 4, dtype=dtype)).sum().backward()
    assert all(g is not None and g.dtype == torch.float32 for g in trained.gradients())
    left = [weakref.ref(x) for x in (trained, module, module.weight)]
    del module, trained
    gc.collect()
    assert [x() for x in left] == [None] * 3


def test_the_limit_of_graphs_holds_in_every_thread() -> None:
    """Backward passes of a GPU, and whoever trains in another thread than he built the model in."""
    torch.compiler.reset()
    graphs: list[object] = []

    def doubled(x: Tensor, label: str) -> Tensor:
        return 2 * x + len(label)

    def counting(graph: torch.fx.GraphModule, _: object) -> object:
        graphs.append(graph)
        return graph.forward

    function = torch.compile(doubled, backend=counting, **graph_limit())
    thread = threading.Thread(target=lambda: [function(torch.ones(2), "x" * n) for n in range(12)])
    thread.start()
    thread.join()
    assert len(graphs) == 12


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
@pytest.mark.parametrize(("layout", "rank"), [("packed_sdpa", 0), ("varlen", 0), ("varlen", 4)])
def test_compiled_passes_equal_plain_ones(layout: str, rank: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for all layers, lengths of micro-batches and passes, with checkpointing and without; with adapters too."""
    if rank:
        pytest.importorskip("peft")
    monkeypatch.setattr(attention.VarlenLayout, "kernel", masked_varlen)
    torch.compiler.reset()
    counted = torch._dynamo.utils.counters
    counted.clear()

    def built(compiled: bool, checkpointing: bool) -> Workers:
        config = small_config(rank, checkpointing=checkpointing, lr=1e-5)  # rounding does not grow from step to step
        config.model.attention, config.model.compile = layout, compiled
        return small_workers(config, HALF)

    graphs = []
    with torch._dynamo.config.patch(fail_on_recompile_limit_hit=True):
        for checkpointing in (False, True) if not rank else (True,):
            plain, fused = built(False, checkpointing), built(True, checkpointing)
            assert are_compiled(fused) and not are_compiled(plain)
            for micro_batch_tokens in (40, 60, 200, 1):
                ours, theirs = (one_update(workers, micro_batch_tokens) for workers in (fused, plain))
                assert ours.values["policy/grad_norm"] == pytest.approx(theirs.values["policy/grad_norm"], rel=0.02)
                assert ours.values["policy/loss"] == pytest.approx(theirs.values["policy/loss"], abs=2e-3)
                graphs.append(counted["stats"]["unique_graphs"])
            batch = sequences()
            scores = [torch.cat(w.policy.logprobs(batch, [range(len(batch))])) for w in (fused, plain)]  # type: ignore[union-attr]
            assert (scores[0] - scores[1]).abs().mean() < 0.02
    assert graphs[2] == graphs[1] > 0  # lengths are new once
    if layout == "varlen":  # a layer is one graph, also where gradients are held when something new is compiled
        assert not counted["graph_break"]
