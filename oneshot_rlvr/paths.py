"""Places: shipped configs and data, the user's data, the cache."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def _shipped(folder: str) -> Path:
    """`configs/` or `data/`: inside an installed wheel `_configs`/`_data`, in a checkout the top-level folder."""
    installed = PACKAGE / f"_{folder}"
    return installed if installed.is_dir() else PACKAGE.parent / folder


def given(text: str) -> Path:
    """A path of the command line. A shell leaves the ~ of --output=~/x as it is."""
    return Path(text).expanduser()


def no_folder(path: Path) -> str:
    """Reason why a path is no folder, for the end of an error line: there is a file, or nothing."""
    return "is a file, a folder is needed" if path.exists() else "no such folder"


def configs_dir() -> Path:
    """The shipped configuration files."""
    return _shipped("configs")


def shipped_data_dir() -> Path:
    """The shipped data: examples, and the sandbox world."""
    return _shipped("data")


def sandbox_dir() -> Path:
    """Base models and problem sets of the sandbox world."""
    return shipped_data_dir() / "sandbox"


def user_data_dir() -> Path | None:
    """`$RLVR_DATA_DIR`, searched before the cache; None when unset."""
    value = os.environ.get("RLVR_DATA_DIR")
    return Path(value).expanduser() if value else None


def cache_dir() -> Path:
    """`$RLVR_CACHE`, filled by `rlvr data fetch`."""
    value = os.environ.get("RLVR_CACHE")
    return Path(value).expanduser() if value else Path.home() / ".cache" / "oneshot_rlvr"
