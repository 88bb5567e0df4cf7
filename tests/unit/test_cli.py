"""The command line: what it says, how it ends, how fast, and that it imports nothing heavy."""

import argparse
import errno
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest

from oneshot_rlvr import __version__, cli
from oneshot_rlvr.commands.completion import command_flags, script
from oneshot_rlvr.errors import RunError, UserError

RLVR = [str(Path(sys.executable).parent / "rlvr")]
HEAVY = ("torch", "transformers", "ray", "vllm", "hydra", "omegaconf", "wandb", "matplotlib", "sympy", "numpy",
         "pyarrow", "rich", "datasets", "importlib.metadata")  # fmt: skip


def rlvr(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RLVR, *args], capture_output=True, text=True, timeout=60)


def test_overview_lists_every_command_with_its_own_help_line() -> None:
    text = cli.overview()
    for name, line in cli.COMMANDS.items():
        module = import_module(f"oneshot_rlvr.commands.{name}")
        assert module.HELP == line, f"cli.COMMANDS[{name!r}] and commands/{name}.py differ"
        assert f"  {name} " in text and line in text


def test_every_command_module_is_listed() -> None:
    folder = Path(cli.__file__).parent / "commands"
    found = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    has_help = {name for name in found if hasattr(import_module(f"oneshot_rlvr.commands.{name}"), "configure")}
    assert has_help == set(cli.COMMANDS)


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_help_of_each_command_names_its_flags_and_loads_nothing_heavy(name: str) -> None:
    program = (
        "import sys\nfrom oneshot_rlvr.cli import main\n"
        f"try: main([{name!r}, '--help'])\nexcept SystemExit as end: assert end.code == 0, end.code\n"
        f"print('HEAVY', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith(f"usage: rlvr {name}"), done.stdout + done.stderr
    assert "HEAVY []" in done.stdout, done.stdout.splitlines()[-1]


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["trian"], ["train", "--dri-run"], ["--halp"], []])
def test_overview_and_mistakes_load_nothing_heavy(args: list[str]) -> None:
    program = (
        f"import sys\nfrom oneshot_rlvr.cli import main\nmain({args!r})\n"
        f"print('HEAVY', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "HEAVY []", done.stdout + done.stderr


def fastest(command: list[str], tries: int) -> float:
    """Seconds of the fastest of several runs: the one that other processes disturbed least."""
    best = float("inf")
    for _ in range(tries):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, timeout=60)
        best = min(best, time.perf_counter() - start)
    return best


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["trian"], ["doctor", "--verbos"], ["train", "--dri-run"]])
def test_quick_answers_take_at_most_eight_interpreter_starts(args: list[str]) -> None:
    bare = fastest([sys.executable, "-c", "pass"], 8)
    ours = fastest([*RLVR, *args], 8)
    assert ours <= 8 * bare and ours <= 0.5, f"{ours:.3f} s against {bare:.3f} s of a bare interpreter"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["trian"], "unknown command 'trian'; did you mean 'train'?"),
        (["evaluate"], "did you mean 'eval'?"),
        (["--versoin"], "unknown argument '--versoin'; did you mean '--version'?"),
        (["train", "--dri-run"], "rlvr train: unknown argument '--dri-run'; did you mean '--dry-run'?"),
        (["doctor", "extra"], "rlvr doctor: unknown argument 'extra'"),
        (["--completion", "fish"], "--completion fish: not known; valid: bash, zsh"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    args: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(args) == 2
    out, err = capsys.readouterr()
    assert out == "" and err == f"rlvr: error: {err.removeprefix('rlvr: error: ')}" and said in err
    assert err.count("\n") == 1


def test_version_and_help_go_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"rlvr {__version__}\n"
    assert cli.main([]) == 0
    assert "usage: rlvr COMMAND" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (UserError("no file x"), 2, "rlvr: error: no file x\n"),
        (RunError("the disk is full"), 1, "rlvr: failed: the disk is full\n"),
        (KeyboardInterrupt(), 130, "rlvr: interrupted\n"),
        (PermissionError(errno.EACCES, "Permission denied", "run/x"), 2, "rlvr: error: run/x: Permission denied\n"),
        (OSError(errno.ENAMETOOLONG, "Too long", "x" * 300), 2, f"rlvr: error: {'x' * 120}...: Too long\n"),
    ],
)
def test_how_a_command_ends(
    raised: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def run(args: argparse.Namespace) -> int:
        raise raised

    monkeypatch.setattr("oneshot_rlvr.commands.doctor.run", run)
    assert cli.main(["doctor"]) == code
    assert capfd.readouterr().err == said


def test_a_programming_error_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oneshot_rlvr.commands.doctor.run", lambda args: {}["x"])
    with pytest.raises(KeyError):
        cli.main(["doctor"])


def test_a_closed_pipe_is_quiet() -> None:
    command = f"{RLVR[0]} --completion bash | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stderr == "" and done.stdout == "0\n"


def test_flags_may_stand_between_overrides() -> None:
    module = import_module("oneshot_rlvr.commands.train")
    args = cli.parse(cli.command_parser("train", module), ["+experiment=a", "--dry-run", "x=1", "-m", "y=2"])
    assert args.overrides == ["+experiment=a", "x=1", "y=2"] and args.dry_run and args.multirun


def test_python_dash_m_is_the_same_command() -> None:
    command = [sys.executable, "-m", "oneshot_rlvr", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == f"rlvr {__version__}\n" and done.returncode == 0


def complete(line: str, tmp_path: Path) -> list[str]:
    """What bash offers at the end of a line."""
    (tmp_path / "rlvr.bash").write_text(script("bash", cli.command_parsers()))
    words = line.split(" ")
    program = (
        f"source {tmp_path}/rlvr.bash; compopt() {{ :; }}\n"
        f"COMP_WORDS=({' '.join(repr(w) for w in words)}); COMP_CWORD={len(words) - 1}\n"
        f"COMP_LINE={line!r}; COMP_POINT={len(line)}; _rlvr; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    return subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True).stdout.split()


def test_bash_completes_commands_experiments_and_keys(tmp_path: Path) -> None:
    assert complete("rlvr tr", tmp_path) == ["train"]
    assert complete("rlvr train --dr", tmp_path) == ["--dry-run"]
    assert complete("rlvr train optimizer.lr", tmp_path) == ["optimizer.lr="]
    # bash splits words at =, and replaces only what stands behind it
    assert "pi1_r128" in complete("rlvr train +experiment=pi1_", tmp_path)


def test_completion_scripts_are_valid_shell(tmp_path: Path) -> None:
    parsers = cli.command_parsers()
    (tmp_path / "s").write_text(script("bash", parsers))
    assert subprocess.run(["bash", "-n", str(tmp_path / "s")]).returncode == 0
    zsh = script("zsh", parsers)
    assert zsh.startswith("#compdef rlvr\n") and "+experiment=pi1_r128" in zsh
    assert "--dry-run" in command_flags(parsers["train"]) and "--sources" in command_flags(parsers["data"])


def test_doctor_tells_what_is_there_and_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("RLVR_DATA_DIR", str(tmp_path / "nowhere"))
    assert cli.main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "no NVIDIA GPU is visible" in out
    assert f"RLVR_DATA_DIR: {tmp_path / 'nowhere'} (MISSING)" in out
    assert "not here (rlvr data fetch NAME): dsr_sub," in out
    # 1,543,714,304 parameters times 20 bytes: weights, moments and gradients in float32, sampler and reference
    assert "training Qwen/Qwen2.5-Math-1.5B: no, it needs a GPU (at least 32 GiB; a step of 64 rollouts" in out


def test_doctor_versions(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--versions"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("torch==2.") for line in lines)
    assert f"oneshot_rlvr=={__version__}" in lines


def test_other_errors_of_the_system_are_not_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(args: argparse.Namespace) -> int:
        raise FileNotFoundError(errno.ENOENT, "No such file", "x")

    monkeypatch.setattr("oneshot_rlvr.commands.doctor.run", run)
    with pytest.raises(FileNotFoundError):
        cli.main(["doctor"])


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (["train", "data.problem=caf\udce9 21 x 4"], "data.problem"),
        (["train", "+experiment=pi1_r128", "++trainer.name=\udcff"], "trainer.name"),
        (["eval", "--benchmarks", "caf\udce9.jsonl"], "--benchmarks"),
        (["select", "--history=\udcc3.json"], "--history"),
        (["grade", "caf\udce9.jsonl"], "argument 2"),
        (["caf\udce9"], "argument 1"),
    ],
)
def test_bytes_that_are_not_utf8_are_named(
    command: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(command) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith(f"rlvr: error: {named}: not UTF-8 (at character ")
    assert said.err.count("\n") == 1
