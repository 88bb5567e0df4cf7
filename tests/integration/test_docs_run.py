"""Every command of README.md and docs/ is run, in one folder, in the order of the pages: a later one may build on an
earlier one, as for a reader.

What needs a GPU, hours or the network is made small by `SMALLER` and `tests/stand_ins.py`; nothing else is changed.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path

import pytest
from docs_pages import PAGES, ROOT, commands_of, other_commands_of
from stand_ins import PROGRAMS, make_data, make_hub_set, make_models, served, stand_in_sources

from oneshot_rlvr import cli
from oneshot_rlvr.config.check import check_values
from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.data import registry
from oneshot_rlvr.isolation import pool as grading
from oneshot_rlvr.paths import sandbox_dir
from sandbox_factory.demonstrations import STAGES, demonstrations

# Added to every command of its name, unless it only looks (--dry-run). Later values win, as on any command line.
SMALLER = {
    "train": (
        "data.copies=4", "data.prompts_per_step=4", "trainer.total_steps=1", "rollout.max_new_tokens=8",
        "data.validation=null", "reward.workers=1", "rollout.max_batch_tokens=8192",
    ),
    "eval": ("--limit", "1", "--samples", "2", "--max-new-tokens", "4", "--grading-processes", "1"),
    "select --probe": ("--limit", "16", "--n", "2", "--max-new-tokens", "8"),
    "sft": ("data.prompts_per_step=4", "trainer.total_steps=1", "data.validation=null", "model.path=sandbox:base_e"),
    "demo": ("--steps", "1"),
    "audit": ("--limit", "2", "--samples", "2", "--max-new-tokens", "4"),
    "study": ("--arm", "0", "trainer.total_steps=1", "data.prompts_per_step=4", "data.validation_limit=2"),
}  # fmt: skip
# Words of the pages -> what stands for them here.
WORDS = {
    "RUN": "runs/sandbox_oneshot/seed0",
    "EVAL_DIR": "runs/pi1_r128/seed0/eval",
    "MODEL": "sandbox:base_e",
    "M": "sandbox:base_e",
    "algorithm.path=mine:f": "algorithm.path=mine:max_rl",
    "data.demonstrations=FILE": "data.demonstrations=given.jsonl",
    "NAME": "exact",
    "+experiment=NAME": "+experiment=sandbox_oneshot",
    "own|strict|lenient": "strict",
    "/data/verl/my_experiment": "verl/my_experiment",
    "trainer.total_steps=30": "trainer.total_steps=1",
    "trainer.total_steps=2": "trainer.total_steps=1",
}
TWO_STEPS = "runs/sandbox_oneshot/two"
FIRST_STEP = ("--step", "1")  # the runs here have one step; the pages name 20, 30 and N
# Runs that commands of the pages read: made first, by commands of the pages where there are any.
RUNS = (
    "pi1_r128", "pi1_r128_format", "pi13_r128", "pi1_r128_distill", "dsr_sub", "sandbox_oneshot", "sandbox_format",
    "sandbox_full",
)  # fmt: skip
# Commands of other programs, by pattern, and why they are not run here. One that fits none of these fails a test.
NOT_RUN = {
    r"make (demo|setup|dev|vllm|peers).*": "makes an environment from the network; test_demo.py runs `rlvr demo`",
    r"make( test.*| lint.*| type.*)?": "runs this test, among others",
    r"python3? benchmarks/.*": "minutes and an idle machine; test_benchmarks_run.py runs each in small",
    r"make (bench|bench-check|soak|clean)( BENCHES=.*)?": "hours, a machine at rest, or the end of the environment",
    r"pip install .*": "installs from the network",
    r"scripts/sandbox_study\.sh.*": "a quarter of an hour; its commands are composed below",
    r"(scripts/selfplay_study\.sh|python3? scripts/selfplay_table\.py).*": "two hours; composed below",
    r"(scripts/\S+\.sh|sbatch|srun|ray|docker|apptainer) .*": "needs a cluster, GPUs or containers",
    r"python3? -m sandbox_factory\..*": "the shipped files, or 10 MB of text; test_sandbox_bases.py runs them in small",
    r"python3? tests/soak/.*": "hours; the tests of reliability run its parts",
    r"python3? tests/golden/.*": "records anew what test_golden.py compares with",
    r"python3? scripts/staleness\.py.*": "two hours; test_own_file.py composes its runs",
    r"python3? tests/families\.py": "prints what test_families.py holds",
    r"python3? scripts/forecast\.py.*": "reads runs of many arms; test_forecast.py tests it",
    r"python3? sql_domain\.py > sql\.jsonl": "run where the folder is made",
    r"python3? scripts/grader_noise\.py.*": "half an hour; test_noise.py and test_controls.py test what it sweeps",
    r"python3? scripts/planted_leaks\.py.*": "an hour; test_audit_command.py audits one base",
    r"python3? scripts/(landscape|landscape_page|selection_regret)\.py.*": "an hour; test_landscape.py "
    "compares one run with `rlvr train`, and tests the numbers",
    r"python3? scripts/word_problems.py.*": "the shipped files; test_word_problems.py makes them again",
}


def all_commands() -> list[str]:
    """Commands of all pages without comments and repeats."""
    found = [command for page in PAGES for command, _ in commands_of(page.read_text(encoding="utf-8"))]
    return list(dict.fromkeys(shlex.join(shlex.split(command, comments=True)) for command in found))


COMMANDS = all_commands()


def words_of(command: str) -> list[str] | None:
    """The command as it is run here, without `rlvr`; None where it only names a command."""
    words = shlex.split(command)[1:]
    if not words or words[0].startswith("-") or words[0] == "doctor":
        return words
    rest = [WORDS.get(word, word) for word in words[1:] if word not in ("...", "[RUN", "...]")]
    whole = ("train", "eval", "grade", "regrade", "report", "show", "sft", "study", "audit", "verify")
    if words[0] in whole and not rest:
        return None
    if words[0] == "train":
        rest = rest if any("=" in word for word in rest) else None  # `rlvr train -m`
        if rest is None:
            return None
        if not any(word.startswith(("+experiment", "data.file", "data.problem")) for word in rest):
            # A run of its own for each command; those of a sweep have names by their seeds.
            name = [] if "-m" in rest else [f"trainer.name=run{COMMANDS.index(command)}"]
            rest = ["+experiment=sandbox_comparison", *name, *rest]
        elif not any(word.startswith("+experiment") for word in rest) and "--dry-run" not in rest:
            rest = ["model.path=Qwen/Qwen2.5-Math-1.5B", *rest]  # the page leaves the rest to the reader: `...`
    if words[0] == "delta":
        rest = [{"runs/sandbox_oneshot/seed0": TWO_STEPS}.get(word, word) for word in rest]
    if words[0] == "show":
        rest = re.sub(r"--step \S+", shlex.join(FIRST_STEP), shlex.join(rest)).split()
    kind = "select --probe" if words[0] == "select" and "--probe" in rest else words[0]
    smaller = SMALLER[kind] if kind in SMALLER and not {"--dry-run", "--list", "--arm"} & set(rest) else ()
    if words[0] == "sft" and not any(word.startswith("+experiment") for word in rest):
        # Apart from other runs without an experiment, and within the 512 positions of the sandbox's model.
        rest = [f"trainer.name=sft{COMMANDS.index(command)}", *rest, "data.max_prompt_tokens=256",
                "rollout.max_new_tokens=64"]  # fmt: skip
    return [words[0], *rest, *smaller]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with stand-in models, a server with stand-in data, an empty cache, and one grading pool for all."""
    folder = tmp_path_factory.mktemp("workshop")
    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    patch.setenv("RLVR_CACHE", str(folder / "cache"))
    patch.delenv("RLVR_DATA_DIR", raising=False)
    patch.delenv("HF_HUB_OFFLINE", raising=False)
    make_models(folder)
    (folder / "verl/my_experiment/global_step_20").mkdir(parents=True)
    (folder / "path/to").mkdir(parents=True)
    for place in ("verl/my_experiment/global_step_20/actor", "path/to/model"):
        (folder / place).symlink_to(folder / "hub-model")
    lines = (sandbox_dir() / "pool.jsonl").read_text().splitlines()
    (folder / "my.jsonl").write_text("\n".join(lines[:2]) + "\n")
    (folder / "text").mkdir()
    for name in STAGES:
        lines = [json.dumps(line) for line in islice(demonstrations(name), 8)]
        (folder / f"text/{name}.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "FILE.jsonl").write_text('{"response": "so \\\\boxed{8}", "answer": "8"}\n')
    (folder / "given.jsonl").write_text(4 * '{"prompt": "What is 6 times 7?", "response": "so \\\\boxed{42}"}\n')
    page = (ROOT / "docs/training.md").read_text(encoding="utf-8")
    (folder / "mine.py").write_text("\n".join(re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)))
    make_hub_set(folder / "openai/gsm8k")
    page = (ROOT / "docs/own_domain.md").read_text(encoding="utf-8")
    (folder / "sql_domain.py").write_text(re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)[0])
    made = subprocess.run([sys.executable, "sql_domain.py"], capture_output=True, check=True, cwd=folder)
    (folder / "sql.jsonl").write_bytes(made.stdout)
    make_data(folder / "public", [s for s in registry._sources() if s.shipped is None])
    with served(folder / "public") as address, grading.GraderPool(workers=1) as shared:
        sources = stand_in_sources(folder / "public", address)
        patch.setattr(registry, "_sources", lambda: sources)
        patch.setattr(grading, "GraderPool", lambda *_, **__: Shared(shared))
        patch.setattr("oneshot_rlvr.trainer.setup.GraderPool", lambda *_, **__: Shared(shared), raising=False)
        prepare()
        yield folder
    patch.undo()


