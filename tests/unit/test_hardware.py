"""Presets for small hardware, the memory they are estimated to take, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from oneshot_rlvr.config import hardware, step_time
from oneshot_rlvr.config.hardware import GIB, GPUS, Gpu
from oneshot_rlvr.config.load import load_run_config, resolved_yaml
from oneshot_rlvr.config.memory import ROOM, choose_checkpointing, memory_estimate
from oneshot_rlvr.config.overrides import group_options
from oneshot_rlvr.config.schema import LoraConfig, RunConfig, ShapeConfig
from oneshot_rlvr.config.shapes import known_shapes, model_shape, num_adapter_parameters
from oneshot_rlvr.config.step_time import find_machine, flops_estimate, offload_seconds
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.trainer import preflight
from oneshot_rlvr.trainer.dry_run import describe

# Preset -> the largest of the paper's models that it is for, by an experiment with it.
LARGEST = {
    "gpu16": "pi1_r128", "gpu16_4bit": "pi1_r128_llama", "gpu24": "pi1_r128", "gpu24_4bit": "pi1_r128_7b",
    "gpu24_lora": "pi1_r128_llama", "gpu40": "pi1_r128",
    "gpu40_8bit": "pi1_r128", "gpu40_lora": "pi1_r128_7b", "gpu48": "pi1_r128", "gpu80": "pi1_r128",
    "gpu80_7b": "pi1_r128_7b",
}  # fmt: skip
SHAPE = ShapeConfig(hidden=8, layers=2, heads=2, kv_heads=1, ffn=16, vocab=10, max_positions=512, tied=True)
P = 1304  # its weights, counted in test_config.py


def refused(*overrides: str) -> str:
    with pytest.raises(UserError) as caught:
        preflight.check(load_run_config(list(overrides)))
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_every_preset_is_known() -> None:
    assert group_options("hardware") == sorted(LARGEST)


@pytest.mark.parametrize("engine", ["transformers", "vllm"])
@pytest.mark.parametrize("preset", LARGEST)
def test_a_preset_is_estimated_to_fit_with_a_tenth_left(preset: str, engine: str) -> None:
    experiments = {"pi1_r128", LARGEST[preset]}
    for experiment in experiments:
        config = load_run_config([f"+experiment={experiment}", f"rollout={engine}", f"hardware={preset}"])
        preflight.check_settings(config)
        shape = model_shape(config.model)
        assert shape is not None
        room = GPUS[config.runtime.planned_gpu][1] * GIB
        memory = memory_estimate(config, shape, True, room)
        assert memory.total <= 0.9 * room, f"{experiment}: {memory.total / GIB:.1f} GiB"
        assert memory.host <= 90 * GIB
        assert config.trainer.micro_batch_tokens >= 4096  # a whole sequence


@pytest.mark.parametrize("preset", LARGEST)
def test_the_dry_run_speaks_of_the_planned_gpu(preset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_time, "gpus", list)
    config = load_run_config([f"+experiment={LARGEST[preset]}", f"hardware={preset}"])
    text = describe(config)
    name = config.runtime.planned_gpu
    assert f"on one {name}, which is not here ({GPUS[name][0] / 1e12:.0f} TFLOP/s, " in text
    assert "more than the" not in text
    assert ("of main memory: float32 weights and moments" in text) is config.optimizer.offload
    assert ("adapters of rank 32" in text) is (config.model.lora.rank == 32)
    assert ("on a base in nf4" in text) is preset.endswith("_4bit")
    assert len(resolved_yaml(config).splitlines()) <= 200


def test_a_preset_has_the_last_word_wherever_it_stands() -> None:
    """Nothing of the experiment undoes it; a key on the command line does."""
    for overrides in (["+experiment=pi1_r128", "hardware=gpu24"], ["hardware=gpu24", "+experiment=pi1_r128"]):
        config = load_run_config([*overrides, "trainer.micro_batch_tokens=5000"])
        assert config.optimizer.offload and config.trainer.micro_batch_tokens == 5000
        assert config.experiment == "pi1_r128" and config.data.copies == 128
    changed = {"micro_batch_tokens"}
    plain = load_run_config(["+experiment=pi1_r128"])
    preset = load_run_config(["+experiment=pi1_r128", "hardware=gpu24"])
    for section in ("algorithm", "data", "reward", "eval", "compat", "model"):
        assert getattr(plain, section) == getattr(preset, section)
    assert {k for k, v in vars(plain.trainer).items() if v != getattr(preset.trainer, k)} == changed


# Estimates, by hand


def estimate(*overrides: str, on_gpu: bool = True, room: float = 0.0, workers: int = 1):
    return memory_estimate(load_run_config(["+experiment=sandbox_oneshot", *overrides]), SHAPE, on_gpu, room, workers)


def test_memory_of_the_ways_to_save_it() -> None:
    plain = estimate("algorithm.kl_coef=0.1")
    assert (plain.weights, plain.gradients, plain.optimizer) == (6 * P, 4 * P, 8 * P)  # float32 and bfloat16
    assert (plain.compute_copy, plain.reference, plain.sampler, plain.host) == (0, 2 * P, 2 * P, 0)
    sharded = estimate("algorithm.kl_coef=0.1", "runtime=ray")
    assert (sharded.weights, sharded.compute_copy) == (4 * P, 2 * P)
    small = estimate("algorithm.kl_coef=0.1", "optimizer.name=adamw_8bit")
    assert small.optimizer == 2.03125 * P and small.weights == 6 * P
    moved = estimate("algorithm.kl_coef=0.1", "optimizer.offload=true")
    assert (moved.weights, moved.gradients, moved.optimizer, moved.compute_copy) == (2 * P, 4 * P, 0, 0)
    assert moved.host == 12 * P
    on_cpu = estimate("algorithm.kl_coef=0.1", "optimizer.offload=true", on_gpu=False)
    assert (on_cpu.weights, on_cpu.optimizer, on_cpu.host) == (8 * P, 8 * P, 0)
    adapted = estimate("algorithm.kl_coef=0.1", "model.lora.rank=3")
    # rank 3, 2 layers: q, o 8 + 8; k, v 8 + 4; gate, up, down 8 + 16
    adapters = 3 * 2 * (2 * 16 + 2 * 12 + 3 * 24)
    assert num_adapter_parameters(SHAPE, LoraConfig(rank=3)) == adapters == 768
    assert (adapted.weights, adapted.gradients) == (2 * P + 4 * adapters, 4 * adapters)
    packed = estimate("algorithm.kl_coef=0.1", "model.lora.rank=3", "model.lora.quantization=nf4")
    # 2 layers: q, o 8 x 8; k, v 8 x 4; gate, up, down 8 x 16: 4 bits each, 8 for 64 of them, and 32 for 256 of those
    linear = 2 * (2 * 64 + 2 * 32 + 3 * 128)
    assert packed.weights == linear / 2 * (1 + 1 / 32 + 1 / 2048) + 2 * (P - linear) + 4 * adapters
    assert (packed.sampler, packed.gradients) == (2 * P, 4 * adapters)
    assert (adapted.optimizer, adapted.reference, adapted.compute_copy) == (8 * adapters, 0, 0)
    critic = estimate("algorithm=ppo", "model.lora.rank=3")  # trained whole
    assert critic.weights == 2 * P + 4 * adapters + 6 * P and critic.optimizer == 8 * (adapters + P)
    assert plain.total == plain.weights + plain.optimizer + plain.reference + max(
        plain.gradients + plain.compute_copy + plain.activations + plain.head + plain.sampler,
        plain.sampler + plain.kv_cache,
    )  # fmt: skip
    assert plain.least == (6 + 8 + 2 + 4 + 2) * P  # with no activations; the cache shrinks with the batch
    assert estimate("algorithm.kl_coef=0.1", "runtime=ray", workers=2).weights == 2 * P


MEASURED = [  # model, tokens, checkpointing, compiled, GB on an H200 (docs/performance.md)
    ("", 4096, False, True, 10.8), ("", 4096, True, True, 2.25), ("", 4096, False, False, 14.3),
    ("", 4096, True, False, 2.23), ("", 8192, False, True, 19.8), ("", 8192, True, True, 2.67),
    ("", 8192, False, False, 26.7), ("", 8192, True, False, 2.65), ("_7b", 4096, False, True, 22.7),
    ("_7b", 4096, True, True, 4.24), ("_7b", 4096, False, False, 30.4),
]  # fmt: skip


@pytest.mark.parametrize(("model", "tokens", "checkpointing", "compiled", "measured"), MEASURED)
def test_memory_of_a_pass_is_what_a_gpu_took(
    model: str, tokens: int, checkpointing: bool, compiled: bool, measured: float
) -> None:
    config = load_run_config([
        f"+experiment=pi1_r128{model}", f"trainer.micro_batch_tokens={tokens}",
        f"model.gradient_checkpointing={checkpointing}", f"model.compile={compiled}",
    ])  # fmt: skip
    shape = model_shape(config.model)
    assert shape is not None
    memory = memory_estimate(config, shape, on_gpu=True)
    assert (memory.activations + memory.head) / 1e9 == pytest.approx(measured, rel=0.06)


def test_memory_of_an_engine_beside_the_trainer() -> None:
    awake = estimate("rollout=vllm", "rollout.vllm.gpu_memory_utilization=0.25", "algorithm.kl_coef=0", room=1e6)
    assert awake.sampler + awake.kv_cache == 0.25e6 and awake.keeps_cache and not awake.sleeps
    assert awake.least == 14 * P + 4 * P + 0.25e6
    asleep = estimate("rollout=vllm", "rollout.vllm.gpu_memory_utilization=0.25", "rollout.vllm.sleep=true",
                      "algorithm.kl_coef=0", room=1e6)  # fmt: skip
    assert asleep.least == 14 * P + 0.25e6  # gradients come while it sleeps
    fixed = estimate("rollout=vllm", "rollout.vllm.kv_cache_gb=2", room=1e6)
    assert fixed.kv_cache == 2 * GIB
    split = estimate("runtime=ray", "rollout.placement=split", room=1e6)
    assert split.sampler == split.kv_cache == 0


def test_time_of_the_ways_to_save_memory() -> None:
    def train(*overrides: str) -> float:
        config = load_run_config(["+experiment=sandbox_oneshot", "algorithm.kl_coef=0.1", *overrides])
        return flops_estimate(config, SHAPE, 10).train

    # forward 1, backward 2, reference 1; a frozen base saves 1
    assert train("model.lora.rank=3") == pytest.approx(3 / 4 * train())
    config = load_run_config(["+experiment=sandbox_oneshot", "optimizer.offload=true"])
    assert offload_seconds(config, SHAPE) == pytest.approx(P * (6 / 12e9 + 28 / 20e9))
    assert offload_seconds(load_run_config(["+experiment=sandbox_oneshot"]), SHAPE) == 0


def test_adapters_of_the_main_model() -> None:
    """28 layers of rank 32: q, o 1,536 + 1,536; k, v 1,536 + 256; the MLP's three 1,536 + 8,960."""
    shape = known_shapes()["Qwen/Qwen2.5-Math-1.5B"]
    assert num_adapter_parameters(shape, LoraConfig(rank=32)) == 28 * 32 * (2 * 3072 + 2 * 1792 + 3 * 10496)
    assert num_adapter_parameters(shape, RunConfig().model.lora) == 0


