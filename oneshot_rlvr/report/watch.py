"""A report that follows its runs: written again at every evaluation, until all of them are finished."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from oneshot_rlvr.config.schedule import last_step, validates
from oneshot_rlvr.report.run_files import find_runs, read_config, read_metrics
from oneshot_rlvr.trainer.validation import set_names

POLL_SECONDS = 5.0  # between two looks at the runs
REFRESH_SECONDS = 30  # after which a page that is still written loads itself again


def follow(
    paths: Sequence[str | Path], write: Callable[[int | None], None], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Calls `write` for every new evaluation; its argument is how often the page is to load itself, None at the end.

    UserError for a folder without runs. Runs without a finished step are waited for.
    """
    seen: object = None
    while True:
        folders = find_runs(paths)
        begun = [folder for folder in folders if (folder / "metrics.jsonl").is_file()]
        over = begun == folders and all(map(finished, folders))
        now = (over, *_evaluations(folders))
        if now != seen and begun == folders:
            write(None if over else REFRESH_SECONDS)
            seen = now
        if over:
            return
        sleep(POLL_SECONDS)


def finished(run: Path) -> bool:
    """Tells whether a run has made its last step, and the validation of that step if it has one."""
    config, metrics = read_config(run), read_metrics(run)
    last = last_step(config)
    due = set_names(config) if validates(config, last) else []
    return metrics.last_training_step >= last and all(
        metrics.series(f"eval/{name}/accuracy").at(last) is not None for name in due
    )


def _evaluations(folders: Sequence[Path]) -> list[tuple[str, int]]:
    """Lists the stored results with the times at which they were written."""
    found = [path for folder in folders for path in sorted((folder / "eval").rglob("metrics.json"))]
    return [(str(path), path.stat().st_mtime_ns) for path in found]
