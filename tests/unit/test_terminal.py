"""Standard output and error: what could steer a terminal is escaped, and a stream that refuses stops no work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from oneshot_rlvr.terminal import printable

HOSTILE = "a\x1b[2J\x9b31m\x07\u202egpj\u2066\r\x00\x7f"


def test_control_characters_are_written_out() -> None:
    assert printable(HOSTILE) == r"a\x1b[2J\x9b31m\x07\u202egpj\u2066\r\x00\x7f"
    assert printable("one\ntwo\tthree") == r"one\ntwo\tthree"
    assert printable("one\ntwo\tthree\r", keep="\n\t") == "one\ntwo\tthree\\r"
    assert printable("\ud800 \U000e0041 \u2028") == r"\ud800 \U000e0041 \u2028"
    plain = "Größe ½ · 数学 \\neq \N{NO-BREAK SPACE}\N{THIN SPACE}→ 🎲"
    assert printable(plain) == plain


def test_every_c0_and_c1_character_and_mark_of_direction_is_escaped() -> None:
    for code in (*range(32), *range(127, 160), 0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2066, 0xFEFF):
        assert printable(chr(code)).startswith("\\") and printable(chr(code)).isascii(), hex(code)


PRINTS = (  # a command that writes a name, an error, and comes to its end
    "import sys; from oneshot_rlvr import cli; import oneshot_rlvr.commands.doctor as doctor\n"
    "def run(args):\n"
    "    print({text!r}, flush=True); print('end' * 5000)\n"
    "    open({done!r}, 'w').write('done')\n"
    "    return {code}\n"
    "doctor.run = run; sys.exit(cli.main(['doctor']))\n"
)


def command(tmp_path: Path, redirect: str, text: str = "x", code: int = 0) -> "subprocess.CompletedProcess[str]":
    done = tmp_path / "done"
    script = tmp_path / "script.py"
    script.write_text(PRINTS.format(text=text, done=str(done), code=code))
    line = f"{sys.executable} {script} {redirect}; exit ${{PIPESTATUS[0]}}"
    found = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=os.environ | {"PYTHONUTF8": "1"})
    assert done.read_text() == "done"  # it came to its end, and the file took no stream's number
    return found


@pytest.mark.parametrize(
    ("redirect", "code", "said"),
    [
        ("| head -1", 0, ""),
        ("| true", 0, ""),
        ("> /dev/full", 1, "rlvr: failed: standard output: No space left on device; what was to be printed is lost\n"),
        (">&-", 0, ""),
        ("2>&-", 0, ""),
        ("<&-", 0, ""),
        ("<&- >&- 2>&-", 0, ""),
        ("2> /dev/full", 0, ""),
        ("> /dev/full 2> /dev/full", 1, ""),
    ],
)
def test_no_stream_stops_a_command(tmp_path: Path, redirect: str, code: int, said: str) -> None:
    done = command(tmp_path, redirect)
    assert (done.returncode, done.stderr) == (code, said)


def test_the_command_s_own_exit_code_counts_more(tmp_path: Path) -> None:
    assert command(tmp_path, "| true", code=2).returncode == 2
    assert command(tmp_path, "> /dev/full", code=2).returncode == 2


def test_a_name_cannot_steer_the_terminal(tmp_path: Path) -> None:
    done = command(tmp_path, "", HOSTILE)
    assert done.stdout.startswith(printable(HOSTILE) + "\nendend")


def test_an_encoding_that_lacks_a_character_is_no_error(tmp_path: Path) -> None:
    line = "from oneshot_rlvr.terminal import guarded\nwith guarded(): print('½ \\ud800 数')"
    env = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, env=env)
    assert (done.stdout, done.stderr) == ("\\xbd \\ud800 \\u6570\n", "")


@pytest.mark.parametrize("where", ["error", "failed"])
def test_an_error_is_one_line_whatever_it_names(
    where: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from oneshot_rlvr import cli
    from oneshot_rlvr.errors import RunError, UserError

    def run(args: object) -> int:
        raise (UserError if where == "error" else RunError)(f"no file {HOSTILE}\nrlvr: all is well")

    monkeypatch.setattr("oneshot_rlvr.commands.doctor.run", run)
    assert cli.main(["doctor"]) == (2 if where == "error" else 1)
    assert capsys.readouterr().err == f"rlvr: {where}: no file {printable(HOSTILE)}\\nrlvr: all is well\n"


def test_help_and_version_into_a_closed_pipe() -> None:
    for arguments in ("--help", "--version", "train --help", "data list", "nonsense"):
        line = f"{sys.executable} -m oneshot_rlvr {arguments} | true; exit ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
        assert "Traceback" not in done.stderr and done.returncode == (2 if arguments == "nonsense" else 0)
