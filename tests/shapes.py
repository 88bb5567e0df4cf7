"""Shapes of real models, and the parameters that transformers gives them, without memory."""

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from oneshot_rlvr.config.schema import ShapeConfig
from oneshot_rlvr.config.shapes import head_dim, known_shapes

# (architecture, shape): what configs/model has beside its own, and what users bring.
OTHERS = {
    "Qwen2.5-0.5B": ("qwen2", ShapeConfig(896, 24, 14, 2, 4864, 151936, 32768, True)),
    "Qwen2.5-14B": ("qwen2", ShapeConfig(5120, 48, 40, 8, 13824, 152064, 131072, False)),
    "Qwen2.5-32B": ("qwen2", ShapeConfig(5120, 64, 40, 8, 27648, 152064, 131072, False)),
    "Qwen3-8B": ("qwen3", ShapeConfig(4096, 36, 32, 8, 12288, 151936, 40960, False)),
    "Llama-3.1-8B": ("llama", ShapeConfig(4096, 32, 32, 8, 14336, 128256, 131072, False)),
}  # fmt: skip
SHAPES = {
    path: ("llama" if "llama" in path.lower() else "qwen2", shape) for path, shape in known_shapes().items()
} | OTHERS


def tensors(architecture: str, shape: ShapeConfig) -> dict[str, tuple[int, ...]]:
    """Parameters of the model that transformers makes, without memory; two layers stand for all."""
    config = AutoConfig.for_model(
        architecture, hidden_size=shape.hidden, num_hidden_layers=2, num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads, intermediate_size=shape.ffn, vocab_size=shape.vocab,
        tie_word_embeddings=shape.tied, head_dim=head_dim(shape),
    )  # fmt: skip
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    layer = {name: tuple(p.shape) for name, p in model.named_parameters()}
    every = {name: size for name, size in layer.items() if ".layers.1." not in name}
    for n in range(1, shape.layers):
        every |= {name.replace(".0.", f".{n}.", 1): size for name, size in layer.items() if ".layers.0." in name}
    return every
