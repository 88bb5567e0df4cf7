"""Number of problems in the registered data sets, so that `--dry-run` needs none of their files."""

import json
from functools import cache

from oneshot_rlvr.paths import configs_dir

EMPTY_ANSWERS = {"dsr_sub": 1}  # rows without a ground truth, which data.empty_answers=drop leaves out


@cache
def set_sizes() -> dict[str, int]:
    """Registered name -> rows."""
    return json.loads((configs_dir() / "data" / "set_sizes.json").read_text())
