"""What a sandbox model can do: accuracy on held-out problems, and its skill when it is made to write its work.

Plain `generate` calls, for the figures of a new base model; runs are evaluated by `oneshot_rlvr.evaluation`.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Sequence, cast

import torch

from oneshot_rlvr.sandbox.world import FAMILIES
from oneshot_rlvr.types import Problem
from sandbox_factory.habits import WORK_OPENINGS
from sandbox_factory.tokenizer import chat_ids, end_id, pad_id

if TYPE_CHECKING:
    from transformers import Qwen2ForCausalLM, Qwen2Tokenizer

MAX_NEW_TOKENS = 64
BOX = re.compile(r"\\boxed\{(-?\d+)\}")
NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Scores:
    """Shares of the problems, 0 to 1; `families` holds the accuracy of each family."""

    accuracy: float
    families: dict[str, float]
    boxed: float
    worked: float
    mean_tokens: float


def last_box(response: str) -> str | None:
    """The whole number in the last `\\boxed{}`; enough for the world's own answers."""
    found = BOX.findall(response)
    return found[-1] if found else None


def last_number(response: str) -> str | None:
    """The last number of the response, boxed or not."""
    found = NUMBER.findall(response)
    return found[-1] if found else None


@torch.no_grad()
def respond(
    model: "Qwen2ForCausalLM",
    tokenizer: "Qwen2Tokenizer",
    problems: Sequence[Problem],
    temperature: float,
    opening: str = "",
    seed: int = 0,
) -> list[list[int]]:
    """Token ids of one response per problem, without what follows the end of turn; `opening` begins every answer."""
    prompts = [chat_ids(p.prompt, tokenizer) + tokenizer.encode(opening) for p in problems]
    longest, pad = max(map(len, prompts)), pad_id(tokenizer)
    ids = torch.tensor([[pad] * (longest - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
    torch.manual_seed(seed)
    choice = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0} if temperature else {}
    generate = cast(Any, model).generate  # its annotated protocol does not fit its own classes
    out = generate(input_ids=ids, attention_mask=mask, max_new_tokens=MAX_NEW_TOKENS, **choice)
    rows = [row[longest:].tolist() for row in out]
    end = end_id(tokenizer)
    return [row[: row.index(end)] if end in row else row for row in rows]


def measure(
    model: "Qwen2ForCausalLM", tokenizer: "Qwen2Tokenizer", problems: Sequence[Problem], temperature: float
) -> Scores:
    """Scores of one response per problem, greedy at temperature 0."""
    rows = respond(model, tokenizer, problems, temperature)
    return _scores(problems, rows, tokenizer.batch_decode(rows), last_box)


def forced_work(model: "Qwen2ForCausalLM", tokenizer: "Qwen2Tokenizer", problems: Sequence[Problem]) -> Scores:
    """Greedy scores when every answer is made to begin with `Step by step:`; the box is not asked for."""
    rows = respond(model, tokenizer, problems, 0.0, opening=WORK_OPENINGS[0])
    return _scores(problems, rows, tokenizer.batch_decode(rows), last_number)


def _scores(
    problems: Sequence[Problem], rows: list[list[int]], texts: list[str], extract: Callable[[str], str | None]
) -> Scores:
    right = [extract(text) == p.answer for text, p in zip(texts, problems)]
    count = len(problems)
    return Scores(
        accuracy=sum(right) / count,
        families=_by_family(problems, right),
        boxed=sum(last_box(text) is not None for text in texts) / count,
        worked=sum("=" in text for text in texts) / count,
        mean_tokens=sum(map(len, rows)) / count,
    )


def _by_family(problems: Sequence[Problem], right: Sequence[bool]) -> dict[str, float]:
    shares = {}
    for family in FAMILIES:
        of_family = [ok for ok, p in zip(right, problems) if p.category == family]
        if of_family:
            shares[family] = sum(of_family) / len(of_family)
    return shares
