"""The rows a run trains on: examples by name, a file, or one problem from the command line; copies and labels."""

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, partial
from typing import TYPE_CHECKING

from oneshot_rlvr.data.datasets import answer_text, as_samples, load_problems, read_text
from oneshot_rlvr.data.hub import same_set, with_revision
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.paths import configs_dir, shipped_data_dir
from oneshot_rlvr.types import Problem

if TYPE_CHECKING:
    from oneshot_rlvr.config.schema import DataConfig

PI_NAME = re.compile(r"pi[_-]?([1-9][0-9]*)")
SHIPPED_EXAMPLES = (1, 13)
MAX_ROWS = 10_000_000
DRAWS = 1000  # attempts to draw a wrong label before giving up
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
THOUSANDS = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:(?:,\\!|\{,\}|,|\\,|\\!)[0-9]{3})+(?![0-9])")
PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
# Places where LaTeX takes the next digit alone because there are no braces: \frac12, \sqrt2, x^2.
BARE_FRACTION = re.compile(r"(\\[dt]?frac)(?:\{([^{}]*)\}|([0-9]))(?:\{([^{}]*)\}|([0-9]))")
BARE_DIGIT = re.compile(r"(\\sqrt(?:\[[^\[\]]*\])?|[\^_])([0-9])")
FRACTION = re.compile(r"\\[dt]?frac\{([0-9]+)\}\{([0-9]+)\}|(?<![0-9.])([0-9]+)/([0-9]+)(?![0-9.])")


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One row of the training set. Rows with equal `problem.id` are copies 0, 1, ... of one problem."""

    problem: Problem
    copy: int


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Rows in training order and what was done to their labels."""

    rows: tuple[TrainingRow, ...]
    relabelled: tuple[str, ...] = ()  # ids whose label differs from the data set's
    still_right: tuple[str, ...] = ()  # those of them whose label means the data set's all the same
    dropped: tuple[str, ...] = ()  # ids left out because their answer is empty


def validation_name(cfg: "DataConfig") -> tuple[str, dict[str, str]]:
    """The set that is validated on, with its revision, and its columns: those of `file` where both are of one data set
    of the hub, else the usual ones."""
    assert cfg.validation is not None
    name = with_revision(cfg.validation, cfg.revision)
    return name, dict(cfg.columns) if same_set(name, cfg.file) else {}


def validation_problems(cfg: "DataConfig") -> list[Problem]:
    """The problems that are validated on. UserError for what `load_problems` refuses."""
    name, columns = validation_name(cfg)
    return as_samples(load_problems(name, columns, cfg.validation_limit)[: cfg.validation_limit])


def training_problems(cfg: "DataConfig") -> list[TrainingRow]:
    """The rows of `training_set`."""
    return list(training_set(cfg).rows)


def training_set(cfg: "DataConfig") -> TrainingSet:
    """Rows for `file`, `examples` or `problem` + `answer`, exactly one of which is given.

    Order: all problems once, then all of them again, ... (the official selection repeats the block as a whole); a file
    with repeated rows is brought into that order, so that it trains exactly as `copies` does.
    Labels are changed per problem, never per copy. Raises UserError for anything the configuration or the files lack.
    """
    given = [name for name in ("file", "examples", "problem") if getattr(cfg, name)]
    if len(given) != 1:
        found = f"{' and '.join('data.' + name for name in given)} are given" if given else "nothing is given"
        clear = " (data.file=null, data.examples=[], data.problem=null take one back)" if given else ""
        raise UserError(f"data: one of data.file, data.examples, data.problem says what to train on; {found}{clear}")
    if cfg.copies < 1:
        raise UserError(f"data.copies={cfg.copies}: at least 1 is needed")
    source = {"file": _from_file, "examples": _from_examples, "problem": _from_command_line}[given[0]]
    problems = source(cfg)
    check_copies(len(problems), cfg.copies, f"data.copies={cfg.copies}")
    rows = number_copies(problems * cfg.copies)
    rows, dropped = _drop_empty_answers(rows, cfg)
    labels = _labels([row.problem for row in rows if row.copy == 0], cfg)
    changed = {row.problem.id: row.problem.answer for row in rows if row.copy == 0}
    changed = {name: truth for name, truth in changed.items() if labels[name] != truth}
    still_right = tuple(name for name, truth in changed.items() if _means_the_same(labels[name], truth))
    rows = [replace(row, problem=replace(row.problem, answer=labels[row.problem.id])) for row in rows]
    return TrainingSet(tuple(rows), tuple(changed), still_right, dropped)


