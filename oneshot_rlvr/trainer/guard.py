"""Early ends of a run: by a signal, by a health rule, by a full disk. The loop itself knows nothing of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from oneshot_rlvr.errors import Interrupted, NonFinite, RunError
from oneshot_rlvr.files import step_name
from oneshot_rlvr.trainer.bundle import write_bundle
from oneshot_rlvr.trainer.health import Fault, fault_line

if TYPE_CHECKING:
    from oneshot_rlvr.trainer.parts import Parts


@contextmanager
def guarded(run: "Parts") -> Iterator[None]:
    """A context around the loop: saves when a signal interrupts it, leaves a bundle when a health rule stops it."""
    try:
        yield
    except Interrupted:
        run.stop.leave(run.journal.leave())
    except NonFinite as error:
        step = run.journal.now.step
        fault = Fault("nonfinite", step, step, fault_line("nonfinite", step, str(error), "stop"))
        raise _reported(run, fault) from error
    except Fault as fault:
        raise _reported(run, fault) from fault


def _reported(run: "Parts", fault: Fault) -> RunError:
    """The fault's line, with where the bundle is and what the run can go on from."""
    journal, failed = run.journal, ""
    try:
        journal.finish_saving()
    except RunError as error:
        failed = f"; {error}"
    kept = (f"step {journal.saved_step} is saved" if journal.saved_step else "no step is saved yet") + failed
    folder = journal.folder.path / "faults" / step_name(fault.step)
    start = str(journal.folder.checkpoints / step_name(journal.saved_step)) if journal.saved_step else None
    try:
        write_bundle(folder, fault, journal.now, journal.folder.path, start, run.config.trainer.seed)
    except OSError as error:
        return RunError(f"{fault}; {kept}; the bundle {folder} could not be written: {error.strerror}")
    return RunError(f"{fault}; {kept}; to reproduce: {folder}")
