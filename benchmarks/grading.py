"""Grading: seconds per 1,024 rollouts for each grader, through the pool of killable processes, against math-verify
called plainly in this process, and against the same pool without its memo.

Three workloads of long responses: `new`: every answer is another one; `one-shot`: one problem with 20 different
answers, as one-shot training sees; `repeated`: the very responses of the round before.
"""

import itertools
import logging
import random
from collections.abc import Callable

import common

from oneshot_rlvr.grading.graders import GRADERS
from oneshot_rlvr.grading.library import repair_antlr_parser
from oneshot_rlvr.isolation import pool as grading

WORKERS = {1: "1 worker", 2: "2 workers"}
WORKLOADS = ("new", "one-shot", "repeated")
SENTENCES = (
    "We first write the pressure as $P = k A v^2$ and insert the known values.",
    "Dividing both sides by $16$ gives $\\frac{1}{16} k = 0.005$, so the constant is small.",
    "Let us check this: the area is multiplied by $\\frac{9}{4}$ and the other side with it.",
    "Hence $v^3 = \\left(\\frac{25}{16}\\right)^{3/2}$ and we can take the root on both sides.",
    "It follows that the remaining factor must be positive, because $x > 0$ by assumption.",
)  # fmt: skip
FORMS = (
    ("{n}", "{n}"), ("{n}.5", "\\frac{{{m}}}{{2}}"), ("\\frac{{{n}}}{{7}}", "\\dfrac{{{n}}}{{7}}"),
    ("{n}\\sqrt{{3}}", "\\sqrt{{3}}\\cdot {n}"), ("x+{n}", "{n}+x"), ("({n}, 4)", "({n},4)"), ("{n}\\pi", "{n} \\pi"),
    ("[0, {n})", "[0,{n})"),
)  # fmt: skip


def responses(workload: str, number: int, turn: int) -> list[tuple[str, str]]:
    """(response, truth) pairs; about 9,000 characters each, the answer in the last box, half of them right."""
    rng = random.Random(f"{workload}/{turn}" if workload != "repeated" else workload)
    found = []
    for i in range(number):
        n = i * 1000 + rng.randrange(1000) if workload != "one-shot" else rng.randrange(12, 32)
        truth, said = FORMS[i % len(FORMS)] if workload != "one-shot" else ("{n}.5", "\\frac{{{m}}}{{2}}")
        m = 2 * n + 1
        wrong = rng.random() < 0.5
        text = " ".join(rng.choice(SENTENCES) for _ in range(110))
        answer = truth.format(n=n + 1 if wrong else n, m=m) if workload != "one-shot" else "12.5"
        found.append((f"{text} The answer is $\\boxed{{{said.format(n=n, m=m)}}}$.", answer))
    return found


def plainly(pairs: list[tuple[str, str]]) -> list[bool]:
    """math-verify as its documentation calls it, with its own timeouts."""
    from math_verify import parse, verify

    return [verify(parse(f"\\boxed{{{truth}}}"), parse(response)) for response, truth in pairs]


def through(pool: grading.GraderPool, grader: str, pairs: list[tuple[str, str]]) -> list[bool | None]:
    return [g.correct for g in pool.grade([grading.GradeItem(text, truth, grader) for text, truth in pairs])]


def without_memo(pool: grading.GraderPool, grader: str, pairs: list[tuple[str, str]]) -> None:
    before, pool.cache_entries = pool.cache_entries, 0
    through(pool, grader, pairs)
    pool.cache_entries = before


def fresh(run: Callable[[list[tuple[str, str]]], object], workload: str, number: int) -> Callable[[], object]:
    """`run` on the texts of another turn each time; every caller sees the same texts in the same turn."""
    turns = (responses(workload, number, turn) for turn in itertools.count())
    return lambda: run(next(turns))


def main() -> None:
    args = common.arguments(__doc__)
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    repair_antlr_parser()
    number = 64 if args.quick else 1024
    graders = ("math_verify", "exact") if args.quick else GRADERS
    pools = {count: grading.GraderPool(workers=count) for count in WORKERS}
    rows: list[dict[str, common.Value]] = []
    ratios: dict[str, float] = {}
    no_memo = grading.GraderPool(workers=1)
    for pool in (*pools.values(), no_memo):
        through(pool, "math_verify", responses("one-shot", 16, -1))  # the processes are up
    for workload in WORKLOADS:
        runs = {"math-verify, plainly": fresh(plainly, workload, number)}
        for grader, count in itertools.product(graders, WORKERS):
            run = lambda pairs, g=grader, c=count: through(pools[c], g, pairs)  # noqa: E731
            runs[f"{grader}, {WORKERS[count]}"] = fresh(run, workload, number)
        run = lambda pairs: without_memo(no_memo, "math_verify", pairs)  # noqa: E731
        runs["math_verify, 1 worker, no memo"] = fresh(run, workload, number)
        found = common.alternate(runs, args.rounds if args.quick else min(args.rounds, 5))
        plain = found["math-verify, plainly"]
        for name, timings in found.items():
            scale, faster = 1024 / number, plain.over(timings)
            rows.append({"texts": workload, "grader": name, "wall s per 1,024": timings.seconds * scale,
                         "CPU s": timings.cpu_seconds * scale, "times faster than math-verify": faster})  # fmt: skip
        for grader in ("math_verify", "exact"):
            ratios[f"{workload}: math-verify over {grader}, 1 worker"] = plain.over(found[f"{grader}, 1 worker"])
        if workload == "repeated":
            again = found["math_verify, 1 worker, no memo"]
            ratios["repeated: no memo over memo, math_verify"] = again.over(found["math_verify, 1 worker"])
    rows += growth(pools[1], args.quick, ratios)
    for pool in (*pools.values(), no_memo):
        pool.close()
    common.finish(args, common.Result("grading", rows, ratios, [agreement()]))


def growth(pool: grading.GraderPool, quick: bool, ratios: dict[str, float]) -> list[dict[str, common.Value]]:
    """Seconds against the number of new texts: a straight line through little more than nothing."""
    sizes = (128, 256, 512) if quick else (256, 512, 1024, 2048, 4096)
    runs = {str(n): fresh(lambda pairs: through(pool, "exact", pairs), f"new, {n}", n) for n in sizes}
    found = common.alternate(runs, 3)
    seconds = [found[str(n)].seconds for n in sizes]
    fit = common.straight_line(sizes, seconds)
    ratios["growth: smallest over largest, per text"] = (seconds[0] / sizes[0]) / (seconds[-1] / sizes[-1])
    return [{"exact, 1 worker, new texts": n, "wall s": s, "fitted s": fit.at(n), "R2": fit.r2}
            for n, s in zip(sizes, seconds)]  # fmt: skip


def agreement() -> str:
    """What is compared gives the same verdicts."""
    pairs = responses("new", 64, 0)
    with grading.GraderPool(workers=1) as pool:
        same = sum(a == b for a, b in zip(plainly(pairs), through(pool, "math_verify", pairs)))
    return f"Grader `math_verify` and the library called plainly agree on {same} of {len(pairs)} of these texts."


if __name__ == "__main__":
    main()