def check_copies(problems: int, copies: int, what: str) -> None:
    """UserError, beginning with `what`, for more rows than are held in memory."""
    if problems * copies > MAX_ROWS:
        raise UserError(f"{what}: {problems * copies:,} rows; at most {MAX_ROWS:,} are held in memory")


def number_copies(problems: Sequence[Problem]) -> list[TrainingRow]:
    """Numbers copies by occurrence of an id; rows by copy, then by first occurrence (a no-op without repeats)."""
    seen: Counter[str] = Counter()
    rows = []
    for problem in problems:
        rows.append(TrainingRow(problem, copy=seen[problem.id]))
        seen[problem.id] += 1
    first = {problem_id: position for position, problem_id in enumerate(seen)}
    return sorted(rows, key=lambda row: (row.copy, first[row.problem.id]))


def _from_file(cfg: "DataConfig") -> list[Problem]:
    assert cfg.file is not None
    problems = load_problems(with_revision(cfg.file, cfg.revision), cfg.columns)
    return [p if p.prompt.endswith(cfg.suffix) else replace(p, prompt=p.prompt + cfg.suffix) for p in problems]


def _from_command_line(cfg: "DataConfig") -> list[Problem]:
    if cfg.answer is None or not str(cfg.answer).strip():
        raise UserError("data.problem is given without data.answer")
    assert cfg.problem is not None
    answer = answer_text(str(cfg.answer), "data.answer")
    return [Problem(id="own", prompt=cfg.problem + cfg.suffix, answer=answer, source="own")]


def _from_examples(cfg: "DataConfig") -> list[Problem]:
    pool: dict[str, Problem] | None = None
    chosen = []
    for name in map(str, cfg.examples):
        match = PI_NAME.fullmatch(name)
        rank = int(match[1]) if match else 0
        if rank in SHIPPED_EXAMPLES:
            chosen.append(shipped_example(rank))
            continue
        if pool is None:
            pool = {problem.id: problem for problem in load_problems(cfg.pool)}
        wanted = example_id(name)
        if wanted not in pool:
            called = f"{name} (id {wanted})" if match else name
            raise UserError(f"data.examples: {called} is not in data.pool={cfg.pool}; {nearest(wanted, pool)}")
        chosen.append(pool[wanted])
    return chosen


def shipped_example(rank: int) -> Problem:
    """pi_1 or pi_13, which travel with this package."""
    return load_problems(str(shipped_data_dir() / "examples" / f"pi{rank}.jsonl"))[0]


@cache
def pi_order() -> tuple[str, ...]:
    """Ids of DSR-sub in the published order (`std` on the published history): pi_1 first."""
    lines = read_text(configs_dir() / "data" / "pi_order.txt").split()
    return tuple(lines)


def pi_id(rank: int) -> str:
    """Data-set id of pi_rank (1-based)."""
    order = pi_order()
    if not 1 <= rank <= len(order):
        raise UserError(f"pi{rank}: the published order goes from pi1 to pi{len(order)}")
    return order[rank - 1]


def example_id(name: str) -> str:
    """Data-set id of a training example, which may be named pi_k."""
    match = PI_NAME.fullmatch(name)
    return pi_id(int(match[1])) if match else name


