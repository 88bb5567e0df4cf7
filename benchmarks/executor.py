"""Programs of a model: calls a second through the processes that hold them in, against a plain `subprocess` for each
call, which holds nothing in.

Two programs: one that adds, and one of 15 lines that imports and computes for about a millisecond. "Core": calls a
second of CPU time of all processes together.
"""

import subprocess
import sys
from collections.abc import Callable

import common

from oneshot_rlvr.config.schema import ExecutorConfig
from oneshot_rlvr.isolation.programs import Call, Programs

SMALL = "def f(n):\n    return n + 1\n"
LARGER = """from collections import Counter
import heapq

def squares(n):
    return [i * i % 97 for i in range(n)]

def f(n):
    counts = Counter(squares(2000 + n))
    best = heapq.nlargest(5, counts.items(), key=lambda item: (item[1], item[0]))
    found = {}
    for value, count in best:
        found.setdefault(count, []).append(value)
    total = sum(key * len(values) for key, values in found.items())
    return total, found
"""
PROGRAMS = {"small": SMALL, "larger": LARGER}


def plainly(program: str, number: int) -> list[str]:
    """An interpreter for each call, as `subprocess` starts it."""
    found = []
    for n in range(number):
        done = subprocess.run([sys.executable, "-c", f"{program}\nprint(f({n}))"], capture_output=True, text=True)
        found.append(done.stdout.strip())
    return found


def through(programs: Programs, program: str, number: int) -> list[str | None]:
    return [outcome.value for outcome in programs.run([Call(program, str(n)) for n in range(number)])]


def main() -> None:
    args = common.arguments(__doc__)
    number, few = (200, 10) if args.quick else (1000, 50)
    pools = {count: Programs(ExecutorConfig(workers=count)) for count in (1, 2)}
    rows: list[dict[str, common.Value]] = []
    ratios: dict[str, float] = {}
    for name, program in PROGRAMS.items():
        runs: dict[str, Callable[[], object]] = {
            f"{count} zygote{'s' if count > 1 else ''}": lambda p=pool, text=program: through(p, text, number)
            for count, pool in pools.items()
        }
        runs["a subprocess for each call"] = lambda text=program: plainly(text, few)
        found = common.alternate(runs, args.rounds if args.quick else min(args.rounds, 5))
        plain = found["a subprocess for each call"]
        for what, timings in found.items():
            calls = few if timings is plain else number
            rows.append({
                "program": name, "way": what, "calls a second": calls / timings.seconds,
                "calls a CPU second (core)": calls / timings.cpu_seconds,
            })  # fmt: skip
        ratios[f"{name}: subprocess over 1 zygote"] = plain.over(found["1 zygote"]) * number / few
    for pool in pools.values():
        pool.close()
    common.finish(args, common.Result("executor", rows, ratios))


if __name__ == "__main__":
    main()
