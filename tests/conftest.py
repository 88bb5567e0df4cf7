"""For all tests: one thread that does not spin, nothing from the user's own settings, skipped data counted."""

import os
from collections.abc import Iterator
from pathlib import Path

# Before anything imports torch: on shared processors, threads that wait by spinning slow everything down severalfold.
os.environ["GOMP_SPINCOUNT"] = "0"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["HF_HUB_OFFLINE"] = "1"  # no test may reach for the network
os.environ["WANDB_MODE"] = "offline"

import pytest

NO_DATA = "RLVR_DATA_DIR is not set (third-party data)"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the third-party data; skips the test where there is none."""
    value = os.environ.get("RLVR_DATA_DIR")
    if not value:
        pytest.skip(NO_DATA)
    folder = Path(value)
    assert folder.is_dir(), f"RLVR_DATA_DIR={value} is not a folder"
    return folder


@pytest.fixture
def one_thread() -> Iterator[None]:
    """One thread of torch, whatever a test before has set: another number rounds differently."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "real_model: needs a real language model, in the folder RLVR_REAL_MODEL")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line with the number of tests that could not run for want of data."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum("RLVR_DATA_DIR" in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.write_line(f"{count} tests skipped because RLVR_DATA_DIR is not set")