# Refusals

BASE = ("data.examples=[pi1]", "data.copies=128", "model=tiny_random", "data.validation=null")


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ("model.lora.rank=-1", "model.lora.rank=-1: must be at least 0"),
        ("model.lora.rank=4 model.lora.alpha=0", "model.lora.alpha=0.0: must be above 0"),
        ("model.lora.rank=4 model.lora.targets=[q_prj]", "model.lora.targets=q_prj: not known; did you mean 'q_proj'?"),
        ("model.lora.rank=4 model.lora.targets=[]", "model.lora.targets=[]: no layer gets an adapter"),
        ("model.lora.rank=4 model.lora.targets=lm_head", "model.lora.targets=lm_head: not known"),
        ("model.lora.quantization=nf4", "a base in 4 bits is not trained; give adapters too, model.lora.rank=32"),
        ("model.lora.quantization=nf3", "model.lora.quantization=nf3: not known; did you mean 'nf4'?"),
        ("model.lora.rank=4 model.lora.quantization=nf4 runtime.name=ray", "packed weights cannot be"),
        ("model.lora.rank=4 model.lora.quantization=nf4 model.compile=true model.dtype=bfloat16", "are not compiled"),
        ("model.lora.rank=4 optimizer.offload=true", "the optimizer of adapters is small; drop either"),
        ("optimizer.name=adamw8bit", "optimizer.name=adamw8bit: not known; did you mean 'adamw_8bit'?"),
        ("optimizer.name=adamw_8bit optimizer.offload=true", "need not be small; drop either"),
        ("optimizer.offload=true runtime.name=ray", "optimizer.offload=true: with runtime=ray"),
        ("optimizer.name=adamw_8bit runtime.name=ray", "optimizer.name=adamw_8bit: with runtime=ray"),
        ("runtime.planned_gpu=A10", "runtime.planned_gpu=A10: not known; did you mean 'A100'?"),
        ("model.attention=varlen model.dtype=bfloat16 runtime.device=cpu", "model.attention=varlen: it needs a GPU"),
        ("model.attention=flash model.dtype=bfloat16 runtime.device=cpu", "model.attention=flash: it needs a GPU"),
        ("model.compile=true model.dtype=float32", "model.compile=true: it is for passes in half precision"),
    ],
)
def test_a_mistake_is_one_line(overrides: str, said: str) -> None:
    assert said in refused(*BASE, *overrides.split())


