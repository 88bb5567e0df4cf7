"""Time of a step by phase as `--dry-run` estimates it: workers, samplers and lengths, by hand or another route."""

import math
import re

import pytest

from oneshot_rlvr.config import hardware, step_time
from oneshot_rlvr.config.hardware import GIB, Gpu
from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.memory import memory_estimate
from oneshot_rlvr.config.schema import RunConfig, ShapeConfig
from oneshot_rlvr.config.shapes import model_shape
from oneshot_rlvr.config.step_time import Machine, StepTime, find_machine
from oneshot_rlvr.config.workers import worker_counts
from oneshot_rlvr.trainer.dry_run import describe

P = 1_543_714_304  # Qwen2.5-Math-1.5B
CACHED = 28_672  # bytes of its cache for a token: k and v, 28 layers, 2 heads of 128, 2 bytes
MEAN = 800.0


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch)


def machine(monkeypatch: pytest.MonkeyPatch, gpus: int = 0, vllm: bool = False) -> None:
    for module in (hardware, step_time):
        monkeypatch.setattr(module, "gpus", lambda: [Gpu("NVIDIA A100-SXM4-80GB", 80 * GIB)] * gpus)
    monkeypatch.setattr(hardware, "vllm_installed", lambda: vllm)


def planned(*overrides: str, experiment: str = "pi1_r128") -> tuple[RunConfig, ShapeConfig, Machine]:
    config = load_run_config([f"+experiment={experiment}", "rollout=vllm", *overrides])
    shape = model_shape(config.model)
    assert shape is not None
    found = find_machine(config, shape)
    assert found is not None
    return config, shape, found


def of(mean: float, *overrides: str) -> StepTime:
    return step_time.step_time(*planned(*overrides), mean)


def test_a_step_on_eight_gpus_is_what_was_worked_out_apart_from_it() -> None:
    """1,024 responses of mean 800: sums by integrals and in round figures, stated in docs/distributed.md."""
    found = of(MEAN, "runtime=ray")
    scale = 819.7  # 819.7 (1 - exp(-3072 / 819.7)) = 800
    tokens_held = 150 * MEAN + scale**2 * (1 - math.exp(-3072 / scale) * (1 + 3072 / scale))
    rate = 0.75 * 2.039e12
    crossing = scale * math.log(128 / (156e12 / rate))  # until there products take longer than reading weights
    products = 128 * 2 * P / 156e12 * scale * (1 - math.exp(-crossing / scale))
    weights = 2 * P / rate * (3072 - crossing)
    assert found.sampling == pytest.approx(products + weights + 128 * tokens_held * CACHED / rate + 6.144, rel=0.01)
    start = scale * math.log(10)
    held_last = 128 * scale * ((150 + start + scale) / 10 - (150 + 3072 + scale) * math.exp(-3072 / scale))
    assert found.tail == pytest.approx((3072 - start) * (2 * P / rate + 2e-3) + held_last * CACHED / rate, rel=0.01)
    # 105,000 tokens a GPU, 15.4 GFLOP each and 2.6 % for attention, at 125 TFLOP/s
    assert found.update == pytest.approx(104_800 * 10 * P * 1.026 / 124.8e12, rel=0.005)
    assert found.collectives == pytest.approx(5 * 10 * P * 7 / 8 / 200e9)  # weights twice, gradients, the reference
    assert found.handover == pytest.approx(1 + 2 * P / 10e9) and found.rest == 0.7
    assert found.checkpoint == pytest.approx(14 * P / 1.4e9 / 20)
    assert 10 / 20 < found.validation < 15 / 20 and found.offload == 0
    assert 30 < found.total < 33 and 17 < found.total * 2000 / 3600 < 18
    assert 180 < of(MEAN, "runtime=ray", "rollout=transformers").total < 195


def test_workers_share_the_update_and_what_they_hold() -> None:
    eight, four = (of(MEAN, "runtime=ray", f"runtime.policy_workers={n}") for n in (8, 4))
    alone = of(MEAN)
    assert alone.update == pytest.approx(8 * eight.update) and four.update == pytest.approx(2 * eight.update)
    assert alone.collectives == 0 and eight.sampling < four.sampling < alone.sampling
    assert alone.handover == eight.handover
    text = describe(load_run_config(["+experiment=pi1_r128", "runtime=ray"]))
    config, shape, _ = planned("runtime=ray")
    memory = memory_estimate(config, shape, True, 80 * GIB, workers=8)
    assert f"memory            {memory.total / GIB:.1f} GiB on each of 8 GPUs that train (estimate)" in text
    assert memory.weights == 4 * P / 8
    assert "on 8 A100, which are not here (312 TFLOP/s, 2.04 TB/s): 8 train, 8 samplers" in text
    total = re.search(r"^ +a step +([\d.]+) ", text, re.MULTILINE)
    assert total and float(total[1]) == pytest.approx(of(768.0, "runtime=ray").total, abs=0.006)


