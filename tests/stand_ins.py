"""What stands in for the public data and models where the commands of the documentation are run.

Data: sandbox problems under the public names, served by this machine, so that `rlvr data fetch` really fetches.
Models: the sandbox base with more positions, in folders named like the hub ids, where a command finds them first.
"""

import csv
import gzip
import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from oneshot_rlvr.data import registry
from oneshot_rlvr.data.datasets import load_problems, write_jsonl, write_parquet
from oneshot_rlvr.data.registry import Source
from oneshot_rlvr.paths import configs_dir, sandbox_dir

MODEL = "hub-model"
ROWS = 3  # of every benchmark


def make_models(folder: Path) -> list[str]:
    """One model folder, and a copy of it for every hub id in configs/; returns the ids."""
    shutil.copytree(sandbox_dir() / "base_e", folder / MODEL)
    config = json.loads((folder / MODEL / "config.json").read_text())
    (folder / MODEL / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 4096}))
    named = [
        yaml.safe_load(path.read_text()) for group in ("model", "eval") for path in configs_dir().glob(f"{group}/*")
    ]
    ids = {str(values[key]) for values in named for key in ("path", "model") if key in values}
    hub = sorted(name for name in ids if "/" in name)
    for name in hub:
        shutil.copytree(folder / MODEL, folder / name)
    return hub


TWICE = "def f(x):\n    return 2 * x\n"
PREDICTED = [{"id": f"sample_{n}", "code": TWICE, "input": str(n), "output": str(2 * n)} for n in range(ROWS)]
PROGRAMS = {
    "humaneval": [{"task_id": f"HumanEval/{n}", "prompt": TWICE.split("\n")[0] + "\n", "entry_point": "f",
                   "canonical_solution": "    return 2 * x\n", "test": "def check(f):\n    assert f(2) == 4\n"}
                  for n in range(ROWS)],
    "mbpp_plus": [{"task_id": f"Mbpp/{n}", "prompt": '"""Double a number."""', "entry_point": "f",
                   "canonical_solution": TWICE, "base_input": [[2]], "plus_input": [[3]], "atol": 0,
                   "assertion": "assert f(2) == 4"}
                  for n in range(ROWS)],
    "cruxeval": PREDICTED, "cruxeval_i": PREDICTED, "cruxeval_o": PREDICTED, "livecodebench_execution": PREDICTED,
}  # fmt: skip

CHOICES = [{"Record ID": f"rec{n}", "Question": f"What is {n} + 1?", "Correct Answer": n + 1,
            **{f"Incorrect Answer {k}": n + 1 + k for k in (1, 2, 3)}} for n in range(ROWS)]  # fmt: skip


def make_data(folder: Path, sources: list[Source]) -> None:
    """A file for every registered source that is not part of this package, at its place."""
    for source in sources:
        path = folder / source.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if source.name == "dsr_sub_history":
            path.write_text(json.dumps(_history()))
        elif source.name == "dsr_sub":
            write_parquet(_pool(), path)
        elif path.parent.name == "code" and path.suffix == ".parquet":
            pq.write_table(pa.Table.from_pylist(PROGRAMS[source.name]), path)
        elif path.parent.name == "code":
            text = "".join(json.dumps(row) + "\n" for row in PROGRAMS[source.name]).encode()
            path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)
        elif path.suffix == ".parquet":
            write_parquet(load_problems("sandbox_heldout")[:ROWS], path)
        elif path.suffix == ".csv":
            with path.open("w", newline="") as file:
                writer = csv.DictWriter(file, CHOICES[0])
                writer.writeheader()
                writer.writerows(CHOICES)
        elif path.suffix == ".jsonl":
            write_jsonl(load_problems("sandbox_heldout")[:ROWS], path)


def make_hub_set(folder: Path) -> None:
    """A folder that stands for a data set of the hub where a command names that: one configuration, two splits."""
    folder.mkdir(parents=True)
    splits = "".join(f"  - {{split: {name}, path: {name}.jsonl}}\n" for name in ("train", "test"))
    (folder / "README.md").write_text(f"---\nconfigs:\n- config_name: main\n  data_files:\n{splits}---\n")
    rows = "".join(f'{{"question": "What is {n} + 1?", "answer": "So\\n#### {n + 1}"}}\n' for n in range(4))
    for name in ("train", "test"):
        (folder / f"{name}.jsonl").write_text(rows)


def _ids() -> list[str]:
    return (configs_dir() / "data" / "pi_order.txt").read_text().split()


def _pool() -> list:
    problems = load_problems("sandbox_pool")
    return [replace(problems[n % len(problems)], id=name, source="dsr_sub") for n, name in enumerate(_ids())]


def _history() -> dict[str, list[float]]:
    """Spreads that fall from one id of the published order to the next."""
    ids = _ids()
    return {name: [0.5 * n / len(ids), 1 - 0.5 * n / len(ids)] for n, name in enumerate(ids)}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address under which this machine serves a folder."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def stand_in_sources(folder: Path, address: str) -> list[Source]:
    """The registry with the files of `folder`: their hashes, and this machine's address instead of GitHub and hub."""
    found = []
    for source in registry._sources():
        file = folder / source.path
        if source.shipped is None and file.is_file():
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            url = f"{address}/{source.path}"
            source = replace(source, url=url, hub=None, sha256=digest, num_bytes=file.stat().st_size)
        found.append(source)
    return found
