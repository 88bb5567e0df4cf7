"""`python -m oneshot_rlvr` is `rlvr`."""

from oneshot_rlvr.cli import main

if __name__ == "__main__":
    main()
