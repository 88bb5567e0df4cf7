"""How a run ends early: by a signal, by a health rule, by a full disk. The loop itself knows nothing of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from oneshot_rlvr.errors import NonFinite, RunError
from oneshot_rlvr.files import step_name
from oneshot_rlvr.trainer.bundle import write_bundle
from oneshot_rlvr.trainer.health import Fault, fault_line
from oneshot_rlvr.trainer.stop import Interrupted

if TYPE_CHECKING:
    from oneshot_rlvr.trainer.setup import Run


@contextmanager
def guarded(run: "Run") -> Iterator[None]:
    """Around the loop: saves when a signal interrupts it, leaves a bundle when a health rule stops it."""
    try:
        yield
    except Interrupted:
        run.leave()
    except NonFinite as error:
        step = run.current.step
        fault = Fault("nonfinite", step, step, fault_line("nonfinite", step, str(error), "stop"))
        raise _reported(run, fault) from error
    except Fault as fault:
        raise _reported(run, fault) from fault


def _reported(run: "Run", fault: Fault) -> RunError:
    """The fault's line, with where the bundle is and what the run can go on from."""
    failed = ""
    try:
        run.finish_saving()
    except RunError as error:
        failed = f"; {error}"
    kept = (f"step {run.saved_step} is saved" if run.saved_step else "no step is saved yet") + failed
    folder = run.folder.path / "faults" / step_name(fault.step)
    start = str(run.folder.checkpoints / step_name(run.saved_step)) if run.saved_step else None
    try:
        write_bundle(folder, fault, run.current, run.folder.path, start, run.config.trainer.seed)
    except OSError as error:
        return RunError(f"{fault}; {kept}; the bundle {folder} could not be written: {error.strerror}")
    return RunError(f"{fault}; {kept}; to reproduce: {folder}")
