"""Questions of multiple choice, out of the forms in which the field publishes them.

ARC (`choices` with the lists text and label, `answerKey`), MMLU (a list `choices`, the number of the right one from 0),
MMLU-Pro (a list `options`, the letter of the right one), options by their letters, and GPQA (`Correct Answer`,
`Incorrect Answer 1` to `3`, in an order drawn for each question).
"""

import random
from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any

from oneshot_rlvr.errors import UserError

INSTRUCTION = "Answer with the letter of the right choice within \\boxed{}."
FIELDS = ("choices", "options")
RIGHT, WRONG = "Correct Answer", "Incorrect Answer "
NONE = "N/A"  # fills the lists of some copies of MMLU-Pro up to ten


def choices_of(record: Mapping[str, Any], where: str) -> tuple[list[str], list[str]] | None:
    """Labels and texts of the options; None for a record without any. UserError beginning with `where`."""
    if record.get(RIGHT) is not None:
        return _shuffled(record, where)
    field = next((field for field in FIELDS if record.get(field)), None)
    if field is None:
        return None
    given = record[field]
    if isinstance(given, Mapping) and {"text", "label"} <= set(given):
        labels, texts = list(given["label"]), list(given["text"])
    elif isinstance(given, Mapping):
        labels, texts = list(given), list(given.values())
    elif isinstance(given, Sequence) and not isinstance(given, str):
        kept = [(label, text) for label, text in zip(ascii_uppercase, given) if text != NONE]
        labels, texts = [label for label, _ in kept], [text for _, text in kept]
    else:
        raise UserError(f"{where}: {field} is {type(given).__name__}, a list of texts is needed")
    if len(labels) != len(texts) or not all(isinstance(text, str) for text in (*labels, *texts)):
        raise UserError(f"{where}: {field}: as many labels as texts are needed, each a text")
    return labels, texts


def _shuffled(record: Mapping[str, Any], where: str) -> tuple[list[str], list[str]]:
    """GPQA's options in an order that the question itself decides, so that the right one has no place of its own."""
    texts = [record.get(field) for field in (RIGHT, *(f"{WRONG}{n}" for n in (1, 2, 3)))]
    texts = [text.strip() for text in texts if isinstance(text, str) and text.strip()]
    if len(texts) < 2:
        raise UserError(f"{where}: {RIGHT!r} and {WRONG + '1'!r} are needed, each a text")
    random.Random(f"choices {record.get('Question')}").shuffle(texts)
    return list(ascii_uppercase[: len(texts)]), texts


def right_label(record: Mapping[str, Any], answer: Any, labels: Sequence[str], texts: Sequence[str], where: str) -> str:
    """Label of the right option, which an answer gives by itself, by its number from 0 or by its text."""
    answer = record[RIGHT].strip() if record.get(RIGHT) is not None else answer
    if isinstance(answer, str):
        if answer.strip() in labels:
            return answer.strip()
        if texts.count(answer) == 1:
            return labels[texts.index(answer)]
    elif isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(labels):
        return labels[answer]
    raise UserError(f"{where}: the answer {answer!r} is none of the choices {', '.join(labels)}")


def with_choices(question: str, labels: Sequence[str], texts: Sequence[str]) -> str:
    """The question, an option a line, and a line on boxing the letter."""
    return "\n".join([question, *(f"{label}. {text}" for label, text in zip(labels, texts)), INSTRUCTION])
