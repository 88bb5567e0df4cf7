"""Makes a sandbox base model: stage 1 teaches the sums with written work, stage 2 the habit of mostly not writing it.

Both stages are a fixed number of steps of examples drawn from a seed, so the same command gives the same text in the
same order on every machine (the weights then agree up to rounding; bit for bit with one thread on one kind of CPU).
"""

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterator, cast

import torch
import torch.nn.functional as F

from oneshot_rlvr.config.schema import HabitsConfig, SftConfig, SftStageConfig
from oneshot_rlvr.errors import RunError
from oneshot_rlvr.sandbox.world import draw_any
from sandbox_factory.habits import Habits, drill_line, write_response
from sandbox_factory.muon import Muon
from sandbox_factory.tokenizer import chat_ids, end_id, pad_id

if TYPE_CHECKING:
    from transformers import Qwen2ForCausalLM, Qwen2Tokenizer

BATCHES_PER_BUCKET = 16  # batches sorted by length together, so that little is padded
CLIP_NORM = 1.0
IGNORED = -100


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids; the loss is taken on `target` only."""

    context: list[int]
    target: list[int]

    def __len__(self) -> int:
        return len(self.context) + len(self.target)


@dataclass(frozen=True, slots=True)
class Progress:
    """State after a step; `loss` is the mean in nats per target token since the last report."""

    stage: str
    step: int
    steps: int
    loss: float
    tokens_per_second: float


def build_model(cfg: SftConfig, tokenizer: "Qwen2Tokenizer") -> "Qwen2ForCausalLM":
    """A Qwen2 model of the configured shape with random weights (float32)."""
    from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM

    shape, end, pad = cfg.shape, end_id(tokenizer), pad_id(tokenizer)
    torch.manual_seed(cfg.init_seed)
    config = Qwen2Config(
        vocab_size=shape.vocab,
        hidden_size=shape.hidden,
        intermediate_size=shape.ffn,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=shape.max_positions,
        tie_word_embeddings=shape.tied,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        initializer_range=0.05,
        eos_token_id=end,
        pad_token_id=pad,
        bos_token_id=None,
    )
    model = Qwen2ForCausalLM(config).float()
    model.generation_config = GenerationConfig(eos_token_id=end, pad_token_id=pad, do_sample=False)
    return model


def drill_example(tokenizer: "Qwen2Tokenizer", rng: random.Random) -> Example:
    """A line of facts after an end-of-turn token: it trains the sums and no habit of answering."""
    end = end_id(tokenizer)
    return Example([end], [*tokenizer.encode(drill_line(rng)), end])


def skill_examples(stage: SftStageConfig, tokenizer: "Qwen2Tokenizer", rng: random.Random) -> Iterator[Example]:
    """Stage 1: right written work, half of it boxed, in every context alike."""
    plain = HabitsConfig()
    while True:
        if rng.random() < stage.drill_share:
            yield drill_example(tokenizer, rng)
            continue
        problem = draw_any(rng)
        style = rng.choice(("work_box", "work_plain"))
        yield _answer(problem.question, write_response(problem, style, rng, plain), tokenizer)


def habit_examples(
    stage: SftStageConfig, habits: Habits, tokenizer: "Qwen2Tokenizer", rng: random.Random
) -> Iterator[Example]:
    """Stage 2: the mixture of styles that depends on the context."""
    while True:
        if rng.random() < stage.drill_share:
            yield drill_example(tokenizer, rng)
            continue
        problem = draw_any(rng)
        yield _answer(problem.question, habits.response(problem, rng), tokenizer)


def _answer(question: str, response: str, tokenizer: "Qwen2Tokenizer") -> Example:
    return Example(chat_ids(question, tokenizer), [*tokenizer.encode(response), end_id(tokenizer)])


def batches(examples: Iterator[Example], size: int, rng: random.Random) -> Iterator[list[Example]]:
    """Batches of examples of like length, in random order within a bucket."""
    while True:
        bucket = sorted((next(examples) for _ in range(size * BATCHES_PER_BUCKET)), key=len)
        cut = [bucket[i : i + size] for i in range(0, len(bucket), size)]
        rng.shuffle(cut)
        yield from cut


def collate(batch: list[Example], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and labels, both int64 [batch, longest], padded at the end (a causal model never looks there)."""
    longest = max(map(len, batch))
    ids = [[*e.context, *e.target, *[pad] * (longest - len(e))] for e in batch]
    labels = [[*[IGNORED] * len(e.context), *e.target, *[IGNORED] * (longest - len(e))] for e in batch]
    return torch.tensor(ids), torch.tensor(labels)


