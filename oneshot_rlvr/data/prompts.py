"""Prompts: templates, worked examples in front, and the token ids that a model reads.

A template is named `NAME` or `NAME+SHOTS`: `own`, `qwen25-math-cot`, `qwen25-math-cot+pi1`, `own+my_shots.jsonl`.
SHOTS is a JSON-lines file with `problem` and `response`, or a shipped set by name; its pairs stand as earlier turns.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from oneshot_rlvr.data.datasets import read_jsonl
from oneshot_rlvr.data.registry import find_file
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.paths import shipped_data_dir
from oneshot_rlvr.types import Problem

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

DATE = "26 Jul 2024"  # date for templates that write one: Llama 3's own default
CLOCKS = (datetime(2024, 7, 26), datetime(2031, 12, 5, 13, 7, 9))  # two times at which a prompt must be the same
THINK_INSTRUCTION = (
    "A User asks, and an Assistant answers. The Assistant first reasons, then gives its result: the reasoning stands "
    "between <think> and </think>, and right behind it the result between <answer> and </answer>."
)
BOXED_INSTRUCTION = "Please reason step by step, and put your final answer within \\boxed{}."


@dataclass(frozen=True, slots=True)
class Shot:
    """A worked example: question and full response."""

    problem: str
    response: str


@dataclass(frozen=True, slots=True)
class TextTemplate:
    """A conversation as text: `start`, the system part, then user and assistant parts in turn; `{}` is the text.

    The generation prompt is the user part followed by `cue`; `system_text` is used where the problem brings none.
    """

    start: str
    system: str
    user: str
    cue: str
    end: str  # after an assistant turn
    system_text: str = ""
    user_suffix: str = ""

    def render(self, problem: Problem, shots: Sequence[Shot]) -> str:
        """The whole prompt: system part, worked examples, the problem, cue."""
        system = problem.system if problem.system is not None else self.system_text
        text = self.start + (self.system.replace("{}", system, 1) if system else "")
        for shot in shots:
            text += self.user.replace("{}", shot.problem + self.user_suffix, 1) + self.cue + shot.response + self.end
        return text + self.user.replace("{}", problem.prompt + self.user_suffix, 1) + self.cue


# `qwen25-math-cot` is the paper's evaluation template. The Llama 3 and DeepSeek texts follow the chat formats of their
# model cards, with the instruction where these put it (DeepSeek's card asks for no system message).
# `think-answer` is the form of DeepSeek-R1-Zero (arXiv 2501.12948, table 1) in our words: it opens the reasoning.
TEXT_TEMPLATES = {
    "plain": TextTemplate(start="", system="{}\n\n", user="{}\n", cue="", end="\n\n"),
    "question-answer": TextTemplate(start="", system="{}\n\n", user="Question: {}\n", cue="Answer:", end="\n\n"),
    "qwen25-math-cot": TextTemplate(
        start="",
        system="<|im_start|>system\n{}<|im_end|>\n",
        user="<|im_start|>user\n{}<|im_end|>\n",
        cue="<|im_start|>assistant\n",
        end="<|im_end|>\n",
        system_text=BOXED_INSTRUCTION,
    ),
    "llama3": TextTemplate(
        start="<|begin_of_text|>",
        system="<|start_header_id|>system<|end_header_id|>\n\n{}<|eot_id|>",
        user="<|start_header_id|>user<|end_header_id|>\n\n{}<|eot_id|>",
        cue="<|start_header_id|>assistant<|end_header_id|>\n\n",
        end="<|eot_id|>",
        system_text=BOXED_INSTRUCTION,
    ),
    "deepseek-distill": TextTemplate(
        start="<｜begin▁of▁sentence｜>",
        system="{}",
        user="<｜User｜>{}",
        cue="<｜Assistant｜><think>\n",
        end="<｜end▁of▁sentence｜>",
        user_suffix="\n" + BOXED_INSTRUCTION,
    ),
    "think-answer": TextTemplate(
        start="",
        system="{}\n\n",
        user="User: {}\n",
        cue="Assistant: <think>",
        end="\n",
        system_text=THINK_INSTRUCTION,
    ),
}
TEMPLATES = ("own", *TEXT_TEMPLATES)
ALIASES = {"in-context-pi1": "qwen25-math-cot+pi1", "few-shot": "question-answer"}
TAG = re.compile(r"<[|｜][^<>]+[|｜]>")
NEEDS_SHOTS = ("question-answer",)


def render_prompt(problem: Problem, template: str, tokenizer: "PreTrainedTokenizerBase | None") -> str:
    """The text put before the model; only `own` reads the tokenizer (its chat template, with generation prompt).

    Raises UserError for an unknown template, missing shots, and `own` on a tokenizer without chat template.
    """
    name, shots = parse_template(template)
    if name != "own":
        return TEXT_TEMPLATES[name].render(problem, shots)
    if tokenizer is None or not tokenizer.chat_template:
        raise UserError(
            "template own: this tokenizer has no chat template; give another one, such as template=plain or "
            "template=qwen25-math-cot"
        )
    messages = [] if problem.system is None else [{"role": "system", "content": problem.system}]
    for shot in shots:
        messages += [{"role": "user", "content": shot.problem}, {"role": "assistant", "content": shot.response}]
    messages.append({"role": "user", "content": problem.prompt})
    first, second = (_by_chat_template(messages, tokenizer, clock) for clock in CLOCKS)
    if first != second:
        raise UserError(
            f"template own: {_template_file(tokenizer)} renders the same messages differently at another time (a date "
            "or a random choice), so that prompts would not stay the same; give another one, such as template=plain"
        )
    return first


def template_text(question: str, tokenizer: "PreTrainedTokenizerBase") -> str:
    """The text that the model's own chat template puts between the end-of-turn token of an answer and the next answer,
    for a further question; UserError where it writes the turns before differently once another follows."""
    turns = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]
    before = _by_chat_template(turns, tokenizer, CLOCKS[0], cue=False)
    after = _by_chat_template([*turns, {"role": "user", "content": question}], tokenizer, CLOCKS[0])
    if not after.startswith(before):
        raise UserError(f"template own: {_template_file(tokenizer)} rewrites earlier turns, so that a conversation of "
                        "several turns cannot be trained on as one text")  # fmt: skip
    ending = before.rpartition("!")[2]
    token = max((t for t in tokenizer.all_special_tokens if ending.startswith(t)), key=len, default="")
    return ending[len(token) :] + after[len(before) :]


def _by_chat_template(
    messages: list[dict[str, str]], tokenizer: "PreTrainedTokenizerBase", clock: datetime, cue: bool = True
) -> str:
    """The tokenizer's own template with its clock at `clock`, and with `cue` the beginning of an answer.

    UserError for whatever goes wrong in it.
    """
    import jinja2

    try:
        text = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=cue, date_string=DATE, strftime_now=clock.strftime
        )
    except (jinja2.TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, jinja2.TemplateSyntaxError) else ""
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(f"template own: {_template_file(tokenizer)}{line}: {reason}") from error
    assert isinstance(text, str)
    return text


def _template_file(tokenizer: "PreTrainedTokenizerBase") -> str:
    folder = Path(tokenizer.name_or_path)
    found = (folder / name for name in ("chat_template.jinja", "chat_template.json", "tokenizer_config.json"))
    return next((str(path) for path in found if path.is_file()), f"the chat template of {folder}")


def unknown_tags(template: str, tokenizer_json: str) -> list[str]:
    """Tags of a template that are no tokens of a tokenizer, which then reads them as letters."""
    name = parse_template(template)[0]
    if name == "own":
        return []
    of = TEXT_TEMPLATES[name]
    tags = dict.fromkeys(TAG.findall(of.start + of.system + of.user + of.cue + of.end))
    return [tag for tag in tags if tag not in tokenizer_json and json.dumps(tag)[1:-1] not in tokenizer_json]


def prompt_token_ids(problem: Problem, template: str, tokenizer: "PreTrainedTokenizerBase") -> tuple[int, ...]:
    """Token ids of the rendered prompt [T]. Special tokens in the text count once: none is added to a chat-formatted
    text; a tokenizer that opens every text with its bos token opens a plain one with it too.
    """
    text = render_prompt(problem, template, tokenizer)
    ids = tuple(tokenizer.encode(text, add_special_tokens=False))
    opening = tuple(tokenizer.encode("", add_special_tokens=True))[:1]
    bos = tokenizer.bos_token_id
    if parse_template(template)[0] != "own" and isinstance(bos, int) and opening == (bos,) and ids[:1] != (bos,):
        return (bos, *ids)
    return ids


def prompts_digest(prompts: Iterable[Sequence[int]]) -> str:
    """The token ids of prompts, in 16 hex digits."""
    digest = hashlib.sha256()
    for ids in prompts:
        digest.update(f"{','.join(map(str, ids))}\n".encode())
    return digest.hexdigest()[:16]


@cache
def parse_template(template: str) -> tuple[str, tuple[Shot, ...]]:
    """`NAME[+SHOTS]` as name and worked examples. Raises UserError when either is unknown."""
    name, plus, shots_name = ALIASES.get(template, template).partition("+")
    name = ALIASES.get(name, name)
    if name not in TEMPLATES:
        raise UserError(f"template={template}: not known; {nearest(name, [*TEMPLATES, *ALIASES])}")
    if not plus and name in NEEDS_SHOTS:
        raise UserError(f"template={template}: needs worked examples, as in {template}+pi1 or {template}+shots.jsonl")
    return name, load_shots(shots_name) if plus else ()


def load_shots(name_or_path: str) -> tuple[Shot, ...]:
    """Worked examples of a JSON-lines file with `problem` and `response`; `pi1` is the shipped one (our solution)."""
    shipped = shipped_data_dir() / "examples" / f"{name_or_path}_shots.jsonl"
    path = shipped if shipped.is_file() else find_file(name_or_path, "worked examples")
    shots = []
    for row, record in enumerate(read_jsonl(path), start=1):
        problem, response = record.get("problem"), record.get("response")
        if not isinstance(problem, str) or not isinstance(response, str):
            raise UserError(f"{path}: row {row}: the texts problem and response are needed")
        shots.append(Shot(problem, response))
    if not shots:
        raise UserError(f"{path}: holds no worked examples")
    return tuple(shots)
