"""Given responses for supervised training: files of prompts and responses, or of conversations, or of plain text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oneshot_rlvr.data.datasets import read_jsonl, renamed
from oneshot_rlvr.data.hub import with_revision
from oneshot_rlvr.data.prompts import parse_template, prompt_token_ids, template_text
from oneshot_rlvr.data.registry import find_file
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.types import Problem, Rollout, Task

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from oneshot_rlvr.config.schema import DataConfig

FORMS = (
    '{"prompt": ..., "response": ...}, {"prompt": ..., "solution": ..., "critique": ...}, {"messages": [...]} or '
    '{"text": ...}'
)
# Critique fine-tuning (arXiv 2506.03295): what is learned is the critique of a solution that somebody gave.
CRITIQUE = "{prompt}\n\nA solution: {solution}\n\nIs it right? Go through it."
ROLES = ("user", "assistant")
TEXTS = ("prompt", "response", "solution", "critique", "messages", "text", "system")
ROLES_OF_TEXTS = {name: (name,) for name in TEXTS}


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One line of a file. `turns` follow the first question: response, question, response, ...; without a question
    (`problem.prompt` is "") the text stands after an end-of-text token alone."""

    problem: Problem
    turns: tuple[str, ...]  # one at least


def demonstrations(cfg: "DataConfig") -> list[Demonstration]:
    """The responses that a run is to learn (`data.demonstrations`, with `data.columns` and `data.revision`)."""
    assert cfg.demonstrations is not None
    return load_demonstrations(with_revision(cfg.demonstrations, cfg.revision), cfg.columns)


def load_demonstrations(name_or_path: str, columns: Mapping[str, str] | None = None) -> list[Demonstration]:
    """The lines of a JSON-lines file or a data set of the hub, whose `columns` may have other names. UserError names
    the line that is none of the four forms."""
    path = find_file(name_or_path, "demonstrations")
    records = renamed(read_jsonl(path), columns or {}, name_or_path, ROLES_OF_TEXTS)
    found = [_demonstration(record, f"{path}: row {row}", str(row)) for row, record in enumerate(records, 1)]
    if not found:
        raise UserError(f"{path}: holds no demonstrations")
    return found


def _demonstration(record: Mapping[str, Any], where: str, name: str) -> Demonstration:
    if isinstance(record.get("text"), str) and record["text"]:
        return Demonstration(Problem(name, "", ""), (record["text"],))
    if isinstance(messages := record.get("messages"), list):
        return _conversation(messages, where, name)
    prompt, response, system = record.get("prompt"), record.get("response"), record.get("system")
    if isinstance(prompt, str) and isinstance(solution := record.get("solution"), str) and solution:
        prompt, response = CRITIQUE.format(prompt=prompt, solution=solution), record.get("critique")
    if not (isinstance(prompt, str) and prompt and isinstance(response, str) and response):
        raise UserError(f"{where}: {FORMS} is needed, with texts that are not empty")
    return Demonstration(Problem(name, prompt, "", system=system if isinstance(system, str) else None), (response,))


def _conversation(messages: Sequence[Any], where: str, name: str) -> Demonstration:
    """Messages from user and assistant in turn, the last from the assistant; a system message may stand first."""
    if not all(isinstance(m, dict) and isinstance(m.get("content"), str) for m in messages):
        raise UserError(f"{where}: messages are objects with the texts role and content")
    first = [m["content"] for m in messages[:1] if m.get("role") == "system"]
    rest = messages[len(first) :]
    for place, message in enumerate(rest):
        if message.get("role") != ROLES[place % 2]:
            raise UserError(f"{where}: message {place + len(first) + 1} is from {message.get('role')!r}, "
                            f"{ROLES[place % 2]!r} is needed there")  # fmt: skip
    if len(rest) < 2 or len(rest) % 2:
        raise UserError(f"{where}: the last message must be the assistant's")
    texts = [m["content"] for m in rest]
    return Demonstration(Problem(name, texts[0], "", system=first[0] if first else None), tuple(texts[1:]))


def as_rollout(
    given: Demonstration, template: str, tokenizer: "PreTrainedTokenizerBase", stop_id: int, where: str
) -> Rollout:
    """The demonstration as a finished rollout with reward 1; of several turns the questions are masked."""
    if given.problem.prompt:
        prompt = prompt_token_ids(given.problem, template, tokenizer)
    else:
        prompt = (stop_id,)
    text = given.turns[-1]
    ids = [*_encoded(given.turns[0], tokenizer), stop_id]
    trained = [True] * len(ids)
    if len(given.turns) > 1:
        if parse_template(template)[0] != "own":
            raise UserError(f"{where}: {given.problem.id}: several turns need the model's own chat template "
                            "(model.template=own)")  # fmt: skip
        for number in range(1, len(given.turns), 2):
            between = _encoded(template_text(given.turns[number], tokenizer), tokenizer)
            answer = [*_encoded(given.turns[number + 1], tokenizer), stop_id]
            ids += [*between, *answer]
            trained += [False] * len(between) + [True] * len(answer)
    mask = None if all(trained) else tuple(trained)
    return Rollout(Task(given.problem, prompt), given.problem.id, 0, 0, tuple(ids), mask=mask, finish_reason="stop",
                   text=text, reward=1.0)  # fmt: skip


def _encoded(text: str, tokenizer: "PreTrainedTokenizerBase") -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False))
