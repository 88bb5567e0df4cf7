"""Templates to the letter, and token ids without doubled special tokens."""

import hashlib
import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from oneshot_rlvr.data.prompts import TEMPLATES, prompt_token_ids, prompts_digest, render_prompt, unknown_tags
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.types import Problem

PROBLEM = Problem(id="1", prompt="What is {2}+2?", answer="4")
CHAT = (
    "{% for m in messages %}<s>{{ m.role }} {{ m.content }} </s> {% endfor %}"
    "{% if add_generation_prompt %}<s>assistant {% endif %}"
)


def tokenizer(chat_template: str | None, adds_bos: bool) -> PreTrainedTokenizerFast:
    """One token a word; `<s>` is 1 and, where `adds_bos`, put before every text as Llama's tokenizers do."""
    words = ["[UNK]", "<s>", "</s>", "user", "assistant", "system", "What", "is", "four", "yes"]
    backend = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if adds_bos:
        backend.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    made = PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", eos_token="</s>", unk_token="[UNK]")
    made.chat_template = chat_template
    return made


def test_the_evaluation_template_of_the_paper_to_the_letter() -> None:
    assert render_prompt(PROBLEM, "qwen25-math-cot", None) == (
        "<|im_start|>system\nPlease reason step by step, and put your final answer within \\boxed{}.<|im_end|>\n"
        "<|im_start|>user\nWhat is {2}+2?<|im_end|>\n<|im_start|>assistant\n"
    )


