"""Compare the ratios of a quick rerun with the recorded ones; never absolute times, which belong to a machine.

Every benchmark with a record in benchmarks/results/quick/ is run again with --quick. A ratio below TOLERANCE of the
recorded one in two runs is a regression, and the exit code is 1. What could not be run here (a peer that is not
installed) is counted.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import common

TOLERANCE = 0.7


@dataclass(frozen=True, slots=True)
class Verdict:
    """One ratio. `found` is None where it was not measured; then `why` says why, or it is a regression."""

    benchmark: str
    ratio: str
    recorded: float
    found: float | None
    why: str = ""

    @property
    def outcome(self) -> str:
        if self.found is None:
            return "skipped" if self.why else "missing"
        return "ok" if self.found >= TOLERANCE * self.recorded else "worse"

    @property
    def regression(self) -> bool:
        return self.outcome in ("worse", "missing")


def compare(recorded: dict[str, Any], found: dict[str, Any]) -> list[Verdict]:
    """Every recorded ratio with the one found now. A skipped part's ratios begin with its name."""
    verdicts = []
    for name, before in recorded["ratios"].items():
        why = next((why for part, why in found["skipped"].items() if name.startswith(part)), "")
        verdicts.append(Verdict(recorded["benchmark"], name, before, found["ratios"].get(name), why))
    return verdicts


def better(first: list[Verdict], second: list[Verdict]) -> list[Verdict]:
    """Of two runs the better one, ratio by ratio: noise makes ratios worse and better, a regression only worse."""
    return [b if a.regression and (b.found or 0) > (a.found or 0) else a for a, b in zip(first, second, strict=True)]


def rerun(benchmark: str, folder: Path) -> dict[str, Any]:
    """What the benchmark finds now; nothing found if it fails."""
    out = folder / f"{benchmark}.json"
    command = [sys.executable, str(common.ROOT / "benchmarks" / f"{benchmark}.py"), "--quick", "--json", str(out)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        print(f"{benchmark}: exit code {result.returncode}\n{result.stderr[-2000:]}", file=sys.stderr)
        return {"ratios": {}, "skipped": {}}
    return json.loads(out.read_text())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="benchmarks (default: all that are recorded)")
    parser.add_argument("--results", type=Path, default=common.RESULTS / "quick", help="the recorded JSON files")
    args = parser.parse_args()
    records = {path.stem: json.loads(path.read_text()) for path in sorted(args.results.glob("*.json"))}
    unknown = set(args.names) - set(records)
    if unknown or not records:
        print(f"check.py: no record of {', '.join(sorted(unknown)) or 'anything'} in {args.results}", file=sys.stderr)
        return 2
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in args.names or records:
            found = compare(records[name], rerun(name, Path(folder)))
            if any(verdict.regression for verdict in found):
                found = better(found, compare(records[name], rerun(name, Path(folder))))
            verdicts += found
    print(common.table([
        {"benchmark": v.benchmark, "ratio": v.ratio, "recorded": v.recorded, "now": v.found, "outcome": v.outcome}
        for v in verdicts
    ]))  # fmt: skip
    worse = sum(v.regression for v in verdicts)
    skipped = [v for v in verdicts if v.outcome == "skipped"]
    print(f"\n{len(verdicts) - worse - len(skipped)} of {len(verdicts)} ratios hold ({TOLERANCE} of the recorded), "
          f"{worse} do not, {len(skipped)} were skipped")  # fmt: skip
    for why in dict.fromkeys(v.why for v in skipped):
        print(f"skipped: {why}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
