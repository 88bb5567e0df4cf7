"""Which models are computed: architectures, rotary embeddings and windows; how large they are."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig, Qwen3Config

from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.config.memory import memory_estimate
from oneshot_rlvr.config.model_files import check_architecture, rope_type
from oneshot_rlvr.config.schema import LoraConfig, ShapeConfig
from oneshot_rlvr.config.shapes import HF_NAMES, num_adapter_parameters, num_parameters, read_shape, shape_of
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.models import load
from oneshot_rlvr.paths import sandbox_dir
from oneshot_rlvr.trainer import preflight

SIZES: dict[str, Any] = dict(
    hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
    vocab_size=50, max_position_embeddings=128,
)  # fmt: skip


# Model file -> type, and the parameters that the hub counts in the published weights.
PUBLISHED = {
    "olmo2_1b": ("olmo2", 1_484_916_736), "olmo2_7b": ("olmo2", 7_298_617_344),
    "qwen3_1_7b_base": ("qwen3", 1_720_574_976), "llama32_1b": ("llama", 1_235_814_400),
    "llama32_3b": ("llama", 3_212_749_824), "smollm2_1_7b": ("llama", 1_711_376_384),
    "gemma3_1b": ("gemma3_text", 999_885_952),
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_sizes_of_a_clean_family_give_the_published_number_of_parameters(name: str) -> None:
    kind, number = PUBLISHED[name]
    shape = load_run_config([f"model={name}", "data.examples=[pi1]"]).model.shape
    values = {theirs: getattr(shape, ours) for ours, theirs in HF_NAMES.items()}
    if shape.head_dim:
        values["head_dim"] = shape.head_dim
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **values))
    assert sum(parameter.numel() for parameter in model.parameters()) == number


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


def test_what_is_no_causal_language_model_is_refused(tmp_path: Path) -> None:
    assert "an encoder-decoder model (t5)" in refusal(tmp_path / "m", {"model_type": "t5", "is_encoder_decoder": True})
    folder = tmp_path / "clip"
    shutil.copytree(sandbox_dir() / "base_e", folder)
    (folder / "config.json").write_text(json.dumps({"model_type": "clip"}))
    with pytest.raises(UserError, match=r"config.json makes no causal language model of the type 'clip'"):
        load.empty_model(str(folder))


@pytest.mark.parametrize(("setting", "said"), [
    ("rollout=vllm", "takes the weights of gemma, .*; rollout=transformers samples gpt2"),
])  # fmt: skip
def test_what_is_computed_row_by_row_is_refused_elsewhere(
    setting: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "_vllm", lambda config: None)
    assert re.search(said, refusal(tmp_path / "m", {"model_type": "gpt2"}, setting))


@pytest.mark.parametrize("scaling", [
    {"rope_type": "dynamic", "factor": 2.0}, {"type": "longrope", "original_max_position_embeddings": 40},
])  # fmt: skip
@pytest.mark.parametrize("key", ["rope_scaling", "rope_parameters"])
def test_positions_end_where_angles_would_depend_on_the_pass(key: str, scaling: dict[str, Any], tmp_path: Path) -> None:
    config = shipped(model_type="llama", max_position_embeddings=40 if "factor" in scaling else 80)
    config.pop("rope_parameters", None)
    said = refusal(tmp_path / "m", config | {key: scaling}, "data.max_prompt_tokens=30", "rollout.max_new_tokens=11")
    assert "is more than the 40 positions of" in said


def test_angles_of_an_unknown_kind_are_refused(tmp_path: Path) -> None:
    config = shipped(model_type="llama", rope_scaling={"type": "su"})
    config.pop("rope_parameters", None)
    assert "rotary positions of the type 'su'" in refusal(tmp_path / "m", config)


@pytest.mark.parametrize("scaling", [None, {"type": "linear", "factor": 2.0}, {"rope_type": "yarn", "factor": 4.0}])
def test_angles_of_a_position_alone_are_computed(scaling: dict[str, Any] | None) -> None:
    check_architecture("", {"model_type": "llama", "rope_scaling": scaling})
    dynamic = LlamaConfig(rope_scaling={"type": "dynamic", "factor": 2.0})  # as transformers reads it
    assert rope_type(dynamic.to_dict()) == "dynamic"


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


def test_the_shape_of_other_kinds_of_config() -> None:
    old = {"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "n_positions": 1024, "vocab_size": 50257}
    assert shape_of(old) == ShapeConfig(768, 12, 12, 12, 3072, 50257, 1024, True)
    experts = {"model_type": "qwen3_moe", "num_experts": 8, "moe_intermediate_size": 24, "tie_word_embeddings": False}
    assert shape_of(SIZES | experts) == ShapeConfig(32, 2, 4, 2, 8 * 24, 50, 128, False)
    assert shape_of({"model_type": "mamba", "hidden_size": 32, "num_hidden_layers": 2, "vocab_size": 50}) is None


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
