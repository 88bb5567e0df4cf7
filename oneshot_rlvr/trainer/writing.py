"""Writing a checkpoint beside what the run does meanwhile."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future


class Writing:
    """One function that runs in a thread of its own; the process does not wait for it at its end."""

    def __init__(self, step: int, write: Callable[[], object]) -> None:
        self.step, self._write = step, write
        self._seconds: Future[float] = Future()
        threading.Thread(target=self._run, name=f"checkpoint {step}", daemon=True).start()

    def _run(self) -> None:
        start = time.perf_counter()
        try:
            self._write()
        except BaseException as error:  # noqa: BLE001  raised again by `result`
            self._seconds.set_exception(error)
        else:
            self._seconds.set_result(time.perf_counter() - start)

    def result(self) -> float:
        """Waits until it is done; -> seconds that it took. Raises what it raised."""
        return self._seconds.result()