def test_an_unknown_preset_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="hardware=gpu42: no such file in configs/hardware/; did you mean 'gpu4"):
        load_run_config(["+experiment=pi1_r128", "hardware=gpu42"])


@pytest.mark.parametrize(
    ("override", "package"),
    [("model.lora.rank=4", "peft"), ("optimizer.name=adamw_8bit", "bitsandbytes"),
     ("model.lora.quantization=nf4 model.lora.rank=4", "bitsandbytes")],
)  # fmt: skip
def test_a_missing_package_is_asked_for(override: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = preflight.find_spec
    monkeypatch.setattr(preflight, "find_spec", lambda name: None if name == package else found(name))
    said = refused(*BASE, *override.split())
    assert f"{package} is not installed here; pip install -c constraints.txt -e '.[small]'" in said
    assert said.startswith(override.split()[0])
    preflight.check(load_run_config(list(BASE)))


def test_what_a_gpu_needs_beside_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(hardware, "gpus", lambda: [Gpu("large", 80 * GIB)])
    monkeypatch.setattr(hardware, "find_spec", lambda name: object())
    monkeypatch.setattr(hardware.sysconfig, "get_path", lambda name: str(tmp_path))
    assert "needs Python's headers (Python.h)" in refused(*BASE, "model.compile=true")
    (tmp_path / "Python.h").touch()
    preflight.check(load_run_config([*BASE, "model.attention=varlen", "model.compile=true"]))
    assert "model.attention=varlen: it needs" in refused(*BASE, "model.attention=varlen", "model.dtype=float32")
    if preflight.find_spec("flash_attn") is None:
        assert "flash-attn is not installed here" in refused(*BASE, "model.attention=flash")
    monkeypatch.setattr(hardware, "find_spec", lambda name: None)
    assert "it needs Triton; leave it out" in refused(*BASE, "model.compile=true")
    monkeypatch.setattr(hardware.shutil, "which", lambda name: None)
    monkeypatch.delenv("CC", raising=False)
    assert "it needs a compiler (gcc or clang is not on the PATH)" in refused(*BASE, "model.compile=true")


def test_a_compiler_that_is_named_is_the_only_one_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware.shutil, "which", lambda name: f"/usr/bin/{name}" if name in ("g++", "mine") else None)
    monkeypatch.delenv("CXX", raising=False)
    assert hardware.missing_to_compile(on_gpu=False) is None
    monkeypatch.setenv("CXX", "ccache g++")
    assert hardware.missing_to_compile(on_gpu=False) == "a compiler (CXX=ccache g++ is not on the PATH)"
    monkeypatch.setenv("CXX", "mine")
    assert hardware.missing_to_compile(on_gpu=False) is None


