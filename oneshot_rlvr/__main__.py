"""`python -m oneshot_rlvr` is `rlvr`."""

from oneshot_rlvr.cli import entry

if __name__ == "__main__":
    entry()