def test_llama_and_distill_templates() -> None:
    assert render_prompt(PROBLEM, "llama3", None) == (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n"
        "Please reason step by step, and put your final answer within \\boxed{}.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nWhat is {2}+2?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )
    assert render_prompt(PROBLEM, "deepseek-distill", None) == (
        "<｜begin▁of▁sentence｜><｜User｜>What is {2}+2?\n"
        "Please reason step by step, and put your final answer within \\boxed{}.<｜Assistant｜><think>\n"
    )


def test_a_system_message_of_the_problem_replaces_the_template_s() -> None:
    problem = Problem(id="1", prompt="Q", answer="4", system="Be brief.")
    assert render_prompt(problem, "plain", None) == "Be brief.\n\nQ\n"
    assert render_prompt(problem, "qwen25-math-cot", None).startswith("<|im_start|>system\nBe brief.<|im_end|>")
    own = render_prompt(problem, "own", tokenizer(CHAT, adds_bos=False))
    assert own == "<s>system Be brief. </s> <s>user Q </s> <s>assistant "


def test_own_template_has_the_generation_prompt_and_its_bos_only_once() -> None:
    problem = Problem(id="1", prompt="What is", answer="4")
    for adds_bos in (False, True):
        ids = prompt_token_ids(problem, "own", tokenizer(CHAT.replace("<s>", "<s> "), adds_bos))
        assert ids == (1, 3, 6, 7, 2, 1, 4)


def test_plain_text_gets_the_bos_exactly_when_the_tokenizer_adds_one() -> None:
    problem = Problem(id="1", prompt="What is", answer="4")
    assert prompt_token_ids(problem, "plain", tokenizer(None, adds_bos=True)) == (1, 6, 7)
    assert prompt_token_ids(problem, "plain", tokenizer(None, adds_bos=False)) == (6, 7)
    begun = Problem(id="1", prompt="<s> What is", answer="4")
    assert prompt_token_ids(begun, "plain", tokenizer(None, adds_bos=True)) == (1, 6, 7)


def test_worked_examples_stand_as_earlier_turns(tmp_path: Path) -> None:
    shots = tmp_path / "shots.jsonl"
    shots.write_text(json.dumps({"problem": "What", "response": "yes"}) + "\n", encoding="utf-8")
    assert render_prompt(PROBLEM, f"question-answer+{shots}", None) == (
        "Question: What\nAnswer:yes\n\nQuestion: What is {2}+2?\nAnswer:"
    )
    assert render_prompt(PROBLEM, f"own+{shots}", tokenizer(CHAT, adds_bos=False)) == (
        "<s>user What </s> <s>assistant yes </s> <s>user What is {2}+2? </s> <s>assistant "
    )


def test_in_context_pi_1_shows_the_example_once_before_the_problem() -> None:
    text = render_prompt(PROBLEM, "in-context-pi1", None)
    assert text == render_prompt(PROBLEM, "qwen25-math-cot+pi1", None)
    assert text.count("The pressure \\( P \\) exerted by wind") == 1
    assert text.index("\\boxed{12.7}") < text.index("What is {2}+2?")
    assert text.endswith("<|im_start|>user\nWhat is {2}+2?<|im_end|>\n<|im_start|>assistant\n")


def test_faults_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no chat template; give another one"):
        render_prompt(PROBLEM, "own", tokenizer(None, adds_bos=False))
    with pytest.raises(UserError, match="did you mean 'qwen25-math-cot'"):
        render_prompt(PROBLEM, "qwen-math-cot", None)
    with pytest.raises(UserError, match="needs worked examples"):
        render_prompt(PROBLEM, "few-shot", None)
    broken = tmp_path / "shots.jsonl"
    broken.write_text('{"problem": "What"}\n', encoding="utf-8")
    with pytest.raises(UserError, match="row 1: the texts problem and response are needed"):
        render_prompt(PROBLEM, f"plain+{broken}", None)
    assert TEMPLATES[0] == "own"


def test_tags_that_a_tokenizer_does_not_know() -> None:
    assert unknown_tags("qwen25-math-cot", '{"content": "<|im_start|>"}') == ["<|im_end|>"]
    assert unknown_tags("qwen25-math-cot", '"<|im_start|>" "<|im_end|>"') == []
    assert unknown_tags("plain", "") == unknown_tags("own", "") == unknown_tags("question-answer+pi1", "") == []
    known = json.dumps("<｜User｜><｜Assistant｜><｜begin▁of▁sentence｜><｜end▁of▁sentence｜>")
    assert unknown_tags("deepseek-distill", known) == []


# Today's date, as Llama 3's template writes it: its own where none is given.
DATED = (
    "{% if date_string is not defined %}{% set date_string = strftime_now('%d %b %Y') %}{% endif %}{{ date_string }} "
)


def test_a_template_that_takes_a_date_gets_the_same_one_every_day() -> None:
    assert render_prompt(PROBLEM, "own", tokenizer(DATED + CHAT, adds_bos=False)).startswith("26 Jul 2024 <s>user ")


@pytest.mark.parametrize("outside", [
    "{{ strftime_now('%Y') }}", "{% if strftime_now('%H') == '13' %}a{% endif %}", "{{ range(99999) | random }}",
    "{% if messages[0].role == 'user' %}{{ strftime_now('%d %b') }}{% endif %}", "{{ lipsum() }}",
])  # fmt: skip
def test_a_template_that_reads_the_clock_or_draws_is_refused(outside: str) -> None:
    with pytest.raises(UserError, match="renders the same messages differently at another time") as caught:
        render_prompt(PROBLEM, "own", tokenizer(outside + CHAT, adds_bos=False))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("broken", "reason"), [
    ("{% for m in messages %}{{ m['content'] }", "line 1: unexpected '}'"),
    ("{{ raise_exception('no system role') }}", "no system role"),
    ("{{ messages[0].role + 1 }}", "can only concatenate str"),
    ("{{ 1 // 0 }}", "by zero"),
    ("{{ nothing.at.all }}", "'nothing' is undefined"),
])  # fmt: skip
def test_a_template_that_fails_is_named_by_its_file(broken: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "chat_template.jinja").write_text(broken)
    bad = tokenizer(broken, adds_bos=False)
    bad.name_or_path = str(tmp_path)
    with pytest.raises(UserError) as caught:
        render_prompt(PROBLEM, "own", bad)
    message = str(caught.value)
    assert message.startswith(f"template own: {tmp_path}/chat_template.jinja") and reason in message
    assert "\n" not in message


def test_a_digest_is_of_the_ids_and_of_where_prompts_end() -> None:
    assert prompts_digest([(1, 23)]) == hashlib.sha256(b"1,23\n").hexdigest()[:16]
    assert len({prompts_digest(p) for p in ([(1, 23)], [(12, 3)], [(1,), (23,)], [(23,), (1,)])}) == 4
