#!/usr/bin/env python3
"""Makes the easy word problems of `rlvr demo --real` by rules and a seed: data/word_problems/*.jsonl.

    python scripts/word_problems.py [FOLDER]

Five families of the same size: a sum, a difference, a product, a story of one step, a story of two. Every problem asks
for a box. No held-out problem is in the pool, whose first one is the example that the demo trains on.
"""

import json
import random
import sys
from pathlib import Path

SUFFIX = r" Put your final answer within \boxed{}."
EXAMPLE = {
    "id": "marbles",
    "problem": "Sam has 6 boxes with 10 marbles in each box. How many marbles does Sam have?" + SUFFIX,
    "answer": "60",
    "category": "story",
}
NAMES = ("Ana", "Ben", "Chloe", "Dan", "Ella", "Finn", "Grace", "Hugo", "Iris", "Jack", "Lena", "Max", "Nora", "Tom")
THINGS = ("apples", "books", "buttons", "cards", "coins", "cookies", "eggs", "pencils", "shells", "stamps", "stickers")
FAMILIES = ("plus", "minus", "times", "story", "two_steps")
SETS = (("heldout", 200, 0), ("pool", 249, 1))  # name, number of problems, seed


def make(family: str, rng: random.Random) -> tuple[str, int]:
    """Draws one problem of a family: its question and its answer."""
    large, small = rng.randint(11, 60), rng.randint(2, 10)
    other, times = rng.randint(2, 40), rng.randint(2, 10)
    if family == "plus":
        return f"What is {large} + {other}?", large + other
    if family == "minus":
        return f"What is {large + other} - {other}?", large
    if family == "times":
        return f"What is {small} times {other // 2 + 1}?", small * (other // 2 + 1)
    name, friend = rng.sample(NAMES, 2)
    things = rng.choice(THINGS)
    stories = ONE_STEP if family == "story" else TWO_STEPS
    text, answer = rng.choice(stories)(large, small, times, other)
    return text.format(name=name, friend=friend, things=things), answer


ONE_STEP = (
    lambda large, small, times, other: (
        f"{{name}} has {small} boxes with {times} {{things}} in each box. How many {{things}} does {{name}} have?",
        small * times,
    ),
    lambda large, small, times, other: (
        f"{{name}} has {large} {{things}} and buys {other} more. How many {{things}} does {{name}} have now?",
        large + other,
    ),
    lambda large, small, times, other: (
        f"{{name}} has {large + other} {{things}} and gives {other} of them to {{friend}}. How many {{things}} does "
        "{name} have left?",
        large,
    ),
    lambda large, small, times, other: (
        f"{{name}} shares {small * times} {{things}} equally among {small} friends. How many {{things}} does each "
        "friend get?",
        times,
    ),
)
TWO_STEPS = (
    lambda large, small, times, other: (
        f"{{name}} buys {small} packs with {times} {{things}} in each pack and then loses {small - 1} {{things}}. How "
        "many {things} does {name} have left?",
        small * times - small + 1,
    ),
    lambda large, small, times, other: (
        f"{{name}} has {large} {{things}}, finds {other} more and gives {small} of them to {{friend}}. How many "
        "{things} does {name} have now?",
        large + other - small,
    ),
    lambda large, small, times, other: (
        f"{{name}} reads {small} pages on each of {times} days and {other} pages on the next day. How many pages does "
        "{name} read in all?",
        small * times + other,
    ),
)


def problems(name: str, number: int, seed: int, taken: set[str]) -> list[dict[str, str]]:
    """Makes `number` different problems, family after family in turn; none is in `taken`, which gets them."""
    rng, made = random.Random(seed), []
    while len(made) < number:
        family = FAMILIES[len(made) % len(FAMILIES)]
        question, answer = make(family, rng)
        if question not in taken:
            taken.add(question)
            place = f"{name}-{family}-{len(made) // len(FAMILIES):03d}"
            made.append({"id": place, "problem": question + SUFFIX, "answer": str(answer), "category": family})
    return made


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    taken = {EXAMPLE["problem"].removesuffix(SUFFIX)}
    for name, number, seed in SETS:
        rows = problems(name, number, seed, taken)
        lines = [json.dumps(row) + "\n" for row in ([EXAMPLE, *rows] if name == "pool" else rows)]
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "data" / "word_problems")
