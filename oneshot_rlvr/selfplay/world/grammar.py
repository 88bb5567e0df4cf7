"""Random programs of the world: typed, one operation a statement, of an exact depth; and tasks held out for validation.

Every value that a program computes is used, and no program is `dead`.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from oneshot_rlvr.grading.program_world import Program, Run, Value, parse, run, show, show_arguments
from oneshot_rlvr.selfplay.tasks import Refused

DEPTHS = range(1, 7)  # operations of the world's programs
LOCALS = "abcde"
PARAMETERS = ("L", "L", "LI", "LI", "I", "II")  # kinds of x and y: list, whole number
PROBES = 8  # other inputs of which one must give another output
CONSTANTS = 0.6  # share of constants among operands that may be one, where no unread name fits
NEWEST = 0.9  # share of operands that are the newest unread name, where there is one
LARGEST_INPUT = 12  # whole numbers of an input; entries of lists have one digit

# Operations: kind of the result, text, kinds of the operands {0}, {1}, ... (J: a whole number that may be a constant).
OPERATIONS: tuple[tuple[str, str, str], ...] = (
    ("I", "{0}+{1}", "IJ"),
    ("I", "{0}-{1}", "IJ"),
    ("I", "{0}*{k}", "I"),
    ("I", "{0}//{k}", "I"),
    ("I", "{0}%{k}", "I"),
    ("I", "{0} if {1}{sign}{2} else {3}", "JIJJ"),
    ("I", "len({0})", "L"),
    ("I", "sum({0})", "L"),
    ("I", "max({0})", "L"),
    ("I", "min({0})", "L"),
    ("I", "{0}[0]", "L"),
    ("I", "{0}[1]", "L"),
    ("I", "{0}[-1]", "L"),
    ("L", "sorted({0})", "L"),
    ("L", "{0}[1:]", "L"),
    ("L", "{0}[:2]", "L"),
    ("L", "{0}[::-1]", "L"),
    ("L", "{0}+[{1}]", "LJ"),
    ("L", "[i+{k} for i in {0}]", "L"),
    ("L", "[i*{k} for i in {0}]", "L"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A program with an input and its run there."""

    program: str
    arguments: tuple[Value, ...]
    run: Run


def draw_arguments(kinds: str, rng: random.Random) -> tuple[Value, ...]:
    """An input: for each of `kinds` a list of two or three digits (L), or a number up to LARGEST_INPUT (I)."""
    return tuple(
        [rng.randint(0, 9) for _ in range(rng.randint(2, 3))] if kind == "L" else rng.randint(0, LARGEST_INPUT)
        for kind in kinds
    )


def kinds_of(arguments: Sequence[Value]) -> str:
    """Kinds of an input: "LI" of a list and a number."""
    return "".join("L" if isinstance(value, list) else "I" for value in arguments)


def dead(program: str, arguments: Sequence[Value]) -> bool:
    """True where an operation that is carried out has no operand from the input, or compares a thing with itself or
    takes it from itself, or where none of PROBES other inputs gives another value. Refused for one that does not run.
    """
    read = parse(program)
    found = run(read, arguments)
    rng, kinds = random.Random(program), kinds_of(arguments)
    others = (_value(read, draw_arguments(kinds, rng)) for _ in range(PROBES))
    return not found.live or all(value in (None, found.value) for value in others)


def _value(program: Program, arguments: Sequence[Value]) -> Value | None:
    try:
        return run(program, arguments).value
    except Refused:
        return None


def draw(depth: int, rng: random.Random) -> Sample:
    """A random program of exactly `depth` operations, with an input; it is not `dead`."""
    while True:
        kinds = rng.choice(PARAMETERS)
        program = _write(depth, kinds, rng)
        if program is None:
            continue
        for _ in range(3):
            arguments = draw_arguments(kinds, rng)
            try:
                found = run(program, arguments)
                if found.depth == depth and found.value != [] and not dead(program, arguments):
                    return Sample(program, arguments, found)
            except Refused:
                continue


def draw_pairs(sample: Sample, number: int, rng: random.Random) -> list[tuple[str, str]]:
    """Arguments and output of the sample, and of other inputs, `number` in all."""
    pairs = [(show_arguments(sample.arguments), show(sample.run.value))]
    while len(pairs) < number:
        other = draw_arguments(kinds_of(sample.arguments), rng)
        value = _value(parse(sample.program), other)
        if value is not None:
            pairs.append((show_arguments(other), show(value)))
    return pairs


def _write(depth: int, kinds: str, rng: random.Random) -> str | None:
    """A program text, None where the draw did not use every name."""
    names = dict(zip("xy", kinds))
    unread = list(names)  # names that no statement has read yet, newest last
    lines = [f"def f({','.join(names)}):"]
    for place in range(depth):
        possible = [op for op in OPERATIONS if "L" in names.values() or "L" not in op[2]]
        kind, text, wanted = rng.choice(possible)
        used: list[str] = []
        for want in wanted:
            fitting = [name for name, of in names.items() if of == ("L" if want == "L" else "I") and name not in used]
            fresh = [name for name in unread if name in fitting]
            if want == "J" and (not fitting or (not fresh and rng.random() < CONSTANTS)):
                used.append(str(rng.randint(1, 9)))
            elif fresh and rng.random() < NEWEST:
                used.append(fresh[-1])
            elif fitting:
                used.append(rng.choice(fitting))
            else:
                return None
        expression = text.format(*used, k=rng.randint(2, 5 if "%" in text else 3), sign=rng.choice("<>"))
        unread = [name for name in unread if name not in used]
        if place == depth - 1:
            lines.append(f" return {expression}")
        else:
            names[LOCALS[place]] = kind
            unread.append(LOCALS[place])
            lines.append(f" {LOCALS[place]}={expression}")
    return None if unread else "\n".join(lines)


def held_out(
    per_depth: int, seed: str, depths: Sequence[int] = DEPTHS, suits: Callable[[Sample], bool] | None = None
) -> Iterator[Sample]:
    """Samples with distinct programs (those that `suits` takes), `per_depth` of each depth in turn; another seed gives
    other ones."""
    rng = random.Random(f"held out {seed}")
    seen: set[str] = set()
    for depth in depths:
        left = per_depth
        while left:
            sample = draw(depth, rng)
            if sample.program not in seen and (suits is None or suits(sample)):
                seen.add(sample.program)
                left -= 1
                yield sample
