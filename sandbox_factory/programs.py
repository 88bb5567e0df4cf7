"""Text and tokenizer of the base model of the program world: `python -m sandbox_factory.programs FOLDER`.

Writes tokenizer/ and a file for each of STAGES, the same on every machine, for `rlvr sft
+experiment=sandbox_programs_skill` and what follows on it. The skill is right written work; the habits are to guess,
and to give up where a program is deep.
"""

import argparse
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from oneshot_rlvr.grading.program_world import MAX_LENGTH, MAX_VALUE, Value, run, show, show_arguments
from oneshot_rlvr.selfplay.tasks import KINDS, Refused
from oneshot_rlvr.selfplay.world import texts
from oneshot_rlvr.selfplay.world.dialect import INPUTS
from oneshot_rlvr.selfplay.world.grammar import Sample, draw, draw_arguments, draw_pairs, kinds_of
from sandbox_factory.tokenizer import END_OF_TEXT, TURN_END, TURN_START

if TYPE_CHECKING:
    from transformers import Qwen2Tokenizer

LINES_PER_STEP = 64  # data.prompts_per_step of the three experiments
Shares = Mapping[int, float]
# Depths of the programs in each kind of line.
DEDUCTION: Shares = {1: 0.22, 2: 0.24, 3: 0.24, 4: 0.2, 5: 0.06, 6: 0.04}
DEEPER: Shares = {1: 0.12, 2: 0.18, 3: 0.27, 4: 0.28, 5: 0.1, 6: 0.05}
ABDUCTION: Shares = {1: 0.45, 2: 0.35, 3: 0.2}
INDUCTION: Shares = {1: 0.8, 2: 0.2}
PROPOSED: Shares = {1: 0.4, 2: 0.35, 3: 0.17, 4: 0.08}
PROPOSED_BY_BASE: Shares = {1: 0.5, 2: 0.38, 3: 0.09, 4: 0.03}
DEEPEST: Shares = {1: 0.06, 2: 0.1, 3: 0.18, 4: 0.28, 5: 0.22, 6: 0.16}
SHALLOW_PROPOSED: Shares = {1: 0.7, 2: 0.3}
ATTEMPTS = (0.5, 0.3, 0.2)  # share of abductions with 0, 1 and 2 wrong inputs before the right one


@dataclass(frozen=True, slots=True)
class Habit:
    """Shares of the ways to answer a deduction; the rest is a guess. `stop`: two operations of work, then a guess."""

    work: float
    stop: float


@dataclass(frozen=True, slots=True)
class Habits:
    """What a base does of its own: with deep programs (from DEEP_FROM operations on), and the depths it proposes."""

    deep: Habit
    proposed: Shares


SHALLOW = Habit(work=0.6, stop=0.0)
OF_BASE_P = Habits(Habit(work=0.2, stop=0.6), PROPOSED_BY_BASE)
TIED_TO_DEPTH = Habits(Habit(work=0.05, stop=0.75), SHALLOW_PROPOSED)


@dataclass(frozen=True, slots=True)
class Stage:
    """One file. `kinds`: shares of deductions, abductions, inductions and proposals."""

    lines: int
    kinds: tuple[float, float, float, float]
    deduction: Shares = field(default_factory=lambda: DEDUCTION)
    habits: Habits | None = None


STAGES = {
    "programs_skill": Stage(256_000, (0.58, 0.16, 0.06, 0.2)),  # of which half is learned from
    "programs_drill": Stage(64_000, (0.76, 0.12, 0.02, 0.1), DEEPER),  # 600 steps of 1,000
    "programs_habits": Stage(25_600, (0.58, 0.16, 0.06, 0.2), habits=OF_BASE_P),
    # For the harder world of docs/program_world.md, of which no model is shipped.
    "programs_deep": Stage(77_000, (0.86, 0.06, 0.02, 0.06), DEEPEST),
    "programs_habits2": Stage(25_600, (0.58, 0.16, 0.06, 0.2), habits=TIED_TO_DEPTH),
}

WORDS = (
    "def f(x):\n", "def f(x,y):\n", " return ", " if ", " else ", " for i in ", "[i+", "[i*", "len(", "sum(", "max(",
    "min(", "sorted(", "//", "==", ">>", "[-1]", "[1:]", "[:2]", "[::-1]", "=True", "=False", "D\n", "A\n", "I\n",
    "PD\n", "PA\n", "PI\n", *(f"{name}=" for name in "xyabcde"), *(f" {name}=" for name in "abcde"),
    *map(str, range(10, MAX_VALUE + 1)),
)  # fmt: skip
CHAT_TEMPLATE = "{% for message in messages %}{{ message['content'] + '<|im_end|>' }}{% endfor %}"


DEEP_FROM = 3  # operations
STOP_AFTER = 2
WORKED_ABDUCTION = 0.4
HIT = 0.2  # share of guesses that are right
BROKEN = 0.06  # share of proposals with a token too many or too few


