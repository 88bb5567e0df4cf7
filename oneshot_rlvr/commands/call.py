"""A command called by another one, as a user would type it."""

import argparse
import shlex
from importlib import import_module


def call(name: str, *arguments: str) -> int:
    """Says the command as one would type it, then runs it in this process; -> its exit code."""
    print(f"\n$ rlvr {shlex.join((name, *arguments))}", flush=True)
    module = import_module(f"oneshot_rlvr.commands.{name}")
    parser = argparse.ArgumentParser(prog=f"rlvr {name}")
    module.configure(parser)
    return module.run(parser.parse_args(arguments))
