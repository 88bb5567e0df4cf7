"""Accuracy of a model of the program world on held-out tasks, by kind and depth, greedy and sampled.

`python -m sandbox_factory.programs_measure FOLDER` prints the figures of a model folder, such as a checkpoint of
`rlvr sft +experiment=sandbox_base_p`, and writes them to FOLDER/scores.json with --write. Runs take theirs themselves.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.grading.program_world import read_arguments, run, show
from oneshot_rlvr.grading.world import extract
from oneshot_rlvr.selfplay.tasks import Refused
from oneshot_rlvr.selfplay.world import texts
from oneshot_rlvr.selfplay.world.grammar import Sample, held_out
from oneshot_rlvr.types import Problem
from sandbox_factory.measure import load_base, respond

if TYPE_CHECKING:
    from transformers import Qwen2ForCausalLM, Qwen2Tokenizer

PER_DEPTH = 60
SEED = "measure"
MAX_NEW_TOKENS = 192
TEMPERATURES = (0.0, 0.6, 1.0)


@dataclass(frozen=True, slots=True)
class Scores:
    """Shares of the tasks of one kind at one temperature, 0 to 1, by depth."""

    kind: str
    temperature: float
    right: dict[int, float]
    worked: dict[int, float]  # answers with written work
    tokens: float


def is_right(kind: str, sample: Sample, text: str) -> bool:
    """True for the output, or for any input that gives it."""
    found = extract(text)
    if kind == "deduction":
        return found == show(sample.run.value)
    try:
        return found is not None and run(sample.program, read_arguments(found)).value == sample.run.value
    except Refused:
        return False


def measure(
    model: "Qwen2ForCausalLM", tokenizer: "Qwen2Tokenizer", kind: str, samples: Sequence[Sample], temperature: float
) -> Scores:
    """One response for each sample, as a task of `kind`."""
    prompts = [
        texts.deduction(sample.program, sample.arguments) if kind == "deduction"
        else texts.abduction(sample.program, show(sample.run.value))
        for sample in samples
    ]  # fmt: skip
    problems = [Problem(str(place), prompt, "") for place, prompt in enumerate(prompts)]
    rows = respond(model, tokenizer, problems, temperature, max_new_tokens=MAX_NEW_TOKENS)
    right, worked = defaultdict[int, list[bool]](list), defaultdict[int, list[bool]](list)
    for sample, text in zip(samples, tokenizer.batch_decode(rows)):
        right[sample.run.depth].append(is_right(kind, sample, text))
        worked[sample.run.depth].append(not text.startswith(texts.MARK))
    means = ({depth: sum(found) / len(found) for depth, found in table.items()} for table in (right, worked))
    return Scores(kind, temperature, *means, tokens=sum(map(len, rows)) / len(rows))


def table(scores: Sequence[Scores]) -> str:
    """Accuracy in percent, a row for each kind and temperature and a column for each depth."""
    depths = list(scores[0].right)
    lines = [f"{'right, %':<20}{'all':>5}" + "".join(f"{depth:>5}" for depth in depths) + "   worked, by depth; tokens"]
    for row in scores:
        mean = sum(row.right.values()) / len(depths)
        cells = "".join(f"{100 * row.right[depth]:>5.0f}" for depth in depths)
        worked = "".join(f"{100 * row.worked[depth]:>5.0f}" for depth in depths)
        lines.append(f"{row.kind} T={row.temperature:<8}{100 * mean:>5.0f}{cells}   {worked}{row.tokens:>8.1f}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0, or 2 for a folder without a model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of a model")
    parser.add_argument("--per-depth", type=int, default=PER_DEPTH, metavar="N", help=f"tasks (default: {PER_DEPTH})")
    parser.add_argument("--write", action="store_true", help="write FOLDER/scores.json too")
    args = parser.parse_args(arguments)
    try:
        model, tokenizer = load_base(args.folder)
    except UserError as error:
        print(f"sandbox_factory.programs_measure: {error}", file=sys.stderr)
        return 2
    torch.set_num_threads(1)  # another number rounds differently
    samples = list(held_out(args.per_depth, SEED))
    scores = [measure(model, tokenizer, kind, samples, temperature)
              for kind in ("deduction", "abduction") for temperature in TEMPERATURES]  # fmt: skip
    print(table(scores))
    if args.write:
        (args.folder / "scores.json").write_text(json.dumps([asdict(row) for row in scores], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