def build_tokenizer() -> "Qwen2Tokenizer":
    """Bytes, and WORDS as tokens of their own, so that a number up to MAX_VALUE is one token."""
    from tokenizers import pre_tokenizers
    from transformers import AddedToken, Qwen2Tokenizer

    entries = [END_OF_TEXT, TURN_START, TURN_END, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Qwen2Tokenizer(
        vocab={entry: place for place, entry in enumerate(entries)},
        merges=[],
        eos_token=TURN_END,
        pad_token=END_OF_TEXT,
        unk_token=END_OF_TEXT,
        additional_special_tokens=[TURN_START, TURN_END],
    )
    words: list[str | AddedToken] = [AddedToken(word, normalized=False) for word in WORDS]
    tokenizer.add_tokens(words)
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def _depth(shares: Shares, rng: random.Random) -> int:
    return rng.choices(list(shares), list(shares.values()))[0]


def near_miss(value: Value, rng: random.Random) -> Value:
    """A wrong value close to `value`, within the world's limits."""
    while True:
        if isinstance(value, list):
            wrong: Value = list(value)
            place = rng.randrange(len(value) + 1)
            if place == len(value):
                wrong = value[:-1] if rng.random() < 0.5 else [*value, rng.randint(0, 9)]
            else:
                wrong[place] += rng.choice((-2, -1, 1, 2))
        else:
            wrong = value + rng.choice((-4, -3, -2, -1, 1, 2, 3, 4))
        entries = wrong if isinstance(wrong, list) else [wrong]
        if wrong != value and len(entries) <= MAX_LENGTH and all(0 <= entry <= MAX_VALUE for entry in entries):
            return wrong


def guess(value: Value, rng: random.Random) -> str:
    """An answer without work, right in HIT of all cases."""
    return texts.MARK + show(value if rng.random() < HIT else near_miss(value, rng))


def deduction_line(sample: Sample, habit: Habit | None, rng: random.Random) -> tuple[str, str]:
    """Prompt and answer: written work, unless `habit` has it otherwise."""
    prompt, chance = texts.deduction(sample.program, sample.arguments), rng.random()
    if habit is None or chance < habit.work:
        return prompt, "\n".join(sample.run.lines)
    if chance < habit.work + habit.stop:
        named = [place for place, line in enumerate(sample.run.lines) if line[1:2] == "="]
        begun = sample.run.lines[: named[STOP_AFTER - 1] + 1]
        return prompt, "\n".join([*begun, guess(sample.run.value, rng)])
    return prompt, guess(sample.run.value, rng)


def abduction_line(sample: Sample, worked: bool, rng: random.Random) -> tuple[str, str]:
    """Inputs are tried, at most two wrong ones and then the right one; or an input is guessed."""
    prompt = texts.abduction(sample.program, show(sample.run.value))
    right = texts.MARK + show_arguments(sample.arguments)
    if not worked:
        other = draw_arguments(kinds_of(sample.arguments), rng)
        return prompt, right if rng.random() < HIT else texts.MARK + show_arguments(other)
    tried = []
    for _ in range(rng.choices(range(len(ATTEMPTS)), ATTEMPTS)[0]):
        other = [near_miss(value, rng) if rng.random() < 0.7 else value for value in sample.arguments]
        try:
            lines = attempt(sample.program, other)
        except Refused:
            continue
        if run(sample.program, other).value != sample.run.value:
            tried.append(lines)
    return prompt, "\n".join([*tried, attempt(sample.program, sample.arguments), right])


def attempt(program: str, arguments: Sequence[Value]) -> str:
    """An input and the work on it; `?` stands before its value."""
    *lines, last = run(program, arguments).lines
    return "\n".join([texts.inputs(program, arguments), *lines, texts.WRONG + last.removeprefix(texts.MARK)])


def induction_line(sample: Sample, rng: random.Random) -> tuple[str, str]:
    """Pairs of a program, and the program as the answer."""
    return texts.induction(draw_pairs(sample, INPUTS // 2, rng)), texts.MARK + sample.program


def proposal_line(shares: Shares, broken: float, rng: random.Random) -> tuple[str, str]:
    """A program unlike the one shown, or inputs of the one shown; of `broken` of them some character is left out."""
    kind, shown = rng.choice(KINDS), draw(_depth(shares, rng), rng)
    if kind == "induction":
        kinds = kinds_of(shown.arguments)
        text = texts.propose_inputs([draw_arguments(kinds, rng) for _ in range(INPUTS)])
    else:
        made = draw(_depth(shares, rng), rng)
        text = texts.propose(made.program, made.arguments)
    if rng.random() < broken:
        place = rng.randrange(len(text))
        text = text[:place] + text[place + 1 :]
    return texts.proposal(kind, shown.program, shown.arguments), text


def lines(name: str, seed: int = 0) -> Iterator[dict[str, str]]:
    """Lines of one of STAGES, without end."""
    stage, rng = STAGES[name], random.Random(f"{name} {seed}")
    while True:
        kind = rng.choices(("deduction", "abduction", "induction", "propose"), stage.kinds)[0]
        if kind == "deduction":
            depth = _depth(stage.deduction, rng)
            habit = (stage.habits.deep if depth >= DEEP_FROM else SHALLOW) if stage.habits else None
            prompt, response = deduction_line(draw(depth, rng), habit, rng)
        elif kind == "abduction":
            worked = not stage.habits or rng.random() < WORKED_ABDUCTION
            prompt, response = abduction_line(draw(_depth(ABDUCTION, rng), rng), worked, rng)
        elif kind == "induction":
            prompt, response = induction_line(draw(_depth(INDUCTION, rng), rng), rng)
        else:
            shares, broken = (stage.habits.proposed, BROKEN) if stage.habits else (PROPOSED, 0.0)
            prompt, response = proposal_line(shares, broken, rng)
        yield {"prompt": prompt, "response": response}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where tokenizer/ and the files go")
    parser.add_argument("--only", choices=STAGES, help="one of the files")
    args = parser.parse_args()
    build_tokenizer().save_pretrained(args.folder / "tokenizer")
    (args.folder / "tokenizer" / "config.json").write_text('{"model_type": "qwen2"}\n')
    for name, stage in STAGES.items():
        if args.only not in (None, name):
            continue
        path = args.folder / f"{name}.jsonl"
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for line in islice(lines(name), stage.lines):
                file.write(json.dumps(line) + "\n")
        print(path)


if __name__ == "__main__":
    main()