def _drop_empty_answers(rows: list[TrainingRow], cfg: "DataConfig") -> tuple[list[TrainingRow], tuple[str, ...]]:
    empty = [row.problem.id for row in rows if row.copy == 0 and not row.problem.answer.strip()]
    if not empty or cfg.label is not None or cfg.empty_answers == "keep":
        return rows, ()
    if cfg.empty_answers == "refuse":
        where = cfg.file or "data.examples"
        shown = ", ".join(empty[:5]) + (", ..." if len(empty) > 5 else "")
        raise UserError(f"{where}: empty ground truth for id {shown}; data.empty_answers=drop leaves such rows out")
    kept = [row for row in rows if row.problem.answer.strip()]
    if not kept:
        raise UserError(f"{cfg.file}: every ground truth is empty")
    return kept, tuple(empty)


def _labels(problems: Sequence[Problem], cfg: "DataConfig") -> dict[str, str]:
    """Label of each problem after the interventions of the configuration."""
    labels = {problem.id: problem.answer for problem in problems}
    if not 0.0 <= cfg.label_noise <= 1.0:
        raise UserError(f"data.label_noise={cfg.label_noise}: a share between 0 and 1 is needed")
    if cfg.label is not None:
        if cfg.label_noise > 0:
            raise UserError("data.label replaces every label; data.label_noise cannot be used with it")
        return dict.fromkeys(labels, str(cfg.label))
    rng = random.Random(f"label noise {cfg.seed}")
    for problem in rng.sample(list(problems), round(cfg.label_noise * len(problems))):
        labels[problem.id] = _wrong_label(problem, problems, cfg.label_noise_method, rng)
    return labels


def _wrong_label(problem: Problem, problems: Sequence[Problem], method: str, rng: random.Random) -> str:
    if method == "perturb" and NUMBER.search(problem.answer):
        draw = partial(perturb, problem.answer, rng)
    else:
        others = sorted({other.answer for other in problems} - {problem.answer, ""})
        draw = partial(rng.choice, others or [problem.answer])
    for _ in range(DRAWS):
        if not _means_the_same(label := draw(), problem.answer):  # 1/2 for \frac{1}{2} is right
            return label
    raise UserError("data.label_noise: there is no second label to swap with; use data.label for one problem")


def _means_the_same(label: str, truth: str) -> bool:
    """True if the label means the truth; two plain numbers are compared as they are."""
    if PLAIN.fullmatch(label) and PLAIN.fullmatch(truth):
        return Fraction(label) == Fraction(truth)
    from oneshot_rlvr.grading.graders import grade

    return grade(f"\\boxed{{{label}}}", truth, "exact").correct is True


def perturb(answer: str, rng: random.Random) -> str:
    """Moves every number in `answer` up or down by 1 to 10 (never below 0), and changes the sign half the time.

    This is the paper's noise for numbers and fractions. Example: `\\frac{4}{3}` -> `-\\frac{11}{2}`. A number with its
    thousands apart is one number, and comes out without the signs between them.
    """
    answer = THOUSANDS.sub(lambda match: re.sub(r"\D", "", match[0]), answer)
    answer = BARE_DIGIT.sub(r"\1{\2}", BARE_FRACTION.sub(r"\1{\2\3}{\4\5}", answer))

    def move(match: re.Match[str]) -> str:
        step = rng.randint(1, 10) * rng.choice((-1, 1))
        whole, dot, decimals = match[0].partition(".")
        value = int(whole) + step
        # A denominator must not become 0 or negative; going up keeps the distance and always differs.
        return f"{value if value > 0 else int(whole) + abs(step)}{dot}{decimals}"

    moved = NUMBER.sub(move, answer)
    while _values(moved) == _values(answer):  # 3/5 moved to 6/10
        moved = NUMBER.sub(move, answer)
    if rng.random() < 0.5:
        return moved
    return moved.removeprefix("-") if moved.startswith("-") else f"-{moved}"


def _values(text: str) -> tuple[list[Fraction], list[str]]:
    """Fractions of whole numbers, and the other numbers."""
    fractions = [Fraction(int(a or c), int(b or d) or 1) for a, b, c, d in FRACTION.findall(text)]
    return fractions, NUMBER.findall(FRACTION.sub("", text))
