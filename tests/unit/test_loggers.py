"""W&B never stops or holds up a run; what it cannot do is said once."""

import time
from pathlib import Path

import pytest
from zygote import wait_until

from oneshot_rlvr.config.schema import LoggerConfig
from oneshot_rlvr.trainer.progress import Loggers


def test_unreachable_wandb_is_one_warning_and_the_run_logs_to_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing listens on the address; afterwards the same run goes on offline."""
    monkeypatch.delenv("WANDB_MODE")
    monkeypatch.setenv("WANDB_API_KEY", "a" * 40)
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    said: list[str] = []
    start = time.monotonic()
    loggers = Loggers(LoggerConfig(wandb=True, wandb_timeout_seconds=1.0), tmp_path, "x/y", {"a": 1}, said.append)
    for step in (1, 2):
        loggers.log(step, {"reward/mean": 0.5})
    loggers.close()
    assert time.monotonic() - start < 60
    assert len(said) == 1 and said[0].startswith("warning: W&B is not reachable (") and "`wandb sync`" in said[0]
    (file,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    wait_until(lambda: b"reward/mean" in file.read_bytes(), seconds=30)  # W&B's own process writes it


def test_wandb_that_fails_later_is_given_up_once(tmp_path: Path) -> None:
    from wandb.errors import CommError

    class Failing:
        def log(self, values: dict[str, float], step: int) -> None:
            raise CommError("connection lost\nand more")

    said: list[str] = []
    loggers = Loggers(LoggerConfig(), tmp_path, "x/y", {}, said.append)
    loggers._wandb = Failing()
    for step in (7, 8):
        loggers.log(step, {"reward/mean": 0.5})
    loggers.close()
    assert said == ["warning: W&B stopped taking metrics at step 7: connection lost; metrics.jsonl has everything"]
