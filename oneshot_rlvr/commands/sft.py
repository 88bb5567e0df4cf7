"""`rlvr sft`: supervised training on given responses: a run like any other, with `algorithm=sft`."""

import argparse

from oneshot_rlvr.commands import train

HELP = "supervised training on given responses: data.demonstrations=FILE [key=value ...] [-m]"


def configure(parser: argparse.ArgumentParser) -> None:
    train.configure(parser)
    parser.epilog = (
        'FILE holds JSON lines of {"prompt", "response"}, {"messages"} or {"text"}. The run has the folders, '
        "validation, checkpoints, resume and report of `rlvr train`; keys: oneshot_rlvr/config/schema.py."
    )


def run(args: argparse.Namespace) -> int:
    chosen = any(text.lstrip("+").startswith(("algorithm=", "algorithm.name=")) for text in args.overrides)
    args.overrides = args.overrides if chosen else ["algorithm=sft", *args.overrides]
    return train.run(args)
