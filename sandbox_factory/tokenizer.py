"""The sandbox's tokenizer: a byte-level BPE of the Qwen2 kind, trained on text of the world.

It is saved as `Qwen2Tokenizer` because `AutoTokenizer` returns that class for every folder whose config says
`model_type: qwen2`; any other kind of tokenizer would load without complaint and give wrong ids.
"""

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, cast

from oneshot_rlvr.errors import RunError
from oneshot_rlvr.sandbox.world import draw_any
from sandbox_factory.habits import STYLES, HabitsConfig, drill_line, write_response

if TYPE_CHECKING:
    from transformers import Qwen2Tokenizer

VOCAB_SIZE = 448
CORPUS_SEED = 5
CORPUS_SIZE = 5000
END_OF_TEXT, TURN_START, TURN_END = SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
# How Qwen2 cuts text before merging: contractions, words with one leading sign, single digits, signs, white space.
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def corpus() -> Iterator[str]:
    """Text to learn merges from: all styles alike, so that the tokenizer is the same for every base model."""
    rng, cfg = random.Random(CORPUS_SEED), HabitsConfig()
    for _ in range(CORPUS_SIZE):
        problem = draw_any(rng)
        yield f"user\n{problem.question}\nassistant\n{write_response(problem, rng.choice(STYLES), rng, cfg)}"
        yield drill_line(rng)


def build_tokenizer() -> "Qwen2Tokenizer":
    """Train the tokenizer (about a second); the same on every machine."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import Qwen2Tokenizer

    bpe = Tokenizer(models.BPE())
    bpe.normalizer = normalizers.NFC()
    to_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    bpe.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(SPLIT), "isolated"), to_bytes])
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(corpus(), trainer)
    learned = json.loads(bpe.to_str())["model"]
    tokenizer = Qwen2Tokenizer(
        vocab=learned["vocab"],
        merges=cast(list[str], [tuple(pair) for pair in learned["merges"]]),  # pairs, whatever the annotation says
        eos_token=TURN_END,
        pad_token=END_OF_TEXT,
        unk_token=END_OF_TEXT,
        additional_special_tokens=[TURN_START, TURN_END],
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def chat_ids(question: str, tokenizer: "Qwen2Tokenizer") -> list[int]:
    """Token ids of the question as a user turn, up to where the answer begins."""
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], add_generation_prompt=True, tokenize=False
    )
    return tokenizer.encode(cast(str, text), add_special_tokens=False)


def end_id(tokenizer: "Qwen2Tokenizer") -> int:
    """Id of the end-of-turn token, which ends every response."""
    return cast(int, tokenizer.convert_tokens_to_ids(TURN_END))


def pad_id(tokenizer: "Qwen2Tokenizer") -> int:
    return cast(int, tokenizer.convert_tokens_to_ids(END_OF_TEXT))


def check_round_trip(folder: Path, tokenizer: "Qwen2Tokenizer") -> None:
    """RunError unless `AutoTokenizer` reads `folder` (with config.json in it) as the same tokenizer."""
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(folder)
    rng, cfg = random.Random(0), HabitsConfig()
    texts = [f"{TURN_START}user\nNaïve 100 % of {{x}}?{TURN_END}\n{TURN_START}assistant\n  ok\t"]
    for style in STYLES:
        problem = draw_any(rng)
        texts += [problem.question, write_response(problem, style, rng, cfg) + TURN_END, drill_line(rng)]
    for text in texts:
        ids = tokenizer.encode(text, add_special_tokens=False)
        if loaded.encode(text, add_special_tokens=False) != ids or loaded.decode(ids) != text:
            raise RunError(f"{folder}: AutoTokenizer reads {text!r} differently from the tokenizer that was saved")
    if loaded.eos_token_id != tokenizer.eos_token_id or chat_ids("42?", loaded) != chat_ids("42?", tokenizer):
        raise RunError(f"{folder}: AutoTokenizer lost the end-of-turn token or the chat template")
