"""Weights that a model folder lacks, has too many of, or holds wrongly are one line; what is harmless is read."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import NumberTokenizer
from transformers import LlamaConfig, MistralConfig, PreTrainedTokenizerBase, Qwen2Config, Qwen3Config
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.evaluation.checkpoints import model_source
from oneshot_rlvr.evaluation.engine import Engine, read_weights
from oneshot_rlvr.evaluation.engine_options import EngineOptions
from oneshot_rlvr.models import load
from oneshot_rlvr.paths import sandbox_dir
from oneshot_rlvr.trainer.build import build_local

UP, NORM, EMBEDDING, HEAD = (
    "model.layers.0.mlp.up_proj.weight", "model.norm.weight", "model.embed_tokens.weight", "lm_head.weight",
)  # fmt: skip
Weights = dict[str, torch.Tensor]


def make(folder: Path, config: Callable[..., Any] = Qwen2Config, tied: bool = True, shard: str = "1GB") -> Weights:
    """A model of one layer, with a tokenizer file; returns its weights."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config(
        vocab_size=61, hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, tie_word_embeddings=tied, pad_token_id=0, eos_token_id=2,
    ))  # fmt: skip
    model.save_pretrained(folder, max_shard_size=shard)
    (folder / "tokenizer.json").write_text("{}")
    return {name: tensor for path in folder.glob("*.safetensors") for name, tensor in load_file(path).items()}


def store(folder: Path, weights: Weights) -> None:
    copies = {name: tensor.clone() for name, tensor in weights.items()}  # no two of one memory
    save_file(copies, folder / "model.safetensors", {"format": "pt"})


def changed(tensor: torch.Tensor, value: float) -> torch.Tensor:
    tensor = tensor.clone()
    tensor.view(-1)[0] = value
    return tensor


WRONG = {
    "one missing": (lambda w: w.pop(UP), f"1 of 14 weights of Qwen2ForCausalLM are missing: {UP}"),
    "a bias missing": (lambda w: w.pop("model.layers.0.self_attn.k_proj.bias"), "k_proj.bias"),
    "the embedding missing": (lambda w: w.pop(EMBEDDING), f"are missing: {EMBEDDING}"),
    "an adapter's prefix": (
        lambda w: w.update({f"base_model.model.{name}": w.pop(name) for name in list(w)}),
        "14 of 14 weights of Qwen2ForCausalLM are missing: .*; 14 that are stored do not belong to it: base_model",
    ),
    "an adapter's layer": (
        lambda w: w.update({UP.replace("weight", "base_layer.weight"): w.pop(UP)}),
        "missing.*up_proj.base_layer.weight",
    ),
    "a layer more": (
        lambda w: w.update({UP.replace("0", "1"): w[UP]}),
        r"1 stored weights do not belong to Qwen2ForCausalLM as config.json has it: model\.layers\.1",
    ),
    "another shape": (lambda w: w.update({NORM: w[NORM][:5]}), r"model.norm.weight has shape \[5\].* makes it \[32\]"),
    "whole numbers": (lambda w: w.update({NORM: w[NORM].to(torch.int8)}), "model.norm.weight is stored as I8"),
    "another head": (lambda w: w.update({HEAD: w[EMBEDDING] + 1}), "ties lm_head.weight to the embedding"),
    "a NaN": (lambda w: w.update({UP: changed(w[UP], float("nan"))}), f"not finite: {UP} has 1 NaN or infinite values"),
    "an infinity": (lambda w: w.update({NORM: changed(w[NORM], float("-inf"))}), f"not finite: {NORM} has 1 "),
}  # fmt: skip
HARMLESS = {
    "a copy of the tied head": lambda w: w.update({HEAD: w[EMBEDDING]}),
    "the head's name alone": lambda w: w.update({HEAD: w.pop(EMBEDDING)}),
    "rotary frequencies": lambda w: w.update({"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(4)}),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_wrong_weights_are_refused_on_every_path(tmp_path: Path, change, said: str) -> None:
    weights = make(tmp_path)
    change(weights)
    store(tmp_path, weights)
    with pytest.raises(UserError, match=said) as error:
        load.load_model(str(tmp_path), torch.float32)
    assert str(tmp_path) in str(error.value) and "\n" not in str(error.value)
    by_value = "not finite" in said or "ties" in said  # looked at when they are read
    config, tokenizer = RunConfig(), cast(PreTrainedTokenizerBase, NumberTokenizer())
    config.model.path = str(tmp_path)
    for path in (lambda: load.empty_model(str(tmp_path)), lambda: load.structure(config.model, tokenizer)):
        if not by_value:
            with pytest.raises(UserError, match=said):
                path()
    if by_value:
        with pytest.raises(UserError, match=said):
            list(read_weights(tmp_path, load.stored_names(load.empty_model(str(tmp_path)))))


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_harmless_weights_are_read(tmp_path: Path, change) -> None:
    weights = make(tmp_path)
    embedding = weights[EMBEDDING].clone()
    change(weights)
    store(tmp_path, weights)
    model = load.load_model(str(tmp_path), torch.float32)
    assert torch.equal(model.lm_head.weight, embedding)
    read = dict(read_weights(tmp_path, load.stored_names(load.empty_model(str(tmp_path)))))
    assert all(torch.equal(read[name], parameter) for name, parameter in model.named_parameters())


@pytest.mark.parametrize("config", [LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config])
def test_every_architecture_whole_in_parts_and_without_a_head(tmp_path: Path, config: type) -> None:
    own: dict[str, Any] = {} if config is not MistralConfig else {"sliding_window": None}
    for tied in (True, False):
        folder = tmp_path / f"{tied}"
        weights = make(folder, lambda **given: config(**given, **own), tied, shard="10KB")
        assert len(list(folder.glob("*.safetensors"))) > 1
        model = load.load_model(str(folder), torch.float32)
        assert torch.equal(model.lm_head.weight, weights[HEAD if not tied else EMBEDDING])
    weights.pop(HEAD)
    shutil.rmtree(folder)
    make(folder, lambda **given: config(**given, **own), tied=False)
    store(folder, weights)
    with pytest.raises(UserError, match=r"1 of \d+ weights of \w+ are missing: lm_head.weight"):
        load.load_model(str(folder), torch.float32)


def test_a_run_and_an_evaluation_refuse_before_anything_is_built(tmp_path: Path) -> None:
    weights = make(tmp_path / "m")
    weights.pop(UP)
    store(tmp_path / "m", weights)
    config = RunConfig()
    config.model.path, config.model.template = str(tmp_path / "m"), "plain"
    said = f"model.path={tmp_path}/m: .*missing: {re.escape(UP)}"
    shutil.copy(sandbox_dir() / "base_e" / "tokenizer.json", tmp_path / "m")
    with pytest.raises(UserError, match=said):
        build_local(config, lambda: None, lambda *_: None)
    engine = Engine(EngineOptions(device="cpu"), 0.0)
    with pytest.raises(UserError, match=said):
        engine.facts(model_source(str(tmp_path / "m")))
