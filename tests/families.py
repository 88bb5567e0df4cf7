"""Tiny random models of many architectures, and what a model called plainly in float64 says of them."""

import copy
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from oneshot_rlvr.types import Rollout

VOCAB, WINDOW = 61, 6
SIZES: dict[str, Any] = dict(
    hidden_size=32, intermediate_size=48, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2,
    vocab_size=VOCAB, max_position_embeddings=128, pad_token_id=0, bos_token_id=1, eos_token_id=2,
)  # fmt: skip
MIXED = {"layer_types": ["sliding_attention", "full_attention"] * 2, "sliding_window": WINDOW}
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}

# Name of a case -> model type and what is said beside SIZES. Those that are packed:
PACKED: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("llama", {"attention_bias": True}),
    "mistral with a window": ("mistral", {"sliding_window": WINDOW}),
    "qwen2 with a window": ("qwen2", {"use_sliding_window": True, "max_window_layers": 2, "sliding_window": WINDOW}),
    "qwen3": ("qwen3", {"head_dim": 12}),
    "olmo": ("olmo", {"clip_qkv": 0.5}),
    "olmo2": ("olmo2", {}),
    "olmo3": ("olmo3", MIXED),
    "gemma": ("gemma", {"head_dim": 8}),
    "gemma2": ("gemma2", {"head_dim": 8, "query_pre_attn_scalar": 16, "attn_logit_softcapping": 2.0,
                          "final_logit_softcapping": 3.0, **MIXED}),
    "gemma3": ("gemma3_text", {"head_dim": 8, "query_pre_attn_scalar": 16, **MIXED}),
    "phi3": ("phi3", {"sliding_window": WINDOW, "resid_pdrop": 0.1, "partial_rotary_factor": 0.5}),
    "phi3 longrope": ("phi3", {"sliding_window": None, "original_max_position_embeddings": 64, "rope_scaling": {
        "type": "longrope", "short_factor": [1.5] * 4, "long_factor": [3.0] * 4}}),
    "smollm3": ("smollm3", {"no_rope_layer_interval": 2}),
    "granite": ("granite", {"embedding_multiplier": 3.0, "logits_scaling": 0.5, "residual_multiplier": 0.7,
                            "attention_multiplier": 0.4}),
}  # fmt: skip
BY_ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "gpt2": ("gpt2", {"attn_pdrop": 0.1, "resid_pdrop": 0.1, "embd_pdrop": 0.1}),
    "gpt_neox": ("gpt_neox", {"hidden_dropout": 0.1}),
    "opt": ("opt", {"ffn_dim": 48, "dropout": 0.1}),
    "bloom": ("bloom", {"n_layer": 2, "n_head": 4}),
    "phi": ("phi", {}),
    "cohere": ("cohere", {}),
    "qwen3_moe": ("qwen3_moe", EXPERTS),
    "mixtral": ("mixtral", {"num_local_experts": 4, "sliding_window": WINDOW}),
    "gpt_oss": ("gpt_oss", {"num_local_experts": 4, "num_experts_per_tok": 2, "head_dim": 8, "rope_scaling": None,
                            **MIXED}),
    "mamba": ("mamba", {}),
}  # fmt: skip
CASES = PACKED | BY_ROWS


def tiny(case: str, scale: float = 3.0) -> PreTrainedModel:
    """The model of a case, random and peaked enough to tell right from wrong."""
    kind, own = CASES[case]
    config = AutoConfig.for_model(kind, **(SIZES | own))
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim >= 2:
                parameter.mul_(scale)
            else:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def stored(case: str, folder: Path) -> Path:
    """A model folder of the case, with a tokenizer's file that nothing reads."""
    tiny(case).save_pretrained(folder)
    (folder / "tokenizer.json").write_text("{}")
    return folder


def exact(model: PreTrainedModel) -> PreTrainedModel:
    """A copy in float64 with transformers' own attention written out."""
    other = copy.deepcopy(model).double().eval()
    other.config._attn_implementation = "eager"
    return other


def plain_logprobs(model: PreTrainedModel, rollout: Rollout) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities [T] and entropies [T] of a response at temperature 0.6, from a call with it alone."""
    ids = torch.tensor([[*rollout.task.prompt_ids, *rollout.token_ids]])
    logits = model(input_ids=ids[:, :-1], use_cache=False).logits[0, len(rollout.task.prompt_ids) - 1 :]
    log_p = (logits.double() / 0.6).log_softmax(-1)
    return log_p.gather(1, torch.tensor(rollout.token_ids)[:, None])[:, 0], -(log_p.exp() * log_p).sum(-1)


def greedy(model: PreTrainedModel, prompt: tuple[int, ...], number: int) -> tuple[int, ...]:
    """Most probable continuation, everything read again for each token."""
    ids = list(prompt)
    with torch.no_grad():
        for _ in range(number):
            ids.append(int(model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1].argmax()))
    return tuple(ids[len(prompt) :])
