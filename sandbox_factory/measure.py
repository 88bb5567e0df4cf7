"""Accuracy of a sandbox model on held-out problems, and its skill when it is made to write its work.

`python -m sandbox_factory.measure FOLDER` prints the figures of a model folder, such as a checkpoint of
`rlvr sft +experiment=sandbox_base_e`, and writes them to FOLDER/scores.json with --write. Plain `generate` calls; runs
are evaluated by `oneshot_rlvr.evaluation`.
"""

import argparse
import json
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Sequence, cast

import torch

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.sandbox.world import FAMILIES, shipped_held_out
from oneshot_rlvr.types import Problem
from sandbox_factory.habits import WORK_OPENINGS
from sandbox_factory.tokenizer import chat_ids, end_id, pad_id

if TYPE_CHECKING:
    from transformers import Qwen2ForCausalLM, Qwen2Tokenizer

MAX_NEW_TOKENS = 64
SAMPLED_TEMPERATURE = 0.6
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


@dataclass(frozen=True, slots=True)
class BaseScores:
    """Figures of a base model on held-out problems: as it answers, and when it is made to write its work."""

    problems: int
    greedy: Scores
    sampled: Scores  # one sample each at SAMPLED_TEMPERATURE
    forced_work: Scores


def load_base(folder: Path) -> "tuple[Qwen2ForCausalLM, Qwen2Tokenizer]":
    """The model of a folder in float32, and its tokenizer. UserError where the folder holds none."""
    from transformers import AutoTokenizer, Qwen2ForCausalLM
    from transformers.utils import logging

    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        if not (folder / name).is_file():
            raise UserError(f"{folder}: no model folder: it has no {name}")
    logging.disable_progress_bar()  # transformers' own, for reading one small file
    model = Qwen2ForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa").eval()
    return model, AutoTokenizer.from_pretrained(folder)


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
    max_new_tokens: int = MAX_NEW_TOKENS,
) -> list[list[int]]:
    """Token ids of one response per problem, without what follows the end of turn; `opening` begins every answer."""
    prompts = [chat_ids(p.prompt, tokenizer) + tokenizer.encode(opening) for p in problems]
    longest, pad = max(map(len, prompts)), pad_id(tokenizer)
    ids = torch.tensor([[pad] * (longest - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
    torch.manual_seed(seed)
    choice = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0} if temperature else {}
    generate = cast(Any, model).generate  # its annotated protocol does not fit its own classes
    out = generate(input_ids=ids, attention_mask=mask, max_new_tokens=max_new_tokens, **choice)
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


def score_base(model: "Qwen2ForCausalLM", tokenizer: "Qwen2Tokenizer", problems: Sequence[Problem]) -> BaseScores:
    """All three scores of a base model."""
    return BaseScores(
        problems=len(problems),
        greedy=measure(model, tokenizer, problems, 0.0),
        sampled=measure(model, tokenizer, problems, SAMPLED_TEMPERATURE),
        forced_work=forced_work(model, tokenizer, problems),
    )


def scores_table(scores: BaseScores) -> str:
    """Accuracy in percent, a row for each way of answering and a column for each family."""
    families = list(scores.greedy.families)
    lines = [f"held-out accuracy, % of {scores.problems} problems"]
    lines.append(f"{'':<14}{'all':>6}" + "".join(f"{f:>6}" for f in families) + f"{'boxed':>7}{'tokens':>8}")
    rows = {"greedy": scores.greedy, "T=0.6": scores.sampled, "made to work": scores.forced_work}
    for name, row in rows.items():
        cells = "".join(f"{100 * row.families[f]:>6.0f}" for f in families)
        lines.append(f"{name:<14}{100 * row.accuracy:>6.1f}{cells}{100 * row.boxed:>7.0f}{row.mean_tokens:>8.1f}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0, or 2 for a folder without a model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of a model")
    parser.add_argument("--write", action="store_true", help="write FOLDER/scores.json too")
    args = parser.parse_args(arguments)
    try:
        model, tokenizer = load_base(args.folder)
    except UserError as error:
        print(f"sandbox_factory.measure: {error}", file=sys.stderr)
        return 2
    torch.set_num_threads(1)  # another number rounds differently
    scores = score_base(model, tokenizer, shipped_held_out())
    print(scores_table(scores))
    if args.write:
        (args.folder / "scores.json").write_text(json.dumps(asdict(scores), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
