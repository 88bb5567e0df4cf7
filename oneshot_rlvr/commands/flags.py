"""Types of flags that several commands share."""

import argparse


def seed(text: str) -> int:
    """The whole number from 0 on that `text` is."""
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number}: must be at least 0")
    return number
