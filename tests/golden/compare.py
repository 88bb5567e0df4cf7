"""Whole runs before and after a change, bit for bit; for changes of the code that must not change numbers.

    python tests/golden/compare.py record DIR [NAME ...]     before the change
    python tests/golden/compare.py compare DIR [NAME ...]    after it, on the same machine

30 steps of sandbox_oneshot for each algorithm of record.py and for runtime=ray with 1 and 2 workers: metrics less
timings, ledger, kept rollouts, validation samples, hashes of weights and optimizer; of the first run also the tables of
an evaluation of its checkpoint and of a report (JSON and CSV, less seconds). `record` keeps this as DIR/NAME.json.
`compare` says what differs, a line each; fields and files that are new are named, and are no difference. NAME: some of
them only.
"""

import argparse
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
os.environ |= {"OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "0", "HF_HUB_OFFLINE": "1"}
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))

import runs  # noqa: E402
from record import ALGORITHMS  # noqa: E402

STEPS = 30
RAY = ("runtime.name=ray", "algorithm.entropy_coef=0.001")
CASES = ALGORITHMS | {
    f"ray_{n}": (*RAY, f"runtime.policy_workers={n}", f"runtime.rollout_workers={n}") for n in (1, 2)
}
FULL = (
    "+experiment=sandbox_oneshot", f"trainer.total_steps={STEPS}", "trainer.keep_rollouts=all", "trainer.eval_every=10",
    "data.validation_limit=24", "checkpoint.every=0", "runtime.device=cpu", "rollout=transformers",
)  # fmt: skip
SHOWN = 12  # differences of a run that are told one by one
SECONDS = 3600.0


def rlvr(*arguments: str) -> None:
    command = [sys.executable, "-m", "oneshot_rlvr", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise SystemExit(f"compare: exit code {done.returncode}: rlvr {' '.join(arguments)}\n{done.stderr}")


def snapshot(name: str, folder: Path) -> dict[str, Any]:
    """Train the case below `folder`; -> all that must be equal, as JSON."""
    rlvr("train", *FULL, *CASES[name], f"trainer.output_dir={folder}")
    run = folder / "sandbox_oneshot" / "seed0"
    found = runs.fingerprint(run, STEPS)
    found["ledger"] = _lines(found["ledger"])
    found["source"] = _lines(found["source"])
    for part in ("rollouts", "samples"):
        found[part] = {file: _lines(content) for file, content in found[part].items()}
    if name == next(iter(CASES)):
        found |= _tables(run, folder)
    return json.loads(json.dumps(found).replace(str(folder), "RUNS"))


def _lines(content: str | bytes) -> list[Any]:
    return [json.loads(line) for line in content.splitlines()]


def _tables(run: Path, folder: Path) -> dict[str, Any]:
    """What `rlvr eval` and `rlvr report` wrote, by file."""
    rlvr("eval", "--ckpt-dir", str(run), "--limit", "40", "--output", str(folder / "eval"))
    rlvr("report", str(run), "--output", str(folder / "report"))
    found: dict[str, Any] = {"eval/summary.json": json.loads((folder / "eval" / "summary.json").read_text())}
    for path in sorted((*folder.glob("eval/*.csv"), *folder.glob("report/*.csv"))):
        found[str(path.relative_to(folder))] = list(csv.DictReader(io.StringIO(path.read_text())))
    return {file: _without_seconds(content) for file, content in found.items()}


def _without_seconds(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_seconds(inner) for key, inner in value.items() if "seconds" not in key}
    return [_without_seconds(inner) for inner in value] if isinstance(value, list) else value


def differences(old: Any, new: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """(kind, line) of each: `new` for a key that was not there before, `differs` for everything else."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old:
            if key in new:
                yield from differences(old[key], new[key], f"{where}/{key}")
            else:
                yield "differs", f"{where}/{key}: gone"
        yield from (("new", f"{where}/{key}") for key in new if key not in old)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new)):
            yield from differences(*pair, f"{where}[{index}]")
    elif old != new:
        yield "differs", f"{where}: was {_short(old)}, now {_short(new)}"


def _short(value: Any) -> str:
    text = f"{len(value)} items" if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def report(name: str, found: list[tuple[str, str]]) -> bool:
    """Print them; -> whether the run is equal."""
    different = [line for kind, line in found if kind == "differs"]
    fields = sorted({line.rpartition("/")[2] for kind, line in found if kind == "new"})
    new = f"; new: {', '.join(fields)}" if fields else ""
    print(f"{name}: {f'{len(different)} differences' if different else 'equal'}{new}")
    for line in different[:SHOWN]:
        print(f"  {line}")
    return not different


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("record", "compare"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CASES)}; default: all")
    options = parser.parse_args()
    if unknown := set(options.names) - set(CASES):
        parser.error(f"no such run: {', '.join(sorted(unknown))}")
    options.folder.mkdir(parents=True, exist_ok=True)
    start, equal = time.monotonic(), True
    for name in options.names or CASES:
        file = options.folder / f"{name}.json"
        with tempfile.TemporaryDirectory(prefix="compare_") as folder:
            found = snapshot(name, Path(folder))
        if options.action == "record":
            file.write_text(json.dumps(found))
            print(f"{name}: recorded", flush=True)
        else:
            equal &= report(name, list(differences(json.loads(file.read_text()), found)))
        sys.stdout.flush()
    print(f"{time.monotonic() - start:.0f} s")
    return int(not equal)


if __name__ == "__main__":
    sys.exit(main())
