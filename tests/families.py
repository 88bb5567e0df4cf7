"""Tiny random models of many architectures, and what a model called plainly in float64 says of them.

`python tests/families.py` prints the table of docs/architectures.md.
"""

import copy
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tiny import NumberTokenizer, asked, batch_of, random_rollouts
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from oneshot_rlvr.config.schema import AlgorithmConfig, CompatConfig, OptimizerConfig
from oneshot_rlvr.learner.policy import PolicyWorker
from oneshot_rlvr.models import load
from oneshot_rlvr.models.attention import is_packed
from oneshot_rlvr.models.policy import PolicyModel
from oneshot_rlvr.rollout.transformers_engine import TransformersSampler
from oneshot_rlvr.types import Rollout, Sampling

VOCAB, WINDOW = 61, 6
SIZES: dict[str, Any] = dict(
    hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
    vocab_size=VOCAB, max_position_embeddings=128, pad_token_id=0, bos_token_id=1, eos_token_id=2,
)  # fmt: skip
MIXED = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": WINDOW}
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}

# Name of a case -> model type and what is said beside SIZES. Those that are packed:
PACKED: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("llama", {"attention_bias": True}),
    "mistral with a window": ("mistral", {"sliding_window": WINDOW}),
    "ministral": ("ministral", {"head_dim": 8, **MIXED}),
    "qwen2 with a window": ("qwen2", {"use_sliding_window": True, "max_window_layers": 1, "sliding_window": WINDOW}),
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
ROLLOUTS = random_rollouts(num_groups=3, group_size=3)
ADVANTAGES = [1.0, -0.5, 0.25, -1.0, 0.75, 0.5, -0.25, 1.0, -1.0]


def tiny(case: str, **sizes: Any) -> PreTrainedModel:
    """The model of a case, in other `sizes` where they are given; random and peaked enough to tell right from wrong."""
    kind, own = CASES[case]
    scale = 1.5 if kind == "mamba" else 3.0  # a recurrence that is too steep loses digits in float32
    config = AutoConfig.for_model(kind, **(SIZES | own | sizes))
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
    other.config._attn_implementation, other.config._experts_implementation = "eager", "eager"
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


def worker(model: PreTrainedModel) -> PolicyWorker:
    algorithm = AlgorithmConfig(kl_coef=0.0, entropy_coef=0.01)
    policy = PolicyModel(model, "packed_sdpa", torch.float32, 7)
    return PolicyWorker(policy, None, algorithm, OptimizerConfig(lr=1e-3), CompatConfig(), 0.6)


@dataclass(frozen=True)
class Compared:
    """Largest differences of a whole step in float32 from the plain loop in float64."""

    packed: bool
    logprobs: float  # nats, of the step's pass and of the comparison at the start of a run
    gradient: float  # as a share of the largest number of the gradient


def step_compared(model: PreTrainedModel) -> Compared:
    """A step over ROLLOUTS in two micro-batches, with an entropy term."""
    policy, reference = worker(model), exact(model)
    sequences = batch_of(ROLLOUTS, ADVANTAGES).sequences
    sums = policy.forward_backward(sequences, torch.full((len(ROLLOUTS),), 0.1), [[0, 1, 2, 3], [4, 5, 6, 7, 8]])
    loss, gaps = torch.zeros((), dtype=torch.float64), []
    for i, (rollout, advantage) in enumerate(zip(ROLLOUTS, ADVANTAGES)):
        logprobs, entropy = plain_logprobs(reference, rollout)
        gaps.append((sums.logprobs_B[i] - logprobs).abs().max())
        # the ratio is 1 in a first update: its gradient is that of the log-probability
        loss = loss - 0.1 * (advantage * logprobs).sum() - 0.1 * 0.01 * entropy.sum()
    loss.backward()
    own, plainly = policy.compared([(r.task.prompt_ids, r.token_ids) for r in ROLLOUTS])
    gaps += [(torch.tensor(a) - torch.tensor(b)).abs().max() for a, b in zip(own, plainly)]
    found = dict(policy.language_model.named_parameters())
    largest, apart = 0.0, 0.0
    for name, parameter in reference.named_parameters():
        ours, theirs = found[name].grad, parameter.grad
        theirs = torch.zeros_like(parameter) if theirs is None else theirs
        largest = max(largest, float(theirs.abs().max()))
        apart = max(apart, float((theirs if ours is None else theirs - ours).abs().max()))
    return Compared(is_packed(model), float(max(gaps)), apart / largest)


def greedy_equal(model: PreTrainedModel) -> tuple[int, int]:
    """Greedy tokens that the sampler and the plain loop have in common, and their number."""
    sampler, reference = TransformersSampler(copy.deepcopy(model), NumberTokenizer(), 10_000), exact(model)
    prompts = [rollout.task.prompt_ids for rollout in ROLLOUTS[::3]]
    found = sampler.generate([asked(prompt) for prompt in prompts], Sampling(0.0, 32, (VOCAB,)))
    pairs = [pair for prompt, r in zip(prompts, found) for pair in zip(r.token_ids, greedy(reference, prompt, 32))]
    return sum(a == b for a, b in pairs), len(pairs)


def main() -> None:
    print("| model | computed | log-probabilities, nats | gradient, share of its largest | greedy tokens |")
    print("|---|---|---|---|---|")
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            model = load.load_model(str(stored(case, Path(folder))), torch.float32)
        equal, number = greedy_equal(model)
        found = step_compared(model)
        way = "packed" if found.packed else "row by row"
        print(f"| {case} | {way} | {found.logprobs:.1e} | {found.gradient:.1e} | {equal} of {number} |", flush=True)


if __name__ == "__main__":
    main()
