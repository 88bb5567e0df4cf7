"""Fill `data/sandbox/` from finished runs: `python -m sandbox_factory.ship [--base_e CHECKPOINT] [--history RUN] ...`.

Writes the problem sets, copies the base models, and lists every file with its sha256 in MANIFEST.json.
"""

import argparse
import json
import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Sequence

from oneshot_rlvr.data.history import export_history
from oneshot_rlvr.files import sha256_of
from oneshot_rlvr.paths import sandbox_dir
from oneshot_rlvr.sandbox.world import HELD_OUT_SEED, POOL_SEED, pool_problems, shipped_held_out
from oneshot_rlvr.selfplay.world.validation import INDUCTIONS, held_out_problems
from oneshot_rlvr.types import Problem
from sandbox_factory.demonstrations import worked, write_lines
from sandbox_factory.tokenizer import CORPUS_SEED, VOCAB_SIZE


@dataclass(frozen=True, slots=True)
class Base:
    """A base model: who writes its text, who measures it, and its runs of `rlvr sft`."""

    text: str  # module of sandbox_factory/
    measure: str  # another
    stages: tuple[tuple[str, str], ...]  # experiment and its text, each on what the one before left
    checkpoint: str  # the last of the last stage


SKILL = ("sandbox_skill", "skill")
BASES = {
    "base_e": Base("demonstrations", "measure", (SKILL, ("sandbox_base_e", "habits_e")),
                   "runs/sandbox_base_e/seed0/checkpoints/step_000640"),
    "base_d": Base("demonstrations", "measure", (SKILL, ("sandbox_base_d", "habits_d")),
                   "runs/sandbox_base_d/seed0/checkpoints/step_000800"),
    "base_p": Base("programs", "programs_measure",
                   (("sandbox_programs_skill", "programs_skill"), ("sandbox_programs_drill", "programs_drill"),
                    ("sandbox_base_p", "programs_habits")), "runs/sandbox_base_p/seed0/checkpoints/step_000400"),
}  # fmt: skip
PROGRAMS_SEED = "shipped"  # of programs_heldout.jsonl and programs_induction.jsonl
HERE = "runtime.device=cpu runtime.threads=1"  # what the weights are made on: another place rounds differently
MANIFEST = "MANIFEST.json"
SIZE_LIMIT = 8 * 2**20  # bytes of the whole folder


def write_problems(path: Path, problems: Sequence[Problem]) -> None:
    """One JSON object a line: id, problem, answer, category (the family or kind), level where there is one."""
    with path.open("w", encoding="utf-8", newline="\n") as lines:
        for p in problems:
            record = {"id": p.id, "problem": p.prompt, "answer": p.answer, "category": p.category}
            record |= {"level": p.level} if p.level else {}
            lines.write(json.dumps(record) + "\n")


def copy_base(source: Path, target: Path) -> None:
    """Copy a model folder; of a checkpoint of `rlvr sft` the trainer's state and the manifest stay behind."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in sorted(source.iterdir()):
        if file.is_file() and file.name != MANIFEST:
            shutil.copyfile(file, target / file.name)  # contents only: safetensors are written unreadable to others


def commands(bases: Sequence[str]) -> list[str]:
    """The commands that make everything in the folder anew."""
    chosen = [BASES[name] for name in bases]
    found = [f"python -m sandbox_factory.{base.text} text" for base in chosen]
    for base in chosen:
        found += [f"rlvr sft +experiment={experiment} data.demonstrations=text/{text}.jsonl {HERE}"
                  for experiment, text in base.stages]  # fmt: skip
        found.append(f"python -m sandbox_factory.{base.measure} {base.checkpoint} --write")
    found.append("rlvr train +experiment=sandbox_history")
    options = [f"--{name} {BASES[name].checkpoint}" for name in bases] + ["--history runs/sandbox_history/seed0"]
    return [*dict.fromkeys(found), f"python -m sandbox_factory.ship {' '.join(options)}"]


def write_manifest(folder: Path) -> Path:
    """List the folder's files with size and hash, and what makes them."""
    bases = [name for name in BASES if (folder / name).is_dir()]
    manifest = {
        "commands": commands(bases),
        "seeds": {"pool": POOL_SEED, "heldout": HELD_OUT_SEED, "programs_heldout": PROGRAMS_SEED}
        | {"tokenizer_corpus": CORPUS_SEED, "sft": 0, "init": 0},
        "tokenizer_entries": VOCAB_SIZE,
        "made_with": {name: version(name) for name in ("torch", "transformers", "tokenizers")}
        | {"python": platform.python_version(), "machine": platform.machine(), "threads": 1},
        "files": list_files(folder),
    }
    path = folder / MANIFEST
    path.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return path


def list_files(folder: Path) -> dict[str, dict[str, int | str]]:
    """Size and hash of each file but the manifest."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != MANIFEST]
    return {p.relative_to(folder).as_posix(): {"bytes": p.stat().st_size, "sha256": sha256_of(p)} for p in files}


def renew_files(folder: Path) -> Path:
    """Lists the files of a manifest anew, and leaves what it says of how they were made."""
    path = folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8")) | {"files": list_files(folder)}
    path.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in BASES:
        parser.add_argument(f"--{name}", type=Path, help=f"model folder: the last checkpoint of sandbox_{name}")
    parser.add_argument("--history", type=Path, help="folder of the `sandbox_history` run")
    args = parser.parse_args()
    folder = sandbox_dir()
    folder.mkdir(parents=True, exist_ok=True)
    for name in BASES:
        if source := getattr(args, name):
            copy_base(source, folder / name)
    write_problems(folder / "pool.jsonl", pool_problems())
    write_problems(folder / "heldout.jsonl", shipped_held_out())
    write_problems(folder / "programs_heldout.jsonl", list(held_out_problems(PROGRAMS_SEED)))
    write_problems(folder / "programs_induction.jsonl", list(held_out_problems(PROGRAMS_SEED, INDUCTIONS)))
    write_lines(folder / "worked.jsonl", worked())
    if args.history is not None:
        export_history(args.history, folder / "history.json")
    total = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    if total > SIZE_LIMIT:
        raise SystemExit(f"{folder}: {total} bytes, more than {SIZE_LIMIT}")
    print(f"{write_manifest(folder)}\n{total / 2**20:.2f} MiB in all")


if __name__ == "__main__":
    main()
