"""`python -m oneshot_rlvr` is `rlvr`."""

import sys

from oneshot_rlvr.cli import main

sys.exit(main())