def test_a_gpu_that_is_too_small_is_refused_by_what_the_run_would_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Qwen2.5-Math-1.5B, 1.5437 billion weights: 22 bytes each as it stands, 10 with offload, 4 with adapters."""
    monkeypatch.setattr(hardware, "memory_bytes", lambda: 64 * GIB)

    def least(gib: float, *overrides: str) -> str:
        monkeypatch.setattr(hardware, "gpus", lambda: [Gpu("small", gib * GIB)])
        return refused("+experiment=pi1_r128", "data.validation=null", *overrides)

    assert "alone need 31.6 GiB, the GPU has 24.0 GiB; docs/hardware.md" in least(24)
    assert "alone need 14.4 GiB, the GPU has 14.0 GiB" in least(14, "optimizer.offload=true")
    # 2 + 2 bytes of the base, 16 of 36,929,536 adapter weights
    assert "alone need 6.3 GiB, the GPU has 6.0 GiB" in least(6, "model.lora.rank=32")
    assert "alone need 23.0 GiB, the GPU has 22.0 GiB" in least(22, "optimizer.name=adamw_8bit")
    monkeypatch.setattr(hardware, "memory_bytes", lambda: 16 * GIB)
    assert "need 17.3 GiB of main memory, this machine has 16.0 GiB" in least(24, "optimizer.offload=true")


# docs/hardware.md


def test_the_page_says_what_the_dry_run_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its tables of memory and hours, number by number."""
    monkeypatch.setattr(step_time, "gpus", list)
    page = (Path(__file__).parents[2] / "docs" / "hardware.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("| `gpu")]
    rows = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in lines]
    memory_rows = {row[0]: row[3:] for row in rows if len(row) == 8}
    hour_rows = [row for row in rows if len(row) == 5]
    assert set(memory_rows) == set(LARGEST) == {row[0] for row in hour_rows}
    for preset, said in memory_rows.items():
        config = load_run_config([f"+experiment={LARGEST[preset]}", "rollout=vllm", f"hardware={preset}"])
        shape, room = model_shape(config.model), GPUS[config.runtime.planned_gpu][1]
        assert shape is not None
        memory = memory_estimate(config, shape, True, room * GIB)
        parts = (
            memory.weights + memory.optimizer + memory.reference,
            memory.gradients + memory.compute_copy + memory.activations + memory.head,
            memory.sampler + memory.kv_cache,
        )
        expected = [f"{part / GIB:.1f}" for part in parts]
        expected += [f"{memory.total / GIB:.1f} of {room:g}", f"{memory.host / GIB:.1f}" if memory.host else "-"]
        assert said == expected, preset
    for preset, experiment, gpu, *said in hour_rows:
        config = load_run_config([f"+experiment={experiment}", "rollout=vllm", f"hardware={preset}"])
        shape = model_shape(config.model)
        assert shape is not None and gpu == config.runtime.planned_gpu
        machine = find_machine(config, shape)
        assert machine is not None and machine.name == gpu
        again = choose_checkpointing(config, shape, True, machine.memory_bytes).on
        config = replace(config, model=replace(config.model, gradient_checkpointing=again))
        for hours, share in zip(said, (0.25, 1.0)):
            seconds = step_time.step_time(config, shape, machine, share * config.rollout.max_new_tokens).total
            assert hours == f"{seconds * config.trainer.total_steps / 3600:,.0f}", preset


def test_layers_are_computed_again_only_where_memory_asks_for_it() -> None:
    """pi1_r128 on one GPU of 80 GB, compiled: activations of 8,000 tokens take 28 layers x 8,000 x (16 x 1,536 + 6 x
    8,960) bytes = 17.5 GB without, of 24,000 tokens 52.6 GB."""
    shape = known_shapes()["Qwen/Qwen2.5-Math-1.5B"]

    def chosen(tokens: int, gib: float, *more: str, workers: int = 1) -> tuple[bool, str]:
        config = load_run_config(["+experiment=pi1_r128", f"trainer.micro_batch_tokens={tokens}", *more])
        found = choose_checkpointing(config, shape, True, gib * GIB, workers)
        return found.on, found.why

    assert chosen(24_000, 80)[0] and not chosen(8_000, 80)[0]
    without = memory_estimate(load_run_config(["+experiment=pi1_r128", "model.gradient_checkpointing=false",
                                               "trainer.micro_batch_tokens=8000"]), shape, True, 80 * GIB)  # fmt: skip
    assert without.activations == 28 * 8000 * (16 * 1536 + 6 * 8960)
    assert chosen(8_000, 80)[1] == f"about {without.total / GIB:.1f} GiB of 80.0 without"
    edge = without.total / GIB / ROOM
    assert not chosen(8_000, edge + 0.01)[0] and chosen(8_000, edge - 0.01)[0]
    ray = ("runtime=ray", "rollout.placement=split")
    assert chosen(12_000, 64, *ray)[0] and not chosen(12_000, 64, *ray, workers=8)[0]  # weights are cut over eight
    for asked in (True, False):
        assert chosen(24_000, 80, f"model.gradient_checkpointing={asked}") == (asked, "as asked for")
    config = load_run_config(["+experiment=pi1_r128"])
    assert choose_checkpointing(config, None, True, 80 * GIB).on and choose_checkpointing(config, shape, True, 0.0).on


def test_a_dry_run_says_whether_layers_are_computed_again() -> None:
    common = ["+experiment=pi1_r128", "runtime.device=cuda", "runtime.planned_gpu=A100"]
    assert "gradient checkpointing on (about " in describe(load_run_config(common))
    few = describe(load_run_config([*common, "trainer.micro_batch_tokens=4000", "rollout.vllm.sleep=true"]))
    assert "gradient checkpointing off (about " in few
    asked = describe(load_run_config([*common, "model.gradient_checkpointing=false"]))
    assert "gradient checkpointing off (as asked for)" in asked
