"""Which models are computed: architectures, rotary embeddings and windows; how large they are."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    LlamaConfig,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen3Config,
)

from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.memory import memory_estimate
from oneshot_rlvr.config.model_files import check_architecture, rope_type, sliding_window
from oneshot_rlvr.config.schema import LoraConfig, ShapeConfig
from oneshot_rlvr.config.shapes import HF_NAMES, num_adapter_parameters, num_parameters, read_shape
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.models import attention
from oneshot_rlvr.models.packing import pack
from oneshot_rlvr.paths import sandbox_dir
from oneshot_rlvr.trainer import preflight

SIZES: dict[str, Any] = dict(
    hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
    vocab_size=50, max_position_embeddings=128,
)  # fmt: skip


def refusal(folder: Path, config: dict[str, Any], *overrides: str) -> str:
    """Of a run with the sandbox's base model under another config.json."""
    shutil.copytree(sandbox_dir() / "base_e", folder)
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError) as caught:
        preflight.check(load_run_config(["+experiment=sandbox_oneshot", f"model.path={folder}", *overrides]))
    message = str(caught.value)
    assert "\n" not in message
    return message


def shipped(**changes: Any) -> dict[str, Any]:
    return json.loads((sandbox_dir() / "base_e" / "config.json").read_text()) | changes


# gpt2 has other keys (n_embd), gemma3_text and smollm3 have windows and layers without positions.
@pytest.mark.parametrize("kind", ["gpt2", "gemma3_text", "smollm3", "qwen3_moe", "mamba"])
def test_another_architecture_is_named_with_what_is_supported(kind: str, tmp_path: Path) -> None:
    said = refusal(tmp_path / "m", {"model_type": kind})
    assert said == (
        f"model.path={tmp_path}/m: a model of the architecture '{kind}'; supported: llama, mistral, qwen2, qwen3"
    )


@pytest.mark.parametrize("scaling", [
    {"rope_type": "dynamic", "factor": 2.0}, {"type": "dynamic", "factor": 2.0}, {"type": "longrope"}, {"type": "su"},
])  # fmt: skip
@pytest.mark.parametrize("key", ["rope_scaling", "rope_parameters"])
def test_angles_that_depend_on_the_pass_are_refused(key: str, scaling: dict[str, Any], tmp_path: Path) -> None:
    config = shipped(model_type="llama")
    config.pop("rope_parameters", None)
    said = refusal(tmp_path / "m", config | {key: scaling})
    assert f"rotary positions of the type '{scaling.get('rope_type') or scaling['type']}'" in said


@pytest.mark.parametrize("scaling", [None, {"type": "linear", "factor": 2.0}, {"rope_type": "yarn", "factor": 4.0}])
def test_angles_of_a_position_alone_are_computed(scaling: dict[str, Any] | None) -> None:
    check_architecture("", {"model_type": "llama", "rope_scaling": scaling})
    dynamic = LlamaConfig(rope_scaling={"type": "dynamic", "factor": 2.0})  # as transformers reads it
    assert rope_type(dynamic.to_dict()) == "dynamic"


@pytest.mark.parametrize(("config", "window"), [
    ({"model_type": "mistral", "sliding_window": 16}, 16),
    ({"model_type": "mistral", "sliding_window": None}, None),
    ({"model_type": "mistral"}, 4096),  # transformers' default
    ({"model_type": "qwen2", "sliding_window": 16, "use_sliding_window": False}, None),
    ({"model_type": "qwen2", "sliding_window": 16}, None),
    ({"model_type": "qwen2", "sliding_window": 16, "use_sliding_window": True, "num_hidden_layers": 3,
      "max_window_layers": 2}, 16),
    ({"model_type": "qwen2", "sliding_window": 16, "use_sliding_window": True, "num_hidden_layers": 3,
      "max_window_layers": 3}, None),
    ({"model_type": "qwen3", "sliding_window": 16, "use_sliding_window": True,
      "layer_types": ["full_attention", "sliding_attention"]}, 16),
    ({"model_type": "qwen3", "sliding_window": 16, "layer_types": ["full_attention", "sliding_attention"]}, None),
    ({"model_type": "qwen3", "sliding_window": 16, "layer_types": ["full_attention"] * 2}, None),
    ({"model_type": "llama"}, None),
])  # fmt: skip
def test_the_window_is_the_one_that_transformers_builds(config: dict[str, Any], window: int | None) -> None:
    assert sliding_window(config) == window
    kinds = {"mistral": MistralConfig, "qwen2": Qwen2Config, "qwen3": Qwen3Config, "llama": LlamaConfig}
    layers = len(config.get("layer_types") or [0, 0])
    config = SIZES | {"num_hidden_layers": layers} | config
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(kinds[config.pop("model_type")](**config))
    built = {getattr(layer.self_attn, "sliding_window", None) for layer in model.model.layers}
    if model.config.model_type == "mistral":  # which reads it at every call
        built = {model.config.sliding_window}
    assert max((w for w in built if w is not None), default=None) == window
    assert sliding_window(model.config.to_dict()) == window


