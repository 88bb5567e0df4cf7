"""Tiny random models of the packed families in vLLM's CPU build, with weights handed over: greedy tokens and scores."""

import pytest
from families import PACKED, ROLLOUTS, VOCAB, exact, greedy, plain_logprobs, tiny
from tiny import asked

from oneshot_rlvr.types import Sampling

EVERY_TIME = ("olmo2",)  # which vLLM takes from transformers
# vLLM takes no window for some layers of Qwen2; longrope's angles here belong to heads of another width.
CASES = [case for case in PACKED if case not in ("qwen2 with a window", "phi3 longrope")]
TOKENS, STOP = 16, VOCAB - 1


@pytest.mark.parametrize(
    "case", [case if case in EVERY_TIME else pytest.param(case, marks=pytest.mark.slow) for case in CASES]
)
def test_a_family_samples_what_the_model_called_plainly_says(case: str) -> None:
    """Sampled tokens at temperature 0.6, each with the log-probability of a plain float64 pass; greedy ones are its."""
    import torch
    from tiny import NumberTokenizer

    from oneshot_rlvr.config.schema import RunConfig
    from oneshot_rlvr.rollout.vllm_engine import vllm_sampler

    torch.set_num_threads(1)
    config = RunConfig()
    config.data.max_prompt_tokens, config.rollout.max_new_tokens = 32, TOKENS
    sizes = {"hidden_size": 128} | ({"head_dim": 32} if "head_dim" in PACKED[case][1] else {})
    model = tiny(case, **sizes)  # vLLM's CPU attention has no heads of fewer than 32
    reference = exact(model)
    engine = vllm_sampler(config, model, NumberTokenizer(), torch.device("cpu"), torch.float32)
    try:
        engine.load_weights(1, model.named_parameters())
        prompts = [rollout.task.prompt_ids for rollout in ROLLOUTS[::3]]
        found = engine.generate([asked(prompt) for prompt in prompts], Sampling(0.0, TOKENS, (STOP,)))
        assert [r.token_ids for r in found] == [
            greedy(reference, prompt, len(r.token_ids)) for prompt, r in zip(prompts, found)
        ]
        drawn = engine.generate([asked(prompt, 1) for prompt in prompts], Sampling(0.6, TOKENS, (STOP,)))
        with torch.no_grad():
            gaps = [float((torch.tensor(r.logprobs) - plain_logprobs(reference, r)[0]).abs().max()) for r in drawn]
        print(f"{case}: {max(gaps):.1e} nats")
        assert max(gaps) < 1e-4
    finally:
        engine.close()
