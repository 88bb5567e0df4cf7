"""The command line: find the named command, parse, call it, turn its errors into exit codes. No logic.

Only the named command's module is imported; the overview, `--version` and mistakes import nothing heavy.
"""

import argparse
import atexit
import errno
import os
import sys
import threading
from importlib import import_module
from types import ModuleType
from typing import NoReturn

from oneshot_rlvr import __version__
from oneshot_rlvr.errors import RunError, Stopped, UserError, nearest
from oneshot_rlvr.terminal import guarded, printable, waiting

# Name -> line in the overview. Each command's module repeats its line as HELP; a test compares them.
COMMANDS = {
    "train": "train on one or a few examples: +experiment=NAME [key=value ...] [-m]",
    "select": "rank training examples by their accuracy history; write a k-shot training set",
    "eval": "benchmarks over one model or every checkpoint of a run",
    "study": "one example with its controls, nested sets and seeds, and a verdict for each claim",
    "audit": "does a model know a benchmark? detectors of leaks, beside a set that it cannot have seen",
    "report": "tables, figures and one self-contained HTML page from runs",
    "verify": "checks a run or a report against its own files: hashes, numbers, grades, log-probabilities",
    "show": "the rollouts of a step with the advantages that were trained on",
    "delta": "how a run moved its weights: size, rank and line of the change; extrapolate it",
    "regrade": "score stored evaluation responses again; no model needed",
    "grade": "grade any file of (response, answer) lines",
    "push": "a checkpoint and its model card to the Hugging Face hub, or only into a folder",
    "data": "public data by name: list, fetch, verify",
    "sft": "supervised training on given responses: data.demonstrations=FILE [key=value ...] [-m]",
    "demo": "the whole story on this CPU: select, train, evaluate, report",
    "doctor": "what this machine can run, and what is missing, in words",
}


# What the system says of a path that was given wrongly, or of a file that may not be used.
WRONG_PATH = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG, errno.ELOOP)
SHOWN_PATH = 120  # characters


class Parser(argparse.ArgumentParser):
    """argparse, except that a mistake is one line with the nearest valid flag."""

    def error(self, message: str) -> NoReturn:
        where = f"{self.prog}: " if self.prog != "rlvr" else ""
        unknown = message.removeprefix("unrecognized arguments: ")
        if unknown != message:
            flag = unknown.split()[0]
            options = [o for action in self._actions for o in action.option_strings if o.startswith("--")]
            hint = f"; {nearest(flag.split('=')[0], options)}" if flag.startswith("-") else ""
            message = f"unknown argument {flag!r}{hint}"
        raise UserError(where + message)


def overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "usage: rlvr COMMAND [arguments]        rlvr COMMAND --help",
            "",
            "Reinforcement learning with verifiable reward on one training example.",
            "",
            *lines,
            "",
            "  --version                print the version",
            "  --completion bash|zsh    print a completion script for that shell",
        ]
    )


def command_parser(name: str, module: ModuleType) -> Parser:
    """The parser of one command, with its own flags and help."""
    parser = Parser(prog=f"rlvr {name}", description=module.HELP, allow_abbrev=False)
    module.configure(parser)
    return parser


def command_module(name: str) -> ModuleType:
    return import_module(f"oneshot_rlvr.commands.{name}")


def command_parsers() -> dict[str, Parser]:
    """The parser of every command."""
    return {name: command_parser(name, command_module(name)) for name in COMMANDS}


def parse(parser: argparse.ArgumentParser, argv: list[str]) -> argparse.Namespace:
    """Flags may stand between positional arguments, except where a command has sub-commands."""
    if any(action.nargs in (argparse.PARSER, argparse.REMAINDER) for action in parser._actions):
        return parser.parse_args(argv)
    return parser.parse_intermixed_args(argv)


def _refuse_bytes(argv: list[str]) -> None:
    """UserError for an argument that is not UTF-8, named by its key or by the option before it: no tokenizer, file of
    records or name of a folder takes half a character."""
    for number, argument in enumerate(argv, start=1):
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            key, equals, _ = argument[: error.start].partition("=")
            before = argv[number - 2] if number > 1 else ""
            name = key.lstrip("+") if equals else before if before.startswith("--") else f"argument {number}"
            raise UserError(f"{name}: not UTF-8 (at character {error.start}); give the text in UTF-8") from None


def _dispatch(argv: list[str]) -> int:
    _refuse_bytes(argv)
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    if argv[0] == "--version":
        print(f"rlvr {__version__}")
        return 0
    if argv[0] == "--completion":
        from oneshot_rlvr.commands.completion import script

        print(script(argv[1] if len(argv) > 1 else "", command_parsers()))
        return 0
    name, rest = argv[0], argv[1:]
    if name.startswith("-"):
        raise UserError(f"unknown argument {name!r}; {nearest(name, ('--help', '--version', '--completion'))}")
    if name not in COMMANDS:
        raise UserError(f"unknown command {name!r}; {nearest(name, COMMANDS)}")
    module = command_module(name)
    return module.run(parse(command_parser(name, module), rest))


def leave(code: int) -> NoReturn:
    """Ends the process. What is left to wait for longer than 5 s is named.

    Python's own end, which frees every object of torch and its like one by one, is left out: on a busy machine it took
    most of a minute after the last line. Threads that are to be waited for, and exit handlers, come first.
    """
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            with waiting(f"thread {thread.name}"):
                thread.join()
    with waiting("what runs at the exit of the process"):
        atexit._run_exitfuncs()
    os._exit(code)


def main(argv: list[str] | None = None) -> int:
    """Runs one command; as a process (no `argv`) ends it.

    Returns the exit code (0 done, 2 wrong input, 1 failed while running, 130 interrupted).
    """
    # Read when torch is first imported. Spinning OpenMP threads collapse beside other work (17 times slower was seen).
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    with guarded() as output:
        code = _ended(sys.argv[1:] if argv is None else argv)
        if (lost := output.fault()) is not None:
            _say(f"failed: standard output: {lost.strerror}; what was to be printed is lost")
            code = code or 1
    if argv is None:
        leave(code)
    return code


def _ended(argv: list[str]) -> int:
    """Runs the command; -> its exit code, errors told in one line."""
    try:
        return _dispatch(argv)
    except UserError as error:
        _say(f"error: {error}")
        return 2
    except RunError as error:
        _say(f"failed: {error}")
        return 1
    except Stopped as stop:
        _say(f"stopped: {stop}")
        return 128 + stop.signal_number
    except KeyboardInterrupt:
        _say("interrupted")
        return 130
    except OSError as error:
        if error.errno not in WRONG_PATH or error.filename is None:
            raise
        path = str(error.filename)
        shown = path if len(path) <= SHOWN_PATH else f"{path[:SHOWN_PATH]}..."
        _say(f"error: {shown}: {error.strerror}")
        return 2


def _say(text: str) -> None:
    print(f"rlvr: {printable(text)}", file=sys.stderr)