def test_a_window_that_a_run_can_reach_is_refused_and_a_larger_one_is_not(tmp_path: Path) -> None:
    config = shipped(model_type="mistral", sliding_window=40)
    lengths = ("data.max_prompt_tokens=30", "rollout.max_new_tokens=11")
    assert "uses sliding-window attention over 40 tokens" in refusal(tmp_path / "m", config, *lengths)
    settings = ["+experiment=sandbox_oneshot", f"model.path={tmp_path}/m", lengths[0], "rollout.max_new_tokens=10"]
    preflight.check(load_run_config(settings))


def test_within_its_window_attention_is_plain_and_beyond_it_is_not_computed() -> None:
    torch.manual_seed(0)
    model = MistralForCausalLM(MistralConfig(**SIZES, sliding_window=12)).eval()
    own = AutoModelForCausalLM.from_config(copy.deepcopy(model.config), attn_implementation=attention.NAME).eval()
    own.load_state_dict(model.state_dict())
    ids = torch.arange(1, 13)[None]

    def logits(length: int) -> torch.Tensor:
        batch = pack([ids[0, :3].tolist()], [[*ids[0, 3:].tolist(), 5, 6][: length - 2]])
        layout = attention.GridLayout(batch)
        return own(batch.input_ids[None], position_ids=batch.positions[None], layout=layout, use_cache=False).logits

    torch.testing.assert_close(logits(12), model(ids).logits, rtol=1e-4, atol=1e-5)
    with pytest.raises(RunError, match="13 tokens is longer than the model's sliding window of 12"):
        logits(13)


@pytest.mark.parametrize(("kind", "shape", "parameters"), [
    ("qwen3", ShapeConfig(1024, 28, 16, 8, 3072, 151936, 40960, True, head_dim=128), 596_049_920),  # Qwen3-0.6B
    ("qwen3", ShapeConfig(4096, 36, 32, 8, 12288, 151936, 40960, False, head_dim=128), 8_190_735_360),  # Qwen3-8B
    ("mistral", ShapeConfig(5120, 40, 32, 8, 14336, 131072, 131072, False, head_dim=128), 12_247_782_400),  # Nemo
    ("llama", ShapeConfig(4096, 32, 32, 8, 14336, 128256, 131072, False), 8_030_261_248),  # Llama-3.1-8B
    ("qwen2", ShapeConfig(1536, 28, 12, 2, 8960, 151936, 4096, True), 1_543_714_304),  # Qwen2.5-Math-1.5B
])  # fmt: skip
def test_parameters_of_known_models(kind: str, shape: ShapeConfig, parameters: int) -> None:
    """As transformers builds them. Biases of q, k and v are counted for all, norms of q and k for none: two parts in
    ten thousand."""
    values: dict[str, Any] = {name: getattr(shape, field) for field, name in HF_NAMES.items()}
    if shape.head_dim:
        values["head_dim"] = shape.head_dim
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **values))
    assert sum(p.numel() for p in model.parameters()) == parameters
    assert num_parameters(shape) == pytest.approx(parameters, rel=2e-4)


def test_a_head_s_own_width(tmp_path: Path) -> None:
    """Of a Qwen3 of hidden size 32 with 4 heads of 24: what it caches and holds is counted with 24, not with 8."""
    Qwen3Config(**SIZES, head_dim=24).save_pretrained(tmp_path)
    shape = read_shape(tmp_path)
    assert shape == ShapeConfig(32, 2, 4, 2, 48, 50, 128, True, head_dim=24) or not shape.tied
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(tmp_path))
    norms, biases = 2 * 2 * 24, 2 * (4 + 2 * 2) * 24  # of q and k; of q, k and v, which it lacks
    assert num_parameters(shape) == sum(p.numel() for p in model.parameters()) - norms + biases
    # q, o: 32 + 96; k, v: 32 + 48; the MLP's three: 32 + 48
    assert num_adapter_parameters(shape, LoraConfig(rank=5)) == 2 * 5 * (2 * 128 + 2 * 80 + 3 * 80)
    config = load_run_config(["+experiment=sandbox_oneshot", "rollout=transformers", "rollout.max_batch_tokens=1000"])
    assert memory_estimate(config, shape, on_gpu=False).kv_cache == 1000 * 2 * 2 * 2 * 24 * 4  # k and v, layers, heads
