"""Runs on one example each as a history: what `rlvr select --trials` ranks."""

from pathlib import Path

from oneshot_rlvr.data.history import History
from oneshot_rlvr.data.training_set import example_id
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.report.compare import final, kind_of, validation_set
from oneshot_rlvr.report.run_files import Run, find_runs, read_run


def trial_history(folder: Path) -> tuple[History, str]:
    """Held-out accuracy at the last step of each run on one example, a visit for each seed; -> it, and the pool's name.

    Runs of other kinds in the folder are left out. Raises UserError for a folder without runs on single examples, and
    for those that began with different models, or were validated on different sets or at different steps.
    """
    runs = [run for path in find_runs([folder]) if kind_of(run := read_run(path)) == "one_shot"]
    runs = [run for run in runs if run.config.data.examples]
    if not runs:
        raise UserError(f"--trials {folder}: holds no runs on one example of a pool")
    *_, first = _trial(runs[0])
    found: dict[str, list[float]] = {}
    for run in runs:
        example, accuracy, how = _trial(run)
        if how != first:
            raise UserError(f"--trials {folder}: {run.path} is of {how}, {runs[0].path} of {first}; trials that are "
                            "compared are alike in all but the example")  # fmt: skip
        found.setdefault(example, []).append(accuracy)
    values = tuple(tuple(accuracies) for accuracies in found.values())
    return History(tuple(found), values, str(folder), from_run=True), runs[0].config.data.pool


def _trial(run: Run) -> tuple[str, float, str]:
    """The example of a run, its last held-out accuracy, and of what it is."""
    benchmark = validation_set(run.config)
    last = final(run, benchmark) if benchmark else None
    if last is None:
        raise UserError(f"{run.path}: was not validated after training, so it is no trial")
    how = f"{run.config.model.path}, validated on {benchmark} at step {last.step}"
    return example_id(run.config.data.examples[0]), last.accuracy, how