@pytest.mark.parametrize(("settings", "gpus", "counts"), [
    ("", 4, (1, 1)), ("runtime=ray", 4, (4, 4)), ("runtime=ray", 0, (8, 8)),
    ("runtime=ray runtime.policy_workers=2", 4, (2, 2)), ("runtime=ray rollout.placement=split", 0, (4, 4)),
    ("runtime=ray rollout.placement=split rollout.vllm.tensor_parallel=2 runtime.policy_workers=2", 8, (2, 3)),
])  # fmt: skip
def test_workers_are_those_asked_for_or_one_a_gpu(
    settings: str, gpus: int, counts: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(monkeypatch, gpus)
    config, _, found = planned(*settings.split())
    assert (found.trainers, found.samplers) == counts and found.here is bool(gpus)
    if config.runtime.name == "ray":
        assert worker_counts(config.runtime, config.rollout, gpus or 8) == counts


def test_responses_wait_for_a_slot_and_all_of_one_length_end_together() -> None:
    """2,048 on two engines of 256 slots, each of 100 tokens: four rounds of 100 decode steps with 50 tokens held."""
    config, shape, _ = planned("rollout.max_new_tokens=100", "data.max_prompt_tokens=1", "data.prompts_per_step=256",
                               "data.copies=256")  # fmt: skip
    two = Machine("A100", 312e12, 80 * GIB, 2.039e12, True, 1, 2)
    rate = 0.75 * 2.039e12
    a_step = 2 * P * 256 / 156e12 + 256 * (1 + 49.5) * CACHED / rate + 2e-3
    assert step_time.step_time(config, shape, two, 100).sampling == pytest.approx(4 * 100 * a_step)
    # a cache of 0.1 GiB holds 74 such sequences
    small = load_run_config(["+experiment=pi1_r128", "rollout=vllm", "rollout.vllm.kv_cache_gb=0.1",
                             "rollout.max_new_tokens=100", "data.max_prompt_tokens=1", "data.prompts_per_step=256",
                             "data.copies=256"])  # fmt: skip
    slots = 0.1 * GIB / (CACHED * 50.5)
    a_step = 2 * P * max(slots / 156e12, 1 / rate) + slots * 50.5 * CACHED / rate + 2e-3
    assert step_time.step_time(small, shape, two, 100).sampling == pytest.approx(1024 / slots * 100 * a_step)


@pytest.mark.parametrize("share", [0.05, 0.25, 0.6, 0.9])
def test_lengths_have_the_mean_that_was_asked_for(share: float) -> None:
    scale = step_time._scale(share * 3072, 3072)
    assert sum(math.exp(-t / scale) for t in range(3072)) == pytest.approx(share * 3072, rel=0.005)


def test_the_embedded_sampler_runs_every_batch_to_the_limit() -> None:
    """128 rollouts a GPU of 150 + 3,072 tokens in 262,144: two batches of 81; 28 ms a token."""
    for mean in (100.0, MEAN):
        assert of(mean, "runtime=ray", "rollout=transformers").sampling == pytest.approx(2 * 3072 * 0.028)


def sampler_line(*settings: str) -> tuple[str, str]:
    """What a dry run counts, and the line about the other sampler ("" on a CPU)."""
    text = describe(load_run_config(["+experiment=pi1_r128", *settings]))
    other = re.search(r"with rollout=(\w+), mean 768", text)
    counted = re.search(r"^sampler +(.*)$", text, re.MULTILINE)
    assert counted
    return counted[1], other[1] if other else ""


def test_it_says_which_sampler_it_counts_and_names_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = "rollout=auto: counted with vllm, as if it were installed on that GPU"
    assert sampler_line() == (planned, "transformers")
    assert sampler_line("rollout=transformers") == ("rollout=transformers", "vllm")
    assert sampler_line("runtime.device=cpu") == ("rollout=auto: samples with transformers (no GPU here)", "")
    machine(monkeypatch, gpus=1)
    assert sampler_line() == ("rollout=auto: samples with transformers (vLLM is not installed here)", "vllm")
    machine(monkeypatch, gpus=1, vllm=True)
    assert sampler_line() == ("rollout=auto: samples with vllm (vLLM is installed and there is a GPU)", "transformers")


def test_buffers_of_a_hand_over_count_where_no_gradient_does() -> None:
    """7B: the embedding of 1,089,994,752 bytes is larger than vLLM's buffer and than a gathered group."""
    config, shape, _ = planned("runtime=ray", experiment="pi1_r128_7b")
    embedding = 2 * 152_064 * 3584
    memory = memory_estimate(config, shape, True, 80 * GIB, workers=8)
    assert memory.handover == 3 * embedding
    alone = memory_estimate(load_run_config(["+experiment=pi1_r128_7b", "rollout=vllm"]), shape, True, 80 * GIB)
    assert alone.handover == 2 * embedding
    assert memory_estimate(config, shape, False, 80 * GIB).handover == 0
    # Adapters have next to no gradients: with the engine awake a hand-over is what takes most, in small batches.
    config = load_run_config(["+experiment=pi1_r128", "rollout=vllm", "model.lora.rank=1", "data.max_prompt_tokens=8",
                              "rollout.max_new_tokens=8", "trainer.micro_batch_tokens=16"])  # fmt: skip
    shape = model_shape(config.model)
    assert shape is not None
    memory = memory_estimate(config, shape, True, 80 * GIB)
    held = memory.weights + memory.optimizer + memory.reference + memory.sampler + memory.kv_cache
    assert memory.handover == 2 << 30 and memory.total == held + memory.handover


def test_supervised_training_samples_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["+experiment=sandbox_programs_skill", "data.demonstrations=text.jsonl"]
    config = load_run_config(words)
    shape = model_shape(config.model)
    assert shape is not None
    found = step_time.step_time(config, shape, None, 64.0)
    assert found.sampling == 0 and found.total == found.update > 0
    said = describe(config)
    assert "  sampling  " not in said
    assert re.search(r"tokens a step +at most [\d,]+ of prompts, [\d,]+ of responses", said)
    machine(monkeypatch, gpus=1)
    assert "of sampling" not in describe(load_run_config([*words, "rollout=transformers"]))