class Shared:
    """One grading pool lent to every command: starting one takes seconds."""

    def __init__(self, pool: grading.GraderPool) -> None:
        self._pool = pool

    def __enter__(self) -> grading.GraderPool:
        return self._pool

    def __exit__(self, *_: object) -> None:
        return

    def close(self) -> None:
        return

    def __getattr__(self, name: str) -> object:
        return getattr(self._pool, name)


def prepare() -> None:
    """The runs that pages speak of, and an evaluation to grade again."""
    assert cli.main(["data", "fetch"]) == 0
    assert cli.main(["data", "fetch", *PROGRAMS]) == 0
    for name in RUNS:
        assert cli.main(["train", f"+experiment={name}", *SMALLER["train"]]) == 0
    two = ("trainer.name=two", "trainer.total_steps=2", "checkpoint.every=1")
    assert cli.main(["train", "+experiment=sandbox_oneshot", *SMALLER["train"], *two]) == 0
    assert cli.main(["eval", "--ckpt-dir", "runs/pi1_r128/seed0", *SMALLER["eval"]]) == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_command_runs(workshop: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = words_of(command)
    if words is None:
        words = [shlex.split(command)[1], "--help"]  # a command only named in a sentence
    threads = set(threading.enumerate())
    try:
        code = cli.main(words)
    except SystemExit as end:  # argparse, after --help
        code = end.code
    said = capsys.readouterr()
    asks_for_vllm = "rollout=vllm" in words or "--engine vllm" in " ".join(words)
    if asks_for_vllm and code == 2:  # an environment without vLLM: the refusal is what can be run
        assert "vLLM is not installed here" in said.err
        return
    if "gym:" in " ".join(words) and code == 2:  # the same without reasoning-gym
        assert "reasoning-gym is not installed here" in said.err
        return
    assert code == 0, f"rlvr {shlex.join(words)}\n{said.err}"
    assert said.out.strip()
    if words and words[0] in ("eval", "regrade", "report") and "--help" not in words:
        assert any(Path(line.strip()).is_file() for line in said.out.splitlines()[-4:] if line)  # what was written
    left = [t for t in set(threading.enumerate()) - threads if not t.daemon]
    assert not [t for t in left if not t.name.startswith("program")]  # those of the pool that all commands share


def test_what_is_not_run_is_listed() -> None:
    others = {command for page in PAGES for command in other_commands_of(page.read_text(encoding="utf-8"))}
    unknown = [command for command in others if not any(re.fullmatch(pattern, command) for pattern in NOT_RUN)]
    assert not unknown, "run them here, or say in NOT_RUN why not"
    measured = [command for command in others if "benchmarks/" in command]  # one or two for each benchmark
    assert 5 < len(others) - len(measured) < len(COMMANDS) / 4


STUDY_FOLDERS = {"out", *(f"out_{part}" for part in ("one", "deep", "kinds", "long", "tied"))}


@pytest.mark.parametrize(
    ("script", "expected"),
    [("sandbox_study.sh", ["select", *["train"] * 21, "report", "report"]),
     ("selfplay_study.sh", [*["train"] * 68, "report"])],
)  # fmt: skip
def test_study_scripts_compose(script: str, expected: list[str], tmp_path: Path) -> None:
    """A script with a command that only writes down how it was called: runs whose configurations hold."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / script, tmp_path / "scripts")
    (tmp_path / "data").symlink_to(ROOT / "data")
    stub = tmp_path / ".venv/bin/rlvr"
    stub.write_text('#!/usr/bin/env bash\nprintf "%q " "$@" >> calls\necho >> calls\n')
    stub.chmod(0o755)
    environment = {**os.environ, "SEEDS": "0 1", "TIED": "sandbox:base_p"}  # of self-play
    subprocess.run([f"scripts/{script}", "out", "trainer.total_steps=7"], cwd=tmp_path, env=environment, check=True)
    calls = [shlex.split(line) for line in (tmp_path / "calls").read_text().splitlines()]
    assert [call[0] for call in calls] == expected
    for name, *rest in calls:
        arguments = cli.parse(cli.command_parser(name, import_module(f"oneshot_rlvr.commands.{name}")), rest)
        if name == "train":
            config = load_run_config(arguments.overrides)
            check_values(config)
            assert config.trainer.total_steps == 7
            assert config.trainer.output_dir in STUDY_FOLDERS