def target_loss(model: "Qwen2ForCausalLM", ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean negative log-likelihood of the target tokens, in nats; logits are made for these only."""
    hidden = model.model(input_ids=ids[:, :-1], use_cache=False).last_hidden_state
    wanted = labels[:, 1:] != IGNORED
    return F.cross_entropy(model.lm_head(hidden[wanted]), labels[:, 1:][wanted])


def rate(step: int, stage: SftStageConfig) -> float:
    """Factor of the learning rates at step 0, 1, ...: linear warm-up, level, linear decay to 0 at the end."""
    left = (stage.steps - step) / stage.steps
    return min(1.0, (step + 1) / stage.warmup_steps if stage.warmup_steps else 1.0) * min(1.0, left / stage.decay_share)


def optimizers(model: "Qwen2ForCausalLM", stage: SftStageConfig) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for embeddings, biases and norms."""
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and ".layers." in name]
    inside = set(map(id, matrices))
    others = [p for p in model.parameters() if id(p) not in inside]
    adamw = torch.optim.AdamW(others, lr=stage.lr, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
    return [Muon(matrices, lr=stage.matrix_lr), adamw]


def train_stage(
    name: str,
    model: "Qwen2ForCausalLM",
    stream: Iterator[list[Example]],
    stage: SftStageConfig,
    on_progress: Callable[[Progress], None],
    log_every: int,
) -> None:
    """Train in place for `stage.steps` steps; RunError when the loss is not finite."""
    opts = optimizers(model, stage)
    full_rates = [[group["lr"] for group in opt.param_groups] for opt in opts]
    pad = cast(int, model.config.pad_token_id)
    losses: list[float] = []
    tokens, since = 0, time.perf_counter()
    model.train()
    for step in range(stage.steps):
        ids, labels = collate(next(stream), pad)
        for opt, lrs in zip(opts, full_rates):
            for group, lr in zip(opt.param_groups, lrs):
                group["lr"] = lr * rate(step, stage)
        loss = target_loss(model, ids, labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        for opt in opts:
            opt.step()
            opt.zero_grad(set_to_none=True)
        losses.append(loss.item())
        tokens += ids.numel()
        if not torch.isfinite(loss):
            raise RunError(f"sft stage {name}: the loss is {loss.item()} at step {step + 1}; lower the learning rate")
        if (step + 1) % log_every == 0 or step + 1 == stage.steps:
            now = time.perf_counter()
            on_progress(Progress(name, step + 1, stage.steps, sum(losses) / len(losses), tokens / (now - since)))
            losses, tokens, since = [], 0, now
    model.eval()


def skill_stream(cfg: SftConfig, tokenizer: "Qwen2Tokenizer") -> Iterator[list[Example]]:
    rng = random.Random(f"skill {cfg.seed}")
    return batches(skill_examples(cfg.skill, tokenizer, rng), cfg.skill.batch_size, rng)


def habit_stream(cfg: SftConfig, tokenizer: "Qwen2Tokenizer") -> Iterator[list[Example]]:
    rng = random.Random(f"habit {cfg.seed}")
    return batches(habit_examples(cfg.habit, Habits(cfg.habits), tokenizer, rng), cfg.habit.batch_size, rng)
